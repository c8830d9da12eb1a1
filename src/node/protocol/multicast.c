/* multicast.c: the multicast groups that the node is in, and from whom it takes their packets (RFC 9777, 4). */
#include "v6nf/multicast.h"

#include <string.h>

#include "../base/internal.h"

#if V6NF_GROUPS > 0u
#define NO_GROUP V6NF_GROUPS_ALL

#define SCOPE_LINK_LOCAL 2u

/* How many places for sources a group has. */
static uint32_t sources_count(uint32_t group)
{
    return group < V6NF_GROUPS ? V6NF_GROUP_SOURCES : 0u;
}

struct v6nf_group_source *v6nf_multicast_sources(struct v6nf_node *node, uint32_t group, uint32_t *count)
{
    *count = sources_count(group);
    return *count != 0u ? node->mld.filters[group].sources : NULL;
}

bool v6nf_multicast_is_used(const struct v6nf_node *node, uint32_t group)
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

uint32_t v6nf_multicast_find(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t i = 0;
    while (i < V6NF_GROUPS_ALL && !v6nf_address_equal(node->mld.groups[i].address.bytes, group)) {
        i++;
    }
    return i;
}

bool v6nf_multicast_wants(const struct v6nf_node *node, uint32_t group, const uint8_t *source)
{
    const struct v6nf_group *row = &node->mld.groups[group];
    for (uint32_t i = 0; i < sources_count(group); i++) {
        const struct v6nf_group_source *listed = &node->mld.filters[group].sources[i];
        if (source_is_listed(row, listed) && v6nf_address_equal(listed->address.bytes, source)) {
            return row->excluding == 0u;
        }
    }
    return row->excluding != 0u;
}

/* A Query or Report about the group comes to the group, and is for the node whatever its listeners want. */
static bool is_mld(const uint8_t *ipv6, uint32_t size)
{
    uint32_t at = v6nf_mld_find(ipv6, size);
    return at != 0u && at < size && v6nf_mld_is_type(ipv6[at]);
}

/* A place for a group among those from index `first` to `end`: one that is free, else one that has been left, of which
 * routers will then hear less often than they should, or by their own timers. NO_GROUP if all are in use. */
static uint32_t find_place(const struct v6nf_node *node, uint32_t first, uint32_t end)
{
    uint32_t place = NO_GROUP;
    for (uint32_t i = first; i < end; i++) {
        if (v6nf_multicast_is_used(node, i)) {
            continue;
        }
        if (!v6nf_mld_is_changing(node, i)) {
            return i;
        }
        place = i;
    }
    return place;
}

static void reset(struct v6nf_node *node, uint32_t group, const uint8_t *address)
{
    node->mld.groups[group] = (struct v6nf_group){.change_due = V6NF_NEVER, .response_due = V6NF_NEVER};
    v6nf_address_copy(node->mld.groups[group].address.bytes, address);
    if (group < V6NF_GROUPS) {
        memset(&node->mld.filters[group], 0, sizeof node->mld.filters[group]);
    }
}

/* -- The groups that go with the node's addresses ------------------------------------------------------------------ */

#if V6NF_MLD
void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    struct v6nf_address group;
    v6nf_address_solicited_node(group.bytes, address);
    uint32_t index = v6nf_multicast_find(node, group.bytes);
    if (index == NO_GROUP) {
        index = find_place(node, V6NF_GROUPS, V6NF_GROUPS_ALL);
        if (index == NO_GROUP) {
            return; /* cannot be: there are as many as addresses */
        }
        reset(node, index, group.bytes);
    }
    struct v6nf_group *row = &node->mld.groups[index];
    row->excluding++;
    if (row->excluding == 1u) {
        row->changes = node->mld.robustness;
        v6nf_mld_changed(node, index, now);
    }
}

void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address)
{
    struct v6nf_address group;
    v6nf_address_solicited_node(group.bytes, address);
    uint32_t index = v6nf_multicast_find(node, group.bytes);
    if (index == NO_GROUP || node->mld.groups[index].excluding == 0u) {
        return;
    }
    struct v6nf_group *row = &node->mld.groups[index];
    row->excluding--;
    if (row->excluding == 0u) {
        row->changes = node->mld.robustness;
        v6nf_mld_changed(node, index, 0u); /* at once */
    }
}
#endif

/* -- The program's groups ------------------------------------------------------------------------------------------ */

static bool is_joinable(const uint8_t *group)
{
    return v6nf_address_is_multicast(group) && (group[1] & 0xFu) >= SCOPE_LINK_LOCAL &&
           !v6nf_address_is_all_nodes(group) && !v6nf_address_is_solicited_node(group);
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

/* True if listeners name the source, or something is to be said of it. */
static bool is_busy(const struct v6nf_group_source *source)
{
    return source->including != 0u || source->excluding != 0u || source->changes != 0u;
}

/* A place for a source: one that was free in the `old` filter, too, else that of one that nobody names any more. */
static struct v6nf_group_source *make_source(struct v6nf_group_filter *table, const struct v6nf_group_filter *old,
                                             const uint8_t *address)
{
    struct v6nf_group_source *place = NULL;
    bool found = false;
    for (uint32_t i = 0; i < V6NF_GROUP_SOURCES && !found; i++) {
        struct v6nf_group_source *source = &table->sources[i];
        if (source->including == 0u && source->excluding == 0u) {
            place = source;
            found = !is_busy(&old->sources[i]);
        }
    }
    if (place != NULL) {
        *place = (struct v6nf_group_source){0};
        v6nf_address_copy(place->address.bytes, address);
    }
    return place;
}

/* Takes one from a counter. Returns false if there is none. */
static bool take(uint16_t *counter)
{
    if (*counter == 0u) {
        return false;
    }
    --*counter;
    return true;
}

static bool add(uint16_t *counter)
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
    if (excludes && !take(&group->excluding)) {
        return false;
    }
    for (uint32_t i = 0; i < filter->sources_count; i++) {
        struct v6nf_group_source *source = find_source(table, filter->sources[i].bytes);
        if (source == NULL || !take(excludes ? &source->excluding : &source->including)) {
            return false;
        }
    }
    return true;
}

static bool add_listener(struct v6nf_group *group, struct v6nf_group_filter *table, const struct v6nf_group_filter *old,
                         const struct v6nf_filter *filter)
{
    bool excludes = filter->mode == V6NF_FILTER_EXCLUDE;
    if (excludes && !add(&group->excluding)) {
        return false;
    }
    for (uint32_t i = 0; i < filter->sources_count; i++) {
        struct v6nf_group_source *source = find_source(table, filter->sources[i].bytes);
        if (source == NULL) {
            source = make_source(table, old, filter->sources[i].bytes);
        }
        if (source == NULL || !add(excludes ? &source->excluding : &source->including)) {
            return false;
        }
    }
    return true;
}

/* True if a source of the filter as it was has lost its place to another while something was to be said of it. */
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

/* Notes what is to be reported (RFC 9777, 6.1): a new mode, or what could not be told otherwise, by the whole state;
 * else the sources that are listed now and were not, or the other way round. */
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
        if (source_is_listed(group, source) != source_is_listed(old, &old_table->sources[i])) {
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

/* Make a slot for a group that has none. Return its index, NO_GROUP if there is no room. */
static uint32_t make_group(struct v6nf_node *node, const uint8_t *address)
{
    uint32_t index = find_place(node, 0u, V6NF_GROUPS);
    if (index != NO_GROUP) {
        reset(node, index, address);
    }
    return index;
}

enum v6nf_status v6nf_multicast_filter(struct v6nf_node *node, const struct v6nf_address *group,
                                       const struct v6nf_filter *before, const struct v6nf_filter *after, uint64_t now)
{
    if (!is_joinable(group->bytes) || check_filter(before) != V6NF_OK) {
        return V6NF_INVALID;
    }
    enum v6nf_status status = check_filter(after);
    if (status != V6NF_OK) {
        return status;
    }
    uint32_t index = v6nf_multicast_find(node, group->bytes);
    if (index == NO_GROUP) {
        /* Make a slot only for a filter that uses it: the slot may still have the leave Reports of another group. */
        if (!wants_nothing(before)) {
            return V6NF_INVALID;
        }
        if (wants_nothing(after)) {
            return V6NF_OK;
        }
        index = make_group(node, group->bytes);
    }
    if (index == NO_GROUP) {
        return V6NF_FULL;
    }
    struct v6nf_group *row = &node->mld.groups[index];
    struct v6nf_group_filter *table = &node->mld.filters[index];
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

/* Why the node does not take the packet; V6NF_COUNTER_COUNT if it does. */
static enum v6nf_counter reason_to_drop(const struct v6nf_node *node, const uint8_t *ipv6, uint32_t size, uint64_t now)
{
    const uint8_t *destination = ipv6 + V6NF_IPV6_DESTINATION;
#if V6NF_OPTIMISTIC || V6NF_ANYCAST
    uint32_t own = interface_find(node, destination);
    if (own != NO_ADDRESS && interface_takes(node, own) && !interface_is_over(node, own, now)) {
        return V6NF_COUNTER_COUNT;
    }
#endif
#if V6NF_GROUPS > 0u
    uint32_t group = v6nf_multicast_find(node, destination);
    if (group >= V6NF_GROUPS || !v6nf_multicast_is_used(node, group) || interface_is_disabled(node)) {
        return V6NF_DROP_NOT_OURS;
    }
    bool is_wanted = v6nf_multicast_wants(node, group, ipv6 + V6NF_IPV6_SOURCE) || is_mld(ipv6, size);
    return is_wanted ? V6NF_COUNTER_COUNT : V6NF_DROP_GROUP_SOURCE;
#else
    (void)node, (void)destination, (void)size, (void)now;
    return V6NF_DROP_NOT_OURS;
#endif
}

uint32_t v6nf_multicast_input(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now)
{
    enum v6nf_counter cause = reason_to_drop(node, frame + PACKET, end - PACKET, now);
    if (cause != V6NF_COUNTER_COUNT) {
        return drop(node, cause);
    }
    struct packet packet = {
        .frame = frame,
        .capacity = capacity,
        .end = end,
        .upper = UPPER,
        .next_header_at = PACKET + V6NF_IPV6_NEXT_HEADER,
        .now = now,
    };
    return v6nf_ext_input(node, &packet);
}

void v6nf_multicast_set_hop_limit(struct v6nf_node *node, uint8_t hop_limit)
{
    node->multicast_hop_limit = hop_limit;
}
