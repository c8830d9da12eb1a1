/* entropy.c: random numbers of the CPU, or numbers derived from the counter. */
#include "parts.h"

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15) /* 2^64 divided by the golden ratio: spreads a difference over all bits */

bool v6nf_env_entropy(uint8_t *bytes, size_t size)
{
    bool good = true;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        if (i % 8u == 0u && !v6nf_board_random(&value)) {
            value = (value + v6nf_board_counter()) * GOLDEN; /* differs between starts, but is predictable */
            good = false;
        }
        bytes[i] = (uint8_t)((value >> (8u * (i % 8u))) & 0xFFu);
    }
    return good;
}
