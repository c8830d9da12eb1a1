/* output.c: a packet goes out: the neighbor that takes it, then the Ethernet header (RFC 4861, 7.2 and 7.3; RFC 2464). */
#include "internal.h"

/* Writes the rest of the Ethernet header and lets the frame leave. */
static uint32_t leave(const struct v6nf_node *node, uint8_t *frame, uint32_t length)
{
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, node->mac);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    return length;
}

/* The packet waits, and its buffer leaves as the solicitation, if none is under way. */
static uint32_t wait_for(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, uint64_t now)
{
    if (!v6nf_waiting_keep(node, neighbor, frame, length)) {
        return 0;
    }
    if (neighbor->solicitations != 0u) {
        return drop(node, V6NF_KEPT);
    }
    v6nf_neighbor_solicited(node, neighbor, now);
    return v6nf_output_solicitation(node, frame, capacity, neighbor);
}

uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (length > node->mtu + V6NF_ETHER_HEADER_SIZE) {
        return drop(node, V6NF_DROP_MTU);
    }
    if (v6nf_address_is_multicast(destination)) {
        v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, destination);
        return leave(node, frame, length);
    }
    const struct v6nf_destination *slot = &node->destinations[destination_slot(destination)];
    struct v6nf_neighbor *neighbor = NULL;
    if (slot->neighbor < V6NF_NEIGHBORS && v6nf_address_equal(slot->address.bytes, destination)) {
        neighbor = &node->neighbors[slot->neighbor];
    } else {
        neighbor = v6nf_destination_resolve(node, destination, now);
        if (neighbor == NULL) {
            return 0;
        }
    }
    if (neighbor->state != V6NF_NEIGHBOR_REACHABLE || now >= neighbor->due) {
        uint32_t own = v6nf_interface_find(node, frame + PACKET + V6NF_IPV6_SOURCE);
        v6nf_neighbor_use(node, neighbor, own, now);
        if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
            return wait_for(node, neighbor, frame, length, capacity, now);
        }
    }
    neighbor->used = now;
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    return leave(node, frame, length);
}

uint32_t v6nf_output_solicitation(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, struct v6nf_neighbor *neighbor)
{
    uint8_t *packet = frame + PACKET;
    uint32_t own = neighbor->own_address;
    if (own >= V6NF_ADDRESSES || node->addresses[own].state != V6NF_ADDRESS_PREFERRED) {
        own = v6nf_interface_select_source(node, neighbor->address.bytes);
        if (own == NO_ADDRESS) {
            return drop(node, V6NF_DROP_NO_SOURCE);
        }
    }
    if (capacity < UPPER + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE) {
        return drop(node, V6NF_DROP_CAPACITY);
    }
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        v6nf_address_solicited_node(packet + V6NF_IPV6_DESTINATION, neighbor->address.bytes);
        v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    } else {
        v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, neighbor->address.bytes);
        v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    }
    count(node, V6NF_SOLICITATIONS);
    return leave(node, frame, PACKET + v6nf_ndp_write_solicitation(packet, neighbor->address.bytes, node->mac));
}

uint32_t v6nf_output_detection(struct v6nf_node *node, uint8_t *frame, uint32_t own)
{
    static const struct v6nf_address unspecified = {{0}};
    uint8_t *packet = frame + PACKET;
    const uint8_t *target = node->addresses[own].address.bytes;
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, unspecified.bytes);
    v6nf_address_solicited_node(packet + V6NF_IPV6_DESTINATION, target);
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    count(node, V6NF_SOLICITATIONS);
    return leave(node, frame, PACKET + v6nf_ndp_write_solicitation(packet, target, NULL));
}
