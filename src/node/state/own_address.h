/* own_address.h: the node's own addresses, by index.
 *
 * | state                 | is_valid | takes_packets, may_be_source | is_claimed |
 * | DUPLICATE             | no       | no                           | no         |
 * | TENTATIVE             | no       | no                           | yes        |
 * | OPTIMISTIC            | no       | yes                          | yes        |
 * | ANYCAST               | no       | takes packets                | yes        |
 * | DEPRECATED, PREFERRED | yes      | yes                          | yes        | */
#ifndef V6NF_NODE_STATE_OWN_ADDRESS_H
#define V6NF_NODE_STATE_OWN_ADDRESS_H

#include "../base/core.h"

/* Return the index of `address` in any state, or NO_ADDRESS. Inline for the fast path. A few addresses are scanned,
 * many have an index. */
static inline uint32_t own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
#if V6NF_ADDRESSES > V6NF_SCAN_MAX
    const struct v6nf_address_index *index = &node->address_index;
    uint32_t at = index->first[v6nf_hash_index(v6nf_hash_address(&node->hash_key, address), V6NF_ADDRESSES)];
    for (uint32_t i = 0; i < V6NF_ADDRESSES && at < V6NF_ADDRESSES; i++) {
        if (v6nf_address_equal(node->addresses[at].address.bytes, address)) {
            return at;
        }
        at = index->next[at];
    }
#else
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (v6nf_address_equal(node->addresses[i].address.bytes, address)) {
            return i;
        }
    }
#endif
    return NO_ADDRESS;
}

#if V6NF_ADDRESSES > V6NF_SCAN_MAX
/* Make the index again, after an address was added, changed or removed. */
void v6nf_own_address_make_index(struct v6nf_node *node);
#else
static inline void v6nf_own_address_make_index(struct v6nf_node *node)
{
    (void)node;
}
#endif

uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address);

/* Return the own address itself, NULL if it is none. Inline for the fast path. */
static inline const struct v6nf_interface_address *own_address_entry(const struct v6nf_node *node,
                                                                     const uint8_t *address)
{
    const struct v6nf_interface_address *end = node->addresses + node->addresses_used;
    for (const struct v6nf_interface_address *own = node->addresses; own != end; own++) {
        if (v6nf_address_equal(own->address.bytes, address)) {
            return own;
        }
    }
    return NULL;
}

/* Return true if the address is valid (RFC 4862, 2): no other node has it, so that it needs no special care. */
static inline bool own_address_is_valid(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].state >= V6NF_ADDRESS_DEPRECATED;
}

/* Return true if its lifetime has ended. The next v6nf_node_tick() removes it. */
static inline bool own_address_is_expired(const struct v6nf_node *node, uint32_t own, uint64_t now)
{
    return now >= node->addresses[own].valid_until;
}

/* Return true if packets to the address are processed. */
static inline bool own_address_takes_packets(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].state >=
           (V6NF_OPTIMISTIC || V6NF_ANYCAST ? V6NF_ADDRESS_OPTIMISTIC : V6NF_ADDRESS_DEPRECATED);
}

/* Return true if the node may send from its address `own`. */
static inline bool own_address_may_be_source(const struct v6nf_node *node, uint32_t own)
{
    return own_address_is_valid(node, own) || node->addresses[own].state == V6NF_ADDRESS_OPTIMISTIC;
}

/* The same for an address that may not be the node's. Check the source of each packet that was written earlier before
 * it is sent. It may have been removed since, be tentative again, or be a duplicate (RFC 4862, 5.4). */
bool v6nf_own_address_may_be_source(const struct v6nf_node *node, const uint8_t *address);

/* Return true if `address` is assigned to the node or is tentative. A duplicate is another node's address. */
bool v6nf_own_address_is_claimed(const struct v6nf_node *node, const uint8_t *address);

/* Return true if the group is one that every node joins: all nodes, or a solicited-node group of its addresses. */
bool v6nf_own_address_has_group(const struct v6nf_node *node, const uint8_t *group);

/* Return true if the link-local address is a duplicate: IPv6 must stop (RFC 4862, 5.4.5). */
static inline bool interface_is_disabled(const struct v6nf_node *node)
{
    return node->addresses[0].state == V6NF_ADDRESS_DUPLICATE;
}

/* Return true if the node takes packets for the address and does not answer from it: a group or an anycast address. */
static inline bool is_shared(const struct v6nf_node *node, const uint8_t *address)
{
    if (V6NF_ANYCAST && node->anycasts != 0u) {
        uint32_t own = own_address_find(node, address);
        if (own != NO_ADDRESS && node->addresses[own].state == V6NF_ADDRESS_ANYCAST) {
            return true;
        }
    }
    return v6nf_address_is_multicast(address);
}

/* Set the state of an address, and count the change. */
void v6nf_own_address_set_state(struct v6nf_node *node, struct v6nf_interface_address *own,
                                enum v6nf_address_state state);

/* Set the ends of the lifetimes. Deprecate the address, or prefer it again, accordingly. */
void v6nf_own_address_set_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own,
                                    uint64_t preferred_until, uint64_t valid_until, uint64_t now);

/* For tests: return true if the table is consistent. */
bool v6nf_own_address_table_is_valid(const struct v6nf_node *node);

#endif
