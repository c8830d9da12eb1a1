/* virtio.c: drive one network function of examples/nf on virtio devices in memory, as ring.c does on cards. The devices
 * do not ask for notifications, as devices that are busy. */
#include <stdio.h>
#include <stdlib.h>

#include <valgrind/callgrind.h>

#include "../../examples/nf/nf.h"
#include "../unit/driver/fixture_virtio_device.h"
#include "ring_frames.h"

#define BUFFER_SIZE 2048u
#define BURSTS 320u
#define WARM_UP 320u /* as in ring.c */
#define DEVICES (NF_OUTPUTS + 1u)

static struct v6nf_virtio devices[DEVICES];
static struct nf_path path;
static void *state; /* of the function */

static void fail(const char *problem)
{
    fprintf(stderr, "bench: %s: %s\n", nf_name, problem);
    exit(1);
}

static void open_ring(uint64_t features)
{
    static const struct v6nf_nic_config config = {.mtu = 1500};
    struct v6nf_virtio *outputs[NF_OUTPUTS];
    path.kind = NF_VIRTIO;
    virtio_device_power_on(true, UINT32_MAX);
    for (uint32_t i = 0; i < DEVICES; i++) {
        virtio_device_add(true, i);
        virtio_device.knobs.offers |= features;
        if (v6nf_virtio_init_mmio(&devices[i], VIRTIO_MMIO_ADDRESS + (uint64_t)i * VIRTIO_MMIO_STEP, &config) !=
            V6NF_NIC_READY) {
            fail("no device");
        }
    }
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        outputs[i] = &devices[i + 1u];
    }
    if (v6nf_virtio_ring_open(&path.virtio, &devices[0], NF_OUTPUTS, outputs) != V6NF_RING_OPEN) {
        fail("no ring");
    }
}

static void fall_awake(void)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        virtio_device_select(i);
        virtio_device_sleep(VIRTIO_RECEIVE, false);
        virtio_device_sleep(VIRTIO_TRANSMIT, false);
    }
}

/* Let the devices send the burst. Return the number of frames that were sent whole on at least one output. */
static uint32_t send(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        uint32_t copies = 0;
        for (uint32_t j = 0; j < NF_OUTPUTS; j++) {
            virtio_device_select(j + 1u);
            const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
            if (id != VIRTIO_NONE) {
                uint32_t length = 0;
                const uint8_t *frame = virtio_device_frame(id, &length);
                copies += length == ring_frame_length && ring_frame_is_good(frame) ? 1u : 0u;
                virtio_device_use(VIRTIO_TRANSMIT, id, 0);
            }
            if (virtio_device.fault != NULL) {
                fail(virtio_device.fault);
            }
        }
        count += copies > 0u ? 1u : 0u;
    }
    return count;
}

static void receive_burst(uint32_t number, uint32_t device)
{
    uint8_t frame[BUFFER_SIZE];
    virtio_device_select(0);
    for (uint32_t i = 0; i < V6NF_RING_BURST; i++) {
        ring_frame_write(frame, number * V6NF_RING_BURST + i, device == 1u);
        if (!virtio_device_receive(frame, ring_frame_length)) {
            fail("a frame was not received");
        }
    }
}

static void poll_burst(uint32_t number, uint32_t device)
{
    if (nf_poll(state, &path, device, number * 10u) != V6NF_RING_BURST) {
        fail("not a burst");
    }
}

int main(int argc, char **argv)
{
    static const uint8_t secret[NF_SECRET_SIZE] = {1, 2, 3, 4, 5, 6, 7, 8};
    (void)argv;
    state = calloc(1, nf_state_size + 1u);
    if (state == NULL) {
        fail("no memory");
    }
    nf_start(state, secret);
    open_ring(argc > 1 ? VIRTIO_F_IN_ORDER : 0u);
    fall_awake();
    for (uint32_t i = 0; i < WARM_UP; i++) {
        const uint32_t device = i < WARM_UP / 2u ? 1u : 0u;
        receive_burst(i, device);
        poll_burst(i, device);
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
