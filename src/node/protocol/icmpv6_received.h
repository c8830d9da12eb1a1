/* icmpv6_received.h: ICMPv6 errors received. */
#ifndef V6NF_NODE_PROTOCOL_ICMPV6_RECEIVED_H
#define V6NF_NODE_PROTOCOL_ICMPV6_RECEIVED_H

#include "../base/packet.h"

/* Process an ICMPv6 error. Not in icmpv6.c: the fast path of frequent messages is shorter so. */
uint32_t v6nf_icmpv6_received(struct v6nf_node *node, const struct packet *packet);

#endif
