/* test_gigabit.c: what is special about each device of the 82574 and 82576 families, on a model of each: packet buffer,
 * errata, queues, link, locks and counters. */
#include "gigabit_card.h"

#include "../unit/driver/fixture_ring_device.h"
#include "v6nf/driver/card.h"
#include "v6nf/driver/e1000e.h"
#include "v6nf/driver/igb.h"

static struct v6nf_nic card;
static uint32_t shown;
static uint64_t shown_bytes;

static int reset_world(void **state)
{
    (void)state;
    gigabit_knobs = (struct gigabit_knobs){0};
    shown = 0;
    shown_bytes = 0;
    return 0;
}

static enum v6nf_nic_status init_with(const struct gigabit_device *device, struct v6nf_nic_config config)
{
    gigabit_power_on(device);
    return device->is_82574 ? v6nf_e1000e_init(&card, card_address(), &config)
                            : v6nf_igb_init(&card, card_address(), &config);
}

static void open_device(const struct gigabit_device *device)
{
    assert_int_equal(init_with(device, (struct v6nf_nic_config){.mtu = 1500}), V6NF_NIC_READY);
    assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_READY);
}

static const struct gigabit_device *find(uint16_t id)
{
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        if (gigabit_devices[i].id == id) {
            return &gigabit_devices[i];
        }
    }
    fail_msg("no such device");
    return NULL;
}

static void assert_no_fault(const struct gigabit_device *device)
{
    if (card_fault != NULL) {
        fail_msg("card %x: %s", device->id, card_fault);
    }
}

static void show(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    shown++;
    shown_bytes += length;
    lengths[0] = shown % 2u == 0u ? length : 0u;
}

static void poll(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        gigabit_run();
        (void)card.port.operations->poll(&card.port, show, NULL);
    }
    gigabit_run();
}

static struct v6nf_port_counters counters(void)
{
    struct v6nf_port_counters counters;
    card.port.operations->read_counters(&card.port, &counters);
    return counters;
}

/* -- Set-up -------------------------------------------------------------------------------------------------------- */

/* The packet buffer has its own size, and PAUSE thresholds are inside, for each MTU. */
static void each_device_has_its_own_figures(void **state)
{
    (void)state;
    static const uint32_t mtus[3] = {1280, 1500, V6NF_NIC_MTU_MAX};
    for (uint32_t i = 0; i < 3u * GIGABIT_DEVICES; i++) {
        const struct gigabit_device *device = &gigabit_devices[i / 3u];
        const struct v6nf_nic_config config = {.mtu = mtus[i % 3u], .flow_control = true};
        assert_int_equal(init_with(device, config), V6NF_NIC_READY);
        assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_READY);
        assert_true(card.port.operations->link_up(&card.port));
        const uint32_t longest = mtus[i % 3u] + 22u;
        const uint32_t high = REG(0x2168u);
        const uint32_t buffer = 1024u * device->buffer;
        assert_in_range(high, longest + 1u, buffer - 48u);
        /* A frame under way in each direction still fits, except long ones of an 82574. */
        assert_true(buffer >= high + 2u * longest || (device->is_82574 && longest > 6000u));
        assert_no_fault(device);
    }
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        open_device(&gigabit_devices[i]);
        assert_int_equal(REG(0x2168u), 0); /* no PAUSE without flow control */
        assert_no_fault(&gigabit_devices[i]);
        assert_true(v6nf_nic_stop(&card));
        assert_int_equal(REG(0x18u) & (1u << 28), 0); /* firmware is shown that no driver is left */
    }
}

static void each_device_has_its_own_queues(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        const uint32_t inputs = gigabit_devices[i].is_82574 ? 1u : gigabit_devices[i].queues;
        assert_int_equal(init_with(&gigabit_devices[i], (struct v6nf_nic_config){.mtu = 1500, .inputs = inputs}),
                         V6NF_NIC_READY);
        volatile uint32_t *tail = NULL;
        for (uint32_t j = 0; j < gigabit_devices[i].queues; j++) {
            assert_true(card.device.operations->add_output(&card.device, 0, 256, 0, &tail));
        }
        assert_false(card.device.operations->add_output(&card.device, 0, 256, 0, &tail));
        assert_int_equal(init_with(&gigabit_devices[i], (struct v6nf_nic_config){.mtu = 1500, .inputs = inputs + 1u}),
                         V6NF_NIC_INPUTS_BAD);
    }
}

/* -- Rings --------------------------------------------------------------------------------------------------------- */

#define RING_BUFFER 2048u
#define ROUNDS 1000u
#define ORIGINATED 70u /* bytes of an originated frame */

static struct ring_device other; /* a second card of the kind: legacy descriptors, no heads */
static struct v6nf_ring ring, back;
static struct v6nf_originate originate, other_originate;

static void forward(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    shown++;
    lengths[0] = shown % 2u == 0u ? length : 0u;
    lengths[1] = length;
}

/* A node and a function on an 82574: the ring sends back through its card, and through another one. */
static void open_node_and_function(void)
{
    struct v6nf_ring_device *const outputs[] = {&card.device, &other.device};
    assert_int_equal(init_with(find(0x10D3), (struct v6nf_nic_config){.mtu = 1500}), V6NF_NIC_READY);
    ring_device_init(&other, V6NF_RING_LEGACY, false);
    assert_int_equal(v6nf_originate_open(&originate, &card.device, RING_BUFFER), V6NF_RING_OPEN);
    assert_int_equal(v6nf_originate_open(&other_originate, &other.device, RING_BUFFER), V6NF_RING_OPEN);
    assert_int_equal(v6nf_ring_open(&ring, &card.device, 2, outputs, RING_BUFFER), V6NF_RING_OPEN);
}

static uint32_t send_on_other(uint32_t queue)
{
    const uint8_t *frame = NULL;
    uint32_t count = 0;
    for (uint32_t length = 0; length != RING_DEVICE_IDLE; length = ring_device_send(&other, queue, &frame)) {
        count += length > 0u ? 1u : 0u;
    }
    assert_null(other.fault);
    return count;
}

/* Originate a frame on each card, and forward one. Return the frames that the other card has sent. */
static uint32_t go_round(void)
{
    struct v6nf_originate *const queues[] = {&originate, &other_originate};
    for (uint32_t i = 0; i < 2u; i++) {
        assert_non_null(v6nf_originate_reserve(queues[i]));
        v6nf_originate_commit(queues[i], ORIGINATED);
    }
    gigabit_receive(100u, false);
    gigabit_run();
    (void)v6nf_ring_poll(&ring, V6NF_RING_LEGACY, 2u, forward, NULL);
    (void)v6nf_ring_watch(&ring, 0, card_now);
    gigabit_run();
    return send_on_other(0) + send_on_other(1);
}

/* Two queues of each card: one for the ring, one for what is originated. */
static void rings_and_originate_queues_share_two_queues(void **state)
{
    (void)state;
    uint32_t sent = 0;
    open_node_and_function();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        sent += go_round();
    }
    const struct v6nf_port_counters now = counters();
    assert_int_equal(shown, ROUNDS);
    assert_int_equal(sent, 2u * ROUNDS);
    assert_int_equal(now.sent, ROUNDS + ROUNDS / 2u);
    assert_int_equal(now.sent_bytes, ORIGINATED * ROUNDS + 100u * ROUNDS / 2u);
    assert_int_equal(now.receive_dropped + now.transmit_dropped + ring.transmit_dropped, 0);
    assert_no_fault(find(0x10D3));
}

/* The third queue is refused, and the others go on. */
static void a_queue_too_many_is_an_error(void **state)
{
    (void)state;
    struct v6nf_ring_device *const output = &card.device;
    struct v6nf_originate third;
    open_node_and_function();
    assert_int_equal(v6nf_ring_open(&back, &other.device, 1, &output, RING_BUFFER), V6NF_RING_NO_QUEUE);
    assert_int_equal(v6nf_originate_open(&third, &card.device, RING_BUFFER), V6NF_RING_NO_QUEUE);
    assert_non_null(strstr(v6nf_ring_status_text(V6NF_RING_NO_QUEUE), "queue left"));
    for (uint32_t i = 0; i < ROUNDS; i++) {
        assert_int_equal(go_round(), 2);
    }
    assert_no_fault(find(0x10D3));
}

static void copy_to_card(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    uint8_t *copy = v6nf_originate_reserve(&originate);
    if (copy != NULL) {
        memcpy(copy, frame, length);
        v6nf_originate_commit(&originate, length);
    }
    lengths[0] = 0;
}

/* Both directions: the way back is a copy, for which the ring of the other card needs no queue of the first. */
static void a_copy_needs_no_queue(void **state)
{
    (void)state;
    static const uint8_t frame[200] = {2};
    struct v6nf_ring_device *const output = &other.device;
    open_node_and_function();
    assert_int_equal(v6nf_ring_open(&back, &other.device, 1, &output, RING_BUFFER), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        assert_true(ring_device_receive(&other, frame, sizeof frame));
        assert_int_equal(v6nf_ring_poll(&back, V6NF_RING_LEGACY, 1u, copy_to_card, NULL), 1);
        assert_int_equal(go_round(), 2);
        assert_int_equal(send_on_other(2), 0);
    }
    assert_int_equal(counters().sent, 2u * ROUNDS + ROUNDS / 2u);
    assert_int_equal(counters().sent_bytes, (ORIGINATED + sizeof frame) * ROUNDS + 100u * ROUNDS / 2u);
    assert_no_fault(find(0x10D3));
}

/* -- The link ------------------------------------------------------------------------------------------------------ */

/* Fiber and backplanes have no PHY, with any device ID. */
static void the_link_comes_up_through_any_port(void **state)
{
    (void)state;
    static const uint16_t ids[] = {0x10C9, 0x10E6, 0x10E7, 0x1518, 0x150D, 0x1522, 0x1524, 0x1536, 0x1537, 0x1538};
    for (uint32_t i = 0; i < 4u * sizeof ids / sizeof ids[0]; i++) {
        gigabit_knobs.port = (enum gigabit_port)(i % 4u);
        open_device(find(ids[i / 4u]));
        assert_true(card.port.operations->link_up(&card.port));
        assert_int_equal(v6nf_igb_link_speed(&card), 1000000000);
        assert_no_fault(find(ids[i / 4u]));
    }
}

/* Each port of a chip has a lock of its own for its PHY. */
static void the_phy_is_locked(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        gigabit_knobs.number = i;
        open_device(find(0x1521));
        assert_no_fault(find(0x1521));
        assert_int_equal(REG(0x5B5Cu) & 0x66u, 0); /* it is given back */
        assert_int_equal(REG(0x5B50u) & 2u, 0);
    }
    gigabit_knobs.number = 0;
    open_device(find(0x10D3));
    assert_int_equal(REG(0xF00u) & 0x20u, 0);
    assert_no_fault(find(0x10D3));
}

/* The other owner was killed. */
static void a_dead_owner_of_the_phy_is_waited_for_a_second(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        gigabit_knobs = (struct gigabit_knobs){.software_has_lock = i == 0u, .firmware_has_phy = i == 1u};
        open_device(find(0x10C9));
        assert_in_range(card_now, 900000, 1500000);
        gigabit_knobs.firmware_has_phy = false;
        assert_true(card.port.operations->link_up(&card.port));
        assert_no_fault(find(0x10C9));
    }
}

static void a_card_that_goes_during_its_set_up_is_not_waited_for(void **state)
{
    (void)state;
    open_device(find(0x10C9));
    card_is_gone = true;
    const uint64_t before = card_now;
    const struct v6nf_nic_config config = {.mtu = 1500};
    assert_true(v6nf_igb_init(&card, card_address(), &config) != V6NF_NIC_READY);
    assert_in_range(card_now - before, 0, 4000000);
}

/* -- Counters ------------------------------------------------------------------------------------------------------ */

/* Damaged, short and long frames, and more than the ring holds. */
static void frames_shown_and_dropped_are_those_of_the_peer(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u * GIGABIT_DEVICES; i++) {
        reset_world(NULL);
        const struct gigabit_device *device = &gigabit_devices[i / 2u];
        gigabit_knobs.rnbc_counts_times = i % 2u == 1u;
        open_device(device);
        for (uint32_t j = 0; j < 400u; j++) {
            gigabit_receive(100u, false);
            if (j % 8u == 0u) {
                gigabit_run();
            }
        }
        for (uint32_t j = 0; j < 5u; j++) {
            gigabit_receive(100u, true);
            gigabit_receive(59u, false);
            gigabit_receive(1519u, false);
        }
        gigabit_run();
        /* An 82574 keeps in its packet buffer what the ring does not hold. */
        assert_int_equal(gigabit_waiting() > 0u, device->is_82574);
        poll(200);
        const struct v6nf_port_counters now = counters();
        assert_int_equal(now.received, shown);
        assert_int_equal(now.received_bytes, shown_bytes);
        assert_int_equal(now.received + now.receive_dropped, 415);
        assert_int_equal(shown, device->is_82574 ? 400 : V6NF_RING_SIZE - 1u);
        assert_int_equal(now.sent, shown / 2u);
        assert_int_equal(now.sent_bytes, shown / 2u * 100u);
        assert_int_equal(now.transmit_dropped, 0);
        for (uint32_t j = 0; j < 3u; j++) {
            assert_int_equal(counters().receive_dropped, now.receive_dropped); /* counted once */
        }
        assert_no_fault(device);
    }
}

/* An 82574 loses frames for which its packet buffer has no space. */
static void a_full_packet_buffer_loses_frames(void **state)
{
    (void)state;
    open_device(find(0x10D3));
    for (uint32_t i = 0; i < 2000u; i++) {
        gigabit_receive(60u + i % 1000u, false);
        gigabit_run();
    }
    poll(500);
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.received, shown);
    assert_int_equal(now.received_bytes, shown_bytes);
    assert_int_equal(now.received + now.receive_dropped, 2000);
    assert_true(now.receive_dropped > 1000u);
}

/* RQDPC of an 82576 is full after 4095 frames. */
static void a_flood_over_a_full_ring_is_counted(void **state)
{
    (void)state;
    open_device(find(0x10C9));
    for (uint32_t i = 0; i < 10000u; i++) {
        gigabit_receive(60u, false);
        gigabit_run();
    }
    poll(100);
    assert_int_equal(counters().received, shown);
    assert_int_equal(counters().received + counters().receive_dropped, 10000);
}

/* A frame was counted, and is dropped after the counters were read. */
static void frames_dropped_between_two_reads_are_not_shown(void **state)
{
    (void)state;
    open_device(find(0x1533));
    for (uint32_t i = 0; i < 300u; i++) {
        gigabit_receive(100u, false); /* they are in the packet buffer */
    }
    (void)counters();
    poll(1);
    poll(100);
    const struct v6nf_port_counters now = counters();
    assert_int_equal(now.received, shown);
    assert_int_equal(now.received_bytes, shown_bytes);
    assert_int_equal(now.received + now.receive_dropped, 300);
    assert_true(now.receive_dropped > 0u);
}

/* The card drops frames after too many collisions, or when it loses the link. */
static void frames_that_the_card_drops_are_not_sent(void **state)
{
    (void)state;
    open_device(find(0x1533));
    gigabit_count(0x403Cu, 3);
    assert_int_equal(counters().transmit_dropped, 3);
    open_device(find(0x10D3));
    gigabit_count(0x4018u, 3);
    gigabit_count(0x403Cu, 9); /* another counter there */
    assert_int_equal(counters().transmit_dropped, 3);
    assert_non_null(card.port.operations->reserve(&card.port));
    card.port.operations->commit(&card.port, 5);
    assert_int_equal(counters().transmit_dropped, 4);
}

#define LOOK_SECONDS 30u
#define LINE_FRAMES (LOOK_SECONDS * UINT64_C(1488095)) /* 1 Gb/s of 60 bytes each, with FCS, preamble and gap */
#define YEAR (365u * 86400u / LOOK_SECONDS)

/* Counters of frames are full after 48 minutes. */
static void a_year_at_line_rate_is_counted(void **state)
{
    (void)state;
    open_device(find(0x10D3));
    for (uint32_t i = 0; i < YEAR; i++) {
        gigabit_count(0x4074u, LINE_FRAMES);
        gigabit_count_bytes(0x4088u, 64u * LINE_FRAMES);
        gigabit_count(0x4080u, LINE_FRAMES);
        gigabit_count_bytes(0x4090u, 64u * LINE_FRAMES);
        card_now += LOOK_SECONDS * UINT64_C(1000000);
        assert_int_equal(card.port.operations->status(&card.port), V6NF_PORT_RUNNING);
    }
    const struct v6nf_port_counters now = counters();
    assert_true(now.received == YEAR * LINE_FRAMES);
    assert_true(now.received_bytes == 60u * YEAR * LINE_FRAMES);
    assert_true(now.sent == YEAR * LINE_FRAMES);
    assert_true(now.sent_bytes == 60u * YEAR * LINE_FRAMES);
    assert_int_equal(now.receive_dropped, 0);
}

/* -- Checksums ----------------------------------------------------------------------------------------------------- */

struct checksum_run checksum_run;

/* Let each direction pass frames. */
static void pass_frames(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        gigabit_receive(61u + 7u * i, false);
        gigabit_run();
        assert_true(checksum_pass(&card.port, 62u + i));
        gigabit_run();
    }
}

static void each_device_verifies_and_inserts_checksums(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, V6NF_PORT_CHECKSUM_GOOD, V6NF_PORT_CHECKSUM_WRONG};
    gigabit_sent = checksum_look;
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        const struct v6nf_nic_config config = {.mtu = 1500, .checksums = true};
        gigabit_knobs = (struct gigabit_knobs){0};
        assert_int_equal(init_with(&gigabit_devices[i], config), V6NF_NIC_READY);
        assert_int_equal(card.port.checksums, V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS);
        assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_READY);
        checksum_run = (struct checksum_run){0};
        pass_frames(100);
        assert_int_equal(checksum_run.shown, 200);
        assert_int_equal(checksum_run.inserted + checksum_run.plain, 199);
        assert_int_equal(checksum_run.inserted, 67);
        for (uint32_t verdict = 0; verdict < 3u; verdict++) {
            gigabit_knobs.verdict = (enum checksum_verdict)verdict;
            gigabit_receive(100, false);
            gigabit_run();
            assert_int_equal(card.port.operations->poll(&card.port, checksum_answer, NULL), 1);
            assert_int_equal(checksum_run.flags, flags[verdict]);
        }
        assert_int_equal(checksum_run.bad, 0);
        assert_int_equal(counters().transmit_dropped, 0);
        assert_no_fault(&gigabit_devices[i]);
    }
    gigabit_sent = NULL;
}

/* -- VLAN tags ----------------------------------------------------------------------------------------------------- */

struct tags_run tags_run;

/* Let frames arrive one by one, and originate one after each dozen. */
static void pass_tags(uint32_t count)
{
    static uint8_t bytes[16384];
    for (uint32_t i = 1; i <= count; i++) {
        const uint32_t length = tags_write(bytes, card.port.mac, tags_run.given++);
        gigabit_bytes = bytes;
        gigabit_receive(length, false);
        gigabit_run();
        assert_int_equal(card.port.operations->poll(&card.port, tags_answer, NULL), 1);
        if (i % 12u == 0u) {
            assert_true(tags_originate(&card.port));
        }
        gigabit_run();
    }
    gigabit_bytes = NULL;
}

/* By each device, with checksums, too, and after a reset of the card. */
static void each_device_removes_and_inserts_tags(void **state)
{
    (void)state;
    gigabit_sent = tags_look;
    for (uint32_t i = 0; i < 2u * GIGABIT_DEVICES; i++) {
        const struct gigabit_device *device = &gigabit_devices[i / 2u];
        gigabit_knobs = (struct gigabit_knobs){0};
        assert_int_equal(
            init_with(device, (struct v6nf_nic_config){.mtu = 1500, .tags = true, .checksums = i % 2u != 0u}),
            V6NF_NIC_READY);
        assert_true(card.port.tags);
        assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_READY);
        tags_run = (struct tags_run){.longest = 1518};
        pass_tags(600);
        assert_int_equal(tags_run.shown, tags_run.given);
        assert_int_equal(tags_run.bad, 0);
        assert_int_equal(tags_run.sent, tags_run.answered + tags_run.originated);
        assert_int_equal(counters().transmit_dropped, 0);
        assert_no_fault(device);
        assert_true(v6nf_nic_stop(&card));
    }
    gigabit_sent = NULL;
}

/* A card that was a trunk, and is opened without tags. */
static void tags_are_left_alone(void **state)
{
    (void)state;
    static uint8_t bytes[1600];
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        open_device(&gigabit_devices[i]);
        assert_false(card.port.tags);
        tags_run = (struct tags_run){.longest = 1518};
        const uint32_t length = tags_write(bytes, card.port.mac, 1);
        gigabit_bytes = bytes;
        gigabit_receive(length, false);
        gigabit_run();
        shown_bytes = 0;
        assert_int_equal(card.port.operations->poll(&card.port, show, NULL), 1);
        assert_int_equal(shown_bytes, length);
        gigabit_bytes = NULL;
        assert_non_null(card.port.operations->reserve(&card.port));
        card.port.operations->commit(&card.port, 80u + (1u << V6NF_PORT_VLAN_SHIFT));
        assert_int_equal(counters().transmit_dropped, 1);
        assert_no_fault(&gigabit_devices[i]);
    }
}

/* A program that does not ask for it gets no flag, and cannot send one. */
static void checksums_are_left_alone(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        gigabit_knobs = (struct gigabit_knobs){.verdict = CHECKSUM_RIGHT};
        open_device(&gigabit_devices[i]);
        assert_int_equal(card.port.checksums, 0);
        checksum_run = (struct checksum_run){.shown = 1};
        gigabit_receive(100, false);
        gigabit_run();
        assert_int_equal(card.port.operations->poll(&card.port, checksum_answer, NULL), 1);
        assert_int_equal(checksum_run.flags, 0);
        assert_int_equal(counters().transmit_dropped, 1);
        assert_no_fault(&gigabit_devices[i]);
    }
}

/* A reset takes the contexts, and RXCSUM. */
static void a_reset_keeps_checksums(void **state)
{
    (void)state;
    gigabit_sent = checksum_look;
    for (uint32_t i = 0; i < GIGABIT_DEVICES; i++) {
        const struct v6nf_nic_config config = {.mtu = 1500, .checksums = true};
        assert_int_equal(init_with(&gigabit_devices[i], config), V6NF_NIC_READY);
        assert_int_equal(v6nf_nic_open_port(&card), V6NF_NIC_READY);
        checksum_run = (struct checksum_run){0};
        pass_frames(10);
        assert_true(v6nf_ring_reset(&card.device, card_now));
        for (uint32_t n = 0; n < 3000u && (card.ring.parked > 0u || card.originate.queue.state != V6NF_RING_OPENED);
             n++) {
            card_now += 1000u;
            gigabit_run();
            (void)card.port.operations->poll(&card.port, checksum_answer, NULL);
            (void)v6nf_ring_watch(&card.ring, 0, card_now);
            (void)v6nf_originate_watch(&card.originate, 0, card_now);
        }
        assert_int_equal(card.ring.parked, 0);
        checksum_run = (struct checksum_run){0};
        gigabit_knobs.verdict = CHECKSUM_RIGHT;
        pass_frames(20);
        assert_int_equal(checksum_run.inserted, 13);
        assert_int_equal(checksum_run.bad, 0);
        assert_no_fault(&gigabit_devices[i]);
    }
    gigabit_sent = NULL;
}

#define TEST(name) cmocka_unit_test_setup(name, reset_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_device_has_its_own_figures),
        TEST(each_device_has_its_own_queues),
        TEST(rings_and_originate_queues_share_two_queues),
        TEST(a_queue_too_many_is_an_error),
        TEST(a_copy_needs_no_queue),
        TEST(the_link_comes_up_through_any_port),
        TEST(the_phy_is_locked),
        TEST(a_dead_owner_of_the_phy_is_waited_for_a_second),
        TEST(a_card_that_goes_during_its_set_up_is_not_waited_for),
        TEST(frames_shown_and_dropped_are_those_of_the_peer),
        TEST(a_full_packet_buffer_loses_frames),
        TEST(a_flood_over_a_full_ring_is_counted),
        TEST(frames_dropped_between_two_reads_are_not_shown),
        TEST(frames_that_the_card_drops_are_not_sent),
        TEST(a_year_at_line_rate_is_counted),
        TEST(each_device_verifies_and_inserts_checksums),
        TEST(each_device_removes_and_inserts_tags),
        TEST(tags_are_left_alone),
        TEST(checksums_are_left_alone),
        TEST(a_reset_keeps_checksums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
