/* choices.c: see choices.h. */
#include "choices.h"

#include <arpa/inet.h>

static const uint8_t *records;
static size_t records_left;
static uint8_t record[RECORD];
static uint32_t record_at;
static uint32_t rest; /* the source of choices after the record's last byte */

void start_choices(const uint8_t *data, size_t size)
{
    records = data;
    records_left = size;
    record_at = RECORD;
    rest = 1;
}

bool next_record(void)
{
    if (records_left == 0u) {
        return false;
    }
    size_t count = records_left < RECORD ? records_left : RECORD;
    memset(record, 0, sizeof record);
    memcpy(record, records, count);
    records += count;
    records_left -= count;
    record_at = 0;
    rest = 1;
    for (uint32_t i = 0; i < RECORD; i++) {
        rest = rest * 16777619u + record[i] + 1u;
    }
    return true;
}

uint8_t any8(void)
{
    if (record_at < RECORD) {
        return record[record_at++];
    }
    rest = rest * 1664525u + 1013904223u;
    return (uint8_t)(rest >> 24);
}

uint32_t below(uint32_t count)
{
    return any8() % count;
}

bool one_in(uint32_t count)
{
    return below(count) == 0u;
}

uint32_t any_time(void)
{
    static const uint32_t edges[16] = {0,    1,    2,    5,     30,    60,      600,        1000,
                                       1800, 7200, 9000, 65535, 86400, 3600000, 0x7FFFFFFF, 0xFFFFFFFF};
    return edges[below(16)];
}

uint32_t any_length(void)
{
    static const uint16_t edges[16] = {0,    8,    56,   1000, 1232, 1280, 1452, 1500,
                                       2000, 3000, 4000, 6000, 8000, 8952, 8992, 9000};
    uint8_t choice = any8();
    if (choice < 128u) {
        return (uint32_t)edges[choice % 16u] + (uint32_t)(choice / 16u) * 4u - (edges[choice % 16u] >= 16u ? 16u : 0u);
    }
    return choice < 192u ? choice : ((uint32_t)choice - 192u) * 141u;
}

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

static void put_address(uint8_t *to, const char *text)
{
    CHECK(inet_pton(AF_INET6, text, to) == 1);
}

#define ANY_OF(to, texts) put_address(to, texts[below(sizeof texts / sizeof texts[0])])

void any_own(uint8_t *to)
{
    memcpy(to, node.addresses[below(node.addresses_used)].address.bytes, 16);
}

void any_neighbor(uint8_t *to)
{
    static const char *const texts[] = {"2001:db8::2", "2001:db8::3", "2001:db8::4", "2001:db8::5", "2001:db8::6",
                                        "2001:db8::7", "fe80::2",     "fe80::3",     "fe80::4",     "2001:db8:5::2"};
    ANY_OF(to, texts);
}

void any_far(uint8_t *to)
{
    /* The second and the third share one slot of the Destination Cache. */
    static const char *const texts[] = {"2001:db8:1::10", "2001:db8:20::1", "2001:db8:30::1", "2001:db8:6::10",
                                        "fd00::10"};
    ANY_OF(to, texts);
}

void any_router(uint8_t *to)
{
    static const char *const texts[] = {"fe80::a0", "fe80::a1", "fe80::a2", "fe80::a3", "2001:db8::fe"};
    ANY_OF(to, texts);
}

void any_group(uint8_t *to)
{
    static const char *const texts[] = {"ff02::1", "ff02::2",   "ff02::16",  "ff02::fb",
                                        "ff0e::e", "ff05::1:3", "ff02::1:2", "ff01::1"};
    if (one_in(3)) {
        solicited_node(to, node.addresses[below(node.addresses_used)].address.bytes);
        return;
    }
    ANY_OF(to, texts);
}

void any_odd(uint8_t *to)
{
    static const char *const texts[] = {"::",     "::",         "::1",    "::ffff:192.0.2.1",
                                        "ff00::", "2001:db8::", "fe80::", "fec0::1"};
    ANY_OF(to, texts);
}

void any_candidate(uint8_t *to)
{
    static const char *const texts[] = {"2001:db8::1",   "2001:db8::1",   "2001:db8::11", "2001:db8:d::1",
                                        "2001:db8:d::2", "fd00::1",       "2001:db8::3",  "2001:db8::4",
                                        "fe80::2",       "2001:db8:1::10"};
    ANY_OF(to, texts);
}

void any_remote(uint8_t *to)
{
    static void (*const kinds[16])(uint8_t *) = {
        any_neighbor, any_neighbor, any_neighbor, any_neighbor, any_neighbor, any_neighbor, any_far, any_far,
        any_far,      any_far,      any_far,      any_group,    any_router,   any_own,      any_odd, any_candidate};
    kinds[below(16)](to);
}

void any_source(uint8_t *to)
{
    static void (*const kinds[16])(uint8_t *) = {any_neighbor, any_neighbor, any_neighbor,  any_neighbor,
                                                 any_neighbor, any_neighbor, any_far,       any_far,
                                                 any_far,      any_far,      any_router,    any_router,
                                                 any_own,      any_odd,      any_candidate, any_neighbor};
    kinds[below(16)](to);
}

void any_destination(uint8_t *to)
{
    uint8_t choice = any8();
    if (choice < 200u) {
        any_own(to);
    } else if (choice < 244u) {
        any_group(to);
    } else {
        any_remote(to);
    }
}

void any_prefix(uint8_t *to)
{
    static const char *const texts[] = {
        "2001:db8::", "2001:db8:5::", "2001:db8:6::", "fd00::", "2001:db8:1::", "fe80::", "::", "2001:db8:7::"};
    ANY_OF(to, texts);
}

void solicited_node(uint8_t *to, const uint8_t *address)
{
    uint8_t low[3];
    memcpy(low, address + 13, 3);
    put_address(to, "ff02::1:ff00:0");
    memcpy(to + 13, low, 3);
}

void mac_of(uint8_t *to, const uint8_t *address)
{
    static const uint8_t first[6] = {0x02, 0, 0, 0, 1, 0};
    memcpy(to, first, 6);
    to[5] = address[15];
}

void any_mac_of(uint8_t *to, const uint8_t *address)
{
    static const uint8_t odd[4][6] = {
        {0}, {0x33, 0x33, 0, 0, 0, 1}, {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, {0x02, 0, 0, 0, 1, 0x99}};
    uint8_t choice = any8();
    mac_of(to, address);
    if (choice >= 252u) {
        memcpy(to, odd[choice - 252u], 6);
    } else if (choice >= 244u) {
        memcpy(to, mac, 6);
    } else if (choice >= 224u) {
        to[4] = (uint8_t)(choice % 4u);
        to[5] = (uint8_t)(choice % 3u + 1u);
    }
}
