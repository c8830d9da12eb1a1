/* node_state.h: the structures that a program allocates as a node and does not touch. The fields are for reading: only
 * the library writes them. */
#ifndef V6NF_NODE_STATE_H
#define V6NF_NODE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "config.h"
#include "counters.h"
#include "table/cache.h"
#include "table/hash.h"
#include "table/links.h"
#include "table/timer_queue.h"
#include "udp.h"
#include "wire/address.h"
#include "wire/ether.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -- Addresses of the interface (RFC 4862) ------------------------------------------------------------------------- */

/* An address of the interface. It has 64 bytes, a line of the cache, because every packet looks addresses up. */
struct v6nf_interface_address {
    struct v6nf_address address;   /* the address */
    uint32_t prefix_length;        /* bits of its on-link prefix; 128 if no prefix is on-link with it */
    enum v6nf_address_state state; /* what the address can be used for */
    uint8_t origin;                /* enum v6nf_address_origin */
    uint8_t solicitations;         /* number sent so far by Duplicate Address Detection */
    uint8_t more;                  /* number to send in addition to the configured one, after a loop (RFC 7527, 4.1) */
    uint8_t dad_counter;           /* DAD_Counter of the identifier (RFC 7217, 5), or tries (RFC 8981, 3.4) */
    bool joined;                   /* its solicited-node group is joined */
    uint16_t routers;              /* bit i: the default router in slot i has advertised its prefix (RFC 8028, 3.1) */
    uint64_t due;                  /* time of the next solicitation, or of the end of detection */
    uint64_t preferred_until;      /* end of the preferred lifetime; V6NF_NEVER if infinite */
    uint64_t valid_until;          /* end of the valid lifetime; V6NF_NEVER if infinite */
    /* Time at which a temporary address was formed. Of another formed address, the number of the last Router
     * Advertisement with its prefix, 0 if there was none since the link is up. */
    uint64_t formed;
};

/* 1 if addresses have an index. */
#define V6NF_ADDRESSES_INDEXED (V6NF_ADDRESSES > V6NF_SCAN_MAX)

/* What happens to addresses at some time. */
enum v6nf_address_timer {
    V6NF_ADDRESS_LIFETIME,     /* the end of a lifetime */
    V6NF_ADDRESS_DETECTION,    /* Duplicate Address Detection */
    V6NF_ADDRESS_ANNOUNCEMENT, /* Unsolicited Neighbor Advertisements */
    V6NF_ADDRESS_FORMATION,    /* formation of temporary addresses */
    V6NF_ADDRESS_TIMERS        /* number of them */
};

#if V6NF_ADDRESSES_INDEXED
/* What addresses of the node have in common: an on-link prefix, or their solicited-node group. */
struct v6nf_own_part {
    uint64_t words[2]; /* the prefix; the other bits are 0. Of a group, the last 24 bits of the addresses */
    uint32_t length;   /* bits of the prefix; 128 for a group */
    uint32_t count;    /* addresses with it */
};

/* Source addresses that the node remembers, each for a destination: entries of a cache. */
#define V6NF_SOURCES 256u

/* What finds an address of the node by all of its bits, by the prefix that it was formed with, or by a part. */
struct v6nf_address_index {
    struct v6nf_link links[V6NF_ADDRESSES];          /* of the address with the same index */
    uint32_t chains[V6NF_ADDRESSES];                 /* first addresses of the chains */
    struct v6nf_link formed_links[V6NF_ADDRESSES];   /* of the same for those that were formed with a prefix */
    uint32_t formed_chains[V6NF_ADDRESSES];          /* first addresses of the chains of each prefix of 64 bits */
    struct v6nf_own_part parts[2u * V6NF_ADDRESSES];  /* on-link prefixes and solicited-node groups */
    struct v6nf_link part_links[2u * V6NF_ADDRESSES]; /* of the part with the same index */
    uint32_t part_chains[2u * V6NF_ADDRESSES];       /* first parts of the chains */
    uint32_t parts_used;                             /* slots of `parts` in use, from the first on */
    uint16_t length_uses[128];                       /* on-link prefixes with each length */
    uint8_t lengths[128];                            /* the lengths that are in use, in any order */
    uint32_t lengths_used;                           /* number of them */
    uint64_t due[V6NF_ADDRESS_TIMERS]; /* nothing of the kind is due before; may be early, never late */
    uint64_t formation_interval; /* `retransmit_time` when temporary addresses were last formed */
    uint32_t stamp;                 /* number of changes of addresses, or of the routers of their prefixes */
    uint32_t looked_stamp;          /* `stamp` at the last look at all addresses, which set the next two */
    uint8_t labels[V6NF_ADDRESSES]; /* their labels (RFC 6724, 2.1) */
    bool differ;                    /* not all of them have the same routers */
    uint32_t depend_stamp;          /* sum of `stamp` and `hops_stamp` when the next two were determined */
    uint16_t depend_known;          /* bit i: it is known of the default router in slot i whether, ... */
    uint16_t depend;                /* bit i: ... instead of it, some addresses need another one (RFC 8028, 3.2) */
    struct v6nf_cache_entry sources[V6NF_SOURCES]; /* the source for a destination, as long as `stamp` is the same */
};
#endif

#if V6NF_ANNOUNCE
/* Unsolicited Neighbor Advertisements of an address that are still due (RFC 4861, 7.2.6; RFC 9131). */
struct v6nf_announcement {
    uint64_t due;  /* time of the next one */
    uint8_t left;  /* number that is left to send */
    bool to_nodes; /* to all nodes, because the MAC address has changed; otherwise to all routers */
};
#endif

/* -- Origin of packets --------------------------------------------------------------------------------------------- */

/* Why the node sends a packet. Packets of the program have precedence over replies where slots are scarce. */
enum v6nf_origin {
    V6NF_ORIGIN_REPLY,  /* it replies to a received packet */
    V6NF_ORIGIN_PROGRAM /* the program sends it */
};

/* 1 if the packets that are kept to be sent later have an index: those that wait, and those that are sent in
 * fragments. */
#define V6NF_KEPT_INDEXED (V6NF_WAITING > V6NF_SCAN_MAX || V6NF_FRAGMENTATIONS > V6NF_SCAN_MAX)

/* -- Neighbor Cache (RFC 4861, 5.1 and 7.3.2) ---------------------------------------------------------------------- */

/* State of a neighbor (RFC 4861, 7.3.2). */
enum v6nf_neighbor_state {
    V6NF_NEIGHBOR_FREE,       /* the entry is free */
    V6NF_NEIGHBOR_INCOMPLETE, /* address resolution is running; there is no MAC address yet */
    V6NF_NEIGHBOR_REACHABLE,  /* becomes STALE at its first use after `reachable_until` */
    V6NF_NEIGHBOR_STALE,      /* not known to be reachable; the next use starts DELAY */
    V6NF_NEIGHBOR_DELAY,      /* used while STALE; probes start at `due` */
    V6NF_NEIGHBOR_PROBE       /* unicast solicitations are being sent */
};

/* What an entry is worth. Within a class, those that were used longest ago are evicted first; which class evicts which
 * is decided in output/admission.c. */
enum v6nf_neighbor_class {
    V6NF_NEIGHBOR_UNUSED, /* free */
    V6NF_NEIGHBOR_ASKING, /* INCOMPLETE, for a reply to an unknown host */
    V6NF_NEIGHBOR_WANTED, /* INCOMPLETE, for a packet of the program */
    V6NF_NEIGHBOR_HEARD,  /* it said that it is there, and never answered */
    V6NF_NEIGHBOR_KNOWN,  /* it answered a solicitation of the node */
    V6NF_NEIGHBOR_OURS,   /* the same, and the program sends to it */
    V6NF_NEIGHBOR_HOP,    /* there is a route via it */
    V6NF_NEIGHBOR_CLASSES
};

/* An entry of the Neighbor Cache (RFC 4861, 5.1). In a large table it has 64 bytes, a line of the cache. */
struct v6nf_neighbor {
    struct v6nf_address address;          /* of the neighbor */
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE]; /* MAC address; none in INCOMPLETE */
    uint8_t state;                        /* enum v6nf_neighbor_state */
    uint8_t worth;                        /* enum v6nf_neighbor_class: the list that it is in */
    uint16_t own_sum;                     /* sum of the node's address that solicitations are sent from */
    uint8_t solicitations;                /* sent in INCOMPLETE or PROBE: modulo 4, see neighbor.h */
    bool router;                          /* IsRouter */
    bool confirmed;                       /* it has answered a solicitation of the node */
    bool of_program;                      /* the program has sent to it */
#if V6NF_NEIGHBORS > V6NF_SCAN_MAX
    bool has_route : 1;  /* there is a route via it */
    bool named_only : 1; /* a Redirect named it, and no packet was sent to it since */
    bool touched;        /* a packet was sent to it since it was listed */
#else
    bool has_route;        /* the same; whole bytes need less code */
    bool named_only;       /* the same */
#endif
#if V6NF_KEPT_INDEXED
    uint32_t waiting; /* first of the packets that wait for it, V6NF_LINK_NONE if none does: see `kept` */
#else
    bool waiting;          /* false: no packet has waited for it */
#endif
    uint32_t direct;     /* determination of next hops in which it was on-link; 0 for none */
    uint32_t redirected; /* the same by a Redirect */
    uint32_t ended;      /* number of times that it ceased to be the next hop that it was */
#if V6NF_NEIGHBORS <= V6NF_SCAN_MAX
    uint64_t used; /* time at which it last received a packet */
#endif
    uint64_t reachable_until; /* end of REACHABLE; 0 in any other state */
    uint64_t due;             /* time of the next step in INCOMPLETE, DELAY, PROBE; otherwise V6NF_NEVER */
};

#if V6NF_NEIGHBORS > V6NF_SCAN_MAX
/* What finds an entry of the Neighbor Cache by its address, its age and its time. */
struct v6nf_neighbor_index {
    struct v6nf_link links[V6NF_NEIGHBORS];        /* of the entry with the same index */
    uint32_t chains[V6NF_NEIGHBORS];               /* first entries of the chains */
    struct v6nf_list lists[V6NF_NEIGHBOR_CLASSES]; /* one for each class */
    struct v6nf_timer timers[V6NF_NEIGHBORS];      /* of the entries: each ends when its step is due, or before */
    uint32_t timers_count;                         /* number of running timers */
    uint32_t last_found;                           /* index of the entry that was found last */
    uint32_t free;                                 /* first of the free entries, which `next` links */
};
#endif

/* -- Destination Cache (RFC 4861, 5.1): the neighbor that receives the packets to an address ----------------------- */

/* In the value of an entry: a Redirect gave the neighbor (RFC 4861, 8.3). The other bits are the neighbor's index. */
#define V6NF_DESTINATION_REDIRECTED 0x80000000u

/* The next hop of the last packet, for the next one to the same address. */
struct v6nf_last_hop {
    struct v6nf_address destination; /* of the packet */
    uint32_t neighbor;               /* index of the next hop; V6NF_NEIGHBORS for none */
    uint32_t longest_frame;          /* bytes: no longer frame is sent by it without a look-up of the path MTU */
};

/* The next hop of all off-link destinations that have no other one. */
struct v6nf_default_hop {
    uint32_t neighbor; /* index of the next hop */
    uint32_t stamp;    /* determination of next hops in which it was found, and number of ends of the neighbor */
    uint64_t until;    /* time at which it is determined again */
};

/* -- Path MTU (RFC 8201) ------------------------------------------------------------------------------------------- */

/* A path MTU below that of the link. */
struct v6nf_path_mtu {
    struct v6nf_address destination; /* end of the path; a group, too */
    uint64_t expires;                /* time at which the node forgets it; 0 if the slot is free */
    uint64_t used;                   /* time of the last packet that it was looked up for; not in a large table */
    uint32_t mtu;                    /* bytes: 1280 or more */
    uint8_t origin;                  /* enum v6nf_origin of the packet that was too long */
};

#if V6NF_PATH_MTUS > V6NF_SCAN_MAX
/* What finds a path MTU by its destination and its age. */
struct v6nf_path_mtu_index {
    struct v6nf_link links[V6NF_PATH_MTUS]; /* of the entry with the same index */
    uint32_t chains[V6NF_PATH_MTUS];        /* first entries of the chains */
    struct v6nf_list lists[3];              /* enum v6nf_origin of the entries, then free entries */
};
#endif

/* -- Default Router List and Prefix List (RFC 4861, 5.1), routes (RFC 4191, 3.1) ----------------------------------- */

/* A route. A default router is a route to ::/0, an on-link prefix a route without next hop. */
struct v6nf_route {
    struct v6nf_address router; /* next hop; of an on-link prefix, the router that advertises it */
    struct v6nf_address prefix; /* destinations */
    uint64_t valid_until;       /* end of the lifetime; V6NF_NEVER if infinite, 0 if the slot is free */
    uint64_t probe_after;       /* earliest time of the next reachability probe of the router (RFC 4191, 3.5) */
    uint32_t heard;             /* number of the last Router Advertisement with it; 0 if none since the link is up */
    uint8_t prefix_length;      /* bits of `prefix` */
    uint8_t preference;         /* enum v6nf_ndp_preference */
    bool configured;            /* by v6nf_node_set_gateway(): no advertisement changes it */
    bool tried;                 /* in this round over routers that may be unreachable (RFC 4861, 6.3.6) */
};

/* -- DNS configuration (RFC 8106) ---------------------------------------------------------------------------------- */

/* How long an entry is kept that a router advertises. */
struct v6nf_dns_life {
    uint64_t valid_until; /* end of the lifetime; V6NF_NEVER if infinite, 0 if the slot is free */
    uint32_t heard;       /* number of the last Router Advertisement with it */
    bool is_known;        /* a router advertised it that had answered the node before */
};

/* A DNS server that a router advertises (RFC 8106, 5.1). */
struct v6nf_dns_server {
    struct v6nf_address address; /* of the server */
    struct v6nf_dns_life life;   /* how long it is kept */
};

/* A domain of the search list that a router advertises (RFC 8106, 5.2). */
struct v6nf_dns_domain {
    struct v6nf_dns_life life;       /* how long it is kept */
    char name[V6NF_DNS_DOMAIN_SIZE]; /* zero-terminated text, such as "example.com" */
};

/* -- Packets that wait for address resolution ---------------------------------------------------------------------- */

/* 1 if the node remembers of a packet that waits that it must not be sent in fragments. With very few slots, it does
 * not: the path MTU rarely decreases in these seconds. */
#define V6NF_WAITING_WHOLE (V6NF_WAITING > 2u)

#if V6NF_FORWARDING
/* Instead of the index of a neighbor: it did not answer, and v6nf_node_take_undelivered() takes the packet. */
#define V6NF_WAITING_UNDELIVERED (V6NF_NEIGHBORS + 2u)
#endif

/* A packet that waits for address resolution (RFC 4861, 7.2.2). */
struct v6nf_waiting {
    /* Index of the neighbor; V6NF_NEIGHBORS if the slot is free, V6NF_WAITING_UNDELIVERED if it did not answer. */
    uint32_t neighbor;
    uint32_t length;                        /* bytes of `frame` */
    uint64_t order;                         /* lower is older */
    uint8_t origin;                         /* enum v6nf_origin */
    uint8_t list;                           /* enum v6nf_kept_list, in a large table */
    bool whole;                             /* it must not be sent in fragments */
#if V6NF_FORWARDING
    bool passes; /* it passes through the node (forward.h) */
#endif
    uint8_t frame[V6NF_WAITING_FRAME_SIZE]; /* the packet with its Ethernet header */
};

/* -- Reassembly (RFC 8200, 4.5) ------------------------------------------------------------------------------------ */

/* Space for the headers before the Fragment header, in bytes: Ethernet, IPv6, some extension headers. */
#define V6NF_REASSEMBLY_HEAD 128u

/* Fragmentable part of the longest packet that is reassembled, in bytes. */
#define V6NF_REASSEMBLY_DATA (V6NF_REASSEMBLY_SIZE - 40u)

/* The part of the fragmentable part that one fragment has brought, in bytes. */
struct v6nf_piece {
    uint16_t start; /* first byte */
    uint16_t end;   /* one past the last byte; at most 65535 */
};

/* A packet that is being reassembled. */
struct v6nf_reassembly {
    bool used;                       /* the slot is in use */
    uint64_t due;                    /* time at which reassembly expires */
    uint64_t order;                  /* lower is older */
    struct v6nf_address source;      /* source of all fragments */
    struct v6nf_address destination; /* destination of all fragments */
    uint32_t identification;         /* Identification of all fragments */
    uint32_t head;                   /* bytes before its Fragment header; 0 until the first fragment is received */
    uint32_t head_next_header_at;    /* offset in them of the Next Header field that announces the Fragment header */
    uint32_t total;                  /* bytes of the fragmentable part; 0 before the last fragment is received */
    uint32_t received;               /* bytes of it that are received */
    uint32_t pieces_count;           /* pieces in use */
    uint8_t ecn;                     /* received ECN codepoints (RFC 3168, 5): bit 0 for 00, bit 3 for 11 */
    uint8_t list;                    /* enum v6nf_reassembly_list, in a large table */
    uint8_t header[8];               /* Fragment header of the first fragment */
    struct v6nf_piece pieces[V6NF_REASSEMBLY_PIECES]; /* what is received, in ascending order */
    /* The headers end, and the fragmentable part starts, at byte V6NF_REASSEMBLY_HEAD. */
    uint8_t bytes[V6NF_REASSEMBLY_HEAD + V6NF_REASSEMBLY_DATA];
};

#if V6NF_REASSEMBLIES > V6NF_SCAN_MAX
/* The list that a slot of reassembly is in. */
enum v6nf_reassembly_list {
    V6NF_REASSEMBLY_FREE,   /* free */
    V6NF_REASSEMBLY_WITHIN, /* among the V6NF_REASSEMBLIES_PER_SOURCE of its source */
    V6NF_REASSEMBLY_BEYOND, /* its source has more than these */
    V6NF_REASSEMBLY_LISTS   /* number of lists */
};

/* What finds a reassembly by its source, its age and its time. */
struct v6nf_reassembly_index {
    struct v6nf_link links[V6NF_REASSEMBLIES];     /* of the reassembly with the same index */
    uint32_t chains[V6NF_REASSEMBLIES];            /* first reassemblies of the chains of their sources */
    struct v6nf_list lists[V6NF_REASSEMBLY_LISTS]; /* indexed by enum v6nf_reassembly_list */
    struct v6nf_timer timers[V6NF_REASSEMBLIES];   /* times at which reassemblies expire */
    uint32_t timers_count;                         /* number of running timers */
};
#endif

/* -- Packets that are sent in fragments (RFC 8200, 4.5) ------------------------------------------------------------ */

/* True if a packet that is sent in fragments can be longer than V6NF_WAITING_FRAME_SIZE. A packet of the program then
 * waits for address resolution here. */
#define V6NF_LONG_PACKETS_WAIT (V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE > V6NF_WAITING_FRAME_SIZE)

/* A packet that is being sent in fragments. */
struct v6nf_fragmentation {
    bool used;               /* the slot is in use */
    bool whole;              /* it waits, and must not be sent in fragments */
    uint8_t origin;          /* enum v6nf_origin */
    uint8_t list;            /* enum v6nf_kept_list, in a large table */
    uint32_t neighbor;       /* index of the neighbor whose resolution it waits for; V6NF_NEIGHBORS for none */
    uint32_t length;         /* bytes of `frame` */
    uint32_t sent;           /* bytes of the fragmentable part that are sent: a multiple of 8 */
    uint32_t identification; /* of all fragments */
    uint64_t order;          /* lower is older */
    uint8_t frame[V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE]; /* the packet without Fragment header */
};

#if V6NF_KEPT_INDEXED
/* The list that a slot of a packet that is kept is in. Add enum v6nf_origin to those of replies. */
enum v6nf_kept_list {
    V6NF_KEPT_FREE,              /* free */
    V6NF_KEPT_WAITING,           /* a reply waits */
    V6NF_KEPT_WAITING_PROGRAM,   /* a packet of the program waits */
    V6NF_KEPT_RESOLVED,          /* a reply whose neighbor is resolved: it is due to be sent */
    V6NF_KEPT_RESOLVED_PROGRAM,  /* the same for a packet of the program */
    V6NF_KEPT_FRAGMENT_FREE,     /* free, of those that are sent in fragments */
    V6NF_KEPT_FRAGMENT_WAITING,  /* a long packet of the program waits */
    V6NF_KEPT_FRAGMENTS,         /* a reply is being sent in fragments */
    V6NF_KEPT_FRAGMENTS_PROGRAM, /* the same for a packet of the program */
#if V6NF_FORWARDING
    V6NF_KEPT_UNDELIVERED, /* a packet that passes through, whose neighbor did not answer */
#endif
    V6NF_KEPT_LISTS              /* number of lists */
};

/* What finds a packet that is kept by its neighbor and its age: first the slots of packets that wait, then those of
 * packets that are sent in fragments. The chains are those of neighbors. */
struct v6nf_kept_index {
    struct v6nf_link links[V6NF_WAITING + V6NF_FRAGMENTATIONS]; /* of the slots */
    struct v6nf_list lists[V6NF_KEPT_LISTS];                    /* indexed by enum v6nf_kept_list */
};
#endif

/* -- Packets of the program to the node's own addresses ------------------------------------------------------------ */

#if V6NF_LOOPBACK > 0u
/* A packet that the next v6nf_node_tick() receives. */
struct v6nf_looped {
    uint32_t length;                                                 /* bytes of `frame` */
    uint8_t mark;                                                    /* whether its reply is looped, too */
    uint8_t frame[V6NF_ETHER_HEADER_SIZE + V6NF_FRAGMENTATION_SIZE]; /* the packet with space for an Ethernet header */
};
#endif

/* -- Multicast groups, and what is due to be reported of them (RFC 9777, 4.2 and 6) -------------------------------- */

/* A source in the merged filter of a group. Some of the program's listeners accept packets from listed sources only
 * (INCLUDE), the others from all but the listed ones (EXCLUDE). The numbers of both determine the merged filter. */
struct v6nf_group_source {
    struct v6nf_address address; /* of the source */
    uint16_t including;          /* listeners in mode INCLUDE that list it */
    uint16_t excluding;          /* listeners in mode EXCLUDE that list it */
    uint8_t changes;             /* State Change Reports that are still due for it; with 0, 0 and 0 the slot is free */
};

/* The merged filter of a group (RFC 9777, 4.2). */
struct v6nf_group_filter {
    struct v6nf_group_source sources[V6NF_GROUP_SOURCES]; /* all listed sources */
    struct v6nf_address asked[V6NF_GROUP_SOURCES];        /* sources of the Query that is being answered */
};

/* Number of groups of all routers that a router is in: that of the link, and that of the site (RFC 4291, 2.8). */
#define V6NF_ROUTER_GROUPS (V6NF_FORWARDING * 2u)

/* Number of group slots. The first V6NF_GROUPS are the program's groups. The others are the solicited-node groups of
 * the node's addresses, and those of all routers. They are listed only for their reports. */
#if V6NF_MLD
#define V6NF_GROUPS_ALL (V6NF_GROUPS + V6NF_ADDRESSES + V6NF_ROUTER_GROUPS)
#define V6NF_GROUPS_INDEXED (V6NF_GROUPS + V6NF_ADDRESSES > V6NF_SCAN_MAX) /* 1 if groups have an index */
#else
#define V6NF_GROUPS_ALL V6NF_GROUPS
#define V6NF_GROUPS_INDEXED (V6NF_GROUPS > V6NF_SCAN_MAX)
#endif

/* A multicast group that the node is in. */
struct v6nf_group {
    struct v6nf_address address; /* of the group */
    uint16_t excluding;          /* listeners in mode EXCLUDE; of a solicited-node group, addresses of the node */
    uint8_t changes;             /* State Change Reports with the whole state that are still due */
    uint8_t asked_count;         /* sources that the Query asks about; 0: the answer is the whole state */
    bool reporter;               /* the node may have been the last to report it in version 1 (RFC 2710, 4) */
#if V6NF_GROUPS_INDEXED
    uint8_t list;  /* enum v6nf_group_list */
    uint32_t mode; /* `mode` of struct v6nf_mld at the time of its last change or Query */
#else
    uint64_t change_due;   /* time of the next State Change Report */
    uint64_t response_due; /* time of the answer to a Query about this group */
#endif
};

#if V6NF_GROUPS_INDEXED
/* The list that a group slot is in. */
enum v6nf_group_list {
    V6NF_GROUP_USED,         /* it has listeners */
    V6NF_GROUP_FREE,         /* of the program, free */
    V6NF_GROUP_LEAVING,      /* of the program, without listeners: its end is being reported */
    V6NF_GROUP_FREE_NODE,    /* the same for solicited-node groups */
    V6NF_GROUP_LEAVING_NODE, /* the same for solicited-node groups */
    V6NF_GROUP_LISTS         /* number of lists */
};

/* A walk over all groups with listeners, some of them in each tick. */
enum v6nf_group_walk {
    V6NF_GROUP_WALK_CHANGES,   /* State Change Reports of all groups become due */
    V6NF_GROUP_WALK_RESPONSES, /* the answers of all groups to a General Query become due */
    V6NF_GROUP_WALKS           /* number of walks */
};

/* What finds a group by its address, its state and its times. */
struct v6nf_group_index {
    struct v6nf_link links[V6NF_GROUPS_ALL];  /* of the group with the same index */
    uint32_t chains[V6NF_GROUPS_ALL];         /* first groups of the chains */
    struct v6nf_list lists[V6NF_GROUP_LISTS]; /* indexed by enum v6nf_group_list */
#if V6NF_MLD
    uint32_t walks[V6NF_GROUP_WALKS];             /* group with which a walk continues; V6NF_LINK_NONE: none is */
    struct v6nf_timer changes[V6NF_GROUPS_ALL];   /* times of the next State Change Reports */
    struct v6nf_timer responses[V6NF_GROUPS_ALL]; /* times of the answers to Queries about one group */
    uint32_t changes_count;                       /* running timers of `changes` */
    uint32_t responses_count;                     /* running timers of `responses` */
#endif
};
#endif

#if V6NF_GROUPS > 0u
/* State of Multicast Listener Discovery (RFC 9777). */
struct v6nf_mld {
    uint8_t robustness;                            /* Robustness Variable (RFC 9777, 9.1) */
    uint32_t interval;                             /* Query Interval in seconds (9.2) */
    uint64_t v1_until;                             /* end of compatibility with a querier of version 1 (9.12) */
    uint64_t general_due;                          /* time of the answer to a General Query */
    struct v6nf_group groups[V6NF_GROUPS_ALL];     /* groups of the program, then solicited-node groups */
    struct v6nf_group_filter filters[V6NF_GROUPS]; /* filters of the program's groups */
#if V6NF_GROUPS_INDEXED
    uint64_t general_after;        /* earliest time of the answer to the next General Query */
    uint32_t general_delay;        /* milliseconds for the answers to the last General Query of version 1 */
    uint32_t mode;                 /* number of times that version 1 began: what was due before is cancelled */
    struct v6nf_group_index index; /* of `groups` */
#endif
};
#endif

/* -- UDP (RFC 768) ------------------------------------------------------------------------------------------------- */

/* A UDP port of the program. */
struct v6nf_udp_binding {
    uint16_t port;                    /* host byte order; 0 if the slot is free */
    uint8_t without_checksum;         /* directions in which datagrams may have no checksum */
    v6nf_udp_handler *handler;        /* handles datagrams */
    v6nf_udp_error_handler *on_error; /* handles errors; NULL: they are dropped and counted */
    void *context;                    /* of both handlers */
};

/* -- The node ------------------------------------------------------------------------------------------------------ */

/* What v6nf_node_changes() counts. */
enum v6nf_change {
    V6NF_CHANGE_ADDRESSES, /* an address was added or removed, or its state has changed */
    V6NF_CHANGE_ROUTES,    /* a router, a route or an on-link prefix: added, removed, or another preference */
    V6NF_CHANGE_NEIGHBORS, /* a neighbor was resolved, or is not known any more */
    V6NF_CHANGE_LINK,      /* v6nf_node_link_up() */
#if V6NF_FORWARDING
    V6NF_CHANGE_SOLICITED, /* a valid Router Solicitation was received: not a change, but counted as one */
#endif
    V6NF_CHANGE_COUNT
};

/* What routers advertise, and the node has a configured value for (RFC 4861, 6.3.2). */
enum v6nf_parameter {
    V6NF_PARAMETER_HOP_LIMIT,
    V6NF_PARAMETER_MTU,
    V6NF_PARAMETER_RETRANS_TIMER,
    V6NF_PARAMETER_REACHABLE_TIME,
    V6NF_PARAMETERS
};

struct v6nf_ping;
struct v6nf_ping_operations;

/* A node. Times are microseconds. */
struct v6nf_node {
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE]; /* MAC address of the interface */
    uint8_t hop_limit;                    /* CurHopLimit (RFC 4861, 6.3.2) */
    bool autoconfigure;                   /* routers configure the node */
    bool ignore_redirects;                /* Redirects are dropped */
    bool has_secret;                      /* addresses are formed from `secret` (RFC 7217) */
    bool optimistic;                      /* optimistic addresses (RFC 4429) */
    bool announce;                        /* new addresses are announced (RFC 9131) */
    bool enhanced_detection;              /* Duplicate Address Detection uses nonces (RFC 7527) */
    bool temporary_addresses;             /* temporary addresses are formed (RFC 8981) */
    bool managed;                         /* M flag of the last Router Advertisement: addresses via DHCPv6 */
    bool other_configuration;             /* O flag of the last Router Advertisement: other configuration via DHCPv6 */
#if V6NF_FORWARDING
    bool router;           /* the node is an interface of a router */
    uint32_t answer_flags; /* of Neighbor Advertisements that answer: Solicited, Override, Router if it is one */
#endif
    uint8_t source_and_type[8];           /* MAC address and EtherType, as in every Ethernet header of the node */
    uint32_t mtu;                         /* LinkMTU (RFC 4861, 6.3.2) */
    uint32_t longest_frame;               /* `mtu` and the Ethernet header */
    uint32_t free_frame;                  /* length of frames that are sent without a look-up of the path MTU */
    uint32_t longest_packet;              /* Ethernet header and longest packet, sent in fragments if necessary */
    uint32_t max_mtu;                     /* MTU that the program configured: no router can exceed it */
    uint32_t dad_transmits;               /* DupAddrDetectTransmits (RFC 4862, 5.1) */
    uint64_t retransmit_time;             /* RetransTimer (RFC 4861, 6.3.2) */
    uint64_t reachable_time;              /* ReachableTime: `reachable_base`, randomized (RFC 4861, 6.3.2) */
    uint32_t reachable_base;              /* BaseReachableTime (RFC 4861, 6.3.2) */
    uint32_t solicit_interval;            /* interval before the next Router Solicitation; 0 at first (RFC 7559, RT) */
    uint64_t reachable_due;               /* time at which `reachable_time` is randomized again */
#if V6NF_ROUTER_MEMORY
    /* Time at which a value that a router advertised ends, in 2^20 microseconds. 0 for a configured value. Indexed by
     * enum v6nf_parameter. */
    uint32_t parameter_ends[V6NF_PARAMETERS];
#endif
    uint64_t solicit_due; /* time of the next Router Solicitation */
    uint8_t secret[16];   /* secret of opaque interface identifiers (RFC 7217) */
    uint8_t key[16];      /* key of all unpredictable values, derived from secret and seed */
#if V6NF_HAS_INDEX
    struct v6nf_hash_key hash_key; /* key of the hashes of indexed tables */
#endif
    uint64_t nonces;             /* number of values that were derived from `key` */
    uint32_t identifications;    /* number of identifications of fragments that were used */
    uint32_t udp_sources;        /* bit p % 32 is set if the program has sent from UDP port p */
    uint8_t multicast_hop_limit; /* hop limit of the program's datagrams to groups */
#if V6NF_CHECKSUM_OFFLOAD
    uint8_t checksums; /* of the configuration */
#endif

    uint64_t next_due;       /* nothing is due before; may be early, never late */
    uint64_t error_time;     /* time at which the token bucket of ICMPv6 errors was last filled */
    uint32_t error_tokens;   /* tokens in it */
    uint32_t addresses_used; /* slots of `addresses` in use, from the first on */
    uint32_t anycasts;       /* number of anycast addresses among them */
    uint64_t waiting_order;  /* `order` of the next packet that waits */

    struct v6nf_interface_address addresses[V6NF_ADDRESSES]; /* the first is the link-local address */
#if V6NF_ADDRESSES_INDEXED
    struct v6nf_address_index address_index; /* of them */
#endif
#if V6NF_ANNOUNCE
    struct v6nf_announcement announcements[V6NF_ADDRESSES]; /* of the addresses with the same index */
#endif
    struct v6nf_last_hop last_hop; /* next hop of the last packet */
#if V6NF_HAS_INDEX
    struct v6nf_default_hop default_hop; /* next hop of off-link destinations */
    bool destinations_used;              /* an entry of the Destination Cache was used */
#endif
#if V6NF_ROUTER_MEMORY
    bool source_redirects; /* a Redirect was for packets from one source only */
#endif
    uint32_t hops_stamp;                            /* number of the determination of next hops */
    uint32_t redirects_stamp;                       /* number of times that the effect of Redirects was forgotten */
    struct v6nf_neighbor neighbors[V6NF_NEIGHBORS]; /* Neighbor Cache */
#if V6NF_NEIGHBORS > V6NF_SCAN_MAX
    struct v6nf_neighbor_index neighbor_index; /* of the Neighbor Cache */
#endif
    struct v6nf_cache_entry destinations[V6NF_DESTINATIONS]; /* Destination Cache of off-link destinations */
    uint64_t path_mtus_unknown[2];                           /* by origin: until then, path MTUs were forgotten */
    uint32_t path_mtus_count;                                /* number of path MTUs in a large table */
    struct v6nf_path_mtu path_mtus[V6NF_PATH_MTUS];          /* path MTUs */
#if V6NF_PATH_MTUS > V6NF_SCAN_MAX
    struct v6nf_path_mtu_index path_mtu_index; /* of the path MTUs */
#endif
#if V6NF_NEIGHBORS > V6NF_SCAN_MAX
    uint32_t prefixes_end; /* slots of prefixes that were ever used, from the first on */
#endif
    /* Default routers, then routes, then prefixes: each kind has its own slots. */
    struct v6nf_route routes[V6NF_ROUTERS + V6NF_ROUTES + V6NF_PREFIXES];
#if V6NF_DNS
    struct v6nf_dns_server dns_servers[V6NF_DNS_SERVERS]; /* advertised DNS servers */
    struct v6nf_dns_domain dns_domains[V6NF_DNS_DOMAINS]; /* advertised search list */
#endif
    struct v6nf_udp_binding udp[V6NF_UDP_PORTS];        /* bound ports */
    struct v6nf_ping *ping;                             /* the Echo client; NULL for none */
    const struct v6nf_ping_operations *ping_operations; /* its functions, linked only if a program starts one */
#if V6NF_GROUPS > 0u
    struct v6nf_mld mld; /* groups and their reports */
#endif
    uint64_t counters[V6NF_COUNTER_COUNT]; /* indexed by enum v6nf_counter */
    uint32_t changes[V6NF_CHANGE_COUNT];   /* indexed by enum v6nf_change; each wraps around */
    uint64_t reassembly_order;             /* `order` of the next packet that is reassembled */
    uint64_t declined[V6NF_ADDRESSES];     /* prefixes with which no address is formed again; 0 in a free slot */
    uint8_t declined_next;                 /* slot of `declined` that is overwritten next */
#if V6NF_ENHANCED_DETECTION
    uint64_t detection_salt;        /* salt of nonces, another each time that detection starts again */
    uint64_t detection_salt_before; /* the salt before */
#endif
#if V6NF_FORWARDING
    uint32_t undelivered; /* packets that passed through, and whose next hop did not answer */
#endif
    struct v6nf_waiting waiting[V6NF_WAITING];                     /* packets that wait for address resolution */
    struct v6nf_reassembly reassemblies[V6NF_REASSEMBLIES];        /* packets that are being reassembled */
    struct v6nf_fragmentation fragmentations[V6NF_FRAGMENTATIONS]; /* packets that are being sent in fragments */
#if V6NF_KEPT_INDEXED
    struct v6nf_kept_index kept; /* of `waiting` and `fragmentations` */
#endif
#if V6NF_REASSEMBLIES > V6NF_SCAN_MAX
    struct v6nf_reassembly_index reassembly_index; /* of `reassemblies` */
#endif
#if V6NF_LOOPBACK > 0u
    struct v6nf_looped looped[V6NF_LOOPBACK]; /* ring of packets to own addresses */
    uint32_t looped_first;                    /* index of the oldest */
    uint32_t looped_count;                    /* number of them */
    const uint8_t *looped_in;                 /* the buffer in which one is being received; NULL for none */
#endif
};

#ifdef __cplusplus
}
#endif

#endif
