/* fragment.h: packets longer than the path MTU (RFC 8200, 4.5).
 *
 * A long packet of the program that waits for address resolution waits here, too. It yields to one that can be sent. */
#ifndef V6NF_NODE_STATE_FRAGMENT_H
#define V6NF_NODE_STATE_FRAGMENT_H

#include "kept.h"

/* Slots that replies can use, and packets that wait: the others are kept back. */
#define FRAGMENT_REPLIES_MAX (V6NF_FRAGMENTATIONS > 1u ? V6NF_FRAGMENTATIONS - 1u : 1u)
#define FRAGMENT_WAITING_MAX                                                                                           \
    (V6NF_FRAGMENTATIONS >= 4u ? V6NF_FRAGMENTATIONS - V6NF_FRAGMENTATIONS / 4u : FRAGMENT_REPLIES_MAX)

/* Return a slot for a packet, NULL if there is none. neighbor: index of the neighbor that it waits for, V6NF_NEIGHBORS
 * if it can be sent. For a packet of the program the slot may be that of one that waits: a silent neighbor must not
 * block packets to others. The caller must drop that one. */
struct v6nf_fragmentation *v6nf_fragment_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin);

/* Copy the packet into the slot, which is free. length: at most 14 + V6NF_FRAGMENTATION_SIZE. */
void v6nf_fragment_fill(struct v6nf_node *node, struct v6nf_fragmentation *slot, uint32_t neighbor,
                        const uint8_t *frame, uint32_t length, enum v6nf_origin origin);

/* Make the slot free. Its frame stays valid until the next packet is kept. */
void v6nf_fragment_release(struct v6nf_node *node, struct v6nf_fragmentation *packet);

/* Drop the packet for `cause`, and report that to the program if it sent it. */
void v6nf_fragment_drop(struct v6nf_node *node, struct v6nf_fragmentation *packet, enum v6nf_counter cause);

#if V6NF_LONG_PACKETS_WAIT
/* Let the packet wait for this neighbor, an index; some of it may have been sent. Return false if too many packets
 * wait. */
bool v6nf_fragment_wait(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint32_t neighbor);

/* Return the oldest packet that waits for `neighbor`, an index; NULL if there is none. */
struct v6nf_fragmentation *v6nf_fragment_oldest(struct v6nf_node *node, uint32_t neighbor);

/* Return true if one more packet of the program to `neighbor` that waits would evict another one. */
bool v6nf_fragment_would_evict(struct v6nf_node *node, uint32_t neighbor);
#endif

/* Return a packet that can be sent, NULL if there is none. */
struct v6nf_fragmentation *v6nf_fragment_ready(struct v6nf_node *node);

/* Write the next fragment, at most `longest` bytes with its Ethernet header. Offsets are multiples of 8 for any path
 * MTU of earlier fragments. Return the frame's length. After the last fragment the slot is free. */
uint32_t v6nf_fragment_write_next(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                                  uint32_t longest);

uint64_t v6nf_fragment_due(const struct v6nf_node *node);

/* For tests: return true if the packets that are sent in fragments are valid, and no more than may be. */
bool v6nf_fragment_is_valid(const struct v6nf_node *node);

#endif
