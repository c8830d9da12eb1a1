/* check.h: helpers of every fuzz target: an assertion, loads of bytes, and a checksum that shares no code with the
 * library. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                  \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static inline uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] * 256u + p[1];
}

static inline uint32_t get32(const uint8_t *p)
{
    return get16(p) * 65536u + get16(p + 2);
}

static inline bool is_same(const void *a, const void *b)
{
    return memcmp(a, b, 16) == 0;
}

static inline bool is_zero(const uint8_t *bytes, size_t count)
{
    static const uint8_t zeros[16] = {0};
    return memcmp(bytes, zeros, count) == 0;
}

/* Return the ones' complement sum of the pseudo-header and of `length` bytes at `upper`. It is 0xFFFF if the checksum
 * in them is correct. */
static inline uint32_t sum(const uint8_t *packet, const uint8_t *upper, uint32_t length, uint8_t next_header)
{
    uint64_t total = length + (uint64_t)next_header; /* each below 2^16 */
    for (uint32_t i = 8; i < 40u; i += 2u) {
        total += get16(packet + i);
    }
    for (uint32_t i = 0; i < length; i++) {
        total += i % 2u == 0u ? (uint32_t)upper[i] * 256u : upper[i];
    }
    while (total > 0xFFFFu) {
        total = total % 65536u + total / 65536u;
    }
    return (uint32_t)total;
}

#endif
