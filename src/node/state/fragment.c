/* fragment.c: packets longer than the path MTU are sent in fragments (RFC 8200, 4.5): the first in the packet's own
 * buffer, the others from a copy of it, by tick. */
#include "fragment.h"

#include <string.h>

#include "v6nf/wire/ext.h"

#include "../base/random.h"
#include "neighbor_table.h"

static struct v6nf_fragmentation *find_free(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (!node->fragmentations[i].used) {
            return &node->fragmentations[i];
        }
    }
    return NULL;
}

struct v6nf_fragmentation *v6nf_fragment_slot(struct v6nf_node *node, enum v6nf_origin origin)
{
    struct v6nf_fragmentation *slot = find_free(node);
    if (origin != V6NF_ORIGIN_PROGRAM || !V6NF_LONG_PACKETS_WAIT) {
        return slot;
    }
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        struct v6nf_fragmentation *packet = &node->fragmentations[i];
        bool is_older = slot == NULL || (slot->used && packet->order < slot->order);
        if (packet->used && is_older && fragment_waits(node, packet)) {
            slot = packet;
        }
    }
    return slot;
}

void v6nf_fragment_fill(struct v6nf_node *node, struct v6nf_fragmentation *slot, uint32_t neighbor,
                        const uint8_t *frame, uint32_t length, enum v6nf_origin origin)
{
    memcpy(slot->frame, frame, length);
    slot->used = true;
    slot->origin = (uint8_t)origin;
    slot->length = length;
    slot->sent = 0;
    slot->neighbor = neighbor;
    slot->identification = v6nf_identification(node);
    if (V6NF_LONG_PACKETS_WAIT) {
        slot->order = node->waiting_order;
        node->waiting_order++;
    }
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

uint64_t v6nf_fragment_due(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        if (node->fragmentations[i].used && !fragment_waits(node, &node->fragmentations[i])) {
            return 0;
        }
    }
    return V6NF_NEVER;
}
