/* fixture_attacks_packet.c: attacks on multicast groups, reassembly, fragmentation, errors, Echo and DHCPv6. */
#include "fixture_attacks.h"

#include <arpa/inet.h>
#include <string.h>

#include "fixture_dhcpv6.h"

#define HEADERS 54u
#define LONG_ECHO (V6NF_REASSEMBLY_SIZE >= 2100u ? 2000u : 1432u)

static struct test_frame in;

/* -- Multicast Listener Discovery ---------------------------------------------------------------------------------- */

/* Build a message of `size` bytes from the ICMPv6 type on, after a Router Alert option. */
static void mld(struct segment *s, const char *to, const uint8_t *message, uint32_t size)
{
    uint8_t payload[8 + 28] = {58, 0, 5, 2, 0, 0, 1, 0};
    frame_ipv6(&in, test_group_mac(to), ATTACK_MAC, attack_host.address, to, 58, 1, message, size);
    memcpy(payload + 8, message, size);
    attack_put16(payload + 10, frame_checksum(&in, size, 58));
    frame_ipv6(&in, test_group_mac(to), ATTACK_MAC, attack_host.address, to, 0, 1, payload, 8u + size);
    segment_strike(s, &in);
}

void attack_version_1_query(struct segment *s)
{
    static const uint8_t message[24] = {130, 0, 0, 0, 0xFF, 0xFF};
    mld(s, ATTACK_ALL_NODES, message, sizeof message);
}

/* Use the largest Maximum Response Code, Robustness Variable and Query Interval. */
void attack_slowest_query(struct segment *s)
{
    static const uint8_t message[28] = {130, 0, 0, 0, 0xFF, 0xFF, [24] = 7, [25] = 0xFF};
    mld(s, ATTACK_ALL_NODES, message, sizeof message);
}

void attack_slowest_query_then_version_1(struct segment *s)
{
    attack_slowest_query(s);
    attack_version_1_query(s);
}

void attack_version_1_report(struct segment *s)
{
    uint8_t message[24] = {131};
    test_address(message + 8, test_solicited_node(SEGMENT_NODE));
    attack_version_1_query(s);
    mld(s, test_solicited_node(SEGMENT_NODE), message, sizeof message);
}

/* -- Fragments, errors, Echo --------------------------------------------------------------------------------------- */

/* Send one fragment of a datagram or an Echo Request from `source`. */
static void fragment(struct segment *s, const char *source, uint8_t next_header, uint32_t offset, bool more,
                     uint32_t length)
{
    uint8_t bytes[8 + 2000] = {next_header, 0, 0, 0, 0, 0, 0, 6, offset == 0u ? 128 : 0};
    attack_put16(bytes + 2, offset + (more ? 1u : 0u));
    if (next_header == 58 && offset == 0u) {
        /* The sum of a message of zeros is that of its header, in one's complement. */
        frame_ipv6(&in, NODE_MAC, router_1.mac, source, SEGMENT_NODE, 58, 64, bytes + 8, LONG_ECHO);
        attack_put16(bytes + 10, frame_checksum(&in, LONG_ECHO, 58));
    }
    frame_ipv6(&in, NODE_MAC, router_1.mac, source, SEGMENT_NODE, 44, 64, bytes, 8u + length);
    segment_strike(s, &in);
}

void attack_reassembly_exhausted(struct segment *s)
{
    for (unsigned i = 0; i < 2u * V6NF_REASSEMBLIES; i++) {
        fragment(s, attack_numbered("2001:db8:bad::", i), 17, 0, true, 1200);
    }
}

void attack_fragments_overlap(struct segment *s)
{
    fragment(s, SEGMENT_FAR, 17, 0, true, 1200);
    fragment(s, SEGMENT_FAR, 17, 8, true, 1200);
    fragment(s, SEGMENT_FAR, 17, 65528, false, 7);
    fragment(s, SEGMENT_FAR, 17, 16000, true, 1200);
    fragment(s, SEGMENT_FAR, 17, 0, false, 0);
}

/* Send Echo Requests that are answered in fragments, from addresses that do not answer. */
void attack_fragmentation_exhausted(struct segment *s)
{
    for (unsigned i = 0; i < V6NF_FRAGMENTATIONS; i++) {
        const char *source = attack_numbered("2001:db8::6:1", i);
        fragment(s, source, 58, 0, true, 1200);
        fragment(s, source, 58, 1200, false, LONG_ECHO - 1200u);
    }
}

void attack_errors_exhausted(struct segment *s)
{
    for (unsigned i = 0; i < 2u * V6NF_ERROR_BURST; i++) {
        frame_udp(&in, NODE_MAC, router_1.mac, "2001:db8:bad::1", SEGMENT_NODE, 64, 2000, 9999, 0);
        segment_strike(s, &in);
    }
}

/* Send false answers to the program's Echo Requests: other bytes, other sources, errors. */
static void spoof_replies(struct segment *s, const struct test_frame *frame)
{
    if (frame->bytes[20] != 58 || frame->bytes[HEADERS] != 128) {
        return;
    }
    const uint8_t *m = frame->bytes + HEADERS;
    uint8_t body[4 + 1200] = {0};
    char node[INET6_ADDRSTRLEN];
    char peer[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, frame->bytes + 22, node, sizeof node);
    inet_ntop(AF_INET6, frame->bytes + 38, peer, sizeof peer);
    frame_echo(&in, NODE_MAC, router_1.mac, peer, node, 129, (uint16_t)(256u * m[4] + m[5]),
               (uint16_t)(256u * m[6] + m[7]), 57);
    for (unsigned i = 0; i < 2u * V6NF_PING_RESULTS; i++) {
        in.bytes[HEADERS + 8] = 0xFF;
        frame_fix_checksum(&in);
        segment_strike(s, &in);
    }
    memcpy(body + 4, frame->bytes + 14, frame->length - 14u);
    frame_icmpv6(&in, NODE_MAC, router_1.mac, "2001:db8:bad::1", node, 64, 1, 0, body, frame->length - 10u);
    segment_strike(s, &in);
    s->listener = NULL;
}

void attack_echo_replies_spoofed(struct segment *s)
{
    attack_eavesdrop(s, spoof_replies, 86400);
}

/* Loop each frame of the node back, once. */
static void reflect(struct segment *s, const struct test_frame *frame)
{
    in.length = frame->length;
    memcpy(in.bytes, frame->bytes, frame->length);
    s->listener = NULL;
    if (frame->bytes[0] % 2u != 0u) {
        segment_strike(s, &in);
    }
    s->listener = reflect;
}

void attack_link_loops_back(struct segment *s)
{
    attack_eavesdrop(s, reflect, 600);
}

/* -- DHCPv6 -------------------------------------------------------------------------------------------------------- */

#if V6NF_DHCPV6
static const uint8_t rogue_id[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0x66};

/* Begin an answer to the client's message, as if from server `id`, or from the one that the message names. */
static bool begin_answer(struct dhcpv6_bytes *message, const struct test_frame *frame, uint8_t type, const uint8_t *id)
{
    uint32_t client_size = 0;
    uint32_t server_size = 10;
    const uint8_t *m = frame->bytes + 62;
    const uint8_t *client = dhcpv6_find(m + 4, frame->length - 66u, CLIENT_ID, &client_size);
    const uint8_t *server = id != NULL ? id : dhcpv6_find(m + 4, frame->length - 66u, SERVER_ID, &server_size);
    bool is_dhcpv6 = frame->bytes[20] == 17 && frame->bytes[HEADERS + 3u] == 547 % 256 && client != NULL;
    if (is_dhcpv6 && server != NULL) {
        dhcpv6_begin(message, type, (uint32_t)m[1] * 65536u + (uint32_t)m[2] * 256u + m[3]);
        dhcpv6_option(message, CLIENT_ID, client, client_size);
        dhcpv6_option(message, SERVER_ID, server, server_size);
    }
    return is_dhcpv6 && server != NULL;
}

static void send_answer(struct segment *s, const struct dhcpv6_bytes *message)
{
    frame_udp(&in, NODE_MAC, ATTACK_MAC, attack_host.address, NODE_LINK_LOCAL, 64, 547, 546, message->length);
    memcpy(in.bytes + 62, message->bytes, message->length);
    frame_fix_checksum(&in);
    segment_strike(s, &in);
}

/* Advertise with the highest preference, and never answer a Request. */
static void offer_and_be_silent(struct segment *s, const struct test_frame *frame)
{
    struct dhcpv6_bytes message;
    if (frame->bytes[62] == SOLICIT && begin_answer(&message, frame, ADVERTISE, rogue_id)) {
        s->listener = NULL;
        dhcpv6_option8(&message, PREFERENCE, 255);
        dhcpv6_option32(&message, SOL_MAX_RT, 86400);
        dhcpv6_option32(&message, INF_MAX_RT, 86400);
        uint32_t ia = dhcpv6_ia_begin(&message, 1, 0, 0);
        dhcpv6_address(&message, "2001:db8::bad", INFINITY_SECONDS, INFINITY_SECONDS);
        dhcpv6_ia_end(&message, ia);
        send_answer(s, &message);
    }
}

/* Revoke the lease in the server's name, with one status after another. */
static void refuse(struct segment *s, const struct test_frame *frame)
{
    static uint32_t status;
    struct dhcpv6_bytes message;
    if ((frame->bytes[62] == REQUEST || frame->bytes[62] == RENEW) && begin_answer(&message, frame, REPLY, NULL)) {
        uint32_t ia = dhcpv6_ia_begin(&message, 1, 0, 0);
        dhcpv6_address(&message, SEGMENT_LEASE, 0, 0);
        dhcpv6_status(&message, (uint16_t)status);
        dhcpv6_ia_end(&message, ia);
        status = (status + 1u) % (USE_MULTICAST + 1u);
        s->listener = status == 0u ? NULL : refuse;
        send_answer(s, &message);
    }
}

/* Give the lease for one second, and let it be renewed at once. */
static void give_a_second(struct segment *s, const struct test_frame *frame)
{
    struct dhcpv6_bytes message;
    if ((frame->bytes[62] == REQUEST || frame->bytes[62] == RENEW) && begin_answer(&message, frame, REPLY, NULL)) {
        s->listener = NULL;
        uint32_t ia = dhcpv6_ia_begin(&message, 1, 1, 1);
        dhcpv6_address(&message, SEGMENT_LEASE, 1, 1);
        dhcpv6_ia_end(&message, ia);
        send_answer(s, &message);
    }
}

/* Give the lease to its client again, forever, in the server's name. */
static void give_forever(struct segment *s, const struct test_frame *frame)
{
    struct dhcpv6_bytes message;
    if ((frame->bytes[62] == REQUEST || frame->bytes[62] == RENEW) && begin_answer(&message, frame, REPLY, NULL)) {
        s->listener = NULL;
        uint32_t ia = dhcpv6_ia_begin(&message, 1, INFINITY_SECONDS, INFINITY_SECONDS);
        dhcpv6_address(&message, SEGMENT_LEASE, INFINITY_SECONDS, INFINITY_SECONDS);
        dhcpv6_ia_end(&message, ia);
        send_answer(s, &message);
    }
}

/* Answer the whole exchange forever, with an address of another network. */
static void lease_elsewhere(struct segment *s, const struct test_frame *frame)
{
    struct dhcpv6_bytes message;
    uint8_t type = frame->bytes[62] == SOLICIT ? ADVERTISE : REPLY;
    if (begin_answer(&message, frame, type, rogue_id)) {
        s->listener = type == ADVERTISE ? lease_elsewhere : NULL;
        dhcpv6_option8(&message, PREFERENCE, 255);
        uint32_t ia = dhcpv6_ia_begin(&message, 1, INFINITY_SECONDS, INFINITY_SECONDS);
        dhcpv6_address(&message, "2001:db8:ffff::bad", INFINITY_SECONDS, INFINITY_SECONDS);
        dhcpv6_ia_end(&message, ia);
        send_answer(s, &message);
    }
}

void attack_server_offers_and_is_silent(struct segment *s)
{
    attack_eavesdrop(s, offer_and_be_silent, 86400);
}

void attack_lease_refused(struct segment *s)
{
    attack_eavesdrop(s, refuse, 86400);
}

void attack_lease_of_a_second(struct segment *s)
{
    attack_eavesdrop(s, give_a_second, 86400);
}

void attack_lease_forever(struct segment *s)
{
    attack_eavesdrop(s, give_forever, 86400);
}

void attack_lease_of_another_network(struct segment *s)
{
    attack_eavesdrop(s, lease_elsewhere, 86400);
}
#endif
