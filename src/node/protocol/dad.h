/* dad.h: Duplicate Address Detection (RFC 4862, 5.4; RFC 4429; RFC 7527). */
#ifndef V6NF_NODE_PROTOCOL_DAD_H
#define V6NF_NODE_PROTOCOL_DAD_H

#include "../base/core.h"

/* Begin detection for the address, from any state. */
void v6nf_dad_begin(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now);

/* The same for an anycast address, which needs no detection (RFC 4862, 5.4). */
void v6nf_dad_begin_anycast(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now);

/* Leave the solicited-node group of an address that changes or is removed. */
void v6nf_dad_leave_group(struct v6nf_node *node, struct v6nf_interface_address *own);

/* Process a solicitation for the address that the node sent and the link looped back (RFC 7527, 4.1). */
void v6nf_dad_looped_back(struct v6nf_node *node, uint32_t own);

uint32_t v6nf_dad_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_dad_due(const struct v6nf_node *node);

#endif
