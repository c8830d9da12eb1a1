/* resolve.c: the next hop of a packet is determined, resolved, and found to be reachable or not (RFC 4861, 5.2, 7.2 and
 * 7.3). */
#include "resolve.h"

#include "../state/destination.h"
#include "../state/fragment.h"
#include "../state/looped.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/pending.h"
#include "../state/route.h"
#include "nexthop.h"
#include "solicit.h"

/* Keep the packet. Return false, counted as a drop, if it cannot be kept. A packet that no slot holds has no buffer: it
 * is not too long, as it can be sent once the neighbor is resolved. */
static bool keep_waiting(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame,
                         uint32_t length, enum v6nf_send_status *status)
{
    bool is_long = V6NF_LONG_PACKETS_WAIT && length > V6NF_WAITING_FRAME_SIZE &&
                   length <= V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE;
    bool is_kept = is_long && status != NULL ? v6nf_fragment_wait(node, neighbor, frame, length, status)
                                             : v6nf_pending_add(node, neighbor, frame, length, status);
    if (is_kept && status != NULL) {
        *status = V6NF_SEND_WAITS;
    }
    return is_kept;
}

/* Keep the packet, and make its buffer the solicitation, if none is under way and one can be sent. */
static uint32_t wait_for_neighbor(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame,
                                  uint32_t length, uint32_t capacity, enum v6nf_send_status *status, uint64_t now)
{
    bool is_kept = keep_waiting(node, neighbor, frame, length, status);
    uint32_t solicitation = 0;
    if (neighbor->solicitations == 0u) {
        solicitation = v6nf_solicit_neighbor(node, frame, capacity, neighbor);
        v6nf_neighbor_solicited(node, neighbor, solicitation != 0u, now);
    }
    /* An answer that cannot be kept is counted here, too: what became of the frame that it answers (counters.h). */
    if (solicitation == 0u && (is_kept || status == NULL)) {
        count(node, V6NF_KEPT);
    }
    return solicitation;
}

/* Send the packet to the Ethernet address, or its first fragment where it is longer than the path MTU. Fragment it only
 * now: a packet that waits for resolution must not hold a slot of those that are sent in fragments. */
static uint32_t send_to(struct v6nf_node *node, const uint8_t *mac, uint8_t *frame, uint32_t length,
                        enum v6nf_send_status *status, uint64_t now)
{
    uint32_t longest = v6nf_destination_longest_frame(node, frame + PACKET + V6NF_IPV6_DESTINATION, now);
    if (length > longest) {
        length = v6nf_fragment_start(node, frame, length, longest, status, now);
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, mac);
    return leave(node, frame, length);
}

uint32_t v6nf_resolve_to(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, enum v6nf_send_status *status, uint64_t now)
{
    v6nf_neighbor_use(node, neighbor, v6nf_own_address_find(node, frame + PACKET + V6NF_IPV6_SOURCE), now);
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
    if (length > FRAME_CAPACITY_MIN) {
        v6nf_destination_remember_group(node, group); /* for the path MTU */
    }
    v6nf_ether_multicast(mac, group);
    return send_to(node, mac, frame, length, status, now);
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
    struct v6nf_neighbor *neighbor = v6nf_nexthop_find(node, destination, status, now);
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
        neighbor = v6nf_neighbor_resolve(node, solicitor, V6NF_ORIGIN_REPLY, packet->now);
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
    return leave(node, frame, length);
}
