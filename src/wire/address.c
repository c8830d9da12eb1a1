/* address.c: IPv6 addresses compared by prefix, and as text (RFC 4291, 2.2; RFC 5952). */
#include "v6nf/wire/address.h"

#include "text.h"

#define GROUPS 8u

extern inline bool v6nf_address_equal(const uint8_t *a, const uint8_t *b); /* see bytes.c */

bool v6nf_address_is_assignable(const uint8_t *a)
{
    if (v6nf_address_is_multicast(a)) {
        return false;
    }
    if (v6nf_word64(a) != 0u) {
        return true;
    }
    uint32_t high = v6nf_load32(a + 8);
    return high != 0xFFFFu && (high != 0u || v6nf_load32(a + 12) > 1u);
}

uint32_t v6nf_address_common_prefix(const uint8_t *a, const uint8_t *b)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        uint32_t difference = (uint32_t)a[i] ^ (uint32_t)b[i];
        if (difference != 0u) {
            for (uint32_t mask = 0x80u; mask > 0u && (difference & mask) == 0u; mask /= 2u) {
                bits++;
            }
            return bits;
        }
        bits += 8u;
    }
    return bits;
}

/* Reads 1 to 4 hexadecimal digits. Returns how many, or 0 if there are none or too many. */
static uint32_t parse_group(const char *text, uint32_t *value)
{
    uint32_t count = 0;
    uint32_t result = 0;
    while (count < 5u && text_hex_digit(text[count]) < 16u) {
        result = (result * 16u + text_hex_digit(text[count])) & 0xFFFFFu;
        count++;
    }
    *value = result & 0xFFFFu;
    return count <= 4u ? count : 0u;
}

/* Reads a decimal number of 1 to 3 digits without leading zero, at most `most`. Returns how many digits, or 0. */
static uint32_t parse_decimal(const char *text, uint32_t most, uint32_t *value)
{
    uint32_t count = 0;
    uint32_t result = 0;
    while (count < 4u && text[count] >= '0' && text[count] <= '9') {
        result = result * 10u + (uint32_t)(text[count] - '0');
        count++;
    }
    bool valid = count >= 1u && count <= 3u && result <= most && (count == 1u || text[0] != '0');
    *value = valid ? result : 0u;
    return valid ? count : 0u;
}

/* Reads "a.b.c.d" up to the end of the address into 4 bytes. Returns how many characters, or 0. */
static uint32_t parse_ipv4(const char *text, uint8_t *bytes)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < 4u; i++) {
        uint32_t value = 0;
        uint32_t digits = parse_decimal(text + at, 255u, &value);
        if (digits == 0u) {
            return 0u;
        }
        bytes[i] = (uint8_t)(value & 0xFFu);
        at += digits;
        if (i < 3u) {
            if (text[at] != '.') {
                return 0u;
            }
            at++;
        }
    }
    return at;
}

/* Where parsing stands: the groups read so far, and where "::" stood among them. */
struct groups {
    uint8_t bytes[V6NF_ADDRESS_SIZE];
    uint32_t count;   /* bytes filled */
    uint32_t gap;     /* bytes before "::", or V6NF_ADDRESS_SIZE + 1 without one */
};

/* Reads groups until the text is no longer an address. Returns how many characters, or 0 if it is none. */
static uint32_t parse_groups(struct groups *groups, const char *text)
{
    uint32_t at = 0;
    if (text[0] == ':') {
        if (text[1] != ':') {
            return 0u;
        }
        groups->gap = 0;
        at = 2u;
    }
    for (uint32_t i = 0; i < GROUPS && text_hex_digit(text[at]) < 16u; i++) {
        uint32_t value = 0;
        uint32_t digits = parse_group(text + at, &value);
        if (text[at + digits] == '.') {
            uint32_t size =
                groups->count <= V6NF_ADDRESS_SIZE - 4u ? parse_ipv4(text + at, groups->bytes + groups->count) : 0u;
            groups->count += 4u;
            return size == 0u ? 0u : at + size;
        }
        if (digits == 0u || groups->count > V6NF_ADDRESS_SIZE - 2u) {
            return 0u;
        }
        v6nf_store16(groups->bytes + groups->count, (uint16_t)value);
        groups->count += 2u;
        at += digits;
        if (text[at] != ':') {
            return at;
        }
        if (text[at + 1u] == ':') {
            if (groups->gap <= V6NF_ADDRESS_SIZE) {
                return 0u;
            }
            groups->gap = groups->count;
            at += 2u;
        } else if (text_hex_digit(text[at + 1u]) < 16u && groups->count < V6NF_ADDRESS_SIZE) {
            at++;
        } else {
            return 0u;
        }
    }
    return at;
}

/* Reads an address from the beginning of `text`. Returns how many characters, or 0; then *address is ::. */
static uint32_t parse_address(struct v6nf_address *address, const char *text)
{
    struct groups groups = {.count = 0, .gap = V6NF_ADDRESS_SIZE + 1u};
    *address = (struct v6nf_address){{0}};
    uint32_t size = parse_groups(&groups, text);
    bool has_gap = groups.gap <= V6NF_ADDRESS_SIZE;
    /* "::" means at least one group. */
    bool valid = size != 0u && (has_gap ? groups.count <= V6NF_ADDRESS_SIZE - 2u : groups.count == V6NF_ADDRESS_SIZE);
    if (!valid) {
        return 0u;
    }
    uint32_t zeros = V6NF_ADDRESS_SIZE - groups.count;
    for (uint32_t i = 0; i < groups.count; i++) {
        uint32_t to = has_gap && i >= groups.gap ? i + zeros : i;
        address->bytes[to] = groups.bytes[i];
    }
    return size;
}

bool v6nf_address_parse(struct v6nf_address *address, const char *text)
{
    uint32_t size = parse_address(address, text);
    if (size == 0u || text[size] != '\0') {
        *address = (struct v6nf_address){{0}};
        return false;
    }
    return true;
}

bool v6nf_address_parse_prefix(struct v6nf_address *address, uint32_t *prefix_length, const char *text)
{
    uint32_t size = parse_address(address, text);
    uint32_t digits = 0;
    *prefix_length = 0;
    if (size != 0u && text[size] == '/') {
        digits = parse_decimal(text + size + 1u, 128u, prefix_length);
    }
    if (digits == 0u || text[size + 1u + digits] != '\0') {
        *address = (struct v6nf_address){{0}};
        *prefix_length = 0;
        return false;
    }
    return true;
}

/* Finds the longest run of two or more zero groups, the first of equals (RFC 5952, 4.2). Returns where it starts, or
 * GROUPS; *end is the group after it. */
static uint32_t longest_zero_run(const uint8_t *address, uint32_t *end)
{
    uint32_t best = GROUPS;
    uint32_t best_size = 1;
    uint32_t start = 0;
    *end = GROUPS;
    for (uint32_t i = 0; i < GROUPS; i++) {
        if (v6nf_load16(address + 2u * i) != 0u) {
            start = i + 1u;
        } else if (i + 1u - start > best_size) {
            best = start;
            best_size = i + 1u - start;
            *end = i + 1u;
        }
    }
    return best;
}

/* Writes a group without leading zeros. Returns how many characters. */
static uint32_t format_group(char *text, uint32_t group)
{
    uint32_t count = 0;
    for (uint32_t divisor = 0x1000u; divisor > 0u; divisor /= 16u) {
        if (group >= divisor || divisor == 1u) {
            text[count] = text_digit(group / divisor % 16u);
            count++;
        }
    }
    return count;
}

/* Writes the first `count` groups. Returns how many characters. */
static uint32_t format_groups(char *text, const uint8_t *address, uint32_t count)
{
    uint32_t gap_end = 0;
    uint32_t gap = longest_zero_run(address, &gap_end);
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i >= gap && i < gap_end) {
            if (i == gap) {
                text[at++] = ':';
                if (gap_end == GROUPS) {
                    text[at++] = ':';
                }
            }
            continue;
        }
        if (i > 0u) {
            text[at++] = ':';
        }
        at += format_group(text + at, (uint32_t)v6nf_load16(address + 2u * i));
    }
    return at;
}

/* Writes a number below 256 without leading zeros. Returns how many characters. */
static uint32_t format_decimal(char *text, uint32_t value)
{
    uint32_t count = 0;
    for (uint32_t divisor = 100u; divisor > 0u; divisor /= 10u) {
        if (value >= divisor || divisor == 1u) {
            text[count] = text_digit(value / divisor % 10u);
            count++;
        }
    }
    return count;
}

void v6nf_address_format(char *text, const struct v6nf_address *address)
{
    const uint8_t *bytes = address->bytes;
    /* An IPv4-mapped address ends in dotted decimals (RFC 5952, 5). */
    bool is_mapped = v6nf_address_is_ipv4_mapped(bytes);
    uint32_t at = format_groups(text, bytes, is_mapped ? 6u : GROUPS);
    for (uint32_t i = 12; is_mapped && i < V6NF_ADDRESS_SIZE; i++) {
        text[at++] = i == 12u ? ':' : '.';
        at += format_decimal(text + at, (uint32_t)bytes[i]);
    }
    text[at] = '\0';
}
