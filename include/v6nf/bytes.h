/* bytes.h: numbers in byte arrays, and copies of fixed size.
 *
 * load and store are in network byte order (most significant byte first, RFC 791 appendix B). A "word" is in the order of
 * memory on a little-endian machine: one instruction there, and all that copying, comparing and summing need.
 * "inline" without "static": where the compiler does not inline (for size), all files share one copy (C11, 6.7.4).
 * Shift and plus, because gcc and clang make one load of it, and provers read it as arithmetic. */
#ifndef V6NF_BYTES_H
#define V6NF_BYTES_H

#include <stdint.h>

static inline uint16_t v6nf_load16(const uint8_t *p)
{
    return (uint16_t)(((uint32_t)p[0] << 8) + (uint32_t)p[1]);
}

static inline uint32_t v6nf_load32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) + ((uint32_t)p[1] << 16) + ((uint32_t)p[2] << 8) + (uint32_t)p[3];
}

static inline void v6nf_store16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)(value & 0xFFu);
}

static inline void v6nf_store32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)((value >> 16) & 0xFFu);
    p[2] = (uint8_t)((value >> 8) & 0xFFu);
    p[3] = (uint8_t)(value & 0xFFu);
}

static inline uint16_t v6nf_word16(const uint8_t *p)
{
    return (uint16_t)((uint32_t)p[0] + ((uint32_t)p[1] << 8));
}

static inline uint32_t v6nf_word32(const uint8_t *p)
{
    return (uint32_t)p[0] + ((uint32_t)p[1] << 8) + ((uint32_t)p[2] << 16) + ((uint32_t)p[3] << 24);
}

inline uint64_t v6nf_word64(const uint8_t *p)
{
    return (uint64_t)p[0] + ((uint64_t)p[1] << 8) + ((uint64_t)p[2] << 16) + ((uint64_t)p[3] << 24) +
           ((uint64_t)p[4] << 32) + ((uint64_t)p[5] << 40) + ((uint64_t)p[6] << 48) + ((uint64_t)p[7] << 56);
}

static inline void v6nf_store_word16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value & 0xFFu);
    p[1] = (uint8_t)(value >> 8);
}

static inline void v6nf_store_word32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value & 0xFFu);
    p[1] = (uint8_t)((value >> 8) & 0xFFu);
    p[2] = (uint8_t)((value >> 16) & 0xFFu);
    p[3] = (uint8_t)(value >> 24);
}

static inline void v6nf_store_word64(uint8_t *p, uint64_t value)
{
    v6nf_store_word32(p, (uint32_t)(value & 0xFFFFFFFFu));
    v6nf_store_word32(p + 4, (uint32_t)(value >> 32));
}

/* Copies of fixed size; `to` and `from` may overlap. Through a local copy, which the compiler keeps in a register. */
inline void v6nf_copy6(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[6];
    for (uint32_t i = 0; i < 6u; i++) {
        copy[i] = from[i];
    }
    for (uint32_t i = 0; i < 6u; i++) {
        to[i] = copy[i];
    }
}

inline void v6nf_copy8(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[8];
    for (uint32_t i = 0; i < 8u; i++) {
        copy[i] = from[i];
    }
    for (uint32_t i = 0; i < 8u; i++) {
        to[i] = copy[i];
    }
}

inline void v6nf_copy16(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[16];
    for (uint32_t i = 0; i < 16u; i++) {
        copy[i] = from[i];
    }
    for (uint32_t i = 0; i < 16u; i++) {
        to[i] = copy[i];
    }
}

/* The same two bytes the other way round. */
inline uint16_t v6nf_swap16(uint16_t value)
{
    return (uint16_t)(((uint32_t)value << 8) + ((uint32_t)value >> 8));
}

#endif
