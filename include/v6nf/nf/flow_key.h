/* flow_key.h: the flow of a packet as a key of 40 bytes, for v6nf_hash_map_find_sized().
 *
 * An ICMPv6 error belongs to the flow of the packet that it quotes. Its key is that of a packet of this flow in the
 * direction of the error: from the destination of the quoted packet to its source. Behind an Authentication Header, an
 * error belongs to the flow of that header. A later fragment has no ports. Its key names the fragmented packet, with
 * its source and destination, also if an error quotes it: v6nf_flow_key_fragment() writes the same one for the first
 * fragment.
 * The destination is that of the IPv6 header. A packet with a Routing header may travel on to another one.
 * Context: any. */
#ifndef V6NF_NF_FLOW_KEY_H
#define V6NF_NF_FLOW_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "../wire/address.h"
#include "chain.h"

#ifdef __cplusplus
extern "C" {
#endif

#define V6NF_FLOW_KEY_SIZE 40u             /* bytes of a key */
#define V6NF_FLOW_KEY_SOURCE 0u            /* offset of the source address */
#define V6NF_FLOW_KEY_DESTINATION 16u      /* offset of the destination address */
#define V6NF_FLOW_KEY_SOURCE_PORT 32u      /* offset of the source port, or of 4 bytes that are the same both ways */
#define V6NF_FLOW_KEY_DESTINATION_PORT 34u /* offset of the destination port */
#define V6NF_FLOW_KEY_PROTOCOL 36u         /* offset of the protocol, a Next Header value */
#define V6NF_FLOW_KEY_KIND 37u             /* offset of the kind, before two bytes 0 */

/* What a key consists of, in addition to addresses and protocol. */
enum v6nf_flow_kind {
    V6NF_FLOW_NONE,          /* there is no key: no IPv6 packet, or headers, or those in an error, cannot be read */
    V6NF_FLOW_PORTS,         /* the ports of TCP, UDP, UDP-Lite, SCTP or DCCP */
    V6NF_FLOW_ECHO,          /* the Identifier of an Echo Request or Reply, twice */
    V6NF_FLOW_SPI,           /* the Security Parameters Index of ESP or of an Authentication Header, before any ports */
    V6NF_FLOW_NO_PORTS,      /* nothing: another protocol, another ICMPv6 message */
    V6NF_FLOW_LATER_FRAGMENT /* the Identification of a fragment other than the first; the protocol is 44 */
};

/* The flow of a packet. */
struct v6nf_flow {
    uint8_t key[V6NF_FLOW_KEY_SIZE]; /* all zero for V6NF_FLOW_NONE */
    enum v6nf_flow_kind kind;        /* what the key consists of */
    bool is_error;                   /* the packet is an ICMPv6 error about the flow */
};

/* Read the flow of a packet. An error that was not sent to the source of the packet that it quotes, or that quotes an
 * error, has none. A filter drops an IPv6 packet that has none.
 * flow: the result.
 * bytes: chain->packet_end bytes.
 * chain: of the packet, read from these bytes.
 * Return flow->kind. */
enum v6nf_flow_kind v6nf_flow_key_read(struct v6nf_flow *flow, const uint8_t *bytes, const struct v6nf_chain *chain);

/* Write the key that all fragments of a packet share: that of V6NF_FLOW_LATER_FRAGMENT. With it, a filter finds what it
 * has decided about the first fragment.
 * key: V6NF_FLOW_KEY_SIZE bytes, the result.
 * bytes: chain->packet_end bytes.
 * chain: of the packet, read from these bytes.
 * Return false if the packet is no fragment, or a whole packet in one. The key is then all zero. */
bool v6nf_flow_key_fragment(uint8_t *key, const uint8_t *bytes, const struct v6nf_chain *chain);

/* Reverse a key: that of replies. Addresses and ports are exchanged. An Identifier is the same in both directions; the
 * Security Parameters Index of the other direction is another one, and is not known.
 * key: V6NF_FLOW_KEY_SIZE bytes. */
void v6nf_flow_key_reverse(uint8_t *key);

/* Make the key of a packet and that of its replies equal: reverse one of both, the same one each time. Keys of
 * fragments stay as they are, apart by direction.
 * key: V6NF_FLOW_KEY_SIZE bytes.
 * Return true if the key was reversed. */
bool v6nf_flow_key_sort(uint8_t *key);

#ifdef __cplusplus
}
#endif

#endif
