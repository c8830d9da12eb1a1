/* udp_hand_over.h: a datagram is handed to its port, and the reply is sent. Not in udp.c, because it is compiled three
 * times, which saves 24 instructions for each datagram: for datagrams with a checksum, for those without
 * (udp_no_checksum.c), and for the fast path (udp_plain.c). */
#ifndef V6NF_NODE_PROTOCOL_UDP_HAND_OVER_H
#define V6NF_NODE_PROTOCOL_UDP_HAND_OVER_H

#include "v6nf/wire/udp.h"

#include "../output/output.h"
#include "../output/select.h"
#include "../state/own_address.h"
#include "../state/udp_port.h"
#include "autoconf.h"
#include "icmpv6_error.h"

/* Write Length, and 0 as the checksum. */
static inline void udp_finish_without_checksum(uint8_t *header, uint32_t length)
{
    v6nf_store16(header + V6NF_UDP_LENGTH, (uint16_t)(length & 0xFFFFu));
    v6nf_store16(header + V6NF_UDP_CHECKSUM, 0u);
}

/* What the handler of a port has answered. */
struct udp_answer {
    uint32_t length;       /* bytes of payload */
    bool unchanged;        /* they are those received */
    bool without_checksum; /* they need no checksum */
    bool has_changed;      /* addresses of the node have: that of the datagram may not be a source any more */
};

/* Let the handler of the port answer the datagram of `length` bytes after the IPv6 header. came_without: it had no
 * checksum. Return false if there is no reply, and count why. */
static inline bool udp_ask_handler(struct v6nf_node *node, const struct v6nf_udp_binding *binding, uint8_t *frame,
                                   uint32_t length, uint32_t capacity, bool came_without, struct udp_answer *answer,
                                   uint64_t now)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    struct v6nf_udp_datagram datagram;
    datagram.payload = header + V6NF_UDP_HEADER_SIZE;
    datagram.length = length - V6NF_UDP_HEADER_SIZE;
    datagram.capacity = (capacity < node->longest_packet ? capacity : node->longest_packet) - V6NF_UDP_PAYLOAD;
    datagram.source = ipv6 + V6NF_IPV6_SOURCE;
    datagram.destination = ipv6 + V6NF_IPV6_DESTINATION;
    datagram.source_port = v6nf_load16(header + V6NF_UDP_SOURCE_PORT);
    datagram.destination_port = v6nf_load16(header + V6NF_UDP_DESTINATION_PORT);
    datagram.now = now;
    datagram.unchanged = false;
    datagram.without_checksum = came_without;
    const uint32_t changes = node->changes[V6NF_CHANGE_ADDRESSES];
    uint32_t size = binding->handler(binding->context, &datagram);
    /* Port 0 as source says that no reply is wanted (RFC 768). */
    if (size - 1u >= datagram.capacity || datagram.source_port == 0u) {
        if (size == 0u) {
            (void)deliver(node);
            return false;
        }
        if (size != V6NF_UDP_EMPTY_REPLY || datagram.source_port == 0u) {
            (void)drop_inline(node, V6NF_DROP_UDP_REPLY);
            return false;
        }
        size = 0;
    }
    answer->length = size;
    answer->unchanged = datagram.unchanged && size == datagram.length;
    answer->without_checksum = datagram.without_checksum;
    answer->has_changed = node->changes[V6NF_CHANGE_ADDRESSES] != changes;
    return true;
}

/* Exchange the ports of the header. A sum, because gcc 12 makes 15 instructions of any other form. */
static inline void udp_swap_ports(uint8_t *header)
{
    uint32_t ports = v6nf_word32(header);
    v6nf_store_word32(header, ports * 0x10000u + (ports >> 16));
}

/* Make the datagram in the frame the reply. came_without: it had no checksum. */
static inline uint32_t udp_reply(struct v6nf_node *node, const struct packet *packet, struct udp_answer answer,
                                 bool came_without)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *header = packet->frame + UPPER;
    if (V6NF_ANYCAST && answer.has_changed) {
        expire_in_time(node, packet->now); /* the address may be shared now: another source is selected */
    }
    bool was_shared = is_shared(node, ipv6 + V6NF_IPV6_DESTINATION);
    /* The handler may have removed the address. */
    if (!turn_around(node, ipv6) || !v6nf_own_address_may_be_source(node, ipv6 + V6NF_IPV6_SOURCE)) {
        return drop_inline(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + answer.length, V6NF_NEXT_HEADER_UDP, node->hop_limit);
    udp_swap_ports(header);
    if (came_without && answer.without_checksum &&
        v6nf_udp_port_may_lack_checksum(node, v6nf_load16(header + V6NF_UDP_SOURCE_PORT), V6NF_UDP_SEND)) {
        udp_finish_without_checksum(header, V6NF_UDP_HEADER_SIZE + answer.length);
    } else if (came_without || was_shared || !answer.unchanged) {
        /* Otherwise it is right: the sum of two addresses, and of two ports, is the same either way round. */
        v6nf_udp_finish(ipv6, header, V6NF_UDP_HEADER_SIZE + answer.length);
    }
    return v6nf_output(node, packet->frame, V6NF_UDP_PAYLOAD + answer.length, packet->capacity, packet->now);
}

/* Refuse a datagram to a port without a handler. */
static inline uint32_t udp_refuse(struct v6nf_node *node, const struct packet *packet)
{
    return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_PORT_UNREACHABLE, 0u,
                             V6NF_DROP_UDP_PORT);
}

/* Hand the datagram of `length` bytes in the packet, which v6nf_udp_check() has checked, to its port. */
static inline uint32_t udp_hand_over(struct v6nf_node *node, struct packet *packet, uint32_t length, bool came_without)
{
    const uint8_t *port = packet->frame + packet->upper + V6NF_UDP_DESTINATION_PORT;
    const struct v6nf_udp_binding *binding = udp_find_port(node, v6nf_load16(port));
    if (binding == NULL || binding->handler == NULL) {
        return udp_refuse(node, packet);
    }
    if (packet->upper != UPPER) {
        v6nf_packet_strip(packet);
    }
    struct udp_answer answer;
    return udp_ask_handler(node, binding, packet->frame, length, packet->capacity, came_without, &answer, packet->now)
               ? udp_reply(node, packet, answer, came_without)
               : 0u;
}

#endif
