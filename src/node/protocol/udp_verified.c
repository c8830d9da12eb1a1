/* udp_verified.c: the path of UDP on a port whose device verifies and inserts checksums (port.h). It sums no payload.
 *
 * The device's word is about the packet as it arrived. A datagram is taken here only if it fills a packet without
 * extension headers, and is no fragment. All others, and those to groups, are verified as ever. */
#include "udp_verified.h"

#if V6NF_CHECKSUM_OFFLOAD
#include "v6nf/wire/udp.h"

#include "../output/output.h"
#include "udp.h"
#include "udp_hand_over.h"

void v6nf_udp_complete(uint8_t *frame, uint32_t end)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    if (end < UPPER + V6NF_UDP_HEADER_SIZE || v6nf_load16(frame + V6NF_ETHER_TYPE) != V6NF_ETHER_TYPE_IPV6 ||
        ipv6[V6NF_IPV6_NEXT_HEADER] != V6NF_NEXT_HEADER_UDP) {
        return;
    }
    const uint32_t length = v6nf_load16(header + V6NF_UDP_LENGTH);
    if (length >= V6NF_UDP_HEADER_SIZE && length <= end - UPPER) {
        v6nf_udp_finish(ipv6, header, length);
    }
}

/* Process a datagram that the device's word is not enough for. */
static __attribute__((noinline)) uint32_t input_unverified(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                                                           bool is_partial, uint64_t now)
{
    struct packet packet = packet_of(frame, packet_end(frame), capacity, now);
    if (is_partial) {
        v6nf_udp_complete(frame, packet.end);
    }
    return v6nf_udp_input(node, &packet);
}

/* Reply after the handler has changed addresses of the node. */
static __attribute__((noinline)) uint32_t reply_verified(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                                                         struct udp_answer answer, bool is_partial, uint64_t now)
{
    const struct packet packet = packet_of(frame, packet_end(frame), capacity, now);
    answer.unchanged = answer.unchanged && !is_partial;
    return udp_reply(node, &packet, answer, false);
}

/* Send a reply that is complete but for its checksum. length: bytes of the frame. */
static uint32_t send_inserting(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    if (udp_device_inserts(node) && v6nf_output_at_once(node, frame, length, now) != 0u) {
        return udp_leave_checksum(node, frame, length);
    }
    v6nf_udp_finish(frame + PACKET, frame + UPPER, length - UPPER);
    return v6nf_output(node, frame, length, capacity, now);
}

/* Make the datagram the reply, and send it. */
static inline uint32_t send_verified(struct v6nf_node *node, uint8_t *frame, struct udp_answer answer, bool is_partial,
                                     uint32_t capacity, uint64_t now)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    const uint32_t length = V6NF_UDP_PAYLOAD + answer.length;
    v6nf_ipv6_swap_addresses(ipv6);
    udp_swap_ports(header);
    v6nf_store32(ipv6, 0x60000000u); /* version 6, traffic class and flow label 0 */
    ipv6[V6NF_IPV6_HOP_LIMIT] = node->hop_limit;
    if (answer.unchanged && !is_partial) {
        return v6nf_output(node, frame, length, capacity, now);
    }
    v6nf_store16(ipv6 + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)((length - UPPER) & 0xFFFFu));
    v6nf_store16(header + V6NF_UDP_LENGTH, (uint16_t)((length - UPPER) & 0xFFFFu));
    return send_inserting(node, frame, length, capacity, now);
}

uint32_t v6nf_udp_verified_input(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, bool is_partial,
                                 uint64_t now)
{
    const uint8_t *header = frame + UPPER;
    const uint32_t size = v6nf_load16(frame + PACKET + V6NF_IPV6_PAYLOAD_LENGTH);
    if (size < V6NF_UDP_HEADER_SIZE || v6nf_load16(header + V6NF_UDP_LENGTH) != size ||
        v6nf_word16(header + V6NF_UDP_CHECKSUM) == 0u) {
        return input_unverified(node, frame, capacity, is_partial, now);
    }
    const struct v6nf_udp_binding *binding = udp_find_port(node, v6nf_load16(header + V6NF_UDP_DESTINATION_PORT));
    if (binding == NULL || binding->handler == NULL) {
        return input_unverified(node, frame, capacity, is_partial, now); /* refuses it, with a complete checksum */
    }
    struct udp_answer answer;
    if (!udp_ask_handler(node, binding, frame, size, capacity, false, &answer, now)) {
        return 0;
    }
    return answer.has_changed ? reply_verified(node, frame, capacity, answer, is_partial, now)
                              : send_verified(node, frame, answer, is_partial, capacity, now);
}
#endif
