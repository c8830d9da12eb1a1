/* lookup_build.h: what changes of prefixes and builds of tables share. */
#ifndef V6NF_SRC_TABLE_LOOKUP_BUILD_H
#define V6NF_SRC_TABLE_LOOKUP_BUILD_H

#include "v6nf/table/lookup.h"

/* Words of a key in the hash map. */
#define KEY_HIGH 0u
#define KEY_LOW 1u
#define KEY_LENGTH 2u
#define KEY_WORDS 3u

/* Bit of the parity in `taken`. */
#define PARITY_SHIFT 31u

/* Return the bits of a half of a key that follow the first `length` ones. */
static inline uint64_t rest_of(uint32_t length)
{
    return length >= 64u ? 0u : UINT64_MAX >> length;
}

/* Return true if the entry of the map is free. */
static inline bool is_prefix_free(const struct v6nf_lookup *lookup, uint32_t entry)
{
    return lookup->map.links[entry].older == entry;
}

/* Take the value of an entry into the current build, unless it was taken before. */
static inline void take_value(struct v6nf_lookup *lookup, uint32_t entry)
{
    const uint32_t parity = lookup->build.parity << PARITY_SHIFT;
    if (((lookup->taken[entry] ^ parity) >> PARITY_SHIFT) != 0u) {
        lookup->taken[entry] = lookup->values[entry] | parity;
    }
}

/* Make an empty table: each slot of the root is the range without a value. */
void v6nf_lookup_clear_table(struct v6nf_lookup_table *table, uint32_t root_slots);

#endif
