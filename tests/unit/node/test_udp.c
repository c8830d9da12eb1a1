/* test_udp.c: datagrams that the program receives and sends (RFC 768; RFC 8200, 8.1). */
#include "fixture_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 7000u
#define PEER_PORT 4000u
#define DATA 62u /* offset of a datagram's data in a frame */

/* What the program's handler does, and what it received. */
static struct {
    uint32_t answer;  /* its return value */
    uint32_t written; /* how many bytes 0, 1, 2, ... it writes; the rest stays as received */
    bool unchanged;   /* value that it sets */
    bool without;     /* value that it sets if `sets_without` */
    bool sets_without;
    uint32_t calls;
    void *context;
    struct v6nf_udp_datagram seen;
    uint8_t hop_limit;
    uint8_t traffic_class;
    struct v6nf_address source;
    struct v6nf_address destination;
    uint8_t payload[2048];
} program;

static uint32_t handler(void *context, struct v6nf_udp_datagram *datagram)
{
    program.calls++;
    program.context = context;
    program.seen = *datagram;
    program.hop_limit = v6nf_udp_hop_limit(datagram);
    program.traffic_class = v6nf_udp_traffic_class(datagram);
    memcpy(program.source.bytes, datagram->source, 16);
    memcpy(program.destination.bytes, datagram->destination, 16);
    if (datagram->length <= sizeof program.payload) {
        memcpy(program.payload, datagram->payload, datagram->length);
    }
    for (uint32_t i = 0; i < program.written; i++) {
        datagram->payload[i] = (uint8_t)i;
    }
    datagram->unchanged = program.unchanged;
    if (program.sets_without) {
        datagram->without_checksum = program.without;
    }
    return program.answer;
}

/* The last error that was reported to the program. */
static struct {
    uint32_t calls;
    void *context;
    struct v6nf_udp_error error;
    struct v6nf_address source;
    struct v6nf_address local;
    struct v6nf_address remote;
    uint8_t payload[2048];
} reported;

static void error_handler(void *context, const struct v6nf_udp_error *error)
{
    reported.calls++;
    reported.context = context;
    reported.error = *error;
    memcpy(reported.source.bytes, error->source, 16);
    memcpy(reported.local.bytes, error->local, 16);
    memcpy(reported.remote.bytes, error->remote, 16);
    if (error->length > 0u && error->length <= sizeof reported.payload) {
        memcpy(reported.payload, error->payload, error->length);
    }
}

static void start(uint32_t mtu)
{
    fixture_start_with(&f, 1, mtu);
    fixture_make_reachable(&f, &f.peer);
    memset(&program, 0, sizeof program);
    memset(&reported, 0, sizeof reported);
    program.answer = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, &program), V6NF_OK);
}

static int setup(void **state)
{
    (void)state;
    start(1500);
    return 0;
}

/* Build a datagram of `length` bytes 0, 1, 2, ... to `port`. */
static void make_datagram(uint16_t port, uint32_t length)
{
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, PEER_PORT, port, length);
}

/* Build the expected reply to it. */
static void expect_reply(uint32_t length)
{
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, PORT, PEER_PORT, length);
}

/* -- What the handler receives ------------------------------------------------------------------------------------- */

static void handler_receives_the_datagram(void **state)
{
    (void)state;
    for (uint32_t length = 0; length <= 1452u; length += 1u + length / 10u) {
        make_datagram(PORT, length);
        fixture_mark(&f);
        program.calls = 0;
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DELIVERED, 1);
        assert_int_equal(program.calls, 1);
        assert_ptr_equal(program.context, &program);
        assert_int_equal(program.seen.length, length);
        assert_int_equal(program.seen.capacity, 1452);
        assert_int_equal(program.seen.source_port, PEER_PORT);
        assert_int_equal(program.seen.destination_port, PORT);
        assert_true(program.seen.now == f.now);
        assert_false(program.seen.unchanged);
        assert_memory_equal(program.source.bytes, in.bytes + 22, 16);
        assert_memory_equal(program.destination.bytes, in.bytes + 38, 16);
        assert_memory_equal(program.payload, in.bytes + DATA, length);
    }
}

static void handler_sees_hop_limit_and_traffic_class(void **state)
{
    (void)state;
    make_datagram(PORT, 10);
    in.bytes[14] = 0x6B;
    in.bytes[15] = 0x90; /* traffic class 0xB9 */
    in.bytes[21] = 7;
    fixture_input(&f, &in);
    assert_int_equal(program.hop_limit, 7);
    assert_int_equal(program.traffic_class, 0xB9);
}

static void datagram_is_handled_in_place(void **state)
{
    (void)state;
    make_datagram(PORT, 20);
    uint8_t *buffer = malloc(in.length);
    assert_non_null(buffer);
    memcpy(buffer, in.bytes, in.length);
    assert_int_equal(v6nf_node_input(&f.node, buffer, in.length, in.length, f.now), 0);
    assert_ptr_equal(program.seen.payload, buffer + DATA);
    assert_ptr_equal(program.seen.source, buffer + 22);
    assert_ptr_equal(program.seen.destination, buffer + 38);
    assert_int_equal(program.seen.capacity, 20);
    free(buffer);
}

/* The capacity for a reply ends with the buffer, or with what can be sent in fragments, whichever is less. */
static void capacity_is_what_fits_the_buffer_and_can_be_sent(void **state)
{
    const uint32_t max_length = 14u + (V6NF_FRAGMENTATION_SIZE > 1500u ? V6NF_FRAGMENTATION_SIZE : 1500u);
    (void)state;
    make_datagram(PORT, 10);
    for (uint32_t capacity = in.length; capacity < max_length + 600u; capacity += 7u) {
        f.capacity = capacity;
        fixture_input(&f, &in);
        assert_int_equal(program.seen.capacity, (capacity < max_length ? capacity : max_length) - DATA);
    }
}

static void each_port_has_its_own_handler(void **state)
{
    (void)state;
    int contexts[V6NF_UDP_PORTS];
    for (uint16_t i = 1; i < V6NF_UDP_PORTS; i++) {
        assert_int_equal(v6nf_udp_bind(&f.node, (uint16_t)(PORT + i), handler, &contexts[i]), V6NF_OK);
    }
    for (uint16_t i = 1; i < V6NF_UDP_PORTS; i++) {
        make_datagram((uint16_t)(PORT + i), 1);
        fixture_input(&f, &in);
        assert_ptr_equal(program.context, &contexts[i]);
        assert_int_equal(program.seen.destination_port, PORT + i);
    }
}

/* -- Replies ------------------------------------------------------------------------------------------------------- */

static void reply_may_have_any_length_that_fits(void **state)
{
    (void)state;
    static const uint32_t received[] = {0, 1, 20, 999, 1452};
    for (uint32_t i = 0; i < 5u; i++) {
        for (uint32_t length = 0; length <= 1452u; length += 1u + length / 8u) {
            make_datagram(PORT, received[i]);
            memset(in.bytes + DATA, 0x5A, received[i]);
            frame_fix_checksum(&in);
            program.written = length;
            program.answer = length > 0u ? length : V6NF_UDP_EMPTY_REPLY;
            expect_reply(length);
            assert_answered();
        }
    }
    program.answer = program.written = 1452;
    expect_reply(1452);
    assert_answered();
}

static void reply_that_does_not_fit_is_dropped(void **state)
{
    (void)state;
    static const uint32_t answers[] = {1453, 65535, 65536, UINT32_MAX - 1u};
    for (uint32_t i = 0; i < 4u; i++) {
        make_datagram(PORT, 100);
        program.answer = answers[i];
        assert_dropped(V6NF_DROP_UDP_REPLY);
    }
    f.capacity = in.length;
    program.answer = 101;
    assert_dropped(V6NF_DROP_UDP_REPLY);
    program.answer = 100;
    expect_reply(100);
    assert_answered();
}

static void unchanged_reply_keeps_its_checksum(void **state)
{
    (void)state;
    program.unchanged = true;
    for (uint32_t length = 0; length < 200u; length++) {
        make_datagram(PORT, length);
        program.answer = length > 0u ? length : V6NF_UDP_EMPTY_REPLY;
        expect_reply(length);
        assert_answered();
    }
}

/* `unchanged` is about all received bytes. With another length the checksum is computed again. */
static void unchanged_with_another_length_computes_the_checksum(void **state)
{
    (void)state;
    program.unchanged = true;
    for (uint32_t answer = 0; answer < 60u; answer++) {
        make_datagram(PORT, 30);
        program.answer = answer > 0u ? answer : V6NF_UDP_EMPTY_REPLY;
        program.written = answer;
        expect_reply(answer);
        assert_answered();
    }
}

/* The reply to a group has another address than the datagram, and so another checksum. */
static void reply_to_a_multicast_comes_from_a_unicast_address(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        frame_udp(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 1, PEER_PORT, PORT, 9);
        program.answer = 9;
        program.unchanged = i == 1u;
        expect_reply(9);
        assert_answered();
        assert_memory_equal(program.destination.bytes, in.bytes + 38, 16);
    }
}

static void reply_copies_no_header_field_of_the_request(void **state)
{
    (void)state;
    make_datagram(PORT, 5);
    in.bytes[14] = 0x6A;
    in.bytes[15] = 0xBC;
    in.bytes[16] = 0xDE;
    in.bytes[17] = 0xF0;
    in.bytes[21] = 0;
    program.answer = 5;
    expect_reply(5);
    assert_answered();
}

/* Source port 0 means that no reply is expected (RFC 768). The datagram itself is delivered. */
static void no_reply_to_port_zero(void **state)
{
    (void)state;
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 0, PORT, 5);
    program.answer = 5;
    assert_dropped(V6NF_DROP_UDP_REPLY);
    assert_int_equal(program.calls, 1);
    assert_int_equal(program.seen.source_port, 0);
    program.answer = 0;
    assert_dropped(V6NF_DELIVERED);
}

static void no_reply_to_the_unspecified_address(void **state)
{
    (void)state;
    frame_udp(&in, NODE_MAC, f.peer.mac, "::", NODE_GLOBAL, 64, PEER_PORT, PORT, 5);
    program.answer = 5;
    assert_dropped(V6NF_DROP_NO_ROUTE);
}

/* A checksum that is computed as 0 is sent as 0xffff (RFC 8200, 8.1). */
static void computed_checksum_zero_is_sent_as_ones(void **state)
{
    (void)state;
    program.answer = 2;
    bool found = false;
    for (uint32_t value = 0; value <= 0xFFFFu && !found; value++) {
        expect_reply(2);
        expected.bytes[DATA] = (uint8_t)(value / 256u);
        expected.bytes[DATA + 1u] = (uint8_t)(value % 256u);
        frame_fix_checksum(&expected);
        found = expected.bytes[60] == 0xFFu && expected.bytes[61] == 0xFFu;
    }
    assert_true(found);
    make_datagram(PORT, 2);
    memcpy(in.bytes + DATA, expected.bytes + DATA, 2);
    frame_fix_checksum(&in);
    assert_answered();
    program.unchanged = true;
    assert_answered();
}

/* -- Handlers that change addresses -------------------------------------------------------------------------------- */

/* Remove the address that the datagram was sent to, make it a shared one if `program.written` is not 0, and echo. */
static uint32_t remove_address(void *context, struct v6nf_udp_datagram *datagram)
{
    struct v6nf_address own;
    memcpy(own.bytes, datagram->destination, sizeof own.bytes);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
#if V6NF_ANYCAST
    if (program.written != 0u) {
        assert_int_equal(v6nf_node_add_anycast(&f.node, &own, f.now), V6NF_OK);
    }
#endif
    (void)context;
    datagram->unchanged = program.unchanged;
    return datagram->length;
}

/* Bind the handler, and prepare a datagram to an address that it removes, with extension headers or without. */
static void prepare_removal(bool has_extension, bool unchanged)
{
    static const uint8_t options[8] = {17, 0, 1, 4, 0, 0, 0, 0};
    start(1500);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT + 1u, remove_address, NULL), V6NF_OK);
    program.unchanged = unchanged;
    make_datagram(PORT + 1u, 20);
    if (has_extension) {
        memmove(in.bytes + 62, in.bytes + 54, in.length - 54u);
        memcpy(in.bytes + 54, options, sizeof options);
        in.length += 8u;
        in.bytes[19] = (uint8_t)(in.bytes[19] + 8u);
        in.bytes[20] = 60;
    }
}

/* The node does not send from an address that it does not have any more. */
static void no_reply_from_an_address_that_the_handler_removed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        prepare_removal(i / 2u == 1u, i % 2u == 1u);
        assert_dropped(V6NF_DROP_NO_SOURCE);
        assert_null(fixture_find_own(&f, NODE_GLOBAL));
    }
}

#if V6NF_ANYCAST
/* A shared address is not a source: the reply has another one, and thus another checksum. */
static void reply_for_an_address_that_the_handler_shared_is_from_another(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        prepare_removal(i / 2u == 1u, i % 2u == 1u);
        fixture_add_address(&f, "2001:db8::77", 64);
        program.written = 1;
        frame_udp(&expected, f.peer.mac, NODE_MAC, "2001:db8::77", f.peer.address, 64, PORT + 1u, PEER_PORT, 20);
        assert_answered();
    }
}

/* That other one is none that is past its end, even if the program ticks late. */
static void reply_for_a_shared_address_is_from_none_past_its_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        struct v6nf_address leased = test_address_of("2001:db8::1ea5"); /* in the slot of the removed one */
        prepare_removal(i / 2u == 1u, i % 2u == 1u);
        fixture_add_address(&f, "2001:db8::77", 64);
        assert_int_equal(v6nf_node_lease_address(&f.node, &leased, 100, 100, f.now), V6NF_OK);
        f.now += 100u * SECOND;
        program.written = 1;
        frame_udp(&expected, f.peer.mac, NODE_MAC, "2001:db8::77", f.peer.address, 64, PORT + 1u, PEER_PORT, 20);
        assert_answered();
    }
}
#endif

/* -- Dropped datagrams --------------------------------------------------------------------------------------------- */

static void datagram_without_checksum_is_dropped(void **state)
{
    (void)state;
    make_datagram(PORT, 20);
    in.bytes[60] = 0;
    in.bytes[61] = 0;
    assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
    assert_int_equal(program.calls, 0);
}

static void wrong_checksum_is_dropped(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8u * 15u; bit++) {
        uint32_t at = 54u + bit / 8u;
        make_datagram(PORT, 7);
        in.bytes[at] = (uint8_t)(in.bytes[at] ^ (1u << bit % 8u));
        if (at < 58u || at > 59u) { /* the length field has another cause */
            assert_dropped(V6NF_DROP_UDP_CHECKSUM);
        }
    }
    assert_int_equal(program.calls, 0);
}

static void impossible_lengths_are_dropped(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 1, 7, 29, 30, 256 + 28, 65535};
    for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        make_datagram(PORT, 20);
        in.bytes[58] = (uint8_t)(lengths[i] / 256u);
        in.bytes[59] = (uint8_t)(lengths[i] % 256u);
        frame_fix_checksum(&in);
        assert_dropped(V6NF_DROP_UDP_LENGTH);
    }
    for (uint32_t length = 0; length < 8u; length++) {
        frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 17, 64, NULL, length);
        f.capacity = in.length;
        assert_dropped(V6NF_DROP_UDP_LENGTH);
    }
    assert_int_equal(program.calls, 0);
}

/* Bytes of the IPv6 packet after the datagram's Length are not its data, and are not sent back. */
static void datagram_shorter_than_its_packet_is_trimmed(void **state)
{
    (void)state;
    static const uint8_t surplus[5] = {1, 2, 3, 4, 5};
    for (uint32_t i = 0; i < 2u; i++) {
        make_datagram(PORT, 6);
        frame_append(&in, surplus, sizeof surplus);
        program.unchanged = i == 1u;
        program.answer = 6;
        expect_reply(6);
        assert_answered();
        assert_int_equal(program.seen.length, 6);
    }
}

/* -- Closed ports -------------------------------------------------------------------------------------------------- */

static void closed_port_is_answered_with_port_unreachable(void **state)
{
    (void)state;
    static const uint16_t ports[] = {1, PORT - 1, PORT + 1, 65535, 0};
    for (uint32_t i = 0; i < 5u; i++) {
        make_datagram(ports[i], 30);
        frame_error(&expected, &in, f.peer.mac, 1, 4, 0);
        assert_answered();
        assert_counted(&f, V6NF_ERRORS, 1);
    }
    for (uint32_t i = 0; i < 1000u; i++) { /* near the limit, chance decides if an error is sent */
        fixture_input(&f, &in);
    }
    assert_dropped(V6NF_DROP_ERROR_RATE);
    assert_int_equal(program.calls, 0);
}

static void closed_port_is_silent_where_no_error_may_be_sent(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"33:33:00:00:00:01", "2001:db8::2", "ff02::1"},
        {"33:33:00:00:00:01", "2001:db8::2", NODE_GLOBAL},
        {"ff:ff:ff:ff:ff:ff", "2001:db8::2", NODE_GLOBAL},
        {NODE_MAC, "::", NODE_GLOBAL},
    };
    for (uint32_t i = 0; i < 4u; i++) {
        frame_udp(&in, cases[i][0], f.peer.mac, cases[i][1], cases[i][2], 64, PEER_PORT, PORT + 1u, 8);
        assert_dropped(V6NF_DROP_UDP_PORT);
    }
}

/* -- Binding ------------------------------------------------------------------------------------------------------- */

static void bind_reports_each_error(void **state)
{
    (void)state;
    assert_int_equal(v6nf_udp_bind(&f.node, 0, handler, NULL), V6NF_INVALID);
    assert_int_equal(v6nf_udp_bind(&f.node, 0, NULL, NULL), V6NF_INVALID);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, NULL), V6NF_EXISTS);
    for (uint16_t i = 1; i < V6NF_UDP_PORTS; i++) {
        assert_int_equal(v6nf_udp_bind(&f.node, (uint16_t)(100u + i), handler, NULL), V6NF_OK);
    }
    assert_int_equal(v6nf_udp_bind(&f.node, 99, handler, NULL), V6NF_FULL);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, NULL), V6NF_EXISTS);
    program.answer = 3;
    make_datagram(PORT, 3);
    expect_reply(3);
    assert_answered();
    assert_ptr_equal(program.context, &program); /* the failed calls changed nothing */
}

/* What the program has bound stays on another link. */
static void port_stays_bound_on_another_link(void **state)
{
    (void)state;
    v6nf_node_link_up(&f.node, f.now);
    fixture_make_reachable(&f, &f.peer);
    program.answer = 3;
    make_datagram(PORT, 3);
    expect_reply(3);
    assert_answered();
}

static void closed_port_can_be_bound_again(void **state)
{
    (void)state;
    int other = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, NULL, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, NULL, NULL), V6NF_OK);
    make_datagram(PORT, 3);
    frame_error(&expected, &in, f.peer.mac, 1, 4, 0);
    assert_answered();
    for (uint32_t i = 0; i < 3u * V6NF_UDP_PORTS; i++) { /* no slot is lost */
        assert_int_equal(v6nf_udp_bind(&f.node, 1, handler, NULL), V6NF_OK);
        assert_int_equal(v6nf_udp_bind(&f.node, 1, NULL, NULL), V6NF_OK);
    }
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, &other), V6NF_OK);
    fixture_input(&f, &in);
    assert_ptr_equal(program.context, &other);
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

static void sent_datagram_has_the_bytes_of_the_rfcs(void **state)
{
    (void)state;
    for (uint32_t length = 0; length <= 1452u; length++) {
        fixture_mark(&f);
        fixture_udp_send(&f, 1234, f.peer.address, 5678, length);
        frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1234, 5678, length);
        assert_frame(&f.out, &expected);
        assert_counted(&f, V6NF_ORIGINATED, 1);
    }
}

static void datagram_too_long_for_fragments_is_not_sent(void **state)
{
    const uint32_t max_length = (V6NF_FRAGMENTATION_SIZE > 1500u ? V6NF_FRAGMENTATION_SIZE : 1500u) - 48u;
    (void)state;
    f.capacity = max_length + 100u;
    fixture_udp_send(&f, 1234, f.peer.address, 5678, max_length);
    assert_int_not_equal(f.out.length, 0);
    fixture_tick(&f);
    fixture_mark(&f);
    fixture_udp_send(&f, 1234, f.peer.address, 5678, max_length + 1u);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_ORIGINATED, 0);
    assert_counted(&f, V6NF_DROP_MTU, 1);
}

/* Send a datagram to the peer in a buffer of `capacity` bytes. Return the length of the frame to transmit. */
static uint32_t send_in(uint8_t *buffer, uint32_t length, uint32_t capacity)
{
    const struct v6nf_udp_message message = {
        .remote = test_address_of(f.peer.address), .remote_port = 2, .local_port = 1};
    uint32_t frame_length = 1;
    (void)v6nf_udp_send(&f.node, buffer, length, capacity, &message, &frame_length, f.now);
    return frame_length;
}

static void datagram_longer_than_the_buffer_is_not_sent(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {39, 65535, UINT32_MAX - 61u, UINT32_MAX};
    uint8_t *buffer = calloc(1, 100);
    assert_non_null(buffer);
    for (uint32_t i = 0; i < 4u; i++) {
        fixture_mark(&f);
        assert_int_equal(send_in(buffer, lengths[i], 100), 0);
        assert_counted(&f, i == 0u ? V6NF_DROP_CAPACITY : V6NF_DROP_MTU, 1);
    }
    assert_int_equal(send_in(buffer, 38, 100), 100);
    free(buffer);
}

static void nothing_is_sent_from_a_buffer_too_small_for_headers(void **state)
{
    (void)state;
    for (uint32_t capacity = 1; capacity < DATA; capacity++) {
        uint8_t *buffer = calloc(1, capacity);
        assert_non_null(buffer);
        fixture_mark(&f);
        assert_int_equal(send_in(buffer, 0, capacity), 0);
        assert_counted(&f, V6NF_DROP_CAPACITY, 1);
        assert_counted(&f, V6NF_ORIGINATED, 0);
        free(buffer);
    }
}

static void nothing_is_sent_without_an_address(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    fixture_udp_send(&f, 1234, "fe80::2", 5678, 10);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_udp_send(&f, 1234, "fe80::2", 5678, 10);
    frame_node_ns(&expected, NODE_LINK_LOCAL, "fe80::2");
    assert_frame(&f.out, &expected);
}

static void nothing_is_sent_without_a_route(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 0);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_udp_send(&f, 1234, OFF_LINK, 5678, 10);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
    assert_null(fixture_neighbor(&f, OFF_LINK));
}

/* These must never be on a link (RFC 4291, 2.5.2, 2.5.3, 2.5.5.2 and 2.7; RFC 6890). */
static void nothing_is_sent_to_addresses_that_never_appear_on_a_link(void **state)
{
    (void)state;
    static const char *const destinations[] = {"::",
                                               "::1",
                                               NODE_GLOBAL,
                                               NODE_LINK_LOCAL,
                                               "ff01::1",
                                               "ff00::1",
                                               "::ffff:192.0.2.1",
                                               "::ffff:0.0.0.0",
                                               "::ffff:255.255.255.255"};
    for (uint32_t i = 0; i < sizeof destinations / sizeof destinations[0]; i++) {
        fixture_mark(&f);
        fixture_udp_send(&f, 1234, destinations[i], 5678, 10);
        if (f.out.length != 0u) {
            fail_msg("a datagram to %s is transmitted", destinations[i]);
        }
        assert_counted(&f, V6NF_ORIGINATED, 0);
        fixture_run_until(&f, f.now + 5u * SECOND);
        assert_sent_count(&f, 0);
    }
}

static void nothing_is_sent_from_or_to_port_zero(void **state)
{
    (void)state;
    fixture_udp_send(&f, 0, f.peer.address, 5678, 10);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1234, f.peer.address, 0, 10);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_ORIGINATED, 0);
}

static void multicast_is_sent_without_resolution(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1234, "ff02::fb", 5353, 10);
    frame_udp(&expected, "33:33:00:00:00:fb", NODE_MAC, NODE_LINK_LOCAL, "ff02::fb", 1, 1234, 5353, 10);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1234, "ff0e::1:2345:6789", 5353, 10);
    frame_udp(&expected, "33:33:23:45:67:89", NODE_MAC, NODE_GLOBAL, "ff0e::1:2345:6789", 1, 1234, 5353, 10);
    assert_frame(&f.out, &expected);
}

#if V6NF_WAITING_PER_NEIGHBOR >= 2 /* two packets wait for one neighbor */
static void datagrams_wait_for_address_resolution(void **state)
{
    (void)state;
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    fixture_udp_send(&f, 1234, unknown.address, 5678, 10);
    frame_node_ns(&expected, NODE_GLOBAL, unknown.address);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1234, unknown.address, 5678, 11);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_KEPT, 1);
    frame_answer(&in, &unknown, NODE_GLOBAL);
    frame_udp(&expected, unknown.mac, NODE_MAC, NODE_GLOBAL, unknown.address, 64, 1234, 5678, 10);
    assert_answered();
    fixture_run_until(&f, f.now);
    frame_udp(&expected, unknown.mac, NODE_MAC, NODE_GLOBAL, unknown.address, 64, 1234, 5678, 11);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}
#endif

/* A frame of the maximum length of an Ethernet link can wait, too. */
static void full_sized_datagram_waits_for_address_resolution(void **state)
{
    (void)state;
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    fixture_udp_send(&f, 1234, unknown.address, 5678, 1452);
    frame_node_ns(&expected, NODE_GLOBAL, unknown.address);
    assert_frame(&f.out, &expected);
    frame_answer(&in, &unknown, NODE_GLOBAL);
    frame_udp(&expected, unknown.mac, NODE_MAC, NODE_GLOBAL, unknown.address, 64, 1234, 5678, 1452);
    assert_answered();
}

static void off_link_datagram_is_sent_via_the_gateway(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1234, OFF_LINK, 5678, 10);
    frame_answer(&in, &f.gateway, NODE_GLOBAL);
    frame_udp(&expected, GATEWAY_MAC, NODE_MAC, NODE_GLOBAL, OFF_LINK, 64, 1234, 5678, 10);
    assert_answered();
}

#if V6NF_NEIGHBORS >= 28 /* a slot for each neighbor */
/* Addresses share a slot of the Destination Cache. Each datagram is still sent to its own neighbor. */
static void destinations_that_share_a_slot_keep_their_neighbors(void **state)
{
    (void)state;
    static char texts[24][64];
    struct test_station stations[24];
    for (uint32_t i = 0; i < 24u; i++) {
        snprintf(texts[i], 32, "2001:db8::%x", 0x1002u + i / 4u * 256u + i % 4u * 64u);
        snprintf(texts[i] + 32, 32, "02:00:00:00:01:%02x", i);
        stations[i] = (struct test_station){.address = texts[i], .mac = texts[i] + 32};
        fixture_make_reachable(&f, &stations[i]);
    }
    for (uint32_t i = 0; i < 240u; i++) {
        const struct test_station *to = &stations[i * 7u % 24u];
        fixture_udp_send(&f, 1234, to->address, 5678, 4);
        frame_udp(&expected, to->mac, NODE_MAC, NODE_GLOBAL, to->address, 64, 1234, 5678, 4);
        assert_frame(&f.out, &expected);
    }
}
#endif

/* A neighbor that the program talks to is not evicted when the Neighbor Cache is full (RFC 6583, 6.2). */
static void neighbor_in_use_is_not_evicted_from_a_full_cache(void **state)
{
    (void)state;
    char address[32];
    for (uint32_t i = 0; i < V6NF_NEIGHBORS + 5u; i++) {
        const struct test_station other = {.address = address, .mac = "02:00:00:00:00:03"};
        snprintf(address, sizeof address, "2001:db8::1:%x", i + 1u);
        fixture_make_reachable(&f, &other);
        f.now += 1000u;
        fixture_udp_send(&f, 1234, f.peer.address, 5678, 4);
        f.now += 1000u;
    }
    assert_counted(&f, V6NF_SOLICITATIONS, 0);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
}

/* -- Errors (RFC 4443, 2.4; RFC 8085, 5.2) ------------------------------------------------------------------------- */

#define ROUTER "2001:db8:ffff::fe"
static const struct test_station router = {.mac = GATEWAY_MAC, .address = ROUTER};

/* Send a datagram of `length` bytes from PORT, and build an error about it that quotes `quoted` bytes of the packet. */
static void make_error(uint8_t type, uint8_t code, uint32_t parameter, uint32_t length, uint32_t quoted)
{
    fixture_udp_send(&f, PORT, f.peer.address, PEER_PORT, length);
    frame_error_from(&in, &router, NODE_GLOBAL, type, code, parameter, &f.out, quoted);
}

static void assert_address(const struct v6nf_address *address, const char *text)
{
    const struct v6nf_address expected_address = test_address_of(text);
    assert_memory_equal(address->bytes, expected_address.bytes, 16);
}

/* Check the datagram of the last reported error. */
static void assert_reported(const char *source, const char *remote)
{
    assert_int_equal(reported.calls, 1);
    assert_ptr_equal(reported.context, &program);
    assert_address(&reported.source, source);
    assert_address(&reported.local, NODE_GLOBAL);
    assert_address(&reported.remote, remote);
    assert_int_equal(reported.error.local_port, PORT);
    assert_int_equal(reported.error.remote_port, PEER_PORT);
    reported.calls = 0;
}

static void listen_for_errors(void)
{
    assert_int_equal(v6nf_udp_on_error(&f.node, PORT, error_handler), V6NF_OK);
}

/* Errors of each type are reported, unknown ones included (RFC 4443, 2.4 (a) and (d)). */
static void errors_are_reported_to_the_program(void **state)
{
    static const uint32_t errors[][3] = {
        {1, 0, 0}, {1, 4, 0},  {1, 77, 5}, {2, 0, 1400}, {2, 3, 1280},          {3, 0, 0},
        {3, 1, 0}, {4, 0, 42}, {4, 1, 6},  {0, 0, 1},    {127, 255, 0xFFFFFFFF}};
    (void)state;
    listen_for_errors();
    for (uint32_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        make_error((uint8_t)errors[i][0], (uint8_t)errors[i][1], errors[i][2], 10, 58);
        fixture_mark(&f);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DELIVERED, 1);
        assert_reported(ROUTER, f.peer.address);
        assert_int_equal(reported.error.type, errors[i][0]);
        assert_int_equal(reported.error.code, errors[i][1]);
        assert_int_equal(reported.error.parameter, errors[i][2]);
        assert_int_equal(reported.error.length, 10);
        assert_memory_equal(reported.payload, "\0\1\2\3\4\5\6\7\10\11", 10);
    }
    assert_int_equal(program.calls, 0);
}

/* The quotation must hold both ports: otherwise the socket is unknown. */
static void error_report_holds_as_much_as_was_quoted(void **state)
{
    (void)state;
    listen_for_errors();
    for (uint32_t quoted = 40; quoted <= 1500u; quoted += quoted < 60u ? 1u : 97u) {
        make_error(1, 4, 0, 1452, quoted);
        f.capacity = in.length;
        if (quoted < 44u) {
            assert_dropped(V6NF_DROP_ICMPV6_ERROR);
            assert_int_equal(reported.calls, 0);
        } else {
            fixture_input(&f, &in);
            assert_reported(ROUTER, f.peer.address);
            assert_int_equal(reported.error.length, quoted > 48u ? quoted - 48u : 0u);
            assert_true((reported.error.payload == NULL) == (quoted <= 48u));
        }
        f.capacity = 1514;
    }
}

/* What a router adds after the datagram is not reported: padding, and extensions (RFC 4884, 4.2, 4.4 and 5). */
static void error_report_holds_the_datagram_alone(void **state)
{
    static const struct {
        uint8_t type, units;
        uint32_t sent, reported;
    } cases[] = {
        {1, 0, 10, 10},   {1, 16, 10, 10},  {3, 16, 10, 10},    {4, 0, 10, 10},   {2, 0, 10, 10},
        {1, 16, 200, 80}, {3, 17, 200, 88}, {1, 255, 200, 100}, {1, 0, 200, 100}, {0, 16, 200, 100},
    };
    (void)state;
    listen_for_errors();
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t parameter = (uint32_t)cases[i].units << 24;
        make_error(cases[i].type, 0, cases[i].type == 2u ? 1400u : parameter, cases[i].sent, 148);
        fixture_input(&f, &in);
        fixture_case("case %u", i);
        assert_reported(ROUTER, f.peer.address);
        assert_int_equal(reported.error.length, cases[i].reported);
    }
    fixture_case("%s", "");
    make_error(1, 0, UINT32_C(4) << 24, 200, 148); /* less than an IPv6 header */
    assert_dropped(V6NF_DROP_ICMPV6_LENGTH);
}

static void error_about_another_datagram_is_dropped(void **state)
{
    static const uint8_t offsets[] = {8, 23, 6, 40, 41}; /* source, next header, source port */
    (void)state;
    listen_for_errors();
    for (uint32_t i = 0; i < sizeof offsets; i++) {
        make_error(1, 4, 0, 10, 58);
        in.bytes[54u + 8u + offsets[i]] ^= 0x20u;
        frame_fix_checksum(&in);
        assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    }
    make_error(1, 4, 0, 10, 58);
    in.bytes[54u + 8u + 40u] = 0; /* port 0 is bound by no program, even if a slot is free */
    in.bytes[54u + 8u + 41u] = 0;
    frame_fix_checksum(&in);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    make_error(1, 4, 0, 10, 58);
    in.bytes[100]++; /* its checksum is wrong */
    assert_dropped(V6NF_DROP_ICMPV6_CHECKSUM);
    assert_int_equal(reported.calls, 0);
}

/* No path MTU is below 1280 (RFC 8201, 4). */
static void packet_too_big_below_the_minimum_mtu_is_discarded(void **state)
{
    (void)state;
    listen_for_errors();
    make_error(2, 0, 1279, 1452, 1232);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    make_error(2, 0, 0, 1452, 1232);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    assert_int_equal(reported.calls, 0);
}

static void error_without_error_handler_is_dropped(void **state)
{
    (void)state;
    make_error(1, 4, 0, 10, 58);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    listen_for_errors();
    assert_int_equal(v6nf_udp_on_error(&f.node, PORT, NULL), V6NF_OK);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    listen_for_errors();
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, NULL, NULL), V6NF_OK);
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    assert_int_equal(v6nf_udp_on_error(&f.node, PORT, error_handler), V6NF_INVALID);
    assert_int_equal(v6nf_udp_on_error(&f.node, 0, error_handler), V6NF_INVALID);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, &program),
                     V6NF_OK); /* a new binding starts without error handler */
    assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    assert_int_equal(reported.calls, 0);
}

/* The first fragment shows the ports, after its Fragment header. The second does not. */
static void error_about_a_first_fragment_is_reported(void **state)
{
    (void)state;
    start(1280);
    listen_for_errors();
    f.capacity = 1514;
    fixture_mark(&f);
    fixture_udp_send(&f, PORT, f.peer.address, PEER_PORT, 1400);
    fixture_tick(&f);
    assert_int_equal(f.sent_count, 1);
    const struct test_frame *const fragments[] = {&f.sent[0].frame, &f.out};
    static struct test_frame quoted;
    for (uint32_t i = 0; i < 2u; i++) {
        quoted = *fragments[i];
        frame_error_from(&in, &router, NODE_GLOBAL, 3, 1, 0, &quoted, 60);
        const struct test_frame first = f.out;
        fixture_input(&f, &in);
        f.out = first;
        assert_int_equal(reported.calls, i);
    }
    assert_reported(ROUTER, f.peer.address);
    assert_int_equal(reported.error.length, 4);
}

/* After three solicitations, Address Unreachable is reported for each packet that waited (RFC 4861, 7.2.2). */
static void silent_neighbor_is_reported_to_the_program(void **state)
{
    static const char *const silent = "2001:db8::77";
    (void)state;
    listen_for_errors();
    fixture_udp_send(&f, PORT, silent, PEER_PORT, 10);
    fixture_run_until(&f, f.now + 3u * SECOND - 1u);
    assert_int_equal(reported.calls, 0);
    fixture_run_until(&f, f.now + 1u);
    assert_reported(NODE_GLOBAL, silent);
    assert_int_equal(reported.error.type, 1);
    assert_int_equal(reported.error.code, 3);
    assert_int_equal(reported.error.parameter, 0);
    assert_int_equal(reported.error.length, 10);
    assert_memory_equal(reported.payload, "\0\1\2\3\4\5\6\7\10\11", 10);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 1);
}

#if V6NF_UDP_ZERO_CHECKSUM
/* -- Without checksums (RFC 6935, RFC 6936) ------------------------------------------------------------------------ */

static void allow(uint32_t directions)
{
    assert_int_equal(v6nf_udp_allow_no_checksum(&f.node, PORT, directions), V6NF_OK);
}

static void remove_checksum(struct test_frame *frame)
{
    frame->bytes[60] = 0;
    frame->bytes[61] = 0;
}

/* Only ports that the program named, and each direction separately; with a checksum always (RFC 6936, 4). */
static void datagram_without_checksum_is_delivered_where_allowed(void **state)
{
    (void)state;
    for (uint32_t directions = 0; directions < 4u; directions++) {
        allow(directions);
        for (uint32_t length = 0; length <= 1452u; length += 363u) {
            program.calls = 0;
            make_datagram(PORT, length);
            remove_checksum(&in);
            if ((directions & V6NF_UDP_RECEIVE) == 0u) {
                assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
                assert_int_equal(program.calls, 0);
            } else {
                assert_dropped(V6NF_DELIVERED);
                assert_int_equal(program.calls, 1);
                assert_int_equal(program.seen.length, length);
                assert_true(program.seen.without_checksum);
                assert_counted(&f, V6NF_DROP_UDP_CHECKSUM_ZERO, 0);
            }
            make_datagram(PORT, length);
            assert_dropped(V6NF_DELIVERED);
            assert_false(program.seen.without_checksum);
            in.bytes[61] ^= 1u;
            in.bytes[60] |= 1u; /* not 0 */
            assert_dropped(V6NF_DROP_UDP_CHECKSUM);
        }
    }
}

static void other_ports_and_groups_need_checksums(void **state)
{
    (void)state;
    allow(V6NF_UDP_RECEIVE + V6NF_UDP_SEND);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT + 1u, handler, NULL), V6NF_OK);
    for (uint16_t port = PORT + 1u; port <= PORT + 2u; port++) { /* open; closed: no error, the packet may be damaged */
        make_datagram(port, 10);
        remove_checksum(&in);
        assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
    }
    make_datagram(0, 10);
    remove_checksum(&in);
    assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
    frame_udp(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 64, PEER_PORT, PORT, 10);
    remove_checksum(&in);
    assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
    make_datagram(PORT, 10);
    in.bytes[59] = 7; /* Length below a header */
    remove_checksum(&in);
    assert_dropped(V6NF_DROP_UDP_LENGTH);
    assert_int_equal(program.calls, 0);
}

/* The reply is like the datagram unless the handler wants a checksum. It has one wherever that is mandatory. */
static void reply_is_without_checksum_where_allowed(void **state)
{
    (void)state;
    program.answer = 10;
    for (uint32_t i = 0; i < 64u; i++) {
        bool arrives_without = (i & 1u) != 0u;
        bool may_send = (i & 2u) != 0u;
        program.sets_without = (i & 4u) != 0u;
        program.without = (i & 8u) != 0u;
        program.unchanged = (i & 16u) != 0u;
        bool to_group = (i & 32u) != 0u;
        allow(V6NF_UDP_RECEIVE + (may_send ? V6NF_UDP_SEND : 0u));
        make_datagram(PORT, 10);
        if (to_group) {
            frame_udp(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 64, PEER_PORT, PORT, 10);
        } else if (arrives_without) {
            remove_checksum(&in);
        }
        expect_reply(10);
        bool wants_none = arrives_without && (!program.sets_without || program.without);
        if (wants_none && may_send && !to_group) {
            remove_checksum(&expected);
        }
        fixture_case("case %u", i);
        assert_answered();
    }
    fixture_case("%s", "");
}

static uint32_t send_without(const char *destination, uint16_t source_port, uint32_t length)
{
    const struct v6nf_udp_message message = {.remote = test_address_of(destination),
                                             .remote_port = PEER_PORT,
                                             .local_port = source_port,
                                             .without_checksum = true};
    memset(&in, 0, sizeof in);
    for (uint32_t i = 0; i < length; i++) {
        in.bytes[DATA + i] = (uint8_t)i;
    }
    fixture_mark(&f);
    (void)v6nf_udp_send(&f.node, in.bytes, length, 1514, &message, &in.length, f.now);
    return in.length;
}

static void datagram_is_sent_without_checksum_where_allowed(void **state)
{
    (void)state;
    allow(V6NF_UDP_SEND);
    assert_int_equal(send_without(f.peer.address, PORT, 100), 162);
    expect_reply(100);
    remove_checksum(&expected);
    assert_frame(&in, &expected);
    assert_counted(&f, V6NF_ORIGINATED, 1);
    fixture_udp_send(&f, PORT, f.peer.address, PEER_PORT, 100); /* each datagram needs its own request (RFC 6936, 4) */
    expect_reply(100);
    assert_frame(&f.out, &expected);
    assert_int_equal(send_without("ff02::1", PORT, 100), 0);
    assert_counted(&f, V6NF_DROP_UDP_CHECKSUM_ZERO, 1);
    assert_int_equal(send_without(f.peer.address, PORT + 1u, 100), 0);
    assert_counted(&f, V6NF_DROP_UDP_CHECKSUM_ZERO, 1);
    assert_int_equal(send_without(f.peer.address, PORT, 1453), 0);
    assert_counted(&f, V6NF_ORIGINATED, 0);
    allow(V6NF_UDP_RECEIVE);
    assert_int_equal(send_without(f.peer.address, PORT, 100), 0);
    assert_counted(&f, V6NF_DROP_UDP_CHECKSUM_ZERO, 1);
}

static void permission_to_omit_checksums_ends_with_the_binding(void **state)
{
    (void)state;
    assert_int_equal(v6nf_udp_allow_no_checksum(&f.node, PORT, 4), V6NF_INVALID);
    assert_int_equal(v6nf_udp_allow_no_checksum(&f.node, 0, 3), V6NF_INVALID);
    assert_int_equal(v6nf_udp_allow_no_checksum(&f.node, PORT + 1u, 3), V6NF_INVALID);
    allow(V6NF_UDP_RECEIVE);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, NULL, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, &program), V6NF_OK);
    make_datagram(PORT, 10);
    remove_checksum(&in);
    assert_dropped(V6NF_DROP_UDP_CHECKSUM_ZERO);
}

/* An error about a datagram without checksum is reported to its port only if addresses and ports match (RFC 6936,
 * 4). */
static void error_about_a_datagram_without_checksum_is_reported(void **state)
{
    static struct test_frame sent;
    (void)state;
    listen_for_errors();
    allow(V6NF_UDP_SEND);
    assert_int_equal(send_without(f.peer.address, PORT, 10), 72);
    sent = in;
    frame_error_from(&in, &router, NODE_GLOBAL, 1, 4, 0, &sent, 58);
    fixture_input(&f, &in);
    assert_reported(ROUTER, f.peer.address);
}
#endif

/* -- Other links --------------------------------------------------------------------------------------------------- */

static void datagrams_up_to_the_link_mtu_are_sent_whole(void **state)
{
    (void)state;
    static const uint32_t mtus[] = {1280, 1281, 1500, 9000};
    for (uint32_t i = 0; i < 4u; i++) {
        start(mtus[i]);
        uint32_t max_length = mtus[i] - 48u;
        make_datagram(PORT, max_length);
        program.answer = max_length;
        program.written = max_length;
        expect_reply(max_length);
        assert_answered();
        assert_int_equal(f.out.length, mtus[i] + 14u);
        fixture_mark(&f);
        fixture_udp_send(&f, PORT, f.peer.address, PEER_PORT, max_length);
        assert_frame(&f.out, &expected);
    }
}

/* A datagram too long to wait is lost, but its neighbor is resolved, so that the next one is sent (RFC 4861, 7.2.2). */
static void datagram_too_long_to_wait_still_resolves_its_neighbor(void **state)
{
    (void)state;
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    start(9000);
    fixture_udp_send(&f, 1234, unknown.address, 5678, 8000);
    if (f.out.length != 0u) {
        frame_node_ns(&expected, NODE_GLOBAL, unknown.address);
        assert_frame(&f.out, &expected);
    } else {
        fixture_run_until(&f, f.now + SECOND);
        assert_int_not_equal(f.sent_count, 0);
    }
    frame_answer(&in, &unknown, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_udp_send(&f, 1234, unknown.address, 5678, 8000);
    frame_udp(&expected, unknown.mac, NODE_MAC, NODE_GLOBAL, unknown.address, 64, 1234, 5678, 8000);
    assert_frame(&f.out, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(handler_receives_the_datagram, setup),
        cmocka_unit_test_setup(handler_sees_hop_limit_and_traffic_class, setup),
        cmocka_unit_test_setup(datagram_is_handled_in_place, setup),
        cmocka_unit_test_setup(capacity_is_what_fits_the_buffer_and_can_be_sent, setup),
        cmocka_unit_test_setup(each_port_has_its_own_handler, setup),
        cmocka_unit_test_setup(reply_may_have_any_length_that_fits, setup),
        cmocka_unit_test_setup(reply_that_does_not_fit_is_dropped, setup),
        cmocka_unit_test_setup(unchanged_reply_keeps_its_checksum, setup),
        cmocka_unit_test_setup(unchanged_with_another_length_computes_the_checksum, setup),
        cmocka_unit_test_setup(reply_to_a_multicast_comes_from_a_unicast_address, setup),
        cmocka_unit_test_setup(reply_copies_no_header_field_of_the_request, setup),
        cmocka_unit_test_setup(no_reply_to_port_zero, setup),
        cmocka_unit_test_setup(no_reply_to_the_unspecified_address, setup),
        cmocka_unit_test_setup(computed_checksum_zero_is_sent_as_ones, setup),
        cmocka_unit_test_setup(no_reply_from_an_address_that_the_handler_removed, setup),
#if V6NF_ANYCAST
        cmocka_unit_test_setup(reply_for_an_address_that_the_handler_shared_is_from_another, setup),
        cmocka_unit_test_setup(reply_for_a_shared_address_is_from_none_past_its_end, setup),
#endif
        cmocka_unit_test_setup(datagram_without_checksum_is_dropped, setup),
        cmocka_unit_test_setup(wrong_checksum_is_dropped, setup),
        cmocka_unit_test_setup(impossible_lengths_are_dropped, setup),
        cmocka_unit_test_setup(datagram_shorter_than_its_packet_is_trimmed, setup),
        cmocka_unit_test_setup(closed_port_is_answered_with_port_unreachable, setup),
        cmocka_unit_test_setup(closed_port_is_silent_where_no_error_may_be_sent, setup),
        cmocka_unit_test_setup(bind_reports_each_error, setup),
        cmocka_unit_test_setup(port_stays_bound_on_another_link, setup),
        cmocka_unit_test_setup(closed_port_can_be_bound_again, setup),
        cmocka_unit_test_setup(sent_datagram_has_the_bytes_of_the_rfcs, setup),
        cmocka_unit_test_setup(datagram_too_long_for_fragments_is_not_sent, setup),
        cmocka_unit_test_setup(datagram_longer_than_the_buffer_is_not_sent, setup),
        cmocka_unit_test_setup(nothing_is_sent_from_a_buffer_too_small_for_headers, setup),
        cmocka_unit_test_setup(nothing_is_sent_without_an_address, setup),
        cmocka_unit_test_setup(nothing_is_sent_without_a_route, setup),
        cmocka_unit_test_setup(nothing_is_sent_to_addresses_that_never_appear_on_a_link, setup),
        cmocka_unit_test_setup(nothing_is_sent_from_or_to_port_zero, setup),
        cmocka_unit_test_setup(multicast_is_sent_without_resolution, setup),
#if V6NF_WAITING_PER_NEIGHBOR >= 2
        cmocka_unit_test_setup(datagrams_wait_for_address_resolution, setup),
#endif
        cmocka_unit_test_setup(full_sized_datagram_waits_for_address_resolution, setup),
        cmocka_unit_test_setup(off_link_datagram_is_sent_via_the_gateway, setup),
#if V6NF_NEIGHBORS >= 28
        cmocka_unit_test_setup(destinations_that_share_a_slot_keep_their_neighbors, setup),
#endif
        cmocka_unit_test_setup(neighbor_in_use_is_not_evicted_from_a_full_cache, setup),
        cmocka_unit_test_setup(errors_are_reported_to_the_program, setup),
        cmocka_unit_test_setup(error_report_holds_as_much_as_was_quoted, setup),
        cmocka_unit_test_setup(error_report_holds_the_datagram_alone, setup),
        cmocka_unit_test_setup(error_about_another_datagram_is_dropped, setup),
        cmocka_unit_test_setup(packet_too_big_below_the_minimum_mtu_is_discarded, setup),
        cmocka_unit_test_setup(error_without_error_handler_is_dropped, setup),
        cmocka_unit_test_setup(error_about_a_first_fragment_is_reported, setup),
        cmocka_unit_test_setup(silent_neighbor_is_reported_to_the_program, setup),
#if V6NF_UDP_ZERO_CHECKSUM
        cmocka_unit_test_setup(datagram_without_checksum_is_delivered_where_allowed, setup),
        cmocka_unit_test_setup(other_ports_and_groups_need_checksums, setup),
        cmocka_unit_test_setup(reply_is_without_checksum_where_allowed, setup),
        cmocka_unit_test_setup(datagram_is_sent_without_checksum_where_allowed, setup),
        cmocka_unit_test_setup(permission_to_omit_checksums_ends_with_the_binding, setup),
        cmocka_unit_test_setup(error_about_a_datagram_without_checksum_is_reported, setup),
#endif
        cmocka_unit_test_setup(datagrams_up_to_the_link_mtu_are_sent_whole, setup),
        cmocka_unit_test_setup(datagram_too_long_to_wait_still_resolves_its_neighbor, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
