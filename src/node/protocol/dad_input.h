/* dad_input.h: solicitations for addresses of the node that are not valid. */
#ifndef V6NF_NODE_PROTOCOL_DAD_INPUT_H
#define V6NF_NODE_PROTOCOL_DAD_INPUT_H

#include "../base/packet.h"

/* Process a solicitation for the node's address `own`, which is being detected, is anycast, or is a duplicate. mac:
 * offset of the sender's link-layer address in the message, 0 without one. */
uint32_t v6nf_dad_input(struct v6nf_node *node, const struct packet *packet, uint32_t own, uint32_t mac);

#endif
