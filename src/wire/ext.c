/* ext.c: RFC 8200, 4.1 and 4.2. */
#include "v6nf/wire/ext.h"

#include <stdbool.h>

#include "v6nf/wire/ipv6.h"

#define PAD1 0u
#define PADN 1u

/* The highest two bits of an option type say what to do if it is not known. */
/*@ assigns \nothing;
    ensures \result == type / 64; */
static enum v6nf_ext_action action_of(uint8_t type)
{
    return (enum v6nf_ext_action)(type >> 6);
}

enum v6nf_ext_action v6nf_ext_check_options(const uint8_t *header, uint32_t size, uint32_t *where)
{
    uint32_t at = V6NF_EXT_OPTIONS;
    *where = 0;
    /*@ loop invariant 2 <= at && (at <= size || size < 2);
        loop assigns at, *where;
        loop variant size - at; */
    while (at < size) {
        uint8_t type = header[at];
        uint32_t next = at + 1u;
        if (type != PAD1) {
            *where = at;
            if (at + 2u > size) {
                return V6NF_EXT_DISCARD;
            }
            next = at + 2u + (uint32_t)header[at + 1u];
            if (next > size) {
                return V6NF_EXT_DISCARD;
            }
            if (type != PADN && action_of(type) != V6NF_EXT_GO_ON) {
                return action_of(type);
            }
        }
        at = next;
    }
    *where = 0;
    return V6NF_EXT_GO_ON;
}

/*@ assigns \nothing;
    ensures \result <==> next_header == V6NF_EXT_HOP_BY_HOP || next_header == V6NF_EXT_ROUTING ||
                         next_header == V6NF_EXT_FRAGMENT || next_header == V6NF_EXT_AUTHENTICATION ||
                         next_header == V6NF_EXT_DESTINATION; */
static bool is_extension(uint8_t next_header)
{
    return next_header == V6NF_EXT_HOP_BY_HOP || next_header == V6NF_EXT_ROUTING || next_header == V6NF_EXT_FRAGMENT ||
           next_header == V6NF_EXT_AUTHENTICATION || next_header == V6NF_EXT_DESTINATION;
}

/* Return where the header at `offset` ends. Its first 8 bytes must be there. */
/*@ requires offset <= INT32_MAX;
    requires \valid_read(bytes + (offset .. offset + 7));
    assigns \nothing;
    ensures offset + 8 <= \result <= offset + 8 + 8 * 255; */
static uint32_t end_of(const uint8_t *bytes, uint32_t offset, uint8_t next_header)
{
    uint32_t unit = next_header == V6NF_EXT_AUTHENTICATION ? 4u : next_header == V6NF_EXT_FRAGMENT ? 0u : 8u;
    return offset + 8u + unit * (uint32_t)bytes[offset + V6NF_EXT_LENGTH];
}

enum v6nf_ext_chain v6nf_ext_find_upper_layer(const uint8_t *bytes, uint32_t offset, uint32_t end, uint8_t next_header,
                                              uint32_t *upper, uint8_t *upper_layer)
{
    *upper = end;
    *upper_layer = V6NF_NEXT_HEADER_NONE;
    /*@ loop invariant 0 <= i <= V6NF_EXT_HEADERS_MAX + 1;
        loop invariant \at(offset, Pre) <= offset <= end;
        loop invariant offset == \at(offset, Pre) ? next_header == \at(next_header, Pre)
                                                 : \at(offset, Pre) + 8 <= offset;
        loop invariant *upper == end && *upper_layer == V6NF_NEXT_HEADER_NONE;
        loop assigns i, next_header, offset;
        loop variant V6NF_EXT_HEADERS_MAX + 1 - i; */
    for (uint32_t i = 0; i <= V6NF_EXT_HEADERS_MAX; i++) {
        if (!is_extension(next_header)) {
            *upper = offset;
            *upper_layer = next_header;
            return V6NF_EXT_UPPER_LAYER;
        }
        if (offset + 8u > end) {
            return V6NF_EXT_CUT_SHORT;
        }
        uint32_t next = end_of(bytes, offset, next_header);
        if (next > end) {
            return V6NF_EXT_CUT_SHORT;
        }
        if (next_header == V6NF_EXT_FRAGMENT && v6nf_fragment_offset(bytes + offset) != 0u) {
            return V6NF_EXT_LATER_FRAGMENT;
        }
        next_header = bytes[offset + V6NF_EXT_NEXT_HEADER];
        offset = next;
    }
    return V6NF_EXT_TOO_MANY;
}
