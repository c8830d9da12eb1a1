/* test_select.c: selection of sources, and the order of destinations (RFC 6724, 5, 6 and 10). */
#include <stdio.h>
#include <string.h>

#include "../../../src/node/state/own_address.h"
#include "fixture_router.h"

static struct fixture f;

/* Start a node with these addresses, separated by spaces, in addition to fe80::ff:fe00:1. A leading '-' means
 * deprecated, '~' temporary. */
static void give(const char *addresses)
{
    char copy[200];
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .seed = 1});
    (void)snprintf(copy, sizeof copy, "%s", addresses);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        char mark = word[0];
        struct v6nf_address address = test_address_of(mark == '-' || mark == '~' ? word + 1 : word);
        assert_int_equal(v6nf_node_lease_address(&f.node, &address, mark == '-' ? 0u : 1000u, 1000, f.now), V6NF_OK);
        if (mark == '~') {
            uint32_t last = f.node.addresses_used - 1u;
            v6nf_own_address_unlink(&f.node, last);
            f.node.addresses[last].origin = V6NF_ADDRESS_TEMPORARY;
            v6nf_own_address_link(&f.node, last);
        }
    }
}

static void add_router(void)
{
    struct v6nf_address router = test_address_of("fe80::99");
    assert_int_equal(v6nf_node_set_gateway(&f.node, &router), V6NF_OK);
}

/* Check the source of a datagram that is sent to a router. */
static void assert_source(const char *destination, const char *source)
{
    struct v6nf_address bytes = test_address_of(source);
    add_router();
    fixture_udp_send(&f, 1000, destination, 2000, 0);
    if (f.out.length == 86u && f.out.bytes[54] == 135u) {
        /* A solicitation has the packet's source, too (RFC 4861, 7.2.2). */
        assert_memory_equal(f.out.bytes + 22, bytes.bytes, 16);
        return;
    }
    if (f.out.length != 62u) {
        fail_case("no datagram");
    }
    if (memcmp(f.out.bytes + 22, bytes.bytes, 16) != 0) {
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, &f.out);
        fail_msg("the source of a datagram to %s is not %s: %s", destination, source, text);
    }
}

static void sources(void **state)
{
    static const struct {
        const char *own;
        const char *destination;
        const char *source;
    } cases[] = {
        /* Rule 2: prefer the smallest scope that is not smaller than the destination's. */
        {"2001:db8:3::1", "2001:db8:1::1", "2001:db8:3::1"},
        {"2001:db8:3::1", "fe80::2", NODE_LINK_LOCAL},
        {"2001:db8:3::1", "ff02::9", NODE_LINK_LOCAL},
        {"2001:db8:3::1", "ff05::9", "2001:db8:3::1"},
        {"2001:db8:3::1", "ff0e::9", "2001:db8:3::1"},
        {"fec0::1 2001:db8:3::1", "ff05::9", "fec0::1"},
        {"fec0::1 2001:db8:3::1", "2001:db8:9::9", "2001:db8:3::1"},
        /* Rule 3, before the next rules: use a deprecated address only if no other has the scope. */
        {"-2001:db8:1::2 2001:db8:3::1", "2001:db8:1::1", "2001:db8:3::1"},
        {"-2001:db8:1::2", "2001:db8:1::1", "2001:db8:1::2"},
        /* Rule 7, before rule 8. */
        {"2001:db8:1::2 ~2001:db8:3::1", "2001:db8:1::1", "2001:db8:3::1"},
        {"~2001:db8:3::1 2001:db8:1::2", "2001:db8:1::1", "2001:db8:3::1"},
        /* Rule 8. */
        {"2001:db8:1::2 2001:db8:3::2", "2001:db8:1::1", "2001:db8:1::2"},
        {"2001:db8:3::2 2001:db8:1::2", "2001:db8:1::1", "2001:db8:1::2"},
        /* The identifier after the prefix is not compared (RFC 6724, 2.2). */
        {"2001:db8:1::1000 2001:db8:1::2", "2001:db8:1::3", "2001:db8:1::1000"},
#if V6NF_POLICY_TABLE
        /* Rule 6: unique local matches unique local, and 6to4 matches 6to4, before rules 7 and 8. */
        {"fd00:1::1 2001:db8:3::1", "2001:db8:9::9", "2001:db8:3::1"},
        {"fd00:1::1 2001:db8:3::1", "fd00:2::9", "fd00:1::1"},
        {"2001:db8:3::1 fd00:1::1", "fdff::9", "fd00:1::1"},
        {"2002:c633:6401::2 2001:db8:1::1", "2002:c633:6401::1", "2002:c633:6401::2"},
        {"2002:c633:6401::2 2001:db8:1::1", "2001:db8:9::1", "2001:db8:1::1"},
        {"fd00:1::1 ~2001:db8:3::1", "fd00:2::9", "fd00:1::1"},
#endif
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_case("case %u", i);
        give(cases[i].own);
        assert_source(cases[i].destination, cases[i].source);
    }
    fixture_case("%s", "");
}

#if V6NF_POLICY_TABLE && V6NF_ROUTER_MEMORY
static const struct test_station provider_1 = {.mac = "02:00:00:00:00:a1", .address = "fe80::a1"};
static const struct test_station provider_2 = {.mac = "02:00:00:00:00:a2", .address = "fe80::a2"};

static void advertise(const struct test_station *router, uint32_t lifetime, uint8_t flags, const char *prefix)
{
    struct test_frame in;
    frame_ra(&in, router, lifetime, flags);
    ra_link_layer(&in, router->mac);
    ra_prefix(&in, prefix, 64, PREFIX_A, 10000, 10000);
    fixture_input_silent(&f, &in);
}

static void assert_source_is(const char *destination, const char *source)
{
    struct v6nf_address bytes = test_address_of(source);
    fixture_udp_send(&f, 1000, destination, 2000, 0);
    assert_true(f.out.length >= 62u);
    assert_memory_equal(f.out.bytes + 22, bytes.bytes, 16);
}

/* Rule 5.5: prefer an address whose prefix the next hop advertises, before rule 8. */
static void source_is_of_a_prefix_of_the_next_hop(void **state)
{
    (void)state;
    for (unsigned second_is_preferred = 0; second_is_preferred < 2u; second_is_preferred++) {
        fixture_start_discovery(&f, 1, 0, NULL);
        advertise(&provider_1, 9000, 0, "2001:db8:1::");
        advertise(&provider_2, 9000, second_is_preferred != 0u ? PRF_HIGH : PRF_LOW, "2001:db8:2::");
        const char *source = second_is_preferred != 0u ? "2001:db8:2::ff:fe00:1" : "2001:db8:1::ff:fe00:1";
        assert_source_is("2001:db8:1:ff::5", source);
        assert_source_is("2001:db8:2:ff::5", source);
    }
    /* Both routers advertise both. */
    advertise(&provider_1, 9000, 0, "2001:db8:2::");
    advertise(&provider_2, 9000, 0, "2001:db8:1::");
    assert_source_is("2001:db8:1:ff::6", "2001:db8:1::ff:fe00:1");
    assert_source_is("2001:db8:2:ff::6", "2001:db8:2::ff:fe00:1");
}

/* Receive an Echo Request of `size` bytes from a far host via the router. Check that the reply is sent via it. */
static void assert_replied_via_with(const struct test_station *router, const char *own, uint32_t size)
{
    struct test_frame in;
    struct test_frame expected;
    frame_echo(&in, NODE_MAC, router->mac, OFF_LINK, own, 128, 7, 7, size);
    fixture_input(&f, &in);
    frame_echo(&expected, router->mac, NODE_MAC, own, OFF_LINK, 129, 7, 7, size);
    assert_frame(&f.out, &expected);
}

static void assert_replied_via(const struct test_station *router, const char *own)
{
    assert_replied_via_with(router, own, 8);
}

/* What is sent from an address leaves via a router that advertised its prefix (RFC 8028, 3.2), even if another one is
 * preferred, or if the same destination was just reached via another. */
static void router_is_one_that_advertised_the_prefix_of_the_source(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&provider_1, 9000, PRF_HIGH, "2001:db8:1::");
    advertise(&provider_2, 9000, PRF_LOW, "2001:db8:2::");
    for (unsigned i = 0; i < 3u; i++) {
        assert_replied_via(&provider_2, "2001:db8:2::ff:fe00:1");
        assert_replied_via(&provider_1, "2001:db8:1::ff:fe00:1");
    }
    fixture_add_address(&f, "2001:db8:3::1", 128); /* of the program: the preferred router */
    assert_replied_via(&provider_1, "2001:db8:3::1");
    /* The second router advertises both. The first one is not used any more: the second has to do. */
    advertise(&provider_2, 9000, PRF_LOW, "2001:db8:1::");
    assert_replied_via(&provider_1, "2001:db8:1::ff:fe00:1");
    struct test_frame in;
    frame_ra(&in, &provider_1, 0, 0);
    fixture_input_silent(&f, &in);
    assert_replied_via(&provider_2, "2001:db8:1::ff:fe00:1");
}

/* Check that a datagram of `size` bytes from an own address is sent to this router. */
static void assert_sent_via(const struct test_station *router, const char *own, uint32_t size)
{
    static uint8_t buffer[1514];
    struct v6nf_udp_message message = {.remote = test_address_of(OFF_LINK), .local = test_address_of(own)};
    uint8_t mac[6];
    uint32_t length = 0;
    message.remote_port = 2000;
    message.local_port = 1000;
    assert_int_equal(v6nf_udp_send(&f.node, buffer, size, sizeof buffer, &message, &length, f.now), V6NF_SEND_SENT);
    assert_int_equal(length, size + 62u);
    test_mac(mac, router->mac);
    assert_memory_equal(buffer, mac, sizeof mac);
}

/* That a long packet was sent from one address is noted for Packet Too Big. It does not make its router the one of
 * packets from other addresses, which that would drop (RFC 8028, 3.2; RFC 2827). */
static void router_of_the_source_is_used_after_a_long_packet(void **state)
{
    (void)state;
    for (unsigned by_reply = 0; by_reply < 2u; by_reply++) {
        fixture_start_discovery(&f, 1, 0, NULL);
        advertise(&provider_1, 9000, 0, "2001:db8:1::");
        advertise(&provider_2, 9000, 0, "2001:db8:2::");
        for (unsigned i = 0; i < 3u; i++) {
            if (by_reply == 0u) {
                assert_sent_via(&provider_1, "2001:db8:1::ff:fe00:1", 1400);
            } else {
                assert_replied_via_with(&provider_1, "2001:db8:1::ff:fe00:1", 1400);
            }
            assert_sent_via(&provider_2, "2001:db8:2::ff:fe00:1", 10);
            assert_replied_via(&provider_2, "2001:db8:2::ff:fe00:1");
            assert_sent_via(&provider_1, "2001:db8:1::ff:fe00:1", 10);
        }
    }
}

/* An address was formed when its router was no default router, so that its packets went via another one. They leave by
 * its own router as soon as that advertises the prefix as a default router (RFC 8028, 3.2). */
static void router_of_an_address_is_used_once_it_advertises_the_prefix(void **state)
{
    struct test_frame in;
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&provider_2, 0, PRF_LOW, "2001:db8:2::");
    frame_ra(&in, &provider_1, 9000, PRF_HIGH);
    ra_link_layer(&in, provider_1.mac);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &provider_2, 9000, PRF_LOW);
    ra_link_layer(&in, provider_2.mac);
    fixture_input_silent(&f, &in);
    assert_sent_via(&provider_1, "2001:db8:2::ff:fe00:1", 10);
    advertise(&provider_2, 9000, PRF_LOW, "2001:db8:2::");
    assert_sent_via(&provider_2, "2001:db8:2::ff:fe00:1", 10);
}

/* An address of a router that is gone is sent from via the other one. */
static void address_of_a_router_that_is_gone_is_used(void **state)
{
    struct test_frame in;
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&provider_1, 9000, 0, "2001:db8:1::");
    advertise(&provider_2, 9000, 0, "2001:db8:2::");
    frame_ra(&in, &provider_1, 0, 0);
    fixture_input_silent(&f, &in);
    assert_replied_via(&provider_2, "2001:db8:1::ff:fe00:1");
    assert_replied_via(&provider_2, "2001:db8:2::ff:fe00:1");
}

/* A host that is no default router, and advertises the prefix of another network, gets no packets sent from it. */
static void prefix_of_no_default_router_is_no_source(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&provider_1, 9000, 0, "2001:db8:1::");
    advertise(&provider_2, 0, 0, "2001:db8:2::");
    assert_source_is("2001:db8:2:ff::5", "2001:db8:1::ff:fe00:1");
}

/* The addresses of the program go with every router. */
static void address_of_the_program_goes_with_every_router(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    fixture_add_address(&f, "2001:db8:2::1", 128);
    advertise(&provider_1, 9000, 0, "2001:db8:1::");
    assert_source_is("2001:db8:2:ff::5", "2001:db8:2::1");
    assert_source_is("2001:db8:1:ff::5", "2001:db8:1::ff:fe00:1");
}

/* The slot of a router that is gone may be used by another: that one has advertised nothing. */
static void next_router_in_a_slot_has_advertised_nothing(void **state)
{
    struct test_frame in;
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&provider_1, 9000, 0, "2001:db8:1::");
    frame_ra(&in, &provider_1, 0, 0);
    fixture_input_silent(&f, &in);
    advertise(&provider_2, 9000, 0, "2001:db8:2::");
    assert_source_is("2001:db8:1:ff::5", "2001:db8:2::ff:fe00:1");
}
#endif

#if V6NF_POLICY_TABLE
/* Sort the destinations, separated by spaces, and check the order. */
static void assert_sorted(const char *destinations, const char *sorted)
{
    struct v6nf_address list[8];
    char text[400] = "";
    char copy[400];
    uint32_t count = 0;
    (void)snprintf(copy, sizeof copy, "%s", destinations);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        list[count++] = test_address_of(word);
    }
    v6nf_node_sort_destinations(&f.node, list, count);
    for (uint32_t j = 0; j < count; j++) {
        char one[V6NF_ADDRESS_TEXT_SIZE];
        v6nf_address_format(one, &list[j]);
        size_t used = strlen(text);
        (void)snprintf(text + used, sizeof text - used, "%s%s", used != 0u ? " " : "", one);
    }
    if (strcmp(text, sorted) != 0) {
        fail_msg("%s instead of %s", text, sorted);
    }
}

/* Examples of RFC 6724, 10.2, and some of 10.3 to 10.6: candidates in one order, the expected result in another. */
static void destinations(void **state)
{
    static const struct {
        const char *own;
        const char *destinations;
        const char *sorted;
    } cases[] = {
        {"2001:db8:1::2", "2001:db8:1::1 ::ffff:198.51.100.121", "2001:db8:1::1 ::ffff:198.51.100.121"},
        {"2001:db8:1::2", "::ffff:198.51.100.121 2001:db8:1::1", "2001:db8:1::1 ::ffff:198.51.100.121"},
        {"2001:db8:1::2", "2001:db8:1::1 fe80::1",
         "fe80::1 2001:db8:1::1"}, /* scopes of source and destination match: the smaller */
        {"-2001:db8:1::2", "2001:db8:1::1 fe80::1", "fe80::1 2001:db8:1::1"}, /* rule 3 */
        {"2001:db8:1::2 2001:db8:3f44::2", "2001:db8:1::1 2001:db8:3f44::1",
         "2001:db8:1::1 2001:db8:3f44::1"}, /* rule 10 */
        {"2002:c633:6401::2 fd11:1111:1111:1::2", "2001:db8:1::1 2002:c633:6401::1", "2002:c633:6401::1 2001:db8:1::1"},
        {"2002:c633:6401::2 2001:db8:1::2", "2002:c633:6401::1 2001:db8:1::1",
         "2001:db8:1::1 2002:c633:6401::1"},                                                   /* rule 6 */
        {"2001:db8:1::2", "2001:db8:3ffe::1 2001:db8:1::1", "2001:db8:1::1 2001:db8:3ffe::1"}, /* rule 9 */
        {"fd11:1::2", "2001:db8:1::1 fd11:2::1", "fd11:2::1 2001:db8:1::1"},                   /* rule 5 */
        {"2001:db8:1::2", "2001:db8:a::1 2001:db8:b::1 fe80::1 2001:db8:1::9",
         "fe80::1 2001:db8:1::9 2001:db8:a::1 2001:db8:b::1"},
        /* Rule 2: the scope is that of the source. */
        {"", "2001:db8:1::1 fe80::1", "fe80::1 2001:db8:1::1"},
        {"2001:db8:1::2", "ff02::9 2001:db8:1::1", "ff02::9 2001:db8:1::1"},
        /* Rule 3, before rule 6. */
        {"-2001:db8:1::2 fd11:1::2", "2001:db8:1::1 fd11:1::1", "fd11:1::1 2001:db8:1::1"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        give(cases[i].own);
        add_router();
        assert_sorted(cases[i].destinations, cases[i].sorted);
    }
}

/* Rule 1: unusable destinations are last, because of no source, no route, or an address that is never on a link. An
 * empty list is valid. */
static void unusable_destinations_come_last(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1); /* no source yet */
    assert_sorted("2001:db8::3 2001:db8::2", "2001:db8::3 2001:db8::2");
    assert_sorted("", "");

    give("2001:db8:1::2"); /* and no router */
    fixture_add_address(&f, "fd11:1::2", 64);
    assert_sorted("2001:db8:1::1 fd11:1::1", "fd11:1::1 2001:db8:1::1");
    add_router();
    assert_sorted("fd11:1::1 2001:db8:1::1", "2001:db8:1::1 fd11:1::1");
    assert_sorted("::1 fd11:1::1", "fd11:1::1 ::1");
    /* An own address is reached, if at all, from itself. */
    assert_sorted(V6NF_LOOPBACK > 0u ? "fd11:1::1 2001:db8:1::2" : "2001:db8:1::2 fd11:1::1",
                  V6NF_LOOPBACK > 0u ? "2001:db8:1::2 fd11:1::1" : "fd11:1::1 2001:db8:1::2");

    /* An IPv4 address would be preferred to a unique local one of another site. */
    give("2001:db8:1::2");
    add_router();
    assert_sorted("::ffff:198.51.100.121 fd11:1::1", "fd11:1::1 ::ffff:198.51.100.121");
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources),
#if V6NF_POLICY_TABLE && V6NF_ROUTER_MEMORY
        cmocka_unit_test(source_is_of_a_prefix_of_the_next_hop),
        cmocka_unit_test(router_is_one_that_advertised_the_prefix_of_the_source),
        cmocka_unit_test(router_of_the_source_is_used_after_a_long_packet),
        cmocka_unit_test(router_of_an_address_is_used_once_it_advertises_the_prefix),
        cmocka_unit_test(address_of_a_router_that_is_gone_is_used),
        cmocka_unit_test(prefix_of_no_default_router_is_no_source),
        cmocka_unit_test(address_of_the_program_goes_with_every_router),
        cmocka_unit_test(next_router_in_a_slot_has_advertised_nothing),
#endif
#if V6NF_POLICY_TABLE
        cmocka_unit_test(destinations),
        cmocka_unit_test(unusable_destinations_come_last),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
