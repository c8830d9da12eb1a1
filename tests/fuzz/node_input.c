/* node_input.c: a libFuzzer target for v6nf_node_input() and v6nf_node_tick().
 *
 * One input is a byte that says how the node starts, and a sequence of records: a control byte, the length of a frame
 * (2 bytes, least significant first) and the frame. Each frame is handed in alone on a heap buffer of exactly its
 * capacity, so that AddressSanitizer sees every byte read or written outside. Whatever comes in: what leaves is well
 * formed, by code that shares nothing with the library, the node's tables hold together, and every frame is counted
 * once. The seeds are written by seeds.py, which knows the same addresses and ports. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/v6nf.h"

#define FRAMES_MAX 24u
#define FRAME_MAX 2048u
#define MTU 1500u
#define ECHO_PORT 7u    /* replies with what came, unchanged */
#define SILENT_PORT 9u  /* never replies */
#define LENGTH_PORT 19u /* replies with as many bytes as the first two say, also with too many */
#define IDENTIFIER 0x5049u

/* The first byte. */
#define EARLY 1u    /* the node has not finished Duplicate Address Detection */
#define DISCOVER 2u /* the node is configured by routers */
#define OPAQUE 4u   /* it has a secret for its addresses */

/* The control byte. */
#define TIME_STEP 3u       /* bits 0 and 1: how much time passes before the frame */
#define FIX_CHECKSUM 4u    /* the frame gets a right checksum, so that a mutation gets past it */
#define FIX_ADDRESSES 8u   /* and our Ethernet address and, by bits 4 and 5, one of our IPv6 addresses as destination */
#define LARGE_BUFFER 0x40u /* the buffer has room for the link MTU; else for the frame, and at a tick for 1280 bytes */
#define SEND 0x80u         /* the program sends a datagram to the frame's source afterwards */

static const uint8_t mac[6] = {0x02, 0, 0, 0, 0, 1};
static const struct v6nf_address own = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
static const struct v6nf_address tentative = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};
static const struct v6nf_address peer = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
static const struct v6nf_address gateway = {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFE}};
static const struct v6nf_address all_nodes = {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

static const struct v6nf_address group = {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB}};
static const struct v6nf_address filtered = {{0xFF, 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0E}};

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

/* -- The frames that come in --------------------------------------------------------------------------------------- */

static void fix_addresses(uint8_t *frame, uint32_t length, uint32_t choice)
{
    if (length < 54u) {
        return;
    }
    memcpy(frame, mac, 6);
    frame[12] = 0x86;
    frame[13] = 0xDD;
    frame[14] = (uint8_t)(0x60u | (frame[14] & 0xFu));
    switch (choice) {
    case 0:
        memcpy(frame + 38, own.bytes, 16);
        break;
    case 1:
        memcpy(frame + 38, node.addresses[0].address.bytes, 16);
        break;
    case 2:
        memcpy(frame + 38, all_nodes.bytes, 16);
        break;
    default:
        v6nf_address_solicited_node(frame + 38, tentative.bytes);
        break;
    }
}

static void fix_checksum(uint8_t *frame, uint32_t length)
{
    if (length < 54u || 54u + get16(frame + 18) > length) {
        return;
    }
    uint32_t payload = get16(frame + 18);
    uint8_t *upper = frame + 54;
    uint8_t next_header = frame[20];
    if (next_header == 0u && payload >= 8u && frame[55] == 0u) { /* what MLD comes behind */
        next_header = frame[54];
        upper += 8;
        payload -= 8u;
    }
    uint32_t at = next_header == 58u ? 2u : 6u;
    if ((next_header != 58u && next_header != 17u) || payload < at + 2u) {
        return;
    }
    uint32_t covered = payload;
    if (next_header == 17u && get16(upper + 4) >= 8u && get16(upper + 4) <= payload) {
        covered = get16(upper + 4);
    }
    upper[at] = 0;
    upper[at + 1u] = 0;
    uint32_t checksum = 0xFFFFu - sum(frame + 14, upper, covered, next_header);
    checksum = checksum == 0u ? 0xFFFFu : checksum;
    upper[at] = (uint8_t)(checksum / 256u);
    upper[at + 1u] = (uint8_t)(checksum % 256u);
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
        /* Only Duplicate Address Detection speaks without an address (RFC 4862, 5.4.2), and MLD before it (RFC 3590, 4). */
        CHECK(frame[20] == 0u || (frame[54] == 135u && get16(frame + 18) == 24u));
        CHECK(frame[20] != 0u || node.addresses[0].state == V6NF_ADDRESS_TENTATIVE);
        return;
    }
    bool ours = false;
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        const struct v6nf_interface_address *address = &node.addresses[i];
        ours |= address->state >= V6NF_ADDRESS_DEPRECATED && memcmp(frame + 22, address->address.bytes, 16) == 0;
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
        CHECK(payload == 24u || memcmp(frame + 54 + 26, mac, 6) == 0);
        return;
    }
    if (frame[54] == 133u) {
        CHECK(node.autoconfigure && frame[21] == 255u && payload == 16u);
        CHECK(memcmp(frame + 54 + 10, mac, 6) == 0);
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

static void check_frame(const uint8_t *frame, uint32_t length)
{
    CHECK(length >= 62u);
    CHECK(memcmp(frame + 6, mac, 6) == 0);
    CHECK(get16(frame + 12) == 0x86DDu);
    CHECK(frame[14] == 0x60u && frame[15] == 0u && get16(frame + 16) == 0u);
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
    CHECK(frame[20] == 17u);
    CHECK(frame[21] == (frame[38] == 0xFFu ? 1u : 64u) || node.autoconfigure);
    CHECK(get16(frame + 58) == payload);
    CHECK(get16(frame + 60) != 0u);
    CHECK(get16(frame + 54) != 0u && get16(frame + 56) != 0u);
    CHECK(sum(frame + 14, frame + 54, payload, 17) == 0xFFFFu);
}

/* -- The node's tables --------------------------------------------------------------------------------------------- */

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
        if (a->state != V6NF_NEIGHBOR_INCOMPLETE) {
            static const uint8_t zero[6] = {0};
            CHECK((a->mac[0] & 1u) == 0u && memcmp(a->mac, zero, 6) != 0);
        }
        for (uint32_t j = 0; j < i; j++) {
            const struct v6nf_neighbor *b = &node.neighbors[j];
            CHECK(b->state == V6NF_NEIGHBOR_FREE || memcmp(a->address.bytes, b->address.bytes, 16) != 0);
        }
    }
}

static void check_tables(void)
{
    CHECK(node.addresses_used >= 1u && node.addresses_used <= (node.autoconfigure ? V6NF_ADDRESSES : 3u));
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        uint32_t state = (uint32_t)node.addresses[i].state;
        CHECK(state >= (uint32_t)V6NF_ADDRESS_TENTATIVE && state <= (uint32_t)V6NF_ADDRESS_PREFERRED);
    }
    check_neighbors();
    CHECK(node.mtu >= 1280u && node.mtu <= MTU && node.longest_frame == node.mtu + 14u);
    CHECK(node.routes[0].configured && node.routes[0].valid_until == V6NF_NEVER);
    for (uint32_t i = 0; i < V6NF_DESTINATIONS; i++) {
        uint32_t neighbor = node.destinations[i].neighbor;
        CHECK(neighbor <= V6NF_NEIGHBORS);
        CHECK(neighbor == V6NF_NEIGHBORS || node.neighbors[neighbor].state != V6NF_NEIGHBOR_FREE);
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
    for (uint32_t i = 0; i < V6NF_GROUPS_ALL; i++) {
        const struct v6nf_group *row = &node.mld.groups[i];
        CHECK(row->asked_count <= (i < V6NF_GROUPS ? V6NF_GROUP_SOURCES : 0u));
        CHECK(row->changes <= 7u && row->excluding <= V6NF_ADDRESSES);
        CHECK(row->changes == 0u || row->change_due != V6NF_NEVER);
    }
    CHECK(node.error_tokens <= V6NF_ERROR_BURST);
    CHECK(ping.outstanding <= V6NF_PING_OUTSTANDING && ping.results_count <= V6NF_PING_RESULTS);
    CHECK(ping.received + ping.timeouts + ping.errors + ping.outstanding == ping.transmitted);
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
    const uint32_t bound = 2u * (V6NF_ADDRESSES + V6NF_GROUPS_ALL + V6NF_NEIGHBORS + V6NF_WAITING) + 4u;
    for (uint32_t i = 0; i < bound && v6nf_node_next_due(&node) <= now; i++) {
        uint8_t *frame = malloc(capacity);
        CHECK(frame != NULL);
        uint64_t originated = node.counters[V6NF_ORIGINATED];
        uint32_t length = v6nf_node_tick(&node, frame, capacity, now);
        CHECK(node.counters[V6NF_ORIGINATED] - originated == (length != 0u ? 1u : 0u));
        if (length != 0u) {
            CHECK(length <= capacity);
            check_frame(frame, length);
        }
        check_tables();
        free(frame);
    }
    CHECK(v6nf_node_next_due(&node) > now);
}

/* A node with its addresses in use; or, if it is EARLY, one that has just begun to detect duplicates of them. */
static uint64_t start_node(uint8_t how)
{
    static const uint8_t secret[16] = {1, 2, 3};
    bool early = (how & EARLY) != 0u;
    const struct v6nf_node_config config = {.mac = mac,
                                            .mtu = MTU,
                                            .dad_transmits = 1,
                                            .seed = 1,
                                            .autoconfigure = (how & DISCOVER) != 0u,
                                            .secret = (how & OPAQUE) != 0u ? secret : NULL};
    const struct v6nf_ping_config echo = {.destination = peer,
                                          .size = 16,
                                          .identifier = IDENTIFIER,
                                          .interval = V6NF_SECOND,
                                          .timeout = 3u * V6NF_SECOND};
    CHECK(v6nf_node_init(&node, &config, 0) == V6NF_OK);
    CHECK(v6nf_node_add_address(&node, &own, 64, 0) == V6NF_OK);
    CHECK(v6nf_node_set_gateway(&node, &gateway) == V6NF_OK);
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    const struct v6nf_filter one = {.mode = V6NF_FILTER_INCLUDE, .sources_count = 1, .sources = &peer};
    CHECK(v6nf_multicast_join(&node, &group, 0) == V6NF_OK);
    CHECK(v6nf_multicast_filter(&node, &filtered, &nothing, &one, 0) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, ECHO_PORT, echo_handler, NULL) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, SILENT_PORT, silent_handler, NULL) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, LENGTH_PORT, length_handler, NULL) == V6NF_OK);
    uint64_t now = 0;
    for (uint32_t i = 0; i < 64u && !early && !v6nf_node_is_ready(&node); i++) {
        now = v6nf_node_next_due(&node);
        tick_all(now, MTU + 14u);
    }
    CHECK(early || v6nf_node_is_ready(&node));
    CHECK(v6nf_node_add_address(&node, &tentative, 64, now) == V6NF_OK);
    memset(&ping, 0, sizeof ping);
    CHECK(v6nf_ping_start(&ping, &node, &echo, now) == V6NF_OK);
    tick_all(now, MTU + 14u);
    return now;
}

static void one_frame(uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
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
}

/* The program sends to whoever the frame came from. */
static void send_datagram(const uint8_t *bytes, uint32_t length, uint64_t now)
{
    if (length < 54u) {
        return;
    }
    struct v6nf_address to;
    memcpy(to.bytes, bytes + 22, 16);
    uint32_t capacity = 62u + bytes[53];
    capacity = capacity < 86u ? 86u : capacity;
    uint8_t *frame = calloc(1, capacity);
    CHECK(frame != NULL);
    uint32_t leaves = v6nf_udp_send(&node, frame, capacity, bytes[53], 1024, &to, 5000, now);
    CHECK(leaves <= capacity);
    if (leaves != 0u) {
        check_frame(frame, leaves);
    }
    check_tables();
    free(frame);
}

/* Hands in the frame of one record. */
static void one_record(uint8_t control, const uint8_t *bytes, uint32_t length, uint64_t now)
{
    uint32_t capacity = (control & LARGE_BUFFER) != 0u ? MTU + 14u : length;
    capacity = capacity < length ? length : capacity;
    uint8_t *frame = malloc(capacity > 0u ? capacity : 1u);
    CHECK(frame != NULL);
    memset(frame, 0xEE, capacity);
    memcpy(frame, bytes, length);
    if ((control & FIX_ADDRESSES) != 0u) {
        fix_addresses(frame, length, control >> 4 & 3u);
    }
    if ((control & FIX_CHECKSUM) != 0u) {
        fix_checksum(frame, length);
    }
    one_frame(frame, length, capacity, now);
    free(frame);
    if ((control & SEND) != 0u) {
        send_datagram(bytes, length, now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t steps[4] = {0, 1000, V6NF_SECOND, 40u * V6NF_SECOND};
    uint64_t now = start_node(size > 0u ? data[0] : 0u);
    size_t at = size > 0u ? 1u : 0u;
    for (uint32_t i = 0; i < FRAMES_MAX && size - at >= 3u; i++) {
        uint8_t control = data[at];
        uint32_t length = ((uint32_t)data[at + 1u] + (uint32_t)data[at + 2u] * 256u) % (FRAME_MAX + 1u);
        at += 3u;
        length = length < size - at ? length : (uint32_t)(size - at);
        now += steps[control & TIME_STEP];
        tick_all(now, (control & LARGE_BUFFER) != 0u ? MTU + 14u : V6NF_IPV6_MTU_MIN + 14u);
        one_record(control, data + at, length, now);
        at += length;
        struct v6nf_ping_result result;
        (void)v6nf_ping_result(&ping, &result);
    }
    tick_all(now + 100u * V6NF_SECOND, MTU + 14u);
    return 0;
}
