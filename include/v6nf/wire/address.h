/* address.h: IPv6 addresses (RFC 4291). In memory and on the wire an address is 16 bytes, most significant first. Most
 * functions use a pointer to the 16 bytes, for addresses in packets.
 * Context: any. */
#ifndef V6NF_WIRE_ADDRESS_H
#define V6NF_WIRE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ADDRESS_SIZE 16u /* bytes of an address */

/* Characters that v6nf_address_format() writes at most: eight groups of four digits, seven colons, a zero. */
#define V6NF_ADDRESS_TEXT_SIZE 40u

/* An address. */
struct v6nf_address {
    uint8_t bytes[V6NF_ADDRESS_SIZE]; /* most significant first */
};

/*@ predicate v6nf_is_zero{L}(uint8_t *a, integer n) = \forall integer i; 0 <= i < n ==> a[i] == 0;
    // Without quantifiers, provers do not have to find an instance.
    predicate v6nf_same_8{L}(uint8_t *a, uint8_t *b) =
        a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] &&
        a[4] == b[4] && a[5] == b[5] && a[6] == b[6] && a[7] == b[7];
    predicate v6nf_same_address{L}(uint8_t *a, uint8_t *b) = v6nf_same_8(a, b) && v6nf_same_8(a + 8, b + 8);
    predicate v6nf_is_unspecified{L}(uint8_t *a) = v6nf_is_zero(a, 16);
    predicate v6nf_is_loopback{L}(uint8_t *a) = v6nf_is_zero(a, 15) && a[15] == 1;
    predicate v6nf_is_ipv4_mapped{L}(uint8_t *a) = v6nf_is_zero(a, 10) && a[10] == 0xFF && a[11] == 0xFF; */

/* Return true if the addresses at `a` and `b` are equal. */
/*@ requires \valid_read(a + (0 .. 15)) && \valid_read(b + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_same_address(a, b); */
inline bool v6nf_address_equal(const uint8_t *a, const uint8_t *b)
{
    return v6nf_word64(a + 8) == v6nf_word64(b + 8) && v6nf_word64(a) == v6nf_word64(b);
}

/* Copy the address at `from` to `to`, which may overlap. */
/*@ requires \valid(to + (0 .. 15)) && \valid_read(from + (0 .. 15));
    assigns to[0 .. 15];
    ensures \forall integer i; 0 <= i < 16 ==> to[i] == \old(from[i]); */
static inline void v6nf_address_copy(uint8_t *to, const uint8_t *from)
{
    v6nf_copy16(to, from);
}

/* Return true if the address at `a` is :: (RFC 4291, 2.5.2). */
/*@ requires \valid_read(a + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_is_unspecified(a); */
static inline bool v6nf_address_is_unspecified(const uint8_t *a)
{
    return v6nf_word64(a) == 0u && v6nf_word64(a + 8) == 0u;
}

/* Return true if the address at `a` is ::1 (RFC 4291, 2.5.3). */
/*@ requires \valid_read(a + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_is_loopback(a); */
static inline bool v6nf_address_is_loopback(const uint8_t *a)
{
    return v6nf_word64(a) == 0u && v6nf_load32(a + 8) == 0u && v6nf_load32(a + 12) == 1u;
}

/* Return true if the address at `a` is in ::ffff:0:0/96: an IPv4 address (RFC 4291, 2.5.5.2). No packet has one as
 * source or destination (RFC 6890, table 20). */
/*@ requires \valid_read(a + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_is_ipv4_mapped(a); */
static inline bool v6nf_address_is_ipv4_mapped(const uint8_t *a)
{
    return v6nf_word64(a) == 0u && v6nf_load32(a + 8) == 0xFFFFu;
}

/* Return true if the address at `a` is in ff00::/8 (RFC 4291, 2.7). */
/*@ requires \valid_read(a);
    assigns \nothing;
    ensures \result <==> a[0] == 0xFF; */
static inline bool v6nf_address_is_multicast(const uint8_t *a)
{
    return a[0] == 0xFFu;
}

/* Return true if the address at `a` is in fe80::/10 (RFC 4291, 2.5.6). */
/*@ requires \valid_read(a + (0 .. 1));
    assigns \nothing;
    ensures \result <==> a[0] == 0xFE && (a[1] & 0xC0) == 0x80; */
static inline bool v6nf_address_is_link_local(const uint8_t *a)
{
    return a[0] == 0xFEu && (a[1] & 0xC0u) == 0x80u;
}

/* First half of a multicast address of link-local scope, ff02:0:0:0, as v6nf_word64() loads it (RFC 4291, 2.7). */
#define V6NF_ADDRESS_LINK_GROUP UINT64_C(0x02FF)

/* Return true if the address at `a` is ff02::1 (RFC 4291, 2.7.1). */
static inline bool v6nf_address_is_all_nodes(const uint8_t *a)
{
    return v6nf_word64(a) == V6NF_ADDRESS_LINK_GROUP && v6nf_word64(a + 8) == UINT64_C(0x0100000000000000);
}

/* Return true if the address at `a` is a solicited-node address: ff02::1:ffXX:XXXX (RFC 4291, 2.7.1). */
/*@ requires \valid_read(a + (0 .. 15));
    assigns \nothing;
    ensures \result ==> a[0] == 0xFF && a[1] == 2; */
static inline bool v6nf_address_is_solicited_node(const uint8_t *a)
{
    return v6nf_word64(a) == V6NF_ADDRESS_LINK_GROUP &&
           (v6nf_word64(a + 8) & UINT64_C(0xFFFFFFFFFF)) == UINT64_C(0xFF01000000);
}

/* Write the solicited-node address of the address at `address` to `group` (RFC 4291, 2.7.1). */
static inline void v6nf_address_solicited_node(uint8_t *group, const uint8_t *address)
{
    uint32_t low = v6nf_load32(address + 12) & 0xFFFFFFu;
    v6nf_store32(group, 0xFF020000u);
    v6nf_store32(group + 4, 0u);
    v6nf_store32(group + 8, 1u);
    v6nf_store32(group + 12, 0xFF000000u + low);
}

/* Write ff02::1 to `group` (RFC 4291, 2.7.1). */
static inline void v6nf_address_all_nodes(uint8_t *group)
{
    v6nf_store32(group, 0xFF020000u);
    v6nf_store32(group + 4, 0u);
    v6nf_store32(group + 8, 0u);
    v6nf_store32(group + 12, 1u);
}

/* Write ff02::2 to `group` (RFC 4291, 2.7.1). */
static inline void v6nf_address_all_routers(uint8_t *group)
{
    v6nf_store32(group, 0xFF020000u);
    v6nf_store32(group + 4, 0u);
    v6nf_store32(group + 8, 0u);
    v6nf_store32(group + 12, 2u);
}

/* Write a link-local address with the modified EUI-64 interface identifier of a MAC address (RFC 2464, 4 and 5).
 * address: 16 bytes, the result.
 * mac: 6 bytes. */
static inline void v6nf_address_link_local(uint8_t *address, const uint8_t *mac)
{
    v6nf_store32(address, 0xFE800000u);
    v6nf_store32(address + 4, 0u);
    address[8] = (uint8_t)(mac[0] ^ 2u); /* the universal/local bit, inverted */
    address[9] = mac[1];
    address[10] = mac[2];
    address[11] = 0xFFu;
    address[12] = 0xFEu;
    address[13] = mac[3];
    address[14] = mac[4];
    address[15] = mac[5];
}

/* Return true if an interface can have the address at `a`: not multicast, ::, ::1 or IPv4-mapped. */
/*@ requires \valid_read(a + (0 .. 15));
    assigns \nothing;
    ensures \result <==> a[0] != 0xFF && !v6nf_is_unspecified(a) && !v6nf_is_loopback(a) && !v6nf_is_ipv4_mapped(a); */
bool v6nf_address_is_assignable(const uint8_t *a);

/* Return the number of leading bits that the addresses at `a` and `b` have in common: 0 to 128 (RFC 6724, 2.2). */
uint32_t v6nf_address_common_prefix(const uint8_t *a, const uint8_t *b);

/* Parse an address in any of the three text forms (RFC 4291, 2.2).
 * address: the result; :: if the text is no address.
 * text: zero-terminated, without "%zone".
 * Return false if the text is no address. */
bool v6nf_address_parse(struct v6nf_address *address, const char *text);

/* Parse "ADDRESS/LENGTH" (RFC 4291, 2.3).
 * address: the address; :: if the text is no prefix.
 * prefix_length: bits, 0 to 128; 0 if the text is no prefix.
 * text: zero-terminated.
 * Return false if the text is no prefix. */
bool v6nf_address_parse_prefix(struct v6nf_address *address, uint32_t *prefix_length, const char *text);

/* Write an address as zero-terminated text (RFC 5952).
 * text: V6NF_ADDRESS_TEXT_SIZE characters, the result.
 * address: any address. */
void v6nf_address_format(char *text, const struct v6nf_address *address);

#ifdef __cplusplus
}
#endif

#endif
