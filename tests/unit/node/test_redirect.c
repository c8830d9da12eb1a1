/* test_redirect.c: Redirects (RFC 4861, 8). */
#include "../../../src/node/state/destination.h"
#include "fixture_router.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;

#define FAR "2001:db8:ffff::5"
#define FARTHER "2001:db8:eeee::6"

/* The destination turns out to be a neighbor. */
static const struct test_station near = {.mac = "02:00:00:00:00:05", .address = FAR};

static const struct test_station router_3 = {.mac = "02:00:00:00:00:a3", .address = "fe80::a3"};

/* Start a node with two default routers. It uses the first, for FAR, too. */
static void start(void)
{
    fixture_start_host(&f);
    fixture_advertise_router(&f, &router_1, 9000, PRF_HIGH);
    assert_next_hop(&f, FAR, &router_1);
    fixture_mark(&f);
}

/* With and without the target's link-layer address, and with a quotation of any length (v6LC.2.3.4 and 2.3.1). */
static void redirect_changes_the_first_hop(void **state)
{
    static const uint8_t header[16] = {4, 2};
    static const uint8_t oversized[1400] = {4, 175};
    (void)state;
    for (unsigned i = 0; i < 12u; i++) {
        const struct test_station *to = i % 2u == 0u ? &router_2 : &near;
        start();
        frame_redirect(&in, &router_1, NODE_GLOBAL, to->address, FAR, i % 4u < 2u ? to->mac : NULL);
        if (i >= 4u) {
            ra_option(&in, i >= 8u ? oversized : header, i >= 8u ? 1400 : 16);
        }
        fixture_input_silent(&f, &in);
        assert_counted(&f, V6NF_REDIRECTS, 1);
        assert_neighbor(&f, to->address, i % 4u < 2u ? V6NF_NEIGHBOR_STALE : V6NF_NEIGHBOR_INCOMPLETE, NULL);
        assert_int_equal(fixture_neighbor(&f, to->address)->router, to == &router_2); /* RFC 4861, 8.3 */
        assert_next_hop(&f, FAR, to);
        assert_next_hop(&f, FARTHER, &router_1);
    }
}

/* An answer that waits for its solicitor is sent to that host, even if a Redirect sends packets to its address
 * elsewhere (RFC 4861, 7.2.4). */
static void answer_that_waited_is_sent_to_its_solicitor(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &router_1, 9000, PRF_HIGH);
    ra_prefix(&in, "2001:db8:ffff::", 64, PREFIX_L, 9000, 9000);
    fixture_input_silent(&f, &in);
    frame_ns(&in, NODE_MAC, near.mac, near.address, NODE_GLOBAL, NODE_GLOBAL, NULL);
    fixture_input(&f, &in);
    frame_answer(&in, &near, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_true(f.out.length >= 78u);
    assert_int_equal(f.out.bytes[54], 136);
    assert_memory_equal(f.out.bytes, in.bytes + 6, 6);
}

/* No packet was sent to the destination before (v6LC.2.3.9). */
static void redirect_before_any_packet_is_obeyed(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FARTHER, router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FARTHER, &router_2);
}

/* Reserved fields and unknown options are ignored (v6LC.2.3.2 and 2.3.5), and so are options of other messages
 * (2.3.8). */
static void unusual_but_valid_redirects_are_obeyed(void **state)
{
    static const uint8_t options[][32] = {{200, 1}, {5, 1}, {3, 4}, {1, 1, 2, 0, 0, 0, 0, 9}};
    (void)state;
    for (unsigned i = 0; i < 5u; i++) {
        start();
        frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, NULL);
        if (i < 4u) {
            ra_option(&in, options[i], 8u * options[i][1]);
        } else {
            ra_number(&in, 58, 0xFFFFFFFFu);
        }
        fixture_input_silent(&f, &in);
        assert_next_hop(&f, FAR, &router_2);
    }
}

/* See v6LC.2.3.3, 2.3.6 and 2.3.15. */
static void invalid_redirects_are_ignored(void **state)
{
    const struct test_station global = {.mac = router_1.mac, .address = "2001:db8:ffff::a1"};
    (void)state;
    for (unsigned i = 0; i < 11u; i++) {
        enum v6nf_counter cause = V6NF_DROP_NDP_INVALID;
        const char *target = i == 6u ? "ff02::5" : i == 9u ? "2001:db8:ffff::6" : router_2.address;
        start();
        frame_redirect(&in,
                       i == 0u   ? &global
                       : i == 1u ? &router_2
                                 : &router_1,
                       NODE_GLOBAL, target, i == 5u ? "ff0e::5" : FAR, router_2.mac);
        switch (i) {
        case 1:
            cause = V6NF_DROP_REDIRECT;
            break; /* not the first hop */
        case 2:
            in.bytes[21] = 254;
            break;
        case 3:
            in.bytes[55] = 1;
            frame_fix_checksum(&in);
            break;
        case 4:
            in.bytes[56] ^= 1u;
            cause = V6NF_DROP_ICMPV6_CHECKSUM;
            break;
        case 7:
            frame_icmpv6(&in, NODE_MAC, router_1.mac, router_1.address, NODE_GLOBAL, 255, 137, 0, NULL, 28);
            break;
        case 8:
            in.bytes[95] = 0;
            frame_fix_checksum(&in);
            break;
        case 10: /* the node itself is not a better first hop */
            frame_redirect(&in, &router_1, NODE_GLOBAL, NODE_LINK_LOCAL, FAR, NODE_MAC);
            cause = V6NF_DROP_NDP_SPOOFED;
            break;
        default:
            break;
        }
        fixture_case("invalid Redirect %u", i);
        fixture_input_silent(&f, &in);
        assert_counted(&f, cause, 1);
        assert_counted(&f, V6NF_REDIRECTS, 0);
        assert_neighbor(&f, router_2.address, V6NF_NEIGHBOR_FREE, NULL);
        assert_next_hop(&f, FAR, &router_1);
    }
    fixture_case("%s", "");
}

/* See v6LC.2.3.7. */
static void redirected_twice(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in); /* it is no longer the first hop */
    assert_next_hop(&f, FAR, &router_2);
    frame_redirect(&in, &router_2, NODE_GLOBAL, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_3);
}

/* The target's link-layer address is new, changed, unchanged or missing (v6LC.2.3.11 to 2.3.14). */
static void redirect_updates_the_neighbor_cache(void **state)
{
    static const char other_mac[] = "02:00:00:00:0b:ad";
    static const enum v6nf_neighbor_state states[] = {V6NF_NEIGHBOR_INCOMPLETE, V6NF_NEIGHBOR_REACHABLE,
                                                      V6NF_NEIGHBOR_STALE, V6NF_NEIGHBOR_PROBE};
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        for (unsigned option = 0; option < 3u; option++) {
            start();
            fixture_bring_to(&f, &router_2, states[i]);
            const char *mac = option == 0u ? NULL : option == 1u ? router_2.mac : other_mac;
            frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, mac);
            fixture_input_silent(&f, &in);
            bool changed = option == 2u || (option == 1u && i == 0u);
            assert_neighbor(&f, router_2.address, changed ? V6NF_NEIGHBOR_STALE : states[i],
                            changed   ? mac
                            : i == 0u ? NULL
                                      : router_2.mac);
            assert_true(fixture_neighbor(&f, router_2.address)->router);
        }
    }
}

/* The target of a Redirect is used, with any advertisements, until it does not answer or is no router. */
static void redirected_first_hop_is_used_while_reachable(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &f.gateway, 9000, PRF_HIGH);
    ra_link_layer(&in, f.gateway.mac);
    ra_prefix(&in, "2001:db8:77::", 64, PREFIX_L, 600, 600);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2);
    fixture_run_until(&f, f.now + 8u * SECOND); /* it does not answer */
    assert_neighbor(&f, router_2.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_next_hop(&f, FAR, &f.gateway); /* nor did router 1 */
    frame_ra(&in, &f.gateway, 9000, PRF_HIGH);
    ra_prefix(&in, "2001:db8:ffff::", 64, PREFIX_L, 600, 600);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &near); /* the Redirect has expired */
}

static void redirected_router_that_becomes_a_host_is_not_used(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    frame_na(&in, NODE_MAC, router_2.mac, router_2.address, NODE_LINK_LOCAL, router_2.address, NA_S | NA_O,
             router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_1);
}

/* A neighbor that was never a router remains the target of a Redirect. */
static void redirected_neighbor_need_not_be_a_router(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, near.address, FAR, near.mac);
    fixture_input_silent(&f, &in);
    frame_na(&in, NODE_MAC, near.mac, near.address, NODE_GLOBAL, near.address, NA_S | NA_O, near.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &near);
    assert_neighbor(&f, near.address, V6NF_NEIGHBOR_REACHABLE, near.mac);
    frame_ns(&in, NODE_MAC, "02:00:00:00:00:06", near.address, NODE_GLOBAL, NODE_GLOBAL, "02:00:00:00:00:06");
    fixture_input(&f, &in); /* it has another link-layer address now */
    assert_neighbor(&f, near.address, V6NF_NEIGHBOR_DELAY, "02:00:00:00:00:06");
}

/* The Redirect does not name its link-layer address, but it solicits the node. It is a neighbor like any other then: it
 * has as long to confirm that it is reachable, and all probes, before it counts as unreachable (RFC 4861, 7.3.3). */
static void redirected_host_that_solicits_is_probed(void **state)
{
    static struct test_frame probe;
    (void)state;
    start();
    fixture_let_router_answer(&f, &router_1);
    frame_redirect(&in, &router_1, NODE_GLOBAL, near.address, FAR, NULL);
    fixture_input_silent(&f, &in);
    assert_neighbor(&f, near.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    frame_ns(&in, NODE_MAC, near.mac, near.address, NODE_GLOBAL, NODE_GLOBAL, near.mac);
    fixture_input(&f, &in);
    assert_next_hop(&f, FAR, &near);
    const uint64_t first = f.now + 5u * SECOND;
    fixture_mark(&f);
    fixture_run_until(&f, first + 2u * SECOND);
    frame_node_probe(&probe, NODE_GLOBAL, &near);
    assert_sent_count(&f, 3);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_sent(&f, i, first + i * SECOND, &probe);
    }
    frame_answer(&in, &near, NODE_GLOBAL);
    fixture_input_silent(&f, &in);
    assert_neighbor(&f, near.address, V6NF_NEIGHBOR_REACHABLE, near.mac);
    assert_next_hop(&f, FAR, &near); /* the Redirect is not lost */
}

static void redirect_for_an_on_link_or_own_address_is_ignored(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &f.peer, NODE_GLOBAL, router_2.address, "fe80::77", router_2.mac);
    in.bytes[22] = 0xFE; /* fe80:db8::2 */
    in.bytes[23] = 0x80;
    frame_fix_checksum(&in);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, NODE_GLOBAL, router_2.mac);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, "::1", router_2.mac);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, "::ffff:192.0.2.1", router_2.mac);
    fixture_input_silent(&f, &in);
    const struct test_station local = {.mac = "02:00:00:00:00:07", .address = "fe80::7"};
    assert_next_hop(&f, local.address, &local);
    frame_redirect(&in, &local, NODE_LINK_LOCAL, router_2.address, local.address, router_2.mac);
    fixture_input_silent(&f, &in); /* a neighbor is its own first hop, and no router */
    assert_counted(&f, V6NF_DROP_REDIRECT, 5);
}

/* The answer is sent to the solicitor (RFC 4861, 7.2.4). It is not sent to a router although the solicitor is
 * off-link: the slot of its Redirect was reused for the destination of another packet. */
static void solicitor_that_is_off_link_is_answered_directly(void **state)
{
    static struct test_frame expected;
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        start();
        frame_redirect(&in, &router_1, NODE_GLOBAL, near.address, FAR, near.mac);
        fixture_input_silent(&f, &in);
        v6nf_destination_forget_all(&f.node); /* its entry stays, and it is off-link */
        assert_next_hop(&f, FAR, &router_1);
        if (i >= 2u) { /* long ago, so that it is probed */
            fixture_run_until(&f, f.now + 100u * SECOND);
        }
        frame_ns(&in, NODE_MAC, near.mac, near.address, NODE_GLOBAL, NODE_GLOBAL, i % 2u == 0u ? near.mac : NULL);
        fixture_input(&f, &in);
        frame_node_na(&expected, &near, NODE_GLOBAL);
        assert_frame(&f.out, &expected);
    }
}

/* Without the target's link-layer address no solicitation is sent before a packet to it. Targets of Redirects do not
 * count as concurrent resolutions. */
static void redirect_targets_are_not_being_resolved(void **state)
{
    char target[40];
    char destination[40];
    (void)state;
    start();
    fixture_add_address(&f, "2001:db8:5::1", 64);
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        snprintf(target, sizeof target, "fe80::5:%x", i);
        snprintf(destination, sizeof destination, "2001:db8:ffff::%x", i + 1u);
        frame_redirect(&in, &router_1, NODE_GLOBAL, target, destination, NULL);
        fixture_input(&f, &in);
    }
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8:5::77"};
    struct test_frame expected;
    frame_echo_request(&in, &unknown, "2001:db8:5::1", 1, 1, 8);
    fixture_input(&f, &in);
    frame_node_ns(&expected, "2001:db8:5::1", unknown.address);
    assert_frame(&f.out, &expected);
}

/* An address of another node, to which a Redirect pointed, is now an own address: no packet to it is sent. */
/* Send a datagram, and check that nothing of it is on the link. */
static void assert_stays_in_the_node(const char *destination)
{
    fixture_udp_send(&f, 1000, destination, 2000, 0);
    assert_nothing(&f.out);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
}

static void redirected_destination_may_become_an_own_address(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    fixture_add_address(&f, FAR, 128);
    assert_stays_in_the_node(FAR);
    frame_redirect(&in, &router_2, NODE_GLOBAL, router_1.address, FAR, router_1.mac);
    fixture_mark(&f);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_DROP_REDIRECT, 1);
    assert_stays_in_the_node(FAR);
}

/* A configured gateway may redirect, too, unless the program ignores Redirects. */
static void redirects_are_ignored_if_so_configured(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        fixture_start(&f);
        f.node.ignore_redirects = i == 1u; /* as in v6nf_node_config */
        frame_redirect(&in, &f.gateway, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
        fixture_input_silent(&f, &in);
        assert_counted(&f, i == 0u ? V6NF_REDIRECTS : V6NF_DROP_REDIRECT, 1);
        assert_next_hop(&f, FAR, i == 0u ? &router_2 : &f.gateway);
    }
}

/* -- Many destinations --------------------------------------------------------------------------------------------- */

/* Return one of many off-link destinations, as text in static storage. The next call overwrites it. */
static const char *far_destination(unsigned number)
{
    static char address[40];
    snprintf(address, sizeof address, "2001:db8:fa:%x::1", number);
    return address;
}

/* Send to 1000 destinations in turn, all of them via router_1 but `redirected`, which is sent to via router_2. */
static void send_to_all(unsigned redirected)
{
    for (unsigned i = 0; i < 1000u; i++) {
        assert_next_hop(&f, far_destination(i), i == redirected ? &router_2 : &router_1);
    }
}

/* More destinations than the cache has entries have the same next hop. One that a Redirect moves has its own, until
 * the cache needs the entry (RFC 4861, 8.3): where there is one next hop for all others, it does not. */
static void redirect_of_one_destination_of_many_counts(void **state)
{
    (void)state;
    start();
    fixture_let_router_answer(&f, &router_1);
    send_to_all(1000);
    send_to_all(1000);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, far_destination(500), router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, far_destination(500), &router_2);
    send_to_all(V6NF_HAS_INDEX ? 500 : 1000);
    assert_next_hop(&f, far_destination(500), V6NF_HAS_INDEX ? &router_2 : &router_1);
}

/* Redirects of more destinations than the cache has entries evict each other. What is lost is determined again: no
 * packet is sent elsewhere than via one of both routers. */
static void lost_redirect_leaves_the_default_router(void **state)
{
    unsigned obeyed = 0;
    (void)state;
    start();
    fixture_let_router_answer(&f, &router_1);
    fixture_advertise_router(&f, &router_2, 9000, PRF_LOW);
    fixture_let_router_answer(&f, &router_2);
    for (unsigned i = 0; i < 4u * V6NF_DESTINATIONS; i++) {
        frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, far_destination(i), NULL);
        fixture_input_silent(&f, &in);
        assert_next_hop(&f, far_destination(i), &router_2);
    }
    for (unsigned i = 0; i < 4u * V6NF_DESTINATIONS; i++) {
        fixture_udp_send(&f, 1000, far_destination(i), 2000, 0);
        assert_int_equal(f.out.length, 62);
        assert_true(f.out.bytes[5] == 0xA1u || f.out.bytes[5] == 0xA2u);
        obeyed += f.out.bytes[5] == 0xA2u ? 1u : 0u;
    }
    assert_true(obeyed <= V6NF_DESTINATIONS);
}

/* Unknown hosts that solicit evict the target of a Redirect, and get its entry: no packet is sent to one of them. */
static void redirect_ends_when_its_target_is_evicted(void **state)
{
    (void)state;
    start();
    fixture_let_router_answer(&f, &router_1);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2);
    for (unsigned i = 0; i < 2u * V6NF_NEIGHBORS; i++) {
        char mac[18];
        char address[40];
        snprintf(mac, sizeof mac, "06:00:00:00:%02x:%02x", i >> 8 & 0xFFu, i & 0xFFu);
        snprintf(address, sizeof address, "fe80::bad:%x", i & 0xFFFFu);
        frame_ns(&in, "33:33:ff:00:00:01", mac, address, "ff02::1:ff00:1", NODE_GLOBAL, mac);
        fixture_input(&f, &in);
    }
    assert_null(fixture_neighbor(&f, router_2.address));
    assert_next_hop(&f, FAR, &router_1);
}

/* On another link the destination may have another first hop. */
static void redirects_are_forgotten_on_another_link(void **state)
{
    (void)state;
    start();
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_2.address, FAR, router_2.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 2u * SECOND);
    fixture_advertise_router(&f, &router_1, 9000, PRF_HIGH);
    assert_next_hop(&f, FAR, &router_1);
}

#if V6NF_HAS_INDEX
/* All off-link destinations have one next hop, which is the router in turn: none has answered yet. Its Redirect counts,
 * even for a destination without a packet, and one of the router that is next in turn does not (RFC 4861, 8.1). */
static void default_hop_of_all_destinations_may_redirect(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 9000, 0);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &router_2, 9000, 0);
    fixture_input_silent(&f, &in);
    fixture_mark(&f);
    assert_next_hop(&f, FAR, &router_1);
    frame_redirect(&in, &router_2, NODE_GLOBAL, router_3.address, FARTHER, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_DROP_REDIRECT, 1);
    frame_redirect(&in, &router_1, NODE_GLOBAL, router_3.address, FARTHER, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_REDIRECTS, 1);
    assert_next_hop(&f, FARTHER, &router_3);
}
#endif

#if V6NF_ROUTER_MEMORY
#define OWN_1 "2001:db8:1::ff:fe00:1" /* of router 1 */
#define OWN_2 "2001:db8:2::ff:fe00:1" /* of router 2 */

static void advertise_prefix(const struct test_station *router, uint8_t flags, const char *prefix)
{
    frame_ra(&in, router, 9000, flags);
    ra_link_layer(&in, router->mac);
    ra_prefix(&in, prefix, 64, PREFIX_A, 9000, 9000);
    fixture_input_silent(&f, &in);
}

/* Start a node with an address of each of two routers. */
static void start_with_two_prefixes(void)
{
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise_prefix(&router_1, PRF_HIGH, "2001:db8:1::");
    advertise_prefix(&router_2, PRF_LOW, "2001:db8:2::");
    fixture_mark(&f);
}

/* Check that a datagram from an own address is sent to this station. */
static void assert_next_hop_from(const char *own, const char *destination, const struct test_station *station)
{
    static uint8_t buffer[1514];
    struct v6nf_udp_message message = {.remote = test_address_of(destination), .local = test_address_of(own)};
    uint8_t mac[6];
    uint32_t length = 0;
    message.remote_port = 2000;
    message.local_port = 1000;
    assert_int_equal(v6nf_udp_send(&f.node, buffer, 10, sizeof buffer, &message, &length, f.now), V6NF_SEND_SENT);
    test_mac(mac, station->mac);
    assert_memory_equal(buffer, mac, sizeof mac);
}

/* Each source has its own router (RFC 8028, 3.2). A Redirect is sent to the source of the packet, whose router is the
 * first hop, and no other is (RFC 4861, 4.5 and 8.1). It does not count for packets from other addresses: the new first
 * hop may drop them (RFC 8028, 3.3). */
static void redirect_of_the_router_of_a_source_counts_for_the_source(void **state)
{
    (void)state;
    start_with_two_prefixes();
    assert_next_hop_from(OWN_1, FAR, &router_1);
    assert_next_hop_from(OWN_2, FAR, &router_2);
    frame_redirect(&in, &router_1, OWN_2, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_2, OWN_1, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_3, OWN_2, router_1.address, FAR, router_1.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_DROP_REDIRECT, 3);
    frame_redirect(&in, &router_2, OWN_2, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_REDIRECTS, 1);
    for (unsigned i = 0; i < 2u; i++) {
        assert_next_hop_from(OWN_2, FAR, &router_3);
        assert_next_hop_from(OWN_1, FAR, &router_1);
        assert_next_hop_from(OWN_2, FARTHER, &router_2);
        assert_next_hop_from(OWN_1, FARTHER, &router_1);
    }
    /* It is the first hop now, and the router before is not. */
    frame_redirect(&in, &router_2, OWN_2, router_1.address, FAR, router_1.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_DROP_REDIRECT, 4);
    frame_redirect(&in, &router_3, OWN_2, router_1.address, FAR, router_1.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop_from(OWN_2, FAR, &router_1);
    v6nf_node_link_up(&f.node, f.now);
}

/* A Redirect of the only router counts for all sources, until another router advertises the prefix of one: it may send
 * that one elsewhere (RFC 8028, 3.3). */
static void redirect_ends_when_sources_get_routers_of_their_own(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise_prefix(&router_1, PRF_HIGH, "2001:db8:1::");
    fixture_add_address(&f, NODE_GLOBAL, 128);
    frame_redirect(&in, &router_1, OWN_1, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    advertise_prefix(&router_1, PRF_HIGH, "2001:db8:1::");
    assert_next_hop_from(NODE_GLOBAL, FAR, &router_3);
    advertise_prefix(&router_2, PRF_LOW, "2001:db8:2::");
    for (unsigned i = 0; i < 2u; i++) {
        assert_next_hop_from(OWN_2, FAR, &router_2);
        assert_next_hop_from(OWN_1, FAR, &router_1);
    }
}

/* The other router of a source was withdrawn. A Redirect of the only one left counts for all sources, until the other
 * one is back: the new first hop may drop packets from the prefix of that one (RFC 8028, 3.3). */
static void redirect_ends_when_the_router_of_a_source_is_back(void **state)
{
    (void)state;
    start_with_two_prefixes();
    frame_ra(&in, &router_2, 0, 0);
    fixture_input_silent(&f, &in);
    frame_redirect(&in, &router_1, OWN_1, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop_from(OWN_1, FAR, &router_3);
    assert_next_hop_from(OWN_2, FAR, &router_3);
    advertise_prefix(&router_2, PRF_LOW, "2001:db8:2::");
    for (unsigned i = 0; i < 2u; i++) {
        assert_next_hop_from(OWN_2, FAR, &router_2);
        assert_next_hop_from(OWN_1, FAR, &router_1);
    }
}

/* No router is resolved yet. A Redirect of one does not count for the addresses of the other (RFC 8028, 3.3). */
static void redirect_of_a_router_that_is_not_resolved_counts_for_its_sources(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    for (unsigned i = 0; i < 2u; i++) {
        frame_ra(&in, i == 0u ? &router_1 : &router_2, 9000, i == 0u ? PRF_HIGH : PRF_LOW);
        ra_prefix(&in, i == 0u ? "2001:db8:1::" : "2001:db8:2::", 64, PREFIX_A, 9000, 9000);
        fixture_input_silent(&f, &in);
    }
    frame_redirect(&in, &router_1, OWN_1, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_REDIRECTS, 1);
    advertise_prefix(&router_1, PRF_HIGH, "2001:db8:1::");
    advertise_prefix(&router_2, PRF_LOW, "2001:db8:2::");
    assert_next_hop_from(OWN_2, FAR, &router_2);
    assert_next_hop_from(OWN_1, FAR, &router_3);
}

/* A destination that is on-link is so for each source. */
static void redirect_to_the_destination_counts_for_each_source(void **state)
{
    (void)state;
    start_with_two_prefixes();
    frame_redirect(&in, &router_2, OWN_2, near.address, FAR, near.mac);
    fixture_input_silent(&f, &in);
    assert_counted(&f, V6NF_REDIRECTS, 1);
    assert_next_hop_from(OWN_2, FAR, &near);
    assert_next_hop_from(OWN_1, FAR, &near);
}

/* The new first hop of a source does not answer: its own router is used again. */
static void redirected_first_hop_of_a_source_that_is_silent_is_not_used(void **state)
{
    (void)state;
    start_with_two_prefixes();
    frame_redirect(&in, &router_2, OWN_2, router_3.address, FAR, router_3.mac);
    fixture_input_silent(&f, &in);
    assert_next_hop_from(OWN_2, FAR, &router_3);
    fixture_run_until(&f, f.now + 8u * SECOND);
    assert_neighbor(&f, router_3.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_next_hop_from(OWN_2, FAR, &router_2);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redirect_changes_the_first_hop),
        cmocka_unit_test(answer_that_waited_is_sent_to_its_solicitor),
        cmocka_unit_test(redirect_before_any_packet_is_obeyed),
        cmocka_unit_test(unusual_but_valid_redirects_are_obeyed),
        cmocka_unit_test(invalid_redirects_are_ignored),
        cmocka_unit_test(redirected_twice),
        cmocka_unit_test(redirect_updates_the_neighbor_cache),
        cmocka_unit_test(redirected_first_hop_is_used_while_reachable),
        cmocka_unit_test(redirected_router_that_becomes_a_host_is_not_used),
        cmocka_unit_test(redirected_neighbor_need_not_be_a_router),
        cmocka_unit_test(redirected_host_that_solicits_is_probed),
        cmocka_unit_test(redirect_for_an_on_link_or_own_address_is_ignored),
        cmocka_unit_test(solicitor_that_is_off_link_is_answered_directly),
        cmocka_unit_test(redirect_targets_are_not_being_resolved),
        cmocka_unit_test(redirected_destination_may_become_an_own_address),
        cmocka_unit_test(redirects_are_ignored_if_so_configured),
        cmocka_unit_test(redirect_of_one_destination_of_many_counts),
        cmocka_unit_test(lost_redirect_leaves_the_default_router),
        cmocka_unit_test(redirect_ends_when_its_target_is_evicted),
        cmocka_unit_test(redirects_are_forgotten_on_another_link),
#if V6NF_HAS_INDEX
        cmocka_unit_test(default_hop_of_all_destinations_may_redirect),
#endif
#if V6NF_ROUTER_MEMORY
        cmocka_unit_test(redirect_of_the_router_of_a_source_counts_for_the_source),
        cmocka_unit_test(redirect_ends_when_sources_get_routers_of_their_own),
        cmocka_unit_test(redirect_ends_when_the_router_of_a_source_is_back),
        cmocka_unit_test(redirect_of_a_router_that_is_not_resolved_counts_for_its_sources),
        cmocka_unit_test(redirect_to_the_destination_counts_for_each_source),
        cmocka_unit_test(redirected_first_hop_of_a_source_that_is_silent_is_not_used),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
