/* fixture_node.h: one node on virtual time, for tests.
 *
 * Usage:
 *
 *   static struct fixture f;                     large: not on the stack
 *   fixture_start(&f);                           NODE_LINK_LOCAL and NODE_GLOBAL/64 in use, GATEWAY set
 *   struct test_frame in;
 *   frame_echo_request(&in, &f.peer, NODE_GLOBAL, 7, 1, 56);
 *   fixture_input(&f, &in);                      hands the frame to the node, in a buffer of f.capacity bytes
 *   assert_frame(&f.out, &expected);             f.out is the frame to transmit; its length is 0 if there is none
 *   fixture_run_until(&f, f.now + SECOND);       ticks when something is due: f.sent[0 .. f.sent_count-1]
 *   assert_counted(&f, V6NF_DROP_NO_ROUTE, 1);   counted since fixture_mark(&f)
 *
 * The frame_...() builders write each byte from the diagrams of the RFCs and use nothing of the library. Addresses are
 * text. A test builds the frame that it expects with the same builders and compares all bytes. A failed comparison
 * prints both frames in words and the first byte that differs.
 *
 * fixture_input() also checks what node.h and counters.h promise: the node stays inside the buffer. A received frame
 * is counted once as RECEIVED and, if nothing is transmitted, once more. fixture_tick() fails if a tick sends nothing
 * while something is due. Each of these calls then checks that the node's tables are consistent.
 *
 * A node reports its solicited-node groups by MLD whenever it gets an address. Other tests need not know: MLD frames of
 * ticks are neither kept nor counted unless f.keep_mld is set. The nonces of Duplicate Address Detection are
 * unpredictable: frames are kept without them unless f.keep_nonces is set. */
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
#define NODE_MAC "02:00:00:00:00:01"
#define NODE_LINK_LOCAL "fe80::ff:fe00:1" /* from that MAC address (RFC 4291, appendix A) */
#define NODE_GLOBAL "2001:db8::1"
#define GATEWAY "fe80::fe"
#define GATEWAY_MAC "02:00:00:00:00:fe"
#define OFF_LINK "2001:db8:ffff::5"

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

#define MAX_SENT 64u

struct test_sent {
    uint64_t time;
    struct test_frame frame;
};

struct fixture {
    struct v6nf_node node;
    uint64_t now;
    uint32_t capacity;        /* of each buffer that the node is given; 1514 after the start */
    bool keep_mld;            /* keep and count MLD frames, too; set it after the start */
    bool keep_nonces;         /* keep solicitations of DAD as sent; else without their nonces (RFC 7527) */
    uint64_t step;            /* of fixture_run_until(); 0, the value after the start: to the next due time */
    struct test_station peer; /* 2001:db8::2 at 02:00:00:00:00:02; the test may change it */
    struct test_station gateway;
    struct test_frame out;           /* frame of the last fixture_input() or fixture_udp_send() */
    struct test_sent sent[MAX_SENT]; /* by ticks, oldest first, since fixture_mark() */
    uint32_t sent_count;
    uint64_t sent_lost;                  /* number of frames that did not fit into `sent` */
    uint64_t before[V6NF_COUNTER_COUNT]; /* the counters at fixture_mark() */
};

/* -- The node ------------------------------------------------------------------------------------------------------ */

/* Start a node at time 1000 s that has its addresses, without Duplicate Address Detection, and mark. */
void fixture_start(struct fixture *f);

/* Do the same with this seed and link MTU (capacity: MTU + 14). */
void fixture_start_with(struct fixture *f, uint64_t seed, uint32_t mtu);

/* Start a node at time 1000 s that has just begun Duplicate Address Detection for NODE_LINK_LOCAL, its only address. */
void fixture_start_detection(struct fixture *f, uint64_t seed, uint32_t dad_transmits);

/* Start a node at time 1000 s that routers configure. It has NODE_LINK_LOCAL if `secret` is NULL, and no gateway. */
void fixture_start_discovery(struct fixture *f, uint64_t seed, uint32_t dad_transmits, const uint8_t *secret);

/* Start a node at time 1000 s with this configuration and the MAC address NODE_MAC. */
void fixture_start_configured(struct fixture *f, struct v6nf_node_config config);

void fixture_add_address(struct fixture *f, const char *address, uint32_t prefix_length);
void fixture_set_gateway(struct fixture *f, const char *address);

/* Clear f->sent and f->out, and count from now on. */
void fixture_mark(struct fixture *f);

/* Hand a frame to the node. */
void fixture_input(struct fixture *f, const struct test_frame *frame);

/* Call v6nf_udp_send() with `length` bytes 0, 1, 2, ...; see frame_udp(). */
void fixture_udp_send(struct fixture *f, uint16_t source_port, const char *destination, uint16_t destination_port,
                      uint32_t length);

/* Return each datagram to its sender: a handler for v6nf_udp_bind(). */
uint32_t test_udp_echo(void *context, struct v6nf_udp_datagram *datagram);

/* Tick until nothing is due at f->now. */
void fixture_tick(struct fixture *f);

/* Let time pass until `time`, and tick at each moment at which something is due, `time` included. */
void fixture_run_until(struct fixture *f, uint64_t time);

/* Make `station` a REACHABLE neighbor of the node, by an Echo Request and the answer to the node's solicitation, and
 * mark. */
void fixture_make_reachable(struct fixture *f, const struct test_station *station);

/* Bring the entry of `station`, so far unknown, into `state` by messages and time, and mark. V6NF_NEIGHBOR_FREE
 * leaves it unknown. In INCOMPLETE an empty datagram waits for it, from NODE_GLOBAL, port 1000 to port 2000. */
void fixture_bring_to(struct fixture *f, const struct test_station *station, enum v6nf_neighbor_state state);

/* Return the neighbor entry of an address, NULL if there is none. */
const struct v6nf_neighbor *fixture_neighbor(const struct fixture *f, const char *address);

/* Return the time at which the entry's timer ends, V6NF_NEVER if it has none. */
uint64_t fixture_neighbor_due(const struct fixture *f, const struct v6nf_neighbor *neighbor);

/* Return the node's entry of its own address, NULL if there is none; the second fails instead. */
const struct v6nf_interface_address *fixture_find_own(const struct fixture *f, const char *address);
const struct v6nf_interface_address *fixture_own(const struct fixture *f, const char *address);

/* Return how often `counter` was counted since fixture_mark(). */
uint64_t fixture_counted(const struct fixture *f, enum v6nf_counter counter);

/* -- Bytes from first principles ----------------------------------------------------------------------------------- */

void test_mac(uint8_t *bytes, const char *text);
void test_address(uint8_t *bytes, const char *text);
struct v6nf_address test_address_of(const char *text);

/* Return the Ethernet address of an IPv6 multicast group, and the solicited-node group of an address, as text in
 * static storage. The fourth next call overwrites it. */
const char *test_group_mac(const char *group);
const char *test_solicited_node(const char *address);

/* Build an Ethernet frame with an IPv6 packet (traffic class and flow label 0) and `length` bytes of payload (NULL:
 * zeros). */
void frame_ipv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t next_header, uint8_t hop_limit, const uint8_t *payload, uint32_t length);

/* Build a frame with an ICMPv6 message: type, code, checksum, and `length` bytes of body (NULL: zeros). */
void frame_icmpv6(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                  uint8_t hop_limit, uint8_t type, uint8_t code, const uint8_t *body, uint32_t length);

/* Build a frame with a UDP datagram of `length` bytes 0, 1, 2, ... */
void frame_udp(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
               uint8_t hop_limit, uint16_t source_port, uint16_t destination_port, uint32_t length);

/* Build an Echo Request or Reply (`type` 128 or 129) with `size` bytes of data 0, 1, 2, ... */
void frame_echo(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
                uint8_t type, uint16_t identifier, uint16_t sequence, uint32_t size);

/* Build an Echo Request from a station to the node's address `to`, and the reply to it. */
void frame_echo_request(struct test_frame *frame, const struct test_station *from, const char *to, uint16_t identifier,
                        uint16_t sequence, uint32_t size);
void frame_echo_reply(struct test_frame *frame, const struct test_station *to, const char *from, uint16_t identifier,
                      uint16_t sequence, uint32_t size);

/* Build a Neighbor Solicitation or Advertisement (RFC 4861, 4.3 and 4.4), hop limit 255. `option` is the Ethernet
 * address in the source or target link-layer address option, NULL for no option. `flags` are in the first byte after
 * the checksum. */
#define NA_R 0x80u
#define NA_S 0x40u
#define NA_O 0x20u
void frame_ns(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, const char *option);
void frame_na(struct test_frame *frame, const char *mac_to, const char *mac_from, const char *from, const char *to,
              const char *target, uint8_t flags, const char *option);

/* Build what the node must send: a multicast solicitation for `target` (RFC 4861, 7.2.2), a unicast one (7.3.3), one
 * for Duplicate Address Detection (RFC 4862, 5.4.2), and an advertisement of its address `own` to `station`. */
void frame_node_ns(struct test_frame *frame, const char *from, const char *target);
void frame_node_probe(struct test_frame *frame, const char *from, const struct test_station *target);
void frame_node_detection(struct test_frame *frame, const char *target);
void frame_node_na(struct test_frame *frame, const struct test_station *station, const char *own);

/* Build the unsolicited advertisement with which `station` announces its address to all nodes: O=1. */
void frame_announcement(struct test_frame *frame, const struct test_station *station);

/* Build the solicited advertisement with which `station` answers the node: S=1, O=1, with its address. */
void frame_answer(struct test_frame *frame, const struct test_station *station, const char *to);

/* Append bytes to the packet, and correct Payload Length (not the checksum). */
void frame_append(struct test_frame *frame, const uint8_t *bytes, uint32_t length);

/* Write the right checksum of the ICMPv6 or UDP message that follows the IPv6 header, after a change by hand. */
void frame_fix_checksum(struct test_frame *frame);

/* Return the reference checksum, byte by byte, of the upper-layer packet in the frame (RFC 8200, 8.1). The checksum
 * field is included as it is: 0 if it is right. */
uint16_t frame_checksum(const struct test_frame *frame, uint32_t length, uint8_t next_header);

/* -- Matchers ------------------------------------------------------------------------------------------------------ */

/* Describe a frame in words. */
#define FRAME_TEXT_SIZE 400u
void frame_describe(char *text, const struct test_frame *frame);

void fixture_assert_frame(const struct test_frame *actual, const struct test_frame *expected, const char *file,
                          int line);
void fixture_assert_sent(const struct fixture *f, uint32_t index, uint64_t time, const struct test_frame *expected,
                         const char *file, int line);
void fixture_assert_sent_count(const struct fixture *f, uint32_t count, const char *file, int line);
void fixture_assert_counted(const struct fixture *f, enum v6nf_counter counter, uint64_t count, const char *name,
                            const char *file, int line);
void fixture_assert_state(const struct fixture *f, const char *address, enum v6nf_neighbor_state state, const char *mac,
                          const char *file, int line);

/* Name the current case of a loop, as printf() would, for failures of the matchers below; "" after the loop. */
void fixture_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

void fixture_fail(const char *what, const char *file, int line);
#define fail_case(what) fixture_fail(what, __FILE__, __LINE__)

/* All bytes are equal, except flow labels of what the node originates. */
#define assert_frame(actual, expected) fixture_assert_frame(actual, expected, __FILE__, __LINE__)

/* Nothing is transmitted. */
#define assert_nothing(actual) fixture_assert_frame(actual, NULL, __FILE__, __LINE__)

/* f->sent[index] is this frame, sent at this time. */
#define assert_sent(f, index, time, expected) fixture_assert_sent(f, index, time, expected, __FILE__, __LINE__)

/* Ticks sent that many frames. */
#define assert_sent_count(f, count) fixture_assert_sent_count(f, count, __FILE__, __LINE__)

/* `counter` was counted exactly `count` times since fixture_mark(). */
#define assert_counted(f, counter, count) fixture_assert_counted(f, counter, count, #counter, __FILE__, __LINE__)

/* The neighbor is in this state, with this Ethernet address (NULL: any). V6NF_NEIGHBOR_FREE: there is no such entry. */
#define assert_neighbor(f, address, state, mac) fixture_assert_state(f, address, state, mac, __FILE__, __LINE__)

#endif
