/* siit_map.c: addresses of the translator between IPv6 and IPv4 (RFC 6052), and the counterparts of ICMP messages. */
#include <string.h>

#include "siit_parts.h"
#include "v6nf/wire/icmpv6.h"

#define RESERVED_OCTET 8u /* bits 64 to 71, always zero (RFC 6052, 2.2) */
#define MTU6_MAX 65535u
#define MTU_DIFFERENCE 20u /* of the headers */

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

/* Networks of which no address is global (RFC 5735, 3). */
static const struct {
    uint32_t network;
    uint32_t mask;
} not_global[] = {
    {0x00000000, 0xFF000000}, {0x0A000000, 0xFF000000}, {0x64400000, 0xFFC00000}, {0x7F000000, 0xFF000000},
    {0xA9FE0000, 0xFFFF0000}, {0xAC100000, 0xFFF00000}, {0xC0000000, 0xFFFFFF00}, {0xC0000200, 0xFFFFFF00},
    {0xC0A80000, 0xFFFF0000}, {0xC6120000, 0xFFFE0000}, {0xC6336400, 0xFFFFFF00}, {0xCB007100, 0xFFFFFF00},
    {0xE0000000, 0xE0000000},
};

bool v6nf_siit_is_host(uint32_t ipv4)
{
    return ipv4 >> 24 != 0u && ipv4 >> 24 != 127u && ipv4 < 0xE0000000u;
}

static bool is_global(uint32_t ipv4)
{
    for (uint32_t i = 0; i < sizeof not_global / sizeof *not_global; i++) {
        if ((ipv4 & not_global[i].mask) == not_global[i].network) {
            return false;
        }
    }
    return true;
}

/* Return true if the prefix can contain IPv4 addresses (RFC 6052, 2.2). */
static bool is_prefix_valid(const uint8_t *prefix, uint32_t length)
{
    if ((length != 96u && (length < 32u || length > 64u || length % 8u != 0u)) || prefix[RESERVED_OCTET] != 0u ||
        v6nf_address_is_multicast(prefix) || v6nf_address_is_link_local(prefix) || v6nf_word32(prefix) == 0u) {
        return false;
    }
    for (uint32_t i = length / 8u; i < V6NF_ADDRESS_SIZE; i++) {
        if (prefix[i] != 0u) {
            return false;
        }
    }
    return true;
}

bool v6nf_siit_init(struct v6nf_siit *siit, const struct v6nf_siit_config *config, const uint8_t *secret)
{
    static const uint8_t well_known[V6NF_ADDRESS_SIZE] = {0x00, 0x64, 0xFF, 0x9B};
    *siit = (struct v6nf_siit){.is_ready = false};
    if (!is_prefix_valid(config->prefix.bytes, config->prefix_length) || config->pool_length > 32u ||
        config->pairs_count > V6NF_SIIT_PAIRS_MAX || !v6nf_siit_is_host(v6nf_load32(config->router)) ||
        config->mtu6 > MTU6_MAX || config->lowest_mtu6 < V6NF_IPV6_MTU_MIN || config->lowest_mtu6 > config->mtu6 ||
        config->mtu4 < V6NF_SIIT_MTU4_MIN || config->mtu4 > MTU6_MAX - MTU_DIFFERENCE) {
        return false;
    }
    siit->config = *config;
    siit->pool_mask = config->pool_length == 0u ? 0u : UINT32_MAX << (32u - config->pool_length);
    siit->is_well_known = config->prefix_length == 96u && v6nf_address_equal(config->prefix.bytes, well_known);
    siit->is_ready = (v6nf_load32(config->pool) & ~siit->pool_mask) == 0u;
    v6nf_hash_key_init(&siit->hash_key, secret);
    return siit->is_ready;
}

/* Return the pair of the IPv4 address, NULL if there is none. */
static const struct v6nf_siit_pair *find_pair(const struct v6nf_siit *siit, uint32_t ipv4)
{
    for (uint32_t i = 0; i < siit->config.pairs_count; i++) {
        if (v6nf_word32(siit->config.pairs[i].ipv4) == ipv4) {
            return &siit->config.pairs[i];
        }
    }
    return NULL;
}

bool v6nf_siit_map_ipv4(const struct v6nf_siit *siit, uint8_t *ipv6, const uint8_t *ipv4)
{
    const struct v6nf_siit_pair *pair = find_pair(siit, v6nf_word32(ipv4));
    if (pair != NULL) {
        v6nf_address_copy(ipv6, pair->ipv6.bytes);
        return true;
    }
    if (!siit->is_ready || (siit->is_well_known && !is_global(v6nf_load32(ipv4)))) {
        return false;
    }
    uint32_t at = siit->config.prefix_length / 8u;
    v6nf_address_copy(ipv6, siit->config.prefix.bytes);
    if (at == 12u) {
        v6nf_store_word32(ipv6 + 12, v6nf_word32(ipv4));
        return true;
    }
    for (uint32_t i = 0; i < V6NF_SIIT_IPV4_SIZE; i++) {
        at += at == RESERVED_OCTET ? 1u : 0u;
        ipv6[at] = ipv4[i];
        at++;
    }
    return true;
}

bool v6nf_siit_map_ipv6(const struct v6nf_siit *siit, uint8_t *ipv4, const uint8_t *ipv6)
{
    uint8_t same[V6NF_ADDRESS_SIZE] = {0};
    for (uint32_t i = 0; i < siit->config.pairs_count; i++) {
        if (v6nf_address_equal(siit->config.pairs[i].ipv6.bytes, ipv6)) {
            v6nf_store_word32(ipv4, v6nf_word32(siit->config.pairs[i].ipv4));
            return true;
        }
    }
    uint32_t at = siit->config.prefix_length / 8u;
    if (at == 12u) {
        v6nf_store_word32(ipv4, v6nf_word32(ipv6 + 12));
    } else {
        for (uint32_t i = 0; i < V6NF_SIIT_IPV4_SIZE; i++) {
            at += at == RESERVED_OCTET ? 1u : 0u;
            ipv4[i] = ipv6[at];
            at++;
        }
    }
    /* Prefix, reserved octet and suffix are those of the way back; an IPv4 address with a pair has no other address. */
    return v6nf_siit_map_ipv4(siit, same, ipv4) && v6nf_address_equal(same, ipv6);
}

bool v6nf_siit_is_inside(const struct v6nf_siit *siit, const uint8_t *ipv4)
{
    return (v6nf_load32(ipv4) & siit->pool_mask) == v6nf_load32(siit->config.pool) ||
           find_pair(siit, v6nf_word32(ipv4)) != NULL;
}

/* -- ICMP messages ------------------------------------------------------------------------------------------------- */

#define NO_COUNTERPART 255u /* of a type, a code or a pointer */

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Return the entry of a table of `count` entries, NO_COUNTERPART past its end. */
static uint8_t look_up(const uint8_t *table, uint32_t count, uint32_t index)
{
    return index < count ? table[index] : NO_COUNTERPART;
}

/* Pointers into the IPv6 header as those into the IPv4 header (RFC 7915, figure 6). */
static uint8_t pointer_to_ipv4(uint32_t pointer)
{
    static const uint8_t first[] = {0, 1, NO_COUNTERPART, NO_COUNTERPART, 2, 2, 9, 8};
    if (pointer >= V6NF_IPV6_SOURCE && pointer < V6NF_IPV6_HEADER_SIZE) {
        return pointer < V6NF_IPV6_DESTINATION ? IPV4_SOURCE : IPV4_DESTINATION;
    }
    return look_up(first, sizeof first, pointer);
}

/* Pointers into the IPv4 header as those into the IPv6 header (RFC 7915, figure 3). */
static uint8_t pointer_to_ipv6(uint32_t pointer)
{
    static const uint8_t pointers[IPV4_HEADER_SIZE] = {0,
                                                       1,
                                                       4,
                                                       4,
                                                       NO_COUNTERPART,
                                                       NO_COUNTERPART,
                                                       NO_COUNTERPART,
                                                       NO_COUNTERPART,
                                                       7,
                                                       6,
                                                       NO_COUNTERPART,
                                                       NO_COUNTERPART,
                                                       8,
                                                       8,
                                                       8,
                                                       8,
                                                       24,
                                                       24,
                                                       24,
                                                       24};
    return look_up(pointers, sizeof pointers, pointer);
}

/* Translate a Parameter Problem of ICMPv6. Return false if there is no counterpart. */
static bool problem_to_ipv4(struct siit_message *message)
{
    if (message->code == V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER) {
        *message = (struct siit_message){ICMP_UNREACHABLE, ICMP_PROTOCOL_UNREACHABLE, 0};
        return true;
    }
    const uint8_t pointer = pointer_to_ipv4(message->parameter);
    if (message->code != V6NF_ICMPV6_ERRONEOUS_FIELD || pointer == NO_COUNTERPART) {
        return false;
    }
    *message = (struct siit_message){ICMP_PARAMETER_PROBLEM, 0, (uint32_t)pointer << 24};
    return true;
}

bool v6nf_siit_message_to_ipv4(const struct v6nf_siit *siit, struct siit_message *message)
{
    static const uint8_t unreachable[] = {1, 10, 1, 1, 3};
    uint8_t code = message->code;
    uint32_t mtu = message->parameter;
    switch (message->type) {
    case V6NF_ICMPV6_ECHO_REQUEST:
        message->type = ICMP_ECHO_REQUEST;
        return true;
    case V6NF_ICMPV6_ECHO_REPLY:
        message->type = ICMP_ECHO_REPLY;
        return true;
    case V6NF_ICMPV6_DESTINATION_UNREACHABLE:
        code = look_up(unreachable, sizeof unreachable, code);
        *message = (struct siit_message){ICMP_UNREACHABLE, code, 0};
        return code != NO_COUNTERPART;
    case V6NF_ICMPV6_PACKET_TOO_BIG:
        mtu = smaller(mtu > MTU_DIFFERENCE ? mtu - MTU_DIFFERENCE : 0u, siit->config.mtu4);
        mtu = smaller(mtu, siit->config.mtu6 - MTU_DIFFERENCE);
        /* A path of IPv6 is never narrower: the packet would be fragmented for nothing. */
        mtu = mtu > V6NF_SIIT_MTU4_MIN ? mtu : V6NF_SIIT_MTU4_MIN;
        *message = (struct siit_message){ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED, mtu};
        return true;
    case V6NF_ICMPV6_TIME_EXCEEDED:
        *message = (struct siit_message){ICMP_TIME_EXCEEDED, code, 0};
        return code <= V6NF_ICMPV6_REASSEMBLY_TIME;
    case V6NF_ICMPV6_PARAMETER_PROBLEM:
        return problem_to_ipv4(message);
    default:
        return false;
    }
}

/* Return the greatest plateau that is less than a length (RFC 1191, 7). */
static uint32_t find_plateau(uint32_t length)
{
    static const uint16_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
    for (uint32_t i = 0; i < sizeof plateaus / sizeof *plateaus; i++) {
        if (plateaus[i] < length) {
            return plateaus[i];
        }
    }
    return 68u;
}

/* Translate Destination Unreachable of ICMP. Return false if there is no counterpart. */
static bool unreachable_to_ipv6(const struct v6nf_siit *siit, struct siit_message *message, uint32_t quoted)
{
    /* By code; codes 2 and 4 become other messages. */
    static const uint8_t codes[] = {0, 0, NO_COUNTERPART, 4, NO_COUNTERPART, 0, 0, 0, 0, 1, 1, 0,
                                    0, 1, NO_COUNTERPART, 1};
    if (message->code == ICMP_PROTOCOL_UNREACHABLE) {
        *message = (struct siit_message){V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER,
                                         V6NF_IPV6_NEXT_HEADER};
        return true;
    }
    if (message->code == ICMP_FRAGMENTATION_NEEDED) {
        uint32_t mtu = message->parameter & 0xFFFFu;
        mtu = (mtu != 0u ? mtu : find_plateau(quoted)) + MTU_DIFFERENCE;
        mtu = smaller(smaller(mtu, siit->config.mtu6), siit->config.mtu4 + MTU_DIFFERENCE);
        mtu = mtu > V6NF_IPV6_MTU_MIN ? mtu : V6NF_IPV6_MTU_MIN;
        *message = (struct siit_message){V6NF_ICMPV6_PACKET_TOO_BIG, 0, mtu};
        return true;
    }
    const uint8_t code = look_up(codes, sizeof codes, message->code);
    *message = (struct siit_message){V6NF_ICMPV6_DESTINATION_UNREACHABLE, code, 0};
    return code != NO_COUNTERPART;
}

bool v6nf_siit_message_to_ipv6(const struct v6nf_siit *siit, struct siit_message *message, uint32_t quoted)
{
    const uint8_t code = message->code;
    uint8_t pointer = 0;
    switch (message->type) {
    case ICMP_ECHO_REQUEST:
        message->type = V6NF_ICMPV6_ECHO_REQUEST;
        return true;
    case ICMP_ECHO_REPLY:
        message->type = V6NF_ICMPV6_ECHO_REPLY;
        return true;
    case ICMP_UNREACHABLE:
        return unreachable_to_ipv6(siit, message, quoted);
    case ICMP_TIME_EXCEEDED:
        *message = (struct siit_message){V6NF_ICMPV6_TIME_EXCEEDED, code, 0};
        return code <= V6NF_ICMPV6_REASSEMBLY_TIME;
    case ICMP_PARAMETER_PROBLEM:
        pointer = pointer_to_ipv6(message->parameter >> 24);
        *message = (struct siit_message){V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_ERRONEOUS_FIELD, pointer};
        return (code == 0u || code == 2u) && pointer != NO_COUNTERPART;
    default:
        return false;
    }
}
