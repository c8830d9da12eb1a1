/* test_ring_barriers.c: the order of accesses at each barrier of the ring, and what the device may do at that time. The
 * ring is compiled into the test, with barriers and registers that call back, for a CPU that loads a descriptor's word
 * in two halves. No test on one machine finds a missing barrier otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define V6NF_ENV_REGISTER_CALLS
#include "v6nf/env.h"

static void at_read_barrier(void);
static void at_write_barrier(void);
static void at_release_barrier(void);
#define v6nf_env_dma_read_barrier at_read_barrier
#define v6nf_env_dma_write_barrier at_write_barrier
#define v6nf_env_dma_release_barrier at_release_barrier
#define V6NF_RING_SPLIT_LOADS true
#include "../../../drivers/ring/ring.c"

#include "fixture_ring_device.h"

#define BUFFER_SIZE 2048u
#define FRAME_LENGTH 100u

static struct ring_device input;
static struct ring_device output;
static struct v6nf_ring ring;
static enum v6nf_ring_format format;

/* Events in their order: r, w and g are a read, a write and a release barrier, h a handler that loads its frame, R the
 * receive tail and T the transmit tail. */
static char events[64];
static uint32_t events_count;
static uint32_t shown_length;   /* length that the handler got */
static volatile uint64_t *torn; /* a word of which the CPU has loaded one half, NULL for none, */
static uint64_t whole;          /* and the value that the device has written there */

static void note(char event)
{
    assert_true(events_count + 1u < sizeof events);
    events[events_count++] = event;
    events[events_count] = '\0';
}

static void forget(void)
{
    events_count = 0;
    events[0] = '\0';
}

/* -- Barriers and registers ---------------------------------------------------------------------------------------- */

static void at_read_barrier(void)
{
    note('r');
    if (torn != NULL) {
        *torn = whole;
        torn = NULL;
    }
}

static void at_write_barrier(void)
{
    note('w');
}

static void at_release_barrier(void)
{
    note('g');
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    note(address == ring.receive_tail ? 'R' : 'T');
    *address = value;
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    return *address;
}

/* -- The ring ------------------------------------------------------------------------------------------------------ */

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    assert_int_equal(frame[FRAME_LENGTH - 1u], 0xAB);
    note('h');
    shown_length = length;
    lengths[0] = length;
}

static uint32_t poll(void)
{
    forget();
    return format == V6NF_RING_ADVANCED ? v6nf_ring_poll(&ring, V6NF_RING_ADVANCED, 1u, handler, NULL)
                                        : v6nf_ring_poll(&ring, V6NF_RING_LEGACY, 1u, handler, NULL);
}

static void receive(uint32_t count)
{
    uint8_t frame[FRAME_LENGTH] = {0};
    frame[FRAME_LENGTH - 1u] = 0xAB;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(ring_device_receive(&input, frame, FRAME_LENGTH));
    }
}

static void send(uint32_t count)
{
    const uint8_t *frame = NULL;
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ring_device_send(&output, 0, &frame), FRAME_LENGTH);
    }
}

static void on_every_card(void (*test)(void))
{
    for (uint32_t kind = 0; kind < 4u; kind++) {
        struct v6nf_ring_device *device = &output.device;
        const bool writes_heads = (kind & 2u) != 0u;
        format = (kind & 1u) != 0u ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY;
        device_memory_free(UINT32_MAX);
        ring_device_init(&input, format, writes_heads);
        ring_device_init(&output, format, writes_heads);
        forget();
        assert_int_equal(v6nf_ring_open(&ring, &input.device, 1u, &device, BUFFER_SIZE), V6NF_RING_OPEN);
        test();
        assert_null(input.fault);
        assert_null(output.fault);
    }
}

/* -- Receiving and sending ----------------------------------------------------------------------------------------- */

static void shows_and_sends(void)
{
    receive(2);
    assert_int_equal(poll(), 2);
    assert_string_equal(events, "rhrhwT");
    assert_int_equal(poll(), 0);
    assert_string_equal(events, "");
}

static void a_frame_is_read_after_descriptor_done_and_written_before_the_tail(void **state)
{
    (void)state;
    on_every_card(shows_and_sends);
}

/* The CPU has loaded the half with the length before the device wrote, and the other half after that. The length is
 * then that of an earlier frame in this buffer, or any value. */
static void is_torn(void)
{
    static const uint32_t old_lengths[] = {0, 60, 1514, BUFFER_SIZE + 1u, 0xFFFF};
    for (uint32_t i = 0; i < sizeof old_lengths / sizeof old_lengths[0]; i++) {
        const uint32_t at = format == V6NF_RING_ADVANCED ? 32u : 0u;
        receive(1);
        torn = &input.input.descriptors[2u * i + 1u];
        whole = *torn;
        *torn = (whole & ~(UINT64_C(0xFFFF) << at)) + ((uint64_t)old_lengths[i] << at);
        shown_length = 0;
        assert_int_equal(poll(), 1);
        assert_int_equal(shown_length, FRAME_LENGTH);
        send(1);
    }
}

static void a_length_is_loaded_after_descriptor_done(void **state)
{
    (void)state;
    on_every_card(is_torn);
}

/* -- Recycling ----------------------------------------------------------------------------------------------------- */

/* The device may write to a buffer as soon as it sees the tail: loads from the buffer must be complete. */
static void gives_back(void)
{
    for (uint32_t i = 0; i < V6NF_RING_RECYCLE / V6NF_RING_BURST; i++) {
        receive(V6NF_RING_BURST);
        assert_int_equal(poll(), V6NF_RING_BURST);
    }
    send(V6NF_RING_RECYCLE);
    assert_int_equal(poll(), 0);
    assert_string_equal(events, "gR");
    assert_int_equal(input.input.tail, V6NF_RING_RECYCLE - 1u);
    assert_int_equal(poll(), 0);
    assert_string_equal(events, "");
}

static void a_frame_is_read_before_its_buffer_is_recycled(void **state)
{
    (void)state;
    on_every_card(gives_back);
}

/* A burst that recycles: recycled buffers were loaded by an earlier burst, and loads of this one are ordered, too. */
static void gives_back_in_a_burst(void)
{
    for (uint32_t i = 0; i < 2u * V6NF_RING_RECYCLE / V6NF_RING_BURST - 1u; i++) {
        receive(V6NF_RING_BURST);
        assert_int_equal(poll(), V6NF_RING_BURST);
        send(V6NF_RING_BURST);
    }
    receive(1);
    assert_int_equal(poll(), 1);
    assert_string_equal(events, "rhwT");
    receive(V6NF_RING_BURST - 1u);
    assert_int_equal(poll(), V6NF_RING_BURST - 1u);
    assert_string_equal(events, "rhrhrhrhrhrhrhgRwT");
}

static void a_burst_recycles_between_its_last_load_and_its_tail(void **state)
{
    (void)state;
    on_every_card(gives_back_in_a_burst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_read_after_descriptor_done_and_written_before_the_tail),
        cmocka_unit_test(a_length_is_loaded_after_descriptor_done),
        cmocka_unit_test(a_frame_is_read_before_its_buffer_is_recycled),
        cmocka_unit_test(a_burst_recycles_between_its_last_load_and_its_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
