/* reassembly.h: datagrams that arrive in fragments (RFC 8200, 4.5). */
#ifndef V6NF_NODE_PROTOCOL_REASSEMBLY_H
#define V6NF_NODE_PROTOCOL_REASSEMBLY_H

#include "../base/packet.h"

#define REASSEMBLIES_HAVE_INDEX (V6NF_REASSEMBLIES > V6NF_SCAN_MAX)

#if REASSEMBLIES_HAVE_INDEX
/* Make all slots free. */
void v6nf_reassembly_init(struct v6nf_node *node);
#else
static inline void v6nf_reassembly_init(struct v6nf_node *node)
{
    (void)node;
}
#endif

/* Process a fragment, whose Fragment header is at packet->upper. Return true if it completes its packet. Then
 * *packet is the whole one, in a buffer of the node, at the header after the Fragment header. Else *frame_length is
 * the length of the frame to send. */
bool v6nf_reassembly_add(struct v6nf_node *node, struct packet *packet, uint32_t *frame_length);

uint32_t v6nf_reassembly_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_reassembly_due(const struct v6nf_node *node);

/* For tests: return true if the reassemblies, and what finds them, agree. */
bool v6nf_reassembly_is_valid(const struct v6nf_node *node);

#endif
