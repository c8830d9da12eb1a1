/* icmpv6_error.h: ICMPv6 errors about packets that pass through, as a router or a firewall sends them (RFC 4443, 2.4).
 *
 * The frame becomes the error, in place, for the link that it was received from. v6nf_icmpv6_error_answer() asks
 * whether an error is permitted (2.4 (e)), asks the rate limit (2.4 (f)), and writes it (2.4 (c)). The other functions
 * are its steps. A node sends its own errors itself.
 * Context: any. */
#ifndef V6NF_NF_ICMPV6_ERROR_H
#define V6NF_NF_ICMPV6_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "../table/hash.h"
#include "../table/siphash.h"
#include "../wire/icmpv6.h"
#include "chain.h"
#include "token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_ICMPV6_LIMIT_SECRET_SIZE V6NF_SIPHASH_KEY_SIZE /* bytes of the secret of a rate limit */

/* An error to send. */
struct v6nf_icmpv6_error {
    uint8_t type;          /* ICMPv6 type, V6NF_ICMPV6_DESTINATION_UNREACHABLE to V6NF_ICMPV6_PARAMETER_PROBLEM */
    uint8_t code;          /* ICMPv6 code */
    uint8_t hop_limit;     /* of the error, usually 64 */
    uint32_t parameter;    /* MTU of Packet Too Big, pointer of Parameter Problem, otherwise 0 */
    const uint8_t *source; /* 16 bytes, not in the frame: a unicast address of the interface (RFC 4443, 2.2) */
    const uint8_t *mac;    /* 6 bytes, not in the frame: the interface's MAC address */
};

/* Rates of a limit, for all errors and for those to one /64, of which a host can use any address. */
struct v6nf_icmpv6_rates {
    uint32_t rate;         /* errors per second on average */
    uint32_t burst;        /* errors at one time */
    uint32_t source_rate;  /* errors per second to one /64 on average; less than `rate` */
    uint32_t source_burst; /* errors to one /64 at one time; less than half of `burst` */
};

/* Rate limit of the errors of an interface or a router. The counters are for reading. */
struct v6nf_icmpv6_limit {
    struct v6nf_token_bucket_limit all;    /* limit of `bucket` */
    struct v6nf_token_bucket_limit each;   /* limit of each of `sources` */
    struct v6nf_token_bucket bucket;       /* of all errors */
    struct v6nf_token_bucket *sources;     /* of the caller: buckets that prefixes share by their hash */
    uint32_t count;                        /* number of `sources` */
    uint32_t half;                         /* half of the burst of all errors, at least 1 */
    uint64_t draws;                        /* random numbers drawn */
    uint64_t sent;                         /* errors written */
    uint64_t forbidden;                    /* packets about which no error may be sent */
    uint64_t limited;                      /* errors that the rate limit has refused */
    uint64_t no_capacity;                  /* errors that did not fit into the buffer */
    struct v6nf_hash_key hash_key;         /* chooses the bucket of a prefix */
    uint8_t secret[V6NF_SIPHASH_KEY_SIZE]; /* of random numbers */
};

/* Initialize a rate limit, with full buckets.
 * limit: any contents.
 * sources: count buckets; owned by the caller, used as long as the limit. More buckets: fewer prefixes share one.
 * count: number of `sources`, at least 1.
 * rates: used during the call only.
 * secret: V6NF_ICMPV6_LIMIT_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy(). With it, no host can choose
 * prefixes that share the bucket of another one.
 * now: microseconds, monotonic.
 * Return false if `count` is 0: the limit then refuses all errors. */
bool v6nf_icmpv6_limit_init(struct v6nf_icmpv6_limit *limit, struct v6nf_token_bucket *sources, uint32_t count,
                            const struct v6nf_icmpv6_rates *rates, const uint8_t *secret, uint64_t now);

/* Ask whether an error may be sent now (RFC 4443, 2.4 (f)), and take its tokens. v6nf_icmpv6_error_answer() alone
 * counts.
 * The bucket of all errors must have a token. Below half of its burst, chance decides, so that no host can count the
 * errors that are sent to others. The bucket of the /64 must have one, so that one /64 cannot use up what all share. A
 * site with many of them can: then chance decides for all.
 * limit: initialized.
 * destination: 16 bytes, of the error.
 * now: microseconds, monotonic.
 * Return false if the error must not be sent. */
bool v6nf_icmpv6_limit_take(struct v6nf_icmpv6_limit *limit, const uint8_t *destination, uint64_t now);

/* Return true if an error of this type and code may be sent about a packet (RFC 4443, 2.4 (e)): not about errors,
 * Redirects, packets from the unspecified address, and packets whose headers cannot be read; about packets to a group
 * only Packet Too Big and Parameter Problem, code 2; about a later fragment only Packet Too Big, because the first
 * fragment has the same fate; about an incomplete first fragment only Parameter Problem, code 3 (RFC 7112, 5).
 * frame: chain->packet_end bytes, with its Ethernet header.
 * chain: of the packet, by v6nf_chain_read().
 * type: ICMPv6 type.
 * code: ICMPv6 code. About a packet to a group, Parameter Problem with code 2 is for options whose type begins with 10
 * alone: the caller checks it. */
bool v6nf_icmpv6_error_is_permitted(const uint8_t *frame, const struct v6nf_chain *chain, uint8_t type, uint8_t code);

/* Write an error about a packet over it. It quotes as much as fits the minimum MTU and the buffer (RFC 4443, 2.4 (c)).
 * VLAN tags remain. It is for the station that the frame was received from.
 * error: of the packet.
 * frame: capacity bytes, with the packet.
 * capacity: bytes of the buffer.
 * chain: of the packet, by v6nf_chain_read(), with an end from which v6nf_icmpv6_error_is_permitted() permits errors.
 * Return the length of the frame, 0 if less than the header of the packet fits. */
uint32_t v6nf_icmpv6_error_write(const struct v6nf_icmpv6_error *error, uint8_t *frame, uint32_t capacity,
                                 const struct v6nf_chain *chain);

/* Answer a packet with an error, if one is permitted, within the rate limit and the buffer. The result is counted in
 * `limit`.
 * limit: initialized.
 * error: of the packet.
 * frame: capacity bytes, with the packet.
 * capacity: bytes of the buffer.
 * chain: of the packet, by v6nf_chain_read().
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit on the link that the packet was received from, 0 if none. */
uint32_t v6nf_icmpv6_error_answer(struct v6nf_icmpv6_limit *limit, const struct v6nf_icmpv6_error *error,
                                  uint8_t *frame, uint32_t capacity, const struct v6nf_chain *chain, uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
