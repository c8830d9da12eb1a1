/* test_dhcpv6.c: the DHCPv6 client (RFC 9915), with a server that is written here byte by byte, on virtual time. */
#include "fixture_node.h"

#include <stdio.h>
#include <string.h>

#include "fixture_bytes.h"
#include "fixture_dhcpv6.h"
#include "fixture_router.h"
#include "v6nf/dhcpv6.h"

#if V6NF_DHCPV6

#define IAID 0x01020304u
#define ADDRESS "2001:db8:d::100"
#define ADDRESS_2 "2001:db8:d::101"
#define SERVERS "ff02::1:2"
#define SERVERS_MAC "33:33:00:01:00:02"
#define DHCP_SENT_MAX 128u

static struct fixture f;
static struct v6nf_dhcpv6 client;
static struct v6nf_dhcpv6_config config;
static struct test_frame frame;
static struct dhcpv6_bytes m; /* the message that the server makes */
static const struct test_station server = {.mac = "02:00:00:00:00:dd", .address = "fe80::dd"};
static const uint8_t client_duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1}; /* DUID-LL of NODE_MAC */
static uint8_t server_duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 0xDD};

/* What the client sent, oldest first. */
static struct sent {
    uint64_t time;
    struct dhcpv6_bytes message; /* without msg-type and transaction-id */
    uint8_t type;
    uint32_t transaction;
} sent[DHCP_SENT_MAX];
static uint32_t sent_count;

/* -- Driving the client -------------------------------------------------------------------------------------------- */

/* Messages are sent from the link-local address and port 546 to all servers and port 547 (RFC 9915, 14 and 17). */
static void keep(const uint8_t *bytes, uint32_t length)
{
    assert_true(length >= 66u && sent_count < DHCP_SENT_MAX);
    frame_udp(&frame, SERVERS_MAC, NODE_MAC, NODE_LINK_LOCAL, SERVERS, 1, 546, 547, length - 62u);
    memcpy(frame.bytes + 62, bytes + 62, length - 62u);
    frame_fix_checksum(&frame);
    struct test_frame actual = {.length = length};
    memcpy(actual.bytes, bytes, length);
    assert_frame(&actual, &frame);
    struct sent *row = &sent[sent_count++];
    row->time = f.now;
    row->type = bytes[62];
    row->transaction = read32(bytes + 62) & 0xFFFFFFu;
    row->message.length = length - 66u;
    memcpy(row->message.bytes, bytes + 66, length - 66u);
}

static void tick(void)
{
    static uint8_t buffer[1514];
    fixture_tick(&f);
    for (unsigned turns = 0; v6nf_dhcpv6_next_due(&client) <= f.now; turns++) {
        uint32_t length = v6nf_dhcpv6_tick(&client, buffer, sizeof buffer, f.now);
        if (length != 0u) {
            keep(buffer, length);
        }
        assert_true(turns < 30u);
    }
    fixture_tick(&f);
}

static void run_until(uint64_t time)
{
    tick();
    while (f.now < time) {
        uint64_t next = v6nf_node_next_due(&f.node);
        uint64_t due = v6nf_dhcpv6_next_due(&client);
        next = due < next ? due : next;
        f.now = next < time ? next : time;
        tick();
    }
}

static void run(uint64_t time)
{
    run_until(f.now + time);
}

/* Let time pass until the client sends something, at most `limit`. Return what it sent, which has this type. */
static const struct sent *await(uint8_t type, uint64_t limit)
{
    const uint64_t end = f.now + limit;
    const uint32_t before = sent_count;
    tick();
    while (sent_count == before && f.now < end) {
        uint64_t next = v6nf_node_next_due(&f.node);
        uint64_t due = v6nf_dhcpv6_next_due(&client);
        next = due < next ? due : next;
        f.now = next < end ? next : end;
        tick();
    }
    if (sent_count == before) {
        fail_msg("no message of type %u in %llu us", type, (unsigned long long)limit);
    }
    const struct sent *row = &sent[sent_count - 1u];
    if (sent_count != before + 1u || row->type != type) {
        fail_msg("a message of type %u is sent, not %u, or more than one", row->type, type);
    }
    return row;
}

static void await_nothing(uint64_t time)
{
    const uint32_t before = sent_count;
    run(time);
    assert_int_equal(sent_count, before);
}

static const uint8_t *option_of(const struct sent *row, uint16_t code, uint32_t *size)
{
    return dhcpv6_find(row->message.bytes, row->message.length, code, size);
}

static bool has(const struct sent *row, uint16_t code)
{
    uint32_t size = 0;
    return option_of(row, code, &size) != NULL;
}

/* Check that the message has these options, each at most once, and no others; a list that ends with 0. */
static void assert_options(const struct sent *row, const uint16_t *codes)
{
    uint32_t count = 0;
    uint32_t all = 0;
    for (; codes[count] != 0u; count++) {
        if (dhcpv6_count(row->message.bytes, row->message.length, codes[count]) != 1u) {
            fail_msg("message %u has not option %u", row->type, codes[count]);
        }
    }
    for (uint16_t code = 0; code < 200u; code++) {
        all += dhcpv6_count(row->message.bytes, row->message.length, code);
    }
    assert_int_equal(all, count);
}

static void assert_bytes(const struct sent *row, uint16_t code, const void *bytes, uint32_t length)
{
    uint32_t size = 0;
    const uint8_t *data = option_of(row, code, &size);
    assert_non_null(data);
    assert_int_equal(size, length);
    assert_memory_equal(data, bytes, length);
}

static uint32_t elapsed(const struct sent *row)
{
    uint32_t size = 0;
    const uint8_t *data = option_of(row, ELAPSED_TIME, &size);
    assert_non_null(data);
    assert_int_equal(size, 2);
    return data[0] * 256u + data[1];
}

/* Check that the IA_NA has these addresses, NULL for fewer, and no times. */
static void assert_ia(const struct sent *row, const char *first, const char *second)
{
    static const uint8_t head[12] = {1, 2, 3, 4};
    struct dhcpv6_bytes ia = {.length = 0};
    if (first != NULL) {
        dhcpv6_address(&ia, first, 0, 0);
    }
    if (second != NULL) {
        dhcpv6_address(&ia, second, 0, 0);
    }
    uint32_t size = 0;
    const uint8_t *data = option_of(row, IA_NA, &size);
    assert_non_null(data);
    assert_int_equal(size, 12u + ia.length);
    assert_memory_equal(data, head, 12);
    assert_memory_equal(data + 12, ia.bytes, ia.length);
}

/* -- The server ---------------------------------------------------------------------------------------------------- */

static const struct sent *last(void)
{
    assert_true(sent_count > 0u);
    return &sent[sent_count - 1u];
}

/* Begin an answer to the client's last message. */
static void answer(uint8_t type)
{
    dhcpv6_begin(&m, type, last()->transaction);
    dhcpv6_option(&m, CLIENT_ID, client_duid, sizeof client_duid);
    dhcpv6_option(&m, SERVER_ID, server_duid, sizeof server_duid);
}

static void put_ia(uint32_t t1, uint32_t t2, const char *address, uint32_t preferred, uint32_t valid)
{
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, t1, t2);
    if (address != NULL) {
        dhcpv6_address(&m, address, preferred, valid);
    }
    dhcpv6_ia_end(&m, ia);
}

static void put_ia_status(uint16_t status)
{
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_status(&m, status);
    dhcpv6_ia_end(&m, ia);
}

static void send_to(const char *address)
{
    const char *mac = address[0] == 'f' && address[1] == 'f' ? test_group_mac(address) : NODE_MAC;
    frame_udp(&frame, mac, server.mac, server.address, address, 64, 547, 546, m.length);
    memcpy(frame.bytes + 62, m.bytes, m.length);
    frame_fix_checksum(&frame);
    fixture_input_silent(&f, &frame);
}

/* Send the message that was built. It is counted once, as `counter`. */
static void deliver(enum v6nf_dhcpv6_counter counter)
{
    uint64_t before[V6NF_DHCPV6_COUNTER_COUNT];
    memcpy(before, client.counters, sizeof before);
    send_to(NODE_LINK_LOCAL);
    uint64_t all = 0;
    for (uint32_t i = 0; i < V6NF_DHCPV6_COUNTER_COUNT; i++) {
        bool is_taken_in = i == V6NF_DHCPV6_ACCEPTED || i == V6NF_DHCPV6_REFUSED;
        bool is_of_messages = is_taken_in || i >= V6NF_DHCPV6_DROP_DESTINATION;
        uint64_t counts = client.counters[i] - before[i];
        all += is_of_messages ? counts : 0u;
        if (counts != 0u && is_of_messages && i != (uint32_t)counter) {
            fail_msg("counted as \"%s\", not \"%s\"", v6nf_dhcpv6_counter_text((enum v6nf_dhcpv6_counter)i),
                     v6nf_dhcpv6_counter_text(counter));
        }
    }
    assert_int_equal(all, 1);
}

static void accept(void)
{
    deliver(V6NF_DHCPV6_ACCEPTED);
}

static void put_information(void)
{
    uint8_t servers[64];
    test_address(servers, "2001:db8::53");
    test_address(servers + 16, "ff02::53"); /* not a possible server */
    test_address(servers + 32, "fe80::53");
    test_address(servers + 48, "::");
    dhcpv6_option(&m, DNS_SERVERS, servers, 64);
    dhcpv6_option(&m, DOMAINS, "\7example\3com\0\3a b\0", 18);
}

/* -- Start of each test -------------------------------------------------------------------------------------------- */

static int start_client(void **state)
{
    (void)state;
    fixture_start(&f);
    config = (struct v6nf_dhcpv6_config){.mode = V6NF_DHCPV6_STATEFUL, .iaid = IAID};
    sent_count = 0;
    server_duid[9] = 0xDD;
    return 0;
}

static void start(void)
{
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_OK);
}

static void start_in(enum v6nf_dhcpv6_mode mode)
{
    config.mode = mode;
    start();
}

/* Exchange the four messages: the client has ADDRESS with these times, and the server has just replied. */
static void bind_with(uint32_t t1, uint32_t t2, uint32_t preferred, uint32_t valid)
{
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(t1, t2, ADDRESS, preferred, valid);
    accept();
    await(REQUEST, 0);
    answer(REPLY);
    put_ia(t1, t2, ADDRESS, preferred, valid);
    put_information();
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

static void bind_usual(void)
{
    bind_with(1000, 1600, 2000, 3000);
}

static bool node_has(const char *address)
{
    struct v6nf_address wanted = test_address_of(address);
    for (uint32_t i = 0; i < f.node.addresses_used; i++) {
        if (memcmp(f.node.addresses[i].address.bytes, wanted.bytes, 16) == 0) {
            return true;
        }
    }
    return false;
}

static void assert_within(uint64_t value, uint64_t least, uint64_t limit)
{
    if (value < least || value > limit) {
        fail_msg("%llu is not in %llu to %llu", (unsigned long long)value, (unsigned long long)least,
                 (unsigned long long)limit);
    }
}

/* Check that the client repeats `type`, the first time at once or within `delay`. Each interval is twice the one
 * before, within 10 %, up to `limit`. The first is `first` (RFC 9915, 15). Times are in seconds. */
static void assert_retransmissions(uint8_t type, uint64_t delay, uint64_t first, uint64_t limit, uint32_t times)
{
    uint64_t before = await(type, delay)->time;
    const uint64_t begun = before;
    const uint32_t transaction = last()->transaction;
    uint64_t timeout = 0;
    assert_int_equal(elapsed(last()), 0);
    for (uint32_t i = 1; i < times; i++) {
        const struct sent *row = await(type, 2u * limit * SECOND + 10u * SECOND);
        uint64_t interval = row->time - before;
        uint64_t expected = timeout == 0u ? first * SECOND : 2u * timeout;
        uint64_t tenth = timeout == 0u ? expected / 10u : timeout / 10u;
        if (expected + tenth <= limit * SECOND) {
            assert_within(interval, expected - tenth, expected + tenth);
        } else {
            assert_within(interval, limit * SECOND * 9u / 10u, limit * SECOND * 11u / 10u);
        }
        assert_int_equal(row->transaction, transaction);
        uint64_t hundredths = (row->time - begun) / 10000u;
        assert_int_equal(elapsed(row), hundredths < 0xFFFFu ? hundredths : 0xFFFFu);
        timeout = interval;
        before = row->time;
        sent_count = 1; /* frees space */
    }
}

/* -- Stateless ----------------------------------------------------------------------------------------------------- */

static void assert_dns(const char *first, const char *second, const char *domain)
{
    struct v6nf_address address;
    const char *const expected[2] = {first, second};
    for (uint32_t i = 0; i < 2u; i++) {
        struct v6nf_address wanted = test_address_of(expected[i] != NULL ? expected[i] : "::");
        assert_true(v6nf_dhcpv6_dns_server(&client, i, &address) == (expected[i] != NULL));
        assert_memory_equal(address.bytes, wanted.bytes, 16);
    }
    const char *name = v6nf_dhcpv6_dns_domain(&client, 0);
    if (domain == NULL) {
        assert_null(name);
    } else {
        assert_string_equal(name, domain);
    }
    assert_null(v6nf_dhcpv6_dns_domain(&client, 1));
}

static void information_is_requested_and_used(void **state)
{
    (void)state;
    static const uint8_t requested[] = {0, 23, 0, 24, 0, 32, 0, 83};
    const uint64_t begun = f.now;
    start_in(V6NF_DHCPV6_STATELESS);
    const struct sent *row = await(INFORMATION_REQUEST, SECOND);
    assert_within(row->time, begun, begun + SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, ELAPSED_TIME, OPTION_REQUEST, 0});
    assert_bytes(row, CLIENT_ID, client_duid, 10);
    assert_bytes(row, OPTION_REQUEST, requested, 8);
    assert_int_equal(client.state, V6NF_DHCPV6_INFORMING);
    answer(REPLY);
    put_information();
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_INFORMED);
    assert_dns("2001:db8::53", "fe80::53", "example.com");
    await_nothing(86399u * SECOND); /* IRT_DEFAULT */
    await(INFORMATION_REQUEST, 2u * SECOND);
    assert_dns("2001:db8::53", "fe80::53", "example.com");
}

static void information_request_is_repeated(void **state)
{
    (void)state;
    start_in(V6NF_DHCPV6_STATELESS);
    assert_retransmissions(INFORMATION_REQUEST, SECOND, 1, 3600, 20);
}

static void inf_max_rt_limits_the_interval(void **state)
{
    (void)state;
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    dhcpv6_option32(&m, INF_MAX_RT, 60);
    dhcpv6_status(&m, UNSPEC_FAIL); /* ignored (RFC 9915, 18.2.10) */
    deliver(V6NF_DHCPV6_REFUSED);
    run(600u * SECOND);
    sent_count = 0;
    for (unsigned i = 0; i < 10u; i++) {
        await(INFORMATION_REQUEST, 66u * SECOND);
    }
}

/* The option is in RFC 9915, 21.23. */
static void information_is_refreshed_at_its_refresh_time(void **state)
{
    (void)state;
    static const struct {
        uint32_t given;
        uint32_t heeded;
    } cases[] = {{7200, 7200}, {600, 600}, {599, 600}, {0, 600}};
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    for (uint32_t i = 0; i < 4u; i++) {
        answer(REPLY);
        dhcpv6_option32(&m, REFRESH_TIME, cases[i].given);
        accept();
        await_nothing(cases[i].heeded * SECOND - 1u);
        await(INFORMATION_REQUEST, SECOND + 1u); /* delayed (18.2.6) */
    }
    answer(REPLY);
    dhcpv6_option32(&m, REFRESH_TIME, UINT32_MAX);
    accept();
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
}

/* See RFC 9915, 18.2.10.5. */
static void dns_missing_from_a_later_reply_is_removed(void **state)
{
    (void)state;
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    put_information();
    dhcpv6_option32(&m, REFRESH_TIME, 600);
    accept();
    await(INFORMATION_REQUEST, 602u * SECOND);
    answer(REPLY);
    accept();
    assert_dns(NULL, NULL, NULL);
}

static void more_servers_and_domains_than_slots_are_ignored(void **state)
{
    (void)state;
    uint8_t servers[40u * 16u];
    uint8_t names[40u * 3u];
    for (uint32_t i = 0; i < 40u; i++) {
        test_address(servers + (size_t)i * 16u, "2001:db8::53");
        memcpy(names + (size_t)i * 3u, "\1a", 3);
        names[i * 3u + 1u] = (uint8_t)('a' + i % 26u);
    }
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    dhcpv6_option(&m, DNS_SERVERS, servers, sizeof servers);
    dhcpv6_option(&m, DOMAINS, names, sizeof names);
    accept();
    struct v6nf_address address;
    assert_true(v6nf_dhcpv6_dns_server(&client, V6NF_DNS_SERVERS - 1u, &address));
    assert_false(v6nf_dhcpv6_dns_server(&client, V6NF_DNS_SERVERS, &address));
    assert_non_null(v6nf_dhcpv6_dns_domain(&client, V6NF_DNS_DOMAINS - 1u));
    assert_null(v6nf_dhcpv6_dns_domain(&client, V6NF_DNS_DOMAINS));
}

/* -- Four messages ------------------------------------------------------------------------------------------------- */

static const uint8_t stateful_request[] = {0, 23, 0, 24, 0, 82};

static void address_is_solicited_requested_and_used(void **state)
{
    (void)state;
    const uint64_t begun = f.now;
    start();
    const struct sent *row = await(SOLICIT, SECOND);
    assert_within(row->time, begun, begun + SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, ELAPSED_TIME, OPTION_REQUEST, IA_NA, 0});
    assert_bytes(row, CLIENT_ID, client_duid, 10);
    assert_bytes(row, OPTION_REQUEST, stateful_request, 6);
    assert_ia(row, NULL, NULL);
    const uint64_t solicited = row->time;
    const uint32_t transaction = row->transaction;

    answer(ADVERTISE);
    put_ia(1000, 1600, ADDRESS, 2000, 3000);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
    assert_false(node_has(ADDRESS));
    row = await(REQUEST, 2u * SECOND);
    /* The first RT has passed: more than SOL_TIMEOUT (RFC 9915, 18.2.1). */
    assert_within(row->time - solicited, SECOND + 1u, SECOND + SECOND / 10u);
    assert_options(row, (const uint16_t[]){CLIENT_ID, SERVER_ID, ELAPSED_TIME, OPTION_REQUEST, IA_NA, 0});
    assert_bytes(row, CLIENT_ID, client_duid, 10);
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_bytes(row, OPTION_REQUEST, stateful_request, 6);
    assert_ia(row, ADDRESS, NULL);
    assert_int_equal(elapsed(row), 0);
    assert_true(row->transaction != transaction);

    answer(REPLY);
    put_ia(1000, 1600, ADDRESS, 2000, 3000);
    put_information();
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    const struct v6nf_interface_address *own = fixture_own(&f, ADDRESS);
    assert_int_equal(own->prefix_length, 128);
    assert_true(own->preferred_until == f.now + 2000u * SECOND);
    assert_true(own->valid_until == f.now + 3000u * SECOND);
    assert_dns("2001:db8::53", "fe80::53", "example.com");
    await_nothing(999u * SECOND);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_PREFERRED);
}

static void solicit_is_repeated(void **state)
{
    (void)state;
    start();
    uint64_t first = await(SOLICIT, SECOND)->time;
    uint64_t timeout = await(SOLICIT, 2u * SECOND)->time - first;
    assert_within(timeout, SECOND + 1u, SECOND + SECOND / 10u);
    for (uint32_t i = 0; i < 20u; i++) {
        uint64_t before = last()->time;
        uint64_t interval = await(SOLICIT, 4000u * SECOND)->time - before;
        if (2u * timeout + timeout / 10u <= 3600u * SECOND) {
            assert_within(interval, 2u * timeout - timeout / 10u, 2u * timeout + timeout / 10u);
        } else {
            assert_within(interval, 3240u * SECOND, 3960u * SECOND);
        }
        assert_int_equal(last()->transaction, sent[0].transaction);
        timeout = interval;
    }
    assert_int_equal(elapsed(last()), 0xFFFF);
    assert_int_equal(client.transmissions, 22);
    /* A server that answers now is used at once. */
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    await(REQUEST, 0);
}

static void late_server_gets_a_request_at_once(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    await(SOLICIT, 2u * SECOND);
    answer(ADVERTISE);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_address(&m, ADDRESS, 100, 100);
    dhcpv6_address(&m, ADDRESS, 100, 100); /* once is enough */
    dhcpv6_ia_end(&m, ia);
    accept();
    assert_ia(await(REQUEST, 0), ADDRESS, NULL);
}

static void best_server_is_chosen(void **state)
{
    (void)state;
    static const struct {
        uint8_t preference;
        uint8_t id;
        const char *address;
    } servers[] = {{0, 1, "2001:db8:d::1"}, {7, 2, "2001:db8:d::2"}, {7, 3, "2001:db8:d::3"}, {5, 4, "2001:db8:d::4"}};
    start();
    await(SOLICIT, SECOND);
    for (uint32_t i = 0; i < 4u; i++) {
        server_duid[9] = servers[i].id;
        answer(ADVERTISE);
        put_ia(0, 0, servers[i].address, 100, 100);
        if (servers[i].preference != 0u) {
            dhcpv6_option8(&m, PREFERENCE, servers[i].preference);
        }
        accept();
    }
    server_duid[9] = 2;
    const struct sent *row = await(REQUEST, 2u * SECOND);
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_ia(row, "2001:db8:d::2", NULL);
}

static void preference_255_is_not_waited_for(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    server_duid[9] = 9;
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(0, 0, ADDRESS_2, 100, 100);
    accept();
    const struct sent *row = await(REQUEST, 0);
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_ia(row, ADDRESS_2, NULL);
}

/* See RFC 9915, 18.2.9. */
static void advertise_without_addresses_is_ignored(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    put_ia(0, 0, NULL, 0, 0);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    put_ia_status(NO_ADDRS_AVAIL);
    dhcpv6_option8(&m, PREFERENCE, 255);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    dhcpv6_status(&m, NO_ADDRS_AVAIL);
    put_ia(0, 0, ADDRESS, 100, 100);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 0, 0);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 101, 100);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(ADVERTISE);
    put_ia(20, 10, ADDRESS, 100, 100);
    deliver(V6NF_DHCPV6_REFUSED);
    await(SOLICIT, 2u * SECOND);
}

static uint32_t sol_max_rt_after(uint32_t first, uint32_t second, uint32_t third)
{
    const uint32_t values[] = {first, second, third};
    (void)start_client(NULL);
    start();
    await(SOLICIT, SECOND);
    for (uint32_t i = 0; i < 3u; i++) {
        answer(ADVERTISE);
        dhcpv6_status(&m, NO_ADDRS_AVAIL);
        if (values[i] != 1u) {
            dhcpv6_option32(&m, SOL_MAX_RT, values[i]);
        }
        deliver(V6NF_DHCPV6_REFUSED);
    }
    uint64_t interval = 0;
    for (uint32_t i = 0; i < 30u; i++) {
        uint64_t before = last()->time;
        interval = await(SOLICIT, 100000u * SECOND)->time - before;
    }
    return (uint32_t)((interval + 50u * SECOND) / SECOND);
}

static void sol_max_rt_is_used(void **state)
{
    (void)state;
    enum { NONE = 1 };
    assert_within(sol_max_rt_after(NONE, 86400, NONE), 77760, 95140);
    assert_within(sol_max_rt_after(600, 600, NONE), 540 + 50, 660 + 50);
    assert_within(sol_max_rt_after(600, 601, 600), 3240 + 50, 3960 + 50); /* they differ */
    assert_within(sol_max_rt_after(59, 86401, 0), 3240 + 50, 3960 + 50);  /* out of bounds */
}

static void request_is_repeated_and_expires(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    assert_retransmissions(REQUEST, 0, 1, 30, 10);
    const struct sent *row = await(SOLICIT, 40u * SECOND);
    assert_ia(row, NULL, NULL);
    assert_int_equal(elapsed(row), 0);
    assert_int_equal(client.counters[V6NF_DHCPV6_FAILURES], 1);
    /* Two servers in one exchange are different ones that answer one Solicit. */
    for (uint32_t value = 600; value <= 601u; value++) {
        answer(ADVERTISE);
        dhcpv6_option8(&m, PREFERENCE, 255);
        dhcpv6_option32(&m, SOL_MAX_RT, value);
        put_ia(0, 0, ADDRESS, 100, 100);
        accept();
        await(REQUEST, 0);
        assert_int_equal(client.sol_max_rt, value);
        answer(REPLY);
        put_ia_status(NOT_ON_LINK);
        deliver(V6NF_DHCPV6_REFUSED);
        await(SOLICIT, 5u * SECOND);
    }
}

static void refused_request_ends(void **state)
{
    (void)state;
    const struct {
        uint16_t status;
        bool in_ia;
        bool given_up;
    } cases[] = {{NO_ADDRS_AVAIL, true, true}, {NO_ADDRS_AVAIL, false, true}, {NOT_ON_LINK, true, true},
                 {NOT_ON_LINK, false, true},   {UNSPEC_FAIL, false, false},   {USE_MULTICAST, false, false}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)start_client(NULL);
        start();
        await(SOLICIT, SECOND);
        answer(ADVERTISE);
        dhcpv6_option8(&m, PREFERENCE, 255);
        put_ia(0, 0, ADDRESS, 100, 100);
        accept();
        await(REQUEST, 0);
        answer(REPLY);
        if (cases[i].in_ia) {
            put_ia_status(cases[i].status);
        } else {
            dhcpv6_status(&m, cases[i].status);
        }
        deliver(V6NF_DHCPV6_REFUSED);
        assert_int_equal(client.state, cases[i].given_up ? V6NF_DHCPV6_SOLICITING : V6NF_DHCPV6_REQUESTING);
        await(cases[i].given_up ? SOLICIT : REQUEST, 2u * SECOND);
    }
}

static void reply_without_a_usable_address_is_no_binding(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    await(REQUEST, 0);
    answer(REPLY);
    put_ia(0, 0, "ff02::5", 100, 100);
    deliver(V6NF_DHCPV6_REFUSED);
    assert_int_equal(client.counters[V6NF_DHCPV6_LEASES_FULL], 1);
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
}

/* -- A server that never lets the exchange succeed (RFC 9915, 14.1) ------------------------------------------------ */

enum refusal {
    REFUSES_ADDRESSES, /* Request: NoAddrsAvail */
    REFUSES_THE_LINK,  /* Request: NotOnLink */
    GIVES_NOTHING,     /* Request: an IA_NA without a usable address */
    GIVES_A_SECOND,    /* Request: lifetimes of a second */
    GIVES_A_DUPLICATE, /* Request: an address that another node has */
    IS_SILENT,         /* Request: no answer */
    COMMITS_A_SECOND,  /* Solicit: Rapid Commit, lifetimes of a second */
    REFUSALS
};

static void setup_with_detection(void);
static void object_now(const char *address);

/* Let the client begin with a Solicit message and end with no address. */
static void refuse(enum refusal refusal)
{
    if (refusal == COMMITS_A_SECOND) {
        answer(REPLY);
        dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
        put_ia(0, 0, ADDRESS, 1, 1);
        accept();
        return;
    }
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    await(REQUEST, 20u * SECOND);
    if (refusal == IS_SILENT) {
        run(300u * SECOND - 1u);
        return;
    }
    answer(REPLY);
    if (refusal == GIVES_NOTHING) {
        put_ia(0, 0, "ff02::5", 100, 100);
    } else if (refusal == GIVES_A_SECOND) {
        put_ia(0, 0, ADDRESS, 1, 1);
    } else if (refusal == GIVES_A_DUPLICATE) {
        put_ia(0, 0, ADDRESS, 100, 100);
    } else {
        put_ia_status(refusal == REFUSES_ADDRESSES ? NO_ADDRS_AVAIL : NOT_ON_LINK);
    }
    bool is_lease = refusal == GIVES_A_SECOND || refusal == GIVES_A_DUPLICATE;
    deliver(is_lease ? V6NF_DHCPV6_ACCEPTED : V6NF_DHCPV6_REFUSED);
    if (refusal == GIVES_A_DUPLICATE) {
        run(500u * MILLISECOND);
        object_now(ADDRESS);
        await(DECLINE, 20u * SECOND);
        answer(REPLY);
        accept();
    }
}

/* Server discovery begins again as late as a Solicit message is repeated: with twice the delay each time, up to
 * SOL_MAX_RT. */
static void discovery_restarts_later_each_time(void **state)
{
    (void)state;
    for (uint32_t refusal = 0; refusal < REFUSALS; refusal++) {
        setup_with_detection();
        config = (struct v6nf_dhcpv6_config){
            .mode = V6NF_DHCPV6_STATEFUL, .iaid = IAID, .rapid_commit = refusal == COMMITS_A_SECOND};
        fixture_case("refusal %u", refusal);
        start();
        uint64_t least = 900u * MILLISECOND;
        await(SOLICIT, SECOND);
        for (uint32_t i = 0; i < 16u; i++) {
            refuse((enum refusal)refusal);
            sent[0] = *last();
            sent_count = 1;
            uint64_t refused = f.now;
            uint64_t begun = await(SOLICIT, 4000u * SECOND)->time;
            if (refusal != IS_SILENT) { /* which takes time to expire */
                assert_within(begun - refused, least, 4000u * SECOND);
            }
            least = least * 19u / 10u < 3240u * SECOND ? least * 19u / 10u : 3240u * SECOND;
        }
        v6nf_dhcpv6_stop(&client, f.now);
    }
    fixture_case("%s", "");
}

/* The delay starts again after an address was in use for a while, or on another link. */
static void discovery_restarts_at_once_after_a_used_lease(void **state)
{
    (void)state;
    for (uint32_t other_link = 0; other_link < 2u; other_link++) {
        (void)start_client(NULL);
        start();
        await(SOLICIT, SECOND);
        for (uint32_t i = 0; i < 8u; i++) {
            refuse(REFUSES_ADDRESSES);
            await(SOLICIT, 4000u * SECOND);
        }
        if (other_link == 0u) {
            answer(ADVERTISE);
            dhcpv6_option8(&m, PREFERENCE, 255);
            put_ia(0, 0, ADDRESS, 30, 30);
            accept();
            await(REQUEST, 0);
            answer(REPLY);
            put_ia(0, 0, ADDRESS, 30, 30);
            accept();
            run(30u * SECOND - 1u);
            assert_true(node_has(ADDRESS));
        } else {
            refuse(REFUSES_ADDRESSES);
            v6nf_node_link_up(&f.node, f.now);
            v6nf_dhcpv6_link_up(&client, f.now);
        }
        sent_count = 0;
        await(SOLICIT, SECOND + 1u);
        assert_false(node_has(ADDRESS));
    }
}

/* Renew and Rebind messages are sent at T1 and T2, at most once a second, for any T1, T2 and lifetimes. */
static void renewals_have_a_maximum_rate(void **state)
{
    (void)state;
    static const struct {
        uint32_t t1;
        uint32_t t2;
        uint32_t valid;
    } cases[] = {{1, 1, 100}, {1, 2, 100}, {0, 1, 100}, {1, 0, 100}, {0, 0, 12}, {0, 0, 2}, {9, 10, 20}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)start_client(NULL);
        fixture_case("case %u", i);
        bind_with(cases[i].t1, cases[i].t2, cases[i].valid, cases[i].valid);
        for (uint32_t times = 0; times < 30u; times++) {
            const uint64_t bound = f.now;
            tick();
            while (last()->time <= bound || (last()->type != RENEW && last()->type != REBIND)) {
                run_until(v6nf_dhcpv6_next_due(&client));
                assert_true(f.now < bound + 20u * SECOND);
            }
            assert_within(last()->time - bound, SECOND, 10u * SECOND);
            answer(REPLY);
            put_ia(cases[i].t1, cases[i].t2, ADDRESS, cases[i].valid, cases[i].valid);
            accept();
        }
    }
    fixture_case("%s", "");
}

/* Answer each message of this type at once with a status. The next is sent no sooner than without an answer. */
static void assert_not_sooner(uint8_t type, uint8_t reply, uint16_t status, uint64_t first, uint32_t times)
{
    uint64_t before = 0;
    uint64_t least = first * 9u / 10u;
    for (uint32_t i = 0; i < times; i++) {
        uint64_t now = await(type, 20000u * SECOND)->time;
        if (i > 0u) {
            assert_within(now - before, least, 20000u * SECOND);
            least = least < 16u * SECOND ? least * 19u / 10u : least;
        }
        before = now;
        answer(reply);
        dhcpv6_status(&m, status);
        if (type != INFORMATION_REQUEST && type != CONFIRM) {
            put_ia_status(status);
        }
        deliver(V6NF_DHCPV6_REFUSED);
    }
}

static void refusals_make_the_client_send_no_sooner(void **state)
{
    (void)state;
    static const uint16_t statuses[] = {UNSPEC_FAIL, NO_ADDRS_AVAIL, NO_BINDING, NOT_ON_LINK, USE_MULTICAST, 99};
    for (uint32_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        const uint16_t status = statuses[i];
        fixture_case("status %u", status);
        (void)start_client(NULL);
        start();
        assert_not_sooner(SOLICIT, ADVERTISE, status, SECOND, 8);
        (void)start_client(NULL);
        start_in(V6NF_DHCPV6_STATELESS);
        assert_not_sooner(INFORMATION_REQUEST, REPLY, status, SECOND, 8);
        (void)start_client(NULL);
        bind_with(1000, 20000, 200000, 200000);
        if (status != NO_BINDING) { /* which causes a Request */
            run(1000u * SECOND - 1u);
            assert_not_sooner(RENEW, REPLY, status, 10u * SECOND, 8);
            run_until(client.rebind_at - 1u);
            sent_count = 0;
            assert_not_sooner(REBIND, REPLY, status, 10u * SECOND, 8);
        }
        sent_count = 0;
        v6nf_dhcpv6_link_up(&client, f.now);
        assert_not_sooner(CONFIRM, REPLY, status == NOT_ON_LINK ? UNSPEC_FAIL : status, SECOND, 3);
        if (status == NO_ADDRS_AVAIL || status == NOT_ON_LINK) { /* which end a Request */
            continue;
        }
        (void)start_client(NULL);
        start();
        await(SOLICIT, SECOND);
        answer(ADVERTISE);
        dhcpv6_option8(&m, PREFERENCE, 255);
        put_ia(0, 0, ADDRESS, 100, 100);
        accept();
        assert_not_sooner(REQUEST, REPLY, status, SECOND, 10);
        await(SOLICIT, 40u * SECOND);
    }
    fixture_case("%s", "");
}

/* Answer the last message at once with random content: times of at most 10 s, and leases of 1000 s if `is_long`. */
static void answer_with_anything(uint32_t *random, bool is_long)
{
    static const uint16_t statuses[] = {SUCCESS,       UNSPEC_FAIL, NO_ADDRS_AVAIL, NO_BINDING, NOT_ON_LINK,
                                        USE_MULTICAST, 99};
    static const uint32_t times[] = {0, 1, 2, 3, 5, 10};
    uint32_t values[6];
    for (uint32_t i = 0; i < 6u; i++) {
        *random = *random * 1664525u + 1013904223u;
        values[i] = *random / 65536u;
    }
    answer(last()->type == SOLICIT && values[0] % 4u != 0u ? ADVERTISE : REPLY);
    dhcpv6_option8(&m, PREFERENCE, 255);
    if (m.bytes[0] == REPLY && last()->type == SOLICIT) {
        dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    }
    dhcpv6_option32(&m, REFRESH_TIME, times[values[1] % 6u]);
    if (values[2] % 3u == 0u) {
        dhcpv6_status(&m, statuses[values[3] % 7u]);
    }
    if (values[2] % 3u == 1u) {
        put_ia_status(statuses[values[3] % 7u]);
    } else if (values[4] % 8u != 0u) {
        uint32_t lifetime = is_long ? 1000u : times[values[3] % 6u];
        put_ia(times[values[4] % 6u], times[values[5] % 6u], ADDRESS, lifetime, lifetime);
    }
    send_to(NODE_LINK_LOCAL);
}

/* Return how many messages this provokes in 40,000 seconds. */
static uint32_t provoke(bool rapid, bool is_long)
{
    uint32_t random = 1;
    uint32_t messages = 0;
    setup_with_detection();
    config = (struct v6nf_dhcpv6_config){.mode = V6NF_DHCPV6_STATEFUL, .iaid = IAID, .rapid_commit = rapid};
    sent_count = 0;
    start();
    const uint64_t end = f.now + 40000u * SECOND;
    while (f.now < end) {
        uint64_t due = v6nf_dhcpv6_next_due(&client);
        const uint32_t before = sent_count;
        run_until(due < end ? due : end);
        if (sent_count != before) {
            messages += sent_count - before;
            answer_with_anything(&random, is_long);
            sent[0] = *last();
            sent_count = 1;
            if (!is_long || messages % 7u == 0u) {
                object_now(ADDRESS); /* a duplicate, if it is being detected */
            }
        }
    }
    v6nf_dhcpv6_stop(&client, f.now);
    return messages;
}

static void hostile_server_provokes_few_messages(void **state)
{
    (void)state;
    for (uint32_t rapid = 0; rapid < 2u; rapid++) {
        /* There are some messages each time that discovery begins again, after 1, 2, 4, ... and each 3600 seconds. */
        assert_within(provoke(rapid != 0u, false), 20, 300);
        /* Check that Renew, Request and Decline take at most ten seconds. */
        assert_within(provoke(rapid != 0u, true), 20, 12000);
    }
}

static void several_addresses_are_used(void **state)
{
    (void)state;
    char text[46];
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    for (uint32_t i = 0; i < 16u; i++) {
        (void)snprintf(text, sizeof text, "2001:db8:d::%x", i + 1u);
        dhcpv6_address(&m, text, 100, 100);
    }
    dhcpv6_ia_end(&m, ia);
    accept();
    await(REQUEST, 0);
    answer(REPLY);
    ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_address(&m, "ff02::1", 100, 100); /* these cannot be the node's */
    dhcpv6_address(&m, "::", 100, 100);
    dhcpv6_address(&m, "fe80::5", 100, 100);
    dhcpv6_address(&m, GATEWAY, 100, 100);
    dhcpv6_address(&m, NODE_GLOBAL, 100, 100); /* this one is another node's */
    dhcpv6_address(&m, NODE_LINK_LOCAL, 0, 0); /* nor can this one be revoked */
    for (uint32_t i = 0; i < 16u; i++) {
        (void)snprintf(text, sizeof text, "2001:db8:d::%x", i + 1u);
        dhcpv6_address(&m, text, 100, 100);
    }
    dhcpv6_ia_end(&m, ia);
    accept();
    uint32_t room = V6NF_ADDRESSES - 2u < V6NF_DHCPV6_ADDRESSES ? V6NF_ADDRESSES - 2u : V6NF_DHCPV6_ADDRESSES;
    assert_int_equal(client.addresses_count, room);
    assert_false(node_has("fe80::5"));
    assert_int_equal(f.node.addresses_used, room + 2u);
    assert_int_equal(client.counters[V6NF_DHCPV6_LEASES], room);
    assert_true(fixture_own(&f, NODE_GLOBAL)->valid_until == V6NF_NEVER);
    assert_true(fixture_own(&f, NODE_LINK_LOCAL)->valid_until == V6NF_NEVER);
    run(50u * SECOND); /* T1: they are renewed together */
    assert_int_equal(last()->type, RENEW);
    uint32_t size = 0;
    (void)option_of(last(), IA_NA, &size);
    assert_int_equal(size, 12u + 28u * room);
}

/* -- Rapid Commit -------------------------------------------------------------------------------------------------- */

static void rapid_commit_takes_two_messages(void **state)
{
    (void)state;
    config.rapid_commit = true;
    start();
    const struct sent *row = await(SOLICIT, SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, ELAPSED_TIME, OPTION_REQUEST, RAPID_COMMIT, IA_NA, 0});
    answer(REPLY);
    put_ia(0, 0, ADDRESS, 100, 100);
    deliver(V6NF_DHCPV6_DROP_UNEXPECTED); /* without the option (RFC 9915, 18.2.1) */
    answer(REPLY);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    put_ia_status(NO_ADDRS_AVAIL);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(REPLY);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    assert_true(node_has(ADDRESS));
    assert_bytes(await(RENEW, 51u * SECOND), SERVER_ID, server_duid, 10);
}

static void rapid_commit_without_request_is_dropped(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(REPLY);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    put_ia(0, 0, ADDRESS, 100, 100);
    deliver(V6NF_DHCPV6_DROP_UNEXPECTED);
    assert_false(node_has(ADDRESS));
}

static void server_without_rapid_commit_gets_a_request(void **state)
{
    (void)state;
    config.rapid_commit = true;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    assert_false(has(await(REQUEST, 2u * SECOND), RAPID_COMMIT));
}

/* -- Lifetimes ----------------------------------------------------------------------------------------------------- */

static void address_is_renewed_at_t1(void **state)
{
    (void)state;
    bind_usual();
    const uint64_t bound = f.now;
    const struct sent *row = await(RENEW, 1000u * SECOND);
    assert_true(row->time == bound + 1000u * SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, SERVER_ID, ELAPSED_TIME, OPTION_REQUEST, IA_NA, 0});
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_bytes(row, OPTION_REQUEST, stateful_request, 6);
    assert_ia(row, ADDRESS, NULL);
    f.now += SECOND;
    answer(REPLY);
    dhcpv6_option32(&m, SOL_MAX_RT, 60);
    dhcpv6_option32(&m, INF_MAX_RT, 61);
    put_ia(500, 800, ADDRESS, 900, 950);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    assert_int_equal(client.sol_max_rt, 60);
    assert_int_equal(client.inf_max_rt, 61);
    assert_true(fixture_own(&f, ADDRESS)->preferred_until == f.now + 900u * SECOND);
    assert_true(fixture_own(&f, ADDRESS)->valid_until == f.now + 950u * SECOND);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_PREFERRED); /* detection is not repeated */
    assert_true(await(RENEW, 600u * SECOND)->time == bound + 1501u * SECOND);
    assert_int_equal(client.counters[V6NF_DHCPV6_LEASES], 1);
}

/* The program changed the leased address into its own: the client must not remove it. */
static void address_that_the_program_added_itself_stays(void **state)
{
    (void)state;
    const struct v6nf_address address = test_address_of(ADDRESS);
    bind_usual();
    assert_int_equal(v6nf_node_remove_address(&f.node, &address), V6NF_OK);
    fixture_add_address(&f, ADDRESS, 64);
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    put_ia(1000, 1600, ADDRESS, 2000, 3000);
    send_to(NODE_LINK_LOCAL);
    assert_true(node_has(ADDRESS));
    v6nf_dhcpv6_stop(&client, f.now);
    run(60u * SECOND);
    assert_true(node_has(ADDRESS));
    assert_int_equal(fixture_own(&f, ADDRESS)->origin, V6NF_ADDRESS_CONFIGURED);
}

static void renew_is_repeated_until_t2_and_rebind_until_the_end(void **state)
{
    (void)state;
    bind_with(1000, 20000, 30000, 40000);
    const uint64_t bound = f.now;
    assert_retransmissions(RENEW, 1000u * SECOND, 10, 600, 20);
    run_until(bound + 20000u * SECOND - 1u);
    sent_count = 0;
    assert_int_equal(client.state, V6NF_DHCPV6_RENEWING);
    const struct sent *row = await(REBIND, 1);
    assert_true(row->time == bound + 20000u * SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, ELAPSED_TIME, OPTION_REQUEST, IA_NA, 0});
    assert_ia(row, ADDRESS, NULL);
    run_until(bound + 30000u * SECOND - 1u);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_PREFERRED);
    run(1);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_DEPRECATED);
    run_until(bound + 40000u * SECOND - 1u);
    assert_true(node_has(ADDRESS));
    assert_dns("2001:db8::53", "fe80::53", "example.com");
    assert_int_equal(last()->type, REBIND);
    sent_count = 0;
    assert_ia(await(SOLICIT, 2u * SECOND), NULL, NULL);
    assert_false(node_has(ADDRESS));
    assert_dns(NULL, NULL, NULL);
    assert_int_equal(client.counters[V6NF_DHCPV6_LEASES_LOST], 1);
}

static void rebind_is_repeated(void **state)
{
    (void)state;
    bind_with(1000, 1000, 300000, 400000); /* T1 and T2 are equal */
    assert_retransmissions(REBIND, 1000u * SECOND, 10, 600, 20);
}

static void another_server_can_rebind(void **state)
{
    (void)state;
    bind_usual();
    run(1600u * SECOND);
    assert_int_equal(last()->type, REBIND);
    server_duid[9] = 7;
    answer(REPLY);
    put_ia(10, 20, ADDRESS, 100, 100);
    accept();
    assert_bytes(await(RENEW, 10u * SECOND), SERVER_ID, server_duid, 10);
}

/* See RFC 9915, 14.2. */
static void t1_and_t2_of_0_are_chosen_by_the_client(void **state)
{
    (void)state;
    static const struct {
        uint32_t t1;
        uint32_t t2;
        uint32_t preferred;
        uint32_t valid;
        uint32_t renewed;
        uint32_t rebound;
    } cases[] = {{0, 0, 100, 200, 50, 80},  {0, 0, 0, 200, 100, 160},  {0, 30, 100, 200, 30, 30},
                 {90, 0, 100, 200, 90, 90}, {10, 0, 100, 200, 10, 80}, {0, 70, 100, 200, 50, 70}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)start_client(NULL);
        bind_with(cases[i].t1, cases[i].t2, cases[i].preferred, cases[i].valid);
        const uint64_t bound = f.now;
        fixture_case("case %u", i);
        if (cases[i].renewed < cases[i].rebound) {
            assert_true(await(RENEW, 200u * SECOND)->time == bound + cases[i].renewed * SECOND);
            run_until(bound + cases[i].rebound * SECOND - 1u);
            sent_count = 0;
        }
        assert_true(await(REBIND, 200u * SECOND)->time == bound + cases[i].rebound * SECOND);
    }
    fixture_case("%s", "");
}

/* A Reply arrives when an earlier address has expired, and the program has not ticked yet. */
static void expired_address_does_not_set_the_times(void **state)
{
    (void)state;
    bind_with(1000, 1600, 2000, 3000);
    await(RENEW, 1000u * SECOND);
    run(1999u * SECOND);
    f.now += 2u * SECOND;
    answer(REPLY);
    put_ia(0, 0, ADDRESS_2, 0, 1000);
    accept();
    assert_int_equal(client.renew_at, f.now + 500u * SECOND);
    assert_int_equal(client.rebind_at, f.now + 800u * SECOND);
}

static void infinite_lifetimes_never_expire(void **state)
{
    (void)state;
    bind_with(0, 0, UINT32_MAX, UINT32_MAX);
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
    (void)start_client(NULL);
    bind_with(UINT32_MAX, UINT32_MAX, 100, UINT32_MAX);
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
    run(100u * SECOND);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_DEPRECATED);
    (void)start_client(NULL);
    bind_with(UINT32_MAX, UINT32_MAX, 100, 100);
    await_nothing(100u * SECOND - 1u);
    await(SOLICIT, 2u * SECOND);
    assert_false(node_has(ADDRESS));
}

static void revoked_address_is_removed(void **state)
{
    (void)state;
    bind_usual();
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 10, 20);
    dhcpv6_address(&m, ADDRESS, 0, 0);
    if (V6NF_DHCPV6_ADDRESSES > 1u) {
        dhcpv6_address(&m, ADDRESS_2, 100, 100);
    }
    dhcpv6_ia_end(&m, ia);
    accept();
    assert_false(node_has(ADDRESS));
    assert_true(node_has(ADDRESS_2));
    assert_ia(await(RENEW, 10u * SECOND), ADDRESS_2, NULL);
    answer(REPLY);
    put_ia(10, 20, ADDRESS_2, 0, 0);
    deliver(V6NF_DHCPV6_REFUSED);
    assert_false(node_has(ADDRESS_2));
    await(SOLICIT, SECOND);
}

/* The address keeps its times (RFC 9915, 18.2.10.1). */
static void address_missing_from_a_reply_stays(void **state)
{
    (void)state;
    bind_usual();
    const uint64_t bound = f.now;
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    put_ia(100, 200, ADDRESS_2, 300, 400);
    accept();
    assert_true(fixture_own(&f, ADDRESS)->valid_until == bound + 3000u * SECOND);
    assert_ia(await(RENEW, 100u * SECOND), ADDRESS, ADDRESS_2);
}

static void reply_to_renew_without_a_lease_is_ignored(void **state)
{
    (void)state;
    bind_usual();
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    deliver(V6NF_DHCPV6_REFUSED); /* without the IA */
    answer(REPLY);
    put_ia_status(NO_ADDRS_AVAIL);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(REPLY);
    dhcpv6_status(&m, UNSPEC_FAIL);
    put_ia(1, 2, ADDRESS, 3, 4);
    deliver(V6NF_DHCPV6_REFUSED);
    answer(REPLY);
    put_ia(30, 20, ADDRESS, 3000, 3000); /* T1 > T2: no IA */
    deliver(V6NF_DHCPV6_REFUSED);
    await(RENEW, 11u * SECOND);
    assert_true(node_has(ADDRESS));
}

static void server_without_the_binding_gets_a_request(void **state)
{
    (void)state;
    bind_usual();
    run(1600u * SECOND);
    assert_int_equal(last()->type, REBIND);
    server_duid[9] = 7;
    answer(REPLY);
    put_ia_status(NO_BINDING);
    deliver(V6NF_DHCPV6_REFUSED);
    const struct sent *row = await(REQUEST, 0);
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_ia(row, ADDRESS, NULL);
    assert_true(node_has(ADDRESS)); /* remains in use */
    answer(REPLY);
    put_ia(10, 20, ADDRESS, 100, 100);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

static void dns_is_updated_by_renewal(void **state)
{
    (void)state;
    bind_usual();
    assert_dns("2001:db8::53", "fe80::53", "example.com");
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    put_ia(10, 20, ADDRESS, 100, 100);
    accept();
    assert_dns(NULL, NULL, NULL);
}

/* -- Duplicates ---------------------------------------------------------------------------------------------------- */

static void setup_with_detection(void)
{
    fixture_start_detection(&f, 1, 1);
    fixture_run_until(&f, f.now + 10u * SECOND);
}

/* Another node advertises the address as its own. */
static void object_now(const char *address)
{
    frame_announcement(&frame, &(struct test_station){.mac = "02:00:00:00:00:99", .address = address});
    fixture_input(&f, &frame);
}

/* The same, while the node detects it. */
static void object(const char *address)
{
    run(500u * MILLISECOND);
    object_now(address);
}

static void duplicate_address_is_declined(void **state)
{
    (void)state;
    setup_with_detection();
    bind_usual();
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_TENTATIVE);
    object(ADDRESS);
    const struct sent *row = await(DECLINE, 0);
    assert_false(node_has(ADDRESS));
    assert_options(row, (const uint16_t[]){CLIENT_ID, SERVER_ID, ELAPSED_TIME, IA_NA, 0});
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_ia(row, ADDRESS, NULL);
    answer(REPLY);
    put_ia_status(NO_BINDING); /* no error (RFC 9915, 18.2.8) */
    accept();
    assert_ia(await(SOLICIT, 2u * SECOND), NULL, NULL);
    assert_int_equal(client.counters[V6NF_DHCPV6_DUPLICATES], 1);
}

static void decline_is_repeated_and_expires(void **state)
{
    (void)state;
    setup_with_detection();
    bind_usual();
    object(ADDRESS);
    assert_retransmissions(DECLINE, 0, 1, 1000, 4);
    await(SOLICIT, 11u * SECOND);
}

static void other_addresses_are_kept_after_a_decline(void **state)
{
    (void)state;
    setup_with_detection();
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept();
    await(REQUEST, 0);
    answer(REPLY);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 1000, 2000);
    dhcpv6_address(&m, ADDRESS, 3000, 3000);
    dhcpv6_address(&m, ADDRESS_2, 3000, 3000);
    dhcpv6_ia_end(&m, ia);
    accept();
    const uint64_t bound = f.now;
    object(ADDRESS_2);
    assert_ia(await(DECLINE, 0), ADDRESS_2, NULL);
    answer(REPLY);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    assert_true(node_has(ADDRESS));
    const struct sent *row = await(RENEW, 1000u * SECOND);
    assert_true(row->time == bound + 1000u * SECOND);
    assert_ia(row, ADDRESS, NULL);
}

static void duplicate_is_declined_after_the_current_exchange(void **state)
{
    (void)state;
    setup_with_detection();
    bind_usual();
    run(3u * SECOND);
    v6nf_node_link_up(&f.node, f.now);
    v6nf_dhcpv6_link_up(&client, f.now);
    sent_count = 0;
    await(CONFIRM, 5u * SECOND);
    object_now(ADDRESS);
    await_nothing(100u * MILLISECOND);
    assert_int_equal(client.state, V6NF_DHCPV6_CONFIRMING);
    answer(REPLY);
    accept();
    await(DECLINE, 0);
}

/* The server gives a duplicate address again. */
static void duplicate_is_not_used_again(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 20); /* longer than until the first Renew */
    fixture_run_until(&f, f.now + 30u * SECOND);
    bind_with(10, 100, 200, 300);
    await(RENEW, 10u * SECOND);
    answer(REPLY);
    put_ia_status(NO_BINDING);
    deliver(V6NF_DHCPV6_REFUSED);
    await(REQUEST, 0);
    assert_int_equal(fixture_own(&f, ADDRESS)->state, V6NF_ADDRESS_TENTATIVE);
    object_now(ADDRESS);
    await_nothing(100u * MILLISECOND);
    answer(REPLY);
    put_ia(10, 20, ADDRESS, 30, 40);
    accept();
    assert_false(node_has(ADDRESS));
    assert_ia(await(DECLINE, 0), ADDRESS, NULL);
}

static void nothing_is_sent_without_a_link_local_address(void **state)
{
    (void)state;
    fixture_start_detection(&f, 1, 1);
    start();
    await_nothing(0);
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
    fixture_run_until(&f, f.now + 3u * SECOND);
    await(SOLICIT, SECOND);
    /* IPv6 stops: nothing can be declined (RFC 4862, 5.4.5). */
    setup_with_detection();
    sent_count = 0;
    bind_usual();
    run(3u * SECOND);
    v6nf_node_link_up(&f.node, f.now);
    v6nf_dhcpv6_link_up(&client, f.now);
    object(NODE_LINK_LOCAL);
    assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_DUPLICATE);
    await_nothing(500u * SECOND);
    assert_int_equal(client.counters[V6NF_DHCPV6_DUPLICATES], 0);
    assert_true(node_has(ADDRESS));
}

/* -- Confirm ------------------------------------------------------------------------------------------------------- */

static void link_goes_up(void)
{
    v6nf_node_link_up(&f.node, f.now);
    v6nf_dhcpv6_link_up(&client, f.now);
    sent_count = 0;
}

static void addresses_are_confirmed_when_the_link_is_up_again(void **state)
{
    (void)state;
    bind_usual();
    const uint64_t bound = f.now;
    run(10u * SECOND);
    link_goes_up();
    const uint64_t up = f.now;
    const struct sent *row = await(CONFIRM, SECOND);
    assert_within(row->time, up, up + SECOND);
    assert_options(row, (const uint16_t[]){CLIENT_ID, ELAPSED_TIME, IA_NA, 0});
    assert_ia(row, ADDRESS, NULL);
    answer(REPLY);
    dhcpv6_status(&m, NOT_ON_LINK);
    deliver(V6NF_DHCPV6_REFUSED);
    server_duid[9] = 7;
    answer(REPLY);
    dhcpv6_status(&m, SUCCESS);
    accept();
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    server_duid[9] = 0xDD;
    row = await(RENEW, 1000u * SECOND);
    assert_true(row->time == bound + 1000u * SECOND);
    assert_bytes(row, SERVER_ID, server_duid, 10);
}

/* Refusals on one link do not count on the next. */
static void confirm_is_sent_on_each_link(void **state)
{
    (void)state;
    bind_usual();
    link_goes_up();
    await(CONFIRM, SECOND);
    answer(REPLY);
    dhcpv6_status(&m, NOT_ON_LINK);
    deliver(V6NF_DHCPV6_REFUSED);
    link_goes_up();
    await(CONFIRM, SECOND);
    run(20u * SECOND);
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
}

static void addresses_of_another_link_are_removed(void **state)
{
    (void)state;
    bind_usual();
    link_goes_up();
    await(CONFIRM, SECOND);
    answer(REPLY);
    dhcpv6_status(&m, NOT_ON_LINK);
    deliver(V6NF_DHCPV6_REFUSED);
    assert_true(node_has(ADDRESS)); /* another server may have the binding */
    assert_ia(await(SOLICIT, 3u * SECOND), NULL, NULL);
    assert_false(node_has(ADDRESS));
}

static void addresses_without_answer_to_confirm_stay(void **state)
{
    (void)state;
    bind_usual();
    link_goes_up();
    uint64_t first = await(CONFIRM, SECOND)->time;
    run_until(first + 10u * SECOND - 1u);
    assert_int_equal(client.state, V6NF_DHCPV6_CONFIRMING);
    /* at 0, 1, 3, then every 4, up to 10 s, each within 10 % */
    assert_within(sent_count, 3, 5);
    for (uint32_t i = 1; i < sent_count; i++) {
        assert_int_equal(sent[i].type, CONFIRM);
        assert_within(sent[i].time - sent[i - 1u].time, i == 1u ? 900000 : 1700000, 4400000);
    }
    run(1);
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    sent_count = 0;
    await(RENEW, 1000u * SECOND);
}

static void link_up_restarts_the_current_exchange(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    uint32_t before = last()->transaction;
    link_goes_up();
    assert_true(await(SOLICIT, SECOND)->transaction != before);
    v6nf_dhcpv6_stop(&client, f.now);
    link_goes_up();
    await_nothing(10u * SECOND);
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    accept();
    link_goes_up();
    await(INFORMATION_REQUEST, SECOND);
}

/* -- The end ------------------------------------------------------------------------------------------------------- */

static void assert_stopped(void)
{
    assert_int_equal(client.state, V6NF_DHCPV6_STOPPED);
    assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
    await_nothing(100u * SECOND);
    start(); /* the port is free again */
    v6nf_dhcpv6_stop(&client, f.now);
}

static void addresses_are_released(void **state)
{
    (void)state;
    bind_usual();
    v6nf_dhcpv6_stop(&client, f.now);
    assert_false(node_has(ADDRESS)); /* before Release is sent (RFC 9915, 18.2.7) */
    const struct sent *row = await(RELEASE, 0);
    assert_options(row, (const uint16_t[]){CLIENT_ID, SERVER_ID, ELAPSED_TIME, IA_NA, 0});
    assert_bytes(row, SERVER_ID, server_duid, 10);
    assert_ia(row, ADDRESS, NULL);
    answer(REPLY);
    put_ia_status(NO_BINDING);
    accept();
    assert_stopped();
}

static void release_is_repeated_and_expires(void **state)
{
    (void)state;
    bind_usual();
    v6nf_dhcpv6_stop(&client, f.now);
    const uint64_t stopped = f.now;
    assert_retransmissions(RELEASE, 0, 1, 1000, 4);
    run_until(stopped + 19u * SECOND);
    assert_stopped();
}

static void second_stop_ends_at_once(void **state)
{
    (void)state;
    bind_usual();
    v6nf_dhcpv6_stop(&client, f.now);
    await(RELEASE, 0);
    v6nf_dhcpv6_stop(&client, f.now);
    assert_stopped();
    (void)start_client(NULL);
    start();
    await(SOLICIT, SECOND);
    v6nf_dhcpv6_stop(&client, f.now); /* nothing to release */
    assert_stopped();
}

static void start_reports_each_error(void **state)
{
    (void)state;
    static struct v6nf_dhcpv6 second;
    static uint8_t duid[130];
    config.duid = duid;
    config.duid_size = 2;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_INVALID);
    config.duid_size = 131;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_INVALID);
    assert_int_equal(client.state, V6NF_DHCPV6_STOPPED);
    v6nf_dhcpv6_stop(&client, f.now);
    duid[1] = 4; /* DUID-UUID (RFC 6355), or another type */
    config.duid_size = 130;
    start();
    assert_int_equal(v6nf_dhcpv6_start(&second, &f.node, &config, f.now), V6NF_EXISTS);
    assert_bytes(await(SOLICIT, SECOND), CLIENT_ID, duid, 130);
    v6nf_dhcpv6_stop(&client, f.now);
    config.mode = (enum v6nf_dhcpv6_mode)3;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_INVALID);
}

/* The call checks before it clears anything: the running client continues. */
static void second_start_changes_nothing(void **state)
{
    (void)state;
    static struct v6nf_dhcpv6 before;
    bind_usual();
    before = client;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_EXISTS);
    assert_memory_equal(&client, &before, sizeof client);
    config.mode = (enum v6nf_dhcpv6_mode)3;
    assert_int_equal(v6nf_dhcpv6_start(&client, &f.node, &config, f.now), V6NF_INVALID);
    assert_memory_equal(&client, &before, sizeof client);
    deliver(V6NF_DHCPV6_DROP_UNEXPECTED);
    assert_true(node_has(ADDRESS));
    await(RENEW, 1000u * SECOND);
    answer(REPLY);
    put_ia(1000, 1600, ADDRESS, 2000, 3000);
    accept();
}

static void client_is_started_again_with_its_own_duid(void **state)
{
    (void)state;
    static const uint8_t duid[12] = {0, 2, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6};
    config.duid = duid;
    config.duid_size = sizeof duid;
    start();
    v6nf_dhcpv6_stop(&client, f.now);
    config.duid = client.duid;
    start();
    assert_bytes(await(SOLICIT, SECOND), CLIENT_ID, duid, sizeof duid);
}

/* A node that is initialized again has no ports. The client is started again; one that is not does no harm. */
static void client_survives_a_node_that_is_initialized_again(void **state)
{
    (void)state;
    static struct v6nf_dhcpv6 old;
    bind_usual();
    old = client;
    uint64_t now = f.now;
    fixture_start(&f);
    f.now = now;
    sent_count = 0;
    start();
    v6nf_dhcpv6_stop(&old, f.now);
    v6nf_dhcpv6_stop(&old, f.now);
    assert_int_equal(old.state, V6NF_DHCPV6_STOPPED);
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    put_ia(0, 0, ADDRESS, 100, 100);
    accept(); /* the port is still the client's */
}

/* Nothing can be sent to the server any more (RFC 4862, 5.4.5). */
static void stop_ends_without_a_link_local_address(void **state)
{
    (void)state;
    for (uint32_t later = 0; later < 2u; later++) {
        setup_with_detection();
        config = (struct v6nf_dhcpv6_config){.mode = V6NF_DHCPV6_STATEFUL, .iaid = IAID};
        sent_count = 0;
        bind_usual();
        run(3u * SECOND);
        v6nf_node_link_up(&f.node, f.now);
        const uint64_t up = f.now;
        if (later != 0u) {
            v6nf_dhcpv6_stop(&client, f.now);
            assert_int_equal(client.state, V6NF_DHCPV6_RELEASING);
            assert_true(v6nf_dhcpv6_next_due(&client) <= up + 19u * SECOND);
        }
        run(500u * MILLISECOND);
        object_now(NODE_LINK_LOCAL);
        assert_int_equal(fixture_own(&f, NODE_LINK_LOCAL)->state, V6NF_ADDRESS_DUPLICATE);
        if (later == 0u) {
            v6nf_dhcpv6_stop(&client, f.now);
        } else {
            run_until(up + 19u * SECOND);
        }
        assert_int_equal(client.state, V6NF_DHCPV6_STOPPED);
        assert_true(v6nf_dhcpv6_next_due(&client) == V6NF_NEVER);
        assert_false(node_has(ADDRESS));
    }
}

/* A home router sends an option of code 0 and length 4 in the last 7 bytes, and a search list with only the root. */
static void malformed_options_without_effect_are_ignored(void **state)
{
    (void)state;
    static const uint8_t cut_short[] = {0, 0, 0, 4, 0, 0, 0};
    start();
    await(SOLICIT, SECOND);
    for (uint32_t answers = 0; answers < 2u; answers++) {
        answer(answers == 0u ? ADVERTISE : REPLY);
        dhcpv6_option8(&m, PREFERENCE, 255);
        put_ia(1000, 1600, ADDRESS, 2000, 3000);
        put_information();
        memcpy(m.bytes + m.length, cut_short, sizeof cut_short);
        m.length += sizeof cut_short;
        accept();
        assert_int_equal(client.counters[V6NF_DHCPV6_OPTIONS_IGNORED], answers + 1u);
        if (answers == 0u) {
            await(REQUEST, 0);
        }
    }
    assert_int_equal(client.state, V6NF_DHCPV6_BOUND);
    assert_dns("2001:db8::53", "fe80::53", "example.com");
}

static void assert_domain(const void *names, uint32_t size, const char *domain, bool is_counted)
{
    (void)start_client(NULL);
    start_in(V6NF_DHCPV6_STATELESS);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    dhcpv6_option(&m, DOMAINS, names, size);
    accept();
    assert_dns(NULL, NULL, domain);
    assert_int_equal(client.counters[V6NF_DHCPV6_OPTIONS_IGNORED], is_counted ? 1 : 0);
}

static void unusable_names_are_skipped(void **state)
{
    (void)state;
    uint8_t labels[400];
    for (uint32_t i = 0; i < 200u; i++) {
        memcpy(labels + (size_t)2 * i, "\1a", 2);
    }
    assert_domain("", 1, NULL, false);                 /* only the root */
    assert_domain("\0\0\1a\1b\0\0", 8, "a.b", false);  /* the root and others */
    assert_domain("\3a b\0\1a\1b", 10, "a.b", false);  /* no host name */
    assert_domain("\1a\1b\0\300\2\0", 8, "a.b", true); /* compressed (RFC 3646, 4) */
    assert_domain("\1a\1b\0\4com", 9, "a.b", true);    /* past the end */
    assert_domain(labels, sizeof labels, NULL, true);  /* longer than a name can be */
}

/* -- Messages that are dropped (RFC 9915, 16) ---------------------------------------------------------------------- */

static void put_binding(void)
{
    dhcpv6_option8(&m, PREFERENCE, 255);
    put_ia(1000, 1600, ADDRESS, 2000, 3000);
}

static void wrong_messages_are_dropped_and_counted(void **state)
{
    (void)state;
    start();
    for (uint32_t answers = 0; answers < 2u; answers++) {
        uint8_t type = answers == 0u ? ADVERTISE : REPLY;
        await(answers == 0u ? SOLICIT : REQUEST, SECOND);
        answer(type);
        put_binding();
        m.bytes[3] ^= 1u;
        deliver(V6NF_DHCPV6_DROP_TRANSACTION);
        m.bytes[3] ^= 1u;
        for (uint8_t other = 0; other < 40u; other++) {
            m.bytes[0] = other;
            if (other == RECONFIGURE) {
                deliver(V6NF_DHCPV6_DROP_RECONFIGURE);
            } else if (other == ADVERTISE || other == REPLY) {
                if (other != type) {
                    deliver(V6NF_DHCPV6_DROP_UNEXPECTED);
                }
            } else {
                deliver(V6NF_DHCPV6_DROP_TYPE);
            }
        }
        m.bytes[0] = type;
        m.length--;
        deliver(V6NF_DHCPV6_DROP_MALFORMED);
        m.length++;
        m.bytes[8] ^= 1u; /* in the DUID */
        deliver(V6NF_DHCPV6_DROP_CLIENT_ID);
        dhcpv6_begin(&m, type, last()->transaction);
        dhcpv6_option(&m, CLIENT_ID, client_duid, sizeof client_duid);
        put_binding();
        deliver(V6NF_DHCPV6_DROP_SERVER_ID);
        dhcpv6_begin(&m, type, last()->transaction);
        dhcpv6_option(&m, SERVER_ID, server_duid, sizeof server_duid);
        put_binding();
        deliver(V6NF_DHCPV6_DROP_CLIENT_ID);
        dhcpv6_option(&m, CLIENT_ID, client_duid, 9);
        deliver(V6NF_DHCPV6_DROP_CLIENT_ID);
        if (type == REPLY) {
            server_duid[9] ^= 1u; /* another server than was addressed */
            answer(type);
            put_binding();
            deliver(V6NF_DHCPV6_DROP_SERVER_ID);
            server_duid[9] ^= 1u;
        }
        assert_false(node_has(ADDRESS));
        answer(type);
        put_binding();
        accept();
    }
    assert_true(node_has(ADDRESS));
    deliver(V6NF_DHCPV6_DROP_UNEXPECTED); /* again */
}

static void messages_to_other_addresses_are_dropped(void **state)
{
    (void)state;
    start();
    await(SOLICIT, SECOND);
    answer(ADVERTISE);
    put_binding();
    send_to(NODE_GLOBAL);
    send_to("ff02::1");
    assert_int_equal(client.counters[V6NF_DHCPV6_DROP_DESTINATION], 2);
    assert_int_equal(client.state, V6NF_DHCPV6_SOLICITING);
    accept();
}

/* An answer arrives before any message was sent. */
static void nothing_is_accepted_before_a_message_was_sent(void **state)
{
    (void)state;
    start();
    dhcpv6_begin(&m, ADVERTISE, client.transaction);
    dhcpv6_option(&m, CLIENT_ID, client_duid, sizeof client_duid);
    dhcpv6_option(&m, SERVER_ID, server_duid, sizeof server_duid);
    put_binding();
    deliver(V6NF_DHCPV6_DROP_UNEXPECTED);
}

static void noise_keeps_the_lease_consistent(void **state)
{
    (void)state;
    static uint32_t random = 1;
    bind_usual();
    for (uint32_t i = 0; i < 20000u; i++) {
        if (sent_count > 100u) {
            sent[0] = *last();
            sent_count = 1;
        }
        run(SECOND / 2u);
        answer(i % 2u == 0u ? REPLY : ADVERTISE);
        put_binding();
        put_information();
        for (uint32_t j = 0; j < 3u; j++) {
            random = random * 1664525u + 1013904223u;
            m.bytes[4u + random / 65536u % (m.length - 4u)] ^= (uint8_t)(1u << (random / 256u % 8u));
        }
        send_to(NODE_LINK_LOCAL);
        assert_true(client.addresses_count <= V6NF_DHCPV6_ADDRESSES);
        assert_true(client.dns_servers_count <= V6NF_DNS_SERVERS && client.dns_domains_count <= V6NF_DNS_DOMAINS);
        uint32_t leased = 0;
        for (uint32_t j = 0; j < client.addresses_count; j++) {
            leased += client.addresses[j].use == V6NF_DHCPV6_LEASED ? 1u : 0u;
        }
        assert_int_equal(f.node.addresses_used, 2u + leased);
    }
}

/* -- Flags of routers ---------------------------------------------------------------------------------------------- */

#define RA_M 0x80u
#define RA_O 0x40u

static void advertise_flags(uint8_t flags)
{
    frame_ra(&frame, &router_1, 1800, flags);
    fixture_input_silent(&f, &frame);
}

static void setup_auto(void)
{
    fixture_start_discovery(&f, 1, 0, NULL);
    config = (struct v6nf_dhcpv6_config){.mode = V6NF_DHCPV6_AUTO, .iaid = IAID};
    sent_count = 0;
    start();
}

static void flags_of_routers_are_stored(void **state)
{
    (void)state;
    setup_auto();
    for (unsigned flags = 0; flags < 256u; flags += 0x40u) {
        advertise_flags((uint8_t)flags);
        assert_true(f.node.managed == ((flags & RA_M) != 0u));
        assert_true(f.node.other_configuration == ((flags & RA_O) != 0u));
    }
    v6nf_node_link_up(&f.node, f.now);
    assert_false(f.node.managed || f.node.other_configuration);
}

static void flags_start_the_client(void **state)
{
    (void)state;
    setup_auto();
    await_nothing(100u * SECOND);
    advertise_flags(0);
    await_nothing(100u * SECOND);
    assert_int_equal(client.state, V6NF_DHCPV6_WAITING);
    advertise_flags(RA_O);
    assert_true(v6nf_dhcpv6_next_due(&client) <= f.now);
    await(INFORMATION_REQUEST, SECOND);
    answer(REPLY);
    put_information();
    accept();
    advertise_flags(RA_O);
    await_nothing(100u * SECOND);
    advertise_flags(RA_M | RA_O);
    await(SOLICIT, SECOND);
    advertise_flags(0); /* continues */
    await(SOLICIT, 2u * SECOND);
    setup_auto();
    advertise_flags(RA_M);
    await(SOLICIT, SECOND);
    /* On another link the flags of its routers count. */
    link_goes_up();
    await_nothing(100u * SECOND);
    advertise_flags(RA_M);
    await(SOLICIT, SECOND);
}

static void flags_are_ignored_in_other_modes(void **state)
{
    (void)state;
    setup_auto();
    v6nf_dhcpv6_stop(&client, f.now);
    start_in(V6NF_DHCPV6_STATELESS);
    advertise_flags(RA_M);
    await(INFORMATION_REQUEST, SECOND);
}

/* A small buffer is a fault of the program. The client continues. */
static void small_buffer_is_refused(void **state)
{
    (void)state;
    uint8_t buffer[1294];
    start();
    run_until(v6nf_dhcpv6_next_due(&client) - 1u);
    f.now++;
    fixture_mark(&f);
    assert_int_equal(v6nf_dhcpv6_tick(&client, buffer, 1293, f.now), 0);
    assert_counted(&f, V6NF_DROP_CAPACITY, 1);
    assert_int_equal(v6nf_dhcpv6_tick(&client, buffer, 1294, f.now - 1u), 0);
    assert_true(v6nf_dhcpv6_tick(&client, buffer, 1294, f.now) != 0u);
}

static void each_counter_has_a_text(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < V6NF_DHCPV6_COUNTER_COUNT; i++) {
        assert_true(strlen(v6nf_dhcpv6_counter_text((enum v6nf_dhcpv6_counter)i)) > 5u);
    }
    assert_string_equal(v6nf_dhcpv6_counter_text(V6NF_DHCPV6_COUNTER_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(information_is_requested_and_used, start_client),
        cmocka_unit_test_setup(information_request_is_repeated, start_client),
        cmocka_unit_test_setup(inf_max_rt_limits_the_interval, start_client),
        cmocka_unit_test_setup(information_is_refreshed_at_its_refresh_time, start_client),
        cmocka_unit_test_setup(dns_missing_from_a_later_reply_is_removed, start_client),
        cmocka_unit_test_setup(more_servers_and_domains_than_slots_are_ignored, start_client),
        cmocka_unit_test_setup(address_is_solicited_requested_and_used, start_client),
        cmocka_unit_test_setup(solicit_is_repeated, start_client),
        cmocka_unit_test_setup(late_server_gets_a_request_at_once, start_client),
        cmocka_unit_test_setup(best_server_is_chosen, start_client),
        cmocka_unit_test_setup(preference_255_is_not_waited_for, start_client),
        cmocka_unit_test_setup(advertise_without_addresses_is_ignored, start_client),
        cmocka_unit_test_setup(sol_max_rt_is_used, start_client),
        cmocka_unit_test_setup(request_is_repeated_and_expires, start_client),
        cmocka_unit_test_setup(refused_request_ends, start_client),
        cmocka_unit_test_setup(reply_without_a_usable_address_is_no_binding, start_client),
        cmocka_unit_test_setup(discovery_restarts_later_each_time, start_client),
        cmocka_unit_test_setup(discovery_restarts_at_once_after_a_used_lease, start_client),
        cmocka_unit_test_setup(renewals_have_a_maximum_rate, start_client),
        cmocka_unit_test_setup(refusals_make_the_client_send_no_sooner, start_client),
        cmocka_unit_test_setup(hostile_server_provokes_few_messages, start_client),
        cmocka_unit_test_setup(several_addresses_are_used, start_client),
        cmocka_unit_test_setup(rapid_commit_takes_two_messages, start_client),
        cmocka_unit_test_setup(rapid_commit_without_request_is_dropped, start_client),
        cmocka_unit_test_setup(server_without_rapid_commit_gets_a_request, start_client),
        cmocka_unit_test_setup(address_is_renewed_at_t1, start_client),
        cmocka_unit_test_setup(address_that_the_program_added_itself_stays, start_client),
        cmocka_unit_test_setup(renew_is_repeated_until_t2_and_rebind_until_the_end, start_client),
        cmocka_unit_test_setup(rebind_is_repeated, start_client),
        cmocka_unit_test_setup(another_server_can_rebind, start_client),
        cmocka_unit_test_setup(t1_and_t2_of_0_are_chosen_by_the_client, start_client),
        cmocka_unit_test_setup(expired_address_does_not_set_the_times, start_client),
        cmocka_unit_test_setup(infinite_lifetimes_never_expire, start_client),
        cmocka_unit_test_setup(reply_to_renew_without_a_lease_is_ignored, start_client),
        cmocka_unit_test_setup(server_without_the_binding_gets_a_request, start_client),
        cmocka_unit_test_setup(dns_is_updated_by_renewal, start_client),
        cmocka_unit_test_setup(duplicate_address_is_declined, start_client),
        cmocka_unit_test_setup(decline_is_repeated_and_expires, start_client),
#if V6NF_DHCPV6_ADDRESSES >= 2
        cmocka_unit_test_setup(revoked_address_is_removed, start_client),
        cmocka_unit_test_setup(address_missing_from_a_reply_stays, start_client),
        cmocka_unit_test_setup(other_addresses_are_kept_after_a_decline, start_client),
#endif
        cmocka_unit_test_setup(duplicate_is_declined_after_the_current_exchange, start_client),
        cmocka_unit_test_setup(duplicate_is_not_used_again, start_client),
        cmocka_unit_test_setup(nothing_is_sent_without_a_link_local_address, start_client),
        cmocka_unit_test_setup(addresses_are_confirmed_when_the_link_is_up_again, start_client),
        cmocka_unit_test_setup(confirm_is_sent_on_each_link, start_client),
        cmocka_unit_test_setup(addresses_of_another_link_are_removed, start_client),
        cmocka_unit_test_setup(addresses_without_answer_to_confirm_stay, start_client),
        cmocka_unit_test_setup(link_up_restarts_the_current_exchange, start_client),
        cmocka_unit_test_setup(addresses_are_released, start_client),
        cmocka_unit_test_setup(release_is_repeated_and_expires, start_client),
        cmocka_unit_test_setup(second_stop_ends_at_once, start_client),
        cmocka_unit_test_setup(start_reports_each_error, start_client),
        cmocka_unit_test_setup(second_start_changes_nothing, start_client),
        cmocka_unit_test_setup(client_is_started_again_with_its_own_duid, start_client),
        cmocka_unit_test_setup(client_survives_a_node_that_is_initialized_again, start_client),
        cmocka_unit_test_setup(stop_ends_without_a_link_local_address, start_client),
        cmocka_unit_test_setup(malformed_options_without_effect_are_ignored, start_client),
        cmocka_unit_test_setup(unusable_names_are_skipped, start_client),
        cmocka_unit_test_setup(wrong_messages_are_dropped_and_counted, start_client),
        cmocka_unit_test_setup(messages_to_other_addresses_are_dropped, start_client),
        cmocka_unit_test_setup(nothing_is_accepted_before_a_message_was_sent, start_client),
        cmocka_unit_test_setup(noise_keeps_the_lease_consistent, start_client),
        cmocka_unit_test_setup(flags_of_routers_are_stored, start_client),
        cmocka_unit_test_setup(flags_start_the_client, start_client),
        cmocka_unit_test_setup(flags_are_ignored_in_other_modes, start_client),
        cmocka_unit_test_setup(small_buffer_is_refused, start_client),
        cmocka_unit_test_setup(each_counter_has_a_text, start_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0; /* a build without the client has nothing to test */
}

#endif
