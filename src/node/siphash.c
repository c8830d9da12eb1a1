/* siphash.c: SipHash-2-4 (Aumasson and Bernstein, 2012): a number that nobody can foresee who does not know the key. */
#include <string.h>

#include "internal.h"

static uint64_t rotate_left(uint64_t x, uint32_t bits)
{
    return (x << bits) | (x >> (64u - bits));
}

/* 2.2: one SipRound. */
static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] = rotate_left(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

/* 2.2: takes in 8 bytes. */
static void compress(uint64_t v[4], const uint8_t *bytes)
{
    uint64_t word = v6nf_word64(bytes);
    v[3] ^= word;
    sip_round(v);
    sip_round(v);
    v[0] ^= word;
}

uint64_t v6nf_siphash(const uint8_t *key, const uint8_t *bytes, uint32_t size)
{
    uint64_t v[4] = {UINT64_C(0x736F6D6570736575), UINT64_C(0x646F72616E646F6D), UINT64_C(0x6C7967656E657261),
                     UINT64_C(0x7465646279746573)};
    uint8_t last[8] = {0}; /* what does not fill a word, and the size */
    for (uint32_t i = 0; i < 4u; i++) {
        v[i] ^= v6nf_word64(key + 8u * (i % 2u));
    }
    for (uint32_t i = 0; i < size / 8u; i++) {
        compress(v, bytes + 8u * i);
    }
    memcpy(last, bytes + size / 8u * 8u, size % 8u);
    last[7] = (uint8_t)(size & 0xFFu);
    compress(v, last);
    v[2] ^= 0xFFu;
    for (uint32_t i = 0; i < 4u; i++) {
        sip_round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
