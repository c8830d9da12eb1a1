/* udp_no_checksum.c: datagrams without a checksum (RFC 6935; RFC 6936, 4). Not in udp.c, where it costs 24 instructions
 * for each datagram: the hand-over must be compiled twice. */
#include "udp_no_checksum.h"

#include "udp_hand_over.h"

#if V6NF_UDP_ZERO_CHECKSUM
uint32_t v6nf_udp_no_checksum_input(struct v6nf_node *node, struct packet *packet, uint32_t length)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    uint16_t port = v6nf_load16(packet->frame + packet->upper + V6NF_UDP_DESTINATION_PORT);
    if (is_to_group(packet) || is_shared(node, ipv6 + V6NF_IPV6_DESTINATION) ||
        !v6nf_udp_port_may_lack_checksum(node, port, V6NF_UDP_RECEIVE)) {
        return drop(node, V6NF_DROP_UDP_CHECKSUM_ZERO);
    }
    return udp_hand_over(node, packet, length, true);
}
#endif
