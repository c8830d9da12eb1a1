/* test_wire_icmpv6.c: ICMPv6 messages (RFC 4443). */
#include <v6nf/wire/icmpv6.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

#define ICMPV6 58u

/* Fill a packet: a header and a random message whose checksum is right by the reference. */
static void random_message(uint8_t *packet, uint32_t length)
{
    write_header(packet, "2001:db8::1", "fe80::2", ICMPV6, length);
    uint8_t *message = packet + 40;
    random_fill(message, length);
    v6nf_store16(message + 2, 0);
    v6nf_store16(message + 2, (uint16_t)~reference_upper_sum(packet, ICMPV6, message, length));
}

static void right_checksum_is_accepted(void **context)
{
    (void)context;
    uint8_t packet[40 + 300];
    for (uint32_t length = 4; length <= 300u; length++) {
        random_message(packet, length);
        uint8_t *message = exact_copy(packet + 40, length);
        assert_true(v6nf_icmpv6_check(packet, message, length));
        free(message);
    }
}

static void each_flipped_bit_is_detected(void **context)
{
    (void)context;
    uint8_t packet[40 + 67];
    random_message(packet, 67);
    for (uint32_t bit = 8u * 8u; bit < 8u * sizeof packet; bit++) { /* addresses and message */
        packet[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
        assert_false(v6nf_icmpv6_check(packet, packet + 40, 67));
        packet[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
    }
    assert_true(v6nf_icmpv6_check(packet, packet + 40, 67));
}

static void message_shorter_than_its_header_is_refused(void **context)
{
    (void)context;
    uint8_t packet[44] = {0};
    for (uint32_t length = 0; length < 4u; length++) {
        write_header(packet, "2001:db8::1", "fe80::2", ICMPV6, length);
        /* The checksum is right with this address, so that only the length can be at fault. */
        v6nf_store16(packet + 12, (uint16_t)~reference_upper_sum(packet, ICMPV6, packet + 40, length));
        uint8_t *message = exact_copy(packet + 40, length);
        assert_int_equal(reference_upper_sum(packet, ICMPV6, message, length), 0xFFFF);
        assert_false(v6nf_icmpv6_check(packet, message, length));
        free(message);
    }
}

static void written_checksum_is_that_of_the_reference(void **context)
{
    (void)context;
    uint8_t packet[40 + 300];
    for (uint32_t length = 4; length <= 300u; length++) {
        random_message(packet, length);
        uint8_t *message = exact_copy(packet + 40, length);
        v6nf_store16(message + 2, (uint16_t)random_number()); /* the former field does not count */
        v6nf_icmpv6_finish(packet, message, length);
        assert_memory_equal(message, packet + 40, length);
        free(message);
    }
}

static void changed_type_keeps_the_checksum_right(void **context)
{
    (void)context;
    uint8_t packet[40 + 9];
    for (uint32_t type = 0; type < 256u; type++) {
        random_message(packet, 9);
        uint8_t rest[9];
        memcpy(rest, packet + 40, 9);
        v6nf_icmpv6_change_type(packet + 40, rest[0], (uint8_t)type);
        assert_int_equal(packet[40], type);
        assert_int_equal(packet[41], rest[1]);
        assert_memory_equal(packet + 44, rest + 4, 5);
        assert_int_equal(reference_upper_sum(packet, ICMPV6, packet + 40, 9), 0xFFFF);
    }
}

static void header_is_written(void **context)
{
    (void)context;
    uint8_t message[9];
    memset(message, 0xAA, sizeof message);
    v6nf_icmpv6_write(message, 2, 7, 0x12345678u);
    assert_memory_equal(message, "\2\7\0\0\x12\x34\x56\x78\xAA", 9);
}

static void errors_and_informational_messages_are_distinguished(void **context)
{
    (void)context;
    for (uint32_t type = 0; type < 256u; type++) {
        assert_int_equal(v6nf_icmpv6_is_error((uint8_t)type), type < 128u); /* RFC 4443, 2.1 */
    }
}

static void quoted_packet_is_read(void **context)
{
    (void)context;
    uint8_t packet[52];
    write_header(packet, "2001:db8::1", "2001:db8::2", 17, 1000);
    for (uint32_t size = 0; size <= sizeof packet; size++) {
        struct v6nf_icmpv6_quote quote;
        memset(&quote, 0xAA, sizeof quote);
        uint8_t *bytes = exact_copy(packet, size);
        bool whole = size >= 40u;
        assert_int_equal(v6nf_icmpv6_quoted(bytes, size, &quote), whole);
        assert_ptr_equal(quote.packet, whole ? bytes : NULL);
        assert_ptr_equal(quote.upper, whole ? bytes + 40 : NULL);
        assert_int_equal(quote.upper_length, whole ? size - 40u : 0u);
        assert_int_equal(quote.next_header, whole ? 17 : 0);
        free(bytes);
    }
}

/* After its Payload Length there is padding, or the extensions of an error (RFC 4884). */
static void quotation_ends_with_the_quoted_packet(void **context)
{
    (void)context;
    uint8_t packet[100];
    for (uint32_t length = 0; length <= 70u; length++) {
        struct v6nf_icmpv6_quote quote;
        write_header(packet, "2001:db8::1", "2001:db8::2", 17, length);
        assert_true(v6nf_icmpv6_quoted(packet, sizeof packet, &quote));
        assert_ptr_equal(quote.upper, packet + 40);
        assert_int_equal(quote.upper_length, length < 60u ? length : 60u);
    }
}

/* The upper layer follows extension headers, a Fragment header among them. A shorter quotation has none. */
static void quoted_upper_layer_is_found_after_extension_headers(void **context)
{
    (void)context;
    static const uint8_t headers[24] = {60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 9};
    uint8_t packet[40 + sizeof headers + 8] = {0};
    write_header(packet, "2001:db8::1", "2001:db8::2", 0, 1000);
    memcpy(packet + 40, headers, sizeof headers);
    for (uint32_t size = 40; size <= sizeof packet; size++) {
        struct v6nf_icmpv6_quote quote;
        uint8_t *bytes = exact_copy(packet, size);
        assert_true(v6nf_icmpv6_quoted(bytes, size, &quote));
        bool reached = size >= 64u;
        assert_int_equal(quote.next_header, reached ? 17 : 59);
        assert_ptr_equal(quote.upper, bytes + (reached ? 64u : size));
        assert_int_equal(quote.upper_length, reached ? size - 64u : 0u);
        free(bytes);
    }
    packet[40 + 19] = 9; /* not the first fragment: what follows is from the middle of the packet */
    struct v6nf_icmpv6_quote quote;
    assert_true(v6nf_icmpv6_quoted(packet, sizeof packet, &quote));
    assert_int_equal(quote.next_header, 59);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_checksum_is_accepted),
        cmocka_unit_test(each_flipped_bit_is_detected),
        cmocka_unit_test(message_shorter_than_its_header_is_refused),
        cmocka_unit_test(written_checksum_is_that_of_the_reference),
        cmocka_unit_test(changed_type_keeps_the_checksum_right),
        cmocka_unit_test(header_is_written),
        cmocka_unit_test(errors_and_informational_messages_are_distinguished),
        cmocka_unit_test(quoted_packet_is_read),
        cmocka_unit_test(quotation_ends_with_the_quoted_packet),
        cmocka_unit_test(quoted_upper_layer_is_found_after_extension_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
