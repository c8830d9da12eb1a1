/* fixture_wire.h: what the tests of src/wire have in common. */
#ifndef UNIT_WIRE_FIXTURE_WIRE_H
#define UNIT_WIRE_FIXTURE_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The next number of a fixed sequence, the same in every run. */
uint32_t random_number(void);

/* The next number of it below `limit`. */
uint32_t random_below(uint32_t limit);

void random_fill(uint8_t *bytes, uint32_t size);

/* The bytes in memory of their own, so that AddressSanitizer sees an access past them. The test frees it. */
uint8_t *exact_copy(const uint8_t *bytes, uint32_t size);

/* The one's complement sum of 16-bit words, most significant byte first, computed as RFC 1071, 4.1 spells it out. */
uint16_t reference_sum(const uint8_t *bytes, uint32_t length, uint16_t sum);

/* The sum of pseudo-header (RFC 8200, 8.1) and upper-layer packet in the same way: 0xFFFF if the checksum is right. */
uint16_t reference_upper_sum(const uint8_t *packet, uint8_t next_header, const uint8_t *upper, uint32_t length);

/* Writes an IPv6 header with these addresses, given as text. */
void write_header(uint8_t *packet, const char *source, const char *destination, uint8_t next_header,
                  uint32_t payload_length);

#endif
