/* checksum.h: the Internet checksum (RFC 1071), as IPv6 upper layers use it (RFC 8200, 8.1).
 *
 * A sum is a one's complement sum of 16-bit words, modulo 2^64 - 1. Its words are in the order of little-endian
 * memory: the byte order of a sum is that of the data (RFC 1071, 2 (B)). Write it by v6nf_store_word16(), and
 * compare it with the result of v6nf_word16(). Its value as a number has no other meaning.
 * Context: any. */
#ifndef V6NF_WIRE_CHECKSUM_H
#define V6NF_WIRE_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Result of v6nf_checksum_fold() for data with a correct checksum field. */
#define V6NF_CHECKSUM_RIGHT 0xFFFFu

/* Return `sum` + `word` in one's complement arithmetic: the carry is added at the low end (RFC 1071, 2). */
/*@ assigns \nothing; */
inline uint64_t v6nf_checksum_add_word(uint64_t sum, uint64_t word)
{
    uint64_t total = sum + word;
    return total < word ? total + 1u : total;
}

/* Return `sum` + the 32 bytes at `bytes`. */
/*@ requires \valid_read(bytes + (0 .. 31));
    assigns \nothing; */
static inline uint64_t v6nf_checksum_add_32(const uint8_t *bytes, uint64_t sum)
{
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes + 16));
    return v6nf_checksum_add_word(sum, v6nf_word64(bytes + 24));
}

/* Return `sum` + the `length` bytes at `bytes`. An odd last byte is padded with a zero byte (RFC 1071, 1): only the
 * last part of the data may have an odd length. */
/*@ requires \valid_read(bytes + (0 .. length - 1));
    assigns \nothing; */
uint64_t v6nf_checksum_add(const uint8_t *bytes, uint32_t length, uint64_t sum);

#ifdef __OPTIMIZE_SIZE__
/* Return `sum` + the `length` bytes at `bytes`, as v6nf_checksum_add() does. */
static inline uint64_t v6nf_checksum_add_short(const uint8_t *bytes, uint32_t length, uint64_t sum)
{
    return v6nf_checksum_add(bytes, length, sum);
}
#else
/* Return `sum` + the `length` bytes at `p`, 0 to 63: one step for each binary digit of their number. */
/*@ requires length < 64;
    requires \valid_read(p + (0 .. length - 1));
    assigns \nothing; */
static inline uint64_t v6nf_checksum_add_rest(const uint8_t *p, uint32_t length, uint64_t sum)
{
    /*@ assert digit_32: (length & 32) != 0 <==> length >= 32; */
    /*@ assert digit_16: (length & 16) != 0 <==> length % 32 >= 16; */
    /*@ assert digit_8: (length & 8) != 0 <==> length % 16 >= 8; */
    /*@ assert digit_4: (length & 4) != 0 <==> length % 8 >= 4; */
    /*@ assert digit_2: (length & 2) != 0 <==> length % 4 >= 2; */
    /*@ assert digit_1: (length & 1) != 0 <==> length % 2 >= 1; */
    if ((length & 32u) != 0u) {
        sum = v6nf_checksum_add_32(p, sum);
        if (length == 32u) {
            return sum; /* most Neighbor Discovery messages */
        }
        p += 32;
    }
    /*@ assert at_32: p == \at(p, Pre) + length / 32 * 32; */
    if ((length & 16u) != 0u) {
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p));
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 8));
        p += 16;
    }
    /*@ assert at_16: p == \at(p, Pre) + length / 16 * 16; */
    if ((length & 8u) != 0u) {
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p));
        p += 8;
    }
    /*@ assert at_8: p == \at(p, Pre) + length / 8 * 8; */
    if ((length & 4u) != 0u) {
        sum = v6nf_checksum_add_word(sum, (uint64_t)v6nf_word32(p));
        p += 4;
    }
    /*@ assert at_4: p == \at(p, Pre) + length / 4 * 4; */
    if ((length & 2u) != 0u) {
        sum = v6nf_checksum_add_word(sum, (uint64_t)v6nf_word16(p));
        p += 2;
    }
    /*@ assert at_2: p == \at(p, Pre) + length / 2 * 2; */
    if ((length & 1u) != 0u) {
        sum = v6nf_checksum_add_word(sum, (uint64_t)p[0]);
    }
    return sum;
}

/* Return `sum` + the `length` bytes at `bytes`, as v6nf_checksum_add() does, but without a call if they are fewer than
 * 64. Where size counts, this is a call. */
/*@ requires \valid_read(bytes + (0 .. length - 1));
    assigns \nothing; */
static inline uint64_t v6nf_checksum_add_short(const uint8_t *bytes, uint32_t length, uint64_t sum)
{
    return length < 64u ? v6nf_checksum_add_rest(bytes, length, sum) : v6nf_checksum_add(bytes, length, sum);
}
#endif

/* Return the sum of the pseudo-header of a packet (RFC 8200, 8.1).
 * addresses: source and destination address, 32 bytes.
 * length: bytes of the upper-layer packet, at most 65535.
 * next_header: protocol of the upper layer. */
/*@ requires \valid_read(addresses + (0 .. 31));
    assigns \nothing; */
inline uint64_t v6nf_checksum_pseudo(const uint8_t *addresses, uint32_t length, uint8_t next_header)
{
    /* Length and protocol in the order of memory: most significant byte first. */
    uint64_t rest = (uint64_t)v6nf_swap16((uint16_t)(length & 0xFFFFu)) + ((uint64_t)next_header << 8);
    uint64_t sum = v6nf_checksum_add_word(v6nf_word64(addresses), rest);
    sum = v6nf_checksum_add_word(sum, v6nf_word64(addresses + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(addresses + 16));
    return v6nf_checksum_add_word(sum, v6nf_word64(addresses + 24));
}

/* Return the 32-bit `sum` as 16 bits. A number plus its exchanged halves has the one's complement sum of the halves in
 * its upper half. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_fold32(uint32_t sum)
{
    return (uint16_t)((sum + (sum >> 16) + (sum << 16)) >> 16);
}

/* Return `sum` as 16 bits: 0 only if the sum is 0. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_fold(uint64_t sum)
{
    return v6nf_checksum_fold32((uint32_t)((sum + (sum >> 32) + (sum << 32)) >> 32));
}

/* Return true if `sum` is that of data with a correct checksum field. */
/*@ assigns \nothing; */
static inline bool v6nf_checksum_is_right(uint64_t sum)
{
    uint32_t half = (uint32_t)((sum + (sum >> 32) + (sum << 32)) >> 32);
    return half + (half >> 16) + (half << 16) >= 0xFFFF0000u; /* the upper half is 0xFFFF */
}

/* Return the checksum field for data whose sum, with 0 in the field, is `sum` (RFC 1071, 1). */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_finish(uint64_t sum)
{
    return (uint16_t)(0xFFFFu - (uint32_t)v6nf_checksum_fold(sum));
}

/* Return the new checksum field after one summed word has changed from `before` to `after` (RFC 1624, 3, equation 3).
 * All numbers are as v6nf_word16() loads them. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_update(uint16_t checksum, uint16_t before, uint16_t after)
{
    uint32_t sum = (0xFFFFu - (uint32_t)checksum) + (0xFFFFu - (uint32_t)before) + (uint32_t)after;
    return (uint16_t)(0xFFFFu - (uint32_t)v6nf_checksum_fold32(sum));
}

#ifdef __cplusplus
}
#endif

#endif
