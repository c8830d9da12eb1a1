/* test_shm.c: queues in shared memory as a port. The other side is honest, slow or hostile. test_shm_processes.c has
 * two real sides. */
#include "fixture_shm.h"

static struct shm_memory memory;
static struct v6nf_shm shm;
static struct v6nf_port *const port = &shm.port;
static struct shm_peer peer;

static uint32_t notified[8]; /* by channel */

static void notify(unsigned int channel)
{
    assert_in_range(channel, 0, 7);
    notified[channel]++;
}

static void start(void)
{
    memset(&memory, 0, sizeof memory);
    memset(notified, 0, sizeof notified);
    struct v6nf_shm_config config = shm_config(&memory, notify);
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    shm_peer_init(&peer, &memory);
}

static void move_end(struct v6nf_shm_end *end, v6nf_shm_index laps)
{
    end->next = (v6nf_shm_index)(end->next + laps);
    end->published = (v6nf_shm_index)(end->published + laps);
    end->checked = (v6nf_shm_index)(end->checked + laps);
}

/* Open a port whose next descriptor is number `index`, rounded up to a multiple of all capacities. */
static void start_after(uint32_t index)
{
    v6nf_shm_index laps = (v6nf_shm_index)((index + SHM_TRANSMIT_CAPACITY - 1u) & ~(SHM_TRANSMIT_CAPACITY - 1u));
    uint8_t *const queues[4] = {memory.receive_active.bytes, memory.receive_free.bytes, memory.transmit_active.bytes,
                                memory.transmit_free.bytes};
    start();
    for (uint32_t i = 0; i < 4u; i++) {
        shm_queue(queues[i])->head = (v6nf_shm_index)(shm_queue(queues[i])->head + laps);
        shm_queue(queues[i])->tail = (v6nf_shm_index)(shm_queue(queues[i])->tail + laps);
    }
    move_end(&shm.receive_active, laps);
    move_end(&shm.receive_free, laps);
    move_end(&shm.transmit_active, laps);
    move_end(&shm.transmit_free, laps);
    shm_peer_init(&peer, &memory);
}

static int setup(void **state)
{
    (void)state;
    start();
    return 0;
}

/* -- This side ----------------------------------------------------------------------------------------------------- */

struct seen {
    uint32_t frames;
    uint32_t length;
    uint32_t capacity;
    uint32_t value;
    uint8_t *frame;
    uint32_t reply;
};

static void look(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct seen *seen = context;
    assert_int_equal(lengths[0], 0);
    seen->frames++;
    seen->length = length;
    seen->capacity = capacity;
    seen->value = shm_value(frame);
    seen->frame = frame;
    memset(frame + length, 0x77, capacity - length); /* the handler may write to the whole buffer */
    lengths[0] = seen->reply;
}

static uint32_t poll_port(struct seen *seen)
{
    return port->operations->poll(port, look, seen);
}

static struct v6nf_port_counters counters(void)
{
    struct v6nf_port_counters counters;
    memset(&counters, 0xFF, sizeof counters);
    port->operations->read_counters(port, &counters);
    return counters;
}

/* Originate a frame whose first bytes are `value`. Return false if there is no buffer. */
static bool originate(uint32_t value, uint32_t length)
{
    uint8_t *frame = port->operations->reserve(port);
    if (frame == NULL) {
        return false;
    }
    memcpy(frame, &value, sizeof value);
    port->operations->commit(port, length);
    return true;
}

/* Assert that only queues and buffers were written. */
static void assert_contained(void)
{
    static const uint8_t zeros[64];
    assert_memory_equal(memory.receive_active.behind, zeros, sizeof zeros);
    assert_memory_equal(memory.receive_free.behind, zeros, sizeof zeros);
    assert_memory_equal(memory.transmit_active.behind, zeros, sizeof zeros);
    assert_memory_equal(memory.transmit_free.behind, zeros, sizeof zeros);
    assert_memory_equal(memory.behind, zeros, sizeof zeros);
}

/* Assert that no buffer is lost: the other side gets all receive buffers again, and all others can be reserved. */
static void assert_nothing_lost(void)
{
    struct seen seen = {.reply = 0};
    for (uint32_t i = 0; i < SHM_RECEIVE; i++) {
        assert_true(shm_peer_send(&peer, i, 60));
    }
    assert_false(shm_peer_send(&peer, 0, 60));
    assert_int_equal(poll_port(&seen), SHM_RECEIVE);
    for (uint32_t i = 0; i < SHM_ORIGINATE; i++) {
        assert_true(originate(i, 60));
    }
    assert_false(originate(0, 60));
    assert_contained();
}

/* -- Opening ------------------------------------------------------------------------------------------------------- */

static void test_port_has_its_properties(void **state)
{
    (void)state;
    const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
    assert_memory_equal(port->mac, mac, 6);
    assert_int_equal(port->mtu, SHM_MTU);
    assert_int_equal(port->capacity, SHM_BUFFER);
    assert_int_equal(port->outputs, 1);
    assert_true(port->operations->link_up(port));
}

static void assert_refused(struct v6nf_shm_config config, enum v6nf_shm_status status)
{
    static struct shm_memory before;
    static struct v6nf_shm running;
    memcpy(&before, &memory, sizeof before);
    running = shm;
    assert_int_equal(v6nf_shm_init(&shm, &config), status);
    assert_memory_equal(&memory, &before, sizeof before);
    assert_memory_equal(&shm, &running, sizeof running);
}

static void test_configuration_is_checked(void **state)
{
    (void)state;
    const struct v6nf_shm_config good = shm_config(&memory, notify);
    struct v6nf_shm_config config = good;
    config.receive_capacity = 12; /* no power of two */
    assert_refused(config, V6NF_SHM_CAPACITY_BAD);
    config.receive_capacity = 4; /* fewer than buffers */
    assert_refused(config, V6NF_SHM_CAPACITY_BAD);
    config = good;
    config.transmit_capacity = 8; /* enough for all receive buffers, and for no other */
    assert_refused(config, V6NF_SHM_CAPACITY_BAD);
    config.transmit_capacity = 0;
    assert_refused(config, V6NF_SHM_CAPACITY_BAD);
    config = good;
    config.receive_buffers = 0;
    assert_refused(config, V6NF_SHM_BUFFERS_BAD);
    config.receive_buffers = UINT32_MAX; /* with the others, it wraps */
    assert_refused(config, V6NF_SHM_BUFFERS_BAD);
    config = good;
    config.originate_buffers = 0;
    assert_refused(config, V6NF_SHM_BUFFERS_BAD);
    config.originate_buffers = V6NF_SHM_BUFFERS - SHM_RECEIVE + 1u;
    assert_refused(config, V6NF_SHM_BUFFERS_BAD);
    config = good;
    config.buffer_size = 65536;
    assert_refused(config, V6NF_SHM_BUFFERS_BAD);
    config.buffer_size = SHM_MTU + 13u;
    assert_refused(config, V6NF_SHM_MTU_BAD);
    config.buffer_size = 0;
    assert_refused(config, V6NF_SHM_MTU_BAD);
    config = good;
    config.mtu = 1279;
    assert_refused(config, V6NF_SHM_MTU_BAD);
    config.mtu = UINT32_MAX;
    assert_refused(config, V6NF_SHM_MTU_BAD);
}

/* The other side would get buffers that it still has a second time. */
static void test_queues_of_a_port_that_ran_are_refused(void **state)
{
    (void)state;
    const struct v6nf_shm_config config = shm_config(&memory, notify);
    struct seen seen = {.reply = 0};
    assert_refused(config, V6NF_SHM_QUEUES_USED); /* the other side has taken no buffer */
    start();
    for (uint32_t i = 0; i < SHM_RECEIVE; i++) { /* it has all buffers, and no queue holds a descriptor */
        (void)v6nf_shm_take(&peer.receive_free);
    }
    v6nf_shm_release(&peer.receive_free);
    assert_refused(config, V6NF_SHM_QUEUES_USED);
    start();
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_int_equal(poll_port(&seen), 1);
    assert_refused(config, V6NF_SHM_QUEUES_USED);
    memset(&memory, 0, sizeof memory); /* both sides begin again, by the contract */
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    shm_peer_init(&peer, &memory);
    assert_nothing_lost();
}

/* Each index that a port writes shows that there was a port. */
static void test_each_own_index_shows_a_port_that_ran(void **state)
{
    (void)state;
    struct v6nf_shm_config config = shm_config(&memory, notify);
    volatile v6nf_shm_index *const own[4] = {&config.receive_active->head, &config.transmit_free->head,
                                             &config.transmit_active->tail, &config.receive_free->tail};
    for (uint32_t i = 0; i < 4u; i++) {
        memset(&memory, 0, sizeof memory);
        *own[i] = 1;
        assert_refused(config, V6NF_SHM_QUEUES_USED);
        config.receive_filled = true; /* then the other side writes the last one, perhaps early */
        enum v6nf_shm_status expected = i < 3u ? V6NF_SHM_QUEUES_USED : V6NF_SHM_OPEN;
        assert_int_equal(v6nf_shm_init(&shm, &config), expected);
        config.receive_filled = false;
    }
}

/* -- Frames -------------------------------------------------------------------------------------------------------- */

static void test_frame_that_is_dropped_goes_back_to_free(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    assert_int_equal(poll_port(&seen), 0);
    assert_true(shm_peer_send(&peer, 0xABCD, 100));
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(seen.value, 0xABCD);
    assert_int_equal(seen.length, 100);
    assert_int_equal(seen.capacity, SHM_BUFFER);
    assert_int_equal(counters().received, 1);
    assert_int_equal(counters().received_bytes, 100);
    assert_int_equal(v6nf_shm_waiting(&peer.transmit_active), 0);
    assert_int_equal(v6nf_shm_waiting(&peer.receive_free), SHM_RECEIVE);
    assert_nothing_lost();
}

static void test_frame_is_sent_from_its_receive_buffer(void **state)
{
    (void)state;
    struct seen seen = {.reply = 90};
    struct v6nf_shm_descriptor frame;
    assert_true(shm_peer_send(&peer, 5, 100));
    assert_int_equal(poll_port(&seen), 1);
    assert_true(shm_peer_take(&peer, &frame));
    assert_ptr_equal(memory.data[0] + frame.offset, seen.frame);
    assert_int_equal(frame.length, 90);
    assert_int_equal(counters().sent, 1);
    assert_int_equal(counters().sent_bytes, 90);
    assert_int_equal(v6nf_shm_waiting(&peer.receive_free), SHM_RECEIVE - 1u);
    shm_peer_return(&peer, frame.offset);
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(v6nf_shm_waiting(&peer.receive_free), SHM_RECEIVE);
    assert_nothing_lost();
}

static void test_frame_fills_its_buffer(void **state)
{
    (void)state;
    struct seen seen = {.reply = SHM_BUFFER};
    struct v6nf_shm_descriptor frame;
    assert_true(shm_peer_send(&peer, 5, SHM_BUFFER));
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(seen.length, SHM_BUFFER);
    assert_true(shm_peer_take(&peer, &frame));
    assert_int_equal(frame.length, SHM_BUFFER);
}

static void test_invalid_length_of_a_handler_sends_nothing(void **state)
{
    (void)state;
    struct seen seen = {.reply = SHM_BUFFER + 1u};
    assert_true(shm_peer_send(&peer, 5, 100));
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(counters().transmit_dropped, 1);
    assert_int_equal(v6nf_shm_waiting(&peer.transmit_active), 0);
    assert_nothing_lost();
}

static void test_originated_frames_have_buffers_of_their_own(void **state)
{
    (void)state;
    struct v6nf_shm_descriptor frames[SHM_ORIGINATE];
    for (uint32_t i = 0; i < SHM_ORIGINATE; i++) {
        assert_true(originate(i, 60u + i));
    }
    assert_null(port->operations->reserve(port));
    for (uint32_t i = 0; i < SHM_ORIGINATE; i++) {
        assert_true(shm_peer_take(&peer, &frames[i]));
        assert_in_range(frames[i].offset, SHM_RECEIVE * SHM_BUFFER, (SHM_BUFFERS - 1u) * SHM_BUFFER);
        assert_int_equal(frames[i].length, 60u + i);
        assert_int_equal(shm_value(memory.data[0] + frames[i].offset), i);
    }
    assert_int_equal(counters().sent, SHM_ORIGINATE);
    shm_peer_return(&peer, frames[2].offset);
    assert_ptr_equal(port->operations->reserve(port), memory.data[0] + frames[2].offset); /* without a poll */
    assert_ptr_equal(port->operations->reserve(port), memory.data[0] + frames[2].offset);
    port->operations->commit(port, 60);
    for (uint32_t i = 0; i < SHM_ORIGINATE; i++) {
        shm_peer_return(&peer, frames[i].offset);
    }
    assert_nothing_lost();
}

static void test_reserved_buffer_stays_while_others_return(void **state)
{
    (void)state;
    struct v6nf_shm_descriptor frame;
    struct seen seen = {.reply = 0};
    assert_true(originate(1, 60));
    assert_true(shm_peer_take(&peer, &frame));
    uint8_t *reserved = port->operations->reserve(port);
    shm_peer_return(&peer, frame.offset);
    (void)poll_port(&seen);
    assert_ptr_equal(port->operations->reserve(port), reserved);
    port->operations->commit(port, 61);
    assert_true(shm_peer_take(&peer, &frame));
    assert_ptr_equal(memory.data[0] + frame.offset, reserved);
}

static void test_reserve_passes_receive_buffers_on(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    struct v6nf_shm_descriptor frame;
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_int_equal(poll_port(&seen), 1);
    assert_true(shm_peer_take(&peer, &frame));
    shm_peer_return(&peer, frame.offset);
    while (originate(1, 60)) {
    }
    assert_int_equal(v6nf_shm_waiting(&peer.receive_free), SHM_RECEIVE); /* before any poll */
}

/* Both sides keep their buffers. */
static void test_stop(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    struct v6nf_shm_descriptor frame;
    assert_int_equal(port->operations->status(port), V6NF_PORT_RUNNING);
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_non_null(port->operations->reserve(port));
    for (uint32_t i = 0; i < 2u; i++) {
        assert_false(port->operations->stop(port)); /* the other side may still write to its buffers */
        assert_int_equal(port->operations->status(port), V6NF_PORT_STOPPED);
        assert_false(port->operations->link_up(port));
        assert_int_equal(poll_port(&seen), 0);
        port->operations->commit(port, 60);
        assert_null(port->operations->reserve(port));
        port->operations->commit(port, 60);
        assert_false(shm_peer_take(&peer, &frame));
        assert_true(v6nf_shm_may_sleep(&shm));
        assert_int_equal(counters().received + counters().sent + counters().transmit_dropped, 0);
    }
    assert_contained();
    struct v6nf_shm_config config = shm_config(&memory, notify);
    config.mtu = 1279;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_MTU_BAD);
    assert_int_equal(port->operations->status(port), V6NF_PORT_STOPPED); /* refused: unchanged */
    assert_int_equal(setup(NULL), 0);
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_int_equal(poll_port(&seen), 1);
}

static void test_commit_of_nothing_sends_nothing(void **state)
{
    (void)state;
    port->operations->commit(port, 60); /* nothing is reserved */
    assert_int_equal(counters().transmit_dropped, 0);
    uint8_t *reserved = port->operations->reserve(port);
    port->operations->commit(port, 0);
    port->operations->commit(port, SHM_BUFFER + 1u);
    port->operations->commit(port, V6NF_PORT_FRAME_MIN - 1u);
    assert_int_equal(counters().transmit_dropped, 3);
    assert_int_equal(v6nf_shm_waiting(&peer.transmit_active), 0);
    assert_ptr_equal(port->operations->reserve(port), reserved);
}

/* -- Queues -------------------------------------------------------------------------------------------------------- */

/* Take all frames to send, and return the buffers. Return their number. */
static uint32_t send_all(void)
{
    struct v6nf_shm_descriptor frame;
    uint32_t sent = 0;
    while (shm_peer_take(&peer, &frame)) {
        shm_peer_return(&peer, frame.offset);
        sent++;
    }
    return sent;
}

/* All buffers are in one queue, then in the next, for many laps. */
static void pass_full_queues(void)
{
    struct seen seen = {.reply = 64};
    for (uint32_t round = 0; round < 100u; round++) {
        uint32_t value = 0;
        while (shm_peer_send(&peer, value, 64)) {
            value++;
        }
        assert_int_equal(value, SHM_RECEIVE);
        assert_int_equal(poll_port(&seen), SHM_RECEIVE);
        while (originate(value, 64)) {
            value++;
        }
        assert_int_equal(value, SHM_BUFFERS);
        assert_int_equal(poll_port(&seen), 0);
        assert_int_equal(send_all(), SHM_BUFFERS);
        assert_int_equal(poll_port(&seen), 0);
    }
    assert_int_equal(shm.shm_counters.unexpected, 0);
    assert_int_equal(shm.receive_active.jumps + shm.transmit_free.jumps, 0);
    assert_nothing_lost();
}

static void test_full_and_empty_queues(void **state)
{
    (void)state;
    pass_full_queues();
}

static void test_indexes_wrap_around(void **state)
{
    (void)state;
    start_after(UINT32_MAX - 100u);
    pass_full_queues();
    start_after(UINT16_MAX - 100u);
    pass_full_queues();
}

static void test_poll_is_one_burst(void **state)
{
    (void)state;
    static uint8_t data[64][SHM_BUFFER];
    static _Alignas(64) uint8_t queues[4][V6NF_SHM_QUEUE_SIZE(128)];
    struct v6nf_shm_config config = shm_config(&memory, notify);
    config.receive_active = shm_queue(queues[0]);
    config.receive_free = shm_queue(queues[1]);
    config.transmit_active = shm_queue(queues[2]);
    config.transmit_free = shm_queue(queues[3]);
    config.receive_capacity = 128;
    config.transmit_capacity = 128;
    config.data = data[0];
    config.receive_buffers = 60;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    struct v6nf_shm_end producer;
    v6nf_shm_producer_init(&producer, config.receive_active, 128);
    for (uint32_t i = 0; i < 60u; i++) {
        v6nf_shm_put(&producer, (uint64_t)i * SHM_BUFFER, 64);
    }
    struct seen seen = {.reply = 64};
    assert_int_equal(poll_port(&seen), 0); /* not published yet */
    v6nf_shm_publish(&producer);
    assert_int_equal(poll_port(&seen), V6NF_SHM_BURST);
    assert_int_equal(poll_port(&seen), 60u - V6NF_SHM_BURST);
    assert_int_equal(poll_port(&seen), 0);
}

static void test_other_side_fills_receive_free(void **state)
{
    (void)state;
    memset(&memory, 0, sizeof memory);
    struct v6nf_shm_config config = shm_config(&memory, notify);
    config.receive_filled = true;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    assert_int_equal(shm_queue(memory.receive_free.bytes)->tail, 0);
    struct v6nf_shm_end filler; /* may start later than this side */
    v6nf_shm_producer_init(&filler, config.receive_free, SHM_RECEIVE_CAPACITY);
    for (uint32_t i = 0; i < SHM_RECEIVE; i++) {
        v6nf_shm_put(&filler, (uint64_t)i * SHM_BUFFER, 0);
    }
    v6nf_shm_publish(&filler);
    shm_peer_init(&peer, &memory);
    pass_full_queues();
}

/* -- Notifications ------------------------------------------------------------------------------------------------- */

static bool asks(struct v6nf_shm_end *end)
{
    return end->queue->consumer_signalled == 0u;
}

static void test_sleeper_asks_and_poller_does_not(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    assert_false(asks(&shm.receive_active));
    assert_int_equal(poll_port(&seen), 0);
    assert_false(asks(&shm.receive_active));
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_true(asks(&shm.receive_active));
    assert_false(asks(&shm.transmit_free)); /* no buffer is being sent */
    assert_int_equal(poll_port(&seen), 0);  /* a timer woke it */
    assert_false(asks(&shm.receive_active));
}

static void test_frame_before_the_request_is_seen(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    assert_int_equal(poll_port(&seen), 0);
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_false(v6nf_shm_must_notify(&peer.receive_active));
    assert_false(v6nf_shm_may_sleep(&shm));
    assert_false(asks(&shm.receive_active));
    assert_int_equal(poll_port(&seen), 1);
    assert_true(v6nf_shm_may_sleep(&shm));
}

static void test_frame_after_the_request_is_notified_once(void **state)
{
    (void)state;
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_true(v6nf_shm_must_notify(&peer.receive_active));
    assert_false(v6nf_shm_must_notify(&peer.receive_active));
    assert_true(shm_peer_send(&peer, 2, 60));
    assert_false(v6nf_shm_must_notify(&peer.receive_active));
}

static void test_burst_is_notified_once_and_only_on_request(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < 4u; i++) {
        assert_true(shm_peer_send(&peer, i, 60));
    }
    v6nf_shm_request(&peer.transmit_active);
    assert_int_equal(poll_port(&seen), 4);
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    assert_int_equal(notified[SHM_RECEIVE_CHANNEL], 0);
    for (uint32_t i = 0; i < 4u; i++) {
        assert_true(shm_peer_send(&peer, i, 60));
    }
    assert_int_equal(poll_port(&seen), 4); /* it has not asked again */
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    v6nf_shm_request(&peer.transmit_active);
    v6nf_shm_request(&peer.receive_free);
    assert_int_equal(poll_port(&seen), 0); /* asked, and nothing is new */
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    assert_int_equal(send_all(), 8);
    assert_int_equal(poll_port(&seen), 0); /* buffers to receive into are */
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    assert_int_equal(notified[SHM_RECEIVE_CHANNEL], 1);
    assert_int_equal(shm.shm_counters.notifications, 2);
}

static void test_dropped_frame_notifies_a_side_without_buffers(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    assert_true(shm_peer_send(&peer, 1, 60));
    v6nf_shm_request(&peer.receive_free);
    v6nf_shm_request(&peer.transmit_active);
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(notified[SHM_RECEIVE_CHANNEL], 1);
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 0);
}

static void test_one_channel_is_notified_once(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    shm.transmit_channel = SHM_RECEIVE_CHANNEL;
    assert_true(shm_peer_send(&peer, 1, 60));
    assert_true(originate(2, 60));
    v6nf_shm_request(&peer.receive_free);
    v6nf_shm_request(&peer.transmit_active);
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(notified[SHM_RECEIVE_CHANNEL], 1);
    assert_int_equal(shm.shm_counters.notifications, 1);
    assert_false(asks(&peer.transmit_active));
}

static void test_what_was_originated_is_notified_once_before_sleep(void **state)
{
    (void)state;
    struct v6nf_shm_descriptor frame;
    v6nf_shm_request(&peer.transmit_active);
    assert_true(originate(1, 60));
    assert_true(originate(2, 60));
    assert_int_equal(v6nf_shm_waiting(&peer.transmit_active), 2); /* a polling consumer sees it at once */
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 0);
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    assert_true(shm_peer_take(&peer, &frame));
}

/* A side whose receive buffers are all being sent is notified of nothing, unless it asks for these buffers. */
static void test_missing_buffers_are_requested(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < SHM_RECEIVE / 2u; i++) {
        assert_true(shm_peer_send(&peer, i, 60));
    }
    assert_int_equal(poll_port(&seen), SHM_RECEIVE / 2u);
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_false(asks(&shm.transmit_free)); /* half are left */
    assert_true(shm_peer_send(&peer, 0, 60));
    assert_int_equal(poll_port(&seen), 1);
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_true(asks(&shm.transmit_free));
    assert_int_equal(send_all(), SHM_RECEIVE / 2u + 1u);
    assert_true(v6nf_shm_must_notify(&peer.transmit_free));
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(v6nf_shm_waiting(&peer.receive_free), SHM_RECEIVE);
}

static uint64_t slept_until; /* 0: it did not sleep */

static void note_sleep(uint64_t until)
{
    slept_until = until;
}

/* Without anything to poll, wait() sleeps by the call of the configuration. */
static void test_wait_sleeps_without_work(void **state)
{
    (void)state;
    slept_until = 0;
    port->operations->wait(port, 1000); /* no such call: it returns */
    assert_false(asks(&peer.receive_active));
    shm.sleep = note_sleep;
    port->operations->wait(port, 1000);
    assert_int_equal(slept_until, 1000);
    assert_true(asks(&peer.receive_active));
    slept_until = 0;
    assert_true(shm_peer_send(&peer, 1, 60));
    port->operations->wait(port, 1000);
    assert_int_equal(slept_until, 0); /* the frame is polled first */
    assert_false(port->operations->stop(port));
    port->operations->wait(port, 1000);
    assert_int_equal(slept_until, 0);
}

static void test_missing_originate_buffers_are_requested(void **state)
{
    (void)state;
    while (originate(1, 60)) {
    }
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_true(asks(&shm.transmit_free));
    assert_int_equal(send_all(), SHM_ORIGINATE);
    assert_true(v6nf_shm_must_notify(&peer.transmit_free));
    assert_true(originate(1, 60));
    assert_true(v6nf_shm_may_sleep(&shm)); /* it has some again, and can wait for the others */
    assert_int_equal(send_all(), 1);
    assert_true(v6nf_shm_may_sleep(&shm));
}

static void test_buffers_returned_before_the_request_are_seen(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    while (originate(1, 60)) {
    }
    assert_int_equal(send_all(), SHM_ORIGINATE);
    assert_false(v6nf_shm_may_sleep(&shm));
    assert_false(asks(&shm.transmit_free));
    assert_int_equal(poll_port(&seen), 0);
    assert_non_null(port->operations->reserve(port));
    assert_true(v6nf_shm_may_sleep(&shm));
}

/* -- An untrusted side --------------------------------------------------------------------------------------------- */

/* Publish a descriptor of the other side. */
static void put_lie(struct v6nf_shm_end *end, uint64_t offset, uint32_t length)
{
    v6nf_shm_put(end, offset, length);
    v6nf_shm_publish(end);
}

static void test_impossible_indexes_count_as_empty(void **state)
{
    (void)state;
    const v6nf_shm_index jumps[] = {SHM_RECEIVE_CAPACITY + 1u, 1000, (v6nf_shm_index)-1,
                                    (v6nf_shm_index)1u << (V6NF_SHM_INDEX_BITS - 1)};
    volatile struct v6nf_shm_queue *active = shm_queue(memory.receive_active.bytes);
    volatile struct v6nf_shm_queue *returned = shm_queue(memory.transmit_free.bytes);
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        uint64_t counted = shm.receive_active.jumps;
        active->tail = jumps[i];
        returned->tail = (v6nf_shm_index)(jumps[i] + SHM_TRANSMIT_CAPACITY);
        assert_int_equal(poll_port(&seen), 0);
        assert_true(v6nf_shm_may_sleep(&shm)); /* it has no work */
        assert_true(shm.receive_active.jumps > counted);
        assert_int_equal(active->head, 0);
    }
    assert_true(shm.transmit_free.jumps > 0u);
    active->tail = 0;
    returned->tail = 0;
    assert_int_equal(seen.frames, 0);
    assert_nothing_lost();
}

#define LONG_CAPACITY (1u << 14)

/* The other side can publish any number of descriptors, but only so many buffers exist. */
static void test_more_descriptors_than_buffers_are_a_jump(void **state)
{
    (void)state;
    static _Alignas(64) uint8_t queues[4][V6NF_SHM_QUEUE_SIZE(LONG_CAPACITY)];
    struct v6nf_shm_config config = shm_config(&memory, notify);
    struct seen seen = {.reply = 60};
    config.receive_active = shm_queue(queues[0]);
    config.receive_free = shm_queue(queues[1]);
    config.transmit_active = shm_queue(queues[2]);
    config.transmit_free = shm_queue(queues[3]);
    config.receive_capacity = LONG_CAPACITY;
    config.transmit_capacity = LONG_CAPACITY;
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    const uint32_t buffers[2] = {SHM_RECEIVE, SHM_BUFFERS};
    struct v6nf_shm_end *const ends[2] = {&shm.receive_active, &shm.transmit_free};
    for (uint32_t i = 0; i < 2u; i++) {
        volatile struct v6nf_shm_queue *queue = ends[i]->queue;
        queue->tail = (v6nf_shm_index)(ends[i]->next + LONG_CAPACITY);
        assert_int_equal(poll_port(&seen), 0);
        (void)port->operations->reserve(port);
        queue->tail = (v6nf_shm_index)(ends[i]->next + buffers[i] + 1u);
        assert_int_equal(poll_port(&seen), 0);
        assert_int_equal(shm.shm_counters.unexpected, 0);
        assert_int_equal(shm.shm_counters.bad_lengths, 0);
        assert_int_equal(ends[i]->jumps, 2);
        queue->tail = ends[i]->next;
    }
    for (uint32_t i = 0; i < SHM_BUFFERS; i++) { /* each of them is read once */
        shm.transmit_free.queue->descriptors[i].offset = 1;
    }
    shm.transmit_free.queue->tail = (v6nf_shm_index)(shm.transmit_free.next + SHM_BUFFERS);
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(shm.shm_counters.unexpected, SHM_BUFFERS);
    assert_int_equal(shm.transmit_free.jumps, 2);
}

static void test_impossible_heads_change_nothing(void **state)
{
    (void)state;
    shm_queue(memory.receive_free.bytes)->head = 77;
    shm_queue(memory.transmit_active.bytes)->head = (v6nf_shm_index)-9;
    shm_queue(memory.receive_active.bytes)->head = 13; /* its own */
    shm_queue(memory.receive_free.bytes)->consumer_signalled = 99;
    pass_full_queues();
}

static void test_own_indexes_are_not_read_again(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    assert_true(shm_peer_send(&peer, 1, 60));
    shm_queue(memory.transmit_active.bytes)->tail = 11;
    shm_queue(memory.receive_active.bytes)->head = 13;
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(shm_queue(memory.transmit_active.bytes)->tail, 1);
    assert_int_equal(shm_queue(memory.receive_active.bytes)->head, 1);
}

static void test_offsets_of_no_buffer_are_dropped(void **state)
{
    (void)state;
    const uint64_t offsets[] = {1, SHM_BUFFER - 1u, SHM_BUFFER + 64u, SHM_BUFFERS * SHM_BUFFER, UINT64_MAX,
                                UINT64_MAX - SHM_BUFFER + 1u, UINT64_C(1) << 32, UINT64_C(1) << 63,
                                (UINT64_C(1) << 32) + SHM_BUFFER};
    const uint32_t count = sizeof offsets / sizeof offsets[0];
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < count; i++) {
        put_lie(&peer.receive_active, offsets[i], 60);
        put_lie(&peer.transmit_free, offsets[i], 0);
        assert_int_equal(poll_port(&seen), 0);
    }
    assert_int_equal(seen.frames, 0);
    assert_int_equal(shm.shm_counters.unexpected, 2u * count);
    assert_int_equal(counters().receive_dropped, count);
    assert_true(v6nf_shm_may_sleep(&shm));
    assert_nothing_lost();
}

static void test_buffers_that_it_does_not_have_are_dropped(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    put_lie(&peer.receive_active, SHM_RECEIVE * SHM_BUFFER, 60); /* an originate buffer, */
    put_lie(&peer.transmit_free, SHM_RECEIVE * SHM_BUFFER, 0);
    put_lie(&peer.transmit_free, 0, 0); /* one that was never sent, */
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(shm.shm_counters.unexpected, 3);
    assert_true(shm_peer_send(&peer, 1, 60));
    put_lie(&peer.receive_active, peer.receive_active.queue->descriptors[1].offset, 60); /* and twice the same */
    put_lie(&peer.receive_active, 0, 60);
    assert_int_equal(poll_port(&seen), 1);
    assert_int_equal(shm.shm_counters.unexpected, 5);
    struct v6nf_shm_descriptor frame;
    assert_true(shm_peer_take(&peer, &frame));
    put_lie(&peer.transmit_free, frame.offset, 0);
    put_lie(&peer.transmit_free, frame.offset, 0);
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(shm.shm_counters.unexpected, 6);
    assert_nothing_lost();
}

static void test_impossible_lengths_are_dropped(void **state)
{
    (void)state;
    const uint32_t lengths[] = {0, SHM_BUFFER + 1u, UINT16_MAX};
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < 3u; i++) {
        assert_true(shm_peer_send(&peer, i, lengths[i]));
    }
    assert_int_equal(poll_port(&seen), 0);
    assert_int_equal(seen.frames, 0);
    assert_int_equal(shm.shm_counters.bad_lengths, 3);
    assert_int_equal(counters().receive_dropped, 3);
    assert_nothing_lost();
}

static void test_other_side_that_always_asks_is_notified_once_a_poll(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    for (uint32_t i = 0; i < SHM_RECEIVE; i++) {
        v6nf_shm_request(&peer.transmit_active);
        v6nf_shm_request(&peer.receive_free);
        assert_true(shm_peer_send(&peer, i, 60));
        assert_true(i >= SHM_ORIGINATE || originate(i, 60));
    }
    (void)poll_port(&seen);
    assert_int_equal(notified[SHM_TRANSMIT_CHANNEL], 1);
    assert_int_equal(notified[SHM_RECEIVE_CHANNEL], 1); /* of its first buffers */
    for (uint32_t i = 0; i < 10u; i++) {
        v6nf_shm_request(&peer.transmit_active);
        v6nf_shm_request(&peer.receive_free);
        assert_int_equal(poll_port(&seen), 0);
    }
    assert_int_equal(shm.shm_counters.notifications, 2);
}

static uint32_t draw(uint32_t count)
{
    static uint64_t random = 6;
    random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random >> 33) % count;
}

/* With any content of shared memory at any time nothing breaks, and each call ends. */
static void test_noise(void **state)
{
    (void)state;
    struct seen seen = {.reply = 60};
    uint8_t *const queues[4] = {memory.receive_active.bytes, memory.receive_free.bytes, memory.transmit_active.bytes,
                                memory.transmit_free.bytes};
    const uint32_t sizes[4] = {sizeof memory.receive_active.bytes, sizeof memory.receive_free.bytes,
                               sizeof memory.transmit_active.bytes, sizeof memory.transmit_free.bytes};
    for (uint32_t i = 0; i < 300000u; i++) {
        uint32_t which = draw(2) * 3u; /* one of the two that it produces */
        v6nf_shm_put(which == 0u ? &peer.receive_active : &peer.transmit_free, draw(SHM_BUFFERS + 2u) * SHM_BUFFER,
                     draw(SHM_BUFFER + 200u));
        v6nf_shm_publish(which == 0u ? &peer.receive_active : &peer.transmit_free);
        uint32_t any = draw(4);
        if (draw(20) == 0u) {
            queues[any][draw(sizes[any])] = (uint8_t)draw(256);
        }
        seen.reply = draw(80);
        assert_true(poll_port(&seen) <= V6NF_SHM_BURST);
        (void)v6nf_shm_may_sleep(&shm);
        (void)originate(i, 60);
        uint32_t mine = shm.originate.count + (shm.reserved != V6NF_SHM_BUFFERS ? 1u : 0u);
        assert_true(mine <= SHM_ORIGINATE && shm.lent <= SHM_RECEIVE);
    }
    assert_true(shm.receive_active.jumps > 0u && shm.shm_counters.unexpected > 1000u &&
                shm.shm_counters.bad_lengths > 100u);
    assert_true(counters().sent > 1000u);
    assert_true(seen.frames > 1000u);
    assert_contained();
}

/* -- Frames that the other side might still change ----------------------------------------------------------------- */

static void test_private_frames_are_handled_elsewhere(void **state)
{
    (void)state;
    static uint8_t frames[2][SHM_BUFFER];
    struct v6nf_shm_descriptor frame;
    struct seen seen = {.reply = 70};
    memset(&memory, 0, sizeof memory);
    struct v6nf_shm_config config = shm_config(&memory, notify);
    config.private_frames = frames[0];
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    shm_peer_init(&peer, &memory);
    assert_true(shm_peer_send(&peer, 0x1234, 60));
    assert_int_equal(poll_port(&seen), 1);
    assert_ptr_equal(seen.frame, frames[0]);
    assert_int_equal(seen.value, 0x1234);
    assert_true(shm_peer_take(&peer, &frame));
    assert_int_equal(frame.length, 70);
    assert_memory_equal(memory.data[0] + frame.offset, frames[0], 70);
    assert_int_equal(memory.data[0][frame.offset + 69u], 0x77);
    assert_int_equal(memory.data[0][frame.offset + 70u], 0); /* bytes that are not sent are not copied */
    assert_ptr_equal(port->operations->reserve(port), frames[1]);
    assert_true(originate(0x4321, 60));
    assert_true(shm_peer_take(&peer, &frame));
    assert_int_equal(shm_value(memory.data[0] + frame.offset), 0x4321);
    seen.reply = UINT32_MAX;
    assert_true(shm_peer_send(&peer, 5, 60));
    assert_int_equal(poll_port(&seen), 1);
    (void)port->operations->reserve(port);
    port->operations->commit(port, SHM_BUFFER + 1u);
    assert_int_equal(counters().transmit_dropped, 2);
    assert_contained();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_port_has_its_properties, setup),
        cmocka_unit_test_setup(test_configuration_is_checked, setup),
        cmocka_unit_test_setup(test_queues_of_a_port_that_ran_are_refused, setup),
        cmocka_unit_test_setup(test_each_own_index_shows_a_port_that_ran, setup),
        cmocka_unit_test_setup(test_frame_that_is_dropped_goes_back_to_free, setup),
        cmocka_unit_test_setup(test_frame_is_sent_from_its_receive_buffer, setup),
        cmocka_unit_test_setup(test_frame_fills_its_buffer, setup),
        cmocka_unit_test_setup(test_invalid_length_of_a_handler_sends_nothing, setup),
        cmocka_unit_test_setup(test_originated_frames_have_buffers_of_their_own, setup),
        cmocka_unit_test_setup(test_reserved_buffer_stays_while_others_return, setup),
        cmocka_unit_test_setup(test_reserve_passes_receive_buffers_on, setup),
        cmocka_unit_test_setup(test_commit_of_nothing_sends_nothing, setup),
        cmocka_unit_test_setup(test_stop, setup),
        cmocka_unit_test_setup(test_full_and_empty_queues, setup),
        cmocka_unit_test_setup(test_indexes_wrap_around, setup),
        cmocka_unit_test_setup(test_poll_is_one_burst, setup),
        cmocka_unit_test_setup(test_other_side_fills_receive_free, setup),
        cmocka_unit_test_setup(test_sleeper_asks_and_poller_does_not, setup),
        cmocka_unit_test_setup(test_frame_before_the_request_is_seen, setup),
        cmocka_unit_test_setup(test_frame_after_the_request_is_notified_once, setup),
        cmocka_unit_test_setup(test_burst_is_notified_once_and_only_on_request, setup),
        cmocka_unit_test_setup(test_dropped_frame_notifies_a_side_without_buffers, setup),
        cmocka_unit_test_setup(test_one_channel_is_notified_once, setup),
        cmocka_unit_test_setup(test_what_was_originated_is_notified_once_before_sleep, setup),
        cmocka_unit_test_setup(test_missing_buffers_are_requested, setup),
        cmocka_unit_test_setup(test_wait_sleeps_without_work, setup),
        cmocka_unit_test_setup(test_missing_originate_buffers_are_requested, setup),
        cmocka_unit_test_setup(test_buffers_returned_before_the_request_are_seen, setup),
        cmocka_unit_test_setup(test_impossible_indexes_count_as_empty, setup),
        cmocka_unit_test_setup(test_more_descriptors_than_buffers_are_a_jump, setup),
        cmocka_unit_test_setup(test_impossible_heads_change_nothing, setup),
        cmocka_unit_test_setup(test_own_indexes_are_not_read_again, setup),
        cmocka_unit_test_setup(test_offsets_of_no_buffer_are_dropped, setup),
        cmocka_unit_test_setup(test_buffers_that_it_does_not_have_are_dropped, setup),
        cmocka_unit_test_setup(test_impossible_lengths_are_dropped, setup),
        cmocka_unit_test_setup(test_other_side_that_always_asks_is_notified_once_a_poll, setup),
        cmocka_unit_test_setup(test_noise, setup),
        cmocka_unit_test_setup(test_private_frames_are_handled_elsewhere, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
