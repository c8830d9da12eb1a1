/* virtio.c: the way of a packet through a virtio-net device: poll, and the second way out. Sections are those of virtio 1.1. */
#include "device.h"

static uint8_t *buffer_of(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->buffers + (size_t)slot * virtio->buffer_size;
}

/* -- Queues: given to the device --------------------------------------------------------------------------------------- */

/* There is always room: a slot is in one queue at a time, and a queue has as many descriptors as there are slots for it. */
static void give(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, uint32_t slot, uint64_t length)
{
    const uint32_t at = queue->next % queue->size;
    const uint32_t id = queue->in_order ? at : slot; /* 2.6.5: in the order of the ring, or any that is free */
    const uint64_t address = virtio->device_buffers + (uint64_t)slot * virtio->buffer_size + HEADER_OFFSET;
    queue->slots[id] = (uint16_t)slot;
    queue->descriptors[2u * id] = v6nf_env_le64(address);
    queue->descriptors[2u * id + 1u] = v6nf_env_le64(length);
    queue->available[AVAILABLE_RING + at] = v6nf_env_le16((uint16_t)id);
    queue->next++;
}

void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot)
{
    give(virtio, &virtio->receive, slot, virtio->receive_size + DESCRIPTOR_WRITE);
}

static void send(struct v6nf_virtio *virtio, uint32_t slot, uint32_t length)
{
    uint32_t *header = (uint32_t *)(void *)(buffer_of(virtio, slot) + HEADER_OFFSET);
    header[0] = 0;
    header[1] = 0;
    header[2] = 0;
    give(virtio, &virtio->transmit, slot, HEADER_SIZE + length);
    virtio->counters.sent++;
    virtio->counters.sent_bytes += length;
}

/* Whether the device wants to know of what was added since `before` (2.6.10). */
static bool wants_notification(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, uint16_t before)
{
    const uint16_t added = (uint16_t)(queue->next - before);
    if ((virtio->features & F_EVENT_IDX) != 0u) {
        const uint16_t event = (uint16_t)(v6nf_env_le32(queue->used[USED_RING + 2u * queue->size]) & 0xFFFFu);
        return (uint16_t)(queue->next - event - 1u) < added;
    }
    return added != 0u && (v6nf_env_le32(queue->used[0]) & USED_NO_NOTIFY) == 0u;
}

static void notify(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
{
    if (virtio->is_mmio) {
        v6nf_env_write_register((volatile uint32_t *)(volatile void *)queue->notify, queue->number);
    } else {
        v6nf_env_write_register16((volatile uint16_t *)(volatile void *)queue->notify, (uint16_t)queue->number);
    }
}

void v6nf_virtio_publish(struct v6nf_virtio *virtio)
{
    struct v6nf_virtio_queue *queues[2] = {&virtio->receive, &virtio->transmit};
    uint16_t before[2] = {virtio->receive.published, virtio->transmit.published};
    if (virtio->receive.next == before[0] && virtio->transmit.next == before[1]) {
        return;
    }
    v6nf_env_dma_release_barrier();
    for (uint32_t i = 0; i < 2u; i++) {
        queues[i]->available[AVAILABLE_INDEX] = v6nf_env_le16(queues[i]->next);
        queues[i]->published = queues[i]->next;
    }
    v6nf_env_dma_barrier(); /* 2.6.13.4.1: the index is seen before the driver looks whether the device sleeps */
    for (uint32_t i = 0; i < 2u; i++) {
        if (wants_notification(virtio, queues[i], before[i])) {
            notify(virtio, queues[i]);
        }
    }
}

/* -- Queues: given back by it -------------------------------------------------------------------------------------------- */

/* How many buffers the device says that it used, and were not looked at. Stops the port, and returns 0, if it never had them. */
static uint32_t count_used(struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
{
    const uint16_t index = (uint16_t)(v6nf_env_le32(queue->used[0]) >> 16);
    const uint16_t count = (uint16_t)(index - queue->seen);
    if (count > (uint16_t)(queue->published - queue->seen)) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_INDEX);
        return 0;
    }
    v6nf_env_dma_read_barrier();
    return count;
}

/* Goes on to the next used buffer, of `count`: its slot, and how many bytes the device says that it wrote. NO_SLOT, and the port
 * stops, if the device did not have what it says. */
static uint32_t take(struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, uint32_t count, uint32_t *length)
{
    const uint32_t at = queue->seen % queue->size;
    uint32_t id = at;
    *length = virtio->receive_size;
    if (queue->batch == 0u) {
        id = v6nf_env_le32(queue->used[USED_RING + 2u * at]);
        *length = v6nf_env_le32(queue->used[USED_RING + 2u * at + 1u]);
    }
    if (queue->in_order) {
        /* 2.6.9: the entry is that of the last of a batch; the others are used as a whole, and have none. */
        if (queue->batch == 0u) {
            queue->batch = (uint16_t)((id - at) % queue->size + 1u);
            queue->batch_length = *length;
        }
        if (id >= queue->size || queue->batch > count) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
            return NO_SLOT;
        }
        queue->batch--;
        *length = queue->batch == 0u ? queue->batch_length : virtio->receive_size;
        id = at;
    }
    if (id >= queue->size || queue->slots[id] == NO_SLOT) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
        return NO_SLOT;
    }
    const uint32_t slot = queue->slots[id];
    queue->slots[id] = NO_SLOT;
    queue->seen++;
    return slot;
}

/* What was sent can be received into, or is free for the second way out. */
static void recycle(struct v6nf_virtio *virtio)
{
    for (uint32_t count = count_used(virtio, &virtio->transmit); count > 0u; count--) {
        uint32_t length = 0;
        const uint32_t slot = take(virtio, &virtio->transmit, count, &length);
        if (slot == NO_SLOT) {
            return;
        }
        if (slot < virtio->slots) {
            v6nf_virtio_offer(virtio, slot);
        } else {
            virtio->originates_free |= 1u << (slot - virtio->slots);
        }
    }
}

/* -- Packets ------------------------------------------------------------------------------------------------------------- */

static void handle(struct v6nf_virtio *virtio, uint32_t slot, uint32_t length, v6nf_handler *handler, void *context)
{
    uint32_t lengths[1] = {0};
    virtio->counters.received++;
    virtio->counters.received_bytes += length;
    handler(context, buffer_of(virtio, slot) + FRAME_OFFSET, length, virtio->port.capacity, lengths);
    if (lengths[0] > 0u && lengths[0] <= virtio->port.capacity) {
        send(virtio, slot, lengths[0]);
        return;
    }
    virtio->counters.transmit_dropped += lengths[0] > 0u ? 1u : 0u;
    v6nf_virtio_offer(virtio, slot);
}

static uint32_t virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return 0;
    }
    recycle(virtio);
    uint32_t count = virtio->state == V6NF_VIRTIO_RUNS ? count_used(virtio, &virtio->receive) : 0u;
    uint32_t taken = 0;
    for (; taken < V6NF_RING_BURST && taken < count; taken++) {
        uint32_t length = 0;
        const uint32_t slot = take(virtio, &virtio->receive, count - taken, &length);
        if (slot == NO_SLOT) {
            break;
        }
        if (length >= HEADER_SIZE + ETHER_HEADER && length <= virtio->receive_size) {
            handle(virtio, slot, length - HEADER_SIZE, handler, context);
        } else {
            virtio->counters.receive_dropped++;
            v6nf_virtio_offer(virtio, slot);
        }
    }
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        v6nf_virtio_publish(virtio);
    }
    return taken;
}

/* -- The second way out -------------------------------------------------------------------------------------------------- */

static uint8_t *virtio_reserve(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        recycle(virtio); /* what can be received into again is published by the next poll */
    }
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return NULL;
    }
    for (uint32_t i = 0; i < V6NF_VIRTIO_ORIGINATE && virtio->reserved == V6NF_VIRTIO_ORIGINATE; i++) {
        virtio->reserved = (virtio->originates_free >> i & 1u) != 0u ? i : V6NF_VIRTIO_ORIGINATE;
    }
    if (virtio->reserved == V6NF_VIRTIO_ORIGINATE) {
        return NULL;
    }
    return buffer_of(virtio, virtio->slots + virtio->reserved) + FRAME_OFFSET;
}

/* Without a reserved buffer there is nothing to send. */
static void virtio_commit(struct v6nf_port *port, uint32_t length)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    const uint32_t which = virtio->reserved;
    if (virtio->state != V6NF_VIRTIO_RUNS || which == V6NF_VIRTIO_ORIGINATE) {
        return;
    }
    virtio->reserved = V6NF_VIRTIO_ORIGINATE;
    if (length == 0u || length > virtio->port.capacity) {
        virtio->counters.transmit_dropped++;
        return;
    }
    virtio->originates_free &= ~(1u << which);
    send(virtio, virtio->slots + which, length);
    v6nf_virtio_publish(virtio);
}

static void virtio_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = virtio_of(port)->counters;
}

const struct v6nf_port_operations v6nf_virtio_operations = {
    .poll = virtio_poll,
    .reserve = virtio_reserve,
    .commit = virtio_commit,
    .link_up = v6nf_virtio_link_up,
    .read_counters = virtio_read_counters,
};
