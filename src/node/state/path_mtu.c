/* path_mtu.c: path MTUs (RFC 8201). Those of packets of the program, and those of replies, are kept apart: each origin
 * has half of the table, its path MTUs are those of its own packets, and they evict only each other. No unknown host
 * makes the node forget what the program needs, or lowers it: anyone can claim that a reply was too long.
 *
 * A path MTU must not be lost (RFC 8201, 4). If one is evicted before its time, all destinations without one count as
 * paths of the minimum MTU until it would have expired: longer packets are sent in fragments. */
#include "path_mtu.h"

#include <string.h>

/* Time after which a packet longer than the path MTU is tried again (RFC 8201, 5.3). */
#define PATH_MTU_LIFETIME (600u * V6NF_SECOND)

/* Note that the entry is evicted for another of this origin. */
static void note_evicted(struct v6nf_node *node, const struct v6nf_path_mtu *entry, enum v6nf_origin origin,
                         uint64_t now)
{
    if (now < entry->expires) {
        node->path_mtus_unknown[origin] = now + PATH_MTU_LIFETIME; /* not before that one expires */
    }
}

#if PATH_MTUS_HAVE_INDEX
#define FREE_LIST 2u /* after the lists of both origins */

static uint32_t path_mtu_number(const struct v6nf_node *node, const struct v6nf_path_mtu *entry)
{
    return (uint32_t)(entry - node->path_mtus);
}

static uint32_t *path_mtu_chain(struct v6nf_node *node, const uint8_t *destination)
{
    const uint32_t hash = v6nf_hash_address(&node->hash_key, destination);
    return &node->path_mtu_index.chains[v6nf_hash_index(hash, V6NF_PATH_MTUS)];
}

/* Set the length of frames that need no look-up: if there is no path MTU, that of the link. */
static void set_free_frame(struct v6nf_node *node)
{
    bool are_known = node->path_mtus_count == 0u && !path_mtus_are_unknown(node);
    node->free_frame = are_known ? node->longest_frame : FRAME_CAPACITY_MIN;
    forget_last_hop(node); /* it may have another length */
}

/* Note that no path MTU of this origin is missing any more. */
static void set_known(struct v6nf_node *node, enum v6nf_origin origin)
{
    if (node->path_mtus_unknown[origin] != 0u) {
        node->path_mtus_unknown[origin] = 0;
        set_free_frame(node);
    }
}

static void init_index(struct v6nf_node *node)
{
    struct v6nf_path_mtu_index *index = &node->path_mtu_index;
    v6nf_chains_init(index->chains, V6NF_PATH_MTUS);
    for (uint32_t i = 0; i <= FREE_LIST; i++) {
        v6nf_list_init(&index->lists[i]);
    }
    for (uint32_t i = 0; i < V6NF_PATH_MTUS; i++) {
        v6nf_list_append(index->links, &index->lists[FREE_LIST], i);
    }
    node->path_mtus_count = 0;
    set_free_frame(node);
}

static struct v6nf_path_mtu *find(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin)
{
    uint32_t at = *path_mtu_chain(node, destination);
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < V6NF_PATH_MTUS; i++) {
        if (node->path_mtus[at].origin == origin &&
            v6nf_address_equal(node->path_mtus[at].destination.bytes, destination)) {
            return &node->path_mtus[at];
        }
        at = node->path_mtu_index.links[at].next;
    }
    return NULL;
}

/* List the entry as the newest of a list, and no longer in the other one. */
static void move_to(struct v6nf_node *node, const struct v6nf_path_mtu *entry, uint32_t from, uint32_t to)
{
    struct v6nf_path_mtu_index *index = &node->path_mtu_index;
    v6nf_list_remove(index->links, &index->lists[from], path_mtu_number(node, entry));
    v6nf_list_append(index->links, &index->lists[to], path_mtu_number(node, entry));
}

static void forget(struct v6nf_node *node, struct v6nf_path_mtu *entry)
{
    v6nf_chain_remove(node->path_mtu_index.links, path_mtu_chain(node, entry->destination.bytes),
                      path_mtu_number(node, entry));
    move_to(node, entry, entry->origin, FREE_LIST);
    entry->expires = 0;
    node->path_mtus_count--;
    set_free_frame(node);
}

/* Return the entry of the destination for packets of this origin, NULL if there is none that is valid at `now`. */
static struct v6nf_path_mtu *find_valid(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                        uint64_t now)
{
    struct v6nf_path_mtu *entry = node->path_mtus_count != 0u ? find(node, destination, origin) : NULL;
    if (entry != NULL && now >= entry->expires) {
        forget(node, entry); /* the path may have changed (RFC 8201, 5.3) */
        return NULL;
    }
    return entry;
}

static void touch(struct v6nf_node *node, struct v6nf_path_mtu *entry, uint64_t now)
{
    (void)now;
    move_to(node, entry, entry->origin, entry->origin);
}

/* Return an entry for a destination that has none; NULL if other keys fill its chain. */
static struct v6nf_path_mtu *make_entry(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                        uint64_t now)
{
    struct v6nf_path_mtu_index *index = &node->path_mtu_index;
    if (index->lists[origin].count >= PATH_MTUS_SHARE) {
        struct v6nf_path_mtu *oldest = &node->path_mtus[index->lists[origin].oldest % V6NF_PATH_MTUS];
        note_evicted(node, oldest, origin, now);
        forget(node, oldest);
    }
    const uint32_t number = index->lists[FREE_LIST].oldest;
    if (number >= V6NF_PATH_MTUS || !v6nf_chain_add(index->links, path_mtu_chain(node, destination), number)) {
        return NULL;
    }
    move_to(node, &node->path_mtus[number], FREE_LIST, origin);
    node->path_mtus_count++;
    set_free_frame(node);
    return &node->path_mtus[number];
}
#else
static void set_free_frame(struct v6nf_node *node)
{
    (void)node;
}

static void set_known(struct v6nf_node *node, enum v6nf_origin origin)
{
    (void)node, (void)origin;
}

static void init_index(struct v6nf_node *node)
{
    node->free_frame = FRAME_CAPACITY_MIN;
}

static struct v6nf_path_mtu *find_valid(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                        uint64_t now)
{
    const uint32_t first = origin == V6NF_ORIGIN_PROGRAM ? PATH_MTUS_SHARE : 0u;
    for (uint32_t i = first; i < first + PATH_MTUS_SHARE; i++) {
        struct v6nf_path_mtu *entry = &node->path_mtus[i];
        if (now < entry->expires && v6nf_address_equal(entry->destination.bytes, destination)) {
            return entry;
        }
    }
    return NULL;
}

static void touch(struct v6nf_node *node, struct v6nf_path_mtu *entry, uint64_t now)
{
    (void)node;
    if (PATH_MTUS_SHARE > 1u) {
        entry->used = now;
    }
}

static struct v6nf_path_mtu *make_entry(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                        uint64_t now)
{
    struct v6nf_path_mtu *first = &node->path_mtus[origin == V6NF_ORIGIN_PROGRAM ? PATH_MTUS_SHARE : 0u];
    struct v6nf_path_mtu *oldest = first;
    (void)destination;
    for (uint32_t i = 1; i < PATH_MTUS_SHARE; i++) {
        oldest = first[i].used < oldest->used ? &first[i] : oldest; /* a free one has 0 */
    }
    note_evicted(node, oldest, origin, now);
    return oldest;
}
#endif

void v6nf_path_mtu_init(struct v6nf_node *node)
{
    memset(node->path_mtus, 0, sizeof node->path_mtus);
    memset(node->path_mtus_unknown, 0, sizeof node->path_mtus_unknown);
    init_index(node);
}

void v6nf_path_mtu_set_link(struct v6nf_node *node, uint32_t mtu)
{
    node->mtu = mtu;
    node->longest_frame = mtu + V6NF_ETHER_HEADER_SIZE;
    forget_last_hop(node); /* it has a length of its own */
    set_free_frame(node);
}

uint32_t v6nf_path_mtu_longest_frame(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                     uint64_t now)
{
    struct v6nf_path_mtu *entry = find_valid(node, destination, origin, now);
    uint32_t longest = FRAME_CAPACITY_MIN;
    if (entry != NULL) {
        touch(node, entry, now);
        longest = entry->mtu + V6NF_ETHER_HEADER_SIZE;
    } else if (now >= node->path_mtus_unknown[origin]) {
        set_known(node, origin);
        longest = node->longest_frame;
    }
    return longest < node->longest_frame ? longest : node->longest_frame;
}

bool v6nf_path_mtu_too_big(struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote, uint32_t mtu,
                           enum v6nf_origin origin, uint64_t now)
{
    const uint8_t *packet = quote->packet;
    const uint8_t *destination = packet + V6NF_IPV6_DESTINATION;
    struct v6nf_path_mtu *entry = find_valid(node, destination, origin, now);
    uint32_t size = V6NF_IPV6_HEADER_SIZE + (uint32_t)v6nf_load16(packet + V6NF_IPV6_PAYLOAD_LENGTH);
    /* Accept it for a packet that the node can have sent, and that is longer than the MTU. Every link has the minimum
     * MTU. A message never raises the path MTU (RFC 8201, 4). */
    if (mtu < V6NF_IPV6_MTU_MIN || size <= mtu || size > node->mtu || mtu >= (entry != NULL ? entry->mtu : node->mtu)) {
        return false;
    }
    if (entry == NULL) {
        entry = make_entry(node, destination, origin, now);
        if (entry == NULL) {
            return false;
        }
        v6nf_address_copy(entry->destination.bytes, destination);
        entry->origin = (uint8_t)origin;
    }
    entry->mtu = mtu;
    entry->expires = now + PATH_MTU_LIFETIME;
    touch(node, entry, now);
    forget_last_hop(node); /* its longest frame may have changed */
    return true;
}

uint32_t v6nf_node_path_mtu(struct v6nf_node *node, const struct v6nf_address *destination, uint64_t now)
{
    return v6nf_path_mtu_longest_frame(node, destination->bytes, V6NF_ORIGIN_PROGRAM, now) - V6NF_ETHER_HEADER_SIZE;
}
