/* parse.c: see text.h. */
#include "v6nf/text.h"

#include "../wire/text.h"

#define SECOND UINT64_C(1000000) /* microseconds */
#define DECIMALS 6u              /* of a second, down to microseconds */

bool v6nf_text_equals(const char *left, const char *right)
{
    uint32_t i = 0;
    while (left[i] != '\0' && left[i] == right[i]) {
        i++;
    }
    return left[i] == right[i];
}

/* Read decimal digits while the number is at most `max`. Return how many characters were read. */
static uint32_t read_decimal(const char *text, uint32_t max, uint64_t *number)
{
    uint32_t count = 0;
    *number = 0;
    while (text[count] >= '0' && text[count] <= '9' && *number * 10u + (uint64_t)(text[count] - '0') <= max) {
        *number = *number * 10u + (uint64_t)(text[count] - '0');
        count++;
    }
    return count;
}

/* Read 1 to `max_digits` hexadecimal digits, and the character `end` after them.
 * Return what follows, NULL if the text is anything else, or NULL itself. */
static const char *read_hex(const char *text, uint32_t max_digits, char end, uint32_t *number)
{
    uint32_t count = 0;
    *number = 0;
    while (text != NULL && count < max_digits && text_hex_digit(text[count]) < 16u) {
        *number = 16u * *number + text_hex_digit(text[count]);
        count++;
    }
    return count > 0u && text[count] == end ? text + count + 1u : NULL;
}

bool v6nf_text_parse_number(uint32_t *number, const char *text, uint32_t max)
{
    uint64_t value;
    uint32_t count = read_decimal(text, max, &value);
    bool is_valid = count > 0u && text[count] == '\0';
    *number = is_valid ? (uint32_t)value : 0u;
    return is_valid;
}

bool v6nf_text_parse_hex(uint32_t *number, const char *text)
{
    bool is_valid = read_hex(text, 8, '\0', number) != NULL;
    *number = is_valid ? *number : 0u;
    return is_valid;
}

bool v6nf_text_parse_seconds(uint64_t *microseconds, const char *text, uint32_t max)
{
    uint64_t seconds;
    uint64_t fraction = 0;
    uint32_t end = read_decimal(text, max, &seconds);
    bool is_valid = end > 0u;
    if (text[end] == '.') {
        uint32_t decimals = read_decimal(text + end + 1u, (uint32_t)SECOND - 1u, &fraction);
        is_valid = is_valid && decimals > 0u && decimals <= DECIMALS;
        end += 1u + decimals;
        for (; decimals < DECIMALS; decimals++) {
            fraction *= 10u;
        }
    }
    uint64_t time = seconds * SECOND + fraction;
    is_valid = is_valid && text[end] == '\0' && time <= max * SECOND;
    *microseconds = is_valid ? time : 0u;
    return is_valid;
}

bool v6nf_text_parse_bytes(uint8_t *bytes, uint32_t size, const char *text)
{
    bool is_valid = true;
    for (uint32_t i = 0; i < size; i++) {
        uint32_t high = is_valid ? text_hex_digit(text[2u * i]) : 16u;
        uint32_t low = high < 16u ? text_hex_digit(text[2u * i + 1u]) : 16u;
        is_valid = low < 16u;
        bytes[i] = is_valid ? (uint8_t)(high * 16u + low) : 0u;
    }
    is_valid = is_valid && text[2u * size] == '\0';
    for (uint32_t i = 0; !is_valid && i < size; i++) {
        bytes[i] = 0;
    }
    return is_valid;
}

bool v6nf_text_parse_pci_address(struct v6nf_env_pci_address *address, const char *text)
{
    uint32_t segment;
    uint32_t bus;
    uint32_t device;
    uint32_t function;
    text = read_hex(text, 4, ':', &segment);
    text = read_hex(text, 2, ':', &bus);
    text = read_hex(text, 2, '.', &device);
    text = read_hex(text, 1, '\0', &function);
    *address = (struct v6nf_env_pci_address){0};
    if (text == NULL || device > 31u || function > 7u) {
        return false;
    }
    *address = (struct v6nf_env_pci_address){
        .segment = (uint16_t)segment, .bus = (uint8_t)bus, .device = (uint8_t)device, .function = (uint8_t)function};
    return true;
}
