/* multicast.h: multicast groups that the program listens to. Their packets come to the UDP handlers, whose replies go
 * to the sender from one of the node's unicast addresses. Routers and switches hear of the groups by Multicast
 * Listener Discovery (RFC 9777; RFC 2710 where the routers know no better). All nodes (ff02::1) and the
 * solicited-node groups of its addresses are groups that a node is in by itself. */
#ifndef V6NF_MULTICAST_H
#define V6NF_MULTICAST_H

#include <stdint.h>

#include "wire/address.h"
#include "node.h"

#ifdef __cplusplus
extern "C" {
#endif

#if V6NF_GROUPS > 0u
enum v6nf_filter_mode {
    V6NF_FILTER_INCLUDE, /* packets from these sources only; with no sources: nothing */
    V6NF_FILTER_EXCLUDE  /* packets from all but these; with no sources: everything */
};

/* What one listener wants of a group (RFC 9777, 3). */
struct v6nf_filter {
    enum v6nf_filter_mode mode;
    uint32_t sources_count;
    const struct v6nf_address *sources; /* unicast addresses, all different */
};

/* Adds a listener that wants all packets to `group`. The group is reported at the next v6nf_node_tick(). V6NF_INVALID
 * if it is not one to join: not multicast, of scope 0 or 1, ff02::1, or a solicited-node group. V6NF_FULL if the
 * program listens to V6NF_GROUPS others. */
enum v6nf_status v6nf_multicast_join(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now);

/* Takes such a listener away. The node leaves the group with the last one. V6NF_INVALID if there is none. */
enum v6nf_status v6nf_multicast_leave(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now);

/* A listener that wanted `before` of `group` wants `after` from now on. One that is new wanted V6NF_FILTER_INCLUDE
 * without sources, and one that goes wants that. The node takes what at least one of its listeners wants (RFC 9777,
 * 4.2), and drops the rest before any handler sees it; which listener wants what is not kept. V6NF_INVALID if the
 * group is not one to join, a filter is not as said above, or no listener wants `before`. V6NF_FULL if there are too
 * many groups, or if the filters of this group's listeners name more than V6NF_GROUP_SOURCES sources. Nothing changes
 * then. */
enum v6nf_status v6nf_multicast_filter(struct v6nf_node *node, const struct v6nf_address *group,
                                       const struct v6nf_filter *before, const struct v6nf_filter *after, uint64_t now);
#endif

/* Sets the hop limit of what v6nf_udp_send() sends to groups: 1, as at first, keeps it on the link; 0 to 255. */
void v6nf_multicast_set_hop_limit(struct v6nf_node *node, uint8_t hop_limit);

#ifdef __cplusplus
}
#endif

#endif
