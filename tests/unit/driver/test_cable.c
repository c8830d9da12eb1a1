/* test_cable.c: the wire that other tests use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/driver/cable.h"

#define MTU 1500u
#define CAPACITY (MTU + 14u)
#define SEED 6u

static struct v6nf_cable cable;
static struct v6nf_cable_end *const a = &cable.a;
static struct v6nf_cable_end *const b = &cable.b;

static int setup(void **state)
{
    (void)state;
    return v6nf_cable_init(&cable, MTU, CAPACITY, SEED) ? 0 : 1;
}

/* Send a frame of `length` bytes `value` from `end`. */
static bool send_value(struct v6nf_cable_end *end, uint8_t value, uint32_t length)
{
    uint8_t frame[V6NF_CABLE_CAPACITY_MAX];
    memset(frame, value, sizeof frame);
    return v6nf_cable_send(end, frame, length);
}

/* The first byte of the next frame at `end`; -1 if none has arrived. */
static int receive_value(struct v6nf_cable_end *end)
{
    uint8_t first = 0;
    return v6nf_cable_receive(end, &first, 1) > 0u ? (int)first : -1;
}

/* Send frames 0 to count - 1, of `length` bytes, and store what arrives. Return the number of arrivals. */
static uint32_t pass(uint32_t count, uint32_t length, int *arrived, uint32_t room)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(send_value(a, (uint8_t)i, length));
    }
    v6nf_cable_advance(&cable, cable.now + 1000000u);
    uint32_t received = 0;
    for (int value = receive_value(b); value >= 0; value = receive_value(b)) {
        assert_true(received < room);
        arrived[received++] = value;
    }
    return received;
}

static struct v6nf_port_counters counters_of(struct v6nf_cable_end *end)
{
    struct v6nf_port_counters counters;
    memset(&counters, 0xFF, sizeof counters);
    end->port.operations->read_counters(&end->port, &counters);
    return counters;
}

/* A handler that keeps what it saw and answers `reply` bytes. */
struct seen {
    uint32_t frames;
    uint32_t length;
    uint32_t capacity;
    uint32_t length_on_entry;
    uint32_t reply;
    uint8_t bytes[V6NF_CABLE_CAPACITY_MAX];
};

static void look(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    struct seen *seen = context;
    seen->frames++;
    seen->length = length;
    seen->capacity = capacity;
    seen->length_on_entry = lengths[0];
    memcpy(seen->bytes, frame, capacity);
    memset(frame + length, 0x77, capacity - length); /* the room is the handler's */
    lengths[0] = seen->reply;
}

static uint32_t poll_end(struct v6nf_cable_end *end, struct seen *seen)
{
    return end->port.operations->poll(&end->port, look, seen);
}

/* -- The port's contract ------------------------------------------------------------------------------------------- */

static void test_ports_say_what_they_are(void **state)
{
    (void)state;
    const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0x0A};
    const uint8_t mac_b[6] = {2, 0, 0, 0, 0, 0x0B};
    assert_memory_equal(a->port.mac, mac_a, 6);
    assert_memory_equal(b->port.mac, mac_b, 6);
    assert_int_equal(a->port.mtu, MTU);
    assert_int_equal(b->port.capacity, CAPACITY);
    assert_int_equal(a->port.outputs, 1);
    assert_true(a->port.operations->link_up(&a->port));
}

static void test_sizes_are_checked(void **state)
{
    (void)state;
    static struct v6nf_cable before;
    before = cable;
    assert_false(v6nf_cable_init(&cable, 1279, CAPACITY, SEED));
    assert_memory_equal(&cable, &before, sizeof before); /* the one that is in use */
    assert_false(v6nf_cable_init(&cable, MTU, CAPACITY - 1u, SEED));
    assert_false(v6nf_cable_init(&cable, MTU, V6NF_CABLE_CAPACITY_MAX + 1u, SEED));
    assert_false(v6nf_cable_init(&cable, UINT32_MAX - 5u, CAPACITY, SEED)); /* mtu + 14 wraps */
    assert_true(v6nf_cable_init(&cable, 1280, 1294, SEED));
    assert_true(v6nf_cable_init(&cable, V6NF_CABLE_CAPACITY_MAX - 14u, V6NF_CABLE_CAPACITY_MAX, SEED));
}

static void test_frame_arrives_whole_with_room(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    assert_int_equal(poll_end(b, &seen), 0);
    assert_true(send_value(a, 0x42, CAPACITY)); /* so that a later frame has an earlier one's slot */
    assert_int_equal(poll_end(b, &seen), 1);
    assert_true(send_value(a, 0x43, 100));
    assert_int_equal(poll_end(b, &seen), 1);
    assert_int_equal(seen.length, 100);
    assert_int_equal(seen.capacity, CAPACITY);
    assert_int_equal(seen.length_on_entry, 0);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        assert_int_equal(seen.bytes[i], i < 100u ? 0x43 : 0xEE); /* nothing of the first frame shines through */
    }
    assert_int_equal(poll_end(b, &seen), 0);
    assert_int_equal(poll_end(a, &seen), 0); /* and nothing was sent */
}

static void test_handlers_answer_leaves_at_the_same_end(void **state)
{
    (void)state;
    struct seen seen = {.reply = 200};
    uint8_t reply[CAPACITY];
    assert_true(send_value(a, 0x42, 100));
    assert_int_equal(poll_end(b, &seen), 1);
    assert_int_equal(v6nf_cable_receive(a, reply, sizeof reply), 200);
    assert_int_equal(reply[99], 0x42);
    assert_int_equal(reply[100], 0x77);
    assert_int_equal(v6nf_cable_receive(b, reply, sizeof reply), 0);
    struct v6nf_port_counters counters = counters_of(b);
    assert_int_equal(counters.received, 1);
    assert_int_equal(counters.received_bytes, 100);
    assert_int_equal(counters.sent, 1);
    assert_int_equal(counters.sent_bytes, 200);
    assert_int_equal(counters.receive_dropped, 0);
    assert_int_equal(counters.transmit_dropped, 0);
}

static void test_handler_that_says_too_much_is_dropped(void **state)
{
    (void)state;
    struct seen seen = {.reply = CAPACITY + 1u};
    assert_true(send_value(a, 0x42, 100));
    assert_int_equal(poll_end(b, &seen), 1);
    seen.reply = UINT32_MAX;
    assert_true(send_value(a, 0x42, 100));
    assert_int_equal(poll_end(b, &seen), 1);
    assert_int_equal(receive_value(a), -1);
    assert_int_equal(counters_of(b).transmit_dropped, 2);
    assert_int_equal(counters_of(b).sent, 0);
    seen.reply = CAPACITY;
    assert_true(send_value(a, 0x42, 100));
    assert_int_equal(poll_end(b, &seen), 1);
    assert_int_equal(v6nf_cable_receive(a, NULL, 0), CAPACITY);
}

static void test_poll_shows_no_more_than_a_burst(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    for (uint32_t i = 0; i < V6NF_CABLE_BURST + 1u; i++) {
        assert_true(send_value(a, (uint8_t)i, 60));
    }
    assert_int_equal(poll_end(b, &seen), V6NF_CABLE_BURST);
    assert_int_equal(seen.bytes[0], V6NF_CABLE_BURST - 1u);
    assert_int_equal(poll_end(b, &seen), 1);
    assert_int_equal(seen.bytes[0], V6NF_CABLE_BURST);
}

static void test_originate_buffers(void **state)
{
    (void)state;
    const struct v6nf_port_operations *operations = a->port.operations;
    uint8_t *buffer = operations->reserve(&a->port);
    assert_non_null(buffer);
    assert_ptr_equal(operations->reserve(&a->port), buffer); /* not committed, so given again */
    memset(buffer, 0x51, CAPACITY);
    operations->commit(&a->port, CAPACITY);
    assert_int_equal(v6nf_cable_receive(b, NULL, 0), CAPACITY);
    a->knobs.busy = 10;
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE; i++) {
        buffer = operations->reserve(&a->port);
        assert_non_null(buffer);
        buffer[0] = (uint8_t)i;
        operations->commit(&a->port, 60);
    }
    assert_null(operations->reserve(&a->port));
    for (uint32_t i = 0; i < V6NF_CABLE_ORIGINATE; i++) {
        assert_int_equal(receive_value(b), i); /* the frames are gone, but the buffers are still busy */
    }
    v6nf_cable_advance(&cable, 9);
    assert_null(operations->reserve(&a->port));
    v6nf_cable_advance(&cable, 10);
    assert_non_null(operations->reserve(&a->port));
}

static void test_commit_of_nonsense_sends_nothing(void **state)
{
    (void)state;
    const struct v6nf_port_operations *operations = a->port.operations;
    operations->commit(&a->port, 60); /* nothing reserved */
    assert_int_equal(counters_of(a).transmit_dropped, 0);
    assert_non_null(operations->reserve(&a->port));
    operations->commit(&a->port, 0);
    assert_non_null(operations->reserve(&a->port));
    operations->commit(&a->port, CAPACITY + 1u);
    operations->commit(&a->port, 60); /* the reservation is used up */
    assert_non_null(operations->reserve(&a->port));
    operations->commit(&a->port, V6NF_PORT_FRAME_MIN - 1u);
    assert_int_equal(counters_of(a).transmit_dropped, 3);
    assert_int_equal(counters_of(a).sent, 0);
    assert_int_equal(receive_value(b), -1);
}

static void test_stop(void **state)
{
    (void)state;
    struct seen seen = {.reply = 0};
    const struct v6nf_port_operations *operations = b->port.operations;
    assert_int_equal(operations->status(&b->port), V6NF_PORT_RUNNING);
    assert_non_null(operations->reserve(&b->port));
    assert_true(send_value(a, 1, 60));
    for (uint32_t i = 0; i < 2u; i++) {
        assert_true(operations->stop(&b->port));
        assert_int_equal(operations->status(&b->port), V6NF_PORT_STOPPED);
        assert_false(operations->link_up(&b->port));
        assert_true(send_value(a, 2, 60)); /* sent, and received by no station */
        assert_int_equal(poll_end(b, &seen), 0);
        assert_int_equal(v6nf_cable_next_arrival(&cable), UINT64_MAX);
        operations->commit(&b->port, 60);
        assert_null(operations->reserve(&b->port));
        operations->commit(&b->port, 60);
        assert_int_equal(receive_value(a), -1);
        assert_int_equal(counters_of(b).received + counters_of(b).sent + counters_of(b).transmit_dropped, 0);
    }
    assert_int_equal(a->port.operations->status(&a->port), V6NF_PORT_RUNNING);
    assert_int_equal(setup(NULL), 0);
    assert_true(send_value(a, 3, 60));
    assert_int_equal(poll_end(b, &seen), 1);
}

/* -- The raw side -------------------------------------------------------------------------------------------------- */

static void test_raw_frames(void **state)
{
    (void)state;
    uint8_t small[4] = {0};
    assert_false(send_value(a, 1, 0));
    assert_false(send_value(a, 1, CAPACITY + 1u));
    assert_int_equal(counters_of(a).transmit_dropped, 2);
    assert_int_equal(v6nf_cable_receive(b, small, sizeof small), 0);
    assert_true(send_value(a, 9, 1));
    assert_int_equal(v6nf_cable_receive(b, small, sizeof small), 1);
    assert_true(send_value(a, 8, 100));
    assert_int_equal(v6nf_cable_receive(b, small, 3), 100); /* the length shows that it was cut */
    assert_int_equal(small[2], 8);
    assert_int_equal(small[3], 0);
    assert_int_equal(v6nf_cable_receive(b, small, sizeof small), 0);
}

static void test_both_directions_are_apart(void **state)
{
    (void)state;
    assert_true(send_value(a, 1, 60));
    assert_true(send_value(b, 2, 60));
    assert_int_equal(receive_value(a), 2);
    assert_int_equal(receive_value(b), 1);
}

/* -- Time, queue, link --------------------------------------------------------------------------------------------- */

static void test_latency_is_per_direction(void **state)
{
    (void)state;
    a->knobs.latency = 500;
    assert_true(v6nf_cable_next_arrival(&cable) == UINT64_MAX);
    v6nf_cable_advance(&cable, 100);
    assert_true(send_value(a, 1, 60));
    assert_int_equal(v6nf_cable_next_arrival(&cable), 600);
    assert_true(send_value(b, 2, 60));
    assert_int_equal(v6nf_cable_next_arrival(&cable), 100);
    assert_int_equal(receive_value(a), 2);
    v6nf_cable_advance(&cable, 599);
    assert_int_equal(receive_value(b), -1);
    v6nf_cable_advance(&cable, 600);
    v6nf_cable_advance(&cable, 0); /* time does not go back */
    assert_int_equal(receive_value(b), 1);
}

static void test_shorter_latency_overtakes(void **state)
{
    (void)state;
    a->knobs.latency = 500;
    assert_true(send_value(a, 1, 60));
    a->knobs.latency = 100;
    assert_true(send_value(a, 2, 60));
    v6nf_cable_advance(&cable, 1000);
    assert_int_equal(receive_value(b), 2);
    assert_int_equal(receive_value(b), 1);
}

static void test_queue_is_bounded(void **state)
{
    (void)state;
    a->knobs.queue = 3;
    for (uint32_t i = 0; i < 5u; i++) {
        assert_int_equal(send_value(a, (uint8_t)i, 60), i < 3u);
    }
    assert_int_equal(counters_of(a).sent, 3);
    assert_int_equal(counters_of(a).transmit_dropped, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(receive_value(b), i);
    }
    assert_int_equal(receive_value(b), -1);
    a->knobs.queue = UINT32_MAX; /* not more than there are slots */
    for (uint32_t i = 0; i < V6NF_CABLE_QUEUE + 1u; i++) {
        assert_int_equal(send_value(a, (uint8_t)i, 60), i < V6NF_CABLE_QUEUE);
    }
}

static void test_order_is_kept_over_many_frames(void **state)
{
    (void)state;
    uint32_t next = 0;
    for (uint32_t i = 0; i < 1000u; i++) { /* goes through the slots in every phase */
        assert_true(send_value(a, (uint8_t)(i & 0xFFu), 60));
        for (uint32_t k = 0; k < (i % 7u == 0u ? 7u : 0u) && next <= i; k++) {
            assert_int_equal(receive_value(b), next & 0xFFu);
            next++;
        }
    }
}

static void test_link_down(void **state)
{
    (void)state;
    assert_true(send_value(a, 1, 60));
    v6nf_cable_set_link(&cable, false);
    assert_false(a->port.operations->link_up(&a->port));
    assert_false(b->port.operations->link_up(&b->port));
    assert_int_equal(receive_value(b), -1); /* was under way */
    assert_false(send_value(a, 2, 60));
    assert_non_null(b->port.operations->reserve(&b->port));
    b->port.operations->commit(&b->port, 60);
    assert_int_equal(counters_of(a).transmit_dropped, 1);
    assert_int_equal(counters_of(b).transmit_dropped, 1);
    v6nf_cable_set_link(&cable, true);
    assert_true(a->port.operations->link_up(&a->port));
    assert_int_equal(receive_value(a), -1);
    assert_true(send_value(a, 3, 60));
    assert_int_equal(receive_value(b), 3);
}

/* -- Faults -------------------------------------------------------------------------------------------------------- */

static void test_planned_loss(void **state)
{
    (void)state;
    int arrived[10];
    a->knobs.plan[V6NF_CABLE_LOSS] = (struct v6nf_cable_plan){.after = 2, .count = 3};
    assert_int_equal(pass(7, 60, arrived, 10), 4);
    const int expected[4] = {0, 1, 5, 6};
    assert_memory_equal(arrived, expected, sizeof expected);
    assert_int_equal(a->suffered[V6NF_CABLE_LOSS], 3);
    assert_int_equal(counters_of(a).sent, 7); /* they left; the wire lost them */
    assert_int_equal(counters_of(a).transmit_dropped, 0);
}

static void test_planned_duplication(void **state)
{
    (void)state;
    int arrived[10];
    a->knobs.plan[V6NF_CABLE_DUPLICATION].count = 1;
    assert_int_equal(pass(2, 60, arrived, 10), 3);
    const int expected[3] = {0, 0, 1};
    assert_memory_equal(arrived, expected, sizeof expected);
    assert_int_equal(counters_of(a).sent, 2);
    a->knobs.queue = 1; /* no room for a second one */
    a->knobs.plan[V6NF_CABLE_DUPLICATION].count = 1;
    assert_int_equal(pass(1, 60, arrived, 10), 1);
    assert_int_equal(a->suffered[V6NF_CABLE_DUPLICATION], 1);
}

static void test_planned_reordering(void **state)
{
    (void)state;
    int arrived[10];
    a->knobs.plan[V6NF_CABLE_REORDERING] = (struct v6nf_cable_plan){.after = 1, .count = 1};
    assert_int_equal(pass(4, 60, arrived, 10), 4);
    const int expected[4] = {0, 2, 3, 1};
    assert_memory_equal(arrived, expected, sizeof expected);
    a->knobs.holdback = 70;
    a->knobs.plan[V6NF_CABLE_REORDERING].count = 1;
    uint64_t sent = cable.now;
    assert_true(send_value(a, 1, 60));
    assert_int_equal(v6nf_cable_next_arrival(&cable), sent + 70u); /* late, but it comes, though nothing follows */
}

static void test_planned_truncation(void **state)
{
    (void)state;
    bool differ = false;
    uint32_t last = 0;
    for (uint32_t i = 0; i < 200u; i++) {
        a->knobs.plan[V6NF_CABLE_TRUNCATION].count = 1;
        struct seen seen = {.reply = 0};
        assert_true(send_value(a, 0x33, 5));
        assert_int_equal(poll_end(b, &seen), 1);
        assert_in_range(seen.length, 1, 4);
        for (uint32_t k = 0; k < 6u; k++) {
            assert_int_equal(seen.bytes[k], k < seen.length ? 0x33 : 0xEE);
        }
        differ = differ || (i > 0u && seen.length != last);
        last = seen.length;
    }
    assert_true(differ);
    assert_int_equal(a->suffered[V6NF_CABLE_TRUNCATION], 200);
    a->knobs.plan[V6NF_CABLE_TRUNCATION].count = 1;
    assert_true(send_value(a, 1, 1));
    assert_int_equal(v6nf_cable_receive(b, NULL, 0), 1); /* one byte cannot be cut */
    assert_int_equal(a->suffered[V6NF_CABLE_TRUNCATION], 200);
}

static void test_planned_corruption(void **state)
{
    (void)state;
    uint32_t hit[8] = {0};
    for (uint32_t i = 0; i < 400u; i++) {
        uint8_t frame[8];
        a->knobs.plan[V6NF_CABLE_CORRUPTION].count = 1;
        assert_true(send_value(a, 0, sizeof frame));
        assert_int_equal(v6nf_cable_receive(b, frame, sizeof frame), sizeof frame);
        uint32_t bits = 0;
        for (uint32_t k = 0; k < sizeof frame; k++) {
            for (uint32_t bit = 0; bit < 8u; bit++) {
                bool set = (frame[k] >> bit & 1) != 0;
                bits += set ? 1u : 0u;
                hit[k] += set ? 1u : 0u;
            }
        }
        assert_int_equal(bits, 1);
    }
    for (uint32_t k = 0; k < 8u; k++) {
        assert_true(hit[k] > 0u); /* any byte can be hit, the first and the last too */
    }
}

/* Loss at a rate of 1 in 4 over many frames; `from` determines which ones arrive. */
static uint32_t lose_quarter(uint64_t seed, bool *came, uint32_t frames)
{
    uint32_t received = 0;
    assert_true(v6nf_cable_init(&cable, MTU, CAPACITY, seed));
    a->knobs.rate[V6NF_CABLE_LOSS] = 16384;
    for (uint32_t i = 0; i < frames; i++) {
        assert_true(send_value(a, 1, 60));
        came[i] = receive_value(b) == 1;
        received += came[i] ? 1u : 0u;
        assert_true(send_value(b, 2, 60)); /* the other direction, which has no loss */
        assert_int_equal(receive_value(a), 2);
    }
    assert_int_equal(a->suffered[V6NF_CABLE_LOSS], frames - received);
    return received;
}

static void test_random_loss_has_its_rate_and_its_seed(void **state)
{
    (void)state;
    static bool first[4000];
    static bool second[4000];
    uint32_t received = lose_quarter(1, first, 4000);
    assert_in_range(received, 2850, 3150); /* 3000 +- 5 standard deviations of 27 */
    assert_int_equal(lose_quarter(1, second, 4000), received);
    assert_memory_equal(first, second, sizeof first);
    (void)lose_quarter(2, second, 4000);
    assert_memory_not_equal(first, second, sizeof first);
}

static void test_chance_is_per_direction(void **state)
{
    (void)state;
    bool differ = false;
    a->knobs.rate[V6NF_CABLE_LOSS] = 32768;
    b->knobs.rate[V6NF_CABLE_LOSS] = 32768;
    for (uint32_t i = 0; i < 64u; i++) {
        assert_true(send_value(a, 1, 60));
        assert_true(send_value(b, 1, 60));
        differ = receive_value(a) != receive_value(b) || differ;
    }
    assert_true(differ);
}

static void test_rates_of_all_and_none(void **state)
{
    (void)state;
    int arrived[40];
    assert_int_equal(pass(20, 60, arrived, 40), 20);
    a->knobs.rate[V6NF_CABLE_DUPLICATION] = 65536;
    assert_int_equal(pass(20, 60, arrived, 40), 40);
    a->knobs.rate[V6NF_CABLE_LOSS] = 65536;
    assert_int_equal(pass(20, 60, arrived, 40), 0);
}

/* One fault's rate does not change whom another fault hits. */
static void test_faults_are_independent(void **state)
{
    (void)state;
    int alone[64];
    int together[64];
    a->knobs.rate[V6NF_CABLE_LOSS] = 32768;
    uint32_t count = pass(60, 60, alone, 64);
    assert_true(v6nf_cable_init(&cable, MTU, CAPACITY, SEED));
    a->knobs.rate[V6NF_CABLE_LOSS] = 32768;
    a->knobs.rate[V6NF_CABLE_TRUNCATION] = 32768;
    assert_int_equal(pass(60, 60, together, 64), count);
    assert_memory_equal(alone, together, count * sizeof alone[0]);
    assert_true(a->suffered[V6NF_CABLE_TRUNCATION] > 0u);
    assert_true(a->suffered[V6NF_CABLE_TRUNCATION] <= count); /* what is lost is not cut as well */
}

/* -- Interception -------------------------------------------------------------------------------------------------- */

/* Lose frames that begin with 1, lengthen those that begin with 2, return nonsense for 3, pass the rest. */
static void meddle(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    uint32_t *count = context;
    (*count)++;
    lengths[0] = frame[0] == 1u ? 0u : length;
    if (frame[0] == 2u) {
        memset(frame + length, 0x22, capacity - length);
        lengths[0] = capacity;
    }
    if (frame[0] == 3u) {
        lengths[0] = capacity + 1u;
    }
}

static void test_interception(void **state)
{
    (void)state;
    uint32_t count = 0;
    uint8_t frame[CAPACITY];
    a->knobs.intercept = meddle;
    a->knobs.intercept_context = &count;
    a->knobs.plan[V6NF_CABLE_LOSS] = (struct v6nf_cable_plan){.after = 1, .count = 1};
    for (uint8_t i = 0; i < 5u; i++) {
        assert_true(send_value(a, i, 60));
    }
    assert_true(send_value(a, 2, 60));
    assert_int_equal(count, 6);
    assert_int_equal(receive_value(b), 0);
    assert_int_equal(receive_value(b), 4); /* 2 was the second to come past the interceptor: lost as planned */
    assert_int_equal(v6nf_cable_receive(b, frame, sizeof frame), CAPACITY);
    assert_int_equal(frame[0], 2);
    assert_int_equal(frame[CAPACITY - 1u], 0x22);
    assert_int_equal(receive_value(b), -1);
}

/* -- Waiting ------------------------------------------------------------------------------------------------------- */

static void wait_at(struct v6nf_cable_end *end, uint64_t until)
{
    end->port.operations->wait(&end->port, until);
}

static void test_wait_goes_to_the_time(void **state)
{
    (void)state;
    v6nf_cable_advance(&cable, 100);
    wait_at(a, 350);
    assert_int_equal(cable.now, 350);
    wait_at(a, 200); /* has passed */
    wait_at(a, 0);
    assert_int_equal(cable.now, 350);
    wait_at(a, UINT64_MAX); /* nothing can end it */
    assert_int_equal(cable.now, 350);
}

static void test_wait_ends_when_a_frame_arrives(void **state)
{
    (void)state;
    a->knobs.latency = 70;
    assert_true(send_value(a, 1, 60));
    wait_at(b, UINT64_MAX);
    assert_int_equal(cable.now, 70);
    wait_at(b, 500); /* it is there */
    assert_int_equal(cable.now, 70);
    assert_int_equal(receive_value(b), 1);
    wait_at(b, 500);
    assert_int_equal(cable.now, 500);
}

static void test_wait_does_not_pass_an_arrival_at_the_other_end(void **state)
{
    (void)state;
    b->knobs.latency = 30;
    assert_true(send_value(b, 1, 60));
    wait_at(b, 500);
    assert_int_equal(cable.now, 30);
    wait_at(b, 500); /* although no one polls it there */
    assert_int_equal(cable.now, 500);
}

static void test_wait_at_an_end_that_is_stopped_goes_to_the_time(void **state)
{
    (void)state;
    assert_true(send_value(a, 1, 60));
    assert_true(b->port.operations->stop(&b->port));
    wait_at(b, 500);
    assert_int_equal(cable.now, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ports_say_what_they_are, setup),
        cmocka_unit_test_setup(test_sizes_are_checked, setup),
        cmocka_unit_test_setup(test_frame_arrives_whole_with_room, setup),
        cmocka_unit_test_setup(test_handlers_answer_leaves_at_the_same_end, setup),
        cmocka_unit_test_setup(test_handler_that_says_too_much_is_dropped, setup),
        cmocka_unit_test_setup(test_poll_shows_no_more_than_a_burst, setup),
        cmocka_unit_test_setup(test_originate_buffers, setup),
        cmocka_unit_test_setup(test_commit_of_nonsense_sends_nothing, setup),
        cmocka_unit_test_setup(test_stop, setup),
        cmocka_unit_test_setup(test_raw_frames, setup),
        cmocka_unit_test_setup(test_both_directions_are_apart, setup),
        cmocka_unit_test_setup(test_latency_is_per_direction, setup),
        cmocka_unit_test_setup(test_shorter_latency_overtakes, setup),
        cmocka_unit_test_setup(test_queue_is_bounded, setup),
        cmocka_unit_test_setup(test_order_is_kept_over_many_frames, setup),
        cmocka_unit_test_setup(test_link_down, setup),
        cmocka_unit_test_setup(test_planned_loss, setup),
        cmocka_unit_test_setup(test_planned_duplication, setup),
        cmocka_unit_test_setup(test_planned_reordering, setup),
        cmocka_unit_test_setup(test_planned_truncation, setup),
        cmocka_unit_test_setup(test_planned_corruption, setup),
        cmocka_unit_test_setup(test_random_loss_has_its_rate_and_its_seed, setup),
        cmocka_unit_test_setup(test_chance_is_per_direction, setup),
        cmocka_unit_test_setup(test_rates_of_all_and_none, setup),
        cmocka_unit_test_setup(test_faults_are_independent, setup),
        cmocka_unit_test_setup(test_interception, setup),
        cmocka_unit_test_setup(test_wait_goes_to_the_time, setup),
        cmocka_unit_test_setup(test_wait_ends_when_a_frame_arrives, setup),
        cmocka_unit_test_setup(test_wait_does_not_pass_an_arrival_at_the_other_end, setup),
        cmocka_unit_test_setup(test_wait_at_an_end_that_is_stopped_goes_to_the_time, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
