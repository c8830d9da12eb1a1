/* ext.h: IPv6 extension headers (RFC 8200, 4). Offsets count from the first byte of the header.
 * Context: any. */
#ifndef V6NF_WIRE_EXT_H
#define V6NF_WIRE_EXT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_EXT_HOP_BY_HOP 0u          /* Next Header of Hop-by-Hop Options (RFC 8200, 4.3) */
#define V6NF_EXT_ROUTING 43u            /* Next Header of a Routing header (RFC 8200, 4.4) */
#define V6NF_EXT_FRAGMENT 44u           /* Next Header of a Fragment header (RFC 8200, 4.5) */
#define V6NF_EXT_AUTHENTICATION 51u     /* Next Header of an Authentication Header (RFC 4302, 2) */
#define V6NF_EXT_DESTINATION 60u        /* Next Header of Destination Options (RFC 8200, 4.6) */
#define V6NF_EXT_NEXT_HEADER 0u         /* offset of Next Header */
#define V6NF_EXT_LENGTH 1u              /* offset of Hdr Ext Len: units of 8 bytes, without the first 8 */
#define V6NF_EXT_OPTIONS 2u             /* offset of the first option */
#define V6NF_EXT_ROUTING_TYPE 2u        /* offset of Routing Type */
#define V6NF_EXT_SEGMENTS_LEFT 3u       /* offset of Segments Left */
#define V6NF_FRAGMENT_HEADER_SIZE 8u    /* bytes of a Fragment header (RFC 8200, 4.5) */
#define V6NF_FRAGMENT_OFFSET 2u         /* offset: 13 bits of Fragment Offset in units of 8 bytes, 2 bits, M */
#define V6NF_FRAGMENT_MORE 1u           /* M flag in the last byte of it */
#define V6NF_FRAGMENT_IDENTIFICATION 4u /* offset of Identification, 4 bytes */

/* Maximum number of extension headers in a packet (RFC 8504, 5.3 permits a limit). */
#define V6NF_EXT_HEADERS_MAX 8u

/* Action that the options of a packet require: the highest two bits of their types (RFC 8200, 4.2). */
enum v6nf_ext_action {
    V6NF_EXT_GO_ON = 0,          /* continue: all options are padding, recognized or skipped */
    V6NF_EXT_DISCARD = 1,        /* discard silently; also for an option that exceeds its header */
    V6NF_EXT_PROBLEM = 2,        /* discard, and send Parameter Problem, code 2 */
    V6NF_EXT_PROBLEM_UNICAST = 3 /* discard, and send Parameter Problem, code 2, unless the destination is multicast */
};

/* Find the end of a Hop-by-Hop Options, Routing or Destination Options header (RFC 8200, 4.3).
 * bytes: end bytes.
 * offset: first byte of the header.
 * end: bytes at `bytes`.
 * Return the offset one past the header, 0 if the header is truncated. */
/*@ requires offset <= INT32_MAX && end <= INT32_MAX;
    requires \valid_read(bytes + (0 .. end - 1));
    assigns \nothing;
    ensures whole: \result != 0 ==> offset + 8 <= \result <= end && \result == offset + 8 + 8 * bytes[offset + 1];
    ensures not_whole: \result == 0 <==> offset + 8 > end || offset + 8 + 8 * bytes[offset + 1] > end; */
static inline uint32_t v6nf_ext_end(const uint8_t *bytes, uint32_t offset, uint32_t end)
{
    if (offset + 8u > end) {
        return 0;
    }
    uint32_t next = offset + 8u + 8u * (uint32_t)bytes[offset + V6NF_EXT_LENGTH];
    return next <= end ? next : 0u;
}

/* Read the options of a Hop-by-Hop Options or Destination Options header (RFC 8200, 4.2).
 * header: size bytes.
 * size: bytes of the header.
 * where: the offset in the header of the option that requires the action; 0 if none does.
 * Return the action. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(header + (0 .. size - 1)) && \valid(where);
    assigns *where;
    ensures result: 0 <= \result <= 3;
    ensures where: \result == V6NF_EXT_GO_ON ? *where == 0 : 2 <= *where < size;
    ensures option: \result != V6NF_EXT_GO_ON && \result != V6NF_EXT_DISCARD ==> \result == header[*where] / 64;
    ensures problem: \result > V6NF_EXT_DISCARD ==> *where + 2 + header[*where + 1] <= size; */
enum v6nf_ext_action v6nf_ext_check_options(const uint8_t *header, uint32_t size, uint32_t *where);

/* Return the offset of a fragment's data in the fragmentable part, in bytes (RFC 8200, 4.5).
 * header: 8 bytes, the Fragment header. */
/*@ requires \valid_read(header + (0 .. 7));
    assigns \nothing;
    ensures \result == ((256 * header[2] + header[3]) & 0xFFF8); */
static inline uint32_t v6nf_fragment_offset(const uint8_t *header)
{
    return (uint32_t)v6nf_load16(header + V6NF_FRAGMENT_OFFSET) & 0xFFF8u;
}

/* Return true if the M flag of the Fragment header at `header` is set: it is not the last (RFC 8200, 4.5). */
/*@ requires \valid_read(header + (0 .. 7));
    assigns \nothing;
    ensures \result <==> (header[3] & 1) != 0; */
static inline bool v6nf_fragment_has_more(const uint8_t *header)
{
    return (header[V6NF_FRAGMENT_OFFSET + 1u] & V6NF_FRAGMENT_MORE) != 0u;
}

/* Write a Fragment header (RFC 8200, 4.5).
 * header: 8 bytes, the result.
 * next_header: Next Header of the fragmentable part.
 * offset: bytes, a multiple of 8 below 65536.
 * has_more: the M flag.
 * identification: the same in all fragments of a packet. */
/*@ requires \valid(header + (0 .. 7));
    requires offset <= 65528 && (offset & 0xFFF8) == offset; // a multiple of 8
    assigns header[0 .. 7];
    ensures header[0] == next_header && header[1] == 0;
    ensures 256 * header[2] + header[3] == offset + (has_more ? 1 : 0);
    ensures 16777216 * header[4] + 65536 * header[5] + 256 * header[6] + header[7] == identification; */
static inline void v6nf_fragment_write(uint8_t *header, uint8_t next_header, uint32_t offset, bool has_more,
                                       uint32_t identification)
{
    header[V6NF_EXT_NEXT_HEADER] = next_header;
    header[V6NF_EXT_LENGTH] = 0u; /* reserved here */
    v6nf_store16(header + V6NF_FRAGMENT_OFFSET, (uint16_t)((offset & 0xFFF8u) + (has_more ? V6NF_FRAGMENT_MORE : 0u)));
    v6nf_store32(header + V6NF_FRAGMENT_IDENTIFICATION, identification);
}

/* End of a chain of headers. */
enum v6nf_ext_chain {
    V6NF_EXT_UPPER_LAYER,    /* an upper layer, or Encapsulating Security Payload, which hides it */
    V6NF_EXT_LATER_FRAGMENT, /* a fragment other than the first, which has the headers (RFC 8200, 4.5) */
    V6NF_EXT_CUT_SHORT,      /* the last header is truncated */
    V6NF_EXT_TOO_MANY        /* more than V6NF_EXT_HEADERS_MAX */
};

/* Find the upper-layer header of a packet (RFC 8200, 4).
 * bytes: end bytes.
 * offset: first byte of the first header.
 * end: bytes at `bytes`.
 * next_header: Next Header value that announces the first header.
 * upper: the offset of the upper-layer header, at most `end`; `end` if there is none.
 * upper_layer: its Next Header value; No Next Header if there is none.
 * Return how the chain ends. A filter that decides by upper layer drops V6NF_EXT_CUT_SHORT and V6NF_EXT_TOO_MANY: any
 * upper layer may follow. */
/*@ requires offset <= end <= INT32_MAX;
    requires \valid_read(bytes + (0 .. end - 1)) && \valid(upper) && \valid(upper_layer);
    requires \separated(upper, upper_layer, bytes + (0 .. end - 1));
    assigns *upper, *upper_layer;
    ensures result: 0 <= \result <= 3;
    ensures found: offset <= *upper <= end;
    ensures known: *upper_layer != V6NF_EXT_HOP_BY_HOP && *upper_layer != V6NF_EXT_ROUTING &&
                   *upper_layer != V6NF_EXT_DESTINATION && *upper_layer != V6NF_EXT_FRAGMENT &&
                   *upper_layer != V6NF_EXT_AUTHENTICATION;
    // The header at `offset`, or one after at least one header of 8 bytes. No Next Header is 59.
    ensures chain: \result == V6NF_EXT_UPPER_LAYER ==>
                   *upper == offset && *upper_layer == next_header || offset + 8 <= *upper;
    ensures none: \result != V6NF_EXT_UPPER_LAYER ==> *upper == end && *upper_layer == 59; */
enum v6nf_ext_chain v6nf_ext_find_upper_layer(const uint8_t *bytes, uint32_t offset, uint32_t end, uint8_t next_header,
                                              uint32_t *upper, uint8_t *upper_layer);

#ifdef __cplusplus
}
#endif

#endif
