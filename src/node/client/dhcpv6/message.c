/* message.c: the messages that a DHCPv6 client writes, and what it stores of those it receives (RFC 9915, 16 and
 * 18.2). */
#include "message.h"

#include <string.h>

#include "delegation.h"
#include "lease.h"

#if V6NF_DHCPV6
#define ELAPSED_UNIT 10000u /* RFC 9915, 21.9: a hundredth of a second */

/* List the addresses that the message names. Return their number. */
static uint32_t list_addresses(const struct v6nf_dhcpv6 *client, struct v6nf_address *addresses)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < V6NF_DHCPV6_ADDRESSES && i < client->addresses_count; i++) {
        bool is_declined = client->addresses[i].use == V6NF_DHCPV6_DECLINED;
        if (is_declined == (client->state == V6NF_DHCPV6_DECLINING)) {
            addresses[count] = client->addresses[i].address;
            count++;
        }
    }
    return count;
}

/* Return true if the message is for one server, which it names. */
static bool names_server(const struct v6nf_dhcpv6 *client)
{
    return client->state == V6NF_DHCPV6_REQUESTING || client->state == V6NF_DHCPV6_RENEWING ||
           client->state == V6NF_DHCPV6_DECLINING || client->state == V6NF_DHCPV6_RELEASING;
}

/* List the options that the message requests. Return their number. */
static uint32_t list_requested(const struct v6nf_dhcpv6 *client, const uint16_t **requested)
{
    static const uint16_t stateful[] = {V6NF_DHCPV6_OPTION_DNS_SERVERS, V6NF_DHCPV6_OPTION_DOMAINS,
                                        V6NF_DHCPV6_OPTION_SOL_MAX_RT};
    static const uint16_t stateless[] = {V6NF_DHCPV6_OPTION_DNS_SERVERS, V6NF_DHCPV6_OPTION_DOMAINS,
                                         V6NF_DHCPV6_OPTION_REFRESH_TIME, V6NF_DHCPV6_OPTION_INF_MAX_RT};
    *requested = stateful;
    switch (client->state) {
    case V6NF_DHCPV6_INFORMING:
        *requested = stateless;
        return sizeof stateless / sizeof stateless[0];
    case V6NF_DHCPV6_CONFIRMING:
        return client->confirms_by_rebind ? sizeof stateful / sizeof stateful[0] : 0u;
    case V6NF_DHCPV6_DECLINING:
    case V6NF_DHCPV6_RELEASING:
        return 0;
    default:
        return sizeof stateful / sizeof stateful[0];
    }
}

/* Put the addresses and prefixes that the message names into *content. */
static void list_bindings(const struct v6nf_dhcpv6 *client, struct v6nf_address *addresses,
                          struct v6nf_dhcpv6_prefix *prefixes, struct v6nf_dhcpv6_content *content)
{
    /* Confirm and Decline are about addresses only, Release about what is returned (RFC 9915, 18.2). */
    bool is_confirm = client->state == V6NF_DHCPV6_CONFIRMING && !client->confirms_by_rebind;
    bool has_prefix_options = client->wants_prefix && !is_confirm && client->state != V6NF_DHCPV6_INFORMING &&
                              client->state != V6NF_DHCPV6_DECLINING;
    bool is_release = client->state == V6NF_DHCPV6_RELEASING;
    content->has_ia = client->asks_addresses && client->state != V6NF_DHCPV6_INFORMING;
    if (client->state != V6NF_DHCPV6_SOLICITING) {
        content->addresses_count = list_addresses(client, addresses);
    }
    content->has_ia &= !is_release || content->addresses_count != 0u;
    content->has_pd = has_prefix_options && (!is_release || client->prefixes_count != 0u);
    if (content->has_pd) {
        content->prefixes_count = v6nf_dhcpv6_delegation_list(client, prefixes);
    }
}

uint32_t v6nf_dhcpv6_message_write(const struct v6nf_dhcpv6 *client, uint8_t type, uint8_t *bytes, uint32_t room,
                                   uint64_t now)
{
    struct v6nf_address addresses[V6NF_DHCPV6_ADDRESSES];
    struct v6nf_dhcpv6_prefix prefixes[V6NF_DHCPV6_PREFIXES];
    uint64_t elapsed = (now - client->first_sent) / ELAPSED_UNIT;
    struct v6nf_dhcpv6_content content = {
        .type = type,
        .rapid_commit = client->state == V6NF_DHCPV6_SOLICITING && client->rapid_commit,
        .elapsed = elapsed < UINT16_MAX ? (uint16_t)elapsed : UINT16_MAX,
        .transaction = client->transaction,
        .client_id = client->duid,
        .client_id_size = client->duid_size,
        .server_id = client->server,
        .server_id_size = names_server(client) ? client->server_size : 0u,
        .iaid = client->iaid,
        .addresses = addresses,
        .prefixes = prefixes,
    };
    content.requested_count = list_requested(client, &content.requested);
    list_bindings(client, addresses, prefixes, &content);
    return v6nf_dhcpv6_write(bytes, room, &content);
}

void v6nf_dhcpv6_message_store_server(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message)
{
    client->server_size = 0;
    for (uint32_t i = message->server_id.at; i < message->server_id.end && client->server_size < V6NF_DHCPV6_DUID_MAX;
         i++) {
        client->server[client->server_size] = bytes[i];
        client->server_size++;
    }
}

static bool is_duid(const uint8_t *bytes, const struct v6nf_dhcpv6_bytes *id, const uint8_t *duid, uint32_t size)
{
    return id->end - id->at == size && memcmp(bytes + id->at, duid, size) == 0;
}

/* Store the names of the search list that are host names and fit, up to the first malformed one. */
static void take_domains(struct v6nf_dhcpv6 *client, const uint8_t *bytes, const struct v6nf_dhcpv6_bytes *domains)
{
    struct v6nf_dhcpv6_bytes found;
    uint32_t at = domains->at;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && at < domains->end; i++) {
        if (client->dns_domains_count == V6NF_DNS_DOMAINS) {
            return;
        }
        if (!v6nf_dhcpv6_next_domain(bytes, &at, domains->end, &found)) {
            dhcpv6_count(client, V6NF_DHCPV6_OPTIONS_IGNORED);
            return;
        }
        char *name = client->dns_domains[client->dns_domains_count];
        (void)v6nf_ndp_read_domain(bytes + found.at, found.end - found.at, name, V6NF_DNS_DOMAIN_SIZE);
        client->dns_domains_count += name[0] != '\0' ? 1u : 0u;
    }
}

/* Store the configuration. What the message lacks is no longer valid (RFC 9915, 18.2.10.5). */
void v6nf_dhcpv6_message_store_configuration(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                             const struct v6nf_dhcpv6_message *message)
{
    client->dns_servers_count = 0;
    client->dns_domains_count = 0;
    for (uint32_t at = message->dns_servers.at;
         at < message->dns_servers.end && client->dns_servers_count < V6NF_DNS_SERVERS; at += V6NF_ADDRESS_SIZE) {
        if (v6nf_address_is_assignable(bytes + at)) {
            v6nf_address_copy(client->dns_servers[client->dns_servers_count].bytes, bytes + at);
            client->dns_servers_count++;
        }
    }
    take_domains(client, bytes, &message->domains);
}

/* Return true if the server grants addresses that the client asked for, or extends them. */
static bool grants_addresses(const struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message)
{
    return client->asks_addresses && message->na.is_present && message->na.status == V6NF_DHCPV6_SUCCESS;
}

static bool grants_prefixes(const struct v6nf_dhcpv6 *client, const struct v6nf_dhcpv6_message *message)
{
    return client->wants_prefix && message->pd.is_present && message->pd.status == V6NF_DHCPV6_SUCCESS;
}

/* Store the addresses of the IA_NA. */
static void store_addresses(struct v6nf_dhcpv6 *client, const uint8_t *bytes, const struct v6nf_dhcpv6_ia *na,
                            uint64_t now)
{
    struct v6nf_dhcpv6_lease lease;
    uint32_t at = na->options.at;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_address(bytes, &at, na->options.end, &lease);
         i++) {
        v6nf_dhcpv6_lease_update(client, &lease, now);
    }
}

/* Store the prefixes of the IA_PD: first those that are withdrawn, so that others find a free slot. */
static void store_prefixes(struct v6nf_dhcpv6 *client, const uint8_t *bytes, const struct v6nf_dhcpv6_ia *pd,
                           uint64_t now)
{
    struct v6nf_dhcpv6_prefix prefix;
    for (uint32_t turn = 0; turn < 2u; turn++) {
        uint32_t at = pd->options.at;
        for (uint32_t i = 0;
             i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_prefix(bytes, &at, pd->options.end, &prefix); i++) {
            if ((prefix.valid_lifetime == 0u) == (turn == 0u)) {
                v6nf_dhcpv6_delegation_update(client, &prefix, now);
            }
        }
    }
}

bool v6nf_dhcpv6_message_store_leases(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    bool has_addresses = grants_addresses(client, message);
    bool has_prefixes = grants_prefixes(client, message);
    if (!has_addresses && !has_prefixes) {
        return false;
    }
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_OFFERED);
    v6nf_dhcpv6_delegation_drop(client, V6NF_DHCPV6_OFFERED);
    if (has_addresses) {
        store_addresses(client, bytes, &message->na, now);
    }
    if (has_prefixes) {
        store_prefixes(client, bytes, &message->pd, now);
    }
    return true;
}

/* Add the addresses of an Advertise, to request them. */
static void offer_addresses(struct v6nf_dhcpv6 *client, const uint8_t *bytes, const struct v6nf_dhcpv6_ia *na)
{
    struct v6nf_dhcpv6_lease lease;
    uint32_t at = na->options.at;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_address(bytes, &at, na->options.end, &lease);
         i++) {
        if (lease.valid_lifetime != 0u && v6nf_dhcpv6_lease_find(client, &lease.address) == NULL) {
            (void)v6nf_dhcpv6_lease_add(client, &lease.address);
        }
    }
}

static void offer_prefixes(struct v6nf_dhcpv6 *client, const uint8_t *bytes, const struct v6nf_dhcpv6_ia *pd)
{
    struct v6nf_dhcpv6_prefix prefix;
    uint32_t at = pd->options.at;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_prefix(bytes, &at, pd->options.end, &prefix);
         i++) {
        if (prefix.valid_lifetime != 0u) {
            v6nf_dhcpv6_delegation_offer(client, &prefix);
        }
    }
}

static bool offers_address(const uint8_t *bytes, const struct v6nf_dhcpv6_ia *na)
{
    struct v6nf_dhcpv6_lease lease;
    uint32_t at = na->options.at;
    bool found = false;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_address(bytes, &at, na->options.end, &lease);
         i++) {
        found |= lease.valid_lifetime != 0u;
    }
    return found;
}

static bool offers_prefix(const uint8_t *bytes, const struct v6nf_dhcpv6_ia *pd)
{
    struct v6nf_dhcpv6_prefix prefix;
    uint32_t at = pd->options.at;
    bool found = false;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_prefix(bytes, &at, pd->options.end, &prefix);
         i++) {
        found |= prefix.valid_lifetime != 0u && v6nf_dhcpv6_delegation_is_usable(&prefix);
    }
    return found;
}

uint8_t v6nf_dhcpv6_message_offers(const struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                   const struct v6nf_dhcpv6_message *message)
{
    bool has_addresses = grants_addresses(client, message) && offers_address(bytes, &message->na);
    bool has_prefixes = grants_prefixes(client, message) && offers_prefix(bytes, &message->pd);
    return (uint8_t)((has_addresses ? 1u : 0u) + (has_prefixes ? 1u : 0u));
}

void v6nf_dhcpv6_message_store_offers(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message)
{
    client->addresses_count = 0; /* those of a less preferred server */
    client->prefixes_count = 0;
    if (grants_addresses(client, message)) {
        offer_addresses(client, bytes, &message->na);
    }
    if (grants_prefixes(client, message)) {
        offer_prefixes(client, bytes, &message->pd);
    }
}

/* Check a message (RFC 9915, 16.3 and 16.10). Only the server that the client named may answer. */
enum v6nf_dhcpv6_counter v6nf_dhcpv6_message_check(const struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                                   const struct v6nf_dhcpv6_message *message, bool is_expected)
{
    if (message->type == V6NF_DHCPV6_RECONFIGURE) {
        return V6NF_DHCPV6_DROP_RECONFIGURE; /* 16.11 */
    }
    if (message->type != V6NF_DHCPV6_ADVERTISE && message->type != V6NF_DHCPV6_REPLY) {
        return V6NF_DHCPV6_DROP_TYPE;
    }
    if (!is_expected) {
        return V6NF_DHCPV6_DROP_UNEXPECTED;
    }
    if (message->transaction != client->transaction) {
        return V6NF_DHCPV6_DROP_TRANSACTION;
    }
    if (!is_duid(bytes, &message->client_id, client->duid, client->duid_size)) {
        return V6NF_DHCPV6_DROP_CLIENT_ID;
    }
    if (message->server_id.end == 0u ||
        (names_server(client) && !is_duid(bytes, &message->server_id, client->server, client->server_size))) {
        return V6NF_DHCPV6_DROP_SERVER_ID;
    }
    return V6NF_DHCPV6_ACCEPTED;
}
#endif
