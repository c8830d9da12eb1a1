/* node_sequence.c: a libFuzzer target for a node's life: frames, time that passes, and what a program does, in any order.
 *
 * An input is a string of bytes that choices are read from: first how the node is made, then one step after the other. Frames
 * are built right, from few stations and addresses, so that what one step begins another goes on with; then a byte of them
 * may be changed. After each step the node's tables hold together (node_checks.h), and nothing that was due is left. */
#include "node_checks.h"

#define STEPS_MAX 200u

/* -- Choices ------------------------------------------------------------------------------------------------------------ */

static const uint8_t *choices;
static size_t choices_left;

static uint8_t any8(void)
{
    if (choices_left == 0u) {
        return 0;
    }
    choices_left--;
    return *choices++;
}

static uint32_t below(uint32_t count)
{
    return any8() % count;
}

static uint32_t any32(void)
{
    /* Small numbers, large ones, and the last: times and lengths at their edges. */
    static const uint32_t edges[8] = {0, 1, 1280, 7200, 65535, 86400, 0x7FFFFFFF, 0xFFFFFFFF};
    uint8_t choice = any8();
    return choice < 128u ? choice : edges[choice % 8u];
}

static void any_mac(uint8_t *to)
{
    static const uint8_t station[6] = {0x02, 0, 0, 0, 0, 0};
    memcpy(to, station, 6);
    to[5] = (uint8_t)(2u + below(6));
}

/* An address of the node, one of some others on the link or off it, a group, or none. */
static void any_address(uint8_t *to)
{
    static const struct v6nf_address bases[] = {
        {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}},
        {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xA0}},
        {{0x20, 1, 0x0D, 0xB8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10}},
        {{0xFD, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10}},
        {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xF0}},
    };
    uint8_t choice = any8();
    if (choice < 100u) {
        memcpy(to, node.addresses[choice % node.addresses_used].address.bytes, 16);
    } else if (choice < 110u) {
        memset(to, 0, 16);
    } else {
        memcpy(to, bases[choice % 5u].bytes, 16);
        to[15] = (uint8_t)(to[15] + below(8));
    }
}

static void any_prefix(uint8_t *to)
{
    any_address(to);
    memset(to + 8, 0, 8);
}

/* -- Frames ------------------------------------------------------------------------------------------------------------- */

static uint8_t built[MTU + 14u];
static uint32_t built_length;
static uint8_t last_sent[MTU + 14u]; /* what the node sent last: errors quote it, fragments and replies go with it */
static uint32_t last_sent_length;

static void put(const void *bytes, uint32_t length)
{
    if (built_length + length <= sizeof built) {
        memcpy(built + built_length, bytes, length);
        built_length += length;
    }
}

static void put8(uint32_t value)
{
    uint8_t byte = (uint8_t)value;
    put(&byte, 1);
}

static void put32(uint32_t value)
{
    put8(value >> 24);
    put8(value >> 16);
    put8(value >> 8);
    put8(value);
}

static void put_address(void)
{
    uint8_t address[16];
    any_address(address);
    put(address, 16);
}

static void put_filler(uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        put8(i);
    }
}

/* Ethernet and IPv6 header, for a packet that is as long as it will be when it is finished. */
static void begin(uint8_t next_header, uint8_t hop_limit)
{
    uint8_t address[16];
    built_length = 0;
    put(mac, 6);
    any_mac(built + 6);
    built_length = 12;
    put8(0x86);
    put8(0xDD);
    put32(0x60000000);
    put8(0);
    put8(0);
    put8(next_header);
    put8(hop_limit);
    put_address();
    any_address(address);
    if (below(4) == 0u) {
        v6nf_address_solicited_node(address, node.addresses[below(node.addresses_used)].address.bytes);
    }
    put(address, 16);
    if (address[0] == 0xFFu) {
        built[0] = built[1] = 0x33;
        memcpy(built + 2, address + 12, 4);
    }
}

static void begin_icmpv6(uint8_t type, uint8_t hop_limit)
{
    begin(58, hop_limit);
    put8(type);
    put8(0);
    put8(0);
    put8(0);
}

static void put_mac_option(uint8_t type)
{
    uint8_t station[6];
    if (below(4) != 0u) {
        any_mac(station);
        put8(type);
        put8(1);
        put(station, 6);
    }
}

static void build_neighbor_message(bool solicits)
{
    begin_icmpv6(solicits ? 135 : 136, 255);
    put32(solicits ? 0u : (uint32_t)any8() << 24);
    put_address();
    put_mac_option(solicits ? 1 : 2);
}

static void put_router_option(void)
{
    uint8_t prefix[16];
    switch (below(6)) {
    case 0:
    case 1:
        any_prefix(prefix);
        put8(3), put8(4), put8(64), put8((uint32_t)any8() << 6 & 0xC0u), put32(any32()), put32(any32()), put32(0);
        put(prefix, 16);
        break;
    case 2:
        put8(5), put8(1), put8(0), put8(0), put32(any32() + 1200u);
        break;
    case 3:
        any_prefix(prefix);
        put8(24), put8(3), put8(below(129)), put8(any8() & 0x18u), put32(any32());
        put(prefix, 16);
        break;
    case 4:
        put8(25), put8(3), put8(0), put8(0), put32(any32());
        put_address();
        break;
    default:
        put8(31), put8(2), put8(0), put8(0), put32(any32());
        put("\3lan\0\0\0", 8);
        break;
    }
}

static void build_router_advertisement(void)
{
    begin_icmpv6(134, 255);
    put8(any8()), put8(any8()), put8(0), put8(any8());
    put32(any32());
    put32(any32());
    put_mac_option(1);
    for (uint32_t i = below(4); i > 0u; i--) {
        put_router_option();
    }
}

static void build_redirect(void)
{
    begin_icmpv6(137, 255);
    put32(0);
    put_address();
    put_address();
    put_mac_option(2);
}

static void build_error(void)
{
    static const uint8_t types[4] = {1, 2, 3, 4};
    uint8_t type = types[below(4)];
    begin_icmpv6(type, 64);
    built[55] = (uint8_t)below(5);
    put32(type == 2u ? 1200u + any8() * 2u : any8());
    if (last_sent_length > 14u) {
        put(last_sent + 14, last_sent_length - 14u < 1232u ? last_sent_length - 14u : 1232u);
    }
}

static void build_echo(uint8_t type)
{
    begin_icmpv6(type, 64);
    if (type == 129u && last_sent_length >= 62u && last_sent[54] == 128u) {
        put(last_sent + 58, last_sent_length - 58u); /* the reply to what the node asked */
        return;
    }
    put32(any32());
    put_filler(any8() * 5u);
}

static void build_datagram(void)
{
    static const uint16_t ports[4] = {7, 9, 19, 5000};
    uint16_t port = ports[below(4)];
    uint32_t length = any8() * 5u;
    begin(17, 64);
    put32((any32() << 16) + port);
    put32((8u + length) << 16);
    put_filler(length);
}

/* A piece of an Echo Request, or behind other extension headers. */
static void build_fragment(void)
{
    uint32_t length = (1u + below(40)) * 8u;
    uint32_t offset = below(16) * 8u;
    begin(44, 64);
    put8(58), put8(0);
    put8(offset >> 8), put8((offset & 0xF8u) + below(2));
    put32(below(3));
    if (offset == 0u) {
        put32(0x80000000u), put32(1);
        length -= 8u;
    }
    put_filler(length);
}

static void build_extended(void)
{
    static const uint8_t headers[4] = {0, 60, 43, 60};
    uint32_t count = 1u + below(3);
    begin(headers[below(4)], 64);
    for (uint32_t i = 0; i < count; i++) {
        put8(i + 1u < count ? headers[below(4)] : 17u), put8(0), put8(below(2)), put8(any8()), put8(0), put8(0), put8(0), put8(0);
    }
    put32((5000u << 16) + 7u), put32(8u << 16);
}

static void build_query(void)
{
    begin(0, 1);
    put8(58), put8(0), put8(5), put8(2), put8(0), put8(0), put8(1), put8(0);
    put8(130), put8(0), put8(0), put8(0);
    put8(any8()), put8(any8()), put8(0), put8(0);
    put_address();
    if (below(2) != 0u) {
        put32(0);
    }
}

static uint32_t upper_checksum_at(uint32_t *upper, uint8_t *next_header)
{
    *upper = 54;
    *next_header = built[20];
    if (*next_header == 0u && built_length > 62u && built[55] == 0u) {
        *next_header = built[54];
        *upper = 62;
    }
    return *next_header == 58u ? 2u : *next_header == 17u ? 6u : 0u;
}

/* Payload Length and checksum, as far as there is an upper layer that has one. */
static void finish(void)
{
    uint32_t upper = 0;
    uint8_t next_header = 0;
    uint32_t at = upper_checksum_at(&upper, &next_header);
    built[18] = (uint8_t)((built_length - 54u) >> 8);
    built[19] = (uint8_t)(built_length - 54u);
    if (at == 0u || built_length < upper + at + 2u) {
        return;
    }
    built[upper + at] = built[upper + at + 1u] = 0;
    uint32_t checksum = 0xFFFFu - sum(built + 14, built + upper, built_length - upper, next_header);
    checksum = checksum == 0u ? 0xFFFFu : checksum;
    built[upper + at] = (uint8_t)(checksum >> 8);
    built[upper + at + 1u] = (uint8_t)checksum;
}

static void build_any(void)
{
    switch (below(12)) {
    case 0:
    case 1:
        build_neighbor_message(true);
        break;
    case 2:
    case 3:
        build_neighbor_message(false);
        break;
    case 4:
        build_router_advertisement();
        break;
    case 5:
        build_redirect();
        break;
    case 6:
        build_error();
        break;
    case 7:
        build_echo(below(2) == 0u ? 128 : 129);
        break;
    case 8:
        build_datagram();
        break;
    case 9:
        build_fragment();
        break;
    case 10:
        build_extended();
        break;
    default:
        build_query();
        break;
    }
}

/* -- Steps --------------------------------------------------------------------------------------------------------------- */

static void remember(const uint8_t *frame, uint32_t length)
{
    if (length != 0u && length <= sizeof last_sent) {
        memcpy(last_sent, frame, length);
        last_sent_length = length;
    }
}

static void receive(uint64_t now)
{
    build_any();
    uint8_t change = any8();
    if (change < 32u) {
        built[(any8() * 7u + change) % built_length] ^= (uint8_t)(1u << (change % 8u));
    }
    if (change < 224u) {
        finish();
    }
    uint32_t capacity = below(4) == 0u ? built_length : MTU + 14u;
    uint8_t *frame = malloc(capacity);
    CHECK(frame != NULL);
    memcpy(frame, built, built_length);
    uint32_t leaves = one_frame(frame, built_length, capacity, now);
    remember(frame, leaves);
    free(frame);
}

static void send_datagram(uint64_t now)
{
    struct v6nf_address to;
    uint32_t length = any8() * 6u;
    uint32_t capacity = 62u + length < 86u ? 86u : 62u + length;
    any_address(to.bytes);
    uint8_t *frame = calloc(1, capacity);
    CHECK(frame != NULL);
    uint32_t leaves = v6nf_udp_send(&node, frame, capacity, length, 5000, &to, 7, now);
    CHECK(leaves <= capacity);
    if (leaves != 0u) {
        check_frame(frame, leaves);
    }
    remember(frame, leaves);
    free(frame);
}

static void change_addresses(uint64_t now)
{
    struct v6nf_address address;
    any_address(address.bytes);
    switch (below(5)) {
    case 0:
        (void)v6nf_node_add_address(&node, &address, below(129), now);
        break;
    case 1:
        (void)v6nf_node_lease_address(&node, &address, any32(), any32(), now);
        break;
    case 2:
        (void)v6nf_node_remove_address(&node, &address);
        break;
#if V6NF_ANYCAST
    case 3:
        (void)v6nf_node_add_anycast(&node, &address, now);
        break;
#endif
    default:
        (void)v6nf_node_set_gateway(&node, &address);
        break;
    }
}

static void change_groups(uint64_t now)
{
    struct v6nf_address group;
    any_address(group.bytes);
    if (below(2) == 0u) {
        (void)v6nf_multicast_join(&node, &group, now);
    } else {
        (void)v6nf_multicast_leave(&node, &group, now);
    }
}

static void change_ping(uint64_t now)
{
    if (node.ping != NULL) {
        v6nf_ping_stop(&ping, &node);
        return;
    }
    struct v6nf_ping_config config = {.size = any8() * 8u, .interval = V6NF_SECOND, .timeout = 3u * V6NF_SECOND, .identifier = 1};
    any_address(config.destination.bytes);
    memset(&ping, 0, sizeof ping);
    (void)v6nf_ping_start(&ping, &node, &config, now);
}

static void change_link(uint64_t now)
{
    if (below(2) == 0u) {
        v6nf_node_link_up(&node, now);
        return;
    }
#if V6NF_ANNOUNCE
    uint8_t other[6];
    any_mac(other);
    if (v6nf_node_set_mac(&node, other, now) == V6NF_OK) {
        memcpy(mac, other, 6);
    }
#endif
}

static uint64_t pass_time(uint64_t now)
{
    static const uint64_t steps[8] = {1, 1000, 100000, V6NF_SECOND, 5u * V6NF_SECOND, 40u * V6NF_SECOND, 600u * V6NF_SECOND,
                                      86400u * V6NF_SECOND};
    uint64_t to = now + steps[below(8)];
    /* As a program that sleeps until something is due, and is late now and then. */
    for (uint32_t i = 0; i < 50u && v6nf_node_next_due(&node) < to; i++) {
        uint64_t due = v6nf_node_next_due(&node);
        now = due > now ? due : now;
        tick_all(now, MTU + 14u);
    }
    tick_all(to, MTU + 14u);
    return to;
}

static uint64_t take_step(uint64_t now)
{
    switch (below(16)) {
    case 0:
    case 1:
    case 2:
        return pass_time(now);
    case 3:
    case 4:
        send_datagram(now);
        break;
    case 5:
        change_addresses(now);
        break;
    case 6:
        change_groups(now);
        break;
    case 7:
        change_ping(now);
        break;
    case 8:
        change_link(now);
        break;
    default:
        receive(now);
        break;
    }
    tick_all(now, MTU + 14u);
    return now;
}

static void make_node(void)
{
    static const uint8_t secret[16] = {1, 2, 3};
    static const uint8_t first_mac[6] = {0x02, 0, 0, 0, 0, 1};
    uint8_t how = any8();
    memcpy(mac, first_mac, 6);
    const struct v6nf_node_config config = {.mac = mac,
                                            .mtu = MTU,
                                            .dad_transmits = how & 1u,
                                            .seed = 1,
                                            .autoconfigure = (how & 2u) != 0u,
                                            .secret = (how & 4u) != 0u ? secret : NULL,
                                            .temporary_addresses = (how & 8u) != 0u,
                                            .optimistic = (how & 16u) != 0u,
                                            .announce = (how & 32u) != 0u,
                                            .plain_detection = (how & 64u) == 0u,
                                            .ignore_redirects = (how & 128u) != 0u};
    memset(&ping, 0, sizeof ping);
    CHECK(v6nf_node_init(&node, &config, 0) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, 7, echo_handler, NULL) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, 9, silent_handler, NULL) == V6NF_OK);
    CHECK(v6nf_udp_bind(&node, 19, length_handler, NULL) == V6NF_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    choices = data;
    choices_left = size;
    last_sent_length = 0;
    make_node();
    uint64_t now = 0;
    tick_all(now, MTU + 14u);
    for (uint32_t i = 0; i < STEPS_MAX && choices_left > 0u; i++) {
        now = take_step(now);
        check_tables();
    }
    return 0;
}
