/* nud.h: solicitations of address resolution and of Neighbor Unreachability Detection (RFC 4861, 7.2.2 and 7.3.3). */
#ifndef V6NF_NODE_PROTOCOL_NUD_H
#define V6NF_NODE_PROTOCOL_NUD_H

#include "../base/core.h"

/* Send the solicitation that is due. v6nf_neighbor_due() gives the time of the next. */
uint32_t v6nf_nud_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Of v6nf_nud_learn(): the sender has an address of the node. */
#define NUD_SPOOFED (V6NF_NEIGHBORS + 1u)

/* Process a link-layer address that a solicitation from `address` gave, and that the entry, NULL for none, does not
 * have (RFC 4861, 7.2.3). own: the address that answers, NULL if the answer is noted later. Return the index of its
 * entry, V6NF_NEIGHBORS if it has none, or NUD_SPOOFED. */
uint32_t v6nf_nud_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address,
                        const uint8_t *mac, const uint8_t *own, uint64_t now);

#endif
