/* shm.h: queues of buffers in shared memory as a port: the network of a protection domain on a microkernel.
 *
 * Four queues connect this side to the other, a driver or a virtualiser. They carry descriptors. Frames stay in a
 * data region that both sides have mapped:
 *
 *     the other side                            this side
 *        |-- receive active: received frames ---> poll() shows each to the handler; the buffer goes to
 *        |<-- receive free: to receive into ----- receive free, if nothing is sent,
 *        |<-- transmit active: to be sent ------- or to transmit active, if it is
 *        |-- transmit free: sent buffers -------> receive buffers go to receive free, the others to reserve()
 *
 * A side without work asks to be notified, checks once more, and sleeps: v6nf_shm_may_sleep(). After adding to a
 * queue, a side checks whether the other has asked. Both sides have a full barrier between the write and the check,
 * so that one of them sees the other. No descriptor waits while its consumer sleeps, and each request is notified
 * once.
 *
 * The other side is not trusted with the queues. Each of its indexes and descriptors is read once, and used only if
 * it is possible: a descriptor must name the first byte of a buffer that the other side has then. Others are counted
 * and ignored. Nothing is accessed out of bounds, and no call takes longer. A frame is handled in place: if the
 * other side might change a buffer that it has handed over, use `private_frames`, which costs a copy.
 *
 * The structures are those of the seL4 Device Driver Framework (sddf/network/queue.h), whose indexes have 16 bits:
 * V6NF_SHM_INDEX_BITS. One data region serves both directions, receive buffers first.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_SHM_H
#define V6NF_DRIVER_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the library and the program must agree on them --------------------------------------------------------- */

/* Maximum buffers of a port, 3 bytes of RAM each. */
#ifndef V6NF_SHM_BUFFERS
#define V6NF_SHM_BUFFERS 1024u
#endif

/* Maximum frames of one poll. */
#ifndef V6NF_SHM_BURST
#define V6NF_SHM_BURST 32u
#endif

/* Bits of an index: 16 or 32. */
#ifndef V6NF_SHM_INDEX_BITS
#define V6NF_SHM_INDEX_BITS 32
#endif

#if V6NF_SHM_BUFFERS < 2u || V6NF_SHM_BUFFERS > 32768u || V6NF_SHM_BURST < 1u
#error "shm.h: V6NF_SHM_BUFFERS must be 2 to 32768, V6NF_SHM_BURST at least 1"
#endif

/* -- Shared memory, in the byte order of the CPU ------------------------------------------------------------------- */

#if V6NF_SHM_INDEX_BITS == 16
/* An index of a queue. */
typedef uint16_t v6nf_shm_index;
#elif V6NF_SHM_INDEX_BITS == 32
/* An index of a queue. */
typedef uint32_t v6nf_shm_index;
#else
#error "shm.h: V6NF_SHM_INDEX_BITS must be 16 or 32"
#endif

/* A descriptor of a buffer. */
struct v6nf_shm_descriptor {
    uint64_t offset; /* of the buffer, in the data region */
    uint16_t length; /* bytes of the frame; 0 in the free queues */
    uint16_t unused[3]; /* padding */
};

/* A queue from one producer to one consumer. Indexes use their whole range. Descriptor i is at i modulo the
 * capacity. */
struct v6nf_shm_queue {
    v6nf_shm_index tail;         /* the next descriptor that the producer writes */
    v6nf_shm_index head;         /* the next descriptor that the consumer reads */
    uint32_t consumer_signalled; /* 0: the consumer asks to be notified; otherwise it was, or is awake */
#if V6NF_SHM_INDEX_BITS == 32
    uint32_t unused; /* padding */
#endif
    struct v6nf_shm_descriptor descriptors[]; /* as many as the capacity */
};

/* Bytes of a queue. */
#define V6NF_SHM_QUEUE_SIZE(capacity) \
    (sizeof(struct v6nf_shm_queue) + (size_t)(capacity) * sizeof(struct v6nf_shm_descriptor))

/* -- One end of a queue: the port is made of these, and the other side can be -------------------------------------- */

/* An end of a queue. It remembers here what it has done, and does not trust the queue for it. The fields are
 * private. */
struct v6nf_shm_end {
    volatile struct v6nf_shm_queue *queue;
    uint32_t capacity;
    uint32_t max_waiting;     /* of a consumer: maximum descriptors that can wait, at most `capacity` */
    v6nf_shm_index next;      /* the next descriptor to put or take */
    v6nf_shm_index published; /* the index that the other end sees */
    v6nf_shm_index checked;   /* of a producer: the index at its last check whether the consumer has asked */
    uint64_t jumps;           /* of a consumer: impossible tails that it has read. May be read by a program */
};

/* Make *end the producer's end of a queue. It continues at the queue's index.
 * queue: must stay mapped as long as the end is used.
 * capacity: descriptors, a power of two. */
void v6nf_shm_producer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity);

/* Make *end the consumer's end of a queue. It continues at the queue's index, is awake, and takes the queue's capacity
 * for the maximum that can wait.
 * queue: must stay mapped as long as the end is used.
 * capacity: descriptors, a power of two. */
void v6nf_shm_consumer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity);

/* Write a descriptor after the last one. The queue must not be full: it never is if it has a descriptor for each
 * buffer.
 * offset: of the buffer in the data region. length: bytes of the frame, 0 in the free queues. */
void v6nf_shm_put(struct v6nf_shm_end *producer, uint64_t offset, uint32_t length);

/* Let the consumer see what was put. */
void v6nf_shm_publish(struct v6nf_shm_end *producer);

/* Return true if the caller must notify the consumer of what was published since the last call. This answers the
 * consumer's request. */
bool v6nf_shm_must_notify(struct v6nf_shm_end *producer);

/* Return the number of descriptors to take; 0 if the producer's index is impossible, which is counted (`jumps`). */
uint32_t v6nf_shm_waiting(struct v6nf_shm_end *consumer);

/* Take the next descriptor: v6nf_shm_waiting() must have returned more than 0.
 * Return it. Its fields can have any value. */
struct v6nf_shm_descriptor v6nf_shm_take(struct v6nf_shm_end *consumer);

/* Let the producer see what was taken. */
void v6nf_shm_release(struct v6nf_shm_end *consumer);

/* Ask to be notified. Then call v6nf_env_dma_barrier(), and v6nf_shm_waiting() once more. */
void v6nf_shm_request(struct v6nf_shm_end *consumer);

/* Cancel the request. */
void v6nf_shm_cancel(struct v6nf_shm_end *consumer);

/* -- The port ------------------------------------------------------------------------------------------------------ */

/* Configuration of a port. All queues are zeroed before either side begins. */
struct v6nf_shm_config {
    volatile struct v6nf_shm_queue *receive_active;  /* received frames */
    volatile struct v6nf_shm_queue *receive_free;    /* buffers to receive into */
    volatile struct v6nf_shm_queue *transmit_active; /* frames to send */
    volatile struct v6nf_shm_queue *transmit_free;   /* sent buffers */
    uint32_t receive_capacity;  /* descriptors of each receive queue: a power of two, at least receive_buffers */
    uint32_t transmit_capacity; /* descriptors of each transmit queue: a power of two, at least all buffers */

    uint8_t *data;              /* the data region */
    uint32_t buffer_size;       /* bytes of a buffer: mtu + 14 to 65535 */
    uint32_t receive_buffers;   /* number of the first buffers, at least 1; with the others at most V6NF_SHM_BUFFERS */
    uint32_t originate_buffers; /* number of the buffers after these, at least 1 */
    bool receive_filled;        /* the other side fills receive free itself, and all queues begin at 0 */

    /* The other side passes buffers to a device, and leaves caches to this side: env.h, "Caches". No effect with
     * V6NF_ENV_DMA_COHERENT. Otherwise `data` and buffer_size are multiples of V6NF_ENV_CACHE_LINE. */
    bool has_device;

    /* NULL, or two buffers that only this side has mapped: frames are handled there. Used until stop(). */
    uint8_t *private_frames;

    const uint8_t *mac; /* 6 bytes, copied */
    uint32_t mtu;       /* at least 1280 */

    /* Notify the other end of a channel (microkit_notify()). Called at most once for each channel in a poll. The two
     * channels may be the same. It must not call the port. */
    void (*notify)(unsigned int channel);
    unsigned int receive_channel;  /* of the consumer of receive free */
    unsigned int transmit_channel; /* of the consumer of transmit active */

    /* Sleep until a channel is notified, or until `until` at the latest, in microseconds of v6nf_env_clock(). The
     * port's wait() calls it (port.h) if v6nf_shm_may_sleep() allows it. A pending notification ends it at once.
     * NULL if the program sleeps by itself, as a domain of Microkit does: wait() then returns at once. */
    void (*sleep)(uint64_t until);
};

/* Status of opening a port. */
enum v6nf_shm_status {
    V6NF_SHM_OPEN,         /* it is open */
    V6NF_SHM_CAPACITY_BAD, /* no power of two, fewer than buffers, or more than half of the range of an index */
    V6NF_SHM_BUFFERS_BAD,  /* no buffers of one kind, too many, too long, or parts of cache lines */
    V6NF_SHM_MTU_BAD,      /* below 1280, or a frame is longer than a buffer */
    V6NF_SHM_QUEUES_USED   /* a port has run on these queues: an index that a port writes is not 0 */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_shm_status_text(enum v6nf_shm_status status);

/* Faults of the other side, and notifications. */
struct v6nf_shm_counters {
    uint64_t unexpected;    /* descriptors of no buffer, or of one that the other side did not have */
    uint64_t bad_lengths;   /* frames of 0 bytes, or longer than their buffer */
    uint64_t notifications; /* sent to the other side */
};

/* Numbers of buffers, last in, first out. The fields are private. */
struct v6nf_shm_stack {
    uint32_t count;
    uint16_t buffers[V6NF_SHM_BUFFERS];
};

/* A port. The fields after `port` are private. A program may read `shm_counters`, and `jumps` of receive_active and
 * transmit_free. */
struct v6nf_shm {
    struct v6nf_port port; /* the queues as a port */
    bool running;
    bool has_device;
    struct v6nf_shm_counters shm_counters; /* faults and notifications */
    struct v6nf_shm_end receive_active;
    struct v6nf_shm_end receive_free;
    struct v6nf_shm_end transmit_active;
    struct v6nf_shm_end transmit_free;
    uint8_t *data;
    uint8_t *private_frames;
    uint32_t buffers_count;
    uint32_t receive_buffers;
    uint32_t lent;     /* receive buffers that the other side is sending */
    uint32_t reserved; /* the reserved buffer; V6NF_SHM_BUFFERS for none */
    bool wanted;       /* the last reserve() found no buffer */
    bool requested;    /* notifications were requested by v6nf_shm_may_sleep() */
    void (*notify)(unsigned int channel);
    void (*sleep)(uint64_t until);
    unsigned int receive_channel;
    unsigned int transmit_channel;
    struct v6nf_port_counters counters;
    struct v6nf_shm_stack originate;
    uint8_t owners[V6NF_SHM_BUFFERS];
};

/* Make *shm a port (shm->port), and hand the receive buffers over.
 * shm: a former port, or zeroed; the caller's, until the port has stopped. config: copied. Queues and data must stay
 * mapped.
 * Return V6NF_SHM_OPEN. On any other status *shm keeps its state, and shared memory is untouched.
 * Errors: every other status above.
 * Queues serve one port. If another ran on them, the other side may still hold its buffers, even if all queues are
 * empty, and would get them twice. Therefore the port's stop() returns false: stop the other side, too, before the
 * memory is freed, and zero the queues before either side begins again. */
enum v6nf_shm_status v6nf_shm_init(struct v6nf_shm *shm, const struct v6nf_shm_config *config);

/* Prepare for sleep, after polls that found nothing. Frames that were committed since the last poll are notified here.
 * Return true if the program may sleep: it is notified of received frames, and of buffers if the port lacks any. Return
 * false if there is more to poll.
 * Call it from the port's thread, and not from a handler. */
bool v6nf_shm_may_sleep(struct v6nf_shm *shm);

#ifdef __cplusplus
}
#endif

#endif
