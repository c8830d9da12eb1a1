/* icmpv6_received.c: ICMPv6 errors about packets that the node sent (RFC 4443, 2.4 (d) and 3). */
#include "icmpv6_received.h"

#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/udp.h"

#include "../state/destination.h"
#include "../state/notify.h"
#include "../state/own_address.h"
#include "../state/path_mtu.h"
#include "../state/udp_port.h"

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

/* Return why the node sent the quoted packet, which v6nf_notify_sender() has accepted: it has its ports, or is an Echo
 * message, or a later fragment. The program sends Echo Requests, datagrams from ports that it sends from, and not only
 * answers from, and perhaps the later fragment, whose identification only its destination and its path know. */
static enum v6nf_origin origin_of_quoted(const struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote)
{
    bool is_own = true;
    if (quote->next_header == V6NF_NEXT_HEADER_UDP) {
        is_own = (node->udp_sources & udp_source_bit(v6nf_load16(quote->upper + V6NF_UDP_SOURCE_PORT))) != 0u;
    } else if (quote->next_header == V6NF_NEXT_HEADER_ICMPV6) {
        is_own = quote->upper[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REQUEST;
    }
    return is_own ? V6NF_ORIGIN_PROGRAM : V6NF_ORIGIN_REPLY;
}

/* Process a Packet Too Big. Ignore one about a destination to which the node has sent nothing. Return true if the path
 * MTU has decreased. */
static bool is_obeyed(struct v6nf_node *node, const struct packet_error *error, uint64_t now)
{
    enum v6nf_origin origin = origin_of_quoted(node, &error->quote);
    const uint8_t *destination = error->quote.packet + V6NF_IPV6_DESTINATION;
    /* A group has no next hop; only the program sends long packets to one. */
    return (v6nf_destination_is_noted(node, destination) || v6nf_address_is_multicast(destination)) &&
           v6nf_path_mtu_too_big(node, &error->quote, error->parameter, origin, now);
}

uint32_t v6nf_icmpv6_received(struct v6nf_node *node, const struct packet *packet)
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
        !v6nf_own_address_may_be_source(node, error.quote.packet + V6NF_IPV6_SOURCE) ||
        !v6nf_notify_sender(node, &error, &counts)) {
        return drop(node, V6NF_DROP_ICMPV6_ERROR);
    }
    if (is_too_big && is_obeyed(node, &error, packet->now)) {
        counts = true;
    }
    return counts ? deliver(node) : drop(node, V6NF_DROP_ICMPV6_ERROR);
}
