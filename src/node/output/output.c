/* output.c: a packet is sent to its neighbor, if that is known to be reachable (RFC 4861, 7.3.3; RFC 2464). Everything
 * else is in resolve.c. */
#include "output.h"

#include "../state/destination.h"
#include "../state/path_mtu.h"
#include "nexthop.h"
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

#if V6NF_CHECKSUM_OFFLOAD
uint32_t v6nf_output_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    (void)node, (void)frame, (void)length, (void)now;
    return 0;
}

uint32_t v6nf_output_own_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    (void)node, (void)frame, (void)length, (void)now;
    return 0;
}
#endif
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

/* Send the packet to a neighbor that is known to be reachable, and note it as the next hop of the last packet. */
static inline uint32_t send_by(struct v6nf_node *node, uint32_t number, uint8_t *frame, uint32_t length,
                               uint32_t longest, uint64_t now)
{
    keep_last_hop(node, frame + PACKET + V6NF_IPV6_DESTINATION, number, longest);
    return finish_frame_to(node, &node->neighbors[number], frame, length, now);
}

/* Return true if a packet can leave by this next hop at once: it is known and reachable, and the path takes the packet
 * whole. */
static inline bool is_ready(struct v6nf_node *node, uint32_t number, const uint8_t *frame, uint32_t length,
                            enum v6nf_origin origin, uint64_t now)
{
    if (number >= V6NF_NEIGHBORS || !neighbor_is_reachable(&node->neighbors[number], now)) {
        return false;
    }
    return length <= node->free_frame ||
           length <= v6nf_path_mtu_longest_frame(node, frame + PACKET + V6NF_IPV6_DESTINATION, origin, now);
}

/* Note a long packet to a destination. Return the length up to which frames to it need no look-up, for any origin:
 * those that no Packet Too Big can be about, until there is a long one. */
static inline uint32_t longest_to_keep(struct v6nf_node *node, const uint8_t *frame, uint32_t length)
{
    if (length <= FRAME_CAPACITY_MIN) {
        return FRAME_CAPACITY_MIN;
    }
    v6nf_destination_note(node, frame + PACKET + V6NF_IPV6_DESTINATION);
    return node->free_frame;
}

/* Send a packet of the program at once by a next hop that is not that of the last packet. Return 0 if that is not
 * possible. */
static inline uint32_t own_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    const uint32_t hash = destination_hash(node, destination);
    uint32_t number = destination_find_direct(node, destination, hash);
    if (number >= V6NF_NEIGHBORS) {
        number = v6nf_nexthop_known(node, destination, hash, now);
    }
    return is_ready(node, number, frame, length, V6NF_ORIGIN_PROGRAM, now) && node->neighbors[number].of_program
               ? send_by(node, number, frame, length, longest_to_keep(node, frame, length), now)
               : 0u;
}

/* Send a packet of the program by a next hop that is not that of the last packet. */
static uint32_t output_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                  enum v6nf_send_status *status, uint64_t now)
{
    const uint32_t sent = own_by_another(node, frame, length, now);
    return sent != 0u ? sent : v6nf_resolve(node, frame, length, capacity, status, now);
}

/* Send a reply to a destination with this hash, which is not on-link. */
static __attribute__((noinline)) uint32_t reply_by_router(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                          uint32_t capacity, uint32_t hash, uint64_t now)
{
    uint32_t number = v6nf_nexthop_known(node, frame + PACKET + V6NF_IPV6_DESTINATION, hash, now);
    return is_ready(node, number, frame, length, V6NF_ORIGIN_REPLY, now)
               ? send_by(node, number, frame, length, longest_to_keep(node, frame, length), now)
               : v6nf_resolve_reply(node, frame, length, capacity, now);
}

/* Send the reply by a next hop that is not that of the last packet. Not inlined, so that the fast path saves no
 * registers. */
static __attribute__((noinline)) uint32_t reply_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                           uint32_t capacity, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    const uint32_t hash = destination_hash(node, destination);
    uint32_t number = destination_find_direct(node, destination, hash);
    if (number >= V6NF_NEIGHBORS) {
        return reply_by_router(node, frame, length, capacity, hash, now);
    }
    return neighbor_is_reachable(&node->neighbors[number], now) && length <= node->free_frame
               ? send_by(node, number, frame, length, node->free_frame, now)
               : v6nf_resolve_reply(node, frame, length, capacity, now);
}

#if V6NF_CHECKSUM_OFFLOAD
/* Send the reply at once by a next hop that is not that of the last packet. Return 0 if that is not possible. */
static __attribute__((noinline)) uint32_t at_once_by_another(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                             uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    const uint32_t hash = destination_hash(node, destination);
    uint32_t number = destination_find_direct(node, destination, hash);
    if (number >= V6NF_NEIGHBORS) {
        number = v6nf_nexthop_known(node, destination, hash, now);
    }
    return is_ready(node, number, frame, length, V6NF_ORIGIN_REPLY, now)
               ? send_by(node, number, frame, length, longest_to_keep(node, frame, length), now)
               : 0u;
}

uint32_t v6nf_output_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    struct v6nf_neighbor *neighbor = last_neighbor(node, frame, length, now);
    return neighbor != NULL ? finish_frame_to(node, neighbor, frame, length, now)
                            : at_once_by_another(node, frame, length, now);
}

uint32_t v6nf_output_own_at_once(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    struct v6nf_neighbor *neighbor = last_neighbor(node, frame, length, now);
    return neighbor != NULL && neighbor->of_program ? finish_frame_to(node, neighbor, frame, length, now)
                                                    : own_by_another(node, frame, length, now);
}
#endif

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
    return neighbor != NULL && neighbor->of_program ? finish_frame_to(node, neighbor, frame, length, now)
                                                    : output_by_another(node, frame, length, capacity, status, now);
}
#endif
