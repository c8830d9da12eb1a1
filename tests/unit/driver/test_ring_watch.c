/* test_ring_watch.c: outputs of a ring that stop, and come back, on cards in memory. Time is virtual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_ring_device.h"

#define BUFFER_SIZE 2048u
#define MAX_OUTPUTS 3u
#define MILLISECOND 1000u
#define SECOND 1000000u
#define PATIENCE SECOND
#define DEAD 1u /* the output that dies, unless the test states another */

/* A card for the input and one for each output, the ring, and counters. */
struct world {
    enum v6nf_ring_format format;
    uint32_t outputs;
    struct ring_device input;
    struct ring_device output[MAX_OUTPUTS];
    struct v6nf_ring ring;
    uint64_t now;
    uint64_t patience;
    uint32_t set;      /* result of the last watch */
    uint32_t received; /* frames that the card received */
    uint32_t handled;
    uint32_t lost;               /* frames that found no descriptor */
    uint32_t asked[MAX_OUTPUTS]; /* frames for each output */
    uint32_t sent[MAX_OUTPUTS];
    uint32_t newest[MAX_OUTPUTS]; /* number of the last frame sent, plus 1 */
};

static struct world w;

static uint32_t scatter(uint32_t number, uint32_t salt)
{
    uint32_t x = (number + 1u) * 0x9E3779B1u + salt * 0x85EBCA77u;
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    return x ^ (x >> 13);
}

/* Return the length of frame `number` on an output: 0 for one in four. */
static uint32_t length_on(uint32_t number, uint32_t output)
{
    const uint32_t chance = scatter(number, 1u + output);
    return chance % 4u == 0u ? 0u : 60u + (chance >> 8) % 300u;
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t number = 0;
    memcpy(&number, frame, sizeof number);
    assert_ptr_equal(context, &w);
    assert_int_equal(length, 64);
    assert_int_equal(capacity, BUFFER_SIZE);
    assert_int_equal(number, w.handled);
    w.handled++;
    frame[4] = 1;
    for (uint32_t i = 0; i < w.outputs; i++) {
        lengths[i] = length_on(number, i);
        w.asked[i] += lengths[i] > 0u ? 1u : 0u;
    }
}

static uint32_t poll(void)
{
    const enum v6nf_ring_format format = w.format;
    return format == V6NF_RING_ADVANCED ? v6nf_ring_poll(&w.ring, V6NF_RING_ADVANCED, w.outputs, handler, &w)
                                        : v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY, w.outputs, handler, &w);
}

static bool receive(void)
{
    uint8_t frame[64] = {0};
    memcpy(frame, &w.received, sizeof w.received);
    const bool taken = ring_device_receive(&w.input, frame, sizeof frame);
    w.received += taken ? 1u : 0u;
    w.lost += taken ? 0u : 1u;
    return taken;
}

/* Send one descriptor. A frame is later than the one before, and has the bytes that the handler left. */
static bool send(uint32_t i)
{
    const uint8_t *frame = NULL;
    const uint32_t length = ring_device_send(&w.output[i], 0, &frame);
    if (length != RING_DEVICE_IDLE && length > 0u) {
        uint32_t number = 0;
        memcpy(&number, frame, sizeof number);
        assert_true(number >= w.newest[i]);
        assert_true(number < w.handled);
        assert_int_equal(length, length_on(number, i));
        assert_int_equal(frame[4], 1);
        w.newest[i] = number + 1u;
        w.sent[i]++;
    }
    return length != RING_DEVICE_IDLE;
}

static void send_all(void)
{
    for (uint32_t i = 0; i < w.outputs; i++) {
        while (send(i)) {
        }
    }
}

static void watch(uint64_t microseconds)
{
    w.now += microseconds;
    w.set = v6nf_ring_watch(&w.ring, w.patience, w.now);
}

/* Let `count` frames arrive, four in each millisecond, unless the card has no descriptor. */
static void flood(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)receive();
        if (i % 4u == 3u) {
            while (poll() > 0u) {
            }
            send_all();
            watch(MILLISECOND);
        }
    }
}

/* Let time pass without frames. */
static void rest(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        while (poll() > 0u) {
        }
        send_all();
        watch(MILLISECOND);
    }
}

/* Assert that each frame was sent, or was counted because its output was parked. */
static void assert_all_are_counted(void)
{
    rest(500);
    assert_int_equal(w.set, 0);
    assert_int_equal(w.handled, w.received);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_null(w.output[i].fault);
        assert_int_equal(w.sent[i] + v6nf_ring_dropped(&w.ring, i), w.asked[i]);
    }
    assert_null(w.input.fault);
}

static void make_world(enum v6nf_ring_format format, bool writes_heads, uint32_t outputs)
{
    struct v6nf_ring_device *devices[MAX_OUTPUTS];
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    w.format = format;
    w.outputs = outputs;
    w.patience = PATIENCE;
    w.now = SECOND;
    ring_device_init(&w.input, format, writes_heads);
    for (uint32_t i = 0; i < MAX_OUTPUTS; i++) {
        ring_device_init(&w.output[i], format, writes_heads);
        devices[i] = &w.output[i].device;
    }
    assert_int_equal(v6nf_ring_open(&w.ring, &w.input.device, outputs, devices, BUFFER_SIZE), V6NF_RING_OPEN);
}

/* Run the test on each kind of card, with two outputs and three. */
static void on_every_card(void (*test)(void))
{
    for (uint32_t kind = 0; kind < 8u; kind++) {
        make_world((kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u,
                   (kind & 4u) != 0u ? 3u : 2u);
        test();
    }
}

/* Output `i` loses its link with frames under way, is parked, and comes back. The others lose no frame. */
static void lose_link(uint32_t i)
{
    flood(1001);
    w.output[i].link_down = true;
    flood(2003);
    assert_int_equal(w.set, 1u << i);
    w.output[i].link_down = false;
    const uint32_t before = w.sent[i];
    flood(2001);
    assert_int_equal(w.set, 0);
    assert_true(w.sent[i] > before + 500u);
    assert_all_are_counted();
    for (uint32_t j = 0; j < w.outputs; j++) {
        assert_int_equal(v6nf_ring_dropped(&w.ring, j) > 0u, j == i);
    }
}

static void second_loses_link(void)
{
    lose_link(1);
    assert_int_equal(w.lost, 0);
    assert_int_equal(w.output[1].resets, 0);
}

static void first_loses_link(void)
{
    lose_link(0);
    assert_int_equal(w.lost, 0);
}

static void an_output_without_a_link_stops_no_other(void **state)
{
    (void)state;
    on_every_card(second_loses_link);
}

/* It shares its descriptors with the input. */
static void the_first_output_stops_no_other(void **state)
{
    (void)state;
    on_every_card(first_loses_link);
}

static void needs_reset(void)
{
    w.output[DEAD].never_ends = true;
    lose_link(DEAD);
    assert_int_equal(w.output[DEAD].resets, 1);
    assert_int_equal(w.input.resets, 0);
    assert_int_equal(w.lost, 0);
}

static void first_needs_reset(void)
{
    w.output[0].never_ends = true;
    lose_link(0);
    assert_int_equal(w.output[0].resets, 1);
    assert_int_equal(w.lost, 0);
}

static void a_card_whose_queue_does_not_end_is_reset(void **state)
{
    (void)state;
    on_every_card(needs_reset);
    on_every_card(first_needs_reset);
}

/* All frames that were under way are sent while the queue ends: none of them is counted, and no buffer is used again
 * before. */
static void ends_late(void)
{
    flood(1000);
    w.output[DEAD].stalls = true;
    w.output[DEAD].ends_late = 4;
    w.patience = 20u * MILLISECOND;
    for (uint32_t i = 0; i < 1000u && w.set == 0u; i++) {
        (void)receive();
        (void)poll();
        send_all();
        watch(MILLISECOND);
    }
    assert_int_equal(w.set, 1u << DEAD);
    const uint32_t handled = w.handled;
    const uint32_t asked = w.asked[DEAD];
    w.output[DEAD].stalls = false;
    for (uint32_t i = 0; i < 4u; i++) {
        (void)receive();
        (void)poll();
        while (send(DEAD)) {
        }
        watch(MILLISECOND);
    }
    assert_true(w.handled > handled);
    w.patience = PATIENCE;
    assert_int_equal(w.sent[DEAD], asked);
    assert_int_equal(v6nf_ring_dropped(&w.ring, DEAD), w.asked[DEAD] - asked);
    assert_all_are_counted();
    flood(500);
    assert_all_are_counted();
}

static void buffers_of_a_queue_that_ends_are_kept(void **state)
{
    (void)state;
    on_every_card(ends_late);
}

/* With a link, an output may be slow: it is parked after the time that the program sets. */
static void stalls(void)
{
    flood(1000);
    w.output[DEAD].stalls = true;
    flood(400);
    rest(850);
    assert_int_equal(w.set, 0);
    rest(100);
    assert_int_equal(w.set, 1u << DEAD);
    w.output[DEAD].stalls = false;
    flood(1000);
    assert_all_are_counted();
    assert_true(v6nf_ring_dropped(&w.ring, DEAD) > 0u);

    w.patience = 0;
    w.output[DEAD].stalls = true;
    flood(400);
    for (uint32_t i = 0; i < 10000u; i++) {
        rest(1);
        assert_int_equal(w.set, 0);
    }
    w.output[DEAD].stalls = false;
    assert_all_are_counted();
}

static void an_output_with_a_link_is_parked_after_the_time_that_the_program_sets(void **state)
{
    (void)state;
    on_every_card(stalls);
}

/* An output is not late while it advances, also if its head is where it was at the last look. Nor is one that has
 * nothing to do. */
static void is_slow(void)
{
    w.patience = 2u * MILLISECOND;
    for (uint32_t i = 0; i < 20000u; i++) {
        (void)receive();
        (void)poll();
        for (uint32_t j = 0; j < w.outputs && i >= 100u; j++) {
            (void)send(j); /* 100 behind */
        }
        if (i % V6NF_RING_SIZE == 3u) {
            watch(MILLISECOND);
            assert_int_equal(w.set, 0);
        }
    }
    while (poll() > 0u) {
    }
    send_all();
    w.output[0].link_down = w.output[DEAD].link_down = true;
    watch(10u * SECOND);
    watch(10u * SECOND);
    w.output[0].link_down = w.output[DEAD].link_down = false;
    assert_all_are_counted();
    assert_int_equal(v6nf_ring_dropped(&w.ring, DEAD), 0);
}

static void an_output_that_advances_is_not_parked(void **state)
{
    (void)state;
    on_every_card(is_slow);
}

static void all_die(void)
{
    flood(777);
    for (uint32_t i = 0; i < w.outputs; i++) {
        w.output[i].link_down = true;
        w.output[i].never_ends = i != DEAD;
    }
    flood(1500);
    assert_int_equal(w.set, (1u << w.outputs) - 1u);
    for (uint32_t i = 0; i < w.outputs; i++) {
        w.output[i].link_down = false;
    }
    flood(1500);
    assert_all_are_counted();
    const uint32_t before = w.sent[0] + w.sent[DEAD];
    flood(100);
    send_all();
    assert_true(w.sent[0] + w.sent[DEAD] > before + 100u);
}

static void all_outputs_can_die(void **state)
{
    (void)state;
    on_every_card(all_die);
}

static void many_while_parked(void)
{
    flood(99);
    w.output[DEAD].link_down = true;
    flood(65536);
    assert_int_equal(w.set, 1u << DEAD);
    assert_int_equal(w.lost, 0);
    w.output[DEAD].link_down = false;
    flood(1000);
    assert_all_are_counted();
    assert_true(v6nf_ring_dropped(&w.ring, DEAD) > 40000u);
}

static void packets_while_an_output_is_parked_are_counted(void **state)
{
    (void)state;
    on_every_card(many_while_parked);
}

/* On a quiet link the first output does not wait for the end of the ring: the input pauses for a moment. */
static void comes_back_quietly(void)
{
    flood(500);
    w.output[0].link_down = true;
    flood(400);
    assert_int_equal(w.set, 1);
    w.output[0].link_down = false;
    rest(200);
    assert_int_equal(w.set, 0);
    const uint32_t before = w.sent[0];
    flood(40);
    send_all();
    assert_true(w.sent[0] > before + 15u);
    assert_all_are_counted();
    assert_int_equal(w.input.resets, 0);
}

static void the_first_output_comes_back_on_a_quiet_link(void **state)
{
    (void)state;
    on_every_card(comes_back_quietly);
}

/* Frames that were received before the pause are handled. */
static void comes_back_with_little_traffic(void)
{
    flood(500);
    w.output[0].link_down = true;
    flood(400);
    w.output[0].link_down = false;
    for (uint32_t i = 0; i < 200u; i++) {
        while (poll() > 0u) {
        }
        send_all();
        (void)receive();
        watch(MILLISECOND);
    }
    assert_int_equal(w.set, 0);
    assert_true(w.input.pauses > 0u);
    assert_all_are_counted();
}

static void the_first_output_comes_back_with_little_traffic(void **state)
{
    (void)state;
    on_every_card(comes_back_with_little_traffic);
}

/* With much traffic, outputs come back at the end of the ring: no input pauses. */
static void comes_back_busily(void)
{
    for (uint32_t i = 0; i < 4800u; i++) {
        const uint32_t phase = i % 600u;
        w.output[0].link_down = phase > 100u && phase < 300u;
        w.output[DEAD].link_down = phase > 150u && phase < 350u;
        for (uint32_t j = 0; j < 37u; j++) {
            (void)receive();
            if (scatter(64u * i + j, 70) % 3u == 0u) {
                (void)poll();
            }
        }
        while (poll() > 0u) {
        }
        send_all();
        watch(MILLISECOND);
    }
    assert_int_equal(w.set, 0);
    assert_int_equal(w.input.pauses, 0);
    assert_all_are_counted();
}

static void no_input_pauses_on_a_busy_link(void **state)
{
    (void)state;
    on_every_card(comes_back_busily);
}

static void flaps(void)
{
    for (uint32_t i = 0; i < 1000u; i++) {
        const uint32_t output = scatter(i, 50) % w.outputs;
        w.output[output].never_ends = scatter(i, 51) % 4u == 0u;
        w.output[output].link_down = true;
        flood(scatter(i, 52) % 300u);
        w.output[output].link_down = false;
        flood(scatter(i, 53) % 3u == 0u ? scatter(i, 54) % 1000u : scatter(i, 54) % 50u);
        rest(scatter(i, 55) % 5u == 0u ? 150u : 0u);
    }
    assert_all_are_counted();
    flood(1000);
    assert_all_are_counted();
}

static void links_can_die_a_thousand_times(void **state)
{
    (void)state;
    on_every_card(flaps);
}

/* A flapping link cannot keep the loop busy with resets: they take at most a tenth of the time. */
static void flaps_fast(void)
{
    w.output[DEAD].never_ends = true;
    for (uint32_t i = 0; i < 2000u; i++) {
        w.output[DEAD].link_down = i % 2u == 0u;
        flood(40);
    }
    assert_true(w.output[DEAD].resets <= 20u * SECOND / V6NF_RING_HOLD);
    w.output[DEAD].resets = 0;
    w.output[DEAD].reset_time = SECOND;
    for (uint32_t i = 0; i < 1000u; i++) {
        w.output[DEAD].link_down = i % 15u == 0u;
        flood(40);
    }
    assert_in_range(w.output[DEAD].resets, 1, 2);
    w.output[DEAD].link_down = false;
    rest(10000);
    assert_all_are_counted();
}

static void a_flapping_link_causes_few_resets(void **state)
{
    (void)state;
    on_every_card(flaps_fast);
}

/* -- Resets -------------------------------------------------------------------------------------------------------- */

/* The card of the input is reset under the ring. What was received is handled, what was handled is sent. */
static void input_is_reset(void)
{
    for (uint32_t i = 0; i < 20u; i++) {
        flood(scatter(i, 60) % 600u);
        for (uint32_t j = scatter(i, 61) % 20u; j > 0u; j--) {
            (void)receive();
        }
        w.input.is_lost = false;
        ring_device_lose(&w.input);
        flood(40);
        rest(300);
        const uint32_t before = w.handled;
        flood(40);
        rest(1);
        assert_true(w.handled >= before + 40u);
    }
    assert_all_are_counted();
    assert_int_equal(w.input.resets, 20);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(v6nf_ring_dropped(&w.ring, i), 0);
    }
}

static void an_input_whose_card_was_reset_receives_again(void **state)
{
    (void)state;
    on_every_card(input_is_reset);
}

static void dies_in_reset(void)
{
    flood(500);
    w.output[DEAD].link_down = w.output[DEAD].never_ends = w.output[DEAD].refuses_reset = true;
    flood(4000);
    assert_int_equal(w.set, 1u << DEAD);
    assert_int_equal(w.lost, 0);
    w.output[DEAD].link_down = false;
    flood(4000);
    assert_int_equal(w.set, 1u << DEAD); /* it has a link, and no queue */
    assert_true(w.output[DEAD].resets > 1u);
    w.output[DEAD].refuses_reset = false;
    flood(2000);
    assert_all_are_counted();
}

static void a_card_can_die_in_its_reset(void **state)
{
    (void)state;
    on_every_card(dies_in_reset);
}

static void queue_is_refused(void)
{
    flood(500);
    w.output[DEAD].link_down = true;
    w.output[0].link_down = true;
    flood(500);
    w.output[DEAD].refuses_output = w.output[0].refuses_output = true;
    w.output[DEAD].link_down = w.output[0].link_down = false;
    flood(2000);
    assert_int_equal(w.set & 3u, 3u);
    w.output[DEAD].refuses_output = w.output[0].refuses_output = false;
    flood(2000);
    assert_all_are_counted();
}

static void a_queue_that_does_not_start_is_tried_again(void **state)
{
    (void)state;
    on_every_card(queue_is_refused);
}

/* The card is lost between a watch, which lets the output come back, and the end of the ring. */
static void is_lost_before_the_end(void)
{
    for (uint32_t i = 0; i < 40u; i++) {
        flood(500);
        w.output[DEAD].link_down = true;
        flood(500);
        w.output[DEAD].link_down = false;
        flood(V6NF_RING_HOLD / MILLISECOND * 4u + 6u * i);
        ring_device_lose(&w.output[DEAD]);
        for (uint32_t j = 0; j < 2u * V6NF_RING_SIZE; j++) {
            (void)receive();
            while (poll() > 0u) {
            }
            send_all();
        }
        w.output[DEAD].is_lost = true;
        flood(1000);
    }
    assert_all_are_counted();
}

static void no_queue_of_a_lost_card_is_turned_on(void **state)
{
    (void)state;
    on_every_card(is_lost_before_the_end);
}

/* A card that lets the driver wait for each queue in vain cannot keep the loop busy. */
static void is_refused_slowly(void)
{
    struct ring_device *dead = &w.output[DEAD];
    flood(500);
    dead->link_down = true;
    flood(500);
    assert_int_equal(w.set, 1u << DEAD);
    dead->refuses_output = true;
    dead->open_time = SECOND;
    dead->link_down = false;
    const uint64_t before = w.now;
    const uint64_t waited = v6nf_env_clock();
    for (uint32_t i = 0; i < 60u * SECOND / MILLISECOND; i++) {
        const uint64_t begin = v6nf_env_clock();
        flood(4);
        w.now += v6nf_env_clock() - begin; /* the loop stood still */
    }
    assert_true(dead->opens > 0u);
    assert_true(v6nf_env_clock() - waited <= (w.now - before) / 10u + 2u * SECOND);
    dead->refuses_output = false;
    rest(20000);
    assert_all_are_counted();
}

static void a_queue_that_does_not_start_takes_a_tenth_of_the_time(void **state)
{
    (void)state;
    on_every_card(is_refused_slowly);
}

/* Nothing stops the input any more: it receives again. */
static void assert_input_is_back(void)
{
    rest(1000);
    const uint32_t before = w.handled;
    flood(40);
    rest(1);
    assert_true(w.handled >= before + 40u);
    assert_all_are_counted();
}

/* The input is open again, and its card does not start. */
static void does_not_start(void)
{
    flood(500);
    w.input.refuses_start = true;
    assert_true(v6nf_ring_reset(&w.input.device, w.now));
    rest(1000);
    w.input.refuses_start = false;
    w.input.started = false;
    assert_input_is_back();
}

static void an_input_that_does_not_start_is_tried_again(void **state)
{
    (void)state;
    on_every_card(does_not_start);
}

/* The same with a card of several threads, whose queue does not end after that: it is stuck, but not at once. */
static void does_not_start_nor_end(void)
{
    flood(500);
    w.input.device.is_shared = true;
    w.input.refuses_start = true;
    w.input.never_ends = true;
    assert_true(v6nf_ring_reset(&w.input.device, w.now));
    rest(V6NF_RING_HOLD / MILLISECOND); /* it is opened in this time, and has a pause after that */
    assert_null(v6nf_ring_stuck_device(&w.ring, w.now));
    rest((V6NF_RING_HOLD + V6NF_RING_END) / MILLISECOND);
    assert_ptr_equal(v6nf_ring_stuck_device(&w.ring, w.now), &w.input.device);
    w.input.refuses_start = false;
    assert_true(v6nf_ring_reset(&w.input.device, w.now));
    assert_null(v6nf_ring_stuck_device(&w.ring, w.now));
    assert_input_is_back();
}

static void a_shared_input_that_does_not_end_is_stuck(void **state)
{
    (void)state;
    on_every_card(does_not_start_nor_end);
}

/* Other threads have rings of the card: only the program resets it. Until then the ring waits. */
static void is_shared(void)
{
    w.output[DEAD].never_ends = true;
    w.output[DEAD].device.is_shared = true;
    flood(500);
    assert_null(v6nf_ring_stuck_device(&w.ring, w.now));
    w.output[DEAD].link_down = true;
    flood(4000);
    assert_int_equal(w.output[DEAD].resets, 0);
    assert_int_equal(w.set, 1u << DEAD);
    assert_true(w.lost > 0u);
    assert_ptr_equal(v6nf_ring_stuck_device(&w.ring, w.now), &w.output[DEAD].device);
    assert_true(v6nf_ring_reset(&w.output[DEAD].device, w.now));
    assert_null(v6nf_ring_stuck_device(&w.ring, w.now));
    rest(1);
    w.lost = 0;
    flood(400);
    assert_int_equal(w.lost, 0);
    w.output[DEAD].link_down = false;
    flood(2000);
    assert_all_are_counted();
}

static void a_shared_card_is_reset_by_the_program(void **state)
{
    (void)state;
    on_every_card(is_shared);
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

static struct v6nf_originate originate;

static bool originate_one(void)
{
    uint8_t *frame = v6nf_originate_reserve(&originate);
    if (frame == NULL) {
        return false;
    }
    memset(frame, 0x77, 60);
    v6nf_originate_commit(&originate, 60);
    return true;
}

static void watch_originate(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        w.now += MILLISECOND;
        w.set = v6nf_originate_watch(&originate, w.patience, w.now) ? 1u : 0u;
    }
}

static void originate_dies(void)
{
    struct ring_device *card = &w.output[0];
    const uint8_t *frame = NULL;
    assert_int_equal(v6nf_originate_open(&originate, &card->device, BUFFER_SIZE), V6NF_RING_OPEN);
    for (uint32_t turn = 0; turn < 20u; turn++) {
        uint32_t sent = 0;
        uint32_t committed = 0;
        const uint64_t before = originate.queue.dropped;
        card->never_ends = turn % 2u == 1u;
        for (uint32_t i = 0; i < turn; i++) {
            committed += originate_one() ? 1u : 0u;
            sent += ring_device_send(card, 1, &frame) == 60u ? 1u : 0u;
        }
        card->link_down = true;
        while ((turn % 3u == 0u || committed - sent < 3u) && originate_one()) {
            committed++;
        }
        assert_int_equal(committed - sent, turn % 3u == 0u ? V6NF_ORIGINATE_SIZE - 1u : 3u);
        watch_originate(20);
        assert_int_equal(w.set, 1);
        assert_int_equal(originate.queue.dropped - before, committed - sent);
        assert_null(v6nf_originate_reserve(&originate));
        card->link_down = false;
        watch_originate(150);
        assert_int_equal(w.set, 0);
        for (uint32_t i = 0; i < 20u; i++) {
            assert_true(originate_one());
            assert_int_equal(ring_device_send(card, 1, &frame), 60);
            assert_int_equal(ring_device_send(card, 1, &frame), RING_DEVICE_IDLE);
        }
    }
    assert_null(card->fault);
}

static void the_originate_queue_comes_back(void **state)
{
    (void)state;
    on_every_card(originate_dies);
}

/* Nothing is sent that was not reserved: an old frame, perhaps of another. */
static void commits_too_often(void)
{
    struct ring_device *card = &w.output[0];
    const uint8_t *frame = NULL;
    assert_int_equal(v6nf_originate_open(&originate, &card->device, BUFFER_SIZE), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < 100u; i++) {
        assert_true(originate_one());
        v6nf_originate_commit(&originate, 60);
        assert_int_equal(ring_device_send(card, 1, &frame), 60);
        assert_int_equal(ring_device_send(card, 1, &frame), RING_DEVICE_IDLE);
    }
    assert_int_equal(originate.transmit_dropped, 100);
}

static void nothing_is_committed_twice(void **state)
{
    (void)state;
    on_every_card(commits_too_often);
}

/* A buffer that was reserved before the queue was parked is not the one that is sent after that. */
static void reserves_and_parks(void)
{
    struct ring_device *card = &w.output[0];
    const uint8_t *sent = NULL;
    assert_int_equal(v6nf_originate_open(&originate, &card->device, BUFFER_SIZE), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < 5u; i++) {
        assert_true(originate_one());
        assert_int_equal(ring_device_send(card, 1, &sent), 60);
    }
    card->link_down = true;
    assert_true(originate_one());
    uint8_t *frame = v6nf_originate_reserve(&originate);
    watch_originate(20);
    card->link_down = false;
    watch_originate(150);
    assert_int_equal(w.set, 0);
    memset(frame, 0x11, 60);
    v6nf_originate_commit(&originate, 60);
    if (ring_device_send(card, 1, &sent) != RING_DEVICE_IDLE) {
        assert_int_equal(sent[0], 0x11);
    }
}

static void no_other_buffer_is_committed(void **state)
{
    (void)state;
    on_every_card(reserves_and_parks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_without_a_link_stops_no_other),
        cmocka_unit_test(the_first_output_stops_no_other),
        cmocka_unit_test(a_card_whose_queue_does_not_end_is_reset),
        cmocka_unit_test(buffers_of_a_queue_that_ends_are_kept),
        cmocka_unit_test(an_output_with_a_link_is_parked_after_the_time_that_the_program_sets),
        cmocka_unit_test(an_output_that_advances_is_not_parked),
        cmocka_unit_test(all_outputs_can_die),
        cmocka_unit_test(packets_while_an_output_is_parked_are_counted),
        cmocka_unit_test(the_first_output_comes_back_on_a_quiet_link),
        cmocka_unit_test(the_first_output_comes_back_with_little_traffic),
        cmocka_unit_test(no_input_pauses_on_a_busy_link),
        cmocka_unit_test(links_can_die_a_thousand_times),
        cmocka_unit_test(a_flapping_link_causes_few_resets),
        cmocka_unit_test(an_input_whose_card_was_reset_receives_again),
        cmocka_unit_test(a_card_can_die_in_its_reset),
        cmocka_unit_test(a_queue_that_does_not_start_is_tried_again),
        cmocka_unit_test(no_queue_of_a_lost_card_is_turned_on),
        cmocka_unit_test(a_queue_that_does_not_start_takes_a_tenth_of_the_time),
        cmocka_unit_test(an_input_that_does_not_start_is_tried_again),
        cmocka_unit_test(a_shared_input_that_does_not_end_is_stuck),
        cmocka_unit_test(a_shared_card_is_reset_by_the_program),
        cmocka_unit_test(the_originate_queue_comes_back),
        cmocka_unit_test(nothing_is_committed_twice),
        cmocka_unit_test(no_other_buffer_is_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
