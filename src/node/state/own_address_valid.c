/* own_address_valid.c: the invariant of the node's own addresses, for tests. */
#include "own_address.h"

#ifdef V6NF_INVARIANTS
#include "../../table/valid.h"

#if V6NF_ADDRESSES_INDEXED
/* Return true if an address is found by all of its bits, by the prefix that it was formed with, by its group, and what
 * is on-link with it. */
static bool address_is_found(const struct v6nf_node *node, uint32_t own)
{
    const struct v6nf_interface_address *row = &node->addresses[own];
    uint8_t group[V6NF_ADDRESS_SIZE];
    bool is_formed = false;
    v6nf_address_solicited_node(group, row->address.bytes);
    uint32_t formed = v6nf_own_address_next_formed(node, row->address.bytes, 0u);
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && formed != NO_ADDRESS; i++) {
        is_formed |= formed == own;
        formed = v6nf_own_address_next_formed(node, row->address.bytes, formed);
    }
    return v6nf_own_address_find(node, row->address.bytes) == own && is_formed == own_address_is_formed(node, own) &&
           (interface_is_disabled(node) || v6nf_own_address_has_group(node, group)) &&
           v6nf_own_address_is_on_link(node, row->address.bytes);
}

/* Return true if nothing of the address is due before the times of all addresses. */
static bool times_are_valid(const struct v6nf_node *node, uint32_t own)
{
    const struct v6nf_interface_address *row = &node->addresses[own];
    const uint64_t *due = node->address_index.due;
    bool is_being_detected = row->state == V6NF_ADDRESS_TENTATIVE || row->state == V6NF_ADDRESS_OPTIMISTIC;
#if V6NF_ANNOUNCE
    const struct v6nf_announcement *announcement = &node->announcements[own];
    if (announcement->left != 0u && due[V6NF_ADDRESS_ANNOUNCEMENT] > announcement->due) {
        return false;
    }
#endif
    return due[V6NF_ADDRESS_LIFETIME] <= row->valid_until &&
           (row->state != V6NF_ADDRESS_PREFERRED || due[V6NF_ADDRESS_LIFETIME] <= row->preferred_until) &&
           (!is_being_detected || due[V6NF_ADDRESS_DETECTION] <= row->due);
}

/* Return the number of entries in `count` chains; more than there can be if one is not valid. */
static uint32_t chained(const struct v6nf_link *links, const uint32_t *chains, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += v6nf_chain_is_valid(links, chains[i], count) ? v6nf_chain_length(links, chains[i], count) : count + 1u;
    }
    return sum;
}

static bool address_index_is_valid(const struct v6nf_node *node)
{
    const struct v6nf_address_index *index = &node->address_index;
    uint32_t formed = 0;
    uint32_t prefixes = 0;
    uint32_t uses = 0;
    uint32_t lengths = 0;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        formed += own_address_is_formed(node, i) ? 1u : 0u;
        prefixes += node->addresses[i].prefix_length < 128u ? 1u : 0u;
        if (!address_is_found(node, i) || !times_are_valid(node, i)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < index->parts_used; i++) {
        uses += index->parts[i].count;
        lengths += index->parts[i].length < 128u ? 1u : 0u;
    }
    for (uint32_t i = 0; i < index->lengths_used; i++) {
        lengths -= index->length_uses[index->lengths[i]];
    }
    return chained(index->links, index->chains, V6NF_ADDRESSES) == node->addresses_used &&
           chained(index->formed_links, index->formed_chains, V6NF_ADDRESSES) == formed &&
           chained(index->part_links, index->part_chains, 2u * V6NF_ADDRESSES) == index->parts_used &&
           uses == node->addresses_used + prefixes && lengths == 0u;
}
#else
static bool address_index_is_valid(const struct v6nf_node *node)
{
    (void)node;
    return true;
}
#endif

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
    return anycasts == node->anycasts && address_index_is_valid(node);
}
#endif
