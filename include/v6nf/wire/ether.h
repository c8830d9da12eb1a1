/* ether.h: Ethernet frames that carry IPv6 (RFC 2464). */
#ifndef V6NF_WIRE_ETHER_H
#define V6NF_WIRE_ETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ETHER_HEADER_SIZE 14u
#define V6NF_ETHER_DESTINATION 0u /* byte offsets in the frame */
#define V6NF_ETHER_SOURCE 6u
#define V6NF_ETHER_TYPE 12u
#define V6NF_ETHER_TYPE_IPV6 0x86DDu /* RFC 2464, 3 */
#define V6NF_ETHER_TYPE_VLAN 0x8100u /* in the first two bytes of a tag of V6NF_ETHER_TAG_SIZE (IEEE 802.1Q, 9.6) */
#define V6NF_ETHER_TYPE_SERVICE_VLAN 0x88A8u
#define V6NF_ETHER_TYPE_OUTER_VLAN 0x9100u /* what was used before there was a standard */
#define V6NF_ETHER_TYPE_MIN 0x0600u /* less is a length, and an LLC header follows (IEEE 802.3, 3.2.6) */
#define V6NF_ETHER_TAG_SIZE 4u
#define V6NF_ETHER_TAG_VLAN 0x0FFFu /* of the last two bytes of a tag; the rest is the priority */
#define V6NF_ETHER_ADDRESS_SIZE 6u

/* The size that v6nf_ether_format() needs: "02:00:00:00:00:01" and the terminating zero. */
#define V6NF_ETHER_TEXT_SIZE 18u

/*@ predicate v6nf_is_station{L}(uint8_t *a) = (a[0] & 1) == 0 && \exists integer i; 0 <= i < 6 && a[i] != 0; */

/*@ requires \valid_read(a + (0 .. 5)) && \valid_read(b + (0 .. 5));
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < 6 ==> a[i] == b[i]; */
static inline bool v6nf_ether_address_equal(const uint8_t *a, const uint8_t *b)
{
    return v6nf_word32(a) == v6nf_word32(b) && v6nf_word16(a + 4) == v6nf_word16(b + 4);
}

/*@ requires \valid(to + (0 .. 5)) && \valid_read(from + (0 .. 5));
    assigns to[0 .. 5];
    ensures \forall integer i; 0 <= i < 6 ==> to[i] == \old(from[i]); */
static inline void v6nf_ether_address_copy(uint8_t *to, const uint8_t *from)
{
    v6nf_copy6(to, from);
}

/* True for multicast and broadcast: the individual/group bit, the first on the wire (IEEE 802.3, 3.2.3). */
/*@ requires \valid_read(address);
    assigns \nothing;
    ensures \result <==> (address[0] & 1) != 0; */
static inline bool v6nf_ether_is_group(const uint8_t *address)
{
    return (address[0] & 1u) != 0u;
}

/* True for an address that one station can have: not a group address, not all zero. */
/*@ requires \valid_read(address + (0 .. 5));
    assigns \nothing;
    ensures \result <==> v6nf_is_station(address); */
static inline bool v6nf_ether_is_station(const uint8_t *address)
{
    return !v6nf_ether_is_group(address) && (v6nf_word32(address) != 0u || v6nf_word16(address + 4) != 0u);
}

/* The Ethernet address of the IPv6 multicast group `group` (16 bytes): 33-33 and its last four bytes (RFC 2464, 7). */
/*@ requires \valid(address + (0 .. 5)) && \valid_read(group + (0 .. 15));
    requires \separated(address + (0 .. 5), group + (0 .. 15));
    assigns address[0 .. 5];
    ensures address[0] == 0x33 && address[1] == 0x33;
    ensures \forall integer i; 0 <= i < 4 ==> address[2 + i] == group[12 + i]; */
static inline void v6nf_ether_multicast(uint8_t *address, const uint8_t *group)
{
    uint32_t low = v6nf_word32(group + 12);
    address[0] = 0x33u;
    address[1] = 0x33u;
    v6nf_store_word32(address + 2, low);
}

/* What v6nf_ether_find_ipv6() finds. */
enum v6nf_ether_content {
    V6NF_ETHER_IPV6,      /* an IPv6 packet, or the beginning of one */
    V6NF_ETHER_OTHER,     /* another protocol: tunnels, too */
    V6NF_ETHER_UNREADABLE /* cut short, or more than V6NF_ETHER_TAGS_MAX tags: anything may follow */
};

/* The most VLAN tags and SNAP headers that are read in one frame. */
#define V6NF_ETHER_TAGS_MAX 4u

/* The part of v6nf_ether_find_ipv6() for frames with another EtherType; it accepts any frame. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(frame + (0 .. length - 1)) && \valid(offset);
    requires \separated(offset, frame + (0 .. length - 1));
    assigns *offset;
    ensures result: 0 <= \result <= 2;
    ensures found: \result == V6NF_ETHER_IPV6 ==>
        14 <= *offset <= length && frame[*offset - 2] == 0x86 && frame[*offset - 1] == 0xDD;
    ensures none: \result != V6NF_ETHER_IPV6 ==> *offset == 0; */
enum v6nf_ether_content v6nf_ether_find_tagged(const uint8_t *frame, uint32_t length, uint32_t *offset);

/* Find the IPv6 header in the frame of `length` bytes: right behind the Ethernet header, or behind VLAN tags (IEEE
 * 802.1Q) and SNAP (RFC 1042). Set *offset to where it starts, at most `length`; 0 if there is none. A filter drops
 * what is V6NF_ETHER_UNREADABLE. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(frame + (0 .. length - 1)) && \valid(offset);
    requires \separated(offset, frame + (0 .. length - 1));
    assigns *offset;
    ensures result: 0 <= \result <= 2;
    ensures found: \result == V6NF_ETHER_IPV6 ==>
        14 <= *offset <= length && frame[*offset - 2] == 0x86 && frame[*offset - 1] == 0xDD;
    ensures none: \result != V6NF_ETHER_IPV6 ==> *offset == 0; */
static inline enum v6nf_ether_content v6nf_ether_find_ipv6(const uint8_t *frame, uint32_t length, uint32_t *offset)
{
    if (length >= V6NF_ETHER_HEADER_SIZE && v6nf_load16(frame + V6NF_ETHER_TYPE) == V6NF_ETHER_TYPE_IPV6) {
        *offset = V6NF_ETHER_HEADER_SIZE;
        return V6NF_ETHER_IPV6;
    }
    return v6nf_ether_find_tagged(frame, length, offset);
}

/* Reads six bytes in hexadecimal, separated by ':' or '-', from a zero-terminated text. Returns false, and leaves
 * `address` all zero, if the text is anything else. */
bool v6nf_ether_parse(uint8_t *address, const char *text);

/* Writes `address` as text, lower case, with ':'; `text` has room for V6NF_ETHER_TEXT_SIZE characters. */
void v6nf_ether_format(char *text, const uint8_t *address);

#ifdef __cplusplus
}
#endif

#endif
