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
    now++;
    return v6nf_node_input(&node, frames[slot], lengths[slot], FRAME_CAPACITY, now);
}

static const uint8_t *reply(uint32_t slot)
{
    return frames[slot];
}

static uint32_t tick(uint64_t microseconds)
{
    now += microseconds;
    return v6nf_node_tick(&node, frames[0], FRAME_CAPACITY, now);
}

/* Return true if the peer is not probed after it was used: a neighbor that is not REACHABLE is, 5 seconds later
 * (RFC 4861, 7.3.3). It stays REACHABLE for 15 seconds at least. */
static bool resolved(void)
{
    uint32_t length = tick(6u * V6NF_SECOND);
    for (uint32_t i = 0; i < 16u && length != 0u; i++) {
        if (packet_is_solicitation(frames[0], length)) {
            return false;
        }
        length = tick(0);
    }
    return length == 0u;
}

static void set_router(const uint8_t *address)
{
    struct v6nf_address router;
    memcpy(router.bytes, address, sizeof router.bytes);
    must(v6nf_node_set_gateway(&node, &router), "v6nf_node_set_gateway");
}

const struct subject subject_v6nf = {"v6nf", open_node, load, handle, reply, resolved, set_router, tick};
