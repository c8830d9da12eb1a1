/* test_reassembly.c: fragments (RFC 8200, 4.5; RFC 5722; RFC 6946; RFC 6980; RFC 7112). */
#include "fixture_exchange.h"
#include "v6nf/wire/ext.h"

#include <stdio.h>
#include <string.h>

#define FRAGMENT 44u
#define MORE 1u
#define FRAGMENT_HEADER 8u

static struct test_frame whole;

/* Cut bytes `from` to `to` of the fragmentable part of `packet`, which starts after the IPv6 header, into a
 * fragment. */
static void cut(struct test_frame *frame, const struct test_frame *packet, uint32_t identification, uint32_t from,
                uint32_t to, bool more)
{
    uint32_t payload = FRAGMENT_HEADER + to - from;
    memcpy(frame->bytes, packet->bytes, 54);
    frame->bytes[18] = (uint8_t)(payload / 256u);
    frame->bytes[19] = (uint8_t)(payload % 256u);
    frame->bytes[20] = FRAGMENT;
    frame->bytes[54] = packet->bytes[20];
    frame->bytes[55] = 0;
    frame->bytes[56] = (uint8_t)(from / 256u);
    frame->bytes[57] = (uint8_t)(from % 256u + (more ? MORE : 0u));
    for (uint32_t i = 0; i < 4u; i++) {
        frame->bytes[58u + i] = (uint8_t)(identification >> (24u - 8u * i) & 0xFFu);
    }
    memcpy(frame->bytes + 62, packet->bytes + 54 + from, to - from);
    frame->length = 62u + to - from;
}

/* Hand the node that piece of `whole`. All pieces but the last have the M flag. */
static void piece(uint32_t identification, uint32_t from, uint32_t to)
{
    cut(&in, &whole, identification, from, to, 54u + to < whole.length);
    fixture_input(&f, &in);
}

static void request(uint32_t size)
{
    frame_echo_request(&whole, &f.peer, NODE_GLOBAL, 7, 1, size);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, size);
}

static void pieces_in_order_make_a_packet(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    assert_nothing(&f.out);
    piece(1, 40, 80);
    assert_nothing(&f.out);
    piece(1, 80, 108);
    assert_frame(&f.out, &expected);
    assert_counted(&f, V6NF_DELIVERED, 2);
}

static void packet_with_a_hole_is_not_whole(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    piece(1, 48, 108);
    assert_nothing(&f.out);
    piece(1, 40, 48);
    assert_frame(&f.out, &expected);
}

/* Each order of four pieces, and each size up to that of a full-sized reply. */
static void pieces_in_any_order_make_a_packet(void **state)
{
    (void)state;
    for (uint32_t order = 0; order < 256u; order++) {
        uint32_t turn[4] = {order % 4u, order / 4u % 4u, order / 16u % 4u, order / 64u};
        uint32_t seen = 1u << turn[0] | 1u << turn[1] | 1u << turn[2] | 1u << turn[3];
        if (seen != 15u) {
            continue;
        }
        uint32_t size = 250u + order * 4u;
        uint32_t quarter = (8u + size) / 4u / 8u * 8u;
        request(size);
        for (uint32_t i = 0; i < 4u; i++) {
            uint32_t from = turn[i] * quarter;
            fixture_mark(&f);
            piece(order, from, turn[i] < 3u ? from + quarter : 8u + size);
        }
        assert_frame(&f.out, &expected);
    }
}

/* A packet of 1500 bytes must be accepted (RFC 8200, 5). */
static void packet_of_1500_bytes_comes_back(void **state)
{
    (void)state;
    request(1452);
    piece(1, 1232, 1460);
    piece(1, 0, 1232);
    assert_frame(&f.out, &expected);
}

/* This holds up to the longest packet that is reassembled. */
static void each_packet_that_can_be_reassembled_can_be_answered(void **state)
{
    static struct test_frame joined;
    const uint32_t most = V6NF_REASSEMBLY_SIZE < TEST_FRAME_MAX - 14u ? V6NF_REASSEMBLY_SIZE : TEST_FRAME_MAX - 14u;
    (void)state;
    for (uint32_t size = most - 50u; size <= most; size++) {
        f.now += SECOND;
        fixture_make_reachable(&f, &f.peer);
        request(size - 48u);
        for (uint32_t from = 0; from < whole.length - 54u; from += 1440u) {
            piece(size, from, from + 1440u < whole.length - 54u ? from + 1440u : whole.length - 54u);
        }
        assert_counted(&f, V6NF_DROP_MTU, 0);
        assert_int_not_equal(f.out.length, 0);
        fixture_tick(&f);
        uint32_t header = size > 1500u ? FRAGMENT_HEADER : 0u;
        memcpy(joined.bytes, expected.bytes, 54);
        joined.length = f.out.length - header;
        memcpy(joined.bytes + 54, f.out.bytes + 54 + header, joined.length - 54u);
        for (uint32_t i = 0; i < f.sent_count; i++) {
            uint32_t length = f.sent[i].frame.length - 62u;
            memcpy(joined.bytes + joined.length, f.sent[i].frame.bytes + 62, length);
            joined.length += length;
        }
        assert_frame(&joined, &expected);
    }
}

static uint32_t first_bytes(void *context, struct v6nf_udp_datagram *datagram)
{
    *(uint32_t *)context = datagram->length;
    return 4;
}

static void fragmented_datagram_is_delivered_to_its_handler(void **state)
{
    (void)state;
    uint32_t length = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, 7, first_bytes, &length), V6NF_OK);
    frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 1400);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 7, 1000, 4);
    piece(1, 0, 800);
    piece(1, 800, 1408);
    assert_frame(&f.out, &expected);
    assert_int_equal(length, 1400);
}

#if V6NF_REASSEMBLIES_PER_SOURCE >= 2
/* Source, destination and identification together identify a packet (RFC 8200, 4.5). */
static void pieces_of_different_packets_do_not_mix(void **state)
{
    (void)state;
    const struct test_station other = {.mac = f.peer.mac, .address = "2001:db8::3"};
    request(100);
    piece(1, 0, 40);
    piece(2, 40, 108);
    assert_nothing(&f.out);
    frame_echo_request(&whole, &other, NODE_GLOBAL, 7, 1, 100);
    piece(1, 40, 108);
    assert_nothing(&f.out);
    frame_echo_request(&whole, &f.peer, NODE_LINK_LOCAL, 7, 1, 100);
    piece(1, 40, 108);
    assert_nothing(&f.out);
}
#endif

static void duplicate_pieces_are_ignored(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    piece(1, 0, 40);
    piece(1, 80, 108);
    piece(1, 80, 108);
    assert_nothing(&f.out);
    piece(1, 40, 80);
    assert_frame(&f.out, &expected);
}

/* An overlap ends the reassembly silently (RFC 5722, 4). */
static void overlap_ends_the_reassembly(void **state)
{
    static const uint32_t overlaps[][2] = {{32, 48}, {0, 48}, {8, 40}, {0, 32}, {32, 40}, {72, 88}, {40, 88}};
    (void)state;
    for (uint32_t i = 0; i < sizeof overlaps / sizeof *overlaps; i++) {
        fixture_mark(&f);
        request(100);
        piece(i, 0, 40);
        piece(i, 80, 108);
        piece(i, overlaps[i][0], overlaps[i][1]);
        assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 1);
        piece(i, 40, 80);
        assert_nothing(&f.out);
        fixture_run_until(&f, f.now + 61u * SECOND);
        fixture_make_reachable(&f, &f.peer);
    }
}

static void other_bytes_at_the_same_offset_are_an_overlap(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    whole.bytes[54 + 20] ^= 1u;
    piece(1, 0, 40);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 1);
}

static void pieces_that_contradict_the_end_end_the_reassembly(void **state)
{
    (void)state;
    request(100);
    piece(1, 80, 108);
    cut(&in, &whole, 1, 104, 112, true); /* past the end */
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 1);
    piece(2, 40, 80);
    cut(&in, &whole, 2, 8, 40, false); /* an end before received bytes */
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 2);
    piece(4, 40, 48);
    cut(&in, &whole, 4, 32, 40, false);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 3);
    piece(3, 80, 108);
    cut(&in, &whole, 3, 40, 72, false); /* a second end */
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 4);
}

/* The reassembly expires 60 seconds after the first received piece (RFC 8200, 4.5). The error is Time Exceeded, code
 * 1, and quotes the first fragment (RFC 4443, 3.3). */
static void time_exceeded_is_sent_if_the_first_fragment_arrived(void **state)
{
    static struct test_frame first;
    (void)state;
    request(100);
    const uint64_t begin = f.now;
    piece(1, 80, 108);
    fixture_run_until(&f, begin + 30u * SECOND);
    piece(1, 0, 40);
    first = in;
    fixture_run_until(&f, begin + 59u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    fixture_run_until(&f, begin + 60u * SECOND - 1u);
    assert_sent_count(&f, 0);
    fixture_run_until(&f, begin + 60u * SECOND);
    frame_error(&expected, &first, f.peer.mac, 3, 1, 0);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, begin + 60u * SECOND, &expected);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 1);
}

static void time_exceeded_quotes_as_much_as_fits(void **state)
{
    static struct test_frame first;
    (void)state;
    const uint64_t begin = f.now;
    request(1452);
    piece(1, 0, 1400);
    first = in;
    fixture_run_until(&f, begin + 59u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    fixture_run_until(&f, begin + 60u * SECOND);
    frame_error(&expected, &first, f.peer.mac, 3, 1, 0);
    assert_int_equal(expected.length, 14u + 1280u);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, begin + 60u * SECOND, &expected);
}

static void nothing_is_sent_if_the_first_fragment_is_missing(void **state)
{
    (void)state;
    request(100);
    piece(1, 40, 80);
    piece(1, 80, 108);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 1);
}

/* No error is sent about a multicast (RFC 4443, 2.4 (e)). */
static void nothing_is_sent_about_a_multicast(void **state)
{
    (void)state;
    frame_echo(&whole, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 100);
    piece(1, 0, 40);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 0);
}

static void completed_reassembly_does_not_expire_later(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    fixture_run_until(&f, f.now + 59u * SECOND);
    fixture_make_reachable(&f, &f.peer);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
    fixture_run_until(&f, f.now + 4u * SECOND);
    assert_sent_count(&f, 0);
}

/* The error is Parameter Problem, code 0, with the pointer at Payload Length (RFC 8200, 4.5). */
static void piece_with_a_length_not_of_8_bytes_is_a_problem(void **state)
{
    (void)state;
    request(100);
    cut(&in, &whole, 1, 0, 41, true);
    frame_error(&expected, &in, f.peer.mac, 4, 0, 4);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
    cut(&in, &whole, 2, 40, 40, true);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

/* The error is Parameter Problem, code 0, with the pointer at Fragment Offset (RFC 8200, 4.5). */
static void piece_past_65535_is_a_problem(void **state)
{
    (void)state;
    request(100);
    cut(&in, &whole, 1, 0, 8, false);
    in.bytes[56] = 0xFF;
    in.bytes[57] = 0xF8;
    frame_error(&expected, &in, f.peer.mac, 4, 0, 42);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
}

/* Insert Destination Options of `size` bytes after the IPv6 header of `whole`. */
static void insert_options(uint32_t size)
{
    memmove(whole.bytes + 54 + size, whole.bytes + 54, whole.length - 54u);
    memset(whole.bytes + 54, 0, size);
    whole.bytes[54] = whole.bytes[20];
    whole.bytes[55] = (uint8_t)(size / 8u - 1u);
    whole.bytes[20] = 60;
    whole.length += size;
}

/* The error is Parameter Problem, code 3, pointer 0 (RFC 7112, 5). */
static void first_fragment_must_have_all_headers(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8u; i++) {
        uint32_t size = 8u + i / 2u * 8u;
        bool is_udp = i % 2u == 0u;
        f.now += SECOND;
        fixture_make_reachable(&f, &f.peer);
        if (is_udp) {
            frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 100);
        } else {
            request(100);
        }
        insert_options(16);
        cut(&in, &whole, i, 0, size, true);
        frame_error(&expected, &in, f.peer.mac, 4, 3, 0);
        fixture_input(&f, &in);
        if (size < 24u) {
            assert_frame(&f.out, &expected);
        } else {
            assert_nothing(&f.out);
        }
    }
    frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 100);
    piece(99, 0, 8);
    assert_nothing(&f.out);
}

/* Bytes after the type may be missing, and too many headers hide the type (RFC 4443, 2.4 (e)). */
static void first_fragment_that_may_be_of_an_error_is_not_answered(void **state)
{
    (void)state;
    frame_icmpv6(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1, 0, NULL, 60);
    cut(&in, &whole, 1, 0, 3, false);
    in.bytes[57] |= MORE;
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    insert_options(8);
    for (uint32_t i = 0; i < V6NF_EXT_HEADERS_MAX; i++) {
        insert_options(8);
    }
    piece(2, 0, 8u * V6NF_EXT_HEADERS_MAX + 24u);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_FRAGMENT, 2);
}

/* An atomic fragment is handled alone, with any pieces of the same identification waiting (RFC 6946, 4). */
static void atomic_fragments_are_handled_alone(void **state)
{
    (void)state;
    request(100);
    piece(1, 0, 40);
    cut(&in, &whole, 1, 0, 108, false);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}

/* A fragmented message is ignored, an atomic fragment included (RFC 6980, 5). */
static void neighbor_discovery_in_fragments_is_ignored(void **state)
{
    (void)state;
    frame_ns(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    cut(&in, &whole, 1, 0, 32, false);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    piece(2, 0, 24);
    piece(2, 24, 32);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_FRAGMENTED_NDP, 2);
}

static void fragment_of_a_fragment_is_dropped(void **state)
{
    (void)state;
    request(100);
    cut(&in, &whole, 1, 0, 108, false);
    whole = in;
    cut(&in, &whole, 2, 0, 116, false);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_FRAGMENT, 1);
}

static void too_many_pieces_are_dropped(void **state)
{
    (void)state;
    request(16u * V6NF_REASSEMBLY_PIECES + 100u);
    for (uint32_t i = 0; i < V6NF_REASSEMBLY_PIECES; i++) {
        piece(1, 16u * i, 16u * i + 8u);
    }
    assert_counted(&f, V6NF_DROP_FRAGMENT_SIZE, 0);
    piece(1, 16u * V6NF_REASSEMBLY_PIECES, 16u * V6NF_REASSEMBLY_PIECES + 8u);
    assert_counted(&f, V6NF_DROP_FRAGMENT_SIZE, 1);
}

/* The size is that of the packet from its IPv6 header on, with the headers before the Fragment header. */
static void too_long_a_packet_is_dropped(void **state)
{
    (void)state;
    for (uint32_t headers = 0; headers <= 16u; headers += 8u) {
        for (uint32_t over = 0; over < 2u; over++) {
            const uint32_t offset = (V6NF_REASSEMBLY_SIZE - 40u - headers - 8u) / 8u * 8u;
            const uint32_t last = V6NF_REASSEMBLY_SIZE - 40u - headers - offset + over;
            request(100);
            cut(&in, &whole, 2u * headers + over, 0, last, false);
            in.bytes[56] = (uint8_t)(offset / 256u);
            in.bytes[57] = (uint8_t)(offset % 256u);
            if (headers != 0u) {
                memmove(in.bytes + 54u + headers, in.bytes + 54, in.length - 54u);
                memset(in.bytes + 54, 0, headers);
                in.bytes[20] = 60;
                in.bytes[54] = FRAGMENT;
                in.bytes[55] = (uint8_t)(headers / 8u - 1u);
                in.bytes[19] = (uint8_t)(in.bytes[19] + headers);
                in.length += headers;
            }
            fixture_mark(&f);
            fixture_input(&f, &in);
            assert_nothing(&f.out);
            assert_counted(&f, V6NF_DROP_FRAGMENT_SIZE, V6NF_REASSEMBLY_SIZE < 65535u ? over : 0u);
        }
    }
}

#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
/* An unknown host that only begins datagrams gets its share of slots and no more. */
static void one_source_does_not_starve_another(void **state)
{
    const struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = "2001:db8::66"};
    (void)state;
    request(100);
    piece(1, 0, 40);
    for (uint32_t i = 0; i < 1000u; i++) {
        frame_echo_request(&whole, &unknown, NODE_GLOBAL, 7, 1, 100);
        piece(1000u + i, 0, 40);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 1000u - (V6NF_REASSEMBLIES - 1u));
    request(100);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}
#endif

/* A fragment that cannot be kept, because it or its headers are too long, evicts no other datagram. */
static void fragment_that_cannot_be_kept_evicts_nothing(void **state)
{
    static const char *const senders[] = {"2001:db8::66", "2001:db8::67", "2001:db8::68", "2001:db8::69",
                                          "2001:db8::6a", "2001:db8::6b", "2001:db8::6c", "2001:db8::6d"};
    (void)state;
    request(100);
    piece(1, 0, 40);
    for (uint32_t i = 0; i < 8u; i++) {
        const struct test_station sender = {.mac = "02:00:00:00:00:66", .address = senders[i]};
        frame_echo_request(&whole, &sender, NODE_GLOBAL, 7, 1, 100);
        for (uint32_t offset = V6NF_REASSEMBLY_SIZE - 40u; offset < 65000u; offset += 8000u) {
            cut(&in, &whole, i, 0, 40, true);
            in.bytes[56] = (uint8_t)(offset / 256u);
            in.bytes[57] = (uint8_t)((offset % 256u & 0xF8u) + MORE);
            fixture_mark(&f);
            fixture_input(&f, &in);
            assert_counted(&f, V6NF_DROP_FRAGMENT_SIZE, 1);
            assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 0);
        }
    }
    request(100);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}

#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
/* A source keeps its share when others need slots, and may use more while slots are free. */
static void free_slots_are_used_before_any_is_evicted(void **state)
{
    (void)state;
    request(100);
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        piece(i, 0, 40);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 0);
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        piece(i, 40, 108);
        assert_frame(&f.out, &expected);
    }
}

/* A source with more than its share is evicted before one with less, even before an older one. */
static void source_with_more_than_its_share_yields(void **state)
{
    const struct test_station other = {.mac = "02:00:00:00:00:66", .address = "2001:db8::66"};
    const struct test_station third = {.mac = "02:00:00:00:00:67", .address = "2001:db8::67"};
    (void)state;
    request(100);
    piece(1, 0, 40);
    for (uint32_t i = 1; i < V6NF_REASSEMBLIES; i++) {
        frame_echo_request(&whole, &other, NODE_GLOBAL, 7, 1, 100);
        piece(i, 0, 40);
    }
    frame_echo_request(&whole, &third, NODE_GLOBAL, 7, 1, 100);
    piece(1, 0, 40);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 1);
    request(100);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}
#endif

/* Unknown hosts of many addresses evict each other, the oldest first: the newest datagram is reassembled. */
static void oldest_reassembly_is_evicted(void **state)
{
    char address[32];
    struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = address};
    (void)state;
    for (uint32_t i = 0; i < 100u; i++) {
        snprintf(address, sizeof address, "2001:db8::1:%x", i);
        frame_echo_request(&whole, &unknown, NODE_GLOBAL, 7, 1, 100);
        piece(1, 0, 40);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 100u - V6NF_REASSEMBLIES);
    request(100);
    piece(1, 0, 40);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}

/* Same offset and bytes, but first with the M flag and then without: not the same fragment (RFC 8200, 4.5). */
static void same_piece_with_another_end_is_a_contradiction(void **state)
{
    (void)state;
    request(100);
    cut(&in, &whole, 1, 40, 80, true);
    fixture_input(&f, &in);
    cut(&in, &whole, 1, 40, 80, false);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 1);
    request(72);
    cut(&in, &whole, 2, 40, 80, false);
    fixture_input(&f, &in);
    cut(&in, &whole, 2, 40, 80, true);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 2);
}

/* A Next Header of 0 is unrecognized except in the IPv6 header (RFC 8200, 4). In an atomic fragment the field is in
 * the Fragment header. A reassembled packet no longer has it. */
static void hop_by_hop_options_after_a_fragment_header_are_a_problem(void **state)
{
    static const uint8_t options[8] = {58, 0, 1, 4};
    static struct test_frame made;
    (void)state;
    request(100);
    memmove(whole.bytes + 62, whole.bytes + 54, whole.length - 54u);
    memcpy(whole.bytes + 54, options, sizeof options);
    whole.bytes[19] += 8u;
    whole.bytes[20] = 0;
    whole.length += 8u;
    cut(&in, &whole, 1, 0, 116, false);
    frame_error(&expected, &in, f.peer.mac, 4, 1, 40);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
    made = whole;
    frame_error(&expected, &made, f.peer.mac, 4, 1, 6);
    piece(2, 0, 40);
    piece(2, 40, 116);
    assert_frame(&f.out, &expected);
}

/* Time Exceeded (RFC 4443, 3.3) is not sent from an address that the node lost: it may belong to another node. */
static void time_exceeded_is_not_sent_from_a_removed_address(void **state)
{
    const struct v6nf_address own = test_address_of(NODE_GLOBAL);
    (void)state;
    request(100);
    piece(1, 0, 40);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
    fixture_run_until(&f, f.now + 61u * SECOND);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 1);
}

/* Build a datagram of `size` bytes with an unrecognized option (type 10xxxxxx) after the Fragment header. */
static void datagram_with_unknown_option(uint32_t size)
{
    static const uint8_t options[8] = {17, 0, 0x9E, 4};
    frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 9, size);
    memmove(whole.bytes + 62, whole.bytes + 54, whole.length - 54u);
    memcpy(whole.bytes + 54, options, sizeof options);
    whole.bytes[18] = (uint8_t)((whole.length - 46u) / 256u);
    whole.bytes[19] = (uint8_t)((whole.length - 46u) % 256u);
    whole.bytes[20] = 60;
    whole.length += 8u;
}

/* The error quotes the reassembled packet (RFC 4443, 3.4). Its frame holds no byte of the frame with the last
 * fragment, and none that the buffer held before. */
static void error_about_a_header_after_a_fragment_header_is_sent_whole(void **state)
{
    (void)state;
    for (uint32_t size = 16; size <= 1216u; size += 400u) {
        f.now += SECOND;
        fixture_make_reachable(&f, &f.peer);
        datagram_with_unknown_option(size);
        piece(size, 0, 16);
        assert_nothing(&f.out);
        piece(size, 16, whole.length - 54u);
        frame_error(&expected, &whole, f.peer.mac, 4, 2, 42);
        assert_frame(&f.out, &expected);
    }
}

static void error_about_a_reassembled_packet_fits_the_frame_or_is_dropped(void **state)
{
    (void)state;
    datagram_with_unknown_option(600);
    piece(1, 0, 16);
    piece(1, 16, 600);
    f.capacity = 200;
    piece(1, 600, whole.length - 54u);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
}

/* Write an ECN codepoint into the Traffic Class of `in`, and hand it to the node. */
static void input_with_ecn(uint32_t codepoint)
{
    in.bytes[15] = (uint8_t)(codepoint << 4);
    fixture_input(&f, &in);
}

/* If one fragment met congestion, so did the packet, unless another is Not-ECT (RFC 3168, 5.3). An error shows the
 * reassembled codepoint. */
static void congestion_mark_of_a_fragment_is_kept(void **state)
{
    static const uint32_t expected_codepoint[4][4] = {/* row: first fragment, column: second; 4: dropped */
                                                      {0, 0, 0, 4},
                                                      {1, 1, 1, 3},
                                                      {2, 2, 2, 3},
                                                      {4, 3, 3, 3}};
    (void)state;
    for (uint32_t i = 0; i < 16u; i++) {
        f.now += SECOND;
        fixture_make_reachable(&f, &f.peer);
        frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 9, 72);
        cut(&in, &whole, i, 0, 40, true);
        input_with_ecn(i / 4u);
        cut(&in, &whole, i, 40, 80, false);
        input_with_ecn(i % 4u);
        uint32_t codepoint = expected_codepoint[i / 4u][i % 4u];
        if (codepoint == 4u) {
            assert_nothing(&f.out);
            assert_counted(&f, V6NF_DROP_FRAGMENT_OVERLAP, 1);
        } else {
            whole.bytes[15] = (uint8_t)(codepoint << 4);
            frame_error(&expected, &whole, f.peer.mac, 1, 4, 0);
            assert_frame(&f.out, &expected);
        }
    }
}

/* The headers of the first fragment are included, although the other fragments do not show them. */
static void too_long_with_the_headers_of_the_first_fragment_is_dropped(void **state)
{
    static struct test_frame first;
    const uint32_t total = V6NF_REASSEMBLY_SIZE - 40u;
    (void)state;
    f.capacity = TEST_FRAME_MAX;
    frame_udp(&whole, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 9, 8400);
    const uint32_t step = total <= 8192u ? 512u : 8192u;
    for (uint32_t from = 0; from < total; from += step) {
        uint32_t size = from + step < total ? step : total - from;
        cut(&in, &whole, 1, 0, size, from + size < total);
        in.bytes[56] = (uint8_t)(from / 256u);
        if (from == 0u) { /* and Destination Options before its Fragment header */
            memcpy(first.bytes, in.bytes, 54);
            memcpy(first.bytes + 54, "\54\0\1\4\0\0\0\0", 8);
            memcpy(first.bytes + 62, in.bytes + 54, in.length - 54u);
            first.bytes[20] = 60;
            first.bytes[18] = (uint8_t)((in.length - 54u + 8u) / 256u);
            first.bytes[19] = (uint8_t)((in.length - 54u + 8u) % 256u);
            first.length = in.length + 8u;
            in = first;
        }
        fixture_input(&f, &in);
    }
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_FRAGMENT_SIZE, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(pieces_in_order_make_a_packet, setup_exchange),
        cmocka_unit_test_setup(packet_with_a_hole_is_not_whole, setup_exchange),
        cmocka_unit_test_setup(pieces_in_any_order_make_a_packet, setup_exchange),
        cmocka_unit_test_setup(packet_of_1500_bytes_comes_back, setup_exchange),
        cmocka_unit_test_setup(each_packet_that_can_be_reassembled_can_be_answered, setup_exchange),
        cmocka_unit_test_setup(fragmented_datagram_is_delivered_to_its_handler, setup_exchange),
#if V6NF_REASSEMBLIES_PER_SOURCE >= 2
        cmocka_unit_test_setup(pieces_of_different_packets_do_not_mix, setup_exchange),
#endif
        cmocka_unit_test_setup(duplicate_pieces_are_ignored, setup_exchange),
        cmocka_unit_test_setup(overlap_ends_the_reassembly, setup_exchange),
        cmocka_unit_test_setup(other_bytes_at_the_same_offset_are_an_overlap, setup_exchange),
        cmocka_unit_test_setup(pieces_that_contradict_the_end_end_the_reassembly, setup_exchange),
        cmocka_unit_test_setup(time_exceeded_is_sent_if_the_first_fragment_arrived, setup_exchange),
        cmocka_unit_test_setup(time_exceeded_quotes_as_much_as_fits, setup_exchange),
        cmocka_unit_test_setup(nothing_is_sent_if_the_first_fragment_is_missing, setup_exchange),
        cmocka_unit_test_setup(nothing_is_sent_about_a_multicast, setup_exchange),
        cmocka_unit_test_setup(completed_reassembly_does_not_expire_later, setup_exchange),
        cmocka_unit_test_setup(piece_with_a_length_not_of_8_bytes_is_a_problem, setup_exchange),
        cmocka_unit_test_setup(piece_past_65535_is_a_problem, setup_exchange),
        cmocka_unit_test_setup(first_fragment_must_have_all_headers, setup_exchange),
        cmocka_unit_test_setup(first_fragment_that_may_be_of_an_error_is_not_answered, setup_exchange),
        cmocka_unit_test_setup(atomic_fragments_are_handled_alone, setup_exchange),
        cmocka_unit_test_setup(neighbor_discovery_in_fragments_is_ignored, setup_exchange),
        cmocka_unit_test_setup(fragment_of_a_fragment_is_dropped, setup_exchange),
        cmocka_unit_test_setup(too_many_pieces_are_dropped, setup_exchange),
        cmocka_unit_test_setup(too_long_a_packet_is_dropped, setup_exchange),
#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
        cmocka_unit_test_setup(one_source_does_not_starve_another, setup_exchange),
#endif
        cmocka_unit_test_setup(fragment_that_cannot_be_kept_evicts_nothing, setup_exchange),
#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
        cmocka_unit_test_setup(free_slots_are_used_before_any_is_evicted, setup_exchange),
        cmocka_unit_test_setup(source_with_more_than_its_share_yields, setup_exchange),
#endif
        cmocka_unit_test_setup(oldest_reassembly_is_evicted, setup_exchange),
        cmocka_unit_test_setup(same_piece_with_another_end_is_a_contradiction, setup_exchange),
        cmocka_unit_test_setup(hop_by_hop_options_after_a_fragment_header_are_a_problem, setup_exchange),
        cmocka_unit_test_setup(time_exceeded_is_not_sent_from_a_removed_address, setup_exchange),
        cmocka_unit_test_setup(error_about_a_header_after_a_fragment_header_is_sent_whole, setup_exchange),
        cmocka_unit_test_setup(error_about_a_reassembled_packet_fits_the_frame_or_is_dropped, setup_exchange),
        cmocka_unit_test_setup(congestion_mark_of_a_fragment_is_kept, setup_exchange),
        cmocka_unit_test_setup(too_long_with_the_headers_of_the_first_fragment_is_dropped, setup_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
