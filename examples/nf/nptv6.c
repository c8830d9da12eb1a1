/* nptv6.c: translate between an internal prefix, behind interface 0, and an external one (RFC 6296).
 *
 * It is a bump in the wire at layer 2, between a router or host of the internal network and a router: it has no
 * address, decrements no Hop Limit, and passes what belongs to the link as it is: Neighbor Discovery, link-local
 * destinations, groups of the link, and all but IPv6. Each of both sides resolves the other's link-local address. The
 * router outside has a route to the external prefix, via the link-local address of the one inside.
 *
 * Frames that may hide IPv6, and packets that may hide another one, are dropped. Tunnels are not inspected.
 * A packet with an address that has no counterpart is answered by a Parameter Problem about it (RFC 6296, 3.7).
 * Hairpinning is left to the router outside, which decrements the Hop Limit, and sends the packet back (RFC 6296, 4.3).
 */
#define NF_ANSWERS 1u

#include "v6nf/nf/nptv6.h"

#include <string.h>

#include "answer.h"
#include "nf.h"
#include "v6nf/nf/chain.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ndp.h"

_Static_assert(NF_OUTPUTS == 1u, "one interface inside, one outside");

const char nf_name[] = "nptv6";

#define INSIDE 0u        /* number of the interface */
#define LINK_LOCAL 0xFEu /* first byte of link-local addresses; groups have a higher one */
#define LINK_SCOPE 2u    /* scope of groups that are not routed, at most (RFC 4291, 2.7) */

struct nptv6 {
    uintptr_t unmappable; /* packets dropped: an address has no counterpart */
    uintptr_t malformed;  /* packets dropped: their headers cannot be read */
    uintptr_t hairpins;   /* packets from inside to inside, which the router outside sends back */
    uintptr_t sent;       /* errors */
    uint64_t now;
    struct answers answers;
    struct v6nf_nptv6 translator;
    struct v6nf_nptv6 reverse; /* with exchanged prefixes */
};

const uint32_t nf_state_size = sizeof(struct nptv6);

/* -- Options ------------------------------------------------------------------------------------------------------- */

static struct {
    struct v6nf_address prefix;
    uint32_t length; /* 0: not given */
} inside, outside;

static const char *read_inside(const char *value)
{
    return v6nf_address_parse_prefix(&inside.prefix, &inside.length, value) ? NULL
                                                                            : "not a prefix, such as fd00:1::/48";
}

static const char *read_outside(const char *value)
{
    return v6nf_address_parse_prefix(&outside.prefix, &outside.length, value) ? NULL
                                                                              : "not a prefix, such as 2001:db8:1::/48";
}

static const char *check_prefixes(void)
{
    struct v6nf_nptv6 translator;
    if (inside.length == 0u || outside.length == 0u) {
        return "--inside PREFIX/LENGTH and --outside PREFIX/LENGTH are both needed";
    }
    if (inside.length != outside.length) {
        return "--inside and --outside differ in their lengths: extend the shorter prefix with zeros (RFC 6296, 3.1)";
    }
    if (v6nf_address_equal(inside.prefix.bytes, outside.prefix.bytes)) {
        return "--inside and --outside are the same prefix";
    }
    return v6nf_nptv6_init(&translator, inside.prefix.bytes, outside.prefix.bytes, inside.length)
               ? NULL
               : "--inside or --outside is ::, multicast, link-local, longer than /64, or not zero after its length";
}

static const struct nf_option options[] = {
    {"--inside", "PREFIX/LENGTH\n        the internal prefix, behind the first interface", read_inside},
    {"--outside", "PREFIX/LENGTH\n        the external prefix, of the same length, before the second interface",
     read_outside},
    {NULL, NULL, NULL},
};
static const char *const counters[] = {"unmappable", "malformed", "hairpins", "errors sent", NULL};
const struct nf_extra nf_extras = {options, check_prefixes, counters, NF_ANSWERS};

void nf_start(void *state, const uint8_t *secret)
{
    struct nptv6 *its = (struct nptv6 *)state;
    answer_start(&its->answers, secret);
    (void)v6nf_nptv6_init(&its->translator, inside.prefix.bytes, outside.prefix.bytes, inside.length);
    (void)v6nf_nptv6_init(&its->reverse, outside.prefix.bytes, inside.prefix.bytes, inside.length);
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Return true for a message of Neighbor Discovery: it is not routed (RFC 4861, 6.1 and 7.1). */
static bool is_neighbor_discovery(const uint8_t *frame, uint32_t offset, uint32_t length)
{
    struct v6nf_chain chain;
    if (frame[offset + V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT ||
        v6nf_chain_read_packet(&chain, frame, offset, length) != V6NF_CHAIN_UPPER_LAYER ||
        chain.upper_layer != V6NF_NEXT_HEADER_ICMPV6) {
        return false;
    }
    const uint8_t type = frame[chain.upper + V6NF_ICMPV6_TYPE];
    return type >= V6NF_ICMPV6_ROUTER_SOLICITATION && type <= V6NF_ICMPV6_REDIRECT;
}

/* Return true if a packet belongs to the link. */
static bool is_of_link(const uint8_t *frame, uint32_t offset, uint32_t length)
{
    const uint8_t *destination = frame + offset + V6NF_IPV6_DESTINATION;
    return v6nf_address_is_link_local(destination) ||
           (v6nf_address_is_multicast(destination) && (destination[1] & 0x0Fu) <= LINK_SCOPE) ||
           is_neighbor_discovery(frame, offset, length);
}

/* A frame. */
struct job {
    uint8_t *frame;
    uint32_t offset; /* of the packet */
    uint32_t length;
    uint32_t capacity;
    bool is_outbound;
};

/* Return true if the source of an outbound packet has no counterpart; otherwise the destination has none. */
static bool is_source_unmappable(const struct nptv6 *its, const uint8_t *packet)
{
    uint8_t header[V6NF_IPV6_HEADER_SIZE] = {0};
    header[V6NF_IPV6_NEXT_HEADER] = V6NF_NEXT_HEADER_UDP; /* no other packet in it */
    v6nf_address_copy(header + V6NF_IPV6_SOURCE, packet + V6NF_IPV6_SOURCE);
    return v6nf_nptv6_outbound(&its->translator, header, 0, sizeof header) == V6NF_NPTV6_UNMAPPABLE;
}

/* Answer a packet with an address that has no counterpart. Return the length of the error, 0 if there is none. */
static uint32_t answer_unmappable(struct nptv6 *its, const struct job *job)
{
    const bool is_source = job->is_outbound && is_source_unmappable(its, job->frame + job->offset);
    const uint32_t pointer = is_source ? V6NF_IPV6_SOURCE : V6NF_IPV6_DESTINATION;
    const uint32_t error = answer_packet(&its->answers, V6NF_ICMPV6_PARAMETER_PROBLEM, V6NF_ICMPV6_ERRONEOUS_FIELD,
                                         pointer, job->frame, job->length, job->capacity, its->now);
    nf_count(&its->unmappable);
    if (error != 0u) {
        nf_count(&its->sent);
    }
    return error;
}

/* Count a packet that was not translated as usual. One from inside to inside keeps its external destination, which the
 * router outside sends back: what was translated for that direction is undone. */
static void finish(struct nptv6 *its, enum v6nf_nptv6_result result, const struct job *job, uint32_t *lengths)
{
    if (result == V6NF_NPTV6_HAIRPIN) {
        nf_count(&its->hairpins);
        result = v6nf_nptv6_inbound(&its->reverse, job->frame, job->offset, job->length);
    } else if (result == V6NF_NPTV6_UNMAPPABLE) {
        lengths[NF_BACK] = answer_unmappable(its, job);
        return;
    }
    if (result <= V6NF_NPTV6_TRANSLATED) {
        nf_send_all(job->length, lengths);
    } else {
        nf_count(&its->malformed);
    }
}

static inline enum v6nf_nptv6_result translate(struct nptv6 *its, uint8_t *frame, uint32_t offset, uint32_t length,
                                               bool is_outbound)
{
    return is_outbound ? v6nf_nptv6_outbound(&its->translator, frame, offset, length)
                       : v6nf_nptv6_inbound(&its->translator, frame, offset, length);
}

/* Handle a frame that may not have to be translated. */
static void handle_other(struct nptv6 *its, struct job *job, uint32_t *lengths)
{
    const enum v6nf_ether_content content = v6nf_ether_find_ipv6(job->frame, job->length, &job->offset);
    if (content == V6NF_ETHER_OTHER) {
        nf_send_all(job->length, lengths);
    } else if (content != V6NF_ETHER_IPV6 || job->offset + V6NF_IPV6_HEADER_SIZE > job->length) {
        nf_count(&its->malformed);
    } else if (is_of_link(job->frame, job->offset, job->length)) {
        nf_send_all(job->length, lengths);
    } else {
        const enum v6nf_nptv6_result result = translate(its, job->frame, job->offset, job->length, job->is_outbound);
        finish(its, result, job, lengths);
    }
}

/* Return true for a packet without VLAN tag that is translated, if it has an address of the prefix: the fast path. */
static inline bool is_plain_frame(const uint8_t *frame, uint32_t length)
{
    const uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    return length >= V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE &&
           v6nf_load16(frame + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_IPV6 && packet[V6NF_IPV6_DESTINATION] < LINK_LOCAL &&
           packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT;
}

/* Lengths for both outputs, in one word: a function that returns it needs no memory of the loop. */
#define PASSED(ways) ((uint32_t)(ways))
#define ANSWERED(ways) ((uint32_t)((ways) >> 32))

/* Handle a frame off the fast path. result: of the fast path, V6NF_NPTV6_OTHER if it was not taken. */
static __attribute__((noinline)) uint64_t handle_slowly(struct nptv6 *its, enum v6nf_nptv6_result result,
                                                        uint8_t *frame, uint32_t length, uint32_t capacity,
                                                        bool is_outbound)
{
    struct job job = {frame, V6NF_ETHER_HEADER_SIZE, length, capacity, is_outbound};
    uint32_t lengths[NF_WAYS] = {0};
    if (result == V6NF_NPTV6_OTHER) {
        handle_other(its, &job, lengths);
    } else {
        finish(its, result, &job, lengths);
    }
    return lengths[0] + ((uint64_t)lengths[NF_BACK] << 32);
}

static inline void handle(struct nptv6 *its, uint8_t *frame, uint32_t length, uint32_t capacity, bool is_outbound,
                          uint32_t *lengths)
{
    enum v6nf_nptv6_result result = V6NF_NPTV6_OTHER;
    if (is_plain_frame(frame, length)) {
        result = translate(its, frame, V6NF_ETHER_HEADER_SIZE, length, is_outbound);
        if (__builtin_expect(result <= V6NF_NPTV6_TRANSLATED, 1)) {
            nf_send_all(length, lengths);
            return;
        }
    }
    const uint64_t ways = handle_slowly(its, result, frame, length, capacity, is_outbound);
    lengths[0] = PASSED(ways);
    lengths[NF_BACK] = ANSWERED(ways);
}

static inline void translate_outbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                      uint32_t *lengths)
{
    handle((struct nptv6 *)context, frame, length, capacity, true, lengths);
}

static inline void translate_inbound(void *context, uint8_t *frame, uint32_t length, uint32_t capacity,
                                     uint32_t *lengths)
{
    handle((struct nptv6 *)context, frame, length, capacity, false, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    struct nptv6 *its = (struct nptv6 *)state;
    its->now = now;
    return input == INSIDE ? NF_POLL(path, translate_outbound, its) : NF_POLL(path, translate_inbound, its);
}
