/* Datagrams in fragments: RFC 8200, 4.5; RFC 5722; RFC 6946; RFC 6980; RFC 7112. */
#include "fixture_frame_error.h"
#include "v6nf/wire/ext.h"

#include <stdio.h>
#include <string.h>

#define FRAGMENT 44u
#define MORE 1u
#define FRAGMENT_HEADER 8u

static struct fixture f;
static struct test_frame whole;
static struct test_frame in;
static struct test_frame expected;

static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    return 0;
}

/* Cuts bytes `from` to `to` out of the fragmentable part of `packet`, which is all behind the IPv6 header, as a fragment. */
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

/* Gives the node that piece of `whole`; all but the last have more behind them. */
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

/* Every order of four pieces, and every size up to what a full-sized reply holds. */
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

/* RFC 8200, 5: a packet of 1500 bytes must be taken. */
static void packet_of_1500_bytes_comes_back(void **state)
{
    (void)state;
    request(1452);
    piece(1, 1232, 1460);
    piece(1, 0, 1232);
    assert_frame(&f.out, &expected);
}

/* Up to the longest packet that is reassembled. */
static void answer_to_what_can_be_reassembled_can_be_sent(void **state)
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

static void datagram_in_pieces_reaches_its_handler(void **state)
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
/* RFC 8200, 4.5: pieces go together by source, destination and identification. */
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

/* RFC 5722, 4: an overlap ends the reassembly, and silently. */
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

static void other_bytes_in_the_same_place_are_an_overlap(void **state)
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
    cut(&in, &whole, 2, 8, 40, false); /* an end before what came */
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

/* RFC 8200, 4.5: 60 seconds from the piece that came first; RFC 4443, 3.3: code 1, quoting the first fragment. */
static void time_exceeded_is_sent_when_the_first_fragment_came(void **state)
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

static void nothing_is_sent_when_the_first_fragment_is_missing(void **state)
{
    (void)state;
    request(100);
    piece(1, 40, 80);
    piece(1, 80, 108);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 1);
}

/* RFC 4443, 2.4 (e). */
static void nothing_is_sent_about_a_multicast(void **state)
{
    (void)state;
    frame_echo(&whole, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 100);
    piece(1, 0, 40);
    fixture_run_until(&f, f.now + 120u * SECOND);
    assert_sent_count(&f, 0);
}

static void reassembly_in_time_is_not_given_up_later(void **state)
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

/* RFC 8200, 4.5: Parameter Problem, code 0, pointing to Payload Length. */
static void piece_of_odd_length_is_a_problem(void **state)
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

/* The same, pointing to Fragment Offset. */
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

/* Puts Destination Options of `size` bytes before what is behind the IPv6 header of `whole`. */
static void insert_options(uint32_t size)
{
    memmove(whole.bytes + 54 + size, whole.bytes + 54, whole.length - 54u);
    memset(whole.bytes + 54, 0, size);
    whole.bytes[54] = whole.bytes[20];
    whole.bytes[55] = (uint8_t)(size / 8u - 1u);
    whole.bytes[20] = 60;
    whole.length += size;
}

/* RFC 7112, 5: Parameter Problem, code 3, pointer 0. */
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

/* RFC 4443, 2.4 (e): what is missing behind the type may be missing, and too many headers hide one. */
static void first_fragment_of_what_may_be_an_error_is_not_answered(void **state)
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

/* RFC 6946, 4: whatever pieces with the same identification wait. */
static void atomic_fragments_stand_alone(void **state)
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

/* RFC 6980, 5: in fragments, even an atomic one, it is ignored. */
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

/* The size is that of the packet, from its IPv6 header on, with the headers before the Fragment header. */
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
/* A stranger who only begins datagrams takes his share and no more. */
static void one_source_does_not_starve_another(void **state)
{
    const struct test_station stranger = {.mac = "02:00:00:00:00:66", .address = "2001:db8::66"};
    (void)state;
    request(100);
    piece(1, 0, 40);
    for (uint32_t i = 0; i < 1000u; i++) {
        frame_echo_request(&whole, &stranger, NODE_GLOBAL, 7, 1, 100);
        piece(1000u + i, 0, 40);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 1000u - (V6NF_REASSEMBLIES - 1u));
    request(100);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}
#endif

/* What cannot be kept, because it or its headers are too long, evicts no other datagram. */
static void fragment_that_cannot_be_kept_takes_no_place(void **state)
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
static void free_places_are_used_before_any_is_evicted(void **state)
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

/* A source with more than its share is evicted before one with less, even an older one. */
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

/* Strangers of many addresses displace each other, the oldest first: the newest datagram gets through. */
static void oldest_reassembly_makes_room(void **state)
{
    char address[32];
    struct test_station stranger = {.mac = "02:00:00:00:00:66", .address = address};
    (void)state;
    for (uint32_t i = 0; i < 100u; i++) {
        snprintf(address, sizeof address, "2001:db8::1:%x", i);
        frame_echo_request(&whole, &stranger, NODE_GLOBAL, 7, 1, 100);
        piece(1, 0, 40);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 100u - V6NF_REASSEMBLIES);
    request(100);
    piece(1, 0, 40);
    piece(1, 40, 108);
    assert_frame(&f.out, &expected);
}

/* The same place and bytes, but first with more behind it and then without: not the same fragment (RFC 8200, 4.5). */
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

/* RFC 8200, 4: a Next Header of zero in any header but the IPv6 header is unrecognized; in an atomic fragment the field is in
 * the Fragment header, in what was reassembled that is gone. */
static void hop_by_hop_options_behind_a_fragment_header_are_a_problem(void **state)
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

/* RFC 4443, 3.3, but not from an address that the node no longer has: it may be another node's. */
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

/* A datagram of `size` bytes with an unrecognized option (type 10xxxxxx) behind the Fragment header. */
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

/* RFC 4443, 3.4: the error quotes the reassembled packet. Its frame holds no byte of the frame that brought the last
 * fragment and none that the buffer held before. */
static void error_about_a_header_behind_a_fragment_header_is_sent_whole(void **state)
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

/* Puts an ECN codepoint into the Traffic Class of `in`, and gives it to the node. */
static void give_with_ecn(uint32_t codepoint)
{
    in.bytes[15] = (uint8_t)(codepoint << 4);
    fixture_input(&f, &in);
}

/* RFC 3168, 5.3: if one fragment met congestion, the packet did; unless another says that its transport knows of no such
 * thing. An error shows what was reassembled. */
static void congestion_is_not_lost_in_reassembly(void **state)
{
    static const uint32_t expected_codepoint[4][4] = {/* first fragment down, second across; 4: dropped */
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
        give_with_ecn(i / 4u);
        cut(&in, &whole, i, 40, 80, false);
        give_with_ecn(i % 4u);
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

/* The headers of the first fragment count, which the others do not show. */
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
        cmocka_unit_test_setup(pieces_in_order_make_a_packet, setup),
        cmocka_unit_test_setup(packet_with_a_hole_is_not_whole, setup),
        cmocka_unit_test_setup(pieces_in_any_order_make_a_packet, setup),
        cmocka_unit_test_setup(packet_of_1500_bytes_comes_back, setup),
        cmocka_unit_test_setup(answer_to_what_can_be_reassembled_can_be_sent, setup),
        cmocka_unit_test_setup(datagram_in_pieces_reaches_its_handler, setup),
#if V6NF_REASSEMBLIES_PER_SOURCE >= 2
        cmocka_unit_test_setup(pieces_of_different_packets_do_not_mix, setup),
#endif
        cmocka_unit_test_setup(duplicate_pieces_are_ignored, setup),
        cmocka_unit_test_setup(overlap_ends_the_reassembly, setup),
        cmocka_unit_test_setup(other_bytes_in_the_same_place_are_an_overlap, setup),
        cmocka_unit_test_setup(pieces_that_contradict_the_end_end_the_reassembly, setup),
        cmocka_unit_test_setup(time_exceeded_is_sent_when_the_first_fragment_came, setup),
        cmocka_unit_test_setup(time_exceeded_quotes_as_much_as_fits, setup),
        cmocka_unit_test_setup(nothing_is_sent_when_the_first_fragment_is_missing, setup),
        cmocka_unit_test_setup(nothing_is_sent_about_a_multicast, setup),
        cmocka_unit_test_setup(reassembly_in_time_is_not_given_up_later, setup),
        cmocka_unit_test_setup(piece_of_odd_length_is_a_problem, setup),
        cmocka_unit_test_setup(piece_past_65535_is_a_problem, setup),
        cmocka_unit_test_setup(first_fragment_must_have_all_headers, setup),
        cmocka_unit_test_setup(first_fragment_of_what_may_be_an_error_is_not_answered, setup),
        cmocka_unit_test_setup(atomic_fragments_stand_alone, setup),
        cmocka_unit_test_setup(neighbor_discovery_in_fragments_is_ignored, setup),
        cmocka_unit_test_setup(fragment_of_a_fragment_is_dropped, setup),
        cmocka_unit_test_setup(too_many_pieces_are_dropped, setup),
        cmocka_unit_test_setup(too_long_a_packet_is_dropped, setup),
#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
        cmocka_unit_test_setup(one_source_does_not_starve_another, setup),
#endif
        cmocka_unit_test_setup(fragment_that_cannot_be_kept_takes_no_place, setup),
#if V6NF_REASSEMBLIES > V6NF_REASSEMBLIES_PER_SOURCE
        cmocka_unit_test_setup(free_places_are_used_before_any_is_evicted, setup),
        cmocka_unit_test_setup(source_with_more_than_its_share_yields, setup),
#endif
        cmocka_unit_test_setup(oldest_reassembly_makes_room, setup),
        cmocka_unit_test_setup(same_piece_with_another_end_is_a_contradiction, setup),
        cmocka_unit_test_setup(hop_by_hop_options_behind_a_fragment_header_are_a_problem, setup),
        cmocka_unit_test_setup(time_exceeded_is_not_sent_from_a_removed_address, setup),
        cmocka_unit_test_setup(error_about_a_header_behind_a_fragment_header_is_sent_whole, setup),
        cmocka_unit_test_setup(error_about_a_reassembled_packet_fits_the_frame_or_is_dropped, setup),
        cmocka_unit_test_setup(congestion_is_not_lost_in_reassembly, setup),
        cmocka_unit_test_setup(too_long_with_the_headers_of_the_first_fragment_is_dropped, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
