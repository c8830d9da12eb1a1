/* fixture_segment.h: an Ethernet segment on virtual time, on which a test lets a node live for a month. The node is
 * configured by a router (fe80::a1, router_1), which also queries for groups, and by a DHCPv6 server. It exchanges
 * packets with a peer on the link and with one beyond the router, whose path carries 1400 bytes. All of them are
 * honest, answer after 5 ms, and retry if they are not answered.
 *
 * Usage:
 *
 *   static struct segment s;
 *   segment_start(&s, true, false);                   the node has its addresses, lease and router
 *   segment_strike(&s, &frame);                       an attacker's frame
 *   segment_run_until(&s, s.f.now + DAY);
 *   const char *complaint = segment_complaint(&s);    NULL if all hosts are served */
#ifndef UNIT_NODE_FIXTURE_SEGMENT_H
#define UNIT_NODE_FIXTURE_SEGMENT_H

#include "fixture_node.h"
#include "fixture_router.h"
#include "v6nf/dhcpv6.h"

#define HOUR (3600u * SECOND)
#define DAY (24u * HOUR)

/* Seconds between two Router Advertisements: faults that the next one repairs last as long. */
#define ADVERTISEMENT_INTERVAL 1800u

/* Addresses of the node: formed with the router's prefix 2001:db8::/64, and leased. */
#define SEGMENT_NODE "2001:db8::ff:fe00:1"
#define SEGMENT_LEASE "2001:db8::d100"

#define SEGMENT_NEAR "2001:db8::2"
#define SEGMENT_FAR "2001:db8:ffff::5"

/* Ports of the node: one that returns each datagram, and one of its program. */
#define SEGMENT_ECHO_PORT 7u
#define SEGMENT_PORT 1000u

/* Payload of a datagram that is sent in fragments. */
#define SEGMENT_LONG (V6NF_REASSEMBLY_SIZE >= 3200u ? 3000u : 1440u)

struct segment;

/* Called for each frame that the node sent, before the honest hosts see it. */
typedef void segment_listener(struct segment *s, const struct test_frame *frame);

struct segment_delivery {
    uint64_t time;
    struct test_frame frame;
};

#define SEGMENT_QUEUE 64u

struct segment {
    struct fixture f;
#if V6NF_DHCPV6
    struct v6nf_dhcpv6 client;
#endif
    struct v6nf_ping ping;
    segment_listener *listener;                   /* of an attacker; NULL for none */
    uint64_t listens_until;                       /* end of its listening */
    void (*harass)(struct segment *s);            /* called before each attempt of an honest host; NULL for none */
    uint64_t advertise_at;                        /* V6NF_NEVER: the router is silent */
    uint64_t frames;                              /* number of frames that the node sent */
    uint64_t reported_at;                         /* last Report of the node's solicited-node group */
    struct segment_delivery queue[SEGMENT_QUEUE]; /* frames on their way to the node */
    uint32_t queue_first;
    uint32_t queue_count;
    struct test_frame whole; /* fragments that the peers reassemble */
    uint32_t whole_received;
    uint32_t whole_total;
    uint32_t whole_identification;
    uint32_t awaited; /* enum in fixture_segment_hosts.h: what the current attempt waits for */
    uint32_t awaited_length;
    const struct test_station *awaited_by;
    bool served;
    uint16_t ticket; /* number of the attempt: an answer to an earlier one does not count */
    char complaint[200];
};

/* Start a node and its segment, and let 20 seconds pass. Without router it stays silent, and the node has only its
 * link-local address. */
void segment_start(struct segment *s, bool with_router, bool is_optimistic);

/* Let the router begin to advertise. */
void segment_start_router(struct segment *s);

void segment_run_until(struct segment *s, uint64_t time);

/* Hand the node a frame. */
void segment_strike(struct segment *s, const struct test_frame *frame);

/* Hand it to the node a moment later. */
void segment_post(struct segment *s, const struct test_frame *frame);

/* Let each honest host, and the program, make all their exchanges, and check the node's state. Return what does not
 * work, as a sentence, or NULL. */
const char *segment_complaint(struct segment *s);

#endif
