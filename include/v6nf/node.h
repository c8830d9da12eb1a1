/* node.h: an IPv6 node with one interface.
 *
 * A node is a struct that the program provides and that nothing else knows: a program may have any number of them. It is
 * driven from one thread, by three kinds of calls:
 *
 *   v6nf_node_input()  a frame came in: how many bytes of its buffer leave;
 *   v6nf_node_tick()   time has passed: writes one frame that is due, until none is;
 *   ..._send()         the program has something to say.
 *
 * Each is given a frame buffer and gives back how many bytes of it leave as an Ethernet frame, 0 for none. What leaves
 * need not be what was asked for: a packet that has to wait for address resolution is kept, and its buffer leaves as the
 * Neighbor Solicitation; the Advertisement's buffer leaves as the packet that waited.
 *
 * Time is the `now` of each call, in microseconds, and never goes backwards. The fields are for reading, but only the
 * library writes them. */
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

#define V6NF_SECOND UINT64_C(1000000)

/* A time that never comes. */
#define V6NF_NEVER UINT64_MAX

struct v6nf_node_config {
    const uint8_t *mac;      /* 6 bytes, copied: the interface's address, that of one station */
    uint32_t mtu;            /* of the link: 1280 to 65535 (RFC 8200, 5) */
    uint32_t dad_transmits;  /* DupAddrDetectTransmits (RFC 4862, 5.1), 1 by default, 200 at most; 0 for no detection */
    /* Another unpredictable value each time, from v6nf_env_entropy(), not 0 unless `predictable`. The node derives
     * from it all that other hosts must not predict: delays, nonces, identifications of fragments (RFC 7739),
     * temporary addresses. The same seed reproduces the same values. Clones, with the same MAC address, secret and seed,
     * still detect each other (RFC 7527), unless they start and get a link in the same microsecond of their clocks. */
    uint64_t seed;
    bool predictable;        /* accept seed 0: an attacker can then predict all that is derived from it. For tests */
    /* True: routers are asked for, and their advertisements configure the node: routers, prefixes, addresses (RFC 4861, 6.3;
     * RFC 4862, 5.5), DNS. False: advertisements are dropped and counted. */
    bool autoconfigure;
    bool ignore_redirects;   /* Redirects (RFC 4861, 8) are dropped and counted */
    /* 16 bytes that stay the same and that nobody else knows: the addresses that the node forms are stable and opaque (RFC
     * 7217). NULL: they are formed from the MAC address. */
    const uint8_t *secret;
    bool temporary_addresses; /* beside each formed address one that is another every day (RFC 8981); V6NF_TEMPORARY */
    bool optimistic;          /* formed and leased addresses are used while they are being detected (RFC 4429); V6NF_OPTIMISTIC */
    bool announce;            /* routers are told of new addresses (RFC 9131); V6NF_ANNOUNCE */
    /* Detect duplicate addresses without the nonces of RFC 7527. The node then recognizes its own solicitations by its
     * MAC address (RFC 4862, appendix A), and does not detect another node with the same MAC address. Set it for a link
     * that always loops everything back: with nonces, detection never ends there. */
    bool plain_detection;
};

/* Does what v6nf_node_init() does; `size` shows whether program and library were built with the same config.h: they would
 * overwrite each other's memory otherwise. */
enum v6nf_status v6nf_node_init_sized(struct v6nf_node *node, size_t size, const struct v6nf_node_config *config,
                                      uint64_t now);

/* Makes a node of *node, whatever it was, and begins Duplicate Address Detection for its link-local address, which is
 * formed from the MAC address (RFC 2464, 5). Start again what runs on *node (ping.h, dhcpv6.h). The pointers in *config
 * may point into *node. V6NF_INVALID, with *node untouched, if *config is not as said, or if the program and the
 * library were built with different settings of config.h. */
static inline enum v6nf_status v6nf_node_init(struct v6nf_node *node, const struct v6nf_node_config *config, uint64_t now)
{
    return v6nf_node_init_sized(node, sizeof *node, config, now);
}

#if V6NF_ANNOUNCE
/* The interface has another Ethernet address, that of one station, from `now` on: neighbors are told (RFC 4861, 7.2.6). The node's
 * addresses stay what they are. V6NF_INVALID for a group's address. */
enum v6nf_status v6nf_node_set_mac(struct v6nf_node *node, const uint8_t *mac, uint64_t now);
#endif

/* The link was down and is up again, perhaps another: all addresses are tentative again and Duplicate Address Detection
 * begins anew (RFC 4862, 5.3), neighbors are forgotten, and routers are asked for. */
void v6nf_node_link_up(struct v6nf_node *node, uint64_t now);

/* Handles the Ethernet frame of `length` bytes at `frame`, a buffer of `capacity` bytes. Returns how many bytes of the
 * buffer leave. A capacity of MTU + 14 is always enough; an answer that finds no room is dropped (V6NF_DROP_CAPACITY). */
uint32_t v6nf_node_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* Writes one frame that is due into the buffer of `capacity` bytes at `frame`: at least 1294, and MTU + 14 to have room
 * for whatever may be due. Returns its length, or 0 if nothing more is due for now: v6nf_node_next_due() is then later
 * than `now`. The number of frames due at one time is bounded by the size of the node's tables. */
uint32_t v6nf_node_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* When v6nf_node_tick() next has something to do, if no frame comes in before; V6NF_NEVER if only a frame can change
 * anything. Not later than that, but perhaps earlier. */
static inline uint64_t v6nf_node_next_due(const struct v6nf_node *node)
{
    return node->next_due;
}

#ifdef __cplusplus
}
#endif

#endif
