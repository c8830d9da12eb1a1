/* select.c: source address selection (RFC 6724, 5), and the order in which destinations are tried (6). On a single
 * interface without home addresses, rules 4 and 5 of section 5 and rules 4 and 7 of section 6 decide nothing. */
#include "select.h"

#include "../state/route.h"
#include "nexthop.h"

/* Scopes, with the values of multicast addresses (RFC 4291, 2.7). */
#define SCOPE_LINK_LOCAL 2u
#define SCOPE_SITE_LOCAL 5u
#define SCOPE_GLOBAL 14u

/* RFC 6724, 3.1. Unique local addresses have global scope. Site-local ones are deprecated, and have their own. */
static uint32_t scope_of(const uint8_t *address)
{
    if (v6nf_address_is_multicast(address)) {
        return address[1] & 0xFu;
    }
    if (v6nf_address_is_link_local(address) || v6nf_address_is_loopback(address)) {
        return SCOPE_LINK_LOCAL;
    }
    return address[0] == 0xFEu && (address[1] & 0xC0u) == 0xC0u ? SCOPE_SITE_LOCAL : SCOPE_GLOBAL;
}

#if V6NF_ADDRESSES_INDEXED
/* Return the number of first bits that are the same, in a few steps: it is counted for hundreds of addresses. */
static uint32_t count_common(const uint8_t *a, const uint8_t *b)
{
    uint64_t difference = difference_of(a, b);
    uint32_t bits = 0;
    if (difference == 0u) {
        difference = difference_of(a + 8, b + 8);
        bits = 64;
    }
    for (uint32_t step = 32u; step > 0u; step /= 2u) {
        if (difference >> (64u - step) == 0u) {
            bits += step;
            difference <<= step;
        }
    }
    return difference == 0u ? 128u : bits;
}
#else
static uint32_t count_common(const uint8_t *a, const uint8_t *b)
{
    return v6nf_address_common_prefix(a, b);
}
#endif

/* RFC 6724, 2.2: at most the length of the source's prefix, which is 64 if the node does not know it. */
static uint32_t common_prefix(const struct v6nf_interface_address *own, const uint8_t *destination)
{
    uint32_t common = count_common(own->address.bytes, destination);
    uint32_t max = own->origin == V6NF_ADDRESS_CONFIGURED ? own->prefix_length : 64u;
    return common < max ? common : max;
}

#if V6NF_POLICY_TABLE
struct policy {
    struct v6nf_address prefix;
    uint8_t length;
    uint8_t precedence;
    uint8_t label;
};

/* RFC 6724, 2.1: the default policy table, longer prefixes first. */
static const struct policy policies[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}, 128, 50, 0},
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}}, 96, 35, 4},
    {{{0}}, 96, 1, 3},
    {{{0x20, 0x01}}, 32, 5, 5},
    {{{0x20, 0x02}}, 16, 30, 2},
    {{{0x3F, 0xFE}}, 16, 1, 12},
    {{{0xFE, 0xC0}}, 10, 1, 11},
    {{{0xFC}}, 7, 3, 13},
    {{{0}}, 0, 40, 1},
};

static const struct policy *policy_of(const uint8_t *address)
{
    const uint32_t last = sizeof policies / sizeof policies[0] - 1u;
    for (uint32_t i = 0; i < last; i++) {
        /* Each of these has at least 7 bits: compare them first. */
        if (((policies[i].prefix.bytes[0] ^ address[0]) & 0xFEu) == 0u &&
            prefix_matches(policies[i].prefix.bytes, policies[i].length, address)) {
            return &policies[i];
        }
    }
    return &policies[last];
}

static uint32_t label_of(const uint8_t *address)
{
    return policy_of(address)->label;
}

/* Return true if another router than those of the bits advertised the prefix that the address was formed with. */
static bool is_of_other_router(const struct v6nf_interface_address *own, uint32_t routers)
{
    return (own->origin == V6NF_ADDRESS_FORMED || own->origin == V6NF_ADDRESS_TEMPORARY) &&
           (own->routers & routers) == 0u;
}

#if !V6NF_ADDRESSES_INDEXED
/* Rule 5.5: return a positive number if `a` is better, a negative one if `b` is. Prefer an address whose prefix the
 * next hop advertises: another router may drop what is sent from it (RFC 2827). */
static int compare_routers(const struct v6nf_node *node, const struct v6nf_interface_address *a,
                           const struct v6nf_interface_address *b, const uint8_t *destination)
{
    const uint8_t *hop = a->routers != b->routers ? v6nf_nexthop_router(node, destination) : NULL;
    if (hop == NULL) {
        return 0;
    }
    uint32_t routers = v6nf_route_router_bit(node, hop);
    return is_of_other_router(b, routers) - is_of_other_router(a, routers);
}
#endif
#else
#if V6NF_ADDRESSES_INDEXED
static bool is_of_other_router(const struct v6nf_interface_address *own, uint32_t routers)
{
    (void)own, (void)routers;
    return false;
}
#else
static int compare_routers(const struct v6nf_node *node, const struct v6nf_interface_address *a,
                           const struct v6nf_interface_address *b, const uint8_t *destination)
{
    (void)node, (void)a, (void)b, (void)destination;
    return 0;
}
#endif

static uint32_t label_of(const uint8_t *address)
{
    (void)address;
    return 0;
}
#endif

#if V6NF_POLICY_TABLE || !V6NF_ADDRESSES_INDEXED
static bool labels_match(const uint8_t *a, const uint8_t *b)
{
    return label_of(a) == label_of(b);
}
#endif

#if V6NF_ADDRESSES_INDEXED
/* What the rules ask of the destination, the same for all sources. */
struct selection {
    const uint8_t *destination;
    uint32_t scope;
    bool has_router;  /* packets to it are sent via a router */
    uint32_t routers; /* bit of that router */
};

/* Return how good the source is by rules 2 to 5.5: the higher, the better. Each rule outweighs those after it. */
static uint32_t first_score(const struct selection *selection, const struct v6nf_interface_address *own)
{
    uint32_t scope = scope_of(own->address.bytes);
    uint32_t suits = scope >= selection->scope ? 64u - scope : scope;
    /* Rule 3. An optimistic address counts as deprecated (RFC 4429, 2.1). */
    return 4u * suits + (own->state == V6NF_ADDRESS_PREFERRED ? 2u : 0u) +
           (!selection->has_router || !is_of_other_router(own, selection->routers) ? 1u : 0u);
}

/* The same for rules 6 to 8. */
static uint32_t second_score(const struct selection *selection, const struct v6nf_interface_address *own,
                             bool has_its_label)
{
    return 512u * (has_its_label ? 1u : 0u) + 256u * (own->origin == V6NF_ADDRESS_TEMPORARY ? 1u : 0u) +
           common_prefix(own, selection->destination);
}

/* Return true if rule 5.5 can decide something: it does not if the same routers advertised all prefixes. */
static bool routers_differ(const struct v6nf_node *node)
{
    bool differ = false;
    for (uint32_t i = 1; i < node->addresses_used && V6NF_ROUTER_MEMORY && !differ; i++) {
        differ = node->addresses[i].routers != node->addresses[0].routers;
    }
    return differ;
}

/* Return what depends on the destination alone. differ: routers_differ(). */
static struct selection selection_of(const struct v6nf_node *node, const uint8_t *destination, bool differ)
{
    const uint8_t *hop = differ ? v6nf_nexthop_router(node, destination) : NULL;
    return (struct selection){.destination = destination,
                              .scope = scope_of(destination),
                              .has_router = hop != NULL,
                              .routers = hop != NULL ? v6nf_route_router_bit(node, hop) : 0u};
}

/* Return the index of the best source, NO_ADDRESS if there is none. labels: of the addresses. */
static uint32_t choose(const struct v6nf_node *node, const struct selection *selection, const uint8_t *labels)
{
    const uint32_t label = label_of(selection->destination);
    uint32_t best = v6nf_own_address_find(node, selection->destination); /* rule 1 */
    uint32_t first = 0;
    uint32_t second = 0;
    if (best != NO_ADDRESS && own_address_may_be_source(node, best)) {
        return best;
    }
    best = NO_ADDRESS;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        const uint32_t its_first = first_score(selection, own);
        if (!own_address_may_be_source(node, i) || its_first < first) {
            continue;
        }
        const uint32_t its_second = second_score(selection, own, labels[i] == label);
        if (best == NO_ADDRESS || its_first > first || its_second > second) {
            best = i;
            first = its_first;
            second = its_second;
        }
    }
    return best;
}

static void set_labels(const struct v6nf_node *node, uint8_t *labels)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        labels[i] = (uint8_t)label_of(node->addresses[i].address.bytes);
    }
}

uint32_t v6nf_select_best(const struct v6nf_node *node, const uint8_t *destination)
{
    const struct selection selection = selection_of(node, destination, routers_differ(node));
    uint8_t labels[V6NF_ADDRESSES];
    set_labels(node, labels);
    return choose(node, &selection, labels);
}

/* A remembered source is the index of an address, in the lower bits. The upper bits name the router of the destination:
 * with another router, another source may be the best. */
#define INDEX_BITS 9u

/* There may be hundreds of addresses: look at them once for each destination, until one of them has changed, or the
 * router of the destination. */
uint32_t v6nf_select_source(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_address_index *index = &node->address_index;
    if (index->looked_stamp != index->stamp) {
        index->differ = routers_differ(node);
        set_labels(node, index->labels);
        index->looked_stamp = index->stamp;
    }
    const struct selection selection = selection_of(node, destination, index->differ);
    const uint32_t router = 2u * selection.routers + (selection.has_router ? 1u : 0u);
    struct v6nf_cache_entry *set =
        v6nf_cache_set(index->sources, V6NF_SOURCES, v6nf_hash_address(&node->hash_key, destination));
    const struct v6nf_cache_entry *entry = v6nf_cache_find(set, destination);
    if (entry != NULL && entry->stamp == index->stamp && entry->value >> INDEX_BITS == router) {
        return entry->value % (1u << INDEX_BITS);
    }
    const uint32_t best = choose(node, &selection, index->labels);
    (void)v6nf_cache_store(set, destination, (router << INDEX_BITS) + best, index->stamp);
    return best;
}
#else
/* Rule 2: of two scopes that suffice the smaller is better, else the larger.
 * Return a positive number if `a` is better. */
static int compare_scopes(uint32_t a, uint32_t b, uint32_t destination)
{
    if (a == b) {
        return 0;
    }
    if (a < b) {
        return a < destination ? -1 : 1;
    }
    return b < destination ? 1 : -1;
}

/* Return true if `a` is a better source than `b` for the destination. */
static bool is_better_source(const struct v6nf_node *node, const struct v6nf_interface_address *a,
                             const struct v6nf_interface_address *b, const uint8_t *destination)
{
    const uint8_t *address_a = a->address.bytes;
    const uint8_t *address_b = b->address.bytes;
    if (v6nf_address_equal(address_a, destination) || v6nf_address_equal(address_b, destination)) {
        return v6nf_address_equal(address_a, destination); /* rule 1 */
    }
    int scopes = compare_scopes(scope_of(address_a), scope_of(address_b), scope_of(destination));
    if (scopes != 0) {
        return scopes > 0;
    }
    /* Rule 3. An optimistic address counts as deprecated (RFC 4429, 2.1). */
    bool a_preferred = a->state == V6NF_ADDRESS_PREFERRED;
    if (a_preferred != (b->state == V6NF_ADDRESS_PREFERRED)) {
        return a_preferred;
    }
    int routers = compare_routers(node, a, b, destination);
    if (routers != 0) {
        return routers > 0;
    }
    bool a_matches = labels_match(address_a, destination);
    if (a_matches != labels_match(address_b, destination)) {
        return a_matches; /* rule 6 */
    }
    bool a_temporary = a->origin == V6NF_ADDRESS_TEMPORARY;
    if (a_temporary != (b->origin == V6NF_ADDRESS_TEMPORARY)) {
        return a_temporary; /* rule 7 */
    }
    return common_prefix(a, destination) > common_prefix(b, destination); /* rule 8 */
}

uint32_t v6nf_select_best(const struct v6nf_node *node, const uint8_t *destination)
{
    uint32_t best = NO_ADDRESS;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (own_address_may_be_source(node, i) &&
            (best == NO_ADDRESS || is_better_source(node, own, &node->addresses[best], destination))) {
            best = i;
        }
    }
    return best;
}
#endif

#ifdef __OPTIMIZE_SIZE__
bool v6nf_turn_around(struct v6nf_node *node, uint8_t *ipv6)
{
    return turn_around_inline(node, ipv6);
}
#endif

#if V6NF_POLICY_TABLE
/* A destination, with the properties that RFC 6724, 6 compares. */
struct candidate {
    const uint8_t *address;
    const struct v6nf_interface_address *source; /* NULL if it is unreachable */
};

static struct candidate candidate_of(const struct v6nf_node *node, const uint8_t *destination)
{
    struct candidate candidate = {.address = destination, .source = NULL};
    uint32_t own = v6nf_select_best(node, destination);
    if (own != NO_ADDRESS && v6nf_nexthop_exists(node, destination)) {
        candidate.source = &node->addresses[own];
    }
    return candidate;
}

/* Rules 2, 3 and 5: return how well source and destination match. Each rule outweighs those after it. */
static uint32_t match_of(const struct candidate *candidate)
{
    const uint8_t *source = candidate->source->address.bytes;
    return (scope_of(candidate->address) == scope_of(source) ? 4u : 0u) +
           (candidate->source->state == V6NF_ADDRESS_PREFERRED ? 2u : 0u) +
           (labels_match(candidate->address, source) ? 1u : 0u);
}

/* Return true if `a` must be tried before `b`. */
static bool comes_before(const struct candidate *a, const struct candidate *b)
{
    if (a->source == NULL || b->source == NULL) {
        return a->source != NULL && b->source == NULL; /* rule 1 */
    }
    if (match_of(a) != match_of(b)) {
        return match_of(a) > match_of(b);
    }
    uint8_t precedence_a = policy_of(a->address)->precedence;
    uint8_t precedence_b = policy_of(b->address)->precedence;
    if (precedence_a != precedence_b) {
        return precedence_a > precedence_b; /* rule 6 */
    }
    if (scope_of(a->address) != scope_of(b->address)) {
        return scope_of(a->address) < scope_of(b->address); /* rule 8 */
    }
    return common_prefix(a->source, a->address) > common_prefix(b->source, b->address); /* rules 9 and 10 */
}

void v6nf_node_sort_destinations(const struct v6nf_node *node, struct v6nf_address *destinations, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct v6nf_address moving = destinations[i];
        struct candidate candidate = candidate_of(node, moving.bytes);
        uint32_t to = i;
        while (to > 0u) {
            struct candidate other = candidate_of(node, destinations[to - 1u].bytes);
            if (!comes_before(&candidate, &other)) {
                break;
            }
            destinations[to] = destinations[to - 1u];
            to--;
        }
        destinations[to] = moving;
    }
}
#endif
