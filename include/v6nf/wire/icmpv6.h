/* icmpv6.h: ICMPv6 messages (RFC 4443). Offsets count from the message's first byte.
 * Context: any. */
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

#define V6NF_ICMPV6_HEADER_SIZE 4u     /* bytes of type, code and checksum (RFC 4443, 2.1) */
#define V6NF_ICMPV6_TYPE 0u            /* offset of the type */
#define V6NF_ICMPV6_CODE 1u            /* offset of the code */
#define V6NF_ICMPV6_CHECKSUM 2u        /* offset of the checksum, 2 bytes */
#define V6NF_ICMPV6_PARAMETER 4u       /* offset in an error: unused, MTU or pointer, 4 bytes (RFC 4443, 3) */
#define V6NF_ICMPV6_ERROR_SIZE 8u      /* bytes of an error before the packet that it quotes */
#define V6NF_ICMPV6_ECHO_IDENTIFIER 4u /* offset of the Identifier, 2 bytes (RFC 4443, 4.1) */
#define V6NF_ICMPV6_ECHO_SEQUENCE 6u   /* offset of the Sequence Number, 2 bytes (RFC 4443, 4.1) */
#define V6NF_ICMPV6_ECHO_SIZE 8u       /* bytes of an echo message before its data (RFC 4443, 4.1) */

#define V6NF_ICMPV6_DESTINATION_UNREACHABLE 1u  /* type of an error (RFC 4443, 3.1) */
#define V6NF_ICMPV6_PACKET_TOO_BIG 2u           /* type of an error (RFC 4443, 3.2) */
#define V6NF_ICMPV6_TIME_EXCEEDED 3u            /* type of an error (RFC 4443, 3.3) */
#define V6NF_ICMPV6_PARAMETER_PROBLEM 4u        /* type of an error (RFC 4443, 3.4) */
#define V6NF_ICMPV6_ECHO_REQUEST 128u           /* type (RFC 4443, 4.1) */
#define V6NF_ICMPV6_ECHO_REPLY 129u             /* type (RFC 4443, 4.2) */
#define V6NF_ICMPV6_ROUTER_SOLICITATION 133u    /* type (RFC 4861, 4.1) */
#define V6NF_ICMPV6_ROUTER_ADVERTISEMENT 134u   /* type (RFC 4861, 4.2) */
#define V6NF_ICMPV6_NEIGHBOR_SOLICITATION 135u  /* type (RFC 4861, 4.3) */
#define V6NF_ICMPV6_NEIGHBOR_ADVERTISEMENT 136u /* type (RFC 4861, 4.4) */
#define V6NF_ICMPV6_REDIRECT 137u               /* type (RFC 4861, 4.5) */
#define V6NF_ICMPV6_NO_ROUTE 0u                 /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_PROHIBITED 1u               /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_BEYOND_SCOPE 2u             /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_ADDRESS_UNREACHABLE 3u      /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_PORT_UNREACHABLE 4u         /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_SOURCE_POLICY 5u            /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_REJECT_ROUTE 6u             /* code of Destination Unreachable (RFC 4443, 3.1) */
#define V6NF_ICMPV6_HOP_LIMIT 0u                /* code of Time Exceeded (RFC 4443, 3.3) */
#define V6NF_ICMPV6_REASSEMBLY_TIME 1u          /* code of Time Exceeded (RFC 4443, 3.3) */
#define V6NF_ICMPV6_ERRONEOUS_FIELD 0u          /* code of Parameter Problem (RFC 4443, 3.4) */
#define V6NF_ICMPV6_UNRECOGNIZED_NEXT_HEADER 1u /* code of Parameter Problem (RFC 4443, 3.4) */
#define V6NF_ICMPV6_UNRECOGNIZED_OPTION 2u      /* code of Parameter Problem (RFC 4443, 3.4) */
#define V6NF_ICMPV6_INCOMPLETE_CHAIN 3u         /* code of Parameter Problem (RFC 7112, 5) */

/* Return true if `type` is that of an error: the high bit is clear (RFC 4443, 2.1). */
/*@ assigns \nothing;
    ensures \result <==> type < 128; */
static inline bool v6nf_icmpv6_is_error(uint8_t type)
{
    return type < 128u;
}

/* Return true if a message has a whole header and a correct checksum (RFC 4443, 2.3).
 * packet: the IPv6 header, 40 bytes.
 * message: length bytes.
 * length: bytes of the message. */
/*@ requires \valid_read(packet + (0 .. 39)) && \valid_read(message + (0 .. length - 1));
    assigns \nothing;
    ensures \result ==> length >= 4; */
static inline bool v6nf_icmpv6_check(const uint8_t *packet, const uint8_t *message, uint32_t length)
{
    if (length < V6NF_ICMPV6_HEADER_SIZE) {
        return false;
    }
    uint64_t sum = v6nf_checksum_pseudo(packet + V6NF_IPV6_SOURCE, length, V6NF_NEXT_HEADER_ICMPV6);
    return v6nf_checksum_is_right(v6nf_checksum_add(message, length, sum));
}

/* Write the checksum of a message (RFC 4443, 2.3).
 * packet: the IPv6 header, 40 bytes, with its final addresses.
 * message: length bytes, complete but for the checksum.
 * length: bytes of the message, at least V6NF_ICMPV6_HEADER_SIZE. */
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

/* Change the type of a message and update its checksum (RFC 1624, 3).
 * message: at least 4 bytes, with a correct checksum.
 * before: type of the message.
 * after: new type. */
/*@ requires \valid(message + (0 .. 3));
    assigns message[0], message[2 .. 3];
    ensures message[0] == after; */
static inline void v6nf_icmpv6_change_type(uint8_t *message, uint8_t before, uint8_t after)
{
    uint16_t checksum = v6nf_word16(message + V6NF_ICMPV6_CHECKSUM);
    message[V6NF_ICMPV6_TYPE] = after;
    v6nf_store_word16(message + V6NF_ICMPV6_CHECKSUM, v6nf_checksum_update(checksum, before, after));
}

/* Write the first 8 bytes of a message, with checksum 0 (RFC 4443, 2.1).
 * message: at least 8 bytes, the result.
 * type: ICMPv6 type.
 * code: ICMPv6 code.
 * parameter: the 4 bytes after the checksum, as a number. */
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

/* The packet that an ICMPv6 error quotes, as far as it is quoted. */
struct v6nf_icmpv6_quote {
    const uint8_t *packet; /* the quoted IPv6 header, whole */
    const uint8_t *upper;  /* the upper-layer header, after all extension headers */
    uint32_t upper_length; /* bytes of `upper` that are quoted */
    uint8_t next_header;   /* Next Header value of `upper`; No Next Header if it is not quoted */
};

/*@ logic integer v6nf_quoted_size{L}(uint8_t *packet, integer size) =
        40 + v6nf_payload_length(packet) <= size ? 40 + v6nf_payload_length(packet) : size; */

/* Read the packet that an ICMPv6 error quotes (RFC 4443, 3). Bytes after its Payload Length are padding, or
 * extensions of the error (RFC 4884), and are ignored.
 * packet: size bytes.
 * size: bytes after the 8 bytes of the error.
 * quote: the result, with pointers into `packet`; all zero on failure.
 * Return false if there is less than an IPv6 header. */
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
