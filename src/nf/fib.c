/* fib.c: the routes of a router, and the next hops that they share. */
#include "v6nf/nf/fib.h"

#define HOP_WORDS (V6NF_FIB_HOP_KEY_SIZE / 8u)

bool v6nf_fib_init(struct v6nf_fib *fib, uint64_t *memory, uint32_t routes, uint32_t longs, uint32_t hops,
                   uint32_t root_bits, const uint8_t *secret)
{
    if (hops < 1u || hops > V6NF_HASH_MAP_CAPACITY_MAX ||
        !v6nf_lookup_init(&fib->lookup, memory, routes, longs, root_bits, secret)) {
        return false;
    }
    memory += V6NF_LOOKUP_WORDS(routes, longs, root_bits);
    (void)v6nf_hash_map_init(&fib->hop_map, memory, hops, V6NF_FIB_HOP_KEY_SIZE, secret);
    memory += V6NF_HASH_MAP_WORDS(hops, V6NF_FIB_HOP_KEY_SIZE);
    fib->routes = (struct v6nf_fib_route *)memory;
    fib->hops = (struct v6nf_fib_hop *)(memory + 4u * (size_t)routes);
    fib->routes_max = routes;
    fib->used = 0;
    fib->free = V6NF_FIB_NONE;
    fib->removed_first = V6NF_FIB_NONE;
    fib->removed_last = V6NF_FIB_NONE;
    return true;
}

/* -- Hops ---------------------------------------------------------------------------------------------------------- */

/* Return the number of the hop, which is made if there is none; V6NF_HASH_MAP_NONE if none is free. Its use is not
 * counted yet. */
static uint32_t find_hop(struct v6nf_fib *fib, enum v6nf_fib_kind kind, uint32_t interface, const uint8_t *address)
{
    uint8_t key[V6NF_FIB_HOP_KEY_SIZE];
    v6nf_address_copy(key, address);
    v6nf_store_word64(key + V6NF_ADDRESS_SIZE, ((uint64_t)kind << 32) + interface);
    uint32_t hop = v6nf_hash_map_find_sized(&fib->hop_map, key, V6NF_FIB_HOP_KEY_SIZE);
    if (hop != V6NF_HASH_MAP_NONE) {
        return hop;
    }
    hop = v6nf_hash_map_add(&fib->hop_map, key, 0u);
    if (hop != V6NF_HASH_MAP_NONE) {
        struct v6nf_fib_hop *its = &fib->hops[hop];
        *its = (struct v6nf_fib_hop){.interface = interface, .kind = (uint8_t)kind};
        v6nf_address_copy(its->address.bytes, address);
    }
    return hop;
}

/* Forget the hop if no route has it. */
static void forget_unused_hop(struct v6nf_fib *fib, uint32_t hop)
{
    if (fib->hops[hop].uses == 0u) {
        v6nf_hash_map_remove(&fib->hop_map, hop);
    }
}

static void leave_hop(struct v6nf_fib *fib, uint32_t hop)
{
    fib->hops[hop].uses--;
    forget_unused_hop(fib, hop);
}

/* -- Routes -------------------------------------------------------------------------------------------------------- */

/* Return the number of a free route, V6NF_FIB_NONE if none is free. It is not taken yet. */
static uint32_t free_route(const struct v6nf_fib *fib)
{
    if (fib->free != V6NF_FIB_NONE) {
        return fib->free;
    }
    return fib->used < fib->routes_max ? fib->used : V6NF_FIB_NONE;
}

static void take_route(struct v6nf_fib *fib, uint32_t number, uint32_t hop)
{
    if (number == fib->free) {
        fib->free = fib->routes[number].next;
    } else {
        fib->used++;
    }
    fib->routes[number] = (struct v6nf_fib_route){.hop = hop, .next = V6NF_FIB_NONE};
    fib->hops[hop].uses++;
}

/* Add a route to a prefix that has none. */
static enum v6nf_fib_result add_new_route(struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length, uint32_t hop)
{
    const uint32_t number = free_route(fib);
    const enum v6nf_lookup_result result =
        number != V6NF_FIB_NONE ? v6nf_lookup_add(&fib->lookup, prefix, length, number) : V6NF_LOOKUP_FULL;
    if (result != V6NF_LOOKUP_OK) {
        return result == V6NF_LOOKUP_FULL ? V6NF_FIB_FULL : V6NF_FIB_INVALID;
    }
    take_route(fib, number, hop);
    return V6NF_FIB_OK;
}

static bool is_next_hop(const uint8_t *address)
{
    return address != NULL && !v6nf_address_is_multicast(address) && !v6nf_address_is_unspecified(address) &&
           !v6nf_address_is_loopback(address) && !v6nf_address_is_ipv4_mapped(address);
}

enum v6nf_fib_result v6nf_fib_add(struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length, enum v6nf_fib_kind kind,
                                  uint32_t interface, const uint8_t *next_hop)
{
    static const struct v6nf_address none = {{0}};
    if ((uint32_t)kind >= V6NF_FIB_KINDS || (kind == V6NF_FIB_NEXT_HOP && !is_next_hop(next_hop))) {
        return V6NF_FIB_INVALID;
    }
    const uint32_t hop = find_hop(fib, kind, kind <= V6NF_FIB_DELIVER ? interface : 0u,
                                  kind == V6NF_FIB_NEXT_HOP ? next_hop : none.bytes);
    if (hop == V6NF_HASH_MAP_NONE) {
        return V6NF_FIB_FULL;
    }
    const uint32_t number = v6nf_fib_route_of(fib, prefix, length);
    enum v6nf_fib_result result = V6NF_FIB_OK;
    if (number == V6NF_FIB_NONE) {
        result = add_new_route(fib, prefix, length, hop);
        forget_unused_hop(fib, hop);
    } else {
        fib->hops[hop].uses++;
        leave_hop(fib, fib->routes[number].hop);
        fib->routes[number].hop = hop;
    }
    return result;
}

/* Keep a removed route until no look-up finds it: a build that has begun may still contain it. */
static void keep_removed(struct v6nf_fib *fib, uint32_t number)
{
    const struct v6nf_lookup *lookup = &fib->lookup;
    struct v6nf_fib_route *route = &fib->routes[number];
    route->free_after = lookup->builds + (lookup->build.phase != V6NF_LOOKUP_IDLE ? 2u : 1u);
    route->next = V6NF_FIB_NONE;
    if (fib->removed_first == V6NF_FIB_NONE) {
        fib->removed_first = number;
    } else {
        fib->routes[fib->removed_last].next = number;
    }
    fib->removed_last = number;
}

enum v6nf_fib_result v6nf_fib_remove(struct v6nf_fib *fib, const uint8_t *prefix, uint32_t length)
{
    const uint32_t number = v6nf_fib_route_of(fib, prefix, length);
    const enum v6nf_lookup_result result = v6nf_lookup_remove(&fib->lookup, prefix, length);
    if (result != V6NF_LOOKUP_OK) {
        return result == V6NF_LOOKUP_ABSENT ? V6NF_FIB_ABSENT : V6NF_FIB_INVALID;
    }
    keep_removed(fib, number);
    return V6NF_FIB_OK;
}

/* Removed routes that become free in a step. */
#define RELEASE_STEP 256u

/* Make removed routes free that no look-up finds any more. Return true if there was one. */
static bool release_removed(struct v6nf_fib *fib)
{
    uint32_t count = 0;
    while (count < RELEASE_STEP && fib->removed_first != V6NF_FIB_NONE &&
           fib->routes[fib->removed_first].free_after <= fib->lookup.builds) {
        const uint32_t number = fib->removed_first;
        struct v6nf_fib_route *route = &fib->routes[number];
        fib->removed_first = route->next;
        leave_hop(fib, route->hop);
        route->next = fib->free;
        fib->free = number;
        count++;
    }
    return count != 0u;
}

bool v6nf_fib_step(struct v6nf_fib *fib)
{
    return release_removed(fib) || v6nf_lookup_step(&fib->lookup);
}
