/* ring_node.h: the node that is measured on a ring, and the peer that it answers. */
#ifndef BENCH_RING_NODE_H
#define BENCH_RING_NODE_H

#include <string.h>

#include "packets.h"
#include "v6nf/v6nf.h"

/* Let the node solicit its peer's address once, and answer it. */
static inline void ring_node_resolve(struct v6nf_node *node)
{
    uint8_t frame[FRAME_CAPACITY];
    uint32_t length = packet_write_request(frame, WORK_ECHO_56);
    (void)v6nf_node_input(node, frame, length, FRAME_CAPACITY, 0);
    length = packet_write_advertisement(frame);
    (void)v6nf_node_input(node, frame, length, FRAME_CAPACITY, 0);
}

/* Start a node that knows its peer. checksums: what its device does (port.h). */
static inline void ring_node_start(struct v6nf_node *node, uint8_t checksums)
{
    const struct v6nf_node_config config = {
        .mac = host_mac, .mtu = 1500u, .dad_transmits = 0u, .seed = 1u, .checksums = checksums};
    struct v6nf_address address;
    memcpy(address.bytes, host_address, sizeof host_address);
    (void)v6nf_node_init(node, &config, 0);
    (void)v6nf_node_add_address(node, &address, 64u, 0);
    ring_node_resolve(node);
}

#endif
