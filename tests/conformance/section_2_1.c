/* section_2_1.c: cases 2.1: address resolution and Neighbor Unreachability Detection (RFC 4861, 7). */
#include <string.h>

#include "suite.h"

#define HEADERS 54u

static struct test_frame frame;

/* -- Next hop, and packets that wait ------------------------------------------------------------------------------- */

/* Send an Echo Request from `from` via `station`, and expect that the NUT solicits for `neighbor`. */
static void expect_resolved(const struct station *station, const char *from, const char *own, const char *neighbor)
{
    echo_request(&frame, station, from, own);
    transmit(&frame);
    expect_solicitation(neighbor, NULL, SECOND);
}

static void on_link(unsigned is_global)
{
    const char *from = is_global != 0u ? tn1.global : tn1.link_local;
    setup();
    expect_resolved(&tn1, from, is_global != 0u ? nut.global : nut.link_local, from);
}

static void off_link(void)
{
    setup();
    expect_resolved(&tr1, FAR, nut.global, tr1.link_local);
}

/* Send three Echo Requests from a station that the NUT does not know. Leave the last in *last. */
static void send_three_requests(const struct station *station, struct test_frame *last)
{
    for (unsigned i = 0; i < 3u; i++) {
        echo_request(last, station, station->link_local, nut.link_local);
        transmit(last);
    }
}

/* Advertise the station, and expect one to three replies in order. The newest is never lost (RFC 4861, 7.2.2). */
static void expect_last_waited(const struct station *station, const struct test_frame *last)
{
    struct test_frame reply;
    uint32_t newest = 0;
    advertisement(&frame, station, NA_S | NA_O, station->mac);
    transmit(&frame);
    while (next_frame(&reply, ANSWERS, SECOND)) {
        uint32_t sequence = read16(reply.bytes + HEADERS + 6u);
        if (reply.bytes[HEADERS] != 129u || sequence <= newest || !is_mac(reply.bytes, station->mac)) {
            fail_because("expected Echo Replies to %s in the order of the requests, got another packet", station->mac);
        }
        newest = sequence;
    }
    if (newest != read16(last->bytes + HEADERS + 6u)) {
        fail_because("expected a reply to the last of the requests that waited, got none");
    }
}

static void one_queue(void)
{
    struct test_frame last;
    setup();
    send_three_requests(&tn1, &last);
    expect_solicitation(tn1.link_local, NULL, SECOND);
    expect_none(SOLICITATION, SECOND / 2u); /* one every RetransTimer, with any number of waiting packets */
    expect_last_waited(&tn1, &last);
}

static void two_queues(void)
{
    struct test_frame last1;
    struct test_frame last2;
    setup();
    send_three_requests(&tn1, &last1);
    expect_solicitation(tn1.link_local, NULL, SECOND);
    send_three_requests(&tn2, &last2);
    expect_solicitation(tn2.link_local, NULL, SECOND);
    expect_last_waited(&tn1, &last1);
    expect_last_waited(&tn2, &last2);
}

/* -- The prefix list ----------------------------------------------------------------------------------------------- */

#define OTHER_PREFIX "2001:db8:2::"
#define ON_OTHER_PREFIX OTHER_PREFIX "101"

static void advertise_prefix(uint8_t flags, uint32_t valid)
{
    router_advertisement(&frame, &tr1, 0, 1800);
    add_prefix(&frame, OTHER_PREFIX, 64, flags, valid, valid);
    transmit(&frame);
    pass(SECOND / 10u);
}

/* Expect that an address of that prefix is resolved itself (on-link), or reached via TR1. The neighbor's entry is
 * deleted after three solicitations without an answer, so that the next Echo Request starts again. */
static void expect_other_prefix(bool on_link)
{
    expect_resolved(on_link ? &tn1 : &tr1, ON_OTHER_PREFIX, nut.global, on_link ? ON_OTHER_PREFIX : tr1.link_local);
    pass(4u * SECOND);
}

/* L = 0 makes no statement about on-link or off-link: it neither makes it on-link nor withdraws that (RFC 4861,
 * 6.3.4). */
static void on_link_flag(void)
{
    setup();
    advertise_prefix(0, 1000);
    expect_other_prefix(false);
    advertise_prefix(ON_LINK, 1000);
    expect_other_prefix(true);
    advertise_prefix(0, 1000);
    expect_other_prefix(true);
}

static void prefix_not_expired(void)
{
    setup();
    advertise_prefix(ON_LINK, 10);
    pass(4u * SECOND);
    expect_other_prefix(true);
    pass(4u * SECOND);
    expect_other_prefix(false);
}

static void prefix_updated(void)
{
    setup();
    advertise_prefix(ON_LINK, 10);
    pass(8u * SECOND);
    advertise_prefix(ON_LINK, 20);
    pass(8u * SECOND);
    expect_other_prefix(true);
    advertise_prefix(ON_LINK, 0); /* times out at once (RFC 4861, 6.3.4) */
    expect_other_prefix(false);
}

/* -- Solicitations sent -------------------------------------------------------------------------------------------- */

/* MAX_MULTICAST_SOLICIT and MAX_UNICAST_SOLICIT are 3, RETRANS_TIMER is 1 s (RFC 4861, 10). */
static void expect_two_more(const char *target, const char *mac)
{
    for (unsigned i = 0; i < 2u; i++) {
        expect_none(SOLICITATION, SECOND * 8u / 10u);
        expect_solicitation(target, mac, SECOND * 4u / 10u);
    }
}

static void resolves(unsigned is_global)
{
    const char *from = is_global != 0u ? tn1.global : tn1.link_local;
    setup();
    echo_request(&frame, &tn1, from, is_global != 0u ? nut.global : nut.link_local);
    transmit(&frame);
    expect_solicitation(from, NULL, SECOND);
    expect_two_more(from, NULL);
    expect_none(SOLICITATION | ECHO_REPLY, 5u * SECOND);
}

#define FROM_GLOBAL 1u
#define TO_GLOBAL 2u

static void confirms_reachability(unsigned variation)
{
    struct test_frame request;
    const char *from = (variation & FROM_GLOBAL) != 0u ? tn1.global : tn1.link_local;
    const char *own = (variation & TO_GLOBAL) != 0u ? nut.global : nut.link_local;
    setup();
    echo_request(&request, &tn1, from, own);
    transmit(&request);
    expect_solicitation(from, NULL, SECOND);
    frame_na(&frame, nut.mac, tn1.mac, from, own, from, NA_S | NA_O, tn1.mac);
    transmit(&frame);
    expect_reply(&request, tn1.mac);
    pass(46u * SECOND); /* no longer REACHABLE */
    transmit(&request);
    expect_reply(&request, tn1.mac);
    expect_none(SOLICITATION, 4u * SECOND);
    expect_solicitation(from, tn1.mac, 2u * SECOND);
    expect_two_more(from, tn1.mac);
    expect_none(SOLICITATION, 3u * SECOND);
    transmit(&request); /* the entry is deleted: address resolution starts again */
    expect_solicitation(from, NULL, SECOND);
}

/* -- Solicitations received ---------------------------------------------------------------------------------------- */

#define UNSPECIFIED_TO_UNICAST (FAULTS_OF_ITS_OWN)
#define UNSPECIFIED_WITH_OPTION (FAULTS_OF_ITS_OWN + 1u)

static void invalid_solicitation(unsigned fault)
{
    const char *group = NULL;
    setup();
    group = test_solicited_node(nut.link_local);
    solicitation(&frame, &tn1, group, tn1.mac);
    if (fault == UNSPECIFIED_TO_UNICAST) {
        frame_ns(&frame, nut.mac, tn1.mac, "::", nut.link_local, nut.link_local, NULL);
    } else if (fault == UNSPECIFIED_WITH_OPTION) {
        frame_ns(&frame, test_group_mac(group), tn1.mac, "::", group, nut.link_local, tn1.mac);
    } else {
        spoil(&frame, (enum fault)fault);
    }
    transmit(&frame);
    expect_none(ADVERTISEMENT | SOLICITATION | ANSWERS, 2u * SECOND);
    expect_entry(&tn1, NO_ENTRY, NULL);
}

/* Parts of a solicitation, and the state of TN1's entry when it arrives. */
#define TO_GROUP 1u
#define NEW_MAC 2u
#define NO_OPTION 4u
#define IN_STATE(state) ((unsigned)(state) << 4)
#define STATE_OF(variation) ((enum entry)((variation) >> 4))

static const char *mac_of(unsigned variation)
{
    return (variation & NEW_MAC) != 0u ? OTHER_MAC : tn1.mac;
}

static void solicit(unsigned variation)
{
    const char *to = (variation & TO_GROUP) != 0u ? test_solicited_node(nut.link_local) : nut.link_local;
    solicitation(&frame, &tn1, to, (variation & NO_OPTION) != 0u ? NULL : mac_of(variation));
    transmit(&frame);
}

/* An entry is made, STALE (RFC 4861, 7.2.3). The advertisement is its first use. */
static void solicited_by_unknown_host(unsigned variation)
{
    setup();
    solicit(variation);
    expect_advertisement(nut.link_local, tn1.link_local, mac_of(variation), (variation & TO_GROUP) != 0u);
    expect_entry(&tn1, STALE, mac_of(variation));
}

/* Without the option, the address is resolved before the answer. The solicitation makes no entry. */
static void solicited_by_unknown_host_without_option(void)
{
    setup();
    solicit(NO_OPTION);
    expect_solicitation(tn1.link_local, NULL, SECOND);
    advertisement(&frame, &tn1, NA_S | NA_O, tn1.mac);
    transmit(&frame);
    expect_advertisement(nut.link_local, tn1.link_local, tn1.mac, false);
    expect_entry(&tn1, REACHABLE, tn1.mac);
}

/* The reply that waited and the advertisement are sent, in any order. */
static void solicited_while_incomplete(unsigned variation)
{
    bool replied = false;
    bool advertised = false;
    setup();
    bring_to(&tn1, INCOMPLETE);
    solicit(variation);
    for (unsigned i = 0; i < 2u; i++) {
        struct test_frame got;
        if (!next_frame(&got, ANSWERS | ADVERTISEMENT, SECOND) || !is_mac(got.bytes, tn1.mac)) {
            fail_because("expected an Echo Reply and a Neighbor Advertisement to %s, got less", tn1.mac);
        }
        replied = replied || got.bytes[HEADERS] == 129u;
        advertised = advertised || got.bytes[HEADERS] == 136u;
    }
    if (!replied || !advertised) {
        fail_because("expected an Echo Reply and a Neighbor Advertisement, got other packets");
    }
    expect_entry(&tn1, STALE, tn1.mac);
}

static void solicited_while_incomplete_without_option(void)
{
    setup();
    bring_to(&tn1, INCOMPLETE);
    solicit(NO_OPTION);
    expect_entry(&tn1, INCOMPLETE, NULL);
}

/* The same address changes nothing; another one is recorded, and makes the entry STALE (RFC 4861, 7.2.3). */
static void solicited_in_state(unsigned variation)
{
    bool changes = (variation & NEW_MAC) != 0u;
    setup();
    bring_to(&tn1, STATE_OF(variation));
    solicit(variation);
    expect_advertisement(nut.link_local, tn1.link_local, mac_of(variation), (variation & TO_GROUP) != 0u);
    expect_entry(&tn1, changes ? STALE : STATE_OF(variation), mac_of(variation));
}

/* A solicitation does not show whether its sender is a router: IsRouter does not change (RFC 4861, 7.2.3). */
static void router_solicits(unsigned variation)
{
    const char *to = NULL;
    struct station router = tr1;
    setup();
    to = (variation & TO_GROUP) != 0u ? test_solicited_node(nut.link_local) : nut.link_local;
    bring_to(&tr1, REACHABLE);
    expect_next_hop(FAR, &tr1, &tr1);
    router.mac = (variation & NEW_MAC) != 0u ? OTHER_MAC : tr1.mac;
    solicitation(&frame, &router, to, (variation & NO_OPTION) != 0u ? NULL : router.mac);
    transmit(&frame);
    expect_advertisement(nut.link_local, tr1.link_local, router.mac, (variation & TO_GROUP) != 0u);
    expect_next_hop(FAR, &router, &router);
}

/* -- Advertisements received --------------------------------------------------------------------------------------- */

#define SOLICITED_TO_GROUP (FAULTS_OF_ITS_OWN)

static void invalid_advertisement(unsigned fault)
{
    setup();
    bring_to(&tn1, INCOMPLETE);
    advertisement(&frame, &tn1, NA_S | NA_O, tn1.mac);
    if (fault == SOLICITED_TO_GROUP) {
        frame_na(&frame, test_group_mac(ALL_NODES), tn1.mac, tn1.link_local, ALL_NODES, tn1.link_local, NA_S | NA_O,
                 tn1.mac);
    }
    spoil(&frame, (enum fault)fault);
    transmit(&frame);
    expect_entry(&tn1, INCOMPLETE, NULL);
}

/* Parts of an advertisement: NA_S, NA_O, NA_R; the option; the destination. A table adds the state of the entry
 * before and after it, and RECORDED if the address in the option replaces that of the entry. */
#define SAME_MAC 1u
#define DIFFERENT_MAC 2u
#define UNICAST 0u
#define MULTICAST 4u
#define IN(state) ((unsigned)(state) << 8)
#define THEN(state) ((unsigned)(state) << 12)
#define RECORDED 0x10000u

static void advertise(const struct station *station, unsigned variation)
{
    const char *to = (variation & MULTICAST) != 0u ? ALL_NODES : nut.link_local;
    const char *mac = (variation & SAME_MAC) != 0u        ? station->mac
                      : (variation & DIFFERENT_MAC) != 0u ? OTHER_MAC
                                                          : NULL;
    frame_na(&frame, (variation & MULTICAST) != 0u ? test_group_mac(to) : nut.mac, station->mac, station->link_local,
             to, station->link_local, (uint8_t)(variation & (NA_R | NA_S | NA_O)), mac);
    transmit(&frame);
}

/* The advertisement is unsolicited: no entry is made (RFC 4861, 7.2.5). */
static void advertised_without_entry(unsigned variation)
{
    setup();
    advertise(&tn1, variation);
    expect_none(ADVERTISEMENT | SOLICITATION | ANSWERS, SECOND);
    expect_entry(&tn1, NO_ENTRY, NULL);
}

static void advertised_while_incomplete(unsigned variation)
{
    setup();
    bring_to(&tn1, INCOMPLETE);
    advertise(&tn1, variation);
    expect_kept(tn1.mac);
    expect_entry(&tn1, (variation & NA_S) != 0u ? REACHABLE : STALE, tn1.mac);
}

static void advertised_while_incomplete_without_option(void)
{
    setup();
    bring_to(&tn1, INCOMPLETE);
    advertise(&tn1, NA_S | NA_O);
    expect_entry(&tn1, INCOMPLETE, NULL);
}

static void advertised_in_state(unsigned variation)
{
    setup();
    bring_to(&tn1, (enum entry)(variation >> 8 & 0xFu));
    advertise(&tn1, variation);
    expect_entry(&tn1, (enum entry)(variation >> 12 & 0xFu), (variation & RECORDED) != 0u ? OTHER_MAC : tn1.mac);
}

/* A router that advertises itself as a host is removed from the Default Router List (RFC 4861, 7.2.5). */
static void router_becomes_host(unsigned variation)
{
    setup();
    bring_to(&tr1, REACHABLE);
    expect_next_hop(FAR, &tr1, &tr1);
    advertise(&tr1, variation);
    expect_next_hop(FAR, &tr1, NULL);
}

/* -- Fragments: Neighbor Discovery in fragments is ignored, without an error (RFC 6980, 5) ------------------------- */

static void transmit_fragmented(bool is_atomic)
{
    if (is_atomic) {
        make_atomic(&frame, new_identification());
        transmit(&frame);
    } else {
        transmit_in_two(&frame, 24);
    }
}

static void fragmented_solicitation(unsigned is_atomic)
{
    setup();
    solicitation(&frame, &tn1, NULL, tn1.mac);
    transmit_fragmented(is_atomic != 0u);
    expect_none(ADVERTISEMENT | SOLICITATION | ANSWERS, 2u * SECOND);
    expect_entry(&tn1, NO_ENTRY, NULL);
}

static void fragmented_advertisement(unsigned is_atomic)
{
    setup();
    bring_to(&tn1, INCOMPLETE);
    advertisement(&frame, &tn1, NA_S | NA_O, tn1.mac);
    transmit_fragmented(is_atomic != 0u);
    expect_entry(&tn1, INCOMPLETE, NULL);
}

/* -- The cases ----------------------------------------------------------------------------------------------------- */

#define INVALID_NS(n, title, fault)                                                                                    \
    CASE_WITH("2.1.7." n, "Invalid Neighbor Solicitation Handling", title, invalid_solicitation, fault)
#define INVALID_NA(n, title, fault)                                                                                    \
    CASE_WITH("2.1.15." n, "Invalid Neighbor Advertisement Handling", "NUT receives invalid NA (" title ")",           \
              invalid_advertisement, fault)

/* The parts of 2.1.10 to 2.1.12: a solicitation in each state. */
#define NS_CASE(n, prior, title, variation)                                                                            \
    CASE_WITH(n, "Neighbor Solicitation Processing, NCE State " #prior, title, solicited_in_state,                     \
              IN_STATE(prior) | (variation))
#define NS_IN_STATE(n, prior)                                                                                          \
    NS_CASE(n ".A", prior, "Unicast Neighbor Solicitation with the same SLLA", 0),                                     \
        NS_CASE(n ".B", prior, "Unicast Neighbor Solicitation with a different SLLA", NEW_MAC),                        \
        NS_CASE(n ".C", prior, "Multicast Neighbor Solicitation with the same SLLA", TO_GROUP),                        \
        NS_CASE(n ".D", prior, "Multicast Neighbor Solicitation with a different SLLA", TO_GROUP | NEW_MAC)

/* An advertisement without an entry (2.1.16), and one of a router that is a host now (2.1.21): S, O, the option. */
#define NA_WITHOUT_ENTRY(n, s, o, option_title, option)                                                                \
    CASE_WITH("2.1.16." n, "Neighbor Advertisement Processing, No NCE",                                                \
              "Receiving NA with S = " #s ", O = " #o ", and " option_title, advertised_without_entry,                 \
              (s)*NA_S | (o)*NA_O | (option))
#define NA_OF_HOST(n, s, o, option_title, option)                                                                      \
    CASE_WITH("2.1.21." n, "Neighbor Advertisement Processing, R-bit Change (Hosts Only)",                             \
              "Receiving NA with R = 0, S = " #s " and O = " #o " and " option_title, router_becomes_host,             \
              (s)*NA_S | (o)*NA_O | (option))
#define NA_WHILE_INCOMPLETE(n, s, o)                                                                                   \
    CASE_WITH("2.1.17." n, "Neighbor Advertisement Processing, NCE State INCOMPLETE",                                  \
              "Receiving NA with S = " #s " and O = " #o, advertised_while_incomplete, (s)*NA_S | (o)*NA_O | SAME_MAC)

/* The parts of 2.1.18 to 2.1.20: an advertisement in each state, and the state after it (RFC 4861, appendix C). A
 * different address that may not replace the known one raises a doubt: the entry is then in state `doubted`. */
#define NA_CASE(n, prior, to, to_title, s, o, option_title, option, after)                                             \
    CASE_WITH(n, "Neighbor Advertisement Processing, NCE State " #prior,                                               \
              "Receiving " to_title " NA with S = " #s ", O = " #o " and " option_title, advertised_in_state,          \
              IN(prior) | (to) | (s)*NA_S | (o)*NA_O | (option) | THEN(after))
#define UNICAST_NA(n, prior, s, o, option_title, option, after)                                                        \
    NA_CASE(n, prior, UNICAST, "Unicast", s, o, option_title, option, after)
#define MULTICAST_NA(n, prior, s, o, option_title, option, after)                                                      \
    NA_CASE(n, prior, MULTICAST, "Multicast", s, o, option_title, option, after)
/* clang-format off */
#define NA_IN_STATE(n, prior, doubted)                                                                                 \
    UNICAST_NA(n ".A", prior, 0, 0, "no TLLA", 0u, prior),                                                             \
    UNICAST_NA(n ".B", prior, 0, 1, "no TLLA", 0u, prior),                                                             \
    UNICAST_NA(n ".C", prior, 1, 0, "no TLLA", 0u, REACHABLE),                                                         \
    UNICAST_NA(n ".D", prior, 1, 1, "no TLLA", 0u, REACHABLE),                                                         \
    UNICAST_NA(n ".E", prior, 0, 0, "the same TLLA", SAME_MAC, prior),                                                 \
    UNICAST_NA(n ".F", prior, 0, 1, "the same TLLA", SAME_MAC, prior),                                                 \
    UNICAST_NA(n ".G", prior, 1, 0, "the same TLLA", SAME_MAC, REACHABLE),                                             \
    UNICAST_NA(n ".H", prior, 1, 1, "the same TLLA", SAME_MAC, REACHABLE),                                             \
    UNICAST_NA(n ".I", prior, 0, 0, "a different TLLA", DIFFERENT_MAC, doubted),                                       \
    UNICAST_NA(n ".J", prior, 0, 1, "a different TLLA", DIFFERENT_MAC | RECORDED, STALE),                              \
    UNICAST_NA(n ".K", prior, 1, 0, "a different TLLA", DIFFERENT_MAC, doubted),                                       \
    UNICAST_NA(n ".L", prior, 1, 1, "a different TLLA", DIFFERENT_MAC | RECORDED, REACHABLE),                          \
    MULTICAST_NA(n ".M", prior, 0, 0, "the same TLLA", SAME_MAC, prior),                                               \
    MULTICAST_NA(n ".N", prior, 0, 1, "the same TLLA", SAME_MAC, prior),                                               \
    MULTICAST_NA(n ".O", prior, 0, 0, "a different TLLA", DIFFERENT_MAC, doubted),                                     \
    MULTICAST_NA(n ".P", prior, 0, 1, "a different TLLA", DIFFERENT_MAC | RECORDED, STALE),                            \
    MULTICAST_NA(n ".Q", prior, 0, 0, "NO TLLA", 0u, prior),                                                           \
    MULTICAST_NA(n ".R", prior, 0, 1, "NO TLLA", 0u, prior)
/* clang-format on */

const struct conformance_case section_2_1[] = {
    CASE_WITH("2.1.1.A", "On-link Determination", "Link-Local Address", on_link, false),
    CASE_WITH("2.1.1.B", "On-link Determination", "Global Address, On-link Prefix covers TN1", on_link, true),
    CASE("2.1.1.C", "On-link Determination", "Global Address, On-link Prefix does not cover TN2", off_link),
    CASE("2.1.2.A", "Resolution Wait Queue", "Single Queue", one_queue),
    CASE("2.1.2.B", "Resolution Wait Queue", "Multiple Queues", two_queues),
    CASE("2.1.3", "Prefix Information Option Processing, On-link Flag (Hosts Only)", "", on_link_flag),
    CASE("2.1.4.A", "Host Prefix List (Hosts Only)", "Prefix Lifetime has not Expired", prefix_not_expired),
    CASE("2.1.4.B", "Host Prefix List (Hosts Only)", "Prefix Lifetime updated by Router Advertisement", prefix_updated),
    CASE_WITH("2.1.5.A", "Neighbor Solicitation Origination, Address Resolution",
              "Neighbor Solicitation Origination, Target Address Being Link-local", resolves, false),
    CASE_WITH("2.1.5.B", "Neighbor Solicitation Origination, Address Resolution",
              "Neighbor Solicitation Origination, Target Address Being Global", resolves, true),
    CASE_WITH("2.1.6.A", "Neighbor Solicitation Origination, Reachability Confirmation",
              "Neighbor Solicitation Origination, Link-local => Link-local", confirms_reachability, 0),
    CASE_WITH("2.1.6.B", "Neighbor Solicitation Origination, Reachability Confirmation",
              "Neighbor Solicitation Origination, Global => Global", confirms_reachability, FROM_GLOBAL | TO_GLOBAL),
    CASE_WITH("2.1.6.C", "Neighbor Solicitation Origination, Reachability Confirmation",
              "Neighbor Solicitation Origination, Link-local => Global", confirms_reachability, FROM_GLOBAL),
    CASE_WITH("2.1.6.D", "Neighbor Solicitation Origination, Reachability Confirmation",
              "Neighbor Solicitation Origination, Global => Link-local", confirms_reachability, TO_GLOBAL),
    INVALID_NS("A", "Invalid Target Address", MULTICAST_TARGET),
    INVALID_NS("B", "Invalid Destination Address", UNSPECIFIED_TO_UNICAST),
    INVALID_NS("C", "Invalid Source Link-layer Address Option", UNSPECIFIED_WITH_OPTION),
    INVALID_NS("D", "Invalid Hop Limit", BAD_HOP_LIMIT),
    INVALID_NS("E", "Invalid Checksum", BAD_CHECKSUM),
    INVALID_NS("F", "Invalid ICMP code", BAD_CODE),
    INVALID_NS("G", "Invalid ICMP Length", TOO_SHORT),
    INVALID_NS("H", "Option of Length 0", OPTION_LENGTH_ZERO),
    CASE_WITH("2.1.8.A", "Neighbor Solicitation Processing, No NCE", "Unicast Neighbor Solicitation",
              solicited_by_unknown_host, 0),
    CASE_WITH("2.1.8.B", "Neighbor Solicitation Processing, No NCE", "Multicast Neighbor Solicitation",
              solicited_by_unknown_host, TO_GROUP),
    CASE("2.1.8.C", "Neighbor Solicitation Processing, No NCE", "Unicast Neighbor Solicitation without SLL",
         solicited_by_unknown_host_without_option),
    CASE_WITH("2.1.9.A", "Neighbor Solicitation Processing, NCE State INCOMPLETE", "Unicast Neighbor Solicitation",
              solicited_while_incomplete, 0),
    CASE_WITH("2.1.9.B", "Neighbor Solicitation Processing, NCE State INCOMPLETE", "Multicast Neighbor Solicitation",
              solicited_while_incomplete, TO_GROUP),
    CASE("2.1.9.C", "Neighbor Solicitation Processing, NCE State INCOMPLETE",
         "Unicast Neighbor Solicitation without SLL", solicited_while_incomplete_without_option),
    NS_IN_STATE("2.1.10", REACHABLE),
    NS_IN_STATE("2.1.11", STALE),
    NS_IN_STATE("2.1.12", PROBE),
    CASE_WITH("2.1.13.A", "Neighbor Solicitation Processing, IsRouterFlag (Host Only)",
              "Unicast Neighbor Solicitation without SLLA", router_solicits, NO_OPTION),
    CASE_WITH("2.1.13.B", "Neighbor Solicitation Processing, IsRouterFlag (Host Only)",
              "Unicast Neighbor Solicitation with a SLLA", router_solicits, 0),
    CASE_WITH("2.1.13.C", "Neighbor Solicitation Processing, IsRouterFlag (Host Only)",
              "Multicast Neighbor Solicitation with a different SLLA", router_solicits, TO_GROUP | NEW_MAC),
    INVALID_NA("A", "Solicited Flag ==1", SOLICITED_TO_GROUP),
    INVALID_NA("B", "Hop Limit == 254", BAD_HOP_LIMIT),
    INVALID_NA("C", "Invalid Checksum", BAD_CHECKSUM),
    INVALID_NA("D", "ICMP code != zero", BAD_CODE),
    INVALID_NA("E", "ICMP length < 24 octets", TOO_SHORT),
    INVALID_NA("F", "target == multicast address", MULTICAST_TARGET),
    INVALID_NA("G", "option length ==zero", OPTION_LENGTH_ZERO),
    NA_WITHOUT_ENTRY("A", 0, 0, "TLLA", SAME_MAC),
    NA_WITHOUT_ENTRY("B", 0, 1, "TLLA", SAME_MAC),
    NA_WITHOUT_ENTRY("C", 1, 0, "TLLA", SAME_MAC),
    NA_WITHOUT_ENTRY("D", 1, 1, "TLLA", SAME_MAC),
    NA_WITHOUT_ENTRY("E", 0, 0, "NO TLLA", 0u),
    NA_WITHOUT_ENTRY("F", 0, 1, "NO TLLA", 0u),
    NA_WITHOUT_ENTRY("G", 1, 0, "NO TLLA", 0u),
    NA_WITHOUT_ENTRY("H", 1, 1, "NO TLLA", 0u),
    NA_WHILE_INCOMPLETE("A", 1, 1),
    NA_WHILE_INCOMPLETE("B", 1, 0),
    NA_WHILE_INCOMPLETE("C", 0, 1),
    NA_WHILE_INCOMPLETE("D", 0, 0),
    CASE("2.1.17.E", "Neighbor Advertisement Processing, NCE State INCOMPLETE",
         "Receiving NA without Target Link-Layer Address Option", advertised_while_incomplete_without_option),
    NA_IN_STATE("2.1.18", REACHABLE, STALE),
    NA_IN_STATE("2.1.19", STALE, STALE),
    NA_IN_STATE("2.1.20", PROBE, PROBE),
    NA_OF_HOST("A", 1, 1, "NO TLLA", 0u),
    NA_OF_HOST("B", 0, 0, "NO TLLA", 0u),
    NA_OF_HOST("C", 0, 1, "NO TLLA", 0u),
    NA_OF_HOST("D", 1, 0, "NO TLLA", 0u),
    NA_OF_HOST("E", 1, 1, "TLLA", SAME_MAC),
    NA_OF_HOST("F", 0, 0, "TLLA", SAME_MAC),
    NA_OF_HOST("G", 0, 1, "TLLA", SAME_MAC),
    NA_OF_HOST("H", 1, 0, "TLLA", SAME_MAC),
    CASE_WITH("2.1.22.A", "Atomic Fragments in Neighbor Solicitation and Neighbor Advertisement",
              "Neighbor Solicitation with Atomic Fragment", fragmented_solicitation, true),
    CASE_WITH("2.1.22.B", "Atomic Fragments in Neighbor Solicitation and Neighbor Advertisement",
              "Neighbor Advertisement with Atomic Fragment", fragmented_advertisement, true),
    CASE_WITH("2.1.23.A", "Fragment Header in Neighbor Solicitation and Neighbor Advertisement",
              "Neighbor Solicitation with Fragment Header", fragmented_solicitation, false),
    CASE_WITH("2.1.23.B", "Fragment Header in Neighbor Solicitation and Neighbor Advertisement",
              "Neighbor Advertisement with Fragment Header", fragmented_advertisement, false),
    END_OF_CASES,
};
