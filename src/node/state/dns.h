/* dns.h: DNS configuration that routers advertise (RFC 8106, 5). */
#ifndef V6NF_NODE_STATE_DNS_H
#define V6NF_NODE_STATE_DNS_H

#include "../base/core.h"

/* Store the servers, or the search list, of an option of `size` bytes. */
void v6nf_dns_servers_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now);
void v6nf_dns_search_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now);

#endif
