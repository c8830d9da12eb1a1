/* address.c: Eva driver of address.h and ether.h. */
#include "v6nf/wire/address.h"
#include "v6nf/wire/ether.h"

#include "any.h"

/* Separate objects for outputs, so that a write past the end is an alarm. */
static uint8_t out_address[V6NF_ADDRESS_SIZE];
static uint8_t out_ether[V6NF_ETHER_ADDRESS_SIZE];

static void prove_address(void)
{
    uint8_t *other = any_ipv6() + (40u - V6NF_ADDRESS_SIZE);
    uint8_t *a = any_bytes(V6NF_ADDRESS_SIZE);
    (void)v6nf_address_equal(a, other);
    (void)v6nf_address_is_unspecified(a);
    (void)v6nf_address_is_loopback(a);
    (void)v6nf_address_is_multicast(a);
    (void)v6nf_address_is_link_local(a);
    (void)v6nf_address_is_all_nodes(a);
    (void)v6nf_address_is_solicited_node(a);
    (void)v6nf_address_is_ipv4_mapped(a);
    (void)v6nf_address_is_assignable(a);
    (void)v6nf_address_common_prefix(a, other);
    v6nf_address_copy(out_address, a);
    v6nf_address_solicited_node(out_address, a);
    v6nf_address_all_nodes(out_address);
    v6nf_address_all_routers(out_address);
    v6nf_address_link_local(out_address, any_bytes(V6NF_ETHER_ADDRESS_SIZE));
}

static void prove_ether(void)
{
    uint8_t *other = any_ipv6() + (40u - V6NF_ETHER_ADDRESS_SIZE);
    uint8_t *a = any_bytes(V6NF_ETHER_ADDRESS_SIZE);
    (void)v6nf_ether_address_equal(a, other);
    (void)v6nf_ether_is_group(a);
    (void)v6nf_ether_is_station(a);
    v6nf_ether_address_copy(out_ether, a);
    v6nf_ether_multicast(out_ether, any_bytes(V6NF_ADDRESS_SIZE));
    (void)v6nf_ether_strip_tag(any_bytes(V6NF_ETHER_HEADER_SIZE + V6NF_ETHER_TAG_SIZE));
    v6nf_ether_insert_tag(any_bytes(V6NF_ETHER_TYPE + V6NF_ETHER_TAG_SIZE), any16);
    for (uint32_t length = 0; length <= 60u; length++) {
        uint32_t offset;
        (void)v6nf_ether_find_ipv6(any_bytes(length), length, &offset);
    }
}

static char out_address_text[V6NF_ADDRESS_TEXT_SIZE];
static char out_ether_text[V6NF_ETHER_TEXT_SIZE];

/* Format any address whose first `zeros` bytes are zero, and whose next byte is from `min` to `max`. */
static void format_any(uint32_t zeros, uint8_t min, uint8_t max)
{
    uint8_t *address = any_bytes(V6NF_ADDRESS_SIZE);
    for (uint32_t i = 0; i < zeros; i++) {
        address[i] = 0;
    }
    address[zeros] = any_within(min, max);
    v6nf_address_format(out_address_text, (const struct v6nf_address *)address);
}

/* Format every address. Separate cases show the analysis which are IPv4-mapped: otherwise their text seems too long. */
static void prove_format(void)
{
    for (uint32_t zeros = 0; zeros < 10u; zeros++) {
        format_any(zeros, 1, 255);
    }
    format_any(10u, 0, 254);
    for (uint32_t mapped = 0; mapped < 2u; mapped++) {
        uint8_t *address = any_bytes(V6NF_ADDRESS_SIZE);
        for (uint32_t i = 0; i < 10u; i++) {
            address[i] = 0;
        }
        address[10] = 255;
        address[11] = mapped == 1u ? 255 : any_within(0, 254);
        v6nf_address_format(out_address_text, (const struct v6nf_address *)address);
    }
    v6nf_ether_format(out_ether_text, any_bytes(V6NF_ETHER_ADDRESS_SIZE));
}

/* Return any text of at most `length` characters after `beginning`, at the end of a buffer. */
static char *text_after(const char *beginning, uint32_t length)
{
    uint32_t at = 0;
    while (beginning[at] != '\0') {
        at++;
    }
    char *text = any_text(at + length);
    for (uint32_t i = 0; i < at; i++) {
        text[i] = beginning[i];
    }
    return text;
}

static void prove_parse(const char *beginning, uint32_t max_length)
{
    struct v6nf_address address;
    uint32_t prefix_length;
    for (uint32_t length = 0; length <= max_length; length++) {
        (void)v6nf_address_parse(&address, text_after(beginning, length));
        (void)v6nf_address_parse_prefix(&address, &prefix_length, text_after(beginning, length));
    }
}

/* Parse any short text. Long beginnings reach what only long texts reach, in an analysis of bounded time. */
static void prove_text(void)
{
    for (uint32_t length = 0; length <= 20u; length++) {
        (void)v6nf_ether_parse(out_ether, any_text(length));
    }
    prove_parse("1:2:3:4:5:6:", 5u);
    prove_parse("1111:2222:3333:4444:5555:6666:7777:", 6u);
    prove_parse("1:2:3:4:5:6:255.255.255.", 5u);
    prove_parse("1:2:3:4:5:6:7:2.2.2.", 5u);
    prove_parse("1::2:3:4:5:6:", 5u);
    prove_parse("::255.255.2", 5u);
    prove_parse("1:2:3:4:5:6:7:8", 5u);
    prove_parse("", 10u);
}
