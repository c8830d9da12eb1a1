/* virtqueue.h: a split virtqueue in memory: what the driver adds, and what the device has used (virtio 1.1, 2.6). It
 * knows neither registers nor frames. A buffer has the number of a slot.
 *
 * A device uses buffers in order (VIRTIO_F_IN_ORDER), or not. In order, descriptors are those of the ring, and the
 * available ring never changes. Otherwise each slot has a descriptor, whose address never changes. */
#ifndef DRIVERS_VIRTQUEUE_VIRTQUEUE_H
#define DRIVERS_VIRTQUEUE_VIRTQUEUE_H

#include "v6nf/driver/virtqueue.h"
#include "v6nf/env.h"

#define DESCRIPTOR_WRITE (UINT64_C(2) << 32) /* VIRTQ_DESC_F_WRITE, in the word with the length */
#define AVAILABLE_INDEX 1u
#define AVAILABLE_RING 2u
#define USED_NO_NOTIFY 1u
#define VIRTQUEUE_LIE UINT32_MAX
#define VIRTQUEUE_PARTS 3u

/* Functions with `in_order` are compiled for both values: a burst chooses once. */
#define INLINE static inline __attribute__((always_inline))

/* Allocate a queue of the maximum size. Return false if there is no memory that a device reaches. */
bool v6nf_virtqueue_allocate(struct v6nf_virtqueue *queue);

/* Return the largest size that both sides support, 0 if there is none. */
uint32_t v6nf_virtqueue_choose_size(uint32_t max_size);

/* Empty an allocated queue, which then has `size` descriptors. Write what never changes later.
 * has_events: VIRTIO_F_EVENT_IDX. buffers: device address of the buffer of slot 0; `step` bytes to the next.
 * length: bytes that the device may write to each. */
void v6nf_virtqueue_clear(struct v6nf_virtqueue *queue, uint32_t size, bool has_events, uint64_t buffers, uint32_t step,
                          uint32_t length);

/* Set addresses[] to what a device must know: of the descriptors, the available and the used ring. */
void v6nf_virtqueue_addresses(const struct v6nf_virtqueue *queue, uint64_t *addresses);

/* Add the slot's buffer. Return its descriptor. `address`: of the buffer, for the device. */
INLINE uint32_t virtqueue_add(struct v6nf_virtqueue *queue, bool in_order, uint32_t slot, uint64_t address)
{
    const uint32_t at = queue->next & queue->mask;
    queue->next++;
    if (in_order) {
        queue->descriptors[2u * (size_t)at] = v6nf_env_le64(address);
        queue->slots[at] = (uint16_t)slot;
        return at;
    }
    queue->available[AVAILABLE_RING + (size_t)at] = v6nf_env_le16((uint16_t)slot);
    return slot;
}

/* Publish what was added. Call it after a release barrier. Return the index that was published before. */
INLINE uint32_t virtqueue_publish(struct v6nf_virtqueue *queue)
{
    const uint32_t before = queue->published;
    queue->published = queue->next;
    queue->available[AVAILABLE_INDEX] = v6nf_env_le16((uint16_t)(queue->next & UINT16_MAX));
    return before;
}

/* Return true if the device asks to be notified of what was added since `before` (2.6.10). Call it after a barrier: the
 * device sees the index before the driver reads whether it sleeps (2.6.13.4.1). has_events: VIRTIO_F_EVENT_IDX. */
static inline bool virtqueue_wants_notification(const struct v6nf_virtqueue *queue, uint32_t before, bool has_events)
{
    const uint32_t added = queue->next - before;
    if (has_events) {
        const uint32_t event = v6nf_env_le32(queue->used[1u + 2u * (queue->mask + 1u)]);
        return ((queue->next - event - 1u) & UINT16_MAX) < added;
    }
    return added != 0u && (v6nf_env_le32(queue->used[0]) & USED_NO_NOTIFY) == 0u;
}

/* Return the number of used buffers that were not handled yet, VIRTQUEUE_LIE if the device never had them. */
INLINE uint32_t virtqueue_count(const struct v6nf_virtqueue *queue)
{
    const uint32_t count = ((v6nf_env_le32(queue->used[0]) >> 16) - queue->seen) & UINT16_MAX;
    if (count > queue->published - queue->seen) {
        return VIRTQUEUE_LIE;
    }
    v6nf_env_dma_read_barrier();
    return count;
}

/* Return the ID of the used entry at this index, and set *length. */
INLINE uint32_t virtqueue_used(const struct v6nf_virtqueue *queue, uint32_t at, uint32_t *length)
{
    const uint64_t entry = v6nf_env_le64(queue->used_ring[at]);
    *length = (uint32_t)(entry >> 32);
    return (uint32_t)(entry & UINT32_MAX);
}

#endif
