/* pending.h: packets that wait for address resolution (RFC 4861, 7.2.2). */
#ifndef V6NF_NODE_STATE_PENDING_H
#define V6NF_NODE_STATE_PENDING_H

#include "neighbor_table.h"

/* Return a slot for a packet to `neighbor`, an index: a free one, else that of the oldest packet to it, else that of
 * the oldest of all, which the caller must report as dropped. Return NULL for a reply if it could evict only packets of
 * the program. */
struct v6nf_waiting *v6nf_pending_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin);

/* Copy the frame of at most V6NF_WAITING_FRAME_SIZE bytes into the slot. */
void v6nf_pending_fill(struct v6nf_node *node, struct v6nf_waiting *slot, uint32_t neighbor, const uint8_t *frame,
                       uint32_t length, enum v6nf_origin origin);

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

#if V6NF_ANNOUNCE
/* Drop the Neighbor Advertisements that wait: they contain the previous link-layer address of the node. */
void v6nf_pending_drop_advertisements(struct v6nf_node *node);
#endif

uint64_t v6nf_pending_due(const struct v6nf_node *node);

#endif
