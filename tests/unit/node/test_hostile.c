/* test_hostile.c: one hostile packet, then a month of honest ones. The honest hosts of the link (fixture_segment.c)
 * are served afterwards, no matter what an attacker wrote into the node's tables and parameters
 * (fixture_attacks_*.c). */
#include "fixture_attacks.h"

#define DAYS 30u
#define DAYS_OF_ATTEMPTS 3u /* of continuous attacks: all days are alike */
#define AFTER_THE_NEXT_ADVERTISEMENT (ADVERTISEMENT_INTERVAL + 1u)

/* When an attack happens: later, when all hosts know each other; before the honest router's first Router
 * Advertisement; before the peers' first packets; repeatedly, before each of their attempts. */
enum { LATER = 0, BEFORE_THE_ROUTER = 1, BEFORE_THE_PEERS = 2, WITH_EACH_ATTEMPT = 4 };

struct attack {
    const char *name;
    void (*run)(struct segment *s);
    uint32_t lasts; /* seconds until the honest hosts are served again, at most */
    unsigned when;
};

static const struct attack harmless_attacks[] = {
    {"no attack", attack_nothing, 0, LATER},
    {"Neighbor Cache exhaustion: Neighbor Solicitations from invented neighbors", attack_neighbor_cache_exhaustion, 0,
     WITH_EACH_ATTEMPT},
    {"Neighbor Cache exhaustion, each entry confirmed by an unsolicited Advertisement",
     attack_neighbor_cache_exhaustion_confirmed, 0, LATER},
    {"Neighbor Cache exhaustion: Echo Requests from silent on-link addresses", attack_address_scan, 0, LATER},
    {"Neighbor Cache exhaustion: Echo Requests from silent on-link addresses, each second", attack_address_scan, 0,
     BEFORE_THE_PEERS + WITH_EACH_ATTEMPT},
    {"path MTU forgotten: Echo Requests from off-link addresses, each second", attack_network_scan, 0,
     WITH_EACH_ATTEMPT},
    {"path MTU forgotten: an Echo Request from an address with the same cache slot, each second",
     attack_path_mtu_erased, 0, WITH_EACH_ATTEMPT},
    {"Neighbor Cache exhaustion, each entry confirmed by an unsolicited Advertisement, each second",
     attack_neighbor_cache_exhaustion_confirmed, 0, WITH_EACH_ATTEMPT},
    {"Destination Cache exhaustion: Echo Requests from off-link addresses", attack_network_scan, 0, LATER},
    {"neighbor spoofing: Advertisement with Override", attack_neighbor_poisoning, 0, LATER},
    {"neighbor spoofing: solicited Advertisement with Override", attack_neighbor_poisoning_solicited, 46, LATER},
    {"neighbor spoofing: Solicitation", attack_neighbor_poisoning_by_solicitation, 0, LATER},
    {"router spoofing: solicited Advertisement with Override", attack_router_poisoning, 46, LATER},
    {"router spoofing: Advertisement without the Router flag", attack_router_becomes_host, AFTER_THE_NEXT_ADVERTISEMENT,
     LATER},
    {"router spoofing: Router Advertisement with another Ethernet address", attack_router_poisoning_by_advertisement, 0,
     LATER},
    {"a neighbor at a group's Ethernet address", attack_neighbor_at_group_address, 0, LATER},
    {"a neighbor at the node's own Ethernet address", attack_neighbor_at_own_address, 0, LATER},
    {"the node's own address claimed", attack_own_address_claimed, 0, LATER},
    {"Duplicate Address Detection of an address in use", attack_own_address_detected, 0, LATER},
    {"each detection of a new address contradicted", attack_every_detection_contradicted, 0, LATER},
    {"Redirect to a silent router", attack_redirect_to_silent_router, 0, LATER},
    {"Redirect to a silent router, without its Ethernet address", attack_redirect_to_silent_router_without_address, 0,
     LATER},
    {"Redirect onto the link", attack_redirect_onto_the_link, 0, LATER},
    {"Redirect to a host that answers, and says that it is no router", attack_redirect_to_live_host, 0, LATER},
    {"Redirect to the node itself", attack_redirect_to_the_node, 0, LATER},
    {"Redirects of many destinations, without Ethernet addresses", attack_redirects_of_many, 0, LATER},
    {"Packet Too Big with the minimum MTU", attack_packet_too_big, 0, LATER},
    {"Packet Too Big below the minimum MTU", attack_packet_too_big_below_minimum, 0, LATER},
    {"Destination Unreachable, Time Exceeded, Parameter Problem", attack_unreachable, 0, LATER},
    {"rogue router: preferred, and silent", attack_silent_router, 0, LATER},
    {"rogue routers: preferred, silent, and as many as there are slots", attack_silent_routers,
     AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"rogue routers, before the honest one", attack_silent_routers, 0, BEFORE_THE_ROUTER},
    {"router withdrawn: Router Lifetime 0", attack_router_withdrawn, AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"more specific route by a silent router", attack_silent_route, 0, LATER},
    {"more specific routes, more than there are slots", attack_routes_exhausted, 0, LATER},
    {"prefix withdrawn: lifetimes 0", attack_prefix_withdrawn, AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"prefix of the link, forever", attack_prefix_of_the_link_forever, 0, LATER},
    {"malformed prefixes", attack_prefix_malformed, 0, LATER},
    {"on-link prefix ::/0", attack_prefix_of_everything, 0, LATER},
#if V6NF_ROUTER_MEMORY
    {"prefixes, as many as there are slots", attack_prefixes_exhausted, 0, LATER},
    {"prefixes, before the honest router's", attack_prefixes_exhausted, 0, BEFORE_THE_ROUTER},
    {"prefix of another network for an address", attack_address_in_the_far_network, 0, LATER},
#endif
    {"MTU option: the minimum", attack_minimum_mtu, 0, LATER},
    {"MTU option: impossible", attack_impossible_mtu, 0, LATER},
    {"Cur Hop Limit 1", attack_hop_limit_of_1, 0, LATER},
    {"Reachable Time of 1 ms", attack_shortest_reachable_time, 0, LATER},
    {"longest Reachable Time, then neighbor spoofing", attack_longest_reachable_time, 5401, LATER},
    {"longest Retrans Timer", attack_longest_retrans_timer, 0, LATER},
    {"Retrans Timer of 1 ms", attack_shortest_retrans_timer, 0, LATER},
    {"M and O flags cleared", attack_no_dhcpv6, 0, LATER},
    {"M and O flags set", attack_dhcpv6_for_all, 0, LATER},
    {"DNS servers and search list, as many as there are slots, forever", attack_dns_forever,
     AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"DNS servers and search list, as many as there are slots, for an hour", attack_dns_for_an_hour,
     AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"DNS servers and search list, before the honest router's", attack_dns_forever, 0, BEFORE_THE_ROUTER},
    {"DNS servers and search list withdrawn", attack_dns_withdrawn, AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"MLD version 1 Query", attack_version_1_query, 0, LATER},
    {"MLD Query with the largest times", attack_slowest_query, 0, LATER},
    {"MLD Query with the largest times, then version 1", attack_slowest_query_then_version_1, 0, LATER},
    {"MLD version 1 Query, then another host's Report", attack_version_1_report, AFTER_THE_NEXT_ADVERTISEMENT, LATER},
    {"reassembly exhaustion: first fragments", attack_reassembly_exhausted, 0, WITH_EACH_ATTEMPT},
    {"overlapping, misplaced and empty fragments", attack_fragments_overlap, 0, LATER},
    {"fragmentation exhaustion: long Echo Requests from silent addresses", attack_fragmentation_exhausted, 0,
     WITH_EACH_ATTEMPT},
    {"error rate exhaustion: datagrams to a closed port", attack_errors_exhausted, 0, LATER},
    {"Echo Replies and errors spoofed", attack_echo_replies_spoofed, 0, LATER},
    {"link that loops back", attack_link_loops_back, 0, LATER},
#if V6NF_DHCPV6
    {"DHCPv6 server of highest preference that answers no Request", attack_server_offers_and_is_silent, 300,
     BEFORE_THE_ROUTER},
    {"DHCPv6 lease taken back, with each status", attack_lease_refused, 0, LATER},
    {"DHCPv6 lease of a second", attack_lease_of_a_second, 0, LATER},
    {"DHCPv6 lease forever", attack_lease_forever, 0, LATER},
#endif
};

/* Attacks that the node does not withstand yet: the test asserts that they succeed. One that fails is a new promise
 * of the node: move its row to the table above. */
static const struct attack harmful_attacks[] = {
#if !V6NF_ROUTER_MEMORY
    {"prefixes, as many as there are slots", attack_prefixes_exhausted, 0, LATER},
    {"prefixes, before the honest router's", attack_prefixes_exhausted, 0, BEFORE_THE_ROUTER},
    {"prefix of another network for an address", attack_address_in_the_far_network, 0, LATER},
#endif
    /* For 35 seconds, not longer. */
    {"neighbor spoofing with the longest Retrans Timer", attack_longest_retrans_timer_and_poisoning, 0, LATER},
    {"error rate exhaustion: datagrams to a closed port, each second", attack_errors_exhausted, 0, WITH_EACH_ATTEMPT},
    {"on-link prefix of another network", attack_prefix_of_the_far_peer, 0, LATER},
#if V6NF_DHCPV6
    {"DHCPv6 lease of another network, forever", attack_lease_of_another_network, 0, BEFORE_THE_ROUTER},
#endif
    /* Attackers that stay on the link and answer for what they claim: guards in switches prevent them (RFC 6105). */
    {"Redirect to a router that answers, and forwards nothing", attack_redirect_to_live_router, 0, LATER},
    {"rogue router that answers, and forwards nothing", attack_live_router, 60, LATER},
    {"the first detections of addresses contradicted", attack_every_detection_contradicted, 0, BEFORE_THE_ROUTER},
};

/* Priorities that the retries of honest hosts hide: one that the node keeps, and those that it does not keep yet. */
struct priority {
    const char *name;
    const char *(*run)(struct fixture *f);
};

static const struct priority kept_priorities[] = {
    {"answers to unknown hosts evict the program's packets that wait for the same router", attack_waiting_evicted},
    {"a neighbor that an unknown host made the node ask for yields, although the program writes to it, too",
     attack_asked_first},
    {"unsolicited Advertisements evict neighbors that are reachable", attack_reachable_evicted},
#if V6NF_TEMPORARY
    {"the program's address, when there is a deprecated temporary one", attack_deprecated_addresses},
#endif
};

static const struct priority harmful_priorities[] = {
    {"one peer more than there are entries, in rotation", attack_peers_in_turn},
};

#define COUNT(attacks) (sizeof(attacks) / sizeof(attacks)[0])

static struct segment s;

/* No attack is dropped because of a mistake in the test. */
static void assert_well_formed(void)
{
    static const enum v6nf_counter causes[] = {
        V6NF_DROP_ETHER_LENGTH,    V6NF_DROP_ETHER_DESTINATION, V6NF_DROP_IPV6_LENGTH, V6NF_DROP_ICMPV6_LENGTH,
        V6NF_DROP_ICMPV6_CHECKSUM, V6NF_DROP_MLD_INVALID,       V6NF_DROP_UDP_CHECKSUM};
    for (unsigned i = 0; i < COUNT(causes); i++) {
        if (s.f.node.counters[causes[i]] != 0u) {
            fail_case(v6nf_counter_text(causes[i]));
        }
    }
}

/* Run the attack, once or each day, for a month. Return the first complaint of an honest host, NULL if there is
 * none. */
static const char *live_a_month(const struct attack *attack, bool is_daily)
{
    bool is_early = (attack->when & BEFORE_THE_ROUTER) != 0u;
    segment_start(&s, !is_early, is_daily);
    uint64_t start = s.f.now;
    const char *complaint = NULL;
    fixture_case("%s%s", attack->name, is_daily ? ", every day" : "");
    bool are_known = !is_daily && (attack->when & (BEFORE_THE_ROUTER + BEFORE_THE_PEERS)) == 0u;
    if (are_known && segment_complaint(&s) != NULL) {
        fail_case("something does not work before the attack");
    }
    bool goes_on = (attack->when & WITH_EACH_ATTEMPT) != 0u;
    s.harass = goes_on ? attack->run : NULL;
    for (uint64_t day = 0; day < (goes_on ? DAYS_OF_ATTEMPTS : DAYS) && complaint == NULL; day++) {
        segment_run_until(&s, start + day * DAY);
        if (day == 0u || is_daily) {
            attack->run(&s);
        }
        if (day == 0u && is_early) {
            segment_start_router(&s);
            segment_run_until(&s, s.f.now + 20u * SECOND);
        }
        segment_run_until(&s, s.f.now + attack->lasts * SECOND);
        complaint = segment_complaint(&s);
        segment_run_until(&s, start + (day + 1u) * DAY - HOUR);
        complaint = complaint == NULL ? segment_complaint(&s) : complaint;
    }
    assert_well_formed();
    return complaint;
}

static void live_a_month_after_each(bool is_daily)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < COUNT(harmless_attacks); i++) {
        const char *complaint = live_a_month(&harmless_attacks[i], is_daily);
        if (complaint != NULL) {
            print_error("%s%s: %s\n", harmless_attacks[i].name, is_daily ? ", every day" : "", complaint);
            failed++;
        }
    }
    fixture_case("%s", "");
    assert_int_equal(failed, 0);
}

static void honest_hosts_are_served_after_one_attack(void **state)
{
    (void)state;
    live_a_month_after_each(false);
}

/* The first attack is before the peers' first packets. Addresses are optimistic if the build supports that. */
static void honest_hosts_are_served_after_an_attack_a_day(void **state)
{
    (void)state;
    live_a_month_after_each(true);
}

static void known_harmful_attacks_succeed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(harmful_attacks); i++) {
        const char *complaint = live_a_month(&harmful_attacks[i], false);
        if (complaint == NULL) {
            fail_case("this attack does no harm any more: move its row to harmless_attacks");
        } else {
            print_message("not withstood yet: %s: %s\n", harmful_attacks[i].name, complaint);
        }
    }
    fixture_case("%s", "");
}

static void priorities_are_kept(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(kept_priorities); i++) {
        const char *complaint = kept_priorities[i].run(&s.f);
        fixture_case("%s", kept_priorities[i].name);
        if (complaint != NULL) {
            fail_case(complaint);
        }
    }
    fixture_case("%s", "");
}

static void known_missing_priorities_are_missing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(harmful_priorities); i++) {
        const char *complaint = harmful_priorities[i].run(&s.f);
        fixture_case("%s", harmful_priorities[i].name);
        if (complaint == NULL) {
            fail_case("this does no harm any more: make its row a test of what is promised");
        } else {
            print_message("not kept yet: %s: %s\n", harmful_priorities[i].name, complaint);
        }
    }
    fixture_case("%s", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_hosts_are_served_after_one_attack),
        cmocka_unit_test(honest_hosts_are_served_after_an_attack_a_day),
        cmocka_unit_test(known_harmful_attacks_succeed),
        cmocka_unit_test(priorities_are_kept),
        cmocka_unit_test(known_missing_priorities_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
