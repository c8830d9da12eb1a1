/* lookup.c: proof of the look-up of the longest prefix (table/lookup.h): any key, in any table whose words, nodes and
 * slots lead to parts of its memory. */
#include "v6nf/table/lookup.h"

#include "any_driver.h"

#define ROOT_BITS 1u
#define HIGH 16u   /* ranges of the high half */
#define RANGES 24u /* all ranges */
#define NODES 3u
#define SLOTS 15u
#define NODE_SLOTS 8u

static struct v6nf_lookup lookup;

/* The parts of the memory, apart: an index past the end of one is an alarm, not an access to the next one. */
static uint64_t starts[RANGES];
static uint32_t values[RANGES];
static uint32_t slots[SLOTS];
static struct v6nf_lookup_node nodes[NODES];

/* A word of a table: a node, or 2^log ranges between two ends. */
static uint32_t any_word(uint32_t log, uint32_t first, uint32_t end)
{
    if (any_bool()) {
        return V6NF_LOOKUP_NODE | any_below(NODES);
    }
    return log << V6NF_LOOKUP_LOG_SHIFT | (first + any_below(end - first - (1u << log) + 1u));
}

/* Nodes whose slots are in the memory. */
static void any_nodes(void)
{
    for (uint32_t i = 0; i < NODES; i++) {
        nodes[i].low = any64;
        nodes[i].base = any_below(NODE_SLOTS);
        nodes[i].last = any_below(NODE_SLOTS);
        nodes[i].shift = (uint8_t)any_below(64u);
    }
}

/* A table whose slots lead to 2^log ranges, V6NF_LOOKUP_FEW for 0. */
static void any_table(uint32_t log)
{
    lookup.active = (struct v6nf_lookup_table){.slots = slots, .starts = starts, .values = values, .nodes = nodes};
    lookup.root_shift = 64u - ROOT_BITS;
    any_nodes();
    for (uint32_t i = 0; i < SLOTS; i++) {
        slots[i] = any_word(log, 0, log == 0u ? HIGH - V6NF_LOOKUP_FEW + 1u : HIGH);
    }
    for (uint32_t i = 0; i < RANGES; i++) {
        starts[i] = any64;
        values[i] = any_bool() ? 5u : V6NF_LOOKUP_LONGER | any_word(log, HIGH, RANGES);
    }
}

/* Look up any key in any table. The low half of a key may end anywhere, too: its nodes lead to the same slots. */
static void prove_look_up(uint32_t log)
{
    uint8_t key[16];
    any_fill(key, sizeof key);
    any_table(log);
    (void)v6nf_lookup_find(&lookup, key);
}

int main(void)
{
    switch (any8) {
    case 0:
        prove_look_up(0);
        break;
    case 1:
        prove_look_up(1);
        break;
    case 2:
        prove_look_up(2);
        break;
    default:
        prove_look_up(3);
        break;
    }
    return 0;
}
