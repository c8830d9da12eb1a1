/* test_redirector.c: Redirects that a router sends: about which packets, their bytes, how many, and hosts that obey
 * them (RFC 4861, 8.2). Frames are compared with those that fixture_router.h builds. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/redirect.h"

#include "../node/fixture_router.h"
#include "../wire/fixture_wire.h"

#define HEADER V6NF_IPV6_HEADER_SIZE
#define ETHER 14u
#define FRAME_MAX 1294u
#define START (UINT64_C(1000) * SECOND)
#define HOST NODE_GLOBAL
#define FAR "2001:db8:ffff::5"

static const uint8_t secret[V6NF_ICMPV6_LIMIT_SECRET_SIZE] = {1, 2, 3, 4};

static struct v6nf_redirector redirector;
static struct v6nf_redirect redirect;
static struct test_frame written;
static struct test_frame expected;
static struct fixture f;
static uint8_t packet[1600];
static uint32_t packet_size;
static uint8_t own_mac[6]; /* of router_1 */
static uint8_t own_address[16];
static uint8_t host_mac[6];
static uint8_t target[16]; /* router_2 */
static uint8_t target_mac[6];
static uint64_t now;

/* A packet of `size` bytes from the host to FAR, for which router_2 is the better first hop. */
static void make_packet(const char *source, const char *destination, uint32_t size)
{
    random_fill(packet, sizeof packet);
    write_header(packet, source, destination, 17, size - HEADER);
    packet_size = size;
}

static void prepare(void)
{
    memset(&redirector, 0xA5, sizeof redirector);
    now = START;
    v6nf_redirector_init(&redirector, NULL, secret, now);
    test_mac(own_mac, router_1.mac);
    test_address(own_address, router_1.address);
    test_mac(host_mac, NODE_MAC);
    test_mac(target_mac, router_2.mac);
    test_address(target, router_2.address);
    redirect = (struct v6nf_redirect){
        .interface = 3, .is_neighbor = true, .sender_mac = host_mac, .target = target, .target_mac = target_mac};
    make_packet(HOST, FAR, 100);
}

/* Note the packet, with `padding` bytes of the link behind it, in memory of exact size. */
static enum v6nf_redirect_result note(uint32_t padding)
{
    uint8_t *copy = exact_copy(packet, packet_size + padding);
    const enum v6nf_redirect_result result =
        v6nf_redirector_note(&redirector, &redirect, copy, packet_size + padding, now);
    free(copy);
    return result;
}

/* Write a Redirect in memory of exact size. Return its length. */
static uint32_t write_in(uint32_t capacity)
{
    uint8_t *frame = malloc(capacity > 0u ? capacity : 1u);
    assert_non_null(frame);
    memset(frame, 0x5A, capacity);
    written.length = v6nf_redirector_write(&redirector, own_mac, own_address, frame, capacity);
    assert_true(written.length <= capacity);
    memcpy(written.bytes, frame, written.length);
    free(frame);
    return written.length;
}

static bool is_waiting(void)
{
    uint32_t interface = 99;
    const bool is = v6nf_redirector_next(&redirector, &interface, now);
    assert_int_equal(interface, is ? redirect.interface : 0u);
    return is;
}

/* Build the Redirect that quotes the packet. */
static void expect_redirect(const char *to, const char *mac)
{
    uint8_t option[1280] = {4};
    const uint32_t space = 1280u - 40u - 40u - 8u - (mac != NULL ? 8u : 0u);
    const uint32_t quoted = packet_size < space ? packet_size : space;
    memcpy(option + 8, packet, quoted);
    const uint32_t size = 8u + (quoted + 7u) / 8u * 8u;
    option[1] = (uint8_t)(size / 8u);
    frame_redirect(&expected, &router_1, HOST, to, FAR, mac);
    ra_option(&expected, option, size);
}

static void assert_written(void)
{
    assert_int_equal(written.length, expected.length);
    assert_memory_equal(written.bytes, expected.bytes, expected.length);
}

/* Each size of packet, with and without the target's MAC address: at most 1280 bytes in all. */
static void redirect_quotes_what_fits(void **state)
{
    (void)state;
    for (uint32_t size = HEADER; size <= 1500u; size += size > 100u && size < 1170u ? 37u : 1u) {
        for (uint32_t i = 0; i < 2u; i++) {
            prepare();
            make_packet(HOST, FAR, size);
            redirect.target_mac = i == 0u ? target_mac : NULL;
            assert_int_equal(note(size % 3u), V6NF_REDIRECT_QUEUED);
            assert_true(is_waiting());
            assert_true(write_in(FRAME_MAX) <= FRAME_MAX);
            expect_redirect(router_2.address, i == 0u ? router_2.mac : NULL);
            assert_written();
            assert_true(size < 1192u || written.length == FRAME_MAX);
            assert_false(is_waiting());
        }
    }
}

/* On-link: the target is the destination. */
static void destination_may_be_the_target(void **state)
{
    (void)state;
    prepare();
    test_address(target, FAR);
    assert_int_equal(note(0), V6NF_REDIRECT_QUEUED);
    assert_true(write_in(FRAME_MAX) != 0u);
    expect_redirect(FAR, router_2.mac);
    assert_written();
}

/* Change one thing about a packet that may be redirected. Return false after the last change. */
static bool make_bad(uint32_t number)
{
    static const char *const sources[] = {"::", "::1", "ff02::5", "::ffff:192.0.2.1"};
    static const char *const destinations[] = {"::", "::1", "ff0e::5", "::ffff:192.0.2.1", "fe80::5", "ff02::1"};
    static const char *const targets[] = {"2001:db8:ffff::6", "::", "ff02::2", "fec0::1"};
    if (number < 4u) {
        make_packet(sources[number], FAR, 100);
        return true;
    }
    if (number < 10u) {
        make_packet(HOST, destinations[number - 4u], 100);
        test_address(target, number % 2u == 0u ? destinations[number - 4u] : router_2.address);
        return true;
    }
    if (number < 14u) {
        test_address(target, targets[number - 10u]);
        return true;
    }
    switch (number) {
    case 14:
        redirect.is_neighbor = false;
        return true;
    case 15:
        host_mac[0] |= 1u;
        return true;
    case 16:
        memset(host_mac, 0, 6);
        return true;
    case 17:
        target_mac[0] |= 1u;
        return true;
    case 18:
        make_packet(router_2.address, FAR, 100); /* the target is the sender */
        return true;
    case 19:
        packet[0] = 0x40;
        return true;
    case 20:
        packet_size = 99;
        return true;
    case 21:
        packet_size = 39;
        return true;
    case 22:
        packet_size = 0;
        return true;
    default:
        return false;
    }
}

static void no_redirect_is_sent_about_other_packets(void **state)
{
    (void)state;
    uint32_t number = 0;
    for (prepare(); make_bad(number); prepare()) {
        assert_int_equal(note(0), V6NF_REDIRECT_REFUSED);
        assert_int_equal(redirector.refused, 1);
        assert_false(is_waiting());
        assert_int_equal(write_in(FRAME_MAX), 0);
        number++;
    }
    assert_int_equal(number, 23);
    make_packet("fe80::7", FAR, 100); /* is a neighbor, too */
    assert_int_equal(note(0), V6NF_REDIRECT_QUEUED);
}

/* Note a packet from host number `host` to destination number `destination`. */
static enum v6nf_redirect_result note_from(uint32_t host, uint32_t destination)
{
    v6nf_store32(packet + 20, host);
    v6nf_store32(packet + 36, destination);
    v6nf_store32(host_mac + 2, host);
    return note(0);
}

/* A station that sends 65,536 packets gets few Redirects, and another station gets its own. */
static void station_is_limited(void **state)
{
    uint32_t queued = 0;
    (void)state;
    prepare();
    for (uint32_t i = 0; i < 65536u; i++) {
        now = START + i * (10u * SECOND) / 65536u;
        queued += note_from(1, i) == V6NF_REDIRECT_QUEUED ? 1u : 0u;
        (void)write_in(FRAME_MAX);
    }
    assert_true(queued >= 22u && queued <= 24u); /* 4 at once, 2 each second */
    assert_int_equal(redirector.limited, 65536u - queued);
    queued = 0;
    for (uint32_t host = 2; host < 12u; host++) { /* one may share the bucket of the first */
        queued += note_from(host, 5) == V6NF_REDIRECT_QUEUED ? 1u : 0u;
        (void)write_in(FRAME_MAX);
    }
    assert_true(queued >= 8u);
}

/* 65,536 stations: all of them together get no more than the rate. Addresses of one station share its bucket. */
static void all_stations_are_limited(void **state)
{
    (void)state;
    prepare();
    for (uint32_t i = 0; i < 65536u; i++) {
        now = START + i * (10u * SECOND) / 65536u;
        (void)note_from(i, 5);
        (void)write_in(FRAME_MAX);
    }
    assert_true(redirector.sent >= 800u && redirector.sent <= 1040u); /* 40 at once, 100 each second */
    prepare();
    uint32_t queued = 0;
    for (uint32_t i = 0; i < 100u; i++) {
        v6nf_store32(packet + 20, i);
        queued += note(0) == V6NF_REDIRECT_QUEUED ? 1u : 0u;
        (void)write_in(FRAME_MAX);
    }
    assert_int_equal(queued, 4);
    prepare();
    for (uint32_t i = 0; i < 4u; i++) { /* nor do interfaces share one: 8 for two of them */
        redirect.interface = 1;
        assert_int_equal(note_from(1, i), V6NF_REDIRECT_QUEUED);
        redirect.interface = 2;
        queued += note_from(1, i) == V6NF_REDIRECT_QUEUED ? 1u : 0u;
    }
    assert_int_equal(queued, 8);
}

/* A year later the limit is as on the first day. */
static void limit_is_the_same_after_a_year(void **state)
{
    (void)state;
    prepare();
    for (uint32_t day = 0; day < 366u; day++) {
        uint32_t queued = 0;
        now = START + day * 86400u * SECOND;
        for (uint32_t i = 0; i < 10u; i++) {
            queued += note_from(1, i) == V6NF_REDIRECT_QUEUED ? 1u : 0u;
            (void)write_in(FRAME_MAX);
        }
        assert_int_equal(queued, 4);
    }
}

/* The queue keeps the first ones, in their order, for any interfaces, and one for each pair of addresses. */
static void queue_is_bounded_and_in_order(void **state)
{
    const uint32_t draws = 8;
    (void)state;
    prepare();
    for (uint32_t round = 0; round < 5u; round++) {
        for (uint32_t i = 0; i < 12u; i++) {
            redirect.interface = i;
            assert_int_equal(note_from(100u + i, 5), i < draws ? V6NF_REDIRECT_QUEUED : V6NF_REDIRECT_FULL);
        }
        redirect.interface = 2;
        assert_int_equal(note_from(102, 5), V6NF_REDIRECT_REPEATED);
        for (uint32_t i = 0; i < draws; i++) {
            uint32_t interface = 99;
            assert_true(v6nf_redirector_next(&redirector, &interface, now));
            assert_int_equal(interface, i);
            assert_true(write_in(FRAME_MAX) != 0u);
            assert_int_equal(v6nf_load32(written.bytes + 2), 100u + i);
            assert_int_equal(v6nf_load32(written.bytes + ETHER + 36u), 100u + i);
        }
        redirect.interface = 0;
        assert_false(is_waiting());
        now += 10u * SECOND;
    }
    assert_int_equal(redirector.full, 20);
    assert_int_equal(redirector.repeated, 5);
    assert_int_equal(redirector.sent, 40);
}

/* One station alone does not fill the queue. */
static void station_does_not_fill_the_queue(void **state)
{
    (void)state;
    prepare();
    for (uint32_t i = 0; i < 100u; i++) {
        (void)note_from(1, i);
    }
    assert_int_equal(redirector.full, 0);
    assert_int_equal(note_from(2, 0), V6NF_REDIRECT_QUEUED);
}

/* The device took no frame for some time: what is old is no longer true. */
static void old_redirects_are_not_sent(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(note_from(1, 1), V6NF_REDIRECT_QUEUED);
    now += SECOND / 2u;
    assert_int_equal(note_from(1, 2), V6NF_REDIRECT_QUEUED);
    now += SECOND / 2u;
    assert_true(is_waiting());
    assert_int_equal(redirector.expired, 0);
    now++;
    assert_true(is_waiting());
    assert_int_equal(redirector.expired, 1);
    now -= SECOND; /* a clock that goes backwards drops nothing */
    assert_true(is_waiting());
    v6nf_redirector_forget(&redirector);
    assert_int_equal(redirector.expired, 2);
    assert_false(is_waiting());
    now += 10u * SECOND;
    for (uint32_t i = 0; i < V6NF_REDIRECTOR_SLOTS; i++) {
        assert_int_equal(note_from(i, 1), V6NF_REDIRECT_QUEUED);
    }
    now += 2u * SECOND;
    assert_int_equal(note_from(99, 1), V6NF_REDIRECT_QUEUED); /* in their slots */
    assert_int_equal(redirector.expired, 10);
}

static void no_capacity_is_counted(void **state)
{
    (void)state;
    prepare();
    assert_int_equal(note(0), V6NF_REDIRECT_QUEUED);
    assert_int_equal(write_in(FRAME_MAX - 1u), 0);
    assert_int_equal(redirector.no_capacity, 1);
    assert_int_equal(write_in(FRAME_MAX), 0); /* is lost */
    assert_int_equal(redirector.no_capacity, 1);
}

static void given_rates_are_used(void **state)
{
    const struct v6nf_icmpv6_rates rates = {.rate = 1, .burst = 1, .source_rate = 1, .source_burst = 1};
    (void)state;
    prepare();
    v6nf_redirector_init(&redirector, &rates, secret, now);
    assert_int_equal(note_from(1, 1), V6NF_REDIRECT_QUEUED);
    assert_int_equal(note_from(2, 1), V6NF_REDIRECT_LIMITED);
    now += SECOND;
    assert_int_equal(note_from(3, 1), V6NF_REDIRECT_QUEUED);
}

/* Damaged packets, in memory of exact size. */
static void any_packet_is_read_within_its_bytes(void **state)
{
    (void)state;
    prepare();
    for (uint32_t i = 0; i < 100000u; i++) {
        make_packet(HOST, FAR, HEADER + random_below(60));
        packet[random_below(packet_size)] = (uint8_t)random_below(256);
        packet_size -= random_below(5) == 0u ? random_below(packet_size) : 0u;
        now += SECOND / 100u;
        if (note(0) == V6NF_REDIRECT_QUEUED) {
            assert_true(write_in(FRAME_MAX) != 0u);
            assert_int_equal(reference_upper_sum(written.bytes + ETHER, 58, written.bytes + ETHER + HEADER,
                                                 written.length - ETHER - HEADER),
                             0xFFFF);
        }
    }
    assert_true(redirector.sent > 1000u && redirector.refused > 1000u);
}

/* A host that sent to the wrong router sends to the right one. */
static void host_obeys(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        const struct test_station near = {.mac = router_2.mac, .address = FAR};
        fixture_start_host(&f);
        fixture_advertise_router(&f, &router_1, 9000, PRF_HIGH);
        assert_next_hop(&f, FAR, &router_1);
        prepare();
        if (i == 1u) {
            test_address(target, FAR);
        }
        assert_int_equal(note(0), V6NF_REDIRECT_QUEUED);
        assert_true(write_in(FRAME_MAX) != 0u);
        fixture_input_silent(&f, &written);
        assert_next_hop(&f, FAR, i == 0u ? &router_2 : &near);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(redirect_quotes_what_fits),
        cmocka_unit_test(destination_may_be_the_target),
        cmocka_unit_test(no_redirect_is_sent_about_other_packets),
        cmocka_unit_test(station_is_limited),
        cmocka_unit_test(all_stations_are_limited),
        cmocka_unit_test(limit_is_the_same_after_a_year),
        cmocka_unit_test(queue_is_bounded_and_in_order),
        cmocka_unit_test(station_does_not_fill_the_queue),
        cmocka_unit_test(old_redirects_are_not_sent),
        cmocka_unit_test(no_capacity_is_counted),
        cmocka_unit_test(given_rates_are_used),
        cmocka_unit_test(any_packet_is_read_within_its_bytes),
        cmocka_unit_test(host_obeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
