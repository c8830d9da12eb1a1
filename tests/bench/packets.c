/* packets.c: four kinds of packet, written and verified (RFC 2464, 8200, 4443, 4861, 768). */
#include "packets.h"

#include <string.h>

#define IPV6 14u
#define UPPER 54u
#define ICMPV6 58u
#define UDP 17u
#define ECHO_REQUEST 128u
#define ECHO_REPLY 129u
#define ROUTER_ADVERTISEMENT 134u
#define NEIGHBOR_SOLICITATION 135u
#define NEIGHBOR_ADVERTISEMENT 136u

const uint8_t host_mac[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x01};
const uint8_t peer_mac[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x02};
/* RFC 3849 addresses on one /64. */
const uint8_t host_address[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};
const uint8_t peer_address[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02};
static const uint8_t host_group[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, 0, 0, 0x01};
static const uint8_t host_group_mac[6] = {0x33, 0x33, 0xff, 0x00, 0x00, 0x01};

/* upper: number of bytes behind the IPv6 header. */
static const struct {
    const char *name;
    uint32_t upper;
    uint32_t port;
} works[WORK_COUNT] = {
    [WORK_ECHO_56] = {"echo-56B", 8u + 56u, 0u},
    [WORK_UDP_18] = {"udp-18B", 8u + 18u, PORT_ECHO},
    [WORK_UDP_1400] = {"udp-1400B", 8u + 1400u, PORT_ECHO},
    [WORK_SOLICITATION] = {"solicitation", 32u, 0u},
    [WORK_UDP_1400_RECOMPUTED] = {"udp-1400B-recomputed", 8u + 1400u, PORT_ECHO_RECOMPUTED},
};

const char *work_name(enum work work)
{
    return works[work].name;
}

static uint32_t load16(const uint8_t *p)
{
    return (uint32_t)p[0] * 256u + (uint32_t)p[1];
}

static void store16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value / 256u);
    p[1] = (uint8_t)(value % 256u);
}

/* Return the one's complement sum of pseudo-header and upper layer: 0xFFFF if the checksum is right (RFC 8200, 8.1). */
static uint32_t sum16(const uint8_t *frame)
{
    uint32_t length = load16(frame + IPV6 + 4u);
    uint32_t sum = length + frame[IPV6 + 6u];
    for (uint32_t i = 0; i < 32u; i += 2u) {
        sum += load16(frame + IPV6 + 8u + i);
    }
    for (uint32_t i = 0; i < length; i++) {
        sum += i % 2u == 0u ? (uint32_t)frame[UPPER + i] * 256u : (uint32_t)frame[UPPER + i];
    }
    while (sum > 0xFFFFu) {
        sum = sum / 65536u + sum % 65536u;
    }
    return sum;
}

/* Write Ethernet and IPv6 headers from the peer. */
static void write_headers(uint8_t *frame, const uint8_t *mac, const uint8_t *destination, uint8_t protocol,
                          uint32_t length)
{
    memset(frame, 0, FRAME_CAPACITY);
    memcpy(frame, mac, 6u);
    memcpy(frame + 6, peer_mac, 6u);
    store16(frame + 12, 0x86DDu);
    frame[IPV6] = 0x60u;
    store16(frame + IPV6 + 4u, length);
    frame[IPV6 + 6u] = protocol;
    frame[IPV6 + 7u] = 255u;
    memcpy(frame + IPV6 + 8u, peer_address, 16u);
    memcpy(frame + IPV6 + 24u, destination, 16u);
}

/* Write the checksum at `at`, which is 0 before. No packet here sums to 0xFFFF, which would need special care. */
static uint32_t finish(uint8_t *frame, uint32_t at)
{
    store16(frame + at, 0xFFFFu - sum16(frame));
    return UPPER + load16(frame + IPV6 + 4u);
}

static uint32_t write_solicitation(uint8_t *frame)
{
    write_headers(frame, host_group_mac, host_group, ICMPV6, works[WORK_SOLICITATION].upper);
    frame[UPPER] = NEIGHBOR_SOLICITATION;
    memcpy(frame + UPPER + 8u, host_address, 16u);
    frame[UPPER + 24u] = 1u; /* source link-layer address, 8 bytes */
    frame[UPPER + 25u] = 1u;
    memcpy(frame + UPPER + 26u, peer_mac, 6u);
    return finish(frame, UPPER + 2u);
}

uint32_t packet_write_request(uint8_t *frame, enum work work)
{
    uint32_t upper = works[work].upper;
    if (work == WORK_SOLICITATION) {
        return write_solicitation(frame);
    }
    bool udp = works[work].port != 0u;
    write_headers(frame, host_mac, host_address, udp ? UDP : ICMPV6, upper);
    for (uint32_t i = 8; i < upper; i++) {
        frame[UPPER + i] = (uint8_t)(i * 7u + 1u);
    }
    if (udp) {
        store16(frame + UPPER, 50000u);
        store16(frame + UPPER + 2u, works[work].port);
        store16(frame + UPPER + 4u, upper);
        return finish(frame, UPPER + 6u);
    }
    frame[UPPER] = ECHO_REQUEST;
    store16(frame + UPPER + 4u, 0x1234u);
    store16(frame + UPPER + 6u, 1u);
    return finish(frame, UPPER + 2u);
}

uint32_t packet_write_advertisement(uint8_t *frame)
{
    write_headers(frame, host_mac, host_address, ICMPV6, 32u);
    frame[UPPER] = NEIGHBOR_ADVERTISEMENT;
    frame[UPPER + 4u] = 0x60u; /* solicited, override */
    memcpy(frame + UPPER + 8u, peer_address, 16u);
    frame[UPPER + 24u] = 2u; /* target link-layer address, 8 bytes */
    frame[UPPER + 25u] = 1u;
    memcpy(frame + UPPER + 26u, peer_mac, 6u);
    return finish(frame, UPPER + 2u);
}

uint32_t packet_write_router_advertisement(uint8_t *frame, const uint8_t *mac, const uint8_t *address)
{
    write_headers(frame, host_mac, host_address, ICMPV6, 24u);
    frame[UPPER] = ROUTER_ADVERTISEMENT;
    frame[UPPER + 4u] = 64u;            /* hop limit */
    store16(frame + UPPER + 6u, 9000u); /* router lifetime, in seconds */
    frame[UPPER + 16u] = 1u;            /* source link-layer address, 8 bytes */
    frame[UPPER + 17u] = 1u;
    memcpy(frame + UPPER + 18u, peer_mac, 6u);
    return packet_set_peer(frame, mac, address);
}

uint32_t packet_set_peer(uint8_t *frame, const uint8_t *mac, const uint8_t *address)
{
    uint8_t *message = frame + UPPER;
    memcpy(frame + 6, mac, 6u);
    memcpy(frame + IPV6 + 8u, address, 16u);
    if (frame[IPV6 + 6u] == UDP) {
        store16(message + 6, 0u);
        return finish(frame, UPPER + 6u);
    }
    if (message[0] == ROUTER_ADVERTISEMENT) {
        memcpy(message + 18, mac, 6u);
    } else if (message[0] == NEIGHBOR_SOLICITATION) {
        memcpy(message + 26, mac, 6u);
    } else if (message[0] == NEIGHBOR_ADVERTISEMENT) {
        memcpy(message + 8, address, 16u);
        memcpy(message + 26, mac, 6u);
    }
    store16(message + 2, 0u);
    return finish(frame, UPPER + 2u);
}

bool packet_is_solicitation(const uint8_t *frame, uint32_t length)
{
    return length > UPPER && frame[IPV6 + 6u] == ICMPV6 && frame[UPPER] == NEIGHBOR_SOLICITATION;
}

static const char *advertisement_fault(const uint8_t *message)
{
    if (message[0] != NEIGHBOR_ADVERTISEMENT || message[1] != 0u || message[4] != 0x60u) {
        return "not a Neighbor Advertisement, solicited and override";
    }
    if (memcmp(message + 8, host_address, 16u) != 0) {
        return "wrong target address";
    }
    if (message[24] != 2u || message[25] != 1u || memcmp(message + 26, host_mac, 6u) != 0) {
        return "wrong target link-layer address option";
    }
    return 0;
}

static const char *echo_fault(const uint8_t *request, const uint8_t *reply, uint32_t upper)
{
    if (reply[0] != ECHO_REPLY || reply[1] != 0u) {
        return "not an Echo Reply";
    }
    return memcmp(request + 4, reply + 4, upper - 4u) != 0 ? "wrong identifier, sequence number or data" : 0;
}

static const char *udp_fault(const uint8_t *request, const uint8_t *reply, uint32_t upper)
{
    if (memcmp(request, reply + 2, 2u) != 0 || memcmp(request + 2, reply, 2u) != 0) {
        return "ports not exchanged";
    }
    if (load16(reply + 4) != upper || load16(reply + 6) == 0u) {
        return "wrong UDP length, or no checksum";
    }
    return memcmp(request + 8, reply + 8, upper - 8u) != 0 ? "wrong data" : 0;
}

static const char *headers_fault(const uint8_t *request, const uint8_t *frame, uint32_t length, uint8_t protocol,
                                 uint32_t upper)
{
    if (length != UPPER + upper) {
        return length == 0u ? "nothing was sent" : "wrong length";
    }
    if (memcmp(frame, request + 6, 6u) != 0 || memcmp(frame + 6, host_mac, 6u) != 0 || load16(frame + 12) != 0x86DDu) {
        return "wrong Ethernet header";
    }
    if (frame[IPV6] >> 4 != 6u || load16(frame + IPV6 + 4u) != upper || frame[IPV6 + 6u] != protocol) {
        return "wrong IPv6 version, payload length or next header";
    }
    if (memcmp(frame + IPV6 + 8u, host_address, 16u) != 0 ||
        memcmp(frame + IPV6 + 24u, request + IPV6 + 8u, 16u) != 0) {
        return "wrong IPv6 addresses";
    }
    return sum16(frame) != 0xFFFFu ? "wrong checksum" : 0;
}

const char *packet_reply_fault(enum work work, const uint8_t *request, const uint8_t *reply, uint32_t length)
{
    bool udp = works[work].port != 0u;
    uint32_t upper = works[work].upper;
    const char *fault = headers_fault(request, reply, length, udp ? UDP : ICMPV6, upper);
    if (fault != 0) {
        return fault;
    }
    uint32_t hop_limit = reply[IPV6 + 7u];
    if (work == WORK_SOLICITATION) {
        return hop_limit != 255u ? "hop limit is not 255" : advertisement_fault(reply + UPPER);
    }
    if (hop_limit == 0u) {
        return "hop limit is 0";
    }
    return udp ? udp_fault(request + UPPER, reply + UPPER, upper) : echo_fault(request + UPPER, reply + UPPER, upper);
}
