/* test_ring.c: the descriptor ring, on a card in memory. A test decides how far behind each queue is.
 * With TEST_RING_BURST, the same tests are of ring_burst.h: each burst is handled in two parts. */
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
#define MAX_OUTPUTS V6NF_PORT_OUTPUTS_MAX
#define HEADER_SIZE 8u /* of a test's frame: its number, and the bytes that the handler saw */

/* Minimum receive descriptors when everything handled was sent: a mark follows each recycle period, after a burst. */
#define ALWAYS_FREE (V6NF_RING_SIZE - V6NF_RING_RECYCLE - V6NF_RING_BURST)

/* A card for the input and one for each output, the ring, and counters. */
struct world {
    enum v6nf_ring_format format;
    uint32_t outputs;
    struct ring_device input;
    struct ring_device output[MAX_OUTPUTS];
    struct v6nf_ring ring;
    uint32_t received; /* frames that the card received */
    uint32_t handled;
    uint32_t sent[MAX_OUTPUTS]; /* descriptors that each output has sent, null descriptors included */
    uint32_t asked;             /* invalid lengths that the handler has set */
    uint32_t asks;              /* the invalid length that it sets; 0 for none */
};

static struct world w;

/* Pseudo-random numbers that depend only on the argument. */
static uint32_t scatter(uint32_t number, uint32_t salt)
{
    uint32_t x = (number + 1u) * 0x9E3779B1u + salt * 0x85EBCA77u;
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    return x ^ (x >> 13);
}

static uint32_t length_of(uint32_t number)
{
    return 60u + scatter(number, 0) % 200u;
}

/* Return the length of frame `number` on an output: 0, less, all, or more than was received. */
static uint32_t length_on(uint32_t number, uint32_t output)
{
    uint32_t chance = scatter(number, 1u + output);
    return chance % 4u == 0u ? 0u : V6NF_PORT_FRAME_MIN + (chance >> 8) % 300u;
}

static void write_number(uint8_t *frame, uint32_t number)
{
    frame[0] = (uint8_t)number;
    frame[1] = (uint8_t)(number >> 8);
    frame[2] = (uint8_t)(number >> 16);
    frame[3] = (uint8_t)(number >> 24);
}

static uint32_t read_number(const uint8_t *frame)
{
    return (uint32_t)frame[0] + ((uint32_t)frame[1] << 8) + ((uint32_t)frame[2] << 16) + ((uint32_t)frame[3] << 24);
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct world *world = context;
    uint32_t number = world->handled++;
    assert_int_equal(capacity, BUFFER_SIZE);
    assert_int_equal(read_number(frame), number);
    assert_int_equal(length, length_of(number));
    assert_int_equal(frame[length - 1u], (uint8_t)number);
    frame[4] = 1;
    if (number % 4u == 0u) {
        memset(frame + length, 0x77, capacity - length); /* the handler may write to the whole buffer */
    }
    for (uint32_t i = 0; i < world->outputs; i++) {
        assert_int_equal(lengths[i], 0);
        lengths[i] = length_on(number, i);
        if (world->asks > 0u) {
            lengths[i] = world->asks;
            world->asked++;
        }
    }
}

#ifdef TEST_RING_BURST
/* Handle a part of the burst. The rest must then be returned again. */
V6NF_RING_INLINE uint32_t handle_part(enum v6nf_ring_format format, uint32_t outputs, uint32_t limit, uint32_t part)
{
    uint8_t *frames[V6NF_RING_BURST];
    uint32_t received[V6NF_RING_BURST];
    uint32_t lengths[V6NF_RING_BURST * V6NF_PORT_OUTPUTS_MAX] = {0};
    const uint32_t count = v6nf_ring_peek(&w.ring, format, limit, frames, received);
    const uint32_t handled = count < part ? count : part;
    assert_in_range(count, 0, limit);
    for (uint32_t i = 0; i < handled; i++) {
        if (received[i] > 0u) {
            handler(&w, frames[i], received[i], w.ring.capacity, lengths + i * outputs);
        }
    }
    v6nf_ring_commit(&w.ring, format, outputs, handled, lengths);
    return handled;
}

V6NF_RING_INLINE uint32_t handle_burst(enum v6nf_ring_format format, uint32_t outputs)
{
    const uint32_t part = scatter(w.received + w.handled, 8) % V6NF_RING_BURST;
    const uint32_t first = handle_part(format, outputs, V6NF_RING_BURST, part);
    const bool is_end = first > 0u && w.ring.next == 0u;
    return is_end ? first : first + handle_part(format, outputs, V6NF_RING_BURST - first, V6NF_RING_BURST);
}
#define POLL(format, outputs) handle_burst(format, outputs)
#else
#define POLL(format, outputs) v6nf_ring_poll(&w.ring, format, outputs, handler, &w)
#endif

/* One and two outputs are constants, as in a network function; other numbers are variables. */
V6NF_RING_INLINE uint32_t poll_of(enum v6nf_ring_format format)
{
    switch (w.outputs) {
    case 1:
        return POLL(format, 1u);
    case 2:
        return POLL(format, 2u);
    default:
        return POLL(format, w.outputs);
    }
}

/* Poll once. The tail of each output must then be after what was handled. */
static uint32_t poll(void)
{
    const uint32_t count = w.format == V6NF_RING_ADVANCED ? poll_of(V6NF_RING_ADVANCED) : poll_of(V6NF_RING_LEGACY);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(w.output[i].outputs[0].tail, w.ring.next);
    }
    return count;
}

static bool receive(void)
{
    uint8_t frame[BUFFER_SIZE];
    uint32_t length = length_of(w.received);
    memset(frame, 0, sizeof frame);
    write_number(frame, w.received);
    frame[length - 1u] = (uint8_t)w.received;
    bool taken = ring_device_receive(&w.input, frame, length);
    w.received += taken ? 1u : 0u;
    return taken;
}

static uint32_t receive_up_to(uint32_t most)
{
    uint32_t count = 0;
    while (count < most && receive()) {
        count++;
    }
    return count;
}

/* Send one descriptor. Assert that it is the next frame, with the bytes that the handler left. */
static bool send(uint32_t output)
{
    const uint8_t *frame = NULL;
    uint32_t length = ring_device_send(&w.output[output], 0, &frame);
    if (length == RING_DEVICE_IDLE) {
        return false;
    }
    uint32_t number = w.sent[output]++;
    assert_int_equal(length, w.asks > 0u ? 0u : length_on(number, output));
    if (length > 0u) {
        assert_int_equal(read_number(frame), number);
        assert_int_equal(frame[4], 1);
    }
    return true;
}

static uint32_t send_up_to(uint32_t output, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && send(output)) {
        count++;
    }
    return count;
}

static void handle_all(void)
{
    while (poll() > 0u) {
    }
}

static void send_all(void)
{
    for (uint32_t i = 0; i < w.outputs; i++) {
        send_up_to(i, UINT32_MAX);
    }
}

static void assert_no_fault(void)
{
    assert_null(w.input.fault);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_null(w.output[i].fault);
    }
}

static enum v6nf_ring_status open_ring(uint32_t buffer_size)
{
    struct v6nf_ring_device *outputs[V6NF_PORT_OUTPUTS_MAX + 1u];
    for (uint32_t i = 0; i <= V6NF_PORT_OUTPUTS_MAX; i++) {
        outputs[i] = &w.output[i % MAX_OUTPUTS].device;
    }
    return v6nf_ring_open(&w.ring, &w.input.device, w.outputs, outputs, buffer_size);
}

static void make_world(enum v6nf_ring_format format, bool writes_heads, uint32_t outputs)
{
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    w.format = format;
    w.outputs = outputs;
    ring_device_init(&w.input, format, writes_heads);
    for (uint32_t i = 0; i < MAX_OUTPUTS; i++) {
        ring_device_init(&w.output[i], format, writes_heads);
    }
}

/* Run the test on each kind of card, with one output, two and all. */
static void on_every_card(void (*test)(void))
{
    static const uint32_t outputs[] = {1, 2, MAX_OUTPUTS};
    for (uint32_t kind = 0; kind < 12u; kind++) {
        make_world((kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u, outputs[kind >> 2]);
        assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_OPEN);
        test();
        assert_no_fault();
    }
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

static void one_passes(void)
{
    assert_int_equal(poll(), 0);
    assert_int_equal(w.output[0].outputs[0].tail, 0);
    assert_true(receive());
    assert_int_equal(poll(), 1);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(w.output[i].outputs[0].tail, 1);
        assert_true(send(i));
        assert_false(send(i));
    }
    assert_int_equal(poll(), 0);
    assert_int_equal(w.handled, 1);
}

static void a_frame_passes_through(void **state)
{
    (void)state;
    on_every_card(one_passes);
}

/* Tails are written after at most V6NF_RING_BURST packets, and a burst ends at the end of the ring. */
static void bursts(void)
{
    for (uint32_t i = 0; i < 4u; i++) {
        assert_true(receive());
    }
    assert_int_equal(poll(), 4);
    while (w.handled < V6NF_RING_SIZE - V6NF_RING_BURST) {
        assert_int_equal(receive_up_to(V6NF_RING_BURST + 2u), V6NF_RING_BURST + 2u);
        assert_int_equal(poll(), V6NF_RING_BURST);
        assert_int_equal(w.output[0].outputs[0].tail, w.handled);
        handle_all();
        send_all();
    }
    uint32_t left = V6NF_RING_SIZE - w.handled;
    assert_in_range(left, 1, V6NF_RING_BURST - 1u);
    assert_int_equal(receive_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
    assert_int_equal(poll(), left);
    assert_int_equal(w.output[0].outputs[0].tail, 0);
    assert_int_equal(poll(), V6NF_RING_BURST - left);
    assert_int_equal(w.output[0].outputs[0].tail, V6NF_RING_BURST - left);
}

static void tails_are_written_after_a_burst(void **state)
{
    (void)state;
    on_every_card(bursts);
}

/* Each queue has its own speed, and sometimes stops for a long time. Every frame is sent once, in order and complete:
 * no buffer receives while an output has it. */
static void many_turns(void)
{
    for (uint32_t step = 0; step < 8000u; step++) {
        uint32_t phase = scatter(step / 100u, 9);
        receive_up_to((phase & 1u) != 0u ? scatter(step, 10) % 20u : 0u);
        for (uint32_t i = scatter(step, 11) % 3u; i > 0u; i--) {
            poll();
        }
        for (uint32_t i = 0; i < w.outputs; i++) {
            send_up_to(i, (phase >> (1u + i) & 1u) != 0u ? scatter(step, 12u + i) % 24u : 0u);
        }
    }
    handle_all();
    send_all();
    assert_true(w.received >
                (w.outputs <= 2u ? 40u : 10u) * V6NF_RING_SIZE); /* with many outputs, one is slow more often */
    assert_int_equal(w.handled, w.received);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(w.sent[i], w.received);
    }
}

static void every_frame_is_sent_once_and_complete(void **state)
{
    (void)state;
    on_every_card(many_turns);
}

/* -- Recycling ----------------------------------------------------------------------------------------------------- */

/* A peer's PAUSE stops the outputs until no buffer is left to receive into. Then they send: an idle poll must notice
 * it. */
static void stalls(void)
{
    for (uint32_t turn = 0; turn < 5u; turn++) {
        while (receive_up_to(V6NF_RING_BURST) > 0u) {
            handle_all();
        }
        handle_all();
        assert_false(receive());
        assert_int_equal(poll(), 0);
        assert_false(receive()); /* nothing was sent, so nothing is recycled */
        send_all();
        assert_int_equal(poll(), 0);
        assert_true(receive_up_to(V6NF_RING_SIZE) >= ALWAYS_FREE);
        handle_all();
    }
    send_all();
    assert_int_equal(w.sent[0], w.received);
}

static void reception_continues_after_a_stall(void **state)
{
    (void)state;
    on_every_card(stalls);
}

/* At first all descriptors but one can receive. Handled and sent ones are recycled before they are needed. */
static void fills_up(void)
{
    assert_int_equal(receive_up_to(UINT32_MAX), V6NF_RING_SIZE - 1u);
    for (uint32_t i = 0; i < 10u * V6NF_RING_SIZE; i += V6NF_RING_BURST) {
        assert_int_not_equal(poll(), 0);
        send_all();
        receive_up_to(UINT32_MAX);
    }
    handle_all();
    send_all();
    poll();
    assert_true(receive_up_to(UINT32_MAX) >= ALWAYS_FREE);
}

static void sent_buffers_are_recycled(void **state)
{
    (void)state;
    on_every_card(fills_up);
}

/* One output has sent everything: its head is at `next`, farthest ahead and not farthest behind. */
static void one_output_lags(uint32_t slow)
{
    uint32_t fast = 1u - slow;
    for (uint32_t i = 0; i < 2u * V6NF_RING_SIZE; i++) {
        receive_up_to(1);
        handle_all();
        send_up_to(fast, UINT32_MAX);
    }
    assert_int_equal(w.sent[slow], 0);
    assert_int_equal(w.received, V6NF_RING_SIZE - 1u);
    assert_int_equal(w.sent[fast], w.received);
    send_up_to(slow, V6NF_RING_SIZE / 2u);
    poll();
    uint32_t back = receive_up_to(UINT32_MAX);
    assert_in_range(back, V6NF_RING_SIZE / 2u - V6NF_RING_RECYCLE - V6NF_RING_BURST, V6NF_RING_SIZE / 2u);
}

static void an_output_that_has_sent_everything_is_not_behind(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 8u; kind++) {
        make_world((kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u, 2u);
        assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_OPEN);
        one_output_lags(kind >> 2);
        assert_no_fault();
    }
}

/* Few descriptors have RS: each report is a write over the bus. */
static void reports(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 100u; i++) {
        assert_int_equal(receive_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
        handle_all();
        for (uint32_t j = 0; j < V6NF_RING_BURST; j++) {
            struct ring_device_queue *queue = &w.output[0].outputs[0];
            count += (queue->descriptors[2u * queue->head + 1u] & V6NF_RING_RS) != 0u ? 1u : 0u;
            assert_true(send(0));
        }
        send_all();
    }
    assert_in_range(count, 1, 100u * V6NF_RING_BURST / V6NF_RING_RECYCLE);
}

static void few_descriptors_have_rs(void **state)
{
    (void)state;
    on_every_card(reports);
}

/* -- Heads --------------------------------------------------------------------------------------------------------- */

#define HANDLED (V6NF_RING_SIZE / 2u)

/* Let output 0 report `head`. Return true if anything was recycled. */
static bool gives_back_at(uint32_t head)
{
    const uint32_t tail = w.input.input.tail;
    *w.output[0].outputs[0].reported = v6nf_env_le32(head);
    assert_int_equal(poll(), 0);
    return w.input.input.tail != tail;
}

/* Only heads between the last one and the handled descriptors are used. */
static void heads_lie(uint32_t last)
{
    static const uint32_t others[] = {V6NF_RING_SIZE, V6NF_RING_SIZE + 1u, 0x10000u, 0x80000000u, UINT32_MAX};
    assert_int_equal(w.ring.next, (last + HANDLED) % V6NF_RING_SIZE);
    for (uint32_t i = HANDLED + 1u; i <= V6NF_RING_SIZE; i++) {
        assert_false(gives_back_at((last + i) % V6NF_RING_SIZE));
    }
    for (uint32_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(gives_back_at(others[i]));
        assert_false(gives_back_at(others[i] - others[i] % V6NF_RING_SIZE + (last + 1u) % V6NF_RING_SIZE));
    }
    assert_true(gives_back_at((last + 10u) % V6NF_RING_SIZE));
    assert_int_equal(w.input.input.tail, (last + 9u) % V6NF_RING_SIZE);
    for (uint32_t i = 0; i <= 10u; i++) {
        assert_false(gives_back_at((last + i) % V6NF_RING_SIZE));
    }
    assert_true(gives_back_at((last + 11u) % V6NF_RING_SIZE));
}

static void only_possible_heads_are_used(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world((kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, true, 1u);
        assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_OPEN);
        const uint32_t last = (kind & 2u) != 0u ? V6NF_RING_SIZE - V6NF_RING_BURST : 0u;
        while (w.handled < last) {
            receive_up_to(V6NF_RING_BURST);
            handle_all();
            send_all();
        }
        (void)gives_back_at(last);
        for (uint32_t i = 0; i < HANDLED; i += V6NF_RING_BURST) {
            assert_int_equal(receive_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
            handle_all();
        }
        heads_lie(last);
        assert_no_fault();
    }
}

/* A card sometimes writes a random head before the real one. Only sent buffers are recycled. */
static void now_and_then_a_head_is_wrong(void)
{
    for (uint32_t step = 0; step < 4000u; step++) {
        struct ring_device_queue *queue = &w.output[step % w.outputs].outputs[0];
        const uint32_t wrong = scatter(step, 20) % (3u * V6NF_RING_SIZE);
        receive_up_to(scatter(step, 21) % 20u);
        handle_all();
        const uint32_t last = (w.input.input.tail + 1u) % V6NF_RING_SIZE;
        const uint32_t under_way = (w.ring.next - last) % V6NF_RING_SIZE;
        if (queue->reported != NULL && (wrong >= V6NF_RING_SIZE || (wrong - last) % V6NF_RING_SIZE > under_way)) {
            const uint32_t right = *queue->reported;
            *queue->reported = v6nf_env_le32(wrong);
            poll();
            *queue->reported = right;
        }
        poll();
        send_up_to(step % w.outputs, scatter(step, 22) % 24u);
    }
    handle_all();
    send_all();
    assert_int_equal(w.handled, w.received);
    assert_true(w.received > 10u * V6NF_RING_SIZE);
}

static void a_wrong_head_costs_nothing(void **state)
{
    (void)state;
    on_every_card(now_and_then_a_head_is_wrong);
}

/* -- Descriptors --------------------------------------------------------------------------------------------------- */

/* A descriptor to receive into has a buffer's address, and does not look like a received frame. A transmit descriptor
 * of an odd length would, with the Descriptor Done of the advanced format. */
static void recycled(void)
{
    for (uint32_t i = 0; i < 10u; i++) {
        receive_up_to(V6NF_RING_SIZE / 4u);
        handle_all();
        send_all();
        assert_int_equal(poll(), 0);
        for (uint32_t at = w.input.input.head; at != w.input.input.tail; at = (at + 1u) % V6NF_RING_SIZE) {
            volatile uint64_t *descriptor = w.input.input.descriptors + 2u * at;
            uint64_t done = w.format == V6NF_RING_ADVANCED ? V6NF_RING_ADVANCED_DONE : V6NF_RING_LEGACY_DONE;
            assert_int_equal(descriptor[0], w.ring.device_buffers + (uint64_t)at * BUFFER_SIZE);
            assert_int_equal(descriptor[1] & done, 0);
        }
    }
}

static void recycled_descriptors_can_receive(void **state)
{
    (void)state;
    on_every_card(recycled);
}

/* A received length larger than a buffer must not reach a handler, at any descriptor of the ring. */
static void device_lies(void)
{
    static const uint32_t lengths[] = {BUFFER_SIZE + 1u, 0x8000u, 0xFFFFu};
    uint8_t frame[BUFFER_SIZE] = {0};
    for (uint32_t i = 0; i < 2u * V6NF_RING_SIZE; i++) {
        assert_true(ring_device_receive(&w.input, frame, lengths[i % 3u]));
        assert_int_equal(poll(), 1);
        assert_int_equal(w.handled, 0);
        for (uint32_t j = 0; j < w.outputs; j++) {
            const uint8_t *sent = NULL;
            assert_int_equal(ring_device_send(&w.output[j], 0, &sent), 0);
        }
    }
}

static void frames_longer_than_their_buffer_are_dropped(void **state)
{
    (void)state;
    on_every_card(device_lies);
}

/* Invalid lengths: shorter than what cards pad, or longer than a buffer. */
static const uint32_t no_lengths[] = {1,         2, 13, 14, V6NF_PORT_FRAME_MIN - 1u, BUFFER_SIZE + 1u, 0x10000u + 60u,
                                      UINT32_MAX};
#define NO_LENGTHS (sizeof no_lengths / sizeof no_lengths[0])

static void handler_lies(void)
{
    for (uint32_t i = 0; i < V6NF_RING_SIZE; i++) { /* three turns of the ring */
        w.asks = no_lengths[i % NO_LENGTHS];
        assert_int_equal(receive_up_to(3), 3);
        handle_all();
        send_all();
        assert_int_equal(w.asked, 3u * w.outputs * (i + 1u));
        assert_int_equal(w.ring.transmit_dropped, w.asked);
        assert_int_equal(w.sent[0], 3u * (i + 1u));
    }
}

static void invalid_lengths_are_dropped_and_counted(void **state)
{
    (void)state;
    on_every_card(handler_lies);
}

static void card_says_short(void)
{
    uint8_t frame[BUFFER_SIZE] = {0};
    for (uint32_t i = 0; i < 2u * V6NF_RING_SIZE; i++) {
        const uint8_t *sent = NULL;
        assert_true(ring_device_receive(&w.input, frame, i % V6NF_PORT_FRAME_MIN));
        assert_int_equal(poll(), 1);
        assert_int_equal(w.handled, 0);
        for (uint32_t j = 0; j < w.outputs; j++) {
            assert_int_equal(ring_device_send(&w.output[j], 0, &sent), 0);
        }
    }
}

static void invalid_received_frames_are_not_shown(void **state)
{
    (void)state;
    on_every_card(card_says_short);
}

static uint32_t fixed_length;

static void give_fixed_length(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    lengths[0] = fixed_length;
}

/* The shortest and the longest frame, and no frame. */
static void the_shortest_and_longest_frames_are_sent(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {V6NF_PORT_FRAME_MIN, BUFFER_SIZE, 0};
    make_world(V6NF_RING_LEGACY, true, 1);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < 3u; i++) {
        const uint8_t *frame = NULL;
        fixed_length = lengths[i];
        assert_true(receive());
        assert_int_equal(v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY, 1u, give_fixed_length, NULL), 1);
        assert_int_equal(ring_device_send(&w.output[0], 0, &frame), lengths[i]);
    }
    assert_int_equal(w.ring.transmit_dropped, 0);
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static void invalid_rings_are_refused(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1024, 2047, 2049, 2560, V6NF_RING_BUFFER_SIZE_MAX + 1024u, UINT32_MAX};
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        make_world(V6NF_RING_LEGACY, true, 1);
        assert_int_equal(open_ring(sizes[i]), V6NF_RING_INVALID);
    }
    make_world(V6NF_RING_LEGACY, true, 0);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_INVALID);
    make_world(V6NF_RING_LEGACY, true, V6NF_PORT_OUTPUTS_MAX + 1u);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_INVALID);
    make_world(V6NF_RING_LEGACY, true, V6NF_PORT_OUTPUTS_MAX);
    assert_int_equal(open_ring(V6NF_RING_BUFFER_SIZE_MAX), V6NF_RING_OPEN);
}

static void devices_of_two_kinds_make_no_ring(void **state)
{
    (void)state;
    make_world(V6NF_RING_LEGACY, true, 2);
    ring_device_init(&w.output[1], V6NF_RING_ADVANCED, true);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_MIXED);
    make_world(V6NF_RING_LEGACY, true, 2);
    ring_device_init(&w.output[1], V6NF_RING_LEGACY, false);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_MIXED);
}

static void a_device_without_queue_makes_no_ring(void **state)
{
    (void)state;
    make_world(V6NF_RING_LEGACY, true, 2);
    w.input.refuses_input = true;
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_NO_QUEUE);
    make_world(V6NF_RING_LEGACY, true, 2);
    w.output[1].refuses_output = true;
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_NO_QUEUE);
    make_world(V6NF_RING_LEGACY, true, 2);
    w.input.refuses_start = true;
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_NO_QUEUE);
}

/* Memory for buffers, or for an output's descriptors or head, is missing. */
static void without_memory_there_is_no_ring(void **state)
{
    (void)state;
    for (uint32_t allocations = 0; allocations < 5u; allocations++) {
        make_world(V6NF_RING_LEGACY, true, 2);
        device_memory_free(allocations);
        assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_NO_MEMORY);
        assert_false(w.input.started);
    }
    make_world(V6NF_RING_LEGACY, true, 2);
    device_memory_free(5);
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_OPEN);
    make_world(V6NF_RING_LEGACY, true, 2);
    device_memory_hide();
    assert_int_equal(open_ring(BUFFER_SIZE), V6NF_RING_NO_MEMORY);
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

static struct v6nf_originate originate;

/* Originate a frame of `length` bytes that begins with `number`. Return false if no buffer is free. */
static bool say(uint32_t number, uint32_t length)
{
    uint8_t *frame = v6nf_originate_reserve(&originate);
    if (frame == NULL) {
        return false;
    }
    assert_ptr_equal(v6nf_originate_reserve(&originate), frame); /* again, until it is committed */
    write_number(frame, number);
    v6nf_originate_commit(&originate, length);
    return true;
}

static void expect_sent(uint32_t number, uint32_t length)
{
    const uint8_t *frame = NULL;
    assert_int_equal(ring_device_send(&w.output[0], 0, &frame), length);
    assert_int_equal(read_number(frame), number);
}

static void originates(void)
{
    uint32_t said = 0;
    uint32_t sent = 0;
    for (uint32_t turn = 0; turn < 20u; turn++) {
        while (say(said, 60u + said % 100u)) {
            said++;
        }
        assert_int_equal(said - sent, V6NF_ORIGINATE_SIZE - 1u);
        for (uint32_t i = 0; i < 1u + turn % (V6NF_ORIGINATE_SIZE - 1u); i++) {
            expect_sent(sent, 60u + sent % 100u);
            sent++;
        }
    }
    const uint8_t *frame = NULL;
    for (; sent < said; sent++) {
        expect_sent(sent, 60u + sent % 100u);
    }
    assert_true(say(said, BUFFER_SIZE));
    expect_sent(said, BUFFER_SIZE);
    for (uint32_t i = 0; i < NO_LENGTHS; i++) {
        assert_true(say(said, no_lengths[i]));
        assert_int_equal(originate.transmit_dropped, i + 1u);
        assert_int_equal(ring_device_send(&w.output[0], 0, &frame), RING_DEVICE_IDLE);
    }
    assert_true(say(said, 0));
    assert_int_equal(ring_device_send(&w.output[0], 0, &frame), RING_DEVICE_IDLE);
    assert_true(say(said, V6NF_PORT_FRAME_MIN));
    expect_sent(said, V6NF_PORT_FRAME_MIN);
}

static void originate_is_full_and_free_again(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world((kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u, 1u);
        assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_OPEN);
        originates();
        assert_no_fault();
    }
}

/* Originate frames until no buffer is free. Return their number. */
static uint32_t say_all(void)
{
    uint32_t count = 0;
    while (say(count, 60)) {
        count++;
        assert_in_range(count, 0, V6NF_ORIGINATE_SIZE);
    }
    return count;
}

/* Three frames are under way, and the card reports any head. */
static void originate_uses_only_possible_heads(void **state)
{
    (void)state;
    make_world(V6NF_RING_LEGACY, true, 1u);
    assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_OPEN);
    for (uint32_t lap = 0; lap < 2u * V6NF_ORIGINATE_SIZE; lap++) {
        volatile uint32_t *reported = w.output[0].outputs[0].reported;
        assert_non_null(v6nf_originate_reserve(&originate));
        const uint32_t oldest = originate.oldest;
        assert_int_equal(oldest, originate.next);
        for (uint32_t i = 0; i < 3u; i++) {
            assert_true(say(i, 60));
        }
        for (uint32_t head = 0; head < 4u * V6NF_ORIGINATE_SIZE; head++) {
            if (head >= V6NF_ORIGINATE_SIZE || (head - oldest) % V6NF_ORIGINATE_SIZE > 3u) {
                *reported = v6nf_env_le32(head);
                assert_non_null(v6nf_originate_reserve(&originate));
                assert_int_equal(originate.oldest, oldest);
            }
        }
        *reported = v6nf_env_le32(UINT32_MAX);
        assert_int_equal(say_all(), V6NF_ORIGINATE_SIZE - 1u - 3u); /* because none is sent */
        *reported = v6nf_env_le32((oldest + V6NF_ORIGINATE_SIZE - 2u) % V6NF_ORIGINATE_SIZE);
        assert_non_null(v6nf_originate_reserve(&originate));
        assert_int_equal((originate.next - originate.oldest) % V6NF_ORIGINATE_SIZE, 1);
        *reported = v6nf_env_le32(originate.next);
    }
}

/* All buffers are under way, and the program commits one that it has not reserved. */
static void nothing_is_committed_while_all_is_under_way(void **state)
{
    (void)state;
    make_world(V6NF_RING_LEGACY, true, 1u);
    assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_OPEN);
    assert_int_equal(say_all(), V6NF_ORIGINATE_SIZE - 1u);
    v6nf_originate_commit(&originate, 60);
    assert_int_equal(originate.transmit_dropped, 1);
    for (uint32_t i = 0; i < V6NF_ORIGINATE_SIZE - 1u; i++) {
        expect_sent(i, 60);
    }
}

static void originate_refuses_invalid_arguments(void **state)
{
    (void)state;
    make_world(V6NF_RING_LEGACY, true, 1);
    assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, 1000), V6NF_RING_INVALID);
    for (uint32_t allocations = 0; allocations < 3u; allocations++) {
        device_memory_free(allocations);
        assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_NO_MEMORY);
    }
    device_memory_free(3);
    w.output[0].refuses_output = true;
    assert_int_equal(v6nf_originate_open(&originate, &w.output[0].device, BUFFER_SIZE), V6NF_RING_NO_QUEUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_passes_through),
        cmocka_unit_test(tails_are_written_after_a_burst),
        cmocka_unit_test(every_frame_is_sent_once_and_complete),
        cmocka_unit_test(reception_continues_after_a_stall),
        cmocka_unit_test(sent_buffers_are_recycled),
        cmocka_unit_test(an_output_that_has_sent_everything_is_not_behind),
        cmocka_unit_test(few_descriptors_have_rs),
        cmocka_unit_test(only_possible_heads_are_used),
        cmocka_unit_test(a_wrong_head_costs_nothing),
        cmocka_unit_test(recycled_descriptors_can_receive),
        cmocka_unit_test(frames_longer_than_their_buffer_are_dropped),
        cmocka_unit_test(invalid_lengths_are_dropped_and_counted),
        cmocka_unit_test(invalid_received_frames_are_not_shown),
        cmocka_unit_test(the_shortest_and_longest_frames_are_sent),
        cmocka_unit_test(invalid_rings_are_refused),
        cmocka_unit_test(devices_of_two_kinds_make_no_ring),
        cmocka_unit_test(a_device_without_queue_makes_no_ring),
        cmocka_unit_test(without_memory_there_is_no_ring),
        cmocka_unit_test(originate_is_full_and_free_again),
        cmocka_unit_test(originate_uses_only_possible_heads),
        cmocka_unit_test(nothing_is_committed_while_all_is_under_way),
        cmocka_unit_test(originate_refuses_invalid_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
