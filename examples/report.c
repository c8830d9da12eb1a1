/* report.c: collect the state of a node as facts, compare them with the facts that were reported before. */
#include "report.h"

#include "v6nf/print.h"
#include "v6nf/text.h"
#include "v6nf/wire/ndp.h"

#define INTERVAL V6NF_SECOND /* between two comparisons without a change of the node: lifetimes of DNS servers end */

/* -- Facts --------------------------------------------------------------------------------------------------------- */

/* Return the fact about the same object, with any state; NULL if there is none. */
static const struct report_fact *find_fact(const struct report_facts *facts, const struct report_fact *wanted)
{
    for (uint32_t i = 0; i < facts->count; i++) {
        const struct report_fact *fact = &facts->facts[i];
        if (v6nf_text_equals(fact->what, wanted->what) && v6nf_text_equals(fact->which, wanted->which)) {
            return fact;
        }
    }
    return NULL;
}

/* Add a fact. Return its `which`, which the caller writes. There are at most REPORT_FACTS. */
static char *add_fact(struct report_facts *facts, const char *what, const char *is)
{
    struct report_fact *fact = &facts->facts[facts->count];
    facts->count++;
    fact->what = what;
    fact->is = is;
    return fact->which;
}

static const char *address_kind(const struct v6nf_interface_address *own)
{
    return own->origin == V6NF_ADDRESS_TEMPORARY ? "temporary address"
           : own->origin == V6NF_ADDRESS_LEASED  ? "leased address"
                                                 : "address";
}

static const char in_use[] = "can be used";
static const char conflict[] = "is in use by another node";
static const char tentative[] = "is tentative"; /* reported only of an address that had another state before */

static const char *address_state(const struct v6nf_interface_address *own)
{
    switch (own->state) {
    case V6NF_ADDRESS_DUPLICATE:
        return conflict;
    case V6NF_ADDRESS_DEPRECATED:
        return "is deprecated";
    case V6NF_ADDRESS_ANYCAST:
    case V6NF_ADDRESS_PREFERRED:
        return in_use;
    default:
        return tentative;
    }
}

static void write_addresses(struct report_facts *facts, const struct v6nf_node *node)
{
    /* A duplicate link-local address disables all others (RFC 4862, 5.4.5): report it alone. */
    uint32_t count = node->addresses[0].state == V6NF_ADDRESS_DUPLICATE ? 1u : node->addresses_used;
    for (uint32_t i = 0; i < count; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        v6nf_address_format(add_fact(facts, address_kind(own), address_state(own)), &own->address);
    }
}

static void write_routers(struct report_facts *facts, const struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        const struct v6nf_route *route = &node->routes[i];
        if (route->valid_until > now) {
            const char *is = route->preference == V6NF_NDP_PREFERENCE_HIGH  ? "is a default router of high preference"
                             : route->preference == V6NF_NDP_PREFERENCE_LOW ? "is a default router of low preference"
                                                                            : "is a default router";
            v6nf_address_format(add_fact(facts, "router", is), &route->router);
        }
    }
}

#if V6NF_DNS || V6NF_DHCPV6
static void write_domain(struct report_facts *facts, const char *domain, const char *is)
{
    char *which = add_fact(facts, "search domain", is);
    uint32_t length = 0;
    for (; domain[length] != '\0'; length++) {
        which[length] = domain[length];
    }
    which[length] = '\0';
}
#endif

static void write_advertised_dns(struct report_facts *facts, const struct v6nf_node *node, uint64_t now)
{
#if V6NF_DNS
    static const char is[] = "is advertised";
    struct v6nf_address server;
    for (uint32_t i = 0; v6nf_node_dns_server(node, i, &server, now); i++) {
        v6nf_address_format(add_fact(facts, "DNS server", is), &server);
    }
    for (uint32_t i = 0; v6nf_node_dns_domain(node, i, now) != NULL; i++) {
        write_domain(facts, v6nf_node_dns_domain(node, i, now), is);
    }
#else
    (void)facts;
    (void)node;
    (void)now;
#endif
}

#if V6NF_DHCPV6
/* Append "/LENGTH". */
static void append_length(char *text, uint32_t length)
{
    uint32_t at = 0;
    while (text[at] != '\0') {
        at++;
    }
    text[at++] = '/';
    for (uint32_t unit = length >= 100u ? 100u : length >= 10u ? 10u : 1u; unit > 0u; unit /= 10u) {
        text[at++] = (char)('0' + length / unit % 10u);
    }
    text[at] = '\0';
}

static void write_prefixes(struct report_facts *facts, const struct v6nf_dhcpv6 *client, uint64_t now)
{
    struct v6nf_dhcpv6_prefix prefix;
    for (uint32_t i = 0; v6nf_dhcpv6_prefix(client, i, &prefix, now); i++) {
        const char *is = prefix.preferred_lifetime != 0u ? "is from DHCPv6" : "is deprecated";
        char *which = add_fact(facts, "delegated prefix", is);
        v6nf_address_format(which, &prefix.address);
        append_length(which, prefix.length);
    }
}
#endif

static void write_leased_dns(struct report_facts *facts, const struct v6nf_dhcpv6 *client)
{
#if V6NF_DHCPV6
    static const char is[] = "is from DHCPv6";
    struct v6nf_address server;
    for (uint32_t i = 0; v6nf_dhcpv6_dns_server(client, i, &server); i++) {
        v6nf_address_format(add_fact(facts, "DNS server", is), &server);
    }
    for (uint32_t i = 0; v6nf_dhcpv6_dns_domain(client, i) != NULL; i++) {
        write_domain(facts, v6nf_dhcpv6_dns_domain(client, i), is);
    }
#else
    (void)facts;
    (void)client;
#endif
}

static void collect_facts(struct report_facts *facts, const struct v6nf_node *node, const struct v6nf_dhcpv6 *client,
                          uint64_t now)
{
    facts->count = 0;
    write_addresses(facts, node);
    write_routers(facts, node, now);
    write_advertised_dns(facts, node, now);
    if (client != NULL) {
        write_leased_dns(facts, client);
#if V6NF_DHCPV6
        write_prefixes(facts, client, now);
#endif
    }
}

/* -- Output -------------------------------------------------------------------------------------------------------- */

static void print_fact(const struct report_fact *fact, const char *is)
{
    v6nf_print_text(fact->what);
    v6nf_print_text(" ");
    v6nf_print_text(fact->which);
    v6nf_print_text(" ");
    v6nf_print_text(is);
    v6nf_print_text("\n");
}

static void print_differences(const struct report_facts *reported, const struct report_facts *current)
{
    for (uint32_t i = 0; i < reported->count; i++) {
        if (find_fact(current, &reported->facts[i]) == NULL && reported->facts[i].is != tentative) {
            print_fact(&reported->facts[i], "is gone");
        }
    }
    for (uint32_t i = 0; i < current->count; i++) {
        const struct report_fact *before = find_fact(reported, &current->facts[i]);
        if (before == NULL ? current->facts[i].is != tentative : before->is != current->facts[i].is) {
            print_fact(&current->facts[i], current->facts[i].is);
        }
    }
}

/* Keep only the facts whose state is one of two. */
static void keep_facts(struct report_facts *facts, const char *one, const char *other)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < facts->count; i++) {
        if (facts->facts[i].is == one || facts->facts[i].is == other) {
            facts->facts[count] = facts->facts[i];
            count++;
        }
    }
    facts->count = count;
}

/* Print the addresses that can be used, in one line. Return false if there are none. */
static bool print_usable(const struct report_facts *facts, const char *ready)
{
    bool first = true;
    for (uint32_t i = 0; i < facts->count; i++) {
        if (facts->facts[i].is == in_use) {
            v6nf_print_text(first ? ready : ",");
            v6nf_print_text(" ");
            v6nf_print_text(facts->facts[i].which);
            first = false;
        }
    }
    v6nf_print_text(first ? "" : "\n");
    return !first;
}

bool report_changes(struct report *report, const struct v6nf_node *node, const struct v6nf_dhcpv6 *client,
                    const char *ready, uint64_t now)
{
    uint32_t changes = v6nf_node_changes(node, V6NF_CHANGE_ADDRESSES) + v6nf_node_changes(node, V6NF_CHANGE_ROUTES) +
                       v6nf_node_changes(node, V6NF_CHANGE_LINK);
    if (changes == report->changes && now - report->compared < INTERVAL) {
        return true;
    }
    report->changes = changes;
    report->compared = now;
    collect_facts(&report->current, node, client, now);
    if (!report->ready) {
        keep_facts(&report->current, conflict, conflict);
    }
    print_differences(&report->reported, &report->current);
    report->reported = report->current;
    if (report->ready || v6nf_node_is_detecting(node)) {
        return true;
    }
    report->ready = true;
    collect_facts(&report->reported, node, client, now);
    keep_facts(&report->reported, conflict, in_use);
    return print_usable(&report->reported, ready);
}
