/* test_shm_barriers.c: the order of accesses at each full barrier of the shm driver, and what the other side may do at
 * that time. The driver is compiled into the test, with barriers that call back. No test with real processes finds a
 * missing barrier. */
#include "fixture_shm.h"

static void at_barrier(void);
#define v6nf_env_dma_barrier at_barrier
#include "../../../drivers/shm/shm.c"

static struct shm_memory shared;
static struct v6nf_shm shm;
static struct shm_peer peer;
static volatile struct v6nf_shm_queue *active; /* receive active, */
static volatile struct v6nf_shm_queue *sends;  /* and transmit active */

#define STEPS 4u

/* What must happen at the next barriers, one each. An unexpected barrier is a failure. */
static void (*steps[STEPS])(void);
static uint32_t steps_count;
static uint32_t steps_done;
static bool watched;
static uint32_t rings;

static void at_barrier(void)
{
    if (watched) {
        assert_true(steps_done < steps_count);
        watched = false; /* the other side has barriers, too */
        steps[steps_done]();
        watched = true;
        steps_done++;
    }
}

static void expect(void (*first)(void), void (*second)(void), void (*third)(void))
{
    steps[0] = first;
    steps[1] = second;
    steps[2] = third;
    steps_count = third != NULL ? 3u : second != NULL ? 2u : 1u;
    steps_done = 0;
    watched = true;
}

static void assert_all_barriers(void)
{
    watched = false;
    assert_int_equal(steps_done, steps_count);
}

static void bell(unsigned int channel)
{
    (void)channel;
    rings++;
}

static int setup(void **state)
{
    (void)state;
    memset(&shared, 0, sizeof shared);
    rings = 0;
    watched = false;
    struct v6nf_shm_config config = shm_config(&shared, bell);
    assert_int_equal(v6nf_shm_init(&shm, &config), V6NF_SHM_OPEN);
    shm_peer_init(&peer, &shared);
    active = shm_queue(shared.receive_active.bytes);
    sends = shm_queue(shared.transmit_active.bytes);
    v6nf_shm_cancel(&peer.receive_free);
    v6nf_shm_cancel(&peer.transmit_active);
    assert_true(v6nf_shm_may_sleep(&shm)); /* it notifies of its first buffers */
    v6nf_shm_cancel(&shm.receive_active);
    shm.requested = false;
    return 0;
}

static void answer(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths)
{
    (void)context;
    (void)frame;
    (void)capacity;
    lengths[0] = length;
}

/* -- One end ------------------------------------------------------------------------------------------------------- */

static void descriptor_is_there_and_index_is_not(void)
{
    assert_int_equal(active->descriptors[0].offset, 3u * SHM_BUFFER);
    assert_int_equal(active->descriptors[0].length, 60);
    assert_int_equal(active->tail, 0);
}

static void index_is_there_and_a_request_comes(void)
{
    assert_int_equal(active->tail, 1);
    active->consumer_signalled = 0;
}

static void request_is_answered(void)
{
    assert_int_equal(active->consumer_signalled, 1);
}

static void test_producer(void **state)
{
    (void)state;
    v6nf_shm_put(&peer.receive_active, 3u * SHM_BUFFER, 60);
    expect(descriptor_is_there_and_index_is_not, NULL, NULL);
    v6nf_shm_publish(&peer.receive_active);
    assert_all_barriers();
    assert_int_equal(active->tail, 1);
    expect(index_is_there_and_a_request_comes, request_is_answered, NULL);
    assert_true(v6nf_shm_must_notify(&peer.receive_active));
    assert_all_barriers();
}

static void head_is_not_there(void)
{
    assert_int_equal(active->head, 0);
}

static void test_consumer(void **state)
{
    (void)state;
    assert_true(shm_peer_send(&peer, 1, 60));
    (void)v6nf_shm_take(&shm.receive_active);
    expect(head_is_not_there, NULL, NULL);
    v6nf_shm_release(&shm.receive_active);
    assert_all_barriers();
    assert_int_equal(active->head, 1);
}

/* -- The port ------------------------------------------------------------------------------------------------------ */

static void answer_is_there_and_indexes_are_not(void)
{
    assert_int_equal(sends->descriptors[0].length, 60);
    assert_int_equal(sends->tail, 0);
    assert_int_equal(active->head, 0);
}

static void indexes_are_there_and_a_request_comes(void)
{
    assert_int_equal(sends->tail, 1);
    assert_int_equal(active->head, 1);
    sends->consumer_signalled = 0;
}

static void answer_comes_before_the_bell(void)
{
    assert_int_equal(sends->consumer_signalled, 1);
    assert_int_equal(rings, 0);
}

static void test_poll(void **state)
{
    (void)state;
    assert_true(shm_peer_send(&peer, 1, 60));
    expect(answer_is_there_and_indexes_are_not, indexes_are_there_and_a_request_comes, answer_comes_before_the_bell);
    assert_int_equal(shm.port.operations->poll(&shm.port, answer, NULL), 1);
    assert_all_barriers();
    assert_int_equal(rings, 1);
}

static void request_is_there_and_a_frame_comes(void)
{
    assert_int_equal(active->consumer_signalled, 0);
    assert_true(shm_peer_send(&peer, 1, 60));
}

static void test_last_look(void **state)
{
    (void)state;
    expect(request_is_there_and_a_frame_comes, NULL, NULL);
    assert_false(v6nf_shm_may_sleep(&shm));
    assert_all_barriers();
    assert_int_equal(active->consumer_signalled, 1);
}

static void request_is_there_and_a_buffer_comes_back(void)
{
    struct v6nf_shm_descriptor frame;
    assert_int_equal(shm_queue(shared.transmit_free.bytes)->consumer_signalled, 0);
    assert_true(shm_peer_take(&peer, &frame));
    shm_peer_return(&peer, frame.offset);
}

static void test_last_look_for_buffers(void **state)
{
    (void)state;
    while (shm.port.operations->reserve(&shm.port) != NULL) {
        shm.port.operations->commit(&shm.port, 60);
    }
    assert_false(v6nf_shm_must_notify(&shm.transmit_active));
    expect(request_is_there_and_a_buffer_comes_back, NULL, NULL);
    assert_false(v6nf_shm_may_sleep(&shm));
    assert_all_barriers();
}

static void test_idle_poll_has_no_barrier(void **state)
{
    (void)state;
    watched = true;
    steps_count = 0;
    steps_done = 0;
    assert_int_equal(shm.port.operations->poll(&shm.port, answer, NULL), 0);
    assert_all_barriers();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_producer, setup),
        cmocka_unit_test_setup(test_consumer, setup),
        cmocka_unit_test_setup(test_poll, setup),
        cmocka_unit_test_setup(test_last_look, setup),
        cmocka_unit_test_setup(test_last_look_for_buffers, setup),
        cmocka_unit_test_setup(test_idle_poll_has_no_barrier, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
