/* pending.h: packets that wait for address resolution (RFC 4861, 7.2.2). */
#ifndef V6NF_NODE_STATE_PENDING_H
#define V6NF_NODE_STATE_PENDING_H

#include "neighbor_table.h"

/* Copy the frame. Evict the oldest if there are too many. status: see v6nf_refuse().
 * Return false, counted as a drop, if the frame is too long or no other packet may be evicted for it. */
bool v6nf_pending_add(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame,
                      uint32_t length, enum v6nf_send_status *status);

/* Return the oldest packet that waits for `neighbor`, an index; NULL if there is none. */
struct v6nf_waiting *v6nf_pending_oldest(struct v6nf_node *node, uint32_t neighbor);

/* Return the oldest packet whose neighbor is resolved, NULL if there is none. */
struct v6nf_waiting *v6nf_pending_oldest_resolved(struct v6nf_node *node);

/* Return true if a packet waits for this neighbor, and the next leaves in a buffer of `capacity` bytes: it fits, and
 * its destination has not become an address of the node. */
bool v6nf_pending_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity);

static inline bool pending_is_advertisement(const struct v6nf_waiting *waiting)
{
    return waiting->frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6 &&
           waiting->frame[UPPER + V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT;
}

/* Count the packet in the frame of `length` bytes, which waited, as dropped for `cause`, and report it to its sender.
 * */
void v6nf_pending_lost(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause);

/* Drop the packets that wait for the neighbor, for `cause`. */
void v6nf_pending_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause);

#if V6NF_ANNOUNCE
/* Drop the Neighbor Advertisements that wait: they contain the previous link-layer address of the node. */
void v6nf_pending_drop_advertisements(struct v6nf_node *node);
#endif

uint64_t v6nf_pending_due(const struct v6nf_node *node);

#endif
