/* neighbor_table.c: look-ups in the Neighbor Cache off the fast path. */
#include "neighbor_table.h"

struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    return neighbor_find(node, address);
}
