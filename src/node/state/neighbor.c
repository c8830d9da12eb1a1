/* neighbor.c: the states of entries of the Neighbor Cache (RFC 4861, 7.2, 7.3 and appendix C). */
#include "neighbor.h"

/* RFC 4861, 10. */
#define MAX_MULTICAST_SOLICIT 3u
#define MAX_UNICAST_SOLICIT 3u
#define DELAY_FIRST_PROBE_TIME (5u * V6NF_SECOND)

/* Return true if the link-layer address of a neighbor in this state is known. */
static bool is_resolved(enum v6nf_neighbor_state state)
{
    return state > V6NF_NEIGHBOR_INCOMPLETE;
}

/* Set the state, without a timer. */
static void set_state(struct v6nf_node *node, struct v6nf_neighbor *neighbor, enum v6nf_neighbor_state state)
{
    if (is_resolved(neighbor->state) != is_resolved(state)) {
        count_change(node, V6NF_CHANGE_NEIGHBORS);
    }
    neighbor->state = state;
    neighbor->due = V6NF_NEVER;
    neighbor->reachable_until = 0;
    neighbor->solicitations = 0;
}

static void set_timer(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t due)
{
    neighbor->due = due;
    set_due(node, due);
}

static void set_reachable(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->confirmed = true;
    set_state(node, neighbor, V6NF_NEIGHBOR_REACHABLE);
    neighbor->reachable_until = now + node->reachable_time;
}

void v6nf_neighbor_init(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address, uint64_t now)
{
    *neighbor = (struct v6nf_neighbor){.own_address = (uint8_t)NO_ADDRESS, .used = now};
    v6nf_address_copy(neighbor->address.bytes, address);
    set_state(node, neighbor, V6NF_NEIGHBOR_INCOMPLETE);
}

void v6nf_neighbor_free(struct v6nf_node *node, struct v6nf_neighbor *neighbor)
{
    set_state(node, neighbor, V6NF_NEIGHBOR_FREE);
}

bool v6nf_neighbor_set_mac(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac, uint64_t now)
{
    bool is_new = neighbor->state == V6NF_NEIGHBOR_INCOMPLETE;
    v6nf_ether_address_copy(neighbor->mac, mac);
    set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
    if (is_new) {
        set_due(node, now); /* packets wait for it */
    }
    return is_new;
}

void v6nf_neighbor_probe(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    neighbor->solicitations = MAX_MULTICAST_SOLICIT - 1u;
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

void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint32_t own, uint64_t now)
{
    neighbor->own_address = (uint8_t)own;
    neighbor->used = now;
    if (neighbor->state == V6NF_NEIGHBOR_REACHABLE && now >= neighbor->reachable_until) {
        set_state(node, neighbor, V6NF_NEIGHBOR_STALE);
    }
    if (neighbor->state == V6NF_NEIGHBOR_STALE) {
        set_state(node, neighbor, V6NF_NEIGHBOR_DELAY);
        set_timer(node, neighbor, now + DELAY_FIRST_PROBE_TIME);
    }
}

void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now)
{
    if (is_sent) {
        neighbor->solicitations++;
    }
    set_timer(node, neighbor, now + node->retransmit_time);
}

static bool has_timer(const struct v6nf_neighbor *neighbor)
{
    return neighbor->state == V6NF_NEIGHBOR_INCOMPLETE || neighbor->state == V6NF_NEIGHBOR_DELAY ||
           neighbor->state == V6NF_NEIGHBOR_PROBE;
}

enum neighbor_step v6nf_neighbor_step(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now)
{
    if (!has_timer(neighbor) || now < neighbor->due) {
        return NEIGHBOR_IDLE;
    }
    if (neighbor->state == V6NF_NEIGHBOR_DELAY) {
        set_state(node, neighbor, V6NF_NEIGHBOR_PROBE);
        set_timer(node, neighbor, now);
    }
    uint32_t max = neighbor->state == V6NF_NEIGHBOR_PROBE ? MAX_UNICAST_SOLICIT : MAX_MULTICAST_SOLICIT;
    return neighbor->solicitations < max ? NEIGHBOR_SOLICIT : NEIGHBOR_UNREACHABLE;
}

uint64_t v6nf_neighbor_due(const struct v6nf_node *node)
{
    uint64_t due = V6NF_NEVER;
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        if (has_timer(&node->neighbors[i]) && node->neighbors[i].due < due) {
            due = node->neighbors[i].due;
        }
    }
    return due;
}
