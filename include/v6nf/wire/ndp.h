/* ndp.h: Neighbor Discovery messages (RFC 4861, 4) and options (RFC 4191, 2.3; RFC 8106, 5). Offsets count from the
 * ICMPv6 header's first byte. Multi-byte fields are most significant byte first.
 * Context: any. */
#ifndef V6NF_WIRE_NDP_H
#define V6NF_WIRE_NDP_H

#include <stdbool.h>
#include <stdint.h>

#include "ether.h"
#include "icmpv6.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_NDP_HOP_LIMIT 255u            /* hop limit of every message: not forwarded (RFC 4861, 7.1.1) */
#define V6NF_NDP_TARGET 8u                 /* offset of Target Address */
#define V6NF_NDP_NEIGHBOR_SIZE 24u         /* bytes of a Neighbor message without options (RFC 4861, 4.3, 4.4) */
#define V6NF_NDP_LINK_LAYER_OPTION_SIZE 8u /* bytes of a link-layer address option on Ethernet (RFC 2464, 6) */
/* Bytes of a Neighbor Solicitation or Advertisement with a link-layer address option. */
#define V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE (V6NF_NDP_NEIGHBOR_SIZE + V6NF_NDP_LINK_LAYER_OPTION_SIZE)

#define V6NF_NDP_ROUTER 0x80000000u            /* R flag in the 32 bits after the checksum (RFC 4861, 4.4) */
#define V6NF_NDP_SOLICITED 0x40000000u         /* S flag in the 32 bits after the checksum (RFC 4861, 4.4) */
#define V6NF_NDP_OVERRIDE 0x20000000u          /* O flag in the 32 bits after the checksum (RFC 4861, 4.4) */
#define V6NF_NDP_ROUTER_SOLICITATION_SIZE 8u   /* bytes without options (RFC 4861, 4.1) */
#define V6NF_NDP_ROUTER_ADVERTISEMENT_SIZE 16u /* bytes without options (RFC 4861, 4.2) */
#define V6NF_NDP_CUR_HOP_LIMIT 4u              /* offset of Cur Hop Limit */
#define V6NF_NDP_ROUTER_FLAGS 5u               /* offset of the flags of a Router Advertisement */
#define V6NF_NDP_MANAGED 0x80u                 /* M flag */
#define V6NF_NDP_OTHER 0x40u                   /* O flag */
#define V6NF_NDP_ROUTER_LIFETIME 6u            /* offset of Router Lifetime: 2 bytes, seconds */
#define V6NF_NDP_REACHABLE_TIME 8u             /* offset of Reachable Time: 4 bytes, milliseconds */
#define V6NF_NDP_RETRANS_TIMER 12u             /* offset of Retrans Timer: 4 bytes, milliseconds */
#define V6NF_NDP_REDIRECT_SIZE 40u             /* bytes without options (RFC 4861, 4.5) */
#define V6NF_NDP_REDIRECT_DESTINATION 24u      /* offset of Destination Address (RFC 4861, 4.5) */
#define V6NF_NDP_OPTION_SOURCE_LINK_LAYER 1u   /* option type (RFC 4861, 4.6.1) */
#define V6NF_NDP_OPTION_TARGET_LINK_LAYER 2u   /* option type (RFC 4861, 4.6.1) */
#define V6NF_NDP_OPTION_PREFIX 3u              /* option type (RFC 4861, 4.6.2) */
#define V6NF_NDP_OPTION_MTU 5u                 /* option type (RFC 4861, 4.6.4) */
#define V6NF_NDP_OPTION_NONCE 14u              /* option type (RFC 3971, 5.3.2) */
#define V6NF_NDP_OPTION_ROUTE 24u              /* option type (RFC 4191, 2.3) */
#define V6NF_NDP_OPTION_DNS_SERVERS 25u        /* option type (RFC 8106, 5.1) */
#define V6NF_NDP_OPTION_DNS_SEARCH 31u         /* option type (RFC 8106, 5.2) */

/* An infinite lifetime, in seconds (RFC 4861, 4.6.2). */
#define V6NF_NDP_INFINITY UINT32_MAX

/* Maximum size of all options of a message, in units of 8 bytes. A frame of 1514 bytes can hold 180. */
#define V6NF_NDP_OPTIONS_MAX 192u

/* Result of the functions below for a message that MUST be discarded. */
#define V6NF_NDP_INVALID UINT32_MAX

/*@ // At byte `at` is the MAC address of one station, in an option of 8 bytes and type `type`.
    predicate v6nf_is_link_layer{L}(uint8_t *message, integer offset, integer end, integer type, integer at) =
        offset + 2 <= at && at + 6 <= end && message[at - 2] == type && message[at - 1] == 1 &&
        v6nf_is_station(message + at);
    predicate v6nf_is_neighbor_message{L}(uint8_t *packet, uint8_t *message, integer length) =
        24 <= length && packet[7] == 255 && message[1] == 0 && message[8] != 0xFF && (length - 24) % 8 == 0;
    predicate v6nf_is_from_router{L}(uint8_t *packet, uint8_t *message, integer length, integer least) =
        least <= length && packet[7] == 255 && message[1] == 0 && packet[8] == 0xFE && (packet[9] & 0xC0) == 0x80;
    logic integer v6nf_long{L}(uint8_t *p) = 16777216 * p[0] + 65536 * p[1] + 256 * p[2] + p[3]; */

/* Find a link-layer address option (RFC 4861, 4.6.1). The first one counts; options of other types are ignored (9).
 * message: end bytes.
 * offset: first byte of the options.
 * end: bytes of the message.
 * type: V6NF_NDP_OPTION_SOURCE_LINK_LAYER or V6NF_NDP_OPTION_TARGET_LINK_LAYER.
 * Return the offset in the message of the MAC address, 0 if there is no such option, V6NF_NDP_INVALID if an option
 * has length 0 or exceeds the message, if the one that counts is not 8 bytes with the address of one station, or if
 * there are more than V6NF_NDP_OPTIONS_MAX units of 8 bytes. */
/*@ requires end <= INT32_MAX;
    requires \valid_read(message + (0 .. end - 1));
    assigns \nothing;
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, offset, end, type, \result);
    ensures units: \result != V6NF_NDP_INVALID ==>
        offset <= end && (end - offset) % 8 == 0 && end - offset <= 8 * 192; */
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
            /* With a group address for a neighbor, every packet to it would be a multicast. */
            if (size != V6NF_NDP_LINK_LAYER_OPTION_SIZE || !v6nf_ether_is_station(message + found)) {
                return V6NF_NDP_INVALID;
            }
        }
        offset = next;
    }
    return found;
}

/* Make the checks that Neighbor Solicitations and Advertisements have in common (RFC 4861, 7.1.1 and 7.1.2).
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * type: the option to find.
 * Return the offset in the message of the found link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_neighbor_message(packet, message, length);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 24, length, type, \result); */
static inline uint32_t v6nf_ndp_check_neighbor_message(const uint8_t *packet, const uint8_t *message, uint32_t length,
                                                       uint8_t type)
{
    if (packet[V6NF_IPV6_HOP_LIMIT] != V6NF_NDP_HOP_LIMIT || length < V6NF_NDP_NEIGHBOR_SIZE ||
        message[V6NF_ICMPV6_CODE] != 0u || v6nf_address_is_multicast(message + V6NF_NDP_TARGET)) {
        return V6NF_NDP_INVALID;
    }
    return v6nf_ndp_find_link_layer(message, V6NF_NDP_NEIGHBOR_SIZE, length, type);
}

/* Check a Neighbor Solicitation (RFC 4861, 7.1.1). v6nf_icmpv6_check() checks the checksum.
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * Return the offset in the message of the source link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
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

/* Check a Neighbor Advertisement (RFC 4861, 7.1.2). v6nf_icmpv6_check() checks the checksum.
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * Return the offset in the message of the target link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_neighbor_message(packet, message, length);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 24, length, 2, \result); */
static inline uint32_t v6nf_ndp_check_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    uint32_t mac = v6nf_ndp_check_neighbor_message(packet, message, length, V6NF_NDP_OPTION_TARGET_LINK_LAYER);
    /* A solicited Advertisement to a multicast address contradicts itself (RFC 4861, 7.1.2). */
    if (mac != V6NF_NDP_INVALID && v6nf_address_is_multicast(packet + V6NF_IPV6_DESTINATION) &&
        (v6nf_load32(message + V6NF_ICMPV6_PARAMETER) & V6NF_NDP_SOLICITED) != 0u) {
        return V6NF_NDP_INVALID;
    }
    return mac;
}

/* Check a Router Solicitation (RFC 4861, 6.1.1). v6nf_icmpv6_check() checks the checksum.
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * Return the offset in the message of the source link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> 8 <= length && packet[7] == 255 && message[1] == 0;
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 8, length, 1, \result);
    ensures v6nf_is_unspecified(packet + 8) ==> \result == 0 || \result == V6NF_NDP_INVALID; */
uint32_t v6nf_ndp_check_router_solicitation(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* Check a Router Advertisement (RFC 4861, 6.1.2). v6nf_icmpv6_check() checks the checksum.
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * Return the offset in the message of the source link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_from_router(packet, message, length, 16);
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 16, length, 1, \result); */
uint32_t v6nf_ndp_check_router_advertisement(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* Check a Redirect (RFC 4861, 8.1). v6nf_icmpv6_check() checks the checksum. The node checks that the source is the
 * first hop to the destination.
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message.
 * Return the offset in the message of the target link-layer address, 0 if there is no such option, V6NF_NDP_INVALID
 * if the message MUST be discarded. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != V6NF_NDP_INVALID ==> v6nf_is_from_router(packet, message, length, 40) && message[24] != 0xFF;
    ensures \result == 0 || \result == V6NF_NDP_INVALID || v6nf_is_link_layer(message, 40, length, 2, \result); */
uint32_t v6nf_ndp_check_redirect(const uint8_t *packet, const uint8_t *message, uint32_t length);

/* -- Options ------------------------------------------------------------------------------------------------------- */

/* Get the size of an option (RFC 4861, 4.6). Its type is message[offset].
 * message: end bytes.
 * offset: first byte of the option.
 * end: bytes of the message.
 * Return the bytes of the option: at least 8, a multiple of 8. 0 if there is no whole option. */
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

/* Default Router Preference and Route Preference (RFC 4191, 2.1), in ascending order. */
enum v6nf_ndp_preference {
    V6NF_NDP_PREFERENCE_LOW,     /* low */
    V6NF_NDP_PREFERENCE_MEDIUM,  /* medium, the default */
    V6NF_NDP_PREFERENCE_HIGH,    /* high */
    V6NF_NDP_PREFERENCE_RESERVED /* MUST NOT be sent */
};

/* Return the preference in the `flags` of a Router Advertisement or a Route Information option (RFC 4191, 2.1). */
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
    struct v6nf_address prefix;  /* Prefix; the bits after `length` are as received */
    uint32_t length;             /* Prefix Length: bits, at most 128 */
    bool on_link;                /* L flag */
    bool autonomous;             /* A flag */
    uint32_t valid_lifetime;     /* Valid Lifetime, in seconds */
    uint32_t preferred_lifetime; /* Preferred Lifetime, in seconds */
};

/* Read a Prefix Information option (RFC 4861, 4.6.2).
 * option: size bytes.
 * size: bytes of the option, from v6nf_ndp_option_size().
 * prefix: the result; all zero if the option is malformed.
 * Return false if the option is malformed. */
/*@ requires \valid_read(option + (0 .. size - 1)) && \valid(prefix);
    requires \separated(prefix, option + (0 .. size - 1));
    assigns *prefix;
    ensures \result <==> size == 32 && option[2] <= 128;
    ensures \result ==> prefix->length == option[2];
    ensures \result ==> (prefix->on_link <==> (option[3] & 0x80) != 0);
    ensures \result ==> (prefix->autonomous <==> (option[3] & 0x40) != 0);
    ensures \result ==> prefix->valid_lifetime == v6nf_long(option + 4);
    ensures \result ==> prefix->preferred_lifetime == v6nf_long(option + 8);
    ensures \result ==> \forall integer i; 16 <= i < 32 ==> prefix->prefix.bytes[i - 16] == option[i];
    ensures zero: !\result ==> prefix->length == 0 && !prefix->on_link && !prefix->autonomous &&
        prefix->valid_lifetime == 0 && prefix->preferred_lifetime == 0; */
bool v6nf_ndp_read_prefix(const uint8_t *option, uint32_t size, struct v6nf_ndp_prefix *prefix);

/* Route Information (RFC 4191, 2.3). */
struct v6nf_ndp_route {
    struct v6nf_address prefix;          /* Prefix; the bits after `length` are as received, 0 if the option has none */
    uint32_t length;                     /* Prefix Length: bits, at most 128 */
    enum v6nf_ndp_preference preference; /* Route Preference, not reserved */
    uint32_t lifetime;                   /* Route Lifetime, in seconds */
};

/* Read a Route Information option (RFC 4191, 2.3). One with a reserved preference is malformed.
 * option: size bytes.
 * size: bytes of the option, from v6nf_ndp_option_size().
 * route: the result; all zero if the option is malformed.
 * Return false if the option is malformed. */
/*@ requires \valid_read(option + (0 .. size - 1)) && \valid(route);
    requires \separated(route, option + (0 .. size - 1));
    assigns *route;
    ensures \result <==> 8 <= size <= 24 && option[2] <= 8 * (size - 8) && option[3] / 8 % 4 != 2;
    ensures \result ==> route->length == option[2] && route->length <= 128;
    ensures \result ==> route->preference != V6NF_NDP_PREFERENCE_RESERVED && route->lifetime == v6nf_long(option + 4);
    ensures \result ==> \forall integer i; 8 <= i < size ==> route->prefix.bytes[i - 8] == option[i];
    ensures zero: !\result ==> route->length == 0 && route->preference == 0 && route->lifetime == 0; */
bool v6nf_ndp_read_route(const uint8_t *option, uint32_t size, struct v6nf_ndp_route *route);

/* Read an MTU option (RFC 4861, 4.6.4).
 * option: size bytes.
 * size: bytes of the option, from v6nf_ndp_option_size().
 * Return the MTU, 0 if the option is malformed. */
/*@ requires \valid_read(option + (0 .. size - 1));
    assigns \nothing;
    ensures \result == (size == 8 ? v6nf_long(option + 4) : 0); */
uint32_t v6nf_ndp_read_mtu(const uint8_t *option, uint32_t size);

#define V6NF_NDP_DNS_LIFETIME 4u /* offset of Lifetime, 4 bytes, in seconds (RFC 8106, 5.1 and 5.2) */
#define V6NF_NDP_DNS_LIST 8u     /* offset of the addresses, 16 bytes each, or of the domain names */

/* Return the number of addresses in a Recursive DNS Server option of `size` bytes, 0 if it is malformed (RFC 8106,
 * 5.1). */
/*@ assigns \nothing;
    ensures \result == (size > 8 && (size - 8) % 16 == 0 ? (size - 8) / 16 : 0);
    ensures 8 + 16 * \result <= size || \result == 0; */
static inline uint32_t v6nf_ndp_dns_servers(uint32_t size)
{
    return size > V6NF_NDP_DNS_LIST && (size - V6NF_NDP_DNS_LIST) % V6NF_ADDRESS_SIZE == 0u
               ? (size - V6NF_NDP_DNS_LIST) / V6NF_ADDRESS_SIZE
               : 0u;
}

/* Read the first domain name of a list (RFC 1035, 3.1, without compression) as text without the last dot.
 * names: size bytes.
 * size: bytes of the list.
 * text: room characters, the result. Empty if the name does not fit, or if its labels have characters other than
 * letters, digits, '-' and '_'.
 * room: characters at `text` including the terminating zero, at least 1.
 * Return the bytes that the name occupies; 0 if there is none: padding, or malformed. */
/*@ requires size <= INT32_MAX && 1 <= room;
    requires \valid_read(names + (0 .. size - 1)) && \valid(text + (0 .. room - 1));
    requires \separated(names + (0 .. size - 1), text + (0 .. room - 1));
    assigns text[0 .. room - 1];
    ensures \result <= size;
    ensures \exists integer i; 0 <= i < room && text[i] == 0; */
uint32_t v6nf_ndp_read_domain(const uint8_t *names, uint32_t size, char *text, uint32_t room);

#define V6NF_NDP_NONCE_SIZE 6u /* bytes of the nonces that the node sends (RFC 3971, 5.3.2: at least 6) */

/* Find the nonce of a Neighbor Solicitation (RFC 3971, 5.3.2).
 * message: length bytes, checked by v6nf_ndp_check_solicitation().
 * length: bytes of the message.
 * Return the offset in the message of the V6NF_NDP_NONCE_SIZE bytes, 0 if there is no nonce of that size. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result != 0 ==> 26 <= \result && \result + 6 <= length && message[\result - 2] == 14 &&
        message[\result - 1] == 1; */
uint32_t v6nf_ndp_find_nonce(const uint8_t *message, uint32_t length);

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* Write a Router Solicitation from IPv6 header to checksum (RFC 4861, 4.1).
 * packet: 56 bytes, the result; the addresses in it are written before.
 * mac: 6 bytes for a source link-layer address option; NULL for none, which an unspecified source requires.
 * Return the size of the packet. */
uint32_t v6nf_ndp_write_router_solicitation(uint8_t *packet, const uint8_t *mac);

/* Write a Neighbor Solicitation from IPv6 header to checksum (RFC 4861, 4.3).
 * packet: V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE bytes, the result; the addresses in it are written
 * before.
 * target: 16 bytes.
 * mac: 6 bytes for a source link-layer address option; NULL for none, which an unspecified source requires.
 * Return the size of the packet. */
uint32_t v6nf_ndp_write_solicitation(uint8_t *packet, const uint8_t *target, const uint8_t *mac);

/* Write a Neighbor Solicitation with a Nonce option and without link-layer address (RFC 7527, 4.1).
 * packet: V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE bytes, the result; the addresses in it are written
 * before.
 * target: 16 bytes.
 * nonce: V6NF_NDP_NONCE_SIZE bytes.
 * Return the size of the packet. */
uint32_t v6nf_ndp_write_detection(uint8_t *packet, const uint8_t *target, const uint8_t *nonce);

/* Write a Neighbor Advertisement from IPv6 header to checksum (RFC 4861, 4.4).
 * packet: V6NF_IPV6_HEADER_SIZE + V6NF_NDP_NEIGHBOR_WITH_OPTION_SIZE bytes, the result; the addresses in it are written
 * before.
 * target: 16 bytes.
 * flags: V6NF_NDP_ROUTER, V6NF_NDP_SOLICITED, V6NF_NDP_OVERRIDE, ORed.
 * mac: 6 bytes for the target link-layer address option.
 * Return the size of the packet. */
uint32_t v6nf_ndp_write_advertisement(uint8_t *packet, const uint8_t *target, uint32_t flags, const uint8_t *mac);

/* -- What routers write -------------------------------------------------------------------------------------------- */

#define V6NF_NDP_MTU_OPTION_SIZE 8u          /* bytes of an MTU option (RFC 4861, 4.6.4) */
#define V6NF_NDP_PREFIX_OPTION_SIZE 32u      /* bytes of a Prefix Information option (RFC 4861, 4.6.2) */
#define V6NF_NDP_ROUTE_OPTION_SIZE 24u       /* maximum bytes of a Route Information option (RFC 4191, 2.3) */
#define V6NF_NDP_OPTION_REDIRECTED_HEADER 4u /* option type (RFC 4861, 4.6.3) */
#define V6NF_NDP_REDIRECTED_HEADER 8u        /* offset in that option of the packet */
#define V6NF_NDP_REDIRECT_PACKET_SIZE 1280u  /* maximum bytes of a packet with a Redirect (RFC 4861, 8.2) */

/* Write a link-layer address option (RFC 4861, 4.6.1).
 * option: V6NF_NDP_LINK_LAYER_OPTION_SIZE bytes, the result.
 * type: V6NF_NDP_OPTION_SOURCE_LINK_LAYER or V6NF_NDP_OPTION_TARGET_LINK_LAYER.
 * mac: 6 bytes.
 * Return the bytes of the option. */
uint32_t v6nf_ndp_write_link_layer(uint8_t *option, uint8_t type, const uint8_t *mac);

/* Write an MTU option (RFC 4861, 4.6.4).
 * option: V6NF_NDP_MTU_OPTION_SIZE bytes, the result.
 * Return the bytes of the option. */
uint32_t v6nf_ndp_write_mtu(uint8_t *option, uint32_t mtu);

/* Write a Prefix Information option (RFC 4861, 4.6.2).
 * option: V6NF_NDP_PREFIX_OPTION_SIZE bytes, the result.
 * prefix: its bits after `length` are written as zeros. At most 128 bits.
 * Return the bytes of the option. */
uint32_t v6nf_ndp_write_prefix(uint8_t *option, const struct v6nf_ndp_prefix *prefix);

/* Return the bytes of a Route Information option for a prefix of `length` bits, 0 to 128: 8, 16 or 24 (RFC 4191,
 * 2.3). */
/*@ assigns \nothing;
    ensures length <= 128 ==> length <= 8 * (\result - 8) && 8 <= \result <= 24; */
static inline uint32_t v6nf_ndp_route_size(uint32_t length)
{
    return length == 0u ? 8u : length <= 64u ? 16u : 24u;
}

/* Return the bits of a preference in the flags of a Router Advertisement or a Route Information option (RFC 4191,
 * 2.1): those of the medium one for the reserved one, which MUST NOT be sent. */
/*@ assigns \nothing;
    ensures \result == 0 || \result == 0x08 || \result == 0x18; */
static inline uint8_t v6nf_ndp_preference_flags(enum v6nf_ndp_preference preference)
{
    return preference == V6NF_NDP_PREFERENCE_HIGH ? 0x08u : preference == V6NF_NDP_PREFERENCE_LOW ? 0x18u : 0u;
}

/* Write a Route Information option (RFC 4191, 2.3).
 * option: v6nf_ndp_route_size() bytes, the result.
 * route: its bits after `length` are written as zeros. At most 128 bits.
 * Return the bytes of the option. */
uint32_t v6nf_ndp_write_route(uint8_t *option, const struct v6nf_ndp_route *route);

/* Write the names of a text as a list does (RFC 1035, 3.1, without compression).
 * names: capacity bytes, the result.
 * capacity: bytes at `names`.
 * text: zero-terminated: labels of letters, digits, '-' and '_', of 1 to 63 characters, with dots between them. One
 * dot may be last.
 * Return the bytes of the name, at most 255; 0 if the text is no such name, is the root, or does not fit. */
uint32_t v6nf_ndp_write_domain(uint8_t *names, uint32_t capacity, const char *text);

/* Write a Redirect from IPv6 header to checksum (RFC 4861, 4.5). It quotes as much of the packet as fits
 * V6NF_NDP_REDIRECT_PACKET_SIZE bytes in all (8.2); zeros fill up its last 8 bytes.
 * packet: V6NF_NDP_REDIRECT_PACKET_SIZE bytes, the result; the addresses in it are written before.
 * target: 16 bytes: the better next hop, or the destination itself if that is on-link.
 * destination: 16 bytes.
 * mac: 6 bytes for the target link-layer address option; NULL for none.
 * quoted: quoted_length bytes, the packet from its IPv6 header on; not in `packet`.
 * quoted_length: bytes of the quoted packet, 0 for no option with it.
 * Return the size of the packet. */
uint32_t v6nf_ndp_write_redirect(uint8_t *packet, const uint8_t *target, const uint8_t *destination, const uint8_t *mac,
                                 const uint8_t *quoted, uint32_t quoted_length);

#ifdef __cplusplus
}
#endif

#endif
