/* core.c: drops and lifetimes. */
#include "core.h"

uint32_t v6nf_drop(struct v6nf_node *node, enum v6nf_counter cause)
{
    count(node, cause);
    return 0;
}

uint64_t v6nf_lifetime_end(uint64_t now, uint32_t seconds)
{
    return seconds == V6NF_NDP_INFINITY ? V6NF_NEVER : now + (uint64_t)seconds * V6NF_SECOND;
}
