/* interface.c: the node's own addresses, configured and formed (RFC 4862, 5.5), and Duplicate Address Detection (5.4). */
#include "internal.h"

/* RFC 4861, 10: the longest random delay before the first message. */
#define MAX_RTR_SOLICITATION_DELAY V6NF_SECOND

/* RFC 4862, 5.5.3 e. */
#define TWO_HOURS (7200u * V6NF_SECOND)

/* RFC 7217, 7. IDGEN_DELAY is the delay before detection begins. */
#define IDGEN_RETRIES 3u

/* Bits of fe80::/10, which is on-link on every link (RFC 4861, 5.1). */
#define LINK_LOCAL_PREFIX_LENGTH 10u

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
    own->state = now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED;
    own->due = V6NF_NEVER;
    if (!own->joined) {
        join(node, own, now);
    }
    if (own != &node->addresses[0]) {
        return;
    }
    v6nf_mld_report_all(node, now);
    /* Nodes that start together must not all ask at once, but need not wait twice (RFC 4861, 6.3.7). */
    v6nf_router_start(node, node->dad_transmits != 0u ? now : now + v6nf_random(node, (uint32_t)MAX_RTR_SOLICITATION_DELAY));
}

static void begin_detection(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    own->solicitations = 0;
    own->state = V6NF_ADDRESS_TENTATIVE;
    own->due = V6NF_NEVER;
    own->joined = false;
    if (interface_is_disabled(node)) {
        own->state = V6NF_ADDRESS_DUPLICATE;
        return;
    }
    if (node->dad_transmits == 0u) {
        become_usable(node, own, now);
        return;
    }
    /* Nodes that start together must not all speak at once (RFC 4862, 5.4.2). */
    own->due = now + v6nf_random(node, (uint32_t)MAX_RTR_SOLICITATION_DELAY);
    set_due(node, own->due);
}

static struct v6nf_interface_address *add_address(struct v6nf_node *node, const uint8_t *address, uint32_t prefix_length)
{
    struct v6nf_interface_address *own = &node->addresses[node->addresses_used];
    node->addresses_used++;
    *own = (struct v6nf_interface_address){
        .prefix_length = prefix_length, .preferred_until = V6NF_NEVER, .valid_until = V6NF_NEVER};
    v6nf_address_copy(own->address.bytes, address);
    return own;
}

/* The address is the node's now, and no neighbor's. */
static void claim(struct v6nf_node *node, const struct v6nf_interface_address *own)
{
    v6nf_neighbor_forget(node, own->address.bytes);
    v6nf_destination_redetermine(node);
}

void v6nf_interface_init(struct v6nf_node *node, uint64_t now)
{
    struct v6nf_address link_local = {{0xFE, 0x80}};
    uint8_t dad_counter = 0;
    v6nf_identifier_form(node, link_local.bytes, &dad_counter);
    node->addresses_used = 0;
    struct v6nf_interface_address *own = add_address(node, link_local.bytes, LINK_LOCAL_PREFIX_LENGTH);
    own->autoconfigured = true;
    own->dad_counter = dad_counter;
    begin_detection(node, own, now);
}

void v6nf_interface_restart(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        part(node, &node->addresses[i]);
        begin_detection(node, &node->addresses[i], now);
    }
}

enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                                       uint64_t now)
{
    const uint8_t *bytes = address->bytes;
    if (prefix_length > 128u || v6nf_address_is_multicast(bytes) || v6nf_address_is_unspecified(bytes) ||
        v6nf_address_is_loopback(bytes) || v6nf_route_has_router(node, bytes)) {
        return V6NF_INVALID;
    }
    if (interface_find(node, bytes) != NO_ADDRESS) {
        return V6NF_EXISTS;
    }
    if (node->addresses_used == V6NF_ADDRESSES) {
        return V6NF_FULL;
    }
    struct v6nf_interface_address *own = add_address(node, bytes, prefix_length);
    begin_detection(node, own, now);
    claim(node, own);
    return V6NF_OK;
}

/* The next DAD_Counter, after a conflict (RFC 7217, 6). Returns false if the address is not formed by it, or has been tried
 * often enough. */
static bool form_another(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t now)
{
    if (!node->has_secret || !own->autoconfigured || own->dad_counter >= IDGEN_RETRIES) {
        return false;
    }
    own->dad_counter++;
    part(node, own);
    v6nf_identifier_form(node, own->address.bytes, &own->dad_counter);
    begin_detection(node, own, now);
    claim(node, own);
    return true;
}

/* -- Stateless address autoconfiguration (RFC 4862, 5.5) -------------------------------------------------------------------- */

/* The address that was formed with this prefix of 64 bits; NULL if there is none. */
static struct v6nf_interface_address *find_formed(struct v6nf_node *node, const uint8_t *prefix)
{
    for (uint32_t i = 1; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (own->autoconfigured && prefix_matches(own->address.bytes, 64u, prefix)) {
            return own;
        }
    }
    return NULL;
}

/* RFC 4862, 5.5.3 e: nobody can end an address in less than two hours by an advertisement. */
static void update_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own, uint32_t valid_lifetime,
                             uint32_t preferred_lifetime, uint64_t now)
{
    uint64_t valid_until = v6nf_lifetime_end(now, valid_lifetime);
    if (valid_until > now + TWO_HOURS || valid_until > own->valid_until) {
        own->valid_until = valid_until;
    } else if (own->valid_until > now + TWO_HOURS) {
        own->valid_until = now + TWO_HOURS;
    }
    own->preferred_until = v6nf_lifetime_end(now, preferred_lifetime);
    if (own->state >= V6NF_ADDRESS_DEPRECATED) {
        own->state = now < own->preferred_until ? V6NF_ADDRESS_PREFERRED : V6NF_ADDRESS_DEPRECATED;
    }
    set_due(node, earlier(own->valid_until, own->preferred_until));
}

void v6nf_interface_autoconfigure(struct v6nf_node *node, const uint8_t *prefix, uint32_t valid_lifetime,
                                  uint32_t preferred_lifetime, uint64_t now)
{
    struct v6nf_interface_address *own = find_formed(node, prefix);
    if (own != NULL) {
        update_lifetimes(node, own, valid_lifetime, preferred_lifetime, now);
        return;
    }
    uint8_t address[V6NF_ADDRESS_SIZE];
    uint8_t dad_counter = 0;
    v6nf_copy8(address, prefix);
    v6nf_identifier_form(node, address, &dad_counter);
    if (valid_lifetime == 0u || interface_find(node, address) != NO_ADDRESS || v6nf_route_has_router(node, address)) {
        return;
    }
    if (node->addresses_used == V6NF_ADDRESSES) {
        count(node, V6NF_ADDRESSES_FULL);
        return;
    }
    own = add_address(node, address, 128u); /* that it is the node's does not make its prefix on-link (RFC 5942, 4) */
    own->autoconfigured = true;
    own->dad_counter = dad_counter;
    own->valid_until = v6nf_lifetime_end(now, valid_lifetime);
    own->preferred_until = v6nf_lifetime_end(now, preferred_lifetime);
    set_due(node, earlier(own->valid_until, own->preferred_until));
    begin_detection(node, own, now);
    claim(node, own);
}

/* The last address takes its place. */
static void remove_address(struct v6nf_node *node, uint32_t own)
{
    uint32_t last = node->addresses_used - 1u;
    part(node, &node->addresses[own]);
    node->addresses[own] = node->addresses[last];
    node->addresses[last] = (struct v6nf_interface_address){.state = V6NF_ADDRESS_NONE};
    node->addresses_used = last;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (neighbor->own_address == own) {
            neighbor->own_address = (uint8_t)NO_ADDRESS;
        } else if (neighbor->own_address == last) {
            neighbor->own_address = (uint8_t)own;
        }
    }
}

/* Lifetimes end (RFC 4862, 5.5.4). From the last address on, because that may take the place of one that goes. */
static void expire(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = node->addresses_used; i > 1u; i--) {
        struct v6nf_interface_address *own = &node->addresses[i - 1u];
        if (now >= own->valid_until) {
            remove_address(node, i - 1u);
        } else if (own->state == V6NF_ADDRESS_PREFERRED && now >= own->preferred_until) {
            own->state = V6NF_ADDRESS_DEPRECATED;
        }
    }
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
        if (prefix_matches(own->address.bytes, own->prefix_length, destination)) {
            return true;
        }
    }
    return v6nf_route_is_on_link(node, destination);
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
            score += 1024u; /* rule 1 */
        }
        if (v6nf_address_is_link_local(own) == wants_link_local) {
            score += 512u; /* rule 2 */
        }
        if (node->addresses[i].state == V6NF_ADDRESS_PREFERRED) {
            score += 256u; /* rule 3 */
        }
        if (interface_in_use(node, i) && score > best_score) {
            best = i;
            best_score = score;
        }
    }
    return best;
}

void v6nf_interface_duplicate(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    count(node, V6NF_DUPLICATE_ADDRESSES);
    if (form_another(node, &node->addresses[own], now)) {
        return;
    }
    node->addresses[own].state = V6NF_ADDRESS_DUPLICATE;
    part(node, &node->addresses[own]);
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
    expire(node, now);
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        struct v6nf_interface_address *own = &node->addresses[i];
        if (own->state != V6NF_ADDRESS_TENTATIVE || now < own->due) {
            continue;
        }
        if (own->solicitations < node->dad_transmits) {
            return detect(node, i, frame, now);
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
        if (own->state == V6NF_ADDRESS_TENTATIVE) {
            due = earlier(due, own->due);
        } else if (own->state == V6NF_ADDRESS_PREFERRED) {
            due = earlier(due, own->preferred_until);
        }
    }
    return due;
}
