/* virtio.c: the way of a packet through a virtio-net device: poll, and the second way out. Sections are those of virtio 1.1. */
#include "device.h"

#include "../nic/nic_port.h"

static uint8_t *buffer_of(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->buffers + (size_t)slot * virtio->buffer_size;
}

/* The number of a queue, which the compiler knows where it is asked. */
static inline uint32_t number_of(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
{
    return queue == &virtio->receive ? RECEIVE_QUEUE : TRANSMIT_QUEUE;
}

/* What depends on `in_order` is compiled for both: a burst chooses once. */
#define INLINE static inline __attribute__((always_inline))

/* -- Queues: given to the device --------------------------------------------------------------------------------------- */

/* Adds the buffer of the slot. There is always room: a slot is in one queue at a time, and a queue has as many descriptors as there
 * are slots for it. Returns which descriptor it has: in order the next one of the ring (2.6.5), and the available ring stays as it
 * is; else that of the slot, and its address stays. */
INLINE uint32_t give(struct v6nf_virtio *virtio, struct v6nf_virtio_queue *queue, bool in_order, uint32_t slot)
{
    const uint32_t at = queue->next & queue->mask;
    queue->next++;
    if (in_order) {
        queue->descriptors[2u * (size_t)at] = v6nf_env_le64(v6nf_virtio_device_address(virtio, slot));
        queue->slots[at] = (uint16_t)slot;
        return at;
    }
    queue->available[AVAILABLE_RING + (size_t)at] = v6nf_env_le16((uint16_t)slot);
    virtio->places[slot] = (uint8_t)number_of(virtio, queue);
    return slot;
}

INLINE void offer(struct v6nf_virtio *virtio, bool in_order, uint32_t slot)
{
    (void)give(virtio, &virtio->receive, in_order, slot); /* its length is always the same */
}

void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot)
{
    offer(virtio, virtio->in_order, slot);
}

INLINE void send(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint8_t *frame, uint32_t length)
{
    uint32_t *header = (uint32_t *)(void *)(frame - HEADER_SIZE);
    header[0] = 0;
    header[1] = 0;
    header[2] = 0;
    const uint32_t id = give(virtio, &virtio->transmit, in_order, slot);
    virtio->transmit.descriptors[2u * (size_t)id + 1u] = v6nf_env_le64(HEADER_SIZE + length);
}

/* Whether the device wants to know of what was added since `before` (2.6.10). */
static bool wants_notification(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, uint32_t before)
{
    const uint32_t added = queue->next - before;
    if ((virtio->features & F_EVENT_IDX) != 0u) {
        const uint32_t event = v6nf_env_le32(queue->used[1u + 2u * (queue->mask + 1u)]);
        return ((queue->next - event - 1u) & UINT16_MAX) < added;
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
INLINE uint32_t publish(struct v6nf_virtio_queue *queue)
{
    const uint32_t before = queue->published;
    queue->published = queue->next;
    queue->available[AVAILABLE_INDEX] = v6nf_env_le16((uint16_t)(queue->next & UINT16_MAX));
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
    const uint32_t received = publish(receive);
    const uint32_t sent = publish(transmit);
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
    const uint32_t count = ((v6nf_env_le32(queue->used[0]) >> 16) - queue->seen) & UINT16_MAX;
    if (count > queue->published - queue->seen) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_INDEX);
        return 0;
    }
    v6nf_env_dma_read_barrier();
    return count;
}

/* Takes back the next buffer that was used: its slot. In order it is that whose turn it is, whatever the device says; else that
 * with the descriptor `id`. NO_SLOT, and the port stops, if the device does not have it; one that a burst has dropped counts as
 * given again before it is published, so that a device that uses it twice has its own frame overwritten, and no other. */
INLINE uint32_t take(struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, bool in_order, uint32_t at, uint32_t id)
{
    if (in_order) {
        return queue->slots[at];
    }
    if (id >= V6NF_VIRTIO_SIZE || virtio->places[id] != number_of(virtio, queue)) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
        return NO_SLOT;
    }
    return id;
}

/* What was sent can be received into, or is free for the second way out. In order the index says it all (2.6.9). */
INLINE void recycle(struct v6nf_virtio *virtio, bool in_order)
{
    struct v6nf_virtio_queue *queue = &virtio->transmit;
    for (uint32_t count = count_used(virtio, queue); count > 0u; count--) {
        const uint32_t at = queue->seen & queue->mask;
        const uint32_t id = in_order ? at : (uint32_t)(v6nf_env_le64(queue->used_ring[at]) & UINT32_MAX);
        const uint32_t slot = take(virtio, queue, in_order, at, id);
        if (slot < virtio->slots) {
            offer(virtio, in_order, slot);
        } else if (slot == NO_SLOT) {
            return;
        } else {
            virtio->places[slot] = NO_QUEUE;
            virtio->originates_free |= 1u << (slot - virtio->slots);
        }
        queue->seen++;
    }
}

/* 2.6.9: in order, an entry may be that of the last buffer of a batch; those before it have none, and are used as a whole. Changes
 * what the next of `count` entries says to what it says of the next buffer. Stops the port, and returns false, if that is more. */
static bool look_into_batch(struct v6nf_virtio *virtio, uint32_t count, uint32_t at, uint32_t id, uint32_t *length)
{
    struct v6nf_virtio_queue *queue = &virtio->receive;
    if (queue->batch == 0u) {
        queue->batch = ((id - at) & queue->mask) + 1u;
        queue->batch_length = *length;
        if (id > queue->mask || queue->batch > count) {
            v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
            return false;
        }
    }
    queue->batch--;
    *length = queue->batch == 0u ? queue->batch_length : virtio->receive_size;
    return true;
}

/* -- Packets ------------------------------------------------------------------------------------------------------------- */

/* Adds what a burst did. */
static void add_counters(struct v6nf_port_counters *counters, const struct v6nf_port_counters *burst)
{
    counters->received += burst->received;
    counters->received_bytes += burst->received_bytes;
    counters->receive_dropped += burst->receive_dropped;
    counters->sent += burst->sent;
    counters->sent_bytes += burst->sent_bytes;
    counters->transmit_dropped += burst->transmit_dropped;
}

INLINE void handle(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length, v6nf_handler *handler, void *context,
                   struct v6nf_port_counters *counters)
{
    uint32_t lengths[1] = {0};
    uint8_t *frame = buffer_of(virtio, slot) + FRAME_OFFSET;
    counters->received++;
    counters->received_bytes += length;
    handler(context, frame, length, virtio->port.capacity, lengths);
    if (V6NF_PORT_IS_FRAME(lengths[0], virtio->port.capacity)) {
        counters->sent++;
        counters->sent_bytes += lengths[0];
        send(virtio, in_order, slot, frame, lengths[0]);
        return;
    }
    counters->transmit_dropped += lengths[0] > 0u ? 1u : 0u;
    offer(virtio, in_order, slot);
}

INLINE uint32_t receive_burst(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio_queue *queue = &virtio->receive;
    struct v6nf_port_counters counters = {0};
    const uint32_t used = count_used(virtio, queue);
    const uint32_t most = used < V6NF_RING_BURST ? used : V6NF_RING_BURST;
    uint32_t taken = 0;
    for (; taken < most; taken++) {
        const uint32_t at = (queue->seen + taken) & queue->mask;
        const uint64_t entry = v6nf_env_le64(queue->used_ring[at]);
        const uint32_t id = (uint32_t)(entry & UINT32_MAX);
        uint32_t length = (uint32_t)(entry >> 32);
        if (in_order && (id != at || queue->batch != 0u) && !look_into_batch(virtio, used - taken, at, id, &length)) {
            break;
        }
        const uint32_t slot = take(virtio, queue, in_order, at, id);
        if (slot == NO_SLOT) {
            break;
        }
        if (length - FRAME_MIN <= virtio->receive_size - FRAME_MIN) {
            handle(virtio, in_order, slot, length - HEADER_SIZE, handler, context, &counters);
        } else {
            counters.receive_dropped++;
            offer(virtio, in_order, slot);
        }
    }
    queue->seen += taken;
    add_counters(&virtio->counters, &counters);
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
    if (!V6NF_PORT_IS_FRAME(length, virtio->port.capacity)) {
        virtio->counters.transmit_dropped++;
        return;
    }
    virtio->originates_free &= ~(1u << which);
    const uint32_t slot = virtio->slots + which;
    send(virtio, virtio->in_order, slot, buffer_of(virtio, slot) + FRAME_OFFSET, length);
    virtio->counters.sent++;
    virtio->counters.sent_bytes += length;
    v6nf_virtio_publish(virtio);
}

static void virtio_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = virtio_of(port)->counters;
}

const struct v6nf_port_operations v6nf_virtio_operations = {
    .poll = virtio_poll,
    .wait = nic_wait,
    .reserve = virtio_reserve,
    .commit = virtio_commit,
    .link_up = v6nf_virtio_link_up,
    .read_counters = virtio_read_counters,
    .status = v6nf_virtio_status,
    .stop = v6nf_virtio_stop_port,
};
