/* test_mld_snooping.c: multicast goes to the ports that have listeners and routers (RFC 4541, 3), and a forged message
 * takes no listener its group. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/mld_snooping.h"
#include "v6nf/wire/ether.h"
#include "v6nf/wire/mld.h"

#include "../wire/fixture_wire.h"

#define GROUPS 64u
#define SECOND UINT64_C(1000000)
#define ALL V6NF_MLD_SNOOPING_ALL
#define VLAN 7u
#define MESSAGE (V6NF_ETHER_HEADER_SIZE + V6NF_MLD_OFFSET)

static struct v6nf_mld_snooping snooping;
static uint64_t memory[V6NF_MLD_SNOOPING_WORDS(GROUPS) + 1u];
static uint64_t now;
static uint8_t frame[256];
static uint32_t length;

static int setup(void **state)
{
    static const uint8_t secret[V6NF_HASH_MAP_SECRET_SIZE] = {1, 2, 3};
    (void)state;
    memset(memory, 0xA5, sizeof memory);
    now = 1000u * SECOND;
    assert_true(v6nf_mld_snooping_init(&snooping, memory, GROUPS, secret));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(memory[V6NF_MLD_SNOOPING_WORDS(GROUPS)], UINT64_C(0xA5A5A5A5A5A5A5A5));
    return 0;
}

static struct v6nf_address parse(const char *text)
{
    struct v6nf_address address;
    assert_true(v6nf_address_parse(&address, text));
    return address;
}

static void write_ethernet(const char *destination)
{
    const struct v6nf_address group = parse(destination);
    memset(frame, 0, V6NF_ETHER_HEADER_SIZE);
    frame[0] = frame[1] = 0x33;
    memcpy(frame + 2, group.bytes + 12, 4);
    frame[6] = 2;
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
}

/* Insert a VLAN tag. */
static void tag(uint32_t vlan)
{
    memmove(frame + 16, frame + 12, length - 12u);
    v6nf_store16(frame + 12, 0x8100);
    v6nf_store16(frame + 14, (uint16_t)vlan);
    length += 4u;
}

/* Write the checksum of a message after Hop-by-Hop Options. */
static void write_sum(uint32_t size)
{
    uint8_t *message = frame + MESSAGE;
    v6nf_store16(message + 2, 0);
    const uint16_t sum =
        reference_upper_sum(frame + V6NF_ETHER_HEADER_SIZE, V6NF_NEXT_HEADER_ICMPV6, message, size);
    v6nf_store16(message + 2, (uint16_t)~sum);
}

/* Write an MLD message of `size` bytes, all zero but type and group. */
static void write_message(const char *source, const char *destination, uint8_t type, const char *group, uint32_t size)
{
    uint8_t *packet = frame + V6NF_ETHER_HEADER_SIZE;
    const struct v6nf_address address = parse(group);
    static const uint8_t alert[] = {V6NF_NEXT_HEADER_ICMPV6, 0, 5, 2, 0, 0, 1, 0};
    write_ethernet(destination);
    write_header(packet, source, destination, 0, size + 8u);
    packet[V6NF_IPV6_HOP_LIMIT] = 1;
    memcpy(packet + V6NF_IPV6_HEADER_SIZE, alert, sizeof alert);
    memset(frame + MESSAGE, 0, size);
    frame[MESSAGE] = type;
    memcpy(frame + MESSAGE + V6NF_MLD_GROUP, address.bytes, 16);
    length = MESSAGE + size;
    write_sum(size);
}

static void write_query(const char *source)
{
    write_message(source, "ff02::1", V6NF_MLD_QUERY, "::", 28);
    v6nf_store16(frame + MESSAGE + V6NF_MLD_RESPONSE_CODE, 10000);
    write_sum(28);
}

static void write_report(enum v6nf_mld_record type, const char *group, uint32_t sources)
{
    struct v6nf_mld_report report;
    const struct v6nf_address address = parse(group);
    const struct v6nf_address source = parse("fe80::5");
    write_ethernet("ff02::16");
    v6nf_mld_start(&report, frame + V6NF_ETHER_HEADER_SIZE, sizeof frame - V6NF_ETHER_HEADER_SIZE);
    v6nf_mld_add_record(&report, type, address.bytes);
    for (uint32_t i = 0; i < sources; i++) {
        v6nf_mld_add_source(&report, source.bytes);
    }
    length = V6NF_ETHER_HEADER_SIZE + v6nf_mld_finish(&report, source.bytes);
}

static void write_data(const char *group)
{
    write_ethernet(group);
    write_header(frame + V6NF_ETHER_HEADER_SIZE, "2001:db8::1", group, V6NF_NEXT_HEADER_UDP, 20);
    length = V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE + 20u;
}

/* Show the frame in memory of its exact size. */
static uint32_t show(uint32_t vlan, uint32_t port)
{
    uint8_t *bytes = exact_copy(frame, length);
    const uint32_t ports = v6nf_mld_snooping_input(&snooping, bytes, length, vlan, port, now);
    free(bytes);
    return ports;
}

static uint32_t ports_of_group(const char *group)
{
    write_data(group);
    return show(0, 5);
}

/* A router on port 0, which has queried for long enough. */
static void start_querier(void)
{
    write_query("fe80::1");
    assert_int_equal(show(0, 0), ALL);
    now += V6NF_MLD_SNOOPING_SETTLE;
    write_query("fe80::1");
    assert_int_equal(show(0, 0), ALL);
}

static void without_querier_everything_is_flooded(void **state)
{
    (void)state;
    assert_int_equal(ports_of_group("ff0e::1234"), ALL);
    write_report(V6NF_MLD_TO_EXCLUDE, "ff0e::1234", 0);
    assert_int_equal(show(0, 1), ALL);
    assert_int_equal(ports_of_group("ff0e::1234"), ALL);
}

static void group_goes_to_listeners_and_routers(void **state)
{
    (void)state;
    start_querier();
    assert_int_equal(ports_of_group("ff0e::1234"), 1);
    write_report(V6NF_MLD_TO_EXCLUDE, "ff0e::1234", 0);
    assert_int_equal(show(0, 1), 1); /* to routers alone */
    write_message("fe80::9", "ff0e::1234", V6NF_MLD_REPORT_V1, "ff0e::1234", 24);
    assert_int_equal(show(0, 3), 1);
    assert_int_equal(ports_of_group("ff0e::1234"), 1u << 0 | 1u << 1 | 1u << 3);
    assert_int_equal(ports_of_group("ff0e::1235"), 1);
    assert_int_equal(snooping.reports, 2);
    assert_int_equal(snooping.queries, 2);
}

static void records_say_whether_there_is_a_listener(void **state)
{
    static const struct {
        enum v6nf_mld_record type;
        uint32_t sources;
        bool is_listener;
    } records[] = {
        {V6NF_MLD_IS_INCLUDE, 0, false}, {V6NF_MLD_IS_INCLUDE, 1, true}, {V6NF_MLD_IS_EXCLUDE, 0, true},
        {V6NF_MLD_TO_INCLUDE, 0, false}, {V6NF_MLD_TO_INCLUDE, 2, true}, {V6NF_MLD_TO_EXCLUDE, 1, true},
        {V6NF_MLD_ALLOW, 1, true},       {V6NF_MLD_BLOCK, 1, false},
    };
    (void)state;
    for (uint32_t i = 0; i < sizeof records / sizeof *records; i++) {
        assert_int_equal(setup(NULL), 0);
        start_querier();
        write_report(records[i].type, "ff05::1:3", records[i].sources);
        (void)show(0, 2);
        assert_int_equal(ports_of_group("ff05::1:3"), records[i].is_listener ? 5 : 1);
    }
}

/* A host does not send such a Report. */
static void record_that_is_cut_off_is_not_read(void **state)
{
    (void)state;
    start_querier();
    write_report(V6NF_MLD_TO_EXCLUDE, "ff0e::1", 0);
    v6nf_store16(frame + MESSAGE + V6NF_MLD_RECORDS + 2, 1);
    write_sum(length - MESSAGE);
    (void)show(0, 1);
    assert_int_equal(ports_of_group("ff0e::1"), 1);
}

static void listener_ends_by_its_time(void **state)
{
    (void)state;
    start_querier();
    write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::1", 0);
    (void)show(0, 1);
    write_message("fe80::9", "ff02::2", V6NF_MLD_DONE, "ff0e::1", 24); /* another listener may be on the port */
    assert_int_equal(show(0, 1), 1);
    const uint64_t end = now + V6NF_MLD_SNOOPING_LISTENER;
    for (uint32_t i = 0; i < 2u; i++) {
        now += 120u * SECOND;
        write_query("fe80::1");
        (void)show(0, 0);
    }
    now = end - 1u;
    assert_int_equal(ports_of_group("ff0e::1"), 3);
    now = end;
    assert_int_equal(ports_of_group("ff0e::1"), 1);
    now += V6NF_MLD_SNOOPING_QUERIER; /* the router is gone */
    assert_int_equal(ports_of_group("ff0e::1"), ALL);
}

static void groups_of_the_link_are_flooded(void **state)
{
    static const char *const groups[] = {"ff02::1", "ff02::1:ff00:1", "ff01::5", "ff02::fb", "ff12::1"};
    (void)state;
    start_querier();
    for (uint32_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        assert_int_equal(ports_of_group(groups[i]), ALL);
    }
}

static void vlans_are_apart(void **state)
{
    (void)state;
    start_querier();
    write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::1", 0);
    tag(VLAN);
    (void)show(VLAN, 4);
    assert_int_equal(ports_of_group("ff0e::1"), 1);
    write_data("ff0e::1");
    tag(VLAN);
    assert_int_equal(show(VLAN, 5), ALL); /* no router there */
}

/* No host would answer these, and so no listener would be known. Pruning would take their groups from all. */
static void query_that_no_host_answers_prunes_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 9u; i++) {
        assert_int_equal(setup(NULL), 0);
        for (uint32_t round = 0; round < 2u; round++) {
            write_query(i == 0u ? "::" : i == 1u ? "2001:db8::1" : "fe80::1");
            uint32_t vlan = 0;
            if (i == 2u) {
                write_message("fe80::1", "ff02::1", V6NF_MLD_QUERY, "ff0e::1", 28); /* of one group */
            } else if (i == 3u) {
                write_message("fe80::1", "ff02::99", V6NF_MLD_QUERY, "::", 28);
            } else if (i == 4u) {
                frame[5] = 0x99;
            } else if (i == 5u) {
                frame[V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HOP_LIMIT] = 2;
            } else if (i == 6u) {
                frame[MESSAGE + 2] ^= 1u;
            } else if (i == 7u) {
                v6nf_store16(frame + MESSAGE + V6NF_MLD_RESPONSE_CODE, 0xFFFF); /* answers after two hours */
                write_sum(28);
            } else if (i == 8u) {
                tag(0);
            }
            (void)show(vlan, 0);
            now += V6NF_MLD_SNOOPING_SETTLE;
        }
        assert_int_equal(ports_of_group("ff0e::1"), ALL);
    }
}

static void first_query_leaves_time_for_answers(void **state)
{
    (void)state;
    write_query("fe80::1");
    (void)show(0, 0);
    now += V6NF_MLD_SNOOPING_SETTLE - 1u;
    assert_int_equal(ports_of_group("ff0e::1"), ALL);
    now++;
    assert_int_equal(ports_of_group("ff0e::1"), 1);
}

/* 65,536 invented groups: known listeners remain, and unknown groups are flooded until the table has had its time. */
static void flood_of_reports_takes_no_group_away(void **state)
{
    (void)state;
    start_querier();
    write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::1", 0);
    (void)show(0, 1);
    for (uint32_t i = 0; i < 65536u; i++) {
        write_message("fe80::9", "ff0e::5", V6NF_MLD_REPORT_V1, "ff0e::5", 24);
        v6nf_store32(frame + MESSAGE + V6NF_MLD_GROUP + 8, i);
        write_sum(24);
        (void)show(0, 2);
    }
    assert_int_equal(ports_of_group("ff0e::1"), 3);
    write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::2", 0);
    (void)show(0, 1);
    assert_int_equal(ports_of_group("ff0e::2"), ALL);
    assert_true(snooping.full >= 65536u - GROUPS);
    for (uint32_t i = 0; i < 2u; i++) {
        now += 130u * SECOND;
        write_query("fe80::1");
        (void)show(0, 0);
        write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::2", 0);
        (void)show(0, 1);
    }
    now += 2u;
    write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::2", 0);
    (void)show(0, 1);
    assert_int_equal(ports_of_group("ff0e::2"), 3); /* invented ones have ended */
}

static void any_bytes_are_read_within_the_frame(void **state)
{
    (void)state;
    start_querier();
    for (uint32_t i = 0; i < 200000u; i++) {
        switch (random_below(3)) {
        case 0:
            write_query("fe80::1");
            break;
        case 1:
            write_report(V6NF_MLD_IS_EXCLUDE, "ff0e::1", random_below(3));
            break;
        default:
            write_message("fe80::9", "ff0e::5", V6NF_MLD_REPORT_V1, "ff0e::5", 24);
            break;
        }
        for (uint32_t j = random_below(3); j > 0u; j--) {
            frame[V6NF_ETHER_TYPE + random_below(length - V6NF_ETHER_TYPE)] = (uint8_t)random_number();
        }
        if (length >= MESSAGE + 4u && random_below(2) == 0u) {
            write_sum(length - MESSAGE); /* a right one in most cases, so that all is read */
        }
        length -= random_below(4) == 0u ? random_below(length) : 0u;
        (void)show(random_below(2), random_below(9));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_querier_everything_is_flooded, setup, teardown),
        cmocka_unit_test_setup_teardown(group_goes_to_listeners_and_routers, setup, teardown),
        cmocka_unit_test_setup_teardown(records_say_whether_there_is_a_listener, setup, teardown),
        cmocka_unit_test_setup_teardown(record_that_is_cut_off_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(listener_ends_by_its_time, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_of_the_link_are_flooded, setup, teardown),
        cmocka_unit_test_setup_teardown(vlans_are_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(query_that_no_host_answers_prunes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(first_query_leaves_time_for_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(flood_of_reports_takes_no_group_away, setup, teardown),
        cmocka_unit_test_setup_teardown(any_bytes_are_read_within_the_frame, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
