/* router.h: the default router that the program configures. Others are advertised (RFC 4861, 6.3). */
#ifndef V6NF_ROUTER_H
#define V6NF_ROUTER_H

#include "status.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_node;

/* Set the default router for packets that are not on-link (RFC 4861, 5.2). It has medium preference (RFC 4191, 2.1) and
 * is used in addition to advertised routers. No advertisement changes it.
 * gateway: a unicast address that is on-link: add the node's addresses first. Not one of the node's.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for any other address.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway);

#ifdef __cplusplus
}
#endif

#endif
