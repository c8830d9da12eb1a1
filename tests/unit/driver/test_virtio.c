/* test_virtio.c: the virtio-net driver, on a device in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_virtio_device.h"

#define MTU 1500u
#define HEADER 12u
#define SLOTS (V6NF_VIRTIO_SIZE - V6NF_VIRTIO_ORIGINATE) /* of queues of the maximum size */
#define ORIGINATES V6NF_VIRTIO_ORIGINATE
#define LAST_LENGTH 100u /* of a batch */

#include "fixture_paravirtual.h"

static const struct v6nf_env_pci_address pci_address = {.bus = 1, .device = 2};

static struct v6nf_virtio virtio;

/* -- The fixture --------------------------------------------------------------------------------------------------- */

static void power_on(bool is_mmio, uint64_t features)
{
    virtio_device_power_on(is_mmio, UINT32_MAX);
    virtio_device.knobs.offers |= features;
    memset(&virtio, 0, sizeof virtio);
    begin_world(&virtio.common);
}

static enum v6nf_nic_status init(void)
{
    return virtio_device.is_mmio ? v6nf_virtio_init_mmio(&virtio, VIRTIO_MMIO_ADDRESS, &w.config)
                                 : v6nf_virtio_init_pci(&virtio, pci_address, &w.config);
}

static enum v6nf_nic_status restart(void)
{
    return v6nf_virtio_restart(&virtio);
}

/* Write the next frame to a buffer that the device has. Return the number of bytes. */
static uint32_t write_next(uint32_t id)
{
    uint8_t frame[MAX_FRAME] = {0};
    const uint32_t length = write_frame(frame);
    return virtio_device_write(id, frame, length);
}

static bool receive(void)
{
    uint32_t id = virtio_device_take(VIRTIO_RECEIVE);
    if (id != VIRTIO_NONE) {
        virtio_device_use(VIRTIO_RECEIVE, id, write_next(id));
    }
    return id != VIRTIO_NONE;
}

static void check_sent(uint32_t id)
{
    uint32_t length = 0;
    const uint8_t *frame = virtio_device_frame(id, &length);
    check_frame(frame, length);
}

static bool send(void)
{
    uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
    if (id != VIRTIO_NONE) {
        check_sent(id);
        virtio_device_use(VIRTIO_TRANSMIT, id, 0);
    }
    return id != VIRTIO_NONE;
}

/* Run the test on each kind of device. */
static void on_every_device(void (*test)(void))
{
    for (uint32_t kind = 0; kind < 8u; kind++) {
        power_on((kind & 1u) != 0u,
                 ((kind & 2u) != 0u ? VIRTIO_F_IN_ORDER : 0u) | ((kind & 4u) != 0u ? VIRTIO_F_EVENT_IDX : 0u));
        assert_int_equal(init(), V6NF_NIC_READY);
        test();
        if (virtio_device.fault != NULL) {
            fail_msg("%s", virtio_device.fault);
        }
    }
}

static void on_both(void (*test)(bool is_mmio))
{
    test(false);
    test(true);
}

static bool is_in_order(void)
{
    return (virtio_device.accepted & VIRTIO_F_IN_ORDER) != 0u;
}

/* -- Packets ------------------------------------------------------------------------------------------------------- */

static void a_frame_passes_through(void **state)
{
    (void)state;
    on_every_device(check_one_frame);
}

static void polls_are_bursts(void **state)
{
    (void)state;
    on_every_device(check_bursts);
}

/* The device is behind in both queues by random amounts. Every frame is sent once and complete. The device reports a
 * buffer that it gets twice. The indexes wrap. */
static void many_turns(void)
{
    w.drops = true;
    for (uint32_t step = 0; step < 30000u; step++) {
        uint32_t phase = scatter(step / 100u, 9);
        receive_up_to((phase & 1u) != 0u ? scatter(step, 10) % 20u : 0u);
        for (uint32_t i = scatter(step, 11) % 3u; i > 0u; i--) {
            poll();
        }
        if (scatter(step, 12) % 50u == 0u && reserve() != NULL) {
            memset(reserve(), 0xCD, 60);
            commit(60);
        }
        send_up_to((phase & 2u) != 0u ? scatter(step, 13) % 24u : 0u);
    }
    poll_all();
    send_up_to(UINT32_MAX);
    assert_true(w.received > 65536u);
    assert_int_equal(w.handled, w.received);
    assert_true(w.own_sent > 100u);
    assert_int_equal(counters().sent, w.sent + w.own_sent);
    assert_int_equal(counters().received, w.received);
}

static void every_frame_is_sent_once_and_complete(void **state)
{
    (void)state;
    on_every_device(many_turns);
}

/* Use buffers that the device has, in random order and after random times. */
static void use_some(uint32_t queue, uint32_t *held, uint32_t *count, uint32_t salt)
{
    for (uint32_t id = virtio_device_take(queue); id != VIRTIO_NONE; id = virtio_device_take(queue)) {
        held[*count] = id;
        *count += 1u;
    }
    for (uint32_t i = scatter(salt, 3) % 12u; i > 0u && *count > 0u; i--) {
        uint32_t which = scatter(salt, i + 20u) % *count;
        uint32_t id = held[which];
        if (queue == VIRTIO_TRANSMIT) {
            check_sent(id);
        }
        virtio_device_use(queue, id, queue == VIRTIO_RECEIVE ? write_next(id) : 0u);
        *count -= 1u;
        held[which] = held[*count];
    }
}

static void any_order(void)
{
    static uint32_t receiving[V6NF_VIRTIO_SIZE];
    static uint32_t sending[V6NF_VIRTIO_SIZE];
    uint32_t receiving_count = 0;
    uint32_t sending_count = 0;
    w.drops = true;
    for (uint32_t step = 0; step < 10000u && !is_in_order(); step++) {
        use_some(VIRTIO_RECEIVE, receiving, &receiving_count, step);
        poll();
        use_some(VIRTIO_TRANSMIT, sending, &sending_count, step + 1u);
    }
    poll_all();
    assert_int_equal(w.handled, w.received);
    assert_true(is_in_order() || w.received > 40000u);
}

static void buffers_are_used_in_any_order(void **state)
{
    (void)state;
    on_every_device(any_order);
}

/* Take `count` buffers, and use them with one entry, as is allowed in order (2.6.9). Receive buffers are full, except
 * the last. */
static void use_batch(uint32_t queue, uint32_t count)
{
    const uint16_t index = virtio_device.queues[queue].used_index;
    uint8_t frame[MAX_FRAME];
    uint32_t id = VIRTIO_NONE;
    for (uint32_t i = 0; i < count; i++) {
        id = virtio_device_take(queue);
        assert_int_not_equal(id, VIRTIO_NONE);
        virtio_device.queues[queue].has[id] = false;
        if (queue == VIRTIO_RECEIVE) {
            memset(frame, (int)i, sizeof frame);
            virtio_device_write(id, frame, i + 1u < count ? MAX_FRAME : LAST_LENGTH);
        }
    }
    virtio_device_claim(queue, id, HEADER + LAST_LENGTH);
    virtio_device_set_used_index(queue, (uint16_t)(index + count));
}

static uint32_t batch_at;
static uint32_t batch_size;

static void batch_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    assert_int_equal(frame[0], batch_at);
    assert_int_equal(length, batch_at + 1u < batch_size ? MAX_FRAME : LAST_LENGTH);
    lengths[0] = 60;
    frame[3] = 0xCD;
    batch_at++;
}

static void batches(void)
{
    static const uint32_t sizes[] = {1, 2, 7, 8, 9, 20, SLOTS};
    for (uint32_t turn = 0; turn < 30u && is_in_order(); turn++) {
        batch_size = sizes[turn % 7u];
        batch_at = 0;
        use_batch(VIRTIO_RECEIVE, batch_size);
        for (uint32_t i = 0; i < MAX_CALLS && virtio.common.port.operations->poll(port(), batch_handler, &w) > 0u;
             i++) {
        }
        assert_int_equal(batch_at, batch_size);
        use_batch(VIRTIO_TRANSMIT, batch_size);
        assert_int_equal(virtio.common.port.operations->poll(port(), batch_handler, &w), 0);
    }
}

static void a_used_entry_may_represent_a_batch(void **state)
{
    (void)state;
    on_every_device(batches);
}

/* -- Recycling ----------------------------------------------------------------------------------------------------- */

static void reception_continues_after_a_stall(void **state)
{
    (void)state;
    on_every_device(check_stalls);
}

static void dropped_buffers_are_recycled_at_once(void **state)
{
    (void)state;
    on_every_device(check_drops);
}

static void invalid_lengths_are_dropped_and_counted(void **state)
{
    (void)state;
    on_every_device(check_invalid_lengths);
}

/* -- Notifications ------------------------------------------------------------------------------------------------- */

static uint32_t notifications(uint32_t queue)
{
    uint32_t count = virtio_device.queues[queue].notifications;
    virtio_device.queues[queue].notifications = 0;
    return count;
}

/* A sleeping device is notified once for a burst, a device that is awake never. */
static void notifies(void)
{
    assert_int_equal(notifications(VIRTIO_RECEIVE), 1); /* the first buffers */
    assert_int_equal(notifications(VIRTIO_TRANSMIT), 0);
    for (uint32_t turn = 0; turn < 4u; turn++) {
        bool asleep = turn % 2u == 0u;
        assert_int_equal(receive_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
        virtio_device_sleep(VIRTIO_TRANSMIT, asleep);
        virtio_device_sleep(VIRTIO_RECEIVE, true);
        assert_int_equal(poll(), V6NF_RING_BURST);
        assert_int_equal(notifications(VIRTIO_TRANSMIT), asleep ? 1 : 0);
        assert_int_equal(notifications(VIRTIO_RECEIVE), 0); /* nothing was added there, or the index is not reached */
        assert_int_equal(send_up_to(V6NF_RING_BURST), V6NF_RING_BURST);
        virtio_device_sleep(VIRTIO_TRANSMIT, true);
        poll();
        assert_int_equal(notifications(VIRTIO_TRANSMIT), 0);
        notifications(VIRTIO_RECEIVE);
    }
}

/* The receive queue is empty, and the device waits for buffers. */
static void tells_of_buffers(void)
{
    for (uint32_t turn = 0; turn < 4u; turn++) {
        bool asleep = turn % 2u == 0u;
        assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
        poll_all();
        assert_int_equal(send_up_to(UINT32_MAX), SLOTS);
        virtio_device_sleep(VIRTIO_RECEIVE, asleep);
        notifications(VIRTIO_RECEIVE);
        poll();
        assert_int_equal(notifications(VIRTIO_RECEIVE), asleep ? 1 : 0);
        poll();
        assert_int_equal(notifications(VIRTIO_RECEIVE), 0);
    }
    assert_non_null(reserve());
    virtio_device_sleep(VIRTIO_TRANSMIT, true);
    notifications(VIRTIO_TRANSMIT);
    commit(60);
    assert_int_equal(notifications(VIRTIO_TRANSMIT), 1);
}

static void a_sleeping_device_is_notified_once_a_burst(void **state)
{
    (void)state;
    on_every_device(notifies);
    on_every_device(tells_of_buffers);
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

static void originated_frames_have_buffers_of_their_own(void **state)
{
    (void)state;
    on_every_device(check_originated);
}

static void a_reserved_buffer_stays_reserved(void **state)
{
    (void)state;
    on_every_device(check_reserved);
}

/* -- An untrusted device ------------------------------------------------------------------------------------------- */

/* Assert that the port has stopped, the device is reset, and nothing happens any more. */
static void check_stopped(enum v6nf_paravirtual_state why)
{
    assert_int_equal(virtio.common.state, why);
    assert_int_equal(virtio_device.status, 0);
    uint32_t resets = virtio_device.resets;
    assert_int_equal(virtio_device.pci_command & 4u, virtio_device.is_mmio ? 4 : 0);
    assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 0);
    assert_null(reserve());
    commit(60);
    assert_false(link_up());
    assert_int_equal(virtio_device.resets, resets);
}

static void index_jumps(void)
{
    static const uint16_t jumps[] = {1, 2, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0xFF00};
    for (uint32_t queue = 0; queue < VIRTIO_QUEUES; queue++) {
        for (uint32_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
            make_busy();
            assert_int_equal(send_up_to(3), 3); /* recycled buffers that are not published do not count */
            uint16_t most = (uint16_t)(queue == VIRTIO_RECEIVE ? virtio.receive.published : virtio.transmit.published);
            uint16_t least = (uint16_t)(queue == VIRTIO_RECEIVE ? virtio.receive.seen : virtio.transmit.seen);
            virtio_device_set_used_index(queue, (uint16_t)((jumps[i] < 0x8000u ? most : least) + jumps[i]));
            assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 0);
            check_stopped(V6NF_PARAVIRTUAL_BAD_INDEX);
            check_restarts();
        }
    }
}

static void used_indexes_that_jump_stop_the_port(void **state)
{
    (void)state;
    on_every_device(index_jumps);
}

/* In order, only the index reports sent buffers: there is no entry that could be wrong. */
static uint32_t looked_at(void)
{
    return is_in_order() ? VIRTIO_TRANSMIT : VIRTIO_QUEUES;
}

#define OUR_TURN 12345u /* replaced by the next descriptor in order, and by the size */

static void bad_ids(void)
{
    static const uint32_t ids[] = {
        V6NF_VIRTIO_SIZE, V6NF_VIRTIO_SIZE + 1u, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, UINT32_MAX, OUR_TURN};
    for (uint32_t queue = 0; queue < looked_at(); queue++) {
        for (uint32_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
            make_busy();
            uint32_t turn = virtio_device.queues[queue].used_index % V6NF_VIRTIO_SIZE + V6NF_VIRTIO_SIZE;
            virtio_device_claim(queue, ids[i] == OUR_TURN ? turn : ids[i], 100);
            if (queue == VIRTIO_TRANSMIT) {
                receive(); /* this frame is not read any more */
            }
            assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 0);
            check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
            check_restarts();
        }
    }
}

static void invalid_descriptors_stop_the_port(void **state)
{
    (void)state;
    on_every_device(bad_ids);
}

/* A descriptor that the device has used before, or never got. A valid one before it is still handled. */
static void ids_not_out(void)
{
    for (uint32_t queue = 0; queue < looked_at(); queue++) {
        make_busy();
        uint32_t free = is_in_order() ? (virtio.receive.seen - 1u) % V6NF_VIRTIO_SIZE : 0u;
        while (free < V6NF_VIRTIO_SIZE && virtio.queue_of[free] == queue && !is_in_order()) {
            free++;
        }
        assert_in_range(free, 0, V6NF_VIRTIO_SIZE - 1u);
        bool before = queue == VIRTIO_RECEIVE && receive();
        uint32_t sent = w.handled;
        virtio_device_claim(queue, free, 100);
        assert_int_equal(poll(), before ? 1 : 0);
        assert_int_equal(w.handled, sent + (before ? 1u : 0u));
        check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
        check_restarts();
        /* The same one twice. */
        make_busy();
        uint32_t id = virtio_device_take(queue);
        virtio_device_use(queue, id, queue == VIRTIO_RECEIVE ? write_next(id) : 0u);
        virtio_device_claim(queue, id, 100);
        poll();
        check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
        check_restarts();
    }
}

/* A buffer of the originate queue cannot receive. */
static void own_received(void)
{
    for (uint32_t turn = 0; turn < 2u; turn++) {
        virtio_device_claim(VIRTIO_RECEIVE, SLOTS + turn, 100);
        assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 0);
        check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
        check_restarts();
    }
}

/* A buffer of the originate queue is sent once. */
static void own_twice(void)
{
    make_busy();
    memset(reserve(), 0xCD, 60);
    commit(60);
    uint32_t last = VIRTIO_NONE;
    for (uint32_t id = virtio_device_take(VIRTIO_TRANSMIT); id != VIRTIO_NONE;
         id = virtio_device_take(VIRTIO_TRANSMIT)) {
        last = id;
    }
    virtio_device_use(VIRTIO_TRANSMIT, last, 0);
    poll();
    assert_int_equal(virtio.common.state, V6NF_PARAVIRTUAL_RUNS);
    virtio_device_claim(VIRTIO_TRANSMIT, last, 0);
    assert_null(reserve());
    check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
    check_restarts();
}

static void descriptors_that_the_device_lacks_stop_the_port(void **state)
{
    (void)state;
    on_every_device(ids_not_out);
    power_on(true, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    own_received();
    own_twice();
}

/* In order: an entry for more buffers than the index reports. */
static void long_batches(void)
{
    for (uint32_t queue = 0; queue < looked_at() && is_in_order(); queue++) {
        make_busy();
        uint32_t at = virtio_device.queues[queue].used_index % V6NF_VIRTIO_SIZE;
        virtio_device_claim(queue, (at + 1u) % V6NF_VIRTIO_SIZE, 100);
        assert_int_equal(poll(), 0);
        check_stopped(V6NF_PARAVIRTUAL_BAD_ID);
        check_restarts();
    }
}

static void batches_that_are_too_long_stop_the_port(void **state)
{
    (void)state;
    on_every_device(long_batches);
}

/* Bad lengths do not change owners: the frame is dropped, and the port goes on. */
static void bad_lengths(void)
{
    static const uint32_t lengths[] = {
        0, 1, HEADER - 1u, HEADER, HEADER + 13u, HEADER + MAX_FRAME + 1u, 0x7FFFFFFF, UINT32_MAX};
    const uint32_t count = sizeof lengths / sizeof lengths[0];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = virtio_device_take(VIRTIO_RECEIVE);
        virtio_device_use(VIRTIO_RECEIVE, id, lengths[i]);
        assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 1);
        assert_int_equal(counters().receive_dropped, i + 1u);
    }
    assert_int_equal(virtio.common.state, V6NF_PARAVIRTUAL_RUNS);
    assert_false(send());
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS);
    poll_all();
    assert_int_equal(counters().received, SLOTS);
}

static void frames_of_impossible_lengths_are_dropped(void **state)
{
    (void)state;
    on_every_device(bad_lengths);
}

/* With any content of the used rings, calls end, nothing is accessed out of bounds (the sanitizers check it), and no
 * buffer has two owners. */
static void garbage_in_the_rings(void)
{
    for (uint32_t turn = 0; turn < 5000u; turn++) {
        for (uint32_t queue = 0; queue < VIRTIO_QUEUES; queue++) {
            uint32_t chance = scatter(turn, 30u + queue);
            uint32_t id = virtio_device_take(queue);
            if (id != VIRTIO_NONE && chance % 4u != 0u) {
                virtio_device_use(queue, id, scatter(turn, 40) % 2000u);
            } else if (chance % 16u == 0u) {
                virtio_device_claim(queue, chance >> (chance % 32u), scatter(turn, 41) >> (chance % 32u));
            } else if (chance % 64u == 1u) {
                virtio_device_set_used_index(queue, (uint16_t)(chance >> 8));
            }
        }
        assert_true(virtio.common.port.operations->poll(port(), ignoring_handler, &w) <= V6NF_RING_BURST);
        if (virtio.common.state != V6NF_PARAVIRTUAL_RUNS) {
            assert_int_equal(v6nf_virtio_restart(&virtio), V6NF_NIC_READY);
        }
    }
    assert_true(virtio_device.resets > 50u);
}

static void any_content_of_used_rings_is_survived(void **state)
{
    (void)state;
    on_every_device(garbage_in_the_rings);
}

static void a_device_that_needs_a_reset_is_stopped(void **state)
{
    (void)state;
    power_on(true, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    virtio_device.status |= 64u;
    assert_false(link_up());
    check_stopped(V6NF_PARAVIRTUAL_NEEDS_RESET);
    check_restarts();
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static bool is_master(void)
{
    return !virtio_device.is_mmio && (virtio_device.pci_command & 4u) != 0u;
}

static void is_over(void)
{
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(status(), V6NF_PORT_RUNNING);
        assert_int_equal(receive_up_to(10), 10);
        poll_all();
        assert_true(stop());
        assert_int_equal(virtio_device.status, 0);
        assert_false(is_master());
        assert_is_over(V6NF_PORT_STOPPED);
        assert_true(stop()); /* a second time, too */
        assert_is_over(V6NF_PORT_STOPPED);
        assert_false(receive());
        check_restarts();
    }
    assert_true(stop());
    static struct v6nf_virtio former;
    former = virtio;
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

static void a_stopped_port_stays_stopped(void **state)
{
    (void)state;
    on_every_device(is_over);
}

/* The driver has stopped the device, and then it is removed. */
static void is_stopped_and_goes(bool is_mmio)
{
    power_on(is_mmio, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    virtio_device.status |= 64u; /* it needs a reset */
    assert_int_equal(status(), V6NF_PORT_STOPPED);
    const uint64_t before = v6nf_env_clock();
    virtio_device.gone = true;
    assert_true(stop());
    assert_int_equal(v6nf_env_clock() - before, 0);
    assert_is_over(V6NF_PORT_STOPPED);
}

static void a_stopped_device_that_goes_reaches_nothing(void **state)
{
    (void)state;
    on_both(is_stopped_and_goes);
}

/* The device was left running, and a reset does not end that: without a PCI bus it may still write to memory. */
static void is_refused(bool is_mmio)
{
    power_on(is_mmio, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    virtio_device.knobs.ignores_resets = true;
    assert_int_equal(init(), V6NF_NIC_NO_RESET);
    assert_false(stop());
    assert_false(is_master());
    virtio_device.knobs.ignores_resets = false;
    assert_true(stop());
}

static void a_device_that_does_not_reset_is_reported(void **state)
{
    (void)state;
    on_both(is_refused);
}

/* A PCI bus refuses the device's accesses after that. */
static void disobeys(bool is_mmio)
{
    power_on(is_mmio, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(receive_up_to(3), 3);
    const uint64_t before = v6nf_env_clock();
    virtio_device.knobs.ignores_resets = true;
    assert_false(stop());
    assert_in_range(v6nf_env_clock() - before, 0, 2000000);
    assert_is_over(V6NF_PORT_STOPPED);
    assert_false(is_master());
    assert_null(virtio_device.fault);
    (void)virtio_device_take(VIRTIO_RECEIVE);
    assert_int_equal(virtio_device.fault == NULL, is_mmio);
}

static void a_device_that_does_not_stop_is_reported(void **state)
{
    (void)state;
    on_both(disobeys);
}

static void is_gone(bool is_mmio)
{
    static bool (*const looks[])(void) = {link_up, stop};
    for (uint32_t i = 0; i < 3u; i++) {
        power_on(is_mmio, 0);
        assert_int_equal(init(), V6NF_NIC_READY);
        assert_int_equal(receive_up_to(3), 3);
        poll_all();
        const uint64_t before = v6nf_env_clock();
        virtio_device.gone = true;
        if (i < 2u) {
            assert_int_equal(looks[i](), i == 1u);
        }
        assert_is_over(V6NF_PORT_GONE);
        assert_int_equal(virtio.common.state, V6NF_PARAVIRTUAL_GONE);
        assert_true(stop());
        assert_is_over(V6NF_PORT_GONE);
        assert_int_equal(v6nf_env_clock() - before, 0);
        assert_int_equal(v6nf_virtio_restart(&virtio), V6NF_NIC_NO_RESET);
        virtio_device.gone = false;
        virtio_device.status = 0;
        virtio_device.pci_command = 0;
        check_restarts(); /* it is back */
        assert_null(virtio_device.fault);
    }
}

static void a_removed_device_is_reported_as_gone(void **state)
{
    (void)state;
    on_both(is_gone);
}

/* The program was killed, and the device still has its queues. It is reset before memory is allocated, also if the next
 * program fails to open it. */
static void is_held(bool is_mmio)
{
    for (uint32_t i = 0; i < 2u; i++) {
        power_on(is_mmio, 0);
        assert_int_equal(init(), V6NF_NIC_READY);
        device_memory_free(0);
        virtio_device.knobs.reset_time = 100;
        w.config.mtu = i == 0u ? MTU : 1279u;
        assert_int_equal(init(), i == 0u ? V6NF_NIC_NO_MEMORY : V6NF_NIC_MTU_BAD);
        assert_int_equal(virtio_device.status, 0);
        assert_false(is_master());
        assert_is_over(V6NF_PORT_STOPPED);
        assert_true(stop());
        assert_null(virtio_device.fault);
    }
}

static void devices_left_running_are_stopped_first(void **state)
{
    (void)state;
    on_both(is_held);
}

/* -- Negotiation --------------------------------------------------------------------------------------------------- */

static const uint64_t wanted =
    VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_ORDER_PLATFORM;

static void features(bool is_mmio)
{
    power_on(is_mmio, 0);
    virtio_device.knobs.offers = UINT64_MAX;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(virtio_device.accepted, wanted | VIRTIO_NET_F_MTU | VIRTIO_F_EVENT_IDX | VIRTIO_F_IN_ORDER);
    assert_null(virtio_device.fault);
    power_on(is_mmio, 0);
    virtio_device.knobs.offers = VIRTIO_F_VERSION_1;
    virtio_device.knobs.link = 0;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(virtio_device.accepted, VIRTIO_F_VERSION_1);
    assert_true(link_up()); /* 5.1.4.2: without VIRTIO_NET_F_STATUS it is assumed */
    static const uint8_t random[] = {0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    assert_memory_equal(virtio.common.port.mac, random, 6);
    assert_null(virtio_device.fault);
}

static void known_features_are_negotiated(void **state)
{
    (void)state;
    on_both(features);
}

static void set_legacy(void)
{
    virtio_device.knobs.offers &= ~VIRTIO_F_VERSION_1;
}

static void set_refusing(void)
{
    virtio_device.knobs.refuses_features = true;
}

static void set_never_reset(void)
{
    virtio_device.knobs.reset_time = UINT32_MAX;
}

static void set_no_receive_queue(void)
{
    virtio_device.knobs.queue_max[VIRTIO_RECEIVE] = 0;
}

static void set_short_queue(void)
{
    virtio_device.knobs.queue_max[VIRTIO_TRANSMIT] = 15;
}

static void set_failing(void)
{
    virtio_device.knobs.fails_start = true;
}

static void set_group(void)
{
    virtio_device.knobs.mac[0] = 1;
}

static void set_changing(void)
{
    virtio_device.knobs.torn_macs = UINT32_MAX;
}

static void set_no_address(void)
{
    virtio_device.knobs.offers &= ~VIRTIO_NET_F_MAC;
    virtio_device.knobs.no_entropy = true;
}

static void set_small_mtu(void)
{
    virtio_device.knobs.offers |= VIRTIO_NET_F_MTU;
    virtio_device.knobs.mtu = 1279;
}

static void set_hidden(void)
{
    device_memory_hide();
}

static void set_large_config(void)
{
    w.config.mtu = V6NF_NIC_MTU_MAX + 1u;
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
    virtio_device.knobs.mmio_device = 2;
    virtio_device.knobs.pci_id = 0x10421AF4u;
}

struct refusal {
    void (*set)(void);
    enum v6nf_nic_status status;
};

static void refusals(bool is_mmio)
{
    static const struct refusal all[] = {
        {set_legacy, V6NF_NIC_LEGACY},        {set_refusing, V6NF_NIC_NO_FEATURES},
        {set_never_reset, V6NF_NIC_NO_RESET}, {set_no_receive_queue, V6NF_NIC_NO_QUEUE},
        {set_short_queue, V6NF_NIC_NO_QUEUE}, {set_failing, V6NF_NIC_NO_START},
        {set_group, V6NF_NIC_NO_EEPROM},      {set_changing, V6NF_NIC_NO_EEPROM},
        {set_no_address, V6NF_NIC_NO_EEPROM}, {set_small_mtu, V6NF_NIC_DEVICE_MTU_BAD},
        {set_hidden, V6NF_NIC_NO_MEMORY},     {set_large_config, V6NF_NIC_MTU_BAD},
        {set_small_config, V6NF_NIC_MTU_BAD}, {set_two_inputs, V6NF_NIC_INPUTS_BAD},
        {set_group_config, V6NF_NIC_MAC_BAD}, {set_other, V6NF_NIC_OTHER_DEVICE}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        power_on(is_mmio, 0);
        all[i].set();
        assert_int_equal(init(), all[i].status);
        assert_true(strlen(v6nf_nic_status_text(all[i].status)) > 10u);
        assert_int_not_equal(virtio.common.state, V6NF_PARAVIRTUAL_RUNS);
        assert_int_equal(virtio.common.port.operations->poll(port(), forbidden_handler, &w), 0);
        assert_null(reserve());
        assert_null(virtio_device.fault);
    }
    for (uint32_t allocations = 0; allocations < 3u; allocations++) {
        power_on(is_mmio, 0);
        virtio_device_power_on(is_mmio, allocations);
        assert_int_equal(init(), V6NF_NIC_NO_MEMORY);
        assert_int_equal(v6nf_virtio_restart(&virtio), V6NF_NIC_NOT_OPEN);
    }
}

static void unusable_devices_are_refused(void **state)
{
    (void)state;
    on_both(refusals);
}

/* A negotiation that fails ends with FAILED (3.1.1). */
static void failed(bool is_mmio)
{
    power_on(is_mmio, 0);
    set_refusing();
    assert_int_equal(init(), V6NF_NIC_NO_FEATURES);
    assert_int_equal(virtio_device.status, 1u + 2u + 128u);
}

static void a_refused_device_gets_failed(void **state)
{
    (void)state;
    on_both(failed);
}

static void sizes(bool is_mmio)
{
    static const struct {
        uint32_t receive;
        uint32_t transmit;
        uint32_t slots;
    } all[] = {{16, 16, 8}, {16, 1024, 16}, {32768, 32, 16}, {64, 256, 64}, {100, 100, 32}, {1024, 256, 192}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        power_on(is_mmio, (i & 1u) != 0u ? VIRTIO_F_IN_ORDER | VIRTIO_F_EVENT_IDX : 0u);
        virtio_device.knobs.queue_max[VIRTIO_RECEIVE] = all[i].receive;
        virtio_device.knobs.queue_max[VIRTIO_TRANSMIT] = all[i].transmit;
        assert_int_equal(init(), V6NF_NIC_READY);
        for (uint32_t turn = 0; turn < 5u; turn++) {
            assert_int_equal(receive_up_to(UINT32_MAX), all[i].slots);
            poll_all();
            const uint32_t size = all[i].transmit < V6NF_VIRTIO_SIZE ? all[i].transmit : V6NF_VIRTIO_SIZE;
            const uint32_t originates = size >= 128u ? 64u : size >= 64u ? 32u : size / 2u;
            for (uint32_t j = 0; j < originates; j++) {
                memset(reserve(), 0xCD, 60);
                commit(60);
            }
            assert_null(reserve());
            assert_int_equal(send_up_to(UINT32_MAX), all[i].slots + originates);
            assert_int_equal(poll(), 0);
        }
        assert_null(virtio_device.fault);
    }
}

static void queues_have_the_size_that_both_sides_support(void **state)
{
    (void)state;
    on_both(sizes);
}

static void mtus(bool is_mmio)
{
    static const struct {
        uint16_t offered;
        uint32_t configured;
        uint32_t result;
    } all[] = {{1280, 1500, 1280}, {1500, 1500, 1500}, {9000, 1500, 1500}, {1500, 9000, 1500}, {65535, 1280, 1280}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        power_on(is_mmio, VIRTIO_NET_F_MTU);
        virtio_device.knobs.mtu = all[i].offered;
        w.config.mtu = all[i].configured;
        assert_int_equal(init(), V6NF_NIC_READY);
        assert_int_equal(virtio.common.port.mtu, all[i].result);
        assert_true(virtio.common.port.capacity >= all[i].configured + 18u);
        /* A driver that negotiates it has buffers for it (5.1.4.2). */
        assert_int_equal((virtio_device.accepted & VIRTIO_NET_F_MTU) != 0u, all[i].offered <= all[i].configured);
    }
}

static void the_smaller_mtu_counts(void **state)
{
    (void)state;
    on_both(mtus);
}

static void macs(bool is_mmio)
{
    static const uint8_t own[] = {2, 0, 0, 0, 0, 9};
    uint8_t given[] = {2, 0, 0, 0, 0, 9};
    power_on(is_mmio, 0);
    virtio_device.knobs.torn_macs = 1;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(virtio.common.port.mac, virtio_device.knobs.mac, 6);
    power_on(is_mmio, 0);
    w.config.mac = given;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(virtio.common.port.mac, own, 6);
    given[5] = 8; /* it was copied */
    assert_int_equal(v6nf_virtio_restart(&virtio), V6NF_NIC_READY);
    assert_memory_equal(virtio.common.port.mac, own, 6);
    assert_true(virtio.common.port.operations->stop(&virtio.common.port));
    w.config = virtio.common.config; /* its address is part of it */
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_memory_equal(virtio.common.port.mac, own, 6);
}

static void the_address_is_read_consistently(void **state)
{
    (void)state;
    on_both(macs);
}

static void links(bool is_mmio)
{
    power_on(is_mmio, 0);
    virtio_device.knobs.reset_time = 1000;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_true(link_up());
    virtio_device.knobs.link = 2;
    assert_false(link_up());
    virtio_device.knobs.link = 3;
    assert_true(link_up());
    assert_int_equal(virtio.common.state, V6NF_PARAVIRTUAL_RUNS);
}

static void the_link_is_that_of_the_status(void **state)
{
    (void)state;
    on_both(links);
}

/* -- Checksums ----------------------------------------------------------------------------------------------------- */

#define UDP_AT 54u
#define PAYLOAD 33u /* odd */
#define UDP_FRAME (UDP_AT + 8u + PAYLOAD)

static uint8_t shown[MAX_FRAME]; /* the last frame that flags_handler() saw, */
static uint32_t shown_length;    /* its length, */
static uint32_t answer;          /* and what it sets */

static void flags_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    shown_length = length;
    memcpy(shown, frame, length & V6NF_PORT_LENGTH);
    lengths[0] = answer;
}

static uint32_t poll_flags(void)
{
    shown_length = 0;
    return port()->operations->poll(port(), flags_handler, &w);
}

static uint32_t fold(uint64_t sum)
{
    while (sum > 0xFFFFu) {
        sum = (sum & 0xFFFFu) + (sum >> 16);
    }
    return (uint32_t)sum;
}

static uint64_t sum_of(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < length; i++) {
        sum += (uint32_t)bytes[i] << (i % 2u == 0u ? 8u : 0u);
    }
    return sum;
}

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* Write a packet with this next header, whose checksum field, `field` bytes behind the IPv6 header, has the sum of the
 * pseudo-header. `tag`: bytes before the type of the frame. Return its length. */
static uint32_t write_partial(uint8_t *frame, uint32_t next_header, uint32_t field, uint32_t tag)
{
    for (uint32_t i = 0; i < UDP_FRAME + tag; i++) {
        frame[i] = (uint8_t)(i * 7u + 1u);
    }
    put16(frame + 12, 0x8100u);
    put16(frame + 12u + tag, 0x86DDu);
    uint8_t *packet = frame + 14u + tag;
    packet[0] = 0x60;
    put16(packet + 4, 8u + PAYLOAD);
    packet[6] = (uint8_t)next_header;
    put16(packet + 44, 8u + PAYLOAD);
    put16(packet + 40u + field, fold(sum_of(packet + 8, 32) + next_header + 8u + PAYLOAD));
    return UDP_FRAME + tag;
}

/* Return true if the checksum of the packet is right: the sum with that of the pseudo-header is 0xFFFF. */
static bool is_right(const uint8_t *frame, uint32_t next_header, uint32_t tag)
{
    const uint8_t *packet = frame + 14u + tag;
    return fold(sum_of(packet + 8, 32) + next_header + 8u + PAYLOAD + sum_of(packet + 40, 8u + PAYLOAD)) == 0xFFFFu;
}

static void set_header(uint32_t flags, uint32_t start, uint32_t offset)
{
    virtio_device.header[0] = (uint8_t)flags;
    virtio_device.header[6] = (uint8_t)start;
    virtio_device.header[7] = (uint8_t)(start >> 8);
    virtio_device.header[8] = (uint8_t)offset;
    virtio_device.header[9] = (uint8_t)(offset >> 8);
}

static void open_for_checksums(bool is_mmio, uint64_t features, uint64_t without)
{
    power_on(is_mmio, features);
    virtio_device.knobs.offers &= ~without;
    w.config.checksums = true;
    assert_int_equal(init(), V6NF_NIC_READY);
    answer = 0;
}

static void negotiates_checksums(bool is_mmio)
{
    const uint64_t both = VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM;
    open_for_checksums(is_mmio, 0, 0);
    assert_int_equal(virtio_device.accepted & both, both);
    assert_int_equal(port()->checksums, V6NF_PORT_VERIFIES + V6NF_PORT_INSERTS);
    virtio_device.knobs.offers &= ~VIRTIO_NET_F_CSUM;
    assert_int_equal(v6nf_virtio_restart(&virtio), V6NF_NIC_READY);
    assert_int_equal(port()->checksums, V6NF_PORT_VERIFIES);
    open_for_checksums(is_mmio, 0, VIRTIO_NET_F_GUEST_CSUM);
    assert_int_equal(port()->checksums, V6NF_PORT_INSERTS);
    power_on(is_mmio, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_int_equal(virtio_device.accepted & both, 0); /* offered, and not asked for */
    assert_int_equal(port()->checksums, 0);
}

static void checksums_are_negotiated_if_the_program_asks(void **state)
{
    (void)state;
    on_both(negotiates_checksums);
}

/* Receive a frame with this header. Return the flags that the handler saw. */
static uint32_t flags_of(const uint8_t *frame, uint32_t length, uint32_t flags, uint32_t start, uint32_t offset)
{
    set_header(flags, start, offset);
    assert_true(virtio_device_receive(frame, length));
    assert_int_equal(poll_flags(), 1);
    assert_int_equal(shown_length & V6NF_PORT_LENGTH, length);
    return shown_length & ~V6NF_PORT_LENGTH;
}

static void shows_flags(uint64_t features)
{
    uint8_t frame[MAX_FRAME];
    open_for_checksums(false, features, 0);
    const uint32_t length = write_partial(frame, 17, 6, 0);
    assert_int_equal(flags_of(frame, length, 0, UDP_AT, 6), 0);
    assert_int_equal(flags_of(frame, length, 2, 0xFFFF, 0xFFFF), V6NF_PORT_CHECKSUM_GOOD); /* 5.1.6.4: not looked at */
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 6), V6NF_PORT_CHECKSUM_PARTIAL);
    assert_int_equal(flags_of(frame, length, 3, UDP_AT, 6), V6NF_PORT_CHECKSUM_PARTIAL);
    assert_memory_equal(shown, frame, length);
    /* What is no UDP behind an IPv6 header is completed by the driver. */
    (void)write_partial(frame, 6, 16, 0);
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 16), 0);
    assert_true(is_right(shown, 6, 0));
    (void)write_partial(frame, 58, 2, 0);
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 2), 0);
    assert_true(is_right(shown, 58, 0));
    (void)write_partial(frame, 6, 6, 0); /* where that of UDP is */
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 6), 0);
    assert_true(is_right(shown, 6, 0));
    (void)write_partial(frame, 17, 6, 4); /* with a tag */
    assert_int_equal(flags_of(frame, length + 4u, 1, UDP_AT + 4u, 6), 0);
    assert_true(is_right(shown, 17, 4));
    /* The device is not trusted with the rest of the header. */
    memset(virtio_device.header, 0xFF, sizeof virtio_device.header);
    (void)write_partial(frame, 17, 6, 0);
    assert_int_equal(flags_of(frame, length, 2, 0, 0), V6NF_PORT_CHECKSUM_GOOD);
    assert_null(virtio_device.fault);
}

static void received_checksums_are_shown_or_completed(void **state)
{
    (void)state;
    shows_flags(0);
    shows_flags(VIRTIO_F_IN_ORDER);
}

/* A checksum outside of the frame is that of a device that lies: no byte is read or written there. The last bytes of a
 * frame are inside. */
static void checks_positions(uint64_t features)
{
    static const struct {
        uint32_t start;
        uint32_t offset;
        bool is_inside;
    } all[] = {{UDP_FRAME - 2u, 0, true},
               {UDP_AT, UDP_FRAME - UDP_AT - 2u, true},
               {0, 0, true},
               {UDP_FRAME - 1u, 0, false},
               {UDP_AT, UDP_FRAME - UDP_AT - 1u, false},
               {UDP_FRAME, 0, false},
               {0xFFFF, 0xFFFF, false},
               {0, 0xFFFF, false},
               {0xFFFF, 1, false},
               {UDP_AT, UDP_FRAME, false}};
    uint8_t frame[MAX_FRAME] = {0};
    open_for_checksums(false, features, 0);
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const uint64_t dropped = counters().receive_dropped;
        (void)write_partial(frame, 17, 6, 0);
        set_header(1, all[i].start, all[i].offset);
        assert_true(virtio_device_receive(frame, UDP_FRAME));
        assert_int_equal(poll_flags(), 1);
        assert_int_equal(shown_length, all[i].is_inside ? UDP_FRAME : 0);
        assert_int_equal(counters().receive_dropped - dropped, all[i].is_inside ? 0 : 1);
    }
    assert_int_equal(virtio.common.state, V6NF_PARAVIRTUAL_RUNS);
    set_header(0, 0, 0);
    assert_int_equal(counters().received, 3);
    assert_int_equal(receive_up_to(UINT32_MAX), SLOTS); /* no buffer is lost */
    assert_null(virtio_device.fault);
}

static void checksums_outside_of_the_frame_are_dropped(void **state)
{
    (void)state;
    checks_positions(0);
    checks_positions(VIRTIO_F_IN_ORDER);
}

/* The shortest frames, whose headers would be incomplete. */
static void short_frames_have_no_partial_checksum(void **state)
{
    (void)state;
    uint8_t frame[MAX_FRAME];
    open_for_checksums(false, 0, 0);
    for (uint32_t length = 14; length < 70u; length++) {
        (void)write_partial(frame, 17, 6, 0);
        set_header(1, UDP_AT, 6);
        assert_true(virtio_device_receive(frame, length));
        assert_int_equal(poll_flags(), 1);
        assert_int_equal(shown_length, length < UDP_AT + 8u ? 0u : length + V6NF_PORT_CHECKSUM_PARTIAL);
    }
}

static void ignores_headers(bool is_mmio)
{
    uint8_t frame[MAX_FRAME];
    power_on(is_mmio, 0);
    assert_int_equal(init(), V6NF_NIC_READY);
    answer = 0;
    const uint32_t length = write_partial(frame, 17, 6, 0);
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 6), 0);
    assert_int_equal(flags_of(frame, length, 2, 0, 0), 0);
    assert_int_equal(flags_of(frame, length, 1, UDP_AT, 7), 0);
    assert_memory_equal(shown, frame, length);
}

static void a_header_that_was_not_negotiated_is_ignored(void **state)
{
    (void)state;
    on_both(ignores_headers);
}

/* Return the checksum that the device writes into the next frame, 0 if it writes none. The frame is written to shown[]
 * with it. */
static uint32_t checksum_sent(void)
{
    const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
    assert_int_not_equal(id, VIRTIO_NONE);
    uint32_t length = 0;
    const uint8_t *frame = virtio_device_frame(id, &length);
    const uint32_t checksum = virtio_device_checksum(id);
    memcpy(shown, frame, length);
    if (checksum != 0u) {
        put16(shown + UDP_AT + 6u, checksum);
    }
    virtio_device_use(VIRTIO_TRANSMIT, id, 0);
    return checksum;
}

static void inserts(uint64_t features)
{
    uint8_t frame[MAX_FRAME];
    open_for_checksums(false, features, 0);
    const uint32_t length = write_partial(frame, 17, 6, 0);
    answer = length + V6NF_PORT_CHECKSUM_PARTIAL;
    for (uint32_t i = 0; i < 300u; i++) { /* each buffer, some of them twice */
        const bool is_partial = i % 3u != 0u;
        answer = length + (is_partial ? V6NF_PORT_CHECKSUM_PARTIAL : 0u);
        assert_int_equal(flags_of(frame, length, 1, UDP_AT, 6), V6NF_PORT_CHECKSUM_PARTIAL);
        assert_int_equal(checksum_sent() != 0u, is_partial);
        assert_int_equal(is_right(shown, 17, 0), is_partial);
        uint8_t *own = reserve();
        memcpy(own, frame, length);
        commit(answer);
        assert_int_equal(checksum_sent() != 0u, is_partial);
        assert_int_equal(is_right(shown, 17, 0), is_partial);
    }
    assert_int_equal(counters().sent, 600);
    assert_int_equal(counters().sent_bytes, 600u * length);
    assert_int_equal(counters().received_bytes, 300u * length);
    assert_int_equal(counters().transmit_dropped, 0);
    assert_null(virtio_device.fault);
}

static void partial_checksums_are_completed_by_the_device(void **state)
{
    (void)state;
    inserts(0);
    inserts(VIRTIO_F_IN_ORDER | VIRTIO_F_EVENT_IDX);
}

/* A flag that the port does not have, or on a frame without a UDP header, sends nothing. */
static void refuses_flags(bool is_mmio)
{
    uint8_t frame[MAX_FRAME];
    const uint32_t length = write_partial(frame, 17, 6, 0);
    const uint32_t refused[] = {length + V6NF_PORT_CHECKSUM_GOOD,
                                length + V6NF_PORT_CHECKSUM_WRONG,
                                length + V6NF_PORT_CHECKSUM_GOOD + V6NF_PORT_CHECKSUM_PARTIAL,
                                61u + V6NF_PORT_CHECKSUM_PARTIAL,
                                V6NF_PORT_CHECKSUM_PARTIAL,
                                length + (1u << 17),
                                length + V6NF_PORT_CHECKSUM_PARTIAL};
    for (uint32_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        open_for_checksums(is_mmio, 0, i == 6u ? VIRTIO_NET_F_CSUM : 0u);
        answer = refused[i];
        (void)flags_of(frame, length, 0, 0, 0);
        assert_non_null(reserve());
        commit(answer);
        assert_int_equal(virtio_device_take(VIRTIO_TRANSMIT), VIRTIO_NONE);
        assert_int_equal(counters().transmit_dropped, 2);
        assert_int_equal(counters().sent, 0);
    }
}

static void flags_that_a_port_does_not_have_are_dropped(void **state)
{
    (void)state;
    on_both(refuses_flags);
}

/* Any header and any frame: nothing is accessed out of bounds (the sanitizers check it). */
static void any_header_is_survived(void **state)
{
    (void)state;
    uint8_t frame[MAX_FRAME];
    open_for_checksums(false, 0, 0);
    for (uint32_t i = 0; i < 20000u; i++) {
        const uint32_t length = 14u + scatter(i, 1) % 100u;
        (void)write_partial(frame, scatter(i, 2) % 2u == 0u ? 17u : scatter(i, 3) % 256u, 6, 0);
        set_header(scatter(i, 4), scatter(i, 5) % 2u == 0u ? UDP_AT : scatter(i, 6) % 130u, scatter(i, 7) % 20u);
        answer = 0;
        assert_true(virtio_device_receive(frame, length));
        assert_int_equal(poll_flags(), 1);
    }
    assert_true(counters().receive_dropped > 1000u && counters().received > 1000u);
    assert_null(virtio_device.fault);
}

/* -- One transport or the other ------------------------------------------------------------------------------------ */

static void mmio_devices_are_distinguished(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        uint32_t version;
        uint32_t device;
        enum v6nf_nic_status status;
    } all[] = {{0x74726976, 2, 1, V6NF_NIC_READY},        {0x74726977, 2, 1, V6NF_NIC_OTHER_DEVICE},
               {0x74726976, 1, 1, V6NF_NIC_LEGACY},       {0x74726976, 3, 1, V6NF_NIC_OTHER_DEVICE},
               {0x74726976, 2, 0, V6NF_NIC_OTHER_DEVICE}, {0x74726976, 1, 2, V6NF_NIC_OTHER_DEVICE}};
    for (uint32_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        power_on(true, 0);
        virtio_device.knobs.mmio_magic = all[i].magic;
        virtio_device.knobs.mmio_version = all[i].version;
        virtio_device.knobs.mmio_device = all[i].device;
        assert_int_equal(init(), all[i].status);
    }
    assert_int_equal(v6nf_virtio_init_mmio(&virtio, VIRTIO_MMIO_ADDRESS + 0x200u, &w.config), V6NF_NIC_NO_REGISTERS);
}

static enum v6nf_nic_status init_pci_with(void (*set)(struct virtio_knobs *knobs))
{
    power_on(false, 0);
    set(&virtio_device.knobs);
    return init();
}

static void set_transitional(struct virtio_knobs *knobs)
{
    knobs->pci_id = 0x10001AF4u;
}

static void set_no_capabilities(struct virtio_knobs *knobs)
{
    knobs->pci_no_capabilities = true;
}

static void set_io(struct virtio_knobs *knobs)
{
    knobs->pci_io = true;
    knobs->pci_capabilities_loop = true;
}

static void set_loop(struct virtio_knobs *knobs)
{
    knobs->pci_capabilities_loop = true;
    knobs->pci_common_size = 0x37;
}

static void set_small_notify(struct virtio_knobs *knobs)
{
    knobs->pci_notify_size = 5;
}

static void set_odd_notify(struct virtio_knobs *knobs)
{
    knobs->pci_multiplier = 3;
}

static void set_far_notify(struct virtio_knobs *knobs)
{
    knobs->pci_multiplier = UINT32_MAX - 1u;
    knobs->pci_notify_offset = 0xFFFF;
}

static void set_shared_notify(struct virtio_knobs *knobs)
{
    knobs->pci_multiplier = 0;
    knobs->pci_notify_size = 2;
}

static void set_large_structure(struct virtio_knobs *knobs)
{
    knobs->pci_device_size = UINT32_MAX;
}

static void set_no_device(struct virtio_knobs *knobs)
{
    knobs->pci_id = V6NF_ENV_PCI_NO_DEVICE;
}

static void pci_structures_are_checked(void **state)
{
    (void)state;
    assert_int_equal(init_pci_with(set_transitional), V6NF_NIC_READY);
    assert_int_equal(init_pci_with(set_shared_notify), V6NF_NIC_READY);
    assert_int_equal(init_pci_with(set_no_capabilities), V6NF_NIC_LEGACY);
    assert_int_equal(init_pci_with(set_io), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(init_pci_with(set_loop), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(init_pci_with(set_large_structure), V6NF_NIC_NO_REGISTERS);
    assert_int_equal(init_pci_with(set_small_notify), V6NF_NIC_NO_QUEUE);
    assert_int_equal(init_pci_with(set_odd_notify), V6NF_NIC_NO_QUEUE);
    assert_int_equal(init_pci_with(set_far_notify), V6NF_NIC_NO_QUEUE);
    assert_int_equal(init_pci_with(set_no_device), V6NF_NIC_OTHER_DEVICE);
    assert_null(virtio_device.fault);
}

/* A configuration without the field `mtu` has no MTU (5.1.4). */
static void a_short_device_configuration_is_not_read_beyond_its_end(void **state)
{
    (void)state;
    power_on(false, 0);
    virtio_device.knobs.pci_device_size = 8;
    assert_int_equal(init(), V6NF_NIC_READY);
    assert_null(virtio_device.fault);
    power_on(false, VIRTIO_NET_F_MTU);
    virtio_device.knobs.pci_device_size = 8;
    assert_int_equal(init(), V6NF_NIC_DEVICE_MTU_BAD);
    power_on(false, 0);
    virtio_device.knobs.pci_device_size = 5;
    assert_int_equal(init(), V6NF_NIC_NO_EEPROM);
    assert_null(virtio_device.fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_passes_through),
        cmocka_unit_test(polls_are_bursts),
        cmocka_unit_test(every_frame_is_sent_once_and_complete),
        cmocka_unit_test(buffers_are_used_in_any_order),
        cmocka_unit_test(a_used_entry_may_represent_a_batch),
        cmocka_unit_test(reception_continues_after_a_stall),
        cmocka_unit_test(dropped_buffers_are_recycled_at_once),
        cmocka_unit_test(invalid_lengths_are_dropped_and_counted),
        cmocka_unit_test(a_sleeping_device_is_notified_once_a_burst),
        cmocka_unit_test(originated_frames_have_buffers_of_their_own),
        cmocka_unit_test(a_reserved_buffer_stays_reserved),
        cmocka_unit_test(used_indexes_that_jump_stop_the_port),
        cmocka_unit_test(invalid_descriptors_stop_the_port),
        cmocka_unit_test(descriptors_that_the_device_lacks_stop_the_port),
        cmocka_unit_test(batches_that_are_too_long_stop_the_port),
        cmocka_unit_test(frames_of_impossible_lengths_are_dropped),
        cmocka_unit_test(any_content_of_used_rings_is_survived),
        cmocka_unit_test(a_device_that_needs_a_reset_is_stopped),
        cmocka_unit_test(a_stopped_port_stays_stopped),
        cmocka_unit_test(a_device_that_does_not_stop_is_reported),
        cmocka_unit_test(a_stopped_device_that_goes_reaches_nothing),
        cmocka_unit_test(a_device_that_does_not_reset_is_reported),
        cmocka_unit_test(a_removed_device_is_reported_as_gone),
        cmocka_unit_test(devices_left_running_are_stopped_first),
        cmocka_unit_test(known_features_are_negotiated),
        cmocka_unit_test(unusable_devices_are_refused),
        cmocka_unit_test(a_refused_device_gets_failed),
        cmocka_unit_test(queues_have_the_size_that_both_sides_support),
        cmocka_unit_test(the_smaller_mtu_counts),
        cmocka_unit_test(the_address_is_read_consistently),
        cmocka_unit_test(the_link_is_that_of_the_status),
        cmocka_unit_test(checksums_are_negotiated_if_the_program_asks),
        cmocka_unit_test(received_checksums_are_shown_or_completed),
        cmocka_unit_test(checksums_outside_of_the_frame_are_dropped),
        cmocka_unit_test(short_frames_have_no_partial_checksum),
        cmocka_unit_test(a_header_that_was_not_negotiated_is_ignored),
        cmocka_unit_test(partial_checksums_are_completed_by_the_device),
        cmocka_unit_test(flags_that_a_port_does_not_have_are_dropped),
        cmocka_unit_test(any_header_is_survived),
        cmocka_unit_test(mmio_devices_are_distinguished),
        cmocka_unit_test(pci_structures_are_checked),
        cmocka_unit_test(a_short_device_configuration_is_not_read_beyond_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
