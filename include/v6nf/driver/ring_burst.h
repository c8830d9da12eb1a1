/* ring_burst.h: the ring without a handler. A program looks at a burst of received frames, decides about them in any
 * order, and then sends all of them from where they are. v6nf_ring_poll() (ring.h) costs less, and suits any function
 * that decides about one frame after another.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_RING_BURST_H
#define V6NF_DRIVER_RING_BURST_H

#include <stdint.h>

#include "ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Look at received frames, which stay in the ring. Do not poll or watch the ring before v6nf_ring_commit() has handled
 * them.
 * format: as in v6nf_ring_poll(); should be a constant.
 * limit: maximum number of frames.
 * frames: `limit` pointers, set to the frames: ring->capacity bytes each, all of which may be changed.
 * lengths: `limit` numbers, set to the bytes received, with flags as of a handler (port.h). 0: the device is faulty,
 * and the frame has no contents.
 * Return the number of frames, 0 if none was received. A burst ends at the end of the ring, and may be shorter.
 * Frames that were not committed are returned again; if DMA is not coherent (env.h), changes of them are lost. */
V6NF_RING_INLINE uint32_t v6nf_ring_peek(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t limit,
                                         uint8_t **frames, uint32_t *lengths)
{
    const uint32_t first = ring->next;
    const uint32_t capacity = ring->capacity;
    const uint32_t left = V6NF_RING_SIZE - first;
    const uint32_t max = limit < left ? limit : left;
    const volatile uint64_t *descriptor = ring->outputs[0].descriptors + 2u * (size_t)first;
    uint8_t *frame = ring->buffers + (size_t)first * ring->buffer_size;
    uint32_t count = 0;
    for (; count < max; count++) {
        uint64_t word = v6nf_env_le64(descriptor[1]);
        if ((word & (v6nf_ring_is_advanced(format) ? V6NF_RING_ADVANCED_DONE : V6NF_RING_LEGACY_DONE)) == 0u) {
            break;
        }
        v6nf_env_dma_read_barrier();
        if (V6NF_RING_SPLIT_LOADS) {
            word = v6nf_env_le64(descriptor[1]);
        }
        const uint32_t length = (uint32_t)(v6nf_ring_is_advanced(format) ? word >> 32 : word) & 0xFFFFu;
        frames[count] = frame;
        lengths[count] = 0;
        if (__builtin_expect(V6NF_PORT_IS_FRAME(length, capacity), 1)) {
            v6nf_env_cache_invalidate(frame, length);
            lengths[count] =
                length +
                (v6nf_ring_has_flags(format) ? v6nf_ring_checksum(format, word) + v6nf_ring_tag(format, word) : 0u);
        }
        frame += ring->buffer_size;
        descriptor += 2;
    }
    return count == 0u && max > 0u ? v6nf_ring_recycle(ring) : count;
}

/* Send the first frames of those that v6nf_ring_peek() has returned last, or drop them.
 * format, outputs: as in v6nf_ring_poll(); should be constants.
 * count: at most what v6nf_ring_peek() returned. The others are returned by the next call of it.
 * lengths: count * outputs numbers: lengths[i * outputs + j] is what a handler would set for frame i and output j; 0
 * sends nothing there. Invalid ones are counted as those of a handler are (v6nf_ring_poll()).
 * The frames must not be touched after the call. */
V6NF_RING_INLINE void v6nf_ring_commit(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                                       uint32_t count, const uint32_t *lengths)
{
    const uint32_t first = ring->next;
    const uint32_t capacity = ring->capacity;
    const size_t buffer_size = ring->buffer_size;
    const uint8_t *frame = ring->buffers + first * buffer_size;
    uint64_t device_frame = ring->device_buffers + first * buffer_size;
    volatile uint64_t *descriptors[V6NF_PORT_OUTPUTS_MAX];
    if (count == 0u) {
        return;
    }
    for (uint32_t i = 0; i < outputs; i++) {
        descriptors[i] = ring->outputs[i].descriptors + 2u * (size_t)first;
    }
    for (uint32_t at = first; at < first + count; at++) {
        v6nf_env_cache_clean(frame, capacity); /* a dropped one, too: it is received into again */
        if (v6nf_ring_is_advanced(format)) {
            descriptors[0][0] = v6nf_env_le64(device_frame);
        }
        for (uint32_t i = 0; i < outputs; i++) {
            const uint32_t length = *lengths++;
            uint64_t command = v6nf_ring_command(format, length);
            if (__builtin_expect(!V6NF_PORT_IS_FRAME(length, capacity), 0)) { /* off the fast path */
                command = v6nf_ring_command_of_other(ring, format, i, at, length);
            }
            descriptors[i][1] = v6nf_env_le64(command);
            descriptors[i] += 2;
        }
        frame += buffer_size;
        device_frame += buffer_size;
    }
    ring->next = (first + count) % V6NF_RING_SIZE;
    ring->unmarked += count;
    if (ring->unmarked >= V6NF_RING_RECYCLE) {
        (void)v6nf_ring_mark(ring, count);
        return;
    }
    v6nf_env_dma_write_barrier();
    for (uint32_t i = 0; i < outputs; i++) {
        v6nf_env_write_register(ring->outputs[i].tail, ring->next);
    }
}

#ifdef __cplusplus
}
#endif

#endif
