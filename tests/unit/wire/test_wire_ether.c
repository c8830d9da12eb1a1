/* test_wire_ether.c: Ethernet addresses and headers. */
#include <v6nf/wire/ether.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t mac[6] = {0x02, 0x1B, 0x21, 0xA0, 0x9F, 0xFE};

static void both_separators_and_cases_are_parsed(void **context)
{
    (void)context;
    const char *texts[] = {"02:1b:21:a0:9f:fe", "02-1B-21-A0-9F-FE", "02:1b-21:a0-9F:fe"};
    for (uint32_t i = 0; i < 3u; i++) {
        uint8_t address[6] = {0};
        assert_true(v6nf_ether_parse(address, texts[i]));
        assert_memory_equal(address, mac, 6);
    }
}

static void other_text_is_refused(void **context)
{
    (void)context;
    const char *texts[] = {
        "",
        "0",
        "02",
        "02:",
        ":",
        "02:1b:21:a0:9f",
        "02:1b:21:a0:9f:",
        "02:1b:21:a0:9f:f",
        "02:1b:21:a0:9f:fe:",
        "02:1b:21:a0:9f:fe:00",
        "02:1b:21:a0:9f:fe ",
        " 02:1b:21:a0:9f:fe",
        "2:1b:21:a0:9f:fe",
        "02:1b:21:a0:9f:fg",
        "02:1b:21:a0:9f:/e",
        "02:1b:21:a0:9f:@e",
        "021b21a09ffe",
        "02.1b.21.a0.9f.fe",
        "002:1b:21:a0:9f:fe",
        "02::1b:21:a0:9f:fe",
        "02:1b:21:a0:9f:\377e",
    };
    for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t address[6];
        memset(address, 0xAA, sizeof address);
        assert_false(v6nf_ether_parse(address, texts[i]));
        assert_memory_equal(address, "\0\0\0\0\0\0", 6);
    }
}

static void written_text_is_parsed_to_the_same_address(void **context)
{
    (void)context;
    char text[V6NF_ETHER_TEXT_SIZE];
    v6nf_ether_format(text, mac);
    assert_string_equal(text, "02:1b:21:a0:9f:fe");
    for (uint32_t round = 0; round < 1000u; round++) {
        uint8_t address[6];
        uint8_t read[6];
        random_fill(address, sizeof address);
        v6nf_ether_format(text, address);
        assert_int_equal(strlen(text), V6NF_ETHER_TEXT_SIZE - 1u);
        assert_true(v6nf_ether_parse(read, text));
        assert_memory_equal(read, address, 6);
    }
}

static void stations_and_groups_are_distinguished(void **context)
{
    (void)context;
    assert_true(v6nf_ether_is_station(mac));
    assert_false(v6nf_ether_is_group(mac));
    assert_true(v6nf_ether_is_station((const uint8_t *)"\0\0\0\0\0\1"));
    assert_true(v6nf_ether_is_station((const uint8_t *)"\0\0\1\0\0\0"));
    assert_false(v6nf_ether_is_station((const uint8_t *)"\0\0\0\0\0\0"));
    assert_false(v6nf_ether_is_group((const uint8_t *)"\0\0\0\0\0\0"));
    for (uint32_t first = 0; first < 256u; first++) {
        const uint8_t address[6] = {(uint8_t)first, 1, 2, 3, 4, 5};
        assert_int_equal(v6nf_ether_is_group(address), first % 2u == 1u);
        assert_int_equal(v6nf_ether_is_station(address), first % 2u == 0u);
    }
}

static void six_bytes_are_compared_and_copied(void **context)
{
    (void)context;
    for (uint32_t i = 0; i < 6u; i++) {
        uint8_t copy[7] = {0, 0, 0, 0, 0, 0, 0x55};
        v6nf_ether_address_copy(copy, mac);
        assert_memory_equal(copy, mac, 6);
        assert_int_equal(copy[6], 0x55);
        assert_true(v6nf_ether_address_equal(copy, mac));
        copy[i] ^= 0x10u;
        assert_false(v6nf_ether_address_equal(copy, mac));
    }
}

static void group_has_the_address_of_rfc2464(void **context)
{
    (void)context;
    const uint8_t group[16] = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x9A, 0xBC, 0xDE};
    uint8_t address[6];
    v6nf_ether_multicast(address, group);
    assert_memory_equal(address, "\x33\x33\xFF\x9A\xBC\xDE", 6); /* RFC 2464, 7 */
}

/* Append what may precede the EtherType at byte `at` of `frame`, of a random kind. Return the new offset of the
 * EtherType. */
static uint32_t append_any(uint8_t *frame, uint32_t at)
{
    static const uint16_t tags[] = {0x8100, 0x88A8, 0x9100};
    uint32_t kind = random_below(4);
    if (kind < 3u) {
        v6nf_store16(frame + at, tags[kind]);
        random_fill(frame + at + 2u, 2);
        return at + 4u;
    }
    v6nf_store16(frame + at, (uint16_t)random_below(0x600));
    memcpy(frame + at + 2u, random_below(2) == 0u ? "\xAA\xAA\3\0\0\0" : "\xAA\xAA\3\0\0\xF8", 6);
    return at + 8u;
}

static enum v6nf_ether_content find(const uint8_t *frame, uint32_t length, uint32_t *offset)
{
    uint8_t *copy = exact_copy(frame, length);
    *offset = 77;
    enum v6nf_ether_content content = v6nf_ether_find_ipv6(copy, length, offset);
    free(copy);
    assert_true(content == V6NF_ETHER_IPV6 || *offset == 0u);
    return content;
}

static void ipv6_is_found_after_tags(void **context)
{
    (void)context;
    for (uint32_t round = 0; round < 2000u; round++) {
        uint8_t frame[100] = {0};
        uint32_t count = random_below(V6NF_ETHER_TAGS_MAX + 2u);
        uint32_t at = 12;
        uint32_t offset = 0;
        for (uint32_t i = 0; i < count; i++) {
            at = append_any(frame, at);
        }
        bool is_read = count <= V6NF_ETHER_TAGS_MAX;
        v6nf_store16(frame + at, 0x86DD);
        for (uint32_t length = 0; length <= at + 6u; length++) {
            bool is_there = is_read && length >= at + 2u;
            assert_int_equal(find(frame, length, &offset), is_there ? V6NF_ETHER_IPV6 : V6NF_ETHER_UNREADABLE);
            assert_int_equal(offset, is_there ? at + 2u : 0u);
        }
        v6nf_store16(frame + at, (uint16_t)(0x600u + random_below(0x2000)));
        assert_int_equal(find(frame, at + 6u, &offset), is_read ? V6NF_ETHER_OTHER : V6NF_ETHER_UNREADABLE);
    }
}

static void other_llc_is_another_protocol(void **context)
{
    (void)context;
    for (uint32_t bit = 0; bit < 48u; bit++) {
        uint8_t frame[22] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 60, 0xAA, 0xAA, 3, 0, 0, 0, 0x86, 0xDD};
        uint32_t offset = 0;
        assert_int_equal(find(frame, sizeof frame, &offset), V6NF_ETHER_IPV6);
        frame[14u + bit / 8u] ^= (uint8_t)(1u << bit % 8u);
        assert_int_equal(find(frame, sizeof frame, &offset), V6NF_ETHER_OTHER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_separators_and_cases_are_parsed),
        cmocka_unit_test(other_text_is_refused),
        cmocka_unit_test(written_text_is_parsed_to_the_same_address),
        cmocka_unit_test(stations_and_groups_are_distinguished),
        cmocka_unit_test(six_bytes_are_compared_and_copied),
        cmocka_unit_test(ipv6_is_found_after_tags),
        cmocka_unit_test(other_llc_is_another_protocol),
        cmocka_unit_test(group_has_the_address_of_rfc2464),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
