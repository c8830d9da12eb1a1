/* test_wire_ipv6.c: the IPv6 header (RFC 8200, 3). */
#include <v6nf/wire/ipv6.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

/* Return the result of v6nf_ipv6_check() for a header without payload. */
static enum v6nf_ipv6_fault check_addresses(const char *source, const char *destination)
{
    uint8_t packet[40];
    uint32_t size = 99;
    write_header(packet, source, destination, 59, 0);
    enum v6nf_ipv6_fault fault = v6nf_ipv6_check(packet, sizeof packet, &size);
    assert_int_equal(size, fault == V6NF_IPV6_GOOD ? 40 : 0);
    return fault;
}

static void part_of_a_header_is_refused(void **context)
{
    (void)context;
    uint8_t packet[40];
    write_header(packet, "2001:db8::1", "2001:db8::2", 59, 0);
    for (uint32_t available = 0; available <= 40u; available++) {
        uint8_t *bytes = exact_copy(packet, available);
        uint32_t size = 99;
        enum v6nf_ipv6_fault expected = available < 40u ? V6NF_IPV6_SHORT : V6NF_IPV6_GOOD;
        assert_int_equal(v6nf_ipv6_check(bytes, available, &size), expected);
        assert_int_equal(size, available < 40u ? 0 : 40);
        free(bytes);
    }
}

static void other_versions_are_refused(void **context)
{
    (void)context;
    uint8_t packet[40];
    write_header(packet, "2001:db8::1", "2001:db8::2", 59, 0);
    for (uint32_t first = 0; first < 256u; first++) {
        uint32_t size = 99;
        packet[0] = (uint8_t)first;
        enum v6nf_ipv6_fault expected = first / 16u == 6u ? V6NF_IPV6_GOOD : V6NF_IPV6_VERSION;
        assert_int_equal(v6nf_ipv6_check(packet, sizeof packet, &size), expected);
        assert_int_equal(size, first / 16u == 6u ? 40 : 0);
    }
}

static void size_is_that_of_payload_length(void **context)
{
    (void)context;
    const uint32_t payloads[] = {0, 1, 255, 256, 1460, 65535};
    for (uint32_t i = 0; i < 6u; i++) {
        uint8_t packet[40];
        uint32_t size = 99;
        write_header(packet, "2001:db8::1", "2001:db8::2", 59, payloads[i]);
        assert_int_equal(v6nf_ipv6_check(packet, 40u + payloads[i], &size), V6NF_IPV6_GOOD);
        assert_int_equal(size, 40u + payloads[i]);
        assert_int_equal(v6nf_ipv6_check(packet, 46u + payloads[i], &size), V6NF_IPV6_GOOD); /* link padding */
        assert_int_equal(size, 40u + payloads[i]);
        if (payloads[i] > 0u) {
            assert_int_equal(v6nf_ipv6_check(packet, 39u + payloads[i], &size), V6NF_IPV6_TRUNCATED);
            assert_int_equal(size, 0);
        }
    }
}

static void impossible_sources_are_refused(void **context)
{
    (void)context;
    const char *bad[] = {"ff00::", "ff02::1", "ff02::1:ff00:1", "ffff:ffff::", "::1"};
    const char *good[] = {"::", "::2", "1::1", "fe80::1", "fdff::1", "2001:db8::1", "::1:0:0:1", "feff::1"};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(check_addresses(bad[i], "2001:db8::2"), V6NF_IPV6_SOURCE_BAD);
    }
    for (uint32_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(check_addresses(good[i], "2001:db8::2"), V6NF_IPV6_GOOD);
    }
}

static void any_destination_is_accepted(void **context)
{
    (void)context;
    const char *destinations[] = {"::", "::1", "::2", "fe80::1", "2001:db8::1", "ff00::1", "ff01::1", "ff02::1"};
    for (uint32_t i = 0; i < sizeof destinations / sizeof destinations[0]; i++) {
        assert_int_equal(check_addresses("2001:db8::1", destinations[i]), V6NF_IPV6_GOOD);
    }
}

static void header_is_written(void **context)
{
    (void)context;
    uint8_t packet[40];
    uint8_t expected[40];
    write_header(expected, "2001:db8::1", "2001:db8::2", 58, 1234);
    memset(packet, 0xAA, sizeof packet);
    memcpy(packet + 8, expected + 8, 32);
    v6nf_ipv6_write(packet, 1234, 58, 255);
    assert_memory_equal(packet, expected, sizeof packet);
}

static void addresses_are_exchanged(void **context)
{
    (void)context;
    uint8_t packet[41] = {0};
    uint8_t expected[41] = {0};
    write_header(packet, "1:203:405:607:809:a0b:c0d:e0f", "f0e1:d2c3:b4a5:9687:7869:5a4b:3c2d:1e0f", 58, 7);
    write_header(expected, "f0e1:d2c3:b4a5:9687:7869:5a4b:3c2d:1e0f", "1:203:405:607:809:a0b:c0d:e0f", 58, 7);
    v6nf_ipv6_swap_addresses(packet);
    assert_memory_equal(packet, expected, sizeof packet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_of_a_header_is_refused),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(size_is_that_of_payload_length),
        cmocka_unit_test(impossible_sources_are_refused),
        cmocka_unit_test(any_destination_is_accepted),
        cmocka_unit_test(header_is_written),
        cmocka_unit_test(addresses_are_exchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
