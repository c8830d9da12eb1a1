/* icmpv6.c: ICMPv6 (RFC 4443): Echo Requests answered, errors sent. */
#include "v6nf/wire/icmpv6.h"

#include <string.h>

#include "../base/internal.h"

static uint32_t echo_request(struct v6nf_node *node, const struct packet *packet)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    if (length < V6NF_ICMPV6_ECHO_SIZE) {
        return drop(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    v6nf_ipv6_write(ipv6, packet->end - UPPER, V6NF_NEXT_HEADER_ICMPV6, node->hop_limit);
    if (is_shared(node, ipv6 + V6NF_IPV6_DESTINATION) || message[V6NF_ICMPV6_CODE] != 0u) {
        if (!turn_around(node, ipv6)) {
            return drop(node, V6NF_DROP_NO_SOURCE);
        }
        message[V6NF_ICMPV6_TYPE] = V6NF_ICMPV6_ECHO_REPLY;
        message[V6NF_ICMPV6_CODE] = 0u; /* RFC 4443, 4.2 */
        v6nf_icmpv6_finish(ipv6, message, length);
    } else {
        /* The sum of two addresses is the same either way round, so that only the type has changed. */
        v6nf_ipv6_swap_addresses(ipv6);
        v6nf_icmpv6_change_type(message, V6NF_ICMPV6_ECHO_REQUEST, V6NF_ICMPV6_ECHO_REPLY);
    }
    count(node, V6NF_ECHO_REPLIES);
    return v6nf_output(node, packet->frame, packet->end, packet->capacity, packet->now);
}

static uint32_t echo_reply(struct v6nf_node *node, const struct packet *packet)
{
    if (packet->end - packet->upper < V6NF_ICMPV6_ECHO_SIZE) {
        return drop(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    return node->ping != NULL ? node->ping_operations->reply(node, packet) : drop(node, V6NF_DROP_ECHO_REPLY);
}

uint32_t v6nf_icmpv6_input(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *message = packet->frame + packet->upper;
    uint32_t length = packet->end - packet->upper;
    if (length < V6NF_ICMPV6_HEADER_SIZE) {
        return drop(node, V6NF_DROP_ICMPV6_LENGTH);
    }
    if (!v6nf_icmpv6_check(packet->frame + PACKET, message, length)) {
        return drop(node, V6NF_DROP_ICMPV6_CHECKSUM);
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
            return v6nf_error_input(node, packet); /* one of unknown type too (RFC 4443, 2.4 (a)) */
        }
        return message[V6NF_ICMPV6_TYPE] >= V6NF_ICMPV6_ROUTER_SOLICITATION ? v6nf_router_input(node, packet)
                                                                            : v6nf_mld_input(node, packet);
    }
}

/* Return true if the packet is an ICMPv6 error or a Redirect, or if its headers hide whether it is (RFC 4443, 2.4 (e.1)
 * and (e.2)). A later fragment is none: errors fit into the minimum MTU. is_cut: the answer would report that headers
 * are cut short. */
static bool may_be_error(const struct packet *packet, bool is_cut)
{
    uint8_t upper_layer = V6NF_NEXT_HEADER_NONE;
    uint32_t at = 0;
    enum v6nf_ext_chain chain = v6nf_ext_find_upper_layer(packet->frame, packet->upper, packet->end,
                                                          packet->frame[packet->next_header_at], &at, &upper_layer);
    if (upper_layer == V6NF_NEXT_HEADER_ICMPV6 && at < packet->end) {
        return v6nf_icmpv6_is_error(packet->frame[at]) || packet->frame[at] == V6NF_ICMPV6_REDIRECT;
    }
    bool is_hidden = chain == V6NF_EXT_CUT_SHORT || upper_layer == V6NF_NEXT_HEADER_ICMPV6;
    return chain == V6NF_EXT_TOO_MANY || (is_hidden && !is_cut);
}

/* RFC 4443, 2.4 (e): whether the packet may be answered with this error at all. */
static bool may_answer(const struct packet *packet, uint8_t type, uint8_t code)
{
    bool is_problem = type == V6NF_ICMPV6_PARAMETER_PROBLEM;
    /* Of all errors that a host sends, only one may answer a multicast. */
    if ((is_to_group(packet) && !(is_problem && code == V6NF_ICMPV6_UNRECOGNIZED_OPTION)) ||
        v6nf_address_is_unspecified(packet->frame + PACKET + V6NF_IPV6_SOURCE)) {
        return false;
    }
    return !may_be_error(packet, is_problem && code == V6NF_ICMPV6_INCOMPLETE_CHAIN);
}

/* RFC 4443, 2.4 (f): a token bucket. Takes a token, or says that there is none. */
static bool take_token(struct v6nf_node *node, uint64_t now)
{
    const uint64_t interval = V6NF_SECOND / V6NF_ERROR_RATE;
    for (uint32_t i = 0; i < V6NF_ERROR_BURST && node->error_tokens < V6NF_ERROR_BURST; i++) {
        if (now - node->error_time < interval) {
            break;
        }
        node->error_time += interval;
        node->error_tokens++;
    }
    if (node->error_tokens == V6NF_ERROR_BURST) {
        node->error_time = now;
    }
    /* Answer at random below half of the burst, so that no host can count the errors that were sent to others. */
    if (v6nf_random(node, (V6NF_ERROR_BURST + 1u) / 2u) >= node->error_tokens) {
        return false;
    }
    node->error_tokens--;
    return true;
}

uint32_t v6nf_icmpv6_error(struct v6nf_node *node, const struct packet *packet, uint8_t type, uint8_t code,
                           uint32_t parameter, enum v6nf_counter otherwise)
{
    uint8_t *ipv6 = packet->frame + PACKET;
    uint8_t *message = packet->frame + UPPER;
    /* As much of the packet as fits the minimum MTU (RFC 4443, 2.4 (c)), and the buffer. */
    uint32_t room = packet->capacity < FRAME_CAPACITY_MIN ? packet->capacity : FRAME_CAPACITY_MIN;
    uint32_t quoted = packet->end - PACKET;
    if (!may_answer(packet, type, code)) {
        return drop(node, otherwise);
    }
    if (!take_token(node, packet->now)) {
        return drop(node, V6NF_DROP_ERROR_RATE);
    }
    if (room < UPPER + V6NF_ICMPV6_ERROR_SIZE + V6NF_IPV6_HEADER_SIZE) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    if (quoted > room - UPPER - V6NF_ICMPV6_ERROR_SIZE) {
        quoted = room - UPPER - V6NF_ICMPV6_ERROR_SIZE;
    }
    uint32_t length = V6NF_ICMPV6_ERROR_SIZE + quoted;
    memmove(message + V6NF_ICMPV6_ERROR_SIZE, ipv6, quoted);
    v6nf_icmpv6_write(message, type, code, parameter);
    v6nf_ipv6_write(ipv6, length, V6NF_NEXT_HEADER_ICMPV6, node->hop_limit);
    /* Time Exceeded answers a packet that arrived long ago. */
    if (!turn_around(node, ipv6) || !v6nf_interface_may_speak(node, ipv6 + V6NF_IPV6_SOURCE)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_icmpv6_finish(ipv6, message, length);
    count(node, V6NF_ERRORS);
    return v6nf_output(node, packet->frame, UPPER + length, packet->capacity, packet->now);
}
