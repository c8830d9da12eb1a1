/* neighbor_table.h: the entries of the Neighbor Cache (RFC 4861, 5.1): found by address, by worth and age, by time.
 *
 * A small table is scanned, a large one has an index (V6NF_SCAN_MAX). */
#ifndef V6NF_NODE_STATE_NEIGHBOR_TABLE_H
#define V6NF_NODE_STATE_NEIGHBOR_TABLE_H

#include "../base/core.h"

#define NEIGHBORS_HAVE_INDEX (V6NF_NEIGHBORS > V6NF_SCAN_MAX)

#if NEIGHBORS_HAVE_INDEX
/* Return the hash of `address`, which chooses its chain. */
static inline uint32_t neighbor_hash(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_hash_address(&node->hash_key, address);
}

/* Return the index of the entry of `address`, whose hash is known; V6NF_NEIGHBORS if it has none. */
static inline uint32_t neighbor_find_hashed(const struct v6nf_node *node, const uint8_t *address, uint32_t hash)
{
    const struct v6nf_neighbor_index *index = &node->neighbor_index;
    uint32_t at = index->chains[v6nf_hash_index(hash, V6NF_NEIGHBORS)];
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < V6NF_NEIGHBORS; i++) {
        if (v6nf_address_equal(node->neighbors[at].address.bytes, address)) {
            return at;
        }
        at = index->links[at].next;
    }
    return V6NF_NEIGHBORS;
}

/* Return the entry of `address`, NULL if it has none. Do not try the entry that was found last. */
struct v6nf_neighbor *v6nf_neighbor_find_indexed(struct v6nf_node *node, const uint8_t *address);
#else
/* Return the index of the entry of `address`, V6NF_NEIGHBORS if it has none. */
uint32_t v6nf_neighbor_number(const struct v6nf_node *node, const uint8_t *address);

/* Return 0: no look-up needs a hash. */
static inline uint32_t neighbor_hash(const struct v6nf_node *node, const uint8_t *address)
{
    (void)node, (void)address;
    return 0;
}

static inline uint32_t neighbor_find_hashed(const struct v6nf_node *node, const uint8_t *address, uint32_t hash)
{
    (void)hash;
    return v6nf_neighbor_number(node, address);
}
#endif

/* Return the entry of `address`, NULL if it has none. */
struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address);

/* The same, with the hash of `address`. */
static inline struct v6nf_neighbor *neighbor_find_by_hash(struct v6nf_node *node, const uint8_t *address, uint32_t hash)
{
#if NEIGHBORS_HAVE_INDEX
    const uint32_t number = neighbor_find_hashed(node, address, hash);
    if (number >= V6NF_NEIGHBORS) {
        return NULL;
    }
    node->neighbor_index.last_found = number;
    return &node->neighbors[number];
#else
    (void)hash;
    return v6nf_neighbor_find(node, address);
#endif
}

/* Return the entry that was found last if it is that of `address`, else NULL. */
static inline struct v6nf_neighbor *neighbor_last_found(struct v6nf_node *node, const uint8_t *address)
{
#if NEIGHBORS_HAVE_INDEX
    struct v6nf_neighbor *last = &node->neighbors[node->neighbor_index.last_found % V6NF_NEIGHBORS];
    return v6nf_address_equal(last->address.bytes, address) ? last : NULL; /* not that of a free entry */
#else
    (void)node, (void)address;
    return NULL;
#endif
}

/* Return the entry of `address`, NULL if it has none. Inline for the fast path: try the entry that was found last. */
static inline struct v6nf_neighbor *neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
#if NEIGHBORS_HAVE_INDEX
    struct v6nf_neighbor *last = neighbor_last_found(node, address);
    return last != NULL ? last : v6nf_neighbor_find_indexed(node, address);
#else
    return v6nf_neighbor_find(node, address);
#endif
}

/* How much is known of a neighbor. */
enum standing {
    STANDING_NONE,     /* nothing, or its link-layer address is not known */
    STANDING_RESOLVED, /* it is probably reachable (RFC 4861, 6.3.6), but an unknown host can invent such a neighbor */
    STANDING_USED,     /* the same, and a packet was sent to it: it is about to be asked, or being asked */
    STANDING_ANSWERS   /* it has answered a solicitation, and is not known to be unreachable since */
};

/* Return what is known of the neighbor `address`. */
enum standing v6nf_neighbor_standing(const struct v6nf_node *node, const uint8_t *address);

static inline bool neighbor_answers(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_neighbor_standing(node, address) == STANDING_ANSWERS;
}

static inline uint32_t neighbor_index(const struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    return (uint32_t)(neighbor - node->neighbors);
}

/* Return true if the entry, NULL for none, has the station's link-layer address `mac`. An INCOMPLETE entry has 0, which
 * is no station's. */
static inline bool neighbor_knows(const struct v6nf_neighbor *neighbor, const uint8_t *mac)
{
    return neighbor != NULL && v6nf_ether_address_equal(neighbor->mac, mac);
}

static inline bool neighbor_is_reachable(const struct v6nf_neighbor *neighbor, uint64_t now)
{
    return now < neighbor->reachable_until;
}

/* Return the class that the fields of an entry determine. */
enum v6nf_neighbor_class v6nf_neighbor_class_of(const struct v6nf_neighbor *neighbor);

/* Forget the next hop of the last packet. Where size counts, none is kept. */
static inline void forget_last_hop(struct v6nf_node *node)
{
#ifdef __OPTIMIZE_SIZE__
    (void)node;
#else
    node->last_hop.neighbor = V6NF_NEIGHBORS;
#endif
}

/* Make all entries free. */
void v6nf_neighbor_table_init(struct v6nf_node *node);

/* Take a free entry for `address`, which has none. It is INCOMPLETE: the caller lists it, and starts its timer or
 * resolves it. Return NULL if none is free. */
struct v6nf_neighbor *v6nf_neighbor_take(struct v6nf_node *node, const uint8_t *address, uint64_t now);

#if NEIGHBORS_HAVE_INDEX
/* Release an entry, and take it for another address at once, whose hash is known. The caller lists it. Return false,
 * with the entry unchanged, if that is not possible. */
bool v6nf_neighbor_rename(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address, uint32_t hash,
                          uint64_t now);
#endif

/* Make the entry free. */
void v6nf_neighbor_release(struct v6nf_node *node, struct v6nf_neighbor *neighbor);

#if NEIGHBORS_HAVE_INDEX
/* List the entry as the newest of its class, which its fields determine. */
void v6nf_neighbor_list(struct v6nf_node *node, struct v6nf_neighbor *neighbor);
#else
static inline void v6nf_neighbor_list(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    (void)node, (void)neighbor;
}
#endif

/* Return the number of entries of a class. */
uint32_t v6nf_neighbor_count(const struct v6nf_node *node, enum v6nf_neighbor_class worth);

/* Return the entry of a class that was used longest ago, NULL if there is none. In a large table it is found in a
 * bounded number of steps: entries that were used since they were listed become the newest, a few in each call. */
struct v6nf_neighbor *v6nf_neighbor_oldest(struct v6nf_node *node, enum v6nf_neighbor_class worth);

#if NEIGHBORS_HAVE_INDEX
/* The same, inline for the fast path: the first entry of a list was rarely used since it was listed. */
static inline struct v6nf_neighbor *neighbor_oldest(struct v6nf_node *node, enum v6nf_neighbor_class worth)
{
    const uint32_t oldest = node->neighbor_index.lists[worth].oldest;
    if (oldest < V6NF_NEIGHBORS && !node->neighbors[oldest].touched) {
        return &node->neighbors[oldest];
    }
    return v6nf_neighbor_oldest(node, worth);
}

/* Start the entry's timer, or let it end earlier than before. */
void v6nf_neighbor_queue(struct v6nf_node *node, const struct v6nf_neighbor *neighbor);
#endif

/* Set the time of the entry's next step, V6NF_NEVER for none. If it is later than before, the timer ends too early and
 * is started again then: most steps are not taken, because the neighbor answers or is evicted. */
static inline void neighbor_set_timer(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t due)
{
    neighbor->due = due;
#if NEIGHBORS_HAVE_INDEX
    if (due < node->neighbor_index.timers[neighbor_index(node, neighbor)].due) {
        v6nf_neighbor_queue(node, neighbor);
    }
#else
    (void)node;
#endif
}

/* Note that a packet is sent to the neighbor. */
static inline void neighbor_touch(struct v6nf_neighbor *neighbor, uint64_t now)
{
#if NEIGHBORS_HAVE_INDEX
    (void)now;
    neighbor->touched = true;
#else
    neighbor->used = now;
#endif
}

/* Return an entry whose next step is due at `now`; NULL if there is none, or if many timers ended too early. */
struct v6nf_neighbor *v6nf_neighbor_first_due(struct v6nf_node *node, uint64_t now);

/* Return the time of the first step of all entries, or an earlier one. */
uint64_t v6nf_neighbor_due(const struct v6nf_node *node);

/* For tests: return true if the entries, and what finds them, agree. */
bool v6nf_neighbor_table_is_valid(const struct v6nf_node *node);

#endif
