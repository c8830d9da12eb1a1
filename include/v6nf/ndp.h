/* ndp.h: Neighbor Discovery messages (RFC 4861, 4). Offsets count from the ICMPv6 header's first byte. */
#ifndef V6NF_NDP_H
#define V6NF_NDP_H

#include <stdbool.h>
#include <stdint.h>

#include "ether.h"
#include "icmpv6.h"

#define V6NF_NDP_HOP_LIMIT 255u /* RFC 4861, 7.1.1: nothing that a router forwarded is accepted */
#define V6NF_NDP_TARGET 8u
#define V6NF_NDP_NEIGHBOR_SIZE 24u /* Neighbor Solicitation and Advertisement without options (RFC 4861, 4.3 and 4.4) */
#define V6NF_NDP_LINK_LAYER_OPTION_SIZE 8u /* on Ethernet (RFC 2464, 6) */
#define V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE (V6NF_NDP_NEIGHBOR_SIZE + V6NF_NDP_LINK_LAYER_OPTION_SIZE)

/* Flags of a Neighbor Advertisement (RFC 4861, 4.4), in the 32 bits after the checksum. */
#define V6NF_NDP_ROUTER 0x80000000u
#define V6NF_NDP_SOLICITED 0x40000000u
#define V6NF_NDP_OVERRIDE 0x20000000u

/* Option types (RFC 4861, 4.6). */
#define V6NF_NDP_OPTION_SOURCE_LINK_LAYER 1u
#define V6NF_NDP_OPTION_TARGET_LINK_LAYER 2u

/* The most options that are read in one message, in units of 8 bytes. A frame of 1514 bytes has room for 180. */
#define V6NF_NDP_OPTIONS_MAX 192u

/* What the functions below return for a message that is to be discarded. */
#define V6NF_NDP_INVALID UINT32_MAX

/* Finds the link-layer address option of type `type` among the options from byte `offset` to byte `end` of `message`.
 * Returns where in the message its Ethernet address starts, or 0 if there is no such option; the first counts, and options
 * of other types are passed over (RFC 4861, 9). Returns V6NF_NDP_INVALID if an option has length 0 or goes past `end`, if
 * the one that counts is not 8 bytes or not the address of one station, or if there are more than V6NF_NDP_OPTIONS_MAX
 * units of 8 bytes. */
static inline uint32_t v6nf_ndp_find_link_layer(const uint8_t *message, uint32_t offset, uint32_t end, uint8_t type)
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

/* The checks that RFC 4861, 7.1.1 and 7.1.2 have in common; the option of type `type` is looked for. */
static inline uint32_t v6nf_ndp_check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length, uint8_t type)
{
    if (packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT || length < V6NF_NDP_NEIGHBOR_SIZE ||
        message[V6NF_ICMPV6_CODE] != 0u || v6nf_address_is_multicast(message + V6NF_NDP_TARGET)) {
        return V6NF_NDP_INVALID;
    }
    return v6nf_ndp_find_link_layer(message, V6NF_NDP_NEIGHBOR_SIZE, length, type);
}

/* Checks the Neighbor Solicitation of `length` bytes at `message`, in the packet whose IPv6 header is at `packet`: all of RFC
 * 4861, 7.1.1, but for the checksum, which v6nf_icmpv6_check() checks. Returns where in the message the source link-layer
 * address starts, 0 if it has none, or V6NF_NDP_INVALID. */
static inline uint32_t v6nf_ndp_check_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = v6nf_ndp_check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_SOURCE_LINK_LAYER);
    if (v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE) &&
        (mac != 0u || !v6nf_address_is_solicited_node(packet + V6NF_IPV6_DESTINATION))) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

/* The same for a Neighbor Advertisement, RFC 4861, 7.1.2 and the target link-layer address. */
static inline uint32_t v6nf_ndp_check_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = v6nf_ndp_check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_TARGET_LINK_LAYER);
    /* Solicited, to a multicast address, is a contradiction. */
    if (mac != V6NF_NDP_INVALID && v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) &&
        (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) != 0u) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

/* Writes a Neighbor Solicitation for `target`, from IPv6 header to checksum, at `packet`, whose addresses are written. With
 * `mac` it carries a source link-layer address option; NULL for none, as where the source is unspecified (RFC 4861, 4.3).
 * `packet` has room for V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE bytes. Returns the packet's size. */
uint32_t v6nf_ndp_write_solicitation(uint8_t *packet, const uint8_t *target, const uint8_t *mac);

/* Writes a Neighbor Advertisement in the same way, with `flags` and the target link-layer address option `mac`, not NULL. */
uint32_t v6nf_ndp_write_advertisement(uint8_t *packet, const uint8_t *target, uint32_t flags, const uint8_t *mac);

#endif
