/* test_icmpv6_error.c: errors about packets that pass through: which are permitted, what they contain, how many. */
#include <stdlib.h>
#include <string.h>

#include "v6nf/nf/icmpv6_error.h"

#include "../wire/fixture_wire.h"

#define ETHER 14u
#define CAPACITY 2048u
#define HERE "2001:db8::1"
#define THERE "2001:db8:1::2"
#define GROUP "ff0e::1234"
#define SECOND UINT64_C(1000000)
#define UNREACHABLE V6NF_ICMPV6_DESTINATION_UNREACHABLE
#define BIG V6NF_ICMPV6_PACKET_TOO_BIG
#define EXCEEDED V6NF_ICMPV6_TIME_EXCEEDED
#define PROBLEM V6NF_ICMPV6_PARAMETER_PROBLEM
#define UDP V6NF_NEXT_HEADER_UDP
#define ICMPV6 V6NF_NEXT_HEADER_ICMPV6

static const uint8_t own_address[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
static const uint8_t own_mac[6] = {2, 0, 0, 0, 0, 9};
static const uint8_t secret[V6NF_ICMPV6_LIMIT_SECRET_SIZE] = {1, 2, 3, 4};

static uint8_t frame[CAPACITY];
static uint32_t size;
static struct v6nf_chain chain;

/* Write a frame with a packet between these addresses: the first bytes of its payload, its size, and random bytes. */
static void make(const char *source, const char *destination, uint8_t next_header, const uint8_t *first, uint32_t count,
                 uint32_t payload)
{
    static const uint8_t macs[12] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1};
    random_fill(frame, sizeof frame);
    memcpy(frame, macs, sizeof macs);
    v6nf_store16(frame + 12, V6NF_ETHER_TYPE_IPV6);
    write_header(frame + ETHER, source, destination, next_header, payload);
    memcpy(frame + ETHER + V6NF_IPV6_HEADER_SIZE, first, count);
    size = ETHER + V6NF_IPV6_HEADER_SIZE + payload;
    (void)v6nf_chain_read(&chain, frame, size);
}

static void make_datagram(const char *source, const char *destination, uint32_t payload)
{
    static const uint8_t header[8] = {0, 53, 0, 99, 0, 8, 1, 1};
    make(source, destination, UDP, header, sizeof header, payload);
}

/* Return which errors are permitted about the frame: a bit for each of `errors`. */
static const struct {
    uint8_t type;
    uint8_t code;
} errors[] = {{UNREACHABLE, 0}, {UNREACHABLE, 1}, {UNREACHABLE, 2}, {UNREACHABLE, 3}, {UNREACHABLE, 4},
              {UNREACHABLE, 5}, {UNREACHABLE, 6}, {BIG, 0},         {EXCEEDED, 0},    {PROBLEM, 0},
              {PROBLEM, 1},     {PROBLEM, 2},     {PROBLEM, 3}};
#define ERRORS (sizeof errors / sizeof *errors)
#define ALL ((1u << ERRORS) - 1u)
#define BIG_BIT (1u << 7)
#define OPTION_BIT (1u << 11)
#define INCOMPLETE_BIT (1u << 12)

static uint32_t permitted(void)
{
    uint32_t bits = 0;
    uint8_t *copy = exact_copy(frame, size);
    for (uint32_t i = 0; i < ERRORS; i++) {
        const bool is = v6nf_icmpv6_error_is_permitted(copy, &chain, errors[i].type, errors[i].code);
        bits |= is ? 1u << i : 0u;
    }
    free(copy);
    return bits;
}

/* RFC 4443, 2.4 (e.1) and (e.2): any error, known or not, and Redirects. */
static void errors_and_redirects_are_not_answered(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 256u; type++) {
        const uint8_t message[8] = {(uint8_t)type};
        make(HERE, THERE, ICMPV6, message, sizeof message, 40);
        assert_int_equal(permitted(), type < 128u || type == 137u ? 0u : ALL);
        const uint8_t behind[16] = {ICMPV6, 0, 0, 0, 0, 0, 0, 0, (uint8_t)type};
        make(HERE, THERE, V6NF_EXT_DESTINATION, behind, sizeof behind, 40);
        assert_int_equal(permitted(), type < 128u || type == 137u ? 0u : ALL);
    }
}

/* RFC 4443, 2.4 (e.3) to (e.5), with their exceptions. */
static void groups_get_only_two_errors(void **state)
{
    (void)state;
    make_datagram(HERE, THERE, 20);
    assert_int_equal(permitted(), ALL);
    make_datagram(HERE, GROUP, 20);
    assert_int_equal(permitted(), BIG_BIT | OPTION_BIT);
    make_datagram(HERE, THERE, 20);
    frame[0] = 0x33; /* link-layer multicast */
    assert_int_equal(permitted(), BIG_BIT | OPTION_BIT);
    memset(frame, 0xFF, 6);
    assert_int_equal(permitted(), BIG_BIT | OPTION_BIT);
}

/* RFC 4443, 2.4 (e.6): a source that is not one node. */
static void source_must_be_one_node(void **state)
{
    (void)state;
    static const char *const sources[] = {"::", "ff02::1", "::1", "::ffff:192.0.2.1"};
    for (uint32_t i = 0; i < 4u; i++) {
        make_datagram(sources[i], THERE, 20);
        assert_int_equal(permitted(), 0);
    }
    make_datagram("fe80::1", THERE, 20);
    assert_int_equal(permitted(), ALL);
    frame[6] |= 1u; /* from a link-layer group */
    assert_int_equal(permitted(), 0);
    memset(frame + 6, 0, 6);
    assert_int_equal(permitted(), 0);
}

static void fragments_and_unreadable_headers_get_few_errors(void **state)
{
    (void)state;
    static const uint8_t later[8] = {UDP, 0, 0, 9};
    static const uint8_t incomplete[16] = {V6NF_EXT_DESTINATION, 0, 0, 1, 0, 0, 0, 0, UDP, 9};
    static const uint8_t first[16] = {UDP, 0, 0, 1};
    static const uint8_t hidden[8] = {ICMPV6, 9};
    static const uint8_t many[80] = {60, 0, 0,  0, 0, 0,  0, 0,      60, 0, 0,  0, 0, 0,  0, 0, 60, 0, 0,
                                     0,  0, 0,  0, 0, 60, 0, 0,      0,  0, 0,  0, 0, 60, 0, 0, 0,  0, 0,
                                     0,  0, 60, 0, 0, 0,  0, 0,      0,  0, 60, 0, 0, 0,  0, 0, 0,  0, 60,
                                     0,  0, 0,  0, 0, 0,  0, ICMPV6, 0,  0, 0,  0, 0, 0,  0, 1};
    make(HERE, THERE, V6NF_EXT_FRAGMENT, later, sizeof later, 24);
    assert_int_equal(permitted(), BIG_BIT);
    make(HERE, THERE, V6NF_EXT_FRAGMENT, first, sizeof first, 24);
    assert_int_equal(permitted(), ALL);
    make(HERE, THERE, V6NF_EXT_FRAGMENT, incomplete, sizeof incomplete, 16);
    assert_int_equal(permitted(), INCOMPLETE_BIT);
    make(HERE, THERE, V6NF_EXT_DESTINATION, hidden, sizeof hidden, 8); /* may be an error */
    assert_int_equal(permitted(), 0);
    make(HERE, THERE, V6NF_EXT_DESTINATION, many, sizeof many, 80);
    assert_int_equal(permitted(), 0);
    make(HERE, THERE, V6NF_NEXT_HEADER_NONE, many, 0, 8);
    assert_int_equal(permitted(), ALL);
    make_datagram(HERE, THERE, 20);
    chain.packet = 0; /* a packet without Ethernet header has no answer */
    assert_int_equal(permitted(), 0);
}

static struct v6nf_icmpv6_error error_of(uint8_t type, uint8_t code, uint32_t parameter)
{
    return (struct v6nf_icmpv6_error){
        .type = type, .code = code, .hop_limit = 64, .parameter = parameter, .source = own_address, .mac = own_mac};
}

/* Check an error about the packet in `before`, whose header begins at `packet`. */
static void assert_error(const uint8_t *before, uint32_t packet, uint32_t length, const struct v6nf_icmpv6_error *error)
{
    const uint8_t *message = frame + packet + 40u;
    assert_memory_equal(frame, before + 6, 6);
    assert_memory_equal(frame + 6, own_mac, 6);
    const uint8_t head[4] = {0x60, 0, 0, 0};
    assert_memory_equal(frame + packet, head, 4);
    assert_int_equal(v6nf_load16(frame + packet + 4u), length - packet - 40u);
    assert_int_equal(frame[packet + 6u], ICMPV6);
    assert_int_equal(frame[packet + 7u], 64);
    assert_memory_equal(frame + packet + 8u, own_address, 16);
    assert_memory_equal(frame + packet + 24u, before + packet + 8u, 16);
    assert_int_equal(message[0], error->type);
    assert_int_equal(message[1], error->code);
    assert_int_equal(v6nf_load32(message + 4), error->parameter);
    assert_memory_equal(message + 8, before + packet, length - packet - 48u);
    assert_int_equal(reference_upper_sum(frame + packet, ICMPV6, message, length - packet - 40u), 0xFFFF);
}

/* RFC 4443, 2.4 (c): as much as fits the minimum MTU, and the buffer. Link padding is not quoted. */
static void as_much_is_quoted_as_fits(void **state)
{
    (void)state;
    for (uint32_t payload = 8; payload <= 1460u; payload += payload < 1180u || payload > 1240u ? 37u : 1u) {
        for (uint32_t i = 0; i < ERRORS; i++) {
            uint8_t before[CAPACITY];
            make_datagram(HERE, THERE, payload);
            (void)v6nf_chain_read(&chain, frame, size + 6u);
            memcpy(before, frame, sizeof before);
            const struct v6nf_icmpv6_error error = error_of(errors[i].type, errors[i].code, 1280u + i);
            const uint32_t length = v6nf_icmpv6_error_write(&error, frame, CAPACITY, &chain);
            const uint32_t quoted = payload + 40u < 1232u ? payload + 40u : 1232u;
            assert_int_equal(length, ETHER + 48u + quoted);
            assert_error(before, ETHER, length, &error);
            assert_memory_equal(frame + length, before + length, CAPACITY - length); /* nothing after it is written */
        }
    }
}

static void small_buffer_gets_a_shorter_error(void **state)
{
    (void)state;
    for (uint32_t capacity = 62; capacity <= 400u; capacity++) {
        const struct v6nf_icmpv6_error error = error_of(UNREACHABLE, V6NF_ICMPV6_NO_ROUTE, 0);
        const uint32_t payload = capacity - 54u < 8u ? 8u : capacity - 54u < 300u ? capacity - 54u : 300u;
        make_datagram(HERE, THERE, payload);
        uint8_t before[CAPACITY];
        memcpy(before, frame, sizeof before);
        uint8_t *copy = exact_copy(frame, capacity);
        const uint32_t length = v6nf_icmpv6_error_write(&error, copy, capacity, &chain);
        assert_true(length <= capacity);
        assert_int_equal(length == 0u, capacity < ETHER + 88u);
        memcpy(frame, copy, capacity);
        free(copy);
        if (length != 0u) {
            assert_int_equal(length, capacity < size + 48u ? capacity : size + 48u);
            assert_error(before, ETHER, length, &error);
        }
    }
}

/* Tags stay, and lengths before LLC headers are those of the error. */
static void error_has_the_tags_of_its_packet(void **state)
{
    (void)state;
    static const uint8_t tag[] = {0x81, 0x00, 0x60, 5};
    static const uint8_t snap[] = {0, 76, 0xAA, 0xAA, 3, 0, 0, 0};
    for (uint32_t kind = 0; kind < 4u; kind++) {
        uint8_t before[CAPACITY];
        make_datagram(HERE, THERE, 20);
        for (uint32_t i = 0; i < 2u; i++) {
            const bool is_snap = (kind >> i & 1u) != 0u;
            const uint32_t more = is_snap ? sizeof snap : sizeof tag;
            memmove(frame + 12u + more, frame + 12, size - 12u);
            memcpy(frame + 12, is_snap ? snap : tag, more);
            size += more;
        }
        assert_int_equal(v6nf_chain_read(&chain, frame, size), V6NF_CHAIN_UPPER_LAYER);
        memcpy(before, frame, sizeof before);
        const struct v6nf_icmpv6_error error = error_of(BIG, 0, 1280);
        const uint32_t length = v6nf_icmpv6_error_write(&error, frame, CAPACITY, &chain);
        assert_int_equal(length, size + 48u);
        assert_error(before, chain.packet, length, &error);
        uint32_t at = 12;
        while (at + 2u < chain.packet) {
            if (v6nf_load16(frame + at) < 0x600u) {
                assert_int_equal(v6nf_load16(frame + at), length - at - 2u);
                assert_memory_equal(frame + at + 2u, before + at + 2u, 6);
                at += 8u;
            } else {
                assert_memory_equal(frame + at, tag, sizeof tag);
                at += 4u;
            }
        }
    }
}

#define SOURCES 65536u

static struct v6nf_token_bucket sources[SOURCES];
static struct v6nf_icmpv6_limit limit;
static const struct v6nf_icmpv6_rates rates = {.rate = 100, .burst = 100, .source_rate = 10, .source_burst = 10};

static void start_limit(uint32_t count, uint64_t now)
{
    assert_true(v6nf_icmpv6_limit_init(&limit, sources, count, &rates, secret, now));
}

/* Write an address of the /64 with this number. */
static const uint8_t *address_of(uint32_t prefix)
{
    static uint8_t address[16];
    random_fill(address, sizeof address);
    v6nf_store32(address, 0x20010DB8u);
    v6nf_store32(address + 4, prefix);
    return address;
}

/* A site that sends for a minute gets its share, with any addresses of its /64, and other sites get theirs. */
static void one_site_does_not_use_up_the_errors_of_others(void **state)
{
    (void)state;
    uint32_t attacker = 0;
    uint32_t others = 0;
    uint32_t asked = 0;
    start_limit(1024, 0);
    for (uint64_t now = 0; now < 60u * SECOND; now += 1000u) {
        attacker += v6nf_icmpv6_limit_take(&limit, address_of(1), now) ? 1u : 0u;
        if (now % 100000u == 0u) { /* 10 others, each once in a second */
            asked++;
            others += v6nf_icmpv6_limit_take(&limit, address_of(100u + (uint32_t)(now / 100000u % 10u)), now) ? 1u : 0u;
        }
    }
    assert_true(attacker >= 600u && attacker <= 611u);
    assert_int_equal(others, asked);
}

/* All together never get more than rate and burst, from 65,536 sites and in the second after a year. */
static void errors_stay_below_the_rate(void **state)
{
    (void)state;
    static const uint64_t starts[] = {0, 365u * UINT64_C(86400) * SECOND, UINT64_MAX - 100u * SECOND};
    for (uint32_t i = 0; i < 3u; i++) {
        uint32_t sent = 0;
        start_limit(SOURCES, 0);
        for (uint64_t passed = 0; passed < 10u * SECOND; passed += 50u) {
            const uint32_t prefix = random_below(SOURCES);
            sent += v6nf_icmpv6_limit_take(&limit, address_of(prefix), starts[i] + passed) ? 1u : 0u;
        }
        assert_true(sent <= 100u + 1000u);
        assert_true(sent >= 900u);
    }
    start_limit(1, 5u * SECOND); /* time that goes back */
    uint32_t sent = 0;
    for (uint32_t i = 0; i < 1000u; i++) {
        sent += v6nf_icmpv6_limit_take(&limit, address_of(i), 0) ? 1u : 0u;
    }
    assert_int_equal(sent, 10); /* of the one bucket */
}

/* Below half of the burst, the answer is chance: a host cannot count the errors sent to others. */
static void tokens_cannot_be_counted(void **state)
{
    (void)state;
    uint32_t different = 0;
    uint32_t last = 0;
    for (uint32_t round = 0; round < 64u; round++) {
        uint8_t other[V6NF_ICMPV6_LIMIT_SECRET_SIZE] = {(uint8_t)round};
        bool refused = false;
        uint32_t sent = 0;
        assert_true(v6nf_icmpv6_limit_init(&limit, sources, 1024, &rates, other, 0));
        for (uint32_t i = 0; i < 1000u && !refused; i++) {
            refused = !v6nf_icmpv6_limit_take(&limit, address_of(i), 0);
            sent += refused ? 0u : 1u;
        }
        assert_true(sent >= 50u && sent < 100u);
        different += sent != last ? 1u : 0u;
        last = sent;
    }
    assert_true(different > 40u);
}

/* An error that is refused because others have used up what all share costs its /64 nothing. */
static void refused_error_takes_no_token(void **state)
{
    (void)state;
    static const struct v6nf_icmpv6_rates slow = {.rate = 0, .burst = 100, .source_rate = 0, .source_burst = 200};
    uint32_t sent = 0;
    assert_true(v6nf_icmpv6_limit_init(&limit, sources, 1, &slow, secret, 0));
    for (uint32_t i = 0; i < 100000u; i++) {
        sent += v6nf_icmpv6_limit_take(&limit, address_of(i), 0) ? 1u : 0u;
    }
    assert_int_equal(sent, 100);
    assert_int_equal(sources[0].tokens, UINT64_C(100) * V6NF_TOKEN_BUCKET_SECOND);
}

/* The largest burst is one, too: below half of it chance decides. */
static void largest_burst_has_a_half(void **state)
{
    (void)state;
    static const struct v6nf_icmpv6_rates largest = {.burst = UINT32_MAX, .source_burst = 1};
    assert_true(v6nf_icmpv6_limit_init(&limit, sources, 1, &largest, secret, 0));
    assert_int_equal(limit.half, 0x80000000u);
}

static void limit_without_buckets_refuses(void **state)
{
    (void)state;
    assert_false(v6nf_icmpv6_limit_init(&limit, sources, 0, &rates, secret, 0));
    assert_false(v6nf_icmpv6_limit_take(&limit, address_of(1), 0));
    static const struct v6nf_icmpv6_rates nothing;
    assert_true(v6nf_icmpv6_limit_init(&limit, sources, 1, &nothing, secret, 0));
    assert_false(v6nf_icmpv6_limit_take(&limit, address_of(1), SECOND));
}

static void each_packet_is_counted_once(void **state)
{
    (void)state;
    struct v6nf_icmpv6_error error = error_of(EXCEEDED, V6NF_ICMPV6_HOP_LIMIT, 0);
    start_limit(64, 0);
    for (uint32_t i = 0; i < 20u; i++) {
        make_datagram(HERE, THERE, 20);
        const uint32_t length = v6nf_icmpv6_error_answer(&limit, &error, frame, CAPACITY, &chain, 0);
        assert_int_equal(length, i < 10u ? size + 48u : 0u);
    }
    make_datagram(HERE, GROUP, 20);
    assert_int_equal(v6nf_icmpv6_error_answer(&limit, &error, frame, CAPACITY, &chain, 5u * SECOND), 0);
    make_datagram(HERE, THERE, 20);
    assert_int_equal(v6nf_icmpv6_error_answer(&limit, &error, frame, 100, &chain, 5u * SECOND), 0);
    assert_int_equal(limit.sent, 10);
    assert_int_equal(limit.limited, 10);
    assert_int_equal(limit.forbidden, 1);
    assert_int_equal(limit.no_capacity, 1);
    /* An answer is an error itself: it is never answered. */
    make_datagram(HERE, THERE, 20);
    const uint32_t length = v6nf_icmpv6_error_answer(&limit, &error, frame, CAPACITY, &chain, 9u * SECOND);
    assert_int_not_equal(length, 0);
    (void)v6nf_chain_read(&chain, frame, length);
    assert_int_equal(v6nf_icmpv6_error_answer(&limit, &error, frame, CAPACITY, &chain, 9u * SECOND), 0);
}

/* Any damage: no access past the buffer (AddressSanitizer), and what is written is an error with a right checksum. */
static void damaged_packets_are_answered_within_the_buffer(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {UDP, ICMPV6, V6NF_EXT_FRAGMENT, V6NF_EXT_DESTINATION, V6NF_EXT_HOP_BY_HOP, 6};
    start_limit(1024, 0);
    for (uint32_t round = 0; round < 50000u; round++) {
        static const uint8_t first[16] = {UDP, 0, 0, 1};
        make(HERE, THERE, protocols[random_below(sizeof protocols)], first, sizeof first, 16u + random_below(80));
        for (uint32_t i = random_below(4); i < 4u; i++) {
            frame[random_below(size)] = (uint8_t)random_number();
        }
        const uint32_t capacity = size + random_below(100);
        uint8_t *copy = exact_copy(frame, capacity);
        (void)v6nf_chain_read(&chain, copy, size);
        const uint32_t kind = random_below(ERRORS);
        const struct v6nf_icmpv6_error error = error_of(errors[kind].type, errors[kind].code, 1280);
        const uint32_t length =
            v6nf_icmpv6_error_answer(&limit, &error, copy, capacity, &chain, round * UINT64_C(100000));
        assert_true(length <= capacity);
        if (length != 0u) {
            struct v6nf_chain answer;
            assert_int_equal(v6nf_chain_read(&answer, copy, length), V6NF_CHAIN_UPPER_LAYER);
            assert_int_equal(answer.packet, chain.packet);
            assert_int_equal(answer.packet_end, length);
            assert_true(v6nf_icmpv6_check(copy + answer.packet, copy + answer.upper, length - answer.upper));
        }
        free(copy);
    }
    assert_true(limit.sent > 1000u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_and_redirects_are_not_answered),
        cmocka_unit_test(groups_get_only_two_errors),
        cmocka_unit_test(source_must_be_one_node),
        cmocka_unit_test(fragments_and_unreadable_headers_get_few_errors),
        cmocka_unit_test(as_much_is_quoted_as_fits),
        cmocka_unit_test(small_buffer_gets_a_shorter_error),
        cmocka_unit_test(error_has_the_tags_of_its_packet),
        cmocka_unit_test(one_site_does_not_use_up_the_errors_of_others),
        cmocka_unit_test(errors_stay_below_the_rate),
        cmocka_unit_test(tokens_cannot_be_counted),
        cmocka_unit_test(refused_error_takes_no_token),
        cmocka_unit_test(largest_burst_has_a_half),
        cmocka_unit_test(limit_without_buckets_refuses),
        cmocka_unit_test(each_packet_is_counted_once),
        cmocka_unit_test(damaged_packets_are_answered_within_the_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
