/* test_prefix.c: the Prefix List (RFC 4861, 5.1 and 6.3.4; RFC 5942), DNS configuration (RFC 8106). */
#include "fixture_router.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;

#define LINK_PREFIX "2001:db8:1::"

static const struct test_station neighbor = {.mac = "02:00:00:00:00:05", .address = "2001:db8:1::5"};

/* Start a node with a default router and a global address whose prefix is not on-link. */
static void start(void)
{
    fixture_start_host(&f);
    fixture_advertise_router(&f, &router_1, 9000, 0);
    fixture_mark(&f);
}

static void advertise_prefix(const char *prefix, uint8_t length, uint8_t flags, uint32_t valid)
{
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, prefix, length, flags, valid, 0);
    fixture_input_silent(&f, &in);
}

/* See v6LC.2.1.1, 2.1.3, 2.2.18 and 2.2.19. */
static void prefix_with_l_is_on_link(void **state)
{
    (void)state;
    start();
    assert_next_hop(&f, neighbor.address, &router_1);
    advertise_prefix(LINK_PREFIX, 64, 0, 600); /* without L: no statement about on-link (RFC 4861, 6.3.4) */
    assert_next_hop(&f, neighbor.address, &router_1);
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 600);
    assert_next_hop(&f, neighbor.address, &neighbor); /* the next hop is determined again */
    advertise_prefix(LINK_PREFIX, 64, 0, 600);        /* and L = 0 does not withdraw it */
    assert_next_hop(&f, "2001:db8:2::5", &router_1);
    fixture_run_until(&f, f.now + 4u * SECOND);
    assert_next_hop(&f, neighbor.address, &neighbor);
}

/* See v6LC.2.1.4. */
static void prefix_is_on_link_for_its_lifetime(void **state)
{
    (void)state;
    start();
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 10);
    uint64_t heard = f.now;
    fixture_run_until(&f, heard + 8u * SECOND);
    fixture_input_silent(&f, &in);
    fixture_run_until(&f, heard + 18u * SECOND - 1u);
    assert_next_hop(&f, neighbor.address, &neighbor);
    fixture_run_until(&f, heard + 18u * SECOND);
    assert_next_hop(&f, neighbor.address, &router_1);
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 10);
    assert_next_hop(&f, "2001:db8:1::6",
                    &(struct test_station){.mac = "02:00:00:00:00:06", .address = "2001:db8:1::6"});
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 0); /* ends at once */
    assert_next_hop(&f, "2001:db8:1::6", &router_1);
}

static void infinite_lifetime_never_expires(void **state)
{
    (void)state;
    start();
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, INFINITY_SECONDS);
    f.now += UINT64_C(5000000000) * SECOND; /* more than 32 bits of seconds */
    fixture_tick(&f);
    assert_next_hop(&f, neighbor.address, &neighbor);
}

/* Any length is valid for on-link determination; bits after it are ignored (RFC 4861, 4.6.2). */
static void prefix_of_any_length_is_on_link(void **state)
{
    (void)state;
    start();
    advertise_prefix("2001:db8:1::ffff", 126, PREFIX_L, 600);
    assert_next_hop(&f, "2001:db8:1::fffb", &router_1);
    assert_next_hop(&f, "2001:db8:1::fffc",
                    &(struct test_station){.mac = "02:00:00:00:00:06", .address = "2001:db8:1::fffc"});
    advertise_prefix("2001:db8:2::", 129, PREFIX_L, 600);
    assert_next_hop(&f, "2001:db8:2::5", &router_1);
}

/* The link-local prefix in an option is ignored (RFC 4861, 6.3.4). */
static void link_local_prefix_cannot_be_withdrawn(void **state)
{
    const struct test_station local = {.mac = "02:00:00:00:00:07", .address = "fe80::7"};
    (void)state;
    start();
    advertise_prefix("fe80::", 10, PREFIX_L, 0);
    advertise_prefix("fe80::", 64, PREFIX_L, 1);
    fixture_run_until(&f, f.now + 2u * SECOND);
    assert_next_hop(&f, local.address, &local);
    advertise_prefix("fe80::", 64, PREFIX_L, 600);
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) { /* nor does it use a slot */
        char text[40];
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        advertise_prefix(text, 64, PREFIX_L, 600);
    }
    assert_counted(&f, V6NF_PREFIXES_FULL, 0);
}

static bool is_on_link(const char *prefix)
{
    struct v6nf_address address = test_address_of(prefix);
    for (uint32_t i = V6NF_ROUTERS + V6NF_ROUTES; i < V6NF_ROUTERS + V6NF_ROUTES + V6NF_PREFIXES; i++) {
        if (f.node.routes[i].valid_until != 0u && memcmp(f.node.routes[i].prefix.bytes, address.bytes, 16) == 0) {
            return true;
        }
    }
    return false;
}

/* An unknown host advertises prefixes that never end, `count` of them in each advertisement. */
static void invent_prefixes(unsigned advertisements, unsigned count)
{
    static const struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = "fe80::66"};
    char text[40];
    for (unsigned i = 0; i < advertisements; i++) {
        frame_ra(&in, &unknown, 0, 0);
        for (unsigned j = 0; j < count; j++) {
            snprintf(text, sizeof text, "2001:db8:bad:%x::", i * count + j);
            ra_prefix(&in, text, 64, PREFIX_L, INFINITY_SECONDS, 0);
        }
        fixture_input_silent(&f, &in);
    }
}

/* In a full list, the prefix that was advertised longest ago yields, even if it is infinite. */
static void prefix_always_finds_a_slot_among_those_of_silent_routers(void **state)
{
    (void)state;
    start();
    invent_prefixes(1, V6NF_PREFIXES);
    fixture_run_until(&f, f.now + 30u * 86400u * SECOND);
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 600);
    assert_true(is_on_link(LINK_PREFIX));
    assert_counted(&f, V6NF_PREFIXES_FULL, 0);
    assert_next_hop(&f, neighbor.address, &neighbor);
}

/* What a router advertises that answers does not yield; unknown routers may advertise any prefix. */
static void prefix_of_a_router_that_answers_is_not_evicted(void **state)
{
    (void)state;
    start();
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 100000);
    fixture_let_router_answer(&f, &router_1);
    invent_prefixes(100, 1);
    invent_prefixes(10, V6NF_PREFIXES);
    assert_true(is_on_link(LINK_PREFIX));
    frame_ra(&in, &(struct test_station){.mac = "02:00:00:00:00:66", .address = "fe80::66"}, 0, 0);
    ra_prefix(&in, LINK_PREFIX, 64, PREFIX_L, 100000, 0); /* nor if the unknown host advertises it, too */
    fixture_input_silent(&f, &in);
    invent_prefixes(100, 1);
    assert_true(is_on_link(LINK_PREFIX));
}

/* One advertisement of an unknown router does not fill the list: it evicts at most half of it. */
static void one_advertisement_does_not_evict_all_prefixes(void **state)
{
    char text[40];
    unsigned left = 0;
    (void)state;
    start();
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        advertise_prefix(text, 64, PREFIX_L, 600);
    }
    invent_prefixes(1, V6NF_PREFIXES + 2u);
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        left += is_on_link(text) ? 1u : 0u;
    }
    assert_int_equal(left, V6NF_PREFIXES / 2u);
    assert_counted(&f, V6NF_PREFIXES_FULL, V6NF_PREFIXES / 2u + 2u);
}

/* A router that answers gets all slots of those that do not. */
static void router_that_answers_gets_all_slots(void **state)
{
    char text[40];
    (void)state;
    start();
    fixture_let_router_answer(&f, &router_1);
    invent_prefixes(1, V6NF_PREFIXES);
    frame_ra(&in, &router_1, 9000, 0);
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        ra_prefix(&in, text, 64, PREFIX_L, 600, 0);
    }
    fixture_input_silent(&f, &in);
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        assert_true(is_on_link(text));
    }
}

/* No link has these. With ::/0, all packets would leave without a router. */
static void impossible_prefixes_are_ignored(void **state)
{
    static const struct {
        const char *prefix;
        uint8_t length;
    } cases[] = {{"::", 0},     {"2001:db8:ffff::", 0}, {"2000::", 3},  {"8000::", 1},    {"::", 64},
                 {"::1", 128},  {"::ffff:0:0", 96},     {"fe80::", 10}, {"fe80::1", 128}, {"febf::", 64},
                 {"ff00::", 8}, {"ff02::", 64},         {"fe00::", 7},  {"2001::", 15}};
    (void)state;
    start();
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_case("%s/%u", cases[i].prefix, cases[i].length);
        advertise_prefix(cases[i].prefix, cases[i].length, PREFIX_L | PREFIX_A, INFINITY_SECONDS);
        for (uint32_t j = V6NF_ROUTERS + V6NF_ROUTES; j < V6NF_ROUTERS + V6NF_ROUTES + V6NF_PREFIXES; j++) {
            assert_int_equal(f.node.routes[j].valid_until, 0);
        }
        assert_int_equal(f.node.addresses_used, 2);
        assert_next_hop(&f, neighbor.address, &router_1);
    }
    fixture_case("%s", "");
    advertise_prefix("2001::", 16, PREFIX_L, 600);
    assert_next_hop(&f, neighbor.address, &neighbor);
}

/* An address that was formed does not make its prefix on-link; a configured one does (RFC 5942, 4). */
static void formed_address_does_not_make_its_prefix_on_link(void **state)
{
    (void)state;
    start();
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, LINK_PREFIX, 64, PREFIX_A, 600, 600);
    fixture_input_silent(&f, &in);
    assert_int_equal(fixture_own(&f, "2001:db8:1::ff:fe00:1")->state, V6NF_ADDRESS_PREFERRED);
    assert_next_hop(&f, neighbor.address, &router_1);
}

#if V6NF_DNS
/* -- DNS (v6LC.2.2.25) --------------------------------------------------------------------------------------------- */

static void advertise_servers(uint32_t lifetime, const char *first, const char *second)
{
    uint8_t option[40] = {25, second != NULL ? 5 : 3};
    for (unsigned i = 0; i < 4u; i++) {
        option[4u + i] = (uint8_t)(lifetime >> (24u - 8u * i));
    }
    test_address(option + 8, first);
    if (second != NULL) {
        test_address(option + 24, second);
    }
    frame_ra(&in, &router_1, 9000, 0);
    ra_option(&in, option, 8u * option[1]);
    fixture_input_silent(&f, &in);
}

static void assert_servers(const char *first, const char *second)
{
    const char *const wanted[3] = {first, second, NULL};
    for (uint32_t i = 0; i < 3u; i++) {
        struct v6nf_address expected = {{0}};
        struct v6nf_address server;
        if (wanted[i] != NULL) {
            expected = test_address_of(wanted[i]);
        }
        assert_int_equal(v6nf_node_dns_server(&f.node, i, &server, f.now), wanted[i] != NULL);
        assert_memory_equal(server.bytes, expected.bytes, 16);
        if (wanted[i] == NULL) {
            return;
        }
    }
}

static void dns_servers_are_kept_for_their_lifetime(void **state)
{
    (void)state;
    start();
    assert_servers(NULL, NULL);
    advertise_servers(100, "2001:db8::53", "fe80::53");
    assert_servers("2001:db8::53", "fe80::53");
    fixture_run_until(&f, f.now + 50u * SECOND);
    advertise_servers(100, "fe80::53", NULL);
    fixture_run_until(&f, f.now + 50u * SECOND - 1u);
    assert_servers("2001:db8::53", "fe80::53");
    fixture_run_until(&f, f.now + 1u);
    assert_servers("fe80::53", NULL);
    advertise_servers(0, "fe80::53", NULL); /* must no longer be used */
    assert_servers(NULL, NULL);
    advertise_servers(0, "fe80::54", NULL);
    assert_servers(NULL, NULL);
    advertise_servers(INFINITY_SECONDS, "fe80::53", NULL);
    f.now += UINT64_C(5000000000) * SECOND; /* more than 32 bits of seconds */
    fixture_tick(&f);
    assert_servers("fe80::53", NULL);
}

/* The server that was advertised longest ago is evicted. */
static void dns_servers_are_limited(void **state)
{
    char text[40];
    struct v6nf_address server;
    (void)state;
    start();
    for (unsigned i = 0; i < 100u; i++) {
        snprintf(text, sizeof text, "2001:db8::%x", i + 0x100u);
        advertise_servers(i == 0u ? INFINITY_SECONDS : 2000u - i, text, NULL);
    }
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        assert_true(v6nf_node_dns_server(&f.node, i, &server, f.now));
        assert_true(server.bytes[15] > 0x63u - V6NF_DNS_SERVERS);
    }
    advertise_servers(0, "2001:db8::99", NULL); /* withdrawing an unknown server has no effect */
    assert_true(v6nf_node_dns_server(&f.node, V6NF_DNS_SERVERS - 1u, &server, f.now));
    assert_false(v6nf_node_dns_server(&f.node, V6NF_DNS_SERVERS, &server, f.now));
}

static bool knows_server(const char *text)
{
    struct v6nf_address expected = test_address_of(text);
    struct v6nf_address server;
    for (uint32_t i = 0; v6nf_node_dns_server(&f.node, i, &server, f.now); i++) {
        if (memcmp(server.bytes, expected.bytes, 16) == 0) {
            return true;
        }
    }
    return false;
}

/* One advertisement of an unknown router, with as many servers as there are slots and more, forever. */
static void invent_servers(unsigned advertisement)
{
    static const struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = "fe80::66"};
    uint8_t option[8 + 16 * (V6NF_DNS_SERVERS + 1u)] = {25, 1u + 2u * (V6NF_DNS_SERVERS + 1u), 0, 0, 255, 255, 255,
                                                        255};
    char text[40];
    for (unsigned i = 0; i <= V6NF_DNS_SERVERS; i++) {
        snprintf(text, sizeof text, "2001:db8:bad:%x::%x", advertisement, i + 1u);
        test_address(option + 8 + 16 * i, text);
    }
    frame_ra(&in, &unknown, 0, 0);
    ra_option(&in, option, sizeof option);
    fixture_input_silent(&f, &in);
}

/* Infinite lifetimes of an unknown router do not keep the servers of the link's router away, nor evict them. */
static void dns_servers_of_a_router_that_answers_are_not_evicted(void **state)
{
    (void)state;
    start();
    invent_servers(0);
    advertise_servers(1000, "2001:db8::53", NULL);
    assert_true(knows_server("2001:db8::53"));
    fixture_let_router_answer(&f, &router_1);
    advertise_servers(1000, "2001:db8::53", NULL);
    for (unsigned i = 1; i < 20u; i++) {
        invent_servers(i);
        assert_true(knows_server("2001:db8::53"));
    }
    fixture_run_until(&f, f.now + 1000u * SECOND); /* it has ended */
    invent_servers(20);
    assert_false(knows_server("2001:db8::53"));
}

/* On another link, a server of the link before must not be asked for long (RFC 6059). One that is advertised again
 * stays. */
static void dns_servers_of_the_link_before_end(void **state)
{
    (void)state;
    start();
    advertise_servers(INFINITY_SECONDS, "2001:db8::53", "2001:db8::54");
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 5u * SECOND);
    advertise_servers(INFINITY_SECONDS, "2001:db8::54", NULL);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_false(knows_server("2001:db8::53"));
    assert_true(knows_server("2001:db8::54"));
}

static void impossible_dns_servers_are_ignored(void **state)
{
    static const char *const impossible[] = {"::", "::1", "ff02::1"};
    (void)state;
    start();
    for (unsigned i = 0; i < 3u; i++) {
        advertise_servers(100, impossible[i], NULL);
        assert_servers(NULL, NULL);
    }
}

static void advertise_domains(uint8_t lifetime, const char *names, uint8_t size)
{
    uint8_t option[264] = {31, (uint8_t)(1u + (size + 7u) / 8u), 0, 0, 0, 0, 0, lifetime};
    memcpy(option + 8, names, size);
    frame_ra(&in, &router_1, 9000, 0);
    ra_option(&in, option, 8u * option[1]);
    fixture_input_silent(&f, &in);
}

static void dns_search_list_is_kept_for_its_lifetime(void **state)
{
    (void)state;
    start();
    assert_null(v6nf_node_dns_domain(&f.node, 0, f.now));
    advertise_domains(100, "\7example\3com\0\3lan", 18);
    assert_string_equal(v6nf_node_dns_domain(&f.node, 0, f.now), "example.com");
    if (V6NF_DNS_DOMAINS > 1u) {
        assert_string_equal(v6nf_node_dns_domain(&f.node, 1, f.now), "lan");
        assert_null(v6nf_node_dns_domain(&f.node, 2, f.now));
    } else {
        assert_null(v6nf_node_dns_domain(&f.node, 1, f.now));
    }
    advertise_domains(200, "\7example\3com", 13);
    fixture_run_until(&f, f.now + 199u * SECOND);
    assert_string_equal(v6nf_node_dns_domain(&f.node, 0, f.now), "example.com");
    assert_null(v6nf_node_dns_domain(&f.node, 1, f.now));
    fixture_run_until(&f, f.now + SECOND);
    assert_null(v6nf_node_dns_domain(&f.node, 0, f.now));
    advertise_domains(200, "\7example\3com", 13);
    advertise_domains(0, "\7example\3com", 13);
    assert_null(v6nf_node_dns_domain(&f.node, 0, f.now));
}

/* Names that would surprise a shell or resolver that a program passes them to are ignored. */
static void domains_with_special_characters_are_ignored(void **state)
{
    (void)state;
    start();
    advertise_domains(100, "\3a;b", 5);
    advertise_domains(100, "\5a\nb c", 7);
    advertise_domains(100, "\77short", 7);
    assert_null(v6nf_node_dns_domain(&f.node, 0, f.now));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefix_with_l_is_on_link),
        cmocka_unit_test(prefix_is_on_link_for_its_lifetime),
        cmocka_unit_test(infinite_lifetime_never_expires),
        cmocka_unit_test(prefix_of_any_length_is_on_link),
        cmocka_unit_test(link_local_prefix_cannot_be_withdrawn),
        cmocka_unit_test(prefix_always_finds_a_slot_among_those_of_silent_routers),
        cmocka_unit_test(prefix_of_a_router_that_answers_is_not_evicted),
        cmocka_unit_test(one_advertisement_does_not_evict_all_prefixes),
        cmocka_unit_test(router_that_answers_gets_all_slots),
        cmocka_unit_test(impossible_prefixes_are_ignored),
        cmocka_unit_test(formed_address_does_not_make_its_prefix_on_link),
#if V6NF_DNS
        cmocka_unit_test(dns_servers_are_kept_for_their_lifetime),
        cmocka_unit_test(dns_servers_are_limited),
        cmocka_unit_test(dns_servers_of_a_router_that_answers_are_not_evicted),
        cmocka_unit_test(dns_servers_of_the_link_before_end),
        cmocka_unit_test(impossible_dns_servers_are_ignored),
        cmocka_unit_test(dns_search_list_is_kept_for_its_lifetime),
        cmocka_unit_test(domains_with_special_characters_are_ignored),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
