/* virtio.c: the data path of a virtio-net device: poll, and what it sends. Sections are those of virtio 1.1. */
#include "virtio.h"

#define NO_SLOT 0xFFFFu

/* -- Given to the device ------------------------------------------------------------------------------------------- */

/* Give the buffer to the device, to receive into. A queue is never full: it has a descriptor for each slot, and a slot
 * is in one queue at a time. */
INLINE void offer(struct v6nf_virtio *virtio, bool in_order, uint32_t slot)
{
    virtio_offer(virtio, in_order, slot);
    virtio->queue_of[slot] = RECEIVE_QUEUE;
}

/* `length`: with flags (port.h). */
INLINE void send_slot(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length)
{
    struct v6nf_virtqueue *queue = &virtio->transmit;
    uint64_t *buffer = (uint64_t *)(void *)paravirtual_buffer(&virtio->common, slot);
    v6nf_virtio_write_header(buffer, length > V6NF_PORT_LENGTH);
    v6nf_env_cache_clean(buffer, FRAME_OFFSET + (size_t)virtio->common.port.capacity);
    const uint32_t id = virtqueue_add(queue, in_order, slot, virtio_device_address(virtio, slot));
    queue->descriptors[2u * (size_t)id + 1u] = v6nf_env_le64(HEADER_SIZE + (length & V6NF_PORT_LENGTH));
    virtio->queue_of[slot] = TRANSMIT_QUEUE;
}

void v6nf_virtio_send(struct v6nf_paravirtual *common, uint32_t slot, uint32_t length)
{
    struct v6nf_virtio *virtio = virtio_of(common);
    send_slot(virtio, virtio->in_order, slot, length);
    v6nf_virtio_publish(virtio);
}

void v6nf_virtio_publish(struct v6nf_virtio *virtio)
{
    struct v6nf_virtqueue *receive = &virtio->receive;
    struct v6nf_virtqueue *transmit = &virtio->transmit;
    if (receive->next == receive->published && transmit->next == transmit->published) {
        return;
    }
    v6nf_env_dma_release_barrier();
    const uint32_t received = virtqueue_publish(receive);
    const uint32_t sent = virtqueue_publish(transmit);
    v6nf_env_dma_barrier();
    const bool has_events = (virtio->features & F_EVENT_IDX) != 0u;
    if (virtqueue_wants_notification(receive, received, has_events)) {
        virtio_notify(&virtio->transport, RECEIVE_QUEUE);
    }
    if (virtqueue_wants_notification(transmit, sent, has_events)) {
        virtio_notify(&virtio->transport, TRANSMIT_QUEUE);
    }
}

/* -- Used by the device -------------------------------------------------------------------------------------------- */

/* Take the next used buffer back. Return its slot. In order, that is the oldest one, and `id` is ignored. Otherwise it
 * is the one with the descriptor `id`. If the device does not have that, stop the port and return NO_SLOT. A buffer
 * that this burst has dropped counts as given before it is published. A device that uses it twice overwrites its own
 * frame only. */
INLINE uint32_t take(struct v6nf_virtio *virtio, const struct v6nf_virtqueue *queue, bool in_order, uint32_t at,
                     uint32_t id)
{
    if (in_order) {
        return queue->slots[at];
    }
    if (id >= V6NF_VIRTIO_SIZE ||
        virtio->queue_of[id] != (queue == &virtio->receive ? RECEIVE_QUEUE : TRANSMIT_QUEUE)) {
        v6nf_paravirtual_stop(&virtio->common, V6NF_PARAVIRTUAL_BAD_ID);
        return NO_SLOT;
    }
    return id;
}

/* Take sent buffers back: to receive into, or for the originate queue. In order, the index is enough (2.6.9). */
INLINE void recycle(struct v6nf_virtio *virtio, bool in_order)
{
    struct v6nf_virtqueue *queue = &virtio->transmit;
    for (uint32_t count = virtio_count_used(virtio, queue); count > 0u; count--) {
        const uint32_t at = queue->seen & queue->mask;
        const uint32_t id = in_order ? at : (uint32_t)(v6nf_env_le64(queue->used_ring[at]) & UINT32_MAX);
        const uint32_t slot = take(virtio, queue, in_order, at, id);
        if (slot < virtio->common.slots) {
            offer(virtio, in_order, slot);
        } else if (slot == NO_SLOT) {
            return;
        } else {
            virtio->queue_of[slot] = NO_QUEUE;
            paravirtual_take_originate(&virtio->common, slot);
        }
        queue->seen++;
    }
}

void v6nf_virtio_recycle(struct v6nf_paravirtual *common)
{
    recycle(virtio_of(common), virtio_of(common)->in_order);
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

INLINE void handle(struct v6nf_virtio *virtio, bool in_order, uint32_t slot, uint32_t length, v6nf_handler *handler,
                   void *context)
{
    uint8_t *frame = paravirtual_buffer(&virtio->common, slot) + FRAME_OFFSET;
    uint32_t flags = 0;
    uint32_t sent = 0;
    v6nf_env_cache_invalidate(frame - HEADER_SIZE, HEADER_SIZE + length);
    if ((virtio->common.port.checksums & V6NF_PORT_VERIFIES) != 0u) {
        flags = v6nf_virtio_checksum(frame, length);
    }
    if (flags == V6NF_VIRTIO_LIE) {
        virtio->common.counters.receive_dropped++;
    } else {
        sent = paravirtual_show(&virtio->common, frame, length, flags, handler, context);
    }
    if (sent > 0u) {
        send_slot(virtio, in_order, slot, sent);
        return;
    }
    v6nf_env_cache_clean(frame, virtio->common.port.capacity); /* the device writes to it */
    offer(virtio, in_order, slot);
}

INLINE uint32_t receive_burst(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    struct v6nf_virtqueue *queue = &virtio->receive;
    const uint32_t used = virtio_count_used(virtio, queue);
    const uint32_t limit = used < V6NF_RING_BURST ? used : V6NF_RING_BURST;
    const uint32_t receive_size = virtio->common.receive_size;
    uint32_t taken = 0;
    for (; taken < limit; taken++) {
        const uint32_t at = (queue->seen + taken) & queue->mask;
        uint32_t length = 0;
        const uint32_t id = virtqueue_used(queue, at, &length);
        if (in_order && (id != at || queue->batch != 0u) &&
            !v6nf_virtqueue_split(queue, used - taken, at, id, receive_size, &length)) {
            v6nf_paravirtual_stop(&virtio->common, V6NF_PARAVIRTUAL_BAD_ID);
            break;
        }
        const uint32_t slot = take(virtio, queue, in_order, at, id);
        if (slot == NO_SLOT) {
            break;
        }
        if (length >= FRAME_MIN && length <= receive_size) {
            handle(virtio, in_order, slot, length - HEADER_SIZE, handler, context);
        } else {
            virtio->common.counters.receive_dropped++;
            offer(virtio, in_order, slot);
        }
    }
    queue->seen += taken;
    return taken;
}

INLINE uint32_t poll_queues(struct v6nf_virtio *virtio, bool in_order, v6nf_handler *handler, void *context)
{
    recycle(virtio, in_order);
    if (virtio->common.state != V6NF_PARAVIRTUAL_RUNS) {
        return 0;
    }
    const uint32_t taken = receive_burst(virtio, in_order, handler, context);
    if (virtio->common.state == V6NF_PARAVIRTUAL_RUNS) {
        v6nf_virtio_publish(virtio);
    }
    return taken;
}

uint32_t v6nf_virtio_poll(struct v6nf_port *port, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio *virtio = virtio_of(paravirtual_of(port));
    if (virtio->common.state != V6NF_PARAVIRTUAL_RUNS || virtio->sharing != NULL) {
        return 0;
    }
    return virtio->in_order ? poll_queues(virtio, true, handler, context)
                            : poll_queues(virtio, false, handler, context);
}
