/* test_firewall.c: the recommendations of simple security that a firewall can do (RFC 6092), by number, and the ICMPv6
 * messages that pass (RFC 4890). */
#include <string.h>

#include "fixture_firewall.h"

#define PASS V6NF_FIREWALL_PASS
#define UNSOLICITED V6NF_FIREWALL_UNSOLICITED
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void from_to(const char *source, const char *destination, bool is_inbound, enum v6nf_firewall_result expected)
{
    begin(source, destination, UDP);
    append_ports(UDP, 5000, 6000, 0);
    const enum v6nf_firewall_result result = pass(is_inbound);
    if (result != expected) {
        fail_msg("%s to %s: %d, not %d", source, destination, (int)result, (int)expected);
    }
}

/* REC-1, REC-3, REC-7. */
static void forbidden_addresses_do_not_pass(void **state)
{
    (void)state;
    static const char *const bad[] = {"::",         "::1.2.3.4",  "fec0::1", "feff::1", "2001:db8::1",
                                      "2001:10::1", "2001:2f::1", "fc00::1", "fdff::1"};
    static const char *const good[] = {"2001:db9::1", "2001:30::1", "2001:f::1", "fb00::1", "::1:0:0:0:1"};
    config.filtering = V6NF_FIREWALL_ADDRESS_DEPENDENT;
    for (uint32_t i = 0; i < COUNT(bad); i++) {
        from_to(HERE, bad[i], false, V6NF_FIREWALL_ADDRESS);
        from_to(bad[i], HERE, true, V6NF_FIREWALL_ADDRESS);
    }
    from_to("ff0e::1", HERE, true, V6NF_FIREWALL_HEADERS);
    from_to("::1", HERE, true, V6NF_FIREWALL_HEADERS);
    from_to("::ffff:1.2.3.4", HERE, true, V6NF_FIREWALL_HEADERS);
    from_to(HERE, "::1", false, V6NF_FIREWALL_ADDRESS);
    from_to(HERE, "::ffff:1.2.3.4", false, V6NF_FIREWALL_ADDRESS);
    for (uint32_t i = 0; i < COUNT(good); i++) {
        from_to(HERE, good[i], false, PASS);
    }
    config.passes_unique_local = true;
    config.passes_documentation = true;
    restart();
    from_to(HERE, "fd00::1", false, PASS);
    from_to(HERE, "2001:db8::1", false, PASS);
    from_to(HERE, "fec0::1", false, V6NF_FIREWALL_ADDRESS);
}

/* REC-2. */
static void multicast_ends_at_its_scope(void **state)
{
    (void)state;
    from_to(HERE, "ff01::1", false, V6NF_FIREWALL_SCOPE);
    from_to(HERE, "ff02::fb", false, V6NF_FIREWALL_SCOPE);
    from_to(HERE, "ff08::1", false, V6NF_FIREWALL_SCOPE);
    from_to(HERE, "ff38::1", false, V6NF_FIREWALL_SCOPE);
    from_to(THERE, "ff08::1", true, V6NF_FIREWALL_SCOPE);
    from_to(HERE, "ff0e::1", false, PASS);
    assert_int_equal(firewall.map.ages.count, 0);
    from_to(THERE, "ff0e::1", true, UNSOLICITED);
    config.scope = 5;
    restart();
    from_to(HERE, "ff05::1", false, V6NF_FIREWALL_SCOPE);
    from_to(HERE, "ff08::1", false, PASS);
}

/* REC-4. */
static void deprecated_headers_do_not_pass(void **state)
{
    (void)state;
    uint8_t routing[24] = {UDP, 2, 0, 0};
    uint8_t late[8] = {0, 0, 1, 4};
    const uint8_t options[8] = {UDP, 0, 1, 4};
    begin(HERE, THERE, V6NF_EXT_ROUTING);
    append(routing, sizeof routing);
    append_ports(UDP, 5000, 6000, 0);
    assert_int_equal(pass(false), V6NF_FIREWALL_DEPRECATED);
    frame[ETHER + V6NF_IPV6_HEADER_SIZE + 2u] = 2; /* type 2 */
    assert_int_equal(pass(false), PASS);
    begin(HERE, THERE, V6NF_EXT_DESTINATION);
    append(late, sizeof late);
    append(options, sizeof options);
    append_ports(UDP, 5000, 6000, 0);
    assert_int_equal(pass(false), V6NF_FIREWALL_DEPRECATED);
}

/* REC-5, REC-6. */
static void sources_are_of_their_side(void **state)
{
    (void)state;
    static struct v6nf_firewall_prefix prefixes[] = {
        {.address = {0x2A, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, .length = 128, .is_outside = true},
        {.address = {0x2A, 0, 0, 1, 0xFF, 0xFF}, .length = 33}};
    from_to(THERE, THERE_2, false, V6NF_FIREWALL_SPOOFED);
    from_to(HERE_2, HERE, true, V6NF_FIREWALL_SPOOFED);
    from_to(HERE, THERE, false, PASS);
    from_to(THERE, HERE_2, true, UNSOLICITED);
    prefixes[1].address[4] = 0x7F;
    config.prefixes = prefixes;
    config.prefixes_count = 2;
    restart();
    from_to("2a00:1::9", HERE, true, UNSOLICITED);
    from_to("2a00:1::9", THERE, false, V6NF_FIREWALL_SPOOFED);
    from_to("2a00:1:7fff::1", THERE, false, PASS);
    from_to("2a00:1:8000::1", THERE, false, V6NF_FIREWALL_SPOOFED);
    config.prefixes_count = 0;
    restart();
    from_to(THERE, THERE_2, false, PASS);
}

/* REC-9, and what a bridge lets pass. */
static void link_messages_pass_a_bridge(void **state)
{
    (void)state;
    static const uint8_t types[] = {130, 131, 132, 133, 134, 135, 136, 137, 143, 148, 149};
    for (uint32_t bridge = 0; bridge < 2u; bridge++) {
        config.is_bridge = bridge != 0u;
        restart();
        for (uint32_t i = 0; i < sizeof types; i++) {
            const bool is_mld = types[i] < 133u || types[i] == 143u;
            const uint8_t hops = is_mld ? 1 : 255;
            assert_int_equal(message("fe80::1", "ff02::1", types[i], hops, true) == PASS, bridge != 0u);
            assert_int_equal(message("fe80::1", "ff02::1", types[i], 64, true), V6NF_FIREWALL_SCOPE);
            assert_int_equal(message(THERE, HERE, types[i], hops, true) == PASS, bridge != 0u && !is_mld);
            assert_int_equal(message(THERE, HERE, types[i], 64, true), V6NF_FIREWALL_ICMPV6);
        }
        assert_int_equal(message("::", "ff02::1:ff00:1", 135, 255, false) == PASS, bridge != 0u);
        for (uint32_t inbound = 0; inbound < 2u; inbound++) {
            for (uint16_t port = 545; port < 549u; port++) {
                const bool is_right = port == (inbound != 0u ? 546u : 547u);
                begin("fe80::1", inbound != 0u ? "fe80::2" : "ff02::1:2", UDP);
                append_ports(UDP, 546, port, 0);
                const enum v6nf_firewall_result result = pass(inbound != 0u);
                assert_int_equal(result == PASS, bridge != 0u && is_right);
            }
        }
        begin("fe80::1", "ff02::1:2", UDP); /* a server inside is not asked from outside */
        append_ports(UDP, 546, 547, 0);
        assert_int_equal(pass(true), V6NF_FIREWALL_SCOPE);
    }
    begin("fe80::1", HERE, UDP);
    append_ports(UDP, 546, 546, 0);
    assert_int_equal(pass(true), V6NF_FIREWALL_SCOPE);
    from_to("fe80::1", "fe80::2", true, UNSOLICITED);
    from_to("fe80::2", "fe80::1", false, PASS);
    begin(HERE, "ff02::1", FRG); /* RFC 6980 */
    append_fragment(ICMPV6, 0, true, 1);
    const uint8_t solicitation[24] = {135};
    append(solicitation, sizeof solicitation);
    frame[ETHER + V6NF_IPV6_HOP_LIMIT] = 255;
    assert_int_equal(pass(false), V6NF_FIREWALL_SCOPE);
}

/* REC-10, REC-18, REC-36, REC-41, REC-45, REC-19, REC-37, REC-42, REC-46. */
static void errors_pass_with_their_flow(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {TCP, UDP, UDP_LITE, SCTP, DCCP, 41, 4, 89};
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        begin(HERE, THERE, protocols[i]);
        append_ports(protocols[i], 1000, 2000, (uint8_t)(protocols[i] == TCP ? SYN : protocols[i] == SCTP ? 1u : 0u));
        if (protocols[i] == 41u) {
            append(frame + ETHER, 40);
        }
        for (uint8_t type = 1; type <= 4u; type++) {
            assert_int_equal(error_about_it(type), V6NF_FIREWALL_ICMPV6);
        }
        assert_int_equal(pass(false), PASS);
        const uint32_t count = firewall.map.ages.count;
        for (uint8_t type = 1; type <= 4u; type++) {
            assert_int_equal(error_about_it(type), PASS);
            assert_int_equal(firewall.map.ages.count, count);
        }
        for (uint8_t type = 5; type < 128u; type++) {
            assert_int_equal(error_about_it(type), V6NF_FIREWALL_ICMPV6);
        }
        assert_int_equal(error_about_it(0), V6NF_FIREWALL_ICMPV6);
    }
    /* Another host cannot be meant. */
    begin(HERE, THERE, UDP);
    append_ports(UDP, 1000, 2000, 0);
    make_error(2, ROUTER, HERE_2);
    assert_int_equal(pass(true), V6NF_FIREWALL_ICMPV6);
    /* Outbound, about a packet that passed. */
    begin(THERE, HERE, UDP);
    append_ports(UDP, 2000, 1000, 0);
    make_error(1, HERE, THERE);
    assert_int_equal(pass(false), PASS);
    begin(THERE, HERE, UDP);
    append_ports(UDP, 2000, 1001, 0);
    make_error(1, HERE, THERE);
    assert_int_equal(pass(false), V6NF_FIREWALL_ICMPV6);
    /* Errors do not keep a flow. */
    restart();
    assert_int_equal(outward(UDP, 5000, 6000, 0), PASS);
    now += 299u * SECONDS;
    assert_int_equal(error_about_it(1), PASS);
    now += 1u * SECONDS;
    assert_int_equal(error_about_it(1), V6NF_FIREWALL_ICMPV6);
}

/* REC-11, REC-17, REC-33. */
static void filtering_is_that_of_the_configuration(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {UDP, UDP_LITE, TCP, SCTP, DCCP, 89};
    static const uint8_t opening[] = {0, 0, SYN, 1, 0, 0};
    for (uint32_t filtering = 0; filtering < 3u; filtering++) {
        for (uint32_t i = 0; i < sizeof protocols; i++) {
            const bool has_ports = protocols[i] != 89u;
            config.filtering = (enum v6nf_firewall_filtering)filtering;
            restart();
            assert_int_equal(outward(protocols[i], 5000, 6000, opening[i]), PASS);
            const uint32_t count = firewall.map.ages.count;
            assert_int_equal(inward(protocols[i], 6001, 5000, opening[i]) == PASS, filtering < 2u || !has_ports);
            assert_int_equal(inward(protocols[i], 6001, 5001, opening[i]) == PASS, !has_ports);
            begin(THERE_2, HERE, protocols[i]);
            append_ports(protocols[i], 6000, 5000, opening[i]);
            assert_int_equal(pass(true) == PASS, filtering == 0u);
            begin(THERE, HERE_2, protocols[i]);
            append_ports(protocols[i], 6000, 5000, opening[i]);
            assert_int_equal(pass(true), UNSOLICITED);
            assert_int_equal(firewall.map.ages.count, count); /* hosts outside add nothing */
        }
    }
    config.filtering = V6NF_FIREWALL_ENDPOINT_INDEPENDENT;
    restart();
    assert_int_equal(outward(TCP, 5000, 6000, SYN), PASS);
    assert_int_equal(inward(TCP, 6001, 5000, ACK), V6NF_FIREWALL_INVALID);
    /* An endpoint ends with the last of its flows. Inbound packets do not keep it open. */
    restart();
    assert_int_equal(outward(UDP, 5000, 6000, 0), PASS);
    now += 200u * SECONDS;
    assert_int_equal(inward(UDP, 6000, 5000, 0), PASS);
    assert_int_equal(inward(UDP, 6001, 5000, 0), PASS);
    now += 100u * SECONDS;
    assert_int_equal(inward(UDP, 6001, 5000, 0), UNSOLICITED);
    assert_int_equal(inward(UDP, 6000, 5000, 0), PASS);
    assert_int_equal(outward(UDP, 5000, 6000, 0), PASS);
    assert_int_equal(inward(UDP, 6001, 5000, 0), PASS);
    now += 300u * SECONDS;
    assert_int_equal(v6nf_firewall_expire(&firewall, now, 2), 1);
    assert_int_equal(firewall.map.ages.count, 0);
}

/* Check that an idle flow ends after so many seconds, and not before. */
static void ends_after(uint8_t protocol, uint16_t source, uint16_t destination, uint8_t what, uint32_t seconds)
{
    config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
    restart();
    for (uint32_t is_inbound = 0; is_inbound < 2u; is_inbound++) { /* each direction keeps it (REC-16) */
        assert_int_equal(outward(protocol, source, destination, what), PASS);
        now += seconds * SECONDS - 1u;
        assert_int_equal(is_inbound != 0u ? inward(protocol, destination, source, what)
                                          : outward(protocol, source, destination, what),
                         PASS);
        now += seconds * SECONDS - 1u;
        assert_int_equal(inward(protocol, destination, source, what), PASS);
        now += seconds * SECONDS;
        assert_int_not_equal(inward(protocol, destination, source, what), PASS);
    }
}

/* REC-12, REC-14, REC-15, REC-16, REC-20. */
static void idle_flows_without_connection_end(void **state)
{
    (void)state;
    ends_after(UDP, 5000, 6000, 0, 300);
    ends_after(UDP, 1024, 1024, 0, 300);
    ends_after(UDP, 5000, 1023, 0, 120);
    ends_after(UDP, 53, 6000, 0, 120);
    ends_after(UDP_LITE, 5000, 6000, 0, 300);
    ends_after(89, 0, 0, 0, 300);
    config.seconds[V6NF_FIREWALL_UDP] = 121;
    config.seconds[V6NF_FIREWALL_SHORT] = 10;
    ends_after(UDP, 5000, 6000, 0, 121);
    ends_after(UDP, 5000, 53, 0, 10);
    /* UDP and UDP-Lite are apart. */
    assert_int_equal(outward(UDP, 7000, 8000, 0), PASS);
    assert_int_equal(inward(UDP_LITE, 8000, 7000, 0), UNSOLICITED);
}

/* REC-35, REC-40, REC-44. */
static void idle_connections_end(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        uint8_t open;
        uint8_t accept;
        uint8_t data;
        uint8_t close;
        uint8_t reset;
        uint32_t transitory;
    } rows[] = {
        {TCP, SYN, SYN | ACK, ACK, FIN | ACK, RST, 240}, {SCTP, 1, 2, 0, 7, 6, 240}, {DCCP, 0, 1, 2, 6, 7, 480}};
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        const uint8_t its = rows[i].protocol;
        for (uint32_t end = 0; end < 5u; end++) {
            config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
            restart();
            assert_int_equal(outward(its, 5000, 80, rows[i].open), PASS);
            assert_int_equal(inward(its, 80, 5000, rows[i].accept), PASS);
            if (end > 0u) {
                assert_int_equal(outward(its, 5000, 80, rows[i].data), PASS);
                assert_int_equal(inward(its, 80, 5000, rows[i].data), PASS);
            }
            if (end > 1u) {
                assert_int_equal(inward(its, 80, 5000, rows[i].close), PASS);
            }
            if (end > 2u) {
                assert_int_equal(outward(its, 5000, 80, end == 3u ? rows[i].close : rows[i].reset), PASS);
            }
            const uint32_t seconds = end == 1u || end == 2u ? 7440u : rows[i].transitory;
            now += seconds * SECONDS - 1u;
            assert_int_equal(inward(its, 80, 5000, end > 1u ? rows[i].close : rows[i].accept), PASS);
            now += seconds * SECONDS;
            assert_int_equal(inward(its, 80, 5000, rows[i].data), UNSOLICITED);
        }
    }
}

/* REC-31, REC-32, REC-38, REC-43. */
static void valid_sequences_pass(void **state)
{
    (void)state;
    static const struct {
        uint8_t protocol;
        const char *sequence; /* pairs: direction, and O open, A accept, D data, C close, R reset */
        uint32_t of_class;
    } rows[] = {
        {TCP, ">O<A>D>D<D>C<D<C>D", V6NF_FIREWALL_TRANSITORY},
        {TCP, ">O<O>A<A>D", V6NF_FIREWALL_ESTABLISHED}, /* simultaneous open */
        {TCP, ">O<A>D<R", V6NF_FIREWALL_TRANSITORY},
        {TCP, ">O<A>D<R>D", V6NF_FIREWALL_ESTABLISHED}, /* a forged reset */
        {TCP, ">O<A>D<R<D", V6NF_FIREWALL_TRANSITORY},
        {TCP, ">O<A>D>O", V6NF_FIREWALL_TRANSITORY}, /* the same ports again */
        {TCP, ">O<A>D>C<C>O<A>D", V6NF_FIREWALL_ESTABLISHED},
        {TCP, ">D<D>D", V6NF_FIREWALL_ESTABLISHED}, /* the firewall has started in the middle */
        {TCP, ">O>D>D", V6NF_FIREWALL_TRANSITORY},  /* nothing is answered */
        {TCP, ">O<A<O>D", V6NF_FIREWALL_ESTABLISHED},
        {SCTP, ">O<A>D<D>C<C<R", V6NF_FIREWALL_TRANSITORY},
        {SCTP, ">O<O>A<A>D<D", V6NF_FIREWALL_ESTABLISHED},
        {DCCP, ">O<A>D<D", V6NF_FIREWALL_ESTABLISHED},
        {DCCP, ">O<A>D<C>R", V6NF_FIREWALL_TRANSITORY_DCCP},
    };
    static const char events[] = "OADCR";
    static const uint8_t what[3][5] = {{SYN, SYN | ACK, ACK, FIN | ACK, RST | ACK}, {1, 2, 0, 7, 6}, {0, 1, 2, 6, 7}};
    for (uint32_t i = 0; i < COUNT(rows); i++) {
        const uint8_t its = rows[i].protocol;
        restart();
        for (const char *at = rows[i].sequence; *at != '\0'; at += 2) {
            const uint8_t byte = what[its == TCP ? 0 : its == SCTP ? 1 : 2][strchr(events, at[1]) - events];
            assert_int_equal(at[0] == '>' ? outward(its, 5000, 6000, byte) : inward(its, 6000, 5000, byte), PASS);
        }
        for (uint32_t j = 0; j < V6NF_FIREWALL_CLASSES; j++) {
            if (firewall.lists[j].count != (j == rows[i].of_class ? 1u : 0u)) {
                fail_msg("%s", rows[i].sequence);
            }
        }
    }
    /* What no connection begins with. */
    restart();
    assert_int_equal(outward(TCP, 1, 2, 0), V6NF_FIREWALL_INVALID);
    assert_int_equal(outward(TCP, 1, 2, SYN | FIN), V6NF_FIREWALL_INVALID);
    assert_int_equal(outward(TCP, 1, 2, SYN | RST), V6NF_FIREWALL_INVALID);
    assert_int_equal(outward(DCCP, 1, 2, 10), V6NF_FIREWALL_INVALID);
    assert_int_equal(outward(TCP, 1, 2, RST), PASS);
    assert_int_equal(outward(TCP, 1, 2, FIN | ACK), PASS);
    assert_int_equal(firewall.map.ages.count, 0);
    assert_int_equal(outward(TCP, 1, 2, SYN), PASS);
    assert_int_equal(inward(TCP, 2, 1, SYN | FIN), V6NF_FIREWALL_INVALID);
}

/* REC-34, REC-39. */
static void unsolicited_requests_are_prohibited_after_6_s(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {TCP, SCTP, DCCP};
    static const uint8_t opening[] = {SYN, 1, 0};
    for (uint32_t i = 0; i < sizeof protocols; i++) {
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), UNSOLICITED);
        now += 6u * SECONDS - 1u;
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), UNSOLICITED);
        now += 1;
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), V6NF_FIREWALL_PROHIBITED);
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), UNSOLICITED);
        now += 60u * SECONDS; /* long ago: a new one */
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), UNSOLICITED);
        now += 6u * SECONDS;
        assert_int_equal(outward(protocols[i], 80, 7000, opening[i]), PASS); /* simultaneous open */
        assert_int_equal(inward(protocols[i], 7000, 80, opening[i]), PASS);
        assert_int_equal(inward(protocols[i], 7001, 81, protocols[i] == TCP ? ACK : 3), UNSOLICITED);
    }
    /* Many requests: the table forgets the oldest. */
    for (uint16_t port = 0; port < 1000u; port++) {
        assert_int_equal(inward(TCP, port, 81, SYN), UNSOLICITED);
    }
    assert_int_equal(firewall.requests.ages.count, FRAGMENTS);
}

/* REC-21 to REC-26. */
static void ipsec_and_hip_pass(void **state)
{
    (void)state;
    const uint8_t authentication[24] = {TCP, 4, 0, 0, 0, 0, 0, 7};
    const uint8_t other[24] = {TCP, 4, 0, 0, 0, 0, 0, 8};
    const uint8_t esp[16] = {0, 0, 0, 9};
    const uint8_t alone[8] = {V6NF_NEXT_HEADER_NONE};
    begin(THERE, HERE, AH);
    append(authentication, sizeof authentication);
    append_ports(TCP, 1000, 22, SYN);
    assert_int_equal(pass(true), PASS);
    begin(THERE, HERE, V6NF_CHAIN_ESP);
    append(esp, sizeof esp);
    assert_int_equal(pass(true), PASS);
    begin(THERE, HERE, 139);
    append(alone, sizeof alone);
    assert_int_equal(pass(true), PASS);
    assert_int_equal(inward(UDP, 500, 500, 0), PASS);
    assert_int_equal(inward(UDP, 9999, 500, 0), PASS);
    assert_int_equal(inward(UDP, 500, 501, 0), UNSOLICITED);
    assert_int_equal(firewall.map.ages.count, 0);
    begin(THERE, HERE, V6NF_CHAIN_ESP); /* errors about what passed (REC-23) */
    append(esp, sizeof esp);
    make_error(1, HERE, THERE);
    assert_int_equal(pass(false), PASS);
    begin(THERE, HERE, V6NF_CHAIN_ESP);
    append(esp, sizeof esp);
    make_error(1, ROUTER, HERE);
    assert_int_equal(pass(true), V6NF_FIREWALL_ICMPV6);
    for (uint32_t i = 0; i < 2u; i++) { /* one flow for any Security Parameters Index (REC-25) */
        begin(HERE, THERE, AH);
        append(i == 0u ? authentication : other, sizeof authentication);
        append_ports(TCP, 1000, 22, SYN);
        assert_int_equal(pass(false), PASS);
        assert_int_equal(error_about_it(2), PASS);
        assert_int_equal(firewall.map.ages.count, 1);
    }
    begin(HERE, THERE, 139);
    append(alone, sizeof alone);
    assert_int_equal(error_about_it(2), V6NF_FIREWALL_ICMPV6);
    assert_int_equal(pass(false), PASS);
    assert_int_equal(error_about_it(2), PASS);
    begin(HERE, THERE, V6NF_NEXT_HEADER_NONE); /* nothing */
    append(alone, sizeof alone);
    assert_int_equal(pass(false), V6NF_FIREWALL_HEADERS);
}

/* REC-27 to REC-30, REC-47. */
static void mobility_and_shim6_are_flows(void **state)
{
    (void)state;
    static const uint8_t headers[] = {135, 140};
    const uint8_t alone[8] = {V6NF_NEXT_HEADER_NONE};
    const uint8_t routing[24] = {TCP, 2, 2, 1};
    const uint8_t home[24] = {TCP, 2, 0xC9, 16};
    const uint8_t shim[8] = {UDP, 0, 0x80};
    for (uint32_t i = 0; i < sizeof headers; i++) {
        begin(THERE, HERE, headers[i]);
        append(alone, sizeof alone);
        assert_int_equal(pass(true), UNSOLICITED);
        if (i == 0u) { /* a quotation does not say which of both it is */
            begin(HERE, THERE, headers[i]);
            append(alone, sizeof alone);
            assert_int_equal(error_about_it(2), V6NF_FIREWALL_ICMPV6);
            assert_int_equal(inward(4, 0, 0, 0), UNSOLICITED);
        }
        begin(HERE, THERE, headers[i]);
        append(alone, sizeof alone);
        assert_int_equal(pass(false), PASS);
        assert_int_equal(error_about_it(2), PASS);
        begin(THERE, HERE, headers[i]);
        append(alone, sizeof alone);
        assert_int_equal(pass(true), PASS);
    }
    assert_int_equal(inward(4, 0, 0, 0), PASS); /* in the tunnel */
    assert_int_equal(inward(89, 0, 0, 0), UNSOLICITED);
    begin(HERE, THERE, V6NF_EXT_DESTINATION); /* a Home Address */
    append(home, sizeof home);
    append_ports(TCP, 1000, 80, SYN);
    assert_int_equal(pass(false), PASS);
    begin(THERE, HERE, V6NF_EXT_ROUTING);
    append(routing, sizeof routing);
    append_ports(TCP, 80, 1000, SYN | ACK);
    assert_int_equal(pass(true), PASS);
    assert_int_equal(outward(UDP, 3000, 4000, 0), PASS);
    begin(THERE, HERE, 140);
    append(shim, sizeof shim);
    append_ports(UDP, 4000, 3000, 0);
    assert_int_equal(pass(true), PASS);
}

/* REC-49, and an idle time that is too short. */
static void a_transparent_firewall_passes_unsolicited_flows(void **state)
{
    (void)state;
    config.is_transparent = true;
    restart();
    assert_int_equal(inward(TCP, 1000, 22, SYN), PASS);
    assert_int_equal(outward(TCP, 22, 1000, SYN | ACK), PASS);
    assert_int_equal(inward(TCP, 1000, 22, ACK), PASS);
    assert_int_equal(inward(UDP, 1000, 2000, 0), PASS);
    begin(HERE, THERE, UDP);
    append_ports(UDP, 1, 2, 0);
    assert_int_equal(error_about_it(1), PASS);
    from_to(HERE_2, HERE, true, V6NF_FIREWALL_SPOOFED);
    static const uint8_t secret[V6NF_FIREWALL_SECRET_SIZE];
    static const uint32_t minimum[V6NF_FIREWALL_CLASSES] = {240, 480, 1, 120, 120, 7440};
    for (uint32_t i = 0; i < V6NF_FIREWALL_CLASSES; i++) {
        config.seconds[i] = minimum[i];
        assert_true(v6nf_firewall_init(&firewall, &config, secret));
        config.seconds[i] = minimum[i] - 1u;
        assert_int_equal(v6nf_firewall_init(&firewall, &config, secret), minimum[i] == 1u); /* 0: the usual one */
        config.seconds[i] = 0;
    }
}

/* RFC 4890, 4.3. */
static void icmpv6_messages_pass_by_type(void **state)
{
    (void)state;
    for (uint32_t type = 128; type < 256u; type++) {
        restart();
        const bool is_echo = type == 128u || type == 129u;
        const bool is_home_agent = type >= 144u && type <= 147u;
        assert_int_equal(message(THERE, HERE, (uint8_t)type, 64, true) == PASS, type == 128u);
        assert_int_equal(message(HERE, THERE, (uint8_t)type, 64, false) == PASS, is_echo || is_home_agent);
        assert_int_equal(message(THERE, HERE, (uint8_t)type, 64, true) == PASS, type == 128u || is_home_agent);
        set_rule(ICMPV6, (uint16_t)type, (uint16_t)type, true);
        assert_int_equal(message(THERE, HERE, (uint8_t)type, 64, true), PASS);
        assert_int_equal(message(THERE, HERE, (uint8_t)(type ^ 0x40u), 64, true) == PASS, type == (128u ^ 0x40u));
        config.rules_count = 0;
    }
    config.drops_echo = true;
    restart();
    assert_int_equal(message(THERE, HERE, 128, 64, true), UNSOLICITED);
    assert_int_equal(message(HERE, THERE, 128, 64, false), PASS);
    assert_int_equal(message(THERE, HERE, 129, 64, true), PASS);
    frame[ETHER + V6NF_IPV6_HEADER_SIZE + 5u] ^= 1u; /* another Identifier */
    assert_int_equal(pass(true), UNSOLICITED);
}

static void rules_decide_about_new_flows(void **state)
{
    (void)state;
    struct v6nf_firewall_rule rules[3] = {{.destination = {[15] = 1},
                                           .destination_mask = {[8] = 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
                                           .protocol = TCP,
                                           .first_port = 443,
                                           .last_port = 444,
                                           .is_inbound = true,
                                           .passes = true},
                                          {.source = {0x2A, 0, 0, 2},
                                           .source_mask = {0xFF, 0xFF, 0xFF, 0xFF},
                                           .protocol = V6NF_FIREWALL_ANY,
                                           .last_port = 65535,
                                           .is_inbound = true},
                                          {.protocol = UDP, .first_port = 25, .last_port = 25, .is_outbound = true}};
    config.filtering = V6NF_FIREWALL_ADDRESS_AND_PORT_DEPENDENT;
    config.rules = rules;
    config.rules_count = 3;
    restart();
    assert_int_equal(inward(TCP, 1000, 442, SYN), V6NF_FIREWALL_RULE);
    assert_int_equal(inward(TCP, 1000, 443, ACK), V6NF_FIREWALL_INVALID);
    assert_int_equal(inward(TCP, 1000, 443, SYN), PASS);
    assert_int_equal(inward(TCP, 1000, 444, SYN), PASS);
    assert_int_equal(inward(TCP, 1000, 445, SYN), V6NF_FIREWALL_RULE);
    assert_int_equal(inward(UDP, 1000, 443, 0), V6NF_FIREWALL_RULE);
    assert_int_equal(outward(TCP, 443, 1000, SYN | ACK), PASS);
    assert_int_equal(inward(TCP, 1000, 443, ACK), PASS);
    assert_int_equal(firewall.lists[V6NF_FIREWALL_ESTABLISHED].count, 1);
    begin(THERE, HERE_2, TCP); /* another host suffix */
    append_ports(TCP, 1000, 443, SYN);
    assert_int_equal(pass(true), V6NF_FIREWALL_RULE);
    begin(THERE, "2a00:1:ffff:7::1", TCP); /* the same in another prefix */
    append_ports(TCP, 1000, 443, SYN);
    assert_int_equal(pass(true), PASS);
    from_to(ROUTER, HERE, true, UNSOLICITED);
    assert_int_equal(outward(UDP, 1000, 25, 0), V6NF_FIREWALL_RULE);
    assert_int_equal(outward(UDP, 1000, 26, 0), PASS);
    assert_int_equal(rules[0].hits, 4);
    assert_int_equal(rules[1].hits, 4);
    assert_int_equal(rules[2].hits, 1);
    /* A flow that no host inside has answered is transitory, so that it can be evicted. */
    set_rule(UDP, 0, 65535, true);
    assert_int_equal(inward(UDP, 1000, 2000, 0), PASS);
    assert_int_equal(firewall.lists[V6NF_FIREWALL_TRANSITORY].count, 1);
    assert_int_equal(outward(UDP, 2000, 3000, 0), PASS);
    assert_int_equal(firewall.lists[V6NF_FIREWALL_UDP].count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(forbidden_addresses_do_not_pass, set_up),
        cmocka_unit_test_setup(multicast_ends_at_its_scope, set_up),
        cmocka_unit_test_setup(deprecated_headers_do_not_pass, set_up),
        cmocka_unit_test_setup(sources_are_of_their_side, set_up),
        cmocka_unit_test_setup(link_messages_pass_a_bridge, set_up),
        cmocka_unit_test_setup(errors_pass_with_their_flow, set_up),
        cmocka_unit_test_setup(filtering_is_that_of_the_configuration, set_up),
        cmocka_unit_test_setup(idle_flows_without_connection_end, set_up),
        cmocka_unit_test_setup(idle_connections_end, set_up),
        cmocka_unit_test_setup(valid_sequences_pass, set_up),
        cmocka_unit_test_setup(unsolicited_requests_are_prohibited_after_6_s, set_up),
        cmocka_unit_test_setup(ipsec_and_hip_pass, set_up),
        cmocka_unit_test_setup(mobility_and_shim6_are_flows, set_up),
        cmocka_unit_test_setup(a_transparent_firewall_passes_unsolicited_flows, set_up),
        cmocka_unit_test_setup(icmpv6_messages_pass_by_type, set_up),
        cmocka_unit_test_setup(rules_decide_about_new_flows, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
