/* deferred.h: output of packets that were kept: they waited for address resolution, or are later fragments. */
#ifndef V6NF_NODE_OUTPUT_DEFERRED_H
#define V6NF_NODE_OUTPUT_DEFERRED_H

#include "../base/core.h"

/* Send the oldest packet that waits for this neighbor. Return the length of the frame to send. */
uint32_t v6nf_deferred_release(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint8_t *frame,
                               uint32_t capacity, uint64_t now);

/* Send the oldest packet whose neighbor is resolved. Drop packets that can no longer be sent. */
uint32_t v6nf_deferred_pending_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Send the next fragment, or a long packet that waited. */
uint32_t v6nf_deferred_fragment_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

#endif
