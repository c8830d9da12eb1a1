/* test_flow_key.c: the flow of a packet, of its replies, of its fragments and of errors about it has the right key. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/flow_key.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/wire/icmpv6.h"

#include "../wire/fixture_wire.h"

#define ETHER 14u
#define HERE "2001:db8::1"
#define THERE "2001:db8:1::2"
#define ROUTER "2001:db8:2::3"
#define TCP V6NF_CHAIN_TCP
#define UDP V6NF_NEXT_HEADER_UDP
#define ICMPV6 V6NF_NEXT_HEADER_ICMPV6
#define FRG V6NF_EXT_FRAGMENT

static uint8_t frame[2048];
static uint32_t size;
static uint8_t none[V6NF_FLOW_KEY_SIZE];

/* Begin a frame with a packet between these addresses. */
static void begin(const char *source, const char *destination, uint8_t next_header)
{
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + 12, V6NF_ETHER_TYPE_IPV6);
    write_header(frame + ETHER, source, destination, next_header, 0);
    size = ETHER + V6NF_IPV6_HEADER_SIZE;
}

/* Append bytes, and set Payload Length. */
static void append(const uint8_t *bytes, uint32_t length)
{
    memcpy(frame + size, bytes, length);
    size += length;
    v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(size - ETHER - V6NF_IPV6_HEADER_SIZE));
}

/* Append an upper layer of 20 bytes with these ports, which is also the header of TCP. */
static void append_ports(uint16_t source, uint16_t destination)
{
    uint8_t bytes[20] = {0};
    bytes[12] = 0x50;
    v6nf_store16(bytes, source);
    v6nf_store16(bytes + 2, destination);
    append(bytes, sizeof bytes);
}

/* Append an ICMPv6 message with this type and Identifier. */
static void append_message(uint8_t type, uint16_t identifier)
{
    uint8_t bytes[12] = {type};
    v6nf_store16(bytes + 4, identifier);
    append(bytes, sizeof bytes);
}

static void append_fragment(uint8_t next_header, uint16_t offset_and_more, uint32_t identification)
{
    uint8_t header[8] = {next_header};
    v6nf_store16(header + 2, offset_and_more);
    v6nf_store32(header + 4, identification);
    append(header, sizeof header);
}

/* Make the frame an error from the router about its packet, to this address, of at most `quoted` bytes of it. */
static void make_error(uint8_t type, const char *to, uint32_t quoted)
{
    uint8_t packet[1500];
    uint32_t length = size - ETHER < quoted ? size - ETHER : quoted;
    const uint8_t head[8] = {type, 1};
    memcpy(packet, frame + ETHER, length);
    begin(ROUTER, to, ICMPV6);
    append(head, sizeof head);
    append(packet, length);
}

/* Return the flow of the frame, read from a copy of exact size. */
static struct v6nf_flow flow_of(void)
{
    struct v6nf_chain chain;
    struct v6nf_flow flow;
    memset(&flow, 0xA5, sizeof flow);
    uint8_t *copy = exact_copy(frame, size);
    (void)v6nf_chain_read(&chain, copy, size);
    const enum v6nf_flow_kind kind = v6nf_flow_key_read(&flow, copy, &chain);
    free(copy);
    assert_int_equal(flow.kind, kind);
    assert_int_equal(flow.key[V6NF_FLOW_KEY_KIND], kind);
    assert_int_equal(v6nf_load16(flow.key + 38), 0);
    assert_int_equal(memcmp(flow.key, none, sizeof none) == 0, kind == V6NF_FLOW_NONE);
    return flow;
}

/* Check a key: addresses as text, two ports or two halves of 4 bytes, protocol. */
static void assert_key(const uint8_t *key, const char *source, const char *destination, uint16_t first, uint16_t second,
                       uint8_t protocol)
{
    uint8_t addresses[40];
    write_header(addresses, source, destination, 0, 0);
    assert_memory_equal(key, addresses + 8, 32);
    assert_int_equal(v6nf_load16(key + V6NF_FLOW_KEY_SOURCE_PORT), first);
    assert_int_equal(v6nf_load16(key + V6NF_FLOW_KEY_DESTINATION_PORT), second);
    assert_int_equal(key[V6NF_FLOW_KEY_PROTOCOL], protocol);
}

static void ports_are_in_the_key(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {6, 17, 33, 132, 136};
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        begin(HERE, THERE, protocols[i]);
        append_ports(1000, 53);
        struct v6nf_flow flow = flow_of();
        assert_int_equal(flow.kind, V6NF_FLOW_PORTS);
        assert_false(flow.is_error);
        assert_key(flow.key, HERE, THERE, 1000, 53, protocols[i]);
        v6nf_flow_key_reverse(flow.key);
        begin(THERE, HERE, protocols[i]);
        append_ports(53, 1000);
        assert_memory_equal(flow.key, flow_of().key, V6NF_FLOW_KEY_SIZE);
    }
}

static void echo_has_one_key_up_to_its_direction(void **state)
{
    (void)state;
    begin(HERE, THERE, ICMPV6);
    append_message(V6NF_ICMPV6_ECHO_REQUEST, 0x1234);
    struct v6nf_flow flow = flow_of();
    assert_int_equal(flow.kind, V6NF_FLOW_ECHO);
    assert_key(flow.key, HERE, THERE, 0x1234, 0x1234, ICMPV6);
    v6nf_flow_key_reverse(flow.key);
    begin(THERE, HERE, ICMPV6);
    append_message(V6NF_ICMPV6_ECHO_REPLY, 0x1234);
    assert_memory_equal(flow.key, flow_of().key, V6NF_FLOW_KEY_SIZE);
    for (uint32_t length = 4; length < 8u; length++) { /* without a whole Identifier */
        begin(HERE, THERE, ICMPV6);
        append((const uint8_t[8]){V6NF_ICMPV6_ECHO_REQUEST}, length);
        assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    }
}

/* An Echo Request with the Identifier 0 is not another message, and no message is a datagram with ports 0. */
static void other_messages_have_no_ports(void **state)
{
    (void)state;
    begin(HERE, THERE, ICMPV6);
    append_message(V6NF_ICMPV6_ECHO_REQUEST, 0);
    const struct v6nf_flow echo = flow_of();
    for (uint32_t type = 130; type < 256u; type++) {
        begin(HERE, THERE, ICMPV6);
        append_message((uint8_t)type, 7);
        const struct v6nf_flow flow = flow_of();
        assert_int_equal(flow.kind, V6NF_FLOW_NO_PORTS);
        assert_key(flow.key, HERE, THERE, 0, 0, ICMPV6);
        assert_memory_not_equal(flow.key, echo.key, V6NF_FLOW_KEY_SIZE);
    }
    static const uint8_t protocols[] = {4, 41, 47, 89, 253, V6NF_NEXT_HEADER_NONE};
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        begin(HERE, THERE, protocols[i]);
        append((const uint8_t[40]){1, 2, 3, 4}, 40);
        assert_int_equal(flow_of().kind, V6NF_FLOW_NO_PORTS);
        assert_key(flow_of().key, HERE, THERE, 0, 0, protocols[i]);
    }
}

/* Ports behind an Authentication Header are not those of a flow without it. */
static void security_parameters_index_is_in_the_key(void **state)
{
    (void)state;
    begin(HERE, THERE, V6NF_CHAIN_ESP);
    append_ports(0xAABB, 0xCCDD);
    assert_int_equal(flow_of().kind, V6NF_FLOW_SPI);
    assert_key(flow_of().key, HERE, THERE, 0xAABB, 0xCCDD, V6NF_CHAIN_ESP);
    static const uint8_t header[16] = {TCP, 2, 0, 0, 0x11, 0x22, 0x33, 0x44};
    begin(HERE, THERE, V6NF_EXT_AUTHENTICATION);
    append(header, sizeof header);
    append_ports(1000, 80);
    struct v6nf_flow flow = flow_of();
    assert_int_equal(flow.kind, V6NF_FLOW_SPI);
    assert_key(flow.key, HERE, THERE, 0x1122, 0x3344, V6NF_EXT_AUTHENTICATION);
    v6nf_flow_key_reverse(flow.key);
    assert_key(flow.key, THERE, HERE, 0x1122, 0x3344, V6NF_EXT_AUTHENTICATION);
}

/* Begin a frame with the first fragment of a datagram. */
static void begin_first_fragment(void)
{
    begin(HERE, THERE, FRG);
    append_fragment(UDP, 1, 0x01020304);
    append_ports(1000, 53);
    append((const uint8_t[4]){0}, 4);
}

static void fragments_share_a_key(void **state)
{
    (void)state;
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    struct v6nf_chain chain;
    begin_first_fragment();
    assert_int_equal(flow_of().kind, V6NF_FLOW_PORTS);
    assert_key(flow_of().key, HERE, THERE, 1000, 53, UDP);
    (void)v6nf_chain_read(&chain, frame, size);
    assert_true(v6nf_flow_key_fragment(key, frame, &chain));
    begin(HERE, THERE, FRG);
    append_fragment(UDP, 24, 0x01020304);
    append_ports(1000, 53); /* data */
    const struct v6nf_flow later = flow_of();
    assert_int_equal(later.kind, V6NF_FLOW_LATER_FRAGMENT);
    assert_key(later.key, HERE, THERE, 0x0102, 0x0304, FRG);
    assert_memory_equal(later.key, key, sizeof key);
    (void)v6nf_chain_read(&chain, frame, size);
    assert_true(v6nf_flow_key_fragment(key, frame, &chain));
    assert_memory_equal(later.key, key, sizeof key);
    assert_false(v6nf_flow_key_sort(key));
    /* A whole packet in a fragment is tracked as any other (RFC 6946). */
    begin(HERE, THERE, FRG);
    append_fragment(UDP, 0, 0x01020304);
    append_ports(1000, 53);
    assert_int_equal(flow_of().kind, V6NF_FLOW_PORTS);
    (void)v6nf_chain_read(&chain, frame, size);
    assert_false(v6nf_flow_key_fragment(key, frame, &chain));
    assert_memory_equal(key, none, sizeof key);
}

/* Each error, about each kind of packet: the key is that of replies of the flow. */
static void error_belongs_to_the_flow_that_it_quotes(void **state)
{
    (void)state;
    for (uint32_t type = 1; type < 128u; type++) {
        for (uint32_t kind = 0; kind < 5u; kind++) {
            static const uint8_t protocols[] = {TCP, UDP, ICMPV6, V6NF_CHAIN_ESP, FRG};
            begin(HERE, THERE, protocols[kind]);
            if (kind == 2u) {
                append_message(V6NF_ICMPV6_ECHO_REQUEST, 77);
            } else if (kind == 4u) {
                append_fragment(TCP, 8, 0x01020304);
            }
            append_ports(1000, 80);
            struct v6nf_flow of_packet = flow_of();
            make_error((uint8_t)type, HERE, 1232);
            const struct v6nf_flow flow = flow_of();
            assert_true(flow.is_error);
            assert_int_equal(flow.kind, of_packet.kind);
            if (flow.kind != V6NF_FLOW_LATER_FRAGMENT) { /* which has no replies */
                v6nf_flow_key_reverse(of_packet.key);
            }
            assert_memory_equal(flow.key, of_packet.key, sizeof flow.key);
        }
    }
}

/* A router reports that a later fragment is too big: a filter finds what it has decided about the first one. */
static void error_about_a_fragment_has_the_key_of_its_packet(void **state)
{
    (void)state;
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    struct v6nf_chain chain;
    begin_first_fragment();
    (void)v6nf_chain_read(&chain, frame, size);
    assert_true(v6nf_flow_key_fragment(key, frame, &chain));
    begin(HERE, THERE, FRG);
    append_fragment(UDP, 24, 0x01020304);
    append_ports(0, 0);
    make_error(V6NF_ICMPV6_PACKET_TOO_BIG, HERE, 1232);
    assert_true(flow_of().is_error);
    assert_memory_equal(flow_of().key, key, sizeof key);
    /* What the other host sends with the same Identification is another packet. */
    begin(THERE, HERE, FRG);
    append_fragment(UDP, 24, 0x01020304);
    append_ports(0, 0);
    assert_memory_not_equal(flow_of().key, key, sizeof key);
}

/* A quotation that is too short, not of the receiver, or of an error, belongs to no flow. */
static void error_without_a_flow_has_no_key(void **state)
{
    (void)state;
    for (uint32_t quoted = 0; quoted <= 60u; quoted++) {
        begin(HERE, THERE, TCP);
        append_ports(1000, 80);
        make_error(V6NF_ICMPV6_PACKET_TOO_BIG, HERE, quoted);
        const struct v6nf_flow flow = flow_of();
        assert_true(flow.is_error);
        assert_int_equal(flow.kind, quoted >= 48u ? V6NF_FLOW_PORTS : V6NF_FLOW_NONE);
    }
    begin(HERE, THERE, TCP);
    append_ports(1000, 80);
    make_error(V6NF_ICMPV6_PACKET_TOO_BIG, "2001:db8::99", 1232); /* not to the source */
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    begin(HERE, THERE, ICMPV6);
    append_message(V6NF_ICMPV6_TIME_EXCEEDED, 0);
    append((const uint8_t[40]){0x60}, 40);
    make_error(V6NF_ICMPV6_PACKET_TOO_BIG, HERE, 1232); /* about an error */
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    static const uint8_t authentication[16] = {ICMPV6, 2, 0, 0, 0x11, 0x22, 0x33, 0x44};
    begin(HERE, THERE, V6NF_EXT_AUTHENTICATION);
    append(authentication, sizeof authentication);
    append_message(V6NF_ICMPV6_TIME_EXCEEDED, 0);
    append((const uint8_t[40]){0x60}, 40);
    make_error(V6NF_ICMPV6_PACKET_TOO_BIG, HERE, 1232); /* about an error that is authenticated */
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    begin(HERE, THERE, TCP);
    frame[ETHER] = 0x40;
    append_ports(1000, 80);
    make_error(V6NF_ICMPV6_PACKET_TOO_BIG, HERE, 1232); /* of another version */
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
}

static void unreadable_packet_has_no_key(void **state)
{
    (void)state;
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    struct v6nf_chain chain;
    begin(HERE, THERE, V6NF_EXT_DESTINATION);
    for (uint32_t i = 0; i <= V6NF_CHAIN_HEADERS_MAX; i++) {
        append((const uint8_t[8]){i < V6NF_CHAIN_HEADERS_MAX ? V6NF_EXT_DESTINATION : UDP}, 8);
    }
    append_ports(1000, 53);
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    begin(HERE, THERE, FRG);
    append_fragment(TCP, 1, 5);
    append((const uint8_t[8]){3}, 8); /* incomplete */
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
    (void)v6nf_chain_read(&chain, frame, size);
    assert_false(v6nf_flow_key_fragment(key, frame, &chain));
    v6nf_store16(frame + 12, 0x0800);
    assert_int_equal(flow_of().kind, V6NF_FLOW_NONE);
}

/* A packet and its reply have the same sorted key, for any addresses and ports. */
static void sorted_keys_have_no_direction(void **state)
{
    (void)state;
    uint32_t reversed = 0;
    for (uint32_t round = 0; round < 20000u; round++) {
        begin(HERE, THERE, UDP);
        append_ports((uint16_t)random_below(3), (uint16_t)random_below(3));
        for (uint32_t i = 0; i < 2u; i++) { /* often equal addresses */
            frame[ETHER + 8u + random_below(16)] = (uint8_t)random_below(3);
            frame[ETHER + 24u + random_below(16)] = (uint8_t)random_below(3);
        }
        if (random_below(4) == 0u) {
            memcpy(frame + ETHER + 8u, frame + ETHER + 24u, 16);
        }
        struct v6nf_flow flow = flow_of();
        if (flow.kind == V6NF_FLOW_NONE) {
            continue; /* a source that is malformed */
        }
        uint8_t reply[V6NF_FLOW_KEY_SIZE];
        memcpy(reply, flow.key, sizeof reply);
        v6nf_flow_key_reverse(reply);
        const bool is_symmetric = memcmp(reply, flow.key, sizeof reply) == 0;
        const bool first = v6nf_flow_key_sort(flow.key);
        const bool second = v6nf_flow_key_sort(reply);
        assert_memory_equal(flow.key, reply, sizeof reply);
        assert_int_equal(first != second, !is_symmetric);
        assert_false(v6nf_flow_key_sort(reply));
        reversed += first ? 1u : 0u;
    }
    assert_true(reversed > 500u && reversed < 19500u);
}

/* Different flows have different keys in a map of 65,536. */
static void flows_are_found_in_a_map(void **state)
{
    (void)state;
    static uint64_t memory[V6NF_HASH_MAP_WORDS(65536, V6NF_FLOW_KEY_SIZE)];
    static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {1, 2, 3};
    struct v6nf_hash_map map;
    uint32_t added = 0;
    assert_true(v6nf_hash_map_init(&map, memory, 65536, V6NF_FLOW_KEY_SIZE, secret));
    for (uint32_t i = 0; i < 60000u; i++) {
        begin(HERE, THERE, i % 2u == 0u ? UDP : TCP);
        append_ports((uint16_t)(i / 2u), 53);
        const struct v6nf_flow flow = flow_of();
        assert_int_equal(v6nf_hash_map_find_sized(&map, flow.key, V6NF_FLOW_KEY_SIZE), V6NF_HASH_MAP_NONE);
        added += v6nf_hash_map_add(&map, flow.key, i) != V6NF_HASH_MAP_NONE ? 1u : 0u;
    }
    assert_int_equal(added, 60000);
}

/* Any damage to an error about a packet: reads are inside (AddressSanitizer). A chain of other bytes, too. */
static void damaged_packets_are_read_within_the_frame(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {TCP, UDP, ICMPV6, V6NF_CHAIN_ESP, FRG, V6NF_EXT_AUTHENTICATION};
    for (uint32_t round = 0; round < 100000u; round++) {
        begin(HERE, THERE, protocols[random_below(sizeof protocols)]);
        append_fragment(protocols[random_below(sizeof protocols)], (uint16_t)(random_below(2) * 8u), 1);
        append_ports((uint16_t)random_number(), 1);
        if (random_below(2) == 0u) {
            make_error((uint8_t)(1u + random_below(4)), HERE, random_below(80));
        }
        for (uint32_t i = random_below(4); i < 4u; i++) {
            frame[ETHER + random_below(size - ETHER)] = (uint8_t)random_number();
        }
        (void)flow_of();
        struct v6nf_chain chain;
        struct v6nf_flow flow;
        (void)v6nf_chain_read(&chain, frame, size);
        chain.packet_end = random_below(size);
        chain.packet = ETHER;
        uint8_t *copy = exact_copy(frame, chain.packet_end);
        (void)v6nf_flow_key_read(&flow, copy, &chain);
        (void)v6nf_flow_key_fragment(flow.key, copy, &chain);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_in_the_key),
        cmocka_unit_test(echo_has_one_key_up_to_its_direction),
        cmocka_unit_test(other_messages_have_no_ports),
        cmocka_unit_test(security_parameters_index_is_in_the_key),
        cmocka_unit_test(fragments_share_a_key),
        cmocka_unit_test(error_belongs_to_the_flow_that_it_quotes),
        cmocka_unit_test(error_about_a_fragment_has_the_key_of_its_packet),
        cmocka_unit_test(error_without_a_flow_has_no_key),
        cmocka_unit_test(unreadable_packet_has_no_key),
        cmocka_unit_test(sorted_keys_have_no_direction),
        cmocka_unit_test(flows_are_found_in_a_map),
        cmocka_unit_test(damaged_packets_are_read_within_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
