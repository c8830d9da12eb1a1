/* test_maglev.c: the shares of backends, what moves when one goes, and steps (Eisenbud et al., 2016, 3.4 and 5.3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/nf/valid.h"
#include "../table/fixture_table.h"
#include "v6nf/nf/maglev.h"

#define SIZE 65537u
#define BACKENDS 100u
#define STEP 256u

static const uint8_t secret[V6NF_MAGLEV_SECRET_SIZE] = "shared by all";

struct tables {
    struct v6nf_maglev maglev;
    uint64_t memory[V6NF_MAGLEV_WORDS(SIZE, BACKENDS)];
};

static struct tables tables;
static struct tables others;
static uint16_t before[SIZE];
static uint32_t shares[BACKENDS];

static const uint8_t *identity(uint32_t number)
{
    static uint8_t id[V6NF_MAGLEV_ID_SIZE];
    memcpy(id, "\x20\x01\x0d\xb8", 4);
    v6nf_store32(id + 12, number);
    return id;
}

static bool set(struct tables *its, uint32_t number, uint32_t weight)
{
    return v6nf_maglev_set(&its->maglev, number, identity(number), weight);
}

static void init(struct tables *its, uint32_t size)
{
    memset(its, 0x55, sizeof *its);
    assert_true(v6nf_maglev_init(&its->maglev, its->memory, size, BACKENDS, secret));
}

static void make(struct tables *its)
{
    const uint64_t limit = 2u * (uint64_t)its->maglev.size * (its->maglev.count + 1u) / STEP + 2u;
    uint64_t steps = 0;
    while (v6nf_maglev_step(&its->maglev, STEP)) {
        steps++;
        assert_true(steps <= limit);
    }
    assert_true(v6nf_maglev_is_valid(&its->maglev));
}

/* Count the entries of each backend. Return those without a backend. */
static uint32_t count_shares(const struct tables *its)
{
    uint32_t none = 0;
    memset(shares, 0, sizeof shares);
    for (uint32_t i = 0; i < its->maglev.size; i++) {
        if (its->maglev.table[i] == V6NF_MAGLEV_NONE) {
            none++;
        } else {
            assert_true(its->maglev.table[i] < BACKENDS);
            shares[its->maglev.table[i]]++;
        }
    }
    return none;
}

static void start_equal(struct tables *its, uint32_t count)
{
    init(its, SIZE);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(set(its, i, 1));
    }
    make(its);
}

static void equal_backends_have_equal_shares(void **state)
{
    (void)state;
    start_equal(&tables, BACKENDS);
    assert_int_equal(count_shares(&tables), 0);
    for (uint32_t i = 0; i < BACKENDS; i++) {
        assert_in_range(shares[i], SIZE / BACKENDS, SIZE / BACKENDS + 1u);
    }
}

/* The entries of the backend that goes are divided. At most 2 % of the others move. It returns to the same table. */
static void a_backend_that_goes_moves_few_others(void **state)
{
    (void)state;
    start_equal(&tables, BACKENDS);
    memcpy(before, tables.maglev.table, sizeof before);
    for (uint32_t gone = 0; gone < BACKENDS; gone += 33u) {
        assert_true(v6nf_maglev_set(&tables.maglev, gone, NULL, 0));
        make(&tables);
        uint32_t moved = 0;
        for (uint32_t i = 0; i < SIZE; i++) {
            assert_true(tables.maglev.table[i] != gone);
            moved += before[i] != gone && before[i] != tables.maglev.table[i] ? 1u : 0u;
        }
        assert_true(moved < SIZE / 50u);
        assert_int_equal(count_shares(&tables), 0);
        for (uint32_t i = 0; i < BACKENDS; i++) {
            assert_true(i == gone || shares[i] <= SIZE / (BACKENDS - 1u) + 1u);
        }
        assert_true(set(&tables, gone, 1));
        make(&tables);
        assert_memory_equal(before, tables.maglev.table, sizeof before);
    }
}

static void shares_are_in_proportion_to_weights(void **state)
{
    (void)state;
    static const uint32_t weights[] = {1, 2, 4, 256, 255, 100};
    uint32_t sum = 0;
    init(&tables, SIZE);
    for (uint32_t i = 0; i < 6u; i++) {
        assert_true(set(&tables, i, weights[i]));
        sum += weights[i];
    }
    make(&tables);
    assert_int_equal(count_shares(&tables), 0);
    for (uint32_t i = 0; i < 6u; i++) {
        const uint32_t right = SIZE * weights[i] / sum;
        assert_in_range(shares[i], right - 1u, right + 2u);
    }
}

/* Balancers learn of backends in another order, and had others before. */
static void balancers_agree(void **state)
{
    (void)state;
    start_equal(&tables, 50);
    init(&others, SIZE);
    for (uint32_t i = 60; i > 0u; i--) {
        assert_true(set(&others, i - 1u, 1u + i % 3u));
    }
    make(&others);
    for (uint32_t i = 0; i < 60u; i++) {
        assert_true(set(&others, i, i < 50u ? 1u : 0u));
    }
    make(&others);
    assert_memory_equal(tables.maglev.table, others.maglev.table, SIZE * sizeof(uint16_t));
    table_seed(12);
    for (uint32_t i = 0; i < 1000u; i++) { /* any flow has the same backend */
        const uint64_t flow[5] = {table_random(), table_random(), table_random(), table_random(), i};
        assert_int_equal(v6nf_maglev_find(&tables.maglev, v6nf_hash_words(&tables.maglev.hash_key, flow, 5)),
                         v6nf_maglev_find(&others.maglev, v6nf_hash_words(&others.maglev.hash_key, flow, 5)));
    }
}

static void without_backends_there_is_none(void **state)
{
    (void)state;
    init(&tables, SIZE);
    assert_false(v6nf_maglev_step(&tables.maglev, STEP));
    assert_int_equal(v6nf_maglev_find(&tables.maglev, 0), V6NF_MAGLEV_NONE);
    assert_int_equal(v6nf_maglev_find(&tables.maglev, UINT32_MAX), V6NF_MAGLEV_NONE);
    assert_true(set(&tables, 7, 1));
    make(&tables);
    assert_int_equal(v6nf_maglev_find(&tables.maglev, 0), 7);
    assert_int_equal(v6nf_maglev_find(&tables.maglev, UINT32_MAX), 7);
    assert_true(set(&tables, 7, 0));
    make(&tables);
    assert_int_equal(count_shares(&tables), SIZE);
}

/* While a table is made, each look-up is that of the table before. Changes in the meantime are in the next table. */
static void changes_during_a_table_are_in_the_next(void **state)
{
    (void)state;
    start_equal(&tables, 10);
    memcpy(before, tables.maglev.table, sizeof before);
    assert_true(set(&tables, 10, 1));
    assert_true(v6nf_maglev_step(&tables.maglev, SIZE + 1000u));
    assert_true(set(&tables, 3, 0));
    assert_true(set(&tables, 11, 5));
    assert_true(v6nf_maglev_is_valid(&tables.maglev));
    while (tables.maglev.table != tables.maglev.made && tables.maglev.is_making) {
        assert_memory_equal(before, tables.maglev.table, sizeof before);
        assert_true(v6nf_maglev_step(&tables.maglev, 4096));
    }
    (void)count_shares(&tables);
    assert_true(shares[3] > 0u && shares[10] > 0u && shares[11] == 0u);
    make(&tables);
    (void)count_shares(&tables);
    assert_true(shares[3] == 0u && shares[10] > 0u && shares[11] > 4u * shares[10]);
}

/* Health checks set the same weight each second: no table is made. */
static void same_weight_makes_no_table(void **state)
{
    (void)state;
    start_equal(&tables, 10);
    assert_true(set(&tables, 4, 1));
    assert_true(set(&tables, 99, 0));
    assert_false(v6nf_maglev_step(&tables.maglev, STEP));
}

/* Each step does some of the work, for the least that can be asked for. */
static void steps_of_any_size_end(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {3, 5, 101, 1009};
    for (uint32_t i = 0; i < 4u; i++) {
        init(&tables, sizes[i]);
        for (uint32_t number = 0; number < BACKENDS; number++) {
            assert_true(set(&tables, number, 1u + number % V6NF_MAGLEV_WEIGHT_MAX));
        }
        uint32_t steps = 0;
        while (v6nf_maglev_step(&tables.maglev, 1)) {
            assert_true(steps % 64u != 0u || v6nf_maglev_is_valid(&tables.maglev));
            steps++;
            assert_true(steps <= 2u * sizes[i] * (BACKENDS + 1u));
        }
        assert_int_equal(count_shares(&tables), 0);
        assert_true(v6nf_maglev_is_valid(&tables.maglev));
    }
}

/* Any calls, in any order: the invariant holds, and a flow has a backend that was there when the table was begun. */
static void any_calls_keep_the_invariant(void **state)
{
    (void)state;
    table_seed(11);
    init(&tables, 1009);
    bool lived[BACKENDS] = {false};
    for (uint32_t call = 0; call < 20000u; call++) {
        const uint32_t number = table_below(BACKENDS);
        if (table_below(8) == 0u) {
            const uint32_t weight = table_below(3) == 0u ? 0u : 1u + table_below(V6NF_MAGLEV_WEIGHT_MAX);
            assert_true(set(&tables, number, weight));
            lived[number] = lived[number] || weight != 0u;
        }
        (void)v6nf_maglev_step(&tables.maglev, table_below(2000));
        const uint32_t found = v6nf_maglev_find(&tables.maglev, (uint32_t)table_random());
        assert_true(found == V6NF_MAGLEV_NONE || lived[found]);
        assert_true(call % 16u != 0u || v6nf_maglev_is_valid(&tables.maglev));
    }
}

static void arguments_out_of_range_change_nothing(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, 2, 4, 65536, V6NF_MAGLEV_SIZE_MAX - 1u, 1048583, UINT32_MAX};
    for (uint32_t i = 0; i < 8u; i++) {
        assert_false(v6nf_maglev_init(&tables.maglev, tables.memory, sizes[i], BACKENDS, secret));
        assert_false(set(&tables, 1, 1));
        assert_false(v6nf_maglev_step(&tables.maglev, STEP));
        assert_int_equal(v6nf_maglev_find(&tables.maglev, 1), V6NF_MAGLEV_NONE);
        assert_true(v6nf_maglev_is_valid(&tables.maglev));
    }
    assert_false(v6nf_maglev_init(&tables.maglev, tables.memory, SIZE, 0, secret));
    assert_false(v6nf_maglev_init(&tables.maglev, tables.memory, SIZE, V6NF_MAGLEV_BACKENDS_MAX + 1u, secret));
    start_equal(&tables, BACKENDS);
    assert_false(set(&tables, BACKENDS, 1));
    assert_false(set(&tables, V6NF_MAGLEV_NONE, 0));
    assert_false(set(&tables, 1, V6NF_MAGLEV_WEIGHT_MAX + 1u));
    assert_false(v6nf_maglev_step(&tables.maglev, STEP));
}

static void invariant_detects_faults(void **state)
{
    (void)state;
    start_equal(&tables, 10);
    tables.maglev.table[9] = V6NF_MAGLEV_NONE;
    assert_false(v6nf_maglev_is_valid(&tables.maglev));
    start_equal(&tables, 10);
    tables.maglev.backends[1].rank = 0;
    assert_false(v6nf_maglev_is_valid(&tables.maglev));
    start_equal(&tables, 10);
    tables.maglev.backends[1].number = tables.maglev.backends[2].number;
    assert_false(v6nf_maglev_is_valid(&tables.maglev));
    start_equal(&tables, 10);
    assert_true(set(&tables, 10, 1));
    assert_true(v6nf_maglev_step(&tables.maglev, SIZE + 1000u));
    tables.maglev.filled++;
    assert_false(v6nf_maglev_is_valid(&tables.maglev));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_backends_have_equal_shares),
        cmocka_unit_test(a_backend_that_goes_moves_few_others),
        cmocka_unit_test(shares_are_in_proportion_to_weights),
        cmocka_unit_test(balancers_agree),
        cmocka_unit_test(without_backends_there_is_none),
        cmocka_unit_test(changes_during_a_table_are_in_the_next),
        cmocka_unit_test(same_weight_makes_no_table),
        cmocka_unit_test(steps_of_any_size_end),
        cmocka_unit_test(any_calls_keep_the_invariant),
        cmocka_unit_test(arguments_out_of_range_change_nothing),
        cmocka_unit_test(invariant_detects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
