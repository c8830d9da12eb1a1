/* admission.h: who gets an entry in the Neighbor Cache. */
#ifndef V6NF_NODE_OUTPUT_ADMISSION_H
#define V6NF_NODE_OUTPUT_ADMISSION_H

#include "../base/core.h"

/* Make an INCOMPLETE entry, and evict another if necessary (RFC 6583). The caller solicits it. Return NULL if none can
 * be evicted. */
struct v6nf_neighbor *v6nf_admission_create(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                            uint64_t now);

/* Note that a packet of this origin is sent to the neighbor. */
void v6nf_admission_note(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_origin origin);

/* Return the entry of `address` for a packet to it, a new one if there is none. Return NULL if no entry can be
 * evicted. */
struct v6nf_neighbor *v6nf_admission_resolve(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                             uint64_t now);

/* Set the link-layer address of the entry, of a new one if it is NULL. Return the entry, STALE now; NULL if none can be
 * evicted. */
struct v6nf_neighbor *v6nf_admission_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor,
                                           const uint8_t *address, const uint8_t *mac, uint64_t now);

/* Make an entry with this link-layer address, and note that an answer from the address `source` is sent to it. Return
 * the entry, NULL if none can be evicted. */
struct v6nf_neighbor *v6nf_admission_answer(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                            const uint8_t *source, uint64_t now);

/* Process what a router advertised of the neighbor `address`: its link-layer address, NULL for none (RFC 4861, 6.3.4
 * and 8.3). Return its entry, STALE if that is new; NULL if it has none. */
struct v6nf_neighbor *v6nf_admission_advertised(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                                uint64_t now);

/* Free the entry. Drop the packets that wait for the neighbor, for `cause`, and report them to the program. Forget the
 * destinations whose next hop it is. */
void v6nf_admission_end(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_counter cause);

/* The same for all entries: their neighbors are unreachable. */
void v6nf_admission_end_all(struct v6nf_node *node);

#endif
