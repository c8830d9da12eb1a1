/* conflict.h: another node has one of the node's addresses (RFC 4862, 5.4.5; RFC 7217, 6). */
#ifndef V6NF_NODE_PROTOCOL_CONFLICT_H
#define V6NF_NODE_PROTOCOL_CONFLICT_H

#include "../base/core.h"

/* Process a conflict: give the address another identifier, or stop using it. */
void v6nf_conflict_found(struct v6nf_node *node, uint32_t own, uint64_t now);

#endif
