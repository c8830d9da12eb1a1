/* dad.c: Duplicate Address Detection (RFC 4862, 5.4; RFC 4429; RFC 7527). */
#include "dad.h"

#include "../base/random.h"
#include "../output/solicit.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "multicast.h"
#include "router_solicit.h" /* MAX_RTR_SOLICITATION_DELAY */

/* RFC 4861, 10: number of solicitations after one that was looped back (RFC 7527, 4.1). */
#define MAX_MULTICAST_SOLICIT 3u

/* Join the solicited-node group of the address, before it is solicited (RFC 4862, 5.4.2). */
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

/* Use the address: detection has ended, or is disabled. */
static enum dad_result become_usable(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    bool was_optimistic = own->state == V6NF_ADDRESS_OPTIMISTIC;
    v6nf_own_address_set_state(node, own,
                               now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED);
    own->due = V6NF_NEVER;
    if (!own->joined) {
        join_group(node, own, now);
    }
    return was_optimistic ? DAD_CONFIRMED : DAD_USABLE;
}

/* Return true if the address cannot be the node's: IPv6 is disabled, or it is now that of a router. */
static bool is_taken(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    return interface_is_disabled(node) || v6nf_route_has_router(node, own->address.bytes);
}

enum dad_result v6nf_dad_begin(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->solicitations = 0;
    own->more = 0;
    v6nf_own_address_set_state(node, own, V6NF_ADDRESS_TENTATIVE);
    own->due = V6NF_NEVER;
    own->joined = false;
    if (is_taken(node, own)) {
        v6nf_own_address_set_state(node, own, V6NF_ADDRESS_DUPLICATE);
        return DAD_PENDING;
    }
    if (node->dad_transmits == 0u) {
        return become_usable(node, own, now);
    }
    /* Nodes that start together must not solicit at once (RFC 4862, 5.4.2). */
    own->due = now + v6nf_random(node, MAX_RTR_SOLICITATION_DELAY);
    own_address_set_due(node, V6NF_ADDRESS_DETECTION, own->due);
    /* An address that the node formed is hardly ever a duplicate (RFC 4429, 3.3). */
    if (V6NF_OPTIMISTIC && node->optimistic && own->origin != V6NF_ADDRESS_CONFIGURED) {
        v6nf_own_address_set_state(node, own, V6NF_ADDRESS_OPTIMISTIC);
        join_group(node, own, now);
        return DAD_OPTIMISTIC;
    }
    return DAD_PENDING;
}

void v6nf_dad_begin_anycast(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    v6nf_own_address_set_state(node, own, V6NF_ADDRESS_DUPLICATE);
    if (!is_taken(node, own)) {
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
    /* The last one was looped back: send some more, until one is not (RFC 7527, 4.1). */
    if (V6NF_ENHANCED_DETECTION && node->enhanced_detection &&
        address->solicitations >= node->dad_transmits + address->more) {
        address->solicitations = (uint8_t)node->dad_transmits;
        address->more = MAX_MULTICAST_SOLICIT;
    }
}

/* A switch that forwards groups by MLD must know the group before the solicitation is answered. So join it in a turn of
 * its own: MLD reports it before the next one. */
enum dad_result v6nf_dad_step(struct v6nf_node *node, uint32_t own, uint8_t *frame, uint32_t *frame_length,
                              uint64_t now)
{
    struct v6nf_interface_address *address = &node->addresses[own];
    *frame_length = 0;
    if (!is_being_detected(address) || now < address->due) {
        return DAD_PENDING;
    }
    if (address->solicitations >= node->dad_transmits + address->more) {
        return become_usable(node, address, now);
    }
    if (!address->joined) {
        join_group(node, address, now);
        return DAD_PENDING;
    }
    address->solicitations++;
    address->due = now + node->retransmit_time;
    *frame_length = v6nf_solicit_own_address(node, frame, own);
    return DAD_PENDING;
}

static uint64_t next_detection(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (is_being_detected(&node->addresses[i])) {
            due = earlier(due, node->addresses[i].due);
        }
    }
    return due;
}

#if V6NF_ADDRESSES_INDEXED
void v6nf_dad_done(struct v6nf_node *node)
{
    own_addresses_were_due(node, V6NF_ADDRESS_DETECTION, next_detection);
}
#endif

uint64_t v6nf_dad_due(const struct v6nf_node *node)
{
    return own_addresses_next_due(node, V6NF_ADDRESS_DETECTION, next_detection);
}
