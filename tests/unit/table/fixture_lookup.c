/* fixture_lookup.c: a model of a look-up, which searches by length, and steps that check it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../src/table/valid.h"
#include "fixture_lookup.h"

void model_clear(struct model *model)
{
    memset(model, 0, sizeof *model);
}

static uint64_t mask_of(uint32_t length)
{
    return length == 0u ? 0u : length >= 64u ? UINT64_MAX : UINT64_MAX << (64u - length);
}

/* Return the slot of a prefix, or the free one where it belongs. */
static const struct model_slot *find_model_slot(const struct model *model, uint64_t high, uint64_t low, uint32_t length)
{
    high &= mask_of(length);
    low &= mask_of(length > 64u ? length - 64u : 0u);
    uint64_t hash = (high ^ low * UINT64_C(0x9E3779B97F4A7C15) ^ length) * UINT64_C(0xBF58476D1CE4E5B9);
    uint32_t at = (uint32_t)((hash ^ hash >> 29) * UINT64_C(0x94D049BB133111EB) >> 44);
    while (model->slots[at].length != 0u && (model->slots[at].length != length + 1u ||
                                             model->slots[at].half[0] != high || model->slots[at].half[1] != low)) {
        at = (at + 1u) % MODEL_SLOTS;
    }
    return &model->slots[at];
}

void model_set(struct model *model, const struct prefix *prefix, uint32_t value)
{
    const uint64_t high = v6nf_lookup_load64(prefix->bytes);
    const uint64_t low = v6nf_lookup_load64(prefix->bytes + 8);
    struct model_slot *slot = &model->slots[find_model_slot(model, high, low, prefix->length) - model->slots];
    if (slot->length == 0u) {
        assert_true(++model->used < MODEL_SLOTS / 2u);
        *slot = (struct model_slot){{high, low}, prefix->length + 1u, V6NF_LOOKUP_NONE};
    }
    model->lengths[prefix->length] += value != V6NF_LOOKUP_NONE ? 1u : 0u;
    model->lengths[prefix->length] -= slot->value != V6NF_LOOKUP_NONE ? 1u : 0u;
    slot->value = value;
}

uint32_t model_find(const struct model *model, const uint8_t *key)
{
    const uint64_t high = v6nf_lookup_load64(key);
    const uint64_t low = v6nf_lookup_load64(key + 8);
    for (uint32_t length = 129; length-- > 0u;) {
        if (model->lengths[length] > 0u) {
            const struct model_slot *slot = find_model_slot(model, high, low, length);
            if (slot->length != 0u && slot->value != V6NF_LOOKUP_NONE) {
                return slot->value;
            }
        }
    }
    return V6NF_LOOKUP_NONE;
}

struct prefix prefix_of(uint64_t high, uint64_t low, uint32_t length)
{
    struct prefix prefix = {.length = length};
    prefix_store64(prefix.bytes, high & mask_of(length));
    prefix_store64(prefix.bytes + 8, low & mask_of(length > 64u ? length - 64u : 0u));
    return prefix;
}

void add_to_both(struct v6nf_lookup *lookup, struct model *model, const struct prefix *prefix, uint32_t value)
{
    assert_int_equal(v6nf_lookup_add(lookup, prefix->bytes, prefix->length, value), V6NF_LOOKUP_OK);
    model_set(model, prefix, value);
}

void build_all(struct v6nf_lookup *lookup)
{
    uint32_t steps = 0;
    while (v6nf_lookup_step(lookup)) {
        steps++;
        assert_true(steps < 200u + lookup->ranges_max / 16u);
    }
    assert_true(v6nf_lookup_is_valid(lookup));
}

void check_key_of_both(const struct v6nf_lookup *lookup, const struct model *model, const uint8_t *key)
{
    const uint32_t found = v6nf_lookup_find(lookup, key);
    const uint32_t expected = model_find(model, key);
    if (found != expected) {
        fail_msg("key %016llx %016llx: %u, not %u", (unsigned long long)v6nf_lookup_load64(key),
                 (unsigned long long)v6nf_lookup_load64(key + 8), found, expected);
    }
}

/* Check the key with the number `by` added, which is 1 or -1. */
static void check_neighbor(const struct v6nf_lookup *lookup, const struct model *model, const uint8_t *key, int by)
{
    uint8_t other[16];
    memcpy(other, key, sizeof other);
    for (uint32_t i = 16; i-- > 0u;) {
        other[i] = (uint8_t)(other[i] + by);
        if (other[i] != (by > 0 ? 0u : 0xFFu)) {
            break;
        }
    }
    check_key_of_both(lookup, model, other);
}

void check_edges(const struct v6nf_lookup *lookup, const struct model *model, const struct prefix *prefix)
{
    const uint32_t length = prefix->length;
    uint8_t last[16];
    prefix_store64(last, v6nf_lookup_load64(prefix->bytes) | ~mask_of(length));
    prefix_store64(last + 8, v6nf_lookup_load64(prefix->bytes + 8) | ~mask_of(length > 64u ? length - 64u : 0u));
    check_key_of_both(lookup, model, prefix->bytes);
    check_key_of_both(lookup, model, last);
    check_neighbor(lookup, model, prefix->bytes, -1);
    check_neighbor(lookup, model, last, 1);
}
