/* nexthop_valid.c: the invariant of what is remembered of default routers, for tests. */
#include "nexthop.h"

#ifdef V6NF_INVARIANTS
#if V6NF_ROUTER_MEMORY && V6NF_ADDRESSES_INDEXED
#include "../state/route.h"

/* Return the bits of the default routers that packets may use. */
static uint32_t usable_routers(const struct v6nf_node *node)
{
    uint32_t usable = 0;
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        usable |= route_is_usable(&node->routes[i]) ? 1u << i : 0u;
    }
    return usable;
}

/* Return the bits of the default routers instead of which an own address needs another one (RFC 8028, 3.2). */
static uint32_t insufficient_routers(const struct v6nf_node *node)
{
    const uint32_t usable = usable_routers(node);
    uint32_t insufficient = 0;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const uint32_t routers = node->addresses[i].routers;
        insufficient |= (routers & usable) != 0u ? ~routers : 0u;
    }
    return insufficient;
}

bool v6nf_nexthop_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_address_index *index = &node->address_index;
    return index->depend_stamp != index->stamp + node->hops_stamp ||
           ((insufficient_routers(node) ^ index->depend) & index->depend_known) == 0u;
}
#else
bool v6nf_nexthop_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif
#endif
