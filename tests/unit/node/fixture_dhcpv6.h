/* fixture_dhcpv6.h: DHCPv6 messages, built and read byte by byte from the diagrams of RFC 9915, 8 and 21, and RFC
 * 3646, without the library. */
#ifndef UNIT_NODE_FIXTURE_DHCPV6_H
#define UNIT_NODE_FIXTURE_DHCPV6_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 9915, 7.3 */
enum {
    SOLICIT = 1,
    ADVERTISE = 2,
    REQUEST = 3,
    CONFIRM = 4,
    RENEW = 5,
    REBIND = 6,
    REPLY = 7,
    RELEASE = 8,
    DECLINE = 9,
    RECONFIGURE = 10,
    INFORMATION_REQUEST = 11
};

/* RFC 9915, 21; RFC 3646 */
enum {
    CLIENT_ID = 1,
    SERVER_ID = 2,
    IA_NA = 3,
    IA_ADDRESS = 5,
    OPTION_REQUEST = 6,
    PREFERENCE = 7,
    ELAPSED_TIME = 8,
    STATUS = 13,
    RAPID_COMMIT = 14,
    RECONFIGURE_MESSAGE = 19,
    DNS_SERVERS = 23,
    DOMAINS = 24,
    IA_PD = 25,
    IA_PREFIX = 26,
    REFRESH_TIME = 32,
    SOL_MAX_RT = 82,
    INF_MAX_RT = 83
};

enum { SUCCESS, UNSPEC_FAIL, NO_ADDRS_AVAIL, NO_BINDING, NOT_ON_LINK, USE_MULTICAST, NO_PREFIX_AVAIL };

struct dhcpv6_bytes {
    uint32_t length;
    uint8_t bytes[1400];
};

void dhcpv6_begin(struct dhcpv6_bytes *message, uint8_t type, uint32_t transaction);

/* Append an option. */
void dhcpv6_option(struct dhcpv6_bytes *message, uint16_t code, const void *data, uint32_t size);
void dhcpv6_option8(struct dhcpv6_bytes *message, uint16_t code, uint8_t value);
void dhcpv6_option32(struct dhcpv6_bytes *message, uint16_t code, uint32_t value);
void dhcpv6_status(struct dhcpv6_bytes *message, uint16_t status);

/* Append an IA_NA. What is appended between the two calls are its options. */
uint32_t dhcpv6_ia_begin(struct dhcpv6_bytes *message, uint32_t iaid, uint32_t t1, uint32_t t2);
void dhcpv6_ia_end(struct dhcpv6_bytes *message, uint32_t begin);

/* Append an IA_PD likewise, up to dhcpv6_ia_end(). */
uint32_t dhcpv6_pd_begin(struct dhcpv6_bytes *message, uint32_t iaid, uint32_t t1, uint32_t t2);

/* Append an IA Prefix without options; `length` may be any byte. */
void dhcpv6_prefix(struct dhcpv6_bytes *message, const char *prefix, uint8_t length, uint32_t preferred,
                   uint32_t valid);

/* Append an IA Address without options. */
void dhcpv6_address(struct dhcpv6_bytes *message, const char *address, uint32_t preferred, uint32_t valid);

/* Return the data of the first option `code`, and their size; NULL if there is none. For options in an IA_NA,
 * `bytes` is what follows its first 12 bytes. */
const uint8_t *dhcpv6_find(const uint8_t *bytes, uint32_t length, uint16_t code, uint32_t *size);

/* Return the number of options `code`. */
uint32_t dhcpv6_count(const uint8_t *bytes, uint32_t length, uint16_t code);

#endif
