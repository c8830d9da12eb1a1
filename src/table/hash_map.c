/* hash_map.c: chains of the entries whose keys have one hash, and a list in the order of age. */
#include "v6nf/table/hash_map.h"

/* Return the chain of a key. */
static uint32_t *chain_of(const struct v6nf_hash_map *map, const uint64_t *words)
{
    const uint32_t hash = v6nf_hash_words(&map->hash_key, words, V6NF_HASH_MAP_KEY_WORDS(map->key_size));
    return &map->chains[v6nf_hash_index(hash, map->capacity)];
}

static uint64_t *key_of(const struct v6nf_hash_map *map, uint32_t entry)
{
    return map->keys + (size_t)entry * V6NF_HASH_MAP_KEY_WORDS(map->key_size);
}

static bool is_free(const struct v6nf_hash_map *map, uint32_t entry)
{
    return map->links[entry].older == entry;
}

/* Make the entry the first free one. */
static void free_entry(struct v6nf_hash_map *map, uint32_t entry)
{
    map->links[entry].next = map->free;
    map->links[entry].older = entry;
    map->links[entry].newer = V6NF_LINK_NONE;
    map->free = entry;
}

bool v6nf_hash_map_init(struct v6nf_hash_map *map, uint64_t *memory, uint32_t capacity, uint32_t key_size,
                        const uint8_t *secret)
{
    *map = (struct v6nf_hash_map){.free = V6NF_HASH_MAP_NONE};
    v6nf_list_init(&map->ages);
    if (capacity < 1u || capacity > V6NF_HASH_MAP_CAPACITY_MAX || key_size < 1u || key_size > V6NF_HASH_MAP_KEY_MAX) {
        return false;
    }
    map->capacity = capacity;
    map->key_size = key_size;
    map->touched = memory;
    map->keys = map->touched + capacity;
    map->links = (struct v6nf_link *)(map->keys + (size_t)capacity * V6NF_HASH_MAP_KEY_WORDS(key_size));
    map->chains = (uint32_t *)(map->links + capacity);
    v6nf_hash_key_init(&map->hash_key, secret);
    v6nf_chains_init(map->chains, capacity);
    for (uint32_t i = capacity; i > 0u; i--) {
        free_entry(map, i - 1u);
    }
    return true;
}

uint32_t v6nf_hash_map_find(const struct v6nf_hash_map *map, const uint8_t *key)
{
    return v6nf_hash_map_find_sized(map, key, map->key_size);
}

uint32_t v6nf_hash_map_add(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now)
{
    const uint32_t entry = map->free;
    if (entry == V6NF_HASH_MAP_NONE) {
        return V6NF_HASH_MAP_NONE;
    }
    const uint32_t next_free = map->links[entry].next;
    v6nf_hash_map_load(key_of(map, entry), key, map->key_size);
    if (!v6nf_chain_add(map->links, chain_of(map, key_of(map, entry)), entry)) {
        return V6NF_HASH_MAP_NONE;
    }
    map->free = next_free;
    map->touched[entry] = now;
    v6nf_list_append(map->links, &map->ages, entry);
    return entry;
}

/* Return the number of entries of a chain. Set *oldest to the one that was not used for the longest time. */
static uint32_t count_chain(const struct v6nf_hash_map *map, uint32_t chain, uint32_t *oldest)
{
    uint32_t count = 0;
    *oldest = chain;
    for (uint32_t at = chain; count < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; count++) {
        if (map->touched[at] < map->touched[*oldest]) {
            *oldest = at;
        }
        at = map->links[at].next;
    }
    return count;
}

uint32_t v6nf_hash_map_victim(const struct v6nf_hash_map *map, const uint8_t *key)
{
    uint64_t words[V6NF_HASH_WORDS_MAX];
    uint32_t oldest = V6NF_HASH_MAP_NONE;
    if (map->key_size == 0u) {
        return V6NF_HASH_MAP_NONE;
    }
    v6nf_hash_map_load(words, key, map->key_size);
    if (count_chain(map, *chain_of(map, words), &oldest) == V6NF_CHAIN_MAX) {
        return oldest;
    }
    return map->free == V6NF_HASH_MAP_NONE ? map->ages.oldest : V6NF_HASH_MAP_NONE;
}

void v6nf_hash_map_touch(struct v6nf_hash_map *map, uint32_t entry, uint64_t now)
{
    if (entry >= map->capacity || is_free(map, entry)) {
        return;
    }
    map->touched[entry] = now;
    v6nf_list_renew(map->links, &map->ages, entry);
}

void v6nf_hash_map_remove(struct v6nf_hash_map *map, uint32_t entry)
{
    if (entry >= map->capacity || is_free(map, entry)) {
        return;
    }
    v6nf_chain_remove(map->links, chain_of(map, key_of(map, entry)), entry);
    v6nf_list_remove(map->links, &map->ages, entry);
    free_entry(map, entry);
}

uint32_t v6nf_hash_map_oldest(const struct v6nf_hash_map *map)
{
    return map->ages.oldest;
}

uint32_t v6nf_hash_map_expire(struct v6nf_hash_map *map, uint64_t time, uint32_t limit)
{
    uint32_t count = 0;
    while (count < limit && map->ages.oldest != V6NF_HASH_MAP_NONE && map->touched[map->ages.oldest] < time) {
        v6nf_hash_map_remove(map, map->ages.oldest);
        count++;
    }
    return count;
}
