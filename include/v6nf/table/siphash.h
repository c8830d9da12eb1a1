/* siphash.h: SipHash (Aumasson and Bernstein, 2012), a hash that is unpredictable without its key of 16 bytes. The
 * node uses 2 rounds per word and 4 at the end for identifiers. Tables, which reveal no hash, and flow labels, which
 * reveal 20 bits of it, use 1 and 3.
 * Context: any. */
#ifndef V6NF_TABLE_SIPHASH_H
#define V6NF_TABLE_SIPHASH_H

#include <stdint.h>

#include "../wire/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_SIPHASH_KEY_SIZE 16u /* bytes of the key */

/* A hash that is being computed. */
struct v6nf_siphash {
    uint64_t v[4]; /* v0 to v3 (2.1) */
};

/* Return `x` rotated left by `bits`, 1 to 63. */
static inline uint64_t v6nf_siphash_rotate(uint64_t x, uint32_t bits)
{
    return (x << bits) | (x >> (64u - bits));
}

/* Run one SipRound on `hash` (2.2). */
static inline void v6nf_siphash_round(struct v6nf_siphash *hash)
{
    uint64_t *v = hash->v;
    v[0] += v[1];
    v[2] += v[3];
    v[1] = v6nf_siphash_rotate(v[1], 13) ^ v[0];
    v[3] = v6nf_siphash_rotate(v[3], 16) ^ v[2];
    v[0] = v6nf_siphash_rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = v6nf_siphash_rotate(v[3], 21) ^ v[0];
    v[1] = v6nf_siphash_rotate(v[1], 17) ^ v[2];
    v[2] = v6nf_siphash_rotate(v[2], 32);
}

/* Start a hash (2.1).
 * hash: the result.
 * key: V6NF_SIPHASH_KEY_SIZE bytes. */
static inline void v6nf_siphash_start(struct v6nf_siphash *hash, const uint8_t *key)
{
    const uint64_t low = v6nf_word64(key);
    const uint64_t high = v6nf_word64(key + 8);
    hash->v[0] = low ^ UINT64_C(0x736F6D6570736575);
    hash->v[1] = high ^ UINT64_C(0x646F72616E646F6D);
    hash->v[2] = low ^ UINT64_C(0x6C7967656E657261);
    hash->v[3] = high ^ UINT64_C(0x7465646279746573);
}

/* Add a word (2.2).
 * hash: started.
 * word: 8 bytes as v6nf_word64() loads them.
 * rounds: rounds per word. */
static inline void v6nf_siphash_word(struct v6nf_siphash *hash, uint64_t word, uint32_t rounds)
{
    hash->v[3] ^= word;
    for (uint32_t i = 0; i < rounds; i++) {
        v6nf_siphash_round(hash);
    }
    hash->v[0] ^= word;
}

/* Finish after the last word, whose highest byte is the length of the data in bytes (2.3).
 * hash: started.
 * rounds: rounds at the end.
 * Return the hash. */
static inline uint64_t v6nf_siphash_end(struct v6nf_siphash *hash, uint32_t rounds)
{
    hash->v[2] ^= 0xFFu;
    for (uint32_t i = 0; i < rounds; i++) {
        v6nf_siphash_round(hash);
    }
    return hash->v[0] ^ hash->v[1] ^ hash->v[2] ^ hash->v[3];
}

#ifdef __cplusplus
}
#endif

#endif
