/* select_valid.c: the invariant of source addresses that are remembered, for tests. */
#include "select.h"

#ifdef V6NF_INVARIANTS
#if V6NF_ADDRESSES_INDEXED
#include "../state/route.h"
#include "nexthop.h"

static bool have_different_routers(const struct v6nf_node *node)
{
    bool differ = false;
    for (uint32_t i = 1; i < node->addresses_used && V6NF_ROUTER_MEMORY; i++) {
        differ = differ || node->addresses[i].routers != node->addresses[0].routers;
    }
    return differ;
}

/* Return how packets are sent to the destination, as the value of an entry says it. */
static uint32_t way_to(const struct v6nf_node *node, const uint8_t *destination)
{
    const uint8_t *hop = have_different_routers(node) ? v6nf_nexthop_router(node, destination) : NULL;
    return hop != NULL ? 2u * v6nf_route_router_bit(node, hop) + 1u : 0u;
}

bool v6nf_select_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_address_index *index = &node->address_index;
    if (index->looked_stamp == index->stamp && index->differ != have_different_routers(node)) {
        return false;
    }
    for (uint32_t i = 0; i < V6NF_SOURCES; i++) {
        const struct v6nf_cache_entry *entry = &index->sources[i];
        uint8_t destination[V6NF_ADDRESS_SIZE];
        v6nf_store_word64(destination, entry->key[0]);
        v6nf_store_word64(destination + 8, entry->key[1]);
        if (entry->stamp == index->stamp && entry->value >> 9 == way_to(node, destination) &&
            entry->value % 512u != v6nf_select_best(node, destination)) {
            return false;
        }
    }
    return true;
}
#else
bool v6nf_select_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif
#endif
