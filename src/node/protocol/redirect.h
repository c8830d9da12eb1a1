/* redirect.h: Redirects received (RFC 4861, 8.1 and 8.3). */
#ifndef V6NF_NODE_PROTOCOL_REDIRECT_H
#define V6NF_NODE_PROTOCOL_REDIRECT_H

#include "../base/packet.h"

uint32_t v6nf_redirect_input(struct v6nf_node *node, const struct packet *packet);

#endif
