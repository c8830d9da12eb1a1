/* output.c: a packet is sent to its neighbor, if that is known to be reachable (RFC 4861, 7.3.3; RFC 2464). Everything
 * else is in resolve.c. */
#include "output.h"

#include "../state/destination.h"
#include "../state/neighbor_table.h"
#include "resolve.h"

uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    const struct v6nf_destination *cached = &node->destinations[destination_slot(destination)];
    if (cached->neighbor < V6NF_NEIGHBORS && v6nf_address_equal(cached->address.bytes, destination) &&
        length <= cached->longest_frame && neighbor_is_reachable(&node->neighbors[cached->neighbor], now)) {
        return leave_to(node, &node->neighbors[cached->neighbor], frame, length, now);
    }
    return v6nf_resolve(node, frame, length, capacity, now);
}
