/* chain.h: which headers a packet has, up to the upper layer, for a network function that decides by them (RFC 8200, 4;
 * RFC 7112; RFC 9288).
 *
 * It fails closed. V6NF_CHAIN_UPPER_LAYER alone states that all headers before the upper layer were read, and that so
 * much of the upper-layer header is in the packet:
 *
 *     TCP: the header with its options      SCTP, DCCP: 12 bytes      IPv6 in IPv6: 40 bytes
 *     UDP, UDP-Lite, ESP: 8 bytes           ICMPv6: 4 bytes           any other: nothing
 *
 * A Next Header value that is not known is an upper layer of its own: a filter passes the ones that it names, no other.
 * Encapsulating Security Payload (ESP) hides what follows, and ends the walk as an upper layer.
 * Offsets count from the first byte of the frame. The work is bounded by V6NF_CHAIN_HEADERS_MAX headers, and by the
 * options of a Hop-by-Hop Options header, 2048 bytes.
 * Context: any. */
#ifndef V6NF_NF_CHAIN_H
#define V6NF_NF_CHAIN_H

#include <stdint.h>

#include "../wire/ether.h"
#include "../wire/ext.h"
#include "../wire/ipv6.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum number of extension headers: a packet with more is V6NF_CHAIN_TOO_MANY (RFC 8504, 5.3). */
#define V6NF_CHAIN_HEADERS_MAX V6NF_EXT_HEADERS_MAX

/* Next Header values of upper layers, in addition to those of ipv6.h. */
#define V6NF_CHAIN_TCP 6u           /* TCP (RFC 9293) */
#define V6NF_CHAIN_DCCP 33u         /* DCCP (RFC 4340) */
#define V6NF_CHAIN_IPV6_IN_IPV6 41u /* an IPv6 packet (RFC 2473) */
#define V6NF_CHAIN_ESP 50u          /* Encapsulating Security Payload (RFC 4303) */
#define V6NF_CHAIN_SCTP 132u        /* SCTP (RFC 9260) */
#define V6NF_CHAIN_UDP_LITE 136u    /* UDP-Lite (RFC 3828) */

/* Bits of `headers`. */
#define V6NF_CHAIN_HAS_HOP_BY_HOP 0x0001u      /* Hop-by-Hop Options */
#define V6NF_CHAIN_HAS_LATE_HOP_BY_HOP 0x0002u /* the same after another header, where it is not permitted */
#define V6NF_CHAIN_HAS_DESTINATION 0x0004u     /* Destination Options */
#define V6NF_CHAIN_HAS_ROUTING 0x0008u         /* a Routing header of any type */
#define V6NF_CHAIN_HAS_ROUTING_0 0x0010u       /* one of type 0, which is refused (RFC 5095) */
#define V6NF_CHAIN_HAS_ATOMIC_FRAGMENT 0x0020u /* a Fragment header of a whole packet (RFC 6946) */
#define V6NF_CHAIN_HAS_FIRST_FRAGMENT 0x0040u  /* that of a first fragment */
#define V6NF_CHAIN_HAS_LATER_FRAGMENT 0x0080u  /* that of another fragment */
#define V6NF_CHAIN_HAS_AUTHENTICATION 0x0100u  /* Authentication Header */
#define V6NF_CHAIN_HAS_MOBILITY 0x0200u        /* Mobility (RFC 6275) */
#define V6NF_CHAIN_HAS_HIP 0x0400u             /* Host Identity Protocol (RFC 7401) */
#define V6NF_CHAIN_HAS_SHIM6 0x0800u           /* Shim6 (RFC 5533) */
#define V6NF_CHAIN_HAS_ESP 0x1000u             /* Encapsulating Security Payload, at the end */

/* The three bits of Fragment headers. */
#define V6NF_CHAIN_HAS_FRAGMENT                                                                                        \
    (V6NF_CHAIN_HAS_ATOMIC_FRAGMENT | V6NF_CHAIN_HAS_FIRST_FRAGMENT | V6NF_CHAIN_HAS_LATER_FRAGMENT)

/* How a chain ends. A filter drops all before V6NF_CHAIN_OTHER, and decides about the last four. */
enum v6nf_chain_end {
    V6NF_CHAIN_UNREADABLE, /* too many VLAN tags, or a truncated one: any packet may follow */
    V6NF_CHAIN_TRUNCATED,  /* the packet ends before its Payload Length or its headers do */
    V6NF_CHAIN_INCOMPLETE, /* a first fragment does not have all headers (RFC 7112, 5) */
    V6NF_CHAIN_TOO_MANY,   /* more than V6NF_CHAIN_HEADERS_MAX extension headers */
    V6NF_CHAIN_JUMBO,      /* a Jumbo Payload (RFC 2675), which is not supported */
    V6NF_CHAIN_MALFORMED,  /* a field that no receiver accepts: version, source, a length, a second Fragment header */
    V6NF_CHAIN_OTHER,      /* the frame contains another protocol than IPv6 */
    V6NF_CHAIN_LATER_FRAGMENT, /* a fragment other than the first: the headers are in the first one */
    V6NF_CHAIN_NO_NEXT_HEADER, /* there is no upper layer (RFC 8200, 4.7) */
    V6NF_CHAIN_UPPER_LAYER     /* an upper layer */
};

/* The headers of a packet. */
struct v6nf_chain {
    enum v6nf_chain_end end; /* how the chain ends */
    uint32_t headers;        /* bits V6NF_CHAIN_HAS_...: headers that were passed */
    uint32_t packet;         /* offset of the IPv6 header; 0 if there is none */
    uint32_t packet_end;     /* offset one past the packet; what follows is padding of the link */
    uint32_t fragment;       /* offset of the Fragment header; 0 if there is none */
    uint32_t authentication; /* offset of the first Authentication Header; 0 if there is none */
    uint32_t upper;          /* offset of the upper-layer header; packet_end if there is none */
    uint8_t upper_layer;     /* its Next Header value; No Next Header if there is none */
};

/*@ predicate v6nf_is_chain{L}(struct v6nf_chain *chain, integer offset, integer end) =
        offset <= chain->packet <= chain->upper <= chain->packet_end <= end &&
        (chain->end < V6NF_CHAIN_LATER_FRAGMENT ||
             chain->packet + 40 <= chain->upper && chain->packet + 40 <= chain->packet_end) &&
        (chain->end != V6NF_CHAIN_UPPER_LAYER ==> chain->upper == chain->packet_end && chain->upper_layer == 59);
    predicate v6nf_has_upper{L}(struct v6nf_chain *chain, integer protocol, integer size) =
        chain->end == V6NF_CHAIN_UPPER_LAYER && chain->upper_layer == protocol ==>
            chain->upper + size <= chain->packet_end; */

/* Read the headers of a packet.
 * chain: the result.
 * bytes: end bytes.
 * offset: of the IPv6 header in `bytes`.
 * end: bytes at `bytes`, with link padding.
 * Return chain->end. */
/*@ requires offset <= end <= INT32_MAX;
    requires \valid(chain) && \valid_read(bytes + (0 .. end - 1));
    requires \separated(chain, bytes + (0 .. end - 1));
    assigns *chain;
    ensures result: \result == chain->end && 0 <= \result <= V6NF_CHAIN_UPPER_LAYER;
    ensures chain: v6nf_is_chain(chain, offset, end) && chain->packet == offset;
    ensures ports: v6nf_has_upper(chain, 6, 20) && v6nf_has_upper(chain, 17, 8) && v6nf_has_upper(chain, 136, 8);
    ensures others: v6nf_has_upper(chain, 33, 12) && v6nf_has_upper(chain, 132, 12) && v6nf_has_upper(chain, 50, 8) &&
                    v6nf_has_upper(chain, 58, 4) && v6nf_has_upper(chain, 41, 40); */
enum v6nf_chain_end v6nf_chain_read_packet(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t offset,
                                           uint32_t end);

/* Read the headers of a packet that an ICMPv6 error quotes, as v6nf_chain_read_packet() does. The end of the packet may
 * be missing (RFC 4443, 2.4 (c)), and 8 bytes of TCP are enough.
 * chain: the result.
 * bytes: end bytes.
 * offset: of the quoted IPv6 header in `bytes`, which is the end of the 8 bytes of the error.
 * end: bytes at `bytes`.
 * Return chain->end. */
/*@ requires offset <= end <= INT32_MAX;
    requires \valid(chain) && \valid_read(bytes + (0 .. end - 1));
    requires \separated(chain, bytes + (0 .. end - 1));
    assigns *chain;
    ensures result: \result == chain->end && 0 <= \result <= V6NF_CHAIN_UPPER_LAYER;
    ensures chain: v6nf_is_chain(chain, offset, end) && chain->packet == offset;
    ensures ports: v6nf_has_upper(chain, 6, 8) && v6nf_has_upper(chain, 17, 8) && v6nf_has_upper(chain, 136, 8);
    ensures others: v6nf_has_upper(chain, 33, 12) && v6nf_has_upper(chain, 132, 12) && v6nf_has_upper(chain, 50, 8) &&
                    v6nf_has_upper(chain, 58, 4) && v6nf_has_upper(chain, 41, 40); */
enum v6nf_chain_end v6nf_chain_read_quote(struct v6nf_chain *chain, const uint8_t *bytes, uint32_t offset,
                                          uint32_t end);

/* Read the headers of a frame: find the packet behind VLAN tags and SNAP headers (v6nf_ether_find_ipv6()), and read its
 * headers.
 * chain: the result.
 * frame: length bytes.
 * length: bytes of the frame.
 * Return chain->end. */
/*@ requires length <= INT32_MAX;
    requires \valid(chain) && \valid_read(frame + (0 .. length - 1));
    requires \separated(chain, frame + (0 .. length - 1));
    assigns *chain;
    ensures result: \result == chain->end && 0 <= \result <= V6NF_CHAIN_UPPER_LAYER;
    ensures chain: v6nf_is_chain(chain, 0, length);
    ensures packet: chain->end >= V6NF_CHAIN_LATER_FRAGMENT ==> 14 <= chain->packet;
    ensures ports: v6nf_has_upper(chain, 6, 20) && v6nf_has_upper(chain, 17, 8) && v6nf_has_upper(chain, 136, 8);
    ensures others: v6nf_has_upper(chain, 33, 12) && v6nf_has_upper(chain, 132, 12) && v6nf_has_upper(chain, 50, 8) &&
                    v6nf_has_upper(chain, 58, 4) && v6nf_has_upper(chain, 41, 40); */
enum v6nf_chain_end v6nf_chain_read(struct v6nf_chain *chain, const uint8_t *frame, uint32_t length);

#ifdef __cplusplus
}
#endif

#endif
