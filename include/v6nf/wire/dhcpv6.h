/* dhcpv6.h: DHCPv6 messages between a client and a server, and their options (RFC 9915, 8 and 21, which replaces RFC
 * 8415; RFC 3646). Offsets count from the message's first byte. Times in messages are seconds.
 * Context: any. */
#ifndef V6NF_WIRE_DHCPV6_H
#define V6NF_WIRE_DHCPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_DHCPV6_CLIENT_PORT 546u /* UDP port of clients (RFC 9915, 7.2) */
#define V6NF_DHCPV6_SERVER_PORT 547u /* UDP port of servers (RFC 9915, 7.2) */

#define V6NF_DHCPV6_HEADER_SIZE 4u   /* bytes of msg-type and transaction-id (RFC 9915, 8) */
#define V6NF_DHCPV6_OPTION_SIZE 4u   /* bytes of option-code and option-len (21.1) */
#define V6NF_DHCPV6_IA_SIZE 12u      /* bytes of option-data of an IA_NA or IA_PD before its options (21.4, 21.21) */
#define V6NF_DHCPV6_ADDRESS_SIZE 24u /* bytes of option-data of an IA Address before its options (21.6) */
#define V6NF_DHCPV6_PREFIX_SIZE 25u  /* bytes of option-data of an IA Prefix before its options (21.22) */

#define V6NF_DHCPV6_DUID_MIN 3u            /* minimum bytes of a DUID, including its type (RFC 9915, 11.1) */
#define V6NF_DHCPV6_DUID_MAX 130u          /* maximum bytes of a DUID, including its type (RFC 9915, 11.1) */
#define V6NF_DHCPV6_OPTIONS_MAX 64u        /* maximum number of options that are read in a message, and in an option */
#define V6NF_DHCPV6_PREFIXES_MAX 4u        /* maximum number of prefixes that are written into a message */
#define V6NF_DHCPV6_LABELS_MAX 128u        /* maximum labels of a name, with the root: in 255 bytes (RFC 1035, 2.3.4) */
#define V6NF_DHCPV6_MAX_RT_MIN 60u         /* minimum SOL_MAX_RT and INF_MAX_RT, in seconds (21.24, 21.25) */
#define V6NF_DHCPV6_MAX_RT_MAX 86400u      /* maximum SOL_MAX_RT and INF_MAX_RT, in seconds (21.24, 21.25) */
#define V6NF_DHCPV6_REFRESH_MIN 600u       /* IRT_MINIMUM, in seconds (RFC 9915, 21.23) */
#define V6NF_DHCPV6_REFRESH_DEFAULT 86400u /* IRT_DEFAULT, in seconds (RFC 9915, 21.23) */

/* An infinite time, in seconds (RFC 9915, 7.7). */
#define V6NF_DHCPV6_INFINITY UINT32_MAX

/* Type of a message (RFC 9915, 7.3). */
enum v6nf_dhcpv6_type {
    V6NF_DHCPV6_SOLICIT = 1, /* finds servers */
    V6NF_DHCPV6_ADVERTISE = 2, /* answer of a server to Solicit */
    V6NF_DHCPV6_REQUEST = 3, /* requests addresses from a server */
    V6NF_DHCPV6_CONFIRM = 4, /* asks whether addresses belong to the link */
    V6NF_DHCPV6_RENEW = 5, /* extends lifetimes at a server */
    V6NF_DHCPV6_REBIND = 6, /* extends lifetimes at any server */
    V6NF_DHCPV6_REPLY = 7, /* answer of a server to any other message */
    V6NF_DHCPV6_RELEASE = 8, /* returns addresses */
    V6NF_DHCPV6_DECLINE = 9, /* reports duplicate addresses */
    V6NF_DHCPV6_RECONFIGURE = 10, /* a server asks for a message of the client */
    V6NF_DHCPV6_INFORMATION_REQUEST = 11 /* asks for configuration without addresses */
};

/* Code of an option (RFC 9915, 21; RFC 3646, 3 and 4). */
enum v6nf_dhcpv6_option_code {
    V6NF_DHCPV6_OPTION_CLIENT_ID = 1, /* Client Identifier (21.2) */
    V6NF_DHCPV6_OPTION_SERVER_ID = 2, /* Server Identifier (21.3) */
    V6NF_DHCPV6_OPTION_IA_NA = 3, /* Identity Association for Non-temporary Addresses (21.4) */
    V6NF_DHCPV6_OPTION_IA_ADDRESS = 5, /* IA Address (21.6) */
    V6NF_DHCPV6_OPTION_REQUEST = 6, /* Option Request (21.7) */
    V6NF_DHCPV6_OPTION_PREFERENCE = 7, /* Preference (21.8) */
    V6NF_DHCPV6_OPTION_ELAPSED_TIME = 8, /* Elapsed Time (21.9) */
    V6NF_DHCPV6_OPTION_STATUS = 13, /* Status Code (21.13) */
    V6NF_DHCPV6_OPTION_RAPID_COMMIT = 14, /* Rapid Commit (21.14) */
    V6NF_DHCPV6_OPTION_DNS_SERVERS = 23, /* DNS Recursive Name Server (RFC 3646, 3) */
    V6NF_DHCPV6_OPTION_DOMAINS = 24, /* Domain Search List (RFC 3646, 4) */
    V6NF_DHCPV6_OPTION_IA_PD = 25, /* Identity Association for Prefix Delegation (21.21) */
    V6NF_DHCPV6_OPTION_IA_PREFIX = 26, /* IA Prefix (21.22) */
    V6NF_DHCPV6_OPTION_REFRESH_TIME = 32, /* Information Refresh Time (21.23) */
    V6NF_DHCPV6_OPTION_SOL_MAX_RT = 82, /* SOL_MAX_RT (21.24) */
    V6NF_DHCPV6_OPTION_INF_MAX_RT = 83 /* INF_MAX_RT (21.25) */
};

/* Status code (RFC 9915, 21.13). */
enum v6nf_dhcpv6_status {
    V6NF_DHCPV6_SUCCESS = 0, /* Success */
    V6NF_DHCPV6_UNSPEC_FAIL = 1, /* UnspecFail */
    V6NF_DHCPV6_NO_ADDRS_AVAIL = 2, /* NoAddrsAvail */
    V6NF_DHCPV6_NO_BINDING = 3, /* NoBinding */
    V6NF_DHCPV6_NOT_ON_LINK = 4, /* NotOnLink */
    V6NF_DHCPV6_USE_MULTICAST = 5, /* UseMulticast */
    V6NF_DHCPV6_NO_PREFIX_AVAIL = 6 /* NoPrefixAvail */
};

/* -- Reading ------------------------------------------------------------------------------------------------------- */

/* An option (RFC 9915, 21.1). */
struct v6nf_dhcpv6_option {
    uint32_t code; /* option-code */
    uint32_t data; /* offset of option-data in the message */
    uint32_t end;  /* offset one past option-data: of the next option */
};

/* Read an option (RFC 9915, 21.1).
 * message: end bytes.
 * at: offset of the option.
 * end: bytes of the message.
 * option: the result; all zero if there is no whole option.
 * Return false if there is no whole option. */
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

/* A part of a message; 0 and 0 for an option that the message does not have. */
struct v6nf_dhcpv6_bytes {
    uint32_t at;  /* offset of the first byte */
    uint32_t end; /* offset one past the last byte */
};

/* An Identity Association: an IA_NA (RFC 9915, 21.4) or IA_PD (21.21). */
struct v6nf_dhcpv6_ia {
    bool is_present;                  /* the message has it, with the client's IAID and T1 not after T2 */
    uint16_t status;                  /* enum v6nf_dhcpv6_status, or another; default Success */
    struct v6nf_dhcpv6_bytes options; /* its options */
    uint32_t t1;                      /* seconds; 0: left to the client */
    uint32_t t2;                      /* seconds; 0: left to the client */
};

/* A message of a server, as a client reads it. */
struct v6nf_dhcpv6_message {
    uint8_t type;                         /* msg-type: enum v6nf_dhcpv6_type, or another */
    uint8_t preference;                   /* Preference; 0 without the option (RFC 9915, 18.2.1) */
    bool rapid_commit;                    /* it has a Rapid Commit option */
    uint16_t status;                      /* of the message: enum v6nf_dhcpv6_status, or another; default Success */
    uint32_t transaction;                 /* transaction-id: 24 bits */
    struct v6nf_dhcpv6_bytes client_id;   /* DUID of the client */
    struct v6nf_dhcpv6_bytes server_id;   /* DUID of the server */
    struct v6nf_dhcpv6_bytes dns_servers; /* addresses, 16 bytes each */
    struct v6nf_dhcpv6_bytes domains;     /* names, for v6nf_dhcpv6_next_domain() */
    struct v6nf_dhcpv6_ia na;             /* IA_NA with the client's IAID */
    struct v6nf_dhcpv6_ia pd;             /* IA_PD with the client's IAID */
    uint32_t refresh_time;                /* Information Refresh Time, in seconds, after its minimum and default */
    uint32_t sol_max_rt;                  /* SOL_MAX_RT, in seconds; 0 without the option, or if out of bounds */
    uint32_t inf_max_rt;                  /* INF_MAX_RT, in seconds; 0 without the option, or if out of bounds */
    uint32_t ignored;                     /* number of malformed options on which nothing else depends */
};

/* Read a message of a server (RFC 9915, 8). The client checks whether it answers its own message.
 * bytes: end bytes: the message.
 * end: bytes of the message.
 * iaid: IAID of the client's IA_NA, and of its IA_PD.
 * message: the result; not to be used if the message is malformed.
 * Return false if it is shorter than its header, if it has more than V6NF_DHCPV6_OPTIONS_MAX options, or if an
 * identifier, a status, an IA_NA or an IA_PD is malformed: truncated, of a wrong length, with malformed options, or
 * present twice with the client's IAID. Other malformed options are ignored and counted. Of a list of addresses, the
 * whole ones are read. Nothing is read after a truncated option. Options of other codes, and an IA_NA or IA_PD with T1
 * greater than T2 (RFC 9915, 21.4 and 21.21), are ignored. */
bool v6nf_dhcpv6_read(const uint8_t *bytes, uint32_t end, uint32_t iaid, struct v6nf_dhcpv6_message *message);

/* An address of an IA_NA (RFC 9915, 21.6). */
struct v6nf_dhcpv6_lease {
    struct v6nf_address address; /* the address */
    uint32_t preferred_lifetime; /* seconds */
    uint32_t valid_lifetime;     /* seconds; 0: the server withdraws the address */
};

/* Read the next address of an IA_NA (RFC 9915, 21.6). Addresses whose preferred lifetime exceeds the valid one, or
 * with a status other than Success, are skipped.
 * bytes: the message that v6nf_dhcpv6_read() has read.
 * at: offset of the options that are not read yet, from message.na.options; moved after the address.
 * end: offset one past the options, from message.na.options.
 * lease: the result; all zero if there is no other address.
 * Return false if there is no other address. */
bool v6nf_dhcpv6_next_address(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_lease *lease);

/* A prefix of an IA_PD (RFC 9915, 21.22). */
struct v6nf_dhcpv6_prefix {
    struct v6nf_address address; /* the prefix; bits past its length are 0 */
    uint32_t length;             /* bits: 0 to 128 */
    uint32_t preferred_lifetime; /* seconds */
    uint32_t valid_lifetime;     /* seconds; 0: the server withdraws the prefix */
};

/* Read the next prefix of an IA_PD (RFC 9915, 21.22). Prefixes of more than 128 bits, whose preferred lifetime exceeds
 * the valid one, or with a status other than Success, are skipped. Bits past the length are cleared.
 * bytes: the message that v6nf_dhcpv6_read() has read.
 * at: offset of the options that are not read yet, from message.pd.options; moved after the prefix.
 * end: offset one past the options, from message.pd.options.
 * prefix: the result; all zero if there is no other prefix.
 * Return false if there is no other prefix. */
bool v6nf_dhcpv6_next_prefix(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_prefix *prefix);

/* Find the next name of a list (RFC 1035, 3.1, without compression; RFC 3646, 4). It may be the root.
 * bytes: the message that v6nf_dhcpv6_read() has read.
 * at: offset of the names that are not read yet, from message.domains; moved after the name.
 * end: offset one past the names, from message.domains.
 * name: the result; all zero if there is no whole name.
 * Return false if there is no whole name: *at is then `end`, or the list is malformed there. */
bool v6nf_dhcpv6_next_domain(const uint8_t *bytes, uint32_t *at, uint32_t end, struct v6nf_dhcpv6_bytes *name);

/* -- Writing ------------------------------------------------------------------------------------------------------- */

/* A message of a client, as it is written. */
struct v6nf_dhcpv6_content {
    uint8_t type;                         /* msg-type: enum v6nf_dhcpv6_type */
    bool rapid_commit;                    /* write a Rapid Commit option (RFC 9915, 21.14) */
    bool has_ia;                          /* write an IA_NA (RFC 9915, 21.4) */
    bool has_pd;                          /* write an IA_PD (RFC 9915, 21.21) */
    uint16_t elapsed;                     /* Elapsed Time, in hundredths of a second (RFC 9915, 21.9) */
    uint32_t transaction;                 /* transaction-id: 24 bits */
    const uint8_t *client_id;             /* DUID of the client */
    uint32_t client_id_size;              /* bytes of `client_id`, at most V6NF_DHCPV6_DUID_MAX */
    const uint8_t *server_id;             /* DUID of the server */
    uint32_t server_id_size;              /* bytes of `server_id`, at most V6NF_DHCPV6_DUID_MAX; 0 for none */
    const uint16_t *requested;            /* codes of the Option Request option, host byte order */
    uint32_t requested_count;             /* number of them, at most V6NF_DHCPV6_OPTIONS_MAX; 0: no such option */
    uint32_t iaid;                        /* IAID of the IA_NA, and of the IA_PD */
    const struct v6nf_address *addresses; /* of the IA_NA, with times 0 as a client sends them (21.4 and 21.6) */
    uint32_t addresses_count;             /* number of addresses, at most V6NF_DHCPV6_OPTIONS_MAX */

    const struct v6nf_dhcpv6_prefix *prefixes; /* of the IA_PD, with lifetimes 0; :: and a length: a hint (18.2.1) */
    uint32_t prefixes_count;                   /* number of prefixes, at most V6NF_DHCPV6_PREFIXES_MAX */
};

/* Write a message of a client (RFC 9915, 8).
 * bytes: room bytes, the result.
 * room: bytes of the buffer.
 * content: what to write.
 * Return the bytes of the message, 0 if it does not fit. */
uint32_t v6nf_dhcpv6_write(uint8_t *bytes, uint32_t room, const struct v6nf_dhcpv6_content *content);

#define V6NF_DHCPV6_DUID_LL_SIZE 10u /* bytes of the DUID-LL of a MAC address */

/* Write the DUID-LL of a MAC address (RFC 9915, 11.4).
 * duid: V6NF_DHCPV6_DUID_LL_SIZE bytes, the result.
 * mac: 6 bytes. */
void v6nf_dhcpv6_write_duid_ll(uint8_t *duid, const uint8_t *mac);

#ifdef __cplusplus
}
#endif

#endif
