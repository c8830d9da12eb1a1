/* delegation.h: the delegated prefixes of a DHCPv6 client. */
#ifndef V6NF_NODE_CLIENT_DHCPV6_DELEGATION_H
#define V6NF_NODE_CLIENT_DHCPV6_DELEGATION_H

#include "v6nf/dhcpv6.h"

#if V6NF_DHCPV6
/* Return the number of prefixes with this use. */
uint32_t v6nf_dhcpv6_delegation_count(const struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use);

/* Process a prefix that a server delegates, extends or withdraws (RFC 9915, 18.2.10.1). */
void v6nf_dhcpv6_delegation_update(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_prefix *prefix, uint64_t now);

/* Return true if a router can use the prefix: it is not multicast, link-local or ::, as all of length 0. */
bool v6nf_dhcpv6_delegation_is_usable(const struct v6nf_dhcpv6_prefix *prefix);

/* Add a prefix of an Advertise, to request it. Count one that is of no use or finds no slot. */
void v6nf_dhcpv6_delegation_offer(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_prefix *prefix);

/* Remove the prefixes with this use. */
void v6nf_dhcpv6_delegation_drop(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use);

/* Remove the leased prefixes that are no longer valid. */
void v6nf_dhcpv6_delegation_expire(struct v6nf_dhcpv6 *client, uint64_t now);

/* End the use of all leased prefixes, to return them. */
void v6nf_dhcpv6_delegation_release(struct v6nf_dhcpv6 *client);

/* Return what is left of the shortest preferred lifetime, or of the shortest valid one if no prefix is preferred;
 * V6NF_NEVER if it is infinite. */
uint64_t v6nf_dhcpv6_delegation_shortest(const struct v6nf_dhcpv6 *client, uint64_t now);

/* Return when the first leased prefix expires; V6NF_NEVER for never. */
uint64_t v6nf_dhcpv6_delegation_due(const struct v6nf_dhcpv6 *client);

/* List the prefixes that the message names, or the hint of a length if there are none. Return their number, at most
 * V6NF_DHCPV6_PREFIXES. */
uint32_t v6nf_dhcpv6_delegation_list(const struct v6nf_dhcpv6 *client, struct v6nf_dhcpv6_prefix *prefixes);

/* Report changes since the last report to the program. */
void v6nf_dhcpv6_delegation_report(struct v6nf_dhcpv6 *client, uint64_t now);
#endif

#endif
