/* fixture_attacks.h: the smallest attacks on a node's tables and parameters that could work, each one packet or a
 * short burst. An on-link attacker has the Ethernet address ATTACK_MAC; an off-link one sends via the router. */
#ifndef UNIT_NODE_FIXTURE_ATTACKS_H
#define UNIT_NODE_FIXTURE_ATTACKS_H

#include "fixture_segment.h"

#define ATTACK_MAC "02:00:00:00:00:66"
#define ATTACK_ALL_NODES "ff02::1"
#define ATTACK_ALL_NODES_MAC "33:33:00:00:00:01"

/* More than a table of neighbors holds. */
#define ATTACK_BURST (2u * V6NF_NEIGHBORS)

extern const struct test_station attack_host; /* fe80::66 at ATTACK_MAC */

/* -- Parts of attacks (fixture_attacks.c) -------------------------------------------------------------------------- */

/* Return an address that ends in `number`, in static storage. */
const char *attack_numbered(const char *prefix, unsigned number);

void attack_put16(uint8_t *p, uint32_t value);

/* Let the attacker see what the node sends, for some time. */
void attack_eavesdrop(struct segment *s, segment_listener *listener, uint32_t seconds);

/* Send, in the name of another host, an Echo Request, a Neighbor Solicitation with `mac` as link-layer address, or a
 * Neighbor Advertisement of `target` at ATTACK_MAC. */
void attack_ping_as(struct segment *s, const char *source, const char *mac);
void attack_solicit_as(struct segment *s, const char *source, const char *mac);
void attack_advertise_as(struct segment *s, const char *target, uint8_t flags);

/* Listen: attack_host answers Neighbor Solicitations as a router does. */
void attack_answer_as_router(struct segment *s, const struct test_frame *frame);

/* -- The attacks --------------------------------------------------------------------------------------------------- */

void attack_nothing(struct segment *s);

/* fixture_attacks_neighbor.c: the Neighbor Cache, the node's addresses, next hops, path MTU */
void attack_neighbor_cache_exhaustion(struct segment *s);
void attack_neighbor_cache_exhaustion_confirmed(struct segment *s);
void attack_address_scan(struct segment *s);
void attack_network_scan(struct segment *s);
void attack_neighbor_poisoning(struct segment *s);
void attack_neighbor_poisoning_solicited(struct segment *s);
void attack_neighbor_poisoning_by_solicitation(struct segment *s);
void attack_router_poisoning(struct segment *s);
void attack_router_becomes_host(struct segment *s);
void attack_router_poisoning_by_advertisement(struct segment *s);
void attack_neighbor_at_group_address(struct segment *s);
void attack_neighbor_at_own_address(struct segment *s);
void attack_own_address_claimed(struct segment *s);
void attack_own_address_detected(struct segment *s);
void attack_every_detection_contradicted(struct segment *s);
void attack_redirect_to_silent_router(struct segment *s);
void attack_redirect_to_silent_router_without_address(struct segment *s);
void attack_redirect_onto_the_link(struct segment *s);
void attack_redirect_to_live_host(struct segment *s);
void attack_redirect_to_live_router(struct segment *s);
void attack_redirect_to_the_node(struct segment *s);
void attack_redirects_of_many(struct segment *s);
void attack_packet_too_big(struct segment *s);
void attack_packet_too_big_below_minimum(struct segment *s);
void attack_unreachable(struct segment *s);
void attack_path_mtu_erased(struct segment *s);

/* fixture_attacks_router.c: what a router may advertise */
void attack_silent_router(struct segment *s);
void attack_live_router(struct segment *s);
void attack_silent_routers(struct segment *s);
void attack_router_withdrawn(struct segment *s);
void attack_silent_route(struct segment *s);
void attack_routes_exhausted(struct segment *s);
void attack_prefix_withdrawn(struct segment *s);
void attack_prefix_of_the_link_forever(struct segment *s);
void attack_prefix_malformed(struct segment *s);
void attack_prefix_of_the_far_peer(struct segment *s);
void attack_prefix_of_everything(struct segment *s);
void attack_address_in_the_far_network(struct segment *s);
void attack_prefixes_exhausted(struct segment *s);
void attack_minimum_mtu(struct segment *s);
void attack_impossible_mtu(struct segment *s);
void attack_hop_limit_of_1(struct segment *s);
void attack_shortest_reachable_time(struct segment *s);
void attack_longest_reachable_time(struct segment *s);
void attack_shortest_retrans_timer(struct segment *s);
void attack_longest_retrans_timer(struct segment *s);
void attack_longest_retrans_timer_and_poisoning(struct segment *s);
void attack_no_dhcpv6(struct segment *s);
void attack_dhcpv6_for_all(struct segment *s);
void attack_dns_forever(struct segment *s);
void attack_dns_for_an_hour(struct segment *s);
void attack_dns_withdrawn(struct segment *s);

/* fixture_attacks_packet.c: multicast groups, reassembly, fragmentation, errors, Echo, DHCPv6 */
void attack_version_1_query(struct segment *s);
void attack_slowest_query(struct segment *s);
void attack_slowest_query_then_version_1(struct segment *s);
void attack_version_1_report(struct segment *s);
void attack_reassembly_exhausted(struct segment *s);
void attack_fragments_overlap(struct segment *s);
void attack_fragmentation_exhausted(struct segment *s);
void attack_errors_exhausted(struct segment *s);
void attack_echo_replies_spoofed(struct segment *s);
void attack_link_loops_back(struct segment *s);
void attack_server_offers_and_is_silent(struct segment *s);
void attack_lease_refused(struct segment *s);
void attack_lease_of_a_second(struct segment *s);
void attack_lease_forever(struct segment *s);
void attack_lease_of_another_network(struct segment *s);

/* fixture_attacks_priority.c: which host gets a slot. Each starts the node itself. It returns what is lost, or NULL. */
const char *attack_asked_first(struct fixture *f);
const char *attack_waiting_evicted(struct fixture *f);
const char *attack_reachable_evicted(struct fixture *f);
const char *attack_peers_in_turn(struct fixture *f);
#if V6NF_TEMPORARY
const char *attack_deprecated_addresses(struct fixture *f);
#endif

#endif
