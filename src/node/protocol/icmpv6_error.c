/* icmpv6_error.c: ICMPv6 errors are sent (RFC 4443, 2.4 (c), (e) and (f)). */
#include "icmpv6_error.h"

#include <string.h>

#include "v6nf/wire/ext.h"
#include "v6nf/wire/icmpv6.h"

#include "../base/random.h"
#include "../output/output.h"
#include "../output/select.h"
#include "../state/own_address.h"

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
    if (!turn_around(node, ipv6) || !v6nf_own_address_may_be_source(node, ipv6 + V6NF_IPV6_SOURCE)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    v6nf_icmpv6_finish(ipv6, message, length);
    count(node, V6NF_ERRORS);
    return v6nf_output(node, packet->frame, UPPER + length, packet->capacity, packet->now);
}
