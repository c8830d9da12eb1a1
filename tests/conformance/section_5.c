/* section_5.c: cases 5: ICMPv6 (RFC 4443). */
#include <string.h>

#include "suite.h"

#define HEADERS 54u

/* A closed port. */
#define CLOSED_PORT 60001u

#define REASSEMBLY_TIME (60u * SECOND)

static struct test_frame frame;

static void from_tn1(void)
{
    setup();
    answer_for(&tn1);
    echo_request(&frame, &tn1, tn1.link_local, nut.link_local);
}

static void expect_ignored(void)
{
    transmit(&frame);
    expect_none(ANSWERS, 2u * SECOND);
    expect_ping(&tn1, tn1.mac);
}

/* -- Echo ---------------------------------------------------------------------------------------------------------- */

/* Request to link-local and global addresses, with the right source, and data of any size. */
static void expect_request(const char *to, const char *from)
{
    nut_pings(to, 56);
    if (!next_frame(&frame, ECHO_REQUEST | ANSWERS, SECOND) || frame.bytes[HEADERS] != 128u) {
        fail_because("expected an Echo Request to %s, got none", to);
    }
    if (frame.bytes[HEADERS + 1u] != 0u || !is_address(frame.bytes + 38, to) || !is_address(frame.bytes + 22, from) ||
        !is_mac(frame.bytes, tn1.mac)) {
        fail_because("expected an Echo Request from %s to %s, code 0, got another", from, to);
    }
}

static void transmits_requests(void)
{
    from_tn1();
    expect_request(tn1.link_local, nut.link_local);
    expect_request(tn1.global, nut.global);
}

#define TO_LINK_LOCAL 0u
#define TO_GLOBAL 1u
#define TO_ALL_NODES 2u

static void replies(unsigned variation)
{
    from_tn1();
    if (variation == TO_GLOBAL) {
        echo_request(&frame, &tn1, tn1.global, nut.global);
    } else if (variation == TO_ALL_NODES) {
        echo_request(&frame, &tn1, tn1.link_local, ALL_NODES);
    }
    transmit(&frame);
    expect_reply(&frame, NULL);
}

/* Addresses that never appear on the wire (RFC 4291, 2.5.2 and 2.5.3). */
static void does_not_reply_to_unspecified(void)
{
    from_tn1();
    echo_request(&frame, &tn1, tn1.link_local, "::");
    expect_ignored();
}

static void does_not_reply_to_loopback(void)
{
    from_tn1();
    echo_request(&frame, &tn1, tn1.link_local, "::1");
    expect_ignored();
}

/* Site-local addresses are no longer special (RFC 3879): they are as global unicast addresses. */
static void replies_at_site_local(void)
{
    char own[46];
    from_tn1();
    router_advertisement(&frame, &tr1, 0, 1800);
    add_prefix(&frame, "fec0:0:0:1::", 64, ON_LINK | AUTONOMOUS, 1800, 1800);
    transmit(&frame);
    pass(3u * SECOND);
    if (!find_global("fec0:0:0:1::", own)) {
        fail_because("expected an address of fec0:0:0:1::/64, got none");
    }
    const struct station site = {tn1.mac, "fec0:0:0:1::101", "fec0:0:0:1::101"};
    answer_for(&site);
    echo_request(&frame, &tn1, site.global, own);
    transmit(&frame);
    expect_reply(&frame, NULL);
}

/* -- Destination Unreachable, Parameter Problem -------------------------------------------------------------------- */

static void datagram(const char *from, const char *to)
{
    bool is_group = strncmp(to, "ff", 2) == 0;
    frame_udp(&frame, is_group ? test_group_mac(to) : nut.mac, tn1.mac, from, to, 64, 4000, CLOSED_PORT, 8);
}

static void port_unreachable(unsigned variation)
{
    from_tn1();
    datagram(variation == TO_GLOBAL ? tn1.global : tn1.link_local,
             variation == TO_GLOBAL ? nut.global : nut.link_local);
    transmit(&frame);
    expect_error(&frame, 1, 4, 0, SECOND);
}

/* The Payload Length of a fragment that is not the last is not a multiple of 8 bytes (RFC 8200, 4.5). */
static void erroneous_header_field(void)
{
    struct test_frame piece;
    from_tn1();
    fragment(&piece, &frame, new_identification(), 0, 11, true);
    transmit(&piece);
    expect_problem(&piece, 0, 4);
}

static void unrecognized_next_header(void)
{
    from_tn1();
    frame.bytes[20] = 252;
    transmit(&frame);
    expect_problem(&frame, 1, 6);
}

/* The message is silently discarded (RFC 4443, 2.4 (b)). */
static void unknown_informational_type(void)
{
    const uint8_t body[12] = {0};
    from_tn1();
    frame_icmpv6(&frame, nut.mac, tn1.mac, tn1.link_local, nut.link_local, 64, 254, 0, body, sizeof body);
    expect_ignored();
}

/* -- Packets without an error (RFC 4443, 2.4 (e)) ------------------------------------------------------------------ */

#define MULTICAST_SOURCE "ff02::1"

static void no_port_unreachable_for_group(void)
{
    from_tn1();
    datagram(tn1.link_local, ALL_NODES);
    expect_ignored();
}

static void no_port_unreachable_to(const char *source)
{
    from_tn1();
    datagram(source, nut.link_local);
    expect_ignored();
}

static void no_port_unreachable_to_unspecified(void)
{
    no_port_unreachable_to("::");
}

static void no_port_unreachable_to_multicast(void)
{
    no_port_unreachable_to(MULTICAST_SOURCE);
}

/* Send the first fragment of an Echo Request, and no other. */
static void no_time_exceeded(const char *source, const char *destination)
{
    struct test_frame piece;
    echo_request_of(&frame, &tn1, source, destination, 64);
    fragment(&piece, &frame, new_identification(), 0, 32, true);
    transmit(&piece);
    expect_none(ANSWERS, REASSEMBLY_TIME + 5u * SECOND);
}

static void no_time_exceeded_for_group(void)
{
    from_tn1();
    no_time_exceeded(tn1.link_local, ALL_NODES);
}

static void no_time_exceeded_to_unspecified(void)
{
    from_tn1();
    no_time_exceeded("::", nut.link_local);
}

static void no_time_exceeded_to_multicast(void)
{
    from_tn1();
    no_time_exceeded(MULTICAST_SOURCE, nut.link_local);
}

static void no_problem_for_option_to(const char *source)
{
    const uint8_t options[8] = {0, 0, 0x9E, 4};
    from_tn1();
    echo_request(&frame, &tn1, source, nut.link_local);
    insert_header(&frame, 60, options, sizeof options);
    expect_ignored();
}

static void no_problem_for_option_to_unspecified(void)
{
    no_problem_for_option_to("::");
}

static void no_problem_for_option_to_multicast(void)
{
    no_problem_for_option_to(MULTICAST_SOURCE);
}

const struct conformance_case section_5[] = {
    CASE("5.1.1", "Transmitting Echo Requests", "", transmits_requests),
    CASE_WITH("5.1.2.A", "Replying to Echo Requests", "Request sent to Link-Local address", replies, TO_LINK_LOCAL),
    CASE_WITH("5.1.2.B", "Replying to Echo Requests", "Request sent to global address", replies, TO_GLOBAL),
    CASE_WITH("5.1.2.C", "Replying to Echo Requests", "Request sent to multicast address - All Nodes Addresses",
              replies, TO_ALL_NODES),
    CASE("5.1.2.E", "Replying to Echo Requests", "Request sent to unspecified address", does_not_reply_to_unspecified),
    CASE("5.1.2.F", "Replying to Echo Requests", "Request sent to loopback address", does_not_reply_to_loopback),
    CASE("5.1.2.G", "Replying to Echo Requests", "Request sent to Site-Local address", replies_at_site_local),
    CASE_WITH("5.1.3.C", "Destination Unreachable Message Generation",
              "Port Unreachable - Link-Local Address - All Nodes", port_unreachable, TO_LINK_LOCAL),
    CASE_WITH("5.1.3.D", "Destination Unreachable Message Generation", "Port Unreachable - Global Address - All Nodes",
              port_unreachable, TO_GLOBAL),
    CASE("5.1.6", "Erroneous Header Field (Parameter Problem Generation)", "", erroneous_header_field),
    CASE("5.1.7", "Unrecognized Next Header (Parameter Problem Generation)", "", unrecognized_next_header),
    CASE("5.1.8", "Unknown Informational Message Type", "", unknown_informational_type),
    CASE("5.1.10.A", "Error Condition With Multicast Destination", "UDP Port Unreachable",
         no_port_unreachable_for_group),
    CASE("5.1.10.B", "Error Condition With Multicast Destination", "Echo Request Reassembly Timeout",
         no_time_exceeded_for_group),
    CASE("5.1.11.A", "Error Condition With Non-Unique Source - Unspecified", "UDP Port Unreachable (Routers and Hosts)",
         no_port_unreachable_to_unspecified),
    CASE("5.1.11.C", "Error Condition With Non-Unique Source - Unspecified",
         "Echo Request Reassembly Timeout (Routers and Hosts)", no_time_exceeded_to_unspecified),
    CASE("5.1.11.D", "Error Condition With Non-Unique Source - Unspecified",
         "Echo Request with Unknown Option in Destination Options (Routers and Hosts)",
         no_problem_for_option_to_unspecified),
    CASE("5.1.12.A", "Error Condition With Non-Unique Source - Multicast", "UDP Port Unreachable (Routers and Hosts)",
         no_port_unreachable_to_multicast),
    CASE("5.1.12.C", "Error Condition With Non-Unique Source - Multicast",
         "Echo Request Reassembly Timeout (Routers and Hosts)", no_time_exceeded_to_multicast),
    CASE("5.1.12.D", "Error Condition With Non-Unique Source - Multicast",
         "Echo Request with Unknown Option in Destination Options (Routers and Hosts)",
         no_problem_for_option_to_multicast),
    END_OF_CASES,
};
