/* test_path_mtu.c: who writes the table of path MTUs, who evicts whom, and what a full one does (RFC 8201, 4 and 5). */
#include "fixture_exchange.h"
#include "fixture_router.h"

#include <stdio.h>
#include <string.h>

#define LENGTH 1400u /* of long packets: IPv6 header and what follows */
#define NARROW 1280u
#define SHARE (V6NF_PATH_MTUS / 2u) /* entries of the program; the others are of replies */

#define FAR_20 "2001:db8:20::1"
#define FAR_30 "2001:db8:30::1"

/* Return one of many off-link hosts, as text in static storage. The next call overwrites it. */
static const char *far_host(unsigned number)
{
    static char address[40];
    snprintf(address, sizeof address, "2001:db8:bad:%x::1", number);
    return address;
}

static int setup(void **state)
{
    (void)setup_node(state);
    fixture_make_reachable(&f, &f.gateway);
    return 0;
}

/* Let a router on the path, or anyone else, say that this packet is too long for a link of `mtu` bytes. */
static void report_mtu(const struct test_station *router, const struct test_frame *about, uint32_t mtu)
{
    const struct test_station reporter = {.mac = router->mac, .address = "2001:db8:5::5"};
    frame_error_from(&in, &reporter, NODE_GLOBAL, 2, 0, mtu, about, 60);
    fixture_input(&f, &in);
}

/* Let a router on the path say that the packet in f.out is too long for it. */
static void report_too_big(const struct test_station *router)
{
    static struct test_frame about;
    about = f.out;
    report_mtu(router, &about, NARROW);
}

/* Send a long datagram, and let a path that carries NARROW bytes answer. Return true if it arrived, in fragments. */
static bool arrives_by(const struct test_station *router, const char *destination)
{
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, destination, 2000, LENGTH - 48u);
    if (f.out.length > NARROW + 14u) {
        report_too_big(router);
        return false;
    }
    uint32_t sent = f.out.length - 62u;
    fixture_tick(&f);
    for (uint32_t i = 0; i < f.sent_count; i++) {
        assert_true(f.sent[i].frame.length <= NARROW + 14u);
        sent += f.sent[i].frame.length - 62u;
    }
    return sent == LENGTH - 40u;
}

static bool arrives(const char *destination)
{
    return arrives_by(&f.gateway, destination);
}

/* Let an off-link host ping. Return true if the reply is sent whole. */
static bool is_answered_whole(const char *host, uint32_t length)
{
    const struct test_station from = {.mac = GATEWAY_MAC, .address = host};
    fixture_mark(&f);
    frame_echo_request(&in, &from, NODE_GLOBAL, 7, 1, length - 48u);
    fixture_input(&f, &in);
    assert_true(f.out.length == length + 14u || f.out.length <= NARROW + 14u);
    fixture_tick(&f);
    return f.out.length == length + 14u;
}

/* Let a host ping, and a router on its path say that the reply is too long. */
static void learn_by_reply(const char *host)
{
    if (is_answered_whole(host, LENGTH)) {
        report_too_big(&f.gateway);
    }
}

static uint32_t path_mtu_to(const char *address)
{
    const struct v6nf_address destination = test_address_of(address);
    return v6nf_node_path_mtu(&f.node, &destination, f.now);
}

/* The path MTUs of two destinations are both kept, for any addresses, and any host may ping (RFC 8201, 4). */
static void path_mtus_stay_while_other_hosts_ping(void **state)
{
    static const char *const destinations[] = {FAR_20, FAR_30};
    unsigned arrived = 0;
    unsigned hosts = 0;
    (void)state;
    if (SHARE < 2u) {
        return; /* the program has one entry */
    }
    assert_false(arrives(FAR_20));
    assert_false(arrives(FAR_30));
    for (unsigned i = 0; i < 20u; i++) {
        for (unsigned j = 0; j < 50u; j++) {
            (void)is_answered_whole(far_host(hosts), 56);
            hosts++;
        }
        arrived += arrives(destinations[i % 2u]) ? 1u : 0u;
    }
    assert_int_equal(arrived, 20);
}

/* Replies to any number of hosts, of which each may lie about its path, cost the program none of its path MTUs. */
static void path_mtus_of_replies_evict_none_of_the_program(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SHARE; i++) {
        assert_false(arrives(far_host(0x8000u + i)));
    }
    for (unsigned i = 0; i < 4u * V6NF_PATH_MTUS; i++) {
        learn_by_reply(far_host(i));
    }
    for (unsigned i = 0; i < SHARE; i++) {
        assert_int_equal(path_mtu_to(far_host(0x8000u + i)), NARROW);
    }
    assert_int_equal(path_mtu_to(FAR_20), 1500); /* nor does it make those of the program unknown */
}

/* A path MTU that was evicted before its time must not be exceeded (RFC 8201, 4): while the node does not know whose it
 * was, long replies are sent in fragments of the minimum MTU. */
static void long_replies_are_fragments_after_their_table_was_full(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SHARE; i++) {
        learn_by_reply(far_host(i));
    }
    assert_true(is_answered_whole(far_host(0x8000), LENGTH));
    report_too_big(&f.gateway); /* one more: it evicts the first */
    assert_false(is_answered_whole(far_host(0), LENGTH));
    assert_false(is_answered_whole(far_host(0x8001), LENGTH));
    assert_true(is_answered_whole(far_host(0x8001), NARROW));
    fixture_run_until(&f, f.now + 601u * SECOND); /* now the path MTU would have expired */
    fixture_make_reachable(&f, &f.gateway);
    assert_true(is_answered_whole(far_host(0x8001), LENGTH));
}

/* The same for packets of the program, which evict only each other: the one used longest ago. */
static void least_recently_used_path_mtu_of_the_program_is_evicted(void **state)
{
    (void)state;
    learn_by_reply(far_host(0x8000));
    for (unsigned i = 0; i < SHARE; i++) {
        f.now++;
        assert_false(arrives(far_host(i)));
    }
    f.now++;
    assert_true(arrives(far_host(0)));
    assert_int_equal(path_mtu_to(FAR_20), 1500);
    f.now++;
    assert_false(arrives(far_host(SHARE)));
    const struct v6nf_address used = test_address_of(far_host(0));
    bool is_kept = false;
    for (unsigned i = 0; i < V6NF_PATH_MTUS; i++) {
        const struct v6nf_path_mtu *entry = &f.node.path_mtus[i];
        is_kept = is_kept || (entry->expires != 0u && v6nf_address_equal(entry->destination.bytes, used.bytes));
    }
    assert_int_equal(is_kept, SHARE > 1u);
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    assert_true(is_answered_whole(far_host(0x8001), LENGTH)); /* replies have lost none */
    assert_false(is_answered_whole(far_host(0x8000), LENGTH));
}

/* -- What unknown hosts say of paths ------------------------------------------------------------------------------- */

/* Build a long datagram of the program in `expected`, as it was sent, or was not. */
static void build_datagram(const char *destination)
{
    frame_udp(&expected, GATEWAY_MAC, NODE_MAC, NODE_GLOBAL, destination, 64, 1000, 2000, LENGTH - 48u);
}

/* Anyone can say that a reply was too long, even one that the node never sent. That binds replies only: datagrams of
 * the program to the same host are sent whole. */
static void packet_too_big_about_a_reply_does_not_bind_the_program(void **state)
{
    const struct test_station host = {.mac = GATEWAY_MAC, .address = FAR_20};
    (void)state;
    fixture_udp_send(&f, 1000, FAR_20, 2000, LENGTH - 48u);
    assert_int_equal(f.out.length, LENGTH + 14u);
    frame_echo_reply(&expected, &host, NODE_GLOBAL, 7, 1, LENGTH - 48u);
    report_mtu(&f.gateway, &expected, NARROW);
    assert_int_equal(path_mtu_to(FAR_20), 1500);
    fixture_udp_send(&f, 1000, FAR_20, 2000, LENGTH - 48u);
    assert_int_equal(f.out.length, LENGTH + 14u);
    assert_false(is_answered_whole(FAR_20, LENGTH));
}

/* A ping from a host, or in its name, is answered whole: the datagram that follows is not longer than the path MTU of
 * the program's datagrams to that host (RFC 8201, 4). */
static void pings_do_not_lengthen_the_datagrams_of_the_program(void **state)
{
    (void)state;
    assert_false(arrives(FAR_20));
    assert_true(arrives(FAR_20));
    for (unsigned i = 0; i < 3u; i++) {
        assert_true(is_answered_whole(FAR_20, LENGTH));
        assert_true(arrives(FAR_20));
    }
}

/* What an unknown host said first about a reply to a host does not make the path MTU of the program's datagrams to that
 * host one that other unknown hosts can evict (RFC 8201, 4). */
static void path_mtu_of_the_program_stays_after_one_of_a_reply(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, FAR_20, 2000, LENGTH - 48u);
    assert_true(is_answered_whole(FAR_20, LENGTH));
    expected = f.out;
    report_mtu(&f.gateway, &expected, NARROW + 80u);
    build_datagram(FAR_20);
    report_mtu(&f.gateway, &expected, NARROW);
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    for (unsigned i = 0; i < 2u * V6NF_PATH_MTUS; i++) {
        learn_by_reply(far_host(i));
    }
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    assert_true(arrives(FAR_20));
}

/* Packet Too Big about datagrams that the program could have sent, to hosts that it never sent to, change nothing: else
 * more than its share of them would make all its path MTUs unknown (RFC 8201, 4 and 6). */
static void packets_too_big_about_unknown_destinations_are_ignored(void **state)
{
    (void)state;
    assert_false(arrives(FAR_20));
    for (unsigned i = 0; i < 4u * V6NF_PATH_MTUS; i++) {
        build_datagram(far_host(i));
        report_mtu(&f.gateway, &expected, NARROW);
        assert_int_equal(path_mtu_to(far_host(i)), 1500);
    }
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    assert_int_equal(path_mtu_to(FAR_30), 1500);
    fixture_udp_send(&f, 1000, FAR_30, 2000, LENGTH - 48u);
    assert_int_equal(f.out.length, LENGTH + 14u);
}

/* A host has lately received fragments of the node. Their identification says nothing of packets to another one: quoted
 * with that destination, it does not lower its path MTU (RFC 8201, 6). */
static void identification_of_a_fragment_counts_for_its_destination_only(void **state)
{
    static struct test_frame fragment;
    uint8_t other[16];
    (void)state;
    assert_false(arrives(FAR_20));
    fixture_udp_send(&f, 1000, FAR_30, 2000, LENGTH - 48u);
    assert_int_equal(f.out.length, LENGTH + 14u);
    for (uint32_t which = 0; which < 2u; which++) {
        assert_true(arrives(FAR_20)); /* in fragments */
        fragment = which == 0u ? f.out : f.sent[f.sent_count - 1u].frame;
        fragment.bytes[56] |= which == 0u ? 0x10u : 0u; /* a later one: it has no ports */
        fragment.bytes[18] = 5;                         /* as long as one of 1400 bytes */
        fragment.bytes[19] = 0x50;
        memcpy(other, fragment.bytes + 38, 16);
        test_address(fragment.bytes + 38, FAR_30);
        report_mtu(&f.gateway, &fragment, NARROW);
        assert_counted(&f, V6NF_DROP_ICMPV6_ERROR, 1);
        assert_int_equal(path_mtu_to(FAR_30), 1500);
    }
    fixture_run_until(&f, f.now + 601u * SECOND); /* the path MTU is forgotten */
    assert_int_equal(path_mtu_to(FAR_20), 1500);
    memcpy(fragment.bytes + 38, other, 16);
    report_mtu(&f.gateway, &fragment, NARROW); /* it is true of its own destination */
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
}

/* -- What else changes on the link --------------------------------------------------------------------------------- */

/* A path MTU is of the destination: it stays with another source, another next hop and another router. */
static void path_mtu_stays_with_another_next_hop(void **state)
{
    (void)state;
    fixture_start_host(&f);
    fixture_advertise_router(&f, &router_1, 9000, PRF_MEDIUM);
    fixture_let_router_answer(&f, &router_1);
    assert_false(arrives_by(&router_1, FAR_20));
    assert_true(arrives_by(&router_1, FAR_20));

    fixture_add_address(&f, "2001:db8:0:7::1", 64);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_true(arrives_by(&router_1, FAR_20));

    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR_30, router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR_30, &router_2);
    assert_true(arrives_by(&router_1, FAR_20));

    fixture_advertise_router(&f, &router_2, 9000, PRF_HIGH);
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    assert_int_equal(path_mtu_to(FAR_30), 1500);
}

/* A router lowers the MTU of the link. What is known about a destination does not let a longer packet leave to it: no
 * datagram, and no reply (RFC 4861, 6.3.4; RFC 8200, 5). */
static void lower_link_mtu_is_not_exceeded(void **state)
{
    const struct test_station host = {.mac = router_1.mac, .address = FAR_20};
    (void)state;
    for (unsigned by_reply = 0; by_reply < 2u; by_reply++) {
        fixture_start_host(&f);
        fixture_advertise_router(&f, &router_1, 9000, PRF_HIGH);
        fixture_let_router_answer(&f, &router_1);
        for (unsigned i = 0; i < 3u; i++) {
            if (i == 2u) {
                frame_ra(&in, &router_1, 9000, PRF_HIGH);
                ra_mtu(&in, NARROW);
                fixture_input_silent(&f, &in);
            }
            if (by_reply != 0u) {
                frame_echo_request(&in, &host, NODE_GLOBAL, 7, 1, LENGTH - 48u);
                fixture_input(&f, &in);
            } else {
                fixture_udp_send(&f, 1000, FAR_20, 2000, LENGTH - 48u);
            }
            assert_true(f.out.length != 0u);
            assert_true(i < 2u ? f.out.length == LENGTH + 14u : f.out.length <= NARROW + 14u);
        }
    }
}

/* Another link has other paths. */
static void path_mtus_are_forgotten_on_another_link(void **state)
{
    (void)state;
    assert_false(arrives(FAR_20));
    assert_int_equal(path_mtu_to(FAR_20), NARROW);
    v6nf_node_link_up(&f.node, f.now);
    assert_int_equal(path_mtu_to(FAR_20), 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(path_mtus_stay_while_other_hosts_ping, setup),
        cmocka_unit_test_setup(path_mtus_of_replies_evict_none_of_the_program, setup),
        cmocka_unit_test_setup(long_replies_are_fragments_after_their_table_was_full, setup),
        cmocka_unit_test_setup(least_recently_used_path_mtu_of_the_program_is_evicted, setup),
        cmocka_unit_test_setup(packet_too_big_about_a_reply_does_not_bind_the_program, setup),
        cmocka_unit_test_setup(pings_do_not_lengthen_the_datagrams_of_the_program, setup),
        cmocka_unit_test_setup(path_mtu_of_the_program_stays_after_one_of_a_reply, setup),
        cmocka_unit_test_setup(identification_of_a_fragment_counts_for_its_destination_only, setup),
        cmocka_unit_test_setup(packets_too_big_about_unknown_destinations_are_ignored, setup),
        cmocka_unit_test(path_mtu_stays_with_another_next_hop),
        cmocka_unit_test(lower_link_mtu_is_not_exceeded),
        cmocka_unit_test_setup(path_mtus_are_forgotten_on_another_link, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
