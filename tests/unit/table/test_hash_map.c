/* test_hash_map.c: a hash map that is full, has collisions, and expires the oldest entries, compared with a simple
 * list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/table/hash_map.h"
#include "v6nf/table/siphash.h"

#define CAPACITY 64u
#define KEY_SIZE 13u /* not a multiple of a word */

static uint64_t memory[V6NF_HASH_MAP_WORDS(1024u, V6NF_HASH_MAP_KEY_MAX) + 1u];
static struct v6nf_hash_map map;

static const uint8_t paper_secret[V6NF_HASH_MAP_SECRET_SIZE] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE];

static void make_map(uint32_t capacity, uint32_t key_size)
{
    memset(memory, 0xA5, sizeof memory);
    assert_true(v6nf_hash_map_init(&map, memory, capacity, key_size, secret));
    assert_int_equal(map.count, 0);
}

/* Write the key with this number: keys differ in their first and last bytes. */
static const uint8_t *key(uint32_t number)
{
    static uint8_t bytes[V6NF_HASH_MAP_KEY_MAX];
    memset(bytes, 0x11, sizeof bytes);
    bytes[0] = (uint8_t)number;
    bytes[KEY_SIZE - 1u] = (uint8_t)(number >> 8);
    return bytes;
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
    }
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
        assert_int_equal(memory[V6NF_HASH_MAP_WORDS(CAPACITY, size)], UINT64_C(0xA5A5A5A5A5A5A5A5));
    }
}

/* Nearly each slot can be used before both buckets of a key are full. No slot is lost by adding and removing. */
static void map_fills_up_and_empties(void **state)
{
    (void)state;
    make_map(1024, KEY_SIZE);
    for (uint32_t turn = 0; turn < 5u; turn++) {
        for (uint32_t i = 0; i < 1024u; i++) {
            assert_int_not_equal(v6nf_hash_map_add(&map, key(turn * 2000u + i), turn), V6NF_HASH_MAP_NONE);
        }
        assert_int_equal(map.count, 1024);
        assert_int_equal(v6nf_hash_map_add(&map, key(turn * 2000u + 1500u), turn), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_expire(&map, turn + 1u, 1000), 1000);
        assert_int_equal(map.count, 24);
        assert_int_equal(v6nf_hash_map_expire(&map, turn + 1u, 1000), 24);
        assert_int_equal(v6nf_hash_map_oldest(&map), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_find(&map, key(turn * 2000u)), V6NF_HASH_MAP_NONE);
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
    assert_int_equal(map.count, 7);
    assert_int_equal(v6nf_hash_map_expire(&map, 6, 100), 3); /* 1, 2, 5; entries touched at 6 stay */
    static const uint32_t order[] = {6, 7, 0, 3};
    for (uint32_t i = 0; i < 4u; i++) {
        assert_int_equal(v6nf_hash_map_oldest(&map), entries[order[i]]);
        v6nf_hash_map_remove(&map, v6nf_hash_map_oldest(&map));
    }
    assert_int_equal(v6nf_hash_map_oldest(&map), V6NF_HASH_MAP_NONE);
}

/* Collect the numbers of the first keys whose tag is 1 in a map of the smallest capacity. Return their number, at
 * most `capacity`. */
static uint32_t collect_keys_tagged_1(uint32_t *numbers, uint32_t capacity)
{
    uint32_t count = 0;
    for (uint32_t number = 0; number < 8192u && count < capacity; number++) {
        make_map(V6NF_HASH_MAP_CAPACITY_MIN, KEY_SIZE);
        uint32_t slot = map.entries[v6nf_hash_map_add(&map, key(number), 0)].slot;
        if (((map.tags[slot / V6NF_HASH_MAP_BUCKET] >> (8u * (slot % V6NF_HASH_MAP_BUCKET))) & 0xFFu) == 1u) {
            numbers[count++] = number;
        }
    }
    return count;
}

/* Tag 0 marks a free slot. It differs from tag 1 in the lowest bit, so that a subtraction with a borrow mistakes it
 * for one. What a slot held before it was freed, or before its first use, is no entry. */
static void free_slot_next_to_tag_1_is_no_entry(void **state)
{
    (void)state;
    uint32_t numbers[16];
    const uint32_t count = collect_keys_tagged_1(numbers, 16);
    assert_int_equal(count, 16);
    for (uint32_t i = 0; i < count * count; i++) {
        const uint32_t removed = numbers[i / count];
        const uint32_t stays = numbers[i % count];
        if (removed != stays) {
            make_map(V6NF_HASH_MAP_CAPACITY_MIN, KEY_SIZE);
            uint32_t first = v6nf_hash_map_add(&map, key(removed), 0);
            uint32_t second = v6nf_hash_map_add(&map, key(stays), 1);
            v6nf_hash_map_remove(&map, first);
            assert_int_equal(v6nf_hash_map_find(&map, key(removed)), V6NF_HASH_MAP_NONE);
            assert_int_equal(v6nf_hash_map_find(&map, key(stays)), second);
        }
    }
}

/* Make random calls, and compare with a list of which key has which entry, and when it was touched. */
static void compare_with_list(uint32_t capacity, uint32_t seed, uint64_t steps)
{
    make_map(capacity, KEY_SIZE);
    uint32_t listed[200];
    uint64_t touched[200] = {0};
    uint32_t count = 0;
    uint32_t random = seed;
    uint32_t refused = 0; /* as both buckets were full */
    memset(listed, 0xFF, sizeof listed);
    for (uint64_t now = 1; now < steps; now++) {
        random = random * 1664525u + 1013904223u;
        uint32_t number = (random >> 8) % 200u;
        uint32_t entry = v6nf_hash_map_find(&map, key(number));
        assert_int_equal(entry, listed[number]);
        if (entry == V6NF_HASH_MAP_NONE) {
            listed[number] = v6nf_hash_map_add(&map, key(number), now);
            refused += listed[number] == V6NF_HASH_MAP_NONE && count < capacity ? 1u : 0u;
            assert_true(listed[number] == V6NF_HASH_MAP_NONE || count < capacity);
            count += listed[number] != V6NF_HASH_MAP_NONE ? 1u : 0u;
            touched[number] = now;
        } else if ((random >> 20) % 3u == 0u) {
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
        assert_int_equal(map.count, count);
    }
    assert_in_range(refused, 0, steps / 10000u);
}

static void map_behaves_like_a_list(void **state)
{
    (void)state;
    compare_with_list(CAPACITY, 1, 100000);
}

/* With another secret, other keys share buckets, and other tags are neighbors. */
static void map_behaves_like_a_list_with_any_secret(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 400u; i++) {
        secret[0] = (uint8_t)i;
        secret[1] = (uint8_t)(i >> 8);
        compare_with_list(256, i, 1500);
    }
    memcpy(secret, paper_secret, sizeof secret);
}

/* An attacker who knows the table but not the secret finds no keys that share their buckets. */
static void another_secret_gives_other_buckets(void **state)
{
    (void)state;
    static uint64_t memory2[V6NF_HASH_MAP_WORDS(1024u, KEY_SIZE)];
    struct v6nf_hash_map map2;
    uint8_t secret2[V6NF_HASH_MAP_SECRET_SIZE] = {1};
    make_map(1024, KEY_SIZE);
    assert_true(v6nf_hash_map_init(&map2, memory2, 1024, KEY_SIZE, secret2));
    uint32_t same = 0;
    for (uint32_t i = 0; i < 200u; i++) {
        uint32_t a = v6nf_hash_map_add(&map, key(i), 0);
        uint32_t b = v6nf_hash_map_add(&map2, key(i), 0);
        same += map.entries[a].slot / V6NF_HASH_MAP_BUCKET == map2.entries[b].slot / V6NF_HASH_MAP_BUCKET ? 1u : 0u;
    }
    assert_in_range(same, 0, 10);
}

/* The secret is copied before the map is cleared. */
static void map_can_be_initialized_with_its_own_secret(void **state)
{
    (void)state;
    make_map(CAPACITY, KEY_SIZE);
    assert_true(v6nf_hash_map_init(&map, memory, CAPACITY, KEY_SIZE, map.secret));
    assert_memory_equal(map.secret, secret, sizeof secret);
}

static void map_with_invalid_arguments_rejects_inserts(void **state)
{
    (void)state;
    static const uint32_t wrong[][2] = {{0, 8},        {4, 8},  {63, 8},
                                        {1u << 24, 8}, {64, 0}, {64, V6NF_HASH_MAP_KEY_MAX + 1u}};
    for (uint32_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(v6nf_hash_map_init(&map, memory, wrong[i][0], wrong[i][1], secret));
        assert_int_equal(v6nf_hash_map_find(&map, key(1)), V6NF_HASH_MAP_NONE);
        assert_int_equal(v6nf_hash_map_add(&map, key(1), 0), V6NF_HASH_MAP_NONE);
        v6nf_hash_map_touch(&map, 0, 0);
        v6nf_hash_map_remove(&map, 0);
        assert_int_equal(v6nf_hash_map_expire(&map, UINT64_MAX, 1), 0);
    }
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
        cmocka_unit_test(map_fills_up_and_empties),
        cmocka_unit_test(oldest_entries_expire_first),
        cmocka_unit_test(free_slot_next_to_tag_1_is_no_entry),
        cmocka_unit_test(map_behaves_like_a_list),
        cmocka_unit_test(map_behaves_like_a_list_with_any_secret),
        cmocka_unit_test(another_secret_gives_other_buckets),
        cmocka_unit_test(map_can_be_initialized_with_its_own_secret),
        cmocka_unit_test(map_with_invalid_arguments_rejects_inserts),
        cmocka_unit_test(siphash_equals_that_of_its_paper),
    };
    memcpy(secret, paper_secret, sizeof secret);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
