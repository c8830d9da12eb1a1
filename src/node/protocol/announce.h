/* announce.h: unsolicited Neighbor Advertisements (RFC 9131; RFC 4861, 7.2.6). */
#ifndef V6NF_NODE_PROTOCOL_ANNOUNCE_H
#define V6NF_NODE_PROTOCOL_ANNOUNCE_H

#include "../base/core.h"

#if V6NF_ANNOUNCE
/* Announce the address to routers, if the configuration says so, unless it is link-local. */
void v6nf_announce_address(struct v6nf_node *node, uint32_t own, uint64_t now);

/* Move the announcement of address `from` to address `to`. */
void v6nf_announce_move(struct v6nf_node *node, uint32_t to, uint32_t from);

uint32_t v6nf_announce_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_announce_due(const struct v6nf_node *node);
#else
static inline void v6nf_announce_address(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    (void)node, (void)own, (void)now;
}

static inline void v6nf_announce_move(struct v6nf_node *node, uint32_t to, uint32_t from)
{
    (void)node, (void)to, (void)from;
}
#endif

#endif
