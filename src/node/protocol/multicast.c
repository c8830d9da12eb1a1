/* multicast.c: the node joins and leaves multicast groups, with source filters (RFC 9777, 4 and 6.1). */
#include "multicast.h"

#include "v6nf/multicast.h"

#include "../state/group.h"
#include "../state/own_address.h"
#include "mld.h"

#if V6NF_GROUPS > 0u
#define SCOPE_LINK_LOCAL 2u

#if V6NF_MLD
/* Join a group of the node, which has a slot of its own. */
static void join_own(struct v6nf_node *node, const uint8_t *group, uint64_t now)
{
    uint32_t index = v6nf_group_find(node, group);
    if (index == NO_GROUP) {
        index = v6nf_group_add(node, group, V6NF_GROUPS, V6NF_GROUPS_ALL);
        if (index == NO_GROUP) {
            return; /* cannot happen: there is one slot for each address, and for each group of all routers */
        }
    }
    struct v6nf_group *row = &node->mld.groups[index];
    (void)v6nf_mld_is_current(node, index);
    row->excluding++;
    if (row->excluding == 1u) {
        row->changes = node->mld.robustness;
        v6nf_mld_changed(node, index, now);
    }
}

void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    struct v6nf_address group;
    v6nf_address_solicited_node(group.bytes, address);
    join_own(node, group.bytes, now);
}

#if V6NF_FORWARDING
void v6nf_multicast_join_routers(struct v6nf_node *node, uint64_t now)
{
    struct v6nf_address group;
    v6nf_address_all_routers(group.bytes);
    join_own(node, group.bytes, now);
    group.bytes[1] = SCOPE_SITE_LOCAL;
    join_own(node, group.bytes, now);
}
#endif

void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address)
{
    struct v6nf_address group;
    v6nf_address_solicited_node(group.bytes, address);
    uint32_t index = v6nf_group_find(node, group.bytes);
    if (index == NO_GROUP || node->mld.groups[index].excluding == 0u) {
        return;
    }
    struct v6nf_group *row = &node->mld.groups[index];
    (void)v6nf_mld_is_current(node, index);
    row->excluding--;
    if (row->excluding == 0u) {
        row->changes = node->mld.robustness;
        v6nf_mld_changed_now(node, index);
    }
}
#endif

/* -- The program's groups ------------------------------------------------------------------------------------------ */

/* Return true if the program may join the group: not one that the node is in by itself. */
static bool is_joinable(const struct v6nf_node *node, const uint8_t *group)
{
    return v6nf_address_is_multicast(group) && (group[1] & 0xFu) >= SCOPE_LINK_LOCAL &&
           !v6nf_address_is_all_nodes(group) && !v6nf_address_is_solicited_node(group) &&
           !v6nf_own_address_is_of_routers(node, group);
}

static bool is_source(const struct v6nf_filter *filter, uint32_t index)
{
    const uint8_t *source = filter->sources[index].bytes;
    if (v6nf_address_is_multicast(source) || v6nf_address_is_unspecified(source)) {
        return false;
    }
    for (uint32_t i = 0; i < index; i++) {
        if (v6nf_address_equal(filter->sources[i].bytes, source)) {
            return false;
        }
    }
    return true;
}

static enum v6nf_status check_filter(const struct v6nf_filter *filter)
{
    if (filter->sources_count > V6NF_GROUP_SOURCES) {
        return V6NF_FULL;
    }
    for (uint32_t i = 0; i < filter->sources_count; i++) {
        if (!is_source(filter, i)) {
            return V6NF_INVALID;
        }
    }
    return V6NF_OK;
}

static struct v6nf_group_source *find_source(struct v6nf_group_filter *table, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_GROUP_SOURCES; i++) {
        if (v6nf_address_equal(table->sources[i].address.bytes, address)) {
            return &table->sources[i];
        }
    }
    return NULL;
}

/* Return true if listeners name the source, or if a report of it is due. */
static bool is_busy(const struct v6nf_group_source *source)
{
    return source->including != 0u || source->excluding != 0u || source->changes != 0u;
}

/* Return a slot for a source: one that was free in the `old` filter, too, else one that no listener names. */
static struct v6nf_group_source *make_source(struct v6nf_group_filter *table, const struct v6nf_group_filter *old,
                                             const uint8_t *address)
{
    struct v6nf_group_source *slot = NULL;
    bool found = false;
    for (uint32_t i = 0; i < V6NF_GROUP_SOURCES && !found; i++) {
        struct v6nf_group_source *source = &table->sources[i];
        if (source->including == 0u && source->excluding == 0u) {
            slot = source;
            found = !is_busy(&old->sources[i]);
        }
    }
    if (slot != NULL) {
        *slot = (struct v6nf_group_source){0};
        v6nf_address_copy(slot->address.bytes, address);
    }
    return slot;
}

/* Decrement a counter. Return false if it is 0. */
static bool take_one(uint16_t *counter)
{
    if (*counter == 0u) {
        return false;
    }
    --*counter;
    return true;
}

static bool add_one(uint16_t *counter)
{
    if (*counter == UINT16_MAX) {
        return false;
    }
    ++*counter;
    return true;
}

static bool take_listener(struct v6nf_group *group, struct v6nf_group_filter *table, const struct v6nf_filter *filter)
{
    bool excludes = filter->mode == V6NF_FILTER_EXCLUDE;
    if (excludes && !take_one(&group->excluding)) {
        return false;
    }
    for (uint32_t i = 0; i < filter->sources_count; i++) {
        struct v6nf_group_source *source = find_source(table, filter->sources[i].bytes);
        if (source == NULL || !take_one(excludes ? &source->excluding : &source->including)) {
            return false;
        }
    }
    return true;
}

static bool add_listener(struct v6nf_group *group, struct v6nf_group_filter *table, const struct v6nf_group_filter *old,
                         const struct v6nf_filter *filter)
{
    bool excludes = filter->mode == V6NF_FILTER_EXCLUDE;
    if (excludes && !add_one(&group->excluding)) {
        return false;
    }
    for (uint32_t i = 0; i < filter->sources_count; i++) {
        struct v6nf_group_source *source = find_source(table, filter->sources[i].bytes);
        if (source == NULL) {
            source = make_source(table, old, filter->sources[i].bytes);
        }
        if (source == NULL || !add_one(excludes ? &source->excluding : &source->including)) {
            return false;
        }
    }
    return true;
}

/* Return true if a source of the old filter lost its slot to another while a report of it was due. */
static bool lost_source(const struct v6nf_group_filter *table, const struct v6nf_group_filter *old)
{
    for (uint32_t i = 0; i < V6NF_GROUP_SOURCES; i++) {
        const struct v6nf_group_source *was = &old->sources[i];
        if (is_busy(was) && !v6nf_address_equal(table->sources[i].address.bytes, was->address.bytes)) {
            return true;
        }
    }
    return false;
}

/* Note what must be reported (RFC 9777, 6.1): the whole state for a new mode, or if a source has lost its slot, else
 * the sources that are listed now and were not, or conversely. */
static void note_changes(struct v6nf_node *node, uint32_t index, const struct v6nf_group *old,
                         const struct v6nf_group_filter *old_table, uint64_t now)
{
    struct v6nf_group *group = &node->mld.groups[index];
    struct v6nf_group_filter *table = &node->mld.filters[index];
    bool whole = (group->excluding != 0u) != (old->excluding != 0u) || lost_source(table, old_table);
    bool changed = whole;
    if (whole) {
        group->changes = node->mld.robustness;
    }
    for (uint32_t i = 0; i < V6NF_GROUP_SOURCES && !whole; i++) {
        struct v6nf_group_source *source = &table->sources[i];
        if (group_lists_source(group, source) != group_lists_source(old, &old_table->sources[i])) {
            source->changes = node->mld.robustness;
            changed = true;
        }
    }
    if (changed) {
        v6nf_mld_changed(node, index, now);
    }
}

/* Return true if a listener with this filter wants nothing, like one that has left. */
static bool wants_nothing(const struct v6nf_filter *filter)
{
    return filter->mode == V6NF_FILTER_INCLUDE && filter->sources_count == 0u;
}

enum v6nf_status v6nf_multicast_filter(struct v6nf_node *node, const struct v6nf_address *group,
                                       const struct v6nf_filter *before, const struct v6nf_filter *after, uint64_t now)
{
    if (!is_joinable(node, group->bytes) || check_filter(before) != V6NF_OK) {
        return V6NF_INVALID;
    }
    enum v6nf_status status = check_filter(after);
    if (status != V6NF_OK) {
        return status;
    }
    uint32_t index = v6nf_group_find(node, group->bytes);
    if (index == NO_GROUP) {
        /* Make a slot only for a filter that uses it: the slot may still have the leave Reports of another group. */
        if (!wants_nothing(before)) {
            return V6NF_INVALID;
        }
        if (wants_nothing(after)) {
            return V6NF_OK;
        }
        index = v6nf_group_add(node, group->bytes, 0u, V6NF_GROUPS);
    }
    if (index == NO_GROUP) {
        return V6NF_FULL;
    }
    struct v6nf_group *row = &node->mld.groups[index];
    struct v6nf_group_filter *table = &node->mld.filters[index];
    (void)v6nf_mld_is_current(node, index);
    struct v6nf_group old = *row;
    struct v6nf_group_filter old_table = *table;
    if (!take_listener(row, table, before)) {
        status = V6NF_INVALID;
    } else if (!add_listener(row, table, &old_table, after)) {
        status = V6NF_FULL;
    }
    if (status != V6NF_OK) {
        *row = old;
        *table = old_table;
        return status;
    }
    note_changes(node, index, &old, &old_table, now);
    v6nf_group_settle(node, index);
    return V6NF_OK;
}

enum v6nf_status v6nf_multicast_join(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now)
{
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    const struct v6nf_filter everything = {.mode = V6NF_FILTER_EXCLUDE};
    return v6nf_multicast_filter(node, group, &nothing, &everything, now);
}

enum v6nf_status v6nf_multicast_leave(struct v6nf_node *node, const struct v6nf_address *group, uint64_t now)
{
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    const struct v6nf_filter everything = {.mode = V6NF_FILTER_EXCLUDE};
    return v6nf_multicast_filter(node, group, &everything, &nothing, now);
}
#endif

void v6nf_multicast_set_hop_limit(struct v6nf_node *node, uint8_t hop_limit)
{
    node->multicast_hop_limit = hop_limit;
}
