/* test_wire_mld.c: Multicast Listener Discovery messages (RFC 2710, RFC 9777), byte by byte. */
#include "fixture_wire.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "v6nf/wire/mld.h"

#define SIZE_MAX_PACKET 1280u

static const uint8_t router_alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
static const uint8_t group[16] = {0xFF, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB};

/* Write a packet with a Hop-by-Hop Options header of `size` bytes and a message of `length` zeros of type 130.
 * Return its size. */
static uint32_t write_packet(uint8_t *packet, const uint8_t *options, uint32_t size, uint32_t length)
{
    write_header(packet, "fe80::1", "ff02::1", 0, size + length);
    packet[7] = 1;
    memcpy(packet + 40, options, size);
    memset(packet + 40 + size, 0, length);
    packet[40 + size] = 130;
    return 40u + size + length;
}

/* Return the message's offset that the library finds, in memory of exact size. */
static uint32_t find(const uint8_t *packet, uint32_t size)
{
    uint8_t *copy = exact_copy(packet, size);
    uint32_t at = v6nf_mld_find(copy, size);
    free(copy);
    return at;
}

static void message_is_found_after_router_alert(void **context)
{
    (void)context;
    static const uint8_t last[16] = {58, 1, 0, 0, 1, 6, 0, 0, 0, 0, 0, 0, 5, 2, 0, 0};
    static const uint8_t after_unknown[16] = {58, 1, 30, 4, 5, 2, 0, 0, 5, 2, 0, 0, 1, 2, 0, 0};
    uint8_t packet[200];
    uint32_t size = write_packet(packet, router_alert, 8, 24);
    assert_int_equal(find(packet, size), 48);
    size = write_packet(packet, last, 16, 24);
    assert_int_equal(find(packet, size), 56);
    size = write_packet(packet, after_unknown, 16, 24);
    assert_int_equal(find(packet, size), 56);
}

static void nothing_is_found_without_router_alert_for_mld(void **context)
{
    (void)context;
    static const uint8_t wrong[][8] = {
        {58, 0, 1, 4, 0, 0, 0, 0}, /* padding only */
        {58, 0, 5, 2, 0, 1, 1, 0}, /* RSVP (RFC 2711) */
        {58, 0, 5, 1, 0, 1, 1, 0}, /* of another length */
        {58, 0, 1, 4, 5, 2, 0, 0}, /* what looks like it is padding */
        {17, 0, 5, 2, 0, 0, 1, 0}, /* UDP follows */
        {58, 0, 1, 3, 0, 0, 0, 5}, /* cut off by the end of the header */
        {58, 1, 5, 2, 0, 0, 1, 0}, /* a header longer than the packet, with 7 bytes after it */
    };
    uint8_t packet[200];
    for (uint32_t i = 0; i < 7u; i++) {
        uint32_t size = write_packet(packet, wrong[i], 8, i < 6u ? 24u : 7u);
        assert_int_equal(find(packet, size), 0);
    }
    uint32_t size = write_packet(packet, router_alert, 8, 24);
    packet[6] = 60; /* Destination Options are no Hop-by-Hop Options */
    assert_int_equal(find(packet, size), 0);
    packet[6] = 0;
    for (uint32_t cut = 0; cut < 48u; cut++) {
        assert_int_equal(find(packet, cut), 0);
    }
}

/* With any options, nothing past them is read (the sanitizers check this). */
static void random_options_are_read_within_bounds(void **context)
{
    (void)context;
    uint8_t packet[40 + 64];
    for (uint32_t i = 0; i < 20000u; i++) {
        random_fill(packet, sizeof packet);
        packet[6] = 0;
        packet[40] = 58;
        packet[41] = (uint8_t)random_below(8);
        uint32_t size = random_below(sizeof packet + 1u);
        uint32_t at = find(packet, size);
        assert_true(at == 0u || at == 48u + 8u * packet[41]);
        assert_true(at <= size);
    }
}

static void source_hop_limit_and_router_alert_are_checked(void **context)
{
    (void)context;
    uint8_t packet[200];
    uint32_t size = write_packet(packet, router_alert, 8, 24);
    assert_true(v6nf_mld_check(packet, size, 48));
    packet[49] = 7; /* a code is ignored (RFC 9777, 5.1.1) */
    assert_true(v6nf_mld_check(packet, size, 48));
    assert_false(v6nf_mld_check(packet, size, 40));
    for (uint32_t hop_limit = 0; hop_limit < 256u; hop_limit++) {
        packet[7] = (uint8_t)hop_limit;
        assert_int_equal(v6nf_mld_check(packet, size, 48), hop_limit == 1u);
    }
    static const char *const sources[] = {"::", "2001:db8::1", "fec0::1", "fe40::1"};
    for (uint32_t i = 0; i < 4u; i++) {
        write_packet(packet, router_alert, 8, 24);
        assert_int_equal(inet_pton(AF_INET6, sources[i], packet + 8), 1);
        assert_false(v6nf_mld_check(packet, size, 48));
    }
    write_packet(packet, router_alert, 8, 24);
    packet[42] = 1;
    assert_false(v6nf_mld_check(packet, size, 48));
}

/* -- Queries ------------------------------------------------------------------------------------------------------- */

static bool read(const uint8_t *message, uint32_t length, struct v6nf_mld_query *query)
{
    uint8_t *copy = exact_copy(message, length);
    bool good = v6nf_mld_read_query(copy, length, query);
    free(copy);
    return good;
}

static void length_determines_the_version(void **context)
{
    (void)context;
    uint8_t message[64] = {130};
    struct v6nf_mld_query query;
    for (uint32_t length = 4; length <= 64u; length++) {
        bool good = read(message, length, &query);
        assert_int_equal(good, length == 24u || length >= 28u);
        assert_int_equal(query.version, length == 24u ? 1 : length >= 28u ? 2 : 0);
    }
}

static void fields_of_a_version_2_query_are_read(void **context)
{
    (void)context;
    uint8_t message[60] = {130, 0, 0, 0, 0x27, 0x10, 0, 0};
    struct v6nf_mld_query query;
    memcpy(message + 8, group, 16);
    message[24] = 0xFB; /* reserved and S are set */
    message[25] = 125;
    message[27] = 2;
    assert_true(v6nf_mld_read_query(message, 60, &query));
    assert_int_equal(query.response_delay, 10000);
    assert_int_equal(query.robustness, 3);
    assert_int_equal(query.interval, 125);
    assert_ptr_equal(query.group, message + 8);
    assert_int_equal(query.sources_count, 2);
    assert_ptr_equal(query.sources, message + 28);
    message[27] = 1; /* more bytes than the sources need are reserved (5.1.12) */
    assert_true(v6nf_mld_read_query(message, 60, &query));
    message[27] = 3;
    assert_false(v6nf_mld_read_query(message, 60, &query));
    assert_int_equal(query.version, 0);
    assert_null(query.sources);
    message[26] = 0xFF;
    message[27] = 0xFF;
    assert_false(v6nf_mld_read_query(message, 60, &query));
}

static void version_1_delay_is_a_plain_number(void **context)
{
    (void)context;
    uint8_t message[24] = {130, 0, 0, 0, 0x80, 0x00};
    struct v6nf_mld_query query;
    assert_true(read(message, 24, &query));
    assert_int_equal(query.response_delay, 32768);
    assert_int_equal(query.robustness, 0);
    assert_int_equal(query.interval, 0);
    assert_int_equal(query.sources_count, 0);
}

/* Codes by the formulas (mantissa | 0x1000) << (exponent + 3) and (mantissa | 0x10) << (...) (RFC 9777, 5.1.3 and
 * 5.1.9). */
static void codes_are_floating_point_numbers(void **context)
{
    (void)context;
    uint8_t message[28] = {130};
    struct v6nf_mld_query query;
    for (uint32_t code = 0; code <= 0xFFFFu; code++) {
        message[4] = (uint8_t)(code >> 8);
        message[5] = (uint8_t)code;
        message[25] = (uint8_t)code;
        assert_true(v6nf_mld_read_query(message, 28, &query));
        uint32_t delay = code < 32768u ? code : ((code & 0xFFFu) | 0x1000u) << (((code >> 12) & 7u) + 3u);
        uint32_t low = code & 0xFFu;
        uint32_t interval = low < 128u ? low : ((low & 0xFu) | 0x10u) << (((low >> 4) & 7u) + 3u);
        assert_int_equal(query.response_delay, delay);
        assert_int_equal(query.interval, interval);
    }
    assert_int_equal(query.response_delay, 8387584);
    assert_int_equal(query.interval, 31744);
}

static void impossible_groups_are_refused(void **context)
{
    (void)context;
    uint8_t message[44] = {130};
    struct v6nf_mld_query query;
    message[8] = 0xFE;
    assert_false(v6nf_mld_read_query(message, 24, &query));
    assert_false(v6nf_mld_read_query(message, 28, &query));
    message[8] = 0;
    message[27] = 1; /* sources without a group */
    assert_false(v6nf_mld_read_query(message, 44, &query));
    message[8] = 0xFF;
    assert_true(v6nf_mld_read_query(message, 44, &query));
}

static void group_of_version_1_messages_is_read(void **context)
{
    (void)context;
    uint8_t message[30] = {131};
    memcpy(message + 8, group, 16);
    for (uint32_t length = 0; length < 24u; length++) {
        assert_null(v6nf_mld_read_v1(message, length));
    }
    assert_ptr_equal(v6nf_mld_read_v1(message, 24), message + 8);
    assert_ptr_equal(v6nf_mld_read_v1(message, 30), message + 8); /* what follows is ignored (RFC 2710, 3.7) */
    message[8] = 0xFE;
    assert_null(v6nf_mld_read_v1(message, 24));
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* Check the bytes before the message, and its checksum. */
static void assert_headers(const uint8_t *packet, uint32_t size, const char *source, const char *destination)
{
    uint8_t expected[48];
    write_header(expected, source, destination, 0, size - 40u);
    expected[7] = 1;
    memcpy(expected + 40, router_alert, 8);
    assert_memory_equal(packet, expected, 48);
    assert_int_equal(reference_upper_sum(packet, 58, packet + 48, size - 48u), 0xFFFF);
}

static void report_is_written(void **context)
{
    (void)context;
    static const uint8_t records[] = {
        4, 0, 0, 0, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB, /* TO_EX, no sources */
        5, 0, 0, 2, 0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFB, /* ALLOW, two sources */
        1, 1, 1, 1, 1,    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2,    2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    };
    uint8_t one[16];
    uint8_t two[16];
    uint8_t source[16];
    uint8_t packet[SIZE_MAX_PACKET];
    struct v6nf_mld_report report;
    memset(one, 1, 16);
    memset(two, 2, 16);
    memset(packet, 0xAA, sizeof packet);
    assert_int_equal(inet_pton(AF_INET6, "fe80::9", source), 1);
    v6nf_mld_start(&report, packet, sizeof packet);
    v6nf_mld_add_record(&report, V6NF_MLD_TO_EXCLUDE, group);
    v6nf_mld_add_record(&report, V6NF_MLD_ALLOW, group);
    v6nf_mld_add_source(&report, one);
    v6nf_mld_add_source(&report, two);
    uint32_t size = v6nf_mld_finish(&report, source);
    assert_int_equal(size, 56u + sizeof records);
    assert_headers(packet, size, "fe80::9", "ff02::16");
    static const uint8_t start[] = {143, 0};
    static const uint8_t counts[] = {0, 0, 0, 2};
    assert_memory_equal(packet + 48, start, 2);
    assert_memory_equal(packet + 52, counts, 4);
    assert_memory_equal(packet + 56, records, sizeof records);
    assert_int_equal(packet[size], 0xAA);
}

static void report_capacity_is_what_the_buffer_holds(void **context)
{
    (void)context;
    for (uint32_t capacity = 56; capacity < 400u; capacity++) {
        uint8_t *packet = malloc(capacity); /* the sanitizers see a byte too far */
        struct v6nf_mld_report report;
        assert_non_null(packet);
        v6nf_mld_start(&report, packet, capacity);
        uint32_t records = 0;
        while (v6nf_mld_has_room(&report, 1, 1)) {
            v6nf_mld_add_record(&report, V6NF_MLD_IS_EXCLUDE, group);
            v6nf_mld_add_source(&report, group);
            records++;
        }
        assert_int_equal(records, (capacity - 56u) / 36u);
        assert_int_equal(v6nf_mld_finish(&report, group), 56u + 36u * records);
        free(packet);
    }
}

static void version_1_messages_are_written(void **context)
{
    (void)context;
    uint8_t packet[73];
    uint8_t source[16] = {0};
    for (uint32_t done = 0; done < 2u; done++) {
        uint8_t type = done == 0u ? V6NF_MLD_REPORT_V1 : V6NF_MLD_DONE;
        memset(packet, 0xAA, sizeof packet);
        assert_int_equal(v6nf_mld_write_v1(packet, type, group, source), 72);
        assert_headers(packet, 72, "::", done == 0u ? "ff02::fb" : "ff02::2");
        static const uint8_t zeros[4] = {0};
        assert_int_equal(packet[48], type);
        assert_int_equal(packet[49], 0);
        assert_memory_equal(packet + 52, zeros, 4);
        assert_memory_equal(packet + 56, group, 16);
        assert_int_equal(packet[72], 0xAA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_is_found_after_router_alert),
        cmocka_unit_test(nothing_is_found_without_router_alert_for_mld),
        cmocka_unit_test(random_options_are_read_within_bounds),
        cmocka_unit_test(source_hop_limit_and_router_alert_are_checked),
        cmocka_unit_test(length_determines_the_version),
        cmocka_unit_test(fields_of_a_version_2_query_are_read),
        cmocka_unit_test(version_1_delay_is_a_plain_number),
        cmocka_unit_test(codes_are_floating_point_numbers),
        cmocka_unit_test(impossible_groups_are_refused),
        cmocka_unit_test(group_of_version_1_messages_is_read),
        cmocka_unit_test(report_is_written),
        cmocka_unit_test(report_capacity_is_what_the_buffer_holds),
        cmocka_unit_test(version_1_messages_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
