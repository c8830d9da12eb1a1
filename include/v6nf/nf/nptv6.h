/* nptv6.h: IPv6-to-IPv6 Network Prefix Translation (RFC 6296): addresses of an internal prefix become addresses of an
 * external one, and back. There is no state for a flow: any number of translators may share the traffic.
 *
 * Translation does not change the checksum of the upper layer, for any protocol: a word of the address is adjusted for
 * the change of the prefix. Packets that ICMPv6 errors quote are translated, too. Without that, a sender would not
 * recognize its own packet, and the internal prefix would be revealed.
 *
 * The Authentication Header does not survive a translation. Addresses in other headers (Routing, Home Address), in data
 * of the upper layer, and in later fragments of an error, which no correct host sends, are not translated.
 * The caller routes the packet, and decrements the Hop Limit.
 * Context: any. */
#ifndef V6NF_NF_NPTV6_H
#define V6NF_NF_NPTV6_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_NPTV6_LENGTH_MAX 64u /* maximum bits of a prefix */

/* What a translation did. */
enum v6nf_nptv6_result {
    V6NF_NPTV6_OTHER,      /* nothing: no address is in the prefix */
    V6NF_NPTV6_TRANSLATED, /* the packet was translated: forward it */
    V6NF_NPTV6_HAIRPIN,    /* it is from the internal network to the internal network: send it back there */
    V6NF_NPTV6_UNMAPPABLE, /* nothing: an address has no counterpart. Drop the packet; a Parameter Problem about the
                            * address SHOULD be sent (RFC 6296, 3.7) */
    V6NF_NPTV6_MALFORMED   /* nothing: headers cannot be read as far as a quoted packet. Drop the packet */
};

/* One direction of a translation. Halves of addresses are as v6nf_word64() loads them. */
struct v6nf_nptv6_direction {
    uint64_t mask;       /* bits of the prefix in the first half of an address */
    uint64_t from;       /* first half of the prefix before */
    uint64_t to;         /* first half of the prefix after */
    uint16_t difference; /* what the adjusted word grows by (checksum_adjust.h) */
    bool is_long;        /* prefixes are longer than /48: a word of the interface identifier is adjusted */
};

/* A translator. The fields are for reading: only the library writes them. */
struct v6nf_nptv6 {
    struct v6nf_nptv6_direction outward; /* from internal to external */
    struct v6nf_nptv6_direction inward;  /* from external to internal */
};

/* Set the prefixes. They may be set again at any time between two packets.
 * nptv6: any contents.
 * internal: 16 bytes, zero after `length` bits.
 * external: the same. If the prefixes have different lengths, extend the shorter one with zeros (RFC 6296, 3.1).
 * length: bits of both, 1 to V6NF_NPTV6_LENGTH_MAX. With 48 or less, no address whose bits 48 to 63 are all ones can be
 * mapped; with more, none whose interface identifier is all zeros or all ones (RFC 6296, 3.7).
 * Return false if a prefix is ::, multicast or link-local, has bits after `length`, or if `length` is out of range.
 * Nothing is translated then. */
bool v6nf_nptv6_init(struct v6nf_nptv6 *nptv6, const uint8_t *internal, const uint8_t *external, uint32_t length);

/* Translate a packet from the internal to the external network: its source, and the destination of a packet that it
 * quotes. If the destination is in the external prefix, also translate it, and the source of a quoted packet, as
 * v6nf_nptv6_inbound() does (hairpinning: RFC 6296, 4.3).
 * nptv6: initialized.
 * bytes: end bytes.
 * offset: of the IPv6 header in `bytes`.
 * end: bytes at `bytes`, with link padding.
 * Return what was done. */
enum v6nf_nptv6_result v6nf_nptv6_outbound(const struct v6nf_nptv6 *nptv6, uint8_t *bytes, uint32_t offset,
                                           uint32_t end);

/* Translate a packet from the external to the internal network: its destination, and the source of a packet that it
 * quotes.
 * nptv6, bytes, offset, end: as for v6nf_nptv6_outbound().
 * Return what was done, never V6NF_NPTV6_HAIRPIN. */
enum v6nf_nptv6_result v6nf_nptv6_inbound(const struct v6nf_nptv6 *nptv6, uint8_t *bytes, uint32_t offset,
                                          uint32_t end);

#ifdef __cplusplus
}
#endif

#endif
