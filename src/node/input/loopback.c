/* loopback.c: packets of the program to the node's own addresses are received, one in each turn of a tick. */
#include "loopback.h"

#include "../state/own_address.h"
#include "input.h"

#if V6NF_LOOPBACK > 0u
uint32_t v6nf_loopback_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    uint32_t length = v6nf_looped_take(node, frame, capacity);
    if (length == 0u) {
        return 0;
    }
    count(node, V6NF_RECEIVED);
    count(node, V6NF_LOOPBACK_RECEIVED);
    /* Its addresses may have been removed since. The answer would then be sent on the link. */
    if (!v6nf_own_address_may_be_source(node, frame + PACKET + V6NF_IPV6_SOURCE)) {
        return v6nf_looped_lost(node, frame, length, V6NF_DROP_NO_SOURCE);
    }
    uint32_t own = v6nf_own_address_find(node, frame + PACKET + V6NF_IPV6_DESTINATION);
    if (own == NO_ADDRESS || !own_address_takes_packets(node, own)) {
        return v6nf_looped_lost(node, frame, length, V6NF_DROP_NO_ROUTE);
    }
    node->looped_in = frame;
    uint32_t answer = v6nf_input_looped(node, frame, length, capacity, now);
    node->looped_in = NULL;
    return answer;
}

uint64_t v6nf_loopback_due(const struct v6nf_node *node)
{
    return node->looped_count != 0u ? 0u : V6NF_NEVER;
}
#endif
