/* ndp.c: RFC 4861, 4 and 7.1. */
#include "v6nf/ndp.h"

/* Takes in the option of `size` bytes, at least 8, at `offset`. */
static void read_option(const uint8_t *message, uint32_t offset, uint32_t size, struct v6nf_ndp_options *options)
{
    uint8_t type = message[offset];
    const uint8_t *address = message + offset + 2u;
    /* A group address taken for a neighbor's would turn every packet to it into a multicast. */
    if (size != V6NF_NDP_LINK_LAYER_OPTION_SIZE || !v6nf_ether_is_station(address)) {
        return;
    }
    if (type == V6NF_NDP_OPTION_SOURCE_LINK_LAYER && options->source_link_layer == 0u) {
        options->source_link_layer = offset + 2u;
    }
    if (type == V6NF_NDP_OPTION_TARGET_LINK_LAYER && options->target_link_layer == 0u) {
        options->target_link_layer = offset + 2u;
    }
}

bool v6nf_ndp_read_options(const uint8_t *message, uint32_t offset, uint32_t end, struct v6nf_ndp_options *options)
{
    struct v6nf_ndp_options found = {0};
    *options = found;
    for (uint32_t count = 0; count < V6NF_NDP_OPTIONS_MAX && offset < end; count++) {
        if (offset + 2u > end) {
            return false;
        }
        uint32_t size = 8u * (uint32_t)message[offset + 1u];
        uint32_t next = offset + size;
        if (size == 0u || next > end) {
            return false;
        }
        read_option(message, offset, size, &found);
        offset = next;
    }
    if (offset != end) {
        return false;
    }
    *options = found;
    return true;
}

/* The checks that RFC 4861, 7.1.1 and 7.1.2 have in common. */
static bool check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                   struct v6nf_ndp_options *options)
{
    *options = (struct v6nf_ndp_options){0};
    return packet[V6NF_IPV6_HOP_LIMIT] == V6NF_NDP_HOP_LIMIT && length >= V6NF_NDP_NEIGHBOR_SIZE &&
           message[V6NF_ICMPV6_CODE] == 0u && !v6nf_address_is_multicast(message + V6NF_NDP_TARGET) &&
           v6nf_ndp_read_options(message, V6NF_NDP_NEIGHBOR_SIZE, length, options);
}

bool v6nf_ndp_check_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                 struct v6nf_ndp_options *options)
{
    if (!check_neighbor_message(packet, message, length, options)) {
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
    if (!check_neighbor_message(packet, message, length, options)) {
        return false;
    }
    /* Solicited, to a multicast address, is a contradiction. */
    return !v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) ||
           (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) == 0u;
}

/* Writes a message of either kind; `mac` NULL for no option. Returns the packet's size. */
static uint32_t write_neighbor_message(uint8_t *packet, uint8_t type, uint32_t flags, const uint8_t *target,
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
