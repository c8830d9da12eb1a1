/* links.c: chains and lists of the entries of a table. */
#include "v6nf/table/links.h"

void v6nf_list_init(struct v6nf_list *list)
{
    list->oldest = V6NF_LINK_NONE;
    list->newest = V6NF_LINK_NONE;
    list->count = 0;
}

void v6nf_list_append(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry)
{
    links[entry].older = list->newest;
    links[entry].newer = V6NF_LINK_NONE;
    if (list->newest == V6NF_LINK_NONE) {
        list->oldest = entry;
    } else {
        links[list->newest].newer = entry;
    }
    list->newest = entry;
    list->count++;
}

void v6nf_list_renew(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry)
{
    const uint32_t older = links[entry].older;
    const uint32_t newer = links[entry].newer;
    if (newer == V6NF_LINK_NONE) {
        return;
    }
    if (older == V6NF_LINK_NONE) {
        list->oldest = newer;
    } else {
        links[older].newer = newer;
    }
    links[newer].older = older;
    links[entry].older = list->newest;
    links[entry].newer = V6NF_LINK_NONE;
    links[list->newest].newer = entry;
    list->newest = entry;
}

void v6nf_list_remove(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry)
{
    const uint32_t older = links[entry].older;
    const uint32_t newer = links[entry].newer;
    if (older == V6NF_LINK_NONE) {
        list->oldest = newer;
    } else {
        links[older].newer = newer;
    }
    if (newer == V6NF_LINK_NONE) {
        list->newest = older;
    } else {
        links[newer].older = older;
    }
    list->count--;
}

void v6nf_chains_init(uint32_t *chains, uint32_t count)
{
    /*@ loop invariant 0 <= i <= count && \forall integer j; 0 <= j < i ==> chains[j] == V6NF_LINK_NONE;
        loop assigns i, chains[0 .. count - 1];
        loop variant count - i; */
    for (uint32_t i = 0; i < count; i++) {
        chains[i] = V6NF_LINK_NONE;
    }
}

/* Return true if no entry can be added to the chain. */
/*@ requires \exists integer capacity; v6nf_is_chain_of(chain, links, capacity);
    assigns \nothing; */
static bool is_chain_full(const struct v6nf_link *links, const uint32_t *chain)
{
    uint32_t at = *chain;
    /*@ loop invariant 1 <= i <= V6NF_CHAIN_MAX;
        loop invariant \forall integer capacity; v6nf_is_chain_of(chain, links, capacity) ==>
                       at < capacity || at == V6NF_LINK_NONE;
        loop assigns i, at;
        loop variant V6NF_CHAIN_MAX - i; */
    for (uint32_t i = 1; at != V6NF_LINK_NONE; i++) {
        if (i == V6NF_CHAIN_MAX) {
            return true;
        }
        at = links[at].next;
    }
    return false;
}

bool v6nf_chain_add(struct v6nf_link *links, uint32_t *chain, uint32_t entry)
{
    if (is_chain_full(links, chain)) {
        return false;
    }
    links[entry].next = *chain;
    *chain = entry;
    return true;
}

void v6nf_chain_remove(struct v6nf_link *links, uint32_t *chain, uint32_t entry)
{
    uint32_t at = *chain;
    if (at == entry) {
        *chain = links[entry].next;
        return;
    }
    /*@ loop invariant 1 <= i <= V6NF_CHAIN_MAX;
        loop invariant \forall integer capacity; v6nf_is_chain_of(chain, links, capacity) ==>
                       at < capacity || at == V6NF_LINK_NONE;
        loop assigns i, at;
        loop variant V6NF_CHAIN_MAX - i; */
    for (uint32_t i = 1; i < V6NF_CHAIN_MAX && at != V6NF_LINK_NONE; i++) {
        const uint32_t next = links[at].next;
        if (next == entry) {
            links[at].next = links[entry].next;
            return;
        }
        at = next;
    }
}

bool v6nf_chain_move(struct v6nf_link *links, uint32_t *from, uint32_t *to, uint32_t entry)
{
    if (is_chain_full(links, to)) {
        return false;
    }
    v6nf_chain_remove(links, from, entry);
    links[entry].next = *to;
    *to = entry;
    return true;
}
