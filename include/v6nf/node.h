/* node.h: an IPv6 node with one interface.
 *
 * A node is a struct that the program provides and that nothing else knows: a program may have any number of them. It is
 * driven from one thread, by three kinds of calls:
 *
 *   v6nf_node_input()  a frame came in: how many bytes of its buffer leave;
 *   v6nf_node_tick()   time has passed: writes one frame that is due, until none is;
 *   ..._send()         the program has something to say.
 *
 * Each is given a frame buffer and gives back how many bytes of it leave as an Ethernet frame, 0 for none. What leaves
 * need not be what was asked for: a packet that has to wait for address resolution is kept, and its buffer leaves as the
 * Neighbor Solicitation; the Advertisement's buffer leaves as the packet that waited.
 *
 * Time is the `now` of each call, in microseconds, and never goes backwards. The fields are for reading, but only the
 * library writes them. */
#ifndef V6NF_NODE_H
#define V6NF_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "config.h"
#include "counters.h"
#include "ether.h"

#define V6NF_SECOND UINT64_C(1000000)

/* A time that never comes. */
#define V6NF_NEVER UINT64_MAX

/* -- Addresses of the interface (RFC 4862) ---------------------------------------------------------------------------- */

enum v6nf_address_state {
    V6NF_ADDRESS_NONE,       /* the place is free */
    V6NF_ADDRESS_TENTATIVE,  /* Duplicate Address Detection runs: not in use yet */
    V6NF_ADDRESS_DUPLICATE,  /* another node has it, or has the link-local address (RFC 4862, 5.4.5): not in use */
    V6NF_ADDRESS_OPTIMISTIC, /* Duplicate Address Detection runs: in use already, with care (RFC 4429) */
    V6NF_ADDRESS_ANYCAST,    /* other nodes have it, too: in use, but never as a source (RFC 4291, 2.6) */
    V6NF_ADDRESS_DEPRECATED, /* in use, but not where a preferred one can be (RFC 4862, 5.5.4) */
    V6NF_ADDRESS_PREFERRED   /* in use. The order is so that one comparison tells what an address can be used for */
};

/* Where an address comes from. */
enum v6nf_address_origin {
    V6NF_ADDRESS_CONFIGURED, /* v6nf_node_add_address() */
    V6NF_ADDRESS_SHARED,     /* v6nf_node_add_anycast() */
    V6NF_ADDRESS_LEASED,     /* v6nf_node_lease_address() */
    V6NF_ADDRESS_FORMED,     /* the node formed it, with a prefix that a router advertised, or as its link-local address */
    V6NF_ADDRESS_TEMPORARY   /* the same, for some days (RFC 8981) */
};

struct v6nf_interface_address {
    struct v6nf_address address;
    uint32_t prefix_length;   /* bits of the on-link prefix it stands in; 128 if it says nothing of that */
    enum v6nf_address_state state;
    uint8_t origin;           /* enum v6nf_address_origin */
    uint8_t solicitations;    /* sent so far for Duplicate Address Detection */
    uint8_t more;             /* to be sent beside those that the configuration says, after a loop was seen (RFC 7527, 4.1) */
    uint8_t dad_counter;      /* DAD_Counter of its interface identifier (RFC 7217, 5), or tries (RFC 8981, 3.4) */
    bool joined;              /* its solicited-node group */
    uint64_t due;             /* when the next solicitation, or the end of detection, is */
    uint64_t preferred_until; /* V6NF_NEVER for infinite lifetimes */
    uint64_t valid_until;
    uint64_t formed;          /* when, if it is temporary. Makes 64 bytes: every packet looks addresses up */
};

#if V6NF_ANNOUNCE
/* Unsolicited Neighbor Advertisements of an address that are still to be sent (RFC 4861, 7.2.6; RFC 9131). */
struct v6nf_announcement {
    uint64_t due;
    uint8_t left;
    bool to_nodes; /* to all of them, because the link-layer address is another; else to the routers */
};
#endif

/* -- Neighbor Cache (RFC 4861, 5.1 and 7.3.2) -------------------------------------------------------------------------- */

enum v6nf_neighbor_state {
    V6NF_NEIGHBOR_FREE,
    V6NF_NEIGHBOR_INCOMPLETE, /* being resolved; no link-layer address yet */
    V6NF_NEIGHBOR_REACHABLE,  /* the change to STALE is made when the entry is used after `reachable_until` */
    V6NF_NEIGHBOR_STALE,
    V6NF_NEIGHBOR_DELAY,      /* used while STALE; probes begin at `due` */
    V6NF_NEIGHBOR_PROBE       /* unicast solicitations are under way */
};

struct v6nf_neighbor {
    struct v6nf_address address;
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    bool router;              /* IsRouter */
    bool confirmed;           /* has been REACHABLE: strangers displace few of those */
    uint8_t solicitations;    /* sent in INCOMPLETE or PROBE */
    uint8_t own_address;      /* index of the node's address that solicitations come from */
    bool asked;               /* the program had something to say to it: strangers do not displace it while INCOMPLETE */
    enum v6nf_neighbor_state state;
    uint64_t reachable_until; /* 0 in any other state */
    uint64_t due;             /* next step in INCOMPLETE, DELAY, PROBE; else V6NF_NEVER */
    uint64_t used;            /* when it last took a packet, or was made */
};

/* -- Destination Cache (RFC 4861, 5.1): which neighbor takes packets for an address ---------------------------------------- */

/* In place of a neighbor's index: the entry is free, or that of a multicast group, which needs no neighbor. */
#define V6NF_DESTINATION_FREE V6NF_NEIGHBORS
#define V6NF_DESTINATION_GROUP (V6NF_NEIGHBORS + 1u)

struct v6nf_destination {
    struct v6nf_address address;
    uint32_t neighbor;      /* index, or one of the two above */
    uint32_t longest_frame; /* bytes: the path MTU (RFC 8201) and the Ethernet header */
    uint64_t mtu_expires;   /* when a path MTU below the link's is tried again */
};

/* -- Default Router List and Prefix List (RFC 4861, 5.1), and routes (RFC 4191, 3.1) --------------------------------------- */

/* A default router is a route to ::/0, and an on-link prefix a route by no router. */
struct v6nf_route {
    struct v6nf_address router;  /* :: for an on-link prefix */
    struct v6nf_address prefix;
    uint64_t valid_until;  /* 0 where the place is free, V6NF_NEVER for an infinite lifetime */
    uint64_t probe_after;  /* not before, the router is asked whether it is reachable again (RFC 4191, 3.5) */
    uint8_t prefix_length;
    uint8_t preference;    /* enum v6nf_ndp_preference */
    bool configured;       /* by v6nf_node_set_gateway(): no advertisement changes it */
    bool tried;            /* in this round of routers not known to be reachable (RFC 4861, 6.3.6) */
};

/* -- DNS configuration (RFC 8106) ------------------------------------------------------------------------------------------ */

struct v6nf_dns_server {
    struct v6nf_address address;
    uint64_t valid_until; /* 0 where the place is free, V6NF_NEVER for an infinite lifetime */
};

struct v6nf_dns_domain {
    uint64_t valid_until;
    char name[V6NF_DNS_DOMAIN_SIZE]; /* "example.com" */
};

/* -- Packets that wait for address resolution ------------------------------------------------------------------------------ */

struct v6nf_waiting {
    uint32_t neighbor; /* index, or V6NF_NEIGHBORS where the place is free */
    uint32_t length;   /* bytes of `frame` */
    uint64_t order;    /* lower is older */
    uint8_t frame[V6NF_WAITING_FRAME_SIZE];
};

/* -- Reassembly (RFC 8200, 4.5) ---------------------------------------------------------------------------------------- */

/* Room for what stands before the Fragment header: Ethernet and IPv6 header, and some extension headers. */
#define V6NF_REASSEMBLY_HEAD 128u

/* The fragmentable part of the longest packet that is reassembled. */
#define V6NF_REASSEMBLY_DATA (V6NF_REASSEMBLY_SIZE - 40u)

/* One fragment that came: its place in the fragmentable part, in bytes. */
struct v6nf_piece {
    uint16_t start;
    uint16_t end; /* one past the last byte; 65535 at most */
};

struct v6nf_reassembly {
    bool used;
    uint64_t due;                 /* when it is given up */
    uint64_t order;               /* lower is older */
    struct v6nf_address source;
    struct v6nf_address destination;
    uint32_t identification;
    uint32_t head;                /* bytes of Ethernet header to the Fragment header of the first fragment; 0 without it */
    uint32_t head_next_header_at; /* the Next Header field in it that announces the Fragment header */
    uint32_t total;               /* bytes of the fragmentable part; 0 before the last fragment came */
    uint32_t received;            /* bytes of it that came */
    uint32_t pieces_count;
    uint8_t ecn;                  /* a bit for each ECN codepoint (RFC 3168, 5) that came: bit 0 for 00, bit 3 for 11 */
    uint8_t header[8];            /* the first fragment's Fragment header */
    struct v6nf_piece pieces[V6NF_REASSEMBLY_PIECES];
    /* The head ends, and the fragmentable part begins, at byte V6NF_REASSEMBLY_HEAD. */
    uint8_t bytes[V6NF_REASSEMBLY_HEAD + V6NF_REASSEMBLY_DATA];
};

/* -- Packets on their way out in fragments (RFC 8200, 4.5) ----------------------------------------------------------------- */

/* True if a packet that is sent in fragments can be too long for V6NF_WAITING_FRAME_SIZE. Where it is the program's, it
 * waits in its slot here. */
#define V6NF_LONG_PACKETS_WAIT (V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE > V6NF_WAITING_FRAME_SIZE)

struct v6nf_fragmentation {
    bool used;
    uint32_t neighbor;       /* index of the neighbor whose address resolution it waited for, V6NF_NEIGHBORS for none */
    uint32_t length;         /* bytes of `frame`, a whole packet without Fragment header */
    uint32_t sent;           /* bytes of the fragmentable part that were sent: a multiple of 8 */
    uint32_t identification;
    uint64_t order; /* of those that wait: lower is older */
    uint8_t frame[V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE];
};

/* -- Multicast groups, and what is to be said of them (RFC 9777, 4.2 and 6) ------------------------------------------------ */

/* Of a group's listeners in the program, some want packets from named sources only (INCLUDE), the others from all but named
 * sources (EXCLUDE). How many of each there are, and how many name which source, is all that their merged filter takes. */
struct v6nf_group_source {
    struct v6nf_address address;
    uint16_t including; /* listeners that want it */
    uint16_t excluding; /* listeners that do not; with 0 and 0 the place is free, once nothing is to be said of it */
    uint8_t changes;    /* State Change Reports that are still to tell of it */
};

struct v6nf_group_filter {
    struct v6nf_group_source sources[V6NF_GROUP_SOURCES];
    struct v6nf_address asked[V6NF_GROUP_SOURCES]; /* sources that a Query under answer asks for */
};

struct v6nf_group {
    struct v6nf_address address;
    uint16_t excluding;    /* listeners in mode EXCLUDE; of a solicited-node group, addresses of the node */
    uint8_t changes;       /* State Change Reports that are still to tell the whole state */
    uint8_t asked_count;   /* 0: the answer is the whole state */
    bool reporter;         /* was the last to report it in version 1, as far as is known (RFC 2710, 4) */
    uint64_t change_due;   /* when the next State Change Report is */
    uint64_t response_due; /* when the answer to a Query about this group is */
};

/* The first V6NF_GROUPS are the program's, the others, which are here only to be reported, the solicited-node groups of the
 * node's addresses. */
#if V6NF_MLD
#define V6NF_GROUPS_ALL (V6NF_GROUPS + V6NF_ADDRESSES)
#else
#define V6NF_GROUPS_ALL V6NF_GROUPS
#endif

#if V6NF_GROUPS > 0u
struct v6nf_mld {
    uint8_t robustness;   /* Robustness Variable (RFC 9777, 9.1) */
    uint32_t interval;    /* Query Interval in seconds (9.2) */
    uint64_t v1_until;    /* when the last querier of version 1 is forgotten (9.12) */
    uint64_t general_due; /* when the answer to a General Query is */
    struct v6nf_group groups[V6NF_GROUPS_ALL];
    struct v6nf_group_filter filters[V6NF_GROUPS];
};
#endif

/* -- UDP (RFC 768) ----------------------------------------------------------------------------------------------------------- */

/* A received datagram, in place. The handler writes only to the payload, to `unchanged` and to `without_checksum`. */
struct v6nf_udp_datagram {
    uint8_t *payload;           /* the handler writes the reply here */
    uint32_t length;            /* bytes received */
    uint32_t capacity;          /* the most bytes a reply may have */
    const uint8_t *source;      /* 16 bytes each, in the packet */
    const uint8_t *destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint64_t now;
    /* The handler may set this if it replies with exactly the bytes that came: the checksum that was verified then goes
     * back unchanged, and is not computed again. */
    bool unchanged;
    /* It came without a checksum, which the port may allow: see v6nf_udp_allow_no_checksum(). Then the reply has none either,
     * if the port may send so and the handler does not make this false. */
    bool without_checksum;
};

/* What a handler returns to send nothing. */
#define V6NF_UDP_NO_REPLY UINT32_MAX

/* Handles a datagram and returns how many bytes of datagram->payload go back to its sender: at most datagram->capacity, or
 * V6NF_UDP_NO_REPLY. */
typedef uint32_t v6nf_udp_handler(void *context, struct v6nf_udp_datagram *datagram);

/* An ICMPv6 error about a datagram that was sent from the port (RFC 4443, 2.4 (d); RFC 8085, 5.2). It is no proof: whoever
 * knows addresses and ports can make one. */
struct v6nf_udp_error {
    uint8_t type;           /* of the message (icmpv6.h): Destination Unreachable, Packet Too Big, ... */
    uint8_t code;
    uint32_t parameter;     /* Packet Too Big: the MTU; Parameter Problem: the pointer, from the IPv6 header on */
    const uint8_t *source;  /* who says so, 16 bytes; the node's own address where it found by itself that the neighbor
                             * does not answer: Destination Unreachable, V6NF_ICMPV6_ADDRESS_UNREACHABLE */
    const uint8_t *local;   /* the datagram's source and destination, 16 bytes each */
    const uint8_t *remote;
    uint16_t local_port;    /* in host byte order */
    uint16_t remote_port;
    const uint8_t *payload; /* the datagram's first `length` bytes, as far as they are known; NULL if none is */
    uint32_t length;
};

/* Is told of an error. What it points to is good until it returns; it calls nothing that changes the node. */
typedef void v6nf_udp_error_handler(void *context, const struct v6nf_udp_error *error);

/* Directions, to be added up. */
#define V6NF_UDP_RECEIVE 1u
#define V6NF_UDP_SEND 2u

struct v6nf_udp_binding {
    uint16_t port;            /* 0 where the place is free */
    uint8_t without_checksum; /* in which directions it may do without one */
    v6nf_udp_handler *handler;
    v6nf_udp_error_handler *on_error; /* NULL: errors are dropped and counted */
    void *context;
};

/* Where in a frame the payload of a UDP datagram starts that v6nf_udp_send() is to send. */
#define V6NF_UDP_PAYLOAD 62u

/* -- The node ------------------------------------------------------------------------------------------------------------------ */

struct v6nf_ping;
struct v6nf_ping_operations;

struct v6nf_node {
    /* The interface (RFC 4861, 6.3.2). Times in microseconds. */
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE];
    uint8_t hop_limit;
    bool autoconfigure;
    bool ignore_redirects;
    bool has_secret;
    bool optimistic;
    bool announce;
    bool enhanced_detection;       /* nonces in solicitations of Duplicate Address Detection (RFC 7527) */
    bool temporary_addresses;
    bool managed;                  /* M and O of the last Router Advertisement (RFC 4861, 4.2): addresses, and what is */
    bool other_configuration;      /* not an address, are to be had by DHCPv6 */
    bool originating;              /* what is being sent is the program's, and no answer */
    uint8_t source_and_type[8];    /* what follows the destination in every Ethernet header of the node */
    uint32_t mtu;
    uint32_t longest_frame;        /* mtu and the Ethernet header */
    uint32_t longest_packet;       /* in a frame, with its Ethernet header, to be sent in fragments if need be */
    uint32_t mtu_most;             /* what the link can carry; a router may want less */
    uint32_t dad_transmits;
    uint64_t retransmit_time;
    uint64_t reachable_time;       /* randomized (RFC 4861, 6.3.2) */
    uint32_t reachable_base;       /* BaseReachableTime, of which it is made, */
    uint32_t solicit_interval;     /* between the last one and that, 0 before the first (RFC 7559, RT) */
    uint64_t reachable_due;        /* and when it is to be made anew */
    uint64_t solicit_due;          /* when the next Router Solicitation is */
    uint8_t secret[16];            /* of opaque interface identifiers */
    uint8_t key[16];               /* of whatever is not to be guessed: made of secret and seed */
    uint64_t nonces;               /* how many numbers were made with it, */
    uint32_t identifications;      /* and how many identifications of fragments */
    uint32_t udp_sources;          /* bit p % 32 is set if the program has sent from UDP port p */
    uint8_t multicast_hop_limit;   /* of the program's datagrams to groups */

    uint64_t next_due;             /* nothing is due before; may be too early, never too late */
    uint64_t error_time;           /* token bucket of ICMPv6 errors: when it was last filled, */
    uint32_t error_tokens;         /* and what is left of that */
    uint32_t addresses_used;       /* addresses[0] to this are in use; [0] is the link-local address */
    uint32_t anycasts;             /* of them */
    uint64_t waiting_order;

    struct v6nf_interface_address addresses[V6NF_ADDRESSES];
#if V6NF_ANNOUNCE
    struct v6nf_announcement announcements[V6NF_ADDRESSES]; /* of these */
#endif
    struct v6nf_neighbor neighbors[V6NF_NEIGHBORS];
    struct v6nf_destination destinations[V6NF_DESTINATIONS];
    bool redirected[V6NF_DESTINATIONS]; /* by a router, to its neighbor (RFC 4861, 8.3) */
    struct v6nf_route routes[V6NF_ROUTERS + V6NF_ROUTES + V6NF_PREFIXES]; /* in this order, each kind in places of its own */
#if V6NF_DNS
    struct v6nf_dns_server dns_servers[V6NF_DNS_SERVERS];
    struct v6nf_dns_domain dns_domains[V6NF_DNS_DOMAINS];
#endif
    struct v6nf_udp_binding udp[V6NF_UDP_PORTS];
    struct v6nf_ping *ping;        /* with what it does: a program that has none does not link it */
    const struct v6nf_ping_operations *ping_operations;
#if V6NF_GROUPS > 0u
    struct v6nf_mld mld;
#endif
    uint64_t counters[V6NF_COUNTER_COUNT];
    uint64_t reassembly_order;
    uint64_t declined[V6NF_ADDRESSES]; /* prefixes with which no address is to be formed again; 0 where there is none */
    uint8_t declined_next;             /* which of these is overwritten next */
#if V6NF_ENHANCED_DETECTION
    uint64_t detection_salt; /* of nonces, another each time that detection begins again; and the one before */
    uint64_t detection_salt_before;
#endif
    struct v6nf_waiting waiting[V6NF_WAITING];
    struct v6nf_reassembly reassemblies[V6NF_REASSEMBLIES];
    struct v6nf_fragmentation fragmentations[V6NF_FRAGMENTATIONS];
};

struct v6nf_node_config {
    const uint8_t *mac;      /* 6 bytes, copied: the interface's address, that of one station */
    uint32_t mtu;            /* of the link: 1280 to 65535 (RFC 8200, 5) */
    uint32_t dad_transmits;  /* DupAddrDetectTransmits (RFC 4862, 5.1), 1 by default, 200 at most; 0 for no detection */
    /* Another value each time, from v6nf_env_entropy(): delays, and with `secret` all that other hosts must not
     * predict, are made of it: identifications of fragments (RFC 7739), temporary addresses. The same value again gives
     * the same again. Any value will do where that does not matter. Clones, with one MAC address, secret and seed,
     * detect each other (RFC 7527), unless they are initialized, and their links come up, in the same microsecond of
     * their clocks. */
    uint64_t seed;
    /* True: routers are asked for, and their advertisements configure the node: routers, prefixes, addresses (RFC 4861, 6.3;
     * RFC 4862, 5.5), DNS. False: advertisements are dropped and counted. */
    bool autoconfigure;
    bool ignore_redirects;   /* Redirects (RFC 4861, 8) are dropped and counted */
    /* 16 bytes that stay the same and that nobody else knows: the addresses that the node forms are stable and opaque (RFC
     * 7217). NULL: they are formed from the MAC address. */
    const uint8_t *secret;
    bool temporary_addresses; /* beside each formed address one that is another every day (RFC 8981); V6NF_TEMPORARY */
    bool optimistic;          /* formed and leased addresses are used while they are being detected (RFC 4429); V6NF_OPTIMISTIC */
    bool announce;            /* routers are told of new addresses (RFC 9131); V6NF_ANNOUNCE */
    /* Detect duplicate addresses without the nonces of RFC 7527. The node then recognizes its own solicitations by its
     * MAC address (RFC 4862, appendix A), and does not detect another node with the same MAC address. Set it for a link
     * that always loops everything back: with nonces, detection never ends there. */
    bool plain_detection;
};

/* What a call that sets something up answers. */
enum v6nf_status {
    V6NF_OK,
    V6NF_INVALID,  /* an argument is outside what the call allows */
    V6NF_FULL,     /* the table is full: see config.h */
    V6NF_EXISTS    /* it is already there */
};

/* Does what v6nf_node_init() does; `size` shows whether program and library were built with the same config.h: they would
 * overwrite each other's memory otherwise. */
enum v6nf_status v6nf_node_init_sized(struct v6nf_node *node, size_t size, const struct v6nf_node_config *config,
                                      uint64_t now);

/* Makes a node of *node, whatever it was, and begins Duplicate Address Detection for its link-local address, which is
 * formed from the MAC address (RFC 2464, 5). Start again what runs on *node (ping.h, dhcpv6.h). The pointers in *config
 * may point into *node. V6NF_INVALID, with *node untouched, if *config is not as said, or if the program and the
 * library were built with different settings of config.h. */
static inline enum v6nf_status v6nf_node_init(struct v6nf_node *node, const struct v6nf_node_config *config, uint64_t now)
{
    return v6nf_node_init_sized(node, sizeof *node, config, now);
}

/* Adds a unicast address whose first `prefix_length` bits are on-link, and begins Duplicate Address Detection.
 * V6NF_INVALID for a multicast address, ::, ::1, an IPv4-mapped one, the gateway's, or more than 128 bits; V6NF_EXISTS;
 * V6NF_FULL. */
enum v6nf_status v6nf_node_add_address(struct v6nf_node *node, const struct v6nf_address *address, uint32_t prefix_length,
                                       uint64_t now);

/* Adds a unicast address for a time, or gives one that was added so new lifetimes, in seconds, from `now` on: UINT32_MAX for
 * ever, a valid lifetime of 0 removes it. For DHCPv6 (RFC 8415, 12.1): it does not make a prefix on-link, and whoever calls is
 * trusted to end it early. V6NF_INVALID as for v6nf_node_add_address(), if it is to be preferred for longer than it is valid,
 * or if there is nothing to remove; V6NF_EXISTS if it is the node's in another way; V6NF_FULL. */
enum v6nf_status v6nf_node_lease_address(struct v6nf_node *node, const struct v6nf_address *address,
                                         uint32_t preferred_lifetime, uint32_t valid_lifetime, uint64_t now);

#if V6NF_ANYCAST
/* Adds an anycast address: other nodes may have it, so it is not detected, neighbors are told so, and answers come from a unicast
 * address (RFC 4291, 2.6; RFC 4861, 7.2.7). The same statuses as for v6nf_node_add_address(). */
enum v6nf_status v6nf_node_add_anycast(struct v6nf_node *node, const struct v6nf_address *address, uint64_t now);
#endif

/* Removes an address, however it came. One that was formed with an advertised prefix is not formed again before
 * v6nf_node_link_up(), for the last V6NF_ADDRESSES prefixes. A temporary one is replaced, with another identifier.
 * V6NF_INVALID if the node does not have it, or if it is the link-local one that the node was made with. */
enum v6nf_status v6nf_node_remove_address(struct v6nf_node *node, const struct v6nf_address *address);

#if V6NF_ANNOUNCE
/* The interface has another Ethernet address, that of one station, from `now` on: neighbors are told (RFC 4861, 7.2.6). The node's
 * addresses stay what they are. V6NF_INVALID for a group's address. */
enum v6nf_status v6nf_node_set_mac(struct v6nf_node *node, const uint8_t *mac, uint64_t now);
#endif

#if V6NF_POLICY_TABLE
/* Sorts destination addresses, such as a name has in DNS, so that those that should be tried first come first, by what the node
 * would send from (RFC 6724, 6); those to which it would not send at all come last. Multicast, too. */
void v6nf_node_sort_destinations(const struct v6nf_node *node, struct v6nf_address *destinations, uint32_t count);
#endif

/* Sets the router that takes what is not on-link. It stays a default router of medium preference whatever is advertised,
 * beside those that are. V6NF_INVALID unless it is a unicast address on-link (so add the node's addresses first) and not the
 * node's own. */
enum v6nf_status v6nf_node_set_gateway(struct v6nf_node *node, const struct v6nf_address *gateway);

/* The link was down and is up again, perhaps another: all addresses are tentative again and Duplicate Address Detection
 * begins anew (RFC 4862, 5.3), neighbors are forgotten, and routers are asked for. */
void v6nf_node_link_up(struct v6nf_node *node, uint64_t now);

#if V6NF_DNS
/* DNS server number `index`, from 0 on, of those that routers advertise and that are valid at `now`. Returns false, with
 * *server ::, after the last. A link-local one is one of the node's link. */
bool v6nf_node_dns_server(const struct v6nf_node *node, uint32_t index, struct v6nf_address *server, uint64_t now);

/* Domain number `index` of the DNS search list, likewise: "example.com", zero-terminated, in the node; NULL after the
 * last. It is good until the next call that takes a frame. */
const char *v6nf_node_dns_domain(const struct v6nf_node *node, uint32_t index, uint64_t now);
#endif

/* Has `handler` handle the datagrams to UDP port `port`, in host byte order. NULL closes the port. V6NF_INVALID for port 0,
 * V6NF_EXISTS if the port has a handler, V6NF_FULL. */
enum v6nf_status v6nf_udp_bind(struct v6nf_node *node, uint16_t port, v6nf_udp_handler *handler, void *context);

/* Has `handler` told of ICMPv6 errors about datagrams that were sent from `port`, and of those whose neighbor does not
 * answer, with the context that was given to v6nf_udp_bind(). NULL: of none, as at first. V6NF_INVALID if the port has no
 * handler. */
enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler);

/* Handles the Ethernet frame of `length` bytes at `frame`, a buffer of `capacity` bytes. Returns how many bytes of the
 * buffer leave. A capacity of MTU + 14 is always enough; an answer that finds no room is dropped (V6NF_DROP_CAPACITY). */
uint32_t v6nf_node_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* Writes one frame that is due into the buffer of `capacity` bytes at `frame`: at least 1294, and MTU + 14 to have room
 * for whatever may be due. Returns its length, or 0 if nothing more is due for now: v6nf_node_next_due() is then later
 * than `now`. The number of frames due at one time is bounded by the size of the node's tables. */
uint32_t v6nf_node_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* When v6nf_node_tick() next has something to do, if no frame comes in before; V6NF_NEVER if only a frame can change
 * anything. Not later than that, but perhaps earlier. */
static inline uint64_t v6nf_node_next_due(const struct v6nf_node *node)
{
    return node->next_due;
}

/* Sends the `length` bytes at frame + V6NF_UDP_PAYLOAD, in a buffer of `capacity` bytes, as a UDP datagram from
 * `source_port` to `destination` and `destination_port` (neither 0), in host byte order. Returns how many bytes of the
 * frame leave; 0 if the datagram waits for address resolution or was dropped, which the counters tell. `destination` is
 * not in the frame. The flow label is that of the addresses and ports (RFC 6437, 3); a handler's reply has label 0. */
uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now);

#if V6NF_UDP_ZERO_CHECKSUM
/* Says in which directions datagrams of `port` may have no checksum (RFC 6935, RFC 6936): none at first, or since the port was
 * bound. Those to groups and anycast addresses never may, and ones with a checksum are always taken. V6NF_INVALID if the port has no
 * handler, or for other directions.
 *
 * This is for tunnels whose packets have checksums of their own. Addresses and ports of such a datagram, and its length, may
 * be wrong: another's may come here. So a program that allows it (RFC 6936, 5; RFC 8085, 3.4.1)
 * - drops what is not from an address and port that it was told of as the tunnel's other end, before it looks further, and
 *   changes no state for a datagram that may be damaged;
 * - carries only what detects damage itself, its own headers included, and sends what controls the tunnel with a checksum;
 * - sends datagrams that fit the path MTU: nothing finds wrongly joined fragments;
 * - finds out whether they arrive, as middleboxes may drop them, and otherwise sends with checksums. */
enum v6nf_status v6nf_udp_allow_no_checksum(struct v6nf_node *node, uint16_t port, uint32_t directions);

/* Does what v6nf_udp_send() does, but sends without a checksum. Dropped and counted (V6NF_DROP_UDP_CHECKSUM_ZERO) unless
 * `source_port` may. */
uint32_t v6nf_udp_send_without_checksum(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                                        uint16_t source_port, const struct v6nf_address *destination,
                                        uint16_t destination_port, uint64_t now);
#endif

/* True if no address of the node waits for Duplicate Address Detection to be used. */
bool v6nf_node_is_ready(const struct v6nf_node *node);

#endif
