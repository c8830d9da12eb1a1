/* section_1_1.c: cases 1.1 and 1.2: the IPv6 header and the extension headers (RFC 8200, 3 and 4). */
#include <string.h>

#include "suite.h"

#define HEADERS 54u

#define HOP_BY_HOP 0u
#define ROUTING 43u
#define DESTINATION 60u

/* Option types by the action of their two highest bits (RFC 8200, 4.2). They are for experiments (RFC 4727), and so
 * unknown. */
#define SKIP 0x1Eu
#define DISCARD 0x5Eu
#define PROBLEM 0x9Eu
#define PROBLEM_UNICAST 0xDEu

static struct test_frame frame;

static void from_tn1(void)
{
    setup();
    answer_for(&tn1);
    echo_request(&frame, &tn1, tn1.link_local, nut.link_local);
}

static void expect_answered(void)
{
    transmit(&frame);
    expect_reply(&frame, NULL);
}

static void expect_ignored(void)
{
    transmit(&frame);
    expect_none(ANSWERS, 2u * SECOND);
}

static void expect_still_alive(void)
{
    expect_ping(&tn1, tn1.mac);
}

/* -- 1.1: the IPv6 header ------------------------------------------------------------------------------------------ */

static void version(void)
{
    from_tn1();
    for (unsigned value = 0; value < 16u; value++) {
        if (value != 6u) {
            frame.bytes[14] = (uint8_t)(value << 4);
            expect_ignored();
        }
    }
    expect_still_alive();
}

static void traffic_class(void)
{
    from_tn1();
    frame.bytes[14] = 0x62; /* traffic class 32 */
    expect_answered();
}

static void flow_label(void)
{
    from_tn1();
    frame.bytes[15] = 0x03;
    frame.bytes[16] = 0x45;
    frame.bytes[17] = 0x67;
    expect_answered();
}

static void payload_length(unsigned data)
{
    from_tn1();
    echo_request_of(&frame, &tn1, tn1.link_local, nut.link_local, data);
    expect_answered();
}

static void no_next_header(void)
{
    from_tn1();
    frame.bytes[20] = 59;
    expect_ignored();
    expect_still_alive();
}

/* Use each value that IANA has not assigned, one a second: errors are rate limited (RFC 4443, 2.4 (f)). */
static void unrecognized_next_headers(uint32_t field)
{
    for (unsigned value = 148; value <= 252u; value++) {
        frame.bytes[field] = (uint8_t)value;
        transmit(&frame);
        expect_problem(&frame, 1, field - 14u);
        pass(SECOND);
    }
    expect_still_alive();
}

static void unrecognized_next_header(void)
{
    from_tn1();
    unrecognized_next_headers(20);
}

/* A Next Header field indicates Destination Options, but a Fragment header follows. Its Next Header and Reserved
 * fields are those of a header of 8 bytes, and its Fragment Offset is an option that must not be skipped. */
static void fragment_read_as_options(uint32_t field)
{
    const uint8_t fragment_header[8] = {58, 0, PROBLEM, 2, 0, 0, 1, 0};
    insert_header(&frame, DESTINATION, fragment_header, sizeof fragment_header);
    if (field != 20u) {
        const uint8_t options[8] = {0, 0, 1, 4};
        insert_header(&frame, DESTINATION, options, sizeof options);
    }
    transmit(&frame);
    expect_problem(&frame, 2, field == 20u ? 42 : 50);
}

static void unexpected_next_header(void)
{
    from_tn1();
    fragment_read_as_options(20);
    expect_still_alive();
}

static void hop_limit_zero(void)
{
    from_tn1();
    frame.bytes[21] = 0;
    expect_answered();
}

/* -- 1.2: extension headers ---------------------------------------------------------------------------------------- */

static const uint8_t padding[8] = {0, 0, 1, 4}; /* PadN with 4 bytes of data */

static void next_header_zero(void)
{
    from_tn1();
    insert_header(&frame, HOP_BY_HOP, padding, sizeof padding);
    insert_header(&frame, HOP_BY_HOP, padding, sizeof padding);
    transmit(&frame);
    expect_problem(&frame, 1, 40);
    expect_still_alive();
}

static void no_next_header_after_options(void)
{
    from_tn1();
    insert_header(&frame, DESTINATION, padding, sizeof padding);
    frame.bytes[HEADERS] = 59;
    expect_ignored();
    expect_still_alive();
}

static void unrecognized_next_header_after_options(void)
{
    from_tn1();
    insert_header(&frame, DESTINATION, padding, sizeof padding);
    unrecognized_next_headers(HEADERS);
}

static void unexpected_next_header_after_options(void)
{
    from_tn1();
    fragment_read_as_options(HEADERS);
    expect_still_alive();
}

/* Which of the Destination Options header and the Fragment header require an error, and which is first. */
#define OPTIONS_BAD 1u
#define FRAGMENT_BAD 2u
#define FRAGMENT_FIRST 4u

/* With FRAGMENT_BAD: the M flag is set, but the length is not a multiple of 8 bytes (RFC 8200, 4.5). */
static void insert_fragment_header(unsigned variation)
{
    make_atomic(&frame, new_identification());
    frame.bytes[HEADERS + 3u] = (variation & FRAGMENT_BAD) != 0u ? 1u : 0u;
}

static void processing_order(unsigned variation)
{
    const uint8_t bad_options[8] = {0, 0, PROBLEM, 4};
    const uint8_t *options = (variation & OPTIONS_BAD) != 0u ? bad_options : padding;
    from_tn1();
    echo_request_of(&frame, &tn1, tn1.link_local, nut.link_local, 5);
    if ((variation & FRAGMENT_FIRST) != 0u) {
        insert_header(&frame, DESTINATION, options, 8);
        insert_fragment_header(variation);
    } else {
        insert_fragment_header(variation);
        insert_header(&frame, DESTINATION, options, 8);
    }
    transmit(&frame);
}

static void error_from_options(unsigned variation)
{
    processing_order(variation);
    expect_problem(&frame, 2, 42);
}

static void error_from_fragment(unsigned variation)
{
    processing_order(variation);
    expect_problem(&frame, 0, 4);
}

/* The packet may be quoted as received or as reassembled. The pointer is to the option in either case. */
static void error_from_options_after_fragment(void)
{
    struct test_frame error;
    processing_order(OPTIONS_BAD | FRAGMENT_FIRST);
    if (!next_frame(&error, ANSWERS, SECOND) || error.bytes[HEADERS] != 4u || error.bytes[HEADERS + 1u] != 2u) {
        fail_because("expected a Parameter Problem, code 2, got nothing of the kind");
    }
    uint32_t at = HEADERS + 8u + read32(error.bytes + HEADERS + 4u);
    if (at >= error.length || error.bytes[at] != PROBLEM) {
        fail_because("expected a pointer to the option in the packet quoted, got one to something else");
    }
}

static void option_order(unsigned second)
{
    const uint8_t options[16] = {0, 1, SKIP, 4, 0, 0, 0, 0, (uint8_t)second, 6};
    from_tn1();
    insert_header(&frame, DESTINATION, options, sizeof options);
    if (second == DISCARD) {
        expect_ignored();
    } else {
        transmit(&frame);
        expect_problem(&frame, 2, 48);
    }
    expect_still_alive();
}

/* One option, in the header given by GROUP and AT_DESTINATION. */
#define AT_DESTINATION 0x100u
#define GROUP 0x200u
#define PADDING_1 0x400u

static void option(unsigned variation)
{
    uint8_t options[8] = {0, 0, (uint8_t)variation, 4};
    from_tn1();
    if ((variation & GROUP) != 0u) {
        echo_request(&frame, &tn1, tn1.link_local, ALL_NODES);
    }
    if ((variation & PADDING_1) != 0u) {
        memset(options, 0, sizeof options);
    }
    insert_header(&frame, (variation & AT_DESTINATION) != 0u ? DESTINATION : HOP_BY_HOP, options, sizeof options);
}

static void option_skipped(unsigned variation)
{
    option(variation);
    expect_answered();
}

static void option_discards(unsigned variation)
{
    option(variation);
    expect_ignored();
    expect_still_alive();
}

static void option_problem(unsigned variation)
{
    option(variation);
    transmit(&frame);
    expect_problem(&frame, 2, 42);
    expect_still_alive();
}

#define SEGMENTS_LEFT 0x100u

static void routing(unsigned variation)
{
    uint8_t header[24] = {0, 2, (uint8_t)variation, 0};
    header[3] = (variation & SEGMENTS_LEFT) != 0u ? 1u : 0u;
    test_address(header + 8, tn2.global);
    from_tn1();
    insert_header(&frame, ROUTING, header, sizeof header);
    if ((variation & SEGMENTS_LEFT) == 0u) {
        expect_answered();
    } else {
        transmit(&frame);
        expect_problem(&frame, 0, 42);
    }
}

const struct conformance_case section_1_1[] = {
    CASE("1.1.1", "Version Field", "", version),
    CASE("1.1.2", "Traffic Class Non-Zero - End Node", "", traffic_class),
    CASE("1.1.4.A", "Flow Label Non-Zero", "NUT receives Non-Zero Flow Label", flow_label),
    CASE_WITH("1.1.5.A", "Payload Length", "Payload Length Odd", payload_length, 5),
    CASE_WITH("1.1.5.C", "Payload Length", "Payload Length Even", payload_length, 6),
    CASE("1.1.6.A", "No Next Header after IPv6 Header", "NUT Receives No Next Header", no_next_header),
    CASE("1.1.7.A", "Unrecognized Next Header", "Unrecognized Next Header in IPv6 Header (Multiple Values)",
         unrecognized_next_header),
    CASE("1.1.7.B", "Unrecognized Next Header", "Unexpected Next Header in IPv6 Header", unexpected_next_header),
    CASE("1.1.8", "Hop Limit Zero - End Node", "", hop_limit_zero),
    CASE("1.2.1", "Next Header Zero", "", next_header_zero),
    CASE("1.2.2.A", "No Next Header after Extension Header", "End Node", no_next_header_after_options),
    CASE("1.2.3.A", "Unrecognized Next Header in Extension Header - End Node",
         "Unrecognized Next Header in Extension Header (Multiple Values)", unrecognized_next_header_after_options),
    CASE("1.2.3.B", "Unrecognized Next Header in Extension Header - End Node",
         "Unexpected Next Header in Extension Header", unexpected_next_header_after_options),
    CASE_WITH("1.2.4.A", "Extension Header Processing Order",
              "Destination Options Header precedes Fragment Header, Error from Destination Options Header",
              error_from_options, OPTIONS_BAD | FRAGMENT_BAD),
    CASE_WITH("1.2.4.B", "Extension Header Processing Order",
              "Destination Options Header precedes Fragment Header, Error from Fragment Header", error_from_fragment,
              FRAGMENT_BAD),
    CASE_WITH("1.2.4.C", "Extension Header Processing Order",
              "Fragment Header precedes Destination Options Header, Error from Fragment Header", error_from_fragment,
              OPTIONS_BAD | FRAGMENT_BAD | FRAGMENT_FIRST),
    CASE("1.2.4.D", "Extension Header Processing Order",
         "Fragment Header precedes Destination Options Header, Error from Destination Options Header",
         error_from_options_after_fragment),
    CASE_WITH("1.2.5.A", "Option Processing Order",
              "First Option has Most Significant Bits 00b, Next has Most Significant Bits 01b", option_order, DISCARD),
    CASE_WITH("1.2.5.B", "Option Processing Order",
              "First Option has Most Significant Bits 00b, Next has Most Significant Bits 10b", option_order, PROBLEM),
    CASE_WITH("1.2.5.C", "Option Processing Order",
              "First Option has Most Significant Bits 00b, Next has Most Significant Bits 11b", option_order,
              PROBLEM_UNICAST),
    CASE_WITH("1.2.6.A", "Options Processing, Hop-by-Hop Options Header - End Node", "Pad1 Option", option_skipped,
              PADDING_1),
    CASE_WITH("1.2.6.B", "Options Processing, Hop-by-Hop Options Header - End Node", "PadN Option", option_skipped, 1),
    CASE_WITH("1.2.6.C", "Options Processing, Hop-by-Hop Options Header - End Node", "Most Significant Bits 00b",
              option_skipped, SKIP),
    CASE_WITH("1.2.6.D", "Options Processing, Hop-by-Hop Options Header - End Node", "Most Significant Bits 01b",
              option_discards, DISCARD),
    CASE_WITH("1.2.6.E", "Options Processing, Hop-by-Hop Options Header - End Node",
              "Most Significant Bits 10b, unicast destination", option_problem, PROBLEM),
    CASE_WITH("1.2.6.F", "Options Processing, Hop-by-Hop Options Header - End Node",
              "Most Significant Bits 11b, unicast destination", option_problem, PROBLEM_UNICAST),
    CASE_WITH("1.2.6.G", "Options Processing, Hop-by-Hop Options Header - End Node",
              "Most Significant Bits 10b, multicast destination", option_problem, PROBLEM | GROUP),
    CASE_WITH("1.2.6.H", "Options Processing, Hop-by-Hop Options Header - End Node",
              "Most Significant Bits 11b, multicast destination", option_discards, PROBLEM_UNICAST | GROUP),
    CASE_WITH("1.2.8.A", "Option Processing, Destination Options Header", "Pad1 Option", option_skipped,
              PADDING_1 | AT_DESTINATION),
    CASE_WITH("1.2.8.B", "Option Processing, Destination Options Header", "PadN Option", option_skipped,
              1 | AT_DESTINATION),
    CASE_WITH("1.2.8.C", "Option Processing, Destination Options Header", "Most Significant Bits 00b", option_skipped,
              SKIP | AT_DESTINATION),
    CASE_WITH("1.2.8.D", "Option Processing, Destination Options Header", "Most Significant Bits 01b", option_discards,
              DISCARD | AT_DESTINATION),
    CASE_WITH("1.2.8.E", "Option Processing, Destination Options Header",
              "Most Significant Bits 10b, unicast destination", option_problem, PROBLEM | AT_DESTINATION),
    CASE_WITH("1.2.8.F", "Option Processing, Destination Options Header",
              "Most Significant Bits 11b, unicast destination", option_problem, PROBLEM_UNICAST | AT_DESTINATION),
    CASE_WITH("1.2.8.G", "Option Processing, Destination Options Header",
              "Most Significant Bits 10b, multicast destination", option_problem, PROBLEM | GROUP | AT_DESTINATION),
    CASE_WITH("1.2.8.H", "Option Processing, Destination Options Header",
              "Most Significant Bits 11b, multicast destination", option_discards,
              PROBLEM_UNICAST | GROUP | AT_DESTINATION),
    CASE_WITH("1.2.9.A", "Unrecognized Routing Type - End Node", "Unrecognized Routing Type 33", routing, 33),
    CASE_WITH("1.2.9.B", "Unrecognized Routing Type - End Node", "Unrecognized Routing Type 0", routing, 0),
    CASE_WITH("1.2.10.A", "Unrecognized Routing Type - Intermediate Node", "Unrecognized Routing Type 33", routing,
              33 | SEGMENTS_LEFT),
    CASE_WITH("1.2.10.B", "Unrecognized Routing Type - Intermediate Node", "Unrecognized Routing Type 0", routing,
              0 | SEGMENTS_LEFT),
    END_OF_CASES,
};
