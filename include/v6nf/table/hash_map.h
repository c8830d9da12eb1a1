/* hash_map.h: a hash table that maps keys of one size to numbers below its capacity. The program uses the numbers as
 * indexes of its own arrays. The table also has the order in which entries were last used, so that the oldest can be
 * evicted.
 *
 * The caller provides all memory, which never grows. A look-up compares at most V6NF_HASH_MAP_PROBES short tags, for
 * any keys. Each key has two buckets; they depend on a secret, so that other hosts cannot choose keys with the same
 * buckets.
 * Context: any. */
#ifndef V6NF_TABLE_HASH_MAP_H
#define V6NF_TABLE_HASH_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_HASH_MAP_KEY_MAX 40u             /* maximum bytes of a key: two IPv6 addresses, two ports, a protocol */
#define V6NF_HASH_MAP_CAPACITY_MIN 8u         /* minimum capacity, in entries */
#define V6NF_HASH_MAP_CAPACITY_MAX (1u << 23) /* maximum capacity, in entries */
#define V6NF_HASH_MAP_SECRET_SIZE 16u         /* bytes of the secret */

#define V6NF_HASH_MAP_BUCKET 8u                          /* slots of a bucket */
#define V6NF_HASH_MAP_PROBES (2u * V6NF_HASH_MAP_BUCKET) /* slots that a key can be in */

/* In place of the number of an entry: none. */
#define V6NF_HASH_MAP_NONE UINT32_MAX

/* Memory that a map needs, in uint64_t. */
#define V6NF_HASH_MAP_WORDS(capacity, key_size) \
    ((size_t)(capacity) * (4u + ((key_size) + 7u) / 8u) + (size_t)(capacity) / 4u)

/* An entry. */
struct v6nf_hash_map_entry {
    uint64_t touched; /* time of the last use */
    uint32_t older;   /* the entry before it in the order of age */
    uint32_t newer;   /* the entry after it in the order of age; links free entries, too */
    uint32_t slot;    /* index of its slot */
    bool used;        /* it is not free */
};

/* A map. The fields are for reading: only the library writes them. */
struct v6nf_hash_map {
    uint32_t count;                            /* entries in use */
    uint32_t capacity;                         /* maximum number of entries */
    uint32_t key_size;                         /* bytes of a key */
    uint32_t key_words;                        /* uint64_t of a key */
    uint32_t free;                             /* first free entry */
    uint32_t oldest;                           /* entry that was not used for the longest time */
    uint32_t newest;                           /* entry that was used last */
    struct v6nf_hash_map_entry *entries;       /* `capacity` entries */
    uint32_t *slots;                           /* the entry in each slot; two slots per entry */
    uint64_t *tags;                            /* for each bucket, 8 bits of each key's hash; 0 in a free slot */
    uint64_t *keys;                            /* keys of the entries, padded to words */
    uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE]; /* key of the hash */
};

/* Initialize an empty map.
 * map: any contents.
 * memory: V6NF_HASH_MAP_WORDS(capacity, key_size) words; owned by the caller, used as long as the map.
 * capacity: entries: a power of two, V6NF_HASH_MAP_CAPACITY_MIN to V6NF_HASH_MAP_CAPACITY_MAX.
 * key_size: bytes of a key, 1 to V6NF_HASH_MAP_KEY_MAX.
 * secret: V6NF_HASH_MAP_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy(); copied.
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
 * Return its number, V6NF_HASH_MAP_NONE if the map is full, or, rarely, if both buckets of the key are. */
uint32_t v6nf_hash_map_add(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now);

/* Make an entry the newest.
 * map: initialized.
 * entry: number that find or add has returned.
 * now: microseconds, monotonic. */
void v6nf_hash_map_touch(struct v6nf_hash_map *map, uint32_t entry, uint64_t now);

/* Remove an entry.
 * map: initialized.
 * entry: number that find or add has returned. */
void v6nf_hash_map_remove(struct v6nf_hash_map *map, uint32_t entry);

/* Return the entry of `map` that was not used for the longest time, V6NF_HASH_MAP_NONE if the map is empty. */
uint32_t v6nf_hash_map_oldest(const struct v6nf_hash_map *map);

/* Remove entries that were last used before `time`, the oldest first.
 * map: initialized.
 * time: microseconds.
 * limit: maximum number of entries to remove, so that no packet has to wait for long.
 * Return the number of entries that were removed. */
uint32_t v6nf_hash_map_expire(struct v6nf_hash_map *map, uint64_t time, uint32_t limit);

#ifdef __cplusplus
}
#endif

#endif
