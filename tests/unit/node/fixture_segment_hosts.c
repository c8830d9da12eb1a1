/* fixture_segment_hosts.c: the honest hosts, and their answers to what the node sends; see fixture_segment_hosts.h. */
#include "fixture_segment_hosts.h"
#include "fixture_bytes.h"
#include "fixture_frame_error.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture_dhcpv6.h"
#include "v6nf/multicast.h"

#define HEADERS 54u /* Ethernet and IPv6 */
#define LATENCY (5u * MILLISECOND)
#define FAR_HOPS 12u
#define ROUTER_LIFETIME (3u * ADVERTISEMENT_INTERVAL)

const struct test_station near_peer = {.mac = "02:00:00:00:00:02", .address = SEGMENT_NEAR};
const struct test_station far_peer = {.mac = "02:00:00:00:00:a1", .address = SEGMENT_FAR};
static const struct test_station *const peers[] = {&near_peer, &far_peer};

bool is_address(const uint8_t *bytes, const char *text)
{
    uint8_t address[16];
    test_address(address, text);
    return memcmp(bytes, address, 16) == 0;
}

static bool is_mac(const uint8_t *bytes, const char *text)
{
    uint8_t mac[6];
    test_mac(mac, text);
    return memcmp(bytes, mac, 6) == 0;
}

static void write_text(char *text, const uint8_t *address)
{
    assert_non_null(inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN));
}

/* -- On the wire --------------------------------------------------------------------------------------------------- */

/* Deliver the frame to the node a moment later. */
void segment_post(struct segment *s, const struct test_frame *frame)
{
    assert_true(s->queue_count < SEGMENT_QUEUE);
    struct segment_delivery *delivery = &s->queue[(s->queue_first + s->queue_count) % SEGMENT_QUEUE];
    s->queue_count++;
    delivery->time = s->f.now + LATENCY;
    delivery->frame.length = frame->length;
    memcpy(delivery->frame.bytes, frame->bytes, frame->length);
}

static void let_listen(struct segment *s, const struct test_frame *frame)
{
    if (s->listener != NULL && s->f.now < s->listens_until) {
        s->listener(s, frame);
    }
}

/* Send an ICMPv6 error about a frame of the node. */
static void post_error(struct segment *s, const struct test_station *from, const struct test_frame *about, uint8_t type,
                       uint8_t code, uint32_t parameter)
{
    struct test_frame frame;
    char node[INET6_ADDRSTRLEN];
    uint32_t size = about->length - 14u;
    write_text(node, about->bytes + 22);
    frame_error_from(&frame, from, node, type, code, parameter, about, size < 1200u ? size : 1200u);
    segment_post(s, &frame);
}

/* -- The router ---------------------------------------------------------------------------------------------------- */

/* Advertise the lifetimes of radvd. Cur Hop Limit, Reachable Time, Retrans Timer and MTU are unspecified, as in many
 * routers. */
static void advertise(struct segment *s)
{
    struct test_frame frame;
    uint8_t servers[24] = {25, 3};
    uint8_t domains[24] = {31, 3, 0, 0, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g'};
    put16(servers + 6, ROUTER_LIFETIME);
    put16(domains + 6, ROUTER_LIFETIME);
    test_address(servers + 8, DNS_SERVER);
    frame_ra(&frame, &router_1, ROUTER_LIFETIME, V6NF_DHCPV6 ? 0x80 : 0);
    ra_prefix(&frame, "2001:db8::", 64, PREFIX_L | PREFIX_A, 86400, 14400);
    ra_option(&frame, servers, sizeof servers);
    ra_option(&frame, domains, sizeof domains);
    ra_link_layer(&frame, router_1.mac);
    segment_post(s, &frame);
}

/* Send a General Query of version 2, to be answered within a second (RFC 9777, 5.1). */
static void query(struct segment *s)
{
    static const uint8_t message[36] = {58, 0, 5, 2, 0, 0, 1, 0, 130, 0, 0, 0, 3, 0xE8, [32] = 2, 125};
    struct test_frame frame;
    frame_ipv6(&frame, "33:33:00:00:00:01", router_1.mac, router_1.address, "ff02::1", 0, 1, message, sizeof message);
    frame.bytes[20] = 58;
    put16(frame.bytes + HEADERS + 10, 0);
    /* The checksum is that of the message alone. */
    memmove(frame.bytes + HEADERS, frame.bytes + HEADERS + 8, 28);
    frame.length -= 8u;
    uint16_t checksum = frame_checksum(&frame, 28, 58);
    frame_ipv6(&frame, "33:33:00:00:00:01", router_1.mac, router_1.address, "ff02::1", 0, 1, message, sizeof message);
    put16(frame.bytes + HEADERS + 10, checksum);
    segment_post(s, &frame);
}

void hosts_advertise(struct segment *s)
{
    s->advertise_at = s->f.now + ADVERTISEMENT_INTERVAL * SECOND;
    advertise(s);
    query(s);
}

/* Note a Multicast Listener Report of either version that names the node's solicited-node group. */
static void hear_report(struct segment *s, const struct test_frame *frame)
{
    uint8_t group[16];
    uint8_t type = frame->bytes[HEADERS + 8];
    test_address(group, test_solicited_node(SEGMENT_NODE));
    for (uint32_t at = HEADERS + 8u; (type == 131 || type == 143) && at + 16u <= frame->length; at++) {
        if (memcmp(frame->bytes + at, group, 16) == 0) {
            s->reported_at = s->f.now;
        }
    }
}

/* Return true if the router forwards the packet to the far peer. Sources of other networks are filtered (RFC 2827). */
static bool forward(struct segment *s, const struct test_frame *frame)
{
    static const struct test_station inner = {.mac = "02:00:00:00:00:a1", .address = "2001:db8:1::1"};
    uint8_t prefix[16];
    test_address(prefix, "2001:db8::");
    if (frame->bytes[21] <= FAR_HOPS || memcmp(frame->bytes + 22, prefix, 8) != 0) {
        return false;
    }
    if (frame->length > 14u + FAR_MTU) {
        post_error(s, &inner, frame, 2, 0, FAR_MTU);
        return false;
    }
    return true;
}

/* -- The DHCPv6 server --------------------------------------------------------------------------------------------- */

#if V6NF_DHCPV6
static void serve_dhcpv6(struct segment *s, const struct test_frame *frame)
{
    static const struct test_station server = {.mac = "02:00:00:00:00:dd", .address = "fe80::dd"};
    static const uint8_t server_id[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0xDD};
    struct test_frame answer;
    struct dhcpv6_bytes message;
    const uint8_t *options = frame->bytes + 66;
    uint32_t client_size = 0;
    uint32_t server_size = 0;
    uint8_t type = frame->bytes[62];
    uint8_t dns[16];
    const uint8_t *client_id = dhcpv6_find(options, frame->length - 66u, CLIENT_ID, &client_size);
    const uint8_t *asked = dhcpv6_find(options, frame->length - 66u, SERVER_ID, &server_size);
    if (client_id == NULL || (asked != NULL && (server_size != 10u || memcmp(asked, server_id, 10) != 0))) {
        return;
    }
    dhcpv6_begin(&message, type == SOLICIT ? ADVERTISE : REPLY, read32(frame->bytes + 62) & 0xFFFFFFu);
    dhcpv6_option(&message, CLIENT_ID, client_id, client_size);
    dhcpv6_option(&message, SERVER_ID, server_id, sizeof server_id);
    if (type != CONFIRM && type != RELEASE && type != DECLINE && type != INFORMATION_REQUEST) {
        uint32_t ia = dhcpv6_ia_begin(&message, 1, 43200, 69120);
        dhcpv6_address(&message, SEGMENT_LEASE, 86400, 172800);
        dhcpv6_ia_end(&message, ia);
    }
    test_address(dns, DNS_SERVER);
    dhcpv6_option(&message, DNS_SERVERS, dns, 16);
    frame_udp(&answer, NODE_MAC, server.mac, server.address, NODE_LINK_LOCAL, 64, 547, 546, message.length);
    memcpy(answer.bytes + 62, message.bytes, message.length);
    frame_fix_checksum(&answer);
    segment_post(s, &answer);
}

#endif

/* -- The peers ----------------------------------------------------------------------------------------------------- */

void hosts_hear(struct segment *s, enum awaited what, const struct test_station *by, uint32_t length)
{
    s->served |= s->awaited == (uint32_t)what && s->awaited_by == by && s->awaited_length == length;
}

static void answer_ping(struct segment *s, const struct test_station *peer, const struct test_frame *frame)
{
    struct test_frame answer;
    char node[INET6_ADDRSTRLEN];
    const uint8_t *message = frame->bytes + HEADERS;
    write_text(node, frame->bytes + 22);
    frame_echo(&answer, NODE_MAC, peer->mac, peer->address, node, 129, (uint16_t)read16(message + 4),
               (uint16_t)read16(message + 6), frame->length - HEADERS - 8u);
    segment_post(s, &answer);
}

static void take_icmpv6(struct segment *s, const struct test_station *peer, const struct test_frame *frame)
{
    const uint8_t *message = frame->bytes + HEADERS;
    if (message[0] == 128) {
        answer_ping(s, peer, frame);
    } else if (message[0] == 129 && read16(message + 6) == s->ticket) {
        hosts_hear(s, ECHO_REPLY, peer, frame->length - HEADERS - 8u);
    } else if (message[0] == 1 && message[1] == 4) {
        hosts_hear(s, PORT_UNREACHABLE, peer, 0);
    } else if (message[0] == 136 && is_address(message + 8, SEGMENT_NODE)) {
        hosts_hear(s, ADVERTISEMENT, peer, 0);
    }
}

/* Process a whole packet that arrived at the peer. */
static void take_packet(struct segment *s, const struct test_station *peer, const struct test_frame *frame)
{
    const uint8_t *upper = frame->bytes + HEADERS;
    uint8_t next_header = frame->bytes[20];
    assert_int_equal(frame_checksum(frame, frame->length - HEADERS, next_header), 0);
    if (next_header == 58) {
        take_icmpv6(s, peer, frame);
    } else if (next_header == 17 && read16(upper + 2) == CLOSED_PORT) {
        post_error(s, peer, frame, 1, 4, 0);
    } else if (next_header == 17 && read16(upper + 2) == PEER_PORT) {
        hosts_hear(s, DATAGRAM, peer, frame->length - HEADERS - 8u);
    }
}

/* Reassemble. Fragments arrive in order, and those of one packet at a time (RFC 8200, 4.5). */
static void take_fragment(struct segment *s, const struct test_station *peer, const struct test_frame *frame)
{
    const uint8_t *header = frame->bytes + HEADERS;
    uint32_t offset = read16(header + 2) & 0xFFF8u;
    uint32_t length = frame->length - HEADERS - 8u;
    if (offset == 0u) {
        memcpy(s->whole.bytes, frame->bytes, HEADERS);
        s->whole.bytes[20] = header[0];
        s->whole_identification = read32(header + 4);
        s->whole_received = 0;
        s->whole_total = 0;
    }
    if (read32(header + 4) != s->whole_identification || offset + length > TEST_FRAME_MAX - HEADERS) {
        return;
    }
    memcpy(s->whole.bytes + HEADERS + offset, header + 8, length);
    s->whole_received += length;
    s->whole_total = header[3] % 2u == 0u ? offset + length : s->whole_total;
    if (s->whole_received == s->whole_total) {
        s->whole.length = HEADERS + s->whole_total;
        take_packet(s, peer, &s->whole);
    }
}

static void take_unicast(struct segment *s, const struct test_frame *frame)
{
    for (unsigned i = 0; i < 2u; i++) {
        if (!is_mac(frame->bytes, peers[i]->mac) || !is_address(frame->bytes + 38, peers[i]->address) ||
            (peers[i] == &far_peer && !forward(s, frame))) {
            continue;
        }
        if (frame->bytes[20] == 44) {
            take_fragment(s, peers[i], frame);
        } else {
            take_packet(s, peers[i], frame);
        }
    }
}

/* Answer a solicitation for one of the honest hosts. */
static void take_solicitation(struct segment *s, const struct test_frame *frame)
{
    static const struct test_station near_link_local = {.mac = "02:00:00:00:00:02", .address = "fe80::2"};
    static const struct test_station *const hosts[] = {&near_peer, &near_link_local, &router_1};
    struct test_frame answer;
    char node[INET6_ADDRSTRLEN];
    for (unsigned i = 0; i < 3u; i++) {
        bool hears = frame->bytes[0] == 0x33 || is_mac(frame->bytes, hosts[i]->mac);
        if (hears && is_address(frame->bytes + HEADERS + 8, hosts[i]->address)) {
            uint8_t flags = hosts[i] == &router_1 ? NA_R | NA_S | NA_O : NA_S | NA_O;
            write_text(node, frame->bytes + 22);
            frame_na(&answer, NODE_MAC, hosts[i]->mac, hosts[i]->address, node, hosts[i]->address, flags,
                     hosts[i]->mac);
            segment_post(s, &answer);
        }
    }
}

/* Deliver a frame of the node to all hosts. */
void hosts_carry(struct segment *s, const struct test_frame *frame)
{
    bool is_icmpv6 = frame->bytes[20] == 58;
    uint8_t type = frame->bytes[HEADERS];
    if (frame->length > FRAME_MAX || !is_mac(frame->bytes + 6, NODE_MAC)) {
        fail_case("the node sent a frame that is too long, or not from its Ethernet address");
    }
    s->frames++;
    let_listen(s, frame);
    if (frame->bytes[20] == 0) {
        hear_report(s, frame);
    } else if (is_icmpv6 && type == 135) {
        take_solicitation(s, frame);
    } else if (is_icmpv6 && type == 133) {
        s->advertise_at = s->advertise_at == V6NF_NEVER ? V6NF_NEVER : s->f.now;
#if V6NF_DHCPV6
    } else if (frame->bytes[20] == 17 && read16(frame->bytes + HEADERS + 2) == 547u) {
        serve_dhcpv6(s, frame);
#endif
    } else {
        take_unicast(s, frame);
    }
}
