/* test_cache.c: a set-associative cache, compared with a list of what was stored in each set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_table.h"
#include "v6nf/table/cache.h"

#define KEYS 512u

static struct v6nf_cache_entry entries[TABLE_SIZE_MAX];
static struct v6nf_hash_key hash_key;

/* The model: when each key was stored last (0: never), and its value. */
static struct {
    uint64_t stored;
    uint32_t value;
} model[KEYS];

static const uint8_t *address(uint32_t number)
{
    static uint8_t bytes[16];
    v6nf_store32(bytes, 0x20010DB8u);
    v6nf_store32(bytes + 12, number);
    return bytes;
}

static struct v6nf_cache_entry *set_of(uint32_t size, uint32_t number)
{
    return v6nf_cache_set(entries, size, v6nf_hash_address(&hash_key, address(number)));
}

/* A key is in the cache if fewer than V6NF_CACHE_WAYS keys of its set were stored after it. */
static bool is_expected(uint32_t size, uint32_t number)
{
    uint32_t newer = 0;
    for (uint32_t other = 0; other < KEYS; other++) {
        newer += model[other].stored > model[number].stored && set_of(size, other) == set_of(size, number) ? 1u : 0u;
    }
    return model[number].stored != 0u && newer < V6NF_CACHE_WAYS;
}

static void check_key(uint32_t size, uint32_t number)
{
    const struct v6nf_cache_entry *entry = v6nf_cache_find(set_of(size, number), address(number));
    assert_int_equal(entry != NULL, is_expected(size, number));
    if (entry != NULL) {
        assert_int_equal(entry->value, model[number].value);
        assert_int_equal(entry->stamp, 7);
    }
}

static void try_cache(uint32_t size, uint32_t steps)
{
    memset(entries, 0, sizeof entries);
    memset(model, 0, sizeof model);
    for (uint32_t step = 1; step <= steps; step++) {
        const uint32_t number = table_below(size == V6NF_CACHE_WAYS ? 8u : KEYS);
        const uint32_t value = (uint32_t)table_random();
        model[number].stored = step;
        model[number].value = value;
        struct v6nf_cache_entry *entry = v6nf_cache_store(set_of(size, number), address(number), value, 7);
        assert_ptr_equal(entry, v6nf_cache_find(set_of(size, number), address(number)));
        check_key(size, number);
        check_key(size, table_below(KEYS));
        if (step % (size / 16u + 1u) == 0u) {
            assert_true(v6nf_cache_is_valid(entries, size, &hash_key));
        }
    }
    assert_true(v6nf_cache_is_valid(entries, size, &hash_key));
}

/* Any multiple of the ways is a size. */
static void cache_has_the_keys_stored_last_in_each_set(void **state)
{
    (void)state;
    table_hash_key(&hash_key, 1);
    table_seed(1);
    try_cache(4, 2000);
    try_cache(16, 1000);
    try_cache(100, 1000);
    try_cache(65536, 5000);
}

/* What was never stored is found, if at all, with the stamp 0. */
static void empty_cache_has_no_key_with_a_stamp(void **state)
{
    (void)state;
    static const uint8_t zero[16];
    memset(entries, 0, sizeof entries);
    assert_null(v6nf_cache_find(entries, address(1)));
    assert_int_equal(v6nf_cache_find(entries, zero)->stamp, 0);
    v6nf_cache_store(entries, zero, 3, 9);
    assert_int_equal(v6nf_cache_find(entries, zero)->stamp, 9);
    assert_int_equal(v6nf_cache_find(entries, zero)->value, 3);
}

/* Each byte of a key counts. */
static void each_byte_of_a_key_counts(void **state)
{
    (void)state;
    uint8_t key[16] = {0x20};
    memset(entries, 0, sizeof entries);
    const struct v6nf_cache_entry *entry = v6nf_cache_store(entries, key, 1, 1);
    assert_ptr_equal(v6nf_cache_find(entries, key), entry);
    for (uint32_t i = 0; i < 16u; i++) {
        key[i] ^= 0x80u;
        assert_null(v6nf_cache_find(entries, key));
        key[i] ^= 0x80u;
    }
}

/* 1,000 keys fit into 4,096 entries nearly all: a host does not know which evict each other. */
static void cache_holds_nearly_as_many_keys_as_a_quarter_of_its_entries(void **state)
{
    (void)state;
    for (uint32_t secret = 0; secret < 20u; secret++) {
        uint32_t found = 0;
        table_hash_key(&hash_key, secret);
        memset(entries, 0, sizeof entries);
        for (uint32_t i = 0; i < 1000u; i++) {
            v6nf_cache_store(set_of(4096, i), address(i), i, 1);
        }
        for (uint32_t i = 0; i < 1000u; i++) {
            found += v6nf_cache_find(set_of(4096, i), address(i)) != NULL ? 1u : 0u;
        }
        assert_in_range(found, 985, 1000);
    }
}

/* The invariant detects what it names. */
static void invariant_detects_faults(void **state)
{
    (void)state;
    memset(entries, 0, sizeof entries);
    table_hash_key(&hash_key, 1);
    v6nf_cache_store(set_of(64, 5), address(5), 1, 1);
    assert_true(v6nf_cache_is_valid(entries, 64, &hash_key));
    assert_false(v6nf_cache_is_valid(entries, 63, &hash_key));
    struct v6nf_cache_entry *set = set_of(64, 5);
    set[1] = set[0]; /* the key twice */
    assert_false(v6nf_cache_is_valid(entries, 64, &hash_key));
    set[0] = (struct v6nf_cache_entry){0}; /* a gap */
    assert_false(v6nf_cache_is_valid(entries, 64, &hash_key));
    set[0] = set[1];
    set[1] = (struct v6nf_cache_entry){0};
    assert_true(v6nf_cache_is_valid(entries, 64, &hash_key));
    set[0].key[0] ^= UINT64_C(1) << 40; /* a key of another set */
    assert_false(v6nf_cache_is_valid(entries, 64, &hash_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_has_the_keys_stored_last_in_each_set),
        cmocka_unit_test(empty_cache_has_no_key_with_a_stamp),
        cmocka_unit_test(each_byte_of_a_key_counts),
        cmocka_unit_test(cache_holds_nearly_as_many_keys_as_a_quarter_of_its_entries),
        cmocka_unit_test(invariant_detects_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
