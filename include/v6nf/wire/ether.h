/* ether.h: Ethernet frames that carry IPv6 (RFC 2464). A MAC address is 6 bytes, in the order of transmission.
 * Context: any. */
#ifndef V6NF_WIRE_ETHER_H
#define V6NF_WIRE_ETHER_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ETHER_HEADER_SIZE 14u           /* bytes of the header */
#define V6NF_ETHER_DESTINATION 0u            /* offset of the destination address */
#define V6NF_ETHER_SOURCE 6u                 /* offset of the source address */
#define V6NF_ETHER_TYPE 12u                  /* offset of the EtherType, 2 bytes */
#define V6NF_ETHER_TYPE_IPV6 0x86DDu         /* EtherType of IPv6 (RFC 2464, 3) */
#define V6NF_ETHER_TYPE_VLAN 0x8100u         /* first two bytes of a VLAN tag (IEEE 802.1Q, 9.6) */
#define V6NF_ETHER_TYPE_SERVICE_VLAN 0x88A8u /* the same for a service VLAN */
#define V6NF_ETHER_TYPE_OUTER_VLAN 0x9100u   /* the same, before the standard */
#define V6NF_ETHER_TYPE_MIN 0x0600u          /* less is a length before an LLC header (IEEE 802.3, 3.2.6) */
#define V6NF_ETHER_TAG_SIZE 4u               /* bytes of a VLAN tag */
#define V6NF_ETHER_TAG_VLAN 0x0FFFu          /* VLAN identifier in the last two bytes of a tag */
#define V6NF_ETHER_ADDRESS_SIZE 6u           /* bytes of a MAC address */

/* Characters that v6nf_ether_format() writes: "02:00:00:00:00:01" and a zero. */
#define V6NF_ETHER_TEXT_SIZE 18u

/*@ predicate v6nf_is_station{L}(uint8_t *a) = (a[0] & 1) == 0 && \exists integer i; 0 <= i < 6 && a[i] != 0; */

/* Return true if the MAC addresses at `a` and `b` are equal. */
/*@ requires \valid_read(a + (0 .. 5)) && \valid_read(b + (0 .. 5));
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < 6 ==> a[i] == b[i]; */
static inline bool v6nf_ether_address_equal(const uint8_t *a, const uint8_t *b)
{
    return v6nf_word32(a) == v6nf_word32(b) && v6nf_word16(a + 4) == v6nf_word16(b + 4);
}

/* Copy the MAC address at `from` to `to`, which may overlap. */
/*@ requires \valid(to + (0 .. 5)) && \valid_read(from + (0 .. 5));
    assigns to[0 .. 5];
    ensures \forall integer i; 0 <= i < 6 ==> to[i] == \old(from[i]); */
static inline void v6nf_ether_address_copy(uint8_t *to, const uint8_t *from)
{
    v6nf_copy6(to, from);
}

/* Return true if the MAC address at `address` is multicast or broadcast: the individual/group bit, the first on the
 * wire, is set (IEEE 802.3, 3.2.3). */
/*@ requires \valid_read(address);
    assigns \nothing;
    ensures \result <==> (address[0] & 1) != 0; */
static inline bool v6nf_ether_is_group(const uint8_t *address)
{
    return (address[0] & 1u) != 0u;
}

/* Return true if a station can have the MAC address at `address`: not a group address, not all zero. */
/*@ requires \valid_read(address + (0 .. 5));
    assigns \nothing;
    ensures \result <==> v6nf_is_station(address); */
static inline bool v6nf_ether_is_station(const uint8_t *address)
{
    return !v6nf_ether_is_group(address) && (v6nf_word32(address) != 0u || v6nf_word16(address + 4) != 0u);
}

/* Remove a VLAN tag in place: move the addresses behind it. The frame then begins V6NF_ETHER_TAG_SIZE bytes later, and
 * the first bytes are as before.
 * frame: at least 18 bytes, with a tag after the source address.
 * Return the frame without tag, frame + V6NF_ETHER_TAG_SIZE. */
/*@ requires \valid(frame + (0 .. 15));
    assigns frame[4 .. 15];
    ensures \result == frame + 4;
    ensures \forall integer i; 0 <= i < 8 ==> frame[4 + i] == \old(frame[i]);
    ensures frame[12] == \old(frame[8]) && frame[13] == \old(frame[9]);
    ensures frame[14] == \old(frame[10]) && frame[15] == \old(frame[11]); */
static inline uint8_t *v6nf_ether_strip_tag(uint8_t *frame)
{
    const uint32_t last = v6nf_word32(frame + 8);
    v6nf_copy8(frame + V6NF_ETHER_TAG_SIZE, frame);
    v6nf_store_word32(frame + V6NF_ETHER_TAG_SIZE + 8, last);
    return frame + V6NF_ETHER_TAG_SIZE;
}

/* Insert a VLAN tag in place (IEEE 802.1Q, 9.3): the opposite of v6nf_ether_strip_tag().
 * frame: the frame without tag begins at frame + V6NF_ETHER_TAG_SIZE.
 * control: Tag Control Information: the VLAN ID in the low 12 bits, the priority in the high 3.
 * The frame then begins at `frame`, and is V6NF_ETHER_TAG_SIZE bytes longer. */
/*@ requires \valid(frame + (0 .. 15));
    assigns frame[0 .. 15];
    ensures \forall integer i; 0 <= i < 8 ==> frame[i] == \old(frame[4 + i]);
    ensures frame[8] == \old(frame[12]) && frame[9] == \old(frame[13]);
    ensures frame[10] == \old(frame[14]) && frame[11] == \old(frame[15]);
    ensures frame[12] == 0x81 && frame[13] == 0 && frame[14] == control / 256 && frame[15] == control % 256; */
static inline void v6nf_ether_insert_tag(uint8_t *frame, uint16_t control)
{
    const uint32_t last = v6nf_word32(frame + V6NF_ETHER_TAG_SIZE + 8);
    v6nf_copy8(frame, frame + V6NF_ETHER_TAG_SIZE);
    v6nf_store_word32(frame + 8, last);
    v6nf_store32(frame + V6NF_ETHER_TYPE, (V6NF_ETHER_TYPE_VLAN << 16) + control);
}

/* Write the MAC address of an IPv6 multicast group: 33-33 and the last four bytes of the group (RFC 2464, 7).
 * address: 6 bytes, the result.
 * group: 16 bytes. */
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

/* Content of a frame. */
enum v6nf_ether_content {
    V6NF_ETHER_IPV6,      /* an IPv6 packet, or its first bytes */
    V6NF_ETHER_OTHER,     /* another protocol, including tunnels */
    V6NF_ETHER_UNREADABLE /* truncated, or more than V6NF_ETHER_TAGS_MAX tags: any packet may follow */
};

/* Maximum number of VLAN tags and SNAP headers that are read in one frame. */
#define V6NF_ETHER_TAGS_MAX 4u

/* Find the IPv6 header of a frame with any EtherType: the slow path of v6nf_ether_find_ipv6(), with the same contract.
 * frame: length bytes.
 * length: bytes of the frame.
 * offset: the result.
 * Return the content. */
/*@ requires length <= INT32_MAX;
    requires \valid_read(frame + (0 .. length - 1)) && \valid(offset);
    requires \separated(offset, frame + (0 .. length - 1));
    assigns *offset;
    ensures result: 0 <= \result <= 2;
    ensures found: \result == V6NF_ETHER_IPV6 ==>
        14 <= *offset <= length && frame[*offset - 2] == 0x86 && frame[*offset - 1] == 0xDD;
    ensures none: \result != V6NF_ETHER_IPV6 ==> *offset == 0; */
enum v6nf_ether_content v6nf_ether_find_tagged(const uint8_t *frame, uint32_t length, uint32_t *offset);

/* Find the IPv6 header of a frame, after VLAN tags (IEEE 802.1Q) and SNAP headers (RFC 1042) if there are any.
 * frame: length bytes.
 * length: bytes of the frame.
 * offset: the offset of the IPv6 header, at most `length`; 0 if there is none.
 * Return the content. A filter drops V6NF_ETHER_UNREADABLE. */
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

/* Parse a MAC address: six bytes in hexadecimal, separated by ':' or '-'.
 * address: 6 bytes, the result; all zero if the text is no MAC address.
 * text: zero-terminated.
 * Return false if the text is no MAC address. */
bool v6nf_ether_parse(uint8_t *address, const char *text);

/* Write a MAC address as zero-terminated text: lower case, separated by ':'.
 * text: V6NF_ETHER_TEXT_SIZE characters, the result.
 * address: 6 bytes. */
void v6nf_ether_format(char *text, const uint8_t *address);

#ifdef __cplusplus
}
#endif

#endif
