/* test_firewall_table.c: keys, fragments, and the table of a firewall when it is full, attacked and old. */
#include <stdlib.h>
#include <string.h>

#include "fixture_firewall.h"

#define PASS V6NF_FIREWALL_PASS
#define MANY 131072u
#define YEAR (UINT64_C(365) * 24u * 3600u * SECONDS)

/* Compare the key of the fast path with that of the slow one. Return true if both are there. */
static bool keys_are_equal(bool is_inbound)
{
    struct v6nf_chain chain;
    struct v6nf_flow flow;
    uint64_t fast[V6NF_FIREWALL_KEY_WORDS] = {0};
    uint64_t slow[V6NF_FIREWALL_KEY_WORDS];
    uint8_t *copy = exact_copy(frame, frame_size);
    const uint32_t upper = v6nf_firewall_read_key(fast, copy, frame_size, is_inbound);
    const enum v6nf_chain_end end = v6nf_chain_read(&chain, copy, frame_size);
    const enum v6nf_flow_kind kind = v6nf_flow_key_read(&flow, copy, &chain);
    const bool is_bad = frame_size >= 54u && v6nf_ipv6_is_source_bad(copy + ETHER + V6NF_IPV6_SOURCE);
    free(copy);
    if (upper == 0u) {
        return false;
    }
    if (is_bad) {
        assert_int_equal(end, V6NF_CHAIN_MALFORMED);
        return false;
    }
    assert_int_equal(kind, V6NF_FLOW_PORTS);
    assert_int_equal(upper, chain.upper);
    if (is_inbound) {
        v6nf_flow_key_reverse(flow.key);
    }
    v6nf_hash_map_load(slow, flow.key, V6NF_FLOW_KEY_SIZE);
    assert_memory_equal(fast, slow, sizeof fast);
    return true;
}

static void the_fast_key_is_that_of_the_slow_path(void **state)
{
    (void)state;
    uint32_t equal = 0;
    for (uint32_t i = 0; i < 200000u; i++) {
        const uint8_t protocol = random_below(2) != 0u ? TCP : UDP;
        begin(HERE, THERE, protocol);
        random_fill(frame + ETHER + V6NF_IPV6_SOURCE, 32);
        if (random_below(4) == 0u) {
            frame[ETHER + V6NF_IPV6_SOURCE] = 0xFF;
        }
        append_ports(protocol, (uint16_t)random_number(), (uint16_t)random_number(), ACK);
        for (uint32_t faults = random_below(3); faults > 0u; faults--) {
            static const uint32_t fields[] = {12, 13, 14, 18, 19, 20, 66};
            frame[fields[random_below(7)]] = (uint8_t)random_below(random_below(2) != 0u ? 256 : 32);
        }
        frame_size = random_below(3) == 0u ? random_below(frame_size + 20u) : frame_size;
        equal += keys_are_equal(random_below(2) != 0u) ? 1u : 0u;
    }
    assert_in_range(equal, 20000, 180000);
}

/* Write a fragment of a datagram with 24 bytes in each fragment. */
static void write_fragment(uint32_t number, uint32_t offset, bool has_more, uint32_t identification)
{
    uint8_t data[24] = {0};
    begin(HERE, THERE, FRG);
    append_fragment(UDP, offset, has_more, identification);
    if (number == 0u) {
        append_ports(UDP, 5000, 6000, 0);
    } else {
        append(data, sizeof data);
    }
}

static void fragments_pass_after_the_first(void **state)
{
    (void)state;
    static const uint32_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (uint32_t i = 0; i < 6u; i++) {
        bool has_first = false;
        for (uint32_t j = 0; j < 3u; j++) {
            const uint32_t number = orders[i][j];
            write_fragment(number, 24u * number, number < 2u, 100u + i);
            has_first = has_first || number == 0u;
            assert_int_equal(pass(false), has_first ? PASS : V6NF_FIREWALL_FRAGMENT);
        }
    }
    /* Of another packet, of the other direction, over the first one, after a minute, incomplete. */
    write_fragment(0, 0, true, 7);
    assert_int_equal(pass(false), PASS);
    write_fragment(1, 24, false, 8);
    assert_int_equal(pass(false), V6NF_FIREWALL_FRAGMENT);
    write_fragment(1, 24, false, 7);
    write_header(frame + ETHER, THERE, HERE, FRG, 32);
    assert_int_equal(pass(true), V6NF_FIREWALL_FRAGMENT);
    write_fragment(1, 16, true, 7);
    assert_int_equal(pass(false), V6NF_FIREWALL_FRAGMENT);
    write_fragment(0, 0, true, 7); /* a longer first fragment */
    append(frame, 8);
    assert_int_equal(pass(false), PASS);
    write_fragment(1, 24, false, 7);
    assert_int_equal(pass(false), V6NF_FIREWALL_FRAGMENT);
    make_error(2, ROUTER, HERE); /* about a later fragment */
    assert_int_equal(pass(true), PASS);
    write_fragment(1, 32, false, 9);
    make_error(2, ROUTER, HERE);
    assert_int_equal(pass(true), V6NF_FIREWALL_ICMPV6);
    write_fragment(1, 32, false, 7);
    now += 60u * SECONDS;
    assert_int_equal(pass(false), PASS);
    now += 1;
    assert_int_equal(pass(false), V6NF_FIREWALL_FRAGMENT);
    write_fragment(0, 0, true, 7); /* what was remembered is over: the length is that of the new one */
    assert_int_equal(pass(false), PASS);
    write_fragment(1, 24, false, 7);
    assert_int_equal(pass(false), PASS);
    begin(HERE, THERE, FRG);
    append_fragment(TCP, 0, true, 10);
    const uint8_t part[16] = {0, 1, 0, 2, [12] = 0x50};
    append(part, sizeof part);
    assert_int_equal(pass(false), V6NF_FIREWALL_HEADERS);
}

static void a_dropped_first_fragment_has_no_others(void **state)
{
    (void)state;
    begin(THERE, HERE, FRG);
    append_fragment(UDP, 0, true, 1);
    append_ports(UDP, 6000, 5000, 0);
    assert_int_equal(pass(true), V6NF_FIREWALL_UNSOLICITED);
    assert_int_equal(firewall.fragments.ages.count, 0);
    /* A flood of first fragments evicts the oldest ones alone. */
    for (uint32_t i = 0; i < 3u * FRAGMENTS; i++) {
        now++;
        write_fragment(0, 0, true, i);
        assert_int_equal(pass(false), PASS);
    }
    for (uint32_t i = 0; i < 3u * FRAGMENTS; i++) {
        write_fragment(1, 24, false, i);
        assert_int_equal(pass(false), i < 2u * FRAGMENTS ? V6NF_FIREWALL_FRAGMENT : PASS);
    }
}

/* Send a packet of the inside host with this number, in the /64 with the other one. */
static enum v6nf_firewall_result from_host(uint8_t subnet, uint8_t host, uint8_t protocol, uint16_t port, uint8_t what)
{
    begin(HERE, THERE, protocol);
    frame[ETHER + V6NF_IPV6_SOURCE + 7u] = subnet;
    frame[ETHER + V6NF_IPV6_SOURCE + 15u] = host;
    append_ports(protocol, port, 6000, what);
    return pass(false);
}

static enum v6nf_firewall_result to_host(uint8_t host, uint8_t protocol, uint16_t port, uint8_t what)
{
    begin(THERE, HERE, protocol);
    frame[ETHER + V6NF_IPV6_DESTINATION + 15u] = host;
    append_ports(protocol, 6000, port, what);
    return pass(true);
}

static void transitory_flows_are_evicted_and_no_others(void **state)
{
    (void)state;
    config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
    restart();
    for (uint16_t port = 2000; port < 2000u + FLOWS; port++) { /* a flood of SYNs */
        assert_int_equal(outward(TCP, port, 6000, SYN), PASS);
    }
    assert_int_equal(inward(TCP, 6000, 2001, SYN | ACK), PASS);
    assert_int_equal(outward(TCP, 2001, 6000, ACK), PASS); /* established */
    for (uint16_t port = 3000; port < 3000u + FLOWS; port++) {
        assert_int_equal(outward(TCP, port, 6000, SYN), PASS);
    }
    assert_int_equal(firewall.evicted, FLOWS);
    assert_int_equal(inward(TCP, 6000, 2000, SYN | ACK), V6NF_FIREWALL_UNSOLICITED);
    assert_int_equal(inward(TCP, 6000, 2002, SYN | ACK), V6NF_FIREWALL_UNSOLICITED);
    assert_int_equal(inward(TCP, 6000, 2001, ACK), PASS);
    assert_int_equal(inward(TCP, 6000, 3000, SYN | ACK), V6NF_FIREWALL_UNSOLICITED);
    assert_int_equal(inward(TCP, 6000, 3001, SYN | ACK), PASS);
    for (uint16_t port = 4000; port < 4000u + FLOWS - 1u; port++) {
        assert_int_equal(outward(UDP, port, 6000, 0), PASS);
    }
    assert_int_equal(outward(UDP, 5000, 6000, 0), V6NF_FIREWALL_SHARE);
    assert_int_equal(inward(TCP, 6000, 2001, ACK), PASS);
    assert_int_equal(inward(UDP, 6000, 4000, 0), PASS);
    now += 299u * SECONDS;
    assert_int_equal(outward(UDP, 5000, 6000, 0), V6NF_FIREWALL_SHARE);
    now += 1u * SECONDS;
    assert_int_equal(outward(UDP, 5000, 6000, 0), PASS);
    assert_int_equal(inward(TCP, 6000, 2001, ACK), PASS);
}

static void a_full_table_refuses_new_flows(void **state)
{
    (void)state;
    config.share = 2u * FLOWS;
    config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
    restart();
    for (uint16_t port = 4000; port < 4000u + FLOWS; port++) {
        assert_int_equal(outward(UDP, port, 6000, 0), PASS);
    }
    assert_int_equal(outward(UDP, 5000, 6000, 0), V6NF_FIREWALL_FULL);
    assert_int_equal(outward(TCP, 5000, 6000, SYN), V6NF_FIREWALL_FULL);
    assert_int_equal(outward(UDP, 4000, 6000, 0), PASS);
}

static void a_source_has_its_share(void **state)
{
    (void)state;
    for (uint32_t by_prefix = 0; by_prefix < 2u; by_prefix++) {
        uint32_t flows[2] = {0};
        config.share = 10;
        config.share_length = by_prefix != 0u ? 64 : 0;
        config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
        restart();
        for (uint16_t port = 2000; port < 2100u; port++) {
            const uint8_t host = (uint8_t)(port % 2u);
            if (from_host(1, host, UDP, port, 0) == PASS) {
                flows[host]++;
            }
        }
        /* The two hosts may share a counter by their hash. */
        assert_true(flows[0] + flows[1] == 10u || (by_prefix == 0u && flows[0] == 10u && flows[1] == 10u));
        bool is_served = false;
        for (uint8_t subnet = 2; subnet < 12u; subnet++) {
            is_served = is_served || from_host(subnet, 1, TCP, 2000, SYN) == PASS;
        }
        assert_true(is_served);
    }
    /* A host that has used its share loses its own transitory flows. Another one keeps its flow. */
    config.share_length = 128;
    restart();
    uint8_t other = 2; /* a host with another counter than host 1 */
    for (bool is_apart = false; !is_apart; other++) {
        restart();
        assert_int_equal(from_host(0, other, TCP, 1999, SYN), PASS);
        assert_int_equal(from_host(0, 1, TCP, 2000, SYN), PASS);
        is_apart = firewall.shares[firewall.flows[firewall.lists[0].newest].share] == 1u;
    }
    for (uint16_t port = 2001; port < 2040u; port++) {
        assert_int_equal(from_host(0, 1, TCP, port, SYN), PASS);
    }
    assert_int_equal(to_host((uint8_t)(other - 1u), TCP, 1999, SYN | ACK), PASS);
    assert_int_equal(to_host(1, TCP, 2039, SYN | ACK), PASS);
    assert_int_equal(to_host(1, TCP, 2000, SYN | ACK), V6NF_FIREWALL_UNSOLICITED);
}

static void endpoints_use_the_share_too(void **state)
{
    (void)state;
    config.share = 11;
    restart();
    for (uint16_t port = 2000; port < 2100u; port++) {
        (void)outward(UDP, port, 6000, 0);
    }
    assert_int_equal(firewall.map.ages.count, 11); /* 6 flows with 5 endpoints */
    now += 301u * SECONDS;
    assert_int_equal(v6nf_firewall_expire(&firewall, now, 100), 6);
    assert_int_equal(firewall.map.ages.count, 0);
    assert_true(is_valid());
}

/* A large firewall, whose invariant is not checked for each packet. */
static void use_large(uint32_t flows)
{
    static uint64_t memory[V6NF_FIREWALL_WORDS(MANY, FRAGMENTS, SHARES)];
    config.memory = memory;
    config.flows = flows;
    config.share = flows;
    restart();
}

static enum v6nf_firewall_result send(uint32_t flow, uint8_t protocol, bool is_inbound, uint8_t what)
{
    begin(is_inbound ? THERE : HERE, is_inbound ? HERE : THERE, protocol);
    v6nf_store16(frame + ETHER + (is_inbound ? V6NF_IPV6_SOURCE : V6NF_IPV6_DESTINATION) + 14u, (uint16_t)(flow >> 12));
    const uint16_t near = (uint16_t)(2048u + flow % 4096u);
    append_ports(protocol, is_inbound ? 6000 : near, is_inbound ? near : 6000, what);
    return v6nf_firewall_input(&firewall, frame, frame_size, is_inbound, now);
}

static void as_many_flows_as_65536_are_kept(void **state)
{
    (void)state;
    use_large(MANY);
    for (uint32_t i = 0; i < 65536u; i++) {
        now += 10;
        assert_int_equal(send(i, TCP, false, SYN), PASS);
        assert_int_equal(send(i, TCP, true, SYN | ACK), PASS);
        assert_int_equal(send(i, TCP, false, ACK), PASS);
    }
    assert_int_equal(firewall.lists[V6NF_FIREWALL_ESTABLISHED].count, 65536);
    for (uint32_t i = 0; i < 65536u; i += 7u) {
        assert_int_equal(send(i, TCP, true, ACK), PASS);
    }
    assert_true(is_valid());
    now += 7440u * SECONDS;
    while (v6nf_firewall_expire(&firewall, now, 64) > 0u) {
    }
    assert_int_equal(firewall.map.ages.count, 0);
    assert_int_equal(firewall.expired, 65536);
}

/* A host chooses the ports and addresses of its flows, without the secret: chains remain short. */
static void chosen_flows_do_not_collide(void **state)
{
    (void)state;
    uint32_t longest = 0;
    use_large(16384);
    config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
    restart();
    for (uint32_t i = 0; i < 16384u; i++) {
        assert_int_equal(send(i % 16u * 4096u + i / 16u, UDP, false, 0), PASS);
    }
    for (uint32_t chain = 0; chain < firewall.map.capacity; chain++) {
        uint32_t length = 0;
        for (uint32_t at = firewall.map.chains[chain]; at != V6NF_LINK_NONE; at = firewall.map.links[at].next) {
            length++;
        }
        longest = length > longest ? length : longest;
    }
    assert_in_range(longest, 2, V6NF_CHAIN_MAX - 1u);
}

/* For a year: a connection in use is kept, one that is idle is not, and the table never fills. */
static void a_year_passes(void **state)
{
    (void)state;
    use_large(1024);
    const uint64_t end = now + YEAR;
    assert_int_equal(send(0, TCP, false, SYN), PASS);
    assert_int_equal(send(0, TCP, true, SYN | ACK), PASS);
    assert_int_equal(send(0, TCP, false, ACK), PASS);
    for (uint32_t i = 1; now < end; i++) {
        now += 3600u * SECONDS;
        assert_int_equal(send(0, TCP, i % 2u != 0u, ACK), PASS);
        assert_int_equal(send(i % 4096u + 4096u, i % 3u == 0u ? TCP : UDP, false, SYN), PASS);
        assert_in_range(firewall.map.ages.count, 3, 16);
        if (i % 64u == 0u) {
            assert_true(is_valid());
        }
    }
    assert_int_equal(firewall.evicted, 0);
    now += 7440u * SECONDS;
    assert_int_not_equal(send(0, TCP, true, ACK), PASS);
}

/* Damaged packets of all kinds, in both directions: none passes inbound that no flow has, and the table is valid. */
static void random_frames_leave_the_table_valid(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {TCP, UDP, ICMPV6, SCTP, DCCP, UDP_LITE, 50,  51,
                                        41,  0,   43,     44,   60,   135,      139, 140};
    uint32_t passed = 0;
    for (uint32_t i = 0; i < 30000u; i++) {
        const bool is_inbound = random_below(2) != 0u;
        const uint8_t protocol = protocols[random_below(sizeof protocols)];
        begin(is_inbound ? THERE : HERE, is_inbound ? HERE : THERE, protocol);
        for (uint32_t j = random_below(3); j > 0u; j--) {
            uint8_t header[8] = {protocols[random_below(sizeof protocols)], 0, (uint8_t)random_below(4), 1};
            append(header, sizeof header);
        }
        append_ports(protocols[random_below(6)], (uint16_t)random_below(8), (uint16_t)random_below(8),
                     (uint8_t)random_below(32));
        if (random_below(4) == 0u) {
            make_error((uint8_t)random_below(6), is_inbound ? ROUTER : HERE_2, is_inbound ? HERE : THERE);
        }
        for (uint32_t j = random_below(4); j > 0u; j--) {
            frame[ETHER + random_below(frame_size - ETHER)] ^= (uint8_t)(1u << random_below(8));
        }
        frame_size -= random_below(8) == 0u ? random_below(20) : 0u;
        now += random_below(4) * SECONDS;
        passed += pass(is_inbound) == PASS ? 1u : 0u;
    }
    assert_in_range(passed, 1000, 29000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_fast_key_is_that_of_the_slow_path, set_up),
        cmocka_unit_test_setup(fragments_pass_after_the_first, set_up),
        cmocka_unit_test_setup(a_dropped_first_fragment_has_no_others, set_up),
        cmocka_unit_test_setup(transitory_flows_are_evicted_and_no_others, set_up),
        cmocka_unit_test_setup(a_full_table_refuses_new_flows, set_up),
        cmocka_unit_test_setup(a_source_has_its_share, set_up),
        cmocka_unit_test_setup(endpoints_use_the_share_too, set_up),
        cmocka_unit_test_setup(as_many_flows_as_65536_are_kept, set_up),
        cmocka_unit_test_setup(chosen_flows_do_not_collide, set_up),
        cmocka_unit_test_setup(a_year_passes, set_up),
        cmocka_unit_test_setup(random_frames_leave_the_table_valid, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
