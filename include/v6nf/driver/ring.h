/* ring.h: one logical descriptor ring with one input and 1 to 8 outputs, each a queue of a NIC: the heart of every PCI
 * driver, and what a network function runs on.
 *
 * The receive ring is the first output's transmit ring, and every other output has a transmit ring of its own over the same
 * buffers. Buffer i belongs to descriptor i of each of them for good, so that nothing is ever allocated or queued:
 *
 *     the NIC fills descriptor i --> the handler says how many bytes leave, per output (0: a null descriptor)
 *             ^                                                                    |
 *             +-- recycled, once every output has sent it <------------------------+
 *
 * The device owns for receiving what lies from its receive head to the receive tail, and for sending what lies from a
 * transmit head to `next`. The receive tail follows the transmit head that is farthest behind.
 *
 * A ring belongs to one thread, and shares nothing with others but devices: one per input, any number on a thread. */
#ifndef V6NF_DRIVER_RING_H
#define V6NF_DRIVER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../env.h"
#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the same for the library and the program --------------------------------------------------------------- */

/* Descriptors. */
#ifndef V6NF_RING_SIZE
#define V6NF_RING_SIZE 256u
#endif

/* The most packets that are handled before the transmit tails are written. */
#ifndef V6NF_RING_BURST
#define V6NF_RING_BURST 8u
#endif

/* How many packets are handled, at least, before the devices are asked how far they have sent, and buffers go back. */
#ifndef V6NF_RING_RECYCLE
#define V6NF_RING_RECYCLE 64u
#endif

#if V6NF_RING_SIZE < 16u || V6NF_RING_SIZE > 4096u || (V6NF_RING_SIZE & (V6NF_RING_SIZE - 1u)) != 0
#error "ring.h: V6NF_RING_SIZE is a power of two, 16 to 4096: descriptor rings come in multiples of 128 bytes"
#endif
#if V6NF_RING_BURST < 1u || V6NF_RING_RECYCLE < 1u || V6NF_RING_RECYCLE + 2u * V6NF_RING_BURST >= V6NF_RING_SIZE
#error "ring.h: a burst and a recycle period leave descriptors to receive into, or the ring would stop"
#endif

/* The longest frame that is handled, without FCS, and the largest buffer: devices count in units of 1 KiB, and one (82574) may take
 * in frames of 16 KiB. */
#define V6NF_RING_FRAME_MAX 9728u
#define V6NF_RING_BUFFER_SIZE_MAX 16384u
#define V6NF_RING_BUFFER_UNIT 1024u

/* -- Descriptors: two 64-bit words in little-endian order, 16 bytes ------------------------------------------------ */

/* The first word is the buffer's device address. In the second, devices differ in what they write back on receiving. */
enum v6nf_ring_format {
    /* 82599 data sheet 7.1.5 and 7.2.3.2.2; 82574 3.2.4 and 3.3.3: length in bits 0 to 15, DD in bit 32; the address stays. */
    V6NF_RING_LEGACY,
    /* 82599 7.1.6.2 and 7.2.3.2.4; 82576 7.1.5 and 7.2.2.3: DD in bit 0, length in bits 32 to 47; the address is lost. */
    V6NF_RING_ADVANCED
};

#define V6NF_RING_LEGACY_DONE (UINT64_C(1) << 32)
#define V6NF_RING_ADVANCED_DONE UINT64_C(1)

/* Commands of a transmit descriptor, in the second word: End Of Packet, Insert FCS, Report Status; and what makes it an
 * advanced one: descriptor extension, type "data", and where the payload's length stands a second time. */
#define V6NF_RING_EOP (UINT64_C(1) << 24)
#define V6NF_RING_IFCS (UINT64_C(1) << 25)
#define V6NF_RING_RS (UINT64_C(1) << 27)
#define V6NF_RING_DATA ((UINT64_C(1) << 29) + (UINT64_C(3) << 20))
#define V6NF_RING_PAYLOAD_SHIFT 46u

/* A CPU of 32 bits loads a word of a descriptor in two halves, and perhaps the one with the length before the one
 * with Descriptor Done: the length is then of another time. It loads the word again behind the barrier. One of 64
 * bits loads both at once. */
#ifndef V6NF_RING_SPLIT_LOADS
#define V6NF_RING_SPLIT_LOADS (UINTPTR_MAX < UINT64_MAX)
#endif

/* Transmit descriptors of both formats tell by this that they were sent, where they asked for that. */
#define V6NF_RING_SENT (UINT64_C(1) << 32)

/* -- What a driver gives a ring ------------------------------------------------------------------------------------ */

struct v6nf_ring_device;

struct v6nf_ring_device_operations {
    /* Has a receive queue that is free take V6NF_RING_SIZE descriptors at the device address `descriptors`, for buffers of
     * `buffer_size` bytes, and sets *tail to its tail register. Nothing is received before that is written. False if no
     * queue is free, or the device does not answer; *tail is NULL then. */
    bool (*add_input)(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail);

    /* The same for a transmit queue with `count` descriptors. If device->writes_heads, the device writes its head, as a
     * 32-bit number in little-endian order, to the device address `head`, a multiple of 16, whenever it has sent a
     * descriptor that reports. Heads arrive in their order: without relaxed ordering. */
    bool (*add_output)(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail);

    /* Has the device receive, once a tail of it is written. False if it does not answer. */
    bool (*start)(struct v6nf_ring_device *device);

    /* Turn off receiving, sending and every queue, and wait until what the device has begun in memory has ended. Return
     * false if it does not end. Called once, by v6nf_nic_stop(), which then takes bus mastering away. */
    bool (*stop)(struct v6nf_ring_device *device);
};

struct v6nf_nic;

struct v6nf_ring_device {
    struct v6nf_nic *nic; /* the card that it belongs to */
    const struct v6nf_ring_device_operations *operations;
    enum v6nf_ring_format format;
    bool writes_heads; /* else it sets V6NF_RING_SENT */
};

/* -- The ring ------------------------------------------------------------------------------------------------------ */

/* A mark is a descriptor that reports that it was sent. There are never more than this under way. */
#define V6NF_RING_MARKS (V6NF_RING_SIZE / V6NF_RING_RECYCLE + 1u)

struct v6nf_ring_output {
    volatile uint64_t *descriptors;
    volatile uint32_t *tail;
    volatile uint32_t *head; /* what the device writes its head to; NULL if it does not */
};

/* The fields are the library's. */
struct v6nf_ring {
    uint32_t next;           /* the descriptor that is looked at next */
    uint32_t unmarked;       /* packets handled since the last mark */
    uint32_t capacity;       /* bytes that a frame can have */
    uint32_t buffer_size;    /* bytes from one buffer to the next */
    uint8_t *buffers;
    uint64_t device_buffers; /* their device address */
    volatile uint32_t *receive_tail;
    uint32_t receive_end;    /* what was last written there */
    uint32_t outputs_count;
    bool clears;             /* what a transmit descriptor holds may look like a received one */
    uint64_t transmit_dropped; /* lengths that a handler gave and no frame has */
    uint32_t sent;           /* without heads: the descriptor after the last mark that all outputs reported */
    uint32_t marks_first;    /* without heads: marks that are not reported yet, the oldest first */
    uint32_t marks_count;
    uint32_t marks[V6NF_RING_MARKS];
    struct v6nf_ring_output outputs[V6NF_PORT_OUTPUTS_MAX];
};

enum v6nf_ring_status {
    V6NF_RING_OPEN,
    V6NF_RING_INVALID,   /* no outputs or more than V6NF_PORT_OUTPUTS_MAX, or a buffer size that is none */
    V6NF_RING_MIXED,     /* the devices have different descriptors, or report in different ways */
    V6NF_RING_NO_MEMORY, /* env has no more for descriptors and buffers, or no device can reach what it has */
    V6NF_RING_NO_QUEUE   /* a device has no queue left, or does not answer */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any thread, any handler. */
const char *v6nf_ring_status_text(enum v6nf_ring_status status);

/* Makes a ring of *ring: from `input` to the `outputs_count` devices at `outputs`, which may name one device several
 * times, for a queue each. `buffer_size` is a multiple of V6NF_RING_BUFFER_UNIT up to V6NF_RING_BUFFER_SIZE_MAX, and
 * holds every frame that `input` takes in. Packets may come as soon as this returns V6NF_RING_OPEN; on anything else,
 * stop the cards (v6nf_nic_stop()): queues of them may be open. */
enum v6nf_ring_status v6nf_ring_open(struct v6nf_ring *ring, struct v6nf_ring_device *input, uint32_t outputs_count,
                                     struct v6nf_ring_device *const *outputs, uint32_t buffer_size);

/* Has the packet that was handled last report when it is sent, and recycles. For v6nf_ring_poll(). */
void v6nf_ring_mark(struct v6nf_ring *ring);

/* Gives back to be received into what all outputs have sent. For v6nf_ring_poll(): also when nothing was received, because
 * an output that was held up may be why. */
void v6nf_ring_recycle(struct v6nf_ring *ring);

#define V6NF_RING_INLINE static inline __attribute__((always_inline))

/* What goes into a transmit descriptor's second word for a frame of `length` bytes. */
V6NF_RING_INLINE uint64_t v6nf_ring_command(enum v6nf_ring_format format, uint64_t length)
{
    if (format == V6NF_RING_ADVANCED) {
        return length + (V6NF_RING_EOP + V6NF_RING_IFCS + V6NF_RING_DATA) + (length << V6NF_RING_PAYLOAD_SHIFT);
    }
    return length + (V6NF_RING_EOP + V6NF_RING_IFCS);
}

/* Shows received frames to `handler`, at most V6NF_RING_BURST, and sends what it says. Returns how many: 0 when there was
 * none. A length that a handler gives and no frame has (V6NF_PORT_IS_FRAME) sends nothing, and is counted. A received
 * frame of such a length is not shown: the device lies.
 *
 * `format` is that of the devices, `outputs` the number that the ring was opened with. They and `handler` are to be constants:
 * handler and driver then compile into one loop. A number of outputs that is known only when the program runs costs it a few
 * instructions more. */
V6NF_RING_INLINE uint32_t v6nf_ring_poll(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                                         v6nf_handler *handler, void *context)
{
    /* Read once: for all that the compiler knows, a handler that writes to its frame writes here. */
    const uint32_t first = ring->next;
    const uint32_t capacity = ring->capacity;
    const size_t buffer_size = ring->buffer_size;
    uint8_t *frame = ring->buffers + first * buffer_size;
    uint64_t device_frame = ring->device_buffers + first * buffer_size;
    volatile uint64_t *descriptors[V6NF_PORT_OUTPUTS_MAX];
    for (uint32_t i = 0; i < outputs; i++) {
        descriptors[i] = ring->outputs[i].descriptors + 2u * first;
    }
    /* A burst does not go round the end of the ring, so that nothing in the loop has to. */
    const uint32_t left = V6NF_RING_SIZE - first;
    uint32_t count = 0;
    for (uint32_t room = left < V6NF_RING_BURST ? left : V6NF_RING_BURST; room > 0u; room--) {
        uint64_t word = v6nf_env_le64(descriptors[0][1]);
        if ((word & (format == V6NF_RING_ADVANCED ? V6NF_RING_ADVANCED_DONE : V6NF_RING_LEGACY_DONE)) == 0u) {
            break;
        }
        v6nf_env_dma_read_barrier();
        if (V6NF_RING_SPLIT_LOADS) {
            word = v6nf_env_le64(descriptors[0][1]);
        }
        uint32_t lengths[V6NF_PORT_OUTPUTS_MAX];
        for (uint32_t i = 0; i < outputs; i++) {
            lengths[i] = 0;
        }
        const uint32_t length = (uint32_t)(format == V6NF_RING_ADVANCED ? word >> 32 : word) & 0xFFFFu;
        if (V6NF_PORT_IS_FRAME(length, capacity)) {
            handler(context, frame, length, capacity, lengths);
        }
        if (format == V6NF_RING_ADVANCED) {
            descriptors[0][0] = v6nf_env_le64(device_frame);
        }
        for (uint32_t i = 0; i < outputs; i++) {
            uint32_t leaves = lengths[i];
            if (__builtin_expect(!V6NF_PORT_IS_FRAME(leaves, capacity), 0)) { /* off the fast path */
                ring->transmit_dropped += leaves != 0u ? 1u : 0u;
                leaves = 0;
            }
            descriptors[i][1] = v6nf_env_le64(v6nf_ring_command(format, leaves));
            descriptors[i] += 2;
        }
        frame += buffer_size;
        device_frame += buffer_size;
        count++;
    }
    if (count == 0u) {
        v6nf_ring_recycle(ring);
        return 0;
    }
    const uint32_t next = (first + count) % V6NF_RING_SIZE;
    ring->next = next;
    ring->unmarked += count;
    if (ring->unmarked >= V6NF_RING_RECYCLE) {
        v6nf_ring_mark(ring);
    }
    v6nf_env_dma_write_barrier();
    for (uint32_t i = 0; i < outputs; i++) {
        v6nf_env_write_register(ring->outputs[i].tail, next);
    }
    return count;
}

/* -- The second way out: a transmit queue of its own, with buffers of its own -------------------------------------- */

/* Descriptors; one fewer frames can be under way. */
#define V6NF_ORIGINATE_SIZE 8u

struct v6nf_originate {
    struct v6nf_ring_output output;
    uint8_t *buffers;
    uint32_t buffer_size;
    uint32_t capacity; /* bytes that a frame can have */
    uint32_t next;     /* the descriptor of the buffer that is reserved next */
    uint32_t oldest;   /* the first that is not known to be sent */
    uint64_t transmit_dropped; /* commits that sent nothing */
    enum v6nf_ring_format format;
};

/* Opens a queue of `device` for it. */
enum v6nf_ring_status v6nf_originate_open(struct v6nf_originate *originate, struct v6nf_ring_device *device,
                                          uint32_t buffer_size);

/* As in struct v6nf_port_operations. A commit while all buffers are under way sends nothing, and is counted. */
uint8_t *v6nf_originate_reserve(struct v6nf_originate *originate);
void v6nf_originate_commit(struct v6nf_originate *originate, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
