/* hops.c: what changes of routes, routers and own addresses mean for the Destination Cache. */
#include "hops.h"

#include "../state/destination.h"
#include "../state/neighbor_table.h"
#include "../state/route.h"

void v6nf_hops_changed(struct v6nf_node *node)
{
    v6nf_destination_redetermine(node);
    /* A host to which a router redirected may have become the node itself. */
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        v6nf_destination_forget_address(node, node->addresses[i].address.bytes);
    }
}

void v6nf_hops_lost_router(struct v6nf_node *node, const uint8_t *router)
{
    const struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, router);
    if (neighbor != NULL) {
        v6nf_destination_forget_router(node, neighbor_index(node, neighbor));
    }
    v6nf_hops_changed(node);
}

void v6nf_hops_resolved(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    if (v6nf_route_has_router(node, neighbor->address.bytes)) {
        v6nf_hops_changed(node);
    }
}

void v6nf_hops_no_router(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    const uint8_t *router = neighbor->address.bytes;
    if (v6nf_route_end(node, router, 0)) {
        v6nf_hops_lost_router(node, router);
    } else if (!v6nf_route_has_router(node, router)) {
        v6nf_destination_forget_router(node, neighbor_index(node, neighbor)); /* also forget Redirects to it */
    }
}

void v6nf_hops_expire(struct v6nf_node *node, uint64_t now)
{
    uint8_t router[V6NF_ADDRESS_SIZE];
    for (uint32_t i = 0; i < ROUTES_ALL && v6nf_route_expire(node, router, now); i++) {
        v6nf_hops_lost_router(node, router);
    }
}
