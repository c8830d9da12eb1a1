/* test_addresses.c: addresses that a program leases (for DHCPv6: RFC 8415, 12.1), removes, or shares with other
 * nodes (anycast: RFC 4291, 2.6; RFC 4861, 7.2.7). */
#include <stdio.h>
#include <string.h>

#include "fixture_exchange.h"

#define LEASED "2001:db8::1ea5"
#define SHARED "2001:db8::a"

static enum v6nf_status lease(const char *address, uint32_t preferred, uint32_t valid)
{
    struct v6nf_address bytes = test_address_of(address);
    return v6nf_node_lease_address(&f.node, &bytes, preferred, valid, f.now);
}

static enum v6nf_status remove_address(const char *address)
{
    struct v6nf_address bytes = test_address_of(address);
    return v6nf_node_remove_address(&f.node, &bytes);
}

static bool answers(const char *address)
{
    frame_echo_request(&in, &f.peer, address, 1, 1, 8);
    fixture_input(&f, &in);
    return f.out.length != 0u && f.out.bytes[54] == 129u;
}

/* -- Leases -------------------------------------------------------------------------------------------------------- */

static void leased_address_is_deprecated_and_removed_on_time(void **state)
{
    (void)state;
    uint64_t begin = f.now;
    assert_int_equal(lease(LEASED, 100, 200), V6NF_OK);
    assert_true(answers(LEASED));
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, begin + 100u * SECOND - 1u);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, begin + 100u * SECOND);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    fixture_run_until(&f, begin + 200u * SECOND);
    assert_int_equal(f.node.addresses_used, 2);
    assert_false(answers(LEASED));
}

/* This holds even if the program ticks late. */
static void expired_address_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASED, 100, 100), V6NF_OK);
    f.now += 100u * SECOND - 1u;
    assert_true(answers(LEASED));
    f.now++;
    assert_false(answers(LEASED));
    assert_counted(&f, V6NF_DROP_NOT_OURS, 1);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, LEASED, f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_true(answers(NODE_GLOBAL));
}

static void expired_address_is_no_source(void **state)
{
    static const char *const sources[] = {"2001:db8:ffff::1ea5", NODE_GLOBAL, NODE_GLOBAL};
    static const unsigned seconds[] = {0, 50, 50}; /* preferred, deprecated, expired */
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    assert_int_equal(lease(sources[0], 50, 100), V6NF_OK);
    for (unsigned i = 0; i < 3u; i++) {
        struct v6nf_address source = test_address_of(sources[i]);
        f.now += seconds[i] * SECOND;
        fixture_udp_send(&f, 1000, OFF_LINK, 2000, 0);
        assert_true(f.out.length == 62u);
        assert_memory_equal(f.out.bytes + 22, source.bytes, 16);
    }
    assert_int_equal(f.node.addresses_used, 2);
}

/* Nor of an answer to a packet that was sent to a group, if the program ticks late. */
static void expired_address_answers_no_group(void **state)
{
    static const struct test_station from = {.mac = GATEWAY_MAC, .address = OFF_LINK};
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    assert_int_equal(lease("2001:db8:ffff::1ea5", 100, 100), V6NF_OK);
    f.now += 100u * SECOND - 1u;
    for (unsigned i = 0; i < 2u; i++) {
        frame_echo_request(&in, &from, "ff02::1", 1, 1, 8);
        fixture_input(&f, &in);
        assert_int_equal(f.out.length, 70);
        struct v6nf_address source = test_address_of(i == 0u ? "2001:db8:ffff::1ea5" : NODE_GLOBAL);
        assert_memory_equal(f.out.bytes + 22, source.bytes, 16);
        f.now++;
    }
}

/* Only the program ends a lease: the two-hour rule of RFC 4862 does not apply. */
static void lease_is_renewed_and_ended_by_the_program(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASED, 100, 200), V6NF_OK);
    fixture_run_until(&f, f.now + 150u * SECOND);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_int_equal(lease(LEASED, UINT32_MAX, UINT32_MAX), V6NF_OK);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, f.now + 100000u * (uint64_t)SECOND);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    assert_int_equal(lease(LEASED, 0, 10), V6NF_OK);
    assert_int_equal(fixture_own(&f, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_int_equal(lease(LEASED, 0, 0), V6NF_OK);
    assert_int_equal(f.node.addresses_used, 2);
    assert_int_equal(lease(LEASED, 0, 0), V6NF_INVALID);
}

static void impossible_leases_are_refused(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASED, 11, 10), V6NF_INVALID);
    assert_int_equal(lease("ff02::1", 10, 10), V6NF_INVALID);
    assert_int_equal(lease("::1", 10, 10), V6NF_INVALID);
    assert_int_equal(lease("::", 10, 10), V6NF_INVALID);
    assert_int_equal(lease("::ffff:192.0.2.1", 10, 10), V6NF_INVALID);
    assert_int_equal(lease(GATEWAY, 10, 10), V6NF_INVALID);
    assert_int_equal(lease(NODE_GLOBAL, 10, 10), V6NF_EXISTS);
    for (uint32_t i = 2; i < V6NF_ADDRESSES; i++) {
        char text[40];
        (void)snprintf(text, sizeof text, "2001:db8::%x", 0x100u + i);
        assert_int_equal(lease(text, 10, 10), V6NF_OK);
    }
    assert_int_equal(lease(LEASED, 10, 10), V6NF_FULL);
}

/* A lease does not make its prefix on-link (RFC 5942, 4). */
static void lease_does_not_make_its_prefix_on_link(void **state)
{
    (void)state;
    assert_int_equal(lease("2001:db8:5::1", 10, 10), V6NF_OK);
    fixture_make_reachable(&f, &f.gateway);
    fixture_udp_send(&f, 1000, "2001:db8:5::2", 2000, 0);
    frame_udp(&expected, GATEWAY_MAC, NODE_MAC, "2001:db8:5::1", "2001:db8:5::2", 64, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
}

static void removed_address_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(remove_address(NODE_LINK_LOCAL), V6NF_INVALID);
    assert_int_equal(remove_address(LEASED), V6NF_INVALID);
    assert_int_equal(lease(LEASED, 100, 100), V6NF_OK);
    fixture_make_reachable(&f, &f.gateway); /* the return path, as the prefix was removed with its address */
    assert_int_equal(remove_address(NODE_GLOBAL), V6NF_OK);
    assert_false(answers(NODE_GLOBAL));
    assert_true(answers(LEASED)); /* which has its slot now */
    assert_int_equal(remove_address(LEASED), V6NF_OK);
    assert_int_equal(f.node.addresses_used, 1);
}

#if V6NF_ANYCAST
/* -- Anycast ------------------------------------------------------------------------------------------------------- */

static void add_shared(void)
{
    struct v6nf_address bytes = test_address_of(SHARED);
    assert_int_equal(v6nf_node_add_anycast(&f.node, &bytes, f.now), V6NF_OK);
    assert_int_equal(v6nf_node_add_anycast(&f.node, &bytes, f.now), V6NF_EXISTS);
}

static void anycast_address_is_not_detected(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    add_shared();
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_sent_count(&f, 1); /* for the link-local address */
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    assert_frame(&f.sent[0].frame, &expected);
    assert_int_equal(fixture_own(&f, SHARED)->state, V6NF_ADDRESS_ANYCAST);
}

/* The advertisement has no Override flag, so that the first answer is kept (RFC 4861, 7.2.7). */
static void solicitation_for_anycast_is_answered_without_override(void **state)
{
    (void)state;
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), f.peer.mac, f.peer.address, test_solicited_node(SHARED),
             SHARED, f.peer.mac);
    fixture_input(&f, &in);
    frame_na(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, SHARED, NA_S, NODE_MAC);
    assert_frame(&f.out, &expected);
}

static void packets_to_anycast_are_answered_from_a_unicast_address(void **state)
{
    (void)state;
    add_shared();
    frame_echo_request(&in, &f.peer, SHARED, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, SHARED, 64, 5000, 6000, 8);
    fixture_input(&f, &in);
    assert_true(f.out.length > 62u && f.out.bytes[54] == 1u && f.out.bytes[55] == 4u); /* Port Unreachable */
    struct v6nf_address source = test_address_of(NODE_GLOBAL);
    assert_memory_equal(f.out.bytes + 22, source.bytes, 16);
}

/* The unicast address is none that is past its end, even if the program ticks late. */
static void expired_address_answers_no_anycast(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    assert_int_equal(lease("2001:db8:ffff::1ea5", 100, 100), V6NF_OK);
    add_shared();
    f.now += 100u * SECOND;
    frame_udp(&in, NODE_MAC, GATEWAY_MAC, OFF_LINK, SHARED, 64, 5000, 6000, 8);
    fixture_input(&f, &in);
    assert_true(f.out.length > 62u && f.out.bytes[54] == 1u && f.out.bytes[55] == 4u); /* Port Unreachable */
    struct v6nf_address source = test_address_of(NODE_GLOBAL);
    assert_memory_equal(f.out.bytes + 22, source.bytes, 16);
}

/* Detection by another node is no conflict: the address may be on many nodes. */
static void detection_of_anycast_by_another_is_not_answered(void **state)
{
    (void)state;
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), f.peer.mac, "::", test_solicited_node(SHARED), SHARED,
             NULL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_int_equal(fixture_own(&f, SHARED)->state, V6NF_ADDRESS_ANYCAST);
}

static void anycast_is_never_a_source(void **state)
{
    (void)state;
    add_shared();
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 0);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
    assert_int_equal(remove_address(SHARED), V6NF_OK);
    assert_false(answers(SHARED));
    assert_int_equal(f.node.anycasts, 0);
}

static void anycast_survives_a_link_that_goes_down(void **state)
{
    (void)state;
    add_shared();
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 2u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    frame_echo_request(&in, &f.peer, SHARED, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
}

/* While another node has the link-local address, no packet to the anycast address is accepted (RFC 4862, 5.4.5).
 * After that it is anycast as before. */
static void anycast_survives_a_node_that_is_disabled(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    add_shared();
    frame_na(&in, test_group_mac("ff02::1"), f.peer.mac, f.peer.address, "ff02::1", NODE_LINK_LOCAL, NA_O, f.peer.mac);
    fixture_input(&f, &in);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_DUPLICATE);
    assert_int_equal(fixture_own(&f, SHARED)->state, V6NF_ADDRESS_DUPLICATE);
    struct v6nf_address another = test_address_of("2001:db8::b");
    assert_int_equal(v6nf_node_add_anycast(&f.node, &another, f.now), V6NF_OK);
    assert_int_equal(fixture_own(&f, "2001:db8::b")->state, V6NF_ADDRESS_DUPLICATE);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(fixture_own(&f, SHARED)->state, V6NF_ADDRESS_ANYCAST);
    assert_int_equal(fixture_own(&f, "2001:db8::b")->state, V6NF_ADDRESS_ANYCAST);
    assert_int_equal(remove_address(SHARED), V6NF_OK);
    assert_int_equal(f.node.anycasts, 1);
}

/* The link-layer address in a solicitation for it is learned as from any other: no resolution is needed (RFC 4861,
 * 7.2.3). */
static void solicitor_of_anycast_becomes_a_neighbor(void **state)
{
    (void)state;
    fixture_start(&f);
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), f.peer.mac, f.peer.address, test_solicited_node(SHARED),
             SHARED, f.peer.mac);
    fixture_input(&f, &in);
    frame_na(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, SHARED, NA_S, NODE_MAC);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, f.peer.mac);
    /* One from an own address of the node is ignored. */
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), f.peer.mac, NODE_GLOBAL, test_solicited_node(SHARED),
             SHARED, f.peer.mac);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NDP_SPOOFED, 1);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leased_address_is_deprecated_and_removed_on_time, setup_exchange),
        cmocka_unit_test_setup(expired_address_is_not_used, setup_exchange),
        cmocka_unit_test_setup(expired_address_is_no_source, setup_exchange),
        cmocka_unit_test_setup(expired_address_answers_no_group, setup_exchange),
        cmocka_unit_test_setup(lease_is_renewed_and_ended_by_the_program, setup_exchange),
        cmocka_unit_test_setup(impossible_leases_are_refused, setup_exchange),
        cmocka_unit_test_setup(lease_does_not_make_its_prefix_on_link, setup_exchange),
        cmocka_unit_test_setup(removed_address_is_not_used, setup_exchange),
#if V6NF_ANYCAST
        cmocka_unit_test(anycast_address_is_not_detected),
        cmocka_unit_test_setup(solicitation_for_anycast_is_answered_without_override, setup_exchange),
        cmocka_unit_test_setup(packets_to_anycast_are_answered_from_a_unicast_address, setup_exchange),
        cmocka_unit_test_setup(expired_address_answers_no_anycast, setup_exchange),
        cmocka_unit_test_setup(detection_of_anycast_by_another_is_not_answered, setup_exchange),
        cmocka_unit_test_setup(anycast_is_never_a_source, setup_exchange),
        cmocka_unit_test_setup(anycast_survives_a_link_that_goes_down, setup_exchange),
        cmocka_unit_test(anycast_survives_a_node_that_is_disabled),
        cmocka_unit_test(solicitor_of_anycast_becomes_a_neighbor),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
