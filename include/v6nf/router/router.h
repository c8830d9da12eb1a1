/* router.h: an IPv6 router: packets pass from one interface to another (RFC 8200, 3 to 5; RFC 4443; RFC 4861;
 * RFC 7608). All of it is under V6NF_FORWARDING (config.h), which the preset small leaves out.
 *
 * Each interface is a node (node.h) with `router` in its configuration: it answers for the router's own addresses, and
 * resolves next hops. The router decides which packets pass, and by which interface. It is driven as a node is:
 *
 *   v6nf_router_input()  handle a received frame; its buffer may hold a frame to transmit, on any interface
 *   v6nf_router_tick()   write one frame that is due, and say on which interface; call it until none is
 *
 * These calls replace v6nf_node_input() and v6nf_node_tick() of the nodes. v6nf_router_input() requires `lengths` that
 * are all 0, v6nf_router_tick() sets all of them. When a link is up again, call v6nf_node_link_up() of its node.
 * New and removed routes, and those to the addresses of the nodes, take effect by v6nf_router_tick(), some calls later.
 *
 * Routes to the prefixes of its addresses, and to the addresses themselves, come and go with the addresses of the nodes
 * (address.h). The program adds all others (fib.h), at any time: a route by an interface that there is not is as none.
 * It configures what an interface advertises by the `advertiser` of the interface (nf/advertiser.h).
 *
 *     a frame --> v6nf_router_input(interface 0) --> for the router itself: v6nf_node_input() of a node
 *                       |                                  |
 *                       +--> route, next hop <-------------+ an answer that is not for the link of the node
 *                       |
 *                       +--> the same buffer: the packet on interface 1, an error or a solicitation, or nothing
 *
 * Multicast packets are not forwarded. */
#ifndef V6NF_ROUTER_ROUTER_H
#define V6NF_ROUTER_ROUTER_H

#include <stdbool.h>
#include <stdint.h>

#include "../forward.h"
#include "../nf/advertiser.h"
#include "../nf/fib.h"
#include "../nf/icmpv6_error.h"
#include "../nf/redirect.h"
#include "../node.h"

#ifdef __cplusplus
extern "C" {
#endif

#if V6NF_FORWARDING
#define V6NF_ROUTER_INTERFACES_MAX 8u                         /* maximum interfaces of a router */
#define V6NF_ROUTER_SECRET_SIZE V6NF_ICMPV6_LIMIT_SECRET_SIZE /* bytes of the secret */
#define V6NF_ROUTER_BUCKETS 256u                              /* buckets for the rates of errors */

/* What becomes of the frames that an interface receives: X(name, text). Each frame is counted once. */
#define V6NF_ROUTER_COUNTERS(X)                                                                                        \
    X(FORWARDED, "packets forwarded")                                                                                  \
    X(WAITING, "packets that wait for their next hop")                                                                 \
    X(DELIVERED, "frames for the router itself")                                                                       \
    X(DROP_ETHER, "dropped: to another Ethernet address")                                                              \
    X(DROP_SCOPE, "dropped: source or destination must not be forwarded")                                              \
    X(DROP_OPTION, "dropped: Hop-by-Hop options, truncated or not recognized")                                         \
    X(DROP_HOP_LIMIT, "dropped: Hop Limit exceeded")                                                                   \
    X(DROP_NO_ROUTE, "dropped: no route")                                                                              \
    X(DROP_ROUTE, "dropped: by a route")                                                                               \
    X(DROP_TOO_BIG, "dropped: longer than the MTU of the next link")                                                   \
    X(DROP_NEXT_HOP, "dropped: next hop not available")

/* Names of the counters. */
enum v6nf_router_counter {
#define V6NF_ROUTER_COUNTER_NAME(name, text) V6NF_ROUTER_##name,
    V6NF_ROUTER_COUNTERS(V6NF_ROUTER_COUNTER_NAME)
#undef V6NF_ROUTER_COUNTER_NAME
        V6NF_ROUTER_COUNTER_COUNT
};

/* An address of an interface that has routes. */
struct v6nf_router_address {
    struct v6nf_address address; /* of the node */
    uint32_t prefix_length;      /* bits of its on-link prefix; 128 for none */
    bool is_anycast;             /* it is an anycast address */
    bool is_known;               /* the node still has it, while addresses are compared */
};

/* An interface. All but `node` is for reading, and `advertiser` for its functions. */
struct v6nf_router_interface {
    struct v6nf_node *node;         /* of the program */
    uint32_t changes;               /* V6NF_CHANGE_ADDRESSES that were seen */
    uint32_t solicited;             /* V6NF_CHANGE_SOLICITED that were seen */
    uint32_t addresses_count;       /* number of `addresses` */
    uint64_t retry;                 /* time to add routes to addresses again, because a table was full; or V6NF_NEVER */
    struct v6nf_address link_local; /* :: until it may be used */
    struct v6nf_router_address addresses[V6NF_ADDRESSES]; /* those that have routes */
    struct v6nf_advertiser advertiser;                    /* of Router Advertisements */
    bool advertises;                                      /* the program wants it: v6nf_router_advertise() */
    uint32_t reachable_time;                              /* milliseconds that its node has been set to; 0: default */
    uint32_t retrans_timer;                               /* the same */
    uint64_t counters[V6NF_ROUTER_COUNTER_COUNT];         /* indexed by enum v6nf_router_counter */
    uint64_t sent;                                        /* packets forwarded to this interface */
    uint64_t sent_bytes;                                  /* of these packets */
    uint64_t unreachable;                                 /* packets whose next hop on this interface did not answer */
    uint64_t own_dropped;                                 /* packets of its node that no route or next hop took */
};

/* A router. The fields are for reading: only the library writes them. Its memory must not be moved. */
struct v6nf_router {
    struct v6nf_router_interface *interfaces;              /* of the caller */
    uint32_t count;                                        /* number of them */
    uint32_t turn;                                         /* interface that is served next in v6nf_router_tick() */
    uint32_t ticks;                                        /* calls of it since the last step of changed routes */
    struct v6nf_fib *fib;                                  /* of the caller */
    struct v6nf_icmpv6_limit limit;                        /* of ICMPv6 errors */
    struct v6nf_token_bucket buckets[V6NF_ROUTER_BUCKETS]; /* of `limit` */
    struct v6nf_redirector redirector;                     /* Redirects to send */
};

/* What a router is made of. */
struct v6nf_router_config {
    struct v6nf_router_interface *interfaces; /* count interfaces, any contents but `node`, which is initialized with
                                               * `router`; used as long as the router */
    uint32_t count;                           /* 1 to V6NF_ROUTER_INTERFACES_MAX */
    struct v6nf_fib *fib;                     /* initialized; used as long as the router */
    const uint8_t *secret;                    /* V6NF_ROUTER_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy() */
    const struct v6nf_icmpv6_rates *rates;    /* of ICMPv6 errors; NULL: 1000 per second in all, 100 to one /64 */
};

/* Initialize a router. It has the routes of the addresses that its nodes have.
 * router: any contents.
 * config: used during the call only.
 * now: microseconds, monotonic.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for a wrong number of interfaces, or a node without `router`.
 * Context: the loop. */
enum v6nf_status v6nf_router_init(struct v6nf_router *router, const struct v6nf_router_config *config, uint64_t now);

/* Handle a received frame.
 * interface: number of the interface that received it.
 * frame: capacity bytes; the first length bytes were received.
 * length: bytes of the frame, without flags: the ports are opened without checksums and tags (port.h).
 * capacity: bytes of the buffer; the largest MTU + 14 holds any answer.
 * lengths: one for each interface, all 0 on entry. Set to the bytes to transmit, for one interface at most.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_router_input(struct v6nf_router *router, uint32_t interface, uint8_t *frame, uint32_t length,
                       uint32_t capacity, uint32_t *lengths, uint64_t now);

/* What v6nf_router_handler() needs in addition to a frame. */
struct v6nf_router_context {
    struct v6nf_router *router; /* handles the frames */
    uint32_t interface;         /* number of the interface that receives */
    uint64_t now;               /* microseconds, monotonic */
};

/* Handle a received frame as v6nf_router_input() does, as the handler of a port or a ring (v6nf_handler). Its outputs
 * are the interfaces, in their order.
 * context: a struct v6nf_router_context.
 * frame, length, capacity, lengths: as in v6nf_router_input().
 * Context: poll() of a port. */
void v6nf_router_handler(void *context, uint8_t *frame, uint32_t length, uint32_t capacity, uint32_t *lengths);

/* Route a frame of one of the nodes: what v6nf_udp_send(), v6nf_dhcpv6_tick() and similar calls have written. A node
 * does not know the routes: its frames can be for other links.
 * interface: number of the interface whose node has written the frame.
 * frame: capacity bytes, with the frame.
 * length: bytes of the frame; 0 does nothing.
 * capacity: bytes of the buffer.
 * lengths: as in v6nf_router_input().
 * now: microseconds, monotonic.
 * Context: the loop, UDP handlers. */
void v6nf_router_send(struct v6nf_router *router, uint32_t interface, uint8_t *frame, uint32_t length,
                      uint32_t capacity, uint32_t *lengths, uint64_t now);

/* Write one frame that is due: of a node, an advertisement, a Redirect, an error about a packet that was not delivered.
 * Do a part of the work that changed routes need.
 * frame: capacity bytes, the result.
 * capacity: bytes of the buffer: the largest MTU + 14.
 * lengths: one for each interface, set to the bytes to transmit, for one interface at most.
 * now: microseconds, monotonic.
 * Return false if nothing is due. Otherwise, call it again, also if all lengths are 0.
 * Context: the loop. */
bool v6nf_router_tick(struct v6nf_router *router, uint8_t *frame, uint32_t capacity, uint32_t *lengths, uint64_t now);

/* Return when to call v6nf_router_tick() next, in microseconds, if no frame is received before. May be early, never
 * late. 0 while routes change.
 * Context: the loop. */
uint64_t v6nf_router_next_due(const struct v6nf_router *router);

/* Start or stop Router Advertisements on an interface (RFC 4861, 6.2). They begin when its link-local address may be
 * used. What is advertised is set by v6nf_advertiser_set().
 * interface: its number.
 * advertises: whether it should.
 * now: microseconds, monotonic.
 * Context: the loop. */
void v6nf_router_advertise(struct v6nf_router *router, uint32_t interface, bool advertises, uint64_t now);

/* Return how often a counter was counted, for frames that an interface received.
 * interface: its number.
 * Context: any. */
static inline uint64_t v6nf_router_counted(const struct v6nf_router *router, uint32_t interface,
                                           enum v6nf_router_counter counter)
{
    return router->interfaces[interface].counters[counter];
}

/* Return the text of a counter in English, NULL for any other number. The text is constant.
 * Context: any. */
const char *v6nf_router_counter_text(enum v6nf_router_counter counter);
#endif

#ifdef __cplusplus
}
#endif

#endif
