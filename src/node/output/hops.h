/* hops.h: next hops are determined again after a change of routes, prefixes, routers or own addresses (RFC 4861, 6.3.5
 * and 7.3.3). */
#ifndef V6NF_NODE_OUTPUT_HOPS_H
#define V6NF_NODE_OUTPUT_HOPS_H

#include "../base/core.h"

/* Determine all next hops again but those of Redirects: routes or own addresses have changed. */
void v6nf_hops_changed(struct v6nf_node *node);

/* The same after `router` has lost a route: also those of Redirects to it. router: :: if none has. */
void v6nf_hops_lost_router(struct v6nf_node *node, const uint8_t *router);

/* Note that the neighbor is resolved, or answers. If it is a router, packets may have avoided it. */
void v6nf_hops_resolved(struct v6nf_node *node, const struct v6nf_neighbor *neighbor);

/* Remove the routes via a neighbor that is no longer a router (RFC 4861, 7.2.5). */
void v6nf_hops_no_router(struct v6nf_node *node, struct v6nf_neighbor *neighbor);

/* Remove the routes and prefixes whose lifetime has ended. */
void v6nf_hops_expire(struct v6nf_node *node, uint64_t now);

#endif
