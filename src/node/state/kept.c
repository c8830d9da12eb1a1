/* kept.c: the index of packets that are kept to be sent later: by neighbor, and by age. */
#include "kept.h"

#if V6NF_KEPT_INDEXED
void v6nf_kept_init(struct v6nf_node *node)
{
    struct v6nf_kept_index *kept = &node->kept;
    for (uint32_t i = 0; i < V6NF_KEPT_LISTS; i++) {
        v6nf_list_init(&kept->lists[i]);
    }
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        node->waiting[i].list = V6NF_KEPT_FREE;
        v6nf_list_append(kept->links, &kept->lists[V6NF_KEPT_FREE], i);
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        node->fragmentations[i].list = V6NF_KEPT_FRAGMENT_FREE;
        v6nf_list_append(kept->links, &kept->lists[V6NF_KEPT_FRAGMENT_FREE], V6NF_WAITING + i);
    }
}

void v6nf_kept_move(struct v6nf_node *node, uint32_t slot, uint8_t *list, uint32_t to)
{
    struct v6nf_kept_index *kept = &node->kept;
    v6nf_list_remove(kept->links, &kept->lists[*list], slot);
    v6nf_list_append(kept->links, &kept->lists[to], slot);
    *list = (uint8_t)to;
}

bool v6nf_kept_chain(struct v6nf_node *node, uint32_t slot, uint32_t neighbor)
{
    return v6nf_chain_add(node->kept.links, &node->neighbors[neighbor].waiting, slot);
}

void v6nf_kept_unchain(struct v6nf_node *node, uint32_t slot, uint32_t neighbor)
{
    v6nf_chain_remove(node->kept.links, &node->neighbors[neighbor].waiting, slot);
}

/* Make the packet in the slot due. A packet that is sent in fragments no longer depends on this neighbor. */
static void make_due(struct v6nf_node *node, uint32_t slot)
{
    if (slot < V6NF_WAITING) {
        struct v6nf_waiting *waiting = &node->waiting[slot];
        v6nf_kept_move(node, slot, &waiting->list, V6NF_KEPT_RESOLVED + (uint32_t)waiting->origin);
        return;
    }
    struct v6nf_fragmentation *packet = &node->fragmentations[slot - V6NF_WAITING];
    v6nf_kept_unchain(node, slot, packet->neighbor);
    v6nf_kept_move(node, slot, &packet->list, V6NF_KEPT_FRAGMENTS_PROGRAM);
    packet->neighbor = V6NF_NEIGHBORS;
}

void v6nf_kept_resolved(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    uint32_t slots[V6NF_CHAIN_MAX];
    uint32_t count = 0;
    for (uint32_t at = neighbor->waiting; at < KEPT_SLOTS && count < V6NF_CHAIN_MAX; at = node->kept.links[at].next) {
        slots[count] = at;
        count++;
    }
    for (uint32_t i = count; i > 0u; i--) { /* the oldest is the last of the chain */
        make_due(node, slots[i - 1u]);
    }
}
#endif
