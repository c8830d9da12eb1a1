/* destination.c: the Destination Cache (RFC 4861, 5.1 and 5.2) and path MTU (RFC 8201).
 *
 * The cache is direct-mapped: an address has one slot, and evicts the address that was there. The node then determines
 * the next hop again, and loses the effect of a Redirect until the router redirects again. */
#include "destination.h"

/* Time after which a packet longer than the path MTU is tried again (RFC 8201, 5.3). */
#define PATH_MTU_LIFETIME (600u * V6NF_SECOND)

static void set_destination(const struct v6nf_node *node, struct v6nf_destination *slot, const uint8_t *destination,
                            uint32_t neighbor)
{
    v6nf_address_copy(slot->address.bytes, destination);
    slot->neighbor = neighbor;
    slot->longest_frame = node->longest_frame;
    slot->mtu_expires = V6NF_NEVER;
}

/* Return the entry of the destination, NULL if it has none. */
static struct v6nf_destination *find_cached(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_destination *slot = &node->destinations[destination_slot(destination)];
    bool matches = slot->neighbor != V6NF_DESTINATION_FREE && v6nf_address_equal(slot->address.bytes, destination);
    return matches ? slot : NULL;
}

void v6nf_destination_set(struct v6nf_node *node, const uint8_t *destination, uint32_t neighbor, bool redirected)
{
    set_destination(node, &node->destinations[destination_slot(destination)], destination, neighbor);
    node->redirected[destination_slot(destination)] = redirected;
}

uint32_t v6nf_destination_longest_frame(struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    struct v6nf_destination *cached = find_cached(node, destination);
    if (cached == NULL) {
        return node->longest_frame;
    }
    if (now >= cached->mtu_expires) {
        cached->longest_frame = node->longest_frame; /* the path may have changed (RFC 8201, 5.3) */
    }
    return cached->longest_frame;
}

void v6nf_destination_clamp(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        struct v6nf_destination *slot = &node->destinations[i];
        if (slot->longest_frame > node->longest_frame || slot->mtu_expires == V6NF_NEVER) {
            slot->longest_frame = node->longest_frame;
        }
    }
}

void v6nf_destination_remember_group(struct v6nf_node *node, const uint8_t *group)
{
    if (find_cached(node, group) == NULL) {
        set_destination(node, &node->destinations[destination_slot(group)], group, V6NF_DESTINATION_GROUP);
    }
}

bool v6nf_destination_too_big(struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote, uint32_t mtu, uint64_t now)
{
    const uint8_t *packet = quote->packet;
    struct v6nf_destination *cached = find_cached(node, packet + V6NF_IPV6_DESTINATION);
    uint32_t size = V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    /* Accept it for a packet that the node can have sent, and that is longer than the MTU. Every link has the minimum
     * MTU. A message never raises the path MTU (RFC 8201, 4). */
    if (cached == NULL || mtu < V6NF_IPV6_MTU_MIN || size <= mtu ||
        size + V6NF_ETHER_HEADER_SIZE > node->longest_frame || mtu + V6NF_ETHER_HEADER_SIZE >= cached->longest_frame) {
        return false;
    }
    cached->longest_frame = mtu + V6NF_ETHER_HEADER_SIZE;
    cached->mtu_expires = now + PATH_MTU_LIFETIME;
    return true;
}

void v6nf_destination_forget(struct v6nf_node *node, uint32_t neighbor)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        if (node->destinations[i].neighbor == neighbor) {
            node->destinations[i].neighbor = V6NF_DESTINATION_FREE;
        }
    }
}

void v6nf_destination_forget_address(struct v6nf_node *node, const uint8_t *destination)
{
    struct v6nf_destination *cached = find_cached(node, destination);
    if (cached != NULL) {
        cached->neighbor = V6NF_DESTINATION_FREE;
    }
}

void v6nf_destination_forget_all(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        node->destinations[i].neighbor = V6NF_DESTINATION_FREE;
    }
}

void v6nf_destination_forget_router(struct v6nf_node *node, uint32_t neighbor)
{
    const uint8_t *router = node->neighbors[neighbor].address.bytes;
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        struct v6nf_destination *slot = &node->destinations[i];
        if (slot->neighbor == neighbor && !v6nf_address_equal(slot->address.bytes, router)) {
            slot->neighbor = V6NF_DESTINATION_FREE;
        }
    }
}

void v6nf_destination_redetermine(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        if (!node->redirected[i]) {
            node->destinations[i].neighbor = V6NF_DESTINATION_FREE;
        }
    }
}

uint32_t v6nf_node_path_mtu(struct v6nf_node *node, const struct v6nf_address *destination, uint64_t now)
{
    return v6nf_destination_longest_frame(node, destination->bytes, now) - V6NF_ETHER_HEADER_SIZE;
}
