/* mld.c: RFC 2710, RFC 9777 and the Router Alert of RFC 2711. */
#include "v6nf/wire/mld.h"

#include <stddef.h>

#include "v6nf/wire/ext.h"

#define PAD1 0u
#define PADN 1u
#define ROUTER_ALERT 5u
#define ROUTER_ALERT_SIZE 4u

void v6nf_mld_all_routers(uint8_t *group)
{
    v6nf_store32(group, 0xFF020000u);
    v6nf_store32(group + 4, 0u);
    v6nf_store32(group + 8, 0u);
    v6nf_store32(group + 12, 0x16u);
}

/* RFC 2711, 2.1: value 0 is "the datagram contains a Multicast Listener Discovery message". */
/*@ requires \valid_read(option + (0 .. 3));
    assigns \nothing;
    ensures \result <==> option[0] == 5 && option[1] == 2 && option[2] == 0 && option[3] == 0; */
static bool is_router_alert(const uint8_t *option)
{
    return option[0] == ROUTER_ALERT && option[1] == 2u && v6nf_load16(option + 2) == 0u;
}

/* Look in the Hop-by-Hop Options header that follows the IPv6 header of `packet` and ends at byte `end`. */
/*@ requires 48 <= end <= INT32_MAX;
    requires \valid_read(packet + (0 .. end - 1));
    assigns \nothing; */
static bool has_router_alert(const uint8_t *packet, uint32_t end)
{
    /* No option that counts fits into less. */
    const uint32_t last = end - ROUTER_ALERT_SIZE;
    uint32_t at = V6NF_IPV6_HEADER_SIZE + V6NF_EXT_OPTIONS;
    /*@ loop invariant 42 <= at;
        loop assigns at;
        loop variant last + 1 - at; */
    while (at <= last) {
        if (is_router_alert(packet + at)) {
            return true;
        }
        at += packet[at] == PAD1 ? 1u : 2u + (uint32_t)packet[at + 1u];
    }
    return false;
}

uint32_t v6nf_mld_find(const uint8_t *packet, uint32_t size)
{
    if (size < V6NF_IPV6_HEADER_SIZE || packet[V6NF_IPV6_NEXT_HEADER] != V6NF_EXT_HOP_BY_HOP) {
        return 0;
    }
    const uint8_t *header = packet + V6NF_IPV6_HEADER_SIZE;
    uint32_t next = v6nf_ext_end(packet, V6NF_IPV6_HEADER_SIZE, size);
    if (next == 0u || header[V6NF_EXT_NEXT_HEADER] != V6NF_NEXT_HEADER_ICMPV6 ||
        !has_router_alert(packet, next)) {
        return 0;
    }
    return next;
}

bool v6nf_mld_check(const uint8_t *packet, uint32_t size, uint32_t at)
{
    return at != 0u && v6nf_mld_find(packet, size) == at && packet[V6NF_IPV6_HOP_LIMIT] == V6NF_MLD_HOP_LIMIT &&
           v6nf_address_is_link_local(packet + V6NF_IPV6_SOURCE);
}

/* A number below 2^`bits` means itself; above, the code is a floating-point number: the first bit says so, then
 * come three of exponent, and the rest is the mantissa without its first bit (RFC 9777, 5.1.3 and 5.1.9). */
/*@ requires bits == 7 || bits == 15;
    assigns \nothing; */
static uint32_t read_code(uint32_t code, uint32_t bits)
{
    uint32_t mantissa_bits = bits - 3u;
    if (code < 1u << bits) {
        return code;
    }
    /*@ assert positive: 0 <= ((code >> mantissa_bits) & 7); */
    /*@ assert four: code >> 4 == code / 16; */
    /*@ assert twelve: code >> 12 == code / 4096; */
    /*@ assert right: 0 <= (code >> mantissa_bits); */
    /*@ assert mask: ((code >> mantissa_bits) & 7) == (code >> mantissa_bits) % 8; */
    uint32_t exponent = (code >> mantissa_bits) & 7u;
    uint32_t mantissa = code & ((1u << mantissa_bits) - 1u);
    return (mantissa + (1u << mantissa_bits)) << (exponent + 3u);
}

/*@ requires \valid_read(group + (0 .. 15));
    assigns \nothing;
    ensures \result <==> v6nf_is_unspecified(group) || group[0] == 0xFF; */
static bool is_query_group(const uint8_t *group)
{
    return v6nf_address_is_unspecified(group) || v6nf_address_is_multicast(group);
}

/* What version 2 has more, in a message of at least V6NF_MLD_SOURCES bytes. Returns false if it is not right. */
/*@ requires length >= 28 && query->group == message + 8;
    requires \valid_read(message + (0 .. length - 1)) && \valid(query);
    requires \separated(query, message + (0 .. length - 1));
    assigns query->version, query->response_delay, query->robustness, query->interval, query->sources,
        query->sources_count;
    ensures \result ==> query->version == 2 && query->sources == message + 28 &&
        query->sources_count == 256 * message[26] + message[27] && 28 + 16 * query->sources_count <= length; */
static bool read_v2(const uint8_t *message, uint32_t length, struct v6nf_mld_query *query)
{
    const uint32_t most = (length - V6NF_MLD_SOURCES) / V6NF_ADDRESS_SIZE;
    uint32_t count = v6nf_load16(message + V6NF_MLD_SOURCES_COUNT);
    if (count > most || (count != 0u && v6nf_address_is_unspecified(query->group))) {
        return false;
    }
    query->version = 2u;
    query->response_delay = read_code(query->response_delay, 15u);
    query->robustness = message[V6NF_MLD_ROBUSTNESS] & 7u;
    query->interval = read_code(message[V6NF_MLD_INTERVAL_CODE], 7u);
    query->sources = message + V6NF_MLD_SOURCES;
    query->sources_count = count;
    return true;
}

bool v6nf_mld_read_query(const uint8_t *message, uint32_t length, struct v6nf_mld_query *query)
{
    *query = (struct v6nf_mld_query){0};
    if (length != V6NF_MLD_V1_SIZE && length < V6NF_MLD_SOURCES) {
        return false;
    }
    if (!is_query_group(message + V6NF_MLD_GROUP)) {
        return false;
    }
    query->version = 1u;
    query->response_delay = v6nf_load16(message + V6NF_MLD_RESPONSE_CODE);
    query->group = message + V6NF_MLD_GROUP;
    if (length >= V6NF_MLD_SOURCES && !read_v2(message, length, query)) {
        *query = (struct v6nf_mld_query){0};
        return false;
    }
    return true;
}

const uint8_t *v6nf_mld_read_v1(const uint8_t *message, uint32_t length)
{
    if (length < V6NF_MLD_V1_SIZE || !v6nf_address_is_multicast(message + V6NF_MLD_GROUP)) {
        return NULL;
    }
    return message + V6NF_MLD_GROUP;
}

void v6nf_mld_start(struct v6nf_mld_report *report, uint8_t *packet, uint32_t capacity)
{
    *report = (struct v6nf_mld_report){.packet = packet, .end = capacity};
    report->at = V6NF_MLD_OFFSET + V6NF_MLD_RECORDS;
}

bool v6nf_mld_has_room(const struct v6nf_mld_report *report, uint32_t records, uint32_t sources)
{
    return report->at + V6NF_MLD_RECORD_SIZE * records + V6NF_ADDRESS_SIZE * sources <= report->end;
}

void v6nf_mld_add_record(struct v6nf_mld_report *report, enum v6nf_mld_record type, const uint8_t *group)
{
    uint8_t *record = report->packet + report->at;
    v6nf_store32(record, (uint32_t)type << 24); /* no auxiliary data, no sources yet */
    v6nf_address_copy(record + 4, group);
    report->record = report->at;
    report->at += V6NF_MLD_RECORD_SIZE;
    report->records++;
}

void v6nf_mld_add_source(struct v6nf_mld_report *report, const uint8_t *source)
{
    uint8_t *count = report->packet + report->record + 2u;
    v6nf_store16(count, (uint16_t)(v6nf_load16(count) + 1u));
    v6nf_address_copy(report->packet + report->at, source);
    report->at += V6NF_ADDRESS_SIZE;
}

/* Writes the headers before a message of `length` bytes, and finishes that. Returns the packet's size. */
static uint32_t finish_message(uint8_t *packet, uint32_t length, const uint8_t *source)
{
    static const uint8_t options[8] = {V6NF_NEXT_HEADER_ICMPV6, 0, ROUTER_ALERT, 2, 0, 0, PADN, 0};
    v6nf_ipv6_write(packet, V6NF_MLD_OFFSET - V6NF_IPV6_HEADER_SIZE + length, V6NF_EXT_HOP_BY_HOP, V6NF_MLD_HOP_LIMIT);
    v6nf_address_copy(packet + V6NF_IPV6_SOURCE, source);
    v6nf_copy8(packet + V6NF_IPV6_HEADER_SIZE, options);
    v6nf_icmpv6_finish(packet, packet + V6NF_MLD_OFFSET, length);
    return V6NF_MLD_OFFSET + length;
}

uint32_t v6nf_mld_finish(struct v6nf_mld_report *report, const uint8_t *source)
{
    v6nf_mld_all_routers(report->packet + V6NF_IPV6_DESTINATION);
    v6nf_icmpv6_write(report->packet + V6NF_MLD_OFFSET, V6NF_MLD_REPORT, 0u, report->records & 0xFFFFu);
    return finish_message(report->packet, report->at - V6NF_MLD_OFFSET, source);
}

uint32_t v6nf_mld_write_v1(uint8_t *packet, uint8_t type, const uint8_t *group, const uint8_t *source)
{
    uint8_t *message = packet + V6NF_MLD_OFFSET;
    v6nf_address_copy(message + V6NF_MLD_GROUP, group);
    v6nf_address_copy(packet + V6NF_IPV6_DESTINATION, group);
    if (type == V6NF_MLD_DONE) {
        v6nf_address_all_nodes(packet + V6NF_IPV6_DESTINATION);
        packet[V6NF_IPV6_DESTINATION + 15u] = 2u; /* ff02::2, the routers */
    }
    v6nf_icmpv6_write(message, type, 0u, 0u);
    return finish_message(packet, V6NF_MLD_V1_SIZE, source);
}
