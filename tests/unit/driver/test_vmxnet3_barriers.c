/* test_vmxnet3_barriers.c: the order of accesses at each barrier of the vmxnet3 data path, and what the device may do
 * at that time. The data path is compiled into the test, with barriers and registers that call back. No test on one
 * machine finds a missing barrier otherwise. */
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
#include "../../../drivers/paravirtual/paravirtual.c"
#include "../../../drivers/vmxnet3/vmxnet3.c"
#include "../../../drivers/vmxnet3_queue/vmxnet3_queue.c"

#define SIZE V6NF_VMXNET3_SIZE
#define BUFFER_SIZE 2048u
#define FRAME_LENGTH 100u
#define NEW (1u << 31) /* the generation of the first lap, in a completion or receive descriptor */
#define SENDABLE (1u << 14)

static struct v6nf_vmxnet3 vmxnet3;
static volatile uint32_t memory[MEMORY_SIZE / 4u];
static volatile uint32_t registers[BAR_SIZE / 4u];
static uint8_t buffers[SIZE * BUFFER_SIZE];

/* Events in their order: r, w and g are a read, a write and a release barrier, h a handler, T and R the registers of
 * the transmit and the receive ring. */
static char events[64];
static uint32_t events_count;
static uint32_t late; /* completions of received frames whose generation is written before the rest */
static uint32_t lengths_shown[V6NF_RING_BURST];
static uint32_t shown;

static void note(char event)
{
    assert_true(events_count + 1u < sizeof events);
    events[events_count++] = event;
    events[events_count] = '\0';
}

static volatile uint32_t *completion(uint32_t number)
{
    return memory + RECEIVE_COMPLETIONS_AT / 4u + (size_t)4u * number;
}

static void at_read_barrier(void)
{
    note('r');
    for (; late > 0u; late--) {
        const uint32_t number = vmxnet3.receive.seen + late - 1u;
        completion(number)[0] = COMPLETION_START + COMPLETION_END + number;
        completion(number)[2] = FRAME_LENGTH + number;
    }
}

/* Return the third word of a descriptor: a device that looks now may take it if it has the generation. */
static uint32_t word_of(const struct v6nf_vmxnet3_ring *ring, uint32_t number)
{
    return ring->descriptors[(size_t)4u * (number % SIZE) + 2u];
}

/* Nothing new may be taken before this barrier: the handler's accesses and the addresses come first. */
static void at_release_barrier(void)
{
    note('g');
    for (uint32_t i = vmxnet3.transmit.published; i != vmxnet3.transmit.next; i++) {
        assert_int_equal(word_of(&vmxnet3.transmit, i) & SENDABLE, 0);
    }
    for (uint32_t i = vmxnet3.receive.published; i != vmxnet3.receive.next; i++) {
        assert_int_equal(word_of(&vmxnet3.receive, i) & NEW, i < SIZE ? 0u : NEW);
    }
}

/* Everything new may be taken from this barrier on: the register is written after it. */
static void at_write_barrier(void)
{
    note('w');
    for (uint32_t i = 0; i != vmxnet3.transmit.next; i++) {
        assert_int_equal(word_of(&vmxnet3.transmit, i) & SENDABLE, SENDABLE);
    }
    assert_int_equal(vmxnet3.receive.published, vmxnet3.receive.next);
}

void v6nf_env_write_register(volatile uint32_t *address, uint32_t value)
{
    note(address == registers + TRANSMIT_PRODUCER / 4u ? 'T' : 'R');
    *address = value;
}

uint32_t v6nf_env_read_register(const volatile uint32_t *address)
{
    return *address;
}

static const struct v6nf_paravirtual_operations device = {.recycle = v6nf_vmxnet3_recycle, .send = v6nf_vmxnet3_send};

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const bool *sends = context;
    (void)frame;
    (void)capacity;
    note('h');
    lengths_shown[shown++] = length;
    lengths[0] = *sends ? length : 0u;
}

static int start(void **state)
{
    (void)state;
    memset((void *)(uintptr_t)memory, 0, sizeof memory);
    vmxnet3 = (struct v6nf_vmxnet3){.common = {.port = {.capacity = BUFFER_SIZE, .outputs = 1},
                                               .state = V6NF_PARAVIRTUAL_RUNS,
                                               .device = &device,
                                               .buffers = buffers,
                                               .buffer_size = BUFFER_SIZE,
                                               .receive_size = BUFFER_SIZE},
                                    .rings = registers,
                                    .memory = memory};
    paravirtual_share(&vmxnet3.common, RECEIVE_SLOTS, 1);
    vmxnet3.receive.descriptors = memory + RECEIVE_RING_AT / 4u;
    vmxnet3.receive.completions = memory + RECEIVE_COMPLETIONS_AT / 4u;
    vmxnet3.receive.generation = RECEIVE_GENERATION;
    vmxnet3.transmit.descriptors = memory + TRANSMIT_RING_AT / 4u;
    vmxnet3.transmit.completions = memory + TRANSMIT_COMPLETIONS_AT / 4u;
    vmxnet3.transmit.generation = TRANSMIT_GENERATION;
    v6nf_vmxnet3_offer_all(&vmxnet3);
    v6nf_vmxnet3_publish(&vmxnet3);
    events_count = 0;
    shown = 0;
    return 0;
}

/* Let frames arrive, of whose completions only the generations are written before the next read barrier. */
static void receive_late(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        completion(vmxnet3.receive.seen + i)[3] = NEW;
    }
    late = count;
}

/* The transmit ring's completions are counted before, without any. */
static void completions_are_read_after_their_generation(void **state)
{
    (void)state;
    bool sends = true;
    receive_late(3);
    /* The first barrier is that of the transmit ring: it must not be the one that makes completions whole. */
    const uint32_t count = late;
    late = 0;
    v6nf_vmxnet3_recycle(&vmxnet3.common);
    late = count;
    assert_int_equal(receive_frames(&vmxnet3, handler, &sends), 3);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(lengths_shown[i], FRAME_LENGTH + i);
    }
    assert_string_equal(events, "rrhhh");
}

static void frames_are_given_after_the_handlers_accesses(void **state)
{
    (void)state;
    bool sends = true;
    receive_late(2);
    assert_int_equal(v6nf_vmxnet3_poll(&vmxnet3.common.port, handler, &sends), 2);
    assert_string_equal(events, "rrhhgwT");
    assert_int_equal(registers[TRANSMIT_PRODUCER / 4u], 2);
}

static void dropped_buffers_are_given_without_a_register(void **state)
{
    (void)state;
    bool sends = false;
    receive_late(2);
    assert_int_equal(v6nf_vmxnet3_poll(&vmxnet3.common.port, handler, &sends), 2);
    assert_string_equal(events, "rrhhgw");
    events_count = 0;
    memory[RECEIVE_QUEUE_AT / 4u] = 1; /* the device asks for the register */
    assert_int_equal(v6nf_vmxnet3_poll(&vmxnet3.common.port, handler, &sends), 0);
    assert_string_equal(events, "rrR");
}

static void originated_frames_are_given_after_they_are_written(void **state)
{
    (void)state;
    assert_non_null(v6nf_paravirtual_reserve(&vmxnet3.common.port));
    v6nf_paravirtual_commit(&vmxnet3.common.port, FRAME_LENGTH);
    assert_string_equal(events, "rgwT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(completions_are_read_after_their_generation, start),
        cmocka_unit_test_setup(frames_are_given_after_the_handlers_accesses, start),
        cmocka_unit_test_setup(dropped_buffers_are_given_without_a_register, start),
        cmocka_unit_test_setup(originated_frames_are_given_after_they_are_written, start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
