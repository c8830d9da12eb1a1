/* addresses.h: the routes that the router has because of its own addresses. */
#ifndef V6NF_ROUTER_ADDRESSES_H
#define V6NF_ROUTER_ADDRESSES_H

#include "core.h"

#if V6NF_FORWARDING
/* Return true if the addresses of the node of an interface have changed, or do not all have routes. */
bool v6nf_router_addresses_changed(const struct v6nf_router *router, uint32_t number, uint64_t now);

/* Compare the addresses of the node of an interface with those that have routes: add and remove routes. Choose the
 * source of errors. */
void v6nf_router_addresses_update(struct v6nf_router *router, uint32_t number, uint64_t now);
#endif

#endif
