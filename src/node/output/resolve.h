/* resolve.h: packets whose next hop is not known, or not known to be reachable. */
#ifndef V6NF_NODE_OUTPUT_RESOLVE_H
#define V6NF_NODE_OUTPUT_RESOLVE_H

#include "../base/packet.h"

/* Send the IPv6 packet in the frame of `length` bytes, all but its Ethernet header written, after finding and checking
 * its next hop. status: see v6nf_refuse(). Return the length of the frame to send, which may be a Neighbor
 * Solicitation. */
uint32_t v6nf_resolve(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                      enum v6nf_send_status *status, uint64_t now);

/* The same for a reply. Five arguments leave those of the fast path in their registers: 1 instruction. */
uint32_t v6nf_resolve_reply(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* The same to the neighbor, once its link-layer address is known. */
uint32_t v6nf_resolve_to(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, enum v6nf_send_status *status, uint64_t now);

/* Make the frame a solicitation of an INCOMPLETE neighbor if none is under way. Return its length, 0 if there is
 * none. */
uint32_t v6nf_resolve_ask(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t capacity,
                          uint64_t now);

/* Send the answer of `length` bytes to the solicitor (RFC 4861, 7.2.4). The frame still has the Ethernet header of the
 * solicitation. mac: offset of the solicitor's link-layer address in the message, 0 without one. */
uint32_t v6nf_resolve_solicitor(struct v6nf_node *node, const struct packet *packet, uint32_t length, uint32_t mac);

#endif
