/* udp.h: UDP (RFC 768) over IPv6 (RFC 8200, 8.1). */
#ifndef V6NF_NODE_PROTOCOL_UDP_H
#define V6NF_NODE_PROTOCOL_UDP_H

#include "../base/packet.h"

uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet);

#endif
