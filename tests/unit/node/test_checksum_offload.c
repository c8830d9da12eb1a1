/* test_checksum_offload.c: flags of lengths (port.h): what the node believes, and what it leaves to the device. */
#include "fixture_exchange.h"

#include "v6nf/port.h"
#include "v6nf/wire/checksum.h"
#include "v6nf/wire/udp.h"

#include <string.h>

#if V6NF_CHECKSUM_OFFLOAD
/* Where size counts, the node computes the checksums of replies itself. */
#ifdef __OPTIMIZE_SIZE__
#define LEAVES_THEM_TO_THE_DEVICE false
#else
#define LEAVES_THEM_TO_THE_DEVICE true
#endif

#define GOOD V6NF_PORT_CHECKSUM_GOOD
#define WRONG V6NF_PORT_CHECKSUM_WRONG
#define PARTIAL V6NF_PORT_CHECKSUM_PARTIAL

#define PORT 7000u
#define PEER_PORT 4000u
#define IPV6 14u
#define UDP 54u
#define CHECKSUM 60u
#define DATA 62u
#define CAPACITY 1514u
#define ALL 0xFFFFFFFEu

static struct {
    uint32_t calls;
    uint32_t answer; /* bytes; ALL that were received */
    bool unchanged;
    const char *leaves; /* an address that it removes */
} program;

static uint32_t handler(void *context, struct v6nf_udp_datagram *datagram)
{
    (void)context;
    program.calls++;
    datagram->unchanged = program.unchanged;
    if (program.leaves != NULL) {
        const struct v6nf_address address = test_address_of(program.leaves);
        (void)v6nf_node_remove_address(&f.node, &address);
    }
    return program.answer == ALL ? datagram->length : program.answer;
}

static uint32_t out_length; /* what v6nf_node_input() has returned */
static uint8_t buffer[CAPACITY];

/* Start a node whose device has `checksums`. */
static void start(uint8_t checksums)
{
    fixture_start_with(&f, 1, 1500);
    fixture_make_reachable(&f, &f.peer);
    f.node.checksums = checksums;
    memset(&program, 0, sizeof program);
    assert_int_equal(v6nf_udp_bind(&f.node, PORT, handler, NULL), V6NF_OK);
    fixture_mark(&f);
}

static int setup(void **state)
{
    (void)state;
    start(0);
    return 0;
}

static void give(const struct test_frame *frame, uint32_t flags)
{
    program.calls = 0;
    fixture_mark(&f);
    memset(buffer, 0xEE, sizeof buffer);
    memcpy(buffer, frame->bytes, frame->length);
    out_length = v6nf_node_input(&f.node, buffer, frame->length | flags, CAPACITY, f.now);
}

/* Build a datagram of `length` bytes to the node. */
static void make(uint32_t length)
{
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, PEER_PORT, PORT, length);
}

/* The same, with a wrong checksum. */
static void make_wrong(uint32_t length)
{
    make(length);
    in.bytes[CHECKSUM] ^= 0x55u;
}

/* Write the sum of the pseudo-header into the checksum field. */
static void make_partial(struct test_frame *frame)
{
    const uint32_t length = v6nf_load16(frame->bytes + UDP + 4u);
    const uint64_t sum = v6nf_checksum_pseudo(frame->bytes + IPV6 + 8u, length, 17);
    v6nf_store_word16(frame->bytes + CHECKSUM, v6nf_checksum_fold(sum));
}

/* Return true if the checksum of the datagram in a frame is right. */
static bool is_right(const uint8_t *frame)
{
    uint32_t length = 0;
    return v6nf_udp_check(frame + IPV6, frame + UDP, v6nf_load16(frame + IPV6 + 4u), &length) == V6NF_UDP_GOOD;
}

/* Assert that the reply has `length` bytes of data and a right checksum, or the sum of the pseudo-header and a flag. */
static void assert_reply(uint32_t length, bool inserts)
{
    inserts = inserts && LEAVES_THEM_TO_THE_DEVICE;
    frame_udp(&expected, f.peer.mac, NODE_MAC, NODE_GLOBAL, f.peer.address, 64, PORT, PEER_PORT, length);
    if (inserts) {
        make_partial(&expected);
    }
    assert_int_equal(out_length, expected.length | (inserts ? PARTIAL : 0u));
    assert_memory_equal(buffer, expected.bytes, expected.length);
}

/* -- What is believed ---------------------------------------------------------------------------------------------- */

static void the_device_is_believed(void **state)
{
    (void)state;
    make_wrong(100);
    give(&in, 0);
    assert_int_equal(program.calls, 0);
    assert_counted(&f, V6NF_DROP_UDP_CHECKSUM, 1);
    give(&in, GOOD);
    assert_int_equal(program.calls, 1);
    assert_counted(&f, V6NF_DELIVERED, 1);
    assert_counted(&f, V6NF_RECEIVED, 1);
    make(100);
    give(&in, GOOD);
    assert_int_equal(program.calls, 1);
}

/* A device that finds it wrong may be wrong. */
static void a_wrong_checksum_is_verified_again(void **state)
{
    (void)state;
    make(100);
    give(&in, WRONG);
    assert_int_equal(program.calls, 1);
    make_wrong(100);
    give(&in, WRONG);
    assert_int_equal(program.calls, 0);
    assert_counted(&f, V6NF_DROP_UDP_CHECKSUM, 1);
}

/* Give the frame, in which the checksum is wrong, with the device's word that it is right. It must not be believed. */
static void assert_not_believed(const struct test_frame *frame, enum v6nf_counter counter)
{
    give(frame, GOOD);
    assert_int_equal(program.calls, 0);
    assert_int_equal(out_length, 0);
    assert_int_equal(fixture_counted(&f, counter), 1);
}

static void only_a_datagram_as_it_arrived_is_believed(void **state)
{
    (void)state;
    make_wrong(100); /* a shorter datagram than the packet */
    in.bytes[UDP + 5u]--;
    assert_not_believed(&in, V6NF_DROP_UDP_CHECKSUM);
    make(100); /* no checksum */
    in.bytes[CHECKSUM] = in.bytes[CHECKSUM + 1u] = 0;
    assert_not_believed(&in, V6NF_DROP_UDP_CHECKSUM_ZERO);
    make(100); /* a longer one, and one that has no header */
    in.bytes[UDP + 5u]++;
    assert_not_believed(&in, V6NF_DROP_UDP_LENGTH);
    make(0);
    in.bytes[UDP + 5u] = 7;
    assert_not_believed(&in, V6NF_DROP_UDP_LENGTH);
    frame_udp(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 64, PEER_PORT, PORT, 100);
    in.bytes[CHECKSUM] ^= 1u;
    assert_not_believed(&in, V6NF_DROP_UDP_CHECKSUM);
    frame_echo_request(&in, &f.peer, NODE_GLOBAL, 1, 1, 56);
    in.bytes[100] ^= 1u;
    assert_not_believed(&in, V6NF_DROP_ICMPV6_CHECKSUM);
}

/* Insert `size` bytes behind the IPv6 header, which begin with the type of what follows. */
static void insert_header(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t size)
{
    memmove(frame->bytes + UDP + size, frame->bytes + UDP, frame->length - UDP);
    memcpy(frame->bytes + UDP, header, size);
    frame->bytes[IPV6 + 6u] = type;
    frame->length += size;
    v6nf_store16(frame->bytes + IPV6 + 4u, (uint16_t)(frame->length - UDP));
}

static void headers_before_the_datagram_are_not_believed(void **state)
{
    (void)state;
    static const uint8_t options[8] = {17, 0, 1, 4};
    static const uint8_t types[] = {0, 60};
    for (uint32_t i = 0; i < sizeof types; i++) {
        make_wrong(100);
        insert_header(&in, types[i], options, sizeof options);
        assert_not_believed(&in, V6NF_DROP_UDP_CHECKSUM);
        make(100);
        insert_header(&in, types[i], options, sizeof options);
        give(&in, GOOD);
        assert_int_equal(program.calls, 1);
    }
    make_wrong(100); /* a priority tag */
    memmove(in.bytes + 16, in.bytes + 12, in.length - 12u);
    in.length += 4u;
    memcpy(in.bytes + 12, (const uint8_t[]){0x81, 0, 0xE0, 0}, 4);
    assert_not_believed(&in, V6NF_DROP_UDP_CHECKSUM);
}

/* Each piece is right for the device, but not the whole. */
static void a_reassembled_datagram_is_verified(void **state)
{
    (void)state;
    for (uint32_t is_wrong = 0; is_wrong < 2u; is_wrong++) {
        static struct test_frame pieces[2];
        make(1000);
        in.bytes[DATA + 700u] ^= is_wrong != 0u ? 1u : 0u;
        for (uint32_t i = 0; i < 2u; i++) {
            const uint32_t first = i * 504u;
            const uint32_t size = 504;
            const uint8_t header[8] = {
                17, 0, (uint8_t)(first >> 8), (uint8_t)((first & 0xF8u) + (i == 0u ? 1u : 0u)), 0,
                0,  1, (uint8_t)is_wrong};
            pieces[i] = in;
            memcpy(pieces[i].bytes + UDP, in.bytes + UDP + first, size);
            pieces[i].length = UDP + size;
            insert_header(&pieces[i], 44, header, sizeof header);
            give(&pieces[i], GOOD);
        }
        assert_int_equal(program.calls, is_wrong == 0u ? 1 : 0);
        assert_counted(&f, V6NF_DROP_UDP_CHECKSUM, is_wrong);
    }
}

/* -- Datagrams of the same host ------------------------------------------------------------------------------------ */

static void a_partial_checksum_is_good(void **state)
{
    (void)state;
    for (uint32_t length = 0; length <= 1452u; length += 1u + length / 10u) {
        make(length);
        make_partial(&in);
        give(&in, PARTIAL);
        assert_int_equal(program.calls, 1);
        give(&in, 0);
        assert_int_equal(program.calls, 0);
    }
}

/* Where the device's word is not believed, the checksum is completed: a group, a port without a handler, and a datagram
 * that does not fill its packet. */
static void a_partial_checksum_is_completed(void **state)
{
    (void)state;
    frame_udp(&in, "33:33:00:00:00:01", f.peer.mac, f.peer.address, "ff02::1", 64, PEER_PORT, PORT, 100);
    make_partial(&in);
    give(&in, PARTIAL);
    assert_int_equal(program.calls, 1);
    frame_udp(&in, NODE_MAC, f.peer.mac, f.peer.address, NODE_GLOBAL, 64, PEER_PORT, PORT + 1u, 100);
    memcpy(&expected, &in, sizeof in);
    make_partial(&in);
    give(&in, PARTIAL);
    assert_int_equal(out_length, UDP + 8u + 40u + 108u);
    assert_memory_equal(buffer + UDP + 8u, expected.bytes + IPV6, 148); /* the packet in the error */
    make(100);
    in.bytes[IPV6 + 5u]++;
    in.length++;
    make_partial(&in);
    give(&in, PARTIAL);
    assert_int_equal(program.calls, 1);
}

/* -- What is left to the device ------------------------------------------------------------------------------------ */

static void replies_are_complete_without_insertion(void **state)
{
    (void)state;
    static const uint32_t flags[] = {0, GOOD, WRONG, PARTIAL};
    for (uint32_t i = 0; i < 8u; i++) {
        program.answer = ALL;
        program.unchanged = i >= 4u;
        make(300);
        if (flags[i % 4u] == PARTIAL) {
            make_partial(&in);
        }
        give(&in, flags[i % 4u]);
        assert_reply(300, false);
    }
    program.unchanged = true; /* of another length */
    program.answer = 200;
    make(300);
    give(&in, GOOD);
    assert_reply(200, false);
}

static void replies_are_left_to_the_device(void **state)
{
    (void)state;
    start(V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS);
    program.answer = ALL;
    make(300);
    give(&in, GOOD);
    assert_reply(300, true);
    program.answer = 20;
    give(&in, GOOD);
    assert_reply(20, true);
    program.answer = V6NF_UDP_EMPTY_REPLY;
    give(&in, GOOD);
    assert_reply(0, true);
    program.answer = ALL;
    program.unchanged = true; /* the checksum is right as it is */
    give(&in, GOOD);
    assert_reply(300, false);
    make_partial(&in);
    give(&in, PARTIAL);
    assert_reply(300, true);
    make(300); /* the device has not looked at it */
    program.unchanged = false;
    give(&in, 0);
    assert_reply(300, false);
}

/* The device always inserts: the field is 0. */
static void fields_are_zero_for_a_device_that_always_inserts(void **state)
{
    (void)state;
    start(V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS_ALWAYS);
    program.answer = ALL;
    make(300);
    give(&in, GOOD);
    assert_int_equal(out_length, in.length);
    assert_true(LEAVES_THEM_TO_THE_DEVICE ? v6nf_load16(buffer + CHECKSUM) == 0u : is_right(buffer));
}

/* The station answers the solicitation: the datagram that has waited for that is sent, and its checksum is right. */
static void assert_complete_when_resolved(const struct test_station *other)
{
    struct test_frame advertisement;
    frame_na(&advertisement, NODE_MAC, other->mac, other->address, NODE_GLOBAL, other->address, NA_S | NA_O,
             other->mac);
    fixture_mark(&f);
    fixture_input(&f, &advertisement);
    fixture_tick(&f);
    const uint8_t *sent = f.out.length > 0u ? f.out.bytes : f.sent[0].frame.bytes;
    assert_int_equal(sent[IPV6 + 6u], 17);
    assert_true(is_right(sent));
}

/* A reply that waits for its neighbor, or is sent in fragments, has its checksum when it is sent. */
static void replies_that_wait_are_complete(void **state)
{
    (void)state;
    start(V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS);
    const struct test_station other = {"02:00:00:00:00:07", "2001:db8::7"};
    program.answer = ALL;
    frame_udp(&in, NODE_MAC, other.mac, other.address, NODE_GLOBAL, 64, PEER_PORT, PORT, 100);
    give(&in, GOOD);
    assert_int_equal(program.calls, 1);
    assert_int_equal(out_length & ~V6NF_PORT_LENGTH, 0);
    assert_complete_when_resolved(&other);
}

/* The handler removes the address that the datagram was for. */
static void a_reply_from_a_removed_address_is_dropped(void **state)
{
    (void)state;
    start(V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS);
    program.answer = ALL;
    program.leaves = NODE_GLOBAL;
    make(100);
    give(&in, GOOD);
    assert_int_equal(out_length, 0);
    assert_counted(&f, V6NF_DROP_NO_SOURCE, 1);
}

/* -- What the program sends ---------------------------------------------------------------------------------------- */

static uint8_t sent[4096];

/* Let the program send a datagram of `length` bytes. Set out_length. */
static enum v6nf_send_status send_to(const char *address, uint32_t length, bool without_checksum)
{
    const struct v6nf_udp_message message = {.remote = test_address_of(address),
                                             .remote_port = PEER_PORT,
                                             .local_port = PORT,
                                             .without_checksum = without_checksum};
    memset(sent, 0xEE, sizeof sent);
    for (uint32_t i = 0; i < length; i++) {
        sent[DATA + i] = (uint8_t)(i * 7u);
    }
    return v6nf_udp_send(&f.node, sent, length, sizeof sent, &message, &out_length, f.now);
}

/* Send the datagram twice, by a node that sums, and by one whose device has `checksums`. Assert that both send the same
 * the second time, but for the checksum if the device inserts it. */
static void compare_sent(const char *address, uint32_t length, uint8_t checksums, bool inserts)
{
    static struct test_frame first;
    start(0);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(send_to(address, length, false), V6NF_SEND_SENT);
    }
    first.length = out_length;
    memcpy(first.bytes, sent, out_length);
    const uint32_t originated = (uint32_t)fixture_counted(&f, V6NF_ORIGINATED);
    start(checksums);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(send_to(address, length, false), V6NF_SEND_SENT);
    }
    assert_int_equal(fixture_counted(&f, V6NF_ORIGINATED), originated);
    const bool is_left = inserts && LEAVES_THEM_TO_THE_DEVICE;
    const bool always = checksums == V6NF_PORT_INSERTS_ALWAYS;
    if (is_left) {
        make_partial(&first);
    }
    if (is_left && always) {
        v6nf_store16(first.bytes + CHECKSUM, 0);
    }
    assert_int_equal(out_length, first.length | (is_left && !always ? PARTIAL : 0u));
    assert_memory_equal(sent, first.bytes, first.length);
}

static void datagrams_are_left_to_the_device(void **state)
{
    (void)state;
    for (uint32_t length = 0; length <= 1438u; length += 1u + length / 10u) {
        compare_sent(f.peer.address, length, V6NF_PORT_VERIFIES | V6NF_PORT_INSERTS, true);
        compare_sent(f.peer.address, length, V6NF_PORT_INSERTS_ALWAYS, true);
        compare_sent(f.peer.address, length, V6NF_PORT_VERIFIES, false);
    }
    start(V6NF_PORT_INSERTS); /* to two neighbors alternately: neither is that of the last packet */
    const struct test_station other = {"02:00:00:00:00:07", "2001:db8::7"};
    fixture_make_reachable(&f, &other);
    for (uint32_t i = 0; i < 6u; i++) {
        assert_int_equal(send_to(i % 2u == 0u ? f.peer.address : other.address, 100, false), V6NF_SEND_SENT);
        assert_true(i < 2u || !LEAVES_THEM_TO_THE_DEVICE || out_length == (DATA + 100u) + PARTIAL);
    }
}

/* The device cannot insert the checksum of what it is not given whole, or not at once. */
static void fragments_and_groups_are_complete(void **state)
{
    (void)state;
    compare_sent(f.peer.address, 2000, V6NF_PORT_INSERTS, false);
    assert_int_equal(sent[IPV6 + 6u], 44);
    compare_sent("ff02::1", 100, V6NF_PORT_INSERTS, false);
    compare_sent("ff02::1", 100, V6NF_PORT_INSERTS_ALWAYS, false);
}

static void datagrams_that_wait_are_complete(void **state)
{
    (void)state;
    start(V6NF_PORT_INSERTS);
    const struct test_station other = {"02:00:00:00:00:07", "2001:db8::7"};
    assert_int_equal(send_to(other.address, 100, false), V6NF_SEND_WAITS);
    assert_int_equal(out_length, 86); /* the solicitation */
    assert_complete_when_resolved(&other);
}

static void a_datagram_to_the_node_itself_is_complete(void **state)
{
    (void)state;
    start(V6NF_PORT_INSERTS);
    assert_int_equal(send_to(NODE_GLOBAL, 100, false), V6NF_SEND_SENT);
    assert_int_equal(out_length, 0);
}

static void a_datagram_without_checksum_stays_so(void **state)
{
    (void)state;
#if V6NF_UDP_ZERO_CHECKSUM
    start(V6NF_PORT_INSERTS);
    assert_int_equal(v6nf_udp_allow_no_checksum(&f.node, PORT, V6NF_UDP_SEND), V6NF_OK);
    for (uint32_t i = 0; i < 2u; i++) {
        assert_int_equal(send_to(f.peer.address, 100, true), V6NF_SEND_SENT);
        assert_int_equal(out_length, DATA + 100u);
        assert_int_equal(v6nf_load16(sent + CHECKSUM), 0);
    }
#endif
}

/* Any flags with any length, of a frame that is cut off anywhere: only what is in the frame is read, and a wrong
 * checksum leaves only with the flag. */
static void any_flags_and_lengths(void **state)
{
    (void)state;
    uint32_t seed = 1;
    uint8_t device = 0;
    for (uint32_t i = 0; i < 200000u; i++) {
        seed = seed * 1664525u + 1013904223u;
        const uint32_t random = seed >> 8;
        if (i % 50000u == 0u) {
            device = (uint8_t)(i / 50000u);
            start(device);
            program.answer = ALL;
        }
        make(random % 64u);
        if (random % 3u == 0u) {
            make_partial(&in);
        }
        if (random % 5u == 0u) {
            in.bytes[14u + random % 64u] = (uint8_t)(random >> 4);
        }
        program.unchanged = random % 7u == 0u;
        const uint32_t length = random % 11u == 0u ? random % (in.length + 1u) : in.length;
        const uint32_t flags = (seed ^ seed << 7) & 0xE0000000u;
        uint8_t exact[256];
        uint8_t *frame = exact + sizeof exact - 128u;
        memset(exact, 0, sizeof exact);
        memcpy(frame, in.bytes, length);
        const uint32_t given = random % 101u == 0u ? flags | 0x1FFFFu : flags | length;
        out_length = v6nf_node_input(&f.node, frame, given, 128, f.now);
        const uint32_t bytes = out_length & V6NF_PORT_LENGTH;
        assert_true(bytes <= 128u);
        if (out_length != bytes) {
            assert_int_equal(out_length - bytes, PARTIAL);
            assert_true((device & V6NF_PORT_INSERTS) != 0u);
            assert_int_equal(frame[IPV6 + 6u], 17);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_device_is_believed),
        TEST(a_wrong_checksum_is_verified_again),
        TEST(only_a_datagram_as_it_arrived_is_believed),
        TEST(headers_before_the_datagram_are_not_believed),
        TEST(a_reassembled_datagram_is_verified),
        TEST(a_partial_checksum_is_good),
        TEST(a_partial_checksum_is_completed),
        TEST(replies_are_complete_without_insertion),
        TEST(replies_are_left_to_the_device),
        TEST(fields_are_zero_for_a_device_that_always_inserts),
        TEST(replies_that_wait_are_complete),
        TEST(a_reply_from_a_removed_address_is_dropped),
        TEST(datagrams_are_left_to_the_device),
        TEST(fragments_and_groups_are_complete),
        TEST(datagrams_that_wait_are_complete),
        TEST(a_datagram_to_the_node_itself_is_complete),
        TEST(a_datagram_without_checksum_stays_so),
        TEST(any_flags_and_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0;
}
#endif
