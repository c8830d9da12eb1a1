/* forward.c: packets that pass through are sent to their next hop, or wait for its address resolution (RFC 4861, 7.2.2
 * and 7.3.3). */
#include "v6nf/forward.h"

#include <string.h>

#include "../state/neighbor.h"
#include "../state/own_address.h"
#include "../state/pending.h"
#include "admission.h"
#include "output.h"
#include "resolve.h"
#include "select.h"

#if V6NF_FORWARDING
/* Count why the packet is lost. Return 0: nothing is sent. */
static uint32_t lose(struct v6nf_node *node, enum v6nf_counter cause, enum v6nf_forward_status *status)
{
    *status = V6NF_FORWARD_DROPPED;
    return drop(node, cause);
}

/* Keep the packet, and make its buffer the solicitation, if none is under way and one can be sent. */
static uint32_t wait_for_hop(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                             uint32_t capacity, enum v6nf_forward_status *status, uint64_t now)
{
    *status = V6NF_FORWARD_WAITS;
    if (length > V6NF_WAITING_FRAME_SIZE) {
        (void)lose(node, V6NF_DROP_WAITING_SIZE, status);
    } else if (!v6nf_pending_add_passing(node, neighbor_index(node, neighbor), frame, length)) {
        (void)lose(node, V6NF_DROP_WAITING_FULL, status);
    }
    const uint32_t solicitation = v6nf_resolve_ask(node, neighbor, frame, capacity, now);
    if (solicitation == 0u && *status == V6NF_FORWARD_WAITS) {
        count(node, V6NF_KEPT);
    }
    return solicitation;
}

/* Send the packet to a next hop that is not known to be reachable. Solicit it from the link-local address: the source
 * of the packet is not one of the node (RFC 4861, 7.2.2). Not inlined, so that the fast path saves no registers. */
static __attribute__((noinline)) uint32_t forward_to_unknown(struct v6nf_node *node, uint8_t *frame, uint32_t length,
                                                             uint32_t capacity, const uint8_t *next_hop,
                                                             enum v6nf_forward_status *status, uint64_t now)
{
    if (!v6nf_address_is_assignable(next_hop) || v6nf_own_address_is_claimed(node, next_hop)) {
        return lose(node, V6NF_DROP_NO_ROUTE, status);
    }
    if (interface_is_disabled(node)) {
        return lose(node, V6NF_DROP_NO_SOURCE, status);
    }
    struct v6nf_neighbor *neighbor = v6nf_admission_has_turn(node, next_hop, now)
                                         ? v6nf_admission_resolve(node, next_hop, V6NF_ORIGIN_REPLY, now)
                                         : NULL;
    if (neighbor == NULL) {
        return lose(node, V6NF_DROP_NO_NEIGHBOR, status);
    }
    v6nf_neighbor_use(node, neighbor, node->addresses[0].address.bytes, now);
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        return wait_for_hop(node, neighbor, frame, length, capacity, status, now);
    }
    *status = V6NF_FORWARD_SENT;
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    return finish_frame(node, frame, length);
}

uint32_t v6nf_node_forward(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                           const uint8_t *next_hop, enum v6nf_forward_status *status, uint64_t now)
{
    struct v6nf_neighbor *neighbor = neighbor_find(node, next_hop);
    if (neighbor != NULL && neighbor_is_reachable(neighbor, now)) {
        *status = V6NF_FORWARD_SENT;
        return finish_frame_to(node, neighbor, frame, length, now);
    }
    return forward_to_unknown(node, frame, length, capacity, next_hop, status, now);
}

void v6nf_node_want_next_hop(struct v6nf_node *node, const uint8_t *next_hop, uint64_t now)
{
    if (v6nf_address_is_assignable(next_hop) && !v6nf_own_address_is_claimed(node, next_hop) &&
        !interface_is_disabled(node)) {
        (void)v6nf_admission_resolve(node, next_hop, V6NF_ORIGIN_PROGRAM, now);
    }
}

uint32_t v6nf_node_take_undelivered(struct v6nf_node *node, uint8_t *frame, uint32_t capacity)
{
    for (uint32_t i = 0; i < V6NF_WAITING; i++) {
        struct v6nf_waiting *waiting = v6nf_pending_undelivered(node);
        if (waiting == NULL) {
            return 0;
        }
        const bool fits = waiting->length <= capacity;
        v6nf_pending_drop(node, waiting, fits ? V6NF_DROP_UNREACHABLE : V6NF_DROP_CAPACITY);
        if (fits) {
            memcpy(frame, waiting->frame, waiting->length); /* stays valid until the next packet is kept */
            return waiting->length;
        }
    }
    return 0;
}

const uint8_t *v6nf_node_source(struct v6nf_node *node, const uint8_t *destination)
{
    const uint32_t own = v6nf_select_source(node, destination);
    return own != NO_ADDRESS ? node->addresses[own].address.bytes : NULL;
}

struct v6nf_neighbor *v6nf_node_find_adjacency(struct v6nf_node *node, const uint8_t *next_hop, uint64_t now)
{
    struct v6nf_neighbor *neighbor = neighbor_find(node, next_hop);
    return neighbor != NULL && v6nf_node_is_adjacency(neighbor, neighbor->ended, now) ? neighbor : NULL;
}
#endif
