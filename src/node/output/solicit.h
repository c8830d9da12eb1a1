/* solicit.h: Neighbor Solicitations, for neighbors and for the node's own addresses. */
#ifndef V6NF_NODE_OUTPUT_SOLICIT_H
#define V6NF_NODE_OUTPUT_SOLICIT_H

#include "../base/packet.h"

/* Write a Neighbor Solicitation for the neighbor: to its solicited-node address while it is INCOMPLETE, else to itself
 * (RFC 4861, 7.2.2 and 7.3.3). Return the length to send: 0 if the node has no valid address yet, or if the frame has no
 * space. */
uint32_t v6nf_solicit_neighbor(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                               struct v6nf_neighbor *neighbor);

/* Write a Neighbor Solicitation for the node's address `own` from the unspecified address (RFC 4862, 5.4.2). */
uint32_t v6nf_solicit_own_address(struct v6nf_node *node, uint8_t *frame, uint32_t own);

#if V6NF_ENHANCED_DETECTION
/* Return true if the received solicitation for the node's address `own` is one that v6nf_solicit_own_address() wrote. */
bool v6nf_solicit_is_own(const struct v6nf_node *node, const struct packet *packet, uint32_t own);

/* Change the nonces: detection begins again. */
void v6nf_solicit_renew_nonces(struct v6nf_node *node, uint64_t now);
#else
static inline bool v6nf_solicit_is_own(const struct v6nf_node *node, const struct packet *packet, uint32_t own)
{
    (void)own;
    return is_from_own_mac(node, packet);
}

static inline void v6nf_solicit_renew_nonces(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}
#endif

#endif
