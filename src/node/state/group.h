/* group.h: the multicast groups of the node, by index, with the merged filters of their listeners. */
#ifndef V6NF_NODE_STATE_GROUP_H
#define V6NF_NODE_STATE_GROUP_H

#include "../base/core.h"

#if V6NF_GROUPS > 0u
/* No group: the index after the last. */
#define NO_GROUP V6NF_GROUPS_ALL

/* Return the group's index, or NO_GROUP. */
uint32_t v6nf_group_find(const struct v6nf_node *node, const uint8_t *group);

/* Return true if the group has listeners. */
bool v6nf_group_is_used(const struct v6nf_node *node, uint32_t group);

/* Return the slots for sources in the filter of a group, and set *count to their number: 0 for a solicited-node
 * group. */
struct v6nf_group_source *v6nf_group_sources(struct v6nf_node *node, uint32_t group, uint32_t *count);

/* Return true if the merged filter of the group's listeners lists the source (RFC 9777, 4.2): a wanted one in mode
 * INCLUDE, an unwanted one in mode EXCLUDE. */
static inline bool group_lists_source(const struct v6nf_group *group, const struct v6nf_group_source *source)
{
    if (group->excluding == 0u) {
        return source->including != 0u;
    }
    return source->excluding == group->excluding && source->including == 0u;
}

/* Return true if the node wants packets to the group from this address. */
bool v6nf_group_wants(const struct v6nf_node *node, uint32_t group, const uint8_t *source);

/* Return true while a State Change Report of the group is due. */
static inline bool group_is_changing(const struct v6nf_node *node, uint32_t group)
{
    return V6NF_MLD && node->mld.groups[group].change_due != V6NF_NEVER;
}

/* Make a slot for a group from index `first` to end - 1. A slot is free, or of a group without listeners: routers then
 * hear of its end later, or by their own timers. Return its index, NO_GROUP if all slots are in use. */
uint32_t v6nf_group_add(struct v6nf_node *node, const uint8_t *address, uint32_t first, uint32_t end);
#endif

#endif
