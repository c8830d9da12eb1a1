/* lease.h: the addresses of a DHCPv6 client. */
#ifndef V6NF_NODE_CLIENT_DHCPV6_LEASE_H
#define V6NF_NODE_CLIENT_DHCPV6_LEASE_H

#include "v6nf/dhcpv6.h"

#include "../../base/core.h"

#if V6NF_DHCPV6
static inline void dhcpv6_count(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_counter counter)
{
    client->counters[counter]++;
}

/* Return the number of addresses with this use. */
uint32_t v6nf_dhcpv6_lease_count(const struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use);

/* Return the entry of the address, NULL if it has none. */
struct v6nf_dhcpv6_address *v6nf_dhcpv6_lease_find(struct v6nf_dhcpv6 *client, const struct v6nf_address *address);

/* Add an offered address. Return NULL, counted, if no slot is free. */
struct v6nf_dhcpv6_address *v6nf_dhcpv6_lease_add(struct v6nf_dhcpv6 *client, const struct v6nf_address *address);

/* Process an address that a server leases, renews or withdraws (RFC 9915, 18.2.10.1). */
void v6nf_dhcpv6_lease_update(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_lease *lease, uint64_t now);

/* End the lease, and change the use of the address. Remove it from the node, unless the program or a router has
 * configured it, too. */
void v6nf_dhcpv6_lease_end(struct v6nf_dhcpv6 *client, struct v6nf_dhcpv6_address *address, enum v6nf_dhcpv6_use use);

/* Remove the addresses with this use. */
void v6nf_dhcpv6_lease_drop(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use);

/* Remove the leased addresses that are no longer valid. */
void v6nf_dhcpv6_lease_expire(struct v6nf_dhcpv6 *client, uint64_t now);

/* Decline the addresses that detection found to be another node's (RFC 9915, 18.2.8). */
void v6nf_dhcpv6_lease_decline(struct v6nf_dhcpv6 *client);

/* Return what is left of the shortest preferred lifetime, or of the shortest valid one if no address is preferred;
 * V6NF_NEVER if it is infinite. */
uint64_t v6nf_dhcpv6_lease_shortest(const struct v6nf_dhcpv6 *client, uint64_t now);
#endif

#endif
