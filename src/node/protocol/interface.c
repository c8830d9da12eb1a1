/* interface.c: addresses are added to the node, detected and removed, by the program or by the node. */
#include "interface.h"

#include "../base/random.h"
#include "../output/admission.h"
#include "../output/hops.h"
#include "../output/solicit.h"
#include "../state/neighbor_table.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "announce.h"
#include "mld.h"
#include "router_solicit.h"

/* Bits of fe80::/10, which is on-link on every link (RFC 4861, 5.1). */
#define LINK_LOCAL_PREFIX_LENGTH 10u

void v6nf_interface_claim(struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    struct v6nf_neighbor *neighbor = v6nf_neighbor_find(node, own->address.bytes);
    if (neighbor != NULL) {
        v6nf_admission_end(node, neighbor, V6NF_DROP_UNREACHABLE);
    }
    v6nf_hops_changed(node);
}

/* Start what follows from the result of detection: announcements, reports of groups, Router Solicitations. */
static void follow_detection(struct v6nf_node *node, uint32_t own, enum dad_result result, uint64_t now)
{
    if (result == DAD_PENDING) {
        return;
    }
    if (own != 0u) {
        if (result != DAD_CONFIRMED) {
            v6nf_announce_address(node, own, now);
        }
        return;
    }
    if (result != DAD_OPTIMISTIC) {
        v6nf_mld_report_all(node, now);
    }
    if (result != DAD_CONFIRMED) {
        /* Nodes that start together must not solicit at once, but the delay of detection is enough (RFC 4861,
         * 6.3.7). */
        bool was_delayed = result == DAD_USABLE && node->dad_transmits != 0u;
        v6nf_router_solicit_start(node, was_delayed ? now : now + v6nf_random(node, MAX_RTR_SOLICITATION_DELAY));
    }
}

void v6nf_interface_begin_detection(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    enum dad_result result = v6nf_dad_begin(node, own, now);
    follow_detection(node, (uint32_t)(own - node->addresses), result, now);
}

uint32_t v6nf_interface_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    uint32_t leaves = 0;
    (void)capacity; /* is enough: v6nf_node_tick() */
    for (uint32_t i = 0; i < node->addresses_used && leaves == 0u; i++) {
        enum dad_result result = v6nf_dad_step(node, i, frame, &leaves, now);
        follow_detection(node, i, result, now);
    }
    return leaves;
}

struct v6nf_interface_address *v6nf_interface_add(struct v6nf_node *node, const struct v6nf_interface_address *address,
                                                  uint64_t now)
{
    struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
    *own = *address;
    node->addresses_used++;
    set_due(node, earlier(own->valid_until, own->preferred_until));
    v6nf_interface_begin_detection(node, own, now);
    v6nf_interface_claim(node, own);
    return own;
}

void v6nf_interface_init(struct v6nf_node *node, uint64_t now)
{
    struct v6nf_interface_address link_local = {.address = {{0xFE, 0x80}},
                                                .prefix_length = LINK_LOCAL_PREFIX_LENGTH,
                                                .origin = V6NF_ADDRESS_FORMED,
                                                .preferred_until = V6NF_NEVER,
                                                .valid_until = V6NF_NEVER};
    v6nf_identifier_form(node, link_local.address.bytes, &link_local.dad_counter);
    v6nf_solicit_renew_nonces(node, now);
    node->addresses_used = 0;
    (void)v6nf_interface_add(node, &link_local, now);
}

void v6nf_interface_remove(struct v6nf_node *node, uint32_t own)
{
    uint32_t last = node->addresses_used - 1u;
    v6nf_dad_leave_group(node, &node->addresses[own]);
    if (node->addresses[own].origin == V6NF_ADDRESS_SHARED) {
        node->anycasts--;
    }
    node->addresses[own] = node->addresses[last];
    node->addresses[last] = (struct v6nf_interface_address){.state = V6NF_ADDRESS_NONE};
    count_change(node, V6NF_CHANGE_ADDRESSES);
    node->addresses_used = last;
    v6nf_announce_move(node, own, last);
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (neighbor->own_address == own) {
            neighbor->own_address = (uint8_t)NO_ADDRESS;
        } else if (neighbor->own_address == last) {
            neighbor->own_address = (uint8_t)own;
        }
    }
}

static void restart_address(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    bool was_duplicate = own->state == V6NF_ADDRESS_DUPLICATE;
    v6nf_dad_leave_group(node, own);
    if (own->origin == V6NF_ADDRESS_SHARED) {
        v6nf_dad_begin_anycast(node, own, now);
        return;
    }
    if (was_duplicate && own->origin == V6NF_ADDRESS_FORMED && node->has_secret) {
        /* The conflicts were those of another link: begin with the first identifier again, and with all retries. */
        own->dad_counter = 0;
        v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
    }
    v6nf_interface_begin_detection(node, own, now);
}

void v6nf_interface_restart(struct v6nf_node *node, uint64_t now)
{
    /* Remove temporary addresses: they would show that the node was on another link (RFC 8981, 3.6). Begin with the
     * last one, because it is moved to the slot of one that is removed. */
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        if (node->addresses[i - 1u].origin == V6NF_ADDRESS_TEMPORARY) {
            v6nf_interface_remove(node, i - 1u);
        }
    }
    v6nf_solicit_renew_nonces(node, now);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        restart_address(node, &node->addresses[i], now);
    }
    set_due(node, now); /* temporary addresses are formed again */
}

/* -- Addresses of the program ------------------------------------------------------------------------------------- */

/* Return V6NF_OK if the node can have the address and has a slot for it. */
static enum v6nf_status check_address(const struct v6nf_node *node, const uint8_t *address)
{
    if (!v6nf_address_is_assignable(address) || v6nf_route_has_router(node, address)) {
        return V6NF_INVALID;
    }
    if (v6nf_own_address_find(node, address) != NO_ADDRESS) {
        return V6NF_EXISTS;
    }
    return node->addresses_used == V6NF_ADDRESSES ? V6NF_FULL : V6NF_OK;
}

enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address,
                                       uint32_t prefix_length, uint64_t now)
{
    enum v6nf_status status = prefix_length <= 128u ? check_address(node, address->bytes) : V6NF_INVALID;
    if (status == V6NF_OK) {
        struct v6nf_interface_address own = {.address = *address,
                                             .prefix_length = prefix_length,
                                             .origin = V6NF_ADDRESS_CONFIGURED,
                                             .preferred_until = V6NF_NEVER,
                                             .valid_until = V6NF_NEVER};
        (void)v6nf_interface_add(node, &own, now);
    }
    return status;
}

#if V6NF_ANYCAST
enum v6nf_status v6nf_node_add_anycast(struct v6nf_node *node, const struct v6nf_address *address, uint64_t now)
{
    enum v6nf_status status = check_address(node, address->bytes);
    if (status == V6NF_OK) {
        struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
        *own = (struct v6nf_interface_address){.address = *address,
                                               .prefix_length = 128u,
                                               .origin = V6NF_ADDRESS_SHARED,
                                               .due = V6NF_NEVER,
                                               .preferred_until = V6NF_NEVER,
                                               .valid_until = V6NF_NEVER};
        node->addresses_used++;
        node->anycasts++;
        v6nf_dad_begin_anycast(node, own, now);
        v6nf_interface_claim(node, own);
    }
    return status;
}
#endif

/* Form no address again with the prefix of 64 bits on this link: the program removed the one that was. */
static void decline_prefix(struct v6nf_node *node, const uint8_t *prefix)
{
    node->declined[node->declined_next % V6NF_ADDRESSES] = v6nf_word64(prefix);
    node->declined_next = (uint8_t)((node->declined_next + 1u) % V6NF_ADDRESSES);
}

enum v6nf_status v6nf_node_remove_address(struct v6nf_node *node, const struct v6nf_address *address)
{
    uint32_t own = v6nf_own_address_find(node, address->bytes);
    if (own == NO_ADDRESS || own == 0u) {
        return V6NF_INVALID;
    }
    if (node->addresses[own].origin == V6NF_ADDRESS_FORMED) {
        decline_prefix(node, address->bytes);
    }
    v6nf_interface_remove(node, own);
    v6nf_hops_changed(node);
    node->next_due = 0; /* a slot is free for a temporary address */
    return V6NF_OK;
}

enum v6nf_status v6nf_node_lease_address(struct v6nf_node *node, const struct v6nf_address *address,
                                         uint32_t preferred_lifetime, uint32_t valid_lifetime, uint64_t now)
{
    uint64_t preferred_until = v6nf_lifetime_end(now, preferred_lifetime);
    uint64_t valid_until = v6nf_lifetime_end(now, valid_lifetime);
    uint32_t known = v6nf_own_address_find(node, address->bytes);
    enum v6nf_status status = check_address(node, address->bytes);
    if (preferred_lifetime > valid_lifetime) {
        return V6NF_INVALID;
    }
    if (status == V6NF_EXISTS && node->addresses[known].origin == V6NF_ADDRESS_LEASED) {
        if (valid_lifetime == 0u) {
            return v6nf_node_remove_address(node, address);
        }
        v6nf_own_address_set_lifetimes(node, &node->addresses[known], preferred_until, valid_until, now);
        return V6NF_OK;
    }
    if (valid_lifetime == 0u) {
        return V6NF_INVALID;
    }
    if (status == V6NF_OK) {
        struct v6nf_interface_address own = {.address = *address,
                                             .prefix_length = 128u,
                                             .origin = V6NF_ADDRESS_LEASED,
                                             .preferred_until = preferred_until,
                                             .valid_until = valid_until};
        (void)v6nf_interface_add(node, &own, now);
    }
    return status;
}
