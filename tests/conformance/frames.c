/* frames.c: the frames of the testing nodes, from the RFCs' diagrams. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define ETHER 14u
#define HEADERS 54u

const char *address_text(const uint8_t *bytes)
{
    static char texts[4][INET6_ADDRSTRLEN];
    static unsigned turn;
    turn = (turn + 1u) % 4u;
    return inet_ntop(AF_INET6, bytes, texts[turn], INET6_ADDRSTRLEN);
}

bool is_address(const uint8_t *bytes, const char *text)
{
    uint8_t address[16];
    test_address(address, text);
    return memcmp(bytes, address, sizeof address) == 0;
}

bool is_mac(const uint8_t *bytes, const char *text)
{
    uint8_t mac[6];
    test_mac(mac, text);
    return memcmp(bytes, mac, sizeof mac) == 0;
}

/* Return the Ethernet address for packets to an address of the NUT, or to a group. */
static const char *mac_for(const char *to)
{
    return strncmp(to, "ff", 2) == 0 ? test_group_mac(to) : nut.mac;
}

/* -- Echo, extension headers, fragments ---------------------------------------------------------------------------- */

void echo_request_of(struct test_frame *frame, const struct station *station, const char *from, const char *to,
                     uint32_t size)
{
    static uint16_t sequence;
    sequence++;
    frame_echo(frame, mac_for(to), station->mac, from, to, 128, 0x5E17, sequence, size);
}

void echo_request(struct test_frame *frame, const struct station *station, const char *from, const char *to)
{
    echo_request_of(frame, station, from, to, 8);
}

void insert_header(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t length)
{
    uint8_t *b = frame->bytes;
    memmove(b + HEADERS + length, b + HEADERS, frame->length - HEADERS);
    memcpy(b + HEADERS, header, length);
    b[HEADERS] = b[20];
    b[20] = type;
    frame->length += length;
    put16(b + 18, frame->length - HEADERS);
}

void fragment(struct test_frame *piece, const struct test_frame *whole, uint32_t identification, uint32_t offset,
              uint32_t length, bool more)
{
    uint8_t header[8] = {0};
    memcpy(piece->bytes, whole->bytes, HEADERS);
    memcpy(piece->bytes + HEADERS, whole->bytes + HEADERS + offset, length);
    piece->length = HEADERS + length;
    put16(header + 2, offset + (more ? 1u : 0u)); /* in units of 8 bytes, from bit 3 on (RFC 8200, 4.5) */
    put32(header + 4, identification);
    insert_header(piece, 44, header, sizeof header);
}

uint32_t new_identification(void)
{
    static uint32_t last = 0x4E550000u;
    last++;
    return last;
}

void make_atomic(struct test_frame *frame, uint32_t identification)
{
    uint8_t header[8] = {0};
    put32(header + 4, identification);
    insert_header(frame, 44, header, sizeof header);
}

void transmit_in_two(const struct test_frame *frame, uint32_t first)
{
    struct test_frame piece;
    uint32_t identification = new_identification();
    fragment(&piece, frame, identification, 0, first, true);
    transmit(&piece);
    fragment(&piece, frame, identification, first, frame->length - HEADERS - first, false);
    transmit(&piece);
}

void cut_message(struct test_frame *frame, uint32_t length)
{
    frame->length = HEADERS + length;
    put16(frame->bytes + 18, length);
    frame_fix_checksum(frame);
}

/* -- Neighbor Discovery -------------------------------------------------------------------------------------------- */

void advertisement(struct test_frame *frame, const struct station *station, uint8_t flags, const char *mac)
{
    frame_na(frame, nut.mac, station->mac, station->link_local, nut.link_local, station->link_local, flags, mac);
}

void solicitation(struct test_frame *frame, const struct station *station, const char *to, const char *mac)
{
    to = to != NULL ? to : nut.link_local;
    frame_ns(frame, mac_for(to), station->mac, station->link_local, to, nut.link_local, mac);
}

static void add_option(struct test_frame *frame, const uint8_t *option, uint32_t length)
{
    frame_append(frame, option, length);
    frame_fix_checksum(frame);
}

void router_advertisement(struct test_frame *frame, const struct station *station, uint8_t flags, uint16_t lifetime)
{
    uint8_t body[12] = {64, flags};
    put16(body + 2, lifetime);
    frame_icmpv6(frame, test_group_mac(ALL_NODES), station->mac, station->link_local, ALL_NODES, 255, 134, 0, body,
                 sizeof body);
}

void add_link_layer(struct test_frame *frame, uint8_t type, const char *mac)
{
    uint8_t option[8] = {type, 1};
    test_mac(option + 2, mac);
    add_option(frame, option, sizeof option);
}

void add_prefix(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
                uint32_t preferred)
{
    uint8_t option[32] = {3, 4, length, flags};
    put32(option + 4, valid);
    put32(option + 8, preferred);
    test_address(option + 16, prefix);
    add_option(frame, option, sizeof option);
}

void add_mtu(struct test_frame *frame, uint32_t mtu)
{
    uint8_t option[8] = {5, 1};
    put32(option + 4, mtu);
    add_option(frame, option, sizeof option);
}

void add_route(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t preference, uint32_t lifetime)
{
    uint8_t option[24] = {24, 3, length, preference};
    require_routes();
    put32(option + 4, lifetime);
    test_address(option + 8, prefix);
    add_option(frame, option, sizeof option);
}

void add_dns_server(struct test_frame *frame, const char *address, uint32_t lifetime)
{
    uint8_t option[24] = {25, 3};
    put32(option + 4, lifetime);
    test_address(option + 8, address);
    add_option(frame, option, sizeof option);
}

void add_dns_domain(struct test_frame *frame, const char *name, uint32_t lifetime)
{
    uint8_t option[40] = {31, 5};
    uint32_t at = 8;
    uint32_t label = 8; /* offset of the length of the current label (RFC 1035, 3.1) */
    put32(option + 4, lifetime);
    for (; *name != '\0' && at < 38u; name++) {
        at++;
        if (*name == '.') {
            label = at;
        } else {
            option[at] = (uint8_t)*name;
            option[label]++;
        }
    }
    add_option(frame, option, sizeof option);
}

void redirect(struct test_frame *frame, const struct station *router, const char *destination, const char *target)
{
    uint8_t body[36] = {0};
    test_address(body + 4, target);
    test_address(body + 20, destination);
    frame_icmpv6(frame, nut.mac, router->mac, router->link_local, nut.global, 255, 137, 0, body, sizeof body);
}

void add_redirected(struct test_frame *frame, const struct test_frame *packet, uint32_t max_length)
{
    uint8_t option[2048] = {4};
    uint32_t size = packet->length - ETHER < max_length ? packet->length - ETHER : max_length;
    size = size / 8u * 8u; /* RFC 4861, 4.6.3: as much as fits, in units of 8 bytes */
    option[1] = (uint8_t)(1u + size / 8u);
    memcpy(option + 8, packet->bytes + ETHER, size);
    add_option(frame, option, 8u + size);
}

void add_unknown_option(struct test_frame *frame)
{
    const uint8_t option[8] = {0xF0, 1};
    add_option(frame, option, sizeof option);
}

/* -- Errors -------------------------------------------------------------------------------------------------------- */

void icmpv6_error(struct test_frame *frame, const struct station *station, const char *from, uint8_t type, uint8_t code,
                  uint32_t parameter, const struct test_frame *about)
{
    uint8_t body[1236];
    uint32_t quoted = about->length - ETHER < 1232u ? about->length - ETHER : 1232u; /* RFC 4443, 2.4 (c) */
    put32(body, parameter);
    memcpy(body + 4, about->bytes + ETHER, quoted);
    frame_icmpv6(frame, nut.mac, station->mac, from, address_text(about->bytes + 22), 64, type, code, body,
                 4u + quoted);
}

/* Return the length of the fixed part of a Neighbor Discovery message (RFC 4861, 4). */
static uint32_t fixed_size(uint8_t type)
{
    switch (type) {
    case 133:
        return 8;
    case 134:
        return 16;
    case 137:
        return 40;
    default:
        return 24;
    }
}

void spoil(struct test_frame *frame, enum fault fault)
{
    uint8_t *message = frame->bytes + HEADERS;
    uint32_t size = fixed_size(message[0]);
    switch (fault) {
    case BAD_HOP_LIMIT:
        frame->bytes[21] = 254;
        break;
    case BAD_CODE:
        message[1] = 1;
        frame_fix_checksum(frame);
        break;
    case TOO_SHORT:
        cut_message(frame, size - 8u);
        break;
    case OPTION_LENGTH_ZERO:
        if (frame->length == HEADERS + size) {
            add_unknown_option(frame);
        }
        message[size + 1u] = 0;
        frame_fix_checksum(frame);
        break;
    case MULTICAST_TARGET:
        test_address(message + 8, ALL_NODES);
        frame_fix_checksum(frame);
        break;
    case GLOBAL_SOURCE:
        test_address(frame->bytes + 22, tr1.global);
        frame_fix_checksum(frame);
        break;
    default:
        break;
    }
    if (fault == BAD_CHECKSUM) {
        message[2] ^= 0xFFu;
    }
}
