/* neighbor.h: the entries of the Neighbor Cache: who gets one, and their states (RFC 4861, 7.3.2). */
#ifndef V6NF_NODE_STATE_NEIGHBOR_H
#define V6NF_NODE_STATE_NEIGHBOR_H

#include "neighbor_table.h"

/* Make an INCOMPLETE entry without a timer, and evict another if necessary (RFC 6583). Return NULL if none can be
 * evicted. */
struct v6nf_neighbor *v6nf_neighbor_create(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                           uint64_t now);

/* Return the entry of `address` for a packet to it, a new one if there is none. Return NULL if no entry can be evicted,
 * or if unknown hosts make the node resolve too many at once. */
struct v6nf_neighbor *v6nf_neighbor_resolve(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                            uint64_t now);

/* Process what a router advertised of the neighbor `address`: its link-layer address, NULL for none (RFC 4861, 6.3.4 and
 * 8.3). Return its entry, STALE if that is new; NULL if it has none. */
struct v6nf_neighbor *v6nf_neighbor_told(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                         uint64_t now);

/* Make a solicitation of an INCOMPLETE neighbor due: a single one, unless others follow a packet. */
void v6nf_neighbor_probe(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

/* Process a link-layer address that a packet from `address` gave, and that the entry, NULL for none, does not have. The
 * packet is no answer (RFC 4861, 7.2.3). Return false if the address is one of the node's own. */
bool v6nf_neighbor_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address,
                         const uint8_t *mac, uint64_t now);

/* Process an advertisement with these flags. mac: NULL without a link-layer address (RFC 4861, 7.2.5). */
void v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                              uint32_t flags, uint64_t now);

/* Note that a packet is sent to the neighbor (RFC 4861, 7.3.3). own: index of its source. */
void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint32_t own, uint64_t now);

/* Forget the neighbor with this address, all for NULL, and the packets that wait for it. */
void v6nf_neighbor_forget(struct v6nf_node *node, const uint8_t *address);

/* Note a solicitation of the neighbor, and set the time of the next. It counts as an attempt only if `is_sent`. */
void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now);

/* Return true if the neighbor must be solicited now. Forget it if it did not answer any solicitation. */
bool v6nf_neighbor_must_solicit(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

uint64_t v6nf_neighbor_due(const struct v6nf_node *node);

#endif
