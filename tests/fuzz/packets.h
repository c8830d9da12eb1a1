/* packets.h: builders of the packets that a node receives: headers, extension headers, an upper layer, and a correct
 * checksum. */
#ifndef PACKETS_H
#define PACKETS_H

#include "choices.h"

struct building {
    uint8_t bytes[FRAME_MAX]; /* a frame, from the Ethernet header on */
    uint32_t length;
    uint32_t next_header_at; /* offset of the Next Header field of the last header */
    uint32_t cut_at;         /* offset of the fragmentable part */
    uint32_t cut_next_header_at;
    uint32_t upper; /* offset of the upper layer, 0 if there is none yet */
};

extern struct building built;

/* -- Bytes: omitted past the end of the buffer --------------------------------------------------------------------- */

void put(const void *bytes, uint32_t length);
void put8(uint32_t value);
void put16(uint32_t value);
void put32(uint32_t value);
void put_filler(uint32_t length);

/* -- Headers ------------------------------------------------------------------------------------------------------- */

/* Put the Ethernet and the IPv6 header. */
void begin(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit);

/* Put up to three extension headers, rarely more than the node reads. Then as many again behind the offset of a
 * Fragment header. */
void put_headers(void);

/* Begin the upper layer, with Next Header `kind`. */
void begin_upper(uint8_t kind);

/* Put the headers of begin() and an ICMPv6 header, without extension headers. */
void begin_icmpv6(const uint8_t *source, const uint8_t *destination, uint8_t hop_limit, uint8_t type, uint8_t code);

/* Set the Payload Length and the checksum. */
void finish(void);

/* -- Delivery to the node: deliver.c ------------------------------------------------------------------------------- */

/* Deliver the built packet in one frame, perhaps damaged. */
void deliver(uint64_t now);

/* Deliver the built packet in fragments: in order or in reverse, perhaps with one missing, repeated or overlapping. */
void deliver_fragments(uint64_t now);

/* Deliver the bytes unchanged. */
void deliver_bytes(const uint8_t *bytes, uint32_t length, uint64_t now);

/* -- Messages ------------------------------------------------------------------------------------------------------ */

/* Return the latest frame that the node sent, or the one `back` frames before it. NULL if it has sent fewer. */
#define SENT_FRAMES 8u
const uint8_t *frame_sent(uint32_t back, uint32_t *length);

/* Number of frames that it has sent since the last link-up or change of its Ethernet address. */
extern uint32_t frames_since_link;

/* messages.c: each builds one complete message. */
void build_echo(void);
void build_datagram(void);
void build_unknown(void);
void build_error(void);
extern bool quotation_is_foreign; /* true if the last built error quotes TCP, which the node never sends */
void build_query(void);
void build_reply(void); /* an Echo Reply to a request of the node */

/* messages_ndp.c */
void build_solicitation(void);
void build_advertisement(void);
void build_router_advertisement(void);
void build_router_solicitation(void);
void build_redirect(void);
void build_answer(const uint8_t *solicitation); /* as the solicited host answers */

/* messages_dhcpv6.c */
void build_dhcpv6(void);

#endif
