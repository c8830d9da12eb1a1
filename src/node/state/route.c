/* route.c: the Default Router List and the Prefix List (RFC 4861, 5.1 and 6.3), and more specific routes (RFC 4191, 3).
 * A default router is a route to ::/0, an on-link prefix a route via no router. Each kind has slots of its own, so that
 * no kind can evict another. */
#include "route.h"

#include <string.h>

#include "v6nf/router.h"

bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router)
{
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        if (!route_is_free(&node->routes[i]) && v6nf_address_equal(node->routes[i].router.bytes, router)) {
            return true;
        }
    }
    return false;
}

static bool has_prefix(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = ROUTES_PREFIXES; i < ROUTES_ALL; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (prefix_matches(own->address.bytes, own->prefix_length, destination)) {
            return true;
        }
    }
    return has_prefix(node, destination);
}

/* Remove the route. Copy its router, :: of an on-link prefix. */
static void remove_route(struct v6nf_node *node, struct v6nf_route *route, uint8_t *router)
{
    v6nf_address_copy(router, route->router.bytes);
    route->valid_until = 0;
    count_change(node, V6NF_CHANGE_ROUTES);
}

bool v6nf_route_remove_router(struct v6nf_node *node, const uint8_t *router)
{
    bool found = false;
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && !route->configured && v6nf_address_equal(route->router.bytes, router)) {
            route->valid_until = 0;
            count_change(node, V6NF_CHANGE_ROUTES);
            found = true;
        }
    }
    return found;
}

static struct v6nf_route *find_route(struct v6nf_node *node, const uint8_t *router, const uint8_t *prefix,
                                     uint32_t length)
{
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && route->prefix_length == length &&
            v6nf_address_equal(route->router.bytes, router) && prefix_matches(route->prefix.bytes, length, prefix)) {
            return route;
        }
    }
    return NULL;
}

/* Return true if `a` must be evicted before `b`: by preference, then by whether its router is resolved, then by
 * lifetime. */
static bool goes_before(struct v6nf_node *node, const struct v6nf_route *a, const struct v6nf_route *b)
{
    if (a->preference != b->preference) {
        return a->preference < b->preference;
    }
    bool a_is_resolved = route_is_resolved(node, a);
    if (a_is_resolved != route_is_resolved(node, b)) {
        return !a_is_resolved;
    }
    return a->valid_until < b->valid_until;
}

/* Return a slot from `first` to end - 1 for a route of this preference, NULL if there is none. The slot may hold the
 * route that is evicted. Within one preference no router evicts one that is resolved: else a host could evict
 * routers by inventing others. Nor is a prefix evicted. */
static struct v6nf_route *route_slot(struct v6nf_node *node, uint32_t first, uint32_t end, uint32_t preference)
{
    struct v6nf_route *worst = NULL;
    for (uint32_t i = first; i < end; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (route_is_free(route)) {
            return route;
        }
        if (!route->configured && (worst == NULL || goes_before(node, route, worst))) {
            worst = route;
        }
    }
    if (worst == NULL || first == ROUTES_PREFIXES || worst->preference > preference ||
        (worst->preference == preference && route_is_resolved(node, worst))) {
        return NULL;
    }
    return worst;
}

/* Add a route. Set *lost to the router of the route that is evicted for it. Return NULL, counted, if no slot is
 * free. */
static struct v6nf_route *add_route(struct v6nf_node *node, const uint8_t *router,
                                    const struct v6nf_ndp_route *advertised, uint8_t *lost)
{
    bool is_prefix = v6nf_address_is_unspecified(router);
    uint32_t first = is_prefix ? ROUTES_PREFIXES : advertised->length == 0u ? 0u : V6NF_ROUTERS;
    uint32_t end = is_prefix ? ROUTES_ALL : advertised->length == 0u ? V6NF_ROUTERS : ROUTES_PREFIXES;
    struct v6nf_route *route = route_slot(node, first, end, (uint32_t)advertised->preference);
    if (route == NULL) {
        count(node, is_prefix ? V6NF_PREFIXES_FULL : V6NF_ROUTES_FULL);
        return NULL;
    }
    if (!route_is_free(route)) {
        remove_route(node, route, lost);
    }
    *route = (struct v6nf_route){.prefix = advertised->prefix,
                                 .prefix_length = (uint8_t)advertised->length,
                                 .preference = (uint8_t)advertised->preference};
    v6nf_address_copy(route->router.bytes, router);
    count_change(node, V6NF_CHANGE_ROUTES);
    return route;
}

bool v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised,
                       uint8_t *lost, uint64_t now)
{
    struct v6nf_route *route = find_route(node, router, advertised->prefix.bytes, advertised->length);
    bool has_changed = false;
    memset(lost, 0, V6NF_ADDRESS_SIZE);
    if (route != NULL && route->configured) {
        return false;
    }
    if (advertised->lifetime == 0u) {
        if (route != NULL) {
            remove_route(node, route, lost);
        }
        return route != NULL;
    }
    if (route == NULL) {
        route = add_route(node, router, advertised, lost);
        if (route == NULL) {
            return false;
        }
        has_changed = true;
    }
    if (route->preference != (uint8_t)advertised->preference) {
        route->preference = (uint8_t)advertised->preference;
        count_change(node, V6NF_CHANGE_ROUTES);
        has_changed = true;
    }
    route->valid_until = v6nf_lifetime_end(now, advertised->lifetime);
    set_due(node, route->valid_until);
    return has_changed;
}

bool v6nf_route_expire(struct v6nf_node *node, uint8_t *router, uint64_t now)
{
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        if (!route_is_free(&node->routes[i]) && now >= node->routes[i].valid_until) {
            remove_route(node, &node->routes[i], router);
            return true;
        }
    }
    return false;
}

uint64_t v6nf_route_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < ROUTES_ALL; i++) {
        if (!route_is_free(&node->routes[i])) {
            due = earlier(due, node->routes[i].valid_until);
        }
    }
    return due;
}

void v6nf_route_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway)
{
    static const struct v6nf_address everything = {{0}};
    /* Use the first slot: an advertised route in it will be advertised again. */
    struct v6nf_route *route = find_route(node, gateway->bytes, everything.bytes, 0u);
    if (route != NULL) {
        route->valid_until = 0;
    }
    node->routes[0] = (struct v6nf_route){
        .router = *gateway,
        .valid_until = V6NF_NEVER,
        .preference = V6NF_NDP_PREFERENCE_MEDIUM,
        .configured = true,
    };
    count_change(node, V6NF_CHANGE_ROUTES);
}
