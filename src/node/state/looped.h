/* looped.h: packets of the program to the node's own addresses, which the next tick receives. */
#ifndef V6NF_NODE_STATE_LOOPED_H
#define V6NF_NODE_STATE_LOOPED_H

#include "../base/core.h"

/* What a looped packet is. */
enum looped_mark {
    LOOPED_PACKET, /* the program sent it: the answer is looped, too */
    LOOPED_ANSWER, /* its answer is dropped: two ports that answer each other must not do so forever */
    NOT_LOOPED
};

#if V6NF_LOOPBACK > 0u
/* Mark a frame that is looped, by its Ethernet destination. That of LOOPED_PACKET is all zero, which no node has as its
 * address: v6nf_node_input() accepts no such frame from the link. */
static inline void looped_set_mark(uint8_t *frame, uint8_t mark)
{
    v6nf_store32(frame, 0u);
    v6nf_store16(frame + 4, mark);
}

/* Return the mark of a frame that is being handled: NOT_LOOPED for one from the link. */
static inline uint32_t looped_mark(const uint8_t *frame)
{
    return v6nf_load32(frame) == 0u ? v6nf_load16(frame + 4) : (uint32_t)NOT_LOOPED;
}

/* Copy the packet, which is for an address of the node. status: see v6nf_refuse().
 * Return 0. Count a drop if an answer to a frame from the link has one of the node's addresses as destination, if the
 * address may not be used yet, or if there is no slot. */
uint32_t v6nf_looped_add(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_send_status *status,
                         uint64_t now);

/* Move the oldest looped packet into the frame. Return its length, 0 if there is none or if it does not fit. */
uint32_t v6nf_looped_take(struct v6nf_node *node, uint8_t *frame, uint32_t capacity);

/* Count that the looped packet in the frame, with its mark, is not received, and report it to the program that sent it.
 * Return 0: nothing is sent. */
uint32_t v6nf_looped_lost(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause);
#endif

#endif
