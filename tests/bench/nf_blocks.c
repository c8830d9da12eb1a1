/* nf_blocks.c: the building blocks of network functions on a UDP datagram in a frame without VLAN tag, and on an ICMPv6
 * error about it. Under callgrind, count what a function executes: the arguments are its name and the number of
 * frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/chain.h"
#include "v6nf/nf/firewall.h"
#include "v6nf/nf/flow_key.h"
#include "v6nf/nf/maglev.h"
#include "v6nf/nf/nptv6.h"
#include "v6nf/nf/siit.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/udp.h"

#define FRAME_SIZE 80u
#define ERROR_SIZE (V6NF_ETHER_HEADER_SIZE + 2u * V6NF_IPV6_HEADER_SIZE + V6NF_ICMPV6_ERROR_SIZE)
#define TABLE_SIZE 65537u
#define BACKENDS 100u
#define FLOWS 65536u
#define TCP_SIZE (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE + 20u)

/* Read the headers of `count` frames. Return the number of datagrams. */
uint32_t read_chains(uint8_t *frame, uint32_t count);
/* Read the headers and the flow of `count` frames. Return the number of flows with ports. */
uint32_t read_flows(uint8_t *frame, uint32_t count);
/* Translate the source of `count` datagrams, and of one back. Return the number of translated ones. */
uint32_t translate_datagrams(uint8_t *frame, uint32_t count);
/* Translate `count` errors with what they quote, and of one back. Return the number of translated ones. */
uint32_t translate_errors(uint8_t *frame, uint32_t count);
/* Translate `count` datagrams to IPv4 and back. Return the number that was translated twice. */
uint32_t translate_versions(uint8_t *frame, uint32_t count);
/* Find the backends of `count` flows, by the key of the frame. Return the number of flows with a backend. */
uint32_t find_backends(uint8_t *frame, uint32_t count);

/* Pass `count` segments of established flows. Return the number of those that pass. */
uint32_t pass_established(uint8_t *frame, uint32_t count);

static struct v6nf_nptv6 translators[2]; /* there, and back */
static struct v6nf_maglev maglev;
static struct v6nf_firewall firewall;

uint32_t read_chains(uint8_t *frame, uint32_t count)
{
    struct v6nf_chain chain;
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        found += v6nf_chain_read(&chain, frame, FRAME_SIZE) == V6NF_CHAIN_UPPER_LAYER ? 1u : 0u;
    }
    return found;
}

uint32_t read_flows(uint8_t *frame, uint32_t count)
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

static uint32_t translate(uint8_t *frame, uint32_t size, uint32_t count)
{
    uint32_t translated = 0;
    for (uint32_t i = 0; i < count; i++) {
        const enum v6nf_nptv6_result result =
            v6nf_nptv6_outbound(&translators[i % 2u], frame, V6NF_ETHER_HEADER_SIZE, size);
        translated += result == V6NF_NPTV6_TRANSLATED ? 1u : 0u;
    }
    return translated;
}

uint32_t translate_datagrams(uint8_t *frame, uint32_t count)
{
    return translate(frame, FRAME_SIZE, count);
}

uint32_t translate_errors(uint8_t *frame, uint32_t count)
{
    return translate(frame, ERROR_SIZE, count);
}

uint32_t find_backends(uint8_t *frame, uint32_t count)
{
    uint64_t words[V6NF_HASH_WORDS_MAX] = {0};
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        words[4] = i;
        const uint32_t hash = v6nf_hash_words(&maglev.hash_key, words, V6NF_HASH_WORDS_MAX);
        found += v6nf_maglev_find(&maglev, hash) < BACKENDS ? 1u : 0u;
    }
    return frame != NULL ? found : 0u;
}

/* Pass a segment of a flow, of which there are half as many as the table has entries. */
static uint32_t pass_segment(uint8_t *frame, uint32_t flow, bool is_inbound, uint8_t flags)
{
    uint8_t *segment = frame + V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE;
    v6nf_store16(segment + (is_inbound ? 2 : 0), (uint16_t)(flow % (FLOWS / 2u)));
    segment[13] = flags;
    return v6nf_firewall_input(&firewall, frame, TCP_SIZE, is_inbound, flow) == V6NF_FIREWALL_PASS ? 1u : 0u;
}

uint32_t pass_established(uint8_t *frame, uint32_t count)
{
    uint32_t passed = 0;
    for (uint32_t i = 0; i < count; i++) {
        passed += pass_segment(frame, i, false, 0x10);
    }
    return passed;
}

/* Make the frame a segment, and establish flows: one segment there, one back, one there. */
static void make_flows(uint8_t *frame)
{
    static uint64_t memory[V6NF_FIREWALL_WORDS(FLOWS, 1, 1)];
    static const uint8_t secret[V6NF_FIREWALL_SECRET_SIZE] = {1, 2, 3};
    const struct v6nf_firewall_config config = {.memory = memory,
                                                .flows = FLOWS,
                                                .fragments = 1,
                                                .shares = 1,
                                                .share = FLOWS,
                                                .filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT};
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    v6nf_ipv6_write(packet, 20, V6NF_CHAIN_TCP, 64);
    packet[V6NF_IPV6_HEADER_SIZE + 12u] = 0x50;
    if (!v6nf_firewall_init(&firewall, &config, secret)) {
        exit(1);
    }
    for (uint32_t i = 0; i < FLOWS / 2u; i++) {
        memset(packet + V6NF_IPV6_HEADER_SIZE, 0, 4);
        (void)pass_segment(frame, i, false, 0x02);
        v6nf_ipv6_swap_addresses(packet);
        memset(packet + V6NF_IPV6_HEADER_SIZE, 0, 4);
        (void)pass_segment(frame, i, true, 0x12);
        v6nf_ipv6_swap_addresses(packet);
        memset(packet + V6NF_IPV6_HEADER_SIZE, 0, 4);
        (void)pass_segment(frame, i, false, 0x10);
    }
}

uint32_t translate_versions(uint8_t *frame, uint32_t count)
{
    static const uint8_t secret[V6NF_SIIT_SECRET_SIZE] = {1, 2, 3};
    static const struct v6nf_siit_config config = {.prefix = {{0x20, 0x01, 0x0D, 0xB8}},
                                                   .prefix_length = 96,
                                                   .router = {192, 0, 2, 1},
                                                   .mtu6 = 1500,
                                                   .mtu4 = 1500,
                                                   .lowest_mtu6 = 1500,
                                                   .keeps_hop_limit = true};
    static struct v6nf_siit siit;
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    struct v6nf_siit_outcome outcome;
    uint32_t translated = 0;
    (void)v6nf_siit_init(&siit, &config, secret);
    (void)v6nf_siit_map_ipv4(&siit, packet + V6NF_IPV6_SOURCE, (const uint8_t[]){198, 51, 100, 7});
    (void)v6nf_siit_map_ipv4(&siit, packet + V6NF_IPV6_DESTINATION, (const uint8_t[]){192, 0, 2, 33});
    v6nf_store16(packet + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_CHECKSUM, 0x1234);
    for (uint32_t i = 0; i < count; i++) {
        (void)v6nf_siit_to_ipv4(&siit, &outcome, frame, V6NF_ETHER_HEADER_SIZE, FRAME_SIZE);
        (void)v6nf_siit_to_ipv6(&siit, &outcome, frame, V6NF_ETHER_HEADER_SIZE, outcome.length, FRAME_SIZE);
        translated += outcome.result == V6NF_SIIT_TRANSLATED ? 1u : 0u;
    }
    return translated;
}

static void make_backends(void)
{
    static uint64_t memory[V6NF_MAGLEV_WORDS(TABLE_SIZE, BACKENDS)];
    static const uint8_t secret[V6NF_MAGLEV_SECRET_SIZE] = {1, 2, 3};
    if (!v6nf_maglev_init(&maglev, memory, TABLE_SIZE, BACKENDS, secret)) {
        exit(1);
    }
    for (uint32_t i = 0; i < BACKENDS; i++) {
        const uint8_t id[V6NF_MAGLEV_ID_SIZE] = {0x20, 0x01, (uint8_t)i};
        (void)v6nf_maglev_set(&maglev, i, id, 1);
    }
    while (v6nf_maglev_step(&maglev, 4096)) {
    }
}

/* Put an ICMPv6 error about a packet into the frame: the quoted packet was for the sender of the error. */
static void write_error(uint8_t *packet)
{
    uint8_t *error = packet + V6NF_IPV6_HEADER_SIZE;
    uint8_t *quoted = error + V6NF_ICMPV6_ERROR_SIZE;
    memmove(quoted, packet, V6NF_IPV6_HEADER_SIZE);
    v6nf_ipv6_swap_addresses(quoted);
    v6nf_ipv6_write(packet, V6NF_ICMPV6_ERROR_SIZE + V6NF_IPV6_HEADER_SIZE, V6NF_NEXT_HEADER_ICMPV6, 64);
    v6nf_icmpv6_write(error, V6NF_ICMPV6_PACKET_TOO_BIG, 0, V6NF_IPV6_MTU_MIN);
}

static void set_prefixes(void)
{
    uint8_t prefixes[2][V6NF_ADDRESS_SIZE] = {{0}};
    memset(prefixes[0], 0x20, 6);
    memset(prefixes[1], 0x30, 6);
    if (!v6nf_nptv6_init(&translators[0], prefixes[0], prefixes[1], 48) ||
        !v6nf_nptv6_init(&translators[1], prefixes[1], prefixes[0], 48)) {
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        uint32_t (*function)(uint8_t *, uint32_t);
    } blocks[] = {{"read_chains", read_chains},
                  {"read_flows", read_flows},
                  {"translate_datagrams", translate_datagrams},
                  {"translate_errors", translate_errors},
                  {"translate_versions", translate_versions},
                  {"find_backends", find_backends},
                  {"pass_established", pass_established}};
    static uint8_t frame[ERROR_SIZE];
    const uint32_t count = argc == 3 ? (uint32_t)atoi(argv[2]) : 0u;
    const uint32_t payload = FRAME_SIZE - V6NF_ETHER_HEADER_SIZE - V6NF_IPV6_HEADER_SIZE;
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(packet, payload, V6NF_NEXT_HEADER_UDP, 64);
    memset(packet + V6NF_IPV6_SOURCE, 0x20, V6NF_ADDRESS_SIZE);
    memset(packet + V6NF_IPV6_DESTINATION, 0x25, V6NF_ADDRESS_SIZE);
    v6nf_store16(packet + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_DESTINATION_PORT, 53);
    set_prefixes();
    make_backends();
    for (uint32_t i = 0; argc == 3 && i < sizeof blocks / sizeof *blocks; i++) {
        if (strcmp(argv[1], blocks[i].name) == 0) {
            uint32_t (*volatile called)(uint8_t *, uint32_t) = blocks[i].function; /* not inlined */
            if (called == translate_errors) {
                write_error(packet);
            }
            if (called == pass_established) {
                make_flows(frame);
            }
            return count > 0u && called(frame, count) == count ? 0 : 1;
        }
    }
    return 1;
}
