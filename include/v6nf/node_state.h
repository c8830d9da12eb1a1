/* node_state.h: the structures that a program allocates as a node and does not touch. The fields are for reading: only
 * the library writes them. */
#ifndef V6NF_NODE_STATE_H
#define V6NF_NODE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "config.h"
#include "counters.h"
#include "udp.h"
#include "wire/address.h"
#include "wire/ether.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Addresses of the interface (RFC 4862) ---------------------------------------------------------------------------- */

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

struct v6nf_udp_binding {
    uint16_t port;            /* 0 where the place is free */
    uint8_t without_checksum; /* in which directions it may do without one */
    v6nf_udp_handler *handler;
    v6nf_udp_error_handler *on_error; /* NULL: errors are dropped and counted */
    void *context;
};

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

#ifdef __cplusplus
}
#endif

#endif
