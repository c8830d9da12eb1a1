/* test_function_firewall.c: the function firewall of examples/nf, its options, and which frames it counts. What passes
 * is tested in nf/test_firewall.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../../examples/nf/firewall.c"

#define OFFSET V6NF_ETHER_HEADER_SIZE
#define UPPER (OFFSET + V6NF_IPV6_HEADER_SIZE)
#define SIZE 80u
#define LARGE 200u /* capacity of a buffer */

static struct firewall function;
static uint8_t frame[LARGE];

static int forget_options(void **state)
{
    (void)state;
    config.prefixes_count = 0;
    config.rules_count = 0;
    config.is_transparent = false;
    config.passes_documentation = false;
    config.passes_unique_local = false;
    config.filtering = V6NF_FIREWALL_ENDPOINT_INDEPENDENT;
    return 0;
}

static const struct v6nf_firewall_rule *allow(const char *text)
{
    config.rules_count = 0;
    assert_null(read_allow(text));
    return &rules[0];
}

static void rules_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",          ":80",         "tcp:",       "tcp:80-", "tcp:80-79",
                                        "tcp:65536", "tcp:-1",      "tcp:80-90-", "tcp,",    "tcp,::1/129",
                                        "tcp,::1/-", "tcp,::1/--1", "tcp,::1/",   "tcp;80",  "tcp:80,::1,",
                                        "0",         "255",         "256"};
    static const uint8_t zeros[V6NF_ADDRESS_SIZE];
    for (uint32_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (read_allow(wrong[i]) == NULL) {
            fail_msg("%s", wrong[i]);
        }
    }
    assert_int_equal(config.rules_count, 0);
    const struct v6nf_firewall_rule *rule = allow("tcp:443");
    assert_true(rule->passes && rule->is_inbound && !rule->is_outbound);
    assert_int_equal(rule->protocol, V6NF_CHAIN_TCP);
    assert_int_equal(rule->first_port, 443);
    assert_int_equal(rule->last_port, 443);
    assert_memory_equal(rule->destination_mask, zeros, sizeof zeros);
    assert_memory_equal(rule->source_mask, zeros, sizeof zeros);
    rule = allow("udp:8000-8080,2001:db8:1::/48");
    assert_int_equal(rule->protocol, V6NF_NEXT_HEADER_UDP);
    assert_int_equal(rule->first_port, 8000);
    assert_int_equal(rule->last_port, 8080);
    assert_int_equal(v6nf_load16(rule->destination + 4), 1);
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        assert_int_equal(rule->destination_mask[i], i < 6u ? 0xFF : 0);
    }
    rule = allow("any,::5/-65");
    assert_int_equal(rule->protocol, V6NF_FIREWALL_ANY);
    assert_int_equal(rule->first_port, 0);
    assert_int_equal(rule->last_port, 65535);
    for (uint32_t i = 0; i < V6NF_ADDRESS_SIZE; i++) {
        assert_int_equal(rule->destination_mask[i], i < 7u ? 0 : i == 7u ? 1 : 0xFF);
    }
    assert_int_equal(allow("47,2001:db8::1")->destination_mask[15], 0xFF);
    assert_int_equal(rules[0].protocol, 47);
    assert_null(read_deny("udp:53"));
    assert_true(!rules[1].passes && rules[1].is_outbound && !rules[1].is_inbound);
    while (config.rules_count < RULES) {
        assert_null(read_allow("tcp"));
    }
    assert_non_null(read_allow("tcp"));
    char longest[200];
    memset(longest, '1', sizeof longest);
    longest[sizeof longest - 1u] = '\0';
    config.rules_count = 0;
    assert_non_null(read_allow(longest));
    memcpy(longest, "tcp:", 4);
    assert_non_null(read_allow(longest));
    memcpy(longest, "tcp,", 4);
    assert_non_null(read_allow(longest));
}

static void other_options_are_read(void **state)
{
    (void)state;
    assert_non_null(check_options());
    assert_non_null(read_inside("2001:db8::"));
    assert_null(read_outside("2001:db8::1/128"));
    assert_non_null(check_options());
    assert_null(read_inside("2001:db8::/32"));
    assert_null(check_options());
    assert_true(prefixes[0].is_outside && !prefixes[1].is_outside);
    assert_int_equal(prefixes[1].length, 32);
    while (config.prefixes_count < PREFIXES) {
        assert_null(read_inside("::/0"));
    }
    assert_non_null(read_inside("::/0"));
    assert_non_null(read_pass("all"));
    assert_null(read_pass("unsolicited"));
    assert_null(read_pass("unique-local"));
    assert_null(read_pass("documentation"));
    assert_true(config.is_transparent && config.passes_unique_local && config.passes_documentation);
    assert_non_null(read_filtering(""));
    assert_null(read_filtering("flow"));
    assert_int_equal(config.filtering, V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT);
}

/* Send a datagram. Return true if it passes. */
static bool passes(bool is_inbound, uint16_t source, uint16_t destination)
{
    uint32_t lengths[NF_WAYS] = {0};
    uint8_t *packet = frame + OFFSET;
    memset(frame, 0, sizeof frame);
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(packet, SIZE - UPPER, V6NF_NEXT_HEADER_UDP, 64);
    v6nf_store32(packet + V6NF_IPV6_SOURCE, is_inbound ? 0x2A000002 : 0x2A000001);
    v6nf_store32(packet + V6NF_IPV6_DESTINATION, is_inbound ? 0x2A000001 : 0x2A000002);
    v6nf_store16(frame + UPPER, source);
    v6nf_store16(frame + UPPER + 2u, destination);
    (is_inbound ? filter_inbound : filter_outbound)(&function, frame, SIZE, SIZE, lengths);
    assert_true(lengths[0] == 0u || lengths[0] == SIZE);
    return lengths[0] != 0u;
}

static void frames_pass_and_are_counted(void **state)
{
    (void)state;
    static const uint8_t secret[NF_SECRET_SIZE] = {1};
    assert_null(read_inside("2a00:1::/32"));
    assert_null(read_allow("udp:2000"));
    memset(&function, 0, sizeof function);
    nf_start(&function, secret);
    assert_false(passes(true, 6000, 5000));
    assert_true(passes(false, 5000, 6000));
    assert_true(passes(true, 6000, 5000));
    assert_true(passes(true, 6000, 2000));
    assert_false(passes(true, 6000, 2001));
    assert_int_equal(function.firewall.counts[V6NF_FIREWALL_PASS], 3);
    assert_int_equal(function.counters[V6NF_FIREWALL_UNSOLICITED], 2);
    assert_int_equal(function.rules[0].hits, 1);
    assert_int_equal(rules[0].hits, 0); /* shared by agents */
    uint32_t count = 0;
    while (counters[count] != NULL) {
        count++;
    }
    assert_int_equal(count, V6NF_FIREWALL_RESULTS + 1u);
}

/* Send a SYN from outside. Return the length of the answer. */
static uint32_t request(uint64_t now)
{
    uint32_t lengths[NF_WAYS] = {0};
    memset(frame, 0, sizeof frame);
    frame[V6NF_ETHER_SOURCE] = 2;
    v6nf_store16(frame + V6NF_ETHER_TYPE, V6NF_ETHER_TYPE_IPV6);
    v6nf_ipv6_write(frame + OFFSET, 20, V6NF_CHAIN_TCP, 64);
    v6nf_store32(frame + OFFSET + V6NF_IPV6_SOURCE, 0x2A000002);
    v6nf_store32(frame + OFFSET + V6NF_IPV6_DESTINATION, 0x2A000001);
    frame[UPPER + 12u] = 0x50;
    frame[UPPER + 13u] = 2;
    function.now = now;
    filter_inbound(&function, frame, UPPER + 20u, LARGE, lengths);
    assert_int_equal(lengths[0], 0);
    return lengths[NF_BACK];
}

static void repeated_requests_are_answered(void **state)
{
    (void)state;
    static const uint8_t secret[NF_SECRET_SIZE] = {1};
    assert_null(read_inside("2a00:1::/32"));
    memset(&function, 0, sizeof function);
    nf_start(&function, secret);
    assert_int_equal(request(0), 0);
    assert_int_equal(request(3000000), 0);
    assert_int_equal(request(7000000), UPPER + V6NF_ICMPV6_ERROR_SIZE + V6NF_IPV6_HEADER_SIZE + 20u);
    assert_int_equal(frame[UPPER + V6NF_ICMPV6_TYPE], V6NF_ICMPV6_DESTINATION_UNREACHABLE);
    assert_int_equal(frame[UPPER + V6NF_ICMPV6_CODE], V6NF_ICMPV6_PROHIBITED);
    assert_int_equal(frame[OFFSET + V6NF_IPV6_SOURCE + 3u], 1);
    assert_int_equal(frame[V6NF_ETHER_DESTINATION], 2);
    assert_int_equal(function.sent, 1);
    assert_int_equal(function.counters[V6NF_FIREWALL_PROHIBITED], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rules_are_read, forget_options),
        cmocka_unit_test_setup(other_options_are_read, forget_options),
        cmocka_unit_test_setup(frames_pass_and_are_counted, forget_options),
        cmocka_unit_test_setup(repeated_requests_are_answered, forget_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
