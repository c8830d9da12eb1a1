/* fixture_table.c: reproducible random numbers and hash keys for the tests of tables. */
#include "fixture_table.h"

static uint64_t state;

void table_seed(uint64_t seed)
{
    state = seed;
}

/* SplitMix64 (Steele et al., 2014). */
uint64_t table_random(void)
{
    state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = state;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

uint32_t table_below(uint32_t limit)
{
    return (uint32_t)(table_random() >> 32) % limit;
}

void table_hash_key(struct v6nf_hash_key *key, uint32_t number)
{
    uint8_t secret[V6NF_HASH_SECRET_SIZE] = {0};
    v6nf_store32(secret, number);
    v6nf_hash_key_init(key, secret);
}
