/* neighbor.c: the Neighbor Cache: who gets an entry, and the states of entries (RFC 4861, 7.2, 7.3 and appendix C). */
#include "neighbor.h"

#include "destination.h"
#include "fragment.h"
#include "own_address.h"
#include "pending.h"
#include "route.h"

/* RFC 4861, 10. */
#define MAX_MULTICAST_SOLICIT 3u
#define MAX_UNICAST_SOLICIT 3u
#define DELAY_FIRST_PROBE_TIME (5u * V6NF_SECOND)

/* Return true if the link-layer address of a neighbor in this state is known. */
static bool is_resolved(enum v6nf_neighbor_state state)
{
    return state > V6NF_NEIGHBOR_INCOMPLETE;
}

static void set_state(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_neighbor_state state,
                      uint64_t due)
{
    if (is_resolved(neighbor->state) != is_resolved(state)) {
        count_change(node, V6NF_CHANGE_NEIGHBORS);
    }
    neighbor->state = state;
    neighbor->due = due;
    neighbor->reachable_until = 0;
    neighbor->solicitations = 0;
    set_due(node, due);
}

static void set_reachable(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->confirmed = true;
    set_state(node, neighbor, V6NF_NEIGHBOR_REACHABLE, V6NF_NEVER);
    neighbor->reachable_until = now + node->reachable_time;
}

static void forget_neighbor(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_counter cause)
{
    v6nf_pending_drop(node, neighbor_index(node, neighbor), cause);
    v6nf_fragment_drop(node, neighbor_index(node, neighbor), cause);
    v6nf_destination_forget(node, neighbor_index(node, neighbor));
    set_state(node, neighbor, V6NF_NEIGHBOR_FREE, V6NF_NEVER);
}

void v6nf_neighbor_forget(struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        bool matches = address == NULL || v6nf_address_equal(neighbor->address.bytes, address);
        if (matches && neighbor->state != V6NF_NEIGHBOR_FREE) {
            forget_neighbor(node, neighbor, V6NF_DROP_UNREACHABLE);
        }
    }
}

/* Places that newcomers can always have, however many neighbors were reachable once: else a single stranger could keep all
 * others from being resolved. */
#define NEWCOMERS (V6NF_NEIGHBORS >= 4u ? V6NF_NEIGHBORS / 4u : 1u)

/* Return true if address resolution is under way. An INCOMPLETE entry without a timer was made by a Redirect: no packet
 * was sent to it yet. */
static bool is_being_asked_for(const struct v6nf_neighbor *neighbor)
{
    return neighbor->state == V6NF_NEIGHBOR_INCOMPLETE && neighbor->due != V6NF_NEVER;
}

/* An entry that waits for an answer to what the program had to say: only the program's own packets displace it. */
static bool is_protected_neighbor(const struct v6nf_neighbor *neighbor, enum v6nf_origin origin)
{
    return is_being_asked_for(neighbor) && neighbor->asked && origin != V6NF_ORIGIN_PROGRAM;
}

/* Of the entries that were reachable once, or of those that were not, the one used longest ago; never the gateway's. NULL
 * if there is none. *found is how many there are. */
static struct v6nf_neighbor *find_oldest(struct v6nf_node *node, bool confirmed, enum v6nf_origin origin,
                                         uint32_t *found)
{
    struct v6nf_neighbor *oldest = NULL;
    *found = 0;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (neighbor->state != V6NF_NEIGHBOR_FREE && neighbor->confirmed == confirmed &&
            !is_protected_neighbor(neighbor, origin) && !v6nf_route_has_router(node, neighbor->address.bytes)) {
            (*found)++;
            oldest = oldest == NULL || neighbor->used < oldest->used ? neighbor : oldest;
        }
    }
    return oldest;
}

/* A free entry, or the one that can best be spared: strangers displace each other, and a few of those that were reachable
 * (RFC 6583, 6.2). */
static struct v6nf_neighbor *neighbor_slot(struct v6nf_node *node, enum v6nf_origin origin)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (node->neighbors[i].state == V6NF_NEIGHBOR_FREE) {
            return &node->neighbors[i];
        }
    }
    uint32_t newcomers = 0;
    uint32_t known = 0;
    struct v6nf_neighbor *newcomer = find_oldest(node, false, origin, &newcomers);
    struct v6nf_neighbor *acquaintance = find_oldest(node, true, origin, &known);
    return newcomers >= NEWCOMERS || acquaintance == NULL ? newcomer : acquaintance;
}

struct v6nf_neighbor *v6nf_neighbor_create(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                           uint64_t now)
{
    struct v6nf_neighbor *neighbor = neighbor_slot(node, origin);
    if (neighbor == NULL) {
        return NULL;
    }
    if (neighbor->state != V6NF_NEIGHBOR_FREE) {
        count(node, V6NF_NEIGHBORS_EVICTED);
        forget_neighbor(node, neighbor, V6NF_DROP_WAITING_FULL);
    }
    *neighbor = (struct v6nf_neighbor){.own_address = (uint8_t)NO_ADDRESS, .used = now};
    v6nf_address_copy(neighbor->address.bytes, address);
    set_state(node, neighbor, V6NF_NEIGHBOR_INCOMPLETE, V6NF_NEVER);
    return neighbor;
}

struct v6nf_neighbor *v6nf_neighbor_resolve(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                            uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    uint32_t strangers = 0;
    if (neighbor == NULL) {
        for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
            if (is_being_asked_for(&node->neighbors[i]) && !node->neighbors[i].asked) {
                strangers++;
            }
        }
        /* A scan makes the node ask for few at a time: each takes up to three seconds (RFC 6583, 7.1). */
        if (origin != V6NF_ORIGIN_PROGRAM && strangers >= NEWCOMERS) {
            return NULL;
        }
        neighbor = v6nf_neighbor_create(node, address, origin, now);
    }
    if (neighbor != NULL && origin == V6NF_ORIGIN_PROGRAM) {
        neighbor->asked = true;
    }
    return neighbor;
}

void v6nf_neighbor_probe(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->solicitations = MAX_MULTICAST_SOLICIT - 1u;
    neighbor->due = now;
    set_due(node, now);
}

/* A router that packets may have avoided can be reached again. */
static void resolved(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint64_t now)
{
    set_due(node, now); /* for what waits for it */
    if (v6nf_route_has_router(node, neighbor->address.bytes)) {
        v6nf_destination_redetermine(node);
    }
}

/* The neighbor, NULL if it is not known, is found to have this link-layer address. Returns its entry, NULL if there is no
 * room. */
static struct v6nf_neighbor *set_link_layer(struct v6nf_node *node, struct v6nf_neighbor *neighbor,
                                            const uint8_t *address, const uint8_t *mac, uint64_t now)
{
    if (neighbor == NULL) {
        neighbor = v6nf_neighbor_create(node, address, V6NF_ORIGIN_REPLY, now);
        if (neighbor == NULL) {
            return NULL;
        }
    }
    bool is_new = neighbor->state == V6NF_NEIGHBOR_INCOMPLETE;
    v6nf_ether_address_copy(neighbor->mac, mac);
    set_state(node, neighbor, V6NF_NEIGHBOR_STALE, V6NF_NEVER);
    if (is_new) {
        resolved(node, neighbor, now);
    }
    return neighbor;
}

struct v6nf_neighbor *v6nf_neighbor_told(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                         uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    if (mac != NULL && !neighbor_knows(neighbor, mac)) {
        return set_link_layer(node, neighbor, address, mac, now);
    }
    return neighbor;
}

bool v6nf_neighbor_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address,
                         const uint8_t *mac, uint64_t now)
{
    if (v6nf_own_address_is_claimed(node, address)) {
        return false;
    }
    /* What is off-link goes by a router: an entry would only take up room. One that a Redirect made is on-link. */
    if (neighbor != NULL || v6nf_route_is_on_link(node, address)) {
        (void)set_link_layer(node, neighbor, address, mac, now);
    }
    return true;
}

static void complete_resolution(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                uint32_t flags, uint64_t now)
{
    if (mac == NULL) {
        return;
    }
    v6nf_ether_address_copy(neighbor->mac, mac);
    neighbor->router = (flags & V6NF_NDP_ROUTER) != 0u;
    if ((flags & V6NF_NDP_SOLICITED) != 0u) {
        set_reachable(node, neighbor, now);
    } else {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE, V6NF_NEVER);
    }
    resolved(node, neighbor, now);
    if (!neighbor->router) {
        v6nf_route_forget_router(node, neighbor);
    }
}

void v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                              uint32_t flags, uint64_t now)
{
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        complete_resolution(node, neighbor, mac, flags, now);
        return;
    }
    bool other_mac = mac != NULL && !v6nf_ether_address_equal(neighbor->mac, mac);
    if (other_mac && (flags & V6NF_NDP_OVERRIDE) == 0u) {
        if (neighbor->state == V6NF_NEIGHBOR_REACHABLE) {
            set_state(node, neighbor, V6NF_NEIGHBOR_STALE, V6NF_NEVER);
        }
        return;
    }
    if (other_mac) {
        v6nf_ether_address_copy(neighbor->mac, mac);
    }
    neighbor->router = (flags & V6NF_NDP_ROUTER) != 0u;
    if ((flags & V6NF_NDP_SOLICITED) != 0u) {
        set_reachable(node, neighbor, now);
    } else if (other_mac) {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE, V6NF_NEVER);
    }
    if (!neighbor->router) {
        v6nf_route_forget_router(node, neighbor);
    }
}

void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint32_t own, uint64_t now)
{
    neighbor->own_address = (uint8_t)own;
    neighbor->used = now;
    if (neighbor->state == V6NF_NEIGHBOR_REACHABLE && now >= neighbor->reachable_until) {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE, V6NF_NEVER);
    }
    if (neighbor->state == V6NF_NEIGHBOR_STALE) {
        set_state(node, neighbor, V6NF_NEIGHBOR_DELAY, now + DELAY_FIRST_PROBE_TIME);
    }
}

void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now)
{
    if (is_sent) {
        neighbor->solicitations++;
    }
    neighbor->due = now + node->retransmit_time;
    set_due(node, neighbor->due);
}

static bool has_timer(const struct v6nf_neighbor *neighbor)
{
    return neighbor->state == V6NF_NEIGHBOR_INCOMPLETE || neighbor->state == V6NF_NEIGHBOR_DELAY ||
           neighbor->state == V6NF_NEIGHBOR_PROBE;
}

bool v6nf_neighbor_must_solicit(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    if (!has_timer(neighbor) || now < neighbor->due) {
        return false;
    }
    if (neighbor->state == V6NF_NEIGHBOR_DELAY) {
        set_state(node, neighbor, V6NF_NEIGHBOR_PROBE, now);
    }
    uint32_t max = neighbor->state == V6NF_NEIGHBOR_PROBE ? MAX_UNICAST_SOLICIT : MAX_MULTICAST_SOLICIT;
    if (neighbor->solicitations < max) {
        return true;
    }
    count(node, V6NF_NEIGHBORS_UNREACHABLE);
    forget_neighbor(node, neighbor, V6NF_DROP_UNREACHABLE);
    return false;
}

uint64_t v6nf_neighbor_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (has_timer(&node->neighbors[i]) && node->neighbors[i].due < due) {
            due = node->neighbors[i].due;
        }
    }
    return due;
}
