/* config.h: what is compiled in, and the sizes of a node's tables. Define other values on the compiler's command
 * line. The library and the program must have the same, because they determine struct v6nf_node. Define
 * V6NF_PRESET_SMALL for a board with a few KiB of RAM, V6NF_PRESET_FULL for all options and large tables. */
#ifndef V6NF_CONFIG_H
#define V6NF_CONFIG_H

/* The value of a setting in the small, the default and the full preset. */
#if defined V6NF_PRESET_SMALL && defined V6NF_PRESET_FULL
#error "config.h: each preset sets everything: define only one of V6NF_PRESET_SMALL and V6NF_PRESET_FULL"
#elif defined V6NF_PRESET_SMALL
#define V6NF_PRESET(small, normal, full) small
#elif defined V6NF_PRESET_FULL
#define V6NF_PRESET(small, normal, full) full
#else
#define V6NF_PRESET(small, normal, full) normal
#endif

/* Tables with at most this number of entries are searched from the first to the last, and need no memory for an index.
 * Larger ones have an index: keyed hash, lists in the order of age, timer queue (table/). */
#ifndef V6NF_SCAN_MAX
#define V6NF_SCAN_MAX 16u
#endif

/* -- Addresses (RFC 4862) ------------------------------------------------------------------------------------------ */

/* Addresses of the interface, including the link-local one: 1 to 256. */
#ifndef V6NF_ADDRESSES
#define V6NF_ADDRESSES V6NF_PRESET(3u, 8u, 16u)
#endif

/* 1 to support `temporary_addresses` in struct v6nf_node_config (RFC 8981). */
#ifndef V6NF_TEMPORARY
#define V6NF_TEMPORARY V6NF_PRESET(0, 1, 1)
#endif

/* 1 to support `optimistic` addresses in struct v6nf_node_config (RFC 4429). */
#ifndef V6NF_OPTIMISTIC
#define V6NF_OPTIMISTIC V6NF_PRESET(0, 1, 1)
#endif

/* 1 to support `announce` in struct v6nf_node_config (RFC 9131), and v6nf_node_set_mac(). */
#ifndef V6NF_ANNOUNCE
#define V6NF_ANNOUNCE V6NF_PRESET(0, 1, 1)
#endif

/* 1 for Duplicate Address Detection with nonces (RFC 7527), unless `plain_detection` in struct v6nf_node_config is set.
 * With 0 the node recognizes its own solicitations by their Ethernet source. */
#ifndef V6NF_ENHANCED_DETECTION
#define V6NF_ENHANCED_DETECTION V6NF_PRESET(0, 1, 1)
#endif

/* 1 to support anycast addresses (RFC 4291, 2.6). */
#ifndef V6NF_ANYCAST
#define V6NF_ANYCAST V6NF_PRESET(0, 1, 1)
#endif

/* 1 to select source addresses by the labels of the policy table, too (RFC 6724, 2.1), and for
 * v6nf_node_sort_destinations(). For nodes with unique local and global addresses. */
#ifndef V6NF_POLICY_TABLE
#define V6NF_POLICY_TABLE V6NF_PRESET(0, 1, 1)
#endif

/* -- Neighbors and routers (RFC 4861) ------------------------------------------------------------------------------ */

/* Entries of the Neighbor Cache (RFC 4861, 5.1): 2 to 65536. With more than V6NF_SCAN_MAX, each takes 96 bytes. */
#ifndef V6NF_NEIGHBORS
#define V6NF_NEIGHBORS V6NF_PRESET(8u, 128u, 128u)
#endif

/* Entries of the Destination Cache (RFC 4861, 5.1), which has the next hops of off-link destinations: 4 to 1048576, a
 * power of two. Each takes 24 bytes. It is only a cache: the node determines what it does not hold. */
#ifndef V6NF_DESTINATIONS
#define V6NF_DESTINATIONS V6NF_PRESET(4u, 256u, 256u)
#endif

/* Path MTUs that are remembered (RFC 8201): 2 to 65536. */
#ifndef V6NF_PATH_MTUS
#define V6NF_PATH_MTUS V6NF_PRESET(2u, 32u, 256u)
#endif

/* Default routers (RFC 4861, 5.1: at least two). At most 16. */
#ifndef V6NF_ROUTERS
#define V6NF_ROUTERS V6NF_PRESET(2u, 4u, 8u)
#endif

/* More specific routes that routers advertise (RFC 4191): at most 16, because they have no index. With 0 the node
 * ignores Route Information options, as a host of type B; it still respects the preferences of default routers. */
#ifndef V6NF_ROUTES
#define V6NF_ROUTES V6NF_PRESET(0u, 8u, 16u)
#endif

/* On-link prefixes that routers advertise: the Prefix List (RFC 4861, 5.1). 1 to 16, because they have no index. */
#ifndef V6NF_PREFIXES
#define V6NF_PREFIXES V6NF_PRESET(2u, 8u, 16u)
#endif

/* 1 to remember which router advertised what, and when. Source addresses then match the router that packets are sent
 * via (RFC 6724, rule 5.5), addresses of a router that answers are not evicted for those of an unknown one, values such
 * as the MTU end if no router repeats them, and v6nf_node_link_up() keeps everything until routers answer (RFC 6059).
 * With 0, the last advertisement wins, and v6nf_node_link_up() forgets all. For links with several routers. */
#ifndef V6NF_ROUTER_MEMORY
#define V6NF_ROUTER_MEMORY V6NF_PRESET(0, 1, 1)
#endif

/* Packets that can wait for address resolution (RFC 4861, 7.2.2): 1 to 65536. A quarter is for replies, at least one
 * if there are two. */
#ifndef V6NF_WAITING
#define V6NF_WAITING V6NF_PRESET(2u, 8u, 16u)
#endif

/* Packets of the program that can wait for one neighbor, and replies (RFC 4861, 7.2.2: at least one). At most 5 where
 * V6NF_WAITING or V6NF_FRAGMENTATIONS exceeds V6NF_SCAN_MAX. */
#ifndef V6NF_WAITING_PER_NEIGHBOR
#define V6NF_WAITING_PER_NEIGHBOR V6NF_PRESET(1u, 3u, 3u)
#endif

/* Bytes of the longest frame that can wait for address resolution. A longer packet of the program waits in a slot of
 * V6NF_FRAGMENTATIONS, if it fits there. Any other is dropped (V6NF_DROP_WAITING_SIZE), but its neighbor is
 * solicited, so that the next one can be sent. Set 9014 for answers on a link with an MTU of 9000. */
#ifndef V6NF_WAITING_FRAME_SIZE
#define V6NF_WAITING_FRAME_SIZE V6NF_PRESET(1514u, 1514u, 9014u)
#endif

/* 1 to support `router` in struct v6nf_node_config, and packets that pass through (forward.h). */
#ifndef V6NF_FORWARDING
#define V6NF_FORWARDING V6NF_PRESET(0, 1, 1)
#endif

/* Packets of the program to the node's own addresses that are received in the next v6nf_node_tick(). 0: none are. */
#ifndef V6NF_LOOPBACK
#define V6NF_LOOPBACK V6NF_PRESET(0u, 2u, 4u)
#endif

/* -- DNS (RFC 8106) ------------------------------------------------------------------------------------------------ */

/* 1 to store the DNS configuration that routers advertise (dns.h). */
#ifndef V6NF_DNS
#define V6NF_DNS V6NF_PRESET(0, 1, 1)
#endif

/* DNS servers that are stored. */
#ifndef V6NF_DNS_SERVERS
#define V6NF_DNS_SERVERS V6NF_PRESET(2u, 3u, 8u)
#endif

/* Domains of the DNS search list that are stored. */
#ifndef V6NF_DNS_DOMAINS
#define V6NF_DNS_DOMAINS V6NF_PRESET(1u, 3u, 6u)
#endif

/* Bytes of a domain as text, including the terminating zero. */
#ifndef V6NF_DNS_DOMAIN_SIZE
#define V6NF_DNS_DOMAIN_SIZE V6NF_PRESET(64u, 256u, 256u)
#endif

/* -- Fragments (RFC 8200, 4.5) ------------------------------------------------------------------------------------- */

/* Packets that can be reassembled at one time: 1 to 65536. With more than V6NF_SCAN_MAX, one source has at most 16. */
#ifndef V6NF_REASSEMBLIES
#define V6NF_REASSEMBLIES V6NF_PRESET(1u, 4u, 8u)
#endif

/* Reassemblies that one source keeps when another source needs a slot. */
#ifndef V6NF_REASSEMBLIES_PER_SOURCE
#define V6NF_REASSEMBLIES_PER_SOURCE V6NF_PRESET(1u, 2u, 2u)
#endif

/* Pieces that a packet in reassembly can consist of. */
#ifndef V6NF_REASSEMBLY_PIECES
#define V6NF_REASSEMBLY_PIECES V6NF_PRESET(8u, 32u, 64u)
#endif

/* Bytes of the longest packet that can be reassembled: IPv6 header and fragmentable part (RFC 8200, 5: at least
 * 1500). */
#ifndef V6NF_REASSEMBLY_SIZE
#define V6NF_REASSEMBLY_SIZE V6NF_PRESET(1500u, 9000u, 9000u)
#endif

/* Packets that can be sent in fragments at one time: 1 to 65536. */
#ifndef V6NF_FRAGMENTATIONS
#define V6NF_FRAGMENTATIONS V6NF_PRESET(1u, 2u, 4u)
#endif

/* Bytes of the longest packet that can be sent in fragments. With less than V6NF_REASSEMBLY_SIZE, the node cannot echo
 * all that it can reassemble. A longer packet, on a link with a larger MTU, is dropped if the path MTU is too small
 * (V6NF_DROP_MTU). */
#ifndef V6NF_FRAGMENTATION_SIZE
#define V6NF_FRAGMENTATION_SIZE V6NF_REASSEMBLY_SIZE
#endif

/* -- UDP, multicast, ICMPv6 ---------------------------------------------------------------------------------------- */

/* UDP ports that can be bound. */
#ifndef V6NF_UDP_PORTS
#define V6NF_UDP_PORTS V6NF_PRESET(4u, 8u, 32u)
#endif

/* 1 to support UDP without checksums, for tunnels (RFC 6935). */
#ifndef V6NF_UDP_ZERO_CHECKSUM
#define V6NF_UDP_ZERO_CHECKSUM V6NF_PRESET(0, 1, 1)
#endif

/* 1 to use what the device of a port does with checksums: flags of received lengths, and `checksums` in struct
 * v6nf_node_config. With 0 the node must not be given a length with flags. */
#ifndef V6NF_CHECKSUM_OFFLOAD
#define V6NF_CHECKSUM_OFFLOAD V6NF_PRESET(0, 1, 1)
#endif

/* 1 to report groups by Multicast Listener Discovery (RFC 9777). Without reports, routers and snooping switches do not
 * forward the groups to the node, not even Neighbor Solicitations. 0 saves 4 KiB of code, for links that carry every
 * multicast to every node. */
#ifndef V6NF_MLD
#define V6NF_MLD V6NF_PRESET(0, 1, 1)
#endif

/* Multicast groups that the program can join, in addition to those that the node joins by itself: at most 65536. */
#ifndef V6NF_GROUPS
#define V6NF_GROUPS V6NF_PRESET(0u, 8u, 32u)
#endif

/* Sources that the filter of one group can list (RFC 9777, 4.2): 1 to 64. */
#ifndef V6NF_GROUP_SOURCES
#define V6NF_GROUP_SOURCES V6NF_PRESET(1u, 4u, 16u)
#endif

/* ICMPv6 errors that can be sent at one time (RFC 4443, 2.4 (f): a token bucket). The first half is always sent, the
 * others by chance. */
#ifndef V6NF_ERROR_BURST
#define V6NF_ERROR_BURST 20u
#endif

/* ICMPv6 errors per second, on average (RFC 4443, 2.4 (f)). */
#ifndef V6NF_ERROR_RATE
#define V6NF_ERROR_RATE 10u
#endif

/* -- Clients ------------------------------------------------------------------------------------------------------- */

/* Echo Requests of one ping client that can wait for their replies: a power of two, at most 32768. If an interval would
 * need more, requests are sent later. */
#ifndef V6NF_PING_OUTSTANDING
#define V6NF_PING_OUTSTANDING V6NF_PRESET(4u, 64u, 256u)
#endif

/* Results of one ping client that can wait for the program to read them. */
#ifndef V6NF_PING_RESULTS
#define V6NF_PING_RESULTS V6NF_PRESET(4u, 16u, 64u)
#endif

/* 1 to support the DHCPv6 client (dhcpv6.h). */
#ifndef V6NF_DHCPV6
#define V6NF_DHCPV6 V6NF_PRESET(0, 1, 1)
#endif

/* Addresses that a DHCPv6 client can have at one time: 1 to 16. */
#ifndef V6NF_DHCPV6_ADDRESSES
#define V6NF_DHCPV6_ADDRESSES V6NF_PRESET(1u, 4u, 8u)
#endif

/* Delegated prefixes that a DHCPv6 client can have at one time: 1 to 4. With 2 or more, a new prefix and the old one
 * overlap while a site is renumbered. */
#ifndef V6NF_DHCPV6_PREFIXES
#define V6NF_DHCPV6_PREFIXES V6NF_PRESET(1u, 2u, 4u)
#endif

/* 1 if a table of the node has an index, and thus a keyed hash. */
#define V6NF_HAS_INDEX                                                                                                 \
    (V6NF_NEIGHBORS > V6NF_SCAN_MAX || V6NF_DESTINATIONS > 4u || V6NF_PATH_MTUS > V6NF_SCAN_MAX ||                     \
     V6NF_GROUPS + V6NF_ADDRESSES > V6NF_SCAN_MAX || V6NF_REASSEMBLIES > V6NF_SCAN_MAX)

/* -- Limits -------------------------------------------------------------------------------------------------------- */

#if V6NF_DESTINATIONS < 4u || V6NF_DESTINATIONS > 1048576u || (V6NF_DESTINATIONS & (V6NF_DESTINATIONS - 1u)) != 0
#error "config.h: V6NF_DESTINATIONS must be a power of two, 4 to 1048576"
#endif
#if V6NF_ADDRESSES < 1u || V6NF_ADDRESSES > 256u || V6NF_UDP_PORTS < 1u
#error "config.h: a node needs 1 to 256 addresses, and a UDP port"
#endif
#if V6NF_NEIGHBORS < 2u || V6NF_NEIGHBORS > 65536u || V6NF_PATH_MTUS < 2u || V6NF_PATH_MTUS > 65536u
#error "config.h: V6NF_NEIGHBORS must be 2 to 65536, V6NF_PATH_MTUS 2 to 65536"
#endif
#if V6NF_WAITING < 1u || V6NF_WAITING > 65536u || V6NF_WAITING_PER_NEIGHBOR < 1u
#error "config.h: V6NF_WAITING must be 1 to 65536, V6NF_WAITING_PER_NEIGHBOR at least 1 (RFC 4861, 7.2.2)"
#endif
#if (V6NF_WAITING > V6NF_SCAN_MAX || V6NF_FRAGMENTATIONS > V6NF_SCAN_MAX) && V6NF_WAITING_PER_NEIGHBOR > 5u
#error "config.h: V6NF_WAITING_PER_NEIGHBOR must be at most 5 where V6NF_WAITING or V6NF_FRAGMENTATIONS is large"
#endif
#if V6NF_REASSEMBLIES > 65536u || V6NF_FRAGMENTATIONS > 65536u
#error "config.h: V6NF_REASSEMBLIES and V6NF_FRAGMENTATIONS must be at most 65536"
#endif
#if V6NF_REASSEMBLIES > V6NF_SCAN_MAX && V6NF_REASSEMBLIES_PER_SOURCE > 16u
#error "config.h: V6NF_REASSEMBLIES_PER_SOURCE must be at most 16 where V6NF_REASSEMBLIES is large"
#endif
#if V6NF_REASSEMBLIES < 1u || V6NF_REASSEMBLIES_PER_SOURCE < 1u || V6NF_REASSEMBLY_PIECES < 2u ||                      \
    V6NF_REASSEMBLY_SIZE < 1500u || V6NF_REASSEMBLY_SIZE > 65535u
#error "config.h: a node must reassemble packets of 1500 bytes, at least one at a time (RFC 8200, 5)"
#endif
#if V6NF_FRAGMENTATIONS < 1u || V6NF_FRAGMENTATION_SIZE < 1500u || V6NF_FRAGMENTATION_SIZE > 65535u
#error "config.h: V6NF_FRAGMENTATIONS must be at least 1, V6NF_FRAGMENTATION_SIZE 1500 to 65535"
#endif
#if V6NF_GROUPS > 65536u
#error "config.h: V6NF_GROUPS must be at most 65536"
#endif
#if (V6NF_MLD && V6NF_GROUPS < 1u) || V6NF_GROUP_SOURCES < 1u || V6NF_GROUP_SOURCES > 64u
#error "config.h: V6NF_MLD needs V6NF_GROUPS; V6NF_GROUP_SOURCES must be 1 to 64: one packet reports a group"
#endif
#if V6NF_NEIGHBORS < V6NF_ROUTERS + V6NF_ROUTES + 1u || V6NF_ROUTERS < 1u
#error "config.h: the Neighbor Cache must hold every router and one more neighbor"
#endif
#if V6NF_ROUTERS > 16u
#error "config.h: V6NF_ROUTERS must be at most 16: each address has a bit for each"
#endif
#if V6NF_ROUTES > 16u || V6NF_PREFIXES > 16u
#error "config.h: V6NF_ROUTES and V6NF_PREFIXES must be at most 16: packets compare each, and no link needs more"
#endif
#if V6NF_PREFIXES < 1u || V6NF_DNS_SERVERS < 1u || V6NF_DNS_DOMAINS < 1u || V6NF_DNS_DOMAIN_SIZE < 2u
#error "config.h: a node needs a slot for a prefix, a DNS server and a domain"
#endif
#if V6NF_WAITING_FRAME_SIZE < 1294u
#error "config.h: V6NF_WAITING_FRAME_SIZE must hold a packet of the minimum link MTU (1280) and its Ethernet header"
#endif
#if V6NF_ERROR_BURST < 1u || V6NF_ERROR_RATE < 1u || V6NF_ERROR_RATE > 1000000u
#error "config.h: V6NF_ERROR_BURST must be at least 1, V6NF_ERROR_RATE 1 to 1000000 per second"
#endif
#if V6NF_DHCPV6_ADDRESSES < 1u || V6NF_DHCPV6_ADDRESSES > 16u
#error "config.h: V6NF_DHCPV6_ADDRESSES must be 1 to 16: all addresses must fit into one message"
#endif
#if V6NF_DHCPV6_PREFIXES < 1u || V6NF_DHCPV6_PREFIXES > 4u
#error "config.h: V6NF_DHCPV6_PREFIXES must be 1 to 4: all prefixes must fit into one message"
#endif
#if V6NF_PING_OUTSTANDING < 1u || V6NF_PING_OUTSTANDING > 32768u ||                                                    \
    (V6NF_PING_OUTSTANDING & (V6NF_PING_OUTSTANDING - 1u)) != 0 || V6NF_PING_RESULTS < 1u
#error "config.h: V6NF_PING_OUTSTANDING must be a power of two, at most 32768; V6NF_PING_RESULTS at least 1"
#endif

#endif
