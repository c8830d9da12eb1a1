/* checksum.c: the Internet checksum (RFC 1071). */
#include "v6nf/wire/checksum.h"

#include <stddef.h>

/* See bytes.c. */
extern inline uint64_t v6nf_checksum_add_word(uint64_t sum, uint64_t word);
extern inline uint64_t v6nf_checksum_pseudo(const uint8_t *addresses, uint32_t length, uint8_t next_header);

#ifdef __OPTIMIZE_SIZE__

uint64_t v6nf_checksum_add(const uint8_t *bytes, uint32_t length, uint64_t sum)
{
    const uint32_t words_end = length - length % 4u;
    uint64_t total = 0; /* of less than 2^30 words of 32 bits: nothing is carried out of it */
    for (uint32_t at = 0; at < words_end; at += 4u) {
        total += (uint64_t)v6nf_word32(bytes + at);
    }
    if ((length & 2u) != 0u) {
        total += (uint64_t)v6nf_word16(bytes + words_end);
    }
    if ((length & 1u) != 0u) {
        total += (uint64_t)bytes[length - 1u];
    }
    return v6nf_checksum_add_word(sum, total);
}

#else

/* Bytes that one iteration adds. */
#define BLOCK 128u

/* Add the 64 bytes at `p`. */
/*@ requires \valid_read(p + (0 .. 63));
    assigns \nothing; */
static inline uint64_t add_64(const uint8_t *p, uint64_t sum)
{
    uint64_t other = v6nf_word64(p + 8); /* every second word: two short chains of carries run in parallel */
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 16));
    other = v6nf_checksum_add_word(other, v6nf_word64(p + 24));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 32));
    other = v6nf_checksum_add_word(other, v6nf_word64(p + 40));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 48));
    other = v6nf_checksum_add_word(other, v6nf_word64(p + 56));
    return v6nf_checksum_add_word(sum, other);
}

/* Add whole blocks, up to byte `end`. Four chains of carries run in parallel, because each waits for its last one:
 * tests/bench/README.md compares them with loops that a compiler vectorizes. */
/*@ requires end % 128 == 0 && end <= UINT32_MAX;
    requires \valid_read(p + (0 .. end - 1));
    assigns \nothing; */
static inline uint64_t add_blocks(const uint8_t *p, size_t end, uint64_t sum)
{
    uint64_t b = 0;
    uint64_t c = 0;
    uint64_t d = 0;
    /*@ loop invariant at <= end && at % 128 == 0;
        loop assigns at, sum, b, c, d;
        loop variant end - at; */
    for (size_t at = 0; at < end; at += BLOCK) {
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p + at));
        b = v6nf_checksum_add_word(b, v6nf_word64(p + at + 8));
        c = v6nf_checksum_add_word(c, v6nf_word64(p + at + 16));
        d = v6nf_checksum_add_word(d, v6nf_word64(p + at + 24));
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p + at + 32));
        b = v6nf_checksum_add_word(b, v6nf_word64(p + at + 40));
        c = v6nf_checksum_add_word(c, v6nf_word64(p + at + 48));
        d = v6nf_checksum_add_word(d, v6nf_word64(p + at + 56));
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p + at + 64));
        b = v6nf_checksum_add_word(b, v6nf_word64(p + at + 72));
        c = v6nf_checksum_add_word(c, v6nf_word64(p + at + 80));
        d = v6nf_checksum_add_word(d, v6nf_word64(p + at + 88));
        sum = v6nf_checksum_add_word(sum, v6nf_word64(p + at + 96));
        b = v6nf_checksum_add_word(b, v6nf_word64(p + at + 104));
        c = v6nf_checksum_add_word(c, v6nf_word64(p + at + 112));
        d = v6nf_checksum_add_word(d, v6nf_word64(p + at + 120));
    }
    sum = v6nf_checksum_add_word(sum, b);
    return v6nf_checksum_add_word(sum, v6nf_checksum_add_word(c, d));
}

uint64_t v6nf_checksum_add(const uint8_t *bytes, uint32_t length, uint64_t sum)
{
    if (length >= 64u) {
        if (length >= BLOCK) {
            size_t end = (size_t)(length - length % BLOCK);
            sum = add_blocks(bytes, end, sum);
            bytes += end;
            length %= BLOCK;
        }
        if (length >= 64u) {
            sum = add_64(bytes, sum);
            bytes += 64;
        }
        length %= 64u;
        if (length == 0u) {
            return sum;
        }
    }
    return v6nf_checksum_add_rest(bytes, length, sum);
}

#endif
