/* test_input.c: which Ethernet frames (RFC 2464) and IPv6 packets (RFC 8200) the node accepts, and how it drops
 * others. */
#include "fixture_exchange.h"

#include <stdlib.h>
#include <string.h>

/* Build an Echo Request that the node answers, and the reply. */
static void make_echo(uint32_t size)
{
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, size);
    frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, size);
}

/* The same, in a buffer that ends with the frame. */
#define assert_dropped_in_tight_buffer(cause)                                                                          \
    do {                                                                                                               \
        f.capacity = in.length > 0u ? in.length : 1u;                                                                  \
        assert_dropped(cause);                                                                                         \
        assert_counted(&f, V6NF_RECEIVED, 1);                                                                          \
        f.capacity = 1514;                                                                                             \
    } while (0)

/* -- Ethernet ------------------------------------------------------------------------------------------------------ */

static void frame_to_the_node_is_accepted(void **state)
{
    (void)state;
    make_echo(56);
    assert_answered();
}

static void frame_to_another_station_is_dropped(void **state)
{
    (void)state;
    for (uint32_t bit = 0; bit < 48u; bit++) {
        if (bit == 0u) {
            continue; /* the group bit */
        }
        make_echo(56);
        in.bytes[bit / 8u] = (uint8_t)(in.bytes[bit / 8u] ^ (1u << bit % 8u));
        assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_DESTINATION);
    }
}

static void broadcast_and_multicast_frames_are_accepted(void **state)
{
    (void)state;
    static const char *const groups[] = {"ff:ff:ff:ff:ff:ff", "33:33:00:00:00:01", "33:33:ff:00:00:01",
                                         "01:00:5e:00:00:01"};
    for (uint32_t i = 0; i < 4u; i++) {
        make_echo(5);
        test_mac(in.bytes, groups[i]);
        assert_answered();
    }
}

static void other_ether_types_are_dropped(void **state)
{
    (void)state;
    static const uint16_t types[] = {0x0800, 0x0806, 0x8100, 0x86DC, 0x86DE, 0xDD86, 0x00DD, 0x8600, 46, 0, 0xFFFF};
    for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        make_echo(56);
        in.bytes[12] = (uint8_t)(types[i] >> 8);
        in.bytes[13] = (uint8_t)(types[i] & 0xFFu);
        assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_TYPE);
    }
}

/* Insert a tag after the Ethernet addresses. */
static void insert_tag(struct test_frame *frame, uint16_t type, uint16_t tag)
{
    memmove(frame->bytes + 16, frame->bytes + 12, frame->length - 12u);
    frame->bytes[12] = (uint8_t)(type >> 8);
    frame->bytes[13] = (uint8_t)(type & 0xFFu);
    frame->bytes[14] = (uint8_t)(tag >> 8);
    frame->bytes[15] = (uint8_t)(tag & 0xFFu);
    frame->length += 4u;
}

/* VLAN 0 is no VLAN, with any priority (IEEE 802.1Q). The reply has no tag. */
static void priority_tagged_frames_are_accepted(void **state)
{
    (void)state;
    for (uint32_t priority = 0; priority < 16u; priority++) { /* and Drop Eligible */
        for (uint32_t size = 0; size < 120u; size++) {
            make_echo(size);
            insert_tag(&in, 0x8100, (uint16_t)(priority << 12));
            assert_answered();
        }
    }
    f.capacity = 1518;
    make_echo(1452);
    insert_tag(&in, 0x8100, 0);
    assert_answered();
}

static void frames_of_a_vlan_are_dropped(void **state)
{
    (void)state;
    for (uint32_t vlan = 1; vlan < 4096u; vlan++) {
        make_echo(56);
        insert_tag(&in, 0x8100, (uint16_t)(0xE000u + vlan));
        assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_TYPE);
    }
    static const uint16_t outer[] = {0x88A8, 0x9100, 0x8100};
    for (uint32_t i = 0; i < 3u; i++) {
        for (uint32_t tags = i == 2u ? 1u : 0u; tags < 3u; tags++) {
            make_echo(56);
            for (uint32_t j = 0; j < tags; j++) {
                insert_tag(&in, 0x8100, 0);
            }
            insert_tag(&in, outer[i], 0);
            assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_TYPE);
        }
    }
}

static void tagged_frames_that_are_cut_short_or_not_ipv6_are_dropped(void **state)
{
    (void)state;
    for (uint32_t length = 14; length < 18u; length++) {
        make_echo(56);
        insert_tag(&in, 0x8100, 0);
        in.length = length;
        f.capacity = length;
        assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_TYPE);
    }
    for (uint32_t length = 18; length < 58u; length++) {
        make_echo(56);
        insert_tag(&in, 0x8100, 0);
        in.length = length;
        f.capacity = length;
        assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_LENGTH);
    }
    f.capacity = 1514;
    make_echo(56);
    in.bytes[13] = 0;
    insert_tag(&in, 0x8100, 0);
    assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_TYPE);
}

static void frames_shorter_than_an_ethernet_header_are_dropped(void **state)
{
    (void)state;
    for (uint32_t length = 0; length < 14u; length++) {
        make_echo(56);
        in.length = length;
        assert_dropped_in_tight_buffer(V6NF_DROP_ETHER_LENGTH);
    }
}

static void length_beyond_the_buffer_is_dropped(void **state)
{
    (void)state;
    make_echo(56);
    uint8_t *buffer = malloc(in.length);
    assert_non_null(buffer);
    memcpy(buffer, in.bytes, in.length);
    assert_int_equal(v6nf_node_input(&f.node, buffer, in.length + 1u, in.length, f.now), 0);
    assert_counted(&f, V6NF_DROP_ETHER_LENGTH, 1);
    assert_int_equal(v6nf_node_input(&f.node, buffer, UINT32_MAX, in.length, f.now), 0);
    assert_counted(&f, V6NF_DROP_ETHER_LENGTH, 2);
    assert_int_equal(v6nf_node_input(&f.node, buffer, in.length, in.length, f.now), in.length);
    free(buffer);
}

/* -- Link padding -------------------------------------------------------------------------------------------------- */

/* Bytes after the packet are not part of it: they are neither checked nor sent back. */
static void link_padding_is_ignored(void **state)
{
    (void)state;
    for (uint32_t padding = 1; padding <= 60u; padding++) {
        make_echo(padding % 2u);
        memset(in.bytes + in.length, 0xEE, padding);
        in.length += padding;
        assert_answered();
    }
}

/* A packet of 40 bytes in the shortest Ethernet frame, 60 bytes (IEEE 802.3, 4A.4.2): the error quotes 40. */
static void link_padding_is_not_quoted(void **state)
{
    (void)state;
    frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 253, 64, NULL, 0);
    memset(in.bytes + in.length, 0xEE, 6);
    in.length = 60;
    frame_error(&expected, &in, f.peer.mac, 4, 1, 6);
    assert_int_equal(expected.length, 14 + 40 + 8 + 40);
    assert_answered();
}

/* -- The IPv6 header ----------------------------------------------------------------------------------------------- */

static void frames_shorter_than_an_ipv6_header_are_dropped(void **state)
{
    (void)state;
    for (uint32_t length = 14; length < 54u; length++) {
        make_echo(56);
        in.length = length;
        assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_LENGTH);
    }
}

static void other_versions_are_dropped(void **state)
{
    (void)state;
    for (uint32_t version = 0; version < 16u; version++) {
        if (version != 6u) {
            make_echo(56);
            in.bytes[14] = (uint8_t)(version << 4);
            assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_VERSION);
        }
    }
}

static void payload_length_beyond_the_frame_is_dropped(void **state)
{
    (void)state;
    static const uint32_t beyond[] = {1, 2, 100, 65535 - 64};
    for (uint32_t i = 0; i < 4u; i++) {
        make_echo(56);
        in.bytes[18] = (uint8_t)((64u + beyond[i]) / 256u);
        in.bytes[19] = (uint8_t)((64u + beyond[i]) % 256u);
        assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_LENGTH);
    }
    make_echo(56);
    in.length--;
    assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_LENGTH);
}

/* Without payload there is neither ICMPv6 message nor datagram. */
static void payload_length_zero_is_no_upper_layer(void **state)
{
    (void)state;
    make_echo(56);
    in.bytes[19] = 0;
    assert_dropped_in_tight_buffer(V6NF_DROP_ICMPV6_LENGTH);
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, 1000, 2000, 8);
    in.bytes[19] = 0;
    assert_dropped_in_tight_buffer(V6NF_DROP_UDP_LENGTH);
}

static void impossible_sources_are_dropped(void **state)
{
    (void)state;
    static const char *const sources[] = {"ff02::1", "ff0e::1", "ff00::", "::1", "::ffff:0:0", "::ffff:127.0.0.1"};
    for (uint32_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        frame_echo(&in, NODE_MAC, f.peer.mac, sources[i], NODE_GLOBAL, 128, 7, 1, 8);
        assert_dropped_in_tight_buffer(V6NF_DROP_IPV6_SOURCE);
    }
}

/* None of these is an address of a node on a link (RFC 4291, 2.5.2, 2.5.3 and 2.7). */
static void impossible_destinations_are_dropped(void **state)
{
    (void)state;
    static const char *const destinations[] = {"::", "::1", "ff00::1", "ff01::1", "ff11::1"};
    for (uint32_t i = 0; i < 5u; i++) {
        frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, destinations[i], 128, 7, 1, 8);
        assert_dropped_in_tight_buffer(V6NF_DROP_NOT_OURS);
    }
}

/* A host does not forward, and so does not check the Hop Limit (RFC 8200, 3). */
static void any_hop_limit_is_accepted_at_the_destination(void **state)
{
    (void)state;
    static const uint8_t limits[] = {0, 1, 2, 64, 255};
    for (uint32_t i = 0; i < 5u; i++) {
        make_echo(8);
        in.bytes[21] = limits[i];
        assert_answered();
    }
}

static void any_traffic_class_and_flow_label_are_accepted(void **state)
{
    (void)state;
    make_echo(8);
    in.bytes[14] = 0x6F;
    in.bytes[15] = 0xFE;
    in.bytes[16] = 0xDC;
    in.bytes[17] = 0xBA;
    assert_answered();
}

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

static void packets_for_others_are_dropped(void **state)
{
    (void)state;
    static const char *const others[] = {
        "2001:db8::2",                                   /* another node */
        "2001:db8::",                                    /* Subnet-Router anycast (RFC 4291, 2.6.1): a host has none */
        "2001:db8:0:1::1", "fe80::ff:fe00:2", "ff02::2", /* all routers: not a host's */
        "ff02::1:ff00:2",                                /* the solicited-node address of another node */
        "ff02::1:fe00:1",  "ff02::1:3",       "ff02::2:1",
        "ff05::1", /* all nodes of the site: there is no such group (RFC 4291, 2.7.1) */
        "ff0e::1",         "ff02:1::1",       "ff02::1:0:1",
    };
    for (uint32_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        frame_echo(&in, NODE_MAC, f.peer.mac, f.peer.address, others[i], 128, 7, 1, 8);
        assert_dropped_in_tight_buffer(V6NF_DROP_NOT_OURS);
    }
}

static void packets_to_a_tentative_address_are_dropped(void **state)
{
    (void)state;
    static struct fixture detecting;
    fixture_start_detection(&detecting, 1, 1);
    frame_echo(&in, NODE_MAC, f.peer.mac, "fe80::2", NODE_LINK_LOCAL, 128, 7, 1, 8);
    fixture_input(&detecting, &in);
    assert_nothing(&detecting.out);
    assert_counted(&detecting, V6NF_DROP_NOT_OURS, 1); /* RFC 4862, 5.4 */
    fixture_run_until(&detecting, detecting.now + 3u * SECOND);
    fixture_input(&detecting, &in);
    assert_counted(&detecting, V6NF_DROP_NOT_OURS, 1);
    assert_counted(&detecting, V6NF_ECHO_REPLIES, 1);
}

static void packets_to_joined_groups_are_accepted(void **state)
{
    (void)state;
    static const char *const groups[] = {"ff02::1", "ff02::1:ff00:1"};
    for (uint32_t i = 0; i < 2u; i++) {
        frame_echo(&in, test_group_mac(groups[i]), f.peer.mac, f.peer.address, groups[i], 128, 7, 1, 8);
        frame_echo_reply(&expected, &f.peer, NODE_GLOBAL, 7, 1, 8);
        assert_answered();
    }
}

/* The source is spoofed, or the link loops. Nothing is sent to the node itself. */
static void packets_from_an_own_address_are_not_answered(void **state)
{
    (void)state;
    static const char *const own[] = {NODE_GLOBAL, NODE_LINK_LOCAL};
    for (uint32_t i = 0; i < 2u; i++) {
        frame_echo(&in, NODE_MAC, NODE_MAC, own[i], NODE_GLOBAL, 128, 7, 1, 8);
        fixture_mark(&f);
        fixture_input(&f, &in);
        assert_nothing(&f.out);
        assert_null(fixture_neighbor(&f, own[i]));
        fixture_run_until(&f, f.now + 10u * SECOND);
        assert_sent_count(&f, 0);
    }
}

/* -- Next Header --------------------------------------------------------------------------------------------------- */

static void no_next_header_is_dropped_silently(void **state)
{
    (void)state;
    for (uint32_t length = 0; length < 20u; length++) {
        frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 59, 64, NULL, length);
        assert_dropped_in_tight_buffer(V6NF_DROP_NO_NEXT_HEADER);
    }
}

static bool is_known(uint32_t next_header)
{
    return next_header == 0u || next_header == 17u || next_header == 43u || next_header == 44u || next_header == 58u ||
           next_header == 59u || next_header == 60u;
}

/* The seed makes values unpredictable for other hosts: a program that forgets it must notice. */
static void node_without_a_seed_is_refused(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    struct v6nf_node_config config = {.mac = mac, .mtu = 1500};
    static struct v6nf_node before;
    before = f.node;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_INVALID);
    assert_memory_equal(&f.node, &before, sizeof before);
    config.predictable = true;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
    config.predictable = false;
    config.seed = UINT64_C(1) << 63;
    assert_int_equal(v6nf_node_init(&f.node, &config, f.now), V6NF_OK);
}

/* A program and a library with different table sizes disagree about the size of a node. */
static void node_of_another_size_is_refused(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
    const struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .seed = 1};
    static struct v6nf_node before;
    before = f.node;
    assert_int_equal(v6nf_node_init_sized(&f.node, sizeof f.node - 8u, &config, f.now), V6NF_INVALID);
    assert_int_equal(v6nf_node_init_sized(&f.node, sizeof f.node + 8u, &config, f.now), V6NF_INVALID);
    assert_memory_equal(&f.node, &before, sizeof before);
}

/* The configuration may point into the node, which init() clears. */
static void node_can_be_initialized_from_its_own_fields(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
    static const uint8_t secret[16] = "sixteen letters";
    static struct v6nf_node node;
    static struct v6nf_node before;
    const struct v6nf_node_config config = {.mac = mac, .mtu = 1500, .secret = secret, .seed = 1};
    const struct v6nf_node_config again = {.mac = node.mac, .mtu = 1500, .secret = node.secret, .seed = 1};
    assert_int_equal(v6nf_node_init(&node, &config, f.now), V6NF_OK);
    before = node;
    assert_int_equal(v6nf_node_init(&node, &again, f.now), V6NF_OK);
    assert_memory_equal(&node, &before, sizeof node);
}

/* Parameter Problem, code 1, with the pointer at the Next Header field (RFC 8200, 4). */
static void unrecognized_next_headers_are_answered_with_an_error(void **state)
{
    (void)state;
    static const uint8_t payload[] = "\73\0unknown protocol"; /* No Next Header after an Authentication Header */
    for (uint32_t next_header = 0; next_header < 256u; next_header++) {
        if (is_known(next_header)) {
            continue;
        }
        f.now += SECOND;
        frame_ipv6(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, (uint8_t)next_header, 3, payload,
                   next_header % sizeof payload);
        frame_error(&expected, &in, f.peer.mac, 4, 1, 6);
        fixture_make_reachable(&f, &f.peer);
        assert_answered();
        assert_counted(&f, V6NF_ERRORS, 1);
    }
}

/* No error is sent to these (RFC 4443, 2.4 (e)). */
static void unrecognized_next_headers_without_error_allowed_are_dropped(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"33:33:00:00:00:01", "2001:db8::2", "ff02::1"},
        {NODE_MAC, "2001:db8::2", "ff02::1"},
        {"33:33:00:00:00:01", "2001:db8::2", NODE_GLOBAL},
        {"ff:ff:ff:ff:ff:ff", "2001:db8::2", NODE_GLOBAL},
        {NODE_MAC, "::", NODE_GLOBAL},
    };
    for (uint32_t i = 0; i < 5u; i++) {
        frame_ipv6(&in, cases[i][0], f.peer.mac, cases[i][1], cases[i][2], 253, 64, NULL, 8);
        assert_dropped_in_tight_buffer(V6NF_DROP_NEXT_HEADER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(frame_to_the_node_is_accepted, setup_exchange),
        cmocka_unit_test_setup(frame_to_another_station_is_dropped, setup_exchange),
        cmocka_unit_test_setup(broadcast_and_multicast_frames_are_accepted, setup_exchange),
        cmocka_unit_test_setup(other_ether_types_are_dropped, setup_exchange),
        cmocka_unit_test_setup(priority_tagged_frames_are_accepted, setup_exchange),
        cmocka_unit_test_setup(frames_of_a_vlan_are_dropped, setup_exchange),
        cmocka_unit_test_setup(tagged_frames_that_are_cut_short_or_not_ipv6_are_dropped, setup_exchange),
        cmocka_unit_test_setup(frames_shorter_than_an_ethernet_header_are_dropped, setup_exchange),
        cmocka_unit_test_setup(length_beyond_the_buffer_is_dropped, setup_exchange),
        cmocka_unit_test_setup(link_padding_is_ignored, setup_exchange),
        cmocka_unit_test_setup(link_padding_is_not_quoted, setup_exchange),
        cmocka_unit_test_setup(frames_shorter_than_an_ipv6_header_are_dropped, setup_exchange),
        cmocka_unit_test_setup(other_versions_are_dropped, setup_exchange),
        cmocka_unit_test_setup(payload_length_beyond_the_frame_is_dropped, setup_exchange),
        cmocka_unit_test_setup(payload_length_zero_is_no_upper_layer, setup_exchange),
        cmocka_unit_test_setup(impossible_sources_are_dropped, setup_exchange),
        cmocka_unit_test_setup(impossible_destinations_are_dropped, setup_exchange),
        cmocka_unit_test_setup(any_hop_limit_is_accepted_at_the_destination, setup_exchange),
        cmocka_unit_test_setup(any_traffic_class_and_flow_label_are_accepted, setup_exchange),
        cmocka_unit_test_setup(packets_for_others_are_dropped, setup_exchange),
        cmocka_unit_test_setup(packets_to_a_tentative_address_are_dropped, setup_exchange),
        cmocka_unit_test_setup(packets_to_joined_groups_are_accepted, setup_exchange),
        cmocka_unit_test_setup(packets_from_an_own_address_are_not_answered, setup_exchange),
        cmocka_unit_test_setup(no_next_header_is_dropped_silently, setup_exchange),
        cmocka_unit_test_setup(node_without_a_seed_is_refused, setup_exchange),
        cmocka_unit_test_setup(node_of_another_size_is_refused, setup_exchange),
        cmocka_unit_test_setup(node_can_be_initialized_from_its_own_fields, setup_exchange),
        cmocka_unit_test_setup(unrecognized_next_headers_are_answered_with_an_error, setup_exchange),
        cmocka_unit_test_setup(unrecognized_next_headers_without_error_allowed_are_dropped, setup_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
