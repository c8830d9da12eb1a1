/* ext.h: extension headers received (RFC 8200, 4). */
#ifndef V6NF_NODE_INPUT_EXT_H
#define V6NF_NODE_INPUT_EXT_H

#include "../base/packet.h"

/* Process the extension headers of a packet, and then its upper layer. */
uint32_t v6nf_ext_input(struct v6nf_node *node, struct packet *packet);

#endif
