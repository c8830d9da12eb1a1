/* ping_operations.h: what an Echo client does. The node calls it by these pointers only, so that a program without one
 * does not link it. */
#ifndef V6NF_NODE_STATE_PING_OPERATIONS_H
#define V6NF_NODE_STATE_PING_OPERATIONS_H

#include "../base/packet.h"

struct v6nf_ping_operations {
    /* Process an Echo Reply of at least V6NF_ICMPV6_ECHO_SIZE bytes. */
    uint32_t (*reply)(struct v6nf_node *node, const struct packet *packet);

    /* Process an ICMPv6 error about an ICMPv6 packet of the node. Return true if the packet is one of the last Echo
     * Requests. Set *reported if it had no result before: the error is its result. */
    bool (*error)(struct v6nf_node *node, const struct packet_error *error, bool *reported);

    uint32_t (*tick)(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
    uint64_t (*due)(const struct v6nf_node *node);
};

#endif
