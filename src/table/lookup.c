/* lookup.c: the prefixes of a look-up, in a hash map. */
#include "lookup_build.h"

static uint32_t least_power(uint32_t number)
{
    uint32_t power = 1;
    while (power < number && power < (1u << 24)) {
        power *= 2u;
    }
    return power;
}

/* Set the arrays of a table. Return the end of its memory. */
static uint64_t *init_table(const struct v6nf_lookup *lookup, struct v6nf_lookup_table *table, uint64_t *memory)
{
    table->starts = memory;
    table->nodes = (struct v6nf_lookup_node *)(memory + lookup->ranges_max);
    table->values = (uint32_t *)(table->nodes + lookup->nodes_max);
    table->slots = table->values + lookup->ranges_max;
    return memory + V6NF_LOOKUP_TABLE_WORDS(lookup->ranges_max, 64u - lookup->root_shift);
}

static void set_sizes(struct v6nf_lookup *lookup, uint32_t prefixes, uint32_t longs, uint32_t root_bits)
{
    *lookup = (struct v6nf_lookup){.root_shift = 64u - root_bits, .longs_max = longs};
    lookup->high_max = least_power((2u * prefixes + 1u) | (V6NF_LOOKUP_FEW - 1u));
    lookup->ranges_max = lookup->high_max + 4u * longs;
    lookup->nodes_max = V6NF_LOOKUP_NODES(lookup->ranges_max);
    lookup->slots_max = V6NF_LOOKUP_SLOTS(lookup->ranges_max, root_bits);
}

bool v6nf_lookup_init(struct v6nf_lookup *lookup, uint64_t *memory, uint32_t prefixes, uint32_t longs,
                      uint32_t root_bits, const uint8_t *secret)
{
    if (prefixes < 1u || prefixes > V6NF_LOOKUP_PREFIXES_MAX || longs > prefixes || root_bits < 1u ||
        root_bits > V6NF_LOOKUP_ROOT_BITS_MAX) {
        return false;
    }
    set_sizes(lookup, prefixes, longs, root_bits);
    uint64_t *next = init_table(lookup, &lookup->active, memory);
    next = init_table(lookup, &lookup->spare, next);
    (void)v6nf_hash_map_init(&lookup->map, next, prefixes, V6NF_LOOKUP_KEY_SIZE, secret);
    lookup->values = (uint32_t *)(next + V6NF_HASH_MAP_WORDS(prefixes, V6NF_LOOKUP_KEY_SIZE));
    lookup->taken = lookup->values + prefixes;
    lookup->orders[0] = lookup->taken + prefixes;
    lookup->orders[1] = lookup->orders[0] + prefixes;
    v6nf_lookup_clear_table(&lookup->active, 1u << root_bits);
    return true;
}

/* Write the key of a prefix in the hash map. Return false if the prefix is not valid. */
static bool write_prefix_key(uint8_t *key, const uint8_t *prefix, uint32_t length)
{
    const uint64_t high = v6nf_lookup_load64(prefix);
    const uint64_t low = v6nf_lookup_load64(prefix + 8);
    v6nf_store_word64(key + 8u * KEY_HIGH, high);
    v6nf_store_word64(key + 8u * KEY_LOW, low);
    v6nf_store_word64(key + 8u * KEY_LENGTH, length);
    return length <= 128u && (high & rest_of(length)) == 0u && (low & rest_of(length > 64u ? length - 64u : 0u)) == 0u;
}

/* Set the value of an entry for the next build. The current one gets the value of the time at which it began. */
static void set_value(struct v6nf_lookup *lookup, uint32_t entry, uint32_t value)
{
    if (lookup->values[entry] == value) {
        return;
    }
    if (lookup->build.phase == V6NF_LOOKUP_TAKE) {
        take_value(lookup, entry);
    }
    lookup->prefixes += value != V6NF_LOOKUP_NONE ? 1u : 0u;
    lookup->prefixes -= lookup->values[entry] != V6NF_LOOKUP_NONE ? 1u : 0u;
    lookup->values[entry] = value;
    lookup->is_changed = true;
}

/* Add an entry, which no current build has. Return its number, V6NF_HASH_MAP_NONE if there is none. */
static uint32_t add_entry(struct v6nf_lookup *lookup, const uint8_t *key, uint32_t length)
{
    if (length > 64u && lookup->longs >= lookup->longs_max) {
        return V6NF_HASH_MAP_NONE;
    }
    const uint32_t entry = v6nf_hash_map_add(&lookup->map, key, 0u);
    if (entry != V6NF_HASH_MAP_NONE) {
        lookup->longs += length > 64u ? 1u : 0u;
        lookup->values[entry] = V6NF_LOOKUP_NONE;
        lookup->taken[entry] = V6NF_LOOKUP_NONE | lookup->build.parity << PARITY_SHIFT;
    }
    return entry;
}

enum v6nf_lookup_result v6nf_lookup_add(struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length,
                                        uint32_t value)
{
    uint8_t key[V6NF_LOOKUP_KEY_SIZE];
    if (!write_prefix_key(key, prefix, length) || value >= V6NF_LOOKUP_NONE) {
        return V6NF_LOOKUP_INVALID;
    }
    uint32_t entry = v6nf_hash_map_find_sized(&lookup->map, key, V6NF_LOOKUP_KEY_SIZE);
    if (entry == V6NF_HASH_MAP_NONE) {
        entry = add_entry(lookup, key, length);
    }
    if (entry == V6NF_HASH_MAP_NONE) {
        return V6NF_LOOKUP_FULL;
    }
    set_value(lookup, entry, value);
    return V6NF_LOOKUP_OK;
}

enum v6nf_lookup_result v6nf_lookup_remove(struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length)
{
    uint8_t key[V6NF_LOOKUP_KEY_SIZE];
    if (!write_prefix_key(key, prefix, length)) {
        return V6NF_LOOKUP_INVALID;
    }
    const uint32_t entry = v6nf_hash_map_find_sized(&lookup->map, key, V6NF_LOOKUP_KEY_SIZE);
    if (entry == V6NF_HASH_MAP_NONE || lookup->values[entry] == V6NF_LOOKUP_NONE) {
        return V6NF_LOOKUP_ABSENT;
    }
    set_value(lookup, entry, V6NF_LOOKUP_NONE);
    return V6NF_LOOKUP_OK;
}

uint32_t v6nf_lookup_value(const struct v6nf_lookup *lookup, const uint8_t *prefix, uint32_t length)
{
    uint8_t key[V6NF_LOOKUP_KEY_SIZE];
    if (!write_prefix_key(key, prefix, length)) {
        return V6NF_LOOKUP_NONE;
    }
    const uint32_t entry = v6nf_hash_map_find_sized(&lookup->map, key, V6NF_LOOKUP_KEY_SIZE);
    return entry == V6NF_HASH_MAP_NONE ? V6NF_LOOKUP_NONE : lookup->values[entry];
}
