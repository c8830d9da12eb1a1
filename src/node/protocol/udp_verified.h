/* udp_verified.h: UDP datagrams whose checksum the device has verified, and replies whose checksum it inserts. */
#ifndef V6NF_NODE_PROTOCOL_UDP_VERIFIED_H
#define V6NF_NODE_PROTOCOL_UDP_VERIFIED_H

#include "../base/packet.h"
#include "udp_insert.h"

/* Flags of a length: see udp_insert.h. */
#define LENGTH_BYTES 0x1FFFFu
#define CHECKSUM_GOOD (1u << 29)

#if V6NF_CHECKSUM_OFFLOAD
/* Process a datagram in a packet without extension headers, and without a fragment, to a valid unicast address of the
 * node. The packet is inside of the frame.
 * is_partial: its checksum field has only the sum of the pseudo-header. Otherwise it is right, or 0. */
uint32_t v6nf_udp_verified_input(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, bool is_partial,
                                 uint64_t now);

/* Complete the checksum of a UDP datagram whose field has only the sum of the pseudo-header. end: one past the last
 * byte of the frame. Do nothing if there is no such datagram at UPPER, which the caller drops. */
void v6nf_udp_complete(uint8_t *frame, uint32_t end);
#endif

#endif
