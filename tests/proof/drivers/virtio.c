/* virtio.c: proof of the virtio-net data path, in any state that its invariant allows. The device writes any values to
 * the rings. Each descriptor has a buffer, as with a transmit queue of V6NF_VIRTIO_SIZE. */
#include "drivers/virtio/virtio.c"
#include "drivers/virtio/checksum.c"
#include "drivers/virtqueue/virtqueue.c"

#include "any_paravirtual.h"

#define SIZE V6NF_VIRTIO_SIZE
#define ORIGINATES (SIZE / 2u)
#define BUFFER_SIZE 1600u
#define MAX_FRAME (ETHER_HEADER + VLAN_TAG + 1500u)

static uint8_t buffers[SIZE * BUFFER_SIZE] __attribute__((aligned(64)));
static volatile uint64_t descriptors[2][2u * SIZE];
static volatile uint16_t available[2][3u + SIZE];
static volatile uint32_t used[2][3u + 2u * SIZE] __attribute__((aligned(8)));
static volatile uint32_t notify_register;

static const struct v6nf_paravirtual_operations device = {
    .recycle = v6nf_virtio_recycle, .send = v6nf_virtio_send, ANY_REGISTERS};

static const struct v6nf_port_operations operations = {
    .poll = v6nf_virtio_poll, .read_counters = v6nf_paravirtual_read_counters, PARAVIRTUAL_PORT};

static void any_queue(struct v6nf_virtqueue *queue, uint32_t number)
{
    *queue = (struct v6nf_virtqueue){
        .descriptors = descriptors[number],
        .available = available[number],
        .used = used[number] + 1,
        .used_ring = (volatile uint64_t *)(volatile void *)(used[number] + 2),
        .mask = SIZE - 1u,
        .next = any32,
        .published = any32,
        .seen = any32,
        .batch = any32,
        .batch_length = any32,
    };
    for (uint32_t i = 0; i < SIZE; i++) {
        queue->slots[i] = (uint16_t)any_below(SIZE);
    }
}

static void any_virtio(struct v6nf_virtio *virtio)
{
    *virtio = (struct v6nf_virtio){
        .common = {.port = {.operations = &operations,
                            .checksums = any8,
                            .capacity = BUFFER_SIZE - FRAME_OFFSET,
                            .outputs = 1},
                   .state = any_bool() ? V6NF_PARAVIRTUAL_RUNS : V6NF_PARAVIRTUAL_BAD_INDEX,
                   .device = &device,
                   .is_found = true,
                   .buffers = buffers,
                   .device_buffers = any64,
                   .buffer_size = BUFFER_SIZE,
                   .frame_offset = FRAME_OFFSET,
                   .receive_size = HEADER_SIZE + MAX_FRAME,
                   .slots = SIZE - ORIGINATES,
                   .originates = ORIGINATES,
                   .originates_free = any8, /* of ORIGINATES */
                   .originates_next = any_below(ORIGINATES + 1u),
                   .reserved = any_bool() ? any_below(ORIGINATES) : V6NF_VIRTIO_ORIGINATE},
        .features = any64,
        .transport = {.is_mmio = any_bool(),
                      .notify_of = {(volatile uint8_t *)&notify_register, (volatile uint8_t *)&notify_register}},
        .in_order = any_bool(),
    };
    for (uint32_t i = 0; i < SIZE; i++) {
        virtio->queue_of[i] = (uint8_t)any_below(NO_QUEUE + 1u);
    }
    any_queue(&virtio->receive, RECEIVE_QUEUE);
    any_queue(&virtio->transmit, TRANSMIT_QUEUE);
}

/* Check the invariant that any_virtio() establishes. */
static void check_virtio(const struct v6nf_virtio *virtio)
{
    must(virtio->common.reserved < ORIGINATES || virtio->common.reserved == V6NF_VIRTIO_ORIGINATE);
    must(virtio->common.slots == SIZE - ORIGINATES);
    must(virtio->common.originates_free < 1u << ORIGINATES);
    must(virtio->receive.mask == SIZE - 1u);
    must(virtio->transmit.mask == SIZE - 1u);
    for (uint32_t i = 0; i < SIZE; i++) {
        must(virtio->queue_of[i] <= NO_QUEUE);
        must(virtio->receive.slots[i] < SIZE);
        must(virtio->transmit.slots[i] < SIZE);
    }
}

int main(void)
{
    static const uint32_t outputs = 1;
    static struct v6nf_virtio virtio;
    struct v6nf_port_counters counters;
    any_virtio(&virtio);
    if (any_bool()) {
        (void)virtio.common.port.operations->poll(&virtio.common.port, any_handler, (void *)&outputs);
    } else {
        originate_any(&virtio.common.port);
    }
    virtio.common.port.operations->read_counters(&virtio.common.port, &counters);
    (void)virtio.common.port.operations->link_up(&virtio.common.port);
    check_virtio(&virtio);
    return 0;
}
