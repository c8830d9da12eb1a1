/* ext.c: Eva driver of ext.h. */
#include "v6nf/wire/ext.h"

#include "any.h"

static void prove_ext_length(uint32_t length)
{
    uint32_t where;
    uint32_t upper;
    uint8_t upper_layer;
    (void)v6nf_ext_end(any_bytes(length), any32 % 4096u, length);
    (void)v6nf_ext_find_upper_layer(any_bytes(length), any32 % 4096u, length, any8, &upper, &upper_layer);
    if (length >= 8u) {
        (void)v6nf_ext_check_options(any_bytes(length), length, &where);
    }
}

static void prove_ext(void)
{
    for (uint32_t length = 0; length <= 64u; length++) {
        prove_ext_length(length);
    }
    prove_ext_length(2048);
    (void)v6nf_fragment_offset(any_bytes(V6NF_FRAGMENT_HEADER_SIZE));
    (void)v6nf_fragment_has_more(any_bytes(V6NF_FRAGMENT_HEADER_SIZE));
    v6nf_fragment_write(any_bytes(V6NF_FRAGMENT_HEADER_SIZE), any8, any32, any8 != 0u, any32);
}
