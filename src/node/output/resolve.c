/* resolve.c: the next hop of a packet is determined, resolved, and found to be reachable or not (RFC 4861, 5.2, 7.2 and
 * 7.3). */
#include "resolve.h"

#include "v6nf/wire/ext.h"

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/looped.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/path_mtu.h"
#include "../state/pending.h"
#include "../state/route.h"
#include "admission.h"
#include "nexthop.h"
#include "solicit.h"

/* Keep a copy of a packet that is sent in fragments, or that is too long to wait elsewhere. neighbor: index of the
 * neighbor that it waits for, V6NF_NEIGHBORS for none. Return its slot. Return NULL, counted as a drop, if there is
 * none, if the packet is too long for one, or if it is a fragment itself: nothing is fragmented twice. */
static struct v6nf_fragmentation *keep_long(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame,
                                            uint32_t length, enum v6nf_send_status *status)
{
    if (length > V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE ||
        frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT) {
        (void)v6nf_refuse(node, V6NF_DROP_MTU, status);
        return NULL;
    }
    struct v6nf_fragmentation *slot = v6nf_fragment_slot(node, neighbor, origin_of(status));
    if (slot == NULL) {
        (void)v6nf_refuse(node, V6NF_DROP_FRAGMENTATION_FULL, status);
        return NULL;
    }
    if (V6NF_LONG_PACKETS_WAIT && slot->used) {
        v6nf_fragment_drop(node, slot, V6NF_DROP_WAITING_FULL);
    }
    v6nf_fragment_fill(node, slot, neighbor, frame, length, origin_of(status));
    return slot;
}

/* Keep a packet that waits for the neighbor, an index. A long one of the program waits in a slot for fragments.
 * Return false, counted as a drop, if no other packet may be evicted for it, or if it is too long to wait. The cause is
 * then V6NF_DROP_WAITING_SIZE: it can be sent once the neighbor is resolved. Fragments do not wait: their packet does,
 * in its slot. */
static bool keep_packet(struct v6nf_node *node, uint32_t neighbor, const uint8_t *frame, uint32_t length,
                        enum v6nf_send_status *status)
{
    enum v6nf_counter cause = V6NF_DROP_WAITING_FULL;
    if (frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT) {
        cause = V6NF_DROP_FRAGMENTATION;
    } else if (length <= V6NF_WAITING_FRAME_SIZE) {
        if (v6nf_pending_add(node, neighbor, frame, length, origin_of(status))) {
            return true;
        }
    } else if (V6NF_LONG_PACKETS_WAIT && status != NULL && length <= V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE) {
        return keep_long(node, neighbor, frame, length, status) != NULL;
    } else {
        cause = V6NF_DROP_WAITING_SIZE;
    }
    (void)v6nf_refuse(node, cause, status);
    return false;
}

uint32_t v6nf_resolve_ask(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t capacity,
                          uint64_t now)
{
    uint32_t solicitation = 0;
    if (neighbor_await(neighbor)) {
        solicitation = v6nf_solicit_neighbor(node, frame, capacity, neighbor);
        v6nf_neighbor_solicited(node, neighbor, solicitation != 0u, now);
    }
    return solicitation;
}

/* Keep the packet, and make its buffer the solicitation, if none is under way and one can be sent. */
static uint32_t wait_for_neighbor(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame,
                                  uint32_t length, uint32_t capacity, enum v6nf_send_status *status, uint64_t now)
{
    bool is_kept = keep_packet(node, neighbor_index(node, neighbor), frame, length, status);
    if (is_kept && status != NULL) {
        *status = V6NF_SEND_WAITS;
    }
    uint32_t solicitation = v6nf_resolve_ask(node, neighbor, frame, capacity, now);
    /* An answer that cannot be kept is counted here, too: what became of the frame that it answers (counters.h). */
    if (solicitation == 0u && (is_kept || status == NULL)) {
        count(node, V6NF_KEPT);
    }
    return solicitation;
}

/* Keep the packet, and make its buffer the first fragment. Return its length, 0 if the packet cannot be kept. */
static uint32_t send_first_fragment(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t longest,
                                    enum v6nf_send_status *status, uint64_t now)
{
    struct v6nf_fragmentation *slot = keep_long(node, V6NF_NEIGHBORS, frame, length, status);
    if (slot == NULL) {
        return 0;
    }
    set_due(node, now);
    return v6nf_fragment_write_next(node, slot, frame, longest);
}

/* Send the packet to the Ethernet address, or its first fragment where it is longer than the path MTU. Fragment it only
 * now: a packet that waits for resolution must not hold a slot of those that are sent in fragments. */
static uint32_t send_to(struct v6nf_node *node, const uint8_t *mac, uint8_t *frame, uint32_t length,
                        enum v6nf_send_status *status, uint64_t now)
{
    if (length > node->free_frame) {
        const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
        uint32_t longest = v6nf_path_mtu_longest_frame(node, destination, origin_of(status), now);
        if (length > longest) {
            length = send_first_fragment(node, frame, length, longest, status, now);
        }
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, mac);
    return finish_frame(node, frame, length);
}

uint32_t v6nf_resolve_to(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, enum v6nf_send_status *status, uint64_t now)
{
    v6nf_neighbor_use(node, neighbor, frame + PACKET + V6NF_IPV6_SOURCE, now);
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        return wait_for_neighbor(node, neighbor, frame, length, capacity, status, now);
    }
    return send_to(node, neighbor->mac, frame, length, status, now);
}

static uint32_t output_multicast(struct v6nf_node *node, uint8_t *frame, uint32_t length, enum v6nf_send_status *status,
                                 uint64_t now)
{
    const uint8_t *group = frame + PACKET + V6NF_IPV6_DESTINATION;
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    /* Scope 0 is reserved, and scope 1 stays within the node (RFC 4291, 2.7). */
    if ((group[1] & 0xFu) < 2u) {
        return v6nf_refuse(node, V6NF_DROP_NO_ROUTE, status);
    }
    v6nf_ether_multicast(mac, group);
    return send_to(node, mac, frame, length, status, now);
}

/* Send the packet to the router that the node is an interface of (node.h). */
static inline uint32_t output_beyond(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                     enum v6nf_send_status *status, uint64_t now)
{
    static const uint8_t none[V6NF_ETHER_ADDRESS_SIZE];
    if (V6NF_HAS_INDEX && length > FRAME_CAPACITY_MIN) {
        v6nf_destination_note(node, frame + PACKET + V6NF_IPV6_DESTINATION); /* a Packet Too Big may follow */
    }
    return send_to(node, none, frame, length, status, now);
}

uint32_t v6nf_resolve(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                      enum v6nf_send_status *status, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (v6nf_address_is_multicast(destination)) {
        return output_multicast(node, frame, length, status, now);
    }
#if V6NF_LOOPBACK > 0u
    if (v6nf_own_address_is_claimed(node, destination)) {
        return v6nf_looped_add(node, frame, length, status, now);
    }
#endif
    if (v6nf_nexthop_is_beyond(node, destination)) {
        return output_beyond(node, frame, length, status, now);
    }
    struct v6nf_neighbor *neighbor =
        v6nf_nexthop_find(node, destination, frame + PACKET + V6NF_IPV6_SOURCE, status, now);
    if (V6NF_HAS_INDEX && neighbor != NULL && length > FRAME_CAPACITY_MIN) {
        v6nf_destination_note(node, destination);
    }
    return neighbor != NULL ? v6nf_resolve_to(node, neighbor, frame, length, capacity, status, now) : 0u;
}

uint32_t v6nf_resolve_reply(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    return v6nf_resolve(node, frame, length, capacity, NULL, now);
}

/* Do not determine a next hop: each solicitor is on the link, and an answer via a router would be invalid (RFC 4861,
 * 7.1.2). */
uint32_t v6nf_resolve_solicitor(struct v6nf_node *node, const struct packet *packet, uint32_t length, uint32_t mac)
{
    uint8_t *frame = packet->frame;
    const uint8_t *solicitor = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (v6nf_own_address_is_claimed(node, solicitor)) {
        return drop(node, V6NF_DROP_NDP_SPOOFED); /* no node is its own neighbor */
    }
    if (v6nf_address_is_multicast(solicitor)) {
        return v6nf_resolve_reply(node, frame, length, packet->capacity, packet->now);
    }
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, solicitor);
    if (neighbor == NULL && mac == 0u && v6nf_route_is_on_link(node, solicitor)) {
        neighbor = v6nf_admission_resolve(node, solicitor, V6NF_ORIGIN_REPLY, packet->now);
    }
    if (neighbor != NULL) {
        return v6nf_resolve_to(node, neighbor, frame, length, packet->capacity, NULL, packet->now);
    }
    /* It is off-link, or there is no space for an entry. An answer does not need one: return it to the Ethernet
     * source. */
    if (!v6nf_ether_is_station(frame + V6NF_ETHER_SOURCE)) {
        return drop(node, V6NF_DROP_NO_NEIGHBOR);
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + V6NF_ETHER_SOURCE);
    return finish_frame(node, frame, length);
}
