/* udp_plain.h: the fast path of UDP. Where size counts, there is none. */
#ifndef V6NF_NODE_PROTOCOL_UDP_PLAIN_H
#define V6NF_NODE_PROTOCOL_UDP_PLAIN_H

#include "../base/packet.h"

#ifndef __OPTIMIZE_SIZE__
/* Process a datagram in a packet without extension headers to a valid unicast address of the node. All arguments are in
 * registers: no packet is described in memory. */
uint32_t v6nf_udp_plain_input(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
#endif

#endif
