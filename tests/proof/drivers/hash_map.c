/* hash_map.c: proof of the hash table (src/table/hash_map.c) in any state that its invariant allows, with any keys. */
#include "src/table/hash_map.c"

#include "any_driver.h"

#define CAPACITY 16u
#define KEY_SIZE 15u

static uint64_t memory[V6NF_HASH_MAP_WORDS(CAPACITY, KEY_SIZE)];

static uint32_t any_entry(void)
{
    return any_bool() ? V6NF_HASH_MAP_NONE : any_below(CAPACITY);
}

static bool is_entry(uint32_t entry)
{
    return entry == V6NF_HASH_MAP_NONE || entry < CAPACITY;
}

/* Tags are any bytes, and lists may be cyclic. */
static void any_map(struct v6nf_hash_map *map)
{
    map->count = any32;
    map->free = any_entry();
    map->oldest = any_entry();
    map->newest = any_entry();
    for (uint32_t i = 0; i < CAPACITY; i++) {
        map->entries[i] = (struct v6nf_hash_map_entry){.touched = any64,
                                                       .older = any_entry(),
                                                       .newer = any_entry(),
                                                       .slot = any_below(2u * CAPACITY),
                                                       .used = any_bool()};
    }
    for (uint32_t i = 0; i < 2u * CAPACITY; i++) {
        map->slots[i] = any_below(CAPACITY);
    }
    for (uint32_t i = 0; i < CAPACITY / 4u; i++) {
        map->tags[i] = any64;
    }
    for (uint32_t i = 0; i < CAPACITY * map->key_words; i++) {
        map->keys[i] = any64;
    }
}

/* Check the invariant that any_map() establishes. */
static void check_map(const struct v6nf_hash_map *map)
{
    must(is_entry(map->free));
    must(is_entry(map->oldest));
    must(is_entry(map->newest));
    for (uint32_t i = 0; i < CAPACITY; i++) {
        must(is_entry(map->entries[i].older));
        must(is_entry(map->entries[i].newer));
        must(map->entries[i].slot < 2u * CAPACITY);
    }
    for (uint32_t i = 0; i < 2u * CAPACITY; i++) {
        must(map->slots[i] < CAPACITY);
    }
}

/* Check that each byte of the word is found by its value, for any neighboring bytes. */
static void prove_tags(void)
{
    static const uint8_t tags[] = {1, 2, 0x7F, 0x80, 0xFF};
    for (uint32_t i = 0; i < sizeof tags; i++) {
        for (uint32_t other = 0; other < 256u; other++) {
            const uint64_t word = tags[i] * UINT64_C(0x0001000100010001) + other * UINT64_C(0x0100010001000100);
            const uint64_t both = other == tags[i] ? UINT64_C(0x8000800080008000) : 0u;
            must(bytes_that_are(word, tags[i]) == UINT64_C(0x0080008000800080) + both);
        }
    }
}

int main(void)
{
    static struct v6nf_hash_map map;
    uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE];
    uint8_t key[KEY_SIZE];
    any_fill(secret, sizeof secret);
    prove_tags();
    must(!v6nf_hash_map_init(&map, memory, CAPACITY + 1u, KEY_SIZE, secret));
    must(v6nf_hash_map_init(&map, memory, CAPACITY, KEY_SIZE, secret));
    check_map(&map);
    any_map(&map);
    any_fill(key, sizeof key);
    must(is_entry(v6nf_hash_map_find(&map, key)));
    switch (any8) {
    case 0:
        must(is_entry(v6nf_hash_map_add(&map, key, any64)));
        break;
    case 1:
        v6nf_hash_map_touch(&map, any32, any64);
        break;
    case 2:
        v6nf_hash_map_remove(&map, any32);
        break;
    default:
        (void)v6nf_hash_map_expire(&map, any64, any32);
        break;
    }
    must(is_entry(v6nf_hash_map_oldest(&map)));
    check_map(&map);
    return 0;
}
