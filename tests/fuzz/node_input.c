/* node_input.c: a libFuzzer target for v6nf_node_input() and v6nf_node_tick().
 *
 * An input is a byte that selects how the node starts, and a sequence of records: a control byte, the length of a frame
 * (2 bytes, little-endian) and the frame. Each frame has a heap buffer of exactly its capacity: AddressSanitizer
 * detects each access outside it. After each call the checks of node_checks.h run, and each input runs twice (twice.c).
 * seeds.py writes the seeds, with the same addresses and ports. */
#include "node_checks.h"
#include "v6nf/wire/ipv6.h"

#define MTU 1500u
#define RECORDS_MAX 24u
#define RECORD_MAX 2048u
#define IDENTIFIER 0x5049u

/* The first byte. */
#define EARLY 1u    /* the node has not finished Duplicate Address Detection */
#define DISCOVER 2u /* the node is configured by routers */
#define OPAQUE 4u   /* the node has a secret for its addresses */
#define DHCPV6 8u   /* a DHCPv6 client runs, in the mode in bits 4 to 7 */
#define PREFIX 128u /* the client asks for a prefix */

/* The control byte. */
#define TIME_STEP 3u       /* bits 0 and 1: the time that passes before the frame */
#define FIX_CHECKSUM 4u    /* correct the checksum and the transaction-id, so that a mutation passes their checks */
#define FIX_ADDRESSES 8u   /* set the node's Ethernet address and, by bits 4 and 5, one of its IPv6 addresses */
#define LARGE_BUFFER 0x40u /* capacity for the link MTU; else for the frame alone, and for 1280 bytes in a tick */
#define SEND 0x80u         /* afterwards the program sends a datagram to the frame's source */

static const struct v6nf_address own = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
static const struct v6nf_address tentative = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};
static const struct v6nf_address peer = {{0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}};
static const struct v6nf_address gateway = {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFE}};
static const struct v6nf_address all_nodes = {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

static const struct v6nf_address group = {{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB}};
static const struct v6nf_address filtered = {{0xFF, 0x0E, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0E}};

/* -- Received frames ----------------------------------------------------------------------------------------------- */

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
    if (next_header == 0u && payload >= 8u && frame[55] == 0u) { /* Hop-by-Hop Options before MLD */
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

/* Check that a call succeeded, unless the tables are too small. */
static void expect_ok_or_full(enum v6nf_status status)
{
    CHECK(status == V6NF_OK || status == V6NF_FULL);
}

/* -- The DHCPv6 client --------------------------------------------------------------------------------------------- */

static void start_client(uint8_t how, uint64_t now)
{
    has_client = (how & DHCPV6) != 0u;
    if (has_client) {
        struct v6nf_dhcpv6_config config = {.mode = (enum v6nf_dhcpv6_mode)((how >> 4) % 3u),
                                            .iaid = 1,
                                            .rapid_commit = (how & OPAQUE) != 0u,
                                            .wants_prefix = (how & PREFIX) != 0u,
                                            .prefix_length = 60};
        expect_ok_or_full(v6nf_dhcpv6_start(&client, &node, &config, now));
        has_client = client.state != V6NF_DHCPV6_STOPPED;
    }
}

static void fix_transaction(uint8_t *frame, uint32_t length)
{
    if (has_client && length >= 66u && frame[20] == 17u && get16(frame + 56) == 546u) {
        frame[63] = (uint8_t)(client.transaction / 65536u);
        frame[64] = (uint8_t)(client.transaction / 256u);
        frame[65] = (uint8_t)client.transaction;
    }
}

/* Check that the client knows as many leased addresses as the node has. */
static void check_client(void)
{
    if (!has_client) {
        return;
    }
    uint32_t leased = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < node.addresses_used; i++) {
        leased += node.addresses[i].origin == V6NF_ADDRESS_LEASED ? 1u : 0u;
    }
    for (uint32_t i = 0; i < client.addresses_count; i++) {
        known += client.addresses[i].use == V6NF_DHCPV6_LEASED ? 1u : 0u;
    }
    CHECK(leased == known);
}

/* -- The node ------------------------------------------------------------------------------------------------------ */

/* Start a node whose addresses are in use; if EARLY, one that has just started Duplicate Address Detection. */
static uint64_t start_node(uint8_t how)
{
    static const uint8_t secret[16] = {1, 2, 3};
    bool early = (how & EARLY) != 0u;
    const struct v6nf_node_config config = {.mac = mac,
                                            .mtu = MTU,
                                            .dad_transmits = 1,
                                            .seed = 1,
                                            .checksums = device_checksums(),
                                            .autoconfigure = (how & DISCOVER) != 0u,
                                            .secret = (how & OPAQUE) != 0u ? secret : NULL};
    const struct v6nf_ping_config echo = {.destination = peer,
                                          .size = 16,
                                          .identifier = IDENTIFIER,
                                          .interval = V6NF_SECOND,
                                          .timeout = 3u * V6NF_SECOND};
    start_program();
    link_mtu = MTU;
    forget_path_mtus();
    CHECK(v6nf_node_init(&node, &config, 0) == V6NF_OK);
    expect_ok_or_full(v6nf_node_add_address(&node, &own, 64, 0));
    expect_ok_or_full(v6nf_node_set_gateway(&node, &gateway));
    const struct v6nf_filter nothing = {.mode = V6NF_FILTER_INCLUDE};
    const struct v6nf_filter one = {.mode = V6NF_FILTER_INCLUDE, .sources_count = 1, .sources = &peer};
    expect_ok_or_full(v6nf_multicast_join(&node, &group, 0));
    expect_ok_or_full(v6nf_multicast_filter(&node, &filtered, &nothing, &one, 0));
    expect_ok_or_full(v6nf_udp_bind(&node, ECHO_PORT, echo_handler, NULL));
    expect_ok_or_full(v6nf_udp_bind(&node, SILENT_PORT, silent_handler, NULL));
    expect_ok_or_full(v6nf_udp_bind(&node, LENGTH_PORT, length_handler, NULL));
    expect_ok_or_full(v6nf_udp_on_error(&node, SILENT_PORT, error_handler));
    expect_ok_or_full(v6nf_udp_allow_no_checksum(&node, ECHO_PORT, V6NF_UDP_RECEIVE));
    uint64_t now = 0;
    for (uint32_t i = 0; i < 64u && !early && v6nf_node_is_detecting(&node); i++) {
        now = v6nf_node_next_due(&node);
        tick_all(now, MTU + 14u);
    }
    CHECK(early || !v6nf_node_is_detecting(&node));
    expect_ok_or_full(v6nf_node_add_address(&node, &tentative, 64, now));
    CHECK(v6nf_ping_start(&ping, &node, &echo, now) == V6NF_OK);
    start_client(how, now);
    tick_all(now, MTU + 14u);
    return now;
}

/* Receive the frame of one record. */
static void receive_record(uint8_t control, const uint8_t *bytes, uint32_t length, uint64_t now)
{
    uint32_t capacity = (control & LARGE_BUFFER) != 0u ? MTU + 14u : length;
    capacity = capacity < length ? length : capacity;
    uint8_t frame[RECORD_MAX];
    memcpy(frame, bytes, length);
    if ((control & FIX_ADDRESSES) != 0u) {
        fix_addresses(frame, length, control >> 4 & 3u);
    }
    if ((control & FIX_CHECKSUM) != 0u) {
        fix_transaction(frame, length);
        fix_checksum(frame, length);
    }
    (void)receive_frame(frame, length, capacity, now);
    if ((control & SEND) != 0u && length >= 54u) {
        /* The program sends to the source of the frame. */
        struct v6nf_udp_message message = {.remote_port = 5000, .local_port = 1024};
        memcpy(message.remote.bytes, bytes + 22, 16);
        send_datagram(&message, bytes[53], bytes[53] < 24u ? 86u : 62u + bytes[53], now);
    }
}

void note_sent(const uint8_t *frame, uint32_t length, uint64_t now)
{
    (void)frame, (void)length, (void)now;
}

static void run_input(const uint8_t *data, size_t size)
{
    static const uint64_t steps[4] = {0, 1000, V6NF_SECOND, 40u * V6NF_SECOND};
    uint64_t now = start_node(size > 0u ? data[0] : 0u);
    size_t at = size > 0u ? 1u : 0u;
    for (uint32_t i = 0; i < RECORDS_MAX && size - at >= 3u; i++) {
        uint8_t control = data[at];
        uint32_t length = ((uint32_t)data[at + 1u] + (uint32_t)data[at + 2u] * 256u) % (RECORD_MAX + 1u);
        at += 3u;
        length = length < size - at ? length : (uint32_t)(size - at);
        now += steps[control & TIME_STEP];
        uint32_t capacity = (control & LARGE_BUFFER) != 0u ? MTU + 14u : V6NF_IPV6_MTU_MIN + 14u;
        tick_all(now, capacity);
        check_client();
        receive_record(control, data + at, length, now);
        at += length;
        struct v6nf_ping_result result;
        (void)v6nf_ping_result(&ping, &result);
    }
    tick_all(now + 100u * V6NF_SECOND, MTU + 14u);
    check_client();
    if (has_client) {
        v6nf_dhcpv6_stop(&client, now + 100u * V6NF_SECOND);
        v6nf_dhcpv6_stop(&client, now + 100u * V6NF_SECOND);
        CHECK(client.state == V6NF_DHCPV6_STOPPED);
        check_client();
    }
    CHECK(node.routes[0].configured && node.routes[0].valid_until == V6NF_NEVER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    run_twice(run_input, data, size);
    return 0;
}
