/* fixture_firewall.c: a firewall, and the packets that are sent through it. */
#include "fixture_firewall.h"

#include <stdlib.h>
#include <string.h>

#include "../../../src/nf/valid.h"
#include "../../../src/table/valid.h"

struct v6nf_firewall firewall;
struct v6nf_firewall_config config;
uint64_t now;
uint8_t frame[2048];
uint32_t frame_size;

static uint64_t memory[V6NF_FIREWALL_WORDS(FLOWS, FRAGMENTS, SHARES)];
static struct v6nf_firewall_rule rule;
static struct v6nf_firewall_prefix prefix;
static uint8_t secret[V6NF_FIREWALL_SECRET_SIZE];

bool is_valid(void)
{
    return v6nf_hash_map_is_valid(&firewall.map) && v6nf_hash_map_is_valid(&firewall.fragments) &&
           v6nf_hash_map_is_valid(&firewall.requests) && v6nf_firewall_is_valid(&firewall);
}

void restart(void)
{
    memset(memory, 0xA5, sizeof memory);
    random_fill(secret, sizeof secret);
    assert_true(v6nf_firewall_init(&firewall, &config, secret));
}

int set_up(void **state)
{
    (void)state;
    prefix = (struct v6nf_firewall_prefix){.address = {0x2A, 0, 0, 1}, .length = 32};
    config = (struct v6nf_firewall_config){.memory = memory,
                                           .flows = FLOWS,
                                           .fragments = FRAGMENTS,
                                           .shares = SHARES,
                                           .share = FLOWS,
                                           .prefixes = &prefix,
                                           .prefixes_count = 1};
    now = 1000u * SECONDS;
    restart();
    return 0;
}

struct v6nf_firewall_rule *set_rule(uint8_t protocol, uint16_t first_port, uint16_t last_port, bool is_inbound)
{
    rule = (struct v6nf_firewall_rule){.protocol = protocol,
                                       .first_port = first_port,
                                       .last_port = last_port,
                                       .is_inbound = is_inbound,
                                       .is_outbound = !is_inbound,
                                       .passes = is_inbound};
    config.rules = &rule;
    config.rules_count = 1;
    restart();
    return &rule;
}

void begin(const char *source, const char *destination, uint8_t next_header)
{
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    write_header(frame + ETHER, source, destination, next_header, 0);
    frame_size = ETHER + V6NF_IPV6_HEADER_SIZE;
}

void append(const uint8_t *bytes, uint32_t length)
{
    memcpy(frame + frame_size, bytes, length);
    frame_size += length;
    v6nf_store16(frame + ETHER + V6NF_IPV6_PAYLOAD_LENGTH, (uint16_t)(frame_size - ETHER - V6NF_IPV6_HEADER_SIZE));
}

void append_fragment(uint8_t next_header, uint32_t offset, bool has_more, uint32_t identification)
{
    uint8_t header[8] = {next_header};
    v6nf_store16(header + 2, (uint16_t)(offset | (has_more ? 1u : 0u)));
    v6nf_store32(header + 4, identification);
    append(header, sizeof header);
}

void append_ports(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what)
{
    uint8_t bytes[24] = {0};
    v6nf_store16(bytes, source);
    v6nf_store16(bytes + 2, destination);
    if (protocol == TCP) {
        bytes[12] = 0x50;
        bytes[13] = what;
    } else if (protocol == SCTP) {
        bytes[12] = what;
    } else if (protocol == DCCP) {
        bytes[8] = (uint8_t)(what << 1);
    }
    append(bytes, sizeof bytes);
}

void make_error(uint8_t type, const char *source, const char *destination)
{
    uint8_t packet[1280];
    const uint8_t head[8] = {type, 1};
    const uint32_t length = frame_size - ETHER;
    memcpy(packet, frame + ETHER, length);
    begin(source, destination, ICMPV6);
    append(head, sizeof head);
    append(packet, length);
}

enum v6nf_firewall_result pass(bool is_inbound)
{
    const struct v6nf_firewall before = firewall;
    uint8_t *copy = exact_copy(frame, frame_size);
    const enum v6nf_firewall_result result = v6nf_firewall_input(&firewall, copy, frame_size, is_inbound, now);
    assert_memory_equal(copy, frame, frame_size);
    free(copy);
    for (uint32_t i = 0; i < V6NF_FIREWALL_RESULTS; i++) {
        assert_int_equal(firewall.counts[i], before.counts[i] + (i == result ? 1u : 0u));
    }
    assert_true(is_valid());
    return result;
}

enum v6nf_firewall_result outward(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what)
{
    begin(HERE, THERE, protocol);
    append_ports(protocol, source, destination, what);
    return pass(false);
}

enum v6nf_firewall_result inward(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what)
{
    begin(THERE, HERE, protocol);
    append_ports(protocol, source, destination, what);
    return pass(true);
}

enum v6nf_firewall_result message(const char *source, const char *destination, uint8_t type, uint8_t hop_limit,
                                  bool is_inbound)
{
    uint8_t bytes[32] = {type};
    begin(source, destination, ICMPV6);
    frame[ETHER + V6NF_IPV6_HOP_LIMIT] = hop_limit;
    append(bytes, sizeof bytes);
    return pass(is_inbound);
}

enum v6nf_firewall_result error_about_it(uint8_t type)
{
    uint8_t saved[sizeof frame];
    const uint32_t saved_size = frame_size;
    memcpy(saved, frame, sizeof frame);
    make_error(type, ROUTER, HERE);
    const enum v6nf_firewall_result result = pass(true);
    memcpy(frame, saved, sizeof frame);
    frame_size = saved_size;
    return result;
}
