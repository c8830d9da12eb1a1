/* fragment.c: packets longer than the path MTU are sent in fragments (RFC 8200, 4.5): the first in the packet's own
 * buffer, the others from a copy of it, by tick. */
#include "fragment.h"

#include <string.h>

#include "v6nf/wire/ext.h"

#include "../base/random.h"
#include "notify.h"

/* Which slots. */
enum slots {
    SLOTS_FREE,
    SLOTS_WAITING, /* packets that wait for a neighbor */
    SLOTS_REPLIES
};

#define ANY V6NF_NEIGHBORS /* instead of the index of a neighbor */

/* oldest_slot(): return the oldest of these slots if there are at least `min`, else NULL. */
#if V6NF_KEPT_INDEXED
static struct v6nf_fragmentation *packet_at(struct v6nf_node *node, uint32_t slot)
{
    return slot >= V6NF_WAITING && slot < KEPT_SLOTS ? &node->fragmentations[slot - V6NF_WAITING] : NULL;
}

static uint32_t slot_of(const struct v6nf_node *node, const struct v6nf_fragmentation *packet)
{
    return V6NF_WAITING + (uint32_t)(packet - node->fragmentations);
}

static struct v6nf_fragmentation *oldest_of_chain(struct v6nf_node *node, uint32_t neighbor, uint32_t min)
{
    struct v6nf_fragmentation *best = NULL;
    uint32_t found = 0;
    uint32_t at = node->neighbors[neighbor].waiting;
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < KEPT_SLOTS; i++) {
        struct v6nf_fragmentation *packet = packet_at(node, at);
        if (packet != NULL) {
            found++;
            best = packet; /* the last of the chain is the oldest */
        }
        at = node->kept.links[at].next;
    }
    return found >= min ? best : NULL;
}

static struct v6nf_fragmentation *oldest_slot(struct v6nf_node *node, enum slots which, uint32_t neighbor, uint32_t min)
{
    static const uint8_t lists[] = {V6NF_KEPT_FRAGMENT_FREE, V6NF_KEPT_FRAGMENT_WAITING, V6NF_KEPT_FRAGMENTS};
    if (neighbor < V6NF_NEIGHBORS) {
        return oldest_of_chain(node, neighbor, min);
    }
    const struct v6nf_list *list = &node->kept.lists[lists[which]];
    return list->count >= min ? packet_at(node, list->oldest) : NULL;
}

static bool list_packet(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint32_t neighbor)
{
    const uint32_t slot = slot_of(node, packet);
    if (neighbor < V6NF_NEIGHBORS && !v6nf_kept_chain(node, slot, neighbor)) {
        return false;
    }
    v6nf_kept_move(node, slot, &packet->list,
                   neighbor < V6NF_NEIGHBORS ? (uint32_t)V6NF_KEPT_FRAGMENT_WAITING
                                             : V6NF_KEPT_FRAGMENTS + (uint32_t)packet->origin);
    return true;
}

static void unlist_packet(struct v6nf_node *node, struct v6nf_fragmentation *packet)
{
    const uint32_t slot = slot_of(node, packet);
    if (packet->neighbor < V6NF_NEIGHBORS) {
        v6nf_kept_unchain(node, slot, packet->neighbor);
    }
    v6nf_kept_move(node, slot, &packet->list, V6NF_KEPT_FRAGMENT_FREE);
}

struct v6nf_fragmentation *v6nf_fragment_ready(struct v6nf_node *node)
{
    const struct v6nf_list *lists = node->kept.lists;
    struct v6nf_fragmentation *reply = packet_at(node, lists[V6NF_KEPT_FRAGMENTS].oldest);
    struct v6nf_fragmentation *own = packet_at(node, lists[V6NF_KEPT_FRAGMENTS_PROGRAM].oldest);
    return own == NULL || (reply != NULL && reply->order < own->order) ? reply : own;
}

uint64_t v6nf_fragment_due(const struct v6nf_node *node)
{
    const struct v6nf_list *lists = node->kept.lists;
    return lists[V6NF_KEPT_FRAGMENTS].count + lists[V6NF_KEPT_FRAGMENTS_PROGRAM].count != 0u ? 0u : V6NF_NEVER;
}
#else
/* Return true if the packet waits for a neighbor that is not resolved. */
static bool waits(const struct v6nf_node *node, const struct v6nf_fragmentation *packet)
{
    return V6NF_LONG_PACKETS_WAIT && packet->neighbor != V6NF_NEIGHBORS &&
           node->neighbors[packet->neighbor].state == V6NF_NEIGHBOR_INCOMPLETE;
}

static bool is_one_of(const struct v6nf_node *node, const struct v6nf_fragmentation *packet, enum slots which,
                      uint32_t neighbor)
{
    if (which == SLOTS_FREE || !packet->used) {
        return which == SLOTS_FREE && !packet->used;
    }
    if (which == SLOTS_REPLIES) {
        return packet->origin == V6NF_ORIGIN_REPLY;
    }
    return neighbor != ANY ? packet->neighbor == neighbor : waits(node, packet);
}

static struct v6nf_fragmentation *oldest_slot(struct v6nf_node *node, enum slots which, uint32_t neighbor, uint32_t min)
{
    struct v6nf_fragmentation *best = NULL;
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (is_one_of(node, packet, which, neighbor)) {
            found++;
            best = best == NULL || packet->order < best->order ? packet : best;
        }
    }
    return found >= min ? best : NULL;
}

static bool list_packet(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint32_t neighbor)
{
    (void)packet;
    if (V6NF_LONG_PACKETS_WAIT && NEIGHBORS_HAVE_INDEX && neighbor < V6NF_NEIGHBORS) {
        node->neighbors[neighbor].waiting = true;
    }
    return true;
}

static void unlist_packet(struct v6nf_node *node, struct v6nf_fragmentation *packet)
{
    (void)node, (void)packet;
}

struct v6nf_fragmentation *v6nf_fragment_ready(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (packet->used && !waits(node, packet)) {
            return packet;
        }
    }
    return NULL;
}

uint64_t v6nf_fragment_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (node->fragmentations[i].used && !waits(node, &node->fragmentations[i])) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
#endif

#if V6NF_LONG_PACKETS_WAIT
/* Return the packet that waits and is evicted by one more to the neighbor: because as many wait as may wait, for it or
 * in all. NULL if they do not. */
static struct v6nf_fragmentation *find_beyond_limit(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_fragmentation *slot = oldest_slot(node, SLOTS_WAITING, neighbor, V6NF_WAITING_PER_NEIGHBOR);
    return slot != NULL ? slot : oldest_slot(node, SLOTS_WAITING, ANY, FRAGMENT_WAITING_MAX);
}

bool v6nf_fragment_wait(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint32_t neighbor)
{
    if (find_beyond_limit(node, neighbor) != NULL || !list_packet(node, packet, neighbor)) {
        return false;
    }
    packet->neighbor = neighbor;
    return true;
}

struct v6nf_fragmentation *v6nf_fragment_oldest(struct v6nf_node *node, uint32_t neighbor)
{
    return oldest_slot(node, SLOTS_WAITING, neighbor, 1u);
}

bool v6nf_fragment_would_evict(struct v6nf_node *node, uint32_t neighbor)
{
    return find_beyond_limit(node, neighbor) != NULL || oldest_slot(node, SLOTS_FREE, ANY, 1u) == NULL;
}

struct v6nf_fragmentation *v6nf_fragment_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin)
{
    struct v6nf_fragmentation *slot = NULL;
    if (origin == V6NF_ORIGIN_REPLY) {
        bool is_full = V6NF_FRAGMENTATIONS > 1u && oldest_slot(node, SLOTS_REPLIES, ANY, FRAGMENT_REPLIES_MAX) != NULL;
        return is_full ? NULL : oldest_slot(node, SLOTS_FREE, ANY, 1u);
    }
    if (neighbor != V6NF_NEIGHBORS) {
        slot = find_beyond_limit(node, neighbor);
    }
    if (slot == NULL) {
        slot = oldest_slot(node, SLOTS_FREE, ANY, 1u);
    }
    return slot != NULL ? slot : oldest_slot(node, SLOTS_WAITING, ANY, 1u);
}
#else
struct v6nf_fragmentation *v6nf_fragment_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin)
{
    (void)neighbor;
    bool is_full = V6NF_FRAGMENTATIONS > 1u && origin == V6NF_ORIGIN_REPLY &&
                   oldest_slot(node, SLOTS_REPLIES, ANY, FRAGMENT_REPLIES_MAX) != NULL;
    return is_full ? NULL : oldest_slot(node, SLOTS_FREE, ANY, 1u);
}
#endif

void v6nf_fragment_fill(struct v6nf_node *node, struct v6nf_fragmentation *slot, uint32_t neighbor,
                        const uint8_t *frame, uint32_t length, enum v6nf_origin origin)
{
    memcpy(slot->frame, frame, length);
    slot->used = true;
    if (V6NF_LONG_PACKETS_WAIT) {
        slot->whole = false;
    }
    slot->origin = (uint8_t)origin;
    slot->length = length;
    slot->sent = 0;
    slot->neighbor = neighbor;
    slot->identification = v6nf_identification(node);
#if V6NF_FRAGMENTATIONS > 1u
    slot->identification ^= v6nf_identification_mask(node, frame + PACKET + V6NF_IPV6_DESTINATION);
#endif
    if (V6NF_LONG_PACKETS_WAIT || V6NF_KEPT_INDEXED) {
        slot->order = node->waiting_order;
        node->waiting_order++;
    }
    (void)list_packet(node, slot, neighbor); /* no chain has more than 3 * V6NF_WAITING_PER_NEIGHBOR */
}

void v6nf_fragment_release(struct v6nf_node *node, struct v6nf_fragmentation *packet)
{
    unlist_packet(node, packet);
    packet->used = false;
}

void v6nf_fragment_drop(struct v6nf_node *node, struct v6nf_fragmentation *packet, enum v6nf_counter cause)
{
    v6nf_fragment_release(node, packet);
    v6nf_notify_dropped(node, packet->frame, packet->length, cause);
}

uint32_t v6nf_fragment_write_next(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                                  uint32_t longest)
{
    uint32_t whole = packet->length - UPPER;
    uint32_t start = packet->sent;
    uint32_t piece = (longest - UPPER - V6NF_FRAGMENT_HEADER_SIZE) / 8u * 8u;
    uint32_t end = start + piece < whole ? start + piece : whole;
    uint8_t *ipv6 = frame + PACKET;
    memmove(frame + UPPER + V6NF_FRAGMENT_HEADER_SIZE, packet->frame + UPPER + start, end - start);
    memcpy(frame, packet->frame, UPPER);
    v6nf_fragment_write(frame + UPPER, ipv6[V6NF_IPV6_NEXT_HEADER], start, end < whole, packet->identification);
    v6nf_store16(ipv6 + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(V6NF_FRAGMENT_HEADER_SIZE + end - start));
    ipv6[V6NF_IPV6_NEXT_HEADER] = V6NF_EXT_FRAGMENT;
    packet->sent = end;
    if (end >= whole) {
        v6nf_fragment_release(node, packet);
    }
    return UPPER + V6NF_FRAGMENT_HEADER_SIZE + end - start;
}
