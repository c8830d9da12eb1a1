/* firewall.c: what a firewall decides about a frame: the slow path, which reads all headers. */
#include "v6nf/nf/firewall.h"

#include <string.h>

#include "firewall_parts.h"
#include "v6nf/wire/icmpv6.h"

#define MOBILITY 135u
#define HIP 139u
#define SHIM6 140u
#define IPV4_IN_IPV6 4u
#define IKE_PORT 500u
#define HOME_AGENT_FIRST 144u /* ICMPv6 types of Mobile IPv6 (RFC 6275, 6.5 to 6.8) */
#define HOME_AGENT_LAST 147u
#define DEFAULT_SCOPE 8u /* organization-local */
#define MICROSECONDS UINT64_C(1000000)

/* -- Initialization ------------------------------------------------------------------------------------------------ */

/* Return true if idle times are what RFC 6092 permits, and set them. */
static bool set_idle_times(struct v6nf_firewall *firewall)
{
    static const uint32_t usual[V6NF_FIREWALL_CLASSES] = {240, 480, 120, 300, 300, 7440};
    static const uint32_t minimum[V6NF_FIREWALL_CLASSES] = {240, 480, 1, 120, 120, 7440};
    for (uint32_t i = 0; i < V6NF_FIREWALL_CLASSES; i++) {
        const uint32_t seconds = firewall->config.seconds[i] != 0u ? firewall->config.seconds[i] : usual[i];
        if (seconds < minimum[i]) {
            return false;
        }
        firewall->idle[i] = seconds * MICROSECONDS;
    }
    return true;
}

static bool is_config_valid(const struct v6nf_firewall_config *config)
{
    for (uint32_t i = 0; i < config->prefixes_count && i < V6NF_FIREWALL_PREFIXES_MAX; i++) {
        if (config->prefixes[i].length > 8u * V6NF_ADDRESS_SIZE) {
            return false;
        }
    }
    return config->shares > 0u && config->share_length <= 8u * V6NF_ADDRESS_SIZE &&
           config->prefixes_count <= V6NF_FIREWALL_PREFIXES_MAX && config->rules_count <= V6NF_FIREWALL_RULES_MAX;
}

bool v6nf_firewall_init(struct v6nf_firewall *firewall, const struct v6nf_firewall_config *config,
                        const uint8_t *secret)
{
    *firewall = (struct v6nf_firewall){.config = *config};
    struct v6nf_firewall_config *its = &firewall->config;
    uint64_t *memory = config->memory;
    if (!is_config_valid(config) || !set_idle_times(firewall) ||
        !v6nf_hash_map_init(&firewall->map, memory, its->flows, V6NF_FLOW_KEY_SIZE, secret)) {
        return false;
    }
    memory += V6NF_HASH_MAP_WORDS(its->flows, V6NF_FLOW_KEY_SIZE);
    firewall->flows = (struct v6nf_firewall_flow *)memory;
    firewall->links = (struct v6nf_link *)(firewall->flows + its->flows);
    memory += (size_t)its->flows * V6NF_FIREWALL_FLOW_WORDS;
    if (!v6nf_hash_map_init(&firewall->fragments, memory, its->fragments, V6NF_FLOW_KEY_SIZE, secret)) {
        return false;
    }
    memory += V6NF_HASH_MAP_WORDS(its->fragments, V6NF_FLOW_KEY_SIZE);
    (void)v6nf_hash_map_init(&firewall->requests, memory, its->fragments, V6NF_FLOW_KEY_SIZE, secret);
    firewall->fragment_ends = (uint32_t *)(memory + V6NF_HASH_MAP_WORDS(its->fragments, V6NF_FLOW_KEY_SIZE));
    firewall->shares = firewall->fragment_ends + its->fragments;
    for (uint32_t i = 0; i < its->shares; i++) {
        firewall->shares[i] = 0;
    }
    for (uint32_t i = 0; i < V6NF_FIREWALL_LISTS; i++) {
        v6nf_list_init(&firewall->lists[i]);
    }
    its->share = its->share != 0u ? its->share : (its->flows + 1u) / 2u;
    its->share_length = its->share_length != 0u ? its->share_length : 8u * V6NF_ADDRESS_SIZE;
    its->scope = its->scope != 0u ? its->scope : DEFAULT_SCOPE;
    return true;
}

/* -- Packets without a flow ---------------------------------------------------------------------------------------- */

/* Return true if the first packet of an inbound flow may be this one. */
static bool begins_connection(const struct v6nf_firewall_packet *packet)
{
    return packet->event == V6NF_FIREWALL_OPEN || packet->event == V6NF_FIREWALL_NO_CONNECTION;
}

/* Add the flow of a packet that passes. The end of a connection without a flow passes outbound, and adds none. */
static enum v6nf_firewall_result add_flow(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    if (packet->event == V6NF_FIREWALL_MALFORMED || (packet->is_inbound && !begins_connection(packet))) {
        return V6NF_FIREWALL_INVALID;
    }
    if (packet->event == V6NF_FIREWALL_CLOSE || packet->event == V6NF_FIREWALL_RESET ||
        v6nf_address_is_multicast(packet->frame + packet->chain.packet + V6NF_IPV6_DESTINATION)) {
        return V6NF_FIREWALL_PASS;
    }
    return v6nf_firewall_add(firewall, packet);
}

/* Return true if inbound packets with this key pass without a flow (REC-21, REC-22, REC-24, REC-26). */
static bool is_for_all(const uint8_t *key)
{
    const uint8_t protocol = key[V6NF_FLOW_KEY_PROTOCOL];
    return key[V6NF_FLOW_KEY_KIND] == V6NF_FLOW_SPI || protocol == HIP ||
           (protocol == V6NF_NEXT_HEADER_UDP && v6nf_load16(key + V6NF_FLOW_KEY_SOURCE_PORT) == IKE_PORT);
}

/* Return true if an inbound packet passes without a flow. Echo Requests do (RFC 4890, 4.3.1). */
static bool passes_without_flow(const struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    if (packet->flow.kind == V6NF_FLOW_ECHO) {
        return packet->type == V6NF_ICMPV6_ECHO_REQUEST && !firewall->config.drops_echo;
    }
    return is_for_all(packet->flow.key);
}

/* Return true if the packet is in a tunnel of a host inside that has a flow of Mobility Headers to the other end
 * (REC-29). */
static bool is_of_mobile(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    const uint8_t protocol = packet->flow.key[V6NF_FLOW_KEY_PROTOCOL];
    if (protocol != V6NF_CHAIN_IPV6_IN_IPV6 && protocol != IPV4_IN_IPV6) {
        return false;
    }
    memcpy(key, packet->flow.key, sizeof key);
    key[V6NF_FLOW_KEY_PROTOCOL] = MOBILITY;
    return v6nf_firewall_find(firewall, key, packet->now) != V6NF_HASH_MAP_NONE;
}

/* Decide about an inbound packet that no rule is about. */
static enum v6nf_firewall_result decide_inbound(struct v6nf_firewall *firewall,
                                                const struct v6nf_firewall_packet *packet)
{
    if (firewall->config.is_transparent || passes_without_flow(firewall, packet) || is_of_mobile(firewall, packet)) {
        return V6NF_FIREWALL_PASS;
    }
    if (v6nf_firewall_is_open(firewall, packet->flow.key, packet->now)) {
        return begins_connection(packet) ? V6NF_FIREWALL_PASS : V6NF_FIREWALL_INVALID;
    }
    if (packet->event == V6NF_FIREWALL_OPEN && v6nf_firewall_is_repeated(firewall, packet->flow.key, packet->now)) {
        return V6NF_FIREWALL_PROHIBITED;
    }
    return V6NF_FIREWALL_UNSOLICITED;
}

/* Return true if an ICMPv6 message passes by a rule alone, and is of no flow: all but those of RFC 4890, 4.3. */
static bool needs_rule(const struct v6nf_firewall_packet *packet)
{
    if (packet->flow.kind != V6NF_FLOW_NO_PORTS ||
        packet->flow.key[V6NF_FLOW_KEY_PROTOCOL] != V6NF_NEXT_HEADER_ICMPV6) {
        return false;
    }
    return packet->type < HOME_AGENT_FIRST || packet->type > HOME_AGENT_LAST;
}

/* Decide about a packet that belongs to no flow. */
static enum v6nf_firewall_result decide_new(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    const struct v6nf_firewall_rule *rule = v6nf_firewall_find_rule(firewall, packet);
    if (rule != NULL) {
        return !rule->passes        ? V6NF_FIREWALL_RULE
               : needs_rule(packet) ? V6NF_FIREWALL_PASS
                                    : add_flow(firewall, packet);
    }
    if (needs_rule(packet)) {
        return V6NF_FIREWALL_ICMPV6;
    }
    if (packet->is_inbound) {
        return decide_inbound(firewall, packet);
    }
    if (packet->flow.kind == V6NF_FLOW_ECHO && packet->type == V6NF_ICMPV6_ECHO_REPLY) {
        return V6NF_FIREWALL_PASS; /* about a request that has no flow */
    }
    return add_flow(firewall, packet);
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Make the key one of the table: outbound, without Security Parameters Index, with the protocol of headers that are
 * alone. Return false if there is no upper layer. */
static bool finish_key(struct v6nf_firewall_packet *packet)
{
    struct v6nf_flow *flow = &packet->flow;
    const uint32_t headers = packet->chain.headers;
    if (packet->is_inbound) {
        v6nf_flow_key_reverse(flow->key);
    }
    if (flow->kind == V6NF_FLOW_SPI) {
        v6nf_store32(flow->key + V6NF_FLOW_KEY_SOURCE_PORT, 0);
    }
    if (flow->key[V6NF_FLOW_KEY_PROTOCOL] == V6NF_NEXT_HEADER_NONE && !flow->is_error) {
        const uint8_t alone = (headers & V6NF_CHAIN_HAS_MOBILITY) != 0u ? MOBILITY
                              : (headers & V6NF_CHAIN_HAS_HIP) != 0u    ? HIP
                              : (headers & V6NF_CHAIN_HAS_SHIM6) != 0u  ? SHIM6
                                                                        : V6NF_NEXT_HEADER_NONE;
        flow->key[V6NF_FLOW_KEY_PROTOCOL] = alone;
        return alone != V6NF_NEXT_HEADER_NONE;
    }
    return true;
}

/* Return true if a flow or an open endpoint has this key. Of headers that are alone, any of the three may be quoted. */
static bool is_key_known(struct v6nf_firewall *firewall, const uint8_t *key, uint64_t now)
{
    static const uint8_t alone[] = {MOBILITY, HIP, SHIM6};
    uint8_t other[V6NF_FLOW_KEY_SIZE];
    if (v6nf_firewall_find(firewall, key, now) != V6NF_HASH_MAP_NONE || v6nf_firewall_is_open(firewall, key, now)) {
        return true;
    }
    memcpy(other, key, sizeof other);
    for (uint32_t i = 0; i < sizeof alone && key[V6NF_FLOW_KEY_PROTOCOL] == V6NF_NEXT_HEADER_NONE; i++) {
        other[V6NF_FLOW_KEY_PROTOCOL] = alone[i];
        if (v6nf_firewall_find(firewall, other, now) != V6NF_HASH_MAP_NONE) {
            return true;
        }
    }
    return false;
}

/* Decide about an ICMPv6 error: it passes if the flow of the packet in it does, and changes nothing (REC-10, REC-18,
 * REC-19, REC-23, REC-30, REC-36, REC-37, REC-41, REC-42, REC-45, REC-46). */
static enum v6nf_firewall_result decide_error(struct v6nf_firewall *firewall, const struct v6nf_firewall_packet *packet)
{
    const uint8_t *key = packet->flow.key;
    if (packet->type < V6NF_ICMPV6_DESTINATION_UNREACHABLE || packet->type > V6NF_ICMPV6_PARAMETER_PROBLEM) {
        return V6NF_FIREWALL_ICMPV6;
    }
    /* What passed inbound without a flow has none. */
    const bool is_about_all = !packet->is_inbound && (packet->flow.kind == V6NF_FLOW_ECHO || is_for_all(key));
    return firewall->config.is_transparent || is_about_all || is_key_known(firewall, key, packet->now)
               ? V6NF_FIREWALL_PASS
               : V6NF_FIREWALL_ICMPV6;
}

/* Decide about a packet with a key. */
static enum v6nf_firewall_result decide_flow(struct v6nf_firewall *firewall, struct v6nf_firewall_packet *packet)
{
    const uint32_t entry =
        needs_rule(packet) ? V6NF_HASH_MAP_NONE : v6nf_firewall_find(firewall, packet->flow.key, packet->now);
    if (entry == V6NF_HASH_MAP_NONE) {
        return decide_new(firewall, packet);
    }
    if (packet->event == V6NF_FIREWALL_MALFORMED) {
        return V6NF_FIREWALL_INVALID;
    }
    const enum v6nf_firewall_class of_class =
        v6nf_firewall_advance(&firewall->flows[entry], packet->flow.key, packet->event, packet->is_inbound);
    v6nf_firewall_renew(firewall, entry, of_class, packet->is_inbound, packet->now);
    return V6NF_FIREWALL_PASS;
}

/* Decide about a packet whose addresses may pass. */
static enum v6nf_firewall_result decide_packet(struct v6nf_firewall *firewall, struct v6nf_firewall_packet *packet)
{
    enum v6nf_firewall_result result = V6NF_FIREWALL_PASS;
    packet->type = packet->chain.upper < packet->chain.packet_end ? packet->frame[packet->chain.upper] : 0u;
    if (packet->chain.end == V6NF_CHAIN_LATER_FRAGMENT) {
        return v6nf_firewall_may_pass_fragment(firewall, packet) ? V6NF_FIREWALL_PASS : V6NF_FIREWALL_FRAGMENT;
    }
    if (v6nf_flow_key_read(&packet->flow, packet->frame, &packet->chain) == V6NF_FLOW_NONE) {
        return packet->flow.is_error ? V6NF_FIREWALL_ICMPV6 : V6NF_FIREWALL_HEADERS;
    }
    if (packet->flow.kind == V6NF_FLOW_LATER_FRAGMENT) { /* in an error */
        return v6nf_firewall_find_fragment(firewall, packet->flow.key, packet->now) != V6NF_HASH_MAP_NONE
                   ? V6NF_FIREWALL_PASS
                   : V6NF_FIREWALL_ICMPV6;
    }
    if (!finish_key(packet)) {
        return V6NF_FIREWALL_HEADERS;
    }
    if (packet->flow.is_error) {
        result = decide_error(firewall, packet);
    } else {
        packet->event = packet->flow.kind == V6NF_FLOW_PORTS ? v6nf_firewall_read_event(packet->frame, &packet->chain)
                                                             : V6NF_FIREWALL_NO_CONNECTION;
        result = decide_flow(firewall, packet);
    }
    if (result == V6NF_FIREWALL_PASS && (packet->chain.headers & V6NF_CHAIN_HAS_FIRST_FRAGMENT) != 0u) {
        v6nf_firewall_pass_fragment(firewall, packet);
    }
    return result;
}

/* Decide about a frame whose headers are read. */
static enum v6nf_firewall_result decide_headers(struct v6nf_firewall *firewall, struct v6nf_firewall_packet *packet)
{
    if (packet->chain.end <= V6NF_CHAIN_OTHER) {
        return packet->chain.end == V6NF_CHAIN_OTHER ? V6NF_FIREWALL_OTHER : V6NF_FIREWALL_HEADERS;
    }
    if ((packet->chain.headers & (V6NF_CHAIN_HAS_ROUTING_0 | V6NF_CHAIN_HAS_LATE_HOP_BY_HOP)) != 0u) {
        return V6NF_FIREWALL_DEPRECATED; /* REC-4 */
    }
    if (firewall->config.is_bridge && v6nf_firewall_is_of_link(packet)) {
        return V6NF_FIREWALL_PASS;
    }
    const enum v6nf_firewall_result result = v6nf_firewall_check_addresses(firewall, packet);
    return result == V6NF_FIREWALL_PASS ? decide_packet(firewall, packet) : result;
}

enum v6nf_firewall_result v6nf_firewall_decide(struct v6nf_firewall *firewall, const uint8_t *frame, uint32_t length,
                                               bool is_inbound, uint64_t now)
{
    struct v6nf_firewall_packet packet = {
        .frame = frame, .now = now, .is_inbound = is_inbound, .event = V6NF_FIREWALL_NO_CONNECTION};
    (void)v6nf_chain_read(&packet.chain, frame, length);
    const enum v6nf_firewall_result result = decide_headers(firewall, &packet);
    firewall->counts[result]++;
    return result;
}
