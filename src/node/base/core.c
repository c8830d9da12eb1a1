/* core.c: lifetimes. */
#include "core.h"

uint64_t v6nf_lifetime_end(uint64_t now, uint32_t seconds)
{
    return seconds == V6NF_NDP_INFINITY ? V6NF_NEVER : now + (uint64_t)seconds * V6NF_SECOND;
}
