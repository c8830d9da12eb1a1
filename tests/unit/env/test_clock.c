/* test_clock.c: the clock of boards without operating system, on a counter that advances with each read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../env/shared/clock.c"

#define RATE UINT64_C(3000000)
#define STEP 30u /* 10 microseconds */

static uint64_t counter;
static uint32_t pauses;
static jmp_buf asleep;

uint64_t v6nf_board_counter(void)
{
    counter += STEP;
    return counter;
}

uint64_t v6nf_board_counter_rate(void)
{
    return RATE;
}

void v6nf_board_pause(void)
{
    pauses++;
}

static uint64_t timer_counts; /* of the last setting of the timer */
static uint32_t idles;
static bool wakes_early;

void v6nf_board_idle(uint64_t counts)
{
    idles++;
    timer_counts = counts;
    counter += wakes_early ? 1u : counts;
    if (idles == 1000u) {
        longjmp(asleep, 1);
    }
}

static void the_clock_counts_microseconds(void **state)
{
    (void)state;
    const uint64_t first = v6nf_env_clock();
    counter += RATE;
    assert_int_equal(v6nf_env_clock() - first, 1000010);
    counter += UINT64_C(1) << 60; /* does not overflow, but would if multiplied by a million */
    assert_true(v6nf_env_clock() - first > UINT64_C(380000000000));
}

static void a_sleep_lasts_the_requested_time(void **state)
{
    (void)state;
    pauses = 0;
    const uint64_t first = v6nf_env_clock();
    v6nf_env_sleep(500);
    assert_in_range(v6nf_env_clock() - first, 500, 540);
    assert_int_equal(pauses, 0);
    const uint64_t second = v6nf_env_clock();
    v6nf_env_sleep(90); /* not worth the timer */
    assert_in_range(v6nf_env_clock() - second, 90, 130);
    assert_in_range(pauses, 1, 9);
}

static void the_longest_sleep_does_not_return(void **state)
{
    (void)state;
    idles = 0;
    if (setjmp(asleep) == 0) {
        v6nf_env_sleep(UINT64_MAX);
    }
    assert_int_equal(idles, 1000);
}

static void idle_lasts_until_the_time(void **state)
{
    (void)state;
    idles = 0;
    wakes_early = false;
    const uint64_t until = v6nf_env_clock() + 700u;
    v6nf_env_idle(until);
    assert_int_equal(idles, 1);
    assert_in_range(timer_counts, 600u * RATE / 1000000u, 700u * RATE / 1000000u);
    assert_in_range(v6nf_env_clock(), until - 10u, until + 20u); /* each read of the counter takes 10 us */
}

static void idle_may_end_early(void **state)
{
    (void)state;
    idles = 0;
    wakes_early = true;
    const uint64_t until = v6nf_env_clock() + 700u;
    v6nf_env_idle(until);
    wakes_early = false;
    assert_int_equal(idles, 1);
    assert_true(v6nf_env_clock() < until);
}

static void idle_until_a_time_that_has_passed_returns(void **state)
{
    (void)state;
    idles = 0;
    const uint64_t now = v6nf_env_clock();
    v6nf_env_idle(now);
    v6nf_env_idle(now - 1u);
    v6nf_env_idle(0);
    assert_int_equal(idles, 0);
}

static void timer_is_set_for_at_most_one_second(void **state)
{
    (void)state;
    v6nf_env_idle(UINT64_MAX);
    assert_int_equal(timer_counts, RATE);
    v6nf_env_idle(v6nf_env_clock() + 1000100u);
    assert_int_equal(timer_counts, RATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_counts_microseconds),
        cmocka_unit_test(a_sleep_lasts_the_requested_time),
        cmocka_unit_test(the_longest_sleep_does_not_return),
        cmocka_unit_test(idle_lasts_until_the_time),
        cmocka_unit_test(idle_may_end_early),
        cmocka_unit_test(idle_until_a_time_that_has_passed_returns),
        cmocka_unit_test(timer_is_set_for_at_most_one_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
