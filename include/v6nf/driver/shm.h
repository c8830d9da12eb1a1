/* shm.h: queues of buffers in shared memory as a port: the network of a protection domain on a microkernel.
 *
 * Four queues join this side to the other, a driver or a virtualiser. What passes through them is descriptors; frames
 * lie in a data region that both sides have mapped, and stay where they are:
 *
 *     the other side                            this side
 *        |-- receive active: frames that came --> poll() shows each to the handler; the buffer goes on to
 *        |<-- receive free: to receive into ----- here, if nothing leaves,
 *        |<-- transmit active: to be sent ------- or here, if something does
 *        |-- transmit free: what was sent ------> buffers of receiving go on to receive free, the others to reserve()
 *
 * A side that has nothing to do asks to be notified, looks once more, and sleeps: v6nf_shm_may_sleep(). Whoever puts
 * something into a queue looks, after that, whether the other side has asked. With a full barrier on both sides between
 * the write and the look, one of the two sees the other: nothing waits while its consumer sleeps, and a request is
 * notified once.
 *
 * The other side is not trusted with the queues. Of its indexes and descriptors each is read once, and used only if it
 * can be true: a descriptor must name the first byte of a buffer that the other side has at that moment. What is not so
 * is counted and left alone; nothing is read or written out of bounds, and no call takes longer. A frame is handled
 * where it lies: whoever does not trust the other side to leave a buffer alone that it has handed over gives
 * `private_frames`, and pays a copy.
 *
 * The structures are like those of the seL4 Device Driver Framework (sddf/network/queue.h), whose indexes have 16 bits:
 * V6NF_SHM_INDEX_BITS. One data region is for both directions, buffers of receiving first. */
#ifndef V6NF_DRIVER_SHM_H
#define V6NF_DRIVER_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Sizes: the same for the library and the program --------------------------------------------------------------- */

/* The most buffers of a port, 3 bytes of RAM each. */
#ifndef V6NF_SHM_BUFFERS
#define V6NF_SHM_BUFFERS 1024u
#endif

/* Frames that one poll shows at most. */
#ifndef V6NF_SHM_BURST
#define V6NF_SHM_BURST 32u
#endif

#ifndef V6NF_SHM_INDEX_BITS
#define V6NF_SHM_INDEX_BITS 32
#endif

#if V6NF_SHM_BUFFERS < 2u || V6NF_SHM_BUFFERS > 32768u || V6NF_SHM_BURST < 1u
#error "shm.h: 2 to 32768 buffers, and a burst of 1 at least"
#endif

/* -- What lies in shared memory, in the byte order of the CPU ------------------------------------------------------ */

#if V6NF_SHM_INDEX_BITS == 16
typedef uint16_t v6nf_shm_index;
#elif V6NF_SHM_INDEX_BITS == 32
typedef uint32_t v6nf_shm_index;
#else
#error "shm.h: V6NF_SHM_INDEX_BITS is 16 or 32"
#endif

struct v6nf_shm_descriptor {
    uint64_t offset; /* of the buffer, in the data region */
    uint16_t length; /* bytes of the frame; 0 in the free queues */
    uint16_t unused[3];
};

/* From one producer to one consumer. Indexes count on through their whole range; descriptor i lies at i modulo the
 * capacity. */
struct v6nf_shm_queue {
    v6nf_shm_index tail;         /* where the producer puts the next */
    v6nf_shm_index head;         /* where the consumer takes the next */
    uint32_t consumer_signalled; /* 0: the consumer asks to be notified; else it was, or is awake */
#if V6NF_SHM_INDEX_BITS == 32
    uint32_t unused;
#endif
    struct v6nf_shm_descriptor descriptors[];
};

/* Bytes of a queue. */
#define V6NF_SHM_QUEUE_SIZE(capacity) \
    (sizeof(struct v6nf_shm_queue) + (size_t)(capacity) * sizeof(struct v6nf_shm_descriptor))

/* -- One end of a queue: what the port is made of, for whoever writes the other side ------------------------------- */

/* The fields are the library's. What an end has done it remembers here, and does not ask the queue for. */
struct v6nf_shm_end {
    volatile struct v6nf_shm_queue *queue;
    uint32_t capacity;
    uint32_t most;         /* a consumer: descriptors that can wait at a time, at most `capacity` */
    v6nf_shm_index next;   /* the descriptor that is put or taken next */
    v6nf_shm_index told;   /* what of that the other end has been told */
    v6nf_shm_index looked; /* a producer: what was there when it looked whether the consumer has asked */
    uint64_t jumps;        /* a consumer: looks at a tail that cannot be one */
};

/* Makes an end of `queue`, whose capacity in descriptors is a power of two, and goes on where its index stands. A
 * consumer is awake, and takes as many descriptors as the queue has for the most that can wait. */
void v6nf_shm_producer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity);
void v6nf_shm_consumer_init(struct v6nf_shm_end *end, volatile struct v6nf_shm_queue *queue, uint32_t capacity);

/* Writes a descriptor behind the last. The queue must have room for it, which is so wherever it has as many descriptors
 * as there are buffers. */
void v6nf_shm_put(struct v6nf_shm_end *producer, uint64_t offset, uint32_t length);

/* Lets the consumer see what was put. */
void v6nf_shm_tell_put(struct v6nf_shm_end *producer);

/* Whether the consumer is to be notified of what it was told since the last call. True answers the consumer's request:
 * the caller notifies it. */
bool v6nf_shm_must_notify(struct v6nf_shm_end *producer);

/* How many descriptors are there to take; 0 while the producer's index cannot be right, which is counted. */
uint32_t v6nf_shm_waiting(struct v6nf_shm_end *consumer);

/* Takes the next; v6nf_shm_waiting() said that it is there. What it says may be anything. */
struct v6nf_shm_descriptor v6nf_shm_take(struct v6nf_shm_end *consumer);

/* Lets the producer see what was taken. */
void v6nf_shm_tell_taken(struct v6nf_shm_end *consumer);

/* Asks to be notified, before a v6nf_env_dma_barrier() and a last v6nf_shm_waiting(); or takes that back. */
void v6nf_shm_request(struct v6nf_shm_end *consumer);
void v6nf_shm_cancel(struct v6nf_shm_end *consumer);

/* -- The port ------------------------------------------------------------------------------------------------------ */

struct v6nf_shm_config {
    volatile struct v6nf_shm_queue *receive_active; /* zeroed before either side begins */
    volatile struct v6nf_shm_queue *receive_free;
    volatile struct v6nf_shm_queue *transmit_active;
    volatile struct v6nf_shm_queue *transmit_free;
    uint32_t receive_capacity;  /* descriptors of both receive queues: a power of two, room for all receive buffers */
    uint32_t transmit_capacity; /* the same of both transmit queues, which have room for all buffers */

    uint8_t *data;              /* the buffers */
    uint32_t buffer_size;       /* bytes from one to the next: mtu + 14 at least, 65535 at most */
    uint32_t receive_buffers;   /* the first ones, 1 at least; with the others V6NF_SHM_BUFFERS at most */
    uint32_t originate_buffers; /* the next ones, 1 at least */
    bool receive_filled;        /* the other side itself fills receive free, and all queues begin at 0 */

    /* NULL, or two buffers that only this side has mapped: frames are handled there. */
    uint8_t *private_frames;

    const uint8_t *mac; /* 6 bytes, copied */
    uint32_t mtu;       /* 1280 at least */

    /* Notifies who is at the other end of a channel (microkit_notify()); called once for each channel in a poll at
     * most. The two may be the same. */
    void (*notify)(unsigned int channel);
    unsigned int receive_channel;  /* who takes from receive free */
    unsigned int transmit_channel; /* who takes from transmit active */

    /* Sleep until a channel is notified, or until `until` at most, microseconds on v6nf_env_clock(). wait() of the port
     * calls it (port.h) when v6nf_shm_may_sleep() allows it. A notification that is pending already ends it at once.
     * NULL where the program sleeps by itself, as a domain of Microkit does: wait() then returns at once. */
    void (*sleep)(uint64_t until);
};

enum v6nf_shm_status {
    V6NF_SHM_OPEN,
    V6NF_SHM_CAPACITY_BAD, /* no power of two, less than there are buffers, or more than half of what an index counts */
    V6NF_SHM_BUFFERS_BAD,  /* none of a kind, too many, or too long */
    V6NF_SHM_MTU_BAD,      /* below 1280, or a frame of it has no room in a buffer */
    V6NF_SHM_QUEUES_USED   /* an index that a port writes is not 0: there was one on these queues */
};

/* Return the meaning of `status` in English, "unknown status" for any other number. The text is constant.
 * Context: any thread, any handler. */
const char *v6nf_shm_status_text(enum v6nf_shm_status status);

/* What the other side did wrong, and what it was told. */
struct v6nf_shm_counters {
    uint64_t strangers;     /* descriptors of no buffer, or of one that the other side did not have */
    uint64_t lengths;       /* frames of no byte, or longer than their buffer */
    uint64_t notifications; /* that were sent */
};

/* Buffers by number, the last in being the first out. */
struct v6nf_shm_stack {
    uint32_t count;
    uint16_t buffers[V6NF_SHM_BUFFERS];
};

/* The fields below `port` are the library's; a program reads `shm_counters`, and the jumps of receive_active and
 * transmit_free. */
struct v6nf_shm {
    struct v6nf_port port;
    bool running;
    struct v6nf_shm_counters shm_counters;
    struct v6nf_shm_end receive_active;
    struct v6nf_shm_end receive_free;
    struct v6nf_shm_end transmit_active;
    struct v6nf_shm_end transmit_free;
    uint8_t *data;
    uint8_t *private_frames;
    uint32_t buffers_count;
    uint32_t receive_buffers;
    uint32_t lent;      /* receive buffers that the other side has to send */
    uint32_t reserved;  /* the buffer that reserve() gave; V6NF_SHM_BUFFERS for none */
    bool wanted;        /* reserve() had none to give */
    bool requested;     /* notifications, by v6nf_shm_may_sleep() */
    void (*notify)(unsigned int channel);
    void (*sleep)(uint64_t until);
    unsigned int receive_channel;
    unsigned int transmit_channel;
    struct v6nf_port_counters counters;
    struct v6nf_shm_stack originate;
    uint8_t owners[V6NF_SHM_BUFFERS];
};

/* Make a port of *shm, and hand over the receive buffers. *shm must have been a port before, or be all zero. On
 * anything but V6NF_SHM_OPEN it stays what it is, and nothing shared was touched.
 *
 * Queues serve one port: the other side may still hold buffers of one that ran on them, even if every queue is empty,
 * and would get them twice. Therefore stop() returns false: stop the other side, too, before the memory is given up,
 * and zero the queues before either side begins again. */
enum v6nf_shm_status v6nf_shm_init(struct v6nf_shm *shm, const struct v6nf_shm_config *config);

/* To be called when polls find nothing any more, before the program sleeps. True: it may sleep until it is notified, of
 * frames that come, and of buffers that come back as far as any are missed. False: there is more to poll. What was
 * committed since the last poll is notified here. */
bool v6nf_shm_may_sleep(struct v6nf_shm *shm);

#ifdef __cplusplus
}
#endif

#endif
