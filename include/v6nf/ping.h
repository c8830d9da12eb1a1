/* ping.h: an Echo client (RFC 4443, 4), as ping(8).
 *
 * The program provides a struct v6nf_ping and starts it on a node. v6nf_node_tick() then sends the Echo Requests,
 * and v6nf_node_input() matches the replies. The program reads events by v6nf_ping_result(), and totals from the
 * structure. A node drives one ping at a time. The fields are for reading: only the library writes them.
 *
 * Each request ends with one result: REPLY, TIMEOUT, ERROR or NOT_SENT. DUPLICATE and DAMAGED are results of replies
 * that end no request. At most V6NF_PING_OUTSTANDING requests wait for replies. If an interval would need more, or
 * would evict a request that waits for address resolution, the next request is sent later: each request has all of
 * its time. */
#ifndef V6NF_PING_H
#define V6NF_PING_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Maximum interval and timeout: a day, in microseconds. */
#define V6NF_PING_TIME_MAX (UINT64_C(86400) * V6NF_SECOND)

/* What a ping sends. */
struct v6nf_ping_config {
    struct v6nf_address destination; /* unicast or multicast */
    uint32_t count;                  /* number of Echo Requests; 0 for no limit */
    /* Bytes of data. The packet must fit the MTU or V6NF_FRAGMENTATION_SIZE. If it does not fit the buffer given to
     * v6nf_node_tick(), the result is NOT_SENT. */
    uint32_t size;
    uint16_t identifier;             /* distinguishes the replies of this client from others */
    uint64_t interval;               /* microseconds between Echo Requests: 1 to V6NF_PING_TIME_MAX */
    uint64_t timeout;                /* microseconds to wait for a reply: 1 to V6NF_PING_TIME_MAX */
};

/* Kind of a result. */
enum v6nf_ping_event {
    V6NF_PING_REPLY,     /* the first reply to a request */
    V6NF_PING_DUPLICATE, /* another reply to a request */
    V6NF_PING_TIMEOUT,   /* no reply in time; a later one is dropped and counted by the node */
    V6NF_PING_DAMAGED,   /* a reply with other data than were sent; the request still waits */
    V6NF_PING_ERROR,     /* an ICMPv6 error about the request; or the neighbor did not answer */
    V6NF_PING_NOT_SENT   /* the node cannot send the request: see `status` */
};

/* A result, for the program to read. */
struct v6nf_ping_result {
    enum v6nf_ping_event event; /* what happened */
    uint16_t sequence;          /* sequence number of the request */
    uint8_t type;               /* V6NF_PING_ERROR: ICMPv6 type of the error */
    uint8_t code;               /* V6NF_PING_ERROR: ICMPv6 code of the error */
    /* V6NF_PING_NOT_SENT: why. V6NF_PING_ERROR: V6NF_SEND_SENT if a host sent the error, else why the node lost the
     * request. */
    enum v6nf_send_status status;
    uint8_t hop_limit;          /* of the received packet */
    uint32_t size;              /* bytes of the received ICMPv6 message */
    uint64_t time;              /* of a reply: round-trip time in microseconds */
    /* Sender of the received packet. For TIMEOUT and NOT_SENT the destination; the node's own address if it detected
     * the error itself. */
    struct v6nf_address source;
};

/* An Echo Request that was sent. */
struct v6nf_ping_request {
    uint64_t sent;   /* time of sending, in microseconds */
    uint64_t number; /* from 1 on; 0 if no request was sent */
    bool waiting;    /* for a first reply, an error or the timeout */
    bool answered;   /* had a reply: another one is a duplicate */
};

/* Sums over round-trip times, in microseconds. All are halved from time to time, so that older times weigh less. */
struct v6nf_ping_times {
    uint64_t count;   /* number of times */
    uint64_t sum;     /* their sum */
    uint64_t squares; /* sum of their squares */
};

/* A ping. */
struct v6nf_ping {
    struct v6nf_ping_config config; /* as given to v6nf_ping_start() */
    uint64_t next_send;             /* time of the next request, in microseconds */
    uint64_t next;                  /* number of the next request, from 1 on; the sequence number is 16 bits of it */
    uint64_t oldest;                /* number of the oldest request with `waiting`; `next` if there is none */
    uint32_t outstanding;           /* number of requests with `waiting` */

    uint64_t transmitted;           /* requests sent: received + errors + timeouts + outstanding */
    uint64_t received;              /* first replies */
    uint64_t duplicates;            /* other replies */
    uint64_t damaged;               /* replies with other data than were sent */
    uint64_t errors;                /* requests that ended with an error */
    uint64_t timeouts;              /* requests that ended without a reply */
    uint64_t not_sent;              /* requests that the node could not send */
    uint64_t results_lost;          /* results that were not read in time; the totals include them */
    uint64_t time_min;              /* shortest round-trip time, in microseconds */
    uint64_t time_max;              /* longest round-trip time, in microseconds */
    uint64_t time_sum;              /* sum of round-trip times, in microseconds */
    struct v6nf_ping_times times;   /* for v6nf_ping_deviation() */

    struct v6nf_ping_request requests[V6NF_PING_OUTSTANDING]; /* the last requests, by number */
    struct v6nf_ping_result results[V6NF_PING_RESULTS];       /* ring of results that are not read yet */
    uint32_t results_first;                                   /* index of the oldest */
    uint32_t results_count;                                   /* number of results in the ring */
};

/* Start a ping (RFC 4443, 4.1). The first Echo Request is due at once.
 * ping: any contents; owned by the program, used until v6nf_ping_stop(). Stop it first if it runs on another node.
 * node: initialized; start the ping again after initializing it again.
 * config: copied; may be the ping's own.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error: *ping is then as it was.
 * Errors: V6NF_INVALID if *config is not as described; V6NF_EXISTS if the node drives a ping.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_ping_start(struct v6nf_ping *ping, struct v6nf_node *node, const struct v6nf_ping_config *config,
                                 uint64_t now);

/* Stop a ping. Its totals and results remain. Requests that are `outstanding` get no result.
 * ping: one that v6nf_ping_start() started on `node`, or that has stopped.
 * Context: the loop, UDP handlers. */
void v6nf_ping_stop(struct v6nf_ping *ping, struct v6nf_node *node);

/* Return true if `ping` has a `count` and each of its Echo Requests has ended.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_ping_is_done(const struct v6nf_ping *ping);

/* Remove the oldest unread result.
 * result: the result; all zero if there is none.
 * Return false if there is none.
 * Context: the loop, UDP handlers, error handlers. */
bool v6nf_ping_result(struct v6nf_ping *ping, struct v6nf_ping_result *result);

/* Return the standard deviation of the round-trip times of `ping` in microseconds, 0 before the first reply. If the sum
 * of squares does not fit 64 bits, older times weigh less. A time of more than 35 minutes counts as 35 minutes.
 * Context: the loop, UDP handlers, error handlers. */
uint64_t v6nf_ping_deviation(const struct v6nf_ping *ping);

#ifdef __cplusplus
}
#endif

#endif
