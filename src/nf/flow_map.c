/* flow_map.c: a table of buckets, each key in one of two, and a list in the order of age. */
#include "v6nf/flow_map.h"

#include "v6nf/siphash.h"

#define KEY_WORDS_MAX (V6NF_FLOW_MAP_KEY_MAX / 8u)

/* SipHash-1-3. */
#define WORD_ROUNDS 1u
#define END_ROUNDS 3u

/* A slot: the entry's number + 1, and a tag, so that nearly every key that is compared is the one that is looked for. */
#define NUMBER_MASK 0xFFFFFFu
#define TAG_MASK 0xFF000000u

/* A key as words, padded with zeros, and where it belongs. */
struct place {
    uint64_t key[KEY_WORDS_MAX];
    uint32_t buckets[2]; /* their first slots */
    uint32_t tag;
};

static void load_key(uint64_t *words, const uint8_t *key, uint32_t size)
{
    uint32_t count = 0;
    uint32_t at = 0;
    for (; at + 8u <= size && count < KEY_WORDS_MAX; at += 8u) {
        words[count] = v6nf_word64(key + at);
        count++;
    }
    if (at < size && count < KEY_WORDS_MAX) {
        words[count] = 0;
        for (uint32_t i = 0; at + i < size; i++) {
            words[count] += (uint64_t)key[at + i] << (8u * i);
        }
    }
}

/* Keys have one size, so that it need not be in the hash. */
static void find_place(struct place *place, const struct v6nf_flow_map *map, const uint8_t *key)
{
    struct v6nf_siphash hash;
    load_key(place->key, key, map->key_size);
    v6nf_siphash_start(&hash, map->secret);
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        v6nf_siphash_word(&hash, place->key[i], WORD_ROUNDS);
    }
    const uint64_t value = v6nf_siphash_end(&hash, END_ROUNDS);
    const uint32_t mask = 2u * map->capacity - V6NF_FLOW_MAP_BUCKET; /* of a bucket's first slot */
    place->buckets[0] = (uint32_t)(value & mask);
    place->buckets[1] = (uint32_t)((value >> 24) & mask);
    place->tag = (uint32_t)(value >> 32) & TAG_MASK;
}

static bool has_key(const struct v6nf_flow_map *map, uint32_t entry, const uint64_t *key)
{
    const uint64_t *its = map->keys + (size_t)entry * map->key_words;
    uint64_t difference = 0;
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        difference |= its[i] ^ key[i];
    }
    return difference == 0u;
}

static uint32_t find_in_bucket(const struct v6nf_flow_map *map, const struct place *place, uint32_t bucket)
{
    for (uint32_t i = 0; i < V6NF_FLOW_MAP_BUCKET; i++) {
        uint32_t slot = map->slots[bucket + i];
        if ((slot & TAG_MASK) == place->tag && slot != 0u && has_key(map, (slot & NUMBER_MASK) - 1u, place->key)) {
            return (slot & NUMBER_MASK) - 1u;
        }
    }
    return V6NF_FLOW_MAP_NONE;
}

/* How many of a bucket's slots are taken, and in *slot one that is not. */
static uint32_t load_of_bucket(const struct v6nf_flow_map *map, uint32_t bucket, uint32_t *slot)
{
    uint32_t load = 0;
    *slot = V6NF_FLOW_MAP_NONE;
    for (uint32_t i = 0; i < V6NF_FLOW_MAP_BUCKET; i++) {
        bool taken = map->slots[bucket + i] != 0u;
        load += taken ? 1u : 0u;
        *slot = taken ? *slot : bucket + i;
    }
    return load;
}

/* A free slot in the emptier bucket: with two to choose from, buckets fill evenly. V6NF_FLOW_MAP_NONE if both are full. */
static uint32_t free_slot(const struct v6nf_flow_map *map, const struct place *place)
{
    uint32_t slots[2];
    uint32_t first = load_of_bucket(map, place->buckets[0], &slots[0]);
    uint32_t second = load_of_bucket(map, place->buckets[1], &slots[1]);
    return second < first ? slots[1] : slots[0];
}

bool v6nf_flow_map_init(struct v6nf_flow_map *map, uint64_t *memory, uint32_t capacity, uint32_t key_size,
                        const uint8_t *secret)
{
    *map = (struct v6nf_flow_map){
        .free = V6NF_FLOW_MAP_NONE, .oldest = V6NF_FLOW_MAP_NONE, .newest = V6NF_FLOW_MAP_NONE};
    if (capacity < V6NF_FLOW_MAP_CAPACITY_MIN || capacity > V6NF_FLOW_MAP_CAPACITY_MAX ||
        (capacity & (capacity - 1u)) != 0u || key_size < 1u || key_size > V6NF_FLOW_MAP_KEY_MAX) {
        return false;
    }
    map->capacity = capacity;
    map->key_size = key_size;
    map->key_words = (key_size + 7u) / 8u;
    map->entries = (struct v6nf_flow_map_entry *)memory;
    map->slots = (uint32_t *)(memory + 3u * (size_t)capacity);
    map->keys = memory + 4u * (size_t)capacity;
    v6nf_copy16(map->secret, secret);
    for (uint32_t i = 0; i < capacity; i++) {
        map->entries[i] = (struct v6nf_flow_map_entry){.newer = i + 1u < capacity ? i + 1u : V6NF_FLOW_MAP_NONE};
        map->slots[2u * i] = 0;
        map->slots[2u * i + 1u] = 0;
    }
    map->free = 0;
    return true;
}

uint32_t v6nf_flow_map_find(const struct v6nf_flow_map *map, const uint8_t *key)
{
    struct place place;
    if (map->count == 0u) {
        return V6NF_FLOW_MAP_NONE;
    }
    find_place(&place, map, key);
    uint32_t entry = find_in_bucket(map, &place, place.buckets[0]);
    return entry != V6NF_FLOW_MAP_NONE ? entry : find_in_bucket(map, &place, place.buckets[1]);
}

/* -- The order of age ---------------------------------------------------------------------------------------------------- */

static void make_newest(struct v6nf_flow_map *map, uint32_t entry, uint64_t now)
{
    struct v6nf_flow_map_entry *its = &map->entries[entry];
    its->touched = now;
    its->older = map->newest;
    its->newer = V6NF_FLOW_MAP_NONE;
    if (map->newest == V6NF_FLOW_MAP_NONE) {
        map->oldest = entry;
    } else {
        map->entries[map->newest].newer = entry;
    }
    map->newest = entry;
}

static void take_out(struct v6nf_flow_map *map, const struct v6nf_flow_map_entry *its)
{
    if (its->older == V6NF_FLOW_MAP_NONE) {
        map->oldest = its->newer;
    } else {
        map->entries[its->older].newer = its->newer;
    }
    if (its->newer == V6NF_FLOW_MAP_NONE) {
        map->newest = its->older;
    } else {
        map->entries[its->newer].older = its->older;
    }
}

uint32_t v6nf_flow_map_add(struct v6nf_flow_map *map, const uint8_t *key, uint64_t now)
{
    struct place place;
    const uint32_t entry = map->free;
    if (entry == V6NF_FLOW_MAP_NONE) {
        return V6NF_FLOW_MAP_NONE;
    }
    find_place(&place, map, key);
    const uint32_t slot = free_slot(map, &place);
    if (slot == V6NF_FLOW_MAP_NONE) {
        return V6NF_FLOW_MAP_NONE;
    }
    struct v6nf_flow_map_entry *its = &map->entries[entry];
    map->free = its->newer;
    map->count++;
    its->used = true;
    its->slot = slot;
    map->slots[slot] = place.tag + entry + 1u;
    for (uint32_t i = 0; i < map->key_words && i < KEY_WORDS_MAX; i++) {
        map->keys[(size_t)entry * map->key_words + i] = place.key[i];
    }
    make_newest(map, entry, now);
    return entry;
}

void v6nf_flow_map_touch(struct v6nf_flow_map *map, uint32_t entry, uint64_t now)
{
    if (entry >= map->capacity || !map->entries[entry].used) {
        return;
    }
    if (entry == map->newest) {
        map->entries[entry].touched = now;
        return;
    }
    take_out(map, &map->entries[entry]);
    make_newest(map, entry, now);
}

void v6nf_flow_map_remove(struct v6nf_flow_map *map, uint32_t entry)
{
    if (entry >= map->capacity || !map->entries[entry].used) {
        return;
    }
    struct v6nf_flow_map_entry *its = &map->entries[entry];
    take_out(map, its);
    map->slots[its->slot] = 0;
    its->used = false;
    its->newer = map->free;
    map->free = entry;
    map->count--;
}

uint32_t v6nf_flow_map_oldest(const struct v6nf_flow_map *map)
{
    return map->oldest;
}

uint32_t v6nf_flow_map_expire(struct v6nf_flow_map *map, uint64_t time, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && map->oldest != V6NF_FLOW_MAP_NONE && map->entries[map->oldest].touched < time) {
        v6nf_flow_map_remove(map, map->oldest);
        count++;
    }
    return count;
}
