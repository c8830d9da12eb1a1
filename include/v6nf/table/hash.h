/* hash.h: a keyed hash of short keys of constant size, for the tables of this library.
 *
 * Its first step is NH (RFC 4418, 5.2.2): halves of words, each added to a part of the hash's key, are multiplied in
 * pairs, and the products are added. For any two keys and any number, the sums differ by that number with a probability
 * of at most 2^-32, over all keys of the hash (Black et al., 1999). Its second step adds the high half of the sum to
 * the low half without carry, and multiplies by an odd number. With v6nf_hash_index(), two different sums have the same
 * of `count` indexes with a probability of at most 2/count (Dietzfelbinger et al., 1997).
 *
 * A host that chooses keys without knowing the hash's key therefore causes at most twice as many colliding pairs as
 * random keys. Pairs do not bound the longest chain. Without the addition in the second step, sequential keys have
 * hashes in arithmetic progression, and one key of the hash in 100 gives chains of dozens. With it, no keys are known
 * with longer chains than those of random keys: the test of this file tries several kinds. That is not a proof.
 *
 * SipHash (siphash.h) promises more: its hashes may become known. Here, a host that learns which of its keys collide
 * can compute others that do. Use this hash only for tables that do not reveal it, and bound their chains (links.h).
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
 * secret: V6NF_HASH_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy(). */
void v6nf_hash_key_init(struct v6nf_hash_key *key, const uint8_t *secret);

/* Return the hash of a key that is an array of words. All keys of a table have the same number of words.
 * key: of the hash.
 * words: the key of an entry.
 * count: number of words, at most V6NF_HASH_WORDS_MAX. It should be a constant, which unrolls the loop. */
/*@ requires \valid_read(key) && count <= V6NF_HASH_WORDS_MAX && \valid_read(words + (0 .. count - 1));
    assigns \nothing; */
static inline uint32_t v6nf_hash_words(const struct v6nf_hash_key *key, const uint64_t *words, uint32_t count)
{
    uint64_t sum = 0;
    /*@ loop invariant 0 <= i <= count;
        loop assigns i, sum;
        loop variant count - i; */
    for (uint32_t i = 0; i < count && i < V6NF_HASH_WORDS_MAX; i++) {
        const uint32_t low = (uint32_t)(words[i] & 0xFFFFFFFFu) + key->addends[2u * i];
        const uint32_t high = (uint32_t)(words[i] >> 32) + key->addends[2u * i + 1u];
        sum += (uint64_t)low * high;
    }
    return (uint32_t)(((sum ^ (sum >> 32)) * key->multiplier) >> 32);
}

/* Return the hash of an IPv6 address.
 * key: of the hash.
 * address: 16 bytes. */
/*@ requires \valid_read(key) && \valid_read(address + (0 .. 15));
    assigns \nothing; */
static inline uint32_t v6nf_hash_address(const struct v6nf_hash_key *key, const uint8_t *address)
{
    const uint64_t words[2] = {v6nf_word64(address), v6nf_word64(address + 8)};
    return v6nf_hash_words(key, words, 2u);
}

/* Return the index of a chain or set, below `count`: the high bits of the hash, which are the best ones, decide.
 * hash: of an entry's key.
 * count: number of chains or sets, not 0; not necessarily a power of two. */
/*@ requires count > 0;
    assigns \nothing;
    ensures \result < count;
    ensures \result == hash * count / 4294967296; */
static inline uint32_t v6nf_hash_index(uint32_t hash, uint32_t count)
{
    return (uint32_t)(((uint64_t)hash * count) >> 32);
}

#ifdef __cplusplus
}
#endif

#endif
