/* fixture_two_links.c: a router with two interfaces on virtual time. */
#include "fixture_two_links.h"

#if V6NF_FORWARDING
#include <string.h>

static const char *const macs[LINKS] = {MAC_0, MAC_1};
static const char *const addresses[LINKS] = {OWN_0, OWN_1};

static void start_node(struct links *r, uint32_t number, uint32_t mtu)
{
    uint8_t mac[6];
    test_mac(mac, macs[number]);
    const struct v6nf_node_config config = {.mac = mac, .mtu = mtu, .seed = number + 1u, .router = true};
    const struct v6nf_address address = test_address_of(addresses[number]);
    assert_int_equal(v6nf_node_init(&r->nodes[number], &config, r->now), V6NF_OK);
    assert_int_equal(v6nf_node_add_address(&r->nodes[number], &address, 64, r->now), V6NF_OK);
    r->interfaces[number].node = &r->nodes[number];
}

void links_mark(struct links *r)
{
    r->sent_count = 0;
}

static bool is_mld(const uint8_t *bytes, uint32_t length)
{
    return length > 62u && bytes[20] == 0u && bytes[54] == 58u && bytes[62] >= 130u;
}

static void keep_sent(struct links *r, const uint8_t *bytes, const uint32_t *lengths)
{
    for (uint32_t i = 0; i < LINKS; i++) {
        if (lengths[i] != 0u && r->sent_count < LINKS_SENT && (r->keep_mld || !is_mld(bytes, lengths[i]))) {
            struct links_sent *sent = &r->sent[r->sent_count++];
            sent->interface = i;
            sent->time = r->now;
            sent->frame.length = lengths[i];
            memcpy(sent->frame.bytes, bytes, lengths[i]);
        }
    }
}

static void tick(struct links *r)
{
    static uint8_t buffer[1514];
    uint32_t lengths[LINKS];
    for (uint32_t i = 0; i < 1000u && v6nf_router_tick(&r->router, buffer, sizeof buffer, lengths, r->now); i++) {
        assert_true(lengths[0] == 0u || lengths[1] == 0u);
        keep_sent(r, buffer, lengths);
    }
}

void links_run_until(struct links *r, uint64_t time)
{
    tick(r);
    for (uint32_t i = 0; i < 1000000u; i++) {
        const uint64_t due = v6nf_router_next_due(&r->router);
        if (due > time) {
            break;
        }
        r->now = due > r->now ? due : r->now;
        tick(r);
    }
    assert_true(v6nf_router_next_due(&r->router) > time);
    r->now = time > r->now ? time : r->now;
}

static uint64_t count_all(const struct links *r, uint32_t interface)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < V6NF_ROUTER_COUNTER_COUNT; i++) {
        sum += r->interfaces[interface].counters[i];
    }
    return sum;
}

void links_input(struct links *r, uint32_t interface, const struct test_frame *frame)
{
    static uint8_t buffer[1514 + 16];
    uint32_t lengths[LINKS] = {0};
    const uint64_t before = count_all(r, interface);
    memcpy(buffer, frame->bytes, frame->length);
    memset(buffer + 1514, 0xA5, 16);
    v6nf_router_input(&r->router, interface, buffer, frame->length, 1514, lengths, r->now);
    assert_int_equal(buffer[1514], 0xA5);
    assert_int_equal(count_all(r, interface), before + 1u); /* each frame once */
    assert_true(lengths[0] == 0u || lengths[1] == 0u);
    for (uint32_t i = 0; i < LINKS; i++) {
        assert_true(lengths[i] <= 1514u);
        r->out[i].length = lengths[i];
        memcpy(r->out[i].bytes, buffer, lengths[i]);
    }
}

void links_make_reachable(struct links *r, uint32_t interface, const char *mac, const char *address)
{
    static struct test_frame frame;
    const char *own = interface == 0u ? LOCAL_0 : LOCAL_1;
    frame_ns(&frame, test_group_mac(test_solicited_node(own)), mac, address, test_solicited_node(own), own, mac);
    links_input(r, interface, &frame);
    frame_na(&frame, macs[interface], mac, address, own, address, 0x60u, mac);
    links_input(r, interface, &frame);
    /* Only an answer to a probe confirms. */
    links_run_until(r, r->now + 6u * SECOND);
    frame_na(&frame, macs[interface], mac, address, own, address, 0x60u, mac);
    links_input(r, interface, &frame);
}

void links_add_route(struct links *r, const char *prefix, uint32_t length, enum v6nf_fib_kind kind, uint32_t interface,
                     const char *via)
{
    const struct v6nf_address bytes = test_address_of(prefix);
    const struct v6nf_address hop = test_address_of(via != NULL ? via : "::");
    assert_int_equal(v6nf_fib_add(&r->fib, bytes.bytes, length, kind, interface, via != NULL ? hop.bytes : NULL),
                     V6NF_FIB_OK);
    links_run_until(r, r->now);
}

uint64_t links_counted(const struct links *r, uint32_t interface, enum v6nf_router_counter counter)
{
    return r->interfaces[interface].counters[counter];
}

void links_start(struct links *r, uint32_t mtu)
{
    static const uint8_t secret[V6NF_ROUTER_SECRET_SIZE] = {1, 2, 3};
    memset(r, 0, sizeof *r);
    r->now = 1000u * SECOND;
    start_node(r, 0, 1500);
    start_node(r, 1, mtu);
    assert_true(v6nf_fib_init(&r->fib, r->words, LINKS_ROUTES, LINKS_ROUTES, LINKS_HOPS, 8, secret));
    const struct v6nf_router_config config = {
        .interfaces = r->interfaces, .count = LINKS, .fib = &r->fib, .secret = secret};
    assert_int_equal(v6nf_router_init(&r->router, &config, r->now), V6NF_OK);
    links_run_until(r, r->now + 30u * SECOND);
    links_make_reachable(r, 0, HOST_MAC_0, HOST_0);
    links_make_reachable(r, 1, HOST_MAC_1, HOST_1);
    links_mark(r);
}
#endif
