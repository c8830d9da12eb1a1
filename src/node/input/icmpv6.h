/* icmpv6.h: ICMPv6 messages received (RFC 4443). */
#ifndef V6NF_NODE_INPUT_ICMPV6_H
#define V6NF_NODE_INPUT_ICMPV6_H

#include "../base/packet.h"

uint32_t v6nf_icmpv6_input(struct v6nf_node *node, const struct packet *packet);

#endif
