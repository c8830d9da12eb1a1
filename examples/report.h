/* report.h: tells the user what is new of a node, in a line each: addresses that can be used, are deprecated, are gone
 * or are another node's; the routers, and the DNS servers and search domains that they or a DHCPv6 server told. */
#ifndef EXAMPLES_REPORT_H
#define EXAMPLES_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/v6nf.h"

/* Something that is so of a node, as the words of a line: "address" "fd00::2" "can be used". */
struct report_fact {
    const char *what;
    char which[V6NF_ADDRESS_TEXT_SIZE + V6NF_DNS_DOMAIN_SIZE];
    const char *is;
};

#define REPORT_FACTS (V6NF_ADDRESSES + V6NF_ROUTERS + 2u * (V6NF_DNS_SERVERS + V6NF_DNS_DOMAINS))

struct report_facts {
    uint32_t count;
    struct report_fact facts[REPORT_FACTS];
};

/* What has been told so far; all zero at the beginning. */
struct report {
    bool ready;
    uint64_t looked; /* when the node was looked at last */
    struct report_facts told;
    struct report_facts now;
};

struct v6nf_dhcpv6;

/* Prints what is new at `now` of the node and its DHCPv6 client, NULL if it has none. Once the node has its first
 * addresses it says so, in a line that begins with `ready` and names them. Returns false if there is then none that it
 * could use. */
bool report_changes(struct report *report, const struct v6nf_node *node, const struct v6nf_dhcpv6 *client,
                    const char *ready, uint64_t now);

#endif
