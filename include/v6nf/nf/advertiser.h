/* advertiser.h: Router Advertisements of one interface: what they contain, and when they are due (RFC 4861, 6.2;
 * RFC 4191; RFC 8106; RFC 8319; RFC 9096).
 *
 * It writes whole frames for the group of all nodes, and keeps the times: at random between two limits, the first three
 * soon, answers to Router Solicitations after a moment, never two within 3 seconds, and last ones when it is stopped.
 * It receives nothing. The caller calls v6nf_advertiser_solicited() for a valid Router Solicitation, and gives
 * v6nf_advertiser_check() what other routers advertise. It starts the advertiser when the link-local address may be
 * used: there is no Duplicate Address Detection here.
 * Times are microseconds, monotonic.
 * Context: any. */
#ifndef V6NF_NF_ADVERTISER_H
#define V6NF_NF_ADVERTISER_H

#include <stdbool.h>
#include <stdint.h>

#include "../table/siphash.h"
#include "../wire/ndp.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ADVERTISER_PREFIXES 8u      /* maximum prefixes of an interface */
#define V6NF_ADVERTISER_ROUTES 8u        /* maximum routes that are advertised */
#define V6NF_ADVERTISER_SERVERS 4u       /* maximum DNS servers */
#define V6NF_ADVERTISER_DOMAINS 4u       /* maximum domains of the DNS search list */
#define V6NF_ADVERTISER_DOMAIN_SIZE 255u /* characters of a domain, with the zero and a last dot */
#define V6NF_ADVERTISER_WITHDRAWN 8u     /* prefixes, routes and servers that are no longer configured, and yet known */

/* Maximum bytes of a packet with all that is configured. With what is withdrawn, it has at most 1280. */
#define V6NF_ADVERTISER_SIZE_MAX (V6NF_IPV6_MTU_MIN - V6NF_ADVERTISER_WITHDRAWN * V6NF_NDP_PREFIX_OPTION_SIZE)

#define V6NF_ADVERTISER_NEVER UINT64_MAX /* time at which nothing is due */

/* Default lifetimes, in seconds (RFC 9096, 4: ND_PREFERRED_LIMIT and ND_VALID_LIMIT). Hosts then forget within 90
 * minutes what a router no longer advertises. RFC 4861 has 7 and 30 days for prefixes. */
#define V6NF_ADVERTISER_PREFERRED_LIFETIME 2700u /* of prefixes; also of router, routes, servers and domains */
#define V6NF_ADVERTISER_VALID_LIFETIME 5400u     /* of prefixes */

/* A prefix of the interface. */
struct v6nf_advertised_prefix {
    struct v6nf_ndp_prefix information; /* what is advertised; bits after the length are not */
    bool counts_down;                   /* lifetimes count from v6nf_advertiser_set() on, as those of a delegated
                                         * prefix do; otherwise they are the same in each advertisement */
};

/* What an interface advertises: the variables of a router (RFC 4861, 6.2.1). */
struct v6nf_advertisement {
    uint32_t max_interval;   /* MaxRtrAdvInterval: seconds, 4 to 65535 (RFC 8319, 4), default 600 */
    uint32_t min_interval;   /* MinRtrAdvInterval: seconds, 3 to 3/4 of max_interval. 0, the default: a third of it, but
                              * at least 3 seconds */
    uint8_t hop_limit;       /* AdvCurHopLimit: default 64; 0: unspecified */
    bool managed;            /* AdvManagedFlag: addresses by DHCPv6 */
    bool other;              /* AdvOtherConfigFlag: other configuration by DHCPv6 */
    bool no_link_layer;      /* the source link-layer address option is left out; hosts then ask for it */
    uint32_t lifetime;       /* AdvDefaultLifetime: seconds, max_interval to 65535 (RFC 8319, 4), default 2700; 0: not a
                              * default router, but prefixes and the rest are advertised */
    uint32_t reachable_time; /* AdvReachableTime: milliseconds, at most 3600000; 0, the default: unspecified */
    uint32_t retrans_timer;  /* AdvRetransTimer: milliseconds; 0, the default: unspecified */
    uint32_t mtu;            /* AdvLinkMTU: at least 1280; 0, the default: no option */
    enum v6nf_ndp_preference preference; /* among default routers (RFC 4191, 2.2): default medium */

    uint32_t prefix_count;                                              /* number of `prefixes` */
    uint32_t route_count;                                               /* number of `routes` */
    uint32_t server_count;                                              /* number of `servers` */
    uint32_t domain_count;                                              /* number of `domains` */
    struct v6nf_advertised_prefix prefixes[V6NF_ADVERTISER_PREFIXES];   /* of the interface (RFC 4861, 4.6.2) */
    struct v6nf_ndp_route routes[V6NF_ADVERTISER_ROUTES];               /* routes through this router (RFC 4191, 2.3) */
    struct v6nf_address servers[V6NF_ADVERTISER_SERVERS];               /* DNS servers (RFC 8106, 5.1) */
    uint32_t server_lifetime;                                           /* of all of them: seconds, default 2700 */
    uint32_t domain_lifetime;                                           /* of all `domains`: seconds, default 2700 */
    char domains[V6NF_ADVERTISER_DOMAINS][V6NF_ADVERTISER_DOMAIN_SIZE]; /* zero-terminated (RFC 8106, 5.2) */
};

/* Status of v6nf_advertiser_set(). */
enum v6nf_advertiser_status {
    V6NF_ADVERTISER_OK,             /* done */
    V6NF_ADVERTISER_BAD_INTERVAL,   /* an interval is outside of its limits */
    V6NF_ADVERTISER_BAD_LIFETIME,   /* the router's lifetime is not 0, and outside of its limits */
    V6NF_ADVERTISER_BAD_REACHABLE,  /* more than an hour */
    V6NF_ADVERTISER_BAD_MTU,        /* not 0, and less than 1280 */
    V6NF_ADVERTISER_BAD_PREFERENCE, /* none that may be sent */
    V6NF_ADVERTISER_BAD_COUNT,      /* more than the arrays hold */
    V6NF_ADVERTISER_BAD_PREFIX,     /* multicast, link-local, twice, not of 1 to 128 bits; autonomous, and not of 64
                                     * bits (RFC 4862, 5.5.3 d); preferred for longer than valid */
    V6NF_ADVERTISER_BAD_ROUTE,      /* multicast, link-local, of more than 128 bits, or twice; a bad preference */
    V6NF_ADVERTISER_BAD_SERVER,     /* no unicast address, or twice */
    V6NF_ADVERTISER_BAD_DOMAIN,     /* no name as v6nf_ndp_write_domain() describes, or not terminated */
    V6NF_ADVERTISER_TOO_LONG        /* more than V6NF_ADVERTISER_SIZE_MAX bytes: shorten the domains */
};

/* Bits of v6nf_advertiser_check(): what another router advertises otherwise (RFC 4861, 6.2.7). */
#define V6NF_ADVERTISER_OTHER_HOP_LIMIT 0x01u      /* Cur Hop Limit */
#define V6NF_ADVERTISER_OTHER_FLAGS 0x02u          /* M or O flag */
#define V6NF_ADVERTISER_OTHER_REACHABLE_TIME 0x04u /* Reachable Time */
#define V6NF_ADVERTISER_OTHER_RETRANS_TIMER 0x08u  /* Retrans Timer */
#define V6NF_ADVERTISER_OTHER_MTU 0x10u            /* MTU */
#define V6NF_ADVERTISER_OTHER_LIFETIME 0x20u       /* valid or preferred lifetime of the same prefix */

/* Of what is no longer configured. */
enum v6nf_withdrawn_kind {
    V6NF_WITHDRAWN_NONE,   /* the slot is free */
    V6NF_WITHDRAWN_SERVER, /* a DNS server: lifetime 0 */
    V6NF_WITHDRAWN_ROUTE,  /* a route: lifetime 0 */
    V6NF_WITHDRAWN_PREFIX  /* a prefix: preferred lifetime 0 */
};

#define V6NF_WITHDRAWN_KINDS 4u /* number of kinds */

/* What is no longer configured, and hosts may still use. */
struct v6nf_withdrawn {
    uint64_t until;                /* end of its valid lifetime, and of its slot */
    enum v6nf_withdrawn_kind kind; /* what it is */
    uint32_t length;               /* bits */
    struct v6nf_address address;   /* address or prefix */
    bool on_link;                  /* L flag of a prefix */
    bool autonomous;               /* A flag of a prefix */
};

/* State of an advertiser. */
enum v6nf_advertiser_state {
    V6NF_ADVERTISER_STOPPED, /* nothing is sent */
    V6NF_ADVERTISER_STARTED, /* it advertises */
    V6NF_ADVERTISER_STOPPING /* it sends its last advertisements */
};

/* The advertiser of an interface. The fields are for reading: only the library writes them. */
struct v6nf_advertiser {
    struct v6nf_advertisement config;                           /* what is advertised */
    struct v6nf_withdrawn withdrawn[V6NF_ADVERTISER_WITHDRAWN]; /* what was */
    enum v6nf_advertiser_state state;                           /* whether it advertises */
    bool is_answer_due;                                         /* a Router Solicitation is not answered yet */
    bool has_sent;                                              /* an advertisement was sent, at `last` */
    bool was_sent;                                              /* an advertisement was sent since the start */
    uint32_t left;                                              /* advertisements that follow soon, or last ones */
    uint32_t known[V6NF_WITHDRAWN_KINDS]; /* bits of the servers, routes, prefixes of `config` that were sent */
    uint64_t due;                         /* time of the next advertisement */
    uint64_t last;                        /* time of the last advertisement */
    uint64_t since;                       /* time of v6nf_advertiser_set() */
    uint64_t draws;                       /* random numbers drawn */
    uint64_t sent;                        /* advertisements written */
    uint64_t solicited;                   /* calls of v6nf_advertiser_solicited() while it advertised */
    uint64_t no_capacity;                 /* advertisements that did not fit into the buffer */
    uint64_t compared;                    /* advertisements of other routers that were compared */
    uint64_t different;                   /* those that were not consistent with its own */
    uint8_t mac[V6NF_ETHER_ADDRESS_SIZE]; /* of the interface */
    struct v6nf_address link_local;       /* of the interface */
    uint8_t key[V6NF_SIPHASH_KEY_SIZE];   /* of random numbers */
};

/* Set the defaults, without prefixes, routes, servers and domains.
 * advertisement: the result. */
void v6nf_advertisement_default(struct v6nf_advertisement *advertisement);

/* Append a prefix that is on-link, autonomous if it has 64 bits, with default lifetimes.
 * advertisement: with its other fields.
 * prefix: bits after the length are ignored.
 * length: bits, at most 128.
 * Return false if there are V6NF_ADVERTISER_PREFIXES. */
bool v6nf_advertisement_add_prefix(struct v6nf_advertisement *advertisement, const struct v6nf_address *prefix,
                                   uint32_t length);

/* Initialize an advertiser with the default advertisement. It is stopped.
 * adv: any contents.
 * mac: 6 bytes, of the interface.
 * link_local: 16 bytes, of the interface; the source of all advertisements.
 * seed: unpredictable, from v6nf_env_entropy(). Times depend on it and on the MAC address. */
void v6nf_advertiser_init(struct v6nf_advertiser *adv, const uint8_t *mac, const uint8_t *link_local, uint64_t seed);

/* Set what is advertised, at any time. If it advertises, the new advertisement is sent as soon as 3 seconds after the
 * last one permit, and twice more soon (RFC 4861, 6.2.4).
 * Prefixes that hosts know, and that the new advertisement does not have, are advertised further: with preferred
 * lifetime 0, and as valid lifetime the rest of the old one, of 2 hours at most, until that is over (RFC 9096, 3.5;
 * RFC 7084, L-13). So are routes and DNS servers, with lifetime 0. If there are more than V6NF_ADVERTISER_WITHDRAWN,
 * servers, then routes are left out first, and of one kind the one that ends first.
 * adv: initialized.
 * advertisement: used during the call only; it may be that of `adv`, or a changed copy of it.
 * now: time.
 * Return V6NF_ADVERTISER_OK, or an error: then nothing has changed. */
enum v6nf_advertiser_status v6nf_advertiser_set(struct v6nf_advertiser *adv,
                                                const struct v6nf_advertisement *advertisement, uint64_t now);

/* Return the meaning of a status in English, "unknown status" for any other number. The text is constant. */
const char *v6nf_advertiser_status_text(enum v6nf_advertiser_status status);

/* Set other addresses of the interface. What is sent from the old link-local address on hosts remains: stop the
 * advertiser first, and let it end.
 * adv: initialized, stopped.
 * mac: 6 bytes.
 * link_local: 16 bytes. */
void v6nf_advertiser_set_source(struct v6nf_advertiser *adv, const uint8_t *mac, const uint8_t *link_local);

/* Start to advertise: three advertisements within 36 seconds (RFC 4861, 6.2.4), then at random intervals. Without
 * effect if it advertises.
 * adv: initialized. It may be stopping.
 * now: time. */
void v6nf_advertiser_start(struct v6nf_advertiser *adv, uint64_t now);

/* Stop: send 3 last advertisements with router lifetime 0, and 0 for routes, servers and domains (RFC 4861, 6.2.5).
 * Prefixes remain. Without effect if it does not advertise. If nothing was sent since the start, it ends at once.
 * adv: initialized.
 * now: time. */
void v6nf_advertiser_stop(struct v6nf_advertiser *adv, uint64_t now);

/* Answer a valid Router Solicitation, by one advertisement to all nodes (RFC 4861, 6.2.6): after a random delay of at
 * most 0.5 s, at least 3 s after the last one. One advertisement answers all that wait for it. Without effect if it
 * does not advertise.
 * adv: initialized.
 * now: time. */
void v6nf_advertiser_solicited(struct v6nf_advertiser *adv, uint64_t now);

/* Return the time at which v6nf_advertiser_write() has something to write, V6NF_ADVERTISER_NEVER if it does not
 * advertise. Any call but this one and v6nf_advertiser_check() may change it. */
static inline uint64_t v6nf_advertiser_next_due(const struct v6nf_advertiser *adv)
{
    return adv->due;
}

/* Write the advertisement that is due: a frame to ff02::1, from Ethernet header to checksum.
 * adv: initialized.
 * frame: capacity bytes, the result.
 * capacity: bytes of the buffer. 1294 are always enough.
 * now: time.
 * Return the length of the frame to transmit, 0 if nothing is due, or if it does not fit: that is counted, and the next
 * one is due at its time. */
uint32_t v6nf_advertiser_write(struct v6nf_advertiser *adv, uint8_t *frame, uint32_t capacity, uint64_t now);

/* Compare a Router Advertisement of another router with this one (RFC 4861, 6.2.7). A packet that is no valid Router
 * Advertisement, or that has extension headers, is not compared. Nor is one from the own link-local address, or
 * anything while it does not advertise. Lifetimes that count down may differ by V6NF_ADVERTISER_SKEW seconds.
 * Unspecified values, and options that one of the two does not have, are no difference.
 * adv: initialized.
 * packet: available bytes, from the IPv6 header on.
 * available: bytes of the packet and of link padding.
 * now: time.
 * Return bits V6NF_ADVERTISER_OTHER_..., 0 for no difference. `compared` and `different` count. */
uint32_t v6nf_advertiser_check(struct v6nf_advertiser *adv, const uint8_t *packet, uint32_t available, uint64_t now);

#define V6NF_ADVERTISER_SKEW 10u /* seconds */

#ifdef __cplusplus
}
#endif

#endif
