/* section_rfc_neighbors.c: Neighbor Discovery with lost messages (RFC 7559), too many neighbors (RFC 6583),
 * advertisements to routers (RFC 9131), and answers to solicitors (RFC 4861, 7.2.4). */
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define HEADERS 54u
#define HOUR (UINT64_C(3600) * SECOND)
#define PREFIX_A "2001:db8:a::"

static struct test_frame frame;

/* -- RFC 4861, 7.2.4: the solicitor is answered -------------------------------------------------------------------- */

#define DESTINATIONS 300u

/* TN1 solicits as FAR, which no prefix makes on-link. The answer is sent to TN1 directly. */
static void expect_far_answered(void)
{
    frame_ns(&frame, nut.mac, tn1.mac, FAR, nut.global, nut.global, tn1.mac);
    transmit(&frame);
    expect_advertisement(nut.global, FAR, tn1.mac, false);
}

static void off_link_is_answered(void)
{
    setup();
    bring_to(&tr1, REACHABLE);
    expect_far_answered();
}

/* A Redirect gave the first hop for FAR. Then packets of many others arrived via the router. */
static void redirected_is_answered(void)
{
    setup();
    bring_to(&tr1, REACHABLE);
    echo_request(&frame, &tr1, FAR, nut.global);
    transmit(&frame);
    expect_reply(&frame, tr1.mac);
    redirect(&frame, &tr1, FAR, FAR);
    add_link_layer(&frame, TLLA, tn1.mac);
    transmit(&frame);
    for (unsigned i = 0; i < DESTINATIONS; i++) {
        char far[46];
        snprintf(far, sizeof far, "2001:db8:e:1::%x", i);
        echo_request(&frame, &tr1, far, nut.global);
        transmit(&frame);
        expect_reply(&frame, tr1.mac);
    }
    expect_far_answered();
}

/* -- RFC 6583: more neighbors than the cache can hold -------------------------------------------------------------- */

#define UNKNOWN_HOSTS 300u

/* Return the address of an unknown host on the link, which does not exist. */
static const char *unknown_host(unsigned number)
{
    static char text[46];
    snprintf(text, sizeof text, "%s5:%x", PREFIX, 0x1000u + number);
    return text;
}

/* Send an Echo Request from each unknown host. The NUT can reply only when it knows the host's Ethernet address.
 * Return how many it solicits at once. */
static unsigned unknown_hosts_ping(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < UNKNOWN_HOSTS; i++) {
        frame_echo(&frame, nut.mac, tn2.mac, unknown_host(i), nut.global, 128, 1, (uint16_t)i, 8);
        transmit(&frame);
        while (next_frame(&frame, SOLICITATION, 0)) {
            count++;
        }
    }
    return count;
}

/* Each unknown host sends its Ethernet address in a solicitation. */
static void unknown_hosts_solicit(void)
{
    for (unsigned i = 0; i < UNKNOWN_HOSTS; i++) {
        const char *group = test_solicited_node(nut.global);
        frame_ns(&frame, test_group_mac(group), tn2.mac, unknown_host(i), group, nut.global, tn2.mac);
        transmit(&frame);
    }
}

#define SOLICITING 1u

static void unknown_hosts_arrive(unsigned how)
{
    if (how == SOLICITING) {
        unknown_hosts_solicit();
    } else {
        (void)unknown_hosts_ping();
    }
}

static void known_neighbor_stays(unsigned how)
{
    setup();
    bring_to(&tn1, REACHABLE);
    unknown_hosts_arrive(how);
    pass(SECOND);
    struct test_frame request;
    echo_request(&request, &tn1, tn1.link_local, nut.link_local);
    transmit(&request);
    answer_for_none(); /* it is not solicited */
    expect_reply(&request, tn1.mac);
}

static void solicitations_end(void)
{
    setup();
    unsigned count = unknown_hosts_ping();
    if (count == 0u || count > UNKNOWN_HOSTS) {
        fail_because("expected at most one solicitation for each of %u unknown hosts, got %u", UNKNOWN_HOSTS, count);
    }
    pass(4u * SECOND); /* each may be solicited three times */
    expect_none(SOLICITATION, 60u * SECOND);
}

/* A neighbor that the NUT has not heard of gets its reply as soon as the resolutions of unknown hosts have expired. */
static void new_neighbor_is_served(unsigned how)
{
    setup();
    unknown_hosts_arrive(how);
    pass(10u * SECOND);
    bring_to(&tn1, REACHABLE);
    expect_ping(&tn1, tn1.mac);
}

/* What the NUT originates is not delayed: to a neighbor, and via the router. */
static void own_packets_are_sent(unsigned how)
{
    setup();
    answer_for(&tn1);
    answer_for(&tr1);
    unknown_hosts_arrive(how);
    nut_pings(tn1.link_local, 8);
    if (!next_frame(&frame, ECHO_REQUEST, SECOND) || !is_mac(frame.bytes, tn1.mac)) {
        fail_because("expected an Echo Request to %s, got none", tn1.link_local);
    }
    unknown_hosts_arrive(how);
    nut_pings(FAR, 8);
    if (!next_frame(&frame, ECHO_REQUEST, SECOND) || !is_mac(frame.bytes, tr1.mac)) {
        fail_because("expected an Echo Request to %s via the router, got none", FAR);
    }
}

/* -- RFC 7559: Router Solicitations that are lost ------------------------------------------------------------------ */

/* Return the time until the next Router Solicitation, which is sent within slightly more than MRT. */
static uint64_t next_interval(uint64_t since)
{
    if (!next_frame(&frame, ROUTER_SOLICITATION, 2u * HOUR)) {
        fail_because("expected a further Router Solicitation, got none");
    }
    return suite_now() - since;
}

static void expect_about(uint64_t interval, uint64_t least, uint64_t most)
{
    if (interval < least || interval > most) {
        fail_because("expected the next Router Solicitation after %.1f to %.1f s, got it after %.1f s",
                     (double)least / 1e6, (double)most / 1e6, (double)interval / 1e6);
    }
}

/* IRT is 4 s and MRT 3600 s, within 10 %. */
static void backs_off(void)
{
    uint64_t before = 0;
    setup_start();
    (void)next_interval(suite_now());
    uint64_t last = suite_now();
    for (unsigned i = 0; i < 15u; i++) {
        uint64_t interval = next_interval(last);
        last = suite_now();
        if (i == 0u) {
            expect_about(interval, 3600u * MILLISECOND, 4400u * MILLISECOND);
        } else if (before * 21u / 10u < 3600u * SECOND) {
            expect_about(interval, before / 10u * 19u, before / 10u * 21u);
        } else {
            expect_about(interval, before * 19u / 10u < 3240u * SECOND ? before * 19u / 10u : 3240u * SECOND,
                         3960u * SECOND);
        }
        before = interval;
    }
    expect_about(before, 3240u * SECOND, 3960u * SECOND);
}

static void ends_with_a_router(void)
{
    setup_start();
    (void)next_interval(suite_now());
    router_advertisement(&frame, &tr1, 0, 9000);
    transmit(&frame);
    expect_none(ROUTER_SOLICITATION, 2u * HOUR);
}

/* An advertisement of a router that is no default router does not end it. */
static void continues_without_a_router(void)
{
    setup_start();
    (void)next_interval(suite_now());
    router_advertisement(&frame, &tr1, 0, 0);
    transmit(&frame);
    (void)next_interval(suite_now());
    (void)next_interval(suite_now());
}

static void restarts_with_the_link(void)
{
    setup_start();
    (void)next_interval(suite_now());
    router_advertisement(&frame, &tr1, 0, 9000);
    transmit(&frame);
    pass(HOUR);
    reconnect();
    expect_about(next_interval(suite_now()), 0, 4u * SECOND);
    expect_about(next_interval(suite_now()), 3600u * MILLISECOND, 4400u * MILLISECOND);
}

/* -- RFC 9131: new addresses are advertised to routers ------------------------------------------------------------- */

/* Check that `frame` is an unsolicited advertisement of this address to all routers. */
static void check_announcement(const char *address)
{
    const uint8_t *b = frame.bytes;
    if (!is_address(b + HEADERS + 8u, address) || !is_address(b + 38, ALL_ROUTERS) ||
        !is_mac(b, test_group_mac(ALL_ROUTERS)) || b[21] != 255u || b[HEADERS + 1u] != 0u) {
        fail_because("expected an advertisement of %s to all routers, got one of %s to %s", address,
                     address_text(b + HEADERS + 8u), address_text(b + 38));
    }
    if (b[HEADERS + 4u] != 0u) {
        fail_because("expected R = 0, S = 0 and O = 0, got flags %02x", b[HEADERS + 4u]);
    }
    if (frame.length < HEADERS + 32u || b[HEADERS + 24u] != TLLA || !is_mac(b + HEADERS + 26u, nut.mac)) {
        fail_because("expected the target link-layer address, got none or another");
    }
}

/* There are at most MAX_NEIGHBOR_ADVERTISEMENT, at least a retransmission time apart. The first is sent within the
 * time. */
static void expect_announced(const char *address, uint64_t within)
{
    unsigned count = 0;
    uint64_t last = 0;
    while (next_frame(&frame, ADVERTISEMENT, count == 0u ? within : 10u * SECOND)) {
        check_announcement(address);
        if (count > 0u && suite_now() - last < SECOND) {
            fail_because("expected at least a second between advertisements, got less");
        }
        last = suite_now();
        count++;
    }
    if (count < 1u || count > 3u) {
        fail_because("expected one to three advertisements of %s to all routers, got %u", address, count);
    }
}

static void advertise(void)
{
    router_advertisement(&frame, &tr1, 0, 9000);
    add_prefix(&frame, PREFIX_A, 64, AUTONOMOUS, 36000, 36000);
    transmit(&frame);
}

static void announced_when_preferred(void)
{
    nut_does(ANNOUNCEMENTS);
    setup_link_local();
    advertise();
    next_detection(nut.global, 2u * SECOND);
    expect_none(ADVERTISEMENT, SECOND * 9u / 10u);
    expect_announced(nut.global, SECOND);
    advertise();
    expect_none(ADVERTISEMENT, 10u * SECOND); /* it is no longer new */
}

static void announced_when_optimistic(void)
{
    nut_does(ANNOUNCEMENTS | OPTIMISTIC);
    setup_link_local();
    advertise();
    if (!next_frame(&frame, ADVERTISEMENT, SECOND / 2u)) {
        fail_because("expected an advertisement at once, got none");
    }
    snprintf(nut.global, sizeof nut.global, "%s", address_text(frame.bytes + HEADERS + 8u));
    if (!same_prefix(nut.global, PREFIX_A)) {
        fail_because("expected one of an address of %s/64, got one of %s", PREFIX_A, nut.global);
    }
    check_announcement(nut.global);
}

static void link_local_is_not_announced(void)
{
    nut_does(ANNOUNCEMENTS);
    setup_start();
    expect_none(ADVERTISEMENT, 20u * SECOND);
}

static void duplicate_is_not_announced(void)
{
    char another[46];
    nut_does(ANNOUNCEMENTS);
    setup_link_local();
    advertise();
    next_detection(nut.global, 2u * SECOND);
    const char *group = test_solicited_node(nut.global);
    frame_ns(&frame, test_group_mac(group), tn1.mac, "::", group, nut.global, NULL);
    transmit(&frame);
    next_detection(another, 2u * SECOND); /* which is (RFC 7217, 6) */
    expect_announced(another, 2u * SECOND);
}

static void announced_again_with_the_link(void)
{
    nut_does(ANNOUNCEMENTS);
    setup_link_local();
    advertise();
    next_detection(nut.global, 2u * SECOND);
    expect_announced(nut.global, 2u * SECOND);
    reconnect();
    advertise();
    expect_announced(nut.global, 4u * SECOND);
}

/* -- The tables ---------------------------------------------------------------------------------------------------- */

const struct conformance_case rfc4861[] = {
    RFC_CASE("4861.7.2.4.A", "The solicitor", "is off-link", off_link_is_answered),
    RFC_CASE("4861.7.2.4.B", "The solicitor", "was on-link by a Redirect, long ago", redirected_is_answered),
    END_OF_CASES,
};

const struct conformance_case rfc6583[] = {
    RFC_CASE_WITH("6583.6.A", "A known neighbor", "unknown hosts send Echo Requests", known_neighbor_stays, 0),
    RFC_CASE_WITH("6583.6.B", "A known neighbor", "unknown hosts solicit", known_neighbor_stays, SOLICITING),
    RFC_CASE_WITH("6583.6.C", "A new neighbor", "unknown hosts send Echo Requests", new_neighbor_is_served, 0),
    RFC_CASE_WITH("6583.6.D", "A new neighbor", "unknown hosts solicit", new_neighbor_is_served, SOLICITING),
    RFC_CASE_WITH("6583.7.A", "What the node sends", "unknown hosts send Echo Requests", own_packets_are_sent, 0),
    RFC_CASE_WITH("6583.7.B", "What the node sends", "unknown hosts solicit", own_packets_are_sent, SOLICITING),
    RFC_CASE("6583.7.C", "Solicitations", "at most one for each unknown host, and an end", solicitations_end),
    END_OF_CASES,
};

const struct conformance_case rfc7559[] = {
    RFC_CASE("7559.2.A", "Router Solicitations", "longer and longer intervals, without end", backs_off),
    RFC_CASE("7559.2.B", "Router Solicitations", "again after the link was down", restarts_with_the_link),
    RFC_CASE("7559.2.1.A", "Their end", "a router", ends_with_a_router),
    RFC_CASE("7559.2.1.B", "Their end", "none with a router lifetime of 0", continues_without_a_router),
    END_OF_CASES,
};

const struct conformance_case rfc9131[] = {
    RFC_CASE("9131.6.A", "New addresses", "when detection is over", announced_when_preferred),
    RFC_CASE("9131.6.B", "New addresses", "at once, if optimistic", announced_when_optimistic),
    RFC_CASE("9131.6.C", "New addresses", "not if link-local", link_local_is_not_announced),
    RFC_CASE("9131.6.D", "New addresses", "not if duplicate", duplicate_is_not_announced),
    RFC_CASE("9131.6.E", "New addresses", "again when the link was down", announced_again_with_the_link),
    END_OF_CASES,
};
