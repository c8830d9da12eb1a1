/* nud.h: solicitations of address resolution and of Neighbor Unreachability Detection (RFC 4861, 7.2.2 and 7.3.3). */
#ifndef V6NF_NODE_PROTOCOL_NUD_H
#define V6NF_NODE_PROTOCOL_NUD_H

#include "../base/core.h"

/* Send the solicitation that is due. v6nf_neighbor_due() gives the time of the next. */
uint32_t v6nf_nud_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

#endif
