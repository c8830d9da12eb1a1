/* test_fragment.c: packets longer than the path MTU (RFC 8200, 4.5 and 5; RFC 8201). */
#include "fixture_exchange.h"

#include <stdio.h>
#include <string.h>

#define FRAGMENT 44u

static struct test_frame joined;
static uint8_t identification[4];

static int setup(void **state)
{
    (void)setup_exchange(state);
    f.capacity = TEST_FRAME_MAX;
    return 0;
}

/* Append a sent fragment to `joined`. Fragments are in order, of at most `mtu` bytes, with one identification. */
static void join(const struct test_frame *fragment, uint32_t mtu, bool is_last)
{
    const uint8_t *bytes = fragment->bytes;
    uint32_t length = fragment->length - 62u;
    assert_true(fragment->length <= mtu + 14u);
    assert_int_equal(bytes[20], FRAGMENT);
    assert_int_equal(256u * bytes[18] + bytes[19], fragment->length - 54u);
    if (joined.length == 0u) {
        memcpy(joined.bytes, bytes, 54);
        joined.bytes[20] = bytes[54];
        joined.length = 54;
        memcpy(identification, bytes + 58, 4);
    }
    assert_memory_equal(bytes + 58, identification, 4);
    assert_int_equal(256u * bytes[56] + (bytes[57] & 0xF8u), joined.length - 54u);
    assert_int_equal(bytes[57] & 7u, is_last ? 0u : 1u);
    assert_true(is_last || (length % 8u == 0u && length + 70u > mtu + 14u)); /* no smaller than necessary */
    memcpy(joined.bytes + joined.length, bytes + 62, length);
    joined.length += length;
    joined.bytes[18] = (uint8_t)((joined.length - 54u) / 256u);
    joined.bytes[19] = (uint8_t)((joined.length - 54u) % 256u);
}

/* Check that f.out, if not empty, and what ticks then send is `expected`, in fragments for this MTU. */
static void assert_fragments(uint32_t mtu)
{
    joined.length = 0;
    fixture_tick(&f);
    if (f.out.length != 0u) {
        join(&f.out, mtu, f.sent_count == 0u);
    }
    for (uint32_t i = 0; i < f.sent_count; i++) {
        join(&f.sent[i].frame, mtu, i + 1u == f.sent_count);
    }
    assert_frame(&joined, &expected);
}

/* Send the node a Packet Too Big from a router that quotes the first 60 bytes of the packet in `about`. */
static void send_packet_too_big(const struct test_frame *about, uint32_t mtu, uint8_t code)
{
    const struct test_station router = {.mac = GATEWAY_MAC, .address = "2001:db8::fe"};
    frame_error_from(&in, &router, NODE_GLOBAL, 2, code, mtu, about, 60);
    fixture_input(&f, &in);
}

static void send_datagram(uint32_t size)
{
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, size);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, size);
}

static void datagrams_longer_than_the_link_mtu_are_sent_in_fragments(void **state)
{
    (void)state;
    for (uint32_t size = 1453; size <= V6NF_FRAGMENTATION_SIZE - 48u; size += size < 3000u ? 1u : 97u) {
        send_datagram(size);
        assert_fragments(1500);
    }
}

static uint32_t reply_of_length(void *context, struct v6nf_udp_datagram *datagram)
{
    uint32_t length = *(uint32_t *)context;
    for (uint32_t i = 0; i < length; i++) {
        datagram->payload[i] = (uint8_t)(i & 0xFFu);
    }
    return length;
}

static void replies_longer_than_the_link_mtu_are_sent_in_fragments(void **state)
{
    (void)state;
    uint32_t length = V6NF_FRAGMENTATION_SIZE - 48u;
    if (length <= 1452u) {
        return; /* the link carries it whole */
    }
    assert_int_equal(v6nf_udp_bind(&f.node, 7, reply_of_length, &length), V6NF_OK);
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 3);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 7, 1000, length);
    fixture_input(&f, &in);
    assert_fragments(1500);
}

/* The path MTU of the message is valid from the next packet on; other destinations keep theirs (RFC 8201, 4). */
static void packet_too_big_lowers_the_path_mtu(void **state)
{
    const struct test_station other = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    fixture_make_reachable(&f, &other);
    send_datagram(1452);
    assert_frame(&f.out, &expected);
    send_packet_too_big(&expected, 1400, 0);
    send_datagram(1452);
    assert_fragments(1400);
    send_datagram(1352);
    assert_frame(&f.out, &expected);
    send_packet_too_big(&expected, 1280, 0);
    send_datagram(1352);
    assert_fragments(1280);
    fixture_udp_send(&f, 1000, other.address, 2000, 1452);
    assert_int_equal(f.out.length, 1514);
}

/* The receiver ignores the Code (RFC 4443, 3.2). */
static void packet_too_big_with_any_code_is_obeyed(void **state)
{
    (void)state;
    send_datagram(1452);
    send_packet_too_big(&expected, 1400, 7);
    send_datagram(1452);
    assert_fragments(1400);
}

static void echo_replies_follow_the_path_mtu(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1452);
    fixture_input(&f, &in);
    send_packet_too_big(&f.out, 1300, 0);
    fixture_mark(&f);
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1452);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 1452);
    fixture_input(&f, &in);
    assert_fragments(1300);
}

/* A path MTU is never below 1280, never raised, and only for what the node can have sent (RFC 8201, 4). */
static void packet_too_big_with_an_impossible_mtu_is_ignored(void **state)
{
    static struct test_frame about;
    (void)state;
    send_datagram(1452);
    about = expected;
    send_packet_too_big(&about, 1279, 0);
    send_packet_too_big(&about, 56, 0);
    send_packet_too_big(&about, 0, 0);
    send_packet_too_big(&about, 1500, 0);
    send_packet_too_big(&about, 9000, 0);
    send_packet_too_big(&about, 0x1FFFFFFF, 0);
    about.bytes[14 + 23] ^= 1u; /* the source is another node */
    send_packet_too_big(&about, 1300, 0);
    about = expected;
    about.bytes[14 + 39] ^= 0x77u; /* nothing was sent to this destination */
    send_packet_too_big(&about, 1300, 0);
    about = expected;
    about.bytes[18] = 4; /* the packet was not longer than that */
    send_packet_too_big(&about, 1300, 0);
    about.bytes[18] = 1260 / 256; /* just as long */
    about.bytes[19] = 1260 % 256;
    send_packet_too_big(&about, 1300, 0);
    about.bytes[18] = 6; /* longer than the path MTU */
    send_packet_too_big(&about, 1300, 0);
    send_datagram(1452);
    assert_frame(&f.out, &expected);
    send_packet_too_big(&expected, 1300, 0);
    send_packet_too_big(&expected, 1400, 0);
    send_datagram(1352);
    assert_fragments(1300);
}

/* Build a packet of 1500 bytes from the node to the peer that the node did not send. */
static void make_not_sent(struct test_frame *frame, uint8_t next_header, const uint8_t *payload, uint32_t length)
{
    static uint8_t bytes[1460];
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, payload, length);
    frame_ipv6(frame, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, next_header, 64, bytes, sizeof bytes);
}

/* "the node should validate the payload" (RFC 8201, 4). Valid: a port that is open or has sent, an outstanding Echo
 * Request, an Echo Reply. Nothing else is that long. */
static void packet_too_big_about_an_unsent_packet_is_ignored(void **state)
{
    static const struct {
        uint8_t next_header;
        uint8_t payload[20];
    } cases[] = {
        {6, {0x03, 0xE8, 0x07, 0xD0}},              /* TCP, from the port that sent UDP */
        {17, {0x03, 0xE9, 0x07, 0xD0, 0x05, 0xB4}}, /* UDP from port 1001 */
        {17, {0x00, 0x00, 0x07, 0xD0, 0x05, 0xB4}}, /* UDP from port 0 */
        {58, {128, 0, 0, 0, 0x12, 0x34, 0, 1}},     /* an Echo Request, without a ping */
        {58, {136, 0}},
        {58, {2, 0}},
        {58, {143, 0}}, /* ICMPv6 that is never that long */
        {59, {0}},
        {41, {0x60}},
        {50, {0}},
        {132, {0x03, 0xE8}},                                     /* none, IPv6, ESP, SCTP */
        {60, {17, 0, 1, 4, 0, 0, 0, 0, 0x03, 0xE9, 0x07, 0xD0}}, /* UDP after options */
        {44, {17, 0, 5, 0xA0, 1, 2, 3, 4}},                      /* a fragment of another packet */
        {44, {17, 0, 0, 1, 1, 2, 3, 4, 0x03, 0xE9, 0x07, 0xD0}}, /* a first fragment, from port 1001 */
    };
    static struct test_frame about;
    (void)state;
    send_datagram(1452);
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_case("case %u", i);
        make_not_sent(&about, cases[i].next_header, cases[i].payload, sizeof cases[i].payload);
        fixture_mark(&f);
        send_packet_too_big(&about, 1300, 0);
        assert_counted(&f, V6NF_DROP_ICMPV6_ERROR, 1);
        send_datagram(1452);
        assert_frame(&f.out, &expected);
    }
    about = expected;
    about.bytes[14] = 0x50; /* IP version 5 */
    send_packet_too_big(&about, 1300, 0);
    send_datagram(1452);
    assert_frame(&f.out, &expected);
    fixture_case("%s", "");
}

/* The quotation of a later fragment has no port, but an identification that the node chose. */
static void packet_too_big_about_any_fragment_is_obeyed(void **state)
{
    (void)state;
    const uint32_t long_ones = V6NF_FRAGMENTATION_SIZE < 9000u ? 1u : 2u; /* the last is shorter than any path MTU */
    for (uint32_t which = 0; which < long_ones; which++) {
        fixture_start_with(&f, 1, V6NF_FRAGMENTATION_SIZE < 9000u ? V6NF_FRAGMENTATION_SIZE : 9000u);
        f.capacity = TEST_FRAME_MAX;
        fixture_make_reachable(&f, &f.peer);
        send_datagram(f.node.mtu - 48u);
        send_packet_too_big(&f.out, 1400, 0);
        send_datagram(f.node.mtu - 48u);
        fixture_tick(&f);
        static struct test_frame about;
        about = which == 0u ? f.out : f.sent[0].frame;
        assert_int_equal(about.bytes[20], FRAGMENT);
        assert_int_equal((256u * about.bytes[56] + about.bytes[57]) / 8u == 0u, which == 0u);
        send_packet_too_big(&about, 1280, 0);
        send_datagram(1452);
        assert_fragments(1280);
    }
}

static void packet_too_big_about_a_reply_is_obeyed(void **state)
{
    static struct test_frame about;
    (void)state;
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 1452);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 7, 1000, 1452);
    about = expected;
    assert_int_equal(v6nf_udp_bind(&f.node, 7, test_udp_echo, NULL), V6NF_OK);
    static struct test_frame request;
    request = in;
    fixture_input(&f, &request);
    send_packet_too_big(&about, 1300, 0);
    fixture_mark(&f);
    fixture_input(&f, &request);
    assert_fragments(1300);
}

static uint32_t ping_to(const char *destination, struct v6nf_ping *ping)
{
    const struct v6nf_ping_config config = {.destination = test_address_of(destination),
                                            .size = 1452,
                                            .identifier = 0x1234,
                                            .count = 1,
                                            .interval = SECOND,
                                            .timeout = SECOND};
    assert_int_equal(v6nf_ping_start(ping, &f.node, &config, f.now), V6NF_OK);
    fixture_mark(&f);
    fixture_tick(&f);
    return f.sent_count;
}

/* Each router on the path may have a smaller MTU than the one before (RFC 8201, 4): the second message counts, too. */
static void each_packet_too_big_about_one_request_is_obeyed(void **state)
{
    static struct v6nf_ping ping;
    static struct test_frame about;
    (void)state;
    assert_int_equal(ping_to(f.peer.address, &ping), 1);
    about = f.sent[0].frame;
    send_packet_too_big(&about, 1400, 0);
    send_packet_too_big(&about, 1300, 0);
    send_datagram(1452);
    assert_fragments(1300);
    about.bytes[14 + 46] ^= 1u; /* a sequence number that was not sent */
    send_packet_too_big(&about, 1280, 0);
    about.bytes[14 + 46] ^= 1u;
    about.bytes[14 + 44] ^= 1u; /* the identifier of another program */
    send_packet_too_big(&about, 1280, 0);
    send_datagram(1452);
    assert_fragments(1300);
}

/* A longer packet is tried again after ten minutes (RFC 8201, 5.3). */
static void path_mtu_is_tried_again_after_ten_minutes(void **state)
{
    (void)state;
    send_datagram(1452);
    send_packet_too_big(&expected, 1400, 0);
    fixture_run_until(&f, f.now + 599u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    send_datagram(1452);
    assert_fragments(1400);
    fixture_run_until(&f, f.now + SECOND);
    send_datagram(1452);
    assert_frame(&f.out, &expected);
}

/* Multicast destinations have a path MTU, too (RFC 8201, 4). */
static void path_mtu_of_a_group_is_obeyed(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, "ff0e::7", 2000, 1452);
    frame_udp(&expected, "33:33:00:00:00:07", NODE_MAC, NODE_GLOBAL, "ff0e::7", 1, 1000, 2000, 1452);
    assert_frame(&f.out, &expected);
    send_packet_too_big(&expected, 1300, 0);
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, "ff0e::7", 2000, 1452);
    assert_fragments(1300);
}

/* A datagram too long for the queue of single packets waits as a whole. */
static void long_datagrams_wait_for_address_resolution(void **state)
{
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    uint32_t size = V6NF_FRAGMENTATION_SIZE - 48u;
    (void)state;
    if (size <= 1452u) {
        return;
    }
    fixture_udp_send(&f, 1000, unknown.address, 2000, size);
    fixture_run_until(&f, f.now + 900u * MILLISECOND);
    assert_sent_count(&f, 0);
    frame_answer(&in, &unknown, NODE_GLOBAL);
    fixture_input(&f, &in);
    frame_udp(&expected, unknown.mac, NODE_MAC, NODE_GLOBAL, unknown.address, 64, 1000, 2000, size);
    assert_fragments(1500);
}

static void fragments_to_a_silent_neighbor_expire(void **state)
{
    uint32_t size = V6NF_FRAGMENTATION_SIZE - 48u;
    (void)state;
    if (size <= 1452u) {
        return;
    }
    fixture_udp_send(&f, 1000, "2001:db8::77", 2000, size);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_false(f.node.fragmentations[0].used);
    fixture_run_until(&f, f.now + 100u * SECOND);
    send_datagram(1453);
    assert_int_not_equal(f.out.length, 0);
}

/* -- Between the first fragment and the others --------------------------------------------------------------------- */

/* The longest datagram that is sent in fragments, and whether the link's MTU makes fragments necessary. */
#define LONG (V6NF_FRAGMENTATION_SIZE - 48u)
#define IS_LONG (LONG > 1452u)

/* The new path MTU is valid from the next fragment on (RFC 8201, 4). No fragment is fragmented again. */
static void path_mtu_that_falls_between_fragments_is_obeyed_at_once(void **state)
{
    static struct test_frame first;
    (void)state;
    send_datagram(1452);
    send_packet_too_big(&expected, 1400, 0);
    send_datagram(LONG);
    first = f.out;
    joined.length = 0;
    join(&first, 1400, false);
    send_packet_too_big(&first, 1280, 0);
    assert_sent_count(&f, 0);
    fixture_tick(&f);
    for (uint32_t i = 0; i < f.sent_count; i++) {
        join(&f.sent[i].frame, 1280, i + 1u == f.sent_count);
    }
    assert_frame(&joined, &expected);
}

/* Send the node an Echo Request in two fragments, from a station that it has not resolved. */
static void send_long_request(const struct test_station *from, uint32_t its_identification)
{
    static struct test_frame whole;
    frame_echo_request(&whole, from, NODE_GLOBAL, 7, 1, 2000);
    for (uint32_t start = 0; start < 2008u; start += 1232u) {
        uint32_t end = start + 1232u < 2008u ? start + 1232u : 2008u;
        const uint8_t header[8] = {58,
                                   0,
                                   (uint8_t)(start / 256u),
                                   (uint8_t)(start % 256u + (end < 2008u ? 1u : 0u)),
                                   0,
                                   0,
                                   (uint8_t)(its_identification / 256u),
                                   (uint8_t)(its_identification % 256u)};
        in = whole;
        memcpy(in.bytes + 54, header, sizeof header);
        memcpy(in.bytes + 62, whole.bytes + 54 + start, end - start);
        in.bytes[18] = (uint8_t)((8u + end - start) / 256u);
        in.bytes[19] = (uint8_t)((8u + end - start) % 256u);
        in.bytes[20] = FRAGMENT;
        in.length = 62u + end - start;
        fixture_input(&f, &in);
    }
}

/* Unknown hosts that never resolve hold no slot. The program's long datagrams are sent, and long pings of others are
 * answered. */
static void replies_to_silent_hosts_delay_no_long_packet(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200u && IS_LONG; i++) {
        char address[32];
        const struct test_station silent = {.mac = "02:00:00:00:00:99", .address = address};
        (void)snprintf(address, sizeof address, "2001:db8::99:%x", i);
        send_long_request(&silent, 2u * i);
        fixture_run_until(&f, f.now + SECOND / 2u);
        fixture_make_reachable(&f, &f.peer);
        send_datagram(LONG);
        assert_fragments(1500);
        fixture_mark(&f);
        send_long_request(&f.peer, 2u * i + 1u);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 2000);
        assert_fragments(1500);
    }
}

static uint32_t errors;    /* reports that a neighbor does not answer */
static uint32_t evictions; /* reports that a later datagram took the slot */

static void count_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    if (error->status == V6NF_SEND_NO_BUFFER) {
        evictions++;
        return;
    }
    assert_int_equal(error->status, V6NF_SEND_UNREACHABLE);
    assert_int_equal(error->code, 3); /* address unreachable */
    errors++;
}

/* Datagrams of the program to silent neighbors yield to those that can be sent. Each is reported or counted. */
static void long_datagrams_to_silent_neighbors_delay_no_other(void **state)
{
    static struct test_frame buffer;
    (void)state;
    errors = 0;
    evictions = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, 1000, reply_of_length, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, 1000, count_error), V6NF_OK);
    if (!V6NF_LONG_PACKETS_WAIT) {
        return; /* they wait in the queue of all others */
    }
    for (uint32_t i = 0; i <= V6NF_FRAGMENTATIONS; i++) {
        uint32_t frame_length = 0;
        struct v6nf_udp_message message = {
            .remote = test_address_of("2001:db8::99:0"), .remote_port = 2000, .local_port = 1000};
        message.remote.bytes[15] = (uint8_t)i;
        memset(buffer.bytes + V6NF_UDP_PAYLOAD, 0, LONG);
        (void)v6nf_udp_send(&f.node, buffer.bytes, LONG, sizeof buffer.bytes, &message, &frame_length, f.now);
    }
    assert_counted(&f, V6NF_DROP_WAITING_FULL, V6NF_FRAGMENTATIONS > 1u ? 2 : 1); /* one slot is kept back */
    send_datagram(LONG);
    assert_fragments(1500);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(errors, V6NF_FRAGMENTATIONS - 1u);
    assert_int_equal(evictions, 2);
}

/* A slot is kept back for the program, and one for replies. */
static void replies_leave_a_slot_to_the_program(void **state)
{
    (void)state;
    if (!IS_LONG || V6NF_FRAGMENTATIONS == 1u) {
        return;
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        send_long_request(&f.peer, i);
        assert_int_equal(f.out.length != 0u, i + 1u < V6NF_FRAGMENTATIONS);
    }
    assert_counted(&f, V6NF_DROP_FRAGMENTATION_FULL, 1);
    send_datagram(LONG);
    assert_int_not_equal(f.out.length, 0);
}

static void datagrams_that_wait_leave_a_slot_to_replies(void **state)
{
    (void)state;
    if (!V6NF_LONG_PACKETS_WAIT || !IS_LONG || V6NF_FRAGMENTATIONS == 1u) {
        return;
    }
    for (uint32_t i = 0; i < 3u * V6NF_FRAGMENTATIONS; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "2001:db8::99:%x", i);
        fixture_udp_send(&f, 1000, address, 2000, LONG);
    }
    fixture_mark(&f);
    send_long_request(&f.peer, 1);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 2000);
    assert_fragments(1500);
}

/* The link comes up between two fragments: the neighbor must be resolved again. */
static void lose_the_neighbor_between_fragments(void)
{
    errors = 0;
    evictions = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, 1000, reply_of_length, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, 1000, count_error), V6NF_OK);
    send_datagram(LONG);
    assert_int_not_equal(f.out.length, 0);
    joined.length = 0;
    join(&f.out, 1500, false);
    v6nf_node_link_up(&f.node, f.now);
    fixture_tick(&f);
}

/* The others are sent after the first one when the neighbor answers. */
static void later_fragments_wait_for_a_neighbor_that_was_lost(void **state)
{
    (void)state;
    if (!V6NF_LONG_PACKETS_WAIT || !IS_LONG) {
        return;
    }
    lose_the_neighbor_between_fragments();
    frame_node_ns(&in, NODE_GLOBAL, f.peer.address);
    assert_sent(&f, f.sent_count - 1u, f.now, &in);
    fixture_mark(&f);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_tick(&f);
    assert_true(f.sent_count > 0u);
    for (uint32_t i = 0; i < f.sent_count; i++) {
        join(&f.sent[i].frame, 1500, i + 1u == f.sent_count);
    }
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, LONG);
    assert_frame(&joined, &expected);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_int_equal(errors + evictions, 0);
}

static void datagram_whose_neighbor_is_lost_between_fragments_is_reported_once(void **state)
{
    (void)state;
    if (!IS_LONG) {
        return;
    }
    lose_the_neighbor_between_fragments();
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_int_equal(errors + evictions, 1);
    assert_false(f.node.fragmentations[0].used);
}

/* Nothing is sent from an address that is no longer the node's (RFC 4862, 5.4). */
static void fragments_from_a_removed_address_are_dropped(void **state)
{
    const struct v6nf_address own = test_address_of(NODE_GLOBAL);
    (void)state;
    send_datagram(1452);
    send_packet_too_big(&expected, 1280, 0);
    send_datagram(1452);
    assert_int_not_equal(f.out.length, 0);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_FRAGMENTATION, 1);
}

/* The link was down, and so the address is tentative again (RFC 4862, 5.4). */
static void fragments_from_a_tentative_address_are_dropped(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1280, .dad_transmits = 1});
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_run_until(&f, f.now + 5u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    f.capacity = TEST_FRAME_MAX;
    send_datagram(1400);
    assert_int_not_equal(f.out.length, 0);
    v6nf_node_link_up(&f.node, f.now);
    fixture_tick(&f);
    assert_counted(&f, V6NF_DROP_FRAGMENTATION, 1);
    assert_false(f.node.fragmentations[0].used);
}

/* -- Identifications (RFC 7739) ------------------------------------------------------------------------------------ */

/* Start a node with this seed and secret (NULL: none), on a link of the minimum MTU. */
static void start_with(uint64_t seed, const uint8_t *secret)
{
    static uint8_t mac[6];
    test_mac(mac, NODE_MAC);
    fixture_start_with(&f, seed, 1280);
    const struct v6nf_node_config config = {
        .mac = mac, .mtu = 1280, .seed = seed, .predictable = true, .secret = secret};
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    f.capacity = TEST_FRAME_MAX;
}

/* Send to a group, which needs no neighbor, in two fragments. Return their identification. */
static uint32_t identification_to(const char *group)
{
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, group, 2000, 1400);
    fixture_tick(&f);
    assert_int_equal(f.sent_count, 1);
    assert_memory_equal(f.out.bytes + 58, f.sent[0].frame.bytes + 58, 4);
    uint32_t value = 0;
    for (uint32_t i = 0; i < 4u; i++) {
        value = value * 256u + f.out.bytes[58u + i];
    }
    return value;
}

static const char *const groups[] = {"ff0e::1", "ff0e::2", "ff0e::3", "ff0e::4"};

/* No identification repeats within 2^32 packets to a destination, with any traffic to others (RFC 8200, 4.5). */
static void identifications_do_not_repeat(void **state)
{
    static uint32_t seen[1000];
    (void)state;
    start_with(1, NULL);
    for (uint32_t i = 0; i < 1000u; i++) {
        seen[i] = identification_to(groups[i % 4u]);
        for (uint32_t j = i % 4u; j < i; j += 4u) {
            assert_int_not_equal(seen[i], seen[j]);
        }
    }
}

/* Identifications to one destination reveal neither those to another nor earlier ones (RFC 7739, 4). */
static void identifications_to_two_destinations_are_unrelated(void **state)
{
    uint32_t near = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 200u; seed++) {
        start_with(seed, NULL);
        uint32_t first = identification_to(groups[0]);
        uint32_t second = identification_to(groups[1]);
        near += (uint32_t)(second - first + 0x10000u) < 0x20000u ? 1u : 0u;
    }
    assert_true(near <= 2u);
}

/* Identifications depend on secret and seed (RFC 7739, 5). */
static void identifications_change_with_the_key(void **state)
{
    static const uint8_t secrets[2][16] = {{1}, {2}};
    (void)state;
    start_with(1, NULL);
    uint32_t other_source = identification_to("ff02::1:1"); /* from the link-local address */
    uint32_t open = identification_to(groups[0]);
    start_with(1, NULL);
    (void)identification_to("ff02::1:1");
    assert_int_equal(identification_to(groups[0]), open); /* the same inputs give the same value */
    start_with(2, NULL);
    uint32_t reseeded = identification_to(groups[0]);
    start_with(1, secrets[0]);
    uint32_t secret = identification_to(groups[0]);
    start_with(1, secrets[1]);
    uint32_t another = identification_to(groups[0]);
    const uint32_t values[] = {other_source, open, reseeded, secret, another};
    for (uint32_t i = 0; i < 5u; i++) {
        for (uint32_t j = 0; j < i; j++) {
            assert_true((uint32_t)(values[i] - values[j] + 16u) > 32u);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(datagrams_longer_than_the_link_mtu_are_sent_in_fragments, setup),
        cmocka_unit_test_setup(replies_longer_than_the_link_mtu_are_sent_in_fragments, setup),
        cmocka_unit_test_setup(packet_too_big_lowers_the_path_mtu, setup),
        cmocka_unit_test_setup(packet_too_big_with_any_code_is_obeyed, setup),
        cmocka_unit_test_setup(echo_replies_follow_the_path_mtu, setup),
        cmocka_unit_test_setup(packet_too_big_with_an_impossible_mtu_is_ignored, setup),
        cmocka_unit_test_setup(packet_too_big_about_an_unsent_packet_is_ignored, setup),
        cmocka_unit_test_setup(packet_too_big_about_any_fragment_is_obeyed, setup),
        cmocka_unit_test_setup(packet_too_big_about_a_reply_is_obeyed, setup),
        cmocka_unit_test_setup(each_packet_too_big_about_one_request_is_obeyed, setup),
        cmocka_unit_test_setup(path_mtu_is_tried_again_after_ten_minutes, setup),
        cmocka_unit_test_setup(path_mtu_of_a_group_is_obeyed, setup),
        cmocka_unit_test_setup(long_datagrams_wait_for_address_resolution, setup),
        cmocka_unit_test_setup(fragments_to_a_silent_neighbor_expire, setup),
        cmocka_unit_test_setup(path_mtu_that_falls_between_fragments_is_obeyed_at_once, setup),
        cmocka_unit_test_setup(replies_to_silent_hosts_delay_no_long_packet, setup),
        cmocka_unit_test_setup(long_datagrams_to_silent_neighbors_delay_no_other, setup),
        cmocka_unit_test_setup(replies_leave_a_slot_to_the_program, setup),
        cmocka_unit_test_setup(datagrams_that_wait_leave_a_slot_to_replies, setup),
        cmocka_unit_test_setup(later_fragments_wait_for_a_neighbor_that_was_lost, setup),
        cmocka_unit_test_setup(datagram_whose_neighbor_is_lost_between_fragments_is_reported_once, setup),
        cmocka_unit_test_setup(fragments_from_a_removed_address_are_dropped, setup),
        cmocka_unit_test_setup(fragments_from_a_tentative_address_are_dropped, setup),
        cmocka_unit_test_setup(identifications_do_not_repeat, setup),
        cmocka_unit_test_setup(identifications_to_two_destinations_are_unrelated, setup),
        cmocka_unit_test_setup(identifications_change_with_the_key, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
