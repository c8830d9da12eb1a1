/* lookup.c: longest-prefix match with 64 prefixes, or with 230,000 like those of the Internet. Under callgrind, count
 * what look_up() executes, or each step of a build, build_step(). lookup PREFIXES [time] */
#include <stdlib.h>
#include <string.h>

#include "lookup.h"
#include "v6nf/table/lookup.h"

#define FEW 64u
#define LONGS 1000u
#define WORDS V6NF_LOOKUP_WORDS(BENCH_PREFIXES, LONGS, 16u)

static uint64_t memory[WORDS];
static struct v6nf_lookup lookup;

/* Return the sum of the values of all keys. */
uint32_t look_up(void);
bool build_step(void);

uint32_t look_up(void)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < BENCH_KEYS; i++) {
        sum += v6nf_lookup_find(&lookup, bench_keys[i]);
    }
    return sum;
}

bool build_step(void)
{
    return v6nf_lookup_step(&lookup);
}

/* Print the bytes of a table, and of all memory. */
static void print_sizes(uint32_t count)
{
    const uint32_t longs = count == FEW ? 0u : LONGS;
    const uint32_t ranges = count == FEW ? V6NF_LOOKUP_RANGES(FEW, 0u) : V6NF_LOOKUP_RANGES(BENCH_PREFIXES, LONGS);
    const uint32_t root_bits = count == FEW ? 8u : 16u;
    const size_t words = V6NF_HASH_MAP_WORDS(count, V6NF_LOOKUP_KEY_SIZE) + 2u * (size_t)count +
                         2u * V6NF_LOOKUP_TABLE_WORDS(ranges, root_bits);
    printf("bytes %zu\nbytes-all %zu\nlongs %u\n", 8u * V6NF_LOOKUP_TABLE_WORDS(ranges, root_bits), 8u * words, longs);
}

static double time_look_ups(uint32_t (*called)(void), uint32_t *sum)
{
    double best = 1e9;
    for (uint32_t i = 0; i < BENCH_ROUNDS; i++) {
        const double start = bench_seconds();
        *sum += called();
        const double seconds = bench_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    return best * 1e9 / BENCH_KEYS;
}

int main(int argc, char **argv)
{
    static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {1, 2, 3};
    const uint32_t count = argc >= 2 && atoi(argv[1]) == (int)FEW ? FEW : BENCH_PREFIXES;
    uint32_t (*volatile called)(void) = look_up; /* not inlined */
    bool (*volatile step)(void) = build_step;
    bench_make(count);
    if (!v6nf_lookup_init(&lookup, memory, count, count == FEW ? 0u : LONGS, count == FEW ? 8u : 16u, secret)) {
        return 1;
    }
    const double start = bench_seconds();
    for (uint32_t i = 0; i < count; i++) {
        const struct prefix *prefix = &bench_prefixes[i];
        if (v6nf_lookup_add(&lookup, prefix->bytes, prefix->length, BENCH_VALUE(i)) != V6NF_LOOKUP_OK) {
            return 1;
        }
    }
    const double added = bench_seconds();
    uint32_t steps = 0;
    while (step()) {
        steps++;
    }
    const double built = bench_seconds();
    uint32_t sum = called();
    if (argc == 3 && strcmp(argv[2], "time") == 0) {
        print_sizes(count);
        printf("prefixes %u\nsteps %u\nadd-ms %.1f\nbuild-ms %.1f\n", lookup.prefixes, steps, 1e3 * (added - start),
               1e3 * (built - added));
        printf("nanoseconds %.1f\nsum %u\n", time_look_ups(called, &sum), sum / (BENCH_ROUNDS + 1u));
    }
    return 0;
}
