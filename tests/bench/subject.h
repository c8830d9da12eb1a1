/* subject.h: what is measured: an IPv6 host, driven frame by frame. */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

/* Buffers that hold a frame each, few enough to stay in the first-level cache. */
#define SLOTS 8u

struct subject {
    const char *name;

    /* Makes a host with host_mac and host_address, and echo on the two ports. */
    void (*open)(void);

    /* Puts a frame into a buffer, as a device would have. */
    void (*load)(uint32_t slot, const uint8_t *frame, uint32_t length);

    /* Has the host handle it. Returns how many bytes the frame has that left, or 0. */
    uint32_t (*handle)(uint32_t slot);

    /* The frame that left. */
    const uint8_t *(*reply)(uint32_t slot);

    /* True if the peer is a neighbor in state REACHABLE. */
    bool (*resolved)(void);
};

extern const struct subject subject_v6nf;
extern const struct subject subject_lwip;

/* lwIP frees what it has sent, so a reply must be copied to be looked at. Off, where that would cost time that is
 * measured: a device copies nothing. */
extern bool subject_lwip_copies_replies;

/* How the lwIP that is measured was built. */
void subject_lwip_describe(void);

#endif
