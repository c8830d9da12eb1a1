/* autoconf.c: stateless address autoconfiguration (RFC 4862, 5.5): addresses formed with advertised prefixes, and the
 * ends of lifetimes. */
#include "autoconf.h"

#include "../base/random.h"
#include "../output/hops.h"
#include "../state/destination.h"
#include "../state/own_address.h"
#include "../state/route.h"
#include "interface.h"
#include "temporary.h"

/* RFC 4862, 5.5.3 e. */
#define TWO_HOURS (7200u * V6NF_SECOND)

/* Return the stable address that was formed with this prefix of 64 bits, NULL if there is none. */
static struct v6nf_interface_address *find_formed(struct v6nf_node *node, const uint8_t *prefix)
{
#if V6NF_ADDRESSES_INDEXED
    uint32_t own = 0;
    do {
        own = v6nf_own_address_next_formed(node, prefix, own);
    } while (own != NO_ADDRESS && node->addresses[own].origin != V6NF_ADDRESS_FORMED);
    return own != NO_ADDRESS ? &node->addresses[own] : NULL;
#else
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (own->origin == V6NF_ADDRESS_FORMED && prefix_matches(own->address.bytes, 64u, prefix)) {
            return own;
        }
    }
    return NULL;
#endif
}

/* Set new lifetimes. No advertisement can end an address in less than two hours (RFC 4862, 5.5.3 e). */
static void update_formed(struct v6nf_node *node, struct v6nf_interface_address *own,
                          const struct v6nf_ndp_prefix *prefix, uint64_t now)
{
    uint64_t advertised = v6nf_lifetime_end(now, prefix->valid_lifetime);
    uint64_t valid_until = own->valid_until;
    if (advertised > now + TWO_HOURS || advertised > valid_until) {
        valid_until = advertised;
    } else if (valid_until > now + TWO_HOURS) {
        valid_until = now + TWO_HOURS;
    }
    v6nf_own_address_set_lifetimes(node, own, v6nf_lifetime_end(now, prefix->preferred_lifetime), valid_until, now);
}

/* Return true if no address may be formed with the prefix. */
static bool is_declined(const struct v6nf_node *node, const uint8_t *prefix)
{
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        if (node->declined[i] == v6nf_word64(prefix)) {
            return true;
        }
    }
    return false;
}

/* Return true if there is a slot for one more address of the router. One advertisement of a router that does not answer
 * gets at most half of a full table. */
static bool make_slot(struct v6nf_node *node, const uint8_t *router)
{
    uint32_t same = 0; /* addresses of this advertisement */
    if (!V6NF_ROUTER_MEMORY || node->addresses_used < V6NF_ADDRESSES) {
        return v6nf_interface_make_slot(node, INTERFACE_FOR_ROUTER);
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        same +=
            node->addresses[i].origin == V6NF_ADDRESS_FORMED && node->addresses[i].formed == advertisement_number(node)
                ? 1u
                : 0u;
    }
    bool answers = neighbor_answers(node, router);
    if (!answers && same * 2u >= V6NF_ADDRESSES - 1u) {
        return false;
    }
    return v6nf_interface_make_slot(node, answers ? INTERFACE_FOR_ROUTER : INTERFACE_FOR_UNKNOWN_ROUTER);
}

/* Form an address with the prefix. Return NULL if that is not possible. */
static struct v6nf_interface_address *form_address(struct v6nf_node *node, const uint8_t *router,
                                                   const struct v6nf_ndp_prefix *prefix, uint64_t now)
{
    /* An own address does not make its prefix on-link (RFC 5942, 4). */
    struct v6nf_interface_address own = {.prefix_length = 128u,
                                         .origin = V6NF_ADDRESS_FORMED,
                                         .preferred_until = v6nf_lifetime_end(now, prefix->preferred_lifetime),
                                         .valid_until = v6nf_lifetime_end(now, prefix->valid_lifetime)};
    uint8_t *address = own.address.bytes;
    v6nf_copy8(address, prefix->prefix.bytes);
    v6nf_identifier_form(node, address, &own.dad_counter);
    if (prefix->valid_lifetime == 0u || is_declined(node, prefix->prefix.bytes) ||
        v6nf_own_address_find(node, address) != NO_ADDRESS || v6nf_route_has_router(node, address)) {
        return NULL;
    }
    if (!make_slot(node, router)) {
        count(node, V6NF_ADDRESSES_FULL);
        return NULL;
    }
    return v6nf_interface_add(node, &own, now);
}

void v6nf_autoconf_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_prefix *prefix,
                          uint64_t now)
{
    struct v6nf_interface_address *own = find_formed(node, prefix->prefix.bytes);
    if (own != NULL) {
        update_formed(node, own, prefix, now);
    } else {
        own = form_address(node, router, prefix, now);
    }
    if (own != NULL) {
        uint16_t routers = (uint16_t)(own->routers | v6nf_route_router_bit(node, router));
        own->formed = advertisement_number(node);
        if (own->routers != routers) {
            own_address_set_routers(node, own, routers);
            /* A next hop may depend on the source now, and so may a Redirect (RFC 8028, 3.2 and 3.3). */
            v6nf_hops_changed(node);
            v6nf_destination_forget_all(node);
        }
        v6nf_temporary_update(node, own, now);
    }
}

/* -- Ends of lifetimes --------------------------------------------------------------------------------------------- */

/* Remove addresses that are no longer valid, and deprecate those that are no longer preferred (RFC 4862, 5.5.4). Begin
 * with the last address, because it may be moved to the slot of one that is removed. */
static void expire_own_addresses(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        struct v6nf_interface_address *own = &node->addresses[i - 1u];
        if (now >= own->valid_until) {
            v6nf_interface_remove(node, i - 1u);
        } else if (own->state == V6NF_ADDRESS_PREFERRED && now >= own->preferred_until) {
            v6nf_own_address_set_state(node, own, V6NF_ADDRESS_DEPRECATED);
        }
    }
}

static uint64_t next_end(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        due = earlier(due, own->valid_until);
        if (own->state == V6NF_ADDRESS_PREFERRED) {
            due = earlier(due, own->preferred_until);
        }
    }
    return due;
}

/* Do so only if the first lifetime has ended: other things are due more often. */
static void expire_due_addresses(struct v6nf_node *node, uint64_t now)
{
    if (own_addresses_are_due(node, V6NF_ADDRESS_LIFETIME, now)) {
        expire_own_addresses(node, now);
        own_addresses_were_due(node, V6NF_ADDRESS_LIFETIME, next_end);
    }
}

void v6nf_autoconf_expire(struct v6nf_node *node, uint64_t now)
{
    expire_due_addresses(node, now);
    v6nf_hops_expire(node, now);
}

uint32_t v6nf_autoconf_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    (void)frame, (void)capacity;
    expire_due_addresses(node, now);
    v6nf_temporary_tick(node, now); /* in slots that are free now */
    return 0;
}

uint64_t v6nf_autoconf_due(const struct v6nf_node *node)
{
    return own_addresses_next_due(node, V6NF_ADDRESS_LIFETIME, next_end);
}
