/* pending_valid.c: the invariant of packets that wait for address resolution, for tests. */
#include "pending.h"

#ifdef V6NF_INVARIANTS
static bool waiting_is_valid(const struct v6nf_node *node, const struct v6nf_waiting *waiting)
{
    uint32_t same = 0;
    const bool is_undelivered = V6NF_FORWARDING && waiting->neighbor > V6NF_NEIGHBORS;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        const struct v6nf_waiting *other = &node->waiting[i];
        same += other->neighbor == waiting->neighbor && other->origin == waiting->origin ? 1u : 0u;
    }
    if (pending_passes(waiting) ? waiting->origin != V6NF_ORIGIN_REPLY : is_undelivered) {
        return false;
    }
    return (is_undelivered || (waiting->neighbor < V6NF_NEIGHBORS && same <= V6NF_WAITING_PER_NEIGHBOR &&
                               node->neighbors[waiting->neighbor].state != V6NF_NEIGHBOR_FREE)) &&
           waiting->origin <= V6NF_ORIGIN_PROGRAM && waiting->order < node->waiting_order &&
           waiting->length >= UPPER + (pending_passes(waiting) ? 0u : 8u) &&
           waiting->length <= V6NF_WAITING_FRAME_SIZE &&
           waiting->length == UPPER + v6nf_load16(waiting->frame + PACKET + V6NF_IPV6_PAYLOAD_LENGTH);
}

bool v6nf_pending_is_valid(const struct v6nf_node *node)
{
    uint32_t of_program = 0;
    uint32_t undelivered = 0;
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        const struct v6nf_waiting *waiting = &node->waiting[i];
        if (waiting->neighbor == V6NF_NEIGHBORS) {
            continue;
        }
        if (!waiting_is_valid(node, waiting)) {
            return false;
        }
        undelivered += waiting->neighbor > V6NF_NEIGHBORS ? 1u : 0u;
        of_program += waiting->origin == V6NF_ORIGIN_PROGRAM ? 1u : 0u;
    }
#if V6NF_FORWARDING
    if (undelivered != node->undelivered) {
        return false;
    }
#endif
    return of_program <= WAITING_PROGRAM_MAX && v6nf_kept_is_valid(node);
}
#endif
