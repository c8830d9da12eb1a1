/* test_counters.c: what counters.h promises of all counters together. Tests of each protocol cover what single
 * counters count. */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "../wire/fixture_wire.h"
#include "v6nf/counters.h"

#define PORT 7000u

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

static uint32_t echo_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->source_port % 4u == 0u ? 0 : datagram->length + datagram->source_port % 1000u;
}

static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, echo_handler, NULL), V6NF_OK);
    return 0;
}

/* -- Each frame once ----------------------------------------------------------------------------------------------- */

/* Return one of some stations: fewer than the Neighbor Cache holds, or more. */
static struct test_station draw_station(void)
{
    static char address[32];
    static const char mac[] = "02:00:00:00:00:02";
    snprintf(address, sizeof address, "2001:db8::%x", 2u + random_below(2u) * random_below(3u * V6NF_NEIGHBORS));
    return (struct test_station){.mac = mac, .address = address};
}

/* Build a frame that a host could send to the node. */
static void draw_frame(void)
{
    static const char *const destinations[] = {NODE_GLOBAL, NODE_GLOBAL,      NODE_LINK_LOCAL,
                                               "ff02::1",   "ff02::1:ff00:1", "2001:db8::9"};
    const struct test_station from = draw_station();
    const char *to = destinations[random_below(6)];
    uint16_t port = (uint16_t)(PORT + (random_below(4) == 0u ? 1u : 0u));
    switch (random_below(9)) {
    case 0:
        frame_echo(&in, NODE_MAC, from.mac, from.address, to, 128, 7, 1, random_below(1400));
        break;
    case 1:
        frame_echo(&in, NODE_MAC, from.mac, from.address, to, 129, 7, 1, random_below(100));
        break;
    case 2:
        frame_udp(&in, NODE_MAC, from.mac, from.address, to, 64, (uint16_t)random_below(65536), port,
                  random_below(1400));
        break;
    case 3:
        frame_ns(&in, NODE_MAC, from.mac, from.address, to, NODE_GLOBAL, random_below(2) == 0u ? NULL : from.mac);
        break;
    case 4:
        frame_ns(&in, NODE_MAC, from.mac, "::", test_solicited_node(NODE_GLOBAL), NODE_GLOBAL, NULL);
        break;
    case 5:
        frame_answer(&in, &from, NODE_GLOBAL);
        break;
    case 6:
        frame_icmpv6(&in, NODE_MAC, from.mac, from.address, to, 255, (uint8_t)random_below(256), 0, NULL,
                     random_below(90));
        break;
    case 7:
        frame_ipv6(&in, NODE_MAC, from.mac, from.address, to, (uint8_t)random_below(256), 64, NULL, random_below(90));
        break;
    default:
        frame_echo(&in, NODE_MAC, from.mac, OFF_LINK, to, 128, 7, 1, random_below(100));
        break;
    }
}

/* Spoil the frame: change a few bytes, mostly of the headers, and the length. */
static void spoil_frame(void)
{
    uint32_t changes = 1u + random_below(3);
    for (uint32_t i = 0; i < changes && in.length > 0u; i++) {
        uint32_t range = random_below(2) == 0u ? in.length : (in.length < 80u ? in.length : 80u);
        in.bytes[random_below(range)] = (uint8_t)random_below(256);
    }
    if (random_below(4) == 0u) {
        in.length = random_below(in.length + 1u);
    }
}

/* fixture_input() checks this for each frame. Here all frames are added up once more. */
static void each_received_frame_is_counted_once(void **state)
{
    (void)state;
    const uint32_t rounds = 60000;
    uint64_t left = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        draw_frame();
        if (random_below(3) == 0u) {
            spoil_frame();
        }
        f.now += random_below(50000);
        fixture_input(&f, &in);
        left += f.out.length != 0u ? 1u : 0u;
    }
    uint64_t sum = left + fixture_counted(&f, V6NF_DELIVERED) + fixture_counted(&f, V6NF_KEPT);
    for (uint32_t i = V6NF_DROP_ETHER_LENGTH; i < V6NF_DROP_REASSEMBLY_FULL; i++) {
        sum += fixture_counted(&f, (enum v6nf_counter)i);
    }
    assert_true(sum == rounds);
    assert_counted(&f, V6NF_RECEIVED, rounds);
    assert_counted(&f, V6NF_ORIGINATED, 0);
    assert_true(left > rounds / 10u);
}

/* The sums above mean little unless most counters were used. */
static void random_frames_use_most_counters(void **state)
{
    (void)state;
    static const enum v6nf_counter reached[] = {V6NF_RECEIVED,
                                                V6NF_DELIVERED,
                                                V6NF_ECHO_REPLIES,
                                                V6NF_ERRORS,
                                                V6NF_SOLICITATIONS,
                                                V6NF_ADVERTISEMENTS,
                                                V6NF_NEIGHBORS_EVICTED,
                                                V6NF_KEPT,
                                                V6NF_DROP_ETHER_LENGTH,
                                                V6NF_DROP_ETHER_DESTINATION,
                                                V6NF_DROP_ETHER_TYPE,
                                                V6NF_DROP_IPV6_LENGTH,
                                                V6NF_DROP_IPV6_VERSION,
                                                V6NF_DROP_IPV6_SOURCE,
                                                V6NF_DROP_NOT_OURS,
                                                V6NF_DROP_NEXT_HEADER,
                                                V6NF_DROP_NO_NEXT_HEADER,
                                                V6NF_DROP_ICMPV6_LENGTH,
                                                V6NF_DROP_ICMPV6_CHECKSUM,
                                                V6NF_DROP_ICMPV6_TYPE,
                                                V6NF_DROP_ECHO_REPLY,
                                                V6NF_DROP_NDP_INVALID,
                                                V6NF_DROP_NDP_TARGET,
                                                V6NF_DROP_UDP_LENGTH,
                                                V6NF_DROP_UDP_CHECKSUM,
                                                V6NF_DROP_UDP_PORT,
                                                V6NF_DROP_UDP_REPLY,
                                                V6NF_DROP_ERROR_RATE,
                                                V6NF_DROP_WAITING_FULL};
    for (uint32_t i = 0; i < 60000u; i++) {
        draw_frame();
        if (random_below(2) == 0u) {
            spoil_frame();
        }
        f.now += random_below(4000);
        fixture_input(&f, &in);
        fixture_tick(&f);
    }
    for (uint32_t i = 0; i < sizeof reached / sizeof reached[0]; i++) {
        if (fixture_counted(&f, reached[i]) == 0u) {
            fail_msg("never counted: %s", v6nf_counter_text(reached[i]));
        }
    }
}

/* Noise: random bytes of any length. */
static void noise_is_counted_once(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20000u; i++) {
        in.length = random_below(200);
        random_fill(in.bytes, in.length);
        if (i % 2u == 0u && in.length >= 14u) {
            frame_echo_request(&expected, &f.peer, NODE_GLOBAL, 1, 1, 0);
            memcpy(in.bytes, expected.bytes, 14); /* passes the Ethernet checks */
        }
        f.capacity = in.length > 0u ? in.length : 1u;
        fixture_input(&f, &in);
        assert_nothing(&f.out);
    }
    assert_counted(&f, V6NF_RECEIVED, 20000);
}

/* -- Frames that concern two packets ------------------------------------------------------------------------------- */

/* The buffer of the advertisement is too small for the packet that waited. A tick sends that, and nothing is
 * dropped. */
static void advertisement_in_a_small_buffer_loses_nothing(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1000);
    fixture_input(&f, &in);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    f.capacity = in.length;
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DELIVERED, 1);
    assert_counted(&f, V6NF_DROP_CAPACITY, 0);
    f.capacity = 1514;
    fixture_tick(&f);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 1000);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
}

/* A tick with a buffer too small for the packet drops and counts it. The node continues. */
static void packet_too_long_for_the_buffer_of_a_tick_is_dropped(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1400);
    fixture_input(&f, &in);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    f.capacity = 1294;
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    assert_true(v6nf_node_next_due(&f.node) > f.now);
}

#if V6NF_WAITING_PER_NEIGHBOR >= 2 /* two packets wait for one neighbor */
/* While a packet waits for the gateway, another gateway is set, which must be resolved first. */
static void packet_that_waits_again_is_not_counted_twice(void **state)
{
    (void)state;
    const struct test_station second = {.mac = "02:00:00:00:00:fd", .address = "fe80::fd"};
    frame_echo(&in, NODE_MAC, GATEWAY_MAC, OFF_LINK, NODE_GLOBAL, 128, 7, 1, 8);
    fixture_input(&f, &in);
    fixture_set_gateway(&f, second.address);
    fixture_udp_send(&f, 1, OFF_LINK, 2, 8); /* solicits the second gateway */
    frame_answer(&in, &f.gateway, NODE_GLOBAL);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    frame_answer(&in, &second, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_tick(&f);
    assert_counted(&f, V6NF_DROP_WAITING_FULL, 0);
    assert_int_equal(f.sent_count, 1); /* one was sent with the advertisement, one by tick */
}
#endif

/* -- The texts ----------------------------------------------------------------------------------------------------- */

static void each_counter_has_its_own_text(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_COUNTER_COUNT; i++) {
        const char *text = v6nf_counter_text((enum v6nf_counter)i);
        assert_non_null(text);
        assert_true(strlen(text) >= 8u);
        assert_int_equal(strncmp(text, "dropped: ", 9) == 0, i >= V6NF_DROP_ETHER_LENGTH);
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(text, v6nf_counter_text((enum v6nf_counter)j));
        }
    }
    assert_string_equal(v6nf_counter_text(V6NF_RECEIVED), "frames received");
}

static void unknown_counter_has_an_empty_text(void **state)
{
    (void)state;
    assert_string_equal(v6nf_counter_text(V6NF_COUNTER_COUNT), "");
    assert_string_equal(v6nf_counter_text((enum v6nf_counter)(V6NF_COUNTER_COUNT + 1)), "");
}

static void node_starts_with_all_counters_0(void **state)
{
    (void)state;
    fixture_start(&f);
    for (uint32_t i = 0; i < V6NF_COUNTER_COUNT; i++) {
        assert_true(f.node.counters[i] == 0u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_received_frame_is_counted_once, setup),
        cmocka_unit_test_setup(random_frames_use_most_counters, setup),
        cmocka_unit_test_setup(noise_is_counted_once, setup),
        cmocka_unit_test_setup(advertisement_in_a_small_buffer_loses_nothing, setup),
        cmocka_unit_test_setup(packet_too_long_for_the_buffer_of_a_tick_is_dropped, setup),
#if V6NF_WAITING_PER_NEIGHBOR >= 2
        cmocka_unit_test_setup(packet_that_waits_again_is_not_counted_twice, setup),
#endif
        cmocka_unit_test(each_counter_has_its_own_text),
        cmocka_unit_test(unknown_counter_has_an_empty_text),
        cmocka_unit_test(node_starts_with_all_counters_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
