/* subject_v6nf.c: a node of this library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "subject.h"
#include "v6nf/v6nf.h"

static struct v6nf_node node;
static uint8_t frames[SLOTS][FRAME_CAPACITY];
static uint32_t lengths[SLOTS];
static uint64_t now;

static uint32_t echo(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    datagram->unchanged = true;
    return datagram->length;
}

static uint32_t echo_recomputed(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    return datagram->length;
}

static void must(enum v6nf_status status, const char *call)
{
    if (status != V6NF_OK) {
        fprintf(stderr, "bench: %s failed with status %d\n", call, (int)status);
        exit(1);
    }
}

static void open_node(void)
{
    struct v6nf_node_config config = {.mac = host_mac, .mtu = 1500u, .dad_transmits = 0u, .seed = 1u};
    struct v6nf_address address;
    memcpy(address.bytes, host_address, sizeof host_address);
    must(v6nf_node_init(&node, &config, now), "v6nf_node_init");
    must(v6nf_node_add_address(&node, &address, 64u, now), "v6nf_node_add_address");
    must(v6nf_udp_bind(&node, PORT_ECHO, echo, 0), "v6nf_udp_bind");
    must(v6nf_udp_bind(&node, PORT_ECHO_RECOMPUTED, echo_recomputed, 0), "v6nf_udp_bind");
    now += V6NF_SECOND;
    while (v6nf_node_tick(&node, frames[0], FRAME_CAPACITY, now) != 0u) {
    }
}

static void load(uint32_t slot, const uint8_t *frame, uint32_t length)
{
    memcpy(frames[slot], frame, length);
    lengths[slot] = length;
}

static uint32_t handle(uint32_t slot)
{
    return v6nf_node_input(&node, frames[slot], lengths[slot], FRAME_CAPACITY, now);
}

static const uint8_t *reply(uint32_t slot)
{
    return frames[slot];
}

static bool resolved(void)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        const struct v6nf_neighbor *neighbor = &node.neighbors[i];
        if (memcmp(neighbor->address.bytes, peer_address, sizeof peer_address) == 0) {
            return neighbor->state == V6NF_NEIGHBOR_REACHABLE && now < neighbor->due;
        }
    }
    return false;
}

const struct subject subject_v6nf = {"v6nf", open_node, load, handle, reply, resolved};
