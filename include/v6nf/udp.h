/* udp.h: UDP (RFC 768) on a node: bind a port, handle datagrams and errors, send. The header is wire/udp.h. A program
 * with a port sends by v6nf_run_udp_send() (run.h):
 *
 *     struct v6nf_udp_message message = {.remote_port = 7, .local_port = 50000};
 *     v6nf_address_parse(&message.remote, "2001:db8::1");
 *     enum v6nf_send_status status = v6nf_run_udp_send(&node, port, &message, "hello", 5, now); */
#ifndef V6NF_UDP_H
#define V6NF_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "status.h"
#include "wire/address.h"

#ifdef __cplusplus
extern "C" {
#endif

struct v6nf_node;

/* A received datagram, in the frame buffer. The handler may write to `payload`, `unchanged` and `without_checksum`. */
struct v6nf_udp_datagram {
    uint8_t *payload;           /* the datagram's data; a handler writes its reply here */
    uint32_t length;            /* bytes received */
    uint32_t capacity;          /* maximum size of a reply, in bytes */
    const uint8_t *source;      /* address of the sender: 16 bytes, in the packet */
    const uint8_t *destination; /* address that it was sent to: 16 bytes, in the packet */
    uint16_t source_port;       /* host byte order; 0 if the sender expects no reply */
    uint16_t destination_port;  /* host byte order; the bound port */
    uint64_t now;               /* the time that the node was given, in microseconds */
    /* Initially false. Set it if the reply is exactly the bytes received. The verified checksum is then sent again, and
     * not computed. */
    bool unchanged;
    /* True if the datagram has no checksum, which the port must allow: see v6nf_udp_allow_no_checksum(). The reply then
     * has none either, if the port may send so. Set it to false for a reply with a checksum. */
    bool without_checksum;
};

/* Return the hop limit of a received datagram.
 * datagram: as its handler was given it; the handler has not written before its payload.
 * Context: UDP handlers. */
static inline uint8_t v6nf_udp_hop_limit(const struct v6nf_udp_datagram *datagram)
{
    return datagram->source[-1]; /* the field before the source address (RFC 8200, 3) */
}

/* Return the traffic class of a received datagram: DSCP in the upper 6 bits, ECN in the lower 2 (RFC 2474; RFC 3168).
 * datagram: as its handler was given it; the handler has not written before its payload.
 * Context: UDP handlers. */
static inline uint8_t v6nf_udp_traffic_class(const struct v6nf_udp_datagram *datagram)
{
    return (uint8_t)(v6nf_load16(datagram->source - 8) >> 4); /* the IPv6 header starts 8 bytes before (RFC 8200, 3) */
}

/* Result of a handler that sends an empty datagram. */
#define V6NF_UDP_EMPTY_REPLY UINT32_MAX

/* Handle a datagram.
 * context: the pointer given to v6nf_udp_bind().
 * datagram: valid until the handler returns.
 * Return the bytes of datagram->payload to send back, 1 to datagram->capacity. Return 0 to send nothing,
 * V6NF_UDP_EMPTY_REPLY to send a datagram without payload.
 * Errors: a longer reply, or one to port 0, is dropped (V6NF_DROP_UDP_REPLY). So is a reply from an address that the
 * handler has removed (V6NF_DROP_NO_SOURCE).
 * Context: v6nf_node_input(), v6nf_node_tick(). The handler may bind, join, configure addresses and send, with another
 * frame buffer. It must not call v6nf_node_init(), v6nf_node_link_up(), v6nf_node_input() or v6nf_node_tick() for this
 * node. */
typedef uint32_t v6nf_udp_handler(void *context, struct v6nf_udp_datagram *datagram);

/* A report about a datagram that the port sent: an ICMPv6 error (RFC 4443, 2.4 (d); RFC 8085, 5.2), or the node lost
 * the datagram after V6NF_SEND_WAITS, or before the node itself received it (V6NF_LOOPBACK). An ICMPv6 error proves
 * nothing: any host that knows addresses and ports can send one. */
struct v6nf_udp_error {
    /* V6NF_SEND_SENT: a host sent the ICMPv6 error below. V6NF_SEND_UNREACHABLE: the neighbor did not answer; the error
     * below is Destination Unreachable, V6NF_ICMPV6_ADDRESS_UNREACHABLE. Otherwise the reason why the node did not send
     * the datagram; there is no ICMPv6 error. */
    enum v6nf_send_status status;
    uint8_t type;           /* ICMPv6 type (wire/icmpv6.h): Destination Unreachable, Packet Too Big, ...; 0 for none */
    uint8_t code;           /* ICMPv6 code */
    uint32_t parameter;     /* Packet Too Big: the MTU; Parameter Problem: the pointer, from the IPv6 header on */
    const uint8_t *source;  /* sender of the error, 16 bytes; the node's own address if it lost the datagram */
    const uint8_t *local;   /* source address of the datagram, 16 bytes */
    const uint8_t *remote;  /* destination address of the datagram, 16 bytes */
    uint16_t local_port;    /* source port of the datagram, host byte order */
    uint16_t remote_port;   /* destination port of the datagram, host byte order */
    const uint8_t *payload; /* first bytes of the datagram's data, as far as they are known; NULL for none */
    uint32_t length;        /* bytes at `payload` */
};

/* Handle an error.
 * context: the pointer given to v6nf_udp_bind().
 * error: valid until the handler returns, with all that it points to.
 * Context: any call that takes a pointer to a node that is not const, sending among them. The handler must not change
 * the node: it makes no such call. */
typedef void v6nf_udp_error_handler(void *context, const struct v6nf_udp_error *error);

#define V6NF_UDP_RECEIVE 1u /* direction flag: received datagrams; OR them together */
#define V6NF_UDP_SEND 2u    /* direction flag: sent datagrams */

/* Offset in bytes of the payload in the frame given to v6nf_udp_send(). */
#define V6NF_UDP_PAYLOAD 62u

/* Register `handler` for the datagrams to UDP port `port` (RFC 768).
 * port: host byte order, not 0.
 * handler: NULL closes the port.
 * context: passed to the handlers of the port; owned by the program.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID for port 0, V6NF_EXISTS if the port has a handler, V6NF_FULL (V6NF_UDP_PORTS).
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_udp_bind(struct v6nf_node *node, uint16_t port, v6nf_udp_handler *handler, void *context);

/* Register `handler` for reports about datagrams sent from `port`: ICMPv6 errors, and datagrams that waited for address
 * resolution or for their turn in fragments and were lost (RFC 8085, 5.2).
 * port: host byte order, bound.
 * handler: called with the context given to v6nf_udp_bind(). NULL (default) disables it.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID if the port is not bound.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler);

/* Where a datagram goes, and how. Zero in a field that is not set gives the default. */
struct v6nf_udp_message {
    struct v6nf_address remote; /* destination: unicast or multicast */
    struct v6nf_address local;  /* source: a unicast address of the node; :: (default) to select one (RFC 6724, 5) */
    uint16_t remote_port;       /* destination port, host byte order, not 0 */
    uint16_t local_port;        /* source port, host byte order, not 0 */
    uint8_t hop_limit;          /* 0: the node's, or that of v6nf_multicast_set_hop_limit() for a group */
    uint8_t traffic_class;      /* DSCP in the upper 6 bits, ECN in the lower 2 (RFC 2474; RFC 3168) */
    /* V6NF_SEND_TOO_LONG for a datagram longer than the path MTU (RFC 3542, 11.2). A datagram that waits is reported
     * so if the path MTU decreases meanwhile. With V6NF_WAITING of at most 2 it is fragmented then. */
    bool dont_fragment;
    bool without_checksum;      /* send no checksum (RFC 6935, 5), if v6nf_udp_allow_no_checksum() allows it */
};

/* Send a UDP datagram (RFC 768).
 * frame: capacity bytes, owned by the program; payload at V6NF_UDP_PAYLOAD.
 * length: bytes of payload, 0 to 65527; v6nf_udp_max_length() at most.
 * capacity: bytes of `frame`.
 * message: not in `frame`.
 * frame_length: set to the length of the frame to transmit, 0 for none. The frame may be a Neighbor Solicitation. If
 * config.checksums has V6NF_PORT_INSERTS, the length of a datagram that leaves at once, whole and to a unicast address
 * has V6NF_PORT_CHECKSUM_PARTIAL: give it to a port with that. All others have their checksum.
 * now: microseconds, monotonic.
 * Return V6NF_SEND_SENT or V6NF_SEND_WAITS, or an error. A datagram that waits and is lost is reported to the handler
 * of v6nf_udp_on_error().
 * Errors: V6NF_SEND_NOT_ALLOWED for port 0, or without_checksum if the port may not or the destination is multicast.
 * V6NF_SEND_TOO_LONG, also if it does not fit `frame`. V6NF_SEND_NO_SOURCE, V6NF_SEND_NO_ROUTE, V6NF_SEND_NO_BUFFER.
 * A datagram to an address of the node itself is received in the next v6nf_node_tick() (V6NF_LOOPBACK).
 * The flow label is a hash of addresses and ports (RFC 6437, 3); the reply of a handler has label 0.
 * Context: the loop, UDP handlers. */
enum v6nf_send_status v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t length, uint32_t capacity,
                                    const struct v6nf_udp_message *message, uint32_t *frame_length, uint64_t now);

/* Return the longest payload that v6nf_udp_send() accepts, in bytes, in fragments if necessary.
 * Context: the loop, UDP handlers. */
uint32_t v6nf_udp_max_length(const struct v6nf_node *node);

#if V6NF_UDP_ZERO_CHECKSUM
/* Set the directions in which datagrams of `port` may have no checksum (RFC 6935, RFC 6936).
 * port: host byte order, bound.
 * directions: V6NF_UDP_RECEIVE and V6NF_UDP_SEND; 0, the default of a bound port, for none.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID if the port is not bound, or for other directions.
 * Datagrams to groups and anycast addresses must have a checksum. Datagrams with a checksum are always accepted.
 * Context: the loop, UDP handlers.
 *
 * This is for tunnels whose packets have checksums of their own. Addresses, ports and length of such a datagram may be
 * wrong: it may have been sent to another host or port. A program that allows it must (RFC 6936, 5; RFC 8085, 3.4.1)
 * - first drop each datagram that is not from the address and port configured as the tunnel's other end;
 * - change no state for a datagram that may be damaged;
 * - carry only what detects damage itself, including damage to its own headers;
 * - send the tunnel's control messages with a checksum;
 * - send datagrams that fit the path MTU, because nothing detects fragments that were joined wrongly;
 * - detect whether they arrive, because middleboxes may drop them, and otherwise send with checksums. */
enum v6nf_status v6nf_udp_allow_no_checksum(struct v6nf_node *node, uint16_t port, uint32_t directions);
#endif

#ifdef __cplusplus
}
#endif

#endif
