/* any.h: buffers of any content for the drivers in this directory. They hold no ACSL: Eva runs with -no-annot.
 *
 * A packet of `length` bytes lies at the end of its buffer, so that the byte after its last is out of bounds. `length` is one value in each
 * state of the analysis; a read of a volatile is any value. */
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

/* Any value from `least` to `most`. */
static uint8_t any_within(uint8_t least, uint8_t most)
{
    uint8_t value = any8;
    return value < least ? least : value > most ? most : value;
}

static void any_fill(uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        bytes[i] = any8;
    }
}

/* `length` bytes of any content, and none after them. */
static uint8_t *any_bytes(uint32_t length)
{
    any_fill(any_buffer, ANY_SIZE);
    return any_buffer + (ANY_SIZE - length);
}

/* An IPv6 header of any content, and nothing after it. */
static uint8_t *any_ipv6(void)
{
    any_fill(any_header, 40u);
    return any_header;
}

/* Any zero-terminated text of at most `length` characters, and nothing after the zero at its end. */
static char *any_text(uint32_t length)
{
    uint8_t *text = any_bytes(length + 1u);
    text[length] = 0;
    return (char *)text;
}

#endif
