/* test_agents.c: the agents of a network function (examples/nf/run.c) in threads of their own, on two cards in memory.
 * A card that turns no queue off without a reset is reset while both agents pause, and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../../../examples/nf/run.c"
#include "fixture_device_memory.h"

#define AGENTS 2u
#define LENGTH 60u
#define BUFFER_SIZE 2048u
#define WAIT UINT64_C(20000000) /* microseconds, on a busy machine */
#define PAUSE 20000u

/* The queues of one agent on one card. */
struct queues {
    volatile uint32_t receive_tail;
    volatile uint32_t tail;
    volatile uint32_t *reported;
    volatile uint64_t *input; /* descriptors */
    volatile uint64_t *output;
    uint32_t receive_head;
    uint32_t head;
    bool input_is_off;
    bool output_is_off;
    uint32_t sent; /* frames */
};

static struct v6nf_nic nics[NF_INPUTS];
static uint32_t registers[NF_INPUTS][16];
static struct queues queues[NF_INPUTS][AGENTS];
static uint32_t opened_inputs[NF_INPUTS];
static uint32_t opened_outputs[NF_INPUTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the cards and what follows */
static bool is_dead[NF_INPUTS];                          /* no link, sends nothing, turns no queue off */
static uint32_t resets;
static uint32_t polls_in_resets;
static uint32_t polls;
static bool is_finished;

/* -- The function -------------------------------------------------------------------------------------------------- */

const char nf_name[] = "test";
const uint32_t nf_state_size = NF_NO_STATE;
const struct nf_extra nf_extras = NF_NO_EXTRAS;

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;
    (void)secret;
}

static inline void pass(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    nf_send_all(length, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    (void)state;
    (void)input;
    (void)now;
    __atomic_add_fetch(&polls, 1u, __ATOMIC_RELAXED);
    return NF_POLL(path, pass, NULL);
}

void *nf_memory(size_t size)
{
    return calloc(1, size);
}

/* There is no PCI. */
uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    (void)address;
    (void)offset;
    return V6NF_ENV_PCI_NO_DEVICE;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address;
    (void)size;
    return NULL;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    (void)address;
    (void)offset;
    (void)value;
    return false;
}

/* -- The cards ----------------------------------------------------------------------------------------------------- */

static uint32_t number_of(const struct v6nf_ring_device *device)
{
    return (uint32_t)(device->nic - nics);
}

static struct queues *find_queues(const struct v6nf_ring_device *device, const volatile uint32_t *tail)
{
    for (uint32_t i = 0; i < AGENTS; i++) {
        struct queues *its = &queues[number_of(device)][i];
        if (tail == &its->receive_tail || tail == &its->tail) {
            return its;
        }
    }
    return NULL;
}

static bool add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct queues *its = &queues[number_of(device)][opened_inputs[number_of(device)]++];
    (void)buffer_size;
    its->input = (volatile uint64_t *)(void *)device_memory_at(descriptors, V6NF_RING_SIZE * 16u);
    *tail = &its->receive_tail;
    return true;
}

static bool add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct queues *its = &queues[number_of(device)][opened_outputs[number_of(device)]++];
    (void)count;
    its->output = (volatile uint64_t *)(void *)device_memory_at(descriptors, V6NF_RING_SIZE * 16u);
    its->reported = (volatile uint32_t *)(void *)device_memory_at(head, 4u);
    *tail = &its->tail;
    return true;
}

static bool start_card(struct v6nf_ring_device *device)
{
    (void)device;
    return true;
}

static bool has_link(struct v6nf_ring_device *device)
{
    pthread_mutex_lock(&lock);
    const bool has_link = !is_dead[number_of(device)];
    pthread_mutex_unlock(&lock);
    return has_link;
}

static bool end_input(struct v6nf_ring_device *device, volatile uint32_t *tail)
{
    pthread_mutex_lock(&lock);
    struct queues *its = find_queues(device, tail);
    its->input_is_off = its->input_is_off || !is_dead[number_of(device)];
    const bool is_off = its->input_is_off;
    pthread_mutex_unlock(&lock);
    return is_off;
}

static bool end_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head)
{
    pthread_mutex_lock(&lock);
    struct queues *its = find_queues(device, tail);
    its->output_is_off = its->output_is_off || !is_dead[number_of(device)];
    const bool is_off = its->output_is_off;
    *head = its->head;
    pthread_mutex_unlock(&lock);
    return is_off;
}

static bool reopen_input(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                         uint32_t buffer_size)
{
    (void)descriptors;
    (void)buffer_size;
    pthread_mutex_lock(&lock);
    struct queues *its = find_queues(device, tail);
    its->receive_head = 0;
    its->receive_tail = 0;
    its->input_is_off = false;
    pthread_mutex_unlock(&lock);
    return true;
}

static bool reopen_output(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                          uint32_t count, uint64_t head)
{
    (void)descriptors;
    (void)count;
    (void)head;
    pthread_mutex_lock(&lock);
    struct queues *its = find_queues(device, tail);
    its->head = 0;
    its->tail = 0;
    its->output_is_off = false;
    pthread_mutex_unlock(&lock);
    return true;
}

/* No agent may poll meanwhile. */
static bool reset(struct v6nf_ring_device *device)
{
    const uint32_t before = __atomic_load_n(&polls, __ATOMIC_RELAXED);
    v6nf_env_sleep(PAUSE);
    polls_in_resets += __atomic_load_n(&polls, __ATOMIC_RELAXED) - before;
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < AGENTS; i++) {
        queues[number_of(device)][i].input_is_off = true;
        queues[number_of(device)][i].output_is_off = true;
    }
    resets++;
    pthread_mutex_unlock(&lock);
    return true;
}

static const struct v6nf_ring_device_operations card_operations = {.add_input = add_input,
                                                                   .add_output = add_output,
                                                                   .start = start_card,
                                                                   .has_link = has_link,
                                                                   .end_input = end_input,
                                                                   .end_output = end_output,
                                                                   .reopen_input = reopen_input,
                                                                   .reopen_output = reopen_output,
                                                                   .reset = reset};

static void read_no_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    (void)port;
    memset(counters, 0, sizeof *counters);
}

static const struct v6nf_port_operations port_operations = {.read_counters = read_no_counters};

static void move_frames(struct queues *its, bool card_is_dead)
{
    if (!its->input_is_off && its->receive_head != its->receive_tail && !card_is_dead) {
        v6nf_env_dma_write_barrier();
        its->input[2u * its->receive_head + 1u] = V6NF_RING_LEGACY_DONE + LENGTH;
        its->receive_head = (its->receive_head + 1u) % V6NF_RING_SIZE;
    }
    for (; !its->output_is_off && !card_is_dead && its->head != its->tail;
         its->head = (its->head + 1u) % V6NF_RING_SIZE) {
        its->sent += (its->output[2u * its->head + 1u] & 0xFFFFu) == LENGTH ? 1u : 0u;
    }
    if (!its->output_is_off && !card_is_dead) {
        *its->reported = its->head;
    }
}

static void *run_cards(void *argument)
{
    (void)argument;
    for (bool is_over = false; !is_over;) {
        pthread_mutex_lock(&lock);
        for (uint32_t i = 0; i < NF_INPUTS * AGENTS; i++) {
            move_frames(&queues[i / AGENTS][i % AGENTS], is_dead[i / AGENTS]);
        }
        is_over = is_finished;
        pthread_mutex_unlock(&lock);
        v6nf_env_sleep(50);
    }
    return NULL;
}

/* -- The test ------------------------------------------------------------------------------------------------------ */

static void *run_agent(void *argument)
{
    nf_run_agent((uint32_t)(uintptr_t)argument);
    return NULL;
}

static uint32_t sent_by(uint32_t card, uint32_t agent)
{
    pthread_mutex_lock(&lock);
    const uint32_t sent = queues[card][agent].sent;
    pthread_mutex_unlock(&lock);
    return sent;
}

static void set_dead(uint32_t card, bool dead)
{
    pthread_mutex_lock(&lock);
    is_dead[card] = dead;
    pthread_mutex_unlock(&lock);
}

static void look_once(void)
{
    nf_look(v6nf_env_clock());
    v6nf_env_sleep(1000);
}

/* Look after the cards until each agent has handled or sent so many more frames. */
static void wait_for_packets(uint32_t count)
{
    uintptr_t before[AGENTS];
    for (uint32_t i = 0; i < AGENTS; i++) {
        before[i] = __atomic_load_n(&agents[i]->packets, __ATOMIC_RELAXED);
    }
    const uint64_t until = v6nf_env_clock() + WAIT;
    for (uint32_t i = 0; i < AGENTS; i++) {
        while (__atomic_load_n(&agents[i]->packets, __ATOMIC_RELAXED) - before[i] < count) {
            assert_true(v6nf_env_clock() < until);
            look_once();
        }
    }
}

static void wait_for_sent(uint32_t card, uint32_t count)
{
    const uint64_t until = v6nf_env_clock() + WAIT;
    for (uint32_t i = 0; i < AGENTS; i++) {
        const uint32_t before = sent_by(card, i);
        while (sent_by(card, i) - before < count) {
            assert_true(v6nf_env_clock() < until);
            look_once();
        }
    }
}

static void open_cards(void)
{
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        nics[i].state = V6NF_PORT_RUNNING;
        nics[i].registers = registers[i];
        nics[i].buffer_size = BUFFER_SIZE;
        nics[i].port.operations = &port_operations;
        nics[i].device.nic = &nics[i];
        nics[i].device.operations = &card_operations;
        nics[i].device.format = V6NF_RING_LEGACY;
        nics[i].device.writes_heads = true;
    }
    device_memory_free(UINT32_MAX);
    assert_int_equal(nf_use_cards(nics, AGENTS), V6NF_RING_OPEN);
}

static void a_stuck_card_is_reset_while_all_agents_pause(void **state)
{
    pthread_t threads[AGENTS + 1u];
    (void)state;
    open_cards();
    nf_start_agents();
    assert_int_equal(pthread_create(&threads[AGENTS], NULL, run_cards, NULL), 0);
    for (uint32_t i = 0; i < AGENTS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, run_agent, (void *)(uintptr_t)i), 0);
    }
    wait_for_sent(0, 600);
    wait_for_sent(1, 600);
    assert_int_equal(resets, 0);
    for (uint32_t times = 1; times <= 2u; times++) {
        set_dead(1, true);
        wait_for_packets(3u * V6NF_RING_SIZE); /* card 0 still receives: its ring does not wait for card 1 */
        assert_true(resets >= times);
        set_dead(1, false);
        wait_for_sent(1, 600);
        wait_for_sent(0, 600);
    }
    assert_int_equal(polls_in_resets, 0);
    nf_stop_agents();
    for (uint32_t i = 0; i < AGENTS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_lock(&lock);
    is_finished = true;
    pthread_mutex_unlock(&lock);
    pthread_join(threads[AGENTS], NULL);
    assert_int_equal(nf_end(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_stuck_card_is_reset_while_all_agents_pause)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
