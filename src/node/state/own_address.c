/* own_address.c: the node's own addresses: questions about their states, and their lifetimes. */
#include "own_address.h"

#include "group.h"

uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
    return own_address_find(node, address);
}

#if V6NF_ADDRESSES > V6NF_SCAN_MAX
void v6nf_own_address_make_index(struct v6nf_node *node)
{
    struct v6nf_address_index *index = &node->address_index;
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        index->first[i] = V6NF_ADDRESSES;
    }
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        uint32_t hash = v6nf_hash_address(&node->hash_key, node->addresses[i].address.bytes);
        uint16_t *first = &index->first[v6nf_hash_index(hash, V6NF_ADDRESSES)];
        index->next[i] = *first;
        *first = (uint16_t)i;
    }
}
#endif

bool v6nf_own_address_may_be_source(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = v6nf_own_address_find(node, address);
    return own != NO_ADDRESS && own_address_may_be_source(node, own);
}

bool v6nf_own_address_is_claimed(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = v6nf_own_address_find(node, address);
    return own != NO_ADDRESS && node->addresses[own].state != V6NF_ADDRESS_DUPLICATE;
}

#if V6NF_ADDRESSES > V6NF_SCAN_MAX
/* Return true if the group is the solicited-node group of an address of the node. */
static bool is_solicited_node_group(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t index = v6nf_group_find(node, group);
    return index != NO_GROUP && index >= V6NF_GROUPS && v6nf_group_is_used(node, index);
}
#else
static bool is_solicited_node_group(const struct v6nf_node *node, const uint8_t *group)
{
    uint32_t low = v6nf_word32(group + 12) >> 8;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (v6nf_word32(node->addresses[i].address.bytes + 12) >> 8 == low) {
            return true;
        }
    }
    return false;
}
#endif

bool v6nf_own_address_has_group(const struct v6nf_node *node, const uint8_t *group)
{
    if (interface_is_disabled(node)) {
        return false;
    }
    return (v6nf_address_is_solicited_node(group) && is_solicited_node_group(node, group)) ||
           v6nf_address_is_all_nodes(group);
}

void v6nf_own_address_set_state(struct v6nf_node *node, struct v6nf_interface_address *own,
                                enum v6nf_address_state state)
{
    if (own->state != state) {
        own->state = state;
        count_change(node, V6NF_CHANGE_ADDRESSES);
    }
}

void v6nf_own_address_set_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own,
                                    uint64_t preferred_until, uint64_t valid_until, uint64_t now)
{
    own->preferred_until = preferred_until;
    own->valid_until = valid_until;
    if (own->state >= V6NF_ADDRESS_DEPRECATED) {
        v6nf_own_address_set_state(node, own,
                                   now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED);
    }
    set_due(node, earlier(own->valid_until, own->preferred_until));
}
