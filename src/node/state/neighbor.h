/* neighbor.h: the states of entries of the Neighbor Cache (RFC 4861, 7.3.2). */
#ifndef V6NF_NODE_STATE_NEIGHBOR_H
#define V6NF_NODE_STATE_NEIGHBOR_H

#include "neighbor_table.h"

/* Make the entry free. */
void v6nf_neighbor_free(struct v6nf_node *node, struct v6nf_neighbor *neighbor);

/* Keep a new INCOMPLETE entry for a while, until a packet is sent to it: a Redirect named it. */
void v6nf_neighbor_keep_for_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

/* Make a solicitation of a new INCOMPLETE entry due: a single one, until a packet waits for it. */
void v6nf_neighbor_ask_once(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

/* `solicitations` of an entry that is asked once, before its solicitation; 11 after it. The limit of 3 counts modulo 4
 * (v6nf_neighbor_step()): 10 leaves one, 11 none. Once a packet waits for the entry, 10 becomes 0, and 11 becomes 4:
 * both leave all three, and 4 shows that one was sent lately. */
#define NEIGHBOR_ASKED_ONCE 10u

/* Note that a packet waits for an INCOMPLETE entry: from now on, all solicitations are sent (RFC 4861, 7.2.2). Return
 * true if the first one is due at once. It is not after a single one, which was sent lately. */
static inline bool neighbor_await(struct v6nf_neighbor *neighbor)
{
    if (neighbor->solicitations >= NEIGHBOR_ASKED_ONCE) {
        neighbor->solicitations = (uint8_t)(4u * (neighbor->solicitations - NEIGHBOR_ASKED_ONCE));
    }
    return neighbor->solicitations == 0u;
}

#if V6NF_ROUTER_MEMORY
/* Ask a STALE neighbor at once whether it is reachable. */
void v6nf_neighbor_verify(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);
#endif

/* Set the link-layer address that an unsolicited message gave: the entry is then STALE (RFC 4861, 7.2.3). Return
 * true if that resolves the neighbor. */
bool v6nf_neighbor_set_mac(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac);

#define NEIGHBOR_RESOLVED 1u  /* event: the neighbor is resolved, or answers for the first time */
#define NEIGHBOR_NO_ROUTER 2u /* event: the neighbor is no router */

/* Process an advertisement with these flags. mac: NULL without a link-layer address (RFC 4861, 7.2.5). Return the
 * events. */
uint32_t v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                  uint32_t flags, uint64_t now);

/* Return a sum of an address, by which an own address is found again after others have moved. */
uint16_t v6nf_neighbor_own_sum(const uint8_t *address);

/* Time from the first use of a STALE entry to the first probe: DELAY_FIRST_PROBE_TIME (RFC 4861, 10). */
#define NEIGHBOR_DELAY_TIME (5u * V6NF_SECOND)

/* Set the link-layer address of a new entry, and note that an answer from the address `source` is sent to it: the entry
 * is then in DELAY (RFC 4861, 7.2.3 and 7.3.3). Inline for the fast path. */
static inline void neighbor_answered(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                     const uint8_t *source, uint64_t now)
{
    v6nf_ether_address_copy(neighbor->mac, mac);
    neighbor->own_sum = v6nf_neighbor_own_sum(source);
    neighbor->state = V6NF_NEIGHBOR_DELAY;
    count_change(node, V6NF_CHANGE_NEIGHBORS);
    v6nf_neighbor_list(node, neighbor);
    neighbor_set_timer(node, neighbor, now + NEIGHBOR_DELAY_TIME);
    set_due(node, now + NEIGHBOR_DELAY_TIME);
}

/* Note that a packet from the address `source` is sent to the neighbor (RFC 4861, 7.3.3). */
void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *source, uint64_t now);

/* Note a solicitation of the neighbor, and set the time of the next. It counts as an attempt only if `is_sent`. */
void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now);

/* What is due for a neighbor. */
enum neighbor_step {
    NEIGHBOR_SOLICIT,    /* a solicitation */
    NEIGHBOR_UNREACHABLE /* it did not answer any solicitation (RFC 4861, 7.3.3) */
};

/* Return what is due for a neighbor whose timer has ended. */
enum neighbor_step v6nf_neighbor_step(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

#endif
