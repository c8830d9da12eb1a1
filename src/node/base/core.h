/* core.h: what every module of the node needs: positions in a frame, counting, times, and the last step of sending. */
#ifndef V6NF_NODE_BASE_CORE_H
#define V6NF_NODE_BASE_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/node.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/ndp.h"

/* Where the IPv6 packet starts in a frame, and where the header after the IPv6 header starts. */
#define PACKET V6NF_ETHER_HEADER_SIZE
#define UPPER (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE)

/* The largest frame that the node originates: one of the minimum link MTU. */
#define FRAME_CAPACITY_MIN (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_MTU_MIN)

/* No address of the node: the index after the last. */
#define NO_ADDRESS V6NF_ADDRESSES

/* No cause of a drop. */
#define NO_DROP V6NF_COUNTER_COUNT

/* Count. Return 0. */
uint32_t v6nf_count(struct v6nf_node *node, enum v6nf_counter counter);

/* Count. Where size counts, this is a call: it is 12 bytes shorter. */
static inline void count(struct v6nf_node *node, enum v6nf_counter counter)
{
#ifdef __OPTIMIZE_SIZE__
    (void)v6nf_count(node, counter);
#else
    node->counters[counter]++;
#endif
}

/* Count a drop. Return 0: nothing is sent. */
static inline uint32_t drop(struct v6nf_node *node, enum v6nf_counter cause)
{
    return v6nf_count(node, cause);
}

/* The same in a function on the fast path, which would save registers for a call: 4 instructions. */
static inline uint32_t drop_inline(struct v6nf_node *node, enum v6nf_counter cause)
{
#ifdef __OPTIMIZE_SIZE__
    return v6nf_count(node, cause);
#else
    count(node, cause);
    return 0;
#endif
}

/* Return the status of a send call whose packet is dropped for `cause`. */
enum v6nf_send_status v6nf_send_status_of(enum v6nf_counter cause);

/* Return true if a packet of the program with this status was sent, or is kept. */
static inline bool send_status_is_good(enum v6nf_send_status status)
{
    return status <= V6NF_SEND_WAITS;
}

/* Return the origin of a packet with this status. */
static inline enum v6nf_origin origin_of(const enum v6nf_send_status *status)
{
    return status != NULL ? V6NF_ORIGIN_PROGRAM : V6NF_ORIGIN_REPLY;
}

/* Count why a packet is not sent.
 * status: what becomes of a packet of the program, set here; NULL for any other packet. The argument travels with each
 * packet that is sent: packets of the program have precedence over answers to other hosts where space is scarce.
 * Return 0: nothing is sent. */
uint32_t v6nf_refuse(struct v6nf_node *node, enum v6nf_counter cause, enum v6nf_send_status *status);

/* Count a packet that was processed. Return 0: nothing is sent. */
static inline uint32_t deliver(struct v6nf_node *node)
{
    return drop_inline(node, V6NF_DELIVERED);
}

static inline void count_change(struct v6nf_node *node, enum v6nf_change change)
{
    node->changes[change]++;
}

/* Return the flags of a Neighbor Advertisement that answers (RFC 4861, 7.2.4). */
static inline uint32_t answer_flags(const struct v6nf_node *node)
{
#if V6NF_FORWARDING
    return node->answer_flags;
#else
    (void)node;
    return V6NF_NDP_OVERRIDE | V6NF_NDP_SOLICITED;
#endif
}

/* Return true if the node is an interface of a router. */
static inline bool is_router(const struct v6nf_node *node)
{
#if V6NF_FORWARDING
    return node->router;
#else
    (void)node;
    return false;
#endif
}

/* Return the earlier of two times. */
static inline uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Note that something is due at `time`. */
void v6nf_set_due(struct v6nf_node *node, uint64_t time);

/* The same. Where size counts, this is a call. */
static inline void set_due(struct v6nf_node *node, uint64_t time)
{
#ifdef __OPTIMIZE_SIZE__
    v6nf_set_due(node, time);
#else
    if (time < node->next_due) {
        node->next_due = time;
    }
#endif
}

/* Return the end of a lifetime of `seconds` that begins at `now`: V6NF_NEVER if it is infinite (RFC 4861, 4.6.2). */
uint64_t v6nf_lifetime_end(uint64_t now, uint32_t seconds);

/* Return 8 bytes as a number, the first one highest. */
static inline uint64_t load_high_first(const uint8_t *bytes)
{
    return ((uint64_t)v6nf_load32(bytes) << 32) + v6nf_load32(bytes + 4);
}

/* Return the bits in which 8 bytes differ, the first one highest. */
static inline uint64_t difference_of(const uint8_t *a, const uint8_t *b)
{
    return load_high_first(a) ^ load_high_first(b);
}

/* Return true if the first `length` bits, at most 128, are equal. */
static inline bool prefix_matches(const uint8_t *prefix, uint32_t length, const uint8_t *address)
{
#ifdef __OPTIMIZE_SIZE__
    return v6nf_address_common_prefix(prefix, address) >= length;
#else
    if (length <= 64u) {
        return length == 0u || difference_of(prefix, address) >> (64u - length) == 0u;
    }
    return v6nf_word64(prefix) == v6nf_word64(address) &&
           difference_of(prefix + 8, address + 8) >> (128u - length) == 0u;
#endif
}

/* Write the Ethernet header except its destination. Return the length: the frame is sent. */
static inline uint32_t finish_frame(const struct v6nf_node *node, uint8_t *frame, uint32_t length)
{
    v6nf_copy8(frame + V6NF_ETHER_SOURCE, node->source_and_type);
    return length;
}

#endif
