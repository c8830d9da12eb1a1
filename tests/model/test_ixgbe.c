/* test_ixgbe.c: the driver of the 82599 and the descriptor ring, on cards that check them against the data sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../unit/driver/fixture_device_memory.h"
#include "board.h"
#include "v6nf/driver/ixgbe.h"

#define MTU 1500u
#define HEADER 14u
#define MAX_OUTPUTS 2u
#define MANY 20000u /* frames, 78 laps of the ring */

static const uint8_t own_mac[6] = {0x00, 0x1B, 0x21, 0x99, 0x00, 0x01}; /* of card 0 */

/* Frames under way. Each has a number: the handler reads it, and it must be sent on each output that the handler
 * names. */
struct world {
    struct v6nf_nic nics[BOARD_CARDS];
    struct v6nf_ring ring;
    uint32_t outputs;
    uint32_t given; /* numbers assigned to frames */
    uint32_t handled;
    uint32_t last; /* number of the last handled */
    uint32_t expected[MAX_OUTPUTS];
    uint32_t sent[MAX_OUTPUTS];
    uint32_t last_sent[MAX_OUTPUTS];
    uint32_t originated; /* frames sent through another queue */
    bool all_leave;
};

static struct world w;
static uint32_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 8) % limit;
}

static uint32_t read_number(const uint8_t *frame)
{
    return (uint32_t)frame[HEADER] + ((uint32_t)frame[HEADER + 1u] << 8) + ((uint32_t)frame[HEADER + 2u] << 16) +
           ((uint32_t)frame[HEADER + 3u] << 24);
}

/* The outputs that send a frame, as bits, and its length on the wire. */
static uint32_t outputs_of(uint32_t number)
{
    return w.all_leave ? 3u : (number * 2654435761u >> 28) & 3u;
}

static uint32_t length_of(uint32_t number)
{
    return 60u + (number * 40503u >> 4) % 1455u;
}

static void assert_frame_is_whole(const uint8_t *bytes, uint32_t length)
{
    uint32_t number = read_number(bytes);
    assert_int_equal(length, length_of(number));
    for (uint32_t i = HEADER + 4u; i < length; i++) {
        if (bytes[i] != (uint8_t)(number + i)) {
            fail_msg("frame %u: byte %u is %u", number, i, bytes[i]);
        }
    }
}

static void frame_left(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    /* Outputs are on the next cards; a single output is on the card itself. Queue 1 of card 0 is the originate
     * queue. */
    uint32_t output = card->number == 0u ? 0u : card->number - 1u;
    if (card->number == 0u && bytes[12] == 0xBBu) {
        w.originated++;
        return;
    }
    assert_int_equal(queue, card->number == 0u && w.nics[0].outputs_count > 1u ? 1u : 0u);
    assert_frame_is_whole(bytes, length);
    assert_true((outputs_of(read_number(bytes)) & (1u << output)) != 0u);
    assert_true(w.sent[output] == 0u || read_number(bytes) > w.last_sent[output]);
    w.last_sent[output] = read_number(bytes);
    w.sent[output]++;
}

static void give_frame(void)
{
    uint8_t bytes[2048];
    uint32_t number = w.given++;
    uint32_t length = length_of(number);
    memcpy(bytes, own_mac, 6);
    memset(bytes + 6, 0x02, 8);
    for (uint32_t i = HEADER; i < length; i++) {
        bytes[i] = (uint8_t)(number + i);
    }
    for (uint32_t i = 0; i < 4u; i++) {
        bytes[HEADER + i] = (uint8_t)(number >> (8u * i));
    }
    card_receive(&board_cards[0], bytes, length, false);
}

static inline void handle(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct world *world = context;
    uint32_t number = read_number(frame);
    assert_in_range(length, 60, capacity);
    assert_frame_is_whole(frame, length);
    assert_true(world->handled == 0u || number > world->last);
    world->last = number;
    world->handled++;
    for (uint32_t i = 0; i < world->outputs; i++) {
        assert_int_equal(lengths[i], 0);
        if ((outputs_of(number) & (1u << i)) != 0u) {
            lengths[i] = length;
            world->expected[i]++;
        }
    }
}

static uint32_t poll(void)
{
    return w.outputs == 1u ? v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY, 1u, handle, &w)
                           : v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY, 2u, handle, &w);
}

static struct v6nf_env_pci_address address_of(uint32_t card)
{
    return (struct v6nf_env_pci_address){.bus = 1, .function = (uint8_t)card};
}

static int reset_world(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    seed = 1;
    for (uint32_t i = 0; i < BOARD_CARDS; i++) {
        board_cards[i].knobs = (struct card_knobs){0};
        board_cards[i].sent = frame_left;
    }
    board_power_on();
    return 0;
}

static void assert_no_faults(void)
{
    for (uint32_t i = 0; i < BOARD_CARDS; i++) {
        if (board_cards[i].faults > 0u) {
            fail_msg("card %u: %s", i, board_cards[i].fault);
        }
    }
}

static void step_cards(void)
{
    board_run(20);
}

static void bring_frames(void)
{
    give_frame();
    board_run(20);
}

static uint32_t accesses_left;

static void pull_out_later(void)
{
    board_cards[0].knobs.gone = accesses_left == 0u;
    accesses_left -= accesses_left > 0u ? 1u : 0u;
}

static void look_at_link(void)
{
    assert_false(w.nics[0].port.operations->link_up(&w.nics[0].port));
}

static void look_at_counters(void)
{
    struct v6nf_port_counters counters;
    w.nics[0].port.operations->read_counters(&w.nics[0].port, &counters);
}

static void look_at_speed(void)
{
    assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[0]), 0);
}

/* End the program: no card reaches memory any more. */
static void stop_all(void)
{
    for (uint32_t i = 0; i < BOARD_CARDS; i++) {
        (void)v6nf_nic_stop(&w.nics[i]);
        card_check_stopped(&board_cards[i]);
    }
    device_memory_give_up();
    for (uint32_t i = 0; i < 100u; i++) {
        give_frame();
    }
    board_run(2000);
    assert_no_faults();
}

static int end_world(void **state)
{
    (void)state;
    stop_all();
    return 0;
}

static enum v6nf_nic_status init_with(uint32_t card, struct v6nf_nic_config config)
{
    config.mtu = config.mtu == 0u ? MTU : config.mtu;
    return v6nf_ixgbe_init(&w.nics[card], address_of(card), &config);
}

static void init(uint32_t card)
{
    assert_int_equal(init_with(card, (struct v6nf_nic_config){0}), V6NF_NIC_READY);
}

/* One output is on the card itself; two are on the next cards. */
static void open_ring(uint32_t outputs)
{
    struct v6nf_ring_device *devices[MAX_OUTPUTS];
    w.outputs = outputs;
    for (uint32_t i = 0; i < outputs; i++) {
        devices[i] = &w.nics[outputs == 1u ? 0u : i + 1u].device;
    }
    assert_int_equal(v6nf_ring_open(&w.ring, &w.nics[0].device, outputs, devices, w.nics[0].buffer_size),
                     V6NF_RING_OPEN);
    board_pass(1000);
}

static void open_all(uint32_t outputs)
{
    for (uint32_t i = 0; i < (outputs == 1u ? 1u : outputs + 1u); i++) {
        init(i);
    }
    open_ring(outputs);
}

/* Frames arrive, cards work and the driver polls, in random order. */
static void pass_frames(uint32_t count)
{
    uint32_t end = w.given + count;
    while (w.given < end) {
        for (uint32_t i = random_below(12); i > 0u && w.given < end; i--) {
            give_frame();
        }
        board_run(random_below(60));
        for (uint32_t i = random_below(4); i > 0u; i--) {
            (void)poll();
        }
        board_pass(random_below(10));
    }
}

static void settle(void)
{
    for (uint32_t i = 0; i < 2000u; i++) {
        board_run(1000);
        (void)poll();
    }
}

static uint64_t dropped(void)
{
    struct v6nf_port_counters counters;
    w.nics[0].port.operations->read_counters(&w.nics[0].port, &counters);
    return counters.receive_dropped;
}

/* Assert that each frame was handled, or dropped and counted, and that each frame to send was sent. */
static void assert_nothing_is_lost(void)
{
    assert_no_faults();
    assert_int_equal(w.handled + dropped(), w.given);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(w.sent[i], w.expected[i]);
    }
}

/* -- Initialization
 * ----------------------------------------------------------------------------------------------------- */

static void card_is_set_up_by_the_data_sheet(void **state)
{
    (void)state;
    init(0);
    assert_memory_equal(w.nics[0].port.mac, own_mac, 6);
    open_ring(1);
    assert_no_faults();
}

/* Firmware has left the card running, and the card is slow. */
static void slow_card_is_waited_for(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        reset_world(NULL);
        board_cards[0].knobs.late = i == 0u ? 80000u : 0u;
        board_cards[0].knobs.dma_late = i == 1u ? 80000u : 0u;
        board_cards[0].knobs.left_running = true;
        board_power_on();
        open_all(1);
        pass_frames(1000);
        settle();
        assert_nothing_is_lost();
    }
}

struct checksum_run checksum_run;

static void checksum_sent(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    (void)card;
    (void)queue;
    checksum_look(bytes, length);
}

/* Let each direction pass frames. */
static void pass_checksums(struct v6nf_port *port, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        give_frame();
        board_run(40);
        assert_true(checksum_pass(port, 62u + i));
        board_run(40);
    }
}

/* With checksums, its descriptors are advanced in both directions. */
static void checksums_are_verified_and_inserted(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, V6NF_PORT_CHECKSUM_GOOD, V6NF_PORT_CHECKSUM_WRONG};
    struct v6nf_port *port = &w.nics[0].port;
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.checksums = true}), V6NF_NIC_READY);
    assert_int_equal(port->checksums, V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS);
    assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
    board_pass(1000);
    board_cards[0].sent = checksum_sent;
    checksum_run = (struct checksum_run){0};
    pass_checksums(port, 500);
    for (uint32_t verdict = 0; verdict < 3u; verdict++) {
        board_cards[0].knobs.verdict = (enum checksum_verdict)verdict;
        give_frame();
        board_run(40);
        assert_int_equal(port->operations->poll(port, checksum_answer, NULL), 1);
        assert_int_equal(checksum_run.flags, flags[verdict]);
    }
    board_run(100);
    assert_int_equal(checksum_run.shown, 1003);
    assert_in_range(checksum_run.inserted, 333, 334);
    assert_int_equal(checksum_run.bad, 0);
    assert_no_faults();
    board_cards[0].sent = frame_left;
}

struct tags_run tags_run;

static void tags_sent(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    (void)card;
    (void)queue;
    tags_look(bytes, length);
}

/* Let frames arrive in bursts of 12, and originate one after each. */
static void pass_tags(struct v6nf_port *port, uint32_t bursts)
{
    static uint8_t bytes[CARD_FRAME_MAX];
    for (uint32_t i = 0; i < 12u * bursts; i++) {
        const uint32_t length = tags_write(bytes, own_mac, tags_run.given++);
        card_receive(&board_cards[0], bytes, length, false);
        if (i % 12u == 11u) {
            board_run(2000);
            for (uint32_t j = 0; j < 3u; j++) {
                (void)port->operations->poll(port, tags_answer, NULL);
            }
            assert_true(tags_originate(port));
            board_run(2000);
        }
    }
}

/* In legacy descriptors, and, with checksums, in advanced ones. */
static void tags_are_removed_and_inserted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        struct v6nf_port *port = &w.nics[0].port;
        struct v6nf_port_counters counters;
        const uint32_t mtu = (i & 2u) != 0u ? V6NF_NIC_MTU_MAX : 1500u;
        board_power_on();
        assert_int_equal(init_with(0, (struct v6nf_nic_config){.mtu = mtu, .tags = true, .checksums = (i & 1u) != 0u}),
                         V6NF_NIC_READY);
        assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
        board_pass(1000);
        board_cards[0].sent = tags_sent;
        tags_run = (struct tags_run){.longest = mtu + 18u};
        pass_tags(port, 50);
        port->operations->read_counters(port, &counters);
        assert_int_equal(tags_run.shown, tags_run.given);
        assert_int_equal(tags_run.bad, 0);
        assert_int_equal(tags_run.sent, tags_run.answered + tags_run.originated);
        assert_int_equal(counters.transmit_dropped, 0);
        assert_int_equal(counters.received, tags_run.given);
        assert_no_faults();
        board_cards[0].sent = frame_left;
        assert_true(v6nf_nic_stop(&w.nics[0]));
    }
}

static void expect_status(enum v6nf_nic_status status)
{
    board_power_on();
    assert_int_equal(init_with(0, (struct v6nf_nic_config){0}), status);
    board_cards[0].knobs = (struct card_knobs){0};
}

static void a_faulty_card_is_reported(void **state)
{
    (void)state;
    struct card_knobs *knobs = &board_cards[0].knobs;
    assert_int_equal(v6nf_ixgbe_init(&w.nics[0], address_of(7), &(struct v6nf_nic_config){.mtu = MTU}),
                     V6NF_NIC_OTHER_DEVICE);
    knobs->no_bar = true;
    expect_status(V6NF_NIC_NO_REGISTERS);
    knobs->asleep = true; /* waking it up resets it, and its base address */
    expect_status(V6NF_NIC_NO_REGISTERS);
    knobs->reset_hangs = true;
    expect_status(V6NF_NIC_NO_RESET);
    knobs->no_eeprom = true;
    expect_status(V6NF_NIC_NO_EEPROM);
    knobs->bad_eeprom = true;
    expect_status(V6NF_NIC_NO_EEPROM);
    knobs->late = 5000000; /* longer than any wait */
    expect_status(V6NF_NIC_NO_RESET);
    assert_no_faults();
}

static void expect_ring_status(enum v6nf_ring_status status)
{
    struct v6nf_ring_device *device = &w.nics[0].device;
    board_power_on();
    init(0);
    assert_int_equal(v6nf_ring_open(&w.ring, device, 1u, &device, w.nics[0].buffer_size), status);
    assert_no_faults();
    board_cards[0].knobs = (struct card_knobs){0};
}

static void a_queue_that_does_not_start_is_reported(void **state)
{
    (void)state;
    board_cards[0].knobs.receive_queue_hangs = true;
    expect_ring_status(V6NF_RING_NO_QUEUE);
    board_cards[0].knobs.transmit_queue_hangs = true;
    expect_ring_status(V6NF_RING_NO_QUEUE);
    board_cards[0].knobs.security_hangs = true;
    expect_ring_status(V6NF_RING_NO_QUEUE);
}

/* Requests that are never answered are flushed, and two resets follow (5.2.5.3.2). */
static void master_that_does_not_stop_is_reset_twice(void **state)
{
    (void)state;
    board_cards[0].knobs.master_hangs = true;
    board_power_on();
    init(0);
    assert_no_faults();
}

/* Transaction Pending is bit 21 of the double word at A8h: a driver that reads another bit resets the card. */
static void master_with_a_transaction_pending_is_not_reset(void **state)
{
    (void)state;
    board_cards[0].knobs.master_hangs = true;
    board_cards[0].knobs.transaction_pending = true;
    board_power_on();
    assert_int_equal(init_with(0, (struct v6nf_nic_config){0}), V6NF_NIC_NO_RESET);
    assert_int_equal(board_cards[0].resets, 0);
    assert_no_faults();
}

static void card_is_set_up_again(void **state)
{
    (void)state;
    open_all(1);
    pass_frames(300);
    settle();
    init(0);
    open_ring(1);
    pass_frames(300);
    settle();
    assert_no_faults();
    assert_int_equal(w.handled, w.given);
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

static void frames_pass_with_one_output(void **state)
{
    (void)state;
    open_all(1);
    pass_frames(MANY);
    settle();
    assert_nothing_is_lost();
    assert_in_range(w.handled, MANY / 2u, MANY);
}

static void frames_pass_with_two_outputs(void **state)
{
    (void)state;
    open_all(2);
    board_cards[1].knobs.slow = 3;
    board_cards[2].knobs.heads_late = true;
    pass_frames(MANY);
    settle();
    assert_nothing_is_lost();
    assert_in_range(w.handled, MANY / 4u, MANY);
}

static void heads_that_are_late_are_waited_for(void **state)
{
    (void)state;
    board_cards[0].knobs.heads_late = true;
    open_all(1);
    pass_frames(MANY);
    settle();
    assert_nothing_is_lost();
}

static void impossible_heads_are_ignored(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        reset_world(NULL);
        board_cards[0].knobs.heads_wrong = true;
        board_cards[0].knobs.slow = 8u * i;
        open_all(1);
        pass_frames(MANY);
        settle();
        assert_nothing_is_lost();
    }
}

static void ask_for_too_little(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct world *world = context;
    (void)frame;
    (void)length;
    (void)capacity;
    lengths[0] = world->handled++ % V6NF_PORT_FRAME_MIN;
}

/* Lengths of 0 to 16: 0 is valid. */
static void frames_too_short_to_be_padded_do_not_reach_the_card(void **state)
{
    (void)state;
    open_all(1);
    for (uint32_t i = 0; i < 10u * V6NF_PORT_FRAME_MIN; i++) {
        give_frame();
        board_run(100);
        (void)v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY, 1u, ask_for_too_little, &w);
    }
    settle();
    assert_no_faults();
    assert_int_equal(w.handled, 10u * V6NF_PORT_FRAME_MIN);
    assert_int_equal(w.sent[0], 0);
    assert_int_equal(w.ring.transmit_dropped, 10u * (V6NF_PORT_FRAME_MIN - 1u));
}

static struct v6nf_port_counters counters_of(uint32_t card)
{
    struct v6nf_port_counters counters;
    w.nics[card].port.operations->read_counters(&w.nics[card].port, &counters);
    return counters;
}

/* Bytes are without FCS, in both directions. Reading twice counts nothing twice. */
static void counters_are_those_of_the_card(void **state)
{
    uint64_t bytes = 0;
    uint64_t sent_bytes = 0;
    (void)state;
    open_all(1);
    for (uint32_t i = 0; i < 100u; i++) {
        bytes += length_of(w.given);
        sent_bytes += (outputs_of(w.given) & 1u) != 0u ? length_of(w.given) : 0u;
        give_frame();
        board_run(100);
        (void)poll();
    }
    settle();
    for (uint32_t i = 0; i < 2u; i++) {
        const struct v6nf_port_counters counters = counters_of(0);
        assert_int_equal(counters.received, 100);
        assert_int_equal(counters.received_bytes, bytes);
        assert_int_equal(counters.sent, w.sent[0]);
        assert_int_equal(counters.sent_bytes, sent_bytes);
        assert_int_equal(counters.receive_dropped + counters.transmit_dropped, 0);
    }
    *card_register(&board_cards[0], CARD_QBRC(0u) + 4u) = 3; /* 36 bits */
    assert_int_equal(counters_of(0).received_bytes, bytes + (UINT64_C(3) << 32));
    assert_int_equal(counters_of(0).received_bytes, bytes + (UINT64_C(3) << 32));
    assert_no_faults();
}

/* The ring holds 255 of them, and the peer's counter is the sum. */
static void frames_shown_and_dropped_are_those_of_the_peer(void **state)
{
    uint64_t bytes = 0;
    (void)state;
    open_all(1);
    w.all_leave = true;
    for (uint32_t i = 0; i < 400u; i++) {
        give_frame();
        board_run(10);
    }
    settle();
    for (uint32_t i = 0; i < w.handled; i++) {
        bytes += length_of(i);
    }
    const struct v6nf_port_counters counters = counters_of(0);
    assert_int_equal(w.handled, V6NF_RING_SIZE - 1u);
    assert_int_equal(counters.received, w.handled);
    assert_int_equal(counters.received_bytes, bytes);
    assert_int_equal(counters.received + counters.receive_dropped, 400);
    assert_no_faults();
}

/* Let the card count traffic in both directions. Its counters stop at their maximum. */
static void add_traffic(struct card *card, uint64_t frames, uint64_t bytes)
{
    static const uint32_t frames_at[2] = {CARD_QPRC(0u), CARD_GPTC};
    static const uint32_t bytes_at[2] = {CARD_QBRC(0u), CARD_GOTC};
    for (uint32_t i = 0; i < 2u; i++) {
        const uint64_t all_frames = *card_register(card, frames_at[i]) + frames;
        const uint64_t all_bytes = *card_register(card, bytes_at[i]) +
                                   ((uint64_t)*card_register(card, bytes_at[i] + 4u) << 32) + bytes +
                                   (i == 1u ? 4u * frames : 0u); /* QBRC has no FCS */
        const uint64_t limit = UINT64_C(0xFFFFFFFFF);
        *card_register(card, frames_at[i]) = (uint32_t)(all_frames < UINT32_MAX ? all_frames : UINT32_MAX);
        *card_register(card, bytes_at[i]) = (uint32_t)(all_bytes < limit ? all_bytes : limit);
        *card_register(card, bytes_at[i] + 4u) = (uint32_t)((all_bytes < limit ? all_bytes : limit) >> 32);
    }
}

#define LOOK_SECONDS 30u                              /* between two calls (v6nf_nic_look()) */
#define LINE_FRAMES (LOOK_SECONDS * UINT64_C(812743)) /* 10 Gb/s of 1514 bytes each, with preamble and gap */
#define LINE_BYTES (1514u * LINE_FRAMES)
#define YEAR (365u * 86400u / LOOK_SECONDS)

/* 36 bits are full after 55 s. The program does not read the counters, but checks its cards. */
static void a_year_at_line_rate_is_counted(void **state)
{
    (void)state;
    open_all(1);
    const struct v6nf_port_counters before = counters_of(0);
    for (uint32_t i = 0; i < YEAR; i++) {
        add_traffic(&board_cards[0], LINE_FRAMES, LINE_BYTES);
        board_pass(LOOK_SECONDS * UINT64_C(1000000));
        assert_int_equal(v6nf_nic_look(&w.nics[0]), V6NF_PORT_RUNNING);
    }
    const struct v6nf_port_counters counters = counters_of(0);
    assert_true(counters.received - before.received == YEAR * LINE_FRAMES);
    assert_true(counters.received_bytes - before.received_bytes == YEAR * LINE_BYTES);
    assert_true(counters.sent - before.sent == YEAR * LINE_FRAMES);
    assert_true(counters.sent_bytes - before.sent_bytes == YEAR * LINE_BYTES);
    assert_int_equal(counters.receive_dropped, 0);
    assert_no_faults();
}

/* -- Stalls -------------------------------------------------------------------------------------------------------- */

/* Twice as many frames as the ring holds arrive while nothing can be sent. Then sending continues, and nothing more
 * arrives until it is done. */
static void overrun(void)
{
    pass_frames(2u * V6NF_RING_SIZE);
    settle();
}

static void assert_goes_on(uint32_t sent_before)
{
    settle();
    assert_nothing_is_lost();
    assert_true(w.sent[0] > sent_before);
    uint32_t handled = w.handled;
    uint32_t dropped_before = (uint32_t)dropped();
    for (uint32_t i = 0; i < V6NF_RING_SIZE; i++) {
        give_frame();
        board_run(200);
        (void)poll();
    }
    settle();
    assert_nothing_is_lost();
    assert_int_equal(w.handled - handled, V6NF_RING_SIZE);
    assert_int_equal(dropped(), dropped_before);
}

/* A peer's PAUSE lasts longer than the ring. */
static void sending_continues_after_pause(void **state)
{
    (void)state;
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.flow_control = true}), V6NF_NIC_READY);
    open_ring(1);
    card_pause(&board_cards[0], 10000000);
    overrun();
    assert_int_equal(w.sent[0], 0);
    assert_true(w.handled < V6NF_RING_SIZE);
    board_pass(10000000);
    assert_goes_on(0);
}

static void pause_is_ignored_without_flow_control(void **state)
{
    (void)state;
    open_all(1);
    card_pause(&board_cards[0], 10000000);
    pass_frames(100);
    settle();
    assert_nothing_is_lost();
    assert_true(w.sent[0] > 0u);
}

/* A buffer that fills up makes the peer pause, if flow control is on. */
static void a_full_buffer_sends_pause_with_flow_control(void **state)
{
    (void)state;
    for (uint32_t on = 0; on < 2u; on++) {
        reset_world(NULL);
        assert_int_equal(init_with(0, (struct v6nf_nic_config){.flow_control = on == 1u, .promiscuous = true}),
                         V6NF_NIC_READY);
        open_ring(1);
        for (uint32_t i = 0; i < CARD_FIFO_FRAMES; i++) {
            uint8_t bytes[1514] = {2};
            card_receive(&board_cards[0], bytes, sizeof bytes, false);
        }
        assert_int_equal(board_cards[0].pauses_sent > 0u, on == 1u);
        assert_no_faults();
    }
}

static void sending_continues_after_a_lost_link(void **state)
{
    (void)state;
    open_all(1);
    pass_frames(1000);
    board_cards[0].knobs.link_down = true;
    assert_false(w.nics[0].port.operations->link_up(&w.nics[0].port));
    uint32_t lost = board_cards[0].lost;
    uint32_t given = w.given;
    pass_frames(1000);
    w.given -= board_cards[0].lost - lost;
    assert_int_equal(w.given, given);
    w.given = given + 1000u; /* the next numbers; the card does not count losses of the wire */
    board_cards[0].knobs.link_down = false;
    assert_true(w.nics[0].port.operations->link_up(&w.nics[0].port));
    uint32_t handled = w.handled;
    pass_frames(5000);
    settle();
    assert_no_faults();
    assert_int_equal(w.sent[0], w.expected[0]);
    assert_true(w.handled > handled);
    assert_int_equal(w.handled + dropped(), w.given - (board_cards[0].lost - lost));
}

/* One output has sent everything, the other nothing: buffers that it must still send do not receive. */
static void output_that_stalls_keeps_its_buffers(void **state)
{
    (void)state;
    for (uint32_t stalled = 1; stalled <= 2u; stalled++) {
        reset_world(NULL);
        open_all(2);
        pass_frames(500);
        settle();
        uint32_t sent = w.sent[stalled - 1u];
        board_cards[stalled].knobs.stalled[0] = true;
        overrun();
        assert_int_equal(w.sent[stalled - 1u], sent);
        board_cards[stalled].knobs.stalled[0] = false;
        assert_goes_on(0);
    }
}

static void outputs_stall_alternately(void **state)
{
    (void)state;
    open_all(2);
    for (uint32_t i = 0; i < 40u; i++) {
        board_cards[1].knobs.stalled[0] = i % 3u == 0u;
        board_cards[2].knobs.stalled[0] = i % 3u == 1u;
        pass_frames(random_below(600));
    }
    board_cards[1].knobs.stalled[0] = board_cards[2].knobs.stalled[0] = false;
    assert_goes_on(0);
}

/* -- Filters ------------------------------------------------------------------------------------------ */

static uint32_t taken_in(const uint8_t *mac, uint32_t length, bool damaged)
{
    static uint8_t bytes[16000];
    uint32_t before = *card_register(&board_cards[0], CARD_GPRC);
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes, mac, 6);
    card_receive(&board_cards[0], bytes, length, damaged);
    return *card_register(&board_cards[0], CARD_GPRC) - before;
}

static void start_with(struct v6nf_nic_config config)
{
    reset_world(NULL);
    assert_int_equal(init_with(0, config), V6NF_NIC_READY);
    open_ring(1);
}

static const uint8_t other_mac[6] = {0x00, 0x1B, 0x21, 0x99, 0x77, 0x01};
static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
static const uint8_t group[6] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x01};

static void filters_are_as_configured(void **state)
{
    (void)state;
    start_with((struct v6nf_nic_config){0});
    assert_int_equal(taken_in(own_mac, 60, false), 1);
    assert_int_equal(taken_in(other_mac, 60, false), 0);
    assert_int_equal(taken_in(broadcast, 60, false), 1);
    assert_int_equal(taken_in(group, 60, false), 1);
    start_with((struct v6nf_nic_config){.few_groups = true});
    assert_int_equal(taken_in(broadcast, 60, false), 1);
    assert_int_equal(taken_in(group, 60, false), 0);
    start_with((struct v6nf_nic_config){.promiscuous = true, .few_groups = true});
    assert_int_equal(taken_in(other_mac, 60, false), 1);
    assert_int_equal(taken_in(group, 60, false), 1);
    assert_no_faults();
}

static void mac_address_is_set(void **state)
{
    (void)state;
    start_with((struct v6nf_nic_config){.mac = other_mac});
    assert_memory_equal(w.nics[0].port.mac, other_mac, 6);
    assert_int_equal(taken_in(other_mac, 60, false), 1);
    assert_int_equal(taken_in(own_mac, 60, false), 0);
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.mac = group}), V6NF_NIC_MAC_BAD);
    assert_no_faults();
}

static void make_mac(uint8_t *mac, uint8_t first, uint32_t number)
{
    memcpy(mac, (uint8_t[6]){first, 0x33, 0x00, 0x00, (uint8_t)(number << 4), (uint8_t)(number >> 4)}, 6);
}

/* 127 exact filters; then a hash for groups, and promiscuous mode for stations. */
static void addresses_are_added(void **state)
{
    uint8_t mac[6];
    (void)state;
    start_with((struct v6nf_nic_config){.few_groups = true});
    for (uint32_t i = 0; i < 140u; i++) {
        make_mac(mac, 0x33, i);
        assert_int_equal(taken_in(mac, 60, false), 0);
        v6nf_ixgbe_add_address(&w.nics[0], mac);
        assert_int_equal(taken_in(mac, 60, false), 1);
    }
    make_mac(mac, 0x33, 200);
    assert_int_equal(taken_in(mac, 60, false), 0);
    make_mac(mac, 0x32, 200);
    assert_int_equal(taken_in(mac, 60, false), 0);
    v6nf_ixgbe_add_address(&w.nics[0], mac);
    assert_int_equal(taken_in(mac, 60, false), 1);
    assert_no_faults();
}

static void added_addresses_interrupt_nothing(void **state)
{
    uint8_t mac[6];
    (void)state;
    open_all(1);
    for (uint32_t i = 0; i < 20u; i++) {
        make_mac(mac, 0x33, i);
        pass_frames(500);
        v6nf_ixgbe_add_address(&w.nics[0], mac);
    }
    settle();
    assert_nothing_is_lost();
}

static void damaged_short_and_long_frames_are_counted(void **state)
{
    (void)state;
    start_with((struct v6nf_nic_config){0});
    assert_int_equal(taken_in(own_mac, 60, true), 0);
    assert_int_equal(taken_in(own_mac, 59, false), 0);
    assert_int_equal(taken_in(own_mac, 1515, false), 0);
    assert_int_equal(taken_in(own_mac, 1514, false), 1);
    assert_int_equal(dropped(), 3);
    assert_no_faults();
}

static void jumbo_frames_pass(void **state)
{
    (void)state;
    start_with((struct v6nf_nic_config){.mtu = 9000});
    assert_int_equal(taken_in(own_mac, 9015, false), 0);
    assert_int_equal(taken_in(own_mac, 9014, false), 1);
    assert_no_faults();
    start_with((struct v6nf_nic_config){.mtu = V6NF_NIC_MTU_MAX});
    assert_int_equal(w.nics[0].port.capacity, V6NF_RING_FRAME_MAX);
    assert_int_equal(taken_in(own_mac, V6NF_NIC_MTU_MAX + 14u, false), 1);
    assert_no_faults();
}

/* -- Overflow
 * ---------------------------------------------------------------------------------------------------------- */

/* Without polls, frames that the ring cannot hold are dropped and counted, and do not block the card. */
static void full_ring_drops_and_counts(void **state)
{
    (void)state;
    open_all(1);
    w.all_leave = true;
    for (uint32_t i = 0; i < 1000u; i++) {
        give_frame();
        board_run(10);
    }
    settle();
    assert_nothing_is_lost();
    assert_int_equal(w.handled, V6NF_RING_SIZE - 1u);
    assert_int_equal(board_cards[0].fifo_count, 0);
}

/* -- Several inputs ------------------------------------------------------------------------------------------------ */

#define INPUTS 4u

static uint32_t seen[INPUTS];

static inline void count_frame(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t *counter = context;
    (void)frame;
    (void)capacity;
    (*counter)++;
    lengths[0] = length;
}

/* Receive a datagram of a flow, in one direction or the other. */
static void give_datagram_to(uint32_t flow, bool back)
{
    const uint8_t near[16] = {0x20, 0x01, 0x0D, 0xB8, [15] = 1};
    const uint8_t far[16] = {0x20, 0x01, 0x0D, 0xB8, [14] = (uint8_t)(flow >> 8), [15] = (uint8_t)flow};
    uint8_t bytes[70] = {0};
    memcpy(bytes, own_mac, 6);
    bytes[12] = 0x86;
    bytes[13] = 0xDD;
    bytes[20] = 17;
    memcpy(bytes + 22, back ? near : far, 16);
    memcpy(bytes + 38, back ? far : near, 16);
    bytes[back ? 57 : 55] = (uint8_t)(flow * 37u % 251u);
    bytes[back ? 55 : 57] = 7;
    card_receive(&board_cards[0], bytes, sizeof bytes, false);
}

static void give_datagram(uint32_t flow)
{
    give_datagram_to(flow, false);
}

static void sent_to_nobody(struct card *card, uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    (void)card;
    (void)queue;
    (void)bytes;
    (void)length;
}

static struct v6nf_ring input_rings[INPUTS];

static void open_inputs(struct v6nf_nic_config config)
{
    struct v6nf_ring_device *device = &w.nics[0].device;
    memset(seen, 0, sizeof seen);
    board_cards[0].sent = sent_to_nobody;
    config.inputs = INPUTS;
    assert_int_equal(init_with(0, config), V6NF_NIC_READY);
    for (uint32_t i = 0; i < INPUTS; i++) {
        assert_int_equal(v6nf_ring_open(&input_rings[i], device, 1u, &device, w.nics[0].buffer_size), V6NF_RING_OPEN);
    }
}

/* Poll all inputs. Return how many have received since the counts of `before`. */
static uint32_t count_inputs(const uint32_t *before)
{
    uint32_t ways = 0;
    board_run(100);
    for (uint32_t i = 0; i < INPUTS; i++) {
        while (v6nf_ring_poll(&input_rings[i], V6NF_RING_LEGACY, 1u, count_frame, &seen[i]) > 0u) {
        }
        ways += seen[i] > before[i] ? 1u : 0u;
    }
    return ways;
}

/* A symmetric key also shares them evenly. */
static void both_directions_of_a_flow_share_an_input(void **state)
{
    (void)state;
    uint32_t shared = 0;
    for (uint32_t symmetric = 0; symmetric < 2u; symmetric++) {
        reset_world(NULL);
        open_inputs((struct v6nf_nic_config){.symmetric = symmetric != 0u});
        shared = 0;
        for (uint32_t flow = 0; flow < 400u; flow++) {
            uint32_t before[INPUTS];
            memcpy(before, seen, sizeof before);
            give_datagram_to(flow, false);
            give_datagram_to(flow, true);
            shared += count_inputs(before) == 1u ? 1u : 0u;
        }
        assert_true(symmetric != 0u ? shared == 400u : shared < 300u);
        for (uint32_t i = 0; i < INPUTS; i++) {
            assert_in_range(seen[i], 100, 400);
        }
    }
    assert_no_faults();
}

/* A flow stays on one input, and each input gets some flows. */
static void flows_are_shared_by_inputs(void **state)
{
    struct v6nf_ring_device *device = &w.nics[0].device;
    (void)state;
    open_inputs((struct v6nf_nic_config){.inputs = INPUTS});
    assert_int_equal(v6nf_ring_open(&w.ring, device, 1u, &device, w.nics[0].buffer_size), V6NF_RING_NO_QUEUE);
    for (uint32_t flow = 0; flow < 400u; flow++) {
        uint32_t before[INPUTS];
        memcpy(before, seen, sizeof before);
        for (uint32_t i = 0; i < 3u; i++) {
            give_datagram(flow);
        }
        assert_int_equal(count_inputs(before), 1);
    }
    for (uint32_t i = 0; i < INPUTS; i++) {
        assert_in_range(seen[i], 150, 600);
    }
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.inputs = 17}), V6NF_NIC_INPUTS_BAD);
    assert_no_faults();
}

/* -- Devices ------------------------------------------------------------------------------------------------------- */

static const uint32_t all_devices[] = {0x10FB, 0x1507, 0x154A, 0x154D, 0x1557, 0x1558, 0x154F, 0x10F7,
                                       0x10F8, 0x10F9, 0x10FC, 0x151C, 0x1528, 0x1560, 0x1563, 0x15D1};

/* XOFF is below the end of the device's own packet buffer, with space for two frames. */
static void each_device_has_its_own_figures(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u * sizeof all_devices / sizeof all_devices[0]; i++) {
        reset_world(NULL);
        board_cards[0].knobs.device = all_devices[i / 2u];
        board_power_on();
        const uint32_t mtu = i % 2u == 0u ? MTU : V6NF_NIC_MTU_MAX;
        const struct v6nf_nic_config config = {.mtu = mtu, .flow_control = true};
        assert_int_equal(init_with(0, config), V6NF_NIC_READY);
        open_ring(1);
        const uint32_t high = *card_register(&board_cards[0], CARD_FCRTH) & 0x7FFFFFFFu;
        assert_in_range(high, 2u * (mtu + 22u), card_buffer_size(&board_cards[0]) - 2u * (mtu + 22u));
        pass_frames(300);
        settle();
        assert_nothing_is_lost();
        assert_true(w.handled > 0u);
    }
    board_cards[0].knobs.device = 0x10C9;
    board_power_on();
    assert_int_equal(init_with(0, (struct v6nf_nic_config){0}), V6NF_NIC_OTHER_DEVICE);
}

/* Linux turns the laser off when it ends, and a reset keeps that. */
static void a_link_that_another_driver_left_off_comes_up(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        reset_world(NULL);
        board_cards[0].knobs.laser_off = i == 0u;
        board_cards[0].knobs.link_off = i == 1u;
        board_power_on();
        open_all(1);
        assert_true(w.nics[0].port.operations->link_up(&w.nics[0].port));
        pass_frames(300);
        settle();
        assert_nothing_is_lost();
    }
}

/* -- As a port ----------------------------------------------------------------------------------------------------- */

static void open_port(void)
{
    init(0);
    assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
    board_pass(1000);
    w.outputs = 1;
}

static bool originate(void)
{
    struct v6nf_port *port = &w.nics[0].port;
    uint8_t *buffer = port->operations->reserve(port);
    if (buffer == NULL) {
        return false;
    }
    memset(buffer, 0xBB, V6NF_PORT_FRAME_MIN);
    port->operations->commit(port, V6NF_PORT_FRAME_MIN); /* the card pads it */
    return true;
}

static void port_sends_what_it_originates(void **state)
{
    uint32_t originated = 0;
    (void)state;
    open_port();
    struct v6nf_port *port = &w.nics[0].port;
    for (uint32_t i = 0; i < 3000u; i++) {
        give_frame();
        originated += originate() ? 1u : 0u;
        board_run(random_below(40));
        (void)port->operations->poll(port, handle, &w);
    }
    for (uint32_t i = 0; i < 100u; i++) {
        board_run(1000);
        (void)port->operations->poll(port, handle, &w);
    }
    assert_nothing_is_lost();
    assert_int_equal(w.originated, originated);
    assert_true(originated > 1000u);
}

/* The card is slow: its queue is full, and an old head would free frames under way. */
static void originated_frames_outlast_late_heads(void **state)
{
    uint32_t originated = 0;
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        reset_world(NULL);
        board_cards[0].knobs.heads_late = i == 0u;
        board_cards[0].knobs.heads_wrong = i == 1u;
        board_cards[0].knobs.slow = 20;
        open_port();
        originated = 0;
        for (uint32_t j = 0; j < 20000u; j++) {
            originated += originate() ? 1u : 0u;
            board_run(random_below(4));
        }
        board_run(100000);
        assert_int_equal(w.originated, originated);
        assert_no_faults();
    }
}

static void frames_too_short_are_not_originated(void **state)
{
    struct v6nf_port_counters counters;
    (void)state;
    open_port();
    struct v6nf_port *port = &w.nics[0].port;
    for (uint32_t length = 0; length < V6NF_PORT_FRAME_MIN; length++) {
        assert_non_null(port->operations->reserve(port));
        port->operations->commit(port, length);
        board_run(100);
    }
    assert_int_equal(w.originated, 0);
    port->operations->read_counters(port, &counters);
    assert_int_equal(counters.transmit_dropped, V6NF_PORT_FRAME_MIN);
    assert_no_faults();
}

static void a_full_originate_queue_is_reported(void **state)
{
    (void)state;
    open_port();
    board_cards[0].knobs.stalled[0] = true;
    for (uint32_t i = 0; i < V6NF_ORIGINATE_SIZE - 1u; i++) {
        assert_true(originate());
    }
    assert_false(originate());
    board_run(1000);
    assert_false(originate());
    board_cards[0].knobs.stalled[0] = false;
    board_run(1000);
    assert_true(originate());
    board_run(1000);
    assert_int_equal(w.originated, V6NF_ORIGINATE_SIZE);
    assert_no_faults();
}

static void link_speed_is_reported(void **state)
{
    (void)state;
    init(0);
    assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[0]), UINT64_C(10000000000));
    board_cards[0].knobs.link_down = true;
    assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[0]), 0);
    assert_no_faults();
}

/* 2.5 and 5 Gb/s (X550: 8.2.2.16.7). Other cards do not have the bit. */
static void speeds_between_are_those_of_an_x550(void **state)
{
    (void)state;
    static const uint32_t links[3] = {0x58000000u, 0x78000000u, 0x60000000u};
    static const uint64_t speeds[2][3] = {{UINT64_C(100000000), UINT64_C(10000000000), UINT64_C(1000000000)},
                                          {UINT64_C(5000000000), UINT64_C(2500000000), UINT64_C(1000000000)}};
    for (uint32_t i = 0; i < 6u; i++) {
        reset_world(NULL);
        board_cards[0].knobs.device = i < 3u ? 0x1528 : 0x1563;
        board_cards[0].knobs.links = links[i % 3u];
        board_power_on();
        init(0);
        assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[0]), speeds[i / 3u][i % 3u]);
    }
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static struct v6nf_port *port_of(uint32_t card)
{
    return &w.nics[card].port;
}

static enum v6nf_port_status status_of(uint32_t card)
{
    return port_of(card)->operations->status(port_of(card));
}

static bool stop(uint32_t card)
{
    return port_of(card)->operations->stop(port_of(card));
}

static void forbidden(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)length;
    (void)capacity;
    (void)lengths;
    fail_msg("a port that does not run shows a frame");
}

/* Assert the contract of a port that was stopped, or is gone. */
static void assert_is_over(uint32_t card, enum v6nf_port_status status)
{
    struct v6nf_port *port = port_of(card);
    const struct v6nf_port_counters before = counters_of(card);
    for (uint32_t i = 0; i < 3u; i++) {
        give_frame();
        board_run(100);
        assert_int_equal(port->operations->poll(port, forbidden, NULL), 0);
        assert_null(port->operations->reserve(port));
        port->operations->commit(port, 60);
        assert_false(port->operations->link_up(port));
        assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[card]), 0);
        assert_int_equal(status_of(card), status);
        assert_int_equal(v6nf_nic_look(&w.nics[card]), status);
        const struct v6nf_port_counters after = counters_of(card);
        assert_memory_equal(&after, &before, sizeof before);
    }
}

static void poll_port(uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        give_frame();
        board_run(200);
        (void)port_of(0)->operations->poll(port_of(0), handle, &w);
    }
}

static void a_stopped_port_stays_stopped(void **state)
{
    (void)state;
    open_port();
    assert_int_equal(status_of(0), V6NF_PORT_RUNNING);
    poll_port(100);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_true(stop(0));
        assert_is_over(0, V6NF_PORT_STOPPED);
    }
    assert_no_faults();
    assert_int_equal(counters_of(0).received, 100);
    assert_int_equal(counters_of(0).sent, w.sent[0]);
}

/* In new memory: that of the first time is not returned. */
static void a_port_that_is_stopped_can_be_opened_again(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        open_port();
        assert_int_equal(counters_of(0).received, 0);
        poll_port(1000);
        board_run(1000);
        assert_true(stop(0));
        device_memory_give_up();
    }
    assert_no_faults();
    assert_int_equal(w.handled, 3000);
    assert_int_equal(w.sent[0], w.expected[0]);
}

/* By an explicit call, and then at the end of the program. */
static void a_second_stop_takes_nothing_from_others(void **state)
{
    (void)state;
    init(0);
    assert_true(stop(0));
    w.nics[1] = w.nics[0];
    open_port();
    assert_true(v6nf_nic_stop(&w.nics[1]));
    poll_port(100);
    assert_int_equal(w.handled, 100);
    assert_int_equal(v6nf_ixgbe_link_speed(&w.nics[2]), 0); /* never opened */
}

static void rings_without_a_port_are_stopped_with_their_cards(void **state)
{
    (void)state;
    open_all(2);
    pass_frames(500);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(v6nf_nic_look(&w.nics[i]), V6NF_PORT_RUNNING);
        assert_true(v6nf_nic_stop(&w.nics[i]));
        assert_is_over(i, V6NF_PORT_STOPPED);
    }
    assert_no_faults();
}

/* The last frames of a program are sent, such as the release of a lease. */
static void fetched_frames_are_sent_before_a_stop(void **state)
{
    (void)state;
    open_port();
    board_cards[0].knobs.slow = 400;
    for (uint32_t i = 0; i < 5u; i++) {
        assert_true(originate());
    }
    board_meanwhile = NULL;
    for (uint32_t i = 0; i < 4u; i++) {
        card_step(&board_cards[0]);
    }
    board_meanwhile = step_cards;
    assert_true(stop(0));
    assert_int_equal(w.originated, 5);
    assert_int_equal(counters_of(0).sent, 5);
    assert_no_faults();
}

/* Without a link, queues keep their frames. A stop waits for them, but only a few seconds. */
static void a_stop_takes_only_a_few_seconds(void **state)
{
    (void)state;
    static const struct card_knobs all[] = {
        {.link_down = true},    {.stalled = {true, true}},
        {.off_late = 500000},   {.off_late = 50000000},
        {.gone = true},         {.mute = true},
        {.master_hangs = true}, {.master_hangs = true, .transaction_pending = true}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        reset_world(NULL);
        open_port();
        poll_port(100);
        for (uint32_t j = 0; j < V6NF_ORIGINATE_SIZE - 1u; j++) {
            (void)originate();
        }
        board_cards[0].knobs = all[i];
        const uint64_t before = board_now();
        /* False only if the card has not ended what it had begun. */
        assert_int_equal(stop(0), !all[i].transaction_pending);
        assert_in_range(board_now() - before, 0, all[i].gone || all[i].mute ? 0 : 3500000);
        assert_is_over(0, all[i].gone || all[i].mute ? V6NF_PORT_GONE : V6NF_PORT_STOPPED);
        assert_int_equal(board_cards[0].knobs.gone ? 0u : board_cards[0].pci_command & 4u, 0);
        assert_int_equal(stop(0), !all[i].transaction_pending); /* a second stop does not help */
        board_cards[0].knobs.transaction_pending = false;
        assert_true(stop(0));
        assert_no_faults();
    }
}

static void a_removed_card_is_reported_as_gone(void **state)
{
    (void)state;
    void (*const first_looks[])(void) = {NULL, look_at_link, look_at_counters, look_at_speed};
    for (uint32_t i = 0; i < sizeof first_looks / sizeof first_looks[0]; i++) {
        for (uint32_t is_mute = 0; is_mute < 2u; is_mute++) {
            reset_world(NULL);
            open_port();
            poll_port(100);
            const struct v6nf_port_counters before = counters_of(0);
            board_cards[0].knobs.gone = is_mute == 0u;
            board_cards[0].knobs.mute = is_mute == 1u;
            if (first_looks[i] != NULL) {
                first_looks[i]();
            }
            assert_int_equal(status_of(0), V6NF_PORT_GONE);
            const struct v6nf_port_counters after = counters_of(0);
            assert_memory_equal(&after, &before, sizeof before);
            assert_true(stop(0));
            assert_is_over(0, V6NF_PORT_GONE);
            assert_no_faults();
        }
    }
}

/* The card is removed at each register access. */
static void a_card_can_go_at_any_time(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 12u; at++) {
        struct v6nf_port_counters counters = {0};
        reset_world(NULL);
        open_port();
        poll_port(100);
        const struct v6nf_port_counters before = counters_of(0);
        accesses_left = at;
        board_meanwhile = pull_out_later;
        (void)port_of(0)->operations->link_up(port_of(0));
        port_of(0)->operations->read_counters(port_of(0), &counters);
        board_meanwhile = NULL;
        board_cards[0].knobs.gone = true;
        assert_memory_equal(&counters, &before, sizeof before);
        assert_int_equal(status_of(0), V6NF_PORT_GONE);
        assert_true(stop(0));
    }
}

static void a_card_that_was_never_opened_can_be_stopped(void **state)
{
    (void)state;
    struct v6nf_nic_config config = {.mtu = MTU};
    assert_true(v6nf_nic_stop(&w.nics[0])); /* all zero */
    board_cards[1].pci_command = 6;         /* another program's */
    config.mtu = 1279;
    assert_int_equal(v6nf_ixgbe_init(&w.nics[0], address_of(7), &config), V6NF_NIC_OTHER_DEVICE);
    assert_true(stop(0));
    w.nics[2] = (struct v6nf_nic){.address = address_of(1)};
    assert_true(v6nf_nic_stop(&w.nics[2]));
    assert_int_equal(board_cards[1].pci_command, 6);
    board_cards[1].pci_command = 0;
    assert_int_equal(init_with(0, config), V6NF_NIC_MTU_BAD);
    assert_true(stop(0));
    assert_int_equal(status_of(0), V6NF_PORT_STOPPED);
    assert_no_faults();
}

static void a_port_that_does_not_open_is_stopped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5u; i++) {
        reset_world(NULL);
        init(0);
        board_cards[0].knobs.receive_queue_hangs = i == 0u;
        board_cards[0].knobs.transmit_queue_hangs = i == 1u;
        board_cards[0].knobs.security_hangs = i == 2u;
        board_cards[0].knobs.gone = i == 3u;
        board_cards[0].knobs.mute = i == 4u;
        assert_int_equal(v6nf_nic_open_port(&w.nics[0]), i >= 3u ? V6NF_NIC_NOT_OPEN : V6NF_NIC_NO_QUEUE);
        assert_is_over(0, i >= 3u ? V6NF_PORT_GONE : V6NF_PORT_STOPPED);
        assert_int_equal(board_cards[0].pci_command & 4u, 0);
        board_cards[0].knobs = (struct card_knobs){0};
        open_port();
        poll_port(10);
        assert_no_faults();
    }
}

/* The program polls, and never asks for anything. */
static void a_busy_port_reads_its_counters(void **state)
{
    (void)state;
    open_port();
    for (uint32_t i = 0; i < 5u; i++) {
        add_traffic(&board_cards[0], LINE_FRAMES, LINE_BYTES);
        for (uint32_t j = 0; j < 33000u; j++) {
            (void)port_of(0)->operations->poll(port_of(0), handle, &w);
            board_pass(LOOK_SECONDS * 31u);
        }
    }
    assert_true(counters_of(0).received == 5u * LINE_FRAMES);
    assert_true(counters_of(0).received_bytes == 5u * LINE_BYTES);
    assert_true(counters_of(0).sent_bytes == 5u * LINE_BYTES);
}

/* Each thread's watch looks at the card, and only one thread adds up its counters. */
static void looks_at_a_shared_card_read_no_counters(void **state)
{
    (void)state;
    open_port();
    w.nics[0].device.is_shared = true;
    add_traffic(&board_cards[0], LINE_FRAMES, LINE_BYTES);
    board_pass(LOOK_SECONDS * UINT64_C(1000000));
    assert_int_equal(v6nf_nic_look(&w.nics[0]), V6NF_PORT_RUNNING);
    assert_true(port_of(0)->operations->link_up(port_of(0)));
    assert_true(*card_register(&board_cards[0], CARD_QPRC(0u)) == LINE_FRAMES);
    assert_true(counters_of(0).received_bytes == LINE_BYTES);
}

/* The ring's counters stay when the card is gone. */
static void counters_of_a_stopped_port_include_those_of_its_rings(void **state)
{
    (void)state;
    open_port();
    assert_non_null(port_of(0)->operations->reserve(port_of(0)));
    port_of(0)->operations->commit(port_of(0), 5);
    const struct v6nf_port_counters before = counters_of(0);
    assert_int_equal(before.transmit_dropped, 1);
    assert_true(stop(0));
    const struct v6nf_port_counters after = counters_of(0);
    assert_memory_equal(&after, &before, sizeof before);
}

/* A ring without a port, as in network functions: all ones do not show that a queue is on. */
static void no_ring_opens_over_a_card_that_is_gone(void **state)
{
    (void)state;
    for (uint32_t is_mute = 0; is_mute < 2u; is_mute++) {
        struct v6nf_ring_device *device = &w.nics[0].device;
        reset_world(NULL);
        init(0);
        board_cards[0].knobs.gone = is_mute == 0u;
        board_cards[0].knobs.mute = is_mute == 1u;
        assert_int_equal(v6nf_ring_open(&w.ring, device, 1u, &device, w.nics[0].buffer_size), V6NF_RING_NO_QUEUE);
        assert_true(stop(0));
    }
}

/* The program was killed. The card goes on and frames arrive, until the next program's driver resets it. After that it
 * must reach only the memory of its ring. */
static void devices_left_running_are_stopped_first(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        reset_world(NULL);
        open_port();
        poll_port(100);
        (void)originate();
        board_change_program();
        board_cards[0].knobs.late = i % 2u == 0u ? 0u : 5000u;
        board_cards[0].knobs.heads_late = i / 2u == 1u;
        board_meanwhile = bring_frames;
        open_port();
        board_meanwhile = NULL;
        assert_no_faults();
    }
}

static void a_refused_configuration_stops_the_card(void **state)
{
    (void)state;
    open_port();
    poll_port(100);
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.mtu = 1279}), V6NF_NIC_MTU_BAD);
    assert_is_over(0, V6NF_PORT_STOPPED);
    stop_all();
}

static void the_address_of_the_configuration_is_copied(void **state)
{
    (void)state;
    uint8_t mac[6];
    memcpy(mac, other_mac, sizeof mac);
    start_with((struct v6nf_nic_config){.mac = mac});
    memset(mac, 0, sizeof mac);
    assert_memory_equal(w.nics[0].config.mac, other_mac, 6);
    assert_memory_equal(w.nics[0].port.mac, other_mac, 6);
}

static void every_status_is_explained(void **state)
{
    (void)state;
    for (uint32_t i = V6NF_NIC_READY; i <= V6NF_NIC_REFUSED; i++) {
        const char *text = v6nf_nic_status_text((enum v6nf_nic_status)i);
        assert_string_not_equal(text, "unknown status");
        for (uint32_t j = 0; j < i; j++) {
            assert_string_not_equal(text, v6nf_nic_status_text((enum v6nf_nic_status)j));
        }
    }
    assert_string_equal(v6nf_nic_status_text((enum v6nf_nic_status)(V6NF_NIC_REFUSED + 1)), "unknown status");
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.mtu = V6NF_NIC_MTU_MAX + 1u}), V6NF_NIC_MTU_BAD);
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.mac = broadcast}), V6NF_NIC_MAC_BAD);
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.inputs = UINT32_MAX}), V6NF_NIC_INPUTS_BAD);
    struct v6nf_ring_device *device = &w.nics[0].device;
    init(0);
    assert_int_equal(v6nf_ring_open(&w.ring, device, 1u, &device, 1000u), V6NF_RING_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset_world, end_world)

/* -- Outputs that stop --------------------------------------------------------------------------------------------- */

/* Frames pass, with a look each millisecond. */
static void pass_and_watch(uint32_t count)
{
    for (uint32_t i = 0; i < count; i += 20u) {
        pass_frames(20);
        board_pass(1000);
        (void)v6nf_ring_watch(&w.ring, 0, board_now());
    }
}

static uint32_t parked(void)
{
    return v6nf_ring_watch(&w.ring, 0, board_now());
}

/* Assert that each frame was sent, or was counted because its output was parked. */
static void assert_sent_or_counted(void)
{
    for (uint32_t i = 0; i < 300u; i++) {
        board_run(1000);
        (void)poll();
        board_pass(1000);
        (void)parked();
    }
    assert_no_faults();
    assert_int_equal(parked(), 0);
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_int_equal(w.sent[i] + v6nf_ring_dropped(&w.ring, i), w.expected[i]);
    }
}

/* Cards stop their transmit DMA without a link: what is fetched stays in the card, and its queue does not end. The card
 * is reset. */
static void one_of_two_outputs_loses_its_link(void **state)
{
    (void)state;
    for (uint32_t dead = 0; dead < 2u; dead++) {
        reset_world(NULL);
        open_all(2);
        pass_and_watch(2000);
        for (uint32_t turn = 1; turn <= 10u; turn++) {
            board_cards[1u + dead].knobs.link_down = true;
            pass_and_watch(turn * 300u);
            assert_int_equal(parked(), 1u << dead);
            board_cards[1u + dead].knobs.link_down = false;
            pass_and_watch(5000);
            assert_int_equal(parked(), 0);
        }
        assert_sent_or_counted();
        assert_int_equal(v6nf_ring_dropped(&w.ring, 1u - dead), 0);
        assert_true(v6nf_ring_dropped(&w.ring, dead) > 1000u);
        assert_true(board_cards[1u + dead].resets > 0u);
        assert_int_equal(w.handled + dropped(), w.given);
        stop_all();
    }
}

/* One queue hangs, with a link. */
static void an_output_that_hangs_is_parked(void **state)
{
    (void)state;
    open_all(2);
    pass_and_watch(2000);
    board_cards[2].knobs.stalled[0] = true;
    for (uint32_t i = 0; i < 200u; i++) {
        pass_frames(20);
        board_pass(1000);
        (void)v6nf_ring_watch(&w.ring, 50000, board_now());
    }
    assert_true(w.sent[0] > 1500u);
    board_cards[2].knobs.stalled[0] = false;
    pass_and_watch(5000);
    assert_sent_or_counted();
    assert_int_equal(v6nf_ring_dropped(&w.ring, 0), 0);
}

static void all_outputs_lose_their_links(void **state)
{
    (void)state;
    open_all(2);
    pass_and_watch(2000);
    board_cards[1].knobs.link_down = board_cards[2].knobs.link_down = true;
    pass_and_watch(2000);
    assert_int_equal(parked(), 3);
    const uint32_t handled = w.handled;
    pass_and_watch(1000);
    assert_true(w.handled > handled + 900u);
    board_cards[1].knobs.link_down = board_cards[2].knobs.link_down = false;
    pass_and_watch(5000);
    assert_sent_or_counted();
}

/* The input's card is reset because another ring's output hangs in it: it receives again, as it was set up. */
static void a_card_that_was_reset_is_set_up_as_before(void **state)
{
    (void)state;
    static const uint8_t station[6] = {0x02, 0, 0, 0, 0, 0x77};
    open_all(2);
    v6nf_ixgbe_add_address(&w.nics[0], station);
    for (uint32_t i = 0; i < 200u; i++) {
        const uint8_t member[6] = {0x33, 0x33, 0xFF, (uint8_t)i, (uint8_t)(i * 37u), 0x01};
        v6nf_ixgbe_add_address(&w.nics[0], member);
    }
    pass_and_watch(2000);
    uint32_t filters[256];
    uint32_t hash[128];
    for (uint32_t i = 0; i < 256u; i++) {
        filters[i] = *card_register(&board_cards[0], CARD_RAL + 4u * i);
        hash[i % 128u] = *card_register(&board_cards[0], CARD_MTA + 4u * (i % 128u));
    }
    assert_true(v6nf_ring_reset(&w.nics[0].device, board_now()));
    pass_and_watch(3000);
    for (uint32_t i = 0; i < 256u; i++) {
        assert_int_equal(*card_register(&board_cards[0], CARD_RAL + 4u * i), filters[i]);
        assert_int_equal(*card_register(&board_cards[0], CARD_MTA + 4u * (i % 128u)), hash[i % 128u]);
    }
    assert_int_equal(w.nics[0].addresses_count, 128);
    const uint32_t handled = w.handled;
    pass_and_watch(3000);
    assert_true(w.handled > handled + 2900u);
    assert_sent_or_counted();
    assert_int_equal(v6nf_ring_dropped(&w.ring, 0) + v6nf_ring_dropped(&w.ring, 1), 0);
}

/* Flows stay with their inputs, which belong to different threads. */
static void a_reset_keeps_the_rss_key(void **state)
{
    (void)state;
    uint32_t key[10];
    assert_int_equal(init_with(0, (struct v6nf_nic_config){.inputs = 4}), V6NF_NIC_READY);
    for (uint32_t i = 0; i < 10u; i++) {
        key[i] = *card_register(&board_cards[0], CARD_RSSRK + 4u * i);
    }
    open_ring(1);
    assert_true(v6nf_ring_reset(&w.nics[0].device, board_now()));
    for (uint32_t i = 0; i < 10u; i++) {
        assert_int_equal(*card_register(&board_cards[0], CARD_RSSRK + 4u * i), key[i]);
    }
}

static struct card_knobs knobs_of_reset;
static uint64_t earlier_reset;

/* Set knobs of the card when its reset begins. */
static void spoil_reset(void)
{
    if (board_cards[2].reset_at != earlier_reset) {
        board_cards[2].knobs = knobs_of_reset;
    }
}

/* The card that is reset does not come back: it reaches no memory, and the other output goes on. When it works again,
 * its next reset succeeds. */
static void a_card_can_fail_in_its_reset(void **state)
{
    (void)state;
    static const struct card_knobs faults[] = {{.late = 5000000}, {.reset_hangs = true}, {.no_eeprom = true}};
    for (uint32_t i = 0; i < 3u; i++) {
        reset_world(NULL);
        open_all(2);
        pass_and_watch(2000);
        board_cards[2].knobs.link_down = true;
        knobs_of_reset = faults[i];
        earlier_reset = board_cards[2].reset_at;
        board_meanwhile = spoil_reset;
        pass_and_watch(3000);
        assert_int_equal(parked(), 2);
        assert_int_equal(board_cards[2].pci_command & 4u, 0);
        board_meanwhile = NULL;
        board_cards[2].knobs = (struct card_knobs){0};
        board_pass(20000000);
        const uint32_t sent = w.sent[1];
        pass_and_watch(5000);
        assert_sent_or_counted();
        assert_int_equal(v6nf_ring_dropped(&w.ring, 0), 0);
        assert_true(w.sent[1] > sent + 1000u);
        stop_all();
    }
}

/* Its transactions never end: it is not reset, and reaches no memory. */
static void a_card_that_cannot_be_reset_is_shut_off(void **state)
{
    (void)state;
    open_all(2);
    pass_and_watch(2000);
    board_cards[2].knobs.link_down = board_cards[2].knobs.master_hangs = board_cards[2].knobs.transaction_pending =
        true;
    pass_and_watch(3000);
    assert_int_equal(parked(), 2);
    assert_int_equal(board_cards[2].pci_command & 4u, 0);
    board_pass(100000000);
    pass_and_watch(1000);
    assert_int_equal(v6nf_nic_look(&w.nics[2]), V6NF_PORT_GONE);
    const uint32_t sent = w.sent[0];
    pass_and_watch(1000);
    assert_true(w.sent[0] > sent + 300u);
    assert_int_equal(v6nf_ring_dropped(&w.ring, 0), 0);
    assert_no_faults();
    board_cards[2].knobs.gone = true; /* its registers cannot be set any more */
}

static void pull_out_second_later(void)
{
    board_cards[2].knobs.gone = board_cards[2].knobs.gone || accesses_left == 0u;
    accesses_left -= accesses_left > 0u ? 1u : 0u;
}

/* The card is pulled out at any access of the watch. */
static void a_card_can_go_while_it_is_reset(void **state)
{
    (void)state;
    for (uint32_t accesses = 0; accesses < 4000u; accesses += 1u + accesses / 7u) {
        reset_world(NULL);
        open_all(2);
        pass_and_watch(500);
        board_cards[2].knobs.link_down = true;
        pass_frames(500);
        accesses_left = accesses;
        board_meanwhile = pull_out_second_later;
        pass_and_watch(1000);
        board_meanwhile = NULL;
        board_cards[2].knobs.gone = true;
        pass_and_watch(500);
        assert_int_equal(parked(), 2);
        settle();
        assert_no_faults();
        assert_int_equal(w.sent[0], w.expected[0]);
        assert_int_equal(w.handled + dropped(), w.given);
    }
}

/* -- A port whose outputs stop ------------------------------------------------------------------------------------- */

static uint32_t poll_own(void)
{
    struct v6nf_port *port = &w.nics[0].port;
    return port->operations->poll(port, handle, &w);
}

/* Frames pass; time passes as in a program that polls. */
static void pass_port(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        give_frame();
        board_run(30);
        for (uint32_t j = 0; j < 70u; j++) {
            (void)poll_own();
        }
        board_pass(500);
    }
}

static bool originate_mark(void)
{
    struct v6nf_port *port = &w.nics[0].port;
    uint8_t *frame = port->operations->reserve(port);
    if (frame != NULL) {
        memset(frame, 0xBB, 60);
        port->operations->commit(port, 60);
    }
    return frame != NULL;
}

/* The program does nothing for it. */
static void a_port_comes_back_by_itself(void **state)
{
    (void)state;
    struct v6nf_port_counters counters;
    init(0);
    w.outputs = 1;
    assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
    uint32_t committed = 0;
    for (uint32_t turn = 0; turn < 20u; turn++) {
        pass_port(400);
        for (uint32_t i = 0; i < 150u; i++) {
            give_frame();
        }
        board_run(2000); /* received, and not handled yet */
        board_cards[0].knobs.link_down = true;
        for (uint32_t i = 0; i < 8u; i++) {
            committed += originate_mark() ? 1u : 0u;
        }
        for (uint32_t i = 0; i < 30u; i++) {
            (void)poll_own();
        }
        pass_port(40);
        assert_null(w.nics[0].port.operations->reserve(&w.nics[0].port));
        board_cards[0].knobs.link_down = false;
        pass_port(400);
        assert_true(w.nics[0].port.operations->link_up(&w.nics[0].port));
        assert_int_equal(w.nics[0].port.operations->status(&w.nics[0].port), V6NF_PORT_RUNNING);
        const uint32_t sent = w.sent[0];
        const uint32_t originated = w.originated;
        pass_port(100);
        assert_true(w.sent[0] > sent + 30u);
        for (uint32_t i = 0; i < 10u; i++) {
            assert_true(originate_mark());
            committed++;
            pass_port(1);
        }
        assert_int_equal(w.originated, originated + 10u);
    }
    pass_port(100);
    assert_no_faults();
    w.nics[0].port.operations->read_counters(&w.nics[0].port, &counters);
    assert_int_equal(counters.sent + counters.transmit_dropped, w.expected[0] + committed);
    assert_int_equal(counters.sent, w.sent[0] + w.originated);
    assert_true(counters.transmit_dropped > 100u);
}

/* A handler may originate frames. While no buffer is free, the port looks at its outputs: after the burst, because the
 * frames of the burst are not sent yet. */
static void reserve_in_the_middle(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    handle(context, frame, length, capacity, lengths);
    if (w.handled % 8u == 5u) {
        board_pass(2000);
        (void)w.nics[0].port.operations->reserve(&w.nics[0].port);
    }
}

static void a_handler_reserves_while_a_card_comes_back(void **state)
{
    (void)state;
    struct v6nf_port *port = &w.nics[0].port;
    init(0);
    w.outputs = 1;
    assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
    for (uint32_t turn = 0; turn < 50u; turn++) {
        pass_port(40u + 3u * turn);
        for (uint32_t i = 0; i < 100u; i++) {
            give_frame();
        }
        board_run(2000); /* received, and not handled yet */
        assert_true(v6nf_ring_reset(&w.nics[0].device, board_now()));
        for (uint32_t i = 0; i < 50u; i++) {
            (void)port->operations->poll(port, reserve_in_the_middle, &w);
        }
        assert_int_equal(w.handled + dropped(), w.given);
        for (uint32_t i = 0; i < 400u; i++) {
            (void)poll_own();
            board_run(30);
            board_pass(500);
            (void)port->operations->reserve(port);
        }
    }
    pass_port(1000);
    assert_no_faults();
    struct v6nf_port_counters counters;
    port->operations->read_counters(port, &counters);
    assert_int_equal(counters.sent + counters.transmit_dropped, w.expected[0]);
}

/* No one asks a busy port for its status, and its polls always find frames from the moment when the link is up. */
static void a_busy_port_comes_back(void **state)
{
    (void)state;
    init(0);
    w.outputs = 1;
    assert_int_equal(v6nf_nic_open_port(&w.nics[0]), V6NF_NIC_READY);
    pass_port(400);
    board_cards[0].knobs.link_down = true;
    for (uint32_t i = 0; i < 100u; i++) {
        (void)originate_mark();
        pass_port(1);
    }
    board_cards[0].knobs.link_down = false;
    const uint32_t sent = w.sent[0];
    for (uint32_t i = 0; i < 100000u && w.sent[0] < sent + 1000u; i++) {
        give_frame();
        board_run(30);
        (void)poll_own();
        board_pass(5);
    }
    assert_true(w.sent[0] >= sent + 1000u);
    assert_no_faults();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(card_is_set_up_by_the_data_sheet),
        TEST(slow_card_is_waited_for),
        TEST(checksums_are_verified_and_inserted),
        TEST(tags_are_removed_and_inserted),
        TEST(a_faulty_card_is_reported),
        TEST(a_queue_that_does_not_start_is_reported),
        TEST(master_that_does_not_stop_is_reset_twice),
        TEST(master_with_a_transaction_pending_is_not_reset),
        TEST(card_is_set_up_again),
        TEST(frames_pass_with_one_output),
        TEST(frames_pass_with_two_outputs),
        TEST(heads_that_are_late_are_waited_for),
        TEST(impossible_heads_are_ignored),
        TEST(frames_too_short_to_be_padded_do_not_reach_the_card),
        TEST(counters_are_those_of_the_card),
        TEST(frames_shown_and_dropped_are_those_of_the_peer),
        TEST(a_year_at_line_rate_is_counted),
        TEST(a_busy_port_reads_its_counters),
        TEST(looks_at_a_shared_card_read_no_counters),
        TEST(each_device_has_its_own_figures),
        TEST(a_link_that_another_driver_left_off_comes_up),
        TEST(sending_continues_after_pause),
        TEST(pause_is_ignored_without_flow_control),
        TEST(a_full_buffer_sends_pause_with_flow_control),
        TEST(sending_continues_after_a_lost_link),
        TEST(output_that_stalls_keeps_its_buffers),
        TEST(outputs_stall_alternately),
        TEST(filters_are_as_configured),
        TEST(mac_address_is_set),
        TEST(addresses_are_added),
        TEST(added_addresses_interrupt_nothing),
        TEST(damaged_short_and_long_frames_are_counted),
        TEST(jumbo_frames_pass),
        TEST(full_ring_drops_and_counts),
        TEST(flows_are_shared_by_inputs),
        TEST(both_directions_of_a_flow_share_an_input),
        TEST(port_sends_what_it_originates),
        TEST(originated_frames_outlast_late_heads),
        TEST(frames_too_short_are_not_originated),
        TEST(a_full_originate_queue_is_reported),
        TEST(link_speed_is_reported),
        TEST(speeds_between_are_those_of_an_x550),
        TEST(a_stopped_port_stays_stopped),
        TEST(a_port_that_is_stopped_can_be_opened_again),
        TEST(a_second_stop_takes_nothing_from_others),
        TEST(rings_without_a_port_are_stopped_with_their_cards),
        TEST(fetched_frames_are_sent_before_a_stop),
        TEST(a_stop_takes_only_a_few_seconds),
        TEST(a_removed_card_is_reported_as_gone),
        TEST(counters_of_a_stopped_port_include_those_of_its_rings),
        TEST(no_ring_opens_over_a_card_that_is_gone),
        TEST(a_card_can_go_at_any_time),
        TEST(one_of_two_outputs_loses_its_link),
        TEST(an_output_that_hangs_is_parked),
        TEST(all_outputs_lose_their_links),
        TEST(a_card_that_was_reset_is_set_up_as_before),
        TEST(a_reset_keeps_the_rss_key),
        TEST(a_card_can_fail_in_its_reset),
        TEST(a_card_that_cannot_be_reset_is_shut_off),
        TEST(a_card_can_go_while_it_is_reset),
        TEST(a_port_comes_back_by_itself),
        TEST(a_handler_reserves_while_a_card_comes_back),
        TEST(a_busy_port_comes_back),
        TEST(a_card_that_was_never_opened_can_be_stopped),
        TEST(a_port_that_does_not_open_is_stopped),
        TEST(devices_left_running_are_stopped_first),
        TEST(a_refused_configuration_stops_the_card),
        TEST(the_address_of_the_configuration_is_copied),
        TEST(every_status_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
