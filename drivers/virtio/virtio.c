/* virtio.c: the way of a packet through a virtio-net device: poll, and the second way out. Sections are those of virtio 1.1. */
#include "device.h"

static uint8_t *buffer_of(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->buffers + (size_t)slot * virtio->buffer_size;
}

/* What depends on `in_order` is compiled for both: a burst chooses once. */
#define INLINE static inline __attribute__((always_inline))

/* -- Queues: given to the device --------------------------------------------------------------------------------------- */

/* Adds the buffer of the slot, `word` of which are length and flags. There is always room: a slot is in one queue at a time, and
 * a queue has as many descriptors as there are slots for it. In the order of the ring (2.6.5) the available ring stays as it is;
 * else each slot has a descriptor of its own, in which the address stays. */
INLINE void give(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, bool in_order, uint32_t slot, uint64_t word)
{
    const uint32_t at = queue->next & queue->mask;
    const uint32_t id = in_order ? at : slot;
    if (in_order) {
        queue->descriptors[2u * (size_t)at] = v6nf_env_le64(v6nf_virtio_device_address(virtio, slot));
    } else {
        queue->available[AVAILABLE_RING + (size_t)at] = v6nf_env_le16((uint16_t)slot);
    }
    queue->descriptors[2u * (size_t)id + 1u] = v6nf_env_le64(word);
    queue->slots[id] = (uint16_t)slot;
    queue->next++;
}

INLINE void offer(struct v6nf_virtio *virtio, bool in_order, uint32_t slot)
{
    give(virtio, &virtio->receive, in_order, slot, virtio->receive_size + DESCRIPTOR_WRITE);
}

void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot)
{
    offer(virtio, virtio->in_order, slot);
}

INLINE void send(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length)
{
    uint32_t *header = (uint32_t *)(void *)(buffer_of(virtio, slot) + HEADER_OFFSET);
    header[0] = 0;
    header[1] = 0;
    header[2] = 0;
    give(virtio, &virtio->transmit, in_order, slot, HEADER_SIZE + length);
    virtio->counters.sent++;
    virtio->counters.sent_bytes += length;
}

/* Whether the device wants to know of what was added since `before` (2.6.10). */
static bool wants_notification(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, uint16_t before)
{
    const uint16_t added = (uint16_t)(queue->next - before);
    if ((virtio->features & F_EVENT_IDX) != 0u) {
        const uint16_t event = (uint16_t)(v6nf_env_le32(queue->used[USED_RING + 2u * (queue->mask + 1u)]) & 0xFFFFu);
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

/* Returns what was published before. */
INLINE uint16_t publish(struct v6nf_virtio_queue *queue)
{
    const uint16_t before = queue->published;
    queue->published = queue->next;
    queue->available[AVAILABLE_INDEX] = v6nf_env_le16(queue->next);
    return before;
}

void v6nf_virtio_publish(struct v6nf_virtio *virtio)
{
    struct v6nf_virtio_queue *receive = &virtio->receive;
    struct v6nf_virtio_queue *transmit = &virtio->transmit;
    if (receive->next == receive->published && transmit->next == transmit->published) {
        return;
    }
    v6nf_env_dma_release_barrier();
    const uint16_t received = publish(receive);
    const uint16_t sent = publish(transmit);
    v6nf_env_dma_barrier(); /* 2.6.13.4.1: the index is seen before the driver looks whether the device sleeps */
    if (wants_notification(virtio, receive, received)) {
        notify(virtio, receive);
    }
    if (wants_notification(virtio, transmit, sent)) {
        notify(virtio, transmit);
    }
}

/* -- Queues: given back by it -------------------------------------------------------------------------------------------- */

/* How many buffers the device says that it used, and were not looked at. Stops the port, and returns 0, if it never had them. */
INLINE uint32_t count_used(struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
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

/* Takes back the buffer with this descriptor, the next that was used: its slot. NO_SLOT, and the port stops, if the device does not
 * have it. */
INLINE uint32_t take(struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, uint32_t id)
{
    const uint32_t slot = id <= queue->mask ? queue->slots[id] : NO_SLOT;
    if (slot == NO_SLOT) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
        return NO_SLOT;
    }
    queue->slots[id] = NO_SLOT;
    queue->seen++;
    return slot;
}

/* What was sent can be received into, or is free for the second way out. In order the index says it all (2.6.9). */
INLINE void recycle(struct v6nf_virtio *virtio, bool in_order)
{
    struct v6nf_virtio_queue *queue = &virtio->transmit;
    for (uint32_t count = count_used(virtio, queue); count > 0u; count--) {
        const uint32_t at = queue->seen & queue->mask;
        const uint32_t slot = take(virtio, queue, in_order ? at : v6nf_env_le32(queue->used[USED_RING + 2u * (size_t)at]));
        if (slot < virtio->slots) {
            offer(virtio, in_order, slot);
        } else if (slot == NO_SLOT) {
            return;
        } else {
            virtio->originates_free |= 1u << (slot - virtio->slots);
        }
    }
}

/* 2.6.9: in order, an entry may be that of the last buffer of a batch; those before it have none, and are used as a whole. Changes
 * what the next of `count` entries says to what it says of the next buffer; *id to one that is none, if that is too much. */
static void look_into_batch(const struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, uint32_t count, uint32_t *id,
                            uint32_t *length)
{
    const uint32_t at = queue->seen & queue->mask;
    if (queue->batch == 0u) {
        queue->batch = ((*id - at) & queue->mask) + 1u;
        queue->batch_length = *length;
        if (*id > queue->mask || queue->batch > count) {
            *id = UINT32_MAX;
            return;
        }
    }
    queue->batch--;
    *id = at;
    *length = queue->batch == 0u ? queue->batch_length : virtio->receive_size;
}

/* -- Packets ------------------------------------------------------------------------------------------------------------- */

INLINE void handle(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length, v6nf_handler *handler, void *context)
{
    uint32_t lengths[1] = {0};
    virtio->counters.received++;
    virtio->counters.received_bytes += length;
    handler(context, buffer_of(virtio, slot) + FRAME_OFFSET, length, virtio->port.capacity, lengths);
    if (lengths[0] > 0u && lengths[0] <= virtio->port.capacity) {
        send(virtio, in_order, slot, lengths[0]);
        return;
    }
    virtio->counters.transmit_dropped += lengths[0] > 0u ? 1u : 0u;
    offer(virtio, in_order, slot);
}

INLINE uint32_t receive_burst(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio_queue *queue = &virtio->receive;
    const uint32_t count = count_used(virtio, queue);
    uint32_t taken = 0;
    for (; taken < V6NF_RING_BURST && taken < count; taken++) {
        const uint32_t at = queue->seen & queue->mask;
        uint32_t id = v6nf_env_le32(queue->used[USED_RING + 2u * (size_t)at]);
        uint32_t length = v6nf_env_le32(queue->used[USED_RING + 2u * (size_t)at + 1u]);
        if (in_order && (id != at || queue->batch != 0u)) {
            look_into_batch(virtio, queue, count - taken, &id, &length);
        }
        const uint32_t slot = take(virtio, queue, id);
        if (slot == NO_SLOT) {
            break;
        }
        if (length >= HEADER_SIZE + ETHER_HEADER && length <= virtio->receive_size) {
            handle(virtio, in_order, slot, length - HEADER_SIZE, handler, context);
        } else {
            virtio->counters.receive_dropped++;
            offer(virtio, in_order, slot);
        }
    }
    return taken;
}

INLINE uint32_t poll(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    recycle(virtio, in_order);
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return 0;
    }
    const uint32_t taken = receive_burst(virtio, in_order, handler, context);
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        v6nf_virtio_publish(virtio);
    }
    return taken;
}

static uint32_t virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return 0;
    }
    return virtio->in_order ? poll(virtio, true, handler, context) : poll(virtio, false, handler, context);
}

/* -- The second way out -------------------------------------------------------------------------------------------------- */

static uint8_t *virtio_reserve(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        recycle(virtio, virtio->in_order); /* what can be received into again is published by the next poll */
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
    send(virtio, virtio->in_order, virtio->slots + which, length);
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
