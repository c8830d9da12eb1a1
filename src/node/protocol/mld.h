/* mld.h: Multicast Listener Discovery (RFC 9777; RFC 2710): reports of the node's groups. */
#ifndef V6NF_NODE_PROTOCOL_MLD_H
#define V6NF_NODE_PROTOCOL_MLD_H

#include "../base/packet.h"

#if V6NF_MLD
/* Process an ICMPv6 message that has no other receiver. */
uint32_t v6nf_mld_input(struct v6nf_node *node, const struct packet *packet);

void v6nf_mld_init(struct v6nf_node *node);

/* Make a report of the changes of the group and of its sources due at `time`. */
void v6nf_mld_changed(struct v6nf_node *node, uint32_t group, uint64_t time);

/* Make it due at once, for a call without a time. */
static inline void v6nf_mld_changed_now(struct v6nf_node *node, uint32_t group)
{
    v6nf_mld_changed(node, group, 0u);
}

#if V6NF_GROUPS_INDEXED
/* Cancel what was due for the group before version 1 began (RFC 9777, 8.2.1). Return true if nothing was. Call it
 * before anything becomes due for the group, so that version 1 can begin without a look at each group. */
bool v6nf_mld_is_current(struct v6nf_node *node, uint32_t group);
#else
static inline bool v6nf_mld_is_current(struct v6nf_node *node, uint32_t group)
{
    (void)node, (void)group;
    return true;
}
#endif

/* Report all groups: the node has a link-local address now. Reports from :: inform switches only (RFC 3590, 4). */
void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now);

/* Return true if v6nf_mld_input() reads the packet, whose upper-layer header is at packet->upper. It needs the headers
 * before that. */
bool v6nf_mld_is_message(const struct packet *packet);

uint32_t v6nf_mld_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_mld_due(const struct v6nf_node *node);

/* Invariant for tests: what is due is due in the node, too. */
bool v6nf_mld_is_valid(const struct v6nf_node *node);
#else
static inline uint32_t v6nf_mld_input(struct v6nf_node *node, const struct packet *packet)
{
    (void)packet;
    return drop(node, V6NF_DROP_ICMPV6_TYPE);
}

static inline void v6nf_mld_init(struct v6nf_node *node)
{
    (void)node;
}

static inline void v6nf_mld_changed(struct v6nf_node *node, uint32_t group, uint64_t time)
{
    (void)node, (void)group, (void)time;
}

static inline bool v6nf_mld_is_current(struct v6nf_node *node, uint32_t group)
{
    (void)node, (void)group;
    return true;
}

static inline void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}

static inline bool v6nf_mld_is_message(const struct packet *packet)
{
    (void)packet;
    return false;
}
#endif

#endif
