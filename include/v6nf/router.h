/* router.h: the routers of a node. */
#ifndef V6NF_ROUTER_H
#define V6NF_ROUTER_H

#include "status.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_node;

/* Sets the router that takes what is not on-link. It stays a default router of medium preference whatever is advertised,
 * beside those that are. V6NF_INVALID unless it is a unicast address on-link (so add the node's addresses first) and not the
 * node's own. */
enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway);

#ifdef __cplusplus
}
#endif

#endif
