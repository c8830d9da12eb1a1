/* test_neighbor_cache.c: the Neighbor Cache when it is full (RFC 6583). Unknown hosts may only use entries that are
 * not needed. */
#include "fixture_exchange.h"

#include <stdio.h>
#include <string.h>

#define UNKNOWN_HOSTS 10000u

struct unknown_host {
    char mac[18];
    char address[40];
    struct test_station station;
};

/* Return one of 16 million stations on the link that the node has not heard of. */
static const struct test_station *unknown_host(unsigned number)
{
    static struct unknown_host s;
    snprintf(s.mac, sizeof s.mac, "06:00:00:%02x:%02x:%02x", number >> 16 & 0xFFu, number >> 8 & 0xFFu, number & 0xFFu);
    snprintf(s.address, sizeof s.address, "2001:db8::bad:%x:%x", number >> 16 & 0xFFu, number & 0xFFFFu);
    s.station = (struct test_station){.mac = s.mac, .address = s.address};
    return &s.station;
}

static void unknown_host_solicits(unsigned number)
{
    const struct test_station *from = unknown_host(number);
    frame_ns(&in, "33:33:ff:00:00:01", from->mac, from->address, "ff02::1:ff00:1", NODE_GLOBAL, from->mac);
    fixture_input(&f, &in);
}

static void unknown_host_pings(unsigned number)
{
    frame_echo_request(&in, unknown_host(number), NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
}

static void unknown_host_pings_and_answers(unsigned number)
{
    unknown_host_pings(number);
    frame_answer(&in, unknown_host(number), NODE_GLOBAL);
    fixture_input(&f, &in);
}

/* Check that a packet to the peer, or to an off-link destination via the gateway, is sent at once to the right
 * station. */
static void assert_known(const struct test_station *station)
{
    const char *to = station == &f.gateway ? OFF_LINK : station->address;
    fixture_udp_send(&f, 1000, to, 2000, 3);
    frame_udp(&expected, station->mac, NODE_MAC, NODE_GLOBAL, to, 64, 1000, 2000, 3);
    assert_frame(&f.out, &expected);
}

static void flood(void (*contact)(unsigned), unsigned from, unsigned count, uint64_t interval)
{
    for (unsigned i = 0; i < count; i++) {
        contact(from + i);
        f.now += interval;
        fixture_tick(&f);
    }
}

/* -- Entries that stay --------------------------------------------------------------------------------------------- */

static void assert_peer_and_gateway_survive(void (*contact)(unsigned))
{
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    fixture_make_reachable(&f, &f.gateway);
    flood(contact, 0, UNKNOWN_HOSTS, 100); /* in a second: no ReachableTime expires */
    assert_true(fixture_counted(&f, V6NF_NEIGHBORS_EVICTED) + fixture_counted(&f, V6NF_DROP_NO_NEIGHBOR) >=
                UNKNOWN_HOSTS - V6NF_NEIGHBORS);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_REACHABLE, f.gateway.mac);
    assert_known(&f.peer);
    assert_known(&f.gateway);
}

static void peer_and_gateway_survive_unknown_hosts_that_solicit(void **state)
{
    (void)state;
    assert_peer_and_gateway_survive(unknown_host_solicits);
}

static void peer_and_gateway_survive_unknown_hosts_that_ping(void **state)
{
    (void)state;
    assert_peer_and_gateway_survive(unknown_host_pings);
}

/* This holds while they are not used and no longer REACHABLE, too. */
static void idle_peer_and_gateway_survive_unknown_hosts(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_STALE);
    fixture_bring_to(&f, &f.gateway, V6NF_NEIGHBOR_STALE);
    fixture_run_until(&f, f.now + 3600u * SECOND);
    flood(unknown_host_solicits, 0, 1000, 100);
    assert_known(&f.peer);
    assert_known(&f.gateway);
}

/* The gateway stays even if all hosts answer, and while it is INCOMPLETE. */
static void gateway_is_never_evicted(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 3);
    flood(unknown_host_pings_and_answers, 0, 3u * V6NF_NEIGHBORS, 100);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    fixture_make_reachable(&f, &f.gateway);
    flood(unknown_host_pings_and_answers, 1000, 3u * V6NF_NEIGHBORS, 100);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_REACHABLE, f.gateway.mac);
    flood(unknown_host_solicits, 2000, 3u * V6NF_NEIGHBORS, 100);
    assert_known(&f.gateway);
}

/* Among neighbors that answered, the least recently used is evicted. */
static void least_recently_used_neighbor_is_evicted_first(void **state)
{
    const uint64_t step = 1000;
    char evicted[40];
    (void)state;
    flood(unknown_host_pings_and_answers, 0, V6NF_NEIGHBORS, step);
    assert_counted(&f, V6NF_NEIGHBORS_EVICTED, 0);
    unknown_host_pings(0); /* used again: now 1 is the oldest */
    f.now += step;
    unknown_host_pings_and_answers(V6NF_NEIGHBORS);
    assert_counted(&f, V6NF_NEIGHBORS_EVICTED, 1);
    memcpy(evicted, unknown_host(1)->address, sizeof evicted);
    assert_neighbor(&f, evicted, V6NF_NEIGHBOR_FREE, NULL);
    for (unsigned i = 0; i <= V6NF_NEIGHBORS; i++) {
        if (i != 1u) {
            assert_neighbor(&f, unknown_host(i)->address, V6NF_NEIGHBOR_REACHABLE, NULL);
        }
    }
}

/* Use counts in each state, not only in REACHABLE. */
static void used_neighbor_in_delay_is_not_evicted_first(void **state)
{
    (void)state;
    flood(unknown_host_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    fixture_run_until(&f, f.now + 46u * SECOND); /* no neighbor is REACHABLE any longer */
    unknown_host_pings(0);
    assert_neighbor(&f, unknown_host(0)->address, V6NF_NEIGHBOR_DELAY, NULL);
    f.now += 1000;
    unknown_host_pings_and_answers(V6NF_NEIGHBORS);
    assert_neighbor(&f, unknown_host(0)->address, V6NF_NEIGHBOR_DELAY, NULL);
    assert_neighbor(&f, unknown_host(1)->address, V6NF_NEIGHBOR_FREE, NULL);
}

/* With any number of unknown hosts, most of the hosts that answered stay. */
static void unknown_hosts_evict_at_most_a_quarter_of_the_hosts_that_answered(void **state)
{
    const unsigned quarter = V6NF_NEIGHBORS / 4u;
    (void)state;
    flood(unknown_host_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    flood(unknown_host_solicits, UNKNOWN_HOSTS, 10u * V6NF_NEIGHBORS, 1000);
    for (unsigned i = quarter; i < V6NF_NEIGHBORS; i++) {
        assert_neighbor(&f, unknown_host(i)->address, V6NF_NEIGHBOR_REACHABLE, NULL);
    }
    assert_neighbor(&f, unknown_host(quarter - 1u)->address, V6NF_NEIGHBOR_FREE, NULL);
}

/* A cache full of neighbors that were reachable once still resolves several at a time, an unknown host among them. */
static void new_peers_are_resolved_next_to_old_ones(void **state)
{
    const struct test_station first = {.mac = "02:00:00:00:0a:01", .address = "2001:db8::a1"};
    const struct test_station second = {.mac = "02:00:00:00:0a:02", .address = "2001:db8::a2"};
    (void)state;
    flood(unknown_host_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    fixture_run_until(&f, f.now + 86400u * SECOND);
    frame_echo_request(&in, &first, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_request(&in, &second, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_answer(&in, &first, NODE_GLOBAL);
    fixture_input(&f, &in);
    unknown_host_pings(5000);
    frame_answer(&in, &second, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_neighbor(&f, first.address, V6NF_NEIGHBOR_REACHABLE, first.mac);
    assert_neighbor(&f, second.address, V6NF_NEIGHBOR_REACHABLE, second.mac);
}

/* A neighbor that the program sent to yields after all those that only asked something of the node, even if they all
 * answered, and it was used before them. */
static void hosts_that_answer_evict_no_neighbor_of_the_program(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    assert_known(&f.peer);
    f.now += 1000;
    flood(unknown_host_pings_and_answers, 0, 3u * V6NF_NEIGHBORS, 1000);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
}

/* Others have the same addresses on another link. The node asks again. */
static void neighbors_are_forgotten_on_another_link(void **state)
{
    (void)state;
    fixture_make_reachable(&f, &f.peer);
    assert_known(&f.peer);
    v6nf_node_link_up(&f.node, f.now);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
}

/* -- Functions that still work ------------------------------------------------------------------------------------- */

static void resolve_peer(unsigned hosts_between, void (*contact)(unsigned), unsigned from)
{
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    flood(contact, from, hosts_between, 10);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    fixture_input(&f, &in);
    if (f.out.length == 0u) {
        fixture_tick(&f);
    }
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    assert_known(&f.peer);
}

static void new_peer_is_resolved_after_the_flood(void **state)
{
    (void)state;
    flood(unknown_host_solicits, 0, UNKNOWN_HOSTS / 2u, 100);
    flood(unknown_host_pings, UNKNOWN_HOSTS, UNKNOWN_HOSTS / 2u, 100);
    fixture_mark(&f);
    resolve_peer(0, unknown_host_pings, 0);
}

/* The answer arrives before as many unknown hosts as the cache has entries. */
static void new_peer_is_resolved_during_the_flood(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        void (*const contact)(unsigned) = i == 0u ? unknown_host_solicits : unknown_host_pings;
        fixture_start(&f);
        flood(contact, 0, UNKNOWN_HOSTS / 4u, 10);
        resolve_peer(V6NF_NEIGHBORS - 2u, contact, UNKNOWN_HOSTS);
        flood(contact, 2u * UNKNOWN_HOSTS, UNKNOWN_HOSTS / 4u, 10);
        assert_known(&f.peer);
    }
}

/* A packet that waited for an evicted neighbor is counted and removed. */
static void packets_of_an_evicted_neighbor_are_dropped_and_counted(void **state)
{
    struct test_station first = {.mac = "02:00:00:00:00:33", .address = "2001:db8::33"};
    (void)state;
    frame_echo_request(&in, &first, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    f.now += 1000;
    flood(unknown_host_pings, 0, V6NF_NEIGHBORS, 10);
    assert_neighbor(&f, first.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_true(fixture_counted(&f, V6NF_DROP_WAITING_FULL) >= 1u);
    fixture_mark(&f);
    frame_answer(&in, &first, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1000, first.address, 2000, 4); /* not to the neighbor that has its entry now */
    frame_node_ns(&expected, NODE_GLOBAL, first.address);
    assert_frame(&f.out, &expected);
}

/* The program's packet waits for its neighbor, with any number of unknown hosts meanwhile (RFC 6583, 7.2). */
static void unknown_hosts_do_not_evict_neighbors_of_the_program(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        fixture_start(&f);
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
        flood(i == 0u ? unknown_host_solicits : unknown_host_pings, 0, UNKNOWN_HOSTS, 10);
        frame_answer(&in, &f.peer, NODE_GLOBAL);
        fixture_input(&f, &in);
        frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 3);
        assert_frame(&f.out, &expected);
    }
}

/* Return the number of entries that are being resolved. */
static unsigned count_incomplete(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        count += f.node.neighbors[i].state == V6NF_NEIGHBOR_INCOMPLETE ? 1u : 0u;
    }
    return count;
}

/* A scan makes the node resolve a quarter of its cache at once. The request that is unanswered for the longest time
 * yields to the next, so that each host has its chance (RFC 6583, 7.1). */
static void concurrent_resolutions_of_unknown_hosts_are_limited(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNKNOWN_HOSTS; i++) {
        unknown_host_pings(i);
        assert_true(count_incomplete() <= V6NF_NEIGHBORS / 4u);
        assert_neighbor(&f, unknown_host(i)->address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    }
    assert_counted(&f, V6NF_SOLICITATIONS, UNKNOWN_HOSTS);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_true(fixture_counted(&f, V6NF_SOLICITATIONS) <= UNKNOWN_HOSTS + V6NF_NEIGHBORS / 2u);
    assert_int_equal(count_incomplete(), 0);
}

/* The program sends to more silent hosts than there are entries. Unknown hosts still find one. */
static void silent_hosts_of_the_program_leave_entries_for_others(void **state)
{
    char silent[40];
    (void)state;
    for (unsigned i = 0; i < 2u * V6NF_NEIGHBORS; i++) {
        snprintf(silent, sizeof silent, "2001:db8::dead:%x", i);
        fixture_udp_send(&f, 1000, silent, 2000, 3);
        frame_node_ns(&expected, NODE_GLOBAL, silent);
        assert_frame(&f.out, &expected);
    }
    unknown_host_solicits(1);
    frame_node_na(&expected, unknown_host(1), NODE_GLOBAL);
    assert_frame(&f.out, &expected);
    assert_neighbor(&f, unknown_host(1)->address, V6NF_NEIGHBOR_DELAY, NULL); /* its answer used it */
    unknown_host_pings(2);
    frame_node_ns(&expected, NODE_GLOBAL, unknown_host(2)->address);
    assert_frame(&f.out, &expected);
}

static void unknown_host_pings_and_the_program_sends_to_it(unsigned number)
{
    unknown_host_pings(number);
    fixture_udp_send(&f, 1000, unknown_host(number)->address, 2000, 3);
}

/* One host makes the node ask for many silent ones, and the program send to them, as when it answers requests in their
 * names. Their resolutions have a limit like those that the program begins: they evict no peer that answers, and leave
 * entries for others (RFC 6583, 7.1). */
static void silent_hosts_that_the_program_answers_evict_no_peer(void **state)
{
    const unsigned peers = V6NF_NEIGHBORS / 4u;
    (void)state;
    for (unsigned i = 0; i < peers; i++) {
        fixture_udp_send(&f, 1000, unknown_host(i)->address, 2000, 3);
        frame_answer(&in, unknown_host(i), NODE_GLOBAL);
        fixture_input(&f, &in);
    }
    flood(unknown_host_pings_and_the_program_sends_to_it, UNKNOWN_HOSTS, 3u * V6NF_NEIGHBORS, 1000);
    for (unsigned i = 0; i < peers; i++) {
        assert_neighbor(&f, unknown_host(i)->address, V6NF_NEIGHBOR_REACHABLE, unknown_host(i)->mac);
    }
    unknown_host_pings(5000);
    frame_node_ns(&expected, NODE_GLOBAL, unknown_host(5000)->address);
    assert_frame(&f.out, &expected);
}

/* An unknown host made the node ask for a neighbor first. The program then sends to it, too: its packet is protected
 * all the same. */
static void program_protects_what_an_unknown_host_asked_for(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    flood(unknown_host_pings, 0, 10u * V6NF_NEIGHBORS, 10);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
}

/* Neighbors that only say that they are there, with solicited advertisements that the node did not ask for, evict a
 * quarter of those that answered (RFC 6583, 7.1). */
static void unasked_advertisements_evict_at_most_a_quarter(void **state)
{
    const unsigned quarter = V6NF_NEIGHBORS / 4u;
    (void)state;
    flood(unknown_host_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    for (unsigned i = 0; i < 2u * V6NF_NEIGHBORS; i++) {
        unknown_host_solicits(5000u + i);
        frame_answer(&in, unknown_host(5000u + i), NODE_GLOBAL);
        fixture_input(&f, &in);
    }
    for (unsigned i = quarter; i < V6NF_NEIGHBORS; i++) {
        assert_neighbor(&f, unknown_host(i)->address, V6NF_NEIGHBOR_REACHABLE, NULL);
    }
}

/* Unknown hosts cost at most an entry each. What the node sends to them ends, and then nothing is due. */
static void nothing_is_due_after_the_flood(void **state)
{
    (void)state;
    flood(unknown_host_solicits, 0, 1000, 10);
    flood(unknown_host_pings, 5000, 1000, 10);
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_true(f.sent_count + f.sent_lost <= 3u * V6NF_NEIGHBORS);
    assert_true(fixture_counted(&f, V6NF_NEIGHBORS_UNREACHABLE) <= V6NF_NEIGHBORS);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

/* Two destinations share a slot of the Destination Cache. Each packet is still sent to its own neighbor. */
static void destinations_that_share_a_slot_keep_their_neighbors(void **state)
{
    static struct test_station stations[V6NF_NEIGHBORS];
    static struct unknown_host names[V6NF_NEIGHBORS];
    const unsigned count = V6NF_NEIGHBORS - 1u;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        const struct test_station *s = unknown_host(i * V6NF_DESTINATIONS); /* the low bits are equal */
        memcpy(names[i].mac, s->mac, sizeof names[i].mac);
        memcpy(names[i].address, s->address, sizeof names[i].address);
        stations[i] = (struct test_station){.mac = names[i].mac, .address = names[i].address};
        fixture_make_reachable(&f, &stations[i]);
    }
    for (unsigned round = 0; round < 3u; round++) {
        for (unsigned i = 0; i < count; i++) {
            assert_known(&stations[(i * 7u + round) % count]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peer_and_gateway_survive_unknown_hosts_that_solicit),
        cmocka_unit_test(peer_and_gateway_survive_unknown_hosts_that_ping),
        cmocka_unit_test_setup(idle_peer_and_gateway_survive_unknown_hosts, setup_node),
        cmocka_unit_test_setup(gateway_is_never_evicted, setup_node),
        cmocka_unit_test_setup(least_recently_used_neighbor_is_evicted_first, setup_node),
        cmocka_unit_test_setup(used_neighbor_in_delay_is_not_evicted_first, setup_node),
        cmocka_unit_test_setup(unknown_hosts_evict_at_most_a_quarter_of_the_hosts_that_answered, setup_node),
        cmocka_unit_test_setup(new_peers_are_resolved_next_to_old_ones, setup_node),
        cmocka_unit_test_setup(hosts_that_answer_evict_no_neighbor_of_the_program, setup_node),
        cmocka_unit_test_setup(neighbors_are_forgotten_on_another_link, setup_node),
        cmocka_unit_test_setup(new_peer_is_resolved_after_the_flood, setup_node),
        cmocka_unit_test(new_peer_is_resolved_during_the_flood),
        cmocka_unit_test_setup(packets_of_an_evicted_neighbor_are_dropped_and_counted, setup_node),
        cmocka_unit_test(unknown_hosts_do_not_evict_neighbors_of_the_program),
        cmocka_unit_test_setup(concurrent_resolutions_of_unknown_hosts_are_limited, setup_node),
        cmocka_unit_test_setup(silent_hosts_of_the_program_leave_entries_for_others, setup_node),
        cmocka_unit_test_setup(silent_hosts_that_the_program_answers_evict_no_peer, setup_node),
        cmocka_unit_test_setup(program_protects_what_an_unknown_host_asked_for, setup_node),
        cmocka_unit_test_setup(unasked_advertisements_evict_at_most_a_quarter, setup_node),
        cmocka_unit_test_setup(nothing_is_due_after_the_flood, setup_node),
        cmocka_unit_test_setup(destinations_that_share_a_slot_keep_their_neighbors, setup_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
