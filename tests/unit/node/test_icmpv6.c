/* test_icmpv6.c: Echo Replies and ICMPv6 errors that the node sends (RFC 4443). */
#include "fixture_exchange.h"

#include <stdlib.h>

#define TYPE 54u /* offsets in the frame */
#define CHECKSUM 56u

/* -- Echo ---------------------------------------------------------------------------------------------------------- */

/* Each size from no data to a full link, in a buffer of exactly that size. */
static void echo_of_any_size_is_answered(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 1452u; size++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, (uint16_t)(size * 77u), (uint16_t)(size * 13u), size);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, (uint16_t)(size * 77u), (uint16_t)(size * 13u), size);
        f.capacity = in.length;
        assert_answered();
        assert_counted(&f, V6NF_ECHO_REPLIES, 1);
        assert_int_equal(frame_checksum(&f.out, 8u + size, 58), 0);
    }
}

/* The checksum is updated (RFC 1624). The loop covers each value that it can have, 0x0000 and 0xffff included. */
static void echo_reply_checksum_is_right_for_each_value(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 0, 0, 2);
    for (uint32_t value = 0; value <= 0xFFFFu; value++) {
        in.bytes[62] = (uint8_t)(value / 256u);
        in.bytes[63] = (uint8_t)(value % 256u);
        frame_fix_checksum(&in);
        fixture_input(&f, &in);
        assert_int_equal(f.out.length, in.length);
        assert_memory_equal(f.out.bytes + 58, in.bytes + 58, in.length - 58u);
        assert_int_equal(frame_checksum(&f.out, 10, 58), 0);
    }
}

static void echo_reply_copies_no_header_field_of_the_request(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 8);
    in.bytes[14] = 0x6F;
    in.bytes[15] = 0xFF;
    in.bytes[16] = 0xFF;
    in.bytes[17] = 0xFF;
    in.bytes[21] = 3;
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8); /* traffic class and flow label 0, hop limit 64 */
    assert_answered();
}

/* The Code of a reply is 0 (RFC 4443, 4.2). */
static void echo_reply_has_code_0_for_any_code(void **state)
{
    (void)state;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 33);
    in.bytes[55] = 0xA5;
    frame_fix_checksum(&in);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 33);
    assert_answered();
}

static void echo_between_link_local_addresses(void **state)
{
    (void)state;
    const struct test_station neighbor = {.mac = "02:00:00:00:00:03", .address = "fe80::3"};
    frame_ns(&in, test_group_mac(test_solicited_node(NODE_LINK_LOCAL)), neighbor.mac, neighbor.address,
             test_solicited_node(NODE_LINK_LOCAL), NODE_LINK_LOCAL, neighbor.mac);
    fixture_input(&f, &in);
    frame_echo_request(&in, &neighbor, NODE_LINK_LOCAL, 7, 1, 33);
    frame_echo_reply(&expected, &neighbor, NODE_LINK_LOCAL, 7, 1, 33);
    assert_answered();
}

/* The reply to a multicast is sent from a unicast address, in the scope of the requester (RFC 4443, 4.2). */
static void echo_to_all_nodes_is_answered_from_a_unicast_address(void **state)
{
    (void)state;
    const struct test_station neighbor = {.mac = "02:00:00:00:00:03", .address = "fe80::3"};
    for (uint32_t size = 0; size < 64u; size++) {
        frame_echo(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 128, 7, 1, size);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, size);
        assert_answered();
    }
    frame_ns(&in, NODE_MAC, neighbor.mac, neighbor.address, NODE_LINK_LOCAL, NODE_LINK_LOCAL, neighbor.mac);
    fixture_input(&f, &in);
    frame_echo(&in, "33:33:00:00:00:01", neighbor.mac, neighbor.address, "ff02::1", 128, 7, 1, 9);
    frame_echo_reply(&expected, &neighbor, NODE_LINK_LOCAL, 7, 1, 9);
    assert_answered();
}

static void echo_from_the_unspecified_address_is_dropped(void **state)
{
    (void)state;
    static const char *const destinations[] = {NODE_GLOBAL, "ff02::1"};
    for (uint32_t i = 0; i < 2u; i++) {
        frame_echo(&in, NODE_MAC, f.peer.mac, "::", destinations[i], 128, 7, 1, 8);
        assert_dropped(V6NF_DROP_NO_ROUTE);
    }
}

#if V6NF_FRAGMENTATION_SIZE > 1500
/* In large buffers a request may be longer than the link MTU. The reply is sent in fragments (see test_fragment.c). */
static void echo_longer_than_the_link_mtu_is_answered_in_fragments(void **state)
{
    (void)state;
    f.capacity = 2048;
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1452);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 1452);
    assert_answered();
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 1453);
    fixture_input(&f, &in);
    assert_int_equal(f.out.length, 62u + 1448u);
    assert_int_equal(f.out.bytes[20], 44);
}
#endif

static void echo_on_a_link_with_jumbo_frames(void **state)
{
    (void)state;
    fixture_start_with(&f, 1, 9000);
    fixture_make_reachable(&f, &f.peer);
    for (uint32_t size = 8900; size <= 8952u; size++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, size);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, size);
        assert_answered();
    }
}

static void echo_to_an_unknown_neighbor_waits_for_its_address(void **state)
{
    (void)state;
    const struct test_station unknown = {.mac = "02:00:00:00:00:77", .address = "2001:db8::77"};
    frame_echo_request(&in, &unknown, NODE_GLOBAL, 7, 1, 40);
    frame_node_ns(&expected, NODE_GLOBAL, unknown.address);
    assert_answered();
    frame_answer(&in, &unknown, NODE_GLOBAL);
    frame_echo_reply(&expected, &unknown, NODE_GLOBAL, 7, 1, 40);
    assert_answered();
}

/* -- Dropped messages ---------------------------------------------------------------------------------------------- */

static void wrong_checksum_is_dropped(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 8u * (8u + 13u); bit++) {
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 13);
        uint8_t *byte = &in.bytes[TYPE + bit / 8u];
        *byte = (uint8_t)(*byte ^ (1u << bit % 8u));
        assert_dropped(V6NF_DROP_ICMPV6_CHECKSUM);
    }
    for (uint32_t bit = 0; bit < 128u; bit++) { /* of the source: the pseudo-header counts too */
        frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 13);
        uint8_t *byte = &in.bytes[22u + bit / 8u];
        *byte = (uint8_t)(*byte ^ (1u << bit % 8u));
        if (in.bytes[22] != 0xFFu) {
            assert_dropped(V6NF_DROP_ICMPV6_CHECKSUM);
        }
    }
}

static void short_messages_are_dropped(void **state)
{
    (void)state;
    static const uint8_t types[] = {1, 2, 3, 4, 128, 129};
    for (uint32_t length = 0; length < 4u; length++) {
        frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 58, 64, NULL, length);
        f.capacity = in.length;
        assert_dropped(V6NF_DROP_ICMPV6_LENGTH);
    }
    for (uint32_t i = 0; i < sizeof types; i++) {
        for (uint32_t body = 0; body < 4u; body++) {
            frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, types[i], 0, NULL, body);
            f.capacity = in.length;
            assert_dropped(V6NF_DROP_ICMPV6_LENGTH);
        }
    }
}

/* No unknown message is answered (RFC 4443, 2.4 (a) and (b), and 3), nor one that hosts ignore: Router Solicitation.
 * MLD and messages of routers have counters of their own. An unknown error is counted as any other. */
static void other_types_are_dropped_silently(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256u; type++) {
        bool known = (type >= 1u && type <= 4u) || type == 128u || type == 129u || (type >= 134u && type <= 137u);
        known = known || (V6NF_MLD != 0 && (type == 130u || type == 131u));
        if (!known) {
            frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, (uint8_t)type, 0, NULL, 60);
            assert_dropped(type < 128u ? V6NF_DROP_ICMPV6_ERROR : V6NF_DROP_ICMPV6_TYPE);
        }
    }
}

static void errors_about_packets_that_were_not_sent_are_dropped(void **state)
{
    (void)state;
    uint8_t body[4 + 40 + 8] = {0};
    body[4] = 0x60;
    body[4 + 6] = 17;
    for (uint8_t type = 1; type <= 4u; type++) {
        frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, type, 0, body, sizeof body);
        assert_dropped(V6NF_DROP_ICMPV6_ERROR);
    }
}

/* An error that quotes less than an IPv6 header does not show what it is about. */
static void errors_with_a_short_quotation_are_dropped(void **state)
{
    (void)state;
    for (uint32_t quoted = 0; quoted < 40u; quoted++) {
        frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1, 0, NULL, 4u + quoted);
        f.capacity = in.length;
        assert_dropped(V6NF_DROP_ICMPV6_LENGTH);
    }
}

/* -- Errors sent --------------------------------------------------------------------------------------------------- */

/* Build a packet of `size` bytes that must be answered with an error. */
static void make_faulty(uint32_t size)
{
    frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 253, 64, NULL, size - 40u);
    for (uint32_t i = 54; i < in.length; i++) {
        in.bytes[i] = (uint8_t)(i * 7u);
    }
}

/* The error quotes as much of the packet as fits the minimum IPv6 MTU, and no more (RFC 4443, 2.4 (c)). */
static void errors_quote_as_much_as_fits_1280_bytes(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {40, 41, 100, 1231, 1232, 1233, 1280, 1281, 1499, 1500};
    for (uint32_t i = 0; i < 10u; i++) {
        f.now += SECOND; /* stay within the rate of errors */
        make_faulty(sizes[i]);
        frame_error(&expected, &in, f.peer.mac, 4, 1, 6);
        assert_int_equal(expected.length, 14u + (sizes[i] < 1232u ? sizes[i] + 48u : 1280u));
        assert_answered();
        assert_counted(&f, V6NF_ERRORS, 1);
    }
}

/* The quotation is cut to the buffer. There is no error if the quoted header does not fit. */
static void errors_are_cut_to_the_buffer(void **state)
{
    (void)state;
    for (uint32_t size = 40; size <= 140u; size++) {
        for (uint32_t more = 0; more <= 48u; more += 6u) {
            f.now += SECOND / 10u;
            make_faulty(size);
            f.capacity = in.length + more;
            if (f.capacity < 14u + 40u + 8u + 40u) {
                assert_dropped(V6NF_DROP_CAPACITY);
                continue;
            }
            uint32_t room = f.capacity - 14u - 48u;
            frame_error_quoting(&expected, &in, f.peer.mac, 4, 1, 6, size < room ? size : room);
            assert_answered();
        }
    }
}

/* No error is sent to :: or to an address that is never a source (RFC 4443, 2.4 (e.6)), nor about an error or a
 * Redirect (e.1, e.2). The node knows these messages, so that nothing in them is unrecognized. */
static void errors_are_not_answered_with_errors(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 128u; type++) {
        frame_icmpv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, (uint8_t)type, 0, NULL, 60);
        fixture_mark(&f);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_counted(&f, V6NF_ERRORS, 0);
    }
}

/* -- The rate limit (RFC 4443, 2.4 (f)) ---------------------------------------------------------------------------- */

/* Hand the node `count` faulty packets at once. Return the number of errors. */
static uint64_t errors_for(uint32_t count)
{
    fixture_mark(&f);
    make_faulty(60);
    for (uint32_t i = 0; i < count; i++) {
        fixture_input(&f, &in);
    }
    uint64_t errors = fixture_counted(&f, V6NF_ERRORS);
    assert_counted(&f, V6NF_DROP_ERROR_RATE, count - errors);
    return errors;
}

static void a_burst_of_errors_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(errors_for(1000), V6NF_ERROR_BURST);
    assert_int_equal(errors_for(1000), 0);
}

static void errors_continue_at_a_steady_rate(void **state)
{
    (void)state;
    const uint64_t interval = SECOND / V6NF_ERROR_RATE;
    (void)errors_for(1000);
    f.now += interval - 1u;
    assert_int_equal(errors_for(100), 0);
    f.now += 1u;
    assert_int_equal(errors_for(100), 1);
    uint64_t errors = 0;
    for (uint32_t i = 0; i < 10000u; i++) { /* ten seconds in milliseconds */
        f.now += MILLISECOND;
        errors += errors_for(3);
    }
    assert_int_equal(errors, 10u * V6NF_ERROR_RATE);
}

/* A fraction of a token is not lost, and a long silence is not saved up. */
static void tokens_saved_up_are_at_most_one_burst(void **state)
{
    (void)state;
    const uint64_t interval = SECOND / V6NF_ERROR_RATE;
    (void)errors_for(1000);
    f.now += 5u * interval / 2u;
    assert_int_equal(errors_for(100), 2);
    f.now += interval / 2u;
    assert_int_equal(errors_for(100), 1);
    f.now += 3600u * SECOND;
    fixture_make_reachable(&f, &f.peer);
    assert_int_equal(errors_for(1000), V6NF_ERROR_BURST);
    f.now += interval - 1u;
    assert_int_equal(errors_for(100), 0);
}

/* A bucket that was full for long starts to refill when it is first drawn from. */
static void the_bucket_refills_from_its_first_use(void **state)
{
    (void)state;
    const uint64_t interval = SECOND / V6NF_ERROR_RATE;
    f.now += 10u * interval + interval / 2u;
    assert_int_equal(errors_for(1000), V6NF_ERROR_BURST);
    f.now += interval - 1u;
    assert_int_equal(errors_for(100), 0);
    f.now += 1u;
    assert_int_equal(errors_for(100), 1);
}

/* A burst such as that of traceroute is answered completely, up to half the bucket. */
static void first_errors_of_a_burst_are_all_sent(void **state)
{
    (void)state;
    assert_int_equal(errors_for((V6NF_ERROR_BURST + 1u) / 2u), (V6NF_ERROR_BURST + 1u) / 2u);
}

#define OBSERVATIONS 200u

static uint32_t be_silent(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context, (void)datagram;
    return 0;
}

/* Return how often, of OBSERVATIONS, an observer gets an error after `count` datagrams with another host's source
 * address. `open` of their ports are not closed. */
static unsigned errors_observed(uint32_t count, uint32_t open)
{
    static const struct test_station observer = {.mac = GATEWAY_MAC, .address = "2001:db8:bad::1"};
    unsigned seen = 0;
    for (uint64_t seed = 0; seed < OBSERVATIONS; seed++) {
        fixture_start_with(&f, seed, 1500);
        fixture_make_reachable(&f, &f.peer);
        fixture_make_reachable(&f, &f.gateway);
        assert_int_equal(v6nf_udp_bind(&f.node, 2000, be_silent, NULL), V6NF_OK);
        for (uint32_t i = 0; i < count; i++) {
            frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 53, (uint16_t)(2001u - (i < open)),
                      8);
            fixture_input(&f, &in);
        }
        frame_udp(&in, NODE_MAC, observer.mac, observer.address, NODE_GLOBAL, 64, 53, 9999, 8);
        fixture_input(&f, &in);
        seen += f.out.length != 0u;
    }
    return seen;
}

/* The remaining tokens would show an observer how many errors were sent, and so which ports are open. Neither one
 * observation nor two must reveal that. */
static void error_rate_reveals_little_of_errors_to_others(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= V6NF_ERROR_BURST + 4u; count++) {
        unsigned closed = errors_observed(count, 0);
        unsigned open = errors_observed(count, 1);
        unsigned difference = closed > open ? closed - open : open - closed;
        if (difference > OBSERVATIONS / 3u) {
            fail_msg("of %u times, an error arrived %u times after %u datagrams to closed ports, %u times if one port "
                     "was open",
                     OBSERVATIONS, closed, count, open);
        }
    }
}

/* Packets that must not be answered take no token. */
static void packets_without_error_do_not_consume_tokens(void **state)
{
    (void)state;
    frame_ipv6(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 253, 64, NULL, 8);
    for (uint32_t i = 0; i < 1000u; i++) {
        fixture_input(&f, &in);
    }
    assert_counted(&f, V6NF_DROP_NEXT_HEADER, 1000);
    assert_int_equal(errors_for(1000), V6NF_ERROR_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(echo_of_any_size_is_answered, setup_exchange),
        cmocka_unit_test_setup(echo_reply_checksum_is_right_for_each_value, setup_exchange),
        cmocka_unit_test_setup(echo_reply_copies_no_header_field_of_the_request, setup_exchange),
        cmocka_unit_test_setup(echo_reply_has_code_0_for_any_code, setup_exchange),
        cmocka_unit_test_setup(echo_between_link_local_addresses, setup_exchange),
        cmocka_unit_test_setup(echo_to_all_nodes_is_answered_from_a_unicast_address, setup_exchange),
        cmocka_unit_test_setup(echo_from_the_unspecified_address_is_dropped, setup_exchange),
#if V6NF_FRAGMENTATION_SIZE > 1500
        cmocka_unit_test_setup(echo_longer_than_the_link_mtu_is_answered_in_fragments, setup_exchange),
#endif
        cmocka_unit_test_setup(echo_on_a_link_with_jumbo_frames, setup_exchange),
        cmocka_unit_test_setup(echo_to_an_unknown_neighbor_waits_for_its_address, setup_exchange),
        cmocka_unit_test_setup(wrong_checksum_is_dropped, setup_exchange),
        cmocka_unit_test_setup(short_messages_are_dropped, setup_exchange),
        cmocka_unit_test_setup(other_types_are_dropped_silently, setup_exchange),
        cmocka_unit_test_setup(errors_about_packets_that_were_not_sent_are_dropped, setup_exchange),
        cmocka_unit_test_setup(errors_with_a_short_quotation_are_dropped, setup_exchange),
        cmocka_unit_test_setup(errors_quote_as_much_as_fits_1280_bytes, setup_exchange),
        cmocka_unit_test_setup(errors_are_cut_to_the_buffer, setup_exchange),
        cmocka_unit_test_setup(errors_are_not_answered_with_errors, setup_exchange),
        cmocka_unit_test_setup(a_burst_of_errors_is_bounded, setup_exchange),
        cmocka_unit_test_setup(errors_continue_at_a_steady_rate, setup_exchange),
        cmocka_unit_test_setup(tokens_saved_up_are_at_most_one_burst, setup_exchange),
        cmocka_unit_test_setup(the_bucket_refills_from_its_first_use, setup_exchange),
        cmocka_unit_test_setup(first_errors_of_a_burst_are_all_sent, setup_exchange),
        cmocka_unit_test(error_rate_reveals_little_of_errors_to_others),
        cmocka_unit_test_setup(packets_without_error_do_not_consume_tokens, setup_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
