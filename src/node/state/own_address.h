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

#if V6NF_ADDRESSES_INDEXED
/* Return the index of `address` in any state, or NO_ADDRESS. */
uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address);

static inline uint32_t own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_own_address_find(node, address);
}

/* Return the own address itself, NULL if it is none. */
static inline const struct v6nf_interface_address *own_address_entry(const struct v6nf_node *node,
                                                                     const uint8_t *address)
{
    const uint32_t own = v6nf_own_address_find(node, address);
    return own != NO_ADDRESS ? &node->addresses[own] : NULL;
}
#else
/* Return the index of `address` in any state, or NO_ADDRESS. Inline for the fast path. */
static inline uint32_t own_address_find(const struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (v6nf_address_equal(node->addresses[i].address.bytes, address)) {
            return i;
        }
    }
    return NO_ADDRESS;
}

uint32_t v6nf_own_address_find(const struct v6nf_node *node, const uint8_t *address);

/* Return the own address itself, NULL if it is none. Inline for the fast path: the link-local address is the first one,
 * and gets the fewest packets. */
static inline const struct v6nf_interface_address *own_address_entry(const struct v6nf_node *node,
                                                                     const uint8_t *address)
{
    const struct v6nf_interface_address *own = node->addresses + node->addresses_used;
    while (own != node->addresses) {
        own--;
        if (v6nf_address_equal(own->address.bytes, address)) {
            return own;
        }
    }
    return NULL;
}
#endif

/* -- Index --------------------------------------------------------------------------------------------------------- */

/* Return true if the address was formed with a prefix that a router advertised. */
static inline bool own_address_is_formed(const struct v6nf_node *node, uint32_t own)
{
    const uint8_t origin = node->addresses[own].origin; /* that of the link-local address is FORMED, too */
    return own != 0u && (origin == V6NF_ADDRESS_FORMED || (V6NF_TEMPORARY && origin == V6NF_ADDRESS_TEMPORARY));
}

#if V6NF_ADDRESSES_INDEXED
/* Make all tables of the index empty. */
void v6nf_own_address_init_index(struct v6nf_node *node);

/* Enter the address into the index, after it was written to its slot. */
void v6nf_own_address_link(struct v6nf_node *node, uint32_t own);

/* Remove the address from the index, before it, its prefix or its slot is changed. */
void v6nf_own_address_unlink(struct v6nf_node *node, uint32_t own);

/* Return true if a prefix of an own address makes `destination` on-link. */
bool v6nf_own_address_is_on_link(const struct v6nf_node *node, const uint8_t *destination);

/* Return the first address (own: 0) that was formed with the prefix of 64 bits, or the one after `own`; NO_ADDRESS if
 * there is none. */
uint32_t v6nf_own_address_next_formed(const struct v6nf_node *node, const uint8_t *prefix, uint32_t own);
#else
static inline void v6nf_own_address_init_index(struct v6nf_node *node)
{
    (void)node;
}

static inline void v6nf_own_address_link(struct v6nf_node *node, uint32_t own)
{
    (void)node, (void)own;
}

static inline void v6nf_own_address_unlink(struct v6nf_node *node, uint32_t own)
{
    (void)node, (void)own;
}

static inline bool v6nf_own_address_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (prefix_matches(own->address.bytes, own->prefix_length, destination)) {
            return true;
        }
    }
    return false;
}

static inline uint32_t v6nf_own_address_next_formed(const struct v6nf_node *node, const uint8_t *prefix, uint32_t own)
{
    for (uint32_t i = own + 1u; i < node->addresses_used; i++) {
        if (own_address_is_formed(node, i) && prefix_matches(node->addresses[i].address.bytes, 64u, prefix)) {
            return i;
        }
    }
    return NO_ADDRESS;
}
#endif

/* -- Times of all addresses ---------------------------------------------------------------------------------------- */

/* Note that something of the kind is due at `time` for an address. */
static inline void own_address_set_due(struct v6nf_node *node, enum v6nf_address_timer timer, uint64_t time)
{
#if V6NF_ADDRESSES_INDEXED
    node->address_index.due[timer] = earlier(node->address_index.due[timer], time);
#else
    (void)timer;
#endif
    set_due(node, time);
}

/* Return true if something of the kind may be due for an address: look at each of them. */
static inline bool own_addresses_are_due(const struct v6nf_node *node, enum v6nf_address_timer timer, uint64_t now)
{
#if V6NF_ADDRESSES_INDEXED
    return node->address_index.due[timer] <= now;
#else
    (void)node, (void)timer, (void)now;
    return true;
#endif
}

/* After a look at each address, let `next` return when the next one is due. Without an index it is asked for each
 * time. */
static inline void own_addresses_were_due(struct v6nf_node *node, enum v6nf_address_timer timer,
                                          uint64_t (*next)(const struct v6nf_node *node))
{
#if V6NF_ADDRESSES_INDEXED
    node->address_index.due[timer] = next(node);
#else
    (void)node, (void)timer, (void)next;
#endif
}

/* Return when something of the kind is due. next: see above. */
static inline uint64_t own_addresses_next_due(const struct v6nf_node *node, enum v6nf_address_timer timer,
                                              uint64_t (*next)(const struct v6nf_node *node))
{
#if V6NF_ADDRESSES_INDEXED
    (void)next;
    return node->address_index.due[timer];
#else
    (void)timer;
    return next(node);
#endif
}

/* Note that temporary addresses may be due to be formed, or not any more: something that they depend on has changed. */
static inline void own_addresses_note_formation(struct v6nf_node *node)
{
#if V6NF_ADDRESSES_INDEXED
    node->address_index.due[V6NF_ADDRESS_FORMATION] = 0;
#else
    (void)node;
#endif
}

/* -- Changes ------------------------------------------------------------------------------------------------------- */

/* Note that an address was added, moved or removed, or has another state or router: what was determined of all of them
 * is determined again. */
static inline void own_addresses_have_changed(struct v6nf_node *node)
{
#if V6NF_ADDRESSES_INDEXED
    uint32_t *stamp = &node->address_index.stamp;
    *stamp += *stamp == UINT32_MAX ? 2u : 1u; /* 0 is that of an unused entry */
#else
    (void)node;
#endif
}

/* Set the default routers that advertised the prefix of the address. */
static inline void own_address_set_routers(struct v6nf_node *node, struct v6nf_interface_address *own, uint32_t routers)
{
    if (own->routers != routers) { /* each advertisement sets them */
        own->routers = (uint16_t)routers;
        own_addresses_have_changed(node);
    }
}

/* -- States -------------------------------------------------------------------------------------------------------- */

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

/* The same, inline where size does not count. */
static inline bool own_address_is_claimed(const struct v6nf_node *node, const uint8_t *address)
{
#ifdef __OPTIMIZE_SIZE__
    return v6nf_own_address_is_claimed(node, address);
#else
    const struct v6nf_interface_address *own = own_address_entry(node, address);
    return own != NULL && own->state != V6NF_ADDRESS_DUPLICATE;
#endif
}

/* Return true if the group is one that every node joins: all nodes, or a solicited-node group of its addresses. */
bool v6nf_own_address_has_group(const struct v6nf_node *node, const uint8_t *group);

/* Return true if the link-local address is a duplicate: IPv6 must stop (RFC 4862, 5.4.5). */
static inline bool interface_is_disabled(const struct v6nf_node *node)
{
    return node->addresses[0].state == V6NF_ADDRESS_DUPLICATE;
}

#define SCOPE_SITE_LOCAL 5u /* RFC 4291, 2.7 */

#if V6NF_FORWARDING
/* Return true for a group of all routers that the node is in (RFC 4291, 2.7.1 and 2.8). */
bool v6nf_own_address_is_of_routers(const struct v6nf_node *node, const uint8_t *group);
#else
static inline bool v6nf_own_address_is_of_routers(const struct v6nf_node *node, const uint8_t *group)
{
    (void)node, (void)group;
    return false;
}
#endif

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
