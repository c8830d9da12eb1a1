/* ndp_router.c: what routers write: options of Router Advertisements, and Redirects (RFC 4861, 4; RFC 4191, 2.3;
 * RFC 8106, 5). */
#include <stddef.h>
#include <string.h>

#include "v6nf/wire/ndp.h"

#define LABEL_MAX 63u /* bytes of a label (RFC 1035, 2.3.4) */
#define NAME_MAX 255u /* bytes of a name, with the root (RFC 1035, 2.3.4) */

/* Copy the first `length` bits of a prefix; the result is `size` bytes, the others 0. */
static void write_bits(uint8_t *to, uint32_t size, const uint8_t *prefix, uint32_t length)
{
    for (uint32_t i = 0; i < size; i++) {
        const uint32_t left = length > 8u * i ? length - 8u * i : 0u;
        const uint32_t mask = left >= 8u ? 0xFFu : 0xFF00u >> left;
        to[i] = (uint8_t)(prefix[i] & mask);
    }
}

uint32_t v6nf_ndp_write_link_layer(uint8_t *option, uint8_t type, const uint8_t *mac)
{
    option[0] = type;
    option[1] = 1u;
    v6nf_ether_address_copy(option + 2, mac);
    return V6NF_NDP_LINK_LAYER_OPTION_SIZE;
}

uint32_t v6nf_ndp_write_mtu(uint8_t *option, uint32_t mtu)
{
    v6nf_store32(option, ((uint32_t)V6NF_NDP_OPTION_MTU << 24) + 0x10000u);
    v6nf_store32(option + 4, mtu);
    return V6NF_NDP_MTU_OPTION_SIZE;
}

uint32_t v6nf_ndp_write_prefix(uint8_t *option, const struct v6nf_ndp_prefix *prefix)
{
    option[0] = V6NF_NDP_OPTION_PREFIX;
    option[1] = V6NF_NDP_PREFIX_OPTION_SIZE / 8u;
    option[2] = (uint8_t)(prefix->length & 0xFFu);
    option[3] = (uint8_t)((prefix->on_link ? 0x80u : 0u) + (prefix->autonomous ? 0x40u : 0u));
    v6nf_store32(option + 4, prefix->valid_lifetime);
    v6nf_store32(option + 8, prefix->preferred_lifetime);
    v6nf_store32(option + 12, 0u);
    write_bits(option + 16, V6NF_ADDRESS_SIZE, prefix->prefix.bytes, prefix->length);
    return V6NF_NDP_PREFIX_OPTION_SIZE;
}

uint32_t v6nf_ndp_write_route(uint8_t *option, const struct v6nf_ndp_route *route)
{
    const uint32_t size = v6nf_ndp_route_size(route->length);
    option[0] = V6NF_NDP_OPTION_ROUTE;
    option[1] = (uint8_t)(size / 8u);
    option[2] = (uint8_t)(route->length & 0xFFu);
    option[3] = v6nf_ndp_preference_flags(route->preference);
    v6nf_store32(option + 4, route->lifetime);
    write_bits(option + 8, size - 8u, route->prefix.bytes, route->length);
    return size;
}

/* Return true for a character that v6nf_ndp_read_domain() reads. */
static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

uint32_t v6nf_ndp_write_domain(uint8_t *names, uint32_t capacity, const char *text)
{
    const uint32_t max = capacity < NAME_MAX ? capacity : NAME_MAX;
    uint32_t label = 0; /* offset of the length of the current label */
    for (uint32_t at = 1; at < max; at++) {
        const char c = text[at - 1u];
        const uint32_t length = at - label - 1u;
        if (is_name_character(c)) {
            if (length == LABEL_MAX) {
                return 0;
            }
            names[at] = (uint8_t)c;
            continue;
        }
        if (length == 0u && (c != '\0' || label == 0u)) {
            return 0;
        }
        if (c == '\0') { /* perhaps after a last dot */
            names[label] = (uint8_t)(length & 0xFFu);
            names[at] = 0;
            return length == 0u ? at : at + 1u;
        }
        if (c != '.') {
            return 0;
        }
        names[label] = (uint8_t)(length & 0xFFu);
        label = at;
    }
    return 0;
}

uint32_t v6nf_ndp_write_redirect(uint8_t *packet, const uint8_t *target, const uint8_t *destination, const uint8_t *mac,
                                 const uint8_t *quoted, uint32_t quoted_length)
{
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    uint32_t length = V6NF_NDP_REDIRECT_SIZE;
    v6nf_icmpv6_write(message, V6NF_ICMPV6_REDIRECT, 0u, 0u);
    v6nf_address_copy(message + V6NF_NDP_TARGET, target);
    v6nf_address_copy(message + V6NF_NDP_REDIRECT_DESTINATION, destination);
    if (mac != NULL) {
        length += v6nf_ndp_write_link_layer(message + length, V6NF_NDP_OPTION_TARGET_LINK_LAYER, mac);
    }
    if (quoted_length != 0u) {
        uint8_t *option = message + length;
        const uint32_t start = length + V6NF_NDP_REDIRECTED_HEADER;
        const uint32_t space = V6NF_NDP_REDIRECT_PACKET_SIZE - V6NF_IPV6_HEADER_SIZE - start;
        const uint32_t size = quoted_length < space ? quoted_length : space;
        const uint32_t whole = (size + 7u) / 8u * 8u; /* `space` is a multiple, too */
        memset(option, 0, V6NF_NDP_REDIRECTED_HEADER);
        option[0] = V6NF_NDP_OPTION_REDIRECTED_HEADER;
        option[1] = (uint8_t)((whole / 8u + 1u) & 0xFFu);
        memcpy(message + start, quoted, size);
        memset(message + start + size, 0, whole - size);
        length = start + whole;
    }
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, V6NF_NDP_HOP_LIMIT);
    v6nf_icmpv6_finish(packet, message, length);
    return V6NF_IPV6_HEADER_SIZE + length;
}
