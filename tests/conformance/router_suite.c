/* router_suite.c: the router under test between two links, on virtual time, and the program of its cases. */
#include "router_suite.h"

#include <stdio.h>
#include <string.h>

#if V6NF_FORWARDING
#define ROUTES 64u
#define HOPS 32u
#define SEEN_MAX 512u
#define ICMPV6_TYPE 54u

static struct v6nf_node nodes[LINK_COUNT];
static struct v6nf_router_interface interfaces[LINK_COUNT];
static struct v6nf_router router;
static struct v6nf_fib fib;
static uint64_t words[V6NF_FIB_WORDS(ROUTES, ROUTES, HOPS, 8u)];
static uint64_t now;
static struct seen seen[SEEN_MAX];
static unsigned seen_count;
static bool answers;
static jmp_buf failure;

static const char *const macs[LINK_COUNT] = {RUT_MAC_B, RUT_MAC_A};
static const char *const globals[LINK_COUNT] = {RUT_B, RUT_A};

static const struct {
    enum link_name link;
    const char *address;
    const char *mac;
} stations[] = {{B, TN1, TN1_MAC}, {B, TN1_LOCAL, TN1_MAC}, {A, TN2, TN2_MAC}, {B, TN4, TN4_MAC},
                {A, TR1, TR1_MAC}, {A, TR2, TR2_MAC},       {B, TR1, TR1_MAC}};

void expect_that(bool condition, const char *text, const char *file, int line)
{
    char words_of_frame[FRAME_TEXT_SIZE];
    if (condition) {
        return;
    }
    printf("%s:%d: not met: %s\n", file, line, text);
    for (unsigned i = 0; i < seen_count; i++) {
        frame_describe(words_of_frame, &seen[i].frame);
        printf("  <-- link %c %.3f %s\n", seen[i].link == B ? 'B' : 'A', (double)seen[i].time / 1e6, words_of_frame);
    }
    longjmp(failure, 1);
}

/* Answer a solicitation for a station. */
static void answer_solicitation(enum link_name link, const struct test_frame *solicitation)
{
    static struct test_frame answer;
    char own[46];
    const uint8_t *packet = solicitation->bytes + 14;
    if (!answers || solicitation->length < 78u || packet[6] != 58u || packet[40] != 135u) {
        return;
    }
    for (unsigned i = 0; i < sizeof stations / sizeof *stations; i++) {
        if (stations[i].link == link && address_is(packet + 48, stations[i].address)) {
            struct v6nf_address source;
            memcpy(source.bytes, packet + 8, 16);
            v6nf_address_format(own, &source);
            frame_na(&answer, macs[link], stations[i].mac, stations[i].address, own, stations[i].address, NA_S | NA_O,
                     stations[i].mac);
            send_on(link, &answer);
            return;
        }
    }
}

/* Keep what left, and let stations answer. */
static void keep(const uint8_t *bytes, const uint32_t *lengths)
{
    for (unsigned i = 0; i < LINK_COUNT; i++) {
        if (lengths[i] == 0u) {
            continue;
        }
        static struct test_frame copy[4];
        static unsigned depth;
        expect(depth < 4u);
        struct test_frame *frame = &copy[depth++];
        frame->length = lengths[i];
        memcpy(frame->bytes, bytes, lengths[i]);
        expect(seen_count < SEEN_MAX);
        seen[seen_count++] = (struct seen){.link = (enum link_name)i, .time = now, .frame = *frame};
        answer_solicitation((enum link_name)i, frame);
        depth--;
    }
}

static void tick(void)
{
    uint8_t buffer[1514];
    uint32_t lengths[LINK_COUNT];
    for (unsigned i = 0; i < 1000u && v6nf_router_tick(&router, buffer, sizeof buffer, lengths, now); i++) {
        keep(buffer, lengths);
    }
}

void send_on(enum link_name link, const struct test_frame *frame)
{
    uint8_t buffer[1514];
    uint32_t lengths[LINK_COUNT] = {0};
    memcpy(buffer, frame->bytes, frame->length);
    v6nf_router_input(&router, link, buffer, frame->length, sizeof buffer, lengths, now);
    keep(buffer, lengths);
    tick();
}

void wait_for(uint64_t time)
{
    const uint64_t end = now + time;
    tick();
    for (unsigned i = 0; i < 1000000u && v6nf_router_next_due(&router) <= end; i++) {
        const uint64_t due = v6nf_router_next_due(&router);
        now = due > now ? due : now;
        tick();
    }
    now = end;
}

uint64_t time_now(void)
{
    return now;
}

void forget(void)
{
    seen_count = 0;
}

void stations_answer(bool answer)
{
    answers = answer;
}

void rut_add_address(enum link_name link, const char *address)
{
    const struct v6nf_address bytes = test_address_of(address);
    expect(v6nf_node_add_address(&nodes[link], &bytes, 64, now) == V6NF_OK);
}

static void start(uint32_t mtu, uint32_t transmits)
{
    static const uint8_t secret[V6NF_ROUTER_SECRET_SIZE] = {1, 2, 3};
    now = 1000u * SECOND;
    answers = true;
    forget();
    memset(interfaces, 0, sizeof interfaces);
    for (unsigned i = 0; i < LINK_COUNT; i++) {
        uint8_t mac[6];
        test_mac(mac, macs[i]);
        const struct v6nf_node_config config = {
            .mac = mac, .mtu = i == A ? mtu : 1500u, .seed = i + 1u, .dad_transmits = transmits, .router = true};
        expect(v6nf_node_init(&nodes[i], &config, now) == V6NF_OK);
        rut_add_address((enum link_name)i, globals[i]);
        interfaces[i].node = &nodes[i];
    }
    expect(v6nf_fib_init(&fib, words, ROUTES, ROUTES, HOPS, 8, secret));
    const struct v6nf_router_config config = {
        .interfaces = interfaces, .count = LINK_COUNT, .fib = &fib, .secret = secret};
    expect(v6nf_router_init(&router, &config, now) == V6NF_OK);
}

void rut_start(uint32_t mtu)
{
    start(mtu, 0);
    wait_for(30u * SECOND);
    forget();
}

void rut_start_tentative(void)
{
    start(1500, 1);
    for (unsigned i = 0; i < 20u && count_seen(B, 135) == 0u; i++) {
        wait_for(100u * MILLISECOND);
    }
    expect(count_seen(B, 135) > 0u);
    forget();
}

void rut_add_route(const char *prefix, uint32_t length, const char *via)
{
    rut_add_route_on(A, prefix, length, via);
}

void rut_add_route_on(enum link_name link, const char *prefix, uint32_t length, const char *via)
{
    const struct v6nf_address bytes = test_address_of(prefix);
    const struct v6nf_address hop = test_address_of(via);
    expect(v6nf_fib_add(&fib, bytes.bytes, length, V6NF_FIB_NEXT_HOP, link, hop.bytes) == V6NF_FIB_OK);
    wait_for(0);
}

struct v6nf_advertisement rut_advertisement(void)
{
    struct v6nf_advertisement result;
    const struct v6nf_address prefix = test_address_of(PREFIX_B);
    v6nf_advertisement_default(&result);
    result.max_interval = 10;
    result.min_interval = 5;
    expect(v6nf_advertisement_add_prefix(&result, &prefix, 64));
    return result;
}

void rut_advertise(enum link_name link, const struct v6nf_advertisement *advertisement)
{
    expect(v6nf_advertiser_set(&interfaces[link].advertiser, advertisement, now) == V6NF_ADVERTISER_OK);
    v6nf_router_advertise(&router, link, true, now);
}

void rut_cease(enum link_name link)
{
    v6nf_router_advertise(&router, link, false, now);
}

/* -- What was seen ------------------------------------------------------------------------------------------------- */

const struct seen *find_seen(enum link_name link, uint8_t type, unsigned index)
{
    for (unsigned i = 0; i < seen_count; i++) {
        const struct test_frame *frame = &seen[i].frame;
        if (seen[i].link == link && frame->bytes[20] == 58u && frame->bytes[ICMPV6_TYPE] == type && index-- == 0u) {
            return &seen[i];
        }
    }
    return NULL;
}

unsigned count_seen(enum link_name link, uint8_t type)
{
    unsigned count = 0;
    while (find_seen(link, type, count) != NULL) {
        count++;
    }
    return count;
}

const struct seen *find_passed(enum link_name link, const char *from, const char *to)
{
    for (unsigned i = 0; i < seen_count; i++) {
        if (seen[i].link == link && address_is(seen[i].frame.bytes + 22, from) &&
            address_is(seen[i].frame.bytes + 38, to)) {
            return &seen[i];
        }
    }
    return NULL;
}

bool address_is(const uint8_t *bytes, const char *text)
{
    const struct v6nf_address address = test_address_of(text);
    return memcmp(bytes, address.bytes, 16) == 0;
}

bool mac_is(const uint8_t *bytes, const char *text)
{
    uint8_t mac[6];
    test_mac(mac, text);
    return memcmp(bytes, mac, 6) == 0;
}

const uint8_t *find_option(const struct test_frame *frame, uint32_t at, uint8_t type)
{
    while (at + 8u <= frame->length && frame->bytes[at + 1u] != 0u) {
        if (frame->bytes[at] == type) {
            return frame->bytes + at;
        }
        at += 8u * frame->bytes[at + 1u];
    }
    return NULL;
}

/* -- Packets through the router ------------------------------------------------------------------------------------ */

void request_from(struct test_frame *frame, const char *from, const char *to, uint32_t size)
{
    frame_echo(frame, RUT_MAC_B, TN1_MAC, from, to, 128, 7, 1, size);
}

void insert_after_ipv6(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t length)
{
    memmove(frame->bytes + 54u + length, frame->bytes + 54, frame->length - 54u);
    memcpy(frame->bytes + 54, header, length);
    frame->bytes[54] = frame->bytes[20];
    frame->bytes[20] = type;
    frame->length += length;
    put16(frame->bytes + 18, frame->length - 54u);
}

void expect_passed(const struct test_frame *frame, const char *mac)
{
    static struct test_frame expected;
    bool passed = false;
    expected = *frame;
    test_mac(expected.bytes, mac);
    test_mac(expected.bytes + 6, RUT_MAC_A);
    expected.bytes[21]--;
    for (unsigned i = 0; i < seen_count; i++) {
        passed = passed || (seen[i].link == A && seen[i].frame.length == expected.length &&
                            memcmp(seen[i].frame.bytes, expected.bytes, expected.length) == 0);
    }
    expect(passed);
}

void expect_not_passed(const struct test_frame *frame)
{
    for (unsigned i = 0; i < seen_count; i++) {
        expect(memcmp(seen[i].frame.bytes + 22, frame->bytes + 22, 32) != 0);
    }
}

static bool is_error(const struct test_frame *frame)
{
    return frame->bytes[20] == 58u && frame->bytes[ICMPV6_TYPE] < 128u;
}

void expect_error_about(const struct test_frame *frame, uint8_t type, uint8_t code, uint32_t parameter)
{
    const struct test_frame *error = NULL;
    unsigned errors = 0;
    for (unsigned i = 0; i < seen_count; i++) {
        if (is_error(&seen[i].frame)) {
            errors++;
            error = seen[i].link == B ? &seen[i].frame : NULL;
        }
    }
    expect(errors == 1u && error != NULL);
    expect(mac_is(error->bytes, TN1_MAC));
    expect(memcmp(error->bytes + 38, frame->bytes + 22, 16) == 0);
    expect(address_is(error->bytes + 22, RUT_B) || address_is(error->bytes + 22, RUT_LOCAL_B));
    expect(error->bytes[ICMPV6_TYPE] == type && error->bytes[55] == code);
    expect(read32(error->bytes + 58) == parameter);
    expect(frame_checksum(error, error->length - 54u, 58) == 0u);
    const uint32_t quoted = frame->length - 14u < 1232u ? frame->length - 14u : 1232u;
    expect(error->length == 62u + quoted);
    expect(memcmp(error->bytes + 62, frame->bytes + 14, 7) == 0);
    expect(memcmp(error->bytes + 70, frame->bytes + 22, quoted - 8u) == 0);
}

void expect_no_error(void)
{
    for (unsigned i = 0; i < seen_count; i++) {
        expect(!is_error(&seen[i].frame));
    }
}

/* -- The program --------------------------------------------------------------------------------------------------- */

static unsigned totals[4]; /* passed, failed, not supported, known to fail */

static void run_case(const struct router_case *c)
{
    if (c->run == NULL) {
        printf("v6LC.%s: %s: not supported: multicast packets are not forwarded\n", c->number, c->title);
        totals[2]++;
    } else if (setjmp(failure) == 0) {
        c->run(c->variation);
        totals[c->is_known_to_fail ? 1 : 0]++;
        if (c->is_known_to_fail) {
            printf("v6LC.%s: %s: passes, and is listed as one that fails\n", c->number, c->title);
        }
    } else if (c->is_known_to_fail) {
        printf("v6LC.%s: %s: fails, as is known\n", c->number, c->title);
        totals[3]++;
    } else {
        printf("v6LC.%s: %s: FAILED\n", c->number, c->title);
        totals[1]++;
    }
}

static bool is_named(const char *number, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        const size_t length = strlen(arguments[i]);
        if (strncmp(number, arguments[i], length) == 0 && (number[length] == '\0' || number[length] == '.')) {
            return true;
        }
    }
    return count == 1;
}

int main(int count, char **arguments)
{
    static const struct router_case *const sections[] = {router_section_1, router_section_2, router_section_3,
                                                         router_section_5};
    for (unsigned i = 0; i < sizeof sections / sizeof *sections; i++) {
        for (const struct router_case *c = sections[i]; c->number != NULL; c++) {
            if (is_named(c->number, count, arguments)) {
                run_case(c);
            }
        }
    }
    printf("router: %u passed, %u failed, %u known to fail, %u not supported\n", totals[0], totals[1], totals[3],
           totals[2]);
    return totals[0] + totals[2] + totals[3] > 0u && totals[1] == 0u ? 0 : 1;
}
#else
int main(void)
{
    return 0;
}
#endif
