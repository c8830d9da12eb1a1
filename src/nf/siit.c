/* siit.c: packets are translated between IPv6 and IPv4, in place (RFC 7915). All headers, also those that an ICMP error
 * quotes, are read and mapped before a byte is written. */
#include "v6nf/nf/siit.h"

#include <string.h>

#include "siit_parts.h"
#include "v6nf/nf/checksum_adjust.h"
#include "v6nf/wire/icmpv6.h"

#define OPTION_END 0u
#define OPTION_NO_OPERATION 1u
#define OPTION_LOOSE_ROUTE 131u
#define OPTION_STRICT_ROUTE 137u
#define PAYLOAD_MAX 65535u
#define ICMPV4_ERROR_SIZE 8u /* bytes of an error before the packet that it quotes */
#define MOBILITY 135u
#define HIP 139u
#define SHIM6 140u

/* What the headers of a packet contain, and their addresses in both protocols. */
struct half {
    uint32_t upper;          /* offset of the upper layer, or of the data of a fragment */
    uint32_t end;            /* offset one past the bytes that are present */
    uint32_t length;         /* bytes of upper layer or fragment, by the header: a quotation may have fewer */
    uint32_t fragment;       /* fragment offset in bytes */
    uint32_t identification; /* of the fragment */
    uint16_t sum4;           /* of the IPv4 addresses */
    uint16_t sum6;           /* of the IPv6 addresses */
    bool is_fragment;        /* has a Fragment header, or is a fragment of IPv4 */
    bool has_more;           /* more fragments follow */
    bool has_df;             /* must not be fragmented */
    uint8_t protocol;        /* of the upper layer, as the received header has it */
    uint8_t traffic_class;
    uint8_t hop_limit;
    uint8_t ipv4[2u * V6NF_SIIT_IPV4_SIZE]; /* source and destination */
    uint8_t ipv6[2u * V6NF_ADDRESS_SIZE];   /* the same */
};

/* A packet, and the one that it quotes. */
struct siit_packet {
    struct half outer;
    struct half inner;
    bool has_inner;                    /* the packet is an ICMP error */
    struct siit_message message;       /* of an ICMP packet, translated */
    struct siit_message before;        /* as it was received */
    struct siit_message inner_message; /* of an ICMP packet that is quoted, translated */
    struct siit_message inner_before;  /* as it was received */
};

/* -- Outcomes ------------------------------------------------------------------------------------------------------ */

static enum v6nf_siit_reason drop(struct v6nf_siit_outcome *outcome, enum v6nf_siit_reason reason)
{
    outcome->result = V6NF_SIIT_DROPPED;
    return reason;
}

static enum v6nf_siit_reason refuse_with(struct v6nf_siit_outcome *outcome, enum v6nf_siit_reason reason, uint8_t type,
                                         uint8_t code, uint32_t parameter)
{
    outcome->result = V6NF_SIIT_ERROR;
    outcome->type = type;
    outcome->code = code;
    outcome->parameter = parameter;
    return reason;
}

/* Refuse an IPv6 packet, as prohibited (RFC 7915, 5.4). */
static enum v6nf_siit_reason prohibit6(struct v6nf_siit_outcome *outcome, enum v6nf_siit_reason reason)
{
    return refuse_with(outcome, reason, V6NF_ICMPV6_DESTINATION_UNREACHABLE, V6NF_ICMPV6_PROHIBITED, 0);
}

/* Refuse an IPv4 packet, as prohibited (RFC 7915, 4.4). */
static enum v6nf_siit_reason prohibit4(struct v6nf_siit_outcome *outcome, enum v6nf_siit_reason reason)
{
    return refuse_with(outcome, reason, ICMP_UNREACHABLE, ICMP_PROHIBITED, 0);
}

/* -- Both protocols ------------------------------------------------------------------------------------------------ */

/* Return true if the value is that of an extension header, which hides what follows it. */
static bool hides_upper_layer(uint8_t next_header)
{
    switch (next_header) {
    case V6NF_EXT_HOP_BY_HOP:
    case V6NF_EXT_ROUTING:
    case V6NF_EXT_FRAGMENT:
    case V6NF_EXT_AUTHENTICATION:
    case V6NF_EXT_DESTINATION:
    case MOBILITY:
    case HIP:
    case SHIM6:
        return true;
    default:
        return false;
    }
}

/* Sum the addresses of a packet in both protocols. */
static void sum_addresses(struct half *half)
{
    half->sum4 = v6nf_checksum_fold(v6nf_word64(half->ipv4));
    half->sum6 = v6nf_checksum_fold(v6nf_checksum_add_32(half->ipv6, 0));
}

static struct siit_message load_message(const uint8_t *message)
{
    return (struct siit_message){message[0], message[1], v6nf_load32(message + V6NF_ICMPV6_PARAMETER)};
}

/* Return the bytes of an upper-layer header that checksums are adjusted in. */
static uint32_t needed_bytes(uint8_t protocol)
{
    switch (protocol) {
    case V6NF_CHAIN_TCP:
        return 20u;
    case V6NF_NEXT_HEADER_UDP:
    case V6NF_CHAIN_UDP_LITE:
    case V6NF_CHAIN_DCCP:
    case V6NF_NEXT_HEADER_ICMPV6:
    case PROTOCOL_ICMP:
        return 8u;
    default:
        return 0u;
    }
}

/* Adjust the checksum of a TCP segment or a datagram to other addresses, if it is present. */
static void adjust_upper(const struct half *half, uint8_t *upper, uint32_t present, uint16_t difference)
{
    const uint32_t at = half->protocol == V6NF_CHAIN_TCP ? 16u : 6u;
    if (half->fragment != 0u || at + 2u > present) {
        return;
    }
    const uint16_t checksum = v6nf_word16(upper + at);
    if (half->protocol == V6NF_NEXT_HEADER_UDP || half->protocol == V6NF_CHAIN_UDP_LITE) {
        v6nf_store_word16(upper + at, v6nf_checksum_adjust_udp(checksum, difference));
    } else if (half->protocol == V6NF_CHAIN_TCP || half->protocol == V6NF_CHAIN_DCCP) {
        v6nf_store_word16(upper + at, v6nf_checksum_adjust(checksum, difference));
    }
}

/* Return the sum of the pseudo-header of an ICMPv6 message. */
static uint16_t sum_pseudo(const struct half *half)
{
    const uint16_t length = v6nf_swap16((uint16_t)(half->length & 0xFFFFu));
    return v6nf_checksum_adjust_add(half->sum6,
                                    v6nf_checksum_fold32((uint32_t)length + (V6NF_NEXT_HEADER_ICMPV6 << 8)));
}

/* Write type, code and parameter of a message, and adjust its checksum. pseudo: difference of the pseudo-header. */
static void write_message(uint8_t *bytes, const struct siit_message *before, const struct siit_message *after,
                          uint16_t pseudo)
{
    const uint16_t old = v6nf_word16(bytes);
    bytes[V6NF_ICMPV6_TYPE] = after->type;
    bytes[V6NF_ICMPV6_CODE] = after->code;
    uint16_t difference = v6nf_checksum_adjust_add(pseudo, v6nf_checksum_adjust_word(old, v6nf_word16(bytes)));
    if (before->parameter != after->parameter) {
        const uint16_t parameter = v6nf_checksum_fold32(v6nf_word32(bytes + V6NF_ICMPV6_PARAMETER));
        v6nf_store32(bytes + V6NF_ICMPV6_PARAMETER, after->parameter);
        difference = v6nf_checksum_adjust_add(
            difference,
            v6nf_checksum_adjust_word(parameter, v6nf_checksum_fold32(v6nf_word32(bytes + V6NF_ICMPV6_PARAMETER))));
    }
    const uint16_t checksum = v6nf_word16(bytes + V6NF_ICMPV6_CHECKSUM);
    v6nf_store_word16(bytes + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_adjust(checksum, difference));
}

/* Cut a quoted packet at its own end, and before the extensions of the error (RFC 4884, 4).
 * extension: bytes before extensions, 0 if there are none. */
static void cut_quotation(struct half *inner, uint32_t quote, uint32_t extension)
{
    const uint32_t end = inner->upper + inner->length;
    inner->end = end < inner->end ? end : inner->end;
    if (extension != 0u && quote + extension < inner->end) {
        inner->end = quote + extension > inner->upper ? quote + extension : inner->upper;
    }
}

/* -- IPv6 to IPv4 -------------------------------------------------------------------------------------------------- */

/* Return the offset of Segments Left in a Routing header that has segments, 0 if there is none. The chain was read. */
static uint32_t find_segments(const uint8_t *bytes, const struct v6nf_chain *chain)
{
    uint32_t at = chain->packet + V6NF_IPV6_HEADER_SIZE;
    uint8_t next_header = bytes[chain->packet + V6NF_IPV6_NEXT_HEADER];
    for (uint32_t i = 0; i < V6NF_CHAIN_HEADERS_MAX && at + 8u <= chain->packet_end; i++) {
        if (next_header == V6NF_EXT_ROUTING && bytes[at + V6NF_EXT_SEGMENTS_LEFT] != 0u) {
            return at + V6NF_EXT_SEGMENTS_LEFT;
        }
        if (next_header != V6NF_EXT_ROUTING && next_header != V6NF_EXT_HOP_BY_HOP &&
            next_header != V6NF_EXT_DESTINATION) {
            break;
        }
        next_header = bytes[at + V6NF_EXT_NEXT_HEADER];
        at += 8u + 8u * (uint32_t)bytes[at + V6NF_EXT_LENGTH];
    }
    return 0;
}

/* Read the headers of an IPv6 packet, whose chain was read to the upper layer or a later fragment.
 * Return false if there are headers that are not translated. */
static bool read_half6(struct half *half, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    static const uint32_t skipped = V6NF_CHAIN_HAS_HOP_BY_HOP | V6NF_CHAIN_HAS_DESTINATION | V6NF_CHAIN_HAS_ROUTING |
                                    V6NF_CHAIN_HAS_ROUTING_0 | V6NF_CHAIN_HAS_FRAGMENT | V6NF_CHAIN_HAS_ESP;
    const uint8_t *packet = bytes + chain->packet;
    const uint32_t declared =
        chain->packet + V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    half->upper = chain->upper;
    half->end = chain->packet_end;
    half->protocol = chain->upper_layer;
    half->traffic_class = (uint8_t)((v6nf_load16(packet) >> 4) & 0xFFu);
    half->hop_limit = packet[V6NF_IPV6_HOP_LIMIT];
    memcpy(half->ipv6, packet + V6NF_IPV6_SOURCE, sizeof half->ipv6);
    if (chain->fragment != 0u) {
        const uint8_t *header = bytes + chain->fragment;
        if (hides_upper_layer(header[V6NF_EXT_NEXT_HEADER])) {
            return false; /* RFC 7915, 5.1.1 */
        }
        half->is_fragment = true;
        half->fragment = v6nf_fragment_offset(header);
        half->has_more = v6nf_fragment_has_more(header);
        half->identification = v6nf_load32(header + V6NF_FRAGMENT_IDENTIFICATION) & 0xFFFFu;
        half->upper = chain->fragment + V6NF_FRAGMENT_HEADER_SIZE;
        half->protocol = header[V6NF_EXT_NEXT_HEADER];
    }
    half->length = declared >= half->upper ? declared - half->upper : 0u;
    return (chain->headers & ~skipped) == 0u;
}

/* Return true if a fragment of ICMP is in the packet: other than an atomic one, it is not translated. */
static bool is_icmp_fragment(const struct half *half, uint8_t icmp)
{
    return half->protocol == icmp && (half->fragment != 0u || half->has_more);
}

/* Map both addresses of a quoted IPv6 packet. */
static bool map_quoted6(const struct v6nf_siit *siit, struct half *inner)
{
    if (!v6nf_siit_map_ipv6(siit, inner->ipv4, inner->ipv6) ||
        !v6nf_siit_map_ipv6(siit, inner->ipv4 + V6NF_SIIT_IPV4_SIZE, inner->ipv6 + V6NF_ADDRESS_SIZE)) {
        return false;
    }
    sum_addresses(inner);
    return true;
}

/* Read the packet that an ICMPv6 error quotes (RFC 7915, 5.3). */
static enum v6nf_siit_reason read_quoted6(const struct v6nf_siit *siit, struct siit_packet *packet,
                                          struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    struct v6nf_chain chain;
    struct half *inner = &packet->inner;
    const uint32_t message = packet->outer.upper;
    const uint32_t quote = message + V6NF_ICMPV6_ERROR_SIZE;
    const uint8_t type = bytes[message];
    const bool may_extend = type == V6NF_ICMPV6_DESTINATION_UNREACHABLE || type == V6NF_ICMPV6_TIME_EXCEEDED;
    const uint32_t extension = may_extend ? 8u * (uint32_t)bytes[message + ICMPV6_EXTENSION] : 0u;
    (void)v6nf_chain_read_quote(&chain, bytes, quote, packet->outer.end);
    if (chain.end < V6NF_CHAIN_LATER_FRAGMENT || !read_half6(inner, bytes, &chain) ||
        inner->length > PAYLOAD_MAX - IPV4_HEADER_SIZE ||
        memcmp(inner->ipv6, packet->outer.ipv6 + V6NF_ADDRESS_SIZE, V6NF_ADDRESS_SIZE) != 0) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    if (!map_quoted6(siit, inner)) {
        return drop(outcome, V6NF_SIIT_NO_ADDRESS);
    }
    cut_quotation(inner, quote, extension);
    packet->has_inner = true;
    if (inner->protocol == PROTOCOL_ICMP || inner->protocol == PROTOCOL_IGMP ||
        is_icmp_fragment(inner, V6NF_NEXT_HEADER_ICMPV6)) {
        return drop(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    if (inner->protocol != V6NF_NEXT_HEADER_ICMPV6) {
        return V6NF_SIIT_NO_REASON;
    }
    if (inner->upper + V6NF_ICMPV6_ECHO_SIZE > inner->end || v6nf_icmpv6_is_error(bytes[inner->upper])) {
        return drop(outcome, V6NF_SIIT_MALFORMED); /* errors quote no errors (RFC 4443, 2.4 (e)) */
    }
    packet->inner_before = load_message(bytes + inner->upper);
    packet->inner_message = packet->inner_before;
    return v6nf_siit_message_to_ipv4(siit, &packet->inner_message) ? V6NF_SIIT_NO_REASON
                                                                   : drop(outcome, V6NF_SIIT_ICMP_UNSUPPORTED);
}

/* Read an ICMPv6 message (RFC 7915, 5.2). */
static enum v6nf_siit_reason read_icmp6(const struct v6nf_siit *siit, struct siit_packet *packet,
                                        struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    struct half *outer = &packet->outer;
    if (is_icmp_fragment(outer, V6NF_NEXT_HEADER_ICMPV6)) {
        return drop(outcome, V6NF_SIIT_ICMP_FRAGMENT);
    }
    if (outer->upper + V6NF_ICMPV6_ERROR_SIZE > outer->end) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    packet->before = load_message(bytes + outer->upper);
    packet->message = packet->before;
    if (!v6nf_siit_message_to_ipv4(siit, &packet->message)) {
        return drop(outcome, V6NF_SIIT_ICMP_UNSUPPORTED);
    }
    if (!v6nf_icmpv6_is_error(packet->before.type)) {
        return V6NF_SIIT_NO_REASON;
    }
    const uint64_t pseudo = v6nf_checksum_pseudo(outer->ipv6, outer->length, V6NF_NEXT_HEADER_ICMPV6);
    if (!v6nf_checksum_is_right(v6nf_checksum_add(bytes + outer->upper, outer->length, pseudo))) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    return read_quoted6(siit, packet, outcome, bytes);
}

/* Map the source of an IPv6 packet. That of an error without an IPv4 address becomes that of the router (RFC 6791). */
static enum v6nf_siit_reason map_source6(const struct v6nf_siit *siit, struct siit_packet *packet,
                                         struct v6nf_siit_outcome *outcome)
{
    struct half *outer = &packet->outer;
    const bool is_error = outer->protocol == V6NF_NEXT_HEADER_ICMPV6 && v6nf_icmpv6_is_error(packet->before.type);
    if (v6nf_address_is_unspecified(outer->ipv6) || v6nf_address_is_link_local(outer->ipv6)) {
        return drop(outcome, V6NF_SIIT_ILLEGAL_ADDRESS);
    }
    if (!v6nf_siit_map_ipv6(siit, outer->ipv4, outer->ipv6) || !v6nf_siit_is_inside(siit, outer->ipv4)) {
        if (!is_error) {
            return refuse_with(outcome, V6NF_SIIT_NO_ADDRESS, V6NF_ICMPV6_DESTINATION_UNREACHABLE,
                               V6NF_ICMPV6_SOURCE_POLICY, 0);
        }
        memcpy(outer->ipv4, siit->config.router, V6NF_SIIT_IPV4_SIZE);
    }
    if (!v6nf_siit_is_host(v6nf_load32(outer->ipv4))) {
        return drop(outcome, V6NF_SIIT_ILLEGAL_ADDRESS);
    }
    sum_addresses(outer);
    return V6NF_SIIT_NO_REASON;
}

/* Read an IPv6 packet whose destination is mapped. */
static enum v6nf_siit_reason read_packet6(const struct v6nf_siit *siit, struct siit_packet *packet,
                                          struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    struct half *outer = &packet->outer;
    const struct v6nf_chain *chain = &outcome->chain;
    if (chain->end < V6NF_CHAIN_LATER_FRAGMENT) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    const uint32_t segments = (chain->headers & V6NF_CHAIN_HAS_ROUTING) != 0u ? find_segments(bytes, chain) : 0u;
    if (segments != 0u) {
        return refuse_with(outcome, V6NF_SIIT_UNSUPPORTED, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_ERRONEOUS_FIELD,
                           segments - chain->packet);
    }
    if (!read_half6(outer, bytes, chain)) {
        return prohibit6(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    outer->length = outer->end - outer->upper;
    if (outer->protocol == PROTOCOL_ICMP || outer->protocol == PROTOCOL_IGMP) {
        return drop(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    if (!v6nf_siit_is_host(v6nf_load32(outer->ipv4 + V6NF_SIIT_IPV4_SIZE))) {
        return drop(outcome, V6NF_SIIT_ILLEGAL_ADDRESS);
    }
    if (outer->protocol == V6NF_NEXT_HEADER_ICMPV6) {
        const enum v6nf_siit_reason reason = read_icmp6(siit, packet, outcome, bytes);
        if (reason != V6NF_SIIT_NO_REASON) {
            return reason;
        }
    }
    return map_source6(siit, packet, outcome);
}

/* Return the bytes of the IPv4 packet. */
static uint32_t size_to_ipv4(const struct siit_packet *packet)
{
    if (!packet->has_inner) {
        return IPV4_HEADER_SIZE + packet->outer.length;
    }
    return IPV4_HEADER_SIZE + ICMPV4_ERROR_SIZE + IPV4_HEADER_SIZE + packet->inner.end - packet->inner.upper;
}

/* Write the IPv4 header of a packet at `header`. total: its Total Length. */
static void write_half4(const struct v6nf_siit *siit, const struct half *half, uint8_t *header, uint32_t total,
                        uint32_t identification)
{
    uint32_t fragment = total > V6NF_SIIT_MTU4_MIN ? IPV4_DONT_FRAGMENT : 0u; /* RFC 7915, 5.1 */
    if (half->is_fragment) {
        fragment = half->fragment / 8u + (half->has_more ? IPV4_MORE_FRAGMENTS : 0u);
        identification = half->identification;
    }
    memcpy(header + IPV4_SOURCE, half->ipv4, sizeof half->ipv4);
    v6nf_siit_write_ipv4(header, siit->config.clears_traffic_class ? 0u : half->traffic_class, total, identification,
                         fragment, half->hop_limit,
                         half->protocol == V6NF_NEXT_HEADER_ICMPV6 ? PROTOCOL_ICMP : half->protocol);
}

/* Return an Identification: no two for packets of the same addresses and protocol within 65,536 packets, and
 * unpredictable for others. */
static uint32_t next_identification(struct v6nf_siit *siit, const struct half *half)
{
    const uint64_t words[2] = {v6nf_word64(half->ipv4), half->protocol};
    siit->identification++;
    return (v6nf_hash_words(&siit->hash_key, words, 2) + siit->identification) & 0xFFFFu;
}

/* Write the quoted packet of an error as IPv4 at `at`. */
static void write_quoted4(const struct v6nf_siit *siit, const struct siit_packet *packet, uint8_t *bytes, uint32_t at)
{
    const struct half *inner = &packet->inner;
    uint8_t *upper = bytes + at + IPV4_HEADER_SIZE;
    memmove(upper, bytes + inner->upper, inner->end - inner->upper);
    if (inner->protocol == V6NF_NEXT_HEADER_ICMPV6) {
        write_message(upper, &packet->inner_before, &packet->inner_message,
                      v6nf_checksum_adjust_word(sum_pseudo(inner), 0));
    } else {
        adjust_upper(inner, upper, inner->end - inner->upper, v6nf_checksum_adjust_word(inner->sum6, inner->sum4));
    }
    write_half4(siit, inner, bytes + at, IPV4_HEADER_SIZE + inner->length, 0);
}

/* Write an ICMP error with what it quotes. */
static void write_error4(const struct v6nf_siit *siit, const struct siit_packet *packet, uint8_t *bytes, uint32_t at,
                         uint32_t end)
{
    uint8_t *message = bytes + at;
    write_quoted4(siit, packet, bytes, at + ICMPV4_ERROR_SIZE);
    v6nf_icmpv6_write(message, packet->message.type, packet->message.code, packet->message.parameter);
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_finish(v6nf_checksum_add(message, end - at, 0)));
}

enum v6nf_siit_result v6nf_siit_to_ipv4(struct v6nf_siit *siit, struct v6nf_siit_outcome *outcome, uint8_t *frame,
                                        uint32_t offset, uint32_t length)
{
    struct siit_packet packet = {0};
    struct half *outer = &packet.outer;
    *outcome = (struct v6nf_siit_outcome){.result = V6NF_SIIT_OTHER, .reason = V6NF_SIIT_NO_ADDRESS};
    if (!siit->is_ready || offset < V6NF_ETHER_HEADER_SIZE || offset > length ||
        length - offset < V6NF_IPV6_HEADER_SIZE) {
        outcome->reason = drop(outcome, V6NF_SIIT_MALFORMED);
        return outcome->result;
    }
    if (!v6nf_siit_map_ipv6(siit, outer->ipv4 + V6NF_SIIT_IPV4_SIZE, frame + offset + V6NF_IPV6_DESTINATION)) {
        return outcome->result;
    }
    (void)v6nf_chain_read_packet(&outcome->chain, frame, offset, length);
    outcome->reason = read_packet6(siit, &packet, outcome, frame);
    if (outcome->reason != V6NF_SIIT_NO_REASON) {
        return outcome->result;
    }
    if (!siit->config.keeps_hop_limit && outer->hop_limit <= 1u) {
        outcome->reason = refuse_with(outcome, V6NF_SIIT_EXPIRED, V6NF_ICMPV6_TIME_EXCEEDED, V6NF_ICMPV6_HOP_LIMIT, 0);
        return outcome->result;
    }
    const uint32_t total = size_to_ipv4(&packet);
    if (total > siit->config.mtu4) {
        outcome->reason = refuse_with(outcome, V6NF_SIIT_TOO_BIG, V6NF_ICMPV6_PACKET_TOO_BIG, 0,
                                      siit->config.mtu4 + V6NF_IPV6_HEADER_SIZE - IPV4_HEADER_SIZE);
        return outcome->result;
    }
    const uint32_t at = offset + IPV4_HEADER_SIZE;
    outer->hop_limit = (uint8_t)(outer->hop_limit - (siit->config.keeps_hop_limit ? 0u : 1u));
    if (packet.has_inner) {
        write_error4(siit, &packet, frame, at, offset + total);
    } else {
        memmove(frame + at, frame + outer->upper, outer->length);
        if (outer->protocol == V6NF_NEXT_HEADER_ICMPV6) {
            write_message(frame + at, &packet.before, &packet.message, v6nf_checksum_adjust_word(sum_pseudo(outer), 0));
        } else {
            adjust_upper(outer, frame + at, outer->length, v6nf_checksum_adjust_word(outer->sum6, outer->sum4));
        }
    }
    write_half4(siit, outer, frame + offset, total, outer->is_fragment ? 0u : next_identification(siit, outer));
    v6nf_store16(frame + offset - 2u, V6NF_SIIT_ETHER_TYPE_IPV4);
    outcome->length = offset + total;
    outcome->result = V6NF_SIIT_TRANSLATED;
    return outcome->result;
}

/* -- IPv4 to IPv6 -------------------------------------------------------------------------------------------------- */

/* Options of an IPv4 header. */
enum options {
    OPTIONS_GOOD,
    OPTIONS_SOURCE_ROUTE, /* a source route that has not ended */
    OPTIONS_BAD
};

/* Read the options from `at` to `end` of an IPv4 header (RFC 791, 3.1). */
static enum options read_options4(const uint8_t *bytes, uint32_t at, uint32_t end)
{
    while (at < end) {
        const uint8_t type = bytes[at];
        if (type == OPTION_END) {
            break;
        }
        if (type == OPTION_NO_OPERATION) {
            at++;
            continue;
        }
        if (at + 2u > end || bytes[at + 1u] < 2u || at + (uint32_t)bytes[at + 1u] > end) {
            return OPTIONS_BAD;
        }
        const uint32_t size = bytes[at + 1u];
        if (type == OPTION_LOOSE_ROUTE || type == OPTION_STRICT_ROUTE) {
            if (size < 3u) {
                return OPTIONS_BAD;
            }
            if (bytes[at + 2u] <= size) {
                return OPTIONS_SOURCE_ROUTE;
            }
        }
        at += size;
    }
    return OPTIONS_GOOD;
}

/* Read an IPv4 header at `at`, of a packet that ends at `end`, or before it.
 * is_quoted: the end may be missing, and the checksum may be wrong.
 * Return false if it cannot be read. */
static bool read_half4(struct half *half, const uint8_t *bytes, uint32_t at, uint32_t end, bool is_quoted)
{
    if (at > end || end - at < IPV4_HEADER_SIZE) {
        return false;
    }
    const uint8_t *header = bytes + at;
    const uint32_t size = 4u * (header[0] & 15u);
    const uint32_t total = v6nf_load16(header + IPV4_TOTAL_LENGTH);
    const uint32_t fragment = v6nf_load16(header + IPV4_FRAGMENT);
    if (header[0] >> 4 != 4u || size < IPV4_HEADER_SIZE || size > end - at || total < size ||
        (!is_quoted && (total > end - at || !v6nf_checksum_is_right(v6nf_checksum_add_short(header, size, 0))))) {
        return false;
    }
    half->upper = at + size;
    half->end = total < end - at ? at + total : end;
    half->length = total - size;
    half->fragment = 8u * (fragment & IPV4_FRAGMENT_OFFSET);
    half->has_more = (fragment & IPV4_MORE_FRAGMENTS) != 0u;
    half->has_df = (fragment & IPV4_DONT_FRAGMENT) != 0u;
    half->is_fragment = half->has_more || half->fragment != 0u;
    half->identification = v6nf_load16(header + IPV4_IDENTIFICATION);
    half->protocol = header[IPV4_PROTOCOL];
    half->traffic_class = header[IPV4_TOS];
    half->hop_limit = header[IPV4_TTL];
    memcpy(half->ipv4, header + IPV4_SOURCE, sizeof half->ipv4);
    return half->fragment + half->length <= PAYLOAD_MAX && (!half->has_more || half->length % 8u == 0u);
}

/* Map both addresses of an IPv4 packet. */
static bool map_half4(const struct v6nf_siit *siit, struct half *half)
{
    if (!v6nf_siit_map_ipv4(siit, half->ipv6, half->ipv4) ||
        !v6nf_siit_map_ipv4(siit, half->ipv6 + V6NF_ADDRESS_SIZE, half->ipv4 + V6NF_SIIT_IPV4_SIZE)) {
        return false;
    }
    sum_addresses(half);
    return true;
}

/* Read the packet that an ICMP error quotes (RFC 7915, 4.3). */
static enum v6nf_siit_reason read_quoted4(const struct v6nf_siit *siit, struct siit_packet *packet,
                                          struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    struct half *inner = &packet->inner;
    const uint32_t message = packet->outer.upper;
    const uint32_t quote = message + ICMPV4_ERROR_SIZE;
    if (!read_half4(inner, bytes, quote, packet->outer.end, true) ||
        memcmp(inner->ipv4, packet->outer.ipv4 + V6NF_SIIT_IPV4_SIZE, V6NF_SIIT_IPV4_SIZE) != 0) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    if (!map_half4(siit, inner)) {
        return drop(outcome, V6NF_SIIT_NO_ADDRESS);
    }
    cut_quotation(inner, quote, 4u * (uint32_t)bytes[message + ICMP_EXTENSION]);
    packet->has_inner = true;
    if (hides_upper_layer(inner->protocol) || inner->protocol == V6NF_NEXT_HEADER_ICMPV6 ||
        inner->protocol == PROTOCOL_IGMP || is_icmp_fragment(inner, PROTOCOL_ICMP)) {
        return drop(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    if (inner->protocol != PROTOCOL_ICMP) {
        return V6NF_SIIT_NO_REASON;
    }
    if (inner->upper + ICMPV4_ERROR_SIZE > inner->end) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    packet->inner_before = load_message(bytes + inner->upper);
    packet->inner_message = packet->inner_before;
    /* Errors quote no errors (RFC 1122, 3.2.2). */
    return v6nf_siit_message_to_ipv6(siit, &packet->inner_message, 0) &&
                   !v6nf_icmpv6_is_error(packet->inner_message.type)
               ? V6NF_SIIT_NO_REASON
               : drop(outcome, V6NF_SIIT_ICMP_UNSUPPORTED);
}

/* Read an ICMP message (RFC 7915, 4.2). */
static enum v6nf_siit_reason read_icmp4(const struct v6nf_siit *siit, struct siit_packet *packet,
                                        struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    struct half *outer = &packet->outer;
    if (outer->is_fragment) {
        return drop(outcome, V6NF_SIIT_ICMP_FRAGMENT);
    }
    if (outer->upper + ICMPV4_ERROR_SIZE > outer->end) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    const uint32_t quote = outer->upper + ICMPV4_ERROR_SIZE;
    const uint32_t quoted =
        quote + IPV4_HEADER_SIZE <= outer->end ? v6nf_load16(bytes + quote + IPV4_TOTAL_LENGTH) : 0u;
    packet->before = load_message(bytes + outer->upper);
    packet->message = packet->before;
    if (!v6nf_siit_message_to_ipv6(siit, &packet->message, quoted)) {
        return drop(outcome, V6NF_SIIT_ICMP_UNSUPPORTED);
    }
    if (!v6nf_icmpv6_is_error(packet->message.type)) {
        return V6NF_SIIT_NO_REASON;
    }
    if (!v6nf_checksum_is_right(v6nf_checksum_add(bytes + outer->upper, outer->length, 0))) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    return read_quoted4(siit, packet, outcome, bytes);
}

/* Read the upper layer of an IPv4 packet. */
static enum v6nf_siit_reason read_upper4(const struct v6nf_siit *siit, struct siit_packet *packet,
                                         struct v6nf_siit_outcome *outcome, const uint8_t *bytes)
{
    const struct half *outer = &packet->outer;
    if (outer->protocol == PROTOCOL_IGMP || outer->protocol == V6NF_NEXT_HEADER_ICMPV6) {
        return drop(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    if (hides_upper_layer(outer->protocol)) {
        return prohibit4(outcome, V6NF_SIIT_UNSUPPORTED);
    }
    if (outer->protocol == PROTOCOL_ICMP) {
        return read_icmp4(siit, packet, outcome, bytes);
    }
    if (outer->fragment != 0u) {
        return V6NF_SIIT_NO_REASON;
    }
    if (needed_bytes(outer->protocol) > outer->length) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    if (outer->protocol == V6NF_NEXT_HEADER_UDP && v6nf_load16(bytes + outer->upper + 6u) == 0u &&
        (!siit->config.computes_udp_checksum || outer->is_fragment ||
         v6nf_load16(bytes + outer->upper + 4u) != outer->length)) {
        return prohibit4(outcome, V6NF_SIIT_NO_CHECKSUM);
    }
    return V6NF_SIIT_NO_REASON;
}

/* Read an IPv4 packet. */
static enum v6nf_siit_reason read_packet4(const struct v6nf_siit *siit, struct siit_packet *packet,
                                          struct v6nf_siit_outcome *outcome, const uint8_t *bytes, uint32_t offset)
{
    struct half *outer = &packet->outer;
    const enum options options = read_options4(bytes, offset + IPV4_HEADER_SIZE, outer->upper);
    if (options == OPTIONS_BAD) {
        return drop(outcome, V6NF_SIIT_MALFORMED);
    }
    if (options == OPTIONS_SOURCE_ROUTE) {
        return refuse_with(outcome, V6NF_SIIT_SOURCE_ROUTE, ICMP_UNREACHABLE, ICMP_SOURCE_ROUTE_FAILED, 0);
    }
    const enum v6nf_siit_reason reason = read_upper4(siit, packet, outcome, bytes);
    if (reason != V6NF_SIIT_NO_REASON) {
        return reason;
    }
    /* The illegal source of an error is translated, to find its cause (RFC 7915, 4.1). */
    if (!v6nf_siit_is_host(v6nf_load32(outer->ipv4 + V6NF_SIIT_IPV4_SIZE)) ||
        (!packet->has_inner && !v6nf_siit_is_host(v6nf_load32(outer->ipv4)))) {
        return drop(outcome, V6NF_SIIT_ILLEGAL_ADDRESS);
    }
    return map_half4(siit, outer) ? V6NF_SIIT_NO_REASON : drop(outcome, V6NF_SIIT_NO_ADDRESS);
}

/* Return the bytes of headers of an IPv6 packet. */
static uint32_t headers6(const struct half *half)
{
    return V6NF_IPV6_HEADER_SIZE + (half->is_fragment ? V6NF_FRAGMENT_HEADER_SIZE : 0u);
}

/* Check the time to live, and set *size to the bytes of the IPv6 packet, if it fits. */
static enum v6nf_siit_reason check_size6(const struct v6nf_siit *siit, struct siit_packet *packet,
                                         struct v6nf_siit_outcome *outcome, uint32_t space, uint32_t *size)
{
    const struct half *outer = &packet->outer;
    struct half *inner = &packet->inner;
    const uint32_t mtu = outer->has_df ? siit->config.mtu6 : siit->config.lowest_mtu6;
    const uint32_t headers = headers6(outer);
    if (!siit->config.keeps_hop_limit && outer->hop_limit <= 1u) {
        return refuse_with(outcome, V6NF_SIIT_EXPIRED, ICMP_TIME_EXCEEDED, 0, 0);
    }
    if (packet->has_inner) {
        const uint32_t before = headers + V6NF_ICMPV6_ERROR_SIZE + headers6(inner);
        uint32_t quoted = inner->end - inner->upper;
        /* An error is cut (RFC 4443, 2.4 (c)). */
        quoted = quoted < V6NF_IPV6_MTU_MIN - before ? quoted : V6NF_IPV6_MTU_MIN - before;
        if (before > space || quoted > space - before) {
            return drop(outcome, V6NF_SIIT_NO_CAPACITY);
        }
        inner->end = inner->upper + quoted;
        *size = before + quoted;
        return V6NF_SIIT_NO_REASON;
    }
    if (headers + outer->length > mtu) {
        return refuse_with(outcome, V6NF_SIIT_TOO_BIG, ICMP_UNREACHABLE, ICMP_FRAGMENTATION_NEEDED,
                           mtu - headers + IPV4_HEADER_SIZE);
    }
    if (headers > space || outer->length > space - headers) {
        return drop(outcome, V6NF_SIIT_NO_CAPACITY);
    }
    *size = headers + outer->length;
    return V6NF_SIIT_NO_REASON;
}

/* Write the IPv6 header of a packet at `header`, and the Fragment header. length: bytes after both. */
static void write_half6(const struct v6nf_siit *siit, const struct half *half, uint8_t *header, uint32_t length)
{
    const uint8_t next_header = half->protocol == PROTOCOL_ICMP ? V6NF_NEXT_HEADER_ICMPV6 : half->protocol;
    const uint32_t traffic_class = siit->config.clears_traffic_class ? 0u : half->traffic_class;
    if (half->is_fragment) {
        v6nf_ipv6_write(header, V6NF_FRAGMENT_HEADER_SIZE + length, V6NF_EXT_FRAGMENT, half->hop_limit);
        v6nf_fragment_write(header + V6NF_IPV6_HEADER_SIZE, next_header, half->fragment, half->has_more,
                            half->identification);
    } else {
        v6nf_ipv6_write(header, length, next_header, half->hop_limit);
    }
    v6nf_store16(header, (uint16_t)(0x6000u + (traffic_class << 4)));
    memcpy(header + V6NF_IPV6_SOURCE, half->ipv6, sizeof half->ipv6);
}

/* Write the quoted packet of an error as IPv6 at `at`. */
static void write_quoted6(const struct v6nf_siit *siit, const struct siit_packet *packet, uint8_t *bytes, uint32_t at)
{
    const struct half *inner = &packet->inner;
    uint8_t *upper = bytes + at + headers6(inner);
    memmove(upper, bytes + inner->upper, inner->end - inner->upper);
    if (inner->protocol == PROTOCOL_ICMP) {
        write_message(upper, &packet->inner_before, &packet->inner_message,
                      v6nf_checksum_adjust_word(0, sum_pseudo(inner)));
    } else {
        adjust_upper(inner, upper, inner->end - inner->upper, v6nf_checksum_adjust_word(inner->sum4, inner->sum6));
    }
    write_half6(siit, inner, bytes + at, inner->length);
}

/* Write the upper layer of a packet that is no error at `at`. */
static void write_upper6(const struct siit_packet *packet, uint8_t *bytes, uint32_t at)
{
    const struct half *outer = &packet->outer;
    uint8_t *upper = bytes + at;
    memmove(upper, bytes + outer->upper, outer->length);
    if (outer->protocol == PROTOCOL_ICMP) {
        write_message(upper, &packet->before, &packet->message, v6nf_checksum_adjust_word(0, sum_pseudo(outer)));
    } else if (outer->protocol == V6NF_NEXT_HEADER_UDP && outer->fragment == 0u && v6nf_word16(upper + 6) == 0u) {
        const uint64_t pseudo = v6nf_checksum_pseudo(outer->ipv6, outer->length, V6NF_NEXT_HEADER_UDP);
        const uint16_t checksum = v6nf_checksum_finish(v6nf_checksum_add(upper, outer->length, pseudo));
        v6nf_store_word16(upper + 6, checksum != 0u ? checksum : 0xFFFFu);
    } else {
        adjust_upper(outer, upper, outer->length, v6nf_checksum_adjust_word(outer->sum4, outer->sum6));
    }
}

enum v6nf_siit_result v6nf_siit_to_ipv6(struct v6nf_siit *siit, struct v6nf_siit_outcome *outcome, uint8_t *frame,
                                        uint32_t offset, uint32_t length, uint32_t capacity)
{
    struct siit_packet packet = {0};
    struct half *outer = &packet.outer;
    uint32_t size = 0;
    *outcome = (struct v6nf_siit_outcome){.result = V6NF_SIIT_OTHER, .reason = V6NF_SIIT_NO_ADDRESS};
    if (!siit->is_ready || offset < V6NF_ETHER_HEADER_SIZE || length > capacity ||
        !read_half4(outer, frame, offset, length, false)) {
        outcome->reason = drop(outcome, V6NF_SIIT_MALFORMED);
        return outcome->result;
    }
    if (!v6nf_siit_is_inside(siit, outer->ipv4 + V6NF_SIIT_IPV4_SIZE)) {
        return outcome->result;
    }
    outcome->reason = read_packet4(siit, &packet, outcome, frame, offset);
    if (outcome->reason == V6NF_SIIT_NO_REASON) {
        outcome->reason = check_size6(siit, &packet, outcome, capacity - offset, &size);
    }
    if (outcome->reason != V6NF_SIIT_NO_REASON) {
        return outcome->result;
    }
    const uint32_t at = offset + headers6(outer);
    outer->hop_limit = (uint8_t)(outer->hop_limit - (siit->config.keeps_hop_limit ? 0u : 1u));
    if (packet.has_inner) {
        write_quoted6(siit, &packet, frame, at + V6NF_ICMPV6_ERROR_SIZE);
        v6nf_icmpv6_write(frame + at, packet.message.type, packet.message.code, packet.message.parameter);
    } else {
        write_upper6(&packet, frame, at);
    }
    write_half6(siit, outer, frame + offset, size - headers6(outer));
    if (packet.has_inner) {
        v6nf_icmpv6_finish(frame + offset, frame + at, size - headers6(outer));
    }
    v6nf_store16(frame + offset - 2u, V6NF_ETHER_TYPE_IPV6);
    outcome->length = offset + size;
    outcome->result = V6NF_SIIT_TRANSLATED;
    return outcome->result;
}
