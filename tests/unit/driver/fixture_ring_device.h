/* fixture_ring_device.h: a network card in memory, for rings without a network. A test decides when it receives and
 * sends, and thereby how far behind each queue is.
 *
 * Its registers are variables, and its addresses differ from the CPU's. It handles descriptors by the data sheets
 * (82599, 7.1.5, 7.1.6, 7.2.3.2). `fault` is the first thing that a card would not accept. */
#ifndef UNIT_DRIVER_FIXTURE_RING_DEVICE_H
#define UNIT_DRIVER_FIXTURE_RING_DEVICE_H

#include "fixture_device_memory.h"
#include "v6nf/driver/ring.h"

#define RING_DEVICE_QUEUES 4u

/* Result of ring_device_send() if there is nothing to send. */
#define RING_DEVICE_IDLE UINT32_MAX

#define RING_DEVICE_NO_TAG UINT32_MAX

struct ring_device_queue {
    volatile uint64_t *descriptors;
    volatile uint32_t *reported; /* the head is written here; NULL for none */
    volatile uint32_t tail;      /* the register */
    uint32_t head;
    uint32_t count;
    uint32_t tail_seen;
    bool is_off;          /* a queue that is off moves nothing, and its tail must not be written */
    uint32_t contexts;    /* that it was sent since it was turned on: at most one, before a checksum is inserted */
    uint32_t context_tag; /* in the last one, with tags: then a second one may follow a first one without a tag */
    bool inserted;        /* the last frame asked for a checksum */
    uint32_t tag;         /* that the last frame asked for; RING_DEVICE_NO_TAG if none */
};

struct ring_device {
    struct v6nf_ring_device device;
    const char *fault; /* NULL if there was none */
    bool refuses_input;
    bool refuses_output;
    bool refuses_start;
    bool started;
    bool link_down;     /* nothing is sent or received */
    bool stalls;        /* nothing is sent */
    bool never_ends;    /* queues are turned off only by a reset */
    uint32_t ends_late; /* calls that turn a queue off, before it is off */
    bool is_lost;       /* another function has reset it, which turned its queues off */
    bool refuses_reset;
    uint32_t resets;
    uint32_t pauses;     /* of the input */
    uint64_t reset_time; /* microseconds that a reset takes */
    uint64_t open_time;  /* microseconds after which a queue is refused */
    uint32_t opens;      /* queues that were opened again, or refused */
    uint64_t verdict;    /* bits about checksums and tags, in the second word of received descriptors */
    uint32_t buffer_size;
    struct ring_device_queue input;
    struct ring_device_queue outputs[RING_DEVICE_QUEUES];
    uint32_t outputs_count;
};

/* Initialize a card that v6nf_ring_watch() can watch, unless `operations` of it is replaced. */
void ring_device_init(struct ring_device *device, enum v6nf_ring_format format, bool writes_heads);

/* Receive a frame. Return false if there is no buffer. If `length` is more than a buffer holds, the card reports it,
 * and writes what fits. */
bool ring_device_receive(struct ring_device *device, const uint8_t *frame, uint32_t length);

/* Send the next descriptor of the queue. Return its length, 0 for a null descriptor, and set *frame to its bytes. */
uint32_t ring_device_send(struct ring_device *device, uint32_t output, const uint8_t **frame);

/* Let the card insert checksums. */
void ring_device_insert(struct ring_device *device);

/* Let the card insert VLAN tags. */
void ring_device_insert_tags(struct ring_device *device);

/* Let another function reset the card. */
void ring_device_lose(struct ring_device *device);

#endif
