/* router_suite.h: what the cases of a router use. The router under test (RUT) has two links, on virtual time.
 *
 * A case is a function: it starts the RUT, sends frames on a link, and looks at what leaves on both. The first
 * expectation that is not met ends it. */
#ifndef CONFORMANCE_ROUTER_SUITE_H
#define CONFORMANCE_ROUTER_SUITE_H

#include "../unit/node/fixture_bytes.h"
#include "../unit/node/fixture_node.h"
#include "v6nf/router/router.h"

#if V6NF_FORWARDING
enum link_name { B, A, LINK_COUNT };

#define RUT_MAC_B "02:00:00:00:00:b0"
#define RUT_MAC_A "02:00:00:00:00:a0"
#define RUT_LOCAL_B "fe80::ff:fe00:b0"
#define RUT_LOCAL_A "fe80::ff:fe00:a0"
#define PREFIX_B "3ffe:501:ffff:100::"
#define PREFIX_A "3ffe:501:ffff:101::"
#define RUT_B PREFIX_B "1"
#define RUT_A PREFIX_A "1"

/* TN1 and TN4 are on link B, TN2 on link A. Routers are known by their link-local addresses. */
#define TN1 PREFIX_B "11"
#define TN1_LOCAL "fe80::11"
#define TN1_MAC "02:00:00:00:00:11"
#define TN1_OTHER_MAC "02:00:00:00:0c:11"
#define TN2 PREFIX_A "22"
#define TN2_MAC "02:00:00:00:00:22"
#define TN4 PREFIX_B "44"
#define TN4_MAC "02:00:00:00:00:44"
#define FAR_PREFIX "3ffe:501:ffff:109:" /* four groups; more follow */
#define FAR FAR_PREFIX ":33"
#define TR1 "fe80::f1"
#define TR1_MAC "02:00:00:00:00:f1"
#define TR2 "fe80::f2"
#define TR2_MAC "02:00:00:00:00:f2"

struct seen {
    enum link_name link;
    uint64_t time;
    struct test_frame frame;
};

struct router_case {
    const char *number; /* "1.1.10.A" */
    const char *title;
    void (*run)(unsigned variation); /* NULL: not supported */
    unsigned variation;
    bool is_known_to_fail; /* README.md says why; the program fails if it passes */
};

extern const struct router_case router_section_1[];
extern const struct router_case router_section_2[];
extern const struct router_case router_section_3[];
extern const struct router_case router_section_5[];

/* Start the RUT; all its addresses are in use, and the stations answer solicitations. mtu: of link A. */
void rut_start(uint32_t mtu);

/* Start the RUT with Duplicate Address Detection; it has begun. */
void rut_start_tentative(void);

/* Give the RUT another address with a prefix of 64 bits. */
void rut_add_address(enum link_name link, const char *address);

/* Let it route a prefix by a router on link A, or on another link. */
void rut_add_route(const char *prefix, uint32_t length, const char *via);
void rut_add_route_on(enum link_name link, const char *prefix, uint32_t length, const char *via);

/* Set what a link advertises, and begin. */
void rut_advertise(enum link_name link, const struct v6nf_advertisement *advertisement);
void rut_cease(enum link_name link);

/* Return the default advertisement with the prefix of link B, and intervals of 10 and 5 s. */
struct v6nf_advertisement rut_advertisement(void);

/* Whether stations answer solicitations; at the start they do. */
void stations_answer(bool answer);

/* Forget what was seen. */
void forget(void);

/* Hand a frame to the RUT on a link. What it sends at once is seen. */
void send_on(enum link_name link, const struct test_frame *frame);

/* Let time pass. */
void wait_for(uint64_t time);
uint64_t time_now(void);

/* Return the frame of ICMPv6 type `type` on that link, `index` of them before it, since forget(); NULL: none. */
const struct seen *find_seen(enum link_name link, uint8_t type, unsigned index);
unsigned count_seen(enum link_name link, uint8_t type);

/* Return the packet that was forwarded with that source and destination; NULL: none. */
const struct seen *find_passed(enum link_name link, const char *from, const char *to);

/* End the case as failed unless the condition holds. */
#define expect(condition) expect_that(condition, #condition, __FILE__, __LINE__)
void expect_that(bool condition, const char *text, const char *file, int line);

/* Build an Echo Request from TN1, link B, by the RUT. */
void request_from(struct test_frame *frame, const char *from, const char *to, uint32_t size);

/* Expect that the packet left on link A to that station, unchanged but for the hop limit. */
void expect_passed(const struct test_frame *frame, const char *mac);

/* Expect that no packet with its addresses left on any link. */
void expect_not_passed(const struct test_frame *frame);

/* Expect an ICMPv6 error on link B to TN1 about the packet, and no other. */
void expect_error_about(const struct test_frame *frame, uint8_t type, uint8_t code, uint32_t parameter);
void expect_no_error(void);

/* Insert an extension header of `length` bytes after the IPv6 header; its Next Header is filled in. */
void insert_after_ipv6(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t length);

/* Return true if the address at `bytes` is that one; the same of a MAC address. */
bool address_is(const uint8_t *bytes, const char *text);
bool mac_is(const uint8_t *bytes, const char *text);

/* Return the option of that type in an ICMPv6 message whose options begin at `at` of the frame; NULL: none. */
const uint8_t *find_option(const struct test_frame *frame, uint32_t at, uint8_t type);
#endif

#endif
