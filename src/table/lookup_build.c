/* lookup_build.c: the table of a look-up is built in steps. Prefixes are sorted, turned into ranges, and found by
 * nodes. */
#include "lookup_build.h"

/* Items of each phase in a step, so that no step is longer than about 60,000 instructions. */
#define TAKE_STEP 256u
#define COUNT_STEP 2048u
#define SCATTER_STEP 2048u
#define DIVIDE_STEP 96u
#define FILL_STEP 512u

#define PAD_WORK 32u /* ranges that are padded instead of dividing by one prefix */
#define PASSES 17u   /* digits of a key: the length, and the bytes of both halves, the least significant first */
#define DIGIT_MASK 255u

/* Return the key of an entry of the map. */
static const uint64_t *key_words(const struct v6nf_lookup *lookup, uint32_t entry)
{
    return lookup->map.keys + (size_t)entry * KEY_WORDS;
}

static uint32_t value_taken(const struct v6nf_lookup *lookup, uint32_t entry)
{
    return lookup->taken[entry] & V6NF_LOOKUP_NONE;
}

/* Return the number of bits of `number` - 1: 2 to that power is at least `number`. */
static uint32_t log_of(uint32_t number)
{
    uint32_t log = 0;
    while (log < 31u && (1u << log) < number) {
        log++;
    }
    return log;
}

void v6nf_lookup_clear_table(struct v6nf_lookup_table *table, uint32_t root_slots)
{
    for (uint32_t i = 0; i < V6NF_LOOKUP_FEW; i++) {
        table->starts[i] = i == 0u ? 0u : UINT64_MAX;
        table->values[i] = V6NF_LOOKUP_NONE;
    }
    for (uint32_t i = 0; i < root_slots; i++) {
        table->slots[i] = 0;
    }
    table->nodes[0] = (struct v6nf_lookup_node){.last = root_slots - 1u, .end = V6NF_LOOKUP_FEW};
    table->nodes_used = 1;
    table->slots_used = root_slots;
}

static void begin_build(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    build->phase = V6NF_LOOKUP_TAKE;
    build->parity ^= 1u;
    build->at = 0;
    build->count = 0;
    for (uint32_t i = 0; i < KEY_WORDS; i++) {
        build->differences[i] = 0;
    }
    lookup->spare.slots_used = 1u << (64u - lookup->root_shift);
    lookup->spare.nodes_used = 1;
    lookup->is_changed = false;
}

static void add_segment(struct v6nf_lookup_segment *segment, uint32_t base, uint32_t limit)
{
    segment->base = base;
    segment->end = base;
    segment->limit = limit;
    segment->open = 0;
}

/* Begin the next range of a segment. It replaces one with the same start, and continues one with the same value. */
static void begin_range(struct v6nf_lookup_table *table, struct v6nf_lookup_segment *segment, uint64_t start,
                        uint32_t value)
{
    uint32_t end = segment->end;
    if (end > segment->base && table->starts[end - 1u] == start) {
        end--;
    }
    if ((end == segment->base || table->values[end - 1u] != value) && end < segment->limit) {
        table->starts[end] = start;
        table->values[end] = value;
        end++;
    }
    segment->end = end;
}

/* Begin the range of a prefix, from `start` to `last`. */
static void open_prefix(struct v6nf_lookup_table *table, struct v6nf_lookup_segment *segment, uint64_t start,
                        uint64_t last, uint32_t value)
{
    if (segment->open < V6NF_LOOKUP_STACK) {
        segment->ends[segment->open] = last;
        segment->values[segment->open] = value;
        segment->open++;
        begin_range(table, segment, start, value);
    }
}

/* End the ranges of prefixes that end before `key`: there, the one that contains them goes on. */
static void close_prefixes(struct v6nf_lookup_table *table, struct v6nf_lookup_segment *segment, uint64_t key)
{
    while (segment->open > 1u && segment->open <= V6NF_LOOKUP_STACK && segment->ends[segment->open - 1u] < key) {
        segment->open--;
        begin_range(table, segment, segment->ends[segment->open] + 1u, segment->values[segment->open - 1u]);
    }
}

static void begin_divide(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    build->phase = V6NF_LOOKUP_DIVIDE;
    build->at = 0;
    build->is_low = false;
    build->low_end = lookup->high_max;
    add_segment(&build->high, 0, lookup->high_max);
    open_prefix(&lookup->spare, &build->high, 0, UINT64_MAX, V6NF_LOOKUP_NONE);
}

/* Return the word of a key, and set *shift to the first bit, of the digits of a pass. */
static uint32_t digit_word(uint32_t pass, uint32_t *shift)
{
    *shift = pass == 0u ? 0u : (pass - 1u) % 8u * 8u;
    return pass == 0u ? KEY_LENGTH : pass <= 8u ? KEY_LOW : KEY_HIGH;
}

/* Begin the first pass from `pass` on in whose digits keys differ. After the last pass, begin to divide. */
static void begin_pass(struct v6nf_lookup *lookup, uint32_t pass)
{
    struct v6nf_lookup_build *build = &lookup->build;
    for (; pass < PASSES; pass++) {
        uint32_t shift;
        const uint32_t word = digit_word(pass, &shift);
        if (((build->differences[word] >> shift) & DIGIT_MASK) != 0u) {
            break;
        }
    }
    if (pass == PASSES) {
        begin_divide(lookup);
        return;
    }
    for (uint32_t i = 0; i <= DIGIT_MASK; i++) {
        build->positions[i] = 0;
    }
    build->pass = pass;
    build->phase = V6NF_LOOKUP_COUNT;
    build->at = 0;
}

/* Take an entry into the build, or forget it if its prefix was removed. */
static void take_prefix(struct v6nf_lookup *lookup, uint32_t entry)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const uint64_t *key = key_words(lookup, entry);
    take_value(lookup, entry);
    if (value_taken(lookup, entry) == V6NF_LOOKUP_NONE) {
        if (lookup->values[entry] == V6NF_LOOKUP_NONE) {
            lookup->longs -= key[KEY_LENGTH] > 64u ? 1u : 0u;
            v6nf_hash_map_remove(&lookup->map, entry);
        }
        return;
    }
    for (uint32_t i = 0; i < KEY_WORDS; i++) {
        build->first_key[i] = build->count == 0u ? key[i] : build->first_key[i];
        build->differences[i] |= key[i] ^ build->first_key[i];
    }
    if (build->count < lookup->map.capacity) {
        lookup->orders[0][build->count] = entry;
        build->count++;
    }
}

static void take_prefixes(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    for (uint32_t work = 0; work < TAKE_STEP && build->at < lookup->map.capacity; work++) {
        if (!is_prefix_free(lookup, build->at)) {
            take_prefix(lookup, build->at);
        }
        build->at++;
    }
    if (build->at >= lookup->map.capacity) {
        build->from = 0;
        begin_pass(lookup, 0);
    }
}

/* Turn the number of each digit into the position of the first entry with it. */
static void sum_positions(struct v6nf_lookup_build *build)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= DIGIT_MASK; i++) {
        const uint32_t number = build->positions[i];
        build->positions[i] = sum;
        sum += number;
    }
}

static void count_digits(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const uint32_t *order = lookup->orders[build->from];
    uint32_t shift;
    const uint32_t word = digit_word(build->pass, &shift);
    for (uint32_t work = 0; work < COUNT_STEP && build->at < build->count; work++) {
        build->positions[(key_words(lookup, order[build->at])[word] >> shift) & DIGIT_MASK]++;
        build->at++;
    }
    if (build->at >= build->count) {
        sum_positions(build);
        build->phase = V6NF_LOOKUP_SCATTER;
        build->at = 0;
    }
}

static void scatter_entries(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const uint32_t *order = lookup->orders[build->from];
    uint32_t *sorted = lookup->orders[build->from ^ 1u];
    uint32_t shift;
    const uint32_t word = digit_word(build->pass, &shift);
    for (uint32_t work = 0; work < SCATTER_STEP && build->at < build->count; work++) {
        const uint32_t entry = order[build->at];
        uint32_t *position = &build->positions[(key_words(lookup, entry)[word] >> shift) & DIGIT_MASK];
        if (*position < build->count) {
            sorted[*position] = entry;
        }
        *position += 1u;
        build->at++;
    }
    if (build->at >= build->count) {
        build->from ^= 1u;
        begin_pass(lookup, build->pass + 1u);
    }
}

/* Begin the ranges of the low half of keys with this high half. First is that of the prefix that contains them. */
static void open_low(struct v6nf_lookup *lookup, uint64_t high_key)
{
    struct v6nf_lookup_build *build = &lookup->build;
    build->is_low = true;
    build->high_key = high_key;
    add_segment(&build->low, build->low_end, lookup->ranges_max);
    open_prefix(&lookup->spare, &build->low, 0, UINT64_MAX, build->high.values[build->high.open - 1u]);
}

/* End the ranges of a low half. If there is but one, no longer prefix has a value of its own. */
static void close_low(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    close_prefixes(&lookup->spare, &build->low, UINT64_MAX);
    if (build->low.end - build->low.base < 2u) {
        build->is_low = false;
        return;
    }
    build->phase = V6NF_LOOKUP_PAD;
    build->pad = build->low.end;
}

/* Divide ranges by one prefix, or end the low half before it. */
static void divide_prefix(struct v6nf_lookup *lookup, uint32_t entry)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const uint64_t *key = key_words(lookup, entry);
    const uint32_t length = (uint32_t)key[KEY_LENGTH];
    const uint32_t value = value_taken(lookup, entry);
    if (build->is_low && (length <= 64u || key[KEY_HIGH] != build->high_key)) {
        close_low(lookup);
        return;
    }
    build->at++;
    close_prefixes(&lookup->spare, &build->high, key[KEY_HIGH]);
    if (length <= 64u) {
        open_prefix(&lookup->spare, &build->high, key[KEY_HIGH], key[KEY_HIGH] | rest_of(length), value);
        return;
    }
    if (!build->is_low) {
        open_low(lookup, key[KEY_HIGH]);
    }
    close_prefixes(&lookup->spare, &build->low, key[KEY_LOW]);
    open_prefix(&lookup->spare, &build->low, key[KEY_LOW], key[KEY_LOW] | rest_of(length - 64u), value);
}

/* Set the slots of a node for `count` ranges after the range `first`: at most `count`, and half as many, if they differ
 * in enough bits. */
static void divide_node(const struct v6nf_lookup_table *table, struct v6nf_lookup_node *node, uint32_t first,
                        uint32_t count)
{
    const uint64_t span = table->starts[first + count] - node->low;
    node->shift = 0;
    while (node->shift < 63u && (span >> node->shift) >= count) {
        node->shift++;
    }
    node->last = (uint32_t)(span >> node->shift);
}

/* Make a node for `count` ranges after the range `first`. Return false if there is no memory for it, or if it would be
 * too deep. A key below `low` must not seem to be in its last slot: if it would, all keys are above. */
static bool make_node(struct v6nf_lookup *lookup, uint32_t first, uint32_t count, uint32_t end, uint32_t depth)
{
    struct v6nf_lookup_table *table = &lookup->spare;
    struct v6nf_lookup_node node = {.low = table->starts[first + 1u], .base = table->slots_used, .end = end};
    divide_node(table, &node, first, count);
    if ((0u - node.low) >> node.shift <= node.last) {
        node.low = 0;
        divide_node(table, &node, first, count);
    }
    if (depth > V6NF_LOOKUP_DEPTH_MAX || table->nodes_used >= lookup->nodes_max ||
        node.last >= lookup->slots_max - table->slots_used) {
        return false;
    }
    node.first = first;
    node.count = count;
    node.depth = (uint8_t)depth;
    table->nodes[table->nodes_used] = node;
    table->nodes_used++;
    table->slots_used += node.last + 1u;
    return true;
}

/* Return the word that leads to the range of a key: the range `first`, or one of `count` after it. They are among those
 * that end at `end`, a power of two. In the high half, V6NF_LOOKUP_FEW ranges need no number. */
static uint32_t make_word(struct v6nf_lookup *lookup, uint32_t first, uint32_t count, uint32_t end, uint32_t depth)
{
    if (count >= V6NF_LOOKUP_FEW && make_node(lookup, first, count, end, depth)) {
        return V6NF_LOOKUP_NODE | (lookup->spare.nodes_used - 1u);
    }
    const bool is_few = end <= lookup->high_max && count < V6NF_LOOKUP_FEW;
    const uint32_t log = log_of(is_few ? V6NF_LOOKUP_FEW : count + 1u);
    const uint32_t latest = end - (1u << log);
    return (is_few ? 0u : log << V6NF_LOOKUP_LOG_SHIFT) | (first < latest ? first : latest);
}

/* Begin to fill the slots of a node. */
static void begin_node(struct v6nf_lookup *lookup, uint32_t number)
{
    struct v6nf_lookup_build *build = &lookup->build;
    build->at = number;
    build->slot = 0;
    build->first = lookup->spare.nodes[number].first;
    build->next = build->first + 1u;
}

/* The ranges of a segment are padded. Those of a low half are one range of the high half. Those of the high half are
 * the root's. */
static void end_segment(struct v6nf_lookup *lookup, const struct v6nf_lookup_segment *segment, uint32_t end)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const uint32_t count = segment->end - segment->base - 1u;
    if (!build->is_low) {
        lookup->spare.nodes[0] =
            (struct v6nf_lookup_node){.last = (1u << (64u - lookup->root_shift)) - 1u, .count = count, .end = end};
        lookup->spare.nodes[0].shift = (uint8_t)lookup->root_shift;
        build->phase = V6NF_LOOKUP_FILL;
        begin_node(lookup, 0);
        return;
    }
    const uint32_t word = make_word(lookup, segment->base, count, end, 1);
    begin_range(&lookup->spare, &build->high, build->high_key, V6NF_LOOKUP_LONGER | word);
    if (build->high_key != UINT64_MAX) {
        begin_range(&lookup->spare, &build->high, build->high_key + 1u, build->high.values[build->high.open - 1u]);
    }
    build->low_end = end;
    build->is_low = false;
    build->phase = V6NF_LOOKUP_DIVIDE;
}

/* Repeat the last value of a segment, up to a power of two: a search of any power of two ranges stays inside. */
static void pad_segment(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    const struct v6nf_lookup_segment *segment = build->is_low ? &build->low : &build->high;
    const uint32_t few = build->is_low ? 1u : V6NF_LOOKUP_FEW;
    const uint32_t ranges = segment->end - segment->base;
    const uint32_t end = segment->base + (1u << log_of(ranges > few ? ranges : few));
    const uint32_t value = lookup->spare.values[segment->end - 1u];
    uint64_t *starts = lookup->spare.starts;
    uint32_t *values = lookup->spare.values;
    uint32_t at = build->pad;
    for (uint32_t work = 0; work < PAD_WORK && at < end && at < segment->limit; work++) {
        starts[at] = UINT64_MAX;
        values[at] = value;
        at++;
    }
    build->pad = at;
    if (build->pad >= end) {
        end_segment(lookup, segment, end);
    }
}

/* Divide ranges by prefixes, and pad segments that end. */
static void divide_prefixes(struct v6nf_lookup *lookup)
{
    struct v6nf_lookup_build *build = &lookup->build;
    for (uint32_t work = 0; work < DIVIDE_STEP; work++) {
        if (build->phase == V6NF_LOOKUP_PAD) {
            pad_segment(lookup);
        } else if (build->phase != V6NF_LOOKUP_DIVIDE) {
            return;
        } else if (build->at < build->count) {
            divide_prefix(lookup, lookup->orders[build->from][build->at]);
        } else if (build->is_low) {
            close_low(lookup);
        } else {
            close_prefixes(&lookup->spare, &build->high, UINT64_MAX);
            build->phase = V6NF_LOOKUP_PAD;
            build->pad = build->high.end;
        }
    }
}

/* Put the table that was made into use. */
static void swap_tables(struct v6nf_lookup *lookup)
{
    const struct v6nf_lookup_table table = lookup->active;
    lookup->active = lookup->spare;
    lookup->spare = table;
    lookup->build.phase = V6NF_LOOKUP_IDLE;
    lookup->builds++;
}

/* Return true if the range begins where the slot begins that is being filled. */
static bool is_start_of_slot(const struct v6nf_lookup *lookup, const struct v6nf_lookup_node *node, uint32_t range)
{
    return lookup->spare.starts[range] - node->low == (uint64_t)lookup->build.slot << node->shift;
}

/* Count the next range of the slot, or end the slot. */
static void fill_slot(struct v6nf_lookup *lookup, const struct v6nf_lookup_node *node)
{
    struct v6nf_lookup_build *build = &lookup->build;
    if (build->next <= node->first + node->count &&
        (lookup->spare.starts[build->next] - node->low) >> node->shift == build->slot) {
        build->next++;
        return;
    }
    uint32_t first = build->first;
    if (build->slot > 0u && first + 1u < build->next && is_start_of_slot(lookup, node, first + 1u)) {
        first++; /* no key of the slot is in the range before */
    }
    lookup->spare.slots[node->base + build->slot] =
        make_word(lookup, first, build->next - 1u - first, node->end, node->depth + 1u);
    build->first = build->next - 1u;
    if (build->slot < node->last) {
        build->slot++;
    } else if (build->at + 1u < lookup->spare.nodes_used) {
        begin_node(lookup, build->at + 1u);
    } else {
        swap_tables(lookup);
    }
}

/* Fill the slots of nodes, in the order in which they were made. */
static void fill_slots(struct v6nf_lookup *lookup)
{
    for (uint32_t work = 0; work < FILL_STEP && lookup->build.phase == V6NF_LOOKUP_FILL; work++) {
        fill_slot(lookup, &lookup->spare.nodes[lookup->build.at]);
    }
}

bool v6nf_lookup_step(struct v6nf_lookup *lookup)
{
    switch (lookup->build.phase) {
    case V6NF_LOOKUP_TAKE:
        take_prefixes(lookup);
        break;
    case V6NF_LOOKUP_COUNT:
        count_digits(lookup);
        break;
    case V6NF_LOOKUP_SCATTER:
        scatter_entries(lookup);
        break;
    case V6NF_LOOKUP_DIVIDE:
    case V6NF_LOOKUP_PAD:
        divide_prefixes(lookup);
        break;
    case V6NF_LOOKUP_FILL:
        fill_slots(lookup);
        break;
    default:
        if (!lookup->is_changed) {
            return false;
        }
        begin_build(lookup);
        break;
    }
    return true;
}
