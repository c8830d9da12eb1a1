/* section_rfc_errors.c: each ICMPv6 error of a host (RFC 4443, 2.4 and 3), about whole packets and fragments, to
 * each kind of address, from the link and via the router. */
#include <string.h>

#include "suite.h"

#define HEADERS 54u
#define PACKET 14u
#define DATA 200u /* bytes of the datagram, so that two fragments hold its headers and differ in length */

#define FRAGMENT_HEADER_SIZE 8u
#define REASSEMBLY_TIME (60u * SECOND)

/* A variation is an error, the form of the packet, the destination and the sender, each in bits of its own. */
enum error { PORT, NEXT_HEADER, OPTION, UNICAST_OPTION, ROUTING, CHAIN, LENGTH, SIZE, TIME };
enum form { WHOLE, ATOMIC, REASSEMBLED, FRAGMENT_ITSELF };
enum destination { UNICAST, GROUP, SHARED };
enum sender { LINK, ROUTER };
#define VARIATION(error, form, destination, sender) ((error) | (form) << 4 | (destination) << 6 | (sender) << 8)

/* The error that the NUT must send. */
struct expected {
    uint8_t type;
    uint8_t code;
    uint32_t parameter; /* for Parameter Problem: offset in the packet without a Fragment header */
    bool answers_groups;
};

static const struct expected expected[] = {
    [PORT] = {1, 4, 0, false},     [NEXT_HEADER] = {4, 1, 6, false},
    [OPTION] = {4, 2, 42, true},   [UNICAST_OPTION] = {4, 2, 42, false},
    [ROUTING] = {4, 0, 42, false}, [CHAIN] = {4, 3, 0, false},
    [LENGTH] = {4, 0, 4, false},   [SIZE] = {4, 0, 42, false},
    [TIME] = {3, 1, 0, false},
};

/* The NUT knows the Ethernet addresses of TN1 and of the router. */
static void set_up_neighbors(enum destination destination)
{
    struct test_frame request;
    nut_does(destination == SHARED ? ANYCAST : 0u);
    setup();
    answer_for(&tn1);
    answer_for(&tr1);
    echo_request(&request, &tn1, tn1.global, nut.global);
    transmit(&request);
    expect_reply(&request, tn1.mac);
    echo_request(&request, &tr1, FAR, nut.global);
    transmit(&request);
    expect_reply(&request, tr1.mac);
}

static void write_datagram(struct test_frame *frame, enum destination destination, enum sender sender)
{
    const char *to = destination == GROUP ? ALL_NODES : destination == SHARED ? ANYCAST_ADDRESS : nut.global;
    const char *mac = destination == GROUP ? test_group_mac(ALL_NODES) : nut.mac;
    frame_udp(frame, mac, sender == ROUTER ? tr1.mac : tn1.mac, sender == ROUTER ? FAR : tn1.global, to, 64, 7777, 7778,
              DATA);
}

/* Write the fault into the packet. */
static void write_fault(struct test_frame *frame, enum error error)
{
    const uint8_t options[8] = {0, 0, error == OPTION ? 0x9E : 0xDE, 4};
    const uint8_t routing[8] = {0, 0, 253, 1};
    const uint8_t padding[8] = {0, 0, 1, 4};
    switch (error) {
    case NEXT_HEADER:
        frame->bytes[20] = 253;
        break;
    case OPTION:
    case UNICAST_OPTION:
        insert_header(frame, 60, options, sizeof options);
        break;
    case ROUTING:
        insert_header(frame, 43, routing, sizeof routing);
        break;
    case CHAIN:
        insert_header(frame, 60, padding, sizeof padding);
        break;
    default:
        break;
    }
}

/* Make the packet the fragment that the error is about. */
static void make_wrong_fragment(struct test_frame *frame, enum error error)
{
    struct test_frame whole = *frame;
    uint32_t identification = new_identification();
    switch (error) {
    case CHAIN:
        fragment(frame, &whole, identification, 0, 8, true);
        break;
    case LENGTH:
        fragment(frame, &whole, identification, 0, 63, true);
        break;
    case SIZE:
        fragment(frame, &whole, identification, 0, 64, false);
        frame->bytes[HEADERS + 2u] = 0xFF;
        frame->bytes[HEADERS + 3u] = 0xF8;
        break;
    default:
        fragment(frame, &whole, identification, 0, 64, true);
        break;
    }
}

static void send_as(struct test_frame *frame, enum error error, enum form form)
{
    if (form == REASSEMBLED) {
        transmit_in_two(frame, 152);
        return;
    }
    if (form == ATOMIC) {
        make_atomic(frame, new_identification());
    } else if (form == FRAGMENT_ITSELF) {
        make_wrong_fragment(frame, error);
    }
    transmit(frame);
}

/* Return the parameter. The Fragment header of an atomic fragment moves the byte that the pointer is to. */
static uint32_t parameter_of(enum error error, enum form form)
{
    if (form != ATOMIC || expected[error].type != 4u) {
        return expected[error].parameter;
    }
    return error == NEXT_HEADER ? HEADERS - PACKET : expected[error].parameter + FRAGMENT_HEADER_SIZE;
}

static void answer_with_error(unsigned variation)
{
    struct test_frame frame;
    enum error error = variation & 15u;
    enum form form = variation >> 4 & 3u;
    enum destination destination = variation >> 6 & 3u;
    set_up_neighbors(destination);
    write_datagram(&frame, destination, variation >> 8);
    write_fault(&frame, error);
    send_as(&frame, error, form);
    uint64_t within = error == TIME ? REASSEMBLY_TIME + 5u * SECOND : 2u * SECOND;
    if (destination == GROUP && !expected[error].answers_groups) {
        expect_none(ANSWERS, within);
    } else {
        expect_error(&frame, expected[error].type, expected[error].code, parameter_of(error, form), within);
    }
}

#define SENDERS(number, title, form_text, error, form, destination)                                                    \
    RFC_CASE_WITH(number ".link", title, form_text ", from the link", answer_with_error,                               \
                  VARIATION(error, form, destination, LINK)),                                                          \
        RFC_CASE_WITH(number ".router", title, form_text ", through the router", answer_with_error,                    \
                      VARIATION(error, form, destination, ROUTER))
#define DESTINATIONS(number, title, form_text, error, form)                                                            \
    SENDERS(number ".unicast", title, form_text " to a unicast address", error, form, UNICAST),                        \
        SENDERS(number ".multicast", title, form_text " to a group", error, form, GROUP),                              \
        SENDERS(number ".anycast", title, form_text " to an anycast address", error, form, SHARED)
#define FORMS(number, title, error)                                                                                    \
    DESTINATIONS(number ".whole", title, "Packet", error, WHOLE),                                                      \
        DESTINATIONS(number ".atomic", title, "Atomic fragment", error, ATOMIC),                                       \
        DESTINATIONS(number ".reassembled", title, "Reassembled packet", error, REASSEMBLED)

const struct conformance_case rfc4443[] = {
    FORMS("4443.3.1.port", "Destination Unreachable: port unreachable", PORT),
    FORMS("4443.3.4.next_header", "Parameter Problem: unrecognized Next Header", NEXT_HEADER),
    FORMS("4443.3.4.option", "Parameter Problem: unrecognized option, type 10xxxxxx", OPTION),
    FORMS("4443.3.4.unicast_option", "Parameter Problem: unrecognized option, type 11xxxxxx", UNICAST_OPTION),
    FORMS("4443.3.4.routing", "Parameter Problem: unrecognized Routing Type", ROUTING),
    DESTINATIONS("4443.3.4.chain", "Parameter Problem: incomplete header chain", "First fragment", CHAIN,
                 FRAGMENT_ITSELF),
    DESTINATIONS("4443.3.4.length", "Parameter Problem: length not a multiple of 8", "First fragment", LENGTH,
                 FRAGMENT_ITSELF),
    DESTINATIONS("4443.3.4.size", "Parameter Problem: longer than 65,535 bytes", "Last fragment", SIZE,
                 FRAGMENT_ITSELF),
    DESTINATIONS("4443.3.3.time", "Time Exceeded: reassembly", "First fragment", TIME, FRAGMENT_ITSELF),
    END_OF_CASES,
};
