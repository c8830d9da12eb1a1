/* cache_valid.c: the invariant of a set-associative cache, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

static bool is_zero_entry(const struct v6nf_cache_entry *entry)
{
    return entry->key[0] == 0u && entry->key[1] == 0u && entry->value == 0u && entry->stamp == 0u;
}

/* Return true if no entry of the set after `at` has its key, and none follows an entry that is zero. */
static bool is_entry_single(const struct v6nf_cache_entry *set, uint32_t at)
{
    for (uint32_t i = at + 1u; i < V6NF_CACHE_WAYS; i++) {
        const bool is_same = set[i].key[0] == set[at].key[0] && set[i].key[1] == set[at].key[1];
        if (!is_zero_entry(&set[i]) && (is_same || is_zero_entry(&set[at]))) {
            return false;
        }
    }
    return true;
}

bool v6nf_cache_is_valid(const struct v6nf_cache_entry *entries, uint32_t size, const struct v6nf_hash_key *key)
{
    for (uint32_t i = 0; i < size; i++) {
        const uint32_t set = i / V6NF_CACHE_WAYS;
        const uint32_t hash = v6nf_hash_words(key, entries[i].key, 2u);
        if (!is_zero_entry(&entries[i]) && v6nf_hash_index(hash, size / V6NF_CACHE_WAYS) != set) {
            return false;
        }
        if (!is_entry_single(entries + (size_t)set * V6NF_CACHE_WAYS, i % V6NF_CACHE_WAYS)) {
            return false;
        }
    }
    return size % V6NF_CACHE_WAYS == 0u;
}

#endif
