/* uncommon.h: packets to destinations that are not on the fast path. */
#ifndef V6NF_NODE_INPUT_UNCOMMON_H
#define V6NF_NODE_INPUT_UNCOMMON_H

#include "../base/packet.h"

/* Process a packet that ends at byte `end` of the frame. Its destination is neither a valid address nor a group that
 * every node joins. Drop it unless that is an optimistic or anycast address, or a group that the program has joined and
 * whose filter wants the source. */
uint32_t v6nf_uncommon_input(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now);

#endif
