/* packets.c: the bytes and the headers of packets.h. */
#include "packets.h"

struct building built;

void put(const void *bytes, uint32_t length)
{
    if (built.length + length <= sizeof built.bytes) {
        memcpy(built.bytes + built.length, bytes, length);
        built.length += length;
    }
}

void put8(uint32_t value)
{
    uint8_t byte = (uint8_t)value;
    put(&byte, 1);
}

void put16(uint32_t value)
{
    put8(value >> 8);
    put8(value);
}

void put32(uint32_t value)
{
    put16(value >> 16);
    put16(value);
}

void put_filler(uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        put8(i);
    }
}

/* -- Headers ------------------------------------------------------------------------------------------------------- */

void begin(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit)
{
    uint8_t from[16];
    uint8_t to[16];
    memcpy(from, source, 16);
    memcpy(to, destination, 16);
    built.length = 0;
    put(mac, 6);
    mac_of(built.bytes + 6, from);
    if (to[0] == 0xFFu) {
        built.bytes[0] = built.bytes[1] = 0x33;
        memcpy(built.bytes + 2, to + 12, 4);
    }
    built.length = 12;
    put16(0x86DD);
    put32(0x60000000);
    put16(0);
    put8(59);
    put8(hop_limit);
    put(from, 16);
    put(to, 16);
    built.next_header_at = built.cut_next_header_at = 20;
    built.cut_at = 54;
    built.upper = 0;
}

/* Put an unknown option, whose two highest bits select the action, or a known one. */
static void put_option(uint32_t space)
{
    static const uint8_t types[8] = {1, 0x1E, 0x5E, 0x9E, 0xDE, 5, 0x9E, 0xC2};
    uint32_t size = space >= 4u ? 2u + below(space - 3u) : 0u;
    if (space < 2u) {
        put_filler(0), put8(0); /* Pad1 */
        return;
    }
    put8(types[below(8)]), put8(one_in(16) ? any8() : size), put_filler(size);
}

static void put_header(uint8_t kind)
{
    uint32_t start = built.length;
    uint32_t size = 8u + 8u * (one_in(4) ? below(3) : 0u);
    built.bytes[built.next_header_at] = kind;
    built.next_header_at = start;
    put8(59);
    put8(one_in(32) ? any8() : size / 8u - 1u);
    if (kind == 43u) {
        put8(below(5)), put8(one_in(4) ? any8() : 0u), put32(0);
        put_filler(size - 8u);
        return;
    }
    if (kind == 44u) { /* an atomic fragment, or one of a packet whose other fragments do not arrive */
        built.bytes[start + 1u] = 0;
        put16(one_in(2) ? 0u : below(4) * 8u + below(2)), put32(below(3));
        return;
    }
    if (one_in(2)) {
        put_option(size - 2u);
    }
    while (built.length < start + size) { /* PadN */
        uint32_t left = start + size - built.length;
        put8(left > 1u ? 1u : 0u);
        if (left > 1u) {
            put8(left - 2u);
            for (uint32_t i = 2; i < left; i++) {
                put8(0);
            }
        }
    }
}

static void put_chain(void)
{
    static const uint8_t kinds[8] = {0, 60, 60, 43, 43, 60, 44, 60};
    uint8_t choice = any8();
    uint32_t count = choice < 128u ? 0u : choice < 240u ? 1u + choice % 3u : 7u + choice % 4u;
    for (uint32_t i = 0; i < count; i++) {
        put_header(count > 4u ? 60 : kinds[below(8)]);
    }
}

void put_headers(void)
{
    put_chain();
    built.cut_at = built.length;
    built.cut_next_header_at = built.next_header_at;
    put_chain();
}

void begin_upper(uint8_t kind)
{
    built.bytes[built.next_header_at] = kind;
    built.upper = built.length;
}

void begin_icmpv6(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit, uint8_t type, uint8_t code)
{
    begin(source, destination, hop_limit);
    begin_upper(58);
    put8(type), put8(code), put16(0);
}

void finish(void)
{
    uint8_t next_header = built.bytes[built.next_header_at];
    uint8_t *upper = built.bytes + built.upper;
    uint32_t length = built.length - built.upper;
    uint32_t at = next_header == 58u ? 2u : next_header == 17u ? 6u : 0u;
    uint32_t payload = built.length - 54u;
    built.bytes[18] = (uint8_t)(payload >> 8);
    built.bytes[19] = (uint8_t)payload;
    if (built.upper == 0u || at == 0u || length < at + 2u) {
        return;
    }
    upper[at] = upper[at + 1u] = 0;
    uint32_t checksum = 0xFFFFu - sum(built.bytes + 14, upper, length, next_header);
    checksum = checksum == 0u ? 0xFFFFu : checksum;
    upper[at] = (uint8_t)(checksum >> 8);
    upper[at + 1u] = (uint8_t)checksum;
}
