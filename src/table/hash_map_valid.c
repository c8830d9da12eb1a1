/* hash_map_valid.c: the invariant of a hash map, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

static const uint64_t *words_of(const struct v6nf_hash_map *map, uint32_t entry)
{
    return map->keys + (size_t)entry * V6NF_HASH_MAP_KEY_WORDS(map->key_size);
}

/* Return true if each entry of the chain is in use, belongs there, and has a key that no later one has. */
static bool is_map_chain_valid(const struct v6nf_hash_map *map, uint32_t chain)
{
    const uint32_t words = V6NF_HASH_MAP_KEY_WORDS(map->key_size);
    if (!v6nf_chain_is_valid(map->links, map->chains[chain], map->capacity)) {
        return false;
    }
    for (uint32_t at = map->chains[chain]; at != V6NF_LINK_NONE; at = map->links[at].next) {
        const uint32_t hash = v6nf_hash_words(&map->hash_key, words_of(map, at), words);
        if (map->links[at].older == at || v6nf_hash_index(hash, map->capacity) != chain) {
            return false;
        }
        for (uint32_t other = map->links[at].next; other != V6NF_LINK_NONE; other = map->links[other].next) {
            if (v6nf_hash_map_has_key(map, other, words_of(map, at), words)) {
                return false;
            }
        }
    }
    return true;
}

/* Return true if the list holds entries in use, and none was used before the one before it. */
static bool is_age_order_valid(const struct v6nf_hash_map *map)
{
    uint64_t touched = 0;
    if (!v6nf_list_is_valid(map->links, &map->ages, map->capacity)) {
        return false;
    }
    for (uint32_t at = map->ages.oldest; at != V6NF_LINK_NONE; at = map->links[at].newer) {
        if (map->links[at].older == at || map->touched[at] < touched) {
            return false;
        }
        touched = map->touched[at];
    }
    return true;
}

/* Return true if all entries that are not in use are free. */
static bool is_free_list_valid(const struct v6nf_hash_map *map)
{
    uint32_t at = map->free;
    for (uint32_t i = map->ages.count; i < map->capacity; i++) {
        if (at >= map->capacity || map->links[at].older != at) {
            return false;
        }
        at = map->links[at].next;
    }
    return at == V6NF_LINK_NONE;
}

bool v6nf_hash_map_is_valid(const struct v6nf_hash_map *map)
{
    uint32_t count = 0;
    if (map->capacity == 0u) {
        return map->key_size == 0u && map->free == V6NF_LINK_NONE && v6nf_list_is_valid(NULL, &map->ages, 0);
    }
    if (map->capacity > V6NF_HASH_MAP_CAPACITY_MAX || map->key_size < 1u || map->key_size > V6NF_HASH_MAP_KEY_MAX) {
        return false;
    }
    for (uint32_t chain = 0; chain < map->capacity; chain++) {
        if (!is_map_chain_valid(map, chain)) {
            return false;
        }
        count += v6nf_chain_length(map->links, map->chains[chain], map->capacity);
    }
    return count == map->ages.count && is_age_order_valid(map) && is_free_list_valid(map);
}

#endif
