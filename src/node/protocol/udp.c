/* udp.c: UDP (RFC 768) over IPv6 (RFC 8200, 8.1). */
#include "udp.h"

#include "v6nf/wire/udp.h"

#include "../base/random.h"
#include "../output/output.h"
#include "../output/select.h"
#include "../state/own_address.h"
#include "../state/path_mtu.h"
#include "../state/pending.h"
#include "../state/udp_port.h"
#include "autoconf.h"
#include "udp_hand_over.h"
#include "udp_insert.h"
#include "udp_no_checksum.h"

uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet)
{
    const uint8_t *header = packet->frame + packet->upper;
    uint32_t length = 0;
    switch (v6nf_udp_check(packet->frame + PACKET, header, packet->end - packet->upper, &length)) {
    case V6NF_UDP_GOOD:
        return udp_hand_over(node, packet, length, false);
    case V6NF_UDP_CHECKSUM_ZERO:
        return v6nf_udp_no_checksum_input(node, packet, length);
    case V6NF_UDP_LENGTH_BAD:
        return drop_inline(node, V6NF_DROP_UDP_LENGTH);
    default:
        return drop_inline(node, V6NF_DROP_UDP_CHECKSUM);
    }
}

/* Return the index of the address to send from: the one that the program chose, if it is usable, or the best for the
 * destination. NO_ADDRESS if there is none. */
static uint32_t select_source(struct v6nf_node *node, const struct v6nf_udp_message *message)
{
    if (v6nf_address_is_unspecified(message->local.bytes)) {
        return v6nf_select_source(node, message->remote.bytes);
    }
    uint32_t own = v6nf_own_address_find(node, message->local.bytes);
    return own != NO_ADDRESS && own_address_may_be_source(node, own) ? own : NO_ADDRESS;
}

/* Return the cause for which the datagram is not sent, NO_DROP if none is known yet. */
static enum v6nf_counter find_fault(struct v6nf_node *node, uint32_t length, uint32_t capacity,
                                    const struct v6nf_udp_message *message, uint64_t now)
{
    if (message->local_port == 0u || message->remote_port == 0u) {
        return V6NF_DROP_UDP_PORT;
    }
    if (message->without_checksum && (v6nf_address_is_multicast(message->remote.bytes) ||
                                      !v6nf_udp_port_may_lack_checksum(node, message->local_port, V6NF_UDP_SEND))) {
        return V6NF_DROP_UDP_CHECKSUM_ZERO;
    }
    if (length > v6nf_udp_max_length(node) ||
        (message->dont_fragment && V6NF_UDP_PAYLOAD + length > v6nf_path_mtu_longest_frame(node, message->remote.bytes,
                                                                                           V6NF_ORIGIN_PROGRAM, now))) {
        return V6NF_DROP_MTU;
    }
    return V6NF_UDP_PAYLOAD + length > capacity ? V6NF_DROP_CAPACITY : NO_DROP;
}

/* Write the datagram, whose payload is in the frame, from the node's address `own`: all but Length and checksum. */
static void write_datagram(const struct v6nf_node *node, uint8_t *frame, uint32_t length,
                           const struct v6nf_udp_message *message, uint32_t own)
{
    uint8_t *ipv6 = frame + PACKET;
    uint8_t *header = frame + UPPER;
    uint8_t hop_limit = v6nf_address_is_multicast(message->remote.bytes) ? node->multicast_hop_limit : node->hop_limit;
    v6nf_ipv6_write(ipv6, V6NF_UDP_HEADER_SIZE + length, V6NF_NEXT_HEADER_UDP,
                    message->hop_limit != 0u ? message->hop_limit : hop_limit);
    v6nf_address_copy(ipv6 + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, message->remote.bytes);
    v6nf_store16(header + V6NF_UDP_SOURCE_PORT, message->local_port);
    v6nf_store16(header + V6NF_UDP_DESTINATION_PORT, message->remote_port);
    v6nf_flow_label_write(node, ipv6);
    v6nf_store16(ipv6, (uint16_t)(v6nf_load16(ipv6) | (uint32_t)message->traffic_class << 4));
}

/* Send the datagram in the frame, of `length` bytes, which has neither Length nor checksum. One that waits, is sent in
 * fragments, to a group or to the node itself has its checksum: the device would not insert it. */
static inline uint32_t send_written(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                    bool without_checksum, enum v6nf_send_status *status, uint64_t now)
{
    if (V6NF_UDP_ZERO_CHECKSUM && without_checksum) {
        udp_finish_without_checksum(frame + UPPER, length - UPPER);
    } else {
        const uint32_t sent = udp_send_inserting(node, frame, length, now);
        if (sent != 0u) {
            return sent;
        }
        v6nf_udp_finish(frame + PACKET, frame + UPPER, length - UPPER);
    }
    return v6nf_output_own(node, frame, length, capacity, status, now);
}

uint32_t v6nf_udp_max_length(const struct v6nf_node *node)
{
    return node->longest_packet - V6NF_UDP_PAYLOAD; /* less than a UDP Length can say, as an MTU is 65535 at most */
}

enum v6nf_send_status v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                    const struct v6nf_udp_message *message, uint32_t *frame_length, uint64_t now)
{
    enum v6nf_send_status status = V6NF_SEND_SENT;
    expire_in_time(node, now);
    enum v6nf_counter fault = find_fault(node, length, capacity, message, now);
    uint32_t own = select_source(node, message);
    if (fault == NO_DROP && own == NO_ADDRESS) {
        fault = V6NF_DROP_NO_SOURCE;
    }
    if (fault != NO_DROP) {
        *frame_length = v6nf_refuse(node, fault, &status);
        return status;
    }
    write_datagram(node, frame, length, message, own);
    node->udp_sources |= udp_source_bit(message->local_port);
    *frame_length =
        send_written(node, frame, V6NF_UDP_PAYLOAD + length, capacity, message->without_checksum, &status, now);
    if (message->dont_fragment && status == V6NF_SEND_WAITS) {
        v6nf_pending_set_whole(node);
    }
    if (*frame_length != 0u) {
        count(node, V6NF_ORIGINATED);
    }
    return status;
}
