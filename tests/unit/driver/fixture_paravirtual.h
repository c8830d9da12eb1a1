/* fixture_paravirtual.h: a port on a hypervisor's device, for the tests of its drivers: frames, handlers, calls of the
 * port, and what each of these ports must do. A test defines SLOTS (buffers to receive into), ORIGINATES (those of the
 * originate queue), MTU, and the functions that are declared first. */
#ifndef UNIT_DRIVER_FIXTURE_PARAVIRTUAL_H
#define UNIT_DRIVER_FIXTURE_PARAVIRTUAL_H

#include "v6nf/driver/paravirtual.h"

#define MAX_FRAME (MTU + 18u)
#define MAX_CALLS 1000u
#define BUSY (SLOTS / 2u) /* frames of a burst of traffic */

/* Let the device receive the next frame, which is that of write_frame(). Return false if it has no buffer. */
static bool receive(void);

/* Let the device send a frame, and check it with check_frame(). Return false if there is none. */
static bool send(void);

static enum v6nf_nic_status restart(void);

/* The port, and counters. */
static struct {
    struct v6nf_paravirtual *common;
    struct v6nf_nic_config config;
    uint32_t received; /* frames that the device received */
    uint32_t handled;
    uint32_t sent;
    uint32_t own_sent;
    bool drops;
    bool originates;     /* the handler sends frames of its own, too */
    uint32_t asks;       /* an invalid length that the handler sets; 0 for none */
    bool seen[1u << 17]; /* numbers that the handler has seen */
} w;

static void begin_world(struct v6nf_paravirtual *common)
{
    memset(&w, 0, sizeof w);
    w.common = common;
    w.config.mtu = MTU;
}

static struct v6nf_port *port(void)
{
    return &w.common->port;
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static uint32_t scatter(uint32_t number, uint32_t salt)
{
    uint32_t x = (number + 1u) * 0x9E3779B1u + salt * 0x85EBCA77u;
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    return x ^ (x >> 13);
}

static uint32_t length_of(uint32_t number)
{
    return 60u + scatter(number, 0) % (MAX_FRAME - 59u);
}

/* Return the length of the answer: 0, or some. */
static uint32_t length_out(uint32_t number)
{
    return w.drops && scatter(number, 1) % 3u == 0u ? 0u : 60u + scatter(number, 2) % 1400u;
}

static uint32_t number_of(const uint8_t *frame)
{
    return (uint32_t)frame[0] + ((uint32_t)frame[1] << 8) + ((uint32_t)frame[2] << 16);
}

/* Write the next frame, and the number of bytes that it has. */
static uint32_t write_frame(uint8_t *frame)
{
    const uint32_t length = length_of(w.received);
    frame[0] = (uint8_t)w.received;
    frame[1] = (uint8_t)(w.received >> 8);
    frame[2] = (uint8_t)(w.received >> 16);
    frame[length - 1u] = (uint8_t)w.received;
    w.received++;
    return length;
}

/* Check a frame to send: a handled one, with the bytes that the handler left; or an originated one. */
static void check_frame(const uint8_t *frame, uint32_t length)
{
    assert_non_null(frame);
    if (frame[3] == 0xCD) {
        w.own_sent++;
        return;
    }
    uint32_t number = number_of(frame);
    assert_int_equal(frame[3], 0xAB);
    assert_int_equal(length, length_out(number));
    assert_true(w.seen[number]);
    w.sent++;
}

static uint32_t receive_up_to(uint32_t most)
{
    uint32_t count = 0;
    while (count < most && receive()) {
        count++;
    }
    return count;
}

static uint32_t send_up_to(uint32_t most)
{
    uint32_t count = 0;
    while (count < most && send()) {
        count++;
    }
    return count;
}

/* -- Calls of the port --------------------------------------------------------------------------------------------- */

static uint8_t *reserve(void)
{
    return port()->operations->reserve(port());
}

static void commit(uint32_t length)
{
    port()->operations->commit(port(), length);
}

/* Send a frame of the program's own, if there is a buffer. Return false if there is none. */
static bool originate(void)
{
    uint8_t *frame = reserve();
    if (frame != NULL) {
        memset(frame, 0xCD, 60);
        commit(60);
    }
    return frame != NULL;
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t number = number_of(frame);
    assert_ptr_equal(context, &w);
    assert_int_equal(capacity, port()->capacity);
    assert_int_equal(length, length_of(number));
    assert_int_equal(frame[length - 1u], (uint8_t)number);
    assert_int_equal(lengths[0], 0);
    assert_false(w.seen[number]);
    w.seen[number] = true;
    w.handled++;
    frame[3] = 0xAB;
    lengths[0] = w.asks > 0u ? w.asks : length_out(number);
    if (w.originates && scatter(number, 3) % 20u == 0u) {
        (void)originate();
    }
}

static void forbidden_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    (void)lengths;
    fail();
}

static void ignoring_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    frame[(length & V6NF_PORT_LENGTH) - 1u] = frame[0];
    lengths[0] = (frame[0] & 1u) != 0u ? capacity : 0u;
}

static uint32_t poll(void)
{
    return port()->operations->poll(port(), handler, &w);
}

static uint32_t poll_nothing(void)
{
    return port()->operations->poll(port(), forbidden_handler, &w);
}

static void poll_all(void)
{
    for (uint32_t i = 0; i < MAX_CALLS && poll() > 0u; i++) {
    }
}

static struct v6nf_port_counters counters(void)
{
    struct v6nf_port_counters counters;
    port()->operations->read_counters(port(), &counters);
    return counters;
}

static bool link_up(void)
{
    return port()->operations->link_up(port());
}

static enum v6nf_port_status status(void)
{
    return port()->operations->status(port());
}

static bool stop(void)
{
    return port()->operations->stop(port());
}

/* -- What each port must do ---------------------------------------------------------------------------------------- */

static void check_one_frame(void)
{
    assert_int_equal(poll(), 0);
    assert_int_equal(port()->mtu, MTU);
    assert_true(port()->capacity >= MAX_FRAME);
    assert_true(receive());
    assert_int_equal(poll(), 1);
    assert_int_equal(send_up_to(2), 1);
    assert_int_equal(poll(), 0);
    assert_int_equal(counters().received, 1);
    assert_int_equal(counters().received_bytes, length_of(0));
    assert_int_equal(counters().sent, 1);
    assert_int_equal(counters().sent_bytes, length_out(0));
    assert_int_equal(counters().receive_dropped + counters().transmit_dropped, 0);
    assert_true(link_up());
}

/* At the start each buffer can receive, and a burst has at most V6NF_RING_BURST frames. */
static void check_bursts(void)
{
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    assert_int_equal(poll(), V6NF_RING_BURST);
    assert_int_equal(send_up_to(UINT32_MAX), V6NF_RING_BURST);
    poll_all();
    assert_int_equal(w.handled, SLOTS);
}

/* Output stops until no buffer can receive. An idle poll notices when it continues. */
static void check_stalls(void)
{
    for (uint32_t turn = 0; turn < 5u; turn++) {
        assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
        poll_all();
        assert_false(receive());
        assert_int_equal(poll(), 0);
        assert_false(receive());
        assert_int_equal(send_up_to(UINT32_MAX), SLOTS);
        assert_int_equal(poll(), 0);
    }
}

/* The buffer of a dropped frame is never in the transmit ring, and can receive at once. */
static void check_drops(void)
{
    w.drops = true;
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    poll_all();
    uint32_t dropped = receive_up_to(UINT32_MAX);
    assert_in_range(dropped, 1, SLOTS - 1u);
    assert_int_equal(send_up_to(UINT32_MAX), SLOTS - dropped);
}

static void check_invalid_lengths(void)
{
    const uint32_t lengths[] = {1, V6NF_PORT_FRAME_MIN - 1u, port()->capacity + 1u, 0x4000, 0x1003C, UINT32_MAX};
    for (uint32_t i = 0; i < 6u; i++) {
        w.asks = lengths[i];
        assert_int_equal(receive_up_to(3), 3);
        assert_int_equal(poll(), 3);
        assert_int_equal(send_up_to(1), 0);
        assert_int_equal(counters().transmit_dropped, 3u * (i + 1u));
    }
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
}

static void check_originated(void)
{
    commit(60); /* nothing is reserved */
    assert_int_equal(send_up_to(1), 0);
    assert_ptr_equal(reserve(), reserve());
    commit(0);
    assert_non_null(reserve());
    commit(port()->capacity + 1u);
    assert_non_null(reserve());
    commit(V6NF_PORT_FRAME_MIN - 1u);
    assert_int_equal(counters().transmit_dropped, 3);
    assert_int_equal(send_up_to(1), 0);
    for (uint32_t turn = 0; turn < 3u; turn++) {
        for (uint32_t i = 0; i < ORIGINATES; i++) {
            uint8_t *frame = reserve();
            assert_non_null(frame);
            memset(frame, 0xCD, port()->capacity);
            commit(port()->capacity);
        }
        assert_null(reserve());
        commit(60);
        assert_int_equal(receive_up_to(UINT32_MAX), SLOTS); /* and all other buffers */
        poll_all();
        assert_null(reserve());
        assert_int_equal(send_up_to(1), 1);
        assert_true(originate());
        assert_int_equal(send_up_to(UINT32_MAX), SLOTS + ORIGINATES);
        poll();
    }
    assert_int_equal(w.own_sent, 3u * (ORIGINATES + 1u));
    assert_int_equal(counters().sent, w.own_sent + w.sent);
}

/* A reserved buffer stays reserved when another becomes free. */
static void check_reserved(void)
{
    assert_true(originate());
    uint8_t *frame = reserve();
    assert_non_null(frame);
    assert_int_equal(send_up_to(1), 1);
    assert_ptr_equal(reserve(), frame);
}

/* Assert the contract of a port that was stopped, or is gone: each of these calls notices that. */
static void assert_is_over(enum v6nf_port_status expected)
{
    const struct v6nf_port_counters before = counters();
    assert_false(link_up());
    assert_int_equal(status(), expected);
    assert_int_equal(poll_nothing(), 0);
    assert_null(reserve());
    commit(60);
    const struct v6nf_port_counters after = counters();
    assert_memory_equal(&after, &before, sizeof before);
}

/* Assert that it works again after a restart. */
static void check_restarts(void)
{
    assert_int_equal(restart(), V6NF_NIC_READY);
    assert_int_equal(w.common->state, V6NF_PARAVIRTUAL_RUNS);
    assert_true(link_up());
    for (uint32_t turn = 0; turn < 3u; turn++) {
        uint32_t sent = w.sent;
        assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
        poll_all();
        send_up_to(UINT32_MAX);
        assert_int_equal(w.sent, sent + SLOTS);
        assert_int_equal(poll(), 0);
    }
    for (uint32_t i = 0; i < ORIGINATES; i++) {
        assert_true(originate());
    }
    assert_int_equal(send_up_to(UINT32_MAX), ORIGINATES);
    assert_int_equal(poll(), 0);
}

/* Put packets into all states: handled and sent, handled and not sent, received, not received. */
static void make_busy(void)
{
    for (uint32_t i = 0; i < 5u; i++) {
        assert_int_equal(receive_up_to(BUSY), BUSY);
        poll_all();
        assert_int_equal(send_up_to(BUSY), BUSY);
        poll();
    }
    assert_int_equal(receive_up_to(6), 6);
    poll_all();
    assert_int_equal(send_up_to(3), 3);
    poll();
    assert_true(originate());
}

#endif
