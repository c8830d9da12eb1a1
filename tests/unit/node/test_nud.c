/* test_nud.c: the states of a neighbor (RFC 4861, 7.2.3, 7.2.5, 7.3 and appendix C). */
#include "fixture_exchange.h"

#include <string.h>

#define OTHER_MAC "02:00:00:00:00:99"

static const enum v6nf_neighbor_state all_states[] = {V6NF_NEIGHBOR_FREE,      V6NF_NEIGHBOR_INCOMPLETE,
                                                      V6NF_NEIGHBOR_REACHABLE, V6NF_NEIGHBOR_STALE,
                                                      V6NF_NEIGHBOR_DELAY,     V6NF_NEIGHBOR_PROBE};
static const char *const state_names[] = {"no entry", "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE"};

#define STATES (sizeof all_states / sizeof *all_states)

/* Check that a datagram to the peer is sent to `mac` at once. */
static void assert_packet_goes_to(const char *mac)
{
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    frame_udp(&expected, mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 3);
    assert_frame(&f.out, &expected);
}

/* Return the time at which the entry changes by itself. */
static uint64_t timer_of(const struct v6nf_neighbor *neighbor)
{
    return neighbor->state == V6NF_NEIGHBOR_REACHABLE ? neighbor->reachable_until : fixture_neighbor_due(&f, neighbor);
}

static void peer_advertises(uint8_t flags, const char *option)
{
    const char *to = (flags & NA_S) != 0u ? NODE_GLOBAL : "ff02::1";
    const char *mac = (flags & NA_S) != 0u ? NODE_MAC : "33:33:00:00:00:01";
    frame_na(&in, mac, f.peer.mac, f.peer.address, to, f.peer.address, flags, option);
    fixture_input(&f, &in);
}

/* -- Timing (7.3.2, 7.3.3) ----------------------------------------------------------------------------------------- */

/* ReachableTime is its base, 30 s, multiplied by a random factor of 0.5 to 1.5 (6.3.2, 6.3.4). */
static void reachable_time_is_random_between_15_and_45_seconds(void **state)
{
    uint64_t shortest = UINT64_MAX;
    uint64_t longest = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 200u; seed++) {
        fixture_start_with(&f, seed, 1500);
        uint64_t time = f.node.reachable_time;
        assert_true(time >= 15u * SECOND && time <= 45u * SECOND);
        shortest = time < shortest ? time : shortest;
        longest = time > longest ? time : longest;
    }
    assert_true(shortest < 17u * SECOND); /* 200 numbers cover all of these unless the generator is broken */
    assert_true(longest > 43u * SECOND);
}

/* Two nodes with one seed differ by their Ethernet addresses. */
static void nodes_with_different_ethernet_addresses_draw_different_times(void **state)
{
    static struct v6nf_node a;
    static struct v6nf_node b;
    uint8_t mac[6];
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .dad_transmits = 1, .seed = 5};
    (void)state;
    test_mac(mac, "02:00:00:00:00:0a");
    assert_int_equal(v6nf_node_init(&a, &config, 0), V6NF_OK);
    test_mac(mac, "02:00:00:00:00:0b");
    assert_int_equal(v6nf_node_init(&b, &config, 0), V6NF_OK);
    assert_true(a.reachable_time != b.reachable_time);
    assert_true(a.addresses[0].due != b.addresses[0].due);
}

static void neighbor_is_reachable_for_reachable_time_and_no_longer(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    uint64_t end = f.now + f.node.reachable_time;
    fixture_run_until(&f, end - 1u);
    assert_packet_goes_to(f.peer.mac);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    fixture_run_until(&f, end);
    assert_packet_goes_to(f.peer.mac);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, f.peer.mac); /* STALE, and used */
    fixture_run_until(&f, end + 5u * SECOND - 1u);
    assert_sent_count(&f, 0);
    fixture_run_until(&f, end + 5u * SECOND);
    frame_node_probe(&expected, NODE_GLOBAL, &f.peer);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, end + 5u * SECOND, &expected);
}

/* Packets do not confirm reachability; only an answer to a solicitation does (7.3.1). */
static void traffic_does_not_prolong_reachability(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    uint64_t end = f.now + f.node.reachable_time;
    while (f.now + SECOND < end) {
        fixture_run_until(&f, f.now + SECOND);
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        fixture_input(&f, &in);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
        assert_frame(&f.out, &expected);
    }
    assert_sent_count(&f, 0);
    fixture_run_until(&f, end);
    assert_packet_goes_to(f.peer.mac);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, f.peer.mac);
}

static void unused_neighbor_costs_no_packet(void **state)
{
    static const enum v6nf_neighbor_state idle[] = {V6NF_NEIGHBOR_REACHABLE, V6NF_NEIGHBOR_STALE};
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        fixture_start(&f);
        fixture_bring_to(&f, &f.peer, idle[i]);
        fixture_run_until(&f, f.now + 7u * 24u * 3600u * SECOND);
        assert_sent_count(&f, 0);
        assert_packet_goes_to(f.peer.mac); /* and is still known */
    }
}

/* Probes are unicast, RetransTimer apart, MAX_UNICAST_SOLICIT of them; then the entry is removed (7.3.3). */
static void silent_neighbor_is_probed_three_times_and_removed(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_STALE);
    uint64_t used = f.now;
    assert_packet_goes_to(f.peer.mac);
    frame_node_probe(&expected, NODE_GLOBAL, &f.peer);
    fixture_run_until(&f, used + 8u * SECOND - 1u);
    assert_sent_count(&f, 3);
    for (unsigned i = 0; i < 3u; i++) {
        assert_sent(&f, i, used + (5u + i) * SECOND, &expected);
    }
    assert_counted(&f, V6NF_ORIGINATED, 1u + 3u); /* the datagram, the probes */
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_PROBE, f.peer.mac);
    assert_counted(&f, V6NF_NEIGHBORS_UNREACHABLE, 0);
    fixture_run_until(&f, used + 8u * SECOND);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_counted(&f, V6NF_NEIGHBORS_UNREACHABLE, 1);
    fixture_run_until(&f, used + 60u * SECOND);
    assert_sent_count(&f, 3);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3); /* address resolution starts again */
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
}

/* Via the gateway it is the same: next-hop determination is done again. */
static void silent_gateway_is_resolved_again(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.gateway, V6NF_NEIGHBOR_PROBE);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 3);
    frame_udp(&expected, f.gateway.mac, NODE_MAC, NODE_GLOBAL, OFF_LINK, 64, 1000, 2000, 3);
    assert_frame(&f.out, &expected);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_FREE, NULL);
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 3);
    frame_node_ns(&expected, NODE_GLOBAL, f.gateway.address);
    assert_frame(&f.out, &expected);
}

static void packets_are_sent_while_the_neighbor_is_probed(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_STALE);
    uint64_t used = f.now;
    for (unsigned tenths = 0; tenths < 80u; tenths++) {
        fixture_run_until(&f, used + tenths * (SECOND / 10u));
        assert_packet_goes_to(f.peer.mac);
    }
    assert_sent_count(&f, 3); /* and the traffic does not delay the probes */
    assert_int_equal(f.sent[0].time, used + 5u * SECOND);
}

static void solicited_answer_in_delay_saves_the_probe(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_DELAY);
    fixture_run_until(&f, f.now + 5u * SECOND - 1u);
    peer_advertises(NA_S | NA_O, f.peer.mac);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_sent_count(&f, 0);
}

static void answer_to_a_probe_makes_the_neighbor_reachable_for_a_new_reachable_time(void **state)
{
    (void)state;
    for (unsigned probes = 1; probes <= 3u; probes++) {
        fixture_start(&f);
        fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_PROBE);
        fixture_run_until(&f, f.now + probes * SECOND - 1u);
        peer_advertises(NA_S | NA_O, f.peer.mac);
        uint64_t end = f.now + f.node.reachable_time;
        fixture_run_until(&f, end - 1u);
        assert_sent_count(&f, probes - 1u);
        assert_packet_goes_to(f.peer.mac);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
        fixture_run_until(&f, end);
        assert_packet_goes_to(f.peer.mac);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, f.peer.mac);
    }
}

/* A probe has the source of the last packet sent (v6LC.2.1.6). */
static void probe_has_the_source_of_the_last_packet(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_STALE);
    frame_echo_request(&in, &f.peer, NODE_LINK_LOCAL, 7, 1, 8);
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 5u * SECOND);
    frame_node_probe(&expected, NODE_LINK_LOCAL, &f.peer);
    assert_sent(&f, 0, f.now, &expected);
}

/* -- Advertisements received: appendix C, row by row --------------------------------------------------------------- */

enum option { NO_OPTION = 1, SAME = 2, DIFFERENT = 4, ANY_OPTION = 7 };
enum result { AS_IT_WAS, TO_REACHABLE, TO_STALE };

#define INCOMPLETE (1u << V6NF_NEIGHBOR_INCOMPLETE)
#define REACHABLE (1u << V6NF_NEIGHBOR_REACHABLE)
#define STALE (1u << V6NF_NEIGHBOR_STALE)
#define DELAY (1u << V6NF_NEIGHBOR_DELAY)
#define PROBE (1u << V6NF_NEIGHBOR_PROBE)
#define NOT_INCOMPLETE (REACHABLE | STALE | DELAY | PROBE)

/* '0', '1', or '*' for both. */
struct transition {
    unsigned states;
    char solicited;
    char override;
    unsigned options;
    enum result result;
    bool records_option; /* the link-layer address is recorded */
    bool sets_is_router; /* IsRouter becomes R */
};

/* The rows of RFC 4861, appendix C, for a received NA, in its order. For the row "INCOMPLETE, no link-layer
 * address", which updates IsRouter there, 7.2.5 says to discard the message. */
static const struct transition transitions[] = {
    {INCOMPLETE, '*', '*', NO_OPTION, AS_IT_WAS, false, false},
    {INCOMPLETE, '0', '*', SAME | DIFFERENT, TO_STALE, true, true},
    {INCOMPLETE, '1', '*', SAME | DIFFERENT, TO_REACHABLE, true, true},
    {NOT_INCOMPLETE, '1', '0', SAME | NO_OPTION, TO_REACHABLE, false, true},
    {REACHABLE, '*', '0', DIFFERENT, TO_STALE, false, false},
    {STALE | PROBE | DELAY, '*', '0', DIFFERENT, AS_IT_WAS, false, false},
    {NOT_INCOMPLETE, '1', '1', ANY_OPTION, TO_REACHABLE, true, true},
    {NOT_INCOMPLETE, '0', '1', DIFFERENT, TO_STALE, true, true},
    {NOT_INCOMPLETE, '0', '1', SAME | NO_OPTION, AS_IT_WAS, false, true},
    {NOT_INCOMPLETE, '0', '0', SAME | NO_OPTION, AS_IT_WAS, false, true},
};

static bool flag_matches(char pattern, bool flag)
{
    return pattern == '*' || (pattern == '1') == flag;
}

/* Return the one row for this message; fail if the table has none or two. */
static const struct transition *find_transition(enum v6nf_neighbor_state prior, uint8_t flags, enum option option)
{
    const struct transition *found = NULL;
    for (unsigned i = 0; i < sizeof transitions / sizeof *transitions; i++) {
        const struct transition *row = &transitions[i];
        if ((row->states & (1u << prior)) != 0u && flag_matches(row->solicited, (flags & NA_S) != 0u) &&
            flag_matches(row->override, (flags & NA_O) != 0u) && (row->options & option) != 0u) {
            assert_null(found);
            found = row;
        }
    }
    assert_non_null(found);
    return found;
}

struct advertisement {
    enum v6nf_neighbor_state prior;
    bool was_router;
    bool multicast;
    uint8_t flags;
    enum option option;
};

static const char *option_mac(const struct advertisement *a)
{
    return a->option == NO_OPTION ? NULL : a->option == SAME ? f.peer.mac : OTHER_MAC;
}

static void prepare(const struct advertisement *a)
{
    fixture_start(&f);
    fixture_bring_to(&f, &f.peer, a->prior);
    if (a->was_router && a->prior != V6NF_NEIGHBOR_FREE && a->prior != V6NF_NEIGHBOR_INCOMPLETE) {
        frame_na(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", f.peer.address, NA_R, NULL);
        fixture_input(&f, &in);
        assert_true(fixture_neighbor(&f, f.peer.address)->router);
        assert_neighbor(&f, f.peer.address, a->prior, f.peer.mac);
    }
    fixture_mark(&f);
}

static void deliver_advertisement(const struct advertisement *a)
{
    frame_na(&in, a->multicast ? "33:33:00:00:00:01" : NODE_MAC, f.peer.mac, f.peer.address,
             a->multicast ? "ff02::1" : NODE_GLOBAL, f.peer.address, a->flags, option_mac(a));
    fixture_input(&f, &in);
}

/* Return the state that the row leads to. A packet that waited was sent, and so STALE became DELAY (7.3.3). */
static enum v6nf_neighbor_state state_after(const struct advertisement *a, const struct transition *row)
{
    switch (row->result) {
    case TO_REACHABLE:
        return V6NF_NEIGHBOR_REACHABLE;
    case TO_STALE:
        return a->prior == V6NF_NEIGHBOR_INCOMPLETE ? V6NF_NEIGHBOR_DELAY : V6NF_NEIGHBOR_STALE;
    default:
        return a->prior;
    }
}

static void check_entry(const struct advertisement *a, const struct transition *row, uint64_t timer_before)
{
    const struct v6nf_neighbor *neighbor = fixture_neighbor(&f, f.peer.address);
    bool keeps_mac = !row->records_option || a->option == NO_OPTION;
    const char *mac = keeps_mac ? f.peer.mac : option_mac(a);
    bool incomplete = row->result == AS_IT_WAS && a->prior == V6NF_NEIGHBOR_INCOMPLETE;
    assert_neighbor(&f, f.peer.address, state_after(a, row), incomplete ? NULL : mac);
    bool was_router = a->was_router && a->prior != V6NF_NEIGHBOR_INCOMPLETE;
    bool is_router = row->sets_is_router ? (a->flags & NA_R) != 0u : was_router;
    if (neighbor->router != is_router) {
        fail_case("IsRouter");
    }
    if (row->result == AS_IT_WAS && timer_of(neighbor) != timer_before) {
        fail_case("the timer must not change");
    }
    if (row->result == TO_REACHABLE && timer_of(neighbor) != f.now + f.node.reachable_time) {
        fail_case("the timer must be ReachableTime");
    }
    if (!incomplete) {
        assert_packet_goes_to(mac);
    }
}

static void check_advertisement(const struct advertisement *a)
{
    prepare(a);
    const struct v6nf_neighbor *neighbor = fixture_neighbor(&f, f.peer.address);
    uint64_t timer_before = neighbor != NULL ? timer_of(neighbor) : 0u;
    deliver_advertisement(a);
    if (a->prior == V6NF_NEIGHBOR_FREE) {
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DROP_NDP_TARGET, 1); /* without an entry the message is discarded (7.2.5) */
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
        return;
    }
    const struct transition *row = find_transition(a->prior, a->flags, a->option);
    if (a->prior == V6NF_NEIGHBOR_INCOMPLETE && row->records_option) {
        frame_udp(&expected, option_mac(a), NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 0);
        assert_frame(&f.out, &expected);
    } else {
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DELIVERED, 1);
    }
    check_entry(a, row, timer_before);
}

/* All combinations of prior state, S, O, R, option, kind of destination and prior IsRouter (v6LC.2.1.16 to 2.1.21). */
static void each_advertisement_has_the_effect_of_appendix_c(void **state)
{
    static const enum option options[] = {NO_OPTION, SAME, DIFFERENT};
    unsigned cases = 0;
    (void)state;
    for (unsigned i = 0; i < STATES * 2u * 2u * 8u * 3u; i++) {
        struct advertisement a = {
            .prior = all_states[i % STATES],
            .was_router = i / STATES % 2u == 1u,
            .multicast = i / (STATES * 2u) % 2u == 1u,
            .flags = (uint8_t)((i / (STATES * 4u) % 8u) * 0x20u),
            .option = options[i / (STATES * 32u)],
        };
        if (a.multicast && (a.flags & NA_S) != 0u) {
            continue; /* invalid (7.1.2) */
        }
        fixture_case("%s, IsRouter %d, %s NA with R S O %02x, option %d (1 none, 2 same, 4 different)",
                     state_names[a.prior], a.was_router, a.multicast ? "multicast" : "unicast", a.flags, a.option);
        cases++;
        check_advertisement(&a);
    }
    fixture_case("%s", "");
    assert_int_equal(cases, 6 * 2 * 3 * (4 + 8));
}

/* A doubt raised by S=0, O=0 and another address leads to a probe of the known address (appendix C). */
static void contradicted_neighbor_is_probed_at_its_known_address(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    peer_advertises(0, OTHER_MAC);
    assert_packet_goes_to(f.peer.mac);
    fixture_run_until(&f, f.now + 5u * SECOND);
    frame_node_probe(&expected, NODE_GLOBAL, &f.peer);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}

/* -- Solicitations received (7.2.3; v6LC.2.1.8 to 2.1.13) ---------------------------------------------------------- */

static void solicit_node(bool multicast, const char *option)
{
    const char *to = multicast ? "ff02::1:ff00:1" : NODE_GLOBAL;
    frame_ns(&in, multicast ? test_group_mac(to) : NODE_MAC, f.peer.mac, f.peer.address, to, NODE_GLOBAL, option);
    fixture_input(&f, &in);
}

/* Check that the entry was or became STALE, with this address. The answer used it: it is in DELAY, until 5 s from
 * now. */
static void assert_stale_and_used(const char *mac)
{
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_DELAY, mac);
    assert_int_equal(fixture_neighbor_due(&f, fixture_neighbor(&f, f.peer.address)), f.now + 5u * SECOND);
}

static void check_solicitation(enum v6nf_neighbor_state prior, bool multicast, bool different)
{
    const char *mac = different ? OTHER_MAC : f.peer.mac;
    bool known = prior != V6NF_NEIGHBOR_FREE && prior != V6NF_NEIGHBOR_INCOMPLETE;
    fixture_start(&f);
    fixture_bring_to(&f, &f.peer, prior);
    if (known) {
        fixture_run_until(&f, f.now + SECOND / 2u); /* so that old and new timers differ */
    }
    uint64_t due = known ? timer_of(fixture_neighbor(&f, f.peer.address)) : 0u;
    fixture_mark(&f);
    solicit_node(multicast, mac);
    frame_na(&expected, mac, NODE_MAC, NODE_GLOBAL, f.peer.address, NODE_GLOBAL, NA_S | NA_O, NODE_MAC);
    assert_frame(&f.out, &expected);
    if (!known || different || prior == V6NF_NEIGHBOR_STALE) {
        assert_stale_and_used(mac);
    } else {
        assert_neighbor(&f, f.peer.address, prior, mac);
        assert_int_equal(timer_of(fixture_neighbor(&f, f.peer.address)), due);
    }
    assert_false(fixture_neighbor(&f, f.peer.address)->router);
    fixture_tick(&f);
    assert_sent_count(&f, prior == V6NF_NEIGHBOR_INCOMPLETE ? 1 : 0);
    if (prior == V6NF_NEIGHBOR_INCOMPLETE) { /* the packet that waited */
        frame_udp(&expected, mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 0);
        assert_sent(&f, 0, f.now, &expected);
    }
}

static void solicitation_with_address_updates_the_entry_in_each_state(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STATES; i++) {
        for (unsigned j = 0; j < 4u; j++) {
            fixture_case("%s, %s NS, %s address", state_names[i], j % 2u == 1u ? "multicast" : "unicast",
                         j / 2u == 1u ? "different" : "same");
            check_solicitation(all_states[i], j % 2u == 1u, j / 2u == 1u);
        }
    }
    fixture_case("%s", "");
}

/* A solicitation does not change IsRouter (7.2.3; v6LC.2.1.13). */
static void solicitation_does_not_change_is_router(void **state)
{
    static const char *const options[] = {NULL, "02:00:00:00:00:02", OTHER_MAC};
    (void)state;
    for (unsigned i = 0; i < 6u; i++) {
        fixture_start(&f);
        fixture_make_reachable(&f, &f.peer);
        peer_advertises(NA_R, NULL);
        assert_true(fixture_neighbor(&f, f.peer.address)->router);
        solicit_node(i % 2u == 1u, options[i / 2u]);
        assert_true(fixture_neighbor(&f, f.peer.address)->router);
    }
}

/* Nothing is learned from a solicitation without the option (v6LC.2.1.9 C). */
static void solicitation_without_address_does_not_change_an_incomplete_entry(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_INCOMPLETE);
    solicit_node(false, NULL);
    assert_nothing(&f.out); /* the answer waits, too */
    assert_counted(&f, V6NF_KEPT, 1);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_tick(&f);
    if (V6NF_WAITING_PER_NEIGHBOR > 1u) {
        frame_node_na(&expected, &f.peer, NODE_GLOBAL);
        assert_sent(&f, 0, f.now, &expected);
    }
}

/* The node's answer uses the entry that it made, and a used entry is verified (7.3.3). */
static void unknown_solicitor_is_probed_after_the_answer(void **state)
{
    uint64_t begin = f.now;
    (void)state;
    solicit_node(true, f.peer.mac);
    fixture_run_until(&f, begin + 60u * SECOND);
    frame_node_probe(&expected, NODE_GLOBAL, &f.peer);
    assert_sent_count(&f, 3);
    assert_sent(&f, 0, begin + 5u * SECOND, &expected);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
}

/* -- next_due ------------------------------------------------------------------------------------------------------ */

/* What is received, and when, in milliseconds from the start: resolution, failure, NUD, and both kinds of
 * contradiction. */
static void play_event(unsigned event)
{
    const struct test_station other = {.mac = OTHER_MAC, .address = "2001:db8::9"};
    switch (event) {
    case 0:
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 0);
        break;
    case 1:
        frame_answer(&in, &f.peer, NODE_GLOBAL);
        fixture_input(&f, &in);
        break;
    case 2:
        frame_echo_request(&in, &other, NODE_GLOBAL, 7, 1, 8);
        fixture_input(&f, &in);
        break;
    case 3:
        fixture_udp_send(&f, 1000, OFF_LINK, 2000, 0);
        break;
    case 4:
        peer_advertises(NA_O, OTHER_MAC);
        break;
    case 5:
        fixture_add_address(&f, "2001:db8:7::1", 64);
        break;
    case 6:
        frame_ns(&in, NODE_MAC, f.gateway.mac, f.gateway.address, NODE_LINK_LOCAL, NODE_LINK_LOCAL, f.gateway.mac);
        fixture_input(&f, &in);
        break;
    default:
        fail();
    }
}

static const struct {
    unsigned time;
    unsigned event;
} script[] = {{100, 0},   {150, 0},    {1700, 1},   {2000, 2},   {2500, 3},   {3900, 6},   {20000, 0},
              {21000, 4}, {22000, 0},  {27500, 1},  {28000, 5},  {40000, 0},  {75000, 0},  {80500, 1},
              {81000, 3}, {140000, 0}, {150000, 2}, {151999, 3}, {152000, 2}, {155000, 4}, {200000, 0}};

#define SCRIPT (sizeof script / sizeof *script)

static void play(uint64_t step)
{
    fixture_start(&f);
    f.node.dad_transmits = 2; /* for the address that is added later */
    f.step = step;
    uint64_t begin = f.now;
    for (unsigned i = 0; i < SCRIPT; i++) {
        fixture_run_until(&f, begin + script[i].time * MILLISECOND);
        play_event(script[i].event);
    }
    fixture_run_until(&f, begin + 220u * SECOND);
}

static void next_due_is_never_too_late(void **state)
{
    static struct fixture by_due;
    (void)state;
    play(0);
    by_due = f;
    play(MILLISECOND);
    assert_int_equal(f.sent_lost, 0);
    assert_true(f.sent_count >= 20u);
    assert_sent_count(&by_due, f.sent_count);
    for (uint32_t i = 0; i < f.sent_count; i++) {
        assert_frame(&by_due.sent[i].frame, &f.sent[i].frame);
        assert_true(by_due.sent[i].time <= f.sent[i].time);
        assert_true(by_due.sent[i].time + MILLISECOND >= f.sent[i].time);
    }
}

/* A tick at each moment before next_due finds nothing to do. */
static void nothing_is_due_before_next_due(void **state)
{
    static struct v6nf_node eager;
    uint8_t frame[1514];
    (void)state;
    fixture_start(&f);
    f.node.dad_transmits = 2;
    uint64_t begin = f.now;
    for (unsigned i = 0; i < SCRIPT; i++) {
        while (f.now < begin + script[i].time * MILLISECOND) {
            fixture_run_until(&f, f.now + 5u * MILLISECOND);
            eager = f.node;
            eager.next_due = 0;
            assert_int_equal(v6nf_node_tick(&eager, frame, sizeof frame, f.now), 0);
            assert_memory_equal(eager.neighbors, f.node.neighbors, sizeof eager.neighbors);
            assert_memory_equal(eager.addresses, f.node.addresses, sizeof eager.addresses);
        }
        play_event(script[i].event);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reachable_time_is_random_between_15_and_45_seconds),
        cmocka_unit_test(nodes_with_different_ethernet_addresses_draw_different_times),
        cmocka_unit_test_setup(neighbor_is_reachable_for_reachable_time_and_no_longer, setup_node),
        cmocka_unit_test_setup(traffic_does_not_prolong_reachability, setup_node),
        cmocka_unit_test_setup(unused_neighbor_costs_no_packet, setup_node),
        cmocka_unit_test_setup(silent_neighbor_is_probed_three_times_and_removed, setup_node),
        cmocka_unit_test_setup(silent_gateway_is_resolved_again, setup_node),
        cmocka_unit_test_setup(packets_are_sent_while_the_neighbor_is_probed, setup_node),
        cmocka_unit_test_setup(solicited_answer_in_delay_saves_the_probe, setup_node),
        cmocka_unit_test_setup(answer_to_a_probe_makes_the_neighbor_reachable_for_a_new_reachable_time, setup_node),
        cmocka_unit_test_setup(probe_has_the_source_of_the_last_packet, setup_node),
        cmocka_unit_test(each_advertisement_has_the_effect_of_appendix_c),
        cmocka_unit_test_setup(contradicted_neighbor_is_probed_at_its_known_address, setup_node),
        cmocka_unit_test(solicitation_with_address_updates_the_entry_in_each_state),
        cmocka_unit_test(solicitation_does_not_change_is_router),
        cmocka_unit_test_setup(solicitation_without_address_does_not_change_an_incomplete_entry, setup_node),
        cmocka_unit_test_setup(unknown_solicitor_is_probed_after_the_answer, setup_node),
        cmocka_unit_test(next_due_is_never_too_late),
        cmocka_unit_test(nothing_is_due_before_next_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
