/* cable.h: a wire between two ports, in memory: the test bench.
 *
 * Time is virtual: it stands still until v6nf_cable_advance(). A frame arrives at the moment it was sent plus the
 * direction's latency; frames that arrive at the same moment arrive in the order they were sent. Everything is
 * deterministic: the same calls and the same seed give the same frames.
 *
 * A cable may not be copied or moved: its ends point to each other. It belongs to one thread. */
#ifndef V6NF_DRIVER_CABLE_H
#define V6NF_DRIVER_CABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "../port.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of one frame buffer: enough for an MTU of 9000 and for what a network function may put in front. */
#if !defined(V6NF_CABLE_CAPACITY_MAX)
#define V6NF_CABLE_CAPACITY_MAX 9216u
#endif

/* Frames that can be under way to one end. */
#if !defined(V6NF_CABLE_QUEUE)
#define V6NF_CABLE_QUEUE 64u
#endif

#define V6NF_CABLE_ORIGINATE 4u /* originate buffers of an end */
#define V6NF_CABLE_BURST 32u    /* frames that one poll shows at most */

/* What can happen to a frame under way. */
enum v6nf_cable_fault {
    V6NF_CABLE_LOSS,        /* it does not arrive */
    V6NF_CABLE_DUPLICATION, /* it arrives twice, if there is room for a second one */
    V6NF_CABLE_REORDERING,  /* it arrives `holdback` later than it should: what is sent meanwhile overtakes it */
    V6NF_CABLE_TRUNCATION,  /* it loses its end: at least one byte goes, at least one stays */
    V6NF_CABLE_CORRUPTION,  /* one bit of it changes */
    V6NF_CABLE_FAULTS
};

/* Exact faults: `after` frames pass, the next `count` suffer. Counts itself down to nothing. */
struct v6nf_cable_plan {
    uint32_t after;
    uint32_t count;
};

/* What a direction is like. The program may change it at any time, for the frames sent from then on. */
struct v6nf_cable_knobs {
    uint32_t latency;                 /* microseconds; 0 at first */
    uint32_t holdback;                /* microseconds; 1000 at first */
    uint32_t queue;                   /* frames under way at most; V6NF_CABLE_QUEUE at first */
    uint32_t busy;                    /* microseconds until a committed originate buffer is free; 0 at first */
    uint32_t rate[V6NF_CABLE_FAULTS]; /* of 65536 frames, how many suffer; 0 at first, 65536 is all */
    struct v6nf_cable_plan plan[V6NF_CABLE_FAULTS]; /* besides those; none at first */
    /* NULL, or sees every frame that leaves, before any fault. It may change it; lengths[0] bytes of it go on. */
    v6nf_handler *intercept;
    void *intercept_context;
};

/* A frame under way, or being handled where it arrived. */
struct v6nf_cable_frame {
    uint64_t arrival; /* microseconds */
    uint64_t number;  /* in the order of sending */
    uint32_t length;  /* 0: the slot is free */
    uint8_t bytes[V6NF_CABLE_CAPACITY_MAX];
};

struct v6nf_cable;

/* One end. `port` is the interface of the station there; mac may be changed before use. Of the rest a program uses
 * `knobs` and reads `suffered`, both for the direction that leaves from this end. */
struct v6nf_cable_end {
    struct v6nf_port port;
    struct v6nf_cable_knobs knobs;
    uint64_t suffered[V6NF_CABLE_FAULTS]; /* frames that suffered each fault */

    bool stopped; /* the port at this end: what arrives here is lost */
    struct v6nf_cable *cable;
    struct v6nf_cable_end *peer;
    struct v6nf_port_counters counters;
    uint64_t random;
    uint64_t sent;                                      /* frames that were put on the wire to here */
    struct v6nf_cable_frame arriving[V6NF_CABLE_QUEUE]; /* on their way to this end, in no order */
    uint64_t free_at[V6NF_CABLE_ORIGINATE];             /* when each originate buffer is free */
    uint32_t reserved;                                  /* the one reserve() gave; V6NF_CABLE_ORIGINATE for none */
    uint8_t originate[V6NF_CABLE_ORIGINATE][V6NF_CABLE_CAPACITY_MAX];
};

struct v6nf_cable {
    struct v6nf_cable_end a;
    struct v6nf_cable_end b;
    uint64_t now; /* microseconds */
    bool up;
};

/* Makes a cable of the storage at `cable`, link up, time 0, with no faults. The ports are &cable->a.port (MAC address
 * 02:00:00:00:00:0a) and &cable->b.port (...:0b); each has one output. `mtu` and `capacity` in bytes, as in port.h;
 * `seed` is what chance starts from. Returns false, and leaves the cable as it was, if mtu is below 1280 or capacity
 * below mtu + 14 or above V6NF_CABLE_CAPACITY_MAX (compile with a larger one). */
bool v6nf_cable_init(struct v6nf_cable *cable, uint32_t mtu, uint32_t capacity, uint64_t seed);

/* Makes it `now`, in microseconds. Time does not go back: an earlier moment changes nothing. */
void v6nf_cable_advance(struct v6nf_cable *cable, uint64_t now);

/* The moment at which the next frame under way arrives, at either end; may have passed already, where nobody has taken
 * the frame. UINT64_MAX if none is under way. */
uint64_t v6nf_cable_next_arrival(const struct v6nf_cable *cable);

/* Plugs the cable in or out at both ends. Out, what is under way is lost, and what is sent is not sent (counted as
 * transmit_dropped). */
void v6nf_cable_set_link(struct v6nf_cable *cable, bool up);

/* Sends `length` bytes as the station at `end` would: through intercept, faults and latency to the other end. Returns
 * false, and counts the frame as transmit_dropped, if length is 0 or above the capacity, the link is down or the queue
 * is full. */
bool v6nf_cable_send(struct v6nf_cable_end *end, const uint8_t *bytes, uint32_t length);

/* Takes the next frame that has arrived at `end` instead of a poll: copies at most `capacity` bytes of it to `buffer`.
 * `buffer` may be NULL if `capacity` is 0. Returns the frame's length, which may be more than that; 0 if none has
 * arrived. */
uint32_t v6nf_cable_receive(struct v6nf_cable_end *end, uint8_t *buffer, uint32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
