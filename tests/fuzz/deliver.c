/* deliver.c: deliver the built packet to the node, in one frame or in fragments, unchanged or damaged by the link. */
#include "packets.h"

static uint8_t wire[FRAME_MAX];
static uint32_t wire_length;

/* Insert an 802.1Q tag: a priority tag (VLAN 0), or one of a VLAN. */
static void put_tag(uint32_t tag)
{
    if (wire_length < 14u || wire_length + 4u > sizeof wire) {
        return;
    }
    memmove(wire + 16, wire + 12, wire_length - 12u);
    wire[12] = 0x81;
    wire[13] = 0;
    wire[14] = (uint8_t)(tag >> 8);
    wire[15] = (uint8_t)tag;
    wire_length += 4u;
}

static void damage(uint8_t choice)
{
    static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};
    if (choice < 200u || wire_length < 54u) {
        return;
    }
    switch (choice % 10u) {
    case 0:
    case 1:
        wire[14u + (any8() * 7u + any8()) % (wire_length - 14u)] ^= (uint8_t)(1u << below(8));
        break;
    case 2:
        wire_length = any8() * wire_length / 256u;
        break;
    case 3:
    case 4: {
        uint32_t padding = below(64);
        if (wire_length + padding <= sizeof wire) {
            memset(wire + wire_length, 0x77, padding);
            wire_length += padding;
        }
        break;
    }
    case 5:
    case 6:
        put_tag(one_in(4) ? below(256) : 0xE000u);
        break;
    case 7:
        memcpy(wire, group, 6);
        break;
    case 8:
        memcpy(wire, mac, 6);
        break;
    default:
        memcpy(wire + 6, one_in(2) ? mac : group, 6);
        break;
    }
}

static uint32_t any_capacity(void)
{
    uint8_t choice = any8();
    uint32_t capacity = choice < 144u   ? link_mtu + 14u
                        : choice < 208u ? FRAME_MAX
                        : choice < 232u ? wire_length
                                        : wire_length + choice;
    return capacity < wire_length ? wire_length : capacity;
}

static void send_wire(uint64_t now)
{
    if (wire_length > link_mtu + 18u) {
        wire_length = link_mtu + 18u;
    }
    uint32_t capacity = any_capacity();
    (void)receive_frame(wire, wire_length, capacity, now);
}

void deliver_bytes(const uint8_t *bytes, uint32_t length, uint64_t now)
{
    memcpy(wire, bytes, length);
    wire_length = length;
    send_wire(now);
}

void deliver(uint64_t now)
{
    memcpy(wire, built.bytes, built.length);
    wire_length = built.length;
    damage(any8());
    send_wire(now);
}

/* -- Fragments ----------------------------------------------------------------------------------------------------- */

/* A division into fragments: `count` pieces of `piece` bytes, of a fragmentable part of `whole` bytes. */
struct cut {
    uint32_t whole;
    uint32_t piece;
    uint32_t count;
    uint32_t identification;
    uint32_t overlap; /* bytes by which each piece after the first overlaps the one before */
};

static struct cut any_cut(void)
{
    static const uint32_t pieces[8] = {1232, 1232, 1448, 512, 8, 16, 1000, 56};
    struct cut cut = {.whole = built.length - built.cut_at, .piece = pieces[below(8)], .identification = below(3)};
    uint32_t max_piece = (link_mtu + 14u - built.cut_at - 8u) / 8u * 8u;
    cut.piece = cut.piece > max_piece ? max_piece : cut.piece;
    if (cut.whole / cut.piece > 30u) {
        cut.piece = max_piece;
    }
    cut.count = (cut.whole + cut.piece - 1u) / cut.piece;
    cut.overlap = one_in(16) ? 8u : 0u;
    return cut;
}

static void send_piece(const struct cut *cut, uint32_t number, uint64_t now)
{
    uint32_t start = number * cut->piece;
    uint32_t end = start + cut->piece < cut->whole ? start + cut->piece : cut->whole;
    start = number != 0u ? start - cut->overlap : start;
    uint32_t offset = start + (end < cut->whole ? 1u : 0u);
    uint32_t payload = built.cut_at - 54u + 8u + end - start;
    uint8_t header[8] = {built.bytes[built.cut_next_header_at], 0, (uint8_t)(offset >> 8), (uint8_t)offset, 0, 0, 0,
                         (uint8_t)cut->identification};
    memcpy(wire, built.bytes, built.cut_at);
    memcpy(wire + built.cut_at, header, 8);
    memcpy(wire + built.cut_at + 8u, built.bytes + built.cut_at + start, end - start);
    wire[built.cut_next_header_at] = 44;
    wire[18] = (uint8_t)(payload >> 8);
    wire[19] = (uint8_t)payload;
    wire_length = 54u + payload;
    send_wire(now);
}

void deliver_fragments(uint64_t now)
{
    struct cut cut = any_cut();
    uint32_t left_out = one_in(8) ? below(cut.count + 1u) : cut.count;
    bool in_reverse = one_in(4);
    uint32_t twice = one_in(8) ? below(cut.count + 1u) : cut.count;
    for (uint32_t i = 0; i < cut.count; i++) {
        uint32_t number = in_reverse ? cut.count - 1u - i : i;
        if (number != left_out) {
            send_piece(&cut, number, now);
        }
        if (number == twice) {
            send_piece(&cut, number, now);
        }
    }
}
