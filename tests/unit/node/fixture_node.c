/* fixture_node.c: see fixture_node.h. */
#include "fixture_node.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../src/node/output/nexthop.h"
#include "../../../src/node/output/select.h"
#include "../../../src/node/protocol/mld.h"
#include "../../../src/node/protocol/parameter.h"
#include "../../../src/node/protocol/reassembly.h"
#include "../../../src/node/state/dns.h"
#include "../../../src/node/state/fragment.h"
#include "../../../src/node/state/group.h"
#include "../../../src/node/state/neighbor_table.h"
#include "../../../src/node/state/own_address.h"
#include "../../../src/node/state/path_mtu.h"
#include "../../../src/node/state/pending.h"
#include "../../../src/node/state/route.h"
#include "../../../src/table/valid.h"
#include "fixture_bytes.h"

#define START (UINT64_C(1000) * SECOND)
#define ETHER 14u
#define HEADERS 54u /* Ethernet and IPv6 */
#define ICMPV6 58u
#define UDP 17u

/* -- Bytes from first principles ----------------------------------------------------------------------------------- */

void test_mac(uint8_t *bytes, const char *text)
{
    unsigned b[6];
    char rest;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &rest) != 6) {
        fail_msg("\"%s\" is no Ethernet address", text);
    }
    for (unsigned i = 0; i < 6u; i++) {
        bytes[i] = (uint8_t)b[i];
    }
}

void test_address(uint8_t *bytes, const char *text)
{
    if (inet_pton(AF_INET6, text, bytes) != 1) {
        fail_msg("\"%s\" is no IPv6 address", text);
    }
}

struct v6nf_address test_address_of(const char *text)
{
    struct v6nf_address address;
    test_address(address.bytes, text);
    return address;
}

/* Return one of a few buffers in rotation, so that one expression can hold several. */
static char *text_buffer(void)
{
    static char buffers[4][INET6_ADDRSTRLEN];
    static unsigned next;
    next = (next + 1u) % 4u;
    return buffers[next];
}

const char *test_group_mac(const char *group)
{
    uint8_t a[16];
    char *text = text_buffer();
    test_address(a, group);
    snprintf(text, INET6_ADDRSTRLEN, "33:33:%02x:%02x:%02x:%02x", a[12], a[13], a[14], a[15]);
    return text;
}

const char *test_solicited_node(const char *address)
{
    uint8_t a[16];
    char *text = text_buffer();
    test_address(a, address);
    snprintf(text, INET6_ADDRSTRLEN, "ff02::1:ff%02x:%02x%02x", a[13], a[14], a[15]);
    return text;
}

static void put_counting_bytes(uint8_t *p, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        p[i] = (uint8_t)(i % 256u);
    }
}

uint16_t frame_checksum(const struct test_frame *frame, uint32_t length, uint8_t next_header)
{
    uint64_t sum = length / 65536u + length % 65536u + next_header;
    for (uint32_t i = ETHER + 8u; i < HEADERS + length;
         i++) { /* from the source address on: both addresses, then the rest */
        bool first_of_pair = i < HEADERS ? i % 2u == 0u : (i - HEADERS) % 2u == 0u;
        sum += first_of_pair ? 256u * (uint64_t)frame->bytes[i] : frame->bytes[i];
    }
    while (sum > 0xFFFFu) {
        sum = sum / 65536u + sum % 65536u;
    }
    return (uint16_t)(0xFFFFu - sum);
}

void frame_fix_checksum(struct test_frame *frame)
{
    uint8_t next_header = frame->bytes[ETHER + 6u];
    uint32_t length = frame->length - HEADERS;
    uint8_t *field = frame->bytes + HEADERS + (next_header == UDP ? 6u : 2u);
    put16(field, 0);
    uint16_t checksum = frame_checksum(frame, length, next_header);
    put16(field, next_header == UDP && checksum == 0u ? 0xFFFFu : checksum); /* RFC 8200, 8.1 */
}

void frame_ipv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t next_header, uint8_t hop_limit, const uint8_t *payload, uint32_t length)
{
    assert_true(length <= TEST_FRAME_MAX - HEADERS);
    uint8_t *b = frame->bytes;
    memset(b, 0, HEADERS + length);
    test_mac(b, mac_to);
    test_mac(b + 6, mac_from);
    put16(b + 12, 0x86DDu);
    b[14] = 0x60;
    put16(b + 18, length);
    b[20] = next_header;
    b[21] = hop_limit;
    test_address(b + 22, from);
    test_address(b + 38, to);
    if (payload != NULL) {
        memcpy(b + HEADERS, payload, length);
    }
    frame->length = HEADERS + length;
}

void frame_icmpv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                  uint8_t hop_limit, uint8_t type, uint8_t code, const uint8_t *body, uint32_t length)
{
    frame_ipv6(frame, mac_to, mac_from, from, to, ICMPV6, hop_limit, NULL, 4u + length);
    frame->bytes[HEADERS] = type;
    frame->bytes[HEADERS + 1u] = code;
    if (body != NULL) {
        memcpy(frame->bytes + HEADERS + 4u, body, length);
    }
    frame_fix_checksum(frame);
}

void frame_udp(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
               uint8_t hop_limit, uint16_t source_port, uint16_t destination_port, uint32_t length)
{
    frame_ipv6(frame, mac_to, mac_from, from, to, UDP, hop_limit, NULL, 8u + length);
    put16(frame->bytes + HEADERS, source_port);
    put16(frame->bytes + HEADERS + 2u, destination_port);
    put16(frame->bytes + HEADERS + 4u, 8u + length);
    put_counting_bytes(frame->bytes + HEADERS + 8u, length);
    frame_fix_checksum(frame);
}

void frame_echo(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t type, uint16_t identifier, uint16_t sequence, uint32_t size)
{
    frame_icmpv6(frame, mac_to, mac_from, from, to, 64, type, 0, NULL, 4u + size);
    put16(frame->bytes + HEADERS + 4u, identifier);
    put16(frame->bytes + HEADERS + 6u, sequence);
    put_counting_bytes(frame->bytes + HEADERS + 8u, size);
    frame_fix_checksum(frame);
}

void frame_echo_request(struct test_frame *frame, const struct test_station *from, const char *to, uint16_t identifier,
                        uint16_t sequence, uint32_t size)
{
    frame_echo(frame, NODE_MAC, from->mac, from->address, to, 128, identifier, sequence, size);
}

void frame_echo_reply(struct test_frame *frame, const struct test_station *to, const char *from, uint16_t identifier,
                      uint16_t sequence, uint32_t size)
{
    frame_echo(frame, to->mac, NODE_MAC, from, to->address, 129, identifier, sequence, size);
}

static void write_neighbor_message(struct test_frame *frame, uint8_t flags, const char *target, uint8_t option_type,
                                   const char *option)
{
    uint8_t *message = frame->bytes + HEADERS;
    message[4] = flags;
    test_address(message + 8, target);
    if (option != NULL) {
        message[24] = option_type;
        message[25] = 1; /* in units of 8 bytes */
        test_mac(message + 26, option);
    }
    frame_fix_checksum(frame);
}

void frame_ns(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, const char *option)
{
    frame_icmpv6(frame, mac_to, mac_from, from, to, 255, 135, 0, NULL, option != NULL ? 28 : 20);
    write_neighbor_message(frame, 0, target, 1, option);
}

void frame_na(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, uint8_t flags, const char *option)
{
    frame_icmpv6(frame, mac_to, mac_from, from, to, 255, 136, 0, NULL, option != NULL ? 28 : 20);
    write_neighbor_message(frame, flags, target, 2, option);
}

void frame_node_ns(struct test_frame *frame, const char *from, const char *target)
{
    const char *group = test_solicited_node(target);
    frame_ns(frame, test_group_mac(group), NODE_MAC, from, group, target, NODE_MAC);
}

void frame_node_probe(struct test_frame *frame, const char *from, const struct test_station *target)
{
    frame_ns(frame, target->mac, NODE_MAC, from, target->address, target->address, NODE_MAC);
}

void frame_node_detection(struct test_frame *frame, const char *target)
{
    const char *group = test_solicited_node(target);
    frame_ns(frame, test_group_mac(group), NODE_MAC, "::", group, target, NULL);
}

void frame_node_na(struct test_frame *frame, const struct test_station *station, const char *own)
{
    frame_na(frame, station->mac, NODE_MAC, own, station->address, own, NA_S | NA_O, NODE_MAC);
}

void frame_announcement(struct test_frame *frame, const struct test_station *station)
{
    frame_na(frame, "33:33:00:00:00:01", station->mac, station->address, "ff02::1", station->address, NA_O,
             station->mac);
}

void frame_answer(struct test_frame *frame, const struct test_station *station, const char *to)
{
    frame_na(frame, NODE_MAC, station->mac, station->address, to, station->address, NA_S | NA_O, station->mac);
}

void frame_append(struct test_frame *frame, const uint8_t *bytes, uint32_t length)
{
    assert_true(length <= TEST_FRAME_MAX - frame->length);
    if (length != 0u) {
        memcpy(frame->bytes + frame->length, bytes, length);
    }
    frame->length += length;
    put16(frame->bytes + 18, frame->length - HEADERS);
}

/* -- The node ------------------------------------------------------------------------------------------------------ */

void fixture_start_configured(struct fixture *f, struct v6nf_node_config config)
{
    uint8_t mac[6];
    config.mac = mac;
    config.predictable = true;
    test_mac(mac, NODE_MAC);
    memset(f, 0, sizeof *f);
    memset(&f->node, 0xA5, sizeof f->node); /* init() must not depend on what the memory held */
    f->now = START;
    f->capacity = config.mtu + ETHER;
    f->peer = (struct test_station){.mac = "02:00:00:00:00:02", .address = "2001:db8::2"};
    f->gateway = (struct test_station){.mac = GATEWAY_MAC, .address = GATEWAY};
    assert_int_equal(v6nf_node_init(&f->node, &config, f->now), V6NF_OK);
    fixture_mark(f);
}

static void init(struct fixture *f, uint64_t seed, uint32_t mtu, uint32_t dad_transmits)
{
    fixture_start_configured(f, (struct v6nf_node_config){.mtu = mtu, .dad_transmits = dad_transmits, .seed = seed});
}

void fixture_start_discovery(struct fixture *f, uint64_t seed, uint32_t dad_transmits, const uint8_t *secret)
{
    fixture_start_configured(
        f, (struct v6nf_node_config){
               .mtu = 1500, .dad_transmits = dad_transmits, .seed = seed, .autoconfigure = true, .secret = secret});
}

void fixture_start_detection(struct fixture *f, uint64_t seed, uint32_t dad_transmits)
{
    init(f, seed, 1500, dad_transmits);
    fixture_mark(f);
}

void fixture_start_with(struct fixture *f, uint64_t seed, uint32_t mtu)
{
    init(f, seed, mtu, 0);
    fixture_add_address(f, NODE_GLOBAL, 64);
    fixture_set_gateway(f, GATEWAY);
    fixture_mark(f);
}

void fixture_start(struct fixture *f)
{
    fixture_start_with(f, 1, 1500);
}

void fixture_add_address(struct fixture *f, const char *address, uint32_t prefix_length)
{
    struct v6nf_address bytes = test_address_of(address);
    assert_int_equal(v6nf_node_add_address(&f->node, &bytes, prefix_length, f->now), V6NF_OK);
}

void fixture_set_gateway(struct fixture *f, const char *address)
{
    struct v6nf_address bytes = test_address_of(address);
    assert_int_equal(v6nf_node_set_gateway(&f->node, &bytes), V6NF_OK);
}

void fixture_mark(struct fixture *f)
{
    f->sent_count = 0;
    f->sent_lost = 0;
    f->out.length = 0;
    memcpy(f->before, f->node.counters, sizeof f->before);
}

/* Return the sum of all counters that can be the fate of a received frame whose buffer transmits nothing
 * (counters.h). */
static uint64_t sum_of_fates(const struct v6nf_node *node)
{
    uint64_t sum = node->counters[V6NF_DELIVERED] + node->counters[V6NF_KEPT];
    for (int i = V6NF_DROP_ETHER_LENGTH; i < V6NF_DROP_REASSEMBLY_FULL; i++) {
        sum += node->counters[i];
    }
    return sum;
}

static void keep_out(struct fixture *f, const uint8_t *buffer, uint32_t length)
{
    if (length > f->capacity) {
        fail_msg("the node transmits %u bytes from a buffer of %u", length, f->capacity);
    }
    memcpy(f->out.bytes, buffer, length);
    f->out.length = length;
}

/* Check that no own address is a neighbor, and that packets to it have no next hop. */
static void check_addresses(const struct v6nf_node *node)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        const uint8_t *own = node->addresses[i].address.bytes;
        if (node->addresses[i].state == V6NF_ADDRESS_DUPLICATE) {
            continue;
        }
        for (uint32_t j = 0; j < V6NF_NEIGHBORS; j++) {
            assert_true(node->neighbors[j].state == V6NF_NEIGHBOR_FREE ||
                        memcmp(node->neighbors[j].address.bytes, own, 16) != 0);
        }
        for (uint32_t j = 0; j < V6NF_DESTINATIONS; j++) {
            assert_true((node->destinations[j].value & ~V6NF_DESTINATION_REDIRECTED) >= V6NF_NEIGHBORS ||
                        memcmp(node->destinations[j].key, own, 16) != 0);
        }
    }
}

#define LARGE 256u

static void check_tables(const struct fixture *f)
{
    static uint32_t turn;
    turn++;
    bool is_large = V6NF_NEIGHBORS > LARGE || V6NF_WAITING > LARGE || V6NF_REASSEMBLIES > LARGE;
    if (is_large && turn % 64u != 0u) {
        return; /* a table with thousands of entries takes long */
    }
    assert_true(v6nf_neighbor_table_is_valid(&f->node));
#if V6NF_HAS_INDEX
    assert_true(v6nf_cache_is_valid(f->node.destinations, V6NF_DESTINATIONS, &f->node.hash_key));
#endif
    assert_true(v6nf_path_mtu_is_valid(&f->node));
    assert_true(v6nf_pending_is_valid(&f->node));
    assert_true(v6nf_fragment_is_valid(&f->node));
    assert_true(v6nf_reassembly_is_valid(&f->node));
    check_addresses(&f->node);
#if V6NF_GROUPS > 0u
    assert_true(v6nf_groups_are_valid(&f->node));
#endif
#if V6NF_MLD
    assert_true(v6nf_mld_is_valid(&f->node));
#endif
    assert_true(v6nf_own_address_table_is_valid(&f->node));
    assert_true(v6nf_select_is_valid(&f->node) && v6nf_nexthop_is_valid(&f->node));
    assert_true(v6nf_route_is_valid(&f->node));
    assert_true(v6nf_dns_is_valid(&f->node));
    assert_true(v6nf_parameter_is_valid(&f->node));
}

/* Return a heap buffer of exactly this size, so that the address sanitizer sees a byte too far. */
static uint8_t *make_buffer(const struct fixture *f)
{
    uint8_t *buffer = malloc(f->capacity);
    assert_non_null(buffer);
    memset(buffer, 0xA5, f->capacity);
    return buffer;
}

void fixture_input(struct fixture *f, const struct test_frame *frame)
{
    uint64_t received = f->node.counters[V6NF_RECEIVED];
    uint64_t fates = sum_of_fates(&f->node);
    uint8_t *buffer = make_buffer(f);
    assert_true(frame->length <= f->capacity);
    memcpy(buffer, frame->bytes, frame->length);
    uint32_t transmitted = v6nf_node_input(&f->node, buffer, frame->length, f->capacity, f->now);
    keep_out(f, buffer, transmitted);
    free(buffer);
    received = f->node.counters[V6NF_RECEIVED] - received;
    fates = sum_of_fates(&f->node) - fates;
    if (received != 1u || fates != (transmitted == 0u ? 1u : 0u)) {
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, frame);
        fail_msg(
            "one frame was counted as received %u times and by its fate %u times, and %u bytes are transmitted: %s",
            (unsigned)received, (unsigned)fates, transmitted, text);
    }
    check_tables(f);
}

void fixture_udp_send(struct fixture *f, uint16_t source_port, const char *destination, uint16_t destination_port,
                      uint32_t length)
{
    const struct v6nf_udp_message message = {
        .remote = test_address_of(destination), .remote_port = destination_port, .local_port = source_port};
    uint32_t transmitted = 0;
    uint8_t *buffer = make_buffer(f);
    assert_true(V6NF_UDP_PAYLOAD + length <= f->capacity);
    put_counting_bytes(buffer + V6NF_UDP_PAYLOAD, length);
    (void)v6nf_udp_send(&f->node, buffer, length, f->capacity, &message, &transmitted, f->now);
    keep_out(f, buffer, transmitted);
    free(buffer);
    check_tables(f);
}

uint32_t test_udp_echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

/* Return true for a Report or Done: Hop-by-Hop Options of 8 bytes, then ICMPv6 of type 131, 132 or 143. */
static bool is_mld(const uint8_t *frame, uint32_t length)
{
    return length > HEADERS + 8u && frame[ETHER + 6u] == 0u && frame[HEADERS] == ICMPV6 &&
           (frame[HEADERS + 8u] == 131u || frame[HEADERS + 8u] == 132u || frame[HEADERS + 8u] == 143u);
}

/* Remove the nonce, an option of 8 bytes, from a solicitation of Duplicate Address Detection (RFC 7527, 4.1). */
static void remove_nonce(struct test_frame *frame)
{
    static const uint8_t unspecified[16] = {0};
    if (frame->length == HEADERS + 32u && frame->bytes[HEADERS] == 135u &&
        memcmp(frame->bytes + 22, unspecified, 16) == 0) {
        assert_int_equal(frame->bytes[HEADERS + 24u], 14);
        assert_int_equal(frame->bytes[HEADERS + 25u], 1);
        assert_int_equal(frame_checksum(frame, 32, ICMPV6), 0);
        frame->length -= 8u;
        put16(frame->bytes + 18, frame->length - HEADERS);
        frame_fix_checksum(frame);
    }
}

static void keep_sent(struct fixture *f, const uint8_t *buffer, uint32_t length)
{
    if (length > f->capacity) {
        fail_msg("tick: the node transmits %u bytes from a buffer of %u", length, f->capacity);
    }
    if (!f->keep_mld && is_mld(buffer, length)) {
        f->before[V6NF_ORIGINATED]++;
        f->before[V6NF_GROUP_REPORTS]++;
        return;
    }
    if (f->sent_count == MAX_SENT) {
        f->sent_lost++;
        return;
    }
    struct test_sent *sent = &f->sent[f->sent_count];
    f->sent_count++;
    sent->time = f->now;
    sent->frame.length = length;
    memcpy(sent->frame.bytes, buffer, length);
    if (!f->keep_nonces) {
        remove_nonce(&sent->frame);
    }
}

void fixture_tick(struct fixture *f)
{
    /* More rounds than any content of the tables can need. */
    const unsigned rounds =
        10u * (V6NF_ADDRESSES + V6NF_GROUPS_ALL + V6NF_NEIGHBORS + V6NF_WAITING + V6NF_PING_OUTSTANDING);
    uint8_t *buffer = make_buffer(f);
    for (unsigned i = 0; v6nf_node_next_due(&f->node) <= f->now; i++) {
        if (i == rounds) {
            free(buffer);
            fail_msg("after %u ticks at the same time, something is still due", rounds);
        }
        uint32_t length = v6nf_node_tick(&f->node, buffer, f->capacity, f->now);
        if (length != 0u) {
            keep_sent(f, buffer, length);
        } else if (v6nf_node_next_due(&f->node) <= f->now) {
            free(buffer);
            fail_msg("a tick sent nothing, and something is still due");
        }
        check_tables(f);
    }
    free(buffer);
}

void fixture_run_until(struct fixture *f, uint64_t time)
{
    fixture_tick(f);
    while (f->now < time) {
        uint64_t next = f->step != 0u ? f->now + f->step : v6nf_node_next_due(&f->node);
        f->now = next < time ? next : time;
        fixture_tick(f);
    }
}

void fixture_make_reachable(struct fixture *f, const struct test_station *station)
{
    struct test_frame frame;
    frame_echo_request(&frame, station, NODE_GLOBAL, 0xBEEF, 1, 0);
    fixture_input(f, &frame);
    frame_answer(&frame, station, NODE_GLOBAL);
    fixture_input(f, &frame);
    assert_neighbor(f, station->address, V6NF_NEIGHBOR_REACHABLE, station->mac);
    fixture_mark(f);
}

void fixture_bring_to(struct fixture *f, const struct test_station *station, enum v6nf_neighbor_state state)
{
    struct test_frame frame;
    if (state == V6NF_NEIGHBOR_INCOMPLETE) {
        fixture_udp_send(f, 1000, station->address, 2000, 0);
    } else if (state != V6NF_NEIGHBOR_FREE) {
        fixture_make_reachable(f, station);
    }
    if (state == V6NF_NEIGHBOR_STALE || state == V6NF_NEIGHBOR_DELAY || state == V6NF_NEIGHBOR_PROBE) {
        /* An advertisement contradicts, but may not override: the entry is STALE, its address kept (RFC 4861,
         * 7.2.5). */
        frame_na(&frame, "33:33:00:00:00:01", station->mac, station->address, "ff02::1", station->address, 0,
                 "02:00:00:00:0b:ad");
        fixture_input(f, &frame);
        assert_neighbor(f, station->address, V6NF_NEIGHBOR_STALE, station->mac);
    }
    if (state == V6NF_NEIGHBOR_DELAY || state == V6NF_NEIGHBOR_PROBE) {
        fixture_udp_send(f, 1000, station->address, 2000, 0);
    }
    if (state == V6NF_NEIGHBOR_PROBE) {
        fixture_run_until(f, f->now + 5u * SECOND);
    }
    assert_neighbor(f, station->address, state, NULL);
    fixture_mark(f);
}

uint64_t fixture_neighbor_due(const struct fixture *f, const struct v6nf_neighbor *neighbor)
{
    (void)f;
    return neighbor->due;
}

const struct v6nf_neighbor *fixture_neighbor(const struct fixture *f, const char *address)
{
    uint8_t bytes[16];
    const struct v6nf_neighbor *found = NULL;
    test_address(bytes, address);
    for (unsigned i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &f->node.neighbors[i];
        if (neighbor->state != V6NF_NEIGHBOR_FREE && memcmp(neighbor->address.bytes, bytes, 16) == 0) {
            if (found != NULL) {
                fail_msg("%s has two entries in the Neighbor Cache", address);
            }
            found = neighbor;
        }
    }
    return found;
}

const struct v6nf_interface_address *fixture_find_own(const struct fixture *f, const char *address)
{
    uint8_t bytes[16];
    test_address(bytes, address);
    for (unsigned i = 0; i < f->node.addresses_used; i++) {
        if (memcmp(f->node.addresses[i].address.bytes, bytes, 16) == 0) {
            return &f->node.addresses[i];
        }
    }
    return NULL;
}

const struct v6nf_interface_address *fixture_own(const struct fixture *f, const char *address)
{
    const struct v6nf_interface_address *own = fixture_find_own(f, address);
    if (own == NULL) {
        fail_msg("%s is not an address of the node", address);
    }
    return own;
}

uint64_t fixture_counted(const struct fixture *f, enum v6nf_counter counter)
{
    return f->node.counters[counter] - f->before[counter];
}

/* -- Matchers ------------------------------------------------------------------------------------------------------ */

static char current_case[200];

void fixture_case(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(current_case, sizeof current_case, format, arguments);
    va_end(arguments);
}

static void fail_at(const char *file, int line)
{
    if (current_case[0] != '\0') {
        print_error("case: %s\n", current_case);
        current_case[0] = '\0';
    }
    _fail(file, line);
}

void fixture_fail(const char *what, const char *file, int line)
{
    print_error("%s\n", what);
    fail_at(file, line);
}

static const char *icmpv6_name(uint8_t type)
{
    switch (type) {
    case 1:
        return "Destination Unreachable";
    case 2:
        return "Packet Too Big";
    case 3:
        return "Time Exceeded";
    case 4:
        return "Parameter Problem";
    case 128:
        return "Echo Request";
    case 129:
        return "Echo Reply";
    case 135:
        return "NS";
    case 133:
        return "RS";
    case 134:
        return "RA";
    case 137:
        return "Redirect";
    case 136:
        return "NA";
    default:
        return "type";
    }
}

static void describe_upper(char *text, size_t size, const uint8_t *upper, uint32_t length, uint8_t next_header)
{
    if (next_header == ICMPV6 && (upper[0] == 135 || upper[0] == 136) && length >= 24u) {
        char target[INET6_ADDRSTRLEN] = "";
        inet_ntop(AF_INET6, upper + 8, target, sizeof target);
        snprintf(text, size, "%s for %s, flags %02x, options of %u bytes", icmpv6_name(upper[0]), target, upper[4],
                 (unsigned)length - 24u);
    } else if (next_header == ICMPV6 && length >= 8u) {
        snprintf(text, size, "ICMPv6 %s (%u) code %u, %02x%02x %02x%02x, %u bytes", icmpv6_name(upper[0]), upper[0],
                 upper[1], upper[4], upper[5], upper[6], upper[7], (unsigned)length);
    } else if (next_header == UDP && length >= 8u) {
        snprintf(text, size, "UDP %u -> %u, %u bytes", 256u * upper[0] + upper[1], 256u * upper[2] + upper[3],
                 (unsigned)length);
    } else {
        snprintf(text, size, "next header %u, %u bytes", next_header, (unsigned)length);
    }
}

void frame_describe(char *text, const struct test_frame *frame)
{
    const uint8_t *b = frame->bytes;
    char from[INET6_ADDRSTRLEN] = "";
    char to[INET6_ADDRSTRLEN] = "";
    char upper[150];
    if (frame->length == 0u) {
        snprintf(text, FRAME_TEXT_SIZE, "nothing");
        return;
    }
    if (frame->length < HEADERS) {
        snprintf(text, FRAME_TEXT_SIZE, "%u bytes, less than Ethernet and IPv6", frame->length);
        return;
    }
    inet_ntop(AF_INET6, b + 22, from, sizeof from);
    inet_ntop(AF_INET6, b + 38, to, sizeof to);
    describe_upper(upper, sizeof upper, b + HEADERS, frame->length - HEADERS, b[20]);
    snprintf(text, FRAME_TEXT_SIZE,
             "%02x:%02x:%02x:%02x:%02x:%02x > %02x:%02x:%02x:%02x:%02x:%02x, %s > %s, hop limit %u, %s", b[6], b[7],
             b[8], b[9], b[10], b[11], b[0], b[1], b[2], b[3], b[4], b[5], from, to, b[21], upper);
}

/* Return true if byte `at` of a frame is of a flow label that the node chose for what it originates: datagrams, Echo
 * Requests, and their fragments. Any label passes here (tested by test_flow_label.c). */
static bool is_label(const struct test_frame *frame, uint32_t at)
{
    bool has_label = frame->bytes[20] == UDP || frame->bytes[20] == 44u ||
                     (frame->bytes[20] == ICMPV6 && frame->bytes[HEADERS] == 128u);
    return has_label && ((at == 15u && frame->bytes[15] <= 0x0Fu) || at == 16u || at == 17u);
}

void fixture_assert_frame(const struct test_frame *actual, const struct test_frame *expected, const char *file,
                          int line)
{
    static const struct test_frame nothing = {0};
    char actual_text[FRAME_TEXT_SIZE];
    char expected_text[FRAME_TEXT_SIZE];
    uint32_t at = 0;
    expected = expected != NULL ? expected : &nothing;
    while (at < actual->length && at < expected->length &&
           (actual->bytes[at] == expected->bytes[at] || is_label(actual, at))) {
        at++;
    }
    if (at == actual->length && at == expected->length) {
        return;
    }
    frame_describe(actual_text, actual);
    frame_describe(expected_text, expected);
    print_error("expected: %s\nactual:   %s\n", expected_text, actual_text);
    if (at < actual->length && at < expected->length) {
        print_error("first difference at byte %u: expected %02x, actual %02x\n", at, expected->bytes[at],
                    actual->bytes[at]);
    } else {
        print_error("lengths: expected %u, actual %u\n", expected->length, actual->length);
    }
    fail_at(file, line);
}

static void print_sent(const struct fixture *f)
{
    for (uint32_t i = 0; i < f->sent_count; i++) {
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, &f->sent[i].frame);
        print_error("sent[%u] at %llu us: %s\n", i, (unsigned long long)f->sent[i].time, text);
    }
}

void fixture_assert_sent(const struct fixture *f, uint32_t index, uint64_t time, const struct test_frame *expected,
                         const char *file, int line)
{
    if (index >= f->sent_count) {
        print_error("ticks sent only %u frames\n", f->sent_count);
        print_sent(f);
        fail_at(file, line);
        return;
    }
    if (f->sent[index].time != time) {
        print_error("sent[%u] was expected at %llu us\n", index, (unsigned long long)time);
        print_sent(f);
        fail_at(file, line);
    }
    fixture_assert_frame(&f->sent[index].frame, expected, file, line);
}

void fixture_assert_sent_count(const struct fixture *f, uint32_t count, const char *file, int line)
{
    if (f->sent_count + f->sent_lost != count) {
        print_error("expected %u frames from ticks, %llu were sent\n", count,
                    (unsigned long long)(f->sent_count + f->sent_lost));
        print_sent(f);
        fail_at(file, line);
    }
}

void fixture_assert_counted(const struct fixture *f, enum v6nf_counter counter, uint64_t count, const char *name,
                            const char *file, int line)
{
    uint64_t actual = fixture_counted(f, counter);
    if (actual == count) {
        return;
    }
    print_error("%s: expected %llu, counted %llu; all counters that changed:\n", name, (unsigned long long)count,
                (unsigned long long)actual);
    for (int i = 0; i < V6NF_COUNTER_COUNT; i++) {
        if (fixture_counted(f, (enum v6nf_counter)i) != 0u) {
            print_error("    %llu %s\n", (unsigned long long)fixture_counted(f, (enum v6nf_counter)i),
                        v6nf_counter_text((enum v6nf_counter)i));
        }
    }
    fail_at(file, line);
}

static const char *state_name(enum v6nf_neighbor_state state)
{
    static const char *const names[] = {"no entry", "INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE"};
    return (unsigned)state < 6u ? names[state] : "unknown state";
}

void fixture_assert_state(const struct fixture *f, const char *address, enum v6nf_neighbor_state state, const char *mac,
                          const char *file, int line)
{
    const struct v6nf_neighbor *neighbor = fixture_neighbor(f, address);
    enum v6nf_neighbor_state actual = neighbor != NULL ? neighbor->state : V6NF_NEIGHBOR_FREE;
    if (actual != state) {
        print_error("neighbor %s: expected %s, actual %s\n", address, state_name(state), state_name(actual));
        fail_at(file, line);
    }
    if (mac != NULL && neighbor != NULL) {
        uint8_t bytes[6];
        const uint8_t *m = neighbor->mac;
        test_mac(bytes, mac);
        if (memcmp(m, bytes, 6) != 0) {
            print_error("neighbor %s: expected address %s, actual %02x:%02x:%02x:%02x:%02x:%02x\n", address, mac, m[0],
                        m[1], m[2], m[3], m[4], m[5]);
            fail_at(file, line);
        }
    }
}
