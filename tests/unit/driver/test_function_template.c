/* test_function_template.c: the function template of examples/nf, its option, and what it passes and drops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../examples/nf/template.c"
#include "fixture_ring_device.h"

#define OFFSET V6NF_ETHER_HEADER_SIZE
#define UPPER (OFFSET + V6NF_IPV6_HEADER_SIZE)
#define SIZE 80u

static struct template function;
static uint8_t frame[SIZE];

static int begin(void **state)
{
    static const uint8_t secret[NF_SECRET_SIZE];
    (void)state;
    router = 0;
    memset(&function, 0, sizeof function);
    nf_start(&function, secret);
    return 0;
}

/* Write a frame with a message of this type, from fe80::1 to ff02::1. */
static void write_message(uint8_t type)
{
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(frame + OFFSET, SIZE - UPPER, V6NF_NEXT_HEADER_ICMPV6, 255);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_SOURCE, 0xFE80);
    frame[OFFSET + V6NF_IPV6_SOURCE + 15u] = 1;
    v6nf_store16(frame + OFFSET + V6NF_IPV6_DESTINATION, 0xFF02);
    frame[OFFSET + V6NF_IPV6_DESTINATION + 15u] = 1;
    frame[UPPER + V6NF_ICMPV6_TYPE] = type;
}

/* Return true if the frame of a host passes. */
static bool passes(uint32_t length)
{
    uint32_t lengths[NF_WAYS] = {0};
    guard(&function, frame, length, SIZE, lengths);
    assert_true(lengths[0] == 0u || lengths[0] == length);
    return lengths[0] != 0u;
}

static void messages_of_routers_are_dropped_and_counted(void **state)
{
    uint32_t lengths[NF_WAYS] = {0};
    (void)state;
    for (uint32_t type = 0; type <= UINT8_MAX; type++) {
        write_message((uint8_t)type);
        assert_int_equal(passes(SIZE), type != V6NF_ICMPV6_ROUTER_ADVERTISEMENT && type != V6NF_ICMPV6_REDIRECT);
    }
    assert_int_equal(function.advertisements, 1);
    assert_int_equal(function.redirects, 1);
    assert_int_equal(function.unreadable, 0);
    write_message(V6NF_ICMPV6_ROUTER_ADVERTISEMENT);
    trust(&function, frame, SIZE, SIZE, lengths); /* from the router */
    assert_int_equal(lengths[0], SIZE);
}

static void what_may_hide_a_message_is_dropped(void **state)
{
    (void)state;
    for (uint32_t length = OFFSET; length < SIZE; length++) { /* a truncated packet */
        write_message(V6NF_ICMPV6_ROUTER_ADVERTISEMENT);
        assert_false(passes(length));
    }
    assert_int_equal(function.unreadable, SIZE - OFFSET);
    write_message(V6NF_ICMPV6_ROUTER_ADVERTISEMENT); /* behind Destination Options */
    memmove(frame + UPPER + 8u, frame + UPPER, SIZE - UPPER - 8u);
    memset(frame + UPPER, 0, 8);
    frame[OFFSET + V6NF_IPV6_NEXT_HEADER] = V6NF_EXT_DESTINATION;
    frame[UPPER] = V6NF_NEXT_HEADER_ICMPV6;
    frame[UPPER + 2u] = 1; /* PadN */
    frame[UPPER + 3u] = 4;
    assert_false(passes(SIZE));
    assert_int_equal(function.advertisements, 1);
    frame[OFFSET + V6NF_IPV6_NEXT_HEADER] = V6NF_EXT_FRAGMENT; /* a first fragment without the message */
    frame[UPPER] = V6NF_EXT_DESTINATION;
    v6nf_store16(frame + UPPER + 2u, 1);
    v6nf_store16(frame + OFFSET + V6NF_IPV6_PAYLOAD_LENGTH, 8);
    assert_false(passes(SIZE));
    assert_int_equal(function.unreadable, SIZE - OFFSET + 1u);
    v6nf_store16(frame + V6NF_ETHER_TYPE, 0x0806); /* another protocol */
    assert_true(passes(SIZE));
}

static void option_is_the_number_of_an_interface(void **state)
{
    (void)state;
    assert_null(read_router("1"));
    assert_int_equal(router, 1);
    assert_non_null(read_router("2"));
    assert_non_null(read_router("eth0"));
}

/* Run the function as a program does, on a ring of two cards in memory, for some turns of the ring. */
static void frames_pass_on_a_ring_of_cards(void **state)
{
    static struct ring_device cards[2];
    static struct nf_path path;
    struct v6nf_ring_device *outputs[] = {&cards[1].device};
    (void)state;
    device_memory_free(UINT32_MAX);
    ring_device_init(&cards[0], V6NF_RING_LEGACY, true);
    ring_device_init(&cards[1], V6NF_RING_LEGACY, true);
    assert_int_equal(v6nf_ring_open(&path.ring, &cards[0].device, 1, outputs, 2048), V6NF_RING_OPEN);
    path.kind = NF_LEGACY;
    router = 1;
    for (uint32_t i = 0; i < 4u * V6NF_RING_SIZE; i++) {
        const uint8_t *sent = NULL;
        const bool is_dropped = i % 3u == 0u;
        write_message(is_dropped ? V6NF_ICMPV6_ROUTER_ADVERTISEMENT : V6NF_ICMPV6_ECHO_REQUEST);
        v6nf_store32(frame + UPPER + 4u, i);
        assert_true(ring_device_receive(&cards[0], frame, SIZE));
        assert_int_equal(nf_poll(&function, &path, 0, i), 1);
        assert_int_equal(ring_device_send(&cards[1], 0, &sent), is_dropped ? 0 : SIZE);
        if (!is_dropped) {
            assert_memory_equal(sent, frame, SIZE);
        }
        assert_null(cards[0].fault);
        assert_null(cards[1].fault);
    }
    assert_int_equal(function.advertisements, 4u * V6NF_RING_SIZE / 3u + 1u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(messages_of_routers_are_dropped_and_counted, begin),
        cmocka_unit_test_setup(what_may_hide_a_message_is_dropped, begin),
        cmocka_unit_test_setup(frames_pass_on_a_ring_of_cards, begin),
        cmocka_unit_test_setup(option_is_the_number_of_an_interface, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
