/* links.h: chains and lists of the entries of a table, which find an entry by its key and by its age.
 *
 * A table is an array of records of the caller, and an array of links with the same indexes. An entry is in at most one
 * chain, which holds the entries whose keys have one hash. It is in at most one list, which holds its entries in the
 * order in which they were appended. The caller provides the memory: an array of links, an array with the first entry
 * of each chain, and the lists.
 *
 * No chain has more than V6NF_CHAIN_MAX entries, so that a look-up is bounded for any keys. With a keyed hash (hash.h)
 * and one chain for each entry of a full table, one chain in 10^15 would have more.
 * Context: any. */
#ifndef V6NF_TABLE_LINKS_H
#define V6NF_TABLE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_CHAIN_MAX 16u        /* maximum entries of a chain */
#define V6NF_LINK_NONE UINT32_MAX /* in place of the index of an entry: none */

/* The links of an entry. */
struct v6nf_link {
    uint32_t next;  /* next entry of its chain */
    uint32_t older; /* entry before it in its list */
    uint32_t newer; /* entry after it in its list */
};

/* A list. */
struct v6nf_list {
    uint32_t oldest; /* entry that was appended first */
    uint32_t newest; /* entry that was appended last */
    uint32_t count;  /* number of entries */
};

/*@ // No index in the links of the entries is past the end of the table.
    predicate v6nf_are_links{L}(struct v6nf_link *links, integer capacity) =
        0 <= capacity < V6NF_LINK_NONE &&
        \forall integer i; 0 <= i < capacity ==> links[i].next < capacity || links[i].next == V6NF_LINK_NONE;
    predicate v6nf_is_chain_of{L}(uint32_t *chain, struct v6nf_link *links, integer capacity) =
        \valid(chain) && \valid(links + (0 .. capacity - 1)) && \separated(chain, links + (0 .. capacity - 1)) &&
        v6nf_are_links(links, capacity) && (*chain < capacity || *chain == V6NF_LINK_NONE); */

/* Make `list` empty. */
/*@ requires \valid(list);
    assigns *list;
    ensures list->oldest == V6NF_LINK_NONE && list->newest == V6NF_LINK_NONE && list->count == 0; */
void v6nf_list_init(struct v6nf_list *list);

/* Append an entry, the newest.
 * links: of the table.
 * list: initialized.
 * entry: index of an entry that is in no list. */
/*@ requires \valid(list) && list->count < UINT32_MAX && \valid(links + entry) && \separated(list, links + entry);
    requires list->newest != entry;
    requires list->newest != V6NF_LINK_NONE ==>
             \valid(links + list->newest) && \separated(list, links + list->newest);
    assigns *list, links[entry].older, links[entry].newer, links[list->newest].newer;
    ensures list->newest == entry && list->count == \old(list->count) + 1;
    ensures links[entry].older == \old(list->newest) && links[entry].newer == V6NF_LINK_NONE;
    ensures \old(list->newest) == V6NF_LINK_NONE ==> list->oldest == entry;
    ensures \old(list->newest) != V6NF_LINK_NONE ==>
            list->oldest == \old(list->oldest) && links[\old(list->newest)].newer == entry; */
void v6nf_list_append(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry);

/* Make an entry the newest of its list.
 * links: of the table.
 * list: the list that it is in.
 * entry: its index. */
/*@ requires \valid(list) && \valid(links + entry) && \separated(list, links + entry);
    requires links[entry].older != entry && links[entry].newer != entry;
    requires links[entry].older != V6NF_LINK_NONE ==>
             \valid(links + links[entry].older) && \separated(list, links + links[entry].older);
    requires links[entry].newer != V6NF_LINK_NONE ==>
             \valid(links + links[entry].newer) && \separated(list, links + links[entry].newer);
    requires links[entry].newer == V6NF_LINK_NONE <==> list->newest == entry;
    requires \valid(links + list->newest) && \separated(list, links + list->newest);
    assigns *list, links[entry], links[links[entry].older].newer, links[links[entry].newer].older,
            links[list->newest].newer;
    ensures list->newest == entry && links[entry].newer == V6NF_LINK_NONE && list->count == \old(list->count);
    ensures \old(list->newest) != entry ==>
            links[entry].older == \old(list->newest) && links[\old(list->newest)].newer == entry;
    ensures \old(list->newest) != entry && \old(links[entry].older) == V6NF_LINK_NONE ==>
            list->oldest == \old(links[entry].newer);
    ensures \old(list->newest) == entry || \old(links[entry].older) != V6NF_LINK_NONE ==>
            list->oldest == \old(list->oldest);
    ensures \old(list->newest) != entry && \old(links[entry].newer) != \old(list->newest) ==>
            links[\old(links[entry].newer)].older == \old(links[entry].older); */
void v6nf_list_renew(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry);

/* Remove an entry from its list.
 * links: of the table.
 * list: the list that it is in.
 * entry: its index. */
/*@ requires \valid(list) && \valid(links + entry) && \separated(list, links + entry);
    requires links[entry].older != entry && links[entry].newer != entry;
    requires links[entry].older != V6NF_LINK_NONE ==>
             \valid(links + links[entry].older) && \separated(list, links + links[entry].older);
    requires links[entry].newer != V6NF_LINK_NONE ==>
             \valid(links + links[entry].newer) && \separated(list, links + links[entry].newer);
    requires list->count > 0;
    assigns *list, links[links[entry].older].newer, links[links[entry].newer].older;
    ensures list->count == \old(list->count) - 1;
    ensures \old(links[entry].older) == V6NF_LINK_NONE ==> list->oldest == \old(links[entry].newer);
    ensures \old(links[entry].newer) == V6NF_LINK_NONE ==> list->newest == \old(links[entry].older);
    ensures \old(links[entry].older) != V6NF_LINK_NONE ==>
            list->oldest == \old(list->oldest) && links[\old(links[entry].older)].newer == \old(links[entry].newer);
    ensures \old(links[entry].newer) != V6NF_LINK_NONE ==>
            list->newest == \old(list->newest) && links[\old(links[entry].newer)].older == \old(links[entry].older); */
void v6nf_list_remove(struct v6nf_link *links, struct v6nf_list *list, uint32_t entry);

/* Make chains empty.
 * chains: the first entry of each chain.
 * count: number of chains. */
/*@ requires \valid(chains + (0 .. count - 1));
    assigns chains[0 .. count - 1];
    ensures \forall integer i; 0 <= i < count ==> chains[i] == V6NF_LINK_NONE; */
void v6nf_chains_init(uint32_t *chains, uint32_t count);

/* Add an entry to a chain, as its first.
 * links: of the table.
 * chain: first entry of the chain.
 * entry: index of an entry that is in no chain.
 * Return false if the chain is full. */
/*@ requires \exists integer capacity; entry < capacity && v6nf_is_chain_of(chain, links, capacity);
    assigns *chain, links[entry].next;
    ensures \result == false ==> *chain == \old(*chain) && links[entry].next == \old(links[entry].next);
    ensures \result == true ==> *chain == entry && links[entry].next == \old(*chain); */
bool v6nf_chain_add(struct v6nf_link *links, uint32_t *chain, uint32_t entry);

/* Remove an entry from its chain. Do nothing if it is not in it.
 * links: of the table.
 * chain: first entry of the chain.
 * entry: its index. */
/*@ requires \exists integer capacity; entry < capacity && v6nf_is_chain_of(chain, links, capacity);
    assigns *chain, links[..].next;
    ensures *chain == \old(*chain) || (\old(*chain) == entry && *chain == \old(links[entry].next));
    ensures \forall integer i; links[i].next == \old(links[i].next) ||
            (\old(links[i].next) == entry && links[i].next == \old(links[entry].next)); */
void v6nf_chain_remove(struct v6nf_link *links, uint32_t *chain, uint32_t entry);

/* Move an entry to another chain, as its first.
 * links: of the table.
 * from: first entry of the chain that it is in.
 * to: first entry of the other chain.
 * entry: its index.
 * Return false, with nothing changed, if the other chain is full. */
/*@ requires \exists integer capacity; entry < capacity && v6nf_is_chain_of(from, links, capacity) &&
             v6nf_is_chain_of(to, links, capacity);
    assigns *from, *to, links[..].next;
    ensures \result == false ==> *from == \old(*from) && *to == \old(*to) &&
            \forall integer i; links[i].next == \old(links[i].next);
    ensures \result == true ==> *to == entry; */
bool v6nf_chain_move(struct v6nf_link *links, uint32_t *from, uint32_t *to, uint32_t entry);

#ifdef __cplusplus
}
#endif

#endif
