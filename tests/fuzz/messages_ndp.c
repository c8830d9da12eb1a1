/* messages_ndp.c: Neighbor Discovery messages of hosts and routers, with usual fields and sometimes with invalid
 * ones. */
#include "packets.h"

static void put_mac_option(uint8_t type, const uint8_t *address)
{
    uint8_t station[6];
    if (one_in(4)) {
        return;
    }
    any_mac_of(station, address);
    put8(type), put8(1);
    put(station, 6);
}

void build_solicitation(void)
{
    uint8_t source[16] = {0};
    uint8_t target[16];
    uint8_t destination[16];
    any_own(target);
    if (!one_in(4)) {
        any_source(source);
    }
    if (one_in(8)) {
        any_candidate(target);
    }
    solicited_node(destination, target);
    if (one_in(4)) {
        memcpy(destination, target, 16);
    }
    begin_icmpv6(source, destination, 255, 135, 0);
    put32(0);
    put(target, 16);
    if (!is_zero(source, 16) || one_in(16)) {
        put_mac_option(1, source);
    }
    if (one_in(8)) {
        put8(14), put8(1), put_filler(6);
    }
    finish();
}

void build_advertisement(void)
{
    uint8_t source[16];
    uint8_t target[16];
    uint8_t destination[16] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    static void (*const kinds[8])(uint8_t *) = {any_neighbor, any_neighbor, any_neighbor,  any_router,
                                                any_router,   any_own,      any_candidate, any_far};
    kinds[below(8)](target);
    memcpy(source, target, 16);
    if (one_in(4)) {
        any_source(source);
    }
    if (!one_in(4)) {
        any_own(destination);
    }
    begin_icmpv6(source, destination, 255, 136, 0);
    put32((uint32_t)any8() << 24);
    put(target, 16);
    put_mac_option(2, target);
    finish();
}

void build_answer(const uint8_t *solicitation)
{
    uint8_t target[16];
    uint8_t station[6];
    memcpy(target, solicitation + 62, 16);
    mac_of(station, target);
    begin_icmpv6(target, solicitation + 22, 255, 136, 0);
    put32(target[15] >= 0xA0u ? 0xE0000000u : 0x60000000u);
    put(target, 16);
    put8(2), put8(1);
    put(station, 6);
    finish();
}

/* -- Routers ------------------------------------------------------------------------------------------------------- */

static void put_prefix(void)
{
    uint8_t prefix[16];
    uint32_t valid = any_time();
    any_prefix(prefix);
    put8(3), put8(4), put8(one_in(8) ? below(130) : 64u), put8(one_in(4) ? any8() : 0xC0u);
    put32(valid), put32(one_in(2) ? valid : any_time()), put32(0);
    put(prefix, 16);
}

static void put_route(void)
{
    uint8_t prefix[16];
    any_prefix(prefix);
    put8(24), put8(3), put8(one_in(4) ? below(130) : 48u), put8(below(4) << 3), put32(any_time());
    put(prefix, 16);
}

static void put_router_option(void)
{
    static const uint16_t mtus[8] = {1280, 1280, 1400, 1500, 1499, 9000, 1279, 65535};
    uint8_t server[16];
    switch (below(8)) {
    case 0:
    case 1:
    case 2:
        put_prefix();
        break;
    case 3:
    case 4:
        put8(5), put8(1), put16(0), put32(mtus[below(8)]);
        break;
    case 5:
        put_route();
        break;
    case 6:
        any_remote(server);
        put8(25), put8(3), put16(0), put32(any_time());
        put(server, 16);
        break;
    default:
        put8(31), put8(2), put16(0), put32(any_time());
        put("\3lan\0\0\0", 8);
        break;
    }
}

void build_router_solicitation(void)
{
    static const uint8_t all_routers[16] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
    uint8_t source[16] = {0};
    if (!one_in(4)) {
        any_source(source);
    }
    begin_icmpv6(source, all_routers, 255, 133, 0);
    put32(0);
    if (!is_zero(source, 16) || one_in(16)) {
        put_mac_option(1, source);
    }
    finish();
}

void build_router_advertisement(void)
{
    static const uint8_t all_nodes[16] = {0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    static const uint8_t hop_limits[8] = {0, 0, 64, 64, 64, 255, 15, 1};
    uint8_t router[16];
    any_router(router);
    begin_icmpv6(router, all_nodes, 255, 134, 0);
    put8(hop_limits[below(8)]), put8(one_in(2) ? 0u : any8()), put16(one_in(2) ? 1800u : any_time());
    put32(one_in(2) ? 0u : any_time());
    put32(one_in(2) ? 0u : any_time());
    put_mac_option(1, router);
    for (uint32_t i = below(4); i > 0u; i--) {
        put_router_option();
    }
    finish();
}

void build_redirect(void)
{
    uint8_t router[16];
    uint8_t own[16];
    uint8_t destination[16];
    uint8_t target[16];
    any_router(router);
    any_own(own);
    any_far(destination);
    if (one_in(8)) {
        any_remote(destination);
    }
    memcpy(target, destination, 16);
    if (one_in(2)) {
        any_router(target);
    } else if (one_in(4)) {
        any_neighbor(target);
    }
    begin_icmpv6(router, own, 255, 137, 0);
    put32(0);
    put(target, 16);
    put(destination, 16);
    put_mac_option(2, target);
    finish();
}
