/* test_advertiser.c: Router Advertisements: their bytes, their times, what is withdrawn, what other routers say (RFC
 * 4861, 6.2). Frames are compared with those that fixture_router.h builds. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/dns.h"
#include "v6nf/nf/advertiser.h"

#include "../node/fixture_router.h"
#include "../wire/fixture_wire.h"

#define START (UINT64_C(1000) * SECOND)
#define NEVER V6NF_ADVERTISER_NEVER
#define ETHER 14u
#define UPPER 54u
#define OPTIONS 70u
#define FRAME_MAX 1294u
#define FORMED "2001:db8:1:0:0:ff:fe00:1" /* by the node, with the prefix 2001:db8:1::/64 */

static struct v6nf_advertiser adv;
static struct v6nf_advertisement config;
static struct test_frame written;
static struct test_frame expected;
static struct fixture f;
static uint64_t now;

/* Initialize the advertiser of router_1, and the default configuration. */
static void prepare(uint64_t seed)
{
    uint8_t mac[6];
    uint8_t address[16];
    test_mac(mac, router_1.mac);
    test_address(address, router_1.address);
    memset(&adv, 0xA5, sizeof adv);
    v6nf_advertiser_init(&adv, mac, address, seed);
    v6nf_advertisement_default(&config);
    now = START;
}

static void add_prefix(const char *prefix, uint32_t length)
{
    const struct v6nf_address address = test_address_of(prefix);
    assert_true(v6nf_advertisement_add_prefix(&config, &address, length));
}

static void set(void)
{
    assert_int_equal(v6nf_advertiser_set(&adv, &config, now), V6NF_ADVERTISER_OK);
}

/* Write what is due, in memory of exact size. Return its length. */
static uint32_t write_in(uint32_t capacity)
{
    uint8_t *frame = malloc(capacity > 0u ? capacity : 1u);
    assert_non_null(frame);
    memset(frame, 0x5A, capacity);
    written.length = v6nf_advertiser_write(&adv, frame, capacity, now);
    assert_true(written.length <= capacity);
    memcpy(written.bytes, frame, written.length);
    free(frame);
    return written.length;
}

/* Let time pass to the next advertisement, and write it. */
static void next(void)
{
    const uint64_t due = v6nf_advertiser_next_due(&adv);
    assert_true(due != NEVER);
    if (due > now) {
        now = due - 1u;
        assert_int_equal(write_in(FRAME_MAX), 0);
    }
    now = now > due ? now : due;
    assert_true(write_in(FRAME_MAX) >= OPTIONS);
}

static void assert_written(void)
{
    assert_int_equal(written.length, expected.length);
    assert_memory_equal(written.bytes, expected.bytes, expected.length);
}

/* Build what the default configuration without prefixes must give. */
static void expect_default(uint32_t lifetime, uint8_t flags)
{
    frame_ra(&expected, &router_1, lifetime, flags);
    expected.bytes[RA_HOP_LIMIT] = 64;
    ra_link_layer(&expected, router_1.mac);
}

static void expect_server(const char *address, uint32_t lifetime)
{
    uint8_t option[24] = {25, 3};
    v6nf_store32(option + 4, lifetime);
    test_address(option + 8, address);
    ra_option(&expected, option, sizeof option);
}

/* Find the option of a prefix in the written frame. Return its offset, 0 if there is none. */
static uint32_t find_prefix(const char *prefix)
{
    uint8_t bytes[16];
    test_address(bytes, prefix);
    for (uint32_t at = OPTIONS; at < written.length; at += 8u * written.bytes[at + 1u]) {
        assert_true(written.bytes[at + 1u] > 0u);
        if (written.bytes[at] == 3u && memcmp(written.bytes + at + 16, bytes, 16) == 0) {
            return at;
        }
    }
    return 0;
}

/* Check the lifetimes of a prefix in the written frame. */
static void assert_lifetimes(const char *prefix, uint32_t valid, uint32_t preferred)
{
    const uint32_t at = find_prefix(prefix);
    assert_true(at != 0u);
    assert_int_equal(v6nf_load32(written.bytes + at + 4), valid);
    assert_int_equal(v6nf_load32(written.bytes + at + 8), preferred);
}

/* -- Bytes --------------------------------------------------------------------------------------------------------- */

static void defaults_are_those_of_the_rfcs(void **state)
{
    (void)state;
    prepare(1);
    assert_int_equal(v6nf_advertiser_next_due(&adv), NEVER);
    assert_int_equal(write_in(FRAME_MAX), 0);
    assert_int_equal(config.max_interval, 600);
    v6nf_advertiser_start(&adv, now);
    next();
    expect_default(2700, 0);
    assert_written();
    add_prefix("2001:db8:1::", 64);
    add_prefix("2001:db8:2::", 48);
    set();
    next();
    expect_default(2700, 0);
    ra_prefix(&expected, "2001:db8:1::", 64, PREFIX_L | PREFIX_A, 5400, 2700);
    ra_prefix(&expected, "2001:db8:2::", 48, PREFIX_L, 5400, 2700);
    assert_written();
}

/* Fill the configuration with one of each, and the frame with what must be written. */
static void make_everything(uint32_t lifetime, uint32_t other_lifetime)
{
    static const uint8_t domains[40] = {31,  5,   0,   0,   0,   0,   0, 0, 7,   'e', 'x', 'a', 'm', 'p',
                                        'l', 'e', 3,   'n', 'e', 't', 0, 2, 'a', 'b', 3,   'b', '-', 'c',
                                        3,   'o', 'r', 'g', 0,   0,   0, 0, 0,   0,   0,   0};
    uint8_t option[40];
    config.hop_limit = 99;
    config.managed = true;
    config.other = true;
    config.lifetime = 65535;
    config.reachable_time = 3600000;
    config.retrans_timer = 0xFFFFFFFFu;
    config.mtu = 1492;
    config.preference = V6NF_NDP_PREFERENCE_HIGH;
    add_prefix("2001:db8:1:0:ffff::", 64); /* bits after the length are not sent */
    config.prefixes[0].information.valid_lifetime = V6NF_NDP_INFINITY;
    config.prefixes[0].information.preferred_lifetime = V6NF_NDP_INFINITY;
    config.route_count = 3;
    config.routes[0] = (struct v6nf_ndp_route){.length = 0, .preference = V6NF_NDP_PREFERENCE_LOW, .lifetime = 7};
    config.routes[1] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8:8000::1"),
                                               .length = 33,
                                               .preference = V6NF_NDP_PREFERENCE_MEDIUM,
                                               .lifetime = 7};
    config.routes[2] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8::ffff"),
                                               .length = 128,
                                               .preference = V6NF_NDP_PREFERENCE_HIGH,
                                               .lifetime = 7};
    config.server_count = 1;
    config.servers[0] = test_address_of("2001:db8::53");
    config.server_lifetime = 8;
    config.domain_count = 2;
    strcpy(config.domains[0], "example.net");
    strcpy(config.domains[1], "ab.b-c.org.");
    config.domain_lifetime = 9;
    frame_ra(&expected, &router_1, lifetime, lifetime != 0u ? 0xC8 : 0xC0);
    expected.bytes[RA_HOP_LIMIT] = 99;
    ra_number(&expected, RA_REACHABLE_TIME, 3600000);
    ra_number(&expected, RA_RETRANS_TIMER, 0xFFFFFFFFu);
    ra_link_layer(&expected, router_1.mac);
    ra_mtu(&expected, 1492);
    ra_prefix(&expected, "2001:db8:1::", 64, PREFIX_L | PREFIX_A, INFINITY_SECONDS, INFINITY_SECONDS);
    ra_option(&expected, (const uint8_t[8]){24, 1, 0, PRF_LOW, 0, 0, 0, (uint8_t)(other_lifetime * 7u)}, 8);
    memset(option, 0, sizeof option);
    memcpy(option, (const uint8_t[16]){24, 2, 33, 0, 0, 0, 0, (uint8_t)(other_lifetime * 7u), 0x20, 1, 13, 0xB8, 0x80},
           16);
    ra_option(&expected, option, 16);
    ra_route(&expected, "2001:db8::ffff", 128, PRF_HIGH, other_lifetime * 7u);
    expect_server("2001:db8::53", other_lifetime * 8u);
    memcpy(option, domains, sizeof domains);
    option[7] = (uint8_t)(other_lifetime * 9u);
    ra_option(&expected, option, sizeof domains);
}

static void each_field_and_option_is_written(void **state)
{
    (void)state;
    prepare(2);
    make_everything(65535, 1);
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    assert_written();
    prepare(2); /* all that may be absent */
    config.no_link_layer = true;
    config.hop_limit = 0;
    config.lifetime = 0;
    config.preference = V6NF_NDP_PREFERENCE_LOW; /* is not sent with lifetime 0 (RFC 4191, 2.2) */
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    frame_ra(&expected, &router_1, 0, 0);
    assert_written();
}

static void last_advertisements_end_all_but_prefixes(void **state)
{
    (void)state;
    prepare(3);
    make_everything(0, 0);
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    v6nf_advertiser_stop(&adv, now);
    next();
    assert_written();
}

/* A buffer that is too small loses the advertisement, not the schedule. */
static void no_capacity_is_counted(void **state)
{
    (void)state;
    prepare(4);
    make_everything(65535, 1);
    set();
    v6nf_advertiser_start(&adv, now);
    for (uint32_t capacity = 0; capacity < expected.length; capacity++) {
        now = v6nf_advertiser_next_due(&adv);
        assert_int_equal(write_in(capacity), 0);
        assert_int_equal(adv.no_capacity, capacity + 1u);
        assert_true(v6nf_advertiser_next_due(&adv) >= now + 3u * SECOND);
    }
    now = v6nf_advertiser_next_due(&adv);
    assert_int_equal(write_in(expected.length), expected.length);
    assert_int_equal(adv.sent, 1);
}

/* -- Limits -------------------------------------------------------------------------------------------------------- */

/* Change one thing of a good configuration. Return the expected status; UINT32_MAX after the last change. */
static uint32_t change_header(uint32_t number)
{
    switch (number) {
    case 0:
        return V6NF_ADVERTISER_OK;
    case 1:
        config.max_interval = 3;
        return V6NF_ADVERTISER_BAD_INTERVAL;
    case 2:
        config.max_interval = 4;
        config.min_interval = 3;
        return V6NF_ADVERTISER_OK;
    case 3:
        config.min_interval = 2;
        return V6NF_ADVERTISER_BAD_INTERVAL;
    case 4:
        config.min_interval = 450;
        return V6NF_ADVERTISER_OK;
    case 5:
        config.min_interval = 451;
        return V6NF_ADVERTISER_BAD_INTERVAL;
    case 6:
        config.max_interval = 65535;
        config.lifetime = 65535;
        return V6NF_ADVERTISER_OK;
    case 7:
        config.max_interval = 65536;
        config.lifetime = 0;
        return V6NF_ADVERTISER_BAD_INTERVAL;
    case 8:
        config.lifetime = 599;
        return V6NF_ADVERTISER_BAD_LIFETIME;
    case 9:
        config.lifetime = 600;
        return V6NF_ADVERTISER_OK;
    case 10:
        config.lifetime = 65536;
        return V6NF_ADVERTISER_BAD_LIFETIME;
    case 11:
        config.reachable_time = 3600001;
        return V6NF_ADVERTISER_BAD_REACHABLE;
    case 12:
        config.mtu = 1279;
        return V6NF_ADVERTISER_BAD_MTU;
    case 13:
        config.mtu = 1280;
        return V6NF_ADVERTISER_OK;
    case 14:
        config.preference = V6NF_NDP_PREFERENCE_RESERVED;
        return V6NF_ADVERTISER_BAD_PREFERENCE;
    default:
        return UINT32_MAX;
    }
}

static uint32_t change_prefix(uint32_t number)
{
    struct v6nf_ndp_prefix *prefix = &config.prefixes[1].information;
    static const char *const bad[] = {"ff02::", "fe80::", "febf::"};
    if (number < 3u) {
        prefix->prefix = test_address_of(bad[number]);
        return V6NF_ADVERTISER_BAD_PREFIX;
    }
    switch (number) {
    case 3:
        prefix->length = 129;
        return V6NF_ADVERTISER_BAD_PREFIX;
    case 4:
        prefix->length = 63; /* autonomous */
        return V6NF_ADVERTISER_BAD_PREFIX;
    case 5:
        prefix->length = 63;
        prefix->autonomous = false;
        return V6NF_ADVERTISER_OK;
    case 6:
        prefix->length = 0;
        prefix->autonomous = false;
        return V6NF_ADVERTISER_BAD_PREFIX;
    case 7:
        prefix->preferred_lifetime = prefix->valid_lifetime + 1u;
        return V6NF_ADVERTISER_BAD_PREFIX;
    case 8:
        prefix->prefix = config.prefixes[0].information.prefix;
        prefix->prefix.bytes[15] = 1; /* after its length */
        return V6NF_ADVERTISER_BAD_PREFIX;
    case 9:
        config.prefix_count = 9;
        return V6NF_ADVERTISER_BAD_COUNT;
    case 10:
        config.prefix_count = UINT32_MAX;
        return V6NF_ADVERTISER_BAD_COUNT;
    default:
        return UINT32_MAX;
    }
}

static uint32_t change_other(uint32_t number)
{
    switch (number) {
    case 0:
        config.routes[1] = config.routes[0];
        return V6NF_ADVERTISER_BAD_ROUTE;
    case 1:
        config.routes[1].preference = V6NF_NDP_PREFERENCE_RESERVED;
        return V6NF_ADVERTISER_BAD_ROUTE;
    case 2:
        config.routes[1].length = 129;
        return V6NF_ADVERTISER_BAD_ROUTE;
    case 3:
        config.routes[1].prefix = test_address_of("fe80::");
        return V6NF_ADVERTISER_BAD_ROUTE;
    case 4:
        config.route_count = 9;
        return V6NF_ADVERTISER_BAD_COUNT;
    case 5:
        config.servers[1] = config.servers[0];
        return V6NF_ADVERTISER_BAD_SERVER;
    case 6:
        config.servers[1] = test_address_of("ff02::53");
        return V6NF_ADVERTISER_BAD_SERVER;
    case 7:
        config.servers[1] = test_address_of("::");
        return V6NF_ADVERTISER_BAD_SERVER;
    case 8:
        config.servers[1] = test_address_of("fe80::53");
        return V6NF_ADVERTISER_OK;
    case 9:
        config.server_count = 5;
        return V6NF_ADVERTISER_BAD_COUNT;
    case 10:
        config.domain_count = 5;
        return V6NF_ADVERTISER_BAD_COUNT;
    default:
        return UINT32_MAX;
    }
}

static uint32_t change_domain(uint32_t number)
{
    static const char *const bad[] = {"", ".", ".a", "a..b", "a b", "a..", "\xC3\xA4", "a/b"};
    char *domain = config.domains[1];
    if (number < sizeof bad / sizeof bad[0]) {
        strcpy(domain, bad[number]);
        return V6NF_ADVERTISER_BAD_DOMAIN;
    }
    memset(domain, 'a', V6NF_ADVERTISER_DOMAIN_SIZE); /* not terminated */
    for (uint32_t i = 63; i < V6NF_ADVERTISER_DOMAIN_SIZE; i += 64u) {
        domain[i] = '.';
    }
    switch (number - sizeof bad / sizeof bad[0]) {
    case 0:
        return V6NF_ADVERTISER_BAD_DOMAIN;
    case 1:
        domain[254] = 0; /* 254 characters: a name of 256 bytes */
        return V6NF_ADVERTISER_BAD_DOMAIN;
    case 2:
        domain[253] = 0;
        return V6NF_ADVERTISER_OK;
    case 3:
        domain[63] = 'a'; /* a label of 127 */
        domain[253] = 0;
        return V6NF_ADVERTISER_BAD_DOMAIN;
    default:
        return UINT32_MAX;
    }
}

static void what_is_outside_of_limits_is_refused(void **state)
{
    static uint32_t (*const changes[])(uint32_t) = {change_header, change_prefix, change_other, change_domain};
    static struct v6nf_advertiser before;
    (void)state;
    for (uint32_t i = 0; i < 4u; i++) {
        for (uint32_t number = 0; number < 100u; number++) {
            prepare(5);
            add_prefix("2001:db8:1::", 64);
            add_prefix("2001:db8:2::", 64);
            config.route_count = 2;
            config.routes[0] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8:3::"), .length = 48};
            config.routes[1] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8:4::"), .length = 48};
            config.server_count = 2;
            config.servers[0] = test_address_of("2001:db8::53");
            config.servers[1] = test_address_of("2001:db8::54");
            config.domain_count = 2;
            strcpy(config.domains[0], "example.org");
            strcpy(config.domains[1], "example.net");
            const uint32_t status = changes[i](number);
            if (status == UINT32_MAX) {
                assert_true(number > 10u);
                break;
            }
            before = adv;
            assert_int_equal(v6nf_advertiser_set(&adv, &config, now), status);
            if (status != V6NF_ADVERTISER_OK) {
                assert_memory_equal(&adv, &before, sizeof adv);
            }
        }
    }
}

/* Fill the configuration as far as the arrays go. */
static void fill_arrays(uint32_t number)
{
    config.mtu = 1500;
    for (uint32_t i = 0; i < 8u; i++) {
        const struct v6nf_address prefix = {{0x20, 1, 0xD, 0xB8, (uint8_t)number, (uint8_t)i}};
        assert_true(v6nf_advertisement_add_prefix(&config, &prefix, 64));
        config.routes[i] = (struct v6nf_ndp_route){
            .prefix = prefix, .length = 65, .preference = V6NF_NDP_PREFERENCE_MEDIUM, .lifetime = 1000};
        config.servers[i % 4u] = prefix;
    }
    config.route_count = 8;
    config.server_count = 4;
}

/* The longest configuration fits the minimum MTU, with the longest that was before. */
static void everything_fits_the_minimum_mtu(void **state)
{
    const struct v6nf_address one_more = test_address_of("2001:db8:ffff::");
    (void)state;
    prepare(6);
    fill_arrays(0);
    assert_false(v6nf_advertisement_add_prefix(&config, &one_more, 64));
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    v6nf_advertisement_default(&config);
    fill_arrays(1);
    config.domain_count = 2;
    memset(config.domains[0], 'a', 254);
    for (uint32_t i = 31; i < 253u; i += 32u) {
        config.domains[0][i] = '.';
    }
    config.domains[0][253] = 0; /* 255 bytes */
    memset(config.domains[1], 'b', 63);
    memset(config.domains[1] + 64, 'b', 63);
    config.domains[1][63] = '.';
    config.domains[1][127] = '.';
    uint32_t longest = 0;
    for (uint32_t end = 254; end > 128u && longest == 0u; end--) { /* the longest that is accepted */
        memset(config.domains[1] + 128, 'c', 127);
        config.domains[1][191] = '.';
        config.domains[1][end] = 0;
        const enum v6nf_advertiser_status status = v6nf_advertiser_set(&adv, &config, now);
        longest = status == V6NF_ADVERTISER_OK ? end : 0u;
        assert_true(status == V6NF_ADVERTISER_OK || end == 254u || end == 192u || status == V6NF_ADVERTISER_TOO_LONG);
    }
    assert_true(longest > 128u);
    next();
    assert_int_equal(written.length, FRAME_MAX);
    assert_int_equal(reference_upper_sum(written.bytes + ETHER, 58, written.bytes + UPPER, written.length - UPPER),
                     0xFFFF);
    assert_true(find_prefix("2001:db8:7::") != 0u); /* of the ones before */
}

static void each_status_has_a_text(void **state)
{
    (void)state;
    for (int i = 0; i <= V6NF_ADVERTISER_TOO_LONG; i++) {
        assert_string_not_equal(v6nf_advertiser_status_text((enum v6nf_advertiser_status)i), "unknown status");
    }
    assert_string_equal(v6nf_advertiser_status_text((enum v6nf_advertiser_status)99), "unknown status");
    assert_string_equal(v6nf_advertiser_status_text((enum v6nf_advertiser_status) - 1), "unknown status");
}

/* -- Times --------------------------------------------------------------------------------------------------------- */

/* RFC 4861, 6.2.4: the first three at most 16 s apart, the others from min to max, at random. For a year. */
static void intervals_are_random_for_a_year(void **state)
{
    uint32_t low = 0;
    uint32_t high = 0;
    (void)state;
    prepare(7);
    v6nf_advertiser_start(&adv, now);
    assert_true(v6nf_advertiser_next_due(&adv) <= now + SECOND / 2u);
    next();
    uint64_t last = now;
    for (uint32_t i = 1; now < START + 366u * 86400u * SECOND; i++) {
        next();
        const uint64_t interval = now - last;
        last = now;
        if (i < 3u) {
            assert_int_equal(interval, 16u * SECOND); /* 200 s or more were drawn */
            continue;
        }
        assert_true(interval >= 200u * SECOND && interval <= 600u * SECOND);
        low += interval < 240u * SECOND ? 1u : 0u; /* a tenth each */
        high += interval > 560u * SECOND ? 1u : 0u;
    }
    assert_true(adv.sent > 75000u && adv.sent < 83000u);
    assert_true(low > 7000u && low < 9000u && high > 7000u && high < 9000u);
}

/* With the shortest intervals, the first are no longer than the others. */
static void shortest_intervals_are_kept(void **state)
{
    (void)state;
    prepare(8);
    config.max_interval = 4;
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    for (uint32_t i = 0; i < 1000u; i++) {
        const uint64_t last = now;
        next();
        assert_true(now - last >= 3u * SECOND && now - last <= 4u * SECOND);
    }
}

/* Routers with other seeds, or other MAC addresses, do not advertise at the same times. */
static void times_depend_on_seed_and_mac(void **state)
{
    uint64_t due[3];
    (void)state;
    for (uint32_t i = 0; i < 3u; i++) {
        prepare(i == 1u ? 10 : 9);
        if (i == 2u) {
            uint8_t mac[6];
            test_mac(mac, router_2.mac);
            v6nf_advertiser_init(&adv, mac, adv.link_local.bytes, 9);
        }
        v6nf_advertiser_start(&adv, now);
        for (uint32_t k = 0; k < 4u; k++) {
            next();
        }
        due[i] = v6nf_advertiser_next_due(&adv);
    }
    assert_true(due[0] != due[1] && due[0] != due[2]);
}

/* A loop that did not run for a day finds one advertisement, not a day's. */
static void late_writes_do_not_catch_up(void **state)
{
    (void)state;
    prepare(11);
    v6nf_advertiser_start(&adv, now);
    now += 86400u * SECOND;
    assert_true(write_in(FRAME_MAX) != 0u);
    assert_int_equal(write_in(FRAME_MAX), 0);
    assert_true(v6nf_advertiser_next_due(&adv) >= now + 3u * SECOND);
}

/* RFC 4861, 6.2.6: within 0.5 s, but not within 3 s of the last one. */
static void solicitations_are_answered_after_a_moment(void **state)
{
    uint64_t longest = 0;
    uint64_t shortest = SECOND;
    (void)state;
    prepare(12);
    v6nf_advertiser_start(&adv, now);
    for (uint32_t i = 0; i < 3u; i++) {
        next();
    }
    for (uint32_t i = 0; i < 1000u; i++) {
        const uint64_t last = now;
        now += i % 2u == 0u ? SECOND : 10u * SECOND;
        v6nf_advertiser_solicited(&adv, now);
        const uint64_t first = i % 2u == 0u ? last + 3u * SECOND : now;
        const uint64_t due = v6nf_advertiser_next_due(&adv);
        assert_true(due >= first && due <= first + SECOND / 2u);
        longest = due - first > longest ? due - first : longest;
        shortest = due - first < shortest ? due - first : shortest;
        next();
        assert_true(v6nf_advertiser_next_due(&adv) >= now + 200u * SECOND); /* the timer starts again */
    }
    assert_true(longest > 490u * MILLISECOND && shortest < 10u * MILLISECOND);
    assert_int_equal(adv.solicited, 1000);
}

/* The advertisement that is due sooner than the answer is the answer. */
static void answer_does_not_delay(void **state)
{
    (void)state;
    prepare(13);
    v6nf_advertiser_start(&adv, now);
    for (uint32_t i = 0; i < 200u; i++) {
        next();
        const uint64_t due = v6nf_advertiser_next_due(&adv);
        now = due - 1u;
        v6nf_advertiser_solicited(&adv, now);
        assert_true(v6nf_advertiser_next_due(&adv) <= due);
    }
}

/* 65,536 solicitations in a minute give at most one answer in 3 s, and a delay is drawn once for each. */
static void flood_of_solicitations_is_answered_seldom(void **state)
{
    uint64_t answered = 0;
    (void)state;
    prepare(14);
    v6nf_advertiser_start(&adv, now);
    for (uint32_t i = 0; i < 3u; i++) {
        next();
    }
    const uint64_t begin = now;
    const uint64_t draws = adv.draws;
    for (uint32_t i = 0; i < 65536u; i++) {
        now = begin + i * (60u * SECOND) / 65536u;
        v6nf_advertiser_solicited(&adv, now);
        assert_true(v6nf_advertiser_next_due(&adv) <= now + 7u * SECOND / 2u);
        answered += write_in(FRAME_MAX) != 0u ? 1u : 0u;
    }
    assert_true(answered >= 17u && answered <= 20u);
    assert_true(adv.draws - draws <= 2u * answered + 1u);
}

/* In any order of calls, two are never within 3 s, what is due is written, and an answer is never later than 3.5 s. */
static void any_order_of_calls_keeps_the_times(void **state)
{
    uint64_t last = 0;
    uint64_t asked = 0;
    (void)state;
    prepare(15);
    for (uint32_t i = 0; i < 200000u; i++) {
        const uint32_t what = random_below(64);
        now += random_below(3) == 0u ? random_below(1000000) : random_below(20) * SECOND / 4u;
        if (what == 0u) {
            v6nf_advertiser_stop(&adv, now);
            asked = 0;
        } else if (what < 4u) {
            v6nf_advertiser_start(&adv, now);
        } else if (what < 7u) {
            config.max_interval = 4u + random_below(1796);
            config.lifetime = 0;
            set();
        } else if (what < 30u) {
            v6nf_advertiser_solicited(&adv, now);
            asked = asked == 0u && adv.state == V6NF_ADVERTISER_STARTED ? now : asked;
        }
        const uint64_t due = v6nf_advertiser_next_due(&adv);
        assert_int_equal(due == NEVER, adv.state == V6NF_ADVERTISER_STOPPED);
        const uint64_t limit = asked + (adv.sent == 0u ? 4u : 7u) * SECOND / 2u;
        assert_true(asked == 0u || due <= (limit > now ? limit : now));
        const bool is_written = write_in(FRAME_MAX) != 0u;
        assert_int_equal(is_written, due <= now);
        if (is_written) {
            assert_true(last == 0u || now >= last + 3u * SECOND);
            assert_int_equal(adv.no_capacity, 0);
            last = now;
            asked = 0;
        }
    }
    assert_true(adv.sent > 10000u);
}

/* RFC 4861, 6.2.5. */
static void stopped_advertiser_says_so_three_times(void **state)
{
    (void)state;
    prepare(16);
    v6nf_advertiser_stop(&adv, now); /* not started */
    assert_int_equal(v6nf_advertiser_next_due(&adv), NEVER);
    v6nf_advertiser_start(&adv, now);
    v6nf_advertiser_stop(&adv, now); /* nothing was sent */
    assert_int_equal(v6nf_advertiser_next_due(&adv), NEVER);
    v6nf_advertiser_start(&adv, now);
    next();
    const uint64_t last = now;
    v6nf_advertiser_stop(&adv, now);
    v6nf_advertiser_stop(&adv, now);
    v6nf_advertiser_solicited(&adv, now); /* is not answered */
    expect_default(0, 0);
    for (uint32_t i = 1; i <= 3u; i++) {
        next();
        assert_written();
        assert_int_equal(now, last + i * 3u * SECOND);
    }
    assert_int_equal(v6nf_advertiser_next_due(&adv), NEVER);
    now += 86400u * SECOND;
    v6nf_advertiser_solicited(&adv, now);
    set();
    assert_int_equal(v6nf_advertiser_next_due(&adv), NEVER);
    assert_int_equal(write_in(FRAME_MAX), 0);
    assert_int_equal(adv.solicited, 0);
}

/* A restart, also in the middle of the end, advertises as the first time. */
static void stopped_advertiser_starts_again(void **state)
{
    (void)state;
    for (uint32_t finals = 0; finals <= 3u; finals++) {
        prepare(17);
        v6nf_advertiser_start(&adv, now);
        next();
        v6nf_advertiser_stop(&adv, now);
        for (uint32_t i = 0; i < finals; i++) {
            next();
        }
        v6nf_advertiser_start(&adv, now);
        v6nf_advertiser_start(&adv, now);
        expect_default(2700, 0);
        uint64_t last = now;
        for (uint32_t i = 0; i < 3u; i++) {
            next();
            assert_written();
            assert_true(i == 0u ? now - last <= 7u * SECOND / 2u : now - last == 16u * SECOND);
            last = now;
        }
        assert_true(v6nf_advertiser_next_due(&adv) >= now + 200u * SECOND);
        v6nf_advertiser_stop(&adv, now);
        assert_int_equal(v6nf_advertiser_next_due(&adv), now + 3u * SECOND);
    }
}

/* Hosts that heard one last advertisement must hear another if the restart ends before it sent something. */
static void restart_that_ends_at_once_is_still_an_end(void **state)
{
    (void)state;
    prepare(18);
    v6nf_advertiser_start(&adv, now);
    next();
    v6nf_advertiser_stop(&adv, now);
    v6nf_advertiser_start(&adv, now);
    v6nf_advertiser_stop(&adv, now);
    next();
    expect_default(0, 0);
    assert_written();
}

/* -- Changes ------------------------------------------------------------------------------------------------------- */

/* Start, and advertise prefixes 2001:db8:1:: and 2001:db8:2::. */
static void start_with_two(uint64_t seed)
{
    prepare(seed);
    add_prefix("2001:db8:1::", 64);
    add_prefix("2001:db8:2::", 64);
    set();
    v6nf_advertiser_start(&adv, now);
    for (uint32_t i = 0; i < 5u; i++) {
        next();
    }
}

/* RFC 4861, 6.2.4; RFC 9096, 3.5; RFC 7084, L-13. */
static void removed_prefix_is_deprecated_until_it_is_invalid(void **state)
{
    static const uint32_t valid[] = {100, 5400, 7200, 7201, V6NF_NDP_INFINITY};
    (void)state;
    for (uint32_t i = 0; i < 5u; i++) {
        start_with_two(19);
        config.prefixes[0].information.valid_lifetime = valid[i];
        config.prefixes[0].information.preferred_lifetime = 50;
        config.prefixes[0].information.on_link = false;
        set();
        next();
        now += 100u * SECOND;
        config.prefixes[0] = config.prefixes[1];
        config.prefix_count = 1;
        set();
        const uint64_t changed = now;
        const uint32_t rest = valid[i] < 7200u ? valid[i] : 7200u;
        assert_int_equal(v6nf_advertiser_next_due(&adv), now); /* at once */
        next();
        assert_lifetimes("2001:db8:1::", rest, 0);
        assert_int_equal(written.bytes[find_prefix("2001:db8:1::") + 3u], PREFIX_A);
        assert_lifetimes("2001:db8:2::", 5400, 2700);
        for (next(); now < changed + rest * SECOND; next()) {
            const uint64_t left = changed + rest * SECOND - now;
            assert_lifetimes("2001:db8:1::", (uint32_t)((left + SECOND - 1u) / SECOND), 0);
        }
        assert_int_equal(find_prefix("2001:db8:1::"), 0);
    }
}

static void prefix_that_returns_is_advertised_as_before(void **state)
{
    (void)state;
    start_with_two(20);
    config.prefix_count = 1;
    set();
    next();
    assert_lifetimes("2001:db8:2::", 5397, 0); /* 3 s ago */
    config.prefix_count = 2;
    set();
    next();
    assert_lifetimes("2001:db8:2::", 5400, 2700);
    assert_int_equal(written.length, OPTIONS + 8u + 2u * 32u);
    config.prefixes[1].information.length = 65; /* is another prefix */
    config.prefixes[1].information.autonomous = false;
    set();
    next();
    assert_int_equal(written.length, OPTIONS + 8u + 3u * 32u);
}

/* What no host knows is not withdrawn, and what one knows is, also if it was set again in between. */
static void only_what_was_sent_is_withdrawn(void **state)
{
    (void)state;
    start_with_two(21);
    add_prefix("2001:db8:3::", 64);
    set();
    config.prefix_count = 1;
    set();
    config.prefix_count = 2;
    set();
    config.prefix_count = 1;
    set();
    next();
    assert_lifetimes("2001:db8:2::", 5397, 0);
    assert_int_equal(find_prefix("2001:db8:3::"), 0);
    v6nf_advertiser_stop(&adv, now); /* hosts know it while the advertiser is stopped, too */
    while (v6nf_advertiser_next_due(&adv) != NEVER) {
        next();
    }
    config.prefixes[0].information.prefix = test_address_of("2001:db8:4::");
    now += 10u * SECOND;
    set();
    v6nf_advertiser_start(&adv, now);
    now += SECOND;
    next();
    assert_lifetimes("2001:db8:1::", 5399, 0);
}

/* A configuration that is that of the advertiser itself. */
static void own_configuration_may_be_set(void **state)
{
    (void)state;
    start_with_two(22);
    assert_int_equal(v6nf_advertiser_set(&adv, &adv.config, now), V6NF_ADVERTISER_OK);
    next();
    assert_int_equal(written.length, OPTIONS + 8u + 2u * 32u);
}

static void removed_routes_and_servers_are_withdrawn(void **state)
{
    (void)state;
    prepare(23);
    config.route_count = 1;
    config.routes[0] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8:5::"),
                                               .length = 65,
                                               .preference = V6NF_NDP_PREFERENCE_HIGH,
                                               .lifetime = 1000};
    config.server_count = 1;
    config.servers[0] = test_address_of("2001:db8::53");
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    v6nf_advertisement_default(&config);
    set();
    next();
    expect_default(2700, 0);
    expect_server("2001:db8::53", 0);
    ra_route(&expected, "2001:db8:5::", 65, PRF_MEDIUM, 0);
    assert_written();
    now += 2700u * SECOND;
    next();
    expect_default(2700, 0);
    assert_written();
}

/* The table is full: servers are left out first, then routes, then the prefix that ends first. */
static void table_of_what_is_withdrawn_is_bounded(void **state)
{
    (void)state;
    prepare(24);
    fill_arrays(0);
    set();
    v6nf_advertiser_start(&adv, now);
    next();
    v6nf_advertisement_default(&config);
    set();
    next();
    for (uint32_t i = 0; i < 8u; i++) {
        assert_int_equal(adv.withdrawn[i].kind, V6NF_WITHDRAWN_PREFIX);
    }
    for (uint32_t i = 1; i < 65536u; i++) {
        const struct v6nf_address prefix = {{0x20, 2, (uint8_t)(i >> 8), (uint8_t)i}};
        config.prefix_count = 0;
        assert_true(v6nf_advertisement_add_prefix(&config, &prefix, 64));
        now += SECOND;
        set();
        now = v6nf_advertiser_next_due(&adv);
        assert_true(write_in(FRAME_MAX) <= OPTIONS + 8u + 9u * 32u);
        assert_true(i < 10u || written.length == OPTIONS + 8u + 9u * 32u);
    }
    assert_true(find_prefix("2002:fff7::") != 0u); /* the last 8 before fffe */
    assert_int_equal(find_prefix("2002:fff6::"), 0);
}

/* Lifetimes of a delegated prefix (RFC 4861, 6.2.1). */
static void lifetimes_count_down(void **state)
{
    (void)state;
    start_with_two(25);
    config.prefixes[0].counts_down = true;
    config.prefixes[0].information.valid_lifetime = 3000;
    config.prefixes[0].information.preferred_lifetime = 2000;
    config.prefixes[1].counts_down = true;
    config.prefixes[1].information.valid_lifetime = V6NF_NDP_INFINITY;
    const uint64_t begin = now + 3u * SECOND;
    now = begin;
    set();
    for (uint32_t i = 0; i < 20u; i++) {
        next();
        const uint32_t elapsed = (uint32_t)((now - begin + SECOND - 1u) / SECOND);
        const uint32_t preferred = elapsed < 2000u ? 2000u - elapsed : 0u;
        assert_lifetimes("2001:db8:1::", elapsed < 3000u ? 3000u - elapsed : 0u, preferred);
        assert_lifetimes("2001:db8:2::", V6NF_NDP_INFINITY, elapsed < 2700u ? 2700u - elapsed : 0u);
    }
    assert_lifetimes("2001:db8:1::", 0, 0);
    set();
    now += 2900u * SECOND;
    next();
    config.prefixes[0] = config.prefixes[1];
    config.prefix_count = 1;
    now += 3u * SECOND;
    set();
    next();
    assert_lifetimes("2001:db8:1::", 97, 0); /* the rest, not 7200 */
}

/* -- Hosts --------------------------------------------------------------------------------------------------------- */

/* Write the next advertisement, and let the host hear it. */
static void next_to_host(void)
{
    const uint64_t due = v6nf_advertiser_next_due(&adv);
    fixture_run_until(&f, due > f.now ? due : f.now);
    now = f.now;
    assert_true(write_in(FRAME_MAX) != 0u);
    fixture_input_silent(&f, &written);
}

/* Start a host and a router with 2001:db8:1::/64, a route, a server and a domain. */
static void start_host_and_router(void)
{
    fixture_start_discovery(&f, 1, 0, NULL);
    prepare(26);
    now = f.now;
    add_prefix("2001:db8:1::", 64);
    config.route_count = 1;
    config.routes[0] = (struct v6nf_ndp_route){.prefix = test_address_of("2001:db8:5::"),
                                               .length = 48,
                                               .preference = V6NF_NDP_PREFERENCE_MEDIUM,
                                               .lifetime = 4000};
    config.server_count = 1;
    config.servers[0] = test_address_of("2001:db8::53");
    config.domain_count = 1;
    strcpy(config.domains[0], "example.org");
    set();
    v6nf_advertiser_start(&adv, now);
    next_to_host();
}

static void host_is_configured(void **state)
{
    (void)state;
    start_host_and_router();
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    assert_next_hop(&f, OFF_LINK, &router_1);
#if V6NF_DNS
    struct v6nf_address server;
    assert_true(v6nf_node_dns_server(&f.node, 0, &server, f.now));
    assert_memory_equal(server.bytes, config.servers[0].bytes, 16);
    assert_string_equal(v6nf_node_dns_domain(&f.node, 0, f.now), "example.org");
#endif
    v6nf_advertiser_stop(&adv, f.now);
    next_to_host();
    assert_no_route(&f, OFF_LINK);
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
#if V6NF_DNS
    assert_false(v6nf_node_dns_server(&f.node, 0, &server, f.now));
    assert_null(v6nf_node_dns_domain(&f.node, 0, f.now));
#endif
}

/* A year later the host has the address still; another prefix deprecates it, and it ends. */
static void host_follows_for_a_year(void **state)
{
    (void)state;
    start_host_and_router();
    config.max_interval = 1800; /* 24,000 advertisements less */
    set();
    while (f.now < START + 366u * 86400u * SECOND) {
        next_to_host();
        assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_PREFERRED);
    }
    config.prefixes[0].information.prefix = test_address_of("2001:db8:2::");
    now = f.now;
    set();
    next_to_host();
    const uint64_t changed = f.now;
    assert_int_equal(fixture_own(&f, FORMED)->state, V6NF_ADDRESS_DEPRECATED);
    assert_int_equal(fixture_own(&f, "2001:db8:2:0:0:ff:fe00:1")->state, V6NF_ADDRESS_PREFERRED);
    while (f.now < changed + 5400u * SECOND + 1800u * SECOND) {
        next_to_host();
    }
    assert_null(fixture_find_own(&f, FORMED));
}

/* -- Other routers ------------------------------------------------------------------------------------------------- */

/* Build the advertisement of router_2 that agrees with make_everything(). */
static void make_other(struct test_frame *frame)
{
    frame_ra(frame, &router_2, 1800, 0xC0);
    frame->bytes[RA_HOP_LIMIT] = 99;
    ra_number(frame, RA_REACHABLE_TIME, 3600000);
    ra_number(frame, RA_RETRANS_TIMER, 0xFFFFFFFFu);
    ra_link_layer(frame, router_2.mac);
    ra_mtu(frame, 1492);
    ra_prefix(frame, "2001:db8:1::", 64, 0, INFINITY_SECONDS, INFINITY_SECONDS);
    ra_prefix(frame, "2001:db8:1::", 63, 0, 1, 1);
    ra_prefix(frame, "2001:db8:9::", 64, 0, 1, 1);
}

/* Compare the first `length` bytes of a frame, in memory of exact size. */
static uint32_t compare(const struct test_frame *frame, uint32_t length)
{
    uint8_t *copy = exact_copy(frame->bytes + ETHER, length - ETHER);
    const uint32_t bits = v6nf_advertiser_check(&adv, copy, length - ETHER, now);
    free(copy);
    return bits;
}

static void start_of_everything(void)
{
    prepare(27);
    make_everything(65535, 1);
    set();
    v6nf_advertiser_start(&adv, now);
}

static void differences_of_other_routers_are_found(void **state)
{
    static const struct {
        uint32_t at;
        uint32_t mask;
        uint32_t bits;
    } changes[] = {
        {RA_HOP_LIMIT, 0x01000000u, V6NF_ADVERTISER_OTHER_HOP_LIMIT},
        {RA_HOP_LIMIT, 0x63000000u, 0}, /* 0 is unspecified */
        {RA_HOP_LIMIT, 0x00800000u, V6NF_ADVERTISER_OTHER_FLAGS},
        {RA_HOP_LIMIT, 0x00400000u, V6NF_ADVERTISER_OTHER_FLAGS},
        {RA_HOP_LIMIT, 0x003FFFFFu, 0}, /* reserved flags, preference, lifetime */
        {RA_REACHABLE_TIME, 1, V6NF_ADVERTISER_OTHER_REACHABLE_TIME},
        {RA_REACHABLE_TIME, 3600000, 0},
        {RA_RETRANS_TIMER, 1, V6NF_ADVERTISER_OTHER_RETRANS_TIMER},
        {RA_RETRANS_TIMER, 0xFFFFFFFFu, 0},
        {OPTIONS + 12u, 1, V6NF_ADVERTISER_OTHER_MTU},
        {OPTIONS + 20u, 1, V6NF_ADVERTISER_OTHER_LIFETIME},
        {OPTIONS + 24u, 1, V6NF_ADVERTISER_OTHER_LIFETIME},
        {OPTIONS + 52u, 1, 0}, /* of a prefix that is not its own */
        {OPTIONS + 84u, 1, 0},
    };
    (void)state;
    start_of_everything();
    for (uint32_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct test_frame frame;
        make_other(&frame);
        assert_int_equal(compare(&frame, frame.length), 0);
        ra_number(&frame, changes[i].at, v6nf_load32(frame.bytes + changes[i].at) ^ changes[i].mask);
        const uint64_t different = adv.different;
        assert_int_equal(compare(&frame, frame.length), changes[i].bits);
        assert_int_equal(adv.different - different, changes[i].bits != 0u);
    }
    assert_int_equal(adv.compared, 2u * sizeof changes / sizeof changes[0]);
    config.mtu = 0; /* one that does not advertise an MTU does not disagree */
    set();
    struct test_frame frame;
    make_other(&frame);
    assert_int_equal(compare(&frame, frame.length), 0);
}

/* Each one that is not valid, cut off anywhere, its own, or of another kind, is not compared. */
static void only_valid_advertisements_of_others_are_compared(void **state)
{
    struct test_frame good;
    struct test_frame frame;
    (void)state;
    start_of_everything();
    make_other(&good);
    good.bytes[RA_HOP_LIMIT] = 1; /* different, if it is compared */
    frame_fix_checksum(&good);
    assert_true(compare(&good, good.length) != 0u);
    for (uint32_t length = ETHER; length < good.length; length++) {
        assert_int_equal(compare(&good, length), 0);
    }
    for (uint32_t i = 0; i < 7u; i++) {
        static const uint32_t at[] = {21, 22, 54, 55, 56, OPTIONS + 1u, 20};
        frame = good;
        frame.bytes[at[i]] ^= at[i] == OPTIONS + 1u ? 1u : at[i] == 54u ? 0x01u : at[i] == 22u ? 0x20u : 0x80u;
        if (i != 4u) {
            frame_fix_checksum(&frame);
        }
        assert_int_equal(compare(&frame, frame.length), 0);
    }
    frame_ra(&frame, &router_1, 1800, 0); /* its own, that the link sent back */
    assert_int_equal(compare(&frame, frame.length), 0);
    assert_int_equal(adv.compared, 1);
    v6nf_advertiser_stop(&adv, now);
    assert_int_equal(compare(&good, good.length), 0);
    assert_int_equal(adv.compared, 1);
}

/* Random damage is read within its bytes. */
static void damaged_advertisements_are_read_within_their_bytes(void **state)
{
    struct test_frame good;
    (void)state;
    start_of_everything();
    make_other(&good);
    for (uint32_t i = 0; i < 20000u; i++) {
        struct test_frame frame = good;
        for (uint32_t k = 0; k < 3u; k++) {
            frame.bytes[UPPER + 1u + random_below(frame.length - UPPER - 1u)] = (uint8_t)random_below(256);
        }
        frame_fix_checksum(&frame);
        (void)compare(&frame, frame.length);
    }
    assert_true(adv.compared > 1000u && adv.different > 1000u && adv.different <= adv.compared);
}

static void lifetimes_that_count_down_may_be_skewed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2u; i++) {
        prepare(28);
        add_prefix("2001:db8:1::", 64);
        config.prefixes[0].counts_down = i == 0u;
        config.managed = true;
        config.other = true;
        set();
        v6nf_advertiser_start(&adv, now);
        now += 1000u * SECOND;
        for (uint32_t other = 4380; other < 4421u; other++) {
            struct test_frame frame;
            frame_ra(&frame, &router_2, 1800, 0xC0);
            ra_prefix(&frame, "2001:db8:1::", 64, 0, other, i == 0u ? 1700 : 2700);
            const bool is_same = i == 0u && other >= 4390u && other <= 4410u;
            assert_int_equal(compare(&frame, frame.length), is_same ? 0u : V6NF_ADVERTISER_OTHER_LIFETIME);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_rfcs),
        cmocka_unit_test(each_field_and_option_is_written),
        cmocka_unit_test(last_advertisements_end_all_but_prefixes),
        cmocka_unit_test(no_capacity_is_counted),
        cmocka_unit_test(what_is_outside_of_limits_is_refused),
        cmocka_unit_test(everything_fits_the_minimum_mtu),
        cmocka_unit_test(each_status_has_a_text),
        cmocka_unit_test(intervals_are_random_for_a_year),
        cmocka_unit_test(shortest_intervals_are_kept),
        cmocka_unit_test(times_depend_on_seed_and_mac),
        cmocka_unit_test(late_writes_do_not_catch_up),
        cmocka_unit_test(solicitations_are_answered_after_a_moment),
        cmocka_unit_test(answer_does_not_delay),
        cmocka_unit_test(flood_of_solicitations_is_answered_seldom),
        cmocka_unit_test(any_order_of_calls_keeps_the_times),
        cmocka_unit_test(stopped_advertiser_says_so_three_times),
        cmocka_unit_test(stopped_advertiser_starts_again),
        cmocka_unit_test(restart_that_ends_at_once_is_still_an_end),
        cmocka_unit_test(removed_prefix_is_deprecated_until_it_is_invalid),
        cmocka_unit_test(prefix_that_returns_is_advertised_as_before),
        cmocka_unit_test(only_what_was_sent_is_withdrawn),
        cmocka_unit_test(own_configuration_may_be_set),
        cmocka_unit_test(removed_routes_and_servers_are_withdrawn),
        cmocka_unit_test(table_of_what_is_withdrawn_is_bounded),
        cmocka_unit_test(lifetimes_count_down),
        cmocka_unit_test(host_is_configured),
        cmocka_unit_test(host_follows_for_a_year),
        cmocka_unit_test(differences_of_other_routers_are_found),
        cmocka_unit_test(only_valid_advertisements_of_others_are_compared),
        cmocka_unit_test(damaged_advertisements_are_read_within_their_bytes),
        cmocka_unit_test(lifetimes_that_count_down_may_be_skewed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
