/* address.h: the addresses of a node's interface (RFC 4862): add, lease, remove, sort. */
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

enum v6nf_address_state {
    V6NF_ADDRESS_NONE,       /* the place is free */
    V6NF_ADDRESS_TENTATIVE,  /* Duplicate Address Detection runs: not in use yet */
    V6NF_ADDRESS_DUPLICATE,  /* another node has it, or has the link-local address (RFC 4862, 5.4.5): not in use */
    V6NF_ADDRESS_OPTIMISTIC, /* Duplicate Address Detection runs: in use already, with care (RFC 4429) */
    V6NF_ADDRESS_ANYCAST,    /* other nodes have it, too: in use, but never as a source (RFC 4291, 2.6) */
    V6NF_ADDRESS_DEPRECATED, /* in use, but not where a preferred one can be (RFC 4862, 5.5.4) */
    V6NF_ADDRESS_PREFERRED   /* in use. The order is so that one comparison tells what an address can be used for */
};

/* Where an address comes from. */
enum v6nf_address_origin {
    V6NF_ADDRESS_CONFIGURED, /* v6nf_node_add_address() */
    V6NF_ADDRESS_SHARED,     /* v6nf_node_add_anycast() */
    V6NF_ADDRESS_LEASED,     /* v6nf_node_lease_address() */
    V6NF_ADDRESS_FORMED,     /* the node formed it, with a prefix that a router advertised, or as its link-local address */
    V6NF_ADDRESS_TEMPORARY   /* the same, for some days (RFC 8981) */
};

/* Adds a unicast address whose first `prefix_length` bits are on-link, and begins Duplicate Address Detection.
 * V6NF_INVALID for a multicast address, ::, ::1, an IPv4-mapped one, the gateway's, or more than 128 bits; V6NF_EXISTS;
 * V6NF_FULL. */
enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                                       uint64_t now);

/* Adds a unicast address for a time, or gives one that was added so new lifetimes, in seconds, from `now` on: UINT32_MAX for
 * ever, a valid lifetime of 0 removes it. For DHCPv6 (RFC 8415, 12.1): it does not make a prefix on-link, and whoever calls is
 * trusted to end it early. V6NF_INVALID as for v6nf_node_add_address(), if it is to be preferred for longer than it is valid,
 * or if there is nothing to remove; V6NF_EXISTS if it is the node's in another way; V6NF_FULL. */
enum v6nf_status v6nf_node_lease_address(struct v6nf_node *node, const struct v6nf_address *address,
                                         uint32_t preferred_lifetime, uint32_t valid_lifetime, uint64_t now);

#if V6NF_ANYCAST
/* Adds an anycast address: other nodes may have it, so it is not detected, neighbors are told so, and answers come from a unicast
 * address (RFC 4291, 2.6; RFC 4861, 7.2.7). The same statuses as for v6nf_node_add_address(). */
enum v6nf_status v6nf_node_add_anycast(struct v6nf_node *node, const struct v6nf_address *address, uint64_t now);
#endif

/* Removes an address, however it came. One that was formed with an advertised prefix is not formed again before
 * v6nf_node_link_up(), for the last V6NF_ADDRESSES prefixes. A temporary one is replaced, with another identifier.
 * V6NF_INVALID if the node does not have it, or if it is the link-local one that the node was made with. */
enum v6nf_status v6nf_node_remove_address(struct v6nf_node *node, const struct v6nf_address *address);

#if V6NF_POLICY_TABLE
/* Sorts destination addresses, such as a name has in DNS, so that those that should be tried first come first, by what the node
 * would send from (RFC 6724, 6); those to which it would not send at all come last. Multicast, too. */
void v6nf_node_sort_destinations(const struct v6nf_node *node, struct v6nf_address *destinations, uint32_t count);
#endif

/* Return true while an address of the node is tentative: Duplicate Address Detection runs and it is not in use yet (RFC
 * 4862, 5.4). False does not mean that there is an address other than the link-local one.
 * Context: any, also error handlers. */
bool v6nf_node_is_detecting(const struct v6nf_node *node);

/* Return true if the node has an address that it can use as a source beyond the link: in use, not link-local, not
 * anycast (RFC 4291, 2.5.4). It may be deprecated or optimistic, and there may be no router.
 * Context: any, also error handlers. */
bool v6nf_node_has_global_address(const struct v6nf_node *node);

#ifdef __cplusplus
}
#endif

#endif
