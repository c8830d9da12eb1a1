/* router_advert.h: the messages that routers send. */
#ifndef V6NF_NODE_PROTOCOL_ROUTER_ADVERT_H
#define V6NF_NODE_PROTOCOL_ROUTER_ADVERT_H

#include "../base/packet.h"

/* Process a Router Advertisement or a Redirect. Not in icmpv6.c: the fast path of frequent messages is shorter so. */
uint32_t v6nf_router_advert_input(struct v6nf_node *node, const struct packet *packet);

#endif
