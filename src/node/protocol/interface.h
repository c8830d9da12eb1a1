/* interface.h: addresses are added to the node and removed. */
#ifndef V6NF_NODE_PROTOCOL_INTERFACE_H
#define V6NF_NODE_PROTOCOL_INTERFACE_H

#include "dad.h"

/* Form the link-local address. */
void v6nf_interface_init(struct v6nf_node *node, uint64_t now);

/* Add a copy of *address, for which there is a slot, and begin its detection. Return it. */
struct v6nf_interface_address *v6nf_interface_add(struct v6nf_node *node, const struct v6nf_interface_address *address,
                                                  uint64_t now);

/* Who needs a slot for an address. Each has precedence over those before it. */
enum interface_claim { INTERFACE_FOR_UNKNOWN_ROUTER, INTERFACE_FOR_ROUTER, INTERFACE_FOR_PROGRAM };

/* Return true if there is a free slot for an address, after an address that a router made the node form was removed, if
 * necessary. An unknown router gets only slots of others. One that answers also gets slots of addresses that are not
 * preferred, the program any. */
bool v6nf_interface_make_slot(struct v6nf_node *node, enum interface_claim claim);

/* Begin detection for the address, and start what follows from its result: announcements, reports of groups, Router
 * Solicitations. */
void v6nf_interface_begin_detection(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now);

/* Take the steps of detection that are due, until one sends a frame. v6nf_dad_due() gives the time of the next. */
uint32_t v6nf_interface_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Forget the neighbor that had the address, and next hops that depend on it: it is the node's now. */
void v6nf_interface_claim(struct v6nf_node *node, const struct v6nf_interface_address *own);

/* Remove an address. The last one is moved to its slot. */
void v6nf_interface_remove(struct v6nf_node *node, uint32_t own);

/* Begin Duplicate Address Detection for all addresses again. */
void v6nf_interface_restart(struct v6nf_node *node, uint64_t now);

#endif
