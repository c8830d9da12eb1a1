/* test_select.c: selection of sources, and the order of destinations (RFC 6724, 5, 6 and 10). */
#include <stdio.h>
#include <string.h>

#include "fixture_node.h"

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
            f.node.addresses[f.node.addresses_used - 1u].origin = V6NF_ADDRESS_TEMPORARY;
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
#if V6NF_POLICY_TABLE
        cmocka_unit_test(destinations),
        cmocka_unit_test(unusable_destinations_come_last),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
