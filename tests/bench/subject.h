/* subject.h: an IPv6 host under measurement, driven frame by frame. */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

/* Buffers of one frame each, few enough to stay in the first-level cache. */
#define SLOTS 8u

struct subject {
    const char *name;

    /* Make a host with host_mac and host_address that echoes datagrams on the two ports. */
    void (*open)(void);

    /* Copy a received frame into a buffer, as a device would have done. */
    void (*load)(uint32_t slot, const uint8_t *frame, uint32_t length);

    /* Let the host handle the frame. Return the length of the frame that it sent, 0 if none. */
    uint32_t (*handle)(uint32_t slot);

    /* Return the frame that the host sent. */
    const uint8_t *(*reply)(uint32_t slot);

    /* Return true if the peer is a neighbor in state REACHABLE. */
    bool (*resolved)(void);

    /* Make the neighbor with this address the default router. */
    void (*set_router)(const uint8_t *address);

    /* Do what is due `microseconds` later, one frame at most. Return the length of the frame, 0 if none. */
    uint32_t (*tick)(uint64_t microseconds);
};

extern const struct subject subject_v6nf;
extern const struct subject subject_lwip;

/* What a bare responder takes: it verifies the checksum in full, compares the source with one neighbor, and writes the
 * answer over it. It resolves no address. */
extern const struct subject subject_floor;

/* Ways to sum `length` bytes, an even number, in 16-bit words of the machine's byte order. */
struct floor_sum {
    const char *name;
    uint64_t (*sum)(const uint8_t *bytes, uint32_t length);
};

/* The loops that gcc vectorizes, and the library's function. */
#define FLOOR_SUMS 5u
extern const struct floor_sum floor_sums[FLOOR_SUMS];

/* lwIP frees what it has sent, so a reply must be copied before it is examined. False while time is measured: a device
 * copies nothing. */
extern bool subject_lwip_copies_replies;

/* Print the version and the options of the lwIP that is measured. */
void subject_lwip_describe(void);

#endif
