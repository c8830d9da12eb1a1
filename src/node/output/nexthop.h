/* nexthop.h: next-hop determination (RFC 4861, 5.2). */
#ifndef V6NF_NODE_OUTPUT_NEXTHOP_H
#define V6NF_NODE_OUTPUT_NEXTHOP_H

#include "../base/core.h"

/* Return the neighbor that packets from `source` to the unicast address `destination` are sent to, which may be
 * INCOMPLETE. Return NULL, counted as a drop, if there is none. status: see v6nf_refuse(). */
struct v6nf_neighbor *v6nf_nexthop_find(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                                        enum v6nf_send_status *status, uint64_t now);

/* Return the index of the neighbor that packets for `destination` are sent to, if that was determined before; else
 * V6NF_NEIGHBORS. The destination itself is not found: see destination_find_direct(). hash: destination_hash(). */
uint32_t v6nf_nexthop_known(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash, uint64_t now);

#if V6NF_FORWARDING
/* Return true if the node is an interface of a router, which must route packets of the node for this unicast address:
 * the node has no route. */
bool v6nf_nexthop_is_beyond(const struct v6nf_node *node, const uint8_t *destination);
#else
static inline bool v6nf_nexthop_is_beyond(const struct v6nf_node *node, const uint8_t *destination)
{
    (void)node, (void)destination;
    return false;
}
#endif

/* Return true if a packet for `destination` would be sent. */
bool v6nf_nexthop_exists(const struct v6nf_node *node, const uint8_t *destination);

/* Return the address of the router that packets for `destination` are sent to, NULL if to none. */
const uint8_t *v6nf_nexthop_router(const struct v6nf_node *node, const uint8_t *destination);

#if V6NF_HAS_INDEX || V6NF_ROUTER_MEMORY
/* The same for packets from `source`, as they are sent at `now`. Set *depends if packets from other sources may need
 * another router (RFC 8028, 3.2). */
const uint8_t *v6nf_nexthop_first_hop(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                                      bool *depends, uint64_t now);
#else
static inline const uint8_t *v6nf_nexthop_first_hop(struct v6nf_node *node, const uint8_t *destination,
                                                    const uint8_t *source, bool *depends, uint64_t now)
{
    (void)source, (void)now;
    *depends = false;
    return v6nf_nexthop_router(node, destination);
}
#endif

/* For tests: return true if what is remembered of default routers is right. */
bool v6nf_nexthop_is_valid(const struct v6nf_node *node);

#endif
