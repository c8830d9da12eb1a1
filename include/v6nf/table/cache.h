/* cache.h: a set-associative cache: it maps keys of 16 bytes, such as IPv6 addresses, to numbers, and forgets. A key
 * has V6NF_CACHE_WAYS entries, those of its set. Its hash chooses the set (hash.h), so that other hosts cannot choose
 * keys with the same set.
 *
 * Use it for what can be determined again: any key evicts another. Each entry has a stamp, and counts only as long as
 * the caller still expects that stamp: to forget all entries at once, expect another one.
 * The caller provides the memory: an array of entries, a multiple of V6NF_CACHE_WAYS, initially zero. An entry that is
 * zero has the key 0 and the stamp 0: do not expect this stamp.
 * Context: any. */
#ifndef V6NF_TABLE_CACHE_H
#define V6NF_TABLE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "../wire/bytes.h"
#include "hash.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_CACHE_WAYS 4u /* entries of a set */

/* An entry. */
struct v6nf_cache_entry {
    uint64_t key[2]; /* as v6nf_word64() loads its bytes */
    uint32_t value;  /* of the caller */
    uint32_t stamp;  /* of the caller */
};

/* Return the first entry of a set.
 * entries: of the cache.
 * size: number of entries, at least V6NF_CACHE_WAYS.
 * hash: of a key in the set. */
static inline struct v6nf_cache_entry *v6nf_cache_set(struct v6nf_cache_entry *entries, uint32_t size, uint32_t hash)
{
    return entries + V6NF_CACHE_WAYS * (size_t)v6nf_hash_index(hash, size / V6NF_CACHE_WAYS);
}

/* Find a key.
 * set: the key's set.
 * key: 16 bytes.
 * Return its entry, whose stamp the caller must check; NULL if there is none. */
inline const struct v6nf_cache_entry *v6nf_cache_find(const struct v6nf_cache_entry *set, const uint8_t *key)
{
    const uint64_t low = v6nf_word64(key);
    const uint64_t high = v6nf_word64(key + 8);
    for (uint32_t i = 0; i < V6NF_CACHE_WAYS; i++) {
        if (set[i].key[1] == high && set[i].key[0] == low) {
            return &set[i];
        }
    }
    return NULL;
}

/* Store a key as the newest of its set. If it is new, the key that was stored longest ago is evicted.
 * set: the key's set.
 * key: 16 bytes, copied.
 * value: of the caller.
 * stamp: of the caller.
 * Return its entry, the first of the set. */
struct v6nf_cache_entry *v6nf_cache_store(struct v6nf_cache_entry *set, const uint8_t *key, uint32_t value,
                                          uint32_t stamp);

#ifdef __cplusplus
}
#endif

#endif
