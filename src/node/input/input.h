/* input.h: the IPv6 packet in a frame is received. */
#ifndef V6NF_NODE_INPUT_INPUT_H
#define V6NF_NODE_INPUT_INPUT_H

#include "../base/core.h"

#if V6NF_LOOPBACK > 0u
/* Process the IPv6 packet in a frame of `length` bytes, at least an Ethernet header, which no link brought. Return the
 * length of the frame to send. */
uint32_t v6nf_input_looped(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);
#endif

#endif
