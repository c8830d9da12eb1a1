/* chain.c: the headers of a packet, up to the upper layer. A function that reads a header returns how the chain ends,
 * or V6NF_CHAIN_UPPER_LAYER if it goes on. */
#include "v6nf/nf/chain.h"

#define MOBILITY 135u
#define HIP 139u
#define SHIM6 140u
#define AH_UNIT 4u          /* of its Payload Length (RFC 4302, 2.2) */
#define OPTION_PAD1 0u      /* the one option without a length (RFC 8200, 4.2) */
#define OPTION_JUMBO 0xC2u  /* Jumbo Payload (RFC 2675, 2) */
#define TCP_OFFSET 12u      /* Data Offset: words of the header in the high 4 bits (RFC 9293, 3.1) */
#define TCP_HEADER_SIZE 20u /* without options */
#define QUOTED_TCP_SIZE 8u  /* ports and Sequence Number */
#define PAYLOAD_MAX 65535u  /* of a reassembled packet (RFC 8200, 4.5) */

/* Return the bit of an extension header with this Next Header value, 0 if it is none that can be passed. */
/*@ assigns \nothing;
    ensures \result == 0 ==> next_header != 0 && next_header != 43 && next_header != 44 && next_header != 51 &&
                             next_header != 60; */
static uint32_t header_bit(uint8_t next_header)
{
    uint32_t bit = 0;
    switch (next_header) {
    case V6NF_EXT_HOP_BY_HOP:
        bit = V6NF_CHAIN_HAS_HOP_BY_HOP;
        break;
    case V6NF_EXT_DESTINATION:
        bit = V6NF_CHAIN_HAS_DESTINATION;
        break;
    case V6NF_EXT_ROUTING:
        bit = V6NF_CHAIN_HAS_ROUTING;
        break;
    case V6NF_EXT_FRAGMENT:
        bit = V6NF_CHAIN_HAS_FRAGMENT;
        break;
    case V6NF_EXT_AUTHENTICATION:
        bit = V6NF_CHAIN_HAS_AUTHENTICATION;
        break;
    case MOBILITY:
        bit = V6NF_CHAIN_HAS_MOBILITY;
        break;
    case HIP:
        bit = V6NF_CHAIN_HAS_HIP;
        break;
    case SHIM6:
        bit = V6NF_CHAIN_HAS_SHIM6;
        break;
    default:
        break;
    }
    return bit;
}

/* Return the end of an extension header of which 8 bytes are present. It may be past the end of the packet. */
/*@ requires at <= INT32_MAX;
    requires \valid_read(bytes + (at .. at + 7));
    assigns \nothing;
    ensures at + 8 <= \result <= at + 8 + 8 * 255; */
static uint32_t header_end(const uint8_t *bytes, uint32_t at, uint8_t next_header)
{
    const uint32_t unit = next_header == V6NF_EXT_FRAGMENT ? 0u : next_header == V6NF_EXT_AUTHENTICATION ? AH_UNIT : 8u;
    return at + 8u + unit * (uint32_t)bytes[at + V6NF_EXT_LENGTH];
}

/* Read a Hop-by-Hop Options header. Only the length of each option is read, and whether it is a Jumbo Payload. */
/*@ requires at + 8 <= next <= INT32_MAX;
    requires \valid_read(bytes + (0 .. next - 1));
    assigns \nothing;
    ensures \result == V6NF_CHAIN_UPPER_LAYER || \result == V6NF_CHAIN_JUMBO || \result == V6NF_CHAIN_MALFORMED; */
static enum v6nf_chain_end read_hop_by_hop(const uint8_t *bytes, uint32_t at, uint32_t next)
{
    uint32_t option = at + V6NF_EXT_OPTIONS;
    /*@ loop invariant at + 2 <= option <= next;
        loop assigns option;
        loop variant next - option; */
    while (option < next) {
        if (bytes[option] == OPTION_PAD1) {
            option++;
            continue;
        }
        if (bytes[option] == OPTION_JUMBO) {
            return V6NF_CHAIN_JUMBO;
        }
        if (option + 2u > next || option + 2u + (uint32_t)bytes[option + 1u] > next) {
            return V6NF_CHAIN_MALFORMED;
        }
        option += 2u + (uint32_t)bytes[option + 1u];
    }
    return V6NF_CHAIN_UPPER_LAYER;
}

/* Read a Fragment header (RFC 8200, 4.5). Refuse a fragment of a fragment, and lengths that end reassembly. */
/*@ requires \valid(chain) && \valid_read(bytes + (0 .. at + 7));
    requires \separated(chain, bytes + (0 .. at + 7));
    requires chain->packet + 40 <= at <= INT32_MAX;
    assigns chain->headers, chain->fragment;
    ensures \result == V6NF_CHAIN_UPPER_LAYER || \result == V6NF_CHAIN_MALFORMED ||
            \result == V6NF_CHAIN_LATER_FRAGMENT; */
static enum v6nf_chain_end chain_fragment(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t at)
{
    const uint8_t *header = bytes + at;
    const uint32_t offset = v6nf_fragment_offset(header);
    /* A quotation may be shorter. */
    const uint32_t packet_end =
        chain->packet + V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(bytes + chain->packet + V6NF_IPV6_PAYLOAD_LENGTH);
    const uint32_t data = at + V6NF_FRAGMENT_HEADER_SIZE;
    const uint32_t length = data <= packet_end ? packet_end - data : 0u;
    const bool is_again = (chain->headers & V6NF_CHAIN_HAS_FRAGMENT) != 0u;
    chain->fragment = at;
    chain->headers |= offset != 0u                     ? V6NF_CHAIN_HAS_LATER_FRAGMENT
                      : v6nf_fragment_has_more(header) ? V6NF_CHAIN_HAS_FIRST_FRAGMENT
                                                       : V6NF_CHAIN_HAS_ATOMIC_FRAGMENT;
    if (is_again || offset + length > PAYLOAD_MAX || (v6nf_fragment_has_more(header) && length % 8u != 0u)) {
        return V6NF_CHAIN_MALFORMED;
    }
    return offset != 0u ? V6NF_CHAIN_LATER_FRAGMENT : V6NF_CHAIN_UPPER_LAYER;
}

/* Read the extension header from `at` to `next`. Return V6NF_CHAIN_UPPER_LAYER if the walk goes on. */
/*@ requires \valid(chain) && \valid_read(bytes + (0 .. next - 1));
    requires \separated(chain, bytes + (0 .. next - 1));
    requires chain->packet + 40 <= at && at + 8 <= next <= INT32_MAX;
    assigns chain->headers, chain->fragment, chain->authentication;
    ensures V6NF_CHAIN_TOO_MANY < \result <= V6NF_CHAIN_UPPER_LAYER && \result != V6NF_CHAIN_OTHER; */
static enum v6nf_chain_end read_extension(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t at, uint32_t next,
                                          uint8_t next_header)
{
    if (next_header == V6NF_EXT_FRAGMENT) {
        return chain_fragment(chain, bytes, at);
    }
    chain->headers |= header_bit(next_header);
    if (next_header == V6NF_EXT_HOP_BY_HOP) {
        if (at != chain->packet + V6NF_IPV6_HEADER_SIZE) {
            chain->headers |= V6NF_CHAIN_HAS_LATE_HOP_BY_HOP;
        }
        return read_hop_by_hop(bytes, at, next);
    }
    if (next_header == V6NF_EXT_ROUTING && bytes[at + V6NF_EXT_ROUTING_TYPE] == 0u) {
        chain->headers |= V6NF_CHAIN_HAS_ROUTING_0;
    }
    if (next_header == V6NF_EXT_AUTHENTICATION && bytes[at + V6NF_EXT_LENGTH] == 0u) {
        return V6NF_CHAIN_MALFORMED; /* without Integrity Check Value (RFC 4302, 2) */
    }
    if (next_header == V6NF_EXT_AUTHENTICATION && chain->authentication == 0u) {
        chain->authentication = at;
    }
    return V6NF_CHAIN_UPPER_LAYER;
}

/* Return the bytes of an upper-layer header that must be in the packet. */
/*@ assigns \nothing;
    ensures next_header == 6 ==> \result == tcp;
    ensures next_header == 17 || next_header == 136 || next_header == 50 ==> \result == 8;
    ensures next_header == 33 || next_header == 132 ==> \result == 12;
    ensures next_header == 58 ==> \result == 4;
    ensures next_header == 41 ==> \result == 40;
    ensures \result <= 40 || \result == tcp; */
static uint32_t upper_size(uint8_t next_header, uint32_t tcp)
{
    uint32_t size = 0;
    switch (next_header) {
    case V6NF_CHAIN_TCP:
        size = tcp;
        break;
    case V6NF_NEXT_HEADER_UDP:
    case V6NF_CHAIN_UDP_LITE:
    case V6NF_CHAIN_ESP:
        size = 8u;
        break;
    case V6NF_CHAIN_SCTP:
    case V6NF_CHAIN_DCCP:
        size = 12u;
        break;
    case V6NF_NEXT_HEADER_ICMPV6:
        size = 4u;
        break;
    case V6NF_CHAIN_IPV6_IN_IPV6:
        size = V6NF_IPV6_HEADER_SIZE;
        break;
    default:
        break;
    }
    return size;
}

/* Read the upper-layer header at `at`. tcp: bytes of a TCP header that must be in the packet. */
/*@ requires \valid(chain) && \valid_read(bytes + (0 .. chain->packet_end - 1));
    requires \separated(chain, bytes + (0 .. chain->packet_end - 1));
    requires at <= chain->packet_end <= INT32_MAX;
    requires tcp == 20 || tcp == 8;
    assigns chain->headers, chain->upper, chain->upper_layer;
    ensures result: \result == V6NF_CHAIN_UPPER_LAYER || \result == V6NF_CHAIN_NO_NEXT_HEADER ||
                    \result == V6NF_CHAIN_TRUNCATED || \result == V6NF_CHAIN_MALFORMED;
    ensures upper: \result == V6NF_CHAIN_UPPER_LAYER ==> chain->upper == at && chain->upper_layer == next_header;
    ensures tcp: \result == V6NF_CHAIN_UPPER_LAYER && next_header == 6 ==> at + tcp <= chain->packet_end;
    ensures eight: \result == V6NF_CHAIN_UPPER_LAYER &&
        (next_header == 17 || next_header == 136 || next_header == 50) ==> at + 8 <= chain->packet_end;
    ensures twelve: \result == V6NF_CHAIN_UPPER_LAYER && (next_header == 33 || next_header == 132) ==>
        at + 12 <= chain->packet_end;
    ensures four: \result == V6NF_CHAIN_UPPER_LAYER && next_header == 58 ==> at + 4 <= chain->packet_end;
    ensures forty: \result == V6NF_CHAIN_UPPER_LAYER && next_header == 41 ==> at + 40 <= chain->packet_end;
    ensures none: \result != V6NF_CHAIN_UPPER_LAYER ==>
        chain->upper == \old(chain->upper) && chain->upper_layer == \old(chain->upper_layer); */
static enum v6nf_chain_end read_upper(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t at, uint8_t next_header,
                                      uint32_t tcp)
{
    if (next_header == V6NF_NEXT_HEADER_NONE) {
        return V6NF_CHAIN_NO_NEXT_HEADER;
    }
    if (at + upper_size(next_header, tcp) > chain->packet_end) {
        return V6NF_CHAIN_TRUNCATED;
    }
    /* The third comparison is for Eva, which does not see that it was made. */
    if (next_header == V6NF_CHAIN_TCP && tcp == TCP_HEADER_SIZE && at + TCP_HEADER_SIZE <= chain->packet_end) {
        const uint32_t size = ((uint32_t)bytes[at + TCP_OFFSET] >> 4) * 4u;
        if (size < TCP_HEADER_SIZE) {
            return V6NF_CHAIN_MALFORMED;
        }
        if (at + size > chain->packet_end) {
            return V6NF_CHAIN_TRUNCATED;
        }
    }
    if (next_header == V6NF_CHAIN_ESP) {
        chain->headers |= V6NF_CHAIN_HAS_ESP;
    }
    chain->upper = at;
    chain->upper_layer = next_header;
    return V6NF_CHAIN_UPPER_LAYER;
}

/* Walk the headers of a packet whose IPv6 header is whole. tcp: as for read_upper(). */
/*@ requires \valid(chain) && \valid_read(bytes + (0 .. chain->packet_end - 1));
    requires \separated(chain, bytes + (0 .. chain->packet_end - 1));
    requires chain->packet + 40 <= chain->packet_end <= INT32_MAX && chain->upper == chain->packet_end;
    requires chain->upper_layer == 59;
    requires tcp == 20 || tcp == 8;
    assigns chain->headers, chain->fragment, chain->authentication, chain->upper, chain->upper_layer;
    ensures result: 0 < \result <= V6NF_CHAIN_UPPER_LAYER && \result != V6NF_CHAIN_OTHER;
    ensures upper: \result == V6NF_CHAIN_UPPER_LAYER ==> chain->packet + 40 <= chain->upper <= chain->packet_end;
    ensures none: \result != V6NF_CHAIN_UPPER_LAYER ==> chain->upper == chain->packet_end && chain->upper_layer == 59;
    ensures tcp: \result == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == 6 ==>
        chain->upper + tcp <= chain->packet_end;
    ensures eight: \result == V6NF_CHAIN_UPPER_LAYER &&
        (chain->upper_layer == 17 || chain->upper_layer == 136 || chain->upper_layer == 50) ==>
            chain->upper + 8 <= chain->packet_end;
    ensures twelve: \result == V6NF_CHAIN_UPPER_LAYER && (chain->upper_layer == 33 || chain->upper_layer == 132) ==>
        chain->upper + 12 <= chain->packet_end;
    ensures four: \result == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == 58 ==>
        chain->upper + 4 <= chain->packet_end;
    ensures forty: \result == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == 41 ==>
        chain->upper + 40 <= chain->packet_end; */
static enum v6nf_chain_end walk_headers(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t tcp)
{
    uint32_t at = chain->packet + V6NF_IPV6_HEADER_SIZE;
    uint8_t next_header = bytes[chain->packet + V6NF_IPV6_NEXT_HEADER];
    /*@ loop invariant 0 <= i <= V6NF_CHAIN_HEADERS_MAX + 1;
        loop invariant chain->packet + 40 <= at <= chain->packet_end;
        loop assigns i, at, next_header, chain->headers, chain->fragment, chain->authentication;
        loop variant V6NF_CHAIN_HEADERS_MAX + 1 - i; */
    for (uint32_t i = 0; i <= V6NF_CHAIN_HEADERS_MAX; i++) {
        if (header_bit(next_header) == 0u) {
            return read_upper(chain, bytes, at, next_header, tcp);
        }
        if (i == V6NF_CHAIN_HEADERS_MAX) {
            break;
        }
        if (at + 8u > chain->packet_end) {
            return V6NF_CHAIN_TRUNCATED;
        }
        const uint32_t next = header_end(bytes, at, next_header);
        if (next > chain->packet_end) {
            return V6NF_CHAIN_TRUNCATED;
        }
        const enum v6nf_chain_end end = read_extension(chain, bytes, at, next, next_header);
        if (end != V6NF_CHAIN_UPPER_LAYER) {
            return end;
        }
        next_header = bytes[at + V6NF_EXT_NEXT_HEADER];
        at = next;
    }
    return V6NF_CHAIN_TOO_MANY;
}

/* Walk the headers of a packet whose IPv6 header is whole, unless it is a jumbogram. A truncated first fragment is
 * incomplete. */
/*@ requires \valid(chain) && \valid_read(bytes + (0 .. chain->packet_end - 1));
    requires \separated(chain, bytes + (0 .. chain->packet_end - 1));
    requires chain->packet + 40 <= chain->packet_end <= INT32_MAX && chain->upper == chain->packet_end;
    requires chain->upper_layer == 59 && (tcp == 20 || tcp == 8);
    assigns *chain;
    ensures same: chain->packet == \old(chain->packet) && chain->packet_end == \old(chain->packet_end);
    ensures result: \result == chain->end && 0 < \result <= V6NF_CHAIN_UPPER_LAYER;
    ensures chain: v6nf_is_chain(chain, chain->packet, chain->packet_end);
    ensures ports: v6nf_has_upper(chain, 6, tcp) && v6nf_has_upper(chain, 17, 8) && v6nf_has_upper(chain, 136, 8);
    ensures others: v6nf_has_upper(chain, 33, 12) && v6nf_has_upper(chain, 132, 12) && v6nf_has_upper(chain, 50, 8) &&
                    v6nf_has_upper(chain, 58, 4) && v6nf_has_upper(chain, 41, 40); */
static enum v6nf_chain_end chain_headers(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t tcp)
{
    const uint8_t *packet = bytes + chain->packet;
    if (v6nf_word16(packet + V6NF_IPV6_PAYLOAD_LENGTH) == 0u && packet[V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_HOP_BY_HOP) {
        chain->end = V6NF_CHAIN_JUMBO;
        return V6NF_CHAIN_JUMBO;
    }
    enum v6nf_chain_end end = walk_headers(chain, bytes, tcp);
    if (end == V6NF_CHAIN_TRUNCATED && (chain->headers & V6NF_CHAIN_HAS_FIRST_FRAGMENT) != 0u) {
        end = V6NF_CHAIN_INCOMPLETE;
    }
    chain->end = end;
    return end;
}

/* Start with a packet of which nothing is known, from `offset` to `end`. */
/*@ requires \valid(chain);
    assigns *chain;
    ensures chain->end == end_of_chain && chain->packet == offset;
    ensures chain->packet_end == end && chain->upper == end && chain->upper_layer == 59; */
static void start_chain(struct v6nf_chain *chain, uint32_t offset, uint32_t end, enum v6nf_chain_end end_of_chain)
{
    *chain = (struct v6nf_chain){
        .end = end_of_chain, .packet = offset, .packet_end = end, .upper = end, .upper_layer = V6NF_NEXT_HEADER_NONE};
}

/* Return how a chain ends if the IPv6 header has this fault. */
/*@ assigns \nothing;
    ensures \result == V6NF_CHAIN_TRUNCATED || \result == V6NF_CHAIN_MALFORMED; */
static enum v6nf_chain_end end_by_fault(enum v6nf_ipv6_fault fault)
{
    return fault == V6NF_IPV6_SHORT || fault == V6NF_IPV6_TRUNCATED ? V6NF_CHAIN_TRUNCATED : V6NF_CHAIN_MALFORMED;
}

enum v6nf_chain_end v6nf_chain_read_packet(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t offset,
                                           uint32_t end)
{
    uint32_t size = 0;
    const enum v6nf_ipv6_fault fault = v6nf_ipv6_check(bytes + offset, end - offset, &size);
    if (fault != V6NF_IPV6_GOOD) {
        start_chain(chain, offset, end, end_by_fault(fault));
        return chain->end;
    }
    /*@ assert whole: 40 <= size <= end - offset; */
    start_chain(chain, offset, offset + size, V6NF_CHAIN_TRUNCATED);
    return chain_headers(chain, bytes, TCP_HEADER_SIZE);
}

enum v6nf_chain_end v6nf_chain_read_quote(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t offset, uint32_t end)
{
    uint32_t size = 0;
    enum v6nf_ipv6_fault fault = v6nf_ipv6_check(bytes + offset, end - offset, &size);
    if (fault == V6NF_IPV6_TRUNCATED && v6nf_ipv6_is_source_bad(bytes + offset + V6NF_IPV6_SOURCE)) {
        fault = V6NF_IPV6_SOURCE_BAD; /* the check ends at the first fault */
    }
    if (fault != V6NF_IPV6_GOOD && fault != V6NF_IPV6_TRUNCATED) {
        start_chain(chain, offset, end, end_by_fault(fault));
        return chain->end;
    }
    const uint32_t packet_end = fault == V6NF_IPV6_GOOD ? offset + size : end;
    /*@ assert whole: offset + 40 <= packet_end <= end; */
    start_chain(chain, offset, packet_end, V6NF_CHAIN_TRUNCATED);
    return chain_headers(chain, bytes, QUOTED_TCP_SIZE);
}

enum v6nf_chain_end v6nf_chain_read(struct v6nf_chain *chain, const uint8_t *frame, uint32_t length)
{
    uint32_t offset = 0;
    const enum v6nf_ether_content content = v6nf_ether_find_ipv6(frame, length, &offset);
    if (content == V6NF_ETHER_IPV6) {
        return v6nf_chain_read_packet(chain, frame, offset, length);
    }
    start_chain(chain, 0, length, content == V6NF_ETHER_OTHER ? V6NF_CHAIN_OTHER : V6NF_CHAIN_UNREADABLE);
    return chain->end;
}
