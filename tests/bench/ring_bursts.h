/* ring_bursts.h: a program that drives one network function of examples/nf in bursts, on devices in memory. The devices
 * are in another file, one for each kind of path. */
#ifndef BENCH_RING_BURSTS_H
#define BENCH_RING_BURSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../../examples/nf/nf.h"

/* Bytes of a buffer of the devices. */
#define BUFFER_SIZE 2048u

/* Maximum number of outputs of a path: the last one of a function that answers is a device, too. */
#define BENCH_WAYS_MAX (NF_OUTPUTS + 1u)

/* Return the number of outputs of a path. */
static inline uint32_t bench_ways(void)
{
    return NF_OUTPUTS + nf_extras.answers;
}

/* Report a problem, and exit. */
void bench_fail(const char *problem);

/* -- What a kind of path provides --------------------------------------------------------------------------------- */

/* Make *path a path between devices. `has_argument`: the program has an argument, which asks for another kind. */
void bench_open(struct nf_path *path, bool has_argument);

/* Let the input receive a frame. Return false if it has no buffer. */
bool bench_receive(const uint8_t *frame, uint32_t length);

/* Let an output send a frame. Return its length, and set *frame to it. Return 0 if the output has none. */
uint32_t bench_send(uint32_t output, const uint8_t **frame);

#endif
