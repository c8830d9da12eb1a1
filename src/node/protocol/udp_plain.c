/* udp_plain.c: the fast path of UDP: a datagram that fills its packet is handed to its port, and sent back as it is.
 * What is rare has functions of its own, for which the fast path saves no registers. */
#include "udp_plain.h"

#ifndef __OPTIMIZE_SIZE__
#include "v6nf/wire/udp.h"

#include "../output/output.h"
#include "udp.h"
#include "udp_hand_over.h"

/* Process a datagram that has no checksum, is malformed, or does not fill its packet. */
static __attribute__((noinline)) uint32_t input_slowly(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                                                       uint64_t now)
{
    struct packet packet = packet_of(frame, packet_end(frame), capacity, now);
    return v6nf_udp_input(node, &packet);
}

/* Refuse a datagram to a port without a handler. */
static __attribute__((noinline)) uint32_t refuse_unbound(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                                                         uint64_t now)
{
    const struct packet packet = packet_of(frame, packet_end(frame), capacity, now);
    return udp_refuse(node, &packet);
}

/* Send a datagram whose lengths and checksum are right back to its sender. The sum of two addresses, and of two ports,
 * is the same either way round. length: bytes of the frame. */
static inline uint32_t send_back(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                 uint64_t now)
{
    uint8_t *ipv6 = frame + PACKET;
    v6nf_ipv6_swap_addresses(ipv6);
    udp_swap_ports(frame + UPPER);
    v6nf_store32(ipv6, 0x60000000u); /* version 6, traffic class and flow label 0 */
    ipv6[V6NF_IPV6_HOP_LIMIT] = node->hop_limit;
    return v6nf_output(node, frame, length, capacity, now);
}

/* Send a reply with another payload, of `length` bytes. Not inlined, because the fast path would do a part of it. */
static __attribute__((noinline)) uint32_t send_changed(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                       uint32_t capacity, uint64_t now)
{
    uint8_t *ipv6 = frame + PACKET;
    v6nf_store16(ipv6 + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)((V6NF_UDP_HEADER_SIZE + length) & 0xFFFFu));
    v6nf_udp_finish(ipv6, frame + UPPER, V6NF_UDP_HEADER_SIZE + length);
    return send_back(node, frame, V6NF_UDP_PAYLOAD + length, capacity, now);
}

/* Reply after the handler has changed addresses of the node. */
static __attribute__((noinline)) uint32_t reply_after_change(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                                                             struct udp_answer answer, uint64_t now)
{
    const struct packet packet = packet_of(frame, packet_end(frame), capacity, now);
    return udp_reply(node, &packet, answer, false);
}

uint32_t v6nf_udp_plain_input(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    const uint8_t *ipv6 = frame + PACKET;
    const uint8_t *header = frame + UPPER;
    const uint32_t size = v6nf_load16(ipv6 + V6NF_IPV6_PAYLOAD_LENGTH);
    if (size < V6NF_UDP_HEADER_SIZE || v6nf_load16(header + V6NF_UDP_LENGTH) != size) {
        return input_slowly(node, frame, capacity, now);
    }
    uint32_t length = 0;
    enum v6nf_udp_fault fault = v6nf_udp_check(ipv6, header, size, &length);
    if (fault == V6NF_UDP_CHECKSUM_WRONG) {
        return drop_inline(node, V6NF_DROP_UDP_CHECKSUM);
    }
    if (fault != V6NF_UDP_GOOD) {
        return input_slowly(node, frame, capacity, now);
    }
    const struct v6nf_udp_binding *binding = udp_find_port(node, v6nf_load16(header + V6NF_UDP_DESTINATION_PORT));
    if (binding == NULL || binding->handler == NULL) {
        return refuse_unbound(node, frame, capacity, now);
    }
    struct udp_answer answer;
    if (!udp_ask_handler(node, binding, frame, length, capacity, false, &answer, now)) {
        return 0;
    }
    if (answer.has_changed) {
        return reply_after_change(node, frame, capacity, answer, now);
    }
    return answer.unchanged ? send_back(node, frame, V6NF_UDP_PAYLOAD + answer.length, capacity, now)
                            : send_changed(node, frame, answer.length, capacity, now);
}
#endif
