/* neighbor.h: the states of entries of the Neighbor Cache (RFC 4861, 7.3.2). */
#ifndef V6NF_NODE_STATE_NEIGHBOR_H
#define V6NF_NODE_STATE_NEIGHBOR_H

#include "neighbor_table.h"

/* Make the entry that of `address`, INCOMPLETE without a timer. */
void v6nf_neighbor_init(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address, uint64_t now);

void v6nf_neighbor_free(struct v6nf_node *node, struct v6nf_neighbor *neighbor);

/* Return true if address resolution is under way. An INCOMPLETE entry without a timer was made by a Redirect: no packet
 * was sent to it yet. */
static inline bool neighbor_is_resolving(const struct v6nf_neighbor *neighbor)
{
    return neighbor->state == V6NF_NEIGHBOR_INCOMPLETE && neighbor->due != V6NF_NEVER;
}

/* Make a solicitation of an INCOMPLETE neighbor due: a single one, unless others follow a packet. */
void v6nf_neighbor_probe(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

#if V6NF_ROUTER_MEMORY
/* Ask a STALE neighbor at once whether it is reachable. */
void v6nf_neighbor_verify(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);
#endif

/* Set the link-layer address that an unsolicited message gave: the entry is then STALE (RFC 4861, 7.2.3). Return
 * true if that resolves the neighbor. */
bool v6nf_neighbor_set_mac(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac, uint64_t now);

#define NEIGHBOR_RESOLVED 1u  /* event: the neighbor is resolved, or answers for the first time */
#define NEIGHBOR_NO_ROUTER 2u /* event: the neighbor is no router */

/* Process an advertisement with these flags. mac: NULL without a link-layer address (RFC 4861, 7.2.5). Return the
 * events. */
uint32_t v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac,
                                  uint32_t flags, uint64_t now);

/* Note that a packet is sent to the neighbor (RFC 4861, 7.3.3). own: index of its source. */
void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint32_t own, uint64_t now);

/* Note a solicitation of the neighbor, and set the time of the next. It counts as an attempt only if `is_sent`. */
void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now);

/* What is due for a neighbor. */
enum neighbor_step {
    NEIGHBOR_IDLE,       /* nothing */
    NEIGHBOR_SOLICIT,    /* a solicitation */
    NEIGHBOR_UNREACHABLE /* it did not answer any solicitation (RFC 4861, 7.3.3) */
};

enum neighbor_step v6nf_neighbor_step(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

uint64_t v6nf_neighbor_due(const struct v6nf_node *node);

#endif
