/* lease.c: the addresses of a DHCPv6 client, and their lifetimes (RFC 9915, 18.2.10.1). */
#include "lease.h"

#include "../../state/own_address.h"

#if V6NF_DHCPV6
uint32_t v6nf_dhcpv6_lease_count(const struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        found += client->addresses[i].use == use ? 1u : 0u;
    }
    return found;
}

struct v6nf_dhcpv6_address *v6nf_dhcpv6_lease_find(struct v6nf_dhcpv6 *client, const struct v6nf_address *address)
{
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        if (v6nf_address_equal(client->addresses[i].address.bytes, address->bytes)) {
            return &client->addresses[i];
        }
    }
    return NULL;
}

/* Remove the address from the node, unless the program or a router has configured it since. */
void v6nf_dhcpv6_lease_end(struct v6nf_dhcpv6 *client, struct v6nf_dhcpv6_address *address, enum v6nf_dhcpv6_use use)
{
    const struct v6nf_node *node = client->node;
    if (address->use == V6NF_DHCPV6_LEASED) {
        uint32_t own = v6nf_own_address_find(node, address->address.bytes);
        if (own != NO_ADDRESS && node->addresses[own].origin == V6NF_ADDRESS_LEASED) {
            (void)v6nf_node_remove_address(client->node, &address->address);
        }
        dhcpv6_count(client, V6NF_DHCPV6_LEASES_LOST);
    }
    address->use = use;
}

/* Remove an address. The last one is moved to its slot. */
static void drop_address(struct v6nf_dhcpv6 *client, uint32_t index)
{
    v6nf_dhcpv6_lease_end(client, &client->addresses[index], V6NF_DHCPV6_OFFERED);
    client->addresses_count--;
    client->addresses[index] = client->addresses[client->addresses_count];
}

/* Begin with the last address, because it may be moved to the slot of one that is removed. */
void v6nf_dhcpv6_lease_drop(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use)
{
    for (uint32_t i = client->addresses_count; i > 0u; i--) {
        if (client->addresses[i - 1u].use == use) {
            drop_address(client, i - 1u);
        }
    }
}

void v6nf_dhcpv6_lease_expire(struct v6nf_dhcpv6 *client, uint64_t now)
{
    for (uint32_t i = client->addresses_count; i > 0u; i--) {
        const struct v6nf_dhcpv6_address *address = &client->addresses[i - 1u];
        if (address->use == V6NF_DHCPV6_LEASED && now >= address->valid_until) {
            drop_address(client, i - 1u);
        }
    }
}

/* Add an offered address. */
struct v6nf_dhcpv6_address *v6nf_dhcpv6_lease_add(struct v6nf_dhcpv6 *client, const struct v6nf_address *address)
{
    if (client->addresses_count == V6NF_DHCPV6_ADDRESSES) {
        dhcpv6_count(client, V6NF_DHCPV6_LEASES_FULL);
        return NULL;
    }
    struct v6nf_dhcpv6_address *added = &client->addresses[client->addresses_count];
    *added = (struct v6nf_dhcpv6_address){.address = *address, .use = V6NF_DHCPV6_OFFERED};
    client->addresses_count++;
    return added;
}

/* Make it an address of the node, or give it new lifetimes there. Return false if the node cannot have it, or has it
 * from another source. */
static bool lease_to_node(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_lease *lease, uint64_t now)
{
    uint32_t preferred = lease->preferred_lifetime;
    uint32_t valid = lease->valid_lifetime;
    return !v6nf_address_is_link_local(lease->address.bytes) &&
           v6nf_node_lease_address(client->node, &lease->address, preferred, valid, now) == V6NF_OK;
}

/* Process an address that a server leases, extends or withdraws (RFC 9915, 18.2.10.1). */
void v6nf_dhcpv6_lease_update(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_lease *lease, uint64_t now)
{
    struct v6nf_dhcpv6_address *address = v6nf_dhcpv6_lease_find(client, &lease->address);
    if (lease->valid_lifetime == 0u) {
        if (address != NULL && address->use == V6NF_DHCPV6_LEASED) {
            drop_address(client, (uint32_t)(address - client->addresses));
        }
        return;
    }
    bool is_new = address == NULL;
    if (is_new) {
        address = v6nf_dhcpv6_lease_add(client, &lease->address);
    }
    if (address == NULL || address->use == V6NF_DHCPV6_DECLINED) {
        return;
    }
    if (!lease_to_node(client, lease, now)) {
        dhcpv6_count(client, V6NF_DHCPV6_LEASES_FULL);
        drop_address(client, (uint32_t)(address - client->addresses));
        return;
    }
    if (is_new) {
        dhcpv6_count(client, V6NF_DHCPV6_LEASES);
    }
    if (client->leased_since == V6NF_NEVER) {
        client->leased_since = now;
    }
    address->use = V6NF_DHCPV6_LEASED;
    address->preferred_until = v6nf_lifetime_end(now, lease->preferred_lifetime);
    address->valid_until = v6nf_lifetime_end(now, lease->valid_lifetime);
}

/* Decline the addresses that detection found to be another node's (RFC 9915, 18.2.8). */
void v6nf_dhcpv6_lease_decline(struct v6nf_dhcpv6 *client)
{
    const struct v6nf_node *node = client->node;
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        struct v6nf_dhcpv6_address *address = &client->addresses[i];
        uint32_t own = v6nf_own_address_find(node, address->address.bytes);
        if (address->use == V6NF_DHCPV6_LEASED && own != NO_ADDRESS &&
            node->addresses[own].state == V6NF_ADDRESS_DUPLICATE) {
            dhcpv6_count(client, V6NF_DHCPV6_DUPLICATES);
            v6nf_dhcpv6_lease_end(client, address, V6NF_DHCPV6_DECLINED);
        }
    }
}

/* Return what is left of the shortest preferred lifetime, or of the shortest valid one if no address is preferred;
 * V6NF_NEVER if it is infinite. */
uint64_t v6nf_dhcpv6_lease_shortest(const struct v6nf_dhcpv6 *client, uint64_t now)
{
    uint64_t preferred = V6NF_NEVER;
    uint64_t valid = V6NF_NEVER;
    bool is_preferred = false;
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        const struct v6nf_dhcpv6_address *address = &client->addresses[i];
        if (address->use != V6NF_DHCPV6_LEASED || address->valid_until <= now) {
            continue; /* declined, or expired before the program calls tick */
        }
        valid = earlier(valid, address->valid_until);
        if (address->preferred_until > now) {
            preferred = earlier(preferred, address->preferred_until);
            is_preferred = true;
        }
    }
    uint64_t end = is_preferred ? preferred : valid;
    return end == V6NF_NEVER ? V6NF_NEVER : end - now;
}
#endif
