/* destination.h: the Destination Cache (RFC 4861, 5.1): the next hops that were determined.
 *
 * That of an on-link destination is its own entry in the Neighbor Cache, marked `direct`. The others are in a
 * set-associative cache. The next hop of the last packet is kept apart, for the fast path. All of them count only until
 * something changes that they depend on. */
#ifndef V6NF_NODE_STATE_DESTINATION_H
#define V6NF_NODE_STATE_DESTINATION_H

#include "neighbor_table.h"

/* Return the hash of an address for the look-ups of this file. */
static inline uint32_t destination_hash(const struct v6nf_node *node, const uint8_t *address)
{
#if V6NF_HAS_INDEX
    return v6nf_hash_address(&node->hash_key, address);
#else
    (void)node, (void)address;
    return 0; /* there is one set */
#endif
}

/* Return the index of the entry of `destination` in the Neighbor Cache if it is its own next hop, else
 * V6NF_NEIGHBORS. */
static inline uint32_t destination_find_direct(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash)
{
    const uint32_t number = neighbor_find_hashed(node, destination, hash);
    bool is_direct = number < V6NF_NEIGHBORS && (node->neighbors[number].direct == node->hops_stamp ||
                                                 node->neighbors[number].redirected == node->redirects_stamp);
    return is_direct ? number : V6NF_NEIGHBORS;
}

/* Return the index of the next hop in the cache of off-link destinations, V6NF_NEIGHBORS if that is not known. */
uint32_t v6nf_destination_find_cached(const struct v6nf_node *node, const uint8_t *destination, uint32_t hash);

/* Return the index of the neighbor that packets for the unicast address `destination` are sent to; V6NF_NEIGHBORS if
 * that is not known. */
uint32_t v6nf_destination_find(const struct v6nf_node *node, const uint8_t *destination);

/* Make the neighbor the next hop for `destination`. redirected: V6NF_DESTINATION_REDIRECTED if a Redirect says so (RFC
 * 4861, 8.3), else 0. */
void v6nf_destination_set(struct v6nf_node *node, const uint8_t *destination, struct v6nf_neighbor *neighbor,
                          uint32_t redirected);

#if V6NF_ROUTER_MEMORY
/* Make the neighbor the next hop of packets from `source` only, because a Redirect of its router says so (RFC 8028,
 * 3.3). */
void v6nf_destination_set_from(struct v6nf_node *node, const uint8_t *destination, const uint8_t *source,
                               struct v6nf_neighbor *neighbor);

/* Return the index of that neighbor, V6NF_NEIGHBORS if there is none. */
uint32_t v6nf_destination_find_from(const struct v6nf_node *node, const uint8_t *destination, const uint8_t *source);
#endif

/* Keep the next hop for the next packet to `destination`, if that is no longer than `longest_frame` with its Ethernet
 * header. */
static inline void keep_last_hop(struct v6nf_node *node, const uint8_t *destination, uint32_t neighbor,
                                 uint32_t longest_frame)
{
    v6nf_address_copy(node->last_hop.destination.bytes, destination);
    node->last_hop.neighbor = neighbor;
    node->last_hop.longest_frame = longest_frame;
}

#if V6NF_HAS_INDEX
/* Note that a packet of more than the minimum MTU is sent to `destination`: a Packet Too Big may follow. */
void v6nf_destination_note(struct v6nf_node *node, const uint8_t *destination);

/* Return true if it is known that packets are sent to `destination`. */
bool v6nf_destination_is_noted(const struct v6nf_node *node, const uint8_t *destination);
#else
/* Each next hop is in the cache. */
static inline void v6nf_destination_note(struct v6nf_node *node, const uint8_t *destination)
{
    (void)node, (void)destination;
}

static inline bool v6nf_destination_is_noted(const struct v6nf_node *node, const uint8_t *destination)
{
    return v6nf_destination_find(node, destination) < V6NF_NEIGHBORS;
}
#endif

/* Forget the off-link destinations whose next hop is this neighbor, which is no router any more. */
void v6nf_destination_forget_router(struct v6nf_node *node, struct v6nf_neighbor *neighbor);

/* Forget the next hop of this destination. */
void v6nf_destination_forget_address(struct v6nf_node *node, const uint8_t *destination);

/* Forget all next hops but those of Redirects. */
void v6nf_destination_redetermine(struct v6nf_node *node);

/* Forget all next hops. */
void v6nf_destination_forget_all(struct v6nf_node *node);

#endif
