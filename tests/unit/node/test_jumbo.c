/* test_jumbo.c: links with an MTU of 9000, on the cable and with one node alone. */
#include "fixture_node.h"
#include "fixture_router.h"

#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/run.h"
#include "v6nf/wire/icmpv6.h"

#define MTU 9000u
#define MAX_LENGTH (MTU - 48u) /* maximum length of a datagram in one frame */
#define FRAME (MTU + 14u)
#define ECHO_PORT 7u
#define CLOSED_PORT 9u
#define OWN_PORT 7000u

/* Two nodes on a cable: a sends, and b echoes. */
static struct v6nf_cable cable;
static struct v6nf_node a;
static struct v6nf_node b;
static struct v6nf_ping ping;
static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

/* What a received. */
static struct {
    uint32_t datagrams;
    uint32_t length;
    uint8_t payload[MAX_LENGTH];
    uint32_t errors;
    uint8_t type;
    uint8_t code;
    uint32_t quoted;
} received;

/* The longest frame on the cable, in either direction, and the number of frames of the maximum length. */
static uint32_t longest;
static uint32_t full_frames;

static void watch(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context, (void)frame, (void)capacity;
    longest = length > longest ? length : longest;
    full_frames += length == FRAME ? 1u : 0u;
    lengths[0] = length;
}

static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    datagram->unchanged = true;
    return datagram->length;
}

static uint32_t take(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    received.datagrams++;
    received.length = datagram->length;
    memcpy(received.payload, datagram->payload, datagram->length < MAX_LENGTH ? datagram->length : MAX_LENGTH);
    return 0;
}

static void take_error(void *context, const struct v6nf_udp_error *error)
{
    (void)context;
    received.errors++;
    received.type = error->type;
    received.code = error->code;
    received.quoted = error->length;
}

/* Let `time` pass in steps of a millisecond. */
static void run(uint64_t time)
{
    for (uint64_t end = cable.now + time; cable.now < end;) {
        v6nf_cable_advance(&cable, cable.now + MILLISECOND);
        (void)v6nf_run(&a, &cable.a.port, cable.now);
        (void)v6nf_run(&b, &cable.b.port, cable.now);
    }
}

static int setup(void **state)
{
    (void)state;
    memset(&received, 0, sizeof received);
    assert_true(v6nf_cable_init(&cable, MTU, FRAME, 1));
    cable.a.knobs.intercept = watch;
    cable.b.knobs.intercept = watch;
    const struct v6nf_node_config config_a = {.mac = cable.a.port.mac, .mtu = MTU, .seed = 1};
    const struct v6nf_node_config config_b = {.mac = cable.b.port.mac, .mtu = MTU, .seed = 2};
    assert_int_equal(v6nf_node_init(&a, &config_a, 0), V6NF_OK);
    assert_int_equal(v6nf_node_init(&b, &config_b, 0), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&a, OWN_PORT, take, NULL), V6NF_OK);
    assert_int_equal(v6nf_udp_on_error(&a, OWN_PORT, take_error), V6NF_OK);
    assert_int_equal(v6nf_udp_bind(&b, ECHO_PORT, echo, NULL), V6NF_OK);
    run(2u * SECOND);
    longest = 0;
    full_frames = 0;
    return 0;
}

/* Send `length` bytes from a to b, and let the exchange run. */
static void send(uint16_t port, uint32_t length)
{
    uint8_t *frame = cable.a.port.operations->reserve(&cable.a.port);
    assert_non_null(frame);
    for (uint32_t i = 0; i < length; i++) {
        frame[V6NF_UDP_PAYLOAD + i] = (uint8_t)(i % 251u);
    }
    const struct v6nf_udp_message message = {
        .remote = b.addresses[0].address, .remote_port = port, .local_port = OWN_PORT};
    uint32_t leaves = 0;
    (void)v6nf_udp_send(&a, frame, length, cable.a.port.capacity, &message, &leaves, cable.now);
    if (leaves != 0u) {
        cable.a.port.operations->commit(&cable.a.port, leaves);
    }
    run(10u * MILLISECOND);
}

static void datagram_that_fills_a_jumbo_frame_is_echoed_in_one(void **state)
{
    (void)state;
    send(ECHO_PORT, 1); /* b is resolved */
    received.datagrams = 0;
    send(ECHO_PORT, MAX_LENGTH);
    assert_int_equal(received.datagrams, 1);
    assert_int_equal(received.length, MAX_LENGTH);
    for (uint32_t i = 0; i < MAX_LENGTH; i++) {
        assert_int_equal(received.payload[i], i % 251u);
    }
    assert_int_equal(longest, FRAME);
    assert_int_equal(full_frames, 2); /* each way one frame, no fragments */
}

/* A frame waits in a slot that is large enough, of the queue or of fragmentation. A longer one is lost, but its
 * neighbor is resolved. */
static void first_jumbo_frame_waits_if_a_slot_is_large_enough(void **state)
{
    (void)state;
    send(ECHO_PORT, MAX_LENGTH);
    uint32_t waits = V6NF_WAITING_FRAME_SIZE >= FRAME || V6NF_FRAGMENTATION_SIZE + 14u >= FRAME ? 1u : 0u;
    assert_int_equal(received.datagrams, waits);
    assert_int_equal(a.counters[V6NF_DROP_WAITING_SIZE], 1u - waits);
    send(ECHO_PORT, MAX_LENGTH);
    assert_int_equal(received.datagrams, 1u + waits);
    assert_int_equal(received.length, MAX_LENGTH);
}

static void ping_that_fills_a_jumbo_frame_is_answered(void **state)
{
    (void)state;
    const struct v6nf_ping_config config = {.destination = b.addresses[0].address,
                                            .count = 3,
                                            .size = MAX_LENGTH,
                                            .identifier = 1,
                                            .interval = SECOND,
                                            .timeout = SECOND};
    send(ECHO_PORT, 1);
    full_frames = 0;
    assert_int_equal(v6nf_ping_start(&ping, &a, &config, cable.now), V6NF_OK);
    run(5u * SECOND);
    assert_int_equal(ping.received, 3);
    assert_int_equal(ping.damaged, 0);
    assert_int_equal(full_frames, 6);
}

/* The error is no longer than the minimum MTU (RFC 4443, 2.4 (c)). */
static void error_about_a_jumbo_frame_has_1280_bytes(void **state)
{
    (void)state;
    send(ECHO_PORT, 1);
    uint64_t before = cable.b.counters.sent_bytes;
    send(CLOSED_PORT, MAX_LENGTH);
    assert_int_equal(received.errors, 1);
    assert_int_equal(received.type, V6NF_ICMPV6_DESTINATION_UNREACHABLE);
    assert_int_equal(received.code, V6NF_ICMPV6_PORT_UNREACHABLE);
    assert_int_equal(received.quoted, 1280u - 48u - 48u);
    assert_int_equal(cable.b.counters.sent_bytes - before, 1280u + 14u);
}

/* -- Routers (RFC 4861, 6.3.4) ------------------------------------------------------------------------------------- */

static void router_may_lower_the_mtu_of_a_jumbo_link(void **state)
{
    static const uint32_t cases[][2] = {{8000, 8000}, {9000, 9000},  {9001, 9000},
                                        {1500, 1500}, {65536, 1500}, {8999, 8999}};
    uint8_t mac[6];
    (void)state;
    test_mac(mac, NODE_MAC);
    fixture_start_discovery(&f, 1, 0, NULL);
    const struct v6nf_node_config config = {.mac = mac, .mtu = MTU, .seed = 1, .autoconfigure = true};
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
    f.capacity = FRAME;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        frame_ra(&in, &router_1, 1800, 0);
        ra_mtu(&in, cases[i][0]);
        fixture_input_silent(&f, &in);
        assert_int_equal(f.node.mtu, cases[i][1]);
        fixture_udp_send(&f, 1000, "ff02::1", 2000, cases[i][1] - 48u);
        frame_udp(&expected, "33:33:00:00:00:01", NODE_MAC, NODE_LINK_LOCAL, "ff02::1", 1, 1000, 2000,
                  cases[i][1] - 48u);
        assert_frame(&f.out, &expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(datagram_that_fills_a_jumbo_frame_is_echoed_in_one, setup),
        cmocka_unit_test_setup(first_jumbo_frame_waits_if_a_slot_is_large_enough, setup),
        cmocka_unit_test_setup(ping_that_fills_a_jumbo_frame_is_answered, setup),
        cmocka_unit_test_setup(error_about_a_jumbo_frame_has_1280_bytes, setup),
        cmocka_unit_test(router_may_lower_the_mtu_of_a_jumbo_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
