/* suite.c: how a case runs: setup, frames of the NUT, and expectations. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETHER 14u
#define HEADERS 54u

const struct station tn1 = {"02:00:00:00:01:01", "fe80::ff:fe00:101", PREFIX "101"};
const struct station tn2 = {"02:00:00:00:01:02", "fe80::ff:fe00:102", PREFIX "102"};
const struct station tr1 = {"02:00:00:00:02:01", "fe80::ff:fe00:201", PREFIX "201"};
const struct station tr2 = {"02:00:00:00:02:02", "fe80::ff:fe00:202", PREFIX "202"};
const struct station tr3 = {"02:00:00:00:02:03", "fe80::ff:fe00:203", PREFIX "203"};

/* Learn the NUT's addresses without a station of the case, so that the NUT knows none of them before. */
static const struct station scout = {"02:00:00:00:03:01", "fe80::ff:fe00:301", PREFIX "301"};

struct nut nut;

static const struct link *wire;
static jmp_buf end_of_case;
static const char *reason_to_skip;
static uint32_t first_identification; /* of this case; those of earlier cases are lower */

/* -- The log ------------------------------------------------------------------------------------------------------- */

#define LOG_SIZE 64u
#define LOG_BYTES 96u /* number of bytes shown of a frame */

struct entry_of_log {
    uint64_t time;
    bool sent; /* by a testing node */
    struct test_frame frame;
};

static struct entry_of_log log_entries[LOG_SIZE];
static uint32_t log_count; /* total; the last LOG_SIZE are kept */
static uint64_t start_time;

static void keep_in_log(const struct test_frame *frame, bool sent)
{
    struct entry_of_log *entry = &log_entries[log_count % LOG_SIZE];
    entry->time = wire->now() - start_time;
    entry->sent = sent;
    entry->frame.length = frame->length;
    memcpy(entry->frame.bytes, frame->bytes, frame->length);
    log_count++;
}

static void print_bytes(const struct test_frame *frame)
{
    for (uint32_t i = ETHER; i < frame->length && i < ETHER + LOG_BYTES; i++) {
        printf("%s%02x", (i - ETHER) % 32u == 0u ? "\n            " : ((i - ETHER) % 4u == 0u ? " " : ""),
               frame->bytes[i]);
    }
    printf("%s\n", frame->length > ETHER + LOG_BYTES ? " ..." : "");
}

static void print_log(void)
{
    uint32_t first = log_count > LOG_SIZE ? log_count - LOG_SIZE : 0u;
    for (uint32_t i = first; i < log_count; i++) {
        const struct entry_of_log *entry = &log_entries[i % LOG_SIZE];
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, &entry->frame);
        printf("    %9.3f %s %s", (double)entry->time / 1e6, entry->sent ? "-->" : "<--", text);
        print_bytes(&entry->frame);
    }
}

/* -- End of a case ------------------------------------------------------------------------------------------------- */

static char failure[1024];

void fail_because(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(failure, sizeof failure, format, arguments);
    va_end(arguments);
    longjmp(end_of_case, 1);
}

void skip_because(const char *reason)
{
    reason_to_skip = reason;
    longjmp(end_of_case, 1);
}

void require_routes(void)
{
    if (!wire->uses_routes) {
        skip_because("this node ignores Route Information options");
    }
}

void require_dhcpv6(void)
{
    if (!wire->has_dhcpv6) {
        skip_because("this node is not known to have a DHCPv6 client");
    }
}

bool suite_run(const struct conformance_case *c, const struct link *link, bool *skipped)
{
    const char *separator = c->part[0] != '\0' ? ": " : "";
    *skipped = false;
    wire = link;
    snprintf(nut.mac, sizeof nut.mac, "%s", link->mac);
    log_count = 0;
    reason_to_skip = NULL;
    start_time = link->now();
    first_identification = new_identification();
    (void)link->enable(0);
    if (setjmp(end_of_case) == 0) {
        if (c->run != NULL) {
            c->run();
        } else {
            c->run_with(c->variation);
        }
        return true;
    }
    if (reason_to_skip != NULL) {
        printf("SKIP %s %s%s%s: %s\n", c->number, c->group, separator, c->part, reason_to_skip);
        *skipped = true;
        return true;
    }
    printf("FAIL %s %s%s%s\n    %s\n", c->number, c->group, separator, c->part, failure);
    print_log();
    return false;
}

/* -- Sending and receiving ----------------------------------------------------------------------------------------- */

#define ANSWERING_MAX 8u

static const struct station *answering[ANSWERING_MAX];
static unsigned answering_count;

void answer_for(const struct station *station)
{
    for (unsigned i = 0; i < answering_count; i++) {
        if (answering[i] == station) {
            return;
        }
    }
    if (answering_count == ANSWERING_MAX) {
        fail_because("the case has more than %u stations that answer", ANSWERING_MAX);
    }
    answering[answering_count] = station;
    answering_count++;
}

void answer_for_none(void)
{
    answering_count = 0;
}

void transmit(const struct test_frame *frame)
{
    keep_in_log(frame, true);
    wire->send(frame);
}

static bool is_group(const uint8_t *address)
{
    return address[0] == 0xFF;
}

/* Check what holds for each frame of the NUT. */
static void check_frame(const struct test_frame *frame)
{
    const uint8_t *b = frame->bytes;
    if (frame->length < HEADERS || read16(b + 12) != 0x86DDu || b[14] >> 4 != 6u) {
        fail_because("expected IPv6, got a frame that is not");
    }
    if (HEADERS + read16(b + 18) > frame->length) {
        fail_because("expected a packet of its Payload Length, got a shorter one");
    }
    if (!is_mac(b + 6, nut.mac)) {
        fail_because("expected a frame from %s, got another Ethernet source", nut.mac);
    }
    if (is_group(b + 22)) {
        fail_because("expected no multicast source address, got %s", address_text(b + 22));
    }
    if ((b[20] == 58u || b[20] == 17u) && frame_checksum(frame, read16(b + 18), b[20]) != 0u) {
        fail_because("expected a right checksum, got a wrong one");
    }
}

/* Return true for a Time Exceeded about fragments that an earlier case left with the NUT. */
static bool is_about_an_earlier_case(const struct test_frame *frame)
{
    const uint8_t *quoted = frame->bytes + HEADERS + 8u;
    return frame->bytes[HEADERS] == 3u && frame->length >= HEADERS + 56u && quoted[6] == 44u &&
           read32(quoted + 44) < first_identification;
}

static unsigned kind_of_icmpv6(const struct test_frame *frame)
{
    uint8_t type = frame->bytes[HEADERS];
    switch (type) {
    case 128:
        return ECHO_REQUEST;
    case 129:
        return ECHO_REPLY;
    case 133:
        return ROUTER_SOLICITATION;
    case 135:
        return is_address(frame->bytes + 22, "::") ? DETECTION : SOLICITATION;
    case 136:
        return ADVERTISEMENT;
    default:
        return is_about_an_earlier_case(frame) ? 0u : type < 128u ? ICMPV6_ERROR : OTHER;
    }
}

/* Return the kind of a frame; 0 for kinds that no case expects, such as Multicast Listener Reports (RFC 3810, 5.2:
 * type 143; RFC 2710: 131 and 132), which have a Hop-by-Hop Options header. */
static unsigned kind_of(const struct test_frame *frame)
{
    const uint8_t *b = frame->bytes;
    if (b[20] == 58u) {
        return kind_of_icmpv6(frame);
    }
    uint8_t type = b[HEADERS + 8u * (1u + b[HEADERS + 1u])];
    if (b[20] == 0u && b[HEADERS] == 58u && (type == 143u || type == 131u || type == 132u)) {
        return 0;
    }
    return b[20] == 44u ? FRAGMENT : OTHER;
}

static bool is_router(const struct station *station)
{
    return strstr(station->link_local, ":fe00:2") != NULL; /* fe80::ff:fe00:201 to 203 */
}

/* Answer the solicitation if it is for a station of answer_for(). */
static void answer(const struct test_frame *frame)
{
    const char *target = address_text(frame->bytes + HEADERS + 8u);
    const char *to = address_text(frame->bytes + 22);
    for (unsigned i = 0; i < answering_count; i++) {
        const struct station *station = answering[i];
        if (strcmp(target, station->link_local) == 0 || strcmp(target, station->global) == 0) {
            struct test_frame answer;
            uint8_t flags = (uint8_t)(NA_S | NA_O | (is_router(station) ? NA_R : 0u));
            frame_na(&answer, nut.mac, station->mac, target, to, target, flags, station->mac);
            transmit(&answer);
        }
    }
}

uint64_t suite_now(void)
{
    return wire->now();
}

bool next_frame(struct test_frame *frame, unsigned kinds, uint64_t within)
{
    uint64_t deadline = wire->now() + within;
    while (wire->receive(frame, deadline)) {
        keep_in_log(frame, false);
        check_frame(frame);
        unsigned kind = kind_of(frame);
        if ((kind & kinds) != 0u) {
            return true;
        }
        if (kind == SOLICITATION) {
            answer(frame);
        }
    }
    return false;
}

void pass(uint64_t time)
{
    struct test_frame frame;
    (void)next_frame(&frame, 0, time);
}

void nut_pings(const char *destination, uint32_t size)
{
    if (!wire->ping(destination, size)) {
        skip_because("this node cannot send that Echo Request");
    }
}

void reconnect(void)
{
    if (!wire->reconnect()) {
        skip_because("this node's link cannot be taken down and up");
    }
}

/* -- Setup --------------------------------------------------------------------------------------------------------- */

void nut_does(unsigned features)
{
    if (!wire->enable(features)) {
        skip_because("this node does not have that feature");
    }
}

void setup_start(void)
{
    answering_count = 0;
    memset(nut.link_local, 0, sizeof nut.link_local);
    memset(nut.global, 0, sizeof nut.global);
    if (!wire->restart()) {
        skip_because("this node cannot be restarted");
    }
}

/* Return the source of the reply to an Echo Request from the scout's address to all nodes. Return false if there is
 * none. */
static bool find_address(const char *from, const char *target, char *address)
{
    struct test_frame frame;
    const struct station at = {scout.mac, target, target};
    unsigned before = answering_count;
    answer_for(&at);
    echo_request(&frame, &scout, from, ALL_NODES);
    transmit(&frame);
    bool found = next_frame(&frame, ECHO_REPLY, SECOND);
    answering_count = before;
    if (found) {
        snprintf(address, sizeof nut.global, "%s", address_text(frame.bytes + 22));
    }
    return found;
}

bool find_global(const char *prefix, char *address)
{
    char from[46];
    uint8_t expected[16];
    uint8_t found[16];
    snprintf(from, sizeof from, "%s301", prefix);
    if (!find_address(from, from, address)) {
        return false;
    }
    test_address(expected, from);
    test_address(found, address);
    return memcmp(expected, found, 8) == 0;
}

void setup_link_local(void)
{
    setup_start();
    pass(3u * SECOND); /* the random delay of at most one second, and one second for an answer (RFC 4862, 5.4.2) */
    bool found = false;
    for (unsigned i = 0; i < 3u && !found; i++) { /* a device may be slow */
        found = find_address(scout.link_local, scout.link_local, nut.link_local);
    }
    if (!found) {
        fail_because("setup: expected a node with a link-local address that answers Echo Requests, got no reply");
    }
}

static void advertise_prefix(struct test_frame *frame, uint16_t router_lifetime)
{
    router_advertisement(frame, &tr1, 0, router_lifetime);
    add_prefix(frame, PREFIX, 64, ON_LINK | AUTONOMOUS, 2592000, 604800);
}

void common_advertisement(struct test_frame *frame)
{
    advertise_prefix(frame, 1800);
}

static void advertise_common(bool is_router)
{
    struct test_frame frame;
    setup_link_local();
    advertise_prefix(&frame, is_router ? 1800 : 0);
    transmit(&frame);
    wire->configure(is_router);
    pass(3u * SECOND);
    if (!find_global(PREFIX, nut.global)) {
        fail_because("setup: expected a node with an address of %s/64, got none", PREFIX);
    }
    log_count = 0; /* the log shows the case only */
}

void setup(void)
{
    advertise_common(true);
}

void setup_without_router(void)
{
    advertise_common(false);
}

static void expect_dns(enum knowledge (*knows)(const char *name), const char *name, bool is_known)
{
    enum knowledge knowledge = knows(name);
    if (knowledge == CANNOT_TELL) {
        skip_because("the DNS configuration of this node cannot be read");
    }
    if ((knowledge == KNOWN) != is_known) {
        fail_because("expected %s to be %s for DNS, it is not", name, is_known ? "known" : "unknown");
    }
}

void expect_dns_server(const char *address, bool is_known)
{
    expect_dns(wire->dns_server, address, is_known);
}

void expect_dns_domain(const char *name, bool is_known)
{
    expect_dns(wire->dns_domain, name, is_known);
}

/* -- Expecting ----------------------------------------------------------------------------------------------------- */

static void require_frame(bool came, const char *what)
{
    if (!came) {
        fail_because("expected %s, got nothing of the kind", what);
    }
}

/* Return the source that an answer must have: the destination of the request; one of the NUT's if that was a group
 * or anycast. */
static void check_source(const struct test_frame *answer, const struct test_frame *question)
{
    const uint8_t *asked = question->bytes + 38;
    const uint8_t *source = answer->bytes + 22;
    if (is_group(asked) || is_address(asked, ANYCAST_ADDRESS)
            ? !is_address(source, nut.link_local) && (nut.global[0] == '\0' || !is_address(source, nut.global))
            : memcmp(source, asked, 16) != 0) {
        fail_because("expected the answer from the destination of the request, got it from %s", address_text(source));
    }
    if (memcmp(answer->bytes + 38, question->bytes + 22, 16) != 0) {
        fail_because("expected an answer to %s, got one to %s", address_text(question->bytes + 22),
                     address_text(answer->bytes + 38));
    }
}

/* Return where the upper layer of a frame of the testing nodes starts. */
static uint32_t upper_of(const struct test_frame *frame)
{
    uint32_t at = HEADERS;
    uint8_t type = frame->bytes[20];
    while (type == 0u || type == 43u || type == 60u || type == 44u) {
        uint32_t size = type == 44u ? 8u : 8u * (1u + frame->bytes[at + 1u]);
        type = frame->bytes[at];
        at += size;
    }
    return at;
}

static void check_mac(const struct test_frame *frame, const char *mac)
{
    if (!is_mac(frame->bytes, mac)) {
        fail_because("expected a frame to %s, got one to another Ethernet address", mac);
    }
}

/* Check that the answer is sent to the source Ethernet address of the request, from that of the NUT. */
static void check_mac_of(const struct test_frame *answer, const struct test_frame *question)
{
    if (memcmp(answer->bytes, question->bytes + 6, 6) != 0 || !is_mac(answer->bytes + 6, nut.mac)) {
        fail_because(
            "expected the answer from the NUT to the Ethernet source of the request, got other Ethernet addresses");
    }
}

void check_reply(const struct test_frame *reply, const struct test_frame *request, const char *mac)
{
    uint32_t upper = upper_of(request);
    uint32_t size = request->length - upper;
    if (kind_of(reply) != ECHO_REPLY) {
        fail_because("expected an Echo Reply, got another packet");
    }
    check_source(reply, request);
    if (reply->length != HEADERS + size || read16(reply->bytes + 18) != size || reply->bytes[HEADERS + 1u] != 0u ||
        memcmp(reply->bytes + HEADERS + 4u, request->bytes + upper + 4u, size - 4u) != 0) {
        fail_because("expected the identifier, sequence number and data of the Echo Request, got others");
    }
    if (mac != NULL) {
        check_mac(reply, mac);
    } else {
        check_mac_of(reply, request);
    }
}

void expect_reply(const struct test_frame *request, const char *mac)
{
    struct test_frame reply;
    require_frame(next_frame(&reply, ANSWERS, SECOND), "an Echo Reply");
    check_reply(&reply, request, mac);
}

void expect_ping(const struct station *station, const char *mac)
{
    struct test_frame request;
    echo_request(&request, station, station->link_local, nut.link_local);
    transmit(&request);
    expect_reply(&request, mac);
}

void expect_error(const struct test_frame *about, uint8_t type, uint8_t code, uint32_t parameter, uint64_t within)
{
    struct test_frame error;
    require_frame(next_frame(&error, ANSWERS, within), "an ICMPv6 error");
    const uint8_t *message = error.bytes + HEADERS;
    uint32_t length = read16(error.bytes + 18);
    uint32_t quoted = about->length - ETHER < 1232u ? about->length - ETHER : 1232u; /* RFC 4443, 2.4 (c) */
    if (kind_of(&error) != ICMPV6_ERROR || message[0] != type || message[1] != code) {
        fail_because("expected ICMPv6 type %u code %u, got another packet", type, code);
    }
    if (read32(message + 4) != parameter) {
        fail_because("expected pointer or parameter %u, got %u", parameter, read32(message + 4));
    }
    check_source(&error, about);
    check_mac_of(&error, about);
    if (length != 8u + quoted || memcmp(message + 8, about->bytes + ETHER, quoted) != 0) {
        fail_because("expected %u bytes of the packet quoted, got %u or other bytes", quoted, length - 8u);
    }
}

void expect_problem(const struct test_frame *about, uint8_t code, uint32_t at)
{
    expect_error(about, 4, code, at, SECOND);
}

void expect_none(unsigned kinds, uint64_t within)
{
    struct test_frame frame;
    if (next_frame(&frame, kinds, within)) {
        char text[FRAME_TEXT_SIZE];
        frame_describe(text, &frame);
        fail_because("expected nothing of the kind within %.1f s, got: %s", (double)within / 1e6, text);
    }
}

/* Return the link-layer address option of the type in the Neighbor Solicitation or Advertisement, NULL for none. */
static const uint8_t *link_layer_option(const struct test_frame *frame, uint8_t type)
{
    for (uint32_t at = HEADERS + 24u; at + 8u <= frame->length; at += 8u * frame->bytes[at + 1u]) {
        if (frame->bytes[at] == type) {
            return frame->bytes + at + 2u;
        }
        if (frame->bytes[at + 1u] == 0u) {
            fail_because("expected options, got one of length 0");
        }
    }
    return NULL;
}

static void check_option(const struct test_frame *frame, uint8_t type)
{
    const uint8_t *mac = link_layer_option(frame, type);
    if (mac == NULL || !is_mac(mac, nut.mac)) {
        fail_because("expected a link-layer address option (type %u) with %s, got none or another", type, nut.mac);
    }
}

static void check_discovery(const struct test_frame *frame)
{
    if (frame->bytes[21] != 255u || frame->bytes[HEADERS + 1u] != 0u || read16(frame->bytes + 18) < 24u) {
        fail_because("expected hop limit 255, code 0 and at least 24 bytes, got others");
    }
}

void expect_solicitation(const char *target, const char *mac, uint64_t within)
{
    struct test_frame frame;
    if (!next_frame(&frame, SOLICITATION | ANSWERS, within)) {
        fail_because("expected a %s Neighbor Solicitation for %s, got nothing of the kind",
                     mac == NULL ? "multicast" : "unicast", target);
    }
    const char *to = mac == NULL ? test_solicited_node(target) : target;
    const uint8_t *source = frame.bytes + 22;
    if (kind_of(&frame) != SOLICITATION) {
        fail_because("expected a Neighbor Solicitation for %s, got another packet", target);
    }
    if (!is_address(frame.bytes + HEADERS + 8u, target) || !is_address(frame.bytes + 38, to)) {
        fail_because("expected a Neighbor Solicitation for %s to %s, got one for %s to %s", target, to,
                     address_text(frame.bytes + HEADERS + 8u), address_text(frame.bytes + 38));
    }
    if (!is_address(source, nut.link_local) && (nut.global[0] == '\0' || !is_address(source, nut.global))) {
        fail_because("expected an address of the node as source, got %s", address_text(source));
    }
    check_discovery(&frame);
    check_mac(&frame, mac != NULL ? mac : test_group_mac(to));
    if (mac == NULL) {
        check_option(&frame, SLLA);
    }
}

void expect_advertisement(const char *own, const char *to, const char *mac, bool was_multicast)
{
    struct test_frame frame;
    require_frame(next_frame(&frame, ADVERTISEMENT, SECOND), "a Neighbor Advertisement");
    bool has_option = was_multicast || link_layer_option(&frame, TLLA) != NULL;
    unsigned flags = has_option ? NA_S | NA_O : NA_S;
    if (!is_address(frame.bytes + HEADERS + 8u, own) || !is_address(frame.bytes + 38, to)) {
        fail_because("expected a Neighbor Advertisement for %s to %s, got one for %s to %s", own, to,
                     address_text(frame.bytes + HEADERS + 8u), address_text(frame.bytes + 38));
    }
    if (frame.bytes[HEADERS + 4u] != flags) {
        fail_because("expected R = 0, S = 1 and O = %u (flags %02x), got flags %02x", has_option ? 1u : 0u, flags,
                     frame.bytes[HEADERS + 4u]);
    }
    check_discovery(&frame);
    check_mac(&frame, mac);
    if (has_option) {
        check_option(&frame, TLLA);
    }
}

/* -- Addresses ----------------------------------------------------------------------------------------------------- */

bool same_prefix(const char *address, const char *prefix)
{
    uint8_t a[16];
    uint8_t b[16];
    test_address(a, address);
    test_address(b, prefix);
    return memcmp(a, b, 8) == 0;
}

void next_detection(char *target, uint64_t within)
{
    struct test_frame frame;
    if (!next_frame(&frame, DETECTION | SOLICITATION | ADVERTISEMENT, within) || kind_of(&frame) != DETECTION) {
        fail_because("expected a Neighbor Solicitation of Duplicate Address Detection, got none");
    }
    snprintf(target, sizeof nut.global, "%s", address_text(frame.bytes + HEADERS + 8u));
    const char *group = test_solicited_node(target);
    if (frame.bytes[21] != 255u || !is_address(frame.bytes + 38, group) ||
        !is_mac(frame.bytes, test_group_mac(group)) || frame.length < HEADERS + 24u) {
        fail_because("expected it to %s, with hop limit 255, got another", group);
    }
    if (link_layer_option(&frame, SLLA) != NULL) {
        fail_because("expected no source link-layer address option, got one");
    }
}

void expect_in_use(const char *address, bool in_use)
{
    struct test_frame frame;
    const char *group = test_solicited_node(address);
    answer_for(&tn1);
    frame_ns(&frame, test_group_mac(group), tn1.mac, tn1.link_local, group, address, tn1.mac);
    transmit(&frame);
    if (in_use) {
        expect_advertisement(address, tn1.link_local, tn1.mac, true);
    } else {
        /* An answer is immediate. When detection ends, the address may be announced (RFC 9131). */
        expect_none(ADVERTISEMENT | ANSWERS, SECOND / 2u);
    }
}

/* -- Neighbor Cache entries ---------------------------------------------------------------------------------------- */

/* The longest time that an entry can be REACHABLE without confirmation: 1.5 times 30 s (RFC 4861, 6.3.2 and 10). */
#define REACHABLE_MAX (46u * SECOND)

static struct test_frame kept; /* the Echo Request whose reply waits for address resolution */

void bring_to(const struct station *station, enum entry state)
{
    struct test_frame frame;
    if (state == NO_ENTRY) {
        return;
    }
    echo_request(&kept, station, station->link_local, nut.link_local);
    transmit(&kept);
    expect_solicitation(station->link_local, NULL, SECOND);
    if (state == INCOMPLETE) {
        return;
    }
    advertisement(&frame, station, (uint8_t)(NA_S | NA_O | (is_router(station) ? NA_R : 0u)), station->mac);
    transmit(&frame);
    expect_kept(station->mac);
    if (state == REACHABLE) {
        return;
    }
    pass(REACHABLE_MAX);
    if (state == PROBE) {
        expect_ping(station, station->mac);
        expect_solicitation(station->link_local, station->mac, 6u * SECOND);
    }
}

void expect_kept(const char *mac)
{
    expect_reply(&kept, mac);
}

/* The entry is INCOMPLETE: the NUT continues to solicit, and does not reply. */
static void expect_incomplete(const struct station *station)
{
    struct test_frame frame;
    require_frame(next_frame(&frame, SOLICITATION | ANSWERS, SECOND + SECOND / 2u),
                  "a further multicast Neighbor Solicitation");
    if (kind_of(&frame) != SOLICITATION || !is_group(frame.bytes + 38) ||
        !is_address(frame.bytes + HEADERS + 8u, station->link_local)) {
        fail_because("expected a further multicast Neighbor Solicitation for %s, got another packet",
                     station->link_local);
    }
}

void expect_entry(const struct station *station, enum entry state, const char *mac)
{
    struct test_frame frame;
    switch (state) {
    case NO_ENTRY:
        echo_request(&frame, station, station->link_local, nut.link_local);
        transmit(&frame);
        expect_solicitation(station->link_local, NULL, SECOND);
        break;
    case INCOMPLETE:
        expect_incomplete(station);
        break;
    case REACHABLE:
        expect_ping(station, mac);
        expect_none(SOLICITATION, 7u * SECOND);
        break;
    case STALE: /* probed DELAY_FIRST_PROBE_TIME, 5 s, after it was used (RFC 4861, 7.3.3) */
        expect_ping(station, mac);
        expect_none(SOLICITATION, 4u * SECOND);
        expect_solicitation(station->link_local, mac, 2u * SECOND);
        break;
    case PROBE:
        expect_ping(station, mac);
        expect_solicitation(station->link_local, mac, SECOND + SECOND / 2u);
        break;
    }
}

void expect_next_hop(const char *from, const struct station *router, const struct station *by)
{
    struct test_frame request;
    echo_request(&request, router, from, nut.global);
    transmit(&request);
    if (by == NULL) {
        expect_none(ANSWERS, 4u * SECOND);
    } else {
        answer_for(by);
        expect_reply(&request, by->mac);
    }
}
