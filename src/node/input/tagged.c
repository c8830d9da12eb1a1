/* tagged.c: frames with a priority tag (IEEE 802.1Q), apart from the fast path in input.c. */
#include <string.h>

#include "../base/internal.h"

/* A priority tag has VLAN 0: the frame has a priority and is in no VLAN (IEEE 802.1Q, 9.6). */
#define PRIORITY_TAG (V6NF_ETHER_TYPE_VLAN << 16)
#define PRIORITY_TAG_MASK (0xFFFF0000u + V6NF_ETHER_TAG_VLAN)

uint32_t v6nf_tagged_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    uint8_t *tag = frame + V6NF_ETHER_TYPE;
    const uint8_t *behind = tag + V6NF_ETHER_TAG_SIZE;
    if (length < V6NF_ETHER_HEADER_SIZE + V6NF_ETHER_TAG_SIZE ||
        (v6nf_load32(tag) & PRIORITY_TAG_MASK) != PRIORITY_TAG || v6nf_load16(behind) != V6NF_ETHER_TYPE_IPV6) {
        return drop(node, V6NF_DROP_ETHER_TYPE);
    }
    length -= V6NF_ETHER_TAG_SIZE;
    memmove(tag, behind, length - V6NF_ETHER_TYPE);
    return v6nf_ipv6_input(node, frame, length, capacity, now);
}
