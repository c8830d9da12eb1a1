/* fragment_valid.c: the invariant of packets that are sent in fragments, for tests. */
#include "fragment.h"

#ifdef V6NF_INVARIANTS
static bool fragmentation_is_valid(const struct v6nf_node *node, const struct v6nf_fragmentation *packet)
{
    const uint8_t next_header = packet->frame[PACKET + V6NF_IPV6_NEXT_HEADER];
    uint32_t same = 0;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS && packet->neighbor < V6NF_NEIGHBORS; i++) {
        const struct v6nf_fragmentation *other = &node->fragmentations[i];
        same += other->used && other->neighbor == packet->neighbor ? 1u : 0u;
    }
    bool is_neighbor_valid =
        packet->neighbor == V6NF_NEIGHBORS ||
        (V6NF_LONG_PACKETS_WAIT && packet->origin == V6NF_ORIGIN_PROGRAM && packet->neighbor < V6NF_NEIGHBORS &&
         node->neighbors[packet->neighbor].state != V6NF_NEIGHBOR_FREE &&
         kept_may_wait(&node->neighbors[packet->neighbor]));
    return is_neighbor_valid && packet->origin <= V6NF_ORIGIN_PROGRAM && packet->length <= sizeof packet->frame &&
           UPPER + packet->sent < packet->length && packet->sent % 8u == 0u &&
           (next_header == V6NF_NEXT_HEADER_UDP || next_header == V6NF_NEXT_HEADER_ICMPV6) &&
           same <= V6NF_WAITING_PER_NEIGHBOR;
}

bool v6nf_fragment_is_valid(const struct v6nf_node *node)
{
    uint32_t replies = 0;
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        const struct v6nf_fragmentation *packet = &node->fragmentations[i];
        if (!packet->used) {
            continue;
        }
        if (!fragmentation_is_valid(node, packet)) {
            return false;
        }
        replies += packet->origin == V6NF_ORIGIN_REPLY ? 1u : 0u;
        waiting +=
            packet->neighbor < V6NF_NEIGHBORS && node->neighbors[packet->neighbor].state == V6NF_NEIGHBOR_INCOMPLETE
                ? 1u
                : 0u;
    }
    return replies <= FRAGMENT_REPLIES_MAX && waiting <= FRAGMENT_WAITING_MAX;
}
#endif
