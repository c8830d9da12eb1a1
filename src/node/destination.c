/* destination.c: the Destination Cache and next-hop determination (RFC 4861, 5.1 and 5.2).
 *
 * The cache is direct-mapped: an address has one place, and what was there is forgotten. Nothing is lost by that but the
 * time to determine the next hop again. */
#include "internal.h"

/* Next-hop determination. NULL if there is no next hop. */
static const uint8_t *next_hop(const struct v6nf_node *node, const uint8_t *destination)
{
    /* A node is not its own neighbor; :: and ::1 never leave it (RFC 4291, 2.5.2 and 2.5.3). */
    if (v6nf_interface_has(node, destination) || v6nf_address_is_unspecified(destination) ||
        v6nf_address_is_loopback(destination)) {
        return NULL;
    }
    if (v6nf_interface_is_on_link(node, destination)) {
        return destination;
    }
    /* Without a router nothing more is assumed to be on-link (RFC 5942, 4). */
    return node->has_gateway ? node->gateway.bytes : NULL;
}

struct v6nf_neighbor *v6nf_destination_find(struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    struct v6nf_destination *slot = &node->destinations[destination_slot(destination)];
    if (slot->neighbor < V6NF_NEIGHBORS && v6nf_address_equal(slot->address.bytes, destination)) {
        return &node->neighbors[slot->neighbor];
    }
    const uint8_t *hop = next_hop(node, destination);
    if (hop == NULL) {
        count(node, V6NF_DROP_NO_ROUTE);
        return NULL;
    }
    struct v6nf_neighbor *neighbor = neighbor_find(node, hop);
    if (neighbor == NULL) {
        neighbor = v6nf_neighbor_create(node, hop, now);
    }
    if (neighbor != NULL) {
        v6nf_address_copy(slot->address.bytes, destination);
        slot->neighbor = neighbor_index(node, neighbor);
    }
    return neighbor;
}

void v6nf_destination_forget(struct v6nf_node *node, uint32_t neighbor)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        if (neighbor == V6NF_NEIGHBORS || node->destinations[i].neighbor == neighbor) {
            node->destinations[i].neighbor = V6NF_NEIGHBORS;
        }
    }
}

enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway)
{
    const uint8_t *bytes = gateway->bytes;
    if (v6nf_address_is_multicast(bytes) || v6nf_address_is_unspecified(bytes) || v6nf_address_is_loopback(bytes) ||
        v6nf_interface_has(node, bytes) || !v6nf_interface_is_on_link(node, bytes)) {
        return V6NF_INVALID;
    }
    node->gateway = *gateway;
    node->has_gateway = true;
    v6nf_destination_forget(node, V6NF_NEIGHBORS);
    return V6NF_OK;
}
