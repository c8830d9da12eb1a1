/* fixture_wire.h: what the tests of src/wire share. */
#ifndef UNIT_WIRE_FIXTURE_WIRE_H
#define UNIT_WIRE_FIXTURE_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Return the next number of a fixed sequence, the same in each run. */
uint32_t random_number(void);

/* Return the next number of it, below `limit`. */
uint32_t random_below(uint32_t limit);

void random_fill(uint8_t *bytes, uint32_t size);

/* Return a copy of exact size on the heap, so that AddressSanitizer sees an access past it. The test frees it. */
uint8_t *exact_copy(const uint8_t *bytes, uint32_t size);

/* Return the one's complement sum of 16-bit words, most significant byte first, as in RFC 1071, 4.1. */
uint16_t reference_sum(const uint8_t *bytes, uint32_t length, uint16_t sum);

/* Return the sum of pseudo-header (RFC 8200, 8.1) and upper-layer packet: 0xFFFF if the checksum is right. */
uint16_t reference_upper_sum(const uint8_t *packet, uint8_t next_header, const uint8_t *upper, uint32_t length);

/* Write an IPv6 header with these addresses, given as text. */
void write_header(uint8_t *packet, const char *source, const char *destination, uint8_t next_header,
                  uint32_t payload_length);

#endif
