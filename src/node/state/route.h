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

/* Return true if its router is in any state but INCOMPLETE (RFC 4861, 6.3.6: "reachable or probably reachable"). */
static inline bool route_is_resolved(struct v6nf_node *node, const struct v6nf_route *route)
{
    const struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, route->router.bytes);
    return neighbor != NULL && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE;
}

/* Return true if `destination` is on-link (RFC 4861, 5.2), by an own prefix or an advertised one. */
bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination);

/* Return true if there is a router for the off-link `destination`. */
bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination);

/* Return true if there is a route via this router. */
bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router);

/* Process an advertised route, or an on-link prefix if `router` is ::. A route to ::/0 is a default router. The
 * lifetime is in seconds, 0 to withdraw it. lost: 16 bytes, set to the router of a route that is removed, :: if none
 * is. Return true if next hops must be determined again. */
bool v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised,
                       uint8_t *lost, uint64_t now);

/* Remove the routes via this router, unless the program configured them. Return true if there were any. */
bool v6nf_route_remove_router(struct v6nf_node *node, const uint8_t *router);

/* Make the router the configured default router. */
void v6nf_route_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway);

/* Remove one route whose lifetime has ended. router: 16 bytes, set to its router. Return false if there is none. */
bool v6nf_route_expire(struct v6nf_node *node, uint8_t *router, uint64_t now);
uint64_t v6nf_route_due(const struct v6nf_node *node);

#endif
