/* print.h: text, numbers and addresses on the console (v6nf_env_console()), without a C library. Each call waits while
 * the console is busy, and none fails.
 * Context: any. */
#ifndef V6NF_PRINT_H
#define V6NF_PRINT_H

#include <stdint.h>

#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Print the zero-terminated `text`. */
void v6nf_print_text(const char *text);

/* Print `number` in decimal. */
void v6nf_print_unsigned(uint64_t number);

/* Print a number of `thousandths` with three decimals: microseconds as milliseconds, for example. */
void v6nf_print_thousandths(uint64_t thousandths);

/* Print `number` in hexadecimal, lower case, with at least `digits` digits (1 to 16). */
void v6nf_print_hex(uint64_t number, uint32_t digits);

/* Print the IPv6 address at `address` (RFC 5952). */
void v6nf_print_address(const struct v6nf_address *address);

#ifdef __cplusplus
}
#endif

#endif
