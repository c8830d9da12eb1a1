/* firewall_policy.c: which addresses and which ICMPv6 messages of the link may pass, and the rules. */
#include "firewall_parts.h"

#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/mld.h"
#include "v6nf/wire/ndp.h"

#define DHCPV6_CLIENT 546u
#define DHCPV6_SERVER 547u
#define LINK_SCOPE 2u /* RFC 4291, 2.7 */
#define CERTIFICATION_PATH_SOLICITATION 148u
#define CERTIFICATION_PATH_ADVERTISEMENT 149u

static const uint8_t *packet_source(const struct v6nf_firewall_packet *packet)
{
    return packet->frame + packet->chain.packet + V6NF_IPV6_SOURCE;
}

static const uint8_t *packet_destination(const struct v6nf_firewall_packet *packet)
{
    return packet->frame + packet->chain.packet + V6NF_IPV6_DESTINATION;
}

/* Return true if no packet on the Internet has this address (RFC 6092, REC-3; RFC 5156). */
static bool is_forbidden(const struct v6nf_firewall *firewall, const uint8_t *address)
{
    const uint32_t head = v6nf_load32(address);
    if (v6nf_word64(address) == 0u && (v6nf_load32(address + 8) == 0u || v6nf_address_is_ipv4_mapped(address))) {
        return true; /* unspecified, loopback, IPv4-compatible, IPv4-mapped */
    }
    return head >> 22 == 0xFECu >> 2 || /* fec0::/10, site-local (RFC 3879) */
           head >> 4 == 0x02001001u ||  /* 2001:10::/28, ORCHID (RFC 4843) */
           head >> 4 == 0x02001002u ||  /* 2001:20::/28, ORCHIDv2 (RFC 7343) */
           (head == 0x20010DB8u && !firewall->config.passes_documentation);
}

/* Return true if the addresses have the same first `length` bits. */
static bool is_in_prefix(const uint8_t *address, const uint8_t *prefix, uint32_t length)
{
    const uint32_t bytes = length / 8u;
    /*@ loop unroll 16; */
    for (uint32_t i = 0; i < bytes && i < V6NF_ADDRESS_SIZE; i++) {
        if (address[i] != prefix[i]) {
            return false;
        }
    }
    return bytes >= V6NF_ADDRESS_SIZE || (address[bytes] ^ prefix[bytes]) >> (8u - length % 8u) == 0;
}

/* Return true if an address is one of the inside. */
static bool is_inside(const struct v6nf_firewall *firewall, const uint8_t *address)
{
    for (uint32_t i = 0; i < firewall->config.prefixes_count && i < V6NF_FIREWALL_PREFIXES_MAX; i++) {
        const struct v6nf_firewall_prefix *prefix = &firewall->config.prefixes[i];
        if (is_in_prefix(address, prefix->address, prefix->length)) {
            return !prefix->is_outside;
        }
    }
    return false;
}

/* Return whether addresses of their scope may pass. */
static enum v6nf_firewall_result check_scope(const struct v6nf_firewall *firewall, const uint8_t *source,
                                             const uint8_t *destination)
{
    const bool is_local = v6nf_address_is_link_local(source);
    if (v6nf_address_is_multicast(destination)) {
        return (destination[1] & 0x0Fu) <= firewall->config.scope || is_local ? V6NF_FIREWALL_SCOPE
                                                                              : V6NF_FIREWALL_PASS;
    }
    if (is_local || v6nf_address_is_link_local(destination)) {
        return firewall->config.is_bridge && is_local && v6nf_address_is_link_local(destination) ? V6NF_FIREWALL_PASS
                                                                                                 : V6NF_FIREWALL_SCOPE;
    }
    return V6NF_FIREWALL_PASS;
}

static bool is_unique_local(const uint8_t *address)
{
    return (address[0] & 0xFEu) == 0xFCu;
}

enum v6nf_firewall_result v6nf_firewall_check_addresses(const struct v6nf_firewall *firewall,
                                                        const struct v6nf_firewall_packet *packet)
{
    const uint8_t *source = packet_source(packet);
    const uint8_t *destination = packet_destination(packet);
    if (is_forbidden(firewall, source) || is_forbidden(firewall, destination) || v6nf_address_is_multicast(source)) {
        return V6NF_FIREWALL_ADDRESS;
    }
    if (!firewall->config.passes_unique_local && (is_unique_local(source) || is_unique_local(destination))) {
        return V6NF_FIREWALL_ADDRESS;
    }
    const enum v6nf_firewall_result result = check_scope(firewall, source, destination);
    if (result != V6NF_FIREWALL_PASS || firewall->config.prefixes_count == 0u || v6nf_address_is_link_local(source)) {
        return result;
    }
    /* REC-5 and REC-6. */
    return is_inside(firewall, source) == packet->is_inbound ? V6NF_FIREWALL_SPOOFED : V6NF_FIREWALL_PASS;
}

/* Return true if the ICMPv6 message does not leave its link (RFC 4890, 4.4). */
static bool is_link_message(uint8_t type, uint8_t hop_limit, const uint8_t *source)
{
    if ((type >= V6NF_ICMPV6_ROUTER_SOLICITATION && type <= V6NF_ICMPV6_REDIRECT) ||
        type == CERTIFICATION_PATH_SOLICITATION || type == CERTIFICATION_PATH_ADVERTISEMENT) {
        return hop_limit == V6NF_NDP_HOP_LIMIT;
    }
    return ((type >= V6NF_MLD_QUERY && type <= V6NF_MLD_DONE) || type == V6NF_MLD_REPORT) &&
           hop_limit == V6NF_MLD_HOP_LIMIT &&
           (v6nf_address_is_link_local(source) || v6nf_address_is_unspecified(source));
}

/* Return true if the datagram is DHCPv6 on the link, and does not ask a server inside (REC-9). */
static bool is_dhcpv6(const struct v6nf_firewall_packet *packet)
{
    const uint8_t *destination = packet_destination(packet);
    const uint16_t port = v6nf_load16(packet->frame + packet->chain.upper + 2u);
    const bool is_link_group =
        v6nf_address_is_multicast(destination) && (destination[1] & 0x0Fu) == LINK_SCOPE && !packet->is_inbound;
    return v6nf_address_is_link_local(packet_source(packet)) &&
           (is_link_group || v6nf_address_is_link_local(destination)) &&
           port == (packet->is_inbound ? DHCPV6_CLIENT : DHCPV6_SERVER);
}

bool v6nf_firewall_is_of_link(const struct v6nf_firewall_packet *packet)
{
    const struct v6nf_chain *chain = &packet->chain;
    if (chain->end != V6NF_CHAIN_UPPER_LAYER || chain->upper + 4u > chain->packet_end ||
        (chain->headers & V6NF_CHAIN_HAS_FRAGMENT) != 0u) { /* RFC 6980, 5 */
        return false;
    }
    if (chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6) {
        return is_link_message(packet->frame[chain->upper], packet->frame[chain->packet + V6NF_IPV6_HOP_LIMIT],
                               packet_source(packet));
    }
    return chain->upper_layer == V6NF_NEXT_HEADER_UDP && is_dhcpv6(packet);
}

/* Return true if the bits of the mask are the same in both addresses. */
static bool has_bits(const uint8_t *address, const uint8_t *expected, const uint8_t *mask)
{
    return ((v6nf_word64(address) ^ v6nf_word64(expected)) & v6nf_word64(mask)) == 0u &&
           ((v6nf_word64(address + 8) ^ v6nf_word64(expected + 8)) & v6nf_word64(mask + 8)) == 0u;
}

/* Return true if the destination port, or the type of an ICMPv6 message, is one of the rule. */
static bool has_port(const struct v6nf_firewall_rule *rule, const struct v6nf_firewall_packet *packet)
{
    const struct v6nf_chain *chain = &packet->chain;
    uint32_t port = 0;
    if (rule->first_port == 0u && rule->last_port == UINT16_MAX) {
        return true;
    }
    if (packet->flow.kind == V6NF_FLOW_PORTS && chain->upper + 4u <= chain->packet_end) {
        port = v6nf_load16(packet->frame + chain->upper + 2u);
    } else if (chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6) {
        port = packet->type;
    } else {
        return false;
    }
    return port >= rule->first_port && port <= rule->last_port;
}

struct v6nf_firewall_rule *v6nf_firewall_find_rule(const struct v6nf_firewall *firewall,
                                                   const struct v6nf_firewall_packet *packet)
{
    for (uint32_t i = 0; i < firewall->config.rules_count && i < V6NF_FIREWALL_RULES_MAX; i++) {
        struct v6nf_firewall_rule *rule = &firewall->config.rules[i];
        if ((packet->is_inbound ? rule->is_inbound : rule->is_outbound) &&
            (rule->protocol == V6NF_FIREWALL_ANY || rule->protocol == packet->flow.key[V6NF_FLOW_KEY_PROTOCOL]) &&
            has_bits(packet_source(packet), rule->source, rule->source_mask) &&
            has_bits(packet_destination(packet), rule->destination, rule->destination_mask) && has_port(rule, packet)) {
            rule->hits++;
            return rule;
        }
    }
    return NULL;
}
