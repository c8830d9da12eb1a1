/* test_dhcpv6_prefix.c: prefix delegation to the DHCPv6 client (RFC 9915, 6.3; RFC 7084, 4.2), with a server that is
 * written here byte by byte, on virtual time. */
#include "fixture_node.h"

#include <string.h>

#include "fixture_bytes.h"
#include "fixture_dhcpv6.h"
#include "fixture_router.h"
#include "v6nf/dhcpv6.h"

#if V6NF_DHCPV6

#define IAID 0x01020304u
#define ADDRESS "2001:db8:d::100"
#define PREFIX "2001:db8:100::"
#define PREFIX_2 "2001:db8:200::"
#define YEAR (365u * 86400u * SECOND)

static struct fixture f;
static struct v6nf_dhcpv6 client;
static struct v6nf_dhcpv6_config config;
static struct test_frame frame;
static struct dhcpv6_bytes m;    /* the message that the server makes */
static struct dhcpv6_bytes sent; /* options of the client's last message */
static uint8_t sent_type;
static uint32_t sent_transaction;
static uint64_t sent_at;
static uint32_t sent_count;
static uint32_t reports; /* calls of count_report() */
static uint8_t server_duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0xDD};
static const struct test_station server = {.mac = "02:00:00:00:00:dd", .address = "fe80::dd"};

/* -- Driving the client -------------------------------------------------------------------------------------------- */

static void keep_message(const uint8_t *bytes, uint32_t length)
{
    assert_true(length >= 66u && length - 66u <= sizeof sent.bytes);
    sent.length = length - 66u;
    memcpy(sent.bytes, bytes + 66, sent.length);
    sent_type = bytes[62];
    sent_transaction = read32(bytes + 62) & 0xFFFFFFu;
    sent_at = f.now;
    sent_count++;
}

static void tick_once(void)
{
    static uint8_t buffer[1514];
    fixture_tick(&f);
    for (unsigned turns = 0; v6nf_dhcpv6_next_due(&client) <= f.now; turns++) {
        uint32_t length = v6nf_dhcpv6_tick(&client, buffer, sizeof buffer, f.now);
        if (length != 0u) {
            keep_message(buffer, length);
        }
        assert_true(turns < 30u);
    }
    fixture_tick(&f);
}

/* Let time pass until `end`, or until the client sends something. Return true if it did. */
static bool pass_until_sent(uint64_t end)
{
    const uint32_t before = sent_count;
    tick_once();
    while (sent_count == before && f.now < end) {
        uint64_t next = v6nf_node_next_due(&f.node);
        uint64_t due = v6nf_dhcpv6_next_due(&client);
        next = due < next ? due : next;
        f.now = next < end ? next : end;
        tick_once();
    }
    return sent_count != before;
}

static void expect_sent(uint8_t type, uint64_t limit)
{
    if (!pass_until_sent(f.now + limit)) {
        fail_msg("no message of type %u", type);
    }
    assert_int_equal(sent_type, type);
}

static void expect_nothing(uint64_t time)
{
    if (pass_until_sent(f.now + time)) {
        fail_msg("a message of type %u is sent", sent_type);
    }
}

static void pass_silently(uint64_t time)
{
    const uint64_t end = f.now + time;
    while (pass_until_sent(end)) {
    }
}

/* Check that the message has an IA_PD with these prefixes, without lifetimes, or none: first == NULL. */
static void expect_pd(const char *first, uint8_t first_length, const char *second, uint8_t second_length)
{
    struct dhcpv6_bytes expected = {.length = 0};
    uint32_t pd = dhcpv6_pd_begin(&expected, IAID, 0, 0);
    if (first != NULL) {
        dhcpv6_prefix(&expected, first, first_length, 0, 0);
    }
    if (second != NULL) {
        dhcpv6_prefix(&expected, second, second_length, 0, 0);
    }
    dhcpv6_ia_end(&expected, pd);
    uint32_t size = 0;
    const uint8_t *data = dhcpv6_find(sent.bytes, sent.length, IA_PD, &size);
    assert_non_null(data);
    assert_int_equal(dhcpv6_count(sent.bytes, sent.length, IA_PD), 1);
    assert_int_equal(size, expected.length - 4u);
    assert_memory_equal(data, expected.bytes + 4, size);
}

static bool sent_has(uint16_t code)
{
    uint32_t size = 0;
    return dhcpv6_find(sent.bytes, sent.length, code, &size) != NULL;
}

/* -- The server ---------------------------------------------------------------------------------------------------- */

static void begin_answer(uint8_t type)
{
    static const uint8_t client_duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};
    dhcpv6_begin(&m, type, sent_transaction);
    dhcpv6_option(&m, CLIENT_ID, client_duid, sizeof client_duid);
    dhcpv6_option(&m, SERVER_ID, server_duid, sizeof server_duid);
}

static void add_na(uint32_t t1, uint32_t t2, uint32_t preferred, uint32_t valid)
{
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, t1, t2);
    dhcpv6_address(&m, ADDRESS, preferred, valid);
    dhcpv6_ia_end(&m, ia);
}

static void add_na_status(uint16_t status)
{
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_status(&m, status);
    dhcpv6_ia_end(&m, ia);
}

static void add_pd(uint32_t t1, uint32_t t2, uint32_t preferred, uint32_t valid)
{
    uint32_t ia = dhcpv6_pd_begin(&m, IAID, t1, t2);
    dhcpv6_prefix(&m, PREFIX, 56, preferred, valid);
    dhcpv6_ia_end(&m, ia);
}

static void add_pd_status(uint16_t status)
{
    uint32_t ia = dhcpv6_pd_begin(&m, IAID, 0, 0);
    dhcpv6_status(&m, status);
    dhcpv6_ia_end(&m, ia);
}

/* Send the message. Check that the client counts it as `counter`. */
static void send_answer(enum v6nf_dhcpv6_counter counter)
{
    uint64_t before = client.counters[counter];
    frame_udp(&frame, NODE_MAC, server.mac, server.address, NODE_LINK_LOCAL, 64, 547, 546, m.length);
    memcpy(frame.bytes + 62, m.bytes, m.length);
    frame_fix_checksum(&frame);
    fixture_input_silent(&f, &frame);
    if (client.counters[counter] != before + 1u) {
        fail_msg("not counted as \"%s\"", v6nf_dhcpv6_counter_text(counter));
    }
}

static void accept_answer(void)
{
    send_answer(V6NF_DHCPV6_ACCEPTED);
}

/* -- Start of each test -------------------------------------------------------------------------------------------- */

static void count_report(void *context, uint64_t now)
{
    assert_ptr_equal(context, &reports);
    assert_int_equal(now, f.now);
    reports++;
}

static int start_test(void **state)
{
    (void)state;
    fixture_start(&f);
    config = (struct v6nf_dhcpv6_config){.mode = V6NF_DHCPV6_STATEFUL,
                                         .iaid = IAID,
                                         .wants_prefix = true,
                                         .prefix_length = 60,
                                         .prefixes_changed = count_report,
                                         .context = &reports};
    reports = 0;
    sent_count = 0;
    server_duid[9] = 0xDD;
    return 0;
}

static void start_client(void)
{
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_OK);
}

/* Check the delegated prefixes: at most one, NULL for none. */
static void expect_prefix(const char *prefix, uint32_t length, uint32_t preferred, uint32_t valid)
{
    struct v6nf_dhcpv6_prefix found;
    struct v6nf_address wanted = test_address_of(prefix != NULL ? prefix : "::");
    assert_true(v6nf_dhcpv6_prefix(&client, 0, &found, f.now) == (prefix != NULL));
    assert_memory_equal(found.address.bytes, wanted.bytes, 16);
    assert_int_equal(found.length, length);
    assert_int_equal(found.preferred_lifetime, preferred);
    assert_int_equal(found.valid_lifetime, valid);
    assert_false(v6nf_dhcpv6_prefix(&client, 1, &found, f.now));
}

static void expect_no_prefix(void)
{
    expect_prefix(NULL, 0, 0, 0);
}

/* Exchange messages up to the Request. */
static void request_both(void)
{
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
}

/* The client has an address and a prefix, with these times of the prefix. */
static void bind_both(uint32_t t1, uint32_t t2, uint32_t preferred, uint32_t valid)
{
    request_both();
    begin_answer(REPLY);
    add_na(1000, 1600, 2000, 3000);
    add_pd(t1, t2, preferred, valid);
    accept_answer();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

/* The client has a prefix alone. */
static void bind_prefix(uint32_t t1, uint32_t t2, uint32_t preferred, uint32_t valid)
{
    config.mode = V6NF_DHCPV6_STATELESS;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_pd(t1, t2, preferred, valid);
    accept_answer();
    expect_sent(REQUEST, 0);
    begin_answer(REPLY);
    add_pd(t1, t2, preferred, valid);
    accept_answer();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

/* -- Getting a prefix ---------------------------------------------------------------------------------------------- */

static void prefix_is_requested_with_an_address(void **state)
{
    (void)state;
    start_client();
    expect_sent(SOLICIT, SECOND);
    assert_true(sent_has(IA_NA));
    expect_pd("::", 60, NULL, 0); /* the hint (RFC 9915, 18.2.1) */
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_no_prefix();
    assert_int_equal(reports, 0);
    expect_sent(REQUEST, 0);
    assert_true(sent_has(IA_NA));
    expect_pd(PREFIX, 56, NULL, 0); /* shorter than the hint */
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 1000, 3000);
    accept_answer();
    expect_prefix(PREFIX, 56, 1000, 3000);
    assert_int_equal(reports, 1);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LEASED], 1);
    pass_silently(1); /* rounded down */
    expect_prefix(PREFIX, 56, 999, 2999);
}

static void prefix_is_requested_alone(void **state)
{
    (void)state;
    config.prefix_length = 0;
    config.mode = V6NF_DHCPV6_STATELESS;
    start_client();
    expect_sent(SOLICIT, SECOND);
    assert_false(sent_has(IA_NA));
    expect_pd(NULL, 0, NULL, 0);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000); /* not asked for */
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
    assert_false(sent_has(IA_NA));
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_prefix(PREFIX, 56, 2000, 3000);
    assert_int_equal(client.addresses_count, 0);
}

static void prefix_is_not_requested_unless_configured(void **state)
{
    (void)state;
    config.wants_prefix = false;
    start_client();
    expect_sent(SOLICIT, SECOND);
    assert_false(sent_has(IA_PD));
    begin_answer(ADVERTISE);
    add_pd(0, 0, 2000, 3000);
    send_answer(V6NF_DHCPV6_REFUSED);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
    assert_false(sent_has(IA_PD));
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_no_prefix();
    assert_int_equal(client.prefixes_count, 0);
    assert_int_equal(reports, 0);
}

static void bad_hint_is_refused(void **state)
{
    (void)state;
    config.prefix_length = 129;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_INVALID);
    config.prefix_length = 128;
    start_client();
}

/* RFC 7084, 4.2, WPD-4: an M or O flag. With O alone there is no IA_NA. */
static void prefix_is_requested_after_a_flag(void **state)
{
    (void)state;
    for (unsigned turn = 0; turn < 2u; turn++) {
        start_test(NULL);
        config.mode = V6NF_DHCPV6_AUTO;
        start_client();
        expect_nothing(10u * SECOND);
        if (turn == 0u) {
            f.node.other_configuration = true;
        } else {
            f.node.managed = true;
        }
        expect_sent(SOLICIT, SECOND);
        assert_true(sent_has(IA_NA) == (turn == 1u));
        expect_pd("::", 60, NULL, 0);
        v6nf_dhcpv6_stop(&client, f.now);
    }
}

/* The M flag arrives later: the next Renew asks for addresses, too (RFC 9915, 18.2.4). */
static void address_is_requested_after_a_later_flag(void **state)
{
    (void)state;
    config.mode = V6NF_DHCPV6_AUTO;
    f.node.other_configuration = true;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_pd(100, 160, 200, 300);
    accept_answer();
    expect_sent(REQUEST, 0);
    begin_answer(REPLY);
    add_pd(100, 160, 200, 300);
    accept_answer();
    f.node.managed = true;
    expect_sent(RENEW, 100u * SECOND);
    assert_true(sent_has(IA_NA));
    begin_answer(REPLY);
    add_na(100, 160, 200, 300);
    add_pd(100, 160, 200, 300);
    accept_answer();
    assert_int_equal(client.addresses_count, 1);
    expect_prefix(PREFIX, 56, 200, 300);
}

static void prefix_is_committed_rapidly(void **state)
{
    (void)state;
    config.rapid_commit = true;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(REPLY);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    add_na_status(NO_ADDRS_AVAIL);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    expect_prefix(PREFIX, 56, 2000, 3000);
}

/* -- Servers that give less ---------------------------------------------------------------------------------------- */

/* RFC 7084, 4.2, WPD-6. */
static void prefix_without_addresses_is_accepted(void **state)
{
    (void)state;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na_status(NO_ADDRS_AVAIL);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
    begin_answer(REPLY);
    add_na_status(NO_ADDRS_AVAIL);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_prefix(PREFIX, 56, 2000, 3000);
    expect_sent(RENEW, 1000u * SECOND);
    assert_true(sent_has(IA_NA)); /* asks again */
    expect_pd(PREFIX, 56, NULL, 0);
    v6nf_dhcpv6_stop(&client, f.now);
    expect_sent(RELEASE, 0);
    assert_false(sent_has(IA_NA));
}

static void address_without_prefix_is_accepted(void **state)
{
    (void)state;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000);
    add_pd_status(NO_PREFIX_AVAIL);
    accept_answer();
    expect_sent(REQUEST, 0);
    expect_pd("::", 60, NULL, 0);
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    add_pd_status(NO_PREFIX_AVAIL);
    accept_answer();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    expect_no_prefix();
    assert_int_equal(reports, 0);
    expect_sent(RENEW, 1000u * SECOND);
    expect_pd("::", 60, NULL, 0);
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_prefix(PREFIX, 56, 2000, 3000);
}

static void refused_prefix_restarts_discovery(void **state)
{
    (void)state;
    static const uint16_t statuses[] = {NO_PREFIX_AVAIL, NOT_ON_LINK};
    for (uint32_t i = 0; i < 2u; i++) {
        start_test(NULL);
        request_both();
        begin_answer(REPLY);
        add_na_status(NO_ADDRS_AVAIL);
        add_pd_status(statuses[i]);
        send_answer(V6NF_DHCPV6_REFUSED);
        assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
        expect_no_prefix();
        expect_sent(SOLICIT, 2u * SECOND);
        expect_pd("::", 60, NULL, 0);
        v6nf_dhcpv6_stop(&client, f.now);
    }
}

/* An unknown status is no reason to look for another server: the Request is sent again. */
static void unknown_status_gives_nothing(void **state)
{
    (void)state;
    request_both();
    begin_answer(REPLY);
    add_na_status(999);
    add_pd_status(UNSPEC_FAIL);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_sent(REQUEST, 2u * SECOND);
    expect_pd(PREFIX, 56, NULL, 0);
    expect_no_prefix();
}

static void advertise_of_nothing_is_refused(void **state)
{
    (void)state;
    start_client();
    expect_sent(SOLICIT, SECOND);
    for (unsigned i = 0; i < 5u; i++) {
        begin_answer(ADVERTISE);
        dhcpv6_option8(&m, PREFERENCE, 255);
        uint32_t pd = dhcpv6_pd_begin(&m, IAID + (i == 4u ? 1u : 0u), 0, 0);
        if (i == 0u) {
            dhcpv6_prefix(&m, PREFIX, 129, 10, 10);
        } else if (i == 1u) {
            dhcpv6_prefix(&m, PREFIX, 56, 11, 10);
        } else if (i == 2u) {
            dhcpv6_prefix(&m, "ff02::", 64, 10, 10);
            dhcpv6_prefix(&m, "fe80::", 64, 10, 10);
            dhcpv6_prefix(&m, "::", 0, 10, 10);
            dhcpv6_prefix(&m, PREFIX, 0, 10, 10);
        } else if (i == 3u) {
            dhcpv6_prefix(&m, PREFIX, 56, 0, 0);
        } else {
            dhcpv6_prefix(&m, PREFIX, 56, 10, 10); /* of another IAID */
        }
        dhcpv6_ia_end(&m, pd);
        send_answer(V6NF_DHCPV6_REFUSED);
    }
    expect_sent(SOLICIT, 2u * SECOND);
}

/* The server that offers both is selected, unless the other one has preference 255. */
static void server_with_both_is_preferred(void **state)
{
    (void)state;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 200);
    add_na(0, 0, 2000, 3000);
    accept_answer();
    server_duid[9] = 0xEE;
    begin_answer(ADVERTISE);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    server_duid[9] = 0xDD;
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 254);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 2u * SECOND);
    uint32_t size = 0;
    assert_int_equal(dhcpv6_find(sent.bytes, sent.length, SERVER_ID, &size)[9], 0xEE);
    assert_true(sent_has(IA_NA));
    expect_pd(PREFIX, 56, NULL, 0);
}

/* What the less preferred server offered is not requested. */
static void offer_is_replaced(void **state)
{
    (void)state;
    config.mode = V6NF_DHCPV6_STATELESS;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    uint32_t pd = dhcpv6_pd_begin(&m, IAID, 0, 0);
    dhcpv6_prefix(&m, PREFIX_2, 60, 2000, 3000);
    dhcpv6_ia_end(&m, pd);
    accept_answer();
    server_duid[9] = 0xEE;
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 1);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 2u * SECOND);
    expect_pd(PREFIX, 56, NULL, 0);
}

static void reply_without_an_ia_changes_nothing(void **state)
{
    (void)state;
    request_both();
    begin_answer(REPLY);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_sent(REQUEST, 2u * SECOND);
    expect_pd(PREFIX, 56, NULL, 0);
    begin_answer(REPLY); /* nor does one that failed as a whole */
    dhcpv6_status(&m, UNSPEC_FAIL);
    add_na(0, 0, 2000, 3000);
    add_pd(0, 0, 2000, 3000);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_no_prefix();
    assert_int_equal(reports, 0);
}

/* A client that asks for a prefix alone is refused it. */
static void refused_prefix_alone_restarts_discovery(void **state)
{
    (void)state;
    config.mode = V6NF_DHCPV6_STATELESS;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_pd(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
    begin_answer(REPLY);
    add_pd_status(NO_PREFIX_AVAIL);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_sent(SOLICIT, 2u * SECOND);
}

static void server_that_dies_before_the_reply_is_left(void **state)
{
    (void)state;
    request_both();
    for (unsigned i = 1; i < 10u; i++) {
        expect_sent(REQUEST, 40u * SECOND);
        expect_pd(PREFIX, 56, NULL, 0);
        expect_no_prefix();
    }
    expect_sent(SOLICIT, 60u * SECOND);
    expect_pd("::", 60, NULL, 0); /* not the prefix of the dead server */
    assert_int_equal(client.counters[V6NF_DHCPV6_FAILURES], 1);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LOST], 0);
    assert_int_equal(reports, 0);
}

/* -- Lifetimes ----------------------------------------------------------------------------------------------------- */

/* T1 and T2 are the earliest of both IAs (RFC 9915, 18.2.4 and 18.2.5). */
static void both_are_renewed_at_the_earliest_times(void **state)
{
    (void)state;
    static const struct {
        uint32_t t1;
        uint32_t t2;
        uint32_t preferred;
        uint32_t renew; /* the IA_NA has T1 1000 and T2 1600 */
        uint32_t rebind;
    } cases[] = {
        {500, 800, 2000, 500, 800}, {1500, 2400, 3000, 1000, 1600}, {500, 2400, 3000, 500, 1600},
        {0, 0, 300, 150, 240},      {0, 0, UINT32_MAX, 1000, 1600}, {UINT32_MAX, UINT32_MAX, 2000, 1000, 1600},
        {0, 500, 2000, 1000, 500}, /* T2 before T1: a Rebind, at once */
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        start_test(NULL);
        bind_both(cases[i].t1, cases[i].t2, cases[i].preferred, UINT32_MAX);
        assert_int_equal(client.renew_at, f.now + cases[i].renew * SECOND);
        assert_int_equal(client.rebind_at, f.now + cases[i].rebind * SECOND);
        bool is_renewed = cases[i].renew <= cases[i].rebind;
        const uint64_t first = (is_renewed ? cases[i].renew : cases[i].rebind) * SECOND;
        expect_nothing(first - 1u);
        expect_sent(is_renewed ? RENEW : REBIND, 1);
        assert_true(sent_has(SERVER_ID) == is_renewed);
        assert_true(sent_has(IA_NA));
        expect_pd(PREFIX, 56, NULL, 0);
        v6nf_dhcpv6_stop(&client, f.now);
        v6nf_dhcpv6_stop(&client, f.now);
    }
}

static void prefix_is_renewed(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    assert_int_equal(reports, 1);
    expect_sent(RENEW, 100u * SECOND);
    expect_pd(PREFIX, 56, NULL, 0);
    pass_silently(SECOND);
    expect_prefix(PREFIX, 56, 99, 199);
    begin_answer(REPLY);
    add_pd(100, 160, 200, 300);
    accept_answer();
    expect_prefix(PREFIX, 56, 200, 300);
    assert_int_equal(reports, 2); /* for the new lifetimes */
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LEASED], 1);
}

static void prefix_is_rebound_at_another_server(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    while (sent_type != REBIND) {
        assert_true(pass_until_sent(f.now + 100u * SECOND));
    }
    assert_false(sent_has(SERVER_ID));
    expect_pd(PREFIX, 56, NULL, 0);
    server_duid[9] = 0xEE;
    begin_answer(REPLY);
    add_pd(100, 160, 200, 300);
    accept_answer();
    expect_prefix(PREFIX, 56, 200, 300);
    expect_sent(RENEW, 100u * SECOND);
    uint32_t size = 0;
    assert_int_equal(dhcpv6_find(sent.bytes, sent.length, SERVER_ID, &size)[9], 0xEE);
}

static void prefix_expires(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    const uint64_t bound = f.now;
    pass_silently(200u * SECOND);
    expect_prefix(PREFIX, 56, 0, 100); /* deprecated */
    pass_silently(100u * SECOND - 1u);
    expect_prefix(PREFIX, 56, 0, 0);
    f.now = bound + 300u * SECOND;
    expect_no_prefix(); /* before the tick, too */
    assert_int_equal(reports, 1);
    tick_once();
    expect_no_prefix();
    assert_int_equal(reports, 2);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LOST], 1);
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
}

/* The IA whose leases end is asked for again; the other one stays in use. */
static void prefix_expires_before_the_address(void **state)
{
    (void)state;
    bind_both(1000, 1600, 50, 60);
    expect_nothing(60u * SECOND - 1u);
    expect_prefix(PREFIX, 56, 0, 0);
    expect_nothing(1);
    expect_no_prefix();
    assert_int_equal(reports, 2);
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    expect_sent(RENEW, 1000u * SECOND);
    assert_true(sent_has(IA_NA));
    expect_pd("::", 60, NULL, 0);
}

/* T1 and T2 follow from the valid lifetime of a prefix that is not preferred. */
static void deprecated_prefix_is_renewed(void **state)
{
    (void)state;
    bind_prefix(0, 0, 0, 300);
    expect_prefix(PREFIX, 56, 0, 300);
    assert_int_equal(client.renew_at, f.now + 150u * SECOND);
    assert_int_equal(client.rebind_at, f.now + 240u * SECOND);
}

static void infinite_lifetime_lasts(void **state)
{
    (void)state;
    bind_prefix(0, 0, UINT32_MAX, UINT32_MAX);
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
    f.now += 2u * YEAR;
    expect_prefix(PREFIX, 56, UINT32_MAX, UINT32_MAX);
}

/* A server of an hour's leases, for a year: the prefix stays, and nothing is lost or repeated. */
static void prefix_is_held_for_a_year(void **state)
{
    (void)state;
    bind_prefix(1800, 2880, 3600, 7200);
    const uint64_t end = f.now + YEAR;
    uint32_t renewals = 0;
    while (f.now < end) {
        expect_sent(RENEW, 1800u * SECOND);
        expect_prefix(PREFIX, 56, 1800, 5400);
        begin_answer(REPLY);
        add_pd(1800, 2880, 3600, 7200);
        accept_answer();
        renewals++;
    }
    assert_int_equal(renewals, YEAR / (1800u * SECOND));
    assert_int_equal(reports, renewals + 1u);
    assert_int_equal(client.counters[V6NF_DHCPV6_SENT], renewals + 2u);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LEASED], 1);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LOST], 0);
}

/* -- Renumbering --------------------------------------------------------------------------------------------------- */

static void add_two(uint32_t first_preferred, uint32_t first_valid, uint32_t second_valid)
{
    uint32_t pd = dhcpv6_pd_begin(&m, IAID, 100, 160);
    dhcpv6_prefix(&m, PREFIX_2, 60, second_valid, second_valid);
    dhcpv6_prefix(&m, PREFIX, 56, first_preferred, first_valid);
    dhcpv6_ia_end(&m, pd);
}

/* The old prefix is deprecated, and the new one is preferred. Both are delegated for a time. */
static void site_is_renumbered(void **state)
{
    (void)state;
    if (V6NF_DHCPV6_PREFIXES < 2u) {
        skip();
    }
    struct v6nf_dhcpv6_prefix prefix;
    bind_prefix(100, 160, 200, 300);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    add_two(0, 50, 300);
    accept_answer();
    assert_int_equal(reports, 2);
    assert_true(v6nf_dhcpv6_prefix(&client, 0, &prefix, f.now));
    assert_int_equal(prefix.preferred_lifetime, 0);
    assert_int_equal(prefix.valid_lifetime, 50);
    assert_true(v6nf_dhcpv6_prefix(&client, 1, &prefix, f.now));
    assert_int_equal(prefix.length, 60);
    assert_int_equal(prefix.preferred_lifetime, 300);
    assert_false(v6nf_dhcpv6_prefix(&client, 2, &prefix, f.now));
    expect_nothing(50u * SECOND);
    expect_prefix(PREFIX_2, 60, 250, 250);
    assert_int_equal(reports, 3);
    expect_sent(RENEW, 50u * SECOND);
    expect_pd(PREFIX_2, 60, NULL, 0);
}

/* The same bits with another length are another prefix. */
static void length_changes(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_prefix prefix;
    bind_prefix(100, 160, 200, 300);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    uint32_t pd = dhcpv6_pd_begin(&m, IAID, 100, 160);
    dhcpv6_prefix(&m, PREFIX, 60, 200, 300);
    dhcpv6_prefix(&m, PREFIX, 56, 0, 0);
    dhcpv6_ia_end(&m, pd);
    accept_answer();
    expect_prefix(PREFIX, 60, 200, 300);
    if (V6NF_DHCPV6_PREFIXES >= 2u) {
        expect_sent(RENEW, 100u * SECOND);
        begin_answer(REPLY);
        add_pd(100, 160, 200, 300); /* of 56 bits, again */
        accept_answer();
        assert_true(v6nf_dhcpv6_prefix(&client, 0, &prefix, f.now));
        assert_int_equal(prefix.length, 60);
        assert_true(v6nf_dhcpv6_prefix(&client, 1, &prefix, f.now));
        assert_int_equal(prefix.length, 56);
    }
}

/* The old prefix is withdrawn at once, also where a client has one slot. */
static void prefix_is_withdrawn(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    add_two(0, 0, 300);
    accept_answer();
    expect_prefix(PREFIX_2, 60, 300, 300);
    assert_int_equal(reports, 2);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_FULL], 0);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    add_two(0, 0, 0);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_no_prefix();
    assert_int_equal(reports, 3);
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
    expect_sent(SOLICIT, SECOND); /* at once: the last server was of use */
}

static void two_prefixes_are_offered(void **state)
{
    (void)state;
    if (V6NF_DHCPV6_PREFIXES < 2u) {
        skip();
    }
    config.mode = V6NF_DHCPV6_STATELESS;
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_two(300, 300, 300);
    accept_answer();
    expect_sent(REQUEST, 0);
    expect_pd(PREFIX_2, 60, PREFIX, 56);
    begin_answer(REPLY);
    add_pd(100, 160, 200, 300);
    accept_answer();
    expect_prefix(PREFIX, 56, 200, 300); /* only what the Reply has */
    expect_sent(RENEW, 100u * SECOND);
    expect_pd(PREFIX, 56, NULL, 0);
}

/* The slots of withdrawn prefixes are for new ones of the same Reply, in any order. */
static void full_slots_are_renumbered(void **state)
{
    (void)state;
    char text[40] = "2001:db8:a00::";
    bind_prefix(100, 160, 200, 300);
    for (uint32_t turn = 0; turn < 2u; turn++) {
        expect_sent(RENEW, 100u * SECOND);
        begin_answer(REPLY);
        uint32_t pd = dhcpv6_pd_begin(&m, IAID, 100, 160);
        for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES; i++) {
            text[9] = (char)('a' + turn);
            text[11] = (char)('0' + i);
            dhcpv6_prefix(&m, text, 56, 200, 300);
        }
        for (uint32_t i = 0; turn == 1u && i < V6NF_DHCPV6_PREFIXES; i++) {
            text[9] = 'a';
            text[11] = (char)('0' + i);
            dhcpv6_prefix(&m, text, 56, 0, 0);
        }
        dhcpv6_prefix(&m, PREFIX, 56, 0, 0);
        dhcpv6_ia_end(&m, pd);
        accept_answer();
        assert_int_equal(client.prefixes_count, V6NF_DHCPV6_PREFIXES);
        assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_FULL], 0);
    }
    for (uint32_t i = 0; i < V6NF_DHCPV6_PREFIXES; i++) {
        assert_int_equal(client.prefixes[i].prefix.bytes[4], 0x0B);
    }
}

/* More prefixes than slots: the others are counted. */
static void prefixes_beyond_the_slots_are_counted(void **state)
{
    (void)state;
    char text[40] = "2001:db8:a00::";
    bind_prefix(100, 160, 200, 300);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    uint32_t pd = dhcpv6_pd_begin(&m, IAID, 100, 160);
    for (uint32_t i = 0; i < 10u; i++) {
        text[10] = (char)('0' + i);
        dhcpv6_prefix(&m, text, 56, 200, 300);
    }
    dhcpv6_prefix(&m, PREFIX, 56, 200, 300);
    dhcpv6_ia_end(&m, pd);
    accept_answer();
    assert_int_equal(client.prefixes_count, V6NF_DHCPV6_PREFIXES);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_FULL], 10u - (V6NF_DHCPV6_PREFIXES - 1u));
    assert_int_equal(client.prefixes[0].length, 56);
}

/* -- Servers without the binding, other links, the end ------------------------------------------------------------- */

/* RFC 9915, 18.2.10.1: a Request for what the server does not know. What it extends stays. */
static void unknown_binding_is_requested(void **state)
{
    (void)state;
    bind_both(1000, 1600, 2000, 3000);
    expect_sent(RENEW, 1000u * SECOND);
    begin_answer(REPLY);
    add_na(1000, 1600, 2000, 3000);
    add_pd_status(NO_BINDING);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_sent(REQUEST, 0);
    expect_pd(PREFIX, 56, NULL, 0);
    assert_int_equal(client.addresses[0].valid_until, f.now + 3000u * SECOND);
    begin_answer(REPLY);
    add_na(1000, 1600, 2000, 3000);
    add_pd(1000, 1600, 2000, 3000);
    accept_answer();
    expect_prefix(PREFIX, 56, 2000, 3000);
}

/* The server that did not know the prefix dies, too: the client looks for another, and the prefix is lost. */
static void server_that_dies_after_no_binding_is_left(void **state)
{
    (void)state;
    bind_prefix(100, 160, 20000, 30000);
    expect_sent(RENEW, 100u * SECOND);
    begin_answer(REPLY);
    add_pd_status(NO_BINDING);
    send_answer(V6NF_DHCPV6_REFUSED);
    for (unsigned i = 0; i < 10u; i++) {
        expect_sent(REQUEST, 40u * SECOND);
        expect_pd(PREFIX, 56, NULL, 0);
    }
    assert_int_equal(reports, 1);
    expect_sent(SOLICIT, 60u * SECOND);
    expect_no_prefix();
    assert_int_equal(reports, 2);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LOST], 1);
}

/* RFC 9915, 18.2.12: a Rebind, timed as a Confirm. */
static void new_link_is_asked_by_rebind(void **state)
{
    (void)state;
    bind_both(1000, 1600, 2000, 3000);
    pass_silently(10u * SECOND);
    const uint32_t before = reports;
    v6nf_dhcpv6_link_up(&client, f.now);
    expect_sent(REBIND, SECOND);
    assert_false(sent_has(SERVER_ID));
    assert_true(sent_has(IA_NA));
    expect_pd(PREFIX, 56, NULL, 0);
    const uint64_t first = sent_at;
    while (pass_until_sent(first + 10u * SECOND)) { /* CNF_MAX_RD */
        assert_int_equal(sent_type, REBIND);
    }
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND); /* no server answered: they stay in use */
    struct v6nf_dhcpv6_prefix prefix;
    assert_true(v6nf_dhcpv6_prefix(&client, 0, &prefix, f.now));
    v6nf_dhcpv6_link_up(&client, f.now);
    expect_sent(REBIND, SECOND);
    begin_answer(REPLY);
    add_na(0, 0, 0, 0);
    add_pd(0, 0, 0, 0);
    send_answer(V6NF_DHCPV6_REFUSED);
    expect_no_prefix();
    assert_int_equal(reports, before + 1u);
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
}

static void prefix_is_extended_on_a_new_link(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    pass_silently(50u * SECOND);
    v6nf_dhcpv6_link_up(&client, f.now);
    expect_sent(REBIND, SECOND);
    begin_answer(REPLY);
    add_pd(100, 160, 200, 300);
    accept_answer();
    expect_prefix(PREFIX, 56, 200, 300);
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

static void prefix_is_released(void **state)
{
    (void)state;
    bind_both(1000, 1600, 2000, 3000);
    v6nf_dhcpv6_stop(&client, f.now);
    expect_no_prefix(); /* at once */
    assert_int_equal(reports, 2);
    expect_sent(RELEASE, 0);
    assert_true(sent_has(IA_NA));
    assert_true(sent_has(SERVER_ID));
    expect_pd(PREFIX, 56, NULL, 0);
    begin_answer(REPLY);
    accept_answer();
    assert_int_equal(client.state, V6NF_DHCPV6_STOPPED);
    expect_no_prefix();
    assert_int_equal(reports, 2);
    assert_int_equal(client.counters[V6NF_DHCPV6_PREFIXES_LOST], 1);
}

static void release_names_what_is_returned(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    v6nf_dhcpv6_stop(&client, f.now);
    expect_sent(RELEASE, 0);
    assert_false(sent_has(IA_NA));
    expect_pd(PREFIX, 56, NULL, 0);
    v6nf_dhcpv6_stop(&client, f.now);
    start_test(NULL);
    start_client();
    expect_sent(SOLICIT, SECOND);
    begin_answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    add_na(0, 0, 2000, 3000);
    accept_answer();
    expect_sent(REQUEST, 0);
    begin_answer(REPLY);
    add_na(0, 0, 2000, 3000);
    accept_answer();
    v6nf_dhcpv6_stop(&client, f.now);
    expect_sent(RELEASE, 0);
    assert_true(sent_has(IA_NA));
    assert_false(sent_has(IA_PD));
}

/* RFC 9915, 16.11: it is not authenticated. */
static void reconfigure_is_dropped(void **state)
{
    (void)state;
    bind_prefix(100, 160, 200, 300);
    begin_answer(RECONFIGURE);
    dhcpv6_option8(&m, RECONFIGURE_MESSAGE, RENEW);
    send_answer(V6NF_DHCPV6_DROP_RECONFIGURE);
    expect_nothing(99u * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(prefix_is_requested_with_an_address, start_test),
        cmocka_unit_test_setup(prefix_is_requested_alone, start_test),
        cmocka_unit_test_setup(prefix_is_not_requested_unless_configured, start_test),
        cmocka_unit_test_setup(bad_hint_is_refused, start_test),
        cmocka_unit_test_setup(prefix_is_requested_after_a_flag, start_test),
        cmocka_unit_test_setup(address_is_requested_after_a_later_flag, start_test),
        cmocka_unit_test_setup(prefix_is_committed_rapidly, start_test),
        cmocka_unit_test_setup(prefix_without_addresses_is_accepted, start_test),
        cmocka_unit_test_setup(address_without_prefix_is_accepted, start_test),
        cmocka_unit_test_setup(refused_prefix_restarts_discovery, start_test),
        cmocka_unit_test_setup(unknown_status_gives_nothing, start_test),
        cmocka_unit_test_setup(advertise_of_nothing_is_refused, start_test),
        cmocka_unit_test_setup(server_with_both_is_preferred, start_test),
        cmocka_unit_test_setup(offer_is_replaced, start_test),
        cmocka_unit_test_setup(reply_without_an_ia_changes_nothing, start_test),
        cmocka_unit_test_setup(refused_prefix_alone_restarts_discovery, start_test),
        cmocka_unit_test_setup(server_that_dies_before_the_reply_is_left, start_test),
        cmocka_unit_test_setup(server_that_dies_after_no_binding_is_left, start_test),
        cmocka_unit_test_setup(full_slots_are_renumbered, start_test),
        cmocka_unit_test_setup(both_are_renewed_at_the_earliest_times, start_test),
        cmocka_unit_test_setup(prefix_is_renewed, start_test),
        cmocka_unit_test_setup(prefix_is_rebound_at_another_server, start_test),
        cmocka_unit_test_setup(prefix_expires, start_test),
        cmocka_unit_test_setup(prefix_expires_before_the_address, start_test),
        cmocka_unit_test_setup(deprecated_prefix_is_renewed, start_test),
        cmocka_unit_test_setup(infinite_lifetime_lasts, start_test),
        cmocka_unit_test_setup(prefix_is_held_for_a_year, start_test),
        cmocka_unit_test_setup(site_is_renumbered, start_test),
        cmocka_unit_test_setup(length_changes, start_test),
        cmocka_unit_test_setup(prefix_is_withdrawn, start_test),
        cmocka_unit_test_setup(two_prefixes_are_offered, start_test),
        cmocka_unit_test_setup(prefixes_beyond_the_slots_are_counted, start_test),
        cmocka_unit_test_setup(unknown_binding_is_requested, start_test),
        cmocka_unit_test_setup(new_link_is_asked_by_rebind, start_test),
        cmocka_unit_test_setup(prefix_is_extended_on_a_new_link, start_test),
        cmocka_unit_test_setup(prefix_is_released, start_test),
        cmocka_unit_test_setup(release_names_what_is_returned, start_test),
        cmocka_unit_test_setup(reconfigure_is_dropped, start_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
