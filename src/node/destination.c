/* destination.c: the Destination Cache and next-hop determination (RFC 4861, 5.1 and 5.2).
 *
 * The cache is direct-mapped: an address has one place, and what was there is forgotten. Nothing is lost by that but the
 * time to determine the next hop again. */
#include "internal.h"

struct v6nf_neighbor *v6nf_destination_resolve(struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    const uint8_t *next_hop = destination;
    if (!v6nf_interface_is_on_link(node, destination)) {
        next_hop = node->gateway.bytes;
    }
    /* Without a gateway nothing is assumed to be on-link (RFC 5942, 4); and a node is not its own neighbor. */
    if ((next_hop != destination && !node->has_gateway) || v6nf_interface_find(node, destination) != NO_ADDRESS) {
        count(node, V6NF_DROP_NO_ROUTE);
        return NULL;
    }
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, next_hop);
    if (neighbor == NULL) {
        neighbor = v6nf_neighbor_create(node, next_hop, now);
        if (neighbor == NULL) {
            return NULL;
        }
    }
    struct v6nf_destination *slot = &node->destinations[destination_slot(destination)];
    v6nf_address_copy(slot->address.bytes, destination);
    slot->neighbor = neighbor_index(node, neighbor);
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
        v6nf_interface_find(node, bytes) != NO_ADDRESS || !v6nf_interface_is_on_link(node, bytes)) {
        return V6NF_INVALID;
    }
    node->gateway = *gateway;
    node->has_gateway = true;
    v6nf_destination_forget(node, V6NF_NEIGHBORS);
    return V6NF_OK;
}
