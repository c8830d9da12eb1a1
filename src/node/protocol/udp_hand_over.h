/* udp_hand_over.h: a datagram is handed to its port, and the reply is sent. Not in udp.c, because it is compiled twice:
 * for datagrams with a checksum, which saves 24 instructions for each, and for those without (udp_no_checksum.c). */
#ifndef V6NF_NODE_PROTOCOL_UDP_HAND_OVER_H
#define V6NF_NODE_PROTOCOL_UDP_HAND_OVER_H

#include "v6nf/wire/udp.h"

#include "../output/output.h"
#include "../output/select.h"
#include "../state/own_address.h"
#include "../state/udp_port.h"
#include "icmpv6_error.h"

/* Writes Length, and 0 where the checksum would stand. */
static inline void udp_finish_without_checksum(uint8_t *header, uint32_t length)
{
    v6nf_store16(header + V6NF_UDP_LENGTH, (uint16_t)(length & 0xFFFFu));
    v6nf_store16(header + V6NF_UDP_CHECKSUM, 0u);
}

/* Make the datagram in the frame the reply of `length` bytes of payload. came_without: it had no checksum. */
static inline uint32_t udp_reply(struct v6nf_node *node, const struct packet *packet,
                                 const struct v6nf_udp_datagram *datagram, uint32_t length, bool came_without)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + UPPER;
    bool was_shared = is_shared(node, ipv6 + V6NF_IPV6_DESTINATION);
    if (!turn_around(node, ipv6)) {
        return drop_inline(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP, node->hop_limit);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, datagram->destination_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, datagram->source_port);
    if (came_without && datagram->without_checksum &&
        v6nf_udp_port_may_lack_checksum(node, datagram->destination_port, V6NF_UDP_SEND)) {
        udp_finish_without_checksum(header, V6NF_UDP_HEADER_SIZE + length);
    } else if (came_without || was_shared || !datagram->unchanged || length != datagram->length) {
        /* Otherwise it is right: the sum of two addresses, and of two ports, is the same either way round. */
        v6nf_udp_finish(ipv6, header, V6NF_UDP_HEADER_SIZE + length);
    }
    return v6nf_output(node, packet->frame, V6NF_UDP_PAYLOAD + length, packet->capacity, packet->now);
}

/* Hand the datagram of `length` bytes at `header`, in the packet at `ipv6`, to its port. v6nf_udp_check() has checked
 * it. */
static inline uint32_t udp_hand_over(struct v6nf_node *node, struct packet *packet, uint8_t *ipv6, uint8_t *header,
                                     uint32_t length, bool came_without)
{
    const struct v6nf_udp_binding *binding = udp_find_port(node, v6nf_load16(header + V6NF_UDP_DESTINATION_PORT));
    if (binding == NULL || binding->handler == NULL) {
        return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_PORT_UNREACHABLE, 0u,
                                 V6NF_DROP_UDP_PORT);
    }
    if (packet->upper != UPPER) {
        v6nf_packet_strip(packet);
        header = packet->frame + UPPER;
    }
    struct v6nf_udp_datagram datagram;
    datagram.payload = header + V6NF_UDP_HEADER_SIZE;
    datagram.length = length - V6NF_UDP_HEADER_SIZE;
    datagram.capacity =
        (packet->capacity < node->longest_packet ? packet->capacity : node->longest_packet) - V6NF_UDP_PAYLOAD;
    datagram.source = ipv6 + V6NF_IPV6_SOURCE;
    datagram.destination = ipv6 + V6NF_IPV6_DESTINATION;
    datagram.source_port = v6nf_load16(header + V6NF_UDP_SOURCE_PORT);
    datagram.destination_port = v6nf_load16(header + V6NF_UDP_DESTINATION_PORT);
    datagram.now = packet->now;
    datagram.unchanged = false;
    datagram.without_checksum = came_without;
    uint32_t answer = binding->handler(binding->context, &datagram);
    /* Port 0 as source says that no reply is wanted (RFC 768). */
    if (answer - 1u >= datagram.capacity || datagram.source_port == 0u) {
        if (answer == 0u) {
            return deliver(node);
        }
        if (answer != V6NF_UDP_EMPTY_REPLY || datagram.source_port == 0u) {
            return drop_inline(node, V6NF_DROP_UDP_REPLY);
        }
        answer = 0;
    }
    return udp_reply(node, packet, &datagram, answer, came_without);
}

#endif
