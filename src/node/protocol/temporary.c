/* temporary.c: temporary addresses (RFC 8981): in addition to each address that was formed with a prefix, one that changes
 * every day. */
#include "temporary.h"

#include "../base/random.h"
#include "../state/own_address.h"
#include "interface.h"

#if V6NF_TEMPORARY
/* RFC 8981, 3.8. */
#define TEMP_VALID_LIFETIME (172800u * V6NF_SECOND)
#define TEMP_PREFERRED_LIFETIME (86400u * V6NF_SECOND)
#define MAX_DESYNC_FACTOR (TEMP_PREFERRED_LIFETIME / 10u * 4u)
#define TEMP_IDGEN_RETRIES 3u

/* More reserved identifiers in a row than there could be. */
#define TEMPORARY_TRIES 8u

static uint64_t regen_advance(const struct v6nf_node *node)
{
    return 2u * V6NF_SECOND + TEMP_IDGEN_RETRIES * node->dad_transmits * node->retransmit_time;
}

/* DESYNC_FACTOR: as random as the identifier that it is made of. */
static uint64_t desync_factor(const uint8_t *address)
{
    return ((uint64_t)v6nf_load32(address + 12) * MAX_DESYNC_FACTOR) >> 32;
}

void v6nf_temporary_form(struct v6nf_node *node, uint8_t *address)
{
    for (uint32_t i = 0; i < TEMPORARY_TRIES; i++) {
        v6nf_store_word64(address + 8, v6nf_random64(node));
        if (!v6nf_identifier_is_reserved(address + 8) && v6nf_own_address_find(node, address) == NO_ADDRESS) {
            return;
        }
    }
}

/* RFC 8981, 3.4: never longer than what was formed with the prefix to stay, nor than a temporary address lives. */
static uint64_t preferred_until(const struct v6nf_interface_address *own, const struct v6nf_interface_address *stable)
{
    uint64_t most = own->formed + TEMP_PREFERRED_LIFETIME - desync_factor(own->address.bytes);
    return earlier(most, stable->preferred_until);
}

/* What was a duplicate after every retry stays, unused, to say that the prefix is not tried again on this link. */
static uint64_t valid_until(const struct v6nf_interface_address *own, const struct v6nf_interface_address *stable)
{
    bool is_given_up = own->state == V6NF_ADDRESS_DUPLICATE;
    return is_given_up ? stable->valid_until : earlier(own->formed + TEMP_VALID_LIFETIME, stable->valid_until);
}

static bool goes_with(const struct v6nf_interface_address *own, const struct v6nf_interface_address *stable)
{
    return own->origin == V6NF_ADDRESS_TEMPORARY && prefix_matches(own->address.bytes, 64u, stable->address.bytes);
}

/* The deprecated temporary address that ends first, or NO_ADDRESS. */
static uint32_t find_oldest_temporary(const struct v6nf_node *node)
{
    uint32_t oldest = NO_ADDRESS;
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (own->origin == V6NF_ADDRESS_TEMPORARY && own->state == V6NF_ADDRESS_DEPRECATED &&
            (oldest == NO_ADDRESS || own->valid_until < node->addresses[oldest].valid_until)) {
            oldest = i;
        }
    }
    return oldest;
}

static bool has_slot_for_temporary(const struct v6nf_node *node)
{
    return node->addresses_used < V6NF_ADDRESSES || find_oldest_temporary(node) != NO_ADDRESS;
}

void v6nf_temporary_make_slot(struct v6nf_node *node)
{
    uint32_t oldest = node->addresses_used == V6NF_ADDRESSES ? find_oldest_temporary(node) : NO_ADDRESS;
    if (oldest != NO_ADDRESS) {
        v6nf_interface_remove(node, oldest);
    }
}

/* When another is to be formed beside `stable`: a little before the last stops being preferred. */
static uint64_t next_due(const struct v6nf_node *node, const struct v6nf_interface_address *stable)
{
    uint64_t last = 0;
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        if (!goes_with(own, stable)) {
            continue;
        }
        if (own->state == V6NF_ADDRESS_DUPLICATE) {
            return V6NF_NEVER; /* RFC 8981, 3.4 (7) */
        }
        last = own->preferred_until > last ? own->preferred_until : last;
    }
    uint64_t due = last > regen_advance(node) ? last - regen_advance(node) : 0u;
    /* Not where it would be over at once, or where there is no room. */
    bool is_worth_it = stable->preferred_until > due + 2u * regen_advance(node);
    return is_worth_it && has_slot_for_temporary(node) ? due : V6NF_NEVER;
}

/* Of the addresses but the link-local one. The address that stays may be a duplicate: the temporary ones are no worse for that. */
static bool is_stable(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].origin == V6NF_ADDRESS_FORMED;
}

void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable, uint64_t now)
{
    if (!node->temporary_addresses) {
        return;
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (goes_with(own, stable)) {
            v6nf_own_address_set_lifetimes(node, own, preferred_until(own, stable), valid_until(own, stable), now);
        }
    }
    set_due(node, now);
}

void v6nf_temporary_abandon(struct v6nf_node *node, struct v6nf_interface_address *own)
{
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        if (is_stable(node, i) && goes_with(own, &node->addresses[i])) {
            own->valid_until = valid_until(own, &node->addresses[i]);
        }
    }
}

/* Forms one beside the address that is number `at`, which may be another number after that. */
static void form_temporary(struct v6nf_node *node, uint32_t at, uint64_t now)
{
    const struct v6nf_interface_address stable = node->addresses[at];
    struct v6nf_interface_address own = {
        .address = stable.address, .prefix_length = 128u, .origin = V6NF_ADDRESS_TEMPORARY, .formed = now};
    v6nf_temporary_form(node, own.address.bytes);
    own.preferred_until = preferred_until(&own, &stable);
    own.valid_until = valid_until(&own, &stable);
    if (own.preferred_until > now + regen_advance(node)) {
        v6nf_temporary_make_slot(node);
        (void)v6nf_interface_add(node, &own, now);
    }
}

void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now)
{
    if (!node->temporary_addresses || interface_is_disabled(node)) {
        return;
    }
    /* From the last on, because that takes the place of one that makes room. */
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        if (is_stable(node, i - 1u) && now >= next_due(node, &node->addresses[i - 1u])) {
            form_temporary(node, i - 1u, now);
        }
    }
}

uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now)
{
    uint64_t due = V6NF_NEVER;
    uint32_t used = node->temporary_addresses ? node->addresses_used : 0u;
    for (uint32_t i = 1; i < used; i++) {
        uint64_t next = is_stable(node, i) ? next_due(node, &node->addresses[i]) : V6NF_NEVER;
        /* What was not formed by now will not be, before an advertisement or an end of lifetime changes something. */
        due = next > now ? earlier(due, next) : due;
    }
    return due;
}
#endif
