/* cache.c: a set-associative cache. The entries of a set are in the order in which they were stored, newest first. */
#include "v6nf/table/cache.h"

extern inline const struct v6nf_cache_entry *v6nf_cache_find(const struct v6nf_cache_entry *set, const uint8_t *key);

struct v6nf_cache_entry *v6nf_cache_store(struct v6nf_cache_entry *set, const uint8_t *key, uint32_t value,
                                          uint32_t stamp)
{
    const struct v6nf_cache_entry entry = {
        .key = {v6nf_word64(key), v6nf_word64(key + 8)}, .value = value, .stamp = stamp};
    uint32_t last = 0;
    while (last < V6NF_CACHE_WAYS - 1u && (set[last].key[0] != entry.key[0] || set[last].key[1] != entry.key[1])) {
        last++;
    }
    for (uint32_t i = last; i > 0u; i--) {
        set[i] = set[i - 1u];
    }
    set[0] = entry;
    return &set[0];
}
