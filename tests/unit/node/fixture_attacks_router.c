/* fixture_attacks_router.c: attacks by what a router may advertise. */
#include "fixture_attacks.h"
#include "fixture_bytes.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct test_frame in;

/* -- Router Advertisements ----------------------------------------------------------------------------------------- */

void attack_silent_router(struct segment *s)
{
    frame_ra(&in, &attack_host, 65535, PRF_HIGH);
    ra_link_layer(&in, ATTACK_MAC);
    segment_strike(s, &in);
}

/* The router answers solicitations, and forwards nothing. */
void attack_live_router(struct segment *s)
{
    attack_eavesdrop(s, attack_answer_as_router, 30u * 86400u);
    attack_silent_router(s);
}

void attack_silent_routers(struct segment *s)
{
    for (unsigned i = 0; i < V6NF_ROUTERS; i++) {
        struct test_station router = {.mac = ATTACK_MAC, .address = attack_numbered("fe80::6:", i)};
        frame_ra(&in, &router, 65535, PRF_HIGH);
        ra_link_layer(&in, ATTACK_MAC);
        segment_strike(s, &in);
    }
}

void attack_router_withdrawn(struct segment *s)
{
    frame_ra(&in, &router_1, 0, 0);
    segment_strike(s, &in);
}

void attack_silent_route(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0);
    ra_route(&in, "2001:db8:ffff::", 64, PRF_HIGH, INFINITY_SECONDS);
    ra_route(&in, "2001:db8:ffff::", 48, PRF_HIGH, INFINITY_SECONDS);
    ra_link_layer(&in, ATTACK_MAC);
    segment_strike(s, &in);
}

void attack_routes_exhausted(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0);
    for (unsigned i = 0; i <= V6NF_ROUTES; i++) {
        ra_route(&in, attack_numbered("2001:db8:ffff::", i * 16u), 124, PRF_HIGH, INFINITY_SECONDS);
    }
    segment_strike(s, &in);
}

/* Send a Router Advertisement, with lifetime 0 and one prefix. */
static void advertise_prefix(struct segment *s, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
                             uint32_t preferred)
{
    frame_ra(&in, &attack_host, 0, 0);
    ra_prefix(&in, prefix, length, flags, valid, preferred);
    segment_strike(s, &in);
}

void attack_prefix_withdrawn(struct segment *s)
{
    advertise_prefix(s, "2001:db8::", 64, PREFIX_L | PREFIX_A, 0, 0);
}

void attack_prefix_of_the_link_forever(struct segment *s)
{
    advertise_prefix(s, "2001:db8::", 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
}

void attack_prefix_malformed(struct segment *s)
{
    advertise_prefix(s, "2001:db8::", 64, PREFIX_L | PREFIX_A, 100, 200);
    advertise_prefix(s, "2001:db8::", 65, PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    advertise_prefix(s, "2001:db8::", 129, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    advertise_prefix(s, "2001:db8::", 255, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    advertise_prefix(s, "fe80::", 64, PREFIX_L | PREFIX_A, 0, 0);
    advertise_prefix(s, "fe80::", 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    advertise_prefix(s, "ff00::", 8, PREFIX_L, INFINITY_SECONDS, INFINITY_SECONDS);
}

void attack_prefix_of_the_far_peer(struct segment *s)
{
    advertise_prefix(s, "2001:db8:ffff::", 64, PREFIX_L, INFINITY_SECONDS, INFINITY_SECONDS);
}

void attack_prefix_of_everything(struct segment *s)
{
    advertise_prefix(s, "::", 0, PREFIX_L, INFINITY_SECONDS, INFINITY_SECONDS);
}

void attack_address_in_the_far_network(struct segment *s)
{
    advertise_prefix(s, "2001:db8:ffff::", 64, PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
}

void attack_prefixes_exhausted(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0);
    for (unsigned i = 0; i < V6NF_PREFIXES; i++) {
        char prefix[INET6_ADDRSTRLEN];
        snprintf(prefix, sizeof prefix, "2001:db8:bad:%x::", i);
        ra_prefix(&in, prefix, 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    }
    segment_strike(s, &in);
}

static void advertise_mtu(struct segment *s, uint32_t mtu)
{
    frame_ra(&in, &attack_host, 0, 0);
    ra_mtu(&in, mtu);
    segment_strike(s, &in);
}

void attack_minimum_mtu(struct segment *s)
{
    advertise_mtu(s, 1280);
}

void attack_impossible_mtu(struct segment *s)
{
    advertise_mtu(s, 1501);
    advertise_mtu(s, 0xFFFFFFFFu);
    advertise_mtu(s, 1279);
    advertise_mtu(s, 68);
    advertise_mtu(s, 0);
}

static void advertise_number(struct segment *s, uint32_t at, uint32_t value)
{
    frame_ra(&in, &attack_host, 0, 0);
    ra_number(&in, at, value);
    segment_strike(s, &in);
}

void attack_hop_limit_of_1(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0);
    in.bytes[RA_HOP_LIMIT] = 1;
    frame_fix_checksum(&in);
    segment_strike(s, &in);
}

void attack_shortest_reachable_time(struct segment *s)
{
    advertise_number(s, RA_REACHABLE_TIME, 1);
}

void attack_longest_reachable_time(struct segment *s)
{
    advertise_number(s, RA_REACHABLE_TIME, 0xFFFFFFFFu);
    attack_neighbor_poisoning_solicited(s);
}

void attack_shortest_retrans_timer(struct segment *s)
{
    advertise_number(s, RA_RETRANS_TIMER, 1);
}

void attack_longest_retrans_timer(struct segment *s)
{
    advertise_number(s, RA_RETRANS_TIMER, 0xFFFFFFFFu);
}

void attack_longest_retrans_timer_and_poisoning(struct segment *s)
{
    advertise_number(s, RA_RETRANS_TIMER, 0xFFFFFFFFu);
    attack_neighbor_poisoning(s);
}

void attack_no_dhcpv6(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0);
    segment_strike(s, &in);
}

void attack_dhcpv6_for_all(struct segment *s)
{
    frame_ra(&in, &attack_host, 0, 0xC0);
    segment_strike(s, &in);
}

static void advertise_option(struct segment *s, const uint8_t *option, uint32_t size)
{
    frame_ra(&in, &attack_host, 0, 0);
    ra_option(&in, option, size);
    segment_strike(s, &in);
}

/* Advertise as many DNS servers and domains as there are slots. */
static void dns_exhausted(struct segment *s, uint32_t lifetime)
{
    uint8_t servers[8 + 16 * V6NF_DNS_SERVERS] = {25, 1 + 2 * V6NF_DNS_SERVERS};
    uint8_t domains[8 + 8 * V6NF_DNS_DOMAINS] = {31, 1 + V6NF_DNS_DOMAINS};
    put32(servers + 4, lifetime);
    put32(domains + 4, lifetime);
    for (unsigned i = 0; i < V6NF_DNS_SERVERS; i++) {
        test_address(servers + 8 + 16 * i, attack_numbered("2001:db8:bad::", i));
    }
    for (unsigned i = 0; i < V6NF_DNS_DOMAINS; i++) {
        const uint8_t domain[8] = {6, 'b', 'a', 'd', '.', 'x', (uint8_t)('a' + i), 0};
        memcpy(domains + 8 + 8 * i, domain, 8);
    }
    advertise_option(s, servers, sizeof servers);
    advertise_option(s, domains, sizeof domains);
}

void attack_dns_forever(struct segment *s)
{
    dns_exhausted(s, INFINITY_SECONDS);
}

void attack_dns_for_an_hour(struct segment *s)
{
    dns_exhausted(s, 3600);
}

void attack_dns_withdrawn(struct segment *s)
{
    uint8_t servers[24] = {25, 3};
    uint8_t domains[24] = {31, 3, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g'};
    test_address(servers + 8, "2001:db8::53");
    advertise_option(s, servers, sizeof servers);
    advertise_option(s, domains, sizeof domains);
}
