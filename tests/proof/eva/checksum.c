/* checksum.c: Eva driver of bytes.h and checksum.h. */
#include "v6nf/wire/checksum.h"

#include "any.h"

/* Separate object for outputs, so that a write past the end is an alarm. */
static uint8_t out_copy[16];

static void prove_bytes(void)
{
    (void)v6nf_load16(any_bytes(2));
    (void)v6nf_load32(any_bytes(4));
    (void)v6nf_word16(any_bytes(2));
    (void)v6nf_word32(any_bytes(4));
    (void)v6nf_word64(any_bytes(8));
    v6nf_store16(any_bytes(2), any16);
    v6nf_store32(any_bytes(4), any32);
    v6nf_store_word16(any_bytes(2), any16);
    v6nf_store_word32(any_bytes(4), any32);
    v6nf_store_word64(any_bytes(8), any64);
    v6nf_copy6(out_copy + 10, any_bytes(6));
    v6nf_copy8(out_copy + 8, any_bytes(8));
    v6nf_copy16(out_copy, any_bytes(16));
    (void)v6nf_swap16(any16);
}

static void prove_checksum(void)
{
    const uint32_t large[] = {1279, 1280, 1281, 1500, 9000, 9001, 9006, 9007};
    for (uint32_t length = 0; length <= 160u; length++) {
        (void)v6nf_checksum_add(any_bytes(length), length, any64);
        (void)v6nf_checksum_add_short(any_bytes(length), length, any64);
    }
    for (uint32_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        (void)v6nf_checksum_add(any_bytes(large[i]), large[i], any64);
    }
    (void)v6nf_checksum_add_word(any64, any64);
    (void)v6nf_checksum_add_32(any_bytes(32), any64);
    (void)v6nf_checksum_pseudo(any_bytes(32), any32, any8);
    (void)v6nf_checksum_fold32(any32);
    (void)v6nf_checksum_fold(any64);
    (void)v6nf_checksum_is_right(any64);
    (void)v6nf_checksum_finish(any64);
    (void)v6nf_checksum_update(any16, any16, any16);
}
