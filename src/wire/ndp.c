/* ndp.c: RFC 4861, 4 and 7.1. */
#include "v6nf/ndp.h"

#include <stddef.h>

/* Writes all but the checksum of a message of `length` bytes, without its option, and its IPv6 header. */
static inline void write_message(uint8_t *packet, uint8_t type, uint32_t flags, const uint8_t *target, uint32_t length)
{
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, V6NF_NDP_HOP_LIMIT);
    v6nf_icmpv6_write(message, type, 0u, flags);
    v6nf_address_copy(message + V6NF_NDP_TARGET, target);
}

static inline void write_option(uint8_t *packet, uint8_t type, const uint8_t *mac)
{
    uint8_t *option = packet + V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_SIZE;
    option[0] = type;
    option[1] = 1u;
    v6nf_ether_address_copy(option + 2, mac);
}

uint32_t v6nf_ndp_write_solicitation(uint8_t *packet, const uint8_t *target, const uint8_t *mac)
{
    uint32_t length = mac != NULL ? V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE : V6NF_NDP_NEIGHBOR_SIZE;
    write_message(packet, V6NF_ICMPV6_NEIGHBOR_SOLICITATION, 0u, target, length);
    if (mac != NULL) {
        write_option(packet, V6NF_NDP_OPTION_SOURCE_LINK_LAYER, mac);
    }
    v6nf_icmpv6_finish(packet, packet + V6NF_IPV6_HEADER_SIZE, length);
    return V6NF_IPV6_HEADER_SIZE + length;
}

uint32_t v6nf_ndp_write_advertisement(uint8_t *packet, const uint8_t *target, uint32_t flags, const uint8_t *mac)
{
    const uint32_t length = V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE;
    write_message(packet, V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT, flags, target, length);
    write_option(packet, V6NF_NDP_OPTION_TARGET_LINK_LAYER, mac);
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_finish(v6nf_checksum_add_32(message, sum)));
    return V6NF_IPV6_HEADER_SIZE + length;
}
