/* readiness.c: questions of a program about the state of a node's addresses. */
#include "../base/core.h"

bool v6nf_node_is_detecting(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (node->addresses[i].state == V6NF_ADDRESS_TENTATIVE) {
            return true;
        }
    }
    return false;
}

bool v6nf_node_has_global_address(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        enum v6nf_address_state state = node->addresses[i].state;
        if (state >= V6NF_ADDRESS_OPTIMISTIC && state != V6NF_ADDRESS_ANYCAST &&
            !v6nf_address_is_link_local(node->addresses[i].address.bytes)) {
            return true;
        }
    }
    return false;
}
