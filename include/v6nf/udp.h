/* udp.h: UDP (RFC 768) on a node: bind a port, handle datagrams and errors, send. The header is wire/udp.h. */
#ifndef V6NF_UDP_H
#define V6NF_UDP_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "status.h"
#include "wire/address.h"

struct v6nf_node;

/* A received datagram, in place. The handler writes only to the payload, to `unchanged` and to `without_checksum`. */
struct v6nf_udp_datagram {
    uint8_t *payload;           /* the handler writes the reply here */
    uint32_t length;            /* bytes received */
    uint32_t capacity;          /* the most bytes a reply may have */
    const uint8_t *source;      /* 16 bytes each, in the packet */
    const uint8_t *destination;
    uint16_t source_port;
    uint16_t destination_port;
    uint64_t now;
    /* The handler may set this if it replies with exactly the bytes that came: the checksum that was verified then goes
     * back unchanged, and is not computed again. */
    bool unchanged;
    /* It came without a checksum, which the port may allow: see v6nf_udp_allow_no_checksum(). Then the reply has none either,
     * if the port may send so and the handler does not make this false. */
    bool without_checksum;
};

/* What a handler returns to send nothing. */
#define V6NF_UDP_NO_REPLY UINT32_MAX

/* Handles a datagram and returns how many bytes of datagram->payload go back to its sender: at most datagram->capacity, or
 * V6NF_UDP_NO_REPLY. */
typedef uint32_t v6nf_udp_handler(void *context, struct v6nf_udp_datagram *datagram);

/* An ICMPv6 error about a datagram that was sent from the port (RFC 4443, 2.4 (d); RFC 8085, 5.2). It is no proof: whoever
 * knows addresses and ports can make one. */
struct v6nf_udp_error {
    uint8_t type;           /* of the message (icmpv6.h): Destination Unreachable, Packet Too Big, ... */
    uint8_t code;
    uint32_t parameter;     /* Packet Too Big: the MTU; Parameter Problem: the pointer, from the IPv6 header on */
    const uint8_t *source;  /* who says so, 16 bytes; the node's own address where it found by itself that the neighbor
                             * does not answer: Destination Unreachable, V6NF_ICMPV6_ADDRESS_UNREACHABLE */
    const uint8_t *local;   /* the datagram's source and destination, 16 bytes each */
    const uint8_t *remote;
    uint16_t local_port;    /* in host byte order */
    uint16_t remote_port;
    const uint8_t *payload; /* the datagram's first `length` bytes, as far as they are known; NULL if none is */
    uint32_t length;
};

/* Is told of an error. What it points to is good until it returns; it calls nothing that changes the node. */
typedef void v6nf_udp_error_handler(void *context, const struct v6nf_udp_error *error);

/* Directions, to be added up. */
#define V6NF_UDP_RECEIVE 1u
#define V6NF_UDP_SEND 2u

/* Where in a frame the payload of a UDP datagram starts that v6nf_udp_send() is to send. */
#define V6NF_UDP_PAYLOAD 62u

/* Has `handler` handle the datagrams to UDP port `port`, in host byte order. NULL closes the port. V6NF_INVALID for port 0,
 * V6NF_EXISTS if the port has a handler, V6NF_FULL. */
enum v6nf_status v6nf_udp_bind(struct v6nf_node *node, uint16_t port, v6nf_udp_handler *handler, void *context);

/* Has `handler` told of ICMPv6 errors about datagrams that were sent from `port`, and of those whose neighbor does not
 * answer, with the context that was given to v6nf_udp_bind(). NULL: of none, as at first. V6NF_INVALID if the port has no
 * handler. */
enum v6nf_status v6nf_udp_on_error(struct v6nf_node *node, uint16_t port, v6nf_udp_error_handler *handler);

/* Sends the `length` bytes at frame + V6NF_UDP_PAYLOAD, in a buffer of `capacity` bytes, as a UDP datagram from
 * `source_port` to `destination` and `destination_port` (neither 0), in host byte order. Returns how many bytes of the
 * frame leave; 0 if the datagram waits for address resolution or was dropped, which the counters tell. `destination` is
 * not in the frame. The flow label is that of the addresses and ports (RFC 6437, 3); a handler's reply has label 0. */
uint32_t v6nf_udp_send(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length, uint16_t source_port,
                       const struct v6nf_address *destination, uint16_t destination_port, uint64_t now);

#if V6NF_UDP_ZERO_CHECKSUM
/* Says in which directions datagrams of `port` may have no checksum (RFC 6935, RFC 6936): none at first, or since the port was
 * bound. Those to groups and anycast addresses never may, and ones with a checksum are always taken. V6NF_INVALID if the port has no
 * handler, or for other directions.
 *
 * This is for tunnels whose packets have checksums of their own. Addresses and ports of such a datagram, and its length, may
 * be wrong: another's may come here. So a program that allows it (RFC 6936, 5; RFC 8085, 3.4.1)
 * - drops what is not from an address and port that it was told of as the tunnel's other end, before it looks further, and
 *   changes no state for a datagram that may be damaged;
 * - carries only what detects damage itself, its own headers included, and sends what controls the tunnel with a checksum;
 * - sends datagrams that fit the path MTU: nothing finds wrongly joined fragments;
 * - finds out whether they arrive, as middleboxes may drop them, and otherwise sends with checksums. */
enum v6nf_status v6nf_udp_allow_no_checksum(struct v6nf_node *node, uint16_t port, uint32_t directions);

/* Does what v6nf_udp_send() does, but sends without a checksum. Dropped and counted (V6NF_DROP_UDP_CHECKSUM_ZERO) unless
 * `source_port` may. */
uint32_t v6nf_udp_send_without_checksum(struct v6nf_node *node, uint8_t *frame, uint32_t capacity, uint32_t length,
                                        uint16_t source_port, const struct v6nf_address *destination,
                                        uint16_t destination_port, uint64_t now);
#endif

#endif
