/* dad.h: Duplicate Address Detection (RFC 4862, 5.4; RFC 4429; RFC 7527). */
#ifndef V6NF_NODE_PROTOCOL_DAD_H
#define V6NF_NODE_PROTOCOL_DAD_H

#include "../base/core.h"

/* What detection has found out. interface.c starts what follows from it. */
enum dad_result {
    DAD_PENDING,    /* nothing yet, or the address is a duplicate */
    DAD_OPTIMISTIC, /* the address is used while it is being detected */
    DAD_USABLE,     /* no other node has the address: it is used now */
    DAD_CONFIRMED   /* the same for an address that was optimistic */
};

/* Begin detection for the address, from any state. */
enum dad_result v6nf_dad_begin(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now);

/* The same for an anycast address, which needs no detection (RFC 4862, 5.4). */
void v6nf_dad_begin_anycast(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now);

/* Leave the solicited-node group of an address that changes or is removed. */
void v6nf_dad_leave_group(struct v6nf_node *node, struct v6nf_interface_address *own);

/* Process a solicitation for the address that the node sent and the link looped back (RFC 7527, 4.1). */
void v6nf_dad_looped_back(struct v6nf_node *node, uint32_t own);

/* Take the next step of detection for the node's address `own`, if it is due. Set *frame_length to the length of the
 * frame to send. */
enum dad_result v6nf_dad_step(struct v6nf_node *node, uint32_t own, uint8_t *frame, uint32_t *frame_length,
                              uint64_t now);

#if V6NF_ADDRESSES_INDEXED
/* Note that the steps which are due have been taken for all addresses. */
void v6nf_dad_done(struct v6nf_node *node);
#else
static inline void v6nf_dad_done(struct v6nf_node *node)
{
    (void)node;
}
#endif

uint64_t v6nf_dad_due(const struct v6nf_node *node);

#endif
