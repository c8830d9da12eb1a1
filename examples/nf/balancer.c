/* balancer.c: divide the flows to a virtual address among backends, by Maglev and a table of flows (maglev.h).
 *
 * It is a bump in the wire at layer 2: clients are behind interface 0, backends behind interface 1. A backend that is
 * named by its MAC address is on that link, and has the virtual address, too: its frames get this destination. One that
 * is named by an IPv6 address gets packets in a tunnel (RFC 2473), by the router that has the virtual address on that
 * link. Replies, Neighbor Discovery and what is for other addresses pass as they are.
 *
 * A flow stays at its backend as long as it is in the table, also when backends change. In a full table a new flow
 * evicts the oldest one, which Maglev then leads to the same backend, unless backends have changed. ICMPv6 errors
 * reach the backend of the flow that they are about. A fragment reaches the backend of the first one, if that arrived
 * before it, and is dropped otherwise.
 * DEVIATION: a packet of more than 1460 bytes is too long for a tunnel, and dropped without Packet Too Big (RFC 2473,
 * 7.1): it does not answer (NF_ANSWERS). Let backends announce a maximum segment of at most 1400 bytes of TCP. */
#include "balancer.h"

#include <string.h>

#include "nf.h"
#include "v6nf/nf/flow_key.h"
#include "v6nf/nf/maglev.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/text.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ndp.h"

_Static_assert(NF_OUTPUTS == 1u, "one interface to clients, one to backends");

const char nf_name[] = "balancer";

#define CLIENTS 0u /* number of the interface */
#define BACKENDS 64u
#define FLOWS 65536u
#define TABLE_SIZE 65537u            /* of Maglev */
#define LIFETIME UINT64_C(300000000) /* microseconds without a packet of a flow */
#define EXPIRE_MAX 32u               /* entries for each burst of packets: more than a burst can add */
#define STEP 1024u                   /* of a new table, for each burst */
#define STEPS_MAX (64u * TABLE_SIZE / STEP)
#define TUNNEL_MTU 1500u /* of the link of the backends */
#define TUNNEL_HOP_LIMIT 64u
#define SNAP_FIELD 6u        /* bytes between the last ones of LLC and the packet, of a frame with SNAP */
#define SNAP_LLC_END 0x0300u /* control field of LLC, and the first byte of the organization */

struct balancer {
    uintptr_t unreadable; /* packets dropped: their headers cannot be read as far as a flow */
    uintptr_t no_backend; /* packets dropped: all backends are down or draining */
    uintptr_t fragments;  /* fragments dropped: the first one has not arrived */
    uintptr_t too_long;   /* packets dropped: the tunnel is too narrow, or the buffer */
    uintptr_t hop_limit;  /* packets dropped: they must not travel on through the tunnel */
    uint64_t now;
    struct v6nf_maglev maglev;
    struct v6nf_hash_map flows;
    uint8_t health[BACKENDS]; /* enum balancer_health */
    uint8_t backend_of[FLOWS];
    uint64_t tables[V6NF_MAGLEV_WORDS(TABLE_SIZE, BACKENDS)];
    uint64_t memory[V6NF_HASH_MAP_WORDS(FLOWS, V6NF_FLOW_KEY_SIZE)];
};

const uint32_t nf_state_size = sizeof(struct balancer);

/* -- Options ------------------------------------------------------------------------------------------------------- */

/* A backend. */
struct backend {
    uint8_t id[V6NF_MAGLEV_ID_SIZE]; /* its IPv6 address, or its MAC address and zeros */
    uint32_t weight;
    bool is_tunnel;
};

/* What options set. */
static struct {
    struct v6nf_address virtual_address;
    struct v6nf_address source; /* of tunnels */
    uint8_t secret[V6NF_MAGLEV_SECRET_SIZE];
    bool has_virtual;
    bool has_source;
    bool has_secret;
    bool has_tunnels;
    uint32_t count;
    struct backend backends[BACKENDS];
} settings;

static const char *read_address(struct v6nf_address *address, bool *is_set, const char *value)
{
    *is_set = v6nf_address_parse(address, value) && v6nf_address_is_assignable(address->bytes) &&
              !v6nf_address_is_link_local(address->bytes);
    return *is_set ? NULL : "not a unicast address, such as 2001:db8::80";
}

static const char *read_virtual(const char *value)
{
    return read_address(&settings.virtual_address, &settings.has_virtual, value);
}

static const char *read_source(const char *value)
{
    return read_address(&settings.source, &settings.has_source, value);
}

static const char *read_secret(const char *value)
{
    settings.has_secret = v6nf_text_parse_bytes(settings.secret, sizeof settings.secret, value);
    return settings.has_secret ? NULL : "not 32 hexadecimal digits";
}

/* Read MAC[,WEIGHT] or ADDRESS[,WEIGHT]. */
static const char *read_backend(const char *value)
{
    struct backend backend = {.weight = 1};
    struct v6nf_address address;
    char text[V6NF_ADDRESS_TEXT_SIZE + 1u] = {0};
    uint32_t size = 0;
    bool is_tunnel = false;
    for (; size < sizeof text - 1u && value[size] != '\0' && value[size] != ','; size++) {
        text[size] = value[size];
    }
    if (value[size] == ',' &&
        (!v6nf_text_parse_number(&backend.weight, value + size + 1u, V6NF_MAGLEV_WEIGHT_MAX) || backend.weight == 0u)) {
        return "not a weight, 1 to 256, after the comma";
    }
    if (read_address(&address, &is_tunnel, text) == NULL) {
        memcpy(backend.id, address.bytes, sizeof backend.id);
    } else if (!v6nf_ether_parse(backend.id, text) || !v6nf_ether_is_station(backend.id)) {
        return "neither a MAC address nor a unicast IPv6 address";
    }
    for (uint32_t i = 0; i < settings.count; i++) {
        if (memcmp(settings.backends[i].id, backend.id, sizeof backend.id) == 0) {
            return "is named twice";
        }
    }
    if (settings.count == BACKENDS) {
        return "is one backend too many: there are 64 at most";
    }
    backend.is_tunnel = is_tunnel;
    settings.has_tunnels = settings.has_tunnels || is_tunnel;
    settings.backends[settings.count++] = backend;
    return NULL;
}

static const char *check_backends(void)
{
    if (!settings.has_virtual || settings.count == 0u) {
        return "--virtual ADDRESS and --backend MAC or ADDRESS are needed";
    }
    if (settings.has_tunnels && !settings.has_source) {
        return "--source ADDRESS is needed: backends that are named by an IPv6 address get packets in a tunnel";
    }
    for (uint32_t i = 0; i < settings.count; i++) {
        if (v6nf_address_equal(settings.backends[i].id, settings.virtual_address.bytes)) {
            return "a backend has the virtual address: packets to it would return";
        }
    }
    return NULL;
}

static const struct nf_option options[] = {
    {"--virtual", "ADDRESS\n        the address whose flows are divided among the backends", read_virtual},
    {"--backend",
     "MAC[,WEIGHT] or ADDRESS[,WEIGHT]\n        a backend, on the link of the second interface, or at the end of a "
     "tunnel"
     " (IPv6 in IPv6); repeat it for each, up to 64; the weight is 1 to 256, by default 1",
     read_backend},
    {"--source", "ADDRESS\n        the source address of tunnels", read_source},
    {"--secret", "HEX\n        32 digits, the same for all balancers of a service: they then choose the same backends",
     read_secret},
    {NULL, NULL, NULL},
};
static const char *const counters[] = {"unreadable", "no backend", "fragments", "too long", "hop limit", NULL};
const struct nf_extra nf_extras = {options, check_backends, counters, NF_ANSWERS};

/* -- Backends ------------------------------------------------------------------------------------------------------ */

/* The first agent's secret is that of all: they choose the same backends. */
void nf_start(void *state, const uint8_t *secret)
{
    struct balancer *its = (struct balancer *)state;
    if (!settings.has_secret) {
        memcpy(settings.secret, secret, sizeof settings.secret);
        settings.has_secret = true;
    }
    (void)v6nf_hash_map_init(&its->flows, its->memory, FLOWS, V6NF_FLOW_KEY_SIZE, secret);
    (void)v6nf_maglev_init(&its->maglev, its->tables, TABLE_SIZE, BACKENDS, settings.secret);
    for (uint32_t i = 0; i < settings.count; i++) {
        (void)balancer_set_backend(state, i, BALANCER_UP);
    }
    for (uint32_t i = 0; i < STEPS_MAX && v6nf_maglev_step(&its->maglev, STEP); i++) {
    }
}

bool balancer_set_backend(void *state, uint32_t backend, enum balancer_health health)
{
    struct balancer *its = (struct balancer *)state;
    if (backend >= settings.count) {
        return false;
    }
    const struct backend *set = &settings.backends[backend];
    its->health[backend] = (uint8_t)health;
    return v6nf_maglev_set(&its->maglev, backend, set->id, health == BALANCER_UP ? set->weight : 0u);
}

/* Forget old flows, and continue to make a table after a change of backends. */
static void tend(struct balancer *its, uint64_t now)
{
    its->now = now;
    v6nf_hash_map_expire(&its->flows, now > LIFETIME ? now - LIFETIME : 0u, EXPIRE_MAX);
    (void)v6nf_maglev_step(&its->maglev, STEP);
}

/* -- Flows --------------------------------------------------------------------------------------------------------- */

/* Return the backend of a flow that is not in the table, V6NF_MAGLEV_NONE if there is none. */
static uint32_t hash_backend(const struct balancer *its, const uint8_t *key)
{
    uint64_t words[V6NF_HASH_WORDS_MAX];
    v6nf_hash_map_load(words, key, V6NF_FLOW_KEY_SIZE);
    return v6nf_maglev_find(&its->maglev, v6nf_hash_words(&its->maglev.hash_key, words, V6NF_HASH_WORDS_MAX));
}

/* Set the backend of a flow. Evict another flow if necessary.
 * entry: of the flow, V6NF_HASH_MAP_NONE if it is new. */
static void keep_flow(struct balancer *its, const uint8_t *key, uint32_t entry, uint32_t backend)
{
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = v6nf_hash_map_add(&its->flows, key, its->now);
    } else {
        v6nf_hash_map_touch(&its->flows, entry, its->now);
    }
    if (entry == V6NF_HASH_MAP_NONE) {
        v6nf_hash_map_remove(&its->flows, v6nf_hash_map_victim(&its->flows, key));
        entry = v6nf_hash_map_add(&its->flows, key, its->now);
    }
    if (entry != V6NF_HASH_MAP_NONE) {
        its->backend_of[entry] = (uint8_t)backend;
    }
}

/* Return the backend of a flow, V6NF_MAGLEV_NONE if the packet must be dropped. An error changes no flow: other hosts
 * could keep flows in the table by it. */
static uint32_t find_backend(struct balancer *its, const struct v6nf_flow *flow)
{
    const uint32_t entry = v6nf_hash_map_find_sized(&its->flows, flow->key, V6NF_FLOW_KEY_SIZE);
    if (entry != V6NF_HASH_MAP_NONE && its->health[its->backend_of[entry]] != BALANCER_DOWN) {
        if (!flow->is_error) {
            v6nf_hash_map_touch(&its->flows, entry, its->now);
        }
        return its->backend_of[entry];
    }
    if (flow->kind == V6NF_FLOW_LATER_FRAGMENT) {
        nf_count(&its->fragments);
        return V6NF_MAGLEV_NONE;
    }
    const uint32_t backend = hash_backend(its, flow->key);
    if (backend == V6NF_MAGLEV_NONE) {
        nf_count(&its->no_backend);
    } else if (!flow->is_error) {
        keep_flow(its, flow->key, entry, backend);
    }
    return backend;
}

/* Let later fragments of a packet follow its first one. */
static void keep_fragment(struct balancer *its, const uint8_t *frame, const struct v6nf_chain *chain, uint32_t backend)
{
    uint8_t key[V6NF_FLOW_KEY_SIZE];
    if ((chain->headers & V6NF_CHAIN_HAS_FIRST_FRAGMENT) != 0u && v6nf_flow_key_fragment(key, frame, chain)) {
        keep_flow(its, key, v6nf_hash_map_find_sized(&its->flows, key, V6NF_FLOW_KEY_SIZE), backend);
    }
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

/* Return true if the packet follows a SNAP header, behind a field with the length of the frame. */
static bool is_after_snap(const uint8_t *frame, uint32_t packet)
{
    return packet >= V6NF_ETHER_HEADER_SIZE + SNAP_FIELD + 2u &&
           v6nf_load16(frame + packet - SNAP_FIELD) == SNAP_LLC_END;
}

/* Put a packet into a tunnel (RFC 2473, 3.1). Its traffic class and flow label are those of the tunnel, too.
 * Return the length of the frame, 0 if it must be dropped. */
static uint32_t encapsulate(struct balancer *its, uint8_t *frame, uint32_t capacity, const struct v6nf_chain *chain,
                            const uint8_t *destination)
{
    const uint32_t size = chain->packet_end - chain->packet;
    uint8_t *outer = frame + chain->packet;
    uint8_t *inner = outer + V6NF_IPV6_HEADER_SIZE;
    if (size + V6NF_IPV6_HEADER_SIZE > TUNNEL_MTU || chain->packet_end + V6NF_IPV6_HEADER_SIZE > capacity) {
        nf_count(&its->too_long);
        return 0;
    }
    if (outer[V6NF_IPV6_HOP_LIMIT] <= 1u) {
        nf_count(&its->hop_limit);
        return 0;
    }
    if (is_after_snap(frame, chain->packet)) {
        nf_count(&its->unreadable);
        return 0;
    }
    memmove(inner, outer, size);
    inner[V6NF_IPV6_HOP_LIMIT]--;
    v6nf_ipv6_write(outer, size, V6NF_CHAIN_IPV6_IN_IPV6, TUNNEL_HOP_LIMIT);
    v6nf_store32(outer, v6nf_load32(inner));
    v6nf_address_copy(outer + V6NF_IPV6_SOURCE, settings.source.bytes);
    v6nf_address_copy(outer + V6NF_IPV6_DESTINATION, destination);
    return chain->packet_end + V6NF_IPV6_HEADER_SIZE;
}

static bool is_discovery(const uint8_t *frame, const struct v6nf_chain *chain)
{
    const uint8_t type = frame[chain->upper];
    return chain->upper_layer == V6NF_NEXT_HEADER_ICMPV6 &&
           frame[chain->packet + V6NF_IPV6_HOP_LIMIT] == V6NF_NDP_HOP_LIMIT &&
           type >= V6NF_ICMPV6_ROUTER_SOLICITATION && type <= V6NF_ICMPV6_REDIRECT;
}

/* Send a packet for the virtual address to its backend. Return the length of the frame, 0 if it must be dropped. */
static uint32_t send_to_backend(struct balancer *its, uint8_t *frame, uint32_t offset, uint32_t length,
                                uint32_t capacity)
{
    struct v6nf_chain chain;
    struct v6nf_flow flow;
    const enum v6nf_chain_end end = v6nf_chain_read_packet(&chain, frame, offset, length);
    if (end == V6NF_CHAIN_UPPER_LAYER && is_discovery(frame, &chain)) {
        return length;
    }
    if (end <= V6NF_CHAIN_OTHER || v6nf_flow_key_read(&flow, frame, &chain) == V6NF_FLOW_NONE) {
        nf_count(&its->unreadable);
        return 0;
    }
    const uint32_t number = find_backend(its, &flow);
    if (number == V6NF_MAGLEV_NONE) {
        return 0;
    }
    const struct backend *backend = &settings.backends[number];
    keep_fragment(its, frame, &chain, number);
    if (backend->is_tunnel) {
        return encapsulate(its, frame, capacity, &chain, backend->id);
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, backend->id);
    return length;
}

static inline void balance(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct balancer *its = (struct balancer *)context;
    uint32_t offset = 0;
    const enum v6nf_ether_content content = v6nf_ether_find_ipv6(frame, length, &offset);
    if (content == V6NF_ETHER_OTHER) {
        nf_send_all(length, lengths);
    } else if (content != V6NF_ETHER_IPV6 || offset + V6NF_IPV6_HEADER_SIZE > length) {
        nf_count(&its->unreadable);
    } else if (v6nf_address_equal(frame + offset + V6NF_IPV6_DESTINATION, settings.virtual_address.bytes)) {
        lengths[0] = send_to_backend(its, frame, offset, length, capacity);
    } else {
        nf_send_all(length, lengths);
    }
}

static inline void pass(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    nf_send_all(length, lengths);
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t now)
{
    if (input != CLIENTS) {
        return NF_POLL(path, pass, NULL);
    }
    tend((struct balancer *)state, now);
    return NF_POLL(path, balance, state);
}
