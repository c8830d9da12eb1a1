/* Ethernet addresses: ether.h. */
#include <v6nf/ether.h>

#include "wire_help.h"

#include <string.h>

static const uint8_t mac[6] = {0x02, 0x1B, 0x21, 0xA0, 0x9F, 0xFE};

static void test_reads_both_separators_and_cases(void **context)
{
    (void)context;
    const char *texts[] = {"02:1b:21:a0:9f:fe", "02-1B-21-A0-9F-FE", "02:1b-21:a0-9F:fe"};
    for (uint32_t i = 0; i < 3u; i++) {
        uint8_t address[6] = {0};
        assert_true(v6nf_ether_parse(address, texts[i]));
        assert_memory_equal(address, mac, 6);
    }
}

static void test_refuses_everything_else(void **context)
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

static void test_writes_what_it_reads(void **context)
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

static void test_tells_stations_from_groups(void **context)
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

static void test_compares_and_copies_six_bytes(void **context)
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

static void test_maps_a_group_as_rfc2464_says(void **context)
{
    (void)context;
    const uint8_t group[16] = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0x9A, 0xBC, 0xDE};
    uint8_t address[6];
    v6nf_ether_multicast(address, group);
    assert_memory_equal(address, "\x33\x33\xFF\x9A\xBC\xDE", 6); /* RFC 2464, 7 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_both_separators_and_cases),
        cmocka_unit_test(test_refuses_everything_else),
        cmocka_unit_test(test_writes_what_it_reads),
        cmocka_unit_test(test_tells_stations_from_groups),
        cmocka_unit_test(test_compares_and_copies_six_bytes),
        cmocka_unit_test(test_maps_a_group_as_rfc2464_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
