/* ring_router.c: a router that forwards from its first link to 16 next hops on the second, compiled for the ring: with
 * 64 routes, or with 230,000 like those of the Internet. BENCH_ROUTES is their number. */
#include <stdio.h>
#include <stdlib.h>

#include "../../examples/nf/nf.h"
#include "lookup.h"
#include "ring_frames.h"
#include "v6nf/router/router.h"
#include "v6nf/v6nf.h"
#include "v6nf/wire/ndp.h"
#include "v6nf/wire/udp.h"

#define FEW (BENCH_ROUTES <= 256u)
#define ROOT_BITS (FEW ? 8u : 16u)
#define ROUTES_MAX (BENCH_ROUTES + 16u) /* with those of the router's addresses */
#define LONGS_MAX (FEW ? ROUTES_MAX : 1000u)
#define NEXT_HOPS 16u
#define HOPS_MAX 32u
#define LINKS 2u
#define UPPER (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE)
#define CAPACITY 1514u

const uint32_t ring_frame_length = UPPER + V6NF_UDP_HEADER_SIZE;
const char *const ring_options[] = {NULL};

const char nf_name[] = "router";
const uint32_t nf_state_size = NF_NO_STATE; /* the benchmark has one agent */
const struct nf_extra nf_extras = NF_NO_EXTRAS;

static uint64_t memory[V6NF_FIB_WORDS(ROUTES_MAX, LONGS_MAX, HOPS_MAX, ROOT_BITS)];
static struct v6nf_node nodes[LINKS];
static struct v6nf_router_interface interfaces[LINKS];
static struct v6nf_fib fib;
static struct v6nf_router router;
static uint64_t now;
static uint8_t buffer[CAPACITY];

static void fail(const char *what)
{
    fprintf(stderr, "bench: router: %s\n", what);
    exit(1);
}

static void tick(void)
{
    uint32_t lengths[LINKS];
    while (v6nf_router_tick(&router, buffer, CAPACITY, lengths, now)) {
    }
}

static void start(void)
{
    static const uint8_t secret[V6NF_ROUTER_SECRET_SIZE] = {1, 2, 3};
    for (uint32_t i = 0; i < LINKS; i++) {
        const uint8_t mac[] = {2, 0, 0, 0, 0, (uint8_t)i};
        const struct v6nf_node_config config = {.mac = mac, .mtu = 1500u, .seed = i + 1u, .router = true};
        const struct v6nf_address address = {{0xFD, 0, 0, 0, 0, 0, 0, (uint8_t)i, [15] = 1}};
        interfaces[i].node = &nodes[i];
        if (v6nf_node_init(&nodes[i], &config, now) != V6NF_OK ||
            v6nf_node_add_address(&nodes[i], &address, 64u, now) != V6NF_OK) {
            fail("a node does not start");
        }
    }
    const struct v6nf_router_config config = {interfaces, LINKS, &fib, secret, NULL};
    if (!v6nf_fib_init(&fib, memory, ROUTES_MAX, LONGS_MAX, HOPS_MAX, ROOT_BITS, secret) ||
        v6nf_router_init(&router, &config, now) != V6NF_OK) {
        fail("the router does not start");
    }
    tick();
    now += 3000000u; /* Duplicate Address Detection */
    tick();
}

static void write_hop(uint8_t *address, uint32_t number)
{
    memset(address, 0, V6NF_ADDRESS_SIZE);
    address[0] = 0xFE;
    address[1] = 0x80;
    address[15] = (uint8_t)(0x10u + number);
}

/* Let a next hop answer the solicitation that a packet to it causes. */
static void resolve(uint32_t number)
{
    enum v6nf_forward_status status;
    uint8_t mac[] = {2, 0, 0, 0, 1, (uint8_t)number};
    uint8_t hop[V6NF_ADDRESS_SIZE];
    uint32_t lengths[LINKS] = {0};
    write_hop(hop, number);
    memset(buffer, 0, sizeof buffer);
    v6nf_ipv6_write(buffer + V6NF_ETHER_HEADER_SIZE, V6NF_UDP_HEADER_SIZE, V6NF_NEXT_HEADER_UDP, 64);
    (void)v6nf_node_forward(&nodes[1], buffer, ring_frame_length, CAPACITY, hop, &status, now);
    uint8_t *packet = buffer + V6NF_ETHER_HEADER_SIZE;
    memcpy(buffer, nodes[1].mac, 6);
    memcpy(buffer + 6, mac, 6);
    v6nf_store16(buffer + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    memcpy(packet + V6NF_IPV6_SOURCE, hop, V6NF_ADDRESS_SIZE);
    memcpy(packet + V6NF_IPV6_DESTINATION, interfaces[1].link_local.bytes, V6NF_ADDRESS_SIZE);
    const uint32_t size = v6nf_ndp_write_advertisement(
        packet, hop, V6NF_NDP_ROUTER | V6NF_NDP_SOLICITED | V6NF_NDP_OVERRIDE, mac);
    v6nf_router_input(&router, 1u, buffer, V6NF_ETHER_HEADER_SIZE + size, CAPACITY, lengths, now);
}

static void add_routes(void)
{
    uint8_t hop[V6NF_ADDRESS_SIZE];
    for (uint32_t i = 0; i < NEXT_HOPS; i++) {
        resolve(i);
    }
    for (uint32_t i = 0; i < BENCH_ROUTES; i++) {
        write_hop(hop, i % NEXT_HOPS);
        const struct prefix *prefix = &bench_prefixes[i];
        if (v6nf_fib_add(&fib, prefix->bytes, prefix->length, V6NF_FIB_NEXT_HOP, 1u, hop) != V6NF_FIB_OK) {
            fail("a route was not added");
        }
    }
    while (v6nf_fib_step(&fib)) {
    }
}

void nf_start(void *state, const uint8_t *secret)
{
    (void)state;
    (void)secret;
    bench_make(BENCH_ROUTES);
    start();
    add_routes();
}

uint32_t nf_poll(void *state, struct nf_path *path, uint32_t input, uint64_t time)
{
    struct v6nf_router_context context = {&router, 0u, now};
    (void)state;
    (void)input;
    (void)time; /* next hops stay reachable */
    return NF_POLL(path, v6nf_router_handler, &context);
}

void ring_frame_write(uint8_t *frame, uint32_t number, bool back)
{
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    (void)back;
    memset(frame, 0, ring_frame_length);
    memcpy(frame, nodes[0].mac, sizeof nodes[0].mac);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(packet, V6NF_UDP_HEADER_SIZE, V6NF_NEXT_HEADER_UDP, 64);
    packet[V6NF_IPV6_SOURCE] = 0x20;
    memcpy(packet + V6NF_IPV6_DESTINATION, bench_keys[number % BENCH_KEYS], V6NF_ADDRESS_SIZE);
}

/* It was sent to a next hop, with a smaller Hop Limit. */
bool ring_frame_is_good(const uint8_t *frame)
{
    return frame[4] == 1u && frame[V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HOP_LIMIT] == 63u;
}
