/* dad.c: Duplicate Address Detection (RFC 4862, 5.4; RFC 4429; RFC 7527). */
#include "dad.h"

#include "../base/random.h"
#include "../output/solicit.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "announce.h"
#include "mld.h"
#include "multicast.h"
#include "router_solicit.h"

/* RFC 4861, 10: the longest random delay before the first message. */
#define MAX_RTR_SOLICITATION_DELAY V6NF_SECOND

/* RFC 4861, 10: how many solicitations follow after one that came back (RFC 7527, 4.1). */
#define MAX_MULTICAST_SOLICIT 3u

static uint32_t address_index(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    return (uint32_t)(own - node->addresses);
}

static uint32_t random_delay(struct v6nf_node *node)
{
    return v6nf_random(node, (uint32_t)MAX_RTR_SOLICITATION_DELAY);
}

/* Joins the solicited-node group of an address, which comes before anything is asked about it (RFC 4862, 5.4.2). */
static void join_group(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->joined = true;
    v6nf_multicast_join_solicited_node(node, own->address.bytes, now);
}

void v6nf_dad_leave_group(struct v6nf_node *node, struct v6nf_interface_address *own)
{
    if (own->joined) {
        own->joined = false;
        v6nf_multicast_leave_solicited_node(node, own->address.bytes);
    }
}

/* Duplicate Address Detection is over, or there is none. */
static void become_usable(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    bool was_used = own->state == V6NF_ADDRESS_OPTIMISTIC;
    v6nf_own_address_set_state(node, own, now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED);
    own->due = V6NF_NEVER;
    if (!own->joined) {
        join_group(node, own, now);
    }
    if (own != &node->addresses[0]) {
        if (!was_used) {
            v6nf_announce_address(node, address_index(node, own), now);
        }
        return;
    }
    v6nf_mld_report_all(node, now);
    if (!was_used) {
        /* Nodes that start together must not all ask at once, but need not wait twice (RFC 4861, 6.3.7). */
        v6nf_router_solicit_start(node, node->dad_transmits != 0u ? now : now + random_delay(node));
    }
}

/* The address is used while it is being detected (RFC 4429, 3.3): what was not chosen by a person is hardly ever a duplicate. */
static void become_optimistic(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    v6nf_own_address_set_state(node, own, V6NF_ADDRESS_OPTIMISTIC);
    join_group(node, own, now);
    if (own != &node->addresses[0]) {
        v6nf_announce_address(node, address_index(node, own), now);
    } else {
        v6nf_router_solicit_start(node, now + random_delay(node));
    }
}

/* True if the address cannot be the node's: none can, or it is a router's: that was let in while it was a duplicate. */
static bool is_anothers(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    return interface_is_disabled(node) || v6nf_route_has_router(node, own->address.bytes);
}

void v6nf_dad_begin(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->solicitations = 0;
    own->more = 0;
    v6nf_own_address_set_state(node, own, V6NF_ADDRESS_TENTATIVE);
    own->due = V6NF_NEVER;
    own->joined = false;
    if (is_anothers(node, own)) {
        v6nf_own_address_set_state(node, own, V6NF_ADDRESS_DUPLICATE);
        return;
    }
    if (node->dad_transmits == 0u) {
        become_usable(node, own, now);
        return;
    }
    if (V6NF_OPTIMISTIC && node->optimistic && own->origin != V6NF_ADDRESS_CONFIGURED) {
        become_optimistic(node, own, now);
    }
    /* Nodes that start together must not all speak at once (RFC 4862, 5.4.2). */
    own->due = now + random_delay(node);
    set_due(node, own->due);
}

void v6nf_dad_begin_anycast(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    v6nf_own_address_set_state(node, own, V6NF_ADDRESS_DUPLICATE);
    if (!is_anothers(node, own)) {
        v6nf_own_address_set_state(node, own, V6NF_ADDRESS_ANYCAST);
        join_group(node, own, now);
    }
}

static bool is_being_detected(const struct v6nf_interface_address *own)
{
    return own->state == V6NF_ADDRESS_TENTATIVE || own->state == V6NF_ADDRESS_OPTIMISTIC;
}

void v6nf_dad_looped_back(struct v6nf_node *node, uint32_t own)
{
    struct v6nf_interface_address *address = &node->addresses[own];
    count(node, V6NF_LOOPED_BACK);
    /* The last came back: some more, until one does not (RFC 7527, 4.1). */
    if (V6NF_ENHANCED_DETECTION && node->enhanced_detection &&
        address->solicitations >= node->dad_transmits + address->more) {
        address->solicitations = (uint8_t)node->dad_transmits;
        address->more = MAX_MULTICAST_SOLICIT;
    }
}

/* The next step of Duplicate Address Detection. Returns how many bytes of the frame leave. */
static uint32_t detect(struct v6nf_node *node, uint32_t own, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    struct v6nf_interface_address *address = &node->addresses[own];
    if (!address->joined) {
        join_group(node, address, now);
    }
    if (address->solicitations == 0u) {
        /* A switch that forwards by MLD must hear of the group before answers to the solicitation come. */
        uint32_t length = v6nf_mld_tick(node, frame, capacity, now);
        if (length != 0u) {
            return length;
        }
    }
    address->solicitations++;
    address->due = now + node->retransmit_time;
    return v6nf_solicit_own_address(node, frame, own);
}

uint32_t v6nf_dad_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (!is_being_detected(own) || now < own->due) {
            continue;
        }
        if (own->solicitations < node->dad_transmits + own->more) {
            return detect(node, i, frame, capacity, now);
        }
        become_usable(node, own, now);
    }
    return 0;
}

uint64_t v6nf_dad_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (is_being_detected(&node->addresses[i])) {
            due = earlier(due, node->addresses[i].due);
        }
    }
    return due;
}
