/* fragment.c: packets longer than the path MTU are sent in fragments (RFC 8200, 4.5): the first in the packet's own
 * buffer, the others from a copy of it, by tick. */
#include "fragment.h"

#include <string.h>

#include "v6nf/wire/ext.h"

#include "../base/random.h"
#include "neighbor_table.h"
#include "pending.h"

static struct v6nf_fragmentation *fragment_slot(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (!node->fragmentations[i].used) {
            return &node->fragmentations[i];
        }
    }
    return NULL;
}

/* Find a slot for a packet that the program sends. Evict one that waits for a neighbor, the oldest first: a silent
 * neighbor must not block packets to others. Return NULL if there is none. */
static struct v6nf_fragmentation *fragment_slot_or_evict(struct v6nf_node *node)
{
    struct v6nf_fragmentation *slot = fragment_slot(node);
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && V6NF_LONG_PACKETS_WAIT; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        bool is_older = slot == NULL || (slot->used && packet->order < slot->order);
        if (packet->used && is_older && fragment_waits(node, packet)) {
            slot = packet;
        }
    }
    if (slot != NULL && slot->used) {
        v6nf_pending_lost(node, slot->frame, slot->length, V6NF_DROP_WAITING_FULL);
    }
    return slot;
}

/* Copy the packet into a slot. Return NULL, counted as a drop, if no slot is free, if the packet is too long for one,
 * or if it is a fragment itself: nothing is fragmented twice. */
static struct v6nf_fragmentation *keep_packet(struct v6nf_node *node, const uint8_t *frame, uint32_t length,
                                              enum v6nf_send_status *status)
{
    if (length > V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE ||
        frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_EXT_FRAGMENT) {
        (void)v6nf_refuse(node, V6NF_DROP_MTU, status);
        return NULL;
    }
    struct v6nf_fragmentation *packet = status != NULL ? fragment_slot_or_evict(node) : fragment_slot(node);
    if (packet == NULL) {
        (void)v6nf_refuse(node, V6NF_DROP_FRAGMENTATION_FULL, status);
        return NULL;
    }
    memcpy(packet->frame, frame, length);
    packet->used = true;
    packet->origin = (uint8_t)origin_of(status);
    packet->length = length;
    packet->sent = 0;
    packet->neighbor = V6NF_NEIGHBORS;
    packet->identification = v6nf_identification(node);
    return packet;
}

uint32_t v6nf_fragment_write_next(struct v6nf_fragmentation *packet, uint8_t *frame, uint32_t longest)
{
    uint32_t whole = packet->length - UPPER;
    uint32_t start = packet->sent;
    uint32_t piece = (longest - UPPER - V6NF_FRAGMENT_HEADER_SIZE) / 8u * 8u;
    uint32_t end = start + piece < whole ? start + piece : whole;
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

uint32_t v6nf_fragment_start(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t longest,
                             enum v6nf_send_status *status, uint64_t now)
{
    struct v6nf_fragmentation *packet = keep_packet(node, frame, length, status);
    if (packet == NULL) {
        return 0;
    }
    set_due(node, now);
    return v6nf_fragment_write_next(packet, frame, longest);
}

#if V6NF_LONG_PACKETS_WAIT
bool v6nf_fragment_wait(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame,
                        uint32_t length, enum v6nf_send_status *status)
{
    struct v6nf_fragmentation *packet = keep_packet(node, frame, length, status);
    if (packet == NULL) {
        return false;
    }
    packet->neighbor = neighbor_index(node, neighbor);
    packet->order = node->waiting_order;
    node->waiting_order++;
    return true;
}

void v6nf_fragment_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (packet->used && packet->neighbor == neighbor) {
            packet->used = false;
            v6nf_pending_lost(node, packet->frame, packet->length, cause);
        }
    }
}
#endif

uint64_t v6nf_fragment_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (node->fragmentations[i].used && !fragment_waits(node, &node->fragmentations[i])) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
