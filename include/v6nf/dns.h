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
/* Get a DNS server that routers advertise (RFC 8106, 5.1).
 * index: 0 and up, among the servers that are valid at `now`.
 * server: the result; :: if there is no such server. A link-local address belongs to the node's link.
 * now: microseconds, monotonic.
 * Return false if there is no such server.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_node_dns_server(const struct v6nf_node *node, uint32_t index, struct v6nf_address *server, uint64_t now);

/* Get a domain of the DNS search list that routers advertise (RFC 8106, 5.2).
 * index: 0 and up, among the domains that are valid at `now`.
 * now: microseconds, monotonic.
 * Return the domain as zero-terminated text, such as "example.com", or NULL if there is no such domain. The text is in
 * the node, and valid until the next call that handles a frame.
 * Context: the loop, UDP handlers, error handlers. */
const char *v6nf_node_dns_domain(const struct v6nf_node *node, uint32_t index, uint64_t now);
#endif

#ifdef __cplusplus
}
#endif

#endif
