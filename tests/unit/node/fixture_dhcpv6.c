/* fixture_dhcpv6.c: see fixture_dhcpv6.h. */
#include "fixture_dhcpv6.h"
#include "fixture_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "fixture_node.h"

static void put(struct dhcpv6_bytes *message, const void *data, uint32_t size)
{
    assert_true(message->length + size <= sizeof message->bytes);
    if (size != 0u) {
        memcpy(message->bytes + message->length, data, size);
    }
    message->length += size;
}

static void append16(struct dhcpv6_bytes *message, uint32_t value)
{
    uint8_t bytes[2] = {(uint8_t)(value / 256u), (uint8_t)value};
    put(message, bytes, 2);
}

static void append32(struct dhcpv6_bytes *message, uint32_t value)
{
    append16(message, value / 65536u);
    append16(message, value % 65536u);
}

void dhcpv6_begin(struct dhcpv6_bytes *message, uint8_t type, uint32_t transaction)
{
    message->length = 0;
    append32(message, type * 0x1000000u + transaction);
}

void dhcpv6_option(struct dhcpv6_bytes *message, uint16_t code, const void *data, uint32_t size)
{
    append16(message, code);
    append16(message, size);
    put(message, data, size);
}

void dhcpv6_option8(struct dhcpv6_bytes *message, uint16_t code, uint8_t value)
{
    dhcpv6_option(message, code, &value, 1);
}

void dhcpv6_option32(struct dhcpv6_bytes *message, uint16_t code, uint32_t value)
{
    append16(message, code);
    append16(message, 4);
    append32(message, value);
}

void dhcpv6_status(struct dhcpv6_bytes *message, uint16_t status)
{
    append16(message, STATUS);
    append16(message, 5);
    append16(message, status);
    put(message, "why", 3);
}

static uint32_t begin_association(struct dhcpv6_bytes *message, uint16_t code, uint32_t iaid, uint32_t t1, uint32_t t2)
{
    uint32_t begin = message->length;
    append16(message, code);
    append16(message, 0);
    append32(message, iaid);
    append32(message, t1);
    append32(message, t2);
    return begin;
}

uint32_t dhcpv6_ia_begin(struct dhcpv6_bytes *message, uint32_t iaid, uint32_t t1, uint32_t t2)
{
    return begin_association(message, IA_NA, iaid, t1, t2);
}

uint32_t dhcpv6_pd_begin(struct dhcpv6_bytes *message, uint32_t iaid, uint32_t t1, uint32_t t2)
{
    return begin_association(message, IA_PD, iaid, t1, t2);
}

void dhcpv6_prefix(struct dhcpv6_bytes *message, const char *prefix, uint8_t length, uint32_t preferred, uint32_t valid)
{
    uint8_t bytes[16];
    test_address(bytes, prefix);
    append16(message, IA_PREFIX);
    append16(message, 25);
    append32(message, preferred);
    append32(message, valid);
    put(message, &length, 1);
    put(message, bytes, 16);
}

void dhcpv6_ia_end(struct dhcpv6_bytes *message, uint32_t begin)
{
    uint32_t size = message->length - begin - 4u;
    message->bytes[begin + 2u] = (uint8_t)(size / 256u);
    message->bytes[begin + 3u] = (uint8_t)size;
}

void dhcpv6_address(struct dhcpv6_bytes *message, const char *address, uint32_t preferred, uint32_t valid)
{
    uint8_t bytes[16];
    test_address(bytes, address);
    append16(message, IA_ADDRESS);
    append16(message, 24);
    put(message, bytes, 16);
    append32(message, preferred);
    append32(message, valid);
}

const uint8_t *dhcpv6_find(const uint8_t *bytes, uint32_t length, uint16_t code, uint32_t *size)
{
    *size = 0;
    for (uint32_t at = 0; at + 4u <= length; at += 4u + read16(bytes + at + 2u)) {
        if (read16(bytes + at) == code) {
            *size = read16(bytes + at + 2u);
            return bytes + at + 4u;
        }
    }
    return NULL;
}

uint32_t dhcpv6_count(const uint8_t *bytes, uint32_t length, uint16_t code)
{
    uint32_t count = 0;
    uint32_t at = 0;
    while (at + 4u <= length) {
        count += read16(bytes + at) == code ? 1u : 0u;
        at += 4u + read16(bytes + at + 2u);
    }
    assert_int_equal(at, length);
    return count;
}
