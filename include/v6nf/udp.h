/* udp.h: UDP (RFC 768) on a node: bind a port, handle datagrams and errors, send. The header is wire/udp.h. */
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
    uint64_t now;               /* the time that v6nf_node_input() was given, in microseconds */
    /* Initially false. Set it if the reply is exactly the bytes received. The verified checksum is then sent again, and
     * not computed. */
    bool unchanged;
    /* True if the datagram has no checksum, which the port must allow: see v6nf_udp_allow_no_checksum(). The reply then
     * has none either, if the port may send so. Set it to false for a reply with a checksum. */
    bool without_checksum;
};

/* Result of a handler that sends no reply. */
#define V6NF_UDP_NO_REPLY UINT32_MAX

/* Handle a datagram.
 * context: the pointer given to v6nf_udp_bind().
 * datagram: valid until the handler returns.
 * Return the bytes of datagram->payload to send back, 0 to datagram->capacity; V6NF_UDP_NO_REPLY for none.
 * Errors: a longer reply, or one to port 0, is dropped (V6NF_DROP_UDP_REPLY).
 * Context: v6nf_node_input(). The handler may bind, join, configure addresses and send, with another frame buffer. It
 * must not call v6nf_node_init(), v6nf_node_link_up(), v6nf_node_input() or v6nf_node_tick() for this node. */
typedef uint32_t v6nf_udp_handler(void *context, struct v6nf_udp_datagram *datagram);

/* An ICMPv6 error about a datagram that the port sent (RFC 4443, 2.4 (d); RFC 8085, 5.2). It proves nothing: any host
 * that knows addresses and ports can send one. */
struct v6nf_udp_error {
    uint8_t type;           /* ICMPv6 type (wire/icmpv6.h): Destination Unreachable, Packet Too Big, ... */
    uint8_t code;           /* ICMPv6 code */
    uint32_t parameter;     /* Packet Too Big: the MTU; Parameter Problem: the pointer, from the IPv6 header on */
    /* Sender of the error, 16 bytes. The node's own address if its neighbor did not answer. The error is then
     * Destination Unreachable, V6NF_ICMPV6_ADDRESS_UNREACHABLE. */
    const uint8_t *source;
    const uint8_t *local;   /* source address of the datagram, 16 bytes */
    const uint8_t *remote;  /* destination address of the datagram, 16 bytes */
    uint16_t local_port;    /* source port of the datagram, host byte order */
    uint16_t remote_port;   /* destination port of the datagram, host byte order */
    const uint8_t *payload; /* first bytes of the datagram's data, as far as the error quotes them; NULL for none */
    uint32_t length;        /* bytes at `payload` */
};

/* Handle an error.
 * context: the pointer given to v6nf_udp_bind().
 * error: valid until the handler returns, with all that it points to.
 * Context: v6nf_node_input(), v6nf_node_tick(). The handler must not change the node: no call that takes a pointer to a
 * node that is not const. */
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

/* Register `handler` for ICMPv6 errors about datagrams sent from `port`, and for destinations that do not answer
 * address resolution (RFC 8085, 5.2).
 * port: host byte order, bound.
 * handler: called with the context given to v6nf_udp_bind(). NULL (default) disables it.
 * Return V6NF_OK, or an error.
 * Errors: V6NF_INVALID if the port is not bound.
 * Context: the loop, UDP handlers. */
enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler);

/* Send a UDP datagram (RFC 768).
 * frame: capacity bytes, owned by the program; payload at V6NF_UDP_PAYLOAD.
 * capacity: bytes of `frame`, at least V6NF_UDP_PAYLOAD + length.
 * length: bytes of payload, 0 to 65527.
 * source_port, destination_port: host byte order, not 0.
 * destination: unicast or multicast address, not in `frame`.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 for none.
 * Errors: V6NF_DROP_MTU, V6NF_DROP_CAPACITY, V6NF_DROP_UDP_PORT, V6NF_DROP_NO_SOURCE, V6NF_DROP_NO_ROUTE,
 * V6NF_DROP_NO_NEIGHBOR, V6NF_DROP_WAITING_SIZE, V6NF_DROP_FRAGMENTATION_FULL.
 * The frame may be a Neighbor Solicitation: the datagram then waits in the node (V6NF_KEPT).
 * The flow label is a hash of addresses and ports (RFC 6437, 3); the reply of a handler has label 0.
 * Context: the loop, UDP handlers. */
uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now);

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

/* Send a UDP datagram without a checksum (RFC 6935, 5).
 * frame: capacity bytes, owned by the program; payload at V6NF_UDP_PAYLOAD.
 * capacity: bytes of `frame`, at least V6NF_UDP_PAYLOAD + length.
 * length: bytes of payload, 0 to 65527.
 * source_port, destination_port: host byte order, not 0.
 * destination: unicast address, not in `frame`.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit, 0 for none.
 * Errors: V6NF_DROP_UDP_CHECKSUM_ZERO unless v6nf_udp_allow_no_checksum() allows it for `source_port`, and those of
 * v6nf_udp_send().
 * Context: the loop, UDP handlers. */
uint32_t v6nf_udp_send_without_checksum(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                                        uint16_t source_port, const struct v6nf_address *destination,
                                        uint16_t destination_port, uint64_t now);
#endif

#ifdef __cplusplus
}
#endif

#endif
