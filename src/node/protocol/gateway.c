/* gateway.c: the router that the program configures. */
#include "v6nf/router.h"

#include "../base/core.h"
#include "../output/hops.h"
#include "../state/destination.h"
#include "../state/own_address.h"
#include "../state/route.h"

enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway)
{
    const uint8_t *bytes = gateway->bytes;
    if (!v6nf_address_is_assignable(bytes) || v6nf_own_address_is_claimed(node, bytes) ||
        !v6nf_route_is_on_link(node, bytes)) {
        return V6NF_INVALID;
    }
    v6nf_route_set_gateway(node, gateway);
    v6nf_destination_forget_all(node);
    v6nf_hops_changed(node);
    return V6NF_OK;
}
