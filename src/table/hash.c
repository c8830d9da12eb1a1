/* hash.c: the key of a hash is derived from a secret. */
#include "v6nf/table/hash.h"

#include "v6nf/table/siphash.h"

/* SipHash-2-4. */
#define WORD_ROUNDS 2u
#define END_ROUNDS 4u

static uint64_t derive(const uint8_t *secret, uint64_t number)
{
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, secret);
    v6nf_siphash_word(&hash, number, WORD_ROUNDS);
    return v6nf_siphash_end(&hash, END_ROUNDS);
}

void v6nf_hash_key_init(struct v6nf_hash_key *key, const uint8_t *secret)
{
    key->multiplier = derive(secret, 0u) | 1u;
    for (uint32_t i = 0; i < V6NF_HASH_WORDS_MAX; i++) {
        const uint64_t value = derive(secret, i + 1u);
        key->addends[2u * i] = (uint32_t)(value & 0xFFFFFFFFu);
        key->addends[2u * i + 1u] = (uint32_t)(value >> 32);
    }
}
