/* siit.h: stateless translation of IPv6 packets to IPv4, and back (RFC 7915), with addresses that contain IPv4
 * addresses (RFC 6052), and a list of pairs of addresses (RFC 7757, host mappings only).
 *
 * The packet is translated in place, and with it what an ICMP error quotes. It keeps its offset in the frame. The two
 * bytes before it are the EtherType, and follow. The caller writes the MAC addresses.
 * A packet is translated as a whole, or not changed at all. It fails closed: what cannot be read is dropped.
 * A wrong checksum of an upper layer remains wrong. A header checksum of IPv4, and the checksum of an ICMP error, whose
 * data changes, must be right.
 *
 * DEVIATION: a packet that does not fit and may be fragmented is answered by Fragmentation Needed, because a frame
 * cannot become two; the sender then fragments. RFC 7915, 4.1 says SHOULD.
 * DEVIATION: extensions of ICMP errors (RFC 4884) are removed: their addresses and lengths are those of the other
 * protocol.
 * DEVIATION: protocols of IPv4 that are extension headers of IPv6, and ICMP of the other version, are refused: nothing
 * behind them is translated or checked.
 * Hairpinning (RFC 7757, 4) is not supported.
 * Context: any; a translator is used by one thread. */
#ifndef V6NF_NF_SIIT_H
#define V6NF_NF_SIIT_H

#include <stdbool.h>
#include <stdint.h>

#include "../table/hash.h"
#include "../wire/address.h"
#include "chain.h"
#include "token_bucket.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_SIIT_PAIRS_MAX 64u                     /* maximum number of pairs of addresses */
#define V6NF_SIIT_IPV4_SIZE 4u                      /* bytes of an IPv4 address */
#define V6NF_SIIT_SECRET_SIZE V6NF_HASH_SECRET_SIZE /* bytes of the secret of a translator */
#define V6NF_SIIT_GROWTH_MAX 28u                    /* bytes that a packet grows by at most: headers, fragment */
#define V6NF_SIIT_MTU4_MIN 1260u                    /* minimum MTU on the IPv4 side (RFC 7915, 5) */
#define V6NF_SIIT_ETHER_TYPE_IPV4 0x0800u           /* EtherType of IPv4 (RFC 894) */

/* An IPv4 address and its IPv6 address. */
struct v6nf_siit_pair {
    uint8_t ipv4[V6NF_SIIT_IPV4_SIZE]; /* most significant byte first */
    struct v6nf_address ipv6;          /* the only one of this IPv4 address */
};

/* Configuration of a translator. Copied by v6nf_siit_init(), but for the pairs. */
struct v6nf_siit_config {
    struct v6nf_address prefix;          /* of IPv6 addresses that contain IPv4 addresses; zero after its bits */
    uint32_t prefix_length;              /* bits: 32, 40, 48, 56, 64 or 96 (RFC 6052, 2.2) */
    uint8_t pool[V6NF_SIIT_IPV4_SIZE];   /* IPv4 addresses of IPv6 hosts, in addition to those of pairs */
    uint32_t pool_length;                /* bits of the pool; 0: any address */
    uint8_t router[V6NF_SIIT_IPV4_SIZE]; /* source of IPv4 errors, also of IPv6 routers without one (RFC 6791) */
    const struct v6nf_siit_pair *pairs;  /* of the caller, used as long as the translator; may be NULL */
    uint32_t pairs_count;                /* at most V6NF_SIIT_PAIRS_MAX */
    uint32_t mtu6;                       /* of the link on the IPv6 side, V6NF_IPV6_MTU_MIN to 65535 */
    uint32_t mtu4;                       /* of the link on the IPv4 side, V6NF_SIIT_MTU4_MIN to 65515 */
    uint32_t lowest_mtu6;                /* lowest MTU in the IPv6 network, V6NF_IPV6_MTU_MIN to mtu6 (RFC 7915, 4.1) */
    bool keeps_hop_limit;                /* another router decrements the Hop Limit and Time to Live */
    bool clears_traffic_class;           /* write 0 for the Traffic Class and Type of Service */
    bool computes_udp_checksum;          /* of IPv4 datagrams without one; otherwise refuse them (RFC 7915, 4.5) */
};

/* A translator. The fields are for reading: only the library writes them. */
struct v6nf_siit {
    struct v6nf_siit_config config; /* of v6nf_siit_init() */
    uint32_t pool_mask;             /* in host byte order */
    uint32_t identification;        /* counts packets without Fragment header */
    bool is_well_known;             /* the prefix is 64:ff9b::/96: no private addresses (RFC 6052, 3.1) */
    bool is_ready;                  /* initialized: otherwise everything is refused */
    struct v6nf_hash_key hash_key;  /* of Identifications */
};

/* What a translation did. */
enum v6nf_siit_result {
    V6NF_SIIT_TRANSLATED, /* the packet was translated: write the MAC addresses, and transmit `length` bytes of the
                           * frame on the other side */
    V6NF_SIIT_OTHER,      /* nothing: the destination has no counterpart. The packet is not for the translator: handle
                           * it in another way, or drop it */
    V6NF_SIIT_ERROR,      /* nothing: answer with an error, which is for the side that the packet was received from:
                           * an IPv6 packet by v6nf_icmpv6_error_answer(), with `type`, `code`, `parameter` and `chain`,
                           * an IPv4 packet by v6nf_siit_error_answer(). If that returns 0, drop the packet */
    V6NF_SIIT_DROPPED     /* nothing: drop the packet silently */
};

/* Why a packet was not translated. */
enum v6nf_siit_reason {
    V6NF_SIIT_NO_REASON,        /* it was translated */
    V6NF_SIIT_MALFORMED,        /* a header cannot be read, or a length or a checksum is wrong */
    V6NF_SIIT_NO_ADDRESS,       /* an address has no counterpart */
    V6NF_SIIT_ILLEGAL_ADDRESS,  /* an address that no packet has on the other side */
    V6NF_SIIT_EXPIRED,          /* the Hop Limit or Time to Live */
    V6NF_SIIT_SOURCE_ROUTE,     /* a source route that has not ended */
    V6NF_SIIT_UNSUPPORTED,      /* an extension header or a protocol that is not translated */
    V6NF_SIIT_ICMP_UNSUPPORTED, /* an ICMP message without a counterpart */
    V6NF_SIIT_ICMP_FRAGMENT,    /* a fragment of an ICMP message (RFC 7915, 1.2) */
    V6NF_SIIT_NO_CHECKSUM,      /* a UDP datagram without checksum */
    V6NF_SIIT_TOO_BIG,          /* the packet would exceed the MTU */
    V6NF_SIIT_NO_CAPACITY,      /* it would exceed the buffer */
    V6NF_SIIT_REASONS           /* number of reasons */
};

/* Outcome of a translation. */
struct v6nf_siit_outcome {
    enum v6nf_siit_result result; /* what was done */
    enum v6nf_siit_reason reason; /* why it was not translated */
    uint32_t length;              /* of the translated frame; 0 if the packet was not translated */
    uint8_t type;                 /* of the error: ICMPv6 about an IPv6 packet, ICMP about an IPv4 packet */
    uint8_t code;                 /* of the error */
    uint32_t parameter;           /* of the error: MTU or pointer, as struct v6nf_icmpv6_error has it */
    struct v6nf_chain chain;      /* of an IPv6 packet with an error, for v6nf_icmpv6_error_answer() */
};

/* Initialize a translator.
 * siit: any contents.
 * config: see there.
 * secret: V6NF_SIIT_SECRET_SIZE unpredictable bytes, from v6nf_env_entropy().
 * Return false if a field is out of range, if the prefix is multicast or link-local, or has bits after its length or in
 * bits 64 to 71 (RFC 6052, 2.2), or if the router address is not one of a host. All packets are dropped then. */
bool v6nf_siit_init(struct v6nf_siit *siit, const struct v6nf_siit_config *config, const uint8_t *secret);

/* Write the IPv6 address of an IPv4 address: that of its pair, otherwise one of the prefix (RFC 6052, 2.3).
 * siit: initialized.
 * ipv6: 16 bytes, the result.
 * ipv4: 4 bytes.
 * Return false if there is none: the prefix is 64:ff9b::/96, and the address is not global (RFC 6052, 3.1). */
bool v6nf_siit_map_ipv4(const struct v6nf_siit *siit, uint8_t *ipv6, const uint8_t *ipv4);

/* Write the IPv4 address of an IPv6 address. One with bits after the IPv4 address has none, because
 * the way back would lead to another one.
 * siit: initialized.
 * ipv4: 4 bytes, the result.
 * ipv6: 16 bytes.
 * Return false if there is none. */
bool v6nf_siit_map_ipv6(const struct v6nf_siit *siit, uint8_t *ipv4, const uint8_t *ipv6);

/* Return true if IPv6 hosts have this IPv4 address: it is in the pool or in a pair.
 * siit: initialized.
 * ipv4: 4 bytes. */
bool v6nf_siit_is_inside(const struct v6nf_siit *siit, const uint8_t *ipv4);

/* Translate an IPv6 packet to IPv4 (RFC 7915, 5).
 * siit: initialized.
 * outcome: the result.
 * frame: length bytes. The packet never grows: it becomes 20 bytes shorter at least, an ICMP error 40 bytes.
 * offset: of the IPv6 header in the frame, at least V6NF_ETHER_HEADER_SIZE.
 * length: bytes of the frame, with link padding.
 * Return outcome->result. */
enum v6nf_siit_result v6nf_siit_to_ipv4(struct v6nf_siit *siit, struct v6nf_siit_outcome *outcome, uint8_t *frame,
                                        uint32_t offset, uint32_t length);

/* Translate an IPv4 packet to IPv6 (RFC 7915, 4).
 * siit: initialized.
 * outcome: the result.
 * frame: capacity bytes.
 * offset: of the IPv4 header in the frame, at least V6NF_ETHER_HEADER_SIZE.
 * length: bytes of the frame, with link padding.
 * capacity: bytes of the buffer, at least `length`. A packet grows by at most V6NF_SIIT_GROWTH_MAX bytes, an ICMP error
 * by twice as many.
 * Return outcome->result. */
enum v6nf_siit_result v6nf_siit_to_ipv6(struct v6nf_siit *siit, struct v6nf_siit_outcome *outcome, uint8_t *frame,
                                        uint32_t offset, uint32_t length, uint32_t capacity);

/* Answer an IPv4 packet with an ICMP error, in place, if one is permitted (RFC 1122, 3.2.2) and the bucket has a token:
 * not about ICMP errors, unknown ICMP messages, later fragments, groups, broadcasts, and sources that are not a host.
 * siit: initialized.
 * outcome: of v6nf_siit_to_ipv6(), with V6NF_SIIT_ERROR.
 * bucket: initialized; an error takes as many tokens as a packet of one byte.
 * limit: of `bucket`, in errors instead of bytes: v6nf_token_bucket_set_limit() with errors per second, and errors at
 * one time.
 * frame: capacity bytes, with the packet as it was received. The error is for the station that it was received from.
 * offset: of the IPv4 header in the frame, at least V6NF_ETHER_HEADER_SIZE.
 * length: bytes of the frame.
 * capacity: bytes of the buffer.
 * mac: 6 bytes, of the interface on the IPv4 side.
 * now: microseconds, monotonic.
 * Return the length of the frame to transmit on the IPv4 side, 0 if none. */
uint32_t v6nf_siit_error_answer(const struct v6nf_siit *siit, const struct v6nf_siit_outcome *outcome,
                                struct v6nf_token_bucket *bucket, const struct v6nf_token_bucket_limit *limit,
                                uint8_t *frame, uint32_t offset, uint32_t length, uint32_t capacity, const uint8_t *mac,
                                uint64_t now);

#ifdef __cplusplus
}
#endif

#endif
