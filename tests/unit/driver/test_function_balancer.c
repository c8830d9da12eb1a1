/* test_function_balancer.c: the function balancer of examples/nf: its options, which backend a packet reaches, what
 * stays when backends change, and tunnels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../examples/nf/balancer.c"
#include "v6nf/wire/udp.h"

#define OFFSET V6NF_ETHER_HEADER_SIZE
#define UPPER (OFFSET + V6NF_IPV6_HEADER_SIZE)
#define SIZE 200u
#define CAPACITY 2048u
#define CLIENT "2001:db8:ffff::99"
#define VIRTUAL "2001:db8::80"
#define ROUNDS 10000u /* polls until a table is made, at most */

static struct balancer function;
static uint8_t frame[CAPACITY];
static uint8_t before[CAPACITY];

static void parse(uint8_t *bytes, const char *text)
{
    struct v6nf_address address;
    assert_true(v6nf_address_parse(&address, text));
    memcpy(bytes, address.bytes, V6NF_ADDRESS_SIZE);
}

static void make_table(void)
{
    uint32_t rounds = 0;
    do {
        tend(&function, function.now);
        rounds++;
        assert_true(rounds < ROUNDS);
    } while (function.maglev.is_making || function.maglev.has_changed);
}

static void begin(const char *const *backends, uint32_t count)
{
    static const uint8_t secret[NF_SECRET_SIZE] = {1, 2, 3};
    memset(&settings, 0, sizeof settings);
    memset(&function, 0, sizeof function);
    assert_null(read_virtual(VIRTUAL));
    assert_null(read_source("2001:db8::1"));
    for (uint32_t i = 0; i < count; i++) {
        assert_null(read_backend(backends[i]));
    }
    assert_null(check_backends());
    nf_start(&function, secret);
    make_table();
}

static const char *const macs[] = {"02:00:00:00:00:00", "02:00:00:00:00:01", "02:00:00:00:00:02"};

static void write_header(const char *source, const char *destination, uint8_t protocol, uint32_t size)
{
    memset(frame, 0, sizeof frame);
    memset(frame, 0xFE, 6);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(frame + OFFSET, size, protocol, 64);
    parse(frame + OFFSET + V6NF_IPV6_SOURCE, source);
    parse(frame + OFFSET + V6NF_IPV6_DESTINATION, destination);
}

/* Write a datagram of a flow. */
static void write_datagram(uint32_t flow)
{
    write_header(CLIENT, VIRTUAL, V6NF_NEXT_HEADER_UDP, SIZE - UPPER);
    v6nf_store32(frame + OFFSET + V6NF_IPV6_SOURCE + 8u, flow >> 16);
    v6nf_store16(frame + UPPER + V6NF_UDP_SOURCE_PORT, (uint16_t)flow);
    v6nf_store16(frame + UPPER + V6NF_UDP_DESTINATION_PORT, 53);
}

static uint32_t run(uint32_t length, uint32_t capacity)
{
    uint32_t lengths[1] = {0};
    memcpy(before, frame, sizeof frame);
    balance(&function, frame, length, capacity, lengths);
    return lengths[0];
}

/* Return the number of the backend that a frame is sent to, and check that only its destination has changed. */
static uint32_t backend_of(uint32_t length)
{
    assert_int_equal(run(length, length), length);
    assert_memory_equal(frame + 6, before + 6, sizeof frame - 6u);
    assert_int_equal(v6nf_load32(frame), 0x02000000);
    return v6nf_load16(frame + 4);
}

static uint32_t backend_of_flow(uint32_t flow)
{
    write_datagram(flow);
    return backend_of(SIZE);
}

/* -- Options ------------------------------------------------------------------------------------------------------- */

static void options_that_make_no_sense_are_refused(void **state)
{
    static const char *const refused[] = {
        "02:00:00:00:00",
        "03:00:00:00:00:01",
        "00:00:00:00:00:00",
        "02:00:00:00:00:01,0",
        "2001:db8::9,257",
        "2001:db8::9,",
        "2001:db8::9,1,2",
        "ff02::1",
        "fe80::1",
        "::",
        "",
        ",",
        "2001:db8::9/64",
        "::1",
        "2001:db8::9000000000000000000000000000000000000000000000",
    };
    (void)state;
    memset(&settings, 0, sizeof settings);
    assert_non_null(check_backends());
    for (uint32_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_non_null(read_backend(refused[i]));
    }
    assert_int_equal(settings.count, 0);
    assert_non_null(read_virtual("ff02::1"));
    assert_non_null(read_secret("00"));
    assert_null(read_virtual(VIRTUAL));
    assert_non_null(check_backends()); /* no backend */
    assert_null(read_backend("02:00:00:00:00:01,256"));
    assert_non_null(read_backend("02:00:00:00:00:01"));
    assert_null(check_backends());
    assert_null(read_backend("2001:db8::9"));
    assert_non_null(check_backends()); /* no source of tunnels */
    assert_null(read_source("2001:db8::1"));
    assert_null(check_backends());
    assert_null(read_backend(VIRTUAL));
    assert_non_null(check_backends());
    memset(&settings, 0, sizeof settings);
    for (uint32_t i = 0; i < BACKENDS; i++) {
        char text[] = "02:00:00:00:00:00";
        text[15] = "0123456789abcdef"[i / 16u];
        text[16] = "0123456789abcdef"[i % 16u];
        assert_null(read_backend(text));
    }
    assert_non_null(read_backend("02:00:00:00:01:00"));
}

/* -- Flows --------------------------------------------------------------------------------------------------------- */

#define FLOWS_TESTED 3000u

static void flows_are_divided_by_weight_and_stay(void **state)
{
    static const char *const weighted[] = {"02:00:00:00:00:00", "02:00:00:00:00:01,2", "02:00:00:00:00:02,3"};
    uint32_t shares[3] = {0};
    (void)state;
    begin(weighted, 3);
    for (uint32_t i = 0; i < 2u * FLOWS_TESTED; i++) {
        shares[backend_of_flow(i % FLOWS_TESTED)]++;
    }
    assert_in_range(shares[0], 800, 1200);
    assert_in_range(shares[1], 1700, 2300);
    assert_in_range(shares[2], 2700, 3300);
    assert_int_equal(function.flows.ages.count, FLOWS_TESTED);
}

static void what_is_not_for_the_virtual_address_passes_untouched(void **state)
{
    uint32_t lengths[1] = {0};
    (void)state;
    begin(macs, 3);
    write_header(CLIENT, "2001:db8::81", V6NF_NEXT_HEADER_UDP, SIZE - UPPER);
    assert_int_equal(run(SIZE, CAPACITY), SIZE);
    assert_memory_equal(frame, before, sizeof frame);
    write_datagram(1);
    v6nf_store16(frame + V6NF_ETHER_TYPE, 0x0806);
    assert_int_equal(run(SIZE, CAPACITY), SIZE);
    assert_memory_equal(frame, before, sizeof frame);
    write_header(CLIENT, VIRTUAL, V6NF_NEXT_HEADER_ICMPV6, SIZE - UPPER);
    frame[OFFSET + V6NF_IPV6_HOP_LIMIT] = V6NF_NDP_HOP_LIMIT;
    frame[UPPER] = V6NF_ICMPV6_NEIGHBOR_SOLICITATION;
    assert_int_equal(run(SIZE, CAPACITY), SIZE);
    assert_memory_equal(frame, before, sizeof frame);
    write_header(VIRTUAL, CLIENT, V6NF_NEXT_HEADER_UDP, SIZE - UPPER);
    memcpy(before, frame, sizeof frame);
    pass(NULL, frame, SIZE, CAPACITY, lengths);
    assert_int_equal(lengths[0], SIZE);
    assert_memory_equal(frame, before, sizeof frame);
    assert_int_equal(function.flows.ages.count, 0);
}

/* Flows of the other backends stay. Those of one that is down move; those of one that drains stay, and new ones do not
 * reach it. */
static void flows_of_living_backends_stay(void **state)
{
    static uint32_t at[FLOWS_TESTED];
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        at[i] = backend_of_flow(i);
    }
    assert_true(balancer_set_backend(&function, 1, BALANCER_DRAINING));
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        assert_int_equal(backend_of_flow(i), at[i]);
    }
    make_table();
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        assert_int_equal(backend_of_flow(i), at[i]);
        assert_int_not_equal(backend_of_flow(FLOWS_TESTED + i), 1);
    }
    assert_true(balancer_set_backend(&function, 1, BALANCER_DOWN));
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        const uint32_t now = backend_of_flow(i);
        assert_true(at[i] == 1u ? now != 1u : now == at[i]);
        at[i] = now;
    }
    assert_true(balancer_set_backend(&function, 1, BALANCER_UP));
    make_table();
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        assert_int_equal(backend_of_flow(i), at[i]);
    }
    assert_false(balancer_set_backend(&function, 3, BALANCER_UP));
}

/* A backend goes down at once: until the next table is complete, its flows may still reach it, and then they move. */
static void flows_of_a_dead_backend_move_when_the_table_is_made(void **state)
{
    static uint32_t at[FLOWS_TESTED];
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        at[i] = backend_of_flow(i);
    }
    assert_true(balancer_set_backend(&function, 2, BALANCER_DOWN));
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        assert_int_equal(backend_of_flow(i), at[i]);
    }
    make_table();
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        const uint32_t now = backend_of_flow(i);
        assert_true(at[i] == 2u ? now != 2u : now == at[i]);
    }
    for (uint32_t i = 0; i < 3u; i++) {
        assert_true(balancer_set_backend(&function, i, BALANCER_DOWN));
    }
    make_table();
    write_datagram(1);
    assert_int_equal(run(SIZE, CAPACITY), 0);
    assert_int_equal(function.no_backend, 1);
    assert_true(balancer_set_backend(&function, 0, BALANCER_UP));
    make_table();
    assert_int_equal(backend_of_flow(1), 0);
}

/* More flows than the table has entries, and a year without any. */
static void table_is_bounded_and_forgets(void **state)
{
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < FLOWS + 1000u; i++) {
        function.now = i;
        (void)backend_of_flow(i);
    }
    assert_int_equal(function.flows.ages.count, FLOWS);
    const uint32_t newest = backend_of_flow(FLOWS + 999u); /* it is in the full table */
    assert_true(balancer_set_backend(&function, newest, BALANCER_DRAINING));
    make_table();
    assert_int_equal(backend_of_flow(FLOWS + 999u), newest);
    assert_int_not_equal(backend_of_flow(FLOWS + 1000u), newest);
    assert_int_equal(function.flows.ages.count, FLOWS);
    for (uint32_t i = 0; i <= FLOWS / EXPIRE_MAX; i++) {
        tend(&function, UINT64_C(365) * 86400 * 1000000);
    }
    assert_int_equal(function.flows.ages.count, 0);
}

/* Agents and balancers with the same secret choose the same backends. */
static void agents_choose_the_same_backends(void **state)
{
    static const uint8_t others[NF_SECRET_SIZE] = {9, 9, 9};
    static uint32_t at[FLOWS_TESTED];
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        at[i] = backend_of_flow(i);
    }
    memset(&function, 0, sizeof function);
    nf_start(&function, others);
    for (uint32_t i = 0; i < FLOWS_TESTED; i++) {
        assert_int_equal(backend_of_flow(i), at[i]);
    }
}

/* -- Errors and fragments ------------------------------------------------------------------------------------------ */

/* An error about a reply reaches the backend that sent it, also after backends have changed. It keeps no flow. */
static void errors_reach_the_backend_of_their_flow(void **state)
{
    uint8_t *quoted = frame + UPPER + V6NF_ICMPV6_ERROR_SIZE;
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < 300u; i++) {
        const uint32_t backend = backend_of_flow(i);
        const uint32_t count = function.flows.ages.count;
        assert_true(balancer_set_backend(&function, backend, BALANCER_DRAINING));
        make_table();
        write_header("2001:db8:aaaa::1", VIRTUAL, V6NF_NEXT_HEADER_ICMPV6, 8u + 40u + 8u);
        frame[UPPER] = V6NF_ICMPV6_PACKET_TOO_BIG;
        v6nf_ipv6_write(quoted, 1400, V6NF_NEXT_HEADER_UDP, 60);
        parse(quoted + V6NF_IPV6_SOURCE, VIRTUAL);
        parse(quoted + V6NF_IPV6_DESTINATION, CLIENT);
        v6nf_store32(quoted + V6NF_IPV6_DESTINATION + 8u, 0);
        v6nf_store16(quoted + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_SOURCE_PORT, 53);
        v6nf_store16(quoted + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_DESTINATION_PORT, (uint16_t)i);
        assert_int_equal(backend_of(UPPER + 8u + 40u + 8u), backend);
        v6nf_store16(quoted + V6NF_IPV6_HEADER_SIZE + V6NF_UDP_DESTINATION_PORT, (uint16_t)(i + 10000u));
        assert_int_not_equal(backend_of(UPPER + 8u + 40u + 8u), backend); /* an unknown flow */
        assert_int_equal(function.flows.ages.count, count);
        parse(quoted + V6NF_IPV6_SOURCE, CLIENT); /* not about a packet of the service */
        assert_int_equal(run(UPPER + 8u + 40u + 8u, CAPACITY), 0);
        assert_true(balancer_set_backend(&function, backend, BALANCER_UP));
    }
    assert_int_equal(function.unreadable, 300);
}

static void write_fragment(uint32_t flow, uint32_t identification, uint32_t offset_and_flags)
{
    write_datagram(flow);
    memmove(frame + UPPER + 8, frame + UPPER, 100);
    frame[OFFSET + V6NF_IPV6_NEXT_HEADER] = 44;
    memset(frame + UPPER, 0, 8);
    frame[UPPER] = V6NF_NEXT_HEADER_UDP;
    v6nf_store16(frame + UPPER + 2, (uint16_t)offset_and_flags);
    v6nf_store32(frame + UPPER + 4, identification);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, 144);
}

static void fragments_follow_the_first_one(void **state)
{
    (void)state;
    begin(macs, 3);
    for (uint32_t i = 0; i < 300u; i++) {
        const uint32_t backend = backend_of_flow(i);
        write_fragment(i, 1000u + i, 1);
        assert_int_equal(backend_of(SIZE), backend);
        write_fragment(i, 1000u + i, 136);
        assert_int_equal(backend_of(SIZE), backend);
        write_fragment(i, 5000u + i, 136); /* without its first fragment */
        assert_int_equal(run(SIZE, CAPACITY), 0);
    }
    assert_int_equal(function.fragments, 300);
}

static void packets_that_cannot_be_read_are_dropped(void **state)
{
    (void)state;
    begin(macs, 3);
    for (uint32_t length = 0; length < UPPER + 8u; length++) {
        write_datagram(1);
        assert_int_equal(run(length, length), 0);
    }
    assert_int_equal(function.unreadable, UPPER + 8u);
    write_datagram(1);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, SIZE); /* longer than the frame */
    assert_int_equal(run(SIZE, CAPACITY), 0);
    assert_int_equal(function.unreadable, UPPER + 9u);
}

/* -- Tunnels ------------------------------------------------------------------------------------------------------- */

static const char *const tunnel[] = {"2001:db8:1::1"};

static void packets_travel_in_a_tunnel(void **state)
{
    uint8_t expected[V6NF_ADDRESS_SIZE];
    const uint8_t *outer = frame + OFFSET;
    (void)state;
    begin(tunnel, 1);
    write_datagram(1);
    v6nf_store32(frame + OFFSET, 0x6B812345);               /* traffic class and flow label */
    assert_int_equal(run(SIZE + 9u, CAPACITY), SIZE + 40u); /* without the padding of the link */
    assert_memory_equal(frame, before, OFFSET);
    assert_int_equal(v6nf_load32(outer), 0x6B812345);
    assert_int_equal(v6nf_load16(outer + V6NF_IPV6_PAYLOAD_LENGTH), SIZE - OFFSET);
    assert_int_equal(outer[V6NF_IPV6_NEXT_HEADER], 41);
    assert_int_equal(outer[V6NF_IPV6_HOP_LIMIT], 64);
    parse(expected, "2001:db8::1");
    assert_memory_equal(outer + V6NF_IPV6_SOURCE, expected, sizeof expected);
    parse(expected, tunnel[0]);
    assert_memory_equal(outer + V6NF_IPV6_DESTINATION, expected, sizeof expected);
    before[OFFSET + V6NF_IPV6_HOP_LIMIT]--;
    assert_memory_equal(frame + UPPER, before + OFFSET, SIZE - OFFSET);
}

/* The tunnel needs 40 bytes of the buffer and of the MTU, and a Hop Limit. */
static void packets_that_do_not_fit_the_tunnel_are_dropped_and_counted(void **state)
{
    (void)state;
    begin(tunnel, 1);
    write_datagram(1);
    assert_int_equal(run(SIZE, SIZE + 39u), 0);
    write_datagram(1);
    assert_int_equal(run(SIZE, SIZE + 40u), SIZE + 40u);
    write_datagram(1);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, 1460 - 40);
    assert_int_equal(run(OFFSET + 1460u, CAPACITY), OFFSET + 1500u);
    write_datagram(1);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, 1461 - 40);
    assert_int_equal(run(OFFSET + 1461u, CAPACITY), 0);
    assert_int_equal(function.too_long, 2);
    write_datagram(1);
    frame[OFFSET + V6NF_IPV6_HOP_LIMIT] = 1;
    assert_int_equal(run(SIZE, CAPACITY), 0);
    assert_int_equal(function.hop_limit, 1);
    write_datagram(1);
    memmove(frame + 20, frame + 12, SIZE - 12u);
    v6nf_store16(frame + 12, 100);
    v6nf_store32(frame + 14, 0xAAAA0300);
    v6nf_store16(frame + 18, 0);
    assert_int_equal(run(SIZE + 8u, CAPACITY), 0);
    assert_int_equal(function.unreadable, 1);
    write_datagram(1);
    memmove(frame + 16, frame + 12, SIZE - 12u);
    v6nf_store32(frame + 12, 0x81000300);
    assert_int_equal(run(SIZE + 4u, CAPACITY), SIZE + 44u); /* a VLAN tag remains */
    assert_memory_equal(frame, before, OFFSET + 4u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(flows_are_divided_by_weight_and_stay),
        cmocka_unit_test(what_is_not_for_the_virtual_address_passes_untouched),
        cmocka_unit_test(flows_of_living_backends_stay),
        cmocka_unit_test(flows_of_a_dead_backend_move_when_the_table_is_made),
        cmocka_unit_test(table_is_bounded_and_forgets),
        cmocka_unit_test(agents_choose_the_same_backends),
        cmocka_unit_test(errors_reach_the_backend_of_their_flow),
        cmocka_unit_test(fragments_follow_the_first_one),
        cmocka_unit_test(packets_that_cannot_be_read_are_dropped),
        cmocka_unit_test(packets_travel_in_a_tunnel),
        cmocka_unit_test(packets_that_do_not_fit_the_tunnel_are_dropped_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
