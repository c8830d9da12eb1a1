/* test_forward.c: a network function on ports: each of four cables is a station's wire to a port. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/driver/forward.h"
#include "v6nf/env.h"

#define MTU 1500u
#define CAPACITY (MTU + 14u)
#define PORTS 4u
#define LENGTH 100u

static struct v6nf_cable cables[PORTS];
static struct v6nf_forward forward;
static uint64_t now;

/* The clock of the cables. Each look takes 100 microseconds. */
static void pass_time(uint64_t microseconds)
{
    now += microseconds;
    for (uint32_t i = 0; i < PORTS; i++) {
        v6nf_cable_advance(&cables[i], now);
    }
}

uint64_t v6nf_env_clock(void)
{
    pass_time(100);
    return now;
}

/* What the function does with a frame: the lengths that it sets, and the first byte that it writes. */
struct answer {
    uint32_t lengths[V6NF_PORT_OUTPUTS_MAX];
    uint32_t capacity; /* of the buffer that it got */
};

static struct answer answer;

static int set_up(void **state)
{
    (void)state;
    memset(&answer, 0, sizeof answer);
    now = 0;
    for (uint32_t i = 0; i < PORTS; i++) {
        if (!v6nf_cable_init(&cables[i], MTU, CAPACITY, i)) {
            return 1;
        }
    }
    struct v6nf_port *outputs[] = {&cables[1].b.port, &cables[2].b.port, &cables[3].b.port};
    return v6nf_forward_init(&forward, &cables[0].b.port, 3, outputs) ? 0 : 1;
}

static void set_lengths(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct answer *its = context;
    (void)length;
    frame[0]++;
    its->capacity = capacity;
    memcpy(lengths, its->lengths, sizeof its->lengths);
}

static void send_to(uint32_t port, uint8_t value, uint32_t length)
{
    uint8_t frame[CAPACITY];
    memset(frame, value, sizeof frame);
    assert_true(v6nf_cable_send(&cables[port].a, frame, length));
}

/* Check that exactly one frame left by the port: of `length` bytes, the first `value`. */
static void assert_left(uint32_t port, uint8_t value, uint32_t length)
{
    uint8_t frame[CAPACITY];
    assert_int_equal(v6nf_cable_receive(&cables[port].a, frame, sizeof frame), length);
    assert_int_equal(frame[0], value);
    assert_int_equal(v6nf_cable_receive(&cables[port].a, frame, sizeof frame), 0);
}

static void assert_nothing_left(uint32_t port)
{
    assert_int_equal(v6nf_cable_receive(&cables[port].a, NULL, 0), 0);
}

static uint32_t poll_forward(void)
{
    return v6nf_forward_poll(&forward, set_lengths, &answer);
}

/* -- Tests --------------------------------------------------------------------------------------------------------- */

static void test_frame_leaves_by_each_output_with_a_length(void **state)
{
    (void)state;
    answer.lengths[0] = LENGTH;
    answer.lengths[2] = LENGTH - 1u;
    send_to(0, 7, LENGTH);
    assert_int_equal(poll_forward(), 1);
    assert_int_equal(answer.capacity, CAPACITY);
    assert_left(1, 8, LENGTH);
    assert_nothing_left(2);
    assert_left(3, 8, LENGTH - 1u);
    assert_nothing_left(0);
    assert_int_equal(poll_forward(), 0);
}

static void test_function_that_sets_no_length_drops(void **state)
{
    (void)state;
    send_to(0, 7, LENGTH);
    assert_int_equal(poll_forward(), 1);
    for (uint32_t i = 0; i < PORTS; i++) {
        assert_nothing_left(i);
    }
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(v6nf_forward_dropped(&forward, i), 0);
    }
}

static void test_input_sends_back_in_place(void **state)
{
    (void)state;
    struct v6nf_port *outputs[] = {&cables[1].b.port, &cables[0].b.port};
    assert_true(v6nf_forward_init(&forward, &cables[0].b.port, 2, outputs));
    cables[0].b.knobs.busy = 1000000; /* no originate buffer is needed for it */
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH + 4u;
    for (uint32_t i = 0; i < 10u * V6NF_CABLE_ORIGINATE; i++) {
        send_to(0, (uint8_t)i, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(1, (uint8_t)(i + 1u), LENGTH);
        assert_left(0, (uint8_t)(i + 1u), LENGTH + 4u);
    }
}

static void test_input_that_is_two_outputs_sends_twice(void **state)
{
    (void)state;
    struct v6nf_port *outputs[] = {&cables[0].b.port, &cables[0].b.port};
    assert_true(v6nf_forward_init(&forward, &cables[0].b.port, 2, outputs));
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH + 1u;
    send_to(0, 1, LENGTH);
    assert_int_equal(poll_forward(), 1);
    uint32_t sum = v6nf_cable_receive(&cables[0].a, NULL, 0);
    sum += v6nf_cable_receive(&cables[0].a, NULL, 0);
    assert_int_equal(sum, 2u * LENGTH + 1u);
    assert_nothing_left(0);
}

/* As on a ring, the slowest output sets the pace. */
static void test_frame_waits_for_a_slow_output(void **state)
{
    (void)state;
    cables[2].b.knobs.busy = V6NF_CABLE_ORIGINATE * 1000u; /* each originate buffer stays occupied for so long */
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH;
    for (uint32_t i = 0; i < 100u * V6NF_CABLE_ORIGINATE; i++) {
        send_to(0, (uint8_t)i, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(1, (uint8_t)(i + 1u), LENGTH);
        assert_left(2, (uint8_t)(i + 1u), LENGTH);
    }
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 0);
}

/* Only the first frame for it waits. */
static void test_output_without_buffer_drops_alone(void **state)
{
    (void)state;
    const uint64_t began = now;
    cables[2].b.knobs.busy = 1000000; /* its originate buffers stay occupied */
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH;
    const uint32_t count = V6NF_CABLE_ORIGINATE + 6u;
    for (uint32_t i = 0; i < count; i++) {
        send_to(0, (uint8_t)i, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(1, (uint8_t)(i + 1u), LENGTH);
    }
    assert_in_range(now - began, V6NF_FORWARD_WAIT, V6NF_FORWARD_WAIT + 1000u);
    assert_int_equal(v6nf_forward_dropped(&forward, 0), 0);
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 6);
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE; i++) {
        assert_int_equal(v6nf_cable_receive(&cables[2].a, NULL, 0), LENGTH);
    }
    now += 1000000u; /* it comes back, and the next frames wait again */
    for (uint32_t i = 0; i < 2u * V6NF_CABLE_ORIGINATE; i++) {
        cables[2].b.knobs.busy = 1000u;
        (void)v6nf_env_clock();
        send_to(0, 100, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(1, 101, LENGTH);
        assert_left(2, 101, LENGTH);
    }
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 6);
}

/* Forward `count` frames to the second and third cable. The third is busy with each for so long. Return what it has
 * sent. */
static uint32_t forward_many(uint32_t count, uint32_t busy)
{
    uint32_t sent = 0;
    cables[2].b.knobs.busy = busy;
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH;
    for (uint32_t i = 0; i < count; i++) {
        send_to(0, (uint8_t)i, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(1, (uint8_t)(i + 1u), LENGTH);
        sent += v6nf_cable_receive(&cables[2].a, NULL, 0) > 0u ? 1u : 0u;
        pass_time(10); /* as long as the input needs for a frame */
    }
    return sent;
}

/* It frees a buffer every 19 ms, just before a wait ends. */
static void test_output_that_crawls_does_not_set_the_pace(void **state)
{
    (void)state;
    const uint32_t count = 65536;
    const uint64_t began = now;
    uint32_t sent = 0;
    for (uint32_t i = 1; i <= V6NF_CABLE_ORIGINATE; i++) {
        sent += forward_many(1, 19000u * i);
    }
    sent += forward_many(count - V6NF_CABLE_ORIGINATE, 19000u * V6NF_CABLE_ORIGINATE);
    assert_in_range(now - began, 10u * count, 12u * count); /* not 20 minutes */
    assert_in_range(sent, 10u * count / 19000u, 12u * count / 19000u + V6NF_CABLE_ORIGINATE);
    assert_int_equal(sent + v6nf_forward_dropped(&forward, 1), count);
    assert_int_equal(v6nf_forward_dropped(&forward, 0), 0);
}

/* A link of 10 Mb/s loses nothing, however long it takes. */
static void test_slow_output_sets_the_pace(void **state)
{
    (void)state;
    const uint64_t began = now;
    assert_int_equal(forward_many(10000, 1100u * V6NF_CABLE_ORIGINATE), 10000);
    assert_true(now - began > UINT64_C(10000000));
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 0);
}

/* The frames between two pauses pay for the next one. */
static void test_output_that_pauses_loses_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000u; i++) {
        assert_int_equal(forward_many(V6NF_CABLE_ORIGINATE, 15000), V6NF_CABLE_ORIGINATE);
        assert_int_equal(forward_many(16, 0), 16);
    }
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 0);
}

static void test_output_that_is_stopped_drops_alone(void **state)
{
    (void)state;
    assert_true(cables[1].b.port.operations->stop(&cables[1].b.port));
    answer.lengths[0] = LENGTH;
    answer.lengths[1] = LENGTH;
    for (uint32_t i = 0; i < 65536u; i++) {
        send_to(0, 1, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_left(2, 2, LENGTH);
    }
    assert_int_equal(v6nf_forward_dropped(&forward, 0), 65536);
    assert_int_equal(v6nf_forward_dropped(&forward, 1), 0);
}

static void test_length_that_is_no_frame_is_counted(void **state)
{
    (void)state;
    const uint32_t bad[] = {1, V6NF_PORT_FRAME_MIN - 1u, CAPACITY + 1u, UINT32_MAX};
    for (uint32_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer.lengths[0] = bad[i];
        answer.lengths[1] = LENGTH;
        send_to(0, 1, LENGTH);
        assert_int_equal(poll_forward(), 1);
        assert_nothing_left(1);
        assert_left(2, 2, LENGTH);
        assert_int_equal(v6nf_forward_dropped(&forward, 0), i + 1u);
    }
}

static void test_frame_longer_than_an_output_is_dropped_there(void **state)
{
    (void)state;
    assert_true(v6nf_cable_init(&cables[1], 1280, 1294, 1));
    for (uint32_t length = 1294; length <= 1295u; length++) {
        answer.lengths[0] = length;
        answer.lengths[1] = length;
        send_to(0, 1, length);
        assert_int_equal(poll_forward(), 1);
        assert_left(2, 2, length);
    }
    assert_left(1, 2, 1294);
    assert_int_equal(v6nf_forward_dropped(&forward, 0), 1);
}

static void test_wrong_number_of_outputs_is_refused(void **state)
{
    (void)state;
    struct v6nf_port *outputs[V6NF_PORT_OUTPUTS_MAX + 1u];
    for (uint32_t i = 0; i <= V6NF_PORT_OUTPUTS_MAX; i++) {
        outputs[i] = &cables[1].b.port;
    }
    assert_false(v6nf_forward_init(&forward, &cables[0].b.port, 0, outputs));
    assert_false(v6nf_forward_init(&forward, &cables[0].b.port, V6NF_PORT_OUTPUTS_MAX + 1u, outputs));
    answer.lengths[1] = LENGTH; /* the outputs of before */
    send_to(0, 1, LENGTH);
    assert_int_equal(poll_forward(), 1);
    assert_left(2, 2, LENGTH);
    assert_int_equal(v6nf_forward_dropped(&forward, V6NF_PORT_OUTPUTS_MAX), 0);
}

/* Frames of such a port may lack their checksum. */
static void test_input_with_checksums_by_its_device_is_refused(void **state)
{
    (void)state;
    struct v6nf_port *outputs[1] = {&cables[1].b.port};
    cables[0].b.port.checksums = V6NF_PORT_VERIFIES;
    assert_false(v6nf_forward_init(&forward, &cables[0].b.port, 1, outputs));
    cables[0].b.port.checksums = 0;
    cables[0].b.port.tags = true; /* or their VLAN tag */
    assert_false(v6nf_forward_init(&forward, &cables[0].b.port, 1, outputs));
    cables[0].b.port.tags = false;
    assert_true(v6nf_forward_init(&forward, &cables[0].b.port, 1, outputs));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_frame_leaves_by_each_output_with_a_length, set_up),
        cmocka_unit_test_setup(test_function_that_sets_no_length_drops, set_up),
        cmocka_unit_test_setup(test_input_sends_back_in_place, set_up),
        cmocka_unit_test_setup(test_input_that_is_two_outputs_sends_twice, set_up),
        cmocka_unit_test_setup(test_frame_waits_for_a_slow_output, set_up),
        cmocka_unit_test_setup(test_output_without_buffer_drops_alone, set_up),
        cmocka_unit_test_setup(test_output_that_crawls_does_not_set_the_pace, set_up),
        cmocka_unit_test_setup(test_slow_output_sets_the_pace, set_up),
        cmocka_unit_test_setup(test_output_that_pauses_loses_nothing, set_up),
        cmocka_unit_test_setup(test_output_that_is_stopped_drops_alone, set_up),
        cmocka_unit_test_setup(test_length_that_is_no_frame_is_counted, set_up),
        cmocka_unit_test_setup(test_frame_longer_than_an_output_is_dropped_there, set_up),
        cmocka_unit_test_setup(test_wrong_number_of_outputs_is_refused, set_up),
        cmocka_unit_test_setup(test_input_with_checksums_by_its_device_is_refused, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
