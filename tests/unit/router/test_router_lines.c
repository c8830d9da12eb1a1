/* test_router_lines.c: the lines that configure examples/router: what each does, and what is said about bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "v6nf/config.h"

#if V6NF_FORWARDING
#include "../../../examples/router/lines.c"

#define TEST_ROUTES 64u
#define NOW (1000u * V6NF_SECOND)

static struct program program;
static uint64_t memory[V6NF_FIB_WORDS(TEST_ROUTES, TEST_ROUTES, TEST_ROUTES, ROOT_BITS)];
static char answer[ANSWER_SIZE];
static struct show show;

static bool read_text(const char *text)
{
    char line[LINE_SIZE];
    assert_true(strlen(text) < sizeof line);
    memcpy(line, text, strlen(text) + 1u);
    return read_line(&program, line, answer, &show, NOW);
}

static void expect_ok(const char *text)
{
    if (!read_text(text) || strcmp(answer, "ok") != 0) {
        fail_msg("%s: %s", text, answer);
    }
}

static void begin(void)
{
    static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};
    memset(&program, 0, sizeof program);
    memset(memory, 0, sizeof memory);
    program.count = 2;
    for (uint32_t i = 0; i < 2u; i++) {
        program.names[i] = i == 0u ? "left" : "right";
        program.macs[i] = macs[i];
        program.port_mtus[i] = 1500;
        program.mtus[i] = 1500;
    }
}

static int setup(void **state)
{
    static const uint8_t secret[V6NF_ROUTER_SECRET_SIZE] = {7};
    (void)state;
    begin();
    expect_ok("mtu right 1400");
    assert_true(program_start(&program, memory, TEST_ROUTES, secret, NOW));
    return 0;
}

static void build_routes(void)
{
    uint32_t steps = 0;
    while (v6nf_fib_step(&program.fib)) {
        assert_true(++steps < 100000u);
    }
}

/* Return true if a list has a line that begins so. */
static bool shows(const char *list, const char *begin)
{
    char text[ANSWER_SIZE];
    bool is_there = false;
    uint32_t calls = 0;
    expect_ok(list);
    assert_int_not_equal(show.kind, SHOW_NOTHING);
    while (show_next(&program, &show, text)) {
        assert_true(++calls < 10000u);
        is_there = is_there || strncmp(text, begin, strlen(begin)) == 0;
    }
    return is_there;
}

static void lines_before_the_start_set_mtus_only(void **state)
{
    static const uint8_t secret[V6NF_ROUTER_SECRET_SIZE] = {7};
    (void)state;
    begin();
    expect_ok("nonsense is for later");
    expect_ok("address 0 2001:db8::1/64");
    assert_false(read_text("mtu 0 1501"));
    expect_ok("mtu 0 1280");
    assert_true(program_start(&program, memory, TEST_ROUTES, secret, NOW));
    assert_int_equal(program.nodes[0].mtu, 1280);
    assert_int_equal(program.nodes[1].mtu, 1500);
    assert_false(shows("show addresses", "left 2001:db8::1/64"));
}

static void addresses_come_and_go(void **state)
{
    (void)state;
    expect_ok("address left 2001:db8:a::1/64 # of the first link");
    assert_true(shows("show addresses", "left 2001:db8:a::1/64 tentative"));
    assert_false(read_text("address right 2001:db8:a::1/64"));
    expect_ok("no address 0 2001:db8:a::1");
    assert_false(shows("show addresses", "left 2001:db8:a::1/64"));
}

static void routes_come_and_go(void **state)
{
    (void)state;
    expect_ok("\troute  2001:db8:c::/48 via fe80::7 right ");
    expect_ok("route ::/0 prohibited");
    assert_true(shows("show routes", "2001:db8:c::/48 via fe80::7 right packets 0 bytes 0"));
    assert_true(shows("show routes", "::/0 prohibited packets"));
    build_routes();
    expect_ok("no route 2001:db8:c::/48");
    assert_false(shows("show routes", "2001:db8:c::/48"));
    build_routes();
    build_routes();
    assert_false(shows("show routes", "2001:db8:c::/48"));
    for (uint32_t i = 0; i < 2u * TEST_ROUTES; i++) { /* a full table */
        char line[64];
        (void)snprintf(line, sizeof line, "route 2001:db8:%x::/48 discard", i);
        if (!read_text(line)) {
            break;
        }
    }
    assert_non_null(strstr(answer, "larger --routes"));
}

static void routes_of_addresses_are_not_changed(void **state)
{
    (void)state;
    expect_ok("address left 2001:db8:a::1/64");
    uint8_t frame[1514];
    uint32_t lengths[V6NF_ROUTER_INTERFACES_MAX];
    for (uint32_t i = 0; i < 100u; i++) { /* the router sees the address */
        (void)v6nf_router_tick(&program.router, frame, sizeof frame, lengths, NOW);
    }
    assert_false(read_text("no route 2001:db8:a::/64"));
    assert_false(read_text("route 2001:db8:a::1/128 discard"));
}

static void advertisements_are_set(void **state)
{
    (void)state;
    const struct v6nf_advertisement *its = &program.interfaces[0].advertiser.config;
    expect_ok("prefix 0 2001:db8:a::/64 lifetimes 7200 3600 no-autonomous");
    expect_ok("advertise 0 interval 3 4 hop-limit 32 managed other lifetime 9000 reachable 1 retrans 2 mtu 1280"
              " preference low");
    assert_int_equal(its->prefix_count, 1);
    assert_int_equal(its->prefixes[0].information.valid_lifetime, 7200);
    assert_int_equal(its->prefixes[0].information.preferred_lifetime, 3600);
    assert_false(its->prefixes[0].information.autonomous);
    assert_int_equal(its->max_interval, 4);
    assert_int_equal(its->min_interval, 3);
    assert_int_equal(its->hop_limit, 32);
    assert_true(its->managed && its->other);
    assert_int_equal(its->lifetime, 9000);
    assert_int_equal(its->reachable_time, 1);
    assert_int_equal(its->retrans_timer, 2);
    assert_int_equal(its->mtu, 1280);
    assert_int_equal(its->preference, V6NF_NDP_PREFERENCE_LOW);
    assert_true(program.interfaces[0].advertises);
    expect_ok("prefix 0 2001:db8:a::/64 off-link");
    assert_int_equal(its->prefix_count, 1);
    assert_false(its->prefixes[0].information.on_link);
    expect_ok("no prefix 0 2001:db8:a::/64");
    assert_int_equal(its->prefix_count, 0);
    expect_ok("advertise 0 interval 600 5000");
    assert_int_equal(its->lifetime, 15000);
    expect_ok("no advertise 0");
    assert_false(program.interfaces[0].advertises);
}

/* RFC 8106, 5.1: a lifetime outlasts three advertisements. */
static void lifetimes_follow_the_interval(void **state)
{
    (void)state;
    const struct v6nf_advertisement *its = &program.interfaces[0].advertiser.config;
    expect_ok("rdnss left 2001:db8::53");
    expect_ok("prefix left 2001:db8:a::/64 lifetimes 200 100");
    expect_ok("advertise left interval 3 9000");
    expect_ok("prefix left 2001:db8:b::/64");
    assert_int_equal(its->lifetime, 27000);
    assert_int_equal(its->server_lifetime, 27000);
    assert_int_equal(its->domain_lifetime, 27000);
    assert_int_equal(its->prefixes[0].information.valid_lifetime, 200);
    assert_int_equal(its->prefixes[1].information.preferred_lifetime, 27000);
    assert_int_equal(its->prefixes[1].information.valid_lifetime, 54000);
    expect_ok("no prefix left 2001:db8:a::/64");
    expect_ok("advertise left interval 3 1000");
    assert_int_equal(its->lifetime, 3000);
    assert_int_equal(its->prefixes[0].information.preferred_lifetime, 3000);
    expect_ok("advertise left");
    assert_int_equal(its->server_lifetime, V6NF_ADVERTISER_PREFERRED_LIFETIME);
    assert_int_equal(its->prefixes[0].information.valid_lifetime, V6NF_ADVERTISER_VALID_LIFETIME);
}

static void mtu_below_that_of_the_port_is_advertised(void **state)
{
    (void)state;
    expect_ok("advertise left");
    expect_ok("advertise right");
    assert_int_equal(program.interfaces[0].advertiser.config.mtu, 0);
    assert_int_equal(program.interfaces[1].advertiser.config.mtu, 1400);
    expect_ok("advertise right mtu 1300");
    assert_int_equal(program.interfaces[1].advertiser.config.mtu, 1300);
    assert_false(read_text("advertise right mtu 1401"));
}

static void next_hop_is_on_the_link(void **state)
{
    (void)state;
    expect_ok("address left 2001:db8:a::1/64");
    expect_ok("address left fe80::1/64");
    expect_ok("address right fe80::2/64");
    expect_ok("route 2001:db8:c::/48 via 2001:db8:a::2 left");
    expect_ok("route 2001:db8:d::/48 via fe80::9 right");
}

static void servers_domains_and_routes_are_advertised(void **state)
{
    (void)state;
    const struct v6nf_advertisement *its = &program.interfaces[1].advertiser.config;
    expect_ok("rdnss right 2001:db8::53 2001:db8::54");
    expect_ok("dnssl right example.com example.org");
    expect_ok("route-information right 2001:db8:c::/48 600 high");
    expect_ok("route-information right 2001:db8:c::/48 700");
    assert_int_equal(its->server_count, 2);
    assert_string_equal(its->domains[1], "example.org");
    assert_int_equal(its->route_count, 1);
    assert_int_equal(its->routes[0].lifetime, 700);
    expect_ok("no rdnss right");
    expect_ok("no dnssl right");
    expect_ok("no route-information right 2001:db8:c::/48");
    assert_int_equal(its->server_count + its->domain_count + its->route_count, 0);
}

static void bad_lines_have_answers(void **state)
{
    static const struct {
        const char *line;
        const char *answer; /* its begin, after "error: " */
    } cases[] = {
        {"nonsense", "nonsense: not one of address"},
        {"no", "no: not one of address"},
        {"no no route ::/0", "no: not one of"},
        {"address", "address: needs the number"},
        {"address 2", "2: no interface"},
        {"address middle", "middle: no interface"},
        {"address 0", "0: needs a prefix"},
        {"address 0 2001:db8::1", "2001:db8::1: has no length"},
        {"address 0 ff02::1/64", "ff02::1/64: not a unicast"},
        {"address 0 2001:db8::1/7", "2001:db8::1/7: too short"},
        {"address 0 2001:db8::1/0", "2001:db8::1/0: too short"},
        {"address 1 2001:db8:a::2/64", "2001:db8:a::2/64: its prefix is on the link of another"},
        {"address 0 2001:db8::1/64 more", "more: not expected"},
        {"no address 0 2001:db8::9", "2001:db8::9: not an address of"},
        {"no address 1 2001:db8:a::1", "2001:db8:a::1: not an address of"},
        {"route", "route: needs a prefix"},
        {"route 2001:db8::1/64 discard", "2001:db8::1/64: has bits"},
        {"route 2001:db8::/129 discard", "2001:db8::/129: has no length"},
        {"route 2001:db8::/64", "2001:db8::/64: a route is via"},
        {"route 2001:db8::/64 to", "to: a route is via"},
        {"route 2001:db8::/64 via", "via: needs an address"},
        {"route 2001:db8::/64 via fe80::g", "fe80::g: not an address"},
        {"route 2001:db8::/64 via fe80::7", "fe80::7: needs the number"},
        {"route 2001:db8::/64 via ff02::1 0", "0: the next hop cannot"},
        {"route 2001:db8::/64 via 2001:db8:a::1 0", "0: the next hop is this"},
        {"route 2001:db8::/64 via 2001:db8:b::1 0", "0: the next hop is not on the link"},
        {"route 2001:db8::/64 via 2001:db8:a::2 1", "1: the next hop is not on the link"},
        {"no route 2001:db8::/64", "2001:db8::/64: there is no route"},
        {"mtu 0 1279", "1279: an MTU"},
        {"mtu 0 1501", "1501: an MTU"},
        {"mtu 0 1400", "1400: the MTU of a router that runs"},
        {"advertise 0 interval 4", "4: needs a number"},
        {"advertise 0 interval 4 x", "x: not a number"},
        {"advertise 0 interval 1 4", "4: MAX is 4 to"},
        {"advertise 0 interval 4 4", "4: MAX is 4 to"},
        {"advertise left interval 600 200", "200: MAX is 4 to"},
        {"advertise 0 mtu 1501", "1501: the MTU that is advertised is larger"},
        {"advertise 0 hop-limit 256", "256: not a number"},
        {"advertise 0 lifetime 1", "1: "},
        {"advertise 0 preference top", "top: a preference is"},
        {"advertise 0 often", "often: not one of interval"},
        {"no advertise 0 managed", "managed: not expected"},
        {"prefix 0 fe80::/64", "fe80::/64: "},
        {"prefix 0 2001:db8::/64 lifetimes 1 2", "2: the preferred lifetime is longer than the valid one (VALID"},
        {"prefix 0 2001:db8::/64 other", "other: not one of lifetimes"},
        {"no prefix 0 2001:db8::/64", "2001:db8::/64: this prefix is not"},
        {"rdnss 0", "0: needs the addresses"},
        {"rdnss 0 ::1 ::2 ::3 ::4 ::5", "::4: one server too many"},
        {"dnssl 0", "0: needs domains"},
        {"dnssl 0 a..b", "a..b: "},
        {"dnssl 0 a b c d e", "e: one domain too many"},
        {"route-information 0 2001:db8::/48", "2001:db8::/48: needs a number"},
        {"no route-information 0 2001:db8::/48", "2001:db8::/48: this route is not"},
        {"show", "show: show routes"},
        {"show everything", "everything: show routes"},
        {"no show routes", "show: show routes"},
        {"route \x01", "line: a line is printable"},
        {"route \xff", "line: a line is printable"},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33",
         "line: too many words"},
    };
    (void)state;
    expect_ok("address left 2001:db8:a::1/64");
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct v6nf_advertisement before = program.interfaces[0].advertiser.config;
        if (read_text(cases[i].line) || strncmp(answer, "error: ", 7) != 0 ||
            strncmp(answer + 7, cases[i].answer, strlen(cases[i].answer)) != 0) {
            fail_msg("%s: %s", cases[i].line, answer);
        }
        assert_int_equal(show.kind, SHOW_NOTHING);
        assert_memory_equal(&before, &program.interfaces[0].advertiser.config, sizeof before);
        assert_false(program.interfaces[0].advertises);
    }
}

static void lines_without_words_do_nothing(void **state)
{
    static const char *const cases[] = {"", " \t ", "# a comment", "  # another"};
    (void)state;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(read_text(cases[i]));
        assert_string_equal(answer, "");
    }
}

/* An answer never exceeds its buffer, however long the words are. */
static void long_words_are_cut(void **state)
{
    char line[LINE_SIZE];
    (void)state;
    memset(line, 'x', LINE_SIZE - 1u);
    line[LINE_SIZE - 1u] = '\0';
    assert_false(read_line(&program, line, answer, &show, NOW));
    assert_true(strlen(answer) < ANSWER_SIZE - 1u);
    memset(line, 'x', LINE_SIZE - 1u);
    memcpy(line, "dnssl 0 ", 8);
    assert_false(read_line(&program, line, answer, &show, NOW));
    assert_non_null(strstr(answer, "too long for a domain"));
}

static void counters_and_neighbors_are_shown(void **state)
{
    (void)state;
    program.output_drops[1] = 3;
    assert_true(shows("show counters", "left packets forwarded: 0"));
    assert_true(shows("show counters", "right dropped: own frames without a buffer of the port: 3"));
    assert_false(shows("show neighbors", "left"));
    program.nodes[0].neighbors[0] = (struct v6nf_neighbor){.state = V6NF_NEIGHBOR_STALE, .mac = {2, 0, 0, 0, 0, 10}};
    assert_true(shows("show neighbors", "left :: 02:00:00:00:00:0a stale"));
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_before_the_start_set_mtus_only),
        TEST(addresses_come_and_go),
        TEST(routes_come_and_go),
        TEST(routes_of_addresses_are_not_changed),
        TEST(advertisements_are_set),
        TEST(lifetimes_follow_the_interval),
        TEST(mtu_below_that_of_the_port_is_advertised),
        TEST(next_hop_is_on_the_link),
        TEST(servers_domains_and_routes_are_advertised),
        TEST(bad_lines_have_answers),
        TEST(lines_without_words_do_nothing),
        TEST(long_words_are_cut),
        TEST(counters_and_neighbors_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0;
}
#endif
