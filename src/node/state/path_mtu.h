/* path_mtu.h: path MTUs that are smaller than the MTU of the link (RFC 8201). */
#ifndef V6NF_NODE_STATE_PATH_MTU_H
#define V6NF_NODE_STATE_PATH_MTU_H

#include "neighbor_table.h"

/* Entries of each origin. */
#define PATH_MTUS_SHARE (V6NF_PATH_MTUS / 2u)

#define PATH_MTUS_HAVE_INDEX (V6NF_PATH_MTUS > V6NF_SCAN_MAX)

/* Forget all path MTUs: the link has changed. */
void v6nf_path_mtu_init(struct v6nf_node *node);

/* Return true if path MTUs were evicted before their time: more paths than are known have one. */
static inline bool path_mtus_are_unknown(const struct v6nf_node *node)
{
    return (node->path_mtus_unknown[V6NF_ORIGIN_REPLY] | node->path_mtus_unknown[V6NF_ORIGIN_PROGRAM]) != 0u;
}

/* Return the length of the longest frame of this origin to the destination. One of node->free_frame bytes needs no
 * look-up. */
uint32_t v6nf_path_mtu_longest_frame(struct v6nf_node *node, const uint8_t *destination, enum v6nf_origin origin,
                                     uint64_t now);

/* Set the MTU of the link. */
void v6nf_path_mtu_set_link(struct v6nf_node *node, uint32_t mtu);

/* Process the MTU and the quotation of a Packet Too Big about a packet that the node can have sent (RFC 8201, 4).
 * Return true if the path MTU has decreased. */
bool v6nf_path_mtu_too_big(struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote, uint32_t mtu,
                           enum v6nf_origin origin, uint64_t now);

/* For tests: return true if the path MTUs, and what finds them, agree. */
bool v6nf_path_mtu_is_valid(const struct v6nf_node *node);

#endif
