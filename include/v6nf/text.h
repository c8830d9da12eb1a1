/* text.h: numbers from text, without a C library: what a program reads from its arguments. Addresses have calls of their
 * own (wire/address.h, wire/ether.h). All texts end with a zero; a call that returns false leaves its result at 0. */
#ifndef V6NF_TEXT_H
#define V6NF_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "env.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Return true if both texts are the same. */
bool v6nf_text_equals(const char *left, const char *right);

/* Read a decimal number, 0 to `max`.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_number(uint32_t *number, const char *text, uint32_t max);

/* Read a hexadecimal number of 1 to 8 digits, in either case, without prefix.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_hex(uint32_t *number, const char *text);

/* Read a time in seconds, 0 to `max`, with at most six decimals: "0.5".
 * microseconds: the time.
 * Return false if the text is anything else, or continues after the digits. */
bool v6nf_text_parse_seconds(uint64_t *microseconds, const char *text, uint32_t max);

/* Read bytes as pairs of hexadecimal digits.
 * bytes: `size` bytes are written.
 * Return false if the text does not consist of exactly 2 * size digits. */
bool v6nf_text_parse_bytes(uint8_t *bytes, uint32_t size, const char *text);

/* Read the address of a PCI function, SEGMENT:BUS:DEVICE.FUNCTION in hexadecimal, as lspci -D prints it: "0000:01:00.0".
 * Return false if the text is anything else, or no such address can exist (PCI Local Bus Specification 3.0, 3.2.2.3.4). */
bool v6nf_text_parse_pci_address(struct v6nf_env_pci_address *address, const char *text);

#ifdef __cplusplus
}
#endif

#endif
