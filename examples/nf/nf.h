/* nf.h: the interface between a network function and main.c.
 *
 * A function is one file: a handler that v6nf_ring_poll() compiles into its loop. main.c opens the cards: from each a
 * ring to NF_OUTPUTS others, the next ones in the order in which they were found. */
#ifndef EXAMPLES_NF_H
#define EXAMPLES_NF_H

#include <stdint.h>

#include "v6nf/driver/nic.h"
#include "v6nf/driver/ring.h"

/* 1, or 2 for a function that sends to two cards. */
#ifndef NF_OUTPUTS
#define NF_OUTPUTS 1u
#endif

#define NF_CARDS (NF_OUTPUTS + 1u)

#define NF_SECRET_SIZE 16u

/* Name of the function, for the console. */
extern const char nf_name[];

/* Initialize the function, before the first packet. `secret` is NF_SECRET_SIZE unpredictable bytes. */
void nf_start(const uint8_t *secret);

/* Handle a burst of packets that card number `input` received. Return the number of packets. */
uint32_t nf_poll(struct v6nf_ring *ring, enum v6nf_ring_format format, uint32_t input, uint64_t now);

/* Poll with a constant format, as v6nf_ring_poll() needs it. This costs one branch for each burst. */
#define NF_POLL(ring, format, handler, context)                                                                        \
    ((format) == V6NF_RING_LEGACY ? v6nf_ring_poll(ring, V6NF_RING_LEGACY, NF_OUTPUTS, handler, context)               \
                                  : v6nf_ring_poll(ring, V6NF_RING_ADVANCED, NF_OUTPUTS, handler, context))

/* Send the whole frame on each output. */
static inline void nf_send_all(uint32_t length, uint32_t *lengths)
{
    for (uint32_t i = 0; i < NF_OUTPUTS; i++) {
        lengths[i] = length;
    }
}

#endif
