/* fragment.h: packets longer than the path MTU (RFC 8200, 4.5). */
#ifndef V6NF_NODE_STATE_FRAGMENT_H
#define V6NF_NODE_STATE_FRAGMENT_H

#include "../base/core.h"

/* Return true if the packet waits here for address resolution: it is too long for pending.c. */
static inline bool fragment_waits(const struct v6nf_node *node, const struct v6nf_fragmentation *packet)
{
    return V6NF_LONG_PACKETS_WAIT && packet->neighbor != V6NF_NEIGHBORS &&
           node->neighbors[packet->neighbor].state == V6NF_NEIGHBOR_INCOMPLETE;
}

/* Keep the packet in the frame of `length` bytes, and make the frame the first fragment, of at most `longest` bytes.
 * Return its length; 0, counted as a drop, if the packet is too long, is a fragment, or if no slot is free. status: see
 * v6nf_refuse(). */
uint32_t v6nf_fragment_start(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t longest,
                             enum v6nf_send_status *status, uint64_t now);

/* Write the next fragment, at most `longest` bytes with its Ethernet header. Offsets are multiples of 8 for any path
 * MTU of earlier fragments. Return the frame's length. */
uint32_t v6nf_fragment_write_next(struct v6nf_fragmentation *packet, uint8_t *frame, uint32_t longest);

#if V6NF_LONG_PACKETS_WAIT
/* Keep a packet of the program until the neighbor is resolved. status: see v6nf_refuse(), not NULL.
 * Return false, counted as a drop, if it cannot be kept. */
bool v6nf_fragment_wait(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame,
                        uint32_t length, enum v6nf_send_status *status);

/* Drop the packets that wait for the neighbor, for `cause`. */
void v6nf_fragment_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause);
#else
static inline bool v6nf_fragment_wait(struct v6nf_node *node, const struct v6nf_neighbor *neighbor,
                                      const uint8_t *frame, uint32_t length, enum v6nf_send_status *status)
{
    (void)node, (void)neighbor, (void)frame, (void)length, (void)status;
    return false;
}

static inline void v6nf_fragment_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause)
{
    (void)node, (void)neighbor, (void)cause;
}
#endif

uint64_t v6nf_fragment_due(const struct v6nf_node *node);

#endif
