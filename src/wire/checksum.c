/* checksum.c: RFC 1071. */
#include "v6nf/checksum.h"

/* Bytes summed in one turn of the long loop. */
#define BLOCK 64u

static uint64_t add_block(const uint8_t *p, uint64_t sum)
{
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 16));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 24));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 32));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 40));
    sum = v6nf_checksum_add_word(sum, v6nf_word64(p + 48));
    return v6nf_checksum_add_word(sum, v6nf_word64(p + 56));
}

/* The last 0 to 7 bytes as one word. */
static uint64_t load_tail(const uint8_t *p, uint32_t length)
{
    uint64_t word = 0;
    uint32_t at = 0;
    if (length >= 4u) {
        word = (uint64_t)v6nf_word32(p);
        at = 4u;
    }
    if (length - at >= 2u) {
        word += (uint64_t)v6nf_word16(p + at) << (8u * at);
        at += 2u;
    }
    if (at < length) {
        word += (uint64_t)p[at] << (8u * at);
    }
    return word;
}

uint64_t v6nf_checksum_add(const uint8_t *bytes, uint32_t length, uint64_t sum)
{
    uint32_t blocks_end = length - length % BLOCK;
    uint32_t words_end = length - length % 8u;
    uint32_t at = 0;
    while (at < blocks_end) {
        sum = add_block(bytes + at, sum);
        at += BLOCK;
    }
    while (at < words_end) {
        sum = v6nf_checksum_add_word(sum, v6nf_word64(bytes + at));
        at += 8u;
    }
    if (at < length) {
        sum = v6nf_checksum_add_word(sum, load_tail(bytes + at, length - at));
    }
    return sum;
}
