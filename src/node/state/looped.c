/* looped.c: packets of the program to the node's own addresses, in a fixed number of slots. */
#include "looped.h"

#include <string.h>

#include "notify.h"
#include "own_address.h"

#if V6NF_LOOPBACK > 0u
/* Return what the packet is once it is looped; NOT_LOOPED if it must not be. An answer is looped once, and only the
 * answer to a packet that was looped: a forged frame from the link must not start a loop. */
static enum looped_mark mark_of(const struct v6nf_node *node, const uint8_t *frame, bool is_own)
{
    uint32_t own = v6nf_own_address_find(node, frame + PACKET + V6NF_IPV6_DESTINATION);
    if (own == NO_ADDRESS || !own_address_takes_packets(node, own)) {
        return NOT_LOOPED;
    }
    if (is_own) {
        return LOOPED_PACKET;
    }
    return looped_mark(frame) == LOOPED_PACKET ? LOOPED_ANSWER : NOT_LOOPED;
}

uint32_t v6nf_looped_add(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_send_status *status,
                         uint64_t now)
{
    enum looped_mark mark = mark_of(node, frame, status != NULL);
    if (mark == NOT_LOOPED) {
        return v6nf_refuse(node, V6NF_DROP_NO_ROUTE, status);
    }
    if (length > sizeof node->looped->frame) {
        return v6nf_refuse(node, V6NF_DROP_MTU, status);
    }
    if (node->looped_count == V6NF_LOOPBACK) {
        /* An answer is counted among those, too: what became of the packet that it answers (counters.h). */
        (void)v6nf_refuse(node, V6NF_DROP_LOOPBACK_FULL, status);
        return status == NULL ? deliver(node) : 0u;
    }
    struct v6nf_looped *slot = &node->looped[(node->looped_first + node->looped_count) % V6NF_LOOPBACK];
    node->looped_count++;
    slot->length = length;
    slot->mark = (uint8_t)mark;
    memcpy(slot->frame, frame, length);
    set_due(node, now);
    return status == NULL ? deliver(node) : 0u;
}

uint32_t v6nf_looped_take(struct v6nf_node *node, uint8_t *frame, uint32_t capacity)
{
    if (node->looped_count == 0u) {
        return 0;
    }
    struct v6nf_looped *slot = &node->looped[node->looped_first];
    uint32_t length = slot->length;
    looped_set_mark(slot->frame, slot->mark);
    if (length > capacity) {
        length = v6nf_looped_lost(node, slot->frame, length, V6NF_DROP_CAPACITY);
    } else {
        memcpy(frame, slot->frame, length);
        v6nf_copy8(frame + V6NF_ETHER_SOURCE, node->source_and_type);
    }
    node->looped_first = (node->looped_first + 1u) % V6NF_LOOPBACK;
    node->looped_count--;
    return length;
}

uint32_t v6nf_looped_lost(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause)
{
    if (looped_mark(frame) == LOOPED_PACKET) {
        v6nf_notify_lost(node, frame + PACKET, length - PACKET, v6nf_send_status_of(cause));
    }
    return drop(node, cause);
}
#endif
