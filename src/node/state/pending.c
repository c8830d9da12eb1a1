/* pending.c: packets that wait for address resolution (RFC 4861, 7.2.2), by copying, in a fixed number of places. */
#include <string.h>

#include "../base/internal.h"

/* A packet of the program's waits on, whatever answers to strangers come. */
static bool is_protected(const struct v6nf_node *node, const struct v6nf_waiting *waiting)
{
    return waiting->neighbor != V6NF_NEIGHBORS && node->neighbors[waiting->neighbor].asked && !node->originating;
}

/* The packet that can best be spared; NULL if there is none. */
static struct v6nf_waiting *oldest_to_spare(struct v6nf_node *node)
{
    struct v6nf_waiting *best = NULL;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (!is_protected(node, waiting) && (best == NULL || waiting->order < best->order)) {
            best = waiting;
        }
    }
    return best;
}

/* The oldest packet that waits for `neighbor`; NULL if there is none. */
static struct v6nf_waiting *oldest(struct v6nf_node *node, uint32_t neighbor)
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

static uint32_t count_for(const struct v6nf_node *node, uint32_t neighbor)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (node->waiting[i].neighbor == neighbor) {
            found++;
        }
    }
    return found;
}

/* A place for a packet to `neighbor`: a free one, else the oldest of that neighbor's, else the oldest of all. NULL, as all are taken
 * by the program's and this is not one of those. */
static struct v6nf_waiting *find_place(struct v6nf_node *node, uint32_t neighbor)
{
    struct v6nf_waiting *place = NULL;
    if (count_for(node, neighbor) < V6NF_WAITING_PER_NEIGHBOR) {
        for (uint32_t i = 0; i < V6NF_WAITING; i++) {
            if (node->waiting[i].neighbor == V6NF_NEIGHBORS) {
                return &node->waiting[i];
            }
        }
        place = oldest_to_spare(node);
    } else {
        place = oldest(node, neighbor);
    }
    count(node, V6NF_DROP_WAITING_FULL);
    return place;
}

void v6nf_waiting_keep(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame, uint32_t length)
{
    if (length > V6NF_WAITING_FRAME_SIZE) {
        count(node, V6NF_DROP_WAITING_SIZE);
        return;
    }
    struct v6nf_waiting *place = find_place(node, neighbor_index(node, neighbor));
    if (place == NULL) {
        return;
    }
    place->neighbor = neighbor_index(node, neighbor);
    place->length = length;
    place->order = node->waiting_order;
    node->waiting_order++;
    memcpy(place->frame, frame, length);
}

bool v6nf_waiting_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity)
{
    const struct v6nf_waiting *waiting = oldest(node, neighbor_index(node, neighbor));
    return waiting != NULL && waiting->length <= capacity;
}

/* The oldest packet whose neighbor is resolved; NULL if there is none. */
static struct v6nf_waiting *oldest_resolved(struct v6nf_node *node)
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

static bool is_advertisement(const struct v6nf_waiting *waiting)
{
    return waiting->frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6 &&
           waiting->frame[UPPER + V6NF_ICMPV6_TYPE] == V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT;
}

/* Send a packet that waited. Its source may have been removed, be tentative again, or be a duplicate by now. Send the
 * answer to a solicitor to that host, for any next hop of its address by now (RFC 4861, 7.2.4). */
static uint32_t release(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame, uint32_t capacity,
                        uint64_t now)
{
    struct v6nf_neighbor *neighbor = &node->neighbors[waiting->neighbor];
    waiting->neighbor = V6NF_NEIGHBORS;
    if (waiting->length > capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    if (!v6nf_interface_may_speak(node, waiting->frame + PACKET + V6NF_IPV6_SOURCE)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    memcpy(frame, waiting->frame, waiting->length);
    return is_advertisement(waiting) ? v6nf_resolve_to(node, neighbor, frame, waiting->length, capacity, now)
                                     : v6nf_output(node, frame, waiting->length, capacity, now);
}

uint32_t v6nf_waiting_release(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint8_t *frame,
                              uint32_t capacity, uint64_t now)
{
    struct v6nf_waiting *waiting = oldest(node, neighbor_index(node, neighbor));
    return waiting != NULL ? release(node, waiting, frame, capacity, now) : 0u;
}

uint32_t v6nf_waiting_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < V6NF_WAITING && length == 0u; i++) {
        struct v6nf_waiting *waiting = oldest_resolved(node);
        if (waiting == NULL) {
            break;
        }
        length = release(node, waiting, frame, capacity, now);
    }
    return length;
}

void v6nf_waiting_lost(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause)
{
    count(node, cause);
    if (cause == V6NF_DROP_UNREACHABLE) {
        v6nf_error_unreachable(node, frame + PACKET, length - PACKET);
    }
}

void v6nf_waiting_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor == neighbor) {
            waiting->neighbor = V6NF_NEIGHBORS;
            v6nf_waiting_lost(node, waiting->frame, waiting->length, cause);
        }
    }
}

#if V6NF_ANNOUNCE
void v6nf_waiting_drop_advertisements(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor != V6NF_NEIGHBORS && is_advertisement(waiting)) {
            waiting->neighbor = V6NF_NEIGHBORS;
            count(node, V6NF_DROP_NO_SOURCE);
        }
    }
}
#endif

uint64_t v6nf_waiting_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        uint32_t neighbor = node->waiting[i].neighbor;
        if (neighbor != V6NF_NEIGHBORS && node->neighbors[neighbor].state != V6NF_NEIGHBOR_INCOMPLETE) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
