/* test_ping.c: the Echo client (ping.h; RFC 4443, 4). */
#include "fixture_exchange.h"

#include <stdio.h>
#include <string.h>

#include "v6nf/driver/cable.h"
#include "v6nf/run.h"

#define IDENTIFIER 0xABCDu
#define SIZE 56u

static struct v6nf_ping ping;
static struct v6nf_ping_config config;

static void prepare(const char *destination)
{
    config = (struct v6nf_ping_config){.destination = test_address_of(destination),
                                       .size = SIZE,
                                       .identifier = IDENTIFIER,
                                       .interval = SECOND,
                                       .timeout = 2u * SECOND};
}

static int setup(void **state)
{
    (void)setup_exchange(state);
    prepare(f.peer.address);
    return 0;
}

static void start(void)
{
    memset(&ping, 0xA5, sizeof ping); /* start() must not depend on what the memory held */
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_OK);
}

/* Build the Echo Request that the node must send to the peer. */
static void expect_request(uint16_t sequence)
{
    frame_echo(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 128, IDENTIFIER, sequence, config.size);
}

static void make_reply(uint16_t sequence)
{
    frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 129, IDENTIFIER, sequence, config.size);
}

static void reply(uint16_t sequence)
{
    make_reply(sequence);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

/* Build an ICMPv6 error from a router that quotes `length` bytes of the node's Echo Request. */
static void make_error(uint8_t type, uint8_t code, uint16_t sequence, uint32_t length)
{
    const struct test_station router = {.mac = GATEWAY_MAC, .address = "2001:db8::fe"};
    expect_request(sequence);
    frame_error_from(&in, &router, NODE_GLOBAL, type, code, type == 2u ? 1280u : 0u, &expected, length);
    in.bytes[21] = 61; /* three routers on the path */
}

static struct v6nf_ping_result next_result(void)
{
    struct v6nf_ping_result result;
    if (!v6nf_ping_result(&ping, &result)) {
        fail_msg("there is no result");
    }
    return result;
}

static void assert_no_result(void)
{
    static const struct v6nf_ping_result nothing = {0};
    struct v6nf_ping_result result;
    memset(&result, 0xA5, sizeof result);
    assert_false(v6nf_ping_result(&ping, &result));
    assert_int_equal(result.event, nothing.event);
    assert_int_equal(result.sequence, 0);
    assert_memory_equal(result.source.bytes, nothing.source.bytes, 16);
}

static void assert_source(const struct v6nf_ping_result *result, const char *source)
{
    struct v6nf_address address = test_address_of(source);
    assert_memory_equal(result->source.bytes, address.bytes, 16);
}

/* Check that the frame belongs to no request. */
static void assert_ignored(enum v6nf_counter cause)
{
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    fixture_assert_counted(&f, cause, 1, v6nf_counter_text(cause), __FILE__, __LINE__);
    assert_no_result();
}

/* -- Requests ------------------------------------------------------------------------------------------------------ */

static void requests_leave_one_an_interval(void **state)
{
    (void)state;
    const uint64_t begin = f.now;
    config.count = 5;
    config.interval = 300u * MILLISECOND;
    config.timeout = SECOND; /* before a fifth needs a slot, if there are four */
    start();
    assert_true(v6nf_node_next_due(&f.node) <= f.now);
    fixture_run_until(&f, begin + 10u * SECOND);
    assert_true(f.sent_count >= 5u); /* and probes: no host answers */
    uint32_t requests = 0;
    for (uint32_t i = 0; i < f.sent_count; i++) {
        if (f.sent[i].frame.bytes[54] == 128u) {
            expect_request((uint16_t)(requests + 1u));
            assert_sent(&f, i, begin + requests * config.interval, &expected);
            requests++;
        }
    }
    assert_int_equal(requests, 5);
    assert_int_equal(ping.transmitted, 5);
}

static void requests_of_any_size(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 1452u; size += 11u) {
        config.size = size;
        start();
        fixture_mark(&f);
        fixture_tick(&f);
        expect_request(1);
        assert_sent_count(&f, 1);
        assert_sent(&f, 0, f.now, &expected);
        reply(1);
        assert_int_equal(next_result().event, V6NF_PING_REPLY);
        v6nf_ping_stop(&ping, &f.node);
    }
}

static void start_reports_each_error(void **state)
{
    (void)state;
    const struct v6nf_ping_config good = config;
    config.interval = 0;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config = good;
    config.timeout = 0;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config = good;
    config.interval = V6NF_PING_TIME_MAX + 1u;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config = good;
    config.timeout = V6NF_PING_TIME_MAX + 1u;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config = good;
    config.size = (V6NF_FRAGMENTATION_SIZE > 1500u ? V6NF_FRAGMENTATION_SIZE : 1500u) - 47u;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config.size = UINT32_MAX;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    config = good;
    config.destination = test_address_of("::");
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    assert_null(f.node.ping);
    config = good;
    config.size = 1452;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_OK);
}

static void a_node_drives_one_ping(void **state)
{
    (void)state;
    static struct v6nf_ping second;
    start();
    assert_int_equal(v6nf_ping_start(&second, &f.node, &config, f.now), V6NF_EXISTS);
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_EXISTS);
    v6nf_ping_stop(&second, &f.node); /* this one does not drive the node */
    fixture_tick(&f);
    assert_sent_count(&f, 1);
    v6nf_ping_stop(&ping, &f.node);
    assert_int_equal(v6nf_ping_start(&second, &f.node, &config, f.now), V6NF_OK);
}

/* The call checks first, and clears nothing. */
static void second_start_changes_nothing(void **state)
{
    (void)state;
    static struct v6nf_ping before;
    start();
    fixture_tick(&f);
    before = ping;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_EXISTS);
    config.interval = 0;
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &config, f.now), V6NF_INVALID);
    assert_memory_equal(&ping, &before, sizeof ping);
    reply(1);
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
}

static void ping_is_started_again_with_its_own_settings(void **state)
{
    (void)state;
    start();
    const struct v6nf_ping_config before = ping.config;
    v6nf_ping_stop(&ping, &f.node);
    assert_int_equal(v6nf_ping_start(&ping, &f.node, &ping.config, f.now), V6NF_OK);
    assert_memory_equal(&ping.config, &before, sizeof before);
}

/* A node that is initialized again drives no ping. The ping that it drove does no harm. */
static void ping_survives_a_node_that_is_initialized_again(void **state)
{
    (void)state;
    static struct v6nf_ping second;
    start();
    fixture_tick(&f);
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    assert_null(f.node.ping);
    assert_int_equal(v6nf_ping_start(&second, &f.node, &config, f.now), V6NF_OK);
    v6nf_ping_stop(&ping, &f.node);
    fixture_mark(&f);
    fixture_tick(&f);
    assert_sent_count(&f, 1);
    assert_true(second.transmitted == 1u);
}

static void stopped_ping_is_silent_and_keeps_its_totals(void **state)
{
    (void)state;
    start();
    fixture_tick(&f);
    f.now += 10u;
    reply(1);
    fixture_run_until(&f, f.now + SECOND);
    v6nf_ping_stop(&ping, &f.node);
    make_reply(2);
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_ECHO_REPLY, 1);
    make_error(1, 0, 2, 48);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DROP_ICMPV6_ERROR, 1);
    fixture_run_until(&f, f.now + 4u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(ping.transmitted, 2);
    assert_int_equal(ping.received, 1);
    assert_int_equal(ping.timeouts, 0);
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
}

static void ping_started_again_begins_with_empty_totals(void **state)
{
    (void)state;
    start();
    fixture_run_until(&f, f.now + SECOND);
    v6nf_ping_stop(&ping, &f.node);
    config.destination = test_address_of(f.peer.address);
    start();
    assert_no_result();
    fixture_mark(&f);
    fixture_tick(&f);
    expect_request(1);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    make_reply(2); /* to the ping before */
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    assert_int_equal(ping.transmitted, 1);
    assert_int_equal(ping.received, 0);
}

/* A program that ticks late does not catch up in a burst. */
static void late_program_sends_no_burst(void **state)
{
    (void)state;
    start();
    fixture_tick(&f);
    fixture_mark(&f);
    f.now += 3600u * SECOND + 1u;
    fixture_tick(&f);
    assert_int_equal(ping.transmitted, 2);
    fixture_run_until(&f, f.now + SECOND - 1u);
    assert_int_equal(ping.transmitted, 2);
    fixture_run_until(&f, f.now + 1u);
    assert_int_equal(ping.transmitted, 3);
}

/* Each request that cannot be sent has one result: its cause, as the node counted it. */
static void assert_not_sent(uint16_t sequence, enum v6nf_send_status status)
{
    struct v6nf_ping_result result = next_result();
    assert_int_equal(result.event, V6NF_PING_NOT_SENT);
    assert_int_equal(result.sequence, sequence);
    assert_string_equal(v6nf_send_status_text(result.status), v6nf_send_status_text(status));
    assert_memory_equal(result.source.bytes, config.destination.bytes, 16);
}

/* None is sent, and none is lost. */
static void assert_none_is_sent(enum v6nf_send_status status, enum v6nf_counter cause)
{
    config.count = 3;
    config.interval = 100u * MILLISECOND;
    start();
    fixture_mark(&f);
    for (uint16_t sequence = 1; sequence <= 3u; sequence++) {
        fixture_tick(&f);
        assert_not_sent(sequence, status);
        assert_no_result();
        assert_true(v6nf_ping_is_done(&ping) == (sequence == 3u));
        fixture_run_until(&f, f.now + config.interval - 1u);
        f.now++;
    }
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_no_result();
    for (uint32_t i = 0; i < f.sent_count; i++) {
        assert_int_not_equal(f.sent[i].frame.bytes[54], 128);
    }
    fixture_assert_counted(&f, cause, 3, v6nf_counter_text(cause), __FILE__, __LINE__);
    assert_true(ping.not_sent == 3u);
    assert_true(ping.transmitted == 0u && ping.timeouts == 0u && ping.errors == 0u && ping.outstanding == 0u);
    v6nf_ping_stop(&ping, &f.node);
}

static void request_that_does_not_fit_the_buffer_is_not_sent(void **state)
{
    (void)state;
    config.size = 1452;
    f.capacity = 1513;
    assert_none_is_sent(V6NF_SEND_TOO_LONG, V6NF_DROP_CAPACITY);
}

#if V6NF_FRAGMENTATION_SIZE >= 3048u
/* It would be sent in fragments, but is written in one buffer. */
static void request_longer_than_the_buffers_is_not_sent(void **state)
{
    (void)state;
    config.size = 3000;
    assert_none_is_sent(V6NF_SEND_TOO_LONG, V6NF_DROP_CAPACITY);
    f.capacity = 3062;
    start();
    fixture_mark(&f);
    fixture_tick(&f);
    assert_sent_count(&f, 3);
    assert_true(ping.transmitted == 1u);
}
#endif

static void request_to_an_impossible_destination_is_not_sent(void **state)
{
    (void)state;
    static const char *const destinations[] = {NODE_GLOBAL, NODE_LINK_LOCAL, "::1", "ff01::1", "ff00::1"};
    for (uint32_t i = V6NF_LOOPBACK > 0u ? 2u : 0u; i < sizeof destinations / sizeof destinations[0]; i++) {
        prepare(destinations[i]);
        assert_none_is_sent(V6NF_SEND_NO_ROUTE, V6NF_DROP_NO_ROUTE);
    }
}

/* -- Replies ------------------------------------------------------------------------------------------------------- */

static void reply_is_reported(void **state)
{
    (void)state;
    config.count = 1;
    start();
    fixture_tick(&f);
    assert_false(v6nf_ping_is_done(&ping));
    f.now += 1234u;
    make_reply(1);
    in.bytes[21] = 37;
    fixture_mark(&f);
    fixture_input(&f, &in);
    assert_counted(&f, V6NF_DELIVERED, 1);
    struct v6nf_ping_result result = next_result();
    assert_int_equal(result.event, V6NF_PING_REPLY);
    assert_int_equal(result.sequence, 1);
    assert_int_equal(result.hop_limit, 37);
    assert_int_equal(result.size, 8u + SIZE);
    assert_true(result.time == 1234u);
    assert_source(&result, f.peer.address);
    assert_no_result();
    assert_true(v6nf_ping_is_done(&ping));
    assert_int_equal(ping.received, 1);
    fixture_run_until(&f, f.now + 4u * SECOND);
    assert_int_equal(ping.timeouts, 0);
    assert_int_equal(ping.transmitted, 1);
}

static void replies_to_others_are_ignored(void **state)
{
    (void)state;
    const struct test_station other = {.mac = "02:00:00:00:00:02", .address = "2001:db8::3"};
    start();
    fixture_tick(&f);
    frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 129, IDENTIFIER ^ 1u, 1, SIZE);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 129, IDENTIFIER ^ 0x100u, 1, SIZE);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    frame_echo(&in, NODE_MAC, other.mac, other.address, NODE_GLOBAL, 129, IDENTIFIER, 1, SIZE);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    static const uint16_t sequences[] = {0, 2, 1 + V6NF_PING_OUTSTANDING, 65535};
    for (uint32_t i = 0; i < 4u; i++) {
        make_reply(sequences[i]);
        assert_ignored(V6NF_DROP_ECHO_REPLY);
    }
    reply(1);
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
}

static void replies_without_a_ping_are_ignored(void **state)
{
    (void)state;
    make_reply(1);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_DROP_ECHO_REPLY, 1);
}

static void duplicate_replies_are_reported_as_such(void **state)
{
    (void)state;
    start();
    fixture_tick(&f);
    for (uint32_t i = 0; i < 4u; i++) {
        f.now += 100u;
        reply(1);
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, i == 0u ? V6NF_PING_REPLY : V6NF_PING_DUPLICATE);
        assert_int_equal(result.sequence, 1);
        assert_true(result.time == 100u * (i + 1u));
    }
    assert_int_equal(ping.received, 1);
    assert_int_equal(ping.duplicates, 3);
    assert_int_equal(ping.outstanding, 0);
}

static void damaged_replies_are_reported_as_such(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {SIZE, SIZE, SIZE, SIZE - 1u, SIZE + 1u, 0};
    static const uint32_t changed[] = {62, 62 + 30, 62 + SIZE - 1, 0, 0, 0};
    for (uint32_t i = 0; i < 6u; i++) {
        config.count = 1;
        start();
        fixture_tick(&f);
        frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 129, IDENTIFIER, 1, sizes[i]);
        if (changed[i] != 0u) {
            in.bytes[changed[i]] ^= 0x10u;
            frame_fix_checksum(&in);
        }
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, V6NF_PING_DAMAGED);
        assert_int_equal(result.sequence, 1);
        assert_int_equal(result.size, 8u + sizes[i]);
        assert_source(&result, f.peer.address);
        assert_int_equal(ping.received, 0);
        assert_int_equal(ping.damaged, 1);
        assert_true(ping.time_sum == 0u);
        assert_false(v6nf_ping_is_done(&ping));
        fixture_run_until(&f, f.now + config.timeout);
        assert_int_equal(next_result().event, V6NF_PING_TIMEOUT);
        assert_true(v6nf_ping_is_done(&ping));
        v6nf_ping_stop(&ping, &f.node);
    }
}

/* Data are 0, 1, 2, ... modulo 256. Bytes after 255 count, too. A damaged reply does not end the wait. */
static void each_byte_of_the_data_is_compared(void **state)
{
    (void)state;
    config.size = 600;
    start();
    fixture_tick(&f);
    for (uint32_t at = 0; at < 600u; at++) {
        make_reply(1);
        in.bytes[62u + at] ^= 0x80u;
        frame_fix_checksum(&in);
        fixture_input(&f, &in);
        assert_int_equal(ping.damaged, at + 1u);
        assert_int_equal(ping.received, 0);
    }
    reply(1);
    assert_int_equal(ping.received, 1);
    assert_int_equal(ping.outstanding, 0);
}

/* -- Time-out ------------------------------------------------------------------------------------------------------ */

static void request_times_out_at_the_timeout(void **state)
{
    (void)state;
    config.count = 1;
    config.timeout = 1500u * MILLISECOND;
    start();
    fixture_tick(&f);
    const uint64_t sent = f.now;
    fixture_run_until(&f, sent + config.timeout - 1u);
    assert_no_result();
    assert_false(v6nf_ping_is_done(&ping));
    assert_true(v6nf_node_next_due(&f.node) <= sent + config.timeout);
    fixture_run_until(&f, sent + config.timeout);
    struct v6nf_ping_result result = next_result();
    assert_int_equal(result.event, V6NF_PING_TIMEOUT);
    assert_int_equal(result.sequence, 1);
    assert_source(&result, f.peer.address);
    assert_int_equal(ping.timeouts, 1);
    assert_true(v6nf_ping_is_done(&ping));
    assert_no_result();
}

/* A reply after the reported timeout changes nothing. */
static void reply_after_the_timeout_is_ignored(void **state)
{
    (void)state;
    config.count = 1;
    start();
    fixture_tick(&f);
    fixture_run_until(&f, f.now + config.timeout);
    assert_int_equal(next_result().event, V6NF_PING_TIMEOUT);
    make_reply(1);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    make_error(1, 3, 1, 48);
    assert_ignored(V6NF_DROP_ICMPV6_ERROR);
    assert_int_equal(ping.received, 0);
    assert_int_equal(ping.timeouts, 1);
    assert_int_equal(ping.errors, 0);
}

static void each_request_has_its_own_timeout(void **state)
{
    (void)state;
    const uint64_t begin = f.now;
    config.count = 3;
    config.timeout = 2500u * MILLISECOND;
    start();
    fixture_run_until(&f, begin + 2u * SECOND);
    reply(2);
    assert_int_equal(next_result().sequence, 2);
    fixture_run_until(&f, begin + 2500u * MILLISECOND);
    assert_int_equal(next_result().sequence, 1);
    assert_no_result();
    fixture_run_until(&f, begin + 4500u * MILLISECOND - 1u);
    assert_no_result();
    fixture_run_until(&f, begin + 4500u * MILLISECOND);
    struct v6nf_ping_result result = next_result();
    assert_int_equal(result.event, V6NF_PING_TIMEOUT);
    assert_int_equal(result.sequence, 3);
    assert_true(v6nf_ping_is_done(&ping));
}

/* With the longest timeout the node sleeps between its requests. */
static void longest_timeout_lets_the_node_sleep(void **state)
{
    (void)state;
    config.timeout = V6NF_PING_TIME_MAX;
    start();
    for (uint16_t i = 1; i <= 5u; i++) {
        fixture_tick(&f);
        reply(i);
        fixture_run_until(&f, f.now + SECOND);
    }
    assert_true(v6nf_node_next_due(&f.node) > f.now);
    assert_int_equal(ping.timeouts, 0);
}

/* -- ICMPv6 errors ------------------------------------------------------------------------------------------------- */

static void errors_about_a_request_are_reported(void **state)
{
    (void)state;
    static const uint8_t errors[][2] = {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {4, 1}};
    for (uint32_t i = 0; i < 9u; i++) {
        config.count = 1;
        start();
        fixture_tick(&f);
        make_error(errors[i][0], errors[i][1], 1, 48u + i);
        fixture_mark(&f);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_DELIVERED, 1);
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, V6NF_PING_ERROR);
        assert_int_equal(result.sequence, 1);
        assert_int_equal(result.type, errors[i][0]);
        assert_int_equal(result.code, errors[i][1]);
        assert_int_equal(result.hop_limit, 61);
        assert_int_equal(result.size, 8u + 48u + i);
        assert_source(&result, "2001:db8::fe");
        assert_int_equal(ping.errors, 1);
        assert_true(v6nf_ping_is_done(&ping));
        assert_ignored(V6NF_DROP_ICMPV6_ERROR); /* a second time */
        v6nf_ping_stop(&ping, &f.node);
    }
}

/* Change one byte of the quotation, and check that the error is ignored. */
static void assert_not_about_a_request(uint32_t at, uint8_t mask)
{
    make_error(1, 0, 1, 48);
    in.bytes[54u + 8u + at] ^= mask;
    frame_fix_checksum(&in);
    assert_ignored(V6NF_DROP_ICMPV6_ERROR);
}

static void errors_about_something_else_are_ignored(void **state)
{
    (void)state;
    start();
    fixture_tick(&f);
    assert_not_about_a_request(6, 58u ^ 17u);    /* next header */
    assert_not_about_a_request(24, 0x01);        /* first byte of the destination */
    assert_not_about_a_request(39, 0x01);        /* and the last */
    assert_not_about_a_request(40, 128u ^ 129u); /* an Echo Reply */
    assert_not_about_a_request(44, 0x01);        /* identifier */
    assert_not_about_a_request(45, 0x01);
    assert_not_about_a_request(46, 0x01); /* sequence number */
    assert_not_about_a_request(47, 0x02);
    for (uint32_t length = 40; length < 48u; length++) { /* too short to identify the request */
        make_error(1, 0, 1, length);
        f.capacity = in.length;
        assert_ignored(V6NF_DROP_ICMPV6_ERROR);
    }
    make_error(1, 0, 1, 48);
    f.capacity = in.length;
    fixture_input(&f, &in);
    assert_int_equal(next_result().event, V6NF_PING_ERROR);
}

static void error_after_the_reply_is_ignored(void **state)
{
    (void)state;
    start();
    fixture_tick(&f);
    reply(1);
    (void)next_result();
    make_error(1, 0, 1, 48);
    assert_ignored(V6NF_DROP_ICMPV6_ERROR);
    assert_int_equal(ping.errors, 0);
    assert_int_equal(ping.outstanding, 0);
}

static void reply_after_the_error_is_not_counted_twice(void **state)
{
    (void)state;
    config.count = 1;
    start();
    fixture_tick(&f);
    make_error(3, 0, 1, 48);
    fixture_input(&f, &in);
    (void)next_result();
    make_reply(1);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    assert_int_equal(ping.errors, 1);
    assert_int_equal(ping.received, 0);
    assert_int_equal(ping.outstanding, 0);
}

/* Packet Too Big is obeyed for packets that the node sent, not for those that it cannot have sent. */
static void errors_about_a_request_that_was_not_sent_are_ignored(void **state)
{
    (void)state;
    config.size = 1452;
    f.capacity = 1513;
    start();
    fixture_tick(&f);
    assert_int_equal(next_result().event, V6NF_PING_NOT_SENT);
    make_error(2, 0, 1, 1232);
    assert_ignored(V6NF_DROP_ICMPV6_ERROR);
}

/* -- No destination ------------------------------------------------------------------------------------------------ */

#if V6NF_WAITING_PER_NEIGHBOR >= 3 /* three packets wait for one neighbor */
/* The neighbor is solicited three times, a second apart (RFC 4861, 7.2.2 and 10). What waited for it is then
 * unreachable. */
static void silent_neighbor_makes_waiting_requests_unreachable(void **state)
{
    (void)state;
    const uint64_t begin = f.now;
    prepare("2001:db8::77");
    config.timeout = 60u * SECOND;
    config.interval = 900u * MILLISECOND;
    config.count = 3;
    start();
    fixture_run_until(&f, begin + 3u * SECOND - 1u);
    assert_no_result();
    fixture_run_until(&f, begin + 3u * SECOND);
    for (uint16_t sequence = 1; sequence <= 3u; sequence++) {
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, V6NF_PING_ERROR);
        assert_int_equal(result.sequence, sequence);
        assert_int_equal(result.type, 1);
        assert_int_equal(result.code, 3);
        assert_source(&result, NODE_GLOBAL);
    }
    assert_int_equal(ping.errors, 3);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 3);
    assert_true(v6nf_ping_is_done(&ping));
    frame_node_ns(&expected, NODE_GLOBAL, "2001:db8::77");
    assert_sent_count(&f, 3);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_sent(&f, i, begin + i * SECOND, &expected);
    }
}
#endif

/* A scan makes the node resolve as many unknown neighbors as the limit allows. The program's neighbor is still
 * resolved (RFC 6583, 6.2). */
static void request_is_not_delayed_by_unknown_hosts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u * V6NF_NEIGHBORS; i++) {
        char address[40];
        (void)snprintf(address, sizeof address, "2001:db8::5:%x", 0x1000u + i);
        struct test_station unknown = {"02:00:00:00:00:55", address};
        frame_echo_request(&in, &unknown, NODE_GLOBAL, 7, 1, 8);
        fixture_input(&f, &in);
    }
    fixture_mark(&f);
    prepare("2001:db8::77");
    start();
    fixture_tick(&f);
    frame_node_ns(&expected, NODE_GLOBAL, "2001:db8::77");
    assert_sent_count(&f, 1);
    assert_frame(&f.sent[0].frame, &expected);
    assert_no_result();
}

static void requests_wait_for_address_resolution(void **state)
{
    (void)state;
    f.peer = (struct test_station){.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    prepare(f.peer.address);
    start();
    fixture_tick(&f);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_sent(&f, 0, f.now, &expected);
    f.now += 500u;
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    fixture_input(&f, &in);
    expect_request(1);
    assert_frame(&f.out, &expected);
    f.now += 500u;
    reply(1);
    assert_true(next_result().time == 1000u); /* resolution is part of the round trip, as in ping(8) */
}

static void request_too_long_to_wait_still_resolves_its_neighbor(void **state)
{
    bool waits = V6NF_WAITING_FRAME_SIZE >= 8062u || V6NF_FRAGMENTATION_SIZE >= 8048u;
    (void)state;
    fixture_start_with(&f, 1, 9000);
    config.size = 8000;
    start();
    fixture_run_until(&f, f.now + SECOND / 2u);
    frame_node_ns(&expected, NODE_GLOBAL, f.peer.address);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.sent[0].time, &expected);
    fixture_mark(&f);
    frame_answer(&in, &f.peer, NODE_GLOBAL);
    fixture_input(&f, &in);
    fixture_tick(&f);
    expect_request(1);
    if (waits && f.out.length == 0u) {
        assert_sent(&f, 0, f.now, &expected);
    } else if (waits) {
        assert_frame(&f.out, &expected);
    }
    fixture_mark(&f);
    fixture_run_until(&f, f.now + SECOND);
    expect_request(2);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.sent[0].time, &expected);
}

/* There is no usable address, or no router for an off-link destination. */
static void without_a_route_no_request_is_sent(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 0);
    prepare(OFF_LINK);
    assert_none_is_sent(V6NF_SEND_NO_ROUTE, V6NF_DROP_NO_ROUTE);
    fixture_start_detection(&f, 1, 200);
    prepare("fe80::2");
    assert_none_is_sent(V6NF_SEND_NO_SOURCE, V6NF_DROP_NO_SOURCE);
}

/* The link was down. The node's addresses are detected again, and requests are sent once they are usable. */
static void requests_resume_when_the_link_is_up_again(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    fixture_run_until(&f, f.now + 5u * SECOND);
    prepare("ff02::1");
    start();
    fixture_tick(&f);
    assert_true(ping.transmitted == 1u);
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + SECOND / 2u);
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 10u * SECOND);
    struct v6nf_ping_result result;
    uint32_t not_sent = 0;
    while (v6nf_ping_result(&ping, &result)) {
        assert_true(result.event == V6NF_PING_TIMEOUT || result.event == V6NF_PING_NOT_SENT);
        not_sent += result.event == V6NF_PING_NOT_SENT ? 1u : 0u;
        assert_true(result.event != V6NF_PING_NOT_SENT || result.status == V6NF_SEND_NO_SOURCE);
    }
    assert_true(not_sent >= 1u && not_sent <= 3u);
    assert_true(ping.transmitted >= 8u);
    assert_true(ping.timeouts + ping.outstanding == ping.transmitted);
}

/* -- A peer that answers ------------------------------------------------------------------------------------------- */

#define PENDING_MAX 512u

/* What peer_run() does, and the results: how many of each kind each request had. */
static struct {
    uint64_t latency;      /* from a request to its reply */
    uint32_t lost_of_ten;  /* how many of ten requests have no reply */
    uint64_t silent_until; /* until then no solicitation is answered */
    uint32_t requests;     /* that the peer received */
    struct {
        uint64_t at; /* when the reply arrives; 0 for none */
        struct test_frame frame;
    } pending[PENDING_MAX];
    uint8_t ended[2048]; /* results that end the request, by sequence number */
    uint32_t events[6];
} peer;

static void peer_read_results(void)
{
    struct v6nf_ping_result result;
    while (v6nf_ping_result(&ping, &result)) {
        peer.events[result.event]++;
        if (result.event != V6NF_PING_DUPLICATE && result.event != V6NF_PING_DAMAGED) {
            assert_true(result.sequence < 2048u);
            peer.ended[result.sequence]++;
        }
    }
    assert_true(ping.results_lost == 0u);
}

/* Schedule the reply to the current Echo Request. */
static void peer_answer(const struct test_frame *request)
{
    const uint16_t sequence = (uint16_t)(request->bytes[60] * 256u + request->bytes[61]);
    const uint32_t i = peer.requests % PENDING_MAX;
    peer.requests++;
    if (sequence % 10u < peer.lost_of_ten) {
        return;
    }
    assert_true(peer.pending[i].at == 0u);
    peer.pending[i].at = f.now + peer.latency;
    make_reply(sequence);
    peer.pending[i].frame = in;
}

static void peer_see(const struct test_frame *frame)
{
    if (frame->bytes[54] == 128u) {
        peer_answer(frame);
    } else if (frame->bytes[54] == 135u && f.now >= peer.silent_until) {
        frame_answer(&in, &f.peer, NODE_GLOBAL);
        fixture_input(&f, &in);
        if (f.out.length != 0u) { /* a packet that waited */
            const struct test_frame waited = f.out;
            peer_see(&waited);
        }
    }
}

static void peer_turn(void)
{
    fixture_mark(&f);
    fixture_tick(&f);
    assert_true(f.sent_lost == 0u);
    for (uint32_t i = 0; i < f.sent_count; i++) {
        peer_see(&f.sent[i].frame);
    }
    for (uint32_t i = 0; i < PENDING_MAX; i++) {
        if (peer.pending[i].at != 0u && peer.pending[i].at <= f.now) {
            peer.pending[i].at = 0;
            fixture_input(&f, &peer.pending[i].frame);
            peer_read_results();
        }
    }
    peer_read_results();
}

/* Let the ping run to its end, which is before `end`. Each request ends once. */
static void peer_run(uint64_t end)
{
    peer.requests = 0;
    memset(peer.pending, 0, sizeof peer.pending);
    memset(peer.ended, 0, sizeof peer.ended);
    memset(peer.events, 0, sizeof peer.events);
    start();
    for (peer_turn(); !v6nf_ping_is_done(&ping); peer_turn()) {
        uint64_t next = v6nf_node_next_due(&f.node);
        for (uint32_t i = 0; i < PENDING_MAX; i++) {
            next = peer.pending[i].at != 0u && peer.pending[i].at < next ? peer.pending[i].at : next;
        }
        f.now = next > f.now ? next : f.now;
        assert_true(f.now < end);
    }
    for (uint32_t i = 1; i <= config.count; i++) {
        if (peer.ended[i] != 1u) {
            fail_msg("request %u has %u ends", i, peer.ended[i]);
        }
    }
    assert_true(ping.transmitted + ping.not_sent == config.count);
    assert_true(ping.received + ping.timeouts + ping.errors == ping.transmitted && ping.outstanding == 0u);
    v6nf_ping_stop(&ping, &f.node);
}

/* More requests would be outstanding than there are slots: they are sent later, and none with a reply counts as
 * lost. */
static void slow_answers_are_all_received(void **state)
{
    (void)state;
    const uint64_t begin = f.now;
    peer.latency = SECOND;
    peer.lost_of_ten = 0;
    config.count = 1000;
    config.interval = 10u * MILLISECOND;
    config.timeout = 5u * SECOND;
    peer_run(begin + 400u * SECOND);
    assert_int_equal(peer.events[V6NF_PING_REPLY], 1000);
    assert_true(ping.received == 1000u);
    assert_true(ping.time_min == SECOND && ping.time_max == SECOND);
    /* There are as many per round trip as there are slots, or one per interval. */
    uint64_t rate = V6NF_PING_OUTSTANDING < 100u ? V6NF_PING_OUTSTANDING : 100u;
    assert_true(f.now - begin <= (1000u / rate + 2u) * SECOND);
}

/* Each lost request expires after its timeout, not earlier, and no other one does. */
static void only_lost_requests_expire(void **state)
{
    (void)state;
    peer.latency = 100u * MILLISECOND;
    peer.lost_of_ten = 1;
    config.count = 1000;
    config.interval = 10u * MILLISECOND;
    config.timeout = 5u * SECOND;
    peer_run(f.now + 1000u * SECOND);
    assert_int_equal(peer.events[V6NF_PING_REPLY], 900);
    assert_int_equal(peer.events[V6NF_PING_TIMEOUT], 100);
    peer.lost_of_ten = 0;
}

#if V6NF_WAITING_PER_NEIGHBOR > 1u /* otherwise the second request is held back */
/* Two requests wait for different next hops in a full Neighbor Cache, and one of those is silent. Both end. */
static void requests_by_different_next_hops_end(void **state)
{
    (void)state;
    static const char *const gateways[] = {"2001:db8::fe01", "2001:db8::fe02"};
    prepare(OFF_LINK);
    config.count = 2;
    for (uint32_t i = 0; i < 2u; i++) {
        struct v6nf_address gateway = test_address_of(gateways[i]);
        assert_int_equal(v6nf_node_set_gateway(&f.node, &gateway), V6NF_OK);
        if (i == 0u) {
            start();
        } else {
            f.now = ping.next_send;
        }
        fixture_tick(&f);
        for (uint32_t other = 0; i == 0u && other < V6NF_NEIGHBORS - 1u; other++) {
            char address[40];
            (void)snprintf(address, sizeof address, "2001:db8::%x", (unsigned)(0x1000u + other));
            f.now++;
            frame_ns(&in, NODE_MAC, f.peer.mac, address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
            fixture_input(&f, &in); /* unknown hosts fill the cache */
        }
    }
    assert_int_equal(ping.transmitted, 2);
    assert_int_equal(ping.outstanding, 2); /* the first one waits for the first gateway, which is silent */
    frame_answer(&in, &(struct test_station){.mac = GATEWAY_MAC, .address = gateways[1]}, NODE_GLOBAL);
    fixture_input(&f, &in); /* the request leaves, and is not answered */
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_true(v6nf_ping_is_done(&ping));
    assert_int_equal(ping.errors + ping.timeouts, 2);
}
#endif

/* The neighbor answers the third solicitation. Requests sent meanwhile waited, and were not evicted. */
static void waiting_requests_evict_no_other(void **state)
{
    (void)state;
    fixture_start(&f);
    peer.latency = MILLISECOND;
    peer.silent_until = f.now + 1900u * MILLISECOND;
    config.count = 40;
    config.interval = 100u * MILLISECOND;
    config.timeout = 5u * SECOND;
    peer_run(f.now + 100u * SECOND);
    assert_int_equal(peer.events[V6NF_PING_REPLY], 40);
    assert_true(f.node.counters[V6NF_DROP_WAITING_FULL] == 0u);
    peer.silent_until = 0;
}

/* No host has the address: each request ends as unreachable, and none as not answered. */
static void requests_to_a_silent_neighbor_are_all_unreachable(void **state)
{
    (void)state;
    fixture_start(&f);
    peer.silent_until = V6NF_NEVER;
    config.count = 10;
    config.interval = 10u * MILLISECOND;
    config.timeout = 60u * SECOND;
    peer_run(f.now + 100u * SECOND);
    assert_int_equal(peer.events[V6NF_PING_ERROR], 10);
    assert_int_equal(peer.requests, 0);
#if V6NF_FRAGMENTATION_SIZE >= 2048u
    f.capacity = 2062; /* longer ones wait in another queue */
    config.size = 2000;
    peer_run(f.now + 100u * SECOND);
    assert_int_equal(peer.events[V6NF_PING_ERROR], 10);
#endif
    peer.silent_until = 0;
}

/* Replies that wait for the destination do not delay requests to it. */
static void replies_to_the_destination_do_not_delay_requests(void **state)
{
    (void)state;
    fixture_start(&f);
    for (uint16_t i = 0; i < V6NF_WAITING_PER_NEIGHBOR; i++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, i, 8);
        fixture_input(&f, &in);
    }
    start();
    fixture_tick(&f);
    assert_true(ping.transmitted == 1u);
    assert_no_result();
}

/* -- Many ---------------------------------------------------------------------------------------------------------- */

static void unread_results_are_counted_as_lost(void **state)
{
    (void)state;
    start();
    for (uint32_t i = 1; i <= V6NF_PING_RESULTS + 5u; i++) {
        fixture_tick(&f);
        reply((uint16_t)i);
        f.now += SECOND;
    }
    assert_int_equal(ping.results_lost, 5);
    assert_int_equal(ping.received, V6NF_PING_RESULTS + 5u);
    for (uint16_t i = 1; i <= V6NF_PING_RESULTS; i++) {
        assert_int_equal(next_result().sequence, i);
    }
    assert_no_result();
    fixture_tick(&f);
    reply(V6NF_PING_RESULTS + 6u);
    assert_int_equal(next_result().sequence, V6NF_PING_RESULTS + 6u);
    assert_no_result();
}

/* One request per microsecond, without replies: as many are sent as there are slots, and the next when one has
 * ended. Meanwhile the node sleeps. */
static void outstanding_requests_are_limited(void **state)
{
    (void)state;
    const uint64_t begin = f.now;
    config.interval = 1;
    config.timeout = 20u * SECOND;
    start();
    for (uint32_t i = 1; i <= V6NF_PING_OUTSTANDING; i++) {
        fixture_mark(&f);
        fixture_tick(&f);
        assert_sent_count(&f, 1);
        expect_request((uint16_t)i);
        assert_sent(&f, 0, f.now, &expected);
        assert_int_equal(ping.outstanding, i);
        f.now += 1u;
    }
    fixture_tick(&f);
    assert_true(v6nf_node_next_due(&f.node) > f.now + 100u * MILLISECOND);
    assert_true(ping.transmitted == V6NF_PING_OUTSTANDING && ping.timeouts == 0u);
    make_reply(V6NF_PING_OUTSTANDING + 1u);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    reply(V6NF_PING_OUTSTANDING); /* the last: the next one waits for the oldest */
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
    fixture_tick(&f);
    assert_true(ping.transmitted == V6NF_PING_OUTSTANDING);
    reply(1);
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
    assert_true(v6nf_node_next_due(&f.node) <= f.now);
    fixture_mark(&f);
    fixture_tick(&f);
    expect_request(V6NF_PING_OUTSTANDING + 1u);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    f.now = begin + config.timeout + 1u; /* of the second */
    fixture_tick(&f);
    struct v6nf_ping_result result = next_result();
    assert_int_equal(result.event, V6NF_PING_TIMEOUT);
    assert_int_equal(result.sequence, 2);
    assert_true(ping.outstanding <= V6NF_PING_OUTSTANDING);
}

/* The data start with another number each time that sequence numbers wrap. */
static void set_round(struct test_frame *frame, uint32_t round)
{
    for (uint32_t i = 62; i < frame->length; i++) {
        frame->bytes[i] = (uint8_t)(frame->bytes[i] + round);
    }
    frame_fix_checksum(frame);
}

/* Let `count` requests be answered at once. */
static void pass_requests(uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t number = ping.transmitted + 1u;
        fixture_mark(&f);
        fixture_tick(&f);
        make_reply((uint16_t)number);
        set_round(&in, (uint32_t)(number / 65536u));
        f.now += 5u;
        fixture_input(&f, &in);
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, V6NF_PING_REPLY);
        assert_int_equal(result.sequence, (uint16_t)number);
        assert_true(result.time == 5u);
        f.now += 5u;
    }
}

static void sequence_numbers_wrap(void **state)
{
    (void)state;
    config.interval = 10;
    config.size = 2;
    start();
    pass_requests(2u * 65536u + 100u);
    assert_true(ping.received == 2u * 65536u + 100u);
    assert_true(ping.duplicates + ping.timeouts + ping.errors + ping.damaged == 0u);
    assert_true(ping.oldest == ping.next);
}

/* A reply to request 1 arrives after request 65537, which has the same sequence number. */
static void reply_one_round_late_is_ignored(void **state)
{
    (void)state;
    config.interval = 10;
    config.size = 8;
    start();
    pass_requests(65536u);
    fixture_mark(&f);
    fixture_tick(&f);
    expect_request(1);
    set_round(&expected, 1);
    assert_sent(&f, 0, f.now, &expected);
    make_reply(1);
    assert_ignored(V6NF_DROP_ECHO_REPLY);
    make_reply(1);
    set_round(&in, 1);
    in.bytes[62] ^= 1u;
    frame_fix_checksum(&in);
    fixture_input(&f, &in);
    assert_int_equal(next_result().event, V6NF_PING_DAMAGED);
    make_reply(1);
    set_round(&in, 1);
    fixture_input(&f, &in);
    assert_int_equal(next_result().event, V6NF_PING_REPLY);
}

/* Each node answers an Echo Request to all nodes from its own address (RFC 4443, 4.2). */
static void all_nodes_may_answer(void **state)
{
    (void)state;
    static const char *const sources[] = {"fe80::3", "fe80::4", "fe80::5"};
    prepare("ff02::1");
    config.count = 1;
    start();
    fixture_tick(&f);
    frame_echo(&expected, "33:33:00:00:00:01", NODE_MAC, NODE_LINK_LOCAL, "ff02::1", 128, IDENTIFIER, 1, SIZE);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    for (uint32_t i = 0; i < 3u; i++) {
        f.now += 10u;
        frame_echo(&in, NODE_MAC, "02:00:00:00:00:03", sources[i], NODE_LINK_LOCAL, 129, IDENTIFIER, 1, SIZE);
        fixture_input(&f, &in);
        struct v6nf_ping_result result = next_result();
        assert_int_equal(result.event, i == 0u ? V6NF_PING_REPLY : V6NF_PING_DUPLICATE);
        assert_source(&result, sources[i]);
    }
    assert_int_equal(ping.received, 1);
    assert_int_equal(ping.duplicates, 2);
}

/* -- Arithmetic ---------------------------------------------------------------------------------------------------- */

/* Let `count` requests be answered after these times, and compare the totals with their definitions. */
static void assert_statistics(const uint32_t *times, uint32_t count)
{
    double sum = 0;
    double variance = 0;
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    config.interval = 10u * SECOND;
    config.timeout = 9u * SECOND;
    start();
    for (uint32_t i = 0; i < count; i++) {
        uint64_t sent = f.now;
        fixture_make_reachable(&f, &f.peer);
        fixture_tick(&f);
        f.now += times[i];
        reply((uint16_t)(i + 1u));
        f.now = sent + config.interval;
        sum += times[i];
        least = times[i] < least ? times[i] : least;
        most = times[i] > most ? times[i] : most;
    }
    for (uint32_t i = 0; i < count; i++) {
        variance += (times[i] - sum / count) * (times[i] - sum / count) / count;
    }
    assert_true(ping.time_min == least);
    assert_true(ping.time_max == most);
    assert_true((double)ping.time_sum == sum);
    double deviation = (double)v6nf_ping_deviation(&ping);
    if ((deviation + 1.0) * (deviation + 1.0) < variance ||
        (deviation > 1.0 && (deviation - 1.0) * (deviation - 1.0) > variance) ||
        (deviation == 1.0 && variance < 1e-9)) {
        fail_msg("deviation %.0f us, but the variance is %.3f us^2", deviation, variance);
    }
    v6nf_ping_stop(&ping, &f.node);
}

static void totals_match_their_definitions(void **state)
{
    (void)state;
    static const uint32_t same[] = {777, 777, 777};
    static const uint32_t close[] = {1000, 1001};
    static const uint32_t far[] = {100000, 100001, 100000};
    static const uint32_t mixed[] = {1, 8000000, 20, 300, 4000, 50000, 600000, 7000000};
    static const uint32_t none[] = {0, 0};
    static const uint32_t lan[] = {56, 50, 48, 49};
    assert_statistics(same, 3);
    assert_statistics(none, 2);
    assert_statistics(mixed, 8);
    assert_statistics(close, 2);
    assert_statistics(far, 3);
    assert_statistics(lan, 4);
}

/* With round trips of 500 and 1500 seconds, the squares of 10,000 of them need more than 64 bits. */
static void deviation_is_exact_for_long_sums(void **state)
{
    (void)state;
    config.interval = 10000u * SECOND;
    config.timeout = 9000u * SECOND;
    start();
    for (uint32_t i = 1; i <= 10000u; i++) {
        const uint64_t sent = f.now;
        fixture_tick(&f);
        fixture_make_reachable(&f, &f.peer);
        f.now = sent + (i % 2u == 0u ? 500u : 1500u) * SECOND;
        reply((uint16_t)i);
        assert_int_equal(next_result().event, V6NF_PING_REPLY);
        f.now = sent + config.interval;
        if (i % 100u == 0u) {
            uint64_t deviation = v6nf_ping_deviation(&ping);
            assert_true(deviation > 490u * SECOND && deviation < 510u * SECOND);
        }
    }
    assert_true(ping.time_sum == UINT64_C(10000) * 1000u * SECOND);
    assert_true(ping.times.count < 10000u);
}

static void deviation_without_replies_is_0(void **state)
{
    (void)state;
    start();
    assert_true(v6nf_ping_deviation(&ping) == 0u);
    assert_true(ping.time_max == 0u && ping.time_sum == 0u);
}

/* -- Two nodes on a cable ------------------------------------------------------------------------------------------ */

static struct v6nf_cable cable;
static struct v6nf_node a;
static struct v6nf_node b;

static void start_pair(uint64_t seed)
{
    const struct v6nf_node_config config_a = {.mac = cable.a.port.mac, .mtu = 1500, .dad_transmits = 1, .seed = seed};
    const struct v6nf_node_config config_b = {.mac = cable.b.port.mac, .mtu = 1500, .dad_transmits = 1, .seed = seed};
    assert_true(v6nf_cable_init(&cable, 1500, 1514, seed));
    assert_int_equal(v6nf_node_init(&a, &config_a, 0), V6NF_OK);
    assert_int_equal(v6nf_node_init(&b, &config_b, 0), V6NF_OK);
    cable.a.knobs.latency = 200;
    cable.b.knobs.latency = 300;
}

static void read_all(uint32_t *events)
{
    struct v6nf_ping_result result;
    while (v6nf_ping_result(&ping, &result)) {
        events[result.event]++;
    }
}

/* Run both nodes until `end`, from one event to the next. */
static void run_pair(uint64_t end, uint32_t *events)
{
    uint64_t now = cable.now;
    while (now < end) {
        uint64_t next = v6nf_cable_next_arrival(&cable);
        next = v6nf_node_next_due(&a) < next ? v6nf_node_next_due(&a) : next;
        next = v6nf_node_next_due(&b) < next ? v6nf_node_next_due(&b) : next;
        now = next > now ? next : now;
        now = now < end ? now : end;
        v6nf_cable_advance(&cable, now);
        uint32_t passed = 0;
        for (uint32_t turns = 0; turns < 1000u && (turns == 0u || passed != 0u); turns++) {
            passed = v6nf_run(&a, &cable.a.port, now) + v6nf_run(&b, &cable.b.port, now);
        }
        assert_int_equal(passed, 0);
        read_all(events);
    }
}

static void two_nodes_ping_over_a_clean_wire(void **state)
{
    (void)state;
    uint32_t events[6] = {0};
    start_pair(1);
    run_pair(5u * SECOND, events);
    assert_true(!v6nf_node_is_detecting(&a) && !v6nf_node_is_detecting(&b));
    prepare("::2");
    config.destination = b.addresses[0].address;
    config.count = 50;
    assert_int_equal(v6nf_ping_start(&ping, &a, &config, cable.now), V6NF_OK);
    run_pair(60u * SECOND, events);
    assert_true(v6nf_ping_is_done(&ping));
    assert_int_equal(ping.transmitted, 50);
    assert_int_equal(ping.received, 50);
    assert_int_equal(events[V6NF_PING_REPLY], 50);
    assert_true(ping.time_min == 500u);
    assert_true(ping.time_max == 1000u); /* the first, with address resolution */
}

/* The link goes down and up. What was sent meanwhile is lost, or its neighbor is not found, and has one result. */
static void requests_end_on_a_link_that_is_down(void **state)
{
    (void)state;
    uint32_t events[6] = {0};
    start_pair(1);
    run_pair(5u * SECOND, events);
    prepare("::2");
    config.destination = b.addresses[0].address;
    config.count = 60;
    config.interval = 500u * MILLISECOND;
    assert_int_equal(v6nf_ping_start(&ping, &a, &config, cable.now), V6NF_OK);
    run_pair(10u * SECOND, events);
    assert_int_equal(events[V6NF_PING_REPLY] + ping.outstanding, ping.transmitted);
    cable.up = false;
    run_pair(20u * SECOND, events);
    cable.up = true;
    run_pair(60u * SECOND, events);
    assert_true(v6nf_ping_is_done(&ping));
    assert_int_equal(events[V6NF_PING_REPLY] + events[V6NF_PING_TIMEOUT] + events[V6NF_PING_ERROR], 60);
    assert_true(events[V6NF_PING_TIMEOUT] >= 10u && events[V6NF_PING_REPLY] >= 35u);
    assert_int_equal(events[V6NF_PING_DUPLICATE] + events[V6NF_PING_DAMAGED] + events[V6NF_PING_NOT_SENT], 0);
}

static void set_faults(struct v6nf_cable_end *end, uint32_t rate)
{
    for (uint32_t i = 0; i < V6NF_CABLE_FAULTS; i++) {
        end->knobs.rate[i] = rate;
    }
}

/* All kinds of faults happen; nothing is lost from the totals, and each frame is counted. */
static void two_nodes_ping_over_a_bad_wire(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12u; seed++) {
        uint32_t events[6] = {0};
        start_pair(seed);
        run_pair(5u * SECOND, events);
        prepare("::2");
        config.destination = b.addresses[0].address;
        config.count = 2000;
        config.interval = 20u * MILLISECOND;
        config.timeout = 500u * MILLISECOND;
        set_faults(&cable.a, 65536u / 100u * (uint32_t)seed);
        set_faults(&cable.b, 65536u / 100u * (uint32_t)seed);
        assert_int_equal(v6nf_ping_start(&ping, &a, &config, cable.now), V6NF_OK);
        run_pair(1000u * SECOND, events); /* with few slots, each loss delays the next requests */
        assert_true(v6nf_ping_is_done(&ping));
        assert_int_equal(ping.transmitted, 2000);
        /* One changed bit never passes a checksum: no damaged reply is reported. */
        assert_int_equal(ping.damaged, 0);
        assert_int_equal(ping.received + ping.timeouts + ping.errors, ping.transmitted);
        assert_int_equal(events[V6NF_PING_REPLY], ping.received);
        assert_int_equal(events[V6NF_PING_TIMEOUT], ping.timeouts);
        assert_int_equal(events[V6NF_PING_ERROR], ping.errors);
        assert_int_equal(events[V6NF_PING_DUPLICATE], ping.duplicates);
        assert_true(ping.received > 600u && ping.received < 2000u);
        assert_int_not_equal(ping.duplicates, 0);
        assert_true(a.counters[V6NF_RECEIVED] == cable.a.counters.received);
        assert_true(b.counters[V6NF_RECEIVED] == cable.b.counters.received);
        v6nf_ping_stop(&ping, &a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(requests_leave_one_an_interval, setup),
        cmocka_unit_test_setup(requests_of_any_size, setup),
        cmocka_unit_test_setup(start_reports_each_error, setup),
        cmocka_unit_test_setup(a_node_drives_one_ping, setup),
        cmocka_unit_test_setup(second_start_changes_nothing, setup),
        cmocka_unit_test_setup(ping_is_started_again_with_its_own_settings, setup),
        cmocka_unit_test_setup(ping_survives_a_node_that_is_initialized_again, setup),
        cmocka_unit_test_setup(stopped_ping_is_silent_and_keeps_its_totals, setup),
        cmocka_unit_test_setup(ping_started_again_begins_with_empty_totals, setup),
        cmocka_unit_test_setup(late_program_sends_no_burst, setup),
        cmocka_unit_test_setup(request_that_does_not_fit_the_buffer_is_not_sent, setup),
#if V6NF_FRAGMENTATION_SIZE >= 3048u
        cmocka_unit_test_setup(request_longer_than_the_buffers_is_not_sent, setup),
#endif
        cmocka_unit_test_setup(request_to_an_impossible_destination_is_not_sent, setup),
        cmocka_unit_test_setup(reply_is_reported, setup),
        cmocka_unit_test_setup(replies_to_others_are_ignored, setup),
        cmocka_unit_test_setup(replies_without_a_ping_are_ignored, setup),
        cmocka_unit_test_setup(duplicate_replies_are_reported_as_such, setup),
        cmocka_unit_test_setup(damaged_replies_are_reported_as_such, setup),
        cmocka_unit_test_setup(each_byte_of_the_data_is_compared, setup),
        cmocka_unit_test_setup(request_times_out_at_the_timeout, setup),
        cmocka_unit_test_setup(reply_after_the_timeout_is_ignored, setup),
        cmocka_unit_test_setup(each_request_has_its_own_timeout, setup),
        cmocka_unit_test_setup(longest_timeout_lets_the_node_sleep, setup),
        cmocka_unit_test_setup(errors_about_a_request_are_reported, setup),
        cmocka_unit_test_setup(errors_about_something_else_are_ignored, setup),
        cmocka_unit_test_setup(error_after_the_reply_is_ignored, setup),
        cmocka_unit_test_setup(reply_after_the_error_is_not_counted_twice, setup),
        cmocka_unit_test_setup(errors_about_a_request_that_was_not_sent_are_ignored, setup),
#if V6NF_WAITING_PER_NEIGHBOR >= 3
        cmocka_unit_test_setup(silent_neighbor_makes_waiting_requests_unreachable, setup),
#endif
        cmocka_unit_test_setup(request_is_not_delayed_by_unknown_hosts, setup),
        cmocka_unit_test_setup(requests_wait_for_address_resolution, setup),
        cmocka_unit_test_setup(request_too_long_to_wait_still_resolves_its_neighbor, setup),
        cmocka_unit_test_setup(without_a_route_no_request_is_sent, setup),
        cmocka_unit_test_setup(requests_resume_when_the_link_is_up_again, setup),
        cmocka_unit_test_setup(slow_answers_are_all_received, setup),
        cmocka_unit_test_setup(only_lost_requests_expire, setup),
        cmocka_unit_test_setup(waiting_requests_evict_no_other, setup),
#if V6NF_WAITING_PER_NEIGHBOR > 1u
        cmocka_unit_test_setup(requests_by_different_next_hops_end, setup),
#endif
        cmocka_unit_test_setup(requests_to_a_silent_neighbor_are_all_unreachable, setup),
        cmocka_unit_test_setup(replies_to_the_destination_do_not_delay_requests, setup),
        cmocka_unit_test_setup(unread_results_are_counted_as_lost, setup),
        cmocka_unit_test_setup(outstanding_requests_are_limited, setup),
        cmocka_unit_test_setup(sequence_numbers_wrap, setup),
        cmocka_unit_test_setup(reply_one_round_late_is_ignored, setup),
        cmocka_unit_test_setup(all_nodes_may_answer, setup),
        cmocka_unit_test_setup(totals_match_their_definitions, setup),
        cmocka_unit_test_setup(deviation_is_exact_for_long_sums, setup),
        cmocka_unit_test_setup(deviation_without_replies_is_0, setup),
        cmocka_unit_test(two_nodes_ping_over_a_clean_wire),
        cmocka_unit_test(requests_end_on_a_link_that_is_down),
        cmocka_unit_test(two_nodes_ping_over_a_bad_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
