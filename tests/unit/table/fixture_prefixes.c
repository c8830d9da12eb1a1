/* fixture_prefixes.c: prefixes like those of the Internet's routing table, for tests and the benchmark. */
#include "fixture_prefixes.h"

#include <string.h>

#include "fixture_table.h"

/* Blocks of the registries, in which they assign one /32 or /29 after another. */
static const uint16_t blocks[] = {
    0x2001, 0x2400, 0x2401, 0x2402, 0x2403, 0x2404, 0x2405, 0x2406, 0x2407, 0x2408, 0x2409, 0x240A,
    0x240E, 0x2600, 0x2602, 0x2604, 0x2605, 0x2606, 0x2607, 0x2610, 0x2620, 0x2800, 0x2801, 0x2803,
    0x2804, 0x2806, 0x2A00, 0x2A01, 0x2A02, 0x2A03, 0x2A04, 0x2A05, 0x2A06, 0x2A07, 0x2A09, 0x2A0A,
    0x2A0B, 0x2A0C, 0x2A0D, 0x2A0E, 0x2A0F, 0x2A10, 0x2A11, 0x2A12, 0x2A13, 0x2A14, 0x2C0F,
};
#define BLOCKS (sizeof blocks / sizeof *blocks)

static uint32_t assigned[BLOCKS]; /* next /32 of each block */
static uint64_t current;          /* the assignment */
static uint32_t longer;           /* its longer prefixes that follow */
static uint32_t at;               /* the last of their /48 */

void prefix_store64(uint8_t *p, uint64_t number)
{
    for (uint32_t i = 0; i < 8u; i++) {
        p[i] = (uint8_t)(number >> (56u - 8u * i));
    }
}

void prefix_seed(uint64_t seed)
{
    table_seed(seed);
    memset(assigned, 0, sizeof assigned);
    longer = 0;
}

/* Return how many longer prefixes an assignment has. */
static uint32_t choose_longer(void)
{
    const uint32_t kind = table_below(100);
    return table_below(kind < 50u ? 3u : kind < 90u ? 12u : kind < 99u ? 100u : 1500u);
}

/* Return the length of a longer prefix. */
static uint32_t choose_length(void)
{
    static const uint8_t percents[][2] = {{62, 48}, {12, 44}, {11, 40}, {5, 36}, {4, 46}, {3, 47}, {1, 64}};
    uint32_t kind = table_below(100);
    for (uint32_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        if (kind < percents[i][0]) {
            return percents[i][1];
        }
        kind -= percents[i][0];
    }
    return 33u + table_below(10);
}

struct prefix prefix_next(void)
{
    struct prefix prefix = {.length = 32};
    if (longer > 0u) {
        longer--;
        at += table_below(4) > 0u ? 1u : table_below(64);
        prefix.length = choose_length();
        prefix_store64(prefix.bytes, (current | (uint64_t)(at & 0xFFFFu) << 16) & UINT64_MAX << (64u - prefix.length));
        return prefix;
    }
    const uint32_t block = table_below(BLOCKS);
    current = (uint64_t)blocks[block] << 48 | (uint64_t)(assigned[block] & 0xFFFFu) << 32;
    prefix.length = assigned[block] % 8u == 0u && table_below(4) == 0u ? 29u : 32u;
    prefix_store64(prefix.bytes, current);
    assigned[block] += table_below(3) == 0u ? 8u : 1u;
    longer = choose_longer();
    at = 0;
    return prefix;
}

void prefix_random_key(uint8_t *key, const struct prefix *prefix)
{
    for (uint32_t i = 0; i < 16u; i++) {
        const uint32_t kept = prefix->length > 8u * i ? prefix->length - 8u * i : 0u;
        const uint32_t mask = kept >= 8u ? 0u : 0xFFu >> kept;
        key[i] = (uint8_t)(prefix->bytes[i] | (table_below(256) & mask));
    }
}
