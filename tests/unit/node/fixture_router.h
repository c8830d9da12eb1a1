/* fixture_router.h: messages of routers, built byte by byte from the RFCs' diagrams, for tests with fixture_node.h. */
#ifndef UNIT_NODE_FIXTURE_ROUTER_H
#define UNIT_NODE_FIXTURE_ROUTER_H

#include "fixture_node.h"

/* Two routers of the link. */
extern const struct test_station router_1; /* fe80::a1 at 02:00:00:00:00:a1 */
extern const struct test_station router_2;

#define PRF_HIGH 0x08u /* RFC 4191, 2.1 */
#define PRF_MEDIUM 0x00u
#define PRF_LOW 0x18u
#define PRF_RESERVED 0x10u
#define PREFIX_L 0x80u /* RFC 4861, 4.6.2 */
#define PREFIX_A 0x40u
#define INFINITY_SECONDS 0xFFFFFFFFu

/* Build a Router Advertisement to ff02::1 without options (RFC 4861, 4.2), all other fields 0. */
void frame_ra(struct test_frame *frame, const struct test_station *router, uint32_t lifetime, uint8_t flags);

/* Append an option, and correct the checksum. */
void ra_option(struct test_frame *frame, const uint8_t *option, uint32_t size);
void ra_link_layer(struct test_frame *frame, const char *mac);
void ra_mtu(struct test_frame *frame, uint32_t mtu);
void ra_prefix(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
               uint32_t preferred);
void ra_route(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t lifetime);

/* Write a number of 4 bytes into the frame, and correct the checksum. */
void ra_number(struct test_frame *frame, uint32_t at, uint32_t value);
#define RA_HOP_LIMIT 58u /* offsets in a frame */
#define RA_REACHABLE_TIME 62u
#define RA_RETRANS_TIMER 66u

/* Build the Router Solicitation that the node must send (RFC 4861, 4.1). */
void frame_node_rs(struct test_frame *frame, const char *from);

/* Build a Redirect to the node's address `to`; `mac` NULL for no target link-layer address option (RFC 4861, 4.5). */
void frame_redirect(struct test_frame *frame, const struct test_station *router, const char *to, const char *target,
                    const char *destination, const char *mac);

/* Start a node that routers configure, with NODE_GLOBAL, whose prefix is not on-link. It has solicited routers once. */
void fixture_start_host(struct fixture *f);

/* Advertise a router with its link-layer address; or router_1, a default router, with a prefix. */
void fixture_advertise_router(struct fixture *f, const struct test_station *router, uint32_t lifetime, uint8_t flags);
void fixture_advertise_prefix(struct fixture *f, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
                              uint32_t preferred);

/* Let the router, whose link-layer address is known, answer a solicitation: five seconds pass. */
void fixture_let_router_answer(struct fixture *f, const struct test_station *router);

/* Hand the frame to the node, and check that nothing is transmitted. */
void fixture_input_silent(struct fixture *f, const struct test_frame *frame);

/* Send an empty datagram to `destination`, and fail if the frame is not for this station: a datagram, or a
 * solicitation for its address. */
void assert_next_hop(struct fixture *f, const char *destination, const struct test_station *station);

/* Check that nothing is sent to `destination`, because there is no route. */
void assert_no_route(struct fixture *f, const char *destination);

#endif
