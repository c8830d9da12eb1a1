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

/* Return a slot for a packet, NULL if there is none. For a packet of the program it may be that of a packet that
 * waits for a neighbor, the oldest: a silent neighbor must not block packets to others. The caller must report that
 * as dropped. */
struct v6nf_fragmentation *v6nf_fragment_slot(struct v6nf_node *node, enum v6nf_origin origin);

/* Copy the packet into the slot. length: at most 14 + V6NF_FRAGMENTATION_SIZE. neighbor: index of the neighbor that it
 * waits for, V6NF_NEIGHBORS for none. */
void v6nf_fragment_fill(struct v6nf_node *node, struct v6nf_fragmentation *slot, uint32_t neighbor,
                        const uint8_t *frame, uint32_t length, enum v6nf_origin origin);

/* Write the next fragment, at most `longest` bytes with its Ethernet header. Offsets are multiples of 8 for any path
 * MTU of earlier fragments. Return the frame's length. */
uint32_t v6nf_fragment_write_next(struct v6nf_fragmentation *packet, uint8_t *frame, uint32_t longest);

uint64_t v6nf_fragment_due(const struct v6nf_node *node);

#endif
