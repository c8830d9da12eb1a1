/* test_wire_dhcpv6.c: DHCPv6 messages, byte by byte (RFC 9915, 8 and 21; RFC 3646). */
#include "../node/fixture_node.h"

#include <stdlib.h>
#include <string.h>

#include "../node/fixture_dhcpv6.h"
#include "fixture_wire.h"
#include "v6nf/wire/dhcpv6.h"

#define IAID 0x01020304u

static struct dhcpv6_bytes m;
static struct v6nf_dhcpv6_message read;
static uint8_t *copy; /* of m, so that AddressSanitizer sees a read past its end */

static bool is_read(void)
{
    free(copy);
    copy = exact_copy(m.bytes, m.length);
    memset(&read, 0xA5, sizeof read);
    return v6nf_dhcpv6_read(copy, m.length, IAID, &read);
}

static int begin(void **state)
{
    (void)state;
    dhcpv6_begin(&m, REPLY, 0xABCDEF);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(copy);
    copy = NULL;
    return 0;
}

static const uint8_t duid[10] = {0, 3, 0, 1, 2, 0, 0, 0, 0, 1};
static const uint8_t server[14] = {0, 1, 0, 1, 9, 9, 9, 9, 2, 0, 0, 0, 0, 0xDD};
static const uint8_t domains[] = "\7example\3com\0\1a\1b"; /* and its own zero */

static void put_everything(void)
{
    uint8_t servers[32];
    test_address(servers, "2001:db8::53");
    test_address(servers + 16, "2001:db8::54");
    dhcpv6_option(&m, CLIENT_ID, duid, sizeof duid);
    dhcpv6_option(&m, SERVER_ID, server, sizeof server);
    dhcpv6_option(&m, 0xFEDC, "unknown", 7);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 100, 160);
    dhcpv6_option(&m, 0xFEDC, "unknown", 7);
    dhcpv6_address(&m, "2001:db8::100", 200, 300);
    dhcpv6_address(&m, "2001:db8::101", 0, 0);
    dhcpv6_status(&m, 3);
    dhcpv6_ia_end(&m, ia);
    ia = dhcpv6_pd_begin(&m, IAID, 110, 170);
    dhcpv6_prefix(&m, "2001:db8:f00f:ffff::1", 52, 210, 310);
    dhcpv6_option(&m, 0xFEDC, "unknown", 7);
    dhcpv6_prefix(&m, "2001:db8:1::", 48, 0, 0);
    dhcpv6_status(&m, 6);
    dhcpv6_ia_end(&m, ia);
    dhcpv6_option8(&m, PREFERENCE, 7);
    dhcpv6_status(&m, 1);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    dhcpv6_option(&m, DNS_SERVERS, servers, 32);
    dhcpv6_option(&m, DOMAINS, domains, sizeof domains);
    dhcpv6_option32(&m, REFRESH_TIME, 7200);
    dhcpv6_option32(&m, SOL_MAX_RT, 60);
    dhcpv6_option32(&m, INF_MAX_RT, 86400);
}

static void each_option_is_read(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_lease lease;
    put_everything();
    assert_true(is_read());
    assert_int_equal(read.type, REPLY);
    assert_int_equal(read.transaction, 0xABCDEF);
    assert_int_equal(read.preference, 7);
    assert_int_equal(read.status, 1);
    assert_true(read.rapid_commit);
    assert_true(read.na.is_present);
    assert_int_equal(read.na.status, 3);
    assert_int_equal(read.na.t1, 100);
    assert_int_equal(read.na.t2, 160);
    assert_int_equal(read.refresh_time, 7200);
    assert_int_equal(read.sol_max_rt, 60);
    assert_int_equal(read.inf_max_rt, 86400);
    assert_int_equal(read.client_id.end - read.client_id.at, sizeof duid);
    assert_memory_equal(copy + read.client_id.at, duid, sizeof duid);
    assert_int_equal(read.server_id.end - read.server_id.at, sizeof server);
    assert_memory_equal(copy + read.server_id.at, server, sizeof server);
    assert_int_equal(read.dns_servers.end - read.dns_servers.at, 32);
    assert_int_equal(read.domains.end - read.domains.at, sizeof domains);
    assert_memory_equal(copy + read.domains.at, domains, sizeof domains);

    uint32_t at = read.na.options.at;
    assert_true(v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease));
    struct v6nf_address address = test_address_of("2001:db8::100");
    assert_memory_equal(lease.address.bytes, address.bytes, 16);
    assert_int_equal(lease.preferred_lifetime, 200);
    assert_int_equal(lease.valid_lifetime, 300);
    assert_true(v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease));
    assert_int_equal(lease.address.bytes[15], 1);
    assert_int_equal(lease.valid_lifetime, 0);
    memset(&lease, 0xA5, sizeof lease);
    assert_false(v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease));
    assert_int_equal(lease.address.bytes[0], 0);
    assert_int_equal(lease.valid_lifetime, 0);
}

static void prefixes_are_read(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_prefix prefix;
    struct v6nf_address expected = test_address_of("2001:db8:f00f:f000::"); /* 52 bits of what was sent */
    put_everything();
    assert_true(is_read());
    assert_true(read.pd.is_present);
    assert_int_equal(read.pd.status, 6);
    assert_int_equal(read.pd.t1, 110);
    assert_int_equal(read.pd.t2, 170);
    uint32_t at = read.pd.options.at;
    assert_true(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
    assert_memory_equal(prefix.address.bytes, expected.bytes, 16);
    assert_int_equal(prefix.length, 52);
    assert_int_equal(prefix.preferred_lifetime, 210);
    assert_int_equal(prefix.valid_lifetime, 310);
    assert_true(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
    assert_int_equal(prefix.length, 48);
    assert_int_equal(prefix.valid_lifetime, 0);
    memset(&prefix, 0xA5, sizeof prefix);
    assert_false(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
    assert_int_equal(prefix.length + prefix.valid_lifetime + prefix.address.bytes[0], 0);
}

/* See RFC 9915, 21.13 and 21.22. */
static void impossible_prefixes_are_skipped(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_prefix prefix;
    uint32_t pd = dhcpv6_pd_begin(&m, IAID, 0, 0);
    dhcpv6_prefix(&m, "2001:db8:1::", 129, 10, 10);
    dhcpv6_prefix(&m, "2001:db8:2::", 255, 10, 10);
    dhcpv6_prefix(&m, "2001:db8:3::", 56, 11, 10);
    uint32_t refused = m.length;
    dhcpv6_prefix(&m, "2001:db8:4::", 56, 10, 10);
    dhcpv6_status(&m, NO_PREFIX_AVAIL);
    m.bytes[refused + 3u] = (uint8_t)(m.length - refused - 4u);
    dhcpv6_address(&m, "2001:db8:5::", 10, 10); /* of an IA_NA */
    dhcpv6_prefix(&m, "2001:db8:6::1", 128, 10, 10);
    dhcpv6_prefix(&m, "ffff::", 0, 10, 10);
    dhcpv6_prefix(&m, "2001:db8:7::", 56, UINT32_MAX, 10);
    dhcpv6_ia_end(&m, pd);
    assert_true(is_read());
    uint32_t at = read.pd.options.at;
    assert_true(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
    assert_int_equal(prefix.length, 128);
    assert_int_equal(prefix.address.bytes[15], 1);
    assert_true(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
    assert_int_equal(prefix.length, 0);
    assert_int_equal(prefix.address.bytes[0], 0);
    assert_false(v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix));
}

/* The IA_NA and the IA_PD have IAIDs of their own (RFC 9915, 4.2), and here the same number. */
static void malformed_pd_makes_the_message_malformed(void **state)
{
    (void)state;
    static const uint8_t zeros[64] = {0};
    for (uint32_t size = 0; size <= 60u; size++) {
        (void)begin(NULL);
        dhcpv6_ia_end(&m, dhcpv6_ia_begin(&m, IAID, 1, 2));
        uint32_t pd = dhcpv6_pd_begin(&m, IAID + size % 2u, 0, 0);
        dhcpv6_option(&m, IA_PREFIX, zeros, size);
        dhcpv6_ia_end(&m, pd);
        assert_true(is_read() == (size >= 25u && size % 4u == 1u));
    }
    for (uint32_t t1 = 4; t1 <= 6u; t1++) {
        (void)begin(NULL);
        dhcpv6_ia_end(&m, dhcpv6_pd_begin(&m, IAID, t1, 5));
        assert_true(is_read());
        assert_true(read.pd.is_present == (t1 <= 5u));
        assert_false(read.na.is_present);
    }
    dhcpv6_ia_end(&m, dhcpv6_pd_begin(&m, IAID + 1u, 1, 5));
    assert_true(is_read());
    assert_false(read.pd.is_present);
    dhcpv6_ia_end(&m, dhcpv6_pd_begin(&m, IAID, 1, 5));
    assert_true(is_read());
    dhcpv6_ia_end(&m, dhcpv6_pd_begin(&m, IAID, 1, 5));
    assert_false(is_read());
}

static void message_without_options_has_defaults(void **state)
{
    (void)state;
    assert_true(is_read());
    assert_int_equal(read.status, 0);
    assert_int_equal(read.preference, 0);
    assert_false(read.rapid_commit || read.na.is_present);
    assert_int_equal(read.client_id.end + read.server_id.end + read.na.options.end, 0);
    assert_int_equal(read.dns_servers.end + read.domains.end, 0);
    assert_int_equal(read.refresh_time, 86400);
    assert_int_equal(read.sol_max_rt + read.inf_max_rt, 0);
}

static bool is_needed(uint32_t code)
{
    return code == CLIENT_ID || code == SERVER_ID || code == IA_NA || code == IA_PD || code == STATUS;
}

/* A cut in an option that says who the message is for, what failed or which addresses are given makes the message
 * malformed. A cut in another option leaves what precedes it. No byte past the end is read. */
static void message_cut_short_has_its_whole_options(void **state)
{
    (void)state;
    put_everything();
    const uint32_t whole = m.length;
    uint32_t at = 4; /* the option that is cut */
    uint32_t next = 4;
    for (uint32_t length = 0; length < whole; length++) {
        m.length = length;
        const bool between = length == next;
        if (between) {
            at = next;
            next += 4u + m.bytes[next + 2u] * 256u + m.bytes[next + 3u];
        }
        const bool has_code = length >= at + 2u;
        const bool is_good = length >= 4u && !(has_code && is_needed(m.bytes[at] * 256u + m.bytes[at + 1u]));
        if (is_read() != is_good) {
            fail_msg("cut to %u bytes it is %s", length, is_good ? "malformed" : "read");
        }
        if (is_good) {
            assert_int_equal(read.ignored, between ? 0 : 1);
        }
    }
}

enum verdict { MALFORMED, IGNORED, READ };

static enum verdict verdict(void)
{
    if (!is_read()) {
        return MALFORMED;
    }
    return read.ignored != 0u ? IGNORED : READ;
}

static void assert_size(uint16_t code, uint32_t size, bool good)
{
    static const uint8_t zeros[200] = {0};
    (void)begin(NULL);
    dhcpv6_option(&m, code, zeros, size);
    enum verdict expected = is_needed(code) ? MALFORMED : IGNORED;
    expected = good ? READ : expected;
    if (verdict() != expected) {
        fail_msg("option %u with %u bytes of data", code, size);
    }
}

static void option_of_a_wrong_length_is_malformed(void **state)
{
    (void)state;
    for (uint32_t size = 0; size <= 140u; size++) {
        assert_size(CLIENT_ID, size, size >= 3u && size <= 130u);
        assert_size(SERVER_ID, size, size >= 3u && size <= 130u);
        assert_size(PREFERENCE, size, size == 1u);
        assert_size(STATUS, size, size >= 2u);
        assert_size(RAPID_COMMIT, size, size == 0u);
        assert_size(DNS_SERVERS, size, size % 16u == 0u);
        assert_size(REFRESH_TIME, size, size == 4u);
        assert_size(SOL_MAX_RT, size, size == 4u);
        assert_size(INF_MAX_RT, size, size == 4u);
        assert_size(DOMAINS, size, true); /* unusable names are found when they are read */
        assert_size(999, size, true);
        /* 12 bytes, and options of code 0 without data after them */
        assert_size(IA_NA, size, size >= 12u && size % 4u == 0u);
    }
}

/* An ignored option leaves no trace: neither of its own data, nor in what was read before. */
static void ignored_option_has_no_effect(void **state)
{
    (void)state;
    static const uint8_t bytes[40] = {255, 255, 255, 255, 255, 255, 255, 255};
    dhcpv6_option(&m, PREFERENCE, bytes, 2);
    dhcpv6_option(&m, RAPID_COMMIT, bytes, 1);
    dhcpv6_option(&m, REFRESH_TIME, bytes, 3);
    dhcpv6_option(&m, SOL_MAX_RT, bytes, 3);
    dhcpv6_option(&m, INF_MAX_RT, bytes, 5);
    assert_true(is_read());
    assert_int_equal(read.ignored, 5);
    assert_int_equal(read.preference, 0);
    assert_false(read.rapid_commit);
    assert_int_equal(read.refresh_time, 86400);
    assert_int_equal(read.sol_max_rt + read.inf_max_rt, 0);

    (void)begin(NULL);
    put_everything();
    dhcpv6_option(&m, PREFERENCE, bytes, 2);
    dhcpv6_option(&m, RAPID_COMMIT, bytes, 1);
    dhcpv6_option(&m, REFRESH_TIME, bytes, 3);
    dhcpv6_option(&m, SOL_MAX_RT, bytes, 3);
    dhcpv6_option(&m, INF_MAX_RT, bytes, 5);
    dhcpv6_option(&m, DNS_SERVERS, bytes, 16); /* there is one */
    dhcpv6_option(&m, DOMAINS, bytes, 1);
    assert_true(is_read());
    assert_int_equal(read.ignored, 7);
    assert_int_equal(read.preference, 7);
    assert_true(read.rapid_commit);
    assert_int_equal(read.refresh_time, 7200);
    assert_int_equal(read.sol_max_rt, 60);
    assert_int_equal(read.inf_max_rt, 86400);
    assert_int_equal(read.dns_servers.end - read.dns_servers.at, 32);
    assert_int_equal(read.domains.end - read.domains.at, sizeof domains);
}

static void whole_addresses_of_a_list_are_read(void **state)
{
    (void)state;
    static const uint8_t bytes[40] = {0};
    dhcpv6_option(&m, DNS_SERVERS, bytes, 40);
    assert_true(is_read());
    assert_int_equal(read.ignored, 1);
    assert_int_equal(read.dns_servers.end - read.dns_servers.at, 32);
}

/* The option is in an IA_NA, and in an IA Address of one. */
static void nested_options_are_checked(void **state)
{
    (void)state;
    static const uint8_t zeros[64] = {0};
    for (uint32_t size = 0; size <= 60u; size++) {
        (void)begin(NULL);
        uint32_t ia = dhcpv6_ia_begin(&m, IAID + 1u, 0, 0); /* not the client's either */
        dhcpv6_option(&m, IA_ADDRESS, zeros, size);
        dhcpv6_ia_end(&m, ia);
        assert_true(is_read() == (size >= 24u && size % 4u == 0u));
    }
    (void)begin(NULL);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    uint32_t address = m.length;
    dhcpv6_address(&m, "2001:db8::1", 1, 2);
    dhcpv6_option8(&m, STATUS, 0);
    m.bytes[address + 3u] = 24 + 5;
    dhcpv6_ia_end(&m, ia);
    assert_false(is_read());
}

static void names_are_read_up_to_what_is_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *names;
        uint32_t size;
        uint32_t sizes[4]; /* of the names, up to 0 */
        bool is_read_to_the_end;
    } cases[] = {
        {"\3com", 5, {5}, true},
        {"\3com", 4, {0}, false},         /* no end */
        {"\4com", 5, {0}, false},         /* a label past the end */
        {"\1a\0\300\0\0", 6, {3}, false}, /* compressed (RFC 3646, 4) */
        {"", 0, {0}, true},
        {"", 1, {1}, true}, /* the root */
        {"\0\1a\0", 4, {1, 3}, true},
        {"\1a\0\1b\0\1c", 9, {3, 3, 3}, true},
        {"\1a\0\1b\0\1", 7, {3, 3}, false},
    };
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct v6nf_dhcpv6_bytes name;
        (void)begin(NULL);
        dhcpv6_option(&m, DOMAINS, cases[i].names, cases[i].size);
        assert_true(is_read());
        uint32_t at = read.domains.at;
        for (uint32_t j = 0; cases[i].sizes[j] != 0u; j++) {
            const uint32_t before = at;
            assert_true(v6nf_dhcpv6_next_domain(copy, &at, read.domains.end, &name));
            assert_int_equal(name.at, before);
            assert_int_equal(name.end, before + cases[i].sizes[j]);
            assert_int_equal(at, name.end);
        }
        assert_false(v6nf_dhcpv6_next_domain(copy, &at, read.domains.end, &name));
        assert_int_equal(name.at + name.end, 0);
        if ((at == read.domains.end) != cases[i].is_read_to_the_end) {
            fail_msg("case %u", i);
        }
    }
}

/* 127 labels of one byte and the root are 255 bytes. */
static void name_has_at_most_128_labels(void **state)
{
    (void)state;
    for (uint32_t labels = 127; labels <= 128u; labels++) {
        struct v6nf_dhcpv6_bytes name;
        uint8_t bytes[257] = {0};
        for (uint32_t i = 0; i < labels; i++) {
            memcpy(bytes + (size_t)2 * i, "\1a", 2);
        }
        (void)begin(NULL);
        dhcpv6_option(&m, DOMAINS, bytes, 2u * labels + 1u);
        assert_true(is_read());
        uint32_t at = read.domains.at;
        assert_true(v6nf_dhcpv6_next_domain(copy, &at, read.domains.end, &name) == (labels == 127u));
    }
}

static void options_allowed_once_are_read_once(void **state)
{
    (void)state;
    const uint16_t codes[] = {CLIENT_ID, SERVER_ID, STATUS, DNS_SERVERS, DOMAINS, IA_NA};
    uint8_t data[16] = {0};
    data[0] = 1; /* IAID, ... */
    data[1] = 2;
    data[2] = 3;
    data[3] = 4;
    for (uint32_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        (void)begin(NULL);
        const uint8_t name[16] = "\1a\0\1a\0\1a\0\1a\0\2ab";
        for (unsigned times = 1; times <= 2u; times++) {
            dhcpv6_option(&m, codes[i], codes[i] == DOMAINS ? name : data, 16);
            enum verdict twice = is_needed(codes[i]) ? MALFORMED : IGNORED;
            if (verdict() != (times == 1u ? READ : twice)) {
                fail_msg("option %u, %u times", codes[i], times);
            }
        }
    }
}

static void ia_of_another_iaid_is_skipped(void **state)
{
    (void)state;
    dhcpv6_ia_end(&m, dhcpv6_ia_begin(&m, IAID + 1u, 1, 2));
    assert_true(is_read());
    assert_false(read.na.is_present);
    dhcpv6_ia_end(&m, dhcpv6_ia_begin(&m, IAID, 3, 4));
    dhcpv6_ia_end(&m, dhcpv6_ia_begin(&m, IAID + 2u, 5, 6));
    assert_true(is_read());
    assert_true(read.na.is_present);
    assert_int_equal(read.na.t1, 3);
}

/* "greater than", if both are given (RFC 9915, 21.4) */
static void ia_with_t1_after_t2_is_skipped(void **state)
{
    (void)state;
    static const struct {
        uint32_t t1;
        uint32_t t2;
        bool good;
    } cases[] = {{0, 0, true}, {5, 0, true}, {0, 5, true}, {5, 5, true}, {6, 5, false}, {UINT32_MAX, 5, false}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(NULL);
        dhcpv6_ia_end(&m, dhcpv6_ia_begin(&m, IAID, cases[i].t1, cases[i].t2));
        assert_true(is_read());
        assert_true(read.na.is_present == cases[i].good);
    }
}

/* See RFC 9915, 21.6 and 21.13. */
static void impossible_addresses_are_skipped(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_lease lease;
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_address(&m, "2001:db8::1", 11, 10);
    uint32_t refused = m.length;
    dhcpv6_address(&m, "2001:db8::2", 10, 10);
    dhcpv6_status(&m, NO_ADDRS_AVAIL);
    m.bytes[refused + 3u] = (uint8_t)(m.length - refused - 4u);
    dhcpv6_address(&m, "2001:db8::3", 10, 10);
    dhcpv6_address(&m, "2001:db8::4", UINT32_MAX, 10);
    dhcpv6_ia_end(&m, ia);
    assert_true(is_read());
    uint32_t at = read.na.options.at;
    assert_true(v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease));
    assert_int_equal(lease.address.bytes[15], 3);
    assert_false(v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease));
}

static void times_out_of_bounds_are_ignored(void **state)
{
    (void)state;
    static const struct {
        uint32_t given;
        uint32_t max_rt;
        uint32_t refresh;
    } cases[] = {{0, 0, 600},     {59, 0, 600},          {60, 60, 600},     {600, 600, 600},
                 {601, 601, 601}, {86400, 86400, 86400}, {86401, 0, 86401}, {UINT32_MAX, 0, UINT32_MAX}};
    for (uint32_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(NULL);
        dhcpv6_option32(&m, SOL_MAX_RT, cases[i].given);
        dhcpv6_option32(&m, INF_MAX_RT, cases[i].given);
        dhcpv6_option32(&m, REFRESH_TIME, cases[i].given);
        assert_true(is_read());
        assert_int_equal(read.sol_max_rt, cases[i].max_rt);
        assert_int_equal(read.inf_max_rt, cases[i].max_rt);
        assert_int_equal(read.refresh_time, cases[i].refresh);
    }
}

static void number_of_options_is_limited(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 65u; i++) {
        dhcpv6_option(&m, 999, NULL, 0);
        assert_true(is_read() == (i <= 64u));
    }
    (void)begin(NULL);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    for (uint32_t i = 1; i <= 65u; i++) {
        dhcpv6_option(&m, 999, NULL, 0);
        dhcpv6_ia_end(&m, ia);
        assert_true(is_read() == (i <= 64u));
    }
}

static void noise_is_read_within_its_bytes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20000u; i++) {
        put_everything();
        m.bytes[4u + random_below(m.length - 4u)] = (uint8_t)random_below(256);
        m.bytes[4u + random_below(m.length - 4u)] = (uint8_t)random_below(256);
        m.length = i % 3u == 0u ? random_below(m.length + 1u) : m.length;
        if (is_read()) {
            struct v6nf_dhcpv6_lease lease;
            uint32_t at = read.na.options.at;
            uint32_t turns = 0;
            while (v6nf_dhcpv6_next_address(copy, &at, read.na.options.end, &lease)) {
                assert_true(lease.preferred_lifetime <= lease.valid_lifetime);
                turns++;
            }
            assert_true(turns <= 64u && at <= m.length);
            struct v6nf_dhcpv6_prefix prefix;
            at = read.pd.options.at;
            while (v6nf_dhcpv6_next_prefix(copy, &at, read.pd.options.end, &prefix)) {
                assert_true(prefix.length <= 128u && prefix.preferred_lifetime <= prefix.valid_lifetime);
            }
            assert_true(at <= m.length);
            struct v6nf_dhcpv6_bytes name;
            at = read.domains.at;
            while (v6nf_dhcpv6_next_domain(copy, &at, read.domains.end, &name)) {
                assert_true(name.at < name.end && name.end <= read.domains.end);
            }
            assert_true(at <= m.length);
        }
        (void)begin(NULL);
    }
}

/* -- Writing ------------------------------------------------------------------------------------------------------- */

static void message_has_the_bytes_of_the_rfc(void **state)
{
    (void)state;
    static const uint16_t requested[] = {23, 24, 82};
    const struct v6nf_dhcpv6_prefix prefixes[2] = {{.address = test_address_of("2001:db8:100::"), .length = 56},
                                                   {.length = 60}};
    struct v6nf_address addresses[2] = {test_address_of("2001:db8::100"), test_address_of("2001:db8::101")};
    struct v6nf_dhcpv6_content content = {.type = REQUEST,
                                          .transaction = 0x123456,
                                          .rapid_commit = true,
                                          .has_ia = true,
                                          .elapsed = 0x0102,
                                          .client_id = duid,
                                          .client_id_size = sizeof duid,
                                          .server_id = server,
                                          .server_id_size = sizeof server,
                                          .requested = requested,
                                          .requested_count = 3,
                                          .iaid = IAID,
                                          .has_pd = true,
                                          .addresses = addresses,
                                          .addresses_count = 2,
                                          .prefixes = prefixes,
                                          .prefixes_count = 2};
    static const uint8_t elapsed[] = {1, 2};
    static const uint8_t codes[] = {0, 23, 0, 24, 0, 82};
    dhcpv6_begin(&m, REQUEST, 0x123456);
    dhcpv6_option(&m, CLIENT_ID, duid, sizeof duid);
    dhcpv6_option(&m, SERVER_ID, server, sizeof server);
    dhcpv6_option(&m, ELAPSED_TIME, elapsed, 2);
    dhcpv6_option(&m, OPTION_REQUEST, codes, 6);
    dhcpv6_option(&m, RAPID_COMMIT, NULL, 0);
    uint32_t ia = dhcpv6_ia_begin(&m, IAID, 0, 0);
    dhcpv6_address(&m, "2001:db8::100", 0, 0);
    dhcpv6_address(&m, "2001:db8::101", 0, 0);
    dhcpv6_ia_end(&m, ia);
    ia = dhcpv6_pd_begin(&m, IAID, 0, 0);
    dhcpv6_prefix(&m, "2001:db8:100::", 56, 0, 0);
    dhcpv6_prefix(&m, "::", 60, 0, 0);
    dhcpv6_ia_end(&m, ia);
    for (uint32_t room = 0; room <= m.length + 1u; room++) {
        uint8_t *bytes = malloc(room + 1u);
        assert_non_null(bytes);
        memset(bytes, 0xA5, room + 1u);
        uint32_t size = v6nf_dhcpv6_write(bytes, room, &content);
        assert_int_equal(size, room < m.length ? 0 : m.length);
        assert_int_equal(bytes[room], 0xA5);
        if (size != 0u) {
            assert_memory_equal(bytes, m.bytes, m.length);
        }
        free(bytes);
    }
}

static void message_has_only_the_options_asked_for(void **state)
{
    (void)state;
    struct v6nf_dhcpv6_content content = {
        .type = INFORMATION_REQUEST, .client_id = duid, .client_id_size = sizeof duid};
    uint8_t bytes[100];
    dhcpv6_begin(&m, INFORMATION_REQUEST, 0);
    dhcpv6_option(&m, CLIENT_ID, duid, sizeof duid);
    dhcpv6_option(&m, ELAPSED_TIME, "\0", 2);
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), m.length);
    assert_memory_equal(bytes, m.bytes, m.length);
}

static void message_too_long_for_the_buffer_is_not_written(void **state)
{
    (void)state;
    static const uint8_t long_duid[131] = {0};
    uint8_t bytes[200];
    struct v6nf_dhcpv6_content content = {.type = 1, .client_id = long_duid, .client_id_size = 131};
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), 0);
    content.client_id_size = 130;
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), 4 + 4 + 130 + 6);
    content.requested_count = 65;
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), 0);
    content.requested_count = 0;
    content.addresses_count = 65;
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), 0);
    content.addresses_count = 0;
    content.prefixes_count = 5;
    assert_int_equal(v6nf_dhcpv6_write(bytes, sizeof bytes, &content), 0);
}

static void duid_of_an_ethernet_address(void **state)
{
    (void)state;
    uint8_t written[10];
    v6nf_dhcpv6_write_duid_ll(written, duid + 4);
    assert_memory_equal(written, duid, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_option_is_read, begin),
        cmocka_unit_test_setup(prefixes_are_read, begin),
        cmocka_unit_test_setup(impossible_prefixes_are_skipped, begin),
        cmocka_unit_test_setup(malformed_pd_makes_the_message_malformed, begin),
        cmocka_unit_test_setup(message_without_options_has_defaults, begin),
        cmocka_unit_test_setup(message_cut_short_has_its_whole_options, begin),
        cmocka_unit_test_setup(option_of_a_wrong_length_is_malformed, begin),
        cmocka_unit_test_setup(ignored_option_has_no_effect, begin),
        cmocka_unit_test_setup(whole_addresses_of_a_list_are_read, begin),
        cmocka_unit_test_setup(nested_options_are_checked, begin),
        cmocka_unit_test_setup(names_are_read_up_to_what_is_malformed, begin),
        cmocka_unit_test_setup(name_has_at_most_128_labels, begin),
        cmocka_unit_test_setup(options_allowed_once_are_read_once, begin),
        cmocka_unit_test_setup(ia_of_another_iaid_is_skipped, begin),
        cmocka_unit_test_setup(ia_with_t1_after_t2_is_skipped, begin),
        cmocka_unit_test_setup(impossible_addresses_are_skipped, begin),
        cmocka_unit_test_setup(times_out_of_bounds_are_ignored, begin),
        cmocka_unit_test_setup(number_of_options_is_limited, begin),
        cmocka_unit_test_setup(noise_is_read_within_its_bytes, begin),
        cmocka_unit_test_setup(message_has_the_bytes_of_the_rfc, begin),
        cmocka_unit_test_setup(message_has_only_the_options_asked_for, begin),
        cmocka_unit_test_setup(message_too_long_for_the_buffer_is_not_written, begin),
        cmocka_unit_test_setup(duid_of_an_ethernet_address, begin),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
