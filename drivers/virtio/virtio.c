/* virtio.c: the data path of a virtio-net device: poll, and the originate queue. Sections are those of virtio 1.1. */
#include "virtio.h"

static uint8_t *buffer_of(const struct v6nf_virtio *virtio, uint32_t slot)
{
    return virtio->buffers + (size_t)slot * virtio->buffer_size;
}

/* Return the number of a queue. It is a constant for the compiler wherever this is inlined. */
static inline uint32_t number_of(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
{
    return queue == &virtio->receive ? RECEIVE_QUEUE : TRANSMIT_QUEUE;
}

/* Functions with `in_order` are compiled for both values: a burst chooses once. */
#define INLINE static inline __attribute__((always_inline))

/* -- Queues: given to the device ----------------------------------------------------------------------------------- */

/* Add the slot's buffer. The queue is never full: it has a descriptor for each slot, and a slot is in one queue at a
 * time.
 * Return the descriptor. In order, it is the next one of the ring (2.6.5), and the available ring never changes.
 * Otherwise it is that of the slot, and its address never changes. */
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
    virtio->queue_of[slot] = (uint8_t)number_of(virtio, queue);
    return slot;
}

INLINE void offer(struct v6nf_virtio *virtio, bool in_order, uint32_t slot)
{
    (void)give(virtio, &virtio->receive, in_order, slot); /* the length was set once */
}

void v6nf_virtio_offer(struct v6nf_virtio *virtio, uint32_t slot)
{
    offer(virtio, virtio->in_order, slot);
}

INLINE void send_slot(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint8_t *frame, uint32_t length)
{
    uint32_t *header = (uint32_t *)(void *)(frame - HEADER_SIZE);
    header[0] = 0;
    header[1] = 0;
    header[2] = 0;
    v6nf_env_cache_clean(header, HEADER_SIZE + (size_t)virtio->port.capacity);
    const uint32_t id = give(virtio, &virtio->transmit, in_order, slot);
    virtio->transmit.descriptors[2u * (size_t)id + 1u] = v6nf_env_le64(HEADER_SIZE + length);
}

/* Return true if the device asks to be notified of what was added since `before` (2.6.10). */
static bool wants_notification(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, uint32_t before)
{
    const uint32_t added = queue->next - before;
    if ((virtio->features & F_EVENT_IDX) != 0u) {
        const uint32_t event = v6nf_env_le32(queue->used[1u + 2u * (queue->mask + 1u)]);
        return ((queue->next - event - 1u) & UINT16_MAX) < added;
    }
    return added != 0u && (v6nf_env_le32(queue->used[0]) & USED_NO_NOTIFY) == 0u;
}

static void notify_device(const struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue)
{
    if (virtio->is_mmio) {
        v6nf_env_write_register(register32(queue->notify, 0u), queue->number);
    } else {
        v6nf_env_write_register16(register16(queue->notify, 0u), (uint16_t)queue->number);
    }
}

/* Return the index that was published before. */
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
    v6nf_env_dma_barrier(); /* the device sees the index before the driver reads whether it sleeps (2.6.13.4.1) */
    if (wants_notification(virtio, receive, received)) {
        notify_device(virtio, receive);
    }
    if (wants_notification(virtio, transmit, sent)) {
        notify_device(virtio, transmit);
    }
}

/* -- Queues: used by the device ------------------------------------------------------------------------------------ */

/* Return the number of used buffers that were not handled yet. If the device never had them, stop the port and return
 * 0. */
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

/* Take the next used buffer back. Return its slot. In order, that is the oldest one, and `id` is ignored. Otherwise it
 * is the one with the descriptor `id`. If the device does not have that, stop the port and return NO_SLOT. A buffer
 * that this burst has dropped counts as given before it is published. A device that uses it twice overwrites its own
 * frame only. */
INLINE uint32_t take(struct v6nf_virtio *virtio, const struct v6nf_virtio_queue *queue, bool in_order, uint32_t at,
                     uint32_t id)
{
    if (in_order) {
        return queue->slots[at];
    }
    if (id >= V6NF_VIRTIO_SIZE || virtio->queue_of[id] != number_of(virtio, queue)) {
        v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
        return NO_SLOT;
    }
    return id;
}

/* Take sent buffers back: to receive into, or for the originate queue. In order, the index is enough (2.6.9). */
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
            virtio->queue_of[slot] = NO_QUEUE;
            virtio->originates_free |= UINT64_C(1) << (slot - virtio->slots) % V6NF_VIRTIO_ORIGINATE;
        }
        queue->seen++;
    }
}

bool v6nf_virtio_split_batch(struct v6nf_virtio *virtio, uint32_t count, uint32_t at, uint32_t id, uint32_t *length)
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

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Add the counters of a burst. */
static void add_counters(struct v6nf_port_counters *counters, const struct v6nf_port_counters *burst)
{
    counters->received += burst->received;
    counters->received_bytes += burst->received_bytes;
    counters->receive_dropped += burst->receive_dropped;
    counters->sent += burst->sent;
    counters->sent_bytes += burst->sent_bytes;
    counters->transmit_dropped += burst->transmit_dropped;
}

INLINE void handle(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length, v6nf_handler *handler,
                   void *context, struct v6nf_port_counters *counters)
{
    uint32_t lengths[1] = {0};
    uint8_t *frame = buffer_of(virtio, slot) + FRAME_OFFSET;
    counters->received++;
    counters->received_bytes += length;
    v6nf_env_cache_invalidate(frame, length);
    handler(context, frame, length, virtio->port.capacity, lengths);
    if (V6NF_PORT_IS_FRAME(lengths[0], virtio->port.capacity)) {
        counters->sent++;
        counters->sent_bytes += lengths[0];
        send_slot(virtio, in_order, slot, frame, lengths[0]);
        return;
    }
    counters->transmit_dropped += lengths[0] > 0u ? 1u : 0u;
    v6nf_env_cache_clean(frame, virtio->port.capacity); /* the device writes to it */
    offer(virtio, in_order, slot);
}

INLINE uint32_t receive_burst(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio_queue *queue = &virtio->receive;
    struct v6nf_port_counters counters = {0};
    const uint32_t used = count_used(virtio, queue);
    const uint32_t limit = used < V6NF_RING_BURST ? used : V6NF_RING_BURST;
    uint32_t taken = 0;
    for (; taken < limit; taken++) {
        const uint32_t at = (queue->seen + taken) & queue->mask;
        const uint64_t entry = v6nf_env_le64(queue->used_ring[at]);
        const uint32_t id = (uint32_t)(entry & UINT32_MAX);
        uint32_t length = (uint32_t)(entry >> 32);
        if (in_order && (id != at || queue->batch != 0u) &&
            !v6nf_virtio_split_batch(virtio, used - taken, at, id, &length)) {
            break;
        }
        const uint32_t slot = take(virtio, queue, in_order, at, id);
        if (slot == NO_SLOT) {
            break;
        }
        if (length >= FRAME_MIN && length <= virtio->receive_size) {
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

INLINE uint32_t poll_queues(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
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

uint32_t v6nf_virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return 0;
    }
    return virtio->in_order ? poll_queues(virtio, true, handler, context)
                            : poll_queues(virtio, false, handler, context);
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

uint8_t *v6nf_virtio_reserve(struct v6nf_port *port)
{
    struct v6nf_virtio *virtio = virtio_of(port);
    if (virtio->state == V6NF_VIRTIO_RUNS) {
        recycle(virtio, virtio->in_order); /* the next poll publishes buffers to receive into */
    }
    if (virtio->state != V6NF_VIRTIO_RUNS) {
        return NULL;
    }
    for (uint32_t i = 0; i < virtio->originates && virtio->reserved == V6NF_VIRTIO_ORIGINATE; i++) {
        const uint32_t at = (virtio->originates_next + i) % virtio->originates;
        virtio->reserved = (virtio->originates_free >> at & 1u) != 0u ? at : V6NF_VIRTIO_ORIGINATE;
    }
    if (virtio->reserved == V6NF_VIRTIO_ORIGINATE) {
        return NULL;
    }
    return buffer_of(virtio, virtio->slots + virtio->reserved) + FRAME_OFFSET;
}

/* Send nothing without a reserved buffer. */
void v6nf_virtio_commit(struct v6nf_port *port, uint32_t length)
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
    virtio->originates_free &= ~(UINT64_C(1) << which);
    virtio->originates_next = which + 1u;
    const uint32_t slot = virtio->slots + which;
    send_slot(virtio, virtio->in_order, slot, buffer_of(virtio, slot) + FRAME_OFFSET, length);
    virtio->counters.sent++;
    virtio->counters.sent_bytes += length;
    v6nf_virtio_publish(virtio);
}

/* -- Rings: see virtio_ring.h -------------------------------------------------------------------------------------- */

/* Take a transmit descriptor back. The last output of a buffer gives it to the input, if that runs: a restart does the
 * same for all. Return the ring. */
INLINE struct v6nf_virtio_ring *take_descriptor(struct v6nf_virtio *virtio, uint32_t id)
{
    struct v6nf_virtio_ring *ring = virtio->senders[id];
    struct v6nf_virtio *input = ring->input;
    const uint32_t slot = virtio->transmit.slots[id];
    virtio->senders[id] = NULL;
    input->queue_of[slot]--;
    if (input->queue_of[slot] == 0u && input->state == V6NF_VIRTIO_RUNS) {
        offer(input, input->in_order, slot);
    }
    return ring;
}

/* Not in order, the descriptor is the next free one: the device has taken what was published at
 * this index. */
INLINE void recycle_output(struct v6nf_virtio *virtio, bool in_order)
{
    struct v6nf_virtio_queue *queue = &virtio->transmit;
    for (uint32_t count = count_used(virtio, queue); count > 0u; count--) {
        const uint32_t at = queue->seen & queue->mask;
        uint32_t id = at;
        if (!in_order) {
            id = (uint32_t)(v6nf_env_le64(queue->used_ring[at]) & UINT32_MAX);
            if (id > queue->mask || virtio->senders[id] == NULL) {
                v6nf_virtio_stop(virtio, V6NF_VIRTIO_BAD_ID);
                return;
            }
            virtio->free[at] = (uint16_t)id;
            queue->available[AVAILABLE_RING + (size_t)at] = v6nf_env_le16((uint16_t)id);
        }
        (void)take_descriptor(virtio, id);
        queue->seen++;
    }
}

static void recycle_outputs(struct v6nf_virtio_ring *ring)
{
    for (uint32_t i = 0; i < ring->outputs_count; i++) {
        struct v6nf_virtio *output = ring->outputs[i];
        if (output->state == V6NF_VIRTIO_RUNS && output->in_order) {
            recycle_output(output, true);
        } else if (output->state == V6NF_VIRTIO_RUNS) {
            recycle_output(output, false);
        }
    }
}

void v6nf_virtio_ring_recycle(struct v6nf_virtio_ring *ring)
{
    struct v6nf_virtio *input = ring->input;
    ring->unrecycled = 0;
    recycle_outputs(ring);
    if (input->state == V6NF_VIRTIO_RUNS) {
        (void)count_used(input, &input->receive);
    }
    if (input->state == V6NF_VIRTIO_RUNS) {
        v6nf_virtio_publish(input);
    }
}

uint32_t v6nf_virtio_ring_space(struct v6nf_virtio_ring *ring, uint32_t count)
{
    uint32_t space = count;
    v6nf_virtio_ring_recycle(ring);
    for (uint32_t i = 0; i < ring->outputs_count; i++) {
        const struct v6nf_virtio_queue *queue = &ring->outputs[i]->transmit;
        const uint32_t empty = queue->mask + 1u - (queue->next - queue->seen);
        space = ring->outputs[i]->state == V6NF_VIRTIO_RUNS && empty < space ? empty : space;
    }
    return ring->input->state == V6NF_VIRTIO_RUNS ? space : 0u;
}

void v6nf_virtio_take_back(struct v6nf_virtio *virtio)
{
    for (uint32_t id = 0; id < V6NF_VIRTIO_SIZE; id++) {
        if (virtio->senders[id] == NULL) {
            continue;
        }
        struct v6nf_virtio_ring *ring = take_descriptor(virtio, id);
        for (uint32_t i = 0; i < ring->outputs_count; i++) {
            ring->dropped[i] += ring->outputs[i] == virtio ? 1u : 0u;
        }
        virtio->counters.transmit_dropped++;
    }
    virtio->transmit.seen = virtio->transmit.next;
}

void v6nf_virtio_offer_free(struct v6nf_virtio *virtio)
{
    for (uint32_t i = 0; i < virtio->slots; i++) {
        if (virtio->queue_of[i] == RECEIVE_QUEUE) {
            offer(virtio, virtio->in_order, i);
        }
    }
}

void v6nf_virtio_read_counters(struct v6nf_port *port, struct v6nf_port_counters *counters)
{
    *counters = virtio_of(port)->counters;
}
