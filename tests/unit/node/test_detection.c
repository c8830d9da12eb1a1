/* test_detection.c: optimistic addresses (RFC 4429), links that loop back (RFC 7527), and notification of new
 * addresses (RFC 9131; RFC 4861, 7.2.6). */
#include <string.h>

#include "fixture_router.h"

#include "../../../src/node/state/destination.h"

static struct fixture f;
static struct test_frame in;
#if V6NF_OPTIMISTIC || V6NF_ANNOUNCE
static struct test_frame expected;
#endif

#define PREFIX "2001:db8:1::"
#define FORMED "2001:db8:1:0:0:ff:fe00:1"

static void start(struct v6nf_node_config config)
{
    config.mtu = 1500;
    config.seed = 1;
    config.dad_transmits = 1;
    config.autoconfigure = true;
    fixture_start_configured(&f, config);
}

/* Do the same, and keep the nonces of what is sent. */
static void start_with_nonces(struct v6nf_node_config config)
{
    start(config);
    f.keep_nonces = true;
}

static void advertise(void)
{
    frame_ra(&in, &router_1, 9000, 0);
    ra_link_layer(&in, router_1.mac);
    ra_prefix(&in, PREFIX, 64, PREFIX_A, 10000, 10000);
    fixture_input_silent(&f, &in);
}

/* None of these is on by default. */
static void tentative_addresses_are_not_used_by_default(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.seed = 1});
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise();
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_TENTATIVE);
    frame_echo_request(&in, &router_1, FORMED, 1, 1, 8);
    fixture_input(&f, &in);
    assert_nothing(&f.out);
}

/* -- RFC 4429 ------------------------------------------------------------------------------------------------------ */

#if V6NF_OPTIMISTIC
static void start_optimistic(void)
{
    start((struct v6nf_node_config){.optimistic = true});
    fixture_run_until(&f, f.now + 3u * SECOND); /* the link-local address is verified */
    fixture_mark(&f);
    advertise();
}

/* Packets to it are accepted and answered at once (3.3). */
static void optimistic_address_is_used_at_once(void **state)
{
    (void)state;
    start_optimistic();
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_OPTIMISTIC);
    frame_echo_request(&in, &router_1, FORMED, 1, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &router_1, FORMED, 1, 1, 8);
    assert_frame(&f.out, &expected);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    frame_node_detection(&expected, FORMED);
    assert_sent_count(&f, 1);
    assert_frame(&f.sent[0].frame, &expected);
}

/* Section 3.3 does not change RFC 4861, 7.2.3. While no address is verified, the node can solicit no host, but
 * answers each one that names its link-layer address. */
static void solicitation_for_the_first_optimistic_address_is_answered(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.optimistic = true});
    frame_ns(&in, test_group_mac(test_solicited_node(NODE_LINK_LOCAL)), f.peer.mac, "fe80::2",
             test_solicited_node(NODE_LINK_LOCAL), NODE_LINK_LOCAL, f.peer.mac);
    fixture_input(&f, &in);
    frame_na(&expected, f.peer.mac, NODE_MAC, NODE_LINK_LOCAL, "fe80::2", NODE_LINK_LOCAL, NA_S, NODE_MAC);
    assert_frame(&f.out, &expected);
}

/* Neighbors that know another node by the address keep that entry (3.3). */
static void optimistic_address_is_advertised_without_override(void **state)
{
    (void)state;
    start_optimistic();
    frame_ns(&in, test_group_mac(test_solicited_node(FORMED)), router_1.mac, router_1.address,
             test_solicited_node(FORMED), FORMED, router_1.mac);
    fixture_input(&f, &in);
    frame_na(&expected, router_1.mac, NODE_MAC, FORMED, router_1.address, FORMED, NA_S, NODE_MAC);
    assert_frame(&f.out, &expected);
}

/* No solicitation has it as source, as that would change caches (3.2). One for the router is sent from the
 * link-local address. */
static void optimistic_address_is_no_source_of_solicitations(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.optimistic = true});
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_mark(&f);
    frame_ra(&in, &router_1, 9000, 0); /* without its link-layer address */
    ra_prefix(&in, PREFIX, 64, PREFIX_A, 10000, 10000);
    fixture_input_silent(&f, &in);
    fixture_udp_send(&f, 1000, "2001:db8:ffff::5", 2000, 0);
    frame_node_ns(&expected, NODE_LINK_LOCAL, router_1.address);
    assert_frame(&f.out, &expected);

    /* Without another address, no host is solicited before it is verified. */
    start((struct v6nf_node_config){.optimistic = true});
    fixture_udp_send(&f, 1000, "fe80::2", 2000, 0);
    assert_nothing(&f.out);
    fixture_run_until(&f, f.now + 3u * SECOND);
    frame_node_ns(&expected, NODE_LINK_LOCAL, "fe80::2");
    assert_true(f.sent_count > 0u);
    assert_frame(&f.sent[f.sent_count - 1u].frame, &expected);
}

/* No solicitation has the optimistic address as source (3.2). An on-link neighbor, for which it would be the best
 * source, is solicited from the link-local address. */
static void neighbor_is_solicited_from_a_verified_address(void **state)
{
    const struct test_station near = {.mac = "02:00:00:00:00:77", .address = "2001:db8:1::77"};
    (void)state;
    start_optimistic();
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, PREFIX, 64, PREFIX_L, 10000, 10000);
    fixture_input_silent(&f, &in);
    fixture_udp_send(&f, 1000, near.address, 2000, 0);
    frame_node_ns(&expected, NODE_LINK_LOCAL, near.address);
    assert_frame(&f.out, &expected);
    frame_answer(&in, &near, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_udp(&expected, near.mac, NODE_MAC, FORMED, near.address, 64, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_OPTIMISTIC);
}

/* While no address is verified, packets wait as long as detection takes. They do not expire because no solicitation
 * could be sent. */
static void packets_wait_for_the_end_of_detection(void **state)
{
    const struct test_station near = {.mac = "02:00:00:00:00:02", .address = "fe80::2"};
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .dad_transmits = 5, .optimistic = true});
    fixture_udp_send(&f, 1000, near.address, 2000, 0);
    assert_nothing(&f.out);
    assert_counted(&f, V6NF_KEPT, 1);
    while (fixture_own(&f, NODE_LINK_LOCAL)->state == V6NF_ADDRESS_OPTIMISTIC) {
        assert_true(f.sent_count <= 5u); /* solicitations of detection */
        assert_neighbor(&f, near.address, V6NF_NEIGHBOR_INCOMPLETE, NULL);
        fixture_run_until(&f, f.now + SECOND / 10u);
    }
    fixture_run_until(&f, f.now + SECOND);
    frame_node_ns(&expected, NODE_LINK_LOCAL, near.address);
    assert_true(f.sent_count > 5u);
    assert_frame(&f.sent[5].frame, &expected);
    frame_answer(&in, &near, NODE_LINK_LOCAL);
    fixture_input(&f, &in);
    frame_udp(&expected, near.mac, NODE_MAC, NODE_LINK_LOCAL, near.address, 64, 1000, 2000, 0);
    assert_frame(&f.out, &expected);
}

/* Then the neighbor is solicited three times, as any other. */
static void neighbor_is_unreachable_after_three_solicitations(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .dad_transmits = 5, .optimistic = true});
    fixture_udp_send(&f, 1000, "fe80::2", 2000, 0);
    fixture_run_until(&f, f.now + 30u * SECOND);
    assert_counted(&f, V6NF_SOLICITATIONS, 5u + 3u);
    assert_counted(&f, V6NF_NEIGHBORS_UNREACHABLE, 1);
    assert_counted(&f, V6NF_DROP_UNREACHABLE, 1);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 0);
}

/* An off-link solicitor of an optimistic address is answered directly, known or not (RFC 4861, 7.2.4). */
static void off_link_solicitor_of_an_optimistic_address_is_answered(void **state)
{
    const struct test_station far = {.mac = "02:00:00:00:00:88", .address = "2001:db8:8::8"};
    (void)state;
    start_optimistic();
    for (unsigned i = 0; i < 3u; i++) {
        if (i == 2u) {
            frame_redirect(&in, &router_1, FORMED, far.address, far.address, far.mac);
            fixture_input_silent(&f, &in);
            frame_redirect(&in, &router_1, FORMED, router_2.address, "2001:db8:8::9", router_2.mac);
            fixture_input_silent(&f, &in);
            v6nf_destination_forget(&f.node, V6NF_NEIGHBORS);
        }
        frame_ns(&in, test_group_mac(test_solicited_node(FORMED)), far.mac, far.address, test_solicited_node(FORMED),
                 FORMED, i == 0u ? NULL : far.mac);
        fixture_input(&f, &in);
        frame_na(&expected, far.mac, NODE_MAC, FORMED, far.address, FORMED, NA_S, NODE_MAC);
        assert_frame(&f.out, &expected);
    }
}

/* While the link-local address is optimistic, routers are solicited from ::, without a link-layer address (3.2). */
static void optimistic_node_solicits_routers_from_the_unspecified_address(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.optimistic = true});
    uint64_t begin = f.now;
    fixture_run_until(&f, begin + SECOND);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_OPTIMISTIC);
    const struct test_frame *asked = NULL;
    for (uint32_t i = 0; i < f.sent_count; i++) {
        if (f.sent[i].frame.bytes[54] == 133u) {
            asked = &f.sent[i].frame;
        }
    }
    assert_non_null(asked);
    frame_icmpv6(&expected, "33:33:00:00:00:02", NODE_MAC, "::", "ff02::2", 255, 133, 0, NULL, 4);
    assert_frame(asked, &expected);
}

/* A conflict ends the use of the address at once (3.3). */
static void conflict_ends_the_use_of_an_optimistic_address(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        start_optimistic();
        if (i == 0u) {
            frame_announcement(&in, &(struct test_station){.mac = f.peer.mac, .address = FORMED});
        } else {
            frame_ns(&in, test_group_mac(test_solicited_node(FORMED)), f.peer.mac, "::", test_solicited_node(FORMED),
                     FORMED, NULL);
        }
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_DUPLICATE);
        frame_echo_request(&in, &router_1, FORMED, 1, 1, 8);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
    }
}

/* An optimistic address counts as deprecated: any other is preferred (2.1). Manually configured addresses are not
 * optimistic (3.1). */
static void verified_address_is_preferred_as_source(void **state)
{
    (void)state;
    start_optimistic();
    fixture_add_address(&f, NODE_GLOBAL, 64);
    assert_int_equal(fixture_own(&f, NODE_GLOBAL)->state, V6NF_ADDRESS_TENTATIVE);
    fixture_udp_send(&f, 1000, "2001:db8:ffff::5", 2000, 0);
    struct v6nf_address formed = test_address_of(FORMED);
    assert_memory_equal(f.out.bytes + 22, formed.bytes, 16);
    struct v6nf_address address = test_address_of(NODE_GLOBAL);
    assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
    f.node.dad_transmits = 0;
    fixture_add_address(&f, "2001:db8:1::5", 128);
    fixture_udp_send(&f, 1000, "2001:db8:ffff::5", 2000, 0);
    struct v6nf_address certain = test_address_of("2001:db8:1::5");
    assert_memory_equal(f.out.bytes + 22, certain.bytes, 16);
}
#endif

/* -- RFC 7527 ------------------------------------------------------------------------------------------------------ */

/* Run detection of the link-local address on a link that loops back the first `loops` solicitations. Return the
 * number of solicitations. */
static uint32_t detect_on_a_loop(uint32_t loops)
{
    uint32_t seen = 0;
    fixture_mark(&f);
    for (uint32_t i = 0; i < 40u && fixture_own(&f, NODE_LINK_LOCAL)->state == V6NF_ADDRESS_TENTATIVE; i++) {
        fixture_run_until(&f, f.now + SECOND / 2u);
        for (; seen < f.sent_count; seen++) {
            if (f.sent[seen].frame.bytes[54] == 135u && loops > 0u) {
                in = f.sent[seen].frame;
                fixture_input(&f, &in);
                loops--;
            }
        }
    }
    return (uint32_t)fixture_counted(&f, V6NF_SOLICITATIONS);
}

/* This is the default: a node that receives its own solicitation, once or a few times, continues. */
static void own_solicitation_is_no_conflict(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4u; i++) {
        start_with_nonces((struct v6nf_node_config){.plain_detection = i >= 2u});
        (void)detect_on_a_loop(i % 2u == 0u ? 1u : 4u);
        assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_PREFERRED);
        assert_true(fixture_counted(&f, V6NF_LOOPED_BACK) >= 1u);
        assert_counted(&f, V6NF_DUPLICATE_ADDRESSES, 0);
    }
}

/* Without nonces, only frames from the node's own Ethernet address are its own (RFC 4862, appendix A). A link that
 * loops back everything does not delay detection. */
static void without_nonces_the_ethernet_source_decides(void **state)
{
    const char *group = test_solicited_node(NODE_LINK_LOCAL);
    (void)state;
    start_with_nonces((struct v6nf_node_config){.plain_detection = true});
    assert_int_equal(detect_on_a_loop(UINT32_MAX), 1);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_PREFERRED);
    for (unsigned i = 0; i < 2u; i++) {
        start_with_nonces((struct v6nf_node_config){.plain_detection = true});
        fixture_run_until(&f, f.now + SECOND);
        frame_ns(&in, test_group_mac(group), i == 0u ? NODE_MAC : f.peer.mac, "::", group, NODE_LINK_LOCAL, NULL);
        fixture_input_silent(&f, &in);
        assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state,
                         i == 0u ? V6NF_ADDRESS_TENTATIVE : V6NF_ADDRESS_DUPLICATE);
    }
}

#if V6NF_ENHANCED_DETECTION
static void solicitation_carries_a_nonce(void **state)
{
    uint8_t nonces[2][6];
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        struct v6nf_node_config config = {.mtu = 1500, .dad_transmits = 1, .seed = 5u + i};
        fixture_start_configured(&f, config);
        f.keep_nonces = true;
        fixture_run_until(&f, f.now + 3u * SECOND);
        assert_int_equal(f.sent[0].frame.length, 86);
        assert_int_equal(f.sent[0].frame.bytes[78], 14);
        assert_int_equal(f.sent[0].frame.bytes[79], 1);
        memcpy(nonces[i], f.sent[0].frame.bytes + 80, 6);
        assert_int_equal(frame_checksum(&f.sent[0].frame, 32, 58), 0);
    }
    assert_memory_not_equal(nonces[0], nonces[1], 6);
}

/* Run until the next solicitation of detection. Write its nonce. */
static void next_nonce(uint8_t *nonce)
{
    fixture_mark(&f);
    while (f.sent_count == 0u || f.sent[f.sent_count - 1u].frame.bytes[54] != 135u) {
        fixture_run_until(&f, f.now + SECOND / 10u);
    }
    memcpy(nonce, f.sent[f.sent_count - 1u].frame.bytes + 80, 6);
}

/* A clone has the same MAC address, secret and seed, but started or joined the link at another time. Nonces
 * distinguish it from the node. */
static void nonces_differ_in_each_run(void **state)
{
    static const uint8_t secret[16] = "secret";
    uint8_t nonces[4][6];
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        uint8_t mac[6];
        struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .dad_transmits = 1, .seed = 1, .secret = secret};
        start_with_nonces(config);
        test_mac(mac, NODE_MAC);
        f.now += i; /* a microsecond later */
        assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
        next_nonce(nonces[2u * i]);
        fixture_run_until(&f, f.now + 3u * SECOND);
        v6nf_node_link_up(&f.node, f.now);
        next_nonce(nonces[2u * i + 1u]);
    }
    for (unsigned i = 1; i < 4u; i++) {
        for (unsigned j = 0; j < i; j++) {
            assert_memory_not_equal(nonces[i], nonces[j], 6);
        }
    }
}

/* A copy from before the link went down is the node's own, too. */
static void copies_from_the_run_before_are_recognized(void **state)
{
    (void)state;
    start_with_nonces((struct v6nf_node_config){.seed = 1});
    uint8_t nonce[6];
    next_nonce(nonce);
    in = f.sent[f.sent_count - 1u].frame;
    v6nf_node_link_up(&f.node, f.now + 1u);
    fixture_input_silent(&f, &in);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_TENTATIVE);
}

/* Each loop causes three more solicitations; then the address is the node's (4.1). */
static void loop_does_not_make_addresses_duplicate(void **state)
{
    (void)state;
    start_with_nonces((struct v6nf_node_config){.seed = 1});
    assert_int_equal(detect_on_a_loop(1), 4);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_PREFERRED);
    assert_counted(&f, V6NF_LOOPED_BACK, 1);
    start_with_nonces((struct v6nf_node_config){.seed = 1});
    assert_int_equal(detect_on_a_loop(4), 7);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_PREFERRED);
}

/* A loop returns several copies, some of them late. Each is recognized, however many solicitations ago it was sent. */
static void late_copies_are_recognized(void **state)
{
    struct test_frame sent[4];
    uint32_t count = 0;
    (void)state;
    start_with_nonces((struct v6nf_node_config){.seed = 1});
    for (uint32_t i = 0; i < 20u && count < 4u; i++) {
        fixture_mark(&f);
        fixture_run_until(&f, f.now + SECOND / 2u);
        for (uint32_t j = 0; j < f.sent_count && count < 4u; j++) {
            if (f.sent[j].frame.bytes[54] == 135u) {
                sent[count] = f.sent[j].frame;
                fixture_input(&f, &sent[count]);
                count++;
            }
        }
    }
    assert_int_equal(count, 4);
    for (uint32_t i = 0; i < 4u; i++) {
        fixture_input(&f, &sent[i]);
    }
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_TENTATIVE);
    fixture_run_until(&f, f.now + 10u * SECOND);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_PREFERRED);
}

/* Another nonce, no nonce, and a malformed one are another node's. */
static void other_nonces_are_of_another_node(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3u; i++) {
        start_with_nonces((struct v6nf_node_config){.seed = 1});
        while (f.sent_count == 0u || f.sent[f.sent_count - 1u].frame.bytes[54] != 135u) {
            fixture_run_until(&f, f.now + SECOND / 10u);
        }
        in = f.sent[f.sent_count - 1u].frame;
        if (i == 0u) {
            in.bytes[85] ^= 1u;
        } else if (i == 1u) {
            frame_ns(&in, test_group_mac(test_solicited_node(NODE_LINK_LOCAL)), f.peer.mac,
                     "::", test_solicited_node(NODE_LINK_LOCAL), NODE_LINK_LOCAL, NULL);
        } else {
            in.bytes[78] = 253u;
        }
        frame_fix_checksum(&in);
        fixture_input(&f, &in);
        assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_DUPLICATE);
    }
}
#endif

/* -- RFC 9131, and RFC 4861, 7.2.6 --------------------------------------------------------------------------------- */

#if V6NF_ANNOUNCE
/* A preferred address is advertised to all routers, without Override, three times, a retransmission time apart. A
 * link-local address is not. */
static void new_address_is_advertised_to_routers(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.announce = true});
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_counted(&f, V6NF_ANNOUNCEMENTS, 0);
    advertise();
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 20u * SECOND);
    frame_na(&expected, "33:33:00:00:00:02", NODE_MAC, FORMED, "ff02::2", FORMED, 0, NODE_MAC);
    assert_sent_count(&f, 4);
    uint64_t begin = f.sent[1].time;
    assert_int_equal(begin, f.sent[0].time + SECOND); /* the end of its detection */
    for (uint32_t i = 0; i < 3u; i++) {
        assert_sent(&f, 1u + i, begin + i * SECOND, &expected);
    }
}

/* An address removed meanwhile is not advertised. */
static void removed_address_is_not_advertised(void **state)
{
    (void)state;
    fixture_start_configured(&f, (struct v6nf_node_config){.mtu = 1500, .announce = true});
    struct v6nf_address address = test_address_of("2001:db8::77");
    assert_int_equal(v6nf_node_lease_address(&f.node, &address, 100, 100, f.now), V6NF_OK);
    fixture_tick(&f);
    assert_counted(&f, V6NF_ANNOUNCEMENTS, 1);
    assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_counted(&f, V6NF_ANNOUNCEMENTS, 1);
}

/* Each address is advertised to all nodes, with Override. From then on the new link-layer address is the source. */
static void new_link_layer_address_is_advertised_to_neighbors(void **state)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x11};
    static const uint8_t group[6] = {3, 0, 0, 0, 0, 0x11};
    (void)state;
    fixture_start(&f);
    fixture_make_reachable(&f, &f.peer);
    assert_int_equal(v6nf_node_set_mac(&f.node, group, f.now), V6NF_INVALID);
    assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
    uint64_t begin = f.now;
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_sent_count(&f, 6);
    for (uint32_t i = 0; i < 6u; i++) {
        const char *own = i % 2u == 0u ? NODE_LINK_LOCAL : NODE_GLOBAL;
        frame_na(&expected, "33:33:00:00:00:01", "02:00:00:00:00:11", own, "ff02::1", own, NA_O, "02:00:00:00:00:11");
        assert_sent(&f, i, begin + i / 2u * SECOND, &expected);
    }
    frame_echo(&in, "02:00:00:00:00:11", f.peer.mac, f.peer.address, NODE_GLOBAL, 128, 1, 1, 8);
    fixture_input(&f, &in);
    frame_echo(&expected, f.peer.mac, "02:00:00:00:00:11", NODE_GLOBAL, f.peer.address, 129, 1, 1, 8);
    assert_frame(&f.out, &expected);
}

/* Return the number of advertisements to all nodes of `own`, with these flags and this source, since fixture_mark(). */
static uint32_t count_announced(const char *source, const char *own, uint8_t flags)
{
    uint32_t found = 0;
    frame_na(&expected, "33:33:00:00:00:01", "02:00:00:00:00:11", source, "ff02::1", own, flags, "02:00:00:00:00:11");
    for (uint32_t i = 0; i < f.sent_count; i++) {
        found += f.sent[i].frame.length == expected.length &&
                 memcmp(f.sent[i].frame.bytes, expected.bytes, expected.length) == 0;
    }
    return found;
}

static void change_mac(void)
{
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x11};
    fixture_mark(&f);
    assert_int_equal(v6nf_node_set_mac(&f.node, mac, f.now), V6NF_OK);
}

#if V6NF_OPTIMISTIC
/* Override would change caches for an address that may be another node's (RFC 4429, 3.3). It is sent when the
 * address is verified. */
static void override_is_sent_when_an_optimistic_address_is_verified(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        start((struct v6nf_node_config){.optimistic = true, .announce = i == 1u});
        fixture_run_until(&f, f.now + 3u * SECOND);
        advertise();
        assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_OPTIMISTIC);
        change_mac();
        while (fixture_own(&f, FORMED)->state == V6NF_ADDRESS_OPTIMISTIC) {
            assert_int_equal(count_announced(FORMED, FORMED, NA_O), 0);
            fixture_run_until(&f, f.now + SECOND / 10u);
        }
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_int_equal(count_announced(FORMED, FORMED, NA_O), 3);
        assert_int_equal(count_announced(NODE_LINK_LOCAL, NODE_LINK_LOCAL, NA_O), 3);
    }
}
#endif

/* An interface that changes its link-layer address often goes down for it. */
static void new_link_layer_address_is_advertised_after_the_link_was_down(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2u; i++) {
        start((struct v6nf_node_config){.announce = i == 1u});
        fixture_add_address(&f, NODE_GLOBAL, 64);
        fixture_run_until(&f, f.now + 3u * SECOND);
        change_mac();
        v6nf_node_link_up(&f.node, f.now);
        fixture_run_until(&f, f.now + 20u * SECOND);
        assert_int_equal(count_announced(NODE_GLOBAL, NODE_GLOBAL, NA_O), 3);
        assert_int_equal(count_announced(NODE_LINK_LOCAL, NODE_LINK_LOCAL, NA_O), 3);
    }
}

#if V6NF_ANYCAST
/* Without Override, the advertisement makes neighbors probe again (RFC 4861, 7.2.7). */
static void new_link_layer_address_of_anycast_is_advertised(void **state)
{
    struct v6nf_address shared = test_address_of("2001:db8::a");
    (void)state;
    fixture_start(&f);
    assert_int_equal(v6nf_node_add_anycast(&f.node, &shared, f.now), V6NF_OK);
    change_mac();
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_int_equal(count_announced(NODE_LINK_LOCAL, "2001:db8::a", 0), 3);
    assert_int_equal(count_announced(NODE_GLOBAL, NODE_GLOBAL, NA_O), 3);
}
#endif

/* A duplicate address is not advertised. */
static void duplicate_address_is_not_advertised(void **state)
{
    (void)state;
    start((struct v6nf_node_config){.announce = true});
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    change_mac();
    frame_announcement(&in, &(struct test_station){.mac = f.peer.mac, .address = NODE_GLOBAL});
    fixture_input(&f, &in);
    fixture_run_until(&f, f.now + 20u * SECOND);
    assert_counted(&f, V6NF_ANNOUNCEMENTS, 3);
    assert_int_equal(count_announced(NODE_LINK_LOCAL, NODE_LINK_LOCAL, NA_O), 3);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tentative_addresses_are_not_used_by_default),
#if V6NF_OPTIMISTIC
        cmocka_unit_test(optimistic_address_is_used_at_once),
        cmocka_unit_test(solicitation_for_the_first_optimistic_address_is_answered),
        cmocka_unit_test(optimistic_address_is_advertised_without_override),
        cmocka_unit_test(optimistic_address_is_no_source_of_solicitations),
        cmocka_unit_test(neighbor_is_solicited_from_a_verified_address),
        cmocka_unit_test(packets_wait_for_the_end_of_detection),
        cmocka_unit_test(neighbor_is_unreachable_after_three_solicitations),
        cmocka_unit_test(off_link_solicitor_of_an_optimistic_address_is_answered),
        cmocka_unit_test(optimistic_node_solicits_routers_from_the_unspecified_address),
        cmocka_unit_test(conflict_ends_the_use_of_an_optimistic_address),
        cmocka_unit_test(verified_address_is_preferred_as_source),
#endif
        cmocka_unit_test(own_solicitation_is_no_conflict),
        cmocka_unit_test(without_nonces_the_ethernet_source_decides),
#if V6NF_ENHANCED_DETECTION
        cmocka_unit_test(solicitation_carries_a_nonce),
        cmocka_unit_test(nonces_differ_in_each_run),
        cmocka_unit_test(copies_from_the_run_before_are_recognized),
        cmocka_unit_test(loop_does_not_make_addresses_duplicate),
        cmocka_unit_test(late_copies_are_recognized),
        cmocka_unit_test(other_nonces_are_of_another_node),
#endif
#if V6NF_ANNOUNCE
        cmocka_unit_test(new_address_is_advertised_to_routers),
        cmocka_unit_test(removed_address_is_not_advertised),
        cmocka_unit_test(new_link_layer_address_is_advertised_to_neighbors),
#if V6NF_OPTIMISTIC
        cmocka_unit_test(override_is_sent_when_an_optimistic_address_is_verified),
#endif
        cmocka_unit_test(new_link_layer_address_is_advertised_after_the_link_was_down),
#if V6NF_ANYCAST
        cmocka_unit_test(new_link_layer_address_of_anycast_is_advertised),
#endif
        cmocka_unit_test(duplicate_address_is_not_advertised),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
