/* test_ring_checksums.c: rings whose cards verify and insert checksums, on a card in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_ring_device.h"
#include "v6nf/driver/ring_burst.h"

#define BUFFER_SIZE 2048u
#define OUTPUTS 2u
#define MILLISECOND UINT64_C(1000)

/* What the handler set for the frame in a descriptor, on each output. */
struct wish {
    uint32_t length;
    uint32_t number; /* of the frame */
};

struct world {
    enum v6nf_ring_format format;
    uint32_t outputs;
    struct ring_device input;
    struct ring_device output[OUTPUTS];
    struct v6nf_ring ring;
    struct wish wishes[OUTPUTS][V6NF_RING_SIZE];
    uint32_t seed;
    uint32_t received;
    uint32_t handled;
    uint32_t frames[OUTPUTS];
    uint32_t inserted[OUTPUTS];
    uint32_t lost; /* frames that a handler wanted sent, and that a context replaced */
    uint32_t invalid;
    uint32_t flags;   /* that the last frame was received with */
    bool asks_always; /* every frame is sent with a flag */
    bool is_fixed;    /* lengths are these: */
    uint32_t fixed[OUTPUTS];
    uint64_t now;
};

static struct world w;

static uint32_t draw(void)
{
    w.seed = w.seed * 1664525u + 1013904223u;
    return w.seed >> 8;
}

/* 0, a frame, a frame with a flag, or something else. */
static uint32_t draw_length(void)
{
    const uint32_t length = V6NF_PORT_FRAME_MIN + draw() % 1000u;
    if (w.asks_always) {
        return (V6NF_PORT_PARTIAL_MIN + draw() % 1000u) | V6NF_PORT_CHECKSUM_PARTIAL;
    }
    switch (draw() % 6u) {
    case 0:
        return 0;
    case 1:
    case 2:
        return length;
    case 3:
        return (draw() % 2u == 0u ? V6NF_PORT_CHECKSUM_GOOD : V6NF_PORT_CHECKSUM_WRONG) | length;
    default:
        return length | V6NF_PORT_CHECKSUM_PARTIAL;
    }
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const size_t at = (size_t)(frame - w.ring.buffers) / BUFFER_SIZE;
    uint32_t number = 0;
    (void)context;
    memcpy(&number, frame, sizeof number);
    assert_int_equal(number, w.handled);
    assert_int_equal(length & V6NF_PORT_LENGTH, 100);
    assert_int_equal(capacity, BUFFER_SIZE);
    w.flags = length - 100u;
    for (uint32_t i = 0; i < w.outputs; i++) {
        lengths[i] = w.is_fixed ? w.fixed[i] : draw_length();
        w.wishes[i][at] = (struct wish){.length = lengths[i], .number = number};
    }
    w.handled++;
}

static uint32_t poll(void)
{
    if (w.outputs == 1u) {
        return w.format == V6NF_RING_ADVANCED ? v6nf_ring_poll(&w.ring, V6NF_RING_ADVANCED_CHECKSUMS, 1u, handler, NULL)
                                              : v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY_CHECKSUMS, 1u, handler, NULL);
    }
    return w.format == V6NF_RING_ADVANCED
               ? v6nf_ring_poll(&w.ring, V6NF_RING_ADVANCED_CHECKSUMS, w.outputs, handler, NULL)
               : v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY_CHECKSUMS, w.outputs, handler, NULL);
}

static bool receive(void)
{
    uint8_t frame[100] = {0};
    memcpy(frame, &w.received, sizeof w.received);
    const bool taken = ring_device_receive(&w.input, frame, sizeof frame);
    w.received += taken ? 1u : 0u;
    return taken;
}

/* Send one descriptor. It must be what the handler wanted, from the buffer of its frame, or the context. */
static bool send(uint32_t i)
{
    const uint8_t *frame = NULL;
    struct ring_device_queue *queue = &w.output[i].outputs[0];
    const uint32_t contexts = queue->contexts;
    const struct wish *wish = &w.wishes[i][queue->head];
    const uint32_t length = ring_device_send(&w.output[i], 0, &frame);
    if (length == RING_DEVICE_IDLE) {
        return false;
    }
    const bool is_partial = (wish->length & ~V6NF_PORT_LENGTH) == V6NF_PORT_CHECKSUM_PARTIAL &&
                            (wish->length & V6NF_PORT_LENGTH) >= V6NF_PORT_PARTIAL_MIN;
    const bool is_frame = V6NF_PORT_IS_FRAME(wish->length, BUFFER_SIZE);
    if (queue->contexts != contexts) {
        assert_false(is_frame);
        w.lost += is_partial ? 1u : 0u;
        w.invalid += !is_partial && wish->length != 0u ? 1u : 0u;
    } else if (is_frame || (is_partial && queue->contexts > 0u)) {
        assert_int_equal(length, wish->length & V6NF_PORT_LENGTH);
        assert_int_equal(queue->inserted, is_partial);
        assert_memory_equal(frame, &wish->number, sizeof wish->number);
        w.frames[i]++;
        w.inserted[i] += is_partial ? 1u : 0u;
    } else {
        assert_int_equal(length, 0);
        w.invalid += wish->length != 0u ? 1u : 0u;
    }
    return true;
}

static void make_world(uint32_t kind, uint32_t outputs, bool inserts)
{
    struct v6nf_ring_device *devices[OUTPUTS] = {&w.output[0].device, &w.output[1].device};
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    w.format = (kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY;
    w.outputs = outputs;
    w.seed = kind;
    ring_device_init(&w.input, w.format, (kind & 2u) != 0u);
    for (uint32_t i = 0; i < outputs; i++) {
        ring_device_init(&w.output[i], w.format, (kind & 2u) != 0u);
        if (inserts) {
            ring_device_insert(&w.output[i]);
        }
    }
    assert_int_equal(v6nf_ring_open(&w.ring, &w.input.device, outputs, devices, BUFFER_SIZE), V6NF_RING_OPEN);
}

static void assert_no_fault(void)
{
    assert_null(w.input.fault);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_null(w.output[i].fault);
    }
}

/* Let cards and loop advance at random, for `steps` steps. */
static void run(uint32_t steps)
{
    for (uint32_t n = 0; n < steps; n++) {
        for (uint32_t i = draw() % 12u; i > 0u && receive(); i--) {
        }
        (void)poll();
        for (uint32_t i = 0; i < w.outputs; i++) {
            for (uint32_t k = draw() % 16u; k > 0u && send(i); k--) {
            }
        }
    }
}

static void drain(void)
{
    while (poll() > 0u) {
    }
    for (uint32_t i = 0; i < w.outputs; i++) {
        while (send(i)) {
        }
        assert_int_equal(w.output[i].outputs[0].head, w.ring.next);
    }
}

static void test_every_frame_is_sent_as_the_handler_wants(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 8u; kind++) {
        make_world(kind, 1u + (kind >> 2), true);
        run(2000);
        drain();
        assert_no_fault();
        assert_true(w.handled > 5000u);
        for (uint32_t i = 0; i < w.outputs; i++) {
            assert_int_equal(w.output[i].outputs[0].contexts, 1);
            assert_true(w.inserted[i] > 1000u);
        }
        assert_true(w.lost <= w.outputs);
        assert_int_equal(w.ring.transmit_dropped, w.lost + w.invalid);
        assert_int_equal(w.ring.unusual, 0);
    }
}

/* No frame is null: the first one makes space for the context. The bursts end in it, and at it. */
static void test_the_first_frame_is_lost_if_all_ask(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        for (uint32_t first = 1; first <= V6NF_RING_BURST; first++) {
            make_world(kind, 2u, true);
            w.asks_always = true;
            for (uint32_t i = 0; i < first; i++) {
                assert_true(receive());
            }
            assert_int_equal(poll(), first);
            run(300);
            drain();
            assert_no_fault();
            assert_int_equal(w.lost, 2);
            assert_int_equal(w.ring.transmit_dropped, 2);
            assert_int_equal(w.frames[0], w.handled - 1u);
            assert_int_equal(w.frames[1], w.handled - 1u);
        }
    }
}

/* The context is handled last when a mark is due: the mark waits for another frame. */
static void test_a_context_has_no_mark(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1u, true);
        w.ring.unmarked = V6NF_RING_RECYCLE - 1u;
        w.asks_always = true;
        assert_true(receive());
        assert_int_equal(poll(), 1);
        assert_int_equal(w.ring.unmarked, V6NF_RING_RECYCLE);
        assert_true(receive());
        assert_int_equal(poll(), 1);
        assert_int_equal(w.ring.unmarked, 0);
        assert_true(send(0));
        assert_true(send(0));
        assert_int_equal(w.lost, 1);
        assert_int_equal(w.inserted[0], 1);
        assert_no_fault();
    }
}

/* Handle `count` frames. */
static void handle(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(receive());
        assert_int_equal(poll(), 1);
    }
}

/* At the end of the ring, an output may come back: its mark cannot wait. */
static void test_the_last_descriptor_is_no_context(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1u, true);
        w.is_fixed = true;
        w.fixed[0] = 60;
        for (uint32_t i = 0; i < V6NF_RING_SIZE - 1u; i++) {
            handle(1);
            assert_true(send(0));
        }
        w.fixed[0] = 0;
        handle(1);
        assert_int_equal(w.ring.next, 0);
        assert_true(send(0));
        assert_int_equal(w.output[0].outputs[0].contexts, 0);
        handle(1);
        assert_true(send(0));
        assert_int_equal(w.output[0].outputs[0].contexts, 1);
        assert_no_fault();
    }
}

/* Look at all received frames, and handle them as one burst. The last one is not sent. */
static uint32_t handle_all(void)
{
    static uint8_t *frames[V6NF_RING_SIZE];
    static uint32_t received[V6NF_RING_SIZE];
    static uint32_t lengths[V6NF_RING_SIZE];
    const enum v6nf_ring_format format =
        w.format == V6NF_RING_ADVANCED ? V6NF_RING_ADVANCED_CHECKSUMS : V6NF_RING_LEGACY_CHECKSUMS;
    const uint32_t count = v6nf_ring_peek(&w.ring, format, V6NF_RING_SIZE, frames, received);
    for (uint32_t i = 0; i < count; i++) {
        lengths[i] = i + 1u < count ? 60u : 0u;
        const size_t at = (size_t)(frames[i] - w.ring.buffers) / BUFFER_SIZE;
        w.wishes[0][at].length = lengths[i];
        memcpy(&w.wishes[0][at].number, frames[i], sizeof w.wishes[0][at].number);
    }
    v6nf_ring_commit(&w.ring, format, 1u, count, lengths);
    return count;
}

/* The card has filled all descriptors, and the burst offers the last one alone for a context. The ring must
 * not wait for a report of it. */
static void test_the_last_descriptor_of_a_full_ring_is_no_context(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1u, true);
        for (uint32_t round = 0; round < 10u; round++) {
            while (receive()) {
            }
            for (uint32_t i = 0; i < 3u; i++) { /* a burst ends at the end of the ring; an idle poll recycles */
                (void)handle_all();
                while (send(0)) {
                }
            }
        }
        assert_true(w.received > 9u * (V6NF_RING_SIZE - 1u));
        assert_no_fault();
    }
}

/* An output comes back before its old context was recycled, because the other output is slow. */
static void test_an_old_context_is_forgotten(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 2u, true);
        w.is_fixed = true;
        w.fixed[0] = w.fixed[1] = 60;
        w.output[1].link_down = true;
        handle(200);
        w.fixed[1] = 0;
        handle(1);
        w.fixed[1] = 60;
        assert_true(w.ring.inserts[1].is_pending);
        for (uint32_t i = 0; i < 130u; i++) {
            assert_true(send(0));
        }
        for (uint32_t i = 0; i < 20u; i++) {
            w.now += MILLISECOND;
            (void)v6nf_ring_watch(&w.ring, 0, w.now);
        }
        assert_int_equal(w.ring.queues[1].state, V6NF_RING_PARKED);
        w.output[1].link_down = false;
        for (uint32_t i = 0; i < 103u; i++) {
            w.now += MILLISECOND;
            (void)v6nf_ring_watch(&w.ring, 0, w.now);
            (void)poll(); /* recycles */
        }
        assert_true(w.ring.inserts[1].is_pending);
        handle(V6NF_RING_SIZE - 201u);
        (void)v6nf_ring_watch(&w.ring, 0, w.now + MILLISECOND);
        assert_int_equal(w.ring.next, 0);
        assert_int_equal(w.ring.queues[1].state, V6NF_RING_OPENED);
        assert_false(w.ring.inserts[1].is_pending);
        w.is_fixed = false;
        run(1000);
        drain();
        assert_no_fault();
        assert_int_equal(w.output[1].outputs[0].contexts, 1);
        assert_int_equal(w.ring.unusual, 0);
    }
}

static void test_a_card_that_inserts_nothing_sends_nothing(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 8u; kind++) {
        make_world(kind, 1u + (kind >> 2), false);
        run(500);
        drain();
        assert_no_fault();
        assert_int_equal(w.lost, 0);
        assert_int_equal(w.ring.transmit_dropped, w.invalid);
        assert_true(w.invalid > 500u && w.frames[0] > 500u);
        assert_int_equal(w.inserted[0], 0);
    }
}

/* Watch the ring for `milliseconds`, while cards and loop advance. */
static void watch(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        w.now += MILLISECOND;
        (void)v6nf_ring_watch(&w.ring, 0, w.now);
        run(3);
    }
}

/* A queue that was turned off has lost its context. It gets it again, also if the card had not seen it when it was
 * turned off. What was handled while the output was parked is not sent. */
static void test_a_parked_output_gets_its_context_again(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        for (uint32_t before = 0; before < 40u; before += 13u) {
            make_world(kind, 2u, true);
            run(before);
            w.output[1].link_down = true;
            watch(200);
            assert_int_equal(w.ring.queues[1].state, V6NF_RING_PARKED);
            const uint32_t frames = w.frames[0];
            watch(50);
            assert_true(w.frames[0] > frames);
            w.output[1].link_down = false;
            for (uint32_t i = 0; i < 1000u && w.ring.queues[1].state != V6NF_RING_OPENED; i++) {
                w.now += MILLISECOND;
                (void)v6nf_ring_watch(&w.ring, 0, w.now);
                if (w.ring.queues[1].state != V6NF_RING_OPENED) {
                    run(8); /* the end of the ring is soon: it is not rewound */
                }
            }
            assert_int_equal(w.ring.queues[1].state, V6NF_RING_OPENED);
            w.inserted[1] = 0;
            run(500);
            drain();
            assert_no_fault();
            assert_int_equal(w.output[1].outputs[0].contexts, 1);
            assert_true(w.inserted[1] > 500u);
        }
    }
}

/* A reset of the card of both directions: the ring begins again, and its queues have no context. */
static void test_a_reset_takes_the_context(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1u, true);
        run(50);
        drain();
        assert_int_equal(w.output[0].outputs[0].contexts, 1);
        assert_true(v6nf_ring_reset(&w.output[0].device, w.now));
        for (uint32_t i = 0; i < 1000u && w.ring.queues[0].state != V6NF_RING_OPENED; i++) {
            w.now += MILLISECOND;
            (void)v6nf_ring_watch(&w.ring, 0, w.now);
            (void)poll();
        }
        assert_int_equal(w.ring.queues[0].state, V6NF_RING_OPENED);
        w.received = w.handled;
        w.inserted[0] = 0;
        run(500);
        drain();
        assert_no_fault();
        assert_int_equal(w.output[0].outputs[0].contexts, 1);
        assert_true(w.inserted[0] > 500u);
    }
}

/* Each combination of the bits: UDPCS and L4I of the status, IXSM, and three errors. */
static void test_what_the_card_verified(void **state)
{
    (void)state;
    static const uint32_t advanced[] = {4, 5, 2, 29, 30, 31};
    static const uint32_t legacy[] = {36, 37, 34, 45, 46, 47};
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1u, true);
        for (uint32_t set = 0; set < 64u; set++) {
            uint32_t expected = 0;
            w.input.verdict = 0;
            for (uint32_t i = 0; i < 6u; i++) {
                const uint32_t bit = w.format == V6NF_RING_ADVANCED ? advanced[i] : legacy[i];
                w.input.verdict |= (set >> i & 1u) != 0u ? UINT64_C(1) << bit : 0u;
            }
            if ((set & 3u) != 0u && (set & 4u) == 0u) {
                expected = (set & 0x38u) == 0u ? V6NF_PORT_CHECKSUM_GOOD : V6NF_PORT_CHECKSUM_WRONG;
            }
            assert_true(receive());
            assert_int_equal(poll(), 1);
            assert_int_equal(w.flags, expected);
            assert_true(send(0));
        }
        assert_no_fault();
    }
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

static struct v6nf_originate originate;

static void commit(uint32_t number, uint32_t length)
{
    uint8_t *frame = v6nf_originate_reserve(&originate);
    assert_non_null(frame);
    memcpy(frame, &number, sizeof number);
    v6nf_originate_commit(&originate, length);
}

/* Let the card send one frame, after the context if it has none yet. */
static void originate_send(uint32_t number, uint32_t length, bool inserted)
{
    const uint8_t *frame = NULL;
    uint32_t sent = ring_device_send(&w.output[0], 0, &frame);
    if (sent == 0u) {
        assert_int_equal(w.output[0].outputs[0].contexts, 1);
        sent = ring_device_send(&w.output[0], 0, &frame);
    }
    assert_int_equal(sent, length);
    assert_int_equal(w.output[0].outputs[0].inserted, inserted);
    assert_memory_equal(frame, &number, sizeof number);
}

static void open_originate(uint32_t kind, bool inserts)
{
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    ring_device_init(&w.output[0], (kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u);
    if (inserts) {
        ring_device_insert(&w.output[0]);
    }
    assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_OPEN);
}

static void test_originated_frames_follow_the_context(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        open_originate(kind, true);
        for (uint32_t i = 0; i < 5u * V6NF_ORIGINATE_SIZE; i++) {
            const bool asks = i % 3u == 0u;
            commit(i, 100u + i + (asks ? V6NF_PORT_CHECKSUM_PARTIAL : 0u));
            originate_send(i, 100u + i, asks);
        }
        assert_null(w.output[0].fault);
        assert_int_equal(w.output[0].outputs[0].contexts, 1);
        assert_int_equal(originate.transmit_dropped, 0);
    }
}

/* All buffers are used, and the one whose descriptor had the context comes last. Frames that were not sent are not
 * overwritten. */
static void test_a_full_originate_queue(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        open_originate(kind, true);
        uint32_t count = 0;
        while (v6nf_originate_reserve(&originate) != NULL) {
            commit(count, 100u + V6NF_PORT_CHECKSUM_PARTIAL);
            count++;
        }
        assert_int_equal(count, V6NF_ORIGINATE_SIZE - 2u);
        for (uint32_t i = 0; i < count; i++) {
            originate_send(i, 100u, true);
            commit(count + i, 200u);
        }
        for (uint32_t i = 0; i < count; i++) {
            originate_send(count + i, 200u, false);
        }
        assert_null(w.output[0].fault);
    }
}

static void test_an_originate_queue_comes_back_with_its_context(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        open_originate(kind, true);
        (void)v6nf_originate_watch(&originate, 0, 1000u);
        w.output[0].link_down = true;
        for (uint64_t now = 2000; now < 50000u; now += 1000u) { /* an idle queue is not late */
            assert_false(v6nf_originate_watch(&originate, 1000u, now));
        }
        commit(1, 100u + V6NF_PORT_CHECKSUM_PARTIAL);
        for (uint64_t now = 50000; now < 100000u; now += 1000u) {
            (void)v6nf_originate_watch(&originate, 0, now);
        }
        assert_int_equal(originate.queue.state, V6NF_RING_PARKED);
        assert_int_equal(originate.queue.dropped, 1);
        assert_null(v6nf_originate_reserve(&originate));
        w.output[0].link_down = false;
        for (uint64_t now = 100000; now < 400000u; now += 1000u) {
            (void)v6nf_originate_watch(&originate, 0, now);
        }
        assert_int_equal(originate.queue.state, V6NF_RING_OPENED);
        for (uint32_t i = 0; i < 2u * V6NF_ORIGINATE_SIZE; i++) {
            commit(i, 300u + V6NF_PORT_CHECKSUM_PARTIAL);
            originate_send(i, 300u, true);
        }
        assert_null(w.output[0].fault);
    }
}

static void test_a_flag_that_an_originate_queue_does_not_have(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {100u + V6NF_PORT_CHECKSUM_GOOD, 100u + V6NF_PORT_CHECKSUM_WRONG,
                                       61u + V6NF_PORT_CHECKSUM_PARTIAL, 2049u + V6NF_PORT_CHECKSUM_PARTIAL,
                                       100u + V6NF_PORT_CHECKSUM_PARTIAL + V6NF_PORT_CHECKSUM_GOOD};
    for (uint32_t kind = 0; kind < 8u; kind++) {
        const uint8_t *frame = NULL;
        open_originate(kind, kind < 4u);
        for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            commit(i, lengths[i]);
            assert_int_equal(originate.transmit_dropped, i + 1u);
        }
        if (kind >= 4u) {
            commit(9, 100u + V6NF_PORT_CHECKSUM_PARTIAL);
            assert_int_equal(originate.transmit_dropped, 6);
        }
        assert_int_equal(ring_device_send(&w.output[0], 0, &frame), RING_DEVICE_IDLE);
        commit(7, 100);
        originate_send(7, 100, false);
        assert_null(w.output[0].fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_frame_is_sent_as_the_handler_wants),
        cmocka_unit_test(test_the_first_frame_is_lost_if_all_ask),
        cmocka_unit_test(test_a_context_has_no_mark),
        cmocka_unit_test(test_the_last_descriptor_is_no_context),
        cmocka_unit_test(test_the_last_descriptor_of_a_full_ring_is_no_context),
        cmocka_unit_test(test_an_old_context_is_forgotten),
        cmocka_unit_test(test_a_card_that_inserts_nothing_sends_nothing),
        cmocka_unit_test(test_a_parked_output_gets_its_context_again),
        cmocka_unit_test(test_a_reset_takes_the_context),
        cmocka_unit_test(test_what_the_card_verified),
        cmocka_unit_test(test_originated_frames_follow_the_context),
        cmocka_unit_test(test_a_full_originate_queue),
        cmocka_unit_test(test_an_originate_queue_comes_back_with_its_context),
        cmocka_unit_test(test_a_flag_that_an_originate_queue_does_not_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
