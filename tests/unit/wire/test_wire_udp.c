/* test_wire_udp.c: the UDP header (RFC 768; RFC 8200, 8.1). */
#include <v6nf/wire/udp.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

#define UDP 17u

/* Fill a packet: a header and a random datagram with the right Length and, by the reference, a right checksum that
 * is not 0. */
static void random_datagram(uint8_t *packet, uint32_t length)
{
    write_header(packet, "2001:db8::1", "fe80::2", UDP, length);
    uint8_t *datagram = packet + 40;
    random_fill(datagram, length);
    v6nf_store16(datagram + 4, (uint16_t)length);
    v6nf_store16(datagram + 6, 0);
    uint16_t checksum = (uint16_t)~reference_upper_sum(packet, UDP, datagram, length);
    v6nf_store16(datagram + 6, checksum == 0u ? 0xFFFFu : checksum);
}

static void assert_check(const uint8_t *packet, const uint8_t *datagram, uint32_t available,
                         enum v6nf_udp_fault expected, uint32_t expected_length)
{
    uint32_t length = 99;
    uint8_t *bytes = exact_copy(datagram, available);
    assert_int_equal(v6nf_udp_check(packet, bytes, available, &length), expected);
    assert_int_equal(length, expected_length);
    free(bytes);
}

static void right_datagram_is_accepted(void **context)
{
    (void)context;
    uint8_t packet[40 + 300];
    for (uint32_t length = 8; length <= 300u; length++) {
        random_datagram(packet, length);
        assert_check(packet, packet + 40, length, V6NF_UDP_GOOD, length);
    }
}

static void datagram_shorter_than_its_header_is_refused(void **context)
{
    (void)context;
    uint8_t packet[40 + 8];
    random_datagram(packet, 8);
    for (uint32_t available = 0; available < 8u; available++) {
        assert_check(packet, packet + 40, available, V6NF_UDP_LENGTH_BAD, 0);
    }
}

static void impossible_length_is_refused(void **context)
{
    (void)context;
    uint8_t packet[40 + 20];
    for (uint32_t length = 0; length <= 0xFFFFu; length++) {
        if (length < 8u || length > 20u) {
            random_datagram(packet, 20);
            v6nf_store16(packet + 44, (uint16_t)length);
            assert_check(packet, packet + 40, 20, V6NF_UDP_LENGTH_BAD, 0);
        }
    }
}

static void length_field_ends_the_datagram(void **context)
{
    (void)context;
    /* Bytes of the IPv6 packet after the datagram are not part of it, nor of its checksum. */
    uint8_t packet[40 + 20];
    for (uint32_t length = 8; length <= 20u; length++) {
        random_fill(packet, sizeof packet);
        random_datagram(packet, length);
        assert_check(packet, packet + 40, 20, V6NF_UDP_GOOD, length);
    }
}

static void datagram_without_checksum_is_refused(void **context)
{
    (void)context;
    uint8_t packet[40 + 9];
    random_datagram(packet, 9);
    v6nf_store16(packet + 46, 0); /* RFC 8200, 8.1 */
    assert_check(packet, packet + 40, 9, V6NF_UDP_CHECKSUM_ZERO, 9);
}

static void each_flipped_bit_is_detected(void **context)
{
    (void)context;
    uint8_t packet[40 + 67];
    random_datagram(packet, 67);
    for (uint32_t bit = 8u * 8u; bit < 8u * sizeof packet; bit++) { /* addresses and datagram */
        bool in_length = bit / 8u == 44u || bit / 8u == 45u;
        packet[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
        if (!in_length) {
            assert_check(packet, packet + 40, 67, V6NF_UDP_CHECKSUM_WRONG, 0);
        }
        packet[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
    }
}

static void written_checksum_is_that_of_the_reference(void **context)
{
    (void)context;
    uint8_t packet[40 + 300];
    for (uint32_t length = 8; length <= 300u; length++) {
        random_datagram(packet, length);
        uint8_t *datagram = exact_copy(packet + 40, length);
        random_fill(datagram + 4, 4); /* the former fields do not count */
        v6nf_udp_finish(packet, datagram, length);
        assert_memory_equal(datagram, packet + 40, length);
        free(datagram);
    }
}

static void checksum_of_zero_is_never_written(void **context)
{
    (void)context;
    uint8_t packet[40 + 12];
    random_datagram(packet, 12);
    /* With its own checksum as data the datagram sums to 0xFFFF, so that the new checksum would be 0. */
    v6nf_store16(packet + 50, 0);
    v6nf_store16(packet + 46, 0);
    v6nf_store16(packet + 50, (uint16_t)~reference_upper_sum(packet, UDP, packet + 40, 12));
    v6nf_udp_finish(packet, packet + 40, 12);
    assert_int_equal(v6nf_load16(packet + 46), 0xFFFF); /* RFC 768; RFC 8200, 8.1 */
    assert_check(packet, packet + 40, 12, V6NF_UDP_GOOD, 12);
}

static void longest_datagram_gets_its_checksum(void **context)
{
    (void)context;
    uint8_t packet[40];
    uint8_t *datagram = malloc(65535);
    assert_non_null(datagram);
    random_fill(datagram, 65535);
    write_header(packet, "2001:db8::1", "fe80::2", UDP, 65535);
    v6nf_udp_finish(packet, datagram, 65535);
    assert_int_equal(v6nf_load16(datagram + 4), 65535);
    assert_int_equal(reference_upper_sum(packet, UDP, datagram, 65535), 0xFFFF);
    free(datagram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_datagram_is_accepted),
        cmocka_unit_test(datagram_shorter_than_its_header_is_refused),
        cmocka_unit_test(impossible_length_is_refused),
        cmocka_unit_test(length_field_ends_the_datagram),
        cmocka_unit_test(datagram_without_checksum_is_refused),
        cmocka_unit_test(each_flipped_bit_is_detected),
        cmocka_unit_test(written_checksum_is_that_of_the_reference),
        cmocka_unit_test(checksum_of_zero_is_never_written),
        cmocka_unit_test(longest_datagram_gets_its_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
