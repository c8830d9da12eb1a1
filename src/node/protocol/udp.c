/* udp.c: UDP (RFC 768) over IPv6 (RFC 8200, 8.1). */
#include "udp.h"

#include "v6nf/wire/udp.h"

#include "../base/random.h"
#include "autoconf.h"
#include "udp_hand_over.h"
#include "udp_no_checksum.h"

uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + packet->upper;
    uint32_t length = 0;
    switch (v6nf_udp_check(ipv6, header, packet->end - packet->upper, &length)) {
    case V6NF_UDP_GOOD:
        return udp_hand_over(node, packet, ipv6, header, length, false);
    case V6NF_UDP_CHECKSUM_ZERO:
        return v6nf_udp_no_checksum_input(node, packet, length);
    case V6NF_UDP_LENGTH_BAD:
        return drop_inline(node, V6NF_DROP_UDP_LENGTH);
    default:
        return drop_inline(node, V6NF_DROP_UDP_CHECKSUM);
    }
}

/* Writes all of the datagram but its Length and checksum. Returns false, counted as a drop, if it cannot be sent. */
static bool write_datagram(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                           uint16_t source_port, const struct v6nf_address *destination, uint16_t destination_port)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    if (length > UINT16_MAX || V6NF_UDP_PAYLOAD + length > node->longest_packet) {
        count(node, V6NF_DROP_MTU);
        return false;
    }
    if (V6NF_UDP_PAYLOAD + length > capacity) {
        count(node, V6NF_DROP_CAPACITY);
        return false;
    }
    if (source_port == 0u || destination_port == 0u) {
        count(node, V6NF_DROP_UDP_PORT);
        return false;
    }
    uint32_t own = v6nf_select_source(node, destination->bytes);
    if (own == NO_ADDRESS) {
        count(node, V6NF_DROP_NO_SOURCE);
        return false;
    }
    bool to_group = v6nf_address_is_multicast(destination->bytes);
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP,
                    to_group ? node->multicast_hop_limit : node->hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, destination->bytes);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, source_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, destination_port);
    v6nf_flow_label_write(node, ipv6);
    return true;
}

/* Sends the datagram with `length` bytes of payload, all written. */
static uint32_t send_datagram(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint64_t now)
{
    node->udp_sources |= udp_source_bit(v6nf_load16(frame + UPPER + V6NF_UDP_SOURCE_PORT));
    uint32_t leaves = v6nf_output_own(node, frame, V6NF_UDP_PAYLOAD + length, capacity, now);
    if (leaves != 0u) {
        count(node, V6NF_ORIGINATED);
    }
    return leaves;
}

uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now)
{
    expire_in_time(node, now);
    if (!write_datagram(node, frame, capacity, length, source_port, destination, destination_port)) {
        return 0;
    }
    v6nf_udp_finish(frame + PACKET, frame + UPPER, V6NF_UDP_HEADER_SIZE + length);
    return send_datagram(node, frame, capacity, length, now);
}

#if V6NF_UDP_ZERO_CHECKSUM
uint32_t v6nf_udp_send_without_checksum(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                                        uint16_t source_port, const struct v6nf_address *destination,
                                        uint16_t destination_port, uint64_t now)
{
    expire_in_time(node, now);
    if (!write_datagram(node, frame, capacity, length, source_port, destination, destination_port)) {
        return 0;
    }
    if (!v6nf_udp_port_may_lack_checksum(node, source_port, V6NF_UDP_SEND) ||
        v6nf_address_is_multicast(destination->bytes)) {
        return drop_inline(node, V6NF_DROP_UDP_CHECKSUM_ZERO);
    }
    udp_finish_without_checksum(frame + UPPER, V6NF_UDP_HEADER_SIZE + length);
    return send_datagram(node, frame, capacity, length, now);
}
#endif
