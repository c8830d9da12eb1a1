/* fixture_table.h: reproducible random numbers and hash keys for the tests of tables. */
#ifndef V6NF_FIXTURE_TABLE_H
#define V6NF_FIXTURE_TABLE_H

#include <stdint.h>

#include "v6nf/table/hash.h"

/* Sizes of tables that are tried with random calls. */
#define TABLE_SIZES                                                                                                    \
    {                                                                                                                  \
        1u, 2u, 16u, 65536u                                                                                            \
    }
#define TABLE_SIZE_MAX 65536u

/* Restart the sequence of random numbers. */
void table_seed(uint64_t seed);

/* Return the next random number. */
uint64_t table_random(void);

/* Return a random number below `limit`, which is not 0. */
uint32_t table_below(uint32_t limit);

/* Derive the key of a hash from the secret with this number. */
void table_hash_key(struct v6nf_hash_key *key, uint32_t number);

#endif
