/* icmpv6.h: ICMPv6 messages (RFC 4443). Offsets count from the message's first byte. */
#ifndef V6NF_WIRE_ICMPV6_H
#define V6NF_WIRE_ICMPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "checksum.h"
#include "ipv6.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ICMPV6_HEADER_SIZE 4u
#define V6NF_ICMPV6_TYPE 0u
#define V6NF_ICMPV6_CODE 1u
#define V6NF_ICMPV6_CHECKSUM 2u
#define V6NF_ICMPV6_PARAMETER 4u     /* errors: unused, MTU or pointer, 4 bytes (RFC 4443, 3) */
#define V6NF_ICMPV6_ERROR_SIZE 8u    /* what stands before the packet that an error quotes */
#define V6NF_ICMPV6_ECHO_IDENTIFIER 4u
#define V6NF_ICMPV6_ECHO_SEQUENCE 6u
#define V6NF_ICMPV6_ECHO_SIZE 8u     /* what stands before the data of an echo message (RFC 4443, 4) */

/* Types; an error has the high bit clear (RFC 4443, 2.1). */
#define V6NF_ICMPV6_DESTINATION_UNREACHABLE 1u
#define V6NF_ICMPV6_PACKET_TOO_BIG 2u
#define V6NF_ICMPV6_TIME_EXCEEDED 3u
#define V6NF_ICMPV6_PARAMETER_PROBLEM 4u
#define V6NF_ICMPV6_ECHO_REQUEST 128u
#define V6NF_ICMPV6_ECHO_REPLY 129u
#define V6NF_ICMPV6_ROUTER_SOLICITATION 133u
#define V6NF_ICMPV6_ROUTER_ADVERTISEMENT 134u
#define V6NF_ICMPV6_NEIGHBOR_SOLICITATION 135u
#define V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT 136u
#define V6NF_ICMPV6_REDIRECT 137u

/* Codes of Destination Unreachable (RFC 4443, 3.1), Time Exceeded (3.3) and Parameter Problem (3.4). */
#define V6NF_ICMPV6_NO_ROUTE 0u
#define V6NF_ICMPV6_ADDRESS_UNREACHABLE 3u
#define V6NF_ICMPV6_PORT_UNREACHABLE 4u
#define V6NF_ICMPV6_REASSEMBLY_TIME 1u
#define V6NF_ICMPV6_ERRONEOUS_FIELD 0u
#define V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER 1u
#define V6NF_ICMPV6_UNRECOGNIZED_OPTION 2u
#define V6NF_ICMPV6_INCOMPLETE_CHAIN 3u /* RFC 7112, 5 */

/*@ assigns \nothing;
    ensures \result <==> type < 128; */
static inline bool v6nf_icmpv6_is_error(uint8_t type)
{
    return type < 128u;
}

/* True if the message of `length` bytes at `message`, in the packet whose IPv6 header is at `packet`, has a whole header
 * and a right checksum (RFC 4443, 2.3). */
/*@ requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result ==> length >= 4; */
static inline bool v6nf_icmpv6_check(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (length < V6NF_ICMPV6_HEADER_SIZE) {
        return false;
    }
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    return v6nf_checksum_fold(v6nf_checksum_add(message, length, sum)) == V6NF_CHECKSUM_RIGHT;
}

/* Writes the checksum of the message of `length` bytes (at least V6NF_ICMPV6_HEADER_SIZE) at `message`. The addresses in
 * the IPv6 header at `packet` are final. */
/*@ requires length >= 4;
    requires \valid_read(packet + (0 .. 39)) && \valid(message + (0 .. length - 1));
    requires \separated(packet + (0 .. 39), message + (0 .. length - 1));
    assigns message[2 .. 3]; */
static inline void v6nf_icmpv6_finish(const uint8_t *packet, uint8_t *message, uint32_t length)
{
    v6nf_store16(message + V6NF_ICMPV6_CHECKSUM, 0u);
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_finish(v6nf_checksum_add(message, length, sum)));
}

/* Makes a message of type `before` whose checksum is right one of type `after`, and keeps the checksum right. */
/*@ requires \valid(message + (0 .. 3));
    assigns message[0], message[2 .. 3];
    ensures message[0] == after; */
static inline void v6nf_icmpv6_change_type(uint8_t *message, uint8_t before, uint8_t after)
{
    uint16_t checksum = v6nf_word16(message + V6NF_ICMPV6_CHECKSUM);
    message[V6NF_ICMPV6_TYPE] = after;
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_update(checksum, before, after));
}

/* Writes type, code and the four bytes after the checksum, which is left 0. */
/*@ requires \valid(message + (0 .. 7));
    assigns message[0 .. 7];
    ensures message[0] == type && message[1] == code && message[2] == 0 && message[3] == 0;
    ensures message[4] == parameter / 16777216 && message[5] == parameter / 65536 % 256 &&
            message[6] == parameter / 256 % 256 && message[7] == parameter % 256; */
static inline void v6nf_icmpv6_write(uint8_t *message, uint8_t type, uint8_t code, uint32_t parameter)
{
    message[V6NF_ICMPV6_TYPE] = type;
    message[V6NF_ICMPV6_CODE] = code;
    v6nf_store16(message + V6NF_ICMPV6_CHECKSUM, 0u);
    v6nf_store32(message + V6NF_ICMPV6_PARAMETER, parameter);
}

/* The packet that an ICMPv6 error quotes, as far as the quotation goes. */
struct v6nf_icmpv6_quote {
    const uint8_t *packet; /* the quoted IPv6 header, whole */
    const uint8_t *upper;  /* the upper-layer header, behind all extension headers */
    uint32_t upper_length; /* bytes of `upper` that are quoted */
    uint8_t next_header;   /* what `upper` is; No Next Header if the quotation does not go as far */
};

/*@ logic integer v6nf_quoted_size{L}(uint8_t *packet, integer size) =
        40 + v6nf_payload_length(packet) <= size ? 40 + v6nf_payload_length(packet) : size; */

/* Read the `size` bytes at `packet` that an ICMPv6 error quotes. What follows the packet's Payload Length is padding,
 * or extensions of the error (RFC 4884), and is left out. Return false, with *quote all zero, for less than an IPv6
 * header. */
/*@ requires size <= INT32_MAX;
    requires \valid_read(packet + (0 .. size - 1)) && \valid(quote);
    requires \separated(quote, packet + (0 .. size - 1));
    assigns *quote;
    ensures whole: \result <==> size >= 40;
    ensures quote: \result ==> quote->packet == packet && quote->upper_length <= size - 40 &&
        quote->upper == packet + (v6nf_quoted_size(packet, size) - quote->upper_length);
    ensures none: !\result ==> quote->packet == \null && quote->upper == \null && quote->upper_length == 0 &&
        quote->next_header == 0; */
bool v6nf_icmpv6_quoted(const uint8_t *packet, uint32_t size, struct v6nf_icmpv6_quote *quote);

#ifdef __cplusplus
}
#endif

#endif
