/* any.h: buffers of any content for the Eva drivers. They have no ACSL: Eva runs with -no-annot.
 *
 * A packet of `length` bytes is at the end of its buffer: an access past the packet is out of bounds. `length` has
 * one value in each state of the analysis. A read of a volatile object returns any value. */
#ifndef ANY_H
#define ANY_H

#include <stdint.h>

#define ANY_SIZE 9216u

static volatile uint8_t any8;
static volatile uint16_t any16;
static volatile uint32_t any32;
static volatile uint64_t any64;
static uint8_t any_buffer[ANY_SIZE];
static uint8_t any_header[40];

/* Return any value from `min` to `max`. */
static uint8_t any_within(uint8_t min, uint8_t max)
{
    uint8_t value = any8;
    return value < min ? min : value > max ? max : value;
}

static void any_fill(uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        bytes[i] = any8;
    }
}

/* Return `length` bytes of any content, at the end of a buffer. */
static uint8_t *any_bytes(uint32_t length)
{
    any_fill(any_buffer, ANY_SIZE);
    return any_buffer + (ANY_SIZE - length);
}

/* Return an IPv6 header of any content, at the end of a buffer. */
static uint8_t *any_ipv6(void)
{
    any_fill(any_header, 40u);
    return any_header;
}

/* Return any zero-terminated text of at most `length` characters, at the end of a buffer. */
static char *any_text(uint32_t length)
{
    uint8_t *text = any_bytes(length + 1u);
    text[length] = 0;
    return (char *)text;
}

#endif
