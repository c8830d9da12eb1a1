/* firewall.c: simple security (RFC 6092) between the inside, behind interface 0, and the outside, behind interface 1.
 *
 * It is a bump in the wire at layer 2: it has no address, and decrements no Hop Limit. Neighbor Discovery, Multicast
 * Listener Discovery and DHCPv6 of hosts inside pass. All but IPv6 is dropped, because it would pass unseen.
 * A connection request that is repeated for 6 seconds without an answer from inside is answered by Destination
 * Unreachable, code 1 (RFC 6092, REC-34 and REC-39), to the interface that it came from. */
#define NF_ANSWERS 1u

#include "v6nf/nf/firewall.h"
#include "answer.h"
#include "nf.h"
#include "v6nf/text.h"

_Static_assert(NF_OUTPUTS == 1u, "one interface inside, one outside");

const char nf_name[] = "firewall";

#define INSIDE 0u /* number of the interface */
#define FLOWS 16384u
#define FRAGMENTS 256u
#define SHARES 1024u
#define SHARE 4096u /* flows and open endpoints of each host inside */
#define PREFIXES 16u
#define RULES 32u
#define EXPIRE_PERIOD 10000u /* microseconds */
#define EXPIRE_MAX 64u       /* flows of each class in a period */
#define PART_SIZE 64u        /* of a rule: characters with their end */

struct firewall {
    uintptr_t counters[V6NF_FIREWALL_RESULTS];
    uintptr_t sent; /* errors */
    uint64_t now;
    uint64_t expire_due;
    struct v6nf_firewall firewall;
    struct answers answers;
    struct v6nf_firewall_rule rules[RULES]; /* with the hits of this agent */
    uint64_t memory[V6NF_FIREWALL_WORDS(FLOWS, FRAGMENTS, SHARES)];
};

const uint32_t nf_state_size = sizeof(struct firewall);

/* -- Options ------------------------------------------------------------------------------------------------------- */

static struct v6nf_firewall_prefix prefixes[PREFIXES];
static struct v6nf_firewall_rule rules[RULES];
static struct v6nf_firewall_config config = {
    .flows = FLOWS, .fragments = FRAGMENTS, .shares = SHARES, .share = SHARE, .prefixes = prefixes, .is_bridge = true};

static const char *add_prefix(const char *value, bool is_outside)
{
    struct v6nf_address address;
    uint32_t length = 0;
    if (config.prefixes_count == PREFIXES) {
        return "one prefix too many: 16 at most";
    }
    if (!v6nf_address_parse_prefix(&address, &length, value)) {
        return "not a prefix, such as 2001:db8:1::/48";
    }
    struct v6nf_firewall_prefix *prefix = &prefixes[config.prefixes_count++];
    v6nf_address_copy(prefix->address, address.bytes);
    prefix->length = (uint8_t)length;
    prefix->is_outside = is_outside;
    return NULL;
}

static const char *read_inside(const char *value)
{
    return add_prefix(value, false);
}

static const char *read_outside(const char *value)
{
    return add_prefix(value, true);
}

static const char *read_pass(const char *value)
{
    if (v6nf_text_equals(value, "unique-local")) {
        config.passes_unique_local = true;
    } else if (v6nf_text_equals(value, "documentation")) {
        config.passes_documentation = true;
    } else if (v6nf_text_equals(value, "unsolicited")) {
        config.is_transparent = true;
    } else {
        return "not one of unique-local, documentation and unsolicited";
    }
    return NULL;
}

static const char *read_filtering(const char *value)
{
    static const char *const names[] = {"independent", "address", "flow"};
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (v6nf_text_equals(value, names[i])) {
            config.filtering = (enum v6nf_firewall_filtering)i;
            return NULL;
        }
    }
    return "not one of independent, address and flow";
}

/* Copy a part of a rule, up to `end` or one of its characters. Return what follows it, NULL if it is too long. */
static const char *copy_part(char *part, const char *text, char end, char other)
{
    uint32_t length = 0;
    while (text[length] != '\0' && text[length] != end && text[length] != other && length < PART_SIZE) {
        part[length] = text[length];
        length++;
    }
    part[length < PART_SIZE ? length : 0u] = '\0';
    return length < PART_SIZE ? text + length : NULL;
}

/* Read the protocol of a rule. */
static bool read_protocol(struct v6nf_firewall_rule *rule, const char *name)
{
    static const struct {
        const char *name;
        uint8_t protocol;
    } protocols[] = {{"tcp", V6NF_CHAIN_TCP},   {"udp", V6NF_NEXT_HEADER_UDP}, {"udp-lite", V6NF_CHAIN_UDP_LITE},
                     {"sctp", V6NF_CHAIN_SCTP}, {"dccp", V6NF_CHAIN_DCCP},     {"icmpv6", V6NF_NEXT_HEADER_ICMPV6},
                     {"any", V6NF_FIREWALL_ANY}};
    uint32_t number = 0;
    for (uint32_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (v6nf_text_equals(name, protocols[i].name)) {
            rule->protocol = protocols[i].protocol;
            return true;
        }
    }
    rule->protocol = (uint8_t)(v6nf_text_parse_number(&number, name, 254u) ? number : 0u);
    return number > 0u;
}

/* Read the ports of a rule: one, or the first and the last. */
static bool read_ports(struct v6nf_firewall_rule *rule, const char *text)
{
    char part[PART_SIZE];
    uint32_t first = 0;
    uint32_t last = 0;
    const char *rest = copy_part(part, text, '-', '-');
    if (rest == NULL || !v6nf_text_parse_number(&first, part, UINT16_MAX)) {
        return false;
    }
    if (*rest == '\0') {
        last = first;
    } else if (!v6nf_text_parse_number(&last, rest + 1, UINT16_MAX) || last < first) {
        return false;
    }
    rule->first_port = (uint16_t)first;
    rule->last_port = (uint16_t)last;
    return true;
}

/* Set the bits of a mask from `first` on, up to `end`. */
static void set_bits(uint8_t *mask, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end && i < 8u * V6NF_ADDRESS_SIZE; i++) {
        mask[i / 8u] = (uint8_t)(mask[i / 8u] | (0x80u >> (i % 8u)));
    }
}

/* Read the destination of a rule: an address, a prefix, or a suffix of the last bits of addresses. */
static bool read_destination(struct v6nf_firewall_rule *rule, const char *text)
{
    char part[PART_SIZE];
    struct v6nf_address address;
    uint32_t length = 8u * V6NF_ADDRESS_SIZE;
    const char *rest = copy_part(part, text, '/', '/');
    if (rest == NULL || !v6nf_address_parse(&address, part)) {
        return false;
    }
    const bool is_suffix = rest[0] == '/' && rest[1] == '-';
    if (*rest != '\0' && !v6nf_text_parse_number(&length, rest + (is_suffix ? 2 : 1), 8u * V6NF_ADDRESS_SIZE)) {
        return false;
    }
    v6nf_address_copy(rule->destination, address.bytes);
    set_bits(rule->destination_mask, is_suffix ? 8u * V6NF_ADDRESS_SIZE - length : 0u,
             is_suffix ? 8u * V6NF_ADDRESS_SIZE : length);
    return true;
}

/* Read a rule: PROTOCOL[:PORTS][,DESTINATION]. */
static const char *add_rule(const char *value, bool is_inbound)
{
    char part[PART_SIZE];
    struct v6nf_firewall_rule rule = {
        .last_port = UINT16_MAX, .is_inbound = is_inbound, .is_outbound = !is_inbound, .passes = is_inbound};
    if (config.rules_count == RULES) {
        return "one rule too many: 32 at most";
    }
    const char *rest = copy_part(part, value, ':', ',');
    if (rest == NULL || !read_protocol(&rule, part)) {
        return "does not begin with tcp, udp, udp-lite, sctp, dccp, icmpv6, any or the number of a protocol";
    }
    if (*rest == ':') {
        rest = copy_part(part, rest + 1, ',', ',');
        if (rest == NULL || !read_ports(&rule, part)) {
            return "has no port or range of ports, such as 80 or 8000-8080, after the colon";
        }
    }
    if (*rest == ',' && !read_destination(&rule, rest + 1)) {
        return "has no address, prefix or suffix, such as 2001:db8::5, 2001:db8::/48 or ::5/-64, after the comma";
    }
    rules[config.rules_count++] = rule;
    return NULL;
}

static const char *read_allow(const char *value)
{
    return add_rule(value, true);
}

static const char *read_deny(const char *value)
{
    return add_rule(value, false);
}

static const char *check_options(void)
{
    for (uint32_t i = 0; i < config.prefixes_count; i++) {
        if (!prefixes[i].is_outside) {
            return NULL;
        }
    }
    return "--inside PREFIX/LENGTH is needed: the addresses of hosts inside";
}

static const struct nf_option options[] = {
    {"--inside", "PREFIX/LENGTH\n        addresses of hosts behind the first interface; may be repeated", read_inside},
    {"--outside", "PREFIX/LENGTH\n        addresses in a later --inside that are outside, such as that of a router",
     read_outside},
    {"--allow",
     "PROTOCOL[:PORT[-PORT]][,ADDRESS[/LENGTH]]\n        flows to hosts inside, such as tcp:443,2001:db8:1::5; with a"
     " length of -64, to all addresses with these last 64 bits",
     read_allow},
    {"--deny", "RULE\n        flows from hosts inside, written in the same way", read_deny},
    {"--filtering",
     "independent, address or flow\n        who may send to a port inside that was sent from: all hosts (usual), hosts"
     " that were sent to, or the flow alone",
     read_filtering},
    {"--pass", "unique-local, documentation or unsolicited\n        pass these addresses, or all inbound flows",
     read_pass},
    {NULL, NULL, NULL},
};
static const char *const counters[V6NF_FIREWALL_RESULTS + 2u] = {"passed",
                                                                 "repeated requests",
                                                                 "other protocols",
                                                                 "bad headers",
                                                                 "deprecated headers",
                                                                 "forbidden addresses",
                                                                 "scopes",
                                                                 "spoofed sources",
                                                                 "unknown fragments",
                                                                 "ICMPv6",
                                                                 "denied",
                                                                 "unsolicited",
                                                                 "invalid",
                                                                 "shares used up",
                                                                 "without capacity",
                                                                 "errors sent",
                                                                 NULL};
const struct nf_extra nf_extras = {options, check_options, counters, NF_ANSWERS};

void nf_start(void *state, const uint8_t *secret)
{
    struct firewall *its = (struct firewall *)state;
    struct v6nf_firewall_config own = config;
    for (uint32_t i = 0; i < config.rules_count; i++) {
        its->rules[i] = rules[i];
    }
    own.rules = its->rules;
    own.memory = its->memory;
    (void)v6nf_firewall_init(&its->firewall, &own, secret);
    answer_start(&its->answers, secret);
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Finish with a frame that does not pass. Return the length of the error about it, 0 if there is none. */
static __attribute__((noinline)) uint32_t refuse(struct firewall *its, enum v6nf_firewall_result result, uint8_t *frame,
                                                 uint32_t length, uint32_t capacity)
{
    const uint32_t error = result != V6NF_FIREWALL_PROHIBITED
                               ? 0u
                               : answer_packet(&its->answers, V6NF_ICMPV6_DESTINATION_UNREACHABLE,
                                               V6NF_ICMPV6_PROHIBITED, 0, frame, length, capacity, its->now);
    nf_count(&its->counters[result]);
    if (error != 0u) {
        nf_count(&its->sent);
    }
    return error;
}

static inline void filter(struct firewall *its, uint8_t *frame, uint32_t length, uint32_t capacity, bool is_inbound,
                          uint32_t *lengths)
{
    const enum v6nf_firewall_result result = v6nf_firewall_input(&its->firewall, frame, length, is_inbound, its->now);
    if (__builtin_expect(result == V6NF_FIREWALL_PASS, 1)) {
        nf_send_all(length, lengths);
    } else {
        lengths[NF_BACK] = refuse(its, result, frame, length, capacity);
    }
}

static inline void filter_outbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    filter((struct firewall *)context, frame, length, capacity, false, lengths);
}

static inline void filter_inbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    filter((struct firewall *)context, frame, length, capacity, true, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct firewall *its = (struct firewall *)state;
    its->now = now;
    if (now >= its->expire_due) {
        its->expire_due = now + EXPIRE_PERIOD;
        (void)v6nf_firewall_expire(&its->firewall, now, EXPIRE_MAX);
    }
    const uint32_t packets = input == INSIDE ? NF_POLL(path, filter_outbound, its) : NF_POLL(path, filter_inbound, its);
    __atomic_store_n(&its->counters[V6NF_FIREWALL_PASS], (uintptr_t)its->firewall.counts[V6NF_FIREWALL_PASS],
                     __ATOMIC_RELAXED); /* once for a burst */
    return packets;
}
