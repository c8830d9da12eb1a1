/* deferred.c: packets that waited for address resolution (RFC 4861, 7.2.2) and later fragments (RFC 8200, 4.5) are sent. */
#include "deferred.h"

#include <string.h>

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/own_address.h"
#include "../state/pending.h"
#include "resolve.h"

/* Send a packet that waited. Its source may have been removed, be tentative again, or be a duplicate by now. Send the
 * answer to a solicitor to that host, for any next hop of its address by now (RFC 4861, 7.2.4). */
static uint32_t send_pending(struct v6nf_node *node, struct v6nf_waiting *waiting, uint8_t *frame, uint32_t capacity,
                             uint64_t now)
{
    struct v6nf_neighbor *neighbor = &node->neighbors[waiting->neighbor];
    waiting->neighbor = V6NF_NEIGHBORS;
    if (waiting->length > capacity) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    if (!v6nf_own_address_may_be_source(node, waiting->frame + PACKET + V6NF_IPV6_SOURCE)) {
        return drop(node, V6NF_DROP_NO_SOURCE);
    }
    memcpy(frame, waiting->frame, waiting->length);
    enum v6nf_origin origin = (enum v6nf_origin)waiting->origin;
    return pending_is_advertisement(waiting)
               ? v6nf_resolve_to(node, neighbor, frame, waiting->length, capacity, origin, now)
               : v6nf_resolve(node, frame, waiting->length, capacity, origin, now);
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

/* Send the next part of the packet: all of it if it waited and the path takes it whole, else a fragment. Use the
 * current path MTU (RFC 8201, 4). */
static uint32_t send_fragment(struct v6nf_node *node, struct v6nf_fragmentation *packet, uint8_t *frame,
                              uint32_t capacity, uint64_t now)
{
    if (!v6nf_own_address_may_be_source(node, packet->frame + PACKET + V6NF_IPV6_SOURCE)) {
        packet->used = false;
        return drop(node, V6NF_DROP_FRAGMENTATION);
    }
    uint32_t longest = v6nf_destination_longest_frame(node, packet->frame + PACKET + V6NF_IPV6_DESTINATION, now);
    longest = longest < capacity ? longest : capacity;
    uint32_t length = packet->length;
    packet->neighbor = V6NF_NEIGHBORS;
    if (V6NF_LONG_PACKETS_WAIT && packet->sent == 0u && length <= longest) {
        memcpy(frame, packet->frame, length);
        packet->used = false;
    } else {
        length = v6nf_fragment_write_next(packet, frame, longest);
    }
    return v6nf_resolve(node, frame, length, capacity, (enum v6nf_origin)packet->origin, now);
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
