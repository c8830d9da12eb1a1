/* dns_valid.c: the invariant of the DNS configuration that routers advertise, for tests. */
#include "dns.h"

#ifdef V6NF_INVARIANTS
bool v6nf_dns_is_valid(const struct v6nf_node *node)
{
#if V6NF_DNS
    for (uint32_t i = 0; i < V6NF_DNS_SERVERS; i++) {
        const struct v6nf_dns_server *server = &node->dns_servers[i];
        if (server->life.valid_until != 0u && !v6nf_address_is_assignable(server->address.bytes)) {
            return false;
        }
        for (uint32_t j = 0; j < i && server->life.valid_until != 0u; j++) {
            if (node->dns_servers[j].life.valid_until != 0u &&
                v6nf_address_equal(server->address.bytes, node->dns_servers[j].address.bytes)) {
                return false;
            }
        }
    }
    for (uint32_t i = 0; i < V6NF_DNS_DOMAINS; i++) {
        const char *name = node->dns_domains[i].name;
        uint32_t length = 0;
        while (length < V6NF_DNS_DOMAIN_SIZE && name[length] != '\0') {
            length++;
        }
        if (length == V6NF_DNS_DOMAIN_SIZE || (node->dns_domains[i].life.valid_until != 0u && length == 0u)) {
            return false;
        }
    }
#endif
    (void)node;
    return true;
}
#endif
