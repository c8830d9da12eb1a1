/* test_ndp.c: Neighbor Discovery messages: address resolution, answers to solicitations, invalid messages (RFC 4861,
 * 7.1 and 7.2). */
#include "fixture_exchange.h"

#include <stdio.h>
#include <string.h>

#define OTHER_MAC "02:00:00:00:00:99"
#define ALL_NODES_MAC "33:33:00:00:00:01"
#define ICMPV6_AT 54u /* offset of the ICMPv6 message in a frame */

static const struct test_station link_local_peer = {.mac = "02:00:00:00:00:02", .address = "fe80::2"};

/* Build the datagram of `length` bytes to a station that fixture_udp_send(&f, 1000, ..., 2000, length) sends. */
static void expect_datagram(const char *mac, const char *to, uint32_t length)
{
    frame_udp(&expected, mac, NODE_MAC, NODE_GLOBAL, to, 64, 1000, 2000, length);
}

static void answer(const struct test_station *station)
{
    frame_answer(&in, station, NODE_GLOBAL);
    fixture_input(&f, &in);
}

/* -- Address resolution (7.2.2) ------------------------------------------------------------------------------------ */

static void solicitation_has_the_bytes_of_the_rfc(void **state)
{
    /* clang-format off */
    static const struct test_frame solicitation = {
        .length = 86,
        .bytes = {
            0x33, 0x33, 0xff, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86, 0xdd, /* Ethernet */
            0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff,                               /* 32 bytes, ICMPv6, 255 */
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,                /* 2001:db8::1 */
            0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, 0x02,                /* ff02::1:ff00:2 */
            0x87, 0x00, 0x1c, 0x27, 0, 0, 0, 0,                                           /* checksum by hand */
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02,                /* target */
            0x01, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,                     /* source link-layer address */
        }};
    /* clang-format on */
    (void)state;
    fixture_udp_send(&f, 1000, "2001:db8::2", 2000, 4);
    assert_frame(&f.out, &solicitation);
    frame_node_ns(&expected, NODE_GLOBAL, "2001:db8::2"); /* and the builder agrees */
    assert_frame(&solicitation, &expected);
}

static void echo_reply_waits_and_its_buffer_carries_the_solicitation(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 56);
    fixture_input(&f, &in);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    assert_counted(&f, V6NF_SOLICITATIONS, 1);
}

static void advertisement_buffer_carries_the_packet_that_waited(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1000);
    fixture_input(&f, &in);
    fixture_mark(&f);
    answer(&f.peer);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 1000);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    fixture_run_until(&f, f.now + 4u * SECOND); /* nothing waits, and nothing is solicited again */
    assert_sent_count(&f, 0);
}

/* The solicitation has the source of the packet that prompts it, if that is an own address (RFC 4861, 7.2.2). */
static void solicitation_has_the_source_of_the_packet_that_prompts_it(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_LINK_LOCAL, 7, 1,
                       8); /* a packet from a global address prompts a link-local solicitation */
    fixture_input(&f, &in);
    frame_node_ns(&expected, NODE_LINK_LOCAL, f.peer.address);
    assert_frame(&f.out, &expected);
    fixture_run_until(&f, f.now + 1u * SECOND);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}

static void link_local_neighbor_is_solicited_from_the_link_local_address(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, "fe80::77", 2000, 0);
    frame_node_ns(&expected, NODE_LINK_LOCAL, "fe80::77");
    assert_frame(&f.out, &expected);
}

static void ping_is_resolved_like_any_packet(void **state)
{
    static struct v6nf_ping ping;
    struct v6nf_ping_config config = {.destination = test_address_of("2001:db8::2"),
                                      .count = 1,
                                      .size = 56,
                                      .identifier = 3,
                                      .interval = SECOND,
                                      .timeout = SECOND};
    (void)state;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_OK);
    fixture_tick(&f);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    answer(&f.peer);
    frame_echo(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 128, 3, 1, 56);
    assert_frame(&f.out, &expected);
}

static void multicast_needs_no_resolution(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, "ff02::1:2", 2000, 5);
    frame_udp(&expected, "33:33:00:01:00:02", NODE_MAC, NODE_LINK_LOCAL, "ff02::1:2", 1, 1000, 2000, 5);
    assert_frame(&f.out, &expected);
}

/* Replies to the neighbor replace each other. They evict no packet of the program: anybody can ask for one. */
static void replies_evict_no_packet_of_the_program(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1);
    for (uint32_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR + 2u; i++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, (uint16_t)i, 56);
        fixture_input(&f, &in);
    }
    answer(&f.peer);
    expect_datagram(f.peer.mac, f.peer.address, 1);
    assert_frame(&f.out, &expected);
}

/* The queue is small. When it overflows, the new packet replaces the oldest (7.2.2; v6LC.2.1.2 A). */
static void packets_for_one_neighbor_wait_up_to_a_limit_and_the_newest_are_kept(void **state)
{
    const uint32_t sent = V6NF_WAITING_PER_NEIGHBOR + 2u;
    (void)state;
    for (uint32_t i = 0; i < sent; i++) {
        fixture_udp_send(&f, 1000, f.peer.address, 2000, i);
        if (i > 0u) {
            assert_nothing(&f.out); /* the solicitation is outstanding: at most one per RetransTimer */
        }
    }
    assert_counted(&f, V6NF_KEPT, sent - 1u);
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 2);
    fixture_mark(&f);
    answer(&f.peer);
    expect_datagram(f.peer.mac, f.peer.address, 2); /* 0 and 1 were evicted */
    assert_frame(&f.out, &expected);
    fixture_run_until(&f, f.now); /* the others are sent at once, in order */
    assert_sent_count(&f, V6NF_WAITING_PER_NEIGHBOR - 1u);
    for (uint32_t i = 0; i + 1u < V6NF_WAITING_PER_NEIGHBOR; i++) {
        expect_datagram(f.peer.mac, f.peer.address, 3u + i);
        assert_sent(&f, i, f.now, &expected);
    }
}

/* Each neighbor has its own queue (v6LC.2.1.2 B). */
/* Slots of the program: a quarter is kept back for replies, at least one. */
#define WAITING_OWN (V6NF_WAITING - (V6NF_WAITING >= 4u ? V6NF_WAITING / 4u : V6NF_WAITING / 2u))

#if V6NF_WAITING > 2u /* packets of the program can wait for two neighbors */
static void answer_of_one_neighbor_releases_only_what_waits_for_it(void **state)
{
    const struct test_station third = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 10);
    fixture_udp_send(&f, 1000, third.address, 2000, 11);
    frame_node_ns(&expected, NODE_GLOBAL, third.address);
    assert_frame(&f.out, &expected);
    answer(&third);
    expect_datagram(third.mac, third.address, 11);
    assert_frame(&f.out, &expected);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    answer(&f.peer);
    expect_datagram(f.peer.mac, f.peer.address, 10);
    assert_frame(&f.out, &expected);
}
#endif

static void waiting_queue_is_shared_and_the_oldest_packet_is_evicted(void **state)
{
    char addresses[WAITING_OWN + 1u][V6NF_ADDRESS_TEXT_SIZE];
    struct test_station station = {.mac = "02:00:00:00:00:77", .address = NULL};
    (void)state;
    for (uint32_t i = 0; i < WAITING_OWN + 1u; i++) {
        (void)snprintf(addresses[i], sizeof addresses[i], "2001:db8::%x", 0x10u + (unsigned)i);
        fixture_udp_send(&f, 1000, addresses[i], 2000, i);
    }
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 1);
    station.address = addresses[0];
    answer(&station);
    assert_nothing(&f.out); /* its packet was evicted */
    for (uint32_t i = 1; i < WAITING_OWN + 1u; i++) {
        station.address = addresses[i];
        answer(&station);
        expect_datagram(station.mac, addresses[i], i);
        assert_frame(&f.out, &expected);
    }
    fixture_tick(&f);
    assert_sent_count(&f, 0);
}

/* Free entries have no address. */
static void advertisement_of_the_unspecified_address_is_ignored(void **state)
{
    const struct test_station none = {.mac = "02:00:00:00:00:09", .address = "::"};
    (void)state;
    frame_answer(&in, &none, NODE_GLOBAL);
    test_address(in.bytes + 22, f.peer.address); /* a valid source */
    frame_fix_checksum(&in);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_NDP_TARGET, 1);
    assert_int_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_NEIGHBORS), 0);
}

#if V6NF_WAITING > 2u
/* An overflow for one neighbor does not affect others. */
static void overflow_for_one_neighbor_keeps_the_packets_of_others(void **state)
{
    const struct test_station third = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    fixture_udp_send(&f, 1000, third.address, 2000, 11); /* the oldest of all */
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        fixture_udp_send(&f, 1000, f.peer.address, 2000, i);
    }
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 3u * V6NF_WAITING - V6NF_WAITING_PER_NEIGHBOR);
    answer(&third);
    expect_datagram(third.mac, third.address, 11);
    assert_frame(&f.out, &expected);
}

/* A board may have buffers of several sizes. A packet that does not fit is lost, and does not delay the next. */
static void waiting_packet_too_long_for_the_buffer_does_not_delay_the_next(void **state)
{
    const struct test_station third = {.mac = "02:00:00:00:00:03", .address = "2001:db8::3"};
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1400);
    fixture_udp_send(&f, 1000, third.address, 2000, 11);
    f.capacity = 14u + 1280u;
    answer(&f.peer);
    assert_nothing(&f.out);
    frame_ns(&in, NODE_MAC, third.mac, third.address, NODE_GLOBAL, NODE_GLOBAL, third.mac);
    fixture_input(&f, &in);
    fixture_tick(&f);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    expect_datagram(third.mac, third.address, 11);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}
#endif

/* It is not lost because the advertisement's buffer is small: a tick sends it. */
static void waiting_packet_survives_a_small_advertisement_buffer(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1400);
    f.capacity = 128;
    answer(&f.peer);
    assert_nothing(&f.out);
    f.capacity = 1514;
    fixture_tick(&f);
    expect_datagram(f.peer.mac, f.peer.address, 1400);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}

/* A solicitation is sent again after RetransTimer, MAX_MULTICAST_SOLICIT times; then the packets expire (7.2.2). */
static void resolution_is_tried_three_times_a_second_apart_then_fails(void **state)
{
    uint64_t begin = f.now;
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1);
    if (V6NF_WAITING_PER_NEIGHBOR > 1u) {
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 2);
    }
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    fixture_run_until(&f, begin + 3u * SECOND - 1u);
    assert_sent_count(&f, 2);
    assert_sent(&f, 0, begin + 1u * SECOND, &expected);
    assert_sent(&f, 1, begin + 2u * SECOND, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 0);
    fixture_run_until(&f, begin + 3u * SECOND);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, V6NF_WAITING_PER_NEIGHBOR > 1u ? 2 : 1);
    assert_counted(&f, V6NF_NEIGHBORS_UNREACHABLE, 1);
    assert_counted(&f, V6NF_SOLICITATIONS, 3);
    fixture_run_until(&f, begin + 60u * SECOND);
    assert_sent_count(&f, 2);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

static void packet_after_a_failed_resolution_starts_another(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 2);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    answer(&f.peer);
    expect_datagram(f.peer.mac, f.peer.address, 2); /* the first one does not appear again */
    assert_frame(&f.out, &expected);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
}

static void answer_to_the_last_solicitation_still_counts(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1);
    fixture_run_until(&f, f.now + 3u * SECOND - 1u);
    answer(&f.peer);
    expect_datagram(f.peer.mac, f.peer.address, 1);
    assert_frame(&f.out, &expected);
}

static void late_answer_after_failure_is_ignored(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_mark(&f);
    answer(&f.peer);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NDP_TARGET, 1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
}

/* Next-hop determination: 5.2. */
static void gateway_is_resolved_for_off_link_destinations(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 9);
    frame_node_ns(&expected, NODE_GLOBAL, GATEWAY);
    assert_frame(&f.out, &expected);
    frame_answer(&in, &f.gateway, NODE_GLOBAL);
    fixture_input(&f, &in);
    expect_datagram(f.gateway.mac, OFF_LINK, 9);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1000, "2001:db8:fffe::1", 2000, 3); /* one entry serves all off-link destinations */
    expect_datagram(f.gateway.mac, "2001:db8:fffe::1", 3);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, OFF_LINK, V6NF_NEIGHBOR_FREE, NULL);
}

static void new_gateway_is_used_at_once(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 9);
    expect_datagram(f.gateway.mac, OFF_LINK, 9);
    assert_frame(&f.out, &expected);
    fixture_set_gateway(&f, "2001:db8::fd");
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 9);
    frame_node_ns(&expected, NODE_GLOBAL, "2001:db8::fd");
    assert_frame(&f.out, &expected);
}

/* A prefix that is added makes its addresses on-link: they are no longer sent via the gateway. */
static void address_with_a_prefix_makes_destinations_on_link(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 9);
    expect_datagram(f.gateway.mac, OFF_LINK, 9);
    assert_frame(&f.out, &expected);
    fixture_add_address(&f, "2001:db8:ffff::1", 48);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 9);
    frame_node_ns(&expected, "2001:db8:ffff::1", OFF_LINK);
    assert_frame(&f.out, &expected);
}

/* An address is on-link if it shares the whole prefix, to the bit (5.2). */
static void on_link_prefix_is_matched_to_the_bit(void **state)
{
    static const struct {
        uint32_t length;
        const char *on_link;
        const char *off_link;
    } cases[] = {
        {64, "2001:db8::8000:0:0:5", "2001:db8:0:1::5"},
        {63, "2001:db8:0:1::5", "2001:db8:0:2::5"},
        {1, "4000::5", "8000::5"},
        {127, "2001:db8::", "2001:db8::3"},
    };
    const uint8_t mac[] = {2, 0, 0, 0, 0, 1};
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .predictable = true};
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
        fixture_add_address(&f, NODE_GLOBAL, cases[i].length);
        fixture_mark(&f);
        fixture_udp_send(&f, 1000, cases[i].off_link, 2000, 0);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
        fixture_udp_send(&f, 1000, cases[i].on_link, 2000, 0);
        frame_node_ns(&expected, NODE_GLOBAL, cases[i].on_link);
        assert_frame(&f.out, &expected);
    }
}

/* A link-local source is for link-local destinations, however many bits match (RFC 6724, 5, rule 2). */
static void source_has_the_scope_of_the_destination(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    fixture_udp_send(&f, 1000, "fd00::5", 2000, 0); /* shares more bits with fe80:: than with 2001:: */
    expect_datagram(f.gateway.mac, "fd00::5", 0);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1000, "ff0e::5", 2000, 0);
    frame_udp(&expected, "33:33:00:00:00:05", NODE_MAC, NODE_GLOBAL, "ff0e::5", 1, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
    fixture_udp_send(&f, 1000, "ff02::5", 2000, 0);
    frame_udp(&expected, "33:33:00:00:00:05", NODE_MAC, NODE_LINK_LOCAL, "ff02::5", 1, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
}

/* Without a router nothing is assumed to be on-link (RFC 5942, 4). */
static void off_link_without_a_gateway_is_no_route(void **state)
{
    struct test_station far = {.mac = "02:00:00:00:00:02", .address = OFF_LINK};
    struct v6nf_node_config config = {.mac = (const uint8_t *)"\x02\0\0\0\0\x01", .mtu = 1500, .predictable = true};
    (void)state;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 0);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
    frame_echo_request(&in, &far, NODE_GLOBAL, 1, 1, 8);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 2);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

#if V6NF_WAITING_FRAME_SIZE < 8000u
/* A reply too long to wait is lost, but its neighbor is resolved. */
static void reply_too_long_to_wait_still_prompts_resolution(void **state)
{
    (void)state;
    fixture_start_with(&f, 1, 9000);
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 1, 1, 8000);
    fixture_input(&f, &in);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    assert_counted(&f, V6NF_DROP_WAITING_SIZE, 1);
    answer(&f.peer);
    assert_nothing(&f.out);
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 1, 1, 8000);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 1, 1, 8000);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
}
#endif

/* The program's packet waits in a slot that is large enough. Without one it is lost, and the next one is sent. */
static void jumbo_frame_of_the_program_waits(void **state)
{
    bool waits = V6NF_WAITING_FRAME_SIZE >= 8062u || V6NF_FRAGMENTATION_SIZE >= 8048u;
    (void)state;
    fixture_start_with(&f, 1, 9000);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 8000);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    assert_counted(&f, V6NF_DROP_WAITING_SIZE, waits ? 0 : 1);
    answer(&f.peer);
    if (f.out.length == 0u) {
        fixture_tick(&f);
        f.out = f.sent[0].frame;
    }
    if (!waits) {
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 8000);
    }
    expect_datagram(f.peer.mac, f.peer.address, 8000);
    assert_frame(&f.out, &expected);
}

/* A datagram waits for the peer, and the node loses its source address. The peer's advertisement, sent to all nodes,
 * resolves it. Nothing is sent from an address that is not the node's (RFC 4862, 5.4). */
static void waiting_packet_from_a_removed_address_is_dropped(void **state)
{
    const struct v6nf_address own = test_address_of(NODE_GLOBAL);
    (void)state;
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 8);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 8);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
    fixture_mark(&f);
    frame_announcement(&in, &f.peer);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, V6NF_WAITING_PER_NEIGHBOR < 2u ? 1 : 2);
}

/* A solicitation from an own address makes no entry and is not answered, with the option or without it. */
static void solicitation_from_an_own_address_is_dropped(void **state)
{
    const char *const group = test_solicited_node(NODE_GLOBAL);
    (void)state;
    frame_ns(&in, test_group_mac(group), f.peer.mac, NODE_GLOBAL, group, NODE_GLOBAL, f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_ns(&in, NODE_MAC, f.peer.mac, NODE_GLOBAL, NODE_GLOBAL, NODE_GLOBAL, NULL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NDP_SPOOFED, 2);
    assert_null(fixture_neighbor(&f, NODE_GLOBAL));
}

#if V6NF_ANNOUNCE
/* The answer to a solicitor that must be resolved first waits. After a change of the MAC address it would contain
 * the old one. */
static void waiting_advertisement_is_not_sent_with_an_old_mac_address(void **state)
{
    uint8_t mac[6];
    (void)state;
    test_mac(mac, "02:00:00:00:00:11");
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
    fixture_input(&f, &in);
    assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
    fixture_tick(&f);
    fixture_mark(&f);
    frame_na(&in, "02:00:00:00:00:11", f.peer.mac, f.peer.address, NODE_GLOBAL, f.peer.address, NA_S | NA_O,
             f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DELIVERED, 1);
}
#endif

static void node_never_solicits_its_own_address(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, NODE_GLOBAL, 2000, 0);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_SOLICITATIONS, 0);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, V6NF_LOOPBACK > 0u ? 0 : 1);
}

/* The gateway's address cannot be an own address, in any order of the calls. */
static void gateway_is_never_the_node_itself(void **state)
{
    struct v6nf_address own = test_address_of(NODE_GLOBAL);
    struct v6nf_address gateway = test_address_of(GATEWAY);
    (void)state;
    assert_int_equal(v6nf_node_set_gateway(&f.node, &own), V6NF_INVALID);
    assert_int_not_equal(v6nf_node_add_address(&f.node, &gateway, 64, f.now), V6NF_OK);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 0);
    frame_node_ns(&expected, NODE_GLOBAL, GATEWAY);
    assert_frame(&f.out, &expected);
}

static void gateway_is_a_unicast_address_on_the_link(void **state)
{
    static const char *const bad[] = {"::", "::1", "ff02::1", OFF_LINK, NODE_LINK_LOCAL};
    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct v6nf_address address = test_address_of(bad[i]);
        assert_int_equal(v6nf_node_set_gateway(&f.node, &address), V6NF_INVALID);
    }
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 0); /* the gateway does not change */
    frame_node_ns(&expected, NODE_GLOBAL, GATEWAY);
    assert_frame(&f.out, &expected);
}

/* An advertisement without the link-layer address that was solicited is discarded (7.2.5). */
static void advertisement_without_link_layer_address_does_not_resolve(void **state)
{
    uint64_t begin = f.now;
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_INCOMPLETE);
    frame_na(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, f.peer.address, NA_S | NA_O, NULL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    fixture_run_until(&f, begin + 1u * SECOND);
    assert_sent(&f, 0, begin + 1u * SECOND, &expected);
}

/* A group address as that of a neighbor would turn unicast into multicast. */
static void link_layer_address_of_a_group_does_not_resolve(void **state)
{
    static const char *const bad[] = {"33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"};
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_INCOMPLETE);
    for (unsigned i = 0; i < 3u; i++) {
        frame_na(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, f.peer.address, NA_S | NA_O, bad[i]);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    }
}

/* -- Answers to solicitations (7.2.3, 7.2.4) ----------------------------------------------------------------------- */

static void advertisement_has_the_bytes_of_the_rfc(void **state)
{
    /* clang-format off */
    static const struct test_frame advertisement = {
        .length = 86,
        .bytes = {
            0x02, 0x00, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x86, 0xdd, /* Ethernet */
            0x60, 0x00, 0x00, 0x00, 0x00, 0x20, 0x3a, 0xff,                               /* 32 bytes, ICMPv6, 255 */
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,                /* 2001:db8::1 */
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02,                /* 2001:db8::2 */
            0x88, 0x00, 0x8a, 0x73, 0x60, 0, 0, 0,                                        /* checksum by hand; S, O */
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,                /* target */
            0x02, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x01,                     /* target link-layer address */
        }};
    /* clang-format on */
    (void)state;
    frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, f.peer.address, "ff02::1:ff00:1", NODE_GLOBAL, f.peer.mac);
    fixture_input(&f, &in);
    assert_frame(&f.out, &advertisement);
    assert_counted(&f, V6NF_ADVERTISEMENTS, 1);
}

static void each_own_address_is_advertised_from_itself(void **state)
{
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        const char *group = test_solicited_node(own[i]);
        frame_ns(&in, test_group_mac(group), f.peer.mac, f.peer.address, group, own[i], f.peer.mac);
        fixture_input(&f, &in);
        frame_node_na(&expected, &f.peer, own[i]);
        assert_frame(&f.out, &expected);
        frame_ns(&in, NODE_MAC, link_local_peer.mac, link_local_peer.address, own[i], own[i], link_local_peer.mac);
        fixture_input(&f, &in);
        frame_node_na(&expected, &link_local_peer, own[i]);
        assert_frame(&f.out, &expected);
    }
}

/* The destination may be any that the node accepts packets for (7.2.3). */
static void solicitation_to_any_accepted_address_is_answered(void **state)
{
    static const char *const destinations[] = {"ff02::1", NODE_GLOBAL, NODE_LINK_LOCAL, "ff02::1:ff00:1",
                                               "ff02::1:ff34:5678"};
    static const char *const targets[] = {NODE_GLOBAL, NODE_LINK_LOCAL, "2001:db8::12:3434:5678"};
    (void)state;
    fixture_add_address(&f, targets[2], 64);
    for (unsigned i = 0; i < 15u; i++) {
        const char *to = destinations[i % 5u];
        const char *target = targets[i / 5u];
        fixture_case("to %s, target %s", to, target);
        frame_ns(&in, to[0] == 'f' && to[1] == 'f' ? test_group_mac(to) : NODE_MAC, f.peer.mac, f.peer.address, to,
                 target, f.peer.mac);
        fixture_input(&f, &in);
        frame_node_na(&expected, &f.peer, target);
        assert_frame(&f.out, &expected);
    }
    fixture_case("%s", "");
}

/* A unicast solicitation may lack the option (4.3): the cached address is used. */
static void unicast_solicitation_of_a_known_neighbor_needs_no_option(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    frame_ns(&in, NODE_MAC, OTHER_MAC, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
    fixture_input(&f, &in);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
}

/* An advertisement is 8 bytes longer than a solicitation without option. */
static void advertisement_that_does_not_fit_the_buffer_is_not_written(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
    f.capacity = 85;
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    f.capacity = 86;
    fixture_input(&f, &in);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_frame(&f.out, &expected);
}

/* A match of 24 bits does not make a group a solicited-node group (RFC 4291, 2.7.1). */
static void group_that_only_resembles_a_solicited_node_group_is_ignored(void **state)
{
    static const char *const groups[] = {"ff02::1:fe00:1", "ff02::2:ff00:1",     "ff05::1:ff00:1", "ff02::1:ff01:1",
                                         "ff12::1",        "ff02::1:0:1:ff00:1", "ff02::2",        "ff05::1"};
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    for (unsigned i = 0; i < sizeof groups / sizeof *groups; i++) {
        fixture_case("%s", groups[i]);
        frame_echo(&in, test_group_mac(groups[i]), f.peer.mac, f.peer.address, groups[i], 128, 7, 1, 8);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NOT_OURS, i + 1u);
    }
    fixture_case("%s", "");
    frame_echo(&in, "33:33:ff:00:00:01", f.peer.mac, f.peer.address, "ff02::1:ff00:1", 128, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
}

/* The solicitor is resolved before it is answered (v6LC.2.1.8 C). */
static void unknown_solicitor_without_option_is_resolved_first(void **state)
{
    (void)state;
    for (unsigned multicast = 0; multicast < 2u; multicast++) {
        const char *to = multicast != 0u ? "ff02::1:ff00:1" : NODE_GLOBAL;
        fixture_start(&f);
        frame_ns(&in, multicast != 0u ? test_group_mac(to) : NODE_MAC, f.peer.mac, f.peer.address, to, NODE_GLOBAL,
                 NULL);
        fixture_input(&f, &in);
        frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
        assert_frame(&f.out, &expected);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
        answer(&f.peer);
        frame_node_na(&expected, &f.peer, NODE_GLOBAL);
        assert_frame(&f.out, &expected);
    }
}

/* The advertisement has S = 0 and is sent to all nodes, because the solicitor has no address yet (7.2.4). */
static void detection_by_another_node_is_answered_to_all_nodes(void **state)
{
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        const char *group = test_solicited_node(own[i]);
        frame_ns(&in, test_group_mac(group), f.peer.mac, "::", group, own[i], NULL);
        fixture_input(&f, &in);
        frame_na(&expected, ALL_NODES_MAC, NODE_MAC, own[i], "ff02::1", own[i], NA_O, NODE_MAC);
        assert_frame(&f.out, &expected);
        assert_int_equal(fixture_own(&f, own[i])->state, V6NF_ADDRESS_PREFERRED);
    }
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        assert_int_equal(f.node.neighbors[i].state, V6NF_NEIGHBOR_FREE); /* :: is no host's address */
    }
}

/* The node is in the group, because 24 bits of the address match; the address is not its own. */
static void target_that_is_not_an_own_address_is_not_answered(void **state)
{
    (void)state;
    frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, f.peer.address, "ff02::1:ff00:1", "2001:db8::1:0:1", f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NDP_TARGET, 1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, "::", "ff02::1:ff00:1", "2001:db8::1:0:1", NULL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NDP_TARGET, 2);
}

static void solicitation_from_an_own_address_makes_no_entry(void **state)
{
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    struct v6nf_node before;
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    for (unsigned i = 0; i < 4u; i++) {
        before = f.node;
        fixture_mark(&f);
        frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, own[i % 2u], "ff02::1:ff00:1", NODE_GLOBAL,
                 i < 2u ? f.peer.mac : NULL);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NDP_SPOOFED, 1);
        assert_memory_equal(f.node.neighbors, before.neighbors, sizeof before.neighbors);
        assert_memory_equal(f.node.addresses, before.addresses, sizeof before.addresses);
    }
}

/* An address that was a neighbor's becomes the node's own, with all consequences. */
static void address_of_a_former_neighbor_becomes_an_own_address(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    fixture_add_address(&f, f.peer.address, 64);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 0);
    assert_nothing(&f.out);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
}

/* -- Options (4.6, 9) ---------------------------------------------------------------------------------------------- */

static void append_option(struct test_frame *frame, uint8_t type, uint8_t units, const char *mac)
{
    uint8_t option[8u * 8u] = {type, units};
    if (mac != NULL) {
        test_mac(option + 2, mac);
    }
    frame_append(frame, option, units != 0u ? 8u * units : 8u);
    frame_fix_checksum(frame);
}

static void unknown_options_are_skipped(void **state)
{
    (void)state;
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
    append_option(&in, 14, 1, "aa:aa:aa:aa:aa:aa"); /* nonce (RFC 3971) */
    append_option(&in, 5, 1, "bb:bb:bb:bb:bb:bb");  /* MTU */
    append_option(&in, 253, 4, NULL);
    append_option(&in, 2, 1, "02:00:00:00:00:cc"); /* of the target: not defined in this message */
    append_option(&in, 1, 1, f.peer.mac);
    append_option(&in, 0, 2, NULL);
    fixture_input(&f, &in);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_frame(&f.out, &expected);

    frame_na(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, f.peer.address, NA_O, NULL);
    append_option(&in, 1, 1, "02:00:00:00:00:cc"); /* of the source: not defined in this message */
    append_option(&in, 77, 3, NULL);
    append_option(&in, 2, 1, OTHER_MAC);
    fixture_input(&f, &in);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_STALE, OTHER_MAC);
}

static void first_of_two_link_layer_addresses_counts(void **state)
{
    (void)state;
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    append_option(&in, 1, 1, OTHER_MAC);
    fixture_input(&f, &in);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_frame(&f.out, &expected);
}

/* The option is 8 bytes and holds a station's address (RFC 2464, 6). Other lengths have no known meaning: no answer. */
static void solicitation_with_an_unusable_link_layer_address_is_dropped(void **state)
{
    static const char *const bad[] = {"33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", OTHER_MAC};
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
        append_option(&in, 1, i == 3u ? 2 : 1, bad[i]);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NDP_INVALID, i + 1u);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    }
}

/* A message from an address does not make the address on-link (RFC 5942, 4). Via a router the answer would be
 * invalid (RFC 4861, 7.1.2). */
static void off_link_solicitor_is_answered_directly_without_an_entry(void **state)
{
    const struct test_station far = {.mac = "02:00:00:00:00:02", .address = OFF_LINK};
    (void)state;
    fixture_make_reachable(&f, &f.gateway);
    frame_ns(&in, NODE_MAC, far.mac, far.address, NODE_GLOBAL, NODE_GLOBAL, far.mac);
    fixture_input(&f, &in);
    frame_node_na(&expected, &far, NODE_GLOBAL);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, far.address, V6NF_NEIGHBOR_FREE, NULL);
}

static void reserved_bits_are_ignored(void **state)
{
    (void)state;
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    memset(in.bytes + ICMPV6_AT + 4u, 0xFF, 4);
    frame_fix_checksum(&in);
    fixture_input(&f, &in);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_frame(&f.out, &expected);

    fixture_start(&f);
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_INCOMPLETE);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    in.bytes[ICMPV6_AT + 4u] |= 0x1Fu;
    memset(in.bytes + ICMPV6_AT + 5u, 0xFF, 3);
    frame_fix_checksum(&in);
    fixture_input(&f, &in);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    assert_false(fixture_neighbor(&f, f.peer.address)->router);
}

/* -- Invalid messages (7.1.1, 7.1.2; v6LC.2.1.7, 2.1.15, 3.1.3, 3.1.4) --------------------------------------------- */

static void cut(uint32_t icmpv6_length)
{
    in.length = ICMPV6_AT + icmpv6_length;
    frame_append(&in, NULL, 0); /* corrects Payload Length */
    frame_fix_checksum(&in);
}

static void spoil_nothing(void)
{
}

static void spoil_hop_limit(void)
{
    in.bytes[21] = 254;
}

static void spoil_code(void)
{
    in.bytes[ICMPV6_AT + 1u] = 1;
    frame_fix_checksum(&in);
}

static void spoil_checksum(void)
{
    in.bytes[ICMPV6_AT + 3u] ^= 1u;
}

static void spoil_length(void)
{
    cut(23);
}

static void spoil_length_to_header(void)
{
    cut(8);
}

static void spoil_target(void)
{
    test_address(in.bytes + ICMPV6_AT + 8u, "ff02::1:ff00:1");
    frame_fix_checksum(&in);
}

static void spoil_option_length_zero(void)
{
    in.bytes[ICMPV6_AT + 25u] = 0;
    frame_fix_checksum(&in);
}

static void spoil_second_option_length_zero(void)
{
    append_option(&in, 14, 0, NULL);
}

static void spoil_option_past_end(void)
{
    in.bytes[ICMPV6_AT + 25u] = 2;
    frame_fix_checksum(&in);
}

static void spoil_unknown_option_past_end(void)
{
    in.bytes[ICMPV6_AT + 24u] = 14;
    in.bytes[ICMPV6_AT + 25u] = 2;
    frame_fix_checksum(&in);
}

static void spoil_option_cut(void)
{
    cut(31);
}

static void spoil_option_of_one_byte(void)
{
    frame_append(&in, (const uint8_t *)"\x0e", 1);
    frame_fix_checksum(&in);
}

static void spoil_destination_of_solicited_advertisement(void)
{
    test_mac(in.bytes, ALL_NODES_MAC);
    test_address(in.bytes + 38, "ff02::1");
    frame_fix_checksum(&in);
}

struct invalid {
    const char *name;
    void (*spoil)(void);
    enum v6nf_counter counter;
};

/* Check that only counters of the node changed. */
static void assert_untouched(const struct v6nf_node *before)
{
    if (memcmp(before->neighbors, f.node.neighbors, sizeof before->neighbors) != 0 ||
        memcmp(before->addresses, f.node.addresses, sizeof before->addresses) != 0 ||
        memcmp(before->destinations, f.node.destinations, sizeof before->destinations) != 0 ||
        memcmp(before->waiting, f.node.waiting, sizeof before->waiting) != 0) {
        fail_case("it changed the state of the node");
    }
}

static void assert_invalid(const struct invalid *rule)
{
    static struct v6nf_node before;
    before = f.node;
    fixture_mark(&f);
    fixture_case("%s", rule->name);
    f.capacity = in.length; /* a byte too far is outside the buffer */
    fixture_input(&f, &in);
    f.capacity = 1514;
    assert_nothing(&f.out);
    assert_counted(&f, rule->counter, 1);
    assert_untouched(&before);
    fixture_case("%s", "");
}

static const struct invalid neighbor_message_rules[] = {
    {"Hop Limit is not 255", spoil_hop_limit, V6NF_DROP_NDP_INVALID},
    {"Code is not 0", spoil_code, V6NF_DROP_NDP_INVALID},
    {"Checksum is wrong", spoil_checksum, V6NF_DROP_ICMPV6_CHECKSUM},
    {"23 bytes", spoil_length, V6NF_DROP_NDP_INVALID},
    {"8 bytes", spoil_length_to_header, V6NF_DROP_NDP_INVALID},
    {"Target is multicast", spoil_target, V6NF_DROP_NDP_INVALID},
    {"option of length 0", spoil_option_length_zero, V6NF_DROP_NDP_INVALID},
    {"second option of length 0", spoil_second_option_length_zero, V6NF_DROP_NDP_INVALID},
    {"option past the end", spoil_option_past_end, V6NF_DROP_NDP_INVALID},
    {"unknown option past the end", spoil_unknown_option_past_end, V6NF_DROP_NDP_INVALID},
    {"option cut off", spoil_option_cut, V6NF_DROP_NDP_INVALID},
    {"option of one byte", spoil_option_of_one_byte, V6NF_DROP_NDP_INVALID},
};

#define NEIGHBOR_MESSAGE_RULES (sizeof neighbor_message_rules / sizeof *neighbor_message_rules)

static void invalid_solicitations_change_nothing(void **state)
{
    (void)state;
    for (unsigned multicast = 0; multicast < 2u; multicast++) {
        const char *to = multicast != 0u ? "ff02::1:ff00:1" : NODE_GLOBAL;
        const char *mac = multicast != 0u ? "33:33:ff:00:00:01" : NODE_MAC;
        for (unsigned i = 0; i < NEIGHBOR_MESSAGE_RULES; i++) {
            frame_ns(&in, mac, f.peer.mac, f.peer.address, to, NODE_GLOBAL, f.peer.mac);
            neighbor_message_rules[i].spoil();
            assert_invalid(&neighbor_message_rules[i]);
        }
        frame_ns(&in, mac, f.peer.mac, f.peer.address, to, NODE_GLOBAL, f.peer.mac);
        fixture_input(&f, &in); /* without the fault, it is answered */
        frame_node_na(&expected, &f.peer, NODE_GLOBAL);
        assert_frame(&f.out, &expected);
        fixture_start(&f);
    }
}

/* From the unspecified source, the destination must be a solicited-node address, without a source link-layer option
 * (7.1.1). */
static void invalid_solicitations_without_source_change_nothing(void **state)
{
    static const struct invalid to_all_nodes = {"from :: to ff02::1", spoil_nothing, V6NF_DROP_NDP_INVALID};
    static const struct invalid unicast = {"from :: to the address itself", spoil_nothing, V6NF_DROP_NDP_INVALID};
    static const struct invalid option = {"from :: with its link-layer address", spoil_nothing, V6NF_DROP_NDP_INVALID};
    static const struct invalid odd = {"from :: with a link-layer address of 14 bytes", spoil_nothing,
                                       V6NF_DROP_NDP_INVALID};
    static const struct invalid group = {"from :: with a group's link-layer address", spoil_nothing,
                                         V6NF_DROP_NDP_INVALID};
    const char *node = "ff02::1:ff00:1";
    (void)state;
    frame_ns(&in, ALL_NODES_MAC, f.peer.mac, "::", "ff02::1", NODE_GLOBAL, NULL);
    assert_invalid(&to_all_nodes);
    frame_ns(&in, NODE_MAC, f.peer.mac, "::", NODE_GLOBAL, NODE_GLOBAL, NULL);
    assert_invalid(&unicast);
    frame_ns(&in, test_group_mac(node), f.peer.mac, "::", node, NODE_GLOBAL, f.peer.mac);
    assert_invalid(&option);
    frame_ns(&in, test_group_mac(node), f.peer.mac, "::", node, NODE_GLOBAL, NULL);
    append_option(&in, 1, 2, f.peer.mac);
    assert_invalid(&odd);
    frame_ns(&in, test_group_mac(node), f.peer.mac, "::", node, NODE_GLOBAL, ALL_NODES_MAC);
    assert_invalid(&group);
    frame_ns(&in, test_group_mac(node), f.peer.mac, "::", node, NODE_GLOBAL, NULL);
    fixture_input(&f, &in); /* without the fault, it is answered */
    assert_counted(&f, V6NF_ADVERTISEMENTS, 1);
}

static void invalid_advertisements_change_nothing(void **state)
{
    static const enum v6nf_neighbor_state states[] = {V6NF_NEIGHBOR_INCOMPLETE, V6NF_NEIGHBOR_REACHABLE,
                                                      V6NF_NEIGHBOR_STALE, V6NF_NEIGHBOR_PROBE};
    static const struct invalid to_group = {"solicited, to a group", spoil_destination_of_solicited_advertisement,
                                            V6NF_DROP_NDP_INVALID};
    const struct test_station changed = {.mac = OTHER_MAC, .address = "2001:db8::2"};
    (void)state;
    for (unsigned s = 0; s < 4u; s++) {
        fixture_start(&f);
        fixture_bring_to(&f, &f.peer, states[s]);
        for (unsigned i = 0; i < NEIGHBOR_MESSAGE_RULES + 1u; i++) {
            const struct invalid *rule = i < NEIGHBOR_MESSAGE_RULES ? &neighbor_message_rules[i] : &to_group;
            frame_answer(&in, &changed, NODE_GLOBAL);
            rule->spoil();
            assert_invalid(rule);
        }
        frame_answer(&in, &changed, NODE_GLOBAL);
        fixture_input(&f, &in); /* without the fault, it is accepted */
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, OTHER_MAC);
    }
}

/* -- Advertisements for an own address (7.2.5; RFC 4862, 5.4.4) ---------------------------------------------------- */

static void advertisement_of_an_own_address_by_another_node_changes_nothing(void **state)
{
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    static const struct invalid lie = {"advertises our address", spoil_nothing, V6NF_DROP_NDP_SPOOFED};
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    for (unsigned i = 0; i < 2u; i++) {
        frame_announcement(&in, &(struct test_station){.mac = f.peer.mac, .address = own[i]});
        assert_invalid(&lie);
        frame_na(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, own[i], NA_S | NA_O, f.peer.mac);
        assert_invalid(&lie);
    }
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
    assert_frame(&f.out, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(solicitation_has_the_bytes_of_the_rfc, setup_node),
        cmocka_unit_test_setup(echo_reply_waits_and_its_buffer_carries_the_solicitation, setup_node),
        cmocka_unit_test_setup(advertisement_buffer_carries_the_packet_that_waited, setup_node),
        cmocka_unit_test_setup(solicitation_has_the_source_of_the_packet_that_prompts_it, setup_node),
        cmocka_unit_test_setup(link_local_neighbor_is_solicited_from_the_link_local_address, setup_node),
        cmocka_unit_test_setup(ping_is_resolved_like_any_packet, setup_node),
        cmocka_unit_test_setup(multicast_needs_no_resolution, setup_node),
        cmocka_unit_test_setup(replies_evict_no_packet_of_the_program, setup_node),
        cmocka_unit_test_setup(packets_for_one_neighbor_wait_up_to_a_limit_and_the_newest_are_kept, setup_node),
#if V6NF_WAITING > 2u
        cmocka_unit_test_setup(answer_of_one_neighbor_releases_only_what_waits_for_it, setup_node),
#endif
        cmocka_unit_test_setup(waiting_queue_is_shared_and_the_oldest_packet_is_evicted, setup_node),
        cmocka_unit_test_setup(waiting_packet_survives_a_small_advertisement_buffer, setup_node),
#if V6NF_WAITING > 2u
        cmocka_unit_test_setup(waiting_packet_too_long_for_the_buffer_does_not_delay_the_next, setup_node),
        cmocka_unit_test_setup(overflow_for_one_neighbor_keeps_the_packets_of_others, setup_node),
#endif
        cmocka_unit_test_setup(resolution_is_tried_three_times_a_second_apart_then_fails, setup_node),
        cmocka_unit_test_setup(packet_after_a_failed_resolution_starts_another, setup_node),
        cmocka_unit_test_setup(answer_to_the_last_solicitation_still_counts, setup_node),
        cmocka_unit_test_setup(late_answer_after_failure_is_ignored, setup_node),
        cmocka_unit_test_setup(advertisement_of_the_unspecified_address_is_ignored, setup_node),
        cmocka_unit_test_setup(gateway_is_resolved_for_off_link_destinations, setup_node),
        cmocka_unit_test_setup(new_gateway_is_used_at_once, setup_node),
        cmocka_unit_test_setup(address_with_a_prefix_makes_destinations_on_link, setup_node),
        cmocka_unit_test_setup(source_has_the_scope_of_the_destination, setup_node),
        cmocka_unit_test_setup(on_link_prefix_is_matched_to_the_bit, setup_node),
        cmocka_unit_test_setup(off_link_without_a_gateway_is_no_route, setup_node),
#if V6NF_WAITING_FRAME_SIZE < 8000u
        cmocka_unit_test_setup(reply_too_long_to_wait_still_prompts_resolution, setup_node),
#endif
        cmocka_unit_test_setup(jumbo_frame_of_the_program_waits, setup_node),
        cmocka_unit_test_setup(waiting_packet_from_a_removed_address_is_dropped, setup_node),
        cmocka_unit_test_setup(solicitation_from_an_own_address_is_dropped, setup_node),
#if V6NF_ANNOUNCE
        cmocka_unit_test_setup(waiting_advertisement_is_not_sent_with_an_old_mac_address, setup_node),
#endif
        cmocka_unit_test_setup(node_never_solicits_its_own_address, setup_node),
        cmocka_unit_test_setup(gateway_is_never_the_node_itself, setup_node),
        cmocka_unit_test_setup(gateway_is_a_unicast_address_on_the_link, setup_node),
        cmocka_unit_test_setup(advertisement_without_link_layer_address_does_not_resolve, setup_node),
        cmocka_unit_test_setup(link_layer_address_of_a_group_does_not_resolve, setup_node),
        cmocka_unit_test_setup(advertisement_has_the_bytes_of_the_rfc, setup_node),
        cmocka_unit_test_setup(each_own_address_is_advertised_from_itself, setup_node),
        cmocka_unit_test_setup(solicitation_to_any_accepted_address_is_answered, setup_node),
        cmocka_unit_test_setup(unicast_solicitation_of_a_known_neighbor_needs_no_option, setup_node),
        cmocka_unit_test_setup(advertisement_that_does_not_fit_the_buffer_is_not_written, setup_node),
        cmocka_unit_test_setup(group_that_only_resembles_a_solicited_node_group_is_ignored, setup_node),
        cmocka_unit_test_setup(unknown_solicitor_without_option_is_resolved_first, setup_node),
        cmocka_unit_test_setup(detection_by_another_node_is_answered_to_all_nodes, setup_node),
        cmocka_unit_test_setup(target_that_is_not_an_own_address_is_not_answered, setup_node),
        cmocka_unit_test_setup(solicitation_from_an_own_address_makes_no_entry, setup_node),
        cmocka_unit_test_setup(address_of_a_former_neighbor_becomes_an_own_address, setup_node),
        cmocka_unit_test_setup(unknown_options_are_skipped, setup_node),
        cmocka_unit_test_setup(first_of_two_link_layer_addresses_counts, setup_node),
        cmocka_unit_test_setup(solicitation_with_an_unusable_link_layer_address_is_dropped, setup_node),
        cmocka_unit_test_setup(off_link_solicitor_is_answered_directly_without_an_entry, setup_node),
        cmocka_unit_test_setup(reserved_bits_are_ignored, setup_node),
        cmocka_unit_test_setup(invalid_solicitations_change_nothing, setup_node),
        cmocka_unit_test_setup(invalid_solicitations_without_source_change_nothing, setup_node),
        cmocka_unit_test_setup(invalid_advertisements_change_nothing, setup_node),
        cmocka_unit_test_setup(advertisement_of_an_own_address_by_another_node_changes_nothing, setup_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
