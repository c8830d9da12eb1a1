/* test_igc.c: the driver of the I225 and I226, and the descriptor ring, on a card that checks them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../unit/driver/fixture_device_memory.h"
#include "igc_card.h"
#include "v6nf/driver/igc.h"

#define HEADER 14u
#define MTU 1500u
#define MANY 6000u /* frames, 23 laps of the ring */
#define MAX_OUTPUTS 3u
#define ORIGINATED 0xBBu /* first byte of the type of a frame that the handler has not seen */

#define CTRL 0x0000u
#define CTRL_EXT 0x0018u
#define FCRTH 0x2168u
#define TIPG 0x0410u
#define RCTL 0x0100u

static const uint8_t own_mac[6] = {0x00, 0xA0, 0xC9, 0x99, 0x00, 0x05};
static const uint8_t group[6] = {0x33, 0x33, 0xFF, 1, 2, 3};

/* Frames under way. Each has a number. */
struct world {
    struct v6nf_nic nic;
    struct v6nf_ring rings[4];
    uint32_t outputs;
    uint32_t given;
    uint32_t handled;
    uint64_t handled_bytes;
    uint32_t last; /* number of the last handled */
    uint32_t expected[MAX_OUTPUTS];
    uint32_t sent[MAX_OUTPUTS];
    uint32_t last_sent[MAX_OUTPUTS];
    uint32_t originated;
    uint64_t sent_bytes;
    bool all_are_sent;
};

static struct world w;

static uint32_t read_number(const uint8_t *frame)
{
    return (uint32_t)frame[HEADER] + ((uint32_t)frame[HEADER + 1u] << 8) + ((uint32_t)frame[HEADER + 2u] << 16) +
           ((uint32_t)frame[HEADER + 3u] << 24);
}

/* The outputs that send a frame, as bits. */
static uint32_t outputs_of(uint32_t number)
{
    return w.all_are_sent ? 7u : (number * 2654435761u >> 28) & 7u;
}

static uint32_t length_of(uint32_t number)
{
    return 60u + (number * 40503u >> 4) % 1455u;
}

static void assert_is_whole(const uint8_t *bytes, uint32_t length)
{
    const uint32_t number = read_number(bytes);
    for (uint32_t i = HEADER + 4u; i < length; i++) {
        if (bytes[i] != (uint8_t)(number + i)) {
            fail_msg("frame %u: byte %u is %u", number, i, bytes[i]);
        }
    }
}

/* With an originate queue, queue 0 is that one. */
static void frame_sent(uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    w.sent_bytes += length;
    if (bytes[12] == ORIGINATED) {
        w.originated++;
        return;
    }
    const uint32_t output = w.nic.outputs_count > w.outputs ? queue - 1u : queue;
    assert_in_range(output, 0, w.outputs - 1u);
    assert_is_whole(bytes, length);
    assert_true((outputs_of(read_number(bytes)) & (1u << output)) != 0u);
    assert_true(w.sent[output] == 0u || read_number(bytes) > w.last_sent[output]);
    w.last_sent[output] = read_number(bytes);
    w.sent[output]++;
}

/* A frame to `destination` arrives, with the next number. */
static void give(const uint8_t *destination, uint32_t length)
{
    static uint8_t bytes[IGC_FRAME_MAX + 100u];
    const uint32_t number = w.given++;
    memcpy(bytes, destination, 6);
    memset(bytes + 6, 0x02, 8);
    for (uint32_t i = HEADER; i < length; i++) {
        bytes[i] = (uint8_t)(number + i);
    }
    for (uint32_t i = 0; i < 4u; i++) {
        bytes[HEADER + i] = (uint8_t)(number >> (8u * i));
    }
    igc_receive(bytes, length, false);
}

static inline void handle(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct world *world = context;
    const uint32_t number = read_number(frame);
    assert_in_range(length, 60, capacity);
    assert_is_whole(frame, length);
    assert_true(world->handled == 0u || number > world->last);
    world->last = number;
    world->handled++;
    world->handled_bytes += length;
    for (uint32_t i = 0; i < world->outputs; i++) {
        if ((outputs_of(number) & (1u << i)) != 0u) {
            lengths[i] = length;
            world->expected[i]++;
        }
    }
}

static void poll_port(void)
{
    while (w.nic.port.operations->poll(&w.nic.port, handle, &w) > 0u) {
        igc_run(8);
    }
}

static void originate(uint32_t length)
{
    uint8_t *frame = w.nic.port.operations->reserve(&w.nic.port);
    if (frame != NULL) {
        memset(frame, 1, HEADER);
        frame[12] = ORIGINATED;
        w.nic.port.operations->commit(&w.nic.port, length);
    }
}

static int reset_world(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.outputs = 1;
    igc_card.knobs = (struct igc_knobs){.speed = 2500};
    igc_card.sent = frame_sent;
    igc_card.faults = 0;
    igc_power_on();
    return 0;
}

static void init_with(struct v6nf_nic_config config)
{
    config.mtu = config.mtu != 0u ? config.mtu : MTU;
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &config), V6NF_NIC_READY);
    assert_true((igc_card.command & 4u) == 0u);
}

static void open_with(struct v6nf_nic_config config)
{
    init_with(config);
    assert_int_equal(v6nf_nic_open_port(&w.nic), V6NF_NIC_READY);
}

static void open_port(void)
{
    open_with((struct v6nf_nic_config){.mtu = MTU});
}

static struct v6nf_port_counters counters(void)
{
    struct v6nf_port_counters now;
    w.nic.port.operations->read_counters(&w.nic.port, &now);
    return now;
}

/* Stop the card, free its memory, and let more frames arrive: it must not move. */
static int stop_world(void **state)
{
    (void)state;
    const bool ends = !igc_card.knobs.master_hangs || igc_card.knobs.gone;
    assert_true(v6nf_nic_stop(&w.nic) || !ends);
    if (w.nic.registers != NULL && igc_card.resets > 0u) {
        igc_check_stopped();
    }
    igc_change_program();
    igc_card.resets = 1; /* of this program: any DMA is a fault now */
    igc_card.knobs.link_down = false;
    give(own_mac, 100);
    igc_run(1000);
    if (igc_card.faults > 0u) {
        fail_msg("card: %s", igc_card.fault);
    }
    return 0;
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void frames_are_shown_and_sent(void **state)
{
    (void)state;
    open_port();
    assert_memory_equal(w.nic.port.mac, own_mac, 6);
    assert_true(w.nic.port.operations->link_up(&w.nic.port));
    for (uint32_t i = 0; i < MANY; i++) {
        give(own_mac, length_of(w.given));
        if (i % 3u == 0u) {
            originate(60u + i % 1000u);
        }
        if (i % 7u == 0u) {
            igc_run(20);
            poll_port();
        }
    }
    igc_run(1000);
    poll_port();
    assert_int_equal(w.handled, MANY);
    assert_int_equal(w.sent[0], w.expected[0]);
    assert_in_range(w.originated, MANY / 4u, MANY);
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.received, MANY);
    assert_int_equal(now.received_bytes, w.handled_bytes);
    assert_int_equal(now.receive_dropped, 0);
    assert_int_equal(now.sent, w.sent[0] + w.originated);
    assert_int_equal(now.sent_bytes, w.sent_bytes);
    assert_int_equal(igc_card.short_gaps, 0);
}

struct checksum_run checksum_run;

static void checksum_sent(uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    (void)queue;
    checksum_look(bytes, length);
}

/* Let each direction pass frames. */
static void pass_checksums(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        give(own_mac, 70u + i);
        igc_run(20);
        assert_true(checksum_pass(&w.nic.port, 62u + i));
        igc_run(20);
    }
}

static void checksums_are_verified_and_inserted(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, V6NF_PORT_CHECKSUM_GOOD, V6NF_PORT_CHECKSUM_WRONG};
    for (uint32_t i = 0; i < 2u; i++) {
        igc_card.knobs.keeps_addresses = i == 1u;
        open_with((struct v6nf_nic_config){.mtu = MTU, .checksums = true});
        igc_card.sent = checksum_sent;
        checksum_run = (struct checksum_run){0};
        assert_int_equal(w.nic.port.checksums, V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS);
        pass_checksums(500);
        for (uint32_t verdict = 0; verdict < 3u; verdict++) {
            igc_card.knobs.verdict = (enum checksum_verdict)verdict;
            give(own_mac, 100);
            igc_run(20);
            assert_int_equal(w.nic.port.operations->poll(&w.nic.port, checksum_answer, NULL), 1);
            assert_int_equal(checksum_run.flags, flags[verdict]);
        }
        assert_int_equal(checksum_run.shown, 1003);
        assert_in_range(checksum_run.inserted, 333, 334);
        assert_int_equal(checksum_run.bad, 0);
        assert_int_equal(counters().transmit_dropped, 0);
        igc_card.sent = frame_sent;
        igc_card.knobs.verdict = CHECKSUM_RIGHT; /* without `checksums` there is no flag */
        (void)v6nf_nic_stop(&w.nic);
    }
    open_port();
    give(own_mac, 100);
    igc_run(20);
    assert_int_equal(w.nic.port.operations->poll(&w.nic.port, checksum_answer, NULL), 1);
    assert_int_equal(checksum_run.flags, 0);
}

/* -- VLAN tags ----------------------------------------------------------------------------------------------------- */

struct tags_run tags_run;

static void tags_sent(uint32_t queue, const uint8_t *bytes, uint32_t length)
{
    (void)queue;
    tags_look(bytes, length);
}

/* Let frames arrive in bursts of 12, or of 2 if they are long, and originate one after each. */
static void pass_tags(uint32_t bursts)
{
    static uint8_t bytes[IGC_FRAME_MAX];
    const uint32_t burst = tags_run.longest > MTU + 18u ? 2u : 12u;
    for (uint32_t i = 1; i <= burst * bursts; i++) {
        const uint32_t length = tags_write(bytes, own_mac, tags_run.given++);
        igc_receive(bytes, length, false);
        if (i % burst == 0u) {
            igc_run(100);
            for (uint32_t j = 0; j < 3u; j++) {
                (void)w.nic.port.operations->poll(&w.nic.port, tags_answer, NULL);
            }
            assert_true(tags_originate(&w.nic.port));
            igc_run(100);
        }
    }
}

static void assert_tags_are_right(void)
{
    assert_int_equal(tags_run.shown, tags_run.given);
    assert_int_equal(tags_run.bad, 0);
    assert_int_equal(tags_run.sent, tags_run.answered + tags_run.originated);
    assert_int_equal(counters().transmit_dropped, 0);
    assert_int_equal(counters().received, tags_run.given);
}

/* With an EEPROM and an earlier program that have other tags; with checksums, too; with long frames; and after a
 * reset. */
static void tags_are_removed_and_inserted(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8u; i++) {
        const uint32_t mtu = (i & 4u) != 0u ? V6NF_NIC_MTU_MAX : 1500u;
        igc_card.knobs.left_running = igc_card.knobs.keeps_sizes = (i & 1u) != 0u;
        igc_power_on();
        open_with((struct v6nf_nic_config){.mtu = mtu, .tags = true, .checksums = (i & 2u) != 0u});
        igc_card.sent = tags_sent;
        assert_true(w.nic.port.tags);
        tags_run = (struct tags_run){.longest = mtu + 18u};
        pass_tags(100);
        assert_tags_are_right();
        assert_true(v6nf_ring_reset(&w.nic.device, igc_card.now));
        while (w.nic.ring.queues[0].state != V6NF_RING_OPENED || w.nic.originate.queue.state != V6NF_RING_OPENED) {
            igc_run(100000);
            v6nf_env_sleep(1000);
            (void)w.nic.port.operations->poll(&w.nic.port, tags_answer, NULL);
            (void)w.nic.port.operations->status(&w.nic.port);
        }
        pass_tags(50);
        assert_tags_are_right();
        (void)v6nf_nic_stop(&w.nic);
    }
    igc_card.sent = frame_sent;
    igc_card.knobs.left_running = igc_card.knobs.keeps_sizes = false;
    igc_power_on();
    open_port();
}

/* Without `tags`, they stay in the frames, and lengths have no VLAN ID. */
static void tags_are_left_alone(void **state)
{
    (void)state;
    static uint8_t bytes[IGC_FRAME_MAX];
    open_port();
    assert_false(w.nic.port.tags);
    tags_run = (struct tags_run){.longest = 1518, .given = 1};
    const uint32_t length = tags_write(bytes, own_mac, 1);
    igc_receive(bytes, length, false);
    igc_run(20);
    assert_int_equal(w.nic.port.operations->poll(&w.nic.port, tags_answer, NULL), 1);
    assert_int_equal(tags_run.bad, 1); /* it has a tag */
    igc_card.sent = tags_sent;
    assert_non_null(w.nic.port.operations->reserve(&w.nic.port));
    w.nic.port.operations->commit(&w.nic.port, 80u + (1u << V6NF_PORT_VLAN_SHIFT));
    igc_run(20);
    assert_int_equal(counters().transmit_dropped, 1);
    igc_card.sent = frame_sent;
}

/* A reported descriptor keeps its address, which no source states. */
static void frames_are_sent_if_descriptors_keep_their_addresses(void **state)
{
    igc_card.knobs.keeps_addresses = true;
    frames_are_shown_and_sent(state);
}

/* Every length from the shortest that a handler may send. */
static void every_length_is_sent(void **state)
{
    (void)state;
    open_port();
    for (uint32_t length = 60; length <= MTU + HEADER; length++) {
        give(own_mac, length);
        originate(length < 77u ? length - 43u : length);
        igc_run(20);
        poll_port();
        igc_run(20);
    }
    assert_int_equal(w.handled, MTU + HEADER - 59u);
    assert_int_equal(w.originated, w.handled);
    assert_int_equal(igc_card.short_gaps, 0); /* before the program has asked for the link */
}

static void long_frames_are_dropped(void **state)
{
    (void)state;
    static const uint32_t mtus[] = {1280, MTU, 4000, V6NF_NIC_MTU_MAX};
    w.all_are_sent = true;
    for (size_t i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        const uint32_t handled = w.handled;
        open_with((struct v6nf_nic_config){.mtu = mtus[i]});
        give(own_mac, mtus[i] + HEADER);
        give(own_mac, mtus[i] + HEADER + 4u); /* with a VLAN tag */
        give(own_mac, mtus[i] + HEADER + 5u);
        igc_run(100);
        poll_port();
        igc_run(100);
        assert_int_equal(w.handled - handled, 2);
        assert_int_equal(counters().sent, 2);
        assert_int_equal(counters().receive_dropped, mtus[i] == V6NF_NIC_MTU_MAX ? 0 : 1);
        assert_true(v6nf_nic_stop(&w.nic));
    }
}

/* Shown or dropped: each frame is counted once. */
static void each_frame_is_counted_once(void **state)
{
    (void)state;
    static const uint8_t damaged[2000] = {0x00, 0xA0, 0xC9, 0x99, 0x00, 0x05};
    open_port();
    for (uint32_t i = 0; i < 400u; i++) { /* the ring has 255 descriptors */
        give(own_mac, 100);
        igc_run(1);
    }
    for (uint32_t i = 0; i < 500u; i++) { /* the packet buffer overflows */
        give(own_mac, 1000);
    }
    give(own_mac, 59);
    give(own_mac, MTU + HEADER + 5u);
    igc_receive(damaged, 100, true);
    igc_receive(damaged, 50, true);
    igc_receive(damaged, sizeof damaged, true);
    igc_run(10000);
    poll_port();
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.received, w.handled);
    assert_int_equal(now.received + now.receive_dropped, 905);
    assert_in_range(now.received_bytes, w.handled_bytes - 1000, w.handled_bytes + 30000); /* an average was dropped */
    igc_run(1000);
    give(own_mac, 100);
    igc_run(10);
    poll_port();
    assert_int_equal(counters().received, w.handled);
    assert_int_equal(counters().received + counters().receive_dropped, 906);
}

/* -- Rings --------------------------------------------------------------------------------------------------------- */

static void a_frame_is_sent_on_several_outputs(void **state)
{
    (void)state;
    w.outputs = 3;
    init_with((struct v6nf_nic_config){.mtu = MTU});
    struct v6nf_ring_device *const outputs[] = {&w.nic.device, &w.nic.device, &w.nic.device};
    assert_int_equal(v6nf_ring_open(&w.rings[0], &w.nic.device, 3, outputs, 2048), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < MANY; i++) {
        give(own_mac, length_of(w.given));
        igc_run(i % 5u);
        while (i % 8u == 0u && v6nf_ring_poll(&w.rings[0], V6NF_RING_ADVANCED, 3, handle, &w) > 0u) {
            igc_run(1);
        }
    }
    igc_run(10000);
    while (v6nf_ring_poll(&w.rings[0], V6NF_RING_ADVANCED, 3, handle, &w) > 0u) {
        igc_run(100);
    }
    const struct v6nf_port_counters now = counters();
    assert_int_equal(w.handled, now.received);
    assert_int_equal(now.received + now.receive_dropped, MANY);
    assert_in_range(w.handled, MANY / 2u, MANY);
    for (uint32_t i = 0; i < 3u; i++) {
        assert_int_equal(w.sent[i], w.expected[i]);
    }
}

static void the_card_has_four_queues(void **state)
{
    (void)state;
    struct v6nf_ring_device *const outputs[] = {&w.nic.device, &w.nic.device, &w.nic.device, &w.nic.device,
                                                &w.nic.device};
    const struct v6nf_nic_config five = {.mtu = MTU, .inputs = 5};
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &five), V6NF_NIC_INPUTS_BAD);
    init_with((struct v6nf_nic_config){.mtu = MTU});
    assert_int_equal(v6nf_ring_open(&w.rings[0], &w.nic.device, 5, outputs, 2048), V6NF_RING_NO_QUEUE);
    assert_true(v6nf_nic_stop(&w.nic));
    init_with((struct v6nf_nic_config){.mtu = MTU});
    assert_int_equal(v6nf_ring_open(&w.rings[0], &w.nic.device, 3, outputs, 2048), V6NF_RING_OPEN);
    assert_int_equal(v6nf_ring_open(&w.rings[1], &w.nic.device, 1, outputs, 2048), V6NF_RING_NO_QUEUE);
}

/* Context: the flows that an input has shown, as bits. */
static inline void handle_input(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t *shown = context;
    (void)capacity;
    (void)lengths;
    assert_int_equal(length, 80);
    *shown |= 1u << (frame[55] % 32u);
}

static void poll_inputs(uint32_t *shown)
{
    for (uint32_t i = 0; i < 4u; i++) {
        while (v6nf_ring_poll(&w.rings[i], V6NF_RING_ADVANCED, 1, handle_input, &shown[i]) > 0u) {
        }
    }
}

/* A flow stays on one input, and each input has some. */
static void inputs_share_flows(void **state)
{
    (void)state;
    uint8_t packet[80] = {0};
    uint32_t shown[4] = {0};
    struct v6nf_ring_device *const output = &w.nic.device;
    init_with((struct v6nf_nic_config){.mtu = MTU, .inputs = 4});
    for (uint32_t i = 0; i < 4u; i++) {
        assert_int_equal(v6nf_ring_open(&w.rings[i], &w.nic.device, 1, &output, 2048), V6NF_RING_OPEN);
    }
    memcpy(packet, own_mac, 6);
    packet[12] = 0x86;
    packet[13] = 0xDD;
    packet[14] = 0x60;
    packet[20] = 17;
    for (uint32_t i = 0; i < 32u * 4u; i++) {
        packet[55] = (uint8_t)(i % 32u); /* the source port: a flow */
        igc_receive(packet, sizeof packet, false);
        igc_run(10);
        poll_inputs(shown);
    }
    assert_int_equal(shown[0] | shown[1] | shown[2] | shown[3], UINT32_MAX);
    assert_int_equal(shown[0] ^ shown[1] ^ shown[2] ^ shown[3], UINT32_MAX);
    for (uint32_t i = 0; i < 4u; i++) {
        assert_true(shown[i] != 0u);
    }
    assert_int_equal(counters().received, 32 * 4);
}

/* A ring that no one polls does not block the others. */
static void a_full_input_blocks_no_other(void **state)
{
    (void)state;
    uint8_t packet[80] = {0};
    uint32_t shown[4] = {0};
    struct v6nf_ring_device *const output = &w.nic.device;
    init_with((struct v6nf_nic_config){.mtu = MTU, .inputs = 2, .flow_control = true});
    assert_int_equal(v6nf_ring_open(&w.rings[0], &w.nic.device, 1, &output, 2048), V6NF_RING_OPEN);
    assert_int_equal(v6nf_ring_open(&w.rings[1], &w.nic.device, 1, &output, 2048), V6NF_RING_OPEN);
    memcpy(packet, own_mac, 6);
    packet[12] = 0x86;
    packet[13] = 0xDD;
    packet[20] = 17;
    for (uint32_t i = 0; i < 4000u; i++) {
        packet[55] = (uint8_t)(i % 32u);
        igc_receive(packet, sizeof packet, false);
        igc_run(10);
        while (v6nf_ring_poll(&w.rings[1], V6NF_RING_ADVANCED, 1, handle_input, &shown[1]) > 0u) {
        }
    }
    assert_in_range(counters().received, 1000, 3999);
    assert_int_equal(counters().received + counters().receive_dropped, 4000);
}

/* -- Filters ------------------------------------------------------------------------------------------------------- */

static uint32_t shown_of(const uint8_t *destination)
{
    const uint32_t before = w.handled;
    give(destination, 100);
    igc_run(100);
    poll_port();
    return w.handled - before;
}

static void filters_accept_what_is_configured(void **state)
{
    (void)state;
    static const uint8_t other[6] = {0x00, 0xA0, 0xC9, 0x99, 0x00, 0x06};
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    uint8_t mac[6] = {2, 0, 0, 0, 0, 0};
    igc_card.knobs.left_running = igc_card.knobs.keeps_sizes = true; /* tables of filters let everything pass */
    igc_power_on();
    open_port();
    assert_int_equal(shown_of(own_mac), 1);
    assert_int_equal(shown_of(other), 0);
    assert_int_equal(shown_of(group), 1);
    assert_int_equal(shown_of(broadcast), 1);
    assert_true(v6nf_nic_stop(&w.nic));
    open_with((struct v6nf_nic_config){.few_groups = true, .mac = mac});
    assert_int_equal(shown_of(own_mac), 0);
    assert_int_equal(shown_of(mac), 1);
    assert_int_equal(shown_of(group), 0);
    v6nf_igc_add_address(&w.nic, group);
    assert_int_equal(shown_of(group), 1);
    for (uint32_t i = 1; i < 20u; i++) { /* exact filters, then the hash */
        const uint8_t more[6] = {0x33, 0x33, 0, 0, (uint8_t)(16u * i), (uint8_t)i};
        assert_int_equal(shown_of(more), 0);
        v6nf_igc_add_address(&w.nic, more);
        assert_int_equal(shown_of(more), 1);
    }
    assert_int_equal(shown_of(other), 0);
    v6nf_igc_add_address(&w.nic, other);
    assert_int_equal(shown_of(other), 1);
    assert_true(v6nf_nic_stop(&w.nic));
    open_with((struct v6nf_nic_config){.promiscuous = true});
    assert_int_equal(shown_of(other), 1);
}

/* -- Link and flow control ----------------------------------------------------------------------------------------- */

static void the_link_has_a_speed_and_a_gap(void **state)
{
    (void)state;
    static const uint32_t speeds[] = {10, 100, 1000, 2500};
    open_port();
    for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++) {
        igc_card.knobs.speed = speeds[i];
        assert_true(w.nic.port.operations->link_up(&w.nic.port));
        assert_true(v6nf_igc_link_speed(&w.nic) == speeds[i] * UINT64_C(1000000));
        assert_int_equal(igc_register(TIPG) & 0x3FFu, speeds[i] == 2500u ? 11u : 8u);
        assert_int_equal(igc_register(TIPG) >> 10, 0x00601008u >> 10);
    }
    igc_card.knobs.link_down = true;
    assert_false(w.nic.port.operations->link_up(&w.nic.port));
    assert_int_equal(v6nf_igc_link_speed(&w.nic), 0);
}

/* Frames wait in the card, and are sent when the link is up again. */
static void a_lost_link_stops_output_only_while_it_is_down(void **state)
{
    (void)state;
    w.all_are_sent = true;
    open_port();
    for (uint32_t i = 0; i < 100u; i++) {
        give(own_mac, 100);
    }
    igc_run(300);
    igc_card.knobs.link_down = true;
    poll_port();
    igc_run(1000);
    assert_int_equal(w.sent[0], 0);
    igc_card.knobs.link_down = false;
    igc_run(1000);
    assert_int_equal(w.sent[0], 100);
    assert_int_equal(shown_of(own_mac), 1);
}

/* Frames arrive and time passes, as in a program that polls. */
static void pass_port(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        give(own_mac, length_of(w.given));
        igc_run(30);
        for (uint32_t j = 0; j < 70u; j++) {
            (void)w.nic.port.operations->poll(&w.nic.port, handle, &w);
        }
        igc_run(30);
        igc_card.now += 500;
    }
}

/* Without a link the queues keep their frames: the card is reset. Then everything is as before. */
static void outputs_come_back_with_the_link(void **state)
{
    (void)state;
    uint32_t frames = 0;
    open_port();
    for (uint32_t turn = 1; turn <= 10u; turn++) {
        pass_port(turn * 30u);
        igc_card.knobs.link_down = true;
        originate(100);
        pass_port(100);
        igc_card.knobs.link_down = false;
        pass_port(700);
        const uint32_t before = w.originated + w.sent[0];
        originate(100);
        pass_port(100);
        assert_in_range(w.originated + w.sent[0] - before, 30, 101);
        frames += 2u;
    }
    assert_in_range(igc_card.resets, 11, 100);
    assert_int_equal(w.nic.port.operations->status(&w.nic.port), V6NF_PORT_RUNNING);
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.sent, w.sent[0] + w.originated);
    assert_int_equal(now.sent + now.transmit_dropped, w.expected[0] + frames);
    assert_in_range(now.received - w.handled, 0, 2u * frames); /* some arrived while the input was off */
    assert_int_equal(igc_card.short_gaps, 0);
}

/* One queue hangs, with a link. The card is reset, with both. */
static void an_output_that_hangs_is_parked(void **state)
{
    (void)state;
    struct v6nf_ring_device *const outputs[] = {&w.nic.device, &w.nic.device};
    uint32_t looks = 0; /* that found it parked */
    w.outputs = 2;
    init_with((struct v6nf_nic_config){.mtu = MTU});
    assert_int_equal(v6nf_ring_open(&w.rings[0], &w.nic.device, 2, outputs, 2048), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < 3000u; i++) {
        igc_card.knobs.stalled[1] = i >= 500u && i < 1000u;
        give(own_mac, 100);
        igc_run(30);
        while (v6nf_ring_poll(&w.rings[0], V6NF_RING_ADVANCED, 2, handle, &w) > 0u) {
            igc_run(30);
        }
        igc_card.now += 1000;
        looks += v6nf_ring_watch(&w.rings[0], 50000, igc_card.now) != 0u ? 1u : 0u;
    }
    assert_in_range(looks, 200, 1500);
    assert_int_equal(v6nf_ring_watch(&w.rings[0], 0, igc_card.now), 0);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(w.sent[i] + v6nf_ring_dropped(&w.rings[0], i), w.expected[i]);
        assert_in_range(w.sent[i], 1000, 3000);
    }
}

/* Filters, groups, the RSS key and everything that the configuration determines. */
static void a_reset_keeps_the_set_up(void **state)
{
    (void)state;
    static uint32_t before[0x6000 / 4];
    struct v6nf_ring_device *const output = &w.nic.device;
    for (uint32_t turn = 0; turn < 3u; turn++) {
        igc_power_on();
        init_with((struct v6nf_nic_config){
            .mtu = MTU, .inputs = 2, .few_groups = true, .promiscuous = turn == 1u, .flow_control = turn == 2u});
        for (uint32_t i = 0; i < 2u; i++) {
            assert_int_equal(v6nf_ring_open(&w.rings[i], &w.nic.device, 1, &output, 2048), V6NF_RING_OPEN);
        }
        for (uint32_t i = 0; i < 20u; i++) { /* exact filters, then the hash */
            const uint8_t more[6] = {0x33, 0x33, 0, 0, (uint8_t)(16u * i), (uint8_t)i};
            v6nf_igc_add_address(&w.nic, more);
        }
        if (turn == 2u) {
            v6nf_igc_add_address(&w.nic, (const uint8_t[]){2, 0, 0, 0, 0, 7}); /* a station: all are accepted */
        }
        for (uint32_t i = 0; i < 0x6000u; i += 4u) {
            before[i / 4u] = igc_register(i);
        }
        assert_true(v6nf_ring_reset(&w.nic.device, igc_card.now));
        for (uint32_t i = 0; i < 200u; i++) {
            igc_card.now += 1000;
            (void)v6nf_ring_watch(&w.rings[0], 0, igc_card.now);
            (void)v6nf_ring_watch(&w.rings[1], 0, igc_card.now);
        }
        assert_int_equal(w.nic.addresses_count, 16);
        for (uint32_t i = 0; i < 0x6000u; i += 4u) {
            if (i != 0x20u && (i < 0x4000u || i > 0x41FFu)) { /* MDIC, counters */
                assert_int_equal(igc_register(i), before[i / 4u]);
            }
        }
        assert_true(v6nf_nic_stop(&w.nic));
    }
}

/* The card reaches no memory until its next reset succeeds. */
static void a_card_can_fail_in_a_reset(void **state)
{
    (void)state;
    open_port();
    pass_port(100);
    igc_card.knobs.link_down = igc_card.knobs.reset_hangs = true;
    originate(100);
    pass_port(300);
    assert_true(w.nic.is_lost);
    assert_true((igc_card.command & 4u) == 0u);
    igc_card.knobs.link_down = false;
    assert_false(w.nic.port.operations->link_up(&w.nic.port));
    igc_card.knobs.reset_hangs = false;
    igc_card.now += 20000000;
    pass_port(700);
    assert_true(w.nic.port.operations->link_up(&w.nic.port));
    const uint32_t handled = w.handled;
    pass_port(100);
    assert_int_equal(w.handled - handled, 100);
}

/* The card is removed at any access of a reset. */
static void a_card_can_go_in_a_reset(void **state)
{
    (void)state;
    bool is_whole = false;
    for (uint64_t n = 1; n < 5000u && !is_whole; n += 1u + n / 50u) {
        igc_card.knobs = (struct igc_knobs){.speed = 2500};
        igc_power_on();
        memset(&w, 0, sizeof w);
        w.outputs = 1;
        open_port();
        pass_port(20);
        (void)counters();
        igc_card.knobs.gone_after = igc_card.accesses + n;
        const bool is_reset = v6nf_ring_reset(&w.nic.device, igc_card.now);
        is_whole = !igc_card.knobs.gone;
        assert_true(!is_whole || is_reset);
        igc_card.knobs.gone = true;
        pass_port(20);
        assert_false(w.nic.port.operations->link_up(&w.nic.port));
        assert_int_equal(w.nic.port.operations->status(&w.nic.port), V6NF_PORT_GONE);
        assert_int_equal(counters().received, 20);
        assert_int_equal(counters().receive_dropped, 0);
        assert_true(v6nf_nic_stop(&w.nic));
        assert_int_equal(igc_card.faults, 0);
    }
    assert_true(is_whole);
}

static void every_speed_is_negotiated(void **state)
{
    (void)state;
    const uint64_t before = igc_card.now;
    open_port();
    assert_in_range(igc_card.now - before, 0, 30000);
    assert_int_equal(igc_card.negotiations, 1);
    assert_int_equal(igc_card.phy[4], 0x1E1); /* 10 and 100 Mb/s, no PAUSE */
    assert_int_equal(igc_card.phy[9], 0x200); /* 1 Gb/s in full duplex mode only */
    assert_int_equal(igc_card.phy_2500, 0x80);
    assert_int_equal(igc_card.phy[13], 0);
    assert_int_equal(igc_register(0x5B5Cu), 0); /* firmware can use the PHY again */
    assert_int_equal(igc_card.semaphore, 0);
    assert_true(v6nf_nic_stop(&w.nic));
    open_with((struct v6nf_nic_config){.flow_control = true});
    assert_int_equal(igc_card.phy[4], 0xDE1);
}

/* The link may be up without the driver: the card is ready after a bounded time. */
static void a_mute_phy_is_left_alone(void **state)
{
    (void)state;
    igc_card.knobs.phy_mute = true;
    const uint64_t before = igc_card.now;
    open_port();
    assert_in_range(igc_card.now - before, 0, 2000000);
    assert_int_equal(igc_card.negotiations, 0);
    assert_int_equal(shown_of(own_mac), 1);
    assert_int_equal(igc_register(0x5B5Cu), 0);
}

static void the_phy_is_taken_from_dead_firmware(void **state)
{
    (void)state;
    igc_card.knobs.firmware_has_phy = true;
    igc_power_on();
    const uint64_t before = igc_card.now;
    open_port();
    assert_in_range(igc_card.now - before, 1000000, 3000000);
    assert_int_equal(igc_card.negotiations, 1);
    assert_int_equal(igc_register(0x5B5Cu), 0);
}

static void pause_is_off_by_default(void **state)
{
    (void)state;
    w.all_are_sent = true;
    open_port();
    igc_pause(1000000);
    assert_int_equal(shown_of(own_mac), 1);
    igc_run(100);
    assert_int_equal(w.sent[0], 1);
    for (uint32_t i = 0; i < 100u; i++) {
        give(own_mac, 1000);
    }
    assert_int_equal(igc_card.pauses_sent, 0);
}

static void flow_control_is_obeyed_and_asked_for(void **state)
{
    (void)state;
    static const uint32_t mtus[] = {1280, MTU, V6NF_NIC_MTU_MAX};
    w.all_are_sent = true;
    for (size_t i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        igc_power_on();
        open_with((struct v6nf_nic_config){.mtu = mtus[i], .flow_control = true});
        w.sent[0] = 0;
        igc_pause(1000000);
        assert_int_equal(shown_of(own_mac), 1);
        igc_run(100);
        assert_int_equal(w.sent[0], 0);
        igc_card.now += 1000000;
        igc_run(100);
        assert_int_equal(w.sent[0], 1);
        /* No one polls: the ring fills, then the packet buffer. A frame under way must still fit. */
        uint32_t given = 0;
        while (igc_card.pauses_sent == 0u && given < 1000u) {
            give(own_mac, mtus[i]);
            igc_run(10);
            given++;
        }
        assert_in_range(given, 200, 999);
        give(own_mac, mtus[i]);
        assert_int_equal(counters().receive_dropped, 0);
        poll_port();
        igc_run(10000);
        poll_port();
        assert_int_equal(counters().received, given + 2u);
        assert_true(v6nf_nic_stop(&w.nic));
    }
}

/* -- Life cycle ---------------------------------------------------------------------------------------------------- */

static void devices_are_known(void **state)
{
    (void)state;
    static const uint16_t devices[] = {0x15F2, 0x15F3, 0x15F8, 0x15F7, 0x3100, 0x3101, 0x5502,
                                       0x0D9F, 0x125B, 0x125C, 0x125D, 0x125E, 0x3102, 0x5503};
    static const uint16_t others[] = {0x1533, 0x15FD, 0x125F, 0x10D3}; /* an I210, blank ones, an 82574 */
    const struct v6nf_nic_config plain = {.mtu = MTU};
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        igc_card.knobs.id = devices[i];
        assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &plain), V6NF_NIC_READY);
        assert_true(v6nf_nic_stop(&w.nic));
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        const uint64_t before = igc_card.accesses;
        igc_card.knobs.id = others[i];
        assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &plain), V6NF_NIC_OTHER_DEVICE);
        assert_int_equal(igc_card.accesses, before);
    }
}

static void the_card_does_not_sleep_too_deeply(void **state)
{
    (void)state;
    open_port();
    assert_int_equal(igc_card.substates, 0xB); /* the other substates are the system's */
    assert_true(v6nf_nic_stop(&w.nic));
    igc_card.knobs.no_substates = true;
    igc_power_on();
    open_port();
    assert_int_equal(igc_card.substates, 0xF);
}

/* Another program was killed in a flood: it has left the card as a bus master, with all of its settings. */
static void a_card_of_a_killed_program_is_taken_over(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        igc_card.knobs.left_running = true;
        igc_card.knobs.keeps_sizes = i == 1u;
        igc_power_on();
        igc_card.works_alone = true;
        open_port();
        assert_int_equal(igc_card.negotiations, 1);
        for (uint32_t j = 0; j < 300u; j++) {
            give(own_mac, 1000);
        }
        igc_change_program();
        memset(&w, 0, sizeof w);
        w.outputs = 1;
        w.all_are_sent = true;
        open_with((struct v6nf_nic_config){.mtu = V6NF_NIC_MTU_MAX});
        igc_card.works_alone = false;
        for (uint32_t j = 0; j < 300u; j++) {
            assert_int_equal(shown_of(own_mac), 1);
        }
        for (uint32_t j = 0; j < 3u; j++) { /* together they fill the packet buffer */
            give(own_mac, V6NF_NIC_MTU_MAX + HEADER);
        }
        igc_run(1000);
        poll_port();
        igc_run(1000);
        assert_int_equal(w.sent[0], 303);
        assert_true(v6nf_nic_stop(&w.nic));
    }
}

static void a_stop_in_a_flood_ends_dma(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        igc_card.knobs = (struct igc_knobs){.speed = 2500, .late = i % 2u == 0u ? 0u : 500u};
        igc_power_on();
        w.all_are_sent = true;
        open_port();
        for (uint32_t j = 0; j < 300u; j++) {
            give(own_mac, 1000);
            igc_run(1);
        }
        igc_card.knobs.link_down = i >= 2u;
        poll_port();
        igc_card.works_alone = true;
        const uint64_t before = igc_card.now;
        assert_true(w.nic.port.operations->stop(&w.nic.port));
        assert_in_range(igc_card.now - before, 0, 3000000);
        igc_check_stopped();
        assert_int_equal(igc_card.faults, 0);
        assert_false(w.nic.port.operations->link_up(&w.nic.port));
        assert_null(w.nic.port.operations->reserve(&w.nic.port));
        assert_int_equal(v6nf_igc_link_speed(&w.nic), 0);
        igc_change_program();
        igc_card.resets = 1;
        give(own_mac, 100);
        igc_run(1000);
    }
}

static void a_stop_that_does_not_end_is_reported(void **state)
{
    (void)state;
    open_port();
    igc_card.knobs.master_hangs = true;
    const uint64_t before = igc_card.now;
    assert_false(v6nf_nic_stop(&w.nic));
    assert_in_range(igc_card.now - before, 0, 4000000);
    assert_true((igc_card.command & 4u) == 0u);
    igc_card.knobs.master_hangs = false;
}

static void faults_of_the_card_are_reported(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct v6nf_nic_config config = {.mtu = 1279};
    igc_card.knobs.left_running = true;
    igc_power_on();
    igc_card.works_alone = true;
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &config), V6NF_NIC_MTU_BAD);
    assert_int_equal(igc_card.resets, 1); /* it does not go on for the program before */
    config.mtu = MTU;
    igc_card.knobs = (struct igc_knobs){.reset_hangs = true};
    igc_power_on();
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &config), V6NF_NIC_NO_RESET);
    igc_card.knobs = (struct igc_knobs){.no_address = true};
    igc_power_on();
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &config), V6NF_NIC_NO_EEPROM);
    assert_int_equal(igc_register(CTRL_EXT) & 1u << 28, 0); /* no driver */
    config.mac = mac;
    assert_int_equal(v6nf_igc_init(&w.nic, igc_address(), &config), V6NF_NIC_READY);
    igc_card.knobs = (struct igc_knobs){.queue_hangs = true};
    igc_power_on();
    init_with((struct v6nf_nic_config){.mtu = MTU});
    assert_int_equal(v6nf_nic_open_port(&w.nic), V6NF_NIC_NO_QUEUE);
    assert_true((igc_card.command & 4u) == 0u);
}

/* The card is removed at any access. */
static void a_removed_card_ends_every_call(void **state)
{
    (void)state;
    bool is_whole = false;
    for (uint64_t n = 1; n < 5000u && !is_whole; n++) {
        igc_card.knobs = (struct igc_knobs){.speed = 2500, .gone_after = n};
        igc_power_on();
        const struct v6nf_nic_config config = {.mtu = MTU};
        const uint64_t before = igc_card.now;
        memset(&w, 0, sizeof w);
        w.outputs = 1;
        w.all_are_sent = true;
        (void)v6nf_igc_init(&w.nic, igc_address(), &config);
        (void)v6nf_nic_open_port(&w.nic);
        for (uint32_t i = 0; i < 100u; i++) {
            give(own_mac, 100);
            igc_run(10);
            poll_port();
            originate(100);
        }
        const bool was_gone = igc_card.knobs.gone;
        const bool is_up = w.nic.port.operations->link_up(&w.nic.port);
        const uint64_t speed = v6nf_igc_link_speed(&w.nic);
        const struct v6nf_port_counters now = counters();
        assert_false(was_gone && is_up);
        assert_true(speed == 0u || speed == 2500000000u);
        assert_in_range(now.received, 0, 100);
        assert_in_range(now.received_bytes, 0, 10000);
        assert_in_range(now.sent, 0, 200);
        assert_int_equal(now.receive_dropped, 0);
        is_whole = !igc_card.knobs.gone;
        (void)v6nf_nic_stop(&w.nic);
        assert_in_range(igc_card.now - before, 0, 8000000);
        assert_int_equal(v6nf_igc_link_speed(&w.nic), 0);
        assert_int_equal(igc_card.faults, 0);
    }
    assert_true(is_whole);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, reset_world, stop_world)

/* -- Outputs that stop --------------------------------------------------------------------------------------------- */

/* Let time pass as in a program that polls. */
static void poll_for(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        igc_card.now += 1000u;
        igc_run(100);
        for (uint32_t j = 0; j < 65u; j++) {
            poll_port();
        }
    }
}

/* Without a link, transmit queues keep what they have fetched, and do not end: the card is reset under the port. */
static void a_port_comes_back_by_itself(void **state)
{
    (void)state;
    open_port();
    v6nf_igc_add_address(&w.nic, group);
    for (uint32_t turn = 0; turn < 10u; turn++) {
        for (uint32_t i = 0; i < 200u; i++) {
            give(own_mac, length_of(w.given));
        }
        originate(100);
        igc_card.knobs.link_down = true;
        igc_run(1000);
        for (uint32_t i = 0; i < 5u; i++) {
            originate(100);
        }
        poll_port();
        poll_for(50);
        assert_null(w.nic.port.operations->reserve(&w.nic.port));
        assert_int_equal(w.nic.port.operations->status(&w.nic.port), V6NF_PORT_RUNNING);
        igc_card.knobs.link_down = false;
        poll_for(400);
        assert_true(w.nic.port.operations->link_up(&w.nic.port));
        const uint32_t handled = w.handled;
        const uint32_t sent = w.sent[0];
        const uint32_t originated = w.originated;
        for (uint32_t i = 0; i < 600u; i++) {
            give(i % 2u == 0u ? own_mac : group, length_of(w.given));
            igc_run(20);
            poll_port();
            igc_run(20);
        }
        originate(100);
        igc_run(20);
        assert_int_equal(w.handled, handled + 600u);
        assert_true(w.sent[0] > sent + 200u);
        assert_int_equal(w.originated, originated + 1u);
    }
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.sent, w.sent[0] + w.originated);
    assert_int_equal(now.sent + now.transmit_dropped, w.expected[0] + 10u * 7u);
    assert_true(igc_card.resets > 1u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_are_shown_and_sent),
        TEST(checksums_are_verified_and_inserted),
        TEST(tags_are_removed_and_inserted),
        TEST(tags_are_left_alone),
        TEST(frames_are_sent_if_descriptors_keep_their_addresses),
        TEST(every_length_is_sent),
        TEST(long_frames_are_dropped),
        TEST(each_frame_is_counted_once),
        TEST(a_port_comes_back_by_itself),
        TEST(a_frame_is_sent_on_several_outputs),
        TEST(the_card_has_four_queues),
        TEST(inputs_share_flows),
        TEST(a_full_input_blocks_no_other),
        TEST(filters_accept_what_is_configured),
        TEST(the_link_has_a_speed_and_a_gap),
        TEST(a_lost_link_stops_output_only_while_it_is_down),
        TEST(outputs_come_back_with_the_link),
        TEST(an_output_that_hangs_is_parked),
        TEST(a_reset_keeps_the_set_up),
        TEST(a_card_can_fail_in_a_reset),
        TEST(a_card_can_go_in_a_reset),
        TEST(every_speed_is_negotiated),
        TEST(a_mute_phy_is_left_alone),
        TEST(the_phy_is_taken_from_dead_firmware),
        TEST(pause_is_off_by_default),
        TEST(flow_control_is_obeyed_and_asked_for),
        TEST(devices_are_known),
        TEST(the_card_does_not_sleep_too_deeply),
        TEST(a_card_of_a_killed_program_is_taken_over),
        TEST(a_stop_in_a_flood_ends_dma),
        TEST(a_stop_that_does_not_end_is_reported),
        TEST(faults_of_the_card_are_reported),
        TEST(a_removed_card_ends_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
