/* virtqueue.h: the split virtqueue of virtio devices (OASIS Virtual I/O Device 1.1 and 1.2, 2.6), as a part of their
 * structures: virtio.h, virtio_ring.h. The fields are private.
 * Context: the loop: the thread of the device or port, not a handler. */
#ifndef V6NF_DRIVER_VIRTQUEUE_H
#define V6NF_DRIVER_VIRTQUEUE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the library and the program must agree on them --------------------------------------------------------- */

/* Maximum descriptors of a queue: devices may have fewer. */
#ifndef V6NF_VIRTIO_SIZE
#define V6NF_VIRTIO_SIZE 256u
#endif

/* Minimum descriptors of a queue. */
#define V6NF_VIRTIO_SIZE_MIN 16u

#if V6NF_VIRTIO_SIZE < V6NF_VIRTIO_SIZE_MIN || V6NF_VIRTIO_SIZE > 32768u ||                                            \
    (V6NF_VIRTIO_SIZE & (V6NF_VIRTIO_SIZE - 1u)) != 0
#error "virtqueue.h: V6NF_VIRTIO_SIZE must be a power of two, 16 to 32768 (virtio 2.6)"
#endif

/* A queue of a device. */
struct v6nf_virtqueue {
    volatile uint64_t *descriptors; /* two words each (2.6.5) */
    volatile uint16_t *available;   /* flags, index, a ring of descriptors, used_event (2.6.6) */
    volatile uint32_t *used;        /* flags and index (2.6.8) */
    volatile uint64_t *used_ring;   /* descriptors and lengths; then avail_event */
    uint32_t mask;         /* one less than the size, a power of two */
    uint32_t next;         /* the available index, buffers that are not published included */
    uint32_t published;    /* the available index that the device knows */
    uint32_t seen;         /* the used index up to which buffers were handled */
    uint32_t batch;        /* in order: buffers left of the batch in the last used entry */
    uint32_t batch_length; /* bytes in the last buffer of that batch */
    uint16_t slots[V6NF_VIRTIO_SIZE]; /* in order: the slot of each descriptor */
};

/* Split a batch of used buffers of a queue that is used in order. For drivers, and v6nf_virtio_ring_poll().
 * One used entry can represent a batch of buffers (2.6.9). Its ID and length are those of the last one, and buffers
 * before it are full. Change *length to the length of the next of `count` buffers.
 * count: used buffers that were not handled. at, id: index and ID of the used entry. full: bytes in a full buffer.
 * Return false if the batch is longer than `count`: the device lies. */
bool v6nf_virtqueue_split(struct v6nf_virtqueue *queue, uint32_t count, uint32_t at, uint32_t id, uint32_t full,
                          uint32_t *length);

#ifdef __cplusplus
}
#endif

#endif
