/* forward.h: packets are sent by a route. */
#ifndef V6NF_ROUTER_FORWARD_H
#define V6NF_ROUTER_FORWARD_H

#include "core.h"

#if V6NF_FORWARDING
/* Return the hop of the longest prefix of the address, NULL for none. Count a packet of `size` bytes by its route, 0
 * for none. */
struct v6nf_fib_hop *v6nf_router_find(struct v6nf_router *router, const uint8_t *address, uint32_t size);

/* Give the frame to the node of an interface, which need not be the one that received it. Send its answer. */
void v6nf_router_deliver(struct v6nf_router *router, const struct frame *frame, uint32_t number);

/* Send a frame of `length` bytes that the node of interface `number` has written. */
void v6nf_router_send_own(struct v6nf_router *router, const struct frame *frame, uint32_t number, uint32_t length);

/* Forward the packet of `size` bytes in the frame, which is valid, and whose destination is unicast beyond a link. */
void v6nf_router_forward(struct v6nf_router *router, const struct frame *frame, uint32_t size);
#endif

#endif
