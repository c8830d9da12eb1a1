/* test_loopback.c: datagrams and pings of the program to the node's own addresses (V6NF_LOOPBACK). */
#include "fixture_node.h"

#include "v6nf/run.h"

#include <stdlib.h>
#include <string.h>

#define SERVER 7000u
#define CLIENT 4000u
#define CLOSED 4001u

#if V6NF_LOOPBACK > 0u

static struct fixture f;

static struct {
    uint32_t server_calls;
    uint32_t lengths[64]; /* of the datagrams that the server has received */
    uint32_t client_calls;
    uint32_t client_answer; /* what the client's handler returns */
    uint8_t bytes[16];
    struct v6nf_address source;
    uint32_t errors;
    uint8_t error_type;
    enum v6nf_send_status error_status;
    bool server_fills; /* the server's handler fills the slots before it answers */
} seen;

static enum v6nf_send_status send_to_self(const char *own, uint16_t port, uint32_t length);


static uint32_t serve(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    seen.lengths[seen.server_calls % 64u] = datagram->length;
    seen.server_calls++;
    memcpy(seen.source.bytes, datagram->source, 16);
    if (datagram->length <= sizeof seen.bytes) {
        memcpy(seen.bytes, datagram->payload, datagram->length);
    }
    for (uint32_t i = 0; seen.server_fills && i < V6NF_LOOPBACK; i++) {
        assert_int_equal(send_to_self(NODE_GLOBAL, CLIENT, 4), V6NF_SEND_SENT);
    }
    return datagram->length;
}

static uint32_t receive(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context, (void)datagram;
    seen.client_calls++;
    return seen.client_answer;
}

static void on_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    seen.errors++;
    seen.error_type = error->type;
    seen.error_status = error->status;
}

static int setup(void **state)
{
    (void)state;
    fixture_start(&f);
    memset(&seen, 0, sizeof seen);
    assert_int_equal(v6nf_udp_bind(&f.node, SERVER, serve, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&f.node, CLIENT, receive, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&f.node, CLIENT, on_error), V6NF_OK);
    return 0;
}

static enum v6nf_send_status send_to_self(const char *own, uint16_t port, uint32_t length)
{
    const struct v6nf_udp_message message = {.remote = test_address_of(own), .remote_port = port, .local_port = CLIENT};
    uint32_t frame_length = 1;
    uint8_t *buffer = calloc(1, f.capacity);
    assert_non_null(buffer);
    for (uint32_t i = 0; i < length; i++) {
        buffer[V6NF_UDP_PAYLOAD + i] = (uint8_t)i;
    }
    enum v6nf_send_status status = v6nf_udp_send(&f.node, buffer, length, f.capacity, &message, &frame_length, f.now);
    assert_int_equal(frame_length, 0); /* nothing is for the link */
    free(buffer);
    return status;
}

static void datagram_to_an_own_address_is_received(void **state)
{
    (void)state;
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    static const uint8_t expected[4] = {0, 1, 2, 3};
    for (uint32_t i = 0; i < 2u; i++) {
        memset(&seen, 0, sizeof seen);
        assert_int_equal(send_to_self(own[i], SERVER, 4), V6NF_SEND_SENT);
        assert_int_equal(seen.server_calls, 0); /* no handler runs inside the call that sends */
        assert_true(v6nf_node_next_due(&f.node) <= f.now);
        fixture_tick(&f);
        assert_int_equal(seen.server_calls, 1);
        assert_memory_equal(seen.bytes, expected, 4);
        struct v6nf_address address = test_address_of(own[i]);
        assert_memory_equal(seen.source.bytes, address.bytes, 16); /* RFC 6724, 5, rule 1 */
        assert_int_equal(seen.client_calls, 1);
        assert_sent_count(&f, 0);
    }
}

static void datagrams_are_received_in_their_order(void **state)
{
    (void)state;
    uint32_t sent = 0;
    for (uint32_t round = 0; round < 5u; round++) {
        for (uint32_t i = 0; i < V6NF_LOOPBACK - round % 2u; i++) { /* so that each slot is the first once */
            sent++;
            assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, sent), V6NF_SEND_SENT);
        }
        fixture_tick(&f);
        assert_int_equal(seen.server_calls, sent);
    }
    for (uint32_t i = 0; i < sent; i++) {
        assert_int_equal(seen.lengths[i], i + 1u);
    }
}

static void two_ports_that_answer_each_other_end(void **state)
{
    (void)state;
    seen.client_answer = 4;
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(seen.server_calls, 1);
    assert_int_equal(seen.client_calls, 1);
    assert_sent_count(&f, 0);
}

static void closed_port_is_reported(void **state)
{
    (void)state;
    assert_int_equal(send_to_self(NODE_GLOBAL, CLOSED, 4), V6NF_SEND_SENT);
    fixture_tick(&f);
    assert_int_equal(seen.errors, 1);
    assert_int_equal(seen.error_type, 1);
    assert_sent_count(&f, 0);
}

static void datagrams_beyond_the_slots_have_no_buffer(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_LOOPBACK; i++) {
        assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
    }
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_NO_BUFFER);
    assert_counted(&f, V6NF_DROP_LOOPBACK_FULL, 1);
    fixture_tick(&f);
    assert_int_equal(seen.server_calls, V6NF_LOOPBACK);
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
}

static void address_that_is_not_usable_is_not_reached(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    assert_int_equal(v6nf_udp_bind(&f.node, CLIENT, receive, NULL), V6NF_OK);
    assert_int_not_equal(send_to_self(NODE_LINK_LOCAL, SERVER, 4), V6NF_SEND_SENT);
}

static void ping_to_an_own_address_is_answered(void **state)
{
    (void)state;
    static struct v6nf_ping ping;
    const struct v6nf_ping_config config = {.destination = test_address_of(NODE_GLOBAL),
                                            .count = 3,
                                            .size = 56,
                                            .identifier = 1,
                                            .interval = SECOND,
                                            .timeout = SECOND};
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_OK);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_true(v6nf_ping_is_done(&ping));
    assert_int_equal(ping.received, 3);
    assert_sent_count(&f, 0);
}

/* A frame from the link with one of the node's own addresses as source must not start a loop. */
static void frame_from_the_link_is_never_looped(void **state)
{
    (void)state;
    struct test_frame in;
    frame_udp(&in, NODE_MAC, NODE_MAC, NODE_GLOBAL, NODE_GLOBAL, 64, SERVER, SERVER, 4);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    uint32_t calls = seen.server_calls;
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(seen.server_calls, calls);
    /* Nor one that has the Ethernet address with which looped packets are marked. */
    for (uint8_t mark = 0; mark < 4u; mark++) {
        memset(in.bytes, 0, 6);
        in.bytes[5] = mark;
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_int_equal(seen.server_calls, calls);
    }
}

/* Nor with an Ethernet address of the node that is like the mark, apart from its last byte. */
static void frame_from_the_link_is_not_looped_for_any_address_of_the_node(void **state)
{
#if V6NF_ANNOUNCE
    static const char *const macs[] = {"00:00:00:00:00:01", "00:00:00:00:00:02", "00:00:00:00:00:03"};
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        struct test_frame in;
        uint8_t mac[6];
        memset(&seen, 0, sizeof seen);
        test_mac(mac, macs[i]);
        assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
        frame_udp(&in, macs[i], "02:00:00:00:00:99", NODE_GLOBAL, NODE_GLOBAL, 64, CLIENT, SERVER, 4);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_int_equal(seen.server_calls, 1);
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_int_equal(seen.client_calls, 0);
    }
#else
    (void)state;
#endif
}

/* Each packet that is received counts once more as what became of it: as delivered, if its answer has no slot. */
static void answer_without_a_slot_is_counted(void **state)
{
    (void)state;
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
    seen.server_fills = true;
    fixture_tick(&f);
    assert_int_equal(seen.server_calls, 1);
    assert_int_equal(seen.client_calls, V6NF_LOOPBACK);
    assert_counted(&f, V6NF_RECEIVED, 1u + V6NF_LOOPBACK);
    assert_counted(&f, V6NF_DELIVERED, 1u + V6NF_LOOPBACK);
    assert_counted(&f, V6NF_DROP_LOOPBACK_FULL, 1);
}

/* Each datagram that is looped is received or reported. */
static void datagram_that_is_not_received_is_reported(void **state)
{
    (void)state;
#if V6NF_FRAGMENTATION_SIZE >= 2048u
    f.capacity = 2062;
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 2000), V6NF_SEND_SENT);
    f.capacity = 1514; /* of the tick */
    fixture_tick(&f);
    assert_int_equal(seen.server_calls, 0);
    assert_int_equal(seen.errors, 1);
    assert_int_equal(seen.error_status, V6NF_SEND_TOO_LONG);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    seen.errors = 0;
#endif
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
    struct v6nf_address own = test_address_of(NODE_GLOBAL);
    assert_int_equal(v6nf_node_remove_address(&f.node, &own), V6NF_OK);
    fixture_tick(&f);
    assert_int_equal(seen.server_calls, 0);
    assert_int_equal(seen.errors, 1);
    assert_int_equal(seen.error_status, V6NF_SEND_NO_SOURCE);
    assert_counted(&f, V6NF_RECEIVED, 1);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 1);
    assert_sent_count(&f, 0);
}

/* A port with one buffer, which reserve() returns until it is sent. */
static struct {
    struct v6nf_port port;
    uint8_t buffer[1514];
    bool is_reserved;
    uint32_t commits;
    enum v6nf_send_status status; /* of the datagram that the handler sends */
} one;

static uint8_t *reserve(struct v6nf_port *port)
{
    (void)port;
    one.is_reserved = true;
    return one.buffer;
}

static void commit(struct v6nf_port *port, uint32_t length)
{
    (void)port, (void)length;
    assert_true(one.is_reserved);
    one.is_reserved = false;
    one.commits++;
}

static uint32_t forward(void *context, struct v6nf_udp_datagram *datagram)
{
    const struct v6nf_udp_message message = {
        .remote = test_address_of(f.peer.address), .remote_port = 9, .local_port = SERVER};
    static const uint8_t other[4] = {9, 9, 9, 9};
    one.status = v6nf_run_udp_send(&f.node, &one.port, &message, other, sizeof other, datagram->now);
    return serve(context, datagram);
}

/* The tick's buffer is the one that the port would give a handler: nothing else is written to it meanwhile. */
static void handler_in_a_tick_does_not_send_from_the_buffer_of_its_datagram(void **state)
{
    (void)state;
    static const struct v6nf_port_operations operations = {.reserve = reserve, .commit = commit};
    static const uint8_t expected[4] = {0, 1, 2, 3};
    memset(&one, 0, sizeof one);
    one.port.operations = &operations;
    one.port.capacity = sizeof one.buffer;
    assert_int_equal(v6nf_udp_bind(&f.node, SERVER, NULL, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&f.node, SERVER, forward, NULL), V6NF_OK);
    assert_int_equal(send_to_self(NODE_GLOBAL, SERVER, 4), V6NF_SEND_SENT);
    (void)v6nf_run_tick(&f.node, &one.port, f.now);
    assert_int_equal(one.status, V6NF_SEND_NO_BUFFER);
    assert_int_equal(seen.server_calls, 1);
    assert_memory_equal(seen.bytes, expected, 4);
    assert_int_equal(seen.client_calls, 1); /* the reply is intact */
    const struct v6nf_udp_message message = {
        .remote = test_address_of(f.peer.address), .remote_port = 9, .local_port = SERVER};
    uint32_t commits = one.commits;
    assert_int_equal(v6nf_run_udp_send(&f.node, &one.port, &message, expected, 4, f.now), V6NF_SEND_WAITS);
    assert_int_equal(one.commits, commits + 1u);
}

/* A datagram waits for a router, its destination becomes an address of the node, and the router is resolved: the
 * advertisement is counted once. */
static void datagram_to_an_address_that_becomes_the_nodes_is_looped(void **state)
{
    (void)state;
    struct test_frame in;
    fixture_udp_send(&f, CLIENT, OFF_LINK, SERVER, 4); /* its gateway is being resolved */
    fixture_add_address(&f, OFF_LINK, 128);
    frame_answer(&in, &f.gateway, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + SECOND);
    assert_int_equal(seen.server_calls, 1);
    assert_int_equal(seen.client_calls, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(datagram_to_an_own_address_is_received, setup),
        cmocka_unit_test_setup(datagrams_are_received_in_their_order, setup),
        cmocka_unit_test_setup(two_ports_that_answer_each_other_end, setup),
        cmocka_unit_test_setup(closed_port_is_reported, setup),
        cmocka_unit_test_setup(datagrams_beyond_the_slots_have_no_buffer, setup),
        cmocka_unit_test_setup(address_that_is_not_usable_is_not_reached, setup),
        cmocka_unit_test_setup(ping_to_an_own_address_is_answered, setup),
        cmocka_unit_test_setup(frame_from_the_link_is_never_looped, setup),
        cmocka_unit_test_setup(frame_from_the_link_is_not_looped_for_any_address_of_the_node, setup),
        cmocka_unit_test_setup(answer_without_a_slot_is_counted, setup),
        cmocka_unit_test_setup(datagram_that_is_not_received_is_reported, setup),
        cmocka_unit_test_setup(handler_in_a_tick_does_not_send_from_the_buffer_of_its_datagram, setup),
        cmocka_unit_test_setup(datagram_to_an_address_that_becomes_the_nodes_is_looped, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0;
}
#endif
