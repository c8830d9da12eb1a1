/* messages_dhcpv6.c: messages of a DHCPv6 server to the node's client (RFC 9915), in the current exchange. */
#include "packets.h"

static void put_option(uint32_t code, uint32_t size)
{
    put16(code), put16(size);
}

/* Put an IA_NA with up to three addresses, perhaps with a status. */
static void put_ia(void)
{
    uint32_t start = built.length;
    put_option(3, 12);
    put32(1), put32(any_time()), put32(any_time());
    for (uint32_t i = below(4); i > 0u; i--) {
        uint8_t address[16];
        uint32_t valid = any_time();
        any_candidate(address);
        put_option(5, 24);
        put(address, 16);
        put32(one_in(4) ? any_time() : valid), put32(valid);
    }
    if (one_in(4)) {
        put_option(13, 2), put16(below(7));
    }
    built.bytes[start + 3u] = (uint8_t)(built.length - start - 4u);
}

/* Put an IA_PD with up to three prefixes, perhaps with a status. */
static void put_pd(void)
{
    static const uint8_t lengths[8] = {0, 32, 48, 56, 60, 64, 128, 129};
    uint32_t start = built.length;
    put_option(25, 12);
    put32(1), put32(any_time()), put32(any_time());
    for (uint32_t i = below(4); i > 0u; i--) {
        uint8_t prefix[16];
        uint32_t valid = any_time();
        any_candidate(prefix);
        put_option(26, 25);
        put32(one_in(4) ? any_time() : valid), put32(valid);
        put8(one_in(8) ? any8() : lengths[below(8)]);
        put(prefix, 16);
    }
    if (one_in(4)) {
        put_option(13, 2), put16(below(8));
    }
    built.bytes[start + 3u] = (uint8_t)(built.length - start - 4u);
}

static void put_configuration(void)
{
    switch (below(6)) {
    case 0:
        put_option(13, 2), put16(below(7));
        break;
    case 1:
        put_option(7, 1), put8(any8());
        break;
    case 2:
        put_option(14, 0);
        break;
    case 3: {
        uint8_t server[16];
        any_remote(server);
        put_option(23, 16), put(server, 16);
        break;
    }
    case 4:
        put_option(24, 5), put("\3lan", 5);
        break;
    default:
        put_option(one_in(2) ? 82 : 32, 4), put32(any_time());
        break;
    }
}

void build_dhcpv6(void)
{
    static const uint8_t types[8] = {2, 2, 7, 7, 7, 7, 10, 13};
    static const uint8_t server[16] = {0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xDD};
    uint32_t transaction = client.transaction;
    uint8_t type = types[below(8)];
    begin(server, node.addresses[0].address.bytes, 64);
    begin_upper(17);
    put16(547), put16(546), put16(0), put16(0);
    put8(type), put8(transaction >> 16), put8(transaction >> 8), put8(one_in(32) ? any8() : transaction);
    put_option(1, client.duid_size);
    put(client.duid, client.duid_size <= sizeof client.duid ? client.duid_size : 0u);
    put_option(2, 10);
    put32(0x00030001), put32(0x02000000), put16(0x0100u + below(2));
    if (!one_in(4)) {
        put_ia();
    }
    if (one_in(2)) {
        put_pd();
    }
    for (uint32_t i = below(3); i > 0u; i--) {
        put_configuration();
    }
    uint32_t length = built.length - built.upper;
    built.bytes[built.upper + 4u] = (uint8_t)(length >> 8);
    built.bytes[built.upper + 5u] = (uint8_t)length;
    finish();
}
