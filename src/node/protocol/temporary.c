/* temporary.c: temporary addresses (RFC 8981). Each address that was formed with a prefix has a second one, which
 * changes every day. */
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

/* More reserved identifiers in a row than can occur. */
#define TEMPORARY_TRIES 8u

static uint64_t regen_advance(const struct v6nf_node *node)
{
    return 2u * V6NF_SECOND + TEMP_IDGEN_RETRIES * node->dad_transmits * node->retransmit_time;
}

/* Return DESYNC_FACTOR, which is derived from the random identifier. */
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

/* Return the end of the preferred lifetime: at most that of the stable address and of a temporary one (RFC 8981, 3.4).
 * */
static uint64_t preferred_until(const struct v6nf_interface_address *own, const struct v6nf_interface_address *stable)
{
    uint64_t limit = own->formed + TEMP_PREFERRED_LIFETIME - desync_factor(own->address.bytes);
    return earlier(limit, stable->preferred_until);
}

/* Return the end of the valid lifetime. A duplicate without retries stays, unused: no other is formed with the prefix.
 * */
static uint64_t valid_until(const struct v6nf_interface_address *own, const struct v6nf_interface_address *stable)
{
    bool is_given_up = own->state == V6NF_ADDRESS_DUPLICATE;
    return is_given_up ? stable->valid_until : earlier(own->formed + TEMP_VALID_LIFETIME, stable->valid_until);
}

/* Return the first address (at: 0) with the prefix of 64 bits that `own` was formed with, or the one after the address
 * `at`; NO_ADDRESS if there is none. */
static uint32_t next_with(const struct v6nf_node *node, const struct v6nf_interface_address *own, uint32_t at)
{
    return v6nf_own_address_next_formed(node, own->address.bytes, at);
}

/* Return the index of the deprecated temporary address that ends first, or NO_ADDRESS. */
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

/* Remove the deprecated temporary address that ends first if no slot is free: another needs it. */
static void make_slot_for_temporary(struct v6nf_node *node)
{
    uint32_t oldest = node->addresses_used == V6NF_ADDRESSES ? find_oldest_temporary(node) : NO_ADDRESS;
    if (oldest != NO_ADDRESS) {
        v6nf_interface_remove(node, oldest);
    }
}

/* Return when another address must be formed for `stable`, if there is a slot: a little before the last one is
 * deprecated. */
static uint64_t next_due(const struct v6nf_node *node, const struct v6nf_interface_address *stable)
{
    uint64_t last = 0;
    for (uint32_t at = next_with(node, stable, 0u); at != NO_ADDRESS; at = next_with(node, stable, at)) {
        const struct v6nf_interface_address *own = &node->addresses[at];
        if (own->origin != V6NF_ADDRESS_TEMPORARY) {
            continue;
        }
        if (own->state == V6NF_ADDRESS_DUPLICATE) {
            return V6NF_NEVER; /* RFC 8981, 3.4 (7) */
        }
        last = own->preferred_until > last ? own->preferred_until : last;
    }
    uint64_t due = last > regen_advance(node) ? last - regen_advance(node) : 0u;
    /* Form none that would end at once. */
    return stable->preferred_until > due + 2u * regen_advance(node) ? due : V6NF_NEVER;
}

/* Return true if the address is formed with a prefix of this link and stays. It may be a duplicate: the temporary ones
 * need not be. */
static bool is_stable(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].origin == V6NF_ADDRESS_FORMED && node->addresses[own].formed != 0u;
}

void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable, uint64_t now)
{
    if (!node->temporary_addresses) {
        return;
    }
    for (uint32_t at = next_with(node, stable, 0u); at != NO_ADDRESS; at = next_with(node, stable, at)) {
        struct v6nf_interface_address *own = &node->addresses[at];
        if (own->origin == V6NF_ADDRESS_TEMPORARY) {
            own_address_set_routers(node, own, stable->routers);
            v6nf_own_address_set_lifetimes(node, own, preferred_until(own, stable), valid_until(own, stable), now);
        }
    }
    own_addresses_note_formation(node);
    set_due(node, now);
}

void v6nf_temporary_abandon(struct v6nf_node *node, struct v6nf_interface_address *own)
{
    for (uint32_t at = next_with(node, own, 0u); at != NO_ADDRESS; at = next_with(node, own, at)) {
        if (is_stable(node, at)) {
            own->valid_until = valid_until(own, &node->addresses[at]);
        }
    }
}

/* Form a temporary address for the address `at`, whose index may change. */
static void form_temporary(struct v6nf_node *node, uint32_t at, uint64_t now)
{
    const struct v6nf_interface_address stable = node->addresses[at];
    struct v6nf_interface_address own = {.address = stable.address,
                                         .prefix_length = 128u,
                                         .origin = V6NF_ADDRESS_TEMPORARY,
                                         .routers = stable.routers,
                                         .formed = now};
    v6nf_temporary_form(node, own.address.bytes);
    own.preferred_until = preferred_until(&own, &stable);
    own.valid_until = valid_until(&own, &stable);
    if (own.preferred_until > now + regen_advance(node)) {
        make_slot_for_temporary(node);
        (void)v6nf_interface_add(node, &own, now);
    }
}

static uint64_t next_formation(const struct v6nf_node *node, uint64_t now)
{
    uint64_t due = V6NF_NEVER;
    uint32_t used = node->temporary_addresses && has_slot_for_temporary(node) ? node->addresses_used : 0u;
    for (uint32_t i = 1; i < used; i++) {
        uint64_t next = is_stable(node, i) ? next_due(node, &node->addresses[i]) : V6NF_NEVER;
        /* One that was not formed by now is not due, before an advertisement or the end of a lifetime changes
         * something. */
        due = next > now ? earlier(due, next) : due;
    }
    return due;
}
#if V6NF_ADDRESSES_INDEXED
/* Return true if something has changed since the last look at all addresses, or if the time has come. */
static bool formation_is_due(const struct v6nf_node *node, uint64_t now)
{
    return own_addresses_are_due(node, V6NF_ADDRESS_FORMATION, now) ||
           node->address_index.formation_interval != node->retransmit_time;
}

static void end_formation(struct v6nf_node *node, uint64_t now)
{
    node->address_index.due[V6NF_ADDRESS_FORMATION] = next_formation(node, now);
    node->address_index.formation_interval = node->retransmit_time;
}
#else
static bool formation_is_due(const struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
    return true;
}

static void end_formation(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}
#endif

void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now)
{
    if (!node->temporary_addresses || interface_is_disabled(node) || !formation_is_due(node, now)) {
        return;
    }
    /* Begin with the last address, because it may be moved to the slot of one that is evicted. */
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        if (is_stable(node, i - 1u) && now >= next_due(node, &node->addresses[i - 1u]) &&
            has_slot_for_temporary(node)) {
            form_temporary(node, i - 1u, now);
        }
    }
    end_formation(node, now);
}

uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now)
{
#if V6NF_ADDRESSES_INDEXED
    if (!formation_is_due(node, now)) {
        return node->address_index.due[V6NF_ADDRESS_FORMATION];
    }
#endif
    return next_formation(node, now);
}
#endif
