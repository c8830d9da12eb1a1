/* mld.c: Multicast Listener Discovery for listeners: reports of the node's groups to routers and switches (RFC 9777, 6
 * and 8.2; RFC 2710, 4 and 5, if the querier supports version 1 only; RFC 3590).
 *
 * Each group has two timers: for its next State Change Report and for its answer to a Query. A Report contains the
 * groups whose timer has expired, as many as fit. */
#include "mld.h"

#include "v6nf/wire/mld.h"

#include "../base/random.h"
#include "../state/group.h"
#include "../state/own_address.h"

#if V6NF_MLD
/* RFC 9777, 9; RFC 2710, 7.10. */
#define ROBUSTNESS_VARIABLE 2u
#define QUERY_INTERVAL 125u /* seconds */
#define UNSOLICITED_REPORT_INTERVAL V6NF_SECOND
#define UNSOLICITED_REPORT_INTERVAL_V1 (10u * V6NF_SECOND)

/* Minimum time in milliseconds for the answers to a General Query of version 1, one packet for each group. */
#define GENERAL_DELAY_MIN_V1 1000u

void v6nf_mld_init(struct v6nf_node *node)
{
    node->mld.robustness = ROBUSTNESS_VARIABLE;
    node->mld.interval = QUERY_INTERVAL;
    node->mld.general_due = V6NF_NEVER;
}

/* RFC 9777, 8.2.1: Host Compatibility Mode. */
static bool is_version_1(const struct v6nf_node *node, uint64_t now)
{
    return now < node->mld.v1_until;
}

static void set_response(struct v6nf_node *node, uint32_t group, uint64_t due)
{
    if (due < group_response_due(node, group)) {
        group_set_response(node, group, due);
        set_due(node, due);
    }
}

void v6nf_mld_changed(struct v6nf_node *node, uint32_t group, uint64_t now)
{
    group_set_change(node, group, now);
    set_due(node, now);
}

/* Report the whole state of a group with listeners. */
static void report_group(struct v6nf_node *node, uint32_t group, uint64_t now)
{
    node->mld.groups[group].changes = node->mld.robustness;
    v6nf_mld_changed(node, group, now);
}

/* Decrement a counter. Return true if it is not 0. */
static bool spend(uint8_t *counter)
{
    if (*counter != 0u) {
        --*counter;
    }
    return *counter != 0u;
}

/* Count a written State Change Report of the group, for the group and for each of its sources. Another one is due at
 * *next: choose a time within `interval` if it is V6NF_NEVER. */
static void spend_changes(struct v6nf_node *node, uint32_t index, uint64_t *next, uint64_t interval, uint64_t now)
{
    struct v6nf_group *group = &node->mld.groups[index];
    uint32_t count = 0;
    struct v6nf_group_source *sources = v6nf_group_sources(node, index, &count);
    bool more = spend(&group->changes);
    for (uint32_t i = 0; i < count; i++) {
        more |= spend(&sources[i].changes);
    }
    if (more && *next == V6NF_NEVER) {
        *next = now + 1u + v6nf_random(node, (uint32_t)interval);
    }
    group_set_change(node, index, more ? *next : V6NF_NEVER);
    set_due(node, group_change_due(node, index));
}

static void cancel_changes(struct v6nf_node *node, uint32_t index)
{
    uint32_t count = 0;
    struct v6nf_group_source *sources = v6nf_group_sources(node, index, &count);
    node->mld.groups[index].changes = 0;
    for (uint32_t i = 0; i < count; i++) {
        sources[i].changes = 0;
    }
    group_set_change(node, index, V6NF_NEVER);
}

/* Cancel all that is due for the group. */
static void cancel_reports(struct v6nf_node *node, uint32_t index)
{
    cancel_changes(node, index);
    group_set_response(node, index, V6NF_NEVER);
    node->mld.groups[index].asked_count = 0;
}

/* -- Activities of all groups -------------------------------------------------------------------------------------- */

#if V6NF_GROUPS_INDEXED
/* Groups that are processed in one tick. */
#define STEP 64u

/* Minimum time between the answers to two General Queries, for each STEP groups. Else each Query, a small packet, could
 * cause many. */
#define STEP_INTERVAL (V6NF_SECOND / 100u)

bool v6nf_mld_is_current(struct v6nf_node *node, uint32_t group)
{
    struct v6nf_group *row = &node->mld.groups[group];
    if (row->mode == node->mld.mode) {
        return true;
    }
    row->mode = node->mld.mode;
    cancel_reports(node, group);
    return false;
}

/* Cancel all Reports: v6nf_mld_is_current() does it for each group. */
static void cancel_all(struct v6nf_node *node)
{
    node->mld.mode++;
    for (uint32_t i = 0; i < V6NF_GROUP_WALKS; i++) {
        node->mld.index.walks[i] = V6NF_LINK_NONE;
    }
}

static void begin_walk(struct v6nf_node *node, enum v6nf_group_walk walk)
{
    node->mld.index.walks[walk] = node->mld.index.lists[V6NF_GROUP_USED].oldest;
    set_due(node, 0u);
}

/* Return the next group of a walk, V6NF_LINK_NONE at its end. */
static uint32_t step(struct v6nf_node *node, enum v6nf_group_walk walk)
{
    uint32_t *next = &node->mld.index.walks[walk];
    const uint32_t group = *next;
    if (group != V6NF_LINK_NONE) {
        *next = node->mld.index.links[group].newer;
        (void)v6nf_mld_is_current(node, group);
    }
    return group;
}

void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now)
{
    (void)now;
    begin_walk(node, V6NF_GROUP_WALK_CHANGES);
}

static void step_changes(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < STEP; i++) {
        const uint32_t group = step(node, V6NF_GROUP_WALK_CHANGES);
        if (group == V6NF_LINK_NONE) {
            return;
        }
        report_group(node, group, now);
    }
}
#else
static void cancel_all(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        cancel_reports(node, i);
    }
}

void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (v6nf_group_is_used(node, i)) {
            report_group(node, i, now);
        }
    }
}
#endif

/* -- Messages received --------------------------------------------------------------------------------------------- */

bool v6nf_mld_is_message(const struct packet *packet)
{
    return packet->upper < packet->end && v6nf_mld_is_type(packet->frame[packet->upper]);
}

/* Return a random time within the next `delay` milliseconds. */
static uint64_t random_time(struct v6nf_node *node, uint32_t delay, uint64_t now)
{
    return now + (uint64_t)v6nf_random(node, delay) * 1000u;
}

/* Add the sources of the Query to those of the group's answer. Return false if they do not fit. */
static bool add_asked(struct v6nf_node *node, uint32_t index, const struct v6nf_mld_query *query)
{
    struct v6nf_group *group = &node->mld.groups[index];
    for (uint32_t i = 0; i < query->sources_count; i++) {
        const uint8_t *source = query->sources + V6NF_ADDRESS_SIZE * i;
        uint32_t at = 0;
        if (index >= V6NF_GROUPS) {
            return false;
        }
        struct v6nf_address *asked = node->mld.filters[index].asked;
        while (at < group->asked_count && !v6nf_address_equal(asked[at].bytes, source)) {
            at++;
        }
        if (at == V6NF_GROUP_SOURCES) {
            return false;
        }
        if (at == group->asked_count) {
            v6nf_address_copy(asked[at].bytes, source);
            group->asked_count++;
        }
    }
    return true;
}

/* Merge the answers to several Queries about a group. The answer is about the whole group if one of them asks for that,
 * or if the sources do not fit (RFC 9777, 6.2, rules 3 to 5). */
static void group_query(struct v6nf_node *node, uint32_t index, const struct v6nf_mld_query *query, uint64_t due)
{
    struct v6nf_group *group = &node->mld.groups[index];
    bool whole = group_response_due(node, index) != V6NF_NEVER && group->asked_count == 0u;
    if (whole || query->sources_count == 0u || !add_asked(node, index, query)) {
        group->asked_count = 0;
    }
    set_response(node, index, due);
}

/* Return the index of a group with listeners, NO_GROUP if the node does not listen to it. */
static uint32_t find_used(struct v6nf_node *node, const uint8_t *group)
{
    uint32_t index = v6nf_group_find(node, group);
    if (index == NO_GROUP || !v6nf_group_is_used(node, index)) {
        return NO_GROUP;
    }
    (void)v6nf_mld_is_current(node, index);
    return index;
}

static void set_general(struct v6nf_node *node, uint64_t due)
{
#if V6NF_GROUPS_INDEXED
    due = due > node->mld.general_after ? due : node->mld.general_after;
#endif
    node->mld.general_due = due;
    set_due(node, due);
}

/* RFC 9777, 6.2, rules 1 and 2. */
static void query_v2(struct v6nf_node *node, const struct v6nf_mld_query *query, uint64_t now)
{
    uint64_t due = random_time(node, query->response_delay, now);
    if (node->mld.general_due <= due) {
        return;
    }
    if (v6nf_address_is_unspecified(query->group)) {
        set_general(node, due);
        return;
    }
    uint32_t index = find_used(node, query->group);
    if (index != NO_GROUP) {
        group_query(node, index, query, due);
    }
}

/* Give each group its own delay of at most `delay` milliseconds (RFC 2710, 4). Change a running one only for a Query
 * that wants the answer before its end, so that more Queries do not cause more Reports. */
static void query_group_v1(struct v6nf_node *node, uint32_t index, uint32_t delay, uint64_t now)
{
    if (now + (uint64_t)delay * 1000u < group_response_due(node, index)) {
        set_response(node, index, random_time(node, delay, now));
    }
}

static void query_all_v1(struct v6nf_node *node, uint32_t delay, uint64_t now)
{
#if V6NF_GROUPS_INDEXED
    /* A walk that is about to begin serves several Queries. */
    const bool is_first = node->mld.general_due == V6NF_NEVER;
    node->mld.general_delay = is_first || delay < node->mld.general_delay ? delay : node->mld.general_delay;
    set_general(node, now);
#else
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (v6nf_group_is_used(node, i)) {
            query_group_v1(node, i, delay, now);
        }
    }
#endif
}

static void query_v1(struct v6nf_node *node, const struct v6nf_mld_query *query, uint64_t now)
{
    uint32_t delay = query->response_delay;
    if (v6nf_address_is_unspecified(query->group)) {
        query_all_v1(node, delay < GENERAL_DELAY_MIN_V1 ? GENERAL_DELAY_MIN_V1 : delay, now);
        return;
    }
    uint32_t index = find_used(node, query->group);
    if (index != NO_GROUP) {
        query_group_v1(node, index, delay, now);
    }
}

/* Begin or extend the time in version 1: its querier is present (RFC 9777, 8.2.1 and 9.12). */
static void enter_version_1(struct v6nf_node *node, uint32_t response_delay, uint64_t now)
{
    if (!is_version_1(node, now)) {
        node->mld.general_due = V6NF_NEVER;
        cancel_all(node);
    }
    node->mld.v1_until =
        now + (uint64_t)node->mld.robustness * node->mld.interval * V6NF_SECOND + (uint64_t)response_delay * 1000u;
}

static uint32_t query_input(struct v6nf_node *node, const uint8_t *message, uint32_t length, uint64_t now)
{
    struct v6nf_mld_query query;
    if (!v6nf_mld_read_query(message, length, &query)) {
        return drop(node, V6NF_DROP_MLD_INVALID);
    }
    if (query.version == 1u) {
        enter_version_1(node, query.response_delay, now);
    } else {
        /* Use defaults for what the Query leaves out. Fewer than two Reports never suffice (RFC 9777, 9.1). */
        node->mld.robustness =
            (uint8_t)(query.robustness > ROBUSTNESS_VARIABLE ? query.robustness : ROBUSTNESS_VARIABLE);
        node->mld.interval = query.interval != 0u ? query.interval : QUERY_INTERVAL;
    }
    if (is_version_1(node, now)) {
        query_v1(node, &query, now);
    } else {
        query_v2(node, &query, now);
    }
    return deliver(node);
}

/* Process a Report of another node: one for a group is enough (RFC 2710, 4). Ignore the node's own, looped back. */
static uint32_t report_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    const uint32_t length = packet->end - packet->upper;
    const uint8_t *address = v6nf_mld_read_v1(message, length);
    if (address == NULL) {
        return drop(node, V6NF_DROP_MLD_INVALID);
    }
    uint32_t index = is_version_1(node, packet->now) ? find_used(node, address) : NO_GROUP;
    if (index == NO_GROUP || v6nf_own_address_is_claimed(node, packet->frame + PACKET + V6NF_IPV6_SOURCE)) {
        return deliver(node);
    }
    if (group_response_due(node, index) != V6NF_NEVER || group_is_changing(node, index)) {
        group_set_response(node, index, V6NF_NEVER);
        cancel_changes(node, index);
        node->mld.groups[index].reporter = false;
    }
    return deliver(node);
}

uint32_t v6nf_mld_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    uint8_t type = message[V6NF_ICMPV6_TYPE];
    if (type != V6NF_MLD_QUERY && type != V6NF_MLD_REPORT_V1) {
        return drop(node, V6NF_DROP_ICMPV6_TYPE);
    }
    if (!v6nf_mld_check(packet->frame + PACKET, packet->end - PACKET, packet->upper - PACKET)) {
        return drop(node, V6NF_DROP_MLD_INVALID);
    }
    if (type == V6NF_MLD_QUERY) {
        return query_input(node, message, length, packet->now);
    }
    return report_input(node, packet);
}

/* -- Messages sent ------------------------------------------------------------------------------------------------- */

/* Return the source of Reports: :: until there is a link-local address (RFC 3590, 4). */
static const uint8_t *source_address(const struct v6nf_node *node)
{
    static const struct v6nf_address unspecified = {{0}};
    bool is_ready = node->addresses[0].state == V6NF_ADDRESS_PREFERRED;
    return is_ready ? node->addresses[0].address.bytes : unspecified.bytes;
}

/* Send the packet of `size` bytes. */
static uint32_t leave_to_group(struct v6nf_node *node, uint8_t *frame, uint32_t size)
{
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, frame + PACKET + V6NF_IPV6_DESTINATION);
    count(node, V6NF_GROUP_REPORTS);
    return finish_frame(node, frame, PACKET + size);
}

/* Add a record with the whole filter of a group. */
static void add_state(struct v6nf_node *node, struct v6nf_mld_report *report, uint32_t index,
                      enum v6nf_mld_record include, enum v6nf_mld_record exclude)
{
    const struct v6nf_group *group = &node->mld.groups[index];
    uint32_t count = 0;
    const struct v6nf_group_source *sources = v6nf_group_sources(node, index, &count);
    v6nf_mld_add_record(report, group->excluding == 0u ? include : exclude, group->address.bytes);
    for (uint32_t i = 0; i < count; i++) {
        if (group_lists_source(group, &sources[i])) {
            v6nf_mld_add_source(report, sources[i].address.bytes);
        }
    }
}

/* Add a record with the changed sources that are wanted (ALLOW), or are not (BLOCK). Add none without such sources. */
static void add_sources(struct v6nf_node *node, struct v6nf_mld_report *report, uint32_t index,
                        enum v6nf_mld_record type)
{
    const struct v6nf_group *group = &node->mld.groups[index];
    uint32_t count = 0;
    const struct v6nf_group_source *sources = v6nf_group_sources(node, index, &count);
    bool is_first = true;
    for (uint32_t i = 0; i < count; i++) {
        bool is_wanted = group_lists_source(group, &sources[i]) == (group->excluding == 0u);
        if (sources[i].changes == 0u || is_wanted != (type == V6NF_MLD_ALLOW)) {
            continue;
        }
        if (is_first) {
            v6nf_mld_add_record(report, type, group->address.bytes);
            is_first = false;
        }
        v6nf_mld_add_source(report, sources[i].address.bytes);
    }
}

/* Add the changes of a group (RFC 9777, 6.1). *next: see spend_changes(). */
static void add_changes(struct v6nf_node *node, struct v6nf_mld_report *report, uint32_t index, uint64_t *next,
                        uint64_t now)
{
    if (node->mld.groups[index].changes != 0u) {
        add_state(node, report, index, V6NF_MLD_TO_INCLUDE, V6NF_MLD_TO_EXCLUDE);
    } else {
        add_sources(node, report, index, V6NF_MLD_ALLOW);
        add_sources(node, report, index, V6NF_MLD_BLOCK);
    }
    spend_changes(node, index, next, UNSOLICITED_REPORT_INTERVAL, now);
}

/* Add the answer of a group: its whole state, or the wanted ones of the sources asked for (RFC 9777, 6.3). */
static void add_answer(struct v6nf_node *node, struct v6nf_mld_report *report, uint32_t index)
{
    struct v6nf_group *group = &node->mld.groups[index];
    uint32_t asked_count = group->asked_count;
    bool is_first = true;
    group_set_response(node, index, V6NF_NEVER);
    group->asked_count = 0;
    if (!v6nf_group_is_used(node, index)) {
        return;
    }
    if (asked_count == 0u) {
        add_state(node, report, index, V6NF_MLD_IS_INCLUDE, V6NF_MLD_IS_EXCLUDE);
        return;
    }
    for (uint32_t i = 0; i < asked_count; i++) {
        const uint8_t *asked = node->mld.filters[index].asked[i].bytes;
        if (!v6nf_group_wants(node, index, asked)) {
            continue;
        }
        if (is_first) {
            v6nf_mld_add_record(report, V6NF_MLD_IS_INCLUDE, group->address.bytes);
            is_first = false;
        }
        v6nf_mld_add_source(report, asked);
    }
}

/* Send the Report. Return 0 if it has no records. */
static uint32_t send_report(struct v6nf_node *node, uint8_t *frame, struct v6nf_mld_report *report)
{
    return report->records != 0u ? leave_to_group(node, frame, v6nf_mld_finish(report, source_address(node))) : 0u;
}

/* Return true if the Report has space for one more group: two records, and all sources. */
static bool has_space(const struct v6nf_mld_report *report)
{
    return v6nf_mld_has_room(report, 2u, V6NF_GROUP_SOURCES);
}

#if V6NF_GROUPS_INDEXED
/* Return the group whose change, or whose answer, was due first of all that are due, NO_GROUP if none is. */
static uint32_t first_due(const struct v6nf_node *node, bool changes, uint64_t now)
{
    const struct v6nf_group_index *index = &node->mld.index;
    const struct v6nf_timer *timers = changes ? index->changes : index->responses;
    const uint32_t count = changes ? index->changes_count : index->responses_count;
    return v6nf_timer_next_due(timers, count) <= now ? v6nf_timer_first(timers, count) : NO_GROUP;
}

/* Return the next group whose answer is due: to a Query about it, else to a General Query. */
static uint32_t next_answer(struct v6nf_node *node, uint64_t now)
{
    uint32_t group = first_due(node, false, now);
    if (group != NO_GROUP) {
        return group;
    }
    group = step(node, V6NF_GROUP_WALK_RESPONSES);
    if (group == V6NF_LINK_NONE) {
        return NO_GROUP;
    }
    node->mld.groups[group].asked_count = 0;
    return group;
}

/* Write a Report of the changes that are due, or of the answers. Return 0 if there are none. Groups that do not fit
 * stay due. The changes of one Report are reported again together. */
static uint32_t report_v2(struct v6nf_node *node, uint8_t *frame, bool changes, uint64_t now)
{
    struct v6nf_mld_report report;
    uint64_t next = V6NF_NEVER;
    v6nf_mld_start(&report, frame + PACKET, V6NF_IPV6_MTU_MIN);
    for (uint32_t i = 0; i < STEP && has_space(&report); i++) {
        const uint32_t group = changes ? first_due(node, true, now) : next_answer(node, now);
        if (group == NO_GROUP) {
            break;
        }
        if (!v6nf_mld_is_current(node, group)) {
            continue;
        }
        if (changes) {
            add_changes(node, &report, group, &next, now);
        } else {
            add_answer(node, &report, group);
        }
    }
    return send_report(node, frame, &report);
}

/* Begin to answer a General Query for all groups. */
static void answer_for_all(struct v6nf_node *node, uint64_t now)
{
    if (node->mld.index.walks[V6NF_GROUP_WALK_RESPONSES] == V6NF_LINK_NONE && node->mld.general_due <= now) {
        node->mld.general_due = V6NF_NEVER;
        node->mld.general_after = now + node->mld.index.lists[V6NF_GROUP_USED].count / STEP * STEP_INTERVAL;
        begin_walk(node, V6NF_GROUP_WALK_RESPONSES);
    }
}

/* Give more groups their delays for a General Query of version 1. */
static void delay_answers(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < STEP; i++) {
        const uint32_t group = step(node, V6NF_GROUP_WALK_RESPONSES);
        if (group == V6NF_LINK_NONE) {
            return;
        }
        query_group_v1(node, group, node->mld.general_delay, now);
    }
}
#else
/* Write a Report of the changes that are due, or of the answers. Return 0 if there are none. */
static uint32_t report_v2(struct v6nf_node *node, uint8_t *frame, bool changes, uint64_t now)
{
    struct v6nf_mld_report report;
    v6nf_mld_start(&report, frame + PACKET, V6NF_IPV6_MTU_MIN);
    /* Groups that do not fit stay due. */
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL && has_space(&report); i++) {
        if (changes && node->mld.groups[i].change_due <= now) {
            uint64_t next = V6NF_NEVER;
            add_changes(node, &report, i, &next, now);
        } else if (!changes && node->mld.groups[i].response_due <= now) {
            add_answer(node, &report, i);
        }
    }
    return send_report(node, frame, &report);
}

/* Make the answers of all groups due, for a General Query. */
static void answer_for_all(struct v6nf_node *node, uint64_t now)
{
    if (node->mld.general_due > now) {
        return;
    }
    node->mld.general_due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        if (v6nf_group_is_used(node, i)) {
            node->mld.groups[i].asked_count = 0;
            set_response(node, i, now);
        }
    }
}
#endif

static uint32_t tick_v2(struct v6nf_node *node, uint8_t *frame, uint64_t now)
{
    answer_for_all(node, now);
    uint32_t length = report_v2(node, frame, true, now);
    return length != 0u ? length : report_v2(node, frame, false, now);
}

/* Write what is due for one group in version 1. Return 0 if nothing is. */
static uint32_t report_v1(struct v6nf_node *node, uint32_t index, uint8_t *frame, uint64_t now)
{
    struct v6nf_group *group = &node->mld.groups[index];
    bool is_used = v6nf_group_is_used(node, index);
    bool was_reporter = group->reporter;
    if (group_change_due(node, index) > now && group_response_due(node, index) > now) {
        return 0;
    }
    if (is_used && group_change_due(node, index) <= now) {
        uint64_t next = V6NF_NEVER;
        spend_changes(node, index, &next, UNSOLICITED_REPORT_INTERVAL_V1, now);
    }
    if (!is_used) {
        cancel_changes(node, index);
    }
    group_set_response(node, index, V6NF_NEVER);
    group->asked_count = 0;
    group->reporter = is_used;
    /* Only the last reporter sends Done: another listener may be present (RFC 2710, 4). */
    if (!is_used && !was_reporter) {
        return 0;
    }
    return leave_to_group(node, frame,
                          v6nf_mld_write_v1(frame + PACKET, is_used ? V6NF_MLD_REPORT_V1 : V6NF_MLD_DONE,
                                            group->address.bytes, source_address(node)));
}

#if V6NF_GROUPS_INDEXED
static uint32_t tick_v1(struct v6nf_node *node, uint8_t *frame, uint64_t now)
{
    uint32_t length = 0;
    answer_for_all(node, now);
    delay_answers(node, now);
    for (uint32_t i = 0; i < STEP && length == 0u; i++) {
        uint32_t group = first_due(node, true, now);
        group = group != NO_GROUP ? group : first_due(node, false, now);
        if (group == NO_GROUP) {
            return 0;
        }
        length = v6nf_mld_is_current(node, group) ? report_v1(node, group, frame, now) : 0u;
    }
    return length;
}
#else
static uint32_t tick_v1(struct v6nf_node *node, uint8_t *frame, uint64_t now)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL && length == 0u; i++) {
        length = report_v1(node, i, frame, now);
    }
    return length;
}
#endif

uint32_t v6nf_mld_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    (void)capacity; /* is enough: v6nf_node_tick() */
    if (interface_is_disabled(node)) {
        return 0;
    }
#if V6NF_GROUPS_INDEXED
    step_changes(node, now);
#endif
    return is_version_1(node, now) ? tick_v1(node, frame, now) : tick_v2(node, frame, now);
}

uint64_t v6nf_mld_due(const struct v6nf_node *node)
{
    uint64_t due = node->mld.general_due;
    if (interface_is_disabled(node)) {
        return V6NF_NEVER;
    }
#if V6NF_GROUPS_INDEXED
    const struct v6nf_group_index *index = &node->mld.index;
    for (uint32_t i = 0; i < V6NF_GROUP_WALKS; i++) {
        due = index->walks[i] != V6NF_LINK_NONE ? 0u : due;
    }
    due = earlier(due, v6nf_timer_next_due(index->changes, index->changes_count));
    return earlier(due, v6nf_timer_next_due(index->responses, index->responses_count));
#else
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        const struct v6nf_group *group = &node->mld.groups[i];
        due = group->change_due < due ? group->change_due : due;
        due = group->response_due < due ? group->response_due : due;
    }
    return due;
#endif
}
#endif
