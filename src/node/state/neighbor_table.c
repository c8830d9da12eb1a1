/* neighbor_table.c: the entries of the Neighbor Cache, with and without an index. */
#include "neighbor_table.h"

/* First byte of the address of a free entry: no group is a neighbor, so that no look-up finds it. */
#define FREE_ADDRESS 0xFFu

#if NEIGHBORS_HAVE_INDEX
static uint32_t find_number(const struct v6nf_node *node, const uint8_t *address)
{
    return neighbor_find_hashed(node, address, neighbor_hash(node, address));
}

struct v6nf_neighbor *v6nf_neighbor_find_indexed(struct v6nf_node *node, const uint8_t *address)
{
    return neighbor_find_by_hash(node, address, neighbor_hash(node, address));
}

struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    return neighbor_find(node, address);
}
#else
uint32_t v6nf_neighbor_number(const struct v6nf_node *node, const uint8_t *address)
{
    uint32_t i = 0;
    while (i < V6NF_NEIGHBORS && !v6nf_address_equal(node->neighbors[i].address.bytes, address)) {
        i++;
    }
    return i;
}

static uint32_t find_number(const struct v6nf_node *node, const uint8_t *address)
{
    return v6nf_neighbor_number(node, address);
}

struct v6nf_neighbor *v6nf_neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    const uint32_t number = find_number(node, address);
    return number < V6NF_NEIGHBORS ? &node->neighbors[number] : NULL;
}
#endif

enum standing v6nf_neighbor_standing(const struct v6nf_node *node, const uint8_t *address)
{
    const uint32_t number = find_number(node, address);
    if (number >= V6NF_NEIGHBORS || node->neighbors[number].state <= V6NF_NEIGHBOR_INCOMPLETE) {
        return STANDING_NONE;
    }
    const struct v6nf_neighbor *neighbor = &node->neighbors[number];
    if (neighbor->confirmed) {
        return STANDING_ANSWERS;
    }
    return V6NF_ROUTER_MEMORY && neighbor->state != V6NF_NEIGHBOR_STALE ? STANDING_USED : STANDING_RESOLVED;
}

enum v6nf_neighbor_class v6nf_neighbor_class_of(const struct v6nf_neighbor *neighbor)
{
    if (neighbor->state == V6NF_NEIGHBOR_FREE) {
        return V6NF_NEIGHBOR_UNUSED;
    }
    if (neighbor->has_route) {
        return V6NF_NEIGHBOR_HOP;
    }
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        return neighbor->of_program ? V6NF_NEIGHBOR_WANTED : V6NF_NEIGHBOR_ASKING;
    }
    if (!neighbor->confirmed) {
        return V6NF_NEIGHBOR_HEARD;
    }
    return neighbor->of_program ? V6NF_NEIGHBOR_OURS : V6NF_NEIGHBOR_KNOWN;
}

/* Make a free entry that of `address`. Its number of ends goes on, so that no next hop names it by mistake. */
static void set_address(struct v6nf_neighbor *neighbor, const uint8_t *address, uint64_t now)
{
    *neighbor = (struct v6nf_neighbor)
    {
        .state = V6NF_NEIGHBOR_INCOMPLETE, .worth = V6NF_NEIGHBOR_UNUSED, .ended = neighbor->ended, .due = V6NF_NEVER,
#if V6NF_KEPT_INDEXED
        .waiting = V6NF_LINK_NONE,
#endif
    };
    neighbor_touch(neighbor, now);
    v6nf_address_copy(neighbor->address.bytes, address);
}

#if NEIGHBORS_HAVE_INDEX
/* Entries that a look-up of the oldest passes over because they were used. */
#define PASSED_OVER_MAX 8u

/* Timers that ended too early and are started again, in one look-up of what is due. */
#define TOO_EARLY_MAX 64u

void v6nf_neighbor_table_init(struct v6nf_node *node)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    v6nf_chains_init(index->chains, V6NF_NEIGHBORS);
    for (uint32_t i = 0; i < V6NF_NEIGHBOR_CLASSES; i++) {
        v6nf_list_init(&index->lists[i]);
    }
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        node->neighbors[i].address.bytes[0] = FREE_ADDRESS;
        node->neighbors[i].due = V6NF_NEVER;
        index->links[i].next = i + 1u;
    }
    index->free = 0;
    index->lists[V6NF_NEIGHBOR_UNUSED].count = V6NF_NEIGHBORS;
    v6nf_timer_queue_init(index->timers, &index->timers_count, V6NF_NEIGHBORS);
}

static uint32_t *neighbor_chain(struct v6nf_node *node, uint32_t hash)
{
    return &node->neighbor_index.chains[v6nf_hash_index(hash, V6NF_NEIGHBORS)];
}

/* Return the chain that the entry is in. */
static uint32_t *own_chain(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    return neighbor_chain(node, neighbor_hash(node, neighbor->address.bytes));
}

struct v6nf_neighbor *v6nf_neighbor_take(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    const uint32_t entry = index->free;
    const uint32_t next = entry < V6NF_NEIGHBORS ? index->links[entry].next : V6NF_NEIGHBORS;
    if (entry >= V6NF_NEIGHBORS ||
        !v6nf_chain_add(index->links, neighbor_chain(node, neighbor_hash(node, address)), entry)) {
        return NULL;
    }
    index->free = next;
    index->lists[V6NF_NEIGHBOR_UNUSED].count--;
    set_address(&node->neighbors[entry], address, now);
    return &node->neighbors[entry];
}

bool v6nf_neighbor_rename(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address, uint32_t hash,
                          uint64_t now)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    const uint32_t entry = neighbor_index(node, neighbor);
    const uint8_t worth = neighbor->worth;
    if (!v6nf_chain_move(index->links, own_chain(node, neighbor), neighbor_chain(node, hash), entry)) {
        return false;
    }
    forget_last_hop(node);
    set_address(neighbor, address, now);
    neighbor->worth = worth; /* where it is listed */
    neighbor->ended++;
    return true;
}

/* Take the entry out of its chain and its list. */
static void unlink_neighbor(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    const uint32_t entry = neighbor_index(node, neighbor);
    v6nf_chain_remove(index->links, own_chain(node, neighbor), entry);
    if (neighbor->worth != V6NF_NEIGHBOR_UNUSED) {
        v6nf_list_remove(index->links, &index->lists[neighbor->worth], entry);
    }
    neighbor->worth = V6NF_NEIGHBOR_UNUSED;
    index->links[entry].next = index->free;
    index->free = entry;
    index->lists[V6NF_NEIGHBOR_UNUSED].count++;
}

/* Move an entry that is in no list, or in that of another class, to the list of its class. */
static __attribute__((noinline)) void change_list(struct v6nf_neighbor_index *index, struct v6nf_neighbor *neighbor,
                                                  uint32_t entry, enum v6nf_neighbor_class worth)
{
    if (neighbor->worth != V6NF_NEIGHBOR_UNUSED) {
        v6nf_list_remove(index->links, &index->lists[neighbor->worth], entry);
    }
    neighbor->worth = (uint8_t)worth;
    v6nf_list_append(index->links, &index->lists[worth], entry);
}

void v6nf_neighbor_list(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    const uint32_t entry = neighbor_index(node, neighbor);
    const enum v6nf_neighbor_class worth = v6nf_neighbor_class_of(neighbor);
    neighbor->touched = false;
    if (neighbor->worth == worth) {
        v6nf_list_renew(index->links, &index->lists[worth], entry);
    } else {
        change_list(index, neighbor, entry, worth);
    }
}

uint32_t v6nf_neighbor_count(const struct v6nf_node *node, enum v6nf_neighbor_class worth)
{
    return node->neighbor_index.lists[worth].count;
}

struct v6nf_neighbor *v6nf_neighbor_oldest(struct v6nf_node *node, enum v6nf_neighbor_class worth)
{
    const struct v6nf_list *list = &node->neighbor_index.lists[worth];
    for (uint32_t i = 0; i < PASSED_OVER_MAX && list->oldest < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[list->oldest];
        if (!neighbor->touched) {
            return neighbor;
        }
        v6nf_neighbor_list(node, neighbor);
    }
    return list->oldest < V6NF_NEIGHBORS ? &node->neighbors[list->oldest] : NULL;
}

void v6nf_neighbor_queue(struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    struct v6nf_neighbor_index *index = &node->neighbor_index;
    v6nf_timer_set(index->timers, &index->timers_count, neighbor_index(node, neighbor), neighbor->due);
}

struct v6nf_neighbor *v6nf_neighbor_first_due(struct v6nf_node *node, uint64_t now)
{
    const struct v6nf_neighbor_index *index = &node->neighbor_index;
    for (uint32_t i = 0; i < TOO_EARLY_MAX; i++) {
        const uint32_t first = v6nf_timer_first(index->timers, index->timers_count);
        if (first >= V6NF_NEIGHBORS || index->timers[first].due > now) {
            return NULL;
        }
        if (node->neighbors[first].due == index->timers[first].due) {
            return &node->neighbors[first];
        }
        v6nf_neighbor_queue(node, &node->neighbors[first]);
    }
    return NULL;
}

uint64_t v6nf_neighbor_due(const struct v6nf_node *node)
{
    return v6nf_timer_next_due(node->neighbor_index.timers, node->neighbor_index.timers_count);
}
#else
void v6nf_neighbor_table_init(struct v6nf_node *node)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        node->neighbors[i].address.bytes[0] = FREE_ADDRESS;
        node->neighbors[i].due = V6NF_NEVER;
    }
}

struct v6nf_neighbor *v6nf_neighbor_take(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (neighbor->state == V6NF_NEIGHBOR_FREE) {
            set_address(neighbor, address, now);
            return neighbor;
        }
    }
    return NULL;
}

static void unlink_neighbor(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    (void)node, (void)neighbor;
}

uint32_t v6nf_neighbor_count(const struct v6nf_node *node, enum v6nf_neighbor_class worth)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        found += v6nf_neighbor_class_of(&node->neighbors[i]) == worth ? 1u : 0u;
    }
    return found;
}

struct v6nf_neighbor *v6nf_neighbor_oldest(struct v6nf_node *node, enum v6nf_neighbor_class worth)
{
    struct v6nf_neighbor *oldest = NULL;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (v6nf_neighbor_class_of(neighbor) == worth && (oldest == NULL || neighbor->used < oldest->used)) {
            oldest = neighbor;
        }
    }
    return oldest;
}

struct v6nf_neighbor *v6nf_neighbor_first_due(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (node->neighbors[i].due <= now) {
            return &node->neighbors[i];
        }
    }
    return NULL;
}

uint64_t v6nf_neighbor_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        due = earlier(due, node->neighbors[i].due);
    }
    return due;
}
#endif

void v6nf_neighbor_release(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    unlink_neighbor(node, neighbor);
    neighbor_set_timer(node, neighbor, V6NF_NEVER);
    forget_last_hop(node);
    neighbor->state = V6NF_NEIGHBOR_FREE;
    neighbor->ended++;
    neighbor->address.bytes[0] = FREE_ADDRESS;
}
