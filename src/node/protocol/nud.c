/* nud.c: neighbors are solicited: address resolution and Neighbor Unreachability Detection (RFC 4861, 7.2.2 and 7.3.3). */
#include "nud.h"

#include "../output/solicit.h"
#include "../state/neighbor.h"

uint32_t v6nf_nud_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (!v6nf_neighbor_must_solicit(node, neighbor, now)) {
            continue;
        }
        uint32_t length = v6nf_solicit_neighbor(node, frame, capacity, neighbor);
        v6nf_neighbor_solicited(node, neighbor, length != 0u, now);
        if (length != 0u) {
            return length;
        }
    }
    return 0;
}
