/* lookup.h: the prefixes and keys that look-ups of this library and of DPDK are measured with. */
#ifndef V6NF_BENCH_LOOKUP_H
#define V6NF_BENCH_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../unit/table/fixture_prefixes.h"
#include "../unit/table/fixture_table.h"

#define BENCH_PREFIXES 230000u
#define BENCH_KEYS 20000u
#define BENCH_ROUNDS 50u /* of all keys, for the time */

/* Number of the value that prefix i has: below 256. */
#define BENCH_VALUE(i) ((i) % 251u)

static struct prefix bench_prefixes[BENCH_PREFIXES];
static uint8_t bench_keys[BENCH_KEYS][16];

/* Return true if a prefix is not among those before it. */
static inline bool bench_is_new(uint32_t number)
{
    static uint32_t numbers[1u << 20]; /* a hash table of the prefixes; 0: free */
    const struct prefix *prefix = &bench_prefixes[number];
    uint32_t at = prefix->length;
    for (uint32_t i = 0; i < 16u; i++) {
        at = (at ^ prefix->bytes[i]) * 16777619u;
    }
    for (at >>= 12; numbers[at] != 0u; at = (at + 1u) % (1u << 20)) {
        if (memcmp(&bench_prefixes[numbers[at] - 1u], prefix, sizeof *prefix) == 0) {
            return false;
        }
    }
    numbers[at] = number + 1u;
    return true;
}

/* Make prefixes, none of them twice, and keys of which each is matched by one of them. */
static inline void bench_make(uint32_t count)
{
    prefix_seed(1);
    for (uint32_t i = 0; i < count; i += bench_is_new(i) ? 1u : 0u) {
        bench_prefixes[i] = prefix_next();
    }
    for (uint32_t i = 0; i < BENCH_KEYS; i++) {
        prefix_random_key(bench_keys[i], &bench_prefixes[table_below(count)]);
    }
}

static inline double bench_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
