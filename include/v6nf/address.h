/* address.h: the addresses of a node's interface (RFC 4862): add, lease, remove, sort. They are in `addresses` of
 * struct v6nf_node (node_state.h). v6nf_node_changes() shows that they have changed. */
#ifndef V6NF_ADDRESS_H
#define V6NF_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "status.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_node;

/* State of an address. The order matters: from V6NF_ADDRESS_OPTIMISTIC on, an address receives packets; from
 * V6NF_ADDRESS_DEPRECATED on, it is a source without conditions. */
enum v6nf_address_state {
    V6NF_ADDRESS_NONE,       /* the slot is free */
    V6NF_ADDRESS_TENTATIVE,  /* not in use: Duplicate Address Detection is running (RFC 4862, 5.4) */
    V6NF_ADDRESS_DUPLICATE,  /* not in use: it, or the link-local address, is another node's (RFC 4862, 5.4.5) */
    V6NF_ADDRESS_OPTIMISTIC, /* in use with restrictions while detection is running (RFC 4429) */
    V6NF_ADDRESS_ANYCAST,    /* in use, shared by several nodes, never a source (RFC 4291, 2.6) */
    V6NF_ADDRESS_DEPRECATED, /* in use; not a source if a preferred address can be (RFC 4862, 5.5.4) */
    V6NF_ADDRESS_PREFERRED   /* in use without restrictions */
};

/* Origin of an address. */
enum v6nf_address_origin {
    V6NF_ADDRESS_CONFIGURED, /* v6nf_node_add_address() */
    V6NF_ADDRESS_SHARED,     /* v6nf_node_add_anycast() */
    V6NF_ADDRESS_LEASED,     /* v6nf_node_lease_address() */
    V6NF_ADDRESS_FORMED,     /* formed by the node: link-local, or with an advertised prefix (RFC 4862, 5.5) */
    V6NF_ADDRESS_TEMPORARY   /* formed by the node for some days (RFC 8981) */
};

/* Add a unicast address and start Duplicate Address Detection (RFC 4862, 5.4).
 * address: unicast, not the gateway's.
 * prefix_length: bits of the prefix that is on-link, 0 to 128.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for a multicast address, ::, ::1, an IPv4-mapped address, the gateway's or more than 128 bits;
 * V6NF_EXISTS if the node has the address; V6NF_FULL (V6NF_ADDRESSES).
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address,
                                       uint32_t prefix_length, uint64_t now);

/* Add a unicast address for a limited time, or renew a leased one (RFC 8415, 12.1). The caller must be trusted to
 * shorten lifetimes. The prefix is not on-link.
 * address: unicast, not the gateway's.
 * preferred_lifetime, valid_lifetime: seconds from `now` on; UINT32_MAX is forever. A valid lifetime of 0 removes the
 * address.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID as for v6nf_node_add_address(), for a preferred lifetime longer than the valid one, and if there
 * is no lease to remove; V6NF_EXISTS if the node has the address from another origin; V6NF_FULL (V6NF_ADDRESSES).
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_node_lease_address(struct v6nf_node *node, const struct v6nf_address *address,
                                         uint32_t preferred_lifetime, uint32_t valid_lifetime, uint64_t now);

#if V6NF_ANYCAST
/* Add an anycast address (RFC 4291, 2.6), which several nodes may have. It is not detected, and neighbors may replace
 * it in their caches (RFC 4861, 7.2.7). Replies are sent from a unicast address.
 * address: syntactically unicast, not the gateway's.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: as for v6nf_node_add_address().
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_node_add_anycast(struct v6nf_node *node, const struct v6nf_address *address, uint64_t now);
#endif

/* Remove an address of any origin (RFC 4862, 5.6). A formed address is not formed again before v6nf_node_link_up(); the
 * node remembers the last V6NF_ADDRESSES prefixes. A temporary one is replaced, with another identifier.
 * address: one of the node's.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID if the node does not have it, and for the link-local address that the node started with.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_node_remove_address(struct v6nf_node *node, const struct v6nf_address *address);

#if V6NF_POLICY_TABLE
/* Sort destination addresses, such as those of one DNS name, in the order in which to try them (RFC 6724, 6).
 * Destinations to which the node cannot send are last. The order depends on the source that the node would select.
 * destinations: count addresses, unicast or multicast; sorted in place.
 * count: addresses at `destinations`.
 * Context: the loop, UDP handlers, error handlers. */
void v6nf_node_sort_destinations(const struct v6nf_node *node, struct v6nf_address *destinations, uint32_t count);
#endif

/* Return true while an address of the node is tentative: detection is running and it is not in use yet (RFC 4862, 5.4).
 * False does not mean that there is an address other than the link-local one.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_node_is_detecting(const struct v6nf_node *node);

/* Return true if the node has an address that it can use as a source beyond the link: in use, not link-local, not
 * anycast (RFC 4291, 2.5.4). It may be deprecated or optimistic, and there may be no router.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_node_has_global_address(const struct v6nf_node *node);

#ifdef __cplusplus
}
#endif

#endif
