/* resolve.c: the next hop of a packet is determined, resolved and found to be reachable or not (RFC 4861, 5.2, 7.2, 7.3). */
#include "../base/internal.h"

/* Keep the packet, and make its buffer the solicitation, if none is under way and one can be sent. */
static uint32_t wait_for(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, uint64_t now)
{
    if (V6NF_LONG_PACKETS_WAIT && length > V6NF_WAITING_FRAME_SIZE && node->originating) {
        v6nf_fragment_wait(node, neighbor, frame, length);
    } else {
        v6nf_waiting_keep(node, neighbor, frame, length);
    }
    if (neighbor->solicitations != 0u) {
        return drop(node, V6NF_KEPT);
    }
    uint32_t leaves = v6nf_resolve_solicitation(node, frame, capacity, neighbor);
    v6nf_neighbor_solicited(node, neighbor, leaves != 0u, now);
    return leaves != 0u ? leaves : drop(node, V6NF_KEPT);
}

/* Send the packet to the Ethernet address, or its first fragment where it is longer than the path MTU. Fragment it only
 * now: a packet that waits for resolution must not hold a slot of those that are sent in fragments. */
static uint32_t send_to(struct v6nf_node *node, const uint8_t *mac, uint8_t *frame, uint32_t length, uint64_t now)
{
    uint32_t longest = v6nf_destination_longest_frame(node, frame + PACKET + V6NF_IPV6_DESTINATION, now);
    if (length > longest) {
        length = v6nf_fragment_start(node, frame, length, longest, now);
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, mac);
    return leave(node, frame, length);
}

uint32_t v6nf_resolve_to(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, uint64_t now)
{
    v6nf_neighbor_use(node, neighbor, interface_find(node, frame + PACKET + V6NF_IPV6_SOURCE), now);
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        return wait_for(node, neighbor, frame, length, capacity, now);
    }
    return send_to(node, neighbor->mac, frame, length, now);
}

static uint32_t output_multicast(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint64_t now)
{
    const uint8_t *group = frame + PACKET + V6NF_IPV6_DESTINATION;
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    /* Scope 0 is reserved, and scope 1 stays within the node (RFC 4291, 2.7). */
    if ((group[1] & 0xFu) < 2u) {
        return drop(node, V6NF_DROP_NO_ROUTE);
    }
    if (length > FRAME_CAPACITY_MIN) {
        v6nf_destination_remember_group(node, group); /* for the path MTU */
    }
    v6nf_ether_multicast(mac, group);
    return send_to(node, mac, frame, length, now);
}

uint32_t v6nf_resolve(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (v6nf_address_is_multicast(destination)) {
        return output_multicast(node, frame, length, now);
    }
    struct v6nf_neighbor *neighbor = v6nf_destination_find(node, destination, now);
    return neighbor != NULL ? v6nf_resolve_to(node, neighbor, frame, length, capacity, now) : 0u;
}

/* Do not determine a next hop: each solicitor is on the link, and an answer via a router would be invalid (RFC 4861,
 * 7.1.2). */
uint32_t v6nf_resolve_solicitor(struct v6nf_node *node, const struct packet *packet, uint32_t length, uint32_t mac)
{
    uint8_t *frame = packet->frame;
    const uint8_t *solicitor = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (v6nf_interface_has(node, solicitor)) {
        return drop(node, V6NF_DROP_NDP_SPOOFED); /* no node is its own neighbor */
    }
    if (v6nf_address_is_multicast(solicitor)) {
        return v6nf_resolve(node, frame, length, packet->capacity, packet->now);
    }
    struct v6nf_neighbor *neighbor = neighbor_find(node, solicitor);
    if (neighbor == NULL && mac == 0u && v6nf_interface_is_on_link(node, solicitor)) {
        neighbor = v6nf_neighbor_resolve(node, solicitor, packet->now);
    }
    if (neighbor != NULL) {
        return v6nf_resolve_to(node, neighbor, frame, length, packet->capacity, packet->now);
    }
    /* It is off-link, or there is no space for an entry. An answer does not need one: return it to the Ethernet
     * source. */
    if (!v6nf_ether_is_station(frame + V6NF_ETHER_SOURCE)) {
        return drop(node, V6NF_DROP_NO_NEIGHBOR);
    }
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + V6NF_ETHER_SOURCE);
    return leave(node, frame, length);
}

uint32_t v6nf_resolve_solicitation(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, struct v6nf_neighbor *neighbor)
{
    uint8_t *packet = frame + PACKET;
    uint32_t own = neighbor->own_address;
    if (own >= V6NF_ADDRESSES || !interface_in_use(node, own)) {
        own = v6nf_interface_select_source(node, neighbor->address.bytes);
        /* Not from an optimistic address: neighbors would change their caches for it (RFC 4429, 3.2). DOUBT: 3.2
         * forbids address resolution for packets from it. Read as: resolution with it as the source. Solicit from
         * another address, if there is one. */
        if (own == NO_ADDRESS || !interface_in_use(node, own)) {
            own = 0;
        }
    }
    if (!interface_in_use(node, own) || capacity < UPPER + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE) {
        return 0;
    }
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, node->addresses[own].address.bytes);
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        v6nf_address_solicited_node(packet + V6NF_IPV6_DESTINATION, neighbor->address.bytes);
        v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    } else {
        v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, neighbor->address.bytes);
        v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    }
    count(node, V6NF_SOLICITATIONS);
    return leave(node, frame, PACKET + v6nf_ndp_write_solicitation(packet, neighbor->address.bytes, node->mac));
}

#if V6NF_ENHANCED_DETECTION
void v6nf_resolve_renew_nonces(struct v6nf_node *node, uint64_t now)
{
    uint8_t input[24];
    /* A clone has the same key, but hardly ever starts in the same microsecond. One that was copied while it ran joins
     * its link later, or has received other frames by then. */
    v6nf_store_word64(input, node->detection_salt);
    v6nf_store_word64(input + 8, now);
    v6nf_store_word64(input + 16, node->counters[V6NF_RECEIVED]);
    node->detection_salt_before = node->detection_salt;
    node->detection_salt = v6nf_keyed_hash(node->key, input, sizeof input);
}

/* The nonce in solicitation number `number` for the address. */
static void make_nonce(const struct v6nf_node *node, uint8_t *nonce, uint64_t salt, const uint8_t *address,
                       uint8_t number)
{
    uint8_t input[V6NF_ADDRESS_SIZE + 8u + 1u];
    uint8_t hash[8];
    v6nf_address_copy(input, address);
    v6nf_store_word64(input + V6NF_ADDRESS_SIZE, salt);
    input[V6NF_ADDRESS_SIZE + 8u] = number;
    v6nf_store_word64(hash, v6nf_keyed_hash(node->key, input, sizeof input));
    v6nf_copy6(nonce, hash);
}

/* Return true for any nonce that was or will be sent: a loop may return several copies, late. */
static bool is_own_nonce(const struct v6nf_node *node, const uint8_t *found, uint64_t salt, uint32_t own)
{
    const struct v6nf_interface_address *address = &node->addresses[own];
    uint32_t most = node->dad_transmits + address->more;
    for (uint8_t number = 1; number <= most && number < UINT8_MAX; number++) {
        uint8_t nonce[V6NF_NDP_NONCE_SIZE];
        make_nonce(node, nonce, salt, address->address.bytes, number);
        if (v6nf_ether_address_equal(nonce, found)) {
            return true;
        }
    }
    return false;
}

bool v6nf_resolve_is_own_detection(const struct v6nf_node *node, const struct packet *packet, uint32_t own)
{
    const uint8_t *message = packet->frame + packet->upper;
    if (!node->enhanced_detection) {
        return is_from_own_mac(node, packet);
    }
    uint32_t at = v6nf_ndp_find_nonce(message, packet->end - packet->upper);
    return at != 0u && (is_own_nonce(node, message + at, node->detection_salt, own) ||
                        is_own_nonce(node, message + at, node->detection_salt_before, own));
}
#endif

/* From IPv6 header to checksum, with a nonce if that is wanted. */
static uint32_t write_detection(const struct v6nf_node *node, uint8_t *packet, uint32_t own)
{
    const struct v6nf_interface_address *address = &node->addresses[own];
#if V6NF_ENHANCED_DETECTION
    if (node->enhanced_detection) {
        uint8_t nonce[V6NF_NDP_NONCE_SIZE];
        make_nonce(node, nonce, node->detection_salt, address->address.bytes, address->solicitations);
        return v6nf_ndp_write_detection(packet, address->address.bytes, nonce);
    }
#endif
    return v6nf_ndp_write_solicitation(packet, address->address.bytes, NULL);
}

uint32_t v6nf_resolve_detection(struct v6nf_node *node, uint8_t *frame, uint32_t own)
{
    static const struct v6nf_address unspecified = {{0}};
    uint8_t *packet = frame + PACKET;
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, unspecified.bytes);
    v6nf_address_solicited_node(packet + V6NF_IPV6_DESTINATION, node->addresses[own].address.bytes);
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    count(node, V6NF_SOLICITATIONS);
    return leave(node, frame, PACKET + write_detection(node, packet, own));
}
