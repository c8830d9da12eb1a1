/* hops.c: what changes of routes, routers and own addresses mean for the Destination Cache. */
#include "hops.h"

#include "../state/destination.h"
#include "../state/neighbor_table.h"
#include "../state/route.h"

/* Mark the neighbor if there is a route via it: it is then never evicted. */
static void mark_router(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    if (neighbor->has_route != v6nf_route_has_router(node, neighbor->address.bytes)) {
        neighbor->has_route = !neighbor->has_route;
        v6nf_neighbor_list(node, neighbor);
    }
}

/* Mark the neighbors that routes name, and no others. */
#if NEIGHBORS_HAVE_INDEX
static void mark_routers(struct v6nf_node *node)
{
    const struct v6nf_neighbor_index *index = &node->neighbor_index;
    uint32_t at = index->lists[V6NF_NEIGHBOR_HOP].oldest;
    for (uint32_t i = 0; i < ROUTES_PREFIXES && at < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[at];
        at = index->links[at].newer;
        mark_router(node, neighbor);
    }
    for (uint32_t i = 0; i < ROUTES_PREFIXES; i++) {
        struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, node->routes[i].router.bytes);
        if (neighbor != NULL && !route_is_free(&node->routes[i])) {
            mark_router(node, neighbor);
        }
    }
}
#else
static void mark_routers(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        mark_router(node, &node->neighbors[i]);
    }
}
#endif

void v6nf_hops_changed(struct v6nf_node *node)
{
    mark_routers(node);
    v6nf_destination_redetermine(node);
}

void v6nf_hops_lost_router(struct v6nf_node *node, const uint8_t *router)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, router);
    if (neighbor != NULL) {
        v6nf_destination_forget_router(node, neighbor);
    }
    v6nf_hops_changed(node);
}

void v6nf_hops_resolved(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    if (neighbor->has_route) {
        v6nf_hops_changed(node);
    }
}

void v6nf_hops_no_router(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    const uint8_t *router = neighbor->address.bytes;
    if (v6nf_route_end(node, router, 0)) {
        v6nf_hops_lost_router(node, router);
    } else if (!v6nf_route_has_router(node, router)) {
        v6nf_destination_forget_router(node, neighbor); /* also forget Redirects to it */
    }
}

void v6nf_hops_expire(struct v6nf_node *node, uint64_t now)
{
    uint8_t router[V6NF_ADDRESS_SIZE];
    for (uint32_t i = 0; i < ROUTES_ALL && v6nf_route_expire(node, router, now); i++) {
        v6nf_hops_lost_router(node, router);
    }
}
