/* delegation.c: the delegated prefixes of a DHCPv6 client, and their lifetimes (RFC 9915, 6.3 and 18.2.10.1). */
#include "delegation.h"

#include "lease.h"

#if V6NF_DHCPV6
uint32_t v6nf_dhcpv6_delegation_count(const struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        found += client->prefixes[i].use == use ? 1u : 0u;
    }
    return found;
}

static struct v6nf_dhcpv6_delegation *find_delegation(struct v6nf_dhcpv6 *client,
                                                      const struct v6nf_dhcpv6_prefix *prefix)
{
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        struct v6nf_dhcpv6_delegation *delegation = &client->prefixes[i];
        if (delegation->length == prefix->length &&
            v6nf_address_equal(delegation->prefix.bytes, prefix->address.bytes)) {
            return delegation;
        }
    }
    return NULL;
}

bool v6nf_dhcpv6_delegation_is_usable(const struct v6nf_dhcpv6_prefix *prefix)
{
    const uint8_t *bytes = prefix->address.bytes;
    return v6nf_address_is_assignable(bytes) && !v6nf_address_is_link_local(bytes);
}

/* End the use of a leased prefix. */
static void end_delegation(struct v6nf_dhcpv6 *client, struct v6nf_dhcpv6_delegation *delegation,
                           enum v6nf_dhcpv6_use use)
{
    if (delegation->use == V6NF_DHCPV6_LEASED) {
        dhcpv6_count(client, V6NF_DHCPV6_PREFIXES_LOST);
        client->prefixes_are_changed = true;
    }
    delegation->use = use;
}

/* Remove a prefix. The last one is moved to its slot. */
static void drop_delegation(struct v6nf_dhcpv6 *client, uint32_t index)
{
    end_delegation(client, &client->prefixes[index], V6NF_DHCPV6_OFFERED);
    client->prefixes_count--;
    client->prefixes[index] = client->prefixes[client->prefixes_count];
}

/* Begin with the last prefix, because it may be moved to the slot of one that is removed. */
void v6nf_dhcpv6_delegation_drop(struct v6nf_dhcpv6 *client, enum v6nf_dhcpv6_use use)
{
    for (uint32_t i = client->prefixes_count; i > 0u; i--) {
        if (client->prefixes[i - 1u].use == use) {
            drop_delegation(client, i - 1u);
        }
    }
}

void v6nf_dhcpv6_delegation_expire(struct v6nf_dhcpv6 *client, uint64_t now)
{
    for (uint32_t i = client->prefixes_count; i > 0u; i--) {
        const struct v6nf_dhcpv6_delegation *delegation = &client->prefixes[i - 1u];
        if (delegation->use == V6NF_DHCPV6_LEASED && now >= delegation->valid_until) {
            drop_delegation(client, i - 1u);
        }
    }
}

void v6nf_dhcpv6_delegation_release(struct v6nf_dhcpv6 *client)
{
    v6nf_dhcpv6_delegation_drop(client, V6NF_DHCPV6_OFFERED);
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        end_delegation(client, &client->prefixes[i], V6NF_DHCPV6_RELEASED);
    }
}

/* Add an offered prefix. Return NULL, counted, if it is of no use or no slot is free. */
static struct v6nf_dhcpv6_delegation *add_delegation(struct v6nf_dhcpv6 *client,
                                                     const struct v6nf_dhcpv6_prefix *prefix)
{
    if (!v6nf_dhcpv6_delegation_is_usable(prefix) || client->prefixes_count == V6NF_DHCPV6_PREFIXES) {
        dhcpv6_count(client, V6NF_DHCPV6_PREFIXES_FULL);
        return NULL;
    }
    struct v6nf_dhcpv6_delegation *added = &client->prefixes[client->prefixes_count];
    *added = (struct v6nf_dhcpv6_delegation){
        .prefix = prefix->address, .length = prefix->length, .use = V6NF_DHCPV6_OFFERED};
    client->prefixes_count++;
    return added;
}

void v6nf_dhcpv6_delegation_offer(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_prefix *prefix)
{
    if (find_delegation(client, prefix) == NULL) {
        (void)add_delegation(client, prefix);
    }
}

void v6nf_dhcpv6_delegation_update(struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_prefix *prefix, uint64_t now)
{
    struct v6nf_dhcpv6_delegation *delegation = find_delegation(client, prefix);
    if (prefix->valid_lifetime == 0u) {
        if (delegation != NULL) {
            drop_delegation(client, (uint32_t)(delegation - client->prefixes));
        }
        return;
    }
    if (delegation == NULL) {
        delegation = add_delegation(client, prefix);
    }
    if (delegation == NULL) {
        return;
    }
    if (delegation->use != V6NF_DHCPV6_LEASED) {
        dhcpv6_count(client, V6NF_DHCPV6_PREFIXES_LEASED);
    }
    if (client->leased_since == V6NF_NEVER) {
        client->leased_since = now;
    }
    delegation->use = V6NF_DHCPV6_LEASED;
    delegation->preferred_until = v6nf_lifetime_end(now, prefix->preferred_lifetime);
    delegation->valid_until = v6nf_lifetime_end(now, prefix->valid_lifetime);
    client->prefixes_are_changed = true;
}

uint64_t v6nf_dhcpv6_delegation_shortest(const struct v6nf_dhcpv6 *client, uint64_t now)
{
    uint64_t preferred = V6NF_NEVER;
    uint64_t valid = V6NF_NEVER;
    bool is_preferred = false;
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        const struct v6nf_dhcpv6_delegation *delegation = &client->prefixes[i];
        if (delegation->use != V6NF_DHCPV6_LEASED || delegation->valid_until <= now) {
            continue;
        }
        valid = earlier(valid, delegation->valid_until);
        if (delegation->preferred_until > now) {
            preferred = earlier(preferred, delegation->preferred_until);
            is_preferred = true;
        }
    }
    uint64_t end = is_preferred ? preferred : valid;
    return end == V6NF_NEVER ? V6NF_NEVER : end - now;
}

uint64_t v6nf_dhcpv6_delegation_due(const struct v6nf_dhcpv6 *client)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        if (client->prefixes[i].use == V6NF_DHCPV6_LEASED) {
            due = earlier(due, client->prefixes[i].valid_until);
        }
    }
    return due;
}

uint32_t v6nf_dhcpv6_delegation_list(const struct v6nf_dhcpv6 *client, struct v6nf_dhcpv6_prefix *prefixes)
{
    uint32_t count = 0;
    for (; count < V6NF_DHCPV6_PREFIXES && count < client->prefixes_count; count++) {
        const struct v6nf_dhcpv6_delegation *delegation = &client->prefixes[count];
        prefixes[count] = (struct v6nf_dhcpv6_prefix){.address = delegation->prefix, .length = delegation->length};
    }
    if (count == 0u && client->prefix_length != 0u) {
        prefixes[0] = (struct v6nf_dhcpv6_prefix){.length = client->prefix_length};
        count = 1;
    }
    return count;
}

void v6nf_dhcpv6_delegation_report(struct v6nf_dhcpv6 *client, uint64_t now)
{
    bool is_changed = client->prefixes_are_changed;
    client->prefixes_are_changed = false;
    if (is_changed && client->prefixes_changed != NULL) {
        client->prefixes_changed(client->context, now);
    }
}

/* Return the seconds that are left until `end`, rounded down. */
static uint32_t seconds_left(uint64_t end, uint64_t now)
{
    if (end == V6NF_NEVER) {
        return V6NF_DHCPV6_INFINITY;
    }
    uint64_t seconds = end > now ? (end - now) / V6NF_SECOND : 0u;
    return seconds < V6NF_DHCPV6_INFINITY ? (uint32_t)seconds : V6NF_DHCPV6_INFINITY - 1u;
}

bool v6nf_dhcpv6_prefix(const struct v6nf_dhcpv6 *client, uint32_t index, struct v6nf_dhcpv6_prefix *prefix,
                        uint64_t now)
{
    *prefix = (struct v6nf_dhcpv6_prefix){.length = 0};
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES && i < client->prefixes_count; i++) {
        const struct v6nf_dhcpv6_delegation *delegation = &client->prefixes[i];
        if (delegation->use != V6NF_DHCPV6_LEASED || delegation->valid_until <= now) {
            continue;
        }
        if (index == 0u) {
            *prefix = (struct v6nf_dhcpv6_prefix){.address = delegation->prefix,
                                                  .length = delegation->length,
                                                  .preferred_lifetime = seconds_left(delegation->preferred_until, now),
                                                  .valid_lifetime = seconds_left(delegation->valid_until, now)};
            return true;
        }
        index--;
    }
    return false;
}
#endif
