/* icmpv6_received.c: what is wrong with packets that the node sent (RFC 4443, 2.4 (d) and 3): the path is told, and who sent them. */
#include "v6nf/wire/icmpv6.h"

#include "../base/internal.h"

/* Report to the program that sent the packet, if it asked for that (RFC 4443, 2.4 (d)), and set *reported. Return true
 * if the node can have sent it, as far as the quotation shows: else the error must be ignored (RFC 8201, 4; RFC 4443,
 * 5.2). */
static bool tell_sender(struct v6nf_node *node, const struct packet_error *error, bool *reported)
{
    const struct v6nf_icmpv6_quote *quote = &error->quote;
    const uint8_t *packet = quote->packet;
    const uint8_t *behind = packet + V6NF_IPV6_HEADER_SIZE;
    switch (quote->next_header) {
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_error(node, error, reported);
    case V6NF_NEXT_HEADER_ICMPV6:
        /* Only echo messages can be long enough for Packet Too Big. */
        return quote->upper_length >= V6NF_ICMPV6_ECHO_SIZE &&
               (quote->upper[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REPLY ||
                (node->ping != NULL && node->ping_operations->error(node, error, reported)));
    default:
        /* A later fragment has no ports. Only the node can know its identifications. */
        return packet[V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT &&
               behind + V6NF_FRAGMENT_HEADER_SIZE <= quote->upper &&
               v6nf_identification_is_own(node, v6nf_load32(behind + V6NF_FRAGMENT_IDENTIFICATION));
    }
}

/* Return how many bytes an error of `size` bytes quotes. An error with extensions contains that number in units of 8
 * bytes, one without them 0 (RFC 4884, 4.2 and 4.4). */
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
    bool counts = false;
    if (error.size < V6NF_ICMPV6_ERROR_SIZE ||
        !v6nf_icmpv6_quoted(message + V6NF_ICMPV6_ERROR_SIZE, quoted_size(message, error.size), &error.quote)) {
        return drop(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    error.parameter = v6nf_load32(message + V6NF_ICMPV6_PARAMETER);
    bool is_too_big = error.type == V6NF_ICMPV6_PACKET_TOO_BIG;
    if ((is_too_big && error.parameter < V6NF_IPV6_MTU_MIN) || /* RFC 8201, 4 */
        error.quote.packet[0] >> 4 != 6u ||
        !v6nf_interface_may_speak(node, error.quote.packet + V6NF_IPV6_SOURCE) || !tell_sender(node, &error, &counts)) {
        return drop(node, V6NF_DROP_ICMPV6_ERROR);
    }
    if (is_too_big && v6nf_destination_too_big(node, &error.quote, error.parameter, packet->now)) {
        counts = true;
    }
    return counts ? deliver(node) : drop(node, V6NF_DROP_ICMPV6_ERROR);
}

void v6nf_error_unreachable(struct v6nf_node *node, const uint8_t *ipv6, uint32_t size)
{
    struct packet_error error = {
        .source = ipv6 + V6NF_IPV6_SOURCE,
        .type = V6NF_ICMPV6_DESTINATION_UNREACHABLE,
        .code = V6NF_ICMPV6_ADDRESS_UNREACHABLE,
    };
    bool reported = false;
    if (v6nf_icmpv6_quoted(ipv6, size, &error.quote)) {
        (void)tell_sender(node, &error, &reported);
    }
}
