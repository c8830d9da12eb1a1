/* node.h: an IPv6 node with one interface.
 *
 * A node is a structure that the program provides. There is no other state: a program may have any number of nodes. One
 * thread drives a node, by three kinds of calls:
 *
 *   v6nf_node_input()  handle a received frame; its buffer may hold a frame to transmit afterwards
 *   v6nf_node_tick()   write one frame that is due; call it until none is
 *   ..._send()         send what the program has written
 *
 * Each is given a frame buffer, and returns or sets how many bytes of it to transmit as an Ethernet frame, 0 for none.
 * The frame need not be the one that the call was about. A packet that must wait for address resolution is copied, and
 * its buffer then holds the Neighbor Solicitation. The buffer of the Neighbor Advertisement later holds the packet that
 * waited. */
#ifndef V6NF_NODE_H
#define V6NF_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "node_state.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_SECOND UINT64_C(1000000) /* a second, in microseconds */

#define V6NF_NEVER UINT64_MAX /* a time that is never reached */

/* What v6nf_node_init() makes a node of. Zero all fields that are not set. */
struct v6nf_node_config {
    const uint8_t *mac;      /* unicast MAC address of the interface: 6 bytes, copied */
    uint32_t mtu;            /* MTU of the link: 1280 to 65535 (RFC 8200, 5) */
    uint32_t dad_transmits;  /* DupAddrDetectTransmits (RFC 4862, 5.1): 1 is usual; at most 200; 0 for no detection */
    /* Another unpredictable value each time, from v6nf_env_entropy(), not 0 unless `predictable`. The node derives
     * from it all that other hosts must not predict: delays, nonces, identifications of fragments (RFC 7739),
     * temporary addresses. The same seed reproduces the same values. Clones, with the same MAC address, secret and
     * seed, still detect each other (RFC 7527), unless they start and get a link in the same microsecond of their
     * clocks. */
    uint64_t seed;
    bool predictable;        /* accept seed 0: other hosts can then predict all that is derived from it. For tests */
    /* Let routers configure the node: routers, prefixes, addresses (RFC 4861, 6.3; RFC 4862, 5.5) and DNS (RFC 8106).
     * Otherwise advertisements are dropped and counted. */
    bool autoconfigure;
    bool ignore_redirects;   /* drop and count Redirects (RFC 4861, 8) */
    /* 16 secret bytes that never change, copied. Formed addresses are then stable and opaque (RFC 7217). NULL: they are
     * formed from the MAC address (RFC 4291, appendix A). */
    const uint8_t *secret;
    bool temporary_addresses; /* form temporary addresses, another each day (RFC 8981); V6NF_TEMPORARY */
    bool optimistic;          /* use formed and leased addresses during detection (RFC 4429); V6NF_OPTIMISTIC */
    bool announce;            /* announce new addresses to routers (RFC 9131); V6NF_ANNOUNCE */
    /* Detect duplicate addresses without the nonces of RFC 7527. The node then recognizes its own solicitations by
     * its MAC address (RFC 4862, appendix A), and does not detect another node with the same MAC address. Set it for
     * a link that always loops every frame back: with nonces, detection never ends there. */
    bool plain_detection;
    /* The node is an interface of a router (forward.h); V6NF_FORWARDING. Its advertisements have the R flag (RFC 4861,
     * 4.4), it is in the all-routers groups ff02::2 and ff05::2 (RFC 4291, 2.8), and it takes Router Solicitations
     * (V6NF_CHANGE_SOLICITED). Router Advertisements and Redirects are dropped and counted (RFC 4861, 8.1). A packet
     * of the node to a destination without a route has the Ethernet destination 00:00:00:00:00:00: the router must
     * route it, and never transmit it so. Not together with `autoconfigure`. */
    bool router;
#if V6NF_CHECKSUM_OFFLOAD
    /* What the device does that sends the node's frames: `checksums` of the port (port.h). With V6NF_PORT_INSERTS, the
     * node leaves the checksums of UDP replies, and of what v6nf_udp_send() sends, to the device if it can. */
    uint8_t checksums;
#endif
};

/* Initialize a node as v6nf_node_init() does, which is the call to use.
 * size: bytes of struct v6nf_node in the program. It differs from the library's if config.h had other settings there.
 * config: used during the call only.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: as for v6nf_node_init().
 * Context: the loop. */
enum v6nf_status v6nf_node_init_sized(struct v6nf_node *node, size_t size, const struct v6nf_node_config *config,
                                      uint64_t now);

/* Initialize a node, and start detection for its link-local address (RFC 4862, 5.3 and 5.4; RFC 2464, 5).
 * node: any contents. Start what runs on it again afterwards (ping.h, dhcpv6.h).
 * config: used during the call only; its pointers may point into *node.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error: the node is then as it was.
 * Errors: V6NF_INVALID if *config is not as described, or if program and library have different settings (config.h).
 * Context: the loop. */
static inline enum v6nf_status v6nf_node_init(struct v6nf_node *node, const struct v6nf_node_config *config,
                                              uint64_t now)
{
    return v6nf_node_init_sized(node, sizeof *node, config, now);
}

#if V6NF_ANNOUNCE
/* Change the MAC address of the interface, and announce it to all neighbors (RFC 4861, 7.2.6). The node keeps its IPv6
 * addresses.
 * mac: 6 bytes, unicast; copied.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for a group address or all zero.
 * Context: the loop. */
enum v6nf_status v6nf_node_set_mac(struct v6nf_node *node, const uint8_t *mac, uint64_t now);
#endif

/* Report to the node that the link, perhaps another one, is up after it was down. All addresses become tentative and
 * are detected again (RFC 4862, 5.3). The node clears its Neighbor Cache and solicits routers. Hop limit, MTU,
 * Reachable Time and Retrans Timer have their configured values again. What the program configured or leased stays.
 * What routers advertised before is kept until they answer (RFC 6059): routers and routes are not used, formed
 * addresses and on-link prefixes are. What a router advertises again goes on. All the rest is removed about ten seconds
 * after detection, or at once if the first default router that answers advertises none of the known prefixes. Without
 * V6NF_ROUTER_MEMORY all is removed at once.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_node_link_up(struct v6nf_node *node, uint64_t now);

/* Handle a received Ethernet frame (RFC 8200; RFC 2464).
 * frame: capacity bytes, owned by the program; the first length bytes were received.
 * length: bytes of the frame, without FCS. With V6NF_CHECKSUM_OFFLOAD, also with the flags of port.h. The node trusts
 * them where the datagram is as it arrived: in a packet without extension headers to one of its addresses. A checksum
 * that the device finds wrong is verified again, and dropped as any other (V6NF_DROP_UDP_CHECKSUM).
 * capacity: bytes of the buffer; MTU + 14 holds any answer.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 for none. If config.checksums has V6NF_PORT_INSERTS, it can have
 * V6NF_PORT_CHECKSUM_PARTIAL. Give it to a port with that.
 * Errors: an answer longer than `capacity` is dropped (V6NF_DROP_CAPACITY). All other causes are in counters.h.
 * UDP handlers and error handlers are called before it returns.
 * Context: the loop. */
uint32_t v6nf_node_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* Write one frame that is due.
 * frame: capacity bytes, owned by the program; overwritten.
 * capacity: bytes of the buffer, at least 1294; MTU + 14 holds any frame.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 if nothing more is due: v6nf_node_next_due() is then after `now`.
 * The sizes of the node's tables limit how many frames are due at one time.
 * UDP handlers (V6NF_LOOPBACK) and error handlers may be called before it returns. If a handler sends to its own node
 * each time, the next datagram may still be due when this returns 0.
 * Context: the loop. */
uint32_t v6nf_node_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Return when to call v6nf_node_tick() next, in microseconds, if no frame is received before. May be early, never late.
 * V6NF_NEVER if only a received frame can make something due.
 * Context: the loop, UDP handlers, error handlers. */
static inline uint64_t v6nf_node_next_due(const struct v6nf_node *node)
{
    return node->next_due;
}

/* Return the number of changes of this kind, which wraps around. A program that finds the same number again need not
 * look at the tables of the node.
 * Context: the loop, UDP handlers. */
static inline uint32_t v6nf_node_changes(const struct v6nf_node *node, enum v6nf_change change)
{
    return node->changes[change];
}

/* Return the path MTU to a destination (RFC 8201): the longest IPv6 packet, in bytes, that is sent to it in one piece.
 * It is the MTU of the link unless a Packet Too Big has reported less in the last 10 minutes.
 * destination: unicast or multicast address.
 * now: microseconds, monotonic.
 * Context: the loop, UDP handlers. */
uint32_t v6nf_node_path_mtu(struct v6nf_node *node, const struct v6nf_address *destination, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
