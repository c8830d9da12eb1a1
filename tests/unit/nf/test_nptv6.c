/* test_nptv6.c: prefixes are translated, checksums remain right, and no internal prefix leaves (RFC 6296). */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/chain.h"
#include "v6nf/nf/nptv6.h"
#include "v6nf/wire/address.h"
#include "v6nf/wire/icmpv6.h"

#include "../wire/fixture_wire.h"

#define OFFSET 14u
#define HEADER V6NF_IPV6_HEADER_SIZE
#define ERROR V6NF_ICMPV6_ERROR_SIZE
#define PEER "2001:db8:ffff::99"

/* Two prefixes, and an address of each with the same host. */
struct pair {
    const char *internal;
    const char *external;
    uint32_t length;
    const char *inside;
    const char *outside;
};

/* The first is the example of RFC 6296, 3.6. The others were computed by hand, as in 3.1. */
static const struct pair pairs[] = {
    {"fd01:203:405::", "2001:db8:1::", 48, "fd01:203:405:1::1234", "2001:db8:1:d550::1234"},
    {"fd01:203:405:600::", "2001:db8:1:200::", 56, "fd01:203:405:601::1", "2001:db8:1:201:d94f::1"},
    {"fd01:203:405:600::", "2001:db8:1:200::", 64, "fd01:203:405:600:ffff:2::", "2001:db8:1:200:ffff:d951::"},
};

static struct v6nf_nptv6 nptv6;
static uint8_t internal[16];
static uint8_t external[16];
static uint8_t packet[256]; /* begins at OFFSET */
static uint8_t before[256];
static uint32_t size;

static const uint8_t *address(const char *text)
{
    static struct v6nf_address parsed;
    assert_true(v6nf_address_parse(&parsed, text));
    return parsed.bytes;
}

static void use(const struct pair *pair)
{
    memcpy(internal, address(pair->internal), 16);
    memcpy(external, address(pair->external), 16);
    assert_true(v6nf_nptv6_init(&nptv6, internal, external, pair->length));
}

/* Write the checksum of an upper layer at offset `at` in the packet. */
static void write_checksum(uint8_t next_header, uint32_t at, uint32_t field)
{
    v6nf_store16(packet + at + field, 0);
    const uint16_t sum = reference_upper_sum(packet + OFFSET, next_header, packet + at, size - at);
    v6nf_store16(packet + at + field, (uint16_t)~sum);
}

static bool is_checksum_right(uint8_t next_header, uint32_t at)
{
    return reference_upper_sum(packet + OFFSET, next_header, packet + at, size - at) == 0xFFFFu;
}

/* Write a packet with an upper layer of 24 bytes behind `extra` bytes of Destination Options. */
static void write_packet(const char *source, const char *destination, uint8_t protocol, uint32_t field, uint32_t extra)
{
    const uint32_t upper = OFFSET + HEADER + extra;
    memset(packet, 0, sizeof packet);
    size = upper + 24u;
    write_header(packet + OFFSET, source, destination, extra == 0u ? protocol : V6NF_EXT_DESTINATION, extra + 24u);
    if (extra != 0u) {
        packet[OFFSET + HEADER] = protocol;
        packet[OFFSET + HEADER + 1u] = (uint8_t)(extra / 8u - 1u);
    }
    random_fill(packet + upper, 24);
    packet[upper + 12u] = 0x50; /* Data Offset of TCP */
    write_checksum(protocol, upper, field);
    memcpy(before, packet, sizeof packet);
}

/* Write an ICMPv6 error that quotes a UDP packet. The quoted packet has the right checksum, too. */
static void write_error(const char *source, const char *destination, const char *quoted_source,
                        const char *quoted_destination, uint32_t extra)
{
    write_packet(quoted_source, quoted_destination, V6NF_NEXT_HEADER_UDP, 6, 0);
    uint8_t quoted[HEADER + 24u];
    memcpy(quoted, packet + OFFSET, sizeof quoted);
    const uint32_t upper = OFFSET + HEADER + extra;
    memset(packet, 0, sizeof packet);
    size = upper + ERROR + (uint32_t)sizeof quoted;
    write_header(packet + OFFSET, source, destination, extra == 0u ? V6NF_NEXT_HEADER_ICMPV6 : V6NF_EXT_DESTINATION,
                 size - OFFSET - HEADER);
    if (extra != 0u) {
        packet[OFFSET + HEADER] = V6NF_NEXT_HEADER_ICMPV6;
        packet[OFFSET + HEADER + 1u] = (uint8_t)(extra / 8u - 1u);
    }
    packet[upper] = V6NF_ICMPV6_PACKET_TOO_BIG;
    v6nf_store32(packet + upper + 4u, 1280);
    memcpy(packet + upper + ERROR, quoted, sizeof quoted);
    write_checksum(V6NF_NEXT_HEADER_ICMPV6, upper, 2);
    memcpy(before, packet, sizeof packet);
}

/* Translate in memory of exact size. */
static enum v6nf_nptv6_result translate(bool is_outbound)
{
    uint8_t *copy = exact_copy(packet, size);
    const enum v6nf_nptv6_result result =
        is_outbound ? v6nf_nptv6_outbound(&nptv6, copy, OFFSET, size) : v6nf_nptv6_inbound(&nptv6, copy, OFFSET, size);
    memcpy(packet, copy, size);
    free(copy);
    return result;
}

static void assert_address(uint32_t at, const char *text)
{
    assert_memory_equal(packet + OFFSET + at, address(text), 16);
}

static bool is_internal(uint32_t at, uint32_t length)
{
    return memcmp(packet + at, internal, length / 8u) == 0;
}

static void addresses_are_mapped_and_back(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        use(&pairs[i]);
        write_packet(pairs[i].inside, PEER, V6NF_NEXT_HEADER_UDP, 6, 0);
        assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
        assert_address(V6NF_IPV6_SOURCE, pairs[i].outside);
        assert_address(V6NF_IPV6_DESTINATION, PEER);
        write_packet(PEER, pairs[i].outside, V6NF_NEXT_HEADER_UDP, 6, 0);
        assert_int_equal(translate(false), V6NF_NPTV6_TRANSLATED);
        assert_address(V6NF_IPV6_SOURCE, PEER);
        assert_address(V6NF_IPV6_DESTINATION, pairs[i].inside);
    }
}

/* Of any upper layer, whether or not headers precede it. The rest of the packet stays as it is. */
static void checksums_remain_right(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint32_t field;
    } uppers[] = {{V6NF_NEXT_HEADER_UDP, 6}, {V6NF_CHAIN_TCP, 16}, {V6NF_NEXT_HEADER_ICMPV6, 2}, {V6NF_CHAIN_DCCP, 6}};
    for (uint32_t i = 0; i < 3u; i++) {
        use(&pairs[i]);
        for (uint32_t j = 0; j < 8u; j++) {
            const uint32_t upper = OFFSET + HEADER + (j / 4u) * 16u;
            write_packet(pairs[i].inside, PEER, uppers[j % 4u].protocol, uppers[j % 4u].field, (j / 4u) * 16u);
            packet[upper] |= 0x80u; /* no error of ICMPv6 */
            write_checksum(uppers[j % 4u].protocol, upper, uppers[j % 4u].field);
            memcpy(before, packet, sizeof packet);
            assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
            assert_true(is_checksum_right(uppers[j % 4u].protocol, upper));
            assert_memory_equal(packet, before, OFFSET + V6NF_IPV6_SOURCE);
            assert_memory_equal(packet + OFFSET + 24, before + OFFSET + 24, size - OFFSET - 24u);
        }
    }
}

/* Each subnet but 0xFFFF has a subnet of its own on the other side. */
static void all_subnets_are_mapped_one_to_one(void **state)
{
    (void)state;
    static uint8_t seen[65536];
    memset(seen, 0, sizeof seen);
    use(&pairs[0]);
    for (uint32_t subnet = 0; subnet < 0xFFFFu; subnet++) {
        write_packet(pairs[0].inside, PEER, V6NF_NEXT_HEADER_UDP, 6, 0);
        v6nf_store16(packet + OFFSET + 14, (uint16_t)subnet);
        assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
        const uint16_t mapped = v6nf_load16(packet + OFFSET + 14);
        assert_true(mapped != 0xFFFFu && seen[mapped] == 0u);
        seen[mapped] = 1;
        memcpy(packet + OFFSET + 24, packet + OFFSET + 8, 16);
        assert_int_equal(translate(false), V6NF_NPTV6_TRANSLATED);
        assert_int_equal(v6nf_load16(packet + OFFSET + 30), subnet);
    }
}

/* With longer prefixes: any identifier is refused, or mapped to one that leads back. */
static void identifiers_are_mapped_one_to_one(void **state)
{
    (void)state;
    static const uint16_t words[] = {0, 1, 0x7FFF, 0xFFFE, 0xFFFF, 0x26B1, 0x26B0, 0xD94E, 0xD94F};
    const uint32_t count = sizeof words / sizeof *words;
    uint32_t refused = 0;
    use(&pairs[2]);
    for (uint32_t i = 0; i < count * count * count * count; i++) {
        write_packet(pairs[2].inside, PEER, V6NF_NEXT_HEADER_UDP, 6, 0);
        for (uint32_t at = 0, digits = i; at < 4u; at++, digits /= count) {
            v6nf_store16(packet + OFFSET + 16 + 2u * at, words[digits % count]);
        }
        write_checksum(V6NF_NEXT_HEADER_UDP, OFFSET + HEADER, 6);
        memcpy(before, packet, sizeof packet);
        const enum v6nf_nptv6_result result = translate(true);
        if (result == V6NF_NPTV6_UNMAPPABLE) {
            assert_memory_equal(packet, before, size);
            refused++;
            continue;
        }
        assert_int_equal(result, V6NF_NPTV6_TRANSLATED);
        assert_true(is_checksum_right(V6NF_NEXT_HEADER_UDP, OFFSET + HEADER));
        memcpy(packet + OFFSET + 24, packet + OFFSET + 8, 16);
        assert_int_equal(translate(false), V6NF_NPTV6_TRANSLATED);
        assert_memory_equal(packet + OFFSET + 24, before + OFFSET + 8, 16);
    }
    /* Zeros, all ones, and one word that becomes zero, alone in the first word: the others follow words of ones. */
    assert_int_equal(refused, 3);
}

static void reserved_addresses_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t pair;
        bool is_outbound;
        const char *text;
    } cases[] = {{0, true, "fd01:203:405:ffff::1"}, {0, false, "2001:db8:1:ffff::1"},
                 {2, true, "fd01:203:405:600::"},   {2, true, "fd01:203:405:600:ffff:ffff:ffff:ffff"},
                 {2, false, "2001:db8:1:200::"},    {2, false, "2001:db8:1:200:ffff:ffff:ffff:ffff"},
                 {1, true, "fd01:203:405:6ff::"},   {1, false, "2001:db8:1:2ff::"}};
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        use(&pairs[cases[i].pair]);
        write_packet(cases[i].is_outbound ? cases[i].text : PEER, cases[i].is_outbound ? PEER : cases[i].text,
                     V6NF_CHAIN_TCP, 16, 0);
        assert_int_equal(translate(cases[i].is_outbound), V6NF_NPTV6_UNMAPPABLE);
        assert_memory_equal(packet, before, size);
    }
}

/* What the internal network reports about a packet from outside, and conversely. */
static void quoted_packets_are_translated(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        for (uint32_t extra = 0; extra <= 16u; extra += 16u) {
            const uint32_t upper = HEADER + extra;
            const uint32_t quote = upper + ERROR;
            use(&pairs[i]);
            write_error(pairs[i].inside, PEER, PEER, pairs[i].inside, extra);
            assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
            assert_address(V6NF_IPV6_SOURCE, pairs[i].outside);
            assert_address(quote + V6NF_IPV6_SOURCE, PEER);
            assert_address(quote + V6NF_IPV6_DESTINATION, pairs[i].outside);
            assert_true(is_checksum_right(V6NF_NEXT_HEADER_ICMPV6, OFFSET + upper));
            write_error(PEER, pairs[i].outside, pairs[i].outside, PEER, extra);
            assert_int_equal(translate(false), V6NF_NPTV6_TRANSLATED);
            assert_address(V6NF_IPV6_DESTINATION, pairs[i].inside);
            assert_address(quote + V6NF_IPV6_SOURCE, pairs[i].inside);
            assert_address(quote + V6NF_IPV6_DESTINATION, PEER);
            assert_true(is_checksum_right(V6NF_NEXT_HEADER_ICMPV6, OFFSET + upper));
        }
    }
}

/* A router of the internal network has an address outside of the prefix. Its errors reveal nothing either. */
static void errors_of_other_routers_reveal_no_prefix(void **state)
{
    (void)state;
    use(&pairs[0]);
    write_error("2001:db8:7::1", PEER, PEER, pairs[0].inside, 0);
    assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
    assert_address(V6NF_IPV6_SOURCE, "2001:db8:7::1");
    assert_address(HEADER + ERROR + V6NF_IPV6_DESTINATION, pairs[0].outside);
    write_error("2001:db8:7::1", pairs[0].outside, pairs[0].outside, PEER, 0);
    assert_int_equal(translate(false), V6NF_NPTV6_TRANSLATED);
    assert_address(HEADER + ERROR + V6NF_IPV6_SOURCE, pairs[0].inside);
}

/* An internal host sends to the external address of another one, which must see the external address of the first. */
static void internal_hosts_reach_each_other_by_external_addresses(void **state)
{
    (void)state;
    use(&pairs[0]);
    write_packet("fd01:203:405:1::1234", "2001:db8:1:d551::5", V6NF_NEXT_HEADER_UDP, 6, 0);
    assert_int_equal(translate(true), V6NF_NPTV6_HAIRPIN);
    assert_address(V6NF_IPV6_SOURCE, "2001:db8:1:d550::1234");
    assert_address(V6NF_IPV6_DESTINATION, "fd01:203:405:2::5");
    assert_true(is_checksum_right(V6NF_NEXT_HEADER_UDP, OFFSET + HEADER));
    /* An error about the packet that arrived. */
    write_error("fd01:203:405:2::5", "2001:db8:1:d550::1234", "2001:db8:1:d550::1234", "fd01:203:405:2::5", 0);
    assert_int_equal(translate(true), V6NF_NPTV6_HAIRPIN);
    assert_address(V6NF_IPV6_SOURCE, "2001:db8:1:d551::5");
    assert_address(V6NF_IPV6_DESTINATION, "fd01:203:405:1::1234");
    assert_address(HEADER + ERROR + V6NF_IPV6_SOURCE, "fd01:203:405:1::1234");
    assert_address(HEADER + ERROR + V6NF_IPV6_DESTINATION, "2001:db8:1:d551::5");
    assert_true(is_checksum_right(V6NF_NEXT_HEADER_ICMPV6, OFFSET + HEADER));
    /* One address can be mapped, the other one cannot: neither is. */
    write_packet("fd01:203:405:1::1234", "2001:db8:1:ffff::5", V6NF_NEXT_HEADER_UDP, 6, 0);
    assert_int_equal(translate(true), V6NF_NPTV6_UNMAPPABLE);
    assert_memory_equal(packet, before, size);
}

static void other_addresses_are_not_translated(void **state)
{
    (void)state;
    static const char *const others[] = {"::", "fe80::1", "fd01:203:404:1::1", "2001:db8:2::1", "ff02::1", PEER};
    use(&pairs[0]);
    for (uint32_t i = 0; i < sizeof others / sizeof *others; i++) {
        for (uint32_t is_outbound = 0; is_outbound < 2u; is_outbound++) {
            write_packet(i == 4u ? PEER : others[i], others[i],
                         is_outbound != 0u ? V6NF_CHAIN_TCP : V6NF_NEXT_HEADER_ICMPV6, 16, 0);
            packet[OFFSET + HEADER] = 200; /* an informational message */
            memcpy(before, packet, sizeof packet);
            assert_int_equal(translate(is_outbound != 0u), V6NF_NPTV6_OTHER);
            assert_memory_equal(packet, before, size);
        }
    }
}

/* An error whose quotation cannot be found may carry the internal prefix: it is dropped. */
static void packets_that_may_hide_a_quotation_are_refused(void **state)
{
    (void)state;
    use(&pairs[0]);
    for (uint32_t length = 0; length < ERROR + HEADER; length++) {
        write_error(pairs[0].inside, PEER, PEER, pairs[0].inside, 0);
        size = OFFSET + HEADER + length;
        v6nf_store16(packet + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)length);
        memcpy(before, packet, sizeof packet);
        assert_int_equal(translate(true), V6NF_NPTV6_MALFORMED);
        assert_memory_equal(packet, before, size);
    }
    write_error(pairs[0].inside, PEER, PEER, pairs[0].inside, 16);
    packet[OFFSET + HEADER + 1u] = 200; /* the header is longer than the packet */
    assert_int_equal(translate(true), V6NF_NPTV6_MALFORMED);
    write_error(pairs[0].inside, PEER, PEER, "fd01:203:405:ffff::1", 0);
    memcpy(before, packet, sizeof packet);
    assert_int_equal(translate(true), V6NF_NPTV6_MALFORMED);
    assert_memory_equal(packet, before, size);
    write_packet(pairs[0].inside, PEER, V6NF_CHAIN_TCP, 16, 0);
    for (size = OFFSET; size < OFFSET + HEADER; size++) {
        assert_int_equal(translate(true), V6NF_NPTV6_MALFORMED);
        assert_int_equal(translate(false), V6NF_NPTV6_MALFORMED);
    }
}

/* Damaged errors: one that is passed on has no internal source, and quotes no internal destination. */
static void damaged_errors_reveal_no_prefix(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100000u; i++) {
        use(&pairs[i % 3u]);
        write_error(pairs[i % 3u].inside, PEER, PEER, pairs[i % 3u].inside, i % 2u * 8u);
        for (uint32_t changes = random_below(4); changes > 0u; changes--) {
            packet[OFFSET + random_below(size - OFFSET)] = (uint8_t)random_number();
        }
        size -= i % 5u == 0u ? random_below(size - OFFSET) : 0u;
        memcpy(before, packet, sizeof packet);
        const enum v6nf_nptv6_result result = translate(true);
        if (result != V6NF_NPTV6_TRANSLATED && result != V6NF_NPTV6_HAIRPIN) {
            assert_memory_equal(packet, before, size);
            continue;
        }
        struct v6nf_chain chain;
        (void)v6nf_chain_read_packet(&chain, packet, OFFSET, size);
        assert_false(is_internal(OFFSET + V6NF_IPV6_SOURCE, pairs[i % 3u].length));
        if (chain.end == V6NF_CHAIN_UPPER_LAYER && chain.upper_layer == V6NF_NEXT_HEADER_ICMPV6 &&
            v6nf_icmpv6_is_error(packet[chain.upper])) {
            assert_false(is_internal(chain.upper + ERROR + V6NF_IPV6_DESTINATION, pairs[i % 3u].length));
        }
    }
}

/* A delegated prefix changes: the next packet has the new one. */
static void prefix_changes_between_packets(void **state)
{
    (void)state;
    use(&pairs[0]);
    write_packet(pairs[0].inside, PEER, V6NF_NEXT_HEADER_UDP, 6, 0);
    assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
    const uint8_t *other = address("2001:db8:8::");
    assert_true(v6nf_nptv6_init(&nptv6, internal, other, 48));
    write_packet(pairs[0].inside, PEER, V6NF_NEXT_HEADER_UDP, 6, 0);
    assert_int_equal(translate(true), V6NF_NPTV6_TRANSLATED);
    assert_memory_equal(packet + OFFSET + 8, other, 6);
    assert_true(is_checksum_right(V6NF_NEXT_HEADER_UDP, OFFSET + HEADER));
}

static void prefixes_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"::", "ff05::", "fe80::", "febf::", "2001:db8:0:1::", "2001:db8::1"};
    uint8_t right[16];
    memcpy(right, address("2001:db8::"), 16);
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(v6nf_nptv6_init(&nptv6, address(wrong[i]), right, 48));
        assert_false(v6nf_nptv6_init(&nptv6, right, address(wrong[i]), 48));
        write_packet("::", i == 0u ? "ffff:ffff:ffff:ffff::1" : "2001:db8::1", V6NF_CHAIN_TCP, 16, 0);
        assert_int_equal(translate(true), V6NF_NPTV6_OTHER);
        assert_int_equal(translate(false), V6NF_NPTV6_OTHER);
    }
    assert_false(v6nf_nptv6_init(&nptv6, right, right, 0));
    assert_false(v6nf_nptv6_init(&nptv6, right, right, 65));
    assert_true(v6nf_nptv6_init(&nptv6, right, right, 64));
    assert_true(v6nf_nptv6_init(&nptv6, right, right, 29));
    assert_false(v6nf_nptv6_init(&nptv6, right, right, 28)); /* the last bit of 2001:db8 is the 29th */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_mapped_and_back),
        cmocka_unit_test(checksums_remain_right),
        cmocka_unit_test(all_subnets_are_mapped_one_to_one),
        cmocka_unit_test(identifiers_are_mapped_one_to_one),
        cmocka_unit_test(reserved_addresses_are_refused),
        cmocka_unit_test(quoted_packets_are_translated),
        cmocka_unit_test(errors_of_other_routers_reveal_no_prefix),
        cmocka_unit_test(internal_hosts_reach_each_other_by_external_addresses),
        cmocka_unit_test(other_addresses_are_not_translated),
        cmocka_unit_test(packets_that_may_hide_a_quotation_are_refused),
        cmocka_unit_test(damaged_errors_reveal_no_prefix),
        cmocka_unit_test(prefix_changes_between_packets),
        cmocka_unit_test(prefixes_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
