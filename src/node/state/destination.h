/* destination.h: the Destination Cache (RFC 4861, 5.1) and path MTU (RFC 8201). */
#ifndef V6NF_NODE_STATE_DESTINATION_H
#define V6NF_NODE_STATE_DESTINATION_H

#include "../base/core.h"

/* Return the slot of an address: the cache is direct-mapped. */
static inline size_t destination_slot(const uint8_t *address)
{
    return ((size_t)address[15] ^ (size_t)address[8]) % V6NF_DESTINATIONS;
}

/* Make `neighbor`, an index, the next hop for `destination`. redirected: by a Redirect (RFC 4861, 8.3). */
void v6nf_destination_set(struct v6nf_node *node, const uint8_t *destination, uint32_t neighbor, bool redirected);

/* Return the length of the longest frame to this destination. */
uint32_t v6nf_destination_longest_frame(struct v6nf_node *node, const uint8_t *destination, uint64_t now);

/* Limit path MTUs to the link MTU, which has changed. */
void v6nf_destination_clamp(struct v6nf_node *node);

/* Make an entry of a multicast group for the path MTU: a long packet is sent to it. */
void v6nf_destination_remember_group(struct v6nf_node *node, const uint8_t *group);

/* Process the MTU and the quotation of a Packet Too Big about a packet that the node can have sent (RFC 8201, 4).
 * Return true if the path MTU has decreased. */
bool v6nf_destination_too_big(struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote, uint32_t mtu,
                              uint64_t now);

/* Forget the destinations with this next hop. */
void v6nf_destination_forget(struct v6nf_node *node, uint32_t neighbor);

void v6nf_destination_forget_all(struct v6nf_node *node);

/* Forget the destinations with this router as next hop. */
void v6nf_destination_forget_router(struct v6nf_node *node, uint32_t neighbor);

/* Forget the next hop of this destination. */
void v6nf_destination_forget_address(struct v6nf_node *node, const uint8_t *destination);

/* Forget all next hops but those of Redirects. */
void v6nf_destination_redetermine(struct v6nf_node *node);

#endif
