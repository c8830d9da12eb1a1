/* valid.h: the invariants of the tables, for tests. The library does not contain them: a file X_valid.c is empty unless
 * V6NF_INVARIANTS is defined. Each function is bounded by the capacity, for any contents.
 * Context: any. */
#ifndef V6NF_SRC_TABLE_VALID_H
#define V6NF_SRC_TABLE_VALID_H

#include <stdbool.h>

#include "v6nf/table/cache.h"
#include "v6nf/table/hash_map.h"
#include "v6nf/table/links.h"
#include "v6nf/table/lookup.h"
#include "v6nf/table/timer_queue.h"

/* Return true if a list leads from its oldest to its newest entry and back.
 * links: `capacity` links. */
bool v6nf_list_is_valid(const struct v6nf_link *links, const struct v6nf_list *list, uint32_t capacity);

/* Return true if a chain ends, after at most V6NF_CHAIN_MAX entries.
 * links: `capacity` links.
 * chain: its first entry. */
bool v6nf_chain_is_valid(const struct v6nf_link *links, uint32_t chain, uint32_t capacity);

/* Return the number of entries of a chain, V6NF_CHAIN_MAX + 1 if it is not valid.
 * links: `capacity` links.
 * chain: its first entry. */
uint32_t v6nf_chain_length(const struct v6nf_link *links, uint32_t chain, uint32_t capacity);

/* Return true if the heap is one: each running timer has its position, and none ends before the one above it.
 * timers: `capacity` timers.
 * count: the number of running timers. */
bool v6nf_timer_queue_is_valid(const struct v6nf_timer *timers, uint32_t count, uint32_t capacity);

/* Return true if each key is in its set, and there once. Entries that are zero are at the end of their set.
 * entries: `size` entries.
 * key: of the hash, which is that of v6nf_hash_address(). */
bool v6nf_cache_is_valid(const struct v6nf_cache_entry *entries, uint32_t size, const struct v6nf_hash_key *key);

/* Return true if each entry of `map` is either free or in the chain of its key, once, and in the order of age. */
bool v6nf_hash_map_is_valid(const struct v6nf_hash_map *map);

/* Return true if each word of the table in use leads to ranges in order, through at most V6NF_LOOKUP_DEPTH_MAX nodes,
 * and the numbers of prefixes are those of the hash map, which is valid. */
bool v6nf_lookup_is_valid(const struct v6nf_lookup *lookup);

#endif
