/* ring.c: drive one network function of examples/nf on cards in memory. Under callgrind, write a dump for each burst,
 * which counts only the function's poll. Under lackey, mark each poll. Verify that every frame is sent that must be, so
 * that a dropped packet never counts as a fast one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <valgrind/callgrind.h>

#include "../../examples/nf/nf.h"
#include "../unit/driver/fixture_ring_device.h"
#include "ring_frames.h"

#define BUFFER_SIZE 2048u
#define BURSTS 320u /* ten turns of the ring */

/* Enough for every frame of ring_frames.h and its reply, which arrives on another card: tables have learned. */
#define WARM_UP 320u

static struct ring_device input;
static struct ring_device outputs[NF_OUTPUTS];
static struct nf_path path;
static void *state; /* of the function */

static void fail(const char *problem)
{
    fprintf(stderr, "bench: %s: %s\n", nf_name, problem);
    exit(1);
}

static void open_ring(void)
{
    struct v6nf_ring_device *devices[NF_OUTPUTS];
    path.kind = NF_LEGACY;
    ring_device_init(&input, V6NF_RING_LEGACY, true); /* as the 82599 */
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        ring_device_init(&outputs[i], V6NF_RING_LEGACY, true);
        devices[i] = &outputs[i].device;
    }
    if (v6nf_ring_open(&path.ring, &input.device, NF_OUTPUTS, devices, BUFFER_SIZE) != V6NF_RING_OPEN) {
        fail("no ring");
    }
}

/* Let the devices send the burst. Return the number of frames that were sent whole on at least one output. */
static uint32_t send(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        uint32_t copies = 0;
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            const uint8_t *frame = NULL;
            uint32_t length = ring_device_send(&outputs[j], 0, &frame);
            copies += length == ring_frame_length && ring_frame_is_good(frame) ? 1u : 0u;
            if (outputs[j].fault != NULL) {
                fail(outputs[j].fault);
            }
        }
        count += copies > 0u ? 1u : 0u;
    }
    return count;
}

static void receive_burst(uint32_t number, uint32_t card)
{
    uint8_t frame[BUFFER_SIZE];
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        ring_frame_write(frame, number * V6NF_RING_BURST + i, card == 1u);
        if (!ring_device_receive(&input, frame, ring_frame_length)) {
            fail("a frame was not received");
        }
    }
}

static void poll_burst(uint32_t number, uint32_t card)
{
    if (nf_poll(state, &path, card, number * 10u) != V6NF_RING_BURST) {
        fail("not a burst");
    }
}

int main(void)
{
    static const uint8_t secret[NF_SECRET_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
    device_memory_free(UINT32_MAX);
    state = calloc(1, nf_state_size + 1u);
    if (state == NULL) {
        fail("no memory");
    }
    nf_start(state, secret);
    open_ring();
    for (uint32_t i = 0; i < WARM_UP; i++) {
        uint32_t card = i < WARM_UP / 2u ? 1u : 0u;
        receive_burst(i, card);
        poll_burst(i, card);
        (void)send();
    }
    for (uint32_t i = 0; i < BURSTS; i++) {
        receive_burst(WARM_UP + i, 0);
        CALLGRIND_ZERO_STATS;
        VALGRIND_PRINTF("poll\n"); /* for lackey's trace of memory */
        poll_burst(WARM_UP + i, 0);
        VALGRIND_PRINTF("polled\n");
        CALLGRIND_DUMP_STATS_AT("burst");
        if (send() != V6NF_RING_BURST) {
            fail("a frame was not sent");
        }
    }
    CALLGRIND_ZERO_STATS;
    if (nf_poll(state, &path, 0, (WARM_UP + BURSTS) * 10u) != 0u) {
        fail("not idle");
    }
    CALLGRIND_DUMP_STATS_AT("idle");
    return 0;
}
