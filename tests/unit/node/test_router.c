/* test_router.c: router discovery (RFC 4861, 6.3; RFC 7559), default routers and routes (RFC 4191). */
#include "fixture_router.h"

#include "../../../src/node/state/destination.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

#define FAR "2001:db8:ffff::5"
#define FARTHER "2001:db8:eeee::6"

/* The router advertises itself for half an hour, with its link-layer address. */
static void advertise(const struct test_station *router, uint8_t flags)
{
    fixture_advertise_router(&f, router, 1800, flags);
}

/* -- Router Solicitations ------------------------------------------------------------------------------------------ */

static void routers_are_solicited_when_the_link_local_address_is_valid(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    while (fixture_own(&f, NODE_LINK_LOCAL)->state == V6NF_ADDRESS_TENTATIVE) {
        fixture_run_until(&f, v6nf_node_next_due(&f.node));
    }
    frame_node_rs(&expected, NODE_LINK_LOCAL);
    assert_sent_count(&f, 2);
    assert_sent(&f, 1, f.now, &expected); /* DAD has waited already: no other delay (RFC 4861, 6.3.7) */
    assert_counted(&f, V6NF_ROUTER_SOLICITATIONS, 1);
}

/* The first solicitation has a random delay of up to a second, unless DAD waited before (RFC 4861, 6.3.7). */
static void first_solicitation_is_delayed_at_random(void **state)
{
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 100u; seed++) {
        fixture_start_discovery(&f, seed, 0, NULL);
        uint64_t begin = f.now;
        fixture_run_until(&f, begin + SECOND);
        assert_sent_count(&f, 1);
        uint64_t delay = f.sent[0].time - begin;
        shortest = delay < shortest ? delay : shortest;
        longest = delay > longest ? delay : longest;
    }
    assert_true(shortest < SECOND / 10u && longest > SECOND - SECOND / 10u);
}

/* The interval is 4 s, then twice as long each time, within 10 %, up to an hour, forever (RFC 7559, 2). */
static void solicitations_back_off(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 20u; seed++) {
        fixture_start_discovery(&f, seed, 0, NULL);
        fixture_run_until(&f, f.now + 12u * 3600u * SECOND);
        assert_true(f.sent_count >= 18u);
        uint64_t before = 0;
        frame_node_rs(&expected, NODE_LINK_LOCAL);
        for (uint32_t i = 1; i < f.sent_count; i++) {
            uint64_t interval = f.sent[i].time - f.sent[i - 1u].time;
            uint64_t least = i == 1u ? 3600u * MILLISECOND : before * 19u / 10u;
            uint64_t most = i == 1u ? 4400u * MILLISECOND : before * 21u / 10u;
            if (most > 3600u * SECOND) {
                least = least < 3240u * SECOND ? least : 3240u * SECOND;
                most = 3960u * SECOND;
            }
            assert_true(interval >= least && interval <= most);
            assert_frame(&f.sent[i].frame, &expected);
            before = interval;
        }
    }
}

static void solicitations_end_when_a_default_router_answers(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 0, 0); /* no default router: continue */
    fixture_input_silent(&f, &in);
    fixture_run_until(&f, f.now + 5u * SECOND);
    assert_sent_count(&f, 1);
    advertise(&router_1, 0);
    fixture_run_until(&f, f.now + 1700u * SECOND);
    assert_sent_count(&f, 1);
}

/* One is sent even if an advertisement arrived before (RFC 4861, 6.3.7). */
static void one_solicitation_is_sent_in_any_case(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise(&router_1, 0);
    fixture_run_until(&f, f.now + SECOND);
    assert_sent_count(&f, 1);
    advertise(&router_1, 0);
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_sent_count(&f, 1);
}

/* Which advertisements end the solicitations: v6LC.2.2.2. */
static void invalid_advertisements_do_not_answer(void **state)
{
    const struct test_station global = {.mac = router_1.mac, .address = "2001:db8::a1"};
    (void)state;
    for (unsigned i = 0; i < 6u; i++) {
        fixture_start_host(&f);
        frame_ra(&in, i == 0u ? &global : &router_1, 1800, 0);
        ra_link_layer(&in, router_1.mac);
        switch (i) {
        case 1:
            in.bytes[21] = 254;
            break;
        case 2:
            in.bytes[55] = 1;
            frame_fix_checksum(&in);
            break;
        case 3:
            in.bytes[56] ^= 1u;
            break;
        case 4:
            in.bytes[71] = 0;
            frame_fix_checksum(&in);
            break;
        case 5:
            frame_icmpv6(&in, "33:33:00:00:00:01", router_1.mac, router_1.address, "ff02::1", 255, 134, 0, NULL, 8);
            break;
        default:
            break;
        }
        fixture_input_silent(&f, &in);
        assert_counted(&f, i == 3u ? V6NF_DROP_ICMPV6_CHECKSUM : V6NF_DROP_NDP_INVALID, 1);
        assert_counted(&f, V6NF_ROUTER_ADVERTISEMENTS, 0);
        assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
        assert_no_route(&f, FAR);
        fixture_run_until(&f, f.now + 5u * SECOND);
        assert_sent_count(&f, 1);
    }
}

static void without_autoconfiguration_routers_are_ignored(void **state)
{
    (void)state;
    fixture_start(&f);
    advertise(&router_1, PRF_HIGH);
    assert_counted(&f, V6NF_DROP_ROUTER_ADVERTISEMENT, 1);
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
    fixture_run_until(&f, f.now + 5000u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
    assert_next_hop(&f, FAR, &f.gateway);
}

static void advertisement_from_an_own_address_is_dropped(void **state)
{
    const struct test_station own = {.mac = "02:00:00:00:00:99", .address = NODE_LINK_LOCAL};
    (void)state;
    fixture_start_host(&f);
    advertise(&own, 0);
    assert_counted(&f, V6NF_DROP_NDP_SPOOFED, 1);
    assert_no_route(&f, FAR);
}

/* A node without a link-local address is silent (RFC 4862, 5.4.5). */
static void disabled_node_sends_no_solicitation(void **state)
{
    const char *group = test_solicited_node(NODE_LINK_LOCAL);
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    frame_ns(&in, test_group_mac(group), "02:00:00:00:00:99", "::", group, NODE_LINK_LOCAL, NULL);
    fixture_input_silent(&f, &in);
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_sent_count(&f, 0);
}

/* -- Parameters ---------------------------------------------------------------------------------------------------- */

/* See v6LC.2.2.13. */
static void cur_hop_limit_is_used_unless_it_is_0(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    fixture_input_silent(&f, &in);
    assert_int_equal(f.node.hop_limit, 64);
    in.bytes[RA_HOP_LIMIT] = 15;
    frame_fix_checksum(&in);
    fixture_input_silent(&f, &in);
    advertise(&router_1, 0); /* 0 changes nothing */
    frame_echo_request(&in, &router_1, NODE_LINK_LOCAL, 1, 1, 8);
    fixture_input(&f, &in);
    assert_int_equal(f.out.bytes[21], 15);
}

/* Distant hosts would be out of reach. */
static void tiny_hop_limit_is_ignored(void **state)
{
    (void)state;
    fixture_start_host(&f);
    for (uint8_t hop_limit = 1; hop_limit < 15u; hop_limit++) {
        frame_ra(&in, &router_1, 1800, 0);
        in.bytes[RA_HOP_LIMIT] = hop_limit;
        frame_fix_checksum(&in);
        fixture_input_silent(&f, &in);
        assert_int_equal(f.node.hop_limit, 64);
    }
}

/* The time is between half and one and a half times the advertised value (RFC 4861, 6.3.4 and 6.3.2). */
static void reachable_time_is_random_around_the_advertised_value(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    ra_number(&in, RA_REACHABLE_TIME, 10000);
    fixture_input_silent(&f, &in);
    uint64_t time = f.node.reachable_time;
    assert_in_range(time, 5u * SECOND, 15u * SECOND);
    fixture_input_silent(&f, &in); /* the same value: not drawn again */
    ra_number(&in, RA_REACHABLE_TIME, 0);
    fixture_input_silent(&f, &in);
    assert_int_equal(f.node.reachable_time, time);
    frame_ra(&in, &router_1, 14400, 0);
    ra_number(&in, RA_REACHABLE_TIME, 10000);
    fixture_input_silent(&f, &in);
    fixture_run_until(&f, f.now + 3u * 3600u * SECOND); /* but every few hours */
    assert_true(f.node.reachable_time != time);
    assert_in_range(f.node.reachable_time, 5u * SECOND, 15u * SECOND);
    ra_number(&in, RA_REACHABLE_TIME, 0xFFFFFFFFu); /* more than a router may advertise */
    fixture_input_silent(&f, &in);
    assert_true(f.node.reachable_time <= 5400u * SECOND);
}

static void retrans_timer_is_the_advertised_value(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    ra_number(&in, RA_RETRANS_TIMER, 5000);
    fixture_input_silent(&f, &in);
    fixture_mark(&f);
    uint64_t begin = f.now;
    assert_next_hop(&f, FAR, &router_1); /* solicits */
    fixture_run_until(&f, begin + 12u * SECOND);
    assert_sent_count(&f, 2);
    assert_int_equal(f.sent[0].time, begin + 5u * SECOND);
    assert_int_equal(f.sent[1].time, begin + 10u * SECOND);
    ra_number(&in, RA_RETRANS_TIMER, 0);
    fixture_input_silent(&f, &in);
    assert_int_equal(f.node.retransmit_time, 5u * SECOND);
}

/* With less, no neighbor could answer in time; with more, those that are gone would be used for too long. */
static void retrans_timer_has_limits(void **state)
{
    static const struct {
        uint32_t advertised;
        uint64_t used;
    } cases[] = {{1, 10u * MILLISECOND}, {9, 10u * MILLISECOND},  {10, 10u * MILLISECOND},     {10000, 10u * SECOND},
                 {10001, 10u * SECOND},  {3600000, 10u * SECOND}, {0xFFFFFFFFu, 10u * SECOND}, {1000, SECOND}};
    (void)state;
    fixture_start_host(&f);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_ra(&in, &router_1, 1800, 0);
        ra_number(&in, RA_RETRANS_TIMER, cases[i].advertised);
        fixture_input_silent(&f, &in);
        assert_int_equal(f.node.retransmit_time, cases[i].used);
    }
}

/* Advertise other values than the configured ones. */
static void advertise_parameters(uint32_t lifetime)
{
    frame_ra(&in, &router_1, lifetime, 0);
    in.bytes[RA_HOP_LIMIT] = 20;
    ra_number(&in, RA_RETRANS_TIMER, 5000);
    ra_number(&in, RA_REACHABLE_TIME, 1000000);
    ra_mtu(&in, 1300);
    fixture_input_silent(&f, &in);
}

static bool has_configured_parameters(void)
{
    return f.node.hop_limit == 64u && f.node.mtu == 1500u && f.node.retransmit_time == SECOND &&
           f.node.reachable_base == 30000u * MILLISECOND;
}

static bool has_advertised_parameters(void)
{
    return f.node.hop_limit == 20u && f.node.mtu == 1300u && f.node.retransmit_time == 5u * SECOND &&
           f.node.reachable_base == 1000000u * MILLISECOND;
}

#if V6NF_ROUTER_MEMORY
/* What one packet said does not stay forever. */
static void parameters_end_when_no_router_repeats_them(void **state)
{
    static const uint32_t lifetimes[] = {0, 1800, 9000};
    (void)state;
    for (unsigned i = 0; i < 3u; i++) {
        uint64_t kept = (lifetimes[i] > 5400u ? lifetimes[i] : 5400u) * SECOND;
        fixture_start_host(&f);
        uint64_t begin = f.now;
        advertise_parameters(lifetimes[i]);
        fixture_run_until(&f, begin + kept);
        assert_true(has_advertised_parameters());
        fixture_run_until(&f, begin + kept + 3u * SECOND);
        assert_true(has_configured_parameters());
    }
}

/* A value that one router repeats does not keep those of another (each has an end of its own). */
static void each_parameter_ends_for_itself(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise_parameters(1800);
    for (unsigned i = 0; i < 4u; i++) {
        fixture_run_until(&f, f.now + 1800u * SECOND);
        frame_ra(&in, &router_2, 1800, 0);
        in.bytes[RA_HOP_LIMIT] = 20;
        frame_fix_checksum(&in);
        fixture_input_silent(&f, &in);
    }
    assert_int_equal(f.node.hop_limit, 20);
    assert_int_equal(f.node.mtu, 1500);
    assert_int_equal(f.node.retransmit_time, SECOND);
}

static void repeated_parameters_stay(void **state)
{
    (void)state;
    fixture_start_host(&f);
    for (unsigned i = 0; i < 100u; i++) {
        advertise_parameters(1800);
        assert_true(has_advertised_parameters());
        fixture_run_until(&f, f.now + 1800u * SECOND);
        assert_true(has_advertised_parameters());
    }
}
#endif

static void parameters_are_the_configured_ones_on_the_next_link(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise_parameters(9000);
    assert_true(has_advertised_parameters());
    v6nf_node_link_up(&f.node, f.now);
    assert_true(has_configured_parameters());
}

/* The MTU is between 1280 and the maximum of the link (v6LC.4.1.8; RFC 4861, 6.3.4). */
static void mtu_is_the_advertised_value_within_limits(void **state)
{
    static const struct {
        uint32_t mtu;
        uint32_t then;
    } cases[] = {{1400, 1400}, {1279, 1400}, {1501, 1400}, {0, 1400}, {0xFFFFFFFFu, 1400}, {1280, 1280}, {1500, 1500}};
    (void)state;
    fixture_start_host(&f);
    f.capacity = 2000;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_ra(&in, &router_1, 1800, 0);
        ra_mtu(&in, cases[i].mtu);
        fixture_input_silent(&f, &in);
        assert_int_equal(f.node.mtu, cases[i].then);
        fixture_mark(&f);
        fixture_udp_send(&f, 1000, "ff02::1", 2000, cases[i].then - 48u);
        assert_int_equal(f.out.length, cases[i].then + 14u);
        fixture_udp_send(&f, 1000, "ff02::1", 2000, cases[i].then - 47u);
        assert_int_equal(f.out.bytes[20],
                         cases[i].then < V6NF_FRAGMENTATION_SIZE ? 44 : f.out.bytes[20]); /* a fragment */
        fixture_tick(&f);
    }
}

/* Unknown options are skipped (RFC 4861, 9). */
static void unknown_options_are_skipped(void **state)
{
    static const uint8_t unknown[16] = {200, 2, 0xFF};
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    ra_option(&in, unknown, 16);
    ra_mtu(&in, 1400);
    fixture_input_silent(&f, &in);
    assert_int_equal(f.node.mtu, 1400);
}

/* -- The Neighbor Cache (v6LC.2.2.16 and 2.2.17) ------------------------------------------------------------------- */

static void advertisement_contains_the_link_layer_address_of_the_router(void **state)
{
    static const char other_mac[] = "02:00:00:00:0b:ad";
    static const enum v6nf_neighbor_state states[] = {V6NF_NEIGHBOR_REACHABLE, V6NF_NEIGHBOR_STALE,
                                                      V6NF_NEIGHBOR_PROBE};
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    fixture_input_silent(&f, &in); /* without its address: no entry */
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
    advertise(&router_1, 0);
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_STALE, router_1.mac);
    assert_true(fixture_neighbor(&f, router_1.address)->router);
    for (unsigned i = 0; i < 3u; i++) {
        for (unsigned option = 0; option < 3u; option++) {
            fixture_start_discovery(&f, 1, 0, NULL);
            fixture_add_address(&f, NODE_GLOBAL, 64);
            fixture_run_until(&f, f.now + SECOND);
            fixture_bring_to(&f, &router_1, states[i]);
            assert_false(fixture_neighbor(&f, router_1.address)->router);
            frame_ra(&in, &router_1, 1800, 0);
            if (option != 0u) {
                ra_link_layer(&in, option == 1u ? router_1.mac : other_mac);
            }
            fixture_input_silent(&f, &in);
            assert_neighbor(&f, router_1.address, option == 2u ? V6NF_NEIGHBOR_STALE : states[i],
                            option == 2u ? other_mac : router_1.mac);
            assert_true(fixture_neighbor(&f, router_1.address)->router);
        }
    }
}

static void advertisement_resolves_an_incomplete_entry(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_1);
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    fixture_mark(&f);
    advertise(&router_1, 0);
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_STALE, router_1.mac);
    fixture_tick(&f); /* the datagram that waited */
    frame_udp(&expected, router_1.mac, NODE_MAC, NODE_GLOBAL, FAR, 64, 1000, 2000, 0);
    assert_sent(&f, 0, f.now, &expected);
}

/* -- Default routers ----------------------------------------------------------------------------------------------- */

/* See v6LC.2.2.14. */
static void router_is_used_for_its_lifetime(void **state)
{
    (void)state;
    fixture_start_host(&f);
    assert_no_route(&f, FAR);
    frame_ra(&in, &router_1, 5, 0);
    ra_link_layer(&in, router_1.mac);
    fixture_input_silent(&f, &in);
    uint64_t heard = f.now;
    assert_next_hop(&f, FAR, &router_1);
    fixture_run_until(&f, heard + 4u * SECOND);
    fixture_input_silent(&f, &in); /* five seconds more */
    fixture_run_until(&f, heard + 9u * SECOND - 1u);
    assert_next_hop(&f, FAR, &router_1);
    fixture_run_until(&f, heard + 9u * SECOND);
    assert_no_route(&f, FAR);
}

static void router_with_lifetime_0_is_not_used(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    advertise(&router_2, 0);
    assert_next_hop(&f, FAR, &router_1);
    frame_ra(&in, &router_1, 0, 0);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2); /* the next hop is determined again */
    frame_ra(&in, &router_2, 0, 0);
    fixture_input_silent(&f, &in);
    assert_no_route(&f, FAR);
}

/* Routers are chosen by preference (RFC 4191; v6LC.2.2.22). */
static void preferred_router_is_used(void **state)
{
    static const struct {
        uint8_t first;
        uint8_t second;
        bool second_is_used;
    } cases[] = {
        {PRF_MEDIUM, PRF_HIGH, true},    {PRF_HIGH, PRF_MEDIUM, false},   {PRF_LOW, PRF_MEDIUM, true},
        {PRF_LOW, PRF_RESERVED, true},   {PRF_HIGH, PRF_RESERVED, false}, {PRF_RESERVED, PRF_LOW, false},
        {PRF_MEDIUM, PRF_MEDIUM, false},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture_start_host(&f);
        advertise(&router_1, cases[i].first);
        assert_next_hop(&f, FAR, &router_1);
        advertise(&router_2, cases[i].second);
        assert_next_hop(&f, FAR, cases[i].second_is_used ? &router_2 : &router_1);
        advertise(&router_1, PRF_HIGH); /* preferences change */
        advertise(&router_2, PRF_LOW);
        assert_next_hop(&f, FAR, &router_1);
        advertise(&router_1, PRF_LOW);
        advertise(&router_2, PRF_MEDIUM);
        assert_next_hop(&f, FAR, &router_2);
    }
}

/* Reachability comes before preference (RFC 4861, 6.3.6; RFC 4191, 3.2). */
static void reachable_router_is_used_before_a_preferred_one(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_2, 1800, PRF_HIGH); /* its reachability is unknown */
    fixture_input_silent(&f, &in);
    advertise(&router_1, PRF_LOW);
    assert_next_hop(&f, FAR, &router_1);
}

/* The first router stops to answer (v6LC.2.2.11; RFC 4861, 7.3.3). */
static void other_router_is_used_when_one_does_not_answer(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, PRF_HIGH);
    advertise(&router_2, 0);
    assert_next_hop(&f, FAR, &router_1);
    fixture_run_until(&f, f.now + 8u * SECOND); /* delay, three probes */
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
    fixture_mark(&f);
    assert_next_hop(&f, FAR, &router_2);
    /* An unreachable router that would be used is probed, at most once a minute (RFC 4191, 3.5). */
    fixture_tick(&f);
    frame_node_ns(&expected, NODE_LINK_LOCAL, router_1.address);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    assert_next_hop(&f, FARTHER, &router_2);
    fixture_run_until(&f, f.now + SECOND / 2u);
    assert_sent_count(&f, 1);
    frame_na(&in, NODE_MAC, router_1.mac, router_1.address, NODE_LINK_LOCAL, router_1.address, NA_R | NA_S | NA_O,
             router_1.mac);
    fixture_input_silent(&f, &in); /* it is reachable again */
    assert_next_hop(&f, FAR, &router_1);
}

/* A router that does not answer is probed by a single solicitation (RFC 4191, 3.5). A packet to the router itself gets
 * all solicitations of address resolution. None is sent sooner than the last one allows (RFC 4861, 7.2.2). */
static void packet_to_a_probed_router_gets_all_solicitations(void **state)
{
    (void)state;
    for (unsigned probe_is_sent = 0; probe_is_sent < 2u; probe_is_sent++) {
        fixture_start_host(&f);
        advertise(&router_1, PRF_HIGH);
        advertise(&router_2, 0);
        assert_next_hop(&f, FAR, &router_1);
        fixture_run_until(&f, f.now + 8u * SECOND); /* it does not answer */
        assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
        assert_next_hop(&f, FAR, &router_2);
        frame_na(&in, NODE_MAC, router_2.mac, router_2.address, NODE_LINK_LOCAL, router_2.address, NA_R | NA_S | NA_O,
                 router_2.mac);
        fixture_input_silent(&f, &in);
        fixture_mark(&f);
        uint64_t next = f.now;
        if (probe_is_sent != 0u) {
            fixture_tick(&f);
            assert_sent_count(&f, 1);
            next += SECOND;
            f.now += SECOND / 2u;
        }
        fixture_mark(&f);
        frame_node_ns(&expected, NODE_LINK_LOCAL, router_1.address);
        fixture_udp_send(&f, 1000, router_1.address, 2000, 0);
        if (probe_is_sent != 0u) {
            assert_nothing(&f.out);
        } else {
            assert_frame(&f.out, &expected);
            next += SECOND;
        }
        fixture_udp_send(&f, 1000, router_1.address, 2000, 0); /* another one starts nothing again */
        assert_nothing(&f.out);
        fixture_run_until(&f, next + 2u * SECOND);
        assert_sent_count(&f, 2u + probe_is_sent);
        for (uint32_t i = 0; i < f.sent_count; i++) {
            assert_sent(&f, i, next + i * SECOND, &expected);
        }
        fixture_run_until(&f, next + 10u * SECOND);
        assert_sent_count(&f, 2u + probe_is_sent);
        assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
    }
}

static void unreachable_router_is_probed_once_a_minute(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, PRF_HIGH);
    fixture_input_silent(&f, &in);
    frame_node_ns(&expected, NODE_LINK_LOCAL, router_1.address);
    unsigned asked = 0;
    for (unsigned i = 0; i < 90u; i++) { /* three minutes of traffic */
        frame_ra(&in, &router_2, 1800, 0);
        ra_link_layer(&in, i % 2u == 0u ? router_2.mac
                                        : "02:00:00:00:00:b2"); /* new information, so that it is not probed itself */
        fixture_input_silent(&f, &in);
        v6nf_destination_redetermine(&f.node);
        fixture_mark(&f);
        fixture_udp_send(&f, 1000, FAR, 2000, 0);
        fixture_run_until(&f, f.now + 2u * SECOND);
        for (uint32_t j = 0; j < f.sent_count; j++) {
            assert_frame(&f.sent[j].frame, &expected);
            asked++;
        }
    }
    assert_int_equal(asked, 3);
}

/* Routers are used in round robin while none is known to be reachable (RFC 4861, 6.3.6). */
static void unresolved_routers_are_used_round_robin(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &router_2, 1800, PRF_HIGH);
    fixture_input_silent(&f, &in);
    for (unsigned i = 0; i < 3u; i++) {
        assert_next_hop(&f, FAR, &router_2);
        fixture_run_until(&f, f.now + 3u * SECOND);
        assert_next_hop(&f, FAR, &router_1);
        fixture_run_until(&f, f.now + 3u * SECOND);
    }
}

/* A neighbor that advertises itself as no router is not used (v6LC.2.1.21; RFC 4861, 7.2.5). */
static void router_that_becomes_a_host_is_not_used(void **state)
{
    static const uint8_t flags[] = {0, NA_S, NA_O, NA_S | NA_O};
    (void)state;
    for (unsigned i = 0; i < 8u; i++) {
        fixture_start_host(&f);
        advertise(&router_1, PRF_HIGH);
        advertise(&router_2, 0);
        assert_next_hop(&f, FAR, &router_1);
        frame_na(&in, NODE_MAC, router_1.mac, router_1.address, NODE_LINK_LOCAL, router_1.address, flags[i % 4u] | NA_R,
                 router_1.mac);
        fixture_input_silent(&f, &in);
        assert_next_hop(&f, FAR, &router_1);
        frame_na(&in, NODE_MAC, router_1.mac, router_1.address, NODE_LINK_LOCAL, router_1.address, flags[i % 4u],
                 i < 4u ? router_1.mac : NULL);
        fixture_input_silent(&f, &in);
        assert_next_hop(&f, FAR, &router_2);
    }
}

static void configured_gateway_is_kept_with_any_advertisement(void **state)
{
    char text[40];
    struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = text};
    (void)state;
    fixture_start_host(&f);
    fixture_set_gateway(&f, GATEWAY);
    advertise(&f.gateway, PRF_LOW);
    frame_ra(&in, &f.gateway, 0, 0);
    fixture_input_silent(&f, &in);
    for (unsigned i = 0; i < 100u; i++) {
        snprintf(text, sizeof text, "fe80::6:%x", i);
        frame_ra(&in, &unknown, 9000, PRF_HIGH);
        fixture_input_silent(&f, &in);
    }
    fixture_run_until(&f, f.now + 10000u * SECOND);
    assert_next_hop(&f, FAR, &f.gateway);
}

/* Invent `count` routers at the address of one station. */
static void invent_routers(unsigned count, uint8_t flags)
{
    char text[40];
    struct test_station invented = {.mac = "02:00:00:00:00:66", .address = text};
    for (unsigned i = 0; i < count; i++) {
        snprintf(text, sizeof text, "fe80::6:%x", i);
        advertise(&invented, flags);
    }
}

/* Let the node find out that the invented routers do not answer: one each eight seconds, without memory of routers. */
static void try_invented_routers(void)
{
    for (uint32_t i = 0; i < V6NF_ROUTERS && !V6NF_ROUTER_MEMORY; i++) {
        fixture_udp_send(&f, 1000, FAR, 2000, 0);
        fixture_run_until(&f, f.now + 8u * SECOND);
    }
}

static bool is_default_router(const struct test_station *router)
{
    struct v6nf_address address = test_address_of(router->address);
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        const struct v6nf_route *route = &f.node.routes[i];
        if (route->valid_until != 0u && memcmp(route->router.bytes, address.bytes, 16) == 0) {
            return true;
        }
    }
    return false;
}

/* However many routers are invented, with any preference, the one that answers stays, and is used. */
static void invented_routers_do_not_evict_one_that_answers(void **state)
{
    static const uint8_t flags[] = {PRF_LOW, PRF_MEDIUM, PRF_HIGH};
    (void)state;
    for (unsigned i = 0; i < 3u; i++) {
        fixture_start_host(&f);
        advertise(&router_1, PRF_LOW);
        fixture_let_router_answer(&f, &router_1);
        invent_routers(100, flags[i]);
        assert_true(is_default_router(&router_1));
        try_invented_routers();
        assert_next_hop(&f, FAR, &router_1);
        fixture_run_until(&f, f.now + 1000u * SECOND);
        assert_next_hop(&f, FARTHER, &router_1);
    }
}

/* Of routers that do not answer, the one that was advertised longest ago is evicted, with any preference. */
static void router_always_finds_a_slot_among_silent_ones(void **state)
{
    (void)state;
    fixture_start_host(&f);
    invent_routers(V6NF_ROUTERS, PRF_HIGH);
    assert_true(is_default_router(&(struct test_station){.address = "fe80::6:0"}));
    advertise(&router_1, PRF_LOW);
    assert_true(is_default_router(&router_1));
    assert_false(is_default_router(&(struct test_station){.address = "fe80::6:0"}));
    assert_counted(&f, V6NF_ROUTES_FULL, 0);
    fixture_let_router_answer(&f, &router_1);
    try_invented_routers();
    assert_next_hop(&f, FAR, &router_1);
}

#if V6NF_ROUTER_MEMORY
/* A router that packets were just sent via has not answered yet. It is the last one that is evicted. */
static void router_in_use_is_evicted_last(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    assert_next_hop(&f, FAR, &router_1);
    invent_routers(100, PRF_HIGH);
    assert_true(is_default_router(&router_1));
}

/* A router that is preferred and may be invented is asked first. Packets are sent via the other one until it answers
 * (RFC 4191, 3.2 and 3.5). */
static void preferred_router_is_used_once_it_answers(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    fixture_let_router_answer(&f, &router_1);
    advertise(&router_2, PRF_HIGH);
    fixture_mark(&f);
    assert_next_hop(&f, FAR, &router_1);
    fixture_tick(&f);
    frame_node_probe(&expected, NODE_LINK_LOCAL, &router_2);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    frame_answer(&in, &router_2, NODE_LINK_LOCAL);
    in.bytes[58] |= NA_R;
    frame_fix_checksum(&in);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2);
}

#endif

#if V6NF_ROUTER_MEMORY && V6NF_ROUTERS >= 3u
/* None of many routers has answered: all are asked at once, and the one that answers is used. */
static void silent_routers_are_asked_at_once(void **state)
{
    (void)state;
    fixture_start_host(&f);
    invent_routers(V6NF_ROUTERS - 1u, PRF_HIGH);
    advertise(&router_1, PRF_LOW);
    fixture_mark(&f);
    fixture_udp_send(&f, 1000, FAR, 2000, 0);
    fixture_tick(&f);
    assert_sent_count(&f, V6NF_ROUTERS);
    frame_answer(&in, &router_1, NODE_LINK_LOCAL);
    in.bytes[58] |= NA_R;
    frame_fix_checksum(&in);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_1);
}
#endif

/* This holds even if the program ticks late. */
static void expired_router_is_not_used(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    frame_ra(&in, &router_2, 3600, PRF_LOW);
    ra_link_layer(&in, router_2.mac);
    ra_prefix(&in, "2001:db8:77::", 64, PREFIX_L, 1800, 1800);
    fixture_input_silent(&f, &in);
    const struct test_station near = {.mac = "02:00:00:00:00:77", .address = "2001:db8:77::77"};
    assert_next_hop(&f, FAR, &router_1);
    f.now += 1800u * SECOND;
    assert_next_hop(&f, FAR, &router_2);
    assert_next_hop(&f, near.address, &router_2);
}

/* The router is used even if the Neighbor Cache has no free entry for it. Each frame is counted once
 * (fixture_input()). */
static void advertisement_is_processed_with_a_full_neighbor_cache(void **state)
{
    char silent[40];
    (void)state;
    fixture_start_host(&f);
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        snprintf(silent, sizeof silent, "fe80::dead:%x", i);
        fixture_udp_send(&f, 1000, silent, 2000, 0);
    }
    advertise(&router_1, 0);
    assert_counted(&f, V6NF_ROUTER_ADVERTISEMENTS, 1);
    fixture_run_until(&f, f.now + 10u * SECOND); /* the others have expired */
    assert_next_hop(&f, FAR, &router_1);
}

#if V6NF_ROUTES > 0u
/* -- Routes (RFC 4191; v6LC.2.2.23) -------------------------------------------------------------------------------- */

static void advertise_route(const struct test_station *router, const char *prefix, uint8_t length, uint8_t flags,
                            uint32_t lifetime)
{
    frame_ra(&in, router, 1800, 0);
    ra_link_layer(&in, router->mac);
    ra_route(&in, prefix, length, flags, lifetime);
    fixture_input_silent(&f, &in);
}

static void longest_prefix_match_is_used(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, PRF_HIGH);
    advertise_route(&router_2, "2001:db8:ffff::", 48, PRF_LOW, 600);
    assert_next_hop(&f, FAR, &router_2);
    assert_next_hop(&f, FARTHER, &router_1);
    advertise_route(&router_1, "2001:db8:ffff::", 64, PRF_LOW, 600);
    assert_next_hop(&f, FAR, &router_1);
    assert_next_hop(&f, "2001:db8:ffff:1::5", &router_2);
    fixture_run_until(&f, f.now + 2u * SECOND);
    advertise_route(&router_1, "2001:db8:ffff::", 64, PRF_LOW, 0);
    assert_next_hop(&f, FAR, &router_2);
}

static void route_with_reserved_preference_is_ignored(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    advertise_route(&router_2, "2001:db8:ffff::", 48, PRF_RESERVED, 600);
    assert_next_hop(&f, FAR, &router_1);
}

static void routes_of_equal_length_are_chosen_by_preference(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise_route(&router_1, "2001:db8:ffff::", 48, PRF_LOW, 600);
    advertise_route(&router_2, "2001:db8:ffff::", 48, PRF_MEDIUM, 600);
    assert_next_hop(&f, FAR, &router_2);
    advertise_route(&router_1, "2001:db8:ffff::", 48, PRF_HIGH, 600);
    assert_next_hop(&f, FAR, &router_1);
}

/* A route ::/0 in an option overrides the header; it may also end the default router (RFC 4191, 3.1). */
static void route_to_everything_is_a_default_router(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, 0);
    advertise_route(&router_2, "::", 0, PRF_HIGH, 600);
    assert_next_hop(&f, FAR, &router_2);
    advertise_route(&router_2, "::", 0, PRF_LOW, 600);
    assert_next_hop(&f, FAR, &router_1);
    frame_ra(&in, &router_1, 0, 0);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_2);
    advertise_route(&router_2, "::", 0, PRF_LOW, 0);
    assert_no_route(&f, FAR);
}

static void routes_expire(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_2, 0, 0); /* no default router, but a route to FAR */
    ra_link_layer(&in, router_2.mac);
    ra_route(&in, "2001:db8:ffff::", 48, 0, 10);
    fixture_input_silent(&f, &in);
    uint64_t heard = f.now;
    assert_next_hop(&f, FAR, &router_2);
    assert_no_route(&f, FARTHER);
    fixture_run_until(&f, heard + 10u * SECOND - 1u);
    assert_next_hop(&f, FAR, &router_2);
    fixture_run_until(&f, heard + 10u * SECOND);
    assert_no_route(&f, FAR);
    frame_ra(&in, &router_2, 0, 0);
    ra_route(&in, "2001:db8:ffff::", 48, 0, INFINITY_SECONDS);
    fixture_input_silent(&f, &in);
    fixture_run_until(&f, f.now + 3u * SECOND); /* there is no answer */
    f.now += UINT64_C(5000000000) * SECOND;     /* more than 32 bits of seconds */
    fixture_tick(&f);
    assert_next_hop(&f, FAR, &router_2);
}

static void flood_of_routes_evicts_no_default_router(void **state)
{
    char text[40];
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, PRF_LOW);
    for (unsigned i = 0; i < 1000u; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i);
        advertise_route(&router_2, text, 48, PRF_HIGH, 600);
    }
    frame_ra(&in, &router_2, 0, 0);
    fixture_input_silent(&f, &in);
    assert_next_hop(&f, FAR, &router_1);
}

/* Let router_2, which does not answer, advertise more routes than there are slots, each in an advertisement. */
static void invent_routes(unsigned first)
{
    char text[40];
    for (unsigned i = 0; i < 2u * V6NF_ROUTES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", first + i);
        advertise_route(&router_2, text, 48, PRF_HIGH, INFINITY_SECONDS);
    }
}

static bool has_route(const char *prefix)
{
    const struct v6nf_address address = test_address_of(prefix);
    bool is_there = false;
    for (uint32_t i = V6NF_ROUTERS; i < V6NF_ROUTERS + V6NF_ROUTES; i++) {
        const struct v6nf_route *route = &f.node.routes[i];
        is_there = is_there || (route->valid_until != 0u && v6nf_address_equal(route->prefix.bytes, address.bytes));
    }
    return is_there;
}

/* Of routes via routers that do not answer, the one that was advertised longest ago is evicted. */
static void route_always_finds_a_slot_among_those_of_silent_routers(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, PRF_LOW);
    invent_routes(0x1000);
    assert_false(has_route("2001:db8:1000::"));
    advertise_route(&router_1, "2001:db8:ffff::", 48, PRF_LOW, 600);
    assert_true(has_route("2001:db8:ffff::"));
}

/* No number of invented routes, with any preference and lifetime, evicts one via a router that answers. */
static void route_via_a_router_that_answers_is_not_evicted(void **state)
{
    (void)state;
    fixture_start_host(&f);
    advertise(&router_1, PRF_LOW);
    advertise_route(&router_1, "2001:db8:ffff::", 48, PRF_LOW, INFINITY_SECONDS);
    fixture_let_router_answer(&f, &router_1);
    invent_routes(0x1000);
    assert_true(has_route("2001:db8:ffff::"));
    assert_next_hop(&f, FAR, &router_1);
}
#endif

/* -- The link goes down and up ------------------------------------------------------------------------------------- */

#define FORMED "2001:db8:7::ff:fe00:1"
#define NEAR "2001:db8:7::5"

/* The router advertises a prefix, and with it the node's address FORMED. */
static void advertise_network(const struct test_station *router, const char *prefix)
{
    frame_ra(&in, router, 9000, 0);
    ra_link_layer(&in, router->mac);
    ra_prefix(&in, prefix, 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    fixture_input_silent(&f, &in);
}

/* Start on a link, and connect to perhaps another. */
static void change_link(void)
{
    fixture_start_discovery(&f, 1, 1, NULL);
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise_network(&router_1, "2001:db8:7::");
    fixture_run_until(&f, f.now + 3u * SECOND);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND); /* detection, and the Router Solicitation */
}

#if V6NF_ROUTER_MEMORY
static bool is_sending_from(const char *destination, const char *source)
{
    uint8_t address[16];
    test_address(address, source);
    fixture_udp_send(&f, 1000, destination, 2000, 0);
    return f.out.length >= 62u && memcmp(f.out.bytes + 22, address, 16) == 0;
}

/* The router answers: it is the same link, and connections go on (RFC 6059). */
static void link_up_resumes_the_same_link(void **state)
{
    (void)state;
    change_link();
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    assert_no_route(&f, FAR); /* the router may be another with the same address */
    advertise_network(&router_1, "2001:db8:7::");
    assert_next_hop(&f, FAR, &router_1);
    assert_true(is_sending_from(FAR, FORMED));
    fixture_run_until(&f, f.now + 3600u * SECOND);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    assert_next_hop(&f, NEAR, &(struct test_station){.mac = "02:00:00:00:00:05", .address = NEAR});
}

/* A router answers that advertises only itself, as before. */
static void link_up_resumes_a_link_without_prefixes(void **state)
{
    (void)state;
    change_link();
    advertise(&router_1, 0);
    assert_non_null(fixture_find_own(&f, FORMED));
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_null(fixture_find_own(&f, FORMED)); /* no router has advertised it again */
}

/* Another router answers, or one with the same address and another prefix. No packet is sent via it from an address of
 * the link before. */
static void link_up_forgets_the_link_before_when_a_router_of_another_answers(void **state)
{
    static const struct test_station *const routers[] = {&router_2, &router_1};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        change_link();
        advertise_network(routers[i], "2001:db8:8::");
        assert_null(fixture_find_own(&f, FORMED));
        assert_next_hop(&f, FAR, routers[i]);
        assert_false(is_sending_from(FAR, FORMED));
        assert_next_hop(&f, NEAR, routers[i]); /* the prefix is not on-link any more */
        fixture_run_until(&f, f.now + 3u * SECOND);
        assert_true(is_sending_from(FAR, "2001:db8:8::ff:fe00:1"));
    }
}

/* One of two routers answers. What the other one advertised is kept until it answers, too. */
static void link_up_resumes_a_link_with_two_routers(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 0, NULL);
    advertise_network(&router_1, "2001:db8:7::");
    advertise_network(&router_2, "2001:db8:8::");
    v6nf_node_link_up(&f.node, f.now);
    advertise_network(&router_1, "2001:db8:7::");
    assert_non_null(fixture_find_own(&f, "2001:db8:8::ff:fe00:1"));
    assert_next_hop(&f, FAR, &router_1);
    fixture_run_until(&f, f.now + 5u * SECOND);
    advertise_network(&router_2, "2001:db8:8::");
    fixture_run_until(&f, f.now + 100u * SECOND);
    assert_non_null(fixture_find_own(&f, FORMED));
    assert_non_null(fixture_find_own(&f, "2001:db8:8::ff:fe00:1"));
}

/* A second router of the same link, which was not known before, does not end what the first has said. */
static void link_up_resumes_a_link_with_one_more_router(void **state)
{
    (void)state;
    change_link();
    advertise_network(&router_1, "2001:db8:7::");
    advertise_network(&router_2, "2001:db8:8::");
    assert_non_null(fixture_find_own(&f, FORMED));
    assert_non_null(fixture_find_own(&f, "2001:db8:8::ff:fe00:1"));
}
#endif

/* Without a router, nothing of the link before stays, not even with infinite lifetimes. */
static void link_up_forgets_the_link_before_when_no_router_answers(void **state)
{
    (void)state;
    change_link();
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_int_equal(f.node.addresses_used, 1);
    assert_no_route(&f, FAR);
    assert_no_route(&f, NEAR);
    for (uint32_t i = 0; i < V6NF_ROUTERS + V6NF_ROUTES + V6NF_PREFIXES; i++) {
        assert_int_equal(f.node.routes[i].valid_until, 0);
    }
#if V6NF_DNS
    struct v6nf_address server;
    assert_false(v6nf_node_dns_server(&f.node, 0, &server, f.now));
#endif
}

/* What the program configured stays. */
static void link_up_keeps_what_is_configured(void **state)
{
    (void)state;
    fixture_start_host(&f);
    fixture_set_gateway(&f, GATEWAY);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_non_null(fixture_find_own(&f, NODE_GLOBAL));
    assert_next_hop(&f, FAR, &f.gateway);
}

static void link_up_restarts_router_discovery(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise(&router_1, 0);
    fixture_run_until(&f, f.now + 100u * SECOND);
    fixture_mark(&f);
    v6nf_node_link_up(&f.node, f.now);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_TENTATIVE);
    assert_neighbor(&f, router_1.address, V6NF_NEIGHBOR_FREE, NULL);
    fixture_run_until(&f, f.now + 2u * SECOND);
    assert_sent_count(&f, 2);
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    assert_frame(&f.sent[0].frame, &expected);
    frame_node_rs(&expected, NODE_LINK_LOCAL);
    assert_frame(&f.sent[1].frame, &expected);
}

/* A tentative address sends no solicitation, even if one was due. */
static void solicitation_that_was_due_waits_for_the_address(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_run_until(&f, v6nf_node_next_due(&f.node) - 1u);
    fixture_mark(&f);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_sent_count(&f, 2);
    frame_node_detection(&expected, NODE_LINK_LOCAL);
    assert_frame(&f.sent[0].frame, &expected);
    frame_node_rs(&expected, NODE_LINK_LOCAL);
    assert_frame(&f.sent[1].frame, &expected);
}

/* Unknown hosts of the link ping the node, which resolves as many of them at once as it may. */
static void ping_from_unknown_hosts(void)
{
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        char mac[18];
        char address[40];
        snprintf(mac, sizeof mac, "06:00:00:00:%02x:%02x", i >> 8 & 0xFFu, i & 0xFFu);
        snprintf(address, sizeof address, "fe80::bad:%x", i);
        const struct test_station host = {.mac = mac, .address = address};
        frame_echo_request(&in, &host, NODE_LINK_LOCAL, 7, 1, 8);
        fixture_input(&f, &in);
    }
}

/* The program's datagram waits for the first router, which turns out to be a host. It then waits for the second one.
 * The resolution of that is the program's, too: no limit for unknown hosts applies. */
static void datagram_that_waited_keeps_its_precedence(void **state)
{
    (void)state;
    fixture_start_host(&f);
    frame_ra(&in, &router_1, 1800, 0);
    fixture_input_silent(&f, &in);
    frame_ra(&in, &router_2, 1800, 0);
    fixture_input_silent(&f, &in);
    fixture_udp_send(&f, 1000, FAR, 2000, 3);
    frame_node_ns(&expected, NODE_GLOBAL, router_1.address);
    assert_frame(&f.out, &expected);
    ping_from_unknown_hosts();
    assert_true(f.node.counters[V6NF_NEIGHBORS_EVICTED] != 0u); /* unknown hosts: the limit is reached */
    frame_na(&in, NODE_MAC, router_1.mac, router_1.address, NODE_GLOBAL, router_1.address, NA_S | NA_O, router_1.mac);
    fixture_input(&f, &in);
    frame_node_ns(&expected, NODE_GLOBAL, router_2.address);
    assert_frame(&f.out, &expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routers_are_solicited_when_the_link_local_address_is_valid),
        cmocka_unit_test(first_solicitation_is_delayed_at_random),
        cmocka_unit_test(solicitations_back_off),
        cmocka_unit_test(solicitations_end_when_a_default_router_answers),
        cmocka_unit_test(one_solicitation_is_sent_in_any_case),
        cmocka_unit_test(invalid_advertisements_do_not_answer),
        cmocka_unit_test(without_autoconfiguration_routers_are_ignored),
        cmocka_unit_test(advertisement_from_an_own_address_is_dropped),
        cmocka_unit_test(disabled_node_sends_no_solicitation),
        cmocka_unit_test(cur_hop_limit_is_used_unless_it_is_0),
        cmocka_unit_test(reachable_time_is_random_around_the_advertised_value),
        cmocka_unit_test(retrans_timer_is_the_advertised_value),
        cmocka_unit_test(tiny_hop_limit_is_ignored),
        cmocka_unit_test(retrans_timer_has_limits),
#if V6NF_ROUTER_MEMORY
        cmocka_unit_test(parameters_end_when_no_router_repeats_them),
        cmocka_unit_test(each_parameter_ends_for_itself),
        cmocka_unit_test(repeated_parameters_stay),
#endif
        cmocka_unit_test(parameters_are_the_configured_ones_on_the_next_link),
        cmocka_unit_test(mtu_is_the_advertised_value_within_limits),
        cmocka_unit_test(unknown_options_are_skipped),
        cmocka_unit_test(advertisement_contains_the_link_layer_address_of_the_router),
        cmocka_unit_test(advertisement_resolves_an_incomplete_entry),
        cmocka_unit_test(router_is_used_for_its_lifetime),
        cmocka_unit_test(router_with_lifetime_0_is_not_used),
        cmocka_unit_test(preferred_router_is_used),
        cmocka_unit_test(reachable_router_is_used_before_a_preferred_one),
        cmocka_unit_test(other_router_is_used_when_one_does_not_answer),
        cmocka_unit_test(unresolved_routers_are_used_round_robin),
        cmocka_unit_test(router_that_becomes_a_host_is_not_used),
        cmocka_unit_test(configured_gateway_is_kept_with_any_advertisement),
        cmocka_unit_test(invented_routers_do_not_evict_one_that_answers),
        cmocka_unit_test(router_always_finds_a_slot_among_silent_ones),
#if V6NF_ROUTER_MEMORY
        cmocka_unit_test(router_in_use_is_evicted_last),
        cmocka_unit_test(preferred_router_is_used_once_it_answers),
#endif
#if V6NF_ROUTER_MEMORY && V6NF_ROUTERS >= 3u
        cmocka_unit_test(silent_routers_are_asked_at_once),
#endif
        cmocka_unit_test(expired_router_is_not_used),
        cmocka_unit_test(advertisement_is_processed_with_a_full_neighbor_cache),
#if V6NF_ROUTES > 0u
        cmocka_unit_test(longest_prefix_match_is_used),
        cmocka_unit_test(route_with_reserved_preference_is_ignored),
        cmocka_unit_test(routes_of_equal_length_are_chosen_by_preference),
        cmocka_unit_test(route_to_everything_is_a_default_router),
        cmocka_unit_test(routes_expire),
        cmocka_unit_test(flood_of_routes_evicts_no_default_router),
        cmocka_unit_test(route_always_finds_a_slot_among_those_of_silent_routers),
        cmocka_unit_test(route_via_a_router_that_answers_is_not_evicted),
#endif
#if V6NF_ROUTER_MEMORY
        cmocka_unit_test(link_up_resumes_the_same_link),
        cmocka_unit_test(link_up_resumes_a_link_without_prefixes),
        cmocka_unit_test(link_up_forgets_the_link_before_when_a_router_of_another_answers),
        cmocka_unit_test(link_up_resumes_a_link_with_two_routers),
        cmocka_unit_test(link_up_resumes_a_link_with_one_more_router),
#endif
        cmocka_unit_test(link_up_forgets_the_link_before_when_no_router_answers),
        cmocka_unit_test(link_up_keeps_what_is_configured),
        cmocka_unit_test(link_up_restarts_router_discovery),
        cmocka_unit_test(solicitation_that_was_due_waits_for_the_address),
        cmocka_unit_test(packet_to_a_probed_router_gets_all_solicitations),
        cmocka_unit_test(unreachable_router_is_probed_once_a_minute),
        cmocka_unit_test(datagram_that_waited_keeps_its_precedence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
