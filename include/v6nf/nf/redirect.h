/* redirect.h: Redirects that a router sends: a host on the same link has a better first hop to a destination (RFC 4861,
 * 8.2).
 *
 * The router notes what it saw while it forwards a packet, and writes the Redirect later, when there is a buffer. The
 * queue is bounded, and so is the rate, in all and for each station, by a token bucket.
 * Times are microseconds, monotonic.
 * Context: any. */
#ifndef V6NF_NF_REDIRECT_H
#define V6NF_NF_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "../wire/ndp.h"
#include "icmpv6_error.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_REDIRECTOR_SLOTS 8u         /* Redirects that wait */
#define V6NF_REDIRECTOR_BUCKETS 64u      /* buckets that stations share by their hash */
#define V6NF_REDIRECTOR_MAX_AGE 1000000u /* microseconds after which a Redirect is no longer sent */
#define V6NF_REDIRECTOR_RATE 100u        /* default rates, for struct v6nf_icmpv6_rates: Redirects per second */
#define V6NF_REDIRECTOR_BURST 40u        /* Redirects at one time */
#define V6NF_REDIRECTOR_STATION_RATE 2u  /* Redirects per second to one station */
#define V6NF_REDIRECTOR_STATION_BURST 4u /* Redirects to one station at one time */

/* Maximum bytes of a packet that a Redirect quotes, without target link-layer address option. */
#define V6NF_REDIRECTOR_QUOTE_SIZE                                                                                     \
    (V6NF_NDP_REDIRECT_PACKET_SIZE - V6NF_IPV6_HEADER_SIZE - V6NF_NDP_REDIRECT_SIZE - V6NF_NDP_REDIRECTED_HEADER)

/* What a router saw: a packet leaves on the interface that received it. */
struct v6nf_redirect {
    uint32_t interface;        /* its number, returned by v6nf_redirector_next() */
    bool is_neighbor;          /* the source of the packet is a neighbor on this interface. The caller knows: it is in
                                * an on-link prefix of the interface, and did not come through another router */
    const uint8_t *sender_mac; /* 6 bytes: the Ethernet source of the packet */
    const uint8_t *target;     /* 16 bytes: the next hop. A router by its link-local address, or the destination itself
                                * if that is on-link */
    const uint8_t *target_mac; /* 6 bytes, its MAC address; NULL if it is not known */
};

/* Result of v6nf_redirector_note(). */
enum v6nf_redirect_result {
    V6NF_REDIRECT_QUEUED,   /* a Redirect will be written */
    V6NF_REDIRECT_REPEATED, /* none: one for the same source and destination waits */
    V6NF_REDIRECT_REFUSED,  /* none may be sent: see v6nf_redirector_note() */
    V6NF_REDIRECT_LIMITED,  /* none: the rate limit */
    V6NF_REDIRECT_FULL      /* none: V6NF_REDIRECTOR_SLOTS wait */
};

/* A Redirect that waits. */
struct v6nf_redirect_slot {
    uint64_t noted;                              /* time of v6nf_redirector_note() */
    uint32_t interface;                          /* number of the interface */
    uint32_t length;                             /* bytes of `packet` */
    bool has_mac;                                /* `target_mac` is known */
    uint8_t sender_mac[V6NF_ETHER_ADDRESS_SIZE]; /* of the station that it is for */
    uint8_t target_mac[V6NF_ETHER_ADDRESS_SIZE]; /* of the target */
    uint8_t target[V6NF_ADDRESS_SIZE];           /* the better first hop */
    uint8_t packet[V6NF_REDIRECTOR_QUOTE_SIZE];  /* what is quoted: source and destination are in it */
};

/* Redirects of a router. Its memory must not be moved: `limit` points into it. The counters are for reading. */
struct v6nf_redirector {
    struct v6nf_icmpv6_limit limit;                            /* in all, and of stations. Only its rates are used */
    struct v6nf_token_bucket buckets[V6NF_REDIRECTOR_BUCKETS]; /* of stations */
    struct v6nf_redirect_slot slots[V6NF_REDIRECTOR_SLOTS];    /* a ring */
    uint32_t oldest;                                           /* index of the first of them */
    uint32_t count;                                            /* number of them that wait */
    uint64_t sent;                                             /* Redirects written */
    uint64_t repeated;                                         /* V6NF_REDIRECT_REPEATED */
    uint64_t refused;                                          /* V6NF_REDIRECT_REFUSED */
    uint64_t limited;                                          /* V6NF_REDIRECT_LIMITED */
    uint64_t full;                                             /* V6NF_REDIRECT_FULL */
    uint64_t expired;                                          /* waited too long, or forgotten */
    uint64_t no_capacity;                                      /* did not fit into the buffer */
};

/* Initialize, with full buckets and an empty queue.
 * redirector: any contents.
 * rates: `source_rate` and `source_burst` are those of a station; NULL for the defaults. Used during the call only.
 * secret: V6NF_ICMPV6_LIMIT_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * now: time. */
void v6nf_redirector_init(struct v6nf_redirector *redirector, const struct v6nf_icmpv6_rates *rates,
                          const uint8_t *secret, uint64_t now);

/* Note that a Redirect should be sent about a packet that is forwarded (RFC 4861, 8.2). The packet is copied, as far as
 * it is quoted.
 * None is sent if the packet is malformed, if its source is no neighbor or cannot be one, if its destination is
 * multicast or link-local, if the target is neither the destination nor a link-local address, or is the source itself,
 * or if a MAC address is not that of one station.
 * redirector: initialized.
 * redirect: used during the call only.
 * packet: available bytes, from the IPv6 header on.
 * available: bytes of the packet and of link padding.
 * now: time.
 * Return the result, which is also counted. */
enum v6nf_redirect_result v6nf_redirector_note(struct v6nf_redirector *redirector, const struct v6nf_redirect *redirect,
                                               const uint8_t *packet, uint32_t available, uint64_t now);

/* Look for a Redirect to write. Those that waited longer than V6NF_REDIRECTOR_MAX_AGE are dropped.
 * redirector: initialized.
 * interface: the result: the interface that it is sent on; 0 if there is none.
 * now: time.
 * Return true if there is one. */
bool v6nf_redirector_next(struct v6nf_redirector *redirector, uint32_t *interface, uint64_t now);

/* Write the Redirect that v6nf_redirector_next() found, and remove it: a frame for its station, from Ethernet header to
 * checksum.
 * redirector: initialized.
 * mac: 6 bytes, of the interface.
 * link_local: 16 bytes, of the interface, in use: the source.
 * frame: capacity bytes, the result. No part of `redirector`.
 * capacity: bytes of the buffer. 1294 are always enough.
 * Return the length of the frame to transmit on that interface, 0 if none waits, or if less than 1294 bytes are there:
 * that is counted, and the Redirect is lost. */
uint32_t v6nf_redirector_write(struct v6nf_redirector *redirector, const uint8_t *mac, const uint8_t *link_local,
                               uint8_t *frame, uint32_t capacity);

/* Drop all Redirects that wait. The owner of the redirector calls it if they are no longer right, because routes or
 * interfaces have changed, or cannot be sent. v6nf_router_tick() does so if the interface of the oldest one has no
 * link-local address. It need not be called for each change: none waits longer than V6NF_REDIRECTOR_MAX_AGE. */
void v6nf_redirector_forget(struct v6nf_redirector *redirector);

#ifdef __cplusplus
}
#endif

#endif
