/* test_function_nptv6.c: the function nptv6 of examples/nf, its options, and what it passes, translates and drops. The
 * translation itself is tested in nf/test_nptv6.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../examples/nf/nptv6.c"

#define OFFSET V6NF_ETHER_HEADER_SIZE
#define UPPER (OFFSET + V6NF_IPV6_HEADER_SIZE)
#define SIZE 160u

static struct nptv6 function;
static uint8_t frame[SIZE];
static uint8_t before[SIZE];
static uint32_t answer; /* length of the last one */

static void parse(uint8_t *bytes, const char *text)
{
    struct v6nf_address address;
    assert_true(v6nf_address_parse(&address, text));
    memcpy(bytes, address.bytes, V6NF_ADDRESS_SIZE);
}

static void begin(const char *internal, const char *external)
{
    static const uint8_t secret[NF_SECRET_SIZE];
    memset(&function, 0, sizeof function);
    assert_null(read_inside(internal));
    assert_null(read_outside(external));
    assert_null(check_prefixes());
    nf_start(&function, secret);
}

/* Write a frame with a payload of zeros. */
static void write_frame(const char *source, const char *destination, uint8_t protocol)
{
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(frame + OFFSET, SIZE - UPPER, protocol, 64);
    parse(frame + OFFSET + V6NF_IPV6_SOURCE, source);
    parse(frame + OFFSET + V6NF_IPV6_DESTINATION, destination);
    memcpy(before, frame, sizeof frame);
}

static bool passes(bool is_outbound, uint32_t length)
{
    uint32_t lengths[NF_WAYS] = {0};
    (is_outbound ? translate_outbound : translate_inbound)(&function, frame, length, SIZE, lengths);
    assert_true(lengths[0] == 0u || lengths[0] == length);
    assert_true(lengths[0] == 0u || lengths[NF_BACK] == 0u);
    answer = lengths[NF_BACK];
    return lengths[0] != 0u;
}

static void check_untouched(bool is_outbound)
{
    assert_true(passes(is_outbound, SIZE));
    assert_memory_equal(frame, before, sizeof frame);
}

static void check_addresses(const char *source, const char *destination)
{
    uint8_t expected[V6NF_ADDRESS_SIZE];
    parse(expected, source);
    assert_memory_equal(frame + OFFSET + V6NF_IPV6_SOURCE, expected, sizeof expected);
    parse(expected, destination);
    assert_memory_equal(frame + OFFSET + V6NF_IPV6_DESTINATION, expected, sizeof expected);
}

#define INTERNAL "fd01:203:405::/48"
#define EXTERNAL "2001:db8:1::/48"
#define INSIDE_HOST "fd01:203:405:1::1234"         /* the example of RFC 6296, 3.6 */
#define OUTSIDE_HOST "2001:db8:1:d550::1234"       /* what it becomes */
#define OTHER_INSIDE_HOST "fd01:203:405:2::1234"   /* another host inside */
#define OTHER_OUTSIDE_HOST "2001:db8:1:d551::1234" /* what that becomes */
#define PEER "2001:db8:ffff::99"

static void prefixes_that_cannot_be_translated_are_refused(void **state)
{
    static const char *const refused[][2] = {
        {"fd01::/48", "2001:db8::/56"},  {"fd01::/48", "fd01::/48"},      {"fd01::/65", "2001:db8::/65"},
        {"fd01::1/48", "2001:db8::/48"}, {"fd01::/48", "2001:db8::1/48"}, {"ff05::/48", "2001:db8::/48"},
        {"fd01::/48", "fe80::/48"},      {"::/48", "2001:db8::/48"},      {"fd01::/0", "2001:db8::/0"},
    };
    (void)state;
    assert_non_null(read_inside("fd01::"));
    assert_non_null(check_prefixes()); /* nothing is set */
    assert_non_null(read_outside("2001:db8::/129"));
    assert_non_null(read_outside("prefix/48"));
    assert_null(read_inside("fd01::/48"));
    assert_non_null(check_prefixes()); /* one alone */
    for (uint32_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        (void)read_inside(refused[i][0]);
        (void)read_outside(refused[i][1]);
        assert_non_null(check_prefixes());
    }
}

static void addresses_are_translated_in_both_directions(void **state)
{
    static const uint8_t protocols[] = {V6NF_CHAIN_TCP, V6NF_NEXT_HEADER_UDP, V6NF_NEXT_HEADER_ICMPV6, 200};
    (void)state;
    begin(INTERNAL, EXTERNAL);
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        write_frame(INSIDE_HOST, PEER, protocols[i]);
        frame[UPPER] = V6NF_ICMPV6_ECHO_REQUEST;
        assert_true(passes(true, SIZE));
        check_addresses(OUTSIDE_HOST, PEER);
        write_frame(PEER, OUTSIDE_HOST, protocols[i]);
        frame[UPPER] = V6NF_ICMPV6_ECHO_REQUEST;
        assert_true(passes(false, SIZE));
        check_addresses(PEER, INSIDE_HOST);
    }
    write_frame(INSIDE_HOST, "ff05::1:3", V6NF_NEXT_HEADER_UDP); /* a group that is routed */
    assert_true(passes(true, SIZE));
    check_addresses(OUTSIDE_HOST, "ff05::1:3");
    write_frame(PEER, INSIDE_HOST, V6NF_NEXT_HEADER_UDP); /* not an external address */
    check_untouched(false);
    write_frame("2001:db8:2::1", PEER, V6NF_NEXT_HEADER_UDP); /* not an internal address */
    check_untouched(true);
}

/* Behind a VLAN tag, too. */
static void tags_hide_no_packet(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    write_frame(INSIDE_HOST, PEER, V6NF_NEXT_HEADER_UDP);
    memmove(frame + 16, frame + 12, SIZE - 16u);
    v6nf_store32(frame + 12, 0x81000005);
    assert_true(passes(true, SIZE));
    memmove(frame + 12, frame + 16, SIZE - 16u);
    check_addresses(OUTSIDE_HOST, PEER);
    for (uint32_t i = 0; i < 5u; i++) {
        memmove(frame + 16, frame + 12, SIZE - 16u);
        v6nf_store32(frame + 12, 0x81000005);
    }
    assert_false(passes(true, SIZE));
    assert_int_equal(function.malformed, 1);
}

/* An error from a router inside about a packet to a host inside does not reveal the internal prefix, even if the router
 * has an address of another prefix. An error from outside reaches the sender with what it sent. */
static void quoted_packets_are_translated(void **state)
{
    static const char *const routers[] = {INSIDE_HOST, "2001:db8:2::1"};
    uint8_t *quoted = frame + UPPER + V6NF_ICMPV6_ERROR_SIZE;
    uint8_t expected[V6NF_ADDRESS_SIZE];
    (void)state;
    begin(INTERNAL, EXTERNAL);
    for (uint32_t i = 0; i < 2u; i++) {
        write_frame(routers[i], PEER, V6NF_NEXT_HEADER_ICMPV6);
        frame[UPPER] = V6NF_ICMPV6_PACKET_TOO_BIG;
        v6nf_ipv6_write(quoted, 8, V6NF_NEXT_HEADER_UDP, 64);
        parse(quoted + V6NF_IPV6_SOURCE, PEER);
        parse(quoted + V6NF_IPV6_DESTINATION, INSIDE_HOST);
        assert_true(passes(true, SIZE));
        parse(expected, OUTSIDE_HOST);
        assert_memory_equal(quoted + V6NF_IPV6_DESTINATION, expected, sizeof expected);
    }
    write_frame(PEER, OUTSIDE_HOST, V6NF_NEXT_HEADER_ICMPV6);
    frame[UPPER] = V6NF_ICMPV6_PACKET_TOO_BIG;
    v6nf_ipv6_write(quoted, 8, V6NF_NEXT_HEADER_UDP, 64);
    parse(quoted + V6NF_IPV6_SOURCE, OUTSIDE_HOST);
    parse(quoted + V6NF_IPV6_DESTINATION, PEER);
    assert_true(passes(false, SIZE));
    check_addresses(PEER, INSIDE_HOST);
    parse(expected, INSIDE_HOST);
    assert_memory_equal(quoted + V6NF_IPV6_SOURCE, expected, sizeof expected);
}

/* The router outside gets the packet with its external destination, and sends it back. */
static void packets_from_inside_to_inside_are_translated_once_each_way(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    for (uint32_t i = 0; i < 2u; i++) {
        write_frame(INSIDE_HOST, OTHER_OUTSIDE_HOST, i == 0u ? V6NF_NEXT_HEADER_UDP : V6NF_NEXT_HEADER_ICMPV6);
        frame[UPPER] = V6NF_ICMPV6_ECHO_REQUEST;
        assert_true(passes(true, SIZE));
        check_addresses(OUTSIDE_HOST, OTHER_OUTSIDE_HOST);
        assert_int_equal(function.hairpins, i + 1u);
        assert_true(passes(false, SIZE));
        check_addresses(OUTSIDE_HOST, OTHER_INSIDE_HOST);
    }
}

static void what_belongs_to_the_link_is_passed_untouched(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    for (uint8_t type = V6NF_ICMPV6_ROUTER_SOLICITATION; type <= V6NF_ICMPV6_REDIRECT; type++) {
        write_frame(INSIDE_HOST, OUTSIDE_HOST, V6NF_NEXT_HEADER_ICMPV6);
        frame[OFFSET + V6NF_IPV6_HOP_LIMIT] = V6NF_NDP_HOP_LIMIT;
        frame[UPPER] = type;
        memcpy(before, frame, sizeof frame);
        check_untouched(true);
        check_untouched(false);
        frame[OFFSET + V6NF_IPV6_HOP_LIMIT] = V6NF_NDP_HOP_LIMIT - 1u; /* a router has forwarded it */
        assert_true(passes(true, SIZE));
        check_addresses(OUTSIDE_HOST, OUTSIDE_HOST);
    }
    write_frame(INSIDE_HOST, PEER, V6NF_NEXT_HEADER_ICMPV6);
    frame[OFFSET + V6NF_IPV6_HOP_LIMIT] = V6NF_NDP_HOP_LIMIT;
    frame[UPPER] = V6NF_ICMPV6_ECHO_REQUEST; /* not Neighbor Discovery */
    assert_true(passes(true, SIZE));
    check_addresses(OUTSIDE_HOST, PEER);
    write_frame(INSIDE_HOST, "fe80::1", V6NF_NEXT_HEADER_UDP);
    check_untouched(true);
    write_frame(INSIDE_HOST, "ff02::fb", V6NF_NEXT_HEADER_UDP);
    check_untouched(true);
    write_frame("fe80::1", "ff02::16", 0);
    check_untouched(true);
    write_frame(INSIDE_HOST, PEER, V6NF_NEXT_HEADER_UDP);
    v6nf_store16(frame + V6NF_ETHER_TYPE, 0x0806);
    memcpy(before, frame, sizeof frame);
    check_untouched(true);
    check_untouched(false);
}

static void packets_that_cannot_be_translated_are_dropped_and_counted(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    write_frame("fd01:203:405:ffff::1", PEER, V6NF_NEXT_HEADER_UDP);
    assert_false(passes(true, SIZE));
    write_frame(PEER, "2001:db8:1:ffff::1", V6NF_CHAIN_TCP);
    assert_false(passes(false, SIZE));
    begin("fd01:203:405:600::/64", "2001:db8:1:200::/64");
    write_frame("fd01:203:405:600:ffff:ffff:ffff:ffff", PEER, V6NF_NEXT_HEADER_UDP);
    assert_false(passes(true, SIZE));
    write_frame("fd01:203:405:600::", PEER, V6NF_NEXT_HEADER_UDP);
    assert_false(passes(true, SIZE));
    assert_int_equal(function.unmappable, 2);
    assert_int_equal(function.malformed, 0);
}

/* Check the error about an unmappable packet from station 7 to station 8, and that no other packet gets one. */
static void check_answer(bool is_outbound, uint32_t pointer)
{
    frame[V6NF_ETHER_DESTINATION] = 2;
    frame[V6NF_ETHER_DESTINATION + 5u] = 8;
    frame[V6NF_ETHER_SOURCE] = 2;
    frame[V6NF_ETHER_SOURCE + 5u] = 7;
    memcpy(before, frame, sizeof frame);
    assert_false(passes(is_outbound, SIZE));
    assert_int_equal(answer, SIZE); /* as much of the packet as fits the buffer */
    assert_memory_equal(frame + V6NF_ETHER_DESTINATION, before + V6NF_ETHER_SOURCE, V6NF_ETHER_ADDRESS_SIZE);
    assert_memory_equal(frame + V6NF_ETHER_SOURCE, before + V6NF_ETHER_DESTINATION, V6NF_ETHER_ADDRESS_SIZE);
    assert_memory_equal(frame + OFFSET + V6NF_IPV6_SOURCE, before + OFFSET + V6NF_IPV6_DESTINATION, V6NF_ADDRESS_SIZE);
    assert_memory_equal(frame + OFFSET + V6NF_IPV6_DESTINATION, before + OFFSET + V6NF_IPV6_SOURCE, V6NF_ADDRESS_SIZE);
    assert_int_equal(frame[UPPER + V6NF_ICMPV6_TYPE], V6NF_ICMPV6_PARAMETER_PROBLEM);
    assert_int_equal(frame[UPPER + V6NF_ICMPV6_CODE], V6NF_ICMPV6_ERRONEOUS_FIELD);
    assert_int_equal(v6nf_load32(frame + UPPER + 4), pointer);
    assert_memory_equal(frame + UPPER + V6NF_ICMPV6_ERROR_SIZE, before + OFFSET, SIZE - UPPER - V6NF_ICMPV6_ERROR_SIZE);
}

static void unmappable_packets_are_answered(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    write_frame("fd01:203:405:ffff::1", PEER, V6NF_NEXT_HEADER_UDP);
    check_answer(true, V6NF_IPV6_SOURCE);
    write_frame("fd01:203:405:ffff::1", OUTSIDE_HOST, V6NF_NEXT_HEADER_UDP);
    check_answer(true, V6NF_IPV6_SOURCE);
    write_frame(INSIDE_HOST, "2001:db8:1:ffff::1", V6NF_NEXT_HEADER_UDP); /* a hairpin */
    check_answer(true, V6NF_IPV6_DESTINATION);
    write_frame(PEER, "2001:db8:1:ffff::1", V6NF_NEXT_HEADER_UDP);
    check_answer(false, V6NF_IPV6_DESTINATION);
    assert_int_equal(function.sent, 4);
    write_frame("fd01:203:405:ffff::1", PEER, V6NF_NEXT_HEADER_ICMPV6);
    frame[V6NF_ETHER_SOURCE] = 2;
    frame[UPPER] = V6NF_ICMPV6_PACKET_TOO_BIG; /* no error about an error */
    v6nf_ipv6_write(frame + UPPER + V6NF_ICMPV6_ERROR_SIZE, 8, V6NF_NEXT_HEADER_UDP, 64);
    assert_false(passes(true, SIZE));
    assert_int_equal(answer, 0);
    for (uint32_t i = 0; i < 100u; i++) { /* a host that floods gets the answers of its share */
        write_frame("fd01:203:405:ffff::1", PEER, V6NF_NEXT_HEADER_UDP);
        frame[V6NF_ETHER_SOURCE] = 2;
        assert_false(passes(true, SIZE));
    }
    assert_int_equal(function.sent, 12); /* 10 to its prefix */
    assert_int_equal(function.unmappable, 105);
}

/* Frames of any length, and headers that cannot be read. */
static void malformed_packets_are_dropped_and_counted(void **state)
{
    (void)state;
    begin(INTERNAL, EXTERNAL);
    for (uint32_t length = 0; length < UPPER; length++) {
        write_frame(INSIDE_HOST, length % 2u == 0u ? PEER : "fe80::1", V6NF_NEXT_HEADER_ICMPV6);
        assert_false(passes(true, length));
        assert_false(passes(false, length));
    }
    assert_int_equal(function.malformed, 2u * UPPER);
    write_frame(INSIDE_HOST, PEER, V6NF_NEXT_HEADER_ICMPV6);
    frame[UPPER] = V6NF_ICMPV6_PACKET_TOO_BIG;
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, 8); /* an error that quotes nothing */
    assert_false(passes(true, SIZE));
    assert_int_equal(function.malformed, 2u * UPPER + 1u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_that_cannot_be_translated_are_refused),
        cmocka_unit_test(addresses_are_translated_in_both_directions),
        cmocka_unit_test(tags_hide_no_packet),
        cmocka_unit_test(quoted_packets_are_translated),
        cmocka_unit_test(packets_from_inside_to_inside_are_translated_once_each_way),
        cmocka_unit_test(what_belongs_to_the_link_is_passed_untouched),
        cmocka_unit_test(packets_that_cannot_be_translated_are_dropped_and_counted),
        cmocka_unit_test(unmappable_packets_are_answered),
        cmocka_unit_test(malformed_packets_are_dropped_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
