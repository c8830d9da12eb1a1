/* kept_valid.c: the invariant of the index of packets that are kept, for tests. */
#include "../../table/valid.h"
#include "kept.h"

#ifdef V6NF_INVARIANTS
#if V6NF_KEPT_INDEXED
/* Return the list that a slot must be in. */
static uint32_t list_of_slot(const struct v6nf_node *node, uint32_t slot)
{
    if (slot < V6NF_WAITING) {
        const struct v6nf_waiting *waiting = &node->waiting[slot];
#if V6NF_FORWARDING
        if (waiting->neighbor == V6NF_WAITING_UNDELIVERED) {
            return V6NF_KEPT_UNDELIVERED;
        }
#endif
        if (waiting->neighbor >= V6NF_NEIGHBORS) {
            return V6NF_KEPT_FREE;
        }
        bool waits = node->neighbors[waiting->neighbor].state == V6NF_NEIGHBOR_INCOMPLETE;
        return (waits ? V6NF_KEPT_WAITING : V6NF_KEPT_RESOLVED) + (uint32_t)waiting->origin;
    }
    const struct v6nf_fragmentation *packet = &node->fragmentations[slot - V6NF_WAITING];
    if (!packet->used) {
        return V6NF_KEPT_FRAGMENT_FREE;
    }
    return packet->neighbor < V6NF_NEIGHBORS ? V6NF_KEPT_FRAGMENT_WAITING
                                             : V6NF_KEPT_FRAGMENTS + (uint32_t)packet->origin;
}

static uint32_t neighbor_of_slot(const struct v6nf_node *node, uint32_t slot)
{
    return slot < V6NF_WAITING ? node->waiting[slot].neighbor : node->fragmentations[slot - V6NF_WAITING].neighbor;
}

static uint32_t list_in_slot(const struct v6nf_node *node, uint32_t slot)
{
    return slot < V6NF_WAITING ? node->waiting[slot].list : node->fragmentations[slot - V6NF_WAITING].list;
}

bool v6nf_kept_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_kept_index *kept = &node->kept;
    uint32_t counts[V6NF_KEPT_LISTS] = {0};
    uint32_t wait = 0;
    uint32_t chained = 0;
    for (uint32_t i = 0; i < KEPT_SLOTS; i++) {
        uint32_t list = list_of_slot(node, i);
        if (list >= V6NF_KEPT_LISTS || list_in_slot(node, i) != list) {
            return false;
        }
        counts[list]++;
        bool is_free = list == V6NF_KEPT_FREE || list == V6NF_KEPT_FRAGMENT_FREE;
        wait += !is_free && neighbor_of_slot(node, i) < V6NF_NEIGHBORS ? 1u : 0u;
    }
    for (uint32_t i = 0; i < V6NF_KEPT_LISTS; i++) {
        if (kept->lists[i].count != counts[i] || !v6nf_list_is_valid(kept->links, &kept->lists[i], KEPT_SLOTS)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (node->neighbors[i].state == V6NF_NEIGHBOR_FREE) {
            continue;
        }
        uint32_t at = node->neighbors[i].waiting;
        for (uint32_t k = 0; k < V6NF_CHAIN_MAX && at < KEPT_SLOTS; k++) {
            if (neighbor_of_slot(node, at) != i) {
                return false;
            }
            chained++;
            at = kept->links[at].next;
        }
        if (at != V6NF_LINK_NONE) {
            return false;
        }
    }
    return chained == wait;
}
#else
bool v6nf_kept_is_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        uint32_t neighbor = node->waiting[i].neighbor;
        if (neighbor < V6NF_NEIGHBORS && !kept_may_wait(&node->neighbors[neighbor])) {
            return false;
        }
    }
    return true;
}
#endif
#endif
