/* dpdk.c: surroundings of a program for DPDK: the layer of examples/dpdk on rings of two cards in memory. They receive
 * and send whenever the program asks for the time, once in each of its rounds.
 *
 *     legacy|advanced IN0 OUT0 IN1 OUT1 [-- ...]      frames of capture files: for dpdk.py
 *     whole|layer BURST [-- ...]                      bursts of small frames on each card: for run.sh
 *
 * With "whole", callgrind counts the program and the layer between two calls for the time. With "layer", it counts the
 * functions that its command line names. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/callgrind.h>

#include "../../examples/dpdk/capture.h"
#include "../../examples/dpdk/layer.h"
#include "../../examples/dpdk/rte_cycles.h"
#include "../../examples/dpdk/rte_debug.h"
#include "../../examples/dpdk/rte_eal.h"
#include "../../examples/dpdk/rte_errno.h"
#include "../../examples/dpdk/rte_random.h"
#include "../unit/driver/fixture_ring_device.h"
#include "ring_frames.h"

#define CARDS 2u
#define BUFFER_SIZE 2048u
#define FILE_ARGUMENTS 6
#define BURST_ARGUMENTS 3
#define WARM_UP 200u /* rounds */
#define ROUNDS 400u

static struct ring_device inputs[CARDS];
static struct ring_device outputs[CARDS]; /* output i is of the ring of input i: the other card */
static struct v6nf_ring rings[CARDS];
static struct dpdk_capture captures[CARDS];
static uint32_t burst; /* 0: frames are those of the captures */
static uint32_t rounds;
static uint32_t sent; /* in bursts */
static bool counts_all;

/* -- The program's end --------------------------------------------------------------------------------------------- */

void rte_exit(int exit_status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    exit(exit_status);
}

void dpdk_fail(const char *problem)
{
    rte_exit(1, "dpdk: %s\n", problem);
}

const char *rte_strerror(int number)
{
    (void)number;
    return "error";
}

uint64_t rte_rand(void)
{
    return UINT64_C(0x9E3779B97F4A7C15);
}

/* -- Cards --------------------------------------------------------------------------------------------------------- */

static void receive(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct ring_device *input = (struct ring_device *)context;
    (void)capacity;
    (void)lengths;
    if (!ring_device_receive(input, frame, length)) {
        dpdk_fail("a frame was not received");
    }
}

static void send_frame(uint32_t card, const uint8_t *frame, uint32_t length)
{
    struct v6nf_port *port = &captures[card].port;
    if (burst > 0u) {
        sent += length == ring_frame_length && ring_frame_is_good(frame) ? 1u : 0u;
        return;
    }
    uint8_t *buffer = port->operations->reserve(port);
    memcpy(buffer, frame, length);
    port->operations->commit(port, length);
}

static void send_all(void)
{
    for (uint32_t i = 0; i < CARDS; i++) {
        const uint8_t *frame = NULL;
        uint32_t length = ring_device_send(&outputs[i], 0, &frame);
        for (; length != RING_DEVICE_IDLE; length = ring_device_send(&outputs[i], 0, &frame)) {
            if (length > 0u) {
                send_frame(1u - i, frame, length);
            }
        }
        if (inputs[i].fault != NULL || outputs[i].fault != NULL) {
            dpdk_fail("the ring was used in a way that a card does not accept");
        }
    }
}

static void receive_burst(uint32_t card)
{
    uint8_t frame[BUFFER_SIZE];
    for (uint32_t i = 0; i < burst; i++) {
        ring_frame_write(frame, rounds * burst + i, false);
        receive(&inputs[card], frame, ring_frame_length, BUFFER_SIZE, NULL);
    }
}

static void receive_all(void)
{
    for (uint32_t i = 0; i < CARDS; i++) {
        if (burst > 0u) {
            receive_burst(i);
        } else {
            (void)captures[i].port.operations->poll(&captures[i].port, receive, &inputs[i]);
        }
    }
}

/* Let the cards move frames, without being counted. */
uint64_t rte_get_timer_cycles(void)
{
    const bool is_over = burst > 0u && rounds >= WARM_UP + ROUNDS;
    if (counts_all && rounds > WARM_UP && rounds <= WARM_UP + ROUNDS) {
        CALLGRIND_TOGGLE_COLLECT;
    }
    send_all();
    if (!is_over) {
        receive_all();
    }
    if (counts_all && rounds >= WARM_UP && !is_over) {
        CALLGRIND_TOGGLE_COLLECT;
    }
    rounds++;
    return (uint64_t)rounds * 10u;
}

/* -- The program's start ------------------------------------------------------------------------------------------- */

static void open_rings(enum v6nf_ring_format format)
{
    device_memory_free(UINT32_MAX);
    dpdk_reset();
    for (uint32_t i = 0; i < CARDS; i++) {
        struct v6nf_ring_device *const its_outputs[] = {&outputs[i].device};
        ring_device_init(&inputs[i], format, true);
        ring_device_init(&outputs[i], format, true);
        if (v6nf_ring_open(&rings[i], &inputs[i].device, 1, its_outputs, BUFFER_SIZE) != V6NF_RING_OPEN ||
            !dpdk_add_ring(&rings[i], format, NULL)) {
            dpdk_fail("no ring");
        }
    }
}

static int start_captures(char **argv)
{
    for (uint32_t i = 0; i < CARDS; i++) {
        const char *problem = dpdk_capture_open(&captures[i], argv[2u + 2u * i], argv[3u + 2u * i]);
        if (problem != NULL) {
            dpdk_fail(problem);
        }
    }
    open_rings(strcmp(argv[1], "advanced") == 0 ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY);
    return FILE_ARGUMENTS;
}

int rte_eal_init(int argc, char **argv)
{
    int used = -1;
    if (argc >= FILE_ARGUMENTS && (strcmp(argv[1], "legacy") == 0 || strcmp(argv[1], "advanced") == 0)) {
        used = start_captures(argv);
    } else if (argc >= BURST_ARGUMENTS && (strcmp(argv[1], "whole") == 0 || strcmp(argv[1], "layer") == 0)) {
        burst = (uint32_t)strtoul(argv[2], NULL, 10);
        counts_all = strcmp(argv[1], "whole") == 0;
        open_rings(V6NF_RING_LEGACY);
        used = BURST_ARGUMENTS;
    }
    if (used < 0 || used >= argc) {
        dpdk_fail("wrong arguments");
    }
    argv[used] = argv[0];
    return used;
}

int rte_eal_cleanup(void)
{
    int result = 0;
    send_all();
    for (uint32_t i = 0; i < CARDS && burst == 0u; i++) {
        (void)captures[i].port.operations->stop(&captures[i].port);
        result = captures[i].has_failed ? -1 : result;
    }
    return burst == 0u || sent == (WARM_UP + ROUNDS) * CARDS * burst ? result : -1;
}
