/* interface.c: the node's own addresses, and Duplicate Address Detection (RFC 4862, 5.4). */
#include "internal.h"

/* RFC 4861, 10: the longest random delay before the first message. */
#define MAX_RTR_SOLICITATION_DELAY V6NF_SECOND

/* Bits of fe80::/10, which is on-link on every link (RFC 4861, 5.1). */
#define LINK_LOCAL_PREFIX_LENGTH 10u

/* Joins the solicited-node group of an address, which comes before anything is asked about it (RFC 4862, 5.4.2). */
static void join(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->joined = true;
    v6nf_multicast_join_solicited_node(node, own->address.bytes, now);
}

static void add_address(struct v6nf_node *node, const uint8_t *address, uint32_t prefix_length, uint64_t now)
{
    struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
    node->addresses_used++;
    v6nf_address_copy(own->address.bytes, address);
    own->prefix_length = prefix_length;
    own->solicitations = 0;
    own->state = V6NF_ADDRESS_TENTATIVE;
    own->due = V6NF_NEVER;
    own->joined = false;
    if (interface_is_disabled(node)) {
        own->state = V6NF_ADDRESS_DUPLICATE;
        return;
    }
    if (node->dad_transmits == 0u) {
        own->state = V6NF_ADDRESS_PREFERRED;
        join(node, own, now);
        return;
    }
    /* Nodes that start together must not all speak at once (RFC 4862, 5.4.2). */
    own->due = now + v6nf_random(node, (uint32_t)MAX_RTR_SOLICITATION_DELAY);
    set_due(node, own->due);
}

void v6nf_interface_init(struct v6nf_node *node, uint64_t now)
{
    struct v6nf_address link_local;
    v6nf_address_link_local(link_local.bytes, node->mac);
    node->addresses_used = 0;
    add_address(node, link_local.bytes, LINK_LOCAL_PREFIX_LENGTH, now);
}

enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                                       uint64_t now)
{
    const uint8_t *bytes = address->bytes;
    if (prefix_length > 128u || v6nf_address_is_multicast(bytes) || v6nf_address_is_unspecified(bytes) ||
        v6nf_address_is_loopback(bytes) || (node->has_gateway && v6nf_address_equal(bytes, node->gateway.bytes))) {
        return V6NF_INVALID;
    }
    if (interface_find(node, bytes) != NO_ADDRESS) {
        return V6NF_EXISTS;
    }
    if (node->addresses_used == V6NF_ADDRESSES) {
        return V6NF_FULL;
    }
    add_address(node, bytes, prefix_length, now);
    v6nf_neighbor_forget(node, bytes);
    v6nf_destination_forget(node, V6NF_NEIGHBORS);
    return V6NF_OK;
}

bool v6nf_node_is_ready(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (node->addresses[i].state == V6NF_ADDRESS_TENTATIVE) {
            return false;
        }
    }
    return true;
}

bool v6nf_interface_has(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = interface_find(node, address);
    return own != NO_ADDRESS && node->addresses[own].state != V6NF_ADDRESS_DUPLICATE;
}

bool v6nf_interface_is_member(const struct v6nf_node *node, const uint8_t *group)
{
    if (interface_is_disabled(node)) {
        return false;
    }
    if (v6nf_address_is_solicited_node(group)) {
        uint32_t low = v6nf_word32(group + 12) >> 8;
        for (uint32_t i = 0; i < node->addresses_used; i++) {
            if (v6nf_word32(node->addresses[i].address.bytes + 12) >> 8 == low) {
                return true;
            }
        }
    }
    return v6nf_address_is_all_nodes(group);
}

bool v6nf_interface_is_on_link(const struct v6nf_node *node, const uint8_t *destination)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (v6nf_address_common_prefix(own->address.bytes, destination) >= own->prefix_length) {
            return true;
        }
    }
    return false;
}

uint32_t v6nf_interface_select_source(const struct v6nf_node *node, const uint8_t *destination)
{
    /* Link-local scope goes with link-local addresses and multicast of link scope (RFC 6724, 3.1). */
    bool wants_link_local = v6nf_address_is_link_local(destination) ||
                            (v6nf_address_is_multicast(destination) && (destination[1] & 0xFu) <= 2u);
    uint32_t best = NO_ADDRESS;
    uint32_t best_score = 0;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const uint8_t *own = node->addresses[i].address.bytes;
        uint32_t common = v6nf_address_common_prefix(own, destination);
        uint32_t limit = node->addresses[i].prefix_length; /* RFC 6724, 2.2 */
        uint32_t score = 1u + (common < limit ? common : limit); /* rule 8: 1 to 129 */
        if (common == 128u) {
            score += 512u; /* rule 1 */
        }
        if (v6nf_address_is_link_local(own) == wants_link_local) {
            score += 256u; /* rule 2 */
        }
        if (node->addresses[i].state == V6NF_ADDRESS_PREFERRED && score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

void v6nf_interface_duplicate(struct v6nf_node *node, uint32_t own)
{
    count(node, V6NF_DUPLICATE_ADDRESSES);
    node->addresses[own].state = V6NF_ADDRESS_DUPLICATE;
    if (node->addresses[own].joined) {
        v6nf_multicast_leave_solicited_node(node, node->addresses[own].address.bytes);
        node->addresses[own].joined = false;
    }
    if (!interface_is_disabled(node)) {
        return;
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        node->addresses[i].state = V6NF_ADDRESS_DUPLICATE;
    }
    v6nf_neighbor_forget(node, NULL);
}

/* The next step of Duplicate Address Detection. Returns how many bytes of the frame leave. */
static uint32_t detect(struct v6nf_node *node, uint32_t own, uint8_t *frame, uint64_t now)
{
    struct v6nf_interface_address *address = &node->addresses[own];
    if (!address->joined) {
        join(node, address, now);
    }
    if (address->solicitations == 0u) {
        /* A switch that forwards by MLD must hear of the group before answers to the solicitation come. */
        uint32_t length = v6nf_mld_tick(node, frame, now);
        if (length != 0u) {
            return length;
        }
    }
    address->solicitations++;
    address->due = now + node->retransmit_time;
    return v6nf_resolve_detection(node, frame, own);
}

uint32_t v6nf_interface_tick(struct v6nf_node *node, uint8_t *frame, uint64_t now)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (own->state != V6NF_ADDRESS_TENTATIVE || now < own->due) {
            continue;
        }
        if (own->solicitations < node->dad_transmits) {
            return detect(node, i, frame, now);
        }
        own->state = V6NF_ADDRESS_PREFERRED;
        own->due = V6NF_NEVER;
        if (i == 0u) {
            v6nf_mld_report_all(node, now);
        }
    }
    return 0;
}

uint64_t v6nf_interface_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (node->addresses[i].state == V6NF_ADDRESS_TENTATIVE && node->addresses[i].due < due) {
            due = node->addresses[i].due;
        }
    }
    return due;
}
