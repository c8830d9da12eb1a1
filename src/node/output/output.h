/* output.h: the one function through which every packet is sent. */
#ifndef V6NF_NODE_OUTPUT_OUTPUT_H
#define V6NF_NODE_OUTPUT_OUTPUT_H

#include "../state/neighbor_table.h"

/* Send the frame to a neighbor that is reachable. */
static inline uint32_t finish_frame_to(const struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame,
                                       uint32_t length, uint64_t now)
{
    neighbor_touch(neighbor, now);
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    return finish_frame(node, frame, length);
}

/* Send the reply in the frame, an IPv6 packet: on the fast path if the next hop is known and reachable, else by
 * v6nf_resolve(). */
uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

#if V6NF_CHECKSUM_OFFLOAD
/* Send the reply if it can leave at once and whole. Return 0, and do nothing, if it cannot: it would have to wait, or
 * to be sent in fragments. Where size counts, it never can. */
uint32_t v6nf_output_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now);

/* The same for a packet of the program. */
uint32_t v6nf_output_own_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now);
#endif

/* Send a packet of the program, as v6nf_output() does. status: see v6nf_refuse(); V6NF_SEND_SENT before. */
uint32_t v6nf_output_own(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                         enum v6nf_send_status *status, uint64_t now);

#endif
