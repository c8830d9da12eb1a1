/* test_addresses.c: addresses that a program leases (for DHCPv6: RFC 8415, 12.1), removes, and shares with other nodes (anycast:
 * RFC 4291, 2.6; RFC 4861, 7.2.7). */
#include <stdio.h>
#include <string.h>

#include "fixture_node.h"

static struct harness h;
static struct test_frame in;
static struct test_frame expected;

#define LEASED "2001:db8::1ea5"
#define SHARED "2001:db8::a"

static int start(void **state)
{
    (void)state;
    harness_start(&h);
    harness_make_reachable(&h, &h.peer);
    return 0;
}

static enum v6nf_status lease(const char *address, uint32_t preferred, uint32_t valid)
{
    struct v6nf_address bytes = test_address_of(address);
    return v6nf_node_lease_address(&h.node, &bytes, preferred, valid, h.now);
}

static enum v6nf_status remove_address(const char *address)
{
    struct v6nf_address bytes = test_address_of(address);
    return v6nf_node_remove_address(&h.node, &bytes);
}

static bool answers(const char *address)
{
    frame_echo_request(&in, &h.peer, address, 1, 1, 8);
    harness_input(&h, &in);
    return h.out.length != 0u && h.out.bytes[54] == 129u;
}

/* -- Leases -------------------------------------------------------------------------------------------------------- */

static void leased_address_is_deprecated_and_removed_in_its_time(void **state)
{
    (void)state;
    uint64_t begin = h.now;
    assert_int_equal(lease(LEASED, 100, 200), V6NF_OK);
    assert_true(answers(LEASED));
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    harness_run_until(&h, begin + 100u * SECOND - 1u);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    harness_run_until(&h, begin + 100u * SECOND);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    harness_run_until(&h, begin + 200u * SECOND);
    assert_int_equal(h.node.addresses_used, 2);
    assert_false(answers(LEASED));
}

/* Even where the program comes late with its tick. */
static void address_that_is_over_is_not_used(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASED, 100, 100), V6NF_OK);
    h.now += 100u * SECOND - 1u;
    assert_true(answers(LEASED));
    h.now++;
    assert_false(answers(LEASED));
    assert_counted(&h, V6NF_DROP_NOT_OURS, 1);
    frame_ns(&in, HARNESS_MAC, h.peer.mac, h.peer.address, HARNESS_GLOBAL, LEASED, h.peer.mac);
    harness_input(&h, &in);
    assert_nothing(&h.out);
    assert_true(answers(HARNESS_GLOBAL));
}

static void address_that_is_over_is_no_source(void **state)
{
    static const char *const sources[] = {"2001:db8:ffff::1ea5", HARNESS_GLOBAL, HARNESS_GLOBAL};
    static const unsigned seconds[] = {0, 50, 50}; /* preferred, deprecated, gone */
    (void)state;
    harness_make_reachable(&h, &h.gateway);
    assert_int_equal(lease(sources[0], 50, 100), V6NF_OK);
    for (unsigned i = 0; i < 3u; i++) {
        struct v6nf_address source = test_address_of(sources[i]);
        h.now += seconds[i] * SECOND;
        harness_udp_send(&h, 1000, HARNESS_OFF_LINK, 2000, 0);
        assert_true(h.out.length == 62u);
        assert_memory_equal(h.out.bytes + 22, source.bytes, 16);
    }
    assert_int_equal(h.node.addresses_used, 2);
}

/* Nobody but the program ends a lease: the two-hour rule of RFC 4862 does not hold it up. */
static void lease_is_renewed_and_ended_by_the_program(void **state)
{
    (void)state;
    assert_int_equal(lease(LEASED, 100, 200), V6NF_OK);
    harness_run_until(&h, h.now + 150u * SECOND);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_int_equal(lease(LEASED, UINT32_MAX, UINT32_MAX), V6NF_OK);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    harness_run_until(&h, h.now + 100000u * (uint64_t)SECOND);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_PREFERRED);
    assert_int_equal(lease(LEASED, 0, 10), V6NF_OK);
    assert_int_equal(harness_own(&h, LEASED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_int_equal(lease(LEASED, 0, 0), V6NF_OK);
    assert_int_equal(h.node.addresses_used, 2);
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
    assert_int_equal(lease(HARNESS_GATEWAY, 10, 10), V6NF_INVALID);
    assert_int_equal(lease(HARNESS_GLOBAL, 10, 10), V6NF_EXISTS);
    for (uint32_t i = 2; i < V6NF_ADDRESSES; i++) {
        char text[40];
        (void)snprintf(text, sizeof text, "2001:db8::%x", 0x100u + i);
        assert_int_equal(lease(text, 10, 10), V6NF_OK);
    }
    assert_int_equal(lease(LEASED, 10, 10), V6NF_FULL);
}

/* A lease says nothing of what is on-link (RFC 5942, 4). */
static void lease_does_not_make_its_prefix_on_link(void **state)
{
    (void)state;
    assert_int_equal(lease("2001:db8:5::1", 10, 10), V6NF_OK);
    harness_make_reachable(&h, &h.gateway);
    harness_udp_send(&h, 1000, "2001:db8:5::2", 2000, 0);
    frame_udp(&expected, HARNESS_GATEWAY_MAC, HARNESS_MAC, "2001:db8:5::1", "2001:db8:5::2", 64, 1000, 2000, 0);
    assert_frame(&h.out, &expected);
}

static void removed_address_is_no_more(void **state)
{
    (void)state;
    assert_int_equal(remove_address(HARNESS_LINK_LOCAL), V6NF_INVALID);
    assert_int_equal(remove_address(LEASED), V6NF_INVALID);
    assert_int_equal(lease(LEASED, 100, 100), V6NF_OK);
    harness_make_reachable(&h, &h.gateway); /* the way back, once the prefix is gone with its address */
    assert_int_equal(remove_address(HARNESS_GLOBAL), V6NF_OK);
    assert_false(answers(HARNESS_GLOBAL));
    assert_true(answers(LEASED)); /* which has its place now */
    assert_int_equal(remove_address(LEASED), V6NF_OK);
    assert_int_equal(h.node.addresses_used, 1);
}

#if V6NF_ANYCAST
/* -- Anycast -------------------------------------------------------------------------------------------------------- */

static void add_shared(void)
{
    struct v6nf_address bytes = test_address_of(SHARED);
    assert_int_equal(v6nf_node_add_anycast(&h.node, &bytes, h.now), V6NF_OK);
    assert_int_equal(v6nf_node_add_anycast(&h.node, &bytes, h.now), V6NF_EXISTS);
}

static void anycast_address_is_not_detected(void **state)
{
    (void)state;
    harness_start_detection(&h, 1, 1);
    add_shared();
    harness_run_until(&h, h.now + 3u * SECOND);
    assert_sent_count(&h, 1); /* for the link-local address */
    frame_node_detection(&expected, HARNESS_LINK_LOCAL);
    assert_frame(&h.sent[0].frame, &expected);
    assert_int_equal(harness_own(&h, SHARED)->state, V6NF_ADDRESS_ANYCAST);
}

/* RFC 4861, 7.2.7: without Override, so that whoever answered first stays. */
static void solicitation_for_anycast_is_answered_without_override(void **state)
{
    (void)state;
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), h.peer.mac, h.peer.address, test_solicited_node(SHARED), SHARED,
             h.peer.mac);
    harness_input(&h, &in);
    frame_na(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, SHARED, NA_S, HARNESS_MAC);
    assert_frame(&h.out, &expected);
}

static void what_comes_to_anycast_is_answered_from_a_unicast_address(void **state)
{
    (void)state;
    add_shared();
    frame_echo_request(&in, &h.peer, SHARED, 7, 1, 8);
    harness_input(&h, &in);
    frame_echo_reply(&expected, &h.peer, HARNESS_GLOBAL, 7, 1, 8);
    assert_frame(&h.out, &expected);
    frame_udp(&in, HARNESS_MAC, h.peer.mac, h.peer.address, SHARED, 64, 5000, 6000, 8);
    harness_input(&h, &in);
    assert_true(h.out.length > 62u && h.out.bytes[54] == 1u && h.out.bytes[55] == 4u); /* Port Unreachable */
    struct v6nf_address source = test_address_of(HARNESS_GLOBAL);
    assert_memory_equal(h.out.bytes + 22, source.bytes, 16);
}

/* Detection by another node is none of the node's affair: the address may be on many. */
static void detection_of_anycast_by_another_is_not_answered(void **state)
{
    (void)state;
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), h.peer.mac, "::", test_solicited_node(SHARED), SHARED, NULL);
    harness_input(&h, &in);
    assert_nothing(&h.out);
    assert_int_equal(harness_own(&h, SHARED)->state, V6NF_ADDRESS_ANYCAST);
}

static void anycast_is_never_a_source(void **state)
{
    (void)state;
    add_shared();
    harness_udp_send(&h, 1000, h.peer.address, 2000, 0);
    frame_udp(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, 64, 1000, 2000, 0);
    assert_frame(&h.out, &expected);
    assert_int_equal(remove_address(SHARED), V6NF_OK);
    assert_false(answers(SHARED));
    assert_int_equal(h.node.anycasts, 0);
}

static void anycast_outlives_a_link_that_goes_down(void **state)
{
    (void)state;
    add_shared();
    v6nf_node_link_up(&h.node, h.now);
    harness_run_until(&h, h.now + 2u * SECOND);
    harness_make_reachable(&h, &h.peer);
    frame_echo_request(&in, &h.peer, SHARED, 7, 1, 8);
    harness_input(&h, &in);
    frame_echo_reply(&expected, &h.peer, HARNESS_GLOBAL, 7, 1, 8);
    assert_frame(&h.out, &expected);
}

/* While another node has the link-local address, nothing comes to the anycast one either (RFC 4862, 5.4.5); once that is over, it is
 * anycast as before. */
static void anycast_outlives_a_node_that_is_disabled(void **state)
{
    (void)state;
    harness_start_detection(&h, 1, 1);
    add_shared();
    frame_na(&in, test_group_mac("ff02::1"), h.peer.mac, h.peer.address, "ff02::1", HARNESS_LINK_LOCAL, NA_O, h.peer.mac);
    harness_input(&h, &in);
    assert_int_equal(harness_own(&h, HARNESS_LINK_LOCAL)->state, V6NF_ADDRESS_DUPLICATE);
    assert_int_equal(harness_own(&h, SHARED)->state, V6NF_ADDRESS_DUPLICATE);
    struct v6nf_address another = test_address_of("2001:db8::b");
    assert_int_equal(v6nf_node_add_anycast(&h.node, &another, h.now), V6NF_OK);
    assert_int_equal(harness_own(&h, "2001:db8::b")->state, V6NF_ADDRESS_DUPLICATE);
    v6nf_node_link_up(&h.node, h.now);
    harness_run_until(&h, h.now + 3u * SECOND);
    assert_int_equal(harness_own(&h, SHARED)->state, V6NF_ADDRESS_ANYCAST);
    assert_int_equal(harness_own(&h, "2001:db8::b")->state, V6NF_ADDRESS_ANYCAST);
    assert_int_equal(remove_address(SHARED), V6NF_OK);
    assert_int_equal(h.node.anycasts, 1);
}

/* RFC 4861, 7.2.3: the link-layer address in a solicitation for it is learned as in any other: no need to ask back. */
static void solicitor_of_anycast_becomes_a_neighbor(void **state)
{
    (void)state;
    harness_start(&h);
    add_shared();
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), h.peer.mac, h.peer.address, test_solicited_node(SHARED), SHARED,
             h.peer.mac);
    harness_input(&h, &in);
    frame_na(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, SHARED, NA_S, HARNESS_MAC);
    assert_frame(&h.out, &expected);
    assert_neighbor(&h, h.peer.address, V6NF_NEIGHBOR_DELAY, h.peer.mac);
    /* Not from one of the node's own addresses. */
    frame_ns(&in, test_group_mac(test_solicited_node(SHARED)), h.peer.mac, HARNESS_GLOBAL, test_solicited_node(SHARED), SHARED,
             h.peer.mac);
    harness_mark(&h);
    harness_input(&h, &in);
    assert_nothing(&h.out);
    assert_counted(&h, V6NF_DROP_NDP_SPOOFED, 1);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(leased_address_is_deprecated_and_removed_in_its_time, start),
        cmocka_unit_test_setup(address_that_is_over_is_not_used, start),
        cmocka_unit_test_setup(address_that_is_over_is_no_source, start),
        cmocka_unit_test_setup(lease_is_renewed_and_ended_by_the_program, start),
        cmocka_unit_test_setup(impossible_leases_are_refused, start),
        cmocka_unit_test_setup(lease_does_not_make_its_prefix_on_link, start),
        cmocka_unit_test_setup(removed_address_is_no_more, start),
#if V6NF_ANYCAST
        cmocka_unit_test(anycast_address_is_not_detected),
        cmocka_unit_test_setup(solicitation_for_anycast_is_answered_without_override, start),
        cmocka_unit_test_setup(what_comes_to_anycast_is_answered_from_a_unicast_address, start),
        cmocka_unit_test_setup(detection_of_anycast_by_another_is_not_answered, start),
        cmocka_unit_test_setup(anycast_is_never_a_source, start),
        cmocka_unit_test_setup(anycast_outlives_a_link_that_goes_down, start),
        cmocka_unit_test(anycast_outlives_a_node_that_is_disabled),
        cmocka_unit_test(solicitor_of_anycast_becomes_a_neighbor),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
