/* config.h: what is compiled in, and how big the tables of a node are. Each may be set on the compiler's command line, for
 * the library and the program alike: they shape struct v6nf_node. Define V6NF_PRESET_SMALL for a board with a few KiB of
 * RAM, V6NF_PRESET_FULL for every option and large tables. */
#ifndef V6NF_CONFIG_H
#define V6NF_CONFIG_H

#if defined V6NF_PRESET_SMALL && defined V6NF_PRESET_FULL
#error "config.h: there are two presets, and each sets everything: define one of them"
#elif defined V6NF_PRESET_SMALL
#define V6NF_PRESET(small, normal, full) small
#elif defined V6NF_PRESET_FULL
#define V6NF_PRESET(small, normal, full) full
#else
#define V6NF_PRESET(small, normal, full) normal
#endif

/* Addresses of the interface, the link-local one among them. */
#ifndef V6NF_ADDRESSES
#define V6NF_ADDRESSES V6NF_PRESET(3u, 8u, 16u)
#endif

/* 1 for what a program can ask for with a flag of the same name in struct v6nf_node_config: temporary addresses (RFC
 * 8981), optimistic addresses (RFC 4429), telling routers of new addresses (RFC 9131), with which comes telling
 * neighbors of a new link-layer address. */
#ifndef V6NF_TEMPORARY
#define V6NF_TEMPORARY V6NF_PRESET(0, 1, 1)
#endif
#ifndef V6NF_OPTIMISTIC
#define V6NF_OPTIMISTIC V6NF_PRESET(0, 1, 1)
#endif
#ifndef V6NF_ANNOUNCE
#define V6NF_ANNOUNCE V6NF_PRESET(0, 1, 1)
#endif

/* 1 for Duplicate Address Detection that knows its own solicitations by nonces (RFC 7527), where `plain_detection` in
 * struct v6nf_node_config does not forbid them. With 0 it knows them by their Ethernet source. */
#ifndef V6NF_ENHANCED_DETECTION
#define V6NF_ENHANCED_DETECTION V6NF_PRESET(0, 1, 1)
#endif

/* 1 if a program can give the node anycast addresses (RFC 4291, 2.6). */
#ifndef V6NF_ANYCAST
#define V6NF_ANYCAST V6NF_PRESET(0, 1, 1)
#endif

/* 1 if labels of the policy table (RFC 6724, 2.1) choose source addresses, too: for nodes with unique local addresses beside
 * global ones. */
#ifndef V6NF_POLICY_TABLE
#define V6NF_POLICY_TABLE V6NF_PRESET(0, 1, 1)
#endif

/* Entries of the Neighbor Cache (RFC 4861, 5.1). */
#ifndef V6NF_NEIGHBORS
#define V6NF_NEIGHBORS V6NF_PRESET(8u, 32u, 128u)
#endif

/* Entries of the Destination Cache (RFC 4861, 5.1), a power of two. */
#ifndef V6NF_DESTINATIONS
#define V6NF_DESTINATIONS V6NF_PRESET(8u, 64u, 256u)
#endif

/* Default routers (RFC 4861, 5.1: at least two), and more specific routes (RFC 4191): with 0, Route Information options are passed
 * over, as by a host of type B; default routers have their preferences all the same. */
#ifndef V6NF_ROUTERS
#define V6NF_ROUTERS V6NF_PRESET(2u, 4u, 8u)
#endif
#ifndef V6NF_ROUTES
#define V6NF_ROUTES V6NF_PRESET(0u, 8u, 16u)
#endif

/* On-link prefixes that routers advertise: the Prefix List (RFC 4861, 5.1). */
#ifndef V6NF_PREFIXES
#define V6NF_PREFIXES V6NF_PRESET(2u, 8u, 16u)
#endif

/* 1 if the node keeps what routers say of DNS (RFC 8106), for programs that resolve names: how many servers, how many domains of
 * the search list, and the size of a domain as text, the terminating zero among it. */
#ifndef V6NF_DNS
#define V6NF_DNS V6NF_PRESET(0, 1, 1)
#endif
#ifndef V6NF_DNS_SERVERS
#define V6NF_DNS_SERVERS V6NF_PRESET(2u, 3u, 8u)
#endif
#ifndef V6NF_DNS_DOMAINS
#define V6NF_DNS_DOMAINS V6NF_PRESET(1u, 3u, 6u)
#endif
#ifndef V6NF_DNS_DOMAIN_SIZE
#define V6NF_DNS_DOMAIN_SIZE V6NF_PRESET(64u, 256u, 256u)
#endif

/* Packets that can wait for address resolution, in all and for one neighbor (RFC 4861, 7.2.2: at least one), and the
 * largest frame that can. A longer packet of the program waits in a slot of those that are sent in fragments, if it
 * fits there. Any other is dropped (V6NF_DROP_WAITING_SIZE), and its neighbor is solicited all the same, so that the
 * next one arrives: for answers on a link with an MTU of 9000 set 9014. */
#ifndef V6NF_WAITING
#define V6NF_WAITING V6NF_PRESET(2u, 8u, 16u)
#endif
#ifndef V6NF_WAITING_PER_NEIGHBOR
#define V6NF_WAITING_PER_NEIGHBOR V6NF_PRESET(1u, 3u, 3u)
#endif
#ifndef V6NF_WAITING_FRAME_SIZE
#define V6NF_WAITING_FRAME_SIZE V6NF_PRESET(1514u, 1514u, 9014u)
#endif

/* Datagrams that can be reassembled at one time (RFC 8200, 4.5); how many a source keeps when others need a slot; the
 * pieces that each may come in; the longest packet that comes of it, in bytes from its IPv6 header on (RFC 8200, 5: at
 * least 1500). */
#ifndef V6NF_REASSEMBLIES
#define V6NF_REASSEMBLIES V6NF_PRESET(1u, 4u, 8u)
#endif
#ifndef V6NF_REASSEMBLIES_PER_SOURCE
#define V6NF_REASSEMBLIES_PER_SOURCE V6NF_PRESET(1u, 2u, 2u)
#endif
#ifndef V6NF_REASSEMBLY_PIECES
#define V6NF_REASSEMBLY_PIECES V6NF_PRESET(8u, 32u, 64u)
#endif
#ifndef V6NF_REASSEMBLY_SIZE
#define V6NF_REASSEMBLY_SIZE V6NF_PRESET(1500u, 9000u, 9000u)
#endif

/* Packets that can be sent in fragments at one time, and the longest, in bytes from its IPv6 header on: with
 * less than V6NF_REASSEMBLY_SIZE, not all that can be reassembled can be echoed. A longer one, on a link with a larger
 * MTU, is dropped (V6NF_DROP_MTU) where the path MTU is less. */
#ifndef V6NF_FRAGMENTATIONS
#define V6NF_FRAGMENTATIONS V6NF_PRESET(1u, 2u, 4u)
#endif
#ifndef V6NF_FRAGMENTATION_SIZE
#define V6NF_FRAGMENTATION_SIZE V6NF_REASSEMBLY_SIZE
#endif

/* UDP ports with a handler. */
#ifndef V6NF_UDP_PORTS
#define V6NF_UDP_PORTS V6NF_PRESET(4u, 8u, 32u)
#endif

/* 1 if the program may allow a UDP port to do without checksums, as tunnels do (RFC 6935). */
#ifndef V6NF_UDP_ZERO_CHECKSUM
#define V6NF_UDP_ZERO_CHECKSUM V6NF_PRESET(0, 1, 1)
#endif

/* 1 if the node reports its groups by Multicast Listener Discovery, without which routers, and switches that snoop on it, do
 * not forward them to the node: Neighbor Solicitations among them. 0 saves 4 KiB of code, for links that carry every
 * multicast to every node. */
#ifndef V6NF_MLD
#define V6NF_MLD V6NF_PRESET(0, 1, 1)
#endif

/* Multicast groups that the program can join beside those that the node joins by itself; 0 for a program that joins none. And
 * sources that the filter of one of them can name (RFC 9777, 4.2). */
#ifndef V6NF_GROUPS
#define V6NF_GROUPS V6NF_PRESET(0u, 8u, 32u)
#endif
#ifndef V6NF_GROUP_SOURCES
#define V6NF_GROUP_SOURCES V6NF_PRESET(1u, 4u, 16u)
#endif

/* ICMPv6 errors: how many at once, and how many a second (RFC 4443, 2.4 (f): a token bucket). The first half of those
 * at once is always sent, the others by chance. */
#ifndef V6NF_ERROR_BURST
#define V6NF_ERROR_BURST 20u
#endif
#ifndef V6NF_ERROR_RATE
#define V6NF_ERROR_RATE 10u
#endif

/* Echo Requests of one ping client that can wait for their reply: where an interval would have more wait, the next is
 * sent later. And results that can wait to be read. */
#ifndef V6NF_PING_OUTSTANDING
#define V6NF_PING_OUTSTANDING V6NF_PRESET(4u, 64u, 256u)
#endif
#ifndef V6NF_PING_RESULTS
#define V6NF_PING_RESULTS V6NF_PRESET(4u, 16u, 64u)
#endif

/* 1 if there is a DHCPv6 client (dhcpv6.h), and the addresses that it can have of a server at one time. */
#ifndef V6NF_DHCPV6
#define V6NF_DHCPV6 V6NF_PRESET(0, 1, 1)
#endif
#ifndef V6NF_DHCPV6_ADDRESSES
#define V6NF_DHCPV6_ADDRESSES V6NF_PRESET(1u, 4u, 8u)
#endif

#if V6NF_DESTINATIONS < 1u || V6NF_DESTINATIONS > 256u || (V6NF_DESTINATIONS & (V6NF_DESTINATIONS - 1u)) != 0
#error "config.h: V6NF_DESTINATIONS must be a power of two, at most 256: one byte of an address chooses the place"
#endif
#if V6NF_ADDRESSES < 1u || V6NF_ADDRESSES > 255u || V6NF_NEIGHBORS < 2u || V6NF_UDP_PORTS < 1u
#error "config.h: a node needs 1 to 255 addresses, at least two neighbors, and a UDP port"
#endif
#if V6NF_WAITING < 1u || V6NF_WAITING_PER_NEIGHBOR < 1u
#error "config.h: RFC 4861, 7.2.2 wants a place for a packet that waits"
#endif
#if V6NF_REASSEMBLIES < 1u || V6NF_REASSEMBLIES_PER_SOURCE < 1u || V6NF_REASSEMBLY_PIECES < 2u ||                      \
    V6NF_REASSEMBLY_SIZE < 1500u || V6NF_REASSEMBLY_SIZE > 65535u
#error "config.h: RFC 8200, 5 wants a packet of 1500 bytes to be reassembled, at least one at a time"
#endif
#if V6NF_FRAGMENTATIONS < 1u || V6NF_FRAGMENTATION_SIZE < 1500u || V6NF_FRAGMENTATION_SIZE > 65535u
#error "config.h: V6NF_FRAGMENTATION_SIZE is 1500 to 65535, and there is at least one place"
#endif
#if (V6NF_MLD && V6NF_GROUPS < 1u) || V6NF_GROUP_SOURCES < 1u || V6NF_GROUP_SOURCES > 64u
#error                                                                                                                 \
    "config.h: reports (V6NF_MLD) are of groups, a filter has a place for a source, and what it reports of a group must fit into one packet: 64 sources"
#endif
#if V6NF_NEIGHBORS < V6NF_ROUTERS + V6NF_ROUTES + 1u || V6NF_ROUTERS < 1u
#error "config.h: the Neighbor Cache must hold every router and one neighbor more"
#endif
#if V6NF_PREFIXES < 1u || V6NF_DNS_SERVERS < 1u || V6NF_DNS_DOMAINS < 1u || V6NF_DNS_DOMAIN_SIZE < 2u
#error "config.h: a node needs a place for a prefix, a DNS server and a domain"
#endif
#if V6NF_WAITING_FRAME_SIZE < 1294u
#error "config.h: V6NF_WAITING_FRAME_SIZE must hold a packet of the minimum link MTU (1280) and its Ethernet header"
#endif
#if V6NF_ERROR_BURST < 1u || V6NF_ERROR_RATE < 1u || V6NF_ERROR_RATE > 1000000u
#error "config.h: V6NF_ERROR_BURST must be at least 1, V6NF_ERROR_RATE 1 to 1000000 a second"
#endif
#if V6NF_DHCPV6_ADDRESSES < 1u || V6NF_DHCPV6_ADDRESSES > 16u
#error "config.h: V6NF_DHCPV6_ADDRESSES is 1 to 16: all of them must fit into one message"
#endif
#if V6NF_PING_OUTSTANDING < 1u || V6NF_PING_OUTSTANDING > 32768u ||                                                    \
    (V6NF_PING_OUTSTANDING & (V6NF_PING_OUTSTANDING - 1u)) != 0 || V6NF_PING_RESULTS < 1u
#error "config.h: V6NF_PING_OUTSTANDING is a power of two up to 32768 (sequence numbers); V6NF_PING_RESULTS at least 1"
#endif

#endif
