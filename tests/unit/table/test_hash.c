/* test_hash.c: the distribution of keys that hosts on the link choose, for several secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture_table.h"
#include "v6nf/table/hash.h"
#include "v6nf/table/links.h"

#define KEYS 65536u
#define SECRETS 64u

static struct v6nf_hash_key hash_key;
static uint32_t lengths[KEYS];

/* Keys of one kind: write the address with this number. */
typedef void write_key(uint8_t *address, uint32_t number);

static void write_sequential(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 12, number);
}

static void write_last_of_prefix(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 4, number);
    address[15] = 1;
}

static void write_same_low_bits(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 8, number);
    v6nf_store32(address + 12, 0xFFFFFFFFu);
}

static void write_eui64(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 8, 0x020000FFu);
    v6nf_store32(address + 12, 0xFE000000u + number);
}

static void write_grid(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 4, number >> 8);
    v6nf_store32(address + 12, number & 0xFFu);
}

static void write_halves(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 8, number >> 8 << 24);
    v6nf_store32(address + 12, number << 24);
}

static void write_multiples(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 12, number * 0x9E3779B9u);
}

static void write_palindromes(uint8_t *address, uint32_t number)
{
    v6nf_store32(address + 8, number);
    v6nf_store32(address + 12, number);
}

static write_key *const kinds[] = {
    write_sequential, write_last_of_prefix, write_same_low_bits, write_eui64,
    write_grid,       write_halves,         write_multiples,     write_palindromes,
};

/* Return the longest of `chains` chains that hold the keys of one kind. Set *pairs to the pairs that share a chain. */
static uint32_t longest_chain(write_key *write, uint32_t chains, uint64_t *pairs)
{
    uint32_t longest = 0;
    memset(lengths, 0, sizeof lengths);
    *pairs = 0;
    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t address[16] = {0x20, 0x01, 0x0D, 0xB8};
        write(address, i);
        const uint32_t chain = v6nf_hash_index(v6nf_hash_address(&hash_key, address), chains);
        *pairs += lengths[chain]++;
        longest = lengths[chain] > longest ? lengths[chain] : longest;
    }
    return longest;
}

/* Random keys make 32,768 pairs. Their longest chain has 13 or more keys in one of 100,000 tables. */
static void chosen_keys_make_no_longer_chains_than_random_keys(void **state)
{
    (void)state;
    for (uint32_t secret = 0; secret < SECRETS; secret++) {
        table_hash_key(&hash_key, secret);
        for (uint32_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            uint64_t pairs = 0;
            const uint32_t longest = longest_chain(kinds[i], KEYS, &pairs);
            assert_in_range(longest, 6, 12);
            assert_in_range(pairs, 0, KEYS / 2u + KEYS / 8u);
        }
    }
}

/* The number of chains is not necessarily a power of two. */
static void each_chain_of_any_number_is_used(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 2, 3, 10, 1000, 4096};
    table_hash_key(&hash_key, 1);
    for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t pairs = 0;
        const uint32_t mean = KEYS / numbers[i];
        assert_in_range(longest_chain(write_sequential, numbers[i], &pairs), mean, mean + mean / 16u + 60u);
        for (uint32_t chain = 0; chain < KEYS; chain++) {
            assert_int_equal(lengths[chain] != 0u, chain < numbers[i]);
        }
    }
}

/* Each bit of a key, alone, changes the index in a table of 65,536, in nearly each of 1,000 tries. */
static void keys_that_differ_in_one_bit_have_different_hashes(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8u * 40u; bit++) {
        uint32_t same = 0;
        for (uint32_t i = 0; i < 1000u; i++) {
            uint64_t words[V6NF_HASH_WORDS_MAX];
            table_seed(1000u * bit + i);
            table_hash_key(&hash_key, (uint32_t)table_random());
            for (uint32_t j = 0; j < V6NF_HASH_WORDS_MAX; j++) {
                words[j] = table_random();
            }
            const uint32_t hash = v6nf_hash_words(&hash_key, words, V6NF_HASH_WORDS_MAX);
            words[bit / 64u] ^= UINT64_C(1) << (bit % 64u);
            const uint32_t other = v6nf_hash_words(&hash_key, words, V6NF_HASH_WORDS_MAX);
            same += v6nf_hash_index(hash, KEYS) == v6nf_hash_index(other, KEYS) ? 1u : 0u;
        }
        assert_in_range(same, 0, 2);
    }
}

/* Return the hash of two words, and of zeros around them. */
static uint32_t hash_of_two(uint32_t first, uint64_t word, uint32_t second, uint64_t other)
{
    uint64_t words[V6NF_HASH_WORDS_MAX] = {0};
    words[first] = word;
    words[second] = other;
    return v6nf_hash_words(&hash_key, words, V6NF_HASH_WORDS_MAX);
}

/* Each half of a word has its own part of the key: a connection and its opposite direction have different hashes. */
static void order_of_words_and_halves_counts(void **state)
{
    (void)state;
    static const uint64_t pairs[][2] = {
        {1, 2}, {UINT64_C(1) << 32, UINT64_C(2) << 32}, {UINT64_C(0x100000003), UINT64_C(0x200000003)}, {0, 1}};
    table_hash_key(&hash_key, 1);
    for (uint32_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        for (uint32_t first = 0; first < V6NF_HASH_WORDS_MAX; first++) {
            for (uint32_t second = first + 1u; second < V6NF_HASH_WORDS_MAX; second++) {
                assert_int_not_equal(hash_of_two(first, pairs[i][0], second, pairs[i][1]),
                                     hash_of_two(first, pairs[i][1], second, pairs[i][0]));
            }
        }
    }
    for (uint32_t word = 0; word + 1u < V6NF_HASH_WORDS_MAX; word++) {
        assert_int_not_equal(hash_of_two(word, UINT64_C(0x500000006), word + 1u, 0),
                             hash_of_two(word, UINT64_C(0x600000005), word + 1u, 0));
    }
}

/* A host that found colliding keys of one table has not found any of another. */
static void keys_that_collide_under_one_secret_do_not_under_another(void **state)
{
    (void)state;
    static uint32_t last[KEYS]; /* the last key of each chain, plus 1 */
    struct v6nf_hash_key other;
    uint32_t found = 0;
    uint32_t both = 0;
    table_hash_key(&hash_key, 1);
    table_hash_key(&other, 2);
    for (uint32_t i = 0; i < KEYS; i++) {
        uint64_t words[2] = {1, i};
        const uint32_t chain = v6nf_hash_index(v6nf_hash_words(&hash_key, words, 2), KEYS);
        if (last[chain] != 0u) {
            const uint64_t before[2] = {1, last[chain] - 1u};
            found++;
            both += v6nf_hash_index(v6nf_hash_words(&other, words, 2), KEYS) ==
                            v6nf_hash_index(v6nf_hash_words(&other, before, 2), KEYS)
                        ? 1u
                        : 0u;
        }
        last[chain] = i + 1u;
    }
    assert_in_range(found, 20000, 28000);
    assert_in_range(both, 0, 4);
}

/* The index decides by the high bits, and is below the number of chains even for the highest hash. */
static void index_is_below_the_number_of_chains(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {1, 2, 3, 65536, 1u << 23, UINT32_MAX};
    for (uint32_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_int_equal(v6nf_hash_index(UINT32_MAX, numbers[i]), numbers[i] - 1u);
        assert_int_equal(v6nf_hash_index(0, numbers[i]), 0);
    }
}

/* The parts of a key are all different, and the multiplier is odd. */
static void each_part_of_the_key_depends_on_the_secret(void **state)
{
    (void)state;
    struct v6nf_hash_key other;
    for (uint32_t bit = 0; bit < 8u * V6NF_HASH_SECRET_SIZE; bit++) {
        uint8_t secret[V6NF_HASH_SECRET_SIZE] = {0};
        v6nf_hash_key_init(&hash_key, secret);
        secret[bit / 8u] ^= (uint8_t)(1u << (bit % 8u));
        v6nf_hash_key_init(&other, secret);
        assert_int_equal(other.multiplier % 2u, 1);
        assert_true(hash_key.multiplier != other.multiplier);
        for (uint32_t i = 0; i < 2u * V6NF_HASH_WORDS_MAX; i++) {
            assert_int_not_equal(hash_key.addends[i], other.addends[i]);
            assert_int_not_equal(other.addends[i], other.addends[(i + 1u) % (2u * V6NF_HASH_WORDS_MAX)]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_keys_make_no_longer_chains_than_random_keys),
        cmocka_unit_test(each_chain_of_any_number_is_used),
        cmocka_unit_test(keys_that_differ_in_one_bit_have_different_hashes),
        cmocka_unit_test(order_of_words_and_halves_counts),
        cmocka_unit_test(keys_that_collide_under_one_secret_do_not_under_another),
        cmocka_unit_test(index_is_below_the_number_of_chains),
        cmocka_unit_test(each_part_of_the_key_depends_on_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
