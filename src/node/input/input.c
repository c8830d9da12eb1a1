/* input.c: a frame is received: Ethernet (RFC 2464), a priority tag (IEEE 802.1Q) and the IPv6 header (RFC 8200). What
 * follows is processed by the upper layers. */
#include "input.h"

#include <string.h>

#include "../protocol/autoconf.h"
#include "../protocol/udp.h"
#include "../protocol/udp_plain.h"
#include "../protocol/udp_verified.h"
#include "../state/own_address.h"
#include "ext.h"
#include "icmpv6.h"
#include "uncommon.h"

/* A priority tag has VLAN 0: the frame has a priority and is in no VLAN (IEEE 802.1Q, 9.6). */
#define PRIORITY_TAG (V6NF_ETHER_TYPE_VLAN << 16)
#define PRIORITY_TAG_MASK (0xFFFF0000u + V6NF_ETHER_TAG_VLAN)

static uint32_t drop_malformed(struct v6nf_node *node, enum v6nf_ipv6_fault fault)
{
    switch (fault) {
    case V6NF_IPV6_VERSION:
        return drop_inline(node, V6NF_DROP_IPV6_VERSION);
    case V6NF_IPV6_SOURCE_BAD:
        return drop_inline(node, V6NF_DROP_IPV6_SOURCE);
    default:
        return drop_inline(node, V6NF_DROP_IPV6_LENGTH);
    }
}

/* Return true if the node processes packets to this unicast address: one that is valid (RFC 4862, 5.4). Others are in
 * uncommon.c, so that these are the fast path. */
static inline bool is_ours(const struct v6nf_node *node, const uint8_t *destination, uint64_t now)
{
    const struct v6nf_interface_address *own = own_address_entry(node, destination);
    return own != NULL && own->state >= V6NF_ADDRESS_DEPRECATED && now < own->valid_until;
}

/* Hand the packet, up to byte `end`, to its upper layer. */
static uint32_t input_upper_layer(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now)
{
    struct packet packet = packet_of(frame, end, capacity, now);
    switch (frame[PACKET + V6NF_IPV6_NEXT_HEADER]) {
    case V6NF_NEXT_HEADER_ICMPV6:
        return v6nf_icmpv6_input(node, &packet);
    case V6NF_NEXT_HEADER_UDP:
        return v6nf_udp_input(node, &packet);
    default:
        return v6nf_ext_input(node, &packet);
    }
}

#ifdef __OPTIMIZE_SIZE__
/* Process a packet whose IPv6 header is valid. */
static inline uint32_t input_valid(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity,
                                   uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    expire_in_time(node, now);
    bool is_wanted = v6nf_address_is_multicast(destination) ? v6nf_own_address_has_group(node, destination)
                                                            : is_ours(node, destination, now);
    return is_wanted ? input_upper_layer(node, frame, end, capacity, now)
                     : v6nf_uncommon_input(node, frame, end, capacity, now);
}
#else
static inline bool is_solicitation(const uint8_t *frame, uint32_t end)
{
    return end > UPPER && frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_ICMPV6 &&
           frame[UPPER] == V6NF_ICMPV6_NEIGHBOR_SOLICITATION;
}

/* Process a packet to a group or to an address of several nodes: it may be in uncommon.c. Its answer has an address of
 * the node as source, which must not be past its end: dad_input.c looks at those of advertisements. Not inlined,
 * because the fast path would then save registers for it. */
static __attribute__((noinline)) uint32_t input_shared(struct v6nf_node *node, uint8_t *frame, uint32_t end,
                                                       uint32_t capacity, uint64_t now)
{
    if (now >= node->next_due && !is_solicitation(frame, end)) {
        v6nf_autoconf_expire(node, now);
    }
    return v6nf_own_address_has_group(node, frame + PACKET + V6NF_IPV6_DESTINATION)
               ? input_upper_layer(node, frame, end, capacity, now)
               : v6nf_uncommon_input(node, frame, end, capacity, now);
}

/* Process a packet whose IPv6 header is valid. Each call is the last step, so that no register is saved. */
static inline uint32_t input_valid(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity,
                                   uint64_t now)
{
    const uint8_t *destination = frame + PACKET + V6NF_IPV6_DESTINATION;
    if (v6nf_address_is_multicast(destination) || !is_ours(node, destination, now)) {
        return input_shared(node, frame, end, capacity, now);
    }
    return frame[PACKET + V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_UDP
               ? v6nf_udp_plain_input(node, frame, capacity, now)
               : input_upper_layer(node, frame, end, capacity, now);
}
#endif

static inline uint32_t input_ipv6(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                  uint64_t now)
{
    uint32_t size = 0;
    enum v6nf_ipv6_fault fault = v6nf_ipv6_check(frame + PACKET, length - PACKET, &size);
    return fault == V6NF_IPV6_GOOD ? input_valid(node, frame, PACKET + size, capacity, now)
                                   : drop_malformed(node, fault);
}

/* Process a frame whose EtherType is not that of IPv6. Remove a priority tag before an IPv6 packet: the answer has
 * none. Drop any other frame. Not inlined, because the fast path would then save registers for it: 7 instructions. */
static __attribute__((noinline)) uint32_t input_tagged(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                       uint32_t capacity, uint64_t now)
{
    uint8_t *tag = frame + V6NF_ETHER_TYPE;
    const uint8_t *behind = tag + V6NF_ETHER_TAG_SIZE;
    if (length < V6NF_ETHER_HEADER_SIZE + V6NF_ETHER_TAG_SIZE ||
        (v6nf_load32(tag) & PRIORITY_TAG_MASK) != PRIORITY_TAG || v6nf_load16(behind) != V6NF_ETHER_TYPE_IPV6) {
        return drop_inline(node, V6NF_DROP_ETHER_TYPE);
    }
    length -= V6NF_ETHER_TAG_SIZE;
    memmove(tag, behind, length - V6NF_ETHER_TYPE);
    return input_ipv6(node, frame, length, capacity, now);
}

/* Process a frame, any frame. */
static inline uint32_t input_any(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                 uint64_t now)
{
    if (length < V6NF_ETHER_HEADER_SIZE || length > capacity) {
        return drop_inline(node, V6NF_DROP_ETHER_LENGTH);
    }
    /* The IPv6 destination distinguishes groups: many of them share an Ethernet address (RFC 2464, 7). */
    if (!v6nf_ether_address_equal(frame + V6NF_ETHER_DESTINATION, node->mac) &&
        !v6nf_ether_is_group(frame + V6NF_ETHER_DESTINATION)) {
        return drop_inline(node, V6NF_DROP_ETHER_DESTINATION);
    }
    if (v6nf_load16(frame + V6NF_ETHER_TYPE) != V6NF_ETHER_TYPE_IPV6) {
        return input_tagged(node, frame, length, capacity, now);
    }
    return input_ipv6(node, frame, length, capacity, now);
}

#if V6NF_CHECKSUM_OFFLOAD
/* Return true if the frame has a whole UDP datagram to an address of the node, directly behind the IPv6 header. length:
 * bytes of the frame. */
static inline bool is_plain_udp(const struct v6nf_node *node, const uint8_t *frame, uint32_t length, uint64_t now)
{
    const uint8_t *ipv6 = frame + PACKET;
    uint32_t size = 0;
    return length >= UPPER && v6nf_ether_address_equal(frame + V6NF_ETHER_DESTINATION, node->mac) &&
           v6nf_load16(frame + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_IPV6 &&
           v6nf_ipv6_check(ipv6, length - PACKET, &size) == V6NF_IPV6_GOOD &&
           ipv6[V6NF_IPV6_NEXT_HEADER] == V6NF_NEXT_HEADER_UDP &&
           !v6nf_address_is_multicast(ipv6 + V6NF_IPV6_DESTINATION) && is_ours(node, ipv6 + V6NF_IPV6_DESTINATION, now);
}

/* Process a frame whose length has flags (port.h). A wrong checksum is verified again. */
static __attribute__((noinline)) uint32_t input_flagged(struct v6nf_node *node, uint8_t *frame, uint32_t flagged,
                                                        uint32_t capacity, uint64_t now)
{
    const uint32_t length = flagged & LENGTH_BYTES;
    const bool is_partial = (flagged & CHECKSUM_PARTIAL) != 0u;
    if ((is_partial || (flagged & CHECKSUM_GOOD) != 0u) && length <= capacity &&
        is_plain_udp(node, frame, length, now)) {
        return v6nf_udp_verified_input(node, frame, capacity, is_partial, now);
    }
    if (is_partial && length <= capacity) {
        v6nf_udp_complete(frame, length);
    }
    return input_any(node, frame, length, capacity, now);
}
#endif

/* Process a frame, with flags or not. */
static inline uint32_t input_flagged_or_not(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                            uint64_t now)
{
#if V6NF_CHECKSUM_OFFLOAD
    if (length > LENGTH_BYTES) {
        return input_flagged(node, frame, length, capacity, now);
    }
#endif
    return input_any(node, frame, length, capacity, now);
}

#ifdef __OPTIMIZE_SIZE__
uint32_t v6nf_node_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    count(node, V6NF_RECEIVED);
    return input_flagged_or_not(node, frame, length, capacity, now);
}
#else
/* Process a frame that is not for the fast path. */
static __attribute__((noinline)) uint32_t input_unusual(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                        uint32_t capacity, uint64_t now)
{
    return input_flagged_or_not(node, frame, length, capacity, now);
}

/* Return true if the frame is for the node or a group, and its content is IPv6. It has at least 14 bytes. */
static inline bool is_usual(const struct v6nf_node *node, const uint8_t *frame)
{
    const uint64_t first = v6nf_word64(frame); /* with the destination in its lower 48 bits */
    return ((first ^ v6nf_word64(node->source_and_type)) << 16 == 0u || (first & 1u) != 0u) &&
           v6nf_load16(frame + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_IPV6;
}

uint32_t v6nf_node_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    count(node, V6NF_RECEIVED);
    if (length < UPPER || length > capacity || !is_usual(node, frame)) {
        return input_unusual(node, frame, length, capacity, now);
    }
    return input_ipv6(node, frame, length, capacity, now);
}
#endif

#if V6NF_LOOPBACK > 0u
uint32_t v6nf_input_looped(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    return input_ipv6(node, frame, length, capacity, now);
}
#endif
