/* nf_blocks.c: the building blocks of network functions on a UDP datagram in a frame without VLAN tag. Under callgrind,
 * count what measured() executes: the arguments are the block, chain or flow_key, and the number of frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/chain.h"
#include "v6nf/nf/flow_key.h"
#include "v6nf/wire/udp.h"

#define FRAME_SIZE 80u

/* Read the headers of `count` frames. Return the number of datagrams. */
uint32_t read_chains(const uint8_t *frame, uint32_t count);
/* Read the headers and the flow of `count` frames. Return the number of flows with ports. */
uint32_t read_flows(const uint8_t *frame, uint32_t count);

uint32_t read_chains(const uint8_t *frame, uint32_t count)
{
    struct v6nf_chain chain;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        found += v6nf_chain_read(&chain, frame, FRAME_SIZE) == V6NF_CHAIN_UPPER_LAYER ? 1u : 0u;
    }
    return found;
}

uint32_t read_flows(const uint8_t *frame, uint32_t count)
{
    struct v6nf_chain chain;
    struct v6nf_flow flow;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        (void)v6nf_chain_read(&chain, frame, FRAME_SIZE);
        found += v6nf_flow_key_read(&flow, frame, &chain) == V6NF_FLOW_PORTS ? 1u : 0u;
    }
    return found;
}

int main(int argc, char **argv)
{
    static uint8_t frame[FRAME_SIZE];
    const uint32_t count = argc == 3 ? (uint32_t)atoi(argv[2]) : 0u;
    const uint32_t payload = FRAME_SIZE - V6NF_ETHER_HEADER_SIZE - V6NF_IPV6_HEADER_SIZE;
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    uint32_t (*volatile called)(const uint8_t *, uint32_t) = read_chains; /* not inlined */
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(packet, payload, V6NF_NEXT_HEADER_UDP, 64);
    memset(packet + V6NF_IPV6_SOURCE, 0x20, 2u * V6NF_ADDRESS_SIZE);
    v6nf_store16(packet + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_DESTINATION_PORT, 53);
    if (argc == 3 && strcmp(argv[1], "read_flows") == 0) {
        called = read_flows;
    }
    return count > 0u && called(frame, count) == count ? 0 : 1;
}
