/* print.c: see print.h. */
#include "v6nf/print.h"

#include "../wire/text.h"
#include "v6nf/env.h"

#define DIGITS_MAX 20u /* of a 64-bit number in decimal */

/* Print a number with at least `min` digits. */
static void print_digits(uint64_t number, uint32_t base, uint32_t min)
{
    char digits[DIGITS_MAX];
    uint32_t count = 0;
    while (count < DIGITS_MAX && (number > 0u || count < min)) {
        digits[count] = text_digit((uint32_t)(number % base));
        number /= base;
        count++;
    }
    while (count > 0u) {
        count--;
        v6nf_env_console(digits[count]);
    }
}

void v6nf_print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        v6nf_env_console(*text);
    }
}

void v6nf_print_unsigned(uint64_t number)
{
    print_digits(number, 10u, 1u);
}

void v6nf_print_thousandths(uint64_t thousandths)
{
    print_digits(thousandths / 1000u, 10u, 1u);
    v6nf_env_console('.');
    print_digits(thousandths % 1000u, 10u, 3u);
}

void v6nf_print_hex(uint64_t number, uint32_t digits)
{
    print_digits(number, 16u, digits > 0u ? digits : 1u);
}

void v6nf_print_address(const struct v6nf_address *address)
{
    char text[V6NF_ADDRESS_TEXT_SIZE];
    v6nf_address_format(text, address);
    v6nf_print_text(text);
}
