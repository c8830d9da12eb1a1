/* links_valid.c: the invariants of chains and lists, for tests. */
#include "valid.h"

#ifdef V6NF_INVARIANTS

bool v6nf_list_is_valid(const struct v6nf_link *links, const struct v6nf_list *list, uint32_t capacity)
{
    uint32_t older = V6NF_LINK_NONE;
    uint32_t at = list->oldest;
    if (list->count > capacity) {
        return false;
    }
    for (uint32_t i = 0; i < list->count; i++) {
        if (at >= capacity || links[at].older != older) {
            return false;
        }
        older = at;
        at = links[at].newer;
    }
    return at == V6NF_LINK_NONE && older == list->newest;
}

uint32_t v6nf_chain_length(const struct v6nf_link *links, uint32_t chain, uint32_t capacity)
{
    uint32_t at = chain;
    uint32_t length = 0;
    while (length < V6NF_CHAIN_MAX && at < capacity) {
        at = links[at].next;
        length++;
    }
    return at == V6NF_LINK_NONE ? length : V6NF_CHAIN_MAX + 1u;
}

bool v6nf_chain_is_valid(const struct v6nf_link *links, uint32_t chain, uint32_t capacity)
{
    return v6nf_chain_length(links, chain, capacity) <= V6NF_CHAIN_MAX;
}

#endif
