/* test_clock.c: the clock of boards without operating system, on a counter that advances with each read. */
#include <setjmp.h>
#include <stdarg.h>
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
    if (pauses == 1000u) {
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
}

static void the_longest_sleep_does_not_return(void **state)
{
    (void)state;
    pauses = 0;
    if (setjmp(asleep) == 0) {
        v6nf_env_sleep(UINT64_MAX);
    }
    assert_int_equal(pauses, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_counts_microseconds),
        cmocka_unit_test(a_sleep_lasts_the_requested_time),
        cmocka_unit_test(the_longest_sleep_does_not_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
