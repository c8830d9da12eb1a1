/* any_links.h: links in any state for the proofs of tables. */
#ifndef PROOF_DRIVERS_ANY_LINKS_H
#define PROOF_DRIVERS_ANY_LINKS_H

#include "any_driver.h"
#include "v6nf/table/links.h"

/* Return the index of an entry, or none. */
static uint32_t any_link(uint32_t capacity)
{
    return any_bool() ? V6NF_LINK_NONE : any_below(capacity);
}

static bool is_link(uint32_t entry, uint32_t capacity)
{
    return entry == V6NF_LINK_NONE || entry < capacity;
}

/* Lists and chains may be cyclic. */
static void any_links(struct v6nf_link *links, uint32_t capacity)
{
    for (uint32_t i = 0; i < capacity; i++) {
        links[i].next = any_link(capacity);
        links[i].older = any_link(capacity);
        links[i].newer = any_link(capacity);
    }
}

static void any_list(struct v6nf_list *list, uint32_t capacity)
{
    list->oldest = any_link(capacity);
    list->newest = any_link(capacity);
    list->count = any32;
}

/* Check what any_links() and any_list() establish. */
static void check_links(const struct v6nf_link *links, const struct v6nf_list *list, uint32_t capacity)
{
    must(is_link(list->oldest, capacity));
    must(is_link(list->newest, capacity));
    for (uint32_t i = 0; i < capacity; i++) {
        must(is_link(links[i].next, capacity));
        must(is_link(links[i].older, capacity));
        must(is_link(links[i].newer, capacity));
    }
}

#endif
