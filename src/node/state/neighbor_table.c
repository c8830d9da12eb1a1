/* neighbor_table.c: look-ups in the Neighbor Cache off the fast path. */
#include "neighbor_table.h"

struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    return neighbor_find(node, address);
}

enum standing v6nf_neighbor_standing(const struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (v6nf_address_equal(neighbor->address.bytes, address) && neighbor->state > V6NF_NEIGHBOR_INCOMPLETE) {
            if (neighbor->confirmed) {
                return STANDING_ANSWERS;
            }
            return V6NF_ROUTER_MEMORY && neighbor->state != V6NF_NEIGHBOR_STALE ? STANDING_USED : STANDING_RESOLVED;
        }
    }
    return STANDING_NONE;
}
