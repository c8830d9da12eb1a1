/* pending.c: packets that wait for address resolution (RFC 4861, 7.2.2), as copies in a fixed number of slots. */
#include "pending.h"

#include <string.h>

#include "notify.h"
#include "own_address.h"

/* Instead of the index of a neighbor: packets to any, and free slots. */
#define ANY_NEIGHBOR (V6NF_NEIGHBORS + 1u)
#define NO_NEIGHBOR V6NF_NEIGHBORS

/* Instead of an origin: both. */
#define ANY_ORIGIN 2u

static bool has_origin(const struct v6nf_waiting *waiting, uint32_t origin)
{
    return origin == ANY_ORIGIN || waiting->origin == origin;
}

static struct v6nf_waiting *older_of(struct v6nf_waiting *a, struct v6nf_waiting *b)
{
    return a == NULL || (b != NULL && b->order < a->order) ? b : a;
}

/* oldest_of(): return the oldest packet of this origin to this neighbor if at least `min` are waiting, else NULL. */
#if V6NF_KEPT_INDEXED
static struct v6nf_waiting *slot_at(struct v6nf_node *node, uint32_t slot)
{
    return slot < V6NF_WAITING ? &node->waiting[slot] : NULL;
}

static struct v6nf_waiting *oldest_to(struct v6nf_node *node, uint32_t neighbor, uint32_t origin, uint32_t min)
{
    struct v6nf_waiting *best = NULL;
    uint32_t found = 0;
    uint32_t at = node->neighbors[neighbor].waiting;
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < KEPT_SLOTS; i++) {
        struct v6nf_waiting *waiting = slot_at(node, at);
        if (waiting != NULL && has_origin(waiting, origin)) {
            found++;
            best = older_of(best, waiting);
        }
        at = node->kept.links[at].next;
    }
    return found >= min ? best : NULL;
}

/* A packet whose neighbor did not answer yields before one that waits, and that before one that is due to be sent. */
static struct v6nf_waiting *oldest_of(struct v6nf_node *node, uint32_t neighbor, uint32_t origin, uint32_t min)
{
    const struct v6nf_list *lists = node->kept.lists;
    if (neighbor < V6NF_NEIGHBORS) {
        return oldest_to(node, neighbor, origin, min);
    }
    if (neighbor == NO_NEIGHBOR) {
        return slot_at(node, lists[V6NF_KEPT_FREE].oldest);
    }
#if V6NF_FORWARDING
    if (origin == V6NF_ORIGIN_REPLY && lists[V6NF_KEPT_UNDELIVERED].count >= min) {
        return slot_at(node, lists[V6NF_KEPT_UNDELIVERED].oldest);
    }
#endif
    const struct v6nf_list *waiting = &lists[V6NF_KEPT_WAITING + origin];
    const struct v6nf_list *resolved = &lists[V6NF_KEPT_RESOLVED + origin];
    if (waiting->count + resolved->count < min) {
        return NULL;
    }
    return slot_at(node, waiting->count != 0u ? waiting->oldest : resolved->oldest);
}

static void note_kept(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    const uint32_t number = (uint32_t)(slot - node->waiting);
    (void)v6nf_kept_chain(node, number, slot->neighbor); /* no chain has more than 3 * V6NF_WAITING_PER_NEIGHBOR */
    v6nf_kept_move(node, number, &slot->list, V6NF_KEPT_WAITING + (uint32_t)slot->origin);
}

static void note_released(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    const uint32_t number = (uint32_t)(slot - node->waiting);
    if (slot->neighbor < V6NF_NEIGHBORS) {
        v6nf_kept_unchain(node, number, slot->neighbor);
    }
    v6nf_kept_move(node, number, &slot->list, V6NF_KEPT_FREE);
}

#if V6NF_FORWARDING
/* Return the oldest packet that passes through and waits for `neighbor`, an index. */
static struct v6nf_waiting *oldest_passing(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_waiting *best = NULL;
    uint32_t at = node->neighbors[neighbor].waiting;
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < KEPT_SLOTS; i++) {
        struct v6nf_waiting *waiting = slot_at(node, at);
        if (waiting != NULL && waiting->passes) {
            best = older_of(best, waiting);
        }
        at = node->kept.links[at].next;
    }
    return best;
}

static void note_undelivered(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    const uint32_t number = (uint32_t)(slot - node->waiting);
    v6nf_kept_unchain(node, number, slot->neighbor);
    v6nf_kept_move(node, number, &slot->list, V6NF_KEPT_UNDELIVERED);
}

struct v6nf_waiting *v6nf_pending_undelivered(struct v6nf_node *node)
{
    return slot_at(node, node->kept.lists[V6NF_KEPT_UNDELIVERED].oldest);
}
#endif

struct v6nf_waiting *v6nf_pending_oldest_resolved(struct v6nf_node *node)
{
    const struct v6nf_list *lists = node->kept.lists;
    return older_of(slot_at(node, lists[V6NF_KEPT_RESOLVED].oldest),
                    slot_at(node, lists[V6NF_KEPT_RESOLVED_PROGRAM].oldest));
}

uint64_t v6nf_pending_due(const struct v6nf_node *node)
{
    const struct v6nf_list *lists = node->kept.lists;
    return lists[V6NF_KEPT_RESOLVED].count + lists[V6NF_KEPT_RESOLVED_PROGRAM].count != 0u ? 0u : V6NF_NEVER;
}
#else
static struct v6nf_waiting *oldest_of(struct v6nf_node *node, uint32_t neighbor, uint32_t origin, uint32_t min)
{
    struct v6nf_waiting *best = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        bool is_to = neighbor == ANY_NEIGHBOR ? waiting->neighbor != NO_NEIGHBOR : waiting->neighbor == neighbor;
        if (is_to && has_origin(waiting, origin)) {
            found++;
            best = older_of(best, waiting);
        }
    }
    return found >= min ? best : NULL;
}

static void note_kept(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    if (NEIGHBORS_HAVE_INDEX) {
        node->neighbors[slot->neighbor].waiting = true;
    }
}

static void note_released(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    (void)node, (void)slot;
}

#if V6NF_FORWARDING
/* Return the oldest packet that passes through and waits for `neighbor`, an index or V6NF_WAITING_UNDELIVERED. */
static struct v6nf_waiting *oldest_passing(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (node->waiting[i].neighbor == neighbor && node->waiting[i].passes) {
            best = older_of(best, &node->waiting[i]);
        }
    }
    return best;
}

static void note_undelivered(struct v6nf_node *node, struct v6nf_waiting *slot)
{
    (void)node, (void)slot;
}

struct v6nf_waiting *v6nf_pending_undelivered(struct v6nf_node *node)
{
    return node->undelivered != 0u ? oldest_passing(node, V6NF_WAITING_UNDELIVERED) : NULL;
}
#endif

static bool is_resolved_for(const struct v6nf_node *node, const struct v6nf_waiting *waiting)
{
    return waiting->neighbor < V6NF_NEIGHBORS && node->neighbors[waiting->neighbor].state != V6NF_NEIGHBOR_INCOMPLETE;
}

struct v6nf_waiting *v6nf_pending_oldest_resolved(struct v6nf_node *node)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (is_resolved_for(node, &node->waiting[i])) {
            best = older_of(best, &node->waiting[i]);
        }
    }
    return best;
}

uint64_t v6nf_pending_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (is_resolved_for(node, &node->waiting[i])) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
#endif

void v6nf_pending_init(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        node->waiting[i].neighbor = NO_NEIGHBOR;
    }
    v6nf_kept_init(node);
}

struct v6nf_waiting *v6nf_pending_oldest(struct v6nf_node *node, uint32_t neighbor)
{
    return oldest_of(node, neighbor, ANY_ORIGIN, 1u);
}

/* Return the packet of the program or, if the origin is V6NF_ORIGIN_REPLY, the reply that one more to the neighbor
 * evicts because its origin has all the slots that it may have. NULL if it has not. */
static struct v6nf_waiting *find_beyond_share(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin)
{
    struct v6nf_waiting *slot = oldest_of(node, neighbor, origin, V6NF_WAITING_PER_NEIGHBOR);
    if (slot == NULL && origin == V6NF_ORIGIN_PROGRAM) {
        slot = oldest_of(node, ANY_NEIGHBOR, origin, WAITING_PROGRAM_MAX);
    }
    return slot;
}

/* Return the slot for a packet, NULL if there is none. Where no slot is free, and the program has not all of its own,
 * there is a reply. */
static struct v6nf_waiting *find_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin)
{
    struct v6nf_waiting *slot = find_beyond_share(node, neighbor, origin);
    if (slot == NULL) {
        slot = oldest_of(node, NO_NEIGHBOR, ANY_ORIGIN, 1u);
    }
    return slot != NULL ? slot : oldest_of(node, ANY_NEIGHBOR, V6NF_ORIGIN_REPLY, 1u);
}

void v6nf_pending_release(struct v6nf_node *node, struct v6nf_waiting *waiting)
{
    note_released(node, waiting);
#if V6NF_FORWARDING
    node->undelivered -= waiting->neighbor == V6NF_WAITING_UNDELIVERED ? 1u : 0u;
#endif
    waiting->neighbor = NO_NEIGHBOR;
}

void v6nf_pending_drop(struct v6nf_node *node, struct v6nf_waiting *waiting, enum v6nf_counter cause)
{
    v6nf_pending_release(node, waiting);
    if (pending_passes(waiting)) {
        (void)drop(node, cause);
        return;
    }
    v6nf_notify_dropped(node, waiting->frame, waiting->length, cause);
}

/* Keep a packet, as v6nf_pending_add() does. */
static bool keep_copy(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length,
                      enum v6nf_origin origin, bool passes)
{
    struct v6nf_waiting *slot = find_slot(node, neighbor, origin);
    if (slot == NULL) {
        return false;
    }
    if (slot->neighbor != NO_NEIGHBOR) {
        v6nf_pending_drop(node, slot, V6NF_DROP_WAITING_FULL);
    }
    slot->neighbor = neighbor;
    slot->length = length;
    slot->order = node->waiting_order;
    slot->origin = (uint8_t)origin;
    if (V6NF_WAITING_WHOLE) {
        slot->whole = false;
    }
#if V6NF_FORWARDING
    slot->passes = passes;
#else
    (void)passes;
#endif
    node->waiting_order++;
    memcpy(slot->frame, frame, length);
    note_kept(node, slot);
    return true;
}

bool v6nf_pending_add(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length,
                      enum v6nf_origin origin)
{
    return keep_copy(node, neighbor, frame, length, origin, false);
}

#if V6NF_FORWARDING
bool v6nf_pending_add_passing(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length)
{
    return keep_copy(node, neighbor, frame, length, V6NF_ORIGIN_REPLY, true);
}

/* Keep a packet, in its order, whose neighbor did not answer. */
static void set_undelivered(struct v6nf_node *node, struct v6nf_waiting *waiting)
{
    note_undelivered(node, waiting);
    waiting->neighbor = V6NF_WAITING_UNDELIVERED;
    node->undelivered++;
}

void v6nf_pending_give_up(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_waiting *waiting = oldest_passing(node, neighbor);
    for (uint32_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR && waiting != NULL; i++) {
        set_undelivered(node, waiting);
        waiting = oldest_passing(node, neighbor);
    }
}

void v6nf_pending_drop_undelivered(struct v6nf_node *node)
{
    struct v6nf_waiting *waiting = v6nf_pending_undelivered(node);
    for (uint32_t i = 0; i < V6NF_WAITING && waiting != NULL; i++) {
        v6nf_pending_drop(node, waiting, V6NF_DROP_UNREACHABLE);
        waiting = v6nf_pending_undelivered(node);
    }
}
#endif

#if V6NF_WAITING_WHOLE && V6NF_KEPT_INDEXED
void v6nf_pending_set_whole(struct v6nf_node *node)
{
    const struct v6nf_list *lists = node->kept.lists;
    const uint64_t last = node->waiting_order - 1u;
    struct v6nf_waiting *waiting = slot_at(node, lists[V6NF_KEPT_WAITING_PROGRAM].newest);
    const uint32_t slot = lists[V6NF_KEPT_FRAGMENT_WAITING].newest;
    if (waiting != NULL && waiting->order == last) {
        waiting->whole = true;
    } else if (slot < KEPT_SLOTS && node->fragmentations[slot - V6NF_WAITING].order == last) {
        node->fragmentations[slot - V6NF_WAITING].whole = true;
    }
}
#elif V6NF_WAITING_WHOLE
void v6nf_pending_set_whole(struct v6nf_node *node)
{
    const uint64_t last = node->waiting_order - 1u;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        node->waiting[i].whole = node->waiting[i].whole || node->waiting[i].order == last;
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && V6NF_LONG_PACKETS_WAIT; i++) {
        node->fragmentations[i].whole = node->fragmentations[i].whole || node->fragmentations[i].order == last;
    }
}
#endif

bool v6nf_pending_would_evict(struct v6nf_node *node, uint32_t neighbor)
{
    return find_beyond_share(node, neighbor, V6NF_ORIGIN_PROGRAM) != NULL;
}

bool v6nf_pending_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity)
{
    const struct v6nf_waiting *waiting =
        kept_may_wait(neighbor) ? v6nf_pending_oldest(node, neighbor_index(node, neighbor)) : NULL;
    return waiting != NULL && waiting->length <= capacity &&
           !(V6NF_LOOPBACK > 0u && v6nf_own_address_is_claimed(node, waiting->frame + PACKET + V6NF_IPV6_DESTINATION));
}

#if V6NF_ANNOUNCE
void v6nf_pending_drop_advertisements(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor != NO_NEIGHBOR && pending_is_advertisement(waiting)) {
            v6nf_pending_drop(node, waiting, V6NF_DROP_NO_SOURCE);
        }
    }
}
#endif
