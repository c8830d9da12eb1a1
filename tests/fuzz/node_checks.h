/* node_checks.h: what the targets that drive a node share: a node in its program, every call of the library that takes
 * or gives a frame, and the invariants that are checked after each. */
#ifndef NODE_CHECKS_H
#define NODE_CHECKS_H

#include "check.h"
#include "v6nf/v6nf.h"

/* The longest frame that a target hands in, and that a node sends. */
#define FRAME_MAX 10240u

/* -- The program: node_program.c ------------------------------------------------------------------------------------- */

extern struct v6nf_node node;
extern struct v6nf_ping ping;
extern struct v6nf_dhcpv6 client;
extern bool has_client;
extern uint8_t mac[6];     /* the node's */
extern uint32_t link_mtu;  /* that the node was made with */

/* The frame that the node handles, as it was received; cause_length is 0 while it handles none. */
extern uint8_t cause[FRAME_MAX];
extern uint32_t cause_length;

/* Ports of the program. */
#define ECHO_PORT 7u   /* replies with what was received, unchanged */
#define SILENT_PORT 9u /* never replies, and is notified of errors */
#define LENGTH_PORT 19u /* replies with as many bytes as the first two say, also with too many */

uint32_t echo_handler(void *context, struct v6nf_udp_datagram *datagram);
uint32_t silent_handler(void *context, struct v6nf_udp_datagram *datagram);
uint32_t length_handler(void *context, struct v6nf_udp_datagram *datagram);
void error_handler(void *context, const struct v6nf_udp_error *error);

/* Forget the node, the ping and the client of before. */
void start_program(void);

/* Called for each frame that the node sends, after it was checked. A target defines it. */
void sent(const uint8_t *frame, uint32_t length, uint64_t now);

/* Hand in a frame in a buffer of `capacity` bytes, at least `length`. Return how many bytes of the buffer leave. */
uint32_t one_frame(const uint8_t *bytes, uint32_t length, uint32_t capacity, uint64_t now);

/* Send a datagram with `length` bytes of payload. */
void send_datagram(const uint8_t *to, uint32_t length, uint32_t capacity, uint16_t from_port, uint16_t to_port, uint64_t now);

/* Send one frame that is due. Return false if none is. */
bool tick_once(uint64_t now, uint32_t capacity);

/* Send everything that is due, of the node and of the client. */
void tick_all(uint64_t now, uint32_t capacity);

/* -- The same life twice: twice.c ------------------------------------------------------------------------------------- */

/* What fills memory that nothing was written to: another value in each of the two lives of a node. */
extern uint8_t poison;

/* Live a life twice. What the node lets out must be the same in both. */
void live_twice(void (*life)(const uint8_t *data, size_t size), const uint8_t *data, size_t size);

/* The node let these bytes out: sent them, or gave them to the program. */
void let_out(const void *bytes, size_t length);

/* With TRACE set in the environment, print what happens in the first life. */
void trace(const char *what, const uint8_t *bytes, uint32_t length, uint64_t now);

/* Fill the parts of the node's buffers that hold no packet. */
void poison_tables(void);

/* -- Invariants ------------------------------------------------------------------------------------------------------- */

/* leaves.c: begin a life; check a frame that the node sends; count an ICMPv6 error that it wrote. */
void start_leaves(void);
void check_leaves(const uint8_t *frame, uint32_t length, uint64_t now);
void check_error_rate(uint64_t now);

/* leaves_ndp.c: check a message of Neighbor Discovery, of `payload` bytes. */
void start_leaves_ndp(void);
void check_leaves_link_up(void);
void check_leaves_ndp(const uint8_t *frame, uint32_t payload);

/* leaves_ndp.c: whether the frame that was received is a solicitation that a node must answer. */
bool is_good_solicitation(uint64_t now);

/* leaves_error.c: check an ICMPv6 error; check a fragment, and the packet that all of them make. */
void start_leaves_fragments(void);
void check_leaves_error(const uint8_t *frame, uint32_t payload);
void check_leaves_fragment(const uint8_t *frame, uint32_t payload);

/* leaves.c: the state of the node's address, V6NF_ADDRESS_NONE if it is none of the node's. */
enum v6nf_address_state state_of(const uint8_t *address);

/* leaves.c: when the node's address ends, 0 if it is none of the node's. */
uint64_t end_of(const uint8_t *address);

/* tables.c: check that the tables of the node hold together. */
void check_tables(void);

#endif
