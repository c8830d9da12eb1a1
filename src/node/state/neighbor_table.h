/* neighbor_table.h: look-ups in the Neighbor Cache (RFC 4861, 5.1). */
#ifndef V6NF_NODE_STATE_NEIGHBOR_TABLE_H
#define V6NF_NODE_STATE_NEIGHBOR_TABLE_H

#include "../base/core.h"

/* Return the entry of `address`, NULL if it has none. Inline for the fast path. */
static inline struct v6nf_neighbor *neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (v6nf_address_equal(neighbor->address.bytes, address) && neighbor->state != V6NF_NEIGHBOR_FREE) {
            return neighbor;
        }
    }
    return NULL;
}

struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address);

/* How much is known of a neighbor. */
enum standing {
    STANDING_NONE,     /* nothing, or its link-layer address is not known */
    STANDING_RESOLVED, /* it is probably reachable (RFC 4861, 6.3.6), but an unknown host can invent such a neighbor */
    STANDING_USED,     /* the same, and a packet was sent to it: it is about to be asked, or being asked */
    STANDING_ANSWERS   /* it has answered a solicitation, and is not known to be unreachable since */
};

enum standing v6nf_neighbor_standing(const struct v6nf_node *node, const uint8_t *address);

static inline bool neighbor_answers(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_neighbor_standing(node, address) == STANDING_ANSWERS;
}

static inline uint32_t neighbor_index(const struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    return (uint32_t)(neighbor - node->neighbors);
}

/* Return true if the entry, NULL for none, has the station's link-layer address `mac`. An INCOMPLETE entry has 0, which
 * is no station's. */
static inline bool neighbor_knows(const struct v6nf_neighbor *neighbor, const uint8_t *mac)
{
    return neighbor != NULL && v6nf_ether_address_equal(neighbor->mac, mac);
}

static inline bool neighbor_is_reachable(const struct v6nf_neighbor *neighbor, uint64_t now)
{
    return now < neighbor->reachable_until;
}

#endif
