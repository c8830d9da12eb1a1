/* cores.c: run the agents of a network function of examples/nf on cores of their own, with its own runner, on two cards
 * in memory. Each agent is also the card of its queues: between two turns it receives and sends.
 *
 *   cores trace        two agents alternately, for lackey's trace of memory: marks before and after each turn name them
 *   cores time AGENTS  one or two agents for a second: print the packets per second of all
 *
 * With a last argument "packed", the memory of agents is packed without regard to cache lines: a trace must show that.
 * Exit status 77 if there are too few cores. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <valgrind/callgrind.h>

#include "../../examples/nf/run.h"
#include "../../examples/nf/threads.h"
#include "ring_frames.h"

#define AGENTS 2u
#define LINE 64u
#define BUFFER_SIZE 2048u
#define PACKED_SIZE (32u << 20)
#define MEMORY_SIZE (64u << 20)
#define TURNS 300u   /* in a trace */
#define WARM_UP 640u /* turns until tables have learned every frame */
#define STEP 10u     /* microseconds of virtual time for a turn */
#define RUN_TIME 1000000u
#define LOOK_TURNS 64u /* turns between two looks at the time */
#define NO_AGENT UINT32_MAX

/* The registers and heads of one agent on one card. */
struct queue {
    _Alignas(LINE) volatile uint32_t receive_tail;
    volatile uint32_t tail;
    uint32_t receive_head;
    uint32_t received; /* frames */
    uint32_t head;
    volatile uint32_t *reported;
    volatile uint64_t *input; /* descriptors */
    volatile uint64_t *output;
};

/* What an agent thread has done. */
struct world {
    _Alignas(LINE) uint64_t turns;
    uint64_t packets;
    uint64_t begin;
    uint64_t end;
};

static struct v6nf_nic cards[NF_INPUTS];
static uint32_t registers[NF_INPUTS][16];
static struct queue queues[NF_INPUTS][AGENTS];
static uint32_t inputs_count[NF_INPUTS];
static uint32_t outputs_count[NF_INPUTS];
static struct world worlds[AGENTS];
static _Alignas(4096) uint8_t memory[MEMORY_SIZE];
static size_t memory_used;
static bool is_packed;
static bool is_trace;
static _Thread_local uint32_t agent_here = NO_AGENT;

/* In a trace, the agents run alternately. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t whose_turn;
static bool is_over;

static void fail(const char *problem)
{
    fprintf(stderr, "bench: %s: %s\n", nf_name, problem);
    exit(1);
}

static uint64_t real_time(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* -- env.h, as on Linux ------------------------------------------------------------------------------------------- */

void *v6nf_env_memory(size_t size, size_t alignment)
{
    const size_t start = (memory_used + alignment - 1u) & ~(alignment - 1u);
    memory_used = start + size;
    return memory_used <= sizeof memory ? memory + start : NULL;
}

void *nf_memory(size_t size)
{
    static _Alignas(LINE) uint8_t packed[PACKED_SIZE];
    static size_t used;
    if (!is_packed) {
        return v6nf_env_memory((size + LINE - 1u) / LINE * LINE, LINE);
    }
    used += used == 0u ? (LINE / 2u - size) % LINE : 0u; /* the first agent ends in the middle of a line */
    void *start = packed + used;
    used += (size + 15u) / 16u * 16u;
    return used <= sizeof packed ? start : NULL;
}

uint64_t v6nf_env_device_address(const volatile void *address)
{
    return (uint64_t)(uintptr_t)address;
}

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    memset(bytes, 7, size);
    return true;
}

void v6nf_env_console(char character)
{
    (void)character;
}

void v6nf_env_sleep(uint64_t microseconds)
{
    const struct timespec time = {0, (long)microseconds * 1000};
    nanosleep(&time, NULL);
}

uint32_t v6nf_env_pci_read(struct v6nf_env_pci_address address, uint16_t offset)
{
    (void)address;
    (void)offset;
    return V6NF_ENV_PCI_NO_DEVICE;
}

bool v6nf_env_pci_write(struct v6nf_env_pci_address address, uint16_t offset, uint32_t value)
{
    (void)address;
    (void)offset;
    (void)value;
    return false;
}

volatile void *v6nf_env_map_device(uint64_t address, size_t size)
{
    (void)address;
    (void)size;
    return NULL;
}

/* The thread that looks after the cards: in a trace it must not run between the agents. */
void v6nf_env_idle(uint64_t until)
{
    (void)until;
    if (agent_here != NO_AGENT) {
        fail("an agent was idle");
    }
    if (!is_trace) {
        v6nf_env_sleep(1000);
        return;
    }
    pthread_mutex_lock(&lock);
    while (!is_over) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

/* -- The cards ----------------------------------------------------------------------------------------------------- */

static uint32_t card_of(const struct v6nf_ring_device *device)
{
    return (uint32_t)(device->nic - cards);
}

/* Rings are opened agent by agent: queue n is that of agent n. */
static bool add_input(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail)
{
    struct queue *queue = &queues[card_of(device)][inputs_count[card_of(device)]++];
    (void)buffer_size;
    queue->input = (volatile uint64_t *)(uintptr_t)descriptors;
    *tail = &queue->receive_tail;
    return true;
}

static bool add_output(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail)
{
    struct queue *queue = &queues[card_of(device)][outputs_count[card_of(device)]++];
    (void)count;
    queue->output = (volatile uint64_t *)(uintptr_t)descriptors;
    queue->reported = (volatile uint32_t *)(uintptr_t)head;
    *tail = &queue->tail;
    return true;
}

static bool start_card(struct v6nf_ring_device *device)
{
    (void)device;
    return true;
}

static bool has_link(struct v6nf_ring_device *device)
{
    return device->nic->state == V6NF_PORT_RUNNING;
}

static void read_no_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    (void)port;
    *counters = (struct v6nf_port_counters){0};
}

static const struct v6nf_ring_device_operations operations = {
    .add_input = add_input, .add_output = add_output, .start = start_card, .has_link = has_link};
static const struct v6nf_port_operations port_operations = {.read_counters = read_no_counters};

/* Receive a burst. Buffers of later laps still have the frames of the first. */
static void receive(struct queue *queue, bool back)
{
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        volatile uint64_t *descriptor = queue->input + 2u * queue->receive_head;
        if (queue->receive_head == queue->receive_tail) {
            fail("the ring is full");
        }
        if (queue->received < V6NF_RING_SIZE) {
            ring_frame_write((uint8_t *)(uintptr_t)descriptor[0], queue->received, back);
        }
        descriptor[1] = V6NF_RING_LEGACY_DONE + ring_frame_length;
        queue->receive_head = (queue->receive_head + 1u) % V6NF_RING_SIZE;
        queue->received++;
    }
}

/* Send everything. must_send: each descriptor has a frame. */
static void send(struct queue *queue, bool must_send)
{
    for (; queue->head != queue->tail; queue->head = (queue->head + 1u) % V6NF_RING_SIZE) {
        if (must_send && (queue->output[2u * queue->head + 1u] & 0xFFFFu) != ring_frame_length) {
            fail("a frame was not sent");
        }
    }
    *queue->reported = queue->head;
}

/* Frames for known stations arrive on card 0, and those of the stations on card 1. */
static void move_frames(uint32_t agent)
{
    struct world *world = &worlds[agent];
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        send(&queues[i][agent], i == 1u && world->turns > WARM_UP);
        receive(&queues[i][agent], i == 1u);
        world->packets += V6NF_RING_BURST;
    }
    world->turns++;
}

/* -- Turns --------------------------------------------------------------------------------------------------------- */

static void end_trace(void)
{
    is_over = true;
    pthread_cond_broadcast(&changed);
    nf_stop_agents();
}

/* Let the other agent run, and wait for the next turn. */
static void change_turns(uint32_t agent)
{
    VALGRIND_PRINTF("out\n");
    pthread_mutex_lock(&lock);
    whose_turn = (whose_turn == agent ? agent + 1u : whose_turn) % AGENTS;
    pthread_cond_broadcast(&changed);
    while (whose_turn != agent && !is_over) {
        pthread_cond_wait(&changed, &lock);
    }
    if (worlds[agent].turns == TURNS) {
        end_trace();
    }
    const bool is_last = is_over;
    pthread_mutex_unlock(&lock);
    if (!is_last) {
        VALGRIND_PRINTF("in %u\n", agent);
    }
}

static void look_at_time(struct world *world)
{
    if (world->turns % LOOK_TURNS == 0u) {
        world->end = real_time();
        world->begin = world->begin != 0u ? world->begin : world->end;
        if (world->end - world->begin >= RUN_TIME) {
            nf_stop_agents();
        }
    }
}

/* An agent asks for the time once in each turn. */
uint64_t v6nf_env_clock(void)
{
    struct world *world = agent_here != NO_AGENT ? &worlds[agent_here] : NULL;
    if (world == NULL) {
        return 0;
    }
    if (!is_trace) {
        look_at_time(world);
    }
    move_frames(agent_here);
    if (is_trace) {
        change_turns(agent_here);
    }
    return world->turns * STEP;
}

void __real_nf_run_agent(uint32_t agent);
void __wrap_nf_run_agent(uint32_t agent);

/* The first turn must not be traced: it begins before there is a mark. */
void __wrap_nf_run_agent(uint32_t agent)
{
    agent_here = agent;
    if (is_trace && agent == 0u) {
        whose_turn = AGENTS - 1u;
    }
    __real_nf_run_agent(agent);
    VALGRIND_PRINTF("out\n");
}

/* -- The program --------------------------------------------------------------------------------------------------- */

/* Name the first cores that this process may use. */
static void choose_cores(uint32_t count)
{
    cpu_set_t set;
    char text[32] = "";
    uint32_t found = 0;
    sched_getaffinity(0, sizeof set, &set);
    for (uint32_t core = 0; core < CPU_SETSIZE && found < count; core++) {
        if (CPU_ISSET(core, &set)) {
            const size_t length = strlen(text);
            snprintf(text + length, sizeof text - length, "%s%u", found > 0u ? "," : "", core);
            found++;
        }
    }
    if (found < count) {
        exit(77);
    }
    if (threads_read_cores(text) != NULL) {
        fail(text);
    }
}

int main(int argc, char **argv)
{
    is_trace = argc > 1 && strcmp(argv[1], "trace") == 0;
    is_packed = argc > 2 && strcmp(argv[argc - 1], "packed") == 0;
    const uint32_t agents = is_trace ? AGENTS : (uint32_t)(argc > 2 ? atoi(argv[2]) : 1);
    choose_cores(agents);
    for (uint32_t i = 0; i < NF_INPUTS; i++) {
        cards[i] = (struct v6nf_nic){.state = V6NF_PORT_RUNNING, .registers = registers[i], .buffer_size = BUFFER_SIZE};
        cards[i].port.operations = &port_operations;
        cards[i].device = (struct v6nf_ring_device){
            .nic = &cards[i], .operations = &operations, .format = V6NF_RING_LEGACY, .writes_heads = true};
    }
    if (nf_use_cards(cards, agents) != V6NF_RING_OPEN) {
        fail("no rings");
    }
    nf_start_agents();
    const char *problem = threads_run();
    if (problem != NULL) {
        fail(problem);
    }
    double rate = 0;
    for (uint32_t i = 0; i < agents && !is_trace; i++) {
        rate += (double)worlds[i].packets * 1e6 / (double)(worlds[i].end - worlds[i].begin);
    }
    if (!is_trace) {
        printf("%.0f\n", rate);
    }
    return nf_end();
}
