/* test_lan9118.c: the driver of the LAN9118, on a card that checks it against the data sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lan9118_card.h"
#include "v6nf/env.h"
#include "v6nf/driver/lan9118.h"

#define SECOND 1000000u
#define CAPACITY 1514u
#define FULL_DUPLEX (1u << 20)
#define MANY 3000u /* frames, many laps of each FIFO */

static const uint8_t own[6] = {0x00, 0x80, 0x0F, 1, 2, 3}; /* in the EEPROM */

/* The frame that the handler got, and its answer. */
static struct world {
    struct v6nf_lan9118 lan9118;
    uint8_t after[64]; /* must not change */
    uint32_t shown;
    const uint8_t *frame;
    uint32_t length;
    uint8_t copy[LAN9118_FRAME_MAX];
    bool answers;      /* with the received length, */
    uint32_t answer;   /* or with this one; 0 for none */
} w;

static struct v6nf_port *const port = &w.lan9118.port;

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    assert_ptr_equal(context, &w);
    assert_int_equal(capacity, CAPACITY);
    assert_true(length >= 14u && length <= capacity);
    assert_int_equal(lengths[0], 0);
    assert_int_equal((uintptr_t)frame % 4u, 2); /* the IPv6 header is aligned to a word */
    w.shown++;
    w.frame = frame;
    w.length = length;
    memcpy(w.copy, frame, length);
    lengths[0] = w.answers ? length : w.answer;
    if (lengths[0] > 0u && lengths[0] <= capacity) {
        memset(frame + length, 0x55, capacity - length); /* the handler may write to the whole buffer */
        frame[6] ^= 0x80u;
    }
}

static uint32_t poll(void)
{
    return port->operations->poll(port, handler, &w);
}

static void poll_until_idle(void)
{
    for (uint32_t i = 0; i < 100u; i++) {
        (void)poll();
        lan9118_card_pass(10);
    }
}

static struct v6nf_port_counters counters(void)
{
    struct v6nf_port_counters result;
    port->operations->read_counters(port, &result);
    return result;
}

static enum v6nf_nic_status init_with(const uint8_t *mac, bool promiscuous)
{
    const struct v6nf_nic_config config = {.mtu = 1500, .mac = mac, .promiscuous = promiscuous};
    memset(&w, 0xA5, sizeof w);
    memset(&w.shown, 0, sizeof w - offsetof(struct world, shown));
    return v6nf_lan9118_init(&w.lan9118, LAN9118_ADDRESS, &config);
}

static enum v6nf_nic_status init(void)
{
    return init_with(NULL, false);
}

static void assert_no_fault(void)
{
    if (lan9118_card.fault != NULL) {
        fail_msg("card: %s", lan9118_card.fault);
    }
    for (uint32_t i = 0; i < sizeof w.after; i++) {
        assert_int_equal(w.after[i], 0xA5);
    }
}

static int set_up(void **state)
{
    (void)state;
    lan9118_card_power_on();
    return 0;
}

static int set_up_again(void)
{
    if (init() != V6NF_NIC_READY) {
        return -1;
    }
    (void)port->operations->link_up(port);
    return port->operations->link_up(port) ? 0 : -1;
}

/* Set up a running card. */
static int set_up_ready(void **state)
{
    (void)state;
    lan9118_card_power_on();
    return set_up_again();
}

static void fill(uint8_t *frame, uint32_t length, uint32_t seed)
{
    for (uint32_t i = 0; i < length; i++) {
        frame[i] = (uint8_t)(seed + 7u * i);
    }
    memcpy(frame, own, sizeof own);
}

static bool arrives(uint32_t length, uint32_t seed, uint32_t status)
{
    uint8_t frame[LAN9118_FRAME_MAX];
    fill(frame, length, seed);
    return lan9118_card_receive(frame, length, status);
}

/* Assert that card and driver work as before. */
static void assert_goes_on(void)
{
    const uint32_t shown = w.shown;
    poll_until_idle();
    assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_RECEIVES);
    assert_int_equal(w.shown, shown);
    uint8_t frame[300];
    fill(frame, sizeof frame, 77);
    assert_true(lan9118_card_receive(frame, sizeof frame, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(w.length, sizeof frame);
    assert_memory_equal(w.copy, frame, sizeof frame);
    assert_no_fault();
}

/* -- Initialization
 * ------------------------------------------------------------------------------------------------- */

static void test_opens_as_a_port(void **state)
{
    (void)state;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(port->mac, own, sizeof own);
    assert_int_equal(port->mtu, 1500);
    assert_int_equal(port->capacity, CAPACITY);
    assert_int_equal(port->outputs, 1);
    lan9118_card_pass(10);
    assert_int_equal(lan9118_card.mac_cr & 0xCu, 0xC); /* both directions, */
    assert_int_equal(lan9118_card.tx_cfg, 2);
    assert_int_equal(lan9118_card.hw_cfg, 0x150000);
    assert_int_equal(lan9118_card.phy_control & 0x5800u, 0x1000); /* negotiation: no loopback, no power-down */
    assert_int_equal(poll(), 0);
    assert_no_fault();
}

static void test_refuses_configurations(void **state)
{
    (void)state;
    static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    static const uint8_t no_address[6] = {0};
    static const uint32_t mtus[] = {0, 1280, 1499, 1501, 9000, UINT32_MAX};
    struct v6nf_nic_config config = {.mtu = 1500, .inputs = 2};
    assert_int_equal(v6nf_lan9118_init(&w.lan9118, LAN9118_ADDRESS, &config), V6NF_NIC_INPUTS_BAD);
    for (uint32_t i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        config = (struct v6nf_nic_config){.mtu = mtus[i], .inputs = 1};
        assert_int_equal(v6nf_lan9118_init(&w.lan9118, LAN9118_ADDRESS, &config), V6NF_NIC_MTU_BAD);
    }
    assert_int_equal(init_with(group, false), V6NF_NIC_MAC_BAD);
    assert_int_equal(init_with(no_address, false), V6NF_NIC_MAC_BAD);
    config = (struct v6nf_nic_config){.mtu = 1500, .inputs = 1};
    assert_int_equal(v6nf_lan9118_init(&w.lan9118, LAN9118_ADDRESS, &config), V6NF_NIC_READY);
    assert_no_fault();
}

/* On any status but V6NF_NIC_READY the port does nothing. */
static void assert_is_dead(void)
{
    struct v6nf_port_counters none = {0};
    struct v6nf_port_counters read = counters();
    assert_int_equal(poll(), 0);
    assert_null(port->operations->reserve(port));
    port->operations->commit(port, 60);
    assert_false(port->operations->link_up(port));
    assert_memory_equal(&read, &none, sizeof none);
}

static void test_other_devices(void **state)
{
    (void)state;
    static const uint32_t ids[] = {0, 0xFFFFFFFFu, 0x91150000u, 0x80861234u, 0x00010118u, 0x01190001u};
    lan9118_card.knobs.cannot_be_mapped = true;
    assert_int_equal(init(), V6NF_NIC_NO_REGISTERS);
    assert_is_dead();
    lan9118_card.knobs.cannot_be_mapped = false;
    for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        lan9118_card.knobs.id_rev = ids[i];
        assert_int_equal(init(), V6NF_NIC_OTHER_DEVICE);
        assert_is_dead();
    }
    lan9118_card.knobs.id_rev = 0x01180001u;
    lan9118_card.knobs.byte_test = 0x21436587u;
    assert_int_equal(init(), V6NF_NIC_OTHER_DEVICE);
    lan9118_card.knobs.byte_test = 0x43218765u;
    assert_int_equal(init(), V6NF_NIC_OTHER_DEVICE);
    assert_is_dead();
    assert_no_fault();
}

static void test_whole_family(void **state)
{
    (void)state;
    static const uint32_t ids[] = {0x0115, 0x0116, 0x0117, 0x0118, 0x115A, 0x116A,
                                   0x117A, 0x118A, 0x9210, 0x9220, 0x9221};
    for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        lan9118_card_power_on();
        lan9118_card.knobs.id_rev = ids[i] << 16;
        assert_int_equal(init(), V6NF_NIC_READY);
    }
    assert_no_fault();
}

static void test_wakes_a_card_that_saves_power(void **state)
{
    (void)state;
    lan9118_card.knobs.saves_power = true;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_no_fault();
    lan9118_card_power_on();
    lan9118_card.knobs.saves_power = true;
    lan9118_card.knobs.wake_time = LAN9118_NEVER;
    const uint64_t begin = lan9118_card_now();
    assert_int_equal(init(), V6NF_NIC_OTHER_DEVICE);
    assert_true(lan9118_card_now() - begin < SECOND);
    assert_no_fault();
}

/* Each time of the card is late once. */
static void assert_time(uint32_t *time, uint32_t late, enum v6nf_nic_status never)
{
    lan9118_card_power_on();
    *time = late;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(port->mac, own, sizeof own);
    assert_no_fault();
    lan9118_card_power_on();
    *time = LAN9118_NEVER;
    const uint64_t begin = lan9118_card_now();
    assert_int_equal(init(), never);
    assert_true(lan9118_card_now() - begin < SECOND);
    assert_is_dead();
    assert_no_fault();
}

static void test_every_wait_has_a_bound(void **state)
{
    (void)state;
    struct lan9118_knobs *knobs = &lan9118_card.knobs;
    assert_time(&knobs->phy_reset_time, 5000, V6NF_NIC_NO_RESET);
    assert_time(&knobs->reset_time, 5000, V6NF_NIC_NO_RESET);
    assert_time(&knobs->eeprom_time, 20000, V6NF_NIC_NO_RESET);
    assert_time(&knobs->mac_time, 40, V6NF_NIC_NO_START);
    assert_time(&knobs->mii_time, 500, V6NF_NIC_NO_START);
}

static void test_address(void **state)
{
    (void)state;
    static const uint8_t given[6] = {0x02, 0xFE, 0xDC, 0xBA, 0x98, 0x76};
    uint8_t frame[60] = {0};
    lan9118_card.knobs.has_eeprom = false;
    assert_int_equal(init(), V6NF_NIC_NO_EEPROM);
    assert_is_dead();
    assert_int_equal(init_with(given, false), V6NF_NIC_READY);
    assert_memory_equal(port->mac, given, sizeof given);
    memcpy(frame, given, sizeof given);
    lan9118_card_pass(10);
    assert_true(lan9118_card_receive(frame, sizeof frame, 0));
    memcpy(frame, own, sizeof own);
    assert_false(lan9118_card_receive(frame, sizeof frame, 0));
    const struct v6nf_nic_config again = {.mtu = 1500, .mac = port->mac};
    assert_int_equal(v6nf_lan9118_init(&w.lan9118, LAN9118_ADDRESS, &again), V6NF_NIC_READY);
    assert_memory_equal(port->mac, given, sizeof given);
    assert_no_fault();
}

static void test_filters(void **state)
{
    (void)state;
    static const uint8_t station[6] = {0x00, 0x80, 0x0F, 1, 2, 4};
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    uint8_t frame[60] = {0x33, 0x33};
    assert_int_equal(init(), V6NF_NIC_READY);
    lan9118_card_pass(10);
    for (uint32_t i = 0; i < 4u; i++) {
        frame[2 + i] = (uint8_t)(i * 37u); /* solicited-node groups and others (RFC 2464, 7) */
        assert_true(lan9118_card_receive(frame, sizeof frame, 0));
    }
    memcpy(frame, broadcast, sizeof broadcast);
    assert_true(lan9118_card_receive(frame, sizeof frame, 0));
    memcpy(frame, station, sizeof station);
    assert_false(lan9118_card_receive(frame, sizeof frame, 0));
    assert_int_equal(poll(), 5);
    assert_int_equal(init_with(NULL, true), V6NF_NIC_READY);
    lan9118_card_pass(10);
    assert_true(lan9118_card_receive(frame, sizeof frame, 0));
    assert_no_fault();
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

static bool negotiates_full_duplex(uint32_t partner)
{
    lan9118_card_power_on();
    lan9118_card.knobs.partner = partner;
    assert_int_equal(init(), V6NF_NIC_READY);
    lan9118_card_pass(10);
    assert_int_equal(lan9118_card.mac_cr & FULL_DUPLEX, 0);
    (void)port->operations->link_up(port);
    assert_true(port->operations->link_up(port));
    lan9118_card_pass(10);
    assert_no_fault();
    return (lan9118_card.mac_cr & FULL_DUPLEX) != 0u;
}

static void test_duplex(void **state)
{
    (void)state;
    assert_true(negotiates_full_duplex(1u + 0x1E0u));
    assert_true(negotiates_full_duplex(1u + LAN9118_10_HALF + LAN9118_10_FULL));
    assert_true(negotiates_full_duplex(1u + LAN9118_100_FULL));
    assert_false(negotiates_full_duplex(1u + LAN9118_10_HALF + LAN9118_100_HALF));
    /* 100 Mbit/s half duplex comes before 10 full (IEEE 802.3, 28B.3). */
    assert_false(negotiates_full_duplex(1u + LAN9118_10_HALF + LAN9118_10_FULL + LAN9118_100_HALF));
    assert_false(negotiates_full_duplex(LAN9118_100_HALF)); /* does not negotiate */
    assert_false(negotiates_full_duplex(0));
}

static void test_link(void **state)
{
    (void)state;
    lan9118_card_set_link(false);
    assert_false(port->operations->link_up(port));
    assert_false(port->operations->link_up(port));
    lan9118_card.knobs.partner = 1u + LAN9118_100_HALF;
    lan9118_card_set_link(true);
    assert_false(port->operations->link_up(port)); /* it was down */
    assert_true(port->operations->link_up(port));
    assert_true(port->operations->link_up(port));
    lan9118_card_pass(10);
    assert_int_equal(lan9118_card.mac_cr & FULL_DUPLEX, 0);
    assert_no_fault();
}

/* A program that asks seldom, or never: the driver checks the link by itself, and remembers the result. */
static void test_polls_follow_the_link(void **state)
{
    (void)state;
    lan9118_card.knobs.partner = 1u + LAN9118_100_HALF;
    lan9118_card_set_link(false);
    lan9118_card_set_link(true);
    for (uint32_t i = 0; i < 3u; i++) {
        lan9118_card_pass(SECOND / 2u);
        (void)poll();
    }
    lan9118_card_pass(10);
    assert_int_equal(lan9118_card.mac_cr & FULL_DUPLEX, 0);
    assert_int_equal(lan9118_card.mac_cr & 0xCu, 0xC);
    assert_false(port->operations->link_up(port));
    assert_true(port->operations->link_up(port));
    assert_no_fault();
}

static void test_a_mute_phy_is_no_link(void **state)
{
    (void)state;
    lan9118_card.knobs.mii_time = LAN9118_NEVER;
    const uint64_t begin = lan9118_card_now();
    assert_false(port->operations->link_up(port));
    assert_false(port->operations->link_up(port));
    assert_true(lan9118_card_now() - begin < SECOND / 10u);
    assert_no_fault();
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

static void test_every_length(void **state)
{
    (void)state;
    uint8_t frame[CAPACITY];
    uint64_t bytes = 0;
    const uint32_t unanswered = V6NF_PORT_FRAME_MIN - 14u;
    const uint32_t unanswered_bytes = 14u + 15u + 16u;
    w.answers = true;
    for (uint32_t length = 14; length <= CAPACITY; length++) {
        fill(frame, length, length);
        assert_true(lan9118_card_receive(frame, length, 0));
        assert_int_equal(poll(), 1);
        assert_int_equal(w.length, length);
        assert_memory_equal(w.copy, frame, length);
        if (length < V6NF_PORT_FRAME_MIN) {
            assert_int_equal(counters().transmit_dropped, length - 13u);
            continue;
        }
        /* The bytes that the handler left in the buffer are sent, padded if necessary. */
        frame[6] ^= 0x80u;
        assert_int_equal(lan9118_card.frame_length, length < 60u ? 60u : length);
        assert_memory_equal(lan9118_card.frame, frame, length);
        bytes += length;
    }
    const struct v6nf_port_counters read = counters();
    assert_int_equal(read.received, CAPACITY - 13u);
    assert_int_equal(read.received_bytes, bytes + unanswered_bytes);
    assert_int_equal(read.sent, CAPACITY - 13u - unanswered);
    assert_int_equal(read.sent_bytes, bytes);
    assert_int_equal(read.receive_dropped, 0);
    assert_int_equal(read.transmit_dropped, unanswered);
    assert_no_fault();
}

static void test_null_is_not_written(void **state)
{
    (void)state;
    assert_true(arrives(60, 1, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(lan9118_card.tx_writes, 0);
    w.answer = CAPACITY + 1u; /* more than the buffer */
    assert_true(arrives(60, 1, 0));
    assert_int_equal(poll(), 1);
    w.answer = UINT32_MAX;
    assert_true(arrives(60, 1, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(lan9118_card.tx_writes, 0);
    assert_int_equal(counters().transmit_dropped, 2);
    assert_int_equal(counters().received, 3);
    assert_no_fault();
}

static void test_bursts(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u * V6NF_LAN9118_BURST + 1u; i++) {
        assert_true(arrives(60 + i, i, 0));
    }
    assert_int_equal(poll(), V6NF_LAN9118_BURST);
    assert_int_equal(poll(), V6NF_LAN9118_BURST);
    assert_int_equal(poll(), 1);
    assert_int_equal(poll(), 0);
    assert_no_fault();
}

/* More frames than the FIFOs hold, in bursts of every size. */
static void test_laps(void **state)
{
    (void)state;
    uint32_t taken = 0;
    w.answers = true;
    for (uint32_t i = 0; i < MANY; i++) {
        taken += arrives(60u + i * 37u % 1455u, i, 0) ? 1u : 0u;
        if (i * 2654435761u >> 29 == 0u) {
            poll_until_idle();
        }
    }
    poll_until_idle();
    const struct v6nf_port_counters read = counters();
    assert_int_equal(read.received, taken);
    assert_int_equal(read.sent, taken);
    assert_int_equal(read.receive_dropped, MANY - taken); /* which the card counts */
    assert_true(taken > MANY / 2u && taken < MANY);
    assert_no_fault();
}

static void test_lost_frames_are_counted_once(void **state)
{
    (void)state;
    lan9118_card_lose(3);
    assert_int_equal(counters().receive_dropped, 3);
    assert_int_equal(counters().receive_dropped, 3);
    lan9118_card_lose(2);
    assert_int_equal(counters().receive_dropped, 5);
    assert_no_fault();
}

static void test_damaged_frames(void **state)
{
    (void)state;
    assert_true(arrives(100, 1, LAN9118_RX_CRC_ERROR));
    assert_true(arrives(1514, 1, LAN9118_RX_CRC_ERROR));
    assert_true(arrives(1515, 1, 0)); /* the card reports that it is too long */
    assert_true(arrives(2000, 1, 0));
    poll_until_idle();
    assert_int_equal(lan9118_card.skips, 4);
    assert_int_equal(lan9118_card.rx_reads, 0);
    assert_int_equal(w.shown, 0);
    assert_int_equal(counters().receive_dropped, 4);
    assert_goes_on();
}

/* Fewer than four words are read (3.13.1.1). 6 to 9 bytes, FCS and offset are 3 words. */
static void test_short_damaged_frames(void **state)
{
    (void)state;
    for (uint32_t length = 6; length <= 13u; length++) {
        lan9118_card.skips = 0;
        assert_true(arrives(length, 1, LAN9118_RX_RUNT));
        poll_until_idle();
        assert_int_equal(lan9118_card.skips, length > 6u ? 1 : 0);
    }
    assert_int_equal(counters().receive_dropped, 8);
    assert_goes_on();
}

static void test_slow_fast_forward(void **state)
{
    (void)state;
    lan9118_card.knobs.skip_time = 50;
    assert_true(arrives(1000, 1, LAN9118_RX_CRC_ERROR));
    assert_true(arrives(200, 2, 0));
    assert_int_equal(poll(), 0);
    assert_int_equal(poll(), 0);
    assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_SKIPS);
    lan9118_card_pass(50);
    assert_int_equal(poll(), 1);
    assert_int_equal(w.length, 200);
    lan9118_card.knobs.skip_time = LAN9118_NEVER;
    assert_true(arrives(1000, 1, LAN9118_RX_CRC_ERROR));
    assert_true(arrives(200, 2, 0));
    const uint64_t begin = lan9118_card_now();
    assert_int_equal(poll(), 0);
    assert_int_equal(poll(), 0);
    assert_true(lan9118_card_now() - begin < 100u); /* a poll never waits */
    assert_no_fault();
}

/* QEMU's card reports such frames as good. */
static void test_long_frames_without_a_sign(void **state)
{
    (void)state;
    lan9118_card.knobs.is_silent = true;
    assert_true(arrives(1515, 1, 0));
    assert_true(arrives(1518, 1, 0));
    assert_true(arrives(2000, 1, 0));
    assert_true(arrives(1514, 1, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(w.length, 1514);
    assert_int_equal(counters().receive_dropped, 3);
    assert_int_equal(lan9118_card.skips, 0);
    assert_goes_on();
}

/* -- Cards that contradict themselves ------------------------------------------------------------------------------ */

static void test_impossible_statuses(void **state)
{
    (void)state;
    static const struct {
        uint32_t length;
        uint32_t bits;
        uint32_t words;
    } lies[] = {
        {0, 0, 1},      {3, 0, 2},          {4, 0, 2},         {17, 0, 5},        {16383, 0, 100},
        {1518, 0, 379}, {64, 0, 16},        {64, 0x8000u, 16}, {16383, 0x8000u, 400}, {0, 0x8000u, 0},
        {1519, 0, 100}, {18, 0x40000000u, 4},
    };
    for (uint32_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        const uint32_t restarts = lan9118_card.restarts;
        const uint64_t dropped = counters().receive_dropped;
        lan9118_card_invent((lies[i].length << 16) + lies[i].bits, lies[i].words);
        assert_int_equal(poll(), 0);
        poll_until_idle();
        assert_int_equal(counters().receive_dropped, dropped + 1u);
        assert_int_equal(lan9118_card.restarts, restarts + 1u);
        assert_goes_on();
    }
}

/* Frames after such a frame in the FIFOs are lost as well; later frames are not. */
static void test_receiver_is_emptied(void **state)
{
    (void)state;
    lan9118_card_invent(16383u << 16, 10);
    assert_true(arrives(60, 1, 0));
    assert_true(arrives(61, 1, 0));
    assert_int_equal(poll(), 0);
    assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_STOPS);
    assert_goes_on();
    assert_int_equal(w.shown, 1);
    assert_int_equal(lan9118_card.mac_cr & FULL_DUPLEX, FULL_DUPLEX);
}

static void test_receiver_that_stays_stopped(void **state)
{
    (void)state;
    lan9118_card.knobs.dump_time = LAN9118_NEVER;
    lan9118_card_invent(0, 1);
    poll_until_idle();
    assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_EMPTIES);
    assert_int_equal(poll(), 0);
    set_up_ready(NULL);
    lan9118_card.knobs.stop_time = LAN9118_NEVER;
    lan9118_card_invent(0, 1);
    poll_until_idle();
    assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_STOPS);
    /* The link may change meanwhile: the receiver stays off. */
    lan9118_card_set_link(false);
    lan9118_card_set_link(true);
    (void)port->operations->link_up(port);
    (void)port->operations->link_up(port);
    lan9118_card_pass(10);
    assert_int_equal(lan9118_card.mac_cr & 4u, 0);
    assert_no_fault();
    /* Sending continues. */
    uint8_t *frame = port->operations->reserve(port);
    assert_non_null(frame);
    port->operations->commit(port, 60);
    assert_int_equal(lan9118_card.sent, 1);
    assert_int_equal(init(), V6NF_NIC_READY); /* a reset repairs it */
}

/* The FIFO registers show any value, and the FIFOs give arbitrary words. */
static void test_lies_about_fifos(void **state)
{
    (void)state;
    static const uint32_t lies[] = {0x00010000u, 0x00FF0000u, 0x0001FFFFu, 0xFFFFFFFFu, 0x0001FFFCu, 0x00FF0010u};
    lan9118_card.knobs.lies = true;
    w.answers = true;
    for (uint32_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        for (uint32_t j = 0; j < sizeof lies / sizeof lies[0]; j++) {
            lan9118_card.knobs.rx_fifo_inf = lies[i];
            lan9118_card.knobs.tx_fifo_inf = lies[j];
            const uint32_t reads = lan9118_card.rx_reads;
            const uint64_t begin = lan9118_card_now();
            (void)poll();
            assert_true(lan9118_card.rx_reads - reads <= V6NF_LAN9118_BURST * (lies[i] & 0xFFFFu) / 4u);
            assert_true(lan9118_card_now() - begin < 5000u);
            (void)counters();
            if (port->operations->reserve(port) != NULL) {
                port->operations->commit(port, CAPACITY);
            }
            lan9118_card_pass(1000);
            assert_no_fault();
        }
    }
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

static void test_originates_every_length(void **state)
{
    (void)state;
    uint8_t frame[CAPACITY];
    const uint32_t shorter = V6NF_PORT_FRAME_MIN - 1u;
    for (uint32_t length = V6NF_PORT_FRAME_MIN; length <= CAPACITY; length++) {
        uint8_t *buffer = port->operations->reserve(port);
        assert_non_null(buffer);
        assert_ptr_equal(port->operations->reserve(port), buffer);
        fill(frame, sizeof frame, length);
        memcpy(buffer, frame, sizeof frame);
        port->operations->commit(port, length);
        assert_int_equal(lan9118_card.sent, length - shorter);
        assert_memory_equal(lan9118_card.frame, frame, length);
        assert_int_equal(lan9118_card.frame_length, length < 60u ? 60u : length);
    }
    assert_int_equal(counters().sent, CAPACITY - shorter);
    assert_int_equal(counters().sent_bytes, CAPACITY * (CAPACITY + 1u) / 2u - shorter * (shorter + 1u) / 2u);
    assert_no_fault();
}

static void test_originate_is_not_the_received_buffer(void **state)
{
    (void)state;
    uint8_t *buffer = port->operations->reserve(port);
    memset(buffer, 0x11, CAPACITY);
    assert_true(arrives(1514, 9, 0));
    assert_int_equal(poll(), 1);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        assert_int_equal(buffer[i], 0x11);
    }
    port->operations->commit(port, CAPACITY);
    assert_int_equal(lan9118_card.frame[0], 0x11);
    assert_no_fault();
}

static void test_impossible_commits(void **state)
{
    (void)state;
    port->operations->commit(port, 60); /* nothing was reserved */
    assert_int_equal(counters().transmit_dropped, 0);
    static const uint32_t lengths[] = {0, 1, V6NF_PORT_FRAME_MIN - 1u, CAPACITY + 1u, UINT32_MAX};
    for (uint32_t i = 0; i < 5u; i++) {
        assert_non_null(port->operations->reserve(port));
        port->operations->commit(port, lengths[i]);
        port->operations->commit(port, 60);
    }
    assert_int_equal(counters().transmit_dropped, 5);
    assert_int_equal(lan9118_card.tx_writes, 0);
    assert_no_fault();
}

/* The wire is busy: frames that do not fit are counted, or no buffer is offered, and nothing is written. */
static void test_full_fifo(void **state)
{
    (void)state;
    uint32_t held = 0;
    lan9118_card.knobs.holds_frames = true;
    for (uint8_t *buffer = port->operations->reserve(port); buffer != NULL; buffer = port->operations->reserve(port)) {
        memset(buffer, 0x22, CAPACITY);
        port->operations->commit(port, CAPACITY);
        held++;
        assert_true(held < 10u);
    }
    assert_int_equal(held, LAN9118_TX_WORDS / (2u + 379u));
    w.answers = true;
    for (uint32_t i = 0; i < 5u; i++) {
        assert_true(arrives(1514, i, 0));
        assert_int_equal(poll(), 1);
    }
    assert_int_equal(counters().transmit_dropped, 5);
    assert_int_equal(counters().sent, 0);
    /* Also with a buffer that was reserved before the FIFO was full. */
    assert_int_equal(lan9118_card_send(1), 1);
    assert_non_null(port->operations->reserve(port));
    assert_true(arrives(1514, 7, 0));
    assert_int_equal(poll(), 1);
    port->operations->commit(port, CAPACITY);
    assert_int_equal(counters().transmit_dropped, 6);
    lan9118_card.knobs.holds_frames = false;
    assert_int_equal(lan9118_card_send(UINT32_MAX), held);
    assert_non_null(port->operations->reserve(port));
    assert_int_equal(counters().sent, held + 1u);
    assert_no_fault();
}

/* Fill the FIFO to the last word: with frames of every length, until one does not fit. */
static void test_fifo_is_filled_to_the_last_word(void **state)
{
    (void)state;
    lan9118_card.knobs.holds_frames = true;
    w.answer = 1514;
    for (uint32_t i = 0; i < 3u; i++) { /* 3 times 381 words; 9 are left, of which two are for the commands */
        assert_true(arrives(60, i, 0));
        assert_int_equal(poll(), 1);
    }
    w.answer = 27; /* 8 words with the offset */
    assert_true(arrives(60, 4, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(counters().transmit_dropped, 1);
    w.answer = 26; /* 7 */
    assert_true(arrives(60, 5, 0));
    assert_int_equal(poll(), 1);
    assert_int_equal(counters().transmit_dropped, 1);
    assert_int_equal(lan9118_card_send(UINT32_MAX), 4);
    assert_no_fault();
}

/* Write as many frames of this length as fit, then send all at once, several times. */
static void send_in_gushes(uint32_t length)
{
    w.answer = length;
    lan9118_card.knobs.holds_frames = true;
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(arrives(60, i, 0));
        assert_int_equal(poll(), 1);
        if (i % 300u == 299u) {
            (void)lan9118_card_send(UINT32_MAX);
        }
    }
    do {
        (void)counters(); /* reads statuses, so that the rest can be sent */
    } while (lan9118_card_send(UINT32_MAX) > 0u);
    assert_int_equal(counters().sent, lan9118_card.sent);
    assert_int_equal(counters().sent + counters().transmit_dropped, MANY);
    assert_no_fault();
}

/* A full status FIFO stops the transmitter (3.12.4): IPv6 frames are too long to fill it. */
static void test_status_fifo_is_emptied(void **state)
{
    (void)state;
    send_in_gushes(54);
    assert_true(lan9118_card.max_tx_statuses < LAN9118_TX_STATUSES);
    set_up_ready(NULL);
    send_in_gushes(V6NF_PORT_FRAME_MIN); /* it continues after they were read */
    assert_int_equal(lan9118_card.max_tx_statuses, LAN9118_TX_STATUSES);
    set_up_ready(NULL);
    w.answers = true;
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(arrives(60, i, 0));
        assert_int_equal(poll(), 1);
    }
    assert_true(lan9118_card.max_tx_statuses <= 2u);
    assert_int_equal(counters().sent, MANY);
    assert_no_fault();
}

static void test_transmit_errors(void **state)
{
    (void)state;
    lan9118_card.knobs.tx_status = (1u << 15) + (1u << 10); /* no carrier */
    w.answers = true;
    for (uint32_t i = 0; i < 4u; i++) {
        assert_true(arrives(60, i, 0));
        assert_int_equal(poll(), 1);
    }
    lan9118_card.knobs.tx_status = 1; /* deferred, but sent */
    assert_true(arrives(60, 5, 0));
    assert_int_equal(poll(), 1);
    const struct v6nf_port_counters read = counters();
    assert_int_equal(read.transmit_dropped, 4);
    assert_int_equal(read.sent, 1);
    assert_int_equal(read.sent_bytes, 60);
    assert_no_fault();
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static bool stop(void)
{
    return port->operations->stop(port);
}

static enum v6nf_port_status status(void)
{
    return port->operations->status(port);
}

/* Assert the contract of a port that was stopped, or is gone: each of these calls notices that. */
static void assert_is_over(enum v6nf_port_status expected)
{
    const struct v6nf_port_counters before = counters();
    const uint32_t shown = w.shown;
    assert_false(port->operations->link_up(port));
    assert_int_equal(status(), expected);
    assert_int_equal(poll(), 0);
    assert_int_equal(w.shown, shown);
    assert_null(port->operations->reserve(port));
    port->operations->commit(port, 60);
    const struct v6nf_port_counters after = counters();
    assert_memory_equal(&after, &before, sizeof before);
}

static void test_stop(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(status(), V6NF_PORT_RUNNING);
        assert_true(arrives(60, i, 0));
        assert_int_equal(poll(), 1);
        assert_true(arrives(60, i, 0)); /* no more polls */
        assert_true(stop());
        lan9118_card_pass(1000);
        assert_int_equal(lan9118_card.mac_cr & 0xCu, 0);
        assert_is_over(V6NF_PORT_STOPPED);
        assert_true(stop());
        assert_is_over(V6NF_PORT_STOPPED);
        assert_false(arrives(60, i, 0));
        assert_int_equal(counters().received, 1);
        assert_no_fault();
        assert_int_equal(set_up_again(), 0);
    }
    memset(&w.lan9118, 0, sizeof w.lan9118);
    lan9118_card.knobs.cannot_be_mapped = true;
    assert_int_equal(init(), V6NF_NIC_NO_REGISTERS);
    assert_true(stop());
    assert_is_over(V6NF_PORT_STOPPED);
}

static void test_a_card_that_is_gone(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        lan9118_card.knobs.goes = true;
        if (i == 1u) {
            (void)poll();
        } else if (i == 2u) {
            (void)counters();
        }
        const uint64_t before = lan9118_card_now();
        assert_is_over(V6NF_PORT_GONE);
        assert_int_equal(w.lan9118.receiver, V6NF_LAN9118_GONE);
        assert_true(stop());
        assert_is_over(V6NF_PORT_GONE);
        assert_in_range(lan9118_card_now() - before, 0, 1000);
        assert_int_equal(counters().receive_dropped + counters().transmit_dropped, 0);
        assert_int_equal(init(), V6NF_NIC_OTHER_DEVICE);
        lan9118_card.knobs.goes = false; /* it is back */
        assert_int_equal(set_up_again(), 0);
    }
    assert_no_fault();
}

/* The card is removed at each access. A frame under way counts as lost once, and nothing counts twice. */
static void test_a_card_can_go_at_any_time(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 150u; i++) {
        w.answers = true;
        assert_true(arrives(60, i, 0));
        lan9118_card.knobs.goes = true;
        lan9118_card.knobs.goes_after = i;
        (void)poll();
        (void)counters();
        if (port->operations->reserve(port) != NULL) {
            port->operations->commit(port, 60);
        }
        (void)port->operations->link_up(port);
        lan9118_card.knobs.goes_after = 0;
        assert_is_over(V6NF_PORT_GONE);
        const struct v6nf_port_counters read = counters();
        assert_in_range(read.received + read.receive_dropped, 0, 1);
        assert_in_range(read.sent + read.transmit_dropped, 0, 2);
        assert_true(stop());
        lan9118_card.knobs.goes = false;
        assert_int_equal(set_up_again(), 0);
        assert_no_fault();
    }
}

int main(void)
{
#define READY(test) cmocka_unit_test_setup(test, set_up_ready)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_opens_as_a_port, set_up),
        cmocka_unit_test_setup(test_refuses_configurations, set_up),
        cmocka_unit_test_setup(test_other_devices, set_up),
        cmocka_unit_test_setup(test_whole_family, set_up),
        cmocka_unit_test_setup(test_wakes_a_card_that_saves_power, set_up),
        cmocka_unit_test_setup(test_every_wait_has_a_bound, set_up),
        cmocka_unit_test_setup(test_address, set_up),
        cmocka_unit_test_setup(test_filters, set_up),
        cmocka_unit_test_setup(test_duplex, set_up),
        READY(test_link),
        READY(test_polls_follow_the_link),
        READY(test_a_mute_phy_is_no_link),
        READY(test_every_length),
        READY(test_null_is_not_written),
        READY(test_bursts),
        READY(test_laps),
        READY(test_lost_frames_are_counted_once),
        READY(test_damaged_frames),
        READY(test_short_damaged_frames),
        READY(test_slow_fast_forward),
        READY(test_long_frames_without_a_sign),
        READY(test_impossible_statuses),
        READY(test_receiver_is_emptied),
        READY(test_receiver_that_stays_stopped),
        READY(test_lies_about_fifos),
        READY(test_originates_every_length),
        READY(test_originate_is_not_the_received_buffer),
        READY(test_impossible_commits),
        READY(test_full_fifo),
        READY(test_fifo_is_filled_to_the_last_word),
        READY(test_status_fifo_is_emptied),
        READY(test_transmit_errors),
        READY(test_stop),
        READY(test_a_card_that_is_gone),
        READY(test_a_card_can_go_at_any_time),
    };
    return cmocka_run_group_tests_name("lan9118", tests, NULL, NULL);
}
