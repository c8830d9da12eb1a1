/* report.h: print each change of a node in a line: addresses that can be used, are deprecated, removed or duplicate;
 * routers; DNS servers and search domains from routers or from a DHCPv6 server, whose delegated prefixes, too. */
#ifndef EXAMPLES_REPORT_H
#define EXAMPLES_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/v6nf.h"

/* A fact about a node, in the words of a line: "address" "fd00::2" "can be used". */
struct report_fact {
    const char *what;
    char which[V6NF_ADDRESS_TEXT_SIZE + V6NF_DNS_DOMAIN_SIZE];
    const char *is;
};

#define REPORT_FACTS                                                                                                   \
    (V6NF_ADDRESSES + V6NF_ROUTERS + 2u * (V6NF_DNS_SERVERS + V6NF_DNS_DOMAINS) +                                      \
     (V6NF_DHCPV6 ? V6NF_DHCPV6_PREFIXES : 0u))

struct report_facts {
    uint32_t count;
    struct report_fact facts[REPORT_FACTS];
};

/* State of the report. Zero it before the first call. */
struct report {
    bool ready;
    uint32_t changes;  /* of addresses, routes and the link, as counted at the last comparison */
    uint64_t compared; /* time of the last comparison */
    struct report_facts reported;
    struct report_facts current;
};

struct v6nf_dhcpv6;

/* Print the changes of the node and of its DHCPv6 client since the last call.
 * client: NULL if there is none.
 * ready: the start of the line that names the first addresses, when the node is ready.
 * Return false if the node became ready without an address that it can use. */
bool report_changes(struct report *report, const struct v6nf_node *node, const struct v6nf_dhcpv6 *client,
                    const char *ready, uint64_t now);

#endif
