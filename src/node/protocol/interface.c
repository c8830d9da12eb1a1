/* interface.c: addresses are added to the node, detected and removed, by the program or by the node. */
#include "interface.h"

#include "../base/random.h"
#include "../output/admission.h"
#include "../output/hops.h"
#include "../output/solicit.h"
#include "../state/destination.h"
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
    v6nf_destination_forget_address(node, own->address.bytes); /* a router may have redirected to another hop */
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
    uint32_t frame_length = 0;
    (void)capacity; /* is enough: v6nf_node_tick() */
    if (!own_addresses_are_due(node, V6NF_ADDRESS_DETECTION, now)) {
        return 0;
    }
    for (uint32_t i = 0; i < node->addresses_used && frame_length == 0u; i++) {
        enum dad_result result = v6nf_dad_step(node, i, frame, &frame_length, now);
        follow_detection(node, i, result, now);
    }
    if (frame_length == 0u) {
        v6nf_dad_done(node);
    }
    return frame_length;
}

struct v6nf_interface_address *v6nf_interface_add(struct v6nf_node *node, const struct v6nf_interface_address *address,
                                                  uint64_t now)
{
    struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
    *own = *address;
    v6nf_own_address_link(node, node->addresses_used);
    node->addresses_used++;
    own_address_set_due(node, V6NF_ADDRESS_LIFETIME, earlier(own->valid_until, own->preferred_until));
    own_addresses_note_formation(node);
    v6nf_interface_begin_detection(node, own, now);
    v6nf_interface_claim(node, own);
    return own;
}

/* How readily an address is removed for another: the higher, the earlier. Add one of the last two if the routers that
 * advertised its prefix do not answer: the first if the node uses one. */
enum yield { NEVER, IN_USE, OUT_OF_USE, OLD_TEMPORARY, UNKNOWN = 3, INVENTED = 6 };

/* An address is in use while it is preferred. Connections may still use one that is deprecated, but begin none. */
static uint32_t yield_of(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    bool is_formed = own != node->addresses && own->origin == V6NF_ADDRESS_FORMED;
    if (!is_formed && own->origin != V6NF_ADDRESS_TEMPORARY) {
        return NEVER;
    }
    if (!V6NF_ROUTER_MEMORY) {
        return IN_USE;
    }
    enum standing standing = v6nf_route_standing(node, own->routers);
    uint32_t known = standing == STANDING_ANSWERS ? 0u : standing == STANDING_USED ? UNKNOWN : INVENTED;
    if (own->state != V6NF_ADDRESS_DEPRECATED && own->state != V6NF_ADDRESS_DUPLICATE) {
        return IN_USE + known;
    }
    return (is_formed ? OUT_OF_USE : OLD_TEMPORARY) + known;
}

/* Return true if `a` must be removed before `b`, which yields as readily: a temporary address, then the one whose
 * prefix was advertised longest ago. */
static bool is_removed_before(const struct v6nf_interface_address *a, const struct v6nf_interface_address *b)
{
    bool a_is_temporary = V6NF_TEMPORARY && a->origin == V6NF_ADDRESS_TEMPORARY;
    return V6NF_TEMPORARY && a_is_temporary != (b->origin == V6NF_ADDRESS_TEMPORARY) ? a_is_temporary
                                                                                     : a->formed < b->formed;
}

bool v6nf_interface_make_slot(struct v6nf_node *node, enum interface_claim claim)
{
    static const uint8_t least[] = {IN_USE + UNKNOWN, OUT_OF_USE, IN_USE};
    uint32_t yields = NEVER;
    uint32_t first = 0;
    if (node->addresses_used < V6NF_ADDRESSES) {
        return true;
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        uint32_t yield = yield_of(node, &node->addresses[i]);
        if (yield > yields || (yield == yields && is_removed_before(&node->addresses[i], &node->addresses[first]))) {
            yields = yield;
            first = i;
        }
    }
    if (yields == NEVER || (V6NF_ROUTER_MEMORY && yields < least[claim])) {
        return false;
    }
    v6nf_interface_remove(node, first);
    v6nf_hops_changed(node);
    return true;
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
    v6nf_own_address_init_index(node);
    (void)v6nf_interface_add(node, &link_local, now);
}

void v6nf_interface_remove(struct v6nf_node *node, uint32_t own)
{
    uint32_t last = node->addresses_used - 1u;
    v6nf_dad_leave_group(node, &node->addresses[own]);
    if (node->addresses[own].origin == V6NF_ADDRESS_SHARED) {
        node->anycasts--;
    }
    v6nf_own_address_unlink(node, own);
    if (V6NF_ADDRESSES_INDEXED && own != last) {
        v6nf_own_address_unlink(node, last);
    }
    node->addresses[own] = node->addresses[last];
    if (V6NF_ADDRESSES_INDEXED && own != last) {
        v6nf_own_address_link(node, own);
    }
    node->addresses[last] = (struct v6nf_interface_address){.state = V6NF_ADDRESS_NONE};
    count_change(node, V6NF_CHANGE_ADDRESSES);
    own_addresses_note_formation(node);
    node->addresses_used = last;
    v6nf_announce_move(node, own, last);
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
        v6nf_own_address_unlink(node, (uint32_t)(own - node->addresses));
        own->dad_counter = 0;
        v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
        v6nf_own_address_link(node, (uint32_t)(own - node->addresses));
    }
    v6nf_interface_begin_detection(node, own, now);
}

void v6nf_interface_restart(struct v6nf_node *node, uint64_t now)
{
    /* Remove temporary addresses: they would show that the node was on another link (RFC 8981, 3.6). Without memory of
     * routers, remove all that were formed. Begin with the last one, because it is moved to the slot of one that is
     * removed. */
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        uint8_t origin = node->addresses[i - 1u].origin;
        if (origin == V6NF_ADDRESS_TEMPORARY || (!V6NF_ROUTER_MEMORY && origin == V6NF_ADDRESS_FORMED)) {
            v6nf_interface_remove(node, i - 1u);
        }
    }
    v6nf_solicit_renew_nonces(node, now);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        restart_address(node, &node->addresses[i], now);
    }
    own_addresses_note_formation(node);
    node->next_due = 0; /* temporary addresses are formed again, and nothing is disabled any more */
}

/* -- Addresses of the program ------------------------------------------------------------------------------------- */

/* Return V6NF_OK if the node can have the address and there is a slot for it. An address that was formed yields. */
static enum v6nf_status make_slot_for(struct v6nf_node *node, const uint8_t *address)
{
    if (!v6nf_address_is_assignable(address) || v6nf_route_has_router(node, address)) {
        return V6NF_INVALID;
    }
    if (v6nf_own_address_find(node, address) != NO_ADDRESS) {
        return V6NF_EXISTS;
    }
    return v6nf_interface_make_slot(node, INTERFACE_FOR_PROGRAM) ? V6NF_OK : V6NF_FULL;
}

enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address,
                                       uint32_t prefix_length, uint64_t now)
{
    enum v6nf_status status = prefix_length <= 128u ? make_slot_for(node, address->bytes) : V6NF_INVALID;
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
    enum v6nf_status status = make_slot_for(node, address->bytes);
    if (status == V6NF_OK) {
        struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
        *own = (struct v6nf_interface_address){.address = *address,
                                               .prefix_length = 128u,
                                               .origin = V6NF_ADDRESS_SHARED,
                                               .due = V6NF_NEVER,
                                               .preferred_until = V6NF_NEVER,
                                               .valid_until = V6NF_NEVER};
        v6nf_own_address_link(node, node->addresses_used);
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
    bool is_leased = known != NO_ADDRESS && node->addresses[known].origin == V6NF_ADDRESS_LEASED;
    if (preferred_lifetime > valid_lifetime || (valid_lifetime == 0u && !is_leased)) {
        return V6NF_INVALID;
    }
    if (valid_lifetime == 0u) {
        return v6nf_node_remove_address(node, address);
    }
    if (is_leased) {
        v6nf_own_address_set_lifetimes(node, &node->addresses[known], preferred_until, valid_until, now);
        return V6NF_OK;
    }
    enum v6nf_status status = make_slot_for(node, address->bytes);
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
