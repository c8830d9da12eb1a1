/* output.c: a packet is sent to its neighbor, if that is known to be reachable (RFC 4861, 7.3.3; RFC 2464). Everything
 * else is in resolve.c. */
#include "output.h"

#include "../state/destination.h"
#include "../state/neighbor_table.h"
#include "resolve.h"

/* Return the neighbor that the packet is sent to, if it is known to be reachable and the path takes the packet whole;
 * else NULL. */
static inline struct v6nf_neighbor *fast_neighbor(struct v6nf_node *node, const uint8_t *frame, uint32_t length,
                                                  uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    const struct v6nf_destination *cached = &node->destinations[destination_slot(destination)];
    if (cached->neighbor < V6NF_NEIGHBORS && v6nf_address_equal(cached->address.bytes, destination) &&
        length <= cached->longest_frame && neighbor_is_reachable(&node->neighbors[cached->neighbor], now)) {
        return &node->neighbors[cached->neighbor];
    }
    return NULL;
}

uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    struct v6nf_neighbor *neighbor = fast_neighbor(node, frame, length, now);
    return neighbor != NULL ? finish_frame_to(node, neighbor, frame, length, now)
                            : v6nf_resolve_reply(node, frame, length, capacity, now);
}

uint32_t v6nf_output_own(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                         enum v6nf_send_status *status, uint64_t now)
{
    struct v6nf_neighbor *neighbor = fast_neighbor(node, frame, length, now);
    return neighbor != NULL ? finish_frame_to(node, neighbor, frame, length, now)
                            : v6nf_resolve(node, frame, length, capacity, status, now);
}
