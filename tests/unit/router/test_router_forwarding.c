/* test_router_forwarding.c: packets that pass a router with two interfaces, and what it answers if they do not
 * (RFC 8200; RFC 4443; RFC 4861). */
#include <string.h>

#include "../node/fixture_frame_error.h"
#include "fixture_two_links.h"

#if V6NF_FORWARDING
#define PORT 9u
#define REMOTE "2001:db8:c::5"
#define GATE "fe80::77"
#define GATE_MAC "02:00:00:00:07:77"

static struct links r;
static struct test_frame in;
static struct test_frame expected;

static int setup(void **state)
{
    (void)state;
    links_start(&r, 1500);
    return 0;
}

/* Build a datagram from the host on interface 0. */
static void frame_from_host(const char *from, const char *to, uint8_t hop_limit, uint32_t size)
{
    frame_udp(&in, MAC_0, HOST_MAC_0, from, to, hop_limit, 1000, PORT, size);
}

static void expect_error(uint8_t type, uint8_t code, uint32_t parameter, const char *source)
{
    static struct test_frame quoted;
    uint8_t body[1280];
    const uint32_t size = in.length - 14u < 1280u - 48u ? in.length - 14u : 1280u - 48u;
    quoted = in;
    for (uint32_t i = 0; i < 4u; i++) {
        body[i] = (uint8_t)(parameter >> (24u - 8u * i));
    }
    memcpy(body + 4, quoted.bytes + 14, size);
    frame_icmpv6(&expected, HOST_MAC_0, MAC_0, source, HOST_0, 64, type, code, body, 4u + size);
    assert_frame(&r.out[0], &expected);
    assert_nothing(&r.out[1]);
}

static void packet_passes_unchanged_but_for_its_hop_limit(void **state)
{
    (void)state;
    frame_from_host(HOST_0, HOST_1, 15, 20);
    in.bytes[14] = 0x62; /* traffic class 0x20, and a flow label */
    in.bytes[16] = 0x12;
    links_input(&r, 0, &in);
    expected = in;
    test_mac(expected.bytes, HOST_MAC_1);
    test_mac(expected.bytes + 6, MAC_1);
    expected.bytes[21] = 14;
    assert_nothing(&r.out[0]);
    assert_int_equal(r.out[1].length, expected.length);
    assert_memory_equal(r.out[1].bytes, expected.bytes, expected.length);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_FORWARDED), 1);
    assert_int_equal(r.interfaces[1].sent, 1);
}

static void padding_of_the_link_is_cut(void **state)
{
    (void)state;
    frame_from_host(HOST_0, HOST_1, 64, 1);
    const uint32_t length = in.length;
    memset(in.bytes + length, 0xEE, 10);
    in.length = length + 10u;
    links_input(&r, 0, &in);
    assert_int_equal(r.out[1].length, length);
}

static void packet_with_exceeded_hop_limit_is_answered(void **state)
{
    (void)state;
    for (uint8_t hop_limit = 0; hop_limit < 2u; hop_limit++) {
        frame_from_host(HOST_0, HOST_1, hop_limit, 20);
        links_input(&r, 0, &in);
        expect_error(V6NF_ICMPV6_TIME_EXCEEDED, V6NF_ICMPV6_HOP_LIMIT, 0, OWN_0);
    }
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_HOP_LIMIT), 2);
    frame_from_host(HOST_0, HOST_1, 2, 20);
    links_input(&r, 0, &in);
    assert_int_equal(r.out[1].bytes[21], 1);
}

static void packet_without_route_is_answered(void **state)
{
    (void)state;
    frame_from_host(HOST_0, REMOTE, 64, 20);
    links_input(&r, 0, &in);
    expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0, OWN_0);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_NO_ROUTE), 1);
}

static void each_kind_of_route_has_its_answer(void **state)
{
    static const struct {
        enum v6nf_fib_kind kind;
        uint8_t code;
    } cases[] = {
        {V6NF_FIB_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE},
        {V6NF_FIB_PROHIBITED, V6NF_ICMPV6_PROHIBITED},
        {V6NF_FIB_POLICY, V6NF_ICMPV6_SOURCE_POLICY},
        {V6NF_FIB_REJECT, V6NF_ICMPV6_REJECT_ROUTE},
    };
    (void)state;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        links_add_route(&r, "2001:db8:c::", 48, cases[i].kind, 0, NULL);
        frame_from_host(HOST_0, REMOTE, 64, 20);
        links_input(&r, 0, &in);
        expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, cases[i].code, 0, OWN_0);
    }
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_DISCARD, 0, NULL);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_ROUTE), 5);
}

static void packet_follows_the_longest_prefix(void **state)
{
    (void)state;
    links_make_reachable(&r, 1, GATE_MAC, GATE);
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_UNREACHABLE, 0, NULL);
    links_add_route(&r, "2001:db8:c::4", 127, V6NF_FIB_NEXT_HOP, 1, GATE);
    frame_from_host(HOST_0, REMOTE, 64, 20);
    links_input(&r, 0, &in);
    frame_udp(&expected, GATE_MAC, MAC_1, HOST_0, REMOTE, 63, 1000, PORT, 20);
    assert_frame(&r.out[1], &expected);
    const struct v6nf_address prefix = test_address_of("2001:db8:c::4");
    const uint32_t route = v6nf_fib_route_of(&r.fib, prefix.bytes, 127);
    assert_int_equal(r.fib.routes[route].packets, 1);
    assert_int_equal(r.fib.routes[route].bytes, 68);
    frame_from_host(HOST_0, "2001:db8:c::6", 64, 20);
    links_input(&r, 0, &in);
    expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0, OWN_0);
}

static void packet_that_is_too_big_is_answered_with_the_mtu(void **state)
{
    (void)state;
    links_start(&r, 1280);
    frame_from_host(HOST_0, HOST_1, 64, 1280u - 48u + 1u);
    links_input(&r, 0, &in);
    expect_error(V6NF_ICMPV6_PACKET_TOO_BIG, 0, 1280, OWN_0);
    frame_from_host(HOST_0, HOST_1, 64, 1280u - 48u);
    links_input(&r, 0, &in);
    assert_int_equal(r.out[1].length, 1294);
}

static void link_local_packets_stay_on_their_link(void **state)
{
    (void)state;
    frame_from_host("fe80::7", HOST_1, 64, 20);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[1]);
    assert_int_equal(r.out[0].bytes[54], V6NF_ICMPV6_DESTINATION_UNREACHABLE);
    assert_int_equal(r.out[0].bytes[55], V6NF_ICMPV6_BEYOND_SCOPE);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_SCOPE), 1);
    frame_from_host(HOST_0, "fe80::ff:fe00:99", 64, 20);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
    static const char *const never[] = {"::", "::1", "::ffff:1.2.3.4", "ff02::1234", "ff0e::1234"};
    for (uint32_t i = 0; i < sizeof never / sizeof *never; i++) {
        frame_from_host(HOST_0, never[i], 64, 20);
        links_input(&r, 0, &in);
        assert_nothing(&r.out[1]);
        if (i < 4u) {
            frame_from_host(never[i], HOST_1, 64, 20);
            links_input(&r, 0, &in);
            assert_nothing(&r.out[0]);
            assert_nothing(&r.out[1]);
        }
    }
}

static void frames_for_others_are_not_forwarded(void **state)
{
    (void)state;
    frame_from_host(HOST_0, HOST_1, 64, 20);
    test_mac(in.bytes, "02:00:00:00:00:99");
    links_input(&r, 0, &in);
    assert_nothing(&r.out[1]);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_ETHER), 1);
    test_mac(in.bytes, "33:33:00:00:00:01");
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
}

/* Build a datagram with Hop-by-Hop options of 8 bytes. */
static void frame_with_option(uint8_t type, uint8_t length)
{
    uint8_t payload[8 + 8 + 8] = {17, 0, type, length};
    payload[8 + 5] = 16; /* some UDP length */
    frame_ipv6(&in, MAC_0, HOST_MAC_0, HOST_0, HOST_1, 0, 64, payload, sizeof payload);
}

static void hop_by_hop_options_decide(void **state)
{
    (void)state;
    frame_with_option(1, 4); /* PadN */
    links_input(&r, 0, &in);
    assert_int_equal(r.out[1].length, in.length);
    frame_with_option(0x1E, 4); /* skip */
    links_input(&r, 0, &in);
    assert_int_equal(r.out[1].length, in.length);
    frame_with_option(0x5E, 4); /* discard */
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
    for (uint8_t type = 0x9E; type == 0x9E || type == 0xDE; type = (uint8_t)(type + 0x40u)) {
        frame_with_option(type, 4);
        links_input(&r, 0, &in);
        expect_error(V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_OPTION, 42, OWN_0);
    }
    frame_with_option(1, 4);
    in.bytes[55] = 200; /* longer than the packet */
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_DROP_OPTION), 4);
}

static void packet_waits_for_its_next_hop(void **state)
{
    static const char absent[] = "2001:db8:b::99";
    static const char absent_mac[] = "02:00:00:00:09:99";
    (void)state;
    frame_from_host(HOST_0, absent, 64, 20);
    links_input(&r, 0, &in);
    frame_ns(&expected, test_group_mac(test_solicited_node(absent)), MAC_1, LOCAL_1, test_solicited_node(absent),
             absent, MAC_1);
    assert_nothing(&r.out[0]);
    assert_int_equal(r.out[1].length, expected.length);
    assert_memory_equal(r.out[1].bytes + 62, expected.bytes + 62, 16); /* the target */
    frame_na(&in, MAC_1, absent_mac, absent, LOCAL_1, absent, 0x60u, absent_mac);
    links_input(&r, 1, &in);
    frame_udp(&expected, absent_mac, MAC_1, HOST_0, absent, 63, 1000, PORT, 20);
    assert_frame(&r.out[1], &expected);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_WAITING), 1);
}

static void packet_to_an_absent_host_is_answered(void **state)
{
    (void)state;
    frame_from_host(HOST_0, "2001:db8:b::99", 64, 20);
    links_input(&r, 0, &in);
    links_mark(&r);
    links_run_until(&r, r.now + 4u * SECOND);
    const struct links_sent *last = &r.sent[r.sent_count - 1u];
    assert_int_equal(last->interface, 0);
    in.bytes[21]--; /* as a forwarded packet has it */
    uint8_t body[1280] = {0};
    memcpy(body + 4, in.bytes + 14, in.length - 14u);
    frame_icmpv6(&expected, HOST_MAC_0, MAC_0, OWN_0, HOST_0, 64, V6NF_ICMPV6_DESTINATION_UNREACHABLE,
                 V6NF_ICMPV6_ADDRESS_UNREACHABLE, body, 4u + in.length - 14u);
    assert_frame(&last->frame, &expected);
    assert_int_equal(r.interfaces[1].unreachable, 1);
}

static void errors_are_not_answered(void **state)
{
    (void)state;
    uint8_t body[4 + 48] = {0};
    body[4] = 0x60;
    for (uint8_t type = 1; type < 5u; type++) {
        frame_icmpv6(&in, MAC_0, HOST_MAC_0, HOST_0, REMOTE, 64, type, 0, body, sizeof body);
        links_input(&r, 0, &in);
        assert_nothing(&r.out[0]);
    }
    frame_icmpv6(&in, MAC_0, HOST_MAC_0, HOST_0, HOST_1, 1, 1, 0, body, sizeof body);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
}

static void router_answers_pings_to_each_of_its_addresses(void **state)
{
    static const char *const targets[] = {OWN_0, OWN_1};
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        frame_echo(&in, MAC_0, HOST_MAC_0, HOST_0, targets[i], 128, 7, 1, 56);
        links_input(&r, 0, &in);
        frame_echo(&expected, HOST_MAC_0, MAC_0, targets[i], HOST_0, 129, 7, 1, 56);
        assert_frame(&r.out[0], &expected);
    }
    /* The subnet-router anycast address of the other link is answered from a unicast address of this one. */
    frame_echo(&in, MAC_0, HOST_MAC_0, HOST_0, "2001:db8:b::", 128, 7, 1, 56);
    links_input(&r, 0, &in);
    frame_echo(&expected, HOST_MAC_0, MAC_0, OWN_0, HOST_0, 129, 7, 1, 56);
    assert_frame(&r.out[0], &expected);
    /* A host beyond a router. */
    links_make_reachable(&r, 1, GATE_MAC, GATE);
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_NEXT_HOP, 1, GATE);
    frame_echo(&in, MAC_1, GATE_MAC, REMOTE, OWN_0, 128, 7, 1, 56);
    links_input(&r, 1, &in);
    frame_echo(&expected, GATE_MAC, MAC_1, OWN_0, REMOTE, 129, 7, 1, 56);
    assert_frame(&r.out[1], &expected);
}

static void long_answer_is_sent_in_fragments_by_a_smaller_link(void **state)
{
    (void)state;
    links_start(&r, 1280);
    links_make_reachable(&r, 1, GATE_MAC, GATE);
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_NEXT_HOP, 1, GATE);
    frame_echo(&in, MAC_1, GATE_MAC, REMOTE, OWN_0, 128, 7, 1, 1300); /* longer than that link carries, but no matter */
    links_input(&r, 1, &in);
    assert_nothing(&r.out[1]);
    links_input(&r, 1, &in);
    links_run_until(&r, r.now);
    assert_int_equal(r.out[1].bytes[20], 44); /* Fragment header */
    assert_true(r.out[1].length <= 1294u);
}

static void routes_follow_addresses(void **state)
{
    const struct v6nf_address added = test_address_of("2001:db8:d::1");
    (void)state;
    frame_from_host(HOST_0, "2001:db8:d::5", 64, 20);
    links_input(&r, 0, &in);
    expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0, OWN_0);
    assert_int_equal(v6nf_node_add_address(&r.nodes[1], &added, 64, r.now), V6NF_OK);
    links_run_until(&r, r.now + 3u * SECOND);
    links_input(&r, 0, &in);
    assert_int_equal(links_counted(&r, 0, V6NF_ROUTER_WAITING), 1);
    frame_echo(&in, MAC_0, HOST_MAC_0, HOST_0, "2001:db8:d::1", 128, 7, 1, 8);
    links_input(&r, 0, &in);
    assert_int_equal(r.out[0].bytes[54], 129);
    assert_int_equal(v6nf_node_remove_address(&r.nodes[1], &added), V6NF_OK);
    links_run_until(&r, r.now + 4u * SECOND);
    frame_from_host(HOST_0, "2001:db8:d::5", 64, 20);
    links_input(&r, 0, &in);
    expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0, OWN_0);
    assert_int_equal(r.fib.lookup.prefixes, 6); /* of each interface: its address, its prefix, its anycast address */
}

/* Expect that an error to a host is from this source. */
static void expect_source(const char *host, const char *source)
{
    const struct v6nf_address expected_source = test_address_of(source);
    frame_from_host(host, "2001:db8:f::5", 64, 20);
    links_input(&r, 0, &in);
    assert_int_equal(r.out[0].bytes[54], V6NF_ICMPV6_DESTINATION_UNREACHABLE);
    assert_memory_equal(r.out[0].bytes + 22, expected_source.bytes, 16);
}

/* The source of an error gets to where the packet came from, also if no address of the interface does. */
static void errors_have_a_source_that_gets_there(void **state)
{
    static const char *const own_0[] = {OWN_0, "fd00:a::1", NULL};
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) { /* two addresses, one of the site, none */
        if (i == 0u) {
            const struct v6nf_address site = test_address_of("fd00:a::1");
            assert_int_equal(v6nf_node_add_address(&r.nodes[0], &site, 64, r.now), V6NF_OK);
        } else {
            const struct v6nf_address gone = test_address_of(own_0[i - 1u]);
            assert_int_equal(v6nf_node_remove_address(&r.nodes[0], &gone), V6NF_OK);
        }
        links_run_until(&r, r.now + 3u * SECOND);
        expect_source("2001:db8:e::5", i == 0u ? OWN_0 : OWN_1);
        expect_source("fd00:a::7", i == 2u ? OWN_1 : "fd00:a::1");
    }
}

static void address_of_the_router_gets_no_error(void **state)
{
    static const char *const own[] = {OWN_0, OWN_1, "2001:db8:b::"};
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        frame_from_host(own[i], "2001:db8:f::5", 64, 20);
        links_input(&r, 0, &in);
        assert_nothing(&r.out[0]);
        assert_nothing(&r.out[1]);
    }
}

/* The FIB does not know how many interfaces there are. */
static void route_by_no_interface_is_none(void **state)
{
    (void)state;
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_NEXT_HOP, LINKS, GATE);
    links_add_route(&r, "2001:db8:d::", 48, V6NF_FIB_ON_LINK, UINT32_MAX, NULL);
    links_add_route(&r, "2001:db8:e::", 48, V6NF_FIB_DELIVER, 200, NULL);
    static const char *const destinations[] = {"2001:db8:c::1", "2001:db8:d::1", "2001:db8:e::1"};
    for (uint32_t i = 0; i < 3u; i++) {
        frame_from_host(HOST_0, destinations[i], 64, 20);
        links_input(&r, 0, &in);
        expect_error(V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0, OWN_0);
    }
}

/* Packets follow a removed route until the look-up is built again. Its memory is free afterwards. */
static void removed_route_with_traffic_becomes_free(void **state)
{
    const struct v6nf_address prefix = test_address_of("2001:db8:c::");
    const struct v6nf_address gate = test_address_of(GATE);
    (void)state;
    links_make_reachable(&r, 1, GATE_MAC, GATE);
    for (uint32_t i = 0; i < 2u * LINKS_ROUTES; i++) {
        assert_int_equal(v6nf_fib_add(&r.fib, prefix.bytes, 48, V6NF_FIB_NEXT_HOP, 1, gate.bytes), V6NF_FIB_OK);
        links_run_until(&r, r.now);
        assert_int_equal(v6nf_fib_remove(&r.fib, prefix.bytes, 48), V6NF_FIB_OK);
        for (uint32_t j = 0; j < 4u; j++) {
            frame_from_host(HOST_0, REMOTE, 64, 1400);
            links_input(&r, 0, &in);
        }
        links_run_until(&r, r.now);
    }
    assert_int_equal(r.fib.removed_first, V6NF_FIB_NONE);
}

/* An address gets its routes when others have left the full table, and the router sleeps until then. */
static void address_waits_for_its_routes_in_a_full_table(void **state)
{
    const struct v6nf_address added = test_address_of("2001:db8:d::1");
    struct v6nf_address prefix = test_address_of("2001:db8:ff00::");
    (void)state;
    uint32_t count = 0;
    while (v6nf_fib_add(&r.fib, prefix.bytes, 48, V6NF_FIB_DISCARD, 0, NULL) == V6NF_FIB_OK) {
        prefix.bytes[5]++;
        count++;
    }
    assert_int_equal(count, LINKS_ROUTES - 6u);
    prefix.bytes[5]--;
    assert_int_equal(v6nf_fib_remove(&r.fib, prefix.bytes, 48), V6NF_FIB_OK); /* for one route of two */
    links_run_until(&r, r.now);
    assert_int_equal(v6nf_node_add_address(&r.nodes[1], &added, 64, r.now), V6NF_OK);
    links_run_until(&r, r.now + 3u * SECOND); /* which fails if something is always due */
    assert_true(r.interfaces[1].retry < V6NF_NEVER);
    assert_int_equal(v6nf_fib_route_of(&r.fib, added.bytes, 128), V6NF_FIB_NONE);
    for (uint32_t i = 0; i < 2u; i++) {
        prefix.bytes[5]--;
        assert_int_equal(v6nf_fib_remove(&r.fib, prefix.bytes, 48), V6NF_FIB_OK);
    }
    links_run_until(&r, r.now + 3u * SECOND);
    assert_true(r.interfaces[1].retry == V6NF_NEVER);
    frame_echo(&in, MAC_0, HOST_MAC_0, HOST_0, "2001:db8:d::1", 128, 7, 1, 8);
    links_input(&r, 0, &in);
    assert_int_equal(r.out[0].bytes[54], 129);
}

static void host_with_a_better_first_hop_gets_a_redirect(void **state)
{
    (void)state;
    links_make_reachable(&r, 0, GATE_MAC, GATE);
    links_add_route(&r, "2001:db8:c::", 48, V6NF_FIB_NEXT_HOP, 0, GATE);
    frame_from_host(HOST_0, REMOTE, 64, 20);
    links_input(&r, 0, &in);
    frame_udp(&expected, GATE_MAC, MAC_0, HOST_0, REMOTE, 63, 1000, PORT, 20);
    assert_frame(&r.out[0], &expected);
    links_mark(&r);
    links_run_until(&r, r.now);
    assert_int_equal(r.sent_count, 1);
    assert_int_equal(r.sent[0].interface, 0);
    assert_int_equal(r.sent[0].frame.bytes[54], V6NF_ICMPV6_REDIRECT);
    uint8_t target[16];
    test_address(target, GATE);
    assert_memory_equal(r.sent[0].frame.bytes + 62, target, 16);
}

static void router_solicitation_is_answered(void **state)
{
    (void)state;
    v6nf_router_advertise(&r.router, 0, true, r.now);
    links_run_until(&r, r.now + 100u * SECOND);
    links_mark(&r);
    frame_icmpv6(&in, "33:33:00:00:00:02", HOST_MAC_0, "fe80::7", "ff02::2", 255, 133, 0, NULL, 4);
    links_input(&r, 0, &in);
    links_run_until(&r, r.now + SECOND);
    assert_int_equal(r.sent_count, 1);
    assert_int_equal(r.sent[0].interface, 0);
    assert_int_equal(r.sent[0].frame.bytes[54], V6NF_ICMPV6_ROUTER_ADVERTISEMENT);
    v6nf_router_advertise(&r.router, 0, false, r.now);
    links_mark(&r);
    links_run_until(&r, r.now + 100u * SECOND);
    assert_true(r.sent_count >= 1u && r.sent_count <= 3u);
    assert_int_equal(v6nf_load16(r.sent[0].frame.bytes + 60), 0); /* router lifetime */
}

/* A frame is due at each tick: a new route is in effect nevertheless. */
static void due_frames_do_not_delay_routes(void **state)
{
    const struct v6nf_address prefix = test_address_of("2001:db8:c::");
    uint32_t lengths[LINKS];
    static uint8_t buffer[1514];
    (void)state;
    v6nf_router_advertise(&r.router, 0, true, r.now);
    assert_int_equal(v6nf_fib_add(&r.fib, prefix.bytes, 48, V6NF_FIB_PROHIBITED, 0, NULL), V6NF_FIB_OK);
    for (uint32_t i = 0; i < 1000u && v6nf_fib_is_changing(&r.fib); i++) {
        r.now = v6nf_advertiser_next_due(&r.interfaces[0].advertiser);
        assert_true(v6nf_router_tick(&r.router, buffer, sizeof buffer, lengths, r.now));
    }
    assert_false(v6nf_fib_is_changing(&r.fib));
}

/* Neighbor Discovery is between neighbors: a host on one link, which reaches the router's address on another one,
 * changes nothing there, and learns nothing (RFC 4861, 11.1). Each message is as its own link would accept it. */
static void neighbor_discovery_stays_on_its_link(void **state)
{
    (void)state;
    const struct v6nf_address target = test_address_of(HOST_1);
    links_make_reachable(&r, 1, HOST_MAC_1, HOST_1);
    frame_na(&in, MAC_0, HOST_MAC_0, HOST_1, OWN_1, HOST_1, 0x60u, HOST_MAC_0);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[1]);
    const struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(&r.nodes[1], target.bytes, r.now);
    assert_non_null(neighbor);
    assert_int_equal(neighbor->mac[4], 1);
    frame_ns(&in, MAC_0, HOST_MAC_0, HOST_1, OWN_1, OWN_1, HOST_MAC_0);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[0]);
    assert_nothing(&r.out[1]);
    neighbor = v6nf_node_find_adjacency(&r.nodes[1], target.bytes, r.now);
    assert_non_null(neighbor);
    assert_int_equal(neighbor->mac[4], 1);
}

/* A link-local source does not reach an address of the router on another link: the answer would go to another host
 * there. */
static void link_local_source_reaches_no_other_link(void **state)
{
    (void)state;
    frame_echo(&in, MAC_0, HOST_MAC_0, "fe80::7", OWN_1, 128, 7, 1, 56);
    links_input(&r, 0, &in);
    assert_nothing(&r.out[1]);
    assert_int_equal(r.out[0].bytes[54], V6NF_ICMPV6_DESTINATION_UNREACHABLE);
    assert_int_equal(r.out[0].bytes[55], V6NF_ICMPV6_BEYOND_SCOPE);
    frame_echo(&in, MAC_0, HOST_MAC_0, "fe80::7", OWN_0, 128, 7, 1, 56);
    links_input(&r, 0, &in);
    assert_int_not_equal(r.out[0].length, 0); /* it is on the link */
}

static void any_bytes_are_handled(void **state)
{
    uint64_t x = 88172645463325252u;
    (void)state;
    for (uint32_t i = 0; i < 200000u; i++) {
        frame_from_host(HOST_0, (i & 1u) != 0u ? HOST_1 : OWN_1, (uint8_t)i, 24);
        for (uint32_t j = 0; j < 1u + i % 4u; j++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            in.bytes[(x >> 8) % in.length] = (uint8_t)x;
        }
        in.length = i % 5u == 0u ? (uint32_t)(x >> 20) % (in.length + 1u) : in.length;
        links_input(&r, (uint32_t)(x >> 40) & 1u, &in);
        assert_false(r.out[1].length != 0u && memcmp(r.out[1].bytes, "\0\0\0\0\0\0", 6) == 0);
        assert_false(r.out[0].length != 0u && memcmp(r.out[0].bytes, "\0\0\0\0\0\0", 6) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(packet_passes_unchanged_but_for_its_hop_limit, setup),
        cmocka_unit_test_setup(padding_of_the_link_is_cut, setup),
        cmocka_unit_test_setup(packet_with_exceeded_hop_limit_is_answered, setup),
        cmocka_unit_test_setup(packet_without_route_is_answered, setup),
        cmocka_unit_test_setup(each_kind_of_route_has_its_answer, setup),
        cmocka_unit_test_setup(packet_follows_the_longest_prefix, setup),
        cmocka_unit_test_setup(packet_that_is_too_big_is_answered_with_the_mtu, setup),
        cmocka_unit_test_setup(link_local_packets_stay_on_their_link, setup),
        cmocka_unit_test_setup(frames_for_others_are_not_forwarded, setup),
        cmocka_unit_test_setup(hop_by_hop_options_decide, setup),
        cmocka_unit_test_setup(packet_waits_for_its_next_hop, setup),
        cmocka_unit_test_setup(packet_to_an_absent_host_is_answered, setup),
        cmocka_unit_test_setup(errors_are_not_answered, setup),
        cmocka_unit_test_setup(router_answers_pings_to_each_of_its_addresses, setup),
        cmocka_unit_test_setup(long_answer_is_sent_in_fragments_by_a_smaller_link, setup),
        cmocka_unit_test_setup(routes_follow_addresses, setup),
        cmocka_unit_test_setup(errors_have_a_source_that_gets_there, setup),
        cmocka_unit_test_setup(address_of_the_router_gets_no_error, setup),
        cmocka_unit_test_setup(route_by_no_interface_is_none, setup),
        cmocka_unit_test_setup(removed_route_with_traffic_becomes_free, setup),
        cmocka_unit_test_setup(address_waits_for_its_routes_in_a_full_table, setup),
        cmocka_unit_test_setup(host_with_a_better_first_hop_gets_a_redirect, setup),
        cmocka_unit_test_setup(router_solicitation_is_answered, setup),
        cmocka_unit_test_setup(due_frames_do_not_delay_routes, setup),
        cmocka_unit_test_setup(neighbor_discovery_stays_on_its_link, setup),
        cmocka_unit_test_setup(link_local_source_reaches_no_other_link, setup),
        cmocka_unit_test_setup(any_bytes_are_handled, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0;
}
#endif
