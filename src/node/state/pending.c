/* pending.c: packets that wait for address resolution (RFC 4861, 7.2.2), as copies in a fixed number of slots. */
#include "pending.h"

#include <string.h>

#include "own_address.h"

/* Return true if the packet waits for a neighbor that the program sends to. No reply to unknown hosts evicts it. */
static bool is_protected_packet(const struct v6nf_node *node, const struct v6nf_waiting *waiting,
                                enum v6nf_origin origin)
{
    return waiting->neighbor != V6NF_NEIGHBORS && node->neighbors[waiting->neighbor].asked &&
           origin != V6NF_ORIGIN_PROGRAM;
}

/* Return true if a packet of this origin to `neighbor` may evict the other. */
static bool may_evict(const struct v6nf_node *node, const struct v6nf_waiting *waiting, uint32_t neighbor,
                      enum v6nf_origin origin)
{
    return waiting->neighbor == neighbor ? origin == V6NF_ORIGIN_PROGRAM || waiting->origin != V6NF_ORIGIN_PROGRAM
                                         : !is_protected_packet(node, waiting, origin);
}

/* Return the oldest packet that a packet of this origin to `neighbor` may evict, NULL if there is none. is_full: that
 * neighbor has all the packets that may wait for one, and one of them must go. */
static struct v6nf_waiting *oldest_to_evict(struct v6nf_node *node, uint32_t neighbor, bool is_full,
                                            enum v6nf_origin origin)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if ((!is_full || waiting->neighbor == neighbor) && may_evict(node, waiting, neighbor, origin) &&
            (best == NULL || waiting->order < best->order)) {
            best = waiting;
        }
    }
    return best;
}

struct v6nf_waiting *v6nf_pending_oldest(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor == neighbor && (best == NULL || waiting->order < best->order)) {
            best = waiting;
        }
    }
    return best;
}

static uint32_t count_waiting(const struct v6nf_node *node, uint32_t neighbor)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (node->waiting[i].neighbor == neighbor) {
            found++;
        }
    }
    return found;
}

struct v6nf_waiting *v6nf_pending_slot(struct v6nf_node *node, uint32_t neighbor, enum v6nf_origin origin)
{
    bool is_full = count_waiting(node, neighbor) >= V6NF_WAITING_PER_NEIGHBOR;
    for (uint32_t i = 0; i < V6NF_WAITING && !is_full; i++) {
        if (node->waiting[i].neighbor == V6NF_NEIGHBORS) {
            return &node->waiting[i];
        }
    }
    return oldest_to_evict(node, neighbor, is_full, origin);
}

void v6nf_pending_fill(struct v6nf_node *node, struct v6nf_waiting *slot, uint32_t neighbor, const uint8_t *frame,
                       uint32_t length, enum v6nf_origin origin)
{
    slot->neighbor = neighbor;
    slot->length = length;
    slot->order = node->waiting_order;
    slot->origin = (uint8_t)origin;
    node->waiting_order++;
    memcpy(slot->frame, frame, length);
}

bool v6nf_pending_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity)
{
    const struct v6nf_waiting *waiting = v6nf_pending_oldest(node, neighbor_index(node, neighbor));
    return waiting != NULL && waiting->length <= capacity &&
           !(V6NF_LOOPBACK > 0u && v6nf_own_address_is_claimed(node, waiting->frame + PACKET + V6NF_IPV6_DESTINATION));
}

struct v6nf_waiting *v6nf_pending_oldest_resolved(struct v6nf_node *node)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor != V6NF_NEIGHBORS &&
            node->neighbors[waiting->neighbor].state != V6NF_NEIGHBOR_INCOMPLETE &&
            (best == NULL || waiting->order < best->order)) {
            best = waiting;
        }
    }
    return best;
}

#if V6NF_ANNOUNCE
void v6nf_pending_drop_advertisements(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor != V6NF_NEIGHBORS && pending_is_advertisement(waiting)) {
            waiting->neighbor = V6NF_NEIGHBORS;
            count(node, V6NF_DROP_NO_SOURCE);
        }
    }
}
#endif

uint64_t v6nf_pending_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        uint32_t neighbor = node->waiting[i].neighbor;
        if (neighbor != V6NF_NEIGHBORS && node->neighbors[neighbor].state != V6NF_NEIGHBOR_INCOMPLETE) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
