/* pending.h: packets that wait for address resolution (RFC 4861, 7.2.2).
 *
 * Those of the program and replies are apart: neither evicts the other below its share. */
#ifndef V6NF_NODE_STATE_PENDING_H
#define V6NF_NODE_STATE_PENDING_H

#include "kept.h"

/* Slots that the program can use. The others are kept back for replies, so that each unknown host can be answered. */
#define WAITING_PROGRAM_MAX (V6NF_WAITING - (V6NF_WAITING >= 4u ? V6NF_WAITING / 4u : V6NF_WAITING / 2u))

/* Make all slots free. */
void v6nf_pending_init(struct v6nf_node *node);

/* Keep a copy of the frame of at most V6NF_WAITING_FRAME_SIZE bytes for `neighbor`, an index. If necessary, evict the
 * oldest packet of the same origin: to that neighbor if it has all that may wait for it. The program also evicts
 * replies that have more than their share. Report what is evicted as dropped.
 * Return false for a reply if there are only packets of the program. */
bool v6nf_pending_add(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length,
                      enum v6nf_origin origin);

/* Note that the packet of the program that was kept last must not be sent in fragments. */
#if V6NF_WAITING_WHOLE
void v6nf_pending_set_whole(struct v6nf_node *node);
#else
static inline void v6nf_pending_set_whole(struct v6nf_node *node)
{
    (void)node;
}
#endif

#if V6NF_FORWARDING
/* The same for a packet that passes through the node: it counts as a reply, and the program is not notified of it. */
bool v6nf_pending_add_passing(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length);

static inline bool pending_passes(const struct v6nf_waiting *waiting)
{
    return waiting->passes;
}

/* Keep those that pass through and wait for `neighbor`, an index: it did not answer. The program takes them. */
void v6nf_pending_give_up(struct v6nf_node *node, uint32_t neighbor);

/* Return the oldest packet that passed through and whose neighbor did not answer, NULL if there is none. */
struct v6nf_waiting *v6nf_pending_undelivered(struct v6nf_node *node);

/* Drop all of them. */
void v6nf_pending_drop_undelivered(struct v6nf_node *node);
#else
static inline bool pending_passes(const struct v6nf_waiting *waiting)
{
    (void)waiting;
    return false;
}

static inline void v6nf_pending_give_up(struct v6nf_node *node, uint32_t neighbor)
{
    (void)node, (void)neighbor;
}

static inline void v6nf_pending_drop_undelivered(struct v6nf_node *node)
{
    (void)node;
}
#endif

/* Make the slot free. Its frame stays valid until the next packet is kept. */
void v6nf_pending_release(struct v6nf_node *node, struct v6nf_waiting *waiting);

/* Drop a packet for `cause`, and report that to the program if it sent it. */
void v6nf_pending_drop(struct v6nf_node *node, struct v6nf_waiting *waiting, enum v6nf_counter cause);

/* Return the oldest packet that waits for `neighbor`, an index; NULL if there is none. */
struct v6nf_waiting *v6nf_pending_oldest(struct v6nf_node *node, uint32_t neighbor);

/* Return the oldest packet whose neighbor is resolved, NULL if there is none. */
struct v6nf_waiting *v6nf_pending_oldest_resolved(struct v6nf_node *node);

/* Return true if one more packet of the program to `neighbor` would evict another of the program. */
bool v6nf_pending_would_evict(struct v6nf_node *node, uint32_t neighbor);

/* Return true if a packet waits for this neighbor, and the next leaves in a buffer of `capacity` bytes: it fits, and
 * its destination has not become an address of the node. */
bool v6nf_pending_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity);

/* Return true for a Neighbor Advertisement of the node. */
static inline bool pending_is_advertisement(const struct v6nf_waiting *waiting)
{
    return !pending_passes(waiting) && waiting->frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6 &&
           waiting->frame[UPPER + V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT;
}

#if V6NF_ANNOUNCE
/* Drop the Neighbor Advertisements that wait: they contain the previous link-layer address of the node. */
void v6nf_pending_drop_advertisements(struct v6nf_node *node);
#endif

uint64_t v6nf_pending_due(const struct v6nf_node *node);

/* For tests: return true if the packets that wait are valid, and no more than may wait. */
bool v6nf_pending_is_valid(const struct v6nf_node *node);

#endif
