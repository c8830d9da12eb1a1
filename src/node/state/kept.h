/* kept.h: the index of packets that are kept to be sent later (pending.h, fragment.h), where they are many. */
#ifndef V6NF_NODE_STATE_KEPT_H
#define V6NF_NODE_STATE_KEPT_H

#include "neighbor_table.h"

/* Return false if no packet waits for the neighbor: to find that out costs nothing. */
static inline bool kept_may_wait(const struct v6nf_neighbor *neighbor)
{
#if V6NF_KEPT_INDEXED
    return neighbor->waiting != V6NF_LINK_NONE;
#else
    return !NEIGHBORS_HAVE_INDEX || neighbor->waiting;
#endif
}

#if V6NF_KEPT_INDEXED
/* Slots with an index: those of packets that wait, then those of packets that are sent in fragments. */
#define KEPT_SLOTS (V6NF_WAITING + V6NF_FRAGMENTATIONS)

/* Make all slots free. */
void v6nf_kept_init(struct v6nf_node *node);

/* Move the slot to the list `to`, as its newest entry. list: that of the slot. */
void v6nf_kept_move(struct v6nf_node *node, uint32_t slot, uint8_t *list, uint32_t to);

/* Add the slot to the packets that wait for the neighbor. Return false if they are too many. */
bool v6nf_kept_chain(struct v6nf_node *node, uint32_t slot, uint32_t neighbor);

/* Remove the slot from them. */
void v6nf_kept_unchain(struct v6nf_node *node, uint32_t slot, uint32_t neighbor);

/* Make the packets that wait for the neighbor due: it is resolved. */
void v6nf_kept_resolved(struct v6nf_node *node, struct v6nf_neighbor *neighbor);
#else
static inline void v6nf_kept_init(struct v6nf_node *node)
{
    (void)node;
}

static inline void v6nf_kept_resolved(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    (void)node, (void)neighbor;
}
#endif

/* For tests: return true if the slots, and what finds them, agree. */
bool v6nf_kept_is_valid(const struct v6nf_node *node);

#endif
