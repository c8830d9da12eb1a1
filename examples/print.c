/* print.c: the little formatting that the examples need, without stdio. */
#include "print.h"

#include "v6nf/env.h"

#define DIGITS_MAX 20u /* of a 64-bit number */

/* Prints at least `least` digits, the first of them zeros if need be. */
static void print_digits(uint64_t number, uint32_t least)
{
    char digits[DIGITS_MAX];
    uint32_t count = 0;
    while (count < DIGITS_MAX && (number > 0u || count < least)) {
        digits[count] = (char)('0' + (int)(number % 10u));
        number /= 10u;
        count++;
    }
    while (count > 0u) {
        count--;
        v6nf_env_console(digits[count]);
    }
}

void print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        v6nf_env_console(*text);
    }
}

void print_unsigned(uint64_t number)
{
    print_digits(number, 1u);
}

void print_thousandths(uint64_t thousandths)
{
    print_digits(thousandths / 1000u, 1u);
    v6nf_env_console('.');
    print_digits(thousandths % 1000u, 3u);
}

void print_address(const struct v6nf_address *address)
{
    char text[V6NF_ADDRESS_TEXT_SIZE];
    v6nf_address_format(text, address);
    print_text(text);
}
