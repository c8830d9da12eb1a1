/* packets.h: packets that a node receives, built from the IPv6 header on: a chain of extension headers, an upper layer, and a right
 * checksum at the end. */
#ifndef PACKETS_H
#define PACKETS_H

#include "choices.h"

struct building {
    uint8_t bytes[FRAME_MAX]; /* a frame, from the Ethernet header on */
    uint32_t length;
    uint32_t next_header_at; /* the Next Header field that says what comes next */
    uint32_t cut_at;         /* the first byte that is not in every fragment */
    uint32_t cut_next_header_at;
    uint32_t upper;          /* 0 before there is an upper layer */
};

extern struct building built;

/* -- Bytes: past the end of the buffer they are left out ------------------------------------------------------------- */

void put(const void *bytes, uint32_t length);
void put8(uint32_t value);
void put16(uint32_t value);
void put32(uint32_t value);
void put_filler(uint32_t length);

/* -- Headers ---------------------------------------------------------------------------------------------------------- */

/* Ethernet and IPv6 header. */
void begin(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit);

/* Up to three extension headers, and in few cases more than are read; then, behind the place of a Fragment header, as many again. */
void put_headers(void);

/* The upper layer begins, with Next Header `kind`. */
void begin_upper(uint8_t kind);

/* begin(), and an ICMPv6 header without extension headers. */
void begin_icmpv6(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit, uint8_t type, uint8_t code);

/* Payload Length and checksum. */
void finish(void);

/* -- Ways to the node: deliver.c -------------------------------------------------------------------------------------- */

/* Hand in the packet that is built, perhaps with a fault, in one frame. */
void deliver(uint64_t now);

/* Hand it in in fragments: in order, in reverse, twice, with one left out or overlapping. */
void deliver_fragments(uint64_t now);

/* Hand in these bytes as they are. */
void deliver_bytes(const uint8_t *bytes, uint32_t length, uint64_t now);

/* -- Messages --------------------------------------------------------------------------------------------------------- */

/* What the node sent last, the latest first; NULL if it has not sent so many. */
#define SENT_FRAMES 8u
const uint8_t *frame_sent(uint32_t back, uint32_t *length);

/* How many it has sent since the link was last up, or has its Ethernet address. */
extern uint32_t frames_since_link;

/* messages.c: each builds one message, finished. */
void build_echo(void);
void build_datagram(void);
void build_unknown(void);
void build_error(void);
extern bool quotation_is_foreign; /* in the error that was built last: of TCP, which the node does not speak */
void build_query(void);
void build_reply(void); /* an Echo Reply to what the node sent */

/* messages_ndp.c */
void build_solicitation(void);
void build_advertisement(void);
void build_router_advertisement(void);
void build_redirect(void);
void build_answer(const uint8_t *solicitation); /* by who was asked, as a host answers */

/* messages_dhcpv6.c */
void build_dhcpv6(void);

#endif
