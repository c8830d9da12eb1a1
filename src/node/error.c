/* error.c: what is wrong with packets that the node sent (RFC 4443, 2.4 (d) and 3): the path is told, and who sent them. */
#include "v6nf/icmpv6.h"

#include "internal.h"

/* Tells whoever sent the packet (RFC 4443, 2.4 (d)). Returns false if it is nobody here, as far as the quotation shows. */
static bool tell_sender(struct v6nf_node *node, const struct packet_error *error)
{
    if (!v6nf_interface_has(node, error->quote.packet + V6NF_IPV6_SOURCE)) {
        return false;
    }
    switch (error->quote.next_header) {
    case V6NF_NEXT_HEADER_ICMPV6:
        return node->ping != NULL && node->ping_operations->error(node, error);
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_error(node, error);
    default:
        return false;
    }
}

/* Return how many bytes an error of `size` bytes quotes. Where extensions may follow, it says so in units of 8 bytes: 0 if
 * there are none (RFC 4884, 4.2 and 4.4). */
static uint32_t quoted_size(const uint8_t *message, uint32_t size)
{
    const uint32_t rest = size - V6NF_ICMPV6_ERROR_SIZE;
    uint32_t quoted = 8u * (uint32_t)message[V6NF_ICMPV6_PARAMETER];
    bool may_be_extended = message[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_DESTINATION_UNREACHABLE ||
                           message[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_TIME_EXCEEDED;
    return may_be_extended && quoted != 0u && quoted < rest ? quoted : rest;
}

uint32_t v6nf_error_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    struct packet_error error = {
        .source = packet->frame + PACKET + V6NF_IPV6_SOURCE,
        .size = packet->end - packet->upper,
        .type = message[V6NF_ICMPV6_TYPE],
        .code = message[V6NF_ICMPV6_CODE],
        .hop_limit = packet->frame[PACKET + V6NF_IPV6_HOP_LIMIT],
    };
    bool lowers = false;
    if (error.size < V6NF_ICMPV6_ERROR_SIZE ||
        !v6nf_icmpv6_quoted(message + V6NF_ICMPV6_ERROR_SIZE, quoted_size(message, error.size), &error.quote)) {
        return drop(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    error.parameter = v6nf_load32(message + V6NF_ICMPV6_PARAMETER);
    if (error.type == V6NF_ICMPV6_PACKET_TOO_BIG) {
        if (error.parameter < V6NF_IPV6_MTU_MIN) {
            return drop(node, V6NF_DROP_ICMPV6_ERROR); /* RFC 8201, 4 */
        }
        lowers = v6nf_destination_too_big(node, &error.quote, error.parameter, packet->now);
    }
    return tell_sender(node, &error) || lowers ? deliver(node) : drop(node, V6NF_DROP_ICMPV6_ERROR);
}

void v6nf_error_unreachable(struct v6nf_node *node, const uint8_t *ipv6, uint32_t size)
{
    struct packet_error error = {
        .source = ipv6 + V6NF_IPV6_SOURCE,
        .type = V6NF_ICMPV6_DESTINATION_UNREACHABLE,
        .code = V6NF_ICMPV6_ADDRESS_UNREACHABLE,
    };
    if (v6nf_icmpv6_quoted(ipv6, size, &error.quote)) {
        (void)tell_sender(node, &error);
    }
}
