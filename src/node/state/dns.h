/* dns.h: DNS configuration that routers advertise (RFC 8106, 5). */
#ifndef V6NF_NODE_STATE_DNS_H
#define V6NF_NODE_STATE_DNS_H

#include "../base/core.h"

/* A Router Advertisement with DNS options. */
struct dns_source {
    uint32_t number; /* of the advertisement */
    bool is_known;   /* its router has answered the node */
    uint64_t now;
};

/* Store the servers, or the search list, of an option of `size` bytes. */
void v6nf_dns_servers_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size,
                                 const struct dns_source *source);
void v6nf_dns_search_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size,
                                const struct dns_source *source);

#if V6NF_DNS
/* End all at `time`, unless it is advertised again. */
void v6nf_dns_end_advertised(struct v6nf_node *node, uint64_t time);
#else
static inline void v6nf_dns_end_advertised(struct v6nf_node *node, uint64_t time)
{
    (void)node, (void)time;
}
#endif

/* For tests: return true if both tables are consistent. */
bool v6nf_dns_is_valid(const struct v6nf_node *node);

#endif
