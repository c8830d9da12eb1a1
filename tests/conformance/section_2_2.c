/* section_2_2.c: cases 2.2: routers and prefixes (RFC 4861, 6.3; RFC 4191; RFC 8106; RFC 6980). */
#include <string.h>

#include "suite.h"

#define HEADERS 54u

static struct test_frame frame;

/* Advertise `router` as a default router for that many seconds, with its link-layer address. */
static void advertise(const struct station *router, uint8_t preference, uint16_t lifetime)
{
    router_advertisement(&frame, router, preference, lifetime);
    add_link_layer(&frame, SLLA, router->mac);
    transmit(&frame);
    pass(SECOND / 10u);
}

/* -- Router Solicitations ------------------------------------------------------------------------------------------ */

/* RFC 4861, 10: MAX_RTR_SOLICITATIONS 3, RTR_SOLICITATION_INTERVAL 4 s; RFC 7559 randomizes and lengthens that. */
#define INTERVAL (4u * SECOND)

static void check_router_solicitation(void)
{
    bool is_unspecified = is_address(frame.bytes + 22, "::");
    if (frame.bytes[21] != 255u || frame.bytes[HEADERS + 1u] != 0u || !is_address(frame.bytes + 38, ALL_ROUTERS) ||
        !is_mac(frame.bytes, test_group_mac(ALL_ROUTERS)) || frame.length < HEADERS + 8u) {
        fail_because("expected a Router Solicitation to all routers, hop limit 255, code 0, got another");
    }
    if (!is_unspecified && memcmp(frame.bytes + 22, "\xFE\x80", 2) != 0) {
        fail_because("expected the unspecified or a link-local source, got %s", address_text(frame.bytes + 22));
    }
    bool has_option = frame.length >= HEADERS + 16u && frame.bytes[HEADERS + 8u] == SLLA;
    if (has_option && (is_unspecified || !is_mac(frame.bytes + HEADERS + 10u, nut.mac))) {
        fail_because("expected no other link-layer address than the node's, none without a source, got one");
    }
}

/* This sets nut.link_local, too. */
static void next_router_solicitation(uint64_t within)
{
    while (next_frame(&frame, ROUTER_SOLICITATION | DETECTION, within)) {
        if (frame.bytes[HEADERS] == 133u) {
            check_router_solicitation();
            return;
        }
        strcpy(nut.link_local, address_text(frame.bytes + HEADERS + 8u));
    }
    fail_because("expected a Router Solicitation within %.1f s, got none", (double)within / 1e6);
}

static void solicits_routers(void)
{
    setup_start();
    next_router_solicitation(4u * SECOND);
    for (unsigned i = 1; i < 3u; i++) {
        expect_none(ROUTER_SOLICITATION, INTERVAL - INTERVAL / 10u);
        next_router_solicitation((INTERVAL << (i - 1u)) * 6u / 5u); /* twice as long each time (RFC 7559, 2) */
    }
    expect_none(ROUTER_SOLICITATION, 2u * INTERVAL);
}

#define WITH_SLLA (FAULTS_OF_ITS_OWN)
#define TO_UNICAST (FAULTS_OF_ITS_OWN + 1u)

static void is_answered(unsigned variation)
{
    setup_start();
    next_router_solicitation(4u * SECOND);
    router_advertisement(&frame, &tr1, 0, 1800);
    if (variation == WITH_SLLA) {
        add_link_layer(&frame, SLLA, tr1.mac);
    } else if (variation == TO_UNICAST) {
        pass(2u * SECOND); /* its address is in use */
        test_mac(frame.bytes, nut.mac);
        test_address(frame.bytes + 38, nut.link_local);
        frame_fix_checksum(&frame);
    }
    spoil(&frame, (enum fault)variation);
    transmit(&frame);
    if (variation == NO_FAULT || variation >= FAULTS_OF_ITS_OWN) {
        expect_none(ROUTER_SOLICITATION, 5u * INTERVAL);
    } else {
        next_router_solicitation(2u * INTERVAL);
    }
}

#define TO_ALL_ROUTERS 0u
#define TO_ALL_NODES 1u
#define TO_LINK_LOCAL 2u

/* A host is no router: it neither answers nor learns (RFC 4861, 6.2.6). */
static void ignores_router_solicitations(unsigned variation)
{
    const char *to = ALL_ROUTERS;
    const uint8_t body[4] = {0};
    setup();
    to = variation == TO_ALL_NODES ? ALL_NODES : variation == TO_LINK_LOCAL ? nut.link_local : to;
    frame_icmpv6(&frame, variation == TO_LINK_LOCAL ? nut.mac : test_group_mac(to), tn1.mac, tn1.link_local, to, 255,
                 133, 0, body, sizeof body);
    add_link_layer(&frame, SLLA, tn1.mac);
    transmit(&frame);
    expect_none(ADVERTISEMENT | SOLICITATION | ANSWERS, 2u * SECOND);
    expect_entry(&tn1, NO_ENTRY, NULL);
}

/* -- Default routers ----------------------------------------------------------------------------------------------- */

/* Return which of two routers a reply to FAR is sent via. NULL if there is none: the NUT may still try the silent
 * one. */
static const struct station *used_router(const struct station *a, const struct station *b)
{
    struct test_frame request;
    struct test_frame reply;
    echo_request(&request, a, FAR, nut.global);
    transmit(&request);
    if (!next_frame(&reply, ANSWERS, SECOND)) {
        return NULL;
    }
    const struct station *router = is_mac(reply.bytes, a->mac) ? a : b;
    check_reply(&reply, &request, router->mac);
    return router;
}

/* The router in use becomes silent. Neighbor Unreachability Detection finds out, and the other is used. */
static void switches_router(void)
{
    const struct station *used = NULL;
    bool switched = false;
    setup_without_router();
    answer_for(&tr1);
    answer_for(&tr2);
    advertise(&tr1, 0, 1800);
    advertise(&tr2, 0, 1800);
    used = used_router(&tr1, &tr2);
    if (used == NULL) {
        fail_because("expected an Echo Reply via a router, got none");
    }
    answer_for_none();
    answer_for(used == &tr1 ? &tr2 : &tr1);
    pass(46u * SECOND);
    for (unsigned i = 0; i < 12u; i++) {
        const struct station *now = used_router(&tr1, &tr2);
        switched = switched || (now != NULL && now != used); /* and may try the first again, later */
        pass(SECOND);
    }
    if (!switched) {
        fail_because("expected the other router in use when %s was silent for 12 s, got no change", used->link_local);
    }
}

static void validates_advertisement(unsigned fault)
{
    setup_without_router();
    router_advertisement(&frame, &tr1, 0, 1800);
    spoil(&frame, (enum fault)fault);
    transmit(&frame);
    expect_next_hop(FAR, &tr1, NULL);
    advertise(&tr1, 0, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

static void expect_hop_limit(unsigned hop_limit)
{
    struct test_frame request;
    struct test_frame reply;
    echo_request(&request, &tn1, tn1.link_local, nut.link_local);
    transmit(&request);
    if (!next_frame(&reply, ECHO_REPLY, SECOND) || reply.bytes[21] != hop_limit) {
        fail_because("expected an Echo Reply with hop limit %u, got another", hop_limit);
    }
}

static void advertise_hop_limit(uint8_t hop_limit)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    frame.bytes[HEADERS + 4u] = hop_limit;
    frame_fix_checksum(&frame);
    transmit(&frame);
}

static void hop_limit_is_used(void)
{
    setup();
    answer_for(&tn1);
    expect_hop_limit(64);
    advertise_hop_limit(15);
    expect_hop_limit(15);
}

static void hop_limit_unspecified(void)
{
    hop_limit_is_used();
    advertise_hop_limit(0);
    expect_hop_limit(15);
}

static void lifetime_updated(void)
{
    setup_without_router();
    advertise(&tr1, 0, 10);
    pass(8u * SECOND);
    advertise(&tr1, 0, 10);
    pass(8u * SECOND);
    expect_next_hop(FAR, &tr1, &tr1);
    pass(3u * SECOND);
    expect_next_hop(FAR, &tr1, NULL);
}

static void lifetime_zero(void)
{
    setup_without_router();
    advertise(&tr1, 0, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
    advertise(&tr1, 0, 0);
    expect_next_hop(FAR, &tr1, NULL);
}

static void lifetime_expires(void)
{
    setup_without_router();
    advertise(&tr1, 0, 5);
    expect_next_hop(FAR, &tr1, &tr1);
    pass(6u * SECOND);
    expect_next_hop(FAR, &tr1, NULL);
}

/* -- Reachable Time ------------------------------------------------------------------------------------------------ */

static void advertise_reachable_time(uint32_t milliseconds)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    put32(frame.bytes + HEADERS + 8u, milliseconds);
    frame_fix_checksum(&frame);
    transmit(&frame);
}

/* An entry is REACHABLE for 0.5 to 1.5 times that time (RFC 4861, 6.3.2): longer than by default, which is 45 s at
 * most. */
static void expect_reachable_time_of_100_seconds(void)
{
    bring_to(&tn1, REACHABLE);
    pass(47u * SECOND - SECOND / 2u);
    expect_ping(&tn1, tn1.mac);
    expect_none(SOLICITATION, 7u * SECOND);
    pass(98u * SECOND);
    expect_entry(&tn1, STALE, tn1.mac);
}

static void reachable_time(void)
{
    setup();
    advertise_reachable_time(100000);
    expect_reachable_time_of_100_seconds();
}

static void reachable_time_unspecified(void)
{
    setup();
    advertise_reachable_time(100000);
    advertise_reachable_time(0);
    expect_reachable_time_of_100_seconds();
}

/* -- The router's Neighbor Cache entry (RFC 4861, 6.3.4) ----------------------------------------------------------- */

#define SAME_MAC 1u
#define DIFFERENT_MAC 2u
#define IN(state) ((unsigned)(state) << 4)

static void advertise_mac(unsigned variation)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    if ((variation & (SAME_MAC | DIFFERENT_MAC)) != 0u) {
        add_link_layer(&frame, SLLA, (variation & SAME_MAC) != 0u ? tr1.mac : OTHER_MAC);
    }
    transmit(&frame);
}

static void updates_entry(unsigned variation)
{
    enum entry state = (enum entry)(variation >> 4);
    setup();
    bring_to(&tr1, state);
    advertise_mac(variation);
    if (state == INCOMPLETE) {
        expect_kept(tr1.mac);
    }
    if ((variation & DIFFERENT_MAC) != 0u) {
        expect_entry(&tr1, STALE, OTHER_MAC);
    } else {
        expect_entry(&tr1, state == NO_ENTRY || state == INCOMPLETE ? STALE : state, tr1.mac);
    }
}

/* TR1 was known as a host; its Router Advertisement sets IsRouter. A test of that: when IsRouter is cleared, the
 * router is removed. */
static void sets_is_router(unsigned variation)
{
    struct station router = tr1;
    setup_without_router();
    echo_request(&frame, &tr1, tr1.link_local, nut.link_local);
    transmit(&frame);
    expect_solicitation(tr1.link_local, NULL, SECOND);
    advertisement(&frame, &tr1, NA_S | NA_O, tr1.mac);
    transmit(&frame);
    pass(SECOND);
    advertise_mac(variation);
    router.mac = (variation & DIFFERENT_MAC) != 0u ? OTHER_MAC : tr1.mac;
    expect_next_hop(FAR, &router, &router);
    advertisement(&frame, &router, NA_S | NA_O, router.mac);
    transmit(&frame);
    expect_next_hop(FAR, &router, NULL);
}

/* -- Next hop ------------------------------------------------------------------------------------------------------ */

static void expect_resolved(const struct station *station, const char *from, const char *neighbor)
{
    echo_request(&frame, station, from, nut.global);
    transmit(&frame);
    expect_solicitation(neighbor, NULL, SECOND);
    pass(4u * SECOND); /* without an answer, the entry is deleted */
}

static void determines_next_hop(void)
{
    setup_without_router();
    expect_resolved(&tn1, tn1.global, tn1.global);
    echo_request(&frame, &tr1, FAR, nut.global);
    transmit(&frame);
    expect_none(SOLICITATION | ANSWERS, 2u * SECOND); /* no router: not assumed to be on-link (RFC 5942, 4) */
    router_advertisement(&frame, &tr1, 0, 1800);
    transmit(&frame);
    expect_resolved(&tr1, FAR, tr1.link_local);
}

static void advertise_far_prefix(uint8_t flags, uint32_t lifetime)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    add_prefix(&frame, "2001:db8:f::", 64, flags, lifetime, lifetime);
    transmit(&frame);
}

static void determines_on_link(void)
{
    setup();
    expect_resolved(&tn1, tn1.global, tn1.global);
    expect_resolved(&tr1, FAR, tr1.link_local);
    advertise_far_prefix(ON_LINK, 1800);
    expect_resolved(&tr1, FAR, FAR);
    advertise_far_prefix(ON_LINK, 0);
    expect_resolved(&tr1, FAR, tr1.link_local);
}

/* -- Router preference and more specific routes (RFC 4191) --------------------------------------------------------- */

static void setup_two_routers(uint8_t first, uint8_t second)
{
    setup_without_router();
    answer_for(&tr1);
    answer_for(&tr2);
    advertise(&tr1, first, 1800);
    advertise(&tr2, second, 1800);
}

static void high_preference(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    expect_next_hop(FAR, &tr1, &tr2);
}

static void low_preference(void)
{
    setup_two_routers(PREFERENCE_LOW, PREFERENCE_MEDIUM);
    expect_next_hop(FAR, &tr1, &tr2);
}

/* Reserved is processed as medium (RFC 4191, 2.2). */
static void reserved_preference(void)
{
    setup_two_routers(PREFERENCE_LOW, PREFERENCE_RESERVED);
    expect_next_hop(FAR, &tr1, &tr2);
    advertise(&tr1, PREFERENCE_HIGH, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

static void preference_lowered(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    expect_next_hop(FAR, &tr1, &tr2);
    advertise(&tr2, PREFERENCE_LOW, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

static void preference_raised(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_LOW);
    expect_next_hop(FAR, &tr1, &tr1);
    advertise(&tr2, PREFERENCE_HIGH, 1800);
    expect_next_hop(FAR, &tr1, &tr2);
}

/* Advertise the router as a default router of medium preference, with a route. */
static void advertise_route(const struct station *router, const char *prefix, uint8_t length, uint8_t preference,
                            uint32_t lifetime)
{
    router_advertisement(&frame, router, 0, 1800);
    add_link_layer(&frame, SLLA, router->mac);
    add_route(&frame, prefix, length, preference, lifetime);
    transmit(&frame);
    pass(SECOND / 10u);
}

#define FAR_PREFIX "2001:db8:f::"

/* TR1 is the better default router; both have a route to FAR_PREFIX/64. */
static void setup_two_routes(uint8_t first, uint8_t second)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_MEDIUM);
    advertise_route(&tr1, FAR_PREFIX, 64, first, 1800);
    advertise_route(&tr2, FAR_PREFIX, 64, second, 1800);
}

static void high_route(void)
{
    setup_two_routes(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    expect_next_hop(FAR, &tr1, &tr2);
}

static void low_route(void)
{
    setup_two_routes(PREFERENCE_MEDIUM, PREFERENCE_LOW);
    expect_next_hop(FAR, &tr1, &tr1);
}

/* TR1 is the default router, TR2 has a route. */
static void setup_route(uint8_t length, uint8_t preference, uint32_t lifetime)
{
    setup_without_router();
    answer_for(&tr1);
    answer_for(&tr2);
    advertise(&tr1, PREFERENCE_MEDIUM, 1800);
    router_advertisement(&frame, &tr2, 0, 0);
    add_link_layer(&frame, SLLA, tr2.mac);
    add_route(&frame, FAR_PREFIX, length, preference, lifetime);
    transmit(&frame);
}

/* An option with the reserved preference is ignored (RFC 4191, 2.3). */
static void reserved_route(void)
{
    setup_route(64, PREFERENCE_RESERVED, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
    setup_route(64, PREFERENCE_LOW, 1800);
    expect_next_hop(FAR, &tr1, &tr2);
}

static void route_of_96_bits(void)
{
    setup_route(96, PREFERENCE_MEDIUM, 1800);
    expect_next_hop(FAR, &tr1, &tr2);
    expect_next_hop("2001:db8:f::1:0:3", &tr1, &tr1);
    expect_next_hop(FAR_AWAY, &tr1, &tr1);
}

static void route_of_32_bits(void)
{
    setup_route(32, PREFERENCE_MEDIUM, 1800);
    expect_next_hop(FAR, &tr1, &tr2);
    expect_next_hop(FAR_AWAY, &tr1, &tr2);
    expect_next_hop("2001:db9::4", &tr1, &tr1);
}

static void route_preference_changes(void)
{
    setup_two_routes(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    expect_next_hop(FAR, &tr1, &tr2);
    advertise_route(&tr2, FAR_PREFIX, 64, PREFERENCE_LOW, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

/* A route to ::/0 overrides the default router in the header (RFC 4191, 3.1). */
static void high_default_route(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_LOW);
    advertise_route(&tr2, "::", 0, PREFERENCE_HIGH, 1800);
    expect_next_hop(FAR, &tr1, &tr2);
}

static void low_default_route(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    advertise_route(&tr2, "::", 0, PREFERENCE_LOW, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

static void route_expires(void)
{
    setup_route(64, PREFERENCE_MEDIUM, 10);
    expect_next_hop(FAR, &tr1, &tr2);
    pass(11u * SECOND);
    expect_next_hop(FAR, &tr1, &tr1);
}

static void default_route_withdrawn(void)
{
    setup_two_routers(PREFERENCE_MEDIUM, PREFERENCE_HIGH);
    expect_next_hop(FAR, &tr1, &tr2);
    advertise_route(&tr2, "::", 0, PREFERENCE_HIGH, 0);
    expect_next_hop(FAR, &tr1, &tr1);
}

/* -- DNS (RFC 8106) ------------------------------------------------------------------------------------------------ */

#define SERVER PREFIX "53"
#define DOMAIN "example.com"

static void advertise_server(uint32_t lifetime)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    add_dns_server(&frame, SERVER, lifetime);
    transmit(&frame);
    pass(SECOND);
}

static void dns_server_is_used(void)
{
    setup();
    advertise_server(20);
    expect_dns_server(SERVER, true);
}

static void dns_server_withdrawn(void)
{
    dns_server_is_used();
    advertise_server(0);
    expect_dns_server(SERVER, false);
}

static void dns_server_expires(void)
{
    dns_server_is_used();
    pass(21u * SECOND);
    expect_dns_server(SERVER, false);
}

static void advertise_domain(uint32_t lifetime)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    add_dns_domain(&frame, DOMAIN, lifetime);
    transmit(&frame);
    pass(SECOND);
}

static void dns_domain_is_used(void)
{
    setup();
    advertise_domain(20);
    expect_dns_domain(DOMAIN, true);
}

static void dns_domain_withdrawn(void)
{
    dns_domain_is_used();
    advertise_domain(0);
    expect_dns_domain(DOMAIN, false);
}

static void dns_domain_expires(void)
{
    dns_domain_is_used();
    pass(21u * SECOND);
    expect_dns_domain(DOMAIN, false);
}

/* -- Fragments (RFC 6980, 5) --------------------------------------------------------------------------------------- */

static void fragmented_advertisement(unsigned is_atomic)
{
    setup_without_router();
    router_advertisement(&frame, &tr1, 0, 1800);
    add_mtu(&frame, 1500);
    if (is_atomic != 0u) {
        make_atomic(&frame, new_identification());
        transmit(&frame);
    } else {
        transmit_in_two(&frame, 16);
    }
    expect_none(SOLICITATION | ANSWERS, SECOND);
    expect_next_hop(FAR, &tr1, NULL);
    advertise(&tr1, 0, 1800);
    expect_next_hop(FAR, &tr1, &tr1);
}

const struct conformance_case section_2_2[] = {
    CASE("2.2.1", "Router Solicitations (Hosts Only)", "", solicits_routers),
    CASE_WITH("2.2.2.A", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Valid Router Advertisement, No Source Link-layer Address Option", is_answered, NO_FAULT),
    CASE_WITH("2.2.2.B", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Valid Router Advertisement, Source Link-layer Address Option", is_answered, WITH_SLLA),
    CASE_WITH("2.2.2.C", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Invalid Router Advertisement, Global Source Address", is_answered, GLOBAL_SOURCE),
    CASE_WITH("2.2.2.D", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Invalid Router Advertisement, Bad Hop Limit", is_answered, BAD_HOP_LIMIT),
    CASE_WITH("2.2.2.E", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Invalid Router Advertisement, Bad ICMP Checksum", is_answered, BAD_CHECKSUM),
    CASE_WITH("2.2.2.F", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Invalid Router Advertisement, Bad ICMP Code", is_answered, BAD_CODE),
    CASE_WITH("2.2.2.G", "Router Solicitations, Solicited Router Advertisement (Hosts Only)",
              "Valid Router Advertisement, Unicast Destination", is_answered, TO_UNICAST),
    CASE_WITH("2.2.3.A", "Host Ignores Router Solicitations (Hosts Only)", "All-Router Multicast Destination",
              ignores_router_solicitations, TO_ALL_ROUTERS),
    CASE_WITH("2.2.3.B", "Host Ignores Router Solicitations (Hosts Only)", "All-Nodes Multicast Destination",
              ignores_router_solicitations, TO_ALL_NODES),
    CASE_WITH("2.2.3.C", "Host Ignores Router Solicitations (Hosts Only)", "Link-local Unicast Destination",
              ignores_router_solicitations, TO_LINK_LOCAL),
    CASE("2.2.11", "Default Router Switch (Hosts Only)", "", switches_router),
    CASE_WITH("2.2.12.A", "Router Advertisement Processing, Validity (Hosts Only)", "Global Source Address",
              validates_advertisement, GLOBAL_SOURCE),
    CASE_WITH("2.2.12.B", "Router Advertisement Processing, Validity (Hosts Only)", "Hop Limit less than 255",
              validates_advertisement, BAD_HOP_LIMIT),
    CASE_WITH("2.2.12.C", "Router Advertisement Processing, Validity (Hosts Only)", "Invalid Checksum",
              validates_advertisement, BAD_CHECKSUM),
    CASE_WITH("2.2.12.D", "Router Advertisement Processing, Validity (Hosts Only)", "Invalid ICMP Code",
              validates_advertisement, BAD_CODE),
    CASE_WITH("2.2.12.E", "Router Advertisement Processing, Validity (Hosts Only)", "Invalid ICMP Length",
              validates_advertisement, TOO_SHORT),
    CASE_WITH("2.2.12.F", "Router Advertisement Processing, Validity (Hosts Only)", "Option of Length 0",
              validates_advertisement, OPTION_LENGTH_ZERO),
    CASE("2.2.13.A", "Router Advertisement Processing, Cur Hop Limit", "Unspecified", hop_limit_unspecified),
    CASE("2.2.13.B", "Router Advertisement Processing, Cur Hop Limit", "Non-Zero", hop_limit_is_used),
    CASE("2.2.14.A", "Router Advertisement Processing, Router Lifetime (Hosts Only)",
         "Router Lifetime Updated with Same Lifetime", lifetime_updated),
    CASE("2.2.14.B", "Router Advertisement Processing, Router Lifetime (Hosts Only)", "Router Lifetime Set to Zero",
         lifetime_zero),
    CASE("2.2.14.C", "Router Advertisement Processing, Router Lifetime (Hosts Only)",
         "Router Lifetime Set to Five; Allowed to Expire", lifetime_expires),
    CASE("2.2.15.A1", "Router Advertisement Processing, Reachable Time", "RA Processing - Reachable Time (Host Only)",
         reachable_time),
    CASE("2.2.15.A2", "Router Advertisement Processing, Reachable Time", "RA Processing - Reachable Time (Host Only)",
         reachable_time_unspecified),
    CASE_WITH("2.2.16.A", "Router Advertisement Processing, Neighbor Cache (Hosts Only)", "RA processing, no NCE",
              updates_entry, IN(NO_ENTRY) | SAME_MAC),
    CASE_WITH("2.2.16.B", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA processing, NCE INCOMPLETE", updates_entry, IN(INCOMPLETE) | SAME_MAC),
    CASE_WITH("2.2.16.C", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA changed, NCE REACHABLE", updates_entry, IN(REACHABLE) | DIFFERENT_MAC),
    CASE_WITH("2.2.16.D", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA unchanged, NCE REACHABLE", updates_entry, IN(REACHABLE) | SAME_MAC),
    CASE_WITH("2.2.16.E", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA without SLLA, NCE REACHABLE", updates_entry, IN(REACHABLE)),
    CASE_WITH("2.2.16.F", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA changed, NCE PROBE", updates_entry, IN(PROBE) | DIFFERENT_MAC),
    CASE_WITH("2.2.16.G", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA unchanged, NCE PROBE", updates_entry, IN(PROBE) | SAME_MAC),
    CASE_WITH("2.2.16.H", "Router Advertisement Processing, Neighbor Cache (Hosts Only)", "RA without SLLA, NCE PROBE",
              updates_entry, IN(PROBE)),
    CASE_WITH("2.2.16.I", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA changed, NCE STALE", updates_entry, IN(STALE) | DIFFERENT_MAC),
    CASE_WITH("2.2.16.J", "Router Advertisement Processing, Neighbor Cache (Hosts Only)",
              "RA with SLLA unchanged, NCE STALE", updates_entry, IN(STALE) | SAME_MAC),
    CASE_WITH("2.2.16.K", "Router Advertisement Processing, Neighbor Cache (Hosts Only)", "RA without SLLA, NCE STALE",
              updates_entry, IN(STALE)),
    CASE_WITH("2.2.17.A", "Router Advertisement Processing, IsRouter flag (Hosts Only)",
              "RA without Source Link-layer option", sets_is_router, 0),
    CASE_WITH("2.2.17.B", "Router Advertisement Processing, IsRouter flag (Hosts Only)",
              "RA with same Source Link-layer option as cached", sets_is_router, SAME_MAC),
    CASE_WITH("2.2.17.C", "Router Advertisement Processing, IsRouter flag (Hosts Only)",
              "RA with different Source Link-layer option as cached", sets_is_router, DIFFERENT_MAC),
    CASE("2.2.18", "Next-hop Determination (Hosts Only)", "", determines_next_hop),
    CASE("2.2.19", "Router Advertisement Processing, On-link determination (Hosts Only)", "", determines_on_link),
    CASE("2.2.22.A", "Processing Router Advertisements with Router Preference (Hosts Only)", "High Route Preference",
         high_preference),
    CASE("2.2.22.B", "Processing Router Advertisements with Router Preference (Hosts Only)", "Low Route Preference",
         low_preference),
    CASE("2.2.22.C", "Processing Router Advertisements with Router Preference (Hosts Only)",
         "Reserved Route Preference", reserved_preference),
    CASE("2.2.22.D", "Processing Router Advertisements with Router Preference (Hosts Only)",
         "Change lower Route Preference", preference_lowered),
    CASE("2.2.22.E", "Processing Router Advertisements with Router Preference (Hosts Only)",
         "Change higher Route Preference", preference_raised),
    CASE("2.2.23.A", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option High", high_route),
    CASE("2.2.23.B", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option Low", low_route),
    CASE("2.2.23.C", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with PRF set to Reserved", reserved_route),
    CASE("2.2.23.D", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with a Prefix Length of 96", route_of_96_bits),
    CASE("2.2.23.E", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with a Prefix Length of 32", route_of_32_bits),
    CASE("2.2.23.F", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "PRF change in Route Information Option", route_preference_changes),
    CASE("2.2.23.G", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with a Prefix Length of 0 and PRF of High", high_default_route),
    CASE("2.2.23.H", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with a Prefix Length of 0 and PRF of Low", low_default_route),
    CASE("2.2.23.I", "Processing Router Advertisement with Route Information Option (Hosts Only)", "Expired Lifetime",
         route_expires),
    CASE("2.2.23.J", "Processing Router Advertisement with Route Information Option (Hosts Only)",
         "Route Information Option with a Prefix Length of 0 and Lifetime set to 0", default_route_withdrawn),
    CASE("2.2.25.A", "Processing Router Advertisement DNS (Hosts Only)", "Recursive DNS Option", dns_server_is_used),
    CASE("2.2.25.B", "Processing Router Advertisement DNS (Hosts Only)", "Recursive DNS Option lifetime 0",
         dns_server_withdrawn),
    CASE("2.2.25.C", "Processing Router Advertisement DNS (Hosts Only)", "Recursive DNS Option Expired",
         dns_server_expires),
    CASE("2.2.25.D", "Processing Router Advertisement DNS (Hosts Only)", "Search List Option", dns_domain_is_used),
    CASE("2.2.25.E", "Processing Router Advertisement DNS (Hosts Only)", "Search List Option with a Lifetime of 0",
         dns_domain_withdrawn),
    CASE("2.2.25.F", "Processing Router Advertisement DNS (Hosts Only)", "Search List Option Expired",
         dns_domain_expires),
    CASE_WITH("2.2.26.A", "Atomic Fragments in Router Solicitation and Router Advertisement",
              "Router Advertisement with Atomic Fragment (Host Only)", fragmented_advertisement, true),
    CASE_WITH("2.2.27.A", "Fragments in Router Solicitation and Router Advertisements",
              "Router Advertisement with Fragment Header (Host Only)", fragmented_advertisement, false),
    END_OF_CASES,
};
