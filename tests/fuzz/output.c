/* output.c: checks of each frame that a node sends: its format, its source, its destination, its length. They share no
 * code with the library. */
#include "node_checks.h"

/* Microseconds that one ICMPv6 error costs, and the credit that is left. */
#define ERROR_COST (V6NF_SECOND / V6NF_ERROR_RATE)
static uint64_t error_credit;
static uint64_t error_time;
static uint64_t errors_before;

void reset_output_checks(void)
{
    error_credit = V6NF_ERROR_BURST * ERROR_COST;
    error_time = 0;
    errors_before = 0;
    reset_ndp_checks();
    reset_fragment_checks();
}

/* Check the token bucket of ICMPv6 errors (RFC 4443, 2.4 (f)). Errors count when they are written: those that await
 * address resolution are sent later. */
void check_error_rate(uint64_t now)
{
    const uint64_t max_credit = V6NF_ERROR_BURST * ERROR_COST;
    uint64_t passed = now - error_time;
    error_time = now;
    error_credit = passed >= max_credit || error_credit + passed > max_credit ? max_credit : error_credit + passed;
    for (; errors_before != node.counters[V6NF_ERRORS]; errors_before++) {
        CHECK(error_credit >= ERROR_COST);
        error_credit -= ERROR_COST;
    }
}

enum v6nf_address_state state_of(const uint8_t *address)
{
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        if (is_same(node.addresses[i].address.bytes, address)) {
            return node.addresses[i].state;
        }
    }
    return V6NF_ADDRESS_NONE;
}

uint64_t end_of(const uint8_t *address)
{
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        if (is_same(node.addresses[i].address.bytes, address)) {
            return node.addresses[i].valid_until;
        }
    }
    return 0;
}

/* -- Ethernet ------------------------------------------------------------------------------------------------------ */

/* Return true if the neighbor can be the next hop: a router, or what a Redirect said. */
static bool is_next_hop_of(uint32_t neighbor, const uint8_t *destination)
{
    if (node.neighbors[neighbor].has_route) {
        return true;
    }
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        const struct v6nf_cache_entry *entry = &node.destinations[i];
        if ((entry->value & ~V6NF_DESTINATION_REDIRECTED) == neighbor && memcmp(entry->key, destination, 16) == 0) {
            return true;
        }
    }
    return false;
}

/* Return true if the neighbor is one of several default routers. Which of them is used may depend on the source: such a
 * next hop is not in the cache. */
static bool is_one_of_default_routers(const struct v6nf_neighbor *neighbor)
{
    uint32_t routers = 0;
    bool found = false;
    for (uint32_t i = 0; i < V6NF_ROUTERS; i++) {
        routers += node.routes[i].valid_until != 0u ? 1u : 0u;
        found |= node.routes[i].valid_until != 0u && is_same(node.routes[i].router.bytes, neighbor->address.bytes);
    }
    return found && routers > 1u;
}

/* Return true if a router must route the packet (node.h): it has no Ethernet destination. */
static bool is_for_router(const uint8_t *frame)
{
    bool has_gateway = node.routes[0].valid_until != 0u;
    bool is_link_local = frame[38] == 0xFEu && (frame[39] & 0xC0u) == 0x80u;
    return node.router && !has_gateway && is_zero(frame, 6) && !is_link_local;
}

static void check_ethernet_destination(const uint8_t *frame)
{
    if (frame[38] == 0xFFu) {
        CHECK(frame[0] == 0x33u && frame[1] == 0x33u && memcmp(frame + 2, frame + 50, 4) == 0);
        return;
    }
    /* A unicast frame goes to a resolved neighbor: the destination itself, or the next hop to it. Advertisements are
     * checked in output_ndp.c. */
    bool is_known = (frame[20] == 58u && frame[54] == 136u) || is_for_router(frame);
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node.neighbors[i];
        bool is_hop = is_same(neighbor->address.bytes, frame + 38) || is_next_hop_of(i, frame + 38) ||
                      is_one_of_default_routers(neighbor);
        bool is_resolved = neighbor->state != V6NF_NEIGHBOR_FREE && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE;
        is_known |= is_hop && is_resolved && memcmp(neighbor->mac, frame, 6) == 0;
    }
    CHECK(is_known);
    CHECK((frame[0] & 1u) == 0u);
}

/* -- IPv6 ---------------------------------------------------------------------------------------------------------- */

static void check_source(const uint8_t *frame, uint64_t now)
{
    if (is_zero(frame + 22, 16)) {
        /* The unspecified source is for Duplicate Address Detection (RFC 4862, 5.4.2; with a nonce: RFC 7527), for MLD
         * before it (RFC 3590, 4), and for Router Solicitations from an optimistic address (RFC 4429, 3.2). */
        bool is_detection = frame[54] == 135u && get16(frame + 18) == (node.enhanced_detection ? 32u : 24u);
        bool is_router_solicitation = node.optimistic && frame[54] == 133u && get16(frame + 18) == 8u;
        CHECK(frame[20] == 0u || (frame[20] == 58u && (is_detection || is_router_solicitation)));
        CHECK(frame[20] != 0u || node.addresses[0].state != V6NF_ADDRESS_PREFERRED);
        return;
    }
    enum v6nf_address_state state = state_of(frame + 22);
    CHECK(state >= V6NF_ADDRESS_OPTIMISTIC && state != V6NF_ADDRESS_ANYCAST && now < end_of(frame + 22));
}

/* Check that a destination is not ::, ::1, an IPv4-mapped address, or the node's own. A group has a scope larger than
 * interface-local (RFC 4291, 2.5 and 2.7). */
static void check_destination(const uint8_t *frame)
{
    const uint8_t *to = frame + 38;
    if (to[0] == 0xFFu) {
        CHECK((to[1] & 0xFu) >= 2u);
        return;
    }
    enum v6nf_address_state state = state_of(to);
    CHECK(state == V6NF_ADDRESS_NONE || state == V6NF_ADDRESS_DUPLICATE);
    if (is_zero(to, 10)) {
        CHECK(get16(to + 10) != 0xFFFFu);
        CHECK(!is_zero(to + 10, 5) || to[15] > 1u);
    }
}

/* Path MTUs that the node has learned since the link is up, the last ones. It must not forget them before their time,
 * even if its table is full (RFC 8201, 4). */
#define LEARNED_MAX 32u
static struct v6nf_path_mtu learned[LEARNED_MAX];
static uint32_t learned_next;

void forget_path_mtus(void)
{
    memset(learned, 0, sizeof learned);
}

static struct v6nf_path_mtu *find_learned(const uint8_t *destination, uint8_t origin)
{
    for (uint32_t i = 0; i < LEARNED_MAX; i++) {
        if (is_same(learned[i].destination.bytes, destination) && learned[i].origin == origin) {
            return &learned[i];
        }
    }
    learned_next++;
    return &learned[learned_next % LEARNED_MAX];
}

void remember_path_mtus(void)
{
    for (uint32_t i = 0; i < V6NF_PATH_MTUS; i++) {
        if (node.path_mtus[i].expires != 0u) {
            *find_learned(node.path_mtus[i].destination.bytes, node.path_mtus[i].origin) = node.path_mtus[i];
        }
    }
}

static bool is_in_table(const struct v6nf_path_mtu *was)
{
    for (uint32_t i = 0; i < V6NF_PATH_MTUS; i++) {
        const struct v6nf_path_mtu *entry = &node.path_mtus[i];
        if (entry->expires != 0u && entry->origin == was->origin &&
            is_same(entry->destination.bytes, was->destination.bytes)) {
            return true;
        }
    }
    return false;
}

/* Check the length against the link MTU that routers advertise and against the path MTU of a Packet Too Big. */
static void check_path_mtu(const uint8_t *frame, uint32_t length, uint64_t now)
{
    CHECK(length <= node.mtu + 14u);
    uint32_t origins = 0;
    uint32_t longest = 0;
    for (uint32_t i = 0; i < LEARNED_MAX; i++) {
        const struct v6nf_path_mtu *was = &learned[i];
        if (!is_same(was->destination.bytes, frame + 38) || now >= was->expires) {
            continue;
        }
        /* If the node had to forget it, it sends no long packet of that origin to any such destination. */
        CHECK(is_in_table(was) || node.path_mtus_unknown[was->origin] >= was->expires);
        origins += is_in_table(was) ? 1u : 0u;
        longest = was->mtu > longest ? was->mtu : longest;
    }
    CHECK(origins < 2u || length <= longest + 14u); /* with one origin, the frame may be of the other */
}

/* -- Upper layers -------------------------------------------------------------------------------------------------- */

static void check_icmpv6(const uint8_t *frame, uint32_t payload)
{
    CHECK(payload >= 8u);
    CHECK(sum(frame + 14, frame + 54, payload, 58) == 0xFFFFu);
    if (frame[54] >= 133u && frame[54] <= 137u) {
        check_ndp_output(frame, payload);
        return;
    }
    CHECK(frame[21] == 64u || node.autoconfigure);
    if (frame[54] < 128u) {
        check_error_output(frame, payload);
        return;
    }
    CHECK((frame[54] == 128u || frame[54] == 129u) && frame[55] == 0u);
}

/* Check a Report or Done behind Router Alert, and the records of the Report to the last byte. */
static void check_mld(const uint8_t *frame, uint32_t payload)
{
    static const uint8_t router_alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
    const uint8_t *message = frame + 62;
    CHECK(frame[21] == 1u && frame[38] == 0xFFu);
    CHECK(payload >= 16u && memcmp(frame + 54, router_alert, 8) == 0);
    uint32_t length = payload - 8u;
    CHECK(sum(frame + 14, message, length, 58) == 0xFFFFu);
    CHECK(40u + payload <= 1280u);
    if (message[0] != 143u) {
        CHECK((message[0] == 131u || message[0] == 132u) && length == 24u);
        return;
    }
    uint32_t at = 8;
    uint32_t records = get16(message + 6);
    CHECK(records >= 1u);
    for (uint32_t i = 0; i < records; i++) {
        CHECK(at + 20u <= length);
        CHECK(message[at] >= 1u && message[at] <= 6u && message[at + 1u] == 0u);
        CHECK(message[at + 4u] == 0xFFu && get16(message + at + 2u) <= V6NF_GROUP_SOURCES);
        at += 20u + 16u * get16(message + at + 2u);
    }
    CHECK(at == length);
}

static void check_udp(const uint8_t *frame, uint32_t payload)
{
    CHECK(payload >= 8u && get16(frame + 58) == payload);
    CHECK(get16(frame + 54) != 0u && get16(frame + 56) != 0u);
    if (message_of(frame, 54u + payload) != NULL) { /* its hop limit is checked in datagrams.c */
        CHECK(get16(frame + 60) == 0u || sum(frame + 14, frame + 54, payload, 17) == 0xFFFFu);
        return;
    }
    CHECK(frame[21] == (frame[38] == 0xFFu ? 1u : 64u) || node.autoconfigure);
    CHECK(get16(frame + 60) != 0u);
    CHECK(sum(frame + 14, frame + 54, payload, 17) == 0xFFFFu);
}

void check_output(const uint8_t *frame, uint32_t length, uint64_t now)
{
    CHECK(length >= 62u || (length >= 54u && is_passing(frame)));
    CHECK(memcmp(frame + 6, mac, 6) == 0);
    CHECK(get16(frame + 12) == 0x86DDu);
    if (is_passing(frame)) {
        check_passing_output(frame, length);
        return;
    }
    /* Packets that the node originates may have a flow label: datagrams, Echo Requests, and their fragments. */
    bool may_have_label = frame[20] == 17u || frame[20] == 44u || (frame[20] == 58u && frame[54] == 128u);
    bool may_have_class = frame[20] == 44u || message_of(frame, length) != NULL; /* fragments, numbered datagrams */
    CHECK(frame[14] >> 4 == 6u && (may_have_class || (frame[14] == 0x60u && (frame[15] & 0xF0u) == 0u)));
    CHECK(may_have_label || (frame[15] == 0u && get16(frame + 16) == 0u));
    note_datagram_output(frame, length);
    uint32_t payload = get16(frame + 18);
    CHECK(54u + payload == length);
    check_path_mtu(frame, length, now);
    check_ethernet_destination(frame);
    check_source(frame, now);
    check_destination(frame);
    switch (frame[20]) {
    case 58:
        check_icmpv6(frame, payload);
        break;
    case 0:
        check_mld(frame, payload);
        break;
    case 44:
        check_fragment_output(frame, payload);
        break;
    default:
        CHECK(frame[20] == 17u);
        check_udp(frame, payload);
        break;
    }
}
