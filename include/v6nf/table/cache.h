/* cache.h: a set-associative cache: it maps IPv6 addresses to numbers, and forgets. An address has V6NF_CACHE_WAYS
 * places, those of its set. Its hash chooses the set (hash.h), so that other hosts cannot choose addresses with the
 * same places.
 *
 * Use it for what can be determined again: any address evicts another. Each entry has a stamp, and counts only as long
 * as the caller still expects that stamp: to forget many entries at once, expect another one.
 * The caller has the memory: an array of entries, a power of two, at least V6NF_CACHE_WAYS.
 * Context: any. */
#ifndef V6NF_TABLE_CACHE_H
#define V6NF_TABLE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "../wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_CACHE_WAYS 4u /* places of an address */

/* An entry. */
struct v6nf_cache_entry {
    struct v6nf_address address; /* key */
    uint32_t value;              /* of the caller */
    uint32_t stamp;              /* of the caller */
};

/* Return the first place of a set.
 * entries: of the cache.
 * size: number of entries.
 * hash: of the address. */
static inline struct v6nf_cache_entry *v6nf_cache_set(struct v6nf_cache_entry *entries, uint32_t size, uint32_t hash)
{
    return entries + V6NF_CACHE_WAYS * (size_t)(hash % (size / V6NF_CACHE_WAYS));
}

/* Find an address.
 * set: the address's set.
 * address: 16 bytes.
 * Return its entry, whose stamp the caller must check; NULL if there is none. */
static inline struct v6nf_cache_entry *v6nf_cache_find(struct v6nf_cache_entry *set, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_CACHE_WAYS; i++) {
        if (v6nf_address_equal(set[i].address.bytes, address)) {
            return &set[i];
        }
    }
    return NULL;
}

/* Store an address: in its own place if it has one, else in that of the one that was stored longest ago.
 * set: the address's set.
 * address: 16 bytes, copied.
 * value, stamp: of the caller.
 * Return its entry. */
struct v6nf_cache_entry *v6nf_cache_store(struct v6nf_cache_entry *set, const uint8_t *address, uint32_t value,
                                          uint32_t stamp);

#ifdef __cplusplus
}
#endif

#endif
