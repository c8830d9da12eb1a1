/* reassembly.c: datagrams received in fragments (RFC 8200, 4.5; RFC 5722: no overlaps; RFC 7112: the first fragment has
 * all headers) are copied into a fixed number of slots. */
#include "reassembly.h"

#include <string.h>

#include "v6nf/wire/ext.h"
#include "v6nf/wire/udp.h"

#include "icmpv6_error.h"

#define REASSEMBLY_TIMEOUT (60u * V6NF_SECOND) /* RFC 8200, 4.5 */

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

static void forget_reassembly(struct v6nf_node *node, struct v6nf_reassembly *reassembly, enum v6nf_counter cause)
{
    reassembly->used = false;
    count(node, cause);
}

static bool is_reassembly_of(const struct v6nf_reassembly *reassembly, const struct packet *packet)
{
    const uint8_t *header = packet->frame + packet->upper;
    return reassembly->used && reassembly->identification == v6nf_load32(header + V6NF_FRAGMENT_IDENTIFICATION) &&
           v6nf_address_equal(reassembly->source.bytes, source_of(packet)) &&
           v6nf_address_equal(reassembly->destination.bytes, packet->frame + PACKET + V6NF_IPV6_DESTINATION);
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

/* Return the slot to evict for a datagram of `source`: one of its own if it has its share, else one of a source that
 * has more than its share, else any. Of those it is the oldest. All are in use. */
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

/* Return a free slot, else an evicted one. A source may use more than its share while slots are free. */
static struct v6nf_reassembly *reassembly_slot(struct v6nf_node *node, const uint8_t *source)
{
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (!node->reassemblies[i].used) {
            return &node->reassemblies[i];
        }
    }
    struct v6nf_reassembly *victim = find_victim(node, source);
    forget_reassembly(node, victim, V6NF_DROP_REASSEMBLY_FULL);
    return victim;
}

/* Return the reassembly of the packet, a new one if there is none. */
static struct v6nf_reassembly *find_or_begin(struct v6nf_node *node, const struct packet *packet)
{
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (is_reassembly_of(&node->reassemblies[i], packet)) {
            return &node->reassemblies[i];
        }
    }
    struct v6nf_reassembly *reassembly = reassembly_slot(node, source_of(packet));
    reassembly->used = true;
    reassembly->due = packet->now + REASSEMBLY_TIMEOUT;
    reassembly->order = node->reassembly_order;
    node->reassembly_order++;
    v6nf_address_copy(reassembly->source.bytes, source_of(packet));
    v6nf_address_copy(reassembly->destination.bytes, packet->frame + PACKET + V6NF_IPV6_DESTINATION);
    reassembly->identification = v6nf_load32(packet->frame + packet->upper + V6NF_FRAGMENT_IDENTIFICATION);
    reassembly->head = 0;
    reassembly->total = 0;
    reassembly->received = 0;
    reassembly->pieces_count = 0;
    reassembly->ecn = 0;
    set_due(node, reassembly->due);
    return reassembly;
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
static void complete_packet(struct v6nf_reassembly *reassembly, struct packet *packet)
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
    reassembly->used = false; /* the packet uses the buffer until it has been processed */
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
        reassembly->used = false;
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
        reassembly->used = false;
        *frame_length = drop(node, fault);
        return false;
    }
    complete_packet(reassembly, packet);
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
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        struct v6nf_reassembly *reassembly = &node->reassemblies[i];
        if (!reassembly->used || now < reassembly->due) {
            continue;
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

uint64_t v6nf_reassembly_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_REASSEMBLIES; i++) {
        if (node->reassemblies[i].used && node->reassemblies[i].due < due) {
            due = node->reassemblies[i].due;
        }
    }
    return due;
}
