/* siphash.c: Eva driver of siphash.h. */
#include "v6nf/table/siphash.h"

#include "any.h"

static void prove_siphash(void)
{
    struct v6nf_siphash hash;
    v6nf_siphash_start(&hash, any_bytes(V6NF_SIPHASH_KEY_SIZE));
    v6nf_siphash_word(&hash, any64, 2);
    v6nf_siphash_word(&hash, any64, 1);
    (void)v6nf_siphash_end(&hash, 4);
}
