/* destination.c: the Destination Cache (RFC 4861, 5.1 and 5.2).
 *
 * An entry of the cache has a stamp: the number of the determination in which it was made, plus the number of ends of
 * its neighbor. Both only grow, so that it changes with each event that makes the entry wrong. */
#include "destination.h"

#include "../base/random.h"

static uint32_t hop_number(const struct v6nf_cache_entry *entry)
{
    return entry->value & ~V6NF_DESTINATION_REDIRECTED;
}

/* Return the set of the destinations with this hash. */
static uint32_t set_of(uint32_t hash)
{
    return V6NF_CACHE_WAYS * v6nf_hash_index(hash, V6NF_DESTINATIONS / V6NF_CACHE_WAYS);
}

/* Return the stamp of an entry that is made now. */
static uint32_t stamp_of(const struct v6nf_node *node, uint32_t value)
{
    bool is_redirected = (value & V6NF_DESTINATION_REDIRECTED) != 0u;
    return (is_redirected ? node->redirects_stamp : node->hops_stamp) +
           node->neighbors[value & ~V6NF_DESTINATION_REDIRECTED].ended;
}

uint32_t v6nf_destination_find_cached(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash)
{
    const struct v6nf_cache_entry *entry = v6nf_cache_find(&node->destinations[set_of(hash)], destination);
    bool is_current =
        entry != NULL && hop_number(entry) < V6NF_NEIGHBORS && entry->stamp == stamp_of(node, entry->value);
    return is_current ? hop_number(entry) : V6NF_NEIGHBORS;
}

uint32_t v6nf_destination_find(const struct v6nf_node *node, const uint8_t *destination)
{
    const uint32_t hash = destination_hash(node, destination);
    const uint32_t number = destination_find_direct(node, destination, hash);
    return number < V6NF_NEIGHBORS ? number : v6nf_destination_find_cached(node, destination, hash);
}

/* Note whether the cache has entries. A small one is searched in any case. */
static void note_used(struct v6nf_node *node, bool are_used)
{
#if V6NF_HAS_INDEX
    node->destinations_used = are_used;
#else
    (void)node, (void)are_used;
#endif
}

void v6nf_destination_set(struct v6nf_node *node, const uint8_t *destination, struct v6nf_neighbor *neighbor,
                          uint32_t redirected)
{
    forget_last_hop(node);
    if (!v6nf_address_equal(neighbor->address.bytes, destination)) {
        const uint32_t value = neighbor_index(node, neighbor) | redirected;
        note_used(node, true);
        (void)v6nf_cache_store(&node->destinations[set_of(destination_hash(node, destination))], destination, value,
                               stamp_of(node, value));
    } else if (redirected != 0u) {
        neighbor->redirected = node->redirects_stamp;
    } else {
        neighbor->direct = node->hops_stamp;
    }
}

#if V6NF_ROUTER_MEMORY
/* Write the key of both addresses in the cache. No other host can choose addresses with the same key, nor is it the
 * address of a destination. */
static void write_pair_key(const struct v6nf_node *node, uint8_t *key, const uint8_t *destination,
                           const uint8_t *source)
{
    uint8_t input[2u * V6NF_ADDRESS_SIZE + 1u];
    v6nf_address_copy(input, destination);
    v6nf_address_copy(input + V6NF_ADDRESS_SIZE, source);
    for (uint8_t half = 0; half < 2u; half++) {
        input[2u * V6NF_ADDRESS_SIZE] = half;
        v6nf_store_word64(key + 8u * half, v6nf_keyed_hash(node->key, input, sizeof input));
    }
}

void v6nf_destination_set_from(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                               struct v6nf_neighbor *neighbor)
{
    const uint32_t value = neighbor_index(node, neighbor) | V6NF_DESTINATION_REDIRECTED;
    uint8_t key[V6NF_ADDRESS_SIZE];
    write_pair_key(node, key, destination, source);
    forget_last_hop(node);
    node->source_redirects = true;
    (void)v6nf_cache_store(&node->destinations[set_of(destination_hash(node, key))], key, value, stamp_of(node, value));
}

uint32_t v6nf_destination_find_from(const struct v6nf_node *node, const uint8_t *destination, const uint8_t *source)
{
    uint8_t key[V6NF_ADDRESS_SIZE];
    if (!node->source_redirects) {
        return V6NF_NEIGHBORS;
    }
    write_pair_key(node, key, destination, source);
    return v6nf_destination_find_cached(node, key, destination_hash(node, key));
}
#endif

#if V6NF_HAS_INDEX
/* The next hop need not be kept: v6nf_nexthop_known() may find it otherwise, or it depends on the source. */
void v6nf_destination_note(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_cache_entry *set = &node->destinations[set_of(destination_hash(node, destination))];
    if (v6nf_cache_find(set, destination) == NULL && v6nf_destination_find(node, destination) >= V6NF_NEIGHBORS) {
        note_used(node, true);
        (void)v6nf_cache_store(set, destination, V6NF_NEIGHBORS, 0u);
    }
}

bool v6nf_destination_is_noted(const struct v6nf_node *node, const uint8_t *destination)
{
    const uint32_t hash = destination_hash(node, destination);
    return v6nf_destination_find(node, destination) < V6NF_NEIGHBORS ||
           v6nf_cache_find(&node->destinations[set_of(hash)], destination) != NULL;
}
#endif

void v6nf_destination_forget_router(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    neighbor->ended++;
    forget_last_hop(node);
}

void v6nf_destination_forget_address(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_cache_entry *set = &node->destinations[set_of(destination_hash(node, destination))];
    const struct v6nf_cache_entry *entry = v6nf_cache_find(set, destination);
    if (entry != NULL) {
        set[entry - set].value = V6NF_NEIGHBORS;
    }
    forget_last_hop(node);
}

/* Count a stamp up. It is never 0, which marks neighbors that are not direct. */
static void renew_stamp(uint32_t *stamp)
{
    *stamp += *stamp == UINT32_MAX ? 2u : 1u;
}

void v6nf_destination_redetermine(struct v6nf_node *node)
{
    renew_stamp(&node->hops_stamp);
    forget_last_hop(node);
}

void v6nf_destination_forget_all(struct v6nf_node *node)
{
    renew_stamp(&node->redirects_stamp);
    note_used(node, false);
#if V6NF_ROUTER_MEMORY
    node->source_redirects = false;
#endif
    v6nf_destination_redetermine(node);
}
