/* virtio.c: proof of the virtio-net data path, in any state that its invariant allows. The device writes any values to
 * the rings. Each descriptor has a buffer, as with a transmit queue of V6NF_VIRTIO_SIZE. */
#include "drivers/virtio/virtio.c"

#include "any_driver.h"

#define SIZE V6NF_VIRTIO_SIZE
#define ORIGINATES (SIZE / 2u)
#define BUFFER_SIZE 1600u
#define MAX_FRAME (ETHER_HEADER + VLAN_TAG + 1500u)

static uint8_t buffers[SIZE * BUFFER_SIZE] __attribute__((aligned(64)));
static volatile uint64_t descriptors[2][2u * SIZE];
static volatile uint16_t available[2][3u + SIZE];
static volatile uint32_t used[2][3u + 2u * SIZE] __attribute__((aligned(8)));
static volatile uint32_t notify_register;

void v6nf_virtio_stop(struct v6nf_virtio *virtio, enum v6nf_virtio_state reason)
{
    virtio->state = reason;
}

bool v6nf_virtio_link_up(struct v6nf_port *port)
{
    (void)port;
    return any_bool();
}

enum v6nf_port_status v6nf_virtio_status(struct v6nf_port *port)
{
    (void)port;
    return any_bool() ? V6NF_PORT_RUNNING : V6NF_PORT_GONE;
}

bool v6nf_virtio_stop_port(struct v6nf_port *port)
{
    (void)port;
    return any_bool();
}

static const struct v6nf_port_operations operations = {
    .poll = v6nf_virtio_poll,
    .reserve = v6nf_virtio_reserve,
    .commit = v6nf_virtio_commit,
    .link_up = v6nf_virtio_link_up,
    .read_counters = v6nf_virtio_read_counters,
    .status = v6nf_virtio_status,
    .stop = v6nf_virtio_stop_port,
};

static void any_queue(struct v6nf_virtio_queue *queue, uint32_t number)
{
    *queue = (struct v6nf_virtio_queue){
        .descriptors = descriptors[number],
        .available = available[number],
        .used = used[number] + 1,
        .used_ring = (volatile uint64_t *)(volatile void *)(used[number] + 2),
        .notify = (volatile uint8_t *)&notify_register,
        .number = number,
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
        .port = {.operations = &operations, .capacity = BUFFER_SIZE - FRAME_OFFSET, .outputs = 1},
        .state = any_bool() ? V6NF_VIRTIO_RUNS : V6NF_VIRTIO_BAD_INDEX,
        .features = any64,
        .is_mmio = any_bool(),
        .buffers = buffers,
        .device_buffers = any64,
        .buffer_size = BUFFER_SIZE,
        .receive_size = HEADER_SIZE + MAX_FRAME,
        .in_order = any_bool(),
        .slots = SIZE - ORIGINATES,
        .originates = ORIGINATES,
        .originates_free = any8, /* of ORIGINATES */
        .originates_next = any_below(ORIGINATES + 1u),
        .reserved = any_bool() ? any_below(ORIGINATES) : V6NF_VIRTIO_ORIGINATE,
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
    must(virtio->reserved < ORIGINATES || virtio->reserved == V6NF_VIRTIO_ORIGINATE);
    must(virtio->slots == SIZE - ORIGINATES);
    must(virtio->originates_free < 1u << ORIGINATES);
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
        (void)virtio.port.operations->poll(&virtio.port, any_handler, (void *)&outputs);
    } else {
        originate_any(&virtio.port);
    }
    virtio.port.operations->read_counters(&virtio.port, &counters);
    (void)virtio.port.operations->link_up(&virtio.port);
    check_virtio(&virtio);
    return 0;
}
