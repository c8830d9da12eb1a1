/* reassembly_valid.c: the invariant of datagrams that arrive in fragments, for tests. */
#include "../../table/valid.h"
#include "reassembly.h"

#ifdef V6NF_INVARIANTS
/* Return true if pieces are in the datagram, do not overlap, and add up to its received length. */
static bool pieces_are_valid(const struct v6nf_reassembly *reassembly)
{
    uint32_t received = 0;
    if (reassembly->pieces_count < 1u || reassembly->pieces_count > V6NF_REASSEMBLY_PIECES) {
        return false;
    }
    for (uint32_t i = 0; i < reassembly->pieces_count; i++) {
        const struct v6nf_piece *piece = &reassembly->pieces[i];
        if (piece->start >= piece->end || V6NF_REASSEMBLY_HEAD + piece->end > sizeof reassembly->bytes) {
            return false;
        }
        received += (uint32_t)piece->end - piece->start;
        for (uint32_t k = 0; k < i; k++) {
            if (piece->end > reassembly->pieces[k].start && piece->start < reassembly->pieces[k].end) {
                return false;
            }
        }
    }
    return received == reassembly->received;
}

#if REASSEMBLIES_HAVE_INDEX
/* Return true if the lists have the right numbers of the source's reassemblies. */
static bool share_is_valid(const struct v6nf_node *node, const struct v6nf_reassembly *reassembly)
{
    uint32_t counts[V6NF_REASSEMBLY_LISTS] = {0};
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        const struct v6nf_reassembly *other = &node->reassemblies[i];
        if (other->used && v6nf_address_equal(other->source.bytes, reassembly->source.bytes)) {
            counts[other->list]++;
        }
    }
    return counts[V6NF_REASSEMBLY_WITHIN] <= V6NF_REASSEMBLIES_PER_SOURCE &&
           (counts[V6NF_REASSEMBLY_BEYOND] == 0u || counts[V6NF_REASSEMBLY_WITHIN] == V6NF_REASSEMBLIES_PER_SOURCE);
}

static bool reassembly_index_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_reassembly_index *index = &node->reassembly_index;
    uint32_t counts[V6NF_REASSEMBLY_LISTS] = {0};
    uint32_t chained = 0;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        const struct v6nf_reassembly *reassembly = &node->reassemblies[i];
        if (reassembly->list >= V6NF_REASSEMBLY_LISTS ||
            reassembly->used != (reassembly->list != V6NF_REASSEMBLY_FREE) ||
            index->timers[i].due != (reassembly->used ? reassembly->due : V6NF_NEVER) ||
            (reassembly->used && !share_is_valid(node, reassembly))) {
            return false;
        }
        counts[reassembly->list]++;
        chained += v6nf_chain_length(index->links, index->chains[i], V6NF_REASSEMBLIES);
    }
    for (uint32_t i = 0; i < V6NF_REASSEMBLY_LISTS; i++) {
        if (index->lists[i].count != counts[i] ||
            !v6nf_list_is_valid(index->links, &index->lists[i], V6NF_REASSEMBLIES)) {
            return false;
        }
    }
    return chained == V6NF_REASSEMBLIES - counts[V6NF_REASSEMBLY_FREE] &&
           v6nf_timer_queue_is_valid(index->timers, index->timers_count, V6NF_REASSEMBLIES);
}
#else
static bool reassembly_index_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif

bool v6nf_reassembly_is_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        const struct v6nf_reassembly *reassembly = &node->reassemblies[i];
        if (reassembly->used && (node->next_due > reassembly->due || !pieces_are_valid(reassembly))) {
            return false;
        }
    }
    return reassembly_index_is_valid(node);
}
#endif
