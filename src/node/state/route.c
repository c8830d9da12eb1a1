/* route.c: the Default Router List and the Prefix List (RFC 4861, 5.1 and 6.3), and more specific routes (RFC 4191, 3).
 * A default router is a route to ::/0, an on-link prefix a route without next hop. Each kind has slots of its own, so
 * that no kind can evict another.
 *
 * In a full table, what was advertised longest ago is evicted. What the program configured is not, nor what a router
 * advertises that answers: unknown hosts can invent routers, but not let them answer. */
#include "route.h"

#include <string.h>

#include "v6nf/router.h"

#include "own_address.h"

#if V6NF_ROUTER_MEMORY
enum standing v6nf_route_standing(const struct v6nf_node *node, uint32_t routers)
{
    enum standing best = STANDING_NONE;
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        if ((routers >> i & 1u) != 0u && route_is_usable(&node->routes[i])) {
            enum standing standing = v6nf_neighbor_standing(node, node->routes[i].router.bytes);
            best = standing > best ? standing : best;
        }
    }
    return best;
}

uint32_t v6nf_route_router_bit(const struct v6nf_node *node, const uint8_t *router)
{
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        if (!route_is_free(&node->routes[i]) && v6nf_address_equal(node->routes[i].router.bytes, router)) {
            return 1u << i;
        }
    }
    return 0;
}
#endif

bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (route_is_usable(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router)
{
    /* Only the program's router, in the first slot, may have another address (RFC 4861, 6.1.2). */
    if (NEIGHBORS_HAVE_INDEX && !v6nf_address_is_link_local(router)) {
        return !route_is_free(&node->routes[0]) && v6nf_address_equal(node->routes[0].router.bytes, router);
    }
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        if (!route_is_free(&node->routes[i]) && v6nf_address_equal(node->routes[i].router.bytes, router)) {
            return true;
        }
    }
    return false;
}

#if NEIGHBORS_HAVE_INDEX
/* Return the number of slots of prefixes that were ever used, from the first on. */
static uint32_t prefixes_end(const struct v6nf_node *node)
{
    return node->prefixes_end;
}

/* Note that the slot of this route is used. */
static void note_prefix(struct v6nf_node *node, const struct v6nf_route *route)
{
    const uint32_t slot = (uint32_t)(route - node->routes);
    if (slot >= ROUTES_PREFIXES && node->prefixes_end <= slot - ROUTES_PREFIXES) {
        node->prefixes_end = slot - ROUTES_PREFIXES + 1u;
    }
}
#else
static uint32_t prefixes_end(const struct v6nf_node *node)
{
    (void)node;
    return V6NF_PREFIXES;
}

static void note_prefix(struct v6nf_node *node, const struct v6nf_route *route)
{
    (void)node, (void)route;
}
#endif

static bool has_prefix(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < V6NF_PREFIXES && i < prefixes_end(node); i++) {
        const struct v6nf_route *route = &node->routes[ROUTES_PREFIXES + i];
        if (!route_is_free(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    return v6nf_own_address_is_on_link(node, destination) || has_prefix(node, destination);
}

/* Remove the route. Copy its router. */
static void remove_route(struct v6nf_node *node, struct v6nf_route *route, uint8_t *router)
{
    v6nf_address_copy(router, route->router.bytes);
    route->valid_until = 0;
    count_change(node, V6NF_CHANGE_ROUTES);
}

/* The slots of a kind of route. */
struct range {
    uint32_t first;
    uint32_t end; /* one past the last */
};

static struct range slots_of(const struct v6nf_ndp_route *advertised, bool is_on_link)
{
    if (is_on_link) {
        return (struct range){ROUTES_PREFIXES, ROUTES_ALL};
    }
    return advertised->length == 0u ? (struct range){0, V6NF_ROUTERS} : (struct range){V6NF_ROUTERS, ROUTES_PREFIXES};
}

/* Return the route via this router. An on-link prefix is the same, no matter which router advertises it. */
static struct v6nf_route *find_route(struct v6nf_node *node, struct range slots, const uint8_t *router,
                                     const struct v6nf_ndp_route *advertised)
{
    for (uint32_t i = slots.first; i < slots.end; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && route->prefix_length == advertised->length &&
            (i >= ROUTES_PREFIXES || v6nf_address_equal(route->router.bytes, router)) &&
            prefix_matches(route->prefix.bytes, advertised->length, advertised->prefix.bytes)) {
            return route;
        }
    }
    return NULL;
}

/* Return true if `a` must be evicted before `b`: that of a router which is not in use, then what was advertised longest
 * ago. */
static bool goes_before(const struct v6nf_node *node, const struct v6nf_route *a, const struct v6nf_route *b)
{
    uint32_t number = advertisement_number(node);
    if (!V6NF_ROUTER_MEMORY) {
        return number - a->heard > number - b->heard;
    }
    bool a_is_used = v6nf_neighbor_standing(node, a->router.bytes) == STANDING_USED;
    bool b_is_used = v6nf_neighbor_standing(node, b->router.bytes) == STANDING_USED;
    return a_is_used != b_is_used ? b_is_used : number - a->heard > number - b->heard;
}

/* Return a slot for what the router advertises, NULL if there is none. The slot may hold the route to evict: never one
 * whose router answers. One advertisement of a router that does not answer gets at most half of a full table. */
static struct v6nf_route *route_slot(struct v6nf_node *node, struct range slots, const uint8_t *router)
{
    struct v6nf_route *worst = NULL;
    uint32_t same = 0; /* routes of this advertisement */
    for (uint32_t i = slots.first; i < slots.end; i++) {
        struct v6nf_route *route = &node->routes[i];
        if (route_is_free(route)) {
            return route;
        }
        same += route->heard == advertisement_number(node) ? 1u : 0u;
        if (!route->configured && !neighbor_answers(node, route->router.bytes) &&
            (worst == NULL || goes_before(node, route, worst))) {
            worst = route;
        }
    }
    return same * 2u >= slots.end - slots.first && !neighbor_answers(node, router) ? NULL : worst;
}

/* Forget that the default router of this slot advertised prefixes: another is about to use the slot. */
static void forget_prefixes_of(struct v6nf_node *node, uint32_t slot)
{
    for (uint32_t i = 0; i < node->addresses_used && V6NF_ROUTER_MEMORY; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        own_address_set_routers(node, own, own->routers & ~(1u << slot));
    }
}

/* Add a route. Set *lost to the router of the route that is evicted for it. Return NULL, counted, if no slot is
 * free. */
static struct v6nf_route *add_route(struct v6nf_node *node, struct range slots, const uint8_t *router,
                                    const struct v6nf_ndp_route *advertised, uint8_t *lost)
{
    struct v6nf_route *route = route_slot(node, slots, router);
    if (route == NULL) {
        count(node, slots.first == ROUTES_PREFIXES ? V6NF_PREFIXES_FULL : V6NF_ROUTES_FULL);
        return NULL;
    }
    if (!route_is_free(route)) {
        remove_route(node, route, lost);
    }
    if (slots.first == 0u && !v6nf_address_equal(route->router.bytes, router)) {
        forget_prefixes_of(node, (uint32_t)(route - node->routes));
    }
    *route = (struct v6nf_route){.prefix = advertised->prefix,
                                 .prefix_length = (uint8_t)advertised->length,
                                 .preference = (uint8_t)advertised->preference};
    v6nf_address_copy(route->router.bytes, router);
    note_prefix(node, route);
    count_change(node, V6NF_CHANGE_ROUTES);
    return route;
}

bool v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *advertised,
                       bool is_on_link, uint8_t *lost, uint64_t now)
{
    struct range slots = slots_of(advertised, is_on_link);
    struct v6nf_route *route = find_route(node, slots, router, advertised);
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
        route = add_route(node, slots, router, advertised, lost);
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
    /* No unknown host gets the prefix of a router that answers. */
    if (!neighbor_answers(node, route->router.bytes)) {
        v6nf_address_copy(route->router.bytes, router);
    }
    has_changed |= route->heard == 0u;
    route->heard = advertisement_number(node);
    route->valid_until = v6nf_lifetime_end(now, advertised->lifetime);
    set_due(node, route->valid_until);
    return has_changed;
}

bool v6nf_route_end(struct v6nf_node *node, const uint8_t *router, uint64_t time)
{
    bool found = false;
    for (uint32_t i = 0; i < (router != NULL ? ROUTES_PREFIXES : ROUTES_ALL); i++) {
        struct v6nf_route *route = &node->routes[i];
        if (!route_is_free(route) && !route->configured &&
            (router == NULL || v6nf_address_equal(route->router.bytes, router))) {
            route->heard = 0;
            route->valid_until = V6NF_ROUTER_MEMORY ? earlier(route->valid_until, time) : 0u;
            count_change(node, V6NF_CHANGE_ROUTES);
            found = true;
        }
    }
    if (V6NF_ROUTER_MEMORY && time != 0u) {
        set_due(node, time);
    }
    return found;
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
    /* Use the first slot: an advertised route in it will be advertised again. */
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        if (v6nf_address_equal(node->routes[i].router.bytes, gateway->bytes)) {
            node->routes[i].valid_until = 0;
        }
    }
    forget_prefixes_of(node, 0);
    node->routes[0] = (struct v6nf_route){
        .router = *gateway,
        .valid_until = V6NF_NEVER,
        .preference = V6NF_NDP_PREFERENCE_MEDIUM,
        .configured = true,
    };
    count_change(node, V6NF_CHANGE_ROUTES);
}
