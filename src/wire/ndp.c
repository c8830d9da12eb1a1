/* ndp.c: RFC 4861, 4 and 7.1. */
#include "v6nf/ndp.h"

/* Takes in the option of `size` bytes at `offset`. */
static inline void read_option(const uint8_t *message, uint32_t offset, uint32_t size, struct v6nf_ndp_options *options)
{
    uint8_t type = message[offset];
    uint32_t place = offset + 2u;
    /* A group address taken for a neighbor's would turn every packet to it into a multicast. */
    if (size != V6NF_NDP_LINK_LAYER_OPTION_SIZE || !v6nf_ether_is_station(message + place)) {
        place = V6NF_NDP_OPTION_MALFORMED;
    }
    if (type == V6NF_NDP_OPTION_SOURCE_LINK_LAYER && options->source_link_layer == 0u) {
        options->source_link_layer = place;
    }
    if (type == V6NF_NDP_OPTION_TARGET_LINK_LAYER && options->target_link_layer == 0u) {
        options->target_link_layer = place;
    }
}

static inline bool read_options(const uint8_t *message, uint32_t offset, uint32_t end, struct v6nf_ndp_options *options)
{
    struct v6nf_ndp_options found = {0};
    *options = found;
    /* Lengths are in units of 8 bytes (RFC 4861, 4.6), so that options have no other sum. */
    if (offset > end || (end - offset) % 8u != 0u || end - offset > 8u * V6NF_NDP_OPTIONS_MAX) {
        return false;
    }
    while (offset < end) {
        uint32_t size = 8u * (uint32_t)message[offset + 1u];
        uint32_t next = offset + size;
        if (size == 0u || next > end) {
            return false;
        }
        read_option(message, offset, size, &found);
        offset = next;
    }
    *options = found;
    return true;
}

bool v6nf_ndp_read_options(const uint8_t *message, uint32_t offset, uint32_t end, struct v6nf_ndp_options *options)
{
    return read_options(message, offset, end, options);
}

/* The checks that RFC 4861, 7.1.1 and 7.1.2 have in common. */
static inline bool check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                          struct v6nf_ndp_options *options)
{
    *options = (struct v6nf_ndp_options){0};
    return packet[V6NF_IPV6_HOP_LIMIT] == V6NF_NDP_HOP_LIMIT && length >= V6NF_NDP_NEIGHBOR_SIZE &&
           message[V6NF_ICMPV6_CODE] == 0u && !v6nf_address_is_multicast(message + V6NF_NDP_TARGET) &&
           read_options(message, V6NF_NDP_NEIGHBOR_SIZE, length, options);
}

bool v6nf_ndp_check_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                 struct v6nf_ndp_options *options)
{
    if (!check_neighbor_message(packet, message, length, options) ||
        options->source_link_layer == V6NF_NDP_OPTION_MALFORMED) {
        return false;
    }
    if (v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE)) {
        return v6nf_address_is_solicited_node(packet + V6NF_IPV6_DESTINATION) && options->source_link_layer == 0u;
    }
    return true;
}

bool v6nf_ndp_check_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                  struct v6nf_ndp_options *options)
{
    if (!check_neighbor_message(packet, message, length, options) ||
        options->target_link_layer == V6NF_NDP_OPTION_MALFORMED) {
        return false;
    }
    /* Solicited, to a multicast address, is a contradiction. */
    return !v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) ||
           (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) == 0u;
}

/* Writes a message of either kind; `mac` NULL for no option. Returns the packet's size. */
static inline uint32_t write_neighbor_message(uint8_t *packet, uint8_t type, uint32_t flags, const uint8_t *target,
                                              uint8_t option, const uint8_t *mac)
{
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    uint32_t length = V6NF_NDP_NEIGHBOR_SIZE;
    v6nf_icmpv6_write(message, type, 0u, flags);
    v6nf_address_copy(message + V6NF_NDP_TARGET, target);
    if (mac != 0) {
        message[V6NF_NDP_NEIGHBOR_SIZE] = option;
        message[V6NF_NDP_NEIGHBOR_SIZE + 1u] = 1u;
        v6nf_ether_address_copy(message + V6NF_NDP_NEIGHBOR_SIZE + 2u, mac);
        length = V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE;
    }
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, V6NF_NDP_HOP_LIMIT);
    v6nf_icmpv6_finish(packet, message, length);
    return V6NF_IPV6_HEADER_SIZE + length;
}

uint32_t v6nf_ndp_write_solicitation(uint8_t *packet, const uint8_t *target, const uint8_t *mac)
{
    return write_neighbor_message(packet, V6NF_ICMPV6_NEIGHBOR_SOLICITATION, 0u, target,
                                  V6NF_NDP_OPTION_SOURCE_LINK_LAYER, mac);
}

uint32_t v6nf_ndp_write_advertisement(uint8_t *packet, const uint8_t *target, uint32_t flags, const uint8_t *mac)
{
    return write_neighbor_message(packet, V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT, flags, target,
                                  V6NF_NDP_OPTION_TARGET_LINK_LAYER, mac);
}
