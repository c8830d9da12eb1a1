/* group_valid.c: the invariant of the table of groups, for tests. */
#include "group.h"

#ifdef V6NF_INVARIANTS
#include "../../table/valid.h"

#if V6NF_GROUPS > 0u
static bool has_valid_filter(const struct v6nf_node *node, uint32_t group)
{
    const struct v6nf_group *row = &node->mld.groups[group];
    const bool is_of_program = group < V6NF_GROUPS;
    if (row->changes > 7u || row->asked_count > (is_of_program ? V6NF_GROUP_SOURCES : 0u) ||
        (!is_of_program && row->excluding > V6NF_ADDRESSES) ||
        (V6NF_MLD && row->changes != 0u && !group_is_changing(node, group))) {
        return false;
    }
    for (uint32_t i = 0; is_of_program && i < V6NF_GROUP_SOURCES; i++) {
        const struct v6nf_group_source *source = &node->mld.filters[group].sources[i];
        if (source->changes > 7u || (V6NF_MLD && source->changes != 0u && !group_is_changing(node, group))) {
            return false;
        }
    }
    return true;
}

/* Return true if the group can be found: as the only one with its address. */
static bool is_found(const struct v6nf_node *node, uint32_t group)
{
    const uint8_t *address = node->mld.groups[group].address.bytes;
    return !v6nf_address_is_multicast(address) || v6nf_group_find(node, address) == group;
}

#if V6NF_GROUPS_INDEXED
static uint32_t list_of_state(const struct v6nf_node *node, uint32_t group)
{
    const bool is_of_program = group < V6NF_GROUPS;
    if (v6nf_group_is_used(node, group)) {
        return V6NF_GROUP_USED;
    }
    if (group_is_changing(node, group)) {
        return is_of_program ? V6NF_GROUP_LEAVING : V6NF_GROUP_LEAVING_NODE;
    }
    return is_of_program ? V6NF_GROUP_FREE : V6NF_GROUP_FREE_NODE;
}

/* Return true if the list has groups with its state. */
static bool list_is_right(const struct v6nf_node *node, uint32_t list)
{
    const struct v6nf_group_index *index = &node->mld.index;
    if (!v6nf_list_is_valid(index->links, &index->lists[list], V6NF_GROUPS_ALL)) {
        return false;
    }
    for (uint32_t at = index->lists[list].oldest; at != V6NF_LINK_NONE; at = index->links[at].newer) {
        if (node->mld.groups[at].list != list || list_of_state(node, at) != list) {
            return false;
        }
    }
    return true;
}

static bool timers_are_valid(const struct v6nf_node *node)
{
#if V6NF_MLD
    const struct v6nf_group_index *index = &node->mld.index;
    return v6nf_timer_queue_is_valid(index->changes, index->changes_count, V6NF_GROUPS_ALL) &&
           v6nf_timer_queue_is_valid(index->responses, index->responses_count, V6NF_GROUPS_ALL);
#else
    (void)node;
    return true;
#endif
}

static bool index_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_group_index *index = &node->mld.index;
    uint32_t listed = 0;
    uint32_t chained = 0;
    uint32_t named = 0;
    for (uint32_t i = 0; i < V6NF_GROUP_LISTS; i++) {
        if (!list_is_right(node, i)) {
            return false;
        }
        listed += index->lists[i].count;
    }
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (!v6nf_chain_is_valid(index->links, index->chains[i], V6NF_GROUPS_ALL)) {
            return false;
        }
        chained += v6nf_chain_length(index->links, index->chains[i], V6NF_GROUPS_ALL);
        named += v6nf_address_is_multicast(node->mld.groups[i].address.bytes) ? 1u : 0u;
    }
    return listed == V6NF_GROUPS_ALL && chained == named && timers_are_valid(node);
}
#else
static bool index_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif

bool v6nf_groups_are_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (!has_valid_filter(node, i) || !is_found(node, i)) {
            return false;
        }
    }
    return index_is_valid(node);
}
#endif
#endif
