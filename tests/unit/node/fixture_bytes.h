/* fixture_bytes.h: numbers in network byte order, written and read without the library. */
#ifndef UNIT_NODE_FIXTURE_BYTES_H
#define UNIT_NODE_FIXTURE_BYTES_H

#include <stdint.h>

static inline void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value / 256u);
    bytes[1] = (uint8_t)(value % 256u);
}

static inline void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value / 65536u);
    put16(bytes + 2, value % 65536u);
}

static inline uint32_t read16(const uint8_t *bytes)
{
    return 256u * bytes[0] + bytes[1];
}

static inline uint32_t read32(const uint8_t *bytes)
{
    return 65536u * read16(bytes) + read16(bytes + 2);
}

#endif
