/* table.c: look up keys of 40 bytes in a full hash map of 2^20 entries. Under callgrind, count what look_up() executes:
 * its argument is the number of look-ups, half of them of keys in the map. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/table/hash_map.h"

#define CAPACITY (1u << 20)
#define KEY_SIZE 40u

static uint64_t memory[V6NF_HASH_MAP_WORDS(CAPACITY, KEY_SIZE)];
static struct v6nf_hash_map map;

/* Write the key with this number: two addresses with the same prefix, two ports, a protocol. */
static void write_key(uint8_t *key, uint32_t number)
{
    memset(key, 0x20, KEY_SIZE);
    v6nf_store32(key + 12, number);
    v6nf_store32(key + 32, number >> 4);
}

/* Return the number of keys that are found. */
uint32_t look_up(const uint8_t *keys, uint32_t count);

uint32_t look_up(const uint8_t *keys, uint32_t count)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t entry = v6nf_hash_map_find_sized(&map, keys + i * KEY_SIZE, KEY_SIZE);
        found += entry != V6NF_HASH_MAP_NONE ? 1u : 0u;
    }
    return found;
}

int main(int argc, char **argv)
{
    static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {1, 2, 3};
    const uint32_t count = argc == 2 ? (uint32_t)atoi(argv[1]) : 0u;
    uint8_t *keys = malloc((size_t)count * KEY_SIZE + 1u);
    uint8_t key[KEY_SIZE];
    uint32_t (*volatile called)(const uint8_t *, uint32_t) = look_up; /* not inlined */
    if (keys == NULL || !v6nf_hash_map_init(&map, memory, CAPACITY, KEY_SIZE, secret)) {
        return 1;
    }
    for (uint32_t i = 0; i < CAPACITY; i++) {
        write_key(key, i);
        if (v6nf_hash_map_add(&map, key, i) == V6NF_HASH_MAP_NONE) {
            return 1;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        write_key(keys + i * KEY_SIZE, i * 2654435761u % CAPACITY + (i % 2u == 0u ? 0u : CAPACITY));
    }
    const uint32_t found = called(keys, count);
    free(keys);
    return found == (count + 1u) / 2u ? 0 : 1;
}
