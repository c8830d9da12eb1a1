/* ring_bursts.c: drive one network function in bursts. Under callgrind, write a dump for each burst, which counts only
 * the function's poll. Under lackey, mark each poll. Verify that every frame is sent that must be, so that a dropped
 * packet never counts as a fast one. */
#include "ring_bursts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/callgrind.h>

#include "ring_frames.h"

#define BURSTS 320u /* ten turns of the ring */

/* Enough for every frame of ring_frames.h and its reply, which arrives on another device: tables have learned. */
#define WARM_UP 320u

static struct nf_path path;
static void *state; /* of the function */

void bench_fail(const char *problem)
{
    fprintf(stderr, "bench: %s: %s\n", nf_name, problem);
    exit(1);
}

/* Let the devices send the burst. Return the number of frames that were sent whole on at least one output. */
static uint32_t send_burst(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        uint32_t copies = 0;
        for (uint32_t j = 0; j < bench_ways(); j++) {
            const uint8_t *frame = NULL;
            const uint32_t length = bench_send(j, &frame);
            copies += length == ring_frame_length && ring_frame_is_good(frame) ? 1u : 0u;
        }
        count += copies > 0u ? 1u : 0u;
    }
    return count;
}

static void receive_burst(uint32_t number, uint32_t device)
{
    uint8_t frame[BUFFER_SIZE];
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        ring_frame_write(frame, number * V6NF_RING_BURST + i, device == 1u);
        if (!bench_receive(frame, ring_frame_length)) {
            bench_fail("a frame was not received");
        }
    }
}

static void poll_burst(uint32_t number, uint32_t device)
{
    if (nf_poll(state, &path, device, number * 10u) != V6NF_RING_BURST) {
        bench_fail("not a burst");
    }
}

static void read_option(const char *name, const char *value)
{
    for (const struct nf_option *its = nf_extras.options; its != NULL && its->name != NULL; its++) {
        if (strcmp(its->name, name) == 0 && its->read(value) != NULL) {
            bench_fail(name);
        }
    }
}

static void start(void)
{
    for (uint32_t i = 0; ring_options[i] != NULL; i += 2u) {
        read_option(ring_options[i], ring_options[i + 1u]);
    }
    if (nf_extras.check != NULL && nf_extras.check() != NULL) {
        bench_fail(nf_extras.check());
    }
    static const uint8_t secret[NF_SECRET_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
    state = calloc(1, nf_state_size + 1u);
    if (state == NULL) {
        bench_fail("no memory");
    }
    nf_start(state, secret);
}

static void measure_burst(uint32_t number)
{
    receive_burst(number, 0);
    CALLGRIND_ZERO_STATS;
    VALGRIND_PRINTF("poll\n"); /* for lackey's trace of memory */
    poll_burst(number, 0);
    VALGRIND_PRINTF("polled\n");
    CALLGRIND_DUMP_STATS_AT("burst");
    if (send_burst() != V6NF_RING_BURST) {
        bench_fail("a frame was not sent");
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    start();
    bench_open(&path, argc > 1);
    for (uint32_t i = 0; i < WARM_UP; i++) {
        const uint32_t device = i < WARM_UP / 2u ? 1u : 0u;
        receive_burst(i, device);
        poll_burst(i, device);
        (void)send_burst();
    }
    for (uint32_t i = 0; i < BURSTS; i++) {
        measure_burst(WARM_UP + i);
    }
    CALLGRIND_ZERO_STATS;
    if (nf_poll(state, &path, 0, (WARM_UP + BURSTS) * 10u) != 0u) {
        bench_fail("not idle");
    }
    CALLGRIND_DUMP_STATS_AT("idle");
    return 0;
}
