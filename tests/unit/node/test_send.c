/* test_send.c: what a call that sends a datagram returns, and what is reported of one that waited and was lost. */
#include "fixture_frame_error.h"
#include "fixture_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/run.h"

#include "../../../src/node/state/path_mtu.h"

#define PORT 7000u
#define PEER_PORT 4000u
#define HEADERS_SIZE 62u /* Ethernet, IPv6 and UDP header */
#define SILENT "2001:db8::99"

static struct fixture f;

/* What the last call of send_message() returned, and the frame that it wrote. */
static struct {
    enum v6nf_send_status status;
    struct test_frame frame;
} sent;

/* Reports of lost datagrams, by status. */
#define REPORTS_MAX 256u
static struct {
    uint32_t count;
    enum v6nf_send_status status[REPORTS_MAX];
    uint8_t first_byte[REPORTS_MAX];
    uint8_t type[REPORTS_MAX];
    uint16_t remote_port[REPORTS_MAX];
} reports;

static void on_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    assert_true(reports.count < REPORTS_MAX);
    reports.status[reports.count] = error->status;
    reports.first_byte[reports.count] = error->length > 0u ? error->payload[0] : 0xFFu;
    reports.type[reports.count] = error->type;
    reports.remote_port[reports.count] = error->remote_port;
    reports.count++;
}

static uint32_t ignore(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context, (void)datagram;
    return 0;
}

static void start(uint32_t mtu)
{
    fixture_start_with(&f, 1, mtu);
    fixture_make_reachable(&f, &f.peer);
    memset(&reports, 0, sizeof reports);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, ignore, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, PORT, on_error), V6NF_OK);
}

static int setup(void **state)
{
    (void)state;
    start(1500);
    return 0;
}

static struct v6nf_udp_message message_to(const char *remote)
{
    return (struct v6nf_udp_message){.remote = test_address_of(remote), .remote_port = PEER_PORT, .local_port = PORT};
}

/* Send `length` bytes, the first of which is `first`, in a buffer of `capacity` bytes. */
static enum v6nf_send_status send_in(uint32_t capacity, const struct v6nf_udp_message *message, uint8_t first,
                                     uint32_t length)
{
    uint32_t frame_length = 0x55555555u;
    uint8_t *buffer = malloc(capacity > 0u ? capacity : 1u);
    assert_non_null(buffer);
    memset(buffer, 0xAA, capacity);
    if (capacity > HEADERS_SIZE) {
        buffer[HEADERS_SIZE] = first;
    }
    sent.status = v6nf_udp_send(&f.node, buffer, length, capacity, message, &frame_length, f.now);
    assert_true(frame_length <= capacity);
    memcpy(sent.frame.bytes, buffer, frame_length);
    sent.frame.length = frame_length;
    free(buffer);
    return sent.status;
}

static enum v6nf_send_status send_message(const struct v6nf_udp_message *message, uint8_t first, uint32_t length)
{
    return send_in(f.capacity, message, first, length);
}

static enum v6nf_send_status send_to(const char *remote, uint32_t length)
{
    struct v6nf_udp_message message = message_to(remote);
    return send_message(&message, 0, length);
}

/* -- What the call returns ----------------------------------------------------------------------------------------- */

static void datagram_to_a_known_neighbor_is_sent(void **state)
{
    (void)state;
    assert_int_equal(send_to(f.peer.address, 10), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.length, HEADERS_SIZE + 10u);
    assert_counted(&f, V6NF_ORIGINATED, 1);
}

static void datagram_to_an_unknown_neighbor_waits(void **state)
{
    (void)state;
    struct test_frame solicitation;
    frame_node_ns(&solicitation, NODE_GLOBAL, SILENT);
    assert_int_equal(send_to(SILENT, 10), V6NF_SEND_WAITS);
    assert_frame(&sent.frame, &solicitation);
    if (V6NF_WAITING_PER_NEIGHBOR > 1u) {
        assert_int_equal(send_to(SILENT, 10), V6NF_SEND_WAITS);
        assert_nothing(&sent.frame); /* one solicitation for both */
    }
    assert_int_equal(reports.count, 0);
}

static void waiting_datagram_is_sent_when_its_neighbor_answers(void **state)
{
    (void)state;
    static const struct test_station silent = {"02:00:00:00:00:99", SILENT};
    struct test_frame answer;
    assert_int_equal(send_to(SILENT, 10), V6NF_SEND_WAITS);
    frame_answer(&answer, &silent, NODE_GLOBAL);
    fixture_input(&f, &answer);
    assert_int_equal(f.out.length, HEADERS_SIZE + 10u);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(reports.count, 0);
}

#if V6NF_LOOPBACK > 0u
/* The destination becomes an address of the node while the router is resolved. */
static void waiting_datagram_is_looped_if_its_destination_is_an_own_address_now(void **state)
{
    (void)state;
    static const struct test_station router = {GATEWAY_MAC, GATEWAY};
    struct test_frame answer;
    assert_int_equal(send_to(OFF_LINK, 10), V6NF_SEND_WAITS);
    fixture_add_address(&f, OFF_LINK, 128);
    uint64_t delivered = f.node.counters[V6NF_DELIVERED];
    frame_answer(&answer, &router, NODE_GLOBAL);
    fixture_input(&f, &answer);
    assert_nothing(&f.out);
    assert_int_equal(f.node.counters[V6NF_DELIVERED], delivered + 1u); /* the advertisement */
    assert_counted(&f, V6NF_LOOPBACK_RECEIVED, 0);
    fixture_tick(&f);
    assert_true(f.node.counters[V6NF_LOOPBACK_RECEIVED] > 0u);
}
#endif

static void each_reason_has_a_status(void **state)
{
    (void)state;
    static const char *const nowhere[] = {"::", "::1", "ff01::1", "::ffff:192.0.2.1"};
    for (uint32_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        assert_int_equal(send_to(nowhere[i], 10), V6NF_SEND_NO_ROUTE);
        assert_nothing(&sent.frame);
    }
    assert_int_equal(send_to(f.peer.address, 65528), V6NF_SEND_TOO_LONG);
    assert_int_equal(send_to(f.peer.address, UINT32_MAX), V6NF_SEND_TOO_LONG);
    assert_int_equal(send_to(f.peer.address, v6nf_udp_max_length(&f.node) + 1u), V6NF_SEND_TOO_LONG);

    struct v6nf_udp_message message = message_to(f.peer.address);
    assert_int_equal(send_in(HEADERS_SIZE + 9u, &message, 0, 10), V6NF_SEND_TOO_LONG);
    assert_int_equal(send_in(0, &message, 0, 0), V6NF_SEND_TOO_LONG);
    message.remote_port = 0;
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_NOT_ALLOWED);
    message = message_to(f.peer.address);
    message.local_port = 0;
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_NOT_ALLOWED);
    assert_counted(&f, V6NF_ORIGINATED, 0);
}

static void without_an_address_there_is_no_source(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    assert_int_equal(send_to("fe80::2", 10), V6NF_SEND_NO_SOURCE);
    assert_nothing(&sent.frame);
}

static void without_a_router_there_is_no_route(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 0);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    assert_int_equal(send_to(OFF_LINK, 10), V6NF_SEND_NO_ROUTE);
    assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);
}

static void datagrams_beyond_the_fragmentation_slots_have_no_buffer(void **state)
{
    (void)state;
    uint32_t length = 1500; /* two fragments: a slot until the next tick */
    f.capacity = 2048;
    if (length <= v6nf_udp_max_length(&f.node)) {
        for (uint32_t i = 0; i < V6NF_FRAGMENTATIONS; i++) {
            assert_int_equal(send_to(f.peer.address, length), V6NF_SEND_SENT);
        }
        assert_int_equal(send_to(f.peer.address, length), V6NF_SEND_NO_BUFFER);
        assert_counted(&f, V6NF_DROP_FRAGMENTATION_FULL, 1);
        fixture_tick(&f);
        assert_int_equal(send_to(f.peer.address, length), V6NF_SEND_SENT);
    }
}

/* A frame that fits the link but no slot cannot wait. It is not too long: it can be sent to a resolved neighbor. */
static void datagram_that_no_slot_holds_has_no_buffer(void **state)
{
    (void)state;
    uint32_t mtu = V6NF_FRAGMENTATION_SIZE + 14u > V6NF_WAITING_FRAME_SIZE ? V6NF_FRAGMENTATION_SIZE + 1u
                                                                           : V6NF_WAITING_FRAME_SIZE - 14u + 1u;
    if (mtu <= 65535u) {
        struct v6nf_udp_message message = message_to(SILENT);
        struct test_frame solicitation;
        frame_node_ns(&solicitation, NODE_GLOBAL, SILENT);
        start(mtu);
        assert_int_equal(send_in(mtu + 14u, &message, 0, mtu - 48u), V6NF_SEND_NO_BUFFER);
        assert_frame(&sent.frame, &solicitation);
        assert_int_equal(send_in(mtu + 14u, &message, 0, mtu - 48u), V6NF_SEND_NO_BUFFER);
        assert_nothing(&sent.frame);
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_int_equal(reports.count, 0);
    }
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= V6NF_SEND_UNREACHABLE; i++) {
        const char *text = v6nf_send_status_text((enum v6nf_send_status)i);
        assert_true(text[0] != '\0');
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(text, v6nf_send_status_text((enum v6nf_send_status)j));
        }
    }
    assert_string_equal(v6nf_send_status_text((enum v6nf_send_status)1000), "unknown status");
}

/* -- What is reported of datagrams that waited -------------------------------------------------------------------- */

static void each_datagram_to_a_silent_neighbor_is_reported_once(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < 6u; i++) {
        struct v6nf_udp_message message = message_to(SILENT);
        assert_int_equal(send_message(&message, i, 10), V6NF_SEND_WAITS);
    }
    /* Later ones replaced earlier ones, oldest first. */
    assert_int_equal(reports.count, 6u - V6NF_WAITING_PER_NEIGHBOR);
    for (uint8_t i = 0; i < reports.count; i++) {
        assert_int_equal(reports.status[i], V6NF_SEND_NO_BUFFER);
        assert_int_equal(reports.type[i], 0);
        assert_int_equal(reports.first_byte[i], i);
        assert_int_equal(reports.remote_port[i], PEER_PORT);
    }
    uint32_t before = reports.count;
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(reports.count, 6);
    for (uint32_t i = before; i < 6u; i++) {
        assert_int_equal(reports.status[i], V6NF_SEND_UNREACHABLE);
        assert_int_equal(reports.type[i], 1); /* Destination Unreachable */
        assert_int_equal(reports.first_byte[i], i);
    }
}

static void datagram_whose_source_was_removed_is_reported(void **state)
{
    (void)state;
    static const struct test_station silent = {"02:00:00:00:00:99", SILENT};
    struct v6nf_address own = test_address_of(NODE_GLOBAL);
    struct test_frame answer;
    assert_int_equal(send_to(SILENT, 10), V6NF_SEND_WAITS);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
    frame_answer(&answer, &silent, NODE_LINK_LOCAL);
    fixture_input(&f, &answer);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(reports.count, 1);
    assert_true(reports.status[0] == V6NF_SEND_NO_SOURCE || reports.status[0] == V6NF_SEND_UNREACHABLE);
}

static void datagrams_that_wait_when_the_link_comes_up_are_reported(void **state)
{
    (void)state;
    assert_int_equal(send_to(SILENT, 10), V6NF_SEND_WAITS);
    v6nf_node_link_up(&f.node, f.now);
    assert_int_equal(reports.count, 1);
}

static void nothing_is_reported_of_answers_to_other_hosts(void **state)
{
    (void)state;
    static const struct test_station unknown = {"02:00:00:00:00:98", "2001:db8::98"};
    struct test_frame request;
    frame_echo_request(&request, &unknown, NODE_GLOBAL, 1, 1, 10);
    fixture_input(&f, &request);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(reports.count, 0);
}

/* -- Who waits: datagrams of the program, and answers to unknown hosts --------------------------------------------- */

/* Slots of the program: a quarter is kept back for replies, at least one. */
#define OWN_SLOTS (V6NF_WAITING - (V6NF_WAITING >= 4u ? V6NF_WAITING / 4u : V6NF_WAITING / 2u))

/* Return the address of a host that the node does not know, in a buffer of the caller. */
static const char *unknown_host(char *text, uint32_t number)
{
    (void)snprintf(text, V6NF_ADDRESS_TEXT_SIZE, "2001:db8::7:%x", (unsigned)number + 1u);
    return text;
}

/* Send the node an Echo Request from this host, whose packets the router or the host itself hands over. */
static void ping_from(const char *address, const char *mac)
{
    const struct test_station from = {mac, address};
    struct test_frame request;
    frame_echo_request(&request, &from, NODE_GLOBAL, 1, 1, 10);
    fixture_input(&f, &request);
}

/* Answer the solicitation of a neighbor. Return the number of packets that this releases. */
static uint32_t release(const char *address)
{
    const struct test_station station = {"02:00:00:00:00:99", address};
    struct test_frame answer;
    fixture_mark(&f);
    frame_answer(&answer, &station, NODE_GLOBAL);
    fixture_input(&f, &answer);
    uint32_t count = f.out.length != 0u ? 1u : 0u;
    fixture_tick(&f);
    return count + f.sent_count;
}

static void replies_evict_no_datagram_that_waits(void **state)
{
    (void)state;
    char address[V6NF_ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < OWN_SLOTS; i++) {
        assert_int_equal(send_to(unknown_host(address, i), 10), V6NF_SEND_WAITS);
    }
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        ping_from(unknown_host(address, 100u + i), "02:00:00:00:00:98");
    }
    assert_int_equal(reports.count, 0);
    for (uint32_t i = 0; i < OWN_SLOTS; i++) {
        assert_int_equal(release(unknown_host(address, i)), 1);
    }
}

#if V6NF_WAITING > 1u
static void unknown_host_is_answered_while_datagrams_wait(void **state)
{
    (void)state;
    char address[V6NF_ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        (void)send_to(unknown_host(address, i), 10);
    }
    ping_from(unknown_host(address, 100), "02:00:00:00:00:98");
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        (void)send_to(unknown_host(address, i), 10);
    }
    assert_int_equal(release(unknown_host(address, 100)), 1);
}

/* Replies in the name of hosts that the program has sent to are replies like any other: they yield to one more. */
static void unknown_host_is_answered_while_replies_to_silent_peers_wait(void **state)
{
    (void)state;
    char address[V6NF_ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < V6NF_WAITING / 2u; i++) {
        assert_int_equal(send_to(unknown_host(address, i), 10), V6NF_SEND_WAITS);
    }
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        ping_from(unknown_host(address, i % (V6NF_WAITING / 2u)), "02:00:00:00:00:98");
    }
    ping_from(unknown_host(address, 100), "02:00:00:00:00:98");
    assert_int_equal(release(unknown_host(address, 100)), 1);
    for (uint32_t i = 0; i < V6NF_WAITING / 2u; i++) {
        assert_true(release(unknown_host(address, i)) >= 1u);
    }
    assert_int_equal(reports.count, 0);
}
#endif

/* They have no more than their share once the program needs the slots. */
static void datagrams_evict_replies_beyond_their_share(void **state)
{
    (void)state;
    char address[V6NF_ADDRESS_TEXT_SIZE];
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        ping_from(unknown_host(address, 100u + i), "02:00:00:00:00:98");
    }
    for (uint32_t i = 0; i < OWN_SLOTS; i++) {
        assert_int_equal(send_to(unknown_host(address, i), 10), V6NF_SEND_WAITS);
    }
    assert_int_equal(reports.count, 0);
    for (uint32_t i = 0; i < OWN_SLOTS; i++) {
        assert_int_equal(release(unknown_host(address, i)), 1);
    }
    for (uint32_t i = OWN_SLOTS; i < V6NF_WAITING; i++) { /* the last ones */
        assert_int_equal(release(unknown_host(address, 100u + i)), 1);
    }
}

/* Each may have V6NF_WAITING_PER_NEIGHBOR packets that wait for the same router. */
static void datagrams_and_replies_to_one_router_evict_only_their_own(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        ping_from(OFF_LINK, GATEWAY_MAC);
    }
    for (uint32_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        assert_int_equal(send_to(OFF_LINK, 10), V6NF_SEND_WAITS);
    }
    for (uint32_t i = 0; i < 3u * V6NF_WAITING; i++) {
        ping_from(OFF_LINK, GATEWAY_MAC);
    }
    assert_int_equal(reports.count, 0);
    uint32_t replies = V6NF_WAITING > 1u ? V6NF_WAITING_PER_NEIGHBOR : 0u;
    assert_int_equal(release(GATEWAY), V6NF_WAITING_PER_NEIGHBOR + replies);
}

/* -- Addresses, ports, hop limit, traffic class, fragments --------------------------------------------------------- */

static void source_address_can_be_chosen(void **state)
{
    (void)state;
    fixture_add_address(&f, "2001:db8::1:1", 64);
    struct v6nf_udp_message message = message_to(f.peer.address);
    static const char *const own[] = {NODE_GLOBAL, "2001:db8::1:1", NODE_LINK_LOCAL};
    for (uint32_t i = 0; i < 3u && i < V6NF_ADDRESSES; i++) {
        message.local = test_address_of(own[i]);
        assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_SENT);
        assert_memory_equal(sent.frame.bytes + 22, message.local.bytes, 16);
        assert_int_equal(frame_checksum(&sent.frame, 18, 17), 0);
    }
}

static void source_address_must_be_usable(void **state)
{
    (void)state;
    struct v6nf_udp_message message = message_to(f.peer.address);
    static const char *const foreign[] = {"2001:db8::77", "::1", "ff02::1"};
    for (uint32_t i = 0; i < 3u; i++) {
        message.local = test_address_of(foreign[i]);
        assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_NO_SOURCE);
        assert_nothing(&sent.frame);
    }
#if V6NF_ANYCAST
    message.local = test_address_of("2001:db8::cafe");
    assert_int_equal(v6nf_node_add_anycast(&f.node, &message.local, f.now), V6NF_OK);
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_NO_SOURCE); /* RFC 4291, 2.6 */
#endif
}

static void hop_limit_and_traffic_class_are_as_asked(void **state)
{
    (void)state;
    struct v6nf_udp_message message = message_to(f.peer.address);
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.bytes[21], 64);
    assert_int_equal(sent.frame.bytes[14], 0x60);
    assert_int_equal(sent.frame.bytes[15] & 0xF0, 0);
    message.hop_limit = 255;
    message.traffic_class = 0xB9; /* DSCP 46, ECT(1) */
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.bytes[21], 255);
    assert_int_equal(sent.frame.bytes[14], 0x6B);
    assert_int_equal(sent.frame.bytes[15] & 0xF0, 0x90);
    message.remote = test_address_of("ff02::1234");
    message.hop_limit = 7;
    assert_int_equal(send_message(&message, 0, 10), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.bytes[21], 7);
}

/* Make the path MTU to the peer `mtu`, by a Packet Too Big about a datagram of `length` bytes. */
static void make_path_mtu(uint32_t mtu, uint32_t length)
{
    struct test_frame quoted;
    struct test_frame error;
    uint8_t body[4 + 1232];
    assert_int_equal(send_to(f.peer.address, length), V6NF_SEND_SENT);
    quoted = sent.frame;
    body[0] = 0;
    body[1] = 0;
    body[2] = (uint8_t)(mtu >> 8);
    body[3] = (uint8_t)mtu;
    memcpy(body + 4, quoted.bytes + 14, 1000);
    frame_icmpv6(&error, NODE_MAC, GATEWAY_MAC, "2001:db8:5::1", NODE_GLOBAL, 64, 2, 0, body, 1004);
    fixture_input(&f, &error);
}

static void path_mtu_of_a_destination_can_be_asked_for(void **state)
{
    (void)state;
    struct v6nf_address peer = test_address_of(f.peer.address);
    struct v6nf_address other = test_address_of(SILENT);
    assert_int_equal(v6nf_node_path_mtu(&f.node, &peer, f.now), 1500);
    make_path_mtu(1300, 1400);
    assert_int_equal(v6nf_node_path_mtu(&f.node, &peer, f.now), 1300);
    assert_int_equal(v6nf_node_path_mtu(&f.node, &other, f.now), 1500);
    f.now += 601u * SECOND; /* a longer packet may be tried again (RFC 8201, 5.3) */
    assert_int_equal(v6nf_node_path_mtu(&f.node, &peer, f.now), 1500);
}

static void datagram_that_must_not_be_fragmented_is_not(void **state)
{
    (void)state;
    make_path_mtu(1300, 1400);
    struct v6nf_udp_message message = message_to(f.peer.address);
    message.dont_fragment = true;
    assert_int_equal(send_message(&message, 0, 1300 - 48), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.bytes[20], 17);
    assert_int_equal(send_message(&message, 0, 1300 - 47), V6NF_SEND_TOO_LONG);
    assert_nothing(&sent.frame);
    message.dont_fragment = false;
    assert_int_equal(send_message(&message, 0, 1300 - 47), V6NF_SEND_SENT);
    assert_int_equal(sent.frame.bytes[20], 44); /* Fragment header */
}

#if V6NF_WAITING > 2u
/* The path MTU decreases while it waits: the link's does, for all destinations. */
static void datagram_that_must_not_be_fragmented_is_not_after_it_waited(void **state)
{
    (void)state;
    static const struct test_station silent = {"02:00:00:00:00:99", SILENT};
    struct test_frame answer;
    for (uint32_t i = 0; i < 2u; i++) {
        start(1500);
        struct v6nf_udp_message message = message_to(SILENT);
        message.dont_fragment = i == 0u;
        assert_int_equal(send_message(&message, 0, 1400), V6NF_SEND_WAITS);
        v6nf_path_mtu_set_link(&f.node, 1300);
        fixture_mark(&f);
        frame_answer(&answer, &silent, NODE_GLOBAL);
        fixture_input(&f, &answer);
        assert_int_equal(reports.count, 1u - i);
        assert_int_equal(f.out.length != 0u, i);
    }
    assert_int_equal(f.out.bytes[20], 44); /* Fragment header */
}

static const struct test_station long_silent = {"02:00:00:00:00:99", SILENT};

/* Let a datagram wait that must not be fragmented, and is too long to wait with the others. Return false if the
 * configuration has no slot for one. */
static bool long_datagram_waits(void)
{
    if (V6NF_FRAGMENTATION_SIZE < 1600u || V6NF_WAITING_FRAME_SIZE > 1600u) {
        return false;
    }
    start(2000);
    struct v6nf_udp_message message = message_to(SILENT);
    message.dont_fragment = true;
    assert_int_equal(send_message(&message, 0, 1540), V6NF_SEND_WAITS);
    return true;
}

/* Let its neighbor answer. Check that it is not sent, and that this is reported. */
static void assert_long_datagram_is_too_long(void)
{
    struct test_frame answer;
    frame_answer(&answer, &long_silent, NODE_GLOBAL);
    fixture_input(&f, &answer);
    fixture_mark(&f);
    fixture_tick(&f);
    assert_sent_count(&f, 0);
    assert_int_equal(reports.count, 1);
    assert_int_equal(reports.status[0], V6NF_SEND_TOO_LONG);
}

static void long_datagram_that_must_not_be_fragmented_is_not_after_it_waited(void **state)
{
    (void)state;
    if (long_datagram_waits()) {
        v6nf_path_mtu_set_link(&f.node, 1300);
        assert_long_datagram_is_too_long();
    }
}

/* Nor is it if the buffer of the tick is too small for it. */
static void datagram_that_must_not_be_fragmented_is_not_for_a_small_buffer(void **state)
{
    (void)state;
    if (long_datagram_waits()) {
        f.capacity = 1294;
        assert_long_datagram_is_too_long();
        assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    }
}
#endif

static void longest_datagram_can_be_asked_for(void **state)
{
    (void)state;
    uint32_t longest = v6nf_udp_max_length(&f.node);
    assert_true(longest >= 1452u);
    f.capacity = TEST_FRAME_MAX;
    if (HEADERS_SIZE + longest <= f.capacity) {
        assert_int_equal(send_to(f.peer.address, longest), V6NF_SEND_SENT);
    }
    assert_int_equal(send_to(f.peer.address, longest + 1u), V6NF_SEND_TOO_LONG);
}

/* -- On a port (v6nf_run_udp_send()) ------------------------------------------------------------------------------- */

#define CABLE_CAPACITY 1514u

static struct v6nf_cable cable;
static struct v6nf_node sender;
static struct v6nf_node receiver;

/* The last frame that the sender committed, and the last datagram that the receiver got. */
static struct {
    uint32_t count;
    uint32_t length;
    uint8_t bytes[CABLE_CAPACITY];
} committed, received;

static void watch(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context, (void)capacity;
    committed.count++;
    committed.length = length;
    memcpy(committed.bytes, frame, length);
    lengths[0] = length;
}

static uint32_t receive(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    received.count++;
    received.length = datagram->length;
    memcpy(received.bytes, datagram->payload, datagram->length);
    return 0;
}

/* Let `time` pass in steps of a millisecond. */
static void run_cable(uint64_t time)
{
    for (uint64_t end = cable.now + time; cable.now < end;) {
        v6nf_cable_advance(&cable, cable.now + MILLISECOND);
        (void)v6nf_run(&sender, &cable.a.port, cable.now);
        (void)v6nf_run(&receiver, &cable.b.port, cable.now);
    }
}

static int setup_cable(void **state)
{
    (void)state;
    assert_true(v6nf_cable_init(&cable, 1500, CABLE_CAPACITY, 1));
    const struct v6nf_node_config config_a = {.mac = cable.a.port.mac, .mtu = 1500, .seed = 1};
    const struct v6nf_node_config config_b = {.mac = cable.b.port.mac, .mtu = 1500, .seed = 2};
    assert_int_equal(v6nf_node_init(&sender, &config_a, 0), V6NF_OK);
    assert_int_equal(v6nf_node_init(&receiver, &config_b, 0), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&receiver, PEER_PORT, receive, NULL), V6NF_OK);
    run_cable(2u * SECOND);
    cable.a.knobs.intercept = watch;
    memset(&committed, 0, sizeof committed);
    memset(&received, 0, sizeof received);
    return 0;
}

static enum v6nf_send_status send_on_port(const void *data, uint32_t length)
{
    const struct v6nf_udp_message message = {
        .remote = receiver.addresses[0].address, .remote_port = PEER_PORT, .local_port = PORT};
    return v6nf_run_udp_send(&sender, &cable.a.port, &message, data, length, cable.now);
}

/* Resolve the receiver, and forget what was committed. */
static void resolve_receiver(void)
{
    assert_int_equal(send_on_port("", 1), V6NF_SEND_WAITS);
    run_cable(10u * MILLISECOND);
    assert_int_equal(received.count, 1);
    memset(&committed, 0, sizeof committed);
    memset(&received, 0, sizeof received);
}

static void port_sends_the_solicitation_of_a_datagram_that_waits(void **state)
{
    (void)state;
    assert_int_equal(send_on_port("datagram", 8), V6NF_SEND_WAITS);
    assert_int_equal(committed.count, 1);
    assert_int_equal(committed.length, 86);
    assert_int_equal(committed.bytes[54], 135); /* Neighbor Solicitation */
    assert_int_equal(received.count, 0);
    run_cable(10u * MILLISECOND);
    assert_int_equal(received.count, 1);
    assert_int_equal(received.length, 8);
    assert_memory_equal(received.bytes, "datagram", 8);
}

static void port_sends_a_copy_of_the_data(void **state)
{
    (void)state;
    uint8_t data[1452];
    uint8_t expected[sizeof data];
    for (uint32_t i = 0; i < sizeof data; i++) {
        data[i] = expected[i] = (uint8_t)(i % 251u);
    }
    resolve_receiver();
    assert_int_equal(send_on_port(data, sizeof data), V6NF_SEND_SENT);
    assert_int_equal(committed.count, 1);
    assert_int_equal(committed.length, CABLE_CAPACITY);
    memset(data, 0, sizeof data);
    run_cable(10u * MILLISECOND);
    assert_int_equal(received.length, sizeof data);
    assert_memory_equal(received.bytes, expected, sizeof data);
    assert_int_equal(send_on_port(NULL, 0), V6NF_SEND_SENT);
    run_cable(10u * MILLISECOND);
    assert_int_equal(received.count, 2);
    assert_int_equal(received.length, 0);
}

static void port_without_a_free_buffer_sends_nothing(void **state)
{
    (void)state;
    resolve_receiver();
    cable.a.knobs.busy = SECOND;
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE; i++) {
        assert_int_equal(send_on_port("datagram", 8), V6NF_SEND_SENT);
    }
    uint64_t originated = sender.counters[V6NF_ORIGINATED];
    assert_int_equal(send_on_port("datagram", 8), V6NF_SEND_NO_BUFFER);
    assert_int_equal(committed.count, V6NF_CABLE_ORIGINATE);
    assert_int_equal(sender.counters[V6NF_ORIGINATED], originated);
    run_cable(2u * SECOND);
    assert_int_equal(received.count, V6NF_CABLE_ORIGINATE);
    assert_int_equal(send_on_port("datagram", 8), V6NF_SEND_SENT);
}

/* No byte is copied past the end of the buffer, and none is read there. */
static void port_refuses_a_datagram_longer_than_its_buffer(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1453, 65527, 65528, UINT32_MAX};
    uint8_t *data = calloc(1, 1452); /* what fits */
    assert_non_null(data);
    resolve_receiver();
    for (uint32_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(send_on_port(data, lengths[i]), V6NF_SEND_TOO_LONG);
    }
    assert_int_equal(committed.count, 0);
    assert_int_equal(send_on_port(data, 1452), V6NF_SEND_SENT); /* the buffer is free again */
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(datagram_to_a_known_neighbor_is_sent, setup),
        cmocka_unit_test_setup(datagram_to_an_unknown_neighbor_waits, setup),
        cmocka_unit_test_setup(waiting_datagram_is_sent_when_its_neighbor_answers, setup),
#if V6NF_LOOPBACK > 0u
        cmocka_unit_test_setup(waiting_datagram_is_looped_if_its_destination_is_an_own_address_now, setup),
#endif
        cmocka_unit_test_setup(each_reason_has_a_status, setup),
        cmocka_unit_test_setup(without_an_address_there_is_no_source, setup),
        cmocka_unit_test_setup(without_a_router_there_is_no_route, setup),
        cmocka_unit_test_setup(datagrams_beyond_the_fragmentation_slots_have_no_buffer, setup),
        cmocka_unit_test_setup(datagram_that_no_slot_holds_has_no_buffer, setup),
        cmocka_unit_test_setup(every_status_has_a_text, setup),
        cmocka_unit_test_setup(each_datagram_to_a_silent_neighbor_is_reported_once, setup),
        cmocka_unit_test_setup(datagram_whose_source_was_removed_is_reported, setup),
        cmocka_unit_test_setup(datagrams_that_wait_when_the_link_comes_up_are_reported, setup),
        cmocka_unit_test_setup(nothing_is_reported_of_answers_to_other_hosts, setup),
        cmocka_unit_test_setup(replies_evict_no_datagram_that_waits, setup),
#if V6NF_WAITING > 1u
        cmocka_unit_test_setup(unknown_host_is_answered_while_datagrams_wait, setup),
        cmocka_unit_test_setup(unknown_host_is_answered_while_replies_to_silent_peers_wait, setup),
#endif
        cmocka_unit_test_setup(datagrams_evict_replies_beyond_their_share, setup),
        cmocka_unit_test_setup(datagrams_and_replies_to_one_router_evict_only_their_own, setup),
        cmocka_unit_test_setup(source_address_can_be_chosen, setup),
        cmocka_unit_test_setup(source_address_must_be_usable, setup),
        cmocka_unit_test_setup(hop_limit_and_traffic_class_are_as_asked, setup),
        cmocka_unit_test_setup(path_mtu_of_a_destination_can_be_asked_for, setup),
        cmocka_unit_test_setup(datagram_that_must_not_be_fragmented_is_not, setup),
#if V6NF_WAITING > 2u
        cmocka_unit_test_setup(datagram_that_must_not_be_fragmented_is_not_after_it_waited, setup),
        cmocka_unit_test_setup(long_datagram_that_must_not_be_fragmented_is_not_after_it_waited, setup),
        cmocka_unit_test_setup(datagram_that_must_not_be_fragmented_is_not_for_a_small_buffer, setup),
#endif
        cmocka_unit_test_setup(longest_datagram_can_be_asked_for, setup),
        cmocka_unit_test_setup(port_sends_the_solicitation_of_a_datagram_that_waits, setup_cable),
        cmocka_unit_test_setup(port_sends_a_copy_of_the_data, setup_cable),
        cmocka_unit_test_setup(port_without_a_free_buffer_sends_nothing, setup_cable),
        cmocka_unit_test_setup(port_refuses_a_datagram_longer_than_its_buffer, setup_cable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
