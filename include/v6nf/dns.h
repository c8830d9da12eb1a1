/* dns.h: DNS configuration that routers advertise (RFC 8106). */
#ifndef V6NF_DNS_H
#define V6NF_DNS_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_node;

#if V6NF_DNS
/* DNS server number `index`, from 0 on, of those that routers advertise and that are valid at `now`. Returns false, with
 * *server ::, after the last. A link-local one is one of the node's link. */
bool v6nf_node_dns_server(const struct v6nf_node *node, uint32_t index, struct v6nf_address *server, uint64_t now);

/* Domain number `index` of the DNS search list, likewise: "example.com", zero-terminated, in the node; NULL after the
 * last. It is good until the next call that takes a frame. */
const char *v6nf_node_dns_domain(const struct v6nf_node *node, uint32_t index, uint64_t now);
#endif

#ifdef __cplusplus
}
#endif

#endif
