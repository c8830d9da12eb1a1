/* section_4.c: cases 4: path MTU discovery (RFC 8201; RFC 4861, 6.3.4 for the MTU option). */
#include <string.h>

#include "suite.h"

#define ETHER 14u
#define HEADERS 54u
#define LINK_MTU 1500u

#define PACKET_TOO_BIG 2u

/* A group of global scope: routers forward its packets. */
#define GROUP "ff1e::1:2"

static struct test_frame request;
static struct test_frame whole;   /* the last packet of the NUT, reassembled */
static struct test_frame longest; /* its longest frame: the one that is too big for a router */

/* -- Packets whole or in fragments --------------------------------------------------------------------------------- */

/* Copy the fragment into `whole`. Return its number of payload bytes. */
static uint32_t put_fragment(const struct test_frame *piece, uint32_t *end)
{
    const uint8_t *header = piece->bytes + HEADERS;
    uint32_t offset = read16(header + 2) & 0xFFF8u;
    uint32_t length = read16(piece->bytes + 18) - 8u;
    bool is_last = (header[3] & 1u) == 0u;
    if ((!is_last && length % 8u != 0u) || offset + length > TEST_FRAME_MAX - HEADERS) {
        fail_because("expected fragments of a multiple of 8 bytes, got one of %u", length);
    }
    memcpy(whole.bytes, piece->bytes, HEADERS);
    memcpy(whole.bytes + HEADERS + offset, header + 8, length);
    whole.bytes[20] = header[0];
    *end = is_last ? offset + length : *end;
    return length;
}

/* Check that the fragment is of the same packet as `longest`: the same Identification, addresses and Next Header. */
static void check_same_packet(const struct test_frame *piece)
{
    if (memcmp(piece->bytes + HEADERS + 4u, longest.bytes + HEADERS + 4u, 4) != 0 ||
        piece->bytes[HEADERS] != longest.bytes[HEADERS] || memcmp(piece->bytes + 22, longest.bytes + 22, 32) != 0) {
        fail_because("expected the same Identification, addresses and Next Header in all fragments, got others");
    }
}

/* Complete the packet in `whole` from its `length` bytes. */
static void finish_whole(uint32_t length)
{
    whole.length = HEADERS + length;
    whole.bytes[18] = (uint8_t)(length >> 8);
    whole.bytes[19] = (uint8_t)length;
    if (frame_checksum(&whole, length, whole.bytes[20]) != 0u) {
        fail_because("expected fragments that make up the packet, got others");
    }
}

/* Receive the next packet of the kind, whole or in fragments, no frame longer than `mtu`, into `whole`. Return its
 * number of frames. */
static unsigned next_packet(unsigned kind, uint32_t mtu)
{
    struct test_frame piece;
    uint32_t end = UINT32_MAX;
    uint32_t sum = 0;
    longest.length = 0;
    for (unsigned count = 1; next_frame(&piece, kind | FRAGMENT | ICMPV6_ERROR, SECOND); count++) {
        if (piece.length > ETHER + mtu) {
            fail_because("expected no packet longer than %u bytes, got one of %u", mtu, piece.length - ETHER);
        }
        if (piece.length > longest.length) {
            longest = piece;
        }
        if (piece.bytes[20] != 44u) {
            whole = piece;
            return count;
        }
        check_same_packet(&piece);
        sum += put_fragment(&piece, &end);
        if (sum == end) {
            finish_whole(end);
            return count;
        }
    }
    fail_because("expected a whole packet, got none");
}

/* Expect that the NUT answers the Echo Request from `from`, via `station`, whose packet has `size` bytes. Its frames
 * have at most `mtu` bytes; there is one if that is enough. */
static void expect_fits(const struct station *station, const char *from, uint32_t size, uint32_t mtu)
{
    const char *own = strncmp(from, "fe80", 4) == 0 ? nut.link_local : nut.global;
    echo_request_of(&request, station, from, own, size - 48u);
    transmit(&request);
    unsigned frames = next_packet(ECHO_REPLY, mtu);
    check_reply(&whole, &request, station->mac);
    if (size <= mtu && (frames != 1u || whole.length != ETHER + size)) {
        fail_because("expected the Echo Reply of %u bytes in one frame, got it in fragments", size);
    }
}

static void expect_fits_from(const char *from, uint32_t mtu)
{
    expect_fits(&tr1, from, LINK_MTU, mtu);
}

/* -- Packet Too Big ------------------------------------------------------------------------------------------------ */

/* Send a Packet Too Big about the last packet, from the station that forwarded it. */
static void too_big_from(const struct station *station, const char *from, uint8_t code, uint32_t mtu)
{
    struct test_frame error;
    icmpv6_error(&error, station, from, PACKET_TOO_BIG, code, mtu, &longest);
    transmit(&error);
}

static void too_big(uint32_t mtu)
{
    too_big_from(&tr1, tr1.global, 0, mtu);
}

static void setup_path(void)
{
    setup();
    answer_for(&tr1);
    answer_for(&tn1);
}

static void ping_of(unsigned size)
{
    setup_path();
    expect_fits(&tn1, tn1.link_local, size, LINK_MTU);
}

/* The estimate is used for its destination, and for no other. */
static void stored(void)
{
    setup_path();
    expect_fits_from(FAR_AWAY, LINK_MTU);
    expect_fits_from(FAR, LINK_MTU);
    too_big(1400);
    expect_fits_from(FAR, 1400);
    expect_fits(&tr1, FAR, 1400, 1400);
    expect_fits_from(FAR_AWAY, LINK_MTU);
    expect_fits(&tn1, tn1.global, LINK_MTU, LINK_MTU);
}

/* The receiver ignores the code (RFC 4443, 3.2). */
static void code_is_ignored(void)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    too_big_from(&tr1, tr1.global, 255, 1400);
    expect_fits_from(FAR, 1400);
}

static void reduced_on_link(void)
{
    setup_path();
    expect_fits(&tn1, tn1.link_local, LINK_MTU, LINK_MTU);
    too_big_from(&tn1, tn1.link_local, 0, 1280);
    expect_fits(&tn1, tn1.link_local, LINK_MTU, 1280);
}

static void reduced_off_link(void)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    too_big(1400);
    expect_fits_from(FAR, 1400);
    too_big(1280);
    expect_fits_from(FAR, 1280);
}

/* It is discarded (RFC 8201, 4): no smaller packets, and no Fragment header in those that fit. */
static void below_minimum(unsigned mtu)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    too_big(mtu);
    expect_fits(&tr1, FAR, 1280, 1280);
    expect_fits_from(FAR, LINK_MTU);
}

/* A message never increases the estimate (RFC 8201, 4). */
static void not_increased(unsigned mtu)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    too_big(1304);
    expect_fits_from(FAR, 1304);
    too_big(mtu);
    expect_fits_from(FAR, 1304);
}

static void advertise_mtu(uint32_t mtu)
{
    struct test_frame frame;
    common_advertisement(&frame);
    add_mtu(&frame, mtu);
    transmit(&frame);
    pass(SECOND / 10u);
}

static void advertised_mtu(void)
{
    setup_path();
    expect_fits(&tn1, tn1.link_local, LINK_MTU, LINK_MTU);
    advertise_mtu(1280);
    expect_fits(&tn1, tn1.link_local, LINK_MTU, 1280);
    advertise_mtu(LINK_MTU);
    expect_fits(&tn1, tn1.link_local, LINK_MTU, LINK_MTU);
}

/* A larger packet is tried at least five minutes after a Packet Too Big (RFC 8201, 4). The answer to that is obeyed. */
static void checks_for_increase(void)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    too_big(1304);
    pass(295u * SECOND);
    expect_fits_from(FAR, 1304);
    pass(605u * SECOND);
    expect_fits_from(FAR, LINK_MTU);
    if (whole.length == ETHER + LINK_MTU) {
        too_big(1400);
        expect_fits_from(FAR, 1400);
    }
}

/* -- Multicast ----------------------------------------------------------------------------------------------------- */

static void expect_ping_fits(uint32_t mtu)
{
    nut_pings(GROUP, LINK_MTU - 48u);
    (void)next_packet(ECHO_REQUEST, mtu);
    if (!is_address(whole.bytes + 38, GROUP) || whole.length != ETHER + LINK_MTU) {
        fail_because("expected an Echo Request of %u bytes to %s, got another packet", LINK_MTU, GROUP);
    }
}

/* The smallest MTU that the routers of all paths report counts (RFC 8201, 4). */
static void multicast_by_one_router(void)
{
    setup_path();
    expect_ping_fits(LINK_MTU);
    too_big(1450);
    expect_ping_fits(1450);
}

static void multicast_by_two_routers(void)
{
    setup_path();
    expect_ping_fits(LINK_MTU);
    struct test_frame sent = longest;
    too_big(1450);
    too_big_from(&tr2, tr2.global, 0, 1350);
    expect_ping_fits(1350);
    longest = sent; /* another router reports about the first packet */
    too_big_from(&tr3, tr3.global, 0, 1400);
    expect_ping_fits(1350);
}

/* -- Messages about packets that were not sent --------------------------------------------------------------------- */

/* The quoted packet was not sent by the NUT: from another source, or to a destination it never had (RFC 8201, 4 and
 * 6). */
static void validated(void)
{
    setup_path();
    expect_fits_from(FAR, LINK_MTU);
    struct test_frame error;
    struct test_frame not_sent = whole;
    test_address(not_sent.bytes + 22, tn2.global);
    icmpv6_error(&error, &tr1, tr1.global, PACKET_TOO_BIG, 0, 1300, &not_sent);
    test_address(error.bytes + 38, nut.global);
    frame_fix_checksum(&error);
    transmit(&error);
    expect_fits_from(FAR, LINK_MTU);
    not_sent = whole;
    test_address(not_sent.bytes + 38, FAR_AWAY);
    icmpv6_error(&error, &tr1, tr1.global, PACKET_TOO_BIG, 0, 1300, &not_sent);
    transmit(&error);
    expect_fits_from(FAR_AWAY, LINK_MTU);
}

const struct conformance_case section_4[] = {
    CASE_WITH("4.1.1.A", "Confirm Ping", "ICMPv6 Echo Request 64 octets", ping_of, 64),
    CASE_WITH("4.1.1.B", "Confirm Ping", "ICMPv6 Echo Request 1280 octets", ping_of, 1280),
    CASE_WITH("4.1.1.C", "Confirm Ping", "ICMPv6 Echo Request 1500 octets", ping_of, 1500),
    CASE("4.1.2", "Stored PMTU", "", stored),
    CASE("4.1.3", "Non-zero ICMPv6 Code", "", code_is_ignored),
    CASE("4.1.4", "Reduce PMTU On-link", "", reduced_on_link),
    CASE("4.1.5", "Reduce PMTU Off-link", "", reduced_off_link),
    CASE_WITH("4.1.6.A", "Receiving MTU Below IPv6 Minimum Link MTU", "MTU equal to 56", below_minimum, 56),
    CASE_WITH("4.1.6.B", "Receiving MTU Below IPv6 Minimum Link MTU", "MTU equal to 1279", below_minimum, 1279),
    CASE_WITH("4.1.7.A", "Increase Estimate", "MTU increase", not_increased, 1500),
    CASE_WITH("4.1.7.B", "Increase Estimate", "MTU equal to 0x1FFFFFFF", not_increased, 0x1FFFFFFF),
    CASE("4.1.8", "Router Advertisement with MTU Option (Hosts Only)", "", advertised_mtu),
    CASE("4.1.9", "Checking For Increase in PMTU", "", checks_for_increase),
    CASE("4.1.10", "Multicast Destination - One Router", "", multicast_by_one_router),
    CASE("4.1.11", "Multicast Destination - Two Routers", "", multicast_by_two_routers),
    CASE("4.1.12", "Validate Packet Too Big", "", validated),
    END_OF_CASES,
};
