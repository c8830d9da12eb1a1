/* answer.h: ICMPv6 errors of a network function without an address, to the interface that a packet was received from.
 *
 * The source of an error is the destination of the packet, because the function has no address. The station that sent
 * the frame gets it from the station that the frame was for. DEVIATION: an error comes from an address of the node that
 * sends it (RFC 4443, 2.2).
 * A function that answers defines NF_ANSWERS as 1. */
#ifndef EXAMPLES_NF_ANSWER_H
#define EXAMPLES_NF_ANSWER_H

#include <stdint.h>

#include "v6nf/nf/icmpv6_error.h"

#define ANSWER_SOURCES 64u /* buckets of /64 prefixes, which share them by their hash */

/* The errors of an agent. */
struct answers {
    struct v6nf_icmpv6_limit limit; /* 100 errors per second, 10 of them to one /64 */
    struct v6nf_token_bucket sources[ANSWER_SOURCES];
};

/* Initialize the rate limit. The clock may begin at any time.
 * secret: NF_SECRET_SIZE bytes of nf_start(). */
void answer_start(struct answers *answers, const uint8_t *secret);

/* Answer a packet with an error, in place, if one is permitted and within the rate limit (icmpv6_error.h).
 * type, code, parameter: of the error, as struct v6nf_icmpv6_error has them.
 * frame: capacity bytes, with the packet as it was received.
 * length: bytes of the frame.
 * now: microseconds, monotonic.
 * Return the length of the frame for output NF_BACK, 0 if none. */
uint32_t answer_packet(struct answers *answers, uint8_t type, uint8_t code, uint32_t parameter, uint8_t *frame,
                       uint32_t length, uint32_t capacity, uint64_t now);

#endif
