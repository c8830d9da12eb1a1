/* test_siit.c: packets are translated between IPv6 and IPv4 as if they had been written for the other protocol, with
 * what ICMP errors quote (RFC 7915, RFC 6052). Expected packets are written here from their parts. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/icmpv6_error.h"
#include "v6nf/nf/siit.h"
#include "v6nf/wire/icmpv6.h"

#include "../wire/fixture_wire.h"

#define OFFSET 14u
#define CAPACITY 2048u
#define UPPER_MAX 4400u
#define ICMP 1u
#define ICMP6 58u
#define TCP 6u
#define UDP 17u
#define OTHER 99u
#define ANY 64u /* hop limit */

/* Hosts: IPv4 hosts have addresses of the prefix; IPv6 hosts have those of the pool. */
static const uint8_t host4[4] = {192, 0, 2, 33};
static const uint8_t host6[4] = {198, 51, 100, 7};
static const uint8_t router4[4] = {192, 0, 2, 1};
static const struct v6nf_siit_pair pairs[] = {
    {{203, 0, 113, 9}, {{0x20, 0x01, 0x0D, 0xB8, 0xAA, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}}},
    {{203, 0, 113, 10}, {{0x20, 0x01, 0x0D, 0xB8, 0xAA, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10}}}};

static struct v6nf_siit siit;
static struct v6nf_siit_config config;
static struct v6nf_siit_outcome outcome;
static uint8_t frame[CAPACITY];
static uint8_t before[CAPACITY];
static uint32_t size;

static void init(void)
{
    static const uint8_t secret[V6NF_SIIT_SECRET_SIZE] = {7, 1, 3};
    assert_true(v6nf_siit_init(&siit, &config, secret));
}

/* Use 2001:db8:122:344::/96 and the pool 198.51.100.0/24. */
static int set_up(void **state)
{
    (void)state;
    static const struct v6nf_address prefix = {{0x20, 0x01, 0x0D, 0xB8, 0x01, 0x22, 0x03, 0x44}};
    config = (struct v6nf_siit_config){.prefix = prefix,
                                       .prefix_length = 96,
                                       .pool = {198, 51, 100, 0},
                                       .pool_length = 24,
                                       .pairs = pairs,
                                       .pairs_count = 2,
                                       .mtu6 = 1500,
                                       .mtu4 = 1500,
                                       .lowest_mtu6 = 1280,
                                       .computes_udp_checksum = true};
    memcpy(config.router, router4, 4);
    init();
    return 0;
}

/* -- Packets from their parts -------------------------------------------------------------------------------------- */

/* A packet in terms of both protocols. */
struct parts {
    const uint8_t *source; /* IPv4 address */
    const uint8_t *destination;
    uint8_t protocol; /* ICMP for both */
    uint8_t hop_limit;
    uint8_t traffic_class;
    bool is_fragment;
    bool has_more;
    bool has_df;
    uint32_t fragment; /* bytes */
    uint32_t identification;
    const uint8_t *upper; /* `length` bytes, with checksum 0 */
    uint32_t length;
    uint32_t present; /* bytes of `upper` that are written */
};

/* Return where the checksum of a protocol is; 0: nowhere. */
static uint32_t checksum_at(uint8_t protocol)
{
    return protocol == TCP ? 16u : protocol == ICMP ? 2u : protocol == OTHER ? 0u : 6u;
}

/* Return a checksum field for this sum. */
static uint16_t finish(uint8_t protocol, uint16_t sum)
{
    const uint16_t field = (uint16_t)~sum;
    return field == 0u && (protocol == UDP || protocol == 136u) ? 0xFFFFu : field;
}

/* Write an upper layer, its checksum over all `length` bytes. `whole`: with addresses. */
static void put_upper(uint8_t *to, const struct parts *parts, const uint8_t *packet, bool is_ipv6)
{
    uint8_t whole[UPPER_MAX];
    const uint32_t at = checksum_at(parts->protocol);
    const uint8_t protocol = is_ipv6 && parts->protocol == ICMP ? ICMP6 : parts->protocol;
    memcpy(whole, parts->upper, parts->length);
    if (at != 0u && parts->fragment == 0u) {
        uint16_t sum = 0;
        if (is_ipv6) {
            sum = reference_upper_sum(packet, protocol, whole, parts->length);
        } else {
            const uint8_t rest[4] = {0, protocol, (uint8_t)(parts->length >> 8), (uint8_t)parts->length};
            sum = protocol == ICMP ? 0u : reference_sum(rest, 4, reference_sum(packet + 12, 8, 0));
            sum = reference_sum(whole, parts->length, sum);
        }
        v6nf_store16(whole + at, finish(protocol, sum));
    }
    memcpy(to, whole, parts->present);
}

/* Write an IPv4 packet. Return its bytes. */
static uint32_t put4(uint8_t *to, const struct parts *parts)
{
    memset(to, 0, 20);
    to[0] = 0x45;
    to[1] = parts->traffic_class;
    v6nf_store16(to + 2, (uint16_t)(20u + parts->length));
    v6nf_store16(to + 4, (uint16_t)parts->identification);
    v6nf_store16(to + 6,
                 (uint16_t)(parts->fragment / 8u + (parts->has_more ? 0x2000u : 0u) + (parts->has_df ? 0x4000u : 0u)));
    to[8] = parts->hop_limit;
    to[9] = parts->protocol;
    memcpy(to + 12, parts->source, 4);
    memcpy(to + 16, parts->destination, 4);
    v6nf_store16(to + 10, (uint16_t)~reference_sum(to, 20, 0));
    put_upper(to + 20, parts, to, false);
    return 20u + parts->present;
}

/* Write an IPv6 packet. Return its bytes. */
static uint32_t put6(uint8_t *to, const struct parts *parts)
{
    const uint32_t extra = parts->is_fragment ? 8u : 0u;
    const uint8_t protocol = parts->protocol == ICMP ? ICMP6 : parts->protocol;
    memset(to, 0, 48);
    to[0] = (uint8_t)(0x60u + (parts->traffic_class >> 4));
    to[1] = (uint8_t)(parts->traffic_class << 4);
    v6nf_store16(to + 4, (uint16_t)(extra + parts->length));
    to[6] = parts->is_fragment ? 44u : protocol;
    to[7] = parts->hop_limit;
    assert_true(v6nf_siit_map_ipv4(&siit, to + 8, parts->source));
    assert_true(v6nf_siit_map_ipv4(&siit, to + 24, parts->destination));
    if (parts->is_fragment) {
        to[40] = protocol;
        v6nf_store16(to + 42, (uint16_t)(parts->fragment + (parts->has_more ? 1u : 0u)));
        v6nf_store32(to + 44, parts->identification);
    }
    put_upper(to + 40 + extra, parts, to, true);
    return 40u + extra + parts->present;
}

/* Start a frame. */
static void put_ether(uint8_t *to, bool is_ipv6)
{
    static const uint8_t head[12] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8};
    memcpy(to, head, sizeof head);
    v6nf_store16(to + 12, is_ipv6 ? 0x86DDu : 0x0800u);
}

static void put_frame(const struct parts *parts, bool is_ipv6)
{
    memset(frame, 0, sizeof frame);
    put_ether(frame, is_ipv6);
    size = OFFSET + (is_ipv6 ? put6(frame + OFFSET, parts) : put4(frame + OFFSET, parts));
    memcpy(before, frame, sizeof before);
}

/* Return random bytes of an upper layer with checksum 0. */
static const uint8_t *any_upper(uint8_t protocol, uint32_t length)
{
    static uint8_t upper[UPPER_MAX];
    if (length == 0u) {
        return upper; /* the caller has its own, and may quote these */
    }
    random_fill(upper, length > 16u ? length : 16u);
    if (checksum_at(protocol) != 0u) {
        v6nf_store16(upper + checksum_at(protocol), 0);
    }
    if (protocol == TCP) {
        upper[12] = 0x50;
    }
    if (protocol == UDP) {
        v6nf_store16(upper + 4, (uint16_t)length);
    }
    return upper;
}

/* Return a packet from the IPv6 host to the IPv4 host, or back. */
static struct parts any_parts(uint8_t protocol, uint32_t length, bool is_from_ipv6)
{
    return (struct parts){.source = is_from_ipv6 ? host6 : host4,
                          .destination = is_from_ipv6 ? host4 : host6,
                          .protocol = protocol,
                          .hop_limit = ANY,
                          .traffic_class = 0xB8,
                          .upper = any_upper(protocol, length),
                          .length = length,
                          .present = length};
}

/* -- Translation --------------------------------------------------------------------------------------------------- */

/* Translate in memory of exact size. */
static enum v6nf_siit_result translate_within(bool is_ipv6, uint32_t capacity)
{
    uint8_t *copy = exact_copy(frame, is_ipv6 ? size : capacity);
    const enum v6nf_siit_result result = is_ipv6 ? v6nf_siit_to_ipv4(&siit, &outcome, copy, OFFSET, size)
                                                 : v6nf_siit_to_ipv6(&siit, &outcome, copy, OFFSET, size, capacity);
    assert_int_equal(result, outcome.result);
    assert_true((result == V6NF_SIIT_TRANSLATED) == (outcome.reason == V6NF_SIIT_NO_REASON));
    assert_true((result == V6NF_SIIT_TRANSLATED) == (outcome.length != 0u));
    if (result != V6NF_SIIT_TRANSLATED) {
        assert_memory_equal(copy, before, size);
    }
    memcpy(frame, copy, is_ipv6 ? size : capacity);
    free(copy);
    return result;
}

static enum v6nf_siit_result translate(bool is_ipv6)
{
    return translate_within(is_ipv6, is_ipv6 ? size : CAPACITY);
}

static void assert_dropped(bool is_ipv6, enum v6nf_siit_reason reason)
{
    assert_int_equal(translate(is_ipv6), V6NF_SIIT_DROPPED);
    assert_int_equal(outcome.reason, reason);
}

static void assert_refused(bool is_ipv6, enum v6nf_siit_reason reason, uint8_t type, uint8_t code, uint32_t parameter)
{
    assert_int_equal(translate(is_ipv6), V6NF_SIIT_ERROR);
    assert_int_equal(outcome.reason, reason);
    assert_int_equal(outcome.type, type);
    assert_int_equal(outcome.code, code);
    assert_int_equal(outcome.parameter, parameter);
}

/* Translate, and compare with the packet of these parts in the other protocol. */
static void assert_becomes(const struct parts *parts, bool is_ipv6)
{
    uint8_t expected[CAPACITY];
    put_ether(expected, !is_ipv6);
    assert_int_equal(translate(is_ipv6), V6NF_SIIT_TRANSLATED);
    struct parts with = *parts;
    if (is_ipv6 && !parts->is_fragment) {
        with.identification = v6nf_load16(frame + OFFSET + 4); /* any */
        with.has_df = 20u + parts->length > 1260u;
    }
    with.hop_limit = (uint8_t)(parts->hop_limit - 1u);
    const uint32_t length = OFFSET + (is_ipv6 ? put4(expected + OFFSET, &with) : put6(expected + OFFSET, &with));
    assert_int_equal(outcome.length, length);
    assert_memory_equal(frame, expected, length);
}

static void packets_are_those_of_the_other_protocol(void **state)
{
    static const uint8_t protocols[] = {UDP, TCP, ICMP, V6NF_CHAIN_DCCP, V6NF_CHAIN_UDP_LITE, OTHER};
    static const uint32_t lengths[] = {20, 21, 100, 1239, 1240};
    (void)state;
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        for (uint32_t j = 0; j < 10u * sizeof lengths / sizeof *lengths; j++) {
            for (uint32_t way = 0; way < 2u; way++) {
                struct parts parts = any_parts(protocols[i], lengths[j % 5u], way == 0u);
                uint8_t *upper = (uint8_t *)(uintptr_t)parts.upper;
                if (protocols[i] == ICMP) { /* Echo */
                    upper[0] = way == 0u ? 128u + j % 2u : 8u * (j % 2u);
                }
                put_frame(&parts, way == 0u);
                if (protocols[i] == ICMP) {
                    upper[0] = way == 0u ? (j % 2u == 0u ? 8u : 0u) : (j % 2u == 0u ? 129u : 128u);
                }
                assert_becomes(&parts, way == 0u);
            }
        }
    }
}

static void fragments_remain_fragments(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 40u; i++) {
        struct parts parts = any_parts(i % 5u == 0u ? OTHER : UDP, 64, i % 2u == 0u);
        parts.is_fragment = true;
        parts.fragment = i % 4u < 2u ? 0u : 8u * i;
        parts.has_more = i % 4u != 2u || parts.fragment == 0u;
        parts.identification = 0x1234u + i;
        put_frame(&parts, i % 2u == 0u);
        assert_becomes(&parts, i % 2u == 0u);
    }
    for (uint32_t i = 0; i < 4u; i++) { /* as large as an offset can be, and larger */
        struct parts parts = any_parts(OTHER, 64, i % 2u == 0u);
        parts.is_fragment = true;
        parts.fragment = i < 2u ? 65528u - 64u : 65528u;
        put_frame(&parts, i % 2u == 0u);
        if (i < 2u) {
            assert_becomes(&parts, i % 2u == 0u);
        } else {
            assert_dropped(i % 2u == 0u, V6NF_SIIT_MALFORMED);
        }
    }
    /* A header that is longer than its packet. */
    struct parts longer = any_parts(OTHER, 64, false);
    longer.is_fragment = true;
    longer.fragment = 8;
    put_frame(&longer, false);
    frame[OFFSET] = 0x46; /* its option is the end of options */
    frame[OFFSET + 20] = 0;
    v6nf_store16(frame + OFFSET + 2, 20);
    v6nf_store16(frame + OFFSET + 10, 0);
    v6nf_store16(frame + OFFSET + 10, (uint16_t)~reference_sum(frame + OFFSET, 24, 0));
    memcpy(before, frame, sizeof before);
    assert_dropped(false, V6NF_SIIT_MALFORMED);
    /* The low 16 bits of an Identification; an atomic fragment, also of ICMP. */
    struct parts parts = any_parts(ICMP, 16, true);
    ((uint8_t *)(uintptr_t)parts.upper)[0] = 128;
    parts.is_fragment = true;
    parts.identification = 0xABCD1234u;
    put_frame(&parts, true);
    ((uint8_t *)(uintptr_t)parts.upper)[0] = 8;
    assert_becomes(&parts, true);
}

static void large_packets_have_df(void **state)
{
    (void)state;
    for (uint32_t length = 1239; length <= 1242u; length++) {
        struct parts parts = any_parts(UDP, length, true);
        put_frame(&parts, true);
        assert_becomes(&parts, true);
        assert_int_equal(frame[OFFSET + 6] >> 6, 20u + length > 1260u);
    }
    struct parts parts = any_parts(UDP, 1460, false);
    parts.has_df = true;
    put_frame(&parts, false);
    assert_becomes(&parts, false);
}

static void back_and_forth_is_the_identity(void **state)
{
    (void)state;
    for (uint32_t length = 20; length < 1240u; length += 61u) {
        struct parts parts = any_parts(TCP, length, true);
        put_frame(&parts, true);
        assert_int_equal(translate(true), V6NF_SIIT_TRANSLATED);
        size = outcome.length;
        memcpy(siit.config.pool, host4, 4); /* the way back leads to the other host */
        siit.pool_mask = UINT32_MAX;
        assert_int_equal(translate(false), V6NF_SIIT_TRANSLATED);
        (void)set_up(NULL);
        before[OFFSET + 7] = (uint8_t)(before[OFFSET + 7] - 2u);
        assert_int_equal(outcome.length, OFFSET + 40u + length);
        assert_memory_equal(frame, before, outcome.length);
    }
}

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

/* The table of RFC 6052, 2.4. */
static void addresses_are_those_of_rfc_6052(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        uint32_t length;
        const char *address;
    } rows[] = {
        {"2001:db8::", 32, "2001:db8:c000:221::"},
        {"2001:db8:100::", 40, "2001:db8:1c0:2:21::"},
        {"2001:db8:122::", 48, "2001:db8:122:c000:2:2100::"},
        {"2001:db8:122:300::", 56, "2001:db8:122:3c0:0:221::"},
        {"2001:db8:122:344::", 64, "2001:db8:122:344:c0:2:2100::"},
        {"2001:db8:122:344::", 96, "2001:db8:122:344::192.0.2.33"},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct v6nf_address expected;
        uint8_t ipv6[16];
        uint8_t ipv4[4];
        assert_true(v6nf_address_parse(&config.prefix, rows[i].prefix));
        assert_true(v6nf_address_parse(&expected, rows[i].address));
        config.prefix_length = rows[i].length;
        init();
        assert_true(v6nf_siit_map_ipv4(&siit, ipv6, host4));
        assert_memory_equal(ipv6, expected.bytes, 16);
        assert_true(v6nf_siit_map_ipv6(&siit, ipv4, ipv6));
        assert_memory_equal(ipv4, host4, 4);
        for (uint32_t bit = 0; bit < 128u; bit++) { /* each bit counts */
            ipv6[bit / 8u] ^= (uint8_t)(0x80u >> bit % 8u);
            if (v6nf_siit_map_ipv6(&siit, ipv4, ipv6)) {
                assert_memory_not_equal(ipv4, host4, 4);
            }
            ipv6[bit / 8u] ^= (uint8_t)(0x80u >> bit % 8u);
        }
        ipv6[8] = 1;
        assert_false(v6nf_siit_map_ipv6(&siit, ipv4, ipv6));
    }
}

static void pairs_precede_the_prefix(void **state)
{
    (void)state;
    uint8_t ipv6[16];
    uint8_t ipv4[4];
    for (uint32_t i = 0; i < 2u; i++) {
        assert_true(v6nf_siit_map_ipv4(&siit, ipv6, pairs[i].ipv4));
        assert_memory_equal(ipv6, pairs[i].ipv6.bytes, 16);
        assert_true(v6nf_siit_map_ipv6(&siit, ipv4, ipv6));
        assert_memory_equal(ipv4, pairs[i].ipv4, 4);
        assert_true(v6nf_siit_is_inside(&siit, ipv4));
        memcpy(ipv6, config.prefix.bytes, 16);
        memcpy(ipv6 + 12, pairs[i].ipv4, 4);
        assert_false(v6nf_siit_map_ipv6(&siit, ipv4, ipv6)); /* it has another address */
    }
    assert_false(v6nf_siit_is_inside(&siit, host4));
    assert_true(v6nf_siit_is_inside(&siit, host6));
}

static void configurations_are_checked(void **state)
{
    static const uint8_t secret[V6NF_SIIT_SECRET_SIZE] = {0};
    (void)state;
    for (uint32_t i = 0; i < 16u; i++) {
        (void)set_up(NULL);
        config.prefix_length = i == 0u ? 33u : i == 1u ? 72u : i == 2u ? 24u : i == 3u ? 32u : config.prefix_length;
        config.prefix.bytes[8] = i == 4u ? 1u : 0u;
        config.prefix.bytes[0] = i == 5u ? 0xFFu : config.prefix.bytes[0];
        config.prefix.bytes[15] = i == 6u ? 1u : 0u;
        config.pool_length = i == 7u ? 33u : i == 8u ? 16u : 24u;
        config.pool[3] = i == 9u ? 1u : 0u;
        config.pairs_count = i == 10u ? V6NF_SIIT_PAIRS_MAX + 1u : 2u;
        config.mtu6 = i == 11u ? 1279u : i == 12u ? 65536u : 1500u;
        config.mtu4 = i == 13u ? 1259u : 1500u;
        config.lowest_mtu6 = i == 14u ? 1501u : 1280u;
        config.router[0] = i == 15u ? 0u : 192u;
        assert_false(i != 8u && v6nf_siit_init(&siit, &config, secret));
        if (i != 8u) {
            struct parts parts = any_parts(UDP, 20, true);
            (void)set_up(NULL);
            put_frame(&parts, true);
            siit.is_ready = false;
            assert_dropped(true, V6NF_SIIT_MALFORMED);
        }
    }
}

static void illegal_addresses_are_dropped(void **state)
{
    static const uint8_t illegal[][4] = {{0, 0, 0, 1}, {127, 0, 0, 1}, {224, 0, 0, 1}, {255, 255, 255, 255}};
    (void)state;
    config.pool_length = 0;
    memset(config.pool, 0, 4);
    init();
    for (uint32_t i = 0; i < 16u; i++) {
        struct parts parts = any_parts(UDP, 20, i % 2u == 0u);
        if (i / 2u % 2u == 0u) {
            parts.source = illegal[i / 4u];
        } else {
            parts.destination = illegal[i / 4u];
        }
        put_frame(&parts, i % 2u == 0u);
        assert_dropped(i % 2u == 0u, V6NF_SIIT_ILLEGAL_ADDRESS);
    }
    struct parts parts = any_parts(UDP, 20, true);
    put_frame(&parts, true);
    memset(frame + OFFSET + 8, 0, 16);
    memcpy(before, frame, sizeof before);
    assert_dropped(true, V6NF_SIIT_ILLEGAL_ADDRESS);
    frame[OFFSET + 8] = 0xFE;
    frame[OFFSET + 9] = 0x80;
    memcpy(before, frame, sizeof before);
    assert_dropped(true, V6NF_SIIT_ILLEGAL_ADDRESS);
}

static void other_addresses_are_not_translated(void **state)
{
    static const uint8_t private4[4] = {10, 1, 2, 3};
    static const uint8_t global4[4] = {8, 8, 8, 8};
    (void)state;
    struct parts parts = any_parts(UDP, 20, true);
    put_frame(&parts, true);
    frame[OFFSET + 24] = 0x30;
    memcpy(before, frame, sizeof before);
    assert_int_equal(translate(true), V6NF_SIIT_OTHER);
    parts.source = host4; /* not of an IPv6 host */
    put_frame(&parts, true);
    assert_refused(true, V6NF_SIIT_NO_ADDRESS, 1, 5, 0);
    parts = any_parts(UDP, 20, false);
    parts.destination = host4;
    put_frame(&parts, false);
    assert_int_equal(translate(false), V6NF_SIIT_OTHER);
    /* No private addresses in the well-known prefix. */
    assert_true(v6nf_address_parse(&config.prefix, "64:ff9b::"));
    memcpy(config.pool, global4, 4);
    config.pool_length = 32;
    init();
    parts = any_parts(UDP, 20, false);
    parts.destination = global4;
    parts.source = global4;
    put_frame(&parts, false);
    assert_becomes(&parts, false);
    memcpy(frame + OFFSET + 16, global4, 4);
    put_frame(&parts, false);
    memcpy(frame + OFFSET + 12, private4, 4);
    v6nf_store16(frame + OFFSET + 10, 0);
    v6nf_store16(frame + OFFSET + 10, (uint16_t)~reference_sum(frame + OFFSET, 20, 0));
    memcpy(before, frame, sizeof before);
    assert_dropped(false, V6NF_SIIT_NO_ADDRESS);
}

/* -- Headers ------------------------------------------------------------------------------------------------------- */

static void expired_packets_are_refused(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8u; i++) {
        const bool is_ipv6 = i % 2u == 0u;
        struct parts parts = any_parts(UDP, 20, is_ipv6);
        config.keeps_hop_limit = i >= 6u;
        init();
        parts.hop_limit = (uint8_t)(i / 2u);
        put_frame(&parts, is_ipv6);
        if (i < 4u) {
            assert_refused(is_ipv6, V6NF_SIIT_EXPIRED, is_ipv6 ? 3 : 11, 0, 0);
        } else {
            parts.hop_limit = (uint8_t)(parts.hop_limit + (i >= 6u ? 1u : 0u));
            assert_becomes(&parts, is_ipv6);
        }
    }
}

static void traffic_class_can_be_cleared(void **state)
{
    (void)state;
    config.clears_traffic_class = true;
    init();
    for (uint32_t i = 0; i < 2u; i++) {
        struct parts parts = any_parts(UDP, 20, i == 0u);
        put_frame(&parts, i == 0u);
        parts.traffic_class = 0;
        assert_becomes(&parts, i == 0u);
    }
}

static void packets_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct parts parts = any_parts(UDP, 1241, false);
    put_frame(&parts, false);
    assert_refused(false, V6NF_SIIT_TOO_BIG, 3, 4, 1260);
    parts.has_df = true;
    put_frame(&parts, false);
    assert_becomes(&parts, false);
    parts = any_parts(UDP, 1461, false);
    parts.has_df = true;
    put_frame(&parts, false);
    assert_refused(false, V6NF_SIIT_TOO_BIG, 3, 4, 1480);
    parts = any_parts(UDP, 1240, false);
    parts.is_fragment = true;
    parts.has_more = true;
    put_frame(&parts, false);
    assert_refused(false, V6NF_SIIT_TOO_BIG, 3, 4, 1252);
    config.mtu4 = 1400;
    init();
    parts = any_parts(UDP, 1381, true);
    put_frame(&parts, true);
    assert_refused(true, V6NF_SIIT_TOO_BIG, 2, 0, 1420);
    parts = any_parts(UDP, 100, false);
    for (uint32_t more = 0; more <= 21u; more++) {
        put_frame(&parts, false);
        const enum v6nf_siit_result result = translate_within(false, size + more);
        assert_int_equal(result, more < 20u ? V6NF_SIIT_DROPPED : V6NF_SIIT_TRANSLATED);
        assert_true(more >= 20u || outcome.reason == V6NF_SIIT_NO_CAPACITY);
    }
}

/* Insert `count` bytes of headers after an IPv6 or IPv4 header. */
static void insert(const uint8_t *bytes, uint32_t count, bool is_ipv6)
{
    uint8_t *packet = frame + OFFSET;
    const uint32_t at = is_ipv6 ? 40u : 20u;
    memmove(packet + at + count, packet + at, size - OFFSET - at);
    memcpy(packet + at, bytes, count);
    size += count;
    if (is_ipv6) {
        v6nf_store16(packet + 4, (uint16_t)(v6nf_load16(packet + 4) + count));
    } else {
        packet[0] = (uint8_t)(0x45u + count / 4u);
        v6nf_store16(packet + 2, (uint16_t)(v6nf_load16(packet + 2) + count));
        v6nf_store16(packet + 10, 0);
        v6nf_store16(packet + 10, (uint16_t)~reference_sum(packet, at + count, 0));
    }
    memcpy(before, frame, sizeof before);
}

static void extension_headers_are_skipped(void **state)
{
    (void)state;
    static const uint8_t headers[] = {0, 43, 60};
    struct parts parts = any_parts(UDP, 40, true);
    for (uint32_t i = 0; i < 3u; i++) {
        const uint8_t bytes[16] = {UDP, 1, i == 1u ? 4u : 1u, i == 1u ? 0u : 4u};
        put_frame(&parts, true);
        frame[OFFSET + 6] = headers[i];
        insert(bytes, 16, true);
        assert_becomes(&parts, true);
    }
    for (uint32_t i = 0; i < 2u; i++) { /* segments left, also behind options */
        const uint8_t bytes[16] = {43, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 4, 1};
        put_frame(&parts, true);
        frame[OFFSET + 6] = i == 0u ? 43u : 60u;
        insert(bytes + 8u * (1u - i), 8u + 8u * i, true);
        assert_refused(true, V6NF_SIIT_UNSUPPORTED, 4, 0, 43u + 8u * i);
    }
    static const uint8_t others[] = {51, 135, 139, 140};
    for (uint32_t i = 0; i < 4u; i++) {
        const uint8_t bytes[16] = {UDP, i == 0u ? 2u : 1u};
        put_frame(&parts, true);
        frame[OFFSET + 6] = others[i];
        insert(bytes, 16, true);
        assert_refused(true, V6NF_SIIT_UNSUPPORTED, 1, 1, 0);
    }
    /* A header behind the Fragment header, of a first and of a later fragment. */
    for (uint32_t i = 0; i < 2u; i++) {
        const uint8_t bytes[16] = {60, 0, 0, i == 0u ? 1u : 9u, 0, 0, 0, 1, UDP, 0, 1, 4};
        put_frame(&parts, true);
        frame[OFFSET + 6] = 44;
        insert(bytes, 16, true);
        assert_refused(true, V6NF_SIIT_UNSUPPORTED, 1, 1, 0);
    }
}

static void options_are_ignored(void **state)
{
    (void)state;
    static const uint8_t options[][8] = {
        {1, 1, 1, 0, 77, 0, 0, 0},  {7, 7, 4, 1, 1, 1, 1, 0},     {131, 7, 8, 1, 1, 1, 1, 0}, {68, 8, 5, 0, 0, 0, 0, 0},
        {131, 7, 4, 1, 1, 1, 1, 0}, {1, 137, 7, 4, 1, 1, 1, 1},   {131, 7, 7, 1, 1, 1, 1, 0}, {68, 1, 0, 0, 0, 0, 0, 0},
        {68, 9, 0, 0, 0, 0, 0, 0},  {131, 2, 131, 2, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 68}};
    struct parts parts = any_parts(UDP, 40, false);
    for (uint32_t i = 0; i < sizeof options / sizeof *options; i++) {
        put_frame(&parts, false);
        insert(options[i], 8, false);
        if (i < 4u) {
            assert_becomes(&parts, false);
        } else if (i < 7u) {
            assert_refused(false, V6NF_SIIT_SOURCE_ROUTE, 3, 5, 0);
        } else {
            assert_dropped(false, V6NF_SIIT_MALFORMED);
        }
    }
}

static void unsupported_protocols_are_refused(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {0, 43, 44, 51, 60, 135, 139, 140, 2, 58};
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        struct parts parts = any_parts(OTHER, 40, false);
        put_frame(&parts, false);
        frame[OFFSET + 9] = protocols[i];
        v6nf_store16(frame + OFFSET + 10, 0);
        v6nf_store16(frame + OFFSET + 10, (uint16_t)~reference_sum(frame + OFFSET, 20, 0));
        memcpy(before, frame, sizeof before);
        if (i < 8u) {
            assert_refused(false, V6NF_SIIT_UNSUPPORTED, 3, 13, 0);
        } else {
            assert_dropped(false, V6NF_SIIT_UNSUPPORTED);
        }
    }
    for (uint8_t protocol = 1; protocol <= 2u; protocol++) {
        struct parts parts = any_parts(OTHER, 40, true);
        put_frame(&parts, true);
        frame[OFFSET + 6] = protocol;
        memcpy(before, frame, sizeof before);
        assert_dropped(true, V6NF_SIIT_UNSUPPORTED);
    }
}

/* A wrong header checksum is detected; a wrong checksum of an upper layer remains wrong. */
static void wrong_checksums_do_not_become_right(void **state)
{
    (void)state;
    struct parts parts = any_parts(UDP, 40, false);
    put_frame(&parts, false);
    frame[OFFSET + 8]++;
    memcpy(before, frame, sizeof before);
    assert_dropped(false, V6NF_SIIT_MALFORMED);
    for (uint32_t i = 0; i < 2u; i++) {
        const uint32_t upper = OFFSET + (i == 0u ? 20u : 40u);
        parts = any_parts(UDP, 40, i == 0u);
        put_frame(&parts, i == 0u);
        frame[OFFSET + (i == 0u ? 40u : 20u) + 20u]++;
        assert_int_equal(translate(i == 0u), V6NF_SIIT_TRANSLATED);
        frame[upper + 20u]--;
        size = outcome.length;
        memcpy(before, frame, size);
        put_frame(&parts, i != 0u);
        assert_memory_equal(frame + upper, before + upper, 40);
    }
}

static void datagrams_without_checksum_get_one(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        struct parts parts = any_parts(UDP, 40, false);
        config.computes_udp_checksum = i != 1u;
        init();
        parts.is_fragment = i == 2u;
        parts.has_more = i == 2u;
        put_frame(&parts, false);
        v6nf_store16(frame + OFFSET + 26, 0);
        if (i == 3u) {
            v6nf_store16(frame + OFFSET + 24, 39);
        }
        memcpy(before, frame, sizeof before);
        if (i == 0u) {
            assert_becomes(&parts, false);
        } else {
            assert_refused(false, V6NF_SIIT_NO_CHECKSUM, 3, 13, 0);
        }
    }
}

/* A checksum of 0 is written as 0xFFFF. */
static void computed_checksums_are_not_zero(void **state)
{
    (void)state;
    struct parts parts = any_parts(UDP, 40, false);
    uint8_t *upper = (uint8_t *)(uintptr_t)parts.upper;
    uint8_t packet[CAPACITY];
    v6nf_store16(upper + 20, 0);
    (void)put6(packet, &parts);
    v6nf_store16(upper + 20, v6nf_load16(packet + 46));
    put_frame(&parts, false);
    v6nf_store16(frame + OFFSET + 26, 0);
    memcpy(before, frame, sizeof before);
    assert_becomes(&parts, false);
    assert_int_equal(v6nf_load16(frame + OFFSET + 46), 0xFFFF);
}

/* -- ICMP ---------------------------------------------------------------------------------------------------------- */

#define NONE 255u

/* Write an ICMP message with a quoted packet into `upper`. Return its bytes. */
static uint32_t put_error(uint8_t *upper, uint8_t type, uint8_t code, uint32_t parameter, const struct parts *quoted,
                          bool is_ipv6)
{
    memset(upper, 0, 8);
    upper[0] = type;
    upper[1] = code;
    v6nf_store32(upper + 4, parameter);
    return 8u + (is_ipv6 ? put6(upper + 8, quoted) : put4(upper + 8, quoted));
}

/* Translate an error that quotes a packet of the other direction, and compare all of it. */
static void check_error(const uint8_t *from, const uint8_t *to, uint32_t from_parameter, uint32_t to_parameter,
                        struct parts *quoted, bool is_ipv6)
{
    uint8_t upper[CAPACITY];
    struct parts parts = any_parts(ICMP, 0, is_ipv6);
    parts.upper = upper;
    parts.length = put_error(upper, from[0], from[1], from_parameter, quoted, is_ipv6);
    parts.present = parts.length;
    put_frame(&parts, is_ipv6);
    if (to[0] == NONE) {
        assert_dropped(is_ipv6, V6NF_SIIT_ICMP_UNSUPPORTED);
        return;
    }
    parts.length = put_error(upper, to[0], to[1], to_parameter, quoted, !is_ipv6);
    parts.present = parts.length;
    assert_becomes(&parts, is_ipv6);
}

/* Every type and code of ICMPv6: those of the table have a counterpart, no other has (RFC 7915, 5.2). */
static void icmpv6_messages_are_mapped(void **state)
{
    static const uint8_t rows[][4] = {{1, 0, 3, 1},  {1, 1, 3, 10}, {1, 2, 3, 1},   {1, 3, 3, 1},
                                      {1, 4, 3, 3},  {2, 0, 3, 4},  {3, 0, 11, 0},  {3, 1, 11, 1},
                                      {4, 0, 12, 0}, {4, 1, 3, 2},  {128, 0, 8, 0}, {129, 0, 0, 0}};
    (void)state;
    for (uint32_t i = 0; i < 256u * 8u; i++) {
        const uint8_t from[2] = {(uint8_t)(i / 8u), (uint8_t)(i % 8u)};
        uint8_t to[2] = {NONE, 0};
        for (uint32_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            if (from[0] == rows[row][0] && from[1] == rows[row][1]) {
                memcpy(to, rows[row] + 2, 2);
            }
        }
        if (from[1] != 0u && (from[0] == 2u || from[0] >= 128u)) {
            continue; /* the code is not looked at */
        }
        struct parts quoted = any_parts(UDP, 50, false);
        const bool is_echo = from[0] == 128u || from[0] == 129u;
        const uint32_t parameter = from[0] == 2u ? 1400u : is_echo ? 0x12345678u : 0u;
        struct parts echo = any_parts(ICMP, 40, true);
        if (is_echo) {
            ((uint8_t *)(uintptr_t)echo.upper)[0] = from[0];
            ((uint8_t *)(uintptr_t)echo.upper)[1] = 0;
            put_frame(&echo, true);
            ((uint8_t *)(uintptr_t)echo.upper)[0] = to[0];
            assert_becomes(&echo, true);
        } else {
            check_error(from, to, parameter, from[0] == 2u ? 1380u : 0u, &quoted, true);
        }
    }
}

/* Every type and code of ICMP (RFC 7915, 4.2). */
static void icmp_messages_are_mapped(void **state)
{
    static const uint8_t rows[][4] = {{3, 0, 1, 0},  {3, 1, 1, 0},  {3, 2, 4, 1},  {3, 3, 1, 4},  {3, 4, 2, 0},
                                      {3, 5, 1, 0},  {3, 6, 1, 0},  {3, 7, 1, 0},  {3, 8, 1, 0},  {3, 9, 1, 1},
                                      {3, 10, 1, 1}, {3, 11, 1, 0}, {3, 12, 1, 0}, {3, 13, 1, 1}, {3, 15, 1, 1},
                                      {11, 0, 3, 0}, {11, 1, 3, 1}, {12, 0, 4, 0}, {12, 2, 4, 0}};
    (void)state;
    for (uint32_t i = 0; i < 256u * 17u; i++) {
        const uint8_t from[2] = {(uint8_t)(i / 17u), (uint8_t)(i % 17u)};
        uint8_t to[2] = {NONE, 0};
        for (uint32_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            if (from[0] == rows[row][0] && from[1] == rows[row][1]) {
                memcpy(to, rows[row] + 2, 2);
            }
        }
        if (from[0] == 0u || from[0] == 8u) {
            continue; /* Echo: the first test has it */
        }
        struct parts quoted = any_parts(TCP, 50, true);
        const bool is_too_big = to[0] == 2u;
        check_error(from, to, is_too_big ? 1400u : 0u,
                    is_too_big                     ? 1420u
                    : from[1] == 2u && to[1] == 1u ? 6u
                                                   : 0u,
                    &quoted, false);
    }
}

static void pointers_are_mapped(void **state)
{
    (void)state;
    for (uint32_t pointer = 0; pointer < 64u; pointer++) {
        static const uint8_t of6[] = {0, 1, NONE, NONE, 2, 2, 9, 8};
        static const uint8_t of4[] = {0, 1, 4, 4, NONE, NONE, NONE, NONE, 7, 6, NONE, NONE};
        const uint8_t problem[2][2] = {{4, 0}, {12, 0}};
        const uint8_t none[2] = {NONE, 0};
        struct parts quoted = any_parts(UDP, 50, false);
        uint8_t to = pointer < 8u ? of6[pointer] : pointer < 24u ? 12u : pointer < 40u ? 16u : NONE;
        check_error(problem[0], to == NONE ? none : problem[1], pointer, (uint32_t)to << 24, &quoted, true);
        quoted = any_parts(UDP, 50, true);
        to = pointer < 12u ? of4[pointer] : pointer < 16u ? 8u : pointer < 20u ? 24u : NONE;
        check_error(problem[1], to == NONE ? none : problem[0], pointer << 24, to, &quoted, false);
    }
}

static void mtus_are_adjusted(void **state)
{
    static const uint8_t too_big[2][2] = {{2, 0}, {3, 4}};
    static const uint32_t of6[][2] = {{1500, 1480}, {9000, 1480},       {1280, 1260},
                                      {100, 1260},  {UINT32_MAX, 1480}, {0, 1260}};
    static const uint32_t of4[][2] = {{1400, 1420}, {9000, 1500}, {1260, 1280}, {1259, 1280}, {68, 1280}, {1480, 1500}};
    (void)state;
    for (uint32_t i = 0; i < 6u; i++) {
        struct parts quoted = any_parts(UDP, 50, false);
        check_error(too_big[0], too_big[1], of6[i][0], of6[i][1], &quoted, true);
        quoted = any_parts(UDP, 50, true);
        check_error(too_big[1], too_big[0], of4[i][0], of4[i][1], &quoted, false);
    }
    /* A router without RFC 1191: the plateau below the length of the packet. */
    static const uint32_t plateaus[][2] = {{1492, 1280}, {1493, 1512}, {2002, 1512},
                                           {2003, 2022}, {4353, 4372}, {60, 1280}};
    config.mtu6 = 9000;
    config.mtu4 = 9000;
    init();
    for (uint32_t i = 0; i < 6u; i++) {
        struct parts quoted = any_parts(OTHER, plateaus[i][0] - 20u, true);
        quoted.present = 40;
        check_error(too_big[1], too_big[0], 0, plateaus[i][1], &quoted, false);
    }
}

/* Of any kind: other protocols, Echo, fragments, few bytes of a packet. */
static void quoted_packets_are_translated(void **state)
{
    static const uint8_t unreachable[2][2] = {{1, 4}, {3, 3}};
    static const uint8_t protocols[] = {UDP, TCP, V6NF_CHAIN_DCCP, OTHER, ICMP};
    (void)state;
    for (uint32_t i = 0; i < 100u; i++) {
        const bool is_ipv6 = i % 2u == 0u;
        const uint8_t protocol = protocols[i / 2u % 5u];
        struct parts quoted = any_parts(protocol, 1000, !is_ipv6);
        quoted.hop_limit = (uint8_t)i;
        quoted.present = 20u + 10u * (i / 10u);
        quoted.is_fragment = protocol != ICMP && i / 10u % 3u == 1u;
        quoted.has_more = quoted.is_fragment;
        quoted.identification = quoted.is_fragment ? i : 0u;
        quoted.fragment = quoted.is_fragment && i / 10u % 2u == 0u ? 80u : 0u;
        if (protocol != ICMP) {
            check_error(unreachable[is_ipv6 ? 0 : 1], unreachable[is_ipv6 ? 1 : 0], 0, 0, &quoted, is_ipv6);
            continue;
        }
        uint8_t upper[CAPACITY];
        struct parts parts = any_parts(ICMP, 0, is_ipv6);
        uint8_t *echo = (uint8_t *)(uintptr_t)quoted.upper;
        parts.upper = upper;
        echo[0] = is_ipv6 ? 128u : 8u;
        parts.length = put_error(upper, is_ipv6 ? 1 : 3, is_ipv6 ? 4 : 3, 0, &quoted, is_ipv6);
        parts.present = parts.length;
        put_frame(&parts, is_ipv6);
        echo[0] = is_ipv6 ? 8u : 128u;
        parts.length = put_error(upper, is_ipv6 ? 3 : 1, is_ipv6 ? 3 : 4, 0, &quoted, !is_ipv6);
        parts.present = parts.length;
        assert_becomes(&parts, is_ipv6);
    }
}

/* Write an error about a UDP packet. */
static void put_error_frame(bool is_ipv6, struct parts *quoted)
{
    static uint8_t upper[CAPACITY];
    struct parts parts = any_parts(ICMP, 0, is_ipv6);
    parts.upper = upper;
    parts.length = put_error(upper, is_ipv6 ? 1 : 3, is_ipv6 ? 4 : 3, 0, quoted, is_ipv6);
    parts.present = parts.length;
    put_frame(&parts, is_ipv6);
}

/* Write the checksum of the ICMP message of the frame again. */
static void mend(bool is_ipv6)
{
    uint8_t *packet = frame + OFFSET;
    uint8_t *upper = packet + (is_ipv6 ? 40 : 20);
    const uint32_t length = size - OFFSET - (is_ipv6 ? 40u : 20u);
    v6nf_store16(upper + 2, 0);
    v6nf_store16(upper + 2, (uint16_t) ~(is_ipv6 ? reference_upper_sum(packet, ICMP6, upper, length)
                                                 : reference_sum(upper, length, 0)));
    memcpy(before, frame, sizeof before);
}

static void errors_are_translated_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        const bool is_ipv6 = i == 0u;
        const uint32_t quote = OFFSET + (is_ipv6 ? 48u : 28u);
        const uint32_t upper = quote + (is_ipv6 ? 40u : 20u);
        struct parts quoted = any_parts(UDP, 60, !is_ipv6);
        put_error_frame(is_ipv6, &quoted); /* a wrong checksum */
        frame[size - 1u]++;
        memcpy(before, frame, sizeof before);
        assert_dropped(is_ipv6, V6NF_SIIT_MALFORMED);
        quoted = any_parts(ICMP, 60, !is_ipv6); /* an error about an error */
        ((uint8_t *)(uintptr_t)quoted.upper)[0] = is_ipv6 ? 1u : 3u;
        ((uint8_t *)(uintptr_t)quoted.upper)[1] = 1;
        put_error_frame(is_ipv6, &quoted);
        assert_int_equal(translate(is_ipv6), V6NF_SIIT_DROPPED);
        quoted = any_parts(ICMP, 60, !is_ipv6); /* Echo, of which too little is quoted */
        ((uint8_t *)(uintptr_t)quoted.upper)[0] = is_ipv6 ? 128u : 8u;
        for (quoted.present = 4; quoted.present < 8u; quoted.present++) {
            put_error_frame(is_ipv6, &quoted);
            assert_dropped(is_ipv6, V6NF_SIIT_MALFORMED);
        }
        if (!is_ipv6) { /* options that are not quoted */
            quoted = any_parts(UDP, 60, true);
            quoted.present = 8;
            put_error_frame(false, &quoted);
            frame[quote] = 0x4F;
            mend(false);
            assert_dropped(false, V6NF_SIIT_MALFORMED);
        }
        quoted = any_parts(ICMP, 64, !is_ipv6); /* a fragment of ICMP */
        quoted.is_fragment = true;
        quoted.has_more = true;
        put_error_frame(is_ipv6, &quoted);
        assert_dropped(is_ipv6, V6NF_SIIT_UNSUPPORTED);
        quoted = any_parts(UDP, 60, !is_ipv6); /* not about a packet of the destination */
        quoted.source = is_ipv6 ? host6 : host4;
        put_error_frame(is_ipv6, &quoted);
        assert_dropped(is_ipv6, V6NF_SIIT_MALFORMED);
        quoted = any_parts(UDP, 60, !is_ipv6); /* no datagram of the other protocol's ICMP, no header */
        put_error_frame(is_ipv6, &quoted);
        frame[quote + (is_ipv6 ? 6u : 9u)] = is_ipv6 ? 1u : 58u;
        mend(is_ipv6);
        assert_dropped(is_ipv6, V6NF_SIIT_UNSUPPORTED);
        for (uint32_t cut = OFFSET + (is_ipv6 ? 40u : 20u); cut < upper; cut++) {
            put_error_frame(is_ipv6, &quoted);
            size = cut;
            v6nf_store16(frame + OFFSET + (is_ipv6 ? 4 : 2), (uint16_t)(cut - OFFSET - (is_ipv6 ? 40u : 0u)));
            if (!is_ipv6) {
                v6nf_store16(frame + OFFSET + 10, 0);
                v6nf_store16(frame + OFFSET + 10, (uint16_t)~reference_sum(frame + OFFSET, 20, 0));
            }
            if (cut >= OFFSET + (is_ipv6 ? 48u : 28u)) {
                mend(is_ipv6);
            }
            memcpy(before, frame, sizeof before);
            assert_dropped(is_ipv6, V6NF_SIIT_MALFORMED);
        }
    }
}

/* Extensions and padding behind the quoted packet are removed. */
static void extensions_are_removed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        const bool is_ipv6 = i == 0u;
        static uint8_t upper[CAPACITY];
        struct parts quoted = any_parts(UDP, 160, !is_ipv6);
        struct parts parts = any_parts(ICMP, 0, is_ipv6);
        quoted.present = is_ipv6 ? 88u : 108u; /* of 128 bytes */
        parts.upper = upper;
        parts.length = 20u + put_error(upper, is_ipv6 ? 3 : 11, 0, is_ipv6 ? 16u << 24 : 32u << 16, &quoted, is_ipv6);
        random_fill(upper + parts.length - 20u, 20);
        parts.present = parts.length;
        put_frame(&parts, is_ipv6);
        parts.length = put_error(upper, is_ipv6 ? 11 : 3, 0, 0, &quoted, !is_ipv6);
        parts.present = parts.length;
        assert_becomes(&parts, is_ipv6);
    }
}

static void long_errors_are_cut(void **state)
{
    (void)state;
    static uint8_t upper[CAPACITY];
    struct parts quoted = any_parts(UDP, 1400, true);
    struct parts parts = any_parts(ICMP, 0, false);
    parts.upper = upper;
    parts.length = put_error(upper, 11, 0, 0, &quoted, false);
    parts.present = parts.length;
    put_frame(&parts, false);
    quoted.present = 1280u - 88u;
    parts.length = put_error(upper, 3, 0, 0, &quoted, true);
    parts.present = parts.length;
    assert_becomes(&parts, false);
    assert_int_equal(outcome.length, OFFSET + 1280u);
}

/* Routers without an IPv4 address (RFC 6791), and with an illegal one (RFC 7915, 4.1). */
static void errors_of_any_router_are_translated(void **state)
{
    (void)state;
    static const uint8_t loopback[4] = {127, 0, 0, 1};
    static uint8_t upper[CAPACITY];
    struct parts quoted = any_parts(UDP, 60, false);
    struct parts parts = any_parts(ICMP, 0, true);
    parts.upper = upper;
    parts.length = put_error(upper, 3, 0, 0, &quoted, true);
    parts.present = parts.length;
    put_frame(&parts, true);
    frame[OFFSET + 8] = 0x30;
    mend(true);
    parts.source = router4;
    parts.length = put_error(upper, 11, 0, 0, &quoted, false);
    parts.present = parts.length;
    assert_becomes(&parts, true);
    quoted = any_parts(UDP, 60, true);
    parts = any_parts(ICMP, 0, false);
    parts.source = loopback;
    parts.upper = upper;
    parts.length = put_error(upper, 11, 0, 0, &quoted, false);
    parts.present = parts.length;
    put_frame(&parts, false);
    parts.length = put_error(upper, 3, 0, 0, &quoted, true);
    parts.present = parts.length;
    assert_becomes(&parts, false);
}

static void fragments_of_icmp_are_dropped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        struct parts parts = any_parts(ICMP, 64, i % 2u == 0u);
        ((uint8_t *)(uintptr_t)parts.upper)[0] = i % 2u == 0u ? 128u : 8u;
        parts.is_fragment = true;
        parts.has_more = i < 2u;
        parts.fragment = i < 2u ? 0u : 64u;
        put_frame(&parts, i % 2u == 0u);
        assert_dropped(i % 2u == 0u, V6NF_SIIT_ICMP_FRAGMENT);
    }
}

/* -- Errors -------------------------------------------------------------------------------------------------------- */

static void errors_are_sent_within_the_limit(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct v6nf_token_bucket_limit limit;
    struct v6nf_token_bucket bucket;
    v6nf_token_bucket_set_limit(&limit, 1, 2);
    v6nf_token_bucket_init(&bucket, &limit, 0);
    for (uint32_t i = 0; i < 3u; i++) {
        struct parts parts = any_parts(UDP, 1000, false);
        parts.hop_limit = 1;
        put_frame(&parts, false);
        assert_int_equal(translate(false), V6NF_SIIT_ERROR);
        const uint32_t length =
            v6nf_siit_error_answer(&siit, &outcome, &bucket, &limit, frame, OFFSET, size, CAPACITY, mac, 0);
        if (i == 2u) {
            assert_int_equal(length, 0);
            assert_memory_equal(frame, before, size);
            break;
        }
        const uint8_t *packet = frame + OFFSET;
        assert_int_equal(length, OFFSET + 576u);
        assert_memory_equal(frame, before + 6, 6);
        assert_memory_equal(frame + 6, mac, 6);
        assert_int_equal(reference_sum(packet, 20, 0), 0xFFFF);
        assert_int_equal(v6nf_load16(packet + 2), 576);
        assert_memory_equal(packet + 12, router4, 4);
        assert_memory_equal(packet + 16, host4, 4);
        assert_int_equal(packet[9], 1);
        assert_int_equal(packet[20], 11);
        assert_int_equal(reference_sum(packet + 20, 556, 0), 0xFFFF);
        assert_memory_equal(packet + 28, before + OFFSET, 548);
    }
}

static void errors_about_some_packets_are_forbidden(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct v6nf_token_bucket_limit limit;
    struct v6nf_token_bucket bucket;
    v6nf_token_bucket_set_limit(&limit, 1000, 1000);
    v6nf_token_bucket_init(&bucket, &limit, 0);
    for (uint32_t i = 0; i < 13u; i++) {
        struct parts parts = any_parts(i == 1u || i == 2u ? ICMP : OTHER, 64, false);
        ((uint8_t *)(uintptr_t)parts.upper)[0] = i == 1u ? 8u : 3u;
        put_frame(&parts, false);
        outcome = (struct v6nf_siit_outcome){.result = i == 3u ? V6NF_SIIT_DROPPED : V6NF_SIIT_ERROR, .type = 3};
        frame[0] |= i == 4u ? 1u : 0u;
        frame[6] |= i == 5u ? 1u : 0u;
        frame[OFFSET + 12] = i == 6u ? 0u : i == 7u ? 127u : 192u;
        frame[OFFSET + 16] = i == 8u ? 255u : 198u;
        frame[OFFSET + 7] = i == 9u ? 8u : 0u;
        frame[OFFSET] = i == 10u ? 0x44u : 0x45u;
        const uint32_t length = i == 11u ? OFFSET + 19u : size;
        const uint32_t capacity = i == 12u ? size + 27u : size + 28u;
        uint8_t *copy = exact_copy(frame, capacity);
        const uint32_t sent =
            v6nf_siit_error_answer(&siit, &outcome, &bucket, &limit, copy, OFFSET, length, capacity, mac, 0);
        free(copy);
        assert_int_equal(sent, i < 2u ? size + 28u : 0u);
    }
}

/* The outcome of an IPv6 packet is what the writer of ICMPv6 errors needs. */
static void icmpv6_errors_are_written(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct parts parts = any_parts(UDP, 100, true);
    parts.hop_limit = 1;
    put_frame(&parts, true);
    assert_refused(true, V6NF_SIIT_EXPIRED, 3, 0, 0);
    const struct v6nf_icmpv6_error error = {.type = outcome.type,
                                            .code = outcome.code,
                                            .hop_limit = 64,
                                            .parameter = outcome.parameter,
                                            .source = pairs[0].ipv6.bytes,
                                            .mac = mac};
    assert_true(v6nf_icmpv6_error_is_permitted(frame, &outcome.chain, error.type, error.code));
    assert_int_equal(v6nf_icmpv6_error_write(&error, frame, CAPACITY, &outcome.chain), size + 48u);
}

static void identifications_differ(void **state)
{
    (void)state;
    static uint8_t seen[65536];
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < 65536u; i++) {
        struct parts parts = any_parts(OTHER, 8, true);
        put_frame(&parts, true);
        assert_int_equal(v6nf_siit_to_ipv4(&siit, &outcome, frame, OFFSET, size), V6NF_SIIT_TRANSLATED);
        const uint16_t identification = v6nf_load16(frame + OFFSET + 4);
        assert_int_equal(seen[identification], 0);
        seen[identification] = 1;
    }
}

/* -- Damage -------------------------------------------------------------------------------------------------------- */

/* Check that a translated frame is one packet of the other protocol with right lengths. */
static void check_translated(bool is_ipv6, uint32_t capacity)
{
    const uint8_t *packet = frame + OFFSET;
    const uint32_t length = outcome.length - OFFSET;
    assert_true(outcome.length <= capacity);
    if (is_ipv6) {
        assert_int_equal(packet[0], 0x45);
        assert_int_equal(v6nf_load16(packet + 2), length);
        assert_int_equal(reference_sum(packet, 20, 0), 0xFFFF);
    } else {
        assert_int_equal(packet[0] >> 4, 6);
        assert_int_equal(40u + v6nf_load16(packet + 4), length);
    }
}

/* Any damage, in memory of exact size: at most `capacity` bytes are written. */
static void damaged_packets_do_no_harm(void **state)
{
    (void)state;
    uint32_t translated = 0;
    for (uint32_t i = 0; i < 200000u; i++) {
        const bool is_ipv6 = i % 2u == 0u;
        struct parts quoted = any_parts(i % 3u == 0u ? ICMP : UDP, 40, i % 4u < 2u ? !is_ipv6 : is_ipv6);
        ((uint8_t *)(uintptr_t)quoted.upper)[0] = is_ipv6 ? 128u : 8u;
        if (i % 8u < 4u) {
            put_error_frame(is_ipv6, &quoted);
        } else {
            quoted = any_parts(i % 3u == 0u ? TCP : UDP, 40, is_ipv6);
            put_frame(&quoted, is_ipv6);
        }
        for (uint32_t n = random_below(4); n > 0u; n--) {
            frame[OFFSET + random_below(size - OFFSET)] = (uint8_t)random_number();
        }
        if (random_below(4) == 0u) {
            size = random_below(size + 1u);
        }
        if (size >= OFFSET + 48u && random_below(2) == 0u) {
            mend(is_ipv6);
            v6nf_store16(frame + OFFSET + 10, is_ipv6 ? v6nf_load16(frame + OFFSET + 10) : 0u);
            if (!is_ipv6) {
                v6nf_store16(frame + OFFSET + 10, (uint16_t)~reference_sum(frame + OFFSET, 20, 0));
            }
        }
        memcpy(before, frame, sizeof before);
        const uint32_t capacity = is_ipv6 ? size : size + random_below(64);
        if (translate_within(is_ipv6, capacity) == V6NF_SIIT_TRANSLATED) {
            check_translated(is_ipv6, capacity);
            translated++;
        }
    }
    assert_true(translated > 10000u);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        TEST(packets_are_those_of_the_other_protocol),
        TEST(fragments_remain_fragments),
        TEST(large_packets_have_df),
        TEST(back_and_forth_is_the_identity),
        TEST(addresses_are_those_of_rfc_6052),
        TEST(pairs_precede_the_prefix),
        TEST(configurations_are_checked),
        TEST(illegal_addresses_are_dropped),
        TEST(other_addresses_are_not_translated),
        TEST(expired_packets_are_refused),
        TEST(traffic_class_can_be_cleared),
        TEST(packets_that_do_not_fit_are_refused),
        TEST(extension_headers_are_skipped),
        TEST(options_are_ignored),
        TEST(unsupported_protocols_are_refused),
        TEST(wrong_checksums_do_not_become_right),
        TEST(datagrams_without_checksum_get_one),
        TEST(computed_checksums_are_not_zero),
        TEST(icmpv6_messages_are_mapped),
        TEST(icmp_messages_are_mapped),
        TEST(pointers_are_mapped),
        TEST(mtus_are_adjusted),
        TEST(quoted_packets_are_translated),
        TEST(errors_are_translated_once),
        TEST(extensions_are_removed),
        TEST(long_errors_are_cut),
        TEST(errors_of_any_router_are_translated),
        TEST(fragments_of_icmp_are_dropped),
        TEST(errors_are_sent_within_the_limit),
        TEST(errors_about_some_packets_are_forbidden),
        TEST(icmpv6_errors_are_written),
        TEST(identifications_differ),
        TEST(damaged_packets_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
