/* print.h: text, numbers and addresses on the console, wherever that is: all output goes through v6nf_env_console(). */
#ifndef EXAMPLES_PRINT_H
#define EXAMPLES_PRINT_H

#include <stdint.h>

void print_text(const char *text);

/* In decimal. */
void print_unsigned(uint64_t number);

/* A number of thousandths as a number with three decimals: microseconds as milliseconds, for example. */
void print_thousandths(uint64_t thousandths);

/* The 16 bytes at `address` as RFC 5952 says. */
void print_address(const uint8_t *address);

#endif
