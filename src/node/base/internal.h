/* internal.h: what the files of this room give each other. The way of a packet: input.c, then icmpv6.c or udp.c, then
 * output.c. */
#ifndef V6NF_NODE_BASE_INTERNAL_H
#define V6NF_NODE_BASE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "v6nf/wire/ext.h"
#include "v6nf/wire/icmpv6.h"
#include "v6nf/wire/ipv6.h"
#include "v6nf/wire/mld.h"
#include "v6nf/wire/ndp.h"
#include "v6nf/node.h"
#include "v6nf/router.h"
#include "v6nf/dns.h"
#include "v6nf/udp.h"
#include "v6nf/address.h"

/* Where the IPv6 packet starts in a frame, and what follows its header. */
#define PACKET V6NF_ETHER_HEADER_SIZE
#define UPPER (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_HEADER_SIZE)

/* The largest frame that the node writes by itself: one of the minimum link MTU. */
#define FRAME_CAPACITY_MIN (V6NF_ETHER_HEADER_SIZE + V6NF_IPV6_MTU_MIN)

/* "No such address": the index after the last. */
#define NO_ADDRESS V6NF_ADDRESSES

/* A received packet, as the layers hand it on. Offsets count from the frame's first byte. */
struct packet {
    uint8_t *frame;
    uint32_t capacity;
    uint32_t end;            /* one past the packet's last byte */
    uint32_t upper;          /* the header at hand */
    uint32_t next_header_at; /* the Next Header field that says what it is */
    uint64_t now;
};

/* True if the packet came to a multicast or broadcast address, of IPv6 or of the link. */
static inline bool is_to_group(const struct packet *packet)
{
    return v6nf_address_is_multicast(packet->frame + PACKET + V6NF_IPV6_DESTINATION) ||
           v6nf_ether_is_group(packet->frame + V6NF_ETHER_DESTINATION);
}

static inline void count(struct v6nf_node *node, enum v6nf_counter counter)
{
    node->counters[counter]++;
}

/* Counts, and says that nothing leaves. */
static inline uint32_t drop(struct v6nf_node *node, enum v6nf_counter cause)
{
    count(node, cause);
    return 0;
}

/* The packet did its work, and nothing leaves. */
static inline uint32_t deliver(struct v6nf_node *node)
{
    count(node, V6NF_DELIVERED);
    return 0;
}

/* Something is due at `time`. */
static inline void set_due(struct v6nf_node *node, uint64_t time)
{
    if (time < node->next_due) {
        node->next_due = time;
    }
}

/* node.c: remove addresses, routers and prefixes whose lifetime has ended, and deprecate addresses. */
void v6nf_expire(struct v6nf_node *node, uint64_t now);

/* Expire what is over before it is used: the program may call v6nf_node_tick() late. */
static inline void expire_in_time(struct v6nf_node *node, uint64_t now)
{
    if (now >= node->next_due) {
        v6nf_expire(node, now);
    }
}

/* node.c: `seconds` from `now` on; V6NF_NEVER for an infinite lifetime (RFC 4861, 4.6.2). */
uint64_t v6nf_lifetime_end(uint64_t now, uint32_t seconds);

/* True if the first `length` bits are the same. */
static inline bool prefix_matches(const uint8_t *prefix, uint32_t length, const uint8_t *address)
{
    return v6nf_address_common_prefix(prefix, address) >= length;
}

/* node.c: a random number below `range`, which nobody can foresee who does not know the node's key. */
uint32_t v6nf_random(struct v6nf_node *node, uint32_t range);

/* -- opaque.c: what nobody can guess who does not know the node's key ---------------------------------------------------- */

/* SipHash-2-4 of `length` bytes with a key of 16. */
uint64_t v6nf_keyed_hash(const uint8_t *key, const uint8_t *input, uint32_t length);

/* Makes the node's key. */
void v6nf_key_init(struct v6nf_node *node, uint64_t seed);

/* A number that is another each time. */
uint64_t v6nf_unguessable(struct v6nf_node *node);

/* An identification of fragments (RFC 7739): none comes twice in 2^32. */
uint32_t v6nf_identification(struct v6nf_node *node);

/* Return true for one of the last 65536 identifications of the node: no other host can predict them. */
bool v6nf_identification_is_own(const struct v6nf_node *node, uint32_t identification);

/* Write the flow label of a packet that the node originates, whose addresses and ports are written: the same for each
 * packet of a flow, unpredictable, and not 0 (RFC 6437, 3). The four bytes behind the header of ICMPv6 are type, code
 * and 0. Replies in place and link-local messages have label 0: their receivers classify flows by addresses and
 * ports. */
void v6nf_flow_label_write(const struct v6nf_node *node, uint8_t *ipv6);

/* Writes the interface identifier that goes with the first half of the address at `address` into its second half: a stable
 * opaque one if the node has a secret (RFC 7217, 5), else the modified EUI-64 one. *dad_counter goes up where the
 * identifier is a reserved one. */
void v6nf_identifier_form(const struct v6nf_node *node, uint8_t *address, uint8_t *dad_counter);

/* True if no node may have the interface identifier (RFC 5453). */
bool v6nf_identifier_is_reserved(const uint8_t *identifier);

/* -- Upper layers: each handles packet->frame and returns how many bytes of it leave ------------------------------------ */

/* input.c: the IPv6 packet behind the Ethernet header of a frame of `length` bytes. */
uint32_t v6nf_ipv6_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* tagged.c: the same for a frame whose EtherType is not that of IPv6. Remove a priority tag with IPv6 behind it: the
 * answer has none. Drop any other frame. */
uint32_t v6nf_tagged_input(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* ext.c: the extension headers of a packet, and then its upper layer. */
uint32_t v6nf_ext_input(struct v6nf_node *node, struct packet *packet);

uint32_t v6nf_icmpv6_input(struct v6nf_node *node, const struct packet *packet);
uint32_t v6nf_udp_input(struct v6nf_node *node, struct packet *packet);
uint32_t v6nf_ndp_solicitation(struct v6nf_node *node, const struct packet *packet);
uint32_t v6nf_ndp_advertisement(struct v6nf_node *node, const struct packet *packet);

/* detection.c: a solicitation for the address `own` of the node that is not in use; it names a link-layer address at byte `mac` of
 * the message, 0 if it does not. */
uint32_t v6nf_detection_solicited(struct v6nf_node *node, const struct packet *packet, uint32_t own, uint32_t mac);

/* router.c: the messages that routers send: not with the frequent ones in icmpv6.c, whose way is shorter without them. */
uint32_t v6nf_router_input(struct v6nf_node *node, const struct packet *packet);
uint32_t v6nf_redirect(struct v6nf_node *node, const struct packet *packet);

/* reassembly.c: takes in a fragment; packet->upper is its Fragment header. Returns true if that makes the packet whole:
 * *packet is then the whole one, in a buffer of the node's, at the header behind the Fragment header. Else *leaves is how
 * many bytes of the frame leave. */
bool v6nf_reassembly_add(struct v6nf_node *node, struct packet *packet, uint32_t *leaves);

uint32_t v6nf_reassembly_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_reassembly_due(const struct v6nf_node *node);

/* ext.c: takes the extension headers out of a packet that is to be answered in place. */
void v6nf_ext_strip(struct packet *packet);

/* What is wrong with a packet that the node sent: an ICMPv6 error says so, or the node found it by itself. */
struct packet_error {
    struct v6nf_icmpv6_quote quote; /* the packet */
    const uint8_t *source;          /* 16 bytes: who says so */
    uint32_t parameter;             /* what stands in the four bytes after the checksum */
    uint32_t size;                  /* bytes of the ICMPv6 message, 0 if there was none */
    uint8_t type;
    uint8_t code;
    uint8_t hop_limit;              /* of the packet that brought the message */
};

/* udp_port.c: report the error to the program if the packet's port has a handler for errors, and set *reported. Return
 * true if the packet is from an open port, or from one that the program has sent from. */
bool v6nf_udp_error(struct v6nf_node *node, const struct packet_error *error, bool *reported);

/* error.c: an ICMPv6 error came, not with the frequent messages in icmpv6.c, whose way is shorter without it. */
uint32_t v6nf_error_input(struct v6nf_node *node, const struct packet *packet);

/* error.c: the neighbor did not answer for which this packet of the node's own, of `size` bytes, waited (RFC 4861, 7.2.2). */
void v6nf_error_unreachable(struct v6nf_node *node, const uint8_t *ipv6, uint32_t size);

/* icmpv6.c: answers the packet with an ICMPv6 error, if one may be sent (RFC 4443, 2.4 (e) and (f)); else drops it, for
 * `otherwise` where it was not the rate limit. `parameter` is what stands in the four bytes after the checksum. */
uint32_t v6nf_icmpv6_error(struct v6nf_node *node, const struct packet *packet, uint8_t type, uint8_t code,
                           uint32_t parameter, enum v6nf_counter otherwise);

/* -- output.c and resolve.c ------------------------------------------------------------------------------------------------------------ */

/* Writes all of the Ethernet header but its destination, and lets the frame leave. */
static inline uint32_t leave(const struct v6nf_node *node, uint8_t *frame, uint32_t length)
{
    v6nf_copy8(frame + V6NF_ETHER_SOURCE, node->source_and_type);
    return length;
}

/* resolve.c: sends the IPv6 packet in the frame of `length` bytes, all but its Ethernet header written, finding and
 * checking its next hop step by step. Returns how many bytes of the frame leave. */
uint32_t v6nf_resolve(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* resolve.c: the same to the neighbor, once its link-layer address is known. */
uint32_t v6nf_resolve_to(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t length,
                         uint32_t capacity, uint64_t now);

/* resolve.c: send the answer of `length` bytes to the solicitor (RFC 4861, 7.2.4). The frame still has the Ethernet
 * header of the solicitation. `mac`: the byte of the message at which the solicitor's link-layer address was, 0 if
 * there was none. */
uint32_t v6nf_resolve_solicitor(struct v6nf_node *node, const struct packet *packet, uint32_t length, uint32_t mac);

static inline bool neighbor_is_reachable(const struct v6nf_neighbor *neighbor, uint64_t now)
{
    return now < neighbor->reachable_until;
}

/* Send the frame to a neighbor that is reachable. */
static inline uint32_t leave_to(const struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint8_t *frame,
                                uint32_t length, uint64_t now)
{
    neighbor->used = now;
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, neighbor->mac);
    return leave(node, frame, length);
}

/* Send the IPv6 packet in the frame: on the fast path if the next hop is known and reachable, else by
 * v6nf_resolve(). */
uint32_t v6nf_output(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now);

/* The same for what the program says, which goes before answers where there is not room for both. */
static inline uint32_t output_own(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity, uint64_t now)
{
    node->originating = true;
    uint32_t leaves = v6nf_output(node, frame, length, capacity, now);
    node->originating = false;
    return leaves;
}

/* resolve.c: writes a Neighbor Solicitation for the neighbor: to its solicited-node address while it is INCOMPLETE,
 * else to itself (RFC 4861, 7.2.2 and 7.3.3). Returns how many bytes of the frame leave: 0 if the node has no address
 * yet to ask from, or if the frame has no room. */
uint32_t v6nf_resolve_solicitation(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, struct v6nf_neighbor *neighbor);

/* resolve.c: writes a Neighbor Solicitation for the node's own address `own`, from the unspecified address (RFC 4862, 5.4.2). */
uint32_t v6nf_resolve_detection(struct v6nf_node *node, uint8_t *frame, uint32_t own);

/* -- udp_port.c: the UDP ports of the program ------------------------------------------------------------------------------- */

/* The binding of the port, a free one for port 0; NULL if there is none. Here, because every datagram needs it. */
static inline struct v6nf_udp_binding *udp_find_port(struct v6nf_node *node, uint16_t port)
{
    for (uint32_t i = 0; i < V6NF_UDP_PORTS; i++) {
        if (node->udp[i].port == port) {
            return &node->udp[i];
        }
    }
    return NULL;
}

/* The bit of node->udp_sources for the port. Some ports that were not sent from share it: it is a filter. */
static inline uint32_t udp_source_bit(uint16_t port)
{
    return UINT32_C(1) << (port % 32u);
}

#if V6NF_UDP_ZERO_CHECKSUM
/* Whether datagrams of the port may do without a checksum in this direction (RFC 6936, 4). */
bool v6nf_udp_may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction);

/* Handles a datagram of `length` bytes, its header included, that has no checksum. */
uint32_t v6nf_udp_input_without_checksum(struct v6nf_node *node, struct packet *packet, uint32_t length);
#else
static inline bool v6nf_udp_may_lack_checksum(struct v6nf_node *node, uint16_t port, uint32_t direction)
{
    (void)node, (void)port, (void)direction;
    return false;
}

static inline uint32_t v6nf_udp_input_without_checksum(struct v6nf_node *node, struct packet *packet, uint32_t length)
{
    (void)packet, (void)length;
    return drop(node, V6NF_DROP_UDP_CHECKSUM_ZERO);
}
#endif

/* True if the frame has the node's own Ethernet address as source: the link brought it back (RFC 4862, appendix A), or
 * another node has the same. */
static inline bool is_from_own_mac(const struct v6nf_node *node, const struct packet *packet)
{
    return v6nf_ether_address_equal(packet->frame + V6NF_ETHER_SOURCE, node->mac);
}

#if V6NF_ENHANCED_DETECTION
/* resolve.c: true if the Neighbor Solicitation for the node's address `own` is one that v6nf_resolve_detection() wrote. */
bool v6nf_resolve_is_own_detection(const struct v6nf_node *node, const struct packet *packet, uint32_t own);

/* resolve.c: detection begins again at `now`, with other nonces. */
void v6nf_resolve_renew_nonces(struct v6nf_node *node, uint64_t now);
#else
static inline bool v6nf_resolve_is_own_detection(const struct v6nf_node *node, const struct packet *packet,
                                                 uint32_t own)
{
    (void)own;
    return is_from_own_mac(node, packet);
}

static inline void v6nf_resolve_renew_nonces(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}
#endif

/* -- interface.c: the node's own addresses, by index ----------------------------------------------------------------------- */

/* The index of `address`, in whatever state, or NO_ADDRESS. Here, because every packet needs it. */
static inline uint32_t interface_find(const struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < node->addresses_used; i++) {
        if (v6nf_address_equal(node->addresses[i].address.bytes, address)) {
            return i;
        }
    }
    return NO_ADDRESS;
}

/* True if packets to and from the address are handled, without the care that optimistic and anycast ones need. */
static inline bool interface_in_use(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].state >= V6NF_ADDRESS_DEPRECATED;
}

/* Return true if its lifetime is over. The next v6nf_node_tick() removes it. */
static inline bool interface_is_over(const struct v6nf_node *node, uint32_t own, uint64_t now)
{
    return now >= node->addresses[own].valid_until;
}

/* True if packets to the address are handled. */
static inline bool interface_takes(const struct v6nf_node *node, uint32_t own)
{
    return node->addresses[own].state >= (V6NF_OPTIMISTIC || V6NF_ANYCAST ? V6NF_ADDRESS_OPTIMISTIC : V6NF_ADDRESS_DEPRECATED);
}

/* True if the node may send from its address `own` now. */
static inline bool interface_may_speak(const struct v6nf_node *node, uint32_t own)
{
    return interface_in_use(node, own) || node->addresses[own].state == V6NF_ADDRESS_OPTIMISTIC;
}

/* The same for an address that may not be the node's. Check the source of each packet that was written earlier before
 * it is sent. It may have been removed since, be tentative again, or be a duplicate (RFC 4862, 5.4). */
bool v6nf_interface_may_speak(const struct v6nf_node *node, const uint8_t *address);

/* True if `address` is assigned to the node, or about to be. A duplicate is not: it is another node's. */
bool v6nf_interface_has(const struct v6nf_node *node, const uint8_t *address);

/* True if the multicast group is one that the node is in by itself: all nodes, or a solicited-node group. */
bool v6nf_interface_is_member(const struct v6nf_node *node, const uint8_t *group);

/* The link-local address comes from the Ethernet address: if it is a duplicate, that is not unique either, and IPv6 must
 * stop (RFC 4862, 5.4.5). */
static inline bool interface_is_disabled(const struct v6nf_node *node)
{
    return node->addresses[0].state == V6NF_ADDRESS_DUPLICATE;
}

/* True if `destination` is on-link (RFC 4861, 5.2). */
bool v6nf_interface_is_on_link(const struct v6nf_node *node, const uint8_t *destination);

/* select.c: the index of the address to use as source for `destination` (RFC 6724, 5), or NO_ADDRESS. */
uint32_t v6nf_interface_select_source(const struct v6nf_node *node, const uint8_t *destination);

/* True if the node takes packets for the address, and does not answer from it: a group's, or an anycast address. */
static inline bool is_shared(const struct v6nf_node *node, const uint8_t *address)
{
    if (V6NF_ANYCAST && node->anycasts != 0u) {
        uint32_t own = interface_find(node, address);
        if (own != NO_ADDRESS && node->addresses[own].state == V6NF_ADDRESS_ANYCAST) {
            return true;
        }
    }
    return v6nf_address_is_multicast(address);
}

/* Makes the addresses of a packet that came in those of its answer: one of the node's own answers for one that is shared. Returns
 * false if the node has none for that. */
static inline bool turn_around(const struct v6nf_node *node, uint8_t *ipv6)
{
    if (is_shared(node, ipv6 + V6NF_IPV6_DESTINATION)) {
        uint32_t own = v6nf_interface_select_source(node, ipv6 + V6NF_IPV6_SOURCE);
        if (own == NO_ADDRESS) {
            return false;
        }
        v6nf_address_copy(ipv6 + V6NF_IPV6_DESTINATION, node->addresses[own].address.bytes);
    }
    v6nf_ipv6_swap_addresses(ipv6);
    return true;
}

/* Another node has the address (RFC 4862, 5.4.5). */
void v6nf_interface_duplicate(struct v6nf_node *node, uint32_t own, uint64_t now);

/* The node's own solicitation for the address came back (RFC 7527, 4.1). */
void v6nf_interface_looped_back(struct v6nf_node *node, uint32_t own);

/* Adds a copy of *address, for which there is room, and begins its detection. Returns it. */
struct v6nf_interface_address *v6nf_interface_add(struct v6nf_node *node, const struct v6nf_interface_address *address,
                                                  uint64_t now);

/* Removes an address. The last one takes its place. */
void v6nf_interface_remove(struct v6nf_node *node, uint32_t own);

void v6nf_interface_set_lifetimes(struct v6nf_node *node, struct v6nf_interface_address *own, uint64_t preferred_until,
                                  uint64_t valid_until, uint64_t now);

/* autoconf.c: forms an address with an advertised prefix of 64 bits, or gives the one that was formed with it new lifetimes, in
 * seconds (RFC 4862, 5.5.3, d and e). */
void v6nf_autoconfigure(struct v6nf_node *node, const uint8_t *prefix, uint32_t valid_lifetime, uint32_t preferred_lifetime,
                        uint64_t now);

/* The program removed an address that was formed with the prefix of 64 bits at `prefix`: none is formed with it again
 * on this link. */
void v6nf_autoconf_decline(struct v6nf_node *node, const uint8_t *prefix);

/* Begins Duplicate Address Detection for all addresses anew. */
void v6nf_interface_restart(struct v6nf_node *node, uint64_t now);

/* Forms the link-local address. */
void v6nf_interface_init(struct v6nf_node *node, uint64_t now);

/* Remove addresses that are no longer valid, and deprecate those that are no longer preferred (RFC 4862, 5.5.4). */
void v6nf_interface_expire(struct v6nf_node *node, uint64_t now);

uint32_t v6nf_interface_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_interface_due(const struct v6nf_node *node);

/* -- temporary.c -------------------------------------------------------------------------------------------------------------- */

#if V6NF_TEMPORARY
/* Writes a new interface identifier into the second half of the address (RFC 8981, 3.3). */
void v6nf_temporary_form(struct v6nf_node *node, uint8_t *address);

/* Where all places for addresses are taken, removes the temporary one, of those that are deprecated, that would go first: it does not
 * hold up one that is wanted. */
void v6nf_temporary_make_room(struct v6nf_node *node);

/* The address `stable` was formed, or has new lifetimes: so have the temporary ones with its prefix. */
void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable, uint64_t now);

/* The temporary address is a duplicate, and is to have no other identifier. */
void v6nf_temporary_give_up(struct v6nf_node *node, struct v6nf_interface_address *own);

void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now);
uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now);
#else
static inline void v6nf_temporary_form(struct v6nf_node *node, uint8_t *address)
{
    (void)node, (void)address;
}

static inline void v6nf_temporary_make_room(struct v6nf_node *node)
{
    (void)node;
}

static inline void v6nf_temporary_update(struct v6nf_node *node, const struct v6nf_interface_address *stable, uint64_t now)
{
    (void)node, (void)stable, (void)now;
}

static inline void v6nf_temporary_give_up(struct v6nf_node *node, struct v6nf_interface_address *own)
{
    (void)node, (void)own;
}

static inline void v6nf_temporary_tick(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}

static inline uint64_t v6nf_temporary_due(const struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
    return V6NF_NEVER;
}
#endif

/* -- announce.c --------------------------------------------------------------------------------------------------------------- */

#if V6NF_ANNOUNCE
/* Tells routers of the address, if that is wanted, unless it is link-local. */
void v6nf_announce_address(struct v6nf_node *node, uint32_t own, uint64_t now);

/* Address `from` is `to` now, and `from` is none. */
void v6nf_announce_move(struct v6nf_node *node, uint32_t to, uint32_t from);

uint32_t v6nf_announce_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_announce_due(const struct v6nf_node *node);
#else
static inline void v6nf_announce_address(struct v6nf_node *node, uint32_t own, uint64_t now)
{
    (void)node, (void)own, (void)now;
}

static inline void v6nf_announce_move(struct v6nf_node *node, uint32_t to, uint32_t from)
{
    (void)node, (void)to, (void)from;
}
#endif

/* -- multicast.c: the groups that the node is in, by index ----------------------------------------------------------------- */

#if V6NF_GROUPS > 0u
/* True if somebody listens to the group. */
bool v6nf_multicast_is_used(const struct v6nf_node *node, uint32_t group);

/* The places for sources in the filter of a group, and how many there are: none for a solicited-node group. */
struct v6nf_group_source *v6nf_multicast_sources(struct v6nf_node *node, uint32_t group, uint32_t *count);

/* True if the merged filter of the group's listeners names the source (RFC 9777, 4.2): those wanted in mode INCLUDE, those
 * not wanted in mode EXCLUDE. */
static inline bool source_is_listed(const struct v6nf_group *group, const struct v6nf_group_source *source)
{
    if (group->excluding == 0u) {
        return source->including != 0u;
    }
    return source->excluding == group->excluding && source->including == 0u;
}

/* True if the node wants packets to the group from this address. */
bool v6nf_multicast_wants(const struct v6nf_node *node, uint32_t group, const uint8_t *source);

/* The group's index, or V6NF_GROUPS_ALL. */
uint32_t v6nf_multicast_find(const struct v6nf_node *node, const uint8_t *group);
#endif

/* Handles a packet that ends at byte `end` of the frame, and that is not for an address in use, nor for a group that the node is in
 * by itself: takes it if it is for an optimistic or anycast address, or if the program has joined its destination and wants
 * its source; else drops it. */
uint32_t v6nf_multicast_input(struct v6nf_node *node, uint8_t *frame, uint32_t end, uint32_t capacity, uint64_t now);

/* -- mld.c: what is said of these groups ------------------------------------------------------------------------------------ */

#if V6NF_MLD
/* Handles what icmpv6.c has no other use for. */
uint32_t v6nf_mld_input(struct v6nf_node *node, const struct packet *packet);

/* Joins and leaves the solicited-node group of one of the node's addresses, once for each address. */
void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now);
void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address);

void v6nf_mld_init(struct v6nf_node *node);

/* What `changes` of the group and its sources say is to be reported, from `now` on. */
void v6nf_mld_changed(struct v6nf_node *node, uint32_t group, uint64_t now);

/* The node has a link-local address to report from now: what was said before counted for switches only (RFC 3590, 4). */
void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now);

/* True while a State Change Report of the group is to be sent. */
bool v6nf_mld_is_changing(const struct v6nf_node *node, uint32_t group);

/* True if the node's MLD reads the packet, whose upper-layer header is at packet->upper: with the headers before it. */
bool v6nf_mld_is_message(const struct packet *packet);

uint32_t v6nf_mld_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_mld_due(const struct v6nf_node *node);
#else
static inline uint32_t v6nf_mld_input(struct v6nf_node *node, const struct packet *packet)
{
    (void)packet;
    return drop(node, V6NF_DROP_ICMPV6_TYPE);
}

static inline void v6nf_multicast_join_solicited_node(struct v6nf_node *node, const uint8_t *address, uint64_t now)
{
    (void)node, (void)address, (void)now;
}

static inline void v6nf_multicast_leave_solicited_node(struct v6nf_node *node, const uint8_t *address)
{
    (void)node, (void)address;
}

static inline void v6nf_mld_init(struct v6nf_node *node)
{
    (void)node;
}

static inline void v6nf_mld_changed(struct v6nf_node *node, uint32_t group, uint64_t now)
{
    (void)node, (void)group, (void)now;
}

static inline void v6nf_mld_report_all(struct v6nf_node *node, uint64_t now)
{
    (void)node, (void)now;
}

static inline bool v6nf_mld_is_changing(const struct v6nf_node *node, uint32_t group)
{
    (void)node, (void)group;
    return false;
}

static inline bool v6nf_mld_is_message(const struct packet *packet)
{
    (void)packet;
    return false;
}

static inline uint32_t v6nf_mld_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now)
{
    (void)node, (void)frame, (void)capacity, (void)now;
    return 0;
}
#endif

/* -- destination.c ------------------------------------------------------------------------------------------------------------ */

static inline size_t destination_slot(const uint8_t *address)
{
    return ((size_t)address[15] ^ (size_t)address[8]) % V6NF_DESTINATIONS;
}

/* The neighbor that takes packets for the unicast address `destination` (RFC 4861, 5.2), perhaps still INCOMPLETE. NULL,
 * counted as a drop, if there is none. */
struct v6nf_neighbor *v6nf_destination_find(struct v6nf_node *node, const uint8_t *destination, uint64_t now);

/* True if a packet for `destination` would leave the node. */
bool v6nf_destination_has_route(const struct v6nf_node *node, const uint8_t *destination);

/* The longest frame that may go to this destination. */
uint32_t v6nf_destination_longest_frame(struct v6nf_node *node, const uint8_t *destination, uint64_t now);

/* The link MTU has changed: path MTUs are at most that. */
void v6nf_destination_clamp(struct v6nf_node *node);

/* A long packet goes to the multicast group: there may be a Packet Too Big about it. */
void v6nf_destination_remember_group(struct v6nf_node *node, const uint8_t *group);

/* A Packet Too Big came with this MTU and quotation (RFC 8201, 4). Returns whether the path MTU is less for it. */
bool v6nf_destination_too_big(struct v6nf_node *node, const struct v6nf_icmpv6_quote *quote, uint32_t mtu, uint64_t now);

/* Forgets what goes by this neighbor; V6NF_NEIGHBORS for everything. */
void v6nf_destination_forget(struct v6nf_node *node, uint32_t neighbor);

/* Forgets what goes by this neighbor as a router. */
void v6nf_destination_forget_router(struct v6nf_node *node, uint32_t neighbor);

/* Forget next hops, because prefixes, routers or the node's own addresses have changed. Keep those of Redirects, unless
 * their destination is an own address. */
void v6nf_destination_redetermine(struct v6nf_node *node);

/* The first hop for `destination` is now `neighbor` (RFC 4861, 8.3). */
void v6nf_destination_redirect(struct v6nf_node *node, const uint8_t *destination, const struct v6nf_neighbor *neighbor);

/* The address of the router that packets for `destination` go to; NULL if they go to none. */
const uint8_t *v6nf_destination_router(struct v6nf_node *node, const uint8_t *destination);

/* -- route.c: default routers, more specific routes and on-link prefixes ------------------------------------------------------------------------ */

/* The router to send packets for the off-link `destination` to; NULL if there is none (RFC 4861, 6.3.6; RFC 4191, 3.2). */
const uint8_t *v6nf_route_select(struct v6nf_node *node, const uint8_t *destination, uint64_t now);

/* The same without choosing: the next call of v6nf_route_select() may give it, if nothing changes. */
const uint8_t *v6nf_route_look_up(struct v6nf_node *node, const uint8_t *destination);

/* True if there is a router for the off-link `destination`. */
bool v6nf_route_exists(const struct v6nf_node *node, const uint8_t *destination);

/* True if `destination` has an advertised on-link prefix. */
bool v6nf_route_is_on_link(const struct v6nf_node *node, const uint8_t *destination);

/* A router advertised a route, to ::/0 if it is a default router; or, with `router` ::, an on-link prefix. The lifetime is in
 * seconds, 0 to withdraw it. */
void v6nf_route_update(struct v6nf_node *node, const uint8_t *router, const struct v6nf_ndp_route *route, uint64_t now);

/* True if a route goes by this router. */
bool v6nf_route_has_router(const struct v6nf_node *node, const uint8_t *router);

/* The neighbor, which was a router, is not any more (RFC 4861, 7.2.5). */
void v6nf_route_forget_router(struct v6nf_node *node, const struct v6nf_neighbor *neighbor);

/* Removes what is no longer valid. */
void v6nf_route_expire(struct v6nf_node *node, uint64_t now);
uint64_t v6nf_route_due(const struct v6nf_node *node);

/* -- dns.c: a router sent one of these options, of `size` bytes, at `option` (RFC 8106, 5) --------------------------------------- */

void v6nf_dns_servers_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now);
void v6nf_dns_search_advertised(struct v6nf_node *node, const uint8_t *option, uint32_t size, uint64_t now);

/* -- router.c: router discovery ---------------------------------------------------------------------------------------------------- */

void v6nf_router_init(struct v6nf_node *node, uint64_t now);

/* Begins to ask for routers, at `time`, if the node is to be configured by them. */
void v6nf_router_start(struct v6nf_node *node, uint64_t time);

uint32_t v6nf_router_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_router_due(const struct v6nf_node *node);

/* -- neighbor.c ---------------------------------------------------------------------------------------------------------------- */

/* The entry of `address`, or NULL. */
static inline struct v6nf_neighbor *neighbor_find(struct v6nf_node *node, const uint8_t *address)
{
    for (uint32_t i = 0; i < V6NF_NEIGHBORS; i++) {
        struct v6nf_neighbor *neighbor = &node->neighbors[i];
        if (v6nf_address_equal(neighbor->address.bytes, address) && neighbor->state != V6NF_NEIGHBOR_FREE) {
            return neighbor;
        }
    }
    return NULL;
}

/* Make an INCOMPLETE entry without a timer, and evict another if necessary (RFC 6583). Return NULL if none can be
 * evicted. */
struct v6nf_neighbor *v6nf_neighbor_create(struct v6nf_node *node, const uint8_t *address, uint64_t now);

/* Return the entry of `address` for a packet to it, a new one if there is none. Return NULL if no entry can be evicted,
 * or if unknown hosts make the node resolve too many at once. */
struct v6nf_neighbor *v6nf_neighbor_resolve(struct v6nf_node *node, const uint8_t *address, uint64_t now);

/* Return true if the Neighbor Cache has `mac`, of a station, for the neighbor, which is NULL without an entry. An
 * INCOMPLETE entry has 0, which is no station's. */
static inline bool neighbor_knows(const struct v6nf_neighbor *neighbor, const uint8_t *mac)
{
    return neighbor != NULL && v6nf_ether_address_equal(neighbor->mac, mac);
}

/* A router told that the neighbor `address` has the link-layer address `mac`, NULL if it did not tell (RFC 4861, 6.3.4 and
 * 8.3). Returns its entry: STALE if that is news; NULL if there is none, or no room for one. */
struct v6nf_neighbor *v6nf_neighbor_told(struct v6nf_node *node, const uint8_t *address, const uint8_t *mac, uint64_t now);

/* Has a solicitation sent to an INCOMPLETE neighbor: once, if it is not the first that asks. */
void v6nf_neighbor_probe(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint64_t now);

/* A packet from `address` named a link-layer address that the neighbor, NULL for none, is not known to have, and is no
 * answer (RFC 4861, 7.2.3). Returns false if the address is one of the node's own. */
bool v6nf_neighbor_learn(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *address, const uint8_t *mac,
                         uint64_t now);

/* The neighbor sent an advertisement with these flags; `mac` NULL if it named no link-layer address (RFC 4861, 7.2.5). */
void v6nf_neighbor_advertised(struct v6nf_node *node, struct v6nf_neighbor *neighbor, const uint8_t *mac, uint32_t flags,
                              uint64_t now);

/* A packet is about to go to the neighbor (RFC 4861, 7.3.3). `own` is the index of its source. */
void v6nf_neighbor_use(struct v6nf_node *node, struct v6nf_neighbor *neighbor, uint32_t own, uint64_t now);

/* Forgets the neighbor with this address, all with NULL, and what waits for it. */
void v6nf_neighbor_forget(struct v6nf_node *node, const uint8_t *address);

/* Note a solicitation of the neighbor, and set the time of the next. It counts as an attempt only if `is_sent`. */
void v6nf_neighbor_solicited(struct v6nf_node *node, struct v6nf_neighbor *neighbor, bool is_sent, uint64_t now);

uint32_t v6nf_neighbor_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_neighbor_due(const struct v6nf_node *node);

/* The earlier of two times. */
static inline uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint32_t neighbor_index(const struct v6nf_node *node, const struct v6nf_neighbor *neighbor)
{
    return (uint32_t)(neighbor - node->neighbors);
}

/* -- waiting.c: packets that wait for address resolution (RFC 4861, 7.2.2) ------------------------------------------------------ */

/* Copies the frame; it replaces the oldest where there are too many. Counted as a drop if it is too long. */
void v6nf_waiting_keep(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame, uint32_t length);

/* True if a packet waits for this neighbor and the next fits a buffer of `capacity` bytes. */
bool v6nf_waiting_fits(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint32_t capacity);

/* Send the oldest packet that waits for this neighbor. Return how many bytes of the frame leave. */
uint32_t v6nf_waiting_release(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, uint8_t *frame, uint32_t capacity,
                              uint64_t now);

/* The same for the oldest packet whose neighbor is resolved. Packets that can no longer be sent are dropped. */
uint32_t v6nf_waiting_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Count the packet in the frame of `length` bytes, which waited, as dropped for `cause`, and report it to its sender
 * where that is V6NF_DROP_UNREACHABLE. */
void v6nf_waiting_lost(struct v6nf_node *node, const uint8_t *frame, uint32_t length, enum v6nf_counter cause);

/* Drops what waits for the neighbor, for `cause`. */
void v6nf_waiting_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause);

#if V6NF_ANNOUNCE
/* Drop the Neighbor Advertisements that wait: they contain the link-layer address that the node had before. */
void v6nf_waiting_drop_advertisements(struct v6nf_node *node);
#endif

uint64_t v6nf_waiting_due(const struct v6nf_node *node);

/* -- fragment.c: packets longer than the path MTU (RFC 8200, 4.5) ----------------------------------------------------------- */

/* Keep the packet in the frame of `length` bytes, and make the frame the first fragment, of at most `longest` bytes.
 * Return its length; 0, counted as a drop, if the packet is too long, is a fragment, or if no slot is free. */
uint32_t v6nf_fragment_start(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t longest, uint64_t now);

#if V6NF_LONG_PACKETS_WAIT
/* Keep the program's packet until the neighbor is resolved. Count a drop if it cannot be kept. */
void v6nf_fragment_wait(struct v6nf_node *node, const struct v6nf_neighbor *neighbor, const uint8_t *frame,
                        uint32_t length);

/* Drop what waits for the neighbor, for `cause`. */
void v6nf_fragment_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause);
#else
static inline void v6nf_fragment_wait(struct v6nf_node *node, const struct v6nf_neighbor *neighbor,
                                      const uint8_t *frame, uint32_t length)
{
    (void)node, (void)neighbor, (void)frame, (void)length;
}

static inline void v6nf_fragment_drop(struct v6nf_node *node, uint32_t neighbor, enum v6nf_counter cause)
{
    (void)node, (void)neighbor, (void)cause;
}
#endif

uint32_t v6nf_fragment_tick(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
uint64_t v6nf_fragment_due(const struct v6nf_node *node);

/* -- What an Echo client does (ping.c): the node knows it by these alone ---------------------------------------------------- */

struct v6nf_ping_operations {
    /* An Echo Reply came, with at least what stands before its data. */
    uint32_t (*reply)(struct v6nf_node *node, const struct packet *packet);

    /* An ICMPv6 error about an ICMPv6 packet of the node's own. Return true if that is one of the last Echo Requests;
     * set *reported if it was still under way, and the error is its result. */
    bool (*error)(struct v6nf_node *node, const struct packet_error *error, bool *reported);

    uint32_t (*tick)(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint64_t now);
    uint64_t (*due)(const struct v6nf_node *node);
};

#endif
