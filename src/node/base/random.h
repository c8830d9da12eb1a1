/* random.h: numbers that are unpredictable without the node's key, and interface identifiers made of them. */
#ifndef V6NF_NODE_BASE_RANDOM_H
#define V6NF_NODE_BASE_RANDOM_H

#include "core.h"

/* Return SipHash-2-4 of `length` bytes with a key of 16 bytes. */
uint64_t v6nf_keyed_hash(const uint8_t *key, const uint8_t *input, uint32_t length);

/* Derive the node's key from its secret, the seed and its MAC address. */
void v6nf_key_init(struct v6nf_node *node, uint64_t seed);

/* Return a number that is different in each call. */
uint64_t v6nf_random64(struct v6nf_node *node);

/* Return a number from 0 to range - 1. */
uint32_t v6nf_random(struct v6nf_node *node, uint32_t range);

/* Return an identification of fragments (RFC 7739). None repeats within 2^32 packets. */
uint32_t v6nf_identification(struct v6nf_node *node);

#if V6NF_FRAGMENTATIONS > 1u
/* Return the bits to change in identifications to a destination, so that they reveal nothing of others. */
uint32_t v6nf_identification_mask(const struct v6nf_node *node, const uint8_t *destination);

/* Return true if the identification can be that of one of the last 65536 packets in fragments, and was sent to this
 * destination: no other host can predict it, not even from those that were sent to itself. */
bool v6nf_identification_is_own(const struct v6nf_node *node, uint32_t identification, const uint8_t *destination);
#endif

/* Write the flow label of a packet that the node originates, whose addresses and ports are written: the same for each
 * packet of a flow, unpredictable, and not 0 (RFC 6437, 3). The four bytes behind the header of ICMPv6 are type, code
 * and 0. Replies in place and link-local messages have label 0: their receivers classify flows by addresses and
 * ports. */
void v6nf_flow_label_write(const struct v6nf_node *node, uint8_t *ipv6);

/* Write the interface identifier for the prefix in the first half of the address into its second half. It is stable and
 * opaque if the node has a secret (RFC 7217, 5), else the modified EUI-64 one. Count *dad_counter up for each reserved
 * identifier. */
void v6nf_identifier_form(const struct v6nf_node *node, uint8_t *address, uint8_t *dad_counter);

/* Return true if no node may have the interface identifier (RFC 5453). */
bool v6nf_identifier_is_reserved(const uint8_t *identifier);

#endif
