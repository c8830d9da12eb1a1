/* fixture_node.h: one node on virtual time, for tests.
 *
 * Usage:
 *
 *   static struct harness h;                     big: not on the stack
 *   harness_start(&h);                           HARNESS_LINK_LOCAL and HARNESS_GLOBAL/64 in use, HARNESS_GATEWAY set
 *   struct test_frame in;
 *   frame_echo_request(&in, &h.peer, HARNESS_GLOBAL, 7, 1, 56);
 *   harness_input(&h, &in);                      runs the frame through the node, in a buffer of h.capacity bytes
 *   assert_frame(&h.out, &expected);             h.out is what left, .length 0 for nothing
 *   harness_run_until(&h, h.now + SECOND);       ticks whatever is due until then: h.sent[0 .. h.sent_count-1]
 *   assert_counted(&h, V6NF_DROP_NO_ROUTE, 1);   counted since harness_mark(&h)
 *
 * The frame_...() builders write every byte from the RFCs' diagrams and take nothing from the library; addresses are
 * given as text. A test builds the frame that it expects with the same builders and compares all bytes. A failed
 * comparison prints both frames in words and the first byte that differs.
 *
 * harness_input() also checks, each time, what node.h and counters.h promise: that the node stays inside the buffer,
 * and that a received frame is counted once as RECEIVED and, if nothing leaves, once more. harness_tick() fails if a
 * tick sends nothing while something is due. After each of these calls the node's tables hold together.
 *
 * A node reports its solicited-node groups by Multicast Listener Discovery whenever it gets an address. Tests of other
 * things need not know: what ticks send for MLD is neither kept nor counted unless h.keep_mld says so. Nor can they
 * foresee the nonces of Duplicate Address Detection: frames are kept without them unless h.keep_nonces says so. */
#ifndef UNIT_NODE_FIXTURE_NODE_H
#define UNIT_NODE_FIXTURE_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "v6nf/v6nf.h"

#define SECOND V6NF_SECOND
#define MILLISECOND (V6NF_SECOND / 1000u)

/* The node under test. */
#define HARNESS_MAC "02:00:00:00:00:01"
#define HARNESS_LINK_LOCAL "fe80::ff:fe00:1" /* what RFC 4291, appendix A makes of that MAC address */
#define HARNESS_GLOBAL "2001:db8::1"
#define HARNESS_GATEWAY "fe80::fe"
#define HARNESS_GATEWAY_MAC "02:00:00:00:00:fe"
#define HARNESS_OFF_LINK "2001:db8:ffff::5"

#define TEST_FRAME_MAX 9014u

struct test_frame {
    uint32_t length;
    uint8_t bytes[TEST_FRAME_MAX];
};

/* Another station on the link. */
struct test_station {
    const char *mac;
    const char *address;
};

#define HARNESS_SENT_MAX 64u

struct test_sent {
    uint64_t time;
    struct test_frame frame;
};

struct harness {
    struct v6nf_node node;
    uint64_t now;
    uint32_t capacity;        /* of every buffer that the node is given; 1514 at first */
    bool keep_mld;            /* MLD goes to `sent` and the counters, too; the test sets it after the start */
    bool keep_nonces; /* detection's solicitations stay as they were sent; else without their nonces (RFC 7527) */
    uint64_t step;            /* harness_run_until() goes this far at a time; 0, as at first: to next_due */
    struct test_station peer; /* 2001:db8::2 at 02:00:00:00:00:02; the test may change it */
    struct test_station gateway;
    struct test_frame out;                   /* what the last harness_input() or harness_udp_send() gave back */
    struct test_sent sent[HARNESS_SENT_MAX]; /* what ticks sent, oldest first, since harness_mark() */
    uint32_t sent_count;
    uint64_t sent_lost;                  /* and what was too much to keep */
    uint64_t before[V6NF_COUNTER_COUNT]; /* the counters at harness_mark() */
};

/* -- The node ------------------------------------------------------------------------------------------------------ */

/* A node that has its addresses, without Duplicate Address Detection, at time 1000 s, and marked. */
void harness_start(struct harness *h);

/* The same with the given seed and link MTU (capacity MTU + 14). */
void harness_start_with(struct harness *h, uint64_t seed, uint32_t mtu);

/* A node at time 1000 s that has just begun Duplicate Address Detection for HARNESS_LINK_LOCAL and nothing else. */
void harness_start_detection(struct harness *h, uint64_t seed, uint32_t dad_transmits);

/* A node at time 1000 s that is to be configured by routers, with HARNESS_LINK_LOCAL if `secret` is NULL; HARNESS_GATEWAY
 * is not set. */
void harness_start_discovery(struct harness *h, uint64_t seed, uint32_t dad_transmits, const uint8_t *secret);

/* A node at time 1000 s with this configuration, its MAC address HARNESS_MAC. */
void harness_start_configured(struct harness *h, struct v6nf_node_config config);

void harness_add_address(struct harness *h, const char *address, uint32_t prefix_length);
void harness_set_gateway(struct harness *h, const char *address);

/* Forgets h->sent and h->out, and counts from here. */
void harness_mark(struct harness *h);

/* Gives the node a frame. */
void harness_input(struct harness *h, const struct test_frame *frame);

/* v6nf_udp_send() of `length` bytes 0, 1, 2, ...; see frame_udp(). */
void harness_udp_send(struct harness *h, uint16_t source_port, const char *destination, uint16_t destination_port,
                      uint32_t length);

/* Ticks until nothing is due at h->now. */
void harness_tick(struct harness *h);

/* Lets time pass until `time`, ticking at every moment at which something is due, `time` itself among them. */
void harness_run_until(struct harness *h, uint64_t time);

/* Makes `station` a REACHABLE neighbor of the node, by an Echo Request and the answer to the node's solicitation,
 * and marks. */
void harness_make_reachable(struct harness *h, const struct test_station *station);

/* Brings the entry of `station`, unknown so far, into `state` by messages and time (V6NF_NEIGHBOR_FREE: leaves it
 * unknown), and marks. In INCOMPLETE an empty datagram waits for it, from HARNESS_GLOBAL, port 1000 to port 2000. */
void harness_bring_to(struct harness *h, const struct test_station *station, enum v6nf_neighbor_state state);

/* The neighbor entry of an address, NULL if there is none. */
const struct v6nf_neighbor *harness_neighbor(const struct harness *h, const char *address);

/* The node's own address entry. Fails if there is none. */
const struct v6nf_interface_address *harness_own(const struct harness *h, const char *address);

/* Counts of `counter` since harness_mark(). */
uint64_t harness_counted(const struct harness *h, enum v6nf_counter counter);

/* -- Bytes from first principles ----------------------------------------------------------------------------------- */

void test_mac(uint8_t *bytes, const char *text);
void test_address(uint8_t *bytes, const char *text);
struct v6nf_address test_address_of(const char *text);

/* The Ethernet address of an IPv6 multicast group, and an address's solicited-node group, as text in static storage
 * that the fourth next call overwrites. */
const char *test_group_mac(const char *group);
const char *test_solicited_node(const char *address);

/* An Ethernet frame with an IPv6 packet (traffic class and flow label 0) with `length` bytes of payload (NULL:
 * zeros). */
void frame_ipv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t next_header, uint8_t hop_limit, const uint8_t *payload, uint32_t length);

/* The same with an ICMPv6 message: type, code, checksum, and `length` bytes of body (NULL: zeros). */
void frame_icmpv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                  uint8_t hop_limit, uint8_t type, uint8_t code, const uint8_t *body, uint32_t length);

/* The same with a UDP datagram of `length` bytes 0, 1, 2, ... */
void frame_udp(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
               uint8_t hop_limit, uint16_t source_port, uint16_t destination_port, uint32_t length);

/* Echo Request or Reply (`type` 128 or 129) with `size` bytes of data 0, 1, 2, ... */
void frame_echo(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t type, uint16_t identifier, uint16_t sequence, uint32_t size);

/* An Echo Request from a station to the node's address `to`, and the reply that answers it. */
void frame_echo_request(struct test_frame *frame, const struct test_station *from, const char *to, uint16_t identifier,
                        uint16_t sequence, uint32_t size);
void frame_echo_reply(struct test_frame *frame, const struct test_station *to, const char *from, uint16_t identifier,
                      uint16_t sequence, uint32_t size);

/* Neighbor Solicitation and Advertisement (RFC 4861, 4.3 and 4.4), hop limit 255. `option` is the Ethernet address
 * in the source or target link-layer address option, NULL for no option; `flags` are in the first byte after the
 * checksum. */
#define NA_R 0x80u
#define NA_S 0x40u
#define NA_O 0x20u
void frame_ns(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, const char *option);
void frame_na(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, uint8_t flags, const char *option);

/* What the node itself is expected to send: a multicast solicitation for `target` (RFC 4861, 7.2.2), a unicast one
 * (7.3.3), one for Duplicate Address Detection (RFC 4862, 5.4.2), and an advertisement of its address `own` to
 * `station`. */
void frame_node_ns(struct test_frame *frame, const char *from, const char *target);
void frame_node_probe(struct test_frame *frame, const char *from, const struct test_station *target);
void frame_node_detection(struct test_frame *frame, const char *target);
void frame_node_na(struct test_frame *frame, const struct test_station *station, const char *own);

/* A solicited advertisement with which `station` answers the node's solicitation: S=1, O=1, with its address. */
void frame_answer(struct test_frame *frame, const struct test_station *station, const char *to);

/* Adds bytes to the end of the packet, and corrects Payload Length (not the checksum). */
void frame_append(struct test_frame *frame, const uint8_t *bytes, uint32_t length);

/* Writes the right checksum of the ICMPv6 or UDP message that follows the IPv6 header, after a change by hand. */
void frame_fix_checksum(struct test_frame *frame);

/* The reference for checksums: RFC 8200, 8.1, byte by byte, of the upper-layer packet in the frame, its checksum field
 * counted as it stands: 0 if it is right. */
uint16_t frame_checksum(const struct test_frame *frame, uint32_t length, uint8_t next_header);

/* -- Matchers ------------------------------------------------------------------------------------------------------ */

/* A frame in words. */
#define FRAME_TEXT_SIZE 400u
void frame_describe(char *text, const struct test_frame *frame);

void harness_assert_frame(const struct test_frame *actual, const struct test_frame *expected, const char *file,
                          int line);
void harness_assert_sent(const struct harness *h, uint32_t index, uint64_t time, const struct test_frame *expected,
                         const char *file, int line);
void harness_assert_sent_count(const struct harness *h, uint32_t count, const char *file, int line);
void harness_assert_counted(const struct harness *h, enum v6nf_counter counter, uint64_t count, const char *name,
                            const char *file, int line);
void harness_assert_state(const struct harness *h, const char *address, enum v6nf_neighbor_state state, const char *mac,
                          const char *file, int line);

/* Names the case that a loop is at, as printf() would, for the failures of the matchers below; "" at the end of the
 * loop. */
void harness_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

void harness_fail(const char *what, const char *file, int line);
#define fail_case(what) harness_fail(what, __FILE__, __LINE__)

/* All bytes are equal, but for flow labels of what the node originates. */
#define assert_frame(actual, expected) harness_assert_frame(actual, expected, __FILE__, __LINE__)

/* Nothing left. */
#define assert_nothing(actual) harness_assert_frame(actual, NULL, __FILE__, __LINE__)

/* h->sent[index] is this frame, sent at this time. */
#define assert_sent(h, index, time, expected) harness_assert_sent(h, index, time, expected, __FILE__, __LINE__)

/* That many frames were sent by ticks. */
#define assert_sent_count(h, count) harness_assert_sent_count(h, count, __FILE__, __LINE__)

/* `counter` counted exactly `count` since harness_mark(). */
#define assert_counted(h, counter, count) harness_assert_counted(h, counter, count, #counter, __FILE__, __LINE__)

/* The neighbor is in this state, with this Ethernet address (NULL: whatever). V6NF_NEIGHBOR_FREE: there is no such
 * entry. */
#define assert_neighbor(h, address, state, mac) harness_assert_state(h, address, state, mac, __FILE__, __LINE__)

#endif
