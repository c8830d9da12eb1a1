/* fixture_two_links.h: a router with two interfaces on virtual time, for tests. Frames are those of fixture_node.h.
 *
 * Interface i has LINK_MAC(i), LINK_OWN(i)/64 and a host LINK_HOST(i). Usage:
 *
 *   links_start(&r);
 *   links_input(&r, 0, &frame);                  r.out[i] is the frame that leaves on interface i; length 0: none
 *   links_run_until(&r, r.now + SECOND);         ticks: r.sent[0 .. r.sent_count - 1] */
#ifndef UNIT_ROUTER_FIXTURE_TWO_LINKS_H
#define UNIT_ROUTER_FIXTURE_TWO_LINKS_H

#include "../node/fixture_node.h"
#include "v6nf/router/router.h"

#if V6NF_FORWARDING
#define LINKS 2u
#define LINKS_ROUTES 64u
#define LINKS_HOPS 32u
#define LINKS_SENT 64u

#define MAC_0 "02:00:00:00:00:a0"
#define MAC_1 "02:00:00:00:00:a1"
#define LOCAL_0 "fe80::ff:fe00:a0"
#define LOCAL_1 "fe80::ff:fe00:a1"
#define OWN_0 "2001:db8:a::1"
#define OWN_1 "2001:db8:b::1"
#define HOST_0 "2001:db8:a::7"
#define HOST_1 "2001:db8:b::7"
#define HOST_MAC_0 "02:00:00:00:00:07"
#define HOST_MAC_1 "02:00:00:00:01:07"

/* A frame that a tick has sent. */
struct links_sent {
    uint32_t interface;
    uint64_t time;
    struct test_frame frame;
};

struct links {
    struct v6nf_node nodes[LINKS];
    struct v6nf_router_interface interfaces[LINKS];
    struct v6nf_router router;
    struct v6nf_fib fib;
    uint64_t words[V6NF_FIB_WORDS(LINKS_ROUTES, LINKS_ROUTES, LINKS_HOPS, 8u)];
    uint64_t now;
    struct test_frame out[LINKS];
    struct links_sent sent[LINKS_SENT];
    uint32_t sent_count;
    bool keep_mld; /* keep MLD messages of ticks */
};

/* Start a router whose addresses are in use, at time 1000 s, with this MTU on interface 1 and 1500 on interface 0. Both
 * hosts are REACHABLE. */
void links_start(struct links *r, uint32_t mtu);

/* Forget what ticks have sent. */
void links_mark(struct links *r);

/* Hand a frame to an interface of the router. */
void links_input(struct links *r, uint32_t interface, const struct test_frame *frame);

/* Let time pass until `time`, and tick whenever something is due. */
void links_run_until(struct links *r, uint64_t time);

/* Make the station at this address a REACHABLE neighbor on an interface. */
void links_make_reachable(struct links *r, uint32_t interface, const char *mac, const char *address);

/* Add a route, and let it be in effect. via: NULL for other kinds than V6NF_FIB_NEXT_HOP. */
void links_add_route(struct links *r, const char *prefix, uint32_t length, enum v6nf_fib_kind kind, uint32_t interface,
                     const char *via);

/* Return the counter of an interface. */
uint64_t links_counted(const struct links *r, uint32_t interface, enum v6nf_router_counter counter);
#endif

#endif
