/* link.c: what routers advertised, when the link has changed. It may be another link, or the same one, whose addresses
 * and connections should survive (RFC 6059). The answer to the Router Solicitation shows which: a link is known by its
 * prefixes. Until then no packet is sent via a router of the link before. */
#include "link.h"

#include "../state/dns.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "autoconf.h"
#include "interface.h"
#include "parameter.h"

/* Time in which routers answer, after detection of the link-local address: a solicitation is sent within a second, and
 * another four seconds later (RFC 7559). Each is answered within 3.5 seconds (RFC 4861, 6.2.6). */
#define ANSWER_TIME (10u * V6NF_SECOND)

#if V6NF_ROUTER_MEMORY
/* Return true if a router made the node form the address. */
static bool is_advertised(const struct v6nf_node *node, uint32_t own)
{
    return own != 0u && node->addresses[own].origin == V6NF_ADDRESS_FORMED;
}

void v6nf_link_forget_advertised(struct v6nf_node *node, uint64_t now)
{
    uint64_t time = now + ANSWER_TIME + node->dad_transmits * node->retransmit_time;
    (void)v6nf_route_end(node, NULL, time);
    v6nf_dns_end_advertised(node, time);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        own_address_set_routers(node, own, 0u);
        if (is_advertised(node, i)) {
            own->formed = 0;
            own->preferred_until = earlier(own->preferred_until, time);
            own->valid_until = earlier(own->valid_until, time);
            own_address_set_due(node, V6NF_ADDRESS_LIFETIME, time);
        }
    }
    v6nf_parameter_reset(node, now);
}

static bool is_kept_route(const struct v6nf_route *route)
{
    return !route_is_free(route) && !route->configured && route->heard == 0u;
}

static bool is_kept_address(const struct v6nf_node *node, uint32_t own)
{
    return is_advertised(node, own) && node->addresses[own].formed == 0u;
}

static uint32_t count_kept_prefixes(const struct v6nf_node *node)
{
    uint32_t kept = 0;
    for (uint32_t i = ROUTES_PREFIXES; i < ROUTES_ALL; i++) {
        kept += is_kept_route(&node->routes[i]) ? 1u : 0u;
    }
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        kept += is_kept_address(node, i) ? 1u : 0u;
    }
    return kept;
}

struct link_memory v6nf_link_remember(const struct v6nf_node *node, const uint8_t *router)
{
    struct link_memory memory = {.prefixes = count_kept_prefixes(node)};
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        if (is_kept_route(&node->routes[i])) {
            bool is_advertiser = v6nf_address_equal(node->routes[i].router.bytes, router);
            memory.has_advertiser |= is_advertiser;
            memory.has_other |= !is_advertiser;
        }
    }
    return memory;
}

/* Return true if the advertisement that was processed has a prefix. */
static bool has_prefix_now(const struct v6nf_node *node)
{
    uint32_t number = advertisement_number(node);
    for (uint32_t i = ROUTES_PREFIXES; i < ROUTES_ALL; i++) {
        if (!route_is_free(&node->routes[i]) && node->routes[i].heard == number) {
            return true;
        }
    }
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (is_advertised(node, i) && node->addresses[i].formed == number) {
            return true;
        }
    }
    return false;
}

void v6nf_link_judge(struct v6nf_node *node, const struct link_memory *before, uint64_t now)
{
    if (before->prefixes == 0u && !before->has_other) {
        return;
    }
    bool is_same = count_kept_prefixes(node) < before->prefixes || (before->has_advertiser && !has_prefix_now(node));
    if (is_same) {
        return; /* what other routers of the link advertised has some seconds more */
    }
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        if (is_kept_route(&node->routes[i])) {
            node->routes[i].valid_until = now;
        }
    }
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (is_kept_address(node, i)) {
            node->addresses[i].valid_until = now;
            own_address_set_due(node, V6NF_ADDRESS_LIFETIME, now);
        }
    }
    v6nf_autoconf_expire(node, now);
}
#else
void v6nf_link_forget_advertised(struct v6nf_node *node, uint64_t now)
{
    (void)v6nf_route_end(node, NULL, 0);
    v6nf_dns_end_advertised(node, 0);
    v6nf_parameter_reset(node, now);
}
#endif
