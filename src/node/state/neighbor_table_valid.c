/* neighbor_table_valid.c: the invariant of the Neighbor Cache, for tests. */
#include "../../table/valid.h"
#include "neighbor_table.h"

#ifdef V6NF_INVARIANTS
static bool entry_is_valid(const struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    static const uint8_t no_mac[V6NF_ETHER_ADDRESS_SIZE] = {0};
    bool has_timer = neighbor->state == V6NF_NEIGHBOR_INCOMPLETE || neighbor->state == V6NF_NEIGHBOR_DELAY ||
                     neighbor->state == V6NF_NEIGHBOR_PROBE;
    uint64_t due = neighbor->due;
    if (neighbor->state > V6NF_NEIGHBOR_PROBE ||
        (NEIGHBORS_HAVE_INDEX && neighbor->worth != (uint8_t)v6nf_neighbor_class_of(neighbor)) ||
        (due != V6NF_NEVER) != has_timer || (has_timer && node->next_due > due)) {
        return false;
    }
    if (neighbor->state == V6NF_NEIGHBOR_FREE) {
        return true;
    }
    bool has_mac = !v6nf_ether_address_equal(neighbor->mac, no_mac);
    return !v6nf_address_is_multicast(neighbor->address.bytes) &&
           !v6nf_address_is_unspecified(neighbor->address.bytes) && (neighbor->mac[0] & 1u) == 0u &&
           has_mac == (neighbor->state != V6NF_NEIGHBOR_INCOMPLETE) &&
           (neighbor->solicitations <= 3u || (!has_mac && neighbor->solicitations <= 11u)) &&
           neighbor->solicitations != 8u && neighbor->solicitations != 9u &&
           (neighbor->state == V6NF_NEIGHBOR_REACHABLE || neighbor->reachable_until == 0u);
}

#if NEIGHBORS_HAVE_INDEX
/* Return true if each entry is found by its address, and if each class has as many entries as its list. */
static bool neighbor_index_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_neighbor_index *index = &node->neighbor_index;
    uint32_t counts[V6NF_NEIGHBOR_CLASSES] = {0};
    uint32_t chained = 0;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        counts[node->neighbors[i].worth]++;
        if (index->timers[i].due > node->neighbors[i].due) {
            return false;
        }
        uint32_t at = index->chains[i];
        for (uint32_t k = 0; k < V6NF_CHAIN_MAX && at < V6NF_NEIGHBORS; k++) {
            const uint8_t *address = node->neighbors[at].address.bytes;
            if (node->neighbors[at].state == V6NF_NEIGHBOR_FREE ||
                v6nf_hash_index(v6nf_hash_address(&node->hash_key, address), V6NF_NEIGHBORS) != i) {
                return false;
            }
            chained++;
            at = index->links[at].next;
        }
        if (at != V6NF_LINK_NONE) {
            return false;
        }
    }
    uint32_t free = 0;
    for (uint32_t at = index->free; at < V6NF_NEIGHBORS && free < V6NF_NEIGHBORS; at = index->links[at].next) {
        free += node->neighbors[at].worth == V6NF_NEIGHBOR_UNUSED ? 1u : V6NF_NEIGHBORS;
    }
    if (free != counts[V6NF_NEIGHBOR_UNUSED] || index->lists[V6NF_NEIGHBOR_UNUSED].count != free) {
        return false;
    }
    for (uint32_t i = V6NF_NEIGHBOR_UNUSED + 1u; i < V6NF_NEIGHBOR_CLASSES; i++) {
        uint32_t at = index->lists[i].oldest;
        for (uint32_t k = 0; k < counts[i]; k++) {
            if (at >= V6NF_NEIGHBORS || node->neighbors[at].worth != i) {
                return false;
            }
            at = index->links[at].newer;
        }
        if (at != V6NF_LINK_NONE || index->lists[i].count != counts[i] ||
            !v6nf_list_is_valid(index->links, &index->lists[i], V6NF_NEIGHBORS)) {
            return false;
        }
    }
    return chained == V6NF_NEIGHBORS - counts[V6NF_NEIGHBOR_UNUSED] &&
           v6nf_timer_queue_is_valid(index->timers, index->timers_count, V6NF_NEIGHBORS);
}
#else
static bool neighbor_index_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif

bool v6nf_neighbor_table_is_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (!entry_is_valid(node, &node->neighbors[i])) {
            return false;
        }
    }
    return neighbor_index_is_valid(node);
}
#endif
