/* nat64.c: translate packets between IPv6, behind interface 0, and IPv4, behind interface 1, without state (RFC 7915).
 *
 * The translator is a router at layer 3 (it decrements the Hop Limit), and a bump in the wire at layer 2: it has no MAC
 * address, and frames keep theirs. One station is on each side, a router or a host. Each sends to the MAC address of
 * the other: as a static neighbor, or because the translator says so (--inside-mac, --outside-mac). ARP and Neighbor
 * Discovery do not cross it.
 *
 * What cannot be translated is dropped, and answered to the side that it came from, if an error is permitted: by ICMPv6
 * from the destination of the packet (answer.h), and by ICMP from the address of --address.
 * Each agent has Identifications of its own: with --cores, two packets may have the same one sooner. */
#define NF_ANSWERS 1u

#include "v6nf/nf/siit.h"

#include <string.h>

#include "answer.h"
#include "nf.h"
#include "v6nf/text.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/ndp.h"

_Static_assert(NF_OUTPUTS == 1u, "one interface inside, one outside");

const char nf_name[] = "nat64";

#define INSIDE 0u         /* number of the interface */
#define IPV4_TEXT_MAX 15u /* characters */
#define IPV4_BITS 32u     /* of an address */
#define MTU 1500u         /* of both links, without options */
#define ADVERTISEMENT_SIZE (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE)
#define ERRORS 100u /* of ICMP, per second */
#define ETHER_TYPE_ARP 0x0806u

/* A request or reply for IPv4 over Ethernet (RFC 826): offsets in a frame. */
#define ARP_TYPES V6NF_ETHER_HEADER_SIZE /* Ethernet, IPv4, 6 and 4 bytes */
#define ARP_ETHERNET_IPV4 UINT64_C(0x0001080006040000)
#define ARP_OPERATION 20u
#define ARP_SENDER_MAC 22u
#define ARP_SENDER 28u
#define ARP_TARGET_MAC 32u
#define ARP_TARGET 38u
#define ARP_SIZE 42u
#define ARP_REQUEST 1u
#define ARP_REPLY 2u

struct nat64 {
    uintptr_t counters[V6NF_SIIT_REASONS]; /* packets translated, and not translated by reason */
    uintptr_t sent;                        /* errors */
    uintptr_t others;                      /* frames dropped that contain nothing for the translator */
    uint64_t now;
    struct answers answers; /* of ICMPv6 */
    struct v6nf_token_bucket_limit limit;
    struct v6nf_token_bucket bucket; /* of ICMP */
    struct v6nf_siit siit;
};

const uint32_t nf_state_size = sizeof(struct nat64);

/* -- Options ------------------------------------------------------------------------------------------------------- */

static struct v6nf_siit_pair pairs[V6NF_SIIT_PAIRS_MAX];
static struct v6nf_siit_config config = {.prefix = {{0x00, 0x64, 0xFF, 0x9B}},
                                         .prefix_length = 96,
                                         .pairs = pairs,
                                         .mtu6 = MTU,
                                         .mtu4 = MTU,
                                         .lowest_mtu6 = V6NF_IPV6_MTU_MIN};
static bool has_address;
static bool has_pool;
static uint8_t inside_mac[V6NF_ETHER_ADDRESS_SIZE]; /* zeros: ARP is not answered */
static uint8_t outside_mac[V6NF_ETHER_ADDRESS_SIZE];

/* Read an IPv4 address up to `end`. Return what follows, NULL if it is none. */
static const char *parse_ipv4(uint8_t *ipv4, const char *text, char end)
{
    char dotted[IPV4_TEXT_MAX + 3u] = "::";
    struct v6nf_address address;
    uint32_t length = 0;
    bool has_dot = false;
    while (text[length] != '\0' && text[length] != end && length < IPV4_TEXT_MAX) {
        dotted[length + 2u] = text[length];
        has_dot = has_dot || text[length] == '.';
        length++;
    }
    dotted[length + 2u] = '\0';
    if ((text[length] != '\0' && text[length] != end) || !has_dot || !v6nf_address_parse(&address, dotted)) {
        return NULL;
    }
    memcpy(ipv4, address.bytes + V6NF_ADDRESS_SIZE - V6NF_SIIT_IPV4_SIZE, V6NF_SIIT_IPV4_SIZE);
    return text + length;
}

static const char *read_prefix(const char *value)
{
    return v6nf_address_parse_prefix(&config.prefix, &config.prefix_length, value)
               ? NULL
               : "not a prefix, such as 2001:db8:64::/96";
}

static const char *read_pool(const char *value)
{
    const char *rest = parse_ipv4(config.pool, value, '/');
    has_pool = rest != NULL && *rest == '/' && v6nf_text_parse_number(&config.pool_length, rest + 1, IPV4_BITS) &&
               config.pool_length > 0u;
    return has_pool ? NULL : "not an IPv4 prefix, such as 198.51.100.0/24";
}

static const char *read_address(const char *value)
{
    has_address = parse_ipv4(config.router, value, '\0') != NULL;
    return has_address ? NULL : "not an IPv4 address, such as 192.0.2.1";
}

/* Read IPV4,IPV6. */
static const char *read_pair(const char *value)
{
    struct v6nf_siit_pair *pair = &pairs[config.pairs_count];
    if (config.pairs_count == V6NF_SIIT_PAIRS_MAX) {
        return "is one pair too many: 64 at most";
    }
    const char *rest = parse_ipv4(pair->ipv4, value, ',');
    if (rest == NULL || *rest != ',' || !v6nf_address_parse(&pair->ipv6, rest + 1) ||
        !v6nf_address_is_assignable(pair->ipv6.bytes) || v6nf_address_is_link_local(pair->ipv6.bytes)) {
        return "not an IPv4 address and a unicast IPv6 address, such as 198.51.100.5,2001:db8::5";
    }
    for (uint32_t i = 0; i < config.pairs_count; i++) {
        if (memcmp(pairs[i].ipv4, pair->ipv4, sizeof pair->ipv4) == 0 ||
            v6nf_address_equal(pairs[i].ipv6.bytes, pair->ipv6.bytes)) {
            return "has an address of an earlier pair";
        }
    }
    config.pairs_count++;
    return NULL;
}

static const char *read_mtu(uint32_t *mtu, uint32_t min, const char *value)
{
    return v6nf_text_parse_number(mtu, value, MTU) && *mtu >= min
               ? NULL
               : "not a number of bytes: 1280 to 1500, outside also from 1260";
}

static const char *read_inside_mtu(const char *value)
{
    return read_mtu(&config.mtu6, V6NF_IPV6_MTU_MIN, value);
}

static const char *read_outside_mtu(const char *value)
{
    return read_mtu(&config.mtu4, V6NF_SIIT_MTU4_MIN, value);
}

static const char *read_lowest_mtu(const char *value)
{
    return read_mtu(&config.lowest_mtu6, V6NF_IPV6_MTU_MIN, value);
}

static const char *read_mac(uint8_t *mac, const char *value)
{
    return v6nf_ether_parse(mac, value) && v6nf_ether_is_station(mac) ? NULL : "not the MAC address of a station";
}

static const char *read_inside_mac(const char *value)
{
    return read_mac(inside_mac, value);
}

static const char *read_outside_mac(const char *value)
{
    return read_mac(outside_mac, value);
}

static const char *check_config(void)
{
    static const uint8_t secret[V6NF_SIIT_SECRET_SIZE];
    struct v6nf_siit siit;
    if (!has_address || (!has_pool && config.pairs_count == 0u)) {
        return "--address IPV4 is needed, and --map IPV4,IPV6 or --pool IPV4/LENGTH";
    }
    if (!has_pool) { /* no IPv6 host has an IPv4 address but those of pairs */
        memcpy(config.pool, config.router, sizeof config.pool);
        config.pool_length = IPV4_BITS;
    }
    return v6nf_siit_init(&siit, &config, secret) ? NULL
                                                  : "--prefix, --pool, --address or an MTU is out of range: a prefix "
                                                    "has 32, 40, 48, 56, 64 or 96 bits and "
                                                    "zeros after them, and --lowest-mtu is at most --inside-mtu";
}

static const struct nf_option options[] = {
    {"--prefix",
     "PREFIX/LENGTH\n        the IPv6 addresses that contain IPv4 addresses (RFC 6052); default 64:ff9b::/96, which has"
     " no private ones",
     read_prefix},
    {"--map", "IPV4,IPV6\n        the IPv4 address of an IPv6 host (RFC 7757); repeat it for each, up to 64",
     read_pair},
    {"--pool", "IPV4/LENGTH\n        IPv4 addresses of IPv6 hosts whose addresses contain them", read_pool},
    {"--address", "IPV4\n        the source address of ICMP errors of the translator, and of routers inside",
     read_address},
    {"--inside-mac", "MAC\n        answer ARP outside for IPv6 hosts with this address, that of the station inside",
     read_inside_mac},
    {"--outside-mac",
     "MAC\n        answer Neighbor Solicitations inside for IPv4 hosts with this address, that of the station outside",
     read_outside_mac},
    {"--inside-mtu", "BYTES\n        MTU of the link inside, 1280 to 1500, by default 1500", read_inside_mtu},
    {"--outside-mtu", "BYTES\n        MTU of the link outside, 1260 to 1500, by default 1500", read_outside_mtu},
    {"--lowest-mtu",
     "BYTES\n        lowest MTU of the IPv6 network, by default 1280: for packets that may be fragmented",
     read_lowest_mtu},
    {NULL, NULL, NULL},
};
static const char *const counters[V6NF_SIIT_REASONS + 3u] = {
    "translated",
    "malformed",
    "without counterpart",
    "illegal addresses",
    "expired",
    "source routes",
    "unsupported",
    "other ICMP messages",
    "fragments of ICMP",
    "without checksum",
    "too big",
    "without capacity",
    "errors sent",
    "others",
    NULL,
};
const struct nf_extra nf_extras = {options, check_config, counters, NF_ANSWERS};

void nf_start(void *state, const uint8_t *secret)
{
    struct nat64 *its = (struct nat64 *)state;
    (void)v6nf_siit_init(&its->siit, &config, secret);
    answer_start(&its->answers, secret);
    v6nf_token_bucket_set_limit(&its->limit, ERRORS, ERRORS);
    v6nf_token_bucket_init(&its->bucket, &its->limit, 0);
}

/* -- Neighbors ----------------------------------------------------------------------------------------------------- */

/* Return true if the IPv6 address is that of an IPv4 host. */
static bool is_of_outside(const struct v6nf_siit *siit, const uint8_t *ipv6)
{
    uint8_t ipv4[V6NF_SIIT_IPV4_SIZE];
    return v6nf_siit_map_ipv6(siit, ipv4, ipv6) && !v6nf_siit_is_inside(siit, ipv4);
}

/* Answer a Neighbor Solicitation for the address of an IPv4 host. Return the length of the advertisement, 0 if there is
 * none. Duplicate Address Detection is not answered. */
static uint32_t answer_solicitation(const struct nat64 *its, uint8_t *frame, uint32_t length, uint32_t capacity)
{
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    struct v6nf_address target;
    struct v6nf_chain chain;
    if (capacity < ADVERTISEMENT_SIZE || !v6nf_ether_is_station(outside_mac) ||
        !v6nf_ether_is_station(frame + V6NF_ETHER_SOURCE) ||
        v6nf_chain_read(&chain, frame, length) != V6NF_CHAIN_UPPER_LAYER || chain.packet != V6NF_ETHER_HEADER_SIZE ||
        chain.upper_layer != V6NF_NEXT_HEADER_ICMPV6 || chain.upper != chain.packet + V6NF_IPV6_HEADER_SIZE ||
        v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE)) {
        return 0;
    }
    const uint8_t *message = frame + chain.upper;
    const uint32_t size = chain.packet_end - chain.upper;
    if (message[V6NF_ICMPV6_TYPE] != V6NF_ICMPV6_NEIGHBOR_SOLICITATION || !v6nf_icmpv6_check(packet, message, size) ||
        v6nf_ndp_check_solicitation(packet, message, size) == V6NF_NDP_INVALID ||
        !is_of_outside(&its->siit, message + V6NF_NDP_TARGET)) {
        return 0;
    }
    v6nf_address_copy(target.bytes, message + V6NF_NDP_TARGET);
    v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, packet + V6NF_IPV6_SOURCE);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, target.bytes);
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + V6NF_ETHER_SOURCE);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, outside_mac);
    return V6NF_ETHER_HEADER_SIZE +
           v6nf_ndp_write_advertisement(packet, target.bytes, V6NF_NDP_ROUTER | V6NF_NDP_SOLICITED, outside_mac);
}

/* Answer an ARP request for the address of an IPv6 host. Return the length of the reply, 0 if there is none. Probes for
 * duplicates (RFC 5227) are not answered. */
static uint32_t answer_arp(const struct nat64 *its, uint8_t *frame, uint32_t length)
{
    uint8_t target[V6NF_SIIT_IPV4_SIZE];
    if (length < ARP_SIZE || !v6nf_ether_is_station(inside_mac) || !v6nf_ether_is_station(frame + ARP_SENDER_MAC) ||
        v6nf_load32(frame + ARP_TYPES) != (uint32_t)(ARP_ETHERNET_IPV4 >> 32) ||
        v6nf_load32(frame + ARP_TYPES + 4u) != (uint32_t)ARP_ETHERNET_IPV4 + ARP_REQUEST ||
        v6nf_load32(frame + ARP_SENDER) == 0u || v6nf_siit_is_inside(&its->siit, frame + ARP_SENDER) ||
        !v6nf_siit_is_inside(&its->siit, frame + ARP_TARGET)) {
        return 0;
    }
    memcpy(target, frame + ARP_TARGET, sizeof target);
    v6nf_store16(frame + ARP_OPERATION, ARP_REPLY);
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + ARP_SENDER_MAC);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, inside_mac);
    memmove(frame + ARP_TARGET_MAC, frame + ARP_SENDER_MAC, V6NF_ETHER_ADDRESS_SIZE + V6NF_SIIT_IPV4_SIZE);
    v6nf_ether_address_copy(frame + ARP_SENDER_MAC, inside_mac);
    memcpy(frame + ARP_SENDER, target, sizeof target);
    return length;
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* A frame, and what becomes of it. */
struct job {
    uint8_t *frame;
    uint32_t length;
    uint32_t capacity;
    uint32_t offset; /* of the packet */
    uint32_t *lengths;
};

/* Find a packet after VLAN tags. Return its EtherType, 0 if there are too many tags. */
static inline uint32_t find_packet(const uint8_t *frame, uint32_t length, uint32_t *offset)
{
    uint32_t at = V6NF_ETHER_TYPE;
    for (uint32_t i = 0; i <= V6NF_ETHER_TAGS_MAX && at + 2u <= length; i++) {
        const uint32_t type = v6nf_load16(frame + at);
        *offset = at + 2u;
        if (type != V6NF_ETHER_TYPE_VLAN && type != V6NF_ETHER_TYPE_SERVICE_VLAN) {
            return type;
        }
        at += V6NF_ETHER_TAG_SIZE;
    }
    return 0;
}

/* Send a frame back. length: 0 if there is no answer. */
static void send_back(struct nat64 *its, const struct job *job, uint32_t length)
{
    if (length != 0u) {
        nf_count(&its->sent);
    }
    job->lengths[NF_BACK] = length;
}

/* Answer an IPv6 packet that was not translated. */
static __attribute__((noinline)) void refuse_ipv6(struct nat64 *its, const struct job *job,
                                                  const struct v6nf_siit_outcome *outcome)
{
    if (outcome->result == V6NF_SIIT_OTHER || outcome->reason == V6NF_SIIT_ICMP_UNSUPPORTED) {
        job->lengths[NF_BACK] = answer_solicitation(its, job->frame, job->length, job->capacity);
        if (job->lengths[NF_BACK] != 0u) {
            return;
        }
    }
    if (outcome->result == V6NF_SIIT_OTHER) {
        nf_count(&its->others);
        return;
    }
    nf_count(&its->counters[outcome->reason]);
    if (outcome->result == V6NF_SIIT_ERROR) {
        send_back(its, job,
                  answer_packet(&its->answers, outcome->type, outcome->code, outcome->parameter, job->frame,
                                job->length, job->capacity, its->now));
    }
}

/* Answer an IPv4 packet that was not translated. */
static __attribute__((noinline)) void refuse_ipv4(struct nat64 *its, const struct job *job,
                                                  const struct v6nf_siit_outcome *outcome)
{
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    if (outcome->result == V6NF_SIIT_OTHER) {
        nf_count(&its->others);
        return;
    }
    nf_count(&its->counters[outcome->reason]);
    if (outcome->result == V6NF_SIIT_ERROR) {
        v6nf_ether_address_copy(mac, job->frame + V6NF_ETHER_DESTINATION);
        send_back(its, job,
                  v6nf_siit_error_answer(&its->siit, outcome, &its->bucket, &its->limit, job->frame, job->offset,
                                         job->length, job->capacity, mac, its->now));
    }
}

static inline void translate_outbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                      uint32_t *lengths)
{
    struct nat64 *its = (struct nat64 *)context;
    struct job job = {frame, length, capacity, 0, lengths};
    struct v6nf_siit_outcome outcome;
    if (find_packet(frame, length, &job.offset) != V6NF_ETHER_TYPE_IPV6) {
        nf_count(&its->others);
    } else if (v6nf_siit_to_ipv4(&its->siit, &outcome, frame, job.offset, length) == V6NF_SIIT_TRANSLATED) {
        nf_count(&its->counters[V6NF_SIIT_NO_REASON]);
        nf_send_all(outcome.length, lengths);
    } else {
        refuse_ipv6(its, &job, &outcome);
    }
}

static inline void translate_inbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                     uint32_t *lengths)
{
    struct nat64 *its = (struct nat64 *)context;
    struct job job = {frame, length, capacity, 0, lengths};
    struct v6nf_siit_outcome outcome;
    const uint32_t type = find_packet(frame, length, &job.offset);
    if (type == ETHER_TYPE_ARP && job.offset == V6NF_ETHER_HEADER_SIZE) {
        lengths[NF_BACK] = answer_arp(its, frame, length);
        if (lengths[NF_BACK] == 0u) {
            nf_count(&its->others);
        }
    } else if (type != V6NF_SIIT_ETHER_TYPE_IPV4) {
        nf_count(&its->others);
    } else if (v6nf_siit_to_ipv6(&its->siit, &outcome, frame, job.offset, length, capacity) == V6NF_SIIT_TRANSLATED) {
        nf_count(&its->counters[V6NF_SIIT_NO_REASON]);
        nf_send_all(outcome.length, lengths);
    } else {
        refuse_ipv4(its, &job, &outcome);
    }
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct nat64 *its = (struct nat64 *)state;
    its->now = now;
    return input == INSIDE ? NF_POLL(path, translate_outbound, its) : NF_POLL(path, translate_inbound, its);
}
