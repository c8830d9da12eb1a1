/* router_section_1.c: cases of a router, section 1: IPv6 header and extension headers in packets that pass. */
#include "router_suite.h"

#include <string.h>

#if V6NF_FORWARDING
static struct test_frame frame;

static void begin(const char *from, const char *to)
{
    rut_start(1500);
    request_from(&frame, from, to, 16);
}

static void pass_on(void)
{
    send_on(B, &frame);
    expect_passed(&frame, TN2_MAC);
    expect_no_error();
}

static void passes_with_class_and_label(unsigned first_bytes)
{
    begin(TN1, TN2);
    put32(frame.bytes + 14, 0x60000000u | first_bytes);
    pass_on();
}

static void passes_with_odd_length(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    request_from(&frame, TN1, TN2, 0x33u - 8u);
    expect(read16(frame.bytes + 18) == 0x33u);
    pass_on();
}

static void passes_without_next_header(unsigned variation)
{
    (void)variation;
    begin(TN1, TN2);
    frame.bytes[20] = 59;
    pass_on();
}

static void passes_with_options_and_no_next_header(unsigned variation)
{
    static const uint8_t header[8] = {0, 0, 1, 4, 0, 0, 0, 0};
    (void)variation;
    begin(TN1, TN2);
    insert_after_ipv6(&frame, 60, header, sizeof header);
    frame.bytes[54] = 59;
    pass_on();
}

static void hop_limit_decreases(unsigned variation)
{
    (void)variation;
    begin(TN1, TN2);
    frame.bytes[21] = 15;
    pass_on();
    const struct seen *passed = find_passed(A, TN1, TN2);
    expect(passed != NULL && passed->frame.bytes[21] == 14u);
}

static void passes(unsigned variation)
{
    (void)variation;
    begin(TN1, TN2);
    pass_on();
}

/* Destinations behind a router of link A. */
static const char *const behind[] = {"8000:0:0:0::22", "fec0::1:0:0:0:22"};

static void passes_to_other_prefix(unsigned variation)
{
    begin(TN1, behind[variation]);
    rut_add_route(variation == 0u ? "8000::" : "fec0::1:0:0:0:0", 64, TR1);
    send_on(B, &frame);
    expect_passed(&frame, TR1_MAC);
    expect_no_error();
}

static const struct {
    const char *from;
    const char *to;
} refused[] = {{"::", TN2}, {TN1, "::1"}, {TN1_LOCAL, TN2}, {TN1, "fe80::22"}};

static void does_not_pass(unsigned variation)
{
    begin(refused[variation].from, refused[variation].to);
    send_on(B, &frame);
    wait_for(10u * SECOND);
    expect_not_passed(&frame);
}

/* -- 1.1.11 -------------------------------------------------------------------------------------------------------- */

static const struct {
    uint32_t length;
    const char *prefix;
    struct {
        const char *to;
        const char *mac; /* of the router of the longest match */
    } destinations[3];
} routes[] = {
    {65,
     FAR_PREFIX "8000::",
     {{FAR_PREFIX "8000::1", TR2_MAC}, {FAR_PREFIX "c000::1", TR2_MAC}, {FAR_PREFIX "4000::1", TR1_MAC}}},
    {96,
     FAR_PREFIX "0:1::",
     {{FAR_PREFIX "0:1:0:1", TR2_MAC}, {FAR_PREFIX "0:1:8000:1", TR2_MAC}, {FAR_PREFIX "0:3:0:1", TR1_MAC}}},
    {127, FAR_PREFIX "0:0:0:2", {{FAR_PREFIX "0:0:0:3", TR2_MAC}, {FAR_PREFIX "0:0:0:1", TR1_MAC}, {NULL, NULL}}},
};

static void longest_prefix_decides(unsigned variation)
{
    rut_start(1500);
    rut_add_route(FAR_PREFIX ":", 64, TR1);
    rut_add_route(routes[variation].prefix, routes[variation].length, TR2);
    for (unsigned i = 0; i < 3u && routes[variation].destinations[i].to != NULL; i++) {
        request_from(&frame, TN1, routes[variation].destinations[i].to, 16);
        send_on(B, &frame);
        expect_passed(&frame, routes[variation].destinations[i].mac);
    }
}

/* -- 1.2.7 --------------------------------------------------------------------------------------------------------- */

static const uint8_t options[][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0},    /* Pad1 */
    {0, 0, 1, 4, 0, 0, 0, 0},    /* PadN */
    {0, 0, 0x07, 4, 0, 0, 0, 0}, /* unknown, most significant bits 00 */
    {0, 0, 0x47, 4, 0, 0, 0, 0}, /* 01 */
    {0, 0, 0x87, 4, 0, 0, 0, 0}, /* 10 */
    {0, 0, 0xC7, 4, 0, 0, 0, 0}, /* 11 */
};

static void begin_with_options(unsigned variation)
{
    begin(TN1, TN2);
    insert_after_ipv6(&frame, 0, options[variation], 8);
}

static void options_pass(unsigned variation)
{
    begin_with_options(variation);
    pass_on();
}

static void option_is_dropped(unsigned variation)
{
    begin_with_options(variation);
    send_on(B, &frame);
    wait_for(5u * SECOND);
    expect_not_passed(&frame);
    if (variation == 3u) {
        expect_no_error();
    } else {
        expect_error_about(&frame, 4, 2, 42);
    }
}

const struct router_case router_section_1[] = {
    {"1.1.3", "Traffic Class Non-Zero", passes_with_class_and_label, 0x02000000u, false},
    {"1.1.4.B", "Flow Label Non-Zero", passes_with_class_and_label, 0x00034567u, false},
    {"1.1.5.B", "Payload Length Odd", passes_with_odd_length, 0, false},
    {"1.1.6.B", "No Next Header after IPv6 Header", passes_without_next_header, 0, false},
    {"1.1.9", "Hop Limit Decrement", hop_limit_decreases, 0, false},
    {"1.1.10.A", "to a global address", passes, 0, false},
    {"1.1.10.B", "to a prefix that ends in zero-valued fields", passes_to_other_prefix, 0, false},
    {"1.1.10.C", "from the unspecified address", does_not_pass, 0, false},
    {"1.1.10.D", "to the loopback address", does_not_pass, 1, false},
    {"1.1.10.E", "from a link-local address", does_not_pass, 2, false},
    {"1.1.10.F", "to a link-local address", does_not_pass, 3, false},
    {"1.1.10.G", "to a site-local address", passes_to_other_prefix, 1, false},
    {"1.1.10.H", "to a multicast address of global scope", NULL, 0, false},
    {"1.1.10.I", "to a multicast address of link-local scope", NULL, 0, false},
    {"1.1.10.J", "to a multicast address of scope 0", NULL, 0, false},
    {"1.1.10.K", "to a multicast address of scope F", NULL, 0, false},
    {"1.1.11.A", "prefix of 65 bits", longest_prefix_decides, 0, false},
    {"1.1.11.B", "prefix of 96 bits", longest_prefix_decides, 1, false},
    {"1.1.11.C", "prefix of 127 bits", longest_prefix_decides, 2, false},
    {"1.2.2.B", "No Next Header after Extension Header", passes_with_options_and_no_next_header, 0, false},
    {"1.2.7.A", "Hop-by-Hop: Pad1", options_pass, 0, false},
    {"1.2.7.B", "Hop-by-Hop: PadN", options_pass, 1, false},
    {"1.2.7.C", "Hop-by-Hop: unknown, 00", options_pass, 2, false},
    {"1.2.7.D", "Hop-by-Hop: unknown, 01", option_is_dropped, 3, false},
    {"1.2.7.E", "Hop-by-Hop: unknown, 10, unicast", option_is_dropped, 4, false},
    {"1.2.7.F", "Hop-by-Hop: unknown, 11, unicast", option_is_dropped, 5, false},
    {"1.2.7.G", "Hop-by-Hop: unknown, 10, off-link multicast", NULL, 0, false},
    {"1.2.7.H", "Hop-by-Hop: unknown, 11, on-link multicast", NULL, 0, false},
    {NULL, NULL, NULL, 0, false},
};
#endif
