/* select.h: source address selection (RFC 6724, 5). */
#ifndef V6NF_NODE_OUTPUT_SELECT_H
#define V6NF_NODE_OUTPUT_SELECT_H

#include "../state/own_address.h"

/* Return the index of the source address for `destination`, or NO_ADDRESS, after a look at each address. */
uint32_t v6nf_select_best(const struct v6nf_node *node, const uint8_t *destination);

#if V6NF_ADDRESSES_INDEXED
/* The same, without such a look if nothing has changed since the last one. */
uint32_t v6nf_select_source(struct v6nf_node *node, const uint8_t *destination);
#else
static inline uint32_t v6nf_select_source(const struct v6nf_node *node, const uint8_t *destination)
{
    return v6nf_select_best(node, destination);
}
#endif

/* For tests: return true if each source that is remembered is the best. */
bool v6nf_select_is_valid(const struct v6nf_node *node);

/* Make the addresses of a received packet those of its answer. An address of the node's own replaces a group or
 * an anycast address. Return false if the node has none. Inline for the fast path. */
static inline bool turn_around_inline(struct v6nf_node *node, uint8_t *ipv6)
{
    if (is_shared(node, ipv6 + V6NF_IPV6_DESTINATION)) {
        uint32_t own = v6nf_select_source(node, ipv6 + V6NF_IPV6_SOURCE);
        if (own == NO_ADDRESS) {
            return false;
        }
        v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, node->addresses[own].address.bytes);
    }
    v6nf_ipv6_swap_addresses(ipv6);
    return true;
}

#ifdef __OPTIMIZE_SIZE__
bool v6nf_turn_around(struct v6nf_node *node, uint8_t *ipv6);
#endif

/* The same. Where size counts, this is a call. */
static inline bool turn_around(struct v6nf_node *node, uint8_t *ipv6)
{
#ifdef __OPTIMIZE_SIZE__
    return v6nf_turn_around(node, ipv6);
#else
    return turn_around_inline(node, ipv6);
#endif
}

#endif
