/* test_run.c: until when a program waits between two rounds (run.h). */
#include "fixture_node.h"

#define NOW (5u * SECOND)

static struct v6nf_node node;
static uint64_t waited_until;

static void record_wait(struct v6nf_port *port, uint64_t until)
{
    (void)port;
    waited_until = until;
}

/* Return until when the port waits in a round at NOW. */
static uint64_t end_of_wait(uint64_t node_due, uint64_t until)
{
    static const struct v6nf_port_operations operations = {.wait = record_wait};
    struct v6nf_port port = {.operations = &operations};
    node.next_due = node_due;
    v6nf_run_wait(&node, &port, NOW, until);
    return waited_until;
}

static void wait_lasts_until_the_earlier_time(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(V6NF_NEVER, V6NF_NEVER), V6NF_NEVER);
    assert_int_equal(end_of_wait(NOW + 7u, V6NF_NEVER), NOW + 7u);
    assert_int_equal(end_of_wait(V6NF_NEVER, NOW + 8u), NOW + 8u);
    assert_int_equal(end_of_wait(NOW + 7u, NOW + 8u), NOW + 7u);
    assert_int_equal(end_of_wait(NOW + 8u, NOW + 7u), NOW + 7u);
}

static void what_is_due_and_had_no_buffer_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(NOW, V6NF_NEVER), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(0, V6NF_NEVER), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(V6NF_NEVER, NOW), NOW + V6NF_RUN_RETRY);
    assert_int_equal(end_of_wait(V6NF_NEVER, 0), NOW + V6NF_RUN_RETRY);
}

/* The lack of buffers of the one does not delay the other. */
static void time_before_the_next_try_is_not_missed(void **state)
{
    (void)state;
    assert_int_equal(end_of_wait(NOW, NOW + 100u), NOW + 100u);
    assert_int_equal(end_of_wait(NOW + 100u, NOW), NOW + 100u);
    assert_int_equal(end_of_wait(0, NOW + 2u * V6NF_RUN_RETRY), NOW + V6NF_RUN_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wait_lasts_until_the_earlier_time),
        cmocka_unit_test(what_is_due_and_had_no_buffer_is_tried_again),
        cmocka_unit_test(time_before_the_next_try_is_not_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
