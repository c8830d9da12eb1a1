/* text.h: numbers from text, without a C library: what a program reads from its arguments. Addresses have calls of
 * their own (wire/address.h, wire/ether.h). All texts end with a zero. A call that returns false sets its result to
 * 0.
 * Context: any. */
#ifndef V6NF_TEXT_H
#define V6NF_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "env.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Return true if the texts `left` and `right` are equal. */
bool v6nf_text_equals(const char *left, const char *right);

/* Parse a decimal number.
 * number: the result.
 * text: zero-terminated.
 * max: maximum of the number.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_number(uint32_t *number, const char *text, uint32_t max);

/* Parse a hexadecimal number of 1 to 8 digits, in either case, without prefix.
 * number: the result.
 * text: zero-terminated.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_hex(uint32_t *number, const char *text);

/* Parse a time in seconds with at most six decimals, such as "0.5".
 * microseconds: the result.
 * text: zero-terminated.
 * max: maximum of the time, in seconds.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_seconds(uint64_t *microseconds, const char *text, uint32_t max);

/* Parse bytes as pairs of hexadecimal digits.
 * bytes: size bytes, the result.
 * size: number of bytes.
 * text: zero-terminated.
 * Return false if the text does not consist of exactly 2 * size digits. */
bool v6nf_text_parse_bytes(uint8_t *bytes, uint32_t size, const char *text);

/* Parse the address of a PCI function: SEGMENT:BUS:DEVICE.FUNCTION in hexadecimal, as lspci -D prints it:
 * "0000:01:00.0".
 * address: the result.
 * text: zero-terminated.
 * Return false if the text is anything else, or no such address can exist (PCI Local Bus Specification 3.0,
 * 3.2.2.3.4). */
bool v6nf_text_parse_pci_address(struct v6nf_env_pci_address *address, const char *text);

#ifdef __cplusplus
}
#endif

#endif
