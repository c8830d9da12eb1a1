/* fixture_router.c: see fixture_router.h. */
#include "fixture_router.h"

#include <string.h>

#include "fixture_bytes.h"

const struct test_station router_1 = {.mac = "02:00:00:00:00:a1", .address = "fe80::a1"};
const struct test_station router_2 = {.mac = "02:00:00:00:00:a2", .address = "fe80::a2"};

void frame_ra(struct test_frame *frame, const struct test_station *router, uint32_t lifetime, uint8_t flags)
{
    uint8_t body[12] = {0, flags, (uint8_t)(lifetime / 256u), (uint8_t)lifetime};
    frame_icmpv6(frame, "33:33:00:00:00:01", router->mac, router->address, "ff02::1", 255, 134, 0, body, 12);
}

void ra_option(struct test_frame *frame, const uint8_t *option, uint32_t size)
{
    frame_append(frame, option, size);
    frame_fix_checksum(frame);
}

void ra_link_layer(struct test_frame *frame, const char *mac)
{
    uint8_t option[8] = {1, 1};
    test_mac(option + 2, mac);
    ra_option(frame, option, 8);
}

void ra_mtu(struct test_frame *frame, uint32_t mtu)
{
    uint8_t option[8] = {5, 1};
    put32(option + 4, mtu);
    ra_option(frame, option, 8);
}

void ra_prefix(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
               uint32_t preferred)
{
    uint8_t option[32] = {3, 4, length, flags};
    put32(option + 4, valid);
    put32(option + 8, preferred);
    test_address(option + 16, prefix);
    ra_option(frame, option, 32);
}

void ra_route(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t lifetime)
{
    uint8_t option[24] = {24, 3, length, flags};
    put32(option + 4, lifetime);
    test_address(option + 8, prefix);
    ra_option(frame, option, 24);
}

void ra_number(struct test_frame *frame, uint32_t at, uint32_t value)
{
    put32(frame->bytes + at, value);
    frame_fix_checksum(frame);
}

void frame_node_rs(struct test_frame *frame, const char *from)
{
    frame_icmpv6(frame, "33:33:00:00:00:02", NODE_MAC, from, "ff02::2", 255, 133, 0, NULL, 4);
    ra_link_layer(frame, NODE_MAC);
}

void frame_redirect(struct test_frame *frame, const struct test_station *router, const char *to, const char *target,
                    const char *destination, const char *mac)
{
    uint8_t option[8] = {2, 1};
    uint8_t body[36] = {0};
    test_address(body + 4, target);
    test_address(body + 20, destination);
    frame_icmpv6(frame, NODE_MAC, router->mac, router->address, to, 255, 137, 0, body, 36);
    if (mac != NULL) {
        test_mac(option + 2, mac);
        ra_option(frame, option, 8);
    }
}

void fixture_start_host(struct fixture *f)
{
    fixture_start_discovery(f, 1, 0, NULL);
    fixture_add_address(f, NODE_GLOBAL, 128);
    fixture_run_until(f, f->now + SECOND);
    fixture_mark(f);
}

void fixture_advertise_router(struct fixture *f, const struct test_station *router, uint32_t lifetime, uint8_t flags)
{
    struct test_frame frame;
    frame_ra(&frame, router, lifetime, flags);
    ra_link_layer(&frame, router->mac);
    fixture_input_silent(f, &frame);
}

void fixture_advertise_prefix(struct fixture *f, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
                              uint32_t preferred)
{
    struct test_frame frame;
    frame_ra(&frame, &router_1, 9000, 0);
    ra_link_layer(&frame, router_1.mac);
    ra_prefix(&frame, prefix, length, flags, valid, preferred);
    fixture_input_silent(f, &frame);
}

void fixture_let_router_answer(struct fixture *f, const struct test_station *router)
{
    struct test_frame frame;
    frame_echo_request(&frame, router, NODE_LINK_LOCAL, 1, 1, 8);
    fixture_input(f, &frame);
    fixture_run_until(f, f->now + 5u * SECOND);
    frame_answer(&frame, router, NODE_LINK_LOCAL);
    frame.bytes[58] |= NA_R;
    frame_fix_checksum(&frame);
    fixture_input(f, &frame);
    assert_neighbor(f, router->address, V6NF_NEIGHBOR_REACHABLE, router->mac);
}

void fixture_input_silent(struct fixture *f, const struct test_frame *frame)
{
    fixture_input(f, frame);
    assert_nothing(&f->out);
}

void assert_next_hop(struct fixture *f, const char *destination, const struct test_station *station)
{
    uint8_t mac[6];
    uint8_t address[16];
    uint8_t to[16];
    fixture_udp_send(f, 1000, destination, 2000, 0);
    test_mac(mac, station->mac);
    test_address(address, station->address);
    test_address(to, destination);
    bool is_solicitation = f->out.length >= 78u && f->out.bytes[54] == 135u;
    bool for_station = is_solicitation ? memcmp(f->out.bytes + 62, address, 16) == 0
                                       : f->out.length == 62u && memcmp(f->out.bytes, mac, 6) == 0 &&
                                             memcmp(f->out.bytes + 38, to, 16) == 0;
    if (!for_station) {
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, &f->out);
        fail_msg("a datagram to %s must go to %s, but the frame is: %s", destination, station->address, text);
    }
}

void assert_no_route(struct fixture *f, const char *destination)
{
    uint64_t before = f->node.counters[V6NF_DROP_NO_ROUTE];
    fixture_udp_send(f, 1000, destination, 2000, 0);
    assert_nothing(&f->out);
    assert_int_equal(f->node.counters[V6NF_DROP_NO_ROUTE] - before, 1);
}
