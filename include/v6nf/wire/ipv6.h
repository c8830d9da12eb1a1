/* ipv6.h: the IPv6 header (RFC 8200, 3). Offsets count from its first byte. */
#ifndef V6NF_WIRE_IPV6_H
#define V6NF_WIRE_IPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_IPV6_HEADER_SIZE 40u
#define V6NF_IPV6_PAYLOAD_LENGTH 4u
#define V6NF_IPV6_NEXT_HEADER 6u
#define V6NF_IPV6_HOP_LIMIT 7u
#define V6NF_IPV6_SOURCE 8u
#define V6NF_IPV6_DESTINATION 24u
#define V6NF_IPV6_MTU_MIN 1280u /* RFC 8200, 5 */

/* Next Header values (IANA protocol numbers). */
#define V6NF_NEXT_HEADER_UDP 17u
#define V6NF_NEXT_HEADER_ICMPV6 58u
#define V6NF_NEXT_HEADER_NONE 59u

/* What v6nf_ipv6_check() finds. */
enum v6nf_ipv6_fault {
    V6NF_IPV6_GOOD,
    V6NF_IPV6_SHORT,       /* fewer bytes than a header */
    V6NF_IPV6_VERSION,     /* version field is not 6 */
    V6NF_IPV6_TRUNCATED,   /* Payload Length goes past the bytes that are there */
    V6NF_IPV6_SOURCE_BAD   /* multicast (RFC 4291, 2.7), loopback (2.5.3) or IPv4-mapped (2.5.5.2) as source */
};

/*@ logic integer v6nf_payload_length{L}(uint8_t *packet) = 256 * packet[4] + packet[5];
    // A whole packet of version 6 in the first bytes of `available`.
    predicate v6nf_is_ipv6{L}(uint8_t *packet, integer available) =
        40 <= available && packet[0] / 16 == 6 && 40 + v6nf_payload_length(packet) <= available;
    predicate v6nf_is_bad_source{L}(uint8_t *a) = a[0] == 0xFF || v6nf_is_loopback(a) || v6nf_is_ipv4_mapped(a); */

/* Checks the header of a packet of at most `available` bytes that came from a link; whether its destination is the node's
 * is for the node to say. On V6NF_IPV6_GOOD *size is the size
 * of the whole packet, 40 + Payload Length <= available; what follows is link padding. Otherwise *size is 0. */
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
    const uint8_t *source = packet + V6NF_IPV6_SOURCE;
    if (v6nf_address_is_multicast(source) || v6nf_address_is_loopback(source) || v6nf_address_is_ipv4_mapped(source)) {
        return V6NF_IPV6_SOURCE_BAD;
    }
    *size = whole;
    return V6NF_IPV6_GOOD;
}

/* Writes a header with traffic class and flow label 0, but not its addresses. `payload_length` in bytes, at most 65535. */
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

/* Exchanges source and destination address. */
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
