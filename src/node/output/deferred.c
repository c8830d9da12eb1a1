/* deferred.c: packets that waited for address resolution (RFC 4861, 7.2.2), and later fragments (RFC 8200, 4.5). */
#include "deferred.h"

#include <string.h>

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/neighbor.h"
#include "../state/notify.h"
#include "../state/own_address.h"
#include "../state/path_mtu.h"
#include "../state/pending.h"
#include "nexthop.h"
#include "resolve.h"

/* Return the length of the longest frame to the destination of the packet that is not sent in fragments. */
static uint32_t longest_for(struct v6nf_node *node, const uint8_t *frame, uint8_t origin, uint64_t now)
{
    return v6nf_path_mtu_longest_frame(node, frame + PACKET + V6NF_IPV6_DESTINATION, (enum v6nf_origin)origin, now);
}

#if V6NF_FORWARDING
/* Send a packet that passes through to the neighbor that it waited for. */
static uint32_t send_passing(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame, uint32_t capacity,
                             uint64_t now)
{
    struct v6nf_neighbor *neighbor = &node->neighbors[waiting->neighbor];
    const uint32_t length = waiting->length;
    v6nf_pending_release(node, waiting);
    if (length > capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    memcpy(frame, waiting->frame, length);
    v6nf_neighbor_use(node, neighbor, node->addresses[0].address.bytes, now);
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    return finish_frame(node, frame, length);
}
#else
static inline uint32_t send_passing(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame,
                                    uint32_t capacity, uint64_t now)
{
    (void)node, (void)waiting, (void)frame, (void)capacity, (void)now;
    return 0;
}
#endif

/* Send a packet that waited. Its source may have been removed, be tentative again, or be a duplicate. Send the answer
 * to a solicitor to that host, even if the next hop of its address has changed (RFC 4861, 7.2.4). */
static uint32_t send_pending(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame, uint32_t capacity,
                             uint64_t now)
{
    if (pending_passes(waiting)) {
        return send_passing(node, waiting, frame, capacity, now);
    }
    struct v6nf_neighbor *neighbor = &node->neighbors[waiting->neighbor];
    enum v6nf_send_status status = V6NF_SEND_SENT;
    enum v6nf_send_status *own = waiting->origin == V6NF_ORIGIN_PROGRAM ? &status : NULL;
    uint32_t length = waiting->length;
    const bool is_whole = waiting->whole;
    v6nf_pending_release(node, waiting);
    enum v6nf_counter cause = length > capacity ? V6NF_DROP_CAPACITY : NO_DROP;
    if (!v6nf_own_address_may_be_source(node, waiting->frame + PACKET + V6NF_IPV6_SOURCE)) {
        cause = V6NF_DROP_NO_SOURCE;
    } else if (V6NF_WAITING_WHOLE && is_whole && length > longest_for(node, waiting->frame, V6NF_ORIGIN_PROGRAM, now)) {
        cause = V6NF_DROP_MTU; /* the path MTU is smaller than when it was sent */
    }
    if (cause != NO_DROP) {
        v6nf_notify_dropped(node, waiting->frame, length, cause);
        return 0;
    }
    memcpy(frame, waiting->frame, length);
    uint32_t sent = pending_is_advertisement(waiting)
                        ? v6nf_resolve_to(node, neighbor, frame, length, capacity, NULL, now)
                        : v6nf_resolve(node, frame, length, capacity, own, now);
    if (V6NF_WAITING_WHOLE && is_whole && status == V6NF_SEND_WAITS) {
        v6nf_pending_set_whole(node);
    }
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

#if V6NF_LONG_PACKETS_WAIT
/* Let a packet of the program wait, again or with its later fragments, if its next hop is not resolved. Return true if
 * nothing more can be sent now. *length: that of the frame to send, a solicitation or none. */
static bool wait_if_unresolved(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                               uint32_t capacity, uint32_t *length, uint64_t now)
{
    const uint8_t *destination = packet->frame + PACKET + V6NF_IPV6_DESTINATION;
    enum v6nf_send_status status = V6NF_SEND_SENT;
    *length = 0;
    if (v6nf_address_is_multicast(destination) || v6nf_own_address_is_claimed(node, destination) ||
        v6nf_nexthop_is_beyond(node, destination)) {
        return false;
    }
    struct v6nf_neighbor *neighbor =
        v6nf_nexthop_find(node, destination, packet->frame + PACKET + V6NF_IPV6_SOURCE, &status, now);
    if (neighbor != NULL && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE) {
        return false;
    }
    if (neighbor == NULL || !v6nf_fragment_wait(node, packet, neighbor_index(node, neighbor))) {
        v6nf_fragment_release(node, packet);
        v6nf_notify_lost(node, packet->frame + PACKET, packet->length - PACKET,
                         neighbor == NULL ? status : V6NF_SEND_NO_BUFFER);
    }
    *length = neighbor != NULL ? v6nf_resolve_ask(node, neighbor, frame, capacity, now) : 0u;
    return true;
}
#else
static bool wait_if_unresolved(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                               uint32_t capacity, uint32_t *length, uint64_t now)
{
    (void)node, (void)packet, (void)frame, (void)capacity, (void)length, (void)now;
    return false;
}
#endif

/* Send the next part of the packet: all of it if it waited and fits the path MTU, else a fragment. Use the current path
 * MTU (RFC 8201, 4). A packet that lacks a fragment is of no use: it ends if one cannot be sent. */
static uint32_t send_fragment(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                              uint32_t capacity, uint64_t now)
{
    enum v6nf_send_status status = V6NF_SEND_SENT;
    enum v6nf_send_status *own = packet->origin == V6NF_ORIGIN_PROGRAM ? &status : NULL;
    uint32_t length = packet->length;
    packet->neighbor = V6NF_NEIGHBORS;
    if (!v6nf_own_address_may_be_source(node, packet->frame + PACKET + V6NF_IPV6_SOURCE)) {
        v6nf_fragment_release(node, packet);
        v6nf_notify_lost(node, packet->frame + PACKET, length - PACKET, V6NF_SEND_NO_SOURCE);
        return drop(node, V6NF_DROP_FRAGMENTATION);
    }
    if (own != NULL && wait_if_unresolved(node, packet, frame, capacity, &length, now)) {
        return length;
    }
    uint32_t longest = longest_for(node, packet->frame, packet->origin, now);
    const enum v6nf_counter cause = packet->length > longest ? V6NF_DROP_MTU : V6NF_DROP_CAPACITY;
    longest = longest < capacity ? longest : capacity;
    if (V6NF_WAITING_WHOLE && V6NF_LONG_PACKETS_WAIT && packet->whole && packet->length > longest) {
        v6nf_fragment_drop(node, packet, cause);
        return 0;
    }
    if (V6NF_LONG_PACKETS_WAIT && packet->sent == 0u && packet->length <= longest) {
        length = packet->length;
        memcpy(frame, packet->frame, length);
        v6nf_fragment_release(node, packet);
    } else {
        length = v6nf_fragment_write_next(node, packet, frame, longest);
    }
    length = v6nf_resolve(node, frame, length, capacity, own, now);
    if (packet->used && (length == 0u || !send_status_is_good(status))) {
        v6nf_fragment_release(node, packet);
    }
    v6nf_notify_lost(node, packet->frame + PACKET, packet->length - PACKET, status);
    return length;
}

uint32_t v6nf_deferred_fragment_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && length == 0u; i++) {
        struct v6nf_fragmentation *packet = v6nf_fragment_ready(node);
        if (packet == NULL) {
            break;
        }
        length = send_fragment(node, packet, frame, capacity, now);
    }
    return length;
}
