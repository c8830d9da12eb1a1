/* hash.h: a hash of keys of constant size for the tables of this library. It is unpredictable without its own key.
 *
 * It is NH of UMAC (RFC 4418, 5.2.2: a sum of products of 32-bit halves, each added to a part of the key), followed by
 * a multiplication (Dietzfelbinger et al., 1997). Any two different keys have the same hash with a probability of 2^-32
 * (sum) and 2^-31 (multiplication), over all keys of the hash. A host that chooses keys of a table without the key of
 * the hash therefore makes no more collisions than random keys do. This holds as long as it does not learn which keys
 * collide: SipHash (siphash.h) promises more and costs five times as much. Use this hash for tables only, whose chains
 * are bounded all the same.
 * Context: any. */
#ifndef V6NF_TABLE_HASH_H
#define V6NF_TABLE_HASH_H

#include <stdint.h>

#include "../wire/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_HASH_WORDS_MAX 5u    /* maximum words of a key: 40 bytes, two IPv6 addresses, two ports, a protocol */
#define V6NF_HASH_SECRET_SIZE 16u /* bytes of the secret that the hash's key is derived from */

/* The key of a hash. */
struct v6nf_hash_key {
    uint64_t multiplier;                        /* odd */
    uint32_t addends[2u * V6NF_HASH_WORDS_MAX]; /* one for each half of a word */
};

/* Derive a key from a secret.
 * key: the result.
 * secret: V6NF_HASH_SECRET_SIZE unpredictable bytes. */
void v6nf_hash_key_init(struct v6nf_hash_key *key, const uint8_t *secret);

/* Return the hash of `count` words, at most V6NF_HASH_WORDS_MAX: a constant, so that the loop is unrolled. All of its
 * bits are equally good. */
static inline uint32_t v6nf_hash_words(const struct v6nf_hash_key *key, const uint64_t *words, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count && i < V6NF_HASH_WORDS_MAX; i++) {
        const uint32_t low = (uint32_t)(words[i] & 0xFFFFFFFFu) + key->addends[2u * i];
        const uint32_t high = (uint32_t)(words[i] >> 32) + key->addends[2u * i + 1u];
        sum += (uint64_t)low * high;
    }
    return (uint32_t)((sum * key->multiplier) >> 32);
}

/* Return the hash of the 16 bytes of an IPv6 address. */
static inline uint32_t v6nf_hash_address(const struct v6nf_hash_key *key, const uint8_t *address)
{
    const uint64_t words[2] = {v6nf_word64(address), v6nf_word64(address + 8)};
    return v6nf_hash_words(key, words, 2u);
}

#ifdef __cplusplus
}
#endif

#endif
