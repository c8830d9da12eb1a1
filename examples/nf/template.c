/* template.c: a network function to begin with (README.md): advertisements of one router alone pass (RFC 6105).
 *
 * The router is behind the interface of --router. Router Advertisements and Redirects that arrive at other interfaces
 * are dropped and counted. So is what may hide one: headers that cannot be read, or that a first fragment does not have
 * (RFC 7113, 2). All else passes, also other protocols. */
#include "nf.h"
#include "v6nf/nf/chain.h"
#include "v6nf/text.h"
#include "v6nf/wire/icmpv6.h"

const char nf_name[] = "template";

/* The state of an agent. It begins with what it counts, in the order of `counters`. */
struct template
{
    uintptr_t advertisements; /* dropped */
    uintptr_t redirects;      /* dropped */
    uintptr_t unreadable;     /* packets dropped */
};

const uint32_t nf_state_size = sizeof(struct template);

/* -- Options ------------------------------------------------------------------------------------------------------- */

static uint32_t router; /* number of the interface; constant once the agents run */

static const char *read_router(const char *value)
{
    return v6nf_text_parse_number(&router, value, NF_INPUTS - 1u) ? NULL : "not the number of an interface, from 0";
}

static const struct nf_option options[] = {
    {"--router", "NUMBER\n        the interface of the router: 0, the default, is the first", read_router},
    {NULL, NULL, NULL},
};
static const char *const counters[] = {"advertisements", "redirects", "unreadable", NULL};
const struct nf_extra nf_extras = {options, NULL, counters, NF_ANSWERS};

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;  /* all zero: nothing has been counted */
    (void)secret; /* the key of a hash table, for a function that has one */
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Return the counter of a frame that must be dropped, NULL if it passes. */
static uintptr_t *judge(struct template *its, const uint8_t *frame, uint32_t length)
{
    struct v6nf_chain chain;
    const enum v6nf_chain_end end = v6nf_chain_read(&chain, frame, length);
    if (end < V6NF_CHAIN_OTHER) {
        return &its->unreadable;
    }
    if (end != V6NF_CHAIN_UPPER_LAYER || chain.upper_layer != V6NF_NEXT_HEADER_ICMPV6) {
        return NULL;
    }
    switch (frame[chain.upper + V6NF_ICMPV6_TYPE]) {
    case V6NF_ICMPV6_ROUTER_ADVERTISEMENT:
        return &its->advertisements;
    case V6NF_ICMPV6_REDIRECT:
        return &its->redirects;
    default:
        return NULL;
    }
}

/* The handler for frames of hosts. Lengths are 0 on entry: without a call of nf_send_all(), the frame is dropped. */
static inline void guard(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uintptr_t *dropped = judge((struct template *)context, frame, length);
    (void)capacity;
    if (dropped == NULL) {
        nf_send_all(length, lengths);
    } else {
        nf_count(dropped);
    }
}

/* The handler for frames of the router. */
static inline void trust(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    nf_send_all(length, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    (void)now;
    return input == router ? NF_POLL(path, trust, state) : NF_POLL(path, guard, state);
}
