/* test_flow_label.c: flow labels of what the node originates (RFC 6437, 3). */
#include "fixture_exchange.h"

#include <stdio.h>
#include <string.h>

/* Return the label of a packet with version 6 and Traffic Class 0. */
static uint32_t label_of(const struct test_frame *frame)
{
    assert_true(frame->length >= 54u);
    assert_int_equal(frame->bytes[14], 0x60);
    assert_true(frame->bytes[15] <= 0x0Fu);
    return frame->bytes[15] * 65536u + frame->bytes[16] * 256u + frame->bytes[17];
}

static uint32_t label_to(const char *destination, uint16_t source_port, uint16_t destination_port)
{
    fixture_mark(&f);
    fixture_udp_send(&f, source_port, destination, destination_port, 10);
    return label_of(&f.out);
}

static void label_of_a_flow_does_not_change(void **state)
{
    (void)state;
    uint32_t label = label_to(f.peer.address, 1000, 2000);
    assert_int_not_equal(label, 0);
    for (uint32_t i = 0; i < 20u; i++) {
        f.now += SECOND;
        fixture_udp_send(&f, 1000, f.peer.address, 2000, 10u + i);
        assert_int_equal(label_of(&f.out), label);
    }
}

static void flows_have_labels_of_their_own(void **state)
{
    (void)state;
    const uint32_t labels[] = {
        label_to(f.peer.address, 1000, 2000), label_to(f.peer.address, 1000, 2001),
        label_to(f.peer.address, 1001, 2000), label_to(f.peer.address, 2000, 1000),
        label_to("ff0e::7", 1000, 2000),      label_to("ff02::7", 1000, 2000),
    };
    for (uint32_t i = 0; i < 6u; i++) {
        for (uint32_t j = 0; j < i; j++) {
            assert_int_not_equal(labels[i], labels[j]);
        }
    }
}

/* "a good approximation to a discrete uniform distribution" (RFC 6437, 3) */
static void labels_are_spread(void **state)
{
    const uint32_t count = 4000;
    uint32_t ones[20] = {0};
    (void)state;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t label = label_to(f.peer.address, 1000, (uint16_t)(i + 1u));
        assert_int_not_equal(label, 0);
        for (uint32_t bit = 0; bit < 20u; bit++) {
            ones[bit] += label >> bit & 1u;
        }
    }
    for (uint32_t bit = 0; bit < 20u; bit++) {
        assert_in_range(ones[bit], count * 45u / 100u, count * 55u / 100u);
    }
}

/* No third party can predict labels: another key gives other labels (RFC 6437, 3). */
static void labels_depend_on_the_key(void **state)
{
    (void)state;
    uint32_t label = label_to("ff0e::7", 1000, 2000);
    fixture_start_with(&f, 2, 1500);
    assert_int_not_equal(label_to("ff0e::7", 1000, 2000), label);
    fixture_start_with(&f, 1, 1500);
    assert_int_equal(label_to("ff0e::7", 1000, 2000), label);
}

/* All fragments have the label of their flow, and so have packets that waited for address resolution. */
static void fragments_and_packets_that_waited_have_the_label(void **state)
{
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    (void)state;
    uint32_t label = label_to(f.peer.address, 1000, 2000);
    fixture_start_with(&f, 1, 1280);
    f.capacity = TEST_FRAME_MAX;
    fixture_make_reachable(&f, &f.peer);
    fixture_udp_send(&f, 1000, f.peer.address, 2000, 1400);
    fixture_tick(&f);
    assert_int_equal(f.out.bytes[20], 44);
    assert_int_equal(label_of(&f.out), label);
    assert_sent_count(&f, 1);
    assert_int_equal(label_of(&f.sent[0].frame), label);
    fixture_udp_send(&f, 1000, unknown.address, 2000, 10);
    assert_int_equal(label_of(&f.out), 0); /* the solicitation */
    frame_answer(&in, &unknown, NODE_GLOBAL);
    fixture_input(&f, &in);
    label = label_of(&f.out);
    assert_int_not_equal(label, 0);
    assert_int_equal(label_to(unknown.address, 1000, 2000), label);
}

static void echo_requests_of_a_ping_are_a_flow(void **state)
{
    static struct v6nf_ping ping;
    const struct v6nf_ping_config config = {.destination = test_address_of(f.peer.address),
                                            .size = 56,
                                            .identifier = 7,
                                            .count = 5,
                                            .interval = SECOND,
                                            .timeout = SECOND};
    (void)state;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_OK);
    fixture_run_until(&f, f.now + 4u * SECOND);
    assert_sent_count(&f, 5);
    uint32_t label = label_of(&f.sent[0].frame);
    assert_int_not_equal(label, 0);
    for (uint32_t i = 1; i < 5u; i++) {
        assert_int_equal(label_of(&f.sent[i].frame), label);
    }
}

/* A reply in the received frame has label 0, with any label of the request. */
static void replies_in_the_received_frame_have_label_0(void **state)
{
    (void)state;
    assert_int_equal(v6nf_udp_bind(&f.node, 7, test_udp_echo, NULL), V6NF_OK);
    for (uint32_t i = 0; i < 3u; i++) {
        if (i == 0u) {
            frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 56);
        } else {
            frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, i == 1u ? 7 : 9, 20);
        }
        in.bytes[15] = 0x0A;
        in.bytes[17] = 0x55;
        fixture_input(&f, &in);
        assert_int_equal(label_of(&f.out), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(label_of_a_flow_does_not_change, setup_exchange),
        cmocka_unit_test_setup(flows_have_labels_of_their_own, setup_exchange),
        cmocka_unit_test_setup(labels_are_spread, setup_exchange),
        cmocka_unit_test_setup(labels_depend_on_the_key, setup_exchange),
        cmocka_unit_test_setup(fragments_and_packets_that_waited_have_the_label, setup_exchange),
        cmocka_unit_test_setup(echo_requests_of_a_ping_are_a_flow, setup_exchange),
        cmocka_unit_test_setup(replies_in_the_received_frame_have_label_0, setup_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
