/* mld.h: Multicast Listener Discovery messages: version 1 (RFC 2710) and version 2 (RFC 9777, which replaces RFC 3810).
 * Offsets count from the ICMPv6 header's first byte.
 * Context: any. */
#ifndef V6NF_WIRE_MLD_H
#define V6NF_WIRE_MLD_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "icmpv6.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_MLD_QUERY 130u        /* ICMPv6 type (RFC 2710, 3; RFC 9777, 5.1) */
#define V6NF_MLD_REPORT_V1 131u    /* ICMPv6 type (RFC 2710, 3) */
#define V6NF_MLD_DONE 132u         /* ICMPv6 type (RFC 2710, 3) */
#define V6NF_MLD_REPORT 143u       /* ICMPv6 type (RFC 9777, 5.2) */

#define V6NF_MLD_HOP_LIMIT 1u      /* hop limit of every message: it stays on the link (RFC 9777, 5) */
#define V6NF_MLD_RESPONSE_CODE 4u  /* offset of Maximum Response Code, 2 bytes */
#define V6NF_MLD_GROUP 8u          /* offset of Multicast Address */
#define V6NF_MLD_V1_SIZE 24u       /* bytes of every message of version 1 */
#define V6NF_MLD_ROBUSTNESS 24u    /* offset of QRV, in the low three bits */
#define V6NF_MLD_INTERVAL_CODE 25u /* offset of QQIC */
#define V6NF_MLD_SOURCES_COUNT 26u /* offset of Number of Sources, 2 bytes */
#define V6NF_MLD_SOURCES 28u       /* offset of the sources in a Query */
#define V6NF_MLD_RECORDS_COUNT 6u  /* offset of Nr of Mcast Address Records, 2 bytes */
#define V6NF_MLD_RECORDS 8u        /* offset of the records in a Report */
#define V6NF_MLD_RECORD_SIZE 20u   /* bytes of a record without sources and auxiliary data (5.2.4) */

/* Offset of a message in a packet of the node: after IPv6 header, and Hop-by-Hop Options with Router Alert. */
#define V6NF_MLD_OFFSET (V6NF_IPV6_HEADER_SIZE + 8u)

/* Type of a record (RFC 9777, 5.2.12). */
enum v6nf_mld_record {
    V6NF_MLD_IS_INCLUDE = 1, /* MODE_IS_INCLUDE */
    V6NF_MLD_IS_EXCLUDE = 2, /* MODE_IS_EXCLUDE */
    V6NF_MLD_TO_INCLUDE = 3, /* CHANGE_TO_INCLUDE_MODE */
    V6NF_MLD_TO_EXCLUDE = 4, /* CHANGE_TO_EXCLUDE_MODE */
    V6NF_MLD_ALLOW = 5,      /* ALLOW_NEW_SOURCES */
    V6NF_MLD_BLOCK = 6       /* BLOCK_OLD_SOURCES */
};

/* A Query of either version (RFC 2710, 3; RFC 9777, 5.1). */
struct v6nf_mld_query {
    uint32_t version;        /* 1 or 2 */
    uint32_t response_delay; /* Maximum Response Delay in milliseconds: 0 to 8387584 */
    uint32_t robustness;     /* QRV: 0 to 7; 0 in version 1 */
    uint32_t interval;       /* QQIC in seconds: 0 to 31744; 0 in version 1 */
    const uint8_t *group;    /* 16 bytes, in the message; :: in a General Query */
    const uint8_t *sources;  /* sources_count addresses of 16 bytes, in the message */
    uint32_t sources_count;  /* number of sources */
};

/* Return true if `type` is an ICMPv6 type of MLD. */
/*@ assigns \nothing;
    ensures \result <==> type == 130 || type == 131 || type == 132 || type == 143; */
static inline bool v6nf_mld_is_type(uint8_t type)
{
    return type == V6NF_MLD_QUERY || type == V6NF_MLD_REPORT_V1 || type == V6NF_MLD_DONE || type == V6NF_MLD_REPORT;
}

/* Write ff02::16, the destination of Reports of version 2, to `group` (RFC 9777, 5.2.14). */
void v6nf_mld_all_routers(uint8_t *group);

/* Find an MLD message in a packet, after only IPv6 header and Hop-by-Hop Options with Router Alert (RFC 2711, 2.1).
 * packet: size bytes, from the IPv6 header on.
 * size: bytes of the packet.
 * Return the offset of the ICMPv6 header in the packet, 0 if there is no such message. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(packet + (0 .. size - 1));
    assigns \nothing;
    ensures \result != 0 ==> packet[6] == 0 && packet[40] == 58 && \result == 48 + 8 * packet[41] && \result <= size; */
uint32_t v6nf_mld_find(const uint8_t *packet, uint32_t size);

/* Return true if an MLD message is from a link-local address, with hop limit 1 and Router Alert (RFC 9777, 5.1.14 and
 * 6.2). Its code is ignored (5.1.1).
 * packet: size bytes, from the IPv6 header on.
 * size: bytes of the packet.
 * at: offset of the ICMPv6 header in the packet. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(packet + (0 .. size - 1));
    assigns \nothing;
    ensures \result ==> 48 <= at <= size && packet[7] == 1 && packet[8] == 0xFE && (packet[9] & 0xC0) == 0x80; */
bool v6nf_mld_check(const uint8_t *packet, uint32_t size, uint32_t at);

/* Read a Query: 24 bytes are version 1, 28 or more are version 2 (RFC 9777, 8.1).
 * message: length bytes.
 * length: bytes of the message.
 * query: the result, with pointers into `message`; all zero on failure.
 * Return false for any other length, for fewer sources than Number of Sources, for sources without a group, and for a
 * group that is not multicast. */
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

/* Get the group of a version 1 Report or Done (RFC 2710, 3).
 * message: length bytes.
 * length: bytes of the message.
 * Return a pointer to 16 bytes in `message`, NULL if it is too short or the group is not multicast. */
/*@ requires \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result == (length >= 24 && message[8] == 0xFF ? message + 8 : (uint8_t *)\null); */
const uint8_t *v6nf_mld_read_v1(const uint8_t *message, uint32_t length);

/* A Report of version 2 that is being written (RFC 9777, 5.2). Offsets count from the IPv6 header. */
struct v6nf_mld_report {
    uint8_t *packet;  /* the packet */
    uint32_t end;     /* bytes of the buffer */
    uint32_t at;      /* offset of the next record or source */
    uint32_t record;  /* offset of the last record */
    uint32_t records; /* number of records */
};

/* Start to write a Report (RFC 9777, 5.2).
 * report: the result.
 * packet: capacity bytes, used until v6nf_mld_finish().
 * capacity: bytes of the buffer, at least V6NF_MLD_OFFSET + V6NF_MLD_RECORDS. */
void v6nf_mld_start(struct v6nf_mld_report *report, uint8_t *packet, uint32_t capacity);

/* Return true if `report` has space for `records` more records with `sources` sources in all, each at most 65535. */
bool v6nf_mld_has_room(const struct v6nf_mld_report *report, uint32_t records, uint32_t sources);

/* Add a record without sources (RFC 9777, 5.2.4).
 * report: started, with space for the record.
 * type: type of the record.
 * group: 16 bytes. */
void v6nf_mld_add_record(struct v6nf_mld_report *report, enum v6nf_mld_record type, const uint8_t *group);

/* Add a source to the last record (RFC 9777, 5.2.4).
 * report: started, with a record and space for the source.
 * source: 16 bytes. */
void v6nf_mld_add_source(struct v6nf_mld_report *report, const uint8_t *source);

/* Write all of a Report that is before its records (RFC 9777, 5.2).
 * report: started.
 * source: 16 bytes: a link-local address, or :: while the node has none (RFC 3590, 4).
 * Return the size of the packet. */
uint32_t v6nf_mld_finish(struct v6nf_mld_report *report, const uint8_t *source);

/* Write a version 1 message: a Report to the group, a Done to ff02::2 (RFC 2710, 4).
 * packet: V6NF_MLD_OFFSET + V6NF_MLD_V1_SIZE bytes, the result.
 * type: V6NF_MLD_REPORT_V1 or V6NF_MLD_DONE.
 * group: 16 bytes.
 * source: 16 bytes: the source address.
 * Return the size of the packet. */
uint32_t v6nf_mld_write_v1(uint8_t *packet, uint8_t type, const uint8_t *group, const uint8_t *source);

#ifdef __cplusplus
}
#endif

#endif
