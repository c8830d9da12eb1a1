/* ping.h: an Echo client (RFC 4443, 4), as ping(8) is one.
 *
 * The program provides a struct v6nf_ping and starts it on a node; v6nf_node_tick() then sends the Echo Requests and
 * v6nf_node_input() matches the replies. The program reads what happened with v6nf_ping_result(), and the totals from the
 * struct. A node drives one ping at a time. */
#ifndef V6NF_PING_H
#define V6NF_PING_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

/* The longest interval and timeout: a day, in microseconds. */
#define V6NF_PING_TIME_MAX (UINT64_C(86400) * V6NF_SECOND)

struct v6nf_ping_config {
    struct v6nf_address destination;
    uint32_t count;       /* how many Echo Requests; 0 for no end */
    uint32_t size;        /* bytes of data: so many that the packet fits the MTU, or V6NF_FRAGMENTATION_SIZE */
    uint16_t identifier;  /* tells this client's replies from others' */
    uint64_t interval;    /* microseconds between Echo Requests: 1 to V6NF_PING_TIME_MAX */
    uint64_t timeout;     /* microseconds to wait for a reply: the same */
};

enum v6nf_ping_event {
    V6NF_PING_REPLY,
    V6NF_PING_DUPLICATE,    /* a reply to a request that was answered before */
    V6NF_PING_TIMEOUT,      /* no reply in time; one that comes later is dropped, and counted by the node */
    V6NF_PING_DAMAGED,      /* a reply whose data are not what was sent; the request waits on for a right one */
    V6NF_PING_ERROR         /* an ICMPv6 error that quotes the request; or the neighbor did not answer */
};

struct v6nf_ping_result {
    enum v6nf_ping_event event;
    uint16_t sequence;
    uint8_t type;                /* V6NF_PING_ERROR: type and code of the error */
    uint8_t code;
    uint8_t hop_limit;           /* of the packet that came */
    uint32_t size;               /* bytes of the ICMPv6 message that came */
    uint64_t time;               /* reply: round-trip time in microseconds */
    struct v6nf_address source;  /* who sent what came; for V6NF_PING_TIMEOUT the destination, and the node's own
                                  * address where it found the error by itself */
};

/* One Echo Request under way. */
struct v6nf_ping_request {
    uint64_t sent;
    uint16_t sequence;
    bool waiting;  /* for a first reply, an error or the timeout */
    bool answered; /* had a reply: a further one is a duplicate */
};

struct v6nf_ping {
    struct v6nf_ping_config config;
    uint64_t next_send;
    uint16_t next_sequence;
    uint32_t outstanding;      /* requests with `waiting` */

    /* Totals. Times in microseconds. */
    uint32_t transmitted;
    uint32_t received;
    uint32_t duplicates;
    uint32_t damaged;
    uint32_t errors;
    uint32_t timeouts;
    uint32_t results_lost;     /* not read in time; the totals have them */
    uint64_t time_min;
    uint64_t time_max;
    uint64_t time_sum;
    uint64_t time_squares;     /* sum of squares, saturating */

    struct v6nf_ping_request requests[V6NF_PING_OUTSTANDING];
    struct v6nf_ping_result results[V6NF_PING_RESULTS];
    uint32_t results_first;
    uint32_t results_count;
};

/* Starts *ping on the node; the first Echo Request is due at once. V6NF_INVALID if *config is not as said, V6NF_EXISTS if
 * the node already drives another ping. */
enum v6nf_status v6nf_ping_start(struct v6nf_ping *ping, struct v6nf_node *node, const struct v6nf_ping_config *config,
                                 uint64_t now);

/* Takes the ping from the node; its totals and results stay. */
void v6nf_ping_stop(struct v6nf_ping *ping, struct v6nf_node *node);

/* True when every Echo Request of a counted ping has been sent and answered, given up or reported. */
bool v6nf_ping_is_done(const struct v6nf_ping *ping);

/* Takes the oldest unread result. Returns false, with *result all zero, if there is none. */
bool v6nf_ping_result(struct v6nf_ping *ping, struct v6nf_ping_result *result);

/* The mean deviation of the round-trip times in microseconds, as ping(8) calls the standard deviation; 0 before the first
 * reply. */
uint64_t v6nf_ping_deviation(const struct v6nf_ping *ping);

#endif
