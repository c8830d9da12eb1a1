/* virtio_ring.c: rings of virtio devices: what their loop calls, opening and watching: see virtio_ring.h. */
#include "v6nf/driver/virtio_ring.h"

#include "../virtio/virtio.h"

/* -- Buffers that outputs have used -------------------------------------------------------------------------------- */

/* Take a transmit descriptor back. The last output of a buffer gives it to the input, if that runs: a restart does the
 * same for all. Return the ring. */
INLINE struct v6nf_virtio_ring *take_descriptor(struct v6nf_virtio *virtio, uint32_t id)
{
    struct v6nf_virtio_ring *ring = virtio->senders[id];
    struct v6nf_virtio *input = ring->input;
    const uint32_t slot = virtio->transmit.slots[id];
    virtio->senders[id] = NULL;
    input->queue_of[slot]--;
    if (input->queue_of[slot] == 0u && input->common.state == V6NF_PARAVIRTUAL_RUNS) {
        virtio_offer(input, input->in_order, slot);
    }
    return ring;
}

/* Not in order, the descriptor is the next free one: the device has taken what was published at this index. */
INLINE void recycle_output(struct v6nf_virtio *virtio, bool in_order)
{
    struct v6nf_virtqueue *queue = &virtio->transmit;
    for (uint32_t count = virtio_count_used(virtio, queue); count > 0u; count--) {
        const uint32_t at = queue->seen & queue->mask;
        uint32_t id = at;
        if (!in_order) {
            id = (uint32_t)(v6nf_env_le64(queue->used_ring[at]) & UINT32_MAX);
            if (id > queue->mask || virtio->senders[id] == NULL) {
                v6nf_paravirtual_stop(&virtio->common, V6NF_PARAVIRTUAL_BAD_ID);
                return;
            }
            virtio->free[at] = (uint16_t)id;
            queue->available[AVAILABLE_RING + (size_t)at] = v6nf_env_le16((uint16_t)id);
        }
        (void)take_descriptor(virtio, id);
        queue->seen++;
    }
}

void v6nf_virtio_ring_recycle(struct v6nf_virtio_ring *ring)
{
    struct v6nf_virtio *input = ring->input;
    ring->unrecycled = 0;
    for (uint32_t i = 0; i < ring->outputs_count; i++) {
        struct v6nf_virtio *output = ring->outputs[i];
        if (output->common.state == V6NF_PARAVIRTUAL_RUNS && output->in_order) {
            recycle_output(output, true);
        } else if (output->common.state == V6NF_PARAVIRTUAL_RUNS) {
            recycle_output(output, false);
        }
    }
    if (input->common.state == V6NF_PARAVIRTUAL_RUNS) {
        (void)virtio_count_used(input, &input->receive);
    }
    if (input->common.state == V6NF_PARAVIRTUAL_RUNS) {
        v6nf_virtio_publish(input);
    }
}

uint32_t v6nf_virtio_ring_space(struct v6nf_virtio_ring *ring, uint32_t count)
{
    uint32_t space = count;
    v6nf_virtio_ring_recycle(ring);
    for (uint32_t i = 0; i < ring->outputs_count; i++) {
        const struct v6nf_virtqueue *queue = &ring->outputs[i]->transmit;
        const uint32_t empty = queue->mask + 1u - (queue->next - queue->seen);
        space = ring->outputs[i]->common.state == V6NF_PARAVIRTUAL_RUNS && empty < space ? empty : space;
    }
    return ring->input->common.state == V6NF_PARAVIRTUAL_RUNS ? space : 0u;
}

/* Count what the device has not sent as dropped. */
static void return_buffers(struct v6nf_virtio *virtio)
{
    for (uint32_t id = 0; id < V6NF_VIRTIO_SIZE; id++) {
        if (virtio->senders[id] == NULL) {
            continue;
        }
        struct v6nf_virtio_ring *ring = take_descriptor(virtio, id);
        for (uint32_t i = 0; i < ring->outputs_count; i++) {
            ring->dropped[i] += ring->outputs[i] == virtio ? 1u : 0u;
        }
        virtio->common.counters.transmit_dropped++;
    }
    virtio->transmit.seen = virtio->transmit.next;
}

/* Give an input all buffers that no output has. */
static void offer_free(struct v6nf_virtio *virtio)
{
    for (uint32_t i = 0; i < virtio->common.slots; i++) {
        if (virtio->queue_of[i] == RECEIVE_QUEUE) {
            virtio_offer(virtio, virtio->in_order, i);
        }
    }
}

/* In a ring, all buffers are to receive into; outputs can still have some. Their number does not change. */
static enum v6nf_nic_status share_with_outputs(struct v6nf_virtio *virtio)
{
    const uint32_t size = virtio->receive.mask + 1u;
    if (virtio->ring != NULL && virtio->common.slots != size) {
        return V6NF_NIC_NO_QUEUE;
    }
    paravirtual_share(&virtio->common, size, 0);
    for (uint32_t i = 0; i < V6NF_VIRTIO_SIZE; i++) {
        virtio->free[i] = (uint16_t)i;
        virtio->queue_of[i] = virtio->ring == NULL || i >= size ? NO_QUEUE : virtio->queue_of[i];
    }
    offer_free(virtio);
    return V6NF_NIC_READY;
}

static const struct v6nf_virtio_sharing sharing = {.take_back = return_buffers, .share = share_with_outputs};

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static bool are_valid(const struct v6nf_virtio *input, uint32_t outputs_count, struct v6nf_virtio *const *outputs)
{
    bool is_valid = outputs_count - 1u < V6NF_PORT_OUTPUTS_MAX && input->common.state == V6NF_PARAVIRTUAL_RUNS &&
                    input->ring == NULL;
    for (uint32_t i = 0; i < outputs_count && is_valid; i++) {
        is_valid = outputs[i]->common.state == V6NF_PARAVIRTUAL_RUNS;
        for (uint32_t j = 0; j < i; j++) {
            is_valid = is_valid && outputs[j] != outputs[i];
        }
    }
    return is_valid;
}

/* Let a port serve rings. The buffers of its queues are then those of others. */
static bool join(struct v6nf_virtio *virtio, bool has_flags)
{
    if (virtio->sharing != NULL) {
        return true;
    }
    virtio->sharing = &sharing;
    virtio->common.returns = true;
    virtio->no_checksums = !has_flags;
    return v6nf_virtio_restart(virtio) == V6NF_NIC_READY;
}

static enum v6nf_ring_status open_virtio_ring(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                              uint32_t outputs_count, struct v6nf_virtio *const *outputs,
                                              bool has_flags)
{
    *ring = (struct v6nf_virtio_ring){.input = input, .outputs_count = outputs_count};
    const bool has_other_flags =
        !has_flags && input->sharing != NULL && !input->no_checksums && input->common.config.checksums;
    if (!are_valid(input, outputs_count, outputs) || has_other_flags) {
        return V6NF_RING_INVALID;
    }
    bool have_joined = join(input, has_flags);
    for (uint32_t i = 0; i < outputs_count; i++) {
        const uint32_t capacity = outputs[i]->common.port.capacity < input->common.port.capacity
                                      ? outputs[i]->common.port.capacity
                                      : input->common.port.capacity;
        ring->outputs[i] = outputs[i];
        ring->spans[i] = capacity - V6NF_PORT_FRAME_MIN + 1u;
        have_joined = have_joined && join(outputs[i], has_flags);
    }
    if (!have_joined) {
        return V6NF_RING_NO_QUEUE;
    }
    input->ring = ring;
    for (uint32_t i = 0; i < input->common.slots; i++) {
        input->queue_of[i] = RECEIVE_QUEUE;
    }
    offer_free(input);
    v6nf_virtio_publish(input);
    return V6NF_RING_OPEN;
}

enum v6nf_ring_status v6nf_virtio_ring_open(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                            uint32_t outputs_count, struct v6nf_virtio *const *outputs)
{
    return open_virtio_ring(ring, input, outputs_count, outputs, false);
}

enum v6nf_ring_status v6nf_virtio_ring_open_checksums(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                                      uint32_t outputs_count, struct v6nf_virtio *const *outputs)
{
    return open_virtio_ring(ring, input, outputs_count, outputs, true);
}

/* -- Watching ------------------------------------------------------------------------------------------------------ */

/* Return true if a device that was stopped is known to reach no memory any more. Do not wait. */
static bool is_quiet(const struct v6nf_virtio *virtio)
{
    const struct v6nf_virtio_transport *transport = &virtio->transport;
    if (virtio->common.is_released ||
        (transport->set_bus_master != NULL && v6nf_virtio_set_bus_master(transport, false))) {
        return true;
    }
    const uint32_t status = v6nf_virtio_read_field(transport, DEVICE_STATUS);
    return status == 0u || v6nf_virtio_shows_no_device(transport, status);
}

/* Park a device that has frames to send, and has used none since `patience`. */
static void look_at_running(struct v6nf_virtio *virtio, uint64_t patience, uint64_t now)
{
    const struct v6nf_virtqueue *transmit = &virtio->transmit;
    const bool advances = !virtio->is_late || transmit->seen != virtio->progress;
    virtio->is_late = transmit->seen != transmit->next;
    if (advances || !virtio->is_late) {
        virtio->progress = transmit->seen;
        virtio->since = now;
    } else if (patience != 0u && now - virtio->since >= patience) {
        virtio->since = now;
        v6nf_paravirtual_stop(&virtio->common, V6NF_PARAVIRTUAL_PARKED);
    }
}

/* Take buffers back as soon as the device cannot read them any more. Bring it back after that, if it may come back. */
static void look_at_stopped(struct v6nf_virtio *virtio, uint64_t now)
{
    const enum v6nf_paravirtual_state reason = virtio->common.state;
    virtio->is_late = false;
    if (virtio->transmit.seen != virtio->transmit.next && is_quiet(virtio)) {
        return_buffers(virtio);
    }
    if ((reason != V6NF_PARAVIRTUAL_PARKED && reason != V6NF_PARAVIRTUAL_NEEDS_RESET) ||
        now - virtio->since < V6NF_RING_HOLD || v6nf_virtio_read_field(&virtio->transport, DEVICE_STATUS) != 0u) {
        return;
    }
    virtio->since = now;
    if (v6nf_virtio_restart(virtio) != V6NF_NIC_READY) {
        v6nf_paravirtual_stop(&virtio->common, reason); /* the next attempt needs a device that was reset */
    }
}

/* Look whether the device is there, and whether it needs a reset: seldom, because a hypervisor answers each read. */
static void look_at_status(struct v6nf_virtio *virtio, uint64_t now)
{
    if (now - virtio->looked >= V6NF_RING_HOLD) {
        virtio->looked = now;
        (void)v6nf_paravirtual_status(&virtio->common.port);
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
        if (is_due) {
            look_at_status(virtio, now);
        }
        if (is_due && virtio->common.state != V6NF_PARAVIRTUAL_RUNS) {
            look_at_stopped(virtio, now);
        } else if (is_due && i < ring->outputs_count) {
            look_at_running(virtio, patience, now);
        }
        stopped |= i < ring->outputs_count && virtio->common.state != V6NF_PARAVIRTUAL_RUNS ? 1u << i : 0u;
    }
    return stopped;
}

uint64_t v6nf_virtio_ring_dropped(const struct v6nf_virtio_ring *ring, uint32_t output)
{
    return output < ring->outputs_count ? ring->dropped[output] : 0u;
}
