/* test_forwarding.c: a node that is an interface of a router: packets that pass through it, and what it does as a
 * router (RFC 4861, 6.2, 7.2 and 8.1; RFC 4291, 2.8; RFC 6583). Also compiled with an index of the packets that wait
 * (CMakeLists.txt). */
#include "fixture_exchange.h"
#include "fixture_router.h"

#include <stdio.h>
#include <string.h>

#if V6NF_FORWARDING
#define FAR "2001:db8:1::7" /* sources of packets that pass through */
#define FAR_MAC "02:00:00:00:00:77"
#define FAR_HOP "fe80::44"
#define HOP "2001:db8::3"
#define PORT 1000u /* of packets that pass through; the program has it, too */

static struct test_frame packet;
static uint32_t heard;

static uint32_t on_datagram(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context, (void)datagram;
    heard++;
    return 0;
}

static void on_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context, (void)error;
    heard++;
}

static void start_router(uint32_t mtu)
{
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = mtu, .seed = 1, .router = true});
    fixture_add_address(&f, NODE_GLOBAL, 64);
    f.capacity = mtu + 14u;
    heard = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, on_datagram, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, PORT, on_error), V6NF_OK);
    fixture_run_until(&f, f.now + 30u * SECOND); /* groups are reported */
    fixture_mark(&f);
}

static int setup_router(void **state)
{
    (void)state;
    start_router(1500);
    return 0;
}

/* Hand the packet to v6nf_node_forward(). f.out is the frame to transmit. */
static enum v6nf_forward_status forward(const char *next_hop, const struct test_frame *frame)
{
    static uint8_t buffer[TEST_FRAME_MAX];
    const struct v6nf_address hop = test_address_of(next_hop);
    enum v6nf_forward_status status = V6NF_FORWARD_DROPPED;
    memcpy(buffer, frame->bytes, frame->length);
    memset(buffer + f.capacity, 0xA5, sizeof buffer - f.capacity);
    f.out.length = v6nf_node_forward(&f.node, buffer, frame->length, f.capacity, hop.bytes, &status, f.now);
    assert_true(f.out.length <= f.capacity && (f.capacity == sizeof buffer || buffer[f.capacity] == 0xA5u));
    memcpy(f.out.bytes, buffer, f.out.length);
    fixture_tick(&f); /* checks the tables, too */
    return status;
}

/* Take an undelivered packet with a buffer of `capacity` bytes as f.out. */
static void take(uint32_t capacity)
{
    f.out.length = v6nf_node_take_undelivered(&f.node, f.out.bytes, capacity);
    fixture_tick(&f);
}

/* Build the packet number `number` from afar to `destination`, as it was received by the router. */
static void frame_passing(struct test_frame *frame, const char *destination, uint16_t number)
{
    frame_udp(frame, NODE_MAC, FAR_MAC, FAR, destination, 63, PORT, number, 20);
}

/* Build the same as it is sent to a station. */
static void frame_passed(struct test_frame *frame, const struct test_station *station, const char *destination,
                         uint16_t number)
{
    frame_udp(frame, station->mac, NODE_MAC, FAR, destination, 63, PORT, number, 20);
}

static const char *host(uint32_t number)
{
    static char text[V6NF_ADDRESS_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "2001:db8::5:%x:%x", (unsigned)(number >> 16), (unsigned)(number & 0xFFFFu));
    return text;
}

/* Let the hop be unreachable: three solicitations, a second each (RFC 4861, 10). */
static void let_hop_fail(void)
{
    fixture_run_until(&f, f.now + 3u * SECOND);
}

/* -- To a next hop that is known ----------------------------------------------------------------------------------- */

static void packet_to_a_reachable_hop_is_sent_as_it_is(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(f.peer.address, &packet), V6NF_FORWARD_SENT);
    frame_passed(&expected, &f.peer, OFF_LINK, 1);
    assert_frame(&f.out, &expected);
    assert_int_equal(v6nf_node_undelivered(&f.node), 0);
}

/* The use of a STALE neighbor starts DELAY; then it is probed, from the link-local address (RFC 4861, 7.3.3). */
static void use_of_a_stale_hop_is_verified(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    fixture_run_until(&f, f.now + f.node.reachable_time);
    fixture_mark(&f);
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(f.peer.address, &packet), V6NF_FORWARD_SENT);
    frame_passed(&expected, &f.peer, OFF_LINK, 1);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, f.peer.mac);
    fixture_run_until(&f, f.now + 5u * SECOND);
    frame_node_probe(&expected, NODE_LINK_LOCAL, &f.peer);
    assert_sent(&f, 0, f.now, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_PROBE, f.peer.mac);
}

/* Nothing is fragmented, and no path MTU counts: that of the link is checked by the router before. */
static void long_packet_is_sent_in_one_piece(void **state)
{
    (void)state;
    start_router(1280);
    f.capacity = 1514;
    fixture_make_reachable(&f, &f.peer);
    frame_ipv6(&packet, NODE_MAC, FAR_MAC, FAR, OFF_LINK, 6, 63, NULL, 1460);
    assert_int_equal(forward(f.peer.address, &packet), V6NF_FORWARD_SENT);
    frame_ipv6(&expected, f.peer.mac, NODE_MAC, FAR, OFF_LINK, 6, 63, NULL, 1460);
    assert_frame(&f.out, &expected);
    const struct test_station hop = {.mac = "02:00:00:00:00:03", .address = HOP};
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    frame_answer(&in, &hop, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    test_mac(expected.bytes, hop.mac);
    assert_frame(&f.out, &expected);
}

/* -- To a next hop that must be resolved --------------------------------------------------------------------------- */

static void packet_waits_for_its_hop_and_is_sent_as_it_is(void **state)
{
    const struct test_station hop = {.mac = "02:00:00:00:00:03", .address = HOP};
    (void)state;
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    frame_node_ns(&expected, NODE_LINK_LOCAL, HOP);
    assert_frame(&f.out, &expected);
    frame_passing(&packet, OFF_LINK, 2);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_KEPT, 1);
    fixture_mark(&f);
    frame_answer(&in, &hop, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_passed(&expected, &hop, OFF_LINK, 1);
    if (V6NF_WAITING_PER_NEIGHBOR > 1u) {
        assert_frame(&f.out, &expected);
        fixture_tick(&f);
        frame_passed(&expected, &hop, OFF_LINK, 2);
        assert_sent(&f, 0, f.now, &expected);
    }
    assert_int_equal(heard, 0);
}

/* A hop that never answers a solicitation, and says by itself that it is there: the packet leaves with a tick. */
static void packet_is_sent_when_its_hop_is_heard(void **state)
{
    const struct test_station hop = {.mac = "02:00:00:00:00:03", .address = HOP};
    (void)state;
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    frame_ns(&in, NODE_MAC, hop.mac, hop.address, NODE_GLOBAL, NODE_GLOBAL, hop.mac);
    fixture_input(&f, &in);
    fixture_mark(&f);
    fixture_tick(&f);
    frame_passed(&expected, &hop, OFF_LINK, 1);
    assert_sent(&f, 0, f.now, &expected);
    assert_neighbor(&f, HOP, V6NF_NEIGHBOR_DELAY, hop.mac);
}

/* Payload Length 0, a fragment, and what looks like an advertisement of the node: all wait. */
static void any_packet_waits(void **state)
{
    const struct test_station hop = {.mac = "02:00:00:00:00:03", .address = HOP};
    static const uint8_t next_headers[] = {59, 44, 58};
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        fixture_case("Next Header %u", (unsigned)next_headers[i]);
        const uint8_t payload[24] = {next_headers[i] == 58u ? 136 : 17};
        const uint32_t length = next_headers[i] == 59u ? 0u : sizeof payload;
        start_router(1500);
        frame_ipv6(&packet, NODE_MAC, FAR_MAC, FAR, HOP, next_headers[i], 63, payload, length);
        assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
#if V6NF_ANNOUNCE
        uint8_t mac[6];
        test_mac(mac, NODE_MAC);
        assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
        fixture_run_until(&f, f.now);
#endif
        frame_answer(&in, &hop, NODE_LINK_LOCAL);
        fixture_input(&f, &in);
        frame_ipv6(&expected, hop.mac, NODE_MAC, FAR, HOP, next_headers[i], 63, payload, length);
        assert_frame(&f.out, &expected);
    }
    fixture_case("%s", "");
}

/* One more than may wait for a hop evicts the oldest of them: neighbors are not a memory for floods. */
static void packets_to_one_hop_are_bounded(void **state)
{
    (void)state;
    for (uint16_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR + 2u; i++) {
        frame_passing(&packet, OFF_LINK, i);
        assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    }
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 2);
    let_hop_fail();
    for (uint16_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        frame_passing(&expected, OFF_LINK, (uint16_t)(i + 2u));
        take(f.capacity);
        assert_frame(&f.out, &expected);
    }
    take(f.capacity);
    assert_nothing(&f.out);
}

static void packet_longer_than_a_slot_is_dropped_and_its_hop_solicited(void **state)
{
    (void)state;
    start_router(V6NF_WAITING_FRAME_SIZE);
    f.capacity = TEST_FRAME_MAX;
    if (V6NF_WAITING_FRAME_SIZE + 1u > TEST_FRAME_MAX) {
        return;
    }
    frame_ipv6(&packet, NODE_MAC, FAR_MAC, FAR, OFF_LINK, 6, 63, NULL, V6NF_WAITING_FRAME_SIZE - 53u);
    assert_int_equal(packet.length, V6NF_WAITING_FRAME_SIZE + 1u);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_DROPPED);
    frame_node_ns(&expected, NODE_LINK_LOCAL, HOP);
    assert_frame(&f.out, &expected);
    assert_counted(&f, V6NF_DROP_WAITING_SIZE, 1);
    assert_counted(&f, V6NF_KEPT, 0);
}

static void impossible_hops_are_refused(void **state)
{
    static const char *const hops[] = {"::", "::1", "ff02::1", "::ffff:192.0.2.1", NODE_GLOBAL, NODE_LINK_LOCAL};
    (void)state;
    for (uint32_t i = 0; i < sizeof hops / sizeof *hops; i++) {
        fixture_case("next hop %s", hops[i]);
        fixture_mark(&f);
        frame_passing(&packet, OFF_LINK, 1);
        assert_int_equal(forward(hops[i], &packet), V6NF_FORWARD_DROPPED);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
    }
    fixture_case("%s", "");
}

/* IPv6 stops on an interface whose link-local address is a duplicate (RFC 4862, 5.4.5). */
static void disabled_interface_forwards_nothing(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .seed = 1, .router = true, .dad_transmits = 1});
    f.capacity = 1514;
    frame_na(&in, "33:33:00:00:00:01", "02:00:00:00:00:99", NODE_LINK_LOCAL, "ff02::1", NODE_LINK_LOCAL, NA_O,
             "02:00:00:00:00:99");
    fixture_input(&f, &in);
    fixture_mark(&f);
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_DROPPED);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 1);
}

/* -- A next hop that does not answer ------------------------------------------------------------------------------- */

/* The program has the port of the packet as its own, and does not hear of it. */
static void undelivered_packet_is_for_the_router_only(void **state)
{
    (void)state;
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    assert_true(v6nf_node_next_due(&f.node) <= f.now + SECOND);
    fixture_run_until(&f, f.now + 3u * SECOND - 1u);
    assert_int_equal(v6nf_node_undelivered(&f.node), 0);
    take(f.capacity);
    assert_nothing(&f.out);
    fixture_run_until(&f, f.now + 1u);
    assert_int_equal(v6nf_node_undelivered(&f.node), 1);
    assert_neighbor(&f, HOP, V6NF_NEIGHBOR_FREE, NULL);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 0);
    take(f.capacity);
    assert_frame(&f.out, &packet);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 1);
    assert_int_equal(v6nf_node_undelivered(&f.node), 0);
    take(f.capacity);
    assert_nothing(&f.out);
    assert_int_equal(heard, 0);
}

/* A program's datagram to the same silent hop is reported as before. */
static void datagram_to_the_same_hop_is_reported(void **state)
{
    (void)state;
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    fixture_udp_send(&f, PORT, HOP, 2000, 3);
    let_hop_fail();
    assert_int_equal(heard, 1);
    assert_int_equal(v6nf_node_undelivered(&f.node), 1);
    take(f.capacity);
    assert_frame(&f.out, &packet);
}

static void undelivered_packet_that_does_not_fit_is_dropped(void **state)
{
    (void)state;
    frame_ipv6(&packet, NODE_MAC, FAR_MAC, FAR, OFF_LINK, 6, 63, NULL, 1000);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    frame_passing(&packet, OFF_LINK, 2);
    assert_int_equal(forward("2001:db8::4", &packet), V6NF_FORWARD_WAITS);
    let_hop_fail();
    assert_int_equal(v6nf_node_undelivered(&f.node), 2);
    take(1053);
    assert_frame(&f.out, &packet);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 1);
}

/* A router that does not take them loses the oldest, not the slots: others can wait, and be answered. */
static void undelivered_packets_yield_to_others(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        frame_passing(&packet, OFF_LINK, (uint16_t)i);
        assert_int_equal(forward(host(i), &packet), V6NF_FORWARD_WAITS);
        let_hop_fail();
    }
    assert_int_equal(v6nf_node_undelivered(&f.node), V6NF_WAITING);
    fixture_mark(&f);
    frame_passing(&packet, OFF_LINK, 5000);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    fixture_udp_send(&f, PORT, "2001:db8::4", 2000, 3);
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 2);
    assert_int_equal(v6nf_node_undelivered(&f.node), V6NF_WAITING - 2u);
    frame_passing(&expected, OFF_LINK, 2);
    take(f.capacity);
    assert_frame(&f.out, &expected);
}

static void undelivered_packets_are_dropped_on_another_link(void **state)
{
    (void)state;
    frame_passing(&packet, OFF_LINK, 1);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    let_hop_fail();
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_WAITS);
    fixture_mark(&f);
    v6nf_node_link_up(&f.node, f.now);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 2);
    assert_int_equal(v6nf_node_undelivered(&f.node), 0);
    take(f.capacity);
    assert_nothing(&f.out);
    assert_int_equal(heard, 0);
}

/* -- Adjacencies --------------------------------------------------------------------------------------------------- */

static void adjacency_is_that_of_a_reachable_hop(void **state)
{
    const struct v6nf_address hop = test_address_of(f.peer.address);
    (void)state;
    assert_null(v6nf_node_find_adjacency(&f.node, hop.bytes, f.now));
    fixture_make_reachable(&f, &f.peer);
    struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(&f.node, hop.bytes, f.now);
    assert_non_null(neighbor);
    const uint32_t ended = neighbor->ended;
    assert_true(v6nf_node_is_adjacency(neighbor, ended, f.now));
    frame_passing(&packet, OFF_LINK, 1);
    v6nf_node_write_ether(&f.node, neighbor, packet.bytes);
    frame_passed(&expected, &f.peer, OFF_LINK, 1);
    assert_frame(&packet, &expected);
    const uint64_t end = neighbor->reachable_until;
    assert_true(v6nf_node_is_adjacency(neighbor, ended, end - 1u));
    assert_false(v6nf_node_is_adjacency(neighbor, ended, end));
    assert_null(v6nf_node_find_adjacency(&f.node, hop.bytes, end));
}

/* An entry that has become that of another neighbor, as reachable, is not the next hop that was stored. */
static void adjacency_ends_with_its_entry(void **state)
{
    const struct v6nf_address hop = test_address_of(f.peer.address);
    const struct v6nf_address other = test_address_of(HOP);
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    struct v6nf_neighbor *neighbor = v6nf_node_find_adjacency(&f.node, hop.bytes, f.now);
    assert_non_null(neighbor);
    const uint32_t ended = neighbor->ended;
    v6nf_node_link_up(&f.node, f.now);
    assert_false(v6nf_node_is_adjacency(neighbor, ended, f.now));
    struct test_station station = f.peer;
    station.address = HOP;
    fixture_make_reachable(&f, &station);
    assert_ptr_equal(v6nf_node_find_adjacency(&f.node, other.bytes, f.now), neighbor); /* the same memory */
    assert_false(v6nf_node_is_adjacency(neighbor, ended, f.now));
}

/* -- Attacks ------------------------------------------------------------------------------------------------------- */

/* A scan through the router of 65,536 addresses that no host has (RFC 6583): a neighbor that answered stays, and a new
 * one is resolved in the middle of the scan. The router takes what was not delivered, or does not. */
/* Send packets to `count` hosts that are not there, one each millisecond. */
static void scan_on(uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        frame_passing(&packet, host(i), 1);
        (void)forward(host(i), &packet);
        f.now += 1000u;
        fixture_tick(&f);
    }
}

static void scan(bool takes)
{
    const struct test_station late = {.mac = "02:00:00:00:00:03", .address = HOP};
    uint64_t taken = 0;
    start_router(1500);
    fixture_make_reachable(&f, &f.peer);
    for (uint32_t i = 0; i < 65536u; i++) {
        frame_passing(&packet, host(i), 1);
        (void)forward(host(i), &packet);
        f.now += 1000u;
        fixture_tick(&f);
        for (uint32_t k = 0; takes && k < V6NF_WAITING && v6nf_node_undelivered(&f.node) != 0u; k++) {
            take(f.capacity);
            taken++;
        }
        if (i % 1024u == 0u) {
            frame_passing(&packet, OFF_LINK, 2);
            assert_int_equal(forward(f.peer.address, &packet), V6NF_FORWARD_SENT);
            if (fixture_neighbor(&f, f.peer.address)->state == V6NF_NEIGHBOR_PROBE) {
                frame_answer(&in, &f.peer, NODE_LINK_LOCAL);
                fixture_input(&f, &in);
            }
        }
    }
    /* A host that begins to be resolved has its time to answer. Its packet may have been evicted. */
    bool waits = false;
    for (uint32_t i = 0; i < 100u && !waits; i++) {
        frame_passing(&packet, OFF_LINK, 3);
        waits = forward(HOP, &packet) == V6NF_FORWARD_WAITS;
        scan_on(70000u + 10u * i, 10);
    }
    assert_true(waits);
    scan_on(80000u, 30);
    frame_answer(&in, &late, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_passing(&packet, OFF_LINK, 4);
    assert_int_equal(forward(HOP, &packet), V6NF_FORWARD_SENT);
    /* The next hop of a route begins at once, and has all the time of a resolution. */
    const struct v6nf_address hop = test_address_of(FAR_HOP);
    const struct test_station router = {.mac = "02:00:00:00:00:04", .address = FAR_HOP};
    v6nf_node_want_next_hop(&f.node, hop.bytes, f.now);
    frame_passing(&packet, OFF_LINK, 5);
    assert_int_equal(forward(FAR_HOP, &packet), V6NF_FORWARD_WAITS);
    scan_on(90000u, 900);
    frame_answer(&in, &router, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_passing(&packet, OFF_LINK, 6);
    assert_int_equal(forward(FAR_HOP, &packet), V6NF_FORWARD_SENT);
    assert_int_equal(heard, 0);
    assert_true(takes || taken == 0u);
}

static void scan_leaves_the_neighbors_that_answer(void **state)
{
    (void)state;
    scan(true);
    scan(false);
}

/* -- What a router is ---------------------------------------------------------------------------------------------- */

static void advertisements_of_a_router_have_the_r_flag(void **state)
{
    (void)state;
    frame_ns(&in, test_group_mac(test_solicited_node(NODE_GLOBAL)), f.peer.mac, f.peer.address,
             test_solicited_node(NODE_GLOBAL), NODE_GLOBAL, f.peer.mac);
    frame_na(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, NODE_GLOBAL, NA_R | NA_S | NA_O, NODE_MAC);
    assert_answered();
    frame_ns(&in, test_group_mac(test_solicited_node(NODE_GLOBAL)), f.peer.mac, "::", test_solicited_node(NODE_GLOBAL),
             NODE_GLOBAL, NULL);
    frame_na(&expected, "33:33:00:00:00:01", NODE_MAC, NODE_GLOBAL, "ff02::1", NODE_GLOBAL, NA_R | NA_O, NODE_MAC);
    assert_answered();
#if V6NF_ANYCAST
    const struct v6nf_address anycast = test_address_of("2001:db8::");
    assert_int_equal(v6nf_node_add_anycast(&f.node, &anycast, f.now), V6NF_OK);
    fixture_run_until(&f, f.now + SECOND);
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, "2001:db8::", "2001:db8::", f.peer.mac);
    frame_na(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, "2001:db8::", NA_R | NA_S, NODE_MAC);
    assert_answered();
#endif
#if V6NF_ANNOUNCE
    uint8_t mac[6];
    test_mac(mac, "02:00:00:00:00:11");
    fixture_mark(&f);
    assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
    fixture_run_until(&f, f.now + SECOND);
    frame_na(&expected, "33:33:00:00:00:01", "02:00:00:00:00:11", NODE_LINK_LOCAL, "ff02::1", NODE_LINK_LOCAL,
             NA_R | NA_O, "02:00:00:00:00:11");
    assert_frame(&f.sent[0].frame, &expected);
#endif
}

static void router_and_autoconfiguration_exclude_each_other(void **state)
{
    struct v6nf_node_config config = {.mtu = 1500, .seed = 1, .router = true, .autoconfigure = true};
    uint8_t mac[6];
    (void)state;
    test_mac(mac, NODE_MAC);
    config.mac = mac;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_INVALID);
    config.autoconfigure = false;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
}

static void router_solicits_no_routers_and_obeys_none(void **state)
{
    (void)state;
    start_router(1500);
    assert_counted(&f, V6NF_ROUTER_SOLICITATIONS, 0);
    frame_ra(&in, &router_1, 1800, 0);
    ra_link_layer(&in, router_1.mac);
    ra_prefix(&in, "2001:db8:9::", 64, PREFIX_L | PREFIX_A, 3600, 3600);
    assert_dropped(V6NF_DROP_ROUTER_ADVERTISEMENT);
    assert_null(fixture_neighbor(&f, router_1.address));
    fixture_set_gateway(&f, GATEWAY);
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 3);
    frame_answer(&in, &f.gateway, NODE_GLOBAL);
    fixture_input(&f, &in);
    frame_redirect(&in, &f.gateway, NODE_GLOBAL, router_2.address, OFF_LINK, router_2.mac);
    assert_dropped(V6NF_DROP_REDIRECT);
    assert_next_hop(&f, OFF_LINK, &f.gateway);
}

/* -- Groups of all routers (RFC 4291, 2.8) ------------------------------------------------------------------------- */

static void router_is_in_the_groups_of_all_routers(void **state)
{
    static const char *const groups[] = {"ff02::2", "ff05::2"};
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    for (uint32_t i = 0; i < 2u; i++) {
        fixture_case("group %s", groups[i]);
        frame_echo(&in, test_group_mac(groups[i]), f.peer.mac, f.peer.address, groups[i], 128, 7, 1, 10);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 10);
        assert_answered();
#if V6NF_GROUPS > 0u
        const struct v6nf_address group = test_address_of(groups[i]);
        assert_int_equal(v6nf_multicast_join(&f.node, &group, f.now), V6NF_INVALID);
        assert_int_equal(v6nf_multicast_leave(&f.node, &group, f.now), V6NF_INVALID);
#endif
    }
    fixture_case("%s", "");
    frame_echo(&in, test_group_mac("ff08::2"), f.peer.mac, f.peer.address, "ff08::2", 128, 7, 1, 10);
    assert_dropped(V6NF_DROP_NOT_OURS);
    (void)setup_exchange(NULL); /* a host */
    frame_echo(&in, test_group_mac("ff02::2"), f.peer.mac, f.peer.address, "ff02::2", 128, 7, 1, 10);
    assert_dropped(V6NF_DROP_NOT_OURS);
}

#if V6NF_MLD
/* Return true if the Report has a record about the group: the first one is at byte 70 of the frame (RFC 9777, 5.2). */
static bool reports(const struct test_frame *frame, const char *group)
{
    const struct v6nf_address address = test_address_of(group);
    for (uint32_t at = 74u; at + 16u <= frame->length; at += 20u) {
        if (memcmp(frame->bytes + at, address.bytes, 16) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t count_reports(const char *group)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < f.sent_count; i++) {
        count += reports(&f.sent[i].frame, group) ? 1u : 0u;
    }
    return count;
}

static void groups_of_all_routers_are_reported(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .seed = 1, .router = true});
    f.capacity = 1514;
    f.keep_mld = true;
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 30u * SECOND);
    assert_true(count_reports("ff02::2") >= 2u && count_reports("ff05::2") >= 2u);
    fixture_mark(&f);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 30u * SECOND);
    assert_true(count_reports("ff02::2") >= 2u && count_reports("ff05::2") >= 2u);
    fixture_start(&f); /* a host */
    f.keep_mld = true;
    fixture_mark(&f);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 30u * SECOND);
    assert_true(f.sent_count != 0u && count_reports("ff02::2") == 0u);
}
#endif

/* -- Router Solicitations (RFC 4861, 6.1.1 and 6.2.6) -------------------------------------------------------------- */

/* Build a Router Solicitation; mac: in a source link-layer address option, NULL for none. */
static void frame_rs(struct test_frame *frame, const char *from, const char *mac)
{
    uint8_t body[12] = {0};
    if (mac != NULL) {
        body[4] = 1;
        body[5] = 1;
        test_mac(body + 6, mac);
    }
    frame_icmpv6(frame, "33:33:00:00:00:02", f.peer.mac, from, "ff02::2", 255, 133, 0, body, mac != NULL ? 12u : 4u);
}

static void assert_solicited(uint32_t count)
{
    const uint32_t before = v6nf_node_changes(&f.node, V6NF_CHANGE_SOLICITED);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_int_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_SOLICITED) - before, count);
}

static void router_solicitation_is_noted(void **state)
{
    (void)state;
    frame_rs(&in, "::", NULL);
    assert_solicited(1);
    frame_rs(&in, f.peer.address, NULL);
    assert_solicited(1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    frame_rs(&in, f.peer.address, f.peer.mac);
    assert_solicited(1);
    assert_counted(&f, V6NF_DELIVERED, 1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_STALE, f.peer.mac);
    frame_rs(&in, f.peer.address, "02:00:00:00:00:22");
    assert_solicited(1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_STALE, "02:00:00:00:00:22");
    frame_rs(&in, OFF_LINK, f.peer.mac); /* no neighbor */
    assert_solicited(1);
    assert_neighbor(&f, OFF_LINK, V6NF_NEIGHBOR_FREE, NULL);
    frame_rs(&in, NODE_LINK_LOCAL, f.peer.mac);
    assert_solicited(0);
    assert_counted(&f, V6NF_DROP_NDP_SPOOFED, 1);
}

/* IsRouter becomes false, with and without a link-layer address (RFC 4861, 6.2.6). */
static void sender_of_a_router_solicitation_is_no_router(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        fixture_make_reachable(&f, &f.peer);
        frame_na(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, f.peer.address, NA_R | NA_O, f.peer.mac);
        fixture_input(&f, &in);
        assert_true(fixture_neighbor(&f, f.peer.address)->router);
        frame_rs(&in, f.peer.address, i == 0u ? f.peer.mac : NULL);
        assert_solicited(1);
        assert_false(fixture_neighbor(&f, f.peer.address)->router);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    }
}

static void invalid_router_solicitations_are_dropped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5u; i++) {
        fixture_case("fault %u", (unsigned)i);
        frame_rs(&in, i == 4u ? "::" : f.peer.address, f.peer.mac); /* 4: an option from :: */
        switch (i) {
        case 0:
            in.bytes[21] = 254; /* Hop Limit */
            break;
        case 1:
            in.bytes[55] = 1; /* Code */
            break;
        case 2:
            in.bytes[63] = 0; /* length of the option */
            break;
        case 3:
            frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 255, 133, 0, NULL, 3); /* 7 bytes */
            break;
        default:
            break;
        }
        frame_fix_checksum(&in);
        assert_solicited(0);
        assert_counted(&f, V6NF_DROP_NDP_INVALID, 1);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    }
    fixture_case("%s", "");
    (void)setup_exchange(NULL); /* a host */
    frame_rs(&in, f.peer.address, f.peer.mac);
    test_mac(in.bytes, "33:33:00:00:00:01");
    test_address(in.bytes + 38, "ff02::1");
    frame_fix_checksum(&in);
    assert_solicited(0);
    assert_counted(&f, V6NF_DROP_ICMPV6_TYPE, 1);
}

/* Solicitations of invented hosts evict no neighbor that answers. */
static void flood_of_router_solicitations_evicts_no_neighbor(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    for (uint32_t i = 0; i < 4096u; i++) {
        frame_rs(&in, host(i), "02:00:00:00:00:66");
        fixture_input(&f, &in);
    }
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    assert_int_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_SOLICITED), 4096);
}

/* -- Packets of the node itself that the router must route --------------------------------------------------------- */

#define NO_MAC "00:00:00:00:00:00"

static void packets_without_a_route_are_for_the_router(void **state)
{
    const struct test_station far = {.mac = NO_MAC, .address = OFF_LINK};
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 10);
    test_address(in.bytes + 22, OFF_LINK);
    frame_fix_checksum(&in);
    frame_echo_reply(&expected, &far, NODE_GLOBAL, 7, 1, 10);
    assert_answered();
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 3);
    frame_udp(&expected, NO_MAC, NODE_MAC, NODE_GLOBAL, OFF_LINK, 64, PORT, 2000, 3);
    assert_frame(&f.out, &expected);
    frame_udp(&in, NODE_MAC, f.peer.mac, OFF_LINK, NODE_GLOBAL, 64, 2000, 4242, 3); /* a closed port */
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_ERRORS, 1);
    test_mac(expected.bytes, NO_MAC);
    assert_memory_equal(f.out.bytes, expected.bytes, 6);
    assert_neighbor(&f, OFF_LINK, V6NF_NEIGHBOR_FREE, NULL);
    fixture_udp_send(&f, PORT, f.peer.address, 2000, 3); /* on-link */
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    fixture_set_gateway(&f, GATEWAY);
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 3);
    frame_node_ns(&expected, NODE_GLOBAL, GATEWAY);
    assert_frame(&f.out, &expected);
}

static void impossible_destinations_have_no_route(void **state)
{
    (void)state;
    frame_udp(&in, NODE_MAC, f.peer.mac, "::1", NODE_GLOBAL, 64, 2000, 4242, 3);
    assert_dropped(V6NF_DROP_IPV6_SOURCE);
    fixture_udp_send(&f, PORT, "::ffff:192.0.2.1", 2000, 3);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
}

/* Without the role of a router, it is refused as ever. */
static void host_without_a_router_sends_nothing_beyond(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .seed = 1});
    fixture_add_address(&f, NODE_GLOBAL, 64);
    f.capacity = 1514;
    fixture_mark(&f);
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 3);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
}

/* A packet longer than the link leaves in fragments, also later ones. */
static void long_datagram_without_a_route_is_sent_in_fragments(void **state)
{
    uint8_t mac[6] = {0};
    (void)state;
    start_router(1280);
    f.capacity = 2014;
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 1452);
    assert_int_equal(f.out.length, 1294);
    assert_memory_equal(f.out.bytes, mac, 6);
    fixture_tick(&f);
    assert_sent_count(&f, 1);
    assert_memory_equal(f.sent[0].frame.bytes, mac, 6);
    assert_int_equal(f.sent[0].frame.bytes[20], 44);
    assert_int_equal(heard, 0);
}

/* A router of another link reports its MTU (RFC 8201, 4). */
static void packet_too_big_about_a_packet_without_a_route_is_obeyed(void **state)
{
    const struct test_station far = {.mac = FAR_MAC, .address = FAR};
    (void)state;
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 1400);
    assert_int_equal(f.out.length, 1462);
    packet = f.out;
    frame_error_from(&in, &far, NODE_GLOBAL, 2, 0, 1280, &packet, 1200);
    fixture_input(&f, &in);
    fixture_udp_send(&f, PORT, OFF_LINK, 2000, 1400);
    assert_true(f.out.length <= 1294u);
    assert_int_equal(f.out.bytes[20], 44);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(packet_to_a_reachable_hop_is_sent_as_it_is, setup_router),
        cmocka_unit_test_setup(use_of_a_stale_hop_is_verified, setup_router),
        cmocka_unit_test(long_packet_is_sent_in_one_piece),
        cmocka_unit_test_setup(packet_waits_for_its_hop_and_is_sent_as_it_is, setup_router),
        cmocka_unit_test_setup(packet_is_sent_when_its_hop_is_heard, setup_router),
        cmocka_unit_test(any_packet_waits),
        cmocka_unit_test_setup(packets_to_one_hop_are_bounded, setup_router),
        cmocka_unit_test(packet_longer_than_a_slot_is_dropped_and_its_hop_solicited),
        cmocka_unit_test_setup(impossible_hops_are_refused, setup_router),
        cmocka_unit_test(disabled_interface_forwards_nothing),
        cmocka_unit_test_setup(undelivered_packet_is_for_the_router_only, setup_router),
        cmocka_unit_test_setup(datagram_to_the_same_hop_is_reported, setup_router),
        cmocka_unit_test_setup(undelivered_packet_that_does_not_fit_is_dropped, setup_router),
        cmocka_unit_test_setup(undelivered_packets_yield_to_others, setup_router),
        cmocka_unit_test_setup(undelivered_packets_are_dropped_on_another_link, setup_router),
        cmocka_unit_test_setup(adjacency_is_that_of_a_reachable_hop, setup_router),
        cmocka_unit_test_setup(adjacency_ends_with_its_entry, setup_router),
        cmocka_unit_test(scan_leaves_the_neighbors_that_answer),
        cmocka_unit_test_setup(advertisements_of_a_router_have_the_r_flag, setup_router),
        cmocka_unit_test(router_and_autoconfiguration_exclude_each_other),
        cmocka_unit_test(router_solicits_no_routers_and_obeys_none),
        cmocka_unit_test_setup(router_is_in_the_groups_of_all_routers, setup_router),
#if V6NF_MLD
        cmocka_unit_test(groups_of_all_routers_are_reported),
#endif
        cmocka_unit_test_setup(router_solicitation_is_noted, setup_router),
        cmocka_unit_test_setup(sender_of_a_router_solicitation_is_no_router, setup_router),
        cmocka_unit_test_setup(invalid_router_solicitations_are_dropped, setup_router),
        cmocka_unit_test_setup(flood_of_router_solicitations_evicts_no_neighbor, setup_router),
        cmocka_unit_test_setup(packets_without_a_route_are_for_the_router, setup_router),
        cmocka_unit_test_setup(impossible_destinations_have_no_route, setup_router),
        cmocka_unit_test(host_without_a_router_sends_nothing_beyond),
        cmocka_unit_test(long_datagram_without_a_route_is_sent_in_fragments),
        cmocka_unit_test_setup(packet_too_big_about_a_packet_without_a_route_is_obeyed, setup_router),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0;
}
#endif
