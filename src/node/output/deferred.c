/* deferred.c: packets that waited for address resolution (RFC 4861, 7.2.2), and later fragments (RFC 8200, 4.5). */
#include "deferred.h"

#include <string.h>

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/notify.h"
#include "../state/own_address.h"
#include "../state/path_mtu.h"
#include "../state/pending.h"
#include "resolve.h"

/* Send a packet that waited. Its source may have been removed, be tentative again, or be a duplicate. Send the answer
 * to a solicitor to that host, even if the next hop of its address has changed (RFC 4861, 7.2.4). */
static uint32_t send_pending(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame, uint32_t capacity,
                             uint64_t now)
{
    struct v6nf_neighbor *neighbor = &node->neighbors[waiting->neighbor];
    enum v6nf_send_status status = V6NF_SEND_SENT;
    enum v6nf_send_status *own = waiting->origin == V6NF_ORIGIN_PROGRAM ? &status : NULL;
    uint32_t length = waiting->length;
    waiting->neighbor = V6NF_NEIGHBORS;
    bool may_speak = v6nf_own_address_may_be_source(node, waiting->frame + PACKET + V6NF_IPV6_SOURCE);
    if (length > capacity || !may_speak) {
        v6nf_notify_dropped(node, waiting->frame, length, may_speak ? V6NF_DROP_CAPACITY : V6NF_DROP_NO_SOURCE);
        return 0;
    }
    memcpy(frame, waiting->frame, length);
    uint32_t sent = pending_is_advertisement(waiting)
                        ? v6nf_resolve_to(node, neighbor, frame, length, capacity, NULL, now)
                        : v6nf_resolve(node, frame, length, capacity, own, now);
    v6nf_notify_lost(node, waiting->frame + PACKET, length - PACKET, status);
    return sent;
}

uint32_t v6nf_deferred_release(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint8_t *frame,
                               uint32_t capacity, uint64_t now)
{
    struct v6nf_waiting *waiting = v6nf_pending_oldest(node, neighbor_index(node, neighbor));
    return waiting != NULL ? send_pending(node, waiting, frame, capacity, now) : 0u;
}

uint32_t v6nf_deferred_pending_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < V6NF_WAITING && length == 0u; i++) {
        struct v6nf_waiting *waiting = v6nf_pending_oldest_resolved(node);
        if (waiting == NULL) {
            break;
        }
        length = send_pending(node, waiting, frame, capacity, now);
    }
    return length;
}

/* Send the next part of the packet: all of it if it waited and fits the path MTU, else a fragment. Use the current path
 * MTU (RFC 8201, 4). */
static uint32_t send_fragment(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                              uint32_t capacity, uint64_t now)
{
    if (!v6nf_own_address_may_be_source(node, packet->frame + PACKET + V6NF_IPV6_SOURCE)) {
        packet->used = false;
        v6nf_notify_lost(node, packet->frame + PACKET, packet->length - PACKET, V6NF_SEND_NO_SOURCE);
        return drop(node, V6NF_DROP_FRAGMENTATION);
    }
    uint32_t longest = v6nf_path_mtu_longest_frame(node, packet->frame + PACKET + V6NF_IPV6_DESTINATION,
                                                   (enum v6nf_origin)packet->origin, now);
    longest = longest < capacity ? longest : capacity;
    enum v6nf_send_status status = V6NF_SEND_SENT;
    uint32_t length = packet->length;
    packet->neighbor = V6NF_NEIGHBORS;
    if (V6NF_LONG_PACKETS_WAIT && packet->sent == 0u && length <= longest) {
        memcpy(frame, packet->frame, length);
        packet->used = false;
    } else {
        length = v6nf_fragment_write_next(packet, frame, longest);
    }
    uint32_t sent =
        v6nf_resolve(node, frame, length, capacity, packet->origin == V6NF_ORIGIN_PROGRAM ? &status : NULL, now);
    packet->used = packet->used && send_status_is_good(status); /* a datagram that lacks a fragment is of no use */
    v6nf_notify_lost(node, packet->frame + PACKET, packet->length - PACKET, status);
    return sent;
}

uint32_t v6nf_deferred_fragment_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        while (packet->used && !fragment_waits(node, packet)) {
            uint32_t length = send_fragment(node, packet, frame, capacity, now);
            if (length != 0u) {
                return length;
            }
        }
    }
    return 0;
}
