/* test_lookup_many.c: longest-prefix match with as many prefixes as the Internet has, and with those that an attacker
 * might choose, compared with a search by length; tables replaced under look-ups. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_lookup.h"
#include "fixture_table.h"

#define PREFIXES 230000u
#define LONGS 65536u
#define ROOT_BITS V6NF_LOOKUP_ROOT_BITS_MAX

static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {7, 8, 9};
static uint64_t memory[V6NF_LOOKUP_WORDS(PREFIXES, LONGS, ROOT_BITS)];
static struct v6nf_lookup lookup;
static struct model model;
static struct prefix prefixes[PREFIXES];

static void restart(void)
{
    memset(memory, 0x5A, sizeof memory);
    assert_true(v6nf_lookup_init(&lookup, memory, PREFIXES, LONGS, ROOT_BITS, secret));
    model_clear(&model);
}

/* Fill the table with prefixes like those of the Internet. */
static void fill(uint64_t seed)
{
    prefix_seed(seed);
    while (lookup.prefixes < PREFIXES) {
        const struct prefix prefix = prefix_next();
        prefixes[lookup.prefixes] = prefix;
        add_to_both(&lookup, &model, &prefix, table_below(1000));
    }
}

/* Check each prefix, or one in `by`. */
static void check_all(uint32_t count, uint32_t by)
{
    for (uint32_t i = 0; i < count; i += by) {
        uint8_t key[16];
        check_edges(&lookup, &model, &prefixes[i]);
        prefix_random_key(key, &prefixes[i]);
        check_key_of_both(&lookup, &model, key);
    }
}

/* Return the maximum number of nodes on a path. If the table is a usual one, no slot has more ranges than usual. */
static uint32_t greatest_depth(bool is_usual)
{
    uint32_t depth = 0;
    for (uint32_t i = 0; i < lookup.active.nodes_used; i++) {
        depth = lookup.active.nodes[i].depth > depth ? lookup.active.nodes[i].depth : depth;
    }
    for (uint32_t i = 0; i < lookup.active.slots_used && is_usual; i++) {
        assert_true(lookup.active.slots[i] >= V6NF_LOOKUP_NODE || lookup.active.slots[i] <= V6NF_LOOKUP_INDEX_MASK);
    }
    return depth;
}

/* Nothing is short: the root, at most four nodes, and the ranges of a slot. A table has less than 10 MB. */
static void table_of_the_internet_is_found(void **state)
{
    (void)state;
    restart();
    fill(1);
    build_all(&lookup);
    check_all(PREFIXES, 1);
    assert_in_range(greatest_depth(true), 1, V6NF_LOOKUP_DEPTH_MAX);
    assert_true(8u * V6NF_LOOKUP_TABLE_WORDS(V6NF_LOOKUP_RANGES(PREFIXES, 1000u), ROOT_BITS) < 10000000u);
    assert_int_equal(lookup.builds, 1);
}

/* Prefixes of random bits and lengths: each is two ranges of its own. */
static void random_prefixes_are_found(void **state)
{
    (void)state;
    restart();
    table_seed(2);
    for (uint32_t i = 0; i < PREFIXES; i++) {
        prefixes[i] = prefix_of(table_random(), table_random(), i % 8u == 0u ? 65u + table_below(64) : 40u + i % 25u);
        add_to_both(&lookup, &model, &prefixes[i], i);
    }
    build_all(&lookup);
    check_all(PREFIXES, 5);
    (void)greatest_depth(false);
}

/* Each /64 of a /48, each in a different direction, and the /48 itself. */
static void each_64_of_a_48_is_found(void **state)
{
    (void)state;
    restart();
    prefixes[65536] = prefix_of(UINT64_C(0x20010DB800010000), 0, 48);
    add_to_both(&lookup, &model, &prefixes[65536], 70000);
    for (uint32_t i = 0; i < 65536u; i++) {
        prefixes[i] = prefix_of(UINT64_C(0x20010DB800010000) + i * 40503u % 65536u, 0, 64);
        add_to_both(&lookup, &model, &prefixes[i], i);
    }
    build_all(&lookup);
    check_all(65537, 2);
    assert_in_range(greatest_depth(true), 1, V6NF_LOOKUP_DEPTH_MAX);
}

/* As many /128 as there may be: neighbors in one /64, at both ends of it, in random order; then each in its own /64. */
static void as_many_addresses_as_there_may_be_are_found(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 3u; kind++) {
        restart();
        for (uint32_t i = 0; i < LONGS; i++) {
            const uint64_t number = i * 40503u % 65536u;
            const uint64_t low = number * 3u + (number % 2u == 0u ? 0u : UINT64_MAX - 3u * 65536u);
            prefixes[i] = kind == 0u   ? prefix_of(1, low, 128)
                          : kind == 1u ? prefix_of(number << 20, number % 2u == 0u ? UINT64_MAX : 0u, 128)
                                       : prefix_of(UINT64_MAX - number, table_random(), 65u + i % 64u);
            add_to_both(&lookup, &model, &prefixes[i], i % 9u);
        }
        const struct prefix other = prefix_of(5, 5, 128);
        assert_int_equal(v6nf_lookup_add(&lookup, other.bytes, 128, 1), V6NF_LOOKUP_FULL);
        build_all(&lookup);
        check_all(LONGS, 3);
    }
}

/* Nested prefixes under many /32: they need the deepest nodes, and then a longer search. */
static void many_nests_are_found(void **state)
{
    (void)state;
    restart();
    for (uint32_t i = 0; i < 200000u; i++) {
        const uint64_t bits = (uint64_t)(i / 32u) << 34 | (i / 32u % 2u == 0u ? 0u : UINT64_C(0x3FFFFFFFF));
        prefixes[i] = prefix_of(UINT64_C(0x2A00000000000000) + bits, 0, 33u + i % 32u);
        add_to_both(&lookup, &model, &prefixes[i], i % 32u);
    }
    build_all(&lookup);
    check_all(200000, 3);
    assert_int_equal(greatest_depth(false), V6NF_LOOKUP_DEPTH_MAX);
}

/* The keys of look-ups, and what they must find: now, and when the running build has ended. */
#define KEYS 4096u
static struct watched {
    uint8_t key[16];
    uint32_t now;
    uint32_t next;
} watched[KEYS];

static void note_next(void)
{
    for (uint32_t i = 0; i < KEYS; i++) {
        watched[i].next = model_find(&model, watched[i].key);
    }
}

/* Do a step, then as many look-ups. Return the number of these. */
static uint32_t step_and_look_up(uint32_t look_ups)
{
    const uint64_t builds = lookup.builds;
    if (lookup.build.phase == V6NF_LOOKUP_IDLE && lookup.is_changed) {
        note_next();
    }
    (void)v6nf_lookup_step(&lookup);
    for (uint32_t i = 0; i < KEYS && lookup.builds != builds; i++) {
        watched[i].now = watched[i].next;
    }
    for (uint32_t i = 0; i < look_ups; i++) {
        const struct watched *one = &watched[table_below(KEYS)];
        assert_int_equal(v6nf_lookup_find(&lookup, one->key), one->now);
    }
    return look_ups;
}

/* All prefixes are replaced by others, while a million look-ups pass and changes go on. Each finds what the table in
 * use began with. */
static void tables_are_replaced_while_a_million_look_ups_pass(void **state)
{
    uint32_t look_ups = 0;
    uint32_t removed = 0;
    (void)state;
    restart();
    fill(5);
    for (uint32_t i = 0; i < KEYS; i++) {
        prefix_random_key(watched[i].key, &prefixes[table_below(PREFIXES)]);
        watched[i].now = V6NF_LOOKUP_NONE;
    }
    note_next();
    while (look_ups < 1000000u || v6nf_lookup_step(&lookup)) {
        for (uint32_t i = 0; i < 40u && lookup.builds > 0u && removed < PREFIXES; i++) {
            const struct prefix *prefix = &prefixes[removed];
            const uint32_t value = removed % 3u == 0u ? V6NF_LOOKUP_NONE : 1000u + removed % 777u;
            removed++;
            if (value == V6NF_LOOKUP_NONE) {
                assert_int_equal(v6nf_lookup_remove(&lookup, prefix->bytes, prefix->length), V6NF_LOOKUP_OK);
                model_set(&model, prefix, value);
            } else {
                add_to_both(&lookup, &model, prefix, value);
            }
        }
        if (look_ups < 1000000u) {
            look_ups += step_and_look_up(100);
        }
    }
    assert_true(lookup.builds > 1u);
    build_all(&lookup);
    check_all(PREFIXES, 5);
}

/* A change is found after at most two builds, and any number of changes needs no more. */
static void table_is_at_most_two_builds_behind(void **state)
{
    (void)state;
    restart();
    for (uint32_t round = 0; round < 50u; round++) {
        for (uint32_t steps = 0; steps < 1u + round * 5u; steps++) {
            const struct prefix other = prefix_of((uint64_t)steps << 40, 0, 32);
            (void)v6nf_lookup_add(&lookup, other.bytes, 32, round);
            (void)v6nf_lookup_step(&lookup);
        }
        const struct prefix prefix = prefix_of((uint64_t)round << 32, round, 128);
        const uint64_t builds = lookup.builds;
        add_to_both(&lookup, &model, &prefix, round);
        while (lookup.builds < builds + 2u && v6nf_lookup_step(&lookup)) {
        }
        assert_int_equal(v6nf_lookup_find(&lookup, prefix.bytes), round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_of_the_internet_is_found),
        cmocka_unit_test(random_prefixes_are_found),
        cmocka_unit_test(each_64_of_a_48_is_found),
        cmocka_unit_test(as_many_addresses_as_there_may_be_are_found),
        cmocka_unit_test(many_nests_are_found),
        cmocka_unit_test(tables_are_replaced_while_a_million_look_ups_pass),
        cmocka_unit_test(table_is_at_most_two_builds_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
