/* test_dad.c: Duplicate Address Detection (RFC 4862, 5.4). */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/run.h"

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

#define OTHER_MAC "02:00:00:00:00:99"
#define ALL_NODES_MAC "33:33:00:00:00:01"

/* Run until the node sends something, a minute at most. */
static void run_until_sent(void)
{
    uint32_t count = f.sent_count;
    uint64_t end = f.now + 60u * SECOND;
    while (f.sent_count == count && f.now < end) {
        uint64_t next = v6nf_node_next_due(&f.node);
        fixture_run_until(&f, next < end ? next : end);
    }
    assert_true(f.sent_count > count);
}

static enum v6nf_address_state state_of(const char *address)
{
    return fixture_own(&f, address)->state;
}

/* Start a node that runs detection of its link-local address NODE_LINK_LOCAL and of NODE_GLOBAL. */
static void start_with_two(uint64_t seed, uint32_t dad_transmits)
{
    fixture_start_detection(&f, seed, dad_transmits);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_set_gateway(&f, GATEWAY);
    fixture_mark(&f);
}

/* Another node runs detection of the same address (5.4.3). */
static void other_node_solicits(const char *address)
{
    const char *group = test_solicited_node(address);
    frame_ns(&in, test_group_mac(group), OTHER_MAC, "::", group, address, NULL);
    fixture_input(&f, &in);
}

/* Another node advertises the address as its own (5.4.4). */
static void other_node_advertises(const char *address)
{
    frame_announcement(&in, &(struct test_station){.mac = OTHER_MAC, .address = address});
    fixture_input(&f, &in);
}

/* -- Sending (5.4.2) ----------------------------------------------------------------------------------------------- */

static void detection_is_one_solicitation_and_a_second_of_silence(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    uint64_t begin = f.now;
    assert_true(v6nf_node_is_detecting(&f.node));
    run_until_sent();
    uint64_t asked = f.now;
    assert_true(asked <= begin + SECOND);
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, asked, &expected);
    fixture_run_until(&f, asked + SECOND - 1u);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_TENTATIVE);
    assert_true(v6nf_node_is_detecting(&f.node));
    fixture_run_until(&f, asked + SECOND);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_PREFERRED);
    assert_false(v6nf_node_is_detecting(&f.node));
    fixture_run_until(&f, asked + 60u * SECOND);
    assert_sent_count(&f, 1);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

static void detection_has_the_bytes_of_the_rfc(void **state)
{
    /* clang-format off */
    static const struct test_frame solicitation = {
        .length = 78,
        .bytes = {
            0x33, 0x33, 0xff, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86, 0xdd, /* Ethernet */
            0x60, 0x00, 0x00, 0x00, 0x00, 0x18, 0x3a, 0xff,                               /* 24 bytes, ICMPv6, 255 */
            0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 0,       /* :: */
            0xff, 0x02, 0,    0,    0,    0,    0,    0,    0, 0, 0, 0x01, 0xff, 0, 0, 0x01,/* ff02::1:ff00:1 */
            0x87, 0x00, 0x7d, 0x25, 0, 0, 0, 0,                                           /* checksum by hand */
            0xfe, 0x80, 0,    0,    0,    0,    0,    0,    0, 0, 0, 0xff, 0xfe, 0, 0, 0x01,/* fe80::ff:fe00:1 */
        }};
    /* clang-format on */
    (void)state;
    fixture_start_detection(&f, 1, 1);
    run_until_sent();
    assert_sent(&f, 0, f.now, &solicitation);
}

/* The delay is spread over a second, so that nodes that start together do not collide. */
static void first_solicitation_has_a_random_delay_of_up_to_a_second(void **state)
{
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 100u; seed++) {
        fixture_start_detection(&f, seed, 1);
        uint64_t begin = f.now;
        run_until_sent();
        uint64_t delay = f.now - begin;
        assert_true(delay <= SECOND);
        shortest = delay < shortest ? delay : shortest;
        longest = delay > longest ? delay : longest;
    }
    assert_true(shortest < SECOND / 10u);
    assert_true(longest > SECOND - SECOND / 10u);
}

static void dad_transmits_is_the_number_of_solicitations_a_second_apart(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 3);
    run_until_sent();
    uint64_t asked = f.now;
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    fixture_run_until(&f, asked + 3u * SECOND - 1u);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_TENTATIVE);
    assert_sent_count(&f, 3);
    for (unsigned i = 0; i < 3u; i++) {
        assert_sent(&f, i, asked + i * SECOND, &expected);
    }
    fixture_run_until(&f, asked + 3u * SECOND);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_PREFERRED);
    assert_sent_count(&f, 3);
}

/* A value of zero means that no detection is done (5.1). */
static void without_detection_addresses_are_used_at_once(void **state)
{
    (void)state;
    start_with_two(1, 0);
    assert_false(v6nf_node_is_detecting(&f.node));
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_PREFERRED);
    assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_sent_count(&f, 0);
}

static void each_address_has_its_own_detection(void **state)
{
    static struct test_frame global;
    (void)state;
    start_with_two(1, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    frame_node_detection(&global, NODE_GLOBAL);
    assert_sent_count(&f, 2);
    bool global_first = memcmp(f.sent[0].frame.bytes, global.bytes, global.length) == 0;
    assert_frame(&f.sent[global_first ? 0 : 1].frame, &global);
    assert_frame(&f.sent[global_first ? 1 : 0].frame, &expected);
    assert_false(v6nf_node_is_detecting(&f.node));
}

static void address_added_later_is_detected_while_others_are_in_use(void **state)
{
    (void)state;
    start_with_two(1, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    fixture_add_address(&f, "2001:db8::abcd", 64);
    frame_echo_request(&in, &f.peer, "2001:db8::abcd", 7, 1, 8);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
    run_until_sent();
    frame_node_detection(&expected, "2001:db8::abcd");
    assert_sent(&f, 0, f.now, &expected);
    fixture_run_until(&f, f.now + SECOND);
    frame_echo_request(&in, &f.peer, "2001:db8::abcd", 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, "2001:db8::abcd", 7, 1, 8);
    assert_frame(&f.out, &expected);
}

static void addresses_that_cannot_be_added_are_refused(void **state)
{
    static const char *const bad[] = {"::", "::1", "ff02::1", "ff0e::1"};
    char text[40];
    (void)state;
    fixture_start_detection(&f, 1, 1);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct v6nf_address address = test_address_of(bad[i]);
        assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_INVALID);
    }
    struct v6nf_address address = test_address_of(NODE_GLOBAL);
    assert_int_equal(v6nf_node_add_address(&f.node, &address, 129, f.now), V6NF_INVALID);
    address = test_address_of(NODE_LINK_LOCAL);
    assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_EXISTS);
    for (unsigned i = 1; i < V6NF_ADDRESSES; i++) {
        snprintf(text, sizeof text, "2001:db8::%x", i);
        fixture_add_address(&f, text, 128);
    }
    address = test_address_of("2001:db8::ffff");
    assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_FULL);
    fixture_run_until(&f, f.now + 2u * SECOND);
    assert_sent_count(&f, V6NF_ADDRESSES); /* a solicitation each, all at once valid */
    assert_counted(&f, V6NF_ORIGINATED, V6NF_ADDRESSES);
    for (unsigned i = 0; i < V6NF_ADDRESSES; i++) {
        assert_int_equal(f.node.addresses[i].state, V6NF_ADDRESS_PREFERRED);
    }
}

/* -- While it is tentative (5.4) ----------------------------------------------------------------------------------- */

/* A tentative address answers nothing and is no source, before and after its first solicitation. */
static void tentative_address_is_silent(void **state)
{
    const char *group = test_solicited_node(NODE_GLOBAL);
    (void)state;
    for (unsigned asked = 0; asked < 2u; asked++) {
        start_with_two(1, 1);
        if (asked == 1u) {
            run_until_sent();
            if (f.sent_count == 1u) {
                run_until_sent(); /* for both addresses */
            }
        }
        fixture_mark(&f);
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NOT_OURS, 1);
        frame_echo(&in, ALL_NODES_MAC, f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 8);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        /* a solicitation with a source address is for resolution, and is ignored (5.4.3; v6LC.3.1.5) */
        frame_ns(&in, test_group_mac(group), f.peer.mac, f.peer.address, group, NODE_GLOBAL, f.peer.mac);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 2000, 3);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NO_SOURCE, 2); /* the answer to ff02::1, and the datagram */
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
        assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_TENTATIVE);
    }
}

/* See v6LC.3.1.2, A and C. */
static void detection_of_another_address_is_no_conflict(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    run_until_sent();
    const char *group = test_solicited_node(NODE_LINK_LOCAL);
    frame_ns(&in, test_group_mac(group), OTHER_MAC, "::", group, "fe80::1:ff:fe00:1", NULL); /* the group is the same */
    fixture_input(&f, &in);
    other_node_advertises("fe80::1:ff:fe00:1");
    fixture_run_until(&f, f.now + SECOND);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_PREFERRED);
    assert_counted(&f, V6NF_DUPLICATE_ADDRESSES, 0);
}

/* -- Conflicts (5.4.3 to 5.4.5) ------------------------------------------------------------------------------------ */

/* A conflict counts at each moment of detection: before the first solicitation, right after it, and just before the
 * end. */
static void conflict_at(unsigned moment, void (*conflict)(const char *))
{
    start_with_two(1, 1);
    if (moment > 0u) {
        while (fixture_own(&f, NODE_GLOBAL)->solicitations == 0u) {
            run_until_sent();
        }
    }
    if (moment > 1u) {
        fixture_run_until(&f, f.now + SECOND - 1u);
    }
    fixture_mark(&f);
    conflict(NODE_GLOBAL);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DUPLICATE_ADDRESSES, 1);
    assert_counted(&f, V6NF_DELIVERED, 1);
    assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_DUPLICATE);
}

static void assert_address_is_never_used_and_the_link_local_one_is(void)
{
    const struct test_station neighbor = {.mac = "02:00:00:00:00:02", .address = "fe80::2"};
    fixture_run_until(&f, f.now + 10u * SECOND);
    for (uint32_t i = 0; i < f.sent_count; i++) { /* detection of the other address, at most */
        frame_node_detection(&expected, NODE_LINK_LOCAL);
        assert_frame(&f.sent[i].frame, &expected);
    }
    assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_DUPLICATE);
    assert_false(v6nf_node_is_detecting(&f.node));
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_ns(&in, NODE_MAC, neighbor.mac, neighbor.address, NODE_GLOBAL, NODE_GLOBAL, neighbor.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_ns(&in, NODE_MAC, neighbor.mac, neighbor.address, NODE_LINK_LOCAL, NODE_LINK_LOCAL, neighbor.mac);
    fixture_input(&f, &in);
    frame_node_na(&expected, &neighbor, NODE_LINK_LOCAL);
    assert_frame(&f.out, &expected);
    frame_echo_request(&in, &neighbor, NODE_LINK_LOCAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &neighbor, NODE_LINK_LOCAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 0); /* the source is the remaining address */
    frame_node_ns(&expected, NODE_LINK_LOCAL, f.peer.address);
    assert_frame(&f.out, &expected);
}

static void solicitation_of_another_node_is_a_conflict(void **state)
{
    (void)state;
    for (unsigned moment = 0; moment < 3u; moment++) {
        conflict_at(moment, other_node_solicits);
        assert_address_is_never_used_and_the_link_local_one_is();
    }
}

static void advertisement_of_another_node_is_a_conflict(void **state)
{
    (void)state;
    for (unsigned moment = 0; moment < 3u; moment++) {
        conflict_at(moment, other_node_advertises);
        assert_address_is_never_used_and_the_link_local_one_is();
    }
}

/* Invalid messages do not stop detection; unusual but valid ones do (v6LC.3.1.3 and 3.1.4). */
static void assert_no_conflict(const char *name)
{
    fixture_case("%s", name);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    if (state_of(NODE_LINK_LOCAL) != V6NF_ADDRESS_TENTATIVE) {
        fail_case("it counted as a conflict");
    }
    fixture_case("%s", "");
}

/* Build a message that would be a conflict. */
static void build_conflict(bool solicitation)
{
    if (solicitation) {
        const char *group = test_solicited_node(NODE_LINK_LOCAL);
        frame_ns(&in, test_group_mac(group), OTHER_MAC, "::", group, NODE_LINK_LOCAL, NULL);
    } else {
        frame_announcement(&in, &(struct test_station){.mac = OTHER_MAC, .address = NODE_LINK_LOCAL});
    }
}

static void spoiled_messages_are_no_conflict(bool solicitation)
{
    build_conflict(solicitation);
    in.bytes[21] = 254;
    assert_no_conflict("hop limit 254");
    build_conflict(solicitation);
    in.bytes[55] = 1;
    frame_fix_checksum(&in);
    assert_no_conflict("code 1");
    build_conflict(solicitation);
    in.bytes[56] ^= 0xFFu;
    assert_no_conflict("wrong checksum");
    build_conflict(solicitation);
    in.length = 54u + 16u;
    frame_append(&in, NULL, 0);
    frame_fix_checksum(&in);
    assert_no_conflict("16 bytes");
}

static void invalid_messages_are_no_conflict(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    run_until_sent();
    spoiled_messages_are_no_conflict(true);
    const char *group = test_solicited_node(NODE_LINK_LOCAL);
    frame_ns(&in, test_group_mac(group), OTHER_MAC, "::", group, NODE_LINK_LOCAL, OTHER_MAC);
    assert_no_conflict("NS from :: with a link-layer address");
    frame_ns(&in, ALL_NODES_MAC, OTHER_MAC, "::", "ff02::1", NODE_LINK_LOCAL, NULL);
    assert_no_conflict("NS from :: to ff02::1");
    spoiled_messages_are_no_conflict(false);
    build_conflict(false);
    in.bytes[58] = NA_S;
    frame_fix_checksum(&in);
    assert_no_conflict("solicited NA to ff02::1");
    build_conflict(false);
    in.bytes[79] = 0;
    frame_fix_checksum(&in);
    assert_no_conflict("NA with an option of length 0");
    fixture_run_until(&f, f.now + SECOND);
    assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_PREFERRED);
}

static void unusual_but_valid_messages_are_a_conflict(void **state)
{
    static const uint8_t target_option[8] = {2, 1, 2, 0, 0, 0, 0, 0x99};
    static const uint8_t source_option[8] = {1, 1, 2, 0, 0, 0, 0, 0x99};
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        fixture_start_detection(&f, 1, 1);
        run_until_sent();
        build_conflict(i < 2u);
        if (i % 2u == 0u) {
            memset(in.bytes + 59, 0xFF, 3); /* reserved */
        } else {
            frame_append(&in, i == 1u ? target_option : source_option, 8);
        }
        frame_fix_checksum(&in);
        fixture_input(&f, &in);
        assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_DUPLICATE);
    }
}

/* After a conflict the address belongs to a neighbor like any other. The node can talk to it from other addresses. */
static void owner_of_the_address_is_a_neighbor(void **state)
{
    const struct test_station owner = {.mac = OTHER_MAC, .address = NODE_GLOBAL};
    (void)state;
    conflict_at(1, other_node_advertises);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_udp_send(&f, 1000, owner.address, 2000, 5);
    frame_node_ns(&expected, NODE_LINK_LOCAL, owner.address);
    assert_frame(&f.out, &expected);
    frame_answer(&in, &owner, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_udp(&expected, owner.mac, NODE_MAC, NODE_LINK_LOCAL, owner.address, 64, 1000, 2000, 5);
    assert_frame(&f.out, &expected);
    frame_ns(&in, NODE_MAC, owner.mac, owner.address, NODE_LINK_LOCAL, NODE_LINK_LOCAL, owner.mac);
    fixture_input(&f, &in);
    frame_node_na(&expected, &owner, NODE_LINK_LOCAL);
    assert_frame(&f.out, &expected);
    frame_echo_request(&in, &owner, NODE_LINK_LOCAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &owner, NODE_LINK_LOCAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
}

/* -- The link-local address: IP operation is disabled (5.4.5) ------------------------------------------------------ */

static unsigned datagrams;

static uint32_t count_datagram(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    datagrams++;
    return datagram->length;
}

/* Provoke the node in each way that could make it send. */
static void provoke(void)
{
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    for (unsigned i = 0; i < 2u; i++) {
        const char *group = test_solicited_node(own[i]);
        frame_echo_request(&in, &f.peer, own[i], 7, 1, 8);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        frame_ns(&in, test_group_mac(group), f.peer.mac, f.peer.address, group, own[i], f.peer.mac);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        frame_ns(&in, test_group_mac(group), f.peer.mac, "::", group, own[i], NULL);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, own[i], 64, 1000, 2000, 3);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
    }
    frame_echo(&in, ALL_NODES_MAC, f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 8);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_udp(&in, ALL_NODES_MAC, f.peer.mac, f.peer.address, "ff02::1", 64, 1000, 2000, 3);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1000, "ff02::1", 2000, 3);
    assert_nothing(&f.out);
}

static void conflict_of_the_link_local_address_disables_the_node(void **state)
{
    void (*const conflicts[])(const char *) = {other_node_solicits, other_node_advertises};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        start_with_two(1, 1);
        datagrams = 0;
        assert_int_equal(v6nf_udp_bind(&f.node, 2000, count_datagram, NULL), V6NF_OK);
        conflicts[i](NODE_LINK_LOCAL);
        assert_int_equal(state_of(NODE_LINK_LOCAL), V6NF_ADDRESS_DUPLICATE);
        fixture_run_until(&f, f.now + 10u * SECOND);
        provoke();
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_sent_count(&f, 0);
        assert_int_equal(datagrams, 0); /* "silently drop any IP packets received" */
        assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
    }
}

/* A global address that was valid earlier stops, too, with everything under way. */
static void disabled_node_sends_nothing_that_waited(void **state)
{
    uint64_t seed = 0;
    const struct test_station second = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    do { /* a seed with which the global address is ready first */
        seed++;
        start_with_two(seed, 1);
        while (state_of(NODE_GLOBAL) == V6NF_ADDRESS_TENTATIVE) {
            fixture_run_until(&f, v6nf_node_next_due(&f.node));
        }
    } while (state_of(NODE_LINK_LOCAL) != V6NF_ADDRESS_TENTATIVE);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    fixture_input(&f, &in); /* a neighbor that would be probed */
    fixture_udp_send(&f, 1000, second.address, 2000, 3);
    fixture_udp_send(&f, 1000, second.address, 2000, 3); /* packets that wait */
    fixture_mark(&f);
    other_node_solicits(NODE_LINK_LOCAL);
    assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_DUPLICATE);
    frame_announcement(&in, &second);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    provoke();
}

/* A packet whose neighbor is resolved, and that only waits for a tick, is not sent either. */
static void disabled_node_sends_nothing_that_is_due(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    f.node.dad_transmits = 0; /* the global address is valid without detection */
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    fixture_input(&f, &in);
    fixture_mark(&f);
    other_node_solicits(NODE_LINK_LOCAL);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

/* The duplicate address is the gateway's. It remains the gateway's when the link comes up, even if the gateway does
 * not answer at once. */
static void address_of_the_gateway_is_not_claimed_when_the_link_comes_up(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_add_address(&f, "2001:db8::7", 64);
    other_node_advertises("2001:db8::7");
    assert_int_equal(state_of("2001:db8::7"), V6NF_ADDRESS_DUPLICATE);
    fixture_set_gateway(&f, "2001:db8::7");
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(state_of(NODE_GLOBAL), V6NF_ADDRESS_PREFERRED);
    assert_int_equal(state_of("2001:db8::7"), V6NF_ADDRESS_DUPLICATE);
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 8);
    frame_node_ns(&expected, NODE_GLOBAL, "2001:db8::7");
    assert_frame(&f.out, &expected);
}

/* A later address does not make the node speak again. */
static void disabled_node_stays_silent_when_an_address_is_added(void **state)
{
    struct v6nf_address added = test_address_of("2001:db8::abcd");
    (void)state;
    fixture_start_detection(&f, 1, 1);
    other_node_solicits(NODE_LINK_LOCAL);
    fixture_mark(&f);
    (void)v6nf_node_add_address(&f.node, &added, 64, f.now);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_sent_count(&f, 0);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, "2001:db8::abcd", "2001:db8::abcd", f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

/* -- Two nodes on a cable ------------------------------------------------------------------------------------------ */

static struct v6nf_cable cable;
static struct v6nf_node first;
static struct v6nf_node second;

static const uint8_t twin_macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

/* Start a node that wants NODE_GLOBAL, its second address. */
static void make_twin(struct v6nf_node *node, uint64_t seed, const uint8_t *mac)
{
    static const uint8_t secret[16] = "one for both";
    const struct v6nf_address address = test_address_of(NODE_GLOBAL);
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .dad_transmits = 1, .seed = seed, .secret = secret};
    assert_int_equal(v6nf_node_init(node, &config, cable.now), V6NF_OK);
    assert_int_equal(v6nf_node_add_address(node, &address, 64, cable.now), V6NF_OK);
}

/* Run both nodes until `time`, a millisecond at a time. */
static void run_both(bool second_too, uint64_t time)
{
    while (cable.now < time) {
        v6nf_cable_advance(&cable, cable.now + MILLISECOND);
        (void)v6nf_run(&first, &cable.a.port, cable.now);
        if (second_too) {
            (void)v6nf_run(&second, &cable.b.port, cable.now);
        }
        (void)v6nf_run(&first, &cable.a.port, cable.now);
    }
}

static void start_cable(const uint8_t *second_mac)
{
    assert_true(v6nf_cable_init(&cable, 1500, 1514, 1));
    memcpy(cable.a.port.mac, twin_macs[0], 6);
    memcpy(cable.b.port.mac, second_mac, 6);
    cable.a.knobs.latency = 5u * MILLISECOND;
    cable.b.knobs.latency = 5u * MILLISECOND;
}

/* Their solicitations cross on the cable. */
static void twins_that_solicit_simultaneously_both_lose_the_address(void **state)
{
    (void)state;
    start_cable(twin_macs[1]);
    make_twin(&first, 1, twin_macs[0]);
    make_twin(&second, 1, twin_macs[1]);
    first.addresses[1].due = second.addresses[1].due = cable.now + SECOND / 2u;
    run_both(true, 10u * SECOND);
    assert_int_equal(first.addresses[1].state, V6NF_ADDRESS_DUPLICATE);
    assert_int_equal(second.addresses[1].state, V6NF_ADDRESS_DUPLICATE);
}

/* For any delays, at most one has the address in the end: the first to solicit, if any. */
static void twins_never_both_use_the_address(void **state)
{
    (void)state;
    for (uint64_t seed = 2; seed < 30u; seed++) {
        start_cable(twin_macs[1]);
        make_twin(&first, 1, twin_macs[0]);
        make_twin(&second, seed, twin_macs[1]);
        run_both(true, 4u * SECOND);
        assert_false(v6nf_node_is_detecting(&first));
        assert_false(v6nf_node_is_detecting(&second));
        assert_false(first.addresses[1].state == V6NF_ADDRESS_PREFERRED &&
                     second.addresses[1].state == V6NF_ADDRESS_PREFERRED);
    }
}

static void twin_that_starts_later_loses_the_address(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        const uint8_t *mac = twin_macs[i]; /* with the first's MAC address, too: it is answered */
        start_cable(mac);
        make_twin(&first, 1, twin_macs[0]);
        run_both(false, 3u * SECOND);
        assert_int_equal(first.addresses[1].state, V6NF_ADDRESS_PREFERRED);
        while (v6nf_cable_receive(&cable.b, NULL, 0) != 0u) {
            /* what was sent before the second node existed */
        }
        make_twin(&second, 2, mac);
        run_both(true, 6u * SECOND);
        assert_int_equal(first.addresses[1].state, V6NF_ADDRESS_PREFERRED);
        assert_int_equal(second.addresses[1].state, V6NF_ADDRESS_DUPLICATE);
    }
}

#if V6NF_ENHANCED_DETECTION
/* One MAC address, secret and seed give the same link-local addresses. Nonces distinguish nodes that did not start
 * in the same microsecond. */
static void clones_detect_each_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        start_cable(twin_macs[0]);
        make_twin(&first, 1, twin_macs[0]);
        if (i == 0u) {
            v6nf_cable_advance(&cable, cable.now + 1u);
            make_twin(&second, 1, twin_macs[0]);
        } else { /* a copy that joins the link a moment later */
            second = first;
            v6nf_node_link_up(&first, cable.now);
            v6nf_cable_advance(&cable, cable.now + 1u);
            v6nf_node_link_up(&second, cable.now);
        }
        run_both(true, 20u * SECOND);
        for (unsigned j = 0; j < 2u; j++) {
            assert_false(first.addresses[j].state == V6NF_ADDRESS_PREFERRED &&
                         second.addresses[j].state == V6NF_ADDRESS_PREFERRED);
        }
        assert_int_equal(first.counters[V6NF_LOOPED_BACK], 0);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detection_is_one_solicitation_and_a_second_of_silence),
        cmocka_unit_test(detection_has_the_bytes_of_the_rfc),
        cmocka_unit_test(first_solicitation_has_a_random_delay_of_up_to_a_second),
        cmocka_unit_test(dad_transmits_is_the_number_of_solicitations_a_second_apart),
        cmocka_unit_test(without_detection_addresses_are_used_at_once),
        cmocka_unit_test(each_address_has_its_own_detection),
        cmocka_unit_test(address_added_later_is_detected_while_others_are_in_use),
        cmocka_unit_test(addresses_that_cannot_be_added_are_refused),
        cmocka_unit_test(tentative_address_is_silent),
        cmocka_unit_test(detection_of_another_address_is_no_conflict),
        cmocka_unit_test(solicitation_of_another_node_is_a_conflict),
        cmocka_unit_test(advertisement_of_another_node_is_a_conflict),
        cmocka_unit_test(invalid_messages_are_no_conflict),
        cmocka_unit_test(unusual_but_valid_messages_are_a_conflict),
        cmocka_unit_test(owner_of_the_address_is_a_neighbor),
        cmocka_unit_test(conflict_of_the_link_local_address_disables_the_node),
        cmocka_unit_test(disabled_node_sends_nothing_that_waited),
        cmocka_unit_test(disabled_node_sends_nothing_that_is_due),
        cmocka_unit_test(address_of_the_gateway_is_not_claimed_when_the_link_comes_up),
        cmocka_unit_test(disabled_node_stays_silent_when_an_address_is_added),
        cmocka_unit_test(twins_that_solicit_simultaneously_both_lose_the_address),
        cmocka_unit_test(twins_never_both_use_the_address),
        cmocka_unit_test(twin_that_starts_later_loses_the_address),
#if V6NF_ENHANCED_DETECTION
        cmocka_unit_test(clones_detect_each_other),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
