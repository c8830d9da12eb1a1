/* icmpv6.c: ICMPv6 messages (RFC 4443): Echo Requests are answered here, others by their modules. */
#include "icmpv6.h"

#include "v6nf/wire/icmpv6.h"

#include "../output/output.h"
#include "../output/select.h"
#include "../protocol/icmpv6_received.h"
#include "../protocol/mld.h"
#include "../protocol/ndp.h"
#include "../protocol/router_advert.h"
#include "../state/ping_operations.h"

static uint32_t echo_request(struct v6nf_node *node, const struct packet *packet)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *message = packet->frame + packet->upper; /* at UPPER: ext.c has removed extension headers */
    uint32_t length = packet->end - packet->upper;
    if (length < V6NF_ICMPV6_ECHO_SIZE) {
        return drop_inline(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    v6nf_ipv6_write(ipv6, packet->end - UPPER, V6NF_NEXT_HEADER_ICMPV6, node->hop_limit);
    if (is_shared(node, ipv6 + V6NF_IPV6_DESTINATION) || message[V6NF_ICMPV6_CODE] != 0u) {
        if (!turn_around(node, ipv6)) {
            return drop_inline(node, V6NF_DROP_NO_SOURCE);
        }
        message[V6NF_ICMPV6_TYPE] = V6NF_ICMPV6_ECHO_REPLY;
        message[V6NF_ICMPV6_CODE] = 0u; /* RFC 4443, 4.2 */
        v6nf_icmpv6_finish(ipv6, message, length);
    } else {
        /* Swapping the addresses does not change the checksum: only the type has changed. */
        v6nf_ipv6_swap_addresses(ipv6);
        v6nf_icmpv6_change_type(message, V6NF_ICMPV6_ECHO_REQUEST, V6NF_ICMPV6_ECHO_REPLY);
    }
    count(node, V6NF_ECHO_REPLIES);
    return v6nf_output(node, packet->frame, packet->end, packet->capacity, packet->now);
}

static uint32_t echo_reply(struct v6nf_node *node, const struct packet *packet)
{
    if (packet->end - packet->upper < V6NF_ICMPV6_ECHO_SIZE) {
        return drop_inline(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    return node->ping != NULL ? node->ping_operations->reply(node, packet) : drop_inline(node, V6NF_DROP_ECHO_REPLY);
}

uint32_t v6nf_icmpv6_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    if (length < V6NF_ICMPV6_HEADER_SIZE) {
        return drop_inline(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    if (!v6nf_icmpv6_check(packet->frame + PACKET, message, length)) {
        return drop_inline(node, V6NF_DROP_ICMPV6_CHECKSUM);
    }
    if (message[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_ECHO_REQUEST) {
        return echo_request(node, packet);
    }
    if (message[V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_NEIGHBOR_SOLICITATION) {
        return v6nf_ndp_solicitation(node, packet);
    }
    switch (message[V6NF_ICMPV6_TYPE]) {
    case V6NF_ICMPV6_ECHO_REPLY:
        return echo_reply(node, packet);
    case V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT:
        return v6nf_ndp_advertisement(node, packet);
    default:
        if (v6nf_icmpv6_is_error(message[V6NF_ICMPV6_TYPE])) {
            return v6nf_icmpv6_received(node, packet); /* also one of unknown type (RFC 4443, 2.4 (a)) */
        }
        return message[V6NF_ICMPV6_TYPE] >= V6NF_ICMPV6_ROUTER_SOLICITATION ? v6nf_router_advert_input(node, packet)
                                                                            : v6nf_mld_input(node, packet);
    }
}
