/* ndp.h: Neighbor Solicitations and Advertisements received. */
#ifndef V6NF_NODE_PROTOCOL_NDP_H
#define V6NF_NODE_PROTOCOL_NDP_H

#include "../base/packet.h"

uint32_t v6nf_ndp_solicitation(struct v6nf_node *node, const struct packet *packet);
uint32_t v6nf_ndp_advertisement(struct v6nf_node *node, const struct packet *packet);

#endif
