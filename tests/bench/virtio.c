/* virtio.c: virtio devices in memory, for a network function. They do not ask for notifications, as devices that are
 * busy. */
#include "ring_bursts.h"

#include "../unit/driver/fixture_virtio_device.h"

#define DEVICES (NF_OUTPUTS + 1u)

static struct v6nf_virtio devices[DEVICES];

static void open_devices(uint64_t features)
{
    static const struct v6nf_nic_config config = {.mtu = 1500};
    virtio_device_power_on(true, UINT32_MAX);
    for (uint32_t i = 0; i < DEVICES; i++) {
        virtio_device_add(true, i);
        virtio_device.knobs.offers |= features;
        if (v6nf_virtio_init_mmio(&devices[i], VIRTIO_MMIO_ADDRESS + (uint64_t)i * VIRTIO_MMIO_STEP, &config) !=
            V6NF_NIC_READY) {
            bench_fail("no device");
        }
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

/* With an argument, the devices use buffers in order. */
void bench_open(struct nf_path *path, bool has_argument)
{
    struct v6nf_virtio *outputs[NF_OUTPUTS];
    path->kind = NF_VIRTIO;
    open_devices(has_argument ? VIRTIO_F_IN_ORDER : 0u);
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        outputs[i] = &devices[i + 1u];
    }
    if (v6nf_virtio_ring_open(&path->virtio, &devices[0], NF_OUTPUTS, outputs) != V6NF_RING_OPEN) {
        bench_fail("no ring");
    }
    fall_awake();
}

bool bench_receive(const uint8_t *frame, uint32_t length)
{
    virtio_device_select(0);
    return virtio_device_receive(frame, length);
}

uint32_t bench_send(uint32_t output, const uint8_t **frame)
{
    uint32_t length = 0;
    virtio_device_select(output + 1u);
    const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
    if (id != VIRTIO_NONE) {
        *frame = virtio_device_frame(id, &length);
        virtio_device_use(VIRTIO_TRANSMIT, id, 0);
    }
    if (virtio_device.fault != NULL) {
        bench_fail(virtio_device.fault);
    }
    return length;
}
