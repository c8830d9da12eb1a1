/* nexthop.c: next-hop determination (RFC 4861, 5.2 and 6.3.6; RFC 4191, 3.2 and 3.5). */
#include "nexthop.h"

#include "../state/destination.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "admission.h"

/* RFC 4191, 3.5: at most one probe in this time. */
#define PROBE_INTERVAL (60u * V6NF_SECOND)

/* Minimum number of silent routers that are probed all at once. */
#define MANY_ROUTERS 3u

static bool is_better(const struct v6nf_route *a, const struct v6nf_route *b)
{
    return a->prefix_length != b->prefix_length ? a->prefix_length > b->prefix_length : a->preference > b->preference;
}

/* What the router of a route must be. */
enum condition { ANY = STANDING_NONE, RESOLVED = STANDING_RESOLVED, ANSWERS = STANDING_ANSWERS, UNTRIED };

static bool is_candidate(const struct v6nf_route *route, const uint8_t *destination)
{
    return route_is_usable(route) && prefix_matches(route->prefix.bytes, route->prefix_length, destination);
}

static bool meets(const struct v6nf_node *node, const struct v6nf_route *route, enum condition condition)
{
    return condition == UNTRIED ? !route->tried
                                : (uint32_t)v6nf_neighbor_standing(node, route->router.bytes) >= (uint32_t)condition;
}

/* Return the best route for `destination` that meets the condition (RFC 4191, 3.2), NULL if none does. */
static const struct v6nf_route *find_best(const struct v6nf_node *node, const uint8_t *destination,
                                          enum condition condition)
{
    const struct v6nf_route *best = NULL;
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (is_candidate(route, destination) && (best == NULL || is_better(route, best)) &&
            meets(node, route, condition)) {
            best = route;
        }
    }
    return best;
}

/* Return the best route whose router answers, else one whose router may answer (RFC 4861, 6.3.6), else NULL. Whether it
 * answers comes before preference: else an unknown host could invent a preferred router. */
static const struct v6nf_route *find_reachable(const struct v6nf_node *node, const uint8_t *destination)
{
    const struct v6nf_route *route = V6NF_ROUTER_MEMORY ? find_best(node, destination, ANSWERS) : NULL;
    return route != NULL ? route : find_best(node, destination, RESOLVED);
}

static void probe(struct v6nf_node *node, const struct v6nf_route *route, uint64_t now)
{
    if (now < route->probe_after) {
        return;
    }
    node->routes[route - node->routes].probe_after = now + PROBE_INTERVAL;
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, route->router.bytes);
    if (neighbor == NULL) {
        neighbor = v6nf_admission_create(node, route->router.bytes, V6NF_ORIGIN_REPLY, now);
        if (neighbor != NULL) {
            v6nf_neighbor_ask_once(node, neighbor, now);
        }
        return;
    }
#if V6NF_ROUTER_MEMORY
    v6nf_neighbor_verify(node, neighbor, now);
#endif
}

#if !V6NF_ROUTER_MEMORY
/* Probe the router that does not answer, and would be used instead of that of `used` if it did (RFC 4191, 3.5). */
static void probe_others(struct v6nf_node *node, const uint8_t *destination, const struct v6nf_route *used,
                         uint64_t now)
{
    const struct v6nf_route *wanted = find_best(node, destination, ANY);
    if (is_better(wanted, used)) {
        probe(node, wanted, now);
    }
}
#else
/* Probe the routers that do not answer, and would be used instead of that of `used` if they did (RFC 4191, 3.5). While
 * it does not answer either, probe all if there are many. To try each in turn would take too long. */
static void probe_others(struct v6nf_node *node, const uint8_t *destination, const struct v6nf_route *used,
                         uint64_t now)
{
    uint32_t silent = 0;
    bool answers = neighbor_answers(node, used->router.bytes);
    for (uint32_t i = 0; i < ROUTES_PREFIXES && !answers; i++) {
        silent += is_candidate(&node->routes[i], destination) ? 1u : 0u;
    }
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (is_candidate(route, destination) && (silent >= MANY_ROUTERS || is_better(route, used)) &&
            !neighbor_answers(node, route->router.bytes)) {
            probe(node, route, now);
        }
    }
}
#endif

/* Return the best route whose router has not been tried. If all have been, begin a new round. */
static const struct v6nf_route *next_in_turn(struct v6nf_node *node, const uint8_t *destination)
{
    const struct v6nf_route *route = find_best(node, destination, UNTRIED);
    for (uint32_t i = 0; i < ROUTES_PREFIXES && route == NULL; i++) {
        if (prefix_matches(node->routes[i].prefix.bytes, node->routes[i].prefix_length, destination)) {
            node->routes[i].tried = false;
        }
    }
    return route != NULL ? route : find_best(node, destination, UNTRIED);
}

#if V6NF_ROUTER_MEMORY
/* Return true if the route is that of a default router that did not advertise the prefix of the address, and another
 * default router did. */
static bool has_other_router(const struct v6nf_node *node, const struct v6nf_route *route, uint32_t own)
{
    uint32_t routers = node->addresses[own].routers;
    uint32_t slot = (uint32_t)(route - node->routes);
    if (slot >= V6NF_ROUTERS || (routers >> slot & 1u) != 0u) {
        return false;
    }
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        if ((routers >> i & 1u) != 0u && route_is_usable(&node->routes[i])) {
            return true;
        }
    }
    return false;
}

/* Return true if packets from an own address need another router. */
static bool needs_other_router(const struct v6nf_node *node, const struct v6nf_route *route)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (has_other_router(node, route, i)) {
            return true;
        }
    }
    return false;
}

#if V6NF_ADDRESSES_INDEXED
/* Return the same. Look at the addresses only after one of them, or a router, has changed. */
static bool look_up_dependence(struct v6nf_node *node, const struct v6nf_route *route)
{
    struct v6nf_address_index *index = &node->address_index;
    const uint32_t stamp = index->stamp + node->hops_stamp;
    const uint32_t bit = 1u << (uint32_t)(route - node->routes);
    if (index->depend_stamp != stamp) {
        index->depend_stamp = stamp;
        index->depend_known = 0;
        index->depend = 0;
    }
    if ((index->depend_known & bit) == 0u) {
        index->depend_known |= (uint16_t)bit;
        index->depend |= needs_other_router(node, route) ? (uint16_t)bit : 0u;
    }
    return (index->depend & bit) != 0u;
}
#else
static bool look_up_dependence(const struct v6nf_node *node, const struct v6nf_route *route)
{
    return needs_other_router(node, route);
}
#endif

/* Return true if packets to the same destination may need different routers. Such a next hop is not kept. */
static bool depends_on_source(struct v6nf_node *node, const struct v6nf_route *route)
{
    return route < &node->routes[V6NF_ROUTERS] && look_up_dependence(node, route);
}

/* Return a default router that advertised the prefix of the packet's source, because others may drop the packet (RFC
 * 8028, 3.2; RFC 2827). Return `route` if none of those may be reachable. */
static const struct v6nf_route *route_for_source(const struct v6nf_node *node, const struct v6nf_route *route,
                                                 const uint8_t *source)
{
    uint32_t own = v6nf_own_address_find(node, source);
    const struct v6nf_route *best = NULL;
    enum standing standing = STANDING_NONE;
    if (own == NO_ADDRESS || !has_other_router(node, route, own)) {
        return route;
    }
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        const struct v6nf_route *other = &node->routes[i];
        if ((node->addresses[own].routers >> i & 1u) == 0u || !route_is_usable(other)) {
            continue;
        }
        enum standing of_other = v6nf_neighbor_standing(node, other->router.bytes);
        if (of_other > standing || (best != NULL && of_other == standing && is_better(other, best))) {
            best = other;
            standing = of_other;
        }
    }
    return best != NULL ? best : route;
}

/* Return the router of packets from this source. Set *depends if it is not that of all packets: then a Redirect counts
 * for one source only (RFC 8028, 3.3). */
static const uint8_t *router_for_source(struct v6nf_node *node, const struct v6nf_route *route,
                                        const uint8_t *destination, const uint8_t *source, bool *depends)
{
    *depends = depends_on_source(node, route);
    uint32_t redirected = *depends ? v6nf_destination_find_from(node, destination, source) : V6NF_NEIGHBORS;
    return redirected < V6NF_NEIGHBORS ? node->neighbors[redirected].address.bytes
                                       : route_for_source(node, route, source)->router.bytes;
}
#else
static inline bool depends_on_source(const struct v6nf_node *node, const struct v6nf_route *route)
{
    (void)node, (void)route;
    return false;
}

static const uint8_t *router_for_source(struct v6nf_node *node, const struct v6nf_route *route,
                                        const uint8_t *destination, const uint8_t *source, bool *depends)
{
    (void)node, (void)destination, (void)source;
    *depends = false;
    return route->router.bytes;
}
#endif

/* Return the router for the off-link `destination`, NULL if there is none (RFC 4861, 6.3.6; RFC 4191, 3.2). Set
 * *depends if other packets to it may need another router. */
static const uint8_t *select_router(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                                    bool *depends, uint64_t now)
{
    const struct v6nf_route *route = find_reachable(node, destination);
    if (route != NULL) {
        probe_others(node, destination, route, now);
        return router_for_source(node, route, destination, source, depends);
    }
    /* No router is resolved. Try them round robin: one that does not answer must not be tried forever (RFC 4861,
     * 6.3.6). */
    route = next_in_turn(node, destination);
    if (route == NULL) {
        return NULL;
    }
    node->routes[route - node->routes].tried = true;
    return route->router.bytes;
}

/* Return the route that select_router() tries next if no router is resolved. */
static const struct v6nf_route *look_up_next(const struct v6nf_node *node, const uint8_t *destination)
{
    const struct v6nf_route *route = find_best(node, destination, UNTRIED);
    return route != NULL ? route : find_best(node, destination, ANY);
}

/* Return true if no packet to the address is sent. A node is not its own neighbor. ::, ::1 (RFC 4291, 2.5.2 and 2.5.3)
 * and IPv4-mapped addresses (RFC 6890) are no destinations. */
static bool never_leaves(const struct v6nf_node *node, const uint8_t *destination)
{
    return v6nf_own_address_is_claimed(node, destination) ||
           (!v6nf_address_is_multicast(destination) && !v6nf_address_is_assignable(destination));
}

#if V6NF_POLICY_TABLE
bool v6nf_nexthop_exists(const struct v6nf_node *node, const uint8_t *destination)
{
    uint32_t own = v6nf_own_address_find(node, destination);
    if (V6NF_LOOPBACK > 0u && own != NO_ADDRESS && own_address_takes_packets(node, own)) {
        return true;
    }
    if (never_leaves(node, destination)) {
        return false;
    }
    return v6nf_address_is_multicast(destination) || v6nf_route_is_on_link(node, destination) ||
           v6nf_route_exists(node, destination) || is_router(node);
}
#endif

/* Return the next hop, NULL if there is none. Set *depends if other packets to the destination may need another one. */
static const uint8_t *next_hop(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source, bool *depends,
                               uint64_t now)
{
    *depends = false;
    if (never_leaves(node, destination)) {
        return NULL;
    }
    if (v6nf_route_is_on_link(node, destination)) {
        return destination;
    }
    /* Without a router nothing else is assumed to be on-link (RFC 5942, 4). */
    return select_router(node, destination, source, depends, now);
}

#if V6NF_FORWARDING
bool v6nf_nexthop_is_beyond(const struct v6nf_node *node, const uint8_t *destination)
{
    return node->router && !never_leaves(node, destination) && !v6nf_route_is_on_link(node, destination) &&
           !v6nf_route_exists(node, destination);
}
#endif

#if V6NF_HAS_INDEX
/* Return true if off-link destinations have one next hop: no route is more specific than those of default routers. */
static bool has_default_routes_only(const struct v6nf_node *node)
{
    for (uint32_t i = V6NF_ROUTERS; i < ROUTES_PREFIXES; i++) {
        if (!route_is_free(&node->routes[i])) {
            return false;
        }
    }
    return true;
}

/* Keep the next hop of `destination`: for all off-link destinations if they have the same, until others must be probed
 * again. */
static void keep_hop(struct v6nf_node *node, const uint8_t *destination, struct v6nf_neighbor *neighbor, uint64_t now)
{
    if (neighbor->has_route && !v6nf_address_equal(neighbor->address.bytes, destination) &&
        has_default_routes_only(node)) {
        node->default_hop.neighbor = neighbor_index(node, neighbor);
        node->default_hop.stamp = node->hops_stamp + neighbor->ended;
        node->default_hop.until = now + PROBE_INTERVAL;
    } else {
        v6nf_destination_set(node, destination, neighbor, 0u);
    }
}

/* Return the next hop of all off-link destinations, V6NF_NEIGHBORS if it is not known. */
static inline uint32_t default_hop(const struct v6nf_node *node, uint64_t now)
{
    const struct v6nf_default_hop *hop = &node->default_hop;
    bool is_current = hop->neighbor < V6NF_NEIGHBORS && now < hop->until &&
                      hop->stamp == node->hops_stamp + node->neighbors[hop->neighbor].ended;
    return is_current ? hop->neighbor : V6NF_NEIGHBORS;
}

uint32_t v6nf_nexthop_known(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash, uint64_t now)
{
    uint32_t known = node->destinations_used ? v6nf_destination_find_cached(node, destination, hash) : V6NF_NEIGHBORS;
    /* Own addresses are on-link by their own prefixes. */
    if (known >= V6NF_NEIGHBORS && v6nf_address_is_assignable(destination) &&
        !v6nf_route_is_on_link(node, destination)) {
        known = default_hop(node, now);
    }
    return known;
}

/* Return the index of the neighbor that packets for `destination` are sent to, if it was determined before; else
 * V6NF_NEIGHBORS. */
static uint32_t find_known(const struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    const uint32_t hash = destination_hash(node, destination);
    uint32_t known = destination_find_direct(node, destination, hash);
    return known < V6NF_NEIGHBORS ? known : v6nf_nexthop_known(node, destination, hash, now);
}
#else
uint32_t v6nf_nexthop_known(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash, uint64_t now)
{
    (void)now;
    return v6nf_destination_find_cached(node, destination, hash);
}

static uint32_t find_known(const struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    (void)now;
    return v6nf_destination_find(node, destination);
}

static void keep_hop(struct v6nf_node *node, const uint8_t *destination, struct v6nf_neighbor *neighbor, uint64_t now)
{
    (void)now;
    v6nf_destination_set(node, destination, neighbor, 0u);
}
#endif

struct v6nf_neighbor *v6nf_nexthop_find(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                                        enum v6nf_send_status *status, uint64_t now)
{
    uint32_t known = find_known(node, destination, now);
    if (known < V6NF_NEIGHBORS) {
        v6nf_admission_note(node, &node->neighbors[known], origin_of(status));
        return &node->neighbors[known];
    }
    bool depends = false;
    const uint8_t *hop = next_hop(node, destination, source, &depends, now);
    if (hop == NULL) {
        (void)v6nf_refuse(node, V6NF_DROP_NO_ROUTE, status);
        return NULL;
    }
    struct v6nf_neighbor *neighbor = v6nf_admission_resolve(node, hop, origin_of(status), now);
    if (neighbor == NULL) {
        (void)v6nf_refuse(node, V6NF_DROP_NO_NEIGHBOR, status);
        return NULL;
    }
    if (!depends) {
        keep_hop(node, destination, neighbor, now);
    }
    return neighbor;
}

/* Return the address of this next hop if it is not the destination itself, else NULL. */
static const uint8_t *router_of(const struct v6nf_node *node, uint32_t known, const uint8_t *destination)
{
    const uint8_t *hop = node->neighbors[known].address.bytes;
    return v6nf_address_equal(hop, destination) ? NULL : hop;
}

const uint8_t *v6nf_nexthop_router(const struct v6nf_node *node, const uint8_t *destination)
{
    uint32_t known = v6nf_destination_find(node, destination);
    if (known < V6NF_NEIGHBORS) {
        return router_of(node, known, destination);
    }
    if (never_leaves(node, destination) || v6nf_route_is_on_link(node, destination)) {
        return NULL;
    }
#if V6NF_HAS_INDEX
    known = default_hop(node, 0); /* also if other routers are about to be probed again */
    if (known < V6NF_NEIGHBORS) {
        return node->neighbors[known].address.bytes;
    }
#endif
    const struct v6nf_route *route = find_reachable(node, destination);
    if (route == NULL) {
        route = look_up_next(node, destination);
    }
    return route != NULL ? route->router.bytes : NULL;
}

#if V6NF_HAS_INDEX || V6NF_ROUTER_MEMORY
const uint8_t *v6nf_nexthop_first_hop(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                                      bool *depends, uint64_t now)
{
    uint32_t known = find_known(node, destination, now);
    *depends = false;
    if (known < V6NF_NEIGHBORS) {
        return router_of(node, known, destination);
    }
    if (never_leaves(node, destination) || v6nf_route_is_on_link(node, destination)) {
        return NULL;
    }
    const struct v6nf_route *route = find_reachable(node, destination);
    if (route != NULL) {
        return router_for_source(node, route, destination, source, depends);
    }
    route = look_up_next(node, destination);
    if (route == NULL) {
        return NULL;
    }
    *depends = depends_on_source(node, route);
    return route->router.bytes;
}
#endif
