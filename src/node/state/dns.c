/* dns.c: DNS configuration that routers advertise (RFC 8106), for the program to read. Reading checks the lifetimes:
 * nothing here is due at a time. */
#include "dns.h"

#include <string.h>

#include "v6nf/dns.h"

#if V6NF_DNS

/* Return how long ago the entry was advertised, as a number of advertisements. One that has ended is the oldest. */
static uint32_t age_of(const struct v6nf_dns_life *life, const struct dns_source *source)
{
    return source->now >= life->valid_until ? UINT32_MAX : source->number - life->heard;
}

/* Return true if the entry `a` must be evicted before `b`, NULL for none. In a full table, what was advertised longest
 * ago is. DEVIATION: RFC 8106, 6.2 evicts what ends first. Infinite lifetimes of an unknown host would then stay
 * forever. Such a host evicts nothing that a router advertised which answers. */
static bool goes_first(const struct v6nf_dns_life *a, const struct v6nf_dns_life *b, const struct dns_source *source)
{
    bool is_kept = a->is_known && !source->is_known && source->now < a->valid_until;
    return !is_kept && (b == NULL || age_of(a, source) > age_of(b, source));
}

/* Return true if an entry can be made where `evicted` is, NULL for nowhere. One advertisement of an unknown host, with
 * `same` entries of `count`, gets at most half of a full table. */
static bool may_replace(const struct v6nf_dns_life *evicted, uint32_t same, uint32_t count,
                        const struct dns_source *source)
{
    return evicted != NULL && (source->now >= evicted->valid_until || source->is_known || same * 2u < count);
}

static bool is_same_advertisement(const struct v6nf_dns_life *life, const struct dns_source *source)
{
    return source->now < life->valid_until && life->heard == source->number;
}

static void renew(struct v6nf_dns_life *life, uint32_t lifetime, const struct dns_source *source)
{
    life->valid_until = v6nf_lifetime_end(source->now, lifetime);
    life->heard = source->number;
    life->is_known |= source->is_known;
}

/* Update a server. Lifetime 0 ends a known one, and adds none. */
static void update_server(struct v6nf_node *node, const uint8_t *address, uint32_t lifetime,
                          const struct dns_source *source)
{
    struct v6nf_dns_server *slot = NULL;
    uint32_t same = 0;
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        struct v6nf_dns_server *server = &node->dns_servers[i];
        if (v6nf_address_equal(server->address.bytes, address)) {
            renew(&server->life, lifetime, source);
            return;
        }
        same += is_same_advertisement(&server->life, source) ? 1u : 0u;
        if (goes_first(&server->life, slot != NULL ? &slot->life : NULL, source)) {
            slot = server;
        }
    }
    if (lifetime != 0u && may_replace(slot != NULL ? &slot->life : NULL, same, V6NF_DNS_SERVERS, source)) {
        *slot = (struct v6nf_dns_server){.life = {.is_known = false}};
        v6nf_address_copy(slot->address.bytes, address);
        renew(&slot->life, lifetime, source);
    }
}

void v6nf_dns_servers_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size,
                                 const struct dns_source *source)
{
    uint32_t lifetime = v6nf_load32(option + V6NF_NDP_DNS_LIFETIME);
    /* More than fit would only evict the first. */
    for (uint32_t i = 0; i < v6nf_ndp_dns_servers(size) && i < V6NF_DNS_SERVERS; i++) {
        const uint8_t *address = option + V6NF_NDP_DNS_LIST + (size_t)i * V6NF_ADDRESS_SIZE;
        if (v6nf_address_is_assignable(address)) {
            update_server(node, address, lifetime, source);
        }
    }
}

/* The same for a domain, `size` characters with the terminating zero. */
static void update_domain(struct v6nf_node *node, const char *name, uint32_t size, uint32_t lifetime,
                          const struct dns_source *source)
{
    struct v6nf_dns_domain *slot = NULL;
    uint32_t same = 0;
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS; i++) {
        struct v6nf_dns_domain *domain = &node->dns_domains[i];
        if (memcmp(domain->name, name, size) == 0) {
            renew(&domain->life, lifetime, source);
            return;
        }
        same += is_same_advertisement(&domain->life, source) ? 1u : 0u;
        if (goes_first(&domain->life, slot != NULL ? &slot->life : NULL, source)) {
            slot = domain;
        }
    }
    if (lifetime != 0u && may_replace(slot != NULL ? &slot->life : NULL, same, V6NF_DNS_DOMAINS, source)) {
        slot->life.is_known = false;
        memcpy(slot->name, name, size);
        renew(&slot->life, lifetime, source);
    }
}

void v6nf_dns_search_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size,
                                const struct dns_source *source)
{
    char name[V6NF_DNS_DOMAIN_SIZE];
    uint32_t at = V6NF_NDP_DNS_LIST;
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS && at < size; i++) {
        uint32_t taken = v6nf_ndp_read_domain(option + at, size - at, name, V6NF_DNS_DOMAIN_SIZE);
        if (taken == 0u) {
            return;
        }
        uint32_t length = 0;
        while (length < V6NF_DNS_DOMAIN_SIZE - 1u && name[length] != '\0') {
            length++;
        }
        if (length != 0u) {
            update_domain(node, name, length + 1u, v6nf_load32(option + V6NF_NDP_DNS_LIFETIME), source);
        }
        at += taken;
    }
}

void v6nf_dns_end_advertised(struct v6nf_node *node, uint64_t time)
{
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        struct v6nf_dns_life *life = &node->dns_servers[i].life;
        life->valid_until = earlier(life->valid_until, time);
        life->is_known = false;
    }
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS; i++) {
        struct v6nf_dns_life *life = &node->dns_domains[i].life;
        life->valid_until = earlier(life->valid_until, time);
        life->is_known = false;
    }
}

bool v6nf_node_dns_server(const struct v6nf_node *node, uint32_t index, struct v6nf_address *server, uint64_t now)
{
    uint32_t found = 0;
    *server = (struct v6nf_address){{0}};
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        if (now >= node->dns_servers[i].life.valid_until) {
            continue;
        }
        if (found == index) {
            *server = node->dns_servers[i].address;
            return true;
        }
        found++;
    }
    return false;
}

const char *v6nf_node_dns_domain(const struct v6nf_node *node, uint32_t index, uint64_t now)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS; i++) {
        if (now >= node->dns_domains[i].life.valid_until) {
            continue;
        }
        if (found == index) {
            return node->dns_domains[i].name;
        }
        found++;
    }
    return NULL;
}
#endif
