/* ext.h: IPv6 extension headers (RFC 8200, 4). */
#ifndef V6NF_EXT_H
#define V6NF_EXT_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/* Next Header values. */
#define V6NF_EXT_HOP_BY_HOP 0u
#define V6NF_EXT_ROUTING 43u
#define V6NF_EXT_FRAGMENT 44u
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
enum v6nf_ext_action v6nf_ext_check_options(const uint8_t *header, uint32_t size, uint32_t *where);

/* Where the data behind the Fragment header at `header` belong, in bytes from the start of the fragmentable part. */
static inline uint32_t v6nf_fragment_offset(const uint8_t *header)
{
    return (uint32_t)v6nf_load16(header + V6NF_FRAGMENT_OFFSET) & 0xFFF8u;
}

static inline bool v6nf_fragment_has_more(const uint8_t *header)
{
    return (header[V6NF_FRAGMENT_OFFSET + 1u] & V6NF_FRAGMENT_MORE) != 0u;
}

/* Writes a Fragment header. `offset` is a multiple of 8 below 65536. */
static inline void v6nf_fragment_write(uint8_t *header, uint8_t next_header, uint32_t offset, bool has_more,
                                       uint32_t identification)
{
    header[V6NF_EXT_NEXT_HEADER] = next_header;
    header[V6NF_EXT_LENGTH] = 0u; /* reserved here */
    v6nf_store16(header + V6NF_FRAGMENT_OFFSET, (uint16_t)((offset & 0xFFF8u) + (has_more ? V6NF_FRAGMENT_MORE : 0u)));
    v6nf_store32(header + V6NF_FRAGMENT_IDENTIFICATION, identification);
}

/* Finds the upper-layer header of a packet: from the header that starts at byte `offset` of `bytes`, of which there are
 * `end`, and that the Next Header value `next_header` announces. Returns where it starts, and sets *upper_layer to what
 * it is; `end`, and to No Next Header, if the chain of headers is not there as a whole, or ends in a fragment that is not
 * the first. */
uint32_t v6nf_ext_find_upper_layer(const uint8_t *bytes, uint32_t offset, uint32_t end, uint8_t next_header,
                                   uint8_t *upper_layer);

#endif
