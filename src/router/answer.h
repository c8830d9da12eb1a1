/* answer.h: ICMPv6 errors of the router (RFC 4443, 3). */
#ifndef V6NF_ROUTER_ANSWER_H
#define V6NF_ROUTER_ANSWER_H

#include "core.h"

#if V6NF_FORWARDING
/* Answer the packet in the frame with an error, in its buffer, if one may be sent: to the station that the frame was
 * received from. parameter: MTU or pointer, otherwise 0. */
void v6nf_router_answer(struct v6nf_router *router, const struct frame *frame, uint8_t type, uint8_t code,
                        uint32_t parameter);

/* Make the frame an error, code 3, about a packet whose next hop did not answer: to its source, from an address of the
 * frame's interface. Return its length, 0 for none. */
uint32_t v6nf_router_undelivered(struct v6nf_router *router, const struct frame *frame);

/* Write an error about a packet that the router has sent and that its next link does not take: for the node of the
 * frame's interface, which is its sender. Return the length of the frame, 0 for none. */
uint32_t v6nf_router_too_big(struct v6nf_router *router, const struct frame *frame, uint32_t length, uint32_t mtu);
#endif

#endif
