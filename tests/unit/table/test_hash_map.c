/* test_hash_map.c: a hash map that is full, has full chains, and expires the oldest entries, compared with a simple
 * list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_table.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/table/siphash.h"

#define CAPACITY 64u
#define KEY_SIZE 13u /* not a multiple of a word */

static uint64_t memory[V6NF_HASH_MAP_WORDS(TABLE_SIZE_MAX, V6NF_HASH_MAP_KEY_MAX) + 1u];
static struct v6nf_hash_map map;

static const uint8_t paper_secret[V6NF_HASH_MAP_SECRET_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE];

static void make_map(uint32_t capacity, uint32_t key_size)
{
    const size_t words = V6NF_HASH_MAP_WORDS(capacity, key_size) + 1u;
    memset(memory, 0xA5, words * sizeof memory[0]);
    assert_true(v6nf_hash_map_init(&map, memory, capacity, key_size, secret));
    assert_int_equal(map.ages.count, 0);
    assert_true(v6nf_hash_map_is_valid(&map));
}

/* Write the key with this number: keys differ in their first and last bytes. */
static const uint8_t *key(uint32_t number)
{
    static uint8_t bytes[V6NF_HASH_MAP_KEY_MAX];
    memset(bytes, 0x11, sizeof bytes);
    bytes[0] = (uint8_t)number;
    bytes[KEY_SIZE - 2u] = (uint8_t)(number >> 16);
    bytes[KEY_SIZE - 1u] = (uint8_t)(number >> 8);
    return bytes;
}

/* Return the chain of the key with this number. */
static uint32_t chain_of_key(uint32_t number)
{
    uint64_t words[V6NF_HASH_WORDS_MAX];
    v6nf_hash_map_load(words, key(number), KEY_SIZE);
    return v6nf_hash_index(v6nf_hash_words(&map.hash_key, words, V6NF_HASH_MAP_KEY_WORDS(KEY_SIZE)), map.capacity);
}

/* Collect the first `count` numbers from `number` on whose keys share the chain of the first one. */
static void collect_colliding(uint32_t *numbers, uint32_t count, uint32_t number)
{
    const uint32_t chain = chain_of_key(number);
    for (uint32_t found = 0; found < count; number++) {
        assert_true(number < 1u << 24);
        numbers[found] = number;
        found += chain_of_key(number) == chain ? 1u : 0u;
    }
}

static void added_keys_are_found(void **state)
{
    (void)state;
    make_map(CAPACITY, KEY_SIZE);
    assert_int_equal(v6nf_hash_map_find(&map, key(0)), V6NF_HASH_MAP_NONE);
    uint32_t entries[20];
    for (uint32_t i = 0; i < 20u; i++) {
        entries[i] = v6nf_hash_map_add(&map, key(i * 37u), i);
        assert_true(entries[i] < CAPACITY);
    }
    for (uint32_t i = 0; i < 20u; i++) {
        assert_int_equal(v6nf_hash_map_find(&map, key(i * 37u)), entries[i]);
        assert_int_equal(v6nf_hash_map_find(&map, key(i * 37u + 1u)), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_find_sized(&map, key(i * 37u), KEY_SIZE), entries[i]);
        assert_int_equal(v6nf_hash_map_find_sized(&map, key(i * 37u + 1u), KEY_SIZE), V6NF_HASH_MAP_NONE);
    }
    assert_int_equal(v6nf_hash_map_find_sized(&map, key(0), KEY_SIZE - 1u), V6NF_HASH_MAP_NONE);
    assert_true(v6nf_hash_map_is_valid(&map));
}

/* Each byte of a key counts, and no byte after it does. */
static void each_byte_of_a_key_counts(void **state)
{
    (void)state;
    for (uint32_t size = 1; size <= V6NF_HASH_MAP_KEY_MAX; size++) {
        uint8_t bytes[V6NF_HASH_MAP_KEY_MAX + 1u] = {0};
        make_map(CAPACITY, size);
        uint32_t entry = v6nf_hash_map_add(&map, bytes, 0);
        bytes[size] = 1;
        assert_int_equal(v6nf_hash_map_find(&map, bytes), entry);
        for (uint32_t i = 0; i < size; i++) {
            bytes[i] = 0x80;
            assert_int_equal(v6nf_hash_map_find(&map, bytes), V6NF_HASH_MAP_NONE);
            bytes[i] = 0;
        }
        /* The last word of the given memory is not exceeded. */
        for (uint32_t i = 0; i < CAPACITY; i++) {
            bytes[0] = (uint8_t)(i + 1u);
            (void)v6nf_hash_map_add(&map, bytes, 0);
        }
        assert_int_equal(memory[V6NF_HASH_MAP_WORDS(CAPACITY, size)], UINT64_C(0xA5A5A5A5A5A5A5A5));
    }
}

/* An entry needs 24 bytes in addition to its key. */
static void memory_of_an_entry_is_small(void **state)
{
    (void)state;
    assert_int_equal(8u * V6NF_HASH_MAP_WORDS(1000u, 40u), 64000);
    assert_int_equal(8u * V6NF_HASH_MAP_WORDS(1000u, 6u), 32000);
}

/* Each entry can be used, for any capacity. No entry is lost by adding and removing. */
static void map_fills_up_and_empties(void **state)
{
    (void)state;
    static const uint32_t capacities[] = {1, 2, 3, 16, 100, 1024, 5000, 65536};
    for (uint32_t i = 0; i < sizeof capacities / sizeof capacities[0]; i++) {
        const uint32_t capacity = capacities[i];
        make_map(capacity, KEY_SIZE);
        for (uint32_t turn = 0; turn < 5u; turn++) {
            const uint32_t first = turn * (capacity + 1u);
            for (uint32_t number = 0; number < capacity; number++) {
                assert_int_equal(v6nf_hash_map_victim(&map, key(first + number)), V6NF_HASH_MAP_NONE);
                assert_int_not_equal(v6nf_hash_map_add(&map, key(first + number), turn), V6NF_HASH_MAP_NONE);
            }
            assert_int_equal(map.ages.count, capacity);
            assert_true(v6nf_hash_map_is_valid(&map));
            assert_int_equal(v6nf_hash_map_add(&map, key(first + capacity), turn), V6NF_HASH_MAP_NONE);
            assert_int_equal(v6nf_hash_map_victim(&map, key(first + capacity)), v6nf_hash_map_oldest(&map));
            assert_int_equal(v6nf_hash_map_expire(&map, turn + 1u, capacity - 1u), capacity - 1u);
            assert_int_equal(map.ages.count, 1);
            assert_int_equal(v6nf_hash_map_expire(&map, turn + 1u, 1000), 1);
            assert_int_equal(v6nf_hash_map_oldest(&map), V6NF_HASH_MAP_NONE);
            assert_int_equal(v6nf_hash_map_find(&map, key(first)), V6NF_HASH_MAP_NONE);
            assert_true(v6nf_hash_map_is_valid(&map));
        }
    }
}

static void oldest_entries_expire_first(void **state)
{
    (void)state;
    make_map(8, KEY_SIZE);
    uint32_t entries[8];
    for (uint32_t i = 0; i < 8u; i++) {
        entries[i] = v6nf_hash_map_add(&map, key(i), i);
    }
    v6nf_hash_map_touch(&map, entries[0], 10);
    v6nf_hash_map_touch(&map, entries[3], 11);
    v6nf_hash_map_touch(&map, entries[3], 12); /* the newest already */
    v6nf_hash_map_remove(&map, entries[4]);
    v6nf_hash_map_remove(&map, entries[4]); /* already removed */
    v6nf_hash_map_touch(&map, entries[4], 20);
    assert_int_equal(map.ages.count, 7);
    assert_true(v6nf_hash_map_is_valid(&map));
    assert_int_equal(v6nf_hash_map_expire(&map, 6, 100), 3); /* 1, 2, 5; entries touched at 6 stay */
    static const uint32_t order[] = {6, 7, 0, 3};
    for (uint32_t i = 0; i < 4u; i++) {
        assert_int_equal(v6nf_hash_map_oldest(&map), entries[order[i]]);
        v6nf_hash_map_remove(&map, v6nf_hash_map_oldest(&map));
    }
    assert_int_equal(v6nf_hash_map_oldest(&map), V6NF_HASH_MAP_NONE);
}

/* A full chain rejects a key, though the map is nearly empty. Its oldest entry makes space, in a full map, too. */
static void full_chain_names_its_oldest_entry(void **state)
{
    (void)state;
    uint32_t numbers[V6NF_CHAIN_MAX + 1u];
    uint32_t entries[V6NF_CHAIN_MAX];
    make_map(1024, KEY_SIZE);
    collect_colliding(numbers, V6NF_CHAIN_MAX + 1u, 100000);
    const uint32_t bystander = v6nf_hash_map_add(&map, key(1), 0);
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX; i++) {
        assert_int_equal(v6nf_hash_map_victim(&map, key(numbers[i])), V6NF_HASH_MAP_NONE);
        entries[i] = v6nf_hash_map_add(&map, key(numbers[i]), 1u + i);
    }
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX; i++) {
        assert_int_equal(v6nf_hash_map_find(&map, key(numbers[i])), entries[i]);
    }
    const uint8_t *rejected = key(numbers[V6NF_CHAIN_MAX]);
    v6nf_hash_map_touch(&map, entries[0], 30);
    for (uint32_t full = 0; full < 2u; full++) {
        assert_int_equal(v6nf_hash_map_add(&map, rejected, 40), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_victim(&map, rejected), entries[1]);
        assert_int_equal(v6nf_hash_map_oldest(&map), bystander);
        assert_true(v6nf_hash_map_is_valid(&map));
        for (uint32_t i = 2; map.ages.count < map.capacity; i++) {
            (void)v6nf_hash_map_add(&map, key(i), 41);
        }
        rejected = key(numbers[V6NF_CHAIN_MAX]);
    }
    v6nf_hash_map_remove(&map, entries[1]);
    assert_int_not_equal(v6nf_hash_map_add(&map, rejected, 50), V6NF_HASH_MAP_NONE);
    assert_true(v6nf_hash_map_is_valid(&map));
}

/* Make random calls, and compare with a list of which key has which entry, and when it was touched. */
static void compare_with_list(uint32_t capacity, uint32_t seed, uint64_t steps, uint32_t each)
{
    make_map(capacity, KEY_SIZE);
    table_seed(seed);
    uint32_t listed[200];
    uint64_t touched[200] = {0};
    uint32_t count = 0;
    memset(listed, 0xFF, sizeof listed);
    for (uint64_t now = 1; now < steps; now++) {
        uint32_t number = table_below(200);
        uint32_t entry = v6nf_hash_map_find(&map, key(number));
        assert_int_equal(entry, listed[number]);
        if (entry == V6NF_HASH_MAP_NONE) {
            listed[number] = v6nf_hash_map_add(&map, key(number), now);
            assert_int_equal(listed[number] != V6NF_HASH_MAP_NONE, count < capacity);
            count += listed[number] != V6NF_HASH_MAP_NONE ? 1u : 0u;
            touched[number] = now;
        } else if (table_below(3) == 0u) {
            v6nf_hash_map_remove(&map, entry);
            listed[number] = V6NF_HASH_MAP_NONE;
            count--;
        } else {
            v6nf_hash_map_touch(&map, entry, now);
            touched[number] = now;
        }
        uint64_t limit = now > 300u ? now - 300u : 0u;
        v6nf_hash_map_expire(&map, limit, UINT32_MAX);
        for (uint32_t i = 0; i < 200u; i++) {
            if (listed[i] != V6NF_HASH_MAP_NONE && touched[i] < limit) {
                listed[i] = V6NF_HASH_MAP_NONE;
                count--;
            }
        }
        assert_int_equal(map.ages.count, count);
        if (now % each == 0u) {
            assert_true(v6nf_hash_map_is_valid(&map));
        }
    }
}

static void map_behaves_like_a_list(void **state)
{
    (void)state;
    compare_with_list(1, 1, 3000, 1);
    compare_with_list(2, 2, 3000, 1);
    compare_with_list(16, 3, 10000, 1);
    compare_with_list(CAPACITY, 4, 50000, 10);
    compare_with_list(65536, 5, 50000, 10000);
}

/* With another secret, other keys share chains. */
static void map_behaves_like_a_list_with_any_secret(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 400u; i++) {
        secret[0] = (uint8_t)i;
        secret[1] = (uint8_t)(i >> 8);
        compare_with_list(128, i, 1500, 100);
    }
    memcpy(secret, paper_secret, sizeof secret);
}

/* An attacker who knows the table but not the secret finds no keys that share their chain: thousands that do under
 * another secret fit into the map, and no chain is longer than with random keys. */
static void keys_crafted_for_another_secret_share_no_chain(void **state)
{
    (void)state;
    static uint32_t numbers[1024];
    make_map(4096, KEY_SIZE);
    collect_colliding(numbers, 1024, 0);
    for (uint32_t i = 0; i < 20u; i++) {
        secret[0] = (uint8_t)(0x80u + i);
        make_map(4096, KEY_SIZE);
        uint32_t longest = 0;
        for (uint32_t j = 0; j < 1024u; j++) {
            assert_int_not_equal(v6nf_hash_map_add(&map, key(numbers[j]), 0), V6NF_HASH_MAP_NONE);
        }
        for (uint32_t chain = 0; chain < map.capacity; chain++) {
            const uint32_t length = v6nf_chain_length(map.links, map.chains[chain], map.capacity);
            longest = length > longest ? length : longest;
        }
        assert_in_range(longest, 2, 7);
    }
    memcpy(secret, paper_secret, sizeof secret);
}

/* Chosen keys, such as sequential ones, never fill a chain of a full map of 65,536 entries. */
static void no_chain_is_full_with_chosen_keys(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 8u; i++) {
        secret[0] = (uint8_t)(0x40u + i);
        make_map(65536, 16);
        for (uint32_t number = 0; number < 65536u; number++) {
            uint8_t address[16] = {0x20, 0x01, 0x0D, 0xB8};
            v6nf_store32(address + (i % 2u == 0u ? 12 : 4), number);
            assert_int_not_equal(v6nf_hash_map_add(&map, address, 0), V6NF_HASH_MAP_NONE);
        }
        assert_true(v6nf_hash_map_is_valid(&map));
    }
    memcpy(secret, paper_secret, sizeof secret);
}

static void map_with_invalid_arguments_rejects_inserts(void **state)
{
    (void)state;
    static const uint32_t wrong[][2] = {
        {0, 8}, {(1u << 23) + 1u, 8}, {UINT32_MAX, 8}, {64, 0}, {64, V6NF_HASH_MAP_KEY_MAX + 1u}, {64, UINT32_MAX}};
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(v6nf_hash_map_init(&map, memory, wrong[i][0], wrong[i][1], secret));
        assert_true(v6nf_hash_map_is_valid(&map));
        assert_int_equal(v6nf_hash_map_find(&map, key(1)), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_find_sized(&map, key(1), 8), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_find_sized(&map, key(1), 0), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_add(&map, key(1), 0), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_victim(&map, key(1)), V6NF_HASH_MAP_NONE);
        v6nf_hash_map_touch(&map, 0, 0);
        v6nf_hash_map_remove(&map, 0);
        assert_int_equal(v6nf_hash_map_expire(&map, UINT64_MAX, 1), 0);
    }
}

/* The invariant detects what it names. */
static void invariant_detects_faults(void **state)
{
    (void)state;
    make_map(8, KEY_SIZE);
    for (uint32_t i = 0; i < 5u; i++) {
        assert_int_equal(v6nf_hash_map_add(&map, key(i), 10u + i), i);
    }
    assert_true(v6nf_hash_map_is_valid(&map));
    uint32_t *const links[] = {&map.links[0].older, &map.links[2].newer, &map.links[6].older, &map.links[6].next,
                               &map.links[7].next,  &map.free,           &map.ages.count,     &map.ages.newest,
                               &map.key_size,       &map.capacity,       &map.ages.oldest};
    for (uint32_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const uint32_t right = *links[i];
        *links[i] = right == 0u ? 4u : 0u;
        assert_false(v6nf_hash_map_is_valid(&map));
        *links[i] = right;
    }
    map.touched[3] = 5; /* before entry 2 */
    assert_false(v6nf_hash_map_is_valid(&map));
    map.touched[3] = 13;
    const uint32_t chain = chain_of_key(0);
    const uint32_t other = (chain + 1u) % 8u;
    const uint32_t first = map.chains[chain];
    map.chains[chain] = map.chains[other];
    map.chains[other] = first;
    assert_false(v6nf_hash_map_is_valid(&map));
    map.chains[other] = map.chains[chain];
    map.chains[chain] = first;
    assert_true(v6nf_hash_map_is_valid(&map));
    assert_int_equal(v6nf_hash_map_add(&map, key(0), 20), 5); /* the key twice, which add does not check */
    assert_false(v6nf_hash_map_is_valid(&map));
}

/* Aumasson and Bernstein, 2012, appendix A: key 00 to 0f, input 00 to 0e, whose length is in the last word. */
static void siphash_equals_that_of_its_paper(void **state)
{
    (void)state;
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, paper_secret);
    v6nf_siphash_word(&hash, UINT64_C(0x0706050403020100), 2);
    v6nf_siphash_word(&hash, UINT64_C(0x0F0E0D0C0B0A0908), 2);
    assert_true(v6nf_siphash_end(&hash, 4) == UINT64_C(0xA129CA6149BE45E5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(added_keys_are_found),
        cmocka_unit_test(each_byte_of_a_key_counts),
        cmocka_unit_test(memory_of_an_entry_is_small),
        cmocka_unit_test(map_fills_up_and_empties),
        cmocka_unit_test(oldest_entries_expire_first),
        cmocka_unit_test(full_chain_names_its_oldest_entry),
        cmocka_unit_test(map_behaves_like_a_list),
        cmocka_unit_test(map_behaves_like_a_list_with_any_secret),
        cmocka_unit_test(keys_crafted_for_another_secret_share_no_chain),
        cmocka_unit_test(no_chain_is_full_with_chosen_keys),
        cmocka_unit_test(map_with_invalid_arguments_rejects_inserts),
        cmocka_unit_test(invariant_detects_faults),
        cmocka_unit_test(siphash_equals_that_of_its_paper),
    };
    memcpy(secret, paper_secret, sizeof secret);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
