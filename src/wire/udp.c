/* udp.c: RFC 768; RFC 8200, 8.1. */
#include "v6nf/udp.h"

enum v6nf_udp_fault v6nf_udp_check(const uint8_t *packet, const uint8_t *datagram, uint32_t available,
                                   uint32_t *length)
{
    *length = 0;
    if (available < V6NF_UDP_HEADER_SIZE) {
        return V6NF_UDP_LENGTH_BAD;
    }
    uint32_t claimed = (uint32_t)v6nf_load16(datagram + V6NF_UDP_LENGTH);
    if (claimed < V6NF_UDP_HEADER_SIZE || claimed > available) {
        return V6NF_UDP_LENGTH_BAD;
    }
    if (v6nf_word16(datagram + V6NF_UDP_CHECKSUM) == 0u) {
        return V6NF_UDP_CHECKSUM_ZERO;
    }
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, claimed, V6NF_NEXT_HEADER_UDP);
    if (v6nf_checksum_fold(v6nf_checksum_add(datagram, claimed, sum)) != V6NF_CHECKSUM_RIGHT) {
        return V6NF_UDP_CHECKSUM_WRONG;
    }
    *length = claimed;
    return V6NF_UDP_GOOD;
}

void v6nf_udp_finish(const uint8_t *packet, uint8_t *datagram, uint32_t length)
{
    v6nf_store16(datagram + V6NF_UDP_LENGTH, (uint16_t)(length & 0xFFFFu));
    v6nf_store16(datagram + V6NF_UDP_CHECKSUM, 0u);
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_UDP);
    uint16_t checksum = v6nf_checksum_finish(v6nf_checksum_add(datagram, length, sum));
    /* 0 would mean "none" (RFC 768); both stand for zero in one's complement. */
    v6nf_store_word16(datagram + V6NF_UDP_CHECKSUM, checksum == 0u ? 0xFFFFu : checksum);
}
