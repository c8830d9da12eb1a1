/* ring.h: one logical descriptor ring, with one input and 1 to 8 outputs, each a queue of a network card. It is the
 * data path of every PCI driver, and what a network function runs on.
 *
 * The receive ring is also the first output's transmit ring. Every other output has a transmit ring of its own over the
 * same buffers. Buffer i belongs to descriptor i of each ring forever, so that nothing is allocated or queued:
 *
 *     the card fills descriptor i --> the handler returns a length for each output (0: a null descriptor)
 *             ^                                                                    |
 *             +-- recycled, when every output has sent it <------------------------+
 *
 * For receiving, the device owns the descriptors from its receive head to the receive tail. For sending, it owns those
 * from its transmit head to `next`. The receive tail follows the transmit head that is farthest behind.
 *
 * An output that stops for good would stop the whole ring. v6nf_ring_watch() parks it: the others go on, its frames are
 * counted as dropped, and it comes back when its link is back.
 *
 * A ring belongs to one thread, which can run any number of rings. Rings share nothing but devices, and each input has
 * a ring of its own.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
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

/* -- Sizes: the library and the program must agree on them --------------------------------------------------------- */

/* Descriptors of a ring. */
#ifndef V6NF_RING_SIZE
#define V6NF_RING_SIZE 256u
#endif

/* Maximum packets that are handled before the transmit tails are written. */
#ifndef V6NF_RING_BURST
#define V6NF_RING_BURST 8u
#endif

/* Minimum packets that are handled between two looks at what the outputs have sent, to recycle it. */
#ifndef V6NF_RING_RECYCLE
#define V6NF_RING_RECYCLE 64u
#endif

/* Descriptors of an originate queue. At most one frame less can be under way. */
#ifndef V6NF_ORIGINATE_SIZE
#define V6NF_ORIGINATE_SIZE 64u
#endif

#if V6NF_ORIGINATE_SIZE < 8u || V6NF_ORIGINATE_SIZE > 4096u || (V6NF_ORIGINATE_SIZE & (V6NF_ORIGINATE_SIZE - 1u)) != 0
#error "ring.h: V6NF_ORIGINATE_SIZE must be a power of two, 8 to 4096"
#endif
#if V6NF_RING_SIZE < 16u || V6NF_RING_SIZE > 4096u || (V6NF_RING_SIZE & (V6NF_RING_SIZE - 1u)) != 0
#error "ring.h: V6NF_RING_SIZE must be a power of two, 16 to 4096"
#endif
#if V6NF_RING_BURST < 1u || V6NF_RING_RECYCLE < 1u || V6NF_RING_RECYCLE + 2u * V6NF_RING_BURST >= V6NF_RING_SIZE
#error "ring.h: V6NF_RING_RECYCLE + 2 * V6NF_RING_BURST must be less than V6NF_RING_SIZE, or the ring would stop"
#endif

#define V6NF_RING_FRAME_MAX 9728u        /* maximum bytes of a frame, without FCS */
#define V6NF_RING_BUFFER_SIZE_MAX 16384u /* maximum bytes of a buffer: the 82574 can write frames of 16 KiB */
#define V6NF_RING_BUFFER_UNIT 1024u      /* unit in which devices count the bytes of a buffer */

/* -- Times of the watch, in microseconds --------------------------------------------------------------------------- */

/* Minimum time between two looks at the outputs. */
#ifndef V6NF_RING_LOOK
#define V6NF_RING_LOOK 1000u
#endif

/* Maximum time in which a queue that is turned off must end. After that, its card is reset. */
#ifndef V6NF_RING_END
#define V6NF_RING_END 10000u
#endif

/* Minimum time for which a parked output has its link again before it comes back. It limits the resets that a link can
 * cause that flaps. */
#ifndef V6NF_RING_HOLD
#define V6NF_RING_HOLD 100000u
#endif

/* Maximum time for which an output waits for the ring's end, to come back there without a loss. On a ring with less
 * traffic the input then pauses for it, for some milliseconds at most. */
#ifndef V6NF_RING_REWIND
#define V6NF_RING_REWIND 20000u
#endif

/* -- Descriptors: two 64-bit words in little-endian order, 16 bytes ------------------------------------------------ */

/* The first word is the buffer's device address. Formats differ in what the device writes back on receiving. */
enum v6nf_ring_format {
    /* Second word: length in bits 0 to 15, DD in bit 32. The address is kept. (82599, 7.1.5, 7.2.3.2.2; 82574, 3.2.4,
     * 3.3.3) */
    V6NF_RING_LEGACY,
    /* DD in bit 0, length in bits 32 to 47. The address is overwritten. (82599, 7.1.6.2, 7.2.3.2.4; 82576, 7.1.5,
     * 7.2.2.3) */
    V6NF_RING_ADVANCED,
    /* The same formats, for polls whose handler gets the flags and VLAN IDs of port.h, and whose outputs accept them. A
     * device has one of the first two. */
    V6NF_RING_LEGACY_CHECKSUMS,
    V6NF_RING_ADVANCED_CHECKSUMS
};

#define V6NF_RING_LEGACY_DONE (UINT64_C(1) << 32) /* DD of a legacy receive descriptor */
#define V6NF_RING_ADVANCED_DONE UINT64_C(1)       /* DD of an advanced receive descriptor */

#define V6NF_RING_EOP (UINT64_C(1) << 24)  /* End Of Packet, in the second word of a transmit descriptor */
#define V6NF_RING_IFCS (UINT64_C(1) << 25) /* Insert FCS */
#define V6NF_RING_RS (UINT64_C(1) << 27)   /* Report Status */
/* Descriptor extension and type "data" of an advanced transmit descriptor. */
#define V6NF_RING_DATA ((UINT64_C(1) << 29) + (UINT64_C(3) << 20))
#define V6NF_RING_PAYLOAD_SHIFT 46u /* lowest bit of the second length of an advanced transmit descriptor */

/* What the device found about checksums: bits of the second word of a received advanced descriptor. In a legacy one
 * they are 32 bits higher, those of errors 16. (82576, 7.1.5.2; 82599, 7.1.6.2; 82574, 7.1.4) */
#define V6NF_RING_IGNORED (UINT64_C(1) << 2)  /* IXSM: none was verified. Another meaning in an 82599, never set here */
#define V6NF_RING_VERIFIED (UINT64_C(3) << 4) /* UDPCS, and L4I or TCPCS: that of TCP or UDP was */
/* L4E is bit 29 (82576, I225) or 30 (82599). The third bit is about IPv4 or the frame: then nothing is right. */
#define V6NF_RING_ERRORS (UINT64_C(7) << 29)

/* VP: the device has removed a VLAN tag, which is in bits 48 to 63 of either format. In a legacy descriptor it is 32
 * bits higher. (82576, 7.1.5.2; 82599, 7.1.5.1, 7.1.6.2; I210, 7.4.3.2) */
#define V6NF_RING_TAGGED (UINT64_C(1) << 3)

/* VLE: insert a tag. It is in bits 48 to 63 of a legacy descriptor, and in the context of an advanced one. (82599,
 * 7.2.3.2; I210, 7.4.3.1) */
#define V6NF_RING_VLE (UINT64_C(1) << 30)
#define V6NF_RING_TAG_SHIFT 48u /* lowest bit of the tag */

/* A 32-bit CPU loads a word of a descriptor in two halves. If it loads the length before Descriptor Done, the length
 * can be old. Therefore it loads the word again after the barrier. A 64-bit CPU loads both halves at once. */
#ifndef V6NF_RING_SPLIT_LOADS
#define V6NF_RING_SPLIT_LOADS (UINTPTR_MAX < UINT64_MAX)
#endif

/* Set by the device in a transmit descriptor of either format that has RS, when it was sent. The address may then be
 * overwritten. */
#define V6NF_RING_SENT (UINT64_C(1) << 32)

/* -- Operations of a driver ---------------------------------------------------------------------------------------- */

struct v6nf_ring_device;

/* What a driver implements. */
struct v6nf_ring_device_operations {
    /* Open a free receive queue with V6NF_RING_SIZE descriptors at the device address `descriptors`.
     * buffer_size: bytes of a buffer. A longer frame must be dropped, and never written to two buffers.
     * Set *tail to the tail register. The device must receive nothing before that is written.
     * Return false, with *tail NULL, if no queue is free or the device does not answer. */
    bool (*add_input)(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t buffer_size,
                      volatile uint32_t **tail);

    /* Open a free transmit queue with `count` descriptors at the device address `descriptors`.
     * head: device address, a multiple of 16. If device->writes_heads, the device writes its head there when it has
     * sent a descriptor with RS: 32 bits, little-endian. Heads must arrive in order, without relaxed ordering.
     * Set *tail, and return, as add_input does. */
    bool (*add_output)(struct v6nf_ring_device *device, uint64_t descriptors, uint32_t count, uint64_t head,
                       volatile uint32_t **tail);

    /* Start receiving, after a receive tail was written. Called once for each ring: must be idempotent.
     * Return false if the device does not answer. */
    bool (*start)(struct v6nf_ring_device *device);

    /* Turn off receiving, sending and all queues, and wait until what the device has begun in memory has ended. Return
     * false if it does not end. Called once, by v6nf_nic_stop(), which turns bus mastering off afterwards. */
    bool (*stop)(struct v6nf_ring_device *device);

    /* The following are for v6nf_ring_watch(). If has_link is NULL, outputs of the device are never parked. A queue is
     * named by its tail register, as add_input and add_output have set it. */

    /* Return true if the link is up. False also if the device is stopped, gone or lost. */
    bool (*has_link)(struct v6nf_ring_device *device);

    /* Return true if the device must be reset before its queues can be opened again: another function has reset it, or
     * its last reset failed. NULL: this cannot be. */
    bool (*is_lost)(struct v6nf_ring_device *device);

    /* Turn the receive queue off. Do not wait: it is called again, after V6NF_RING_LOOK or later. Return true if the
     * queue is off: the device neither reads nor writes its descriptors or buffers any more. */
    bool (*end_input)(struct v6nf_ring_device *device, volatile uint32_t *tail);

    /* Do the same for a transmit queue. Set *head to the first descriptor that it has not sent; to UINT32_MAX if the
     * device does not know. Always return false if the device can turn queues off only by a reset. */
    bool (*end_output)(struct v6nf_ring_device *device, volatile uint32_t *tail, uint32_t *head);

    /* Open a receive queue that is off again, as add_input does. Its head must be 0 then. Return false if it does not
     * start. */
    bool (*reopen_input)(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                         uint32_t buffer_size);

    /* Open a transmit queue that is off again, as add_output does. Its head and tail must be 0 then. Return false if it
     * does not start. */
    bool (*reopen_output)(struct v6nf_ring_device *device, volatile uint32_t *tail, uint64_t descriptors,
                          uint32_t count, uint64_t head);

    /* Reset the device, and set up everything again but its queues: addresses, groups, RSS, virtual functions. Queues
     * are opened again by reopen_input and reopen_output, and `start` is called after that.
     * Return false if this fails. The device must then reach no memory. */
    bool (*reset)(struct v6nf_ring_device *device);
};

struct v6nf_nic;
struct v6nf_ring;
struct v6nf_ring_queue;

/* A card, as rings see it. */
struct v6nf_ring_device {
    struct v6nf_nic *nic;                                 /* its card */
    const struct v6nf_ring_device_operations *operations; /* the driver's functions */
    enum v6nf_ring_format format;                         /* format of its descriptors */
    bool writes_heads;                                    /* if false, it sets V6NF_RING_SENT */
    uint64_t insert;      /* what asks for a checksum in the second word of a transmit descriptor; 0: it inserts none */
    uint64_t context[2];  /* the descriptor that a queue must have before: where checksum and datagram are */
    bool inserts_tags;    /* with V6NF_RING_VLE */
    bool is_shared;       /* set by the program: other threads have rings over it, and only the program resets it */
    uint64_t reset_after; /* time before which it is not reset, nor its outputs opened, again */
    struct v6nf_ring *inputs;        /* rings that receive from it, linked by next_input */
    struct v6nf_ring_queue *outputs; /* its transmit queues, linked by `next` */
};

/* -- The ring ------------------------------------------------------------------------------------------------------ */

/* A mark is a descriptor with RS. At most this many are under way. */
#define V6NF_RING_MARKS (V6NF_RING_SIZE / V6NF_RING_RECYCLE + 1u)

/* An output of a ring. */
struct v6nf_ring_output {
    volatile uint64_t *descriptors; /* transmit descriptors, two words each */
    volatile uint32_t *tail;        /* the tail register */
    volatile uint32_t *head;        /* the device writes its head here; NULL if it does not */
};

/* State of a queue. */
enum v6nf_ring_queue_state {
    V6NF_RING_OPENED, /* the device has it */
    V6NF_RING_ENDING, /* it is being turned off: the ring waits for it */
    V6NF_RING_PARKED  /* it is off: the ring goes on without it */
};

/* What the watch knows of a transmit queue, off the fast path. The fields are private. */
struct v6nf_ring_queue {
    enum v6nf_ring_queue_state state;
    struct v6nf_ring_device *device;
    struct v6nf_ring *ring; /* NULL for an originate queue */
    uint32_t index;         /* output of the ring */
    struct v6nf_originate *originate;
    struct v6nf_ring_queue *next; /* of the device */
    volatile uint32_t *tail;      /* the device's: a parked output has others in v6nf_ring_output */
    volatile uint32_t *head;
    uint64_t device_descriptors;
    uint64_t device_head;
    uint64_t since;    /* time of the last progress, or of the last change of `state` or of the link */
    uint32_t progress; /* packets that it had sent then; during a reset, its head */
    bool is_late;      /* it had not sent everything then */
    uint32_t counted;  /* parked: frames before this descriptor are counted */
    uint64_t dropped;  /* frames that were not sent because it was parked */
};

/* What an output knows of the checksums and tags that its device inserts. */
struct v6nf_ring_insert {
    bool is_loaded;  /* the queue has had the context of the device */
    bool is_pending; /* the context is in a descriptor whose address it replaces: */
    uint32_t at;     /* this one */
    uint32_t tag;    /* in the context, as V6NF_PORT_VLAN; 0: none */
    uint32_t wanted; /* the first one that a context must have */
};

/* A ring. The fields are private. */
struct v6nf_ring {
    uint32_t next;        /* the next descriptor to handle */
    uint32_t unmarked;    /* packets handled since the last mark */
    uint32_t capacity;    /* maximum bytes of a frame */
    uint32_t buffer_size; /* bytes from one buffer to the next */
    uint8_t *buffers;
    uint64_t device_buffers; /* their device address */
    volatile uint32_t *receive_tail;
    uint32_t receive_end; /* last value written to receive_tail */
    uint32_t outputs_count;
    bool clears;               /* a sent descriptor can look like a received one: clear it first */
    uint64_t transmit_dropped; /* invalid lengths that handlers returned */
    uint32_t sent;             /* without heads: the descriptor after the last mark that all outputs have reported */
    uint32_t marks_first;      /* without heads: index of the oldest mark that is not reported */
    uint32_t marks_count;      /* and their number */
    uint32_t marks[V6NF_RING_MARKS];
    struct v6nf_ring_output outputs[V6NF_PORT_OUTPUTS_MAX];
    uint32_t marked;                  /* packets handled before the last mark */
    uint32_t parked;                  /* outputs that are parked */
    uint32_t unusual;                 /* these, and contexts that are pending: recycling takes longer */
    volatile uint32_t nowhere;        /* tail register of queues that are off */
    volatile uint32_t all_sent;       /* head of outputs that are parked: `next` */
    uint64_t watched;                 /* time of the last look */
    uint32_t waiting;                 /* set of outputs that wait until `next` is 0 */
    enum v6nf_ring_queue_state input; /* of the receive queue */
    uint64_t input_since;             /* time of its last change */
    struct v6nf_ring_device *device;  /* of the receive queue */
    struct v6nf_ring *next_input;     /* of this device */
    volatile uint32_t *input_tail;    /* its tail register */
    struct v6nf_ring_queue queues[V6NF_PORT_OUTPUTS_MAX];
    struct v6nf_ring_insert inserts[V6NF_PORT_OUTPUTS_MAX];
};

/* Status of opening a ring. */
enum v6nf_ring_status {
    V6NF_RING_OPEN,      /* it is open */
    V6NF_RING_INVALID,   /* 0 outputs, or more than V6NF_PORT_OUTPUTS_MAX, or an invalid buffer size */
    V6NF_RING_MIXED,     /* the devices differ in `format` or `writes_heads` */
    V6NF_RING_NO_MEMORY, /* env.h has no more memory that a device can reach */
    V6NF_RING_NO_QUEUE   /* a device has no queue left, or does not answer */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_ring_status_text(enum v6nf_ring_status status);

/* Make *ring a ring from `input` to several outputs.
 * outputs: outputs_count devices, 1 to V6NF_PORT_OUTPUTS_MAX; a device that is named several times gives a queue for
 * each.
 * buffer_size: bytes, a multiple of V6NF_RING_BUFFER_UNIT, 2048 to V6NF_RING_BUFFER_SIZE_MAX, and at least the
 * buffer_size of the input's card (nic.h).
 * Return V6NF_RING_OPEN: packets may arrive at once. On any other status some queues may be open: stop all of these
 * cards (v6nf_nic_stop()).
 * *ring and the devices are the caller's, and must stay in memory until the cards have stopped. */
enum v6nf_ring_status v6nf_ring_open(struct v6nf_ring *ring, struct v6nf_ring_device *input, uint32_t outputs_count,
                                     struct v6nf_ring_device *const *outputs, uint32_t buffer_size);

/* Set RS on the last of `count` descriptors that were handled, recycle, and write the tails. For v6nf_ring_poll() only.
 * Return count. */
uint32_t v6nf_ring_mark(struct v6nf_ring *ring, uint32_t count);

/* Poll at the end of the ring, where fewer than V6NF_RING_BURST descriptors are left. For v6nf_ring_poll() only.
 * format, outputs, handler, context: as in v6nf_ring_poll().
 * Return what it returns. */
uint32_t v6nf_ring_poll_last(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                             v6nf_handler *handler, void *context);

/* Give buffers that all outputs have sent back to the input. For v6nf_ring_poll() only, also when nothing was received:
 * a slow output can be the reason.
 * Return 0, what a poll returns that received nothing. */
uint32_t v6nf_ring_recycle(struct v6nf_ring *ring);

/* Park outputs that do not advance, and let those come back whose link is back.
 * Call it every few milliseconds from the ring's thread; calls within V6NF_RING_LOOK of the last do nothing. Ports of
 * cards do it by themselves.
 * patience: microseconds after which an output is parked that does not advance although it has a link, such as one
 * whose card hangs or whose peer sends PAUSE. 0: never.
 * now: microseconds, monotonic.
 * Return a set: bit i is set if output i is parked or about to be.
 * A parked output sends nothing; its frames are counted (v6nf_ring_dropped()), also those that it had not sent before.
 * Its queue is turned off. If that does not end within V6NF_RING_END, its card is reset: this takes some 20 ms, all of
 * its queues pause, and its link may take seconds to come back. The rings of the card must be of one thread, or
 * device.is_shared be set: then nothing is reset, and the ring waits until the program calls v6nf_ring_reset().
 * An input whose card was reset, by the watch or by its physical function, receives again. A card that is gone does not
 * come back: its outputs stay parked.
 * Must not be called by a handler. */
uint32_t v6nf_ring_watch(struct v6nf_ring *ring, uint64_t patience, uint64_t now);

/* Return the frames that output number `output` did not send because it was parked, up to the last watch. */
uint64_t v6nf_ring_dropped(const struct v6nf_ring *ring, uint32_t output);

/* Return a device that the watch of this ring would reset if the device were not shared (device.is_shared): one of its
 * queues does not end, or it has lost its queues. NULL: there is none, or a reset of it was too recent.
 * now: microseconds, monotonic.
 * Programs whose threads share cards call it in the ring's thread while v6nf_ring_watch() returns a set that is not
 * empty. They then stop all rings of the card for v6nf_ring_reset(). Without that, the ring waits. */
struct v6nf_ring_device *v6nf_ring_stuck_device(const struct v6nf_ring *ring, uint64_t now);

/* Reset a card whose rings are polled, and set it up again. Its queues are opened again by the watches of their rings;
 * until then they send and receive nothing.
 * now: microseconds, monotonic.
 * Return true if it is set up again. False: it does not answer, and reaches no memory any more, or its driver cannot
 * reset it like this.
 * No other thread may poll or watch a ring of the card meanwhile. Must not be called by a handler. */
bool v6nf_ring_reset(struct v6nf_ring_device *device, uint64_t now);

/* Do what v6nf_ring_poll() must do for a length that is no frame, if the output inserts no checksum, or its queue has
 * no context yet, or for a VLAN ID that the context does not have. For v6nf_ring_poll() only.
 * output: of the ring.
 * at: the descriptor of the frame.
 * length: what the handler has set.
 * Return the second word of this descriptor. */
uint64_t v6nf_ring_load(struct v6nf_ring *ring, uint32_t output, uint32_t at, uint32_t length);

/* Attributes of a function of the fast path, which must be part of the program's loop. */
#define V6NF_RING_INLINE static inline __attribute__((always_inline))

/* Return true if the format is advanced. */
V6NF_RING_INLINE bool v6nf_ring_is_advanced(enum v6nf_ring_format format)
{
    return format == V6NF_RING_ADVANCED || format == V6NF_RING_ADVANCED_CHECKSUMS;
}

/* Return true if a poll with this format has flags about checksums. */
V6NF_RING_INLINE bool v6nf_ring_has_flags(enum v6nf_ring_format format)
{
    return format == V6NF_RING_LEGACY_CHECKSUMS || format == V6NF_RING_ADVANCED_CHECKSUMS;
}

/* Return the second word of a transmit descriptor, for a frame of `length` bytes. */
V6NF_RING_INLINE uint64_t v6nf_ring_command(enum v6nf_ring_format format, uint64_t length)
{
    if (v6nf_ring_is_advanced(format)) {
        return length + (V6NF_RING_EOP + V6NF_RING_IFCS + V6NF_RING_DATA) + (length << V6NF_RING_PAYLOAD_SHIFT);
    }
    return length + (V6NF_RING_EOP + V6NF_RING_IFCS);
}

/* Return the VLAN ID of a received frame, as V6NF_PORT_VLAN (port.h), by the second word of its descriptor. */
V6NF_RING_INLINE uint32_t v6nf_ring_tag(enum v6nf_ring_format format, uint64_t word)
{
    const uint64_t tagged = v6nf_ring_is_advanced(format) ? V6NF_RING_TAGGED : V6NF_RING_TAGGED << 32;
    return (word & tagged) != 0u ? (uint32_t)(word >> (V6NF_RING_TAG_SHIFT - V6NF_PORT_VLAN_SHIFT)) & V6NF_PORT_VLAN
                                 : 0u;
}

/* Return the flags of a received frame (port.h), by the second word of its descriptor. */
V6NF_RING_INLINE uint32_t v6nf_ring_checksum(enum v6nf_ring_format format, uint64_t word)
{
    const uint64_t status = v6nf_ring_is_advanced(format) ? word : (word >> 32 & 0xFFu) + ((word >> 45 & 7u) << 29);
    if ((status & V6NF_RING_VERIFIED) == 0u || (status & V6NF_RING_IGNORED) != 0u) {
        return 0;
    }
    return (status & V6NF_RING_ERRORS) == 0u ? V6NF_PORT_CHECKSUM_GOOD : V6NF_PORT_CHECKSUM_WRONG;
}

/* Return the second word of a transmit descriptor, for a `length` that a handler has set and that is no frame. Count it
 * if it is not 0, unless the device inserts a checksum.
 * output: of the ring.
 * at: the descriptor. */
V6NF_RING_INLINE uint64_t v6nf_ring_command_of_other(struct v6nf_ring *ring, enum v6nf_ring_format format,
                                                     uint32_t output, uint32_t at, uint32_t length)
{
    if (!v6nf_ring_has_flags(format)) {
        ring->transmit_dropped += length != 0u ? 1u : 0u;
        return v6nf_ring_command(format, 0u);
    }
    const struct v6nf_ring_insert *insert = &ring->inserts[output];
    const uint64_t checksum = ring->queues[output].device->insert; /* 0 if the context has a tag only */
    const uint32_t bytes = length - V6NF_PORT_CHECKSUM_PARTIAL;
    if (insert->is_loaded && checksum != 0u && bytes >= V6NF_PORT_PARTIAL_MIN &&
        V6NF_PORT_IS_FRAME(bytes, ring->capacity)) {
        return v6nf_ring_command(format, bytes) + checksum;
    }
    const uint32_t plain = length - insert->tag; /* with a tag in the context, the format is advanced */
    if (insert->tag != 0u && V6NF_PORT_IS_FRAME(plain, ring->capacity - V6NF_PORT_TAG_SIZE)) {
        return v6nf_ring_command(format, plain) + V6NF_RING_VLE;
    }
    return v6nf_ring_load(ring, output, at, length);
}

/* Poll for at most `limit` frames. For v6nf_ring_poll() only.
 * format, outputs, handler, context: as in v6nf_ring_poll().
 * limit: at most the descriptors that are left before the end of the ring, so that no index in the loop wraps. If it is
 * a constant, the loop needs no counter.
 * Return what v6nf_ring_poll() returns. */
V6NF_RING_INLINE uint32_t v6nf_ring_poll_up_to(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                                               uint32_t limit, v6nf_handler *handler, void *context)
{
    /* Read once: the compiler must assume that a handler's writes to its frame change the ring. */
    const size_t first = ring->next;
    const uint32_t capacity = ring->capacity;
    const size_t buffer_size = ring->buffer_size;
    uint8_t *frame = ring->buffers + first * buffer_size;
    uint64_t device_frame = ring->device_buffers + first * buffer_size;
    volatile uint64_t *descriptors[V6NF_PORT_OUTPUTS_MAX];
    for (uint32_t i = 0; i < outputs; i++) {
        descriptors[i] = ring->outputs[i].descriptors + 2u * first;
    }
    uint32_t count = 0;
    for (; count < limit; count++) {
        uint64_t word = v6nf_env_le64(descriptors[0][1]);
        if ((word & (v6nf_ring_is_advanced(format) ? V6NF_RING_ADVANCED_DONE : V6NF_RING_LEGACY_DONE)) == 0u) {
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
        const uint32_t length = (uint32_t)(v6nf_ring_is_advanced(format) ? word >> 32 : word) & 0xFFFFu;
        if (__builtin_expect(V6NF_PORT_IS_FRAME(length, capacity), 1)) {
            v6nf_env_cache_invalidate(frame, length);
            const uint32_t flags =
                v6nf_ring_has_flags(format) ? v6nf_ring_checksum(format, word) + v6nf_ring_tag(format, word) : 0u;
            handler(context, frame, length + flags, capacity, lengths);
            v6nf_env_cache_clean(frame, capacity); /* a dropped one, too: it is received into again */
        }
        if (v6nf_ring_is_advanced(format)) {
            descriptors[0][0] = v6nf_env_le64(device_frame);
        }
        for (uint32_t i = 0; i < outputs; i++) {
            uint64_t command = v6nf_ring_command(format, lengths[i]);
            if (__builtin_expect(!V6NF_PORT_IS_FRAME(lengths[i], capacity), 0)) { /* off the fast path */
                command = v6nf_ring_command_of_other(ring, format, i, (uint32_t)first + count, lengths[i]);
            }
            descriptors[i][1] = v6nf_env_le64(command);
            descriptors[i] += 2;
        }
        frame += buffer_size;
        device_frame += buffer_size;
    }
    if (count == 0u) {
        return v6nf_ring_recycle(ring);
    }
    const uint32_t next = ((uint32_t)first + count) % V6NF_RING_SIZE;
    ring->next = next;
    ring->unmarked += count;
    if (ring->unmarked >= V6NF_RING_RECYCLE) {
        return v6nf_ring_mark(ring, count);
    }
    v6nf_env_dma_write_barrier();
    for (uint32_t i = 0; i < outputs; i++) {
        v6nf_env_write_register(ring->outputs[i].tail, next);
    }
    return count;
}

/* Call `handler` for received frames, at most V6NF_RING_BURST, and send each to the outputs for which it sets a length.
 * format: that of the devices. V6NF_RING_LEGACY_CHECKSUMS or _ADVANCED_CHECKSUMS for a handler that knows the flags of
 * port.h, on cards whose configuration has `checksums` or `tags`.
 * outputs: the number that the ring was opened with. It, `format` and `handler` should be constants: then handler and
 * driver compile into one loop. A number of outputs that is not a constant costs a few instructions.
 * context: passed to the handler.
 * Return the number of descriptors that were handled, 0 if nothing was received.
 * An invalid length that the handler sets (V6NF_PORT_IS_FRAME) sends nothing, and is counted (transmit_dropped). A
 * received frame of an invalid length is dropped without a call: the device is faulty.
 * With flags, one descriptor of each output describes to the device where checksums are: that of the first frame that
 * is not sent there, or else of the first frame with a flag, which is then lost and counted (transmit_dropped). This is
 * so again after an output was parked.
 * With `tags`, legacy descriptors have any VLAN ID. Advanced ones have one VLAN ID for each output: the first that was
 * asked for, from the next frame on that is not sent. The ring inserts any other tag itself, which moves the frame.
 * With several outputs such a frame is not sent, and counted (transmit_dropped).
 * A burst ends at the end of the ring. A burst that ends early there is handled by a loop of the library, which calls
 * the handler through its pointer: these are at most V6NF_RING_BURST - 1 frames of V6NF_RING_SIZE.
 * Call it from the ring's thread. The handler must not poll the same ring, and must not stop its cards. */
V6NF_RING_INLINE uint32_t v6nf_ring_poll(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t outputs,
                                         v6nf_handler *handler, void *context)
{
    if (__builtin_expect(ring->next > V6NF_RING_SIZE - V6NF_RING_BURST, 0)) {
        return v6nf_ring_poll_last(ring, format, outputs, handler, context);
    }
    return v6nf_ring_poll_up_to(ring, format, outputs, V6NF_RING_BURST, handler, context);
}

/* -- The originate queue: a transmit queue of its own, with buffers of its own ------------------------------------- */

/* An originate queue. The fields are private. */
struct v6nf_originate {
    struct v6nf_ring_output output;
    uint8_t *buffers;
    uint64_t device_buffers; /* their device address */
    uint32_t buffer_size;
    uint32_t capacity;         /* maximum bytes of a frame */
    uint32_t next;             /* the descriptor of the next buffer to reserve */
    uint32_t oldest;           /* the first descriptor that may not be sent yet */
    bool is_reserved;          /* the buffer at `next` */
    uint64_t transmit_dropped; /* commits that sent nothing */
    bool has_context;          /* the first descriptor is the device's context, until a frame was sent */
    uint32_t tag;              /* in the context, as V6NF_PORT_VLAN; 0: none */
    uint32_t sent;             /* frames, modulo 2^32 */
    uint64_t watched;          /* time of the last look */
    struct v6nf_ring_queue queue;
};

/* Make *originate a transmit queue of `device`. buffer_size and ownership: as in v6nf_ring_open().
 * Return V6NF_RING_OPEN, _INVALID, _NO_MEMORY or _NO_QUEUE: each output of a ring takes a queue of its card, and so
 * does this. Queues that are open go on. */
enum v6nf_ring_status v6nf_originate_open(struct v6nf_originate *originate, struct v6nf_ring_device *device,
                                          uint32_t buffer_size);

/* Do what reserve() of port.h does.
 * Return a buffer, NULL while all buffers are under way.
 * Context: also a handler, of a ring of the same thread. */
uint8_t *v6nf_originate_reserve(struct v6nf_originate *originate);

/* Do what commit() of port.h does. A commit without a reserved buffer sends nothing, and is counted (transmit_dropped).
 * So does one of a buffer that was reserved before the queue was parked.
 * length: bytes of the frame. With V6NF_PORT_CHECKSUM_PARTIAL, if the device inserts checksums, and with a VLAN ID, if
 * it inserts tags. Advanced descriptors have the VLAN ID of the first frame: the call inserts others itself.
 * Context: as v6nf_originate_reserve(). */
void v6nf_originate_commit(struct v6nf_originate *originate, uint32_t length);

/* Do what v6nf_ring_watch() does, for an originate queue: while it is parked, v6nf_originate_reserve() returns NULL.
 * patience, now: as in v6nf_ring_watch().
 * Return true if it is parked, or about to be. */
bool v6nf_originate_watch(struct v6nf_originate *originate, uint64_t patience, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
