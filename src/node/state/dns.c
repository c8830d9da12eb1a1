/* dns.c: DNS configuration that routers advertise (RFC 8106), for the program to read. Lifetimes are looked at when it
 * does: nothing here is due at a time. */
#include "dns.h"

#include <string.h>

#include "v6nf/dns.h"

#if V6NF_DNS

/* Nothing is added with lifetime 0: what is known gets it, and is valid no more. Else the entry that ends first makes room
 * (RFC 8106, 6.2), which is a free one if there is any. */
static void update_server(struct v6nf_node *node, const uint8_t *address, uint32_t lifetime, uint64_t now)
{
    struct v6nf_dns_server *place = &node->dns_servers[0];
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        struct v6nf_dns_server *server = &node->dns_servers[i];
        if (v6nf_address_equal(server->address.bytes, address)) {
            server->valid_until = v6nf_lifetime_end(now, lifetime);
            return;
        }
        if (server->valid_until < place->valid_until) {
            place = server;
        }
    }
    if (lifetime != 0u) {
        v6nf_address_copy(place->address.bytes, address);
        place->valid_until = v6nf_lifetime_end(now, lifetime);
    }
}

void v6nf_dns_servers_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now)
{
    uint32_t lifetime = v6nf_load32(option + V6NF_NDP_DNS_LIFETIME);
    /* Those that are too many would only displace the first. */
    for (uint32_t i = 0; i < v6nf_ndp_dns_servers(size) && i < V6NF_DNS_SERVERS; i++) {
        const uint8_t *address = option + V6NF_NDP_DNS_LIST + (size_t)i * V6NF_ADDRESS_SIZE;
        if (v6nf_address_is_assignable(address)) {
            update_server(node, address, lifetime, now);
        }
    }
}

/* The same for a domain, `size` characters with the terminating zero. */
static void update_domain(struct v6nf_node *node, const char *name, uint32_t size, uint32_t lifetime, uint64_t now)
{
    struct v6nf_dns_domain *place = &node->dns_domains[0];
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS; i++) {
        struct v6nf_dns_domain *domain = &node->dns_domains[i];
        if (memcmp(domain->name, name, size) == 0) {
            domain->valid_until = v6nf_lifetime_end(now, lifetime);
            return;
        }
        if (domain->valid_until < place->valid_until) {
            place = domain;
        }
    }
    if (lifetime != 0u) {
        memcpy(place->name, name, size);
        place->valid_until = v6nf_lifetime_end(now, lifetime);
    }
}

void v6nf_dns_search_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now)
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
            update_domain(node, name, length + 1u, v6nf_load32(option + V6NF_NDP_DNS_LIFETIME), now);
        }
        at += taken;
    }
}

bool v6nf_node_dns_server(const struct v6nf_node *node, uint32_t index, struct v6nf_address *server, uint64_t now)
{
    uint32_t found = 0;
    *server = (struct v6nf_address){{0}};
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        if (now >= node->dns_servers[i].valid_until) {
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
        if (now >= node->dns_domains[i].valid_until) {
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
