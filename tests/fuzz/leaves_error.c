/* leaves_error.c: ICMPv6 errors that a node may send (RFC 4443, 2.4), and fragments (RFC 8200, 4.5). */
#include "node_checks.h"

/* -- Errors ----------------------------------------------------------------------------------------------------------- */

/* What the chain of extension headers in the quoted packet ends in: the offset of an ICMPv6 message, 0 if there is
 * none. */
static uint32_t find_icmpv6(const uint8_t *packet, uint32_t length)
{
    uint8_t next_header = packet[6];
    uint32_t at = 40;
    while (at + 8u <= length) {
        uint32_t size = 8u + 8u * packet[at + 1u];
        if (next_header == 44u) {
            size = 8;
            if ((get16(packet + at + 2u) & 0xFFF8u) != 0u) {
                return 0; /* not the first fragment: what follows is not a header */
            }
        } else if (next_header == 51u) {
            size = 8u + 4u * packet[at + 1u];
        } else if (next_header != 0u && next_header != 43u && next_header != 60u && next_header != 135u) {
            break;
        }
        next_header = packet[at];
        at += size;
    }
    return next_header == 58u && at < length ? at : 0u;
}

/* True if the error may answer a group: Packet Too Big, and an option whose two highest bits are 10. */
static bool answers_groups(const uint8_t *frame, const uint8_t *quoted, uint32_t length)
{
    uint32_t pointer = get32(frame + 58);
    return frame[54] == 2u || (frame[54] == 4u && frame[55] == 2u && (pointer >= length || quoted[pointer] >> 6 == 2u));
}

void check_leaves_error(const uint8_t *frame, uint32_t payload)
{
    CHECK(40u + payload <= 1280u); /* RFC 4443, 2.4 (c) */
    CHECK(payload >= 48u);
    const uint8_t *quoted = frame + 62;
    uint32_t length = payload - 8u;
    CHECK(quoted[0] >> 4 == 6u && length <= 40u + get16(quoted + 4));
    CHECK(is_same(frame + 38, quoted + 8) && quoted[8] != 0xFFu && !is_zero(quoted + 8, 16));
    CHECK(quoted[24] != 0xFFu || answers_groups(frame, quoted, length));
    CHECK(frame[54] != 4u || get32(frame + 58) < 40u + get16(quoted + 4));
    uint32_t at = find_icmpv6(quoted, length);
    CHECK(at == 0u || (quoted[at] >= 128u && quoted[at] != 137u));
    /* About the packet that was just received, or about one of before that waited. */
    if (cause_length >= 14u + length && memcmp(quoted, cause + 14, length) == 0) {
        CHECK((cause[0] & 1u) == 0u || answers_groups(frame, quoted, length));
    }
}

/* -- Fragments -------------------------------------------------------------------------------------------------------- */

/* Packets that the node sends in fragments, as their receiver puts them together. */
#define PACKETS 8u
struct assembly {
    bool is_used;
    uint8_t source[16];
    uint8_t destination[16];
    uint32_t identification;
    uint8_t next_header;
    uint32_t total; /* 0 before the last fragment */
    uint32_t received;
    uint8_t bytes[65536];
    bool is_there[65536 / 8]; /* blocks of 8 bytes */
};
static struct assembly assemblies[PACKETS];
static uint32_t assemblies_next;

void start_leaves_fragments(void)
{
    for (uint32_t i = 0; i < PACKETS; i++) {
        assemblies[i].is_used = false;
    }
    assemblies_next = 0;
}

static struct assembly *find_assembly(const uint8_t *frame)
{
    for (uint32_t i = 0; i < PACKETS; i++) {
        struct assembly *packet = &assemblies[i];
        if (packet->is_used && is_same(packet->source, frame + 22) && is_same(packet->destination, frame + 38) &&
            packet->identification == get32(frame + 58)) {
            return packet;
        }
    }
    struct assembly *packet = &assemblies[assemblies_next];
    assemblies_next = (assemblies_next + 1u) % PACKETS;
    packet->is_used = true;
    memcpy(packet->source, frame + 22, 16);
    memcpy(packet->destination, frame + 38, 16);
    packet->identification = get32(frame + 58);
    packet->next_header = frame[54];
    packet->total = packet->received = 0;
    memset(packet->is_there, 0, sizeof packet->is_there);
    return packet;
}

/* The whole packet has a right checksum. */
static void check_whole(const struct assembly *packet)
{
    uint8_t header[40] = {0};
    memcpy(header + 8, packet->source, 16);
    memcpy(header + 24, packet->destination, 16);
    CHECK(sum(header, packet->bytes, packet->total, packet->next_header) == 0xFFFFu);
    CHECK(packet->next_header != 17u || get16(packet->bytes + 4) == packet->total);
}

/* A piece of a packet of the node's own: reserved fields 0, all but the last a multiple of 8 bytes, none past 65535, no
 * overlaps, and never a fragment of a fragment. */
void check_leaves_fragment(const uint8_t *frame, uint32_t payload)
{
    CHECK(payload > 8u && frame[55] == 0u && (frame[57] & 6u) == 0u);
    CHECK(frame[54] == 17u || frame[54] == 58u);
    uint32_t start = get16(frame + 56) & 0xFFF8u;
    uint32_t length = payload - 8u;
    bool has_more = (frame[57] & 1u) != 0u;
    CHECK(!has_more || length % 8u == 0u);
    CHECK(start + length <= 65535u);
    CHECK(start != 0u || has_more);
    struct assembly *packet = find_assembly(frame);
    CHECK(packet->next_header == frame[54]);
    CHECK(packet->total == 0u || start + length <= packet->total);
    for (uint32_t at = start; at < start + length; at += 8u) {
        CHECK(!packet->is_there[at / 8u]);
        packet->is_there[at / 8u] = true;
    }
    memcpy(packet->bytes + start, frame + 62, length);
    packet->received += length;
    packet->total = has_more ? packet->total : start + length;
    if (packet->received == packet->total) {
        check_whole(packet);
        packet->is_used = false;
    }
}
