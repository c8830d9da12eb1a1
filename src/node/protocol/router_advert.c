/* router_advert.c: Router Advertisements received (RFC 4861, 6.3.4), and Router Solicitations received by a router
 * (6.2.6). */
#include "router_advert.h"

#include "../output/admission.h"
#include "../output/hops.h"
#include "../state/destination.h"
#include "../state/dns.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "autoconf.h"
#include "link.h"
#include "parameter.h"
#include "redirect.h"
#include "router_solicit.h"

/* Process Cur Hop Limit, Reachable Time and Retrans Timer. */
static void read_parameters(struct v6nf_node *node, const uint8_t *message, uint32_t lifetime, uint64_t now)
{
    const uint32_t values[] = {[V6NF_PARAMETER_HOP_LIMIT] = message[V6NF_NDP_CUR_HOP_LIMIT],
                               [V6NF_PARAMETER_RETRANS_TIMER] = v6nf_load32(message + V6NF_NDP_RETRANS_TIMER),
                               [V6NF_PARAMETER_REACHABLE_TIME] = v6nf_load32(message + V6NF_NDP_REACHABLE_TIME)};
    for (uint32_t i = 0; i < V6NF_PARAMETERS; i++) {
        v6nf_parameter_advertised(node, (enum v6nf_parameter)i, values[i], lifetime, now); /* no MTU here */
    }
}

#if V6NF_ROUTER_MEMORY
/* Return true if an own address has a prefix of this default router. */
static bool has_own_prefix(const struct v6nf_node *node, const uint8_t *router)
{
    const uint32_t bit = v6nf_route_router_bit(node, router);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if ((node->addresses[i].routers & bit) != 0u) {
            return true;
        }
    }
    return false;
}
#endif

static void update_route(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *route,
                         bool is_on_link, uint64_t now)
{
    uint8_t lost[V6NF_ADDRESS_SIZE];
    if (v6nf_route_update(node, router, route, is_on_link, lost, now)) {
        v6nf_hops_lost_router(node, lost);
#if V6NF_ROUTER_MEMORY
        /* The router is back: packets from its prefix may not be sent where a Redirect of another one says (RFC 8028,
         * 3.3). */
        if (!is_on_link && route->length == 0u && has_own_prefix(node, router)) {
            v6nf_destination_forget_all(node);
        }
#endif
    }
}

/* Shortest on-link prefix, in bits. A shorter one covers what a registry of addresses has, and no link. */
#define MIN_PREFIX_LENGTH 16u

/* Return true if no link can have the prefix. DEVIATION: RFC 4861 refuses that of link-local addresses alone (4.6.2).
 * Nor are groups on a link, nor ::/8, with ::, ::1 and IPv4-mapped addresses (RFC 4291, 2.4 and 2.5). With ::/0 all
 * packets would be sent without a router. */
static bool is_impossible_prefix(const struct v6nf_ndp_prefix *prefix)
{
    const uint8_t *bytes = prefix->prefix.bytes;
    return prefix->length < MIN_PREFIX_LENGTH || bytes[0] == 0u || v6nf_address_is_link_local(bytes) ||
           v6nf_address_is_multicast(bytes);
}

/* Process a prefix. Its on-link and autonomous flags are independent (RFC 4861, 6.3.4; RFC 4862, 5.5.3). */
static void read_prefix(struct v6nf_node *node, const uint8_t *router, const uint8_t *option, uint32_t size,
                        uint64_t now)
{
    struct v6nf_ndp_prefix prefix;
    if (!v6nf_ndp_read_prefix(option, size, &prefix) || is_impossible_prefix(&prefix)) {
        return;
    }
    if (prefix.on_link) {
        struct v6nf_ndp_route route = {
            .prefix = prefix.prefix, .length = prefix.length, .lifetime = prefix.valid_lifetime};
        update_route(node, router, &route, true, now);
    }
    /* Interface identifiers have 64 bits: there is no other prefix length (RFC 4862, 5.5.3 d; RFC 4291, 2.5.1). */
    if (prefix.autonomous && prefix.length == 64u && prefix.preferred_lifetime <= prefix.valid_lifetime) {
        v6nf_autoconf_update(node, router, &prefix, now);
    }
}

#if V6NF_ROUTES > 0u
static void read_route(struct v6nf_node *node, const uint8_t *router, const uint8_t *option, uint32_t size,
                       uint64_t now)
{
    struct v6nf_ndp_route route;
    if (v6nf_ndp_read_route(option, size, &route)) {
        update_route(node, router, &route, false, now);
    }
}
#endif

static void read_router_option(struct v6nf_node *node, const uint8_t *router, uint32_t lifetime, const uint8_t *option,
                               uint32_t size, uint64_t now)
{
#if V6NF_DNS
    const struct dns_source source = {
        .number = advertisement_number(node), .is_known = neighbor_answers(node, router), .now = now};
#endif
    switch (option[0]) {
    case V6NF_NDP_OPTION_PREFIX:
        read_prefix(node, router, option, size, now);
        return;
    case V6NF_NDP_OPTION_MTU:
        v6nf_parameter_advertised(node, V6NF_PARAMETER_MTU, v6nf_ndp_read_mtu(option, size), lifetime, now);
        return;
#if V6NF_ROUTES > 0u
    case V6NF_NDP_OPTION_ROUTE:
        read_route(node, router, option, size, now);
        return;
#endif
#if V6NF_DNS
    case V6NF_NDP_OPTION_DNS_SERVERS:
        v6nf_dns_servers_advertised(node, option, size, &source);
        return;
    case V6NF_NDP_OPTION_DNS_SEARCH:
        v6nf_dns_search_advertised(node, option, size, &source);
        return;
#endif
    default:
        return;
    }
}

/* Process the header before the options: a route to ::/0 among them overrides it (RFC 4191, 3.1). */
static void read_default_router(struct v6nf_node *node, const uint8_t *router, const uint8_t *message,
                                uint32_t lifetime, uint64_t now)
{
    struct v6nf_ndp_route route = {
        .preference = v6nf_ndp_preference(message[V6NF_NDP_ROUTER_FLAGS]),
        .lifetime = lifetime,
    };
    if (route.preference == V6NF_NDP_PREFERENCE_RESERVED) {
        route.preference = V6NF_NDP_PREFERENCE_MEDIUM; /* RFC 4191, 2.2 */
    }
    update_route(node, router, &route, false, now);
    /* A solicitation has been answered: send no more (RFC 7559, 2.1). */
    if (route.lifetime != 0u && node->solicit_interval != 0u) {
        node->solicit_due = V6NF_NEVER;
    }
}

static uint32_t advertisement(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    const uint8_t *router = ipv6 + V6NF_IPV6_SOURCE;
    uint32_t end = packet->end - packet->upper;
    if (!node->autoconfigure) {
        return drop(node, V6NF_DROP_ROUTER_ADVERTISEMENT);
    }
    uint32_t mac = v6nf_ndp_check_router_advertisement(ipv6, message, end);
    if (mac == V6NF_NDP_INVALID) {
        return drop(node, V6NF_DROP_NDP_INVALID);
    }
    if (v6nf_own_address_is_claimed(node, router)) {
        return drop(node, V6NF_DROP_NDP_SPOOFED);
    }
    struct v6nf_neighbor *neighbor =
        v6nf_admission_advertised(node, router, mac != 0u ? message + mac : NULL, packet->now);
    if (neighbor != NULL) {
        neighbor->router = true;
    }
    count(node, V6NF_ROUTER_ADVERTISEMENTS);
    uint32_t lifetime = v6nf_load16(message + V6NF_NDP_ROUTER_LIFETIME);
    struct link_memory memory = v6nf_link_remember(node, router);
    node->managed = (message[V6NF_NDP_ROUTER_FLAGS] & V6NF_NDP_MANAGED) != 0u;
    node->other_configuration = (message[V6NF_NDP_ROUTER_FLAGS] & V6NF_NDP_OTHER) != 0u;
    read_parameters(node, message, lifetime, packet->now);
    read_default_router(node, router, message, lifetime, packet->now);
    uint32_t at = V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE;
    for (uint32_t i = 0; i < V6NF_NDP_OPTIONS_MAX; i++) {
        uint32_t size = v6nf_ndp_option_size(message, at, end);
        if (size == 0u) {
            break;
        }
        read_router_option(node, router, lifetime, message + at, size, packet->now);
        at += size;
    }
    if (lifetime != 0u) {
        v6nf_link_judge(node, &memory, packet->now);
    }
    return deliver(node);
}

#if V6NF_FORWARDING
/* Process a Router Solicitation: note the link-layer address of its sender, which is no router (RFC 4861, 6.2.6). The
 * router that the node is an interface of answers it. */
static uint32_t solicitation(struct v6nf_node *node, const struct packet *packet)
{
    const uint8_t *ipv6 = packet->frame + PACKET;
    const uint8_t *message = packet->frame + packet->upper;
    const uint8_t *host = ipv6 + V6NF_IPV6_SOURCE;
    const uint32_t mac = v6nf_ndp_check_router_solicitation(ipv6, message, packet->end - packet->upper);
    if (mac == V6NF_NDP_INVALID) {
        return drop(node, V6NF_DROP_NDP_INVALID);
    }
    if (v6nf_own_address_is_claimed(node, host)) {
        return drop(node, V6NF_DROP_NDP_SPOOFED);
    }
    struct v6nf_neighbor *neighbor = mac != 0u ? v6nf_admission_solicited(node, host, message + mac, NULL, packet->now)
                                               : v6nf_neighbor_find(node, host);
    if (neighbor != NULL) {
        neighbor->router = false;
    }
    count_change(node, V6NF_CHANGE_SOLICITED);
    return deliver(node);
}
#endif

uint32_t v6nf_router_advert_input(struct v6nf_node *node, const struct packet *packet)
{
    switch (packet->frame[packet->upper + V6NF_ICMPV6_TYPE]) {
    case V6NF_ICMPV6_ROUTER_ADVERTISEMENT:
        return advertisement(node, packet);
    case V6NF_ICMPV6_REDIRECT:
        return v6nf_redirect_input(node, packet);
#if V6NF_FORWARDING
    case V6NF_ICMPV6_ROUTER_SOLICITATION:
        return node->router ? solicitation(node, packet) : drop(node, V6NF_DROP_ICMPV6_TYPE);
#endif
    default:
        return drop(node, V6NF_DROP_ICMPV6_TYPE);
    }
}
