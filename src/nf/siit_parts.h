/* siit_parts.h: what the parts of the translator between IPv6 and IPv4 share: the IPv4 header (RFC 791), ICMP messages
 * (RFC 792) and their counterparts (RFC 7915, 4.2 and 5.2). */
#ifndef V6NF_NF_SIIT_PARTS_H
#define V6NF_NF_SIIT_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "v6nf/nf/siit.h"

#define IPV4_HEADER_SIZE 20u /* without options */
#define IPV4_TOS 1u
#define IPV4_TOTAL_LENGTH 2u
#define IPV4_IDENTIFICATION 4u
#define IPV4_FRAGMENT 6u /* flags, and the offset in units of 8 bytes */
#define IPV4_DONT_FRAGMENT 0x4000u
#define IPV4_MORE_FRAGMENTS 0x2000u
#define IPV4_FRAGMENT_OFFSET 0x1FFFu
#define IPV4_TTL 8u
#define IPV4_PROTOCOL 9u
#define IPV4_CHECKSUM 10u
#define IPV4_SOURCE 12u
#define IPV4_DESTINATION 16u

#define PROTOCOL_ICMP 1u
#define PROTOCOL_IGMP 2u

#define ICMP_ECHO_REPLY 0u
#define ICMP_UNREACHABLE 3u
#define ICMP_ECHO_REQUEST 8u
#define ICMP_TIME_EXCEEDED 11u
#define ICMP_PARAMETER_PROBLEM 12u
#define ICMP_PROTOCOL_UNREACHABLE 2u
#define ICMP_FRAGMENTATION_NEEDED 4u
#define ICMP_SOURCE_ROUTE_FAILED 5u
#define ICMP_PROHIBITED 13u
#define ICMP_EXTENSION 5u   /* offset of the length of the quotation, in units of 4 bytes (RFC 4884, 4) */
#define ICMPV6_EXTENSION 4u /* the same of ICMPv6, in units of 8 bytes */

/* Type, code and parameter of an ICMP message of either version. */
struct siit_message {
    uint8_t type;
    uint8_t code;
    uint32_t parameter; /* the 4 bytes after the checksum */
};

/* Return true if an IPv4 address, in host byte order, can be that of a host on any network: not in 0.0.0.0/8,
 * 127.0.0.0/8, nor 224.0.0.0/3 (RFC 1812, 5.3.7). */
bool v6nf_siit_is_host(uint32_t ipv4);

/* Translate the first 8 bytes of an ICMPv6 message.
 * Return false if there is no counterpart. */
bool v6nf_siit_message_to_ipv4(const struct v6nf_siit *siit, struct siit_message *message);

/* Translate the first 8 bytes of an ICMP message.
 * quoted: Total Length of the packet that it quotes.
 * Return false if there is no counterpart. */
bool v6nf_siit_message_to_ipv6(const struct v6nf_siit *siit, struct siit_message *message, uint32_t quoted);

/* Write an IPv4 header without options, and its checksum.
 * header: 20 bytes; addresses are there already. */
void v6nf_siit_write_ipv4(uint8_t *header, uint8_t tos, uint32_t total, uint32_t identification, uint32_t fragment,
                          uint8_t ttl, uint8_t protocol);

#endif
