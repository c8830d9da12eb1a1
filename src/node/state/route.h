/* route.h: default routers, more specific routes and on-link prefixes. */
#ifndef V6NF_NODE_STATE_ROUTE_H
#define V6NF_NODE_STATE_ROUTE_H

#include "neighbor_table.h"

/* node->routes: default routers, then more specific routes, then on-link prefixes. */
#define ROUTES_PREFIXES (V6NF_ROUTERS + V6NF_ROUTES)
#define ROUTES_ALL (ROUTES_PREFIXES + V6NF_PREFIXES)

static inline bool route_is_free(const struct v6nf_route *route)
{
    return route->valid_until == 0u;
}

/* Return true if packets may use the route. One that was advertised before the link went down waits for the answer to
 * the Router Solicitation, because this may be another link (RFC 6059). */
static inline bool route_is_usable(const struct v6nf_route *route)
{
    return !route_is_free(route) && (!V6NF_ROUTER_MEMORY || route->configured || route->heard != 0u);
}

/* Return the number of the Router Advertisement that is being processed, not 0. */
static inline uint32_t advertisement_number(const struct v6nf_node *node)
{
    uint32_t number = (uint32_t)node->counters[V6NF_ROUTER_ADVERTISEMENTS];
    return number != 0u ? number : 1u;
}

#if V6NF_ROUTER_MEMORY
/* Return the best standing of the default routers of these bits (struct v6nf_interface_address). */
enum standing v6nf_route_standing(const struct v6nf_node *node, uint32_t routers);

/* Return the bit of a default router, 0 if it is none. */
uint32_t v6nf_route_router_bit(const struct v6nf_node *node, const uint8_t *router);
#else
static inline enum standing v6nf_route_standing(const struct v6nf_node *node, uint32_t routers)
{
    (void)node, (void)routers;
    return STANDING_NONE;
}

static inline uint32_t v6nf_route_router_bit(const struct v6nf_node *node, const uint8_t *router)
{
    (void)node, (void)router;
    return 0;
}
#endif

/* Return true if `destination` is on-link (RFC 4861, 5.2), by an own prefix or an advertised one. */
bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination);

/* Return true if there is a router for the off-link `destination`. */
bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination);

/* Return true if there is a route via this router. */
bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router);

/* Process a route that the router advertises, or an on-link prefix. A route to ::/0 is a default router. The lifetime
 * is in seconds, 0 to withdraw it. lost: 16 bytes, set to the router of what is removed, :: if nothing is. Return true
 * if next hops must be determined again. */
bool v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised,
                       bool is_on_link, uint8_t *lost, uint64_t now);

/* End the routes via this router at `time`, unless it advertises them again; 0 to remove them. NULL for all that is
 * advertised, prefixes, too. What the program configured stays. Return true if there is any. */
bool v6nf_route_end(struct v6nf_node *node, const uint8_t *router, uint64_t time);

/* Make the router the configured default router. */
void v6nf_route_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway);

/* Remove one route whose lifetime has ended. router: 16 bytes, set to its router. Return false if there is none. */
bool v6nf_route_expire(struct v6nf_node *node, uint8_t *router, uint64_t now);
uint64_t v6nf_route_due(const struct v6nf_node *node);

/* For tests: return true if the table is consistent. */
bool v6nf_route_is_valid(const struct v6nf_node *node);

#endif
