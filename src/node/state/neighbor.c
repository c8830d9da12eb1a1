/* neighbor.c: the states of entries of the Neighbor Cache (RFC 4861, 7.2, 7.3 and appendix C). */
#include "neighbor.h"

#include "kept.h"

/* RFC 4861, 10. */
#define MAX_MULTICAST_SOLICIT 3u
#define MAX_UNICAST_SOLICIT 3u

/* Time for which a neighbor that a Redirect named waits for its first packet. */
#define NAMED_ONLY_TIME (30u * V6NF_SECOND)

/* Return true if the link-layer address of a neighbor in this state is known. */
static bool is_resolved(enum v6nf_neighbor_state state)
{
    return state > V6NF_NEIGHBOR_INCOMPLETE;
}

/* Set the state, without a timer. */
static void set_state(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_neighbor_state state)
{
    if (is_resolved((enum v6nf_neighbor_state)neighbor->state) != is_resolved(state)) {
        count_change(node, V6NF_CHANGE_NEIGHBORS);
        v6nf_kept_resolved(node, neighbor); /* it was INCOMPLETE */
    }
    neighbor->state = (uint8_t)state;
    neighbor->reachable_until = 0;
    neighbor->solicitations = 0;
    neighbor->named_only = false;
    neighbor_set_timer(node, neighbor, V6NF_NEVER);
    v6nf_neighbor_list(node, neighbor);
}

static void set_timer(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t due)
{
    neighbor_set_timer(node, neighbor, due);
    set_due(node, due);
}

/* Return true if a solicitation to the neighbor is unanswered. */
static bool is_being_asked(const struct v6nf_neighbor *neighbor)
{
    return (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE || neighbor->state == V6NF_NEIGHBOR_PROBE) &&
           neighbor->solicitations != 0u;
}

/* Note that an advertisement says that the neighbor was solicited. It was, only if the node has asked. */
static void set_reachable(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->confirmed = neighbor->confirmed || is_being_asked(neighbor);
    set_state(node, neighbor, V6NF_NEIGHBOR_REACHABLE);
    neighbor->reachable_until = now + node->reachable_time;
}

void v6nf_neighbor_free(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    if (is_resolved((enum v6nf_neighbor_state)neighbor->state)) {
        count_change(node, V6NF_CHANGE_NEIGHBORS);
    }
    v6nf_neighbor_release(node, neighbor);
}

bool v6nf_neighbor_set_mac(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac)
{
    bool is_new = neighbor->state == V6NF_NEIGHBOR_INCOMPLETE;
    v6nf_ether_address_copy(neighbor->mac, mac);
    set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
    return is_new;
}

void v6nf_neighbor_keep_for_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->named_only = true;
    set_timer(node, neighbor, now + NAMED_ONLY_TIME);
}

void v6nf_neighbor_ask_once(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->solicitations = NEIGHBOR_ASKED_ONCE;
    set_timer(node, neighbor, now);
}

#if V6NF_ROUTER_MEMORY
void v6nf_neighbor_verify(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    if (neighbor->state == V6NF_NEIGHBOR_STALE) {
        set_state(node, neighbor, V6NF_NEIGHBOR_DELAY);
        set_timer(node, neighbor, now);
    }
}
#endif

/* Return what an advertisement with these flags says of the router. */
static uint32_t set_router(struct v6nf_neighbor *neighbor, uint32_t flags)
{
    neighbor->router = (flags & V6NF_NDP_ROUTER) != 0u;
    return neighbor->router ? 0u : NEIGHBOR_NO_ROUTER;
}

static uint32_t complete_resolution(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                    uint32_t flags, uint64_t now)
{
    if (mac == NULL) {
        return 0;
    }
    v6nf_ether_address_copy(neighbor->mac, mac);
    if ((flags & V6NF_NDP_SOLICITED) != 0u) {
        set_reachable(node, neighbor, now);
    } else {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
    }
    set_due(node, now); /* packets wait for it */
    return NEIGHBOR_RESOLVED | set_router(neighbor, flags);
}

uint32_t v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                  uint32_t flags, uint64_t now)
{
    if (neighbor->state == V6NF_NEIGHBOR_INCOMPLETE) {
        return complete_resolution(node, neighbor, mac, flags, now);
    }
    bool other_mac = mac != NULL && !v6nf_ether_address_equal(neighbor->mac, mac);
    bool was_confirmed = neighbor->confirmed;
    if (other_mac && (flags & V6NF_NDP_OVERRIDE) == 0u) {
        if (neighbor->state == V6NF_NEIGHBOR_REACHABLE) {
            set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
        }
        return 0;
    }
    if (other_mac) {
        v6nf_ether_address_copy(neighbor->mac, mac);
    }
    if ((flags & V6NF_NDP_SOLICITED) != 0u) {
        set_reachable(node, neighbor, now);
    } else if (other_mac) {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
    }
    return (V6NF_ROUTER_MEMORY && neighbor->confirmed != was_confirmed ? NEIGHBOR_RESOLVED : 0u) |
           set_router(neighbor, flags);
}

uint16_t v6nf_neighbor_own_sum(const uint8_t *address)
{
    uint64_t sum = v6nf_word64(address) ^ (v6nf_word64(address + 8) << 1);
    sum ^= sum >> 32;
    return (uint16_t)((sum ^ (sum >> 16)) & 0xFFFFu);
}

void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *source, uint64_t now)
{
    neighbor->own_sum = v6nf_neighbor_own_sum(source);
    neighbor_touch(neighbor, now);
    bool was_reachable = neighbor->state == V6NF_NEIGHBOR_REACHABLE && now >= neighbor->reachable_until;
    if (was_reachable || neighbor->state == V6NF_NEIGHBOR_STALE) {
        set_state(node, neighbor, V6NF_NEIGHBOR_DELAY);
        set_timer(node, neighbor, now + NEIGHBOR_DELAY_TIME);
    } else {
        v6nf_neighbor_list(node, neighbor);
    }
}

void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now)
{
    neighbor->named_only = false;
    if (is_sent) {
        neighbor->solicitations++;
    }
    set_timer(node, neighbor, now + node->retransmit_time);
}

enum neighbor_step v6nf_neighbor_step(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    if (neighbor->state == V6NF_NEIGHBOR_DELAY) {
        set_state(node, neighbor, V6NF_NEIGHBOR_PROBE);
        set_timer(node, neighbor, now);
    }
    uint32_t max = neighbor->state == V6NF_NEIGHBOR_PROBE ? MAX_UNICAST_SOLICIT : MAX_MULTICAST_SOLICIT;
    return neighbor->solicitations % 4u < max && !neighbor->named_only ? NEIGHBOR_SOLICIT : NEIGHBOR_UNREACHABLE;
}
