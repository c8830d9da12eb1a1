/* test_ring_tags.c: rings whose card removes and inserts VLAN tags, on a card in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_ring_device.h"

#define BUFFER_SIZE 2048u
#define OUTPUTS 2u
#define KINDS 8u /* format, heads, checksums */
#define MILLISECOND UINT64_C(1000)
#define TAG_SIZE 4u
#define CHECKSUM_AT 60u

#define TAGGED(id) ((uint32_t)(id) << V6NF_PORT_VLAN_SHIFT)

struct world {
    uint32_t kind;
    uint32_t outputs;
    struct ring_device card[OUTPUTS]; /* the first one receives, too */
    struct v6nf_ring ring;
    uint32_t wishes[OUTPUTS][V6NF_RING_SIZE];
    uint32_t seed;
    uint32_t handled;
    uint32_t length;      /* as the last frame was shown */
    uint32_t by_card;     /* tags */
    uint32_t by_software; /* tags */
    uint32_t checksums;   /* of the latter */
    uint32_t plain;
    uint32_t lost; /* frames that were wanted, and not sent */
    uint32_t ids;  /* VLANs of random wishes */
    bool is_fixed; /* wishes are these: */
    uint32_t fixed[OUTPUTS];
    uint64_t now;
};

static struct world w;

static uint32_t draw(void)
{
    w.seed = w.seed * 1664525u + 1013904223u;
    return w.seed >> 8;
}

static bool is_advanced(void)
{
    return (w.kind & 1u) != 0u;
}

static bool has_checksums(void)
{
    return (w.kind & 4u) != 0u;
}

/* A frame with or without a tag and a flag, nothing, or a length that is no frame. */
static uint32_t draw_wish(void)
{
    const uint32_t bytes = V6NF_PORT_FRAME_MIN + draw() % 1000u;
    const uint32_t tag = TAGGED(draw() % 3u == 0u ? 0u : 1u + 4093u * (draw() % w.ids) / w.ids);
    switch (draw() % 8u) {
    case 0:
        return 0;
    case 1:
        return (BUFFER_SIZE + 1u - (tag != 0u ? TAG_SIZE : 0u)) | tag;
    case 2:
        return (V6NF_PORT_FRAME_MIN - 1u) | tag;
    case 3:
        return bytes | tag | V6NF_PORT_CHECKSUM_GOOD;
    case 4:
        return bytes | tag | V6NF_PORT_CHECKSUM_PARTIAL;
    default:
        return bytes | tag;
    }
}

static bool is_frame(uint32_t wish)
{
    const uint32_t capacity = BUFFER_SIZE - ((wish & V6NF_PORT_VLAN) != 0u ? TAG_SIZE : 0u);
    const uint32_t bytes = wish & ~V6NF_PORT_VLAN;
    if ((bytes & V6NF_PORT_CHECKSUM_PARTIAL) == 0u) {
        return V6NF_PORT_IS_FRAME(bytes, capacity);
    }
    const uint32_t partial = bytes - V6NF_PORT_CHECKSUM_PARTIAL;
    return has_checksums() && partial >= V6NF_PORT_PARTIAL_MIN && V6NF_PORT_IS_FRAME(partial, capacity);
}

/* Byte number `i` of frame `number`. */
static uint8_t byte_of(uint32_t number, uint32_t i)
{
    return (uint8_t)(number * 7u + i * 13u);
}

static void handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    const size_t at = (size_t)(frame - w.ring.buffers) / BUFFER_SIZE;
    (void)context;
    assert_int_equal(capacity, BUFFER_SIZE);
    w.length = length;
    for (uint32_t i = 0; i < BUFFER_SIZE; i++) {
        frame[i] = byte_of((uint32_t)at, i);
    }
    for (uint32_t i = 0; i < w.outputs; i++) {
        lengths[i] = w.is_fixed ? w.fixed[i] : draw_wish();
        w.wishes[i][at] = lengths[i];
    }
    w.handled++;
}

static uint32_t poll(void)
{
    return is_advanced() ? v6nf_ring_poll(&w.ring, V6NF_RING_ADVANCED_CHECKSUMS, w.outputs, handler, NULL)
                         : v6nf_ring_poll(&w.ring, V6NF_RING_LEGACY_CHECKSUMS, w.outputs, handler, NULL);
}

static bool receive(void)
{
    const uint8_t frame[100] = {0};
    return ring_device_receive(&w.card[0], frame, sizeof frame);
}

/* Check a frame whose tag the library has inserted, and its checksum if it was asked for. */
static void check_moved(const uint8_t *frame, uint32_t number, uint32_t wish)
{
    const uint32_t bytes = wish & V6NF_PORT_LENGTH;
    const uint32_t id = (wish & V6NF_PORT_VLAN) >> V6NF_PORT_VLAN_SHIFT;
    const bool is_partial = (wish & V6NF_PORT_CHECKSUM_PARTIAL) != 0u;
    uint64_t sum = ((uint64_t)byte_of(number, CHECKSUM_AT) << 8) + byte_of(number, CHECKSUM_AT + 1u);
    for (uint32_t i = 0; i < bytes; i++) {
        const uint8_t byte = frame[i < 12u ? i : i + TAG_SIZE];
        const bool is_checksum = is_partial && (i == CHECKSUM_AT || i == CHECKSUM_AT + 1u);
        assert_true(is_checksum || byte == byte_of(number, i));
        sum += i >= 54u ? (uint64_t)byte << (i % 2u == 0u ? 8u : 0u) : 0u;
    }
    const uint8_t tag[TAG_SIZE] = {0x81, 0, (uint8_t)(id >> 8), (uint8_t)id};
    assert_memory_equal(frame + 12, tag, TAG_SIZE);
    assert_true(!is_partial || sum % 0xFFFFu == 0u);
    assert_true(!is_partial || (frame[CHECKSUM_AT + TAG_SIZE] | frame[CHECKSUM_AT + 1u + TAG_SIZE]) != 0u);
    w.by_software++;
    w.checksums += is_partial ? 1u : 0u;
}

/* Check a frame that the card was given for `wish`. */
static void check_sent(const struct ring_device_queue *queue, const uint8_t *frame, uint32_t length, uint32_t number,
                       uint32_t wish)
{
    const uint32_t bytes = wish & V6NF_PORT_LENGTH;
    const uint32_t id = (wish & V6NF_PORT_VLAN) >> V6NF_PORT_VLAN_SHIFT;
    if (id != 0u && queue->tag == RING_DEVICE_NO_TAG) {
        assert_true(is_advanced());
        assert_int_equal(length, bytes + TAG_SIZE);
        assert_false(queue->inserted);
        check_moved(frame, number, wish);
        return;
    }
    assert_int_equal(length, bytes);
    assert_int_equal(queue->tag, id != 0u ? id : RING_DEVICE_NO_TAG);
    assert_int_equal(queue->inserted, (wish & V6NF_PORT_CHECKSUM_PARTIAL) != 0u);
    for (uint32_t i = 0; i < bytes; i++) {
        assert_true(frame[i] == byte_of(number, i));
    }
    w.by_card += id != 0u ? 1u : 0u;
    w.plain += id == 0u ? 1u : 0u;
}

/* Send one descriptor of output `i`. It must be what the handler wanted, or a context, or nothing. */
static bool send(uint32_t i)
{
    const uint8_t *frame = NULL;
    struct ring_device_queue *queue = &w.card[i].outputs[0];
    const uint32_t at = queue->head;
    const uint32_t length = ring_device_send(&w.card[i], 0, &frame);
    if (length == RING_DEVICE_IDLE) {
        return false;
    }
    if (length == 0u) {
        w.lost += is_frame(w.wishes[i][at]) ? 1u : 0u;
    } else {
        assert_true(is_frame(w.wishes[i][at]));
        check_sent(queue, frame, length, at, w.wishes[i][at]);
    }
    return true;
}

static void make_world(uint32_t kind, uint32_t outputs, uint32_t ids)
{
    struct v6nf_ring_device *devices[OUTPUTS] = {&w.card[0].device, &w.card[1].device};
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    w.kind = w.seed = kind;
    w.outputs = outputs;
    w.ids = ids;
    for (uint32_t i = 0; i < outputs; i++) {
        ring_device_init(&w.card[i], is_advanced() ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u);
        ring_device_insert_tags(&w.card[i]);
        if (has_checksums()) {
            ring_device_insert(&w.card[i]);
        }
    }
    assert_int_equal(v6nf_ring_open(&w.ring, devices[0], outputs, devices, BUFFER_SIZE), V6NF_RING_OPEN);
}

static void assert_no_fault(void)
{
    for (uint32_t i = 0; i < w.outputs; i++) {
        assert_null(w.card[i].fault);
    }
}

/* Let cards and loop advance at random, for `steps` steps, and then until everything is sent. */
static void run(uint32_t steps)
{
    for (uint32_t n = 0; n < steps; n++) {
        for (uint32_t i = draw() % 12u; i > 0u && receive(); i--) {
        }
        (void)poll();
        for (uint32_t i = 0; i < w.outputs; i++) {
            for (uint32_t k = draw() % 16u; k > 0u && send(i); k--) {
            }
        }
    }
    while (poll() > 0u) {
    }
    for (uint32_t i = 0; i < w.outputs; i++) {
        while (send(i)) {
        }
    }
    assert_no_fault();
}

/* Handle `count` frames. */
static void handle(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        assert_true(receive());
        assert_int_equal(poll(), 1);
    }
}

/* -- Receiving ----------------------------------------------------------------------------------------------------- */

static void set_tag(bool is_tagged, uint32_t control)
{
    const uint32_t status = is_advanced() ? 3u : 35u;
    w.card[0].verdict = (is_tagged ? UINT64_C(1) << status : 0u) + ((uint64_t)control << 48);
}

/* Any VLAN ID, priority and DEI. What is in the field of a frame without a tag has no meaning. */
static void test_a_removed_tag_is_shown(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 1, 1);
        w.is_fixed = true;
        for (uint32_t control = 0; control < 65536u; control += 7u) {
            set_tag(true, control);
            handle(1);
            assert_int_equal(w.length, 100u + TAGGED(control & 0xFFFu));
            set_tag(false, control);
            handle(1);
            assert_int_equal(w.length, 100);
            assert_true(send(0) && send(0));
        }
        assert_no_fault();
    }
}

/* With flags about its checksum, which are bits next to the VLAN ID. */
static void test_a_tag_and_a_verdict(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 1, 1);
        w.is_fixed = true;
        set_tag(true, 0xFFFFu);
        w.card[0].verdict |= UINT64_C(1) << (is_advanced() ? 4u : 36u);
        handle(1);
        assert_int_equal(w.length, 100u + V6NF_PORT_VLAN + V6NF_PORT_CHECKSUM_GOOD);
        w.card[0].verdict |= UINT64_C(1) << (is_advanced() ? 29u : 45u);
        handle(1);
        assert_int_equal(w.length, 100u + V6NF_PORT_VLAN + V6NF_PORT_CHECKSUM_WRONG);
    }
}

/* -- Sending ------------------------------------------------------------------------------------------------------- */

/* On one VLAN, and on 4000: each frame is sent as the handler wants. */
static void test_every_frame_has_its_tag(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        for (uint32_t ids = 1; ids <= 4000u; ids *= 20u) {
            make_world(kind, 1, ids);
            run(1000);
            assert_true(w.handled > 2000u && w.plain > 300u);
            assert_true(w.lost <= 1u); /* the first one with a checksum and no tag */
            assert_true(is_advanced() ? w.by_software > 0u : w.by_software == 0u);
            assert_true(!is_advanced() || ids > 1u || w.by_card > 20u * w.by_software);
            assert_true(is_advanced() || w.by_card > 500u);
            assert_int_equal(w.ring.unusual, 0);
        }
    }
}

/* The frame is moved until a frame that is not sent leaves its descriptor to the context. No other tag takes it. */
static void test_the_first_tag_is_that_of_the_card(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind < KINDS; kind += 2u) {
        make_world(kind, 1, 1);
        w.is_fixed = true;
        w.fixed[0] = 100u + TAGGED(10);
        handle(3);
        w.fixed[0] = 0;
        handle(1);
        w.fixed[0] = 100u + TAGGED(10);
        handle(2);
        w.fixed[0] = 100u + TAGGED(20);
        handle(2);
        w.fixed[0] = 0;
        handle(1);
        w.fixed[0] = 100u + TAGGED(10);
        handle(1);
        while (send(0)) {
        }
        assert_int_equal(w.by_software, 5);
        assert_int_equal(w.by_card, 3);
        assert_int_equal(w.lost, 0);
        assert_int_equal(w.ring.transmit_dropped, 0);
        assert_int_equal(w.card[0].outputs[0].contexts, 1);
        assert_no_fault();
    }
}

/* A frame that the card was given a context without a tag for: a second context has the tag. */
static void test_a_context_without_a_tag_is_replaced(void **state)
{
    (void)state;
    make_world(5, 1, 1);
    w.is_fixed = true;
    handle(1); /* its descriptor is the context for checksums */
    w.fixed[0] = 100u + V6NF_PORT_CHECKSUM_PARTIAL;
    handle(1);
    w.fixed[0] = 100u + TAGGED(10);
    handle(1);
    w.fixed[0] = 0;
    handle(1); /* the first one is not recycled yet */
    assert_true(send(0) && send(0) && send(0) && send(0));
    assert_int_equal(w.card[0].outputs[0].contexts, 1);
    for (uint32_t i = 0; i < V6NF_RING_SIZE; i++) {
        handle(1);
        assert_true(send(0));
    }
    assert_int_equal(w.card[0].outputs[0].contexts, 2);
    w.fixed[0] = 100u + TAGGED(10) + V6NF_PORT_CHECKSUM_PARTIAL;
    handle(1);
    assert_true(send(0));
    assert_int_equal(w.by_card, 1);
    assert_int_equal(w.by_software, 1);
    assert_no_fault();
}

/* All outputs send the same bytes. */
static void test_with_several_outputs_no_frame_is_moved(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 2, 3);
        run(1000);
        assert_int_equal(w.by_software, 0);
        assert_true(w.by_card > 100u && w.plain > 500u);
        assert_true(is_advanced() || w.lost <= 2u);
    }
}

/* Lengths at the limits: with a tag, 4 bytes less fit. */
static void test_limits_of_a_tagged_frame(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        static const uint32_t good[] = {V6NF_PORT_FRAME_MIN, BUFFER_SIZE - TAG_SIZE};
        static const uint32_t bad[] = {V6NF_PORT_FRAME_MIN - 1u, BUFFER_SIZE - TAG_SIZE + 1u, BUFFER_SIZE, 0};
        make_world(kind, 1, 1);
        w.is_fixed = true;
        for (uint32_t round = 0; round < 2u; round++) { /* without a context, and with one */
            for (uint32_t i = 0; i < 2u; i++) {
                w.fixed[0] = good[i] + TAGGED(4094);
                handle(1);
                assert_true(send(0));
            }
            assert_int_equal(w.by_card + w.by_software, 2u * (round + 1u));
            for (uint32_t i = 0; i < 4u; i++) {
                w.fixed[0] = bad[i] + TAGGED(4094);
                handle(1);
                assert_true(send(0));
            }
            assert_int_equal(w.ring.transmit_dropped, 4u * (round + 1u));
        }
        assert_int_equal(w.by_card, is_advanced() ? 2 : 4);
        assert_no_fault();
    }
}

/* A datagram that has no space for its checksum is not sent: by the card, on another VLAN, with or without context. */
static void test_a_short_datagram_is_not_sent(void **state)
{
    (void)state;
    static const uint32_t tags[] = {0, TAGGED(10), TAGGED(20)};
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 1, 1);
        w.is_fixed = true;
        for (uint32_t i = 0; i < 6u; i++) {
            w.fixed[0] = 61u + tags[i % 3u] + V6NF_PORT_CHECKSUM_PARTIAL;
            handle(1);
            assert_true(send(0));
            assert_int_equal(w.ring.transmit_dropped, i + 1u);
            w.fixed[0] = i < 3u ? 0u : 100u + TAGGED(10);
            handle(1);
            assert_true(send(0));
        }
        assert_int_equal(w.by_card + w.by_software, 3);
        assert_int_equal(w.plain, 0);
        assert_no_fault();
    }
}

/* The context of a card that inserts tags and no checksums does not make it insert checksums. */
static void test_a_card_without_checksums_inserts_none(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 4u; kind++) {
        make_world(kind, 1, 1);
        w.is_fixed = true;
        for (uint32_t i = 0; i < 3u; i++) {
            w.fixed[0] = i == 1u ? 0u : 100u + TAGGED(5);
            handle(1);
            assert_true(send(0));
        }
        w.fixed[0] = 100u + V6NF_PORT_CHECKSUM_PARTIAL;
        handle(1);
        assert_true(send(0));
        assert_int_equal(w.ring.transmit_dropped, 1);
        assert_int_equal(w.plain, 0);
        assert_no_fault();
    }
}

static void test_a_card_without_tags_sends_none(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 1, 1);
        w.card[0].device.inserts_tags = false;
        w.is_fixed = true;
        w.fixed[0] = 100u + TAGGED(10);
        handle(20);
        while (send(0)) {
        }
        assert_int_equal(w.lost, 20);
        assert_int_equal(w.ring.transmit_dropped, 20);
        assert_no_fault();
    }
}

/* A queue that was off has no context: its tag is chosen again. */
static void test_a_parked_output_chooses_its_tag_again(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        make_world(kind, 1, 1);
        run(200);
        assert_true(v6nf_ring_reset(&w.card[0].device, w.now));
        for (uint32_t i = 0; i < 1000u && w.ring.queues[0].state != V6NF_RING_OPENED; i++) {
            w.now += MILLISECOND;
            (void)v6nf_ring_watch(&w.ring, 0, w.now);
            (void)poll();
        }
        assert_int_equal(w.ring.queues[0].state, V6NF_RING_OPENED);
        assert_int_equal(w.ring.inserts[0].tag, 0);
        w.ids = 2;
        w.by_card = w.by_software = 0;
        run(500);
        assert_true(w.by_card > 100u);
        assert_int_equal(w.ring.unusual, 0);
    }
}

/* -- The originate queue ------------------------------------------------------------------------------------------- */

static struct v6nf_originate originate;

static void commit(uint32_t number, uint32_t length)
{
    uint8_t *frame = v6nf_originate_reserve(&originate);
    assert_non_null(frame);
    for (uint32_t i = 0; i < BUFFER_SIZE; i++) {
        frame[i] = byte_of(number, i);
    }
    v6nf_originate_commit(&originate, length);
}

/* Let the card send one frame, after the context if it has none yet. */
static void originate_send(uint32_t number, uint32_t wish)
{
    const uint8_t *frame = NULL;
    uint32_t sent = ring_device_send(&w.card[0], 0, &frame);
    if (sent == 0u) {
        assert_int_equal(w.card[0].outputs[0].contexts, 1);
        sent = ring_device_send(&w.card[0], 0, &frame);
    }
    check_sent(&w.card[0].outputs[0], frame, sent, number, wish);
}

static void open_originate(uint32_t kind)
{
    device_memory_free(UINT32_MAX);
    memset(&w, 0, sizeof w);
    w.kind = kind;
    w.outputs = 1;
    ring_device_init(&w.card[0], is_advanced() ? V6NF_RING_ADVANCED : V6NF_RING_LEGACY, (kind & 2u) != 0u);
    ring_device_insert_tags(&w.card[0]);
    if (has_checksums()) {
        ring_device_insert(&w.card[0]);
    }
    assert_int_equal(v6nf_originate_open(&originate, &w.card[0].device, BUFFER_SIZE), V6NF_RING_OPEN);
}

/* The first frame chooses the tag of the card. */
static void test_originated_frames_have_their_tags(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        open_originate(kind);
        for (uint32_t i = 0; i < 5u * V6NF_ORIGINATE_SIZE; i++) {
            const uint32_t partial = has_checksums() && i % 3u == 0u ? V6NF_PORT_CHECKSUM_PARTIAL : 0u;
            const uint32_t wish = 100u + i + TAGGED(10u * ((i + 1u) % 4u)) + partial;
            commit(i, wish);
            originate_send(i, wish);
        }
        assert_no_fault();
        assert_int_equal(w.by_card, is_advanced() ? 80 : 240);
        assert_int_equal(w.by_software, is_advanced() ? 160 : 0);
        assert_int_equal(w.plain, 80);
        assert_int_equal(originate.transmit_dropped, 0);
    }
}

/* Lengths that are none do not choose the tag, and send nothing. */
static void test_lengths_that_an_originate_queue_refuses(void **state)
{
    (void)state;
    static const uint32_t bad[] = {V6NF_PORT_FRAME_MIN - 1u, BUFFER_SIZE - TAG_SIZE + 1u,
                                   V6NF_PORT_CHECKSUM_GOOD + 100u};
    for (uint32_t kind = 0; kind < KINDS; kind++) {
        const uint8_t *frame = NULL;
        open_originate(kind);
        for (uint32_t i = 0; i < 3u; i++) {
            commit(i, bad[i] + TAGGED(20));
            assert_int_equal(originate.transmit_dropped, i + 1u);
        }
        assert_int_equal(ring_device_send(&w.card[0], 0, &frame), RING_DEVICE_IDLE);
        commit(3, BUFFER_SIZE - TAG_SIZE + TAGGED(10));
        originate_send(3, BUFFER_SIZE - TAG_SIZE + TAGGED(10));
        commit(4, BUFFER_SIZE - TAG_SIZE + TAGGED(20));
        originate_send(4, BUFFER_SIZE - TAG_SIZE + TAGGED(20));
        assert_int_equal(w.by_card, is_advanced() ? 1 : 2);
        w.card[0].device.inserts_tags = false;
        commit(5, 100u + TAGGED(10));
        assert_int_equal(originate.transmit_dropped, 4);
        assert_no_fault();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_removed_tag_is_shown),
        cmocka_unit_test(test_a_tag_and_a_verdict),
        cmocka_unit_test(test_every_frame_has_its_tag),
        cmocka_unit_test(test_the_first_tag_is_that_of_the_card),
        cmocka_unit_test(test_a_context_without_a_tag_is_replaced),
        cmocka_unit_test(test_with_several_outputs_no_frame_is_moved),
        cmocka_unit_test(test_limits_of_a_tagged_frame),
        cmocka_unit_test(test_a_short_datagram_is_not_sent),
        cmocka_unit_test(test_a_card_without_checksums_inserts_none),
        cmocka_unit_test(test_a_card_without_tags_sends_none),
        cmocka_unit_test(test_a_parked_output_chooses_its_tag_again),
        cmocka_unit_test(test_originated_frames_have_their_tags),
        cmocka_unit_test(test_lengths_that_an_originate_queue_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
