/* ext.h: IPv6 extension headers (RFC 8200, 4). */
#ifndef V6NF_WIRE_EXT_H
#define V6NF_WIRE_EXT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Next Header values. */
#define V6NF_EXT_HOP_BY_HOP 0u
#define V6NF_EXT_ROUTING 43u
#define V6NF_EXT_FRAGMENT 44u
#define V6NF_EXT_AUTHENTICATION 51u /* RFC 4302: its length is in units of 4 bytes, 2 of them not counted */
#define V6NF_EXT_DESTINATION 60u

/* Byte offsets in an extension header. */
#define V6NF_EXT_NEXT_HEADER 0u
#define V6NF_EXT_LENGTH 1u /* in units of 8 bytes, the first 8 not counted */
#define V6NF_EXT_OPTIONS 2u
#define V6NF_EXT_ROUTING_TYPE 2u
#define V6NF_EXT_SEGMENTS_LEFT 3u

/* The Fragment header (RFC 8200, 4.5): 8 bytes. */
#define V6NF_FRAGMENT_HEADER_SIZE 8u
#define V6NF_FRAGMENT_OFFSET 2u /* 13 bits of offset in units of 8 bytes, 2 reserved, the M flag */
#define V6NF_FRAGMENT_MORE 1u
#define V6NF_FRAGMENT_IDENTIFICATION 4u

/* The most extension headers that are read in one packet (RFC 8504, 5.3 lets a host limit them). */
#define V6NF_EXT_HEADERS_MAX 8u

/* What is to be done with a packet, by its options: the highest two bits of their types (RFC 8200, 4.2). */
enum v6nf_ext_action {
    V6NF_EXT_GO_ON = 0,          /* all options are padding, known, or to be skipped */
    V6NF_EXT_DISCARD = 1,        /* discard silently; also for an option that goes past its header */
    V6NF_EXT_PROBLEM = 2,        /* discard, and send Parameter Problem, code 2 */
    V6NF_EXT_PROBLEM_UNICAST = 3 /* the same, but not if the destination was multicast */
};

/* Where the Hop-by-Hop Options, Routing or Destination Options header ends that starts at byte `offset` of `bytes`, of which
 * there are `end`; 0 if it is not there as a whole. */
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

/* Reads the options of the Hop-by-Hop Options or Destination Options header of `size` bytes at `header`. Returns what is
 * to be done, and sets *where to the byte offset in the header of the option that says so, 0 if none does. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(header + (0 .. size - 1)) && \valid(where);
    assigns *where;
    ensures result: 0 <= \result <= 3;
    ensures where: \result == V6NF_EXT_GO_ON ? *where == 0 : 2 <= *where < size;
    ensures option: \result != V6NF_EXT_GO_ON && \result != V6NF_EXT_DISCARD ==> \result == header[*where] / 64;
    ensures problem: \result > V6NF_EXT_DISCARD ==> *where + 2 + header[*where + 1] <= size; */
enum v6nf_ext_action v6nf_ext_check_options(const uint8_t *header, uint32_t size, uint32_t *where);

/* Where the data behind the Fragment header at `header` belong, in bytes from the start of the fragmentable part. */
/*@ requires \valid_read(header + (0 .. 7));
    assigns \nothing;
    ensures \result == ((256 * header[2] + header[3]) & 0xFFF8); */
static inline uint32_t v6nf_fragment_offset(const uint8_t *header)
{
    return (uint32_t)v6nf_load16(header + V6NF_FRAGMENT_OFFSET) & 0xFFF8u;
}

/*@ requires \valid_read(header + (0 .. 7));
    assigns \nothing;
    ensures \result <==> (header[3] & 1) != 0; */
static inline bool v6nf_fragment_has_more(const uint8_t *header)
{
    return (header[V6NF_FRAGMENT_OFFSET + 1u] & V6NF_FRAGMENT_MORE) != 0u;
}

/* Writes a Fragment header. `offset` is a multiple of 8 below 65536. */
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

/* What v6nf_ext_find_upper_layer() finds at the end of a chain of headers. */
enum v6nf_ext_chain {
    V6NF_EXT_UPPER_LAYER,    /* no extension header, or Encapsulating Security Payload, which hides it */
    V6NF_EXT_LATER_FRAGMENT, /* bytes out of the middle of a packet: the first fragment has the headers */
    V6NF_EXT_CUT_SHORT,      /* the last header is not there as a whole */
    V6NF_EXT_TOO_MANY        /* more than V6NF_EXT_HEADERS_MAX */
};

/* Find the upper-layer header of a packet: from the header that starts at byte `offset` of `bytes`, of which there are
 * `end`, and that the Next Header value `next_header` announces. *upper is where it starts, at most `end`, and
 * *upper_layer is its Next Header value. Without one they are `end` and No Next Header. A filter that decides by
 * the upper layer drops what is V6NF_EXT_CUT_SHORT or V6NF_EXT_TOO_MANY: anything may be behind it. */
/*@ requires offset <= end <= INT32_MAX;
    requires \valid_read(bytes + (0 .. end - 1)) && \valid(upper) && \valid(upper_layer);
    requires \separated(upper, upper_layer, bytes + (0 .. end - 1));
    assigns *upper, *upper_layer;
    ensures result: 0 <= \result <= 3;
    ensures found: offset <= *upper <= end;
    ensures known: *upper_layer != V6NF_EXT_HOP_BY_HOP && *upper_layer != V6NF_EXT_ROUTING &&
                   *upper_layer != V6NF_EXT_DESTINATION && *upper_layer != V6NF_EXT_FRAGMENT &&
                   *upper_layer != V6NF_EXT_AUTHENTICATION;
    // The header at `offset` itself, or one behind at least one header of 8 bytes. No Next Header is 59.
    ensures chain: \result == V6NF_EXT_UPPER_LAYER ==>
                   *upper == offset && *upper_layer == next_header || offset + 8 <= *upper;
    ensures none: \result != V6NF_EXT_UPPER_LAYER ==> *upper == end && *upper_layer == 59; */
enum v6nf_ext_chain v6nf_ext_find_upper_layer(const uint8_t *bytes, uint32_t offset, uint32_t end, uint8_t next_header,
                                              uint32_t *upper, uint8_t *upper_layer);

#ifdef __cplusplus
}
#endif

#endif
