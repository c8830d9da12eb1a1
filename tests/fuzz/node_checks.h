/* node_checks.h: code that both targets share: a node in its program, the calls of the library, and the invariants to
 * check after each call. */
#ifndef NODE_CHECKS_H
#define NODE_CHECKS_H

#include "check.h"
#include "v6nf/v6nf.h"

/* Limit of the length of received and sent frames. */
#define FRAME_MAX 10240u

/* -- The program: node_program.c ----------------------------------------------------------------------------------- */

extern struct v6nf_node node;
extern struct v6nf_ping ping;
extern struct v6nf_dhcpv6 client;
extern bool has_client;
extern uint8_t mac[6];    /* the node's */
extern uint32_t link_mtu; /* in the node's configuration */

/* The received frame that the node is handling, unchanged. cause_length is 0 while there is none. */
extern uint8_t cause[FRAME_MAX];
extern uint32_t cause_length;

/* Ports of the program. */
#define ECHO_PORT 7u    /* returns the payload */
#define SILENT_PORT 9u  /* never replies, and receives errors */
#define LENGTH_PORT 19u /* replies with the length in the first two bytes of the payload, even if it is too long */

uint32_t echo_handler(void *context, struct v6nf_udp_datagram *datagram);
uint32_t silent_handler(void *context, struct v6nf_udp_datagram *datagram);
uint32_t length_handler(void *context, struct v6nf_udp_datagram *datagram);
void error_handler(void *context, const struct v6nf_udp_error *error);

/* Reset the node, the ping and the client. */
void start_program(void);

/* Called for each frame that the node sends, after its checks. A target defines it. */
void note_sent(const uint8_t *frame, uint32_t length, uint64_t now);

/* Receive a frame in a buffer of `capacity` bytes, at least `length`. Return the length of the frame to transmit. */
uint32_t receive_frame(const uint8_t *bytes, uint32_t length, uint32_t capacity, uint64_t now);

/* Let a packet of `size` bytes pass through the node; or take one that was not delivered. */
void send_passing(const uint8_t *hop, const uint8_t *destination, uint8_t byte, uint32_t size, uint32_t capacity,
                  uint64_t now);
void take_passing(uint32_t capacity, uint64_t now);

/* Send a datagram with `length` bytes of payload. */
void send_datagram(const struct v6nf_udp_message *message, uint32_t length, uint32_t capacity, uint64_t now);

/* Send one frame that is due. Return false if none is. */
bool tick_once(uint64_t now, uint32_t capacity);

/* Send all frames that are due, of the node and of the client. */
void tick_all(uint64_t now, uint32_t capacity);

/* -- Two runs of each input: twice.c ------------------------------------------------------------------------------- */

/* Pattern of unwritten memory: another value in each of the two runs. */
extern uint8_t poison;
#define FIRST_POISON 0xA5u
#define SECOND_POISON 0x3Cu

/* Run an input twice. The output of the node must be the same in both runs. */
void run_twice(void (*run)(const uint8_t *data, size_t size), const uint8_t *data, size_t size);

/* Record bytes that the node sent or passed to the program; in the second run, compare them. */
void record_output(const void *bytes, size_t length);

/* Print an event of the first run if TRACE is set in the environment. */
void trace(const char *what, const uint8_t *bytes, uint32_t length, uint64_t now);

/* Poison the parts of the node's buffers that hold no packet. */
void poison_tables(void);

/* -- The device of the second run: device.c ------------------------------------------------------------------------ */

/* Return `checksums` of the node's configuration. */
uint8_t device_checksums(void);

/* Verify the checksum of a received frame of `length` bytes, or take it out. Return the flags of its length. */
uint32_t device_receive(uint8_t *frame, uint32_t length);

/* Insert the checksum of a frame if its length has the flag for that. Return its length in bytes. */
uint32_t device_send(uint8_t *frame, uint32_t length);

/* -- Invariants ---------------------------------------------------------------------------------------------------- */

/* output.c: reset at the start of a run; check a frame that the node sends; check the rate of its ICMPv6 errors. */
void reset_output_checks(void);
void check_output(const uint8_t *frame, uint32_t length, uint64_t now);
void check_error_rate(uint64_t now);

/* output_ndp.c: check a Neighbor Discovery message of `payload` bytes; no nonce of before may follow a link-up. */
void reset_ndp_checks(void);
void note_link_up(void);
void check_ndp_output(const uint8_t *frame, uint32_t payload);

/* output_ndp.c: return true if the received frame is a solicitation that the node must answer. */
bool must_be_answered(uint64_t now);

/* output_error.c: check an ICMPv6 error; check a fragment, and the packet that the fragments make. */
void reset_fragment_checks(void);
void check_error_output(const uint8_t *frame, uint32_t payload);
void check_fragment_output(const uint8_t *frame, uint32_t payload);

/* datagrams.c: the datagrams that the program sends from SILENT_PORT, with NUMBERED_LENGTH bytes or more. */
#define NUMBERED_LENGTH 8u
void reset_datagram_checks(void);

/* Write a number into the payload of a datagram that the program is about to send. */
void number_datagram(uint8_t *payload, uint32_t length, const struct v6nf_udp_message *message);

/* Note what v6nf_udp_send() returned. payload: as number_datagram() left it. */
void note_send_status(const uint8_t *payload, uint32_t length, enum v6nf_send_status status, uint32_t frame_length);

/* Check a datagram or a first fragment that the node sends, and a report. */
void note_datagram_output(const uint8_t *frame, uint32_t length);
void note_report(const struct v6nf_udp_error *error);

/* Note that the program has changed the handler for reports: datagrams that wait may be lost without one. */
void forget_reports(void);

/* Check that the node holds each datagram that waits, unless it was transmitted or reported. */
void check_waiting_datagrams(void);

/* Return what the program asked for, NULL if the frame holds no numbered datagram. */
const struct v6nf_udp_message *message_of(const uint8_t *frame, uint32_t length);

/* Return true if the program asked for a datagram without checksum. */
bool may_lack_checksum(const uint8_t *payload, uint32_t length);

/* passing.c: packets that pass through the node (forward.h), of at most PASSING_MAX bytes. */
#define PASSING_MAX 2000u
void reset_passing_checks(void);

/* Return true if the frame is one of them. Then check that it is sent as it must. */
bool is_passing(const uint8_t *frame);
void check_passing_output(const uint8_t *frame, uint32_t length);

/* Forward a packet of `size` bytes; `byte` determines its headers. Return the length of the frame to transmit. */
uint32_t forward_packet(uint8_t *frame, uint32_t capacity, const uint8_t *hop, const uint8_t *destination, uint8_t byte,
                        uint32_t size, uint64_t now);

/* Take a packet whose next hop did not answer, and check it. */
void take_undelivered(uint8_t *frame, uint32_t capacity);

/* output.c: return the state of the node's address, V6NF_ADDRESS_NONE if the node does not have it. */
enum v6nf_address_state state_of(const uint8_t *address);

/* output.c: return the end of the address's valid lifetime, 0 if the node does not have it. */
uint64_t end_of(const uint8_t *address);

/* tables.c: check the invariants of the node's tables. */
void check_tables(void);

/* Note the path MTUs that the node has learned; forget them, because the link has changed. */
void remember_path_mtus(void);
void forget_path_mtus(void);

#endif
