/* udp_no_checksum.h: datagrams without a checksum (RFC 6935; RFC 6936). */
#ifndef V6NF_NODE_PROTOCOL_UDP_NO_CHECKSUM_H
#define V6NF_NODE_PROTOCOL_UDP_NO_CHECKSUM_H

#include "../base/packet.h"

#if V6NF_UDP_ZERO_CHECKSUM
/* Process a datagram of `length` bytes with its header, which has no checksum. */
uint32_t v6nf_udp_no_checksum_input(struct v6nf_node *node, struct packet *packet, uint32_t length);
#else
static inline uint32_t v6nf_udp_no_checksum_input(struct v6nf_node *node, struct packet *packet, uint32_t length)
{
    (void)packet, (void)length;
    return drop(node, V6NF_DROP_UDP_CHECKSUM_ZERO);
}
#endif

#endif
