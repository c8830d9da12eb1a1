/* group.h: the multicast groups of the node, by index, with the merged filters of their listeners. */
#ifndef V6NF_NODE_STATE_GROUP_H
#define V6NF_NODE_STATE_GROUP_H

#include "../base/core.h"

#if V6NF_GROUPS > 0u
/* No group: the index after the last. */
#define NO_GROUP V6NF_GROUPS_ALL

/* Make all slots free. */
void v6nf_groups_init(struct v6nf_node *node);

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

/* Make a slot for a group from index `first` to end - 1: those of the program, or those of the node. A slot is free, or
 * of a group without listeners: routers then hear of its end later, or by their own timers. Return its index, NO_GROUP
 * if all slots are in use. */
uint32_t v6nf_group_add(struct v6nf_node *node, const uint8_t *address, uint32_t first, uint32_t end);

#if V6NF_GROUPS_INDEXED
/* Move the group to the list of its state, after its listeners or its reports have changed. */
void v6nf_group_settle(struct v6nf_node *node, uint32_t group);
#else
static inline void v6nf_group_settle(struct v6nf_node *node, uint32_t group)
{
    (void)node, (void)group;
}
#endif

/* -- Times of a group: of its next State Change Report, and of its answer to a Query about it ---------------------- */

#if V6NF_GROUPS_INDEXED && V6NF_MLD
static inline uint64_t group_change_due(const struct v6nf_node *node, uint32_t group)
{
    return node->mld.index.changes[group].due;
}

static inline uint64_t group_response_due(const struct v6nf_node *node, uint32_t group)
{
    return node->mld.index.responses[group].due;
}

static inline void group_set_response(struct v6nf_node *node, uint32_t group, uint64_t due)
{
    v6nf_timer_set(node->mld.index.responses, &node->mld.index.responses_count, group, due);
}

static inline void group_set_change(struct v6nf_node *node, uint32_t group, uint64_t due)
{
    v6nf_timer_set(node->mld.index.changes, &node->mld.index.changes_count, group, due);
    v6nf_group_settle(node, group);
}
#elif V6NF_MLD
static inline uint64_t group_change_due(const struct v6nf_node *node, uint32_t group)
{
    return node->mld.groups[group].change_due;
}

static inline uint64_t group_response_due(const struct v6nf_node *node, uint32_t group)
{
    return node->mld.groups[group].response_due;
}

static inline void group_set_response(struct v6nf_node *node, uint32_t group, uint64_t due)
{
    node->mld.groups[group].response_due = due;
}

static inline void group_set_change(struct v6nf_node *node, uint32_t group, uint64_t due)
{
    node->mld.groups[group].change_due = due;
}
#endif

/* Return true while a State Change Report of the group is due. */
static inline bool group_is_changing(const struct v6nf_node *node, uint32_t group)
{
#if V6NF_MLD
    return group_change_due(node, group) != V6NF_NEVER;
#else
    (void)node, (void)group;
    return false;
#endif
}

/* Invariant for tests: bounds of the filters, and that the index agrees with the groups. */
bool v6nf_groups_are_valid(const struct v6nf_node *node);
#endif

#endif
