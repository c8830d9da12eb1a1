/* lines.c: what each line says is read, checked, and done. */
#include "lines.h"

#include <stdio.h>

#include "v6nf/address.h"
#include "v6nf/text.h"
#include "v6nf/wire/ipv6.h"

#define SHOWN_WORD "%.64s" /* as much of a bad word as an answer repeats */
#define HOPS_MAX 65536u
#define SHOW_STEP 64u /* entries that one call looks at */
#define ROOT_BITS 16u
#define ON_LINK_MIN 8u /* bits: a shorter prefix of an address would have most of the Internet on the link */
#define MANUAL "; the manual has all lines"

/* A line that is being read. */
struct line {
    struct program *program;
    struct show *show;
    uint64_t now;
    bool is_removal; /* it began with "no" */
    const char *words[WORDS_MAX];
    uint32_t count;
    uint32_t at;     /* next word */
    const char *bad; /* the word that a problem is about */
};

uint32_t program_hops(uint32_t routes)
{
    return routes < HOPS_MAX ? routes : HOPS_MAX;
}

bool program_start(struct program *program, uint64_t *memory, uint32_t routes, const uint8_t *secret, uint64_t now)
{
    if (!v6nf_fib_init(&program->fib, memory, routes, routes, program_hops(routes), ROOT_BITS, secret)) {
        return false;
    }
    for (uint32_t i = 0; i < program->count; i++) {
        const struct v6nf_node_config config = {.mac = program->macs[i],
                                                .mtu = program->mtus[i],
                                                .dad_transmits = 1,
                                                .seed = (v6nf_lookup_load64(secret) ^ (i + 1u)) | 1u << 8,
                                                .router = true};
        if (v6nf_node_init(&program->nodes[i], &config, now) != V6NF_OK) {
            return false;
        }
        program->interfaces[i].node = &program->nodes[i];
    }
    const struct v6nf_router_config config = {
        .interfaces = program->interfaces, .count = program->count, .fib = &program->fib, .secret = secret};
    program->has_started = v6nf_router_init(&program->router, &config, now) == V6NF_OK;
    return program->has_started;
}

/* -- Words --------------------------------------------------------------------------------------------------------- */

/* Divide a line into words, up to a comment. Return NULL or a problem. */
static const char *divide_line(struct line *line, char *text)
{
    char *at = text;
    for (const char *all = text; *all != '\0'; all++) {
        if ((*all < ' ' && *all != '\t') || *all > '~') {
            return "a line is printable ASCII";
        }
    }
    while (*at != '\0' && *at != '#') {
        if (*at == ' ' || *at == '\t') {
            *at++ = '\0';
        } else if (line->count == WORDS_MAX) {
            return "too many words: 32 at most";
        } else {
            line->words[line->count++] = at;
            while (*at != '\0' && *at != ' ' && *at != '\t' && *at != '#') {
                at++;
            }
        }
    }
    *at = '\0';
    return NULL;
}

static bool has_more(const struct line *line)
{
    return line->at < line->count;
}

/* Return the next word, which becomes the one that a problem is about; NULL if there is none. */
static const char *next_word(struct line *line)
{
    if (!has_more(line)) {
        return NULL;
    }
    line->bad = line->words[line->at++];
    return line->bad;
}

/* Take the next word if it is this one. */
static bool take_word(struct line *line, const char *word)
{
    const bool is_it = has_more(line) && v6nf_text_equals(line->words[line->at], word);
    line->at += is_it ? 1u : 0u;
    line->bad = is_it ? line->words[line->at - 1u] : line->bad;
    return is_it;
}

static const char *end_of_line(struct line *line)
{
    return next_word(line) == NULL ? NULL : "not expected here" MANUAL;
}

static const char *take_interface(struct line *line, uint32_t *number)
{
    const struct program *program = line->program;
    const char *word = next_word(line);
    if (word == NULL) {
        return "needs the number or the name of an interface after it";
    }
    for (uint32_t i = 0; i < program->count; i++) {
        if (v6nf_text_equals(word, program->names[i])) {
            *number = i;
            return NULL;
        }
    }
    if (v6nf_text_parse_number(number, word, V6NF_ROUTER_INTERFACES_MAX) && *number < program->count) {
        return NULL;
    }
    return "no interface has this number or name; they are counted from 0";
}

static const char *take_number(struct line *line, uint32_t *number, uint32_t max)
{
    const char *word = next_word(line);
    if (word == NULL) {
        return "needs a number after it";
    }
    return v6nf_text_parse_number(number, word, max) ? NULL : "not a number, or too large";
}

static const char *take_address(struct line *line, struct v6nf_address *address)
{
    const char *word = next_word(line);
    if (word == NULL) {
        return "needs an address after it";
    }
    return v6nf_address_parse(address, word) ? NULL : "not an address, such as 2001:db8::1";
}

static bool is_prefix(const struct v6nf_address *address, uint32_t length)
{
    for (uint32_t i = length; i < 128u; i++) {
        if ((address->bytes[i / 8u] & (0x80u >> (i % 8u))) != 0u) {
            return false;
        }
    }
    return true;
}

/* Take an address with a length. */
static const char *take_length(struct line *line, struct v6nf_address *address, uint32_t *length)
{
    const char *word = next_word(line);
    if (word == NULL) {
        return "needs a prefix after it, such as 2001:db8:1::/64";
    }
    return v6nf_address_parse_prefix(address, length, word) ? NULL : "has no length, as in 2001:db8:1::/64";
}

static const char *take_prefix(struct line *line, struct v6nf_address *address, uint32_t *length)
{
    const char *problem = take_length(line, address, length);
    if (problem != NULL) {
        return problem;
    }
    return is_prefix(address, *length) ? NULL : "has bits behind its length: write zeros there";
}

static const char *take_preference(struct line *line, enum v6nf_ndp_preference *preference)
{
    static const char *const names[] = {"low", "medium", "high"};
    const char *word = next_word(line);
    for (uint32_t i = 0; word != NULL && i < sizeof names / sizeof *names; i++) {
        if (v6nf_text_equals(word, names[i])) {
            *preference = (enum v6nf_ndp_preference)i;
            return NULL;
        }
    }
    return "a preference is low, medium or high";
}

/* -- Addresses and routes ------------------------------------------------------------------------------------------ */

/* Return true if an interface has the address, and set its number. */
static bool find_owner(const struct program *program, const struct v6nf_address *address, uint32_t *number)
{
    for (uint32_t i = 0; i < program->count; i++) {
        for (uint32_t j = 0; j < V6NF_ADDRESSES; j++) {
            const struct v6nf_interface_address *its = &program->nodes[i].addresses[j];
            if (its->state != V6NF_ADDRESS_NONE && v6nf_address_equal(its->address.bytes, address->bytes)) {
                *number = i;
                return true;
            }
        }
    }
    return false;
}

/* Return true if two addresses have the first bits in common. */
static bool is_in_prefix(const struct v6nf_address *address, const struct v6nf_address *prefix, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        if (((address->bytes[i / 8u] ^ prefix->bytes[i / 8u]) & (0x80u >> (i % 8u))) != 0u) {
            return false;
        }
    }
    return true;
}

/* Return true if an interface has an address, not link-local, whose on-link prefix has the address.
 * length: of this prefix; 0 for any. */
static bool is_on_link(const struct program *program, uint32_t number, const struct v6nf_address *address,
                       uint32_t length)
{
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        const struct v6nf_interface_address *its = &program->nodes[number].addresses[i];
        if (its->state != V6NF_ADDRESS_NONE && its->prefix_length < 128u &&
            !v6nf_address_is_link_local(its->address.bytes) && (length == 0u || its->prefix_length == length) &&
            is_in_prefix(address, &its->address, its->prefix_length)) {
            return true;
        }
    }
    return false;
}

/* Return what is wrong with the on-link prefix of a new address, NULL if nothing is. */
static const char *check_on_link(const struct program *program, uint32_t number, const struct v6nf_address *address,
                                 uint32_t length)
{
    if (length < ON_LINK_MIN) {
        return "too short: its prefix would be on the link as a whole; 8 bits at least, commonly 64";
    }
    for (uint32_t i = 0; i < program->count && length < 128u && !v6nf_address_is_link_local(address->bytes); i++) {
        if (i != number && is_on_link(program, i, address, length)) {
            return "its prefix is on the link of another interface; a prefix belongs to one link";
        }
    }
    return NULL;
}

static const char *read_address(struct line *line)
{
    struct v6nf_address address;
    uint32_t number = 0;
    uint32_t other = 0;
    uint32_t length = 128;
    const char *problem = take_interface(line, &number);
    if (problem == NULL) {
        problem = line->is_removal ? take_address(line, &address) : take_length(line, &address, &length);
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    struct v6nf_node *node = &line->program->nodes[number];
    if (line->is_removal) {
        const bool is_its = find_owner(line->program, &address, &other) && other == number;
        return is_its && v6nf_node_remove_address(node, &address) == V6NF_OK
                   ? NULL
                   : "not an address of this interface that can be removed; show addresses lists them";
    }
    if (find_owner(line->program, &address, &other)) {
        return "an interface has this address; remove it there first";
    }
    problem = check_on_link(line->program, number, &address, length);
    if (problem != NULL) {
        return problem;
    }
    switch (v6nf_node_add_address(node, &address, length, line->now)) {
    case V6NF_OK:
        return NULL;
    case V6NF_FULL:
        return "no more addresses fit on this interface; remove one first";
    default:
        return "not a unicast address that an interface can have";
    }
}

/* Take what a route does. */
static const char *take_kind(struct line *line, enum v6nf_fib_kind *kind, struct v6nf_address *hop, uint32_t *number)
{
    static const struct {
        const char *name;
        enum v6nf_fib_kind kind;
    } kinds[] = {{"unreachable", V6NF_FIB_UNREACHABLE}, {"prohibited", V6NF_FIB_PROHIBITED},
                 {"policy", V6NF_FIB_POLICY},           {"reject", V6NF_FIB_REJECT},
                 {"discard", V6NF_FIB_DISCARD},         {"via", V6NF_FIB_NEXT_HOP}};
    const char *word = next_word(line);
    for (uint32_t i = 0; word != NULL && i < sizeof kinds / sizeof *kinds; i++) {
        if (v6nf_text_equals(word, kinds[i].name)) {
            *kind = kinds[i].kind;
            if (*kind != V6NF_FIB_NEXT_HOP) {
                return NULL;
            }
            const char *problem = take_address(line, hop);
            return problem != NULL ? problem : take_interface(line, number);
        }
    }
    return "a route is via ADDRESS INTERFACE, or unreachable, prohibited, policy, reject or discard";
}

/* Return true if the route to a prefix is there because the router has an address. */
static bool is_of_address(const struct program *program, const struct v6nf_address *prefix, uint32_t length)
{
    const uint32_t route = v6nf_fib_route_of(&program->fib, prefix->bytes, length);
    if (route == V6NF_FIB_NONE) {
        return false;
    }
    const uint8_t kind = program->fib.hops[program->fib.routes[route].hop].kind;
    return kind == V6NF_FIB_ON_LINK || kind == V6NF_FIB_DELIVER;
}

static const char *read_route(struct line *line)
{
    struct v6nf_address prefix;
    struct v6nf_address hop = {{0}};
    enum v6nf_fib_kind kind = V6NF_FIB_DISCARD;
    uint32_t length = 0;
    uint32_t number = 0;
    uint32_t owner = 0;
    const char *problem = take_prefix(line, &prefix, &length);
    if (problem == NULL && is_of_address(line->program, &prefix, length)) {
        return "is the prefix of an address, or the address, of this router; change the address";
    }
    if (problem == NULL && !line->is_removal) {
        problem = take_kind(line, &kind, &hop, &number);
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    if (line->is_removal) {
        return v6nf_fib_remove(&line->program->fib, prefix.bytes, length) == V6NF_FIB_OK
                   ? NULL
                   : "there is no route to this prefix; show routes lists them";
    }
    if (kind == V6NF_FIB_NEXT_HOP && find_owner(line->program, &hop, &owner)) {
        return "the next hop is this router; name a neighbor";
    }
    if (kind == V6NF_FIB_NEXT_HOP && !v6nf_address_is_multicast(hop.bytes) && !v6nf_address_is_link_local(hop.bytes) &&
        !is_on_link(line->program, number, &hop, 0)) {
        return "the next hop is not on the link of this interface; it is link-local, or in the prefix of an address";
    }
    switch (v6nf_fib_add(&line->program->fib, prefix.bytes, length, kind, number, hop.bytes)) {
    case V6NF_FIB_OK:
        return NULL;
    case V6NF_FIB_FULL:
        return "the table of routes is full; start the router with a larger --routes";
    default:
        return "the next hop cannot be one; name the unicast address of a neighbor";
    }
}

/* Read `mtu`: before the nodes are made, it is set. */
static const char *read_mtu(struct line *line)
{
    struct program *program = line->program;
    uint32_t number = 0;
    uint32_t mtu = 0;
    const char *problem = take_interface(line, &number);
    problem = problem == NULL ? take_number(line, &mtu, UINT16_MAX) : problem;
    if (problem == NULL && (mtu < V6NF_IPV6_MTU_MIN || mtu > program->port_mtus[number])) {
        return "an MTU is at least 1280, and at most that of the port";
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    if (line->is_removal) {
        return "an MTU cannot be removed; set another one in the file of --config, and start again";
    }
    if (program->has_started && program->mtus[number] != mtu) {
        return "the MTU of a router that runs cannot be changed; set it in the file of --config, and start again";
    }
    program->mtus[number] = mtu;
    return NULL;
}

/* -- Router Advertisements ----------------------------------------------------------------------------------------- */

/* Return a lifetime that outlasts three advertisements (RFC 8106, 5.1), and at least the default. */
static uint32_t fitting_lifetime(const struct v6nf_advertisement *its, uint32_t least)
{
    return 3u * its->max_interval > least ? 3u * its->max_interval : least;
}

/* Let lifetimes that no line gives follow the interval. */
static void fit_lifetimes(const struct program *program, uint32_t number, struct v6nf_advertisement *its)
{
    const uint32_t lifetime = fitting_lifetime(its, V6NF_ADVERTISER_PREFERRED_LIFETIME);
    its->server_lifetime = lifetime;
    its->domain_lifetime = lifetime;
    for (uint32_t i = 0; i < its->prefix_count; i++) {
        if (!program->has_lifetimes[number][i]) {
            its->prefixes[i].information.preferred_lifetime = lifetime;
            its->prefixes[i].information.valid_lifetime = 2u * lifetime;
        }
    }
}

/* Set what an interface advertises. Return NULL or a problem. */
static const char *set_advertisement(struct line *line, uint32_t number, struct v6nf_advertisement *its)
{
    fit_lifetimes(line->program, number, its);
    struct v6nf_advertiser *advertiser = &line->program->interfaces[number].advertiser;
    const enum v6nf_advertiser_status status = v6nf_advertiser_set(advertiser, its, line->now);
    return status == V6NF_ADVERTISER_OK ? NULL : v6nf_advertiser_status_text(status);
}

static const char *take_interval(struct line *line, struct v6nf_advertisement *its)
{
    const char *problem = take_number(line, &its->min_interval, UINT16_MAX);
    problem = problem == NULL ? take_number(line, &its->max_interval, UINT16_MAX) : problem;
    if (problem != NULL) {
        return problem;
    }
    const bool is_good = its->max_interval >= 4u && (its->min_interval == 0u || its->min_interval >= 3u) &&
                         4u * its->min_interval <= 3u * its->max_interval;
    return is_good ? NULL : "MAX is 4 to 65535 seconds, and MIN before it 3 to 3/4 of MAX, or 0: a third";
}

/* Take one option of `advertise`. */
static const char *take_option(struct line *line, struct v6nf_advertisement *its, bool *has_lifetime)
{
    uint32_t number = 0;
    const char *problem = NULL;
    if (take_word(line, "interval")) {
        return take_interval(line, its);
    }
    if (take_word(line, "hop-limit")) {
        problem = take_number(line, &number, UINT8_MAX);
        its->hop_limit = (uint8_t)number;
        return problem;
    }
    if (take_word(line, "managed")) {
        its->managed = true;
        return NULL;
    }
    if (take_word(line, "other")) {
        its->other = true;
        return NULL;
    }
    if (take_word(line, "lifetime")) {
        *has_lifetime = true;
        return take_number(line, &its->lifetime, UINT16_MAX);
    }
    if (take_word(line, "reachable")) {
        return take_number(line, &its->reachable_time, UINT32_MAX);
    }
    if (take_word(line, "retrans")) {
        return take_number(line, &its->retrans_timer, UINT32_MAX);
    }
    if (take_word(line, "mtu")) {
        return take_number(line, &its->mtu, UINT16_MAX);
    }
    if (take_word(line, "preference")) {
        return take_preference(line, &its->preference);
    }
    (void)next_word(line);
    return "not one of interval, hop-limit, managed, other, lifetime, reachable, retrans, mtu and preference";
}

/* Copy what other lines than `advertise` set. */
static void keep_lists(struct v6nf_advertisement *its, const struct v6nf_advertisement *old)
{
    struct v6nf_advertisement kept = *old;
    kept.max_interval = its->max_interval;
    kept.min_interval = its->min_interval;
    kept.hop_limit = its->hop_limit;
    kept.managed = its->managed;
    kept.other = its->other;
    kept.lifetime = its->lifetime;
    kept.reachable_time = its->reachable_time;
    kept.retrans_timer = its->retrans_timer;
    kept.mtu = its->mtu;
    kept.preference = its->preference;
    *its = kept;
}

static const char *read_advertise(struct line *line)
{
    struct v6nf_advertisement its;
    uint32_t number = 0;
    bool has_lifetime = false;
    const char *problem = take_interface(line, &number);
    v6nf_advertisement_default(&its);
    while (problem == NULL && !line->is_removal && has_more(line)) {
        problem = take_option(line, &its, &has_lifetime);
    }
    if (problem == NULL && its.mtu > line->program->mtus[number]) {
        return "the MTU that is advertised is larger than that of the interface";
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    if (!line->is_removal) {
        const bool is_less = line->program->mtus[number] < line->program->port_mtus[number];
        its.mtu = its.mtu == 0u && is_less ? line->program->mtus[number] : its.mtu;
        if (!has_lifetime) {
            const uint32_t fitting = fitting_lifetime(&its, its.lifetime);
            its.lifetime = fitting > UINT16_MAX ? UINT16_MAX : fitting;
        }
        keep_lists(&its, &line->program->interfaces[number].advertiser.config);
        problem = set_advertisement(line, number, &its);
    }
    if (problem == NULL) {
        v6nf_router_advertise(&line->program->router, number, !line->is_removal, line->now);
    }
    return problem;
}

/* Take the options of `prefix`. */
static const char *take_prefix_options(struct line *line, struct v6nf_ndp_prefix *prefix, bool *has_lifetimes)
{
    const char *problem = NULL;
    while (problem == NULL && has_more(line)) {
        if (take_word(line, "lifetimes")) {
            *has_lifetimes = true;
            problem = take_number(line, &prefix->valid_lifetime, UINT32_MAX);
            problem = problem != NULL ? problem : take_number(line, &prefix->preferred_lifetime, UINT32_MAX);
            if (problem == NULL && prefix->preferred_lifetime > prefix->valid_lifetime) {
                return "the preferred lifetime is longer than the valid one (VALID comes first)";
            }
        } else if (take_word(line, "off-link")) {
            prefix->on_link = false;
        } else if (take_word(line, "no-autonomous")) {
            prefix->autonomous = false;
        } else {
            (void)next_word(line);
            return "not one of lifetimes, off-link and no-autonomous";
        }
    }
    return problem;
}

static uint32_t find_prefix(const struct v6nf_advertisement *its, const struct v6nf_address *prefix, uint32_t length)
{
    uint32_t at = 0;
    while (at < its->prefix_count && (its->prefixes[at].information.length != length ||
                                      !v6nf_address_equal(its->prefixes[at].information.prefix.bytes, prefix->bytes))) {
        at++;
    }
    return at;
}

static const char *read_prefix(struct line *line)
{
    struct v6nf_address prefix;
    uint32_t length = 0;
    uint32_t number = 0;
    const char *problem = take_interface(line, &number);
    problem = problem == NULL ? take_prefix(line, &prefix, &length) : problem;
    if (problem != NULL) {
        return problem;
    }
    struct v6nf_advertisement its = line->program->interfaces[number].advertiser.config;
    bool *given = line->program->has_lifetimes[number];
    bool has_lifetimes = false;
    const uint32_t at = find_prefix(&its, &prefix, length);
    if (line->is_removal) {
        if (at == its.prefix_count) {
            return "this prefix is not advertised";
        }
        its.prefixes[at] = its.prefixes[--its.prefix_count];
        has_lifetimes = given[its.prefix_count];
    } else {
        const uint32_t count = its.prefix_count;
        its.prefix_count = at < count ? at : count; /* it is replaced */
        if (!v6nf_advertisement_add_prefix(&its, &prefix, length)) {
            return "one prefix too many: 8 at most on an interface";
        }
        its.prefix_count = at < count ? count : count + 1u;
        problem = take_prefix_options(line, &its.prefixes[at].information, &has_lifetimes);
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    const bool had_lifetimes = given[at];
    given[at] = has_lifetimes;
    problem = set_advertisement(line, number, &its);
    given[at] = problem == NULL ? has_lifetimes : had_lifetimes;
    return problem;
}

static const char *read_rdnss(struct line *line)
{
    uint32_t number = 0;
    const char *problem = take_interface(line, &number);
    if (problem != NULL) {
        return problem;
    }
    struct v6nf_advertisement its = line->program->interfaces[number].advertiser.config;
    its.server_count = 0;
    if (!line->is_removal && !has_more(line)) {
        return "needs the addresses of DNS servers after it";
    }
    while (problem == NULL && !line->is_removal && has_more(line)) {
        if (its.server_count == V6NF_ADVERTISER_SERVERS) {
            return "one server too many: 4 at most";
        }
        problem = take_address(line, &its.servers[its.server_count++]);
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    return problem == NULL ? set_advertisement(line, number, &its) : problem;
}

static const char *read_dnssl(struct line *line)
{
    uint32_t number = 0;
    const char *problem = take_interface(line, &number);
    if (problem != NULL) {
        return problem;
    }
    struct v6nf_advertisement its = line->program->interfaces[number].advertiser.config;
    its.domain_count = 0;
    if (!line->is_removal && !has_more(line)) {
        return "needs domains after it";
    }
    while (!line->is_removal && has_more(line)) {
        const char *domain = next_word(line);
        char *copy = its.domains[its.domain_count];
        if (its.domain_count == V6NF_ADVERTISER_DOMAINS) {
            return "one domain too many: 4 at most";
        }
        if (snprintf(copy, V6NF_ADVERTISER_DOMAIN_SIZE, "%s", domain) >= (int)V6NF_ADVERTISER_DOMAIN_SIZE) {
            return "too long for a domain";
        }
        its.domain_count++;
    }
    problem = end_of_line(line);
    return problem == NULL ? set_advertisement(line, number, &its) : problem;
}

static const char *read_route_information(struct line *line)
{
    struct v6nf_ndp_route route = {.preference = V6NF_NDP_PREFERENCE_MEDIUM};
    uint32_t number = 0;
    uint32_t at = 0;
    const char *problem = take_interface(line, &number);
    problem = problem == NULL ? take_prefix(line, &route.prefix, &route.length) : problem;
    if (problem == NULL && !line->is_removal) {
        problem = take_number(line, &route.lifetime, UINT32_MAX);
        problem = problem == NULL && has_more(line) ? take_preference(line, &route.preference) : problem;
    }
    problem = problem == NULL ? end_of_line(line) : problem;
    if (problem != NULL) {
        return problem;
    }
    struct v6nf_advertisement its = line->program->interfaces[number].advertiser.config;
    while (at < its.route_count && (its.routes[at].length != route.length ||
                                    !v6nf_address_equal(its.routes[at].prefix.bytes, route.prefix.bytes))) {
        at++;
    }
    if (line->is_removal) {
        if (at == its.route_count) {
            return "this route is not advertised";
        }
        its.routes[at] = its.routes[--its.route_count];
        return set_advertisement(line, number, &its);
    }
    if (at == V6NF_ADVERTISER_ROUTES) {
        return "one route too many: 8 at most on an interface";
    }
    its.routes[at] = route;
    its.route_count += at == its.route_count ? 1u : 0u;
    return set_advertisement(line, number, &its);
}

/* -- Lists --------------------------------------------------------------------------------------------------------- */

static const char *read_show(struct line *line)
{
    static const char *const names[] = {NULL, "routes", "neighbors", "counters", "addresses"};
    const char *word = line->is_removal ? NULL : next_word(line);
    for (uint32_t i = 1; word != NULL && i < sizeof names / sizeof *names; i++) {
        if (v6nf_text_equals(word, names[i])) {
            *line->show = (struct show){.kind = (enum show_kind)i};
            return end_of_line(line);
        }
    }
    return "show routes, neighbors, counters or addresses";
}

static void show_route(const struct program *program, uint32_t entry, char *text)
{
    static const char *const kinds[V6NF_FIB_KINDS] = {"on-link",     "via",        "own",    "discard",
                                                      "unreachable", "prohibited", "policy", "reject"};
    const struct v6nf_lookup *lookup = &program->fib.lookup;
    const uint64_t *key = lookup->map.keys + 3u * (size_t)entry; /* two halves and a length */
    struct v6nf_address prefix;
    char its[V6NF_ADDRESS_TEXT_SIZE];
    char via[V6NF_ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        prefix.bytes[i] = (uint8_t)(key[i / 8u] >> (56u - 8u * (i % 8u)));
    }
    const uint32_t length = (uint32_t)key[2];
    const uint32_t number = v6nf_fib_route_of(&program->fib, prefix.bytes, length);
    if (lookup->map.links[entry].older == entry || number == V6NF_FIB_NONE) {
        return; /* a free entry, or a route that was removed */
    }
    const struct v6nf_fib_route *route = &program->fib.routes[number];
    const struct v6nf_fib_hop *hop = &program->fib.hops[route->hop];
    v6nf_address_format(its, &prefix);
    v6nf_address_format(via, &hop->address);
    (void)snprintf(text, ANSWER_SIZE, "%s/%u %s%s%s%s%s packets %llu bytes %llu", its, length, kinds[hop->kind],
                   hop->kind == V6NF_FIB_NEXT_HOP ? " " : "", hop->kind == V6NF_FIB_NEXT_HOP ? via : "",
                   hop->kind <= V6NF_FIB_DELIVER ? " " : "",
                   hop->kind <= V6NF_FIB_DELIVER ? program->names[hop->interface] : "",
                   (unsigned long long)route->packets, (unsigned long long)route->bytes);
}

static void show_neighbor(const struct program *program, uint32_t number, uint32_t entry, char *text)
{
    static const char *const states[] = {"free", "incomplete", "reachable", "stale", "delay", "probe"};
    const struct v6nf_neighbor *its = &program->nodes[number].neighbors[entry];
    char address[V6NF_ADDRESS_TEXT_SIZE];
    if (its->state == V6NF_NEIGHBOR_FREE || its->state >= sizeof states / sizeof *states) {
        return;
    }
    v6nf_address_format(address, &its->address);
    (void)snprintf(text, ANSWER_SIZE, "%s %s %02x:%02x:%02x:%02x:%02x:%02x %s%s", program->names[number], address,
                   its->mac[0], its->mac[1], its->mac[2], its->mac[3], its->mac[4], its->mac[5], states[its->state],
                   its->router ? " router" : "");
}

static void show_address(const struct program *program, uint32_t number, uint32_t entry, char *text)
{
    static const char *const states[] = {"none",    "tentative",  "duplicate", "optimistic",
                                         "anycast", "deprecated", "preferred"};
    const struct v6nf_interface_address *its = &program->nodes[number].addresses[entry];
    char address[V6NF_ADDRESS_TEXT_SIZE];
    if (its->state == V6NF_ADDRESS_NONE || (uint32_t)its->state >= sizeof states / sizeof *states) {
        return;
    }
    v6nf_address_format(address, &its->address);
    (void)snprintf(text, ANSWER_SIZE, "%s %s/%u %s", program->names[number], address, its->prefix_length,
                   states[its->state]);
}

#define MORE_COUNTERS 3u /* of an interface, after those of the router */

static void show_counter(const struct program *program, uint32_t number, uint32_t entry, char *text)
{
    static const char *const names[MORE_COUNTERS] = {"packets whose next hop did not answer",
                                                     "dropped: own packets without route or next hop",
                                                     "dropped: own frames without a buffer of the port"};
    const struct v6nf_router_interface *its = &program->interfaces[number];
    const uint64_t more[MORE_COUNTERS] = {its->unreachable, its->own_dropped, program->output_drops[number]};
    const bool is_more = entry >= V6NF_ROUTER_COUNTER_COUNT;
    const enum v6nf_router_counter counter = (enum v6nf_router_counter)entry;
    (void)snprintf(text, ANSWER_SIZE, "%s %s: %llu", program->names[number],
                   is_more ? names[entry - V6NF_ROUTER_COUNTER_COUNT] : v6nf_router_counter_text(counter),
                   (unsigned long long)(is_more ? more[entry - V6NF_ROUTER_COUNTER_COUNT]
                                                : v6nf_router_counted(&program->router, number, counter)));
}

/* Return the entries of each interface in a list, or of the routes. */
static uint32_t size_of_list(const struct program *program, enum show_kind kind)
{
    switch (kind) {
    case SHOW_ROUTES:
        return program->fib.lookup.map.capacity;
    case SHOW_NEIGHBORS:
        return V6NF_NEIGHBORS;
    case SHOW_COUNTERS:
        return V6NF_ROUTER_COUNTER_COUNT + MORE_COUNTERS;
    case SHOW_ADDRESSES:
        return V6NF_ADDRESSES;
    default:
        return 0;
    }
}

static void show_entry(const struct program *program, enum show_kind kind, uint32_t entry, char *text)
{
    const uint32_t size = size_of_list(program, kind);
    if (kind == SHOW_ROUTES) {
        show_route(program, entry, text);
    } else if (kind == SHOW_NEIGHBORS) {
        show_neighbor(program, entry / size, entry % size, text);
    } else if (kind == SHOW_COUNTERS) {
        show_counter(program, entry / size, entry % size, text);
    } else {
        show_address(program, entry / size, entry % size, text);
    }
}

bool show_next(const struct program *program, struct show *show, char *text)
{
    const uint32_t size = size_of_list(program, show->kind);
    const uint32_t end = show->kind == SHOW_ROUTES ? size : size * program->count;
    text[0] = '\0';
    for (uint32_t i = 0; i < SHOW_STEP && show->next < end && text[0] == '\0'; i++) {
        show_entry(program, show->kind, show->next++, text);
    }
    if (text[0] == '\0' && show->next >= end) {
        show->kind = SHOW_NOTHING;
        return false;
    }
    return true;
}

/* -- A line -------------------------------------------------------------------------------------------------------- */

static const char *do_line(struct line *line)
{
    static const struct {
        const char *name;
        const char *(*read)(struct line *line);
    } commands[] = {{"address", read_address}, {"route", read_route},
                    {"mtu", read_mtu},         {"advertise", read_advertise},
                    {"prefix", read_prefix},   {"rdnss", read_rdnss},
                    {"dnssl", read_dnssl},     {"route-information", read_route_information},
                    {"show", read_show}};
    line->is_removal = take_word(line, "no");
    const char *word = next_word(line);
    for (uint32_t i = 0; word != NULL && i < sizeof commands / sizeof *commands; i++) {
        if (v6nf_text_equals(word, commands[i].name)) {
            return line->program->has_started || commands[i].read == read_mtu ? commands[i].read(line) : NULL;
        }
    }
    return line->program->has_started ? "not one of address, route, mtu, advertise, prefix, rdnss, dnssl, "
                                        "route-information and show, or no before it"
                                      : NULL;
}

bool read_line(struct program *program, char *text, char *answer, struct show *show, uint64_t now)
{
    struct line line = {.program = program, .show = show, .now = now, .bad = "line"};
    *show = (struct show){.kind = SHOW_NOTHING};
    const char *problem = divide_line(&line, text);
    answer[0] = '\0';
    if (problem == NULL && line.count == 0u) {
        return true;
    }
    problem = problem == NULL ? do_line(&line) : problem;
    if (problem == NULL) {
        (void)snprintf(answer, ANSWER_SIZE, "ok");
        return true;
    }
    show->kind = SHOW_NOTHING;
    (void)snprintf(answer, ANSWER_SIZE, "error: " SHOWN_WORD ": %s", line.bad, problem);
    return false;
}
