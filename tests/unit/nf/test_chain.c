/* test_chain.c: the headers of a packet, for filters: nothing that cannot be read is an upper layer. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/chain.h"
#include "v6nf/wire/icmpv6.h"

#include "../wire/fixture_wire.h"

#define ETHER 14u
#define FIRST (ETHER + V6NF_IPV6_HEADER_SIZE) /* offset of the first header after that of IPv6 */
#define TCP V6NF_CHAIN_TCP
#define UDP V6NF_NEXT_HEADER_UDP
#define HOP V6NF_EXT_HOP_BY_HOP
#define DST V6NF_EXT_DESTINATION
#define RTG V6NF_EXT_ROUTING
#define FRG V6NF_EXT_FRAGMENT
#define AUT V6NF_EXT_AUTHENTICATION
#define ESP V6NF_CHAIN_ESP
#define NONE V6NF_NEXT_HEADER_NONE

static uint8_t frame[4096];
static uint32_t size;
static uint32_t last; /* offset of the last Next Header field */

/* Begin a frame without VLAN tag, with a packet whose first header is `next_header`. */
static void begin(uint8_t next_header)
{
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + 12, V6NF_ETHER_TYPE_IPV6);
    write_header(frame + ETHER, "2001:db8::1", "2001:db8:1::2", next_header, 0);
    size = FIRST;
    last = ETHER + V6NF_IPV6_NEXT_HEADER;
}

/* Append a header of `units` times 8 bytes, whose first bytes are these, and whose Next Header is `next_header`. */
static void append(uint8_t next_header, uint32_t units, uint8_t third, uint8_t fourth)
{
    frame[size] = next_header;
    frame[size + 1u] = (uint8_t)(units - 1u);
    frame[size + 2u] = third;
    frame[size + 3u] = fourth;
    last = size;
    size += 8u * units;
}

/* Append `length` bytes of an upper layer, and set Payload Length. */
static void finish(uint32_t length)
{
    memset(frame + size, 0, length);
    if (length > 12u) {
        frame[size + 12u] = 0x50; /* Data Offset of TCP: 20 bytes */
    }
    size += length;
    v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(size - FIRST));
}

/* Check what holds of any result. */
static void check_chain(const struct v6nf_chain *chain, uint32_t offset, uint32_t end)
{
    assert_true(chain->packet >= offset && chain->packet <= chain->upper && chain->upper <= chain->packet_end);
    assert_true(chain->packet_end <= end);
    if (chain->end != V6NF_CHAIN_UPPER_LAYER) {
        assert_int_equal(chain->upper_layer, NONE);
        assert_int_equal(chain->upper, chain->packet_end);
    } else {
        assert_int_not_equal(chain->upper_layer, NONE);
        assert_true(chain->upper >= chain->packet + V6NF_IPV6_HEADER_SIZE);
    }
    assert_int_equal(chain->fragment != 0u, (chain->headers & V6NF_CHAIN_HAS_FRAGMENT) != 0u);
}

/* Read `length` bytes of the frame, from a copy of exact size. */
static struct v6nf_chain read_frame(uint32_t length)
{
    struct v6nf_chain chain;
    memset(&chain, 0xA5, sizeof chain);
    uint8_t *copy = exact_copy(frame, length);
    const enum v6nf_chain_end end = v6nf_chain_read(&chain, copy, length);
    free(copy);
    assert_int_equal(chain.end, end);
    check_chain(&chain, 0, length);
    return chain;
}

static struct v6nf_chain read_quote(uint32_t length)
{
    struct v6nf_chain chain;
    memset(&chain, 0xA5, sizeof chain);
    uint8_t *copy = exact_copy(frame, length);
    const enum v6nf_chain_end end = v6nf_chain_read_quote(&chain, copy, ETHER, length);
    free(copy);
    assert_int_equal(chain.end, end);
    check_chain(&chain, ETHER, length);
    return chain;
}

/* Protocols, and the bytes of their header that must be in the packet. */
static const struct {
    uint8_t protocol;
    uint8_t bytes;
    uint8_t quoted;
} uppers[] = {{6, 20, 8},  {17, 8, 8},   {136, 8, 8}, {50, 8, 8}, {132, 12, 12}, {33, 12, 12},
              {58, 4, 4},  {41, 40, 40}, {4, 0, 0},   {47, 0, 0}, {89, 0, 0},    {253, 0, 0},
              {254, 0, 0}, {255, 0, 0},  {1, 0, 0},   {2, 0, 0},  {61, 0, 0}};
#define UPPERS (sizeof uppers / sizeof *uppers)

static void upper_layer_is_found_if_its_header_is_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < UPPERS; i++) {
        for (uint32_t length = 0; length <= 44u; length++) {
            begin(uppers[i].protocol);
            finish(length);
            const struct v6nf_chain chain = read_frame(size + 3u);
            const bool is_whole = length >= uppers[i].bytes;
            assert_int_equal(chain.end, is_whole ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_TRUNCATED);
            assert_int_equal(chain.upper_layer, is_whole ? uppers[i].protocol : NONE);
            assert_int_equal(chain.upper, is_whole ? FIRST : size);
            assert_int_equal(chain.packet, ETHER);
            assert_int_equal(chain.packet_end, size);
            assert_int_equal(chain.headers, is_whole && i == 3u ? V6NF_CHAIN_HAS_ESP : 0u);
            const bool is_quoted = length >= uppers[i].quoted;
            assert_int_equal(read_quote(size).end, is_quoted ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_TRUNCATED);
        }
    }
}

/* A value that is no extension header is itself the upper layer, and never another. */
static void unknown_value_is_an_upper_layer_of_its_own(void **state)
{
    (void)state;
    static const uint8_t extensions[] = {HOP, DST, RTG, FRG, AUT, 135, 139, 140};
    for (uint32_t value = 0; value < 256u; value++) {
        begin((uint8_t)value);
        append(UDP, 5, 0, 0); /* what an extension header of that type would announce */
        finish(20);
        const struct v6nf_chain chain = read_frame(size);
        if (memchr(extensions, (int)value, sizeof extensions) != NULL) {
            assert_int_equal(chain.end, V6NF_CHAIN_UPPER_LAYER);
            assert_int_equal(chain.upper_layer, UDP);
            continue;
        }
        assert_int_not_equal(chain.upper_layer, value == UDP ? TCP : UDP);
        if (chain.end == V6NF_CHAIN_UPPER_LAYER) {
            assert_int_equal(chain.upper_layer, value);
            assert_int_equal(chain.upper, FIRST);
        } else {
            assert_true(value == NONE || value == TCP);
        }
    }
}

/* TCP options are part of the header that a first fragment must have (RFC 7112). */
static void tcp_header_ends_in_the_packet(void **state)
{
    (void)state;
    for (uint32_t offset = 0; offset < 16u; offset++) {
        for (uint32_t length = 20; length <= 64u; length++) {
            begin(TCP);
            finish(length);
            frame[FIRST + 12u] = (uint8_t)(offset << 4);
            const enum v6nf_chain_end end = offset < 5u             ? V6NF_CHAIN_MALFORMED
                                            : 4u * offset <= length ? V6NF_CHAIN_UPPER_LAYER
                                                                    : V6NF_CHAIN_TRUNCATED;
            assert_int_equal(read_frame(size).end, end);
        }
    }
}

static void payload_length_ends_the_packet(void **state)
{
    (void)state;
    begin(UDP);
    finish(8);
    for (uint32_t length = 0; length <= sizeof frame - size; length += 7u) {
        const struct v6nf_chain chain = read_frame(size + length); /* padding */
        assert_int_equal(chain.end, V6NF_CHAIN_UPPER_LAYER);
        assert_int_equal(chain.packet_end, size);
    }
    for (uint32_t length = ETHER; length < size; length++) {
        assert_int_equal(read_frame(length).end, V6NF_CHAIN_TRUNCATED);
        /* A quotation may end early, but not in the headers. */
        assert_int_equal(read_quote(length).end, V6NF_CHAIN_TRUNCATED);
    }
    finish(100);
    for (uint32_t length = size - 100u; length < size; length++) {
        assert_int_equal(read_frame(length).end, V6NF_CHAIN_TRUNCATED);
        assert_int_equal(read_quote(length).end, V6NF_CHAIN_UPPER_LAYER);
        assert_int_equal(read_quote(length).packet_end, length);
    }
}

static void version_and_source_are_checked(void **state)
{
    (void)state;
    static const char *const sources[] = {"ff02::1", "::1", "::ffff:192.0.2.1"};
    for (uint32_t version = 0; version < 16u; version++) {
        begin(UDP);
        finish(8);
        frame[ETHER] = (uint8_t)(version << 4);
        assert_int_equal(read_frame(size).end, version == 6u ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_MALFORMED);
    }
    for (uint32_t i = 0; i < 3u; i++) {
        begin(UDP);
        write_header(frame + ETHER, sources[i], "2001:db8:1::2", UDP, 0);
        finish(8);
        assert_int_equal(read_frame(size).end, V6NF_CHAIN_MALFORMED);
        assert_int_equal(read_quote(size).end, V6NF_CHAIN_MALFORMED);
        v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, 1000); /* a quotation that was cut */
        assert_int_equal(read_quote(size).end, V6NF_CHAIN_MALFORMED);
    }
}

/* Insert VLAN tags and SNAP headers before the packet. */
static void insert(const uint8_t *bytes, uint32_t length)
{
    memmove(frame + 12u + length, frame + 12, size - 12u);
    memcpy(frame + 12, bytes, length);
    size += length;
}

static void packet_is_found_behind_tags_and_snap(void **state)
{
    (void)state;
    static const uint8_t customer[] = {0x81, 0x00, 0, 5};
    static const uint8_t service[] = {0x88, 0xA8, 0, 7};
    static const uint8_t snap[] = {0, 60, 0xAA, 0xAA, 3, 0, 0, 0};
    for (uint32_t tags = 0; tags <= V6NF_ETHER_TAGS_MAX + 2u; tags++) {
        for (uint32_t kind = 0; kind < 3u; kind++) {
            begin(UDP);
            finish(8);
            for (uint32_t i = 0; i < tags; i++) {
                insert(kind == 2u && i == 0u ? snap : kind == 1u ? service : customer, kind == 2u && i == 0u ? 8 : 4);
            }
            const struct v6nf_chain chain = read_frame(size);
            const bool is_read = tags <= V6NF_ETHER_TAGS_MAX;
            assert_int_equal(chain.end, is_read ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_UNREADABLE);
            assert_int_equal(chain.packet, is_read ? size - 48u : 0u);
            for (uint32_t length = 0; length < size; length++) { /* never an upper layer of a part */
                assert_int_not_equal(read_frame(length).end, V6NF_CHAIN_UPPER_LAYER);
                assert_int_not_equal(read_frame(length).end, V6NF_CHAIN_OTHER);
            }
        }
    }
    static const uint16_t others[] = {0x0800, 0x0806, 0x8847, 0x8864, 0x88CC, 0x0600, 0xFFFF};
    for (uint32_t i = 0; i < sizeof others / sizeof *others; i++) {
        v6nf_store16(frame + 12, others[i]);
        assert_int_equal(read_frame(size).end, V6NF_CHAIN_OTHER);
        assert_int_equal(read_frame(size).upper_layer, NONE);
    }
}

/* Nine Destination Options do not pass as anything (fault of many filters). */
static void headers_past_the_limit_are_too_many(void **state)
{
    (void)state;
    static const uint8_t types[] = {DST, RTG, AUT, 135, 139, 140, HOP};
    for (uint32_t type = 0; type < sizeof types; type++) {
        for (uint32_t count = 0; count <= 2u * V6NF_CHAIN_HEADERS_MAX; count++) {
            begin(count == 0u ? UDP : types[type]);
            for (uint32_t i = 0; i < count; i++) {
                append(i + 1u < count ? types[type] : UDP, types[type] == AUT ? 2 : 1, 0, 0);
            }
            if (types[type] == AUT) {
                size -= 4u * count; /* its unit is 4 bytes: written again */
                for (uint32_t i = 0; i < count; i++) {
                    memset(frame + FIRST + 12u * i, 0, 12);
                    frame[FIRST + 12u * i] = i + 1u < count ? AUT : UDP;
                    frame[FIRST + 12u * i + 1u] = 1;
                }
            }
            finish(8);
            const struct v6nf_chain chain = read_frame(size);
            const bool is_read = count <= V6NF_CHAIN_HEADERS_MAX;
            assert_int_equal(chain.end, is_read ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_TOO_MANY);
            assert_int_equal(chain.upper_layer, is_read ? UDP : NONE);
        }
    }
}

/* A packet that has this extension header alone, and its bits. */
static void each_header_has_its_bit(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        uint8_t third;
        uint8_t fourth;
        uint32_t bits;
        enum v6nf_chain_end end;
    } cases[] = {
        {HOP, 1, 4, V6NF_CHAIN_HAS_HOP_BY_HOP, V6NF_CHAIN_UPPER_LAYER},
        {DST, 1, 4, V6NF_CHAIN_HAS_DESTINATION, V6NF_CHAIN_UPPER_LAYER},
        {RTG, 0, 1, V6NF_CHAIN_HAS_ROUTING | V6NF_CHAIN_HAS_ROUTING_0, V6NF_CHAIN_UPPER_LAYER},
        {RTG, 2, 1, V6NF_CHAIN_HAS_ROUTING, V6NF_CHAIN_UPPER_LAYER},
        {RTG, 4, 0, V6NF_CHAIN_HAS_ROUTING, V6NF_CHAIN_UPPER_LAYER},
        {FRG, 0, 0, V6NF_CHAIN_HAS_ATOMIC_FRAGMENT, V6NF_CHAIN_UPPER_LAYER},
        {FRG, 0, 6, V6NF_CHAIN_HAS_ATOMIC_FRAGMENT, V6NF_CHAIN_UPPER_LAYER}, /* reserved bits */
        {FRG, 0, 1, V6NF_CHAIN_HAS_FIRST_FRAGMENT, V6NF_CHAIN_UPPER_LAYER},
        {FRG, 0, 8, V6NF_CHAIN_HAS_LATER_FRAGMENT, V6NF_CHAIN_LATER_FRAGMENT},
        {FRG, 0x80, 1, V6NF_CHAIN_HAS_LATER_FRAGMENT, V6NF_CHAIN_LATER_FRAGMENT},
        {135, 0, 0, V6NF_CHAIN_HAS_MOBILITY, V6NF_CHAIN_UPPER_LAYER},
        {139, 0, 0, V6NF_CHAIN_HAS_HIP, V6NF_CHAIN_UPPER_LAYER},
        {140, 0, 0, V6NF_CHAIN_HAS_SHIM6, V6NF_CHAIN_UPPER_LAYER},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(cases[i].type);
        append(UDP, 1, cases[i].third, cases[i].fourth);
        finish(16);
        const struct v6nf_chain chain = read_frame(size);
        assert_int_equal(chain.end, cases[i].end);
        assert_int_equal(chain.headers, cases[i].bits);
        assert_int_equal(chain.fragment, cases[i].type == FRG ? FIRST : 0u);
        assert_int_equal(chain.upper, cases[i].end == V6NF_CHAIN_UPPER_LAYER ? FIRST + 8u : size);
    }
}

static void hop_by_hop_after_another_header_is_shown(void **state)
{
    (void)state;
    begin(DST);
    append(HOP, 1, 0, 0);
    append(TCP, 1, 0, 0);
    finish(20);
    const struct v6nf_chain chain = read_frame(size);
    assert_int_equal(chain.end, V6NF_CHAIN_UPPER_LAYER);
    assert_int_equal(chain.headers,
                     V6NF_CHAIN_HAS_DESTINATION | V6NF_CHAIN_HAS_HOP_BY_HOP | V6NF_CHAIN_HAS_LATE_HOP_BY_HOP);
}

static void jumbo_payload_is_refused(void **state)
{
    (void)state;
    static const uint8_t options[][6] = {{0xC2, 4, 0, 1, 0, 0}, {0, 0, 0xC2, 2, 0, 0}, {5, 0, 0xC2, 2, 0, 0}};
    for (uint32_t i = 0; i < 3u; i++) {
        begin(HOP);
        append(UDP, 1, 0, 0);
        memcpy(frame + FIRST + 2u, options[i], 6);
        finish(8);
        assert_int_equal(read_frame(size).end, V6NF_CHAIN_JUMBO);
        v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, 0);
        assert_int_equal(read_frame(size).end, V6NF_CHAIN_JUMBO);
    }
    begin(HOP);
    append(UDP, 1, 0, 0);
    memcpy(frame + FIRST + 2u, "\x05\x02\xC2\x04\0\0", 6); /* data of another option */
    finish(8);
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_UPPER_LAYER);
    memcpy(frame + FIRST + 2u, "\x05\x05\0\0\0\0", 6); /* past the header */
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_MALFORMED);
    memcpy(frame + FIRST + 2u, "\0\0\0\0\0\x05", 6); /* without a length */
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_MALFORMED);
}

/* RFC 7112: all headers, the upper layer's included, are in the first fragment. */
static void first_fragment_has_all_headers(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < UPPERS; i++) {
        for (uint32_t length = 0; length <= 48u; length += 8u) {
            begin(FRG);
            append(DST, 1, 0, 1);
            append(uppers[i].protocol, 1, 0, 0);
            finish(length);
            const bool is_whole = length >= uppers[i].bytes;
            assert_int_equal(read_frame(size).end, is_whole ? V6NF_CHAIN_UPPER_LAYER : V6NF_CHAIN_INCOMPLETE);
        }
    }
    begin(FRG);
    append(DST, 1, 0, 1); /* the next header is in the second fragment */
    finish(0);
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_INCOMPLETE);
    frame[FIRST + 3u] = 0; /* not a fragment */
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_TRUNCATED);
}

/* A packet in a fragment of a fragment would be hidden from a filter that tracks fragments. */
static void fragments_that_no_host_accepts_are_malformed(void **state)
{
    (void)state;
    for (uint32_t first = 0; first < 2u; first++) {
        for (uint32_t second = 0; second < 16u; second++) {
            begin(FRG);
            append(FRG, 1, 0, (uint8_t)first);
            append(UDP, 1, 0, (uint8_t)second);
            finish(16);
            assert_int_equal(read_frame(size).end, V6NF_CHAIN_MALFORMED);
            begin(FRG);
            append(DST, 1, 0, (uint8_t)first);
            append(FRG, 1, 0, 0);
            append(UDP, 1, 0, (uint8_t)second);
            finish(16);
            assert_int_equal(read_frame(size).end, V6NF_CHAIN_MALFORMED);
        }
    }
    for (uint32_t length = 8; length <= 32u; length++) { /* only the last one may have any length */
        for (uint32_t fourth = 0; fourth < 16u; fourth++) {
            begin(FRG);
            append(UDP, 1, 0, (uint8_t)fourth);
            finish(length);
            const enum v6nf_chain_end end = fourth >= 8u ? V6NF_CHAIN_LATER_FRAGMENT : V6NF_CHAIN_UPPER_LAYER;
            const bool is_odd = fourth % 2u != 0u && length % 8u != 0u;
            assert_int_equal(read_frame(size).end, is_odd ? V6NF_CHAIN_MALFORMED : end);
            assert_int_equal(read_quote(size).end, is_odd ? V6NF_CHAIN_MALFORMED : end);
            /* A quotation that is cut anywhere does not make a fragment malformed. */
            v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, 1288);
            assert_int_equal(read_quote(size).end, end);
        }
    }
    for (uint32_t length = 0; length <= 24u; length++) { /* reassembled, at most 65,535 bytes */
        begin(FRG);
        append(UDP, 1, 0xFF, 0xF8);
        finish(length);
        assert_int_equal(read_frame(size).end, length <= 7u ? V6NF_CHAIN_LATER_FRAGMENT : V6NF_CHAIN_MALFORMED);
    }
}

static void authentication_header_has_units_of_4_bytes(void **state)
{
    (void)state;
    for (uint32_t units = 0; units < 256u; units++) {
        begin(AUT);
        append(TCP, 1, 0, 0);
        frame[FIRST + 1u] = (uint8_t)units;
        size = FIRST + 8u + 4u * units;
        finish(20);
        const struct v6nf_chain chain = read_frame(size);
        assert_int_equal(chain.headers, V6NF_CHAIN_HAS_AUTHENTICATION);
        assert_int_equal(chain.end, units == 0u ? V6NF_CHAIN_MALFORMED : V6NF_CHAIN_UPPER_LAYER);
        assert_int_equal(chain.upper, units == 0u ? size : FIRST + 8u + 4u * units);
    }
}

static void no_next_header_ends_the_chain(void **state)
{
    (void)state;
    begin(DST);
    append(NONE, 1, 0, 0);
    finish(20); /* ignored by receivers (RFC 8200, 4.7) */
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_NO_NEXT_HEADER);
    begin(NONE);
    finish(0);
    assert_int_equal(read_frame(size).end, V6NF_CHAIN_NO_NEXT_HEADER);
}

/* Write a chain of random headers that is valid, and the offset and protocol of its upper layer. */
static void any_chain(uint8_t *upper_layer, uint32_t *upper)
{
    static const uint8_t types[] = {HOP, DST, RTG, AUT, 135, 139, 140, FRG};
    const uint32_t count = random_below(V6NF_CHAIN_HEADERS_MAX + 1u);
    const uint32_t protocol = random_below(UPPERS);
    uint32_t kinds = sizeof types; /* one Fragment header at most */
    begin(uppers[protocol].protocol);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t type = types[random_below(kinds)];
        const uint32_t units = type == FRG ? 1u : 1u + random_below(4);
        frame[last] = type;
        append(uppers[protocol].protocol, units, 0, 0);
        if (type == AUT) {
            frame[last + 1u] = (uint8_t)(2u * units - 1u);
            size = last + 8u + 4u * (2u * units - 1u);
        }
        kinds = type == FRG ? kinds - 1u : kinds;
    }
    *upper_layer = uppers[protocol].protocol;
    *upper = size;
    finish(uppers[protocol].bytes + random_below(20));
}

static void any_chain_is_read_to_its_end(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 4000u; round++) {
        uint8_t upper_layer = 0;
        uint32_t upper = 0;
        any_chain(&upper_layer, &upper);
        const struct v6nf_chain chain = read_frame(size + random_below(20));
        assert_int_equal(chain.end, V6NF_CHAIN_UPPER_LAYER);
        assert_int_equal(chain.upper_layer, upper_layer);
        assert_int_equal(chain.upper, upper);
        assert_int_equal(chain.packet_end, size);
        for (uint32_t length = 0; length < size; length++) { /* nor is a part of it another one */
            assert_int_not_equal(read_frame(length).end, V6NF_CHAIN_UPPER_LAYER);
            const struct v6nf_chain quote = length >= ETHER ? read_quote(length) : chain;
            assert_true(quote.end != V6NF_CHAIN_UPPER_LAYER || quote.upper_layer == upper_layer);
        }
    }
}

/* Any damage: all reads are inside (AddressSanitizer), and results are consistent. */
static void damaged_chains_are_read_within_the_frame(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 100000u; round++) {
        uint8_t upper_layer = 0;
        uint32_t upper = 0;
        any_chain(&upper_layer, &upper);
        for (uint32_t i = random_below(4); i < 4u; i++) {
            frame[12u + random_below(size - 12u)] = (uint8_t)random_number();
        }
        (void)read_frame(random_below(4) == 0u ? random_below(size + 1u) : size);
        (void)read_quote(ETHER + random_below(size - ETHER + 1u));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_layer_is_found_if_its_header_is_whole),
        cmocka_unit_test(unknown_value_is_an_upper_layer_of_its_own),
        cmocka_unit_test(tcp_header_ends_in_the_packet),
        cmocka_unit_test(payload_length_ends_the_packet),
        cmocka_unit_test(version_and_source_are_checked),
        cmocka_unit_test(packet_is_found_behind_tags_and_snap),
        cmocka_unit_test(headers_past_the_limit_are_too_many),
        cmocka_unit_test(each_header_has_its_bit),
        cmocka_unit_test(hop_by_hop_after_another_header_is_shown),
        cmocka_unit_test(jumbo_payload_is_refused),
        cmocka_unit_test(first_fragment_has_all_headers),
        cmocka_unit_test(fragments_that_no_host_accepts_are_malformed),
        cmocka_unit_test(authentication_header_has_units_of_4_bytes),
        cmocka_unit_test(no_next_header_ends_the_chain),
        cmocka_unit_test(any_chain_is_read_to_its_end),
        cmocka_unit_test(damaged_chains_are_read_within_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
