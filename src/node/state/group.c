/* group.c: the multicast groups of the node, and the sources that their listeners want (RFC 9777, 4). */
#include "group.h"

#include <string.h>

#if V6NF_GROUPS > 0u
/* Return the number of slots for sources of a group. */
static uint32_t sources_count(uint32_t group)
{
    return group < V6NF_GROUPS ? V6NF_GROUP_SOURCES : 0u;
}

struct v6nf_group_source *v6nf_group_sources(struct v6nf_node *node, uint32_t group, uint32_t *count)
{
    *count = sources_count(group);
    return *count != 0u ? node->mld.filters[group].sources : NULL;
}

bool v6nf_group_is_used(const struct v6nf_node *node, uint32_t group)
{
    if (node->mld.groups[group].excluding != 0u) {
        return true;
    }
    for (uint32_t i = 0; i < sources_count(group); i++) {
        if (node->mld.filters[group].sources[i].including != 0u) {
            return true;
        }
    }
    return false;
}

bool v6nf_group_wants(const struct v6nf_node *node, uint32_t group, const uint8_t *source)
{
    const struct v6nf_group *row = &node->mld.groups[group];
    for (uint32_t i = 0; i < sources_count(group); i++) {
        const struct v6nf_group_source *listed = &node->mld.filters[group].sources[i];
        if (group_lists_source(row, listed) && v6nf_address_equal(listed->address.bytes, source)) {
            return row->excluding == 0u;
        }
    }
    return row->excluding != 0u;
}

static void reset_group(struct v6nf_node *node, uint32_t group)
{
#if V6NF_GROUPS_INDEXED
    node->mld.groups[group] = (struct v6nf_group){.list = node->mld.groups[group].list, .mode = node->mld.mode};
#else
    node->mld.groups[group] = (struct v6nf_group){.change_due = V6NF_NEVER, .response_due = V6NF_NEVER};
#endif
    if (group < V6NF_GROUPS) {
        memset(&node->mld.filters[group], 0, sizeof node->mld.filters[group]);
    }
}

#if V6NF_GROUPS_INDEXED
/* -- With an index ------------------------------------------------------------------------------------------------- */

/* Return the first group of the chain that a group belongs to. */
static uint32_t group_chain(const struct v6nf_node *node, const uint8_t *group)
{
    return v6nf_hash_index(v6nf_hash_address(&node->hash_key, group), V6NF_GROUPS_ALL);
}

void v6nf_groups_init(struct v6nf_node *node)
{
    struct v6nf_group_index *index = &node->mld.index;
    v6nf_chains_init(index->chains, V6NF_GROUPS_ALL);
    for (uint32_t i = 0; i < V6NF_GROUP_LISTS; i++) {
        v6nf_list_init(&index->lists[i]);
    }
#if V6NF_MLD
    v6nf_timer_queue_init(index->changes, &index->changes_count, V6NF_GROUPS_ALL);
    v6nf_timer_queue_init(index->responses, &index->responses_count, V6NF_GROUPS_ALL);
    for (uint32_t i = 0; i < V6NF_GROUP_WALKS; i++) {
        index->walks[i] = V6NF_LINK_NONE;
    }
#endif
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        node->mld.groups[i].list = i < V6NF_GROUPS ? V6NF_GROUP_FREE : V6NF_GROUP_FREE_NODE;
        v6nf_list_append(index->links, &index->lists[node->mld.groups[i].list], i);
    }
}

uint32_t v6nf_group_find(const struct v6nf_node *node, const uint8_t *group)
{
    const struct v6nf_group_index *index = &node->mld.index;
    uint32_t at = index->chains[group_chain(node, group)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; i++) {
        if (v6nf_address_equal(node->mld.groups[at].address.bytes, group)) {
            return at;
        }
        at = index->links[at].next;
    }
    return NO_GROUP;
}

/* Return the list for the state of the group. */
static uint32_t list_of(const struct v6nf_node *node, uint32_t group)
{
    if (v6nf_group_is_used(node, group)) {
        return V6NF_GROUP_USED;
    }
    if (group_is_changing(node, group)) {
        return group < V6NF_GROUPS ? V6NF_GROUP_LEAVING : V6NF_GROUP_LEAVING_NODE;
    }
    return group < V6NF_GROUPS ? V6NF_GROUP_FREE : V6NF_GROUP_FREE_NODE;
}

/* End what only groups with listeners have: answers to Queries, and a position in walks over them. */
static void end_use(struct v6nf_node *node, uint32_t group)
{
#if V6NF_MLD
    struct v6nf_group_index *index = &node->mld.index;
    for (uint32_t i = 0; i < V6NF_GROUP_WALKS; i++) {
        if (index->walks[i] == group) {
            index->walks[i] = index->links[group].newer;
        }
    }
    node->mld.groups[group].asked_count = 0;
    group_set_response(node, group, V6NF_NEVER);
#else
    (void)node, (void)group;
#endif
}

void v6nf_group_settle(struct v6nf_node *node, uint32_t group)
{
    struct v6nf_group_index *index = &node->mld.index;
    struct v6nf_group *row = &node->mld.groups[group];
    const uint32_t list = list_of(node, group);
    if (list == row->list) {
        return;
    }
    if (row->list == V6NF_GROUP_USED) {
        end_use(node, group);
    }
    v6nf_list_remove(index->links, &index->lists[row->list], group);
    v6nf_list_append(index->links, &index->lists[list], group);
    row->list = (uint8_t)list;
}

/* Return true if the slot has the address of a group, which may have no listeners any more. */
static bool has_address(const struct v6nf_group *row)
{
    return v6nf_address_is_multicast(row->address.bytes);
}

/* Give the slot to another group. Return false if the chain of its address is full: hosts cannot make it so. */
static bool rename_group(struct v6nf_node *node, uint32_t group, const uint8_t *address)
{
    struct v6nf_group_index *index = &node->mld.index;
    struct v6nf_group *row = &node->mld.groups[group];
    if (has_address(row)) {
        v6nf_chain_remove(index->links, &index->chains[group_chain(node, row->address.bytes)], group);
    }
    reset_group(node, group);
#if V6NF_MLD
    group_set_response(node, group, V6NF_NEVER);
    group_set_change(node, group, V6NF_NEVER);
#endif
    if (!v6nf_chain_add(index->links, &index->chains[group_chain(node, address)], group)) {
        return false;
    }
    v6nf_address_copy(row->address.bytes, address);
    return true;
}

uint32_t v6nf_group_add(struct v6nf_node *node, const uint8_t *address, uint32_t first, uint32_t end)
{
    const struct v6nf_list *lists = node->mld.index.lists;
    const bool is_of_program = first == 0u;
    (void)end;
    uint32_t slot = lists[is_of_program ? V6NF_GROUP_FREE : V6NF_GROUP_FREE_NODE].oldest;
    if (slot == V6NF_LINK_NONE) {
        slot = lists[is_of_program ? V6NF_GROUP_LEAVING : V6NF_GROUP_LEAVING_NODE].oldest;
    }
    return slot != V6NF_LINK_NONE && rename_group(node, slot, address) ? slot : NO_GROUP;
}
#else
/* -- Without ------------------------------------------------------------------------------------------------------- */

void v6nf_groups_init(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        node->mld.groups[i].change_due = V6NF_NEVER;
        node->mld.groups[i].response_due = V6NF_NEVER;
    }
}

uint32_t v6nf_group_find(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t i = 0;
    while (i < V6NF_GROUPS_ALL && !v6nf_address_equal(node->mld.groups[i].address.bytes, group)) {
        i++;
    }
    return i;
}

/* Return a slot for a group from `first` to end - 1: a free one, else that of a group without listeners. Routers then
 * get fewer reports of its end, or notice it by their timers. Return NO_GROUP if all are in use. */
static uint32_t group_slot(const struct v6nf_node *node, uint32_t first, uint32_t end)
{
    uint32_t slot = NO_GROUP;
    for (uint32_t i = first; i < end; i++) {
        if (v6nf_group_is_used(node, i)) {
            continue;
        }
        if (!group_is_changing(node, i)) {
            return i;
        }
        slot = i;
    }
    return slot;
}

uint32_t v6nf_group_add(struct v6nf_node *node, const uint8_t *address, uint32_t first, uint32_t end)
{
    uint32_t index = group_slot(node, first, end);
    if (index != NO_GROUP) {
        reset_group(node, index);
        v6nf_address_copy(node->mld.groups[index].address.bytes, address);
    }
    return index;
}
#endif
#endif
