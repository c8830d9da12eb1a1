/* checksum.h: the Internet checksum (RFC 1071), as IPv6 upper layers use it (RFC 8200, 8.1).
 *
 * A sum is a one's complement sum of 16-bit words, modulo 2^64 - 1. Its words are in the order of little-endian
 * memory: the byte order of a sum is that of the data (RFC 1071, 2 (B)). Write it by v6nf_store_word16(), and
 * compare it with the result of v6nf_word16(). Its value as a number has no other meaning.
 * Context: any. */
#ifndef V6NF_WIRE_CHECKSUM_H
#define V6NF_WIRE_CHECKSUM_H

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
