/* admission.c: who gets an entry in the Neighbor Cache (RFC 6583), and what is lost with one that ends. */
#include "admission.h"

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/pending.h"
#include "../state/route.h"
#include "hops.h"

/* Drop the packets that wait for the neighbor, an index. */
static void drop_waiting(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause)
{
    struct v6nf_waiting *waiting = v6nf_pending_oldest(node, neighbor);
    for (uint32_t i = 0; i < V6NF_WAITING && waiting != NULL; i++) {
        v6nf_pending_drop(node, waiting, cause);
        waiting = v6nf_pending_oldest(node, neighbor);
    }
#if V6NF_LONG_PACKETS_WAIT
    struct v6nf_fragmentation *packet = v6nf_fragment_oldest(node, neighbor);
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && packet != NULL; i++) {
        v6nf_fragment_drop(node, packet, cause);
        packet = v6nf_fragment_oldest(node, neighbor);
    }
#endif
}

void v6nf_admission_end(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_counter cause)
{
    if (kept_may_wait(neighbor)) {
        drop_waiting(node, neighbor_index(node, neighbor), cause);
    }
    v6nf_neighbor_free(node, neighbor);
}

void v6nf_admission_end_all(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (node->neighbors[i].state != V6NF_NEIGHBOR_FREE) {
            v6nf_admission_end(node, &node->neighbors[i], V6NF_DROP_UNREACHABLE);
        }
    }
}

/* Entries that are kept back for hosts that never answered: those that are being resolved for replies, and those that
 * said that they are there. Without them, a full cache would let no unknown host be resolved. These hosts evict each
 * other, so that each has an entry for a moment. */
#define UNKNOWN_MIN (V6NF_NEIGHBORS >= 4u ? V6NF_NEIGHBORS / 4u : 1u)

/* Resolutions for replies, and for the program, that can be under way at one time (RFC 6583, 7.1). Both leave entries
 * for others: silent hosts that the program sends to do not keep unknown hosts from being resolved. */
#define ASKING_MAX UNKNOWN_MIN
#define NOT_WANTED_MIN (UNKNOWN_MIN + V6NF_ROUTERS + V6NF_ROUTES)
#define WANTED_MAX (V6NF_NEIGHBORS > NOT_WANTED_MIN ? V6NF_NEIGHBORS - NOT_WANTED_MIN : 1u)

/* Classes of entries, the first to be evicted first. Only packets of the program evict WANTED. HOP is never evicted. */
static const uint8_t order[] = {V6NF_NEIGHBOR_HEARD, V6NF_NEIGHBOR_ASKING, V6NF_NEIGHBOR_KNOWN, V6NF_NEIGHBOR_OURS,
                                V6NF_NEIGHBOR_WANTED};

#define ORDER_UNKNOWN 2u /* HEARD, ASKING */
#define ORDER_REPLY 4u   /* without WANTED */
#define ORDER_ALL 5u

/* Return the oldest entry of the first class of order[first] to order[end - 1] that has one, NULL if there is none. */
static struct v6nf_neighbor *find_first_class(struct v6nf_node *node, uint32_t first, uint32_t end)
{
    struct v6nf_neighbor *victim = NULL;
    for (uint32_t i = first; i < end && victim == NULL; i++) {
        victim = v6nf_neighbor_oldest(node, (enum v6nf_neighbor_class)order[i]);
    }
    return victim;
}

/* Return the entry that yields to a new one: that of an unknown host if they have their share, or if the program asks;
 * else one that answered. Return NULL if all are protected. */
static struct v6nf_neighbor *choose_victim(struct v6nf_node *node, enum v6nf_origin origin)
{
    if (origin == V6NF_ORIGIN_PROGRAM) {
        return find_first_class(node, 0u, ORDER_ALL);
    }
    uint32_t unknown = v6nf_neighbor_count(node, V6NF_NEIGHBOR_HEARD) + v6nf_neighbor_count(node, V6NF_NEIGHBOR_ASKING);
    struct v6nf_neighbor *victim = unknown >= UNKNOWN_MIN ? find_first_class(node, 0u, ORDER_UNKNOWN)
                                                          : find_first_class(node, ORDER_UNKNOWN, ORDER_REPLY);
    return victim != NULL ? victim : find_first_class(node, 0u, ORDER_UNKNOWN);
}

static void evict(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    count(node, V6NF_NEIGHBORS_EVICTED);
    v6nf_admission_end(node, neighbor, V6NF_DROP_WAITING_FULL);
}

/* Take an entry, a free one or an evicted one. The caller lists it. */
static struct v6nf_neighbor *take_entry(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                        uint64_t now)
{
    if (v6nf_neighbor_count(node, V6NF_NEIGHBOR_UNUSED) == 0u) {
        struct v6nf_neighbor *victim = choose_victim(node, origin);
        if (victim == NULL) {
            return NULL;
        }
        evict(node, victim);
    }
    struct v6nf_neighbor *neighbor = v6nf_neighbor_take(node, address, now);
    if (neighbor != NULL) {
        neighbor->has_route = v6nf_route_has_router(node, address);
    }
    return neighbor;
}

struct v6nf_neighbor *v6nf_admission_create(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                            uint64_t now)
{
    struct v6nf_neighbor *neighbor = take_entry(node, address, origin, now);
    if (neighbor != NULL) {
        v6nf_neighbor_list(node, neighbor);
    }
    return neighbor;
}

/* Limit the resolutions before another one: of those of this origin, the one that has not answered longest yields
 * to the next. Else silent hosts would keep others from being resolved. */
static void limit_resolutions(struct v6nf_node *node, enum v6nf_origin origin)
{
    bool is_own = origin == V6NF_ORIGIN_PROGRAM;
    enum v6nf_neighbor_class worth = is_own ? V6NF_NEIGHBOR_WANTED : V6NF_NEIGHBOR_ASKING;
    if (v6nf_neighbor_count(node, worth) >= (is_own ? WANTED_MAX : ASKING_MAX)) {
        evict(node, v6nf_neighbor_oldest(node, worth));
    }
}

#if V6NF_FORWARDING
/* Time that a neighbor has to answer at least, in microseconds: several times what a busy station takes. */
#define MIN_ASKING UINT64_C(50000)

bool v6nf_admission_has_turn(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    if (v6nf_neighbor_count(node, V6NF_NEIGHBOR_ASKING) < ASKING_MAX || v6nf_neighbor_find(node, address) != NULL) {
        return true;
    }
    const struct v6nf_neighbor *oldest = v6nf_neighbor_oldest(node, V6NF_NEIGHBOR_ASKING);
    return oldest->solicitations != 1u || now + node->retransmit_time >= oldest->due + MIN_ASKING;
}
#endif

void v6nf_admission_note(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_origin origin)
{
    if (origin != V6NF_ORIGIN_PROGRAM || neighbor->of_program) {
        return;
    }
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        limit_resolutions(node, origin);
    }
    neighbor->of_program = true;
    v6nf_neighbor_list(node, neighbor);
}

struct v6nf_neighbor *v6nf_admission_resolve(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                             uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    if (neighbor == NULL) {
        limit_resolutions(node, origin);
        neighbor = v6nf_admission_create(node, address, origin, now);
    }
    if (neighbor != NULL) {
        v6nf_admission_note(node, neighbor, origin);
    }
    return neighbor;
}

/* Set the link-layer address of the entry, of a new one if it is NULL. Return the entry, STALE now; NULL if none can be
 * evicted. */
static struct v6nf_neighbor *learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address,
                                   const uint8_t *mac, uint64_t now)
{
    bool is_known = neighbor != NULL;
    if (!is_known) {
        neighbor = take_entry(node, address, V6NF_ORIGIN_REPLY, now); /* listed with its address */
    }
    if (neighbor != NULL && v6nf_neighbor_set_mac(node, neighbor, mac)) {
        v6nf_hops_resolved(node, neighbor);
        if (is_known) {
            set_due(node, now); /* packets wait for it */
        }
    }
    return neighbor;
}

#ifndef __OPTIMIZE_SIZE__
#if NEIGHBORS_HAVE_INDEX
/* Do the same as take_entry() for a reply, at a lower cost: the entry of the unknown host that was used longest ago
 * gets the new address. Return NULL if that is not possible: an entry is free, or unknown hosts do not have their
 * share. */
static struct v6nf_neighbor *take_over(struct v6nf_node *node, const uint8_t *address, uint32_t hash, uint64_t now)
{
    const struct v6nf_list *lists = node->neighbor_index.lists;
    if (lists[V6NF_NEIGHBOR_UNUSED].count != 0u ||
        lists[V6NF_NEIGHBOR_HEARD].count + lists[V6NF_NEIGHBOR_ASKING].count < UNKNOWN_MIN) {
        return NULL;
    }
    struct v6nf_neighbor *victim = neighbor_oldest(node, V6NF_NEIGHBOR_HEARD);
    if (victim == NULL || kept_may_wait(victim) || !v6nf_neighbor_rename(node, victim, address, hash, now)) {
        return NULL;
    }
    count(node, V6NF_NEIGHBORS_EVICTED);
    count_change(node, V6NF_CHANGE_NEIGHBORS);
    if (v6nf_route_has_router(node, address)) {
        victim->has_route = true;
    }
    return victim;
}
#else
static struct v6nf_neighbor *take_over(struct v6nf_node *node, const uint8_t *address, uint32_t hash, uint64_t now)
{
    (void)node, (void)address, (void)hash, (void)now;
    return NULL;
}
#endif

/* Make an entry with this link-layer address, and note that an answer from the address `own` is sent to it. Return the
 * entry, NULL if none can be evicted. */
static struct v6nf_neighbor *learn_and_answer(struct v6nf_node *node, const uint8_t *address, uint32_t hash,
                                              const uint8_t *mac, const uint8_t *own, uint64_t now)
{
    struct v6nf_neighbor *neighbor = take_over(node, address, hash, now);
    if (neighbor == NULL) {
        neighbor = take_entry(node, address, V6NF_ORIGIN_REPLY, now);
    }
    if (neighbor != NULL) {
        neighbor_answered(node, neighbor, mac, own, now);
        v6nf_hops_resolved(node, neighbor);
    }
    return neighbor;
}
#endif

struct v6nf_neighbor *v6nf_admission_solicited(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                               const uint8_t *own, uint64_t now)
{
    const uint32_t hash = neighbor_hash(node, address);
    struct v6nf_neighbor *neighbor = neighbor_find_by_hash(node, address, hash);
    if (neighbor_knows(neighbor, mac)) {
        return neighbor;
    }
    if (own_address_is_claimed(node, address)) {
        return NULL;
    }
    /* Off-link hosts need no entry: packets to them are sent via a router. A host that a Redirect made on-link has
     * one. */
    if (neighbor == NULL && !v6nf_route_is_on_link(node, address)) {
        return NULL;
    }
#ifdef __OPTIMIZE_SIZE__
    (void)own;
#else
    if (neighbor == NULL && own != NULL) {
        return learn_and_answer(node, address, hash, mac, own, now);
    }
#endif
    return learn(node, neighbor, address, mac, now);
}

struct v6nf_neighbor *v6nf_admission_advertised(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                                uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    if (mac != NULL && !neighbor_knows(neighbor, mac)) {
        return learn(node, neighbor, address, mac, now);
    }
    return neighbor;
}
