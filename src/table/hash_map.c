/* hash_map.c: a table of buckets, each key in one of two, and a list in the order of age. */
#include "v6nf/table/hash_map.h"

#include "v6nf/table/siphash.h"

#define KEY_WORDS_MAX (V6NF_HASH_MAP_KEY_MAX / 8u)

/* SipHash-1-3. */
#define WORD_ROUNDS 1u
#define END_ROUNDS 3u

/* The tags of a bucket are the bytes of a word; the tag of a free slot is 0. These constants find a byte in it. */
#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define EVERY_LOW_BITS UINT64_C(0x7F7F7F7F7F7F7F7F)
#define BYTE_NUMBERS UINT64_C(0x0001020304050607)

/* A key as words, padded with zeros, with its two buckets and its tag. */
struct hashed_key {
    uint64_t key[KEY_WORDS_MAX];
    uint32_t buckets[2];
    uint64_t tag; /* 1 to 255 */
};

/* Return fewer than 8 bytes as a word: the three lowest bits of `size` are their number. */
static uint64_t load_rest(const uint8_t *bytes, uint32_t size)
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

static void load_key(uint64_t *words, const uint8_t *key, uint32_t size)
{
    const uint32_t whole = size / 8u;
    for (uint32_t i = 0; i < whole && i < KEY_WORDS_MAX; i++) {
        words[i] = v6nf_word64(key + 8u * i);
    }
    if (size % 8u != 0u && whole < KEY_WORDS_MAX) {
        words[whole] = load_rest(key + 8u * whole, size);
    }
}

/* Hash the key. All keys have one size, so that the hash does not include it. */
static void hash_key(struct hashed_key *hashed, const struct v6nf_hash_map *map, const uint8_t *key)
{
    struct v6nf_siphash hash;
    load_key(hashed->key, key, map->key_size);
    v6nf_siphash_start(&hash, map->secret);
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        v6nf_siphash_word(&hash, hashed->key[i], WORD_ROUNDS);
    }
    const uint64_t value = v6nf_siphash_end(&hash, END_ROUNDS);
    const uint32_t mask = 2u * map->capacity / V6NF_HASH_MAP_BUCKET - 1u;
    hashed->buckets[0] = (uint32_t)(value & mask);
    hashed->buckets[1] = (uint32_t)((value >> 24) & mask);
    hashed->tag = (value >> 56) != 0u ? value >> 56 : 1u;
}

static bool has_key(const struct v6nf_hash_map *map, uint32_t entry, const uint64_t *key)
{
    const uint64_t *its = map->keys + (size_t)entry * map->key_words;
    uint64_t difference = 0;
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        difference |= its[i] ^ key[i];
    }
    return difference == 0u;
}

/* Return the high bit of every byte that is `byte`, and of no other. The sum stays within each byte. The shorter
 * form with a subtraction borrows from the byte above, and would take a free slot above a tag 1 for one with that
 * tag. */
static uint64_t bytes_that_are(uint64_t word, uint64_t byte)
{
    const uint64_t x = word ^ (byte * EVERY_BYTE);
    return ~(((x & EVERY_LOW_BITS) + EVERY_LOW_BITS) | x | EVERY_LOW_BITS);
}

/* Return the index of the lowest byte whose high bit is set; all other bits are clear. The product moves that index to
 * the top: not every CPU has an instruction for it. */
static uint32_t lowest_byte(uint64_t bits)
{
    const uint64_t lowest = (bits & (~bits + 1u)) >> 7;
    return (uint32_t)((lowest * BYTE_NUMBERS) >> 56) % V6NF_HASH_MAP_BUCKET;
}

static uint32_t find_in_bucket(const struct v6nf_hash_map *map, const struct hashed_key *hashed, uint32_t bucket)
{
    uint64_t found = bytes_that_are(map->tags[bucket], hashed->tag);
    for (uint32_t i = 0; i < V6NF_HASH_MAP_BUCKET && found != 0u; i++) {
        uint32_t slot = bucket * V6NF_HASH_MAP_BUCKET + lowest_byte(found);
        if (has_key(map, map->slots[slot], hashed->key)) {
            return map->slots[slot];
        }
        found &= found - 1u;
    }
    return V6NF_HASH_MAP_NONE;
}

/* Return the number of free slots of a bucket. Set *slot to one of them, V6NF_HASH_MAP_NONE if there is none. */
static uint32_t free_in_bucket(const struct v6nf_hash_map *map, uint32_t bucket, uint32_t *slot)
{
    uint32_t count = 0;
    *slot = V6NF_HASH_MAP_NONE;
    for (uint32_t i = 0; i < V6NF_HASH_MAP_BUCKET; i++) {
        bool is_free = ((map->tags[bucket] >> (8u * i)) & 0xFFu) == 0u;
        count += is_free ? 1u : 0u;
        *slot = is_free ? bucket * V6NF_HASH_MAP_BUCKET + i : *slot;
    }
    return count;
}

/* Return a free slot of the emptier bucket: buckets then fill evenly. Return V6NF_HASH_MAP_NONE if both are full. */
static uint32_t choose_slot(const struct v6nf_hash_map *map, const struct hashed_key *hashed)
{
    uint32_t slots[2];
    uint32_t first = free_in_bucket(map, hashed->buckets[0], &slots[0]);
    uint32_t second = free_in_bucket(map, hashed->buckets[1], &slots[1]);
    return second > first ? slots[1] : slots[0];
}

/* Set the tag of a slot; 0 makes it free. */
static void set_tag(struct v6nf_hash_map *map, uint32_t slot, uint64_t tag)
{
    const uint32_t shift = 8u * (slot % V6NF_HASH_MAP_BUCKET);
    uint64_t *word = &map->tags[slot / V6NF_HASH_MAP_BUCKET];
    *word = (*word & ~(UINT64_C(0xFF) << shift)) + (tag << shift);
}

bool v6nf_hash_map_init(struct v6nf_hash_map *map, uint64_t *memory, uint32_t capacity, uint32_t key_size,
                        const uint8_t *secret)
{
    uint8_t copy[V6NF_HASH_MAP_SECRET_SIZE]; /* `secret` may be that of *map */
    v6nf_copy16(copy, secret);
    *map = (struct v6nf_hash_map){
        .free = V6NF_HASH_MAP_NONE, .oldest = V6NF_HASH_MAP_NONE, .newest = V6NF_HASH_MAP_NONE};
    if (capacity < V6NF_HASH_MAP_CAPACITY_MIN || capacity > V6NF_HASH_MAP_CAPACITY_MAX ||
        (capacity & (capacity - 1u)) != 0u || key_size < 1u || key_size > V6NF_HASH_MAP_KEY_MAX) {
        return false;
    }
    map->capacity = capacity;
    map->key_size = key_size;
    map->key_words = (key_size + 7u) / 8u;
    map->entries = (struct v6nf_hash_map_entry *)memory;
    map->slots = (uint32_t *)(memory + 3u * (size_t)capacity);
    map->tags = memory + 4u * (size_t)capacity;
    map->keys = map->tags + capacity / 4u;
    v6nf_copy16(map->secret, copy);
    for (uint32_t i = 0; i < capacity; i++) {
        map->entries[i] = (struct v6nf_hash_map_entry){.newer = i + 1u < capacity ? i + 1u : V6NF_HASH_MAP_NONE};
    }
    /* The content of a free slot is never used. It is an entry all the same, so that no index is outside the memory. */
    for (uint32_t i = 0; i < 2u * capacity; i++) {
        map->slots[i] = 0;
    }
    for (uint32_t i = 0; i < capacity / 4u; i++) {
        map->tags[i] = 0;
    }
    map->free = 0;
    return true;
}

uint32_t v6nf_hash_map_find(const struct v6nf_hash_map *map, const uint8_t *key)
{
    struct hashed_key hashed;
    if (map->count == 0u) {
        return V6NF_HASH_MAP_NONE;
    }
    hash_key(&hashed, map, key);
    uint32_t entry = find_in_bucket(map, &hashed, hashed.buckets[0]);
    return entry != V6NF_HASH_MAP_NONE ? entry : find_in_bucket(map, &hashed, hashed.buckets[1]);
}

/* -- Age order ----------------------------------------------------------------------------------------------------- */

static void make_newest(struct v6nf_hash_map *map, uint32_t entry, uint64_t now)
{
    struct v6nf_hash_map_entry *its = &map->entries[entry];
    its->touched = now;
    its->older = map->newest;
    its->newer = V6NF_HASH_MAP_NONE;
    if (map->newest == V6NF_HASH_MAP_NONE) {
        map->oldest = entry;
    } else {
        map->entries[map->newest].newer = entry;
    }
    map->newest = entry;
}

static void unlink_entry(struct v6nf_hash_map *map, const struct v6nf_hash_map_entry *its)
{
    if (its->older == V6NF_HASH_MAP_NONE) {
        map->oldest = its->newer;
    } else {
        map->entries[its->older].newer = its->newer;
    }
    if (its->newer == V6NF_HASH_MAP_NONE) {
        map->newest = its->older;
    } else {
        map->entries[its->newer].older = its->older;
    }
}

uint32_t v6nf_hash_map_add(struct v6nf_hash_map *map, const uint8_t *key, uint64_t now)
{
    struct hashed_key hashed;
    const uint32_t entry = map->free;
    if (entry == V6NF_HASH_MAP_NONE) {
        return V6NF_HASH_MAP_NONE;
    }
    hash_key(&hashed, map, key);
    const uint32_t slot = choose_slot(map, &hashed);
    if (slot == V6NF_HASH_MAP_NONE) {
        return V6NF_HASH_MAP_NONE;
    }
    struct v6nf_hash_map_entry *its = &map->entries[entry];
    map->free = its->newer;
    map->count++;
    its->used = true;
    its->slot = slot;
    map->slots[slot] = entry;
    set_tag(map, slot, hashed.tag);
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        map->keys[(size_t)entry * map->key_words + i] = hashed.key[i];
    }
    make_newest(map, entry, now);
    return entry;
}

void v6nf_hash_map_touch(struct v6nf_hash_map *map, uint32_t entry, uint64_t now)
{
    if (entry >= map->capacity || !map->entries[entry].used) {
        return;
    }
    if (entry == map->newest) {
        map->entries[entry].touched = now;
        return;
    }
    unlink_entry(map, &map->entries[entry]);
    make_newest(map, entry, now);
}

void v6nf_hash_map_remove(struct v6nf_hash_map *map, uint32_t entry)
{
    if (entry >= map->capacity || !map->entries[entry].used) {
        return;
    }
    struct v6nf_hash_map_entry *its = &map->entries[entry];
    unlink_entry(map, its);
    set_tag(map, its->slot, 0);
    its->used = false;
    its->newer = map->free;
    map->free = entry;
    map->count--;
}

uint32_t v6nf_hash_map_oldest(const struct v6nf_hash_map *map)
{
    return map->oldest;
}

uint32_t v6nf_hash_map_expire(struct v6nf_hash_map *map, uint64_t time, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && map->oldest != V6NF_HASH_MAP_NONE && map->entries[map->oldest].touched < time) {
        v6nf_hash_map_remove(map, map->oldest);
        count++;
    }
    return count;
}
