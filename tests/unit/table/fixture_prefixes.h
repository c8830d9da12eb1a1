/* fixture_prefixes.h: prefixes like those of the Internet's routing table, for tests and the benchmark. */
#ifndef V6NF_FIXTURE_PREFIXES_H
#define V6NF_FIXTURE_PREFIXES_H

#include <stdint.h>

/* A prefix. */
struct prefix {
    uint8_t bytes[16];
    uint32_t length;
};

/* Write `number`, most significant byte first, to the 8 bytes at `p`. */
void prefix_store64(uint8_t *p, uint64_t number);

/* Restart the sequence of prefixes, and of random numbers. */
void prefix_seed(uint64_t seed);

/* Return the next prefix. Some are there twice. Most /32 and /29 have few longer prefixes, and some have a thousand,
 * most of them neighbors. Of these six in ten are /48, one in eight is a /44, one in nine a /40. */
struct prefix prefix_next(void);

/* Return a key that the prefix matches, with random bits after it. */
void prefix_random_key(uint8_t *key, const struct prefix *prefix);

#endif
