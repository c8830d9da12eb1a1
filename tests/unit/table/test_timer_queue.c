/* test_timer_queue.c: timers, compared with an array that is searched, after random calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_table.h"
#include "v6nf/table/timer_queue.h"

static struct v6nf_timer timers[TABLE_SIZE_MAX];
static uint32_t count;

/* The model: when each entry is due. */
static uint64_t dues[TABLE_SIZE_MAX];

static void start(uint32_t size)
{
    memset(timers, 0xA5, sizeof timers);
    v6nf_timer_queue_init(timers, &count, size);
    assert_true(v6nf_timer_queue_is_valid(timers, count, size));
    assert_int_equal(v6nf_timer_first(timers, count), V6NF_TIMER_NONE);
    assert_true(v6nf_timer_next_due(timers, count) == V6NF_TIMER_NEVER);
    for (uint32_t i = 0; i < size; i++) {
        dues[i] = V6NF_TIMER_NEVER;
    }
}

static void set(uint32_t entry, uint64_t due)
{
    v6nf_timer_set(timers, &count, entry, due);
    dues[entry] = due;
}

/* Check the heap, and what it returns, against the model. */
static void check(uint32_t size)
{
    uint64_t next = V6NF_TIMER_NEVER;
    uint32_t running = 0;
    assert_true(v6nf_timer_queue_is_valid(timers, count, size));
    for (uint32_t i = 0; i < size; i++) {
        assert_true(timers[i].due == dues[i]);
        running += dues[i] != V6NF_TIMER_NEVER ? 1u : 0u;
        next = dues[i] < next ? dues[i] : next;
    }
    assert_int_equal(count, running);
    assert_true(v6nf_timer_next_due(timers, count) == next);
    const uint32_t first = v6nf_timer_first(timers, count);
    assert_true(running == 0u ? first == V6NF_TIMER_NONE : dues[first] == next);
}

/* Start, move and cancel timers at random. Few different times make many equal ones. */
static void try_timers(uint32_t size, uint32_t steps, uint32_t times, uint32_t each)
{
    start(size);
    for (uint32_t step = 0; step < steps; step++) {
        const bool is_end = table_below(3) == 0u;
        set(table_below(size), is_end ? V6NF_TIMER_NEVER : table_below(times));
        if (step % each == 0u) {
            check(size);
        }
    }
    check(size);
}

static void timers_behave_like_an_array(void **state)
{
    (void)state;
    table_seed(1);
    for (uint32_t size = 1; size <= 20u; size++) {
        try_timers(size, 3000, 5, 1);
        try_timers(size, 3000, UINT32_MAX, 1);
    }
    try_timers(65536, 300000, UINT32_MAX, 5000);
    try_timers(65536, 300000, 100, 5000);
}

/* Every timer ends once, in the order of the times. A timer that is started again is not one of those that ended. */
static void timers_end_in_their_order(void **state)
{
    (void)state;
    static const uint32_t sizes[] = TABLE_SIZES;
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        start(sizes[i]);
        table_seed(i);
        for (uint32_t entry = 0; entry < sizes[i]; entry++) {
            set(entry, 1u + table_below(sizes[i]));
        }
        uint64_t last = 0;
        for (uint32_t ended = 0; ended < sizes[i]; ended++) {
            const uint32_t first = v6nf_timer_first(timers, count);
            assert_true(dues[first] >= last);
            last = dues[first];
            set(first, V6NF_TIMER_NEVER);
        }
        check(sizes[i]);
        assert_int_equal(count, 0);
    }
}

/* A call moves at most two entries for each bit of the number of timers: the worst cases of a heap. */
static void work_grows_with_the_logarithm(void **state)
{
    (void)state;
    static struct v6nf_timer before[TABLE_SIZE_MAX];
    const uint32_t size = TABLE_SIZE_MAX;
    start(size);
    for (uint32_t entry = 0; entry < size; entry++) {
        set(entry, 2u * (uint64_t)entry + 2u);
    }
    /* The last becomes the first, the first becomes the last, and the first is cancelled. */
    const uint64_t calls[][2] = {{size - 1u, 1}, {0, UINT64_MAX - 1u}, {size - 1u, V6NF_TIMER_NEVER}};
    for (uint32_t i = 0; i < 3u; i++) {
        uint32_t moved = 0;
        memcpy(before, timers, sizeof before);
        set((uint32_t)calls[i][0], calls[i][1]);
        for (uint32_t at = 0; at < size; at++) {
            moved += before[at].entry != timers[at].entry ? 1u : 0u;
        }
        assert_in_range(moved, 2, 2u * 16u + 1u);
        check(size);
    }
}

/* The invariant detects what it names. */
static void invariant_detects_faults(void **state)
{
    (void)state;
    start(4);
    for (uint32_t entry = 0; entry < 3u; entry++) {
        set(entry, 10u + entry);
    }
    assert_false(v6nf_timer_queue_is_valid(timers, 5, 4));
    assert_false(v6nf_timer_queue_is_valid(timers, 2, 4));
    timers[0].due = 20; /* later than those below */
    assert_false(v6nf_timer_queue_is_valid(timers, count, 4));
    timers[0].due = V6NF_TIMER_NEVER;
    assert_false(v6nf_timer_queue_is_valid(timers, count, 4));
    timers[0].due = 10;
    timers[3].due = 30; /* without a position */
    assert_false(v6nf_timer_queue_is_valid(timers, count, 4));
    timers[3].due = V6NF_TIMER_NEVER;
    timers[1].position = 2; /* that of another entry */
    assert_false(v6nf_timer_queue_is_valid(timers, count, 4));
    timers[1].position = 1;
    timers[2].entry = 4; /* past the end */
    assert_false(v6nf_timer_queue_is_valid(timers, count, 4));
    timers[2].entry = 2;
    assert_true(v6nf_timer_queue_is_valid(timers, count, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_behave_like_an_array),
        cmocka_unit_test(timers_end_in_their_order),
        cmocka_unit_test(work_grows_with_the_logarithm),
        cmocka_unit_test(invariant_detects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
