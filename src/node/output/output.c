/* output.c: a packet is sent to its neighbor, if that is known to be reachable (RFC 4861, 7.3.3; RFC 2464). Everything
 * else is in resolve.c. */
#include "output.h"

#include "../state/destination.h"
#include "../state/path_mtu.h"
#include "resolve.h"

#ifdef __OPTIMIZE_SIZE__
/* Where size counts, there is no fast path. */
uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    return v6nf_resolve_reply(node, frame, length, capacity, now);
}

uint32_t v6nf_output_own(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                         enum v6nf_send_status *status, uint64_t now)
{
    return v6nf_resolve(node, frame, length, capacity, status, now);
}
#else
/* Return the next hop of the last packet if it is that of this one, too, is known to be reachable, and takes the packet
 * whole; else NULL. */
static inline struct v6nf_neighbor *last_neighbor(struct v6nf_node *node, const uint8_t *frame, uint32_t length,
                                                  uint64_t now)
{
    const struct v6nf_last_hop *last = &node->last_hop;
    if (last->neighbor < V6NF_NEIGHBORS &&
        v6nf_address_equal(last->destination.bytes, frame + PACKET + V6NF_IPV6_DESTINATION) &&
        length <= last->longest_frame && neighbor_is_reachable(&node->neighbors[last->neighbor], now)) {
        return &node->neighbors[last->neighbor];
    }
    return NULL;
}

/* Return the known next hop of a packet, if it is reachable and the path takes the packet whole; else NULL. */
static inline struct v6nf_neighbor *known_neighbor(struct v6nf_node *node, const uint8_t *frame, uint32_t length,
                                                   enum v6nf_origin origin, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    uint32_t longest = node->free_frame;
    uint32_t number = v6nf_destination_find(node, destination);
    if (number >= V6NF_NEIGHBORS || !neighbor_is_reachable(&node->neighbors[number], now)) {
        return NULL;
    }
    if (length > longest) {
        longest = v6nf_path_mtu_longest_frame(node, destination, origin, now);
        if (length > longest) {
            return NULL;
        }
    }
    keep_last_hop(node, destination, number, path_mtus_are_unknown(node) ? FRAME_CAPACITY_MIN : longest);
    return &node->neighbors[number];
}

/* Send the packet by a next hop that is not that of the last packet. */
static uint32_t output_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                  enum v6nf_send_status *status, uint64_t now)
{
    struct v6nf_neighbor *neighbor = known_neighbor(node, frame, length, V6NF_ORIGIN_PROGRAM, now);
    return neighbor != NULL && neighbor->asked ? finish_frame_to(node, neighbor, frame, length, now)
                                               : v6nf_resolve(node, frame, length, capacity, status, now);
}

/* The same for a reply. Not inlined, so that the fast path saves no registers. */
static __attribute__((noinline)) uint32_t reply_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                           uint32_t capacity, uint64_t now)
{
    struct v6nf_neighbor *neighbor = known_neighbor(node, frame, length, V6NF_ORIGIN_REPLY, now);
    return neighbor != NULL ? finish_frame_to(node, neighbor, frame, length, now)
                            : v6nf_resolve_reply(node, frame, length, capacity, now);
}

uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    struct v6nf_neighbor *neighbor = last_neighbor(node, frame, length, now);
    return neighbor != NULL ? finish_frame_to(node, neighbor, frame, length, now)
                            : reply_by_another(node, frame, length, capacity, now);
}

uint32_t v6nf_output_own(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                         enum v6nf_send_status *status, uint64_t now)
{
    struct v6nf_neighbor *neighbor = last_neighbor(node, frame, length, now);
    return neighbor != NULL && neighbor->asked ? finish_frame_to(node, neighbor, frame, length, now)
                                               : output_by_another(node, frame, length, capacity, status, now);
}
#endif
