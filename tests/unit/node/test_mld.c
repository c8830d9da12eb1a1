/* test_mld.c: multicast groups of the program, and Multicast Listener Discovery (RFC 9777, RFC 2710, RFC 3590). */
#include "v6nf/config.h"

#if V6NF_GROUPS == 0u
int main(void)
{
    return 0; /* a program without groups: the node has none of this */
}
#else
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "v6nf/multicast.h"

#define GROUP "ff02::fb"
#define GROUP_2 "ff0e::1:2"
#define OWN_GROUP "ff02::1:ff00:1" /* of NODE_LINK_LOCAL and NODE_GLOBAL */
#define SOURCE_A "2001:db8::a"
#define SOURCE_B "2001:db8:1::b"
#define ROUTER "fe80::fe"
#define ROUTER_MAC "02:00:00:00:00:fe"
#define PORT 7000u

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;
static unsigned datagrams;
static uint8_t query_interval; /* code of the Query Interval (QQIC) in Queries of the tests */

static uint32_t answer(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    datagrams++;
    return datagram->length;
}

/* Start a node whose addresses are in use and reported. From here on its MLD messages count. */
static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, answer, NULL), V6NF_OK);
    datagrams = 0;
    query_interval = 125;
    f.keep_mld = true;
    fixture_mark(&f);
    return 0;
}

/* -- The program's calls ------------------------------------------------------------------------------------------- */

static enum v6nf_status join(const char *group)
{
    struct v6nf_address address = test_address_of(group);
    return v6nf_multicast_join(&f.node, &address, f.now);
}

static enum v6nf_status leave(const char *group)
{
    struct v6nf_address address = test_address_of(group);
    return v6nf_multicast_leave(&f.node, &address, f.now);
}

/* Read a filter from text: "include", or "exclude", and addresses. */
static void read_filter(struct v6nf_filter *filter, struct v6nf_address *sources, const char *text)
{
    char copy[300];
    snprintf(copy, sizeof copy, "%s", text);
    char *word = strtok(copy, " ");
    *filter = (struct v6nf_filter){.mode = V6NF_FILTER_INCLUDE, .sources = sources};
    if (strcmp(word, "exclude") == 0) {
        filter->mode = V6NF_FILTER_EXCLUDE;
    }
    for (word = strtok(NULL, " "); word != NULL; word = strtok(NULL, " ")) {
        sources[filter->sources_count] = test_address_of(word);
        filter->sources_count++;
    }
}

static enum v6nf_status change_filter(const char *group, const char *before, const char *after)
{
    struct v6nf_address address = test_address_of(group);
    struct v6nf_address sources[2][8];
    struct v6nf_filter filters[2];
    read_filter(&filters[0], sources[0], before);
    read_filter(&filters[1], sources[1], after);
    return v6nf_multicast_filter(&f.node, &address, &filters[0], &filters[1], f.now);
}

/* Send a datagram to a group, from `source`. */
static void send_to(const char *group, const char *source)
{
    frame_udp(&in, test_group_mac(group), f.peer.mac, source, group, 8, 4000, PORT, 5);
    fixture_mark(&f);
    fixture_input(&f, &in);
}

static void assert_accepted(const char *group, const char *source)
{
    unsigned before = datagrams;
    send_to(group, source);
    assert_int_equal(datagrams, before + 1u);
}

static void assert_refused(const char *group, const char *source, enum v6nf_counter cause)
{
    unsigned before = datagrams;
    send_to(group, source);
    assert_int_equal(datagrams, before);
    assert_nothing(&f.out);
    assert_counted(&f, cause, 1);
}

/* -- Reception ----------------------------------------------------------------------------------------------------- */

static void joined_group_is_received_until_it_is_left(void **state)
{
    (void)state;
    assert_refused(GROUP, f.peer.address, V6NF_DROP_NOT_OURS);
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_accepted(GROUP, f.peer.address);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, PORT, 4000, 5);
    assert_frame(&f.out, &expected); /* the reply: from a unicast address, with the default hop limit */
    frame_echo(&in, test_group_mac(GROUP), f.peer.mac, f.peer.address, GROUP, 128, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
    assert_refused(GROUP_2, f.peer.address, V6NF_DROP_NOT_OURS);
    assert_int_equal(leave(GROUP), V6NF_OK);
    assert_refused(GROUP, f.peer.address, V6NF_DROP_NOT_OURS);
}

static void group_is_left_with_its_last_listener(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3u; i++) {
        assert_int_equal(join(GROUP), V6NF_OK);
    }
    for (unsigned i = 0; i < 3u; i++) {
        assert_accepted(GROUP, f.peer.address);
        assert_int_equal(leave(GROUP), V6NF_OK);
    }
    assert_refused(GROUP, f.peer.address, V6NF_DROP_NOT_OURS);
    assert_int_equal(leave(GROUP), V6NF_INVALID);
}

static void groups_that_cannot_be_joined_are_refused(void **state)
{
    static const char *const bad[] = {"::",      "2001:db8::1",    "ff02::1",          "ff00::5",
                                      "ff01::5", "ff12::1:ff00:1", "ff02::1:ff12:3456"};
    (void)state;
    for (unsigned i = 0; i < 7u; i++) {
        /* ff12::1:ff00:1 is no solicited-node address: its flags differ */
        assert_int_equal(join(bad[i]), i == 5u ? V6NF_OK : V6NF_INVALID);
        assert_int_equal(leave(bad[i]), i == 5u ? V6NF_OK : V6NF_INVALID);
    }
    fixture_run_until(&f, f.now + 60u * SECOND);
    for (unsigned i = 0; i < V6NF_GROUPS; i++) {
        char text[40];
        snprintf(text, sizeof text, "ff05::%x", i + 1u);
        assert_int_equal(join(text), V6NF_OK);
    }
    assert_int_equal(join(GROUP), V6NF_FULL);
    assert_refused(GROUP, f.peer.address, V6NF_DROP_NOT_OURS);
    assert_int_equal(join("ff05::1"), V6NF_OK); /* a second listener needs no slot */
    /* The slot of a left group is free at once, although two reports are due. */
    assert_int_equal(leave("ff05::2"), V6NF_OK);
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_accepted(GROUP, f.peer.address);
    assert_accepted("ff05::1", f.peer.address);
    assert_refused("ff05::2", f.peer.address, V6NF_DROP_NOT_OURS);
}

static void filter_accepts_wanted_sources(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    assert_accepted(GROUP, SOURCE_A);
    assert_refused(GROUP, SOURCE_B, V6NF_DROP_GROUP_SOURCE);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "exclude " SOURCE_A), V6NF_OK);
    assert_refused(GROUP, SOURCE_A, V6NF_DROP_GROUP_SOURCE);
    assert_accepted(GROUP, SOURCE_B);
    assert_int_equal(change_filter(GROUP, "exclude " SOURCE_A, "include"), V6NF_OK);
    assert_refused(GROUP, SOURCE_B, V6NF_DROP_NOT_OURS);
}

static void filters_stay_on_another_link(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_accepted(GROUP, SOURCE_A);
    assert_refused(GROUP, SOURCE_B, V6NF_DROP_GROUP_SOURCE);
}

/* Sources that at least one listener wants are accepted (RFC 9777, 4.2). */
static void filters_of_several_listeners_are_merged(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "exclude " SOURCE_A), V6NF_OK);
    assert_refused(GROUP, SOURCE_A, V6NF_DROP_GROUP_SOURCE);
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    assert_accepted(GROUP, SOURCE_A);
    assert_accepted(GROUP, SOURCE_B);
    assert_int_equal(change_filter(GROUP, "exclude " SOURCE_A, "include"), V6NF_OK);
    assert_accepted(GROUP, SOURCE_A);
    assert_refused(GROUP, SOURCE_B, V6NF_DROP_GROUP_SOURCE);
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_accepted(GROUP, SOURCE_B);
    assert_int_equal(change_filter(GROUP, "include", "exclude " SOURCE_A), V6NF_OK);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include"), V6NF_OK);
    assert_accepted(GROUP, SOURCE_A); /* the one that joined wants it */
    assert_int_equal(leave(GROUP), V6NF_OK);
    assert_refused(GROUP, SOURCE_A, V6NF_DROP_GROUP_SOURCE);
    assert_accepted(GROUP, SOURCE_B);
}

static void invalid_filter_changes_nothing(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    assert_int_equal(change_filter(GROUP, "include", "include ::"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include", "include ff02::5"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_B, "exclude"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "exclude", "include"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "exclude " SOURCE_A, "include"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP_2, "include " SOURCE_A, "include"), V6NF_INVALID);
#if V6NF_GROUP_SOURCES >= 2
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_B " " SOURCE_B), V6NF_INVALID);
#endif
    struct v6nf_address address = test_address_of(GROUP);
    struct v6nf_address many[V6NF_GROUP_SOURCES + 1u];
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    struct v6nf_filter full = {.mode = V6NF_FILTER_INCLUDE, .sources = many, .sources_count = V6NF_GROUP_SOURCES};
    for (uint32_t i = 0; i <= V6NF_GROUP_SOURCES; i++) {
        many[i] = test_address_of("2001:db8:2::");
        many[i].bytes[15] = (uint8_t)(i + 1u);
    }
    assert_int_equal(v6nf_multicast_filter(&f.node, &address, &nothing, &full, f.now), V6NF_FULL);
    full.sources_count++;
    assert_int_equal(v6nf_multicast_filter(&f.node, &address, &nothing, &full, f.now), V6NF_FULL);
    assert_accepted(GROUP, SOURCE_A);
    assert_refused(GROUP, SOURCE_B, V6NF_DROP_GROUP_SOURCE);
    assert_refused(GROUP, "2001:db8:2::1", V6NF_DROP_GROUP_SOURCE);
}

static void hop_limit_of_multicast_packets_can_be_set(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, GROUP, 2000, 5);
    frame_udp(&expected, test_group_mac(GROUP), NODE_MAC, NODE_LINK_LOCAL, GROUP, 1, 1000, 2000, 5);
    assert_frame(&f.out, &expected);
    v6nf_multicast_set_hop_limit(&f.node, 9);
    fixture_udp_send(&f, 1000, GROUP_2, 2000, 5);
    frame_udp(&expected, test_group_mac(GROUP_2), NODE_MAC, NODE_GLOBAL, GROUP_2, 9, 1000, 2000, 5);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 5);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 5);
    assert_frame(&f.out, &expected);
}

#if V6NF_MLD
/* -- MLD messages from the diagrams -------------------------------------------------------------------------------- */

/* Build an MLD message: hop limit 1, Router Alert, ICMPv6. */
static void frame_mld(struct test_frame *frame, const char *mac_from, const char *from, const char *to, uint8_t type,
                      const uint8_t *body, uint32_t length)
{
    static const uint8_t options[8] = {58, 0, 5, 2, 0, 0, 1, 0};
    struct test_frame bare;
    frame_icmpv6(&bare, test_group_mac(to), mac_from, from, to, 1, type, 0, body, length);
    uint8_t *with = frame->bytes;
    memcpy(with, bare.bytes, 54);
    memcpy(with + 54, options, 8);
    memcpy(with + 62, bare.bytes + 54, 4u + length);
    with[20] = 0;
    with[18] = (uint8_t)((12u + length) / 256u);
    with[19] = (uint8_t)(12u + length);
    frame->length = 66u + length;
}

/* Send a Query; robustness 0xFF means version 1. `sources` is text, separated by spaces. */
static void query_from(const char *from, const char *to, const char *group, uint16_t delay, uint8_t robustness,
                       const char *sources)
{
    uint8_t body[24u + 16u * (V6NF_GROUP_SOURCES + 8u)] = {(uint8_t)(delay >> 8), (uint8_t)delay};
    char copy[40u * (V6NF_GROUP_SOURCES + 8u)];
    uint32_t count = 0;
    snprintf(copy, sizeof copy, "%s", sources);
    test_address(body + 4, group);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        test_address(body + 24 + 16u * count, word);
        count++;
    }
    body[20] = robustness;
    body[21] = query_interval;
    body[23] = (uint8_t)count;
    frame_mld(&in, ROUTER_MAC, from, to, 130, body, robustness == 0xFFu ? 20u : 24u + 16u * count);
}

static void general_query(uint16_t delay)
{
    query_from(ROUTER, "ff02::1", "::", delay, 2, "");
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

static void group_query(const char *group, uint16_t delay, const char *sources)
{
    query_from(ROUTER, group, group, delay, 2, sources);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

static void query_v1(const char *group, uint16_t delay)
{
    query_from(ROUTER, strcmp(group, "::") == 0 ? "ff02::1" : group, group, delay, 0xFF, "");
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

/* Return the number of a record type, 0 if the word is none (RFC 9777, 5.2.12). */
static uint8_t record_type(const char *word)
{
    static const char *const types[] = {"IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
    for (uint8_t i = 0; i < 6u; i++) {
        if (strcmp(word, types[i]) == 0) {
            return (uint8_t)(i + 1u);
        }
    }
    return 0;
}

/* Build a Report of version 2 from the node. The records are text: "TYPE GROUP SOURCE...;TYPE ...". */
static void expect_report(const char *from, const char *records)
{
    uint8_t body[1200] = {0};
    uint8_t *record = body;
    uint32_t at = 4;
    char copy[600];
    snprintf(copy, sizeof copy, "%s", records);
    for (char *word = strtok(copy, " ;"); word != NULL; word = strtok(NULL, " ;")) {
        if (record_type(word) != 0u) {
            record = body + at;
            record[0] = record_type(word);
            test_address(record + 4, strtok(NULL, " ;"));
            at += 20u;
            body[3]++;
        } else {
            test_address(body + at, word);
            at += 16u;
            record[3]++;
        }
    }
    frame_mld(&expected, NODE_MAC, from, "ff02::16", 143, body, at);
}

static void expect_v1(uint8_t type, const char *group)
{
    uint8_t body[20] = {0};
    test_address(body + 4, group);
    frame_mld(&expected, NODE_MAC, NODE_LINK_LOCAL, type == 132 ? "ff02::2" : group, type, body, 20);
}

/* Check that the reports since fixture_mark() are all `expected`, `count` of them. The first is at `first`, and each
 * next one within `interval` of the one before. */
static void assert_repeated(unsigned count, uint64_t first, uint64_t interval)
{
    fixture_run_until(&f, first + 60u * SECOND);
    assert_sent_count(&f, count);
    for (unsigned i = 0; i < count; i++) {
        assert_sent(&f, i, i == 0u ? first : f.sent[i].time, &expected);
        if (i > 0u) {
            assert_true(f.sent[i].time > f.sent[i - 1u].time);
            assert_true(f.sent[i].time <= f.sent[i - 1u].time + interval);
        }
    }
    assert_counted(&f, V6NF_GROUP_REPORTS, count);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

static void assert_reported_twice(const char *records)
{
    expect_report(NODE_LINK_LOCAL, records);
    assert_repeated(2, f.now, SECOND);
    fixture_mark(&f);
}

/* Check that there is one answer, within `delay` milliseconds from now. */
static void assert_answered_within(uint64_t delay, const char *records)
{
    uint64_t begin = f.now;
    expect_report(NODE_LINK_LOCAL, records);
    fixture_run_until(&f, begin + 60u * SECOND);
    assert_sent_count(&f, 1);
    assert_frame(&f.sent[0].frame, &expected);
    assert_true(f.sent[0].time <= begin + delay * MILLISECOND);
    fixture_mark(&f);
}

/* -- State Change Reports (RFC 9777, 6.1) -------------------------------------------------------------------------- */

static void joining_and_leaving_are_reported_twice(void **state)
{
    (void)state;
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_int_equal(v6nf_node_next_due(&f.node), f.now);
    assert_reported_twice("TO_EX " GROUP);
    assert_int_equal(join(GROUP), V6NF_OK); /* nothing new for the network */
    assert_int_equal(leave(GROUP), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(leave(GROUP), V6NF_OK);
    assert_reported_twice("TO_IN " GROUP);
}

/* A call that fails uses no slot: neither a free one, nor that of a group whose leave Report is still due. */
static void groups_without_listener_use_no_slot(void **state)
{
    static char names[V6NF_GROUPS][40];
    (void)state;
    for (unsigned i = 0; i < V6NF_GROUPS; i++) {
        snprintf(names[i], sizeof names[i], "ff05::%x", i + 1u);
        assert_int_equal(join(names[i]), V6NF_OK);
    }
    assert_int_equal(leave(GROUP), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include", "include"), V6NF_OK); /* neither filter wants anything */
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
    assert_int_equal(leave(names[0]), V6NF_OK);
    assert_int_equal(leave(GROUP), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "exclude"), V6NF_INVALID);
    assert_int_equal(change_filter(GROUP, "include", "include"), V6NF_OK);
    assert_reported_twice("TO_IN ff05::1");
}

static void delay_of_the_second_report_is_random(void **state)
{
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    (void)state;
    for (unsigned i = 0; i < 100u; i++) {
        (void)(i % 2u == 0u ? join(GROUP) : leave(GROUP));
        fixture_run_until(&f, f.now + 2u * SECOND);
        assert_sent_count(&f, 2);
        uint64_t delay = f.sent[1].time - f.sent[0].time;
        shortest = delay < shortest ? delay : shortest;
        longest = delay > longest ? delay : longest;
        fixture_mark(&f);
    }
    assert_true(longest <= SECOND && longest > SECOND * 9u / 10u && shortest < SECOND / 10u);
}

static void groups_joined_together_share_a_report(void **state)
{
    (void)state;
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_int_equal(join(GROUP_2), V6NF_OK);
    fixture_run_until(&f, f.now);
    assert_sent_count(&f, 1);
    expect_report(NODE_LINK_LOCAL, "TO_EX " GROUP ";TO_EX " GROUP_2);
    assert_sent(&f, 0, f.now, &expected);
}

/* Joined and left before the second report: the last state is reported, twice. */
static void change_during_reports_restarts_them(void **state)
{
    (void)state;
    assert_int_equal(join(GROUP), V6NF_OK);
    fixture_run_until(&f, f.now);
    fixture_mark(&f);
    assert_int_equal(leave(GROUP), V6NF_OK);
    assert_reported_twice("TO_IN " GROUP);
}

/* Changes of sources are reported as ALLOW and BLOCK, a new mode with its sources (table of RFC 9777, 6.1). */
static void filter_changes_are_reported_by_what_they_change(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    assert_reported_twice("ALLOW " GROUP " " SOURCE_A);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "exclude " SOURCE_A), V6NF_OK);
    assert_reported_twice("TO_EX " GROUP " " SOURCE_A);
    assert_int_equal(change_filter(GROUP, "exclude " SOURCE_A, "exclude"), V6NF_OK);
    assert_reported_twice("ALLOW " GROUP " " SOURCE_A);
    assert_int_equal(change_filter(GROUP, "exclude", "exclude " SOURCE_A), V6NF_OK);
    assert_reported_twice("BLOCK " GROUP " " SOURCE_A);
    assert_int_equal(change_filter(GROUP, "exclude " SOURCE_A, "include " SOURCE_A), V6NF_OK);
    assert_reported_twice("TO_IN " GROUP " " SOURCE_A);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include"), V6NF_OK);
    assert_reported_twice("BLOCK " GROUP " " SOURCE_A);
    assert_refused(GROUP, SOURCE_A, V6NF_DROP_NOT_OURS);
}

#if V6NF_GROUP_SOURCES >= 2
static void exchanged_sources_are_allowed_and_blocked(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include " SOURCE_B), V6NF_OK);
    assert_reported_twice("ALLOW " GROUP " " SOURCE_B ";BLOCK " GROUP " " SOURCE_A);
}

/* Each source is reported twice from its own change on. */
static void sources_changed_one_after_the_other_are_merged(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    fixture_run_until(&f, begin);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include " SOURCE_A " " SOURCE_B), V6NF_OK);
    fixture_run_until(&f, begin + 60u * SECOND);
    assert_sent_count(&f, 3);
    expect_report(NODE_LINK_LOCAL, "ALLOW " GROUP " " SOURCE_A);
    assert_sent(&f, 0, begin, &expected);
    expect_report(NODE_LINK_LOCAL, "ALLOW " GROUP " " SOURCE_A " " SOURCE_B);
    assert_sent(&f, 1, begin, &expected);
    expect_report(NODE_LINK_LOCAL, "ALLOW " GROUP " " SOURCE_B);
    assert_frame(&f.sent[2].frame, &expected);
}

/* After a new mode was reported twice, sources that changed meanwhile are still reported. */
static void sources_changed_after_the_mode_are_reported_after_it(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    assert_int_equal(join(GROUP), V6NF_OK);
    fixture_run_until(&f, begin);
    assert_int_equal(change_filter(GROUP, "exclude", "exclude " SOURCE_A), V6NF_OK);
    fixture_run_until(&f, begin + 60u * SECOND);
    assert_sent_count(&f, 3);
    expect_report(NODE_LINK_LOCAL, "TO_EX " GROUP);
    assert_sent(&f, 0, begin, &expected);
    expect_report(NODE_LINK_LOCAL, "TO_EX " GROUP " " SOURCE_A);
    assert_sent(&f, 1, begin, &expected);
    expect_report(NODE_LINK_LOCAL, "BLOCK " GROUP " " SOURCE_A);
    assert_frame(&f.sent[2].frame, &expected);
}
#else
/* There is one slot for two sources. The new one must not wait for the reports of the old one. */
static void source_without_a_slot_is_reported_with_the_whole_state(void **state)
{
    (void)state;
    assert_int_equal(change_filter(GROUP, "include", "include " SOURCE_A), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
    assert_int_equal(change_filter(GROUP, "include " SOURCE_A, "include " SOURCE_B), V6NF_OK);
    assert_reported_twice("TO_IN " GROUP " " SOURCE_B);
}
#endif

static void robustness_of_the_querier_is_used(void **state)
{
    (void)state;
    for (uint8_t robustness = 0; robustness < 8u; robustness++) {
        query_from(ROUTER, "ff02::1", "::", 0, robustness, "");
        fixture_input(&f, &in);
        fixture_run_until(&f, f.now + 10u * SECOND);
        fixture_mark(&f);
        bool joins = robustness % 2u == 0u;
        assert_int_equal(joins ? join(GROUP) : leave(GROUP), V6NF_OK);
        expect_report(NODE_LINK_LOCAL, joins ? "TO_EX " GROUP : "TO_IN " GROUP);
        assert_repeated(robustness > 2u ? robustness : 2u, f.now, SECOND);
        fixture_mark(&f);
    }
}

/* -- The node's own addresses (RFC 4862, 5.4.2; RFC 3590) ---------------------------------------------------------- */

static void solicited_node_group_is_reported_before_detection(void **state)
{
    struct test_frame solicitation;
    (void)state;
    fixture_start_detection(&f, 1, 1);
    f.keep_mld = true;
    uint64_t asks = v6nf_node_next_due(&f.node);
    fixture_run_until(&f, asks - 1u);
    assert_sent_count(&f, 0); /* the delay of the solicitation is that of the report */
    fixture_run_until(&f, asks);
    assert_sent_count(&f, 2);
    expect_report("::", "TO_EX " OWN_GROUP);
    assert_sent(&f, 0, asks, &expected);
    frame_node_detection(&solicitation, NODE_LINK_LOCAL);
    assert_sent(&f, 1, asks, &solicitation);
    fixture_run_until(&f, asks + SECOND - 1u);
    assert_sent_count(&f, 3);
    assert_frame(&f.sent[2].frame, &expected);
    fixture_mark(&f);
    /* Routers ignore reports from ::, so all are sent again. */
    fixture_run_until(&f, asks + SECOND);
    expect_report(NODE_LINK_LOCAL, "TO_EX " OWN_GROUP);
    assert_repeated(2, asks + SECOND, SECOND);
}

static void groups_joined_early_are_reported_again_from_the_link_local_address(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    f.keep_mld = true;
    uint64_t begin = f.now;
    assert_int_equal(join(GROUP), V6NF_OK);
    fixture_run_until(&f, begin);
    expect_report("::", "TO_EX " GROUP);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, begin, &expected);
    fixture_run_until(&f, begin + 60u * SECOND);
    expect_report(NODE_LINK_LOCAL, "TO_EX " GROUP ";TO_EX " OWN_GROUP);
    uint64_t ready = f.sent[1].time;
    unsigned found = 0;
    for (uint32_t i = 0; i < f.sent_count; i++) {
        bool same = f.sent[i].frame.length == expected.length;
        found += same && memcmp(f.sent[i].frame.bytes, expected.bytes, expected.length) == 0 ? 1u : 0u;
    }
    assert_true(ready > begin);
    assert_true(found >= 1u); /* the first; the second has a random delay for each group */
}

static void addresses_with_one_group_are_one_listener(void **state)
{
    (void)state;
    fixture_add_address(&f, "2001:db8:7::1", 64);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0); /* ff02::1:ff00:1 is reported already */
#if V6NF_ADDRESSES > 3
    fixture_add_address(&f, "2001:db8::1234", 64);
    assert_reported_twice("TO_EX ff02::1:ff00:1234");
#endif
}

static void group_of_a_duplicate_address_is_left(void **state)
{
    (void)state;
    f.node.dad_transmits = 1;
    fixture_add_address(&f, "2001:db8::1234", 64);
    fixture_run_until(&f, f.now + SECOND); /* its delay is a second at most */
    assert_int_equal(fixture_own(&f, "2001:db8::1234")->state, V6NF_ADDRESS_TENTATIVE);
    frame_na(&in, "33:33:00:00:00:01", "02:00:00:00:00:99", "2001:db8::1234", "ff02::1", "2001:db8::1234", NA_O,
             "02:00:00:00:00:99");
    fixture_input(&f, &in);
    fixture_mark(&f);
    assert_reported_twice("TO_IN ff02::1:ff00:1234");
}

static void disabled_node_reports_nothing(void **state)
{
    const char *group = test_solicited_node(NODE_LINK_LOCAL);
    (void)state;
    fixture_start_detection(&f, 1, 1);
    f.keep_mld = true;
    assert_int_equal(join(GROUP), V6NF_OK);
    frame_ns(&in, test_group_mac(group), "02:00:00:00:00:99", "::", group, NODE_LINK_LOCAL, NULL);
    fixture_input(&f, &in);
    general_query(0);
    assert_int_equal(join(GROUP_2), V6NF_OK);
    assert_refused(GROUP, f.peer.address, V6NF_DROP_NOT_OURS);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

/* -- Queries (RFC 9777, 6.2) --------------------------------------------------------------------------------------- */

/* Start a node with GROUP in mode EXCLUDE and GROUP_2 in mode INCLUDE, both reported. */
static void join_both(void)
{
    assert_int_equal(join(GROUP), V6NF_OK);
    assert_int_equal(change_filter(GROUP_2, "include", "include " SOURCE_A), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
}

/* In the order of the slots, or, if groups have an index, in that in which they were joined. */
#if V6NF_GROUPS_INDEXED
#define ALL_STATE "IS_EX " OWN_GROUP ";IS_EX " GROUP ";IS_IN " GROUP_2 " " SOURCE_A
#else
#define ALL_STATE "IS_EX " GROUP ";IS_IN " GROUP_2 " " SOURCE_A ";IS_EX " OWN_GROUP
#endif

static void general_query_is_answered_with_all_groups(void **state)
{
    (void)state;
    join_both();
    general_query(1000);
    assert_counted(&f, V6NF_DELIVERED, 1);
    assert_answered_within(1000, ALL_STATE);
    general_query(0);
    assert_answered_within(0, ALL_STATE);
}

static void delay_of_an_answer_is_spread_over_the_maximum(void **state)
{
    static const uint16_t codes[] = {1000, 32767, 0x8000, 0xFFFF};
    static const uint64_t delays[] = {1000, 32767, 32768, 8387584};
    (void)state;
    for (unsigned k = 0; k < 4u; k++) {
        uint64_t longest = 0;
        uint64_t shortest = UINT64_MAX;
        for (unsigned i = 0; i < 100u; i++) {
            general_query(codes[k]);
            uint64_t begin = f.now;
            fixture_run_until(&f, begin + delays[k] * MILLISECOND);
            assert_sent_count(&f, 1);
            uint64_t delay = f.sent[0].time - begin;
            longest = delay > longest ? delay : longest;
            shortest = delay < shortest ? delay : shortest;
            fixture_mark(&f);
        }
        assert_true(longest > delays[k] * MILLISECOND * 9u / 10u);
        assert_true(shortest < delays[k] * MILLISECOND / 10u);
    }
}

static void pending_general_answer_serves_later_queries(void **state)
{
    (void)state;
    join_both();
    general_query(1);
    uint64_t due = v6nf_node_next_due(&f.node);
    general_query(30000); /* this answer and the next are due later (except by a chance of 1 in 30000) */
    group_query(GROUP, 30000, "");
    assert_int_equal(v6nf_node_next_due(&f.node), due);
    assert_answered_within(1, ALL_STATE);
    general_query(30000);
    general_query(1); /* and this one sooner */
    assert_answered_within(1, ALL_STATE);
}

static void group_query_is_answered_for_the_group(void **state)
{
    (void)state;
    join_both();
    group_query(GROUP, 1000, "");
    assert_answered_within(1000, "IS_EX " GROUP);
    group_query(GROUP_2, 1000, ""); /* received although its source is not in the filter */
    assert_answered_within(1000, "IS_IN " GROUP_2 " " SOURCE_A);
    group_query(OWN_GROUP, 1000, "");
    assert_answered_within(1000, "IS_EX " OWN_GROUP);
    query_from(ROUTER, "ff02::1", "ff02::9999", 1000, 2, "");
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
}

static void source_query_is_answered_with_the_sources_wanted(void **state)
{
    (void)state;
    join_both();
    group_query(GROUP_2, 1000, SOURCE_A);
    assert_answered_within(1000, "IS_IN " GROUP_2 " " SOURCE_A);
    group_query(GROUP_2, 1000, SOURCE_B);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    group_query(GROUP, 1000, SOURCE_B);
    assert_answered_within(1000, "IS_IN " GROUP " " SOURCE_B);
    assert_int_equal(change_filter(GROUP, "exclude", "exclude " SOURCE_B), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
    group_query(GROUP, 1000, SOURCE_B);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    group_query(OWN_GROUP, 1000, SOURCE_B); /* no filter is kept for it: the whole state */
    assert_answered_within(1000, "IS_EX " OWN_GROUP);
}

static void queries_about_one_group_are_answered_together(void **state)
{
    (void)state;
    join_both();
#if V6NF_GROUP_SOURCES >= 2
    group_query(GROUP, 5000, SOURCE_A);
    group_query(GROUP, 5000, SOURCE_B " " SOURCE_A);
    assert_answered_within(5000, "IS_IN " GROUP " " SOURCE_A " " SOURCE_B);
#endif
    group_query(GROUP, 5000, SOURCE_A);
    group_query(GROUP, 5000, ""); /* queries for all of it */
    group_query(GROUP, 5000, SOURCE_A);
    assert_answered_within(5000, "IS_EX " GROUP);
    group_query(GROUP, 60000, "");
    group_query(GROUP, 100, "");
    assert_answered_within(100, "IS_EX " GROUP);
}

/* There are more sources than slots. The answer is the whole state, and no state grows. */
static void query_with_too_many_sources_is_answered_with_the_whole_state(void **state)
{
    (void)state;
    char sources[(V6NF_GROUP_SOURCES + 1u) * 16u] = "";
    for (unsigned i = 0; i <= V6NF_GROUP_SOURCES; i++) {
        size_t used = strlen(sources);
        (void)snprintf(sources + used, sizeof sources - used, "2001:db8::%x ", i + 1u);
    }
    sources[strlen(sources) - 1u] = '\0';
    join_both();
    group_query(GROUP, 1000, sources);
    assert_answered_within(1000, "IS_EX " GROUP);
}

static void query_about_a_group_that_was_left_meanwhile_is_not_answered(void **state)
{
    (void)state;
    assert_int_equal(join(GROUP), V6NF_OK);
    fixture_run_until(&f, f.now + 60u * SECOND);
    fixture_mark(&f);
    group_query(GROUP, 60000, "");
    assert_int_equal(leave(GROUP), V6NF_OK);
    expect_report(NODE_LINK_LOCAL, "TO_IN " GROUP);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 2);
    assert_frame(&f.sent[0].frame, &expected);
    assert_frame(&f.sent[1].frame, &expected);
}

static void assert_invalid(const char *name)
{
    fixture_case("%s", name);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_MLD_INVALID, 1);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_sent_count(&f, 0);
    fixture_case("%s", "");
}

static void invalid_messages_are_dropped(void **state)
{
    static const char *const sources[] = {"::", "2001:db8::fe"};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        query_from(sources[i], "ff02::1", "::", 0, 2, "");
        assert_invalid(sources[i]);
    }
    query_from(ROUTER, "ff02::1", "::", 0, 2, "");
    in.bytes[21] = 2;
    assert_invalid("hop limit 2");
    query_from(ROUTER, "ff02::1", "::", 0, 2, "");
    in.bytes[56] = 1;
    in.bytes[57] = 4;
    memset(in.bytes + 58, 0, 4);
    assert_invalid("padding instead of Router Alert");
    frame_icmpv6(&in, "33:33:00:00:00:01", ROUTER_MAC, ROUTER, "ff02::1", 1, 130, 0, NULL, 24);
    assert_invalid("no Hop-by-Hop Options");
    for (uint32_t length = 0; length < 24u; length++) {
        frame_mld(&in, ROUTER_MAC, ROUTER, "ff02::1", 130, NULL, length);
        if (length != 20u) {
            assert_invalid("a length of no version");
        }
    }
    query_from(ROUTER, "ff02::1", "2001:db8::5", 0, 2, "");
    assert_invalid("about a unicast address");
    frame_mld(&in, ROUTER_MAC, ROUTER, "ff02::1", 131, NULL, 20);
    assert_invalid("a Report for no group");
}

static void query_with_a_code_or_to_a_unicast_address_is_valid(void **state)
{
    (void)state;
    query_from(ROUTER, "ff02::1", "::", 0, 2, "");
    in.bytes[63] = 9; /* ignored by receivers (RFC 9777, 5.1.1) */
    in.bytes[64] = (uint8_t)(in.bytes[64] - (in.bytes[65] < 9u ? 1u : 0u));
    in.bytes[65] = (uint8_t)(in.bytes[65] - 9u);
    fixture_input(&f, &in);
    assert_answered_within(0, "IS_EX " OWN_GROUP);
    query_from(ROUTER, NODE_LINK_LOCAL, "::", 0, 2, "");
    test_mac(in.bytes, NODE_MAC);
    fixture_input(&f, &in);
    assert_answered_within(0, "IS_EX " OWN_GROUP);
}

static void messages_for_routers_are_ignored(void **state)
{
    (void)state;
    frame_mld(&in, ROUTER_MAC, ROUTER, "ff02::16", 143, NULL, 4);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NOT_OURS, 1);
    frame_mld(&in, ROUTER_MAC, ROUTER, "ff02::1", 132, NULL, 20);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_ICMPV6_TYPE, 1);
}

/* -- Version 1 (RFC 9777, 8.2; RFC 2710, 4) ------------------------------------------------------------------------ */

static void version_1_query_is_answered_with_a_report_for_each_group(void **state)
{
    static const char *const groups[] = {GROUP, GROUP_2, OWN_GROUP};
    unsigned found[3] = {0};
    (void)state;
    join_both();
    uint64_t begin = f.now;
    query_v1("::", 1000);
    fixture_run_until(&f, begin + SECOND);
    assert_sent_count(&f, 3);
    for (unsigned i = 0; i < 9u; i++) {
        expect_v1(131, groups[i / 3u]);
        found[i / 3u] += memcmp(f.sent[i % 3u].frame.bytes, expected.bytes, expected.length) == 0 ? 1u : 0u;
    }
    assert_true(found[0] == 1u && found[1] == 1u && found[2] == 1u);
    fixture_mark(&f);
    query_v1(GROUP, 0);
    fixture_run_until(&f, f.now);
    expect_v1(131, GROUP);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}

static void report_of_another_listener_suppresses_ours(void **state)
{
    uint8_t body[20] = {0};
    (void)state;
    join_both();
    query_v1(GROUP, 10000);
    test_address(body + 4, GROUP);
    frame_mld(&in, f.peer.mac, "fe80::2", GROUP, 131, body, 20);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_sent_count(&f, 0);
    /* The other listener reported last: it must report its leave (RFC 2710, 4). */
    assert_int_equal(leave(GROUP), V6NF_OK);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_sent_count(&f, 0);
    /* Routers ignore a Report from ::, and it suppresses no other (RFC 3590, 4). */
    query_v1(OWN_GROUP, 1000);
    test_address(body + 4, OWN_GROUP);
    frame_mld(&in, f.peer.mac, "::", OWN_GROUP, 131, body, 20);
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_sent_count(&f, 1);
}

/* A loop returns the node's own Report, before and after its repetition. */
static void own_report_that_loops_back_suppresses_nothing(void **state)
{
    (void)state;
    query_v1("::", 0);
    fixture_run_until(&f, f.now + SECOND);
    fixture_mark(&f);
    assert_int_equal(join(GROUP), V6NF_OK);
    fixture_run_until(&f, f.now);
    assert_sent_count(&f, 1);
    static struct test_frame own;
    own = f.sent[0].frame;
    fixture_input(&f, &own);
    assert_counted(&f, V6NF_DELIVERED, 1);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_sent_count(&f, 2);
    fixture_input(&f, &own);
    fixture_mark(&f);
    assert_int_equal(leave(GROUP), V6NF_OK);
    expect_v1(132, GROUP); /* it was the last to report */
    assert_repeated(1, f.now, 0);
}

/* There is one packet for each group. Neither a Query with delay 0 nor many Queries make all of them due at once. */
static void version_1_answers_are_spread(void **state)
{
    (void)state;
    uint32_t together = 0;
    for (uint32_t i = 0; i < 50u; i++) {
        setup(NULL);
        join_both();
        uint64_t begin = f.now;
        query_v1("::", 0);
        fixture_run_until(&f, begin + SECOND);
        assert_sent_count(&f, 3);
        together += f.sent[0].time == f.sent[2].time ? 1u : 0u;
    }
    assert_true(together < 2u);
    setup(NULL);
    join_both();
    uint64_t end = f.now + 10u * SECOND;
    while (f.now < end) {
        query_v1("::", 0);
        fixture_run_until(&f, f.now + SECOND / 100u);
    }
    assert_in_range(f.sent_count + f.sent_lost, 3u * 10u, 3u * 30u);
}

static void report_of_another_listener_is_ignored_in_version_2(void **state)
{
    uint8_t body[20] = {0};
    (void)state;
    join_both();
    group_query(GROUP, 1000, "");
    test_address(body + 4, GROUP);
    frame_mld(&in, f.peer.mac, "fe80::2", GROUP, 131, body, 20);
    fixture_input(&f, &in);
    assert_answered_within(1000, "IS_EX " GROUP);
}

static void version_1_join_is_a_report_twice_and_leave_is_done_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 30u; i++) {
        query_v1("::", 0);
        fixture_run_until(&f, f.now + SECOND);
        fixture_mark(&f);
        assert_int_equal(join(GROUP), V6NF_OK);
        expect_v1(131, GROUP);
        assert_repeated(2, f.now, 10u * SECOND);
        fixture_mark(&f);
        assert_int_equal(leave(GROUP), V6NF_OK);
        expect_v1(132, GROUP);
        assert_repeated(1, f.now, 0);
    }
}

/* The Query Interval is that of the last querier of version 2. */
static void version_1_lasts_for_the_querier_present_timeout(void **state)
{
    (void)state;
    query_interval = 10;
    general_query(0);
    fixture_run_until(&f, f.now + SECOND);
    uint64_t begin = f.now;
    query_v1("::", 1000);
    fixture_run_until(&f, begin + 21u * SECOND - 1u);
    fixture_mark(&f);
    query_from(ROUTER, OWN_GROUP, OWN_GROUP, 0, 2, "");
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now);
    expect_v1(131, OWN_GROUP);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    fixture_run_until(&f, begin + 21u * SECOND);
    fixture_mark(&f);
    general_query(0);
    assert_answered_within(0, "IS_EX " OWN_GROUP);
}

/* The time is 2 x 125 s and the Maximum Response Delay (RFC 9777, 9.12). */
static void version_1_ends_after_the_last_query_of_its_querier(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    query_v1("::", 1000);
    fixture_run_until(&f, begin + 251u * SECOND - 1u);
    fixture_mark(&f);
    query_from(ROUTER, OWN_GROUP, OWN_GROUP, 0, 2, ""); /* another querier of version 2 changes nothing */
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now);
    expect_v1(131, OWN_GROUP);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    fixture_run_until(&f, begin + 251u * SECOND);
    fixture_mark(&f);
    general_query(0);
    assert_answered_within(0, "IS_EX " OWN_GROUP);
}

/* Pending reports are canceled (RFC 9777, 8.2.1). */
static void change_to_version_1_cancels_pending_reports(void **state)
{
    (void)state;
    general_query(60000);
    assert_int_equal(join(GROUP), V6NF_OK);
    query_v1("ff0e::9999", 0);
    query_from(ROUTER, "ff02::1", "ff0e::9999", 0, 0xFF, "");
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

#define MLD_TESTS                                                                                                      \
    cmocka_unit_test_setup(joining_and_leaving_are_reported_twice, setup),                                             \
        cmocka_unit_test_setup(groups_without_listener_use_no_slot, setup),                                            \
        cmocka_unit_test_setup(delay_of_the_second_report_is_random, setup),                                           \
        cmocka_unit_test_setup(groups_joined_together_share_a_report, setup),                                          \
        cmocka_unit_test_setup(change_during_reports_restarts_them, setup),                                            \
        cmocka_unit_test_setup(filter_changes_are_reported_by_what_they_change, setup),                                \
        cmocka_unit_test_setup(robustness_of_the_querier_is_used, setup),                                              \
        cmocka_unit_test_setup(solicited_node_group_is_reported_before_detection, setup),                              \
        cmocka_unit_test_setup(groups_joined_early_are_reported_again_from_the_link_local_address, setup),             \
        cmocka_unit_test_setup(addresses_with_one_group_are_one_listener, setup),                                      \
        cmocka_unit_test_setup(group_of_a_duplicate_address_is_left, setup),                                           \
        cmocka_unit_test_setup(disabled_node_reports_nothing, setup),                                                  \
        cmocka_unit_test_setup(general_query_is_answered_with_all_groups, setup),                                      \
        cmocka_unit_test_setup(delay_of_an_answer_is_spread_over_the_maximum, setup),                                  \
        cmocka_unit_test_setup(pending_general_answer_serves_later_queries, setup),                                    \
        cmocka_unit_test_setup(group_query_is_answered_for_the_group, setup),                                          \
        cmocka_unit_test_setup(source_query_is_answered_with_the_sources_wanted, setup),                               \
        cmocka_unit_test_setup(queries_about_one_group_are_answered_together, setup),                                  \
        cmocka_unit_test_setup(query_with_too_many_sources_is_answered_with_the_whole_state, setup),                   \
        cmocka_unit_test_setup(query_about_a_group_that_was_left_meanwhile_is_not_answered, setup),                    \
        cmocka_unit_test_setup(invalid_messages_are_dropped, setup),                                                   \
        cmocka_unit_test_setup(query_with_a_code_or_to_a_unicast_address_is_valid, setup),                             \
        cmocka_unit_test_setup(messages_for_routers_are_ignored, setup),                                               \
        cmocka_unit_test_setup(version_1_query_is_answered_with_a_report_for_each_group, setup),                       \
        cmocka_unit_test_setup(report_of_another_listener_suppresses_ours, setup),                                     \
        cmocka_unit_test_setup(own_report_that_loops_back_suppresses_nothing, setup),                                  \
        cmocka_unit_test_setup(version_1_answers_are_spread, setup),                                                   \
        cmocka_unit_test_setup(report_of_another_listener_is_ignored_in_version_2, setup),                             \
        cmocka_unit_test_setup(version_1_join_is_a_report_twice_and_leave_is_done_once, setup),                        \
        cmocka_unit_test_setup(version_1_ends_after_the_last_query_of_its_querier, setup),                             \
        cmocka_unit_test_setup(version_1_lasts_for_the_querier_present_timeout, setup),                                \
        cmocka_unit_test_setup(change_to_version_1_cancels_pending_reports, setup),
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(joined_group_is_received_until_it_is_left, setup),
        cmocka_unit_test_setup(group_is_left_with_its_last_listener, setup),
        cmocka_unit_test_setup(groups_that_cannot_be_joined_are_refused, setup),
        cmocka_unit_test_setup(filter_accepts_wanted_sources, setup),
        cmocka_unit_test_setup(filters_stay_on_another_link, setup),
        cmocka_unit_test_setup(filters_of_several_listeners_are_merged, setup),
        cmocka_unit_test_setup(invalid_filter_changes_nothing, setup),
        cmocka_unit_test_setup(hop_limit_of_multicast_packets_can_be_set, setup),
#if V6NF_MLD
        MLD_TESTS
#if V6NF_GROUP_SOURCES >= 2
            cmocka_unit_test_setup(exchanged_sources_are_allowed_and_blocked, setup),
        cmocka_unit_test_setup(sources_changed_one_after_the_other_are_merged, setup),
        cmocka_unit_test_setup(sources_changed_after_the_mode_are_reported_after_it, setup),
#else
            cmocka_unit_test_setup(source_without_a_slot_is_reported_with_the_whole_state, setup),
#endif
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#endif
