/* output_error.c: checks of the ICMPv6 errors (RFC 4443, 2.4) and of the fragments (RFC 8200, 4.5) that a node
 * sends. */
#include "node_checks.h"

/* -- Errors -------------------------------------------------------------------------------------------------------- */

/* Return the offset of the ICMPv6 message behind the extension headers of the quoted packet, 0 if there is none. */
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

/* Return true if the error may answer a packet to a group: a Packet Too Big, or a Parameter Problem about an option
 * whose two highest bits are 10. */
static bool answers_groups(const uint8_t *frame, const uint8_t *quoted, uint32_t length)
{
    uint32_t pointer = get32(frame + 58);
    return frame[54] == 2u || (frame[54] == 4u && frame[55] == 2u && (pointer >= length || quoted[pointer] >> 6 == 2u));
}

void check_error_output(const uint8_t *frame, uint32_t payload)
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
    /* The error is about the packet that was just received, or about an earlier one that was queued. */
    if (cause_length >= 14u + length && memcmp(quoted, cause + 14, length) == 0) {
        CHECK((cause[0] & 1u) == 0u || answers_groups(frame, quoted, length));
    }
}

/* -- Fragments ----------------------------------------------------------------------------------------------------- */

/* Packets that the node sends in fragments, as their receiver reassembles them. */
#define PACKETS 8u
struct assembly {
    bool is_used;
    uint8_t source[16];
    uint8_t destination[16];
    uint32_t identification;
    uint8_t next_header;
    uint8_t start[4]; /* version, traffic class and flow label of each fragment */
    uint8_t hop_limit;
    uint32_t total; /* 0 before the last fragment */
    uint32_t received;
    uint8_t bytes[65536];
    bool is_received[65536 / 8]; /* blocks of 8 bytes */
};
static struct assembly assemblies[PACKETS];
static uint32_t assemblies_next;

void reset_fragment_checks(void)
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
    memcpy(packet->start, frame + 14, 4);
    packet->hop_limit = frame[21];
    packet->total = packet->received = 0;
    memset(packet->is_received, 0, sizeof packet->is_received);
    return packet;
}

/* Check that the reassembled packet has a correct checksum, or none if the program asked for that. */
static void check_whole(const struct assembly *packet)
{
    uint8_t header[40] = {0};
    memcpy(header + 8, packet->source, 16);
    memcpy(header + 24, packet->destination, 16);
    bool lacks_checksum = packet->next_header == 17u && get16(packet->bytes + 6) == 0u;
    CHECK(lacks_checksum ? may_lack_checksum(packet->bytes + 8, packet->total - 8u)
                         : sum(header, packet->bytes, packet->total, packet->next_header) == 0xFFFFu);
    CHECK(packet->next_header != 17u || get16(packet->bytes + 4) == packet->total);
}

/* Check a fragment: reserved fields are 0, all but the last are a multiple of 8 bytes, none ends past 65535. Fragments
 * do not overlap, and none is a fragment of a fragment. */
void check_fragment_output(const uint8_t *frame, uint32_t payload)
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
    CHECK(packet->next_header == frame[54] && packet->hop_limit == frame[21]);
    CHECK(memcmp(packet->start, frame + 14, 4) == 0);
    CHECK(packet->total == 0u || start + length <= packet->total);
    for (uint32_t at = start; at < start + length; at += 8u) {
        CHECK(!packet->is_received[at / 8u]);
        packet->is_received[at / 8u] = true;
    }
    memcpy(packet->bytes + start, frame + 62, length);
    packet->received += length;
    packet->total = has_more ? packet->total : start + length;
    if (packet->received == packet->total) {
        check_whole(packet);
        packet->is_used = false;
    }
}
