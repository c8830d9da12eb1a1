/* links.c: proof of chains and lists (src/table/links.c) and of their invariants, with any links. */
#include "src/table/links.c"
#include "src/table/links_valid.c"

#include "any_links.h"

#define CAPACITY 16u
#define CHAINS 4u

static struct v6nf_link links[CAPACITY];
static uint32_t chains[CHAINS];
static struct v6nf_list list;

int main(void)
{
    const uint32_t entry = any_below(CAPACITY);
    const uint32_t chain = any_below(CHAINS);
    v6nf_list_init(&list);
    v6nf_chains_init(chains, CHAINS);
    any_links(links, CAPACITY);
    must(v6nf_chain_is_valid(links, chains[chain], CAPACITY));
    must(v6nf_list_is_valid(links, &list, CAPACITY));
    any_list(&list, CAPACITY);
    for (uint32_t i = 0; i < CHAINS; i++) {
        chains[i] = any_link(CAPACITY);
    }
    switch (any8) {
    case 0:
        v6nf_list_append(links, &list, entry);
        break;
    case 1:
        v6nf_list_remove(links, &list, entry);
        break;
    case 2:
        if (list.newest != V6NF_LINK_NONE) { /* the entry is in it */
            v6nf_list_renew(links, &list, entry);
        }
        break;
    case 3:
        (void)v6nf_chain_add(links, &chains[chain], entry);
        break;
    case 4:
        (void)v6nf_chain_move(links, &chains[chain], &chains[any_below(CHAINS)], entry);
        break;
    default:
        v6nf_chain_remove(links, &chains[chain], entry);
        break;
    }
    check_links(links, &list, CAPACITY);
    for (uint32_t i = 0; i < CHAINS; i++) {
        must(is_link(chains[i], CAPACITY));
    }
    /* The invariants have bounds of their own, even if an index is wrong. */
    links[any_below(CAPACITY)].next = any32;
    links[any_below(CAPACITY)].newer = any32;
    list.oldest = any32;
    list.count = any32;
    (void)v6nf_chain_is_valid(links, any32, CAPACITY);
    (void)v6nf_list_is_valid(links, &list, CAPACITY);
    return 0;
}
