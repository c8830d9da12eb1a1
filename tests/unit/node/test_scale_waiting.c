/* test_scale_waiting.c: a node that keeps thousands of packets: those that wait, those that are sent in fragments, and
 * those that arrive in fragments. The library is compiled for it with these sizes (tests/CMakeLists.txt). */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "../../../src/node/protocol/reassembly.h"
#include "../../../src/node/state/fragment.h"
#include "../../../src/node/state/pending.h"

#define PACKETS 1000u
#define LONG_SIZE 1900u /* more than the link's MTU */

static struct fixture f;
static struct test_frame in;
static uint32_t reports;

static void on_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context, (void)error;
    reports++;
}

static uint32_t ignore(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context, (void)datagram;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    f.capacity = 2048;
    reports = 0;
    assert_int_equal(v6nf_udp_bind(&f.node, 1000, ignore, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, 1000, on_error), V6NF_OK);
    return 0;
}

static void check(void)
{
    assert_true(v6nf_pending_is_valid(&f.node));
    assert_true(v6nf_fragment_is_valid(&f.node));
    assert_true(v6nf_reassembly_is_valid(&f.node));
}

static const char *host(uint32_t number)
{
    static char text[V6NF_ADDRESS_TEXT_SIZE];
    (void)snprintf(text, sizeof text, "2001:db8::5:%x", (unsigned)number + 1u);
    return text;
}

/* Answer the solicitation of a host. Return the number of frames that the node then sends. */
static uint32_t answer(uint32_t number)
{
    const struct test_station station = {.mac = "02:00:00:00:00:55", .address = host(number)};
    fixture_mark(&f);
    frame_answer(&in, &station, NODE_GLOBAL);
    fixture_input(&f, &in);
    uint32_t count = f.out.length != 0u ? 1u : 0u;
    fixture_tick(&f);
    return count + f.sent_count;
}

static void ping_from(uint32_t number)
{
    const struct test_station station = {.mac = "02:00:00:00:00:55", .address = host(number)};
    frame_echo_request(&in, &station, NODE_GLOBAL, 7, 1, 10);
    fixture_input(&f, &in);
}

/* Each of 1,000 datagrams to 1,000 hosts waits, and is sent when its host answers, the last one first. */
static void each_datagram_is_sent_when_its_neighbor_answers(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PACKETS; i++) {
        fixture_udp_send(&f, 1000, host(i), 2000, 10);
    }
    check();
    for (uint32_t i = PACKETS; i > 0u; i--) {
        assert_int_equal(answer(i - 1u), 1);
    }
    check();
    assert_int_equal(reports, 0);
}

static void each_datagram_to_a_silent_neighbor_is_reported_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PACKETS; i++) {
        fixture_udp_send(&f, 1000, host(i), 2000, 10);
    }
    fixture_run_until(&f, f.now + 10u * SECOND);
    check();
    assert_int_equal(reports, PACKETS);
}

/* The hosts say by solicitations of their own that they are there. Nothing is sent before a tick, then all in order. */
static void datagrams_whose_neighbors_are_resolved_are_sent_in_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MAX_SENT; i++) {
        fixture_udp_send(&f, 1000, host(i), 2000, i);
    }
    fixture_mark(&f);
    for (uint32_t i = 0; i < MAX_SENT; i++) {
        frame_ns(&in, NODE_MAC, "02:00:00:00:00:55", host(i), NODE_GLOBAL, NODE_GLOBAL, "02:00:00:00:00:55");
        fixture_input(&f, &in);
    }
    check();
    fixture_tick(&f);
    assert_sent_count(&f, MAX_SENT);
    for (uint32_t i = 0; i < MAX_SENT; i++) {
        assert_int_equal(f.sent[i].frame.length, 62u + i);
    }
    check();
}

/* The program has three quarters of the slots, and replies always find one. */
static void shares_are_kept(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_WAITING + 10u; i++) {
        fixture_udp_send(&f, 1000, host(i), 2000, 10);
    }
    check();
    assert_int_equal(reports, V6NF_WAITING / 4u + 10u);
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        ping_from(V6NF_WAITING + 10u + i);
    }
    check();
    assert_int_equal(reports, V6NF_WAITING / 4u + 10u);
    assert_int_equal(answer(2u * V6NF_WAITING + 9u), 1); /* the last one */
    assert_int_equal(answer(V6NF_WAITING + 9u), 1);
    assert_int_equal(answer(V6NF_WAITING / 4u + 10u), 1); /* the program's oldest */
}

/* The same for the datagrams to one neighbor. */
static void datagrams_to_a_neighbor_are_sent_in_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        fixture_udp_send(&f, 1000, host(0), 2000, i);
    }
    fixture_mark(&f);
    frame_ns(&in, NODE_MAC, "02:00:00:00:00:55", host(0), NODE_GLOBAL, NODE_GLOBAL, "02:00:00:00:00:55");
    fixture_input(&f, &in);
    fixture_tick(&f);
    assert_sent_count(&f, V6NF_WAITING_PER_NEIGHBOR);
    for (uint32_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        assert_int_equal(f.sent[i].frame.length, 62u + i);
    }
}

/* For one neighbor, each origin evicts its own oldest. They leave in their order. */
static void packets_to_one_neighbor_are_bounded_by_origin(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10u; i++) {
        fixture_udp_send(&f, 1000, host(0), 2000, i);
        ping_from(0);
    }
    check();
    assert_int_equal(reports, 10u - V6NF_WAITING_PER_NEIGHBOR);
    assert_int_equal(answer(0), 2u * V6NF_WAITING_PER_NEIGHBOR);
    assert_int_equal(f.out.length, 62u + 10u - V6NF_WAITING_PER_NEIGHBOR);
    check();
}

/* Long datagrams wait for their neighbors, too, in three quarters of their slots. */
static void long_datagrams_wait_and_leave(void **state)
{
    (void)state;
    const uint32_t own = V6NF_FRAGMENTATIONS - V6NF_FRAGMENTATIONS / 4u;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        fixture_udp_send(&f, 1000, host(i), 2000, LONG_SIZE);
    }
    check();
    assert_int_equal(reports, V6NF_FRAGMENTATIONS - own);
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS - 1u; i++) {
        assert_int_equal(answer(i), i < V6NF_FRAGMENTATIONS - own ? 0 : 2);
    }
    check();
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(reports, V6NF_FRAGMENTATIONS - own + 1u);
    check();
}

/* -- Reassembly ---------------------------------------------------------------------------------------------------- */

/* Send the node one half of an Echo Request from a host. */
static void input_half(uint32_t from, uint8_t identification, bool is_second)
{
    static struct test_frame whole;
    const struct test_station station = {.mac = "02:00:00:00:00:55", .address = host(from)};
    const uint8_t header[8] = {58, 0, 0, is_second ? 40 : 1, 0, 0, 0, identification};
    frame_echo_request(&whole, &station, NODE_GLOBAL, 7, 1, 72);
    memcpy(in.bytes, whole.bytes, 54);
    memcpy(in.bytes + 54, header, sizeof header);
    memcpy(in.bytes + 62, whole.bytes + 54 + (is_second ? 40 : 0), 40);
    in.bytes[19] = 48;
    in.bytes[20] = 44;
    in.length = 102;
    fixture_input(&f, &in);
}

static void all_slots_reassemble_at_one_time(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        input_half(i, 1, false);
    }
    check();
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 0);
    for (uint32_t i = V6NF_REASSEMBLIES; i > 0u; i--) {
        input_half(i - 1u, 1, true);
        assert_int_not_equal(f.out.length, 0); /* a solicitation of the host: the reply waits */
    }
    check();
    fixture_run_until(&f, f.now + 70u * SECOND);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 0);
}

static void all_reassemblies_expire_after_60_seconds(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        input_half(i, 1, true);
    }
    fixture_run_until(&f, f.now + 60u * SECOND - 1u);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 0);
    fixture_run_until(&f, f.now + 1u);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, V6NF_REASSEMBLIES);
    check();
}

/* A source with more than its share yields first, then the oldest; a source with its share evicts its own. */
static void source_with_more_than_its_share_yields(void **state)
{
    (void)state;
    const uint32_t more = V6NF_REASSEMBLIES_PER_SOURCE + 2u;
    for (uint32_t i = more; i < V6NF_REASSEMBLIES; i++) {
        input_half(i, 1, false);
    }
    for (uint8_t i = 0; i < more; i++) {
        input_half(0, i, false);
    }
    check();
    input_half(5000, 1, false);
    input_half(5001, 1, false);
    check();
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 2);
    input_half(0, 200, false); /* evicts its own oldest */
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 3);
    for (uint32_t i = more; i < V6NF_REASSEMBLIES; i++) {
        input_half(i, 1, true);
        assert_int_not_equal(f.out.length, 0);
    }
    check();
}

/* One source has at most 16, although slots are free. */
static void one_source_is_bounded(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 100u; i++) {
        input_half(0, i, false);
    }
    assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 84);
    check();
    for (uint8_t i = 84; i < 100u; i++) {
        fixture_mark(&f);
        input_half(0, i, true);
        assert_counted(&f, V6NF_DROP_REASSEMBLY_FULL, 0);
    }
    check();
    fixture_run_until(&f, f.now + 61u * SECOND);
    assert_counted(&f, V6NF_DROP_REASSEMBLY_TIME, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_datagram_is_sent_when_its_neighbor_answers, setup),
        cmocka_unit_test_setup(each_datagram_to_a_silent_neighbor_is_reported_once, setup),
        cmocka_unit_test_setup(datagrams_whose_neighbors_are_resolved_are_sent_in_order, setup),
        cmocka_unit_test_setup(datagrams_to_a_neighbor_are_sent_in_order, setup),
        cmocka_unit_test_setup(shares_are_kept, setup),
        cmocka_unit_test_setup(packets_to_one_neighbor_are_bounded_by_origin, setup),
        cmocka_unit_test_setup(long_datagrams_wait_and_leave, setup),
        cmocka_unit_test_setup(all_slots_reassemble_at_one_time, setup),
        cmocka_unit_test_setup(all_reassemblies_expire_after_60_seconds, setup),
        cmocka_unit_test_setup(source_with_more_than_its_share_yields, setup),
        cmocka_unit_test_setup(one_source_is_bounded, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
