/* multicast.h: the solicited-node groups of the node's addresses, and those of all routers. */
#ifndef V6NF_NODE_PROTOCOL_MULTICAST_H
#define V6NF_NODE_PROTOCOL_MULTICAST_H

#include "../base/core.h"

#if V6NF_MLD
/* Join and leave the solicited-node group of one of the node's addresses, once for each address. */
void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now);
void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address);
#else
static inline void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    (void)node, (void)address, (void)now;
}

static inline void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address)
{
    (void)node, (void)address;
}
#endif

#if V6NF_MLD && V6NF_FORWARDING
/* Join the groups of all routers of the link and of the site, once (RFC 4291, 2.8). */
void v6nf_multicast_join_routers(struct v6nf_node *node, uint64_t now);
#else
static inline void v6nf_multicast_join_routers(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}
#endif

#endif
