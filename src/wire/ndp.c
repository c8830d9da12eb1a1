/* ndp.c: Neighbor Discovery messages (RFC 4861, 4, 6.1, 7.1, 8.1; RFC 4191, 2.3; RFC 8106, 5). */
#include "v6nf/wire/ndp.h"

#include <stddef.h>

/* Write a message of `length` bytes except its option and checksum, and its IPv6 header. */
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

uint32_t v6nf_ndp_write_detection(uint8_t *packet, const uint8_t *target, const uint8_t *nonce)
{
    write_message(packet, V6NF_ICMPV6_NEIGHBOR_SOLICITATION, 0u, target, V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE);
    write_option(packet, V6NF_NDP_OPTION_NONCE, nonce);
    v6nf_icmpv6_finish(packet, packet + V6NF_IPV6_HEADER_SIZE, V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE);
    return V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE;
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

uint32_t v6nf_ndp_write_router_solicitation(uint8_t *packet, const uint8_t *mac)
{
    const uint32_t length = V6NF_NDP_ROUTER_SOLICITATION_SIZE + (mac != NULL ? V6NF_NDP_LINK_LAYER_OPTION_SIZE : 0u);
    uint8_t *message = packet + V6NF_IPV6_HEADER_SIZE;
    v6nf_ipv6_write(packet, length, V6NF_NEXT_HEADER_ICMPV6, V6NF_NDP_HOP_LIMIT);
    v6nf_icmpv6_write(message, V6NF_ICMPV6_ROUTER_SOLICITATION, 0u, 0u);
    if (mac != NULL) {
        uint8_t *option = message + V6NF_NDP_ROUTER_SOLICITATION_SIZE;
        option[0] = V6NF_NDP_OPTION_SOURCE_LINK_LAYER;
        option[1] = 1u;
        v6nf_ether_address_copy(option + 2, mac);
    }
    v6nf_icmpv6_finish(packet, message, length);
    return V6NF_IPV6_HEADER_SIZE + length;
}

/* Make the checks that Router Advertisements and Redirects share, of a message of at least `least` bytes (RFC 4861,
 * 6.1.2 and 8.1). */
/*@ requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    requires 2 <= least;
    assigns \nothing;
    ensures \result <==> v6nf_is_from_router(packet, message, length, least); */
static bool is_from_router(const uint8_t *packet, const uint8_t *message, uint32_t length, uint32_t least)
{
    return packet[V6NF_IPV6_HOP_LIMIT] == V6NF_NDP_HOP_LIMIT && length >= least && message[V6NF_ICMPV6_CODE] == 0u &&
           v6nf_address_is_link_local(packet + V6NF_IPV6_SOURCE);
}

uint32_t v6nf_ndp_check_router_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT || length < V6NF_NDP_ROUTER_SOLICITATION_SIZE ||
        message[V6NF_ICMPV6_CODE] != 0u) {
        return V6NF_NDP_INVALID;
    }
    const uint32_t mac =
        v6nf_ndp_find_link_layer(message, V6NF_NDP_ROUTER_SOLICITATION_SIZE, length, V6NF_NDP_OPTION_SOURCE_LINK_LAYER);
    return mac != 0u && v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE) ? V6NF_NDP_INVALID : mac;
}

uint32_t v6nf_ndp_check_router_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (!is_from_router(packet, message, length, V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE)) {
        return V6NF_NDP_INVALID;
    }
    return v6nf_ndp_find_link_layer(message, V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE, length,
                                    V6NF_NDP_OPTION_SOURCE_LINK_LAYER);
}

uint32_t v6nf_ndp_check_redirect(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (!is_from_router(packet, message, length, V6NF_NDP_REDIRECT_SIZE)) {
        return V6NF_NDP_INVALID;
    }
    const uint8_t *target = message + V6NF_NDP_TARGET;
    const uint8_t *destination = message + V6NF_NDP_REDIRECT_DESTINATION;
    if (v6nf_address_is_multicast(destination) ||
        (!v6nf_address_is_link_local(target) && !v6nf_address_equal(target, destination))) {
        return V6NF_NDP_INVALID;
    }
    return v6nf_ndp_find_link_layer(message, V6NF_NDP_REDIRECT_SIZE, length, V6NF_NDP_OPTION_TARGET_LINK_LAYER);
}

uint32_t v6nf_ndp_find_nonce(const uint8_t *message, uint32_t length)
{
    uint32_t at = V6NF_NDP_NEIGHBOR_SIZE;
    /*@ loop invariant 0 <= i <= V6NF_NDP_OPTIONS_MAX && 24 <= at && (at == 24 || at <= length);
        loop assigns i, at;
        loop variant V6NF_NDP_OPTIONS_MAX - i; */
    for (uint32_t i = 0; i < V6NF_NDP_OPTIONS_MAX; i++) {
        uint32_t size = v6nf_ndp_option_size(message, at, length);
        if (size == 0u) {
            return 0;
        }
        if (message[at] == V6NF_NDP_OPTION_NONCE) {
            return size == 2u + V6NF_NDP_NONCE_SIZE ? at + 2u : 0u;
        }
        at += size;
    }
    return 0;
}

bool v6nf_ndp_read_prefix(const uint8_t *option, uint32_t size, struct v6nf_ndp_prefix *prefix)
{
    *prefix = (struct v6nf_ndp_prefix){.length = 0};
    /*@ assert whole: \forall integer i; 0 <= i < size ==> option[i] == \at(option[i], Pre); */
    if (size != 32u || option[2] > 128u) {
        return false;
    }
    prefix->length = (uint32_t)option[2];
    prefix->on_link = (option[3] & 0x80u) != 0u;
    prefix->autonomous = (option[3] & 0x40u) != 0u;
    prefix->valid_lifetime = v6nf_load32(option + 4);
    prefix->preferred_lifetime = v6nf_load32(option + 8);
    /*@ assert apart: \separated(prefix->prefix.bytes + (0 .. 15), option + (0 .. 31)); */
    v6nf_address_copy(prefix->prefix.bytes, option + 16);
    /*@ assert copied: \forall integer i; 16 <= i < 32 ==> prefix->prefix.bytes[i - 16] == \at(option[i], Pre); */
    /*@ assert kept: \forall integer i; 16 <= i < 32 ==> option[i] == \at(option[i], Pre); */
    return true;
}

bool v6nf_ndp_read_route(const uint8_t *option, uint32_t size, struct v6nf_ndp_route *route)
{
    *route = (struct v6nf_ndp_route){.length = 0};
    if (size < 8u || size > 24u) {
        return false;
    }
    /* The prefix field has 0, 8 or 16 bytes, and the prefix fits them. */
    uint32_t length = (uint32_t)option[2];
    enum v6nf_ndp_preference preference = v6nf_ndp_preference(option[3]);
    if (length > 8u * (size - 8u) || preference == V6NF_NDP_PREFERENCE_RESERVED) {
        return false;
    }
    route->length = length;
    route->preference = preference;
    route->lifetime = v6nf_load32(option + 4);
    /*@ loop invariant 8 <= i <= size;
        loop invariant \forall integer k; 8 <= k < i ==> route->prefix.bytes[k - 8] == option[k];
        loop assigns i, route->prefix.bytes[0 .. 15];
        loop variant size - i; */
    for (uint32_t i = 8; i < size; i++) {
        route->prefix.bytes[i - 8u] = option[i];
    }
    return true;
}

uint32_t v6nf_ndp_read_mtu(const uint8_t *option, uint32_t size)
{
    return size == 8u ? v6nf_load32(option + 4) : 0u;
}

/* Return true for a character of host names (RFC 1123, 2.1), or "_" of service names (RFC 8552, 1.1). */
/*@ assigns \nothing; */
static bool is_domain_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* Append the label in bytes `from` to `end` of `names` to the text of `written` characters. Return the new number of
 * characters; 0 if there is no space for them and the terminating zero. */
/*@ requires 1 <= room && written < UINT32_MAX && from <= end <= INT32_MAX;
    requires \valid_read(names + (0 .. end - 1)) && \valid(text + (0 .. room - 1));
    requires \separated(names + (0 .. end - 1), text + (0 .. room - 1));
    assigns text[0 .. room - 1];
    ensures \result < room; */
static uint32_t append_label(char *text, uint32_t room, uint32_t written, const uint8_t *names, uint32_t from,
                             uint32_t end)
{
    uint32_t at = written;
    if (at != 0u) {
        if (at + 1u >= room) {
            return 0;
        }
        text[at] = '.';
        at++;
    }
    /*@ loop invariant from <= i <= end && (at == 0 || at < room);
        loop assigns i, at, text[0 .. room - 1];
        loop variant end - i; */
    for (uint32_t i = from; i < end; i++) {
        if (at + 1u >= room || !is_domain_character(names[i])) {
            return 0;
        }
        text[at] = (char)names[i];
        at++;
    }
    return at;
}

uint32_t v6nf_ndp_read_domain(const uint8_t *names, uint32_t size, char *text, uint32_t room)
{
    const uint32_t max_labels = 127; /* of a name of 255 bytes (RFC 1035, 2.3.4) */
    uint32_t at = 0;
    uint32_t written = 0;
    bool usable = true;
    text[0] = '\0';
    /*@ loop invariant 0 <= i <= max_labels + 1 && (at == 0 || at < size) && written < UINT32_MAX;
        loop assigns i, at, written, usable, text[0 .. room - 1];
        loop variant max_labels + 1 - i; */
    for (uint32_t i = 0; i <= max_labels && at < size; i++) {
        uint32_t label = (uint32_t)names[at];
        uint32_t next = at + 1u + label;
        if (label == 0u) {
            text[usable && written < room ? written : 0u] = '\0';
            return at == 0u ? 0u : at + 1u;
        }
        if (label > 63u || next >= size) {
            break;
        }
        if (usable) {
            written = append_label(text, room, written, names, at + 1u, next);
            usable = written != 0u;
        }
        at = next;
    }
    text[0] = '\0';
    return 0;
}
