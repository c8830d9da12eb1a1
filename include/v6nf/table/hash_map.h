/* hash_map.h: a hash table that maps keys of one size to numbers below its capacity. The program uses the numbers as
 * indexes of its own arrays. The table also has the order in which entries were last used, so that the oldest can be
 * evicted.
 *
 * The caller provides all memory, which never grows. An entry is in a chain, one of as many as the map has entries. A
 * chain has at most V6NF_CHAIN_MAX entries, so that each call is bounded for any keys, except v6nf_hash_map_expire().
 * The hash depends on a secret (hash.h), so that other hosts cannot choose keys with the same chain. It may still
 * happen that the chain of a key is full, though the map is not: v6nf_hash_map_victim() then names an entry to remove.
 * Context: any. */
#ifndef V6NF_TABLE_HASH_MAP_H
#define V6NF_TABLE_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/bytes.h"
#include "hash.h"
#include "links.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_HASH_MAP_KEY_MAX (8u * V6NF_HASH_WORDS_MAX)   /* maximum bytes of a key */
#define V6NF_HASH_MAP_CAPACITY_MAX (1u << 23)              /* maximum capacity, in entries */
#define V6NF_HASH_MAP_SECRET_SIZE V6NF_HASH_SECRET_SIZE    /* bytes of the secret */
#define V6NF_HASH_MAP_KEY_WORDS(size) (((size) + 7u) / 8u) /* uint64_t of a key of `size` bytes */

/* In place of the number of an entry: none. */
#define V6NF_HASH_MAP_NONE V6NF_LINK_NONE

/* Memory that a map needs, in uint64_t: 24 bytes for each entry, and its key. */
#define V6NF_HASH_MAP_WORDS(capacity, key_size) ((size_t)(capacity) * (3u + V6NF_HASH_MAP_KEY_WORDS(key_size)))

/* A map. The fields are for reading: only the library writes them. */
struct v6nf_hash_map {
    uint32_t capacity;             /* maximum number of entries */
    uint32_t key_size;             /* bytes of a key; 0 if the map could not be initialized */
    uint32_t free;                 /* first free entry; the next one is the next of its chain */
    struct v6nf_list ages;         /* the entries in use, and their number, in the order of their last use */
    uint64_t *touched;             /* time of the last use of each entry */
    struct v6nf_link *links;       /* links of each entry; a free entry is its own `older` */
    uint32_t *chains;              /* first entry of each chain; one chain per entry */
    uint64_t *keys;                /* keys of the entries, padded to words */
    struct v6nf_hash_key hash_key; /* key of the hash, derived from the secret */
};

/* Initialize an empty map.
 * map: any contents.
 * memory: V6NF_HASH_MAP_WORDS(capacity, key_size) words; owned by the caller, used as long as the map.
 * capacity: entries, 1 to V6NF_HASH_MAP_CAPACITY_MAX.
 * key_size: bytes of a key, 1 to V6NF_HASH_MAP_KEY_MAX.
 * secret: V6NF_HASH_MAP_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if an argument is out of range. The map then rejects all inserts. */
bool v6nf_hash_map_init(struct v6nf_hash_map *map, uint64_t *memory, uint32_t capacity, uint32_t key_size,
                        const uint8_t *secret);

/* Find an entry.
 * map: initialized.
 * key: key_size bytes.
 * Return its number, V6NF_HASH_MAP_NONE if there is none. */
uint32_t v6nf_hash_map_find(const struct v6nf_hash_map *map, const uint8_t *key);

/* Add an entry, the newest.
 * map: initialized.
 * key: key_size bytes, copied; not in the map.
 * now: microseconds, monotonic.
 * Return its number, V6NF_HASH_MAP_NONE if the map or, rarely, the chain of the key is full. */
uint32_t v6nf_hash_map_add(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now);

/* Return the entry that must be removed before a key can be added. If the chain of the key is full, it is the entry of
 * that chain that was not used for the longest time. Otherwise, if the map is full, it is v6nf_hash_map_oldest().
 * map: initialized.
 * key: key_size bytes; not in the map.
 * Return its number, V6NF_HASH_MAP_NONE if the key can be added. */
uint32_t v6nf_hash_map_victim(const struct v6nf_hash_map *map, const uint8_t *key);

/* Make an entry the newest.
 * map: initialized.
 * entry: number that find or add has returned. A free entry is ignored.
 * now: microseconds, monotonic. */
void v6nf_hash_map_touch(struct v6nf_hash_map *map, uint32_t entry, uint64_t now);

/* Remove an entry.
 * map: initialized.
 * entry: number that find or add has returned. A free entry is ignored. */
void v6nf_hash_map_remove(struct v6nf_hash_map *map, uint32_t entry);

/* Return the entry of `map` that was not used for the longest time, V6NF_HASH_MAP_NONE if the map is empty. */
uint32_t v6nf_hash_map_oldest(const struct v6nf_hash_map *map);

/* Remove entries that were last used before `time`, the oldest first.
 * map: initialized.
 * time: microseconds.
 * limit: maximum number of entries to remove, so that no packet has to wait for long.
 * Return the number of entries that were removed. */
uint32_t v6nf_hash_map_expire(struct v6nf_hash_map *map, uint64_t time, uint32_t limit);

/* Return the last word of a key whose size is not a multiple of 8, padded with zeros.
 * bytes: those after the last whole word.
 * size: of the key; its three lowest bits are the number of these bytes. */
static inline uint64_t v6nf_hash_map_load_rest(const uint8_t *bytes, uint32_t size)
{
    uint64_t word = 0;
    uint32_t at = 0;
    if ((size & 4u) != 0u) {
        word = v6nf_word32(bytes);
        at = 4;
    }
    if ((size & 2u) != 0u) {
        word += (uint64_t)v6nf_word16(bytes + at) << (8u * at);
        at += 2u;
    }
    if ((size & 1u) != 0u) {
        word += (uint64_t)bytes[at] << (8u * at);
    }
    return word;
}

/* Load a key as words, padded with zeros.
 * words: the result, V6NF_HASH_MAP_KEY_WORDS(size) words.
 * key: size bytes.
 * size: 1 to V6NF_HASH_MAP_KEY_MAX. */
static inline void v6nf_hash_map_load(uint64_t *words, const uint8_t *key, uint32_t size)
{
    const uint32_t whole = size / 8u;
    for (uint32_t i = 0; i < whole && i < V6NF_HASH_WORDS_MAX; i++) {
        words[i] = v6nf_word64(key + 8u * i);
    }
    if (size % 8u != 0u && whole < V6NF_HASH_WORDS_MAX) {
        words[whole] = v6nf_hash_map_load_rest(key + 8u * whole, size);
    }
}

/* Return true if an entry has this key.
 * map: initialized.
 * entry: number of an entry.
 * words: the key.
 * count: words of a key. */
static inline bool v6nf_hash_map_has_key(const struct v6nf_hash_map *map, uint32_t entry, const uint64_t *words,
                                         uint32_t count)
{
    const uint64_t *its = map->keys + (size_t)entry * count;
    uint64_t difference = 0;
    for (uint32_t i = 0; i < count && i < V6NF_HASH_WORDS_MAX; i++) {
        difference |= its[i] ^ words[i];
    }
    return difference == 0u;
}

/* Find an entry, as v6nf_hash_map_find() does, with a constant as the size of the key: a third of the instructions.
 * map: initialized.
 * key: key_size bytes.
 * key_size: that of the map, a constant.
 * Return its number, V6NF_HASH_MAP_NONE if there is none, or if the keys of the map have another size. */
static inline uint32_t v6nf_hash_map_find_sized(const struct v6nf_hash_map *map, const uint8_t *key, uint32_t key_size)
{
    uint64_t words[V6NF_HASH_WORDS_MAX];
    const uint32_t count = V6NF_HASH_MAP_KEY_WORDS(key_size);
    if (key_size == 0u || key_size != map->key_size) {
        return V6NF_HASH_MAP_NONE;
    }
    v6nf_hash_map_load(words, key, key_size);
    uint32_t at = map->chains[v6nf_hash_index(v6nf_hash_words(&map->hash_key, words, count), map->capacity)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; i++) {
        if (v6nf_hash_map_has_key(map, at, words, count)) {
            return at;
        }
        at = map->links[at].next;
    }
    return V6NF_HASH_MAP_NONE;
}

/* Find an entry whose key is already in words. v6nf_hash_map_find_sized() has a loop of its own: compilers make 20
 * instructions less of it.
 * map: initialized.
 * words: the key, padded with zeros.
 * count: words of a key of the map, a constant.
 * Return its number, V6NF_HASH_MAP_NONE if there is none. */
static inline uint32_t v6nf_hash_map_find_words(const struct v6nf_hash_map *map, const uint64_t *words, uint32_t count)
{
    uint32_t at = map->chains[v6nf_hash_index(v6nf_hash_words(&map->hash_key, words, count), map->capacity)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; i++) {
        if (v6nf_hash_map_has_key(map, at, words, count)) {
            return at;
        }
        at = map->links[at].next;
    }
    return V6NF_HASH_MAP_NONE;
}

#ifdef __cplusplus
}
#endif

#endif
