/* test_wire_ndp.c: Neighbor Discovery messages. One test for each rule of RFC 4861, 6.1.2, 7.1.1, 7.1.2 and 8.1. */
#include <v6nf/wire/ndp.h>

#include "fixture_wire.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH 32u /* of the messages below: one link-layer address option at their end */
#define OPTION (40u + 24u)

static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 7};
static const uint8_t target[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56};

/* Write a Neighbor Solicitation of an address, from one node to another. */
static void good_solicitation(uint8_t *packet)
{
    write_header(packet, "2001:db8::1", "ff02::1:ff12:3456", 58, LENGTH);
    memset(packet + 40, 0, LENGTH);
    packet[40] = 135;
    memcpy(packet + 48, target, 16);
    memcpy(packet + OPTION, "\1\1", 2);
    memcpy(packet + OPTION + 2u, mac, 6);
}

/* Write the Neighbor Advertisement that answers it: solicited and override. */
static void good_advertisement(uint8_t *packet)
{
    write_header(packet, "2001:db8::12:3456", "2001:db8::1", 58, LENGTH);
    memset(packet + 40, 0, LENGTH);
    packet[40] = 136;
    packet[44] = 0x60;
    memcpy(packet + 48, target, 16);
    memcpy(packet + OPTION, "\2\1", 2);
    memcpy(packet + OPTION + 2u, mac, 6);
}

typedef uint32_t check_function(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* Return what a check finds in the first `length` bytes of the message. */
static uint32_t checked(check_function *check, const uint8_t *packet, uint32_t length)
{
    uint8_t *message = exact_copy(packet + 40, length);
    uint32_t found = check(packet, message, length);
    free(message);
    return found;
}

static bool solicitation_valid(const uint8_t *packet, uint32_t length)
{
    return checked(v6nf_ndp_check_solicitation, packet, length) != V6NF_NDP_INVALID;
}

static bool advertisement_valid(const uint8_t *packet, uint32_t length)
{
    return checked(v6nf_ndp_check_advertisement, packet, length) != V6NF_NDP_INVALID;
}

static void link_layer_address_of_valid_messages_is_found(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    good_solicitation(packet);
    assert_int_equal(checked(v6nf_ndp_check_solicitation, packet, LENGTH), 26);
    assert_int_equal(checked(v6nf_ndp_check_solicitation, packet, 24), 0); /* the option may be missing */
    packet[OPTION] = 2; /* a solicitation has no target link-layer address */
    assert_int_equal(checked(v6nf_ndp_check_solicitation, packet, LENGTH), 0);
    good_advertisement(packet);
    assert_int_equal(checked(v6nf_ndp_check_advertisement, packet, LENGTH), 26);
    assert_int_equal(checked(v6nf_ndp_check_advertisement, packet, 24), 0);
    packet[OPTION] = 1;
    assert_int_equal(checked(v6nf_ndp_check_advertisement, packet, LENGTH), 0);
}

static void hop_limit_must_be_255(void **context)
{
    (void)context;
    uint8_t solicitation[40 + LENGTH];
    uint8_t advertisement[40 + LENGTH];
    good_solicitation(solicitation);
    good_advertisement(advertisement);
    for (uint32_t hop_limit = 0; hop_limit <= 255u; hop_limit++) {
        solicitation[7] = (uint8_t)hop_limit;
        advertisement[7] = (uint8_t)hop_limit;
        assert_int_equal(solicitation_valid(solicitation, LENGTH), hop_limit == 255u);
        assert_int_equal(advertisement_valid(advertisement, LENGTH), hop_limit == 255u);
    }
}

static void code_must_be_0(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    for (uint32_t code = 0; code <= 255u; code++) {
        good_solicitation(packet);
        packet[41] = (uint8_t)code;
        assert_int_equal(solicitation_valid(packet, LENGTH), code == 0u);
        good_advertisement(packet);
        packet[41] = (uint8_t)code;
        assert_int_equal(advertisement_valid(packet, LENGTH), code == 0u);
    }
}

static void length_must_be_24_or_more_and_end_with_an_option(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    for (uint32_t length = 0; length <= LENGTH; length++) {
        good_solicitation(packet);
        assert_int_equal(solicitation_valid(packet, length), length == 24u || length == LENGTH);
        good_advertisement(packet);
        assert_int_equal(advertisement_valid(packet, length), length == 24u || length == LENGTH);
    }
}

static void target_must_not_be_multicast(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    for (uint32_t first = 0; first <= 255u; first++) {
        good_solicitation(packet);
        packet[48] = (uint8_t)first;
        assert_int_equal(solicitation_valid(packet, LENGTH), first != 255u);
        good_advertisement(packet);
        packet[48] = (uint8_t)first;
        assert_int_equal(advertisement_valid(packet, LENGTH), first != 255u);
    }
}

static void option_length_must_not_be_0(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    for (uint32_t type = 0; type <= 255u; type++) {
        good_solicitation(packet);
        packet[OPTION] = (uint8_t)type;
        packet[OPTION + 1u] = 0;
        assert_false(solicitation_valid(packet, LENGTH));
        good_advertisement(packet);
        packet[OPTION] = (uint8_t)type;
        packet[OPTION + 1u] = 0;
        assert_false(advertisement_valid(packet, LENGTH));
    }
}

static void unspecified_source_needs_a_solicited_node_destination(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    good_solicitation(packet);
    write_header(packet, "::", "ff02::1:ff12:3456", 58, 24);
    assert_true(solicitation_valid(packet, 24));
    const char *others[] = {"ff02::1", "2001:db8::12:3456", "ff02::1:fe12:3456", "ff05::1:ff12:3456"};
    for (uint32_t i = 0; i < 4u; i++) {
        write_header(packet, "::", others[i], 58, 24);
        assert_false(solicitation_valid(packet, 24));
        write_header(packet, "2001:db8::1", others[i], 58, 24);
        assert_true(solicitation_valid(packet, 24));
    }
}

static void unspecified_source_must_have_no_source_link_layer_address(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    good_solicitation(packet);
    write_header(packet, "::", "ff02::1:ff12:3456", 58, LENGTH);
    assert_false(solicitation_valid(packet, LENGTH));
    packet[OPTION] = 14; /* Nonce (RFC 3971, 5.3.2), as in DAD (RFC 7527) */
    assert_true(solicitation_valid(packet, LENGTH));
}

static void multicast_advertisement_must_not_be_solicited(void **context)
{
    (void)context;
    uint8_t packet[40 + LENGTH];
    for (uint32_t flags = 0; flags <= 255u; flags++) {
        good_advertisement(packet);
        packet[44] = (uint8_t)flags;
        assert_true(advertisement_valid(packet, LENGTH));
        write_header(packet, "2001:db8::12:3456", "ff02::1", 58, LENGTH);
        assert_int_equal(advertisement_valid(packet, LENGTH), (flags & 0x40u) == 0u);
    }
}

/* Look for an option of type `type` among `size` bytes of options at the end of a message, from byte 24. */
static uint32_t find(const uint8_t *options, uint32_t size, uint8_t type)
{
    uint8_t message[24 + 2048] = {0};
    memcpy(message + 24, options, size);
    uint8_t *bytes = exact_copy(message, 24u + size);
    uint32_t found = v6nf_ndp_find_link_layer(bytes, 24, 24u + size, type);
    free(bytes);
    return found;
}

static void other_options_are_skipped(void **context)
{
    (void)context;
    uint8_t options[8 + 24 + 8] = {14, 1, 9, 9, 9, 9, 9, 9, 200, 3};
    memcpy(options + 32, "\1\1\2\0\0\0\0\7", 8);
    assert_int_equal(find(options, sizeof options, 1), 24 + 34);
    assert_int_equal(find(options, sizeof options, 2), 0);
    options[32] = 2;
    assert_int_equal(find(options, sizeof options, 1), 0);
    assert_int_equal(find(options, sizeof options, 2), 24 + 34);
    assert_int_equal(find(options, 0, 1), 0);
}

static void first_of_equal_options_counts(void **context)
{
    (void)context;
    assert_int_equal(find((const uint8_t *)"\1\1\2\0\0\0\0\7\1\1\2\0\0\0\0\x8", 16, 1), 24 + 2);
    assert_int_equal(find((const uint8_t *)"\2\1\2\0\0\0\0\7\1\1\2\0\0\0\0\x8", 16, 1), 24 + 10);
}

static void impossible_link_layer_addresses_are_refused(void **context)
{
    (void)context;
    const char *options[] = {
        "\1\1\3\0\0\0\0\7",                 /* a group */
        "\1\1\xFF\xFF\xFF\xFF\xFF\xFF",     /* broadcast */
        "\1\1\0\0\0\0\0\0",                 /* no station */
        "\1\2\2\0\0\0\0\7\0\0\0\0\0\0\0\0", /* not an Ethernet address */
    };
    for (uint32_t i = 0; i < 4u; i++) {
        uint8_t both[24] = {0};
        uint32_t size = 8u * (uint8_t)options[i][1];
        memcpy(both, options[i], size);
        memcpy(both + size, "\1\1\2\0\0\0\0\x8", 8);
        assert_true(find(both, size + 8u, 1) == V6NF_NDP_INVALID);
        assert_int_equal(find(both, size + 8u, 2), 0); /* not defined there */
        both[0] = 99;
        assert_int_equal(find(both, size + 8u, 1), 24u + size + 2u);
    }
}

static void options_past_the_end_are_refused(void **context)
{
    (void)context;
    uint8_t options[40] = {0};
    memcpy(options, "\1\1\2\0\0\0\0\7", 8);
    options[8] = 200;
    for (uint32_t units = 0; units <= 255u; units++) {
        options[9] = (uint8_t)units;
        /* 32 bytes are left. 4 units fill them, and fewer leave an option of length 0 after it. */
        assert_true(find(options, 40, 1) == (units == 4u ? 26u : V6NF_NDP_INVALID));
    }
    for (uint32_t size = 9; size < 16u; size++) {
        options[9] = 1;
        assert_true(find(options, size, 1) == V6NF_NDP_INVALID);
    }
}

static void number_of_options_is_limited(void **context)
{
    (void)context;
    uint8_t options[8u * 193u] = {0};
    for (uint32_t i = 0; i < 193u; i++) {
        memcpy(options + 8u * i, "\310\1", 2);
    }
    memcpy(options, "\1\1\2\0\0\0\0\7", 8);
    assert_int_equal(find(options, 8u * V6NF_NDP_OPTIONS_MAX, 1), 26);
    assert_true(find(options, 8u * (V6NF_NDP_OPTIONS_MAX + 1u), 1) == V6NF_NDP_INVALID);
}

static void range_that_ends_before_its_start_is_refused(void **context)
{
    (void)context;
    uint8_t message[24] = {0};
    assert_int_equal(v6nf_ndp_find_link_layer(message, 24, 24, 1), 0);
    assert_true(v6nf_ndp_find_link_layer(message, 24, 16, 1) == V6NF_NDP_INVALID);
}

/* Write the message again, with the addresses of `expected`, and compare all but the checksum. */
static void assert_written(const uint8_t *expected, bool solicitation, const uint8_t *option, uint32_t length)
{
    uint8_t packet[40 + LENGTH];
    uint8_t wanted[40 + LENGTH];
    memset(packet, 0xAA, sizeof packet);
    memcpy(packet + 8, expected + 8, 32);
    memcpy(wanted, expected, sizeof wanted);
    v6nf_store16(wanted + 4, (uint16_t)length);
    uint32_t size = solicitation ? v6nf_ndp_write_solicitation(packet, target, option)
                                 : v6nf_ndp_write_advertisement(packet, target, 0x60000000u, option);
    assert_int_equal(size, 40u + length);
    assert_int_equal(reference_upper_sum(packet, 58, packet + 40, length), 0xFFFF);
    memcpy(wanted + 42, packet + 42, 2);
    assert_memory_equal(packet, wanted, size);
    for (uint32_t i = size; i < sizeof packet; i++) {
        assert_int_equal(packet[i], 0xAA);
    }
}

static void messages_are_written(void **context)
{
    (void)context;
    uint8_t expected[40 + LENGTH];
    good_solicitation(expected);
    assert_written(expected, true, mac, LENGTH);
    assert_written(expected, true, NULL, 24);
    good_advertisement(expected);
    assert_written(expected, false, mac, LENGTH);
}

/* -- Messages of routers (RFC 4861, 6.1.2 and 8.1) ----------------------------------------------------------------- */

static void good_router_advertisement(uint8_t *packet)
{
    write_header(packet, "fe80::7", "ff02::1", 58, 24);
    memset(packet + 40, 0, 24);
    packet[40] = 134;
    memcpy(packet + 56, "\1\1", 2);
    memcpy(packet + 58, mac, 6);
}

static void good_redirect(uint8_t *packet)
{
    write_header(packet, "fe80::7", "2001:db8::1", 58, 48);
    memset(packet + 40, 0, 48);
    packet[40] = 137;
    memcpy(packet + 48, "\xFE\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x8", 16); /* fe80::8 is the better first hop */
    memcpy(packet + 64, target, 16);                                  /* for this destination */
    memcpy(packet + 80, "\2\1", 2);
    memcpy(packet + 82, mac, 6);
}

/* Each message of a router: how it is built and checked, its length with its one option, and that option's offset. */
static const struct router_message {
    void (*make)(uint8_t *packet);
    check_function *check;
    uint32_t length;
    uint32_t found;
} router_messages[] = {
    {good_router_advertisement, v6nf_ndp_check_router_advertisement, 24, 18},
    {good_redirect, v6nf_ndp_check_redirect, 48, 42},
};

static bool router_message_valid(const struct router_message *of, const uint8_t *packet, uint32_t length)
{
    return checked(of->check, packet, length) != V6NF_NDP_INVALID;
}

static void link_layer_address_of_router_messages_is_found(void **context)
{
    (void)context;
    uint8_t packet[40 + 48];
    for (uint32_t i = 0; i < 2u; i++) {
        const struct router_message *of = &router_messages[i];
        of->make(packet);
        assert_int_equal(checked(of->check, packet, of->length), of->found);
        assert_int_equal(checked(of->check, packet, of->length - 8u), 0);
        packet[40u + of->length - 8u] = 99;
        assert_int_equal(checked(of->check, packet, of->length), 0);
    }
}

static void router_messages_must_have_hop_limit_255_and_code_0(void **context)
{
    (void)context;
    uint8_t packet[40 + 48];
    for (uint32_t i = 0; i < 2u; i++) {
        const struct router_message *of = &router_messages[i];
        for (uint32_t value = 0; value <= 255u; value++) {
            of->make(packet);
            packet[7] = (uint8_t)value;
            assert_int_equal(router_message_valid(of, packet, of->length), value == 255u);
            of->make(packet);
            packet[41] = (uint8_t)value;
            assert_int_equal(router_message_valid(of, packet, of->length), value == 0u);
        }
    }
}

static void router_messages_must_have_a_link_local_source(void **context)
{
    (void)context;
    const struct {
        const char *source;
        bool valid;
    } cases[] = {{"fe80::1", true}, {"febf::1", true}, {"2001:db8::7", false}, {"::", false}, {"fec0::1", false}};
    uint8_t packet[40 + 48];
    for (uint32_t i = 0; i < 2u; i++) {
        const struct router_message *of = &router_messages[i];
        for (uint32_t j = 0; j < 5u; j++) {
            of->make(packet);
            write_header(packet, cases[j].source, "ff02::1", 58, of->length);
            assert_int_equal(router_message_valid(of, packet, of->length), cases[j].valid);
        }
    }
}

static void router_messages_must_be_whole_and_end_with_an_option(void **context)
{
    (void)context;
    uint8_t packet[40 + 48];
    for (uint32_t i = 0; i < 2u; i++) {
        const struct router_message *of = &router_messages[i];
        for (uint32_t length = 0; length <= of->length; length++) {
            of->make(packet);
            assert_int_equal(router_message_valid(of, packet, length),
                             length == of->length || length == of->length - 8u);
        }
        packet[40u + of->length - 7u] = 0; /* an option of length 0 */
        assert_false(router_message_valid(of, packet, of->length));
    }
}

/* These are the last two rules of RFC 4861, 8.1. */
static void redirect_must_have_a_possible_target_and_destination(void **context)
{
    (void)context;
    uint8_t packet[40 + 48];
    good_redirect(packet);
    memcpy(packet + 48, packet + 64, 16); /* the destination is a neighbor */
    assert_true(router_message_valid(&router_messages[1], packet, 48));
    packet[63] ^= 1u; /* another global address is not a router's */
    assert_false(router_message_valid(&router_messages[1], packet, 48));
    good_redirect(packet);
    packet[64] = 0xFF;
    assert_false(router_message_valid(&router_messages[1], packet, 48));
    memcpy(packet + 48, packet + 64, 16); /* not for the destination itself either */
    assert_false(router_message_valid(&router_messages[1], packet, 48));
    good_redirect(packet);
    packet[48] = 0xFF;
    assert_false(router_message_valid(&router_messages[1], packet, 48));
}

static void option_size_is_that_of_a_whole_option(void **context)
{
    (void)context;
    uint8_t message[16 + 24] = {0};
    for (uint32_t end = 0; end <= sizeof message; end++) {
        for (uint32_t units = 0; units <= 5u; units++) {
            message[17] = (uint8_t)units;
            uint8_t *copy = exact_copy(message, end);
            bool whole = end >= 24u && 16u + 8u * units <= end;
            assert_int_equal(v6nf_ndp_option_size(copy, 16, end), whole ? 8u * units : 0u);
            free(copy);
        }
    }
}

/* See RFC 4861, 4.6.2. */
static void prefix_information_is_read(void **context)
{
    (void)context;
    uint8_t option[32] = {3, 4, 64, 0xC0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 9, 9, 9};
    struct v6nf_ndp_prefix prefix;
    memcpy(option + 16, target, 16);
    assert_true(v6nf_ndp_read_prefix(option, 32, &prefix));
    assert_int_equal(prefix.length, 64);
    assert_true(prefix.on_link && prefix.autonomous);
    assert_int_equal(prefix.valid_lifetime, 0x00010203);
    assert_int_equal(prefix.preferred_lifetime, 0x04050607);
    assert_memory_equal(prefix.prefix.bytes, target, 16);
    option[3] = 0x80;
    assert_true(v6nf_ndp_read_prefix(option, 32, &prefix) && prefix.on_link && !prefix.autonomous);
    option[3] = 0x7F;
    assert_true(v6nf_ndp_read_prefix(option, 32, &prefix) && !prefix.on_link && prefix.autonomous);
    option[2] = 128;
    assert_true(v6nf_ndp_read_prefix(option, 32, &prefix));
    option[2] = 129;
    assert_false(v6nf_ndp_read_prefix(option, 32, &prefix));
    option[2] = 64;
    assert_false(v6nf_ndp_read_prefix(option, 24, &prefix));
    assert_false(v6nf_ndp_read_prefix(option, 40, &prefix));
    assert_int_equal(prefix.length, 0);
}

/* The prefix field may be as short as the prefix allows (RFC 4191, 2.3). */
static void route_information_is_read(void **context)
{
    (void)context;
    uint8_t option[32] = {24, 3, 0, 0, 0, 0, 1, 0};
    struct v6nf_ndp_route route;
    memcpy(option + 8, target, 16);
    for (uint32_t length = 0; length <= 255u; length++) {
        option[2] = (uint8_t)length;
        assert_int_equal(v6nf_ndp_read_route(option, 8, &route), length == 0u);
        assert_int_equal(v6nf_ndp_read_route(option, 16, &route), length <= 64u);
        assert_int_equal(v6nf_ndp_read_route(option, 24, &route), length <= 128u);
        assert_false(v6nf_ndp_read_route(option, 32, &route));
    }
    option[2] = 128;
    assert_true(v6nf_ndp_read_route(option, 24, &route));
    assert_memory_equal(route.prefix.bytes, target, 16);
    assert_int_equal(route.lifetime, 256);
    assert_int_equal(route.length, 128);
    option[2] = 64;
    assert_true(v6nf_ndp_read_route(option, 16, &route));
    assert_memory_equal(route.prefix.bytes, target, 8);
    assert_memory_equal(route.prefix.bytes + 8, "\0\0\0\0\0\0\0\0", 8);
}

/* Preferences: 01 high, 00 medium, 11 low; 10 MUST NOT be sent (RFC 4191, 2.1). */
static void preferences_are_read(void **context)
{
    (void)context;
    uint8_t option[8] = {24, 1};
    struct v6nf_ndp_route route;
    assert_int_equal(v6nf_ndp_preference(0x00), V6NF_NDP_PREFERENCE_MEDIUM);
    assert_int_equal(v6nf_ndp_preference(0x08), V6NF_NDP_PREFERENCE_HIGH);
    assert_int_equal(v6nf_ndp_preference(0x18), V6NF_NDP_PREFERENCE_LOW);
    assert_int_equal(v6nf_ndp_preference(0x10), V6NF_NDP_PREFERENCE_RESERVED);
    assert_int_equal(v6nf_ndp_preference(0xE7), V6NF_NDP_PREFERENCE_MEDIUM);
    for (uint32_t flags = 0; flags <= 255u; flags++) {
        option[3] = (uint8_t)flags;
        assert_int_equal(v6nf_ndp_read_route(option, 8, &route), (flags & 0x18u) != 0x10u);
    }
}

static void mtu_is_read(void **context)
{
    (void)context;
    const uint8_t option[16] = {5, 1, 0, 0, 0, 0, 5, 0xDC};
    assert_int_equal(v6nf_ndp_read_mtu(option, 8), 1500);
    assert_int_equal(v6nf_ndp_read_mtu(option, 16), 0);
}

/* The option has at least one address, and whole ones (RFC 8106, 5.1). */
static void dns_servers_are_counted(void **context)
{
    (void)context;
    for (uint32_t size = 8; size <= 2040u; size += 8u) {
        uint32_t units = size / 8u;
        assert_int_equal(v6nf_ndp_dns_servers(size), units >= 3u && units % 2u == 1u ? (units - 1u) / 2u : 0u);
    }
}

/* Return how much is read of `size` bytes of names, into a buffer of `capacity` characters. */
static uint32_t read_domain(const char *names, uint32_t size, char *text, uint32_t room)
{
    uint8_t *bytes = exact_copy((const uint8_t *)names, size);
    char *exact = malloc(room);
    assert_non_null(exact);
    uint32_t taken = v6nf_ndp_read_domain(bytes, size, exact, room);
    strcpy(text, exact);
    free(exact);
    free(bytes);
    return taken;
}

static void domain_names_are_read(void **context)
{
    (void)context;
    char text[300];
    assert_int_equal(read_domain("\7example\3com\0\0\0\0", 16, text, 64), 13);
    assert_string_equal(text, "example.com");
    assert_int_equal(read_domain("\7example\3com", 13, text, 12), 13); /* with the zero that ends the literal */
    assert_string_equal(text, "example.com");
    assert_int_equal(read_domain("\7example\3com", 13, text, 11),
                     13); /* too long for the buffer, but the next name is found */
    assert_string_equal(text, "");
    assert_int_equal(read_domain("\1a", 3, text, 64), 3);
    assert_string_equal(text, "a");
    assert_int_equal(read_domain("\0\0\0\0", 4, text, 64), 0); /* padding */
    assert_int_equal(read_domain("", 0, text, 64), 0);
    assert_int_equal(read_domain("\3a.b", 5, text, 64), 5); /* a dot in a label would split it */
    assert_string_equal(text, "");
    assert_int_equal(read_domain("\3a\n ", 5, text, 64), 5);
    assert_string_equal(text, "");
}

static void malformed_domain_names_are_refused(void **context)
{
    (void)context;
    char text[300];
    char names[256];
    for (uint32_t size = 1; size < 13u; size++) { /* cut short anywhere */
        assert_int_equal(read_domain("\7example\3com", size, text, 64), 0);
        assert_string_equal(text, "");
    }
    assert_int_equal(read_domain("\1a\300\0", 4, text, 64), 0); /* a pointer: no compression (RFC 8106, 5.2) */
    memset(names, 'a', sizeof names);
    names[0] = 64; /* longer than the maximum of a label */
    names[65] = 0;
    assert_int_equal(read_domain(names, 256, text, 300), 0);
    names[0] = 63;
    names[64] = 0;
    assert_int_equal(read_domain(names, 256, text, 300), 65);
    for (uint32_t i = 0; i < 256u; i += 2u) {
        names[i] = 1;
    }
    names[254] = 0;
    assert_int_equal(read_domain(names, 256, text, 300), 255);
    names[254] = 1;
    assert_int_equal(read_domain(names, 256, text, 300), 0);
}

static void router_solicitations_are_written(void **context)
{
    (void)context;
    uint8_t packet[56];
    uint8_t wanted[56];
    write_header(wanted, "fe80::1", "ff02::2", 58, 16);
    memset(wanted + 40, 0, 16);
    wanted[40] = 133;
    memcpy(wanted + 48, "\1\1", 2);
    memcpy(wanted + 50, mac, 6);
    memset(packet, 0xAA, sizeof packet);
    memcpy(packet + 8, wanted + 8, 32);
    assert_int_equal(v6nf_ndp_write_router_solicitation(packet, mac), 56);
    assert_int_equal(reference_upper_sum(packet, 58, packet + 40, 16), 0xFFFF);
    memcpy(wanted + 42, packet + 42, 2);
    assert_memory_equal(packet, wanted, 56);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(link_layer_address_of_valid_messages_is_found),
        cmocka_unit_test(hop_limit_must_be_255),
        cmocka_unit_test(code_must_be_0),
        cmocka_unit_test(length_must_be_24_or_more_and_end_with_an_option),
        cmocka_unit_test(target_must_not_be_multicast),
        cmocka_unit_test(option_length_must_not_be_0),
        cmocka_unit_test(unspecified_source_needs_a_solicited_node_destination),
        cmocka_unit_test(unspecified_source_must_have_no_source_link_layer_address),
        cmocka_unit_test(multicast_advertisement_must_not_be_solicited),
        cmocka_unit_test(other_options_are_skipped),
        cmocka_unit_test(first_of_equal_options_counts),
        cmocka_unit_test(impossible_link_layer_addresses_are_refused),
        cmocka_unit_test(options_past_the_end_are_refused),
        cmocka_unit_test(number_of_options_is_limited),
        cmocka_unit_test(range_that_ends_before_its_start_is_refused),
        cmocka_unit_test(messages_are_written),
        cmocka_unit_test(link_layer_address_of_router_messages_is_found),
        cmocka_unit_test(router_messages_must_have_hop_limit_255_and_code_0),
        cmocka_unit_test(router_messages_must_have_a_link_local_source),
        cmocka_unit_test(router_messages_must_be_whole_and_end_with_an_option),
        cmocka_unit_test(redirect_must_have_a_possible_target_and_destination),
        cmocka_unit_test(option_size_is_that_of_a_whole_option),
        cmocka_unit_test(prefix_information_is_read),
        cmocka_unit_test(route_information_is_read),
        cmocka_unit_test(preferences_are_read),
        cmocka_unit_test(mtu_is_read),
        cmocka_unit_test(dns_servers_are_counted),
        cmocka_unit_test(domain_names_are_read),
        cmocka_unit_test(malformed_domain_names_are_refused),
        cmocka_unit_test(router_solicitations_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
