/* test_wire_address.c: kinds and text forms of IPv6 addresses (RFC 4291; RFC 5952). */
#include <v6nf/wire/address.h>

#include "fixture_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Text of an address, and the text of the same address by RFC 5952. */
static const struct {
    const char *text;
    const char *canonical;
} valid[] = {
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"0:0:0:0:0:0:0:1", "::1"},
    /* RFC 4291, 2.2 */
    {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
    {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
    {"FF01:0:0:0:0:0:0:101", "ff01::101"},
    {"FF01::101", "ff01::101"},
    {"0:0:0:0:0:0:13.1.68.3", "::d01:4403"},
    {"::13.1.68.3", "::d01:4403"},
    /* RFC 5952, 2 and 4 */
    {"2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"},
    {"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
    {"2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"},
    {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
    {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
    {"2001:db8::0:1", "2001:db8::1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:0", "2001:db8:0:0:1::"},
    /* "::" at the start and end, and for each number of groups */
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::3:4:5:6:7:8", "::3:4:5:6:7:8"},
    {"1:2:3:4:5:6::", "1:2:3:4:5:6::"},
    {"1::8", "1::8"},
    {"0::0", "::"},
    {"0000::", "::"},
    {"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"},
    {"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
    {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    /* digits */
    {"0001:0020:0300:4000:000a:00B0:0c00:d000", "1:20:300:4000:a:b0:c00:d000"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"fe80::aBcD", "fe80::abcd"},
    /* dotted decimal at the end */
    {"1:2:3:4:5:6:255.254.253.252", "1:2:3:4:5:6:fffe:fdfc"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    /* written in this form if IPv4-mapped (RFC 5952, 5) */
    {"::FFFF:129.144.52.38", "::ffff:129.144.52.38"},
    {"::ffff:0:0", "::ffff:0.0.0.0"},
    {"0:0:0:0:0:ffff:fffe:6409", "::ffff:255.254.100.9"},
    {"::1:ffff:129.144.52.38", "::1:ffff:8190:3426"},
    {"::fffe:129.144.52.38", "::fffe:8190:3426"},
    {"1::5:0.0.0.0", "1::5:0:0"},
    {"1:2:3:4:5:6:0.0.0.0", "1:2:3:4:5:6::"},
    {"1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"},
    {"::1:2:3:4:5:9.99.100.249", "0:1:2:3:4:5:963:64f9"},
};

static const char *const invalid[] = {
    "",
    " ",
    ":",
    ":::",
    "::::",
    "1",
    "1:",
    ":1",
    "1:2",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    ":2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7:8:",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "1:2:3:4::5:6:7:8",
    "1::2::3",
    "::1::",
    ":::1",
    "1:::",
    "1:::2",
    "::1:",
    ":1::",
    "::12345",
    "12345::",
    "00000::",
    "::00001",
    "::g",
    "::G",
    "::1g",
    "g::",
    "::/",
    "::@",
    "::`",
    "::-1",
    "::+1",
    "::0x1",
    "::1 ",
    " ::1",
    "::1\n",
    ":: 1",
    "fe80::1%eth0",
    "fe80::1%",
    "::1/128",
    "[::1]",
    "2001:db8::1,",
    "::\x80",
    "\xFF::",
    "1.2.3.4",
    "::1.2.3",
    "::1.2.3.",
    "::1.2.3.4.",
    "::1.2.3.4.5",
    "::.1.2.3",
    "::1..2.3",
    "::1.2.3.256",
    "::1.2.3.1000",
    "::01.2.3.4",
    "::1.2.3.00",
    "::1.2.3.a",
    "::a.2.3.4",
    "::1.2.3.4:5",
    "::1.2.3.4::",
    "::1.2.3.-4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "1:2:3:4:5:1.2.3.4",
    "1:2:3:4:5:6:7:8:1.2.3.4",
    "1:2:3:4:5:6::1.2.3.4",
    "::1:2:3:4:5:6:1.2.3.4",
    "1.2.3.4::",
    "1.2.3.4:1::",
    "::1.2.3.4 ",
    "::99999.2.3.4",
};

/* Check that v6nf_address_parse() and inet_pton() agree about the text. Return true if it is an address. */
static bool parse_as_inet_pton(const char *text)
{
    struct v6nf_address address;
    uint8_t expected[16] = {0};
    memset(&address, 0xAA, sizeof address);
    char *bounded = (char *)exact_copy((const uint8_t *)text, (uint32_t)strlen(text) + 1u);
    bool is_address = inet_pton(AF_INET6, text, expected) == 1;
    bool result = v6nf_address_parse(&address, bounded);
    if (result != is_address || memcmp(address.bytes, expected, 16) != 0) {
        fail_msg("\"%s\": v6nf_address_parse() %d, inet_pton() %d", text, result, is_address);
    }
    free(bounded);
    return result;
}

static void each_form_of_rfc4291_is_parsed(void **context)
{
    (void)context;
    for (uint32_t i = 0; i < COUNT(valid); i++) {
        assert_true(parse_as_inet_pton(valid[i].text));
    }
}

static void other_text_is_refused(void **context)
{
    (void)context;
    for (uint32_t i = 0; i < COUNT(invalid); i++) {
        if (parse_as_inet_pton(invalid[i])) {
            fail_msg("\"%s\" was parsed as an address", invalid[i]);
        }
    }
}

static void damaged_text_is_parsed_as_by_inet_pton(void **context)
{
    (void)context;
    static const char characters[] = "0123456789abcdefABCDEF::::....g/% ";
    uint32_t addresses = 0;
    for (uint32_t round = 0; round < 200000u; round++) {
        char text[64];
        strcpy(text, valid[random_below(COUNT(valid))].text);
        for (uint32_t edits = random_below(4); edits > 0u; edits--) {
            uint32_t length = (uint32_t)strlen(text);
            uint32_t at = random_below(length + 1u);
            char with = characters[random_below(sizeof characters - 1u)];
            if (random_below(3) == 0u) { /* insert */
                memmove(text + at + 1, text + at, length - at + 1u);
                text[at] = with;
            } else if (at < length && random_below(2) == 0u) { /* remove */
                memmove(text + at, text + at + 1, length - at);
            } else if (at < length) { /* replace */
                text[at] = with;
            }
        }
        addresses += parse_as_inet_pton(text) ? 1u : 0u;
    }
    /* Both results must be frequent: otherwise little was compared. */
    assert_in_range(addresses, 20000, 180000);
}

static void text_has_the_form_of_rfc5952(void **context)
{
    (void)context;
    for (uint32_t i = 0; i < COUNT(valid); i++) {
        struct v6nf_address address;
        char text[V6NF_ADDRESS_TEXT_SIZE];
        assert_int_equal(inet_pton(AF_INET6, valid[i].text, address.bytes), 1);
        v6nf_address_format(text, &address);
        assert_string_equal(text, valid[i].canonical);
    }
}

static void text_equals_that_of_inet_ntop(void **context)
{
    (void)context;
    for (uint32_t round = 0; round < 50000u; round++) {
        struct v6nf_address made;
        uint8_t *address = made.bytes;
        char *text = malloc(V6NF_ADDRESS_TEXT_SIZE);
        char expected[INET6_ADDRSTRLEN];
        random_fill(address, 16);
        uint32_t zeros = random_number() >> 24; /* groups of zero */
        for (uint32_t group = 0; group < 8u; group++) {
            if ((zeros >> group) % 2u == 1u) {
                v6nf_store16(address + 2u * group, 0);
            } else if (random_below(4) == 0u) {
                v6nf_store16(address + 2u * group, (uint16_t)random_below(17));
            }
        }
        assert_non_null(text);
        assert_non_null(inet_ntop(AF_INET6, address, expected, sizeof expected));
        v6nf_address_format(text, &made);
        /* inet_ntop() writes dotted decimal for any address whose first 96 bits are zero. */
        if (strchr(expected, '.') == NULL || v6nf_load16(address + 10) == 0xFFFFu) {
            assert_string_equal(text, expected);
        }
        assert_true(parse_as_inet_pton(text));
        free(text);
    }
}

static void prefixes_are_parsed(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        const char *address; /* NULL: not a prefix */
        uint32_t length;
    } cases[] = {
        {"::/0", "::", 0},
        {"2001:db8::/32", "2001:db8::", 32},
        {"2001:db8::1/64", "2001:db8::1", 64},
        {"::1.2.3.4/99", "::1.2.3.4", 99},
        {"1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8", 128},
        {"", NULL, 0},
        {"/", NULL, 0},
        {"/64", NULL, 0},
        {"::", NULL, 0},
        {"::/", NULL, 0},
        {"::/129", NULL, 0},
        {"::/999", NULL, 0},
        {"::/1000", NULL, 0},
        {"::/4294967296", NULL, 0},
        {"::/064", NULL, 0},
        {"::/00", NULL, 0},
        {"::/-1", NULL, 0},
        {"::/+1", NULL, 0},
        {"::/ 1", NULL, 0},
        {"::/1 ", NULL, 0},
        {"::/1x", NULL, 0},
        {"::/a", NULL, 0},
        {"::/64/64", NULL, 0},
        {"::1:/64", NULL, 0},
        {"1:2:3:4:5:6:7/64", NULL, 0},
        {"::%1/64", NULL, 0},
        {"::\\64", NULL, 0},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        struct v6nf_address address;
        uint8_t expected[16] = {0};
        uint32_t length = 99;
        memset(&address, 0xAA, sizeof address);
        if (cases[i].address != NULL) {
            assert_int_equal(inet_pton(AF_INET6, cases[i].address, expected), 1);
        }
        assert_int_equal(v6nf_address_parse_prefix(&address, &length, cases[i].text), cases[i].address != NULL);
        assert_memory_equal(address.bytes, expected, 16);
        assert_int_equal(length, cases[i].length);
    }
}

static void common_prefix_is_counted_in_bits(void **context)
{
    (void)context;
    uint8_t a[16];
    uint8_t b[16];
    for (uint32_t round = 0; round < 50u; round++) {
        for (uint32_t bit = 0; bit < 128u; bit++) {
            random_fill(a, 16);
            random_fill(b, 16);
            memcpy(b, a, bit / 8u);
            uint32_t same = 0xFF00u >> (bit % 8u) & 0xFFu;
            uint32_t differs = 0x80u >> (bit % 8u);
            uint32_t byte = (a[bit / 8u] & same) + ((a[bit / 8u] ^ 0xFFu) & differs) + (b[bit / 8u] & (differs - 1u));
            b[bit / 8u] = (uint8_t)byte;
            assert_int_equal(v6nf_address_common_prefix(a, b), bit);
        }
    }
    assert_int_equal(v6nf_address_common_prefix(a, a), 128);
}

/* Return the predicates that hold, as letters: u l m L n s i. */
static void classify(char *kinds, const char *text)
{
    uint8_t address[16];
    uint32_t count = 0;
    assert_int_equal(inet_pton(AF_INET6, text, address), 1);
    const struct {
        bool holds;
        char letter;
    } predicates[] = {
        {v6nf_address_is_unspecified(address), 'u'}, {v6nf_address_is_loopback(address), 'l'},
        {v6nf_address_is_multicast(address), 'm'},   {v6nf_address_is_link_local(address), 'L'},
        {v6nf_address_is_all_nodes(address), 'n'},   {v6nf_address_is_solicited_node(address), 's'},
        {v6nf_address_is_ipv4_mapped(address), 'i'},
    };
    bool is_any = predicates[0].holds || predicates[1].holds || predicates[2].holds || predicates[6].holds;
    assert_int_equal(v6nf_address_is_assignable(address), !is_any);
    for (uint32_t i = 0; i < COUNT(predicates); i++) {
        if (predicates[i].holds) {
            kinds[count] = predicates[i].letter;
            count++;
        }
    }
    kinds[count] = '\0';
}

static void addresses_are_classified(void **context)
{
    (void)context;
    static const struct {
        const char *text;
        const char *kinds;
    } cases[] = {
        {"::", "u"},
        {"::1", "l"},
        {"::2", ""},
        {"::101", ""},
        {"::1:0:1", ""},
        {"::ffff:0:0", "i"},
        {"::ffff:255.255.255.255", "i"},
        {"::fffe:192.0.2.1", ""},
        {"::1:ffff:192.0.2.1", ""},
        {"1::ffff:192.0.2.1", ""},
        {"::192.0.2.1", ""},
        {"8000::", ""},
        {"1::1", ""},
        {"0:0:0:1::", ""},
        {"0:0:0:1::1", ""},
        {"::1:0:0:1", ""},
        {"2001:db8::1", ""},
        {"fc00::1", ""},
        {"fe7f:ffff::1", ""},
        {"fe80::", "L"},
        {"fe80::1", "L"},
        {"fe80:1::1", "L"},
        {"febf:ffff::1", "L"},
        {"fec0::1", ""},
        {"fd80::1", ""},
        {"feff::1", ""},
        {"ff00::", "m"},
        {"ff02::1", "mn"},
        {"ff01::1", "m"},
        {"ff02::2", "m"},
        {"ff02::101", "m"},
        {"ff02::1:1", "m"},
        {"ff02:1::1", "m"},
        {"ff02:0:0:1::1", "m"},
        {"ff02::1:0:0:1", "m"},
        {"ff02::1:ff00:0", "ms"},
        {"ff02::1:ffab:cdef", "ms"},
        {"ff02::1:feab:cdef", "m"},
        {"ff02::2:ffab:cdef", "m"},
        {"ff02::1:1:ffab:cdef", "m"},
        {"ff02:0:0:1::1:ffab:cdef", "m"},
        {"ff05::1:ffab:cdef", "m"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "m"},
    };
    for (uint32_t i = 0; i < COUNT(cases); i++) {
        char kinds[8];
        classify(kinds, cases[i].text);
        if (strcmp(kinds, cases[i].kinds) != 0) {
            fail_msg("%s: \"%s\" instead of \"%s\"", cases[i].text, kinds, cases[i].kinds);
        }
    }
}

static void derived_addresses_are_those_of_the_rfcs(void **context)
{
    (void)context;
    struct v6nf_address address;
    uint8_t *made = address.bytes;
    uint8_t from[16];
    char text[V6NF_ADDRESS_TEXT_SIZE];
    assert_int_equal(inet_pton(AF_INET6, "4037::1:800:200e:8c6c", from), 1); /* RFC 4291, 2.7.1 */
    v6nf_address_solicited_node(made, from);
    v6nf_address_format(text, &address);
    assert_string_equal(text, "ff02::1:ff0e:8c6c");

    v6nf_address_link_local(made, (const uint8_t *)"\x34\x56\x78\x9A\xBC\xDE"); /* RFC 2464, 4 */
    v6nf_address_format(text, &address);
    assert_string_equal(text, "fe80::3656:78ff:fe9a:bcde");
    v6nf_address_link_local(made, (const uint8_t *)"\x02\x00\x00\x00\x00\x01");
    v6nf_address_format(text, &address);
    assert_string_equal(text, "fe80::ff:fe00:1");

    v6nf_address_all_nodes(made);
    v6nf_address_format(text, &address);
    assert_string_equal(text, "ff02::1");
}

static void sixteen_bytes_are_compared_and_copied(void **context)
{
    (void)context;
    uint8_t address[16];
    random_fill(address, 16);
    for (uint32_t i = 0; i < 16u; i++) {
        uint8_t copy[17] = {0};
        v6nf_address_copy(copy, address);
        assert_memory_equal(copy, address, 16);
        assert_int_equal(copy[16], 0);
        assert_true(v6nf_address_equal(copy, address));
        copy[i] ^= 1u;
        assert_false(v6nf_address_equal(copy, address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_rfc4291_is_parsed),
        cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(damaged_text_is_parsed_as_by_inet_pton),
        cmocka_unit_test(text_has_the_form_of_rfc5952),
        cmocka_unit_test(text_equals_that_of_inet_ntop),
        cmocka_unit_test(prefixes_are_parsed),
        cmocka_unit_test(common_prefix_is_counted_in_bits),
        cmocka_unit_test(addresses_are_classified),
        cmocka_unit_test(derived_addresses_are_those_of_the_rfcs),
        cmocka_unit_test(sixteen_bytes_are_compared_and_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
