/* packet.h: a received packet, as one layer hands it to the next. */
#ifndef V6NF_NODE_BASE_PACKET_H
#define V6NF_NODE_BASE_PACKET_H

#include "core.h"

/* Offsets count from the frame's first byte. */
struct packet {
    uint8_t *frame;
    uint32_t capacity;
    uint32_t end;            /* one past the packet's last byte */
    uint32_t upper;          /* the current header */
    uint32_t next_header_at; /* the Next Header field that gives its type */
    uint64_t now;
};

/* An error about a packet that the node sent: an ICMPv6 message reports it, or the node found it. */
struct packet_error {
    enum v6nf_send_status status;   /* V6NF_SEND_SENT: a message reports it; else why the node itself lost the packet */
    struct v6nf_icmpv6_quote quote; /* the packet */
    const uint8_t *source;          /* 16 bytes: the address of the host that reports the error */
    uint32_t parameter;             /* the four bytes after the checksum */
    uint32_t size;                  /* bytes of the ICMPv6 message, 0 without one */
    uint8_t type;
    uint8_t code;
    uint8_t hop_limit; /* of the packet with the message */
};

/* Return a packet of which nothing behind the IPv6 header is processed yet. end: one past its last byte. */
static inline struct packet packet_of(uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now)
{
    return (struct packet){
        .frame = frame,
        .capacity = capacity,
        .end = end,
        .upper = UPPER,
        .next_header_at = PACKET + V6NF_IPV6_NEXT_HEADER,
        .now = now,
    };
}

/* Return one past the last byte of the packet in a frame, as its header states it. */
static inline uint32_t packet_end(const uint8_t *frame)
{
    return UPPER + (uint32_t)v6nf_load16(frame + PACKET + V6NF_IPV6_PAYLOAD_LENGTH);
}

/* Return true if the packet has a multicast or broadcast destination, of IPv6 or of the link. */
static inline bool is_to_group(const struct packet *packet)
{
    return v6nf_address_is_multicast(packet->frame + PACKET + V6NF_IPV6_DESTINATION) ||
           v6nf_ether_is_group(packet->frame + V6NF_ETHER_DESTINATION);
}

/* Return true if the frame has the node's own Ethernet address as source. The link looped it back (RFC 4862, appendix
 * A), or another node has the same address. */
static inline bool is_from_own_mac(const struct v6nf_node *node, const struct packet *packet)
{
    return v6nf_ether_address_equal(packet->frame + V6NF_ETHER_SOURCE, node->mac);
}

/* Remove the extension headers of a packet that is answered in place. The current header moves to UPPER, where the
 * header of the answer is. */
void v6nf_packet_strip(struct packet *packet);

#endif
