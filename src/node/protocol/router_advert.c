/* router_advert.c: Router Advertisements received (RFC 4861, 6.3.4). */
#include "router_advert.h"

#include "../output/admission.h"
#include "../output/hops.h"
#include "../state/destination.h"
#include "../state/dns.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "autoconf.h"
#include "redirect.h"
#include "router_solicit.h"

/* Longest Reachable Time that a router may advertise (RFC 4861, 6.2.1), and longest Retrans Timer that the node
 * accepts. */
#define MAX_TIME 3600000u /* milliseconds */

/* Process Cur Hop Limit, Reachable Time and Retrans Timer. 0 leaves a value unchanged. */
static void read_parameters(struct v6nf_node *node, const uint8_t *message, uint64_t now)
{
    uint32_t reachable_time = v6nf_load32(message + V6NF_NDP_REACHABLE_TIME);
    uint32_t retrans_timer = v6nf_load32(message + V6NF_NDP_RETRANS_TIMER);
    if (message[V6NF_NDP_CUR_HOP_LIMIT] != 0u) {
        node->hop_limit = message[V6NF_NDP_CUR_HOP_LIMIT];
    }
    reachable_time = reachable_time > MAX_TIME ? MAX_TIME : reachable_time;
    if (reachable_time != 0u && node->reachable_base != reachable_time * MILLISECOND) {
        node->reachable_base = reachable_time * MILLISECOND;
        v6nf_router_solicit_set_reachable_time(node, now);
    }
    if (retrans_timer != 0u) {
        node->retransmit_time = (retrans_timer > MAX_TIME ? MAX_TIME : retrans_timer) * MILLISECOND;
        set_due(node, now); /* the next temporary address depends on it (RFC 8981, 3.4) */
    }
}

static void update_route(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *route,
                         uint64_t now)
{
    uint8_t lost[V6NF_ADDRESS_SIZE];
    if (v6nf_route_update(node, router, route, lost, now)) {
        v6nf_hops_lost_router(node, lost);
    }
}

/* Process a prefix. Its on-link and autonomous flags are independent (RFC 4861, 6.3.4; RFC 4862, 5.5.3). */
static void read_prefix(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now)
{
    static const struct v6nf_address no_router = {{0}};
    struct v6nf_ndp_prefix prefix;
    /* No router may advertise the link-local prefix, or that of groups. */
    if (!v6nf_ndp_read_prefix(option, size, &prefix) || v6nf_address_is_link_local(prefix.prefix.bytes) ||
        v6nf_address_is_multicast(prefix.prefix.bytes)) {
        return;
    }
    if (prefix.on_link) {
        struct v6nf_ndp_route route = {
            .prefix = prefix.prefix, .length = prefix.length, .lifetime = prefix.valid_lifetime};
        update_route(node, no_router.bytes, &route, now);
    }
    /* Interface identifiers have 64 bits: there is no other prefix length (RFC 4862, 5.5.3 d; RFC 4291, 2.5.1). */
    if (prefix.autonomous && prefix.length == 64u && prefix.preferred_lifetime <= prefix.valid_lifetime) {
        v6nf_autoconf_update(node, prefix.prefix.bytes, prefix.valid_lifetime, prefix.preferred_lifetime, now);
    }
}

static void read_mtu(struct v6nf_node *node, const uint8_t *option, uint32_t size)
{
    uint32_t mtu = v6nf_ndp_read_mtu(option, size);
    if (mtu >= V6NF_IPV6_MTU_MIN && mtu <= node->max_mtu) {
        node->mtu = mtu;
        node->longest_frame = mtu + V6NF_ETHER_HEADER_SIZE;
        v6nf_destination_clamp(node);
    }
}

#if V6NF_ROUTES > 0u
static void read_route(struct v6nf_node *node, const uint8_t *router, const uint8_t *option, uint32_t size,
                       uint64_t now)
{
    struct v6nf_ndp_route route;
    if (v6nf_ndp_read_route(option, size, &route)) {
        update_route(node, router, &route, now);
    }
}
#endif

static void read_router_option(struct v6nf_node *node, const uint8_t *router, const uint8_t *option, uint32_t size,
                               uint64_t now)
{
    (void)router; /* used by routes only */
    switch (option[0]) {
    case V6NF_NDP_OPTION_PREFIX:
        read_prefix(node, option, size, now);
        return;
    case V6NF_NDP_OPTION_MTU:
        read_mtu(node, option, size);
        return;
#if V6NF_ROUTES > 0u
    case V6NF_NDP_OPTION_ROUTE:
        read_route(node, router, option, size, now);
        return;
#endif
#if V6NF_DNS
    case V6NF_NDP_OPTION_DNS_SERVERS:
        v6nf_dns_servers_advertised(node, option, size, now);
        return;
    case V6NF_NDP_OPTION_DNS_SEARCH:
        v6nf_dns_search_advertised(node, option, size, now);
        return;
#endif
    default:
        return;
    }
}

/* Process the header before the options: a route to ::/0 among them overrides it (RFC 4191, 3.1). */
static void read_default_router(struct v6nf_node *node, const uint8_t *router, const uint8_t *message, uint64_t now)
{
    struct v6nf_ndp_route route = {
        .preference = v6nf_ndp_preference(message[V6NF_NDP_ROUTER_FLAGS]),
        .lifetime = v6nf_load16(message + V6NF_NDP_ROUTER_LIFETIME),
    };
    if (route.preference == V6NF_NDP_PREFERENCE_RESERVED) {
        route.preference = V6NF_NDP_PREFERENCE_MEDIUM; /* RFC 4191, 2.2 */
    }
    update_route(node, router, &route, now);
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
    struct v6nf_neighbor *neighbor = v6nf_admission_told(node, router, mac != 0u ? message + mac : NULL, packet->now);
    if (neighbor != NULL) {
        neighbor->router = true;
    }
    node->managed = (message[V6NF_NDP_ROUTER_FLAGS] & V6NF_NDP_MANAGED) != 0u;
    node->other_configuration = (message[V6NF_NDP_ROUTER_FLAGS] & V6NF_NDP_OTHER) != 0u;
    read_parameters(node, message, packet->now);
    read_default_router(node, router, message, packet->now);
    uint32_t at = V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE;
    for (uint32_t i = 0; i < V6NF_NDP_OPTIONS_MAX; i++) {
        uint32_t size = v6nf_ndp_option_size(message, at, end);
        if (size == 0u) {
            break;
        }
        read_router_option(node, router, message + at, size, packet->now);
        at += size;
    }
    count(node, V6NF_ROUTER_ADVERTISEMENTS);
    return deliver(node);
}

uint32_t v6nf_router_advert_input(struct v6nf_node *node, const struct packet *packet)
{
    switch (packet->frame[packet->upper + V6NF_ICMPV6_TYPE]) {
    case V6NF_ICMPV6_ROUTER_ADVERTISEMENT:
        return advertisement(node, packet);
    case V6NF_ICMPV6_REDIRECT:
        return v6nf_redirect_input(node, packet);
    default:
        return drop(node, V6NF_DROP_ICMPV6_TYPE);
    }
}
