/* node_checks.h: what the targets that drive a node have in common: whatever it is given, what leaves is well formed, by code that
 * shares nothing with the library, its tables hold together, and every frame is counted once. */
#ifndef NODE_CHECKS_H
#define NODE_CHECKS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/v6nf.h"

#define MTU 1500u

static uint8_t mac[6] = {0x02, 0, 0, 0, 0, 1}; /* the node's */

static struct v6nf_node node;
static struct v6nf_ping ping;

/* The frame that is being handled, so that the UDP handlers can check what they are given. */
static const uint8_t *current_frame;
static uint8_t sender[6]; /* the Ethernet source of the frame that the node handles */
static uint32_t current_length;
static uint32_t current_capacity;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* -- Bytes and checksums, by other means than the library's -------------------------------------------------------- */

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] * 256u + p[1];
}

/* The ones' complement sum of pseudo-header and data, byte by byte; 0xFFFF if a checksum in it is right. */
static uint32_t sum(const uint8_t *packet, const uint8_t *upper, uint32_t length, uint8_t next_header)
{
    uint64_t total = length + (uint64_t)next_header; /* each below 2^16 */
    for (uint32_t i = 8; i < 40u; i += 2u) {
        total += get16(packet + i);
    }
    for (uint32_t i = 0; i < length; i++) {
        total += i % 2u == 0u ? (uint32_t)upper[i] * 256u : upper[i];
    }
    while (total > 0xFFFFu) {
        total = total % 65536u + total / 65536u;
    }
    return (uint32_t)total;
}

/* -- What may leave ------------------------------------------------------------------------------------------------ */

static bool is_first_hop(uint32_t neighbor, const uint8_t *destination)
{
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        if (node.destinations[i].neighbor == neighbor && memcmp(node.destinations[i].address.bytes, destination, 16) == 0) {
            return true;
        }
    }
    return false;
}

static void check_ethernet_destination(const uint8_t *frame)
{
    if (frame[38] == 0xFFu) {
        CHECK(frame[0] == 0x33u && frame[1] == 0x33u && memcmp(frame + 2, frame + 50, 4) == 0);
        return;
    }
    /* A unicast goes to a neighbor whose address is known: its destination, or the first hop for it; and the answer to a
     * solicitor that is not on-link straight back. */
    bool known = frame[20] == 58u && frame[54] == 136u && memcmp(frame, sender, 6) == 0;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node.neighbors[i];
        bool takes = memcmp(neighbor->address.bytes, frame + 38, 16) == 0 || is_first_hop(i, frame + 38);
        bool resolved = neighbor->state != V6NF_NEIGHBOR_FREE && neighbor->state != V6NF_NEIGHBOR_INCOMPLETE;
        known |= takes && resolved && memcmp(neighbor->mac, frame, 6) == 0;
    }
    CHECK(known);
    CHECK((frame[0] & 1u) == 0u);
}

static void check_source(const uint8_t *frame)
{
    static const uint8_t unspecified[16] = {0};
    if (memcmp(frame + 22, unspecified, 16) == 0) {
        /* Only Duplicate Address Detection speaks without an address (RFC 4862, 5.4.2; with a nonce: RFC 7527), MLD before it
         * (RFC 3590, 4), and who asks for routers with an address that is optimistic (RFC 4429, 3.2). */
        bool is_detection = frame[54] == 135u && get16(frame + 18) == (node.enhanced_detection ? 32u : 24u);
        bool is_router_solicitation = node.optimistic && frame[54] == 133u && get16(frame + 18) == 8u;
        CHECK(frame[20] == 0u || is_detection || is_router_solicitation);
        CHECK(frame[20] != 0u || node.addresses[0].state != V6NF_ADDRESS_PREFERRED);
        return;
    }
    /* No Neighbor Solicitation comes from an optimistic address (RFC 4429, 3.2). */
    enum v6nf_address_state least = frame[20] == 58u && frame[54] == 135u ? V6NF_ADDRESS_DEPRECATED : V6NF_ADDRESS_OPTIMISTIC;
    bool ours = false;
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        const struct v6nf_interface_address *address = &node.addresses[i];
        bool speaks = address->state >= least && address->state != V6NF_ADDRESS_ANYCAST;
        ours |= speaks && memcmp(frame + 22, address->address.bytes, 16) == 0;
    }
    CHECK(ours);
}

static void check_icmpv6(const uint8_t *frame, uint32_t payload)
{
    CHECK(payload >= 8u);
    CHECK(sum(frame + 14, frame + 54, payload, 58) == 0xFFFFu);
    if (frame[54] == 135u || frame[54] == 136u) {
        CHECK(frame[21] == 255u);
        CHECK(payload == 24u || payload == 32u);
        CHECK(payload == 24u || frame[78] == 14u || memcmp(frame + 54 + 26, mac, 6) == 0);
        return;
    }
    if (frame[54] == 133u) {
        CHECK(node.autoconfigure && frame[21] == 255u && (payload == 16u || (payload == 8u && node.optimistic)));
        CHECK(payload == 8u || memcmp(frame + 54 + 10, mac, 6) == 0);
        return;
    }
    CHECK(frame[21] == 64u || node.autoconfigure);
    if (frame[54] < 128u) {
        CHECK(40u + payload <= 1280u); /* RFC 4443, 2.4 (c) */
        CHECK(payload >= 48u);
        CHECK(frame[38] != 0xFFu);
        return;
    }
    CHECK(frame[54] == 128u || frame[54] == 129u);
}

/* A Report or Done behind Router Alert, and the Report's records to the last byte. */
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

/* Of a packet of the node's own: reserved fields 0, all but the last a multiple of 8 bytes, not past 65535. */
static void check_fragment(const uint8_t *frame, uint32_t payload)
{
    CHECK(payload > 8u && frame[55] == 0u && (frame[57] & 6u) == 0u);
    CHECK((frame[57] & 1u) == 0u || (payload - 8u) % 8u == 0u);
    CHECK((get16(frame + 56) & 0xFFF8u) + payload - 8u <= 65535u);
    CHECK(frame[54] == 17u || frame[54] == 58u);
}

static void check_frame(const uint8_t *frame, uint32_t length)
{
    CHECK(length >= 62u);
    CHECK(memcmp(frame + 6, mac, 6) == 0);
    CHECK(get16(frame + 12) == 0x86DDu);
    /* What the node originates has a flow label: datagrams, Echo Requests, and their fragments. */
    bool may_have_label = frame[20] == 17u || frame[20] == 44u || (frame[20] == 58u && frame[54] == 128u);
    CHECK(frame[14] == 0x60u && frame[15] <= (may_have_label ? 0x0Fu : 0u) && (may_have_label || get16(frame + 16) == 0u));
    uint32_t payload = get16(frame + 18);
    CHECK(54u + payload == length);
    CHECK(length <= MTU + 14u);
    check_ethernet_destination(frame);
    check_source(frame);
    if (frame[20] == 58u) {
        check_icmpv6(frame, payload);
        return;
    }
    if (frame[20] == 0u) {
        check_mld(frame, payload);
        return;
    }
    if (frame[20] == 44u) {
        check_fragment(frame, payload);
        return;
    }
    CHECK(frame[20] == 17u);
    CHECK(frame[21] == (frame[38] == 0xFFu ? 1u : 64u) || node.autoconfigure);
    CHECK(get16(frame + 58) == payload);
    CHECK(get16(frame + 60) != 0u);
    CHECK(get16(frame + 54) != 0u && get16(frame + 56) != 0u);
    CHECK(sum(frame + 14, frame + 54, payload, 17) == 0xFFFFu);
}

/* -- The node's tables --------------------------------------------------------------------------------------------- */

static bool is_waited_for(uint32_t neighbor)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        if (node.waiting[i].neighbor == neighbor) {
            return true;
        }
    }
    return false;
}

static void check_neighbors(void)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *a = &node.neighbors[i];
        CHECK((uint32_t)a->state <= (uint32_t)V6NF_NEIGHBOR_PROBE);
        if (a->state == V6NF_NEIGHBOR_FREE) {
            continue;
        }
        CHECK(a->address.bytes[0] != 0xFFu);
        CHECK(a->solicitations <= 3u);
        CHECK(a->state == V6NF_NEIGHBOR_REACHABLE || a->reachable_until == 0u);
        /* Who is being asked for has a timer; nothing waits for another that is not resolved. */
        CHECK(a->state != V6NF_NEIGHBOR_INCOMPLETE || a->due != V6NF_NEVER || (a->solicitations == 0u && !is_waited_for(i)));
        static const uint8_t zero[6] = {0};
        CHECK((a->mac[0] & 1u) == 0u && (memcmp(a->mac, zero, 6) == 0) == (a->state == V6NF_NEIGHBOR_INCOMPLETE));
        for (uint32_t j = 0; j < i; j++) {
            const struct v6nf_neighbor *b = &node.neighbors[j];
            CHECK(b->state == V6NF_NEIGHBOR_FREE || memcmp(a->address.bytes, b->address.bytes, 16) != 0);
        }
    }
}

static void check_addresses(void)
{
    uint32_t anycasts = 0;
    CHECK(node.addresses_used >= 1u && node.addresses_used <= V6NF_ADDRESSES);
    for (uint32_t i = 0; i < V6NF_ADDRESSES; i++) {
        const struct v6nf_interface_address *a = &node.addresses[i];
        if (i >= node.addresses_used) {
            CHECK(a->state == V6NF_ADDRESS_NONE);
            continue;
        }
        CHECK((uint32_t)a->state >= (uint32_t)V6NF_ADDRESS_TENTATIVE && (uint32_t)a->state <= (uint32_t)V6NF_ADDRESS_PREFERRED);
        CHECK((uint32_t)a->origin <= (uint32_t)V6NF_ADDRESS_TEMPORARY && a->address.bytes[0] != 0xFFu);
        CHECK(i != 0u || (a->origin == V6NF_ADDRESS_FORMED && a->address.bytes[0] == 0xFEu));
        anycasts += a->origin == V6NF_ADDRESS_SHARED ? 1u : 0u;
        CHECK(a->state != V6NF_ADDRESS_ANYCAST || a->origin == V6NF_ADDRESS_SHARED);
        for (uint32_t j = 0; j < i; j++) {
            CHECK(memcmp(a->address.bytes, node.addresses[j].address.bytes, 16) != 0);
        }
    }
    CHECK(anycasts == node.anycasts);
}

/* What is the node's own is no neighbor, and packets to it have no next hop. */
static void check_own_addresses(void)
{
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        const uint8_t *own = node.addresses[i].address.bytes;
        for (uint32_t j = 0; j < V6NF_NEIGHBORS && node.addresses[i].state != V6NF_ADDRESS_DUPLICATE; j++) {
            CHECK(node.neighbors[j].state == V6NF_NEIGHBOR_FREE || memcmp(node.neighbors[j].address.bytes, own, 16) != 0);
        }
        for (uint32_t j = 0; j < V6NF_DESTINATIONS && node.addresses[i].state != V6NF_ADDRESS_DUPLICATE; j++) {
            CHECK(node.destinations[j].neighbor >= V6NF_NEIGHBORS || memcmp(node.destinations[j].address.bytes, own, 16) != 0);
        }
    }
}

/* Pieces lie in the datagram, do not overlap, and add up. */
static void check_reassembly(void)
{
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        const struct v6nf_reassembly *row = &node.reassemblies[i];
        uint32_t received = 0;
        if (!row->used) {
            continue;
        }
        CHECK(row->pieces_count >= 1u && row->pieces_count <= V6NF_REASSEMBLY_PIECES);
        for (uint32_t j = 0; j < row->pieces_count; j++) {
            const struct v6nf_piece *piece = &row->pieces[j];
            CHECK(piece->start < piece->end && piece->end <= V6NF_REASSEMBLY_DATA);
            received += (uint32_t)piece->end - piece->start;
            for (uint32_t k = 0; k < j; k++) {
                CHECK(piece->end <= row->pieces[k].start || piece->start >= row->pieces[k].end);
            }
        }
        CHECK(received == row->received);
    }
}

static void check_tables(void)
{
    check_addresses();
    check_own_addresses();
    check_neighbors();
    check_reassembly();
    CHECK(node.mtu >= 1280u && node.mtu <= MTU && node.longest_frame == node.mtu + 14u);
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        uint32_t neighbor = node.destinations[i].neighbor;
        CHECK(neighbor <= V6NF_DESTINATION_GROUP);
        CHECK(neighbor >= V6NF_NEIGHBORS || node.neighbors[neighbor].state != V6NF_NEIGHBOR_FREE);
    }
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        uint32_t neighbor = node.waiting[i].neighbor;
        CHECK(neighbor <= V6NF_NEIGHBORS);
        if (neighbor != V6NF_NEIGHBORS) {
            CHECK(node.neighbors[neighbor].state != V6NF_NEIGHBOR_FREE);
            CHECK(node.waiting[i].length >= 62u && node.waiting[i].length <= V6NF_WAITING_FRAME_SIZE);
            CHECK(54u + get16(node.waiting[i].frame + 18) == node.waiting[i].length);
        }
    }
#if V6NF_GROUPS > 0u
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        const struct v6nf_group *row = &node.mld.groups[i];
        CHECK(row->asked_count <= (i < V6NF_GROUPS ? V6NF_GROUP_SOURCES : 0u));
        CHECK(row->changes <= 7u && (i < V6NF_GROUPS || row->excluding <= V6NF_ADDRESSES));
        CHECK(row->changes == 0u || row->change_due != V6NF_NEVER);
    }
#endif
    CHECK(node.error_tokens <= V6NF_ERROR_BURST);
    CHECK(ping.outstanding <= V6NF_PING_OUTSTANDING && ping.results_count <= V6NF_PING_RESULTS);
    CHECK(ping.received + ping.timeouts + ping.errors + ping.outstanding == ping.transmitted);
    CHECK(ping.next - ping.oldest <= V6NF_PING_OUTSTANDING);
    uint32_t pings = 0;
    for (uint64_t number = ping.oldest; number != ping.next; number++) {
        pings += ping.requests[number % V6NF_PING_OUTSTANDING].waiting ? 1u : 0u;
    }
    CHECK(pings == ping.outstanding);
}

/* How many frames came in and did not leave (counters.h): without the packets that were to wait. */
static uint64_t accounted(void)
{
    uint64_t total = node.counters[V6NF_DELIVERED] + node.counters[V6NF_KEPT];
    for (uint32_t i = V6NF_DROP_ETHER_LENGTH; i < V6NF_DROP_REASSEMBLY_FULL; i++) {
        total += node.counters[i];
    }
    return total;
}

/* -- The program around the node ----------------------------------------------------------------------------------- */

static void check_datagram(const struct v6nf_udp_datagram *datagram)
{
    CHECK(datagram->capacity <= node.longest_packet - 62u);
    if (datagram->payload != current_frame + 62) { /* reassembled, in a buffer of the node's */
        const uint8_t *start = (const uint8_t *)node.reassemblies;
        CHECK(datagram->payload > start && datagram->payload + datagram->capacity <= start + sizeof node.reassemblies);
        return;
    }
    CHECK(datagram->length <= current_length - 62u);
    CHECK(datagram->capacity <= current_capacity - 62u);
    CHECK(datagram->source == current_frame + 22 && datagram->destination == current_frame + 38);
}

static uint32_t echo_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    datagram->unchanged = true;
    return datagram->length;
}

static uint32_t silent_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    return V6NF_UDP_NO_REPLY;
}

static uint32_t length_handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    check_datagram(datagram);
    uint32_t length = datagram->length < 2u ? 0u : get16(datagram->payload);
    if (length <= datagram->capacity) {
        memset(datagram->payload, 0xA5, length);
    }
    return length;
}

/* Sends what is due, as v6nf_run_tick() does, but for ever so long. */
static void tick_all(uint64_t now, uint32_t capacity)
{
    const uint32_t bound = 2u * (3u * V6NF_ADDRESSES + V6NF_GROUPS_ALL + V6NF_NEIGHBORS + V6NF_WAITING) + 200u;
    for (uint32_t i = 0; i < bound && v6nf_node_next_due(&node) <= now; i++) {
        uint8_t *frame = malloc(capacity);
        CHECK(frame != NULL);
        uint64_t originated = node.counters[V6NF_ORIGINATED];
        uint32_t length = v6nf_node_tick(&node, frame, capacity, now);
        CHECK(node.counters[V6NF_ORIGINATED] - originated == (length != 0u ? 1u : 0u));
        if (length != 0u) {
            CHECK(length <= capacity);
            check_frame(frame, length);
        } else {
            CHECK(v6nf_node_next_due(&node) > now);
        }
        check_tables();
        free(frame);
    }
    CHECK(v6nf_node_next_due(&node) > now);
}

/* Hands in a frame. Returns how many bytes of its buffer leave. */
static uint32_t one_frame(uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    uint64_t received = node.counters[V6NF_RECEIVED];
    uint64_t before = accounted();
    current_frame = frame;
    current_length = length;
    current_capacity = capacity;
    memcpy(sender, length >= 14u ? frame + 6 : mac, 6);
    uint32_t leaves = v6nf_node_input(&node, frame, length, capacity, now);
    CHECK(leaves <= capacity);
    CHECK(node.counters[V6NF_RECEIVED] == received + 1u);
    CHECK(accounted() - before == (leaves != 0u ? 0u : 1u));
    if (leaves != 0u) {
        check_frame(frame, leaves);
    }
    check_tables();
    return leaves;
}

#endif
