/* section_1_3.c: cases 1.3: fragments (RFC 8200, 4.5; RFC 5722, 6946 and 7112). */
#include "suite.h"

#define HEADERS 54u

/* From the first received fragment on (RFC 8200, 4.5). */
#define REASSEMBLY_TIME (60u * SECOND)

#define GLOBAL 1u

static struct test_frame request;
static struct test_frame piece;
static uint32_t identification; /* of the fragments of the request */

/* Make an Echo Request of three pieces of 32 bytes from TN1 to the NUT the current request. */
static void large_request(unsigned scope)
{
    setup();
    answer_for(&tn1);
    identification = new_identification();
    if (scope == GLOBAL) {
        echo_request_of(&request, &tn1, tn1.global, nut.global, 88);
    } else {
        echo_request_of(&request, &tn1, tn1.link_local, nut.link_local, 88);
    }
}

static void send_piece(uint32_t offset, uint32_t length, bool more)
{
    fragment(&piece, &request, identification, offset, length, more);
    transmit(&piece);
}

/* Send the piece with that number, 0 to 2. */
static void send_third(uint32_t number)
{
    send_piece(32u * number, 32, number < 2u);
}

/* -- Reassembly ---------------------------------------------------------------------------------------------------- */

static void in_order(void)
{
    large_request(0);
    for (uint32_t i = 0; i < 3u; i++) {
        send_third(i);
    }
    expect_reply(&request, NULL);
}

static void in_reverse_order(void)
{
    large_request(0);
    for (uint32_t i = 0; i < 3u; i++) {
        send_third(2u - i);
    }
    expect_reply(&request, NULL);
}

static void other_identification(void)
{
    large_request(0);
    uint32_t first = identification;
    send_third(0);
    identification = new_identification();
    send_third(1);
    identification = first;
    send_third(2);
    expect_none(ANSWERS, 2u * SECOND);
}

static void other_source(void)
{
    large_request(0);
    send_third(0);
    fragment(&piece, &request, identification, 32, 32, true);
    test_address(piece.bytes + 22, tn2.link_local);
    transmit(&piece);
    send_third(2);
    expect_none(ANSWERS, 2u * SECOND);
}

static void other_destination(void)
{
    large_request(0);
    send_third(0);
    fragment(&piece, &request, identification, 32, 32, true);
    test_address(piece.bytes + 38, nut.global);
    transmit(&piece);
    send_third(2);
    expect_none(ANSWERS, 2u * SECOND);
}

/* A packet of 1500 bytes, which each node must accept (RFC 8200, 5), in two pieces. */
static void whole_of_1500(void)
{
    large_request(0);
    echo_request_of(&request, &tn1, tn1.link_local, nut.link_local, 1452);
    send_piece(0, 1232, true);
    send_piece(1232, 228, false);
    expect_reply(&request, NULL);
}

/* -- Time exceeded ------------------------------------------------------------------------------------------------- */

static void soon_enough(void)
{
    large_request(0);
    send_third(0);
    send_third(1);
    expect_none(ANSWERS, REASSEMBLY_TIME - 5u * SECOND);
    send_third(2);
    expect_reply(&request, NULL);
}

/* The first fragment arrived: Time Exceeded, code 1, quotes it. */
static void first_alone(unsigned scope)
{
    large_request(scope);
    send_third(0);
    expect_none(ANSWERS, REASSEMBLY_TIME - 2u * SECOND);
    expect_error(&piece, 3, 1, 0, 5u * SECOND);
}

static void too_late(void)
{
    first_alone(0);
    send_third(1);
    send_third(2);
    expect_none(ECHO_REPLY, 2u * SECOND);
}

static void second_alone(void)
{
    large_request(0);
    send_third(1);
    expect_none(ANSWERS, REASSEMBLY_TIME + 5u * SECOND);
}

/* -- Wrong fragments ----------------------------------------------------------------------------------------------- */

static void length_not_a_multiple(void)
{
    large_request(0);
    send_piece(0, 37, true);
    expect_problem(&piece, 0, 4);
}

/* An atomic fragment is handled alone, and does not affect others of the same identification (RFC 6946). */
static void atomic(unsigned scope)
{
    struct test_frame large;
    large_request(scope);
    large = request;
    send_third(0);
    if (scope == GLOBAL) {
        echo_request(&request, &tn1, tn1.global, nut.global);
    } else {
        echo_request(&request, &tn1, tn1.link_local, nut.link_local);
    }
    make_atomic(&request, identification);
    transmit(&request);
    expect_reply(&request, NULL);
    request = large;
    send_third(1);
    send_third(2);
    expect_reply(&request, NULL);
}

/* All fragments are discarded, later ones too, and without an error (RFC 5722, 3; RFC 8200, 4.5). */
static void expect_abandoned(void)
{
    expect_none(ANSWERS, REASSEMBLY_TIME + 5u * SECOND);
}

static void overlap(unsigned scope)
{
    large_request(scope);
    send_third(0);
    send_piece(24, 40, true);
    send_third(2);
    expect_abandoned();
}

static void overlap_in_reverse_order(unsigned scope)
{
    large_request(scope);
    send_third(2);
    send_piece(24, 40, true);
    send_third(0);
    expect_abandoned();
}

/* An exact duplicate may count as an overlap, or be ignored (RFC 8200, 4.5): no reply, or one. */
static void duplicate(unsigned scope)
{
    struct test_frame reply;
    large_request(scope);
    send_third(0);
    send_third(1);
    send_third(1);
    send_third(2);
    if (next_frame(&reply, ANSWERS, SECOND)) {
        check_reply(&reply, &request, NULL);
    }
    expect_abandoned();
}

/* There is one fragment too many, across two others. */
static void extra(unsigned scope)
{
    large_request(scope);
    send_third(0);
    send_third(1);
    send_piece(16, 32, true);
    send_third(2);
    expect_abandoned();
}

/* The upper-layer header is in the second fragment: Parameter Problem, code 3 (RFC 7112, 5; RFC 8200, 4.5). */
#define ROUTING_HEADER 2u

static void headers_in_two_fragments(unsigned variation)
{
    const uint8_t header[40] = {0, 4, 1, 36};   /* PadN over the rest */
    const uint8_t routing[40] = {0, 4, 253, 0}; /* no segments left: skipped */
    bool is_routing = (variation & ROUTING_HEADER) != 0u;
    large_request(variation & GLOBAL);
    insert_header(&request, is_routing ? 43 : 60, is_routing ? routing : header, sizeof header);
    send_piece(0, 32, true);
    struct test_frame first = piece;
    send_piece(32, request.length - HEADERS - 32u, false);
    expect_problem(&first, 3, 0);
    expect_none(ANSWERS, 2u * SECOND);
}

const struct conformance_case section_1_3[] = {
    CASE("1.3.1.A", "Fragment Reassembly", "All Fragments are Valid", in_order),
    CASE("1.3.1.B", "Fragment Reassembly", "All Fragments are Valid, reverse order", in_reverse_order),
    CASE("1.3.1.C", "Fragment Reassembly", "Fragment IDs Differ Between Fragments", other_identification),
    CASE("1.3.1.D", "Fragment Reassembly", "Source Addresses Differ Between Fragments", other_source),
    CASE("1.3.1.E", "Fragment Reassembly", "Destination Address Differ Between Fragments", other_destination),
    CASE("1.3.1.F", "Fragment Reassembly", "Reassemble to 1500", whole_of_1500),
    CASE("1.3.2.A", "Reassembly Time Exceeded", "Time Elapsed Between Fragments less than Sixty Seconds", soon_enough),
    CASE("1.3.2.B", "Reassembly Time Exceeded", "Time Exceeded Before Last Fragments Arrive", too_late),
    CASE_WITH("1.3.2.C", "Reassembly Time Exceeded", "Time Exceeded (Global), Only First Fragment Received",
              first_alone, GLOBAL),
    CASE_WITH("1.3.2.D", "Reassembly Time Exceeded", "Time Exceeded (Link-local), Only First Fragment Received",
              first_alone, 0),
    CASE("1.3.2.E", "Reassembly Time Exceeded", "Time Exceeded, Only Second Fragment Received", second_alone),
    CASE("1.3.3", "Fragment Header M-Bit Set, Payload Length Invalid", "", length_not_a_multiple),
    CASE_WITH("1.3.4.A", "Atomic Fragment", "Link-Local", atomic, 0),
    CASE_WITH("1.3.4.B", "Atomic Fragment", "Global", atomic, GLOBAL),
    CASE_WITH("1.3.5.A", "Overlapping Fragments", "Overlapping fragments (Link-Local)", overlap, 0),
    CASE_WITH("1.3.5.B", "Overlapping Fragments", "Reverse Order Fragments (Link-Local)", overlap_in_reverse_order, 0),
    CASE_WITH("1.3.5.C", "Overlapping Fragments", "Duplicate Fragments (Link-Local)", duplicate, 0),
    CASE_WITH("1.3.5.D", "Overlapping Fragments", "Extra Fragments (Link-Local)", extra, 0),
    CASE_WITH("1.3.5.E", "Overlapping Fragments", "Overlapping fragments (Global)", overlap, GLOBAL),
    CASE_WITH("1.3.5.F", "Overlapping Fragments", "Reverse Order Fragments (Global)", overlap_in_reverse_order, GLOBAL),
    CASE_WITH("1.3.5.G", "Overlapping Fragments", "Duplicate Fragments (Global)", duplicate, GLOBAL),
    CASE_WITH("1.3.5.H", "Overlapping Fragments", "Extra Fragments (Global)", extra, GLOBAL),
    CASE_WITH("1.3.6.A", "First Fragment Doesn't Contain All Headers", "Destination Options (Link-Local)",
              headers_in_two_fragments, 0),
    CASE_WITH("1.3.6.B", "First Fragment Doesn't Contain All Headers", "Routing Options (Link-Local)",
              headers_in_two_fragments, ROUTING_HEADER),
    CASE_WITH("1.3.6.C", "First Fragment Doesn't Contain All Headers", "Destination Options (Global)",
              headers_in_two_fragments, GLOBAL),
    CASE_WITH("1.3.6.D", "First Fragment Doesn't Contain All Headers", "Routing Options (Global)",
              headers_in_two_fragments, GLOBAL | ROUTING_HEADER),
    END_OF_CASES,
};
