/* test_scale_groups.c: a node in thousands of groups, with hundreds of addresses. The library is compiled for it with
 * these sizes (tests/CMakeLists.txt). */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "v6nf/multicast.h"

#include "../../../src/node/output/select.h"
#include "../../../src/node/protocol/mld.h"
#include "../../../src/node/state/group.h"
#include "../../../src/node/state/own_address.h"

#define GROUPS V6NF_GROUPS
#define ROUTER "fe80::fe"
#define ROUTER_MAC "02:00:00:00:00:fe"
#define PORT 7000u

/* Maximum number of records in a Report of the minimum MTU, when more do not fit for sure. */
#define RECORDS_MIN 40u

static struct fixture f;
static struct test_frame in;

/* What Reports stated since forget_reports(). */
static struct reports {
    unsigned frames;             /* Reports */
    unsigned version_1;          /* messages of version 1 among them */
    uint8_t stated[GROUPS + 1u]; /* records or messages about the program's group with this number */
    uint8_t kinds[GROUPS + 1u];  /* type of the last one */
    unsigned of_node;            /* those about solicited-node groups */
    uint64_t last;               /* time of the last Report */
} reports;

static void forget_reports(void)
{
    memset(&reports, 0, sizeof reports);
}

static struct v6nf_address group_address(unsigned number)
{
    struct v6nf_address address = test_address_of("ff05::1:0");
    address.bytes[14] = (uint8_t)(number >> 8);
    address.bytes[15] = (uint8_t)number;
    return address;
}

/* Count what is stated about a group. Groups of the program have the numbers 0 to GROUPS. */
static void note_group(const uint8_t *group, uint8_t kind)
{
    struct v6nf_address zero = group_address(0);
    if (memcmp(group, zero.bytes, 14) != 0) {
        reports.of_node++;
        return;
    }
    unsigned number = group[14] * 256u + group[15];
    assert_true(number <= GROUPS);
    reports.stated[number]++;
    reports.kinds[number] = kind;
}

static void note_report(const uint8_t *frame, uint32_t length)
{
    assert_true(length <= 1294u);
    if (frame[20] != 0u || frame[54] != 58u) {
        return; /* not a message of MLD */
    }
    const uint8_t *message = frame + 62;
    reports.frames++;
    reports.last = f.now;
    if (message[0] != 143u) {
        reports.version_1++;
        note_group(message + 8, message[0]);
        return;
    }
    unsigned count = message[6] * 256u + message[7];
    const uint8_t *record = message + 8;
    for (unsigned i = 0; i < count; i++) {
        note_group(record + 4, record[0]);
        record += 20u + 16u * (record[2] * 256u + record[3]);
    }
    assert_ptr_equal(record, frame + length);
}

static void assert_valid(void)
{
    assert_true(v6nf_groups_are_valid(&f.node));
    assert_true(v6nf_mld_is_valid(&f.node));
    assert_true(v6nf_own_address_table_is_valid(&f.node));
}

/* Do what is due until `time`, and note all Reports. */
static void run_until(uint64_t time)
{
    static uint8_t buffer[1514];
    for (uint64_t due = v6nf_node_next_due(&f.node); due <= time; due = v6nf_node_next_due(&f.node)) {
        f.now = due > f.now ? due : f.now;
        uint32_t length = v6nf_node_tick(&f.node, buffer, sizeof buffer, f.now);
        if (length != 0u) {
            note_report(buffer, length);
        } else {
            assert_true(v6nf_node_next_due(&f.node) > f.now);
        }
    }
    f.now = time;
}

static uint32_t input(void)
{
    static uint8_t buffer[1514];
    memcpy(buffer, in.bytes, in.length);
    return v6nf_node_input(&f.node, buffer, in.length, sizeof buffer, f.now);
}

static enum v6nf_status join(unsigned number)
{
    struct v6nf_address address = group_address(number);
    return v6nf_multicast_join(&f.node, &address, f.now);
}

static enum v6nf_status leave(unsigned number)
{
    struct v6nf_address address = group_address(number);
    return v6nf_multicast_leave(&f.node, &address, f.now);
}

static const char *text_of(const struct v6nf_address *address)
{
    static char text[40];
    const uint8_t *b = address->bytes;
    snprintf(text, sizeof text, "%x:%x:%x:%x:%x:%x:%x:%x", b[0] * 256u + b[1], b[2] * 256u + b[3], b[4] * 256u + b[5],
             b[6] * 256u + b[7], b[8] * 256u + b[9], b[10] * 256u + b[11], b[12] * 256u + b[13], b[14] * 256u + b[15]);
    return text;
}

/* Return true if a datagram to the group reaches the program. */
static bool is_received(unsigned number)
{
    struct v6nf_address address = group_address(number);
    frame_udp(&in, test_group_mac(text_of(&address)), f.peer.mac, f.peer.address, text_of(&address), 8, 4000, PORT, 5);
    uint64_t before = f.node.counters[V6NF_DROP_NOT_OURS];
    (void)input();
    return f.node.counters[V6NF_DROP_NOT_OURS] == before;
}

/* Start a node whose addresses are reported. */
static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    run_until(f.now + 60u * SECOND);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, test_udp_echo, NULL), V6NF_OK);
    forget_reports();
    return 0;
}

static void join_all(void)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        assert_int_equal(join(i), V6NF_OK);
    }
}

/* Start a node that is in all groups, which are reported. */
static int setup_joined(void **state)
{
    (void)setup(state);
    join_all();
    run_until(f.now + 60u * SECOND);
    forget_reports();
    return 0;
}

static int check(void **state)
{
    (void)state;
    assert_valid();
    return 0;
}

/* Check that each group was stated `count` times, at last with this record or message. */
static void assert_stated(unsigned count, uint8_t kind)
{
    for (unsigned i = 0; i < GROUPS; i++) {
        assert_int_equal(reports.stated[i], count);
        assert_int_equal(reports.kinds[i], kind);
    }
}

#define IS_EX 2u
#define TO_IN 3u
#define TO_EX 4u
#define REPORT_V1 131u

/* Build a Query; `sources` sources in it. Version 1 if `sources` is negative. */
static void make_query(const struct v6nf_address *group, uint16_t delay, int sources)
{
    static const uint8_t options[8] = {58, 0, 5, 2, 0, 0, 1, 0};
    const char *to = group == NULL ? "ff02::1" : text_of(group);
    uint8_t body[24u + 16u * 70u] = {(uint8_t)(delay >> 8), (uint8_t)delay};
    uint32_t length = sources < 0 ? 20u : 24u + 16u * (uint32_t)sources;
    struct test_frame bare;
    if (group != NULL) {
        memcpy(body + 4, group->bytes, 16);
    }
    body[20] = 2;
    body[21] = 125;
    body[23] = (uint8_t)(sources < 0 ? 0 : sources);
    for (int i = 0; i < sources; i++) {
        struct v6nf_address source = test_address_of("2001:db8:5::1");
        source.bytes[14] = (uint8_t)i;
        memcpy(body + 24 + 16 * i, source.bytes, 16);
    }
    frame_icmpv6(&bare, test_group_mac(to), ROUTER_MAC, ROUTER, to, 1, 130, 0, body, length);
    memcpy(in.bytes, bare.bytes, 54);
    memcpy(in.bytes + 54, options, 8);
    memcpy(in.bytes + 62, bare.bytes + 54, 4u + length);
    in.bytes[20] = 0;
    in.bytes[18] = (uint8_t)((12u + length) / 256u);
    in.bytes[19] = (uint8_t)(12u + length);
    in.length = 66u + length;
}

static void query(const struct v6nf_address *group, uint16_t delay, int sources)
{
    make_query(group, delay, sources);
    assert_int_equal(input(), 0);
}

/* -- The program --------------------------------------------------------------------------------------------------- */

static void all_groups_are_joined_reported_twice_and_received(void **state)
{
    (void)state;
    join_all();
    assert_int_equal(join(GROUPS), V6NF_FULL);
    assert_int_equal(join(0), V6NF_OK); /* a second listener needs no slot */
    run_until(f.now);
    assert_stated(1, TO_EX);
    assert_true(reports.frames <= GROUPS / RECORDS_MIN + 1u);
    uint64_t begin = f.now;
    run_until(f.now + 60u * SECOND);
    assert_stated(2, TO_EX);
    assert_true(reports.frames <= 2u * (GROUPS / RECORDS_MIN + 1u));
    assert_true(reports.last <= begin + SECOND);
    for (unsigned i = 0; i < GROUPS; i++) {
        assert_true(is_received(i));
    }
    assert_false(is_received(GROUPS));
}

static void groups_are_left_and_their_slots_used_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GROUPS; i++) {
        assert_int_equal(leave(i), V6NF_OK);
        assert_int_equal(leave(i), V6NF_INVALID);
    }
    run_until(f.now + 60u * SECOND);
    assert_stated(2, TO_IN);
    assert_false(is_received(0));
    /* Leave and join by turns, while the ends of groups are still being reported. */
    join_all();
    for (unsigned i = 0; i < GROUPS; i++) {
        assert_int_equal(leave(i), V6NF_OK);
        assert_int_equal(join(GROUPS), V6NF_OK);
        assert_false(is_received(i));
        assert_true(is_received(GROUPS));
        assert_int_equal(leave(GROUPS), V6NF_OK);
        assert_int_equal(join(i), V6NF_OK);
        assert_valid();
        i += 97u;
    }
    run_until(f.now + 60u * SECOND);
    assert_valid();
    assert_false(is_received(GROUPS));
}

/* -- Queries ------------------------------------------------------------------------------------------------------- */

static void general_query_is_answered_with_each_group_once(void **state)
{
    (void)state;
    query(NULL, 1000, 0);
    run_until(f.now + 1000u * MILLISECOND);
    assert_stated(1, IS_EX);
    assert_int_equal(reports.of_node, 1); /* both addresses of the fixture have the same */
    assert_true(reports.frames <= GROUPS / RECORDS_MIN + 1u);
}

/* A small packet must not cause thousands of records each time. */
static void general_queries_in_a_flood_are_answered_together(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    for (unsigned i = 0; i < 1000u; i++) {
        query(NULL, 0, 0);
        run_until(begin + i * MILLISECOND);
    }
    run_until(begin + 10u * SECOND);
    assert_true(reports.stated[0] >= 2u && reports.stated[0] <= 4u);
    assert_stated(reports.stated[0], IS_EX);
    assert_true(reports.frames <= reports.stated[0] * (GROUPS / RECORDS_MIN + 1u));
}

/* The answers are sent in many packets: groups that are left meanwhile are not in them, those that are joined are. */
static void groups_change_during_an_answer(void **state)
{
    static uint8_t buffer[1514];
    (void)state;
    query(NULL, 0, 0);
    for (unsigned i = 0; i < 10u; i++) {
        uint32_t length = v6nf_node_tick(&f.node, buffer, sizeof buffer, f.now);
        assert_int_not_equal(length, 0);
        note_report(buffer, length);
        assert_valid();
    }
    forget_reports();
    for (unsigned i = 0; i < GROUPS - 1u; i++) {
        assert_int_equal(leave(i), V6NF_OK);
    }
    assert_int_equal(join(GROUPS), V6NF_OK);
    assert_valid();
    run_until(f.now);
    assert_int_equal(reports.stated[0], 0); /* its slot was used */
    for (unsigned i = 1; i < GROUPS - 1u; i++) {
        assert_int_equal(reports.kinds[i], TO_IN);
        assert_int_equal(reports.stated[i], 1);
    }
    assert_int_equal(reports.kinds[GROUPS - 1u], IS_EX);
    assert_int_equal(reports.kinds[GROUPS], IS_EX);
}

static void queries_about_groups_cause_at_most_one_record_each(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20000u; i++) {
        struct v6nf_address group = group_address(i * 2654435761u % (GROUPS + 1u));
        query(&group, i % 3u == 0u ? 0u : 1000u, (int)(i % 5u == 0u ? 60u : i % 4u));
        if (i % 1000u == 0u) {
            assert_valid();
        }
    }
    run_until(f.now + 10u * SECOND);
    unsigned records = 0;
    for (unsigned i = 0; i < GROUPS; i++) {
        records += reports.stated[i];
    }
    assert_true(records <= GROUPS); /* one answer serves all Queries that were received before it */
    assert_true(records > GROUPS / 2u);
    assert_int_equal(reports.stated[GROUPS], 0);
}

/* What was asked about a group that is left is not answered when it is joined again. */
static void query_before_a_group_was_left_is_forgotten(void **state)
{
    struct v6nf_address group = group_address(5);
    (void)state;
    query(&group, 1000, 2);
    assert_int_equal(leave(5), V6NF_OK);
    assert_int_equal(join(5), V6NF_OK);
    assert_valid();
    run_until(f.now + 60u * SECOND);
    assert_int_equal(reports.stated[5], 2); /* the two Reports of the change */
    assert_int_equal(reports.kinds[5], TO_EX);
}

/* -- Version 1 ----------------------------------------------------------------------------------------------------- */

static void version_1_query_is_answered_with_each_group_once(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    query(NULL, 2000, -1);
    query(NULL, 5000, -1); /* served by the same answers */
    run_until(begin + 2100u * MILLISECOND);
    assert_stated(1, REPORT_V1);
    assert_int_equal(reports.frames, reports.version_1);
    run_until(begin + 10u * SECOND);
    assert_stated(1, REPORT_V1);
}

/* What was due in version 2 is cancelled (RFC 9777, 8.2.1), also for groups that are not in the Query. */
static void change_to_version_1_cancels_reports_of_all_groups(void **state)
{
    struct v6nf_address group = group_address(0);
    (void)state;
    join_all();
    run_until(f.now);
    assert_stated(1, TO_EX); /* and once more within a second */
    forget_reports();
    query(&group, 1000, -1);
    /* A group that changes afterwards is reported. */
    assert_int_equal(leave(7), V6NF_OK);
    assert_int_equal(join(7), V6NF_OK);
    run_until(f.now + 60u * SECOND);
    assert_int_equal(reports.stated[0], 1);
    assert_int_equal(reports.stated[7], 2);
    assert_int_equal(reports.frames, 3);
}

/* -- The node's own groups ----------------------------------------------------------------------------------------- */

/* Return true if the node takes an Echo Request to the solicited-node group with these last 24 bits. */
static bool takes_solicited_node(uint32_t low)
{
    char group[40];
    snprintf(group, sizeof group, "ff02::1:ff%02x:%x", low >> 16 & 0xFFu, low & 0xFFFFu);
    frame_echo(&in, test_group_mac(group), f.peer.mac, f.peer.address, group, 128, 7, 1, 8);
    uint64_t before = f.node.counters[V6NF_DROP_NOT_OURS];
    (void)input();
    return f.node.counters[V6NF_DROP_NOT_OURS] == before;
}

static struct v6nf_address own_address(unsigned number, bool shares_group)
{
    struct v6nf_address address = test_address_of("2001:db8::");
    address.bytes[6] = (uint8_t)(number >> 8);
    address.bytes[7] = (uint8_t)number;
    address.bytes[13] = shares_group ? 0xAA : (uint8_t)(number >> 8);
    address.bytes[14] = shares_group ? 0xBB : (uint8_t)number;
    address.bytes[15] = 9;
    return address;
}

static uint32_t low_of(const struct v6nf_address *address)
{
    return (uint32_t)address->bytes[13] << 16 | (uint32_t)address->bytes[14] << 8 | address->bytes[15];
}

static unsigned add_addresses(bool share_group)
{
    unsigned count = 0;
    for (enum v6nf_status status = V6NF_OK; status == V6NF_OK; count++) {
        struct v6nf_address address = own_address(count, share_group);
        status = v6nf_node_add_address(&f.node, &address, 64, f.now);
        assert_true(status == V6NF_OK || status == V6NF_FULL);
    }
    return count - 1u;
}

static void each_address_has_its_solicited_node_group(void **state)
{
    (void)state;
    unsigned count = add_addresses(false);
    assert_int_equal(count, V6NF_ADDRESSES - 2u); /* link-local and global */
    run_until(f.now + 10u * SECOND);
    assert_int_equal(reports.of_node, 2u * count);
    for (unsigned i = 0; i < count; i++) {
        struct v6nf_address address = own_address(i, false);
        assert_true(takes_solicited_node(low_of(&address)));
        assert_false(takes_solicited_node(low_of(&address) + 1u));
        const char *group = test_solicited_node(text_of(&address));
        frame_ns(&in, test_group_mac(group), f.peer.mac, f.peer.address, group, text_of(&address), f.peer.mac);
        assert_int_equal(input(), 86); /* an Advertisement with the link-layer address */
    }
    for (unsigned i = 0; i < count; i += 3u) {
        struct v6nf_address address = own_address(i, false);
        assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
        assert_false(takes_solicited_node(low_of(&address)));
    }
    assert_valid();
}

static void addresses_with_one_group_leave_it_with_the_last_one(void **state)
{
    (void)state;
    unsigned count = add_addresses(true);
    struct v6nf_address address = own_address(0, true);
    run_until(f.now + 10u * SECOND);
    assert_int_equal(reports.of_node, 2);
    for (unsigned i = 0; i < count; i++) {
        assert_true(takes_solicited_node(low_of(&address)));
        address = own_address(i, true);
        assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
    }
    assert_false(takes_solicited_node(low_of(&address)));
}

/* Addresses are removed in any order: each one that stays is found, and its prefix is on-link, as long as it stays. */
static void addresses_and_their_prefixes_are_known_until_they_are_removed(void **state)
{
    (void)state;
    struct v6nf_address narrow = test_address_of("2001:db8:aaaa::1");
    struct v6nf_address second = test_address_of("2001:db8:aaaa::2");
    assert_int_equal(v6nf_node_add_address(&f.node, &narrow, 120, f.now), V6NF_OK);
    assert_int_equal(v6nf_node_add_address(&f.node, &second, 120, f.now), V6NF_OK);
    unsigned count = add_addresses(true);
    run_until(f.now + 10u * SECOND);
    for (unsigned i = 0; i < count; i++) {
        unsigned number = i * 101u % count; /* a permutation: 101 is prime */
        struct v6nf_address address = own_address(number, true);
        struct v6nf_address other = address;
        other.bytes[15] = 0x77;
        assert_true(v6nf_own_address_is_on_link(&f.node, other.bytes));
        assert_int_not_equal(v6nf_own_address_find(&f.node, address.bytes), V6NF_ADDRESSES);
        assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
        assert_int_equal(v6nf_own_address_find(&f.node, address.bytes), V6NF_ADDRESSES);
        /* 2001:db8::/64 is that of the fixture's address, too. */
        assert_int_equal(v6nf_own_address_is_on_link(&f.node, other.bytes), number == 0u);
        assert_true(v6nf_own_address_table_is_valid(&f.node));
    }
    struct v6nf_address near = test_address_of("2001:db8:aaaa::f0");
    struct v6nf_address far = test_address_of("2001:db8:aaaa::100");
    assert_true(v6nf_own_address_is_on_link(&f.node, near.bytes));
    assert_false(v6nf_own_address_is_on_link(&f.node, far.bytes));
    assert_int_equal(v6nf_node_remove_address(&f.node, &narrow), V6NF_OK);
    assert_true(v6nf_own_address_is_on_link(&f.node, near.bytes)); /* with the second one */
    assert_int_equal(v6nf_node_remove_address(&f.node, &second), V6NF_OK);
    assert_false(v6nf_own_address_is_on_link(&f.node, near.bytes));
}

/* Of hundreds of addresses, the source is that with the prefix of the destination (RFC 6724, 5, rule 8). */
static void source_is_the_best_of_many(void **state)
{
    (void)state;
    unsigned count = add_addresses(true);
    run_until(f.now + 10u * SECOND);
    for (unsigned i = 0; i < count; i++) {
        const struct v6nf_address address = own_address(i, true);
        struct v6nf_address near = address;
        near.bytes[15] = 0x77;
        /* 2001:db8::/64 is that of the fixture's address, too, and that address is the first. */
        const struct v6nf_address first = test_address_of(NODE_GLOBAL);
        const struct v6nf_address *best = i == 0u ? &first : &address;
        assert_memory_equal(f.node.addresses[v6nf_select_source(&f.node, near.bytes)].address.bytes, best, 16);
        assert_memory_equal(f.node.addresses[v6nf_select_source(&f.node, address.bytes)].address.bytes, &address, 16);
    }
    struct v6nf_address local = test_address_of("fe80::77");
    assert_int_equal(v6nf_select_source(&f.node, local.bytes), 0);
}

/* A new link, on which all groups are reported again. */
static void all_groups_are_reported_on_a_new_link(void **state)
{
    (void)state;
    v6nf_node_link_up(&f.node, f.now);
    run_until(f.now + 60u * SECOND);
    assert_stated(2, TO_EX);
    assert_true(reports.frames <= 2u * (GROUPS / RECORDS_MIN + 8u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_groups_are_joined_reported_twice_and_received, setup, check),
        cmocka_unit_test_setup_teardown(groups_are_left_and_their_slots_used_again, setup_joined, check),
        cmocka_unit_test_setup_teardown(general_query_is_answered_with_each_group_once, setup_joined, check),
        cmocka_unit_test_setup_teardown(general_queries_in_a_flood_are_answered_together, setup_joined, check),
        cmocka_unit_test_setup_teardown(groups_change_during_an_answer, setup_joined, check),
        cmocka_unit_test_setup_teardown(queries_about_groups_cause_at_most_one_record_each, setup_joined, check),
        cmocka_unit_test_setup_teardown(query_before_a_group_was_left_is_forgotten, setup_joined, check),
        cmocka_unit_test_setup_teardown(version_1_query_is_answered_with_each_group_once, setup_joined, check),
        cmocka_unit_test_setup_teardown(change_to_version_1_cancels_reports_of_all_groups, setup, check),
        cmocka_unit_test_setup_teardown(each_address_has_its_solicited_node_group, setup, check),
        cmocka_unit_test_setup_teardown(addresses_with_one_group_leave_it_with_the_last_one, setup, check),
        cmocka_unit_test_setup_teardown(addresses_and_their_prefixes_are_known_until_they_are_removed, setup, check),
        cmocka_unit_test_setup_teardown(source_is_the_best_of_many, setup, check),
        cmocka_unit_test_setup_teardown(all_groups_are_reported_on_a_new_link, setup_joined, check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
