/* layer.h: what the layer needs from its surroundings, and gives to them. eal.c is Linux, with the options of DPDK.
 *
 * All ports are rings, or none is. On a ring a frame stays in its buffer: its descriptor is written when each frame of
 * the burst was sent or freed. Any other port is copied from, and to. */
#ifndef EXAMPLES_DPDK_LAYER_H
#define EXAMPLES_DPDK_LAYER_H

#include "rte_ethdev.h"
#include "v6nf/driver/ring.h"
#include "v6nf/port.h"

/* Outputs of each ring: output j of port i is port (i + 1 + j) % ports. A frame can be sent to no other port. */
#ifndef DPDK_OUTPUTS
#define DPDK_OUTPUTS 1u
#endif

#define DPDK_BURST_MAX 32u /* frames of a burst */
#define DPDK_COPIES 64u    /* frames of a poll of a port that is no ring, at most */
#define DPDK_FRAME_MAX 2048u

/* Forget all ports. */
void dpdk_reset(void);

/* Add a ring as the next port. All stay the caller's.
 * ring: open, from this port to DPDK_OUTPUTS others.
 * format: V6NF_RING_LEGACY or V6NF_RING_ADVANCED.
 * card: counters and address of the input; NULL for none.
 * Return false if there are RTE_MAX_ETHPORTS ports. */
bool dpdk_add_ring(struct v6nf_ring *ring, enum v6nf_ring_format format, struct v6nf_port *card);

/* Add a port of any kind. Return as dpdk_add_ring(). */
bool dpdk_add_port(struct v6nf_port *port);

/* End the program with this message. Provided by the surroundings. */
void dpdk_fail(const char *problem) __attribute__((noreturn));

#endif
