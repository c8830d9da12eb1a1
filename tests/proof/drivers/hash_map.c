/* hash_map.c: proof of the hash map (src/table/hash_map.c) and of its invariant, with any links and keys. */
#include "src/table/hash_map.c"
#include "src/table/hash.c"
#include "src/table/hash_map_valid.c"
#include "src/table/links.c"
#include "src/table/links_valid.c"

#include "any_links.h"

#define CAPACITY 15u
#define KEY_SIZE 15u

static uint64_t memory[V6NF_HASH_MAP_WORDS(CAPACITY, KEY_SIZE)];

/* The parts of the memory, apart: an index past the end of one is an alarm, not an access to the next one. */
static uint64_t touched[CAPACITY];
static uint64_t keys[CAPACITY * V6NF_HASH_MAP_KEY_WORDS(KEY_SIZE)];
static struct v6nf_link links[CAPACITY];
static uint32_t chains[CAPACITY];

/* Lists and chains may be cyclic. */
static void any_map(struct v6nf_hash_map *map)
{
    map->touched = touched;
    map->keys = keys;
    map->links = links;
    map->chains = chains;
    map->free = any_link(CAPACITY);
    any_links(map->links, CAPACITY);
    any_list(&map->ages, CAPACITY);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        map->chains[i] = any_link(CAPACITY);
        map->touched[i] = any64;
    }
    for (uint32_t i = 0; i < CAPACITY * V6NF_HASH_MAP_KEY_WORDS(KEY_SIZE); i++) {
        map->keys[i] = any64;
    }
}

/* Check the invariant that any_map() establishes. */
static void check_map(const struct v6nf_hash_map *map)
{
    must(is_link(map->free, CAPACITY));
    check_links(map->links, &map->ages, CAPACITY);
    for (uint32_t i = 0; i < CAPACITY; i++) {
        must(is_link(map->chains[i], CAPACITY));
    }
}

int main(void)
{
    static struct v6nf_hash_map map;
    uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE];
    uint8_t key[KEY_SIZE];
    any_fill(secret, sizeof secret);
    any_fill(key, sizeof key);
    must(!v6nf_hash_map_init(&map, memory, 0u, KEY_SIZE, secret));
    (void)v6nf_hash_map_is_valid(&map);
    must(v6nf_hash_map_find(&map, key) == V6NF_HASH_MAP_NONE);
    must(v6nf_hash_map_victim(&map, key) == V6NF_HASH_MAP_NONE);
    must(v6nf_hash_map_init(&map, memory, CAPACITY, KEY_SIZE, secret));
    check_map(&map);
    any_map(&map);
    must(is_link(v6nf_hash_map_find(&map, key), CAPACITY));
    must(is_link(v6nf_hash_map_find_sized(&map, key, KEY_SIZE), CAPACITY));
    must(v6nf_hash_map_find_sized(&map, key, KEY_SIZE + 1u) == V6NF_HASH_MAP_NONE);
    must(is_link(v6nf_hash_map_victim(&map, key), CAPACITY));
    (void)v6nf_hash_map_is_valid(&map);
    switch (any8) {
    case 0:
        must(is_link(v6nf_hash_map_add(&map, key, any64), CAPACITY));
        break;
    case 1:
        if (map.ages.newest != V6NF_LINK_NONE) { /* not if an entry is in use */
            v6nf_hash_map_touch(&map, any32, any64);
        }
        break;
    case 2:
        v6nf_hash_map_remove(&map, any32);
        break;
    default:
        (void)v6nf_hash_map_expire(&map, any64, any32);
        break;
    }
    must(is_link(v6nf_hash_map_oldest(&map), CAPACITY));
    check_map(&map);
    map.key_size = V6NF_HASH_MAP_KEY_MAX + 1u;
    must(!v6nf_hash_map_is_valid(&map));
    return 0;
}
