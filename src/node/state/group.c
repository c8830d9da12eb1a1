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

uint32_t v6nf_group_find(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t i = 0;
    while (i < V6NF_GROUPS_ALL && !v6nf_address_equal(node->mld.groups[i].address.bytes, group)) {
        i++;
    }
    return i;
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

/* Return a slot for a group from `first` to end - 1: a free one, else one of a group without listeners. Routers then hear
 * of its end less often than they should, or by their own timers. Return NO_GROUP if all are in use. */
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

static void reset_group(struct v6nf_node *node, uint32_t group, const uint8_t *address)
{
    node->mld.groups[group] = (struct v6nf_group){.change_due = V6NF_NEVER, .response_due = V6NF_NEVER};
    v6nf_address_copy(node->mld.groups[group].address.bytes, address);
    if (group < V6NF_GROUPS) {
        memset(&node->mld.filters[group], 0, sizeof node->mld.filters[group]);
    }
}

uint32_t v6nf_group_add(struct v6nf_node *node, const uint8_t *address, uint32_t first, uint32_t end)
{
    uint32_t index = group_slot(node, first, end);
    if (index != NO_GROUP) {
        reset_group(node, index, address);
    }
    return index;
}
#endif
