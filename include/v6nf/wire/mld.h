/* mld.h: Multicast Listener Discovery messages: version 1 (RFC 2710) and version 2 (RFC 9777, which has replaced RFC
 * 3810). Offsets count from the ICMPv6 header's first byte. */
#ifndef V6NF_WIRE_MLD_H
#define V6NF_WIRE_MLD_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "icmpv6.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ICMPv6 types (RFC 2710, 3; RFC 9777, 5). */
#define V6NF_MLD_QUERY 130u
#define V6NF_MLD_REPORT_V1 131u
#define V6NF_MLD_DONE 132u
#define V6NF_MLD_REPORT 143u

#define V6NF_MLD_HOP_LIMIT 1u /* RFC 9777, 5: no message leaves the link */
#define V6NF_MLD_RESPONSE_CODE 4u
#define V6NF_MLD_GROUP 8u
#define V6NF_MLD_V1_SIZE 24u        /* every message of version 1 */
#define V6NF_MLD_ROBUSTNESS 24u     /* QRV, in the low three bits */
#define V6NF_MLD_INTERVAL_CODE 25u  /* QQIC */
#define V6NF_MLD_SOURCES_COUNT 26u
#define V6NF_MLD_SOURCES 28u
#define V6NF_MLD_RECORDS_COUNT 6u
#define V6NF_MLD_RECORDS 8u
#define V6NF_MLD_RECORD_SIZE 20u    /* a Multicast Address Record without sources and auxiliary data (5.2.4) */

/* What a message of the node stands behind: the IPv6 header, and a Hop-by-Hop Options header with Router Alert. */
#define V6NF_MLD_OFFSET (V6NF_IPV6_HEADER_SIZE + 8u)

/* Record types (RFC 9777, 5.2.12). */
enum v6nf_mld_record {
    V6NF_MLD_IS_INCLUDE = 1,
    V6NF_MLD_IS_EXCLUDE = 2,
    V6NF_MLD_TO_INCLUDE = 3,
    V6NF_MLD_TO_EXCLUDE = 4,
    V6NF_MLD_ALLOW = 5,
    V6NF_MLD_BLOCK = 6
};

/* A Query, of either version. */
struct v6nf_mld_query {
    uint32_t version;        /* 1 or 2 */
    uint32_t response_delay; /* Maximum Response Delay in milliseconds: 0 to 8387584 */
    uint32_t robustness;     /* QRV: 0 to 7; 0 in version 1 */
    uint32_t interval;       /* QQIC in seconds: 0 to 31744; 0 in version 1 */
    const uint8_t *group;    /* 16 bytes, in the message; :: in a General Query */
    const uint8_t *sources;  /* sources_count addresses of 16 bytes, in the message */
    uint32_t sources_count;
};

/* True for the ICMPv6 types that MLD has. */
/*@ assigns \nothing;
    ensures \result <==> type == 130 || type == 131 || type == 132 || type == 143; */
static inline bool v6nf_mld_is_type(uint8_t type)
{
    return type == V6NF_MLD_QUERY || type == V6NF_MLD_REPORT_V1 || type == V6NF_MLD_DONE || type == V6NF_MLD_REPORT;
}

/* Writes ff02::16, where Reports of version 2 go (RFC 9777, 5.2.14). */
void v6nf_mld_all_routers(uint8_t *group);

/* Where the ICMPv6 message starts in the packet of `size` bytes at `packet`, if a Hop-by-Hop Options header with Router
 * Alert for MLD (RFC 2711, 2.1) is all that stands between it and the IPv6 header; else 0. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(packet + (0 .. size - 1));
    assigns \nothing;
    ensures \result != 0 ==> packet[6] == 0 && packet[40] == 58 && \result == 48 + 8 * packet[41] && \result <= size; */
uint32_t v6nf_mld_find(const uint8_t *packet, uint32_t size);

/* True if the message that starts at byte `at` of the packet of `size` bytes at `packet` came as every message of MLD
 * has to come: from a link-local address, with hop limit 1 and Router Alert (RFC 9777, 5.1.14 and 6.2). Its code is
 * not looked at (5.1.1). */
/*@ requires size <= INT32_MAX;
    requires \valid_read(packet + (0 .. size - 1));
    assigns \nothing;
    ensures \result ==> 48 <= at <= size && packet[7] == 1 && packet[8] == 0xFE && (packet[9] & 0xC0) == 0x80; */
bool v6nf_mld_check(const uint8_t *packet, uint32_t size, uint32_t at);

/* Reads the Query of `length` bytes at `message`: 24 are version 1, 28 and more version 2 (RFC 9777, 8.1). Returns
 * false, with *query all zero, if it has any other length, has not as many sources as it says, has them without a
 * group, or names a group that is not multicast. */
/*@ requires \valid_read(message + (0 .. length - 1)) && \valid(query);
    requires \separated(query, message + (0 .. length - 1));
    assigns *query;
    ensures length: \result ==> length == 24 || 28 <= length;
    ensures version: \result ==> query->version == (length == 24 ? 1 : 2);
    ensures group: \result ==> query->group == message + 8;
    ensures sources: \result && length >= 28 ==> query->sources == message + 28 &&
        query->sources_count == 256 * message[26] + message[27] && 28 + 16 * query->sources_count <= length;
    ensures no_sources: \result && length == 24 ==> query->sources == \null && query->sources_count == 0;
    ensures none: !\result ==> query->version == 0 && query->group == \null && query->sources == \null &&
        query->sources_count == 0; */
bool v6nf_mld_read_query(const uint8_t *message, uint32_t length, struct v6nf_mld_query *query);

/* The group of the version 1 Report or Done of `length` bytes at `message`, or NULL if it is too short or no group. */
/*@ requires \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result == (length >= 24 && message[8] == 0xFF ? message + 8 : (uint8_t *)\null); */
const uint8_t *v6nf_mld_read_v1(const uint8_t *message, uint32_t length);

/* A Report of version 2 that is being written. */
struct v6nf_mld_report {
    uint8_t *packet;
    uint32_t end;     /* bytes from `packet` on that may be written */
    uint32_t at;      /* where the next record or source goes */
    uint32_t record;  /* where the last record starts */
    uint32_t records;
};

/* Begins a Report in the `capacity` bytes at `packet`, at least V6NF_MLD_OFFSET + V6NF_MLD_RECORDS. */
void v6nf_mld_start(struct v6nf_mld_report *report, uint8_t *packet, uint32_t capacity);

/* True if `records` more records with `sources` sources in all have room; neither above 65535. */
bool v6nf_mld_has_room(const struct v6nf_mld_report *report, uint32_t records, uint32_t sources);

/* Adds a record without sources; there is room for it. */
void v6nf_mld_add_record(struct v6nf_mld_report *report, enum v6nf_mld_record type, const uint8_t *group);

/* Adds a source to the last record; there is one, and room. */
void v6nf_mld_add_source(struct v6nf_mld_report *report, const uint8_t *source);

/* Writes what comes before the records, from `source`: a link-local address, or :: while the node has none (RFC 3590,
 * 4). Returns the packet's size. */
uint32_t v6nf_mld_finish(struct v6nf_mld_report *report, const uint8_t *source);

/* Writes a version 1 message for `group` at `packet`, which has room for V6NF_MLD_OFFSET + V6NF_MLD_V1_SIZE bytes:
 * V6NF_MLD_REPORT_V1 to the group itself, V6NF_MLD_DONE to ff02::2 (RFC 2710, 4). Returns the packet's size. */
uint32_t v6nf_mld_write_v1(uint8_t *packet, uint8_t type, const uint8_t *group, const uint8_t *source);

#ifdef __cplusplus
}
#endif

#endif
