/* ndp.c: RFC 4861, 4 and 7.1. */
#include "v6nf/ndp.h"

#include <stddef.h>

static inline uint32_t find_link_layer(const uint8_t *message, uint32_t offset, uint32_t end, uint8_t type)
{
    uint32_t found = 0;
    /* Lengths are in units of 8 bytes (RFC 4861, 4.6), so that options have no other sum. */
    if (offset > end || (end - offset) % 8u != 0u || end - offset > 8u * V6NF_NDP_OPTIONS_MAX) {
        return V6NF_NDP_INVALID;
    }
    while (offset < end) {
        uint32_t size = 8u * (uint32_t)message[offset + 1u];
        uint32_t next = offset + size;
        if (size == 0u || next > end) {
            return V6NF_NDP_INVALID;
        }
        if (message[offset] == type && found == 0u) {
            found = offset + 2u;
            /* A group address taken for a neighbor's would turn every packet to it into a multicast. */
            if (size != V6NF_NDP_LINK_LAYER_OPTION_SIZE || !v6nf_ether_is_station(message + found)) {
                return V6NF_NDP_INVALID;
            }
        }
        offset = next;
    }
    return found;
}

uint32_t v6nf_ndp_find_link_layer(const uint8_t *message, uint32_t offset, uint32_t end, uint8_t type)
{
    return find_link_layer(message, offset, end, type);
}

/* The checks that RFC 4861, 7.1.1 and 7.1.2 have in common; the option of type `type` is looked for. */
static inline uint32_t check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length, uint8_t type)
{
    if (packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT || length < V6NF_NDP_NEIGHBOR_SIZE ||
        message[V6NF_ICMPV6_CODE] != 0u || v6nf_address_is_multicast(message + V6NF_NDP_TARGET)) {
        return V6NF_NDP_INVALID;
    }
    return find_link_layer(message, V6NF_NDP_NEIGHBOR_SIZE, length, type);
}

uint32_t v6nf_ndp_check_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_SOURCE_LINK_LAYER);
    if (v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE) &&
        (mac != 0u || !v6nf_address_is_solicited_node(packet + V6NF_IPV6_DESTINATION))) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

uint32_t v6nf_ndp_check_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_TARGET_LINK_LAYER);
    /* Solicited, to a multicast address, is a contradiction. */
    if (mac != V6NF_NDP_INVALID && v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) &&
        (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) != 0u) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

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
