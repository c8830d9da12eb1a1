/* section_rfc_dhcpv6.c: DHCPv6 clients (RFC 8415, and RFC 9915 that replaces it): what the node sends to servers
 * once a router advertises M or O, and what it accepts from them. TN1 is the server. */
#include <string.h>

#include "../unit/node/fixture_dhcpv6.h"
#include "suite.h"

#define PAYLOAD 62u
#define MANAGED 0x80u
#define OTHER_CONFIGURATION 0x40u
#define LEASED "2001:db8:1::d:1"
#define DNS_SERVER "2001:db8:1::53"
#define DELEGATED "2001:db8:100::"

static struct test_frame frame;
static struct dhcpv6_bytes m;       /* message of the server */
static struct dhcpv6_bytes request; /* options of the node's last message */
static uint32_t transaction;
static uint64_t asked_at;
static const uint8_t server_duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0x0D, 0x0D};

static const uint8_t *option(uint16_t code, uint32_t *size)
{
    const uint8_t *data = dhcpv6_find(request.bytes, request.length, code, size);
    if (data == NULL) {
        fail_because("expected a DHCPv6 message with option %u, got one without", code);
    }
    return data;
}

static bool has_option(uint16_t code)
{
    uint32_t size = 0;
    return dhcpv6_find(request.bytes, request.length, code, &size) != NULL;
}

/* Expect that the next message of the node has this type, and is sent within that time: from its link-local address
 * and port 546, to all servers and port 547 (RFC 8415, 7.1, 7.2 and 14). */
static void expect_message(uint8_t type, uint64_t within)
{
    uint32_t size = 0;
    if (!next_frame(&frame, OTHER, within) || frame.bytes[20] != 17u || read16(frame.bytes + 56) != 547u) {
        fail_because("expected DHCPv6 message %u within %u ms, got none", type, (unsigned)(within / MILLISECOND));
    }
    if (frame.bytes[PAYLOAD] != type) {
        fail_because("expected DHCPv6 message %u, got %u", type, frame.bytes[PAYLOAD]);
    }
    if (!is_address(frame.bytes + 22, nut.link_local) || !is_address(frame.bytes + 38, "ff02::1:2") ||
        !is_mac(frame.bytes, "33:33:00:01:00:02") || read16(frame.bytes + 54) != 546u ||
        frame_checksum(&frame, frame.length - 54u, 17) != 0u) {
        fail_because("expected it from %s, port 546, to ff02::1:2, port 547, got another", nut.link_local);
    }
    asked_at = suite_now();
    transaction = read32(frame.bytes + PAYLOAD) & 0xFFFFFFu;
    request.length = frame.length - PAYLOAD - 4u;
    memcpy(request.bytes, frame.bytes + PAYLOAD + 4u, request.length);
    (void)option(CLIENT_ID, &size);
    if (size < 3u || size > 130u) {
        fail_because("expected a DUID of 3 to 130 bytes, got %u", size);
    }
    (void)option(ELAPSED_TIME, &size);
}

static void expect_no_message(uint64_t within)
{
    expect_none(OTHER, within);
}

/* Expect this option in the Option Request option. */
static void expect_requested(uint16_t code)
{
    uint32_t size = 0;
    const uint8_t *codes = option(OPTION_REQUEST, &size);
    for (uint32_t at = 0; at + 2u <= size; at += 2u) {
        if (read16(codes + at) == code) {
            return;
        }
    }
    fail_because("expected option %u to be requested, it is not", code);
}

static void expect_server_id(bool is_named)
{
    uint32_t size = 0;
    if (!is_named) {
        if (has_option(SERVER_ID)) {
            fail_because("expected no Server Identifier, got one");
        }
        return;
    }
    const uint8_t *id = option(SERVER_ID, &size);
    if (size != sizeof server_duid || memcmp(id, server_duid, size) != 0) {
        fail_because("expected the Server Identifier of the server, got another");
    }
}

/* Expect an IA_NA with this address. */
static void expect_leased(void)
{
    uint32_t size = 0;
    uint32_t address_size = 0;
    const uint8_t *ia = option(IA_NA, &size);
    const uint8_t *address = size >= 12u ? dhcpv6_find(ia + 12, size - 12u, IA_ADDRESS, &address_size) : NULL;
    if (address == NULL || address_size < 24u || !is_address(address, LEASED)) {
        fail_because("expected an IA_NA with %s, got another", LEASED);
    }
}

static void advertise_flags(uint8_t flags)
{
    require_dhcpv6();
    setup();
    router_advertisement(&frame, &tr1, flags, 1800);
    transmit(&frame);
}

/* -- The server ---------------------------------------------------------------------------------------------------- */

static void answer(uint8_t type)
{
    uint32_t size = 0;
    const uint8_t *client = option(CLIENT_ID, &size);
    dhcpv6_begin(&m, type, transaction);
    dhcpv6_option(&m, CLIENT_ID, client, size);
    dhcpv6_option(&m, SERVER_ID, server_duid, sizeof server_duid);
}

static void put_lease(uint32_t t1, uint32_t t2, uint32_t lifetime)
{
    uint32_t size = 0;
    const uint8_t *ia = option(IA_NA, &size);
    uint32_t begin = dhcpv6_ia_begin(&m, read32(ia), t1, t2);
    dhcpv6_address(&m, LEASED, lifetime, lifetime);
    dhcpv6_ia_end(&m, begin);
}

static void send_answer(void)
{
    frame_udp(&frame, nut.mac, tn1.mac, tn1.link_local, nut.link_local, 64, 547, 546, m.length);
    memcpy(frame.bytes + PAYLOAD, m.bytes, m.length);
    frame_fix_checksum(&frame);
    transmit(&frame);
}

static void advertise_lease(uint8_t preference)
{
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, preference);
    put_lease(0, 0, 1000);
    send_answer();
}

/* Exchange messages up to the Reply, after which LEASED is detected, and then used. */
static void lease(uint32_t t1, uint32_t t2, uint32_t lifetime)
{
    advertise_flags(MANAGED);
    expect_message(SOLICIT, SECOND);
    advertise_lease(255);
    expect_message(REQUEST, 100u * MILLISECOND);
    answer(REPLY);
    put_lease(t1, t2, lifetime);
    send_answer();
}

static void expect_leased_in_use(bool is_in_use)
{
    answer_for(&tn1);
    echo_request(&frame, &tn1, tn1.global, LEASED);
    transmit(&frame);
    if (is_in_use) {
        expect_reply(&frame, NULL);
    } else {
        expect_none(ECHO_REPLY | ICMPV6_ERROR, 2u * SECOND);
    }
}

/* -- Information --------------------------------------------------------------------------------------------------- */

static void no_flags(void)
{
    advertise_flags(0);
    expect_no_message(10u * SECOND);
}

static void information_request(void)
{
    advertise_flags(OTHER_CONFIGURATION);
    expect_message(INFORMATION_REQUEST, SECOND);
    expect_requested(INF_MAX_RT);
    expect_requested(REFRESH_TIME);
    expect_requested(DNS_SERVERS);
    if (has_option(IA_NA) || has_option(SERVER_ID)) {
        fail_because("expected neither IA nor Server Identifier, got one");
    }
}

static void information_reply(void)
{
    uint8_t address[16];
    test_address(address, DNS_SERVER);
    information_request();
    answer(REPLY);
    dhcpv6_option(&m, DNS_SERVERS, address, 16);
    dhcpv6_option32(&m, REFRESH_TIME, 5);
    send_answer();
    expect_no_message(599u * SECOND); /* IRT_MINIMUM */
    expect_message(INFORMATION_REQUEST, 3u * SECOND);
    expect_dns_server(DNS_SERVER, true);
}

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

static void solicit(void)
{
    advertise_flags(MANAGED);
    expect_message(SOLICIT, SECOND);
    expect_requested(SOL_MAX_RT);
    expect_server_id(false);
    if (!has_option(IA_NA)) {
        fail_because("expected an IA_NA, got none");
    }
}

static void expect_interval(uint8_t type, uint64_t least, uint64_t most)
{
    uint64_t before = asked_at;
    expect_message(type, most);
    if (asked_at - before < least) {
        fail_because("expected it after %u ms, got it earlier", (unsigned)(least / MILLISECOND));
    }
}

static void solicit_again(void)
{
    solicit();
    uint32_t first = transaction;
    expect_interval(SOLICIT, SECOND, 1100u * MILLISECOND);
    expect_interval(SOLICIT, 1900u * MILLISECOND, 2310u * MILLISECOND);
    expect_interval(SOLICIT, 3610u * MILLISECOND, 4851u * MILLISECOND);
    if (transaction != first) {
        fail_because("expected the transaction-id to stay the same, it did not");
    }
}

static void advertise_is_waited_for(void)
{
    solicit();
    advertise_lease(254);
    expect_interval(REQUEST, SECOND, 1100u * MILLISECOND);
    expect_server_id(true);
    expect_leased();
}

static void preference_255(void)
{
    solicit();
    advertise_lease(255);
    expect_message(REQUEST, 100u * MILLISECOND);
    expect_server_id(true);
    expect_requested(SOL_MAX_RT);
}

static void reply_gives_an_address(void)
{
    lease(1000, 2000, 3000);
    if (!next_frame(&frame, DETECTION, 2u * SECOND) || !is_address(frame.bytes + 62, LEASED)) {
        fail_because("expected Duplicate Address Detection for %s, got none", LEASED);
    }
    pass(2u * SECOND);
    expect_leased_in_use(true);
}

static void duplicate_is_declined(void)
{
    lease(1000, 2000, 3000);
    if (!next_frame(&frame, DETECTION, 2u * SECOND)) {
        fail_because("expected Duplicate Address Detection, got none");
    }
    frame_na(&frame, "33:33:00:00:00:01", tn1.mac, LEASED, ALL_NODES, LEASED, NA_O, tn1.mac);
    transmit(&frame);
    expect_message(DECLINE, SECOND);
    expect_server_id(true);
    expect_leased();
    answer(REPLY);
    send_answer();
    expect_message(SOLICIT, 2u * SECOND);
    expect_leased_in_use(false);
}

static void renew_and_rebind(void)
{
    lease(60, 85, 120); /* T2 is between the second Renew and the third */
    uint64_t leased_at = suite_now();
    expect_message(RENEW, 61u * SECOND);
    if (asked_at - leased_at < 60u * SECOND) {
        fail_because("expected a Renew after T1, got it before");
    }
    expect_server_id(true);
    expect_leased();
    expect_interval(RENEW, 9u * SECOND, 11u * SECOND);
    expect_message(REBIND, 17u * SECOND);
    expect_server_id(false);
    expect_leased();
    answer(REPLY);
    put_lease(0, 0, 1000);
    send_answer();
    pass(100u * SECOND);
    expect_leased_in_use(true);
}

static void lease_ends(void)
{
    lease(10, 20, 30);
    pass(29u * SECOND);
    expect_leased_in_use(true);
    expect_message(SOLICIT, 3u * SECOND);
    expect_leased_in_use(false);
}

/* A server advertises addresses and then has none: discovery begins again, later each time. */
static void refused_again_and_again(void)
{
    solicit();
    uint64_t least = 900u * MILLISECOND;
    for (unsigned i = 0; i < 8u; i++) {
        advertise_lease(255);
        expect_message(REQUEST, SECOND);
        uint64_t refused = asked_at;
        answer(REPLY);
        dhcpv6_status(&m, NO_ADDRS_AVAIL);
        send_answer();
        expect_message(SOLICIT, 4000u * SECOND);
        if (asked_at - refused < least) {
            fail_because("expected the Solicit after %u ms, got it earlier", (unsigned)(least / MILLISECOND));
        }
        least = least * 19u / 10u;
    }
}

/* T1 and T2 of one second are used, and a message is sent no more often than that. */
static void renewed_at_once(void)
{
    lease(1, 1, 3000);
    for (unsigned i = 0; i < 4u; i++) {
        uint64_t before = suite_now();
        expect_message(REBIND, 2u * SECOND);
        if (asked_at - before < SECOND) {
            fail_because("expected it after 1 s, got it earlier");
        }
        answer(REPLY);
        put_lease(1, 1, 3000);
        send_answer();
    }
}

/* Options without effect are malformed: of code 0 at the end, cut short, and a search list with only the root. */
static void broken_options(void)
{
    static const uint8_t cut_short[] = {0, 0, 0, 4, 0, 0, 0};
    advertise_flags(MANAGED);
    expect_message(SOLICIT, SECOND);
    for (unsigned i = 0; i < 2u; i++) {
        answer(i == 0u ? ADVERTISE : REPLY);
        dhcpv6_option8(&m, PREFERENCE, 255);
        put_lease(1000, 2000, 3000);
        dhcpv6_option(&m, DOMAINS, "", 1);
        memcpy(m.bytes + m.length, cut_short, sizeof cut_short);
        m.length += (uint32_t)sizeof cut_short;
        send_answer();
        if (i == 0u) {
            expect_message(REQUEST, 100u * MILLISECOND);
        }
    }
    pass(3u * SECOND);
    expect_leased_in_use(true);
}

/* -- Prefix delegation (6.3; RFC 7084, 4.2) ------------------------------------------------------------------------ */

/* Expect an IA_PD with this prefix, NULL for none but a hint. */
static void expect_delegated(const char *prefix)
{
    uint32_t size = 0;
    uint32_t prefix_size = 0;
    const uint8_t *pd = option(IA_PD, &size);
    const uint8_t *data = size >= 12u ? dhcpv6_find(pd + 12, size - 12u, IA_PREFIX, &prefix_size) : NULL;
    bool is_hint = prefix == NULL && (data == NULL || (prefix_size == 25u && is_address(data + 9, "::")));
    bool is_prefix = prefix != NULL && prefix_size == 25u && data[8] == 56u && is_address(data + 9, prefix);
    if (!is_hint && !is_prefix) {
        fail_because("expected an IA_PD with %s, got another", prefix != NULL ? prefix : "a hint at most");
    }
}

/* Put an IA_PD, for the IAID of the node's. */
static void put_delegated(uint32_t t1, uint32_t t2, uint8_t length, uint32_t preferred, uint32_t valid)
{
    uint32_t size = 0;
    uint32_t begin = dhcpv6_pd_begin(&m, read32(option(IA_PD, &size)), t1, t2);
    dhcpv6_prefix(&m, DELEGATED, length, preferred, valid);
    dhcpv6_ia_end(&m, begin);
}

static void put_pd_status(uint16_t status)
{
    uint32_t size = 0;
    uint32_t begin = dhcpv6_pd_begin(&m, read32(option(IA_PD, &size)), 0, 0);
    dhcpv6_status(&m, status);
    dhcpv6_ia_end(&m, begin);
}

static void solicit_prefix(unsigned flags)
{
    nut_does(DELEGATION);
    advertise_flags((uint8_t)flags);
    expect_message(SOLICIT, SECOND);
    expect_delegated(NULL);
    if (has_option(IA_NA) != (flags == MANAGED)) {
        fail_because("expected an IA_NA after the M flag only, got another message");
    }
}

/* Exchange messages up to the Reply. */
static void delegate(uint32_t t1, uint32_t t2, uint32_t lifetime)
{
    solicit_prefix(OTHER_CONFIGURATION);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_delegated(t1, t2, 56, lifetime, lifetime);
    send_answer();
    expect_message(REQUEST, 100u * MILLISECOND);
    expect_server_id(true);
    expect_delegated(DELEGATED);
    answer(REPLY);
    put_delegated(t1, t2, 56, lifetime, lifetime);
    send_answer();
}

static void prefix_is_extended(void)
{
    delegate(60, 85, 120);
    expect_no_message(59u * SECOND);
    expect_message(RENEW, 2u * SECOND);
    expect_server_id(true);
    expect_delegated(DELEGATED);
    expect_message(RENEW, 11u * SECOND);
    expect_message(REBIND, 17u * SECOND);
    expect_server_id(false);
    expect_delegated(DELEGATED);
    answer(REPLY);
    put_delegated(0, 0, 56, 1000, 1000);
    send_answer();
    expect_no_message(499u * SECOND);
    expect_message(RENEW, 2u * SECOND);
    expect_delegated(DELEGATED);
}

static void prefix_ends(void)
{
    delegate(100, 200, 30);
    expect_no_message(29u * SECOND);
    expect_message(SOLICIT, 3u * SECOND);
    expect_delegated(NULL);
}

/* WPD-6, and the reverse: one IA of two is granted. */
static void one_of_two(unsigned is_prefix)
{
    solicit_prefix(MANAGED);
    for (unsigned i = 0; i < 2u; i++) {
        answer(i == 0u ? ADVERTISE : REPLY);
        dhcpv6_option8(&m, PREFERENCE, 255);
        if (is_prefix != 0u) {
            put_delegated(60, 90, 56, 120, 120);
        } else {
            put_lease(60, 90, 120);
            put_pd_status(NO_PREFIX_AVAIL);
        }
        send_answer();
        if (i == 0u) {
            expect_message(REQUEST, 100u * MILLISECOND);
        }
    }
    expect_message(RENEW, 61u * SECOND);
    expect_delegated(is_prefix != 0u ? DELEGATED : NULL);
}

static void no_prefix_available(void)
{
    solicit_prefix(OTHER_CONFIGURATION);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_pd_status(NO_PREFIX_AVAIL);
    send_answer();
    expect_interval(SOLICIT, SECOND, 1100u * MILLISECOND);
}

enum { LONG_PREFIX, PREFERRED_TOO_LONG };

/* The prefix is not used: the Advertise offers nothing. */
static void wrong_prefix(unsigned fault)
{
    solicit_prefix(OTHER_CONFIGURATION);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_delegated(0, 0, fault == LONG_PREFIX ? 129 : 56, fault == PREFERRED_TOO_LONG ? 1001 : 1000, 1000);
    send_answer();
    expect_interval(SOLICIT, SECOND, 1100u * MILLISECOND);
}

static void unknown_prefix(void)
{
    delegate(60, 90, 120);
    expect_message(RENEW, 61u * SECOND);
    answer(REPLY);
    put_pd_status(NO_BINDING);
    send_answer();
    expect_message(REQUEST, 100u * MILLISECOND);
    expect_server_id(true);
    expect_delegated(DELEGATED);
}

/* -- Validation (16.10) -------------------------------------------------------------------------------------------- */

enum { BAD_TRANSACTION, BAD_CLIENT, NO_SERVER, BAD_TYPE, CUT_SHORT };

static void wrong_reply(unsigned fault)
{
    advertise_flags(MANAGED);
    expect_message(SOLICIT, SECOND);
    advertise_lease(255);
    expect_message(REQUEST, 100u * MILLISECOND);
    answer(REPLY);
    put_lease(1000, 2000, 3000);
    if (fault == BAD_TRANSACTION) {
        m.bytes[3] ^= 1u;
    } else if (fault == BAD_CLIENT) {
        m.bytes[10] ^= 1u;
    } else if (fault == NO_SERVER) {
        uint32_t size = 0;
        const uint8_t *client = option(CLIENT_ID, &size);
        dhcpv6_begin(&m, REPLY, transaction);
        dhcpv6_option(&m, CLIENT_ID, client, size);
        put_lease(1000, 2000, 3000);
    } else if (fault == BAD_TYPE) {
        m.bytes[0] = ADVERTISE;
    } else {
        m.length -= 4u;
    }
    send_answer();
    expect_none(DETECTION, 800u * MILLISECOND);
    expect_interval(REQUEST, 900u * MILLISECOND, 1100u * MILLISECOND);
    expect_leased_in_use(false);
}

#define VALIDATION "Reply Messages"
#define DELEGATING "Prefix Delegation"

const struct conformance_case rfc8415[] = {
    RFC_CASE("8415.18.A", "Start", "neither M nor O", no_flags),
    RFC_CASE("8415.18.2.6.A", "Information-request Messages", "after O", information_request),
    RFC_CASE("8415.21.23.A", "Information Refresh Time", "below the minimum", information_reply),
    RFC_CASE("8415.18.2.1.A", "Solicit Messages", "after M", solicit),
    RFC_CASE("8415.18.2.1.B", "Solicit Messages", "transmitted again", solicit_again),
    RFC_CASE("8415.18.2.1.C", "Solicit Messages", "Advertise messages are collected", advertise_is_waited_for),
    RFC_CASE("8415.18.2.1.D", "Solicit Messages", "Preference 255", preference_255),
    RFC_CASE("8415.18.2.10.1.A", "Receipt of Reply Messages", "address detected and used", reply_gives_an_address),
    RFC_CASE("8415.18.2.8.A", "Decline Messages", "duplicate address", duplicate_is_declined),
    RFC_CASE("8415.18.2.5.A", "Renew and Rebind Messages", "T1 and T2", renew_and_rebind),
    RFC_CASE("8415.18.2.5.B", "Renew and Rebind Messages", "valid lifetime ends", lease_ends),
    RFC_CASE("8415.14.1.A", "Rate Limiting", "refused again and again", refused_again_and_again),
    RFC_CASE("8415.14.1.B", "Rate Limiting", "T1 and T2 of a second", renewed_at_once),
    RFC_CASE("8415.16.A", "Message Validation", "malformed options without effect", broken_options),
    RFC_CASE_WITH("8415.16.10.A", VALIDATION, "transaction-id", wrong_reply, BAD_TRANSACTION),
    RFC_CASE_WITH("8415.16.10.B", VALIDATION, "Client Identifier", wrong_reply, BAD_CLIENT),
    RFC_CASE_WITH("8415.16.10.C", VALIDATION, "no Server Identifier", wrong_reply, NO_SERVER),
    RFC_CASE_WITH("8415.16.10.D", VALIDATION, "msg-type", wrong_reply, BAD_TYPE),
    RFC_CASE_WITH("8415.16.10.E", VALIDATION, "option cut short", wrong_reply, CUT_SHORT),
    RFC_CASE_WITH("8415.6.3.A", DELEGATING, "IA_PD and IA_NA after M", solicit_prefix, MANAGED),
    RFC_CASE_WITH("8415.6.3.B", DELEGATING, "IA_PD alone after O", solicit_prefix, OTHER_CONFIGURATION),
    RFC_CASE("8415.6.3.C", DELEGATING, "T1 and T2", prefix_is_extended),
    RFC_CASE("8415.6.3.D", DELEGATING, "valid lifetime ends", prefix_ends),
    RFC_CASE_WITH("8415.6.3.E", DELEGATING, "prefix without address", one_of_two, 1),
    RFC_CASE_WITH("8415.6.3.F", DELEGATING, "address without prefix", one_of_two, 0),
    RFC_CASE("8415.18.2.9.A", "Receipt of Advertise Messages", "NoPrefixAvail", no_prefix_available),
    RFC_CASE("8415.18.2.10.1.B", "Receipt of Reply Messages", "NoBinding of a prefix", unknown_prefix),
    RFC_CASE_WITH("8415.21.22.A", "IA Prefix Option", "129 bits", wrong_prefix, LONG_PREFIX),
    RFC_CASE_WITH("8415.21.22.B", "IA Prefix Option", "preferred longer than valid", wrong_prefix, PREFERRED_TOO_LONG),
    END_OF_CASES,
};
