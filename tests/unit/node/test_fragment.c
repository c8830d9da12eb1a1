/* Packets longer than the path MTU: RFC 8200, 4.5 and 5; RFC 8201. */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#define FRAGMENT 44u

static struct harness h;
static struct test_frame in;
static struct test_frame expected;
static struct test_frame joined;
static uint8_t identification[4];

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    h.capacity = TEST_FRAME_MAX;
    harness_make_reachable(&h, &h.peer);
    return 0;
}

/* Adds a fragment that left to `joined`; in order, each of at most `mtu` bytes, with the identification of the first. */
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
    assert_true(is_last || (length % 8u == 0u && length + 70u > mtu + 14u)); /* no smaller than need be */
    memcpy(joined.bytes + joined.length, bytes + 62, length);
    joined.length += length;
    joined.bytes[18] = (uint8_t)((joined.length - 54u) / 256u);
    joined.bytes[19] = (uint8_t)((joined.length - 54u) % 256u);
}

/* What was sent in h.out, if anything, and then by tick, is `expected`, in fragments for this MTU. */
static void assert_fragments(uint32_t mtu)
{
    joined.length = 0;
    harness_tick(&h);
    if (h.out.length != 0u) {
        join(&h.out, mtu, h.sent_count == 0u);
    }
    for (uint32_t i = 0; i < h.sent_count; i++) {
        join(&h.sent[i].frame, mtu, i + 1u == h.sent_count);
    }
    assert_frame(&joined, &expected);
}

/* A Packet Too Big from a router about the packet in `about`, of which the first 60 bytes are quoted. */
static void too_big(const struct test_frame *about, uint32_t mtu, uint8_t code)
{
    uint8_t body[4 + 60] = {(uint8_t)(mtu >> 24), (uint8_t)(mtu >> 16), (uint8_t)(mtu >> 8), (uint8_t)mtu};
    memcpy(body + 4, about->bytes + 14, 60);
    frame_icmpv6(&in, HARNESS_MAC, HARNESS_GATEWAY_MAC, "2001:db8::fe", HARNESS_GLOBAL, 64, 2, code, body, sizeof body);
    harness_input(&h, &in);
}

static void send(uint32_t size)
{
    harness_mark(&h);
    harness_udp_send(&h, 1000, h.peer.address, 2000, size);
    frame_udp(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, 64, 1000, 2000, size);
}

static void datagrams_longer_than_the_link_mtu_leave_in_fragments(void **state)
{
    (void)state;
    for (uint32_t size = 1453; size <= V6NF_FRAGMENTATION_SIZE - 48u; size += size < 3000u ? 1u : 97u) {
        send(size);
        assert_fragments(1500);
    }
}

static uint32_t answer_at_length(void *context, struct v6nf_udp_datagram *datagram)
{
    uint32_t length = *(uint32_t *)context;
    for (uint32_t i = 0; i < length; i++) {
        datagram->payload[i] = (uint8_t)(i & 0xFFu);
    }
    return length;
}

static void replies_longer_than_the_link_mtu_leave_in_fragments(void **state)
{
    (void)state;
    uint32_t length = V6NF_FRAGMENTATION_SIZE - 48u;
    if (length <= 1452u) {
        return; /* no longer than the link takes whole */
    }
    assert_int_equal(v6nf_udp_bind(&h.node, 7, answer_at_length, &length), V6NF_OK);
    frame_udp(&in, HARNESS_MAC, h.peer.mac, h.peer.address, HARNESS_GLOBAL, 64, 1000, 7, 3);
    frame_udp(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, 64, 7, 1000, length);
    harness_input(&h, &in);
    assert_fragments(1500);
}

/* RFC 8201, 4: the path MTU is that of the message, from the next packet on; other destinations keep theirs. */
static void packet_too_big_lowers_the_path_mtu(void **state)
{
    const struct test_station other = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    harness_make_reachable(&h, &other);
    send(1452);
    assert_frame(&h.out, &expected);
    too_big(&expected, 1400, 0);
    send(1452);
    assert_fragments(1400);
    send(1352);
    assert_frame(&h.out, &expected);
    too_big(&expected, 1280, 0);
    send(1352);
    assert_fragments(1280);
    harness_udp_send(&h, 1000, other.address, 2000, 1452);
    assert_int_equal(h.out.length, 1514);
}

/* The Code is ignored by the receiver (RFC 4443, 3.2). */
static void packet_too_big_with_another_code_counts(void **state)
{
    (void)state;
    send(1452);
    too_big(&expected, 1400, 7);
    send(1452);
    assert_fragments(1400);
}

static void echo_replies_follow_the_path_mtu(void **state)
{
    (void)state;
    frame_echo_request(&in, &h.peer, HARNESS_GLOBAL, 7, 1, 1452);
    harness_input(&h, &in);
    too_big(&h.out, 1300, 0);
    harness_mark(&h);
    frame_echo_request(&in, &h.peer, HARNESS_GLOBAL, 7, 1, 1452);
    frame_echo_reply(&expected, &h.peer, HARNESS_GLOBAL, 7, 1, 1452);
    harness_input(&h, &in);
    assert_fragments(1300);
}

/* RFC 8201, 4: never below 1280, never raised; and only for what the node can have sent. */
static void messages_that_say_nothing_are_ignored(void **state)
{
    static struct test_frame about;
    (void)state;
    send(1452);
    about = expected;
    too_big(&about, 1279, 0);
    too_big(&about, 56, 0);
    too_big(&about, 0, 0);
    too_big(&about, 1500, 0);
    too_big(&about, 9000, 0);
    too_big(&about, 0x1FFFFFFF, 0);
    about.bytes[14 + 23] ^= 1u; /* the source is another's */
    too_big(&about, 1300, 0);
    about = expected;
    about.bytes[14 + 39] ^= 0x77u; /* nothing went there */
    too_big(&about, 1300, 0);
    about = expected;
    about.bytes[18] = 4; /* it was no longer than that */
    too_big(&about, 1300, 0);
    about.bytes[18] = 1260 / 256; /* just as long */
    about.bytes[19] = 1260 % 256;
    too_big(&about, 1300, 0);
    about.bytes[18] = 6; /* longer than the path takes */
    too_big(&about, 1300, 0);
    send(1452);
    assert_frame(&h.out, &expected);
    too_big(&expected, 1300, 0);
    too_big(&expected, 1400, 0);
    send(1352);
    assert_fragments(1300);
}

/* A packet of 1500 bytes from the node to the peer, that it did not send. */
static void make_not_sent(struct test_frame *frame, uint8_t next_header, const uint8_t *payload, uint32_t length)
{
    static uint8_t bytes[1460];
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, payload, length);
    frame_ipv6(frame, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, next_header, 64, bytes, sizeof bytes);
}

/* RFC 8201, 4: "the node should validate the payload": from a port that is open or has sent, an Echo Request under way,
 * an Echo Reply; nothing else is that long. */
static void packet_too_big_about_what_was_not_sent_is_ignored(void **state)
{
    static const struct {
        uint8_t next_header;
        uint8_t payload[20];
    } cases[] = {
        {6, {0x03, 0xE8, 0x07, 0xD0}},                               /* TCP, from the port that UDP was sent from */
        {17, {0x03, 0xE9, 0x07, 0xD0, 0x05, 0xB4}},                  /* UDP from port 1001 */
        {17, {0x00, 0x00, 0x07, 0xD0, 0x05, 0xB4}},                  /* and 0 */
        {58, {128, 0, 0, 0, 0x12, 0x34, 0, 1}},                      /* an Echo Request, without a ping */
        {58, {136, 0}}, {58, {2, 0}}, {58, {143, 0}},                /* ICMPv6 that is never that long */
        {59, {0}}, {41, {0x60}}, {50, {0}}, {132, {0x03, 0xE8}},     /* none, IPv6, ESP, SCTP */
        {60, {17, 0, 1, 4, 0, 0, 0, 0, 0x03, 0xE9, 0x07, 0xD0}},     /* UDP behind options */
        {44, {17, 0, 5, 0xA0, 1, 2, 3, 4}},                          /* a fragment of another's */
        {44, {17, 0, 0, 1, 1, 2, 3, 4, 0x03, 0xE9, 0x07, 0xD0}},     /* a first one, from port 1001 */
    };
    static struct test_frame about;
    (void)state;
    send(1452);
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harness_case("case %u", i);
        make_not_sent(&about, cases[i].next_header, cases[i].payload, sizeof cases[i].payload);
        harness_mark(&h);
        too_big(&about, 1300, 0);
        assert_counted(&h, V6NF_DROP_ICMPV6_ERROR, 1);
        send(1452);
        assert_frame(&h.out, &expected);
    }
    about = expected;
    about.bytes[14] = 0x50; /* IP version 5 */
    too_big(&about, 1300, 0);
    send(1452);
    assert_frame(&h.out, &expected);
    harness_case("%s", "");
}

/* The quotation of a later fragment shows no port, but an identification that the node gave. */
static void packet_too_big_about_any_fragment_counts(void **state)
{
    (void)state;
    const uint32_t long_ones = V6NF_FRAGMENTATION_SIZE < 9000u ? 1u : 2u; /* the last is shorter than any path MTU */
    for (uint32_t which = 0; which < long_ones; which++) {
        harness_start_with(&h, 1, V6NF_FRAGMENTATION_SIZE < 9000u ? V6NF_FRAGMENTATION_SIZE : 9000u);
        h.capacity = TEST_FRAME_MAX;
        harness_make_reachable(&h, &h.peer);
        send(h.node.mtu - 48u);
        too_big(&h.out, 1400, 0);
        send(h.node.mtu - 48u);
        harness_tick(&h);
        static struct test_frame about;
        about = which == 0u ? h.out : h.sent[0].frame;
        assert_int_equal(about.bytes[20], FRAGMENT);
        assert_int_equal((256u * about.bytes[56] + about.bytes[57]) / 8u == 0u, which == 0u);
        too_big(&about, 1280, 0);
        send(1452);
        assert_fragments(1280);
    }
}

/* The port that answers, although the node never sent from it by itself. */
static uint32_t answer_all(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

static void packet_too_big_about_a_reply_counts(void **state)
{
    static struct test_frame about;
    (void)state;
    frame_udp(&in, HARNESS_MAC, h.peer.mac, h.peer.address, HARNESS_GLOBAL, 64, 1000, 7, 1452);
    frame_udp(&expected, h.peer.mac, HARNESS_MAC, HARNESS_GLOBAL, h.peer.address, 64, 7, 1000, 1452);
    about = expected;
    assert_int_equal(v6nf_udp_bind(&h.node, 7, answer_all, NULL), V6NF_OK);
    static struct test_frame request;
    request = in;
    harness_input(&h, &request);
    too_big(&about, 1300, 0);
    harness_mark(&h);
    harness_input(&h, &request);
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
    assert_int_equal(v6nf_ping_start(ping, &h.node, &config, h.now), V6NF_OK);
    harness_mark(&h);
    harness_tick(&h);
    return h.sent_count;
}

/* Every router on the way may have a smaller MTU than the one before (RFC 8201, 4): the second is obeyed, too. */
static void packets_too_big_about_one_request_all_count(void **state)
{
    static struct v6nf_ping ping;
    static struct test_frame about;
    (void)state;
    assert_int_equal(ping_to(h.peer.address, &ping), 1);
    about = h.sent[0].frame;
    too_big(&about, 1400, 0);
    too_big(&about, 1300, 0);
    send(1452);
    assert_fragments(1300);
    about.bytes[14 + 46] ^= 1u; /* a sequence number that was not sent */
    too_big(&about, 1280, 0);
    about.bytes[14 + 46] ^= 1u;
    about.bytes[14 + 44] ^= 1u; /* another's identifier */
    too_big(&about, 1280, 0);
    send(1452);
    assert_fragments(1300);
}

/* RFC 8201, 5.3: a longer packet is tried again after ten minutes. */
static void path_mtu_is_tried_again_after_ten_minutes(void **state)
{
    (void)state;
    send(1452);
    too_big(&expected, 1400, 0);
    harness_run_until(&h, h.now + 599u * SECOND);
    harness_make_reachable(&h, &h.peer);
    send(1452);
    assert_fragments(1400);
    harness_run_until(&h, h.now + SECOND);
    send(1452);
    assert_frame(&h.out, &expected);
}

/* RFC 8201, 4: for multicast destinations too. */
static void path_mtu_of_a_group(void **state)
{
    (void)state;
    harness_udp_send(&h, 1000, "ff0e::7", 2000, 1452);
    frame_udp(&expected, "33:33:00:00:00:07", HARNESS_MAC, HARNESS_GLOBAL, "ff0e::7", 1, 1000, 2000, 1452);
    assert_frame(&h.out, &expected);
    too_big(&expected, 1300, 0);
    harness_mark(&h);
    harness_udp_send(&h, 1000, "ff0e::7", 2000, 1452);
    assert_fragments(1300);
}

/* What is too long to wait elsewhere waits whole. */
static void long_datagrams_wait_for_address_resolution(void **state)
{
    const struct test_station stranger = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    uint32_t size = V6NF_FRAGMENTATION_SIZE - 48u;
    (void)state;
    if (size <= 1452u) {
        return;
    }
    harness_udp_send(&h, 1000, stranger.address, 2000, size);
    harness_run_until(&h, h.now + 900u * MILLISECOND);
    assert_sent_count(&h, 0);
    frame_answer(&in, &stranger, HARNESS_GLOBAL);
    harness_input(&h, &in);
    frame_udp(&expected, stranger.mac, HARNESS_MAC, HARNESS_GLOBAL, stranger.address, 64, 1000, 2000, size);
    assert_fragments(1500);
}

static void fragments_to_a_silent_neighbor_are_given_up(void **state)
{
    uint32_t size = V6NF_FRAGMENTATION_SIZE - 48u;
    (void)state;
    if (size <= 1452u) {
        return;
    }
    harness_udp_send(&h, 1000, "2001:db8::77", 2000, size);
    harness_run_until(&h, h.now + 20u * SECOND);
    assert_false(h.node.fragmentations[0].used);
    harness_run_until(&h, h.now + 100u * SECOND);
    send(1453);
    assert_int_not_equal(h.out.length, 0);
}

/* -- What happens between the first fragment and the others -------------------------------------------------------- */

/* The longest datagram that is sent in fragments, and whether the link's MTU makes that necessary. */
#define LONG (V6NF_FRAGMENTATION_SIZE - 48u)
#define IS_LONG (LONG > 1452u)

/* RFC 8201, 4: the new path MTU counts from the next fragment on. None is a fragment of a fragment. */
static void path_mtu_that_falls_in_the_middle_counts_at_once(void **state)
{
    static struct test_frame first;
    (void)state;
    send(1452);
    too_big(&expected, 1400, 0);
    send(LONG);
    first = h.out;
    joined.length = 0;
    join(&first, 1400, false);
    too_big(&first, 1280, 0);
    assert_sent_count(&h, 0);
    harness_tick(&h);
    for (uint32_t i = 0; i < h.sent_count; i++) {
        join(&h.sent[i].frame, 1280, i + 1u == h.sent_count);
    }
    assert_frame(&joined, &expected);
}

/* Send the node a datagram to its Echo port in two fragments, from a station that it has not resolved. */
static void long_request(const struct test_station *from, uint32_t identification_of_it)
{
    static struct test_frame whole;
    frame_echo_request(&whole, from, HARNESS_GLOBAL, 7, 1, 2000);
    for (uint32_t start = 0; start < 2008u; start += 1232u) {
        uint32_t end = start + 1232u < 2008u ? start + 1232u : 2008u;
        const uint8_t header[8] = {58,
                                   0,
                                   (uint8_t)(start / 256u),
                                   (uint8_t)(start % 256u + (end < 2008u ? 1u : 0u)),
                                   0,
                                   0,
                                   (uint8_t)(identification_of_it / 256u),
                                   (uint8_t)(identification_of_it % 256u)};
        in = whole;
        memcpy(in.bytes + 54, header, sizeof header);
        memcpy(in.bytes + 62, whole.bytes + 54 + start, end - start);
        in.bytes[18] = (uint8_t)((8u + end - start) / 256u);
        in.bytes[19] = (uint8_t)((8u + end - start) % 256u);
        in.bytes[20] = FRAGMENT;
        in.length = 62u + end - start;
        harness_input(&h, &in);
    }
}

/* Unknown hosts that never resolve hold no slot: the program's long datagrams are sent, and long pings of others are
 * answered. */
static void answers_to_silent_hosts_hold_up_no_long_packet(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200u && IS_LONG; i++) {
        char address[32];
        const struct test_station silent = {.mac = "02:00:00:00:00:99", .address = address};
        (void)snprintf(address, sizeof address, "2001:db8::99:%x", i);
        long_request(&silent, 2u * i);
        harness_run_until(&h, h.now + SECOND / 2u);
        harness_make_reachable(&h, &h.peer);
        send(LONG);
        assert_fragments(1500);
        harness_mark(&h);
        long_request(&h.peer, 2u * i + 1u);
        frame_echo_reply(&expected, &h.peer, HARNESS_GLOBAL, 7, 1, 2000);
        assert_fragments(1500);
    }
}

static uint32_t errors;

static void count_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    assert_int_equal(error->code, 3); /* address unreachable */
    errors++;
}

/* The program's own datagrams to silent neighbors yield to those that can be sent. Each is reported or counted. */
static void long_datagrams_to_silent_neighbors_hold_up_no_other(void **state)
{
    static struct test_frame buffer;
    (void)state;
    errors = 0;
    assert_int_equal(v6nf_udp_bind(&h.node, 1000, answer_at_length, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&h.node, 1000, count_error), V6NF_OK);
    if (!V6NF_LONG_PACKETS_WAIT) {
        return; /* they wait where all others do */
    }
    for (uint32_t i = 0; i <= V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_address silent = test_address_of("2001:db8::99:0");
        silent.bytes[15] = (uint8_t)i;
        memset(buffer.bytes + V6NF_UDP_PAYLOAD, 0, LONG);
        (void)v6nf_udp_send(&h.node, buffer.bytes, sizeof buffer.bytes, LONG, 1000, &silent, 2000, h.now);
    }
    assert_counted(&h, V6NF_DROP_WAITING_FULL, 1);
    send(LONG);
    assert_fragments(1500);
    harness_run_until(&h, h.now + 10u * SECOND);
    assert_int_equal(errors, V6NF_FRAGMENTATIONS - 1u);
}

/* RFC 4862, 5.4: nothing is sent from an address that is no longer the node's. */
static void fragments_from_an_address_that_was_removed_are_dropped(void **state)
{
    const struct v6nf_address own = test_address_of(HARNESS_GLOBAL);
    (void)state;
    send(1452);
    too_big(&expected, 1280, 0);
    send(1452);
    assert_int_not_equal(h.out.length, 0);
    assert_int_equal(v6nf_node_remove_address(&h.node, &own), V6NF_OK);
    harness_tick(&h);
    assert_sent_count(&h, 0);
    assert_counted(&h, V6NF_DROP_FRAGMENTATION, 1);
}

/* RFC 4862, 5.4: the link was down, and the address is tentative again. */
static void fragments_from_a_tentative_address_are_dropped(void **state)
{
    (void)state;
    harness_start_configured(&h, (struct v6nf_node_config){.mtu = 1280, .dad_transmits = 1});
    harness_add_address(&h, HARNESS_GLOBAL, 64);
    harness_run_until(&h, h.now + 5u * SECOND);
    harness_make_reachable(&h, &h.peer);
    h.capacity = TEST_FRAME_MAX;
    send(1400);
    assert_int_not_equal(h.out.length, 0);
    v6nf_node_link_up(&h.node, h.now);
    harness_tick(&h);
    assert_counted(&h, V6NF_DROP_FRAGMENTATION, 1);
    assert_false(h.node.fragmentations[0].used);
}

/* -- Identifications (RFC 7739) ------------------------------------------------------------------------------------ */

/* A node of which the seed is known, and perhaps the secret, on a link of the minimum MTU. */
static void start_with(uint64_t seed, const uint8_t *secret)
{
    static uint8_t mac[6];
    test_mac(mac, HARNESS_MAC);
    harness_start_with(&h, seed, 1280);
    const struct v6nf_node_config config = {
        .mac = mac, .mtu = 1280, .seed = seed, .predictable = true, .secret = secret};
    assert_int_equal(v6nf_node_init(&h.node, &config, h.now), V6NF_OK);
    harness_add_address(&h, HARNESS_GLOBAL, 64);
    h.capacity = TEST_FRAME_MAX;
}

/* Sends to a group, which needs no neighbor, in two fragments; returns their identification. */
static uint32_t identification_to(const char *group)
{
    harness_mark(&h);
    harness_udp_send(&h, 1000, group, 2000, 1400);
    harness_tick(&h);
    assert_int_equal(h.sent_count, 1);
    assert_memory_equal(h.out.bytes + 58, h.sent[0].frame.bytes + 58, 4);
    uint32_t value = 0;
    for (uint32_t i = 0; i < 4u; i++) {
        value = value * 256u + h.out.bytes[58u + i];
    }
    return value;
}

static const char *const groups[] = {"ff0e::1", "ff0e::2", "ff0e::3", "ff0e::4"};

/* RFC 8200, 4.5: none comes again before 2^32 packets, whatever is sent to others. */
static void identifications_do_not_repeat(void **state)
{
    static uint32_t seen[1000];
    (void)state;
    start_with(1, NULL);
    for (uint32_t i = 0; i < 1000u; i++) {
        seen[i] = identification_to(groups[i % 4u]);
        for (uint32_t j = 0; j < i; j++) {
            assert_int_not_equal(seen[i], seen[j]);
        }
    }
}

/* RFC 7739, 4: what one destination sees says nothing of what another does, nor of what the node sent before. */
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

/* RFC 7739, 5: of secret and seed. */
static void identifications_change_with_the_key(void **state)
{
    static const uint8_t secrets[2][16] = {{1}, {2}};
    (void)state;
    start_with(1, NULL);
    uint32_t other_source = identification_to("ff02::1:1"); /* from the link-local address */
    uint32_t open = identification_to(groups[0]);
    start_with(1, NULL);
    (void)identification_to("ff02::1:1");
    assert_int_equal(identification_to(groups[0]), open); /* the same all over: deterministic */
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
        cmocka_unit_test_setup(datagrams_longer_than_the_link_mtu_leave_in_fragments, setup),
        cmocka_unit_test_setup(replies_longer_than_the_link_mtu_leave_in_fragments, setup),
        cmocka_unit_test_setup(packet_too_big_lowers_the_path_mtu, setup),
        cmocka_unit_test_setup(packet_too_big_with_another_code_counts, setup),
        cmocka_unit_test_setup(echo_replies_follow_the_path_mtu, setup),
        cmocka_unit_test_setup(messages_that_say_nothing_are_ignored, setup),
        cmocka_unit_test_setup(packet_too_big_about_what_was_not_sent_is_ignored, setup),
        cmocka_unit_test_setup(packet_too_big_about_any_fragment_counts, setup),
        cmocka_unit_test_setup(packet_too_big_about_a_reply_counts, setup),
        cmocka_unit_test_setup(packets_too_big_about_one_request_all_count, setup),
        cmocka_unit_test_setup(path_mtu_is_tried_again_after_ten_minutes, setup),
        cmocka_unit_test_setup(path_mtu_of_a_group, setup),
        cmocka_unit_test_setup(long_datagrams_wait_for_address_resolution, setup),
        cmocka_unit_test_setup(fragments_to_a_silent_neighbor_are_given_up, setup),
        cmocka_unit_test_setup(path_mtu_that_falls_in_the_middle_counts_at_once, setup),
        cmocka_unit_test_setup(answers_to_silent_hosts_hold_up_no_long_packet, setup),
        cmocka_unit_test_setup(long_datagrams_to_silent_neighbors_hold_up_no_other, setup),
        cmocka_unit_test_setup(fragments_from_an_address_that_was_removed_are_dropped, setup),
        cmocka_unit_test_setup(fragments_from_a_tentative_address_are_dropped, setup),
        cmocka_unit_test_setup(identifications_do_not_repeat, setup),
        cmocka_unit_test_setup(identifications_to_two_destinations_are_unrelated, setup),
        cmocka_unit_test_setup(identifications_change_with_the_key, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
