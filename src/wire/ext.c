/* ext.c: RFC 8200, 4.1 and 4.2. */
#include "v6nf/ext.h"

#include <stdbool.h>

#include "v6nf/ipv6.h"

#define PAD1 0u
#define PADN 1u

/* The highest two bits of an option type say what to do if it is not known. */
static enum v6nf_ext_action action_of(uint8_t type)
{
    switch (type >> 6) {
    case 0:
        return V6NF_EXT_GO_ON;
    case 1:
        return V6NF_EXT_DISCARD;
    case 2:
        return V6NF_EXT_PROBLEM;
    default:
        return V6NF_EXT_PROBLEM_UNICAST;
    }
}

enum v6nf_ext_action v6nf_ext_check_options(const uint8_t *header, uint32_t size, uint32_t *where)
{
    uint32_t at = V6NF_EXT_OPTIONS;
    *where = 0;
    while (at < size) {
        uint8_t type = header[at];
        uint32_t next = at + 1u;
        if (type != PAD1) {
            next = at + 2u;
            if (next <= size) {
                next += (uint32_t)header[at + 1u];
            }
            if (next > size) {
                *where = at;
                return V6NF_EXT_DISCARD;
            }
            if (type != PADN && action_of(type) != V6NF_EXT_GO_ON) {
                *where = at;
                return action_of(type);
            }
        }
        at = next;
    }
    return V6NF_EXT_GO_ON;
}

static bool is_extension(uint8_t next_header)
{
    return next_header == V6NF_EXT_HOP_BY_HOP || next_header == V6NF_EXT_ROUTING || next_header == V6NF_EXT_DESTINATION;
}

/* The size of the header at hand, 0 if it is not there as a whole, or if what follows is not to be told from it. */
static uint32_t size_of(const uint8_t *header, uint32_t available, uint8_t next_header)
{
    if (next_header != V6NF_EXT_FRAGMENT) {
        return v6nf_ext_size(header, available);
    }
    return available >= V6NF_FRAGMENT_HEADER_SIZE && v6nf_fragment_offset(header) == 0u ? V6NF_FRAGMENT_HEADER_SIZE : 0u;
}

uint32_t v6nf_ext_find_upper_layer(const uint8_t *bytes, uint32_t offset, uint32_t end, uint8_t next_header,
                                   uint8_t *upper_layer)
{
    *upper_layer = V6NF_NEXT_HEADER_NONE;
    for (uint32_t i = 0; i <= V6NF_EXT_HEADERS_MAX; i++) {
        if (!is_extension(next_header) && next_header != V6NF_EXT_FRAGMENT) {
            *upper_layer = next_header;
            return offset;
        }
        uint32_t size = offset < end ? size_of(bytes + offset, end - offset, next_header) : 0u;
        if (size == 0u) {
            return end;
        }
        next_header = bytes[offset + V6NF_EXT_NEXT_HEADER];
        offset += size;
    }
    return end;
}
