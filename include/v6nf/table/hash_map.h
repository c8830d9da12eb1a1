/* hash_map.h: a hash table from keys of one size to numbers below its capacity, with which the program finds its own state in
 * arrays of its own; and the order in which entries were last touched, so that the oldest can go.
 *
 * All memory is the caller's, and never grows. A look-up compares at most V6NF_HASH_MAP_PROBES short tags, whatever the keys:
 * each key can be in two buckets, which a stranger cannot choose, as he does not know the secret that they are hashed with. */
#ifndef V6NF_TABLE_HASH_MAP_H
#define V6NF_TABLE_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_HASH_MAP_KEY_MAX 40u /* bytes: two IPv6 addresses, two ports, a protocol */
#define V6NF_HASH_MAP_CAPACITY_MIN 8u
#define V6NF_HASH_MAP_CAPACITY_MAX (1u << 23)
#define V6NF_HASH_MAP_SECRET_SIZE 16u

#define V6NF_HASH_MAP_BUCKET 8u
#define V6NF_HASH_MAP_PROBES (2u * V6NF_HASH_MAP_BUCKET)

/* What is no entry. */
#define V6NF_HASH_MAP_NONE UINT32_MAX

/* The memory that a map needs, in uint64_t. */
#define V6NF_HASH_MAP_WORDS(capacity, key_size) \
    ((size_t)(capacity) * (4u + ((key_size) + 7u) / 8u) + (size_t)(capacity) / 4u)

struct v6nf_hash_map_entry {
    uint64_t touched;
    uint32_t older; /* neighbors in the order of age; free entries are linked by `newer` */
    uint32_t newer;
    uint32_t slot;
    bool used;
};

/* The fields are the library's; `count` is how many entries there are. */
struct v6nf_hash_map {
    uint32_t count;
    uint32_t capacity;
    uint32_t key_size;
    uint32_t key_words;
    uint32_t free;
    uint32_t oldest;
    uint32_t newest;
    struct v6nf_hash_map_entry *entries;
    uint32_t *slots; /* two for each entry, V6NF_HASH_MAP_BUCKET to a bucket: the entry there, */
    uint64_t *tags;  /* and for each bucket 8 bits of each key's hash, 0 where a slot is free */
    uint64_t *keys;
    uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE];
};

/* Makes an empty map of V6NF_HASH_MAP_WORDS(capacity, key_size) words at `memory`. `capacity` is a power of two from
 * V6NF_HASH_MAP_CAPACITY_MIN to V6NF_HASH_MAP_CAPACITY_MAX, `key_size` is 1 to V6NF_HASH_MAP_KEY_MAX bytes; the secret, of
 * V6NF_HASH_MAP_SECRET_SIZE bytes, is copied, and is to be one that nobody can guess (v6nf_env_entropy()). Returns false, and
 * makes a map that is always full, if a number is none of these. */
bool v6nf_hash_map_init(struct v6nf_hash_map *map, uint64_t *memory, uint32_t capacity, uint32_t key_size,
                        const uint8_t *secret);

/* The entry of the key, V6NF_HASH_MAP_NONE if there is none. */
uint32_t v6nf_hash_map_find(const struct v6nf_hash_map *map, const uint8_t *key);

/* Adds an entry for a key that has none, the newest at `now`. Returns V6NF_HASH_MAP_NONE if the map is full, or, which is
 * rare, both buckets of this key are: an entry that is removed makes room. */
uint32_t v6nf_hash_map_add(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now);

/* Makes an entry the newest, at `now`, which does not go back. Nothing else may be passed than what find and add gave. */
void v6nf_hash_map_touch(struct v6nf_hash_map *map, uint32_t entry, uint64_t now);

void v6nf_hash_map_remove(struct v6nf_hash_map *map, uint32_t entry);

/* The entry that was not touched for the longest time; V6NF_HASH_MAP_NONE if the map is empty. */
uint32_t v6nf_hash_map_oldest(const struct v6nf_hash_map *map);

/* Removes entries that were last touched before `time`, the oldest first, at most `most` of them, so that no packet has to wait
 * for a table. Returns how many. */
uint32_t v6nf_hash_map_expire(struct v6nf_hash_map *map, uint64_t time, uint32_t most);

#ifdef __cplusplus
}
#endif

#endif
