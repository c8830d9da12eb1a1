/* test_vmxnet3.c: the vmxnet3 driver, on a device in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "checksums.h"
#include "vmxnet3_device.h"

#define MTU 1500u
#define SLOTS (V6NF_VMXNET3_SIZE - 1u - V6NF_VMXNET3_ORIGINATE)
#define ORIGINATES V6NF_VMXNET3_ORIGINATE
#define BUS_MASTER 4u

#include "../unit/driver/fixture_paravirtual.h"

static const struct v6nf_env_pci_address pci_address = {.bus = 1, .device = 2};

static struct v6nf_vmxnet3 vmxnet3;

struct checksum_run checksum_run;

/* -- The fixture --------------------------------------------------------------------------------------------------- */

static void power_on(void)
{
    vmxnet3_device_power_on(UINT32_MAX);
    memset(&vmxnet3, 0, sizeof vmxnet3);
    begin_world(&vmxnet3.common);
}

static enum v6nf_nic_status init(void)
{
    return v6nf_vmxnet3_init(&vmxnet3, pci_address, &w.config);
}

static enum v6nf_nic_status restart(void)
{
    return v6nf_vmxnet3_restart(&vmxnet3);
}

/* Write the next frame to a buffer that the device has. Return the number of bytes. */
static uint32_t write_next(uint32_t index)
{
    uint32_t size = 0;
    uint8_t *frame = vmxnet3_device_buffer(VMXNET3_RECEIVE, index, &size);
    assert_non_null(frame);
    assert_true(length_of(w.received) <= size);
    memset(frame, 0xEE, size);
    return write_frame(frame);
}

static bool receive(void)
{
    uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
    if (index != VMXNET3_NONE) {
        vmxnet3_device_complete(VMXNET3_RECEIVE, index, VMXNET3_WHOLE, write_next(index));
    }
    return index != VMXNET3_NONE;
}

/* Take a frame to send, and do not complete it. Return the descriptor. */
static uint32_t take_frame(void)
{
    uint32_t length = 0;
    uint32_t index = vmxnet3_device_take(VMXNET3_TRANSMIT);
    if (index != VMXNET3_NONE) {
        const uint8_t *frame = vmxnet3_device_buffer(VMXNET3_TRANSMIT, index, &length);
        check_frame(frame, length);
    }
    return index;
}

static bool send(void)
{
    const uint32_t index = take_frame();
    if (index != VMXNET3_NONE) {
        vmxnet3_device_complete(VMXNET3_TRANSMIT, index, 0, 0);
    }
    return index != VMXNET3_NONE;
}

static void check_no_fault(void)
{
    if (vmxnet3_device.fault != NULL) {
        fail_msg("card: %s", vmxnet3_device.fault);
    }
}

static int start(void **state)
{
    (void)state;
    power_on();
    const enum v6nf_nic_status status = init();
    if (vmxnet3_device.fault != NULL) {
        print_error("ERROR: card: %s\n", vmxnet3_device.fault);
    }
    return status == V6NF_NIC_READY ? 0 : -1;
}

static void start_with_checksums(void)
{
    power_on();
    w.config.checksums = true;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(port()->checksums, V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS);
    memset(&checksum_run, 0, sizeof checksum_run);
}

static int end(void **state)
{
    (void)state;
    if (vmxnet3_device.fault != NULL) {
        print_error("ERROR: card: %s\n", vmxnet3_device.fault);
    }
    return vmxnet3_device.fault == NULL ? 0 : -1;
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

static void a_frame_passes_through(void **state)
{
    (void)state;
    check_one_frame();
}

static void polls_are_bursts(void **state)
{
    (void)state;
    check_bursts();
}

static void reception_continues_after_a_stall(void **state)
{
    (void)state;
    check_stalls();
}

static void dropped_buffers_are_recycled_at_once(void **state)
{
    (void)state;
    check_drops();
}

static void invalid_lengths_are_dropped_and_counted(void **state)
{
    (void)state;
    check_invalid_lengths();
}

static void originated_frames_have_buffers_of_their_own(void **state)
{
    (void)state;
    check_originated();
}

static void a_reserved_buffer_stays_reserved(void **state)
{
    (void)state;
    check_reserved();
}

/* The device is behind in both rings by random amounts, and skips descriptors. Every frame is sent once and complete.
 * The device reports a buffer that it gets twice. The rings wrap, each an odd and an even number of times. */
static void every_frame_is_sent_once_and_complete(void **state)
{
    (void)state;
    w.drops = true;
    w.originates = true;
    for (uint32_t step = 0; step < 30000u; step++) {
        uint32_t phase = scatter(step / 100u, 9);
        receive_up_to((phase & 1u) != 0u ? scatter(step, 10) % 20u : 0u);
        if (scatter(step, 14) % 10u == 0u) {
            (void)vmxnet3_device_take(VMXNET3_RECEIVE); /* the next completion skips it */
        }
        for (uint32_t i = scatter(step, 11) % 3u; i > 0u; i--) {
            poll();
        }
        vmxnet3_device_ask((phase & 4u) != 0u);
        send_up_to((phase & 2u) != 0u ? scatter(step, 13) % 24u : 0u);
    }
    receive();
    poll_all();
    send_up_to(UINT32_MAX);
    assert_true(w.received > 65536u || SLOTS < 100u);
    assert_int_equal(w.handled, w.received);
    assert_true(w.own_sent > 100u || SLOTS < 100u);
    assert_int_equal(counters().sent, w.sent + w.own_sent);
    assert_int_equal(counters().received, w.received);
    assert_int_equal(counters().receive_dropped, 0);
}

/* Let a ring be about to reach its 2^32nd descriptor, at the same index in the same lap. */
static void make_old(struct v6nf_vmxnet3_ring *ring)
{
    const uint32_t age = 0u - 8u * V6NF_VMXNET3_SIZE;
    ring->next += age;
    ring->published += age;
    ring->done += age;
    ring->seen += age;
}

/* A year at full speed: counts wrap, and nothing changes. */
static void a_port_can_be_old(void **state)
{
    (void)state;
    make_old(&vmxnet3.receive);
    make_old(&vmxnet3.transmit);
    vmxnet3.announced = vmxnet3.receive.next;
    vmxnet3_device_ask(true);
    const uint32_t turns = 100;
    for (uint32_t turn = 0; turn < turns; turn++) {
        assert_int_equal(receive_up_to(BUSY), BUSY);
        (void)vmxnet3_device_take(VMXNET3_RECEIVE);
        poll_all();
        assert_int_equal(send_up_to(BUSY), BUSY);
    }
    assert_true(vmxnet3.receive.done < UINT32_MAX / 2u);
    assert_true(vmxnet3.transmit.done < UINT32_MAX / 2u);
    assert_int_equal(w.handled, turns * BUSY);
    assert_int_equal(vmxnet3.common.state, V6NF_PARAVIRTUAL_RUNS);
}

/* A device may skip descriptors. Their buffers are given again, and none is lost. */
static void skipped_descriptors_are_given_again(void **state)
{
    (void)state;
    for (uint32_t turn = 0; turn < 1000u; turn++) {
        for (uint32_t i = scatter(turn, 1) % BUSY; i > 0u; i--) {
            (void)vmxnet3_device_take(VMXNET3_RECEIVE);
        }
        assert_true(receive());
        assert_int_equal(poll(), 1);
        assert_int_equal(send_up_to(UINT32_MAX), 1);
        poll();
    }
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
}

/* A completion of a frame that was sent is one of those before it, too. */
static void a_completion_is_one_of_all_frames_before_it(void **state)
{
    (void)state;
    for (uint32_t turn = 0; turn < 100u; turn++) {
        const uint32_t count = 1u + scatter(turn, 5) % SLOTS;
        assert_int_equal(receive_up_to(count), count);
        poll_all();
        uint32_t last = VMXNET3_NONE;
        for (uint32_t i = 0; i < count; i++) {
            last = take_frame();
            assert_int_not_equal(last, VMXNET3_NONE);
        }
        vmxnet3_device_complete(VMXNET3_TRANSMIT, last, 0, 0);
        assert_int_equal(poll(), 0);
    }
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
}

/* -- Recycling ----------------------------------------------------------------------------------------------------- */

/* -- Notifications ------------------------------------------------------------------------------------------------- */

static uint32_t notifications(uint32_t ring)
{
    uint32_t count = vmxnet3_device.rings[ring].writes;
    vmxnet3_device.rings[ring].writes = 0;
    return count;
}

static void the_device_is_notified_once_a_burst(void **state)
{
    (void)state;
    assert_int_equal(notifications(VMXNET3_RECEIVE), 1); /* the first buffers */
    assert_int_equal(notifications(VMXNET3_TRANSMIT), 0);
    for (uint32_t turn = 0; turn < 20u; turn++) {
        assert_int_equal(receive_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
        assert_int_equal(poll(), V6NF_RING_BURST);
        assert_int_equal(notifications(VMXNET3_TRANSMIT), 1);
        assert_int_equal(send_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
        assert_int_equal(poll(), 0);
        assert_int_equal(notifications(VMXNET3_TRANSMIT), 0);
        assert_int_equal(notifications(VMXNET3_RECEIVE), 0);
    }
    assert_true(originate());
    assert_int_equal(notifications(VMXNET3_TRANSMIT), 1);
}

/* A device that has run out of buffers asks for the register. An idle poll sees that, once for new buffers. */
static void a_device_that_asks_is_notified_of_buffers(void **state)
{
    (void)state;
    assert_int_equal(notifications(VMXNET3_RECEIVE), 1);
    for (uint32_t turn = 0; turn < 4u; turn++) {
        assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
        poll_all();
        assert_int_equal(send_up_to(UINT32_MAX), SLOTS);
        poll();
        assert_int_equal(notifications(VMXNET3_RECEIVE), 0);
        vmxnet3_device_ask(true);
        poll();
        assert_int_equal(notifications(VMXNET3_RECEIVE), 1);
        poll();
        assert_int_equal(notifications(VMXNET3_RECEIVE), 0);
        vmxnet3_device_ask(false);
    }
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

/* -- An untrusted device ------------------------------------------------------------------------------------------- */

/* Assert that the port has stopped, the device is reset, and nothing happens any more. */
static void check_stopped(enum v6nf_paravirtual_state why)
{
    assert_int_equal(vmxnet3.common.state, why);
    assert_false(vmxnet3_device.is_active);
    assert_true(vmxnet3_device.is_reset);
    assert_int_equal(vmxnet3_device.pci_command & BUS_MASTER, 0);
    uint32_t resets = vmxnet3_device.resets;
    assert_int_equal(poll_nothing(), 0);
    assert_null(reserve());
    commit(60);
    assert_false(link_up());
    assert_int_equal(vmxnet3_device.resets, resets);
}

#define OUR_TURN 0xABCu /* replaced by the descriptor that is due, */
#define OUR_LAST 0xABDu /* and by the one before it, which the device does not have any more */

/* Complete a descriptor that the device does not have. A frame before the lie is shown, and one after it is not. */
static void check_lie(uint32_t ring, uint32_t bits, uint32_t index)
{
    make_busy();
    const uint32_t handled = w.handled;
    const bool before = ring == VMXNET3_RECEIVE && receive();
    const uint32_t due = vmxnet3_device.rings[ring].taken;
    index = index == OUR_TURN ? due % V6NF_VMXNET3_SIZE : index == OUR_LAST ? (due - 1u) % V6NF_VMXNET3_SIZE : index;
    vmxnet3_device_claim(ring, bits + index, 100);
    receive();
    assert_int_equal(poll(), before ? 1 : 0);
    assert_int_equal(w.handled, handled + (before ? 1u : 0u));
    check_stopped(V6NF_PARAVIRTUAL_BAD_INDEX);
    check_restarts();
}

static void completions_of_what_the_device_lacks_stop_the_port(void **state)
{
    (void)state;
    for (uint32_t ring = 0; ring < VMXNET3_RINGS; ring++) {
        check_lie(ring, VMXNET3_WHOLE, V6NF_VMXNET3_SIZE); /* a descriptor outside of the ring */
        check_lie(ring, VMXNET3_WHOLE, 0xFFFu);
        check_lie(ring, VMXNET3_WHOLE, OUR_LAST);
    }
    check_lie(VMXNET3_RECEIVE, VMXNET3_WHOLE + VMXNET3_SECOND_RING, OUR_TURN);
    check_lie(VMXNET3_RECEIVE, VMXNET3_WHOLE + (1u << 25), OUR_TURN); /* another queue */
}

/* Buffers that are recycled and not published yet belong to the driver. */
static void a_descriptor_that_was_never_given_stops_the_port(void **state)
{
    (void)state;
    for (uint32_t ring = 0; ring < VMXNET3_RINGS; ring++) {
        make_busy();
        assert_int_equal(send_up_to(3), 3);
        const uint32_t given = ring == VMXNET3_RECEIVE ? vmxnet3.receive.published : vmxnet3.transmit.published;
        vmxnet3_device_claim(ring, VMXNET3_WHOLE + given % V6NF_VMXNET3_SIZE, 100);
        assert_int_equal(poll_nothing(), 0);
        check_stopped(V6NF_PARAVIRTUAL_BAD_INDEX);
        check_restarts();
    }
}

static void a_completion_that_is_repeated_stops_the_port(void **state)
{
    (void)state;
    for (uint32_t ring = 0; ring < VMXNET3_RINGS; ring++) {
        make_busy();
        uint32_t index = vmxnet3_device_take(ring);
        vmxnet3_device_complete(ring, index, VMXNET3_WHOLE, ring == VMXNET3_RECEIVE ? write_next(index) : 0u);
        vmxnet3_device_claim(ring, VMXNET3_WHOLE + index, 100);
        poll();
        check_stopped(V6NF_PARAVIRTUAL_BAD_INDEX);
        check_restarts();
    }
    while (send_up_to(1) > 0u) {
    }
    assert_true(originate());
    const uint32_t index = take_frame();
    vmxnet3_device_complete(VMXNET3_TRANSMIT, index, 0, 0);
    assert_int_equal(poll(), 0);
    vmxnet3_device_claim(VMXNET3_TRANSMIT, index, 0);
    assert_null(reserve());
    check_stopped(V6NF_PARAVIRTUAL_BAD_INDEX);
}

struct damage {
    uint32_t start;
    uint32_t size;
    bool is_counted; /* it is the end of a frame */
};

/* Damaged frames do not change owners: they are dropped, and the port goes on. */
static void damaged_frames_are_dropped_and_counted(void **state)
{
    (void)state;
    static const struct damage all[] = {{VMXNET3_WHOLE, 0, true},
                                        {VMXNET3_WHOLE, 13, true},
                                        {VMXNET3_WHOLE, MAX_FRAME + 1u, true},
                                        {VMXNET3_WHOLE, 0x3FFF, true},
                                        {VMXNET3_WHOLE, VMXNET3_ERROR + 100u, true},
                                        {VMXNET3_START, 1518, false},
                                        {VMXNET3_END, 100, true},
                                        {0, 100, false},
                                        {0, VMXNET3_ERROR + 100u, false}};
    uint32_t counted = 0;
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
        vmxnet3_device_complete(VMXNET3_RECEIVE, index, all[i].start, all[i].size);
        assert_int_equal(poll_nothing(), 0);
        counted += all[i].is_counted ? 1u : 0u;
        assert_int_equal(counters().receive_dropped, counted);
    }
    assert_int_equal(vmxnet3.common.state, V6NF_PARAVIRTUAL_RUNS);
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    poll_all();
    assert_int_equal(counters().received, SLOTS);
}

static uint32_t shown_length;

static void length_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    (void)lengths;
    shown_length = length;
}

/* The shortest and the longest frame. Tags and types, which are not asked for, are ignored. */
static void frames_of_every_possible_length_are_shown(void **state)
{
    (void)state;
    for (uint32_t length = 14; length <= MAX_FRAME; length++) {
        uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
        vmxnet3_device_complete(VMXNET3_RECEIVE, index, VMXNET3_WHOLE + (1u << 30), length + 0x12340000u);
        assert_int_equal(port()->operations->poll(port(), length_handler, &w), 1);
        assert_int_equal(shown_length, length);
    }
}

/* Let the device do something legal, or anything. */
static void misbehave(uint32_t ring, uint32_t turn)
{
    uint32_t chance = scatter(turn, 30u + ring);
    uint32_t index = vmxnet3_device_take(ring);
    if (index != VMXNET3_NONE && chance % 4u != 0u) {
        vmxnet3_device_complete(ring, index, chance % 8u == 1u ? 0u : VMXNET3_WHOLE, scatter(turn, 40) % 2000u);
    } else if (chance % 16u == 0u) {
        vmxnet3_device_claim(ring, chance >> (chance % 32u), scatter(turn, 41) >> (chance % 32u));
    } else if (chance % 128u == 4u) {
        vmxnet3_device.rings[ring].completed += chance >> 20; /* completions are left out: it waits for a lap */
    } else if (chance % 256u == 8u) {
        vmxnet3_device_report(scatter(turn, 42));
    }
}

/* Count the slots of the ring's buffers. */
static void count_owners(const struct v6nf_vmxnet3_ring *ring, uint32_t *owners)
{
    assert_true(ring->next - ring->done < V6NF_VMXNET3_SIZE);
    assert_true(ring->next - ring->done >= ring->published - ring->done);
    for (uint32_t i = ring->done; i != ring->next; i++) {
        owners[ring->slots[i % V6NF_VMXNET3_SIZE]]++;
    }
}

/* Assert that each buffer has one owner. */
static void check_owners(void)
{
    uint32_t owners[V6NF_VMXNET3_SIZE] = {0};
    count_owners(&vmxnet3.receive, owners);
    count_owners(&vmxnet3.transmit, owners);
    for (uint32_t i = 0; i < V6NF_VMXNET3_ORIGINATE; i++) {
        owners[SLOTS + i] += (uint32_t)(vmxnet3.common.originates_free >> i & 1u);
    }
    for (uint32_t slot = 0; slot < V6NF_VMXNET3_SIZE; slot++) {
        assert_int_equal(owners[slot], slot < V6NF_VMXNET3_SIZE - 1u ? 1 : 0);
    }
}

static void survive_any_content(void)
{
    vmxnet3_device.lies = true;
    for (uint32_t turn = 0; turn < 20000u; turn++) {
        vmxnet3_device.verdict = scatter(turn, 44) & 0x00FFFFFFu;
        misbehave(VMXNET3_RECEIVE, turn);
        misbehave(VMXNET3_TRANSMIT, turn);
        vmxnet3_device_ask(scatter(turn, 43) % 2u == 0u);
        assert_true(port()->operations->poll(port(), ignoring_handler, &w) <= V6NF_RING_BURST);
        if (vmxnet3.common.state == V6NF_PARAVIRTUAL_RUNS) {
            check_owners();
        }
        if (turn % 500u == 499u) {
            (void)status();
        }
        if (vmxnet3.common.state != V6NF_PARAVIRTUAL_RUNS) {
            assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
        }
    }
    assert_true(vmxnet3_device.resets > 100u);
}

/* With any content of the completions, calls end, nothing is accessed out of bounds (the sanitizers check it), and no
 * buffer has two owners. */
static void any_content_of_completions_is_survived(void **state)
{
    (void)state;
    survive_any_content();
}

static void any_content_is_survived_with_checksums(void **state)
{
    (void)state;
    start_with_checksums();
    survive_any_content();
}

/* A device completes each buffer as soon as it has it. A poll ends nevertheless. */
static void completions_without_end_do_not_keep_a_poll(void **state)
{
    (void)state;
    vmxnet3_device.lies = true;
    for (uint32_t i = 0; i < 10u * V6NF_VMXNET3_SIZE; i++) {
        vmxnet3_device_claim(VMXNET3_RECEIVE, VMXNET3_WHOLE + i % V6NF_VMXNET3_SIZE, 100);
        if (i % V6NF_RING_BURST == 0u) {
            assert_in_range(port()->operations->poll(port(), length_handler, &w), 1, V6NF_RING_BURST);
            check_owners();
        }
    }
    assert_int_equal(vmxnet3.common.state, V6NF_PARAVIRTUAL_RUNS);
}

/* Nothing that was sent is completed, for any time. */
static void a_device_that_completes_nothing_is_waited_for(void **state)
{
    (void)state;
    while (originate()) {
    }
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    poll_all();
    for (uint32_t i = 0; i < 10000u; i++) {
        assert_int_equal(poll(), 0);
        assert_null(reserve());
    }
    assert_int_equal(status(), V6NF_PORT_RUNNING);
    assert_int_equal(send_up_to(UINT32_MAX), SLOTS + V6NF_VMXNET3_ORIGINATE);
    assert_int_equal(poll(), 0);
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    assert_non_null(reserve());
}

static void a_queue_that_the_device_stops_stops_the_port(void **state)
{
    (void)state;
    vmxnet3_device_report(VMXNET3_LINK_CHANGED);
    assert_int_equal(status(), V6NF_PORT_RUNNING);
    assert_true(link_up());
    vmxnet3_device_report(VMXNET3_RECEIVE_STOPPED);
    assert_int_equal(status(), V6NF_PORT_STOPPED);
    check_stopped(V6NF_PARAVIRTUAL_NEEDS_RESET);
    check_restarts();
    vmxnet3_device_report(VMXNET3_TRANSMIT_STOPPED + VMXNET3_LINK_CHANGED);
    assert_false(link_up());
    check_stopped(V6NF_PARAVIRTUAL_NEEDS_RESET);
    check_restarts();
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void a_stopped_port_stays_stopped(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(status(), V6NF_PORT_RUNNING);
        assert_int_equal(receive_up_to(10), 10);
        poll_all();
        assert_true(stop());
        check_stopped(V6NF_PARAVIRTUAL_STOPPED);
        assert_int_equal(vmxnet3_device.shared, 0);
        assert_is_over(V6NF_PORT_STOPPED);
        assert_true(stop()); /* a second time, too */
        assert_is_over(V6NF_PORT_STOPPED);
        assert_false(receive());
        check_restarts();
    }
    assert_true(stop());
    static struct v6nf_vmxnet3 former;
    former = vmxnet3;
    device_memory_give_up();
    assert_false(receive());
    assert_int_equal(init(), V6NF_NIC_READY);                              /* in new memory */
    assert_true(former.common.port.operations->stop(&former.common.port)); /* it does not own the device any more */
    assert_int_equal(status(), V6NF_PORT_RUNNING);
    assert_int_equal(receive_up_to(10), 10);
    poll_all();
    assert_true(stop());
    check_restarts();
}

/* Bus mastering is off before the reset, also if the port still runs. */
static void a_running_port_can_be_restarted(void **state)
{
    (void)state;
    make_busy();
    check_restarts();
}

/* The driver has stopped the device, and then it is removed. */
static void a_stopped_device_that_goes_reaches_nothing(void **state)
{
    (void)state;
    vmxnet3_device_report(VMXNET3_RECEIVE_STOPPED);
    assert_int_equal(status(), V6NF_PORT_STOPPED);
    const uint64_t before = v6nf_env_clock();
    vmxnet3_device.gone = true;
    assert_true(stop());
    assert_int_equal(v6nf_env_clock() - before, 0);
    assert_is_over(V6NF_PORT_STOPPED);
}

/* The device was left running, and a reset does not end that. */
static void a_device_that_does_not_reset_is_reported(void **state)
{
    (void)state;
    vmxnet3_device.knobs.ignores_resets = true;
    assert_int_equal(init(), V6NF_NIC_NO_RESET);
    assert_int_equal(vmxnet3_device.pci_command & BUS_MASTER, 0);
    assert_false(stop());
    vmxnet3_device.knobs.ignores_resets = false;
    assert_true(stop());
    power_on();
    assert_int_equal(init(), V6NF_NIC_READY);
    vmxnet3_device.knobs.ignores_resets = true;
    assert_false(stop());
    assert_int_equal(vmxnet3_device.pci_command & BUS_MASTER, 0);
}

static void a_removed_device_is_gone(void **state)
{
    (void)state;
    make_busy();
    const struct v6nf_port_counters before = counters();
    vmxnet3_device.gone = true;
    assert_int_equal(poll(), 0);
    const struct v6nf_port_counters after = counters();
    assert_memory_equal(&after, &before, sizeof before);
    assert_false(link_up());
    assert_int_equal(vmxnet3.common.state, V6NF_PARAVIRTUAL_GONE);
    assert_is_over(V6NF_PORT_GONE);
    const uint64_t now = v6nf_env_clock();
    assert_true(stop());
    assert_int_equal(v6nf_env_clock() - now, 0);
    assert_int_not_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
    vmxnet3_device.gone = false; /* it is back */
    check_restarts();
}

/* It is removed at each access, during the start, the work and the stop. */
static void a_device_can_go_at_any_access(void **state)
{
    (void)state;
    bool is_complete = false;
    for (uint32_t lives = 1; !is_complete; lives++) {
        power_on();
        vmxnet3_device.lives = lives;
        const enum v6nf_nic_status started = init();
        if (started == V6NF_NIC_READY) {
            (void)originate();
            (void)link_up();
            assert_true(counters().receive_dropped == 0u);
            const enum v6nf_port_status seen = status();
            assert_int_equal(seen, vmxnet3_device.gone ? V6NF_PORT_GONE : V6NF_PORT_RUNNING);
        }
        assert_true(stop());
        is_complete = !vmxnet3_device.gone;
        vmxnet3_device.gone = true;
        assert_int_equal(poll_nothing(), 0);
        assert_true(stop());
        check_no_fault();
        assert_true(lives < 1000u);
    }
}

/* -- Set-up -------------------------------------------------------------------------------------------------------- */

static void set_other_revision(void)
{
    vmxnet3_device.knobs.revisions = 0x7E;
}

static void set_other_upt(void)
{
    vmxnet3_device.knobs.upt_versions = 2;
}

static void set_never_reset(void)
{
    vmxnet3_device.knobs.reset_time = UINT32_MAX;
}

static void set_inactive(void)
{
    vmxnet3_device.knobs.activation = 1;
}

static void set_group(void)
{
    vmxnet3_device.knobs.mac[0] |= 1u;
}

static void set_no_address(void)
{
    memset(vmxnet3_device.knobs.mac, 0, 6);
}

static void set_hidden(void)
{
    device_memory_hide();
}

static void set_no_rings(void)
{
    vmxnet3_device.knobs.no_rings = true;
}

static void set_no_control(void)
{
    vmxnet3_device.knobs.no_control = true;
}

static void set_large_config(void)
{
    w.config.mtu = V6NF_VMXNET3_MTU_MAX + 1u;
}

static void set_small_config(void)
{
    w.config.mtu = 1279;
}

static void set_two_inputs(void)
{
    w.config.inputs = 2;
}

static void set_group_config(void)
{
    static const uint8_t group[] = {0x33, 0x33, 0, 0, 0, 1};
    w.config.mac = group;
}

static void set_other(void)
{
    vmxnet3_device.knobs.pci_id = 0x072015ADu;
}

static void set_no_device(void)
{
    vmxnet3_device.gone = true;
}

struct refusal {
    void (*set)(void);
    enum v6nf_nic_status status;
};

static void unusable_devices_are_refused(void **state)
{
    (void)state;
    static const struct refusal all[] = {{set_other_revision, V6NF_NIC_NO_REVISION},
                                         {set_other_upt, V6NF_NIC_NO_REVISION},
                                         {set_never_reset, V6NF_NIC_NO_RESET},
                                         {set_inactive, V6NF_NIC_NO_START},
                                         {set_group, V6NF_NIC_NO_EEPROM},
                                         {set_no_address, V6NF_NIC_NO_EEPROM},
                                         {set_hidden, V6NF_NIC_NO_MEMORY},
                                         {set_no_rings, V6NF_NIC_NO_REGISTERS},
                                         {set_no_control, V6NF_NIC_NO_REGISTERS},
                                         {set_large_config, V6NF_NIC_MTU_BAD},
                                         {set_small_config, V6NF_NIC_MTU_BAD},
                                         {set_two_inputs, V6NF_NIC_INPUTS_BAD},
                                         {set_group_config, V6NF_NIC_MAC_BAD},
                                         {set_other, V6NF_NIC_OTHER_DEVICE},
                                         {set_no_device, V6NF_NIC_OTHER_DEVICE}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        power_on();
        all[i].set();
        assert_int_equal(init(), all[i].status);
        assert_true(strlen(v6nf_nic_status_text(all[i].status)) > 10u);
        assert_int_not_equal(vmxnet3.common.state, V6NF_PARAVIRTUAL_RUNS);
        assert_int_equal(poll_nothing(), 0);
        assert_null(reserve());
        assert_true(all[i].status == V6NF_NIC_OTHER_DEVICE || (vmxnet3_device.pci_command & BUS_MASTER) == 0u ||
                    all[i].set == set_no_rings || all[i].set == set_no_control);
        check_no_fault();
    }
    for (uint32_t allocations = 0; allocations < 2u; allocations++) {
        power_on();
        vmxnet3_device_power_on(allocations);
        assert_int_equal(init(), V6NF_NIC_NO_MEMORY);
        assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_NOT_OPEN);
        assert_true(vmxnet3_device.is_reset); /* the earlier program's rings are off */
    }
}

static void a_reset_that_takes_time_is_waited_for(void **state)
{
    (void)state;
    power_on();
    vmxnet3_device.knobs.reset_time = 1000;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_true(stop());
    assert_int_equal(vmxnet3_device.resetting, 0);
}

/* Assert that no buffer is in two pages, if it fits into one: QEMU does not send it behind an IOMMU. */
static void check_pages(void)
{
    uint64_t first = 0;
    for (uint32_t i = 0; i < SLOTS && port()->mtu + 18u <= 4096u; i++) {
        uint32_t length = 0;
        const uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
        (void)vmxnet3_device_buffer(VMXNET3_RECEIVE, index, &length);
        first = vmxnet3_device.rings[VMXNET3_RECEIVE].begin[index];
        assert_int_equal(first / 4096u, (first + length - 1u) / 4096u);
    }
    assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
}

static void every_mtu_has_buffers_for_its_frames(void **state)
{
    (void)state;
    static const uint32_t mtus[] = {1280, 1281, 1500, 4000, V6NF_VMXNET3_MTU_MAX};
    for (uint32_t i = 0; i < sizeof mtus / sizeof mtus[0]; i++) {
        power_on();
        w.config.mtu = mtus[i];
        assert_int_equal(init(), V6NF_NIC_READY);
        assert_int_equal(port()->mtu, mtus[i]);
        assert_int_equal(vmxnet3_device.mtu, mtus[i]);
        assert_true(port()->capacity >= mtus[i] + 18u);
        check_pages();
        const uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
        vmxnet3_device_complete(VMXNET3_RECEIVE, index, VMXNET3_WHOLE, mtus[i] + 18u);
        assert_int_equal(port()->operations->poll(port(), length_handler, &w), 1);
        assert_int_equal(shown_length, mtus[i] + 18u);
        memset(reserve(), 0xCD, port()->capacity);
        commit(port()->capacity);
        assert_int_equal(send_up_to(2), 1);
        check_no_fault();
    }
}

static void the_address_is_the_hypervisors_or_that_of_the_configuration(void **state)
{
    (void)state;
    static const uint8_t own[] = {2, 0, 0x80, 0xFF, 0, 9};
    uint8_t given[] = {2, 0, 0x80, 0xFF, 0, 9};
    assert_memory_equal(port()->mac, vmxnet3_device.knobs.mac, 6);
    assert_memory_equal(vmxnet3_device.mac, vmxnet3_device.knobs.mac, 6);
    power_on();
    w.config.mac = given;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(port()->mac, own, 6);
    assert_memory_equal(vmxnet3_device.mac, own, 6);
    given[5] = 8; /* it was copied */
    assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
    assert_memory_equal(vmxnet3_device.mac, own, 6);
    assert_true(stop());
    w.config = vmxnet3.common.config; /* its address is part of it */
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(port()->mac, own, 6);
    assert_memory_equal(vmxnet3_device.mac, own, 6);
}

static void the_link_is_that_of_the_device(void **state)
{
    (void)state;
    assert_true(link_up());
    vmxnet3_device.knobs.link = 10000u << 16;
    assert_false(link_up());
    vmxnet3_device.knobs.link = 1;
    assert_true(link_up());
}

/* -- Filters ------------------------------------------------------------------------------------------------------- */

static bool accepts(const char *mac, uint32_t vlan)
{
    uint8_t frame[64] = {0};
    memcpy(frame, mac, 6);
    if (vlan > 0u) {
        frame[12] = 0x81;
        frame[14] = (uint8_t)(vlan >> 8);
        frame[15] = (uint8_t)vlan;
    }
    return vmxnet3_device_accepts(frame);
}

#define OWN "\0\x50\x56\1\2\3"
#define OTHER "\0\x50\x56\1\2\4"
#define BROADCAST "\xFF\xFF\xFF\xFF\xFF\xFF"
#define ALL_NODES "\x33\x33\0\0\0\1"

static bool add_group(const char *mac)
{
    return v6nf_vmxnet3_add_group(&vmxnet3, (const uint8_t *)mac);
}

static void groups_and_vlans_are_accepted(void **state)
{
    (void)state;
    assert_true(accepts(OWN, 0));
    assert_false(accepts(OTHER, 0));
    assert_true(accepts(BROADCAST, 0));
    assert_true(accepts(ALL_NODES, 0));
    for (uint32_t vlan = 0; vlan < 4096u; vlan++) {
        assert_true(accepts(OWN, vlan));
    }
    assert_true(add_group(ALL_NODES));
    assert_false(add_group(OWN));
    assert_int_equal(vmxnet3_device.groups_count, 0);
}

static void a_promiscuous_port_accepts_everything(void **state)
{
    (void)state;
    power_on();
    w.config.promiscuous = true;
    w.config.few_groups = true;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_true(accepts(OTHER, 0));
    assert_true(accepts(ALL_NODES, 0));
}

static void only_groups_that_are_added_are_accepted(void **state)
{
    (void)state;
    char group[] = ALL_NODES;
    power_on();
    w.config.few_groups = true;
    assert_int_equal(init(), V6NF_NIC_READY);
    for (uint32_t i = 0; i < V6NF_VMXNET3_GROUPS; i++) {
        group[5] = (char)i;
        assert_false(accepts(group, 0));
        assert_true(add_group(group));
        assert_true(add_group(group));
        assert_true(accepts(group, 0));
        assert_int_equal(vmxnet3_device.groups_count, i + 1u);
    }
    group[5] = (char)V6NF_VMXNET3_GROUPS;
    assert_false(add_group(group));
    assert_false(add_group(OWN));
    assert_true(accepts(OWN, 0) && accepts(BROADCAST, 0));
    assert_false(accepts(OTHER, 0) || accepts(group, 0));
    group[5] = 7;
    assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
    assert_true(accepts(group, 0));
    assert_true(stop());
    assert_false(add_group(group));
}

/* -- Checksums ----------------------------------------------------------------------------------------------------- */

/* Let the device receive a frame, with these bits of the first and the fourth word. Show it. */
static void show(uint32_t length, uint32_t first, uint32_t fourth)
{
    const uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
    vmxnet3_device.verdict = fourth;
    vmxnet3_device_complete(VMXNET3_RECEIVE, index, VMXNET3_WHOLE + first, length);
    assert_int_equal(port()->operations->poll(port(), checksum_answer, &w), 1);
}

/* Send all frames that the device has, and look at what is on the wire. Return their number. */
static uint32_t look_at_sent(void)
{
    uint32_t count = 0;
    for (uint32_t index = vmxnet3_device_take(VMXNET3_TRANSMIT); index != VMXNET3_NONE;
         index = vmxnet3_device_take(VMXNET3_TRANSMIT)) {
        uint32_t length = 0;
        const uint8_t *bytes = vmxnet3_device_send(index, &length);
        checksum_look(bytes, length);
        vmxnet3_device_complete(VMXNET3_TRANSMIT, index, 0, 0);
        count++;
    }
    return count;
}

#define ALL_RIGHT (VMXNET3_RIGHT + VMXNET3_UDP + VMXNET3_IPV6 + VMXNET3_IPV4_RIGHT)

/* Regardless of what the device states, handlers that do not know flags get none, and cannot ask for anything. */
static void no_checksums_unless_the_program_asks(void **state)
{
    (void)state;
    assert_int_equal(port()->checksums, 0);
    assert_false(vmxnet3_device.sums);
    memset(&checksum_run, 0, sizeof checksum_run);
    for (uint32_t i = 0; i < 3u; i++) {
        show(100, 0, ALL_RIGHT);
        assert_int_equal(checksum_run.flags, 0);
    }
    assert_int_equal(counters().transmit_dropped, 1);
    assert_int_equal(look_at_sent(), 1);
    assert_int_equal(checksum_run.plain, 1);
}

struct statement {
    uint32_t first;
    uint32_t fourth;
    uint32_t flags;
};

static void what_the_device_states_is_shown(void **state)
{
    (void)state;
    static const struct statement all[] = {
        {0, ALL_RIGHT, V6NF_PORT_CHECKSUM_GOOD},
        {0, VMXNET3_RIGHT + VMXNET3_TCP + VMXNET3_IPV6, V6NF_PORT_CHECKSUM_GOOD},
        {0, 0xFFFFu + VMXNET3_RIGHT + VMXNET3_UDP + VMXNET3_IPV6 + (1u << 23), V6NF_PORT_CHECKSUM_GOOD},
        {VMXNET3_NOT_SUMMED, ALL_RIGHT, 0},
        {0, ALL_RIGHT - VMXNET3_RIGHT, 0},
        {0, ALL_RIGHT - VMXNET3_UDP, 0},
        {0, ALL_RIGHT + VMXNET3_FRAGMENT, 0},
        {0, ALL_RIGHT - VMXNET3_IPV6 + VMXNET3_IPV4, 0},
        {0, 0, 0},
    };
    start_with_checksums();
    assert_true(vmxnet3_device.sums);
    for (uint32_t turn = 0; turn < 2u; turn++) {
        for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            show(100, all[i].first, all[i].fourth);
            assert_int_equal(checksum_run.flags, all[i].flags);
        }
        assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
        assert_true(vmxnet3_device.sums);
    }
}

/* Several laps: a descriptor that had a checksum inserted does not ask for it again. */
static void the_device_inserts_checksums(void **state)
{
    (void)state;
    start_with_checksums();
    const uint32_t turns = 4u * V6NF_VMXNET3_SIZE + 2u;
    for (uint32_t i = 0; i < turns; i++) {
        show(62u + i % (MAX_FRAME - 61u), 0, ALL_RIGHT);
        assert_int_equal(look_at_sent(), i > 0u ? 1 : 0);
    }
    assert_int_equal(checksum_run.bad, 0);
    assert_in_range(checksum_run.inserted, turns / 3u, turns / 3u + 1u);
    assert_int_equal(checksum_run.inserted + checksum_run.plain, turns - 1u);
    assert_int_equal(counters().sent, turns - 1u);
    assert_int_equal(counters().transmit_dropped, 0);
}

static void the_device_inserts_originated_checksums(void **state)
{
    (void)state;
    start_with_checksums();
    for (uint32_t i = 0; i < 2u * V6NF_VMXNET3_SIZE; i++) {
        const uint32_t length = 62u + i % 1000u;
        uint8_t *frame = reserve();
        assert_non_null(frame);
        memset(frame, (int)(i & 0xFFu), length);
        frame[CHECKSUM_AT] = 0x12;
        frame[CHECKSUM_AT + 1u] = 0x34;
        commit(length + (i % 2u == 0u ? V6NF_PORT_CHECKSUM_PARTIAL : 0u));
        assert_int_equal(look_at_sent(), 1);
        assert_int_equal(checksum_run.inserted, i / 2u + 1u);
        assert_int_equal(checksum_run.plain, (i + 1u) / 2u);
    }
}

static void checksums_outside_of_the_frame_are_not_asked_for(void **state)
{
    (void)state;
    start_with_checksums();
    const uint32_t partial = V6NF_PORT_CHECKSUM_PARTIAL;
    const uint32_t lengths[] = {partial, partial + 17u, partial + 61u, partial + port()->capacity + 1u,
                                V6NF_PORT_CHECKSUM_GOOD + 100u};
    for (uint32_t i = 0; i < 5u; i++) {
        assert_non_null(reserve());
        commit(lengths[i]);
    }
    assert_int_equal(counters().transmit_dropped, 5);
    assert_int_equal(look_at_sent(), 0);
}

/* -- Counters ------------------------------------------------------------------------------------------------------ */

/* Frames shown and dropped are those that arrived. A frame with an error that the device counts and completes counts
 * once. */
static void losses_of_the_device_are_counted(void **state)
{
    (void)state;
    assert_int_equal(receive_up_to(12), 12);
    poll_all();
    vmxnet3_device.counters[VMXNET3_OUT_OF_BUFFERS] = 5;
    assert_int_equal(counters().receive_dropped, 5);
    vmxnet3_device.counters[VMXNET3_RECEIVE_ERRORS] = 1;
    assert_int_equal(counters().receive_dropped, 6);
    const uint32_t index = vmxnet3_device_take(VMXNET3_RECEIVE);
    vmxnet3_device_complete(VMXNET3_RECEIVE, index, VMXNET3_WHOLE, VMXNET3_ERROR + 100u);
    poll_all();
    assert_int_equal(counters().receive_dropped, 6);
    vmxnet3_device.counters[VMXNET3_TRANSMIT_ERRORS] = 2;
    vmxnet3_device.counters[VMXNET3_DISCARDED] = 3;
    assert_int_equal(counters().transmit_dropped, 5);
    assert_int_equal(counters().sent, 7);
    assert_true(stop());
    assert_int_equal(counters().receive_dropped, 6);
    assert_int_equal(counters().sent, 7);
}

/* The port's counters go on after a restart, whether the device keeps its own or not. They begin at 0 on a device that
 * another program has used. */
static void counters_survive_a_restart(void **state)
{
    (void)state;
    vmxnet3_device.counters[VMXNET3_OUT_OF_BUFFERS] = (uint64_t)UINT32_MAX + 10u;
    assert_int_equal(counters().receive_dropped, (uint64_t)UINT32_MAX + 10u);
    assert_int_equal(v6nf_vmxnet3_restart(&vmxnet3), V6NF_NIC_READY);
    assert_int_equal(counters().receive_dropped, (uint64_t)UINT32_MAX + 10u);
    vmxnet3_device.counters[VMXNET3_OUT_OF_BUFFERS] = 0;
    assert_int_equal(counters().receive_dropped, (uint64_t)UINT32_MAX + 10u);
    vmxnet3_device.counters[VMXNET3_OUT_OF_BUFFERS] = 3;
    assert_int_equal(counters().receive_dropped, (uint64_t)UINT32_MAX + 13u);
    assert_true(stop());
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(counters().receive_dropped, 0);
}

/* The driver adds at most what it gave to the device. */
static void absurd_counters_do_no_harm(void **state)
{
    (void)state;
    assert_int_equal(receive_up_to(10), 10);
    poll_all();
    for (uint32_t i = 0; i < VMXNET3_COUNTERS; i++) {
        vmxnet3_device.counters[i] = UINT64_MAX / 4u;
    }
    assert_int_equal(counters().sent, 0);
    assert_int_equal(counters().received, 10);
    assert_int_equal(status(), V6NF_PORT_RUNNING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_frame_passes_through),
        TEST(polls_are_bursts),
        TEST(every_frame_is_sent_once_and_complete),
        TEST(a_port_can_be_old),
        TEST(skipped_descriptors_are_given_again),
        TEST(a_completion_is_one_of_all_frames_before_it),
        TEST(reception_continues_after_a_stall),
        TEST(dropped_buffers_are_recycled_at_once),
        TEST(invalid_lengths_are_dropped_and_counted),
        TEST(the_device_is_notified_once_a_burst),
        TEST(a_device_that_asks_is_notified_of_buffers),
        TEST(originated_frames_have_buffers_of_their_own),
        TEST(a_reserved_buffer_stays_reserved),
        TEST(completions_of_what_the_device_lacks_stop_the_port),
        TEST(a_descriptor_that_was_never_given_stops_the_port),
        TEST(a_completion_that_is_repeated_stops_the_port),
        TEST(damaged_frames_are_dropped_and_counted),
        TEST(frames_of_every_possible_length_are_shown),
        TEST(any_content_of_completions_is_survived),
        TEST(any_content_is_survived_with_checksums),
        TEST(completions_without_end_do_not_keep_a_poll),
        TEST(a_device_that_completes_nothing_is_waited_for),
        TEST(a_queue_that_the_device_stops_stops_the_port),
        TEST(a_stopped_port_stays_stopped),
        TEST(a_running_port_can_be_restarted),
        TEST(a_stopped_device_that_goes_reaches_nothing),
        TEST(a_device_that_does_not_reset_is_reported),
        TEST(a_removed_device_is_gone),
        TEST(a_device_can_go_at_any_access),
        TEST(unusable_devices_are_refused),
        TEST(a_reset_that_takes_time_is_waited_for),
        TEST(every_mtu_has_buffers_for_its_frames),
        TEST(the_address_is_the_hypervisors_or_that_of_the_configuration),
        TEST(the_link_is_that_of_the_device),
        TEST(groups_and_vlans_are_accepted),
        TEST(a_promiscuous_port_accepts_everything),
        TEST(only_groups_that_are_added_are_accepted),
        TEST(no_checksums_unless_the_program_asks),
        TEST(what_the_device_states_is_shown),
        TEST(the_device_inserts_checksums),
        TEST(the_device_inserts_originated_checksums),
        TEST(checksums_outside_of_the_frame_are_not_asked_for),
        TEST(losses_of_the_device_are_counted),
        TEST(counters_survive_a_restart),
        TEST(absurd_counters_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
