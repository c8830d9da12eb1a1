/* dhcpv6.h: a DHCPv6 client (RFC 9915, which replaces RFC 8415; DNS options: RFC 3646): addresses and configuration
 * by Solicit and Request (stateful), or configuration alone by Information-request (stateless).
 *
 * It is an application of the node: the program provides a struct v6nf_dhcpv6, starts it on a node, and drives it
 * beside the node; a program that does not call it does not link it. It receives by the node's UDP port 546.
 *
 *   v6nf_dhcpv6_start(&client, &node, &config, now);
 *   for (;;) {
 *       v6nf_run(&node, port, now);
 *       v6nf_run_dhcpv6(&client, port, now);    (run.h) sends what is due, by v6nf_dhcpv6_tick()
 *   }
 *
 * The addresses that a server gives are added to the node, with prefix length 128 and their lifetimes, and taken
 * from it again. A server's DNS servers and search list are for the program to read. The fields are for reading, but
 * only the library writes them. Times are microseconds. */
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

enum v6nf_dhcpv6_mode {
    V6NF_DHCPV6_AUTO,      /* what routers say: stateful once one advertises M, else stateless once one advertises O */
    V6NF_DHCPV6_STATELESS,
    V6NF_DHCPV6_STATEFUL
};

struct v6nf_dhcpv6_config {
    enum v6nf_dhcpv6_mode mode;
    bool rapid_commit;    /* a server may give addresses at once, by two messages instead of four (RFC 9915, 21.14) */
    uint32_t iaid;        /* names this interface among those of the DUID: any number that stays the same */
    const uint8_t *duid;  /* V6NF_DHCPV6_DUID_MIN to _MAX bytes, copied; NULL: the DUID-LL of the node's MAC address */
    uint32_t duid_size;
};

enum v6nf_dhcpv6_state {
    V6NF_DHCPV6_STOPPED,
    V6NF_DHCPV6_WAITING,    /* for a router that advertises M or O */
    V6NF_DHCPV6_SOLICITING, /* from here to ... */
    V6NF_DHCPV6_REQUESTING,
    V6NF_DHCPV6_RENEWING,
    V6NF_DHCPV6_REBINDING,
    V6NF_DHCPV6_CONFIRMING,
    V6NF_DHCPV6_DECLINING,
    V6NF_DHCPV6_RELEASING,
    V6NF_DHCPV6_INFORMING,  /* ... here a message is under way: its answer is waited for */
    V6NF_DHCPV6_BOUND,      /* has addresses of a server */
    V6NF_DHCPV6_INFORMED    /* has configuration of a server, and no addresses */
};

/* X(name, text) for every counter; the text says what one count means. Every datagram to the port is counted once:
 * as ACCEPTED or REFUSED, or under the cause it was dropped for. */
#define V6NF_DHCPV6_COUNTERS(X)                                                                                        \
    X(SENT, "messages sent")                                                                                           \
    X(ACCEPTED, "messages taken in")                                                                                   \
    X(REFUSED, "messages taken in by which a server gives nothing")                                                    \
    X(LEASES, "addresses that a server gave")                                                                          \
    X(LEASES_LOST, "addresses given back, taken back, or at the end of their lifetime")                                \
    X(LEASES_FULL, "addresses given for which there was no room, or that the node cannot have")                        \
    X(DUPLICATES, "addresses given that another node has")                                                             \
    X(FAILURES, "exchanges given up")                                                                                  \
    X(OPTIONS_IGNORED, "options ignored: malformed, and of no matter to the rest of the message")                      \
    X(DROP_DESTINATION, "dropped: not to the node's link-local address")                                               \
    X(DROP_MALFORMED, "dropped: malformed")                                                                            \
    X(DROP_TYPE, "dropped: not a message to a client")                                                                 \
    X(DROP_RECONFIGURE, "dropped: Reconfigure, which cannot be authenticated")                                         \
    X(DROP_UNEXPECTED, "dropped: nothing of the kind was asked for")                                                   \
    X(DROP_TRANSACTION, "dropped: wrong transaction-id")                                                               \
    X(DROP_CLIENT_ID, "dropped: not for this client")                                                                  \
    X(DROP_SERVER_ID, "dropped: no Server Identifier, or not that of the server that was asked")

#define V6NF_DHCPV6_COUNTER_NAME(name, text) V6NF_DHCPV6_##name,
enum v6nf_dhcpv6_counter { V6NF_DHCPV6_COUNTERS(V6NF_DHCPV6_COUNTER_NAME) V6NF_DHCPV6_COUNTER_COUNT };
#undef V6NF_DHCPV6_COUNTER_NAME

/* What one count of `counter` means, in words; "" for a number that is no counter. */
const char *v6nf_dhcpv6_counter_text(enum v6nf_dhcpv6_counter counter);

enum v6nf_dhcpv6_use {
    V6NF_DHCPV6_OFFERED,  /* advertised, and to be requested */
    V6NF_DHCPV6_LEASED,   /* the node's: its state there says whether it is in use yet */
    V6NF_DHCPV6_DECLINED, /* another node has it, and the server is being told; no longer the node's */
    V6NF_DHCPV6_RELEASED  /* being given back; no longer the node's */
};

struct v6nf_dhcpv6_address {
    struct v6nf_address address;
    enum v6nf_dhcpv6_use use;
    uint64_t preferred_until; /* of a leased one; V6NF_NEVER for infinite lifetimes */
    uint64_t valid_until;
};

struct v6nf_dhcpv6 {
    struct v6nf_node *node;
    enum v6nf_dhcpv6_mode mode;
    enum v6nf_dhcpv6_state state;
    bool rapid_commit;
    bool not_on_link;         /* a server said so of the addresses that are being confirmed */
    uint32_t iaid;

    /* The exchange under way (RFC 9915, 15). */
    uint32_t transaction;
    uint32_t transmissions;
    uint64_t first_sent;
    uint64_t timeout;         /* RT */
    uint64_t due;             /* when the message is sent next, or given up */
    uint64_t until;           /* when a Release is given up at the latest */
    uint64_t restart_timeout; /* last delay of a new server discovery; grows like RT, 0 at first */
    uint64_t leased_since;    /* when there first was an address since then; V6NF_NEVER for none */
    uint64_t rate_time;       /* what was sent so far is paid for, at one message a second (14.1) */

    uint64_t renew_at;        /* T1, */
    uint64_t rebind_at;       /* and T2, of addresses */
    uint64_t refresh_at;      /* when configuration without addresses is asked for anew */
    uint32_t sol_max_rt;      /* seconds */
    uint32_t inf_max_rt;
    uint32_t sol_max_rt_told; /* by Advertise messages to this Solicit; 0 for none, UINT32_MAX if they differ */
    uint32_t inf_max_rt_told;
    uint64_t duplicates_seen; /* of the node's counter */
    uint8_t preference;       /* of the server that is chosen */

    uint8_t duid[V6NF_DHCPV6_DUID_MAX];
    uint8_t server[V6NF_DHCPV6_DUID_MAX]; /* DUID of the server that is chosen */
    uint32_t duid_size;
    uint32_t server_size;     /* 0 for none */

    uint32_t addresses_count;
    struct v6nf_dhcpv6_address addresses[V6NF_DHCPV6_ADDRESSES];
    uint32_t dns_servers_count;
    struct v6nf_address dns_servers[V6NF_DNS_SERVERS];
    uint32_t dns_domains_count;
    char dns_domains[V6NF_DNS_DOMAINS][V6NF_DNS_DOMAIN_SIZE];
    uint64_t counters[V6NF_DHCPV6_COUNTER_COUNT];
};

/* Start *client on the node, which is initialized and does not move. The earlier contents of *client do not matter. The
 * first message is due within a second, but not before the node's link-local address is in use. config->duid may be the
 * client's own. Stop a client that runs on another node first. Start it again after its node was initialized again.
 * Return V6NF_INVALID if *config is not as said, V6NF_EXISTS if the node's port 546 has a handler, such as a client
 * that runs, or V6NF_FULL if the node has no room for one more port: *client is then untouched. */
enum v6nf_status v6nf_dhcpv6_start(struct v6nf_dhcpv6 *client, struct v6nf_node *node,
                                   const struct v6nf_dhcpv6_config *config, uint64_t now);

/* Takes the client's addresses from the node and forgets what the server said. If there were any, the server is told by
 * a Release: the client is then RELEASING, and STOPPED once that is answered or given up, after 19 s at most if the
 * program goes on driving it. A second call stops it at once, and so does the first where the link-local address is a
 * duplicate, from which nothing can be sent. A client that is STOPPED has let go of the node. */
void v6nf_dhcpv6_stop(struct v6nf_dhcpv6 *client, uint64_t now);

/* The program has called v6nf_node_link_up(): servers are asked whether the addresses still belong there (Confirm),
 * and for configuration anew. */
void v6nf_dhcpv6_link_up(struct v6nf_dhcpv6 *client, uint64_t now);

/* Writes one frame that is due into the buffer of `capacity` bytes at `frame`: at least 1294. Returns its length, or
 * 0 if nothing more is to leave for now. */
uint32_t v6nf_dhcpv6_tick(struct v6nf_dhcpv6 *client, uint8_t *frame, uint32_t capacity, uint64_t now);

/* When v6nf_dhcpv6_tick() next has something to do, if neither v6nf_node_input() nor v6nf_node_tick() changes that;
 * V6NF_NEVER if nothing is under way. */
uint64_t v6nf_dhcpv6_next_due(const struct v6nf_dhcpv6 *client);

/* DNS server number `index`, from 0 on, of those that the server gave. Returns false, with *server ::, after the
 * last. Where routers advertise some too (v6nf_node_dns_server()), a resolver asks these first (RFC 8106, 5.3.1). */
bool v6nf_dhcpv6_dns_server(const struct v6nf_dhcpv6 *client, uint32_t index, struct v6nf_address *server);

/* Domain number `index` of the search list, likewise: "example.com", zero-terminated, in the client; NULL after the
 * last. It is good until the next call that takes a frame. */
const char *v6nf_dhcpv6_dns_domain(const struct v6nf_dhcpv6 *client, uint32_t index);

#endif
#ifdef __cplusplus
}
#endif

#endif
