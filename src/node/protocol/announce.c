/* announce.c: unsolicited Neighbor Advertisements: of a new address to the routers, so that they need not solicit it
 * for the first packet (RFC 9131), and of a new link-layer address to all nodes (RFC 4861, 7.2.6). */
#include "announce.h"

#include "../state/own_address.h"
#include "../state/pending.h"

#if V6NF_ANNOUNCE

/* RFC 4861, 10. */
#define MAX_NEIGHBOR_ADVERTISEMENT 3u

static void begin_announcing(struct v6nf_node *node, uint32_t own, bool to_nodes, uint64_t now)
{
    node->announcements[own] =
        (struct v6nf_announcement){.due = now, .left = MAX_NEIGHBOR_ADVERTISEMENT, .to_nodes = to_nodes};
    own_address_set_due(node, V6NF_ADDRESS_ANNOUNCEMENT, now);
}

void v6nf_announce_address(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    const struct v6nf_announcement *before = &node->announcements[own];
    bool to_nodes = before->left != 0u && before->to_nodes; /* which include the routers */
    if (node->announce && !to_nodes && !v6nf_address_is_link_local(node->addresses[own].address.bytes)) {
        begin_announcing(node, own, false, now);
    }
}

void v6nf_announce_move(struct v6nf_node *node, uint32_t to, uint32_t from)
{
    node->announcements[to] = node->announcements[from];
    node->announcements[from] = (struct v6nf_announcement){.left = 0};
}

enum v6nf_status v6nf_node_set_mac(struct v6nf_node *node, const uint8_t *mac, uint64_t now)
{
    if (!v6nf_ether_is_station(mac)) {
        return V6NF_INVALID;
    }
    v6nf_ether_address_copy(node->mac, mac);
    v6nf_ether_address_copy(node->source_and_type, mac);
    v6nf_pending_drop_advertisements(node);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        begin_announcing(node, i, true, now);
    }
    return V6NF_OK;
}

/* Return true if the address must be announced later. Override would change caches for an address that may be another
 * node's (RFC 4429, 3.3). An anycast address is announced from the link-local one. */
static bool is_too_early(const struct v6nf_node *node, uint32_t own)
{
    enum v6nf_address_state state = node->addresses[own].state;
    if (state == V6NF_ADDRESS_ANYCAST) {
        return !own_address_takes_packets(node, 0u);
    }
    return node->announcements[own].to_nodes && (state == V6NF_ADDRESS_TENTATIVE || state == V6NF_ADDRESS_OPTIMISTIC);
}

/* Write the Neighbor Advertisement, that of an anycast address without Override (RFC 4861, 7.2.7). */
static uint32_t write_announcement(struct v6nf_node *node, uint32_t own, uint8_t *frame)
{
    uint8_t *packet = frame + PACKET;
    const uint8_t *address = node->addresses[own].address.bytes;
    bool to_nodes = node->announcements[own].to_nodes;
    bool is_anycast = node->addresses[own].state == V6NF_ADDRESS_ANYCAST;
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, is_anycast ? node->addresses[0].address.bytes : address);
    if (to_nodes) {
        v6nf_address_all_nodes(packet + V6NF_IPV6_DESTINATION);
    } else {
        v6nf_address_all_routers(packet + V6NF_IPV6_DESTINATION);
    }
    v6nf_ether_multicast(frame + V6NF_ETHER_DESTINATION, packet + V6NF_IPV6_DESTINATION);
    count(node, V6NF_ANNOUNCEMENTS);
    /* Without Override to routers: they must keep the address of another node that has it, too (RFC 9131, 6.1.2). */
    uint32_t flags = (to_nodes && !is_anycast ? V6NF_NDP_OVERRIDE : 0u) | (answer_flags(node) & V6NF_NDP_ROUTER);
    uint32_t length = v6nf_ndp_write_advertisement(packet, address, flags, node->mac);
    return finish_frame(node, frame, PACKET + length);
}

static uint64_t next_announcement(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (node->announcements[i].left != 0u) {
            due = earlier(due, node->announcements[i].due);
        }
    }
    return due;
}

uint32_t v6nf_announce_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    (void)capacity; /* is enough: v6nf_node_tick() */
    if (!own_addresses_are_due(node, V6NF_ADDRESS_ANNOUNCEMENT, now)) {
        return 0;
    }
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        struct v6nf_announcement *announcement = &node->announcements[i];
        if (announcement->left == 0u || now < announcement->due) {
            continue;
        }
        announcement->due = now + node->retransmit_time;
        if (is_too_early(node, i)) {
            continue;
        }
        if (!own_address_takes_packets(node, i)) {
            announcement->left = 0;
            continue;
        }
        announcement->left--;
        return write_announcement(node, i, frame);
    }
    own_addresses_were_due(node, V6NF_ADDRESS_ANNOUNCEMENT, next_announcement);
    return 0;
}

uint64_t v6nf_announce_due(const struct v6nf_node *node)
{
    return own_addresses_next_due(node, V6NF_ADDRESS_ANNOUNCEMENT, next_announcement);
}

#endif
