/* path_mtu_valid.c: the invariant of the path MTUs, for tests. */
#include "../../table/valid.h"
#include "path_mtu.h"

#ifdef V6NF_INVARIANTS
#if PATH_MTUS_HAVE_INDEX
static bool path_mtu_index_is_valid(const struct v6nf_node *node, const uint32_t *counts)
{
    const struct v6nf_path_mtu_index *index = &node->path_mtu_index;
    bool are_known = node->path_mtus_count == 0u && !path_mtus_are_unknown(node);
    uint32_t chained = 0;
    for (uint32_t i = 0; i < 2u; i++) {
        if (index->lists[i].count != counts[i] || !v6nf_list_is_valid(index->links, &index->lists[i], V6NF_PATH_MTUS)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < V6NF_PATH_MTUS; i++) {
        chained += v6nf_chain_length(index->links, index->chains[i], V6NF_PATH_MTUS);
    }
    return chained == node->path_mtus_count && counts[0] + counts[1] == node->path_mtus_count &&
           (node->free_frame == FRAME_CAPACITY_MIN || (are_known && node->free_frame == node->longest_frame));
}
#else
static bool path_mtu_index_is_valid(const struct v6nf_node *node, const uint32_t *counts)
{
    (void)node, (void)counts;
    return true;
}
#endif

bool v6nf_path_mtu_is_valid(const struct v6nf_node *node)
{
    uint32_t counts[2] = {0};
    for (uint32_t i = 0; i < V6NF_PATH_MTUS; i++) {
        const struct v6nf_path_mtu *entry = &node->path_mtus[i];
        if (entry->expires == 0u) {
            continue;
        }
        if (entry->origin > V6NF_ORIGIN_PROGRAM || entry->mtu < V6NF_IPV6_MTU_MIN || entry->mtu >= node->max_mtu) {
            return false;
        }
        counts[entry->origin]++;
    }
    return counts[0] <= PATH_MTUS_SHARE && counts[1] <= PATH_MTUS_SHARE && path_mtu_index_is_valid(node, counts);
}
#endif
