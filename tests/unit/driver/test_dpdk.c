/* test_dpdk.c: the layer of examples/dpdk, on rings of three cards in memory, with two outputs each, on cables, and on
 * capture files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../examples/dpdk/capture.h"
#include "../../../examples/dpdk/layer.h"
#include "../../../examples/dpdk/rte_errno.h"
#include "fixture_ring_device.h"
#include "v6nf/driver/cable.h"

#define PORTS 3u
#define BUFFER_SIZE 2048u
#define FRAME_SIZE 100u

static struct ring_device inputs[PORTS];
static struct ring_device outputs[PORTS][DPDK_OUTPUTS];
static struct v6nf_ring rings[PORTS];
static struct v6nf_cable cables[PORTS]; /* the ports are the ends b */
static struct dpdk_capture capture;
static struct rte_mbuf *frames[DPDK_COPIES];
static uint32_t received; /* frames that a card received */
static jmp_buf fault;
static const char *problem;
static uint64_t now;

uint64_t v6nf_env_clock(void)
{
    return now;
}

/* The end of the program. */
void dpdk_fail(const char *its_problem)
{
    problem = its_problem;
    longjmp(fault, 1);
}

/* Assert that a statement ends the program, with this word in its message. */
#define ASSERT_ENDS(word, statement)                                                                                   \
    do {                                                                                                               \
        problem = "";                                                                                                  \
        if (setjmp(fault) == 0) {                                                                                      \
            statement;                                                                                                 \
        }                                                                                                              \
        assert_non_null(strstr(problem, word));                                                                        \
    } while (0)

static void start_port(uint16_t port)
{
    static const struct rte_eth_conf configuration;
    struct rte_mempool *pool = rte_pktmbuf_pool_create("pool", 1024, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    assert_non_null(pool);
    assert_int_equal(rte_eth_dev_configure(port, 1, 1, &configuration), 0);
    assert_int_equal(rte_eth_rx_queue_setup(port, 0, 512, 0, NULL, pool), 0);
    assert_int_equal(rte_eth_tx_queue_setup(port, 0, 512, 0, NULL), 0);
    assert_int_equal(rte_eth_dev_start(port), 0);
}

static void make_rings(enum v6nf_ring_format format)
{
    device_memory_free(UINT32_MAX);
    dpdk_reset();
    received = 0;
    now = 0;
    for (uint32_t i = 0; i < PORTS; i++) {
        struct v6nf_ring_device *devices[DPDK_OUTPUTS];
        ring_device_init(&inputs[i], format, true);
        for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
            ring_device_init(&outputs[i][j], format, true);
            devices[j] = &outputs[i][j].device;
        }
        assert_int_equal(v6nf_ring_open(&rings[i], &inputs[i].device, DPDK_OUTPUTS, devices, BUFFER_SIZE),
                         V6NF_RING_OPEN);
        assert_true(dpdk_add_ring(&rings[i], format, NULL));
    }
    for (uint16_t i = 0; i < PORTS; i++) {
        start_port(i);
    }
}

static int set_up_legacy(void **state)
{
    (void)state;
    make_rings(V6NF_RING_LEGACY);
    return 0;
}

static int set_up_advanced(void **state)
{
    (void)state;
    make_rings(V6NF_RING_ADVANCED);
    return 0;
}

/* Every card has accepted all that was done. */
static int check_rings(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PORTS; i++) {
        assert_null(inputs[i].fault);
        for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
            assert_null(outputs[i][j].fault);
        }
    }
    return 0;
}

static int set_up_cables(void **state)
{
    (void)state;
    dpdk_reset();
    for (uint16_t i = 0; i < PORTS; i++) {
        assert_true(v6nf_cable_init(&cables[i], 1500, 1514, i));
        assert_true(dpdk_add_port(&cables[i].b.port));
        start_port(i);
    }
    return 0;
}

static void write_frame(uint8_t *frame, uint32_t number)
{
    memset(frame, (int)number, FRAME_SIZE);
    memcpy(frame, &number, sizeof number);
}

static uint32_t number_of(const uint8_t *frame)
{
    uint32_t number = 0;
    memcpy(&number, frame, sizeof number);
    return number;
}

static bool receive(uint32_t card)
{
    uint8_t frame[FRAME_SIZE];
    write_frame(frame, received);
    const bool is_received = ring_device_receive(&inputs[card], frame, FRAME_SIZE);
    received += is_received ? 1u : 0u;
    return is_received;
}

static void receive_frames(uint32_t card, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(receive(card));
    }
}

/* Assert that output `output` of card `card` sends this frame next. UINT32_MAX: a null descriptor. */
static void expect(uint32_t card, uint32_t output, uint32_t number)
{
    const uint8_t *frame = NULL;
    const uint32_t length = ring_device_send(&outputs[card][output], 0, &frame);
    assert_int_equal(length, number == UINT32_MAX ? 0u : FRAME_SIZE);
    if (number != UINT32_MAX) {
        assert_int_equal(number_of(frame), number);
    }
}

static void expect_nothing(uint32_t card)
{
    const uint8_t *frame = NULL;
    for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
        assert_int_equal(ring_device_send(&outputs[card][j], 0, &frame), RING_DEVICE_IDLE);
    }
}

/* -- Rings --------------------------------------------------------------------------------------------------------- */

/* Card 0 sends to cards 1 and 2, which are its outputs 0 and 1. */
static void frames_are_sent_in_the_order_in_which_they_were_received(void **state)
{
    (void)state;
    receive_frames(0, 4);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 4);
    for (uint32_t i = 0; i < 4u; i++) {
        assert_int_equal(number_of(rte_pktmbuf_mtod(frames[i], uint8_t *)), i);
        assert_int_equal(rte_pktmbuf_pkt_len(frames[i]), FRAME_SIZE);
        assert_int_equal(rte_pktmbuf_data_len(frames[i]), FRAME_SIZE);
        assert_int_equal(frames[i]->port, 0);
    }
    assert_int_equal(rte_eth_tx_burst(2, 0, &frames[3], 1), 1);
    rte_pktmbuf_free(frames[1]);
    assert_int_equal(rte_eth_tx_burst(1, 0, &frames[2], 1), 1);
    expect_nothing(0); /* the burst is not complete */
    assert_int_equal(rte_eth_tx_burst(1, 0, &frames[0], 1), 1);
    static const uint32_t sent[DPDK_OUTPUTS][4] = {{0, UINT32_MAX, 2, UINT32_MAX},
                                                   {UINT32_MAX, UINT32_MAX, UINT32_MAX, 3}};
    for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
        for (uint32_t i = 0; i < 4u; i++) {
            expect(0, j, sent[j][i]);
        }
    }
    expect_nothing(0);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
}

static void a_burst_has_as_many_frames_as_the_program_wants(void **state)
{
    (void)state;
    receive_frames(1, 100);
    assert_int_equal(rte_eth_rx_burst(1, 0, frames, 0), 0);
    assert_int_equal(rte_eth_rx_burst(1, 0, frames, 5), 5);
    rte_pktmbuf_free_bulk(frames, 5);
    assert_int_equal(rte_eth_rx_burst(1, 0, frames, 64), DPDK_BURST_MAX);
    assert_int_equal(number_of(rte_pktmbuf_mtod(frames[0], uint8_t *)), 5);
    rte_pktmbuf_free_bulk(frames, DPDK_BURST_MAX);
}

/* 65,536 frames, each sent to one of two outputs or dropped. The outputs send late. */
static void every_frame_is_sent_once_or_dropped(void **state)
{
    (void)state;
    uint32_t handled = 0;
    uint32_t sent[DPDK_OUTPUTS] = {0};
    uint32_t random = 1;
    while (handled < 65536u) {
        for (uint32_t i = 0; i < 40u; i++) {
            (void)receive(2);
        }
        const uint16_t count = rte_eth_rx_burst(2, 0, frames, DPDK_BURST_MAX);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(number_of(rte_pktmbuf_mtod(frames[i], uint8_t *)), handled + i);
        }
        handled += count;
        for (uint32_t i = count; i > 0u; i--) { /* the last first */
            struct rte_mbuf *m = frames[i - 1u];
            const uint32_t way = number_of(rte_pktmbuf_mtod(m, uint8_t *)) % 3u;
            if (way == 2u) {
                rte_pktmbuf_free(m);
            } else {
                assert_int_equal(rte_eth_tx_burst((uint16_t)way, 0, &m, 1), 1);
            }
        }
        for (uint32_t j = 0; j < DPDK_OUTPUTS; j++) {
            random = random * 1664525u + 1013904223u;
            for (uint32_t i = random >> 26; i > 0u && sent[j] < handled; i--) {
                expect(2, j, sent[j] % 3u == j ? sent[j] : UINT32_MAX);
                sent[j]++;
            }
        }
    }
}

static void a_frame_is_sent_or_freed_once(void **state)
{
    (void)state;
    receive_frames(0, 3);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 3);
    rte_pktmbuf_free(NULL);
    rte_pktmbuf_free(frames[0]);
    ASSERT_ENDS("twice", rte_pktmbuf_free(frames[0]));
    ASSERT_ENDS("twice", (void)rte_eth_tx_burst(1, 0, &frames[0], 1));
    assert_int_equal(rte_eth_tx_burst(1, 0, &frames[1], 1), 1);
    ASSERT_ENDS("twice", (void)rte_eth_tx_burst(1, 0, &frames[1], 1));
    ASSERT_ENDS("twice", (void)rte_eth_tx_burst(2, 0, &frames[1], 1));
    ASSERT_ENDS("twice", rte_pktmbuf_free(frames[1]));
    rte_pktmbuf_free(frames[2]);
    ASSERT_ENDS("earlier", rte_pktmbuf_free(frames[2]));
    expect(0, 0, UINT32_MAX);
    expect(0, 0, 1);
    expect(0, 0, UINT32_MAX);
}

static void no_frame_is_kept(void **state)
{
    (void)state;
    receive_frames(0, 2);
    receive_frames(1, 1);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 2);
    rte_pktmbuf_free(frames[0]);
    ASSERT_ENDS("keeps", (void)rte_eth_rx_burst(0, 0, &frames[2], 32));
    assert_int_equal(rte_eth_rx_burst(1, 0, &frames[2], 32), 1); /* another port */
    rte_pktmbuf_free(frames[1]);
    rte_pktmbuf_free(frames[2]);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
}

static void a_frame_is_sent_only_to_outputs(void **state)
{
    (void)state;
    receive_frames(0, 1);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 1);
    ASSERT_ENDS("DPDK_OUTPUTS", (void)rte_eth_tx_burst(0, 0, frames, 1));
    assert_int_equal(rte_eth_tx_burst(7, 0, frames, 1), 0);
    assert_int_equal(rte_eth_tx_burst(1, 1, frames, 1), 0);
    assert_int_equal(rte_eth_dev_stop(1), 0);
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 1), 0);
    rte_pktmbuf_free(frames[0]);
}

static void lengths_that_are_none_are_counted(void **state)
{
    (void)state;
    struct rte_eth_stats stats;
    static const uint32_t lengths[][2] = {{100, 99}, {16, 16}, {0, 0}, {2049, 2049}, {65636, 100}};
    receive_frames(0, 6);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 6);
    for (uint32_t i = 0; i < 5u; i++) {
        frames[i]->pkt_len = lengths[i][0];
        frames[i]->data_len = (uint16_t)lengths[i][1];
    }
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 6), 6);
    for (uint32_t i = 0; i < 5u; i++) {
        expect(0, 0, UINT32_MAX);
    }
    expect(0, 0, 5);
    assert_int_equal(rte_eth_stats_get(1, &stats), 0);
    assert_int_equal(stats.oerrors, 5);
    assert_int_equal(stats.opackets, 6);
    assert_int_equal(stats.obytes, FRAME_SIZE);
    assert_int_equal(rte_eth_stats_get(0, &stats), 0);
    assert_int_equal(stats.ipackets, 6);
    assert_int_equal(stats.ibytes, 600);
}

static void a_frame_grows_and_shrinks_at_its_end(void **state)
{
    (void)state;
    const uint8_t *frame = NULL;
    receive_frames(0, 1);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 1);
    assert_int_equal(rte_pktmbuf_tailroom(frames[0]), BUFFER_SIZE - FRAME_SIZE);
    assert_null(rte_pktmbuf_append(frames[0], BUFFER_SIZE - FRAME_SIZE + 1u));
    char *end = rte_pktmbuf_append(frames[0], BUFFER_SIZE - FRAME_SIZE);
    assert_ptr_equal(end, rte_pktmbuf_mtod_offset(frames[0], char *, FRAME_SIZE));
    end[BUFFER_SIZE - FRAME_SIZE - 1u] = 7;
    assert_int_equal(rte_pktmbuf_trim(frames[0], BUFFER_SIZE + 1u), -1);
    assert_int_equal(rte_pktmbuf_trim(frames[0], 8), 0);
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 1), 1);
    assert_int_equal(ring_device_send(&outputs[0][0], 0, &frame), BUFFER_SIZE - 8u);
}

static void what_a_faulty_card_reports_is_not_shown(void **state)
{
    (void)state;
    struct rte_eth_stats stats;
    uint8_t frame[FRAME_SIZE] = {0};
    assert_true(ring_device_receive(&inputs[0], frame, 10));
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
    expect(0, 0, UINT32_MAX);
    assert_true(ring_device_receive(&inputs[0], frame, 16));
    assert_true(ring_device_receive(&inputs[0], frame, 60));
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 1);
    rte_pktmbuf_free(frames[0]);
    assert_int_equal(rte_eth_stats_get(0, &stats), 0);
    assert_int_equal(stats.ierrors, 2);
    assert_int_equal(stats.ipackets, 1);
}

/* Drop all frames of port 0, for some rounds of the program. */
static uint32_t drop_all(uint32_t rounds)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        const uint16_t burst = rte_eth_rx_burst(0, 0, frames, 32);
        count += burst;
        rte_pktmbuf_free_bulk(frames, burst);
        const uint8_t *frame = NULL;
        while (ring_device_send(&outputs[0][0], 0, &frame) != RING_DEVICE_IDLE) {
        }
        now += 1000;
    }
    return count;
}

/* Output 1 has no link: the ring goes on after a while. */
static void a_dead_output_stops_no_other(void **state)
{
    (void)state;
    outputs[0][1].link_down = true;
    while (receive(0)) {
    }
    assert_true(received < V6NF_RING_SIZE);
    assert_int_equal(drop_all(6000), received);
    assert_true(receive(0));
    assert_int_equal(drop_all(10), 1);
}

/* -- Set-up -------------------------------------------------------------------------------------------------------- */

static void what_a_port_does_not_have_is_refused(void **state)
{
    (void)state;
    struct rte_eth_conf configuration = {.rxmode = {.offloads = 0}};
    struct rte_mempool *pool = rte_pktmbuf_pool_create("p", 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
    const struct rte_eth_rxconf *no_thresholds = (const struct rte_eth_rxconf *)(const void *)&configuration;
    assert_int_equal(rte_eth_dev_count_avail(), PORTS);
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, &configuration), -EBUSY);
    assert_int_equal(rte_eth_rx_queue_setup(0, 0, 512, 0, NULL, pool), -EBUSY);
    assert_int_equal(rte_eth_dev_stop(0), 0);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
    assert_int_equal(rte_eth_dev_configure(PORTS, 1, 1, &configuration), -ENODEV);
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, NULL), -EINVAL);
    assert_int_equal(rte_eth_dev_configure(0, 2, 1, &configuration), -ENOTSUP);
    assert_int_equal(rte_eth_dev_configure(0, 1, 2, &configuration), -ENOTSUP);
    configuration.rxmode.offloads = 1;
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, &configuration), -ENOTSUP);
    configuration.rxmode = (struct rte_eth_rxmode){.mtu = 9000};
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, &configuration), -ENOTSUP);
    configuration.rxmode.mtu = 1500;
    configuration.txmode.offloads = 1;
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, &configuration), -ENOTSUP);
    configuration.txmode.offloads = 0;
    assert_int_equal(rte_eth_dev_configure(0, 1, 1, &configuration), 0);
    assert_int_equal(rte_eth_dev_start(0), -EINVAL); /* without queues */
    assert_int_equal(rte_eth_rx_queue_setup(0, 1, 512, 0, NULL, pool), -EINVAL);
    assert_int_equal(rte_eth_rx_queue_setup(0, 0, 512, 0, no_thresholds, pool), -ENOTSUP);
    assert_int_equal(rte_eth_rx_queue_setup(0, 0, 512, 0, NULL, NULL), -EINVAL);
    assert_int_equal(rte_eth_rx_queue_setup(0, 0, 512, 0, NULL, pool), 0);
    assert_int_equal(rte_eth_dev_start(0), -EINVAL);
    assert_int_equal(rte_eth_tx_queue_setup(0, 0, 512, 0, NULL), 0);
    assert_int_equal(rte_eth_dev_start(0), 0);
    assert_int_equal(rte_eth_promiscuous_enable(0), 0);
    assert_int_equal(rte_eth_promiscuous_enable(PORTS), -ENODEV);
    assert_int_equal(rte_eth_stats_get(PORTS, NULL), -ENODEV);
    assert_int_equal(rte_eth_stats_get(0, NULL), -EINVAL);
}

static void a_closed_port_is_none(void **state)
{
    (void)state;
    uint16_t port = 0;
    uint32_t sum = 0;
    assert_int_equal(rte_eth_dev_close(1), 0);
    assert_int_equal(rte_eth_dev_close(1), -ENODEV);
    assert_int_equal(rte_eth_dev_count_avail(), PORTS - 1u);
    assert_int_equal(rte_eth_dev_is_valid_port(1), 0);
    RTE_ETH_FOREACH_DEV(port)
    {
        sum += 1u + port;
    }
    assert_int_equal(sum, 1 + 3);
    assert_int_equal(rte_eth_rx_burst(1, 0, frames, 32), 0);
    assert_int_equal(rte_eth_rx_burst(UINT16_MAX, 0, frames, 32), 0);
}

static void a_pool_must_hold_a_frame(void **state)
{
    (void)state;
    struct rte_mempool *pool = NULL;
    uint32_t count = 0;
    assert_null(rte_pktmbuf_pool_create("p", 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE - 1, 0));
    assert_int_equal(rte_errno, EINVAL);
    assert_null(rte_pktmbuf_pool_create("p", 0, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0));
    assert_null(rte_pktmbuf_pool_create("p", 1, 0, 8, RTE_MBUF_DEFAULT_BUF_SIZE, 0));
    assert_null(rte_pktmbuf_pool_create(NULL, 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0));
    for (struct rte_mempool *next = NULL; count < 100u; count++) {
        next = rte_pktmbuf_pool_create("p", 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
        if (next == NULL) {
            break;
        }
        pool = next;
    }
    assert_in_range(count, 1, 8);
    assert_int_equal(rte_errno, ENOMEM);
    rte_mempool_free(NULL);
    rte_mempool_free(pool);
    assert_ptr_equal(rte_pktmbuf_pool_create("p", 1, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0), pool);
}

static void there_are_at_most_eight_ports(void **state)
{
    (void)state;
    for (uint32_t i = PORTS; i < RTE_MAX_ETHPORTS; i++) {
        assert_true(dpdk_add_port(&cables[0].b.port));
    }
    assert_false(dpdk_add_port(&cables[0].b.port));
    assert_false(dpdk_add_ring(&rings[0], V6NF_RING_LEGACY, NULL));
    assert_int_equal(rte_eth_dev_count_avail(), RTE_MAX_ETHPORTS);
}

/* -- Ports --------------------------------------------------------------------------------------------------------- */

static void send_to(uint32_t port, uint32_t number)
{
    struct v6nf_port *end = &cables[port].a.port;
    uint8_t *buffer = end->operations->reserve(end);
    assert_non_null(buffer);
    write_frame(buffer, number);
    end->operations->commit(end, FRAME_SIZE);
}

static void collect(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t *sum = context;
    (void)capacity;
    (void)lengths;
    assert_int_equal(length, FRAME_SIZE);
    *sum = *sum * 10u + number_of(frame);
}

/* Return the numbers of the frames that a port has sent, as decimal digits. */
static uint32_t sent_by(uint32_t port)
{
    struct v6nf_port *end = &cables[port].a.port;
    uint32_t sum = 0;
    while (end->operations->poll(end, collect, &sum) > 0u) {
    }
    return sum;
}

static void frames_are_copied_between_ports(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 5u; i++) {
        send_to(0, i);
    }
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 2), 2);
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 2), 2);
    assert_int_equal(sent_by(1), 12);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 3); /* those that were received with them */
    assert_int_equal(number_of(rte_pktmbuf_mtod(frames[0], uint8_t *)), 3);
    ASSERT_ENDS("keeps", (void)rte_eth_rx_burst(0, 0, frames, 32));
    assert_int_equal(rte_eth_tx_burst(0, 0, &frames[1], 1), 1); /* back */
    assert_int_equal(rte_eth_tx_burst(2, 0, &frames[2], 1), 1);
    ASSERT_ENDS("twice", (void)rte_eth_tx_burst(2, 0, &frames[2], 1));
    rte_pktmbuf_free(frames[0]);
    assert_int_equal(sent_by(0), 4);
    assert_int_equal(sent_by(1), 0);
    assert_int_equal(sent_by(2), 5);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
}

static uint32_t buffers; /* that port 1 has */

static uint8_t *reserve_a_few(struct v6nf_port *port)
{
    static uint8_t buffer[FRAME_SIZE];
    (void)port;
    return buffers > 0u ? buffer : NULL;
}

static void use_up(struct v6nf_port *port, uint32_t length)
{
    (void)port;
    assert_int_equal(length, FRAME_SIZE);
    buffers--;
}

static void a_port_without_a_buffer_accepts_fewer(void **state)
{
    (void)state;
    struct v6nf_port_operations few = *cables[1].b.port.operations;
    few.reserve = reserve_a_few;
    few.commit = use_up;
    cables[1].b.port.operations = &few;
    for (uint32_t i = 0; i < 5u; i++) {
        send_to(0, i);
    }
    buffers = 3;
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 5);
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 5), 3);
    assert_int_equal(rte_eth_tx_burst(1, 0, &frames[3], 2), 0); /* they are still the program's */
    buffers = 1;
    assert_int_equal(rte_eth_tx_burst(1, 0, &frames[3], 2), 1);
    rte_pktmbuf_free(frames[4]);
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 0);
}

static void a_port_sends_no_length_that_is_none(void **state)
{
    (void)state;
    struct rte_eth_stats stats;
    struct rte_ether_addr address;
    for (uint32_t i = 1; i <= 4u; i++) {
        send_to(0, i);
    }
    assert_int_equal(rte_eth_rx_burst(0, 0, frames, 32), 4);
    frames[0]->pkt_len = 99;
    frames[1]->pkt_len = 1515;
    frames[1]->data_len = 1515;
    frames[2]->pkt_len = 16;
    frames[2]->data_len = 16;
    assert_int_equal(rte_eth_tx_burst(1, 0, frames, 4), 4);
    assert_int_equal(sent_by(1), 4);
    assert_int_equal(rte_eth_stats_get(1, &stats), 0);
    assert_int_equal(stats.oerrors, 3);
    assert_int_equal(rte_eth_macaddr_get(1, &address), 0);
    assert_memory_equal(address.addr_bytes, cables[1].b.port.mac, 6);
}

/* -- Capture files ------------------------------------------------------------------------------------------------- */

static char name[] = "/tmp/test_dpdk.XXXXXX";

static int set_up_file(void **state)
{
    (void)state;
    memcpy(name + sizeof name - 7u, "XXXXXX", 6);
    const int file = mkstemp(name);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(name);
}

/* Write numbers of 32 bits, and then `zeros` bytes. */
static void write_file(const uint32_t *numbers, size_t count, size_t zeros)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(numbers, sizeof *numbers, count, file), count);
    for (size_t i = 0; i < zeros; i++) {
        assert_int_equal(fputc(0, file), 0);
    }
    assert_int_equal(fclose(file), 0);
}

static void count_frame(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t *sum = context;
    (void)frame;
    (void)capacity;
    *sum += length;
    lengths[0] = length;
}

static uint32_t read_all(uint32_t polls)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < polls; i++) {
        (void)capture.port.operations->poll(&capture.port, count_frame, &sum);
    }
    return sum;
}

#define HEADER(magic, link) (magic), 0x00040002u, 0, 0, 65535, (link)

static void files_that_are_no_captures_are_refused(void **state)
{
    (void)state;
    static const uint32_t other[] = {HEADER(0x0A0D0D0Au, 1)};
    static const uint32_t radio[] = {HEADER(0xA1B2C3D4u, 105)};
    static const uint32_t first[] = {0xA1B2C3D4u};
    write_file(other, 6, 0);
    assert_non_null(strstr(dpdk_capture_open(&capture, name, NULL), "no capture file"));
    write_file(radio, 6, 0);
    assert_non_null(strstr(dpdk_capture_open(&capture, name, NULL), "Ethernet"));
    write_file(first, 1, 0);
    assert_non_null(strstr(dpdk_capture_open(&capture, name, NULL), "too short"));
    assert_non_null(dpdk_capture_open(&capture, "/nonexistent/file", NULL));
    assert_non_null(dpdk_capture_open(&capture, NULL, "/nonexistent/file"));
    assert_int_equal(read_all(1), 0);
    assert_null(capture.port.operations->reserve(&capture.port));
}

static void frames_that_no_buffer_holds_are_skipped(void **state)
{
    (void)state;
    struct v6nf_port_counters counters;
    static const uint32_t numbers[] = {
        HEADER(0xA1B23C4Du, 1), 0, 0, 4, 4, 0, 0, 0, 20, 20, 1, 2, 3, 4, 5, 0, 0, 2049, 2049};
    write_file(numbers, sizeof numbers / sizeof numbers[0], 2049);
    assert_null(dpdk_capture_open(&capture, name, NULL));
    assert_int_equal(read_all(3), 20);
    capture.port.operations->read_counters(&capture.port, &counters);
    assert_int_equal(counters.received, 1);
    assert_int_equal(counters.received_bytes, 20);
    assert_int_equal(counters.receive_dropped, 2);
    assert_int_equal(counters.transmit_dropped, 1); /* there is no output */
    assert_true(capture.port.operations->stop(&capture.port));
    assert_true(capture.port.operations->stop(&capture.port));
    assert_false(capture.has_failed);
}

static void a_capture_of_the_other_byte_order_is_read(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {HEADER(0xD4C3B2A1u, 0x01000000u), 0, 0, 0x14000000u, 0x14000000u};
    write_file(numbers, sizeof numbers / sizeof numbers[0], 20);
    assert_null(dpdk_capture_open(&capture, name, NULL));
    assert_int_equal(read_all(2), 20);
    assert_true(capture.port.operations->stop(&capture.port));
}

/* A record with an impossible length, and a file that ends in the middle of a frame: no more is received. */
static void a_damaged_capture_ends(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {HEADER(0xA1B2C3D4u, 1), 0, 0, 20, 20, 1, 2, 3, 4, 5, 0, 0, 300000, 60};
    write_file(numbers, sizeof numbers / sizeof numbers[0], 400000);
    assert_null(dpdk_capture_open(&capture, name, NULL));
    assert_int_equal(read_all(10), 20);
    assert_int_equal(capture.counters.receive_dropped, 1);
    assert_true(capture.port.operations->stop(&capture.port));
    static const uint32_t cut[] = {HEADER(0xA1B2C3D4u, 1), 0, 0, 20, 20, 1, 2};
    write_file(cut, sizeof cut / sizeof cut[0], 0);
    assert_null(dpdk_capture_open(&capture, name, NULL));
    assert_int_equal(read_all(10), 0);
    assert_true(capture.port.operations->stop(&capture.port));
}

static void a_full_disk_is_reported(void **state)
{
    (void)state;
    uint8_t *buffer = NULL;
    if (access("/dev/full", W_OK) != 0) {
        print_message("there is no /dev/full\n");
        skip();
    }
    for (uint32_t count = 1; count <= 100u; count += 99u) { /* one is written at the end, many before */
        assert_null(dpdk_capture_open(&capture, NULL, "/dev/full"));
        for (uint32_t i = 0; i < count; i++) {
            buffer = capture.port.operations->reserve(&capture.port);
            assert_non_null(buffer);
            write_frame(buffer, i);
            capture.port.operations->commit(&capture.port, FRAME_SIZE);
        }
        assert_true(capture.port.operations->stop(&capture.port));
        assert_true(capture.has_failed);
        assert_int_equal(capture.counters.transmit_dropped > 0u, count > 1u);
    }
}

static void what_is_sent_can_be_read_again(void **state)
{
    (void)state;
    assert_null(dpdk_capture_open(&capture, NULL, name));
    uint8_t *buffer = capture.port.operations->reserve(&capture.port);
    write_frame(buffer, 1);
    capture.port.operations->commit(&capture.port, FRAME_SIZE);
    capture.port.operations->commit(&capture.port, DPDK_CAPTURE_FRAME + 1u);
    assert_int_equal(read_all(1), 0);
    assert_true(capture.port.operations->link_up(&capture.port));
    assert_int_equal(capture.port.operations->status(&capture.port), V6NF_PORT_RUNNING);
    assert_true(capture.port.operations->stop(&capture.port));
    assert_int_equal(capture.counters.sent, 1);
    assert_int_equal(capture.counters.transmit_dropped, 1);
    assert_null(dpdk_capture_open(&capture, name, NULL));
    assert_int_equal(read_all(2), FRAME_SIZE);
    assert_int_equal(number_of(capture.frame), 1);
    assert_true(capture.port.operations->stop(&capture.port));
}

#define ON_RINGS(test)                                                                                                 \
    cmocka_unit_test_setup_teardown(test, set_up_legacy, check_rings),                                                 \
        cmocka_unit_test_setup_teardown(test, set_up_advanced, check_rings)
#define ON_FILE(test) cmocka_unit_test_setup_teardown(test, set_up_file, remove_file)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_RINGS(frames_are_sent_in_the_order_in_which_they_were_received),
        ON_RINGS(a_burst_has_as_many_frames_as_the_program_wants),
        ON_RINGS(every_frame_is_sent_once_or_dropped),
        ON_RINGS(a_frame_is_sent_or_freed_once),
        ON_RINGS(no_frame_is_kept),
        ON_RINGS(a_frame_is_sent_only_to_outputs),
        ON_RINGS(lengths_that_are_none_are_counted),
        ON_RINGS(a_frame_grows_and_shrinks_at_its_end),
        ON_RINGS(what_a_faulty_card_reports_is_not_shown),
        ON_RINGS(a_dead_output_stops_no_other),
        ON_RINGS(what_a_port_does_not_have_is_refused),
        ON_RINGS(a_closed_port_is_none),
        ON_RINGS(a_pool_must_hold_a_frame),
        cmocka_unit_test_setup(there_are_at_most_eight_ports, set_up_cables),
        cmocka_unit_test_setup(frames_are_copied_between_ports, set_up_cables),
        cmocka_unit_test_setup(a_port_without_a_buffer_accepts_fewer, set_up_cables),
        cmocka_unit_test_setup(a_port_sends_no_length_that_is_none, set_up_cables),
        ON_FILE(files_that_are_no_captures_are_refused),
        ON_FILE(frames_that_no_buffer_holds_are_skipped),
        ON_FILE(a_capture_of_the_other_byte_order_is_read),
        ON_FILE(a_damaged_capture_ends),
        ON_FILE(a_full_disk_is_reported),
        ON_FILE(what_is_sent_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
