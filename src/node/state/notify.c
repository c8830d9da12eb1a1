/* notify.c: errors are reported to the program that sent the packet (RFC 4443, 2.4 (d) and 3). */
#include "notify.h"

#include "v6nf/wire/ext.h"
#include "v6nf/wire/icmpv6.h"

#include "../base/random.h"
#include "ping_operations.h"
#include "udp_port.h"

/* Return true if the node can have sent a fragment with this identification to the destination of the packet. Only that
 * host, and those on the path, know which. */
static bool is_own_fragment(const struct v6nf_node *node, const uint8_t *packet, uint32_t identification)
{
    const uint8_t *destination = packet + V6NF_IPV6_DESTINATION;
#if V6NF_FRAGMENTATIONS > 1u
    return v6nf_identification_is_own(node, identification, destination);
#else
    const struct v6nf_fragmentation *last = &node->fragmentations[0]; /* stays in its slot after it was sent */
    return last->identification == identification &&
           v6nf_address_equal(last->frame + PACKET + V6NF_IPV6_DESTINATION, destination);
#endif
}

bool v6nf_notify_sender(struct v6nf_node *node, const struct packet_error *error, bool *reported)
{
    const struct v6nf_icmpv6_quote *quote = &error->quote;
    const uint8_t *packet = quote->packet;
    const uint8_t *behind = packet + V6NF_IPV6_HEADER_SIZE;
    switch (quote->next_header) {
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_port_error(node, error, reported);
    case V6NF_NEXT_HEADER_ICMPV6:
        /* Only echo messages can be long enough for Packet Too Big. */
        return quote->upper_length >= V6NF_ICMPV6_ECHO_SIZE &&
               (quote->upper[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REPLY ||
                (node->ping != NULL && node->ping_operations->error(node, error, reported)));
    default:
        /* A later fragment has no ports. */
        return packet[V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT &&
               behind + V6NF_FRAGMENT_HEADER_SIZE <= quote->upper &&
               is_own_fragment(node, packet, v6nf_load32(behind + V6NF_FRAGMENT_IDENTIFICATION));
    }
}

void v6nf_notify_lost(struct v6nf_node *node, const uint8_t *ipv6, uint32_t size, enum v6nf_send_status status)
{
    struct packet_error error = {.status = status, .source = ipv6 + V6NF_IPV6_SOURCE};
    bool reported = false;
    if (status == V6NF_SEND_UNREACHABLE) {
        error.type = V6NF_ICMPV6_DESTINATION_UNREACHABLE;
        error.code = V6NF_ICMPV6_ADDRESS_UNREACHABLE;
    }
    if (!send_status_is_good(status) && v6nf_icmpv6_quoted(ipv6, size, &error.quote)) {
        (void)v6nf_notify_sender(node, &error, &reported);
    }
}

void v6nf_notify_dropped(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause)
{
    count(node, cause);
    v6nf_notify_lost(node, frame + PACKET, length - PACKET, v6nf_send_status_of(cause));
}
