/* fixture_attacks_neighbor.c: attacks on the Neighbor Cache, the node's addresses, next hops and path MTU. */
#include "fixture_attacks.h"
#include "fixture_frame_error.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define HEADERS 54u
#define SILENT_ROUTER "fe80::bad"

static const struct test_station near = {.mac = "02:00:00:00:00:02", .address = SEGMENT_NEAR};
static struct test_frame in;

/* -- Neighbor Cache ------------------------------------------------------------------------------------------------ */

void attack_neighbor_cache_exhaustion(struct segment *s)
{
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        attack_solicit_as(s, attack_numbered("2001:db8::6:", i), ATTACK_MAC);
    }
}

void attack_neighbor_cache_exhaustion_confirmed(struct segment *s)
{
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        attack_solicit_as(s, attack_numbered("2001:db8::6:", i), ATTACK_MAC);
        attack_advertise_as(s, attack_numbered("2001:db8::6:", i), NA_S | NA_O);
    }
}

void attack_address_scan(struct segment *s)
{
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        attack_ping_as(s, attack_numbered("2001:db8::6:", i), ATTACK_MAC);
    }
}

void attack_network_scan(struct segment *s)
{
    for (unsigned i = 0; i < 2u * V6NF_DESTINATIONS; i++) {
        attack_ping_as(s, attack_numbered("2001:db8:bad::", i), router_1.mac);
    }
}

void attack_neighbor_poisoning(struct segment *s)
{
    attack_advertise_as(s, SEGMENT_NEAR, NA_O);
}

void attack_neighbor_poisoning_solicited(struct segment *s)
{
    attack_advertise_as(s, SEGMENT_NEAR, NA_O | NA_S);
}

void attack_neighbor_poisoning_by_solicitation(struct segment *s)
{
    attack_solicit_as(s, SEGMENT_NEAR, ATTACK_MAC);
}

void attack_router_poisoning(struct segment *s)
{
    attack_advertise_as(s, router_1.address, NA_O | NA_S | NA_R);
}

void attack_router_becomes_host(struct segment *s)
{
    frame_na(&in, ATTACK_ALL_NODES_MAC, ATTACK_MAC, router_1.address, ATTACK_ALL_NODES, router_1.address, NA_O,
             router_1.mac);
    segment_strike(s, &in);
}

void attack_router_poisoning_by_advertisement(struct segment *s)
{
    frame_ra(&in, &router_1, 1800, 0);
    ra_link_layer(&in, ATTACK_MAC);
    segment_strike(s, &in);
}

void attack_neighbor_at_group_address(struct segment *s)
{
    attack_solicit_as(s, SEGMENT_NEAR, "33:33:00:00:00:01");
    frame_na(&in, ATTACK_ALL_NODES_MAC, ATTACK_MAC, SEGMENT_NEAR, ATTACK_ALL_NODES, SEGMENT_NEAR, NA_O,
             "ff:ff:ff:ff:ff:ff");
    segment_strike(s, &in);
}

void attack_neighbor_at_own_address(struct segment *s)
{
    attack_solicit_as(s, SEGMENT_NEAR, NODE_MAC);
}

/* -- The node's addresses ------------------------------------------------------------------------------------------ */

void attack_own_address_claimed(struct segment *s)
{
    attack_advertise_as(s, SEGMENT_NODE, NA_O);
    attack_advertise_as(s, NODE_LINK_LOCAL, NA_O);
    attack_solicit_as(s, SEGMENT_NODE, ATTACK_MAC);
    attack_ping_as(s, SEGMENT_NODE, ATTACK_MAC);
}

void attack_own_address_detected(struct segment *s)
{
    const char *group = test_solicited_node(SEGMENT_NODE);
    frame_ns(&in, test_group_mac(group), ATTACK_MAC, "::", group, SEGMENT_NODE, NULL);
    segment_strike(s, &in);
    frame_ns(&in, test_group_mac(group), ATTACK_MAC, "::", group, NODE_LINK_LOCAL, NULL);
    segment_strike(s, &in);
}

/* Contradict each detection of a new address, such as the temporary ones of each day. */
static void contradict_detection(struct segment *s, const struct test_frame *frame)
{
    static const uint8_t unspecified[16] = {0};
    if (frame->bytes[20] == 58 && frame->bytes[HEADERS] == 135 && memcmp(frame->bytes + 22, unspecified, 16) == 0) {
        char target[INET6_ADDRSTRLEN];
        inet_ntop(AF_INET6, frame->bytes + HEADERS + 8, target, sizeof target);
        frame_na(&in, ATTACK_ALL_NODES_MAC, ATTACK_MAC, attack_host.address, ATTACK_ALL_NODES, target, NA_O,
                 ATTACK_MAC);
        segment_strike(s, &in);
    }
}

void attack_every_detection_contradicted(struct segment *s)
{
    attack_eavesdrop(s, contradict_detection, 86400);
}

/* -- Next hops, and Redirects -------------------------------------------------------------------------------------- */

static void redirect(struct segment *s, const char *target, const char *destination, const char *mac)
{
    frame_redirect(&in, &router_1, SEGMENT_NODE, target, destination, mac);
    segment_strike(s, &in);
}

void attack_redirect_to_silent_router(struct segment *s)
{
    redirect(s, SILENT_ROUTER, SEGMENT_FAR, ATTACK_MAC);
}

void attack_redirect_to_silent_router_without_address(struct segment *s)
{
    redirect(s, SILENT_ROUTER, SEGMENT_FAR, NULL);
}

void attack_redirect_onto_the_link(struct segment *s)
{
    redirect(s, SEGMENT_FAR, SEGMENT_FAR, ATTACK_MAC);
}

void attack_redirect_to_live_host(struct segment *s)
{
    redirect(s, "fe80::2", SEGMENT_FAR, near.mac);
}

/* The router answers solicitations, and forwards nothing. */
void attack_redirect_to_live_router(struct segment *s)
{
    attack_eavesdrop(s, attack_answer_as_router, 30u * 86400u);
    redirect(s, attack_host.address, SEGMENT_FAR, ATTACK_MAC);
}

void attack_redirect_to_the_node(struct segment *s)
{
    redirect(s, NODE_LINK_LOCAL, SEGMENT_FAR, NODE_MAC);
}

void attack_redirects_of_many(struct segment *s)
{
    for (unsigned i = 0; i < ATTACK_BURST; i++) {
        char destination[INET6_ADDRSTRLEN];
        snprintf(destination, sizeof destination, "2001:db8:bad::%x", i);
        attack_ping_as(s, destination, router_1.mac);
        redirect(s, attack_numbered("fe80::6:", i), destination, NULL);
    }
}

/* -- Path MTU ------------------------------------------------------------------------------------------------------ */

/* Send an error that quotes a datagram of `length` bytes that the program could have sent to the far peer. */
static void forge_error(struct segment *s, uint8_t type, uint8_t code, uint32_t parameter, uint32_t length)
{
    const struct test_station router = {.mac = router_1.mac, .address = "2001:db8:bad::1"};
    struct test_frame about;
    frame_udp(&about, router_1.mac, NODE_MAC, SEGMENT_NODE, SEGMENT_FAR, 64, SEGMENT_PORT, 2000, length);
    uint32_t size = about.length - 14u;
    frame_error_from(&in, &router, SEGMENT_NODE, type, code, parameter, &about, size < 1200u ? size : 1200u);
    segment_strike(s, &in);
}

void attack_packet_too_big(struct segment *s)
{
    attack_ping_as(s, SEGMENT_FAR, router_1.mac); /* so that the node knows the path */
    forge_error(s, 2, 0, 1280, 1300);
}

void attack_packet_too_big_below_minimum(struct segment *s)
{
    attack_ping_as(s, SEGMENT_FAR, router_1.mac);
    forge_error(s, 2, 0, 1279, 1300);
    forge_error(s, 2, 0, 68, 1300);
    forge_error(s, 2, 0, 0, 1300);
}

void attack_unreachable(struct segment *s)
{
    for (uint8_t code = 0; code < 8u; code++) {
        forge_error(s, 1, code, 0, 100);
    }
    forge_error(s, 3, 0, 0, 100);
    forge_error(s, 4, 1, 6, 100);
}

/* Send an Echo Request from an address that has the far peer's slot in the Destination Cache. */
void attack_path_mtu_erased(struct segment *s)
{
    attack_ping_as(s, "2001:db8:bad::5", router_1.mac);
}
