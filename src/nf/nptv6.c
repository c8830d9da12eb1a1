/* nptv6.c: IPv6-to-IPv6 Network Prefix Translation. All addresses of a packet are mapped before one is written: a
 * packet is translated as a whole, or not at all. */
#include "v6nf/nf/nptv6.h"

#include "v6nf/nf/chain.h"
#include "v6nf/nf/checksum_adjust.h"
#include "v6nf/wire/address.h"
#include "v6nf/wire/icmpv6.h"

#define SUBNET 6u         /* offset of the word that is adjusted for prefixes of at most /48 (RFC 6296, 3.4) */
#define IDENTIFIER 8u     /* offset of the first word that may be adjusted for longer ones (RFC 6296, 3.5) */
#define MINUS_ZERO 0xFFFF /* the other zero of one's complement arithmetic, which no adjusted word is */
#define ADDRESSES_MAX 4u  /* of a packet with a quoted one */

/* What an address becomes. */
struct mapped {
    uint64_t prefix; /* its first half */
    uint32_t offset; /* where it is */
    uint32_t at;     /* offset of the adjusted word in the address; 0 if the address cannot be mapped */
    uint16_t word;   /* adjusted */
};

/* All addresses of a packet that are mapped. */
struct mapping {
    uint32_t count;
    bool has_failed; /* one cannot be mapped */
    struct mapped addresses[ADDRESSES_MAX];
};

bool v6nf_nptv6_init(struct v6nf_nptv6 *nptv6, const uint8_t *internal, const uint8_t *external, uint32_t length)
{
    uint8_t mask[V6NF_ADDRESS_SIZE] = {0};
    const struct v6nf_nptv6_direction never = {.mask = 0, .from = 1}; /* no address has such a prefix */
    *nptv6 = (struct v6nf_nptv6){never, never};
    if (length < 1u || length > V6NF_NPTV6_LENGTH_MAX) {
        return false;
    }
    for (uint32_t bit = 0; bit < length && bit < V6NF_NPTV6_LENGTH_MAX; bit++) {
        mask[bit / 8u] |= (uint8_t)(0x80u >> (bit % 8u));
    }
    const uint64_t host = ~v6nf_word64(mask);
    const uint8_t *const prefixes[] = {internal, external};
    for (uint32_t i = 0; i < 2u; i++) {
        const uint8_t *prefix = prefixes[i];
        if ((v6nf_word64(prefix) & host) != 0u || v6nf_word64(prefix + 8) != 0u ||
            v6nf_address_is_unspecified(prefix) || v6nf_address_is_multicast(prefix) ||
            v6nf_address_is_link_local(prefix)) {
            return false;
        }
    }
    nptv6->outward = (struct v6nf_nptv6_direction){
        .mask = ~host,
        .from = v6nf_word64(internal),
        .to = v6nf_word64(external),
        .difference = v6nf_checksum_adjust_prefix(external, internal),
        .is_long = length > 48u,
    };
    nptv6->inward = (struct v6nf_nptv6_direction){
        .mask = ~host,
        .from = v6nf_word64(external),
        .to = v6nf_word64(internal),
        .difference = v6nf_checksum_adjust_prefix(internal, external),
        .is_long = length > 48u,
    };
    return true;
}

/* Return true if the address has the prefix that the direction replaces. */
static bool is_translated(const struct v6nf_nptv6_direction *direction, const uint8_t *address)
{
    return (v6nf_word64(address) & direction->mask) == direction->from;
}

/* Return a word plus the difference. MINUS_ZERO becomes 0, so that the way back leads to the same word. */
static uint16_t adjust(uint16_t word, uint16_t difference)
{
    const uint16_t adjusted = v6nf_checksum_adjust_add(word, difference);
    return adjusted == MINUS_ZERO ? 0u : adjusted;
}

/* Return the offset of the first word of the interface identifier that can be adjusted, 0 if there is none. An
 * identifier of zeros is not mapped (RFC 6296, 3.7), and none is mapped to zeros: the way back would be closed. */
static uint32_t find_word(const struct v6nf_nptv6_direction *direction, const uint8_t *address)
{
    const uint64_t identifier = v6nf_word64(address + IDENTIFIER);
    for (uint32_t at = IDENTIFIER; at < V6NF_ADDRESS_SIZE; at += 2u) {
        const uint16_t word = v6nf_word16(address + at);
        if (word != MINUS_ZERO) {
            const uint16_t other = adjust(word, direction->difference);
            const bool is_zero = identifier == 0u || (other == 0u && identifier == (uint64_t)word << (8u * (at - 8u)));
            return is_zero ? 0u : at;
        }
    }
    return 0;
}

/* Map the address at this offset, which has the prefix of the direction. */
static inline struct mapped map(const struct v6nf_nptv6_direction *direction, const uint8_t *bytes, uint32_t offset)
{
    const uint8_t *address = bytes + offset;
    uint32_t at = SUBNET;
    if (direction->is_long) {
        at = find_word(direction, address);
    } else if (v6nf_word16(address + SUBNET) == MINUS_ZERO) {
        at = 0;
    }
    return (struct mapped){
        .prefix = (v6nf_word64(address) & ~direction->mask) | direction->to,
        .offset = offset,
        .at = at,
        .word = adjust(v6nf_word16(address + at), direction->difference),
    };
}

static void write_mapped(uint8_t *bytes, const struct mapped *mapped)
{
    uint8_t *address = bytes + mapped->offset;
    v6nf_store_word64(address, mapped->prefix);
    v6nf_store_word16(address + mapped->at, mapped->word);
}

/* Map the address at this offset, if it has the prefix of the direction. */
static void add_address(struct mapping *mapping, const struct v6nf_nptv6_direction *direction, const uint8_t *bytes,
                        uint32_t offset)
{
    if (!is_translated(direction, bytes + offset)) {
        return;
    }
    const struct mapped mapped = map(direction, bytes, offset);
    mapping->has_failed = mapping->has_failed || mapped.at == 0u;
    if (mapping->count < ADDRESSES_MAX) {
        mapping->addresses[mapping->count] = mapped;
        mapping->count++;
    }
}

/* Find the packet in the ICMPv6 message from `upper` to `packet_end`, if it is an error. Return false if an error does
 * not have the header of one. */
static bool find_in_message(const uint8_t *bytes, uint32_t upper, uint32_t packet_end, uint32_t *quote)
{
    const uint32_t found = upper + V6NF_ICMPV6_ERROR_SIZE;
    if (upper < packet_end && !v6nf_icmpv6_is_error(bytes[upper + V6NF_ICMPV6_TYPE])) {
        return true;
    }
    if (found + V6NF_IPV6_HEADER_SIZE > packet_end) {
        return false;
    }
    *quote = found;
    return true;
}

/* Find the packet that an ICMPv6 error quotes. A packet whose headers cannot be read may hide one.
 * Set *quote to its offset, 0 if there is none.
 * Return false if there may be one that cannot be found. */
static bool find_quote(const uint8_t *bytes, uint32_t offset, uint32_t end, uint32_t *quote)
{
    struct v6nf_chain chain;
    *quote = 0;
    if (bytes[offset + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6) {
        const uint32_t upper = offset + V6NF_IPV6_HEADER_SIZE;
        const uint32_t packet_end = upper + v6nf_load16(bytes + offset + V6NF_IPV6_PAYLOAD_LENGTH);
        return packet_end <= end && find_in_message(bytes, upper, packet_end, quote);
    }
    (void)v6nf_chain_read_packet(&chain, bytes, offset, end);
    if (chain.end != V6NF_CHAIN_UPPER_LAYER || chain.upper_layer != V6NF_NEXT_HEADER_ICMPV6) {
        return chain.end >= V6NF_CHAIN_LATER_FRAGMENT;
    }
    return find_in_message(bytes, chain.upper, chain.packet_end < end ? chain.packet_end : end, quote);
}

/* Translate a packet that may quote another one, or may be sent back.
 * is_outbound: from the internal network. */
static __attribute__((noinline)) enum v6nf_nptv6_result translate(const struct v6nf_nptv6 *nptv6, uint8_t *bytes,
                                                                  uint32_t offset, uint32_t end, bool is_outbound)
{
    struct mapping mapping = {0};
    uint32_t quote;
    if (!find_quote(bytes, offset, end, &quote)) {
        return V6NF_NPTV6_MALFORMED;
    }
    const bool is_inbound = is_translated(&nptv6->inward, bytes + offset + V6NF_IPV6_DESTINATION);
    if (is_outbound) {
        add_address(&mapping, &nptv6->outward, bytes, offset + V6NF_IPV6_SOURCE);
    }
    if (is_inbound) {
        add_address(&mapping, &nptv6->inward, bytes, offset + V6NF_IPV6_DESTINATION);
    }
    if (mapping.has_failed) {
        return V6NF_NPTV6_UNMAPPABLE;
    }
    if (quote != 0u && is_outbound) {
        add_address(&mapping, &nptv6->outward, bytes, quote + V6NF_IPV6_DESTINATION);
    }
    if (quote != 0u && is_inbound) {
        add_address(&mapping, &nptv6->inward, bytes, quote + V6NF_IPV6_SOURCE);
    }
    if (mapping.has_failed) {
        return V6NF_NPTV6_MALFORMED;
    }
    for (uint32_t i = 0; i < mapping.count; i++) {
        write_mapped(bytes, &mapping.addresses[i]);
    }
    if (mapping.count == 0u) {
        return V6NF_NPTV6_OTHER;
    }
    return is_outbound && is_inbound ? V6NF_NPTV6_HAIRPIN : V6NF_NPTV6_TRANSLATED;
}

/* Return true if no other packet can be in this one: its upper layer comes first, and is no ICMPv6. */
static bool is_plain(const uint8_t *packet)
{
    return packet[V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_UDP || packet[V6NF_IPV6_NEXT_HEADER] == V6NF_CHAIN_TCP;
}

/* Translate the address at this offset of a packet without another one in it. */
static inline enum v6nf_nptv6_result translate_plain(const struct v6nf_nptv6_direction *direction, uint8_t *bytes,
                                                     uint32_t offset)
{
    if (!is_translated(direction, bytes + offset)) {
        return V6NF_NPTV6_OTHER;
    }
    const struct mapped mapped = map(direction, bytes, offset);
    if (mapped.at == 0u) {
        return V6NF_NPTV6_UNMAPPABLE;
    }
    write_mapped(bytes, &mapped);
    return V6NF_NPTV6_TRANSLATED;
}

enum v6nf_nptv6_result v6nf_nptv6_outbound(const struct v6nf_nptv6 *nptv6, uint8_t *bytes, uint32_t offset,
                                           uint32_t end)
{
    const uint8_t *packet = bytes + offset;
    if (offset + V6NF_IPV6_HEADER_SIZE > end) {
        return V6NF_NPTV6_MALFORMED;
    }
    if (is_plain(packet) && !is_translated(&nptv6->inward, packet + V6NF_IPV6_DESTINATION)) {
        return translate_plain(&nptv6->outward, bytes, offset + V6NF_IPV6_SOURCE);
    }
    return translate(nptv6, bytes, offset, end, true);
}

enum v6nf_nptv6_result v6nf_nptv6_inbound(const struct v6nf_nptv6 *nptv6, uint8_t *bytes, uint32_t offset, uint32_t end)
{
    const uint8_t *packet = bytes + offset;
    if (offset + V6NF_IPV6_HEADER_SIZE > end) {
        return V6NF_NPTV6_MALFORMED;
    }
    if (is_plain(packet)) {
        return translate_plain(&nptv6->inward, bytes, offset + V6NF_IPV6_DESTINATION);
    }
    return translate(nptv6, bytes, offset, end, false);
}
