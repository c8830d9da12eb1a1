/* multicast.h: multicast groups that the program listens to. Their datagrams are handled by the UDP handlers.
 * Replies are sent to the sender from a unicast address of the node. The node reports the groups to routers and
 * switches by Multicast Listener Discovery (RFC 9777; RFC 2710 for routers that support only version 1). It joins
 * all nodes (ff02::1) and the solicited-node groups of its addresses by itself. */
#ifndef V6NF_MULTICAST_H
#define V6NF_MULTICAST_H

#include <stdint.h>

#include "node.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

#if V6NF_GROUPS > 0u
/* How a filter reads its list of sources (RFC 9777, 3). */
enum v6nf_filter_mode {
    V6NF_FILTER_INCLUDE, /* accept packets from the listed sources only; without sources: accept none */
    V6NF_FILTER_EXCLUDE  /* accept packets from all but the listed sources; without sources: accept all */
};

/* The sources of a group that one listener accepts (RFC 9777, 3). */
struct v6nf_filter {
    enum v6nf_filter_mode mode;         /* what the list means */
    uint32_t sources_count;             /* addresses at `sources` */
    const struct v6nf_address *sources; /* unicast addresses, all different; used during the call only */
};

/* Add a listener that accepts all packets to `group`. The group is reported at the next v6nf_node_tick() (RFC 9777,
 * 6.1).
 * group: multicast, of scope 2 or more, not ff02::1 and not a solicited-node group; on a router not
 * ff02::2 and ff05::2.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for any other group; V6NF_FULL (V6NF_GROUPS).
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_multicast_join(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now);

/* Remove a listener that accepts all packets to `group`. The node leaves the group with its last listener (RFC 9777,
 * 6.1).
 * group: one that v6nf_multicast_join() has joined.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID if there is no such listener.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_multicast_leave(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now);

/* Change the filter of one listener of `group` from `before` to `after`. The node accepts what at least one listener
 * accepts (RFC 9777, 4.2) and drops all else before any handler. It does not record which listener has which filter.
 * group: as for v6nf_multicast_join().
 * before: the filter of an existing listener; V6NF_FILTER_INCLUDE without sources for a new one.
 * after: the new filter; V6NF_FILTER_INCLUDE without sources removes the listener.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for a group that cannot be joined, a filter that is not as described, or if no listener has
 * `before`; V6NF_FULL for too many groups (V6NF_GROUPS) or sources of this group (V6NF_GROUP_SOURCES).
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_multicast_filter(struct v6nf_node *node, const struct v6nf_address *group,
                                       const struct v6nf_filter *before, const struct v6nf_filter *after, uint64_t now);
#endif

/* Set the hop limit of datagrams that the program sends to groups (RFC 3493, 5.2).
 * hop_limit: 0 to 255; 1, the default, keeps them on the link.
 * Context: the loop, UDP handlers. */
void v6nf_multicast_set_hop_limit(struct v6nf_node *node, uint8_t hop_limit);

#ifdef __cplusplus
}
#endif

#endif
