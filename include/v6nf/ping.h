/* ping.h: an Echo client (RFC 4443, 4), as ping(8) is one.
 *
 * The program provides a struct v6nf_ping and starts it on a node; v6nf_node_tick() then sends the Echo Requests and
 * v6nf_node_input() matches the replies. The program reads what happened with v6nf_ping_result(), and the totals from
 * the struct. A node drives one ping at a time.
 *
 * Every request ends in one result: REPLY, TIMEOUT, ERROR or NOT_SENT. DUPLICATE and DAMAGED are of replies that end
 * none. At most V6NF_PING_OUTSTANDING requests wait at one time: where an interval would have more of them wait, the
 * next request is sent when the oldest has ended. It is also late where it would push out one that waits for address
 * resolution. So every request has all of its time. */
#ifndef V6NF_PING_H
#define V6NF_PING_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The longest interval and timeout: a day, in microseconds. */
#define V6NF_PING_TIME_MAX (UINT64_C(86400) * V6NF_SECOND)

struct v6nf_ping_config {
    struct v6nf_address destination;
    uint32_t count;       /* how many Echo Requests; 0 for no end */
    uint32_t size;        /* bytes of data: so many that the packet fits the MTU, or V6NF_FRAGMENTATION_SIZE; one that
                           * does not fit the buffer given to v6nf_node_tick() is NOT_SENT */
    uint16_t identifier;  /* tells this client's replies from others' */
    uint64_t interval;    /* microseconds between Echo Requests: 1 to V6NF_PING_TIME_MAX */
    uint64_t timeout;     /* microseconds to wait for a reply: the same */
};

enum v6nf_ping_event {
    V6NF_PING_REPLY,
    V6NF_PING_DUPLICATE,    /* a reply to a request that was answered before */
    V6NF_PING_TIMEOUT,      /* no reply in time; one that comes later is dropped, and counted by the node */
    V6NF_PING_DAMAGED,      /* a reply whose data are not what was sent; the request waits on for a right one */
    V6NF_PING_ERROR,        /* an ICMPv6 error that quotes the request; or the neighbor did not answer */
    V6NF_PING_NOT_SENT      /* the node cannot send the request: see `reason` */
};

struct v6nf_ping_result {
    enum v6nf_ping_event event;
    uint16_t sequence;
    uint8_t type;                /* V6NF_PING_ERROR: type and code of the error */
    uint8_t code;
    enum v6nf_counter reason;    /* V6NF_PING_NOT_SENT: under what the node counted it, such as V6NF_DROP_NO_ROUTE */
    uint8_t hop_limit;           /* of the packet that came */
    uint32_t size;               /* bytes of the ICMPv6 message that came */
    uint64_t time;               /* reply: round-trip time in microseconds */
    struct v6nf_address source;  /* who sent what came; for V6NF_PING_TIMEOUT and _NOT_SENT the destination, and the
                                  * node's own address where it found the error by itself */
};

/* One Echo Request under way. */
struct v6nf_ping_request {
    uint64_t sent;
    uint64_t number; /* from 1 on; 0 where no request was sent */
    bool waiting;  /* for a first reply, an error or the timeout */
    bool answered; /* had a reply: a further one is a duplicate */
};

/* Sums of round-trip times and of their squares, all halved from time to time: older times weigh less. */
struct v6nf_ping_times {
    uint64_t count;
    uint64_t sum;
    uint64_t squares;
};

struct v6nf_ping {
    struct v6nf_ping_config config;
    uint64_t next_send;
    uint64_t next;             /* number of the next request, from 1 on; 16 bits of it are its sequence number */
    uint64_t oldest;           /* number of the oldest request with `waiting`, `next` if there is none */
    uint32_t outstanding;      /* requests with `waiting` */

    /* Totals. Times in microseconds. */
    uint64_t transmitted;      /* is received + errors + timeouts + outstanding */
    uint64_t received;
    uint64_t duplicates;
    uint64_t damaged;
    uint64_t errors;
    uint64_t timeouts;
    uint64_t not_sent;
    uint64_t results_lost;     /* not read in time; the totals have them */
    uint64_t time_min;
    uint64_t time_max;
    uint64_t time_sum;
    struct v6nf_ping_times times; /* for v6nf_ping_deviation() */

    struct v6nf_ping_request requests[V6NF_PING_OUTSTANDING];
    struct v6nf_ping_result results[V6NF_PING_RESULTS];
    uint32_t results_first;
    uint32_t results_count;
};

/* Start *ping on the node. The earlier contents of *ping do not matter. The first Echo Request is due at once. *config
 * may be the ping's own.
 * Stop a ping that runs on another node first. Start it again after its node was initialized again.
 * Return V6NF_INVALID if *config is not as said, V6NF_EXISTS if the node already drives a ping: *ping is then
 * untouched. */
enum v6nf_status v6nf_ping_start(struct v6nf_ping *ping, struct v6nf_node *node, const struct v6nf_ping_config *config,
                                 uint64_t now);

/* Takes the ping from the node; its totals and results stay. The `outstanding` requests have no result then. */
void v6nf_ping_stop(struct v6nf_ping *ping, struct v6nf_node *node);

/* True when every Echo Request of a counted ping has ended. */
bool v6nf_ping_is_done(const struct v6nf_ping *ping);

/* Takes the oldest unread result. Returns false, with *result all zero, if there is none. */
bool v6nf_ping_result(struct v6nf_ping *ping, struct v6nf_ping_result *result);

/* The mean deviation of the round-trip times in microseconds, as ping(8) calls the standard deviation; 0 before the
 * first reply. Where the squares of all times are more than 64 bits hold, older times weigh less; one of more than 35
 * minutes counts as 35 minutes. */
uint64_t v6nf_ping_deviation(const struct v6nf_ping *ping);

#ifdef __cplusplus
}
#endif

#endif
