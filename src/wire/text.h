/* text.h: digits, for the files of this directory that read and write addresses as text. */
#ifndef V6NF_WIRE_TEXT_H
#define V6NF_WIRE_TEXT_H

#include <stdint.h>

/* Return the value of a hexadecimal digit, 16 if it is none. */
static inline uint32_t text_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0');
    }
    if (c >= 'a' && c <= 'f') {
        return (uint32_t)(c - 'a') + 10u;
    }
    if (c >= 'A' && c <= 'F') {
        return (uint32_t)(c - 'A') + 10u;
    }
    return 16u;
}

/* Return the digit, lower case, for a value below 16. */
static inline char text_digit(uint32_t value)
{
    return (char)(value < 10u ? '0' + (int)value : 'a' + (int)value - 10);
}

#endif
