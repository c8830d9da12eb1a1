/* reassembly.c: datagrams received in fragments (RFC 8200, 4.5; RFC 5722: no overlaps; RFC 7112: the first fragment has
 * all headers) are copied into a fixed number of slots. In a large table, a chain has the reassemblies of a source. */
#include "reassembly.h"

#include <string.h>

#include "v6nf/wire/ext.h"
#include "v6nf/wire/udp.h"

#include "icmpv6_error.h"

#define REASSEMBLY_TIMEOUT (60u * V6NF_SECOND) /* RFC 8200, 4.5 */

/* Reassemblies that expire in one turn of a tick. */
#define EXPIRED_MAX 16u

/* Bits of `ecn`: RFC 3168, 5. */
#define NOT_ECT 1u
#define CE 8u

/* A fragment: packet->upper is its Fragment header. */
struct fragment {
    const uint8_t *header;
    const uint8_t *data;
    uint32_t start; /* in the fragmentable part */
    uint32_t end;
    bool has_more;
};

static const uint8_t *source_of(const struct packet *packet)
{
    return packet->frame + PACKET + V6NF_IPV6_SOURCE;
}

static struct fragment parse_fragment(const struct packet *packet)
{
    const uint8_t *header = packet->frame + packet->upper;
    struct fragment fragment = {
        .header = header,
        .data = header + V6NF_FRAGMENT_HEADER_SIZE,
        .start = v6nf_fragment_offset(header),
        .has_more = v6nf_fragment_has_more(header),
    };
    fragment.end = fragment.start + packet->end - packet->upper - V6NF_FRAGMENT_HEADER_SIZE;
    return fragment;
}

/* Return true if this first fragment has all headers, with that of the upper layer (RFC 7112, 5). */
static bool has_all_headers(const struct fragment *fragment)
{
    uint8_t upper_layer = V6NF_NEXT_HEADER_NONE;
    uint32_t at = 0;
    uint32_t length = fragment->end - fragment->start;
    enum v6nf_ext_chain chain =
        v6nf_ext_find_upper_layer(fragment->data, 0, length, fragment->header[V6NF_EXT_NEXT_HEADER], &at, &upper_layer);
    uint32_t size = upper_layer == V6NF_NEXT_HEADER_UDP      ? V6NF_UDP_HEADER_SIZE
                    : upper_layer == V6NF_NEXT_HEADER_ICMPV6 ? V6NF_ICMPV6_HEADER_SIZE
                                                             : 0u;
    return chain == V6NF_EXT_UPPER_LAYER && at + size <= length;
}

static uint32_t report_problem(struct v6nf_node *node, const struct packet *packet, uint8_t code, uint32_t pointer)
{
    return v6nf_icmpv6_error(node, packet, V6NF_ICMPV6_PARAMETER_PROBLEM, code, pointer, V6NF_DROP_FRAGMENT);
}

/* Check the fragment by itself. Return false, with *frame_length set, if it is invalid. */
static bool check_fragment(struct v6nf_node *node, const struct packet *packet, const struct fragment *fragment,
                           uint32_t *frame_length)
{
    if (fragment->has_more && (fragment->end - fragment->start) % 8u != 0u) {
        *frame_length = report_problem(node, packet, V6NF_ICMPV6_ERRONEOUS_FIELD, V6NF_IPV6_PAYLOAD_LENGTH);
        return false;
    }
    if (packet->upper - UPPER + fragment->end > 65535u) {
        *frame_length =
            report_problem(node, packet, V6NF_ICMPV6_ERRONEOUS_FIELD, packet->upper + V6NF_FRAGMENT_OFFSET - PACKET);
        return false;
    }
    if (fragment->start == 0u && !has_all_headers(fragment)) {
        *frame_length = report_problem(node, packet, V6NF_ICMPV6_INCOMPLETE_CHAIN, 0u);
        return false;
    }
    if (fragment->start == fragment->end || packet->upper > V6NF_REASSEMBLY_HEAD) {
        *frame_length = drop(node, V6NF_DROP_FRAGMENT);
        return false;
    }
    /* Check this before a slot is chosen: a fragment that cannot be kept evicts nothing. */
    if (packet->upper - PACKET + fragment->end > V6NF_REASSEMBLY_SIZE) {
        *frame_length = drop(node, V6NF_DROP_FRAGMENT_SIZE);
        return false;
    }
    return true;
}

static void release_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly);

static void forget_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly, enum v6nf_counter cause)
{
    release_reassembly(node, reassembly);
    count(node, cause);
}

static bool is_reassembly_of(const struct v6nf_reassembly *reassembly, const struct packet *packet)
{
    const uint8_t *header = packet->frame + packet->upper;
    return reassembly->used && reassembly->identification == v6nf_load32(header + V6NF_FRAGMENT_IDENTIFICATION) &&
           v6nf_address_equal(reassembly->source.bytes, source_of(packet)) &&
           v6nf_address_equal(reassembly->destination.bytes, packet->frame + PACKET + V6NF_IPV6_DESTINATION);
}

/* Who evicts whom: a source that has its share evicts its own. Any other evicts one of a source that has more than its
 * share; else any: unknown hosts must not lock out others. Of those it is the oldest. A source may use more than its
 * share while slots are free. */
#if REASSEMBLIES_HAVE_INDEX
static uint32_t *source_chain(struct v6nf_node *node, const uint8_t *source)
{
    const uint32_t hash = v6nf_hash_address(&node->hash_key, source);
    return &node->reassembly_index.chains[v6nf_hash_index(hash, V6NF_REASSEMBLIES)];
}

static void list_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly, uint32_t list)
{
    struct v6nf_reassembly_index *index = &node->reassembly_index;
    const uint32_t number = (uint32_t)(reassembly - node->reassemblies);
    v6nf_list_remove(index->links, &index->lists[reassembly->list], number);
    reassembly->list = (uint8_t)list;
    v6nf_list_append(index->links, &index->lists[list], number);
}

/* Reassemblies in the chain of a source. */
struct chained {
    struct v6nf_reassembly *same;       /* the one of the packet */
    struct v6nf_reassembly *oldest;     /* the oldest of the source */
    struct v6nf_reassembly *beyond;     /* the oldest of the source beyond its share */
    struct v6nf_reassembly *oldest_all; /* the oldest of the chain */
    uint32_t of_source;                 /* number of the source's */
    uint32_t of_all;                    /* number of all */
};

static bool is_older(const struct v6nf_reassembly *a, const struct v6nf_reassembly *b)
{
    return b == NULL || a->order < b->order;
}

/* Look at the chain of the source. packet: NULL for none. */
static struct chained walk_chain(struct v6nf_node *node, const uint8_t *source, const struct packet *packet)
{
    struct chained chained = {.same = NULL};
    uint32_t at = *source_chain(node, source);
    for (uint32_t i = 0; i < V6NF_CHAIN_MAX && at < V6NF_REASSEMBLIES; i++) {
        struct v6nf_reassembly *entry = &node->reassemblies[at];
        at = node->reassembly_index.links[at].next;
        chained.of_all++;
        chained.oldest_all = is_older(entry, chained.oldest_all) ? entry : chained.oldest_all;
        if (!v6nf_address_equal(entry->source.bytes, source)) {
            continue;
        }
        chained.of_source++;
        chained.oldest = is_older(entry, chained.oldest) ? entry : chained.oldest;
        if (entry->list == V6NF_REASSEMBLY_BEYOND && is_older(entry, chained.beyond)) {
            chained.beyond = entry;
        }
        if (packet != NULL && is_reassembly_of(entry, packet)) {
            chained.same = entry;
        }
    }
    return chained;
}

/* Make the slot free. One of the source's others beyond its share is within it now. */
static void release_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly)
{
    struct v6nf_reassembly_index *index = &node->reassembly_index;
    const uint32_t number = (uint32_t)(reassembly - node->reassemblies);
    const uint8_t *source = reassembly->source.bytes;
    bool was_within = reassembly->list == V6NF_REASSEMBLY_WITHIN;
    v6nf_chain_remove(index->links, source_chain(node, source), number);
    list_reassembly(node, reassembly, V6NF_REASSEMBLY_FREE);
    v6nf_timer_set(index->timers, &index->timers_count, number, V6NF_NEVER);
    reassembly->used = false;
    struct v6nf_reassembly *next = was_within ? walk_chain(node, source, NULL).beyond : NULL;
    if (next != NULL) {
        list_reassembly(node, next, V6NF_REASSEMBLY_WITHIN);
    }
}

static struct v6nf_reassembly *first_of(struct v6nf_node *node, enum v6nf_reassembly_list list)
{
    const uint32_t first = node->reassembly_index.lists[list].oldest;
    return first < V6NF_REASSEMBLIES ? &node->reassemblies[first] : NULL;
}

/* Return the slot to evict. The chain of the source, as found, must have space, too. */
static struct v6nf_reassembly *find_victim(struct v6nf_node *node, const struct chained *chained)
{
    if (chained->of_all >= V6NF_CHAIN_MAX) {
        return chained->oldest != NULL ? chained->oldest : chained->oldest_all;
    }
    if (first_of(node, V6NF_REASSEMBLY_FREE) != NULL) {
        return NULL;
    }
    if (chained->of_source >= V6NF_REASSEMBLIES_PER_SOURCE) {
        return chained->oldest;
    }
    struct v6nf_reassembly *victim = first_of(node, V6NF_REASSEMBLY_BEYOND);
    return victim != NULL ? victim : first_of(node, V6NF_REASSEMBLY_WITHIN);
}

/* Return the reassembly of the packet, NULL if it has none. Then *slot is a free slot for it, after an eviction if
 * necessary. */
static struct v6nf_reassembly *find_reassembly(struct v6nf_node *node, const struct packet *packet,
                                               struct v6nf_reassembly **slot)
{
    struct chained chained = walk_chain(node, source_of(packet), packet);
    if (chained.same != NULL) {
        return chained.same;
    }
    struct v6nf_reassembly *victim = find_victim(node, &chained);
    if (victim != NULL) {
        forget_reassembly(node, victim, V6NF_DROP_REASSEMBLY_FULL);
    }
    *slot = first_of(node, V6NF_REASSEMBLY_FREE);
    return NULL;
}

/* Index a slot that is in use now. */
static void index_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly)
{
    struct v6nf_reassembly_index *index = &node->reassembly_index;
    const uint32_t number = (uint32_t)(reassembly - node->reassemblies);
    const uint8_t *source = reassembly->source.bytes;
    bool has_share = walk_chain(node, source, NULL).of_source >= V6NF_REASSEMBLIES_PER_SOURCE;
    (void)v6nf_chain_add(index->links, source_chain(node, source), number); /* find_victim() made space */
    list_reassembly(node, reassembly, has_share ? V6NF_REASSEMBLY_BEYOND : V6NF_REASSEMBLY_WITHIN);
    v6nf_timer_set(index->timers, &index->timers_count, number, reassembly->due);
}

void v6nf_reassembly_init(struct v6nf_node *node)
{
    struct v6nf_reassembly_index *index = &node->reassembly_index;
    v6nf_chains_init(index->chains, V6NF_REASSEMBLIES);
    v6nf_timer_queue_init(index->timers, &index->timers_count, V6NF_REASSEMBLIES);
    for (uint32_t i = 0; i < V6NF_REASSEMBLY_LISTS; i++) {
        v6nf_list_init(&index->lists[i]);
    }
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        v6nf_list_append(index->links, &index->lists[V6NF_REASSEMBLY_FREE], i);
    }
}

/* Return a reassembly that is due at `now`, NULL if none is. */
static struct v6nf_reassembly *find_due(struct v6nf_node *node, uint64_t now)
{
    const struct v6nf_reassembly_index *index = &node->reassembly_index;
    const uint32_t first = v6nf_timer_first(index->timers, index->timers_count);
    return first < V6NF_REASSEMBLIES && index->timers[first].due <= now ? &node->reassemblies[first] : NULL;
}

uint64_t v6nf_reassembly_due(const struct v6nf_node *node)
{
    return v6nf_timer_next_due(node->reassembly_index.timers, node->reassembly_index.timers_count);
}
#else
static void release_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly)
{
    (void)node;
    reassembly->used = false;
}

/* Return the number of reassemblies of the source. */
static uint32_t count_from(const struct v6nf_node *node, const uint8_t *source)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (node->reassemblies[i].used && v6nf_address_equal(node->reassemblies[i].source.bytes, source)) {
            found++;
        }
    }
    return found;
}

/* Return the slot to evict for a datagram of `source`. All are in use. */
static struct v6nf_reassembly *find_victim(struct v6nf_node *node, const uint8_t *source)
{
    bool has_share = count_from(node, source) >= V6NF_REASSEMBLIES_PER_SOURCE;
    struct v6nf_reassembly *victim = NULL;
    bool victim_is_first = false;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        struct v6nf_reassembly *reassembly = &node->reassemblies[i];
        bool is_first = has_share ? v6nf_address_equal(reassembly->source.bytes, source)
                                  : count_from(node, reassembly->source.bytes) > V6NF_REASSEMBLIES_PER_SOURCE;
        if (victim == NULL || (is_first && !victim_is_first) ||
            (is_first == victim_is_first && reassembly->order < victim->order)) {
            victim = reassembly;
            victim_is_first = is_first;
        }
    }
    return victim;
}

static struct v6nf_reassembly *find_reassembly(struct v6nf_node *node, const struct packet *packet,
                                               struct v6nf_reassembly **slot)
{
    *slot = NULL;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        struct v6nf_reassembly *reassembly = &node->reassemblies[i];
        if (is_reassembly_of(reassembly, packet)) {
            return reassembly;
        }
        *slot = reassembly->used ? *slot : reassembly;
    }
    if (*slot == NULL) {
        *slot = find_victim(node, source_of(packet));
        forget_reassembly(node, *slot, V6NF_DROP_REASSEMBLY_FULL);
    }
    return NULL;
}

static void index_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly)
{
    (void)node, (void)reassembly;
}

static struct v6nf_reassembly *find_due(struct v6nf_node *node, uint64_t now)
{
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (node->reassemblies[i].used && node->reassemblies[i].due <= now) {
            return &node->reassemblies[i];
        }
    }
    return NULL;
}

uint64_t v6nf_reassembly_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (node->reassemblies[i].used) {
            due = earlier(due, node->reassemblies[i].due);
        }
    }
    return due;
}
#endif

/* Return the reassembly of the packet, a new one if there is none. */
static struct v6nf_reassembly *find_or_begin(struct v6nf_node *node, const struct packet *packet)
{
    struct v6nf_reassembly *slot = NULL;
    struct v6nf_reassembly *reassembly = find_reassembly(node, packet, &slot);
    if (reassembly != NULL || slot == NULL) {
        return reassembly;
    }
    slot->used = true;
    slot->due = packet->now + REASSEMBLY_TIMEOUT;
    slot->order = node->reassembly_order;
    node->reassembly_order++;
    v6nf_address_copy(slot->source.bytes, source_of(packet));
    v6nf_address_copy(slot->destination.bytes, packet->frame + PACKET + V6NF_IPV6_DESTINATION);
    slot->identification = v6nf_load32(packet->frame + packet->upper + V6NF_FRAGMENT_IDENTIFICATION);
    slot->head = 0;
    slot->total = 0;
    slot->received = 0;
    slot->pieces_count = 0;
    slot->ecn = 0;
    index_reassembly(node, slot);
    set_due(node, slot->due);
    return slot;
}

/* How a fragment fits those that were received before. */
enum fit { FITS, DUPLICATE, CONTRADICTS };

static enum fit check_fit(const struct v6nf_reassembly *reassembly, const struct fragment *fragment)
{
    for (uint32_t i = 0; i < reassembly->pieces_count; i++) {
        const struct v6nf_piece *piece = &reassembly->pieces[i];
        if (piece->start == fragment->start && piece->end == fragment->end) {
            bool was_last = reassembly->total == piece->end; /* false while it is 0: no piece is empty */
            bool is_same =
                was_last != fragment->has_more && memcmp(reassembly->bytes + V6NF_REASSEMBLY_HEAD + fragment->start,
                                                         fragment->data, fragment->end - fragment->start) == 0;
            return is_same ? DUPLICATE : CONTRADICTS;
        }
        if (fragment->start < piece->end && piece->start < fragment->end) {
            return CONTRADICTS;
        }
        if (!fragment->has_more && piece->end > fragment->end) {
            return CONTRADICTS;
        }
    }
    bool past_the_end = reassembly->total != 0u && (fragment->end > reassembly->total || !fragment->has_more);
    return past_the_end ? CONTRADICTS : FITS;
}

/* Copy the fragment to its position. */
static void keep_fragment(struct v6nf_reassembly *reassembly, const struct packet *packet,
                          const struct fragment *fragment)
{
    struct v6nf_piece *piece = &reassembly->pieces[reassembly->pieces_count];
    reassembly->pieces_count++;
    piece->start = (uint16_t)fragment->start;
    piece->end = (uint16_t)fragment->end;
    memcpy(reassembly->bytes + V6NF_REASSEMBLY_HEAD + fragment->start, fragment->data, fragment->end - fragment->start);
    reassembly->received += fragment->end - fragment->start;
    reassembly->ecn = (uint8_t)(reassembly->ecn | 1u << (packet->frame[PACKET + 1u] >> 4 & 3u));
    if (!fragment->has_more) {
        reassembly->total = fragment->end;
    }
    if (fragment->start == 0u) {
        /* The unfragmentable part is that of the first fragment (RFC 8200, 4.5). */
        reassembly->head = packet->upper;
        reassembly->head_next_header_at = packet->next_header_at;
        memcpy(reassembly->bytes + V6NF_REASSEMBLY_HEAD - packet->upper, packet->frame, packet->upper);
        memcpy(reassembly->header, fragment->header, V6NF_FRAGMENT_HEADER_SIZE);
    }
}

/* Check the complete packet. Return the cause of its drop, NO_DROP if it is valid. */
static enum v6nf_counter fault_of_whole(const struct v6nf_reassembly *reassembly)
{
    if (reassembly->head - PACKET + reassembly->total > V6NF_REASSEMBLY_SIZE) {
        return V6NF_DROP_FRAGMENT_SIZE; /* the first fragment has longer headers than the last */
    }
    /* Do not lose a congestion mark, nor report it to a sender without ECN (RFC 3168, 5.3). */
    bool contradicts = (reassembly->ecn & CE) != 0u && (reassembly->ecn & NOT_ECT) != 0u;
    return contradicts ? V6NF_DROP_FRAGMENT_OVERLAP : NO_DROP;
}

/* Make the packet the complete one, in the buffer of the reassembly, at the header after the Fragment header. */
static void complete_packet(struct v6nf_node *node, struct v6nf_reassembly *reassembly, struct packet *packet)
{
    uint32_t head = reassembly->head;
    uint8_t *frame = reassembly->bytes + V6NF_REASSEMBLY_HEAD - head;
    packet->next_header_at = reassembly->head_next_header_at;
    frame[packet->next_header_at] = reassembly->header[V6NF_EXT_NEXT_HEADER];
    v6nf_store16(frame + PACKET + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(head - UPPER + reassembly->total));
    if ((reassembly->ecn & CE) != 0u) {
        frame[PACKET + 1u] |= 0x30u;
    }
    packet->frame = frame;
    packet->upper = head;
    packet->end = head + reassembly->total;
    packet->capacity = head + V6NF_REASSEMBLY_DATA;
    release_reassembly(node, reassembly); /* the packet uses the buffer until it has been processed */
}

bool v6nf_reassembly_add(struct v6nf_node *node, struct packet *packet, uint32_t *frame_length)
{
    struct fragment fragment = parse_fragment(packet);
    *frame_length = 0;
    if (!check_fragment(node, packet, &fragment, frame_length)) {
        return false;
    }
    struct v6nf_reassembly *reassembly = find_or_begin(node, packet);
    enum fit how = check_fit(reassembly, &fragment);
    bool is_full = reassembly->pieces_count == V6NF_REASSEMBLY_PIECES;
    if (how == CONTRADICTS || (how == FITS && is_full)) {
        release_reassembly(node, reassembly);
        *frame_length = drop(node, how == CONTRADICTS ? V6NF_DROP_FRAGMENT_OVERLAP : V6NF_DROP_FRAGMENT_SIZE);
        return false;
    }
    if (how == FITS) {
        keep_fragment(reassembly, packet, &fragment);
    }
    if (reassembly->head == 0u || reassembly->total == 0u || reassembly->received != reassembly->total) {
        *frame_length = deliver(node);
        return false;
    }
    enum v6nf_counter fault = fault_of_whole(reassembly);
    if (fault != NO_DROP) {
        release_reassembly(node, reassembly);
        *frame_length = drop(node, fault);
        return false;
    }
    complete_packet(node, reassembly, packet);
    return true;
}

/* Write the first fragment as received, as far as an error can quote it, and answer it (RFC 4443, 3.3). */
static uint32_t time_exceeded(struct v6nf_node *node, const struct v6nf_reassembly *reassembly, uint8_t *frame,
                              uint32_t capacity, uint64_t now)
{
    uint32_t head = reassembly->head;
    uint32_t size = 0;
    for (uint32_t i = 0; i < reassembly->pieces_count; i++) {
        if (reassembly->pieces[i].start == 0u) {
            size = reassembly->pieces[i].end;
        }
    }
    uint32_t start = head + V6NF_FRAGMENT_HEADER_SIZE;
    size = start + size <= FRAME_CAPACITY_MIN ? size : FRAME_CAPACITY_MIN - start;
    memcpy(frame, reassembly->bytes + V6NF_REASSEMBLY_HEAD - head, head);
    memcpy(frame + head, reassembly->header, V6NF_FRAGMENT_HEADER_SIZE);
    memcpy(frame + start, reassembly->bytes + V6NF_REASSEMBLY_HEAD, size);
    struct packet packet = {
        .frame = frame,
        .capacity = capacity,
        .end = start + size,
        .upper = start,
        .next_header_at = head + V6NF_EXT_NEXT_HEADER,
        .now = now,
    };
    return v6nf_icmpv6_error(node, &packet, V6NF_ICMPV6_TIME_EXCEEDED, V6NF_ICMPV6_REASSEMBLY_TIME, 0u,
                             V6NF_DROP_FRAGMENT);
}

uint32_t v6nf_reassembly_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    for (uint32_t i = 0; i < EXPIRED_MAX; i++) {
        struct v6nf_reassembly *reassembly = find_due(node, now);
        if (reassembly == NULL) {
            break;
        }
        forget_reassembly(node, reassembly, V6NF_DROP_REASSEMBLY_TIME);
        /* Without the first fragment there is nothing to quote (RFC 8200, 4.5). */
        uint32_t length = reassembly->head != 0u ? time_exceeded(node, reassembly, frame, capacity, now) : 0u;
        if (length != 0u) {
            return length;
        }
    }
    return 0;
}
