/* udp.h: the UDP header (RFC 768; RFC 8200, 8.1). Offsets count from its first byte.
 * Context: any. */
#ifndef V6NF_WIRE_UDP_H
#define V6NF_WIRE_UDP_H

#include <stdint.h>

#include "bytes.h"
#include "checksum.h"
#include "ipv6.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_UDP_HEADER_SIZE 8u      /* bytes of the header */
#define V6NF_UDP_SOURCE_PORT 0u      /* offset of Source Port, 2 bytes */
#define V6NF_UDP_DESTINATION_PORT 2u /* offset of Destination Port, 2 bytes */
#define V6NF_UDP_LENGTH 4u           /* offset of Length, 2 bytes */
#define V6NF_UDP_CHECKSUM 6u         /* offset of Checksum, 2 bytes */

/* Fault of a datagram. */
enum v6nf_udp_fault {
    V6NF_UDP_GOOD,          /* none */
    V6NF_UDP_LENGTH_BAD,    /* shorter than a header; or Length below 8, or more than the packet has */
    V6NF_UDP_CHECKSUM_ZERO, /* no checksum, which only tunnels may omit (RFC 8200, 8.1; RFC 6935) */
    V6NF_UDP_CHECKSUM_WRONG /* the checksum is wrong */
};

/*@ logic integer v6nf_udp_length{L}(uint8_t *datagram) = 256 * datagram[4] + datagram[5];
    // A header, and a Length that is at least a header and at most what is available.
    predicate v6nf_is_udp{L}(uint8_t *datagram, integer available) =
        8 <= available && 8 <= v6nf_udp_length(datagram) <= available; */

/* Check a received datagram (RFC 768; RFC 8200, 8.1).
 * packet: the IPv6 header, 40 bytes.
 * datagram: available bytes.
 * available: bytes of the packet from the UDP header on.
 * length: the Length of the datagram, 8 to `available`; 0 for V6NF_UDP_LENGTH_BAD and V6NF_UDP_CHECKSUM_WRONG.
 * Return the fault. */
/*@ requires \valid_read(packet + (0 .. 39)) && \valid_read(datagram + (0 .. available - 1)) && \valid(length);
    requires \separated(length, packet + (0 .. 39), datagram + (0 .. available - 1));
    assigns *length;
    ensures good: \result == V6NF_UDP_GOOD || \result == V6NF_UDP_CHECKSUM_ZERO ==>
        *length == v6nf_udp_length(datagram) && 8 <= *length <= available;
    ensures fault: \result == V6NF_UDP_LENGTH_BAD || \result == V6NF_UDP_CHECKSUM_WRONG ==> *length == 0;
    ensures length: \result == V6NF_UDP_LENGTH_BAD <==> !v6nf_is_udp(datagram, available);
    ensures zero: \result == V6NF_UDP_CHECKSUM_ZERO <==>
        v6nf_is_udp(datagram, available) && datagram[6] == 0 && datagram[7] == 0; */
static inline enum v6nf_udp_fault v6nf_udp_check(const uint8_t *packet, const uint8_t *datagram,
                                                 uint32_t available, uint32_t *length)
{
    *length = 0;
    if (available < V6NF_UDP_HEADER_SIZE) {
        return V6NF_UDP_LENGTH_BAD;
    }
    uint32_t claimed = (uint32_t)v6nf_load16(datagram + V6NF_UDP_LENGTH);
    if (claimed > available) {
        return V6NF_UDP_LENGTH_BAD;
    }
    if (claimed < V6NF_UDP_HEADER_SIZE) {
        return V6NF_UDP_LENGTH_BAD;
    }
    if (v6nf_word16(datagram + V6NF_UDP_CHECKSUM) == 0u) {
        *length = claimed;
        return V6NF_UDP_CHECKSUM_ZERO;
    }
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, claimed, V6NF_NEXT_HEADER_UDP);
    if (!v6nf_checksum_is_right(v6nf_checksum_add_short(datagram, claimed, sum))) {
        return V6NF_UDP_CHECKSUM_WRONG;
    }
    *length = claimed;
    return V6NF_UDP_GOOD;
}

/* Write Length and checksum of a datagram (RFC 768; RFC 8200, 8.1).
 * packet: the IPv6 header, 40 bytes, with its final addresses.
 * datagram: length bytes, complete but for Length and checksum.
 * length: bytes of the datagram, 8 to 65535. */
/*@ requires 8 <= length <= 65535;
    requires \valid_read(packet + (0 .. 39)) && \valid(datagram + (0 .. length - 1));
    requires \separated(packet + (0 .. 39), datagram + (0 .. length - 1));
    assigns datagram[4 .. 7];
    ensures v6nf_udp_length(datagram) == (length & 0xFFFF);
    ensures datagram[6] != 0 || datagram[7] != 0; */
static inline void v6nf_udp_finish(const uint8_t *packet, uint8_t *datagram, uint32_t length)
{
    v6nf_store16(datagram + V6NF_UDP_LENGTH, (uint16_t)(length & 0xFFFFu));
    v6nf_store16(datagram + V6NF_UDP_CHECKSUM, 0u);
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_UDP);
    uint16_t checksum = v6nf_checksum_finish(v6nf_checksum_add(datagram, length, sum));
    /* 0 would mean "none" (RFC 768); both are zero in one's complement. */
    v6nf_store_word16(datagram + V6NF_UDP_CHECKSUM, checksum == 0u ? 0xFFFFu : checksum);
}

#ifdef __cplusplus
}
#endif

#endif
