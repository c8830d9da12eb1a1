/* loopback.h: packets of the program to the node's own addresses are received. */
#ifndef V6NF_NODE_INPUT_LOOPBACK_H
#define V6NF_NODE_INPUT_LOOPBACK_H

#include "../state/looped.h"

#if V6NF_LOOPBACK > 0u
/* Receive one looped packet. Return 0: its answer is looped, too. */
uint32_t v6nf_loopback_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_loopback_due(const struct v6nf_node *node);
#endif

#endif
