/* ipv6.h: the IPv6 header (RFC 8200, 3). Offsets count from its first byte.
 * Context: any. */
#ifndef V6NF_WIRE_IPV6_H
#define V6NF_WIRE_IPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_IPV6_HEADER_SIZE 40u   /* bytes of the header */
#define V6NF_IPV6_PAYLOAD_LENGTH 4u /* offset of Payload Length, 2 bytes */
#define V6NF_IPV6_NEXT_HEADER 6u    /* offset of Next Header */
#define V6NF_IPV6_HOP_LIMIT 7u      /* offset of Hop Limit */
#define V6NF_IPV6_SOURCE 8u         /* offset of the source address */
#define V6NF_IPV6_DESTINATION 24u   /* offset of the destination address */
#define V6NF_IPV6_MTU_MIN 1280u     /* minimum link MTU (RFC 8200, 5) */

#define V6NF_NEXT_HEADER_UDP 17u    /* Next Header of UDP (RFC 768) */
#define V6NF_NEXT_HEADER_ICMPV6 58u /* Next Header of ICMPv6 (RFC 4443, 1) */
#define V6NF_NEXT_HEADER_NONE 59u   /* No Next Header (RFC 8200, 4.7) */

/* Fault of a header. */
enum v6nf_ipv6_fault {
    V6NF_IPV6_GOOD,      /* none */
    V6NF_IPV6_SHORT,     /* fewer bytes than a header */
    V6NF_IPV6_VERSION,   /* the version is not 6 */
    V6NF_IPV6_TRUNCATED, /* Payload Length exceeds the available bytes */
    V6NF_IPV6_SOURCE_BAD /* source is multicast (RFC 4291, 2.7), loopback (2.5.3) or IPv4-mapped (2.5.5.2) */
};

/*@ logic integer v6nf_payload_length{L}(uint8_t *packet) = 256 * packet[4] + packet[5];
    // A whole packet of version 6 in the first bytes of `available`.
    predicate v6nf_is_ipv6{L}(uint8_t *packet, integer available) =
        40 <= available && packet[0] / 16 == 6 && 40 + v6nf_payload_length(packet) <= available;
    predicate v6nf_is_bad_source{L}(uint8_t *a) = a[0] == 0xFF || v6nf_is_loopback(a) || v6nf_is_ipv4_mapped(a); */

/* Return true if no packet has this source address: multicast, loopback or IPv4-mapped (V6NF_IPV6_SOURCE_BAD).
 * source: 16 bytes. */
/*@ requires \valid_read(source + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_is_bad_source(source); */
static inline bool v6nf_ipv6_is_source_bad(const uint8_t *source)
{
    return v6nf_address_is_multicast(source) || v6nf_address_is_loopback(source) || v6nf_address_is_ipv4_mapped(source);
}

/* Check the header of a received packet (RFC 8200, 3). The node checks the destination.
 * packet: available bytes.
 * available: bytes from the header on, including link padding.
 * size: bytes of the packet: 40 + Payload Length, at most `available`; 0 if there is a fault.
 * Return the first fault. */
/*@ requires \valid_read(packet + (0 .. available - 1)) && \valid(size);
    requires \separated(size, packet + (0 .. available - 1));
    assigns *size;
    ensures good: \result == V6NF_IPV6_GOOD <==> v6nf_is_ipv6(packet, available) && !v6nf_is_bad_source(packet + 8);
    ensures size: *size == (\result == V6NF_IPV6_GOOD ? 40 + v6nf_payload_length(packet) : 0);
    ensures short: \result == V6NF_IPV6_SHORT <==> available < 40;
    ensures version: \result == V6NF_IPV6_VERSION <==> available >= 40 && packet[0] / 16 != 6;
    ensures truncated: \result == V6NF_IPV6_TRUNCATED <==>
        available >= 40 && packet[0] / 16 == 6 && 40 + v6nf_payload_length(packet) > available;
    ensures source: \result == V6NF_IPV6_SOURCE_BAD <==>
        v6nf_is_ipv6(packet, available) && v6nf_is_bad_source(packet + 8); */
static inline enum v6nf_ipv6_fault v6nf_ipv6_check(const uint8_t *packet, uint32_t available, uint32_t *size)
{
    *size = 0;
    if (available < V6NF_IPV6_HEADER_SIZE) {
        return V6NF_IPV6_SHORT;
    }
    /*@ assert shift: packet[0] >> 4 == packet[0] / 16; */
    if (packet[0] >> 4 != 6u) {
        return V6NF_IPV6_VERSION;
    }
    uint32_t whole = V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    if (whole > available) {
        return V6NF_IPV6_TRUNCATED;
    }
    if (v6nf_ipv6_is_source_bad(packet + V6NF_IPV6_SOURCE)) {
        return V6NF_IPV6_SOURCE_BAD;
    }
    *size = whole;
    return V6NF_IPV6_GOOD;
}

/* Write a header without its addresses, with traffic class and flow label 0 (RFC 8200, 3).
 * packet: 40 bytes; the first 8 are written.
 * payload_length: bytes after the header, 0 to 65535.
 * next_header: Next Header value.
 * hop_limit: 0 to 255. */
/*@ requires \valid(packet + (0 .. 7));
    assigns packet[0 .. 7];
    ensures packet[0] == 0x60 && packet[1] == 0 && packet[2] == 0 && packet[3] == 0;
    ensures 256 * packet[4] + packet[5] == (payload_length & 0xFFFF);
    ensures packet[6] == next_header && packet[7] == hop_limit; */
static inline void v6nf_ipv6_write(uint8_t *packet, uint32_t payload_length, uint8_t next_header, uint8_t hop_limit)
{
    v6nf_store32(packet, 0x60000000u);
    v6nf_store16(packet + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(payload_length & 0xFFFFu));
    packet[V6NF_IPV6_NEXT_HEADER] = next_header;
    packet[V6NF_IPV6_HOP_LIMIT] = hop_limit;
}

/* Exchange source and destination address of the header at `packet`. */
/*@ requires \valid(packet + (0 .. 39));
    assigns packet[8 .. 39];
    ensures \forall integer i; 0 <= i < 16 ==> packet[8 + i] == \old(packet[24 + i]);
    ensures \forall integer i; 0 <= i < 16 ==> packet[24 + i] == \old(packet[8 + i]); */
static inline void v6nf_ipv6_swap_addresses(uint8_t *packet)
{
    uint8_t source[V6NF_ADDRESS_SIZE];
    v6nf_address_copy(source, packet + V6NF_IPV6_SOURCE);
    /*@ assert \forall integer i; 8 <= i < 24 ==> \at(packet[i], Pre) == source[i - 8]; */
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, packet + V6NF_IPV6_DESTINATION);
    v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, source);
    /*@ assert \forall integer i; 24 <= i < 40 ==> packet[i] == source[i - 24]; */
}

#ifdef __cplusplus
}
#endif

#endif
