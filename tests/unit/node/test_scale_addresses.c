/* test_scale_addresses.c: a node with hundreds of addresses, on a link with many routers. The library is compiled for
 * it with these sizes (tests/CMakeLists.txt). */
#include "fixture_router.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

static const char *numbered(const char *format, unsigned number)
{
    static char text[48];
    snprintf(text, sizeof text, format, number);
    return text;
}

static bool answers(const char *address)
{
    frame_echo_request(&in, &f.peer, address, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, address, 7, 1, 8);
    return f.out.length == expected.length && memcmp(f.out.bytes, expected.bytes, f.out.length) == 0;
}

/* Each of 256 addresses answers, and none that was removed. */
static void each_of_many_addresses_is_found(void **state)
{
    (void)state;
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    for (unsigned i = 2; i < V6NF_ADDRESSES; i++) {
        fixture_add_address(&f, numbered("2001:db8::a:%x", i), 64);
    }
    struct v6nf_address more = test_address_of("2001:db8::b");
    assert_int_equal(v6nf_node_add_address(&f.node, &more, 64, f.now), V6NF_FULL);
    for (unsigned i = 2; i < V6NF_ADDRESSES; i++) {
        assert_true(answers(numbered("2001:db8::a:%x", i)));
    }
    assert_false(answers("2001:db8::a:100"));
    for (unsigned i = 2; i < V6NF_ADDRESSES; i += 3u) {
        struct v6nf_address address = test_address_of(numbered("2001:db8::a:%x", i));
        assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
    }
    for (unsigned i = 2; i < V6NF_ADDRESSES; i++) {
        assert_int_equal(answers(numbered("2001:db8::a:%x", i)), i % 3u != 2u);
    }
}

/* Addresses with opaque identifiers that conflict get others, and are found by them. */
static void addresses_that_change_are_found(void **state)
{
    static const uint8_t secret[16] = {1, 2, 3};
    (void)state;
    fixture_start_discovery(&f, 1, 1, secret);
    fixture_run_until(&f, f.now + 3u * SECOND);
    for (unsigned i = 0; i < 200u; i++) {
        frame_ra(&in, &router_1, 9000, 0);
        ra_prefix(&in, numbered("2001:db8:%x::", i + 1u), 64, PREFIX_A, 9000, 9000);
        fixture_input_silent(&f, &in);
    }
    for (uint32_t i = 1; i <= 200u; i++) {
        char text[V6NF_ADDRESS_TEXT_SIZE];
        struct v6nf_address before = f.node.addresses[i].address;
        v6nf_address_format(text, &before);
        frame_na(&in, test_group_mac("ff02::1"), f.peer.mac, "fe80::99", "ff02::1", text, NA_O, f.peer.mac);
        fixture_input(&f, &in); /* the fixture checks that each is found */
        assert_memory_not_equal(f.node.addresses[i].address.bytes, before.bytes, 16);
    }
    while (f.node.addresses[1].state != V6NF_ADDRESS_DUPLICATE) { /* each other identifier conflicts, too */
        char text[V6NF_ADDRESS_TEXT_SIZE];
        v6nf_address_format(text, &f.node.addresses[1].address);
        frame_na(&in, test_group_mac("ff02::1"), f.peer.mac, "fe80::99", "ff02::1", text, NA_O, f.peer.mac);
        fixture_input(&f, &in);
    }
    v6nf_node_link_up(&f.node, f.now); /* it begins with the first one again */
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_int_equal(f.node.addresses_used, 1);
}

/* A table of routers, routes and prefixes that is full of inventions has a slot for each honest one. */
static void full_tables_have_a_slot_for_the_router(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    for (unsigned i = 0; i < 1000u; i++) {
        char address[40];
        snprintf(address, sizeof address, "fe80::6:%x", i);
        frame_ra(&in, &(struct test_station){.mac = "02:00:00:00:00:66", .address = address}, 9000, PRF_HIGH);
        ra_prefix(&in, numbered("2001:db8:bad:%x::", i), 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
        ra_route(&in, numbered("2001:db9:%x::", i), 48, PRF_HIGH, INFINITY_SECONDS);
        fixture_input_silent(&f, &in);
    }
    frame_ra(&in, &router_1, 9000, 0);
    ra_link_layer(&in, router_1.mac);
    ra_prefix(&in, "2001:db8:1::", 64, PREFIX_L | PREFIX_A, 9000, 9000);
    ra_route(&in, "2001:db9::", 48, 0, 9000);
    fixture_input_silent(&f, &in);
    fixture_let_router_answer(&f, &router_1);
    assert_next_hop(&f, "2001:db8:ffff::5", &router_1);
    assert_next_hop(&f, "2001:db9::5", &router_1);
    assert_non_null(fixture_find_own(&f, "2001:db8:1::ff:fe00:1"));
}

/* -- What the node remembers of its addresses ---------------------------------------------------------------------- */

#define FAR "2001:db8:ffff::5"

/* Check that a datagram to FAR is sent from this address, twice: the second time, its source is remembered. */
static void assert_source_is(const char *source)
{
    const struct v6nf_address own = test_address_of(source);
    for (unsigned i = 0; i < 2u; i++) {
        fixture_udp_send(&f, 1000, FAR, 2000, 0);
        assert_int_equal(f.out.length, 62);
        assert_memory_equal(f.out.bytes + 22, own.bytes, 16);
    }
}

/* Each change of an address, or of a router that advertised its prefix, changes the source at once (RFC 6724, 5). */
static void remembered_source_follows_each_change(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    frame_ra(&in, &router_1, 9000, PRF_HIGH);
    ra_link_layer(&in, router_1.mac);
    ra_prefix(&in, "2001:db8:1::", 64, PREFIX_A, 9000, 9000);
    fixture_input_silent(&f, &in);
    fixture_let_router_answer(&f, &router_1);
    assert_source_is("2001:db8:1::ff:fe00:1");
    for (unsigned i = 0; i < 200u; i++) {
        fixture_add_address(&f, numbered("2001:dc0:%x::1", i), 64);
        assert_source_is("2001:db8:1::ff:fe00:1");
    }
    fixture_add_address(&f, "2001:db8:f000::1", 64); /* a longer prefix is the same */
    assert_source_is("2001:db8:f000::1");
    fixture_add_address(&f, "2001:db8:ff00::1", 64);
    assert_source_is("2001:db8:ff00::1");
    struct v6nf_address removed = test_address_of("2001:db8:ff00::1");
    assert_int_equal(v6nf_node_remove_address(&f.node, &removed), V6NF_OK);
    assert_source_is("2001:db8:f000::1");
    struct v6nf_address leased = test_address_of("2001:db8:fff0::1");
    assert_int_equal(v6nf_node_lease_address(&f.node, &leased, 10, 20, f.now), V6NF_OK);
    assert_source_is("2001:db8:fff0::1");
    f.now += 10u * SECOND; /* it is deprecated, before any tick */
    assert_source_is("2001:db8:f000::1");
    assert_int_equal(v6nf_node_lease_address(&f.node, &leased, 10, 20, f.now), V6NF_OK);
    assert_source_is("2001:db8:fff0::1");
    removed = test_address_of("2001:db8:f000::1");
    assert_int_equal(v6nf_node_remove_address(&f.node, &removed), V6NF_OK);
    f.now += 20u * SECOND; /* it is not valid any more */
    assert_source_is("2001:db8:1::ff:fe00:1");
}

/* The router of a source changes which source is best (RFC 6724, rule 5.5), for the same destination. */
static void remembered_source_follows_the_router(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    for (unsigned i = 0; i < 2u; i++) {
        frame_ra(&in, i == 0u ? &router_1 : &router_2, 9000, i == 0u ? PRF_HIGH : PRF_LOW);
        ra_link_layer(&in, i == 0u ? router_1.mac : router_2.mac);
        ra_prefix(&in, i == 0u ? "2001:db8:1::" : "2001:db8:2::", 64, PREFIX_A, 9000, 9000);
        fixture_input_silent(&f, &in);
    }
    assert_source_is("2001:db8:1::ff:fe00:1");
    frame_ra(&in, &router_1, 9000, PRF_LOW);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &router_2, 9000, PRF_HIGH);
    fixture_input_silent(&f, &in);
    assert_source_is("2001:db8:2::ff:fe00:1");
    frame_ra(&in, &router_2, 0, 0);
    fixture_input_silent(&f, &in);
    assert_source_is("2001:db8:1::ff:fe00:1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_addresses_is_found),
        cmocka_unit_test(addresses_that_change_are_found),
        cmocka_unit_test(full_tables_have_a_slot_for_the_router),
        cmocka_unit_test(remembered_source_follows_each_change),
        cmocka_unit_test(remembered_source_follows_the_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
