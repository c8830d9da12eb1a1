/* cache.c: proof of the set-associative cache (src/table/cache.c), of the hash (src/table/hash.c), and of the cache's
 * invariant, with any keys. */
#include "src/table/cache.c"
#include "src/table/cache_valid.c"

#undef WORD_ROUNDS
#undef END_ROUNDS
#include "src/table/hash.c"

#include "any_driver.h"

#define SIZE 16u

static struct v6nf_cache_entry entries[SIZE];

int main(void)
{
    struct v6nf_hash_key hash_key;
    uint8_t bytes[16];
    any_fill(bytes, sizeof bytes);
    v6nf_hash_key_init(&hash_key, bytes);
    must(v6nf_hash_index(v6nf_hash_address(&hash_key, bytes), SIZE) < SIZE);
    must(v6nf_hash_index(any32, 3u) < 3u);
    for (uint32_t i = 0; i < SIZE; i++) {
        entries[i] = (struct v6nf_cache_entry){.key = {any64, any64}, .value = any32, .stamp = any32};
    }
    struct v6nf_cache_entry *set = v6nf_cache_set(entries, SIZE, v6nf_hash_address(&hash_key, bytes));
    (void)v6nf_cache_find(set, bytes);
    (void)v6nf_cache_store(set, bytes, any32, any32);
    (void)v6nf_cache_is_valid(entries, SIZE, &hash_key);
    (void)v6nf_cache_is_valid(entries, 0u, &hash_key);
    return 0;
}
