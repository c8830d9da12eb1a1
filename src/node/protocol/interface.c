/* interface.c: the node's own addresses, and Duplicate Address Detection (RFC 4862, 5.4; RFC 4429; RFC 7527). */
#include "../base/internal.h"

/* RFC 4861, 10: the longest random delay before the first message. */
#define MAX_RTR_SOLICITATION_DELAY V6NF_SECOND

/* RFC 7217, 7, where IDGEN_DELAY is the delay before detection begins; RFC 8981, 3.8: TEMP_IDGEN_RETRIES. */
#define IDGEN_RETRIES 3u

/* RFC 4861, 10: how many solicitations follow after one that came back (RFC 7527, 4.1). */
#define MAX_MULTICAST_SOLICIT 3u

/* Bits of fe80::/10, which is on-link on every link (RFC 4861, 5.1). */
#define LINK_LOCAL_PREFIX_LENGTH 10u

static uint32_t address_index(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    return (uint32_t)(own - node->addresses);
}

static uint32_t random_delay(struct v6nf_node *node)
{
    return v6nf_random(node, (uint32_t)MAX_RTR_SOLICITATION_DELAY);
}

/* Joins the solicited-node group of an address, which comes before anything is asked about it (RFC 4862, 5.4.2). */
static void join(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->joined = true;
    v6nf_multicast_join_solicited_node(node, own->address.bytes, now);
}

/* Leaves it again, before the address is another, or none. */
static void part(struct v6nf_node *node, struct v6nf_interface_address *own)
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
    own->state = now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED;
    own->due = V6NF_NEVER;
    if (!own->joined) {
        join(node, own, now);
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
        v6nf_router_start(node, node->dad_transmits != 0u ? now : now + random_delay(node));
    }
}

/* The address is used while it is being detected (RFC 4429, 3.3): what was not chosen by a person is hardly ever a duplicate. */
static void become_optimistic(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->state = V6NF_ADDRESS_OPTIMISTIC;
    join(node, own, now);
    if (own != &node->addresses[0]) {
        v6nf_announce_address(node, address_index(node, own), now);
    } else {
        v6nf_router_start(node, now + random_delay(node));
    }
}

/* True if the address cannot be the node's: none can, or it is a router's: that was let in while it was a duplicate. */
static bool is_anothers(const struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    return interface_is_disabled(node) || v6nf_route_has_router(node, own->address.bytes);
}

static void begin_detection(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->solicitations = 0;
    own->more = 0;
    own->state = V6NF_ADDRESS_TENTATIVE;
    own->due = V6NF_NEVER;
    own->joined = false;
    if (is_anothers(node, own)) {
        own->state = V6NF_ADDRESS_DUPLICATE;
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

/* An anycast address needs no detection (RFC 4862, 5.4). */
static void begin_sharing(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->state = V6NF_ADDRESS_DUPLICATE;
    if (!is_anothers(node, own)) {
        own->state = V6NF_ADDRESS_ANYCAST;
        join(node, own, now);
    }
}

/* The address is the node's now, and no neighbor's. */
static void claim(struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    v6nf_neighbor_forget(node, own->address.bytes);
    v6nf_destination_redetermine(node);
}

struct v6nf_interface_address *v6nf_interface_add(struct v6nf_node *node, const struct v6nf_interface_address *address,
                                                  uint64_t now)
{
    struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
    *own = *address;
    node->addresses_used++;
    set_due(node, earlier(own->valid_until, own->preferred_until));
    begin_detection(node, own, now);
    claim(node, own);
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
    v6nf_resolve_renew_nonces(node, now);
    node->addresses_used = 0;
    (void)v6nf_interface_add(node, &link_local, now);
}

void v6nf_interface_remove(struct v6nf_node *node, uint32_t own)
{
    uint32_t last = node->addresses_used - 1u;
    part(node, &node->addresses[own]);
    if (node->addresses[own].origin == V6NF_ADDRESS_SHARED) {
        node->anycasts--;
    }
    node->addresses[own] = node->addresses[last];
    node->addresses[last] = (struct v6nf_interface_address){.state = V6NF_ADDRESS_NONE};
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
    part(node, own);
    if (own->origin == V6NF_ADDRESS_SHARED) {
        begin_sharing(node, own, now);
        return;
    }
    if (was_duplicate && own->origin == V6NF_ADDRESS_FORMED && node->has_secret) {
        /* The conflicts were those of another link: the first identifier may do, and if not, there are tries left. */
        own->dad_counter = 0;
        v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
    }
    begin_detection(node, own, now);
}

void v6nf_interface_restart(struct v6nf_node *node, uint64_t now)
{
    /* A temporary address would tell that the node on the new link is the one that was on the old (RFC 8981, 3.6). From the last on,
     * because that takes the place of one that goes. */
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        if (node->addresses[i - 1u].origin == V6NF_ADDRESS_TEMPORARY) {
            v6nf_interface_remove(node, i - 1u);
        }
    }
    v6nf_resolve_renew_nonces(node, now);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        restart_address(node, &node->addresses[i], now);
    }
    set_due(node, now); /* temporary addresses are formed anew */
}

/* -- Addresses of the program's ------------------------------------------------------------------------------------------------ */

/* Whether the node can have it as one of its addresses, and has room for it. */
static enum v6nf_status check_address(const struct v6nf_node *node, const uint8_t *address)
{
    if (!v6nf_address_is_assignable(address) || v6nf_route_has_router(node, address)) {
        return V6NF_INVALID;
    }
    if (interface_find(node, address) != NO_ADDRESS) {
        return V6NF_EXISTS;
    }
    return node->addresses_used == V6NF_ADDRESSES ? V6NF_FULL : V6NF_OK;
}

enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                                       uint64_t now)
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
        begin_sharing(node, own, now);
        claim(node, own);
    }
    return status;
}
#endif

enum v6nf_status v6nf_node_remove_address(struct v6nf_node *node, const struct v6nf_address *address)
{
    uint32_t own = interface_find(node, address->bytes);
    if (own == NO_ADDRESS || own == 0u) {
        return V6NF_INVALID;
    }
    if (node->addresses[own].origin == V6NF_ADDRESS_FORMED) {
        v6nf_autoconf_decline(node, address->bytes);
    }
    v6nf_interface_remove(node, own);
    v6nf_destination_redetermine(node);
    node->next_due = 0; /* there is room for a temporary address */
    return V6NF_OK;
}

void v6nf_interface_set_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t preferred_until,
                                  uint64_t valid_until, uint64_t now)
{
    own->preferred_until = preferred_until;
    own->valid_until = valid_until;
    if (own->state >= V6NF_ADDRESS_DEPRECATED) {
        own->state = now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED;
    }
    set_due(node, earlier(own->valid_until, own->preferred_until));
}

enum v6nf_status v6nf_node_lease_address(struct v6nf_node *node, const struct v6nf_address *address,
                                         uint32_t preferred_lifetime, uint32_t valid_lifetime, uint64_t now)
{
    uint64_t preferred_until = v6nf_lifetime_end(now, preferred_lifetime);
    uint64_t valid_until = v6nf_lifetime_end(now, valid_lifetime);
    uint32_t known = interface_find(node, address->bytes);
    enum v6nf_status status = check_address(node, address->bytes);
    if (preferred_lifetime > valid_lifetime) {
        return V6NF_INVALID;
    }
    if (status == V6NF_EXISTS && node->addresses[known].origin == V6NF_ADDRESS_LEASED) {
        if (valid_lifetime == 0u) {
            return v6nf_node_remove_address(node, address);
        }
        v6nf_interface_set_lifetimes(node, &node->addresses[known], preferred_until, valid_until, now);
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

/* -- Conflicts ------------------------------------------------------------------------------------------------------------------ */

/* Another identifier, after a conflict (RFC 7217, 6; RFC 8981, 3.4). Returns false if the address has none that the node chose, or
 * if that has been tried often enough. */
static bool form_another(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    bool is_temporary = own->origin == V6NF_ADDRESS_TEMPORARY;
    bool is_opaque = own->origin == V6NF_ADDRESS_FORMED && node->has_secret;
    if ((!is_temporary && !is_opaque) || own->dad_counter >= IDGEN_RETRIES) {
        return false;
    }
    own->dad_counter++;
    part(node, own);
    if (is_temporary) {
        v6nf_temporary_form(node, own->address.bytes);
    } else {
        v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
    }
    begin_detection(node, own, now);
    claim(node, own);
    return true;
}

/* Begin with the last address, because it may be moved to the slot of one that is removed. */
void v6nf_interface_expire(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        struct v6nf_interface_address *own = &node->addresses[i - 1u];
        if (now >= own->valid_until) {
            v6nf_interface_remove(node, i - 1u);
        } else if (own->state == V6NF_ADDRESS_PREFERRED && now >= own->preferred_until) {
            own->state = V6NF_ADDRESS_DEPRECATED;
        }
    }
}

bool v6nf_interface_may_speak(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t own = interface_find(node, address);
    return own != NO_ADDRESS && interface_may_speak(node, own);
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
        if (prefix_matches(own->address.bytes, own->prefix_length, destination)) {
            return true;
        }
    }
    return v6nf_route_is_on_link(node, destination);
}

void v6nf_interface_duplicate(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    count(node, V6NF_DUPLICATE_ADDRESSES);
    if (form_another(node, &node->addresses[own], now)) {
        return;
    }
    node->addresses[own].state = V6NF_ADDRESS_DUPLICATE;
    part(node, &node->addresses[own]);
    if (node->addresses[own].origin == V6NF_ADDRESS_TEMPORARY) {
        v6nf_temporary_give_up(node, &node->addresses[own]);
    }
    if (!interface_is_disabled(node)) {
        return;
    }
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        node->addresses[i].state = V6NF_ADDRESS_DUPLICATE;
    }
    v6nf_neighbor_forget(node, NULL);
}

static bool is_being_detected(const struct v6nf_interface_address *own)
{
    return own->state == V6NF_ADDRESS_TENTATIVE || own->state == V6NF_ADDRESS_OPTIMISTIC;
}

void v6nf_interface_looped_back(struct v6nf_node *node, uint32_t own)
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
        join(node, address, now);
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
    return v6nf_resolve_detection(node, frame, own);
}

uint32_t v6nf_interface_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    v6nf_interface_expire(node, now);
    v6nf_temporary_tick(node, now); /* where there is room now */
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

uint64_t v6nf_interface_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const struct v6nf_interface_address *own = &node->addresses[i];
        due = earlier(due, own->valid_until);
        if (is_being_detected(own)) {
            due = earlier(due, own->due);
        } else if (own->state == V6NF_ADDRESS_PREFERRED) {
            due = earlier(due, own->preferred_until);
        }
    }
    return due;
}
