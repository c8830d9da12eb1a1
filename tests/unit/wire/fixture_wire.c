#include "fixture_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* xorshift32 (Marsaglia, Xorshift RNGs, 2003) */
static uint32_t state = 2463534242u;

uint32_t random_number(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

uint32_t random_below(uint32_t limit)
{
    return random_number() % limit;
}

void random_fill(uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(random_number() >> 24);
    }
}

uint8_t *exact_copy(const uint8_t *bytes, uint32_t size)
{
    uint8_t *copy = malloc(size > 0u ? size : 1u);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return copy;
}

uint16_t reference_sum(const uint8_t *bytes, uint32_t length, uint16_t sum)
{
    uint32_t total = sum;
    for (uint32_t i = 0; i < length; i++) {
        total += i % 2u == 0u ? (uint32_t)bytes[i] << 8 : bytes[i];
        total = (total & 0xFFFFu) + (total >> 16);
    }
    return (uint16_t)total;
}

uint16_t reference_upper_sum(const uint8_t *packet, uint8_t next_header, const uint8_t *upper, uint32_t length)
{
    const uint8_t rest[8] = {(uint8_t)(length >> 24),
                             (uint8_t)(length >> 16),
                             (uint8_t)(length >> 8),
                             (uint8_t)length,
                             0,
                             0,
                             0,
                             next_header};
    uint16_t sum = reference_sum(packet + 8, 32, 0);
    return reference_sum(upper, length, reference_sum(rest, sizeof rest, sum));
}

void write_header(uint8_t *packet, const char *source, const char *destination, uint8_t next_header,
                  uint32_t payload_length)
{
    const uint8_t start[8] = {0x60, 0, 0, 0, (uint8_t)(payload_length >> 8), (uint8_t)payload_length, next_header, 255};
    memcpy(packet, start, sizeof start);
    assert_int_equal(inet_pton(AF_INET6, source, packet + 8), 1);
    assert_int_equal(inet_pton(AF_INET6, destination, packet + 24), 1);
}
