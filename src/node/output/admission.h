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

#if V6NF_FORWARDING
/* Return true if a packet that passes through may begin a resolution, or needs none: it does not evict another one so
 * soon that its neighbor could not answer. A scan then costs others a part of their packets, not all of them (RFC 6583,
 * 7.1). */
bool v6nf_admission_has_turn(struct v6nf_node *node, const uint8_t *address, uint64_t now);
#endif

/* Process the link-layer address `mac` that a solicitation from `address` gave (RFC 4861, 7.2.3).
 * own: the address that answers, NULL if the answer is noted later.
 * Return the entry of `address`. Return NULL if it has none: it is the node's own or off-link, or no entry can be
 * evicted. */
struct v6nf_neighbor *v6nf_admission_solicited(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                               const uint8_t *own, uint64_t now);

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
