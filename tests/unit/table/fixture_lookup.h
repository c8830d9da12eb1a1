/* fixture_lookup.h: a model of a look-up, which searches by length, and steps that check it. */
#ifndef V6NF_FIXTURE_LOOKUP_H
#define V6NF_FIXTURE_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "fixture_prefixes.h"
#include "v6nf/table/lookup.h"

#define MODEL_SLOTS (1u << 20)

/* Prefixes with their values, in a hash table with open addressing. */
struct model {
    uint32_t used;         /* slots in use */
    uint32_t lengths[129]; /* prefixes with a value, for each length */
    struct model_slot {
        uint64_t half[2];
        uint32_t length; /* 0: free; otherwise the length and 1 */
        uint32_t value;
    } slots[MODEL_SLOTS];
};

void model_clear(struct model *model);

/* Set the value of a prefix, V6NF_LOOKUP_NONE to remove it. */
void model_set(struct model *model, const struct prefix *prefix, uint32_t value);

/* Return the value of the longest prefix of a key, V6NF_LOOKUP_NONE if there is none. */
uint32_t model_find(const struct model *model, const uint8_t *key);

/* Return a prefix with the bits of two numbers, those after the length cleared. */
struct prefix prefix_of(uint64_t high, uint64_t low, uint32_t length);

/* Add a prefix to the look-up and to the model, which must agree that there was space. */
void add_to_both(struct v6nf_lookup *lookup, struct model *model, const struct prefix *prefix, uint32_t value);

/* Do steps until there is nothing to do. Check the invariant at the end, and that the number of steps is bounded. */
void build_all(struct v6nf_lookup *lookup);

/* Check that look-up and model find the same value of a key. */
void check_key_of_both(const struct v6nf_lookup *lookup, const struct model *model, const uint8_t *key);

/* Check the first and the last key of a prefix, and those before and after. */
void check_edges(const struct v6nf_lookup *lookup, const struct model *model, const struct prefix *prefix);

#endif
