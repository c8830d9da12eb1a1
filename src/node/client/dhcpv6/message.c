/* message.c: the messages that a DHCPv6 client writes, and what it stores of those it receives (RFC 9915, 16 and 18.2). */
#include "message.h"

#include <string.h>

#include "lease.h"

#if V6NF_DHCPV6
#define ELAPSED_UNIT 10000u /* RFC 9915, 21.9: a hundredth of a second */

/* The addresses that the message names. Returns how many. */
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

/* True if the message goes to one server, which it names. */
static bool names_server(const struct v6nf_dhcpv6 *client)
{
    return client->state == V6NF_DHCPV6_REQUESTING || client->state == V6NF_DHCPV6_RENEWING ||
           client->state == V6NF_DHCPV6_DECLINING || client->state == V6NF_DHCPV6_RELEASING;
}

/* The options that the message asks for. Returns how many. */
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
    case V6NF_DHCPV6_DECLINING:
    case V6NF_DHCPV6_RELEASING:
        return 0;
    default:
        return sizeof stateful / sizeof stateful[0];
    }
}

uint32_t v6nf_dhcpv6_message_write(const struct v6nf_dhcpv6 *client, uint8_t type, uint8_t *bytes, uint32_t room,
                                   uint64_t now)
{
    struct v6nf_address addresses[V6NF_DHCPV6_ADDRESSES];
    uint64_t elapsed = (now - client->first_sent) / ELAPSED_UNIT;
    struct v6nf_dhcpv6_content content = {
        .type = type,
        .rapid_commit = client->state == V6NF_DHCPV6_SOLICITING && client->rapid_commit,
        .has_ia = client->state != V6NF_DHCPV6_INFORMING,
        .elapsed = elapsed < UINT16_MAX ? (uint16_t)elapsed : UINT16_MAX,
        .transaction = client->transaction,
        .client_id = client->duid,
        .client_id_size = client->duid_size,
        .server_id = client->server,
        .server_id_size = names_server(client) ? client->server_size : 0u,
        .iaid = client->iaid,
        .addresses = addresses,
    };
    content.requested_count = list_requested(client, &content.requested);
    if (client->state != V6NF_DHCPV6_SOLICITING) {
        content.addresses_count = list_addresses(client, addresses);
    }
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

static bool is_duid(const uint8_t *bytes, const struct v6nf_dhcpv6_bytes *place, const uint8_t *duid, uint32_t size)
{
    return place->end - place->at == size && memcmp(bytes + place->at, duid, size) == 0;
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

/* RFC 9915, 18.2.10.5: what is not in the message any more is not known any more. */
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

/* Takes the addresses of the IA_NA. */
void v6nf_dhcpv6_message_store_leases(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message, uint64_t now)
{
    struct v6nf_dhcpv6_lease lease;
    uint32_t at = message->ia.at;
    v6nf_dhcpv6_lease_drop(client, V6NF_DHCPV6_OFFERED);
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX; i++) {
        if (!v6nf_dhcpv6_next_address(bytes, &at, message->ia.end, &lease)) {
            return;
        }
        v6nf_dhcpv6_lease_update(client, &lease, now);
    }
}

/* Makes the addresses of an Advertise those to be requested. Returns false if there are none. */
bool v6nf_dhcpv6_message_store_offers(struct v6nf_dhcpv6 *client, const uint8_t *bytes,
                                      const struct v6nf_dhcpv6_message *message)
{
    struct v6nf_dhcpv6_lease lease;
    bool has_some = false;
    uint32_t at = message->ia.at;
    for (uint32_t i = 0; i < V6NF_DHCPV6_OPTIONS_MAX && v6nf_dhcpv6_next_address(bytes, &at, message->ia.end, &lease);
         i++) {
        if (lease.valid_lifetime == 0u) {
            continue;
        }
        if (!has_some) {
            client->addresses_count = 0; /* of a server that is less preferred */
            has_some = true;
        }
        if (v6nf_dhcpv6_lease_find(client, &lease.address) == NULL) {
            (void)v6nf_dhcpv6_lease_add(client, &lease.address);
        }
    }
    return has_some;
}

/* RFC 9915, 16.3 and 16.10. A server that was asked by name is the only one to answer. */
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
