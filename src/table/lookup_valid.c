/* lookup_valid.c: the invariant of a look-up, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

#include "lookup_build.h"

/* Return true if ranges are in order, the first of which starts at 0. */
static bool are_ranges_valid(const uint64_t *starts, uint32_t first, uint32_t end)
{
    if (first >= end || starts[first] != 0u) {
        return false;
    }
    for (uint32_t i = first + 1u; i < end; i++) {
        if (starts[i] < starts[i - 1u]) {
            return false;
        }
    }
    return true;
}

/* Return true if a word leads to a node one level below, or to ranges that exist. */
static bool is_word_valid(const struct v6nf_lookup *lookup, uint32_t word, uint32_t depth, bool is_high)
{
    const uint32_t index = word & V6NF_LOOKUP_INDEX_MASK;
    const uint32_t log = (word >> V6NF_LOOKUP_LOG_SHIFT) & V6NF_LOOKUP_LOG_MASK;
    if (word >= V6NF_LOOKUP_NODE) {
        return index > 0u && index < lookup->active.nodes_used && lookup->active.nodes[index].depth == depth &&
               depth <= V6NF_LOOKUP_DEPTH_MAX && log == 0u && word < V6NF_LOOKUP_LONGER;
    }
    const uint32_t count = is_high && log == 0u ? V6NF_LOOKUP_FEW : 1u << log;
    const uint32_t base = is_high ? 0u : lookup->high_max;
    const uint32_t end = is_high ? lookup->high_max : lookup->ranges_max;
    return index >= base && index <= end && count <= end - index;
}

static bool is_node_valid(const struct v6nf_lookup *lookup, const struct v6nf_lookup_node *node)
{
    const struct v6nf_lookup_table *table = &lookup->active;
    const bool is_high = node->end <= lookup->high_max;
    if (node->shift > 63u || node->base >= table->slots_used || node->last >= table->slots_used - node->base ||
        node->end > lookup->ranges_max || node->first >= node->end || node->count >= node->end - node->first) {
        return false;
    }
    /* No key below the first slot seems to be in another one. */
    if (node->low != 0u && (0u - node->low) >> node->shift <= node->last) {
        return false;
    }
    for (uint32_t slot = 0; slot <= node->last; slot++) {
        if (!is_word_valid(lookup, table->slots[node->base + slot], node->depth + 1u, is_high)) {
            return false;
        }
    }
    return true;
}

static bool is_table_valid(const struct v6nf_lookup *lookup)
{
    const struct v6nf_lookup_table *table = &lookup->active;
    if (table->nodes_used < 1u || table->nodes_used > lookup->nodes_max || table->slots_used > lookup->slots_max ||
        table->nodes[0].end > lookup->high_max || !are_ranges_valid(table->starts, 0, table->nodes[0].end)) {
        return false;
    }
    for (uint32_t i = 0; i < table->nodes_used; i++) {
        if (!is_node_valid(lookup, &table->nodes[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < table->nodes[0].end; i++) {
        const uint32_t value = table->values[i];
        if (value >= V6NF_LOOKUP_LONGER && !is_word_valid(lookup, value & ~V6NF_LOOKUP_LONGER, 1, false)) {
            return false;
        }
    }
    return true;
}

bool v6nf_lookup_is_valid(const struct v6nf_lookup *lookup)
{
    uint32_t prefixes = 0;
    uint32_t longs = 0;
    if (!v6nf_hash_map_is_valid(&lookup->map) || !is_table_valid(lookup)) {
        return false;
    }
    for (uint32_t entry = 0; entry < lookup->map.capacity; entry++) {
        if (!is_prefix_free(lookup, entry)) {
            prefixes += lookup->values[entry] != V6NF_LOOKUP_NONE ? 1u : 0u;
            longs += lookup->map.keys[(size_t)entry * KEY_WORDS + KEY_LENGTH] > 64u ? 1u : 0u;
        }
    }
    return prefixes == lookup->prefixes && longs == lookup->longs && longs <= lookup->longs_max &&
           lookup->build.count <= lookup->map.capacity;
}

#endif
