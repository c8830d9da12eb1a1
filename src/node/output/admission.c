/* admission.c: who gets an entry in the Neighbor Cache (RFC 6583), and what is lost with one that ends. */
#include "admission.h"

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/neighbor.h"
#include "../state/notify.h"
#include "../state/pending.h"
#include "../state/route.h"
#include "hops.h"

void v6nf_admission_end(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_counter cause)
{
    const uint32_t index = neighbor_index(node, neighbor);
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = v6nf_pending_oldest(node, index);
        if (waiting == NULL) {
            break;
        }
        waiting->neighbor = V6NF_NEIGHBORS;
        v6nf_notify_dropped(node, waiting->frame, waiting->length, cause);
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && V6NF_LONG_PACKETS_WAIT; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (packet->used && packet->neighbor == index) {
            packet->used = false;
            v6nf_notify_dropped(node, packet->frame, packet->length, cause);
        }
    }
    v6nf_destination_forget(node, index);
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

/* Entries that hosts which never answered can use, even if all others were reachable once. Without these, a full cache
 * would let one unknown host prevent the resolution of all others. */
#define MIN_UNCONFIRMED (V6NF_NEIGHBORS >= 4u ? V6NF_NEIGHBORS / 4u : 1u)

/* Return true if the entry is being resolved for the program: only packets of the program evict it. */
static bool is_protected_neighbor(const struct v6nf_neighbor *neighbor, enum v6nf_origin origin)
{
    return neighbor_is_resolving(neighbor) && neighbor->asked && origin != V6NF_ORIGIN_PROGRAM;
}

/* Return the entry that was used longest ago, of those that were (`confirmed`) or were not reachable once. Never return
 * that of a router. Return NULL if there is none. Set *found to their number. */
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

/* Return a free entry, else one to evict: hosts that never answered evict each other, and a few of those that were
 * reachable (RFC 6583, 6.2). Return NULL if all are protected. */
static struct v6nf_neighbor *neighbor_slot(struct v6nf_node *node, enum v6nf_origin origin)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (node->neighbors[i].state == V6NF_NEIGHBOR_FREE) {
            return &node->neighbors[i];
        }
    }
    uint32_t unconfirmed = 0;
    uint32_t known = 0;
    struct v6nf_neighbor *new_host = find_oldest(node, false, origin, &unconfirmed);
    struct v6nf_neighbor *known_host = find_oldest(node, true, origin, &known);
    return unconfirmed >= MIN_UNCONFIRMED || known_host == NULL ? new_host : known_host;
}

struct v6nf_neighbor *v6nf_admission_create(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                            uint64_t now)
{
    struct v6nf_neighbor *neighbor = neighbor_slot(node, origin);
    if (neighbor == NULL) {
        return NULL;
    }
    if (neighbor->state != V6NF_NEIGHBOR_FREE) {
        count(node, V6NF_NEIGHBORS_EVICTED);
        v6nf_admission_end(node, neighbor, V6NF_DROP_WAITING_FULL);
    }
    v6nf_neighbor_init(node, neighbor, address, now);
    return neighbor;
}

struct v6nf_neighbor *v6nf_admission_resolve(struct v6nf_node *node, const uint8_t *address, enum v6nf_origin origin,
                                             uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    uint32_t unknown = 0;
    if (neighbor == NULL) {
        for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
            if (neighbor_is_resolving(&node->neighbors[i]) && !node->neighbors[i].asked) {
                unknown++;
            }
        }
        /* Limit concurrent resolutions of a scan: each takes up to three seconds (RFC 6583, 7.1). */
        if (origin != V6NF_ORIGIN_PROGRAM && unknown >= MIN_UNCONFIRMED) {
            return NULL;
        }
        neighbor = v6nf_admission_create(node, address, origin, now);
    }
    if (neighbor != NULL && origin == V6NF_ORIGIN_PROGRAM) {
        neighbor->asked = true;
    }
    return neighbor;
}

struct v6nf_neighbor *v6nf_admission_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor,
                                           const uint8_t *address, const uint8_t *mac, uint64_t now)
{
    if (neighbor == NULL) {
        neighbor = v6nf_admission_create(node, address, V6NF_ORIGIN_REPLY, now);
    }
    if (neighbor != NULL && v6nf_neighbor_set_mac(node, neighbor, mac, now)) {
        v6nf_hops_resolved(node, neighbor);
    }
    return neighbor;
}

struct v6nf_neighbor *v6nf_admission_advertised(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac,
                                                uint64_t now)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, address);
    if (mac != NULL && !neighbor_knows(neighbor, mac)) {
        return v6nf_admission_learn(node, neighbor, address, mac, now);
    }
    return neighbor;
}
