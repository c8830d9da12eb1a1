/* suite.h: what a conformance case uses. README.md describes how to write one.
 *
 * A case is a function that reads like the procedure: it sets up, sends frames and expects frames. The first
 * expectation that is not met ends it. Nothing here looks into the node under test (NUT): its state is seen by what
 * it sends. Frames are built and read here without the library's formats. Addresses are text. */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include <stdbool.h>
#include <stdint.h>

#include "../unit/node/fixture_bytes.h"
#include "link.h"

struct conformance_case {
    const char *number; /* "v6LC.2.1.9.B", "rfc8415.18.2.1.A" */
    const char *group;  /* title of the test */
    const char *part;   /* title of the part, "" if it has none */
    void (*run)(void);  /* this function, or the next with `variation` */
    void (*run_with)(unsigned variation);
    unsigned variation; /* what distinguishes the parts of a test */
};

#define CASE(n, g, p, function)                                                                                        \
    {                                                                                                                  \
        .number = "v6LC." n, .group = g, .part = p, .run = function                                                    \
    }
#define CASE_WITH(n, g, p, function, v)                                                                                \
    {                                                                                                                  \
        .number = "v6LC." n, .group = g, .part = p, .run_with = function, .variation = v                               \
    }
/* Cases beyond that specification, by RFC and section: "rfc6724.5.2.A". */
#define RFC_CASE(n, g, p, function)                                                                                    \
    {                                                                                                                  \
        .number = "rfc" n, .group = g, .part = p, .run = function                                                      \
    }
#define RFC_CASE_WITH(n, g, p, function, v)                                                                            \
    {                                                                                                                  \
        .number = "rfc" n, .group = g, .part = p, .run_with = function, .variation = v                                 \
    }
#define END_OF_CASES                                                                                                   \
    {                                                                                                                  \
        .number = NULL                                                                                                 \
    }

/* The tables, one for each section_*.c, each ended by a row without a number. */
extern const struct conformance_case section_1_1[];
extern const struct conformance_case section_1_3[];
extern const struct conformance_case section_2_1[];
extern const struct conformance_case section_2_2[];
extern const struct conformance_case section_2_3[];
extern const struct conformance_case section_3[];
extern const struct conformance_case section_4[];
extern const struct conformance_case section_5[];

/* section_rfc_addresses.c */
extern const struct conformance_case rfc4429[];
extern const struct conformance_case rfc6724[];
extern const struct conformance_case rfc7217[];
extern const struct conformance_case rfc7527[];
extern const struct conformance_case rfc8981[];

/* section_rfc_errors.c */
extern const struct conformance_case rfc4443[];

/* section_rfc_dhcpv6.c */
extern const struct conformance_case rfc8415[];

/* section_rfc_neighbors.c */
extern const struct conformance_case rfc4861[];
extern const struct conformance_case rfc6583[];
extern const struct conformance_case rfc7559[];
extern const struct conformance_case rfc9131[];

/* Run a case on a link. Return true if it passed; else print the reason, with all frames sent and received. A case
 * that needs what this NUT cannot do passes with *skipped set. */
bool suite_run(const struct conformance_case *c, const struct link *link, bool *skipped);

/* -- Stations on the link ------------------------------------------------------------------------------------------ */

#define PREFIX "2001:db8:1::"    /* /64, on-link by the common setup */
#define FAR "2001:db8:f::3"      /* off-link: TN3, beyond the routers */
#define FAR_AWAY "2001:db8:e::4" /* off-link: TN4 */

struct station {
    const char *mac;
    const char *link_local;
    const char *global;
};

/* An anycast address of the NUT, on-link, if the case enables ANYCAST. */
#define ANYCAST_ADDRESS PREFIX "a"

extern const struct station tn1;
extern const struct station tn2;
extern const struct station tr1;
extern const struct station tr2;
extern const struct station tr3;

/* Another Ethernet address of a neighbor. */
#define OTHER_MAC "02:00:00:00:0c:0c"

#define ALL_NODES "ff02::1"
#define ALL_ROUTERS "ff02::2"

/* The NUT's addresses as text, empty while unknown. */
struct nut {
    char mac[18];
    char link_local[46];
    char global[46];
};
extern struct nut nut;

/* -- Setup --------------------------------------------------------------------------------------------------------- */

/* Enable these features (enum feature) from the next start on. End the case if the NUT does not have them. */
void nut_does(unsigned features);

/* Start the NUT, and do nothing else. */
void setup_start(void);

/* Skip the case if the NUT is known to ignore Route Information options. */
void require_routes(void);

/* Start the NUT. It has a link-local address in use, and knows no router. */
void setup_link_local(void);

/* The common setup. TR1 advertised itself as a router (without its link-layer address), and PREFIX as on-link and
 * for autoconfiguration. The NUT has a global address of PREFIX. It knows the link-layer address of none of the
 * stations above. */
void setup(void);

/* Build the Router Advertisement of the common setup. */
void common_advertisement(struct test_frame *frame);

/* The common setup, but TR1 is no router, and there is none. */
void setup_without_router(void);

/* Learn the NUT's global address under `prefix` ("2001:db8:1::", /64) from an Echo Reply. Return false if it has
 * none. */
bool find_global(const char *prefix, char *address);

/* Answer Neighbor Solicitations for `station`, by any of its addresses, from now on. */
void answer_for(const struct station *station);
void answer_for_none(void);

/* -- Actions ------------------------------------------------------------------------------------------------------- */

/* Log and send a frame. */
void transmit(const struct test_frame *frame);

/* Kinds of frames that the NUT sends. Combine several with |. */
enum kind {
    ECHO_REQUEST = 1,
    ECHO_REPLY = 2,
    ICMPV6_ERROR = 4,
    SOLICITATION = 8, /* Neighbor Solicitations, except ... */
    DETECTION = 16,   /* ... those of Duplicate Address Detection */
    ADVERTISEMENT = 32,
    ROUTER_SOLICITATION = 64,
    FRAGMENT = 128,
    OTHER = 256 /* all others, except Multicast Listener Reports */
};

/* Return the next frame of one of the kinds. Skip others, and answer solicitations for the stations of answer_for().
 * Return false if none arrives within the time. */
bool next_frame(struct test_frame *frame, unsigned kinds, uint64_t within);

/* Return the time in microseconds. */
uint64_t suite_now(void);

/* Let time pass, and ignore all frames. */
void pass(uint64_t time);

/* Take the NUT's link down and up again. */
void reconnect(void);

/* Let the NUT send an Echo Request with `size` bytes of data. */
void nut_pings(const char *destination, uint32_t size);

/* End the case as failed, with a reason formatted as by printf(). */
void fail_because(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* End the case as skipped: this NUT does not support it. */
void skip_because(const char *reason) __attribute__((noreturn));

/* -- Frames, in addition to those of fixture_node.h ---------------------------------------------------------------- */

/* Build an Echo Request from `station` and its IPv6 address `from` to the NUT's address `to` (or a group), with its
 * own sequence number and 8 bytes of data; the second with `size` bytes. */
void echo_request(struct test_frame *frame, const struct station *station, const char *from, const char *to);
void echo_request_of(struct test_frame *frame, const struct station *station, const char *from, const char *to,
                     uint32_t size);

/* Insert a header of `length` bytes after the IPv6 header. This function fills in its Next Header. */
void insert_header(struct test_frame *frame, uint8_t type, const uint8_t *header, uint32_t length);

/* Insert a Fragment header that makes the packet an atomic fragment (RFC 6946). */
void make_atomic(struct test_frame *frame, uint32_t identification);

/* Return an Identification that no fragment of the testing nodes had: the NUT may still hold fragments of earlier
 * cases. */
uint32_t new_identification(void);

/* Build a fragment of a frame: the bytes from `offset` on of what follows its IPv6 header. `more` is the M flag. */
void fragment(struct test_frame *piece, const struct test_frame *whole, uint32_t identification, uint32_t offset,
              uint32_t length, bool more);

/* Send a frame in two fragments, the first with `first` bytes. */
void transmit_in_two(const struct test_frame *frame, uint32_t first);

/* Shorten the ICMPv6 message of a frame to `length` bytes. */
void cut_message(struct test_frame *frame, uint32_t length);

/* Build an advertisement from `station` to the NUT for its link-local address, or a solicitation for the NUT's
 * (unicast with `to` NULL for its link-local address). */
void advertisement(struct test_frame *frame, const struct station *station, uint8_t flags, const char *mac);
void solicitation(struct test_frame *frame, const struct station *station, const char *to, const char *mac);

/* Build a Router Advertisement from `station` to all nodes: Cur Hop Limit 64, no Reachable Time or Retrans Timer,
 * `flags` in the byte of M and O and preference. The next functions add options. */
void router_advertisement(struct test_frame *frame, const struct station *station, uint8_t flags, uint16_t lifetime);
void add_link_layer(struct test_frame *frame, uint8_t type, const char *mac);
#define SLLA 1u
#define TLLA 2u
#define ON_LINK 0x80u
#define AUTONOMOUS 0x40u
void add_prefix(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t flags, uint32_t valid,
                uint32_t preferred);
void add_mtu(struct test_frame *frame, uint32_t mtu);
void add_route(struct test_frame *frame, const char *prefix, uint8_t length, uint8_t preference, uint32_t lifetime);
void add_dns_server(struct test_frame *frame, const char *address, uint32_t lifetime);
void add_dns_domain(struct test_frame *frame, const char *name, uint32_t lifetime);
#define PREFERENCE_HIGH 0x08u
#define PREFERENCE_MEDIUM 0x00u
#define PREFERENCE_LOW 0x18u
#define PREFERENCE_RESERVED 0x10u

/* Build a Redirect from a router: packets to `destination` are sent to `target`. */
void redirect(struct test_frame *frame, const struct station *router, const char *destination, const char *target);
void add_redirected(struct test_frame *frame, const struct test_frame *packet, uint32_t max_length);
/* Add an option of an unknown type. */
void add_unknown_option(struct test_frame *frame);

/* Build an ICMPv6 error from `station` and its address `from` to the NUT, about a frame of the NUT. */
void icmpv6_error(struct test_frame *frame, const struct station *station, const char *from, uint8_t type, uint8_t code,
                  uint32_t parameter, const struct test_frame *about);

/* Faults that make a Neighbor Discovery message invalid. */
enum fault {
    NO_FAULT,
    BAD_HOP_LIMIT, /* 254 */
    BAD_CHECKSUM,
    BAD_CODE,  /* 1 */
    TOO_SHORT, /* 8 bytes less than its fixed part */
    OPTION_LENGTH_ZERO,
    MULTICAST_TARGET,
    GLOBAL_SOURCE,    /* PREFIX address of TR1 */
    FAULTS_OF_ITS_OWN /* the first number that a section may use for its own */
};
void spoil(struct test_frame *frame, enum fault fault);

/* Return the text of the IPv6 address at `bytes`, in storage that the fourth next call overwrites. */
const char *address_text(const uint8_t *bytes);
bool is_address(const uint8_t *bytes, const char *text);
bool is_mac(const uint8_t *bytes, const char *text);

/* -- Expectations: at once (within a second), unless a time is given ----------------------------------------------- */

/* Expect the right Echo Reply to `request`, to the Ethernet address `mac`; NULL for the source of the request. */
void expect_reply(const struct test_frame *request, const char *mac);

/* Check a frame that was received already in the same way. */
void check_reply(const struct test_frame *reply, const struct test_frame *request, const char *mac);

/* Send an Echo Request from the link-local address of a station to that of the NUT, and expect the reply to `mac`. */
void expect_ping(const struct station *station, const char *mac);

/* Expect an ICMPv6 error that answers `about` and quotes it. `parameter` follows the checksum. */
void expect_error(const struct test_frame *about, uint8_t type, uint8_t code, uint32_t parameter, uint64_t within);

/* Expect a Parameter Problem whose pointer is to byte `at` of the packet. */
void expect_problem(const struct test_frame *about, uint8_t code, uint32_t at);

/* Expect none of the kinds within the time. */
void expect_none(unsigned kinds, uint64_t within);

/* Reply, error, and any other answer to what was sent. */
#define ANSWERS (ECHO_REPLY | ICMPV6_ERROR | FRAGMENT | OTHER)

/* Expect a Neighbor Solicitation for `target` within the time: multicast with `mac` NULL, else to that neighbor. */
void expect_solicitation(const char *target, const char *mac, uint64_t within);

/* Expect a Neighbor Advertisement that answers a solicitation for the NUT's address `own` from `to`. It must have
 * the target link-layer address option if that was multicast (RFC 4861, 7.2.4). */
void expect_advertisement(const char *own, const char *to, const char *mac, bool was_multicast);

/* Expect the next solicitation of Duplicate Address Detection, right in each field (RFC 4862, 5.4.2). Return its
 * target as text. */
void next_detection(char *target, uint64_t within);

/* Expect that the address is in use, so that a solicitation for it is answered, or that it is not. */
void expect_in_use(const char *address, bool in_use);

/* Return true if two addresses as text have the same first 64 bits. */
bool same_prefix(const char *address, const char *prefix);
/* End the case as skipped if the NUT has no DHCPv6 client. */
void require_dhcpv6(void);

/* Expect that the NUT knows the DNS server or the search domain, or does not. */
void expect_dns_server(const char *address, bool is_known);
void expect_dns_domain(const char *name, bool is_known);

/* -- The NUT's Neighbor Cache entry for a station's link-local address, by traffic --------------------------------- */

enum entry { NO_ENTRY, INCOMPLETE, REACHABLE, STALE, PROBE };

/* Bring the entry to that state. In INCOMPLETE, expect_kept() is for the Echo Request whose reply waits. */
void bring_to(const struct station *station, enum entry state);
void expect_kept(const char *mac);

/* Expect that it is in that state, with this Ethernet address. */
void expect_entry(const struct station *station, enum entry state, const char *mac);

/* Send an Echo Request from the off-link source `from` (FAR) via `router`. Expect the reply via `by`, whose address
 * is resolved if necessary, or no reply if `by` is NULL. */
void expect_next_hop(const char *from, const struct station *router, const struct station *by);

#endif
