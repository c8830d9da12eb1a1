/* flow_key.c: the flow of a packet as a key. Bounds are checked again here, because a caller may pass any chain. */
#include "v6nf/nf/flow_key.h"

#include <string.h>

#include "v6nf/wire/icmpv6.h"

#define AH_SPI 4u /* offset of the Security Parameters Index (RFC 4302, 2); in ESP it is 0 (RFC 4303, 2) */

/* Return true if the upper layer begins with two ports. */
static bool has_ports(uint8_t upper_layer)
{
    return upper_layer == V6NF_CHAIN_TCP || upper_layer == V6NF_NEXT_HEADER_UDP || upper_layer == V6NF_CHAIN_SCTP ||
           upper_layer == V6NF_CHAIN_UDP_LITE || upper_layer == V6NF_CHAIN_DCCP;
}

/* Return true if the ICMPv6 message is an Echo Request or Reply. */
static bool is_echo(uint8_t type)
{
    return type == V6NF_ICMPV6_ECHO_REQUEST || type == V6NF_ICMPV6_ECHO_REPLY;
}

/* Write a key: addresses, the 4 bytes at `four`, protocol and kind. */
static void write_key(uint8_t *key, const uint8_t *addresses, const uint8_t *four, uint8_t protocol,
                      enum v6nf_flow_kind kind)
{
    v6nf_address_copy(key + V6NF_FLOW_KEY_SOURCE, addresses);
    v6nf_address_copy(key + V6NF_FLOW_KEY_DESTINATION, addresses + V6NF_ADDRESS_SIZE);
    v6nf_store_word32(key + V6NF_FLOW_KEY_SOURCE_PORT, v6nf_word32(four));
    v6nf_store_word32(key + V6NF_FLOW_KEY_PROTOCOL, (uint32_t)protocol + ((uint32_t)kind << 8));
}

/* Write the key of the packet itself, with the 4 bytes at offset `at`. */
static enum v6nf_flow_kind set_key(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain,
                                   uint32_t at, uint8_t protocol, enum v6nf_flow_kind kind)
{
    if (at + 4u > chain->packet_end) {
        return V6NF_FLOW_NONE;
    }
    write_key(flow->key, bytes + chain->packet + V6NF_IPV6_SOURCE, bytes + at, protocol, kind);
    return kind;
}

/* Write a key without ports. */
static enum v6nf_flow_kind set_no_ports(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain,
                                        uint8_t protocol)
{
    static const uint8_t none[4];
    write_key(flow->key, bytes + chain->packet + V6NF_IPV6_SOURCE, none, protocol, V6NF_FLOW_NO_PORTS);
    return V6NF_FLOW_NO_PORTS;
}

/* Write the key of an ICMPv6 message that is no error. */
static enum v6nf_flow_kind set_message(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    const uint32_t at = chain->upper;
    if (at + V6NF_ICMPV6_HEADER_SIZE > chain->packet_end) {
        return V6NF_FLOW_NONE;
    }
    if (!is_echo(bytes[at + V6NF_ICMPV6_TYPE])) {
        return set_no_ports(flow, bytes, chain, V6NF_NEXT_HEADER_ICMPV6);
    }
    if (at + V6NF_ICMPV6_ECHO_SIZE > chain->packet_end) {
        return V6NF_FLOW_NONE;
    }
    const uint8_t *identifier = bytes + at + V6NF_ICMPV6_ECHO_IDENTIFIER;
    const uint8_t twice[4] = {identifier[0], identifier[1], identifier[0], identifier[1]};
    write_key(flow->key, bytes + chain->packet + V6NF_IPV6_SOURCE, twice, V6NF_NEXT_HEADER_ICMPV6, V6NF_FLOW_ECHO);
    return V6NF_FLOW_ECHO;
}

/* Write the key of a packet that is no ICMPv6 error. */
static enum v6nf_flow_kind set_flow(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    if (chain->packet + V6NF_IPV6_HEADER_SIZE > chain->packet_end) {
        return V6NF_FLOW_NONE;
    }
    if (chain->end == V6NF_CHAIN_LATER_FRAGMENT) {
        return set_key(flow, bytes, chain, chain->fragment + V6NF_FRAGMENT_IDENTIFICATION, V6NF_EXT_FRAGMENT,
                       V6NF_FLOW_LATER_FRAGMENT);
    }
    if (chain->end != V6NF_CHAIN_UPPER_LAYER && chain->end != V6NF_CHAIN_NO_NEXT_HEADER) {
        return V6NF_FLOW_NONE;
    }
    if (chain->authentication != 0u) {
        return set_key(flow, bytes, chain, chain->authentication + AH_SPI, V6NF_EXT_AUTHENTICATION, V6NF_FLOW_SPI);
    }
    if (has_ports(chain->upper_layer)) {
        return set_key(flow, bytes, chain, chain->upper, chain->upper_layer, V6NF_FLOW_PORTS);
    }
    if (chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6) {
        return set_message(flow, bytes, chain);
    }
    if (chain->upper_layer == V6NF_CHAIN_ESP) {
        return set_key(flow, bytes, chain, chain->upper, V6NF_CHAIN_ESP, V6NF_FLOW_SPI);
    }
    return set_no_ports(flow, bytes, chain, chain->upper_layer);
}

/* Return true if the packet is an ICMPv6 error (RFC 4443, 2.1). */
static bool is_icmpv6_error(const uint8_t *bytes, const struct v6nf_chain *chain)
{
    return chain->end == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6 &&
           chain->upper + V6NF_ICMPV6_HEADER_SIZE <= chain->packet_end && v6nf_icmpv6_is_error(bytes[chain->upper]);
}

/* Write the key of the packet that an error quotes, reversed. That of a later fragment names the fragmented packet:
 * there is none in the other direction with this Identification. */
static enum v6nf_flow_kind set_quoted(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    struct v6nf_chain quote;
    const uint32_t at = chain->upper + V6NF_ICMPV6_ERROR_SIZE;
    if (chain->packet + V6NF_IPV6_HEADER_SIZE > chain->packet_end || at + V6NF_IPV6_HEADER_SIZE > chain->packet_end) {
        return V6NF_FLOW_NONE;
    }
    (void)v6nf_chain_read_quote(&quote, bytes, at, chain->packet_end);
    if (is_icmpv6_error(bytes, &quote) ||
        !v6nf_address_equal(bytes + at + V6NF_IPV6_SOURCE, bytes + chain->packet + V6NF_IPV6_DESTINATION)) {
        return V6NF_FLOW_NONE;
    }
    const enum v6nf_flow_kind kind = set_flow(flow, bytes, &quote);
    if (kind != V6NF_FLOW_NONE && kind != V6NF_FLOW_LATER_FRAGMENT) {
        v6nf_flow_key_reverse(flow->key);
    }
    return kind;
}

enum v6nf_flow_kind v6nf_flow_key_read(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    *flow = (struct v6nf_flow){.kind = V6NF_FLOW_NONE};
    flow->is_error = chain->authentication == 0u && is_icmpv6_error(bytes, chain);
    flow->kind = flow->is_error ? set_quoted(flow, bytes, chain) : set_flow(flow, bytes, chain);
    return flow->kind;
}

bool v6nf_flow_key_fragment(uint8_t *key, const uint8_t *bytes, const struct v6nf_chain *chain)
{
    const uint32_t parts = V6NF_CHAIN_HAS_FIRST_FRAGMENT | V6NF_CHAIN_HAS_LATER_FRAGMENT;
    const bool is_read = chain->end >= V6NF_CHAIN_LATER_FRAGMENT && (chain->headers & parts) != 0u;
    if (!is_read || chain->packet + V6NF_IPV6_HEADER_SIZE > chain->packet_end ||
        chain->fragment + V6NF_FRAGMENT_HEADER_SIZE > chain->packet_end) {
        memset(key, 0, V6NF_FLOW_KEY_SIZE);
        return false;
    }
    write_key(key, bytes + chain->packet + V6NF_IPV6_SOURCE, bytes + chain->fragment + V6NF_FRAGMENT_IDENTIFICATION,
              V6NF_EXT_FRAGMENT, V6NF_FLOW_LATER_FRAGMENT);
    return true;
}

void v6nf_flow_key_reverse(uint8_t *key)
{
    uint8_t source[V6NF_ADDRESS_SIZE];
    v6nf_address_copy(source, key + V6NF_FLOW_KEY_SOURCE);
    v6nf_address_copy(key + V6NF_FLOW_KEY_SOURCE, key + V6NF_FLOW_KEY_DESTINATION);
    v6nf_address_copy(key + V6NF_FLOW_KEY_DESTINATION, source);
    if (key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_PORTS) {
        const uint16_t port = v6nf_word16(key + V6NF_FLOW_KEY_SOURCE_PORT);
        v6nf_store_word16(key + V6NF_FLOW_KEY_SOURCE_PORT, v6nf_word16(key + V6NF_FLOW_KEY_DESTINATION_PORT));
        v6nf_store_word16(key + V6NF_FLOW_KEY_DESTINATION_PORT, port);
    }
}

/* Return true if the source address is above the destination, or equal with a higher port. Any order serves. */
static bool is_source_above(const uint8_t *key)
{
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i += 8u) {
        const uint64_t source = v6nf_word64(key + V6NF_FLOW_KEY_SOURCE + i);
        const uint64_t destination = v6nf_word64(key + V6NF_FLOW_KEY_DESTINATION + i);
        if (source != destination) {
            return source > destination;
        }
    }
    return key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_PORTS &&
           v6nf_word16(key + V6NF_FLOW_KEY_SOURCE_PORT) > v6nf_word16(key + V6NF_FLOW_KEY_DESTINATION_PORT);
}

bool v6nf_flow_key_sort(uint8_t *key)
{
    const bool is_reversed = key[V6NF_FLOW_KEY_KIND] != V6NF_FLOW_LATER_FRAGMENT && is_source_above(key);
    if (is_reversed) {
        v6nf_flow_key_reverse(key);
    }
    return is_reversed;
}
