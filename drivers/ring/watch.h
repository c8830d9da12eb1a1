/* watch.h: what ring.c and watch.c share: parked outputs, on the slow path of a ring. */
#ifndef DRIVERS_RING_WATCH_H
#define DRIVERS_RING_WATCH_H

#include "v6nf/driver/ring.h"

/* Return the number of steps along the ring from `from` to `to`. */
static inline uint32_t ring_distance(uint32_t from, uint32_t to)
{
    return (to - from) % V6NF_RING_SIZE;
}

/* Return true if the output has reported the descriptor with RS number `mark`. */
static inline bool ring_mark_is_sent(const struct v6nf_ring_output *output, uint32_t mark)
{
    return (v6nf_env_le64(output->descriptors[2u * mark + 1u]) & V6NF_RING_SENT) != 0u;
}

/* Write the address of buffer number `at` again. A device that sets Descriptor Done writes the whole descriptor, in
 * which the address is reserved (82599 data sheet, 7.2.3.2.4). */
static inline void ring_restore_address(const struct v6nf_ring_output *output, uint32_t at, uint64_t buffers,
                                        uint32_t buffer_size)
{
    output->descriptors[2u * at] = v6nf_env_le64(buffers + (uint64_t)at * buffer_size);
}

/* The context of output `i` was sent, or its queue is off: write the address of its buffer again. */
static inline void ring_restore_context(struct v6nf_ring *ring, uint32_t i)
{
    ring_restore_address(&ring->outputs[i], ring->inserts[i].at, ring->device_buffers, ring->buffer_size);
    ring->inserts[i].is_pending = false;
    ring->unusual--;
}

/* The queue of output `i` is off, and has no context any more. */
static inline void ring_forget_context(struct v6nf_ring *ring, uint32_t i)
{
    if (ring->inserts[i].is_pending) {
        ring_restore_context(ring, i);
    }
    ring->inserts[i].is_loaded = false;
    ring->inserts[i].tag = 0;
    ring->inserts[i].wanted = 0;
}

/* Count the frames of parked outputs up to `next`, and let these outputs look as if they had sent everything. */
void v6nf_ring_skip_parked(struct v6nf_ring *ring);

/* After a mark: let outputs come back if `next` is 0. Otherwise let a mark follow when `next` becomes 0. */
void v6nf_ring_await_end(struct v6nf_ring *ring);

/* Begin a queue that has no frames: at the first descriptor, or after it if that is the context of the device. */
void v6nf_originate_begin(struct v6nf_originate *originate);

/* Forget frames that were sent. */
void v6nf_originate_recycle(struct v6nf_originate *originate);

#endif
