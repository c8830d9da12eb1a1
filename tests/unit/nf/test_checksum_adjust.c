/* test_checksum_adjust.c: an adjusted checksum is the one that is computed of the changed data (RFC 1624). */
#include <string.h>

#include "v6nf/nf/checksum_adjust.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/udp.h"

#include "../wire/fixture_wire.h"

/* Words at which carries begin and end. */
static const uint16_t corners[] = {0x0000, 0x0001, 0x00FF, 0x0100, 0x7FFF, 0x8000, 0x8001, 0xFEFF,
                                   0xFF00, 0xFFFD, 0xFFFE, 0xFFFF, 0x1234, 0x5555, 0xAAAA, 0xDD2F};
#define CORNERS (sizeof corners / sizeof *corners)

/* Return the checksum field of data with this word, and other words with the sum `rest`. */
static uint16_t computed(uint32_t rest, uint16_t word)
{
    return v6nf_checksum_finish((uint64_t)rest + word);
}

/* Each value of the other words, which are not all 0: a pseudo-header contains a protocol. */
static void word_of_each_value_is_adjusted(void **state)
{
    (void)state;
    for (uint32_t rest = 1; rest <= 0xFFFFu; rest++) {
        for (uint32_t i = 0; i < CORNERS * CORNERS; i++) {
            const uint16_t before = corners[i / CORNERS];
            const uint16_t after = corners[i % CORNERS];
            const uint16_t difference = v6nf_checksum_adjust_word(before, after);
            if (v6nf_checksum_adjust(computed(rest, before), difference) != computed(rest, after)) {
                fail_msg("rest %x, %x to %x", rest, before, after);
            }
        }
    }
}

/* Each word before or after, with corners for the two others. */
static void each_word_is_adjusted(void **state)
{
    (void)state;
    for (uint32_t word = 0; word <= 0xFFFFu; word++) {
        for (uint32_t i = 0; i < CORNERS * CORNERS; i++) {
            const uint32_t rest = corners[i / CORNERS] == 0u ? 0x3A00u : corners[i / CORNERS];
            const uint16_t other = corners[i % CORNERS];
            const uint16_t changed = (uint16_t)word;
            uint16_t difference = v6nf_checksum_adjust_word(changed, other);
            if (v6nf_checksum_adjust(computed(rest, changed), difference) != computed(rest, other)) {
                fail_msg("rest %x, %x to %x", rest, changed, other);
            }
            difference = v6nf_checksum_adjust_word(other, changed);
            if (v6nf_checksum_adjust(computed(rest, other), difference) != computed(rest, changed)) {
                fail_msg("rest %x, %x to %x", rest, other, changed);
            }
        }
    }
}

/* UDP: each field, each difference at a corner. 0 is "no checksum", and never the result of another field. */
static void udp_field_is_0_only_if_it_was(void **state)
{
    (void)state;
    for (uint32_t checksum = 0; checksum <= 0xFFFFu; checksum++) {
        for (uint32_t i = 0; i < CORNERS; i++) {
            const uint16_t adjusted = v6nf_checksum_adjust_udp((uint16_t)checksum, corners[i]);
            if ((adjusted == 0u) != (checksum == 0u)) {
                fail_msg("%x by %x is %x", checksum, corners[i], adjusted);
            }
        }
    }
    for (uint32_t difference = 0; difference <= 0xFFFFu; difference++) {
        assert_int_equal(v6nf_checksum_adjust_udp(0, (uint16_t)difference), 0);
        assert_int_not_equal(v6nf_checksum_adjust_udp(0xFFFF, (uint16_t)difference), 0);
    }
}

#define DATA 64u
#define PACKET_SIZE (V6NF_IPV6_HEADER_SIZE + V6NF_UDP_HEADER_SIZE + DATA)

/* Fill an address with random bytes, or with ones or zeros, which are the two zeros of one's complement. */
static void any_address(uint8_t *address)
{
    const uint32_t kind = random_below(4);
    random_fill(address, 16);
    if (kind < 2u) {
        memset(address + 4u * random_below(4), kind == 0u ? 0 : 0xFF, 4);
    }
}

/* Addresses and a port of a datagram are replaced, and the differences are added. */
static void replaced_addresses_and_ports_are_adjusted(void **state)
{
    (void)state;
    uint8_t packet[PACKET_SIZE];
    uint8_t *datagram = packet + V6NF_IPV6_HEADER_SIZE;
    for (uint32_t round = 0; round < 50000u; round++) {
        uint8_t address[2][16];
        random_fill(packet, sizeof packet);
        any_address(packet + 8);
        any_address(packet + 24);
        any_address(address[0]);
        any_address(address[1]);
        v6nf_udp_finish(packet, datagram, V6NF_UDP_HEADER_SIZE + DATA);
        uint16_t difference = v6nf_checksum_adjust_address(packet + 8, address[0]);
        difference = v6nf_checksum_adjust_add(difference, v6nf_checksum_adjust_prefix(packet + 24, address[1]));
        const uint16_t port = (uint16_t)random_number();
        difference = v6nf_checksum_adjust_add(difference, v6nf_checksum_adjust_word(v6nf_word16(datagram), port));
        const uint16_t before = v6nf_word16(datagram + V6NF_UDP_CHECKSUM);
        memcpy(packet + 8, address[0], 16);
        memcpy(packet + 24, address[1], 8);
        v6nf_store_word16(datagram, port);
        v6nf_udp_finish(packet, datagram, V6NF_UDP_HEADER_SIZE + DATA);
        assert_int_equal(v6nf_checksum_adjust_udp(before, difference), v6nf_word16(datagram + V6NF_UDP_CHECKSUM));
    }
}

/* A million changes and the way back: rounding errors would add up. */
static void many_changes_end_where_they_began(void **state)
{
    (void)state;
    uint16_t words[8] = {0x2001, 0x0DB8, 3, 4, 5, 6, 7, 8};
    uint64_t sum = 0x3A00;
    for (uint32_t i = 0; i < 8u; i++) {
        sum += words[i];
    }
    uint16_t checksum = v6nf_checksum_finish(sum);
    for (uint32_t round = 0; round < 1000000u; round++) {
        uint16_t *word = &words[random_below(8)];
        const uint16_t after = random_below(4) == 0u ? corners[random_below(CORNERS)] : (uint16_t)random_number();
        checksum = v6nf_checksum_adjust(checksum, v6nf_checksum_adjust_word(*word, after));
        *word = after;
    }
    sum = 0x3A00;
    for (uint32_t i = 0; i < 8u; i++) {
        sum += words[i];
    }
    assert_int_equal(checksum, v6nf_checksum_finish(sum));
}

/* A checksum that was wrong before is wrong by the same afterwards. */
static void wrong_checksum_remains_wrong(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100000u; i++) {
        const uint32_t rest = 1u + random_below(0xFFFF);
        const uint16_t before = (uint16_t)random_number();
        const uint16_t after = (uint16_t)random_number();
        const uint16_t wrong = (uint16_t)(computed(rest, before) ^ (1u << random_below(16)));
        assert_int_not_equal(v6nf_checksum_adjust(wrong, v6nf_checksum_adjust_word(before, after)),
                             computed(rest, after));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(word_of_each_value_is_adjusted),
        cmocka_unit_test(each_word_is_adjusted),
        cmocka_unit_test(udp_field_is_0_only_if_it_was),
        cmocka_unit_test(replaced_addresses_and_ports_are_adjusted),
        cmocka_unit_test(many_changes_end_where_they_began),
        cmocka_unit_test(wrong_checksum_remains_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
