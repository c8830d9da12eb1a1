/* section_rfc_addresses.c: cases of the NUT's addresses, their lifetimes and their selection as source: RFC 4429,
 * 6724, 7217, 7527 and 8981. */
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define HEADERS 54u
#define HOUR (UINT64_C(3600) * SECOND)
#define DAY (24u * HOUR)
#define FOREVER 0xFFFFFFFFu

#define PREFIX_A "2001:db8:a::"
#define PREFIX_B "2001:db8:b::"
#define NEAR_A "2001:db8:a:9::9" /* off-link, and closer to PREFIX_A than to PREFIX_B */
#define NEAR_B "2001:db8:b:9::9"

#define TEXT_SIZE 46u

static struct test_frame frame;

/* -- Prefixes and their addresses ---------------------------------------------------------------------------------- */

/* Advertise the prefix from TR1 for autoconfiguration, and nothing as on-link, so that TR1 receives packets to other
 * prefixes. */
static void advertise(const char *prefix, uint32_t valid, uint32_t preferred)
{
    router_advertisement(&frame, &tr1, 0, 9000);
    add_prefix(&frame, prefix, 64, AUTONOMOUS, valid, preferred);
    transmit(&frame);
}

/* Expect that the NUT begins to form an address of the prefix. */
static void expect_forming(const char *prefix, char *address)
{
    next_detection(address, 2u * SECOND);
    if (!same_prefix(address, prefix)) {
        fail_because("expected an address of %s/64, got %s", prefix, address);
    }
}

/* Expect that the NUT has an address of the prefix from now on, and no more than one. */
static void form(const char *prefix, char *address)
{
    advertise(prefix, 3600, 3600);
    expect_forming(prefix, address);
    expect_none(DETECTION, 3u * SECOND);
}

static void expect_same(const char *address, const char *before)
{
    if (strcmp(address, before) != 0) {
        fail_because("expected the former address, %s, got %s", before, address);
    }
}

static void expect_other(const char *address, const char *before)
{
    if (strcmp(address, before) == 0) {
        fail_because("expected another address than %s, got that", before);
    }
}

/* Expect different interface identifiers. */
static void expect_other_identifier(const char *address, const char *other)
{
    uint8_t a[16];
    uint8_t b[16];
    test_address(a, address);
    test_address(b, other);
    if (memcmp(a + 8, b + 8, 8) == 0) {
        fail_because("expected different interface identifiers, got %s and %s", address, other);
    }
}

/* Another node detects the address, too. */
static void detect(const char *address)
{
    const char *group = test_solicited_node(address);
    frame_ns(&frame, test_group_mac(group), tn1.mac, "::", group, address, NULL);
    transmit(&frame);
}

/* Another node advertises the address as its own. */
static void claim(const char *address)
{
    frame_na(&frame, test_group_mac(ALL_NODES), tn1.mac, address, ALL_NODES, address, NA_O, tn1.mac);
    transmit(&frame);
}

/* Let the NUT send to the destination. Return its source, as text. */
static const char *source_for(const char *destination)
{
    answer_for(&tr1);
    answer_for(&tn1);
    nut_pings(destination, 8);
    if (!next_frame(&frame, ECHO_REQUEST, 2u * SECOND) || !is_address(frame.bytes + 38, destination)) {
        fail_because("expected an Echo Request to %s, got none", destination);
    }
    return address_text(frame.bytes + 22);
}

static void expect_source(const char *destination, const char *source)
{
    const char *from = source_for(destination);
    if (!is_address(frame.bytes + 22, source)) {
        fail_because("expected an Echo Request to %s from %s, got one from %s", destination, source, from);
    }
}

/* -- RFC 6724, 5: source address selection ------------------------------------------------------------------------- */

#define SITE_LOCAL "fec0:0:0:1::"
#define UNIQUE_LOCAL "fd00:1::"
#define SIX_TO_FOUR "2002:c633:6401:1::"
#define LINK_LOCAL 2u /* instead of an index */

static const struct selection {
    unsigned features;
    const char *prefixes[2];
    bool first_deprecated;
    const char *destination;
    unsigned expected; /* index of the prefix */
} selections[] = {
    {0, {PREFIX_A, NULL}, false, "fe80::ff:fe00:101", LINK_LOCAL},
    {0, {PREFIX_A, NULL}, false, FAR, 0},
    {0, {PREFIX_A, NULL}, false, "ff02::9", LINK_LOCAL},
    {0, {PREFIX_A, NULL}, false, "ff05::9", 0},
    {0, {PREFIX_A, NULL}, false, "ff0e::9", 0},
    {0, {SITE_LOCAL, PREFIX_A}, false, "fec0:0:0:9::9", 0},
    {0, {SITE_LOCAL, PREFIX_A}, false, FAR, 1},
    {0, {PREFIX_A, SITE_LOCAL}, false, "ff05::9", 1},
    {0, {PREFIX_A, PREFIX_B}, true, NEAR_A, 1},
    {0, {PREFIX_A, NULL}, true, FAR, 0},
    {LABELS, {UNIQUE_LOCAL, PREFIX_A}, true, "fd00:2::9", 1},
    {LABELS, {UNIQUE_LOCAL, PREFIX_A}, false, "e000::9", 1}, /* matches unique local in more bits */
    {LABELS, {PREFIX_A, UNIQUE_LOCAL}, false, "fd00:2::9", 1},
    {LABELS, {PREFIX_A, SIX_TO_FOUR}, false, "2002:c633:6402::9", 1},
    {LABELS, {SIX_TO_FOUR, PREFIX_A}, false, "2003::9", 1}, /* matches 6to4 in more bits */
    {0, {PREFIX_A, PREFIX_B}, false, NEAR_A, 0},
    {0, {PREFIX_A, PREFIX_B}, false, NEAR_B, 1},
};

static void selects(unsigned variation)
{
    const struct selection *selection = &selections[variation];
    char own[3][TEXT_SIZE];
    nut_does(selection->features);
    setup_link_local();
    memcpy(own[LINK_LOCAL], nut.link_local, sizeof nut.link_local);
    for (unsigned i = 0; i < 2u && selection->prefixes[i] != NULL; i++) {
        form(selection->prefixes[i], own[i]);
    }
    if (selection->first_deprecated) {
        advertise(selection->prefixes[0], 3600, 0);
    }
    expect_source(selection->destination, own[selection->expected]);
}

/* An answer has the requested address as source, with any selection. */
static void answers_from_deprecated(void)
{
    char a[TEXT_SIZE];
    char b[TEXT_SIZE];
    setup_link_local();
    form(PREFIX_A, a);
    form(PREFIX_B, b);
    advertise(PREFIX_A, 3600, 0);
    answer_for(&tr1);
    echo_request(&frame, &tr1, FAR, a);
    transmit(&frame);
    expect_reply(&frame, tr1.mac);
}

/* -- RFC 7217: stable opaque interface identifiers ----------------------------------------------------------------- */

#define IDGEN_RETRIES 3u
#define IDGEN_DELAY SECOND

static void reveals_no_ethernet_address(void)
{
    char global[TEXT_SIZE];
    uint8_t bytes[16];
    setup_link_local();
    form(PREFIX_A, global);
    for (unsigned i = 0; i < 2u; i++) {
        test_address(bytes, i == 0u ? nut.link_local : global);
        if (bytes[11] == 0xFF && bytes[12] == 0xFE) {
            fail_because("expected an identifier that is not made of the Ethernet address, got %s",
                         address_text(bytes));
        }
    }
    expect_other_identifier(nut.link_local, global);
}

static void differs_by_prefix(void)
{
    char a[TEXT_SIZE];
    char b[TEXT_SIZE];
    setup_link_local();
    form(PREFIX_A, a);
    form(PREFIX_B, b);
    expect_other_identifier(a, b);
}

/* The prefix changes from one network to another and back. */
static void same_on_a_former_network(void)
{
    char first[TEXT_SIZE];
    char again[TEXT_SIZE];
    setup_link_local();
    advertise(PREFIX_A, 30, 30);
    expect_forming(PREFIX_A, first);
    pass(40u * SECOND);
    expect_in_use(first, false);
    form(PREFIX_B, again);
    form(PREFIX_A, again);
    expect_same(again, first);
}

static void same_after_link_change(void)
{
    char address[TEXT_SIZE];
    setup_link_local();
    form(PREFIX_A, address);
    reconnect();
    pass(4u * SECOND);
    advertise(PREFIX_A, 3600, 3600);
    pass(4u * SECOND);
    expect_in_use(address, true);
}

/* After a conflict the address is the same each time. */
static void conflict_leads_to_the_same(void)
{
    char first[2][TEXT_SIZE];
    char second[2][TEXT_SIZE];
    for (unsigned i = 0; i < 2u; i++) {
        setup_link_local();
        advertise(PREFIX_A, 3600, 3600);
        expect_forming(PREFIX_A, first[i]);
        detect(first[i]);
        expect_forming(PREFIX_A, second[i]);
        expect_other(second[i], first[i]);
    }
    expect_same(first[1], first[0]);
    expect_same(second[1], second[0]);
    pass(2u * SECOND);
    expect_in_use(first[0], false);
    expect_in_use(second[0], true);
}

/* Make each address of the prefix a duplicate, until the NUT stops. Return the number of tries. */
static unsigned refuse_all(const char *address)
{
    char tried[TEXT_SIZE];
    unsigned count = 1;
    memcpy(tried, address, sizeof tried);
    detect(tried);
    while (count < 10u && next_frame(&frame, DETECTION, 4u * SECOND)) {
        snprintf(tried, sizeof tried, "%s", address_text(frame.bytes + HEADERS + 8u));
        if (!same_prefix(tried, address)) {
            fail_because("expected an address in addition to %s, got %s", address, tried);
        }
        count++;
        detect(tried);
    }
    return count;
}

static void stops_after_retries(void)
{
    char address[TEXT_SIZE];
    setup_link_local();
    advertise(PREFIX_A, 3600, 3600);
    expect_forming(PREFIX_A, address);
    unsigned count = refuse_all(address);
    if (count > 1u + IDGEN_RETRIES) {
        fail_because("expected at most %u more tries, got %u", IDGEN_RETRIES, count - 1u);
    }
    expect_none(DETECTION, 60u * SECOND);
    form(PREFIX_B, address); /* which is not affected */
    expect_in_use(address, true);
}

static void waits_before_trying_again(void)
{
    char address[TEXT_SIZE];
    setup_link_local();
    advertise(PREFIX_A, 3600, 3600);
    expect_forming(PREFIX_A, address);
    detect(address);
    next_detection(address, IDGEN_DELAY + SECOND + SECOND / 10u); /* and the delay of any detection (RFC 4862, 5.4.2) */
}

/* -- RFC 4429: optimistic addresses -------------------------------------------------------------------------------- */

/* Start the NUT: it detects an optimistic address of PREFIX_A, and will for a second. */
static void start_optimistic(char *address)
{
    nut_does(OPTIMISTIC);
    setup_link_local();
    advertise(PREFIX_A, 3600, 3600);
    expect_forming(PREFIX_A, address);
}

static void used_at_once(void)
{
    char address[TEXT_SIZE];
    start_optimistic(address);
    answer_for(&tn1);
    echo_request(&frame, &tn1, tn1.link_local, address);
    transmit(&frame);
    expect_reply(&frame, tn1.mac);
    pass(2u * SECOND);
    expect_in_use(address, true);
}

/* Neighbor Solicitations have a verified address as source. */
static void solicits_from_another(void)
{
    char address[TEXT_SIZE];
    start_optimistic(address);
    echo_request(&frame, &tn1, tn1.link_local, address);
    transmit(&frame);
    struct test_frame got;
    if (!next_frame(&got, SOLICITATION | ANSWERS, SECOND / 2u) || got.bytes[HEADERS] != 135u ||
        !is_address(got.bytes + 22, nut.link_local)) {
        fail_because("expected a Neighbor Solicitation from %s, got none", nut.link_local);
    }
}

/* This is so for a neighbor of its own prefix, whose best source it is. */
static void solicits_from_another_on_link(void)
{
    char address[TEXT_SIZE];
    struct test_frame got;
    start_optimistic(address);
    router_advertisement(&frame, &tr1, 0, 9000);
    add_prefix(&frame, PREFIX_A, 64, ON_LINK, 3600, 3600);
    transmit(&frame);
    echo_request(&frame, &tn1, PREFIX_A "77", address);
    transmit(&frame);
    if (!next_frame(&got, SOLICITATION | ANSWERS, SECOND / 2u) || got.bytes[HEADERS] != 135u ||
        !is_address(got.bytes + 22, nut.link_local)) {
        fail_because("expected a Neighbor Solicitation from %s, got none", nut.link_local);
    }
}

/* While no address is verified, no neighbor is solicited. */
static void solicits_no_neighbor(void)
{
    nut_does(OPTIMISTIC);
    setup_start();
    next_detection(nut.link_local, 2u * SECOND);
    echo_request(&frame, &tn1, tn1.link_local, nut.link_local);
    transmit(&frame);
    expect_none(SOLICITATION, SECOND * 9u / 10u);
    pass(SECOND);
    expect_in_use(nut.link_local, true);
}

/* Expect this Override flag in the answer to a solicitation for the address. */
static void expect_override(const char *address, bool override)
{
    const char *group = test_solicited_node(address);
    struct test_frame got;
    frame_ns(&frame, test_group_mac(group), tn1.mac, tn1.link_local, group, address, tn1.mac);
    transmit(&frame);
    if (!next_frame(&got, ADVERTISEMENT, SECOND / 2u) || !is_address(got.bytes + HEADERS + 8u, address)) {
        fail_because("expected an advertisement of %s, got none", address);
    }
    if (got.bytes[HEADERS + 4u] != (override ? NA_S | NA_O : NA_S)) {
        fail_because("expected S = 1 and O = %u, got flags %02x", override ? 1u : 0u, got.bytes[HEADERS + 4u]);
    }
}

static void advertised_without_override(void)
{
    char address[TEXT_SIZE];
    start_optimistic(address);
    expect_override(address, false);
    pass(2u * SECOND);
    expect_override(address, true);
}

#define BY_ADVERTISEMENT 1u

static void conflict_ends_use(unsigned by_advertisement)
{
    char address[TEXT_SIZE];
    start_optimistic(address);
    if (by_advertisement != 0u) {
        claim(address);
    } else {
        detect(address);
    }
    expect_none(ADVERTISEMENT, SECOND / 10u);
    expect_in_use(address, false);
}

static void solicits_routers_without_its_address(void)
{
    nut_does(OPTIMISTIC);
    setup_start();
    if (!next_frame(&frame, ROUTER_SOLICITATION, SECOND + SECOND / 10u)) {
        fail_because("expected a Router Solicitation before detection is over, got none");
    }
    if (frame.length != HEADERS + 8u) {
        fail_because("expected no source link-layer address option, got an option");
    }
}

/* An optimistic address is to a verified one what a deprecated one is to a preferred one (2.1). */
static void verified_address_is_preferred(void)
{
    char a[TEXT_SIZE];
    char b[TEXT_SIZE];
    start_optimistic(a);
    pass(3u * SECOND);
    (void)source_for(FAR); /* the router is known from now on */
    advertise(PREFIX_B, 3600, 3600);
    expect_forming(PREFIX_B, b);
    expect_source(NEAR_B, a);
    pass(2u * SECOND);
    expect_source(NEAR_B, b);
}

/* -- RFC 7527: links that loop back -------------------------------------------------------------------------------- */

#define NONCE 14u
#define NONCE_AT (HEADERS + 26u)

/* Receive the next solicitation of detection into *probe; it has a nonce. */
static void next_probe(struct test_frame *probe, char *target)
{
    if (!next_frame(probe, DETECTION, 5u * SECOND)) {
        fail_because("expected a Neighbor Solicitation of Duplicate Address Detection, got none");
    }
    if (probe->length < HEADERS + 32u || probe->bytes[HEADERS + 24u] != NONCE || probe->bytes[HEADERS + 25u] < 1u) {
        fail_because("expected a nonce option with at least 6 bytes, got none");
    }
    snprintf(target, TEXT_SIZE, "%s", address_text(probe->bytes + HEADERS + 8u));
}

static void start_enhanced(struct test_frame *probe)
{
    nut_does(ENHANCED_DETECTION);
    setup_start();
    next_probe(probe, nut.link_local);
}

static void has_nonce(void)
{
    struct test_frame probes[2];
    char address[TEXT_SIZE];
    start_enhanced(&probes[0]);
    pass(3u * SECOND);
    advertise(PREFIX_A, 3600, 3600);
    next_probe(&probes[1], address);
    if (memcmp(probes[0].bytes + NONCE_AT, probes[1].bytes + NONCE_AT, 6) == 0) {
        fail_because("expected another nonce for another address, got the same");
    }
}

/* After the link was down, another node that began as this one did may be on it. */
static void has_another_nonce_in_the_next_run(void)
{
    struct test_frame probes[2];
    char address[TEXT_SIZE];
    start_enhanced(&probes[0]);
    pass(3u * SECOND);
    reconnect();
    next_probe(&probes[1], address);
    if (memcmp(probes[0].bytes + NONCE_AT, probes[1].bytes + NONCE_AT, 6) == 0) {
        fail_because("expected another nonce after the link was down, got the same");
    }
}

/* Loop back the first solicitations of the address, each in two copies. Return the number of solicitations. */
static unsigned detect_on_a_loop(unsigned loops)
{
    struct test_frame probe;
    char address[TEXT_SIZE];
    unsigned count = 1;
    start_enhanced(&probe);
    for (; count < 20u; count++) {
        if (loops > 0u) {
            transmit(&probe);
            transmit(&probe);
            loops--;
        }
        if (!next_frame(&probe, DETECTION, 3u * SECOND)) {
            return count;
        }
        snprintf(address, sizeof address, "%s", address_text(probe.bytes + HEADERS + 8u));
        expect_same(address, nut.link_local);
    }
    return count;
}

static void loop_is_recognized(unsigned loops)
{
    unsigned count = detect_on_a_loop(loops);
    if (count < loops + 3u) {
        fail_because("expected three more solicitations after the last that looped back, got %u in all", count);
    }
    expect_in_use(nut.link_local, true);
}

enum other { OTHER_NONCE, NO_NONCE, ADVERTISED };

static void other_node_is_recognized(unsigned other)
{
    struct test_frame probe;
    start_enhanced(&probe);
    if (other == OTHER_NONCE) {
        probe.bytes[NONCE_AT + 5u] ^= 1u;
        test_mac(probe.bytes + 6, tn1.mac);
        frame_fix_checksum(&probe);
        transmit(&probe);
    } else if (other == NO_NONCE) {
        detect(nut.link_local);
    } else {
        claim(nut.link_local);
    }
    pass(10u * SECOND);
    expect_in_use(nut.link_local, false);
}

/* -- RFC 8981: temporary addresses --------------------------------------------------------------------------------- */

#define TEMP_VALID_LIFETIME (2u * DAY)
#define TEMP_PREFERRED_LIFETIME DAY
#define MAX_DESYNC_FACTOR (TEMP_PREFERRED_LIFETIME / 10u * 4u)
#define REGEN_ADVANCE (5u * SECOND) /* with one solicitation and a retransmission time of one second */
#define TEMP_IDGEN_RETRIES 3u

/* Expect that the NUT begins to form two addresses of the prefix: the stable one, which is learned first, and
 * another. */
static void start_temporary(const char *prefix, uint32_t valid, uint32_t preferred, char *stable, char *temporary)
{
    char one[TEXT_SIZE];
    char other[TEXT_SIZE];
    nut_does(0);
    setup_link_local();
    form(prefix, stable);
    nut_does(TEMPORARY);
    setup_link_local();
    advertise(prefix, valid, preferred);
    expect_forming(prefix, one);
    expect_forming(prefix, other);
    bool is_first = strcmp(one, stable) != 0;
    if (is_first && strcmp(other, stable) != 0) {
        fail_because("expected one of %s and %s to be %s, as without temporary addresses, got neither", one, other,
                     stable);
    }
    memcpy(temporary, is_first ? one : other, TEXT_SIZE);
    expect_other_identifier(temporary, stable);
}

static void formed_beside_stable(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, 3600, 3600, stable, temporary);
    expect_in_use(temporary, false); /* before its detection is over */
    pass(2u * SECOND);
    expect_in_use(stable, true);
    expect_in_use(temporary, true);
    expect_none(DETECTION, 60u * SECOND);
    advertise(PREFIX_A, 3600, 3600);
    expect_none(DETECTION, 60u * SECOND);
}

static void none_for_link_local(void)
{
    nut_does(TEMPORARY);
    setup_start();
    next_detection(nut.link_local, 5u * SECOND);
    expect_none(DETECTION, 10u * SECOND);
}

static void identifiers_are_unrelated(void)
{
    char own[4][TEXT_SIZE];
    start_temporary(PREFIX_A, 3600, 3600, own[0], own[1]);
    advertise(PREFIX_B, 3600, 3600);
    expect_forming(PREFIX_B, own[2]);
    expect_forming(PREFIX_B, own[3]);
    for (unsigned i = 0; i < 4u; i++) {
        for (unsigned j = 0; j < i; j++) {
            expect_other_identifier(own[i], own[j]);
        }
        expect_other_identifier(own[i], nut.link_local);
    }
}

static void ends_with_the_prefix(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, 60, 60, stable, temporary);
    pass(50u * SECOND);
    expect_in_use(temporary, true);
    pass(10u * SECOND);
    expect_in_use(temporary, false);
}

/* With these preferred lifetimes only the stable address is formed. */
static void none_for_short(unsigned preferred)
{
    char address[TEXT_SIZE];
    nut_does(TEMPORARY);
    setup_link_local();
    advertise(PREFIX_A, 3600, preferred);
    expect_forming(PREFIX_A, address);
    expect_none(DETECTION, 10u * SECOND);
    /* With a longer one the temporary one is formed, too. */
    advertise(PREFIX_A, 3600, 3600);
    expect_forming(PREFIX_A, address);
}

static void follows_the_prefix(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, 60, 40, stable, temporary);
    pass(30u * SECOND);
    advertise(PREFIX_A, 3600, 3600);
    pass(60u * SECOND);
    expect_in_use(temporary, true);
    expect_source(FAR, temporary);
}

/* The prefix has an infinite lifetime. */
static void expires_in_time(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, FOREVER, FOREVER, stable, temporary);
    pass(TEMP_VALID_LIFETIME - HOUR);
    advertise(PREFIX_A, FOREVER, FOREVER);
    expect_in_use(temporary, true);
    pass(HOUR);
    expect_in_use(temporary, false);
    expect_in_use(stable, true);
}

static void conflict_leads_to_another(unsigned by_advertisement)
{
    char stable[TEXT_SIZE];
    char first[TEXT_SIZE];
    char second[TEXT_SIZE];
    start_temporary(PREFIX_A, 3600, 3600, stable, first);
    if (by_advertisement != 0u) {
        claim(first);
    } else {
        detect(first);
    }
    expect_forming(PREFIX_A, second);
    expect_other_identifier(second, first);
    pass(2u * SECOND);
    expect_in_use(first, false);
    expect_in_use(second, true);
}

static void stops_after_temporary_retries(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, FOREVER, FOREVER, stable, temporary);
    unsigned count = refuse_all(temporary);
    if (count < TEMP_IDGEN_RETRIES || count > 1u + TEMP_IDGEN_RETRIES) {
        fail_because("expected %u tries, got %u", TEMP_IDGEN_RETRIES, count);
    }
    expect_none(DETECTION, 4u * DAY);
    expect_in_use(stable, true);
}

static void another_before_it_is_deprecated(void)
{
    char stable[TEXT_SIZE];
    char first[TEXT_SIZE];
    char second[TEXT_SIZE];
    start_temporary(PREFIX_A, FOREVER, FOREVER, stable, first);
    expect_none(DETECTION, TEMP_PREFERRED_LIFETIME - MAX_DESYNC_FACTOR - REGEN_ADVANCE - 2u * SECOND);
    next_detection(second, MAX_DESYNC_FACTOR + 2u * SECOND);
    expect_other_identifier(second, first);
    expect_other_identifier(second, stable);
    advertise(PREFIX_A, FOREVER, FOREVER); /* the router is still one */
    expect_source(FAR, first);
    pass(REGEN_ADVANCE);
    expect_source(FAR, second);
    expect_in_use(first, true);
}

/* For ten days there is always one that is preferred, and none for more than a day. */
static void another_each_day(void)
{
    char stable[TEXT_SIZE];
    char before[TEXT_SIZE];
    unsigned same = 0;
    unsigned changes = 0;
    start_temporary(PREFIX_A, FOREVER, FOREVER, stable, before);
    pass(2u * SECOND);
    for (unsigned hour = 0; hour < 240u; hour++) {
        advertise(PREFIX_A, FOREVER, FOREVER);
        char from[TEXT_SIZE];
        snprintf(from, sizeof from, "%s", source_for(FAR));
        expect_other(from, stable);
        bool is_same = strcmp(from, before) == 0;
        same = is_same ? same + 1u : 1u;
        changes += is_same ? 0u : 1u;
        if (same > 25u) {
            fail_because("expected another address than %s after a day, got that", before);
        }
        memcpy(before, from, sizeof before);
        pass(HOUR);
    }
    if (changes < 9u) {
        fail_because("expected another address at least each day of ten, got %u", changes);
    }
}

static void another_on_another_link(void)
{
    char stable[TEXT_SIZE];
    char first[TEXT_SIZE];
    start_temporary(PREFIX_A, 3600, 3600, stable, first);
    pass(2u * SECOND);
    reconnect();
    pass(4u * SECOND);
    advertise(PREFIX_A, 3600, 3600);
    pass(4u * SECOND);
    expect_in_use(stable, true);
    expect_in_use(first, false);
    char second[TEXT_SIZE];
    snprintf(second, sizeof second, "%s", source_for(FAR));
    expect_other_identifier(second, first);
    expect_other_identifier(second, stable);
}

/* Temporary addresses are preferred (RFC 6724, 5, rule 7). */
static void temporary_is_preferred(void)
{
    char stable[TEXT_SIZE];
    char temporary[TEXT_SIZE];
    start_temporary(PREFIX_A, 3600, 3600, stable, temporary);
    pass(2u * SECOND);
    expect_source(FAR, temporary);
    advertise(PREFIX_A, 3600, 0);
    (void)source_for(FAR); /* both are deprecated: any of them is valid */
}

/* -- The tables ---------------------------------------------------------------------------------------------------- */

const struct conformance_case rfc4429[] = {
    RFC_CASE("4429.2.1", "Source address", "a verified address is preferred to an optimistic one",
             verified_address_is_preferred),
    RFC_CASE("4429.3.2.A", "Sending", "Router Solicitation without the link-layer address",
             solicits_routers_without_its_address),
    RFC_CASE("4429.3.2.B", "Sending", "no Neighbor Solicitation from an optimistic address", solicits_from_another),
    RFC_CASE("4429.3.2.C", "Sending", "no Neighbor Solicitation while no other is verified", solicits_no_neighbor),
    RFC_CASE("4429.3.2.D", "Sending", "no Neighbor Solicitation from it for its own prefix",
             solicits_from_another_on_link),
    RFC_CASE("4429.3.3.A", "Receiving", "Echo Request to an optimistic address", used_at_once),
    RFC_CASE("4429.3.3.B", "Receiving", "advertisements without Override until detection is over",
             advertised_without_override),
    RFC_CASE_WITH("4429.3.3.C", "Conflict", "DAD NS of another node", conflict_ends_use, 0),
    RFC_CASE_WITH("4429.3.3.D", "Conflict", "NA of another node", conflict_ends_use, BY_ADVERTISEMENT),
    END_OF_CASES,
};

const struct conformance_case rfc6724[] = {
    RFC_CASE("6724.5", "An answer comes from the address that was asked", "deprecated", answers_from_deprecated),
    RFC_CASE_WITH("6724.5.2.A", "Rule 2: appropriate scope", "link-local destination", selects, 0),
    RFC_CASE_WITH("6724.5.2.B", "Rule 2: appropriate scope", "global destination", selects, 1),
    RFC_CASE_WITH("6724.5.2.C", "Rule 2: appropriate scope", "group of link-local scope", selects, 2),
    RFC_CASE_WITH("6724.5.2.D", "Rule 2: appropriate scope", "group of site-local scope, no such address", selects, 3),
    RFC_CASE_WITH("6724.5.2.E", "Rule 2: appropriate scope", "group of global scope", selects, 4),
    RFC_CASE_WITH("6724.5.2.F", "Rule 2: appropriate scope", "site-local destination", selects, 5),
    RFC_CASE_WITH("6724.5.2.G", "Rule 2: appropriate scope", "global destination, site-local address", selects, 6),
    RFC_CASE_WITH("6724.5.2.H", "Rule 2: appropriate scope", "group of site-local scope", selects, 7),
    RFC_CASE_WITH("6724.5.3.A", "Rule 3: avoid deprecated addresses", "before rule 8", selects, 8),
    RFC_CASE_WITH("6724.5.3.B", "Rule 3: avoid deprecated addresses", "after rule 2", selects, 9),
    RFC_CASE_WITH("6724.5.3.C", "Rule 3: avoid deprecated addresses", "before rule 6", selects, 10),
    RFC_CASE_WITH("6724.5.6.A", "Rule 6: matching label", "global destination, unique local address", selects, 11),
    RFC_CASE_WITH("6724.5.6.B", "Rule 6: matching label", "unique local destination", selects, 12),
    RFC_CASE_WITH("6724.5.6.C", "Rule 6: matching label", "6to4 destination", selects, 13),
    RFC_CASE_WITH("6724.5.6.D", "Rule 6: matching label", "before rule 8", selects, 14),
    RFC_CASE("6724.5.7", "Rule 7: temporary addresses", "", temporary_is_preferred),
    RFC_CASE_WITH("6724.5.8.A", "Rule 8: longest matching prefix", "the first address", selects, 15),
    RFC_CASE_WITH("6724.5.8.B", "Rule 8: longest matching prefix", "the last address", selects, 16),
    END_OF_CASES,
};

const struct conformance_case rfc7217[] = {
    RFC_CASE("7217.5.A", "Identifiers", "nothing of the Ethernet address", reveals_no_ethernet_address),
    RFC_CASE("7217.5.B", "Identifiers", "another for each prefix", differs_by_prefix),
    RFC_CASE("7217.5.C", "Identifiers", "the same when the prefix comes back", same_on_a_former_network),
    RFC_CASE("7217.5.D", "Identifiers", "the same after the link was down", same_after_link_change),
    RFC_CASE("7217.6.A", "Conflicts", "the next identifier is stable, too", conflict_leads_to_the_same),
    RFC_CASE("7217.6.B", "Conflicts", "an end after IDGEN_RETRIES", stops_after_retries),
    RFC_CASE("7217.6.C", "Conflicts", "tried again within IDGEN_DELAY", waits_before_trying_again),
    END_OF_CASES,
};

const struct conformance_case rfc7527[] = {
    RFC_CASE("7527.4.1.A", "Nonce", "one for each solicitation", has_nonce),
    RFC_CASE("7527.4.1.D", "Nonce", "another when the link was down", has_another_nonce_in_the_next_run),
    RFC_CASE_WITH("7527.4.1.B", "Loops", "the first solicitation comes back", loop_is_recognized, 1),
    RFC_CASE_WITH("7527.4.1.C", "Loops", "four solicitations come back", loop_is_recognized, 4),
    RFC_CASE_WITH("7527.4.2.A", "Conflicts", "DAD NS with another nonce", other_node_is_recognized, OTHER_NONCE),
    RFC_CASE_WITH("7527.4.2.B", "Conflicts", "DAD NS without nonce", other_node_is_recognized, NO_NONCE),
    RFC_CASE_WITH("7527.4.2.C", "Conflicts", "NA", other_node_is_recognized, ADVERTISED),
    END_OF_CASES,
};

const struct conformance_case rfc8981[] = {
    RFC_CASE("8981.3.1.A", "Formation", "in addition to the stable address, after detection", formed_beside_stable),
    RFC_CASE("8981.3.1.B", "Formation", "none for the link-local prefix", none_for_link_local),
    RFC_CASE("8981.3.3", "Identifiers", "unrelated to all others", identifiers_are_unrelated),
    RFC_CASE("8981.3.4.A", "Lifetimes", "not longer than the prefix's", ends_with_the_prefix),
    RFC_CASE_WITH("8981.3.4.B", "Lifetimes", "none with preferred lifetime 0", none_for_short, 0),
    RFC_CASE_WITH("8981.3.4.C", "Lifetimes", "none with one below REGEN_ADVANCE", none_for_short, 4),
    RFC_CASE("8981.3.4.D", "Lifetimes", "longer with the prefix's", follows_the_prefix),
    RFC_CASE("8981.3.4.E", "Lifetimes", "not longer than TEMP_VALID_LIFETIME", expires_in_time),
    RFC_CASE_WITH("8981.3.4.F", "Conflicts", "DAD NS of another node", conflict_leads_to_another, 0),
    RFC_CASE_WITH("8981.3.4.G", "Conflicts", "NA of another node", conflict_leads_to_another, BY_ADVERTISEMENT),
    RFC_CASE("8981.3.4.H", "Conflicts", "an end after TEMP_IDGEN_RETRIES", stops_after_temporary_retries),
    RFC_CASE("8981.3.5.A", "Regeneration", "REGEN_ADVANCE before the last is deprecated",
             another_before_it_is_deprecated),
    RFC_CASE("8981.3.5.B", "Regeneration", "another each day", another_each_day),
    RFC_CASE("8981.3.6", "Another link", "", another_on_another_link),
    END_OF_CASES,
};
