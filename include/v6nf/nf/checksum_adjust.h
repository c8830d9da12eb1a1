/* checksum_adjust.h: a checksum field follows a change of the data that it covers, without a look at the other data
 * (RFC 1624).
 *
 * A difference is what the one's complement sum of the data grows by. Differences of several changes are added. Numbers
 * are as v6nf_word16() loads them: read and write fields with it and v6nf_store_word16(). Changed data begins at an
 * even offset of what the checksum covers: addresses and ports do.
 * A wrong checksum remains wrong: the receiver detects it.
 * Context: any. */
#ifndef V6NF_NF_CHECKSUM_ADJUST_H
#define V6NF_NF_CHECKSUM_ADJUST_H

#include <stdint.h>

#include "../wire/bytes.h"
#include "../wire/checksum.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Return the sum of two differences. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_adjust_add(uint16_t difference, uint16_t other)
{
    return v6nf_checksum_fold32((uint32_t)difference + (uint32_t)other);
}

/* Return the difference if one word changes from `before` to `after`. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_adjust_word(uint16_t before, uint16_t after)
{
    return v6nf_checksum_fold32(0xFFFFu - (uint32_t)before + (uint32_t)after);
}

/* Return the difference if the 8 bytes at `before` are replaced by those at `after`: half of an address, a prefix. */
/*@ requires \valid_read(before + (0 .. 7)) && \valid_read(after + (0 .. 7));
    assigns \nothing; */
static inline uint16_t v6nf_checksum_adjust_prefix(const uint8_t *before, const uint8_t *after)
{
    return v6nf_checksum_fold(v6nf_checksum_add_word(UINT64_MAX - v6nf_word64(before), v6nf_word64(after)));
}

/* Return the difference if the 16 bytes at `before` are replaced by those at `after`: an address. */
/*@ requires \valid_read(before + (0 .. 15)) && \valid_read(after + (0 .. 15));
    assigns \nothing; */
static inline uint16_t v6nf_checksum_adjust_address(const uint8_t *before, const uint8_t *after)
{
    uint64_t sum = v6nf_checksum_add_word(UINT64_MAX - v6nf_word64(before), v6nf_word64(after));
    sum = v6nf_checksum_add_word(sum, UINT64_MAX - v6nf_word64(before + 8));
    return v6nf_checksum_fold(v6nf_checksum_add_word(sum, v6nf_word64(after + 8)));
}

/* Return the checksum field after a change of the data (RFC 1624, 3, equation 3). For UDP, use
 * v6nf_checksum_adjust_udp().
 * checksum: field before.
 * difference: of the change. */
/*@ assigns \nothing; */
static inline uint16_t v6nf_checksum_adjust(uint16_t checksum, uint16_t difference)
{
    return (uint16_t)(0xFFFFu - (uint32_t)v6nf_checksum_adjust_add((uint16_t)(0xFFFFu - checksum), difference));
}

/* Return the checksum field of UDP after a change of the data. The field 0 states that there is no checksum (RFC 6935),
 * and is kept. A checksum of 0 is written as 0xFFFF (RFC 768).
 * checksum: field before.
 * difference: of the change. */
/*@ assigns \nothing;
    ensures none: checksum == 0 <==> \result == 0; */
static inline uint16_t v6nf_checksum_adjust_udp(uint16_t checksum, uint16_t difference)
{
    if (checksum == 0u) {
        return 0u;
    }
    const uint16_t adjusted = v6nf_checksum_adjust(checksum, difference);
    return adjusted == 0u ? 0xFFFFu : adjusted;
}

#ifdef __cplusplus
}
#endif

#endif
