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

static void more_prefixes_than_slots_are_ignored(void **state)
{
    char text[40];
    (void)state;
    start();
    for (unsigned i = 0; i < 1000u; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        advertise_prefix(text, 64, PREFIX_L, 600);
    }
    assert_counted(&f, V6NF_PREFIXES_FULL, 1000u - V6NF_PREFIXES);
    assert_next_hop(&f, neighbor.address, &neighbor);
    assert_next_hop(&f, "2001:db8:100::5", &router_1);
    advertise_prefix(LINK_PREFIX, 64, PREFIX_L, 0); /* frees a slot */
    advertise_prefix("2001:db8:100::", 64, PREFIX_L, 600);
    assert_next_hop(&f, "2001:db8:100::5",
                    &(struct test_station){.mac = "02:00:00:00:00:06", .address = "2001:db8:100::5"});
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

/* The server that would expire first is evicted (RFC 8106, 6.2). */
static void dns_servers_are_limited(void **state)
{
    char text[40];
    struct v6nf_address server;
    (void)state;
    start();
    for (unsigned i = 0; i < 100u; i++) {
        snprintf(text, sizeof text, "2001:db8::%x", i + 0x100u);
        advertise_servers(1000u + i, text, NULL);
    }
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        assert_true(v6nf_node_dns_server(&f.node, i, &server, f.now));
        assert_true(server.bytes[15] > 0x63u - V6NF_DNS_SERVERS);
    }
    advertise_servers(0, "2001:db8::99", NULL); /* withdrawing an unknown server has no effect */
    assert_true(v6nf_node_dns_server(&f.node, V6NF_DNS_SERVERS - 1u, &server, f.now));
    assert_false(v6nf_node_dns_server(&f.node, V6NF_DNS_SERVERS, &server, f.now));
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
        cmocka_unit_test(more_prefixes_than_slots_are_ignored),
        cmocka_unit_test(formed_address_does_not_make_its_prefix_on_link),
#if V6NF_DNS
        cmocka_unit_test(dns_servers_are_kept_for_their_lifetime),
        cmocka_unit_test(dns_servers_are_limited),
        cmocka_unit_test(impossible_dns_servers_are_ignored),
        cmocka_unit_test(dns_search_list_is_kept_for_its_lifetime),
        cmocka_unit_test(domains_with_special_characters_are_ignored),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
