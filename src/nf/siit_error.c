/* siit_error.c: IPv4 headers, and ICMP errors about IPv4 packets that are not translated (RFC 792, RFC 1122). */
#include <string.h>

#include "siit_parts.h"
#include "v6nf/wire/icmpv6.h"

#define ERROR_MAX 576u /* bytes of an error (RFC 1812, 4.3.2.3) */
#define ERROR_SIZE (IPV4_HEADER_SIZE + 8u)
#define TTL 64u
#define PRECEDENCE 0xC0u /* of an error: Internetwork Control (RFC 1812, 4.3.2.5) */

void v6nf_siit_write_ipv4(uint8_t *header, uint8_t tos, uint32_t total, uint32_t identification, uint32_t fragment,
                          uint8_t ttl, uint8_t protocol)
{
    header[0] = 0x45u;
    header[IPV4_TOS] = tos;
    v6nf_store16(header + IPV4_TOTAL_LENGTH, (uint16_t)(total & 0xFFFFu));
    v6nf_store16(header + IPV4_IDENTIFICATION, (uint16_t)(identification & 0xFFFFu));
    v6nf_store16(header + IPV4_FRAGMENT, (uint16_t)(fragment & 0xFFFFu));
    header[IPV4_TTL] = ttl;
    header[IPV4_PROTOCOL] = protocol;
    v6nf_store16(header + IPV4_CHECKSUM, 0);
    uint64_t sum = v6nf_checksum_add_word(v6nf_word64(header), v6nf_word64(header + 8));
    sum = v6nf_checksum_add_word(sum, v6nf_word32(header + IPV4_DESTINATION));
    v6nf_store_word16(header + IPV4_CHECKSUM, v6nf_checksum_finish(sum));
}

/* Return true if an error may be sent about the packet at `offset` (RFC 1122, 3.2.2). */
static bool is_error_permitted(const uint8_t *frame, uint32_t offset, uint32_t length)
{
    if (offset < V6NF_ETHER_HEADER_SIZE || offset > length || length - offset < IPV4_HEADER_SIZE) {
        return false;
    }
    const uint8_t *header = frame + offset;
    const uint32_t size = 4u * (header[0] & 15u);
    if (size < IPV4_HEADER_SIZE || size > length - offset ||
        (v6nf_load16(header + IPV4_FRAGMENT) & IPV4_FRAGMENT_OFFSET) != 0u ||
        !v6nf_siit_is_host(v6nf_load32(header + IPV4_SOURCE)) ||
        !v6nf_siit_is_host(v6nf_load32(header + IPV4_DESTINATION)) ||
        v6nf_ether_is_group(frame + V6NF_ETHER_DESTINATION) || !v6nf_ether_is_station(frame + V6NF_ETHER_SOURCE)) {
        return false;
    }
    if (header[IPV4_PROTOCOL] != PROTOCOL_ICMP) {
        return true;
    }
    return size < length - offset && (header[size] == ICMP_ECHO_REQUEST || header[size] == ICMP_ECHO_REPLY);
}

uint32_t v6nf_siit_error_answer(const struct v6nf_siit *siit, const struct v6nf_siit_outcome *outcome,
                                struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                uint8_t *frame, uint32_t offset, uint32_t length, uint32_t capacity, const uint8_t *mac,
                                uint64_t now)
{
    if (outcome->result != V6NF_SIIT_ERROR || length > capacity || !is_error_permitted(frame, offset, length)) {
        return 0;
    }
    uint32_t quoted = v6nf_load16(frame + offset + IPV4_TOTAL_LENGTH);
    quoted = quoted < length - offset ? quoted : length - offset;
    quoted = quoted < ERROR_MAX - ERROR_SIZE ? quoted : ERROR_MAX - ERROR_SIZE;
    if (offset + ERROR_SIZE + quoted > capacity || !v6nf_token_bucket_take(bucket, limit, 1, now)) {
        return 0;
    }
    uint8_t *header = frame + offset;
    uint8_t *message = header + IPV4_HEADER_SIZE;
    memmove(header + ERROR_SIZE, header, quoted);
    v6nf_store_word32(header + IPV4_DESTINATION, v6nf_word32(header + ERROR_SIZE + IPV4_SOURCE));
    memcpy(header + IPV4_SOURCE, siit->config.router, V6NF_SIIT_IPV4_SIZE);
    v6nf_siit_write_ipv4(header, PRECEDENCE, ERROR_SIZE + quoted, 0, 0, TTL, PROTOCOL_ICMP);
    v6nf_icmpv6_write(message, outcome->type, outcome->code, outcome->parameter);
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM,
                      v6nf_checksum_finish(v6nf_checksum_add(message, ERROR_SIZE - IPV4_HEADER_SIZE + quoted, 0)));
    v6nf_ether_address_copy(frame + V6NF_ETHER_DESTINATION, frame + V6NF_ETHER_SOURCE);
    v6nf_ether_address_copy(frame + V6NF_ETHER_SOURCE, mac);
    return offset + ERROR_SIZE + quoted;
}
