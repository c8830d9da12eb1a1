/* cable.h: a wire between two ports, in memory: the test bench.
 *
 * Time is virtual. It advances only by v6nf_cable_advance() and by wait() of a port, which goes on to the next arrival.
 * A frame arrives when the latency of its direction has passed since it was sent. Frames that arrive at the same time
 * arrive in the order in which they were sent. Everything is deterministic: the same calls and the same seed give the
 * same frames.
 *
 * A cable must not be copied or moved: its ends point to each other. It belongs to one thread.
 * Context: the loop: the thread of the device or port, not a handler, unless a call states otherwise. */
#ifndef V6NF_DRIVER_CABLE_H
#define V6NF_DRIVER_CABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of one frame buffer: enough for an MTU of 9000 and for headers that a network function adds. */
#if !defined(V6NF_CABLE_CAPACITY_MAX)
#define V6NF_CABLE_CAPACITY_MAX 9216u
#endif

/* Frames that can be under way to one end. */
#if !defined(V6NF_CABLE_QUEUE)
#define V6NF_CABLE_QUEUE 64u
#endif

#define V6NF_CABLE_ORIGINATE 4u /* originate buffers of an end */
#define V6NF_CABLE_BURST 32u    /* maximum number of frames that one poll shows */

/* Faults that a frame under way can suffer. */
enum v6nf_cable_fault {
    V6NF_CABLE_LOSS,        /* it does not arrive */
    V6NF_CABLE_DUPLICATION, /* it arrives twice, if the queue is not full */
    V6NF_CABLE_REORDERING,  /* it arrives `holdback` later: frames sent meanwhile overtake it */
    V6NF_CABLE_TRUNCATION,  /* it loses its end: at least one byte, and at least one stays */
    V6NF_CABLE_CORRUPTION,  /* one bit of it changes */
    V6NF_CABLE_FAULTS       /* number of kinds */
};

/* Exact faults: `after` frames pass, the next `count` suffer. Both count down to 0. */
struct v6nf_cable_plan {
    uint32_t after; /* frames that pass */
    uint32_t count; /* frames that then suffer */
};

/* Properties of a direction. The program may change them at any time, for the frames sent from then on. */
struct v6nf_cable_knobs {
    uint32_t latency;                 /* microseconds; 0 at first */
    uint32_t holdback;                /* microseconds; 1000 at first */
    uint32_t queue;                   /* maximum number of frames under way; V6NF_CABLE_QUEUE at first */
    uint32_t busy;                    /* microseconds until a committed originate buffer is free; 0 at first */
    uint32_t rate[V6NF_CABLE_FAULTS]; /* frames of 65536 that suffer; 0 at first, 65536 is all */
    struct v6nf_cable_plan plan[V6NF_CABLE_FAULTS]; /* in addition; none at first */
    /* NULL, or called with every frame that is sent, before any fault. It may change the frame, and set lengths[0]. */
    v6nf_handler *intercept;
    void *intercept_context; /* passed to `intercept` */
};

/* A frame under way, or being handled after its arrival. */
struct v6nf_cable_frame {
    uint64_t arrival; /* microseconds */
    uint64_t number;  /* in the order of sending */
    uint32_t length;  /* 0: the slot is free */
    uint8_t bytes[V6NF_CABLE_CAPACITY_MAX]; /* the frame */
};

struct v6nf_cable;

/* One end. `port` is the interface of the station there. Its mac may be changed before use. Of the rest a program
 * sets `knobs` and reads `suffered`, both of the direction from this end to the other. Fields without a comment are
 * private. */
struct v6nf_cable_end {
    struct v6nf_port port;                /* interface of the station at this end */
    struct v6nf_cable_knobs knobs;        /* properties of the direction from this end */
    uint64_t suffered[V6NF_CABLE_FAULTS]; /* frames that suffered each fault */

    bool stopped; /* the port at this end: frames that arrive here are lost */
    struct v6nf_cable *cable;
    struct v6nf_cable_end *peer;
    struct v6nf_port_counters counters;
    uint64_t random;
    uint64_t sent;                                      /* number of frames sent to this end */
    struct v6nf_cable_frame arriving[V6NF_CABLE_QUEUE]; /* under way to this end, in no order */
    uint64_t free_at[V6NF_CABLE_ORIGINATE];             /* time when each originate buffer is free */
    uint32_t reserved;                                  /* returned by reserve(); V6NF_CABLE_ORIGINATE for none */
    uint8_t originate[V6NF_CABLE_ORIGINATE][V6NF_CABLE_CAPACITY_MAX];
};

/* A cable. */
struct v6nf_cable {
    struct v6nf_cable_end a; /* one end */
    struct v6nf_cable_end b; /* the other end */
    uint64_t now;            /* microseconds */
    bool up;                 /* it is plugged in */
};

/* Initialize a cable: link up, time 0, no faults. The ports are &cable->a.port (MAC address 02:00:00:00:00:0a) and
 * &cable->b.port (...:0b). Each has one output.
 * mtu, capacity: bytes, as in port.h. seed: start of the random numbers.
 * Return false, and leave the cable as it was, if mtu is below 1280, or capacity is below mtu + 14 or above
 * V6NF_CABLE_CAPACITY_MAX (compile with a larger one).
 * Context: the loop. */
bool v6nf_cable_init(struct v6nf_cable *cable, uint32_t mtu, uint32_t capacity, uint64_t seed);

/* Set the time to `now`, in microseconds. Time does not go back: an earlier time changes nothing.
 * Context: the loop. */
void v6nf_cable_advance(struct v6nf_cable *cable, uint64_t now);

/* Return the time at which the next frame under way arrives, at either end. It has passed for a frame that was not
 * polled yet. Return UINT64_MAX if none is under way.
 * Context: the loop. */
uint64_t v6nf_cable_next_arrival(const struct v6nf_cable *cable);

/* Plug the cable in or out at both ends. Out, frames under way are lost, and no frame can be sent (counted as
 * transmit_dropped).
 * Context: the loop. */
void v6nf_cable_set_link(struct v6nf_cable *cable, bool up);

/* Send a frame as the station at `end` would: through intercept, faults and latency to the other end.
 * bytes: length bytes.
 * length: bytes of the frame.
 * Return false, and count the frame as transmit_dropped, if length is 0 or above the capacity, the link is down, or the
 * queue is full. */
bool v6nf_cable_send(struct v6nf_cable_end *end, const uint8_t *bytes, uint32_t length);

/* Receive the next frame that has arrived at `end`, instead of a poll: copy at most `capacity` bytes of it to `buffer`.
 * `buffer` may be NULL if `capacity` is 0.
 * Return the length of the frame, which may be more than `capacity`; 0 if none has arrived. */
uint32_t v6nf_cable_receive(struct v6nf_cable_end *end, uint8_t *buffer, uint32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
