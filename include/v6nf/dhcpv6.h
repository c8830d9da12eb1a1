/* dhcpv6.h: a DHCPv6 client (RFC 9915, which replaces RFC 8415; DNS options: RFC 3646). It gets addresses, delegated
 * prefixes and configuration by Solicit and Request (stateful), or configuration alone by Information-request.
 *
 * The client is an application of the node. The program provides a struct v6nf_dhcpv6, starts it on a node, and runs
 * both. A program that does not call it does not link it. It receives via the node's UDP port 546.
 *
 *     v6nf_dhcpv6_start(&client, &node, &config, v6nf_env_clock());
 *     for (;;) {
 *         uint64_t now = v6nf_env_clock();
 *         if (v6nf_run(&node, port, now) + v6nf_run_dhcpv6(&client, port, now) == 0u) {
 *             v6nf_run_wait(&node, port, now, v6nf_dhcpv6_next_due(&client));
 *         }
 *     }
 *
 * The client adds the addresses that a server gives to the node, with prefix length 128 and their lifetimes, and
 * removes them. DNS servers and search list are for the program to read. So is a delegated prefix: the program assigns
 * subnets of it to its other interfaces, and drops packets to the rest of it (RFC 7084, 4.2, WPD-5). The client
 * discards Reconfigure messages, and counts them. The fields are for reading: only the library writes them. */
#ifndef V6NF_DHCPV6_H
#define V6NF_DHCPV6_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "wire/dhcpv6.h"
#include "node.h"

#ifdef __cplusplus
extern "C" {
#endif

#if V6NF_DHCPV6

/* What a client asks for. */
enum v6nf_dhcpv6_mode {
    V6NF_DHCPV6_AUTO,      /* what routers advertise: stateful after an M flag, otherwise stateless after an O flag */
    V6NF_DHCPV6_STATELESS, /* configuration without addresses; with `wants_prefix`, a prefix and configuration */
    V6NF_DHCPV6_STATEFUL   /* addresses and configuration */
};

/* Report that the delegated prefixes or their lifetimes have changed; read them by v6nf_dhcpv6_prefix(). It is also
 * called when a server extends them, so that new lifetimes can be advertised.
 * context: of the configuration.
 * now: microseconds, monotonic.
 * It may not call the client, other than to read it. */
typedef void v6nf_dhcpv6_prefixes_changed(void *context, uint64_t now);

/* Configuration of a client. */
struct v6nf_dhcpv6_config {
    enum v6nf_dhcpv6_mode mode; /* what to ask for */
    bool rapid_commit;          /* let a server give addresses by two messages instead of four (RFC 9915, 21.14) */
    uint32_t iaid;              /* identifies this interface among those of the DUID: any number that never changes */
    const uint8_t *duid;        /* DUID, copied; NULL: the DUID-LL of the node's MAC address (RFC 9915, 11.4) */
    uint32_t duid_size;         /* bytes of `duid`: V6NF_DHCPV6_DUID_MIN to V6NF_DHCPV6_DUID_MAX */

    /* Ask for a delegated prefix, too (RFC 9915, 6.3). In mode AUTO, do so after an M or O flag (RFC 7084, 4.2,
     * WPD-4). Without M flag, no addresses are requested with it. */
    bool wants_prefix;

    /* Length of the prefix to ask for, 1 to 128 bits: a hint (RFC 9915, 18.2.1). 0: any. A server may delegate a prefix
     * of another length. */
    uint32_t prefix_length;

    v6nf_dhcpv6_prefixes_changed *prefixes_changed; /* see above; NULL for none */
    void *context;                                  /* for `prefixes_changed` */
};

/* State of a client (RFC 9915, 18.2). From SOLICITING to INFORMING it waits for the answer to a message. */
enum v6nf_dhcpv6_state {
    V6NF_DHCPV6_STOPPED,    /* the client does not use the node */
    V6NF_DHCPV6_WAITING,    /* waits for a router that advertises the M or O flag */
    V6NF_DHCPV6_SOLICITING, /* looks for servers (18.2.1) */
    V6NF_DHCPV6_REQUESTING, /* requests addresses from the selected server (18.2.2) */
    V6NF_DHCPV6_RENEWING,   /* extends lifetimes at the same server (18.2.4) */
    V6NF_DHCPV6_REBINDING,  /* extends lifetimes at any server (18.2.5) */
    V6NF_DHCPV6_CONFIRMING, /* asks whether addresses still belong to the link (18.2.3) */
    V6NF_DHCPV6_DECLINING,  /* reports duplicate addresses (18.2.8) */
    V6NF_DHCPV6_RELEASING,  /* returns addresses (18.2.7) */
    V6NF_DHCPV6_INFORMING,  /* asks for configuration without addresses (18.2.6) */
    V6NF_DHCPV6_BOUND,      /* has addresses of a server */
    V6NF_DHCPV6_INFORMED    /* has configuration of a server, and no addresses */
};

/* All counters of a client: X(name, text), where the text states what is counted. Each datagram to the port is counted
 * once: as ACCEPTED or REFUSED, or under the reason for which it was dropped. */
#define V6NF_DHCPV6_COUNTERS(X)                                                                                        \
    X(SENT, "messages sent")                                                                                           \
    X(ACCEPTED, "messages handled")                                                                                    \
    X(REFUSED, "messages handled in which a server gives nothing")                                                     \
    X(LEASES, "addresses that a server gave")                                                                          \
    X(LEASES_LOST, "addresses released, withdrawn or expired")                                                         \
    X(LEASES_FULL, "addresses given without a free slot, or that the node cannot have")                                \
    X(PREFIXES_LEASED, "prefixes that a server delegated")                                                             \
    X(PREFIXES_LOST, "prefixes released, withdrawn or expired")                                                        \
    X(PREFIXES_FULL, "prefixes given without a free slot, or that no router can use")                                  \
    X(DUPLICATES, "addresses given that another node uses")                                                            \
    X(FAILURES, "exchanges that ended without an answer")                                                              \
    X(OPTIONS_IGNORED, "malformed options ignored; the rest of the message does not depend on them")                   \
    X(DROP_DESTINATION, "dropped: not to the node's link-local address")                                               \
    X(DROP_MALFORMED, "dropped: malformed")                                                                            \
    X(DROP_TYPE, "dropped: not a message to a client")                                                                 \
    X(DROP_RECONFIGURE, "dropped: Reconfigure, which cannot be authenticated")                                         \
    X(DROP_UNEXPECTED, "dropped: unsolicited")                                                                         \
    X(DROP_TRANSACTION, "dropped: wrong transaction-id")                                                               \
    X(DROP_CLIENT_ID, "dropped: for another client")                                                                   \
    X(DROP_SERVER_ID, "dropped: no Server Identifier, or that of another server")

#define V6NF_DHCPV6_COUNTER_NAME(name, text) V6NF_DHCPV6_##name,
/* Counters of a client, in `counters` of struct v6nf_dhcpv6. */
enum v6nf_dhcpv6_counter { V6NF_DHCPV6_COUNTERS(V6NF_DHCPV6_COUNTER_NAME) V6NF_DHCPV6_COUNTER_COUNT };
#undef V6NF_DHCPV6_COUNTER_NAME

/* Return what `counter` counts, in English; "" for any other number. The text is constant.
 * Context: any. */
const char *v6nf_dhcpv6_counter_text(enum v6nf_dhcpv6_counter counter);

/* State of an address or prefix of a server. */
enum v6nf_dhcpv6_use {
    V6NF_DHCPV6_OFFERED,  /* advertised; will be requested */
    V6NF_DHCPV6_LEASED,   /* prefix: delegated. Address: added to the node, whose state shows whether it is in use */
    V6NF_DHCPV6_DECLINED, /* another node uses it; removed from the node, and being reported to the server */
    V6NF_DHCPV6_RELEASED  /* no longer in use, and being returned */
};

/* An address of a server. */
struct v6nf_dhcpv6_address {
    struct v6nf_address address; /* the address */
    enum v6nf_dhcpv6_use use;    /* its state */
    uint64_t preferred_until;    /* end of the preferred lifetime of a leased one; V6NF_NEVER if infinite */
    uint64_t valid_until;        /* end of the valid lifetime of a leased one; V6NF_NEVER if infinite */
};

/* A delegated prefix of a server. */
struct v6nf_dhcpv6_delegation {
    struct v6nf_address prefix; /* the prefix; bits past its length are 0 */
    uint32_t length;            /* bits: 1 to 128 */
    enum v6nf_dhcpv6_use use;   /* its state; never DECLINED */
    uint64_t preferred_until;   /* end of the preferred lifetime of a leased one; V6NF_NEVER if infinite */
    uint64_t valid_until;       /* end of the valid lifetime of a leased one; V6NF_NEVER if infinite */
};

/* A client. Times are microseconds unless a comment states otherwise. */
struct v6nf_dhcpv6 {
    struct v6nf_node *node;       /* the node that it runs on */
    enum v6nf_dhcpv6_mode mode;   /* as configured */
    enum v6nf_dhcpv6_state state; /* what it does */
    bool rapid_commit;            /* as configured */
    bool not_on_link;             /* a server answered NotOnLink for the addresses that are being confirmed */
    bool asks_addresses;          /* messages have an IA_NA */
    bool wants_prefix;            /* as configured: messages have an IA_PD */
    bool confirms_by_rebind;      /* a Rebind confirms addresses and prefixes (RFC 9915, 18.2.12) */
    bool prefixes_are_changed;    /* and `prefixes_changed` was not called yet */
    uint32_t prefix_length;       /* as configured */
    uint32_t iaid;                /* as configured: of the IA_NA and of the IA_PD */

    v6nf_dhcpv6_prefixes_changed *prefixes_changed; /* as configured */
    void *context;                                  /* as configured */

    uint32_t transaction;     /* transaction-id of the exchange (RFC 9915, 16.1) */
    uint32_t transmissions;   /* number of transmissions in the exchange */
    uint64_t first_sent;      /* time of the first one */
    uint64_t timeout;         /* RT (RFC 9915, 15) */
    uint64_t due;             /* time of the next transmission, or of the end of the exchange */
    uint64_t until;           /* latest end of a Release */
    uint64_t restart_timeout; /* last delay of a new server discovery; grows like RT, 0 at first */
    uint64_t leased_since;    /* time of the first address since then; V6NF_NEVER for none */
    uint64_t rate_time;       /* rate limit of a message per second: messages sent so far count up to here (14.1) */

    uint64_t renew_at;              /* T1 of addresses and prefixes: the earliest */
    uint64_t rebind_at;             /* T2 of addresses and prefixes: the earliest */
    uint64_t refresh_at;            /* time to ask again for configuration without addresses */
    uint32_t sol_max_rt;            /* SOL_MAX_RT, in seconds */
    uint32_t inf_max_rt;            /* INF_MAX_RT, in seconds */
    uint32_t advertised_sol_max_rt; /* in Advertise messages to this Solicit; 0 for none, UINT32_MAX if they differ */
    uint32_t advertised_inf_max_rt; /* in Advertise messages to this Solicit; 0 for none, UINT32_MAX if they differ */
    uint64_t duplicates_seen;       /* value of the node's counter that was handled last */
    uint8_t preference;             /* of the selected server */
    uint8_t offers;                 /* of the selected server: 1 for addresses or prefixes, 2 for both */

    uint8_t duid[V6NF_DHCPV6_DUID_MAX];   /* DUID of the client */
    uint8_t server[V6NF_DHCPV6_DUID_MAX]; /* DUID of the selected server */
    uint32_t duid_size;                   /* bytes of `duid` */
    uint32_t server_size;                 /* bytes of `server`; 0 for none */

    uint32_t addresses_count;                                        /* number of `addresses` */
    struct v6nf_dhcpv6_address addresses[V6NF_DHCPV6_ADDRESSES];     /* from the selected server */
    uint32_t prefixes_count;                                         /* number of `prefixes` */
    struct v6nf_dhcpv6_delegation prefixes[V6NF_DHCPV6_PREFIXES];    /* from the selected server */
    uint32_t dns_servers_count;                                      /* number of `dns_servers` */
    struct v6nf_address dns_servers[V6NF_DNS_SERVERS];               /* from the selected server */
    uint32_t dns_domains_count;                                      /* number of `dns_domains` */
    char dns_domains[V6NF_DNS_DOMAINS][V6NF_DNS_DOMAIN_SIZE];        /* search list, zero-terminated */
    uint64_t counters[V6NF_DHCPV6_COUNTER_COUNT];                    /* indexed by enum v6nf_dhcpv6_counter */
};

/* Start a client (RFC 9915, 18.2). The first message is due within a second, but not before the node's link-local
 * address is in use.
 * client: any contents; owned by the program, used until it is STOPPED. Stop it first if it runs on another node.
 * node: initialized, and stays at its address; start the client again after initializing it again.
 * config: copied; config->duid may be the client's own.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error: *client is then as it was.
 * Errors: V6NF_INVALID if *config is not as described; V6NF_EXISTS if port 546 is bound, for example by a client
 * that runs; V6NF_FULL (V6NF_UDP_PORTS).
 * Context: the loop. */
enum v6nf_status v6nf_dhcpv6_start(struct v6nf_dhcpv6 *client, struct v6nf_node *node,
                                   const struct v6nf_dhcpv6_config *config, uint64_t now);

/* Stop a client: remove its addresses from the node and return them and its prefixes to the server by a Release (RFC
 * 9915, 18.2.7). The client is RELEASING until the Release is answered or expires, at most 19 s, if the program goes on
 * driving it. It is STOPPED at once if there is nothing to return, at a second call, and if the link-local address is a
 * duplicate, from which it cannot send. A STOPPED client does not use the node.
 * client: started.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_dhcpv6_stop(struct v6nf_dhcpv6 *client, uint64_t now);

/* Report to the client that the link is up again, after v6nf_node_link_up(). It asks servers whether its addresses
 * still belong to the link (RFC 9915, 18.2.3), and for configuration again. If it has a prefix, it asks by a Rebind
 * (18.2.12).
 * client: started.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_dhcpv6_link_up(struct v6nf_dhcpv6 *client, uint64_t now);

/* Write one frame that is due.
 * client: started.
 * frame: capacity bytes, owned by the program; overwritten.
 * capacity: bytes of the buffer, at least 1294.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 if nothing more is due.
 * Context: the loop. */
uint32_t v6nf_dhcpv6_tick(struct v6nf_dhcpv6 *client, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Return when to call v6nf_dhcpv6_tick() for `client` next, in microseconds, if v6nf_node_input() and
 * v6nf_node_tick() do not change that. V6NF_NEVER if nothing is due.
 * Context: the loop, UDP handlers, error handlers. */
uint64_t v6nf_dhcpv6_next_due(const struct v6nf_dhcpv6 *client);

/* Get a delegated prefix (RFC 9915, 6.3).
 * client: started.
 * index: 0 and up.
 * prefix: the result, with the seconds that are left of its lifetimes, V6NF_DHCPV6_INFINITY if infinite; all zero if
 * there is no such prefix. A preferred lifetime of 0: the prefix is deprecated.
 * now: microseconds, monotonic.
 * Return false if there is no such prefix, for example because it expired or was released.
 * Context: the loop, UDP handlers, error handlers, v6nf_dhcpv6_prefixes_changed(). */
bool v6nf_dhcpv6_prefix(const struct v6nf_dhcpv6 *client, uint32_t index, struct v6nf_dhcpv6_prefix *prefix,
                        uint64_t now);

/* Get a DNS server that the DHCPv6 server gave (RFC 3646, 3). Resolvers ask these before the ones that routers
 * advertise (RFC 8106, 5.3.1).
 * index: 0 and up.
 * server: the result; :: if there is no such server.
 * Return false if there is no such server.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_dhcpv6_dns_server(const struct v6nf_dhcpv6 *client, uint32_t index, struct v6nf_address *server);

/* Get a domain of the search list that the DHCPv6 server gave (RFC 3646, 4).
 * client: started.
 * index: 0 and up.
 * Return the domain as zero-terminated text, such as "example.com", or NULL if there is no such domain. The text is in
 * the client, and valid until the next call that handles a frame.
 * Context: the loop, UDP handlers, error handlers. */
const char *v6nf_dhcpv6_dns_domain(const struct v6nf_dhcpv6 *client, uint32_t index);

#endif

#ifdef __cplusplus
}
#endif

#endif
