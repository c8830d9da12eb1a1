/* test_token_bucket.c: exactly what rate and burst allow passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "v6nf/nf/token_bucket.h"

#define SECOND UINT64_C(1000000)

static struct v6nf_token_bucket_limit limit;
static struct v6nf_token_bucket bucket;

static void make_bucket(uint32_t rate, uint32_t burst, uint64_t now)
{
    v6nf_token_bucket_set_limit(&limit, rate, burst);
    v6nf_token_bucket_init(&bucket, &limit, now);
}

static bool take(uint32_t bytes, uint64_t now)
{
    return v6nf_token_bucket_take(&bucket, &limit, bytes, now);
}

static void a_burst_passes_at_once(void **state)
{
    (void)state;
    make_bucket(1000, 3000, 5);
    assert_true(take(1500, 5));
    assert_false(take(1501, 5));
    assert_true(take(1500, 5)); /* a refused packet takes no tokens */
    assert_false(take(1, 5));
    assert_true(take(0, 5));
}

static void tokens_are_refilled_over_time(void **state)
{
    (void)state;
    make_bucket(1000, 3000, 0);
    assert_true(take(3000, 0));
    assert_false(take(1, 999));
    assert_true(take(1, 1000));
    assert_false(take(1, 1999));
    assert_true(take(1, 2000));
    assert_true(take(3000, 100u * SECOND));
    assert_false(take(1, 100u * SECOND)); /* never more than a burst */
    make_bucket(1000, 3000, 0);
    assert_true(take(500, 0));
    assert_false(take(3001, 2900000)); /* nor of remaining and new tokens together */
    assert_true(take(3000, 2900000));
}

/* Rates divide nothing evenly. In an hour, not one byte too many passes, and at most one packet too few. */
static void rounding_errors_do_not_accumulate(void **state)
{
    (void)state;
    static const uint32_t rates[] = {1, 7, 999983, 123456789, UINT32_MAX};
    for (uint32_t i = 0; i < 5u; i++) {
        make_bucket(rates[i], 1500, 0);
        uint64_t passed = 0;
        uint64_t now = 0;
        uint64_t step = UINT64_C(3) * SECOND * 100u / rates[i] / 7u + 1u; /* more is requested than may pass */
        for (uint32_t j = 0; j < 200000u; j++) {
            now += step;
            passed += take(100, now) ? 100u : 0u;
        }
        uint64_t most = now * rates[i] / SECOND + 1500u;
        assert_true(passed <= most);
        assert_true(passed + 200u >= (most < UINT64_C(200000) * 100u ? most : UINT64_C(200000) * 100u));
    }
}

static void time_that_goes_back_adds_no_tokens(void **state)
{
    (void)state;
    make_bucket(1000, 1000, 10u * SECOND);
    assert_true(take(1000, 10u * SECOND));
    assert_false(take(1, 0));
    assert_false(take(1, 10u * SECOND));
    assert_true(take(1, 10u * SECOND + 1000u));
}

static void largest_arguments_do_not_overflow(void **state)
{
    (void)state;
    make_bucket(0, 100, 0);
    assert_true(take(100, 0));
    assert_false(take(1, UINT64_MAX));
    make_bucket(UINT32_MAX, UINT32_MAX, 0);
    assert_true(take(UINT32_MAX, UINT64_MAX));
    assert_false(take(1, UINT64_MAX));
    make_bucket(1, UINT32_MAX, 0);
    assert_true(take(UINT32_MAX, 0));
    assert_false(take(2, SECOND));
    assert_true(take(1, SECOND));
    make_bucket(UINT32_MAX, 0, 0);
    assert_false(take(1, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_passes_at_once),
        cmocka_unit_test(tokens_are_refilled_over_time),
        cmocka_unit_test(rounding_errors_do_not_accumulate),
        cmocka_unit_test(time_that_goes_back_adds_no_tokens),
        cmocka_unit_test(largest_arguments_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
