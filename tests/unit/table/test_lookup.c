/* test_lookup.c: longest-prefix match with few prefixes, compared with a search by length; what changes mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_lookup.h"
#include "fixture_table.h"

#define PREFIXES 600u
#define ROOT_BITS 8u

static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {4, 5, 6};
static uint64_t memory[V6NF_LOOKUP_WORDS(PREFIXES, PREFIXES, V6NF_LOOKUP_ROOT_BITS_MAX)];
static struct v6nf_lookup lookup;
static struct model model;

static void restart(uint32_t prefixes, uint32_t longs, uint32_t root_bits)
{
    memset(memory, 0xA5, sizeof memory);
    assert_true(v6nf_lookup_init(&lookup, memory, prefixes, longs, root_bits, secret));
    assert_true(v6nf_lookup_is_valid(&lookup));
    model_clear(&model);
}

/* A key whose bits from `position` on are an address of `bits` bits, and the others those of 0x2001:db8::/32. */
static void write_small(uint64_t *half, uint32_t address, uint32_t bits, uint32_t position)
{
    half[0] = UINT64_C(0x20010DB800000000);
    half[1] = 0;
    for (uint32_t i = 0; i < bits; i++) {
        const uint32_t bit = position + i;
        const uint64_t mask = UINT64_C(1) << (63u - bit % 64u);
        half[bit / 64u] &= ~mask;
        half[bit / 64u] |= (address >> (bits - 1u - i) & 1u) != 0u ? mask : 0u;
    }
}

/* Prefixes of a space of addresses of `bits` bits have numbers from 1 on, as the nodes of a binary heap. */
static struct prefix small_prefix(uint32_t number, uint32_t bits, uint32_t position)
{
    uint64_t half[2];
    uint32_t length = 0;
    while (number >> length > 1u) {
        length++;
    }
    write_small(half, (number - (1u << length)) << (bits - length), bits, position);
    return prefix_of(half[0], half[1], position + length);
}

static bool is_small_match(uint32_t number, uint32_t address, uint32_t bits)
{
    uint32_t ancestor = address | 1u << bits;
    while (ancestor > number) {
        ancestor >>= 1;
    }
    return ancestor == number;
}

/* Build, and compare each address of the space. The longest one has the highest number of
 * those that match. Prefix n has the value n. */
static void check_small(const uint32_t *numbers, uint32_t count, uint32_t bits, uint32_t position)
{
    while (v6nf_lookup_step(&lookup)) {
    }
    for (uint32_t address = 0; address < 1u << bits; address++) {
        uint64_t half[2];
        uint8_t key[16];
        uint32_t expected = V6NF_LOOKUP_NONE;
        for (uint32_t i = 0; i < count; i++) { /* in ascending order */
            expected = is_small_match(numbers[i], address, bits) ? numbers[i] : expected;
        }
        write_small(half, address, bits, position);
        prefix_store64(key, half[0]);
        prefix_store64(key + 8, half[1]);
        if (v6nf_lookup_find(&lookup, key) != expected) {
            fail_msg("prefixes %u %u %u, address %u, bit %u", numbers[0], numbers[count > 1u ? 1 : 0],
                     numbers[count - 1u], address, position);
        }
    }
}

static void set_small(uint32_t number, uint32_t bits, uint32_t position, bool is_set)
{
    const struct prefix prefix = small_prefix(number, bits, position);
    if (is_set) {
        assert_int_equal(v6nf_lookup_add(&lookup, prefix.bytes, prefix.length, number), V6NF_LOOKUP_OK);
    } else {
        assert_int_equal(v6nf_lookup_remove(&lookup, prefix.bytes, prefix.length), V6NF_LOOKUP_OK);
    }
}

/* All sets of one and two prefixes of addresses of 8 bits: across the halves, and at the end. */
static void each_pair_of_prefixes_of_8_bits_is_found(void **state)
{
    static const uint32_t positions[] = {60, 120};
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        restart(3, 3, 2);
        for (uint32_t a = 1; a < 512u; a++) {
            set_small(a, 8, positions[i], true);
            check_small((const uint32_t[]){a}, 1, 8, positions[i]);
            for (uint32_t b = a + 1u; b < 512u; b++) {
                set_small(b, 8, positions[i], true);
                check_small((const uint32_t[]){a, b}, 2, 8, positions[i]);
                set_small(b, 8, positions[i], false);
            }
            set_small(a, 8, positions[i], false);
        }
        assert_true(v6nf_lookup_is_valid(&lookup));
    }
}

/* All sets of three prefixes of addresses of 4 bits, at each position of the bits around those that matter. */
static void each_three_prefixes_of_4_bits_are_found(void **state)
{
    static const uint32_t positions[] = {0, 1, 14, 32, 59, 60, 61, 62, 63, 64, 65, 100, 124};
    (void)state;
    for (uint32_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        restart(4, 4, 1u + i);
        for (uint32_t a = 1; a < 30u; a++) {
            for (uint32_t b = a + 1u; b < 31u; b++) {
                for (uint32_t c = b + 1u; c < 32u; c++) {
                    const uint32_t numbers[] = {a, b, c};
                    for (uint32_t n = 0; n < 3u; n++) {
                        set_small(numbers[n], 4, positions[i], true);
                    }
                    check_small(numbers, 3, 4, positions[i]);
                    for (uint32_t n = 0; n < 3u; n++) {
                        set_small(numbers[n], 4, positions[i], false);
                    }
                    while (v6nf_lookup_step(&lookup)) {
                    }
                }
            }
        }
        assert_true(v6nf_lookup_is_valid(&lookup));
    }
}

/* Sets of many prefixes of 8 bits need nodes: 1 to 500 of them, each address compared. */
static void many_prefixes_of_8_bits_are_found(void **state)
{
    static const uint32_t positions[] = {0, 9, 24, 56, 60, 64, 90, 120};
    (void)state;
    table_seed(3);
    for (uint32_t round = 0; round < 320u; round++) {
        const uint32_t position = positions[round % 8u];
        uint32_t numbers[511];
        uint32_t count = 0;
        restart(511, 511, 1u + round % 9u);
        for (uint32_t number = 1; number < 512u; number++) {
            if (table_below(320) < round) {
                set_small(number, 8, position, true);
                numbers[count++] = number;
            }
        }
        if (count > 0u) {
            check_small(numbers, count, 8, position);
        }
        assert_true(v6nf_lookup_is_valid(&lookup));
    }
}

/* Return a random prefix, one of those that are near each other: `spread` bits after 2^n differ. */
static struct prefix random_prefix(void)
{
    static const uint32_t lengths[] = {0, 1, 16, 32, 48, 63, 64, 65, 96, 127, 128};
    const uint32_t length = table_below(2) == 0u ? table_below(129) : lengths[table_below(11)];
    const uint64_t mask = table_below(4) == 0u ? UINT64_MAX : UINT64_C(0x0000000300000003);
    const uint64_t high = table_below(8) == 0u ? UINT64_MAX : UINT64_C(0x20010DB800000000) ^ (table_random() & mask);
    const uint64_t low = table_below(8) == 0u ? UINT64_MAX : table_random() & (mask | 0xFu);
    return prefix_of(high, low, length);
}

/* Add, replace and remove prefixes at random, also while builds run. The table in use is that of the beginning of the
 * last build which ended. */
static void random_changes_are_found_after_the_build_that_began_next(void **state)
{
    static struct model built;    /* what look-ups must find */
    static struct model building; /* what the running build began with */
    static struct prefix recent[64];
    (void)state;
    table_seed(11);
    for (uint32_t round = 0; round < 12u; round++) {
        restart(round == 0u ? 1u : 5u << round % 7u, round == 0u ? 1u : 5u << round % 7u, 1u + round);
        model_clear(&built);
        for (uint32_t step = 0; step < 3000u; step++) {
            if (table_below(3) > 0u) {
                const struct prefix prefix = table_below(3) == 0u ? recent[table_below(64)] : random_prefix();
                const uint32_t value = table_below(4) == 0u ? V6NF_LOOKUP_NONE : table_below(50);
                const enum v6nf_lookup_result result =
                    value == V6NF_LOOKUP_NONE ? v6nf_lookup_remove(&lookup, prefix.bytes, prefix.length)
                                              : v6nf_lookup_add(&lookup, prefix.bytes, prefix.length, value);
                if (result == V6NF_LOOKUP_OK) {
                    model_set(&model, &prefix, value);
                    assert_int_equal(v6nf_lookup_value(&lookup, prefix.bytes, prefix.length), value);
                }
                recent[step % 64u] = prefix;
            }
            const uint64_t builds = lookup.builds;
            if (lookup.build.phase == V6NF_LOOKUP_IDLE && lookup.is_changed) {
                building = model;
            }
            (void)v6nf_lookup_step(&lookup);
            if (lookup.builds != builds) {
                built = building;
                assert_true(v6nf_lookup_is_valid(&lookup));
            }
            check_edges(&lookup, &built, &recent[table_below(64)]);
        }
        build_all(&lookup);
        for (uint32_t i = 0; i < 64u; i++) {
            check_edges(&lookup, &model, &recent[i]);
        }
    }
}

/* Prefixes of every length, each within the one before: of zeros, of ones, and of mixed bits. */
static void prefixes_of_every_length_are_nested(void **state)
{
    static const uint64_t patterns[] = {0, UINT64_MAX, UINT64_C(0x5A5AA5A50F0FF0F0)};
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        for (uint32_t root_bits = 1; root_bits <= V6NF_LOOKUP_ROOT_BITS_MAX; root_bits += 5u) {
            restart(129, 64, root_bits);
            for (uint32_t length = 0; length <= 128u; length++) {
                const struct prefix prefix = prefix_of(patterns[i], patterns[i], length);
                add_to_both(&lookup, &model, &prefix, length);
            }
            build_all(&lookup);
            for (uint32_t length = 0; length <= 128u; length++) {
                const struct prefix prefix = prefix_of(patterns[i], patterns[i], length);
                check_edges(&lookup, &model, &prefix);
            }
            assert_int_equal(v6nf_lookup_find(&lookup, prefix_of(patterns[i], patterns[i], 128).bytes), 128);
        }
    }
}

/* A removed prefix has an entry until a build forgets it. Prefixes longer than 64 bits have a limit of their own. */
static void full_table_refuses_new_prefixes_only(void **state)
{
    (void)state;
    restart(4, 2, ROOT_BITS);
    for (uint32_t i = 0; i < 4u; i++) {
        const struct prefix prefix = prefix_of((uint64_t)i << 60, 0, i < 2u ? 128u : 4u);
        add_to_both(&lookup, &model, &prefix, i);
    }
    const struct prefix other = prefix_of(UINT64_C(9) << 60, 0, 4);
    const struct prefix first = prefix_of(0, 0, 128);
    assert_int_equal(v6nf_lookup_add(&lookup, other.bytes, 4, 9), V6NF_LOOKUP_FULL);
    assert_int_equal(v6nf_lookup_add(&lookup, first.bytes, 128, 7), V6NF_LOOKUP_OK);
    build_all(&lookup);
    assert_int_equal(v6nf_lookup_find(&lookup, first.bytes), 7);
    assert_int_equal(v6nf_lookup_find(&lookup, other.bytes), V6NF_LOOKUP_NONE);
    assert_int_equal(v6nf_lookup_remove(&lookup, first.bytes, 128), V6NF_LOOKUP_OK);
    assert_int_equal(v6nf_lookup_remove(&lookup, first.bytes, 128), V6NF_LOOKUP_ABSENT);
    assert_int_equal(v6nf_lookup_add(&lookup, other.bytes, 4, 9), V6NF_LOOKUP_FULL);
    assert_int_equal(lookup.prefixes, 3);
    build_all(&lookup);
    assert_int_equal(v6nf_lookup_find(&lookup, first.bytes), V6NF_LOOKUP_NONE);
    assert_int_equal(v6nf_lookup_add(&lookup, other.bytes, 4, 9), V6NF_LOOKUP_OK);
    /* One of four is longer than 64 bits, and two may be. */
    assert_int_equal(v6nf_lookup_remove(&lookup, other.bytes, 4), V6NF_LOOKUP_OK);
    build_all(&lookup);
    const struct prefix second = prefix_of(UINT64_C(1) << 60, 5, 128);
    assert_int_equal(v6nf_lookup_add(&lookup, second.bytes, 128, 1), V6NF_LOOKUP_OK);
    assert_int_equal(v6nf_lookup_remove(&lookup, prefix_of(UINT64_C(2) << 60, 0, 4).bytes, 4), V6NF_LOOKUP_OK);
    build_all(&lookup);
    assert_int_equal(v6nf_lookup_add(&lookup, first.bytes, 128, 1), V6NF_LOOKUP_FULL);
    assert_int_equal(v6nf_lookup_add(&lookup, first.bytes, 64, 1), V6NF_LOOKUP_OK);
}

static void invalid_arguments_are_refused(void **state)
{
    static uint64_t few[V6NF_LOOKUP_WORDS(1u, 0u, 1u)];
    struct v6nf_lookup other;
    uint8_t key[16] = {0x20};
    (void)state;
    assert_false(v6nf_lookup_init(&other, few, 0, 0, 1, secret));
    assert_false(v6nf_lookup_init(&other, few, 1, 2, 1, secret));
    assert_false(v6nf_lookup_init(&other, few, V6NF_LOOKUP_PREFIXES_MAX + 1u, 0, 1, secret));
    assert_false(v6nf_lookup_init(&other, few, 1, 0, 0, secret));
    assert_false(v6nf_lookup_init(&other, few, 1, 0, V6NF_LOOKUP_ROOT_BITS_MAX + 1u, secret));
    assert_true(v6nf_lookup_init(&other, few, 1, 0, 1, secret));
    assert_int_equal(v6nf_lookup_find(&other, key), V6NF_LOOKUP_NONE);
    assert_int_equal(v6nf_lookup_add(&other, key, 129, 1), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_add(&other, key, UINT32_MAX, 1), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_add(&other, key, 2, 1), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_remove(&other, key, 2), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_value(&other, key, 2), V6NF_LOOKUP_NONE);
    assert_int_equal(v6nf_lookup_add(&other, key, 3, V6NF_LOOKUP_NONE), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_add(&other, key, 3, UINT32_MAX), V6NF_LOOKUP_INVALID);
    assert_int_equal(v6nf_lookup_add(&other, key, 128, 1), V6NF_LOOKUP_FULL); /* none of 0 */
    key[15] = 1;
    assert_int_equal(v6nf_lookup_add(&other, key, 127, 1), V6NF_LOOKUP_INVALID);
    assert_false(v6nf_lookup_step(&other));
    key[15] = 0;
    assert_int_equal(v6nf_lookup_add(&other, key, 3, V6NF_LOOKUP_NONE - 1u), V6NF_LOOKUP_OK);
    build_all(&other);
    assert_int_equal(v6nf_lookup_find(&other, key), V6NF_LOOKUP_NONE - 1u);
    /* What does not change anything causes no build. */
    assert_int_equal(v6nf_lookup_add(&other, key, 3, V6NF_LOOKUP_NONE - 1u), V6NF_LOOKUP_OK);
    assert_false(v6nf_lookup_step(&other));
}

/* The macro for memory rounds as the library does, and no table reaches past its memory. */
static void memory_is_what_the_macro_states(void **state)
{
    static const uint32_t prefixes[] = {1, 2, 7, 8, 63, 64, 511, 512, 600};
    (void)state;
    for (uint32_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        restart(prefixes[i], prefixes[i], 4);
        const uint32_t ranges = V6NF_LOOKUP_RANGES(prefixes[i], prefixes[i]);
        const uint64_t *end = memory + V6NF_LOOKUP_WORDS(prefixes[i], prefixes[i], 4u);
        assert_int_equal(lookup.high_max, V6NF_LOOKUP_HIGH(prefixes[i]));
        assert_int_equal(lookup.ranges_max, ranges);
        assert_true(lookup.high_max > 2u * prefixes[i]);
        assert_true((const void *)(lookup.orders[1] + prefixes[i]) <= (const void *)end);
        assert_true(lookup.active.slots + lookup.slots_max <= (const uint32_t *)lookup.spare.starts);
        assert_true((const void *)(lookup.spare.slots + lookup.slots_max) <= (const void *)lookup.map.touched);
    }
}

/* The invariant detects what it names. */
static void invariant_detects_faults(void **state)
{
    (void)state;
    restart(129, 64, 4);
    for (uint32_t length = 0; length <= 128u; length++) {
        const struct prefix prefix = prefix_of(0, 0, length);
        add_to_both(&lookup, &model, &prefix, length);
    }
    build_all(&lookup);
    assert_true(lookup.active.nodes_used > 2u);
    const struct v6nf_lookup good = lookup;
    lookup.prefixes--;
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup = good;
    lookup.longs++;
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup = good;
    lookup.active.nodes[1].depth++;
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup.active.nodes[1].depth--;
    lookup.active.nodes[1].shift = 64;
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup.active.nodes[1].shift = good.active.nodes[0].shift;
    lookup.active.nodes[1].last += lookup.slots_max;
    assert_false(v6nf_lookup_is_valid(&lookup));
    restart(129, 64, 4);
    lookup.active.slots[3] = lookup.high_max; /* past the end */
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup.active.slots[3] = V6NF_LOOKUP_NODE; /* the root itself */
    assert_false(v6nf_lookup_is_valid(&lookup));
    lookup.active.slots[3] = 0;
    lookup.active.starts[2] = 0; /* not in order */
    assert_false(v6nf_lookup_is_valid(&lookup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pair_of_prefixes_of_8_bits_is_found),
        cmocka_unit_test(each_three_prefixes_of_4_bits_are_found),
        cmocka_unit_test(many_prefixes_of_8_bits_are_found),
        cmocka_unit_test(random_changes_are_found_after_the_build_that_began_next),
        cmocka_unit_test(prefixes_of_every_length_are_nested),
        cmocka_unit_test(full_table_refuses_new_prefixes_only),
        cmocka_unit_test(invalid_arguments_are_refused),
        cmocka_unit_test(memory_is_what_the_macro_states),
        cmocka_unit_test(invariant_detects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
