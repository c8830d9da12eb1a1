/* checksum.h: the Internet checksum (RFC 1071), as IPv6 upper layers use it (RFC 8200, 8.1).
 *
 * A sum is a one's complement sum kept modulo 2^64 - 1, of 16-bit words in the order of memory on a little-endian machine
 * (RFC 1071, 2 (B): the byte order of a sum is the byte order of what was summed). It goes back to memory by
 * v6nf_store_word16() and is compared with what v6nf_word16() loads; its value as a number means nothing else. */
#ifndef V6NF_WIRE_CHECKSUM_H
#define V6NF_WIRE_CHECKSUM_H

#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What v6nf_checksum_fold() gives for data whose checksum field is right. */
#define V6NF_CHECKSUM_RIGHT 0xFFFFu

/* sum + word in one's complement arithmetic: the carry comes back in at the low end. */
/*@ assigns \nothing; */
inline uint64_t v6nf_checksum_add_word(uint64_t sum, uint64_t word)
{
    uint64_t total = sum + word;
    return total < word ? total + 1u : total;
}

/* sum + the 32 bytes at `bytes`. */
/*@ requires \valid_read(bytes + (0 .. 31));
    assigns \nothing; */
static inline uint64_t v6nf_checksum_add_32(const uint8_t *bytes, uint64_t sum)
{
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes + 16));
    return v6nf_checksum_add_word(sum, v6nf_word64(bytes + 24));
}

/* sum + the `length` bytes at `bytes`. An odd last byte counts as if a zero followed; only the last piece of what is
 * summed may be odd. */
/*@ requires \valid_read(bytes + (0 .. length - 1));
    assigns \nothing; */
uint64_t v6nf_checksum_add(const uint8_t *bytes, uint32_t length, uint64_t sum);

/* The pseudo-header (RFC 8200, 8.1) of a packet whose source and destination address are the 32 bytes at `addresses`,
 * for an upper-layer packet of `length` bytes, at most 65535, of protocol `next_header`. */
/*@ requires \valid_read(addresses + (0 .. 31));
    assigns \nothing; */
inline uint64_t v6nf_checksum_pseudo(const uint8_t *addresses, uint32_t length, uint8_t next_header)
{
    /* Length and protocol as they would lie in memory: most significant byte first. */
    uint64_t rest = (uint64_t)v6nf_swap16((uint16_t)(length & 0xFFFFu)) + ((uint64_t)next_header << 8);
    uint64_t sum = v6nf_checksum_add_word(v6nf_word64(addresses), rest);
    sum = v6nf_checksum_add_word(sum, v6nf_word64(addresses + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(addresses + 16));
    return v6nf_checksum_add_word(sum, v6nf_word64(addresses + 24));
}

/* Folds 32 bits to 16: a number plus its halves exchanged has the one's complement sum of the halves in its upper half. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_fold32(uint32_t sum)
{
    return (uint16_t)((sum + (sum >> 16) + (sum << 16)) >> 16);
}

/* A sum as 16 bits. 0 only if the sum is 0. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_fold(uint64_t sum)
{
    return v6nf_checksum_fold32((uint32_t)((sum + (sum >> 32) + (sum << 32)) >> 32));
}

/* The checksum field for data that sums to `sum` with the field itself as 0. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_finish(uint64_t sum)
{
    return (uint16_t)(0xFFFFu - (uint32_t)v6nf_checksum_fold(sum));
}

/* The checksum field after one covered word changes from `before` to `after` (RFC 1624, equation 3). All three as
 * v6nf_word16() loads them. */
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
