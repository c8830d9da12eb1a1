/* router_section_5.c: cases of a router, section 5: ICMPv6. */
#include "router_suite.h"

#include <string.h>

#if V6NF_FORWARDING
#define ABSENT PREFIX_A "99" /* on link A, and does not answer */
#define SITE "fec0::1"
#define TOO_LONG (1500u - 48u)

static struct test_frame frame;

static void replies_to_all_routers(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    const struct v6nf_advertisement advertisement = rut_advertisement();
    rut_advertise(B, &advertisement);
    wait_for(SECOND);
    frame_echo(&frame, test_group_mac("ff02::2"), TN1_MAC, TN1_LOCAL, "ff02::2", 128, 7, 1, 16);
    send_on(B, &frame);
    const struct seen *reply = find_seen(B, 129, 0);
    expect(reply != NULL && address_is(reply->frame.bytes + 38, TN1_LOCAL));
    expect(address_is(reply->frame.bytes + 22, RUT_LOCAL_B) || address_is(reply->frame.bytes + 22, RUT_B));
    expect(frame_checksum(&reply->frame, reply->frame.length - 54u, 58) == 0u);
}

static void replies_from_site_local(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    rut_add_address(B, SITE);
    wait_for(SECOND);
    request_from(&frame, TN1, SITE, 16);
    send_on(B, &frame);
    const struct seen *reply = find_seen(B, 129, 0);
    expect(reply != NULL && address_is(reply->frame.bytes + 38, TN1) && address_is(reply->frame.bytes + 22, SITE));
}

static void no_route(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    request_from(&frame, TN1, FAR, 16);
    send_on(B, &frame);
    expect_not_passed(&frame);
    expect_error_about(&frame, 1, 0, 0);
}

static void address_does_not_answer(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    request_from(&frame, TN1, ABSENT, 16);
    send_on(B, &frame);
    expect_no_error();
    wait_for(10u * SECOND);
    expect(count_seen(A, 135) == 3u);
    for (unsigned i = 0; i < 3u; i++) {
        const struct seen *solicitation = find_seen(A, 135, i);
        expect(address_is(solicitation->frame.bytes + 62, ABSENT));
        expect(address_is(solicitation->frame.bytes + 38, test_solicited_node(ABSENT)));
    }
    expect_not_passed(&frame);
    expect_error_about(&frame, 1, 3, 0);
}

static void beyond_scope(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    request_from(&frame, TN1_LOCAL, TN2, 16);
    send_on(B, &frame);
    wait_for(SECOND);
    expect_not_passed(&frame);
    expect_error_about(&frame, 1, 2, 0);
}

static void too_big(unsigned variation)
{
    (void)variation;
    rut_start(1280);
    request_from(&frame, TN1, TN2, TOO_LONG);
    send_on(B, &frame);
    expect_not_passed(&frame);
    expect_error_about(&frame, 2, 0, 1280);
}

static void hop_limit_exceeded(unsigned hop_limit)
{
    rut_start(1500);
    request_from(&frame, TN1, TN2, 16);
    frame.bytes[21] = (uint8_t)hop_limit;
    send_on(B, &frame);
    expect_not_passed(&frame);
    expect_error_about(&frame, 3, 0, 0);
}

/* An ICMPv6 error that cannot be forwarded. */
static const struct {
    uint8_t type;
    uint8_t code;
    uint8_t hop_limit;
    const char *to;
} flawed[] = {{1, 0, 64, ABSENT}, {1, 3, 0, TN2}, {3, 0, 64, FAR}, {3, 1, 64, FAR}, {2, 0, 64, ABSENT}, {4, 0, 0, TN2}};

static void no_error_about_an_error(unsigned variation)
{
    uint8_t body[60] = {0};
    rut_start(1500);
    body[4] = 0x60;
    frame_icmpv6(&frame, RUT_MAC_B, TN1_MAC, TN1, flawed[variation].to, flawed[variation].hop_limit,
                 flawed[variation].type, flawed[variation].code, body, sizeof body);
    send_on(B, &frame);
    wait_for(10u * SECOND);
    expect_not_passed(&frame);
    expect_no_error();
}

/* Sources that are no unicast address of one node: the last is the Subnet-Router anycast address of link B. */
static const char *const sources[] = {"::", "ff02::1", PREFIX_B};

static void no_error_about_too_big(unsigned variation)
{
    rut_start(1280);
    request_from(&frame, sources[variation], TN2, TOO_LONG);
    send_on(B, &frame);
    wait_for(SECOND);
    expect_not_passed(&frame);
    expect_no_error();
}

static void no_error_to_anycast_about_port(unsigned variation)
{
    (void)variation;
    rut_start(1500);
    frame_udp(&frame, RUT_MAC_B, TN1_MAC, PREFIX_B, RUT_B, 64, 1000, 9000, 16);
    send_on(B, &frame);
    wait_for(10u * SECOND);
    expect_no_error();
}

static void no_error_to_anycast_about_reassembly(unsigned variation)
{
    static const uint8_t header[8] = {0, 0, 0, 1, 1, 2, 3, 4}; /* offset 0, more fragments */
    (void)variation;
    rut_start(1500);
    request_from(&frame, PREFIX_B, RUT_B, 16);
    insert_after_ipv6(&frame, 44, header, sizeof header);
    send_on(B, &frame);
    wait_for(70u * SECOND);
    expect_no_error();
}

static void no_error_to_anycast_about_option(unsigned variation)
{
    static const uint8_t header[8] = {0, 0, 0x87, 4, 0, 0, 0, 0};
    (void)variation;
    rut_start(1500);
    request_from(&frame, PREFIX_B, RUT_B, 16);
    insert_after_ipv6(&frame, 60, header, sizeof header);
    send_on(B, &frame);
    wait_for(10u * SECOND);
    expect_no_error();
    expect(count_seen(B, 129) == 0u);
}

const struct router_case router_section_5[] = {
    {"5.1.2.D", "Echo Request to all routers", replies_to_all_routers, 0, false},
    {"5.1.2.G", "Echo Request to a site-local address", replies_from_site_local, 0, false},
    {"5.1.3.A", "Route Unreachable", no_route, 0, false},
    {"5.1.3.B", "Address Unreachable", address_does_not_answer, 0, false},
    {"5.1.3.E", "Beyond Scope of Source Address", beyond_scope, 0, false},
    {"5.1.4.A", "Packet Too Big, unicast", too_big, 0, false},
    {"5.1.4.B", "Packet Too Big, multicast", NULL, 0, false},
    {"5.1.5.A", "Hop Limit 0", hop_limit_exceeded, 0, false},
    {"5.1.5.B", "Hop Limit decremented to 0", hop_limit_exceeded, 1, false},
    {"5.1.9.A", "Destination Unreachable code 0, address unreachable", no_error_about_an_error, 0, false},
    {"5.1.9.B", "Destination Unreachable code 3, Hop Limit 0", no_error_about_an_error, 1, false},
    {"5.1.9.C", "Time Exceeded code 0, no route", no_error_about_an_error, 2, false},
    {"5.1.9.D", "Time Exceeded code 1, no route", no_error_about_an_error, 3, false},
    {"5.1.9.E", "Packet Too Big, address unreachable", no_error_about_an_error, 4, false},
    {"5.1.9.F", "Parameter Problem, Hop Limit 0", no_error_about_an_error, 5, false},
    {"5.1.11.B", "too big, from the unspecified address", no_error_about_too_big, 0, false},
    {"5.1.12.B", "too big, from a multicast address", no_error_about_too_big, 1, false},
    {"5.1.13.A", "port unreachable, from an anycast address", no_error_to_anycast_about_port, 0, false},
    {"5.1.13.B", "too big, from an anycast address", no_error_about_too_big, 2, false},
    {"5.1.13.C", "reassembly timeout, from an anycast address", no_error_to_anycast_about_reassembly, 0, false},
    {"5.1.13.D", "unknown option, from an anycast address", no_error_to_anycast_about_option, 0, false},
    {NULL, NULL, NULL, 0, false},
};
#endif
