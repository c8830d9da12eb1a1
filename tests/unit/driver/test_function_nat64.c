/* test_function_nat64.c: the function nat64 of examples/nf, its options, and what it sends where. The translation
 * itself is tested in nf/test_siit.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../examples/nf/nat64.c"

#define OFFSET V6NF_ETHER_HEADER_SIZE
#define SIZE 1600u
#define HOST6 "2001:db8:6::6"
#define HOST4_IN_6 "2001:db8:64::c000:204"

static struct nat64 function;
static uint8_t frame[SIZE];
static uint32_t passed;   /* length of the last frame for the other side */
static uint32_t answered; /* the same for the side that it came from */
static const uint8_t inside[] = {2, 0, 0, 0, 6, 1};
static const uint8_t outside[] = {2, 0, 0, 0, 4, 1};
static const uint8_t host4[] = {192, 0, 2, 4};
static const uint8_t host6_in_4[] = {198, 51, 100, 6};

static int begin(void **state)
{
    static const uint8_t secret[NF_SECRET_SIZE];
    (void)state;
    config.pairs_count = 0;
    config.pool_length = 0;
    has_pool = false;
    memset(inside_mac, 0, sizeof inside_mac);
    memset(outside_mac, 0, sizeof outside_mac);
    assert_null(read_prefix("2001:db8:64::/96"));
    assert_null(read_address("198.51.100.1"));
    assert_null(read_pair("198.51.100.6," HOST6));
    assert_null(check_config());
    memset(&function, 0, sizeof function);
    nf_start(&function, secret);
    return 0;
}

static void parse(uint8_t *bytes, const char *text)
{
    struct v6nf_address address;
    assert_true(v6nf_address_parse(&address, text));
    memcpy(bytes, address.bytes, V6NF_ADDRESS_SIZE);
}

static void handle(bool is_outbound, uint32_t length)
{
    uint32_t lengths[NF_WAYS] = {0};
    (is_outbound ? translate_outbound : translate_inbound)(&function, frame, length, SIZE, lengths);
    passed = lengths[0];
    answered = lengths[NF_BACK];
    assert_true(passed == 0u || answered == 0u);
}

/* Write an Ethernet header from one station to another. */
static void write_ethernet(const uint8_t *from, const uint8_t *to, uint32_t type)
{
    memset(frame, 0, sizeof frame);
    memcpy(frame, to, V6NF_ETHER_ADDRESS_SIZE);
    memcpy(frame + V6NF_ETHER_SOURCE, from, V6NF_ETHER_ADDRESS_SIZE);
    v6nf_store16(frame + V6NF_ETHER_TYPE, (uint16_t)type);
}

/* Write a datagram with a wrong checksum from inside. Return the length of the frame. */
static uint32_t write_ipv6(const char *source, uint8_t hop_limit, uint32_t payload)
{
    write_ethernet(inside, outside, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(frame + OFFSET, payload, V6NF_NEXT_HEADER_UDP, hop_limit);
    parse(frame + OFFSET + V6NF_IPV6_SOURCE, source);
    parse(frame + OFFSET + V6NF_IPV6_DESTINATION, HOST4_IN_6);
    v6nf_store16(frame + OFFSET + 44u, (uint16_t)payload);
    v6nf_store16(frame + OFFSET + 46u, 1);
    return OFFSET + V6NF_IPV6_HEADER_SIZE + payload;
}

static void frames_keep_their_mac_addresses(void **state)
{
    (void)state;
    handle(true, write_ipv6(HOST6, 64, 20));
    assert_int_equal(passed, OFFSET + 20u + 20u);
    assert_memory_equal(frame, outside, sizeof outside);
    assert_memory_equal(frame + 6, inside, sizeof inside);
    assert_int_equal(v6nf_load16(frame + 12), 0x0800);
    assert_memory_equal(frame + OFFSET + 12, host6_in_4, sizeof host6_in_4);
    assert_memory_equal(frame + OFFSET + 16, host4, sizeof host4);
    assert_int_equal(frame[OFFSET + 8], 63);
    handle(true, passed); /* IPv4 from inside */
    assert_int_equal(passed + answered, 0);
    assert_int_equal(function.others, 1);
    assert_int_equal(function.counters[V6NF_SIIT_NO_REASON], 1);
}

static void packets_behind_a_tag_are_translated_in_both_directions(void **state)
{
    (void)state;
    uint32_t length = write_ipv6(HOST6, 64, 20);
    memmove(frame + 16, frame + 12, length - 12u);
    v6nf_store32(frame + 12, 0x81000005);
    handle(true, length + 4u);
    assert_int_equal(passed, OFFSET + 4u + 20u + 20u);
    assert_int_equal(v6nf_load32(frame + 12), 0x81000005);
    assert_int_equal(v6nf_load16(frame + 16), 0x0800);
    memcpy(frame + 18 + 12, host4, sizeof host4); /* the way back: header and datagram sums stay */
    memcpy(frame + 18 + 16, host6_in_4, sizeof host6_in_4);
    handle(false, passed);
    assert_int_equal(passed, length + 4u);
    assert_int_equal(v6nf_load16(frame + 16), 0x86DD);
}

static void errors_return_to_the_side_of_their_packet(void **state)
{
    (void)state;
    handle(true, write_ipv6(HOST6, 1, 20));
    assert_int_equal(answered, OFFSET + 40u + 8u + 60u);
    assert_memory_equal(frame, inside, sizeof inside);
    assert_int_equal(frame[OFFSET + 40], V6NF_ICMPV6_TIME_EXCEEDED);
    handle(true, write_ipv6("2001:db8:6::7", 64, 20)); /* without counterpart */
    assert_int_equal(v6nf_load16(frame + OFFSET + 40), 0x0105);
    handle(true, write_ipv6(HOST6, 64, 20)); /* turned around, too long for the other side */
    memcpy(frame, inside, sizeof inside);
    memcpy(frame + 6, outside, sizeof outside);
    v6nf_store16(frame + OFFSET + 2, 1500);
    v6nf_store16(frame + OFFSET + 6, 0x4000);
    memcpy(frame + OFFSET + 12, host4, sizeof host4);
    memcpy(frame + OFFSET + 16, host6_in_4, sizeof host6_in_4);
    v6nf_store16(frame + OFFSET + 10, 0);
    v6nf_store_word16(frame + OFFSET + 10, v6nf_checksum_finish(v6nf_checksum_add(frame + OFFSET, 20, 0)));
    handle(false, OFFSET + 1500u);
    assert_int_equal(passed, 0);
    assert_int_equal(answered, OFFSET + 576u);
    assert_memory_equal(frame, outside, sizeof outside);
    assert_memory_equal(frame + 6, inside, sizeof inside);
    assert_memory_equal(frame + OFFSET + 12, config.router, 4);
    assert_int_equal(v6nf_load16(frame + OFFSET + 20), 0x0304);
    assert_int_equal(v6nf_load16(frame + OFFSET + 26), 1480);
    assert_int_equal(function.sent, 3);
}

/* Write an ARP request. Return the length of the frame. */
static uint32_t write_arp(const uint8_t *sender, const uint8_t *target)
{
    static const uint8_t all[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    write_ethernet(outside, all, 0x0806);
    v6nf_store32(frame + 14, 0x00010800);
    v6nf_store32(frame + 18, 0x06040001);
    memcpy(frame + 22, outside, sizeof outside);
    memcpy(frame + 28, sender, 4);
    memcpy(frame + 38, target, 4);
    return 60;
}

static void arp_is_answered_for_hosts_inside(void **state)
{
    (void)state;
    static const uint8_t none[4];
    static const uint8_t reply[] = {0,  1,   8, 0, 6, 4, 0, 2, 2, 0,   0, 6, 1, 198,
                                    51, 100, 6, 2, 0, 0, 0, 4, 1, 192, 0, 2, 4};
    handle(false, write_arp(host4, host6_in_4)); /* not without the option */
    assert_int_equal(answered, 0);
    assert_null(read_inside_mac("02:00:00:00:06:01"));
    handle(false, write_arp(host4, host6_in_4));
    assert_int_equal(answered, 60);
    assert_memory_equal(frame, outside, sizeof outside);
    assert_memory_equal(frame + 6, inside, sizeof inside);
    assert_memory_equal(frame + 14, reply, 8);
    assert_memory_equal(frame + 22, inside, sizeof inside);
    assert_memory_equal(frame + 28, host6_in_4, 4);
    assert_memory_equal(frame + 32, outside, sizeof outside);
    assert_memory_equal(frame + 38, host4, 4);
    handle(false, 60); /* a reply */
    assert_int_equal(answered, 0);
    handle(false, write_arp(host4, host4));
    assert_int_equal(answered, 0);
    handle(false, write_arp(none, host6_in_4));
    assert_int_equal(answered, 0);
    handle(false, write_arp(host6_in_4, host6_in_4));
    assert_int_equal(answered, 0);
    write_arp(host4, host6_in_4);
    handle(false, 41);
    assert_int_equal(answered, 0);
    handle(true, write_arp(host4, host6_in_4)); /* from inside */
    assert_int_equal(answered, 0);
    assert_int_equal(function.others, 7);
}

/* Write a solicitation. Return the length of the frame. */
static uint32_t write_solicitation(const char *source, const char *destination, const char *target)
{
    struct v6nf_address address;
    write_ethernet(inside, outside, V6NF_ETHER_TYPE_IPV6);
    parse(address.bytes, target);
    parse(frame + OFFSET + V6NF_IPV6_SOURCE, source);
    parse(frame + OFFSET + V6NF_IPV6_DESTINATION, destination);
    return OFFSET + v6nf_ndp_write_solicitation(frame + OFFSET, address.bytes, inside);
}

static void solicitations_are_answered_for_hosts_outside(void **state)
{
    (void)state;
    const uint8_t *message = frame + OFFSET + V6NF_IPV6_HEADER_SIZE;
    handle(true, write_solicitation(HOST6, "ff02::1:ff00:204", HOST4_IN_6));
    assert_int_equal(answered, 0);
    assert_null(read_outside_mac("02:00:00:00:04:01"));
    for (uint32_t i = 0; i < 2u; i++) { /* to a group, and to the known station */
        handle(true, write_solicitation(HOST6, i == 0u ? "ff02::1:ff00:204" : HOST4_IN_6, HOST4_IN_6));
        assert_int_equal(answered, ADVERTISEMENT_SIZE);
        assert_memory_equal(frame, inside, sizeof inside);
        assert_memory_equal(frame + 6, outside, sizeof outside);
        assert_int_equal(message[0], V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT);
        assert_memory_equal(message + V6NF_NDP_TARGET, frame + OFFSET + V6NF_IPV6_SOURCE, V6NF_ADDRESS_SIZE);
        assert_memory_equal(message + 26, outside, sizeof outside);
        assert_true(v6nf_icmpv6_check(frame + OFFSET, message, 32));
    }
    const uint32_t length = write_solicitation(HOST6, "ff02::1:ff00:204", HOST4_IN_6);
    frame[length - 1u] ^= 1u; /* a wrong checksum */
    handle(true, length);
    assert_int_equal(answered, 0);
    handle(true, write_solicitation(HOST6, "ff02::1:ff00:6", HOST6));
    assert_int_equal(answered, 0);
    handle(true, write_solicitation(HOST6, "ff02::1:ff00:6", "2001:db8:64::c633:6406")); /* of a host inside */
    assert_int_equal(answered, 0);
    for (uint32_t i = 0; i < length; i++) {
        (void)write_solicitation(HOST6, "ff02::1:ff00:204", HOST4_IN_6);
        handle(true, i);
        assert_int_equal(answered, 0);
    }
    assert_int_equal(function.sent, 0);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const not_ipv4[] = {"",  "1.2.3",    "1.2.3.256",        "1.2.3.4.5", "::1",
                                           "1", "1.2.3.4 ", "1111.222.333.444", "a.b.c.d"};
    for (uint32_t i = 0; i < sizeof not_ipv4 / sizeof *not_ipv4; i++) {
        assert_non_null(read_address(not_ipv4[i]));
    }
    assert_null(read_address("111.222.111.222"));
    assert_non_null(read_pair("198.51.100.6,2001:db8::9")); /* an address of another pair */
    assert_non_null(read_pair("198.51.100.7," HOST6));
    assert_non_null(read_pair("198.51.100.7"));
    assert_non_null(read_pair("198.51.100.7,fe80::1"));
    config.pairs_count = V6NF_SIIT_PAIRS_MAX;
    assert_non_null(read_pair("198.51.100.7,2001:db8::7"));
    config.pairs_count = 0;
    assert_non_null(check_config());
    assert_non_null(read_pool("198.51.100.0/0"));
    assert_null(read_pool("198.51.100.0/24"));
    assert_null(check_config());
    assert_null(read_pool("198.51.100.1/24"));
    assert_non_null(check_config());
    assert_non_null(read_outside_mtu("1259"));
    assert_null(read_outside_mtu("1500"));
    assert_non_null(read_lowest_mtu("1501"));
    assert_non_null(read_outside_mac("ff:ff:ff:ff:ff:ff"));
    uint32_t count = 0;
    while (counters[count] != NULL) {
        count++;
    }
    assert_int_equal(count, V6NF_SIIT_REASONS + 2u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frames_keep_their_mac_addresses, begin),
        cmocka_unit_test_setup(packets_behind_a_tag_are_translated_in_both_directions, begin),
        cmocka_unit_test_setup(errors_return_to_the_side_of_their_packet, begin),
        cmocka_unit_test_setup(arp_is_answered_for_hosts_inside, begin),
        cmocka_unit_test_setup(solicitations_are_answered_for_hosts_outside, begin),
        cmocka_unit_test_setup(options_that_make_no_sense_are_refused, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
