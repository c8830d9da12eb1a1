/* dhcpv6.h: DHCPv6 messages between a client and a server, and their options (RFC 9915, 8 and 21, which
 * replaces RFC 8415; RFC 3646). Offsets count from the message's first byte. Times on the wire are seconds. */
#ifndef V6NF_WIRE_DHCPV6_H
#define V6NF_WIRE_DHCPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* UDP ports (RFC 9915, 7.2). */
#define V6NF_DHCPV6_CLIENT_PORT 546u
#define V6NF_DHCPV6_SERVER_PORT 547u

#define V6NF_DHCPV6_HEADER_SIZE 4u /* msg-type and transaction-id (RFC 9915, 8) */
#define V6NF_DHCPV6_OPTION_SIZE 4u /* option-code and option-len (21.1) */
#define V6NF_DHCPV6_IA_SIZE 12u      /* what stands before the options in an IA_NA (21.4), */
#define V6NF_DHCPV6_ADDRESS_SIZE 24u /* and in an IA Address (21.6) */

/* Sizes of a DUID, its type among it (RFC 9915, 11.1). */
#define V6NF_DHCPV6_DUID_MIN 3u
#define V6NF_DHCPV6_DUID_MAX 130u

/* The most options that are read in a message, and in an option; and the most labels of a domain name, the root among
 * them: 255 bytes have no more (RFC 1035, 2.3.4). */
#define V6NF_DHCPV6_OPTIONS_MAX 64u
#define V6NF_DHCPV6_LABELS_MAX 128u

/* Bounds of SOL_MAX_RT and INF_MAX_RT (RFC 9915, 21.24 and 21.25), and of the Information Refresh Time (21.23). */
#define V6NF_DHCPV6_MAX_RT_LEAST 60u
#define V6NF_DHCPV6_MAX_RT_MOST 86400u
#define V6NF_DHCPV6_REFRESH_LEAST 600u     /* IRT_MINIMUM */
#define V6NF_DHCPV6_REFRESH_DEFAULT 86400u /* IRT_DEFAULT */

/* A time that does not end (RFC 9915, 7.7). */
#define V6NF_DHCPV6_INFINITY UINT32_MAX

/* Message types (RFC 9915, 7.3). */
enum v6nf_dhcpv6_type {
    V6NF_DHCPV6_SOLICIT = 1,
    V6NF_DHCPV6_ADVERTISE = 2,
    V6NF_DHCPV6_REQUEST = 3,
    V6NF_DHCPV6_CONFIRM = 4,
    V6NF_DHCPV6_RENEW = 5,
    V6NF_DHCPV6_REBIND = 6,
    V6NF_DHCPV6_REPLY = 7,
    V6NF_DHCPV6_RELEASE = 8,
    V6NF_DHCPV6_DECLINE = 9,
    V6NF_DHCPV6_RECONFIGURE = 10,
    V6NF_DHCPV6_INFORMATION_REQUEST = 11
};

/* Option codes (RFC 9915, 21; RFC 3646, 3 and 4). */
enum v6nf_dhcpv6_option_code {
    V6NF_DHCPV6_OPTION_CLIENT_ID = 1,
    V6NF_DHCPV6_OPTION_SERVER_ID = 2,
    V6NF_DHCPV6_OPTION_IA_NA = 3,
    V6NF_DHCPV6_OPTION_IA_ADDRESS = 5,
    V6NF_DHCPV6_OPTION_REQUEST = 6,
    V6NF_DHCPV6_OPTION_PREFERENCE = 7,
    V6NF_DHCPV6_OPTION_ELAPSED_TIME = 8,
    V6NF_DHCPV6_OPTION_STATUS = 13,
    V6NF_DHCPV6_OPTION_RAPID_COMMIT = 14,
    V6NF_DHCPV6_OPTION_DNS_SERVERS = 23,
    V6NF_DHCPV6_OPTION_DOMAINS = 24,
    V6NF_DHCPV6_OPTION_REFRESH_TIME = 32,
    V6NF_DHCPV6_OPTION_SOL_MAX_RT = 82,
    V6NF_DHCPV6_OPTION_INF_MAX_RT = 83
};

/* Status codes (RFC 9915, 21.13). */
enum v6nf_dhcpv6_status {
    V6NF_DHCPV6_SUCCESS = 0,
    V6NF_DHCPV6_UNSPEC_FAIL = 1,
    V6NF_DHCPV6_NO_ADDRS_AVAIL = 2,
    V6NF_DHCPV6_NO_BINDING = 3,
    V6NF_DHCPV6_NOT_ON_LINK = 4,
    V6NF_DHCPV6_USE_MULTICAST = 5
};

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* An option: its data are bytes `data` to `end`, and the next option starts at `end`. */
struct v6nf_dhcpv6_option {
    uint32_t code;
    uint32_t data;
    uint32_t end;
};

/* Reads the option at byte `at` of `message`, which ends at byte `end`. Returns false, with *option all zero, if no
 * whole option is there. */
static inline bool v6nf_dhcpv6_option(const uint8_t *message, uint32_t at, uint32_t end,
                                      struct v6nf_dhcpv6_option *option)
{
    option->code = 0;
    option->data = 0;
    option->end = 0;
    uint32_t data = at + V6NF_DHCPV6_OPTION_SIZE;
    if (data > end || data < V6NF_DHCPV6_OPTION_SIZE) {
        return false;
    }
    uint32_t next = data + (uint32_t)v6nf_load16(message + (data - 2u));
    if (next > end) {
        return false;
    }
    option->code = (uint32_t)v6nf_load16(message + (data - V6NF_DHCPV6_OPTION_SIZE));
    option->data = data;
    option->end = next;
    return true;
}

/* Bytes `at` to `end` of a message; 0 and 0 for an option that is not there. */
struct v6nf_dhcpv6_bytes {
    uint32_t at;
    uint32_t end;
};

/* What a client reads in a message of a server. */
struct v6nf_dhcpv6_message {
    uint8_t type;          /* enum v6nf_dhcpv6_type, or another */
    uint8_t preference;    /* 0 without the option (RFC 9915, 18.2.1) */
    bool rapid_commit;
    uint16_t status;       /* of the message: enum v6nf_dhcpv6_status, or another; Success without the option */
    uint16_t ia_status;    /* of the IA_NA, likewise */
    uint32_t transaction;  /* 24 bits */
    struct v6nf_dhcpv6_bytes client_id;
    struct v6nf_dhcpv6_bytes server_id;
    struct v6nf_dhcpv6_bytes dns_servers; /* addresses, 16 bytes each */
    struct v6nf_dhcpv6_bytes domains;     /* names, for v6nf_dhcpv6_next_domain() */
    struct v6nf_dhcpv6_bytes ia;          /* the options in the IA_NA with the client's IAID */
    bool has_ia;
    uint32_t t1;           /* of that IA_NA */
    uint32_t t2;
    uint32_t refresh_time; /* as it is to be heeded: never below the minimum, the default without the option */
    uint32_t sol_max_rt;   /* 0 without the option, and where it is out of bounds */
    uint32_t inf_max_rt;
    uint32_t ignored;      /* options that are malformed, and that the rest does not depend on */
};

/* Read the message of `end` bytes for a client whose IA_NA has the IAID `iaid`.
 * Return false if it is shorter than its header, has more options than the above, or if an identifier, a status or an
 * IA_NA is malformed: cut short, of a wrong length, with malformed options in it, or there twice (of IA_NAs the
 * client's).
 * Ignore and count any other option that is malformed. Of a list of addresses the whole ones are read. What follows an
 * option that is cut short is not there.
 * Pass over options of other codes, and an IA_NA with T1 greater than T2 (RFC 9915, 21.4). The client checks whether
 * the message answers its own. */
bool v6nf_dhcpv6_read(const uint8_t *bytes, uint32_t end, uint32_t iaid, struct v6nf_dhcpv6_message *message);

/* An address and for how long it is given. */
struct v6nf_dhcpv6_lease {
    struct v6nf_address address;
    uint32_t preferred_lifetime;
    uint32_t valid_lifetime; /* 0: it is taken back */
};

/* Reads the next address in an IA_NA, of whose options bytes *at to `end` are not read yet: message.ia of a message
 * that v6nf_dhcpv6_read() has read. Moves *at behind it. Those with a preferred lifetime greater than the valid one
 * are passed over (RFC 9915, 21.6), and those with a status other than Success. Returns false, with *lease all zero,
 * after the last. */
bool v6nf_dhcpv6_next_address(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_lease *lease);

/* Find the next name (RFC 1035, 3.1, without compression) in message.domains, of which bytes *at to `end` are not read
 * yet. Move *at behind it. The name may be the root's alone. Return false, with *name all zero, if no whole name is
 * left: *at is then `end`, or what is there is malformed. */
bool v6nf_dhcpv6_next_domain(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_bytes *name);

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* What a client's message says. */
struct v6nf_dhcpv6_content {
    uint8_t type;
    bool rapid_commit;
    bool has_ia;
    uint16_t elapsed;            /* hundredths of a second (RFC 9915, 21.9) */
    uint32_t transaction;        /* 24 bits */
    const uint8_t *client_id;    /* V6NF_DHCPV6_DUID_MAX bytes at most */
    uint32_t client_id_size;
    const uint8_t *server_id;    /* likewise; size 0 for none */
    uint32_t server_id_size;
    const uint16_t *requested;   /* codes of the Option Request option; none: no such option */
    uint32_t requested_count;    /* V6NF_DHCPV6_OPTIONS_MAX at most */
    uint32_t iaid;
    const struct v6nf_address *addresses; /* in the IA_NA, whose times are 0 as a client's are (21.4 and 21.6) */
    uint32_t addresses_count;    /* V6NF_DHCPV6_OPTIONS_MAX at most */
};

/* Writes the message into the `room` bytes at `bytes`. Returns its size, or 0 if it has no room. */
uint32_t v6nf_dhcpv6_write(uint8_t *bytes, uint32_t room, const struct v6nf_dhcpv6_content *content);

/* Writes the DUID-LL of an Ethernet address (RFC 9915, 11.4). */
#define V6NF_DHCPV6_DUID_LL_SIZE 10u
void v6nf_dhcpv6_write_duid_ll(uint8_t *duid, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif
