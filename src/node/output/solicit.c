/* solicit.c: Neighbor Solicitations are written (RFC 4861, 7.2.2 and 7.3.3; RFC 4862, 5.4.2; RFC 7527). */
#include "solicit.h"

#include "../base/random.h"
#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "select.h"

/* Return the index of the own address with this sum, or NO_ADDRESS: the source of the packet that a solicitation is for
 * (RFC 4861, 7.2.2). */
static uint32_t find_by_sum(const struct v6nf_node *node, uint16_t sum)
{
    uint32_t own = NO_ADDRESS;
    for (uint32_t i = 0; i < node->addresses_used && own == NO_ADDRESS; i++) {
        own = v6nf_neighbor_own_sum(node->addresses[i].address.bytes) == sum ? i : NO_ADDRESS;
    }
    return own;
}

uint32_t v6nf_solicit_neighbor(struct v6nf_node *node, uint8_t *frame, uint32_t capacity,
                               struct v6nf_neighbor *neighbor)
{
    uint8_t *packet = frame + PACKET;
    uint32_t own = find_by_sum(node, neighbor->own_sum);
    if (own == NO_ADDRESS || !own_address_is_valid(node, own)) {
        own = v6nf_select_source(node, neighbor->address.bytes);
        /* Not from an optimistic address: neighbors would change their caches for it (RFC 4429, 3.2). DOUBT: 3.2
         * forbids address resolution for packets from it. Read as: resolution with it as the source. Solicit from
         * another address, if there is one. */
        if (own == NO_ADDRESS || !own_address_is_valid(node, own)) {
            own = 0;
        }
    }
    if (!own_address_is_valid(node, own) || capacity < UPPER + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE) {
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
    return finish_frame(node, frame, PACKET + v6nf_ndp_write_solicitation(packet, neighbor->address.bytes, node->mac));
}

#if V6NF_ENHANCED_DETECTION
void v6nf_solicit_renew_nonces(struct v6nf_node *node, uint64_t now)
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

/* Write the nonce of solicitation number `number` for the address. */
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
    uint32_t max = node->dad_transmits + address->more;
    for (uint8_t number = 1; number <= max && number < UINT8_MAX; number++) {
        uint8_t nonce[V6NF_NDP_NONCE_SIZE];
        make_nonce(node, nonce, salt, address->address.bytes, number);
        if (v6nf_ether_address_equal(nonce, found)) {
            return true;
        }
    }
    return false;
}

bool v6nf_solicit_is_own(const struct v6nf_node *node, const struct packet *packet, uint32_t own)
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

/* Write the packet, with a nonce if the configuration says so. Return its length. */
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

uint32_t v6nf_solicit_own_address(struct v6nf_node *node, uint8_t *frame, uint32_t own)
{
    static const struct v6nf_address unspecified = {{0}};
    uint8_t *packet = frame + PACKET;
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, unspecified.bytes);
    v6nf_address_solicited_node(packet + V6NF_IPV6_DESTINATION, node->addresses[own].address.bytes);
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    count(node, V6NF_SOLICITATIONS);
    return finish_frame(node, frame, PACKET + write_detection(node, packet, own));
}
