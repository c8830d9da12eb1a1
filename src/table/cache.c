/* cache.c: a set-associative cache. The entries of a set are in the order in which they were stored, newest first. */
#include "v6nf/table/cache.h"

extern inline const struct v6nf_cache_entry *v6nf_cache_find(const struct v6nf_cache_entry *set, const uint8_t *key);

struct v6nf_cache_entry *v6nf_cache_store(struct v6nf_cache_entry *set, const uint8_t *key, uint32_t value,
                                          uint32_t stamp)
{
    const struct v6nf_cache_entry *known = v6nf_cache_find(set, key);
    const uint32_t last = known != NULL ? (uint32_t)(known - set) : V6NF_CACHE_WAYS - 1u;
    for (uint32_t i = last; i > 0u; i--) {
        set[i] = set[i - 1u];
    }
    set[0].key[0] = v6nf_word64(key);
    set[0].key[1] = v6nf_word64(key + 8);
    set[0].value = value;
    set[0].stamp = stamp;
    return &set[0];
}
