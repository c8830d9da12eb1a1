/* virtio_ring.h: a network function on virtio devices, without a copy. It is what v6nf_ring_poll() (ring.h) is for
 * cards, with the same handler: one input, 1 to 8 outputs, a length for each.
 *
 * The buffers are the input's. Each output sends a frame from the buffer that it was received in. The input can be an
 * output, and a device can be the input of one ring and an output of any number.
 *
 *     the device fills a buffer --> the handler returns a length for each output --> their transmit queues
 *             ^                             | 0 for all                                      |
 *             +-----------------------------+<---- when every output has used the buffer ----+
 *
 * An output without a free descriptor holds up the input, as in ring.h. v6nf_virtio_ring_watch() parks one that uses no
 * buffer for a time.
 *
 * Devices are not trusted, as in virtio.h: one that lies is stopped, and the others go on. Its watch takes back what it
 * had to send. The header that the input wrote before a frame is overwritten with zeros before an output reads it.
 *
 * A ring belongs to one thread, as all rings of its devices do.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_VIRTIO_RING_H
#define V6NF_DRIVER_VIRTIO_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../env.h"
#include "../port.h"
#include "ring.h"
#include "virtio.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Minimum bytes of a frame whose checksum is inserted: UDP behind an IPv6 header. */
#define V6NF_VIRTIO_UDP_MIN 62u

/* A ring. The fields are private. */
struct v6nf_virtio_ring {
    struct v6nf_virtio *input;
    uint32_t outputs_count;
    uint32_t unrecycled; /* frames since used buffers were last taken back */
    uint64_t watched;    /* time of the last look */
    struct v6nf_virtio *outputs[V6NF_PORT_OUTPUTS_MAX];
    uint32_t spans[V6NF_PORT_OUTPUTS_MAX]; /* number of valid lengths of a frame */
    uint64_t dropped[V6NF_PORT_OUTPUTS_MAX];
};

/* Make *ring a ring from `input` to several outputs.
 * input: a running device (virtio.h), which is the input of no other ring. outputs: outputs_count of them, 1 to
 * V6NF_PORT_OUTPUTS_MAX, each named once.
 * A device is restarted when it becomes a part of its first ring. From then on its port neither polls nor originates:
 * poll() shows nothing, and reserve() returns NULL. Its counters, status, link and stop() are as before. Its status is
 * RUNNING, without a link, while the watch brings it back.
 * Return V6NF_RING_OPEN: packets may arrive at once. V6NF_RING_INVALID: another number of outputs, a device named twice
 * or not running, or an input that has a ring, or that a ring of v6nf_virtio_ring_open_checksums() has as an output.
 * V6NF_RING_NO_QUEUE: a device does not start again. After an error, stop all of these devices.
 * *ring and the devices are the caller's, and must stay in memory until the devices have stopped. Before one of them is
 * initialized again, all of them must have stopped. */
enum v6nf_ring_status v6nf_virtio_ring_open(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                            uint32_t outputs_count, struct v6nf_virtio *const *outputs);

/* Do what v6nf_virtio_ring_open() does, for a handler that knows the flags of port.h. Devices whose configuration has
 * `checksums` then verify and insert checksums: `checksums` of their ports states what they do. Without this call, they
 * do not.
 * input, outputs_count, outputs: as of v6nf_virtio_ring_open().
 * Return as v6nf_virtio_ring_open(). The ring is polled by v6nf_virtio_ring_poll_checksums(). */
enum v6nf_ring_status v6nf_virtio_ring_open_checksums(struct v6nf_virtio_ring *ring, struct v6nf_virtio *input,
                                                      uint32_t outputs_count, struct v6nf_virtio *const *outputs);

/* Take back what outputs have sent, and give it to inputs. For v6nf_virtio_ring_poll() only, also when nothing was
 * received. An input that lies is stopped. */
void v6nf_virtio_ring_recycle(struct v6nf_virtio_ring *ring);

/* Return how many of `count` frames fit into the transmit queue of every output that runs, after taking back what they
 * have sent. For v6nf_virtio_ring_poll() only. */
uint32_t v6nf_virtio_ring_space(struct v6nf_virtio_ring *ring, uint32_t count);

/* Park outputs that use no buffers, and bring back devices that were parked or that need a reset.
 * Call it every few milliseconds from the ring's thread; calls within V6NF_RING_LOOK of the last do nothing.
 * patience: microseconds after which an output is parked that has frames to send and uses no buffer. 0: never.
 * now: microseconds, monotonic.
 * Return a set: bit i is set if output i does not run. Frames for it are dropped (v6nf_virtio_ring_dropped()).
 * A parked device is reset. When it reaches no memory any more, its buffers go back to their inputs. It comes back
 * after V6NF_RING_HOLD at the earliest, and loses what it had received. A device with registers in memory that does not
 * end its reset keeps its buffers.
 * A device that lied, or that was stopped, does not come back by itself: v6nf_virtio_restart() brings it back. One that
 * is gone stays gone. Their buffers go back, too.
 * A device that ends its reset late holds up the loop, a second at most in each V6NF_RING_HOLD.
 * Must not be called by a handler. */
uint32_t v6nf_virtio_ring_watch(struct v6nf_virtio_ring *ring, uint64_t patience, uint64_t now);

/* Return the frames that output number `output` did not send: because it did not run, or because their length was
 * invalid (V6NF_PORT_IS_FRAME) for the input's buffers or the capacity of that device's port.
 * output: below outputs_count; 0 is returned for others. */
uint64_t v6nf_virtio_ring_dropped(const struct v6nf_virtio_ring *ring, uint32_t output);

/* Look for an output that inserts a checksum. For v6nf_virtio_ring_poll_checksums() only.
 * outputs: as of that call. lengths: what the handler has set.
 * Return V6NF_PORT_CHECKSUM_PARTIAL if there is one, otherwise 0. */
V6NF_RING_INLINE uint32_t v6nf_virtio_ring_partial(const struct v6nf_virtio_ring *ring, uint32_t outputs,
                                                   const uint32_t *lengths)
{
    uint32_t partial = 0;
    for (uint32_t i = 0; i < outputs; i++) {
        const bool inserts = (ring->outputs[i]->common.port.checksums & V6NF_PORT_INSERTS) != 0u;
        partial |= inserts ? lengths[i] & V6NF_PORT_CHECKSUM_PARTIAL : 0u;
    }
    return partial;
}

/* Split a length into bytes and flag. For v6nf_virtio_ring_poll_checksums() only.
 * partial: what v6nf_virtio_ring_partial() returned: the header asks for that. length: what the handler has set.
 * Return the bytes to send, 0 for none. UINT32_MAX if the output would send a wrong checksum. */
V6NF_RING_INLINE uint32_t v6nf_virtio_ring_bytes(const struct v6nf_virtio *output, uint32_t partial, uint32_t length)
{
    if (length == 0u || partial == 0u) {
        return length;
    }
    const bool inserts = (output->common.port.checksums & V6NF_PORT_INSERTS) != 0u;
    return inserts && length - partial >= V6NF_VIRTIO_UDP_MIN ? length - partial : UINT32_MAX;
}

/* Do what v6nf_virtio_ring_poll() does. For that function only, and v6nf_virtio_ring_poll_checksums().
 * in_order: that of the input, as a constant. has_flags: the handler knows flags. outputs, handler, context: as of
 * v6nf_virtio_ring_poll().
 * Return the number of buffers that were handled. */
V6NF_RING_INLINE uint32_t v6nf_virtio_ring_burst(struct v6nf_virtio_ring *ring, bool in_order, bool has_flags,
                                                 uint32_t outputs, v6nf_handler *handler, void *context)
{
    struct v6nf_virtio *const input = ring->input;
    struct v6nf_virtqueue *const receive = &input->receive;
    const uint32_t seen = receive->seen;
    const uint32_t used = ((v6nf_env_le32(receive->used[0]) >> 16) - seen) & UINT16_MAX;
    if (used == 0u || used > receive->published - seen || input->common.state != V6NF_PARAVIRTUAL_RUNS) {
        v6nf_virtio_ring_recycle(ring);
        return 0;
    }
    uint32_t budget = used < V6NF_RING_BURST ? used : V6NF_RING_BURST;
    bool is_full = false;
    for (uint32_t i = 0; i < outputs; i++) {
        const struct v6nf_virtqueue *transmit = &ring->outputs[i]->transmit;
        is_full = is_full || transmit->next - transmit->seen + budget > transmit->mask + 1u;
    }
    if (__builtin_expect(is_full, 0)) {
        budget = v6nf_virtio_ring_space(ring, budget);
        if (budget == 0u) {
            return 0;
        }
    }
    v6nf_env_dma_read_barrier();
    /* Read once: the compiler must assume that a handler's writes to its frame change the ring. */
    const uint32_t mask = receive->mask;
    const uint32_t capacity = input->common.port.capacity;
    const uint32_t receive_size = input->common.receive_size;
    const size_t buffer_size = input->common.buffer_size;
    uint8_t *const buffers = input->common.buffers;
    const uint64_t device_buffers = input->common.device_buffers + (V6NF_VIRTIO_FRAME - V6NF_VIRTIO_HEADER);
    volatile uint64_t *const used_ring = receive->used_ring;
    uint64_t bytes = 0;
    uint32_t dropped = 0;
    struct v6nf_virtio *devices[V6NF_PORT_OUTPUTS_MAX];
    volatile uint64_t *descriptors[V6NF_PORT_OUTPUTS_MAX];
    uint64_t sent_bytes[V6NF_PORT_OUTPUTS_MAX];
    uint32_t spans[V6NF_PORT_OUTPUTS_MAX];
    uint32_t masks[V6NF_PORT_OUTPUTS_MAX];
    uint32_t next[V6NF_PORT_OUTPUTS_MAX];
    for (uint32_t i = 0; i < outputs; i++) {
        devices[i] = ring->outputs[i];
        descriptors[i] = devices[i]->transmit.descriptors;
        sent_bytes[i] = 0;
        spans[i] = devices[i]->common.state == V6NF_PARAVIRTUAL_RUNS ? ring->spans[i] : 0u;
        masks[i] = devices[i]->transmit.mask;
        next[i] = devices[i]->transmit.next;
    }
    uint32_t taken = 0;
    for (; taken < budget; taken++) {
        const uint32_t at = (seen + taken) & mask;
        const uint64_t entry = v6nf_env_le64(used_ring[at]);
        const uint32_t id = (uint32_t)(entry & UINT32_MAX);
        uint32_t length = (uint32_t)(entry >> 32);
        uint32_t slot = id;
        if (in_order) {
            if (__builtin_expect(id != at || receive->batch != 0u, 0)) {
                uint32_t part = length;
                if (!v6nf_virtqueue_split(receive, used - taken, at, id, receive_size, &part)) {
                    v6nf_paravirtual_stop(&input->common, V6NF_PARAVIRTUAL_BAD_ID);
                    break;
                }
                length = part;
            }
            slot = receive->slots[at];
        } else if (__builtin_expect(id >= V6NF_VIRTIO_SIZE || input->queue_of[id] != 0u, 0)) {
            v6nf_paravirtual_stop(&input->common, V6NF_PARAVIRTUAL_BAD_ID);
            break;
        }
        const size_t offset = slot * buffer_size;
        const uint64_t device_frame = v6nf_env_le64(device_buffers + offset);
        uint32_t lengths[V6NF_PORT_OUTPUTS_MAX];
        uint32_t partial = 0;
        for (uint32_t i = 0; i < outputs; i++) {
            lengths[i] = 0;
        }
        length -= V6NF_VIRTIO_HEADER;
        if (__builtin_expect(length - (V6NF_VIRTIO_MIN - V6NF_VIRTIO_HEADER) <= receive_size - V6NF_VIRTIO_MIN, 1)) {
            uint8_t *const frame = buffers + offset + V6NF_VIRTIO_FRAME;
            v6nf_env_cache_invalidate(buffers + offset, V6NF_VIRTIO_FRAME + (size_t)length);
            uint32_t flags = 0;
            if (has_flags && (input->common.port.checksums & V6NF_PORT_VERIFIES) != 0u) {
                flags = v6nf_virtio_checksum(frame, length);
            }
            if (flags != V6NF_VIRTIO_LIE) {
                handler(context, frame, length + flags, capacity, lengths);
                bytes += length;
            } else {
                dropped++;
            }
            partial = has_flags ? v6nf_virtio_ring_partial(ring, outputs, lengths) : 0u;
            v6nf_virtio_write_header((uint64_t *)(void *)(buffers + offset), partial != 0u);
            v6nf_env_cache_clean(buffers + offset, V6NF_VIRTIO_FRAME + (size_t)capacity); /* a dropped frame, too */
        } else {
            dropped++;
        }
        uint32_t senders = 0;
        for (uint32_t i = 0; i < outputs; i++) {
            const uint32_t output_length = v6nf_virtio_ring_bytes(devices[i], partial, lengths[i]);
            if (__builtin_expect(output_length - V6NF_PORT_FRAME_MIN < spans[i], 1)) {
                const uint32_t descriptor = devices[i]->free[next[i] & masks[i]];
                descriptors[i][2u * (size_t)descriptor] = device_frame;
                descriptors[i][2u * (size_t)descriptor + 1u] = v6nf_env_le64(V6NF_VIRTIO_HEADER + output_length);
                devices[i]->transmit.slots[descriptor] = (uint16_t)slot;
                devices[i]->senders[descriptor] = ring;
                sent_bytes[i] += output_length;
                next[i]++;
                senders++;
            } else if (lengths[i] != 0u) {
                devices[i]->common.counters.transmit_dropped++;
                ring->dropped[i]++;
            }
        }
        if (senders != 0u) {
            input->queue_of[slot] = (uint8_t)senders;
            continue;
        }
        const uint32_t back = receive->next++ & mask; /* recycled in turn */
        if (in_order) {
            receive->descriptors[2u * (size_t)back] = device_frame;
            receive->slots[back] = (uint16_t)slot;
        } else {
            receive->available[2u + (size_t)back] = v6nf_env_le16((uint16_t)slot);
        }
    }
    receive->seen = seen + taken;
    input->common.counters.received += taken - dropped;
    input->common.counters.received_bytes += bytes;
    input->common.counters.receive_dropped += dropped;
    for (uint32_t i = 0; i < outputs; i++) {
        struct v6nf_virtqueue *const transmit = &devices[i]->transmit;
        if (next[i] != transmit->next) {
            devices[i]->common.counters.sent += next[i] - transmit->next;
            devices[i]->common.counters.sent_bytes += sent_bytes[i];
            transmit->next = next[i];
            if (devices[i]->common.state == V6NF_PARAVIRTUAL_RUNS) { /* it can be the input, and have lied */
                v6nf_virtio_publish(devices[i]);
            }
        }
    }
    ring->unrecycled += taken;
    if (ring->unrecycled > mask / 4u) {
        v6nf_virtio_ring_recycle(ring);
    }
    return taken;
}

/* Call `handler` for received frames, at most V6NF_RING_BURST, and send each to the outputs for which it sets a length.
 * outputs: the number that the ring was opened with. It and `handler` should be constants: then handler and driver
 * compile into one loop.
 * context: passed to the handler.
 * Return the number of buffers that were handled, 0 if nothing was received, or if an output has no free descriptor.
 * Call it from the ring's thread. The handler must not poll a ring of the same devices, and must not stop them. */
V6NF_RING_INLINE uint32_t v6nf_virtio_ring_poll(struct v6nf_virtio_ring *ring, uint32_t outputs, v6nf_handler *handler,
                                                void *context)
{
    /* A burst chooses once. */
    return ring->input->in_order ? v6nf_virtio_ring_burst(ring, true, false, outputs, handler, context)
                                 : v6nf_virtio_ring_burst(ring, false, false, outputs, handler, context);
}

/* Do what v6nf_virtio_ring_poll() does, for a ring of v6nf_virtio_ring_open_checksums().
 * outputs, handler, context: as of that call. The handler gets the flags of port.h.
 * A frame has one header for all outputs: if its checksum is inserted by one, outputs without the flag drop it and
 * count that (v6nf_virtio_ring_dropped()), and so does one that inserts none.
 * Return as v6nf_virtio_ring_poll(). */
V6NF_RING_INLINE uint32_t v6nf_virtio_ring_poll_checksums(struct v6nf_virtio_ring *ring, uint32_t outputs,
                                                          v6nf_handler *handler, void *context)
{
    return ring->input->in_order ? v6nf_virtio_ring_burst(ring, true, true, outputs, handler, context)
                                 : v6nf_virtio_ring_burst(ring, false, true, outputs, handler, context);
}

#ifdef __cplusplus
}
#endif

#endif
