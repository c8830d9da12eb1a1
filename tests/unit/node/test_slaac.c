/* test_slaac.c: stateless address autoconfiguration (RFC 4862, 5.5) and stable opaque identifiers (RFC 7217). */
#include "fixture_router.h"

#include "../../../src/node/base/random.h"

#include <stdio.h>
#include <string.h>

static struct fixture f;
static struct test_frame in;
static struct test_frame expected;

#define PREFIX "2001:db8:1::"
#define FORMED "2001:db8:1::ff:fe00:1" /* of that prefix and NODE_MAC */
#define FAR "2001:db8:ffff::5"
#define HOUR 3600u

static const uint8_t secret[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void start(void)
{
    fixture_start_discovery(&f, 1, 0, NULL);
    fixture_run_until(&f, f.now + SECOND);
    fixture_mark(&f);
}

static void advertise(const char *prefix, uint8_t length, uint8_t flags, uint32_t valid, uint32_t preferred)
{
    fixture_advertise_prefix(&f, prefix, length, flags, valid, preferred);
}

static bool answers(const char *address)
{
    fixture_advertise_router(&f, &router_1, 9000, 0); /* so that the return path is known */
    frame_echo_request(&in, &router_1, address, 1, 1, 8);
    fixture_input(&f, &in);
    frame_echo_reply(&expected, &router_1, address, 1, 1, 8);
    if (f.out.length == 0u) {
        return false;
    }
    assert_frame(&f.out, &expected);
    return true;
}

/* Check the source of a datagram to FAR. */
static void assert_source(const char *address)
{
    uint8_t bytes[16];
    test_address(bytes, address);
    fixture_udp_send(&f, 1000, FAR, 2000, 0);
    assert_true(f.out.length == 62u);
    assert_memory_equal(f.out.bytes + 22, bytes, 16);
}

/* -- Forming addresses (5.5.3 a to d) ------------------------------------------------------------------------------ */

/* An address that the program removed is not formed again on this link, with any advertisement. */
static void removed_address_is_not_formed_again(void **state)
{
    struct v6nf_address formed = test_address_of(FORMED);
    (void)state;
    start();
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_non_null(fixture_find_own(&f, FORMED));
    assert_int_equal(v6nf_node_remove_address(&f.node, &formed), V6NF_OK);
    for (unsigned i = 0; i < 3u; i++) {
        advertise(PREFIX, 64, PREFIX_A, 600, 300);
        assert_null(fixture_find_own(&f, FORMED));
        fixture_run_until(&f, f.now + 1000u * SECOND);
    }
    advertise("2001:db8:2::", 64, PREFIX_A, 600, 300); /* another is formed; it may use the slot */
    assert_non_null(fixture_find_own(&f, "2001:db8:2::ff:fe00:1"));
    fixture_add_address(&f, FORMED, 64); /* the program may still add it */
    assert_int_equal(v6nf_node_remove_address(&f.node, &formed), V6NF_OK);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_null(fixture_find_own(&f, FORMED));
    v6nf_node_link_up(&f.node, f.now);
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_non_null(fixture_find_own(&f, FORMED));
}

/* The last removed addresses are remembered, as many as there can be addresses. */
static void last_removed_addresses_are_not_formed_again(void **state)
{
    char prefix[40];
    char address[40];
    (void)state;
    start();
    for (unsigned i = 0; i < 3u * V6NF_ADDRESSES; i++) {
        snprintf(prefix, sizeof prefix, "2001:db8:3:%x::", i);
        snprintf(address, sizeof address, "2001:db8:3:%x:0:ff:fe00:1", i);
        struct v6nf_address bytes = test_address_of(address);
        advertise(prefix, 64, PREFIX_A, 600, 300);
        assert_non_null(fixture_find_own(&f, address));
        assert_int_equal(v6nf_node_remove_address(&f.node, &bytes), V6NF_OK);
    }
    for (unsigned i = 2u * V6NF_ADDRESSES; i < 3u * V6NF_ADDRESSES; i++) {
        snprintf(prefix, sizeof prefix, "2001:db8:3:%x::", i);
        snprintf(address, sizeof address, "2001:db8:3:%x:0:ff:fe00:1", i);
        advertise(prefix, 64, PREFIX_A, 600, 300);
        assert_null(fixture_find_own(&f, address));
    }
}

/* See v6LC.3.2.1. */
static void address_is_formed_and_detected(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    fixture_run_until(&f, f.now + 3u * SECOND);
    fixture_mark(&f);
    uint64_t heard = f.now;
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_TENTATIVE);
    assert_false(answers(FORMED));
    fixture_run_until(&f, heard + 2u * SECOND);
    frame_node_detection(&expected, FORMED);
    assert_sent_count(&f, 1);
    assert_frame(&f.sent[0].frame, &expected);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    assert_true(answers(FORMED));
    assert_source(FORMED);
    fixture_mark(&f);
    advertise(PREFIX, 64, PREFIX_A, 600, 300); /* once */
    assert_int_equal(f.node.addresses_used, 2);
    fixture_run_until(&f, f.now + 2u * SECOND);
    assert_sent_count(&f, 0);
}

/* See v6LC.3.2.4. */
static void only_usable_prefixes_form_an_address(void **state)
{
    static const struct {
        const char *prefix;
        uint8_t length;
        uint8_t flags;
        uint32_t valid;
        uint32_t preferred;
        const char *formed;
    } cases[] = {
        {PREFIX, 64, PREFIX_L, 600, 300, NULL},
        {PREFIX, 64, 0, 600, 300, NULL},
        {"fe80::", 64, PREFIX_A, 600, 300, NULL},
        {"ff02::", 64, PREFIX_A, 600, 300, NULL},
        {PREFIX, 64, PREFIX_A, 600, 601, NULL},
        {PREFIX, 64, PREFIX_A, 600, 600, FORMED},
        {PREFIX, 129, PREFIX_A, 600, 300, NULL},
        {PREFIX, 255, PREFIX_A, 600, 300, NULL},
        {PREFIX, 63, PREFIX_A, 600, 300, NULL},
        {PREFIX, 65, PREFIX_A, 600, 300, NULL},
        {PREFIX, 128, PREFIX_A, 600, 300, NULL},
        {PREFIX, 0, PREFIX_A, 600, 300, NULL},
        {PREFIX, 64, PREFIX_A, 0, 0, NULL},
        {"::", 64, PREFIX_A, 600, 300, NULL},
        {"0:0:0:1::", 64, PREFIX_A, 600, 300, NULL},
        {PREFIX, 64, PREFIX_A | PREFIX_L, INFINITY_SECONDS, INFINITY_SECONDS, FORMED},
        {"2001:db8:1::1234:5678:9abc:def0", 64, PREFIX_A, 600, 300, FORMED},
        {"2001:db8::", 64, PREFIX_A, 600, 300, "2001:db8::ff:fe00:1"},
        {"fec0:0:0:1::", 64, PREFIX_A, 600, 300, "fec0::1:0:ff:fe00:1"},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        start();
        advertise(cases[i].prefix, cases[i].length, cases[i].flags, cases[i].valid, cases[i].preferred);
        assert_int_equal(f.node.addresses_used, cases[i].formed != NULL ? 2 : 1);
        if (cases[i].formed != NULL) {
            assert_int_equal(fixture_find_own(&f, cases[i].formed)->state, V6NF_ADDRESS_PREFERRED);
        }
    }
}

static void one_advertisement_forms_many_addresses(void **state)
{
    (void)state;
    start();
    frame_ra(&in, &router_1, 9000, 0);
    ra_prefix(&in, PREFIX, 64, PREFIX_A, 600, 300);
    ra_prefix(&in, "2001:db8:2::", 64, PREFIX_A, 600, 300);
    fixture_input_silent(&f, &in);
    assert_non_null(fixture_find_own(&f, FORMED));
    assert_non_null(fixture_find_own(&f, "2001:db8:2::ff:fe00:1"));
}

/* An unknown host advertises prefixes that never end, `count` of them in each advertisement. */
static void invent_prefixes(unsigned advertisements, unsigned count)
{
    static const struct test_station unknown = {.mac = "02:00:00:00:00:66", .address = "fe80::66"};
    char text[40];
    for (unsigned i = 0; i < advertisements; i++) {
        f.now++;
        frame_ra(&in, &unknown, 0, 0);
        for (unsigned j = 0; j < count; j++) {
            snprintf(text, sizeof text, "2001:db8:bad:%x::", i * count + j);
            ra_prefix(&in, text, 64, PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
        }
        fixture_input_silent(&f, &in);
    }
}

/* In a full table, the address whose prefix was advertised longest ago yields, even if it is infinite. */
static void address_always_finds_a_slot_among_those_of_silent_routers(void **state)
{
    (void)state;
    start();
    invent_prefixes(1, V6NF_ADDRESSES);
    assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES);
    assert_counted(&f, V6NF_ADDRESSES_FULL, V6NF_ROUTER_MEMORY ? 1 : 0);
    fixture_run_until(&f, f.now + 30u * 24u * HOUR * SECOND);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    assert_true(answers(FORMED));
    fixture_run_until(&f, f.now + 600u * SECOND);
    assert_null(fixture_find_own(&f, FORMED));
    assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES - 1u);
}

#if V6NF_ROUTER_MEMORY
/* The address of a router that answers does not yield to what is invented, even if it is deprecated. */
static void address_of_a_router_that_answers_is_not_evicted(void **state)
{
    (void)state;
    start();
    advertise(PREFIX, 64, PREFIX_A, 100000, 10000);
    fixture_let_router_answer(&f, &router_1);
    invent_prefixes(100, 1);
    invent_prefixes(10, V6NF_ADDRESSES);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, f.now + 20000u * SECOND);
    fixture_let_router_answer(&f, &router_1);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_DEPRECATED);
    advertise(PREFIX, 64, PREFIX_A, 100000, 0);
    invent_prefixes(100, 1);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_DEPRECATED);
}

/* All addresses are of a router that answers: an unknown one gets no slot. */
static void unknown_router_gets_no_slot_of_one_that_answers(void **state)
{
    char text[40];
    (void)state;
    start();
    for (unsigned i = 1; i < V6NF_ADDRESSES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::", i);
        advertise(text, 64, PREFIX_A, 10000, i % 2u == 0u ? 10000u : 0u);
    }
    fixture_let_router_answer(&f, &router_1);
    invent_prefixes(20, 1);
    for (unsigned i = 1; i < V6NF_ADDRESSES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::ff:fe00:1", i);
        assert_non_null(fixture_find_own(&f, text));
    }
    assert_counted(&f, V6NF_ADDRESSES_FULL, 20);
}

/* One advertisement of an unknown router evicts at most half of the addresses that were formed. */
static void one_advertisement_does_not_evict_all_addresses(void **state)
{
    char text[40];
    unsigned left = 0;
    (void)state;
    start();
    for (unsigned i = 1; i < V6NF_ADDRESSES; i++) {
        f.now++;
        snprintf(text, sizeof text, "2001:db8:%x::", i);
        advertise(text, 64, PREFIX_A, 600, 300);
    }
    invent_prefixes(1, V6NF_ADDRESSES + 2u);
    for (unsigned i = 1; i < V6NF_ADDRESSES; i++) {
        snprintf(text, sizeof text, "2001:db8:%x::ff:fe00:1", i);
        left += fixture_find_own(&f, text) != NULL ? 1u : 0u;
    }
    assert_int_equal(left, (V6NF_ADDRESSES - 1u) / 2u);
}
#endif

/* What routers made the node form yields to the program, what is deprecated first. */
static void program_comes_before_formed_addresses(void **state)
{
    struct v6nf_address address = test_address_of("2001:db8:add::1");
    (void)state;
    start();
    advertise(PREFIX, 64, PREFIX_A, 100000, 0); /* deprecated */
    f.now++;
    for (unsigned i = 2; i < V6NF_ADDRESSES; i++) {
        char text[40];
        snprintf(text, sizeof text, "2001:db8:%x::", i + 1u);
        advertise(text, 64, PREFIX_A, 100000, 50000);
    }
    fixture_let_router_answer(&f, &router_1);
    assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES);
    assert_int_equal(v6nf_node_lease_address(&f.node, &address, 1000, 1000, f.now), V6NF_OK);
    assert_null(fixture_find_own(&f, FORMED));
    for (unsigned i = 2; i < V6NF_ADDRESSES; i++) { /* then the others; the link-local address stays */
        address.bytes[15]++;
        assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_OK);
        assert_int_equal(f.node.addresses_used, V6NF_ADDRESSES);
    }
    address.bytes[15]++;
    assert_int_equal(v6nf_node_add_address(&f.node, &address, 64, f.now), V6NF_FULL);
    assert_int_equal(v6nf_node_lease_address(&f.node, &address, 1, 1, f.now), V6NF_FULL);
    assert_non_null(fixture_find_own(&f, NODE_LINK_LOCAL));
    advertise("2001:db8:77::", 64, PREFIX_A, 600, 300); /* nothing yields to a router */
    assert_null(fixture_find_own(&f, "2001:db8:77::ff:fe00:1"));
    assert_counted(&f, V6NF_ADDRESSES_FULL, 1);
}

/* An address that the program configured is not changed by advertisements (5.5.3 d). */
static void configured_address_is_not_changed_by_advertisements(void **state)
{
    (void)state;
    start();
    fixture_add_address(&f, FORMED, 128);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    assert_int_equal(f.node.addresses_used, 2);
    fixture_run_until(&f, f.now + 700u * SECOND);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
}

/* -- Lifetimes (5.5.3 e, 5.5.4) ------------------------------------------------------------------------------------ */

/* See v6LC.3.2.2. */
static void address_is_deprecated_and_then_expires(void **state)
{
    (void)state;
    start();
    uint64_t heard = f.now;
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    advertise("2001:db8:2::", 64, PREFIX_A, 900, 900);
    fixture_run_until(&f, heard + 300u * SECOND - 1u);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    fixture_run_until(&f, heard + 300u * SECOND);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_true(answers(FORMED));
    fixture_run_until(&f, heard + 600u * SECOND - 1u);
    assert_true(answers(FORMED));
    fixture_run_until(&f, heard + 600u * SECOND);
    assert_null(fixture_find_own(&f, FORMED));
    assert_false(answers(FORMED));
    assert_true(answers("2001:db8:2::ff:fe00:1"));
    fixture_run_until(&f, heard + 900u * SECOND);
    assert_int_equal(f.node.addresses_used, 1);
}

/* A deprecated address is avoided as source (RFC 6724, rule 3; RFC 4862, 5.5.4; v6LC.3.2.3). */
static void deprecated_address_is_no_source_if_there_is_another(void **state)
{
    (void)state;
    start();
    advertise("2001:db8:ffff:1::", 64, PREFIX_A, 900, 300); /* closer to FAR */
    assert_source("2001:db8:ffff:1:0:ff:fe00:1");
    advertise(PREFIX, 64, PREFIX_A, 900, 900);
    assert_source("2001:db8:ffff:1:0:ff:fe00:1"); /* rule 8 */
    advertise("2001:db8:ffff:1::", 64, PREFIX_A, 900, 0);
    assert_source(FORMED);
    assert_true(answers("2001:db8:ffff:1:0:ff:fe00:1"));
    advertise("2001:db8:ffff:1::", 64, PREFIX_A, 900, 300); /* preferred again */
    assert_source("2001:db8:ffff:1:0:ff:fe00:1");
    advertise("2001:db8:ffff:1::", 64, PREFIX_A, 900, 0);
    advertise(PREFIX, 64, PREFIX_A, 900, 0);
    assert_source("2001:db8:ffff:1:0:ff:fe00:1"); /* a deprecated address is better than one of smaller scope: rule 2 */
}

static void address_with_preferred_lifetime_0_is_deprecated_from_the_start(void **state)
{
    (void)state;
    start();
    advertise(PREFIX, 64, PREFIX_A, 900, 0);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_true(answers(FORMED));
}

/* Seconds left, seconds advertised, seconds left afterwards (5.5.3 e; v6LC.3.2.5). */
static void lifetime_is_not_shortened_below_two_hours(void **state)
{
    static const struct {
        uint32_t before;
        uint32_t advertised;
        uint32_t after;
    } cases[] = {
        {600, 900, 900},                         /* longer than the remaining time */
        {10 * HOUR, 2 * HOUR + 1, 2 * HOUR + 1}, /* longer than two hours */
        {10 * HOUR, 2 * HOUR, 2 * HOUR},
        {10 * HOUR, 2 * HOUR - 1, 2 * HOUR}, /* not shortened to less than two hours */
        {10 * HOUR, 0, 2 * HOUR},
        {2 * HOUR, 600, 2 * HOUR}, /* two hours or less are left: nothing changes */
        {HOUR, 600, HOUR},
        {HOUR, 0, HOUR},
        {HOUR, HOUR + 1, HOUR + 1},
        {INFINITY_SECONDS, 1, 2 * HOUR},
        {INFINITY_SECONDS, 3 * HOUR, 3 * HOUR},
        {HOUR, INFINITY_SECONDS, INFINITY_SECONDS},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        start();
        advertise(PREFIX, 64, PREFIX_A, cases[i].before, 0);
        advertise(PREFIX, 64, PREFIX_A, cases[i].advertised, 0);
        uint64_t end = f.now + cases[i].after * SECOND;
        fixture_case("%u s were left and %u s are advertised", cases[i].before, cases[i].advertised);
        f.now = end - 1u; /* no tick in between: it may be a hundred years */
        fixture_tick(&f);
        if (fixture_find_own(&f, FORMED) == NULL) {
            fail_case("the address ended too early");
        }
        fixture_run_until(&f, end);
        if ((fixture_find_own(&f, FORMED) == NULL) != (cases[i].after != INFINITY_SECONDS)) {
            fail_case("the address did not end in time");
        }
    }
    fixture_case("%s", "");
}

/* An expired address leaves the others, and their resolutions, unchanged. */
static void expiry_of_one_address_does_not_affect_others(void **state)
{
    const struct test_station peer = {.mac = "02:00:00:00:00:05", .address = "fe80::5"};
    (void)state;
    start();
    advertise(PREFIX, 64, PREFIX_A, 5, 5);
    fixture_add_address(&f, "2001:db8:2::1", 64);
    frame_ns(&in, NODE_MAC, peer.mac, peer.address, "2001:db8:2::1", "2001:db8:2::1", peer.mac);
    fixture_input(&f, &in); /* its advertisement and the probes are sent from that address */
    frame_node_na(&expected, &peer, "2001:db8:2::1");
    assert_frame(&f.out, &expected);
    fixture_mark(&f);
    fixture_run_until(&f, f.now + 5u * SECOND);
    assert_null(fixture_find_own(&f, FORMED));
    frame_node_probe(&expected, "2001:db8:2::1", &peer);
    assert_sent_count(&f, 1);
    assert_sent(&f, 0, f.now, &expected);
    assert_true(answers("2001:db8:2::1"));
}

/* Detection finds a duplicate of an identifier made from the MAC address. The address is not used, nor formed again
 * with each advertisement. The node continues (RFC 4862, 5.4.5). */
static void duplicate_is_not_formed_again(void **state)
{
    const char *group = test_solicited_node(FORMED);
    (void)state;
    fixture_start_discovery(&f, 1, 1, NULL);
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    fixture_mark(&f);
    frame_ns(&in, test_group_mac(group), "02:00:00:00:00:99", "::", group, FORMED, NULL);
    fixture_input_silent(&f, &in);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_DUPLICATE);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    fixture_run_until(&f, f.now + 5u * SECOND);
    assert_sent_count(&f, 0);
    assert_int_equal(fixture_find_own(&f, FORMED)->state, V6NF_ADDRESS_DUPLICATE);
    assert_int_equal(f.node.addresses_used, 2);
    assert_true(answers(NODE_LINK_LOCAL));
}

/* -- Stable opaque identifiers (RFC 7217) -------------------------------------------------------------------------- */

/* SipHash-2-4 of the 15 bytes 00 to 0e under the key 00 to 0f is the test vector of its paper (appendix A). Prefix
 * 0001:0203:0405:0607, MAC address 08:09:0a:0b:0c:0d and DAD_Counter 14 give these bytes. The identifier is the
 * result as in memory. */
static void identifier_is_the_siphash_of_the_paper(void **state)
{
    static const uint8_t mac[6] = {0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D};
    static const uint8_t wanted[16] = {0, 1, 2, 3, 4, 5, 6, 7, 0xE5, 0x45, 0xBE, 0x49, 0x61, 0xCA, 0x29, 0xA1};
    uint8_t key[16];
    uint8_t address[16] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint8_t dad_counter = 14;
    (void)state;
    for (unsigned i = 0; i < 16u; i++) {
        key[i] = (uint8_t)i;
    }
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .predictable = true, .secret = key};
    assert_int_equal(v6nf_node_init(&f.node, &config, 0), V6NF_OK);
    v6nf_identifier_form(&f.node, address, &dad_counter);
    assert_memory_equal(address, wanted, 16);
    assert_int_equal(dad_counter, 14);
}

static void start_opaque(const uint8_t *key)
{
    fixture_start_discovery(&f, 1, 1, key);
    fixture_run_until(&f, f.now + 3u * SECOND);
    advertise(PREFIX, 64, PREFIX_A, 600, 300);
    fixture_run_until(&f, f.now + 3u * SECOND);
    assert_int_equal(f.node.addresses_used, 2);
    fixture_mark(&f);
}

/* An identifier is the same after a restart, and another for each prefix and secret. The MAC address is not in it
 * (v6LC.3.2.6). */
static void opaque_addresses_are_stable_and_hide_the_mac_address(void **state)
{
    uint8_t link_local[16];
    uint8_t formed[16];
    uint8_t other_secret[16] = {1};
    (void)state;
    start_opaque(secret);
    memcpy(link_local, f.node.addresses[0].address.bytes, 16);
    memcpy(formed, f.node.addresses[1].address.bytes, 16);
    assert_memory_equal(link_local, "\xFE\x80\0\0\0\0\0", 8);
    assert_memory_equal(formed, "\x20\x01\x0D\xB8\0\1\0", 8);
    assert_memory_not_equal(link_local + 8, formed + 8, 8);
    assert_memory_not_equal(link_local + 11, "\xFF\xFE", 2);
    start_opaque(secret);
    assert_memory_equal(f.node.addresses[0].address.bytes, link_local, 16);
    assert_memory_equal(f.node.addresses[1].address.bytes, formed, 16);
    start_opaque(other_secret);
    assert_memory_not_equal(f.node.addresses[0].address.bytes + 8, link_local + 8, 8);
    assert_memory_not_equal(f.node.addresses[1].address.bytes + 8, formed + 8, 8);
}

/* Another node has the current address number `index`. The node's address or its state changes. */
static void other_node_detects(uint32_t index)
{
    uint32_t changes = v6nf_node_changes(&f.node, V6NF_CHANGE_ADDRESSES);
    frame_ns(&in, "33:33:ff:00:00:00", "02:00:00:00:00:99", "::", "ff02::1:ff00:0", "::5", NULL);
    memcpy(in.bytes + 3, f.node.addresses[index].address.bytes + 13,
           3); /* the group's MAC address ends like the target */
    memcpy(in.bytes + 51, f.node.addresses[index].address.bytes + 13, 3);
    memcpy(in.bytes + 62, f.node.addresses[index].address.bytes, 16);
    frame_fix_checksum(&in);
    fixture_input_silent(&f, &in);
    assert_int_not_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_ADDRESSES), changes);
}

/* Three more identifiers are tried, each after a delay of up to a second (RFC 7217, 6 and 7; v6LC.3.2.7). */
static void conflict_forms_another_identifier(void **state)
{
    uint8_t tried[5][16];
    (void)state;
    for (uint32_t index = 0; index < 2u; index++) {
        fixture_start_discovery(&f, 1, 1, secret);
        if (index == 1u) {
            fixture_run_until(&f, f.now + 3u * SECOND);
            advertise(PREFIX, 64, PREFIX_A, 600, 300);
        }
        fixture_mark(&f);
        for (uint32_t i = 0; i < 4u; i++) {
            memcpy(tried[i], f.node.addresses[index].address.bytes, 16);
            assert_memory_equal(tried[i], tried[0], 8);
            assert_int_equal(f.node.addresses[index].state, V6NF_ADDRESS_TENTATIVE);
            for (uint32_t j = 0; j < i; j++) {
                assert_memory_not_equal(tried[i] + 8, tried[j] + 8, 8);
            }
            uint64_t begin = f.now;
            fixture_run_until(&f, begin + SECOND); /* within the delay; detection is not complete */
            assert_sent_count(&f, i + 1u);
            assert_memory_equal(f.sent[i].frame.bytes + 62, tried[i], 16);
            uint32_t changes = v6nf_node_changes(&f.node, V6NF_CHANGE_ADDRESSES);
            other_node_detects(index);
            assert_int_not_equal(v6nf_node_changes(&f.node, V6NF_CHANGE_ADDRESSES), changes);
        }
        assert_counted(&f, V6NF_DUPLICATE_ADDRESSES, 4);
        assert_int_equal(f.node.addresses[index].state, V6NF_ADDRESS_DUPLICATE);
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_sent_count(&f, 4);
    }
}

static void address_that_is_finally_unique_is_used(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, secret);
    fixture_run_until(&f, f.now + SECOND);
    other_node_detects(0);
    fixture_run_until(&f, f.now + 2u * SECOND);
    assert_int_equal(f.node.addresses[0].state, V6NF_ADDRESS_PREFERRED);
    assert_false(v6nf_node_is_detecting(&f.node));
    assert_counted(&f, V6NF_ROUTER_SOLICITATIONS, 1); /* from that address */
    assert_memory_equal(f.sent[f.sent_count - 1u].frame.bytes + 22, f.node.addresses[0].address.bytes, 16);
}

/* Conflicts on one link do not count on the next. There the first identifier is tried again, then all others. */
static void each_identifier_is_tried_again_on_the_next_link(void **state)
{
    uint8_t first[16];
    (void)state;
    for (uint32_t index = 0; index < 2u; index++) {
        fixture_start_discovery(&f, 1, 1, secret);
        if (index == 1u) {
            fixture_run_until(&f, f.now + 3u * SECOND);
            advertise(PREFIX, 64, PREFIX_A, 600, 300);
        }
        memcpy(first, f.node.addresses[index].address.bytes, 16);
        for (uint32_t i = 0; i < 4u; i++) {
            other_node_detects(index);
        }
        assert_int_equal(f.node.addresses[index].state, V6NF_ADDRESS_DUPLICATE);
        v6nf_node_link_up(&f.node, f.now);
        if (index == 1u && !V6NF_ROUTER_MEMORY) {
            advertise(PREFIX, 64, PREFIX_A, 600, 300); /* it was forgotten */
        }
        assert_memory_equal(f.node.addresses[index].address.bytes, first, 16);
        other_node_detects(index);
        fixture_run_until(&f, f.now + 3u * SECOND);
        assert_int_equal(f.node.addresses[index].state, V6NF_ADDRESS_PREFERRED);
        assert_memory_not_equal(f.node.addresses[index].address.bytes, first, 16);
    }
}

/* A configured address is not changed (RFC 7217 is about addresses that the node forms). */
static void conflict_of_a_configured_address_is_final(void **state)
{
    (void)state;
    fixture_start_discovery(&f, 1, 1, secret);
    fixture_add_address(&f, NODE_GLOBAL, 64);
    other_node_detects(1);
    assert_int_equal(fixture_own(&f, NODE_GLOBAL)->state, V6NF_ADDRESS_DUPLICATE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(address_is_formed_and_detected),
        cmocka_unit_test(removed_address_is_not_formed_again),
        cmocka_unit_test(last_removed_addresses_are_not_formed_again),
        cmocka_unit_test(only_usable_prefixes_form_an_address),
        cmocka_unit_test(one_advertisement_forms_many_addresses),
        cmocka_unit_test(address_always_finds_a_slot_among_those_of_silent_routers),
#if V6NF_ROUTER_MEMORY
        cmocka_unit_test(address_of_a_router_that_answers_is_not_evicted),
        cmocka_unit_test(unknown_router_gets_no_slot_of_one_that_answers),
        cmocka_unit_test(one_advertisement_does_not_evict_all_addresses),
#endif
        cmocka_unit_test(program_comes_before_formed_addresses),
        cmocka_unit_test(configured_address_is_not_changed_by_advertisements),
        cmocka_unit_test(address_is_deprecated_and_then_expires),
        cmocka_unit_test(deprecated_address_is_no_source_if_there_is_another),
        cmocka_unit_test(address_with_preferred_lifetime_0_is_deprecated_from_the_start),
        cmocka_unit_test(lifetime_is_not_shortened_below_two_hours),
        cmocka_unit_test(expiry_of_one_address_does_not_affect_others),
        cmocka_unit_test(duplicate_is_not_formed_again),
        cmocka_unit_test(identifier_is_the_siphash_of_the_paper),
        cmocka_unit_test(opaque_addresses_are_stable_and_hide_the_mac_address),
        cmocka_unit_test(conflict_forms_another_identifier),
        cmocka_unit_test(address_that_is_finally_unique_is_used),
        cmocka_unit_test(each_identifier_is_tried_again_on_the_next_link),
        cmocka_unit_test(conflict_of_a_configured_address_is_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
