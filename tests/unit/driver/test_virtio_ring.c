/* test_virtio_ring.c: rings of virtio devices, on three devices in memory. Each is the input of a ring to the two
 * others, which so share its transmit queue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_virtio_device.h"
#include "v6nf/driver/virtio_ring.h"

#define MTU 1500u
#define MAX_FRAME (MTU + 18u)
#define DEVICES VIRTIO_DEVICES
#define OUTPUTS (DEVICES - 1u)
#define HEADER 12u
#define PATIENCE 10000u
#define STEPS 24000u
#define MAX_NUMBER (1u << 17)

/* A ring and its peers. */
struct lane {
    struct v6nf_virtio virtio;
    struct v6nf_virtio_ring ring;
    uint32_t received;      /* frames that the device received */
    uint32_t handled;       /* those that the handler saw */
    uint32_t sent[OUTPUTS]; /* those that the output sent */
    uint32_t next[OUTPUTS]; /* number after the last that it sent */
    uint32_t asked[OUTPUTS];
    bool seen[OUTPUTS][MAX_NUMBER];
};

static struct lane lanes[DEVICES];
static bool any_order; /* devices use buffers in any order */
static bool is_dead[DEVICES];
static uint32_t asks; /* the length that a handler sets for output 0; 0: by number */
static uint32_t held[DEVICES][2][V6NF_VIRTIO_SIZE];
static uint32_t held_count[DEVICES][2];
static uint64_t now;

static uint32_t scatter(uint32_t number, uint32_t salt)
{
    uint32_t x = (number + 1u) * 0x9E3779B1u + salt * 0x85EBCA77u;
    x = (x ^ (x >> 15)) * 0x2C1B3C6Du;
    return x ^ (x >> 13);
}

static uint32_t output_of(uint32_t input, uint32_t i)
{
    return (input + 1u + i) % DEVICES;
}

static uint32_t length_in(uint32_t number)
{
    return 60u + scatter(number, 0) % (MAX_FRAME - 59u);
}

/* Return the length that output `i` sends, 0 for none. */
static uint32_t length_out(uint32_t number, uint32_t i)
{
    return scatter(number, 5u + i) % 3u == 0u ? 0u : 60u + scatter(number, 8u + i) % 1400u;
}

/* -- Devices and rings --------------------------------------------------------------------------------------------- */

static void power_on(bool is_mmio, uint64_t features, uint32_t transmit_size)
{
    const struct v6nf_nic_config config = {.mtu = MTU};
    memset(lanes, 0, sizeof lanes);
    memset(held_count, 0, sizeof held_count);
    memset(is_dead, 0, sizeof is_dead);
    any_order = false;
    asks = 0;
    now = 1000000u;
    virtio_device_power_on(is_mmio, UINT32_MAX);
    for (uint32_t i = 0; i < DEVICES; i++) {
        virtio_device_add(is_mmio, i);
        virtio_device.knobs.offers |= features;
        virtio_device.knobs.queue_max[VIRTIO_TRANSMIT] = transmit_size;
        const struct v6nf_env_pci_address address = {.bus = 1, .device = (uint8_t)(2u + i)};
        assert_int_equal(is_mmio ? v6nf_virtio_init_mmio(&lanes[i].virtio,
                                                         VIRTIO_MMIO_ADDRESS + (uint64_t)i * VIRTIO_MMIO_STEP, &config)
                                 : v6nf_virtio_init_pci(&lanes[i].virtio, address, &config),
                         V6NF_NIC_READY);
    }
}

static void open_all(void)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct v6nf_virtio *outputs[OUTPUTS] = {&lanes[output_of(i, 0)].virtio, &lanes[output_of(i, 1)].virtio};
        assert_int_equal(v6nf_virtio_ring_open(&lanes[i].ring, &lanes[i].virtio, OUTPUTS, outputs), V6NF_RING_OPEN);
    }
}

static void check_devices(void)
{
    for (uint32_t i = 0; i < DEVICES; i++) {
        if (virtio_devices[i].fault != NULL) {
            fail_msg("device %u: %s", i, virtio_devices[i].fault);
        }
    }
}

static void on_every_device(void (*test)(void))
{
    for (uint32_t kind = 0; kind < 8u; kind++) {
        power_on((kind & 1u) != 0u,
                 ((kind & 2u) != 0u ? VIRTIO_F_IN_ORDER : 0u) | ((kind & 4u) != 0u ? VIRTIO_F_EVENT_IDX : 0u), 256);
        open_all();
        test();
        check_devices();
    }
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct lane *lane = (struct lane *)context;
    uint32_t number = 0;
    memcpy(&number, frame, sizeof number);
    assert_int_equal(frame[4], lane - lanes);
    assert_true(number < MAX_NUMBER);
    assert_int_equal(length, length_in(number));
    assert_int_equal(capacity, lane->virtio.common.port.capacity);
    assert_int_equal(frame[length - 1u], (uint8_t)number);
    frame[5] = 0xAB;
    lane->handled++;
    for (uint32_t i = 0; i < OUTPUTS; i++) {
        assert_int_equal(lengths[i], 0);
        lengths[i] = i == 0u && asks != 0u ? asks : length_out(number, i);
        lane->asked[i] += lengths[i] != 0u ? 1u : 0u;
    }
}

static uint32_t poll(uint32_t input)
{
    return v6nf_virtio_ring_poll(&lanes[input].ring, OUTPUTS, handler, &lanes[input]);
}

static void poll_all(uint32_t input)
{
    for (uint32_t i = 0; i < 100u && poll(input) > 0u; i++) {
    }
}

static uint32_t watch(uint32_t input, uint64_t microseconds)
{
    now += microseconds;
    return v6nf_virtio_ring_watch(&lanes[input].ring, PATIENCE, now);
}

static void receive_into(uint32_t input, uint32_t id)
{
    uint8_t frame[MAX_FRAME] = {0};
    const uint32_t number = lanes[input].received++;
    memcpy(frame, &number, sizeof number);
    frame[4] = (uint8_t)input;
    frame[length_in(number) - 1u] = (uint8_t)number;
    virtio_device_use(VIRTIO_RECEIVE, id, virtio_device_write(id, frame, length_in(number)));
}

/* Check a frame that device `device` sends: once, whole, and after those before it. */
static void check_sent(uint32_t device, uint32_t id)
{
    uint32_t length = 0;
    uint32_t number = 0;
    const uint8_t *frame = virtio_device_frame(id, &length);
    memcpy(&number, frame, sizeof number);
    const uint32_t input = frame[4];
    assert_true(input < DEVICES && input != device && number < MAX_NUMBER);
    struct lane *lane = &lanes[input];
    const uint32_t i = output_of(input, 0) == device ? 0u : 1u;
    assert_int_equal(frame[5], 0xAB);
    assert_int_equal(length, i == 0u && asks != 0u ? asks : length_out(number, i));
    assert_false(lane->seen[i][number]);
    assert_true(any_order || number >= lane->next[i]);
    lane->seen[i][number] = true;
    lane->next[i] = number + 1u;
    lane->sent[i]++;
}

/* Let a device take all that it was given, and use up to `most` buffers. Return how many it used. */
static uint32_t use(uint32_t device, uint32_t queue, uint32_t most)
{
    uint32_t *ids = held[device][queue];
    uint32_t *count = &held_count[device][queue];
    uint32_t used = 0;
    virtio_device_select(device);
    if (is_dead[device]) {
        return 0;
    }
    for (uint32_t id = virtio_device_take(queue); id != VIRTIO_NONE; id = virtio_device_take(queue)) {
        ids[*count] = id;
        *count += 1u;
    }
    for (; used<most && * count> 0u; used++) {
        const uint32_t which = any_order ? scatter(used, *count) % *count : 0u;
        const uint32_t id = ids[which];
        if (queue == VIRTIO_TRANSMIT) {
            check_sent(device, id);
            virtio_device_use(queue, id, 0);
        } else {
            receive_into(device, id);
        }
        *count -= 1u;
        memmove(&ids[which], &ids[which + 1u], (*count - which) * sizeof ids[0]);
    }
    return used;
}

static void forget(uint32_t device)
{
    held_count[device][0] = held_count[device][1] = 0;
}

static void finish(void)
{
    for (uint32_t turn = 0; turn < 20u; turn++) {
        for (uint32_t i = 0; i < DEVICES; i++) {
            use(i, VIRTIO_TRANSMIT, UINT32_MAX);
            poll_all(i);
        }
    }
}

/* Every frame was sent by each output that the handler asked, or was counted there. */
static void check_nothing_is_lost(uint32_t input)
{
    const struct lane *lane = &lanes[input];
    assert_int_equal(lane->handled, lane->received);
    for (uint32_t i = 0; i < OUTPUTS; i++) {
        assert_int_equal(lane->sent[i] + v6nf_virtio_ring_dropped(&lane->ring, i), lane->asked[i]);
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void run_steps(uint32_t steps)
{
    for (uint32_t step = 0; step < steps; step++) {
        const uint32_t device = scatter(step, 20) % DEVICES;
        const uint32_t phase = scatter(step / 100u, 21);
        use(device, VIRTIO_RECEIVE, (phase & 1u) != 0u ? scatter(step, 22) % 30u : 0u);
        poll(device);
        poll(scatter(step, 23) % DEVICES);
        use(device, VIRTIO_TRANSMIT, (phase & 2u) != 0u ? scatter(step, 24) % 60u : 0u);
    }
    finish();
}

static void many(void)
{
    run_steps(STEPS);
    assert_true(lanes[0].received + lanes[1].received + lanes[2].received > 65536u);
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct v6nf_port_counters counters;
        check_nothing_is_lost(i);
        assert_int_equal(v6nf_virtio_ring_dropped(&lanes[i].ring, 0), 0);
        assert_int_equal(v6nf_virtio_ring_dropped(&lanes[i].ring, 1), 0);
        lanes[i].virtio.common.port.operations->read_counters(&lanes[i].virtio.common.port, &counters);
        assert_int_equal(counters.received, lanes[i].received);
        assert_int_equal(counters.sent, lanes[output_of(i, 1)].sent[0] + lanes[output_of(i, 0)].sent[1]);
        assert_int_equal(counters.receive_dropped + counters.transmit_dropped, 0);
        assert_int_equal(use(i, VIRTIO_RECEIVE, UINT32_MAX), 256); /* every buffer is back */
    }
}

static void every_frame_is_sent_once_in_order_by_each_output(void **state)
{
    (void)state;
    on_every_device(many);
}

static void buffers_may_be_used_in_any_order(void **state)
{
    (void)state;
    power_on(false, 0, 256);
    open_all();
    any_order = true;
    many();
    check_devices();
}

/* Outputs with few descriptors hold the input up, and nothing is lost. */
static void short_transmit_queues_lose_nothing(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        power_on(false, kind == 0u ? VIRTIO_F_IN_ORDER : 0u, 16);
        open_all();
        any_order = kind != 0u;
        run_steps(5000);
        for (uint32_t i = 0; i < DEVICES; i++) {
            check_nothing_is_lost(i);
            assert_int_equal(v6nf_virtio_ring_dropped(&lanes[i].ring, 0), 0);
        }
        use(0, VIRTIO_RECEIVE, 200);
        poll_all(0);
        assert_true(lanes[0].received - lanes[0].handled > 150u); /* it waits */
        finish();
        check_nothing_is_lost(0);
        check_devices();
    }
}

static uint32_t batch_at;
static uint32_t batch_size;

static void batch_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)capacity;
    assert_int_equal(frame[0], batch_at);
    assert_int_equal(length, batch_at + 1u < batch_size ? MAX_FRAME : 100u);
    lengths[batch_at % OUTPUTS] = 60;
    batch_at++;
}

/* In order, one used entry may represent a batch. Buffers before the last one are full (2.6.9). */
static void a_used_entry_may_represent_a_batch(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 7, 8, 9, 20, 255};
    power_on(false, VIRTIO_F_IN_ORDER, 256);
    open_all();
    for (uint32_t turn = 0; turn < 14u; turn++) {
        struct virtio_queue *queue = &virtio_devices[0].queues[VIRTIO_RECEIVE];
        uint8_t frame[MAX_FRAME];
        uint32_t id = VIRTIO_NONE;
        batch_size = sizes[turn % 7u];
        batch_at = 0;
        virtio_device_select(0);
        const uint16_t index = queue->used_index;
        for (uint32_t i = 0; i < batch_size; i++) {
            id = virtio_device_take(VIRTIO_RECEIVE);
            assert_int_not_equal(id, VIRTIO_NONE);
            memset(frame, (int)i, sizeof frame);
            queue->has[id] = false;
            (void)virtio_device_write(id, frame, MAX_FRAME);
        }
        virtio_device_claim(VIRTIO_RECEIVE, id, HEADER + 100u);
        virtio_device_set_used_index(VIRTIO_RECEIVE, (uint16_t)(index + batch_size));
        while (v6nf_virtio_ring_poll(&lanes[0].ring, OUTPUTS, batch_handler, NULL) > 0u) {
        }
        assert_int_equal(batch_at, batch_size);
        for (uint32_t i = 1; i < DEVICES; i++) {
            virtio_device_select(i);
            for (id = virtio_device_take(VIRTIO_TRANSMIT); id != VIRTIO_NONE;
                 id = virtio_device_take(VIRTIO_TRANSMIT)) {
                virtio_device_use(VIRTIO_TRANSMIT, id, 0);
            }
        }
        poll_all(0);
    }
    check_devices();
}

static void invalid_lengths(void)
{
    static const uint32_t invalid[] = {1, V6NF_PORT_FRAME_MIN - 1u, 0, UINT32_MAX};
    for (uint32_t i = 0; i < 4u; i++) {
        asks = invalid[i] != 0u ? invalid[i] : lanes[0].virtio.common.port.capacity + 1u;
        assert_int_equal(use(0, VIRTIO_RECEIVE, 30), 30);
        poll_all(0);
        use(1, VIRTIO_TRANSMIT, UINT32_MAX);
        use(2, VIRTIO_TRANSMIT, UINT32_MAX);
        assert_int_equal(v6nf_virtio_ring_dropped(&lanes[0].ring, 0), 30u * (i + 1u));
        assert_int_equal(lanes[0].sent[0], 0);
        check_nothing_is_lost(0);
    }
    assert_int_equal(lanes[1].virtio.common.counters.transmit_dropped, 120);
    assert_int_equal(v6nf_virtio_ring_dropped(&lanes[0].ring, OUTPUTS), 0);
}

static void invalid_lengths_are_counted_at_their_output(void **state)
{
    (void)state;
    on_every_device(invalid_lengths);
}

/* -- Devices that fail --------------------------------------------------------------------------------------------- */

/* Output 1 of ring 0, which is device 2, dies with frames of rings 0 and 1. Only those and later ones are lost; then it
 * comes back. */
static void dies(void)
{
    run_steps(500);
    is_dead[2] = true;
    for (uint32_t turn = 0; turn < 300u; turn++) {
        for (uint32_t i = 0; i < 2u; i++) {
            use(i, VIRTIO_RECEIVE, 20);
            poll_all(i);
            use(i, VIRTIO_TRANSMIT, UINT32_MAX);
            poll_all(i);
            (void)watch(i, turn < 200u ? 1000 : 0);
        }
    }
    use(0, VIRTIO_TRANSMIT, UINT32_MAX);
    use(1, VIRTIO_TRANSMIT, UINT32_MAX);
    poll_all(1);
    assert_int_equal(watch(0, 1000), 2);
    assert_int_equal(watch(0, 0), 2);
    assert_int_equal(lanes[2].virtio.common.state, V6NF_PARAVIRTUAL_PARKED);
    assert_int_equal(lanes[2].virtio.common.port.operations->status(&lanes[2].virtio.common.port), V6NF_PORT_RUNNING);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(lanes[i].handled, lanes[i].received);
        assert_true(lanes[i].received > 4000u); /* they went on */
        assert_int_equal(use(i, VIRTIO_RECEIVE, UINT32_MAX), 256);
        poll_all(i);
    }
    use(0, VIRTIO_TRANSMIT, UINT32_MAX);
    use(1, VIRTIO_TRANSMIT, UINT32_MAX);
    assert_int_equal(lanes[0].sent[0], lanes[0].asked[0]);
    assert_int_equal(lanes[1].sent[1], lanes[1].asked[1]);
    assert_true(v6nf_virtio_ring_dropped(&lanes[0].ring, 1) > 1000u);
    check_nothing_is_lost(0);
    check_nothing_is_lost(1);
    is_dead[2] = false;
    forget(2);
    for (uint32_t i = 0; i < 10u; i++) { /* until the reset has ended */
        (void)watch(0, i == 0u ? V6NF_RING_HOLD : 1000);
    }
    assert_int_equal(watch(0, 1000), 0);
    const uint32_t sent = lanes[0].sent[1];
    run_steps(2000);
    assert_true(lanes[0].sent[1] > sent + 100u);
    for (uint32_t i = 0; i < DEVICES; i++) {
        check_nothing_is_lost(i);
        assert_int_equal(use(i, VIRTIO_RECEIVE, UINT32_MAX), 256);
    }
}

static void an_output_that_dies_loses_only_its_frames_and_comes_back(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        power_on((kind & 1u) != 0u, (kind & 2u) != 0u ? VIRTIO_F_IN_ORDER : 0u, 256);
        open_all();
        virtio_devices[2].knobs.reset_time = 3;
        dies();
        check_devices();
    }
}

/* A device whose registers are in memory, and which does not end its reset, keeps buffers; no one else gets them. */
static void a_device_that_does_not_end_its_reset_keeps_its_buffers(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        const bool is_mmio = kind != 0u;
        power_on(is_mmio, 0, 256);
        open_all();
        virtio_devices[2].knobs.ignores_resets = true;
        assert_int_equal(use(0, VIRTIO_RECEIVE, 100), 100);
        poll_all(0);
        for (uint32_t i = 0; i < 40u; i++) {
            (void)watch(0, 1000);
        }
        use(1, VIRTIO_TRANSMIT, UINT32_MAX);
        poll_all(0);
        const uint32_t kept = 256u - use(0, VIRTIO_RECEIVE, UINT32_MAX);
        assert_int_equal(kept, is_mmio ? lanes[0].asked[1] : 0u); /* on PCI it is no bus master any more */
        assert_int_equal(lanes[2].virtio.common.state, V6NF_PARAVIRTUAL_PARKED);
        for (uint32_t i = 0; i < 3u; i++) {
            assert_int_equal(watch(0, V6NF_RING_HOLD), 2);
        }
        check_devices();
    }
}

/* An output that is slow, but advances, is not parked; nor is one that has nothing to send, or if there is no limit. */
static void slow_outputs_are_not_parked(void **state)
{
    (void)state;
    power_on(false, 0, 256);
    open_all();
    assert_int_equal(watch(0, 10u * PATIENCE), 0);
    use(0, VIRTIO_RECEIVE, 200);
    poll_all(0);
    assert_int_equal(watch(0, 10u * PATIENCE), 0); /* it had nothing to send at the last look */
    for (uint32_t i = 0; i < 100u; i++) {
        use(1, VIRTIO_TRANSMIT, 1);
        use(2, VIRTIO_TRANSMIT, 1);
        assert_int_equal(watch(0, PATIENCE - 1u), 0);
    }
    for (uint32_t i = 0; i < 10u; i++) {
        now += PATIENCE;
        assert_int_equal(v6nf_virtio_ring_watch(&lanes[0].ring, 0, now), 0);
    }
    check_devices();
}

enum lie { TRANSMIT_INDEX, TRANSMIT_ID, TRANSMIT_FREE_ID, RECEIVE_INDEX, RECEIVE_ID, RECEIVE_TWICE, LIES };

static void make_lie(enum lie lie)
{
    virtio_device_select(2);
    struct virtio_queue *queue = &virtio_device.queues[lie < RECEIVE_INDEX ? VIRTIO_TRANSMIT : VIRTIO_RECEIVE];
    switch (lie) {
    case TRANSMIT_INDEX:
    case RECEIVE_INDEX:
        virtio_device_set_used_index((uint32_t)(queue - virtio_device.queues), (uint16_t)(queue->used_index + 257u));
        break;
    case TRANSMIT_ID:
        virtio_device_claim(VIRTIO_TRANSMIT, 0x10000, 0);
        break;
    case TRANSMIT_FREE_ID:
        virtio_device_claim(VIRTIO_TRANSMIT, 255, 0);
        break;
    case RECEIVE_ID:
        virtio_device_claim(VIRTIO_RECEIVE, V6NF_VIRTIO_SIZE, 100);
        break;
    default:
        receive_into(2, virtio_device_take(VIRTIO_RECEIVE));
        receive_into(2, virtio_device_take(VIRTIO_RECEIVE));
        poll_all(2); /* sent, and not yet used */
        virtio_device_claim(VIRTIO_RECEIVE, 0, 100);
        break;
    }
}

/* A device that lies stops. What it had to send is counted, its buffers go back, and the others go on. */
static void a_device_that_lies_stops_alone(void **state)
{
    (void)state;
    for (uint32_t lie = 0; lie < LIES; lie++) {
        power_on(false, 0, 256);
        open_all();
        asks = 60;
        use(0, VIRTIO_RECEIVE, 20);
        use(1, VIRTIO_RECEIVE, 20);
        poll_all(0);
        poll_all(1);
        make_lie((enum lie)lie);
        poll_all(2);
        poll_all(0);
        assert_int_equal(lanes[2].virtio.common.state, lie == TRANSMIT_INDEX || lie == RECEIVE_INDEX
                                                           ? V6NF_PARAVIRTUAL_BAD_INDEX
                                                           : V6NF_PARAVIRTUAL_BAD_ID);
        assert_int_equal(lanes[2].virtio.common.port.operations->status(&lanes[2].virtio.common.port),
                         V6NF_PORT_STOPPED);
        assert_int_equal(watch(0, 1000), 2);
        use(1, VIRTIO_TRANSMIT, UINT32_MAX);
        use(0, VIRTIO_TRANSMIT, UINT32_MAX);
        assert_int_equal(watch(0, 10u * V6NF_RING_HOLD), 2);
        poll_all(0);
        poll_all(1);
        assert_int_equal(lanes[0].sent[0], lanes[0].asked[0]);
        for (uint32_t i = 0; i < 2u; i++) {
            assert_int_equal(use(i, VIRTIO_RECEIVE, UINT32_MAX), 256);
            poll_all(i);
            use(1u - i, VIRTIO_TRANSMIT, UINT32_MAX);
            check_nothing_is_lost(i);
        }
        forget(2);
        assert_int_equal(v6nf_virtio_restart(&lanes[2].virtio), V6NF_NIC_READY);
        assert_int_equal(watch(0, 1000), 0);
        check_devices();
    }
}

/* An input that is restarted gets no buffer that an output still has. */
static void a_restarted_input_gets_what_no_output_has(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        power_on(false, kind == 0u ? VIRTIO_F_IN_ORDER : 0u, 256);
        open_all();
        asks = 60;
        use(0, VIRTIO_RECEIVE, 100);
        poll_all(0);
        assert_int_equal(v6nf_virtio_restart(&lanes[0].virtio), V6NF_NIC_READY);
        forget(0);
        assert_int_equal(use(0, VIRTIO_RECEIVE, UINT32_MAX), 156);
        finish();
        check_nothing_is_lost(0);
        assert_int_equal(use(0, VIRTIO_RECEIVE, UINT32_MAX), 256);
        check_devices();
    }
}

/* A device that offers other queues after a restart is refused: the number of buffers cannot change. */
static void a_restarted_input_has_as_many_buffers(void **state)
{
    (void)state;
    power_on(false, 0, 256);
    open_all();
    virtio_devices[0].knobs.queue_max[VIRTIO_RECEIVE] = 128;
    assert_int_equal(v6nf_virtio_restart(&lanes[0].virtio), V6NF_NIC_NO_QUEUE);
    assert_int_equal(poll(0), 0);
    virtio_devices[0].knobs.queue_max[VIRTIO_RECEIVE] = 256;
    assert_int_equal(v6nf_virtio_restart(&lanes[0].virtio), V6NF_NIC_READY);
    assert_int_equal(use(0, VIRTIO_RECEIVE, UINT32_MAX), 256);
    check_devices();
}

/* A device that is gone does not come back, and its buffers do. One that is stopped may have another owner. */
static void devices_that_are_gone_or_stopped_stay_so(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        power_on(kind != 0u, 0, 256);
        open_all();
        asks = 60;
        use(0, VIRTIO_RECEIVE, 20);
        poll_all(0);
        virtio_devices[1].gone = true;
        assert_int_equal(lanes[1].virtio.common.port.operations->status(&lanes[1].virtio.common.port), V6NF_PORT_GONE);
        assert_true(lanes[2].virtio.common.port.operations->stop(&lanes[2].virtio.common.port));
        const uint32_t resets = virtio_devices[2].resets;
        assert_int_equal(watch(0, 1000), 3);
        assert_int_equal(watch(0, 100u * V6NF_RING_HOLD), 3);
        assert_int_equal(lanes[1].virtio.common.state, V6NF_PARAVIRTUAL_GONE);
        assert_int_equal(virtio_devices[2].resets, resets);
        assert_int_equal(poll(0), 0);
        assert_int_equal(use(0, VIRTIO_RECEIVE, UINT32_MAX), 256);
        poll_all(0);
        check_nothing_is_lost(0);
        check_devices();
    }
}

/* A device that needs a reset is given one. */
static void a_device_that_needs_a_reset_comes_back(void **state)
{
    (void)state;
    power_on(false, 0, 256);
    open_all();
    virtio_devices[1].status |= 64u;
    assert_int_equal(lanes[1].virtio.common.port.operations->status(&lanes[1].virtio.common.port), V6NF_PORT_RUNNING);
    assert_false(lanes[1].virtio.common.port.operations->link_up(&lanes[1].virtio.common.port));
    assert_int_equal(lanes[1].virtio.common.state, V6NF_PARAVIRTUAL_NEEDS_RESET);
    assert_int_equal(watch(0, V6NF_RING_HOLD), 0);
    run_steps(1000);
    check_nothing_is_lost(1);
    check_devices();
}

/* A device that fails while it comes back is tried again, and comes back when it works. */
static void a_device_that_fails_to_come_back_is_tried_again(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        power_on((kind & 1u) != 0u, 0, 256);
        open_all();
        virtio_devices[2].knobs.fails_start = (kind & 2u) == 0u;
        virtio_devices[2].knobs.refuses_features = (kind & 2u) != 0u;
        virtio_devices[2].status |= 64u;
        assert_int_equal(lanes[2].virtio.common.port.operations->status(&lanes[2].virtio.common.port),
                         V6NF_PORT_RUNNING);
        for (uint32_t i = 0; i < 3u; i++) {
            assert_int_equal(watch(0, V6NF_RING_HOLD), 2);
        }
        virtio_devices[2].knobs.fails_start = virtio_devices[2].knobs.refuses_features = false;
        for (uint32_t i = 0; i < 3u; i++) {
            (void)watch(0, V6NF_RING_HOLD);
        }
        assert_int_equal(watch(0, 1000), 0);
        run_steps(1000);
        check_nothing_is_lost(2);
        check_devices();
    }
}

/* The watch sees it by itself: an input that stopped has no frame that is late. */
static void the_watch_sees_that_a_device_needs_a_reset(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        power_on(kind != 0u, 0, 256);
        open_all();
        virtio_devices[0].status |= 64u;
        const uint32_t resets = virtio_devices[0].resets;
        for (uint32_t i = 0; i < 10u; i++) {
            (void)watch(0, V6NF_RING_HOLD / 5u);
        }
        assert_int_equal(virtio_devices[0].resets, resets + 2u);
        assert_int_equal(virtio_devices[0].status & 64u, 0);
        assert_int_equal(lanes[0].virtio.common.port.operations->status(&lanes[0].virtio.common.port),
                         V6NF_PORT_RUNNING);
        run_steps(1000);
        check_nothing_is_lost(0);
        virtio_devices[1].gone = true;
        (void)watch(0, V6NF_RING_HOLD);
        assert_int_equal(lanes[1].virtio.common.state, V6NF_PARAVIRTUAL_GONE);
        check_devices();
    }
}

/* Its next owner may have it. */
static void a_device_that_needs_a_reset_and_is_stopped_stays_so(void **state)
{
    (void)state;
    power_on(false, 0, 256);
    open_all();
    virtio_devices[1].status |= 64u;
    assert_int_equal(lanes[1].virtio.common.port.operations->status(&lanes[1].virtio.common.port), V6NF_PORT_RUNNING);
    assert_true(lanes[1].virtio.common.port.operations->stop(&lanes[1].virtio.common.port));
    assert_int_equal(lanes[1].virtio.common.port.operations->status(&lanes[1].virtio.common.port), V6NF_PORT_STOPPED);
    const uint32_t resets = virtio_devices[1].resets;
    assert_int_equal(watch(0, V6NF_RING_HOLD), 1);
    assert_int_equal(virtio_devices[1].resets, resets);
    check_devices();
}

/* -- Checksums ----------------------------------------------------------------------------------------------------- */

#define UDP_AT 54u
#define UDP_FRAME 100u

static uint32_t flags_seen;       /* by flags_handler(), */
static uint32_t answers[OUTPUTS]; /* and what it sets */
static uint32_t frames_seen;

static void flags_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    assert_int_equal(length & V6NF_PORT_LENGTH, UDP_FRAME);
    flags_seen = length & ~V6NF_PORT_LENGTH;
    frames_seen++;
    memcpy(lengths, answers, sizeof answers);
}

/* Open ring 0 on devices with checksums, with or without flags for the handler. Device 2 does not insert. */
static enum v6nf_ring_status open_for_checksums(uint64_t features, bool has_flags)
{
    struct v6nf_virtio *outputs[OUTPUTS] = {&lanes[1].virtio, &lanes[2].virtio};
    power_on(false, features, 256);
    for (uint32_t i = 0; i < DEVICES; i++) {
        const struct v6nf_nic_config config = {.mtu = MTU, .checksums = true};
        const struct v6nf_env_pci_address address = {.bus = 1, .device = (uint8_t)(2u + i)};
        virtio_devices[i].knobs.offers &= i == 2u ? ~VIRTIO_NET_F_CSUM : UINT64_MAX;
        assert_int_equal(v6nf_virtio_init_pci(&lanes[i].virtio, address, &config), V6NF_NIC_READY);
    }
    return has_flags ? v6nf_virtio_ring_open_checksums(&lanes[0].ring, &lanes[0].virtio, OUTPUTS, outputs)
                     : v6nf_virtio_ring_open(&lanes[0].ring, &lanes[0].virtio, OUTPUTS, outputs);
}

/* Receive a UDP frame with these flags of its header, and poll. */
static uint32_t receive_with(uint32_t flags, uint32_t start)
{
    uint8_t frame[UDP_FRAME] = {[12] = 0x86, [13] = 0xDD, [14] = 0x60, [20] = 17};
    virtio_device_select(0);
    virtio_device.header[0] = (uint8_t)flags;
    virtio_device.header[6] = (uint8_t)start;
    virtio_device.header[8] = 6;
    assert_true(virtio_device_receive(frame, UDP_FRAME));
    flags_seen = 0;
    return v6nf_virtio_ring_poll_checksums(&lanes[0].ring, OUTPUTS, flags_handler, NULL);
}

/* Return what a device sends: 0: nothing; 1: a frame; 2: one whose checksum it completes. */
static uint32_t sent_by(uint32_t device)
{
    virtio_device_select(device);
    const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
    if (id == VIRTIO_NONE) {
        return 0;
    }
    uint32_t length = 0;
    (void)virtio_device_frame(id, &length);
    assert_int_equal(length, UDP_FRAME);
    const uint32_t checksum = virtio_device_checksum(id);
    virtio_device_use(VIRTIO_TRANSMIT, id, 0);
    return checksum != 0u ? 2u : 1u;
}

/* What a handler sets for both outputs, and what they send: see sent_by(). Device 2 does not insert checksums. */
static void forward_checksums(uint64_t features)
{
    const uint32_t partial = UDP_FRAME + V6NF_PORT_CHECKSUM_PARTIAL;
    const struct {
        uint32_t answers[OUTPUTS];
        uint32_t sent[OUTPUTS];
    } all[] = {{{UDP_FRAME, UDP_FRAME}, {1, 1}},
               {{partial, 0}, {2, 0}},
               {{partial, UDP_FRAME}, {2, 0}},
               {{partial, partial}, {2, 0}},
               {{UDP_FRAME, partial}, {1, 0}},
               {{0, partial}, {0, 0}},
               {{0, UDP_FRAME}, {0, 1}},
               {{UDP_FRAME + V6NF_PORT_CHECKSUM_GOOD, UDP_FRAME}, {0, 1}},
               {{61u + V6NF_PORT_CHECKSUM_PARTIAL, 0}, {0, 0}}};
    uint64_t dropped = 0;
    assert_int_equal(open_for_checksums(features, true), V6NF_RING_OPEN);
    assert_int_equal(lanes[2].virtio.common.port.checksums, V6NF_PORT_VERIFIES);
    for (uint32_t i = 0; i < 900u; i++) {
        const uint32_t n = i % 9u;
        memcpy(answers, all[n].answers, sizeof answers);
        assert_int_equal(receive_with(1, UDP_AT), 1);
        assert_int_equal(flags_seen, V6NF_PORT_CHECKSUM_PARTIAL);
        for (uint32_t j = 0; j < OUTPUTS; j++) {
            assert_int_equal(sent_by(j + 1u), all[n].sent[j]);
            dropped += answers[j] != 0u && all[n].sent[j] == 0u ? 1u : 0u;
        }
        assert_int_equal(v6nf_virtio_ring_dropped(&lanes[0].ring, 0) + v6nf_virtio_ring_dropped(&lanes[0].ring, 1),
                         dropped);
    }
    assert_int_equal(lanes[0].virtio.common.counters.received, 900);
    check_devices();
}

static void checksums_are_left_to_outputs_that_insert_them(void **state)
{
    (void)state;
    forward_checksums(0);
    forward_checksums(VIRTIO_F_IN_ORDER);
}

/* A device that lies about a checksum loses the frame, and its buffer is received into again. */
static void checksums_outside_of_the_frame_are_dropped(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        assert_int_equal(open_for_checksums(kind == 0u ? VIRTIO_F_IN_ORDER : 0u, true), V6NF_RING_OPEN);
        answers[0] = answers[1] = UDP_FRAME;
        frames_seen = 0;
        for (uint32_t i = 0; i < 1000u; i++) {
            assert_int_equal(receive_with(1, UDP_FRAME - 7u), 1); /* its second byte is outside */
            assert_int_equal(sent_by(1) + sent_by(2), 0);
        }
        assert_int_equal(frames_seen, 0);
        assert_int_equal(lanes[0].virtio.common.counters.receive_dropped, 1000);
        assert_int_equal(lanes[0].virtio.common.counters.received, 0);
        assert_int_equal(receive_with(2, 0), 1);
        assert_int_equal(flags_seen, V6NF_PORT_CHECKSUM_GOOD);
        assert_int_equal(sent_by(1) + sent_by(2), 2);
        assert_int_equal(receive_with(1, UDP_FRAME - 8u), 1); /* completed by the driver */
        assert_int_equal(flags_seen, 0);
        check_devices();
    }
}

/* Handlers of other rings do not know flags: their devices do not negotiate checksums. */
static void rings_without_flags_have_none(void **state)
{
    (void)state;
    static struct v6nf_virtio_ring second;
    struct v6nf_virtio *output = &lanes[2].virtio;
    assert_int_equal(open_for_checksums(0, false), V6NF_RING_OPEN);
    for (uint32_t i = 0; i < DEVICES; i++) {
        assert_int_equal(virtio_devices[i].accepted & (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM), 0);
        assert_int_equal(lanes[i].virtio.common.port.checksums, 0);
    }
    assert_int_equal(open_for_checksums(0, true), V6NF_RING_OPEN);
    assert_int_equal(v6nf_virtio_ring_open(&second, &lanes[1].virtio, 1, &output), V6NF_RING_INVALID);
    assert_int_equal(v6nf_virtio_ring_open_checksums(&second, &lanes[1].virtio, 1, &output), V6NF_RING_OPEN);
    check_devices();
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static void what_makes_no_ring_is_refused(void **state)
{
    (void)state;
    static struct v6nf_virtio_ring ring;
    power_on(false, 0, 256);
    struct v6nf_virtio *outputs[9] = {&lanes[1].virtio, &lanes[2].virtio, &lanes[1].virtio};
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[0].virtio, 0, outputs), V6NF_RING_INVALID);
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[0].virtio, 9, outputs), V6NF_RING_INVALID);
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[0].virtio, 3, outputs), V6NF_RING_INVALID);
    assert_true(lanes[2].virtio.common.port.operations->stop(&lanes[2].virtio.common.port));
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[0].virtio, 2, outputs), V6NF_RING_INVALID);
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[2].virtio, 1, outputs), V6NF_RING_INVALID);
    assert_int_equal(v6nf_virtio_ring_open(&ring, &lanes[0].virtio, 1, outputs), V6NF_RING_OPEN);
    static struct v6nf_virtio_ring second;
    assert_int_equal(v6nf_virtio_ring_open(&second, &lanes[0].virtio, 1, outputs), V6NF_RING_INVALID);
    virtio_devices[2].knobs.queue_max[VIRTIO_TRANSMIT] = 256;
    assert_int_equal(v6nf_virtio_restart(&lanes[2].virtio), V6NF_NIC_READY);
    virtio_devices[2].knobs.queue_max[VIRTIO_TRANSMIT] = 8;
    assert_int_equal(v6nf_virtio_ring_open(&second, &lanes[1].virtio, 1, &outputs[1]), V6NF_RING_NO_QUEUE);
    check_devices();
}

static void sends_back(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    lengths[0] = length;
}

/* The input may be the output. Its port shows and sends nothing any more. */
static void an_input_may_send_back(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 2u; kind++) {
        power_on(false, kind == 0u ? VIRTIO_F_IN_ORDER : 0u, 256);
        struct v6nf_virtio *self = &lanes[0].virtio;
        assert_int_equal(v6nf_virtio_ring_open(&lanes[0].ring, self, 1, &self), V6NF_RING_OPEN);
        virtio_device_select(0);
        for (uint32_t i = 0; i < 3000u; i++) {
            uint8_t frame[200] = {(uint8_t)i};
            uint32_t length = 0;
            assert_true(virtio_device_receive(frame, 60u + i % 100u));
            assert_int_equal(self->common.port.operations->poll(&self->common.port, sends_back, NULL), 0);
            assert_int_equal(v6nf_virtio_ring_poll(&lanes[0].ring, 1, sends_back, NULL), 1);
            const uint32_t id = virtio_device_take(VIRTIO_TRANSMIT);
            assert_int_not_equal(id, VIRTIO_NONE);
            assert_int_equal(virtio_device_frame(id, &length)[0], (uint8_t)i);
            assert_int_equal(length, 60u + i % 100u);
            virtio_device_use(VIRTIO_TRANSMIT, id, 0);
        }
        assert_null(self->common.port.operations->reserve(&self->common.port));
        self->common.port.operations->commit(&self->common.port, 60);
        assert_int_equal(virtio_device_take(VIRTIO_TRANSMIT), VIRTIO_NONE);
        assert_true(self->common.port.operations->stop(&self->common.port));
        assert_int_equal(v6nf_virtio_ring_poll(&lanes[0].ring, 1, sends_back, NULL), 0);
        check_devices();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_is_sent_once_in_order_by_each_output),
        cmocka_unit_test(buffers_may_be_used_in_any_order),
        cmocka_unit_test(short_transmit_queues_lose_nothing),
        cmocka_unit_test(a_used_entry_may_represent_a_batch),
        cmocka_unit_test(invalid_lengths_are_counted_at_their_output),
        cmocka_unit_test(an_output_that_dies_loses_only_its_frames_and_comes_back),
        cmocka_unit_test(a_device_that_does_not_end_its_reset_keeps_its_buffers),
        cmocka_unit_test(slow_outputs_are_not_parked),
        cmocka_unit_test(a_device_that_lies_stops_alone),
        cmocka_unit_test(a_restarted_input_gets_what_no_output_has),
        cmocka_unit_test(a_restarted_input_has_as_many_buffers),
        cmocka_unit_test(devices_that_are_gone_or_stopped_stay_so),
        cmocka_unit_test(a_device_that_needs_a_reset_comes_back),
        cmocka_unit_test(a_device_that_fails_to_come_back_is_tried_again),
        cmocka_unit_test(the_watch_sees_that_a_device_needs_a_reset),
        cmocka_unit_test(a_device_that_needs_a_reset_and_is_stopped_stays_so),
        cmocka_unit_test(checksums_are_left_to_outputs_that_insert_them),
        cmocka_unit_test(checksums_outside_of_the_frame_are_dropped),
        cmocka_unit_test(rings_without_flags_have_none),
        cmocka_unit_test(what_makes_no_ring_is_refused),
        cmocka_unit_test(an_input_may_send_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
