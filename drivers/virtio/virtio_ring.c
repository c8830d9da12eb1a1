/* virtio_ring.c: opening and watching rings of virtio devices: see virtio_ring.h. Their data path is in virtio.c. */
#include "virtio.h"

#include "../nic/nic_port.h"

static uint32_t poll_in_ring(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    (void)port;
    (void)handler;
    (void)context;
    return 0;
}

static uint8_t *reserve_in_ring(struct v6nf_port *port)
{
    (void)port;
    return NULL;
}

static void commit_in_ring(struct v6nf_port *port, uint32_t length)
{
    (void)port;
    (void)length;
}

static const struct v6nf_port_operations ring_operations = {
    .poll = poll_in_ring,
    .wait = nic_wait,
    .reserve = reserve_in_ring,
    .commit = commit_in_ring,
    .link_up = v6nf_virtio_link_up,
    .read_counters = v6nf_virtio_read_counters,
    .status = v6nf_virtio_status,
    .stop = v6nf_virtio_stop_port,
};

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool are_valid(const struct v6nf_virtio *input, uint32_t outputs_count, struct v6nf_virtio *const *outputs)
{
    bool is_valid =
        outputs_count - 1u < V6NF_PORT_OUTPUTS_MAX && input->state == V6NF_VIRTIO_RUNS && input->ring == NULL;
    for (uint32_t i = 0; i < outputs_count && is_valid; i++) {
        is_valid = outputs[i]->state == V6NF_VIRTIO_RUNS;
        for (uint32_t j = 0; j < i; j++) {
            is_valid = is_valid && outputs[j] != outputs[i];
        }
    }
    return is_valid;
}

/* Let a port serve rings. The buffers of its queues are then those of others. */
static bool join(struct v6nf_virtio *virtio)
{
    if (virtio->is_in_ring) {
        return true;
    }
    virtio->is_in_ring = true;
    virtio->port.operations = &ring_operations;
    return v6nf_virtio_restart(virtio) == V6NF_NIC_READY;
}

enum v6nf_ring_status v6nf_virtio_ring_open(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                            uint32_t outputs_count, struct v6nf_virtio *const *outputs)
{
    *ring = (struct v6nf_virtio_ring){.input = input, .outputs_count = outputs_count};
    if (!are_valid(input, outputs_count, outputs)) {
        return V6NF_RING_INVALID;
    }
    bool have_joined = join(input);
    for (uint32_t i = 0; i < outputs_count; i++) {
        const uint32_t capacity =
            outputs[i]->port.capacity < input->port.capacity ? outputs[i]->port.capacity : input->port.capacity;
        ring->outputs[i] = outputs[i];
        ring->spans[i] = capacity - V6NF_PORT_FRAME_MIN + 1u;
        have_joined = have_joined && join(outputs[i]);
    }
    if (!have_joined) {
        return V6NF_RING_NO_QUEUE;
    }
    input->ring = ring;
    for (uint32_t i = 0; i < input->slots; i++) {
        input->queue_of[i] = RECEIVE_QUEUE;
    }
    v6nf_virtio_offer_free(input);
    v6nf_virtio_publish(input);
    return V6NF_RING_OPEN;
}

/* -- Watching ------------------------------------------------------------------------------------------------------ */

/* Park a device that has frames to send, and has used none since `patience`. */
static void look_at_running(struct v6nf_virtio *virtio, uint64_t patience, uint64_t now)
{
    const struct v6nf_virtio_queue *transmit = &virtio->transmit;
    const bool advances = !virtio->is_late || transmit->seen != virtio->progress;
    virtio->is_late = transmit->seen != transmit->next;
    if (advances || !virtio->is_late) {
        virtio->progress = transmit->seen;
        virtio->since = now;
    } else if (patience != 0u && now - virtio->since >= patience) {
        virtio->since = now;
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_PARKED);
    }
}

/* Take buffers back as soon as the device cannot read them any more. Bring it back after that, if it may come back. */
static void look_at_stopped(struct v6nf_virtio *virtio, uint64_t now)
{
    const enum v6nf_virtio_state reason = virtio->state;
    virtio->is_late = false;
    if (virtio->transmit.seen != virtio->transmit.next && v6nf_virtio_is_quiet(virtio)) {
        v6nf_virtio_take_back(virtio);
    }
    if ((reason != V6NF_VIRTIO_PARKED && reason != V6NF_VIRTIO_NEEDS_RESET) || now - virtio->since < V6NF_RING_HOLD ||
        !v6nf_virtio_is_reset(virtio)) {
        return;
    }
    virtio->since = now;
    if (v6nf_virtio_restart(virtio) != V6NF_NIC_READY) {
        v6nf_virtio_stop(virtio, reason); /* the next attempt needs a device that was reset */
    }
}

uint32_t v6nf_virtio_ring_watch(struct v6nf_virtio_ring *ring, uint64_t patience, uint64_t now)
{
    uint32_t stopped = 0;
    const bool is_due = now - ring->watched >= V6NF_RING_LOOK;
    if (is_due) {
        ring->watched = now;
        v6nf_virtio_ring_recycle(ring);
    }
    for (uint32_t i = 0; i <= ring->outputs_count; i++) {
        struct v6nf_virtio *virtio = i < ring->outputs_count ? ring->outputs[i] : ring->input;
        if (is_due && virtio->state != V6NF_VIRTIO_RUNS) {
            look_at_stopped(virtio, now);
        } else if (is_due && i < ring->outputs_count) {
            look_at_running(virtio, patience, now);
        }
        stopped |= i < ring->outputs_count && virtio->state != V6NF_VIRTIO_RUNS ? 1u << i : 0u;
    }
    return stopped;
}

uint64_t v6nf_virtio_ring_dropped(const struct v6nf_virtio_ring *ring, uint32_t output)
{
    return output < ring->outputs_count ? ring->dropped[output] : 0u;
}
