/* print.h: text, numbers and addresses on the console, wherever that is: all output goes through v6nf_env_console(). */
#ifndef EXAMPLES_PRINT_H
#define EXAMPLES_PRINT_H

#include <stdint.h>

#include "v6nf/wire/address.h"

void print_text(const char *text);

/* In decimal. */
void print_unsigned(uint64_t number);

/* A number of thousandths as a number with three decimals: microseconds as milliseconds, for example. */
void print_thousandths(uint64_t thousandths);

/* Print an address as text (RFC 5952). */
void print_address(const struct v6nf_address *address);

#endif
