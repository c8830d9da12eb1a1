/* bytes.h: numbers in byte arrays, and copies of fixed size.
 *
 * Functions named load and store use network byte order: most significant byte first (RFC 791, appendix B).
 * Functions named word use the byte order of little-endian memory. A word is one instruction there, and is enough to
 * copy, compare and sum. No pointer needs to be aligned.
 * Context: any. */
#ifndef V6NF_WIRE_BYTES_H
#define V6NF_WIRE_BYTES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "inline" without "static": if the compiler does not inline (for size), all files share one copy (C11, 6.7.4).
 * Functions shift and add, because gcc and clang make one load of it, and provers read it as arithmetic. */

/*@ // Shifts and masks as arithmetic: provers handle integers better than bits.
    lemma left_8: \forall integer x; 0 <= x ==> (x << 8) == x * 0x100;
    lemma left_16: \forall integer x; 0 <= x ==> (x << 16) == x * 0x10000;
    lemma left_24: \forall integer x; 0 <= x ==> (x << 24) == x * 0x1000000;
    lemma left_32: \forall integer x; 0 <= x ==> (x << 32) == x * 0x100000000;
    lemma left_40: \forall integer x; 0 <= x ==> (x << 40) == x * 0x10000000000;
    lemma left_48: \forall integer x; 0 <= x ==> (x << 48) == x * 0x1000000000000;
    lemma left_56: \forall integer x; 0 <= x ==> (x << 56) == x * 0x100000000000000;
    lemma right_8: \forall integer x; 0 <= x ==> (x >> 8) == x / 0x100;
    lemma right_16: \forall integer x; 0 <= x ==> (x >> 16) == x / 0x10000;
    lemma right_24: \forall integer x; 0 <= x ==> (x >> 24) == x / 0x1000000;
    lemma right_32: \forall integer x; 0 <= x ==> (x >> 32) == x / 0x100000000;
    lemma mask_8: \forall integer x; 0 <= x ==> (x & 0xFF) == x % 0x100;
    lemma mask_16: \forall integer x; 0 <= x ==> (x & 0xFFFF) == x % 0x10000;
    lemma mask_32: \forall integer x; 0 <= x ==> (x & 0xFFFFFFFF) == x % 0x100000000;
    lemma wrap_16: \forall integer x; 0 <= x ==> (uint16_t)x == x % 0x10000;
    lemma wrap_32: \forall integer x; 0 <= x ==> (uint32_t)x == x % 0x100000000;
    lemma wrap_64: \forall integer x; 0 <= x ==> (uint64_t)x == x % 0x10000000000000000; */

/* Return the 16-bit number in the 2 bytes at `p`, most significant byte first. */
/*@ requires \valid_read(p + (0 .. 1));
    assigns \nothing;
    ensures \result == 256 * p[0] + p[1]; */
static inline uint16_t v6nf_load16(const uint8_t *p)
{
    return (uint16_t)(((uint32_t)p[0] << 8) + (uint32_t)p[1]);
}

/* Return the 32-bit number in the 4 bytes at `p`, most significant byte first. */
/*@ requires \valid_read(p + (0 .. 3));
    assigns \nothing;
    ensures \result == 16777216 * p[0] + 65536 * p[1] + 256 * p[2] + p[3]; */
static inline uint32_t v6nf_load32(const uint8_t *p)
{
    return ((uint32_t)p[0] << 24) + ((uint32_t)p[1] << 16) + ((uint32_t)p[2] << 8) + (uint32_t)p[3];
}

/* Write `value` to the 2 bytes at `p`, most significant byte first. */
/*@ requires \valid(p + (0 .. 1));
    assigns p[0 .. 1];
    ensures p[0] == value / 256 && p[1] == value % 256; */
static inline void v6nf_store16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)(value & 0xFFu);
}

/* Write `value` to the 4 bytes at `p`, most significant byte first. */
/*@ requires \valid(p + (0 .. 3));
    assigns p[0 .. 3];
    ensures p[0] == value / 16777216 && p[1] == value / 65536 % 256;
    ensures p[2] == value / 256 % 256 && p[3] == value % 256; */
static inline void v6nf_store32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 24);
    p[1] = (uint8_t)((value >> 16) & 0xFFu);
    p[2] = (uint8_t)((value >> 8) & 0xFFu);
    p[3] = (uint8_t)(value & 0xFFu);
}

/* Return the 16-bit word in the 2 bytes at `p`, least significant byte first. */
/*@ requires \valid_read(p + (0 .. 1));
    assigns \nothing;
    ensures \result == p[0] + 256 * p[1]; */
static inline uint16_t v6nf_word16(const uint8_t *p)
{
    return (uint16_t)((uint32_t)p[0] + ((uint32_t)p[1] << 8));
}

/* Return the 32-bit word in the 4 bytes at `p`, least significant byte first. */
/*@ requires \valid_read(p + (0 .. 3));
    assigns \nothing;
    ensures \result == p[0] + 256 * p[1] + 65536 * p[2] + 16777216 * p[3]; */
static inline uint32_t v6nf_word32(const uint8_t *p)
{
    return (uint32_t)p[0] + ((uint32_t)p[1] << 8) + ((uint32_t)p[2] << 16) + ((uint32_t)p[3] << 24);
}

/* Return the 64-bit word in the 8 bytes at `p`, least significant byte first. */
/*@ requires \valid_read(p + (0 .. 7));
    assigns \nothing;
    ensures \result == p[0] + 256 * p[1] + 65536 * p[2] + 16777216 * p[3] + 4294967296 * p[4] + 1099511627776 * p[5] +
                       281474976710656 * p[6] + 72057594037927936 * p[7]; */
inline uint64_t v6nf_word64(const uint8_t *p)
{
    return (uint64_t)p[0] + ((uint64_t)p[1] << 8) + ((uint64_t)p[2] << 16) + ((uint64_t)p[3] << 24) +
           ((uint64_t)p[4] << 32) + ((uint64_t)p[5] << 40) + ((uint64_t)p[6] << 48) + ((uint64_t)p[7] << 56);
}

/* Write `value` to the 2 bytes at `p`, least significant byte first. */
/*@ requires \valid(p + (0 .. 1));
    assigns p[0 .. 1];
    ensures p[0] == value % 256 && p[1] == value / 256; */
static inline void v6nf_store_word16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value & 0xFFu);
    p[1] = (uint8_t)(value >> 8);
}

/* Write `value` to the 4 bytes at `p`, least significant byte first. */
/*@ requires \valid(p + (0 .. 3));
    assigns p[0 .. 3];
    ensures p[0] == value % 256 && p[1] == value / 256 % 256;
    ensures p[2] == value / 65536 % 256 && p[3] == value / 16777216; */
static inline void v6nf_store_word32(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value & 0xFFu);
    p[1] = (uint8_t)((value >> 8) & 0xFFu);
    p[2] = (uint8_t)((value >> 16) & 0xFFu);
    p[3] = (uint8_t)(value >> 24);
}

/* Write `value` to the 8 bytes at `p`, least significant byte first. */
/*@ requires \valid(p + (0 .. 7));
    assigns p[0 .. 7];
    ensures p[0] == value % 256 && p[1] == value / 256 % 256;
    ensures p[2] == value / 65536 % 256 && p[3] == value / 16777216 % 256;
    ensures p[4] == value / 4294967296 % 256 && p[5] == value / 1099511627776 % 256;
    ensures p[6] == value / 281474976710656 % 256 && p[7] == value / 72057594037927936; */
static inline void v6nf_store_word64(uint8_t *p, uint64_t value)
{
    v6nf_store_word32(p, (uint32_t)(value & 0xFFFFFFFFu));
    v6nf_store_word32(p + 4, (uint32_t)(value >> 32));
}

/* Copy 6 bytes from `from` to `to`, which may overlap. The compiler keeps the local copy in a register. */
/*@ requires \valid(to + (0 .. 5)) && \valid_read(from + (0 .. 5));
    assigns to[0 .. 5];
    ensures \forall integer i; 0 <= i < 6 ==> to[i] == \old(from[i]); */
inline void v6nf_copy6(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[6];
    /*@ loop invariant 0 <= i <= 6 && \forall integer j; 0 <= j < i ==> copy[j] == from[j];
        loop assigns i, copy[0 .. 5];
        loop variant 6 - i; */
    for (uint32_t i = 0; i < 6u; i++) {
        copy[i] = from[i];
    }
    /*@ loop invariant 0 <= i <= 6 && \forall integer j; 0 <= j < i ==> to[j] == copy[j];
        loop assigns i, to[0 .. 5];
        loop variant 6 - i; */
    for (uint32_t i = 0; i < 6u; i++) {
        to[i] = copy[i];
    }
}

/* Copy 8 bytes from `from` to `to`, which may overlap. */
/*@ requires \valid(to + (0 .. 7)) && \valid_read(from + (0 .. 7));
    assigns to[0 .. 7];
    ensures \forall integer i; 0 <= i < 8 ==> to[i] == \old(from[i]); */
inline void v6nf_copy8(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[8];
    /*@ loop invariant 0 <= i <= 8 && \forall integer j; 0 <= j < i ==> copy[j] == from[j];
        loop assigns i, copy[0 .. 7];
        loop variant 8 - i; */
    for (uint32_t i = 0; i < 8u; i++) {
        copy[i] = from[i];
    }
    /*@ loop invariant 0 <= i <= 8 && \forall integer j; 0 <= j < i ==> to[j] == copy[j];
        loop assigns i, to[0 .. 7];
        loop variant 8 - i; */
    for (uint32_t i = 0; i < 8u; i++) {
        to[i] = copy[i];
    }
}

/* Copy 16 bytes from `from` to `to`, which may overlap. */
/*@ requires \valid(to + (0 .. 15)) && \valid_read(from + (0 .. 15));
    assigns to[0 .. 15];
    ensures \forall integer i; 0 <= i < 16 ==> to[i] == \old(from[i]); */
inline void v6nf_copy16(uint8_t *to, const uint8_t *from)
{
    uint8_t copy[16];
    /*@ loop invariant 0 <= i <= 16 && \forall integer j; 0 <= j < i ==> copy[j] == from[j];
        loop assigns i, copy[0 .. 15];
        loop variant 16 - i; */
    for (uint32_t i = 0; i < 16u; i++) {
        copy[i] = from[i];
    }
    /*@ loop invariant 0 <= i <= 16 && \forall integer j; 0 <= j < i ==> to[j] == copy[j];
        loop assigns i, to[0 .. 15];
        loop variant 16 - i; */
    for (uint32_t i = 0; i < 16u; i++) {
        to[i] = copy[i];
    }
}

/* Return the 2 bytes of `value` in opposite order. */
/*@ assigns \nothing;
    ensures \result == value % 256 * 256 + value / 256; */
inline uint16_t v6nf_swap16(uint16_t value)
{
    return (uint16_t)(((uint32_t)value << 8) + ((uint32_t)value >> 8));
}

#ifdef __cplusplus
}
#endif

#endif
