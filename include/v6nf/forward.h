/* forward.h: packets that pass through a node, as a router sends them: to a next hop on the node's link (RFC 4861, 5.2
 * and 7.2). Only with V6NF_FORWARDING.
 *
 * The caller has done all that a router does with a packet (RFC 8200, 3 and 5): Hop Limit, scopes, route, MTU of the
 * link. Here only the next hop is resolved, and the Ethernet header is written. Packets that pass through wait for
 * address resolution among the replies of the node, in V6NF_WAITING slots, and the program's UDP and error handlers
 * are not called for them. */
#ifndef V6NF_FORWARD_H
#define V6NF_FORWARD_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "node_state.h"
#include "wire/address.h"
#include "wire/bytes.h"
#include "wire/ether.h"

#ifdef __cplusplus
extern "C" {
#endif

#if V6NF_FORWARDING
/* What became of a packet that passes through. */
enum v6nf_forward_status {
    V6NF_FORWARD_SENT,   /* the frame is the packet: transmit it */
    V6NF_FORWARD_WAITS,  /* a copy waits for address resolution */
    V6NF_FORWARD_DROPPED /* it is lost, and counted by its cause */
};

/* Send a packet that passes through to a next hop on the node's link (RFC 4861, 5.2).
 * frame: capacity bytes, owned by the program; the first length bytes are the packet with any Ethernet header. What the
 * router changes in the packet is done. The packet is sent as it is: never in fragments, at any length.
 * length: bytes of the Ethernet header and the packet, without padding: 54 and the Payload Length.
 * capacity: bytes of the buffer; 86 holds a solicitation.
 * next_hop: 16 bytes, an address on the link, not of the node; may be in the frame.
 * status: what became of the packet.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 for none.
 * Errors: V6NF_FORWARD_DROPPED, with the counter V6NF_DROP_NO_ROUTE for an impossible next hop, V6NF_DROP_NO_SOURCE if
 * the node's link-local address is a duplicate, V6NF_DROP_NO_NEIGHBOR, V6NF_DROP_WAITING_SIZE if the packet is longer
 * than V6NF_WAITING_FRAME_SIZE, V6NF_DROP_WAITING_FULL.
 * Unless the status is V6NF_FORWARD_SENT, the frame may be a Neighbor Solicitation, also for a packet that is dropped.
 * A packet that waits is transmitted by v6nf_node_input() or v6nf_node_tick() when its next hop answers. If that does
 * not answer, v6nf_node_take_undelivered() has the packet.
 * Context: the loop. */
uint32_t v6nf_node_forward(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                           const uint8_t *next_hop, enum v6nf_forward_status *status, uint64_t now);

/* Let a next hop be one that the program sends to, as that of a route is: hosts that packets pass to, such as those of
 * a scan, do not evict it from the Neighbor Cache, resolved or not (RFC 6583, 7.1). Call v6nf_node_forward() with a
 * packet to it next.
 * next_hop: 16 bytes, an address on the link.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_node_want_next_hop(struct v6nf_node *node, const uint8_t *next_hop, uint64_t now);

/* Set the times of Neighbor Discovery of a router's own neighbors to those that it advertises (RFC 4861, 6.2.1).
 * reachable_time, retrans_timer: milliseconds, 0 for the defaults of 30 s and 1 s. The node takes 1 ms to 1 hour, and
 * 10 ms to 10 s: the nearest of these.
 * now: microseconds, monotonic.
 * Neighbors that are reachable remain so as long as they were to.
 * Context: the loop. */
void v6nf_node_set_neighbor_times(struct v6nf_node *node, uint32_t reachable_time, uint32_t retrans_timer,
                                  uint64_t now);

/* Return the address of the node that packets to a destination are sent from (RFC 6724, 5), NULL if there is none.
 * destination: 16 bytes.
 * The result is valid until the next call about the node.
 * Context: the loop. */
const uint8_t *v6nf_node_source(struct v6nf_node *node, const uint8_t *destination);

/* Return the number of packets for v6nf_node_take_undelivered(). It increases in v6nf_node_tick() only.
 * Context: the loop. */
static inline uint32_t v6nf_node_undelivered(const struct v6nf_node *node)
{
    return node->undelivered;
}

/* Take a packet that passed through and whose next hop did not answer any solicitation, the oldest one: its source gets
 * Destination Unreachable, code 3 (RFC 4861, 7.2.2). Call it after each v6nf_node_tick(), until there is none. The
 * node keeps such packets until others need their slots (V6NF_DROP_WAITING_FULL), or until v6nf_node_link_up().
 * frame: capacity bytes, owned by the program; overwritten with the frame as v6nf_node_forward() got it.
 * capacity: bytes of the buffer; MTU + 14 holds any packet.
 * Return the length of the frame, 0 if there is none.
 * Errors: a packet longer than `capacity` is dropped (V6NF_DROP_CAPACITY). Others are counted as V6NF_DROP_UNREACHABLE.
 * Context: the loop. */
uint32_t v6nf_node_take_undelivered(struct v6nf_node *node, uint8_t *frame, uint32_t capacity);

/* Return true, and note the use, if an entry of the Neighbor Cache is still that of a next hop, and known to be
 * reachable (RFC 4861, 7.3.2). A router stores the entry and its `ended` with the next hop.
 * neighbor: result of v6nf_node_find_adjacency(), at any earlier time since the node was initialized.
 * ended: its `ended` at that time.
 * now: microseconds, monotonic.
 * Transmit the packet to it by v6nf_node_write_ether().
 * Context: the loop. */
static inline bool v6nf_node_is_adjacency(struct v6nf_neighbor *neighbor, uint32_t ended, uint64_t now)
{
    if (now >= neighbor->reachable_until || neighbor->ended != ended) {
        return false;
    }
#if V6NF_NEIGHBORS > V6NF_SCAN_MAX
    neighbor->touched = true;
#else
    neighbor->used = now;
#endif
    return true;
}

/* Find the entry of a next hop in the Neighbor Cache, and note its use.
 * next_hop: 16 bytes.
 * now: microseconds, monotonic.
 * Return it if it is known to be reachable; else NULL. It may be that of another neighbor after the next call about the
 * node: see v6nf_node_is_adjacency().
 * Context: the loop. */
struct v6nf_neighbor *v6nf_node_find_adjacency(struct v6nf_node *node, const uint8_t *next_hop, uint64_t now);

/* Write the Ethernet header of a packet that is sent to the neighbor (RFC 2464, 3).
 * neighbor: result of v6nf_node_find_adjacency() of this node.
 * frame: its first 14 bytes are written.
 * Context: the loop. */
static inline void v6nf_node_write_ether(const struct v6nf_node *node, const struct v6nf_neighbor *neighbor,
                                         uint8_t *frame)
{
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    v6nf_copy8(frame + V6NF_ETHER_SOURCE, node->source_and_type);
}
#endif

#ifdef __cplusplus
}
#endif

#endif
