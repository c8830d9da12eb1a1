/* counters.c: the texts of the counters. */
#include "v6nf/counters.h"

const char *v6nf_counter_text(enum v6nf_counter counter)
{
#define TEXT(name, text) text,
    static const char *const texts[] = {V6NF_COUNTERS(TEXT)};
#undef TEXT
    return (unsigned)counter < (unsigned)V6NF_COUNTER_COUNT ? texts[counter] : "";
}
