/* test_neighbor_cache.c: the Neighbor Cache when it is full (RFC 6583): strangers take what nobody needs. */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

#define STRANGERS 10000u

static int start(void **state)
{
    (void)state;
    fixture_start(&f);
    return 0;
}

struct stranger {
    char mac[18];
    char address[40];
    struct test_station station;
};

/* One of 16 million stations on the link that the node never heard of. */
static const struct test_station *stranger(unsigned number)
{
    static struct stranger s;
    snprintf(s.mac, sizeof s.mac, "06:00:00:%02x:%02x:%02x", number >> 16 & 0xFFu, number >> 8 & 0xFFu, number & 0xFFu);
    snprintf(s.address, sizeof s.address, "2001:db8::bad:%x:%x", number >> 16 & 0xFFu, number & 0xFFFFu);
    s.station = (struct test_station){.mac = s.mac, .address = s.address};
    return &s.station;
}

static void stranger_solicits(unsigned number)
{
    const struct test_station *from = stranger(number);
    frame_ns(&in, "33:33:ff:00:00:01", from->mac, from->address, "ff02::1:ff00:1", NODE_GLOBAL, from->mac);
    fixture_input(&f, &in);
}

static void stranger_pings(unsigned number)
{
    frame_echo_request(&in, stranger(number), NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
}

static void stranger_pings_and_answers(unsigned number)
{
    stranger_pings(number);
    frame_answer(&in, stranger(number), NODE_GLOBAL);
    fixture_input(&f, &in);
}

/* A packet to the peer or, as the next hop of one that is off-link, the gateway leaves at once to the right place. */
static void assert_known(const struct test_station *station)
{
    const char *to = station == &f.gateway ? OFF_LINK : station->address;
    fixture_udp_send(&f, 1000, to, 2000, 3);
    frame_udp(&expected, station->mac, NODE_MAC, NODE_GLOBAL, to, 64, 1000, 2000, 3);
    assert_frame(&f.out, &expected);
}

static void flood(void (*strange)(unsigned), unsigned from, unsigned count, uint64_t interval)
{
    for (unsigned i = 0; i < count; i++) {
        strange(from + i);
        f.now += interval;
        fixture_tick(&f);
    }
}

/* -- Who stays ----------------------------------------------------------------------------------------------------- */

static void survive(void (*strange)(unsigned))
{
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    fixture_make_reachable(&f, &f.gateway);
    flood(strange, 0, STRANGERS, 100); /* in a second: nobody's ReachableTime ends */
    assert_true(fixture_counted(&f, V6NF_NEIGHBORS_EVICTED) + fixture_counted(&f, V6NF_DROP_NO_NEIGHBOR) >=
                STRANGERS - V6NF_NEIGHBORS);
    assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_REACHABLE, f.peer.mac);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_REACHABLE, f.gateway.mac);
    assert_known(&f.peer);
    assert_known(&f.gateway);
}

static void peer_and_gateway_survive_strangers_that_solicit(void **state)
{
    (void)state;
    survive(stranger_solicits);
}

static void peer_and_gateway_survive_strangers_that_ping(void **state)
{
    (void)state;
    survive(stranger_pings);
}

/* Also while they are not used, and no longer REACHABLE. */
static void idle_peer_and_gateway_survive_strangers(void **state)
{
    (void)state;
    fixture_bring_to(&f, &f.peer, V6NF_NEIGHBOR_STALE);
    fixture_bring_to(&f, &f.gateway, V6NF_NEIGHBOR_STALE);
    fixture_run_until(&f, f.now + 3600u * SECOND);
    flood(stranger_solicits, 0, 1000, 100);
    assert_known(&f.peer);
    assert_known(&f.gateway);
}

/* The gateway stays even when everybody answers, and while it has not answered yet. */
static void gateway_is_never_displaced(void **state)
{
    (void)state;
    fixture_udp_send(&f, 1000, OFF_LINK, 2000, 3);
    flood(stranger_pings_and_answers, 0, 3u * V6NF_NEIGHBORS, 100);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
    fixture_make_reachable(&f, &f.gateway);
    flood(stranger_pings_and_answers, 1000, 3u * V6NF_NEIGHBORS, 100);
    assert_neighbor(&f, f.gateway.address, V6NF_NEIGHBOR_REACHABLE, f.gateway.mac);
    flood(stranger_solicits, 2000, 3u * V6NF_NEIGHBORS, 100);
    assert_known(&f.gateway);
}

/* Among those that answered, the one that was used longest ago goes. */
static void least_recently_used_neighbor_goes_first(void **state)
{
    const uint64_t step = 1000;
    char gone[40];
    (void)state;
    flood(stranger_pings_and_answers, 0, V6NF_NEIGHBORS, step);
    assert_counted(&f, V6NF_NEIGHBORS_EVICTED, 0);
    stranger_pings(0); /* used again: now 1 is the oldest */
    f.now += step;
    stranger_pings_and_answers(V6NF_NEIGHBORS);
    assert_counted(&f, V6NF_NEIGHBORS_EVICTED, 1);
    memcpy(gone, stranger(1)->address, sizeof gone);
    assert_neighbor(&f, gone, V6NF_NEIGHBOR_FREE, NULL);
    for (unsigned i = 0; i <= V6NF_NEIGHBORS; i++) {
        if (i != 1u) {
            assert_neighbor(&f, stranger(i)->address, V6NF_NEIGHBOR_REACHABLE, NULL);
        }
    }
}

/* To be used counts in every state, not only while the neighbor is REACHABLE. */
static void neighbor_in_doubt_that_is_used_does_not_go_first(void **state)
{
    (void)state;
    flood(stranger_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    fixture_run_until(&f, f.now + 46u * SECOND); /* nobody is REACHABLE any longer */
    stranger_pings(0);
    assert_neighbor(&f, stranger(0)->address, V6NF_NEIGHBOR_DELAY, NULL);
    f.now += 1000;
    stranger_pings_and_answers(V6NF_NEIGHBORS);
    assert_neighbor(&f, stranger(0)->address, V6NF_NEIGHBOR_DELAY, NULL);
    assert_neighbor(&f, stranger(1)->address, V6NF_NEIGHBOR_FREE, NULL);
}

/* However many strangers come, most of those that answered stay. */
static void strangers_displace_each_other_and_a_quarter_of_those_that_answered(void **state)
{
    const unsigned quarter = V6NF_NEIGHBORS / 4u;
    (void)state;
    flood(stranger_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    flood(stranger_solicits, 1000, 10u * V6NF_NEIGHBORS, 1000);
    for (unsigned i = quarter; i < V6NF_NEIGHBORS; i++) {
        assert_neighbor(&f, stranger(i)->address, V6NF_NEIGHBOR_REACHABLE, NULL);
    }
    assert_neighbor(&f, stranger(quarter - 1u)->address, V6NF_NEIGHBOR_FREE, NULL);
}

/* A cache full of neighbors that were reachable once leaves room to resolve several at a time, a stranger among them. */
static void new_peers_are_resolved_beside_old_ones(void **state)
{
    const struct test_station first = {.mac = "02:00:00:00:0a:01", .address = "2001:db8::a1"};
    const struct test_station second = {.mac = "02:00:00:00:0a:02", .address = "2001:db8::a2"};
    (void)state;
    flood(stranger_pings_and_answers, 0, V6NF_NEIGHBORS, 1000);
    fixture_run_until(&f, f.now + 86400u * SECOND);
    frame_echo_request(&in, &first, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_echo_request(&in, &second, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    frame_answer(&in, &first, NODE_GLOBAL);
    fixture_input(&f, &in);
    stranger_pings(5000);
    frame_answer(&in, &second, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_neighbor(&f, first.address, V6NF_NEIGHBOR_REACHABLE, first.mac);
    assert_neighbor(&f, second.address, V6NF_NEIGHBOR_REACHABLE, second.mac);
}

/* -- What still works ---------------------------------------------------------------------------------------------- */

static void resolve_peer(unsigned strangers_between, void (*strange)(unsigned), unsigned from)
{
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_frame(&f.out, &expected);
    flood(strange, from, strangers_between, 10);
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
    flood(stranger_solicits, 0, STRANGERS / 2u, 100);
    flood(stranger_pings, STRANGERS, STRANGERS / 2u, 100);
    fixture_mark(&f);
    resolve_peer(0, stranger_pings, 0);
}

/* The answer comes before as many strangers as the cache has room for. */
static void new_peer_is_resolved_during_the_flood(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        void (*const strange)(unsigned) = i == 0u ? stranger_solicits : stranger_pings;
        fixture_start(&f);
        flood(strange, 0, STRANGERS / 4u, 10);
        resolve_peer(V6NF_NEIGHBORS - 2u, strange, STRANGERS);
        flood(strange, 2u * STRANGERS, STRANGERS / 4u, 10);
        assert_known(&f.peer);
    }
}

/* What waited for a neighbor that had to go is counted, and nothing of it stays behind. */
static void packets_of_a_displaced_neighbor_are_dropped_and_counted(void **state)
{
    struct test_station first = {.mac = "02:00:00:00:00:33", .address = "2001:db8::33"};
    (void)state;
    frame_echo_request(&in, &first, NODE_GLOBAL, 7, 1, 8);
    fixture_input(&f, &in);
    f.now += 1000;
    flood(stranger_solicits, 0, V6NF_NEIGHBORS, 10);
    assert_neighbor(&f, first.address, V6NF_NEIGHBOR_FREE, NULL);
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 1);
    for (unsigned i = 0; i < V6NF_WAITING; i++) {
        assert_int_equal(f.node.waiting[i].neighbor, V6NF_NEIGHBORS);
    }
    fixture_mark(&f);
    frame_answer(&in, &first, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_udp_send(&f, 1000, first.address, 2000, 4); /* not to the one that has its place now */
    frame_node_ns(&expected, NODE_GLOBAL, first.address);
    assert_frame(&f.out, &expected);
}

/* What the program has to say waits for its neighbor however many strangers come meanwhile (RFC 6583, 7.2). */
static void strangers_do_not_displace_whom_the_program_asks_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        fixture_start(&f);
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 3);
        flood(i == 0u ? stranger_solicits : stranger_pings, 0, STRANGERS, 10);
        frame_answer(&in, &f.peer, NODE_GLOBAL);
        fixture_input(&f, &in);
        frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 1000, 2000, 3);
        assert_frame(&f.out, &expected);
    }
}

/* A scan makes the node ask for a quarter of its cache at once, and for no more before those have been given up (RFC 6583, 7.1). */
static void few_strangers_are_asked_for_at_once(void **state)
{
    (void)state;
    flood(stranger_pings, 0, STRANGERS, 1);
    assert_counted(&f, V6NF_SOLICITATIONS, V6NF_NEIGHBORS / 4u);
    assert_counted(&f, V6NF_DROP_NO_NEIGHBOR, STRANGERS - V6NF_NEIGHBORS / 4u);
    fixture_run_until(&f, f.now + 10u * SECOND);
    fixture_mark(&f);
    stranger_pings(STRANGERS);
    assert_counted(&f, V6NF_SOLICITATIONS, 1);
}

/* RFC 4861, 7.2.4: an answer needs no entry: where there is no room for one, it goes back to where the solicitation
 * came from. */
static void solicitors_are_answered_when_the_cache_is_full(void **state)
{
    char silent[40];
    (void)state;
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        snprintf(silent, sizeof silent, "2001:db8::dead:%x", i);
        fixture_udp_send(&f, 1000, silent, 2000, 3);
        frame_node_ns(&expected, NODE_GLOBAL, silent);
        assert_frame(&f.out, &expected);
    }
    for (unsigned i = 0; i < 2u; i++) {
        frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, f.peer.address, "ff02::1:ff00:1", NODE_GLOBAL,
                 i == 0u ? f.peer.mac : NULL);
        fixture_input(&f, &in);
        frame_node_na(&expected, &f.peer, NODE_GLOBAL);
        assert_frame(&f.out, &expected);
        assert_neighbor(&f, f.peer.address, V6NF_NEIGHBOR_FREE, NULL);
    }
    /* No station's address, so no answer. */
    frame_ns(&in, "33:33:ff:00:00:01", "03:00:00:00:00:02", f.peer.address, "ff02::1:ff00:1", NODE_GLOBAL, f.peer.mac);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_NO_NEIGHBOR, 1);
    /* Nor is a solicitor that names no address asked for, where unknown hosts are being asked for already. */
    fixture_start(&f);
    flood(stranger_pings, 0, V6NF_NEIGHBORS, 1);
    frame_ns(&in, "33:33:ff:00:00:01", f.peer.mac, f.peer.address, "ff02::1:ff00:1", NODE_GLOBAL, NULL);
    fixture_input(&f, &in);
    assert_frame(&f.out, &expected);
}

/* Strangers cost at most an entry each: what the node says to them ends, and it goes to rest. */
static void node_comes_to_rest_after_the_flood(void **state)
{
    (void)state;
    flood(stranger_solicits, 0, 1000, 10);
    flood(stranger_pings, 5000, 1000, 10);
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 60u * SECOND);
    assert_true(f.sent_count + f.sent_lost <= 3u * V6NF_NEIGHBORS);
    assert_true(fixture_counted(&f, V6NF_NEIGHBORS_UNREACHABLE) <= V6NF_NEIGHBORS);
    assert_int_equal(v6nf_node_next_due(&f.node), V6NF_NEVER);
}

/* Two destinations in one place of the Destination Cache: each packet still goes to its own neighbor. */
static void destinations_that_share_a_place_in_the_cache_do_not_mix(void **state)
{
    static struct test_station stations[V6NF_NEIGHBORS];
    static struct stranger names[V6NF_NEIGHBORS];
    const unsigned count = V6NF_NEIGHBORS - 1u;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        const struct test_station *s = stranger(i * V6NF_DESTINATIONS); /* the low bits are equal */
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
        cmocka_unit_test(peer_and_gateway_survive_strangers_that_solicit),
        cmocka_unit_test(peer_and_gateway_survive_strangers_that_ping),
        cmocka_unit_test_setup(idle_peer_and_gateway_survive_strangers, start),
        cmocka_unit_test_setup(gateway_is_never_displaced, start),
        cmocka_unit_test_setup(least_recently_used_neighbor_goes_first, start),
        cmocka_unit_test_setup(neighbor_in_doubt_that_is_used_does_not_go_first, start),
        cmocka_unit_test_setup(strangers_displace_each_other_and_a_quarter_of_those_that_answered, start),
        cmocka_unit_test_setup(new_peers_are_resolved_beside_old_ones, start),
        cmocka_unit_test_setup(new_peer_is_resolved_after_the_flood, start),
        cmocka_unit_test(new_peer_is_resolved_during_the_flood),
        cmocka_unit_test_setup(packets_of_a_displaced_neighbor_are_dropped_and_counted, start),
        cmocka_unit_test(strangers_do_not_displace_whom_the_program_asks_for),
        cmocka_unit_test_setup(few_strangers_are_asked_for_at_once, start),
        cmocka_unit_test_setup(solicitors_are_answered_when_the_cache_is_full, start),
        cmocka_unit_test_setup(node_comes_to_rest_after_the_flood, start),
        cmocka_unit_test_setup(destinations_that_share_a_place_in_the_cache_do_not_mix, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
