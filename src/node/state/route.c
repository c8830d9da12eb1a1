/* route.c: the Default Router List and the Prefix List (RFC 4861, 5.1 and 6.3), and more specific routes (RFC 4191, 3). A
 * default router is a route to ::/0, an on-link prefix a route by no router. Each kind has places of its own, so that no
 * number of one displaces another. */
#include "../base/internal.h"

#define PREFIXES (V6NF_ROUTERS + V6NF_ROUTES) /* where on-link prefixes begin */
#define ALL_ROUTES (PREFIXES + V6NF_PREFIXES)

/* RFC 4191, 3.5: not more than one probe in this time. */
#define PROBE_INTERVAL (60u * V6NF_SECOND)

static bool is_free(const struct v6nf_route *route)
{
    return route->valid_until == 0u;
}

/* In any state but INCOMPLETE (RFC 4861, 6.3.6: "reachable or probably reachable"). */
static bool is_reachable(struct v6nf_node *node, const struct v6nf_route *route)
{
    const struct v6nf_neighbor *neighbor = neighbor_find(node, route->router.bytes);
    return neighbor != NULL && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE;
}

static bool is_better(const struct v6nf_route *a, const struct v6nf_route *b)
{
    return a->prefix_length != b->prefix_length ? a->prefix_length > b->prefix_length : a->preference > b->preference;
}

enum condition { ANY, REACHABLE, UNTRIED };

/* The best of the routes for `destination` that meet the condition (RFC 4191, 3.2); NULL if none does. */
static struct v6nf_route *find_best(struct v6nf_node *node, const uint8_t *destination, enum condition condition)
{
    struct v6nf_route *best = NULL;
    for (uint32_t i = 0; i < PREFIXES; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (is_free(route) || !prefix_matches(route->prefix.bytes, route->prefix_length, destination) ||
            (best != NULL && !is_better(route, best))) {
            continue;
        }
        if (condition == ANY || (condition == REACHABLE ? is_reachable(node, route) : !route->tried)) {
            best = route;
        }
    }
    return best;
}

/* The route that would be taken if its router answered is not: looks whether the router answers again (RFC 4191, 3.5). */
static void probe(struct v6nf_node *node, struct v6nf_route *route, uint64_t now)
{
    if (now < route->probe_after) {
        return;
    }
    route->probe_after = now + PROBE_INTERVAL;
    if (neighbor_find(node, route->router.bytes) == NULL) {
        struct v6nf_neighbor *neighbor = v6nf_neighbor_create(node, route->router.bytes, now);
        if (neighbor != NULL) {
            v6nf_neighbor_probe(node, neighbor, now);
        }
    }
}

/* A new round begins where all routers for the destination have been tried. */
static struct v6nf_route *find_untried(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_route *route = find_best(node, destination, UNTRIED);
    for (uint32_t i = 0; i < PREFIXES && route == NULL; i++) {
        if (prefix_matches(node->routes[i].prefix.bytes, node->routes[i].prefix_length, destination)) {
            node->routes[i].tried = false;
        }
    }
    return route != NULL ? route : find_best(node, destination, UNTRIED);
}

const uint8_t *v6nf_route_select(struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    struct v6nf_route *route = find_best(node, destination, REACHABLE);
    if (route != NULL) {
        struct v6nf_route *wanted = find_best(node, destination, ANY);
        if (is_better(wanted, route)) {
            probe(node, wanted, now);
        }
        return route->router.bytes;
    }
    /* None is known to be reachable: in turns, so that one that does not answer is not asked for ever. */
    route = find_untried(node, destination);
    if (route == NULL) {
        return NULL;
    }
    route->tried = true;
    return route->router.bytes;
}

const uint8_t *v6nf_route_look_up(struct v6nf_node *node, const uint8_t *destination)
{
    const struct v6nf_route *route = find_best(node, destination, REACHABLE);
    if (route == NULL) {
        route = find_best(node, destination, UNTRIED);
    }
    if (route == NULL) {
        route = find_best(node, destination, ANY);
    }
    return route != NULL ? route->router.bytes : NULL;
}

bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < PREFIXES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (!is_free(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router)
{
    for (uint32_t i = 0; i < ALL_ROUTES; i++) {
        if (!is_free(&node->routes[i]) && v6nf_address_equal(node->routes[i].router.bytes, router)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = PREFIXES; i < ALL_ROUTES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (!is_free(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

/* What goes by this router is to find another (RFC 4861, 6.3.5), and what was on-link perhaps a router. */
static void remove_route(struct v6nf_node *node, struct v6nf_route *route)
{
    const struct v6nf_neighbor *neighbor = neighbor_find(node, route->router.bytes);
    route->valid_until = 0;
    if (neighbor != NULL) {
        v6nf_destination_forget_router(node, neighbor_index(node, neighbor));
    }
    v6nf_destination_redetermine(node);
}

void v6nf_route_forget_router(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    for (uint32_t i = 0; i < ALL_ROUTES; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!is_free(route) && !route->configured &&
            v6nf_address_equal(route->router.bytes, neighbor->address.bytes)) {
            remove_route(node, route);
        }
    }
    /* Also what a Redirect sent there. */
    if (!v6nf_route_has_router(node, neighbor->address.bytes)) {
        v6nf_destination_forget_router(node, neighbor_index(node, neighbor));
    }
}

/* -- What routers advertise -------------------------------------------------------------------------------------------- */

static struct v6nf_route *find_route(struct v6nf_node *node, const uint8_t *router, const uint8_t *prefix, uint32_t length)
{
    for (uint32_t i = 0; i < ALL_ROUTES; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!is_free(route) && route->prefix_length == length && v6nf_address_equal(route->router.bytes, router) &&
            prefix_matches(route->prefix.bytes, length, prefix)) {
            return route;
        }
    }
    return NULL;
}

/* True if `a` can be spared more easily than `b`: by preference, by whether it answers, by how long it is good for. */
static bool goes_before(struct v6nf_node *node, const struct v6nf_route *a, const struct v6nf_route *b)
{
    if (a->preference != b->preference) {
        return a->preference < b->preference;
    }
    bool a_is_reachable = is_reachable(node, a);
    if (a_is_reachable != is_reachable(node, b)) {
        return !a_is_reachable;
    }
    return a->valid_until < b->valid_until;
}

/* A place from `first` to `end` for a route of this preference; NULL if there is none. A router that answers does not make
 * room for one that is not preferred to it: whoever invents routers shall not displace it. Nor do prefixes make room. */
static struct v6nf_route *find_place(struct v6nf_node *node, uint32_t first, uint32_t end, uint32_t preference)
{
    struct v6nf_route *worst = NULL;
    for (uint32_t i = first; i < end; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (is_free(route)) {
            return route;
        }
        if (!route->configured && (worst == NULL || goes_before(node, route, worst))) {
            worst = route;
        }
    }
    if (worst == NULL || first == PREFIXES || worst->preference > preference ||
        (worst->preference == preference && is_reachable(node, worst))) {
        return NULL;
    }
    remove_route(node, worst);
    return worst;
}

/* Puts a new route in its place, and has next hops determined anew. Returns NULL, counted, if there is no room. */
static struct v6nf_route *add_route(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised)
{
    bool is_prefix = v6nf_address_is_unspecified(router);
    uint32_t first = is_prefix ? PREFIXES : advertised->length == 0u ? 0u : V6NF_ROUTERS;
    uint32_t end = is_prefix ? ALL_ROUTES : advertised->length == 0u ? V6NF_ROUTERS : PREFIXES;
    struct v6nf_route *route = find_place(node, first, end, (uint32_t)advertised->preference);
    if (route == NULL) {
        count(node, is_prefix ? V6NF_PREFIXES_FULL : V6NF_ROUTES_FULL);
        return NULL;
    }
    *route = (struct v6nf_route){.prefix = advertised->prefix,
                                 .prefix_length = (uint8_t)advertised->length,
                                 .preference = (uint8_t)advertised->preference};
    v6nf_address_copy(route->router.bytes, router);
    v6nf_destination_redetermine(node);
    return route;
}

void v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised, uint64_t now)
{
    struct v6nf_route *route = find_route(node, router, advertised->prefix.bytes, advertised->length);
    if (route != NULL && route->configured) {
        return;
    }
    if (advertised->lifetime == 0u) {
        if (route != NULL) {
            remove_route(node, route);
        }
        return;
    }
    if (route == NULL) {
        route = add_route(node, router, advertised);
        if (route == NULL) {
            return;
        }
    }
    if (route->preference != (uint8_t)advertised->preference) {
        route->preference = (uint8_t)advertised->preference;
        v6nf_destination_redetermine(node);
    }
    route->valid_until = v6nf_lifetime_end(now, advertised->lifetime);
    set_due(node, route->valid_until);
}

void v6nf_route_expire(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < ALL_ROUTES; i++) {
        if (!is_free(&node->routes[i]) && now >= node->routes[i].valid_until) {
            remove_route(node, &node->routes[i]);
        }
    }
}

uint64_t v6nf_route_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < ALL_ROUTES; i++) {
        if (!is_free(&node->routes[i])) {
            due = earlier(due, node->routes[i].valid_until);
        }
    }
    return due;
}

/* -- What the program says ---------------------------------------------------------------------------------------------- */

enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway)
{
    static const struct v6nf_address everything = {{0}};
    const uint8_t *bytes = gateway->bytes;
    if (!v6nf_address_is_assignable(bytes) || v6nf_interface_has(node, bytes) ||
        !v6nf_interface_is_on_link(node, bytes)) {
        return V6NF_INVALID;
    }
    /* Its place is the first: what was advertised is advertised again. */
    struct v6nf_route *route = find_route(node, bytes, everything.bytes, 0u);
    if (route != NULL) {
        route->valid_until = 0;
    }
    node->routes[0] = (struct v6nf_route){
        .router = *gateway,
        .valid_until = V6NF_NEVER,
        .preference = V6NF_NDP_PREFERENCE_MEDIUM,
        .configured = true,
    };
    v6nf_destination_forget(node, V6NF_NEIGHBORS);
    return V6NF_OK;
}
