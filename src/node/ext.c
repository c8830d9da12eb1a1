/* ext.c: extension headers (RFC 8200, 4), one after the other up to the upper layer. */
#include "v6nf/ext.h"

#include <string.h>

#include "internal.h"

/* Moves the packet on to the header after the one of `size` bytes at hand. */
static void go_on(struct packet *packet, uint32_t size)
{
    packet->next_header_at = packet->upper + V6NF_EXT_NEXT_HEADER;
    packet->upper += size;
}

/* Hop-by-Hop Options and Destination Options. Returns false, with *leaves set, if the packet goes no further. */
static bool read_options(struct v6nf_node *node, struct packet *packet, uint32_t size, uint32_t *leaves)
{
    uint32_t where = 0;
    enum v6nf_ext_action action = v6nf_ext_check_options(packet->frame + packet->upper, size, &where);
    if (action == V6NF_EXT_GO_ON) {
        go_on(packet, size);
        return true;
    }
    if (action == V6NF_EXT_DISCARD) {
        *leaves = drop(node, V6NF_DROP_OPTION);
        return false;
    }
    if (action == V6NF_EXT_PROBLEM_UNICAST && is_to_group(packet)) {
        *leaves = drop(node, V6NF_DROP_OPTION);
        return false;
    }
    *leaves = v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_OPTION,
                                packet->upper + where - PACKET, V6NF_DROP_OPTION);
    return false;
}

/* Routing: a host is on no route of a type that is known (RFC 8200, 4.4; RFC 5095 for type 0). */
static bool read_routing(struct v6nf_node *node, struct packet *packet, uint32_t size, uint32_t *leaves)
{
    if (packet->frame[packet->upper + V6NF_EXT_SEGMENTS_LEFT] == 0u) {
        go_on(packet, size);
        return true;
    }
    *leaves = v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_ERRONEOUS_FIELD,
                                packet->upper + V6NF_EXT_ROUTING_TYPE - PACKET, V6NF_DROP_ROUTING);
    return false;
}

/* Whether the header at hand is an extension header that may stand here: Hop-by-Hop Options only as the first. */
static bool is_expected(const struct packet *packet)
{
    uint8_t next_header = packet->frame[packet->next_header_at];
    return next_header == V6NF_EXT_DESTINATION || next_header == V6NF_EXT_ROUTING ||
           (next_header == V6NF_EXT_HOP_BY_HOP && packet->upper == UPPER);
}

/* What the upper layers answer in place has no extension headers: the answer's header goes right behind the IPv6 header. */
void v6nf_ext_strip(struct packet *packet)
{
    uint32_t length = packet->end - packet->upper;
    packet->frame[PACKET + V6NF_IPV6_NEXT_HEADER] = packet->frame[packet->next_header_at];
    memmove(packet->frame + UPPER, packet->frame + packet->upper, length);
    packet->next_header_at = PACKET + V6NF_IPV6_NEXT_HEADER;
    packet->upper = UPPER;
    packet->end = UPPER + length;
}

/* Moves the packet on to its upper-layer header. Returns false, with *leaves set, if it goes no further. */
static bool read_headers(struct v6nf_node *node, struct packet *packet, uint32_t *leaves)
{
    for (uint32_t i = 0; i < V6NF_EXT_HEADERS_MAX && is_expected(packet); i++) {
        uint32_t size = v6nf_ext_size(packet->frame + packet->upper, packet->end - packet->upper);
        bool is_routing = packet->frame[packet->next_header_at] == V6NF_EXT_ROUTING;
        if (size == 0u) {
            *leaves = drop(node, V6NF_DROP_EXTENSION_LENGTH);
            return false;
        }
        if (!(is_routing ? read_routing(node, packet, size, leaves) : read_options(node, packet, size, leaves))) {
            return false;
        }
    }
    if (is_expected(packet)) {
        *leaves = drop(node, V6NF_DROP_EXTENSION_COUNT);
        return false;
    }
    return true;
}

uint32_t v6nf_ext_input(struct v6nf_node *node, struct packet *packet)
{
    uint32_t leaves = 0;
    if (!read_headers(node, packet, &leaves)) {
        return leaves;
    }
    /* One line an upper layer; input.c has those that come without extension headers and most often. */
    switch (packet->frame[packet->next_header_at]) {
    case V6NF_NEXT_HEADER_ICMPV6:
        if (!v6nf_mld_is_message(packet)) {
            v6nf_ext_strip(packet); /* no error will quote it */
        }
        return v6nf_icmpv6_input(node, packet);
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_input(node, packet);
    case V6NF_NEXT_HEADER_NONE:
        return drop(node, V6NF_DROP_NO_NEXT_HEADER);
    default:
        /* RFC 8200, 4: the pointer is to the Next Header field. */
        return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER,
                                 packet->next_header_at - PACKET, V6NF_DROP_NEXT_HEADER);
    }
}
