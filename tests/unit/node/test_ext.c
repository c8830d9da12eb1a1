/* test_ext.c: packets with extension headers (RFC 8200, 4; RFC 5095; RFC 4443, 2.4 (e)). */
#include "fixture_exchange.h"
#include "v6nf/wire/ext.h"

#include <string.h>

#define HOP_BY_HOP 0u
#define ROUTING 43u
#define DESTINATION 60u

/* Insert an extension header of `size` bytes after the IPv6 header, and fill in its first byte. */
static void insert(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t size)
{
    uint32_t payload = 256u * frame->bytes[18] + frame->bytes[19] + size;
    memmove(frame->bytes + 54 + size, frame->bytes + 54, frame->length - 54u);
    memcpy(frame->bytes + 54, header, size);
    frame->bytes[54] = frame->bytes[20];
    frame->bytes[20] = type;
    frame->bytes[18] = (uint8_t)(payload / 256u);
    frame->bytes[19] = (uint8_t)(payload % 256u);
    frame->length += size;
}

/* Insert a header of 8 bytes with this option. */
static void insert_option(struct test_frame *frame, uint8_t type, uint8_t option)
{
    const uint8_t header[8] = {0, 0, option, 4, 1, 2, 3, 4};
    insert(frame, type, header, 8);
}

static void insert_routing(struct test_frame *frame, uint8_t routing_type, uint8_t segments_left)
{
    const uint8_t header[24] = {0, 2, routing_type, segments_left, 0, 0, 0, 0, 0x20, 1, 0x0d, 0xb8};
    insert(frame, ROUTING, header, 24);
}

static void echo_after_any_headers_is_answered_without_them(void **state)
{
    (void)state;
    for (uint32_t which = 0; which < 16u; which++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, (uint16_t)which, 33);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, (uint16_t)which, 33);
        if ((which & 1u) != 0u) {
            insert_option(&in, DESTINATION, 1);
        }
        if ((which & 2u) != 0u) {
            insert_routing(&in, 33, 0);
        }
        if ((which & 4u) != 0u) {
            insert_option(&in, DESTINATION, 7);
        }
        if ((which & 8u) != 0u) {
            insert_option(&in, HOP_BY_HOP, 5);
        }
        f.capacity = in.length;
        assert_answered();
    }
}

static void datagram_after_headers_is_answered_without_them(void **state)
{
    (void)state;
    assert_int_equal(v6nf_udp_bind(&f.node, 7, test_udp_echo, NULL), V6NF_OK);
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 7, 21);
    insert_option(&in, DESTINATION, 1);
    insert_option(&in, HOP_BY_HOP, 1);
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 7, 1000, 21);
    assert_answered();
}

/* The error quotes the packet as received (RFC 4443, 3.1). */
static void port_unreachable_quotes_extension_headers(void **state)
{
    (void)state;
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 9, 21);
    insert_option(&in, DESTINATION, 1);
    frame_error(&expected, &in, f.peer.mac, 1, 4, 0);
    assert_answered();
}

/* The pointer is to the option's type (RFC 4443, 3.4). */
static void unknown_options_are_handled_by_their_type(void **state)
{
    (void)state;
    static const uint8_t types[] = {HOP_BY_HOP, DESTINATION};
    for (uint32_t i = 0; i < 2u; i++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        insert_option(&in, types[i], 0x47);
        assert_dropped(V6NF_DROP_OPTION);
        for (uint32_t type = 0x87; type <= 0xC7u; type += 0x40u) {
            frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
            insert_option(&in, types[i], (uint8_t)type);
            frame_error(&expected, &in, f.peer.mac, 4, 2, 42);
            assert_answered();
        }
    }
}

/* An option of type 10 may be reported to the source of a multicast, one of type 11 may not (RFC 4443, 2.4 (e.3)). */
static void unknown_options_in_a_multicast(void **state)
{
    (void)state;
    frame_echo(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 8);
    insert_option(&in, DESTINATION, 0xC7);
    assert_dropped(V6NF_DROP_OPTION);
    frame_echo(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, 8);
    insert_option(&in, DESTINATION, 0x87);
    static uint8_t body[4 + 40 + 24] = {0, 0, 0, 42};
    memcpy(body + 4, in.bytes + 14, 64);
    frame_icmpv6(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, 4, 2, body, sizeof body);
    assert_answered();
}

static void unknown_options_before_an_error_are_not_answered(void **state)
{
    (void)state;
    static const uint8_t quotation[44] = {0};
    frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1, 0, quotation, sizeof quotation);
    insert_option(&in, DESTINATION, 1);
    insert_option(&in, DESTINATION, 0x87);
    assert_dropped(V6NF_DROP_OPTION);
    frame_echo(&in, NODE_MAC, f.peer.mac, "::", NODE_GLOBAL, 128, 7, 1, 8);
    insert_option(&in, DESTINATION, 0x87);
    assert_dropped(V6NF_DROP_OPTION);
}

/* Build an ICMPv6 message of this type after `count` headers of `type`. The first of them has an option that must be
 * reported. */
static void make_hidden(uint8_t message, uint8_t type, uint32_t count)
{
    static const uint8_t quotation[44] = {0};
    frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, message, 0, quotation, sizeof quotation);
    for (uint32_t i = 0; i < count; i++) {
        insert_option(&in, type, 1);
    }
    insert_option(&in, DESTINATION, 0x87);
}

/* Neither too many headers nor unknown ones hide the type of the message (RFC 4443, 2.4 (e.1) and (e.2)). */
static void no_extension_header_hides_an_error_or_a_redirect(void **state)
{
    static const uint8_t messages[] = {1, 2, 127, 137};
    static const uint8_t types[] = {DESTINATION, ROUTING, 51, 44};
    (void)state;
    for (uint32_t i = 0; i < sizeof messages * sizeof types; i++) {
        for (uint32_t count = 0; count < V6NF_EXT_HEADERS_MAX + 4u; count++) {
            fixture_case("message %u, %u headers of type %u", messages[i % 4u], count, types[i / 4u]);
            make_hidden(messages[i % 4u], types[i / 4u], count);
            if (types[i / 4u] == 44u || types[i / 4u] == 51u) {
                for (uint32_t at = 62; at < 62u + 8u * count; at += 8u) {
                    memset(in.bytes + at + 1u, 0, 7); /* an atomic fragment, and the shortest Authentication Header */
                }
            }
            assert_dropped(V6NF_DROP_OPTION);
        }
    }
    fixture_case("%s", "");
}

/* The header after the option is cut short, or ends with the packet: the packet may be an error. */
static void packet_cut_short_after_an_option_is_not_answered(void **state)
{
    (void)state;
    for (uint32_t cut = 0; cut < 9u; cut++) {
        make_hidden(128, DESTINATION, 1);
        in.length = 14u + 40u + 8u + cut;
        in.bytes[19] = (uint8_t)(8u + cut);
        assert_dropped(V6NF_DROP_OPTION);
    }
    make_hidden(128, DESTINATION, 1);
    frame_error(&expected, &in, f.peer.mac, 4, 2, 42);
    assert_answered();
}

/* The pointer is to the Routing Type (RFC 8200, 4.4; RFC 5095, 3). */
static void routing_headers_with_segments_left_are_refused(void **state)
{
    (void)state;
    static const uint8_t types[] = {0, 2, 3, 4, 33, 253};
    for (uint32_t i = 0; i < sizeof types; i++) {
        f.now += SECOND;
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        insert_routing(&in, types[i], 1);
        frame_error(&expected, &in, f.peer.mac, 4, 0, 42);
        fixture_make_reachable(&f, &f.peer);
        assert_answered();
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        insert_routing(&in, types[i], 0);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
        assert_answered();
    }
}

/* In any other position it is an unrecognized Next Header (RFC 8200, 4.3). */
static void hop_by_hop_options_are_unrecognized_unless_first(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    insert_option(&in, HOP_BY_HOP, 1);
    insert_option(&in, DESTINATION, 1);
    frame_error(&expected, &in, f.peer.mac, 4, 1, 40);
    assert_answered();
}

static void unrecognized_next_header_in_an_extension_header(void **state)
{
    (void)state;
    frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 253, 64, NULL, 20);
    insert_option(&in, DESTINATION, 1);
    frame_error(&expected, &in, f.peer.mac, 4, 1, 40);
    assert_answered();
    frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 59, 64, NULL, 20);
    insert_option(&in, DESTINATION, 1);
    assert_dropped(V6NF_DROP_NO_NEXT_HEADER);
}

static void headers_longer_than_the_packet_are_dropped(void **state)
{
    (void)state;
    static const uint8_t types[] = {HOP_BY_HOP, ROUTING, DESTINATION};
    for (uint32_t i = 0; i < sizeof types; i++) {
        for (uint32_t size = 0; size < 24u; size++) {
            uint8_t header[24] = {58, 2};
            frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, types[i], 64, header, size);
            f.capacity = in.length;
            assert_dropped(V6NF_DROP_EXTENSION_LENGTH);
        }
    }
}

static void header_chains_are_parsed_up_to_a_limit(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= V6NF_EXT_HEADERS_MAX + 2u; count++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
        for (uint32_t i = 0; i < count; i++) {
            insert_option(&in, DESTINATION, 1);
        }
        if (count <= V6NF_EXT_HEADERS_MAX) {
            assert_answered();
        } else {
            assert_dropped(V6NF_DROP_EXTENSION_COUNT);
        }
    }
}

/* A whole Neighbor Discovery message may follow a Destination Options header. */
static void solicitation_after_options_is_answered(void **state)
{
    (void)state;
    frame_ns(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, NODE_GLOBAL, f.peer.mac);
    insert_option(&in, DESTINATION, 1);
    frame_node_na(&expected, &f.peer, NODE_GLOBAL);
    assert_answered();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(echo_after_any_headers_is_answered_without_them, setup_exchange),
        cmocka_unit_test_setup(datagram_after_headers_is_answered_without_them, setup_exchange),
        cmocka_unit_test_setup(port_unreachable_quotes_extension_headers, setup_exchange),
        cmocka_unit_test_setup(unknown_options_are_handled_by_their_type, setup_exchange),
        cmocka_unit_test_setup(unknown_options_in_a_multicast, setup_exchange),
        cmocka_unit_test_setup(unknown_options_before_an_error_are_not_answered, setup_exchange),
        cmocka_unit_test_setup(no_extension_header_hides_an_error_or_a_redirect, setup_exchange),
        cmocka_unit_test_setup(packet_cut_short_after_an_option_is_not_answered, setup_exchange),
        cmocka_unit_test_setup(routing_headers_with_segments_left_are_refused, setup_exchange),
        cmocka_unit_test_setup(hop_by_hop_options_are_unrecognized_unless_first, setup_exchange),
        cmocka_unit_test_setup(unrecognized_next_header_in_an_extension_header, setup_exchange),
        cmocka_unit_test_setup(headers_longer_than_the_packet_are_dropped, setup_exchange),
        cmocka_unit_test_setup(header_chains_are_parsed_up_to_a_limit, setup_exchange),
        cmocka_unit_test_setup(solicitation_after_options_is_answered, setup_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
