/* own_address_valid.c: the invariant of the node's own addresses, for tests. */
#include "own_address.h"

#ifdef V6NF_INVARIANTS
static bool address_is_valid(const struct v6nf_node *node, uint32_t own)
{
    const struct v6nf_interface_address *a = &node->addresses[own];
    bool is_advertised = own != 0u && (a->origin == V6NF_ADDRESS_FORMED || a->origin == V6NF_ADDRESS_TEMPORARY);
    if ((uint32_t)a->state < (uint32_t)V6NF_ADDRESS_TENTATIVE ||
        (uint32_t)a->state > (uint32_t)V6NF_ADDRESS_PREFERRED || a->origin > (uint8_t)V6NF_ADDRESS_TEMPORARY ||
        !v6nf_address_is_assignable(a->address.bytes) || a->prefix_length > 128u) {
        return false;
    }
    if ((own == 0u) != (a->origin == V6NF_ADDRESS_FORMED && v6nf_address_is_link_local(a->address.bytes)) ||
        (a->state == V6NF_ADDRESS_ANYCAST && a->origin != V6NF_ADDRESS_SHARED) ||
        (!is_advertised && a->routers != 0u) || node->next_due > a->valid_until ||
        (a->state == V6NF_ADDRESS_PREFERRED && node->next_due > a->preferred_until)) {
        return false;
    }
    if (v6nf_own_address_find(node, a->address.bytes) != own) {
        return false;
    }
    for (uint32_t i = 0; i < own; i++) {
        if (v6nf_address_equal(a->address.bytes, node->addresses[i].address.bytes)) {
            return false;
        }
    }
    return true;
}

bool v6nf_own_address_table_is_valid(const struct v6nf_node *node)
{
    uint32_t anycasts = 0;
    if (node->addresses_used < 1u || node->addresses_used > V6NF_ADDRESSES) {
        return false;
    }
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (i < node->addresses_used ? !address_is_valid(node, i) : own->state != V6NF_ADDRESS_NONE) {
            return false;
        }
        anycasts += i < node->addresses_used && own->origin == V6NF_ADDRESS_SHARED ? 1u : 0u;
    }
    return anycasts == node->anycasts;
}
#endif
