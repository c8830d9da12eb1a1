/* route_valid.c: the invariant of default routers, routes and on-link prefixes, for tests. */
#include "route.h"

#ifdef V6NF_INVARIANTS
/* Return true if both are the same route: two prefixes, of any routers, or two routes via one router. */
static bool is_same_route(const struct v6nf_route *a, const struct v6nf_route *b, bool is_prefix)
{
    return !route_is_free(a) && a->prefix_length == b->prefix_length &&
           (is_prefix || v6nf_address_equal(a->router.bytes, b->router.bytes)) &&
           prefix_matches(a->prefix.bytes, b->prefix_length, b->prefix.bytes);
}

/* Return true if the route can be in this slot. */
static bool route_is_valid(const struct v6nf_node *node, uint32_t slot)
{
    const struct v6nf_route *route = &node->routes[slot];
    bool is_default = slot < V6NF_ROUTERS;
    bool is_prefix = slot >= ROUTES_PREFIXES;
    if (route_is_free(route)) {
        return true;
    }
    if (!v6nf_address_is_assignable(route->router.bytes) || route->prefix_length > 128u ||
        is_default != (route->prefix_length == 0u) || route->preference == V6NF_NDP_PREFERENCE_RESERVED) {
        return false;
    }
    if (route->configured ? slot != 0u || route->valid_until != V6NF_NEVER : node->next_due > route->valid_until) {
        return false;
    }
    for (uint32_t i = is_prefix ? ROUTES_PREFIXES : 0u; i < slot; i++) {
        if (is_same_route(&node->routes[i], route, is_prefix)) {
            return false;
        }
    }
    return true;
}

bool v6nf_route_is_valid(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        if (!route_is_valid(node, i)) {
            return false;
        }
    }
    return true;
}
#endif
