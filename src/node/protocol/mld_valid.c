/* mld_valid.c: the invariant of what Multicast Listener Discovery has due, for tests. */
#include "mld.h"

#include "../state/group.h"

#ifdef V6NF_INVARIANTS
#if V6NF_MLD
#if V6NF_GROUPS_INDEXED
/* Return true if walks are at groups with listeners, and only those answer Queries. */
static bool walks_are_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_GROUP_WALKS; i++) {
        const uint32_t at = node->mld.index.walks[i];
        if (at != V6NF_LINK_NONE && (at >= V6NF_GROUPS_ALL || !v6nf_group_is_used(node, at))) {
            return false;
        }
    }
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (group_response_due(node, i) != V6NF_NEVER && !v6nf_group_is_used(node, i)) {
            return false;
        }
    }
    return true;
}
#else
static bool walks_are_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif

/* Return true if each answer about sources has a time. */
static bool answers_are_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (node->mld.groups[i].asked_count != 0u && group_response_due(node, i) == V6NF_NEVER) {
            return false;
        }
    }
    return true;
}

bool v6nf_mld_is_valid(const struct v6nf_node *node)
{
    return node->mld.robustness >= 2u && node->mld.robustness <= 7u && node->mld.interval != 0u &&
           node->next_due <= v6nf_mld_due(node) && answers_are_valid(node) && walks_are_valid(node);
}
#endif
#endif
