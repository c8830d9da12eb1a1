/* ndp.h: Neighbor Discovery messages (RFC 4861, 4) and options (RFC 4191, 2.3; RFC 8106, 5). Offsets count from the ICMPv6
 * header's first byte. */
#ifndef V6NF_WIRE_NDP_H
#define V6NF_WIRE_NDP_H

#include <stdbool.h>
#include <stdint.h>

#include "ether.h"
#include "icmpv6.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_NDP_HOP_LIMIT 255u /* RFC 4861, 7.1.1: nothing that a router forwarded is accepted */
#define V6NF_NDP_TARGET 8u
#define V6NF_NDP_NEIGHBOR_SIZE 24u /* Neighbor Solicitation and Advertisement without options (RFC 4861, 4.3 and 4.4) */
#define V6NF_NDP_LINK_LAYER_OPTION_SIZE 8u /* on Ethernet (RFC 2464, 6) */
#define V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE (V6NF_NDP_NEIGHBOR_SIZE + V6NF_NDP_LINK_LAYER_OPTION_SIZE)

/* Flags of a Neighbor Advertisement (RFC 4861, 4.4), in the 32 bits after the checksum. */
#define V6NF_NDP_ROUTER 0x80000000u
#define V6NF_NDP_SOLICITED 0x40000000u
#define V6NF_NDP_OVERRIDE 0x20000000u

/* Router Solicitation and Advertisement, Redirect, without options (RFC 4861, 4.1, 4.2 and 4.5). */
#define V6NF_NDP_ROUTER_SOLICITATION_SIZE 8u
#define V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE 16u
#define V6NF_NDP_CUR_HOP_LIMIT 4u
#define V6NF_NDP_ROUTER_FLAGS 5u
#define V6NF_NDP_MANAGED 0x80u
#define V6NF_NDP_OTHER 0x40u
#define V6NF_NDP_ROUTER_LIFETIME 6u  /* 2 bytes, seconds */
#define V6NF_NDP_REACHABLE_TIME 8u   /* 4 bytes, milliseconds */
#define V6NF_NDP_RETRANS_TIMER 12u   /* 4 bytes, milliseconds */
#define V6NF_NDP_REDIRECT_SIZE 40u
#define V6NF_NDP_REDIRECT_DESTINATION 24u

/* Option types (RFC 4861, 4.6; RFC 3971, 5.3.2; RFC 4191, 2.3; RFC 8106, 5.1 and 5.2). */
#define V6NF_NDP_OPTION_SOURCE_LINK_LAYER 1u
#define V6NF_NDP_OPTION_TARGET_LINK_LAYER 2u
#define V6NF_NDP_OPTION_PREFIX 3u
#define V6NF_NDP_OPTION_MTU 5u
#define V6NF_NDP_OPTION_NONCE 14u
#define V6NF_NDP_OPTION_ROUTE 24u
#define V6NF_NDP_OPTION_DNS_SERVERS 25u
#define V6NF_NDP_OPTION_DNS_SEARCH 31u

/* A lifetime, in seconds, that does not end (RFC 4861, 4.6.2). */
#define V6NF_NDP_INFINITY UINT32_MAX

/* The most options that are read in one message, in units of 8 bytes. A frame of 1514 bytes has room for 180. */
#define V6NF_NDP_OPTIONS_MAX 192u

/* What the functions below return for a message that is to be discarded. */
#define V6NF_NDP_INVALID UINT32_MAX

/*@ // At byte `at` stands the Ethernet address of one station, in an option of 8 bytes and type `type`.
    predicate v6nf_is_link_layer{L}(uint8_t *message, integer offset, integer end, integer type, integer at) =
        offset + 2 <= at && at + 6 <= end && message[at - 2] == type && message[at - 1] == 1 && v6nf_is_station(message + at);
    predicate v6nf_is_neighbor_message{L}(uint8_t *packet, uint8_t *message, integer length) =
        24 <= length && packet[7] == 255 && message[1] == 0 && message[8] != 0xFF && (length - 24) % 8 == 0;
    predicate v6nf_is_from_router{L}(uint8_t *packet, uint8_t *message, integer length, integer least) =
        least <= length && packet[7] == 255 && message[1] == 0 && packet[8] == 0xFE && (packet[9] & 0xC0) == 0x80;
    logic integer v6nf_long{L}(uint8_t *p) = 16777216 * p[0] + 65536 * p[1] + 256 * p[2] + p[3]; */

/* Finds the link-layer address option of type `type` among the options from byte `offset` to byte `end` of `message`.
 * Returns where in the message its Ethernet address starts, or 0 if there is no such option; the first counts, and options
 * of other types are passed over (RFC 4861, 9). Returns V6NF_NDP_INVALID if an option has length 0 or goes past `end`, if
 * the one that counts is not 8 bytes or not the address of one station, or if there are more than V6NF_NDP_OPTIONS_MAX
 * units of 8 bytes. */
/*@ requires end <= INT32_MAX;
    requires \valid_read(message + (0 .. end - 1));
    assigns \nothing;
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, offset, end, type, \result);
    ensures units: \result != V6NF_NDP_INVALID ==> offset <= end && (end - offset) % 8 == 0 && end - offset <= 8 * 192; */
static inline uint32_t v6nf_ndp_find_link_layer(const uint8_t *message, uint32_t offset, uint32_t end, uint8_t type)
{
    uint32_t found = 0;
    /* Lengths are in units of 8 bytes (RFC 4861, 4.6), so that options have no other sum. */
    if (offset > end || (end - offset) % 8u != 0u || end - offset > 8u * V6NF_NDP_OPTIONS_MAX) {
        return V6NF_NDP_INVALID;
    }
    /*@ loop invariant \at(offset, Pre) <= offset <= end;
        loop invariant (end - offset) % 8 == 0;
        loop invariant found == 0 || v6nf_is_link_layer(message, \at(offset, Pre), end, type, found);
        loop assigns offset, found;
        loop variant end - offset; */
    while (offset < end) {
        uint32_t size = 8u * (uint32_t)message[offset + 1u];
        uint32_t next = offset + size;
        if (size == 0u || next > end) {
            return V6NF_NDP_INVALID;
        }
        if (message[offset] == type && found == 0u) {
            found = offset + 2u;
            /* A group address taken for a neighbor's would turn every packet to it into a multicast. */
            if (size != V6NF_NDP_LINK_LAYER_OPTION_SIZE || !v6nf_ether_is_station(message + found)) {
                return V6NF_NDP_INVALID;
            }
        }
        offset = next;
    }
    return found;
}

/* The checks that RFC 4861, 7.1.1 and 7.1.2 have in common; the option of type `type` is looked for. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_neighbor_message(packet, message, length);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 24, length, type, \result); */
static inline uint32_t v6nf_ndp_check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length, uint8_t type)
{
    if (packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT || length < V6NF_NDP_NEIGHBOR_SIZE ||
        message[V6NF_ICMPV6_CODE] != 0u || v6nf_address_is_multicast(message + V6NF_NDP_TARGET)) {
        return V6NF_NDP_INVALID;
    }
    return v6nf_ndp_find_link_layer(message, V6NF_NDP_NEIGHBOR_SIZE, length, type);
}

/* Checks the Neighbor Solicitation of `length` bytes at `message`, in the packet whose IPv6 header is at `packet`: all of RFC
 * 4861, 7.1.1, but for the checksum, which v6nf_icmpv6_check() checks. Returns where in the message the source link-layer
 * address starts, 0 if it has none, or V6NF_NDP_INVALID. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_neighbor_message(packet, message, length);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 24, length, 1, \result);
    ensures v6nf_is_unspecified(packet + 8) ==> \result == 0 || \result == V6NF_NDP_INVALID; */
static inline uint32_t v6nf_ndp_check_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = v6nf_ndp_check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_SOURCE_LINK_LAYER);
    if (v6nf_address_is_unspecified(packet + V6NF_IPV6_SOURCE) &&
        (mac != 0u || !v6nf_address_is_solicited_node(packet + V6NF_IPV6_DESTINATION))) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

/* The same for a Neighbor Advertisement, RFC 4861, 7.1.2 and the target link-layer address. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_neighbor_message(packet, message, length);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 24, length, 2, \result); */
static inline uint32_t v6nf_ndp_check_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = v6nf_ndp_check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_TARGET_LINK_LAYER);
    /* Solicited, to a multicast address, is a contradiction. */
    if (mac != V6NF_NDP_INVALID && v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) &&
        (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) != 0u) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

/* The same for a Router Advertisement, RFC 4861, 6.1.2 and the source link-layer address. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_from_router(packet, message, length, 16);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 16, length, 1, \result); */
uint32_t v6nf_ndp_check_router_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* The same for a Redirect and the target link-layer address: all of RFC 4861, 8.1, but for the checksum and whether its
 * source is the first hop for the destination, which only the node knows. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_from_router(packet, message, length, 40) && message[24] != 0xFF;
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 40, length, 2, \result); */
uint32_t v6nf_ndp_check_redirect(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* -- Options ------------------------------------------------------------------------------------------------------------- */

/* The size in bytes of the option at byte `offset` of a message of `end` bytes: at least 8, a multiple of 8, and whole; 0
 * if there is none. Its type is message[offset]. */
/*@ requires end <= INT32_MAX;
    requires \valid_read(message + (0 .. end - 1));
    assigns \nothing;
    ensures whole: \result != 0 ==> 8 <= \result && offset + \result <= end && \result == 8 * message[offset + 1];
    ensures none: \result == 0 <==>
        offset + 8 > end || message[offset + 1] == 0 || offset + 8 * message[offset + 1] > end; */
static inline uint32_t v6nf_ndp_option_size(const uint8_t *message, uint32_t offset, uint32_t end)
{
    uint32_t least = offset + 8u;
    /*@ assert straight: offset <= 4294967287 ==> least == offset + 8; */
    /*@ assert wrap: offset >= 4294967288 ==> least == offset - 4294967288; */
    if (least > end || least < 8u) {
        return 0;
    }
    uint32_t size = 8u * (uint32_t)message[offset + 1u];
    uint32_t next = offset + size;
    return next <= end ? size : 0u;
}

/* The functions below read the option of `size` bytes, as v6nf_ndp_option_size() found it, at `option`. Those that can say
 * no return false, with all zero read, if the option is malformed. */

/* Default Router Preference and Route Preference (RFC 4191, 2.1), in ascending order. */
enum v6nf_ndp_preference {
    V6NF_NDP_PREFERENCE_LOW,
    V6NF_NDP_PREFERENCE_MEDIUM,
    V6NF_NDP_PREFERENCE_HIGH,
    V6NF_NDP_PREFERENCE_RESERVED /* must not be sent */
};

/* The preference in the flags of a Router Advertisement or a Route Information option. */
/*@ assigns \nothing;
    ensures 0 <= \result <= 3;
    ensures flags / 8 % 4 == 0 ==> \result == V6NF_NDP_PREFERENCE_MEDIUM;
    ensures flags / 8 % 4 == 1 ==> \result == V6NF_NDP_PREFERENCE_HIGH;
    ensures flags / 8 % 4 == 2 <==> \result == V6NF_NDP_PREFERENCE_RESERVED;
    ensures flags / 8 % 4 == 3 ==> \result == V6NF_NDP_PREFERENCE_LOW; */
static inline enum v6nf_ndp_preference v6nf_ndp_preference(uint8_t flags)
{
    static const enum v6nf_ndp_preference preferences[4] = {V6NF_NDP_PREFERENCE_MEDIUM, V6NF_NDP_PREFERENCE_HIGH,
                                                            V6NF_NDP_PREFERENCE_RESERVED, V6NF_NDP_PREFERENCE_LOW};
    /*@ assert mask: ((flags >> 3) & 3) == (flags >> 3) % 4; */
    /*@ assert shift: flags >> 3 == flags / 8; */
    return preferences[(flags >> 3) & 3u];
}

/* Prefix Information (RFC 4861, 4.6.2). */
struct v6nf_ndp_prefix {
    struct v6nf_address prefix;  /* the bits after `length` as they came */
    uint32_t length;             /* bits, at most 128 */
    bool on_link;                /* L */
    bool autonomous;             /* A */
    uint32_t valid_lifetime;     /* seconds */
    uint32_t preferred_lifetime;
};
/*@ requires \valid_read(option + (0 .. size - 1)) && \valid(prefix);
    requires \separated(prefix, option + (0 .. size - 1));
    assigns *prefix;
    ensures \result <==> size == 32 && option[2] <= 128;
    ensures \result ==> prefix->length == option[2];
    ensures \result ==> (prefix->on_link <==> (option[3] & 0x80) != 0) && (prefix->autonomous <==> (option[3] & 0x40) != 0);
    ensures \result ==> prefix->valid_lifetime == v6nf_long(option + 4) && prefix->preferred_lifetime == v6nf_long(option + 8);
    ensures \result ==> \forall integer i; 16 <= i < 32 ==> prefix->prefix.bytes[i - 16] == option[i];
    ensures zero: !\result ==> prefix->length == 0 && !prefix->on_link && !prefix->autonomous && prefix->valid_lifetime == 0 &&
        prefix->preferred_lifetime == 0; */
bool v6nf_ndp_read_prefix(const uint8_t *option, uint32_t size, struct v6nf_ndp_prefix *prefix);

/* Route Information (RFC 4191, 2.3). A reserved preference makes the option malformed. */
struct v6nf_ndp_route {
    struct v6nf_address prefix;  /* the bits after `length` as they came, 0 where the option has none */
    uint32_t length;             /* bits, at most 128 */
    enum v6nf_ndp_preference preference;
    uint32_t lifetime;           /* seconds */
};
/*@ requires \valid_read(option + (0 .. size - 1)) && \valid(route);
    requires \separated(route, option + (0 .. size - 1));
    assigns *route;
    ensures \result <==> 8 <= size <= 24 && option[2] <= 8 * (size - 8) && option[3] / 8 % 4 != 2;
    ensures \result ==> route->length == option[2] && route->length <= 128;
    ensures \result ==> route->preference != V6NF_NDP_PREFERENCE_RESERVED && route->lifetime == v6nf_long(option + 4);
    ensures \result ==> \forall integer i; 8 <= i < size ==> route->prefix.bytes[i - 8] == option[i];
    ensures zero: !\result ==> route->length == 0 && route->preference == 0 && route->lifetime == 0; */
bool v6nf_ndp_read_route(const uint8_t *option, uint32_t size, struct v6nf_ndp_route *route);

/* MTU (RFC 4861, 4.6.4); 0 if the option is malformed. */
/*@ requires \valid_read(option + (0 .. size - 1));
    assigns \nothing;
    ensures \result == (size == 8 ? v6nf_long(option + 4) : 0); */
uint32_t v6nf_ndp_read_mtu(const uint8_t *option, uint32_t size);

/* Recursive DNS Server and DNS Search List (RFC 8106, 5.1 and 5.2): bytes 4 to 7 are the lifetime in seconds, and from
 * byte V6NF_NDP_DNS_LIST on stand the addresses, 16 bytes each, or the domain names. */
#define V6NF_NDP_DNS_LIFETIME 4u
#define V6NF_NDP_DNS_LIST 8u

/* How many addresses are in a Recursive DNS Server option; 0 if it is malformed. */
/*@ assigns \nothing;
    ensures \result == (size > 8 && (size - 8) % 16 == 0 ? (size - 8) / 16 : 0);
    ensures 8 + 16 * \result <= size || \result == 0; */
static inline uint32_t v6nf_ndp_dns_servers(uint32_t size)
{
    return size > V6NF_NDP_DNS_LIST && (size - V6NF_NDP_DNS_LIST) % V6NF_ADDRESS_SIZE == 0u
               ? (size - V6NF_NDP_DNS_LIST) / V6NF_ADDRESS_SIZE
               : 0u;
}

/* Reads the first of the domain names (RFC 1035, 3.1, without compression) in the `size` bytes at `names`, as text without
 * the last dot, into `text`, which has room for `room` bytes, not 0, the terminating zero among them. Returns how many of
 * the bytes it takes up, 0 if there is none: padding, or malformed. The text is empty if it has no room, or has anything
 * but letters, digits, '-' and '_' in its labels. */
/*@ requires size <= INT32_MAX && 1 <= room;
    requires \valid_read(names + (0 .. size - 1)) && \valid(text + (0 .. room - 1));
    requires \separated(names + (0 .. size - 1), text + (0 .. room - 1));
    assigns text[0 .. room - 1];
    ensures \result <= size;
    ensures \exists integer i; 0 <= i < room && text[i] == 0; */
uint32_t v6nf_ndp_read_domain(const uint8_t *names, uint32_t size, char *text, uint32_t room);

/* Where in the Neighbor Solicitation of `length` bytes at `message`, which was checked, the nonce of V6NF_NDP_NONCE_SIZE bytes starts
 * (RFC 3971, 5.3.2); 0 if it has none of that size. */
#define V6NF_NDP_NONCE_SIZE 6u
/*@ requires length <= INT32_MAX;
    requires \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != 0 ==> 26 <= \result && \result + 6 <= length && message[\result - 2] == 14 &&
        message[\result - 1] == 1; */
uint32_t v6nf_ndp_find_nonce(const uint8_t *message, uint32_t length);

/* -- Writing --------------------------------------------------------------------------------------------------------------- */

/* Writes a Router Solicitation (RFC 4861, 4.1), from IPv6 header to checksum, at `packet`, whose addresses are written. With `mac`
 * it carries a source link-layer address option; NULL for none, as where the source is unspecified. `packet` has room for 56
 * bytes. Returns the packet's size. */
uint32_t v6nf_ndp_write_router_solicitation(uint8_t *packet, const uint8_t *mac);

/* Writes a Neighbor Solicitation for `target`, from IPv6 header to checksum, at `packet`, whose addresses are written. With
 * `mac` it carries a source link-layer address option; NULL for none, as where the source is unspecified (RFC 4861, 4.3).
 * `packet` has room for V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE bytes. Returns the packet's size. */
uint32_t v6nf_ndp_write_solicitation(uint8_t *packet, const uint8_t *target, const uint8_t *mac);

/* Writes a solicitation without `mac`, with a Nonce option of the 6 bytes at `nonce` (RFC 7527, 4.1). */
uint32_t v6nf_ndp_write_detection(uint8_t *packet, const uint8_t *target, const uint8_t *nonce);

/* Writes a Neighbor Advertisement in the same way, with `flags` and the target link-layer address option `mac`, not NULL. */
uint32_t v6nf_ndp_write_advertisement(uint8_t *packet, const uint8_t *target, uint32_t flags, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif
