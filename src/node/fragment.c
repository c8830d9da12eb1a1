/* fragment.c: packets longer than the path MTU leave in fragments (RFC 8200, 4.5): the first in the packet's own buffer, the
 * others, from a copy of it, by tick. */
#include <string.h>

#include "internal.h"

/* How long the rest of a packet waits for its next hop to be resolved. */
#define PATIENCE (5u * V6NF_SECOND)

static struct v6nf_fragmentation *find_place(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (!node->fragmentations[i].used) {
            return &node->fragmentations[i];
        }
    }
    return NULL;
}

/* Writes the next fragment. Returns the frame's length. */
static uint32_t write_next(struct v6nf_fragmentation *packet, uint8_t *frame)
{
    uint32_t whole = packet->length - UPPER;
    uint32_t start = packet->sent;
    uint32_t end = start + packet->piece < whole ? start + packet->piece : whole;
    uint8_t *ipv6 = frame + PACKET;
    memmove(frame + UPPER + V6NF_FRAGMENT_HEADER_SIZE, packet->frame + UPPER + start, end - start);
    memcpy(frame, packet->frame, UPPER);
    v6nf_fragment_write(frame + UPPER, ipv6[V6NF_IPV6_NEXT_HEADER], start, end < whole, packet->identification);
    v6nf_store16(ipv6 + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(V6NF_FRAGMENT_HEADER_SIZE + end - start));
    ipv6[V6NF_IPV6_NEXT_HEADER] = V6NF_EXT_FRAGMENT;
    packet->sent = end;
    packet->used = end < whole;
    return UPPER + V6NF_FRAGMENT_HEADER_SIZE + end - start;
}

uint32_t v6nf_fragment_start(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t longest, uint64_t now)
{
    struct v6nf_fragmentation *packet = find_place(node);
    if (packet == NULL || length > V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE) {
        return drop(node, V6NF_DROP_MTU);
    }
    memcpy(packet->frame, frame, length);
    packet->length = length;
    packet->sent = 0;
    packet->piece = (longest - UPPER - V6NF_FRAGMENT_HEADER_SIZE) / 8u * 8u;
    packet->identification = v6nf_identification(node);
    packet->due = now + PATIENCE;
    set_due(node, now);
    return write_next(packet, frame);
}

/* Whether the next hop of the packet is being resolved: its first fragment waits for that, and so do the others. */
static bool is_waiting(const struct v6nf_node *node, const struct v6nf_fragmentation *packet)
{
    const uint8_t *destination = packet->frame + PACKET + V6NF_IPV6_DESTINATION;
    const struct v6nf_destination *cached = &node->destinations[destination_slot(destination)];
    return cached->neighbor < V6NF_NEIGHBORS && v6nf_address_equal(cached->address.bytes, destination) &&
           node->neighbors[cached->neighbor].state == V6NF_NEIGHBOR_INCOMPLETE;
}

uint32_t v6nf_fragment_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        uint32_t fragment = UPPER + V6NF_FRAGMENT_HEADER_SIZE + packet->piece;
        if (!packet->used) {
            continue;
        }
        if (now >= packet->due || fragment > capacity) {
            packet->used = false;
            count(node, V6NF_DROP_FRAGMENTATION);
        } else if (!is_waiting(node, packet)) {
            uint32_t length = write_next(packet, frame);
            return v6nf_output(node, frame, length, capacity, now);
        }
    }
    return 0;
}

uint64_t v6nf_fragment_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        const struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (packet->used && !is_waiting(node, packet)) {
            return 0;
        }
        if (packet->used && packet->due < due) {
            due = packet->due;
        }
    }
    return due;
}
