/* udp_insert.h: checksums of UDP that the device inserts (port.h) into replies, and into what the program sends. */
#ifndef V6NF_NODE_PROTOCOL_UDP_INSERT_H
#define V6NF_NODE_PROTOCOL_UDP_INSERT_H

#include "v6nf/wire/udp.h"

#include "../output/output.h"

/* The flag of a length, and what a device does: as in port.h, which a node does not know. test_checksum_offload.c has
 * the numbers of port.h. */
#define CHECKSUM_PARTIAL (1u << 31)
#define DEVICE_INSERTS 2u
#define DEVICE_INSERTS_ALWAYS 4u

#if V6NF_CHECKSUM_OFFLOAD
static inline bool udp_device_inserts(const struct v6nf_node *node)
{
    return (node->checksums & (DEVICE_INSERTS + DEVICE_INSERTS_ALWAYS)) != 0u;
}

/* Leave the checksum of a datagram to the device. length: bytes of the frame. Return it, with the flag. */
static inline uint32_t udp_leave_checksum(const struct v6nf_node *node, uint8_t *frame, uint32_t length)
{
    const bool always = (node->checksums & DEVICE_INSERTS_ALWAYS) != 0u;
    const uint64_t sum = v6nf_checksum_pseudo(frame + PACKET + V6NF_IPV6_SOURCE, length - UPPER, V6NF_NEXT_HEADER_UDP);
    v6nf_store_word16(frame + UPPER + V6NF_UDP_CHECKSUM, always ? 0u : v6nf_checksum_fold(sum));
    return always ? length : length | CHECKSUM_PARTIAL;
}
#endif

/* Send a datagram of the program, which is complete but for Length and checksum, if the device inserts that and the
 * frame can leave at once and whole. length: bytes of the frame. Return 0 if not. */
static inline uint32_t udp_send_inserting(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
#if V6NF_CHECKSUM_OFFLOAD
    if (udp_device_inserts(node) && v6nf_output_own_at_once(node, frame, length, now) != 0u) {
        v6nf_store16(frame + UPPER + V6NF_UDP_LENGTH, (uint16_t)((length - UPPER) & 0xFFFFu));
        return udp_leave_checksum(node, frame, length);
    }
#else
    (void)node, (void)frame, (void)length, (void)now;
#endif
    return 0;
}

#endif
